"""A reader for answers that are not quite JSON: it takes what is there, in one pass, whatever is missing.

It reads JSON, Ruby's inspect form (``:key=>"value"``, ``key: nil``) and Python's (``{'key': None}``) with braces
missing or too many, a quote missing at either end, commas and colons trailing or missing, bare texts where a pair
belongs, several objects in a row, and an answer cut off anywhere. Sources: the forms printed in articles
360001032108, 360048144814 and 115003651627.
"""

from __future__ import annotations

import re

from triage_kit.responses.tree import MAX_DEPTH, Bare, Node, Number, Tree

__all__ = ["read_damaged"]

_SPACE = re.compile(r"\s+")
_BARE = re.compile(r"(?:[^,{}\[\]\":=]|:(?![\s\[{\"':]|$)|=(?!>))+")
_KEY = re.compile(r" ?\w[\w.:]*")
_LITERAL = re.compile(r"(?:true|false|null|nil|none|nan|undefined)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TIGHT_PAIR = re.compile(r"(\w+):((?i:true|false|null|nil|none)|\d+)")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}


def _ends(quote: str) -> re.Pattern[str]:
    """Return what ends a text: a quote before punctuation, or punctuation before a quote that opens the next one.

    A quote elsewhere belongs to the text. The repetitions are bounded, which keeps the search linear.
    """
    closed = rf"(?P<closed>{quote}(?=\s?(?:[,:;\]}})[{{]|=>|$|{quote}\w)))"
    left_open = rf"(?P<left_open>(?=[\]}} ]{{0,8}}[,:][ \[{{]{{0,4}}{quote}))"
    return re.compile(rf"\\.|{closed}|{left_open}", re.DOTALL)


_ENDS = {'"': _ends('"'), "'": _ends("'")}
_CLOSED_NEXT = re.compile(r"\"\s?(?:[:,\]}]|=>)")


class _Reader:
    """One pass over a text; ``stack`` holds the open nodes with the bracket that closes each."""

    def __init__(self, text: str) -> None:
        self.text = _SPACE.sub(" ", text).strip()
        self.root = Node()
        self.stack: list[tuple[Node, str]] = [(self.root, "")]
        self.key: str | None = None
        self.fresh = False  # the last thing read is a text or word that a colon would make a key
        self.damage: list[str] = []

    def read(self) -> Node:
        at = 0
        while at < len(self.text):
            at = self._step(at, self.text[at])
        self._end_entry()
        if len(self.stack) > 1:
            self._note("brace-missing")
        if sum(isinstance(value, Node) for _, value in self.root) > 1:
            self._note("several-objects")
        if any(not isinstance(value, Node) or key for key, value in self.root):
            self._note("no-outer-braces")
        return self.root

    def _step(self, at: int, character: str) -> int:
        if character in "{[":
            self._open(character)
        elif character in "}]":
            self._close(character)
        elif character == ",":
            self._end_entry()
        elif character == ":" or self.text.startswith("=>", at):
            self._make_key()
            if character == "=":
                self._note("ruby-hash")
            return at + (1 if character == ":" else 2)
        elif character == '"' or (character == "'" and not self.fresh):
            return self._read_text(at + 1, character)
        elif character != " ":
            return self._read_bare(at)
        return at + 1

    def _open(self, bracket: str) -> None:
        node = self.stack[-1][0]
        if self.fresh and isinstance(word := node[-1][1], str) and _KEY.fullmatch(word):
            self._note("colon-missing")
            self._make_key()
        self.fresh = False
        if len(self.stack) >= MAX_DEPTH:
            return
        inner = Node()
        self._add(inner)
        self.stack.append((inner, "}" if bracket == "{" else "]"))

    def _close(self, bracket: str) -> None:
        """Close the innermost open node of that bracket; one that was never opened is passed over."""
        self._end_entry()
        for level in range(len(self.stack) - 1, 0, -1):
            if self.stack[level][1] == bracket:
                if level < len(self.stack) - 1:
                    self._note("brace-missing")
                del self.stack[level:]
                return
        self._note("brace-extra")

    def _make_key(self) -> None:
        """Turn the entry just read into the key of the next; a colon without one opens a Ruby symbol or trails."""
        node = self.stack[-1][0]
        if self.fresh and isinstance(word := node[-1][1], str):
            node.pop()
            self.key = word
        self.fresh = False

    def _end_entry(self) -> None:
        """Keep a key that got no value as a text: it was one, with a colon behind it."""
        if self.key is not None:
            self._note("colon-trailing")
            word, self.key = self.key, None
            self._add(word)
        self.fresh = False

    def _add(self, value: Tree) -> None:
        self.stack[-1][0].append((self.key, value))
        self.key = None

    def _read_text(self, at: int, quote: str) -> int:
        """Read a quoted text from behind its opening quote."""
        for end in _ENDS[quote].finditer(self.text, at):
            if end.lastgroup:
                break
        else:
            self._note("cut")
            words = self.text[at:].rstrip("]}:, ")
            self._add(_decoded(words) if " " in words else None)
            return len(self.text)
        if end.lastgroup == "left_open":
            self._note("quote-missing")
        if quote == "'":
            self._note("single-quotes")
        self._take(_decoded(self.text[at : end.start()]))
        return max(end.end(), at)

    def _read_bare(self, at: int) -> int:
        found = _BARE.match(self.text, at)
        end = found.end() if found else at + 1
        word = self.text[at:end].strip()
        if end < len(self.text) and _CLOSED_NEXT.match(self.text, end):
            self._note("quote-missing")
            end += 1
        pair = _TIGHT_PAIR.fullmatch(word)
        if _LITERAL.fullmatch(word) or pair:
            self._take(None)
        elif _NUMBER.fullmatch(word):
            self._take(Number(word))
        elif any(map(str.isalnum, word)):
            self._take(Bare(word))
            if self.text[end : end + 1] == ":" and self.text[end - 1] != '"':
                self._note("unquoted-keys")
        return end

    def _take(self, value: Tree) -> None:
        self.fresh = True
        self._add(value)

    def _note(self, damage: str) -> None:
        if damage not in self.damage:
            self.damage.append(damage)


def _decoded(text: str) -> str:
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPED.get(code, code)


def read_damaged(text: str) -> tuple[Node, str]:
    """Return the tree of whatever can be read, and what had to be mended, "+"-joined."""
    reader = _Reader(text)
    return reader.read(), "+".join(reader.damage) or "bare-text"
