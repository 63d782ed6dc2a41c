"""The two texts that make work of an unknown message: one for Handshake Support, one for the office's rules file."""

from __future__ import annotations

import json
import re

from triage_kit.columns import KNOWN_HEADERS
from triage_kit.unknown.templates import COMMON, MASK, MASKS, NEGATIONS, parts

__all__ = ["EntryIds", "rule_entry", "support_text"]

_WORD = re.compile(r"[^\W_]+")


def support_text(words: str, field: str, rows: int, known_words: frozenset[str]) -> str:
    """Return a message to Handshake Support; words with a capital that are not ours may be names and are masked too."""
    known_words = known_words | COMMON
    chunks = words.split(" ")
    for at, chunk in enumerate(chunks):
        if _may_be_a_name(chunk, known_words):
            before, _, after = parts(chunk)
            chunks[at] = f"{before}{MASK}{after}"
    told = f" It names the field {field}." if field in KNOWN_HEADERS else ""
    return (
        f"The Importer refused {rows:,} {'row' if rows == 1 else 'rows'} of our upload with an answer that your "
        f"article “Importer Errors: Common Messages and Next Steps” (360001032108) does not list:\n"
        f"{MASKS.sub(MASK, ' '.join(chunks))}\n"
        f"({MASK} stands for what differs from student to student.){told} What does it mean, and what should we do? "
        f"The job is: [put its ID or web address here]"
    )


def _may_be_a_name(chunk: str, known_words: frozenset[str]) -> bool:
    core = parts(chunk)[1]
    return MASK not in chunk and core[:1].isupper() and core.lower() not in known_words


class EntryIds:
    """Gives each entry an id of its own."""

    def __init__(self) -> None:
        self.given: set[str] = set()

    def for_words(self, words: str, field: str) -> str:
        """Return an id made of the field's and the template's plain words."""
        found = _WORD.findall(f"{field} {words.replace(MASK, '')}".lower())
        plain = [word for word in found if re.fullmatch("[a-z]+", word)][:7] or ["message"]
        name, number = "own-" + "-".join(plain), 2
        while name in self.given:
            name, number = f"own-{'-'.join(plain)}-{number}", number + 1
        self.given.add(name)
        return name


def rule_entry(words: str, field: str, ids: EntryIds) -> str:
    """Return a TOML entry that recognises the template on its field; empty if the template has no word of its own.

    Such an entry would claim every message.
    """
    if not _WORD.search(words.replace(MASK, "")):
        return ""
    example = words.replace(MASK, "something")
    return "\n".join(
        [
            "[[kind]]",
            f"id = {json.dumps(ids.for_words(words, field))}",
            'title = "Put a short title here"',
            'meaning = "Put here what it means, in plain words."',
            'family = "other"     # account, identifier, value, job or other: kinds of a family share a procedure',
            "priority = 65        # which of several messages decides a row: the lowest; values have 50 to 64",
            f"fields = [{json.dumps(field, ensure_ascii=False)}]",
            f"pattern = {_toml(_pattern(words))}",
            f"examples = [{{ field = {json.dumps(field, ensure_ascii=False)}, "
            f"message = {json.dumps(example, ensure_ascii=False)} }}]",
            "",
        ]
    )


def _pattern(words: str) -> str:
    """Return a regular expression for the template; a masked part is a few words, none of them a negation."""
    literals = [re.escape(literal).replace("\\ ", " ").replace("\\-", "-") for literal in words.split(MASK)]
    more = min(7, int(5000 ** (1 / max(1, len(literals) - 1))) - 1)  # keeps all combinations few
    word = rf"(?!(?:{'|'.join(sorted(NEGATIONS))})\b)\S{{1,200}}"
    return f"{word}(?: {word}){{0,{more}}}".join(literals)


def _toml(text: str) -> str:
    plain = "'" not in text and text.isprintable()
    return f"'{text}'" if plain else json.dumps(text, ensure_ascii=False)
