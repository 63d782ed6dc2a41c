"""A model of Handshake's Importer, as its help articles describe it; it knows nothing of this project's code.

Each rule cites its article. Where articles are silent the model takes the harmful reading, so that what survives it
is on the safe side. Simplified: one school's point of view; other schools appear as the owners of accounts.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

#: Article 233086688: these headers have to be there; their cells may be blank, but for those of `FILLED`.
REQUIRED = (
    "email_address",
    "username",
    "auth_identifier",
    "first_name",
    "school_year_name",
    "primary_education:cumulative_gpa",
    "primary_education:major_names",
    "primary_education:education_level_name",
)
FILLED = ("email_address", "username", "first_name")
#: Article 360045679113: unique within a file and in all of Handshake.
UNIQUE = ("email_address", "username", "card_id", "auth_identifier")
#: Article 233086688, those that are used here.
YEARS = ("Freshman", "Sophomore", "Junior", "Senior", "Masters", "Doctorate", "Alumni")
MOST_ROWS = 199_999  # 360001032108
MOST_BYTES = 50_000_000  # 226346508
CLEAR = "**CLEAR**"  # 360008607874

#: Article 233086688: from 0 to 4 with two decimals at most.
_GPA = re.compile(r"[0-3](\.\d{1,2})?|4(\.00?)?")


@dataclass(frozen=True)
class Account:
    """A student's account. ``person`` is who it belongs to in truth; Handshake does not know that."""

    number: int
    person: str
    email_address: str
    username: str
    auth_identifier: str = ""
    card_id: str = ""
    school: str = ""
    request: str = ""
    excluded: bool = False
    labels: frozenset[str] = frozenset()
    other: tuple[tuple[str, str], ...] = ()

    def value(self, header: str) -> str:
        """Return what the account holds in a field."""
        if header in UNIQUE:
            return str(getattr(self, header))
        return dict(self.other).get(header, "")


@dataclass(frozen=True)
class Change:
    """One change that an import or a person made: to whose account, by whose row."""

    account: int
    owner: str
    row_person: str
    by: str


