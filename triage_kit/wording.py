"""Small pieces of sentences that every output words the same way."""

__all__ = ["capital", "count"]


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> count(1, "row"), count(1240, "row"), count(2, "address", "addresses")
    ('1 row', '1,240 rows', '2 addresses')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """Return a text with a capital at its start, for the start of a sentence; the rest as it is."""
    return text[:1].upper() + text[1:]
