"""Addresses as people type them -> the domain that was meant, with what was overlooked on the way.

Nothing here judges whose domain it is. Nothing is corrected either: what is overlooked (capitals, spaces, a
display name) makes no other address of it, and what would (a missing dot, a likely typo) is only reported.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["Address", "parse_address", "parse_address_or_domain", "parse_domain", "readable_domain"]

#: One label: letters, digits and inner hyphens, 63 at most (RFC 1035 2.3.4); underscores occur in no mail domain.
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
#: What stands around an address when it is copied from a mail program, a sentence or a spreadsheet.
_AROUND = " \t\r\n\"'`<>()[]{},;:.\u2018\u2019\u201c\u201d\u00ab\u00bb"
#: Characters that are there but not to be seen: zero-width ones, direction marks, soft hyphen, byte order mark.
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)])
#: The full stops that IDNA reads as a dot (RFC 3490 3.1).
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_SPACES_AROUND_AT = re.compile(r"\s*(@)\s*")
_SPACES_AROUND_SIGNS = re.compile(r"\s*([@.])\s*")
#: A quoted local part may hold anything, an ``@`` too (RFC 5321 4.1.2).
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"@')
_NAME_IN_FRONT = "the name in front of the address was passed over"
_BETWEEN_ADDRESSES = re.compile(r"[,;/|\s<>]+")


@dataclass(frozen=True)
class Address:
    """What an e-mail cell says.

    ``domains`` holds each domain once, in punycode and small letters: none when the cell is blank or not an
    address, two or more when it holds several addresses. ``problem`` says in words why there is none; ``notes``
    say what was overlooked. ``blank`` tells an empty cell from a wrong one. The domains stay out of the ``repr``.
    """

    domains: tuple[str, ...] = field(default=(), repr=False)
    problem: str = ""
    notes: tuple[str, ...] = ()
    blank: bool = False


def parse_address(text: str) -> Address:
    """Return what an e-mail cell says; never raises.

    >>> parse_address(" Jo Doe <MAILTO:jo+jobs@Example.EDU.>;").domains
    ('example.edu',)
    >>> parse_address("jo.example.edu").problem
    'it has no @'
    """
    plain = _plain_text(text)
    if not plain.strip():
        return Address(blank=True, problem="the cell is blank")
    notes = _notes_on_writing(text, plain)
    if "@" not in plain:
        return Address(problem="it has no @", notes=notes)
    candidates = _QUOTED_LOCAL.sub("quoted@", plain)
    spaces = _SPACES_AROUND_SIGNS if candidates.count("@") == 1 else _SPACES_AROUND_AT
    candidates = spaces.sub(r"\1", candidates)
    words = [word for word in _BETWEEN_ADDRESSES.split(candidates) if any(map(str.isalnum, word))]
    pieces = [piece for piece in _BETWEEN_ADDRESSES.split(candidates) if "@" in piece]
    if len(words) > len(pieces) and _NAME_IN_FRONT not in notes:
        notes += ("the words beside the address were passed over",)
    parsed = [_parse_piece(piece) for piece in pieces]
    if len({domain for domain, _ in parsed if domain}) == 0:
        return Address(problem=parsed[0][1], notes=notes)
    if any(problem for _, problem in parsed):
        return Address(problem="it holds several addresses, and one of them is not an address", notes=notes)
    if len(parsed) > 1:
        notes += (f"the cell holds {len(parsed)} addresses",)
    return Address(domains=tuple(dict.fromkeys(domain for domain, _ in parsed)), notes=notes)


def parse_address_or_domain(text: str) -> Address:
    """Return what an address says or, without an ``@``, a domain alone."""
    if "@" in _plain_text(text) or not text.strip():
        return parse_address(text)
    domain, problem = parse_domain(text.strip(_AROUND))
    return Address(domains=(domain,)) if domain else Address(problem=f"it has no @, and {problem}")


def _plain_text(text: str) -> str:
    """Return the text with full-width and invisible characters made plain, case untouched."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_DOTS)).translate(_INVISIBLE)


