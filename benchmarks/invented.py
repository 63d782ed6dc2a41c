"""What the invented failed-rows files are made of, read from ``invented.toml``, and how it is drawn from."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import NamedTuple, TypeVar

__all__ = ["INGREDIENTS", "Case", "Invented", "load_invented", "name", "pick", "plain", "shuffled"]

INGREDIENTS = Path(__file__).with_suffix(".toml")

_Item = TypeVar("_Item")


class Case(NamedTuple):
    """So many students with an e-mail at this domain, refused with this answer; `cells` differ from the rule."""

    rows: int
    domain: str
    answer: str
    cells: Mapping[str, str] = MappingProxyType({})


class Invented(NamedTuple):
    """What the files are made of."""

    first_names: list[str]
    last_names: list[str]
    towns: list[str]
    area_codes: list[str]
    majors: list[list[str]]
    sample: list[Case]
    large: list[tuple[int, str]]
    large_domains: list[tuple[int, str]]
    named: dict[int, list[str]]
    years: dict[str, list[int]]


def load_invented(path: Path = INGREDIENTS) -> Invented:
    """Return what the files are made of, each answer spelled out where the file only names it."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    answers, refusals = found.pop("answers"), found.pop("large_refusals")
    found["sample"] = [Case(rows, domain, answers[answer], *cells) for rows, domain, answer, *cells in found["sample"]]
    found["large"] = [(weight, answers[answer]) for weight, answer in found["large"]] + [
        (1, f'{{"success":false,"errors":{{"{field}":["{message}"]}}}}')
        for field, messages in refusals.items()
        for message in messages
    ]
    found["large_domains"] = [
        *((weight, domain) for domain, weight in found["large_domains"].items()),
        *((1, f"dept{number:03d}.example.edu") for number in range(82)),
        *((1, f"mail{number:03d}.example.{ending}") for number in range(100) for ending in ("com", "net", "org")),
    ]
    found["named"] = {int(number): names for number, names in found["named"].items()}
    return Invented(**found)


def pick(random: Random, items: Sequence[_Item]) -> _Item:
    """Return one of the items; `Random.random` alone is promised to stay the same from one Python to the next."""
    return items[int(random.random() * len(items))]


def shuffled(random: Random, items: Sequence[_Item]) -> list[_Item]:
    """Return the items in an order that only the seed decides."""
    return [item for _, _, item in sorted((random.random(), place, item) for place, item in enumerate(items))]


def plain(name: str) -> str:
    """Return a name in the letters of an e-mail address."""
    folded = unicodedata.normalize("NFKD", name.replace("ø", "o")).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in folded if letter.isalnum())


def name(invented: Invented, number: int) -> tuple[str, str]:
    """Return a first and a last name; no two of the first 899 numbers have both in common."""
    firsts, lasts = invented.first_names, invented.last_names
    return firsts[11 * number % len(firsts)], lasts[7 * number % len(lasts)]
