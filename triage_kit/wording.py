"""Small pieces of sentences that every output words the same way."""

import datetime

__all__ = ["capital", "count", "day"]

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
