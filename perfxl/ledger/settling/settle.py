"""Which inputs and which of their forms count, and why: each input ends in one status.

In this order: what gave no form; forms nobody filled in, or of another year; the same bytes; marked copies whose original
is there; the same project twice, which :mod:`perfxl.ledger.settling.versions` decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perfxl.ledger.gathering.extract import FormFacts
from perfxl.ledger.model import IssueRow, Status
from perfxl.ledger.settling.contests import Entry
from perfxl.ledger.settling.versions import settle_versions

_NAMED = 3  # so many files are named in a reason, the others counted


@dataclass(slots=True)
class Case:
    """One input while it is being settled.

    Attributes:
        name: as shown to people.
        path: where it is; None where it is no file by itself.
        fingerprint: digest of what was typed; equal in a copy that perfxl marked and its original.
        reworked: a copy that perfxl marked and somebody has worked in since: it answers a return.
        mark: in a copy that perfxl marked, the fingerprint of the original.
        saved: when the file was last saved, as it says itself; "" where it doesn't.
        status: None until it is settled.
        reasons: Chinese sentences without a full stop.
        dropped: positions of forms that do not count, though the file is accepted or a duplicate.
        held: positions of forms that wait for a person's choice.
        number: its place among the inputs.
    """

    name: str
    path: Path | None = None
    size: int | None = None
    sha256: str = ""
    forms: tuple[FormFacts, ...] = ()
    issues: tuple[IssueRow, ...] = ()
    own_ledger: bool = False
    marked_copy: bool = False
    reworked: bool = False
    mark: str = ""
    saved: str = ""
    fingerprint: str = ""
    status: Status | None = None
    reasons: list[str] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    number: int = 0

    def close(self, status: Status, reason: str) -> None:
        """Settle it."""
        self.status = status
        self.reasons.append(reason)

    def drop(self, position: int, reason: str) -> None:
        """That form does not count."""
        self.dropped.add(position)
        self.reasons.append(reason)

    def hold(self, position: int, reason: str) -> None:
        """That form waits for a person's choice and does not count until then."""
        self.held.add(position)
        self.reasons.append(reason)

    @property
    def counted(self) -> tuple[int, ...]:
        """Positions of the forms that are in the ledger."""
        if self.status is not Status.ACCEPTED:
            return ()
        return tuple(place for place in range(len(self.forms)) if place not in self.dropped | self.held)


def settle(cases: Sequence[Case], wishes: Mapping[str, str], year: int | None) -> list[list[Entry]]:
    """Give every case its status, its reasons, and the forms that do not count.

    Args:
        wishes: what people wrote under 取用, by the digest of the version.
        year: budget year of the batch; forms made for another one do not count.

    Returns:
        the contests between versions, for 版本清单.
    """
    for case in _open(cases):
        _settle_without_form(case)
    for case in _open(cases):
        _settle_unfilled(case)
    if year is not None:
        for case in _open(cases):
            _settle_other_year(case, year)
    _settle_same_bytes(_open(cases))
    _settle_marked_copies(_open(cases))
    contests = settle_versions(_open(cases), wishes)
    for case in _open(cases):
        if len(case.dropped) == len(case.forms):
            case.status = Status.DUPLICATE
        else:
            waiting = len(case.dropped | case.held) == len(case.forms)
            case.status = Status.PENDING if waiting else Status.ACCEPTED
            case.reasons.extend(f"{issue.message}。{issue.advice}" for issue in case.issues[:_NAMED])
    return contests


def _open(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.status is None]


def _settle_without_form(case: Case) -> None:
    if case.own_ledger:
        case.close(Status.SKIPPED, "perfxl 生成的总台账，不是绩效目标表")
    elif not case.forms:
        said = [f"{issue.message}。{issue.advice}" for issue in case.issues[:_NAMED]]
        case.close(Status.REJECTED, "；".join(said) or "没有找到绩效目标表。请用下发的模板填报后重新报送")


def _settle_unfilled(case: Case) -> None:
    """A form that was handed out and came back as it went has not been sent."""
    blank = [position for position, form in enumerate(case.forms) if form.unfilled]
    if len(blank) == len(case.forms):
        case.close(Status.REJECTED, "表里没有填写内容。请填好后重新报送")
        return
    for position in blank:
        form = case.forms[position]
        case.drop(position, f"工作表“{form.sheet}”（{form.project.project or '没有项目名称'}）没有填写，不计")


def _settle_other_year(case: Case, year: int) -> None:
    """Last year's form, sent in again or left in the folder, belongs into last year's ledger."""
    others = {position for position, form in enumerate(case.forms) if form.year not in (None, year)}
    if others and len(others | case.dropped) == len(case.forms):
        years = "、".join(sorted({str(case.forms[position].year) for position in others}))
        case.close(
            Status.REJECTED, f"是 {years} 年度的表，本次汇总 {year} 年度。请用 {year} 年度下发的表填报后重新报送"
        )
        return
    for position in sorted(others - case.dropped):
        form = case.forms[position]
        case.drop(position, f"工作表“{form.sheet}”是 {form.year} 年度的表，不计")


def _settle_same_bytes(cases: Iterable[Case]) -> None:
    by_digest: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_digest[case.sha256].append(case)
    for first, *copies in by_digest.values():
        for copy in copies:
            copy.close(Status.DUPLICATE, f"与“{first.name}”内容完全相同，以“{first.name}”为准")
        if copies:
            first.reasons.append(f"{_names(copy.name for copy in copies)}与本文件内容完全相同，以本文件为准")


def _settle_marked_copies(cases: Sequence[Case]) -> None:
    """A marked copy is left out where the original is there, the same content or the same projects sent in as often."""
    originals = [case for case in cases if not case.marked_copy]
    by_content = {case.fingerprint: case for case in originals}
    by_project: dict[tuple[tuple[str, str] | None, int], Case] = {
        (form.identity, form.submission): case for case in originals for form in case.forms if form.identity is not None
    }
    for case in cases:
        if not case.marked_copy:
            continue
        same = [by_project.get((form.identity, form.submission)) for form in case.forms]
        original = by_content.get(case.fingerprint) or (same[0] if all(same) else None)
        if original is not None:
            case.close(Status.SKIPPED, f"已标注的副本，原件“{original.name}”也在，以原件为准")


def _names(names: Iterable[str]) -> str:
    return _list([f"“{name}”" for name in names])


def _list(quoted: Sequence[str]) -> str:
    shown = "、".join(quoted[:_NAMED])
    return f"{shown}等 {len(quoted)} 个" if len(quoted) > _NAMED else shown
