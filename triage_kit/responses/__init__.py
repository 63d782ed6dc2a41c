"""A response of Handshake's Importer, however damaged, to the refusals that it holds.

Strict JSON first; then one documented repair at a time, on a copy; then a reader that takes what is there. A response
never raises and always gives at least one `Refusal`: at worst one of the kind ``unreadable``.
"""

from __future__ import annotations

from triage_kit.responses.forms import Answers, parse_responses
from triage_kit.responses.refusals import Refusal, parse_response

__all__ = ["Answers", "Refusal", "parse_response", "parse_responses"]
