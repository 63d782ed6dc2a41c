"""Parts of files and many files: the same counts wherever the work is done, and whatever happens to the workers."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.make_failed_rows import make_large
from triage_kit import School, cluster, read_failed_rows, triage
from triage_kit.batch import FileResult, triage_file, triage_files
from triage_kit.batch_output import OVERVIEW, write_overview
from triage_kit.cli import main
from triage_kit.errors import SettingsError
from triage_kit.reading import FailedRows
from triage_kit.rulebook import load_rules
from triage_kit.triage import choice_sizes, outcomes_for_parts

SCHOOL = School("Example University", domains=["example.edu"])
BOTH = pytest.mark.parametrize("place", ["here", "cluster"])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "failed_rows.csv"
    path.write_text("".join(make_large(1_200, 7)), encoding="utf-8", newline="")
    return path


@pytest.fixture(scope="module")
def files(large: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return five files: two of them sound, one that is none, one with an unreadable line, one missing."""
    folder = tmp_path_factory.mktemp("campuses")
    (folder / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4)
    text = sample.read_text(encoding="utf-8")
    (folder / "one line short.csv").write_text(text + "s1,too,few\r\n", encoding="utf-8", newline="")
    return [sample, large, folder / "photo.csv", folder / "one line short.csv", folder / "nowhere.csv"]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Return the address of a real Dask cluster of two processes on this computer."""
    distributed = pytest.importorskip("distributed", reason="distributed is not installed (pip install '.[cluster]')")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    # Starting a process takes its time where others are at work; what the tests are about is not how long.
    patient = {
        "distributed.comm.timeouts.connect": "120s",
        "distributed.comm.timeouts.tcp": "120s",
    }
    with pytest.importorskip("dask").config.set(patient), distributed.LocalCluster(**options) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def where(place: str, request: pytest.FixtureRequest) -> dict[str, object]:
    """Return the one argument that says where the work is done."""
    return {"jobs": 2} if place == "here" else {"scheduler": request.getfixturevalue("scheduler")}


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype("str").reset_index(drop=True)


def read_part(large: Path, folder: Path, start: int, end: int) -> FailedRows:
    """Return some rows of a file as a file of their own."""
    with large.open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    with (folder / "part.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *records[start:end]])
    return read_failed_rows(folder / "part.csv")


def recorded(failed: FailedRows, table: pd.DataFrame) -> pd.DataFrame:
    """Return results of every tenth student, told by one key or by both, some of them crossed with somebody else's."""
    lines = []
    for at in range(0, len(table), 10):
        other = (at + 601) % len(table)
        username, email, strange = (
            failed.column("username").iloc[at].upper(),
            failed.column("email_address").iloc[at],
            failed.column("email_address").iloc[other],
        )
        keys = [(username, email), (username, ""), ("", email), ("nobody", email), (username, strange), ("", "")]
        step = load_rules().step(table["step"].iloc[at])
        for key, outcome in zip([keys[at // 10 % len(keys)]] * 2, step.outcomes[1:3], strict=False):
            lines.append((*key, outcome, "", f"2024-05-0{len(lines) % 9 + 1}", ""))
    names = ["username", "email_address", "outcome", "old_username", "date", "note"]
    return pd.DataFrame(lines, columns=names, dtype="str")


@settings(max_examples=3, deadline=None)
@given(cuts=st.lists(st.integers(0, 1_200), max_size=4), lone=st.integers(1, 1_200))
def test_a_file_split_anywhere_gets_the_table_of_the_whole(
    large: Path, tmp_path_factory: pytest.TempPathFactory, cuts: list[int], lone: int
) -> None:
    failed = read_failed_rows(large)
    sizes = choice_sizes(failed, SCHOOL)
    outcomes = recorded(failed, triage(failed, SCHOOL))
    whole = triage(failed, SCHOOL, outcomes=outcomes)
    ready = outcomes_for_parts(failed, outcomes)
    folder = tmp_path_factory.mktemp("parts")
    edges = sorted({0, lone, lone - 1, *cuts, 1_200})
    parts = [read_part(large, folder, start, end) for start, end in pairwise(edges)]
    tables = [triage(part, SCHOOL, outcomes=ready, group_sizes=sizes).astype("str") for part in parts]
    pd.testing.assert_frame_equal(as_text(pd.concat(tables)), as_text(whole))


def test_outcomes_for_parts_move_in_the_whole_whom_they_moved_before(large: Path) -> None:
    failed = read_failed_rows(large)
    outcomes = recorded(failed, triage(failed, SCHOOL))
    before, ready = (
        triage(failed, SCHOOL, outcomes=given) for given in (outcomes, outcomes_for_parts(failed, outcomes))
    )
    pd.testing.assert_frame_equal(before, ready)
    assert (before["state"] != "open").sum() > 20


def test_an_outcome_of_a_student_in_another_part_moves_nobody_here(large: Path, tmp_path: Path) -> None:
    failed = read_failed_rows(large)
    here, sizes = read_part(large, tmp_path, 0, 600), choice_sizes(failed, SCHOOL)
    keys = {"username": failed.column("username").iloc[900], "email_address": failed.column("email_address").iloc[0]}
    outcomes = pd.DataFrame([{**keys, "outcome": "sent"}], dtype="str")
    alone, misled, right = (
        triage(here, SCHOOL, outcomes=given, group_sizes=sizes)["state"].iloc[0]
        for given in (None, outcomes, outcomes_for_parts(failed, outcomes))
    )
    assert (alone, misled, right) == ("open", "waiting", "open")


def test_a_part_without_the_sizes_of_the_whole_would_get_other_steps(large: Path, tmp_path: Path) -> None:
    part = read_part(large, tmp_path, 0, 20)
    sizes = choice_sizes(read_failed_rows(large), SCHOOL)
    alone, within = (triage(part, SCHOOL, group_sizes=given)["step"].tolist() for given in (None, sizes))
    assert "reupload-with-identifier-change" in within and alone != within


def in_short(results: tuple[FileResult, ...]) -> list[tuple[object, ...]]:
    """Return everything that results say, in a form that can be compared."""
    return [
        (
            result.path.name,
            result.problem,
            result.untrusted,
            result.summary and (result.summary.rows, result.summary.broken, result.summary.sentences),
            result.summary and result.summary.steps.to_csv(),
        )
        for result in results
    ]


@BOTH
def test_many_files_give_what_each_gives_alone(files: list[Path], where: dict[str, object]) -> None:
    seen: list[int] = []
    results = triage_files(files, school=SCHOOL, progress=lambda result: seen.append(result.place), **where)
    assert in_short(results) == in_short(tuple(triage_file(file, school=SCHOOL) for file in files))
    assert [result.summary is not None for result in results] == [True, True, False, True, False]
    assert sorted(seen) == [1, 2, 3, 4, 5]
    assert {result.table is None for result in results} == {True}


@BOTH
def test_rows_come_back_when_they_are_asked_for(sample: Path, where: dict[str, object]) -> None:
    (result,) = triage_files([sample], school=SCHOOL, rows=True, **where)
    pd.testing.assert_frame_equal(result.table, triage(read_failed_rows(sample), SCHOOL))


@BOTH
def test_a_worker_killed_in_the_middle_costs_no_file(
    large: Path, where: dict[str, object], place: str, request: pytest.FixtureRequest
) -> None:
    killed: list[int] = []

    def kill_one(result: FileResult) -> None:
        if not killed:
            killed.append(worker_of(place, request))
            os.kill(killed[0], getattr(signal, "SIGKILL", signal.SIGTERM))

    results = triage_files([large] * 8, school=SCHOOL, progress=kill_one, **where)
    assert killed
    assert [(result.place, result.problem) for result in results] == [(place, "") for place in range(1, 9)]
    assert {result.summary.rows for result in results if result.summary} == {1_200}


def worker_of(place: str, request: pytest.FixtureRequest) -> int:
    """Return the process number of one worker."""
    if place == "here":
        return next(child.pid for child in multiprocessing.active_children() if child.name.startswith("SpawnProcess"))
    from distributed import Client

    with Client(request.getfixturevalue("scheduler"), set_as_default=False) as client:
        return next(iter(client.run(os.getpid).values()))


@BOTH
def test_whoever_stops_early_does_not_wait_for_the_rest(large: Path, where: dict[str, object]) -> None:
    seen: list[int] = []

    def stop(result: FileResult) -> None:
        seen.append(result.place)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        triage_files([large] * 500, school=SCHOOL, progress=stop, **where)
    assert len(seen) == 1


@pytest.fixture
def listening() -> Iterator[int]:
    """Return the port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("server", ["none", "silent"])
def test_no_scheduler_at_that_address_is_said_in_a_sentence(
    sample: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    listening: int,
    server: str,
) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed (pip install '.[cluster]')")
    monkeypatch.setattr(cluster, "_ANSWER_SECONDS", 2)
    address = f"tcp://127.0.0.1:{listening if server == 'silent' else 1}"
    assert main(["batch", str(sample), "--out", str(tmp_path), "--scheduler", address]) == 2
    error = capsys.readouterr().err
    assert f"No Dask scheduler answers at {address}" in error and error.count("\n") == 1


def test_the_command_leaves_counts_of_each_and_of_all(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["batch", *map(str, files), "--out", str(out), "--school-domain", "example.edu", "--jobs", "2"]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert "File 1 of 5, failed_rows.csv: 240 rows." in printed.out
    assert "File 4 of 5, one line short.csv: 240 rows, 1 line could not be read." in printed.out
    assert "File 5 of 5, nowhere.csv: could not be read." in printed.err
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.csv",
        *("summary-1.json", "summary-2.json", "summary-4.json"),
    ]
    overview = pd.read_csv(out / "batch.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert overview["rows"].tolist() == ["240", "1200", "", "240", ""]
    assert overview["file"].tolist() == [file.name for file in files]
    assert (overview["problem_with_file"] != "").tolist() == [False, False, True, False, True]
    first = json.loads((out / "summary-1.json").read_text(encoding="utf-8"))
    assert sum(problem["rows"] for problem in first["problems"]) == first["rows"] == 240


def test_what_the_command_leaves_names_no_student(sample: Path, tmp_path: Path) -> None:
    arguments = ["batch", str(sample), "--out", str(tmp_path), "--school-domain", "example.edu"]
    assert [main(arguments), main(arguments)] == [0, 0], "what the command wrote itself is replaced"
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    people = pd.read_csv(sample, dtype=str, keep_default_na=False)
    values = {value for name in ("username", "email_address", "auth_identifier") for value in people[name]} - {""}
    assert [value for value in values if len(value) > 4 and value in written] == []


def test_files_of_others_are_kept(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "summary-1.json").write_text("{}", encoding="utf-8")
    assert main(["batch", str(sample), "--out", str(tmp_path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "summary-1.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.skipif(os.name == "nt", reason="there killing a process is asked for differently")
def test_no_worker_outlives_a_batch_that_was_killed(large: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from triage_kit.batch import triage_files\n"
        "if __name__ == '__main__':\n"
        "    triage_files([sys.argv[1]] * 4, jobs=2, progress=lambda result: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    script = tmp_path / "killed.py"
    script.write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}  # noqa: PTH109
    # Workers hold our end of the pipe: it is read to its end only once the last of them is gone.
    done = subprocess.run(
        [sys.executable, str(script), str(large)], env=environment, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("address", ["somewhere", "http://127.0.0.1:8786", "tcp://127.0.0.1"])
def test_an_address_that_is_none_of_a_scheduler_gets_a_sentence(sample: Path, address: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(SettingsError, match=r"such as tcp://10\.0\.0\.1:8786 was expected, found"):
        triage_files([sample], scheduler=address)


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_a_file_name_of_bytes_that_are_no_text_is_listed_all_the_same(tmp_path: Path) -> None:
    write_overview([FileResult(Path("caf\udce9.csv"), problem="caf\udce9.csv is empty.")], tmp_path)
    (line,) = csv.DictReader((tmp_path / OVERVIEW).read_text(encoding="utf-8-sig").splitlines())
    assert (line["file"], line["problem_with_file"]) == ("caf?.csv", "caf?.csv is empty.")
