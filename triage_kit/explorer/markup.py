"""The panel's pieces of HTML: templates that escape every value that is put into them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage_kit.html import TEMPLATES

__all__ = ["fill"]


def fill(part: str, **values: Any) -> str:
    """Return a macro of ``panel.html.j2`` filled with values, all of them escaped."""
    return str(getattr(_parts(), part)(**values)).strip()


@lru_cache(maxsize=1)
def _parts() -> Any:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "app"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("panel.html.j2").module
