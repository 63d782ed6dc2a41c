"""A Dask cluster as an executor, and in a sentence what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from triage_kit.errors import SettingsError

__all__ = ["cluster_executor"]

#: How long a scheduler may take to say who it is, and then until its first worker is there.
_ANSWER_SECONDS, _WORKER_SECONDS = 10, 30
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?[^\s/]+:\d{1,5}")


@contextmanager
def cluster_executor(scheduler: str) -> Iterator[Executor]:
    """Give the executor of the Dask cluster whose scheduler has this address, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    SettingsError
        If the cluster cannot be reached or has no workers, or what is needed for one is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise SettingsError(
            "A cluster needs one more package; install it, in the project's folder: pip install '.[cluster]'."
        ) from None
    if not _ADDRESS.fullmatch(scheduler):
        raise SettingsError(f"A scheduler's address such as tcp://10.0.0.1:8786 was expected, found {scheduler}.")
    try:
        # On a thread of its own, as a notebook's has a loop that runs already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _ask_who(scheduler)).result()
        client = Client(scheduler, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError):
        raise SettingsError(
            f"No Dask scheduler answers at {scheduler}; start one with 'dask scheduler' and give its address."
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_WORKER_SECONDS)
        except TimeoutError:
            raise SettingsError(
                f"The scheduler at {scheduler} has no workers; start one with 'dask worker {scheduler}'."
            ) from None
        # Not "pure": a file that is tried again is new work, not the failure that the scheduler remembers.
        yield client.get_executor(pure=False)


async def _ask_who(scheduler: str) -> None:
    """Wait until a scheduler says who it is. `Client` alone waits without end for a server of another kind."""
    from distributed import Security
    from distributed.core import rpc

    arguments = Security().get_connection_args("client")
    async with asyncio.timeout(_ANSWER_SECONDS), rpc(scheduler, connection_args=arguments) as server:
        await server.identity()
