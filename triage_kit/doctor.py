"""What the installation needs to work, looked at piece by piece, each with what mends it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

__all__ = ["CHECKS", "Finding", "examine"]

_LEAST_PYTHON = (3, 11)
#: Folders that programs copy to a cloud; their names as macOS and Windows write them, in small letters.
_CLOUDS = {
    "onedrive": "OneDrive",
    "dropbox": "Dropbox",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "icloud drive": "iCloud",
    "iclouddrive": "iCloud",
    "mobile documents": "iCloud",
    "com~apple~clouddocs": "iCloud",
    "box": "Box",
    "box sync": "Box",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "cloudstorage": "a cloud",
}


class _Pair(NamedTuple):
    """A package in the kernel, the one that brings its part to JupyterLab, and under which name it lies there.

    The first ``numbers`` of both versions have to be the same, with ``ahead`` added to the very first of the kernel's.
    """

    package: str
    brought_by: str
    part: str
    numbers: int
    ahead: int = 0

    def fits(self, kernel: str, part: str) -> bool:
        """Return whether two versions work together."""
        wanted, found = (version_.split(".")[: self.numbers] for version_ in (kernel, part))
        return [str(int(wanted[0]) + self.ahead), *wanted[1:]] == found if wanted[0].isdigit() else False


_PAIRS = (
    _Pair("ipywidgets", "jupyterlab_widgets", "@jupyter-widgets/jupyterlab-manager", 1, ahead=-3),  # 8 goes with 5
    _Pair("anywidget", "anywidget", "anywidget", 2),  # its kernel part asks for ~0.11.*
    _Pair("plotly", "plotly", "jupyterlab-plotly", 1),
)


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what mends it; nothing to mend if all is well."""

    subject: str
    found: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.remedy


def examine(folder: Path) -> Iterator[Finding]:
    """Yield what each check finds; ``folder`` is where the student files lie."""
    for check in CHECKS:
        yield from check(folder)


def check_python(_folder: Path, current: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Finding]:
    """Look at the version of Python."""
    shown = ".".join(map(str, current))
    wanted = ".".join(map(str, _LEAST_PYTHON))
    remedy = "" if current >= _LEAST_PYTHON else f"Install Python {wanted} or newer, then install triage-kit again."
    yield Finding("Python", f"{shown} at {sys.executable}", remedy)


def check_packages(_folder: Path, needed: list[str] | None = None) -> Iterator[Finding]:
    """Look at each package that triage-kit needs: there, and of a version that fits."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        yield Finding("Packages", "the package “packaging” is missing", _reinstall())
        return
    try:
        stated = requires("triage-kit") if needed is None else needed
    except PackageNotFoundError:
        yield Finding("triage-kit", "runs from a folder and is not installed", _reinstall())
        return
    wrong = []
    for requirement in map(Requirement, stated or []):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            there = installed(requirement.name)
            if not there or not requirement.specifier.contains(there, prereleases=True):
                wrong.append(f"{requirement.name} {there or 'missing'} (needed: {requirement.specifier or 'any'})")
    yield Finding("Packages", "; ".join(wrong) or "all there, all versions fit", _reinstall() if wrong else "")


def check_kernel(_folder: Path) -> Iterator[Finding]:
    """Look whether the kernel that notebooks are opened with is this Python's."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        yield Finding("Kernel", "jupyter_client is missing", _reinstall())
        return
    mend = f'Say: "{sys.executable}" -m ipykernel install --sys-prefix'
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        yield Finding("Kernel", "no kernel called python3", mend)
        return
    ours = command in ("python", "python3") or _same_file(command, sys.executable)
    yield Finding("Kernel", "this Python" if ours else f"another Python: {command}", "" if ours else mend)


def check_widgets(_folder: Path, folders: tuple[Path, ...] | None = None) -> Iterator[Finding]:
    """Look whether JupyterLab has its part of each widget package, of a version that fits the kernel's."""
    for pair in _PAIRS:
        there, part = installed(pair.package), _front_end(pair.part, folders or _jupyter_folders())
        again = f'"{sys.executable}" -m pip install --force-reinstall --no-deps {pair.brought_by}'
        mend = f"Say: {again}; then open JupyterLab anew."
        if not there:
            yield Finding(pair.package, "missing", _reinstall())
        elif part is None:
            yield Finding(pair.package, f"{there}, but JupyterLab lacks its part", mend)
        elif not pair.fits(there, part):
            yield Finding(pair.package, f"{there}, but JupyterLab's part is {part}, which does not fit", mend)
        else:
            yield Finding(pair.package, f"{there}, and JupyterLab's part {part} fits")


def check_lab(_folder: Path) -> Iterator[Finding]:
    """Look at JupyterLab, and at Voila, without which all but the page works."""
    lab = installed("jupyterlab")
    yield Finding("JupyterLab", lab or "missing", "" if lab else _reinstall())
    voila = installed("voila")
    missing = "not installed; only triage-kit explore --app needs it: in the project's folder, pip install '.[app]'"
    yield Finding("Voila", voila or missing)


def check_folder(folder: Path) -> Iterator[Finding]:
    """Look whether the folder is copied to a cloud, and whether it can be written to."""
    cloud = cloud_of(folder.resolve())
    if cloud:
        yield Finding(
            "Folder",
            f"{folder} seems to be copied to {cloud}",
            "Student files would leave this computer. Work in one that is not synced, unless your school allows it.",
        )
    elif not os.access(folder, os.W_OK):
        yield Finding("Folder", f"{folder} cannot be written to", "Work in a folder of your own.")
    else:
        yield Finding("Folder", f"{folder} stays on this computer, as far as its name tells")


def cloud_of(folder: Path) -> str:
    """Return the cloud to which a folder seems to be copied, by the names in its path; empty if none.

    >>> cloud_of(Path("/Users/x/OneDrive - Example University/Handshake"))
    'OneDrive'
    """
    for part in folder.parts:
        name = part.lower()
        for mark, cloud in _CLOUDS.items():
            if name == mark or name.startswith((f"{mark} -", f"{mark}-", f"{mark} (")):
                return cloud
    return ""


def installed(package: str) -> str:
    """Return the version of an installed package; empty if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _reinstall() -> str:
    return f'Install it again, in the project\'s folder: "{sys.executable}" -m pip install -c constraints.txt .'


def _jupyter_folders() -> tuple[Path, ...]:
    """Return where JupyterLab looks for such parts, in its order."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager
    except ImportError:  # said by the check of the kernel
        return ()
    return tuple(Path(folder).parent / "labextensions" for folder in KernelSpecManager().kernel_dirs)


def _front_end(name: str, folders: tuple[Path, ...]) -> str | None:
    """Return the version of the part that a package brings to JupyterLab, None if there is none."""
    for folder in folders:
        description = folder / name / "package.json"
        if description.is_file():
            return str(json.loads(description.read_text(encoding="utf-8")).get("version", ""))
    return None


def _same_file(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:  # one of them is gone: not the same
        return False


#: The checks, in the order in which their findings are shown.
CHECKS: tuple[Callable[[Path], Iterator[Finding]], ...] = (
    check_python,
    check_packages,
    check_kernel,
    check_lab,
    check_widgets,
    check_folder,
)
