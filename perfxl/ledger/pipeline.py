"""The pipeline over many files: find, read, check, settle what counts, add up."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from perfxl.intake.discover import Found
from perfxl.intake.elsewhere import discover_anywhere
from perfxl.ledger.earlier.notes import place
from perfxl.ledger.gathering.extract import Lists
from perfxl.ledger.gathering.inputs import absent, parcel_of, path_of
from perfxl.ledger.gathering.workers import Effort, Job, read_all
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
from perfxl.ledger.settling.progress import PendingSum, progress_rows
from perfxl.ledger.settling.settlement import settle_all
from perfxl.ledger.settling.state import Mark, Outcome, key_of
from perfxl.ledger.settling.store import Store
from perfxl.ledger.settling.versions import version_rows
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
from perfxl.ledger.writing.export import as_frame, write_tables
from perfxl.ledger.writing.figures import totals_of
from perfxl.ledger.writing.stored import IndicatorRows, IssueRows, ProjectRows, SourceRows
from perfxl.reading import Reading
from perfxl.rules import Approval, Approvals, Roster, RosterEntry, check
from perfxl.settings import Settings
from perfxl.text import money
from perfxl.vocabulary import DEFAULT_EDITION, Vocabulary

if TYPE_CHECKING:
    import pandas

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The master ledger: every form that counts, its indicators and issues, and what became of every input.

    The rows of the first four tables are made as they are asked for, however many there are: go through them rather
    than pick one after the other.
    """

    projects: Sequence[ProjectRow]
    indicators: Sequence[IndicatorRow]
    issues: Sequence[IssueRow]
    sources: Sequence[SourceRow]
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
        store = Store()
        for number, reading in enumerate(readings, 1):
            store.put(number, None, parcel_of(reading, decided, lists))
        return cls._settled(store, decided, lists, tuple(notes))

    @classmethod
    def _settled(cls, store: Store, settings: Settings, lists: Lists, notes: tuple[NoteRow, ...]) -> Ledger:
        wishes = {note.digest: note.text for note in notes if note.heading == ADOPTED}
        contests = settle_all(store, wishes, settings, lists)
        carried = place(notes, ProjectRows(store), tuple(version_rows(contests)))
        projects, sources = ProjectRows(store, carried.written), SourceRows(store)
        progress, missing = progress_rows(projects, carried.versions, lists.roster, lists.approvals, sources)
        return cls(
            projects=projects,
            indicators=IndicatorRows(store),
            issues=IssueRows(store),
            sources=sources,
            versions=carried.versions,
            progress=progress,
            missing=missing,
            notes=carried.unmatched,
        )

    @property
    def totals(self) -> Totals:
        """The ledger in a few numbers."""
        return totals_of(self.projects, self.issues)

    @property
    def failed(self) -> bool:
        """Some form has errors, or some input could not be read as a form."""
        refused = {Status.REJECTED, Status.UNREADABLE}
        return any(row.condition is Condition.WRONG for row in self.projects) or any(
            row.status in refused for row in self.sources
        )

    def figures(self) -> dict[str, object]:
        """The ledger in numbers, for programs: plain JSON; amounts in 万元 as text."""
        totals = self.totals
        return {
            "inputs": dict(Counter(str(row.status) for row in self.sources)),
            "projects": totals.projects,
            "indicators": totals.indicators,
            "total": money(totals.total),
            "errors": totals.errors,
            "warnings": totals.warnings,
            "pending": PendingSum.of(self.versions).projects,
            "missing": sum(row.missing for row in self.progress),
        }

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

    def listed(self) -> list[tuple[Table, Sequence[object]]]:
        """The tables with their rows, in the order of the sheets; those after the first four only where they have any."""
        always: list[tuple[Table, Sequence[object]]] = [
            (PROJECTS, self.projects),
            (INDICATORS, self.indicators),
            (ISSUES, self.issues),
            (SOURCES, self.sources),
        ]
        seasonal: list[tuple[Table, Sequence[object]]] = [
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
    progress: Progress | None = None,
    effort: Effort | None = None,
) -> Ledger:
    """Read every form in these files and folders, check it, and put all into one ledger.

    A file that can't be read, or not as a form, stops nothing: it is listed in ``sources`` with its status and reason.

    Args:
        sources: files and folders, folders are walked; or addresses (``s3://…``) of such, read through fsspec.
        year, edition: of the batch, for forms that don't say.
        settings: what the place decides for itself; ``year`` and ``edition`` go before it.
        roster, approvals: 单位名册 (S03, 报送情况) and 批复清单 (A06, 批复数, 未报清单).
        notes: what people wrote into the ledger before, from :func:`perfxl.ledger.read_ledger`; their 取用 decides.
        passwords: to try on encrypted workbooks and archives.
        progress: called after each input with how many are done, how many there are, and its name.
        effort: how many processes read, and what they may take.

    Raises:
        PathNotFound: none of the sources exists; else one that doesn't is listed as unreadable.
        UsageError: there is no such edition.
    """
    with Run(
        sources,
        settings=(settings or Settings()).for_call(edition=edition, year=year),
        lists=Lists.of(roster, approvals),
        passwords=passwords,
        effort=effort or Effort(),
    ) as run:
        return run.ledger(tuple(notes), progress)


