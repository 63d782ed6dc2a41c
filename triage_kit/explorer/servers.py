"""The two servers of the explorer, JupyterLab and Voila: on this computer only, behind a token, without the internet.

Both are started as programs of their own, so that Ctrl-C ends them without a question and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from triage_kit.errors import SettingsError, TriageKitError
from triage_kit.html import TEMPLATES
from triage_kit.stopping import taken_like_ctrl_c

__all__ = ["app_server", "lab_server", "serve"]

_HOST = "127.0.0.1"
_START_SECONDS = 60
_STOP_SECONDS = 10
_JUPYTER = TEMPLATES / "app" / "jupyter"
_SETTINGS = TEMPLATES / "app" / "settings"  # no news, no question about them, no updates, no widget state saved

# What JupyterLab begins with: the file browser folded away, for the panel needs the room. The file is called after the
# workspace and the beginning of that name's SHA-256.
_WORKSPACE_FILE = "default-37a8.jupyterlab-workspace"
_WORKSPACE: dict[str, Any] = {
    "data": {"layout-restorer:data": {"left": {"collapsed": True, "visible": True, "widgets": ["filebrowser"]}}},
    "metadata": {"id": "default"},
}


class Server:
    """A server to be started: its command, environment and the address at which it will answer."""

    def __init__(self, command: list[str], environment: dict[str, str], port: int, address: str) -> None:
        self.command, self.environment, self.port, self.address = command, environment, port, address

    def __repr__(self) -> str:
        return f"<Server on port {self.port}>"


def lab_server(notebook: Path, private: Path, *, browser: bool) -> Server:
    """Return JupyterLab at a notebook; it looks for no news, no updates and no extensions.

    Its workspace, which remembers what is open, is one of its own in ``private``: the panel has the window's width, and
    what the user has open in JupyterLab elsewhere is neither opened here nor changed.
    """
    workspaces = private / "workspaces"
    workspaces.mkdir(exist_ok=True)
    (workspaces / _WORKSPACE_FILE).write_text(json.dumps(_WORKSPACE), encoding="utf-8")
    port, token = _free_port(), secrets.token_urlsafe(32)
    path = f"lab/tree/{quote(notebook.name)}"
    options = {
        "ServerApp.ip": _HOST,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": str(notebook.parent),
        "ServerApp.open_browser": browser,
        "LabApp.default_url": f"/{path}",
        "LabApp.workspaces_dir": str(workspaces),
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    if getattr(os, "geteuid", lambda: 1)() == 0:  # a container's only user
        command.append("--allow-root")
    environment = _environment() | {"JUPYTER_TOKEN": token}
    environment["JUPYTER_CONFIG_PATH"] = _joined(_SETTINGS, environment.get("JUPYTER_CONFIG_PATH"))
    return Server(command, environment, port, f"http://{_HOST}:{port}/{path}?token={token}")


def app_server(notebook: Path, private: Path, *, browser: bool) -> Server:
    """Return Voila with a notebook that lies alone in a folder, so that there is no file to be downloaded.

    The token and all other settings stand in ``private``, and not on the command line, which others can read.

    Raises
    ------
    SettingsError
        If Voila is not installed.
    """
    if find_spec("voila") is None:
        raise SettingsError("The page needs one more package; in the project's folder: pip install '.[app]'.")
    port, token = _free_port(), secrets.token_urlsafe(32)
    settings: dict[str, Any] = {
        "Voila": {"ip": _HOST, "port": port, "port_retries": 0, "token": token, "open_browser": browser},
        "VoilaConfiguration": {
            "template": "triage-kit",
            "strip_sources": True,
            "show_tracebacks": False,
            "preheat_kernel": False,
            "file_allowlist": ["favicon-of-triage-kit"],  # an empty list would mean Voila's own: every picture
        },
    }
    (private / "voila.json").write_text(json.dumps(settings), encoding="utf-8")
    environment = _environment()
    environment["JUPYTER_CONFIG_PATH"] = _joined(private, environment.get("JUPYTER_CONFIG_PATH"))
    environment["JUPYTER_PATH"] = _joined(_JUPYTER, environment.get("JUPYTER_PATH"))
    command = [sys.executable, "-m", "voila", str(notebook)]
    return Server(command, environment, port, f"http://{_HOST}:{port}/?token={token}")


def serve(server: Server, log: Path, *, ready: Callable[[str], None]) -> int:
    """Run a server until it ends or Ctrl-C; call ``ready`` with its address once it answers.

    What the server prints goes to ``log``.

    Raises
    ------
    TriageKitError
        If it does not start; its own last line is named.
    """
    options: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    with log.open("wb") as output, taken_like_ctrl_c():
        process = subprocess.Popen(  # noqa: S603 - our own Python with our own options
            server.command, env=server.environment, stdout=output, stderr=subprocess.STDOUT, **options
        )
        try:
            _wait_until_up(process, server.port, log)
            ready(server.address)
            return _wait(process)
        except KeyboardInterrupt:
            return 0
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the server's end in short steps: on Windows a long wait does not hear Ctrl-C."""
    while True:
        try:
            return process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            continue


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((_HOST, port)) == 0:
                return
        time.sleep(0.1)
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = f" It said: {lines[-1]}" if lines else ""
    raise TriageKitError(f"The server did not start; run triage-kit doctor.{said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and with it its kernels; by force if it does not end by itself."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    """Return our own environment with this very package first for the kernels."""
    package = Path(__file__).resolve().parent.parent.parent
    return dict(os.environ) | {"PYTHONPATH": _joined(package, os.environ.get("PYTHONPATH"))}


def _joined(first: Path, others: str | None) -> str:
    return os.pathsep.join(filter(None, [str(first), others or ""]))
