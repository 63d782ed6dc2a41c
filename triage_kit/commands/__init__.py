"""The commands of the command line, one module each, thin: they read options, call the package and print.

A command module offers ``NAME``, ``HELP``, ``add_options(parser)`` and ``run(options) -> int`` (the exit code); it
imports the package's heavy modules inside ``run`` only, so that ``--help`` is quick.
"""
