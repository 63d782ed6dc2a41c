"""The pieces of work that are compared, each run in a process of its own: ``python benchmarks/rivals.py NAME FILE``.

Prints the seconds of the work by the clock and those of the processor, all threads together; imports come before the
clock starts, but what the work itself loads counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

Work = Callable[[], object]


def pandas_read(path: str) -> Work:
    """Read every cell as text with pandas: the floor."""
    import pandas as pd

    return lambda: pd.read_csv(path, dtype=str, keep_default_na=False)


def pyarrow_read(path: str) -> Work:
    """Read every cell as text with pyarrow: about what the machine allows; no frame, no check, no damaged files."""
    from pyarrow import csv, string

    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 - one line of a file
        header = file.readline().strip().split(",")
    convert = csv.ConvertOptions(column_types=dict.fromkeys(header, string()), strings_can_be_null=False)
    parse = csv.ParseOptions(newlines_in_values=True)
    return lambda: csv.read_csv(path, parse_options=parse, convert_options=convert)


def analyst_notebook(path: str) -> Work:
    """Do what a good analyst's notebook does: parse each row's answer, name the problem, the domain's kind, the step.

    It knows ten problems instead of some thirty, four kinds of domains from a short list, no origins and no damaged
    files; so it does less than the kit.
    """
    import json
    import re

    import pandas as pd

    problems = {
        "has already been taken": "taken",
        "is already in use": "in use",
        "conflicts with another": "conflict",
        "sensitive fields": "sensitive",
        "Attempted to update": "identifier change",
        "can't be blank": "blank",
        "is invalid": "invalid",
        "too long|too short|wrong length": "length",
        "not included|must exist": "unknown value",
        "excluded from sync": "excluded",
    }
    patterns = [(re.compile(pattern), name) for pattern, name in problems.items()]
    personal = {"gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com", "aol.com", "gmx.de", "web.de"}

    def message(answer: str) -> str:
        try:
            errors = json.loads(answer)
            errors = errors.get("errors", errors)
            return "; ".join(f"{field} {text}" for field, texts in errors.items() for text in texts)
        except (ValueError, AttributeError, TypeError):
            return answer

    def problem(text: str) -> str:
        return next((name for pattern, name in patterns if pattern.search(text)), "other")

    def domain_kind(domain: str) -> str:
        if domain in ("example.edu", "alumni.example.edu"):
            return "ours"
        return "personal" if domain in personal else "another school" if domain.endswith(".edu") else "other"

    def work() -> object:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows["message"] = rows["response"].map(message)
        rows["problem"] = rows["message"].map(problem)
        rows["domain"] = rows["email_address"].str.split("@").str[-1].str.lower()
        rows["domain_kind"] = rows["domain"].map(domain_kind)
        steps = {("taken", "ours"): "add", ("identifier change", "ours"): "upload again"}
        pairs = zip(rows["problem"], rows["domain_kind"], strict=True)
        rows["step"] = [steps.get(pair, "look at it") for pair in pairs]
        return rows.groupby(["problem", "domain_kind", "step"]).size()

    return work


def kit_read(path: str) -> Work:
    """Read the file as the kit does."""
    from triage_kit import read_failed_rows

    return lambda: read_failed_rows(path)


def kit_triage(path: str) -> Work:
    """Read the file and decide every row."""
    from triage_kit import School, read_failed_rows, triage

    school = School("Example University", domains=["example.edu"])
    return lambda: triage(read_failed_rows(path), school)


RIVALS = {work.__name__: work for work in (pandas_read, pyarrow_read, analyst_notebook, kit_read, kit_triage)}


def main() -> None:
    """Do the work that the command line names, and print its seconds."""
    work = RIVALS[sys.argv[1]](sys.argv[2])
    start, start_cpu = time.perf_counter(), time.process_time()
    kept = work()
    print(time.perf_counter() - start, time.process_time() - start_cpu)
    del kept


if __name__ == "__main__":
    main()
