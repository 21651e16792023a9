"""Who has sent in what was due (报送情况), what is still to come (未报清单), and what waits for a choice (待定).

Due is what the lists of finance say; sent is what counts in the ledger.  Units are found by 单位编码, and by name where
the list or the form leaves the code blank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from perfxl.ledger.model import Condition, MissingRow, ProjectRow, Standing, UnitRow, VersionRow
from perfxl.rules import Approval, Approvals, Roster, RosterEntry
from perfxl.text import squeeze

_WAN_YUAN = Decimal(10_000)


class State(StrEnum):
    """How far a unit has got, in the words of 报送情况."""

    COMPLETE = "已报齐"
    PARTLY = "部分未报"
    NONE = "未报"
    WRONG = "有错误"
    PENDING = "待定"
    UNLISTED = "名单外"


@dataclass(frozen=True, slots=True)
class PendingSum:
    """What 待定 amounts to, in 万元: between the lowest and the highest versions of the projects together.

    ``unknown`` counts the projects of which some version has no 预算数 that could be added.
    """

    projects: int
    least: Decimal
    most: Decimal
    unknown: int

    @classmethod
    def of(cls, versions: Iterable[VersionRow]) -> PendingSum:
        """Add up the projects of which no version counts."""
        contests = pending_projects(versions)
        amounts = [[row.total for row in contest if row.total is not None] for contest in contests]
        return cls(
            projects=len(contests),
            least=sum((min(known) for known in amounts if known), Decimal(0)),
            most=sum((max(known) for known in amounts if known), Decimal(0)),
            unknown=sum(len(known) < len(contest) for known, contest in zip(amounts, contests, strict=True)),
        )

    def told(self) -> str:
        """In a few words, without a full stop."""
        least, most = f"{self.least:,.2f}", f"{self.most:,.2f}"
        amount = least if least == most else f"{least}–{most}"
        unknown = f"，其中 {self.unknown} 个预算数不明" if self.unknown else ""
        return f"待定 {self.projects:,} 个项目（金额 {amount} 万元，不在合计内{unknown}）"


def pending_projects(versions: Iterable[VersionRow]) -> list[list[VersionRow]]:
    """The 待定 versions, project by project.

    A form without 项目编码 goes with the one of the same name and unit that has it.
    """
    waiting = [row for row in versions if row.standing is Standing.PENDING]
    codes = {
        (squeeze(row.unit_code), squeeze(row.project)): squeeze(row.project_code) for row in waiting if row.project_code
    }
    projects: defaultdict[tuple[str, str, int | None], list[VersionRow]] = defaultdict(list)
    years = _years(waiting, codes)
    for row in waiting:
        identity = _identity(row, codes)
        projects[*identity, row.year if len(years[identity] - {None}) > 1 else None].append(row)
    return list(projects.values())


def _identity(row: VersionRow, codes: dict[tuple[str, str], str]) -> tuple[str, str]:
    unit, name = squeeze(row.unit_code), squeeze(row.project)
    return unit, squeeze(row.project_code) or codes.get((unit, name), name)


def _years(rows: Iterable[VersionRow], codes: dict[tuple[str, str], str]) -> dict[tuple[str, str], set[int | None]]:
    """Years of each project: forms of several years are projects of their own."""
    years: defaultdict[tuple[str, str], set[int | None]] = defaultdict(set)
    for row in rows:
        years[_identity(row, codes)].add(row.year)
    return years


def progress_rows(
    projects: Sequence[ProjectRow],
    versions: Sequence[VersionRow],
    roster: Roster | None,
    approvals: Approvals | None,
) -> tuple[tuple[UnitRow, ...], tuple[MissingRow, ...]]:
    """Hold what came against what was due; both empty without any list.

    A unit's 应报 is what the roster says, else the number of its approved projects, else unknown.  An approved project
    is missing when no form matches it; one with a similar name is not missing: rule A06 asks whether it is the same.
    A unit that owes more projects than are known by name has one row for all of them, and so has a unit that sent
    nothing and of which no number is known; there 未报 is 1, the least it can be.

    A unit's state is the first of these that holds: 名单外 (on no list), 未报 (nothing came), 部分未报, 待定 (no
    version of some project counts), 有错误, 已报齐.

    Returns:
        units and missing projects, by department and unit in the order of the lists; those on no list come last.
    """
    if roster is None and approvals is None:
        return (), ()
    units = _Units()
    for entry in roster.entries if roster is not None else ():
        units.enter(entry)
    for approval in _listed(approvals):
        units.of_approval(approval).approved.append(approval)
    # A control figure says that the unit owes something, not how many projects.
    for control in approvals.controls.values() if approvals is not None else ():
        units.of_approval(control)
    for project in projects:
        units.of_form(project, approvals).sent.append(project)
    for contest in pending_projects(versions):
        units.of_form(contest[0], approvals).pending.append(contest[0])
    ordered = units.ordered()
    missing = {id(unit): tuple(units.missing(unit)) for unit in ordered}
    rows = tuple(unit.row(missing[id(unit)]) for unit in ordered)
    return rows, tuple(one.row for unit in ordered for one in missing[id(unit)])


def _listed(approvals: Approvals | None) -> Iterable[Approval]:
    return approvals.projects.values() if approvals is not None else ()


@dataclass(frozen=True, slots=True)
class _Missing:
    """A row of 未报清单, and how many projects it stands for."""

    row: MissingRow
    projects: int = 1


@dataclass(slots=True)
class _Unit:
    """A unit while it is being put together."""

    entry: RosterEntry
    listed: bool
    approved: list[Approval] = field(default_factory=list)
    sent: list[ProjectRow] = field(default_factory=list)
    pending: list[VersionRow] = field(default_factory=list)

    @property
    def due(self) -> int | None:
        if self.entry.expected is not None:
            return self.entry.expected
        return len(self.approved) or None

    @property
    def came(self) -> int:
        return len(self.sent) + len(self.pending)

    @property
    def department(self) -> str:
        said = (
            self.entry.department,
            *(row.department for row in self.approved),
            *(row.department for row in self.sent),
        )
        return next((name for name in said if name), "")

    @property
    def caller(self) -> tuple[str, str]:
        """联系人 and 电话: of the roster, else of the first form that has them."""
        if self.entry.contact or self.entry.phone:
            return self.entry.contact, self.entry.phone
        return next(((row.contact, row.phone) for row in self.sent if row.contact or row.phone), ("", ""))

    def lacks(self, approval: Approval | None, remark: str) -> MissingRow:
        """A row for that project, or for the unit where it is None."""
        contact, phone = self.caller
        return MissingRow(
            department=self.department,
            unit_code=self.entry.code,
            unit_name=self.entry.name,
            project_code=approval.project_code if approval else "",
            project=approval.project if approval else "",
            approved=approval.amount_yuan / _WAN_YUAN if approval else None,
            office=self.entry.office,
            contact=contact,
            phone=phone,
            remark=remark,
        )

    def row(self, missing: Sequence[_Missing]) -> UnitRow:
        """What 报送情况 says of it."""
        contact, phone = self.caller
        absent = sum(one.projects for one in missing)
        wrong = sum(row.condition is Condition.WRONG for row in self.sent)
        return UnitRow(
            department=self.department,
            unit_code=self.entry.code,
            unit_name=self.entry.name,
            due=self.due,
            sent=len(self.sent),
            missing=absent,
            pending=len(self.pending),
            wrong=wrong,
            state=self._state(absent, wrong),
            office=self.entry.office,
            contact=contact,
            phone=phone,
        )

    def _state(self, missing: int, wrong: int) -> str:
        holds = (
            (not self.listed, State.UNLISTED),
            (missing > 0 and not self.came, State.NONE),
            (missing > 0, State.PARTLY),
            (bool(self.pending), State.PENDING),
            (wrong > 0, State.WRONG),
        )
        return next((state for applies, state in holds if applies), State.COMPLETE)


class _Units:
    """All units, in the order in which lists and forms name them."""

    def __init__(self) -> None:
        self._units: list[_Unit] = []
        self._by_code: dict[str, _Unit] = {}
        self._by_name: dict[str, _Unit] = {}
        self._strangers: defaultdict[str, list[_Unit]] = defaultdict(list)
        self._met: set[tuple[str, str]] = set()

    def enter(self, entry: RosterEntry, *, listed: bool = True) -> _Unit:
        """That unit; a new one unless it is known."""
        known = self._find(entry.code, entry.name)
        if known is not None:
            return known
        unit = _Unit(entry, listed)
        self._units.append(unit)
        code, name = squeeze(entry.code), squeeze(entry.name)
        if code:
            self._by_code[code] = unit
        if name:
            self._by_name.setdefault(name, unit)
        if not listed:
            self._strangers[name].append(unit)
        return unit

    def _find(self, code: str, name: str) -> _Unit | None:
        """By code; by name where there is no code on one side."""
        known = self._by_code.get(squeeze(code))
        if known is not None:
            return known
        namesake = self._by_name.get(squeeze(name))
        return namesake if namesake is not None and not (squeeze(code) and squeeze(namesake.entry.code)) else None

    def of_approval(self, approval: Approval) -> _Unit:
        return self.enter(RosterEntry(approval.code, approval.unit, approval.department))

    def of_form(self, row: ProjectRow | VersionRow, approvals: Approvals | None) -> _Unit:
        """The unit that a form is for: that of the approved project which it meets, else the one that it names."""
        if approvals is not None:
            match = approvals.match(row.unit_code, row.project, row.project_code, unit=row.unit_name)
            met = match.approval or match.near
            if met is not None and met.key not in self._met:
                self._met.add(met.key)
                return self.of_approval(met)
        return self.enter(RosterEntry(row.unit_code, row.unit_name), listed=False)

    def missing(self, unit: _Unit) -> Iterator[_Missing]:
        """What the unit owes: approved projects that no form meets, then those that nobody has named."""
        absent = [approval for approval in unit.approved if approval.key not in self._met]
        hint = self._hint(unit)
        came = f"已报 {unit.came} 个项目，缺这一个" if unit.came and len(absent) == 1 else f"已报 {unit.came} 个项目"
        for approval in absent:
            yield _Missing(unit.lacks(approval, hint or (came if unit.came else "一个项目也没有报来")))
        owed = (unit.due or 0) - unit.came - len(absent)
        if owed > 0:
            word = "还差" if unit.came or absent else "一个也没有报来，差"
            yield _Missing(unit.lacks(None, f"{word} {owed} 个项目{f'；{hint}' if hint else ''}"), owed)
        elif unit.listed and unit.due is None and not unit.came:
            yield _Missing(unit.lacks(None, hint or "一个项目也没有报来，应报几个名单上没有写"))

    def _hint(self, unit: _Unit) -> str:
        """Forms of the same unit name with a code that is on no list."""
        others = [other for other in self._strangers.get(squeeze(unit.entry.name), ()) if other is not unit]
        if not unit.listed or not others:
            return ""
        return f"同名单位以编码 {others[0].entry.code} 报来 {sum(one.came for one in others)} 个项目，请核对编码"

    def ordered(self) -> list[_Unit]:
        """By department and unit as first named; units on no list after all others, none without department first."""
        named = [unit.department for unit in sorted(self._units, key=lambda unit: not unit.listed)]
        place = {name: number for number, name in reversed(list(enumerate(named))) if name}
        return sorted(self._units, key=lambda unit: (not unit.listed, place.get(unit.department, len(named))))
