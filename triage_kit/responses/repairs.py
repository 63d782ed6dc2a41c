"""Texts that were quoted, escaped or prettified on their way: each repair works on a copy and undoes one of them.

Which forms occur: Handshake's articles print answers sloppily (numbers 360001032108, 360048144814), and staff copy
them out of mail, tickets, notebooks and re-quoted CSV files.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

__all__ = ["is_page", "is_time_out", "repaired"]

#: Single quotes as word processors write them: left, right, low, high-reversed.
_SINGLE = "\u2018\u2019\u201a\u201b"
_FIRST_QUOTE = re.compile(rf"""\\?(?:"+|[“”„'{_SINGLE}])""")
_OUTER_QUOTES = re.compile(r"""\s*(["'])\s*(?=[{\[])""")
_WRAPPED = re.compile(r"""\s*(['`\u2018]|"(?=\s*[{\[]\s*"\w))\s*(?=[{\[])""")
_ENTITY = re.compile(r"&(?:quot|apos|amp|lt|gt|#\d{1,6}|#[xX][0-9a-fA-F]{1,6});")
_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "″": '"'})
#: Curly double quotes in UTF-8 that were read as Windows-1252.
_MISREAD = re.compile("\u00e2\u20ac[\u0153\u009d\ufffd]")
_TYPOGRAPHIC_SINGLE = str.maketrans(dict.fromkeys(_SINGLE, "'"))
_PAGE = re.compile(
    r"\s*<(?:!doctype|\?xml|html|head|body|title|center|h1|p|div)\b|.{0,300}<(?:html|body|head)\b", re.I | re.S
)
_TIME_OUT = re.compile(
    r"\b(?:time[ds]?[ -]?out|\w+timeout(?:error|exception)?|bad gateway|service (?:temporarily )?unavailable"
    r"|internal server error|execution expired|connection ?(?:reset|refused|closed|failed)|end of file reached"
    r"|too many requests|rate limit exceeded|something went wrong|no healthy upstream|upstream connect error)\b",
    re.IGNORECASE,
)


def repaired(text: str) -> Iterator[tuple[str, str]]:
    """Yield copies of the text with one more damage undone each, and the ids of the repairs so far, "+"-joined."""
    done: list[str] = []
    for _ in range(3):  # an answer copied from a mail into a ticket may be escaped twice
        before = len(done)
        for repair_id, repair in _REPAIRS.items():
            mended = repair(text)
            if mended != text:
                text = mended
                done.append(repair_id)
                yield text, "+".join(dict.fromkeys(done))
        if len(done) == before:
            return


def is_page(text: str) -> bool:
    """Return whether the text is a web page or XML document in place of an answer."""
    return "<" in text and bool(_PAGE.match(text))


def is_time_out(text: str) -> bool:
    """Return whether a short text is what a failing server or proxy says in place of an answer."""
    return len(text) <= 300 and bool(_TIME_OUT.search(text))


def _unescape_entities(text: str) -> str:
    return html.unescape(text) if _ENTITY.search(text) else text


def _straighten_quotes(text: str) -> str:
    """Return the text with double quotes straight; single ones only if they stand for the quotes of the answer.

    So an apostrophe in a name stays as it is.
    """
    text = _MISREAD.sub('"', text.translate(_TYPOGRAPHIC))
    first = _FIRST_QUOTE.search(text)
    return text.translate(_TYPOGRAPHIC_SINGLE) if first and first.group() in _SINGLE and '"' not in text else text


def _unescape_backslashes(text: str) -> str:
    first = _FIRST_QUOTE.search(text)
    if not first or not first.group().startswith("\\"):
        outer = _OUTER_QUOTES.match(text)
        first = _FIRST_QUOTE.search(text, outer.end()) if outer else None
        if not first or not first.group().startswith("\\"):
            return text
    return re.sub(r"\\([\"'\\])", r"\1", _without_outer_quotes(text))


def _undouble_quotes(text: str) -> str:
    start = _OUTER_QUOTES.match(text)
    first = _FIRST_QUOTE.search(text, start.end() if start else 0)
    if (
        not first
        or not first.group().startswith('""')
        or re.match(r"\s*(?:[,:}\]]|$)", text[first.end() : first.end() + 9])
    ):
        return text
    return _without_outer_quotes(text).replace('""', '"')


def _without_outer_quotes(text: str) -> str:
    outer = _OUTER_QUOTES.match(text)
    if not outer:
        return text
    inner = text[outer.end() :].rstrip()
    return inner.removesuffix(outer.group(1))


def _unwrap(text: str) -> str:
    """Return the text without the sign with which a spreadsheet or a note set it apart, at both ends if it is there."""
    wrapped = _WRAPPED.match(text)
    return text[wrapped.end() :].rstrip().removesuffix(wrapped.group(1)) if wrapped else text


_REPAIRS: dict[str, Callable[[str], str]] = {
    "set-apart": _unwrap,
    "html-entities": _unescape_entities,
    "typographic-quotes": _straighten_quotes,
    "escaped-quotes": _unescape_backslashes,
    "doubled-quotes": _undouble_quotes,
}
