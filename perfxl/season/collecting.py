"""Collect: what came in becomes the ledger, and what people wrote into the ledger before stays in it."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfxl.errors import InputError, OutputError, UsageError
from perfxl.ledger import Ledger, Progress, Status, consolidate
from perfxl.ledger.export import check_suffix
from perfxl.ledger.keeping import kept_copy_name, open_elsewhere
from perfxl.ledger.previous import Previous, read_ledger
from perfxl.output import output_error, write_whole
from perfxl.season.lists import UnitList
from perfxl.settings import Settings


@dataclass(frozen=True, slots=True)
class Collected:
    """The new ledger, the files that were written, and in Chinese what finance should know of the one before."""

    ledger: Ledger
    written: tuple[Path, ...]
    told: tuple[str, ...]


def collect(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    output: Path,
    *,
    today: datetime.date,
    roster: UnitList | None = None,
    approved: UnitList | None = None,
    year: int | None = None,
    edition: str | None = None,
    settings: Settings | None = None,
    passwords: Sequence[str] = (),
    progress: Progress | None = None,
) -> Collected:
    """Consolidate into ``output``; see :func:`perfxl.ledger.consolidate`.

    Where a ledger workbook stands there already, people's columns are carried over.  Whatever else was changed in it by
    hand is kept in a copy with the date in its name.

    Args:
        output: the ledger; :meth:`perfxl.ledger.Ledger.write` says which kinds there are.
        today: the date for a copy's name.
        roster, approved: the lists that finance has.
        passwords: to try on encrypted files.

    Raises:
        OutputError: what stands there is no ledger of ours, is open in another program, or was changed meanwhile;
            nothing was written.
        UsageError: there is nothing but files to skip, and no list to hold them against; or as for
            :func:`perfxl.ledger.consolidate`.
        PathNotFound: as for :func:`perfxl.ledger.consolidate`.
    """
    check_suffix(output)
    before = _before(output)
    ledger = consolidate(
        sources,
        year=year,
        edition=edition,
        settings=settings,
        roster=None if roster is None else roster.roster,
        approvals=None if approved is None else approved.approvals,
        notes=() if before is None else before.previous.notes,
        passwords=passwords,
        progress=progress,
    )
    if roster is None and approved is None:
        _refuse_nothing(ledger)
    told: list[str] = []
    if before is not None:
        told = before.keep(today)
        carried = len(before.previous.notes)
        if carried:
            lost = f"，其中 {len(ledger.notes)} 条找不到原来的项目，放在“未匹配批注”" if ledger.notes else ""
            told.append(f"人工填写的内容已带到新台账：{carried} 条{lost}")
    return Collected(ledger, ledger.write(output), tuple(told))


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

    def keep(self, today: datetime.date) -> list[str]:
        """Keep a copy if it was edited by hand; in Chinese, what was kept where."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise output_error(self.path, error) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise OutputError(f"{self.path.name}：汇总期间有人改了它，没有覆盖。请关闭后重新汇总。")
        if not self.previous.edits:
            return []
        copy = write_whole(kept_copy_name(self.path, today), data)
        return [f"原台账被人工改过，已另存为 {copy}，改动的地方：", *(f"  {edit}" for edit in self.previous.edits)]


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
