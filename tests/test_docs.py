"""The pages in docs/ say what the rule files say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize("page", ["problems.md", "steps.md", "procedure.html"])
def test_the_page_is_the_one_that_make_docs_writes(page: str, tmp_path: Path) -> None:
    runpy.run_path(str(DOCS / "write_pages.py"))["write_pages"](tmp_path)
    written = (tmp_path / page).read_text(encoding="utf-8")
    assert (DOCS / page).read_text(encoding="utf-8") == written, "the rules have changed: run make docs"
