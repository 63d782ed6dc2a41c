"""From bytes to text, in such a way that every piece of the text can be measured in bytes again."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_kit.errors import InputError
from triage_kit.reading.lines import split_lines

__all__ = ["BOMS", "Decoded", "decode"]

#: Byte-order marks, the longer ones first: UTF-32's begins as UTF-16's does.
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A single byte that is left over in UTF-16 stands as one of these private characters.
_LEFT_OVER = 0x10FF00
_SURROGATES = re.compile("[\ud800-\udfff]")
_LEFT_OVERS = re.compile("[\ud800-\udfff\U0010ff00-\U0010ffff]")
# Line ends of UTF-16 behind a character of ASCII.
_WIDE_LINE_ENDS = {"utf-16-le": re.compile(rb"[\t-~]\0\n\0"), "utf-16-be": re.compile(rb"\0[\t-~]\0\n")}

# Encodings in which every character is one byte, one that stands for what is no text too.
_ONE_BYTE = ("cp1252", "iso8859-1")

#: Control characters that no text holds; where one byte in twelve is one, this is no damaged text.
_NEVER_IN_TEXT = bytes(set(range(32)) - set(b"\t\n\r\x1a"))


class Decoded(NamedTuple):
    """A file's text.

    ``bom`` counts the bytes of the byte-order mark. ``damaged``: some bytes are no text in this encoding; what stands
    for them is found by `undecodable`. ``out_of_step``: single bytes of UTF-16 are among them. ``assumed``: nothing in
    the file says that it has this encoding.
    """

    text: str
    encoding: str
    bom: int = 0
    damaged: bool = False
    out_of_step: bool = False
    assumed: bool = False

    @property
    def undecodable(self) -> re.Pattern[str]:
        """What stands in the text for bytes that are none."""
        return _LEFT_OVERS if self.out_of_step else _SURROGATES

    def size(self, piece: str) -> int:
        """Return how many bytes of the file a piece of the text takes."""
        if self.encoding in _ONE_BYTE or (self.encoding == "utf-8" and piece.isascii()):
            return len(piece)
        size = len(piece.encode(self.encoding, _errors_for(self.encoding)))
        return size - 3 * sum(ord(sign) >= _LEFT_OVER for sign in piece) if self.out_of_step else size

    def sizes(self, pieces: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return how many bytes of the file each of some pieces takes."""
        sizes = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        if self.encoding not in _ONE_BYTE:
            others = [i for i, piece in enumerate(pieces) if self.encoding != "utf-8" or not piece.isascii()]
            sizes[others] = [self.size(pieces[i]) for i in others]
        return sizes


def decode(data: bytes, name: str, encoding: str | None = None) -> Decoded:
    """Return the text of a file: by its byte-order mark, else as UTF-8, else as Windows text (cp1252).

    Nothing is lost: bytes that are not text in the encoding become surrogates, which `Decoded.undecodable` finds.

    Raises
    ------
    InputError
        If the encoding asked for is unknown or cannot give the same bytes back.
    """
    if encoding is not None:
        return _decode_as_asked(data, name, encoding)
    for mark, found in BOMS:
        if data.startswith(mark):
            return _decode_marked(data, found, len(mark), name)
    sample = data[:4096]
    if len(sample) > 3 and sample[1::2].count(0) > 0.4 * len(sample[1::2]) and sample[::2].count(0) < 0.1 * len(sample):
        return _decode(data, "utf-16-le", 0, assumed=True)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        _refuse_binary(data, name)
        is_utf8 = _is_mostly_utf8(data)
    return _decode(data, "utf-8" if is_utf8 else "cp1252", 0, assumed=not is_utf8)


def _decode_marked(data: bytes, encoding: str, bom: int, name: str) -> Decoded:
    try:
        return _decode(data, encoding, bom)
    except UnicodeDecodeError:
        raise InputError(
            f"{name} is damaged {encoding.upper()} text; download it again, or save it as UTF-8."
        ) from None


