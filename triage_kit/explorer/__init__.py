"""The explorer: a panel for notebooks and for a page without code. What it shows is computed in `selection`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage_kit.explorer.panel import Explorer

__all__ = ["Explorer"]


def __getattr__(name: str) -> Any:
    # Only when asked for: starting a server needs none of the widgets.
    if name == "Explorer":
        from triage_kit.explorer.panel import Explorer

        return Explorer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
