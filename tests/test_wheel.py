"""The wheel, installed without a network onto dependencies that are there already, works away from any checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
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


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Return environment variables with an empty home, no trace of the checkout, and the lent packages' data files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER", "IPYTHON"))}
    home = tmp_path / "home"
    home.mkdir()
    share = Path(sysconfig.get_path("data")) / "share" / "jupyter"  # nbconvert's templates are there
    return kept | {"HOME": str(home), "USERPROFILE": str(home), "JUPYTER_PATH": str(share), "PYTHONUTF8": "1"}


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


def test_a_report_is_written_away_from_the_checkout_and_nothing_else_is_touched(
    installed: Path, surroundings: dict[str, str], tmp_path: Path, sample: Path
) -> None:
    office = tmp_path / "Büro der Karriere"
    office.mkdir()
    file = office / "März failed rows.csv"
    shutil.copy(sample, file)
    before = fingerprints(office), fingerprints(installed.parent)
    command = (installed / "triage-kit", "report", file, "--school-domain", "example.edu", "--out", "Berichte für Mai")

    run(*command, folder=office, environment=surroundings)

    after = fingerprints(office)
    written = sorted(set(after) - set(before[0]))
    (page,) = [name for name in written if name.endswith(".html")]
    assert written == [name for name in written if name.startswith("Berichte für Mai/")]
    assert {name: after[name] for name in before[0]} == before[0]
    assert fingerprints(installed.parent) == before[1]
    assert "were not imported" in (office / page).read_text(encoding="utf-8")


def test_a_report_leaves_no_student_data_in_the_home_folder(
    installed: Path, surroundings: dict[str, str], tmp_path: Path, sample: Path
) -> None:
    shutil.copy(sample, tmp_path / "rows.csv")
    run(
        *(installed / "triage-kit", "report", "rows.csv", "--school-domain", "example.edu", "--out", "out"),
        folder=tmp_path,
        environment=surroundings,
    )
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert [path.name for path in left if b"sample.0" in path.read_bytes() or b"rows.csv" in path.read_bytes()] == []
