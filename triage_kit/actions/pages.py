"""The folder's pages and notes, from the templates in ``templates/actions``; in HTML every value is escaped."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage_kit.wording import count, day

__all__ = ["render_page", "render_text"]

_TEMPLATES = Path(__file__).parent.parent / "templates" / "actions"


def render_page(name: str, **values: object) -> str:
    """Return an HTML page."""
    return _environment(escape=True).get_template(name).render(**values)


def render_text(name: str, **values: object) -> str:
    """Return a plain text."""
    return _environment(escape=False).get_template(name).render(**values)


@lru_cache(maxsize=2)
def _environment(*, escape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=escape,  # noqa: S701 - on for HTML; plain text shows what stands there
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = count
    environment.filters["day"] = day
    environment.filters["thousands"] = "{:,}".format
    environment.filters["article"] = "https://support.joinhandshake.com/hc/en-us/articles/{}".format
    return environment
