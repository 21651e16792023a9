"""The pipeline over many files: find, read, check, settle what counts, add up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfxl.errors import InputError
from perfxl.intake.discover import Found, discover_present
from perfxl.intake.limits import Limits
from perfxl.issue import Issue
from perfxl.ledger.export import as_frame, write_tables
from perfxl.ledger.extract import Lists, form_rows, issue_row
from perfxl.ledger.model import (
    Condition,
    IndicatorRow,
    IssueRow,
    MissingRow,
    NoteRow,
    ProjectRow,
    SourceRow,
    Status,
    Totals,
    UnitRow,
    VersionRow,
)
from perfxl.ledger.previous import carry
from perfxl.ledger.progress import PendingSum, progress_rows
from perfxl.ledger.settle import Case, settle
from perfxl.ledger.tables import (
    ADOPTED,
    INDICATORS,
    ISSUES,
    MISSING,
    NOTES,
    PROGRESS,
    PROJECTS,
    SOURCES,
    VERSIONS,
    Table,
)
from perfxl.ledger.versions import version_rows
from perfxl.reading import Reading, fingerprint, read_found
from perfxl.rules import Approval, Approvals, Roster, RosterEntry, cross_check
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
    versions: tuple[VersionRow, ...] = ()
    progress: tuple[UnitRow, ...] = ()
    missing: tuple[MissingRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()

    @classmethod
    def of(
        cls,
        readings: Iterable[Reading],
        *,
        year: int | None = None,
        edition: str | None = None,
        settings: Settings | None = None,
        roster: Roster | None = None,
        approvals: Approvals | None = None,
        notes: Iterable[NoteRow] = (),
    ) -> Ledger:
        """The ledger of what has been read already, in that order; see :func:`consolidate`."""
        decided = (settings or Settings()).for_call(edition=edition, year=year)
        lists = Lists(roster, approvals)
        return cls._settled(
            [_case(reading, None, decided, lists) for reading in readings], decided, lists, tuple(notes)
        )

    @classmethod
    def _settled(cls, cases: list[Case], settings: Settings, lists: Lists, notes: tuple[NoteRow, ...]) -> Ledger:
        wishes = {note.digest: note.text for note in notes if note.heading == ADOPTED}
        contests = settle(cases, wishes, settings.year)
        of_no_form = _cross_check(cases, settings, lists)
        forms = [form for case in cases for form in case.counted]
        projects, versions, unmatched = carry(
            notes,
            tuple(form.project.numbered(number) for number, form in enumerate(forms, 1)),
            tuple(version_rows(contests)),
        )
        sources = tuple(case.source_row(number) for number, case in enumerate(cases, 1))
        progress, missing = progress_rows(projects, versions, lists.roster, lists.approvals, sources)
        return cls(
            projects=projects,
            indicators=tuple(row for form in forms for row in form.indicators),
            issues=(*(row for case in cases for row in case.listed_issues), *of_no_form),
            sources=sources,
            versions=versions,
            progress=progress,
            missing=missing,
            notes=unmatched,
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
        """The ledger in a few Chinese lines: what it adds up to, what became of the inputs, who is missing."""
        totals = self.totals
        counts = Counter(row.status for row in self.sources)
        inputs = "、".join(f"{status} {counts[status]}" for status in Status if counts[status])
        lines = [
            f"共 {totals.projects} 个项目，{totals.indicators} 条指标，预算合计 {money(totals.total)} 万元；"
            f"错误 {totals.errors} 处，警告 {totals.warnings} 处",
            f"收到 {len(self.sources)} 个文件：{inputs}",
        ]
        pending = PendingSum.of(self.versions)
        if pending.projects:
            lines.append(f"{pending.told()}：请在“版本清单”的“取用”栏选定后重新汇总")
        years = sorted({row.year for row in self.projects if row.year is not None})
        if len(years) > 1:
            lines.append(f"表里有 {'、'.join(map(str, years))} 几个年度，都加在一起了；只汇总一个年度，请加 --year")
        if self.progress:
            due, missing = (sum(getattr(row, name) or 0 for row in self.progress) for name in ("due", "missing"))
            lines.append(f"应报 {due} 项，未报 {missing} 项" + ("，见“未报清单”" if missing else ""))
        return "\n".join(lines)

    def tables(self) -> dict[str, pandas.DataFrame]:
        """One DataFrame a table, with the headings of the workbook: 项目台账 指标明细 问题清单 来源清单, and of 版本清单
        报送情况 未报清单 未匹配批注 those that have rows.

        Amounts (万元) and 数值 are Decimal in object columns, None where there is none; counts are Int64; text is
        never None.
        """
        return {table.title: as_frame(table, rows) for table, rows in self.listed()}

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write the ledger, whole or not at all, and say which files were written.

        ``总台账.xlsx`` is one workbook.  ``.csv`` (UTF-8 with BOM), ``.parquet`` and ``.json`` are one file a table
        beside each other: ``总台账-项目台账.csv`` and so on.  The same ledger gives the same bytes.

        Raises:
            UsageError: another suffix, or Parquet without pyarrow.
            OutputError: it can't be written; what stood there before is untouched.
        """
        return write_tables(Path(path), self.listed(), self.totals)

    def listed(self) -> list[tuple[Table, tuple[object, ...]]]:
        """The tables with their rows, in the order of the sheets; those after the first four only where they have any."""
        always: list[tuple[Table, tuple[object, ...]]] = [
            (PROJECTS, self.projects),
            (INDICATORS, self.indicators),
            (ISSUES, self.issues),
            (SOURCES, self.sources),
        ]
        seasonal: list[tuple[Table, tuple[object, ...]]] = [
            (VERSIONS, self.versions),
            (PROGRESS, self.progress),
            (MISSING, self.missing),
            (NOTES, self.notes),
        ]
        return always + [(table, rows) for table, rows in seasonal if rows]


