"""What doctor finds, and how it says to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from triage_kit.cli import main
from triage_kit.doctor import check_folder, check_packages, check_python, check_widgets, cloud_of, examine


def test_this_installation_is_examined_piece_by_piece(tmp_path: Path) -> None:
    subjects = [finding.subject for finding in examine(tmp_path)]
    assert subjects[0] == "Python"
    assert {"Kernel", "JupyterLab", "Voila", "ipywidgets", "anywidget", "plotly", "Folder"} <= set(subjects)


def test_an_old_python_is_named_with_its_cure(tmp_path: Path) -> None:
    (finding,) = check_python(tmp_path, (3, 9, 1))
    assert finding.found.startswith("3.9.1 ")
    assert finding.remedy == "Install Python 3.11 or newer, then install triage-kit again."


def test_a_package_that_is_missing_or_too_old_is_named(tmp_path: Path) -> None:
    (finding,) = check_packages(tmp_path, ["pandas>=99", "no-such-package-at-all", "numpy"])
    assert "pandas" in finding.found and "needed: >=99" in finding.found
    assert "no-such-package-at-all missing" in finding.found and "numpy" not in finding.found
    assert "-m pip install" in finding.remedy


def test_a_widget_package_whose_part_is_not_in_jupyterlab_is_named(tmp_path: Path) -> None:
    found = {finding.subject: finding for finding in check_widgets(tmp_path, (tmp_path,))}
    assert found["ipywidgets"].found.endswith("but JupyterLab lacks its part")
    assert "jupyterlab_widgets" in found["ipywidgets"].remedy


@pytest.mark.parametrize(
    "part, said",
    [
        pytest.param("99.0.0", "99.0.0, which does not fit", id="of another version"),
        pytest.param("", ", which does not fit", id="of none"),
    ],
)
def test_a_part_in_jupyterlab_that_does_not_fit_the_kernel_is_named(tmp_path: Path, part: str, said: str) -> None:
    for name in ("@jupyter-widgets/jupyterlab-manager", "anywidget", "jupyterlab-plotly"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_text(json.dumps({"version": part}), encoding="utf-8")
    for finding in check_widgets(tmp_path, (tmp_path,)):
        assert finding.found.endswith(said) and "--force-reinstall" in finding.remedy


def test_both_parts_of_each_widget_package_fit_here(tmp_path: Path) -> None:
    found = list(check_widgets(tmp_path))
    assert [finding.subject for finding in found if finding.found.endswith(" fits")] == [
        "ipywidgets",
        "anywidget",
        "plotly",
    ]


@pytest.mark.parametrize(
    "folder, cloud",
    [
        ("/Users/x/OneDrive - Example University/Handshake", "OneDrive"),
        ("/Users/x/Library/CloudStorage/OneDrive-Example/a", "a cloud"),
        ("/home/x/Dropbox (Personal)/a", "Dropbox"),
        ("/Users/x/Library/Mobile Documents/com~apple~CloudDocs/a", "iCloud"),
        ("/home/x/boxes/a", ""),
        ("/home/x/dropboxed", ""),
    ],
)
def test_a_synced_folder_is_known_by_its_name(folder: str, cloud: str) -> None:
    assert cloud_of(Path(folder)) == cloud


def test_a_synced_folder_is_to_mend(tmp_path: Path) -> None:
    (finding,) = check_folder(tmp_path / "Dropbox")
    assert not finding.is_well and "not synced" in finding.remedy


def test_the_exit_code_says_whether_something_is_to_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synced = tmp_path / "Dropbox"
    synced.mkdir()
    assert main(["doctor", str(synced)]) == 1
    assert "MEND  Folder: " in capsys.readouterr().out
