"""Imports on the wire: a file, its rows, and what was said of each."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.portfolio.contract.form import Candidate
from services.portfolio.contract.values import Wire
from services.shared.errors import Conflict, Invalid, NotFound

MOST_BYTES = 64 << 20
"""How large a file may be."""
Verdict = Literal["accepted", "accepted_with_warnings", "rejected", "skipped"]
Mode = Literal["check", "apply"]
Policy = Literal["add", "update", "replace"]
"""What becomes of a row whose project stands already: `add` refuses it, `update` writes the cells that hold something,
`replace` writes all of them, empty ones too."""


class Finding(Wire):
    """One thing to say about a row: at which field, by which rule, what was read, what to do."""

    field: str
    code: str
    raw: str
    detail: str


class ImportRow(Wire):
    """A row of an imported file. `row` is numbered as Excel shows it; of an XML file it is the activity's place."""

    sheet: str
    row: int
    verdict: Verdict
    values: dict[str, Any]
    """What was understood, normalised: amounts in yuan and percents as strings with two decimals, ISO dates."""
    errors: list[Finding] = []
    warnings: list[Finding] = []


class AppliedRow(ImportRow):
    """A row with what applying it did, or would do."""

    project: UUID | None = None
    outcome: Literal["created", "updated", "unchanged"] | None = None
    candidates: list[Candidate] = []
    """Registered projects that may be the same as the one that the row would register."""


class UnreadableFile(Invalid):
    """The file can not be read: {reason}."""


class UnknownImport(NotFound):
    """There is no import {id} that you may see."""


class ImportNotFinished(Conflict):
    """The import is {status}: wait until it is done."""


class NoWorkbookResult(Conflict):
    """An import of {format} has no workbook to give back: read its rows at /api/v1/imports/{id}/rows."""


class FileForgotten(Conflict):
    """The file is no longer kept: send it again."""


class Progress(Wire):
    """How far an import is, in rows; `total` is null until the file is read."""

    done: int
    total: int | None


class Counts(Wire):
    """Rows by verdict, and projects by what became of them."""

    rows: int = 0
    accepted: int = 0
    accepted_with_warnings: int = 0
    rejected: int = 0
    skipped: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0


class ImportOptions(Wire):
    """What is to be done with a file."""

    mode: Mode = "check"
    policy: Policy = "add"
    accept_valid: bool = False
    """Whether good rows are taken although others are rejected; otherwise it is all or nothing."""
    as_of: date | None = None
    """The day that the list is about, on which what it says was disbursed is entered; today when not given."""


class Import(ImportOptions):
    """An import: queued, running, done (checked, or applied), or failed with the reason in `errors`."""

    id: UUID
    plan: str
    file: str
    format: Literal["xlsx", "xls", "csv", "iati"] | None
    status: Literal["queued", "running", "done", "failed"]
    applied: bool
    """Whether anything was written: false after a check, and after an apply that some row forbade."""
    progress: Progress
    counts: Counts
    errors: list[Finding] = []
    """What is wrong with the file as a whole; rows carry their own."""
    created_by: str
    created_at: datetime
    finished_at: datetime | None = None


class UnreadableXml(Invalid):
    """The file can not be read as IATI activities: {reason}."""


class IatiVersionNotRead(Invalid):
    """A file of IATI version {version} is not read, only {known}: convert it, or ask its publisher for version 2."""


class FileTooLarge(Invalid):
    """The file is too large to be read ({size}, at most {most}): split the list into several files."""


class FileTooHeavy(Invalid):
    """The process that read the file came to an untimely end {times} times, as one does that needs more memory than
    there is: split the list into several files, or tell the operator."""


class TooManyCells(Invalid):
    """The file has more than {most} cells: delete what is empty, or split the list into several files."""


class MacroFile(Invalid):
    """The file holds macros, which are not read: save it as .xlsx without macros."""


class EncryptedFile(Invalid):
    """The file is protected by a password: save it without one."""


class NoProjectList(Invalid):
    """No sheet has a header row that names 项目编号 or 项目名称 and other columns of a project list: start from the
    template at /api/v1/imports/template.xlsx."""
