"""``triage-kit triage``: what went wrong and what to do, printed; the triage table as a file on request."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from triage_kit.commands.common import add_past_option, add_school_options, choose, exit_code, opening_lines, shown

if TYPE_CHECKING:
    import pandas as pd

    from triage_kit.past import WeekState
    from triage_kit.reading import FailedRows
    from triage_kit.summarize import Summary

NAME = "triage"
HELP = "say what went wrong in a failed-rows file and what to do next"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the failed-rows CSV that the Importer gave you")
    add_school_options(parser)
    add_past_option(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT.csv", type=Path, help="also write one line per row: problem, next step, who"
    )
    parser.add_argument(
        "--with-names",
        action="store_true",
        help="put the file's own columns beside each line of OUT.csv: personal data, for the office only",
    )
    parser.add_argument("--force", action="store_true", help="replace OUT.csv even if triage-kit did not write it")


def run(options: argparse.Namespace) -> int:
    """Print the summary; write the table if asked."""
    from triage_kit.causes import causes
    from triage_kit.errors import SettingsError
    from triage_kit.reading import read_failed_rows
    from triage_kit.summarize import summarize
    from triage_kit.triage import triage

    if options.with_names and not options.output:
        raise SettingsError("--with-names says what OUT.csv holds; give the file too: -o OUT.csv --with-names.")
    failed = read_failed_rows(options.file)
    school, rules = choose(failed, options, near=options.file)
    table = triage(failed, school, rules=rules)
    print("\n".join([failed.name, *opening_lines(failed, school, rules)]))
    if options.casebook:
        from triage_kit.past import look_at_past  # loads the database's library, which costs most users nothing

        past = look_at_past(failed, table, options.file, options.casebook, school=school, rules=rules)
        table = past.table
        print("\n".join(["", *past_lines(past)]))
    summary = summarize(table, rules=rules, broken=len(failed.broken))
    print("\n".join(summary_lines(summary, causes(failed, table, rules))))
    if "unrecognised" in set(summary.problems["kind"]):
        listed = f'triage-kit rules "{options.file}"'
        print(f"\nMessages that the kit does not know are listed, with a rule for each, by: {listed}")
    if options.output:
        _write(failed, table, options)
    return exit_code(failed)


def past_lines(past: WeekState) -> list[str]:
    """Return as lines of text what the case book knows: what changed, what waits, what became of the others."""
    from triage_kit.past import change_lines, gone_sentences, share_line, suggestion_sentence, waiting_lines
    from triage_kit.past.ages import age_lines

    lines = [*past.doubts, share_line(past), *change_lines(past.changes, past.last_date), *waiting_lines(past)]
    lines += [*age_lines(past), *gone_sentences(past.gone), suggestion_sentence(past)]
    return [line for line in lines if line]


def summary_lines(summary: Summary, shared_causes: pd.DataFrame) -> list[str]:
    """Return the summary as lines of text for a terminal, what many rows have in common first."""
    lines = ["", *summary.sentences]
    if not summary.rows:
        return lines
    if len(shared_causes):
        lines += ["", "One cause, many rows"]
    for cause in shared_causes.itertuples():
        lines += [f"{cause.rows:>8,}  {cause.sentence}", f"{'':>10}{cause.fix}"]
    lines += ["", "What went wrong"]
    lines += [f"{row.rows:>8,}  {row.title}" for row in summary.problems.itertuples()]
    lines += ["", "Whose e-mail address it is"]
    by_domain_kind = summary.problems_by_domain_kind.groupby("domain_kind_title")["rows"].sum()
    lines += [f"{rows:>8,}  {title}" for title, rows in by_domain_kind.sort_values(ascending=False).items()]
    lines += ["", "What to do, in order of students unblocked"]
    for row in summary.steps.itertuples():
        state = "" if row.state == "open" else f", {row.state}"
        lines.append(f"{row.rows:>8,}  {row.title} ({row.owner_title}{state})")
        if row.state == "open" and row.step != "needs-a-person":
            lines.append(f"{'':>10}if that does not work: {row.if_refused_title}")
        if row.alternative:
            lines.append(f"{'':>10}{row.alternative}")
    return lines


def _write(failed: FailedRows, table: pd.DataFrame, options: argparse.Namespace) -> None:
    import pandas as pd

    from triage_kit.output import write_people_csv

    written = table.reset_index()
    if options.with_names:
        own = failed.rows.reset_index(drop=True)
        written = pd.concat([written, own], axis=1)
    write_people_csv(written, options.output, force=options.force)
    kept = "with names: for the office only" if options.with_names else "row by row: for the office"
    print(f"\nWritten: {shown(options.output)} ({len(written):,} rows, {kept})")
