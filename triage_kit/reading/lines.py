"""Physical lines, as every other step here counts them."""

from __future__ import annotations

import io

__all__ = ["split_lines"]


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a text, ended by LF, CRLF or CR, with their ends; no other character ends a line.

    >>> split_lines("a\r\nb\rc\x0bd")
    ['a\r\n', 'b\r', 'c\x0bd']
    """
    return list(io.StringIO(text, newline=""))