class Run:
    """A collection on its way: what there is has been looked at; it is read when the ledger is asked for.

    Args and errors as for :func:`consolidate`.

    Attributes:
        changed: something is not as the last run left it; always so where nothing is kept.
        outcome: what the last run left behind; None where nothing is kept.
    """

    def __init__(
        self,
        sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        settings: Settings,
        lists: Lists,
        passwords: Sequence[str],
        effort: Effort,
    ) -> None:
        # A wrong call is told before any file is read.
        Vocabulary.load(settings.edition or DEFAULT_EDITION).with_words(settings.words)
        check((), settings=settings)
        self._found, self._missing = discover_anywhere(sources, limits=settings.limits, documents=True)
        self._effort = effort
        self._job = Job(settings, lists, tuple(passwords), effort.memory, effort.state is not None)
        self._marks: dict[int, Mark] = {}
        self._store, self._unread, self.changed = self._begun()
        self._counts = len(self._found), len(self._unread)

    def _begun(self) -> tuple[Store, list[tuple[int, Found]], bool]:
        """A store with all that is known, what is still to be read, and whether anything is not as it was."""
        path = self._effort.state
        if path is not None:
            try:
                return self._known(Store(path, key_of(self._job.settings, self._job.lists, self._job.passwords)))
            except sqlite3.DatabaseError:  # damaged, or its place can't be written: it is only a memory
                with suppress(OSError):
                    path.unlink()
        return Store(), self._numbered, True

    @property
    def _numbered(self) -> list[tuple[int, Found]]:
        return list(enumerate(self._found, len(self._missing) + 1))

    def _known(self, store: Store) -> tuple[Store, list[tuple[int, Found]], bool]:
        unread = []
        for number, found in self._numbered:
            mark = Mark.of(found)
            if not store.take_known(number, found, mark, rehash=self._effort.rehash):
                self._marks[number] = mark
                unread.append((number, found))
        gone = store.forget_others()
        return store, unread, bool(unread or gone or self._missing)

    @property
    def outcome(self) -> Outcome | None:
        return Outcome.loads(self._store.recall("outcome"))

    @property
    def counts(self) -> tuple[int, int]:
        """How many files there are, and how many of them are to be read."""
        return self._counts

    def remember(self, ledger: Ledger, written: Iterable[Path]) -> None:
        """Keep what this run has left behind, where anything is kept."""
        if self._store.kept:
            self._store.remember("outcome", Outcome.of(ledger, written).dumps())

    def ledger(self, notes: tuple[NoteRow, ...], progress: Progress | None = None) -> Ledger:
        """Read what is to be read, and put everything into one ledger."""
        store = self._store
        store.remember("outcome", "")  # a run that is broken off leaves none
        for number, (name, reason) in enumerate(self._missing.items(), 1):
            store.put(number, None, absent(name, reason))
        by_number = dict(self._unread)
        known = len(self._found) - len(self._unread)
        for done, (number, parcel) in enumerate(read_all(self._job, self._unread, self._effort), known + 1):
            found = by_number[number]
            store.put(number, path_of(found), parcel, self._marks.get(number, Mark()))
            if progress is not None:
                progress(done, len(self._found), found.name)
        for done_with in (self._found, self._unread, by_number, self._marks):
            done_with.clear()  # of many thousand files they are the largest thing in memory
        store.commit(last=True)
        return Ledger._settled(store, self._job.settings, self._job.lists, notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.commit(last=True)