@dataclass
class Job:
    """What came of an upload: rows in, the failed ones with their answers, how many were skipped and accepted."""

    header: list[str] = field(default_factory=list)
    failed: list[list[str]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    refused: str = ""

    def write_failed(self, path: Path) -> None:
        """Write the failed rows as the Importer offers them: two more columns at the far right (223411787)."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*self.header, "status", "response"])
            writer.writerows(self.failed)


class Handshake:
    """All accounts, and the one school that imports."""

    def __init__(self, school: str, own_domains: set[str], other_schools: set[str]) -> None:
        self.school, self.own_domains, self.other_schools = school, own_domains, other_schools
        self.accounts: dict[int, Account] = {}
        self.changes: list[Change] = []
        self.truth: dict[str, str] = {}

    # --- what staff do on the screen ------------------------------------------------------------------------------

    def new(self, **cells: object) -> Account:
        """Put an account into Handshake, however it came there."""
        account = Account(len(self.accounts) + 1, **cells)  # type: ignore[arg-type]
        self.accounts[account.number] = account
        return account

    def find(self, header: str, value: str) -> Account | None:
        """Return the account that has this value; capitals make no difference."""
        wanted = value.strip().lower()
        if not wanted:
            return None
        return next((a for a in self.accounts.values() if a.value(header).strip().lower() == wanted), None)

    def add_by_email(self, email: str, person: str) -> str:
        """Add an existing student: only if no other school has the account (115013134948)."""
        account = self.find("email_address", email)
        if account is None:
            return "refused-otherwise"
        if account.school == self.school:
            return "already-here"
        if account.school:
            return "refused-connected-elsewhere"
        self._change(account, person, "add by e-mail", school=self.school, request="")
        return "added"

    def set_identifiers(self, account: Account, person: str, **values: str) -> None:
        """Set username or login ID on the profile (4421092998295)."""
        self._change(account, person, "by hand", **values)

    def move_by_support(self, email: str, person: str) -> str:
        """Support moves an account once the student agreed (115013134948)."""
        account = self.find("email_address", email)
        if account is None:
            return "support-refused"
        self._change(account, person, "support", school=self.school)
        return "moved"

    # --- an upload ------------------------------------------------------------------------------------------------

    def upload(
        self, path: Path, *, identifier: str = "username", change_identifiers: bool = False, automatic: bool = False
    ) -> Job:
        """Run a Students job and return what came of it."""
        content = path.read_bytes()
        job = Job()
        job.refused = self._refuse_file(path, content)
        if job.refused:
            return job
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        job.header = lines[0]
        missing = [name for name in REQUIRED if name not in job.header]
        if missing or len(lines) - 1 > MOST_ROWS:  # 233086688, 360001032108
            job.refused = "headers missing" if missing else "too many rows"
            return job
        rows = [dict(zip(job.header, line, strict=False)) for line in lines[1:]]
        repeated = self._repeated(rows)
        many_new_addresses = automatic and self._share_of_new_addresses(rows) >= 0.1
        for line, row in zip(lines[1:], rows, strict=True):
            if any(row.get(name, "").strip().lower() in repeated[name] for name in UNIQUE) or self._is_others(row):
                job.skipped.append(row["username"])  # 360045679113: duplicates; 360001151208: others' domains
                continue
            errors = self._import(row, identifier, change_identifiers, refuse_addresses=many_new_addresses)
            if errors:
                job.failed.append([*line, "failed", json.dumps({"success": False, "errors": errors})])
            else:
                job.accepted.append(row["username"])
        return job

    def _refuse_file(self, path: Path, content: bytes) -> str:
        if re.search("test|sample", path.name, re.IGNORECASE):
            return "analysed only"  # 360051871814
        if len(content) >= MOST_BYTES:
            return "too large"  # 226346508
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return "not UTF-8"  # 226346508
        return ""

    @staticmethod
    def _repeated(rows: list[dict[str, str]]) -> dict[str, set[str]]:
        """Return the values that stand in more than one row of the file (360045679113)."""
        counts = {name: Counter(row.get(name, "").strip().lower() for row in rows) for name in UNIQUE}
        return {name: {value for value, n in count.items() if n > 1 and value} for name, count in counts.items()}

    def _share_of_new_addresses(self, rows: list[dict[str, str]]) -> float:
        """Return the share of rows that change an address: from 10 % on an automatic job refuses them (223411787)."""
        changed = 0
        for row in rows:
            account = self.find("username", row["username"])
            changed += bool(account and account.email_address.lower() != row["email_address"].lower())
        return changed / max(len(rows), 1)

    def _is_others(self, row: dict[str, str]) -> bool:
        return row["email_address"].rpartition("@")[2].lower() in self.other_schools

    def _import(
        self, row: dict[str, str], identifier: str, change_identifiers: bool, *, refuse_addresses: bool
    ) -> object:
        """Import one row; return nothing, or what the answer says under ``errors``."""
        errors = self._value_errors(row)
        if errors:
            return errors
        person = self.truth.get(row["username"], row["username"])
        account = self.find(identifier, row[identifier])  # 4421092998295: the Identifier Column finds the account
        if account is None and identifier == "username":
            fallback = self.find("email_address", row["email_address"])  # 360048150594: e-mail is the fallback
            if fallback is not None:
                return self._met_by_address(row, fallback)
        if account is None:
            return self._create(row, person)
        if account.school != self.school and (
            identifier != "email_address" or not change_identifiers or account.school or account.request == "rejected"
        ):
            return {identifier: ["has already been taken"]}  # 4421092998295
        if account.excluded:
            return "User is marked as excluded from sync and cannot be updated."  # 360001032108
        return self._update(row, account, person, change_identifiers, refuse_addresses)

    def _met_by_address(self, row: dict[str, str], account: Account) -> object:
        """Answer a row whose username is unknown and whose address an account has; three documented wordings."""
        if account.school != self.school:
            if account.number % 3 == 0:
                return {"email_address": ["conflicts with another primary account"]}  # 360001032108
            if account.number % 3 == 1:
                return "Attempted to update sensitive fields without setting change_sensitive_fields"  # 4421092998295
            return {"email_address": ["has already been taken"]}  # 4421092998295
        if account.number % 4 == 0:
            return {"email_address": ["is already in use"]}  # 360001032108
        return f"Attempted to update username from {account.username} to {row['username']}"  # 360048144814

    def _create(self, row: dict[str, str], person: str) -> object:
        taken = {name: ["has already been taken"] for name in UNIQUE if self.find(name, row.get(name, ""))}
        if taken:
            return taken  # 360001032108
        cells = {name: row.get(name, "") for name in UNIQUE}
        account = self.new(person=person, school=self.school, **cells)
        self._apply(row, account, person)
        return None

    def _update(
        self, row: dict[str, str], account: Account, person: str, change_identifiers: bool, refuse_addresses: bool
    ) -> object:
        new = {name: row.get(name, "") for name in UNIQUE if row.get(name, "").strip()}  # 360008607874: blank stays
        changed = {name: value for name, value in new.items() if value != account.value(name)}
        for name in ("username", "auth_identifier"):
            if name in changed and not change_identifiers:  # 223411787
                return f"Attempted to update {name} from {account.value(name)} to {changed[name]}"
        if "email_address" in changed and refuse_addresses:
            old, now = account.email_address, changed["email_address"]
            return f"Attempted to update email_address from {old} to {now}"  # 223411787
        others = {name: self.find(name, value) for name, value in changed.items()}
        taken = {name: ["has already been taken"] for name, other in others.items() if other not in (None, account)}
        if taken:
            return taken  # 360001032108
        self._change(account, person, "import", school=self.school, request="", **changed)
        self._apply(row, self.accounts[account.number], person)
        return None

    def _apply(self, row: dict[str, str], account: Account, person: str) -> None:
        """Set the remaining fields: blank leaves, **CLEAR** erases, blank labels are removed (360008607874)."""
        other = dict(account.other)
        for name, cell in row.items():
            if name in UNIQUE or name == "system_label_names":
                continue
            if cell == CLEAR:
                other.pop(name, None)
            elif cell.strip():
                other[name] = cell
        labels = account.labels
        if "system_label_names" in row:
            labels = frozenset(piece.strip() for piece in row["system_label_names"].split(";") if piece.strip())
        self.accounts[account.number] = replace(account, other=tuple(sorted(other.items())), labels=labels)

    @staticmethod
    def _value_errors(row: dict[str, str]) -> dict[str, list[str]]:
        """Return what is wrong with the row's values (233086688), worded as such programs do."""
        errors = {name: ["can't be blank"] for name in FILLED if not row.get(name, "").strip()}
        if len(row.get("first_name", "")) > 50:
            errors["first_name"] = ["is too long (maximum is 50 characters)"]
        if row.get("email_address", "").strip() and "@" not in row["email_address"]:
            errors["email_address"] = ["is invalid"]
        gpa = row.get("primary_education:cumulative_gpa", "")
        if gpa and gpa != CLEAR and not _GPA.fullmatch(gpa):
            errors["primary_education.cumulative_gpa"] = ["must be less than or equal to 4"]
        if row.get("school_year_name", "") not in ("", CLEAR, *YEARS):
            errors["school_year_name"] = ["is not included in the list"]
        begin, end = (row.get(f"primary_education:{name}_date", "") for name in ("start", "end"))
        for name, text in (("start", begin), ("end", end)):
            if text and text != CLEAR and not _is_date(text):
                errors[f"primary_education.{name}_date"] = ["is invalid"]
        if _is_date(begin) and _is_date(end) and end < begin:
            errors["primary_education.end_date"] = ["must be a date on or after primary_education:start_date"]
        return errors

    def _change(self, account: Account, person: str, by: str, **values: object) -> None:
        self.accounts[account.number] = replace(account, **values)  # type: ignore[arg-type]
        self.changes.append(Change(account.number, account.person, person, by))


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
