"""Requests to end are taken like Ctrl-C, so that whoever is at work clears up first."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["Ended", "end_with_parent", "keyboard_left_to_us", "taken_like_ctrl_c"]

#: What a computer that shuts down sends, and a terminal window that is closed; Windows knows the first alone.
_REQUESTS = ("SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """Somebody asked the program to end; ``signal`` says how."""

    def __init__(self, signal_number: int) -> None:
        super().__init__()
        self.signal = signal_number


@contextmanager
def taken_like_ctrl_c() -> Iterator[None]:
    """While it lasts, a request to end raises `Ended`. One that is ignored, as under ``nohup``, stays ignored."""
    before = {}
    if threading.current_thread() is threading.main_thread():  # Python lets no other thread choose
        for name in _REQUESTS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def keyboard_left_to_us() -> Iterator[None]:
    """While it lasts, processes are started to which Ctrl-C says nothing: whoever started them ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:  # what came meanwhile is heard now
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """In a worker process: end as soon as the process that started it is gone, however that ended."""
    import multiprocessing  # workers alone need it, and each start of a command loads this module

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent,), daemon=True).start()


def _outlive(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)  # whatever it is at, nobody waits for it


def _end(number: int, _frame: object) -> None:
    raise Ended(number)
