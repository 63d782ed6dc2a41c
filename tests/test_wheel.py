"""The wheel, installed without a network onto dependencies that are there already, works away from any checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Return what a command prints; a failure shows all of it."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def fingerprints(folder: Path) -> dict[str, str]:
    """Return a checksum of every file below a folder, bytecode left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from a copy of what belongs in it: nothing else of the checkout is needed."""
    pytest.importorskip("hatchling", reason="the builder is part of the dev extra")
    source = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in ("triage_kit", "notebooks"):
        shutil.copytree(ROOT / folder, source / folder, ignore=ignore)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", folder=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs' folder of an environment with the wheel; the rest is lent by the one that runs the tests."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    run(sys.executable, "-m", "venv", environment, folder=environment.parent)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    run(programs / "python", "-m", "pip", "install", *offline, wheel, folder=environment.parent)
    # Lent afterwards, and behind the environment's own: pip takes a triage-kit found there for one installed already.
    own = Path(
        run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=ROOT).strip()
    )
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return environment variables with an empty home, no trace of the checkout, and the lent packages' data files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER", "IPYTHON"))}
    home = str(tmp_path_factory.mktemp("home"))
    share = Path(sysconfig.get_path("data")) / "share" / "jupyter"  # nbconvert's templates are there
    return kept | {"HOME": home, "USERPROFILE": home, "JUPYTER_PATH": str(share), "PYTHONUTF8": "1"}


class Office(NamedTuple):
    """A folder in which a report was written, and what it and the installation held before and after."""

    folder: Path
    before: dict[str, str]
    after: dict[str, str]
    installed_before: dict[str, str]
    installed_after: dict[str, str]


@pytest.fixture(scope="module")
def office(
    installed: Path, surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory, sample: Path
) -> Office:
    """Return an office's folder after `triage-kit report` was run in it."""
    folder = tmp_path_factory.mktemp("office") / "Büro der Karriere"
    folder.mkdir()
    shutil.copy(sample, folder / "März failed rows.csv")
    before, installed_before = fingerprints(folder), fingerprints(installed.parent)
    command = (installed / "triage-kit", "report", "März failed rows.csv", "--school-domain", "example.edu")
    run(*command, "--out", "Berichte für Mai", folder=folder, environment=surroundings)
    return Office(folder, before, fingerprints(folder), installed_before, fingerprints(installed.parent))


def test_the_wheel_holds_what_the_kit_reads_at_run_time_and_nothing_of_the_tests(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    read = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "triage_kit").rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }
    read |= {f"triage_kit/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert read - names == set()
    assert {name for name in names if not name.startswith(("triage_kit/", "triage_kit-"))} == set()


def test_the_installed_package_is_the_one_from_the_wheel(
    installed: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    code = "import sys, triage_kit; print(triage_kit.__file__); print(sys.prefix)"
    file, prefix = run(installed / "python", "-c", code, folder=tmp_path, environment=surroundings).splitlines()
    assert Path(file).is_relative_to(prefix)
    assert not Path(file).is_relative_to(ROOT)


def test_a_report_is_written_away_from_the_checkout(office: Office) -> None:
    (page,) = [name for name in office.after if name.endswith(".html")]
    assert page.startswith("Berichte für Mai/")
    assert "were not imported" in (office.folder / page).read_text(encoding="utf-8")


def test_nothing_but_the_report_and_its_text_is_written(office: Office) -> None:
    written = set(office.after) - set(office.before)
    assert written == {"Berichte für Mai/report.html", "Berichte für Mai/summary.txt"}
    assert {name: office.after.get(name) for name in office.before} == office.before
    assert office.installed_after == office.installed_before


def test_the_home_folder_holds_nothing_of_the_file(office: Office, surroundings: dict[str, str]) -> None:
    left = [path for path in Path(surroundings["HOME"]).rglob("*") if path.is_file()]
    traces = (b"sample.0", "März".encode())
    assert [path.name for path in left if any(trace in path.read_bytes() for trace in traces)] == []
