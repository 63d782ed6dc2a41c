"""The pieces of work that are compared, each run in a process of its own: ``python benchmarks/rivals.py NAME FILE``.

Prints the seconds of the work by the clock and those of the processor, all threads together; imports come before the
clock starts, but what the work itself loads counts.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def explorer_school(path: str) -> Work:
    """Choose another school in the panel: triaged again, and every figure drawn."""
    from triage_kit import School

    control = opened_panel(path)
    return lambda: control.choose_school(School("Another University", domains=["umich.edu"]))


def explorer_filter(path: str) -> Work:
    """Narrow the panel to the most frequent problem."""
    control = opened_panel(path)
    kind = str(control.opened.table["kind"].mode()[0])
    return lambda: control.narrow(kind=kind)


def casebook_look(path: str) -> Work:
    """Look at the past of a file for the first time."""
    from triage_kit import School, load_rules, read_failed_rows, triage
    from triage_kit.past import RememberedFile

    failed, school, rules = read_failed_rows(path), School("Example University", domains=["example.edu"]), load_rules()
    table = triage(failed, school, rules=rules)
    return lambda: RememberedFile(failed, path, casebook_of(path), rules).look(table, school)


def casebook_school(path: str) -> Work:
    """Choose another school in the panel of a file with a case book: triaged again, and every figure drawn."""
    from triage_kit import School

    control = opened_panel(path, casebook_of(path))
    return lambda: control.choose_school(School("Another University", domains=["umich.edu"]))


def casebook_filter(path: str) -> Work:
    """Narrow the panel to the students who failed last time too."""
    control = opened_panel(path, casebook_of(path))
    return lambda: control.narrow(change="again")


def casebook_of(path: str) -> Path:
    """Return the case book that lies beside a file and has seen the week before it."""
    return Path(path).with_suffix(".sqlite")


def opened_panel(path: str, casebook: str | Path = "") -> Any:
    """Return the control of a panel that shows the file; it writes nothing."""
    from triage_kit.explorer import Explorer

    return Explorer(path, school_domains=["example.edu"], casebook=casebook).control


def todo_folder(path: str) -> Work:
    """Write the to-do folder."""
    from triage_kit import School, read_failed_rows, triage, write_actions

    failed, school = read_failed_rows(path), School("Example University", domains=["example.edu"])
    table, folder = triage(failed, school), Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    return lambda: write_actions(failed, table, folder / "to-do", school=school)


def todo_csv_files(path: str, allow: tuple[str, ...] = ()) -> Work:
    """Write the to-do folder of a file of which nothing is left to do that takes a workbook."""
    from triage_kit import write_actions

    failed, table, school, folder = in_csv_files(path)
    return lambda: write_actions(failed, table, folder / "to-do", school=school, allow=allow)


def todo_large_upload(path: str) -> Work:
    """Write the same folder with three quarters of the rows in one upload, which nobody has to look at any more."""
    return todo_csv_files(path, allow=("reupload",))


def csv_files_alone(path: str) -> Work:
    """Write the CSV files of the same folder and no more: the work list, and the large upload, which is read back."""
    from triage_kit.actions import _write_step_files, _write_worklist
    from triage_kit.actions.plan import make_plan
    from triage_kit.actions.step_files import Job
    from triage_kit.outcomes import old_usernames
    from triage_kit.rulebook import load_rules

    failed, table, school, folder = in_csv_files(path)
    rules, found = load_rules(), old_usernames(failed, None)
    plan = make_plan(failed, table, old_usernames=found, rules=rules, allow=("reupload",))
    job = Job(failed, table, rules, school, found, folder)
    return lambda: _write_worklist(job, plan, _write_step_files(job, plan), None)


def in_csv_files(path: str) -> tuple[Any, Any, Any, Path]:
    """Return the failed rows, their table in which nothing is left to do that takes a workbook, school and folder."""
    from triage_kit import School, read_failed_rows, triage
    from triage_kit.actions.catalogue import file_entries

    failed, school = read_failed_rows(path), School("Example University", domains=["example.edu"])
    table, folder = triage(failed, school), Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    in_csv = [step for entry in file_entries() if entry.writer in ("importer", "addresses") for step in entry.steps]
    table["state"] = table["state"].where(table["step"].isin(in_csv), "waiting")
    return failed, table, school, folder


RIVALS = {
    work.__name__: work
    for work in (
        pandas_read,
        pyarrow_read,
        analyst_notebook,
        kit_read,
        kit_triage,
        explorer_school,
        explorer_filter,
        casebook_look,
        casebook_school,
        casebook_filter,
        todo_folder,
        todo_csv_files,
        todo_large_upload,
        csv_files_alone,
    )
}


def main() -> None:
    """Do the work that the command line names, and print its seconds."""
    work = RIVALS[sys.argv[1]](sys.argv[2])
    start, start_cpu = time.perf_counter(), time.process_time()
    kept = work()
    print(time.perf_counter() - start, time.process_time() - start_cpu)
    del kept


if __name__ == "__main__":
    main()
