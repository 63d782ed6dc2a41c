"""Triage of the rows that Handshake's Importer refused.

>>> from triage_kit import School, read_failed_rows, triage
>>> failed = read_failed_rows("failed_rows.csv")                                  # doctest: +SKIP
>>> table = triage(failed, School("Example University", domains=["example.edu"]))  # doctest: +SKIP

The public names load their modules when they are first used: ``import triage_kit`` itself loads nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage_kit.actions import ActionPack, write_actions
    from triage_kit.causes import causes
    from triage_kit.domains import School, domain_kind, domains_in, explain_domain, likeliest_school, load_school
    from triage_kit.errors import TriageKitError
    from triage_kit.explain import explain_row
    from triage_kit.outcomes import read_outcomes
    from triage_kit.reading import FailedRows, read_failed_rows
    from triage_kit.responses import Refusal, parse_response
    from triage_kit.rulebook import Rules, load_rules
    from triage_kit.summarize import Summary, summarize
    from triage_kit.triage import triage
    from triage_kit.unknown import unrecognised

__version__ = "0.1.0"

_HOMES = {
    "ActionPack": "actions",
    "FailedRows": "reading",
    "Refusal": "responses",
    "Rules": "rulebook",
    "School": "domains",
    "Summary": "summarize",
    "TriageKitError": "errors",
    "causes": "causes",
    "domain_kind": "domains",
    "domains_in": "domains",
    "explain_domain": "domains",
    "explain_row": "explain",
    "likeliest_school": "domains",
    "load_rules": "rulebook",
    "load_school": "domains",
    "parse_response": "responses",
    "read_failed_rows": "reading",
    "read_outcomes": "outcomes",
    "summarize": "summarize",
    "triage": "triage",
    "unrecognised": "unknown",
    "write_actions": "actions",
}

__all__ = [
    "ActionPack",
    "FailedRows",
    "Refusal",
    "Rules",
    "School",
    "Summary",
    "TriageKitError",
    "__version__",
    "causes",
    "domain_kind",
    "domains_in",
    "explain_domain",
    "explain_row",
    "likeliest_school",
    "load_rules",
    "load_school",
    "parse_response",
    "read_failed_rows",
    "read_outcomes",
    "summarize",
    "triage",
    "unrecognised",
    "write_actions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package, on which `triage` stays the function when Python binds the module of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in _HOMES:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
