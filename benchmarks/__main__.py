"""``python -m benchmarks``: measure and print the table of figures."""

from benchmarks.bench import main

if __name__ == "__main__":
    main()
