"""One file after checking: what both reports are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from perfxl.issue import Issue, Severity
from perfxl.reading import Reading


class Status(StrEnum):
    """What became of one file.

    ok: no errors and no warnings.  issues: warnings, but no error.  errors: a form with errors, or one of several
    sheets that can't be read as a form.  rejected: nothing in it can be read as a form without doubt.
    unreadable: it can't be opened at all.
    """

    OK = "ok"
    ISSUES = "issues"
    ERRORS = "errors"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"

    @property
    def failed(self) -> bool:
        """The file has to come back: the run's exit code is 1."""
        return self in (Status.ERRORS, Status.REJECTED, Status.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Checked:
    """One file after checking.

    Attributes:
        file: as shown to people (relative path).
        status: see :class:`Status`.
        reading: what was read; None for an unreadable file.
        issues: the file's own first (a sheet that can't be read), then those of its forms.
        error: why the file can't be read, a Chinese sentence; "" if it can.
    """

    file: str
    status: Status
    reading: Reading | None
    issues: tuple[Issue, ...] = ()
    error: str = ""

    @classmethod
    def of(cls, reading: Reading, issues: Iterable[Issue]) -> Checked:
        """A file that was opened: its reading, and what the rules found in its forms (a report, or any issues)."""
        every = (*reading.issues, *issues)
        gravest = min((issue.severity.rank for issue in every), default=Severity.INFO.rank)
        status = (Status.ERRORS, Status.ISSUES, Status.OK)[gravest] if reading.forms else Status.REJECTED
        return cls(reading.source, status, reading, every)

    @classmethod
    def unreadable(cls, file: str, error: str) -> Checked:
        """A file that could not be opened, and why (``str()`` of the exception)."""
        return cls(file, Status.UNREADABLE, None, (), error)

    def count(self, severity: Severity) -> int:
        """How many issues of that weight the file has."""
        return sum(issue.severity is severity for issue in self.issues)
