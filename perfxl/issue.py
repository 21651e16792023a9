"""Where something stands and what is wrong with it: places, issues, reports.

Plain frozen data.  Every value that perfxl reads carries its place, and every finding names one;
a place is never guessed and has no default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

_A1 = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")


def column_letters(column: int) -> str:
    """Column number (1 = A) to its letters."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Column letters to its number (A = 1)."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(frozen=True, slots=True, order=True)
class At:
    """The address of a cell: sheet name, row and column, both counted from 1."""

    sheet: str
    row: int
    column: int

    @classmethod
    def parse(cls, sheet: str, a1: str) -> At:
        """Address from A1 notation (``D12``, ``$D$12``).

        Raises:
            ValueError: not the address of one cell.
        """
        match = _A1.fullmatch(a1)
        if match is None:
            raise ValueError(f"not a cell address: {a1!r}")
        return cls(sheet, int(match[2]), column_number(match[1]))

    @property
    def a1(self) -> str:
        return f"{column_letters(self.column)}{self.row}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.a1}"


@dataclass(frozen=True, slots=True, order=True)
class AtLine:
    """A line, counted from 1, of a text document: the place of what never stood in a cell."""

    line: int

    def __str__(self) -> str:
        return f"第{self.line}行"


@dataclass(frozen=True, slots=True, order=True)
class AtTable:
    """A cell of a table in a Word document or a web page: which table, row and cell, all counted from 1.

    Row and cell 0 are what stands above that table.
    """

    table: int
    row: int = 0
    cell: int = 0

    def __str__(self) -> str:
        return f"第{self.table}个表格第{self.row}行第{self.cell}格" if self.row else f"第{self.table}个表格上方"


Place = At | AtLine | AtTable


class Severity(StrEnum):
    """How much an issue weighs: error must be corrected, warning corrected or explained, info is a hint."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def chinese(self) -> str:
        return {"error": "错误", "warning": "警告", "info": "提示"}[self.value]

    @property
    def asked(self) -> str:
        """What a clerk is told to do about it, in a word; "" where nothing is asked."""
        return {"error": "必改", "warning": "建议", "info": ""}[self.value]

    @property
    def rank(self) -> int:
        """0 for the gravest, so that sorting puts errors first."""
        return ("error", "warning", "info").index(self.value)


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, what stands there as typed and what shall stand there; None for a blank cell.

    Of a cell with several objectives, a line each, it is the one line.
    """

    at: At
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Repair:
    """The one answer that a finding has.

    Attributes:
        changes: the cells it changes.
        safe: it can't change what is meant, so that a machine may apply it; else it is only proposed.
    """

    changes: tuple[Change, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: which rule, how grave, where, what is wrong, what to do.

    Attributes:
        code: rule code of the catalogue, such as ``A05``.  A finding told together with another rule's
            (A05 with A04) keeps that code in ``also``.
        severity: weight of this finding (a rule may find both errors and infos).
        message: what is wrong, in Chinese, with the facts filled in.
        advice: what to do about it, in Chinese.
        file: the source as given (relative path), or None for a form that came from no file.
        form: key of the form within its file (several forms may share a workbook), None for a file-level issue.
        at: the cell to correct, or None where the finding is about the form as a whole.
        value: text of that cell as typed; None where it is blank.
        related: other cells that the finding rests on.
        also: codes of rules merged into this one.
        explanation: what the clerk wrote in 情况说明 for this cell's row (空 = none).  It never silences an error.
        ignored: why the place's own settings pass this finding over; "" where they don't.  It is then an info.
        repair: how to mend it, where there is one answer.
    """

    code: str
    severity: Severity
    message: str
    advice: str
    file: str | None = None
    form: str | None = None
    at: Place | None = None
    value: str | None = None
    related: tuple[Place, ...] = ()
    also: tuple[str, ...] = ()
    explanation: str = ""
    ignored: str = ""
    repair: Repair | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """This issue's code and those merged into it."""
        return (self.code, *self.also)

    @property
    def explained(self) -> bool:
        """A warning or info that the clerk has explained (已说明); an error can't be explained away."""
        return bool(self.explanation) and self.severity is not Severity.ERROR


@dataclass(frozen=True, slots=True)
class Report:
    """Issues in a stable order: file, form, place, severity, code."""

    issues: tuple[Issue, ...] = field(default=())

    @classmethod
    def of(cls, issues: Iterable[Issue]) -> Report:
        """Report of these issues, in the order in which they come."""
        return cls(tuple(issues))

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)

    def of_severity(self, severity: Severity) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.severity is severity)

    @property
    def errors(self) -> tuple[Issue, ...]:
        return self.of_severity(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Issue, ...]:
        return self.of_severity(Severity.WARNING)

    @property
    def infos(self) -> tuple[Issue, ...]:
        return self.of_severity(Severity.INFO)
