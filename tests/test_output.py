"""Files appear whole or not at all, and never in place of somebody else's."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest

from triage_kit.errors import OutputError
from triage_kit.output import defused, private_folder, remove_left_files, whole_file, write_people_csv

TABLE = pd.DataFrame({"row_number": ["1"], "kind": ["email-taken"], "note": ["=1+1"]})


@pytest.mark.parametrize(
    "text, written",
    [
        ("=1+1", "'=1+1"),
        ("+1 555 0100", "'+1 555 0100"),
        ("@here", "'@here"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u2003@here", "'\u2003@here"),
        ("\x1c-x", "'\x1c-x"),
        ("\0=1", "'\0=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u200b\u00a0@here", "'\u200b\u00a0@here"),
        ("\u061c+x", "'\u061c+x"),
        ("\U000e0001=1", "'\U000e0001=1"),
        ("\u0634=1", "\u0634=1"),
        ("\u3042=1", "\u3042=1"),
        ("-3.5", "-3.5"),
        ("+15550100", "+15550100"),
        ("007", "007"),
        ("O'Hara", "O'Hara"),
        ("", ""),
    ],
)
def test_no_cell_for_people_starts_a_formula(text, written):
    assert defused(pd.Series([text], dtype="str")).tolist() == [written]


def test_a_file_for_people_opens_in_excel_with_its_umlauts(tmp_path):
    write_people_csv(TABLE.assign(note="Jürgen"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfrow_number,kind,note\r\n")


@pytest.mark.parametrize("rows", [0, 1, 10_000])
def test_the_fingerprint_of_a_file_for_people_is_that_of_its_bytes(tmp_path, rows):
    table = pd.DataFrame({"row_number": map(str, range(rows)), "kind": pd.Categorical(["email-taken"] * rows)})
    fingerprint = write_people_csv(table, tmp_path / "out.csv")
    assert fingerprint == hashlib.sha256((tmp_path / "out.csv").read_bytes()).hexdigest()


def test_a_foreign_file_is_not_overwritten(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("my own notes\n", encoding="utf-8")
    with pytest.raises(OutputError, match=r"out\.csv exists and was not written by triage-kit"):
        write_people_csv(TABLE, target)
    assert target.read_text(encoding="utf-8") == "my own notes\n"
    write_people_csv(TABLE, target, force=True)
    assert "email-taken" in target.read_text(encoding="utf-8")


def test_our_own_file_is_replaced(tmp_path):
    write_people_csv(TABLE, tmp_path / "out.csv")
    write_people_csv(TABLE.assign(kind="email-in-use"), tmp_path / "out.csv")
    assert "email-in-use" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def _write_half(target):
    with whole_file(target) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt


def test_ctrl_c_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        _write_half(target)
    assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [("out.csv", "old")]


def test_what_a_killed_run_left_is_removed_and_not_what_another_is_writing(tmp_path):
    left, written = tmp_path / ".report-1.7.part.html", tmp_path / ".report-1.8.part.html"
    left.touch()
    os.utime(left, (0, 0))
    written.touch()
    remove_left_files(tmp_path)
    assert list(tmp_path.iterdir()) == [written]


def test_a_file_that_excel_holds_open_gets_a_sentence(tmp_path, monkeypatch):
    def held(self, target):
        raise PermissionError(13, "held open")

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OutputError, match=r"another program \(Excel\?\) holds it open"):
        write_people_csv(TABLE, tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be removed there")
def test_a_private_folder_of_a_killed_run_is_removed_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import os; from triage_kit.output import private_folder\nwith private_folder(): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    (killed,) = tmp_path.iterdir()
    strangers = tmp_path / "triage-kit-notes"
    strangers.mkdir()
    with private_folder() as at_work:
        for folder in (killed, strangers, at_work):
            os.utime(folder, (0, 0))
        with private_folder() as mine:
            assert sorted(tmp_path.iterdir()) == sorted([strangers, at_work, mine])
    assert list(tmp_path.iterdir()) == [strangers]
