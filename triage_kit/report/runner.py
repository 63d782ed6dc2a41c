"""The one place that knows papermill: a notebook and its parameters in, the executed notebook out.

Nothing is written but a private temporary folder, which is gone afterwards, also on failure and Ctrl-C; the one of a
killed run is removed by the next. What went wrong in a cell is told in our own words or by its type alone, because a
traceback can hold students' values.
"""

from __future__ import annotations

import asyncio
import builtins
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from random import SystemRandom
from subprocess import DEVNULL
from threading import Event
from typing import TYPE_CHECKING, Any

import triage_kit.errors as own_errors
from triage_kit.errors import TriageKitError
from triage_kit.output import private_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from papermill import PapermillExecutionError

__all__ = ["CELL_LIMIT", "check_notebook", "close_loop", "find_notebook", "quiet", "run_notebook"]

#: Seconds that one cell may take: a million rows need half a minute.
CELL_LIMIT = 600

#: How often a kernel is started: another program may take its port (jupyter_client issue 154).
_TRIES = 3
_NOT_RUN = "The report's Python process did not run ({}); try again, then run triage-kit doctor."
_PACKAGE = Path(__file__).resolve().parent.parent


def find_notebook(name: str = "report.ipynb") -> Path:
    """Return the notebook's path: in the checkout beside the package, or in the installed package."""
    for folder in (_PACKAGE.parent / "notebooks", _PACKAGE / "notebooks"):
        if (folder / name).is_file():
            return folder / name
    raise TriageKitError(f"{name} is missing from the installation; install triage-kit again.")


def check_notebook(notebook: NotebookNode) -> None:
    """Raise TriageKitError unless exactly one cell is tagged ``parameters``.

    Without the tag the parameters would stand in front of the notebook's own values, and those would win.
    """
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise TriageKitError(
            f"The report notebook should have one cell tagged “parameters”, found {len(tagged)}; restore the notebook."
        )


def run_notebook(path: Path, parameters: Mapping[str, object]) -> NotebookNode:
    """Return the executed notebook, run in a private temporary folder by the Python that runs us.

    Raises
    ------
    TriageKitError
        If a cell fails, takes too long or the kernel does not start: one sentence, without values.
    """
    import nbformat

    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    check_notebook(notebook)
    for left in reversed(range(_TRIES)):
        try:
            with private_folder() as folder, quiet():
                return _execute(deepcopy(notebook), dict(parameters), folder)
        except _NotStartedError as error:
            if not left:
                raise TriageKitError(_NOT_RUN.format(error)) from None
            time.sleep(SystemRandom().uniform(0.1, 1.0))  # apart from others that start at the same time
    raise AssertionError("the last try returns or raises")


class _NotStartedError(Exception):
    """The kernel did not start: nothing of the notebook has run, so trying again does no harm."""


def _execute(notebook: NotebookNode, parameters: dict[str, object], folder: Path) -> NotebookNode:
    from papermill import PapermillExecutionError, execute_notebook

    ready = Event()
    try:
        executed: NotebookNode = execute_notebook(
            notebook,
            None,
            parameters=parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=CELL_LIMIT,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
            kernel_manager_class=_kernel_manager(folder, ready),
            extra_arguments=["--log-level=CRITICAL"],
        )
        return executed
    except PapermillExecutionError as error:
        raise _explain(error) from None
    except TimeoutError:  # nbclient's own kind of it
        raise TriageKitError(f"The report was stopped: a step took longer than {CELL_LIMIT} seconds.") from None
    except (RuntimeError, OSError) as error:
        if not ready.is_set():
            raise _NotStartedError(type(error).__name__) from None
        raise TriageKitError(_NOT_RUN.format(type(error).__name__)) from None


def _explain(error: PapermillExecutionError) -> TriageKitError:
    """Return our own error as the cell raised it, any other by its type alone: its text may hold a student's value."""
    ours = getattr(own_errors, error.ename, None) if error.ename in own_errors.__all__ else None
    if isinstance(ours, type) and issubclass(ours, TriageKitError):
        return ours(error.evalue)
    kind = error.ename if hasattr(builtins, error.ename) else "an error"  # a library's own name may hold anything
    return TriageKitError(
        f"The report could not be made: step {(error.exec_count or 1) - 1} of the notebook failed with {kind}. "
        "Open the notebook in JupyterLab and run all cells to see where."
    )


def _kernel_manager(folder: Path, ready: Event) -> type:
    """Return a kernel manager that starts this very Python with this very package, and leaves nothing outside.

    It sets ``ready`` once the kernel answers.
    """
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnKernelManager(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.connection_file = str(folder / "connection.json")
            with suppress(Exception):  # an older client, or a zmq without encryption
                self.transport_encryption = "auto"

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            # What the process itself says, a crash at its end for example, is neither ours nor safe to show.
            await super().start_kernel(**{**options, "stdout": DEVNULL, "stderr": DEVNULL})

        def client(self, **options: Any) -> Any:
            client = super().client(**options)
            wait = client.wait_for_ready

            async def wait_and_tell(timeout: float | None = None) -> None:
                await wait(timeout=timeout)
                ready.set()

            client.wait_for_ready = wait_and_tell  # type: ignore[method-assign]
            return client

        @property
        def kernel_spec(self) -> KernelSpec:
            # Not by name: a kernel of the user's own called python3 would run another Python.
            return KernelSpec(**get_kernel_dict(), env=_environment(folder))

    return OwnKernelManager


def _environment(folder: Path) -> dict[str, str]:
    """Return what the kernel's environment adds: our package first, no start-up files or history of the user's."""
    found = os.pathsep.join(filter(None, [str(_PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": found, "IPYTHONDIR": str(folder), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def close_loop() -> None:
    """Close this thread's event loop, which nbclient leaves open; for threads other than the main one."""
    with suppress(RuntimeError):  # there is none: nothing ran
        asyncio.get_event_loop().close()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep papermill's own log and the event-loop advice of zmq on Windows off the terminal.

    Whoever runs several notebooks at once enters it around them all: then none takes it off while another runs.
    """
    logger = logging.getLogger("papermill")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        if sys.platform != "win32":
            yield
            return
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Proactor event loop does not implement add_reader")
            yield
    finally:
        logger.setLevel(before)
