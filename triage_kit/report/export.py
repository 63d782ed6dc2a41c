"""The one place that knows nbconvert: an executed notebook in, the page out.

The page is our own template's: no code, no notebook look, no address that a browser would fetch. Of an output only
what our template knows is taken; errors, warnings and widgets never reach the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage_kit.errors import TriageKitError
from triage_kit.html import TEMPLATES
from triage_kit.wording import day

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "GENERATOR",
    "PageFacts",
    "clean_notebook",
    "end_mark",
    "export_page",
    "is_our_notebook",
    "kept_notebook",
    "load_libraries",
]

#: What stands in the page's ``meta generator``: by it we know a page that we wrote ourselves.
GENERATOR = "triage-kit"

#: Cells with these tags explain the notebook to its reader, and are not for the page.
_OFF_THE_PAGE = {"parameters", "injected-parameters", "notebook-only"}
_END_OF_REPORT = "application/vnd.triage-kit.end+json"
_SHOWN = {"text/html", "text/markdown", "text/plain", "image/svg+xml", "image/png", "image/jpeg"}
_PLOTLYJS = "/* plotly.js */"
_HEADING = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)


@dataclass(frozen=True)
class PageFacts:
    """What the page's frame says around the notebook's cells."""

    title: str
    school_name: str
    audience: str
    date: str
    file_date: str
    version: str

    @property
    def when(self) -> str:
        """The day of the file where its name holds one, and that of the report, as people write them."""
        return f"File of {day(self.file_date)}, report of {day(self.date)}" if self.file_date else day(self.date)


def load_libraries() -> None:
    """Import what writing a page needs: once, before threads do it at the same time and lose each other's warnings."""
    for name in ("nbconvert", "papermill", "plotly.offline"):
        import_module(name)


def end_mark(notebook: NotebookNode) -> dict[str, object] | None:
    """Return what the notebook's last step left; None if it never ran: a ``sys.exit`` in a cell looks like success."""
    marks = [
        dict(output.data[_END_OF_REPORT])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if _END_OF_REPORT in output.get("data", {})
    ]
    return marks[-1] if marks else None


def clean_notebook(notebook: NotebookNode, audience: str, *, with_code: bool = False) -> NotebookNode:
    """Return a copy without parameters, paths, run times, widget state, and cells that are not for this audience."""
    from nbformat.v4 import new_notebook

    hidden = _OFF_THE_PAGE | ({"with-names-only"} if audience == "no-names" else set())
    kept = [cell.copy() for cell in notebook.cells if not hidden & set(cell.metadata.get("tags", []))]
    for number, cell in enumerate(kept):
        cell.metadata, cell.id = {}, f"cell-{number}"
        if cell.cell_type == "code":
            cell.source, cell.execution_count = cell.source if with_code else "", None
    cleaned: NotebookNode = new_notebook(cells=kept)  # type: ignore[no-untyped-call]
    return cleaned


def kept_notebook(notebook: NotebookNode, audience: str, version: str) -> str:
    """Return a cleaned notebook as a file's text: code and what the page shows, without prints and warnings."""
    from nbformat import writes
    from nbformat.v4 import new_markdown_cell, new_output

    cleaned = clean_notebook(notebook, audience, with_code=True)
    for cell in cleaned.cells:
        if cell.cell_type == "code":
            shown = [output for output in cell.outputs if output.output_type in ("display_data", "execute_result")]
            cell.outputs = [new_output("display_data", data=_kept(one.data)) for one in shown]  # type: ignore[no-untyped-call]
    said = "No student is named here." if audience == "no-names" else "**Personal data: do not forward.**"
    cleaned.cells.insert(0, new_markdown_cell(said, id="audience"))  # type: ignore[no-untyped-call]
    cleaned.metadata["triage_kit"] = {"generator": f"{GENERATOR} {version}"}
    return str(writes(cleaned))  # type: ignore[no-untyped-call]


def is_our_notebook(path: Path) -> bool:
    """Return whether a notebook says that triage-kit wrote it."""
    return f'"generator": "{GENERATOR} ' in path.read_text(encoding="utf-8", errors="replace")


def _kept(data: NotebookNode) -> dict[str, object]:
    kinds = _SHOWN | {"application/vnd.plotly.v1+json"}
    return {kind: value for kind, value in data.items() if kind in kinds}


def export_page(notebook: NotebookNode, facts: PageFacts) -> str:
    """Return the page of a cleaned notebook.

    Raises
    ------
    TriageKitError
        If an output has no form that a page can show: a chart would be missing without a word.
    """
    from nbconvert import HTMLExporter
    from plotly.offline import get_plotlyjs

    _check_outputs(notebook)
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        preprocessors=[],
        default_preprocessors=[],
    )
    exporter.register_filter("sectioned", _sectioned)
    drawn = any("chart-data" in _html(output) for cell in notebook.cells for output in cell.get("outputs", []))
    resources = {"facts": facts, "generator": GENERATOR, "plotlyjs": _PLOTLYJS if drawn else ""}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    # At the end, because nbconvert reads the page once more, and 5 MB of program are much to read.
    return str(page).replace(_PLOTLYJS, get_plotlyjs(), 1) if drawn else str(page)


def _check_outputs(notebook: NotebookNode) -> None:
    shown = _SHOWN | {_END_OF_REPORT}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {}))
            if kinds - {"text/plain"} and not (kinds - {"text/plain"}) & shown:
                raise TriageKitError(
                    "A cell of the report notebook shows something that a page cannot show, such as a widget; "
                    "show charts through triage_kit.charts and tables through triage_kit.html.table."
                )


def _html(output: NotebookNode) -> str:
    return str(output.get("data", {}).get("text/html", ""))


def _sectioned(body: str) -> dict[str, object]:
    """Return the first screen, the list of contents (id and heading), and the sections with those ids."""
    entries: list[tuple[str, str]] = []

    def with_id(found: re.Match[str]) -> str:
        entries.append((f"section-{len(entries) + 1}", unescape(re.sub(r"<[^>]+>", "", found[1]))))
        return f'<h2 id="{entries[-1][0]}">{found[1]}</h2>'

    first = _HEADING.search(body)
    start = first.start() if first else len(body)
    return {"sections": _HEADING.sub(with_id, body[start:]), "entries": entries, "first": body[:start]}
