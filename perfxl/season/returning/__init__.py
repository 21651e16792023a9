"""Return: for each unit with something to correct a folder with its marked workbooks, a cover note and a message.

    退回/退回记录.json                          what was returned in which round
    退回/第1轮/353302_单位名称/退回说明.docx、短信.txt、the workbooks
    退回/第1轮/353302_单位名称/文件名/…          for a file of the unit that could not be taken (not filled in …)
    退回/第1轮/未识别单位/文件名/…              the same where nothing says whose it is

Nothing is overwritten but what an earlier run of the same round wrote and nobody has changed since; what it wrote stays,
too, where a workbook for it can't be had any more.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from perfxl.issue import At, Severity
from perfxl.ledger.earlier.previous import read_ledger
from perfxl.output import only_run, output_error
from perfxl.rules import Approval, Approvals, Roster, RosterEntry
from perfxl.season.handout import safe_name
from perfxl.season.returning.cover_note import Line, Note, cover_note, message
from perfxl.season.returning.enclosures import Enclosure, Enclosures, file_name, workbook_name
from perfxl.season.returning.history import Story, story_of
from perfxl.season.returning.outbox import Outbox
from perfxl.season.returning.packets import Checking, LedgerLike, Packet, Part, packets_of
from perfxl.season.returning.rounds import (
    RECORD_NAME,
    Finding,
    Opinions,
    ProjectRound,
    Round,
    read_record,
    submission_digest,
)
from perfxl.settings import Settings

__all__ = ["Returned", "UnitReturn", "return_forms"]

Progress = Callable[[int, int, str], None]

_NOTE_NAME: Final = "退回说明.docx"
_MESSAGE_NAME: Final = "短信.txt"
_UNKNOWN_UNIT: Final = "未识别单位"
_ERROR, _WARNING = Severity.ERROR.chinese, Severity.WARNING.chinese


@dataclass(frozen=True, slots=True)
class UnitReturn:
    """One unit's return; ``folder`` is the .zip where it was zipped.

    ``history`` says what has become of the round before ("" in the first); ``projects`` is 0 for a file that is no form,
    and where nothing but ``pending`` projects is told of, those sent in several forms of which none counts yet.
    """

    unit_code: str
    unit_name: str
    folder: Path
    files: tuple[Path, ...]
    projects: int
    errors: int
    warnings: int
    history: str
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Returned:
    """What was returned.

    Attributes:
        round: its number, from 1.
        again: the round stood already and was made again, since nothing had been sent in.
        problems: in Chinese what finance has to see to: files that changed or vanished, a damaged record …
        kept: files of ours that somebody has changed; they stay, and the new ones stand beside them under another name.
        stale: files that an earlier run of this round wrote and that it has no more.
        passed_over: in Chinese the 审核意见 that send nothing back any more, since the unit has answered them.
    """

    round: int
    again: bool
    folder: Path
    units: tuple[UnitReturn, ...]
    problems: tuple[str, ...]
    kept: tuple[Path, ...]
    stale: tuple[Path, ...]
    passed_over: tuple[str, ...] = ()

    def told(self) -> str:
        """The outcome in Chinese, a line each."""
        lines = [self._counted() if self.units else "没有需要退回的"]
        lines += self.problems
        lines += self.passed_over
        lines += [f"{path.name}（{path.parent.name}）：有人改过，原样留着，新的写在旁边" for path in self.kept]
        lines += [
            f"{path.name}（{path.parent.name}）：上次生成的，这次已不需要，请勿再发，可以删去" for path in self.stale
        ]
        return "\n".join(lines)

    def _counted(self) -> str:
        units = {(unit.unit_code, unit.unit_name) for unit in self.units} - {("", "")}
        said = f"第{self.round}轮退回：{len(units)} 个单位、{sum(unit.projects for unit in self.units)} 个项目"
        if pending := sum(unit.pending for unit in self.units):
            said += f"，另有 {pending} 个项目请单位确认以哪一份为准"
        if refused := sum(not unit.projects and not unit.pending for unit in self.units):
            said += f"，另有 {refused} 个文件不能汇总"
        if unknown := sum(not unit.unit_code and not unit.unit_name for unit in self.units):
            said += f"，有 {unknown} 处认不出单位，放在“{_UNKNOWN_UNIT}”"
        return said + ("（自上次退回后没有新的报送，重写了这一轮）" if self.again else "")


def return_forms(  # noqa: PLR0913 - what a letter says, and what forms are held against
    ledger: LedgerLike | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    sources: str | os.PathLike[str] | None = None,
    deadline: str = "",
    contact: str = "",
    issuer: str = "",
    date: datetime.date | None = None,
    zipped: bool = False,
    settings: Settings | None = None,
    roster: Iterable[RosterEntry] | Roster | None = None,
    approvals: Iterable[Approval] | Approvals | None = None,
    passwords: Sequence[str] = (),
    progress: Progress | None = None,
) -> Returned:
    """Write into ``folder`` what goes back to each unit: projects with errors, and those whose 审核意见 begins with 退回.

    Such an opinion goes out once: not again about a project that was sent in anew, unless it is worded anew.  A unit that
    has sent several forms for one project is asked which of them counts.

    Args:
        ledger: the .xlsx of the master ledger, or the ledger itself.
        sources: the folder whose files the ledger was made from; else that of the ledger and those right below it.
        deadline, contact, issuer, date: as they shall read in the cover note; each may be missing.
        zipped: one .zip a unit instead of a folder.
        settings, roster, approvals: of the place, for workbooks that the ledger could not take (.xls, .et, .ods) and
            that are checked here.
        passwords: to try on encrypted workbooks and archives.
        progress: called after each unit with how many are done, how many there are, and its name.

    Raises:
        PathNotFound, UnreadableFile: the ledger can't be read.
        OutputError: something can't be written; what was written before that stands, and a second run goes on.
            BusyError: another run is at work in the folder.
    """
    target = Path(folder)
    rows, folders = _opened(ledger, sources)
    _make_folder(target)
    with only_run(target / RECORD_NAME) as taken_over:
        record, problems = read_record(target)
        digest = submission_digest(rows.sources)
        standing = record.standing(digest)
        number = standing.number if standing else record.next_number
        before = record.before(number)
        enclosures = Enclosures(
            folders,
            rows.sources,
            rows.issues,
            passwords=passwords,
            limits=None if settings is None else settings.limits,
            deadline=deadline,
            contact=contact,
        )
        packets, passed_over = packets_of(rows, enclosures, Opinions(before), Checking.of(settings, roster, approvals))
        written = standing.files if standing else {}
        outbox = Outbox(target, f"第{number}轮", written, zipped=zipped)
        closing = _Closing(deadline, contact, issuer, date)
        letters = _Letters(before[-1] if before else None, enclosures, outbox, closing)
        sent = tuple(_as_round(part, packet, enclosures) for packet in packets for part in packet.parts)
        if packets:  # recorded before anything is written: a run that was broken off is gone on with, not counted twice
            record.with_round(Round(number, digest, sent, written)).save(target)
        units: list[UnitReturn] = []
        for done, packet in enumerate(packets, 1):
            units.append(letters.send(packet))
            if progress is not None:
                progress(done, len(packets), packet.title)
        if packets:
            record.with_round(Round(number, digest, sent, outbox.digests)).save(target)
    return Returned(
        round=number,
        again=standing is not None,
        folder=target / f"第{number}轮",
        units=tuple(units),
        problems=tuple(dict.fromkeys((*filter(None, (taken_over,)), *problems, *letters.problems))),
        kept=tuple(outbox.kept),
        stale=tuple(outbox.stale()),
        passed_over=passed_over,
    )


def _as_round(part: Part, packet: Packet, enclosures: Enclosures) -> ProjectRound:
    sha256 = enclosures.sha256(part.file)
    return ProjectRound(part.identity, packet.key, part.project, sha256, part.findings, part.opinion)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def _opened(
    ledger: LedgerLike | str | os.PathLike[str], sources: str | os.PathLike[str] | None
) -> tuple[LedgerLike, list[Path]]:
    """The ledger's rows, and the folders in which its files may stand."""
    given = [] if sources is None else [Path(sources)]
    if not isinstance(ledger, (str, os.PathLike)):
        return ledger, given
    path = Path(ledger)
    rows = read_ledger(path)
    if sources is None:
        home = path.absolute().parent
        given = [home, *sorted(each for each in home.iterdir() if each.is_dir())]
    return rows, given


