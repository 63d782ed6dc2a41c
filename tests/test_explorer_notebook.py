"""The explorer's notebook, its copies, and the two servers' settings."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from triage_kit.errors import SettingsError
from triage_kit.explorer.copies import app_notebook, copy_notebook
from triage_kit.explorer.servers import app_server, lab_server


def calls(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if "explorer" in cell["metadata"].get("tags", [])]


def test_the_copy_opens_the_file_from_beside_it(tmp_path: Path) -> None:
    copy = copy_notebook(tmp_path, tmp_path / 'a "b".csv', school_domains=["example.edu"])
    assert (copy.name, calls(copy)) == ("explore.ipynb", ['Explorer("a \\"b\\".csv", school_domains=["example.edu"])'])


def test_a_copy_that_nobody_changed_is_replaced_and_one_that_somebody_changed_is_kept(tmp_path: Path) -> None:
    first = copy_notebook(tmp_path, tmp_path / "a.csv")
    assert copy_notebook(tmp_path, tmp_path / "b.csv") == first
    notebook = json.loads(first.read_text(encoding="utf-8"))
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "My notes"})
    first.write_text(json.dumps(notebook), encoding="utf-8")
    assert copy_notebook(tmp_path, tmp_path / "c.csv").name == "explore-2.ipynb"
    assert "My notes" in first.read_text(encoding="utf-8")


def test_the_pages_notebook_is_code_alone_and_writes_beside_the_file(tmp_path: Path) -> None:
    notebook = app_notebook(tmp_path, Path("/office/f.csv"), near=Path("/office"))
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert {cell["cell_type"] for cell in cells} == {"code"}
    assert calls(notebook) == ['Explorer("/office/f.csv", folder="/office")']


@pytest.mark.parametrize(
    "place, named",
    [
        pytest.param("casebook.sqlite", "casebook.sqlite", id="a file in the folder"),
        pytest.param("postgresql://office@db/cases", "postgresql://office@db/cases", id="a database"),
    ],
)
def test_the_case_book_is_passed_on(tmp_path: Path, place: str, named: str) -> None:
    given = place if "://" in place else str(tmp_path / place)
    copy = copy_notebook(tmp_path, tmp_path / "a.csv", casebook=given)
    assert calls(copy) == [f'Explorer("a.csv", casebook="{named}")']


def test_a_password_never_stands_in_a_notebook(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PGPASSWORD"):
        copy_notebook(tmp_path, None, casebook="postgresql+psycopg://office:secret@db/cases")
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_is_small() -> None:
    from triage_kit.report.runner import find_notebook

    assert find_notebook("explore.ipynb").stat().st_size < 50_000


@pytest.mark.parametrize("app", [True, False], ids=["voila", "lab"])
def test_no_token_stands_on_the_command_line_and_no_two_are_alike(tmp_path: Path, app: bool) -> None:
    notebook = tmp_path / "explore.ipynb"
    servers = [(app_server if app else lab_server)(notebook, tmp_path, browser=False) for _ in range(2)]
    tokens = [server.address.rpartition("token=")[2] for server in servers]
    assert len(set(tokens)) == 2 and min(map(len, tokens)) > 30
    assert not any(token in " ".join(server.command) for token, server in zip(tokens, servers, strict=True))
    assert all(server.address.startswith("http://127.0.0.1:") for server in servers)


def test_jupyterlab_begins_with_its_file_browser_folded_away_and_leaves_other_workspaces_alone(tmp_path: Path) -> None:
    server = lab_server(tmp_path / "explore.ipynb", tmp_path, browser=False)
    folder = tmp_path / "workspaces"
    (workspace,) = [json.loads(each.read_text(encoding="utf-8")) for each in folder.iterdir()]
    assert workspace["data"]["layout-restorer:data"]["left"]["collapsed"] is True
    assert f"--LabApp.workspaces_dir={folder}" in server.command


def test_jupyterlab_is_told_to_ask_for_no_news_and_to_save_no_widgets(tmp_path: Path, repository: Path) -> None:
    server = lab_server(tmp_path / "explore.ipynb", tmp_path, browser=False)
    folder = Path(server.environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
    told = json.loads((folder / "jupyter_lab_config.json").read_text(encoding="utf-8"))["LabApp"]
    assert told["news_url"] is None and told["check_for_updates_class"].endswith(".NeverCheckForUpdate")
    preset = json.loads((folder / "labconfig" / "default_setting_overrides.json").read_text(encoding="utf-8"))
    assert preset["@jupyterlab/apputils-extension:notification"] == {"checkForUpdates": False, "fetchNews": "false"}
    assert preset["@jupyter-widgets/jupyterlab-manager:plugin"] == {"saveState": False}
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    assert f'JUPYTER_CONFIG_PATH="$(CURDIR)/{folder.relative_to(repository).as_posix()}"' in makefile  # make lab
