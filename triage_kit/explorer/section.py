"""What the panel's sections share: a heading, a place for messages, and handlers that never fail silently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets

from triage_kit.errors import TriageKitError
from triage_kit.explorer.control import Control
from triage_kit.explorer.markup import fill

__all__ = ["Message", "Section", "row_of"]

_MOMENT = 0.25  # seconds


class Message(widgets.HTML):  # type: ignore[misc]
    """One sentence beside a control: how far the work is, what was done, or what went wrong."""

    def working(self, text: str, done: int = 0, of: int = 0) -> None:
        """Say what is being done, and how far it is where that is known."""
        self.value = fill("working", text=text, done=done, of=of)

    def done(self, text: str) -> None:
        """Say what was done."""
        self.value = fill("message", kind="done", text=text)

    def error(self, text: str) -> None:
        """Say what went wrong, and what to do."""
        self.value = fill("message", kind="error", text=text)

    def clear(self) -> None:
        """Say nothing."""
        self.value = ""


class Section:
    """A part of the panel: ``view`` is what is shown, `show` brings it up to date.

    What stands in ``body`` comes above the message, what stands in ``below`` under it.
    """

    def __init__(self, control: Control, title: str, note: str = "") -> None:
        self.control = control
        self.message = Message()
        self.body, self.below = widgets.VBox(), widgets.VBox()
        heading = widgets.HTML(fill("heading", text=title, note=note))
        self.view = widgets.VBox([heading, self.body, self.message, self.below])
        self.view.add_class("tk-section")
        self._setting = False

    def show(self, what: str) -> None:
        """Bring the section up to date after a change of ``what``, as `Control` calls it."""
        raise NotImplementedError

    def listen(self, widget: widgets.Widget, name: str, handler: Callable[[Any], None]) -> None:
        """Call ``handler`` with the new value when a person changes it, not when the panel does."""

        def changed(change: dict[str, Any]) -> None:
            if not self._setting:
                self.attempt(lambda: handler(change["new"]))

        widget.observe(changed, names=name)

    def on_click(self, button: widgets.Button, handler: Callable[[], None]) -> None:
        """Call ``handler`` when the button is clicked; it is off while the work lasts, and has the focus again then."""

        def clicked(_button: object) -> None:
            button.disabled = True
            try:
                self.attempt(handler)
            finally:
                button.disabled = False
                button.focus()

        button.on_click(clicked)

    def on_enter(self, field: widgets.Text, handler: Callable[[], None]) -> None:
        """Call ``handler`` when Enter is pressed in the field."""

        def entered(_field: object, content: dict[str, Any], _buffers: object) -> None:
            if content.get("event") == "submit":
                _soon(lambda: self.attempt(handler))

        field.on_msg(entered)

    def attempt(self, handler: Callable[[], None]) -> None:
        """Do something; what goes wrong is said below the section, and the panel stays usable."""
        self.message.clear()
        try:
            handler()
        except TriageKitError as error:
            self.message.error(str(error))
        except Exception as error:
            # The type alone: another program's message may hold a student's value, and this is saved in screenshots.
            self.message.error(
                f"Something unexpected happened ({type(error).__name__}); nothing else was changed. "
                "If it happens again, run triage-kit doctor."
            )

    @contextmanager
    def setting(self) -> Iterator[None]:
        """Set controls without taking that for a person's doing."""
        before, self._setting = self._setting, True
        try:
            yield
        finally:
            self._setting = before


def _soon(handler: Callable[[], None]) -> None:
    """Call ``handler`` in a moment: the page tells of the key at once, of the last letters before it when it can."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # outside of a kernel nothing can come later
        handler()
    else:
        loop.call_later(_MOMENT, handler)


def row_of(*children: widgets.Widget) -> widgets.Box:
    """Return controls beside each other, below each other where the page is narrow."""
    box = widgets.Box(list(children))
    box.add_class("tk-row")
    return box