# -- one unit


@dataclass(frozen=True, slots=True)
class _Closing:
    """How every note ends."""

    deadline: str
    contact: str
    issuer: str
    date: datetime.date | None


class _Letters:
    """Makes each unit's return."""

    def __init__(self, past: Round | None, enclosures: Enclosures, outbox: Outbox, closing: _Closing) -> None:
        self._past = past
        self._enclosures = enclosures
        self._outbox = outbox
        self._closing = closing
        self.problems: list[str] = []

    def send(self, packet: Packet) -> UnitReturn:
        """Write what goes to one unit."""
        story = story_of(packet, self._past, self._enclosures.sha256)
        files = [packet.refused] if packet.refused else list(dict.fromkeys(part.file for part in packet.parts))
        enclosed = [self._enclosed(packet, file) for file in files]
        self.problems += [each.problem for each in enclosed if each.problem]
        note = self._note(packet, story, enclosed)
        lost = [file for file, each in zip(files, enclosed, strict=True) if not each.files]
        folder, written = self._kept(packet, lost) or self._put(packet, note, enclosed)
        return UnitReturn(
            unit_code=packet.code,
            unit_name=packet.name,
            folder=folder,
            files=written,
            projects=packet.projects,
            errors=note.errors,
            warnings=note.warnings,
            history=story.text,
            pending=packet.pending,
        )

    def _kept(self, packet: Packet, lost: list[str]) -> tuple[Path, tuple[Path, ...]] | None:
        """What an earlier run sent, where this one has to do without a workbook that stands there."""
        if not lost:
            return None
        kept = self._outbox.keep(_folder_name(packet), [{file_name(file), workbook_name(file)} for file in lost])
        if kept is not None:
            self.problems.append(f"{packet.title}：这一轮以前生成的退回里有标注好的工作簿，原样保留，没有重写")
        return kept

    def _put(self, packet: Packet, note: Note, enclosed: list[Enclosure]) -> tuple[Path, tuple[Path, ...]]:
        files = [(_NOTE_NAME, cover_note(note)), (_MESSAGE_NAME, _as_windows_text(message(note)))]
        files += [file for each in enclosed for file in each.files]
        return self._outbox.put(_folder_name(packet), files)

    def _enclosed(self, packet: Packet, file: str) -> Enclosure:
        if packet.refused:
            return self._enclosures.original(file)
        parts = [part for part in packet.parts if part.file == file]
        if any(part.found is not None for part in parts):
            return self._enclosures.marked_restored(file, [issue for part in parts for issue in part.found or ()])
        return self._enclosures.marked(file)

    def _note(self, packet: Packet, story: Story, enclosed: list[Enclosure]) -> Note:
        findings = [finding for part in packet.parts for finding in part.findings]
        years = {part.year for part in packet.parts} | {each.first.year for each in packet.contests}
        batches = {each.batch for each in enclosed if each.marked}
        closing = self._closing
        return Note(
            unit=packet.name or packet.code,
            year=years.pop() if len(years) == 1 else None,
            batch=batches.pop() if len(batches) == 1 else "",
            projects=packet.projects,
            pending=packet.pending,
            errors=sum(finding.severity == _ERROR for finding in findings),
            warnings=sum(finding.severity == _WARNING for finding in findings),
            lines=tuple(_lines(packet, story)),
            history=story.text,
            opinions=tuple((part.project, part.opinion) for part in packet.parts if part.opinion),
            attached=any(each.marked for each in enclosed),
            restored=any(each.restored for each in enclosed),
            files=bool(packet.refused),
            deadline=closing.deadline,
            contact=closing.contact,
            issuer=closing.issuer,
            date=closing.date,
        )


