"""HTML for pages and notebooks: whatever comes from data is escaped here; nowhere else is HTML put together.

The markup stands in ``templates/report/parts.html.j2``; jinja escapes every value that is put into it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage_kit.wording import day

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["TEMPLATES", "Fragment", "render", "render_page", "table"]

#: The folder of the page's templates, as nbconvert looks for them.
TEMPLATES = Path(__file__).parent / "templates"


class Fragment:
    """A piece of a page, escaped already; a notebook shows it as HTML, its ``repr`` shows nothing of it."""

    def __init__(self, markup: str) -> None:
        self._markup = markup

    def __html__(self) -> str:
        return self._markup

    def _repr_html_(self) -> str:
        return self._markup

    def __repr__(self) -> str:
        return "<piece of the page>"


def render(part: str, **values: Any) -> Fragment:
    """Return a macro of ``parts.html.j2`` filled with values; every value that is not a `Fragment` is escaped."""
    macro = getattr(_parts(), part)
    return Fragment(str(macro(**values)))


def table(rows: DataFrame, caption: str, *, total: bool = False) -> Fragment:
    """Return a table with caption and scopes: the first column heads its row, whole numbers stand aligned.

    Parameters
    ----------
    rows
        Ready for reading: columns named as they should stand. Shown whole, in order, without the index.
    total
        Adds a last line with the sum of each column of whole numbers.
    """
    numbers = [bool(rows[column].dtype.kind in "iu") for column in rows.columns]
    sums = [int(rows[column].sum()) if number else "" for column, number in zip(rows.columns, numbers, strict=True)]
    return render(
        "table",
        caption=caption,
        columns=list(zip(map(str, rows.columns), numbers, strict=True)),
        lines=[list(line) for line in rows.itertuples(index=False, name=None)],
        total=sums if total and len(rows) else [],
    )


def render_page(name: str, **values: Any) -> str:
    """Return a whole page of a template filled with values, each of them escaped."""
    return _environment().get_template(name).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES / "report", TEMPLATES / "week"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = _thousands
    environment.filters["day"] = day
    return environment


@lru_cache(maxsize=1)
def _parts() -> Any:
    return _environment().get_template("parts.html.j2").module


def _thousands(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) else value
