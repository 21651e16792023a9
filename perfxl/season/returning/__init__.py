"""Return: for each unit with something to correct a folder with its marked workbooks, a cover note and a message.

    退回/退回记录.json                          what was returned in which round
    退回/第1轮/353302_单位名称/退回说明.docx、短信.txt、the workbooks
    退回/第1轮/353302_单位名称/文件名/…          for a file of the unit that could not be taken (not filled in …)
    退回/第1轮/未识别单位/文件名/…              the same where nothing says whose it is

Nothing is overwritten but what an earlier run of the same round wrote and nobody has changed since.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from perfxl.issue import At, Severity
from perfxl.ledger.previous import read_ledger
from perfxl.output import output_error
from perfxl.season.handout import safe_name
from perfxl.season.returning.cover_note import Line, Note, cover_note, message
from perfxl.season.returning.enclosures import Enclosure, Enclosures, file_name
from perfxl.season.returning.outbox import Outbox
from perfxl.season.returning.packets import LedgerLike, Packet, Part, packets_of
from perfxl.season.returning.rounds import (
    Finding,
    Mark,
    ProjectRound,
    Round,
    Since,
    read_record,
    since,
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

    ``history`` says what has become of the round before ("" in the first); ``projects`` is 0 for a file that is no form.
    """

    unit_code: str
    unit_name: str
    folder: Path
    files: tuple[Path, ...]
    projects: int
    errors: int
    warnings: int
    history: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What was returned.

    Attributes:
        round: its number, from 1.
        again: the round stood already and was made again, since nothing had been sent in.
        problems: in Chinese what finance has to see to: files that changed or vanished, a damaged record …
        kept: files of ours that somebody has changed; they stay, and the new ones stand beside them under another name.
        stale: files that an earlier run of this round wrote and that it has no more.
    """

    round: int
    again: bool
    folder: Path
    units: tuple[UnitReturn, ...]
    problems: tuple[str, ...]
    kept: tuple[Path, ...]
    stale: tuple[Path, ...]

    def told(self) -> str:
        """The outcome in Chinese, a line each."""
        lines = [self._counted() if self.units else "没有需要退回的"]
        lines += self.problems
        lines += [f"{path.name}（{path.parent.name}）：有人改过，原样留着，新的写在旁边" for path in self.kept]
        lines += [
            f"{path.name}（{path.parent.name}）：上次生成的，这次已不需要，请勿再发，可以删去" for path in self.stale
        ]
        return "\n".join(lines)

    def _counted(self) -> str:
        units = {(unit.unit_code, unit.unit_name) for unit in self.units} - {("", "")}
        said = f"第{self.round}轮退回：{len(units)} 个单位、{sum(unit.projects for unit in self.units)} 个项目"
        if refused := sum(not unit.projects for unit in self.units):
            said += f"，另有 {refused} 个文件不能汇总"
        if unknown := sum(not unit.unit_code and not unit.unit_name for unit in self.units):
            said += f"，有 {unknown} 处认不出单位，放在“{_UNKNOWN_UNIT}”"
        return said + ("（自上次退回后没有新的报送，重写了这一轮）" if self.again else "")


def return_forms(
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
    progress: Progress | None = None,
) -> Returned:
    """Write into ``folder`` what goes back to each unit: projects with errors, and those whose 审核意见 begins with 退回.

    Args:
        ledger: the .xlsx of the master ledger, or the ledger itself.
        sources: the folder whose files the ledger was made from; else that of the ledger and those right below it.
        deadline, contact, issuer, date: as they shall read in the cover note; each may be missing.
        zipped: one .zip a unit instead of a folder.
        settings: of the place, for workbooks that the ledger could not take (.xls, .et, .ods) and that are checked here.
        progress: called after each unit with how many are done, how many there are, and its name.

    Raises:
        PathNotFound, UnreadableFile: the ledger can't be read.
        OutputError: something can't be written; what was written before that stands, and a second run goes on.
    """
    target = Path(folder)
    rows, folders = _opened(ledger, sources)
    _make_folder(target)
    record, problems = read_record(target)
    digest = submission_digest(rows.projects, rows.sources)
    standing = record.standing(digest)
    number = standing.number if standing else record.next_number
    enclosures = Enclosures(folders, rows.sources, rows.issues, deadline=deadline, contact=contact)
    packets = packets_of(rows, enclosures, settings)
    written = standing.files if standing else {}
    outbox = Outbox(target, f"第{number}轮", written, zipped=zipped)
    letters = _Letters(record.before(number), enclosures, outbox, _Closing(deadline, contact, issuer, date))
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
        problems=tuple(dict.fromkeys((*problems, *letters.problems))),
        kept=tuple(outbox.kept),
        stale=tuple(outbox.stale()),
    )


def _as_round(part: Part, packet: Packet, enclosures: Enclosures) -> ProjectRound:
    return ProjectRound(part.identity, packet.key, part.project, enclosures.sha256(part.file), part.findings)


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


@dataclass(frozen=True, slots=True)
class _Story:
    """What has become of a unit's round before: in words, and by project with the marks of its findings."""

    text: str = ""
    marks: tuple[tuple[Mark, ...], ...] = ()


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
        story = self._story(packet)
        enclosed = list(self._enclosed(packet))
        self.problems += [each.problem for each in enclosed if each.problem]
        note = self._note(packet, story, enclosed)
        files = [(_NOTE_NAME, cover_note(note)), (_MESSAGE_NAME, _as_windows_text(message(note)))]
        files += [file for each in enclosed for file in each.files]
        folder, written = self._outbox.put(_folder_name(packet), files)
        return UnitReturn(
            unit_code=packet.code,
            unit_name=packet.name,
            folder=folder,
            files=written,
            projects=len(packet.parts),
            errors=note.errors,
            warnings=note.warnings,
            history=story.text,
        )

    def _enclosed(self, packet: Packet) -> Iterator[Enclosure]:
        if packet.refused:
            yield self._enclosures.original(packet.refused)
        for file in dict.fromkeys(part.file for part in packet.parts):
            found = [issue for part in packet.parts if part.file == file for issue in part.found or ()]
            if any(part.found is not None for part in packet.parts if part.file == file):
                yield self._enclosures.marked_restored(file, found)
            else:
                yield self._enclosures.marked(file)

    def _note(self, packet: Packet, story: _Story, enclosed: list[Enclosure]) -> Note:
        findings = [finding for part in packet.parts for finding in part.findings]
        years = {part.year for part in packet.parts}
        batches = {each.batch for each in enclosed if each.marked}
        closing = self._closing
        return Note(
            unit=packet.name or packet.code,
            year=years.pop() if len(years) == 1 else None,
            batch=batches.pop() if len(batches) == 1 else "",
            projects=len(packet.parts),
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

    def _story(self, packet: Packet) -> _Story:
        # Within a unit a project is its code or name: the unit's own code may be what was wrong.
        now = {same[1]: standing for same, standing in packet.now.items() if same[1]}
        returned = self._past.projects if self._past else ()
        past = {each.identity[1]: each for each in returned if each.unit == packet.key and each.identity[1] in now}
        if not past:
            return _Story()
        held: dict[str, Since] = {}
        for project, before in past.items():
            findings, file = now[project]
            held[project] = since(before, findings, self._enclosures.sha256(file))
        unsent = [before.project for project, before in past.items() if not held[project].resent]
        others = sum(len(part.findings) for part in packet.parts if part.identity[1] not in held)
        told = list(held.values())
        counts = [
            sum(each) for each in zip(*((one.returned, one.fixed, one.still, one.new) for one in told), strict=True)
        ]
        text = f"上次退回{counts[0]}处：已改{counts[1]}处，仍有{counts[2]}处，新增{counts[3] + others}处。"
        if len(unsent) == len(past):
            text = f"上次退回的{counts[0]}处，至今未重新报送。"
        elif unsent:
            text += f"未重新报送：{'、'.join(unsent)}。"
        new: Mark = "新"
        marks = (
            held[part.identity[1]].marks if part.identity[1] in held else (new,) * len(part.findings)
            for part in packet.parts
        )
        return _Story(text, tuple(marks))


def _lines(packet: Packet, story: _Story) -> Iterator[Line]:
    """The rows of the note's table: errors first, then by project and place."""
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