def _notes_on_writing(text: str, plain: str) -> tuple[str, ...]:
    """Return what was overlooked in the way the cell is written, in words."""
    notes = []
    if plain != text:
        notes.append("full-width or invisible characters were read as plain ones")
    if plain.strip() != plain or re.search(r"\s[@.]|[@.]\s", plain):
        notes.append("stray spaces were passed over")
    if "mailto:" in plain.lower():
        notes.append("'mailto:' was passed over")
    if re.search(r"\S\s*<[^<>]*@[^<>]*>", plain):
        notes.append(_NAME_IN_FRONT)
    if plain.strip()[-1:] in set(".,;:"):
        notes.append("punctuation at the end was passed over")
    _, at, domain = plain.rpartition("@")
    domain = re.split(r"[\s<>,;]", domain.strip(), maxsplit=1)[0]
    if at and domain != domain.lower():
        notes.append("capital letters make no difference in a domain")
    if _QUOTED_LOCAL.search(plain):
        notes.append("the part in front of the @ is in quotation marks, which is allowed")
    elif "+" in plain.partition("@")[0]:
        notes.append("what follows the + in front of the @ does not change the domain")
    return tuple(notes)


def _parse_piece(piece: str) -> tuple[str, str]:
    """Return the domain of a piece that holds an ``@``, or an empty text and the reason why there is none."""
    local, _, domain = piece.partition("@")
    local = re.sub(r"(?i)^.*mailto:", "", local).strip(_AROUND)
    if not local:
        return "", "nothing stands in front of the @"
    if "@" in domain:
        return "", "it has more than one @"
    if domain.startswith("["):
        return "", "an IP address stands where the domain should be"
    domain = re.sub(r"\?.*", "", domain).strip(_AROUND)
    if not domain:
        return "", "nothing stands behind the @"
    return parse_domain(domain)


@lru_cache(maxsize=4096)
def parse_domain(text: str) -> tuple[str, str]:
    """Return the domain in small letters and punycode, or an empty text and the reason why it is none.

    >>> parse_domain("B\\u00dcCHER.example") == parse_domain("xn--bcher-kva.example.") == ("xn--bcher-kva.example", "")
    True
    >>> parse_domain("example")[1]
    'the domain has no dot'
    """
    domain = _plain_text(text).strip().strip(".").lower()
    if not domain:
        return "", "the domain is blank"
    if "." not in domain:
        return "", "the domain has no dot"
    labels = domain.split(".")
    if all(label.isdigit() for label in labels) or ":" in domain:
        return "", "an IP address stands where the domain should be"
    encoded = [_encode_label(label) for label in labels]
    if not all(encoded):
        return "", _label_problem(labels)
    if labels[-1].isdigit() or len(".".join(encoded)) > 253:
        return "", "the domain's ending cannot be one" if labels[-1].isdigit() else "the domain is too long"
    return ".".join(encoded), ""


def _encode_label(label: str) -> str:
    """Return a label in punycode (RFC 3492), or an empty text if it cannot be one."""
    if label.isascii():
        return label if _LABEL.fullmatch(label) and _decode_label(label) else ""
    if not all(character.isalnum() or character == "-" or unicodedata.combining(character) for character in label):
        return ""
    encoded = "xn--" + unicodedata.normalize("NFC", label).encode("punycode").decode("ascii")
    return encoded if _LABEL.fullmatch(encoded) else ""


def _decode_label(label: str) -> str:
    """Return a label with its own letters, or an empty text if it is punycode of nothing."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return ""


def _label_problem(labels: list[str]) -> str:
    """Return in words what is wrong with a domain of which at least one label cannot be one."""
    if not all(labels):
        return "two dots follow each other in the domain"
    if any(len(label) > 63 for label in labels):
        return "a part of the domain is too long"
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        return "a part of the domain begins or ends with a hyphen"
    return "the domain has a character that no domain can have"


def readable_domain(domain: str) -> str:
    """Return a domain with its own letters in place of punycode, as people know it.

    >>> readable_domain("xn--bcher-kva.example") == "b\\u00fccher.example"
    True
    """
    return ".".join(_decode_label(label) or label for label in domain.split("."))