def consolidate(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    year: int | None = None,
    edition: str | None = None,
    settings: Settings | None = None,
    roster: Iterable[RosterEntry] | Roster | None = None,
    approvals: Iterable[Approval] | Approvals | None = None,
    notes: Iterable[NoteRow] = (),
    passwords: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Ledger:
    """Read every form in these files and folders, check it, and put all into one ledger.

    A file that can't be read, or not as a form, stops nothing: it is listed in ``sources`` with its status and reason.

    Args:
        sources: files and folders; folders are walked.
        year: budget year of the batch, for forms that don't say.
        edition: vocabulary edition for forms that don't say.
        settings: what the place decides for itself; ``year`` and ``edition`` go before it.
        roster: 单位名册: who has to send forms (S03, 报送情况).
        approvals: 批复清单: what was approved (A06, 批复数, 未报清单).
        notes: what people wrote into the ledger before this one, from :func:`perfxl.ledger.read_ledger`; their 取用 decides
            between versions.
        passwords: to try on encrypted workbooks and archives.
        limits: how much is read of a file before it is refused.
        progress: called after each input with how many are done, how many there are, and its name.

    Raises:
        PathNotFound: none of the sources exists; else one that doesn't is listed as unreadable.
        UsageError: there is no such edition.
    """
    decided = (settings or Settings()).for_call(edition=edition, year=year)
    Vocabulary.load(decided.edition or DEFAULT_EDITION)  # a wrong call is told before any file is read
    lists = Lists(
        None if roster is None else Roster.of(roster),
        None if approvals is None else Approvals.of(approvals),
    )
    found, missing = discover_present(sources, limits=limits)
    cases = [_absent(name, reason) for name, reason in missing.items()]
    for done, entry in enumerate(found, 1):
        cases.append(_read(entry, decided, lists, passwords, limits))
        if progress is not None:
            progress(done, len(found), entry.name)
    return Ledger._settled(cases, decided, lists, tuple(notes))


def _absent(name: str, reason: str) -> Case:
    case = Case(name)
    case.close(Status.UNREADABLE, reason)
    return case


def _read(
    found: Found, settings: Settings, lists: Lists, passwords: Sequence[str] = (), limits: Limits | None = None
) -> Case:
    """One input, read and checked; skipped and unreadable ones come settled."""
    path = None if found.inside else found.path
    if found.skip is not None:
        return _unread(found, Status.SKIPPED, found.skip)
    try:
        reading = read_found(found, passwords=passwords, limits=limits)
    except InputError as error:
        # The name stands in its own column.
        return _unread(found, Status.UNREADABLE, str(error).removeprefix(f"{found.base}：").rstrip("。"))
    return _case(reading, path, settings, lists)


def _unread(found: Found, status: Status, reason: str) -> Case:
    case = Case(found.name, None if found.inside else found.path, size=_size(found), sha256=found.digest())
    case.close(status, reason)
    return case


def _size(found: Found) -> int | None:
    try:
        return found.path.stat().st_size if found.path.is_file() and not found.inside else None
    except OSError:
        return None


def _cross_check(cases: list[Case], settings: Settings, lists: Lists) -> tuple[IssueRow, ...]:
    """Hold the forms that count against one another, and give each its findings.

    Returns:
        what belongs to no form: approved projects that were not sent, sums that are not the control figure.
    """
    counted = [form for case in cases for form in case.counted]
    found: dict[tuple[str | None, str | None], list[Issue]] = {}
    for issue in cross_check([form.traits for form in counted], settings=settings, approvals=_not_held(cases, lists)):
        found.setdefault((issue.file, issue.form), []).append(issue)
    standing = {id(form) for form in counted}
    for case in cases:
        case.forms = tuple(
            form.with_issues(found.get((form.traits.file, form.traits.form), ())) if id(form) in standing else form
            for form in case.forms
        )
    return tuple(issue_row(issue, None) for issue in found.get((None, None), ()))


def _not_held(cases: Iterable[Case], lists: Lists) -> Approvals | None:
    """The approvals without those whose form has come and waits for a choice: it is not missing."""
    if lists.approvals is None:
        return None
    held = {case.forms[position].approved_as for case in cases for position in case.held}
    return Approvals.of(entry for entry in lists.approvals.entries if entry.key not in held)


def _case(reading: Reading, path: Path | None, settings: Settings, lists: Lists) -> Case:
    return Case(
        name=reading.source,
        path=path,
        size=None if reading.own_ledger else reading.size,
        sha256="" if reading.own_ledger else reading.sha256,
        forms=tuple(form_rows(form, settings, lists) for form in reading.forms),
        issues=tuple(issue_row(issue, None) for issue in reading.issues),
        own_ledger=reading.own_ledger,
        marked_copy=reading.marked_copy,
        reworked=reading.reworked,
        mark=reading.mark,
        saved=reading.saved,
        fingerprint=fingerprint(reading.forms),
    )