def _lines(packet: Packet, story: Story) -> Iterator[Line]:
    """The rows of the note's table: which form counts, then errors first, then by project and place."""
    for contest in packet.contests:
        yield Line(contest.first.project or contest.first.sheet, "", contest.problem, contest.advice)
    if packet.refused:
        yield from (Line(packet.refused, "", problem, advice) for problem, advice in packet.reasons)
    rows: list[tuple[tuple[int, int, int, int], Line]] = []
    for number, part in enumerate(packet.parts):
        marks: tuple[str, ...] = story.marks[number] if story.marks else ("",) * len(part.findings)
        for finding, mark in zip(part.findings, marks, strict=True):
            row, column = _place(finding)
            problem = finding.message if finding.severity == _ERROR else f"（警告）{finding.message}"
            where = f"{finding.cell} {finding.label}".strip()
            line = Line(part.project, where, problem, finding.advice, mark)
            rows.append(((finding.severity != _ERROR, number, row, column), line))
    yield from (line for _, line in sorted(rows, key=lambda each: each[0]))


def _place(finding: Finding) -> tuple[int, int]:
    try:
        at = At.parse("", finding.cell)
    except ValueError:
        return 0, 0
    return at.row, at.column


def _folder_name(packet: Packet) -> PurePath:
    unit = PurePath(safe_name("_".join(filter(None, (packet.code, packet.name)))) or _UNKNOWN_UNIT)
    if not packet.refused and unit.name != _UNKNOWN_UNIT:
        return unit
    stem = PurePosixPath(file_name(packet.refused or packet.key)).stem
    return unit / (safe_name(stem) or _UNKNOWN_UNIT)


def _as_windows_text(text: str) -> bytes:
    """As every Notepad shows it."""
    return text.replace("\n", "\r\n").encode("utf-8-sig")
