"""Which of several forms for one project counts, and the list of all of them (版本清单).

Finance's own choice (取用) goes first, then the highest 报送次数.  Among equals a copy that was returned and corrected goes
before the very workbook that it was made from, which its mark proves.  What is still open is 待定: file names and the
time of the last saving are shown as a hint and decide nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perfxl.ledger.compare import compare_forms
from perfxl.ledger.extract import FormRows
from perfxl.ledger.model import Standing, VersionRow, project_identity
from perfxl.text import squeeze

if TYPE_CHECKING:
    from perfxl.ledger.settle import Case

_NAMED = 3  # so many files are named in a reason, the others counted
_REFUSALS = frozenset(("否", "不", "不用", "不取", "不取用", "×", "x", "X", "n", "N", "no", "0"))
_LAST_WORDS = re.compile(
    r"最终[版稿]?|终稿|定稿|修改[版稿后]?|更正|重报|[Vv]\s*\d+|第\s*[\d一二三四五六七八九]+\s*[次版稿]|[(（]\d+[)）]"
)


@dataclass(slots=True)
class Entry:
    """One form of a contest: which input it came in, and where in it."""

    case: Case
    position: int
    standing: Standing = Standing.SUPERSEDED
    ground: str = ""
    twins: list[Entry] = field(default_factory=list)  # the same content once more

    @property
    def form(self) -> FormRows:
        return self.case.forms[self.position]

    @property
    def name(self) -> str:
        """The file, and the sheet where the file has several forms."""
        several = len(self.case.forms) > 1
        return f"“{self.case.name}”的工作表“{self.form.sheet}”" if several else f"“{self.case.name}”"


def chosen(adopted: str) -> bool:
    """What people wrote under 取用 means this version; where they don't agree it does not."""
    said = [squeeze(line) for line in adopted.splitlines() if squeeze(line)]
    return bool(said) and _REFUSALS.isdisjoint(said)


def settle_versions(cases: Sequence[Case], choices: Set[str]) -> list[list[Entry]]:
    """Decide each contest; the forms that do not count are told to their cases.

    Args:
        choices: digests of the versions that people chose.

    Returns:
        the contests between different contents, each its versions from the oldest to the newest.
    """
    settled = []
    for contest in _contests(cases):
        versions = _without_twins(contest)
        if len(versions) > 1:
            _decide(versions, choices)
            settled.append(sorted(versions, key=_age))
        else:
            versions[0].standing = Standing.COUNTED
        _tell(versions)
    return settled


def version_rows(contests: Iterable[Sequence[Entry]]) -> Iterator[VersionRow]:
    """The rows of 版本清单, 取用 still blank."""
    for versions in contests:
        before: Entry | None = None
        for number, entry in enumerate(versions, 1):
            form, project = entry.form, entry.form.project
            yield VersionRow(
                unit_code=project.unit_code,
                unit_name=project.unit_name,
                project_code=project.project_code,
                project=project.project,
                year=project.year,
                version=number,
                adopted="",
                standing=entry.standing,
                ground=entry.ground,
                hint=_hint(entry) if entry.standing is Standing.PENDING else "",
                submission=project.submission,
                total=project.total,
                errors=project.errors,
                changes=_changes(before, entry),
                file=entry.case.name,
                sheet=form.sheet,
                digest=form.digest,
            )
            before = entry


def _contests(cases: Sequence[Case]) -> list[list[Entry]]:
    """Forms of one project and year, wherever there are several."""
    entries = [
        Entry(case, position)
        for case in cases
        for position, form in enumerate(case.forms)
        if form.identity is not None and position not in case.dropped
    ]
    codes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        if code := squeeze(entry.form.project.project_code):
            codes[_by_name(entry)].add(code)
    # A returned workbook whose unit code or project name was corrected is still about the same projects.
    originals = {
        (entry.case.fingerprint, entry.form.sheet): entry for entry in entries if entry.form.sheet and not entry.case.reworked
    }
    by_project: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        known = originals.get((entry.case.mark, entry.form.sheet), entry) if entry.case.reworked else entry
        by_project[_key(known, codes[_by_name(known)])].append(entry)
    return [contest for same in by_project.values() if len(same) > 1 for contest in _by_year(same) if len(contest) > 1]


def _key(entry: Entry, known: Set[str]) -> tuple[str, str]:
    """The project's identity; ``known`` are the codes of projects of that name."""
    # A form from the blank template has no code; its name tells which handed-out form it stands for.
    code = next(iter(known)) if len(known) == 1 else ""
    project = entry.form.project
    return project_identity(project.unit_code, project.project, project.project_code or code)


