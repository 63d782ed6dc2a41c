"""The errors that triage-kit raises on purpose.

Each message says what was expected, what was found and what to do, with file name and line or entry id.
No message holds a value from a student's row: messages end up in terminals, logs and screenshots.
"""

__all__ = ["InputError", "OutputError", "RulesError", "SettingsError", "TriageKitError"]


class TriageKitError(Exception):
    """Something that the person at the keyboard can put right; the text is meant to be read by them."""


class InputError(TriageKitError):
    """A file cannot be read as what it should be."""


class OutputError(TriageKitError):
    """A file or folder cannot be written, or would overwrite what the kit did not write."""


class RulesError(TriageKitError):
    """A rule file holds a mistake."""


class SettingsError(TriageKitError):
    """An option, parameter or school setting is unknown or of the wrong form."""
