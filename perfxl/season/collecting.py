"""Collect: what came in becomes the ledger, and what people wrote into the ledger before stays in it."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from perfxl.errors import InputError, OutputError, UsageError
from perfxl.ledger import Effort, Ledger, NoteRow, Progress, Status
from perfxl.ledger.earlier.keeping import kept_copy_name, open_elsewhere
from perfxl.ledger.earlier.previous import Previous, read_ledger
from perfxl.ledger.gathering.extract import Lists
from perfxl.ledger.pipeline import Run
from perfxl.ledger.settling.state import Outcome
from perfxl.ledger.writing.export import check_suffix
from perfxl.output import keep_former, only_run, output_error, write_whole
from perfxl.season.lists import UnitList
from perfxl.settings import Settings


@dataclass(frozen=True, slots=True)
class Collected:
    """What a run made of what came in.

    Attributes:
        summary, failed: as of :class:`perfxl.ledger.Ledger`.
        written: the files that were written; none where nothing has changed.
        told: in Chinese what finance should know of the ledger before.
        figures: the run in numbers, for programs.
    """

    summary: str
    failed: bool
    written: tuple[Path, ...]
    told: tuple[str, ...]
    figures: dict[str, object]
    _ledger: Callable[[], Ledger]

    @property
    def ledger(self) -> Ledger:
        """The ledger; put together now where nothing had to be written."""
        return self._ledger()


def collect(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    output: Path,
    *,
    today: datetime.date,
    roster: UnitList | None = None,
    approved: UnitList | None = None,
    settings: Settings | None = None,
    passwords: Sequence[str] = (),
    progress: Progress | None = None,
    effort: Effort | None = None,
) -> Collected:
    """Consolidate into ``output``; see :func:`perfxl.ledger.consolidate`.

    Where a ledger workbook stands there already, people's columns are carried over.  Whatever else was changed in it by
    hand is kept in a copy with the date in its name.  No second run works on the same ledger meanwhile; one that was
    killed left the old ledger as it was, and the next does everything anew.

    Args:
        output: the ledger; :meth:`perfxl.ledger.Ledger.write` says which kinds there are.
        today: the date for a copy's name.
        roster, approved: the lists that finance has.
        passwords: to try on encrypted files.
        effort: as for :func:`perfxl.ledger.consolidate`; with a ``state`` nothing is written where nothing has changed.

    Raises:
        OutputError: what stands there is no ledger of ours, is open in another program, or was changed meanwhile;
            nothing was written.  BusyError: another run is at work on it.
        UsageError: there is nothing but files to skip, and no list to hold them against; or as for
            :func:`perfxl.ledger.consolidate`.
        PathNotFound: as for :func:`perfxl.ledger.consolidate`.
    """
    check_suffix(output)
    lists = Lists(None if roster is None else roster.roster, None if approved is None else approved.approvals)
    decided = settings or Settings()
    with (
        only_run(output) as taken_over,
        Run(sources, settings=decided, lists=lists, passwords=passwords, effort=effort or Effort()) as run,
    ):
        last = run.outcome
        before = _before(output) if last is None or not last.stands() else _AsLeft(output, last)
        if isinstance(before, _AsLeft) and not run.changed:
            figures = _figures(before.outcome.figures, run)
            said = (*filter(None, (taken_over,)), "收到的文件和总台账都没有变化，没有重写")
            again = partial(run.ledger, before.notes)
            return Collected(before.outcome.summary, before.outcome.failed, (), said, figures, again)
        ledger = run.ledger(() if before is None else before.notes, progress)
        if roster is None and approved is None:
            _refuse_nothing(ledger)
        written, told = _write(ledger, output, before, today)
        run.remember(ledger, written)
        said = (*filter(None, (taken_over,)), *told)
        figures = _figures(ledger.figures(), run)
    return Collected(ledger.summary(), ledger.failed, written, said, figures, lambda: ledger)


def _figures(of_ledger: dict[str, object], run: Run) -> dict[str, object]:
    files, read = run.counts
    return {**of_ledger, "files": files, "read": read, "unchanged": files - read}


def _write(
    ledger: Ledger, output: Path, before: _Before | _AsLeft | None, today: datetime.date
) -> tuple[tuple[Path, ...], list[str]]:
    """The files written, and in Chinese what became of what stood there and of what people wrote into it."""
    told: list[str] = []
    if before is not None:
        told = before.keep(today)
        carried = len(before.notes)
        if carried:
            lost = f"，其中 {len(ledger.notes)} 条找不到原来的项目，放在“未匹配批注”" if ledger.notes else ""
            told.append(f"人工填写的内容已带到新台账：{carried} 条{lost}")
    kept = isinstance(before, _Before) and bool(before.previous.edits)
    with keep_former(None) if kept else nullcontext():  # one copy is enough, whatever the caller asks for
        return ledger.write(output), told


def _refuse_nothing(ledger: Ledger) -> None:
    """An empty ledger is most likely a wrong path; with a list it says who is missing."""
    if all(row.status is Status.SKIPPED for row in ledger.sources):
        skipped = "".join(f"\n跳过 {row.file}：{row.reason}" for row in ledger.sources)
        raise UsageError(f"没有可以汇总的文件，请检查路径{skipped}")


@dataclass(frozen=True, slots=True)
class _Before:
    """The ledger that stands where the new one goes."""

    path: Path
    sha256: str
    previous: Previous

    @property
    def notes(self) -> tuple[NoteRow, ...]:
        return self.previous.notes

    def keep(self, today: datetime.date) -> list[str]:
        """Keep a copy if it was edited by hand; in Chinese, what was kept where.

        Raises:
            OutputError: somebody has opened or changed it meanwhile.
        """
        if (message := open_elsewhere(self.path)) is not None:
            raise OutputError(message)
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise output_error(self.path, error) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise _changed_meanwhile(self.path)
        if not self.previous.edits:
            return []
        copy = write_whole(kept_copy_name(self.path, today), data)
        return [f"原台账被人工改过，已另存为 {copy}，改动的地方：", *(f"  {edit}" for edit in self.previous.edits)]


@dataclass(frozen=True, slots=True)
class _AsLeft:
    """The ledger where the new one goes, which nobody has touched since the last run: it need not be read."""

    path: Path
    outcome: Outcome

    @property
    def notes(self) -> tuple[NoteRow, ...]:
        return self.outcome.notes

    def keep(self, _: datetime.date) -> list[str]:
        """Nothing is to be kept.

        Raises:
            OutputError: somebody has opened or changed it meanwhile.
        """
        if (message := open_elsewhere(self.path)) is not None:
            raise OutputError(message)
        if not self.outcome.stands():
            raise _changed_meanwhile(self.path)
        return []


def _changed_meanwhile(path: Path) -> OutputError:
    return OutputError(f"{path.name}：汇总期间有人改了它，没有覆盖。请关闭后重新汇总。")


def _before(output: Path) -> _Before | None:
    if output.suffix.lower() != ".xlsx" or not output.exists():
        return None
    if (message := open_elsewhere(output)) is not None:
        raise OutputError(message)
    try:
        digest = hashlib.sha256(output.read_bytes()).hexdigest()
        return _Before(output, digest, read_ledger(output))
    except OSError as error:
        raise output_error(output, error) from error
    except InputError as error:
        reason = str(error).removeprefix(f"{output.name}：")
        raise OutputError(
            f"{output.name}：已有的文件不能当作总台账读取，没有覆盖。{reason}也可以换一个文件名。"
        ) from None
