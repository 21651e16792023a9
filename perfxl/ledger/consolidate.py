"""The pipeline over many files: find, read, check, settle what counts, add up."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfxl.errors import InputError
from perfxl.intake.discover import Found, discover_present
from perfxl.issue import Issue
from perfxl.ledger.export import as_frame, write_tables
from perfxl.ledger.extract import form_rows, issue_row
from perfxl.ledger.model import (
    INDICATORS,
    ISSUES,
    PROJECTS,
    SOURCES,
    Condition,
    IndicatorRow,
    IssueRow,
    ProjectRow,
    SourceRow,
    Status,
    Table,
    Totals,
)
from perfxl.ledger.settle import Case, settle
from perfxl.reading import Reading, fingerprint, read_forms
from perfxl.rules import cross_check
from perfxl.settings import Settings
from perfxl.text import money
from perfxl.vocabulary import DEFAULT_EDITION, Vocabulary

if TYPE_CHECKING:
    import pandas

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The master ledger: every form that counts, its indicators and issues, and what became of every input."""

    projects: tuple[ProjectRow, ...]
    indicators: tuple[IndicatorRow, ...]
    issues: tuple[IssueRow, ...]
    sources: tuple[SourceRow, ...]

    @classmethod
    def of(
        cls,
        readings: Iterable[Reading],
        *,
        year: int | None = None,
        edition: str | None = None,
        settings: Settings | None = None,
    ) -> Ledger:
        """The ledger of what has been read already, in that order; see :func:`consolidate`."""
        decided = (settings or Settings()).for_call(edition=edition, year=year)
        return cls._settled([_case(reading, None, decided) for reading in readings], decided)

    @classmethod
    def _settled(cls, cases: list[Case], settings: Settings) -> Ledger:
        settle(cases)
        _cross_check(cases, settings)
        forms = [form for case in cases for form in case.counted]
        return cls(
            projects=tuple(form.project.numbered(number) for number, form in enumerate(forms, 1)),
            indicators=tuple(row for form in forms for row in form.indicators),
            issues=tuple(row for case in cases for row in case.listed_issues),
            sources=tuple(case.source_row(number) for number, case in enumerate(cases, 1)),
        )

    @property
    def totals(self) -> Totals:
        """The ledger in a few numbers."""
        return Totals.of(self.projects, self.issues)

    @property
    def failed(self) -> bool:
        """Some form has errors, or some input could not be read as a form."""
        refused = {Status.REJECTED, Status.UNREADABLE}
        return any(row.condition is Condition.WRONG for row in self.projects) or any(
            row.status in refused for row in self.sources
        )

    def summary(self) -> str:
        """The ledger in two Chinese lines: what it adds up to, and what became of the inputs."""
        totals = self.totals
        counts = Counter(row.status for row in self.sources)
        inputs = "、".join(f"{status} {counts[status]}" for status in Status if counts[status])
        return (
            f"共 {totals.projects} 个项目，{totals.indicators} 条指标，预算合计 {money(totals.total)} 万元；"
            f"错误 {totals.errors} 处，警告 {totals.warnings} 处\n"
            f"收到 {len(self.sources)} 个文件：{inputs}"
        )

    def tables(self) -> dict[str, pandas.DataFrame]:
        """One DataFrame a table: 项目台账 指标明细 问题清单 来源清单, with the headings of the workbook.

        Amounts (万元) and 数值 are Decimal in object columns, None where there is none; counts are Int64; text is
        never None.
        """
        return {table.title: as_frame(table, rows) for table, rows in self._tables()}

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write the ledger, whole or not at all, and say which files were written.

        ``总台账.xlsx`` is one workbook.  ``.csv`` (UTF-8 with BOM), ``.parquet`` and ``.json`` are one file a table
        beside each other: ``总台账-项目台账.csv`` and so on.  The same ledger gives the same bytes.

        Raises:
            UsageError: another suffix, or Parquet without pyarrow.
            OutputError: it can't be written; what stood there before is untouched.
        """
        return write_tables(Path(path), self._tables(), self.totals)

    def _tables(self) -> list[tuple[Table, tuple[object, ...]]]:
        return [
            (PROJECTS, self.projects),
            (INDICATORS, self.indicators),
            (ISSUES, self.issues),
            (SOURCES, self.sources),
        ]


def consolidate(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    year: int | None = None,
    edition: str | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Ledger:
    """Read every form in these files and folders, check it, and put all into one ledger.

    A file that can't be read, or not as a form, stops nothing: it is listed in ``sources`` with its status and reason.

    Args:
        sources: files and folders; folders are walked.
        year: budget year of the batch, for forms that don't say.
        edition: vocabulary edition for forms that don't say.
        settings: what the place decides for itself; ``year`` and ``edition`` go before it.
        progress: called after each input with how many are done, how many there are, and its name.

    Raises:
        PathNotFound: none of the sources exists; else one that doesn't is listed as unreadable.
        UsageError: there is no such edition.
    """
    decided = (settings or Settings()).for_call(edition=edition, year=year)
    Vocabulary.load(decided.edition or DEFAULT_EDITION)  # a wrong call is told before any file is read
    found, missing = discover_present(sources)
    cases = [_absent(name, reason) for name, reason in missing.items()]
    for done, entry in enumerate(found, 1):
        cases.append(_read(entry, decided))
        if progress is not None:
            progress(done, len(found), entry.name)
    return Ledger._settled(cases, decided)


def _absent(name: str, reason: str) -> Case:
    case = Case(name)
    case.close(Status.UNREADABLE, reason)
    return case


def _read(found: Found, settings: Settings) -> Case:
    """One input, read and checked; skipped and unreadable ones come settled."""
    if found.skip is not None:
        case = Case(found.name, found.path, size=_size(found.path))
        case.close(Status.SKIPPED, found.skip)
        return case
    try:
        reading = read_forms(found.path, source=found.name)
    except InputError as error:
        case = Case(found.name, found.path, size=_size(found.path), sha256=_digest(found.path))
        reason = str(error).removeprefix(f"{found.path.name}：").rstrip("。")  # the name stands in its own column
        case.close(Status.UNREADABLE, reason)
        return case
    return _case(reading, found.path, settings)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _digest(path: Path) -> str:
    """SHA-256 of a file that is no workbook perfxl can read; "" where not even its bytes can be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _cross_check(cases: list[Case], settings: Settings) -> None:
    """Hold the forms that count against one another, and give each its findings."""
    counted = [form for case in cases for form in case.counted]
    found: dict[tuple[str | None, str | None], list[Issue]] = {}
    for issue in cross_check([form.traits for form in counted], settings=settings):
        found.setdefault((issue.file, issue.form), []).append(issue)
    standing = {id(form) for form in counted}
    for case in cases:
        case.forms = tuple(
            form.with_issues(found.get((form.traits.file, form.traits.form), ())) if id(form) in standing else form
            for form in case.forms
        )


def _case(reading: Reading, path: Path | None, settings: Settings) -> Case:
    return Case(
        name=reading.source,
        path=path,
        size=None if reading.own_ledger else reading.size,
        sha256="" if reading.own_ledger else reading.sha256,
        forms=tuple(form_rows(form, settings) for form in reading.forms),
        issues=tuple(issue_row(issue, None) for issue in reading.issues),
        own_ledger=reading.own_ledger,
        marked_copy=reading.marked_copy,
        reworked=reading.reworked,
        fingerprint=fingerprint(reading.forms),
    )
