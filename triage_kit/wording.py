"""Small pieces of sentences that every output words the same way."""

import datetime
from collections.abc import Sequence

__all__ = ["capital", "count", "day", "lines", "shown_of"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> count(1, "row"), count(1240, "row"), count(2, "address", "addresses")
    ('1 row', '1,240 rows', '2 addresses')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shown_of(shown: int, every: int, one: str) -> str:
    """Return how much of a list is shown.

    >>> shown_of(200, 1204, "row"), shown_of(14, 14, "domain"), shown_of(1, 1, "row")
    ('200 of 1,204 rows shown', 'All 14 domains shown', '1 row shown')
    """
    if shown < every:
        return f"{shown:,} of {count(every, one)} shown"
    return f"{'All ' if every > 1 else ''}{count(every, one)} shown"


def lines(numbers: Sequence[object], most: int = 20) -> str:
    """Return where something stands, the first places by number and the others counted.

    >>> lines([3]), lines([3, 4, 5], most=2)
    ('line 3', 'lines 3, 4 and 1 more')
    """
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    shown = ", ".join(map(str, numbers[:most]))
    return f"lines {shown} and {len(numbers) - most:,} more" if len(numbers) > most else f"lines {shown}"


def capital(text: str) -> str:
    """Return a text with a capital at its start, for the start of a sentence; the rest as it is."""
    return text[:1].upper() + text[1:]


def day(date: str) -> str:
    """Return a day as people write it, from its form for computers.

    >>> day("2026-03-02")
    '2 March 2026'
    """
    found = datetime.date.fromisoformat(date)
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"
