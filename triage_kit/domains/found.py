"""The domains that a file holds, each looked at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from triage_kit.categories import spread
from triage_kit.columns import DOMAIN_KINDS
from triage_kit.domains.addresses import readable_domain
from triage_kit.domains.kinds import Verdict, is_on_public_list, judge_address
from triage_kit.domains.lists import registered_domain
from triage_kit.domains.school import School
from triage_kit.domains.typos import likely_typo
from triage_kit.remembered import remembered
from triage_kit.texts import arrow_of, distinct_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HasColumns", "classify_addresses", "classify_emails", "count_domains", "domains_in", "email_cells"]


#: The part in front of the first ``@`` where it makes no difference to the domain: letters and digits stand right
#: before the ``@``, there are no quotation marks, nor letters that turn into other signs when they are made plain.
_PLAIN_LOCAL = r"^[\x00-\x21\x23-\x3f\x41-\x7f]*[A-Za-z0-9]@"


class HasColumns(Protocol):
    """What is asked of a failed-rows file: `FailedRows` has it."""

    def column(self, header: str) -> pd.Series:
        """Return the column of a known header as text."""
        ...


def classify_addresses(addresses: pd.Series, school: School) -> pd.DataFrame:
    """Return `domain_kind` and `domain` of each address: same index and order, both categories.

    ``domain`` is filled only where it is one of the school's configured domains or stands itself on a public list;
    else it is empty, because a domain of one's own names a person.
    """
    return _classified(*_cut(addresses), school).set_axis(addresses.index, axis=0)


def classify_emails(failed: HasColumns, school: School) -> pd.DataFrame:
    """Return what `classify_addresses` returns of a file's e-mail column, the index from 0."""
    return _classified(*email_cells(failed), school)


def _classified(codes: NDArray[np.intp], cells: list[str], school: School) -> pd.DataFrame:
    verdicts = [judge_address(cell, school) for cell in cells]
    shown = [_shown_domain(verdict, school) for verdict in verdicts]
    return pd.DataFrame(
        {
            "domain_kind": spread(codes, [verdict.kind for verdict in verdicts], list(DOMAIN_KINDS)),
            "domain": spread(codes, shown, sorted({"", *shown})),
        }
    )


def domains_in(failed: HasColumns, school: School) -> pd.DataFrame:
    """Return one line per domain in the file's e-mail column, the most rows first.

    Columns: ``domain`` (with its own letters; empty in the lines that count blank, invalid and several addresses),
    ``domain_kind``, ``rows`` (they add up to the file's), ``belongs_to`` (the setting or list entry that decided, else
    the registered domain), ``subdomain_of`` (the school's own domain above it, else empty: these are the lines from
    which to take out what is not the school's), ``likely_typo_of``, ``on_public_list``. Personal: a domain may name
    its owner.
    """
    rows = count_domains(failed, school)
    lines = [_line(verdict, count, school) for verdict, count in rows.items()]
    columns = ["domain", "domain_kind", "rows", "belongs_to", "subdomain_of", "likely_typo_of", "on_public_list"]
    table = pd.DataFrame(lines, columns=columns).astype({"rows": "int64", "on_public_list": "bool"})
    table["domain_kind"] = pd.Categorical(table["domain_kind"], list(DOMAIN_KINDS))
    return table.sort_values(["rows", "domain"], ascending=[False, True], ignore_index=True)


def count_domains(failed: HasColumns, school: School) -> Counter[Verdict]:
    """Return how many rows each verdict holds for; cells that hold no single domain are put together by kind."""
    codes, cells = email_cells(failed)
    rows: Counter[Verdict] = Counter()
    for cell, count in zip(cells, np.bincount(codes, minlength=len(cells)).tolist(), strict=True):
        verdict = judge_address(cell, school)
        rows[verdict if verdict.domain else Verdict(verdict.kind)] += count
    return rows


def _line(verdict: Verdict, rows: int, school: School) -> tuple[str, str, int, str, str, str, bool]:
    domain = verdict.domain
    listed = verdict.entry if verdict.rule not in ("suffix", "public-suffix") else ""
    return (
        readable_domain(domain),
        verdict.kind,
        rows,
        readable_domain(listed or registered_domain(domain)),
        readable_domain(verdict.entry) if verdict.rule == "subdomain" else "",
        readable_domain(likely_typo(domain, school)),
        is_on_public_list(domain),
    )


@remembered
def email_cells(failed: HasColumns) -> tuple[NDArray[np.intp], list[str]]:
    """Return for each row the place of its e-mail cell among the distinct ones, and those.

    All that makes a difference to the domain is left of them: a million addresses have a few thousand domains.
    """
    return _cut(failed.column("email_address"))


def _cut(addresses: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    codes, cells = distinct_in(pc.replace_substring_regex(arrow_of(addresses), _PLAIN_LOCAL, "x@"))
    return codes, cells.to_pylist()


def _shown_domain(verdict: Verdict, school: School) -> str:
    shown = verdict.domain in school.domains or is_on_public_list(verdict.domain)
    return readable_domain(verdict.domain) if shown else ""