def _by_name(entry: Entry) -> tuple[str, str]:
    return project_identity(entry.form.project.unit_code, entry.form.project.project)


def _by_year(entries: list[Entry]) -> list[list[Entry]]:
    """Forms of one project, apart by year where several years are known: last year's form is no version of this."""
    by_year: defaultdict[int | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_year[entry.form.year].append(entry)
    return list(by_year.values()) if len(by_year.keys() - {None}) > 1 else [entries]


def _without_twins(contest: list[Entry]) -> list[Entry]:
    """One entry for each content: an original rather than a marked copy, else the first."""
    first: dict[str, Entry] = {}
    for entry in sorted(contest, key=lambda one: one.case.marked_copy):
        kept = first.setdefault(entry.form.digest, entry)
        if kept is not entry:
            kept.twins.append(entry)
    return list(first.values())


def _decide(versions: list[Entry], choices: Set[str]) -> None:
    picked = [entry for entry in versions if entry.form.digest in choices]
    if len(picked) == 1:
        _count(picked[0], versions, "取用：人工选定")
        return
    top = max(entry.form.submission for entry in versions)
    newest = [entry for entry in versions if entry.form.submission == top]
    left = newest if len(newest) == 1 else _not_reworked_since(newest)
    several = "取用选了几个版本，" if picked else ""
    if len(left) == 1 and not picked:
        _count(left[0], versions, f"报送次数最大（{top}）" if len(newest) == 1 else "退回后修改过的")
        return
    for entry in versions:
        if entry in left or entry in picked:
            entry.standing = Standing.PENDING
            entry.ground = f"{several or f'报送次数同为 {top}，'}内容不同；请在要用的一版“取用”栏填“是”"
        else:
            entry.ground = f"报送次数 {entry.form.submission}，另有 {top}"


def _count(winner: Entry, versions: Iterable[Entry], ground: str) -> None:
    winner.standing, winner.ground = Standing.COUNTED, ground
    for entry in versions:
        if entry is not winner:
            entry.ground = f"以{winner.name}为准：{ground}"


def _not_reworked_since(entries: list[Entry]) -> list[Entry]:
    """Without those that a returned and corrected copy among the others was made from."""
    parents = {entry.case.mark for entry in entries if entry.case.reworked}
    return [entry for entry in entries if entry.case.reworked or entry.case.fingerprint not in parents]


def _age(entry: Entry) -> tuple[int, bool]:
    return entry.form.submission, entry.case.reworked


def _tell(versions: list[Entry]) -> None:
    """Tell each case which of its forms do not count, and why."""
    counted = next((entry for entry in versions if entry.standing is Standing.COUNTED), None)
    for entry in versions:
        for twin in entry.twins:
            _drop(twin, f"与{entry.name}的填报内容相同，以{entry.name}为准")
            entry.case.reasons.append(f"{twin.name}的填报内容与本文件相同")
        if entry.standing is Standing.PENDING:
            others = _list([other.name for other in versions if other is not entry])
            entry.case.hold(entry.position, f"{_which(entry)}与{others}是同一项目，{entry.ground}")
        elif entry.standing is Standing.SUPERSEDED:
            _drop(entry, f"与{(counted or versions[0]).name}是同一项目，{entry.ground}")
    if counted is not None and len(versions) > 1:
        others = _list([entry.name for entry in versions if entry is not counted])
        counted.case.reasons.append(f"{_which(counted)}与{others}是同一项目，以本表为准（{counted.ground}）")


def _drop(entry: Entry, reason: str) -> None:
    which = _which(entry)
    entry.case.drop(entry.position, f"{which}未计入：{reason}" if which else reason)


def _which(entry: Entry) -> str:
    return f"工作表“{entry.form.sheet}”" if len(entry.case.forms) > 1 else ""


def _hint(entry: Entry) -> str:
    words = _LAST_WORDS.findall(entry.case.name)
    parts = [f"文件名有“{'”“'.join(words)}”"] if words else []
    if entry.case.saved:
        parts.append(f"最后保存于 {entry.case.saved}")
    return "；".join(parts)


def _changes(before: Entry | None, entry: Entry) -> str:
    if before is None:
        return ""
    old, new = before.form, entry.form
    changes = compare_forms(old.project, old.indicators, new.project, new.indicators)
    return "\n".join(change.text for change in changes) or "只有报送次数、说明等不同"


def _list(names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMED])
    return f"{shown}等 {len(names)} 个" if len(names) > _NAMED else shown