def _refuse_binary(data: bytes, name: str) -> None:
    sample = data[:65536]
    never = len(sample) - len(sample.translate(None, _NEVER_IN_TEXT))
    if len(sample) > 1000 and never > 0.08 * len(sample):
        raise InputError(f"{name} is not a text file; give the failed-rows CSV as downloaded from the finished job.")


def _is_mostly_utf8(data: bytes) -> bool:
    """Say whether most letters beyond ASCII are sound UTF-8: then a few bytes are damaged, not the encoding."""
    beyond_ascii = np.count_nonzero(np.frombuffer(data, dtype=np.uint8) >= 0x80)
    text = data.decode("utf-8", "ignore")
    sound_letters = len(text) - (len(data) - beyond_ascii)
    sound_bytes = len(text.encode()) - (len(data) - beyond_ascii)
    return bool(sound_letters > beyond_ascii - sound_bytes)


def _errors_for(encoding: str) -> str:
    if encoding.startswith("utf-32"):
        return "strict"
    return "surrogatepass" if encoding in _WIDE_LINE_ENDS else "surrogateescape"


def _decode(data: bytes, encoding: str, bom: int, *, assumed: bool = False) -> Decoded:
    out_of_step = False
    if encoding in _WIDE_LINE_ENDS:
        text = "".join(_wide_pieces(data, encoding, bom))
        out_of_step = len(text.encode(encoding, "surrogatepass")) != len(data) - bom
    else:
        text = data[bom:].decode(encoding, _errors_for(encoding))
    damaged = out_of_step or _has_surrogates(text)
    return Decoded(text, encoding, bom, damaged, out_of_step, assumed)


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()  # quicker than a pattern
    except UnicodeEncodeError:
        return True
    return False


def _wide_pieces(data: bytes, encoding: str, start: int) -> Iterator[str]:
    """Yield the text of UTF-16 in pieces: where a byte is lost, the next line begins in step again."""
    sound = start
    if not _may_lose_step(data, encoding, start):
        yield _decode_out_of_step(data[start:], encoding)
        return
    for line_end in _WIDE_LINE_ENDS[encoding].finditer(data, start):
        end = line_end.end()
        if (end - start) % 2:
            yield data[start:sound].decode(encoding, "surrogatepass")
            yield _decode_out_of_step(data[sound : end - 4], encoding)
            yield data[end - 4 : end].decode(encoding, "surrogatepass")
            start = end
        sound = end
    yield _decode_out_of_step(data[start:], encoding)


def _may_lose_step(data: bytes, encoding: str, start: int) -> bool:
    """Say whether a line feed stands at an odd place: seldom, and soon seen."""
    pairs = max(0, len(data) - start - 1) // 2
    signs = np.frombuffer(data[start + 1 : start + 1 + 2 * pairs], "<u2" if encoding == "utf-16-le" else ">u2")
    return bool((signs == ord("\n")).any())


def _decode_out_of_step(data: bytes, encoding: str) -> str:
    rest = len(data) % 2
    whole = data[: len(data) - rest].decode(encoding, "surrogatepass")
    return whole + "".join(chr(_LEFT_OVER + byte) for byte in data[len(data) - rest :])


def _decode_as_asked(data: bytes, name: str, encoding: str) -> Decoded:
    try:
        asked = codecs.lookup(encoding).name
        bom = next((len(mark) for mark, found in BOMS if data.startswith(mark) and asked[:5] == found[:5]), 0)
        if bom and asked in ("utf-16", "utf-32", "utf-8-sig"):
            asked = next(found for mark, found in BOMS if data.startswith(mark))
        asked = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(asked, asked)
        decoded = _decode(data, asked, bom)
        same = sum(decoded.size(line) for line in split_lines(decoded.text)) == len(data) - bom
    except LookupError:
        raise InputError(f"The encoding {encoding!r} is not known; give utf-8, utf-16, cp1252 or latin-1.") from None
    except (ValueError, TypeError):
        same = False
    if not same:
        raise InputError(f"{name} cannot be read as {encoding}; leave the encoding out, or save the file as UTF-8.")
    return decoded
