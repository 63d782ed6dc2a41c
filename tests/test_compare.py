"""How one week's rows relate to those of the weeks before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from triage_kit import School, read_failed_rows
from triage_kit.cli import main
from triage_kit.compare import CHANGES, change_of_rows, compare_files, count_changes, share_of

SCHOOL = School("Example University", ["example.edu"])
TAKEN = '{""email_address"":[""has already been taken""]}'
IN_USE = '{""email_address"":[""is already in use""]}'


def write(path: Path, *rows: tuple[str, str]) -> Path:
    """Write a failed-rows file of usernames and answers."""
    lines = [f'{name},{name}@example.edu,failed,"{answer}"' for name, answer in rows]
    path.write_text("\n".join(["username,email_address,status,response", *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "student, problem, last, before, returned, change",
    [
        pytest.param(0, "a", [], [], False, "unknown", id="nobody who could be recognised"),
        pytest.param(1, "a", [], [], False, "new", id="never seen"),
        pytest.param(1, "a", [(1, "a")], [1], False, "again", id="the same problem last time"),
        pytest.param(1, "b", [(1, "a")], [1], False, "moved", id="another problem last time"),
        pytest.param(1, "b", [(1, "a"), (1, "b")], [1], False, "again", id="one of two problems last time"),
        pytest.param(1, "a", [(2, "a")], [1, 2], False, "back", id="not last time, but before"),
        pytest.param(1, "a", [(1, "a")], [1], True, "back", id="last time too, but done in between"),
    ],
)
def test_each_row_has_one_change(
    student: int, problem: str, last: list[tuple[int, str]], before: list[int], returned: bool, change: str
) -> None:
    found = change_of_rows(
        np.array([student]),
        pd.Series([problem], dtype="category"),
        last=pd.DataFrame(last, columns=["student", "problem"]).astype({"student": "int64", "problem": "str"}),
        before=np.array(before, dtype=np.int64),
        returned=np.array([returned]),
    )
    assert found.tolist() == [change]


def test_three_files_are_compared_one_after_the_other(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "1.csv", ("a", TAKEN), ("b", TAKEN), ("c", TAKEN)),
        write(tmp_path / "2.csv", ("A ", TAKEN), ("b", IN_USE), ("d", TAKEN)),
        write(tmp_path / "3.csv", ("c", TAKEN), ("d", TAKEN), ("b", TAKEN), ("", TAKEN)),
    ]
    comparison = compare_files([read_failed_rows(path) for path in files], SCHOOL)
    assert comparison.weeks.to_dict("records") == [
        {"rows": 3, "new": 3, "again": 0, "moved": 0, "back": 0, "unknown": 0, "gone": 0},
        {"rows": 3, "new": 1, "again": 1, "moved": 1, "back": 0, "unknown": 0, "gone": 1},
        {"rows": 4, "new": 1, "again": 1, "moved": 1, "back": 1, "unknown": 0, "gone": 1},
    ]
    assert comparison.moves.to_dict("records") == [{"before": "email-in-use", "now": "email-taken", "rows": 1}]


def test_rows_are_never_lost_in_the_comparison(sample: Path) -> None:
    failed = read_failed_rows(sample)
    comparison = compare_files([failed, failed], SCHOOL)
    parts = [name for name in CHANGES if name != "gone"]
    assert (comparison.weeks[parts].sum(axis=1) == comparison.weeks["rows"]).all()
    assert comparison.weeks.loc[1, "again"] + comparison.weeks.loc[1, "unknown"] == len(failed.rows)


def test_only_changes_that_occur_are_counted() -> None:
    counts = count_changes(pd.Categorical(["new", "again", "new"], list(CHANGES)), gone=4)
    expected = pd.DataFrame(
        {
            "change": ["new", "again", "gone"],
            "title": ["new", "failed last time too", "no longer listed"],
            "rows": [2, 1, 4],
        }
    ).astype({"change": "str", "title": "str"})
    pd.testing.assert_frame_equal(counts, expected)


@pytest.mark.parametrize(
    "rows, uploaded, share",
    [
        pytest.param(42, 1300, "3.2%", id="a share"),
        pytest.param(1, 100_000, "less than 0.1%", id="hardly any"),
        pytest.param(0, 10, "0.0%", id="none"),
        pytest.param(5, None, "", id="not known"),
    ],
)
def test_the_share_of_the_uploaded_rows(rows: int, uploaded: int | None, share: str) -> None:
    assert share_of(rows, uploaded) == share


def test_the_command_prints_totals_without_names_or_domains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old.csv", ("canary1", TAKEN), ("canary2", TAKEN), ("canary3", TAKEN))
    new = write(tmp_path / "new.csv", ("canary2", IN_USE), ("canary3", TAKEN), ("canary4", TAKEN))
    assert main(["compare", str(old), str(new), "--school-domain", "example.edu"]) == 0
    printed = capsys.readouterr().out
    assert printed == (
        "\nold.csv: 3 rows\n"
        "\nnew.csv: 3 rows\n"
        "       1  new\n"
        "       1  failed last time too\n"
        "       1  moved to another problem\n"
        "       1  no longer listed\n"
        "\nMoved to another problem, in new.csv\n"
        "       1  E-mail address is taken → E-mail address is in use under another username\n"
        "\n“No longer listed” is no proof of being fixed: a student who left the upload vanishes too.\n"
    )


def test_one_file_alone_cannot_be_compared(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(sample)]) == 2
    assert capsys.readouterr().err == "triage-kit: Two files at least are needed to compare; name the oldest first.\n"
