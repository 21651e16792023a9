"""Which inputs and which of their forms count, and why: each input ends in one status.

In this order: what gave no form; the same bytes; marked copies whose original is there; the same project twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perfxl.ledger.extract import FormRows
from perfxl.ledger.model import IssueRow, SourceRow, Status

_NAMED = 3  # so many files are named in a reason, the others counted


@dataclass(slots=True)
class Case:
    """One input while it is being settled.

    Attributes:
        name: as shown to people.
        path: where it is; None where it is no file by itself.
        fingerprint: digest of what was typed; equal in a copy that perfxl marked and its original.
        reworked: a copy that perfxl marked and somebody has worked in since: it answers a return.
        status: None until it is settled.
        reasons: Chinese sentences without a full stop.
        dropped: positions of forms that do not count, though the file is accepted or a duplicate.
    """

    name: str
    path: Path | None = None
    size: int | None = None
    sha256: str = ""
    forms: tuple[FormRows, ...] = ()
    issues: tuple[IssueRow, ...] = ()
    own_ledger: bool = False
    marked_copy: bool = False
    reworked: bool = False
    fingerprint: str = ""
    status: Status | None = None
    reasons: list[str] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)

    def close(self, status: Status, reason: str) -> None:
        """Settle it."""
        self.status = status
        self.reasons.append(reason)

    @property
    def counted(self) -> tuple[FormRows, ...]:
        """The forms that are in the ledger."""
        if self.status is not Status.ACCEPTED:
            return ()
        return tuple(form for position, form in enumerate(self.forms) if position not in self.dropped)

    @property
    def listed_issues(self) -> tuple[IssueRow, ...]:
        """Its findings for 问题清单: of the forms that count, and of sheets that could not be read as a form."""
        of_forms = tuple(issue for form in self.counted for issue in form.issues)
        return of_forms + (self.issues if self.status in (Status.ACCEPTED, Status.REJECTED) else ())

    def source_row(self, number: int) -> SourceRow:
        """What 来源清单 says of it."""
        assert self.status is not None, "settle() leaves none open"
        return SourceRow(
            number=number,
            file=self.name,
            status=self.status,
            reason="；".join(self.reasons),
            forms=len(self.forms),
            counted=len(self.counted),
            size=self.size,
            sha256=self.sha256,
            layout="、".join(sorted({form.layout for form in self.forms if form.layout})),
            edition="、".join(sorted({form.edition for form in self.forms})),
            path=self.path,
        )


def settle(cases: Sequence[Case]) -> None:
    """Give every case its status, its reasons, and the forms that do not count."""
    for case in _open(cases):
        _settle_without_form(case)
    _settle_same_bytes(_open(cases))
    _settle_marked_copies(_open(cases))
    _settle_same_projects(_open(cases))
    for case in _open(cases):
        if len(case.dropped) == len(case.forms):
            case.status = Status.DUPLICATE
        else:
            case.status = Status.ACCEPTED
            case.reasons.extend(f"{issue.message}。{issue.advice}" for issue in case.issues[:_NAMED])


def _open(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.status is None]


def _settle_without_form(case: Case) -> None:
    if case.own_ledger:
        case.close(Status.SKIPPED, "perfxl 生成的总台账，不是绩效目标表")
    elif not case.forms:
        said = [f"{issue.message}。{issue.advice}" for issue in case.issues[:_NAMED]]
        case.close(Status.REJECTED, "；".join(said) or "没有找到绩效目标表。请用下发的模板填报后重新报送")


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


def _settle_same_projects(cases: Iterable[Case]) -> None:
    by_identity: defaultdict[tuple[str, str], list[tuple[Case, int]]] = defaultdict(list)
    for case in cases:
        for position, form in enumerate(case.forms):
            if form.identity is not None:
                by_identity[form.identity].append((case, position))
    for entries in by_identity.values():
        if len(entries) > 1:
            for contest in _by_year(entries):
                _settle_contest(contest)


def _by_year(entries: list[tuple[Case, int]]) -> list[list[tuple[Case, int]]]:
    """Forms of one project, apart by year where several years are known: last year's form is no duplicate."""
    by_year: defaultdict[int | None, list[tuple[Case, int]]] = defaultdict(list)
    for case, position in entries:
        by_year[case.forms[position].year].append((case, position))
    return list(by_year.values()) if len(by_year.keys() - {None}) > 1 else [entries]


def _settle_contest(entries: list[tuple[Case, int]]) -> None:
    """The highest 报送次数 counts; among equals what was corrected after a return, then an original before a marked
    copy, then the first."""
    winner, place = min(entries, key=_rank)
    best = winner.forms[place]
    losers = [entry for entry in entries if entry != (winner, place)]
    for case, position in losers:
        form = case.forms[position]
        case.dropped.add(position)
        against = f"工作表“{best.sheet}”" if case is winner else _place(winner, best)
        how = _reason(case, form, winner, best)
        which = f"工作表“{form.sheet}”未计入：" if len(case.forms) > 1 else ""
        case.reasons.append(f"{which}与{against}是同一项目（单位编码、项目名称相同），{how}，以{against}为准")
    others = [_place(case, case.forms[position]) for case, position in losers if case is not winner]
    if others:
        own = f"工作表“{best.sheet}”" if len(winner.forms) > 1 else "本文件"
        winner.reasons.append(f"{_list(others)}是同一项目，以{own}为准")


def _rank(entry: tuple[Case, int]) -> tuple[int, bool, bool]:
    case, position = entry
    return -case.forms[position].submission, not case.reworked, case.marked_copy


def _reason(case: Case, form: FormRows, winner: Case, best: FormRows) -> str:
    if form.submission != best.submission:
        return f"本表报送次数 {form.submission}，它是 {best.submission}"
    if winner.reworked and not case.reworked:
        return f"报送次数同为 {form.submission}，它是退回后修改过的"
    return f"报送次数同为 {form.submission}，取先列出的"


def _place(case: Case, form: FormRows) -> str:
    return f"“{case.name}”的工作表“{form.sheet}”" if len(case.forms) > 1 else f"“{case.name}”"


def _names(names: Iterable[str]) -> str:
    return _list([f"“{name}”" for name in names])


def _list(quoted: Sequence[str]) -> str:
    shown = "、".join(quoted[:_NAMED])
    return f"{shown}等 {len(quoted)} 个" if len(quoted) > _NAMED else shown
