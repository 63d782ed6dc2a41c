"""A message with its variable parts masked, so that one message about a hundred students is one template."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["COMMON", "MASK", "MASKS", "NEGATIONS", "parts", "pieces_of", "template"]

#: What stands for a masked part, and several of them side by side.
MASK = "<value>"
MASKS = re.compile(rf"{MASK}(?:[\s,;/&+-]*{MASK})+")

#: Never masked: a message and its opposite are two messages.
NEGATIONS = frozenset(["not", "no", "nor", "never", "none", "neither", "cannot", "without"]) | frozenset(
    ["isn't", "aren't", "wasn't", "doesn't", "don't", "didn't", "hasn't", "can't", "won't"]
)

_COMMON_WORDS = """
    a about above access account accounts after again all already also an and another any are as at be because
    been before being belongs below between both but by can character characters column connected contains could
    date deleted did different digits disabled do does duplicate each email error exist exists expired failed
    field file find for format found from had has have he her here him his how i if in inactive incorrect into
    invalid is it its least less limit locked longer may maximum merged minimum missing more most must name new
    now number of off old on once one only or other our out over own password pending permission please record
    reached rejected required row same school she should since so some staff still student students such support
    than that the their them then there these they this those to too try under unique unknown up update upload
    used user users valid value values was we were what when where which while who will with word words would you your
"""
#: Words of everyday answers. They stay even where a cell holds them: a student may be called May or Will.
COMMON = frozenset(_COMMON_WORDS.split())

_QUOTED = re.compile(
    r"\"[^\"]{1,500}\"|“[^”]{1,500}”|`[^`]{1,500}`|(?<![\w'])'[^']{1,500}'(?!\w)|\u2018[^\u2019]{1,500}\u2019(?!\w)"
)
_SIGN = re.compile(r"\w")
_PIECES = re.compile(r"[^\W_]+")
_VARIABLE = re.compile(r"\d|@|://|^www\.|^[0-9a-f]{8,}$", re.IGNORECASE)


def template(message: str, cells: Iterable[str] = (), *, known_words: frozenset[str] = frozenset()) -> str:
    """Return the message with its variable parts masked.

    Parameters
    ----------
    message
        The message.
    cells
        The row's own cells: text that stands in one of them is variable.
    known_words
        Words, in lower case, that stay even if a cell holds them; common ones always do.

    Examples
    --------
    >>> template("User sample1 (Ann Lee) was merged on 2024-05-01", ["Ann", "Lee"])
    'User <value> (<value>) was merged on <value>'
    """
    chunks = _QUOTED.sub(_without_quoted_text, " ".join(message.split())).split(" ")
    masked = [_without_signs_of_a_value(chunk) for chunk in chunks]
    known_words = known_words | COMMON
    if not all(_stays(chunk, known_words, first=not at) for at, chunk in enumerate(masked)):
        pieces = pieces_of(cells)
        masked = [
            chunk if _stays(chunk, known_words, first=not at) else _without_cell_text(chunk, pieces)
            for at, chunk in enumerate(masked)
        ]
    return MASKS.sub(MASK, " ".join(masked))


def _without_quoted_text(quoted: re.Match[str]) -> str:
    text = quoted.group()
    negations = [word for word in text[1:-1].lower().split() if word in NEGATIONS]
    return text[0] + " ".join([*negations, MASK]) + text[-1]


def _without_signs_of_a_value(chunk: str) -> str:
    """Return a chunk masked if it looks like an e-mail address, a number, an id or a web address."""
    if MASK in chunk:
        return chunk
    before, core, after = parts(chunk)
    return f"{before}{MASK}{after}" if core and _VARIABLE.search(core) else chunk


def _without_cell_text(chunk: str, pieces: frozenset[str]) -> str:
    before, core, after = parts(chunk)
    words = [word.casefold() for word in _PIECES.findall(core)]
    return f"{before}{MASK}{after}" if words and all(word in pieces for word in words) else chunk


def _stays(chunk: str, known_words: frozenset[str], *, first: bool) -> bool:
    """Return whether a chunk is no variable whatever the cells hold.

    A known word with a capital within the sentence may still be somebody's name.
    """
    core = parts(chunk)[1]
    word = core.casefold().replace("\u2019", "'")
    if MASK in chunk or not core or word in NEGATIONS:
        return True
    return word in known_words and (first or core == core.lower())


def parts(chunk: str) -> tuple[str, str, str]:
    """Return the signs before, the core and the signs behind it."""
    first = _SIGN.search(chunk)
    if not first:
        return chunk, "", ""
    start, end = first.start(), len(chunk)
    while not _SIGN.match(chunk[end - 1]):
        end -= 1
    return chunk[:start], chunk[start:end], chunk[end:]


def pieces_of(cells: Iterable[str]) -> frozenset[str]:
    """Return the words and numbers of some cells, capitals ignored."""
    return frozenset(piece.casefold() for cell in cells for piece in _PIECES.findall(cell))
