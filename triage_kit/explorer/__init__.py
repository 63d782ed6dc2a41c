"""The explorer: a panel for notebooks and for a page without code. What it shows is computed in `selection`."""

from __future__ import annotations

from triage_kit.explorer.panel import Explorer

__all__ = ["Explorer"]
