"""The report: ``report.ipynb`` run with its parameters, and its page written whole or not at all."""

from triage_kit.report.many import Built, build_reports
from triage_kit.report.one import build_report

__all__ = ["Built", "build_report", "build_reports"]
