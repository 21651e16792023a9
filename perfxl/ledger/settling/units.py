"""The units that send in forms: told from one another, held against the lists, and given the projects that are theirs.

Units are found by 单位编码, and by name where the list or the form leaves the code blank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from perfxl.ledger.model import WAN_YUAN, Condition, MissingRow, ProjectRow, SourceRow, Status, UnitRow, VersionRow
from perfxl.rules import Approval, Approvals, RosterEntry
from perfxl.text import squeeze

_NAMED = 2  # files that a remark names
_WHOLE_NAME = 2  # characters from which a unit's name within a path is no chance
_REFUSED = {Status.REJECTED, Status.UNREADABLE, Status.SKIPPED}


class State(StrEnum):
    """How far a unit has got, in the words of 报送情况."""

    COMPLETE = "已报齐"
    PARTLY = "部分未报"
    NONE = "未报"
    WRONG = "有错误"
    PENDING = "待定"
    UNLISTED = "名单外"


@dataclass(slots=True)
class Sent:
    """The projects of a unit that count, added up; amounts in 万元.

    Attributes:
        wrong: how many have errors.
        priced: of how many 预算数 is known.
        compared: some of them is approved.
        code, caller: 单位编码, and 联系人 with 电话, of the first that has them.
        departments, names: how often each 主管部门 and 单位名称 is given.
        spellings: the pairs of 单位编码 and 单位名称 as given.
    """

    count: int = 0
    wrong: int = 0
    priced: int = 0
    total: Decimal = Decimal(0)
    fiscal: Decimal = Decimal(0)
    other: Decimal = Decimal(0)
    approved: Decimal = Decimal(0)
    compared: bool = False
    code: str = ""
    caller: tuple[str, str] = ("", "")
    departments: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    spellings: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, row: ProjectRow) -> None:
        """One project more."""
        self.count += 1
        self.wrong += row.condition is Condition.WRONG
        self.priced += row.total is not None
        self.total += row.total or 0
        self.fiscal += row.fiscal or 0
        self.other += row.other or 0
        self.approved += row.approved or 0
        self.compared |= row.approved is not None
        self.code = self.code or row.unit_code
        self.caller = self.caller if any(self.caller) else (row.contact, row.phone)
        self.departments[row.department] = self.departments.get(row.department, 0) + 1
        self.names[row.unit_name] = self.names.get(row.unit_name, 0) + 1
        self.spellings[row.unit_code, row.unit_name] = None


@dataclass(frozen=True, slots=True)
class UnitProjects:
    """A unit with its projects that count; ``approved`` as in :class:`UnitRow`."""

    department: str
    code: str
    name: str
    approved: Decimal | None
    sent: Sent


@dataclass(slots=True)
class Unit:
    """A unit while it is being put together."""

    entry: RosterEntry
    listed: bool
    approved: list[Approval] = field(default_factory=list)
    controls: list[Approval] = field(default_factory=list)
    sent: Sent = field(default_factory=Sent)
    pending: list[VersionRow] = field(default_factory=list)
    refused: list[SourceRow] = field(default_factory=list)

    @property
    def due(self) -> int | None:
        if not self.listed:
            return None
        return max(self.came, 1) if self.unknown else max(self.entry.expected or 0, len(self.approved))

    @property
    def unknown(self) -> bool:
        """On the lists, but on none with the number of its projects."""
        return self.listed and self.entry.expected is None and not self.approved

    @property
    def came(self) -> int:
        return self.sent.count + len(self.pending)

    @property
    def conflict(self) -> str:
        """That the roster names fewer projects than are approved."""
        named, approved = self.entry.expected, len(self.approved)
        if named is None or named >= approved:
            return ""
        return f"名册写应报 {named} 项，批复清单有 {approved} 项，按 {approved} 项计，请核对名册"

    @property
    def department(self) -> str:
        said = (
            self.entry.department,
            *(row.department for row in (*self.approved, *self.controls)),
            *self.sent.departments,
        )
        return next((name for name in said if name), "")

    @property
    def caller(self) -> tuple[str, str]:
        """联系人 and 电话: of the roster, else of the first form that has them."""
        if self.entry.contact or self.entry.phone:
            return self.entry.contact, self.entry.phone
        return self.sent.caller

    @property
    def received(self) -> str:
        """Which of its files could not be counted, and why."""
        told = [f"收到 {row.file}，未能计入：{row.reason.rstrip('。') or row.status}" for row in self.refused[:_NAMED]]
        more = f"另有 {len(self.refused) - _NAMED} 个文件未能计入，见“来源清单”" if len(self.refused) > _NAMED else ""
        return _joined(*told, more)

    def lacks(self, approval: Approval | None, remark: str, projects: int = 1) -> MissingRow:
        """A row for that project, or for so many of the unit where it is None."""
        contact, phone = self.caller
        return MissingRow(
            department=self.department,
            unit_code=self.entry.code,
            unit_name=self.entry.name,
            project_code=approval.project_code if approval else "",
            project=approval.project if approval else "",
            approved=_wan_yuan([approval] if approval else []),
            office=self.entry.office,
            contact=contact,
            phone=phone,
            remark=_joined(remark, self.received, self.conflict),
            projects=projects,
        )

    def row(self, missing: Sequence[MissingRow]) -> UnitRow:
        """What 报送情况 says of it."""
        contact, phone = self.caller
        absent = sum(one.projects for one in missing)
        wrong = self.sent.wrong
        return UnitRow(
            department=self.department,
            unit_code=self.entry.code,
            unit_name=self.entry.name,
            due=self.due,
            sent=self.sent.count,
            missing=absent,
            pending=len(self.pending),
            wrong=wrong,
            state=self._state(absent, wrong),
            office=self.entry.office,
            contact=contact,
            phone=phone,
            approved=_wan_yuan(self.approved or self.controls),
            remark=self._remark(absent),
        )

    def _remark(self, missing: int) -> str:
        if self.due is None:
            return ""
        beyond = self.came + missing - self.due
        return _joined(
            "名单上没有写应报几项，按报来的计" if self.unknown and self.came else "",
            self.conflict,
            f"已报和待定的比应报多 {beyond} 项，请核对是否应由它报" if beyond and not missing else "",
            f"报来的有 {beyond} 项不在批复清单上，请核对" if beyond and missing else "",
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


def _wan_yuan(approvals: Iterable[Approval]) -> Decimal | None:
    """Their amounts together; None where none is known."""
    amounts = [approval.amount_yuan for approval in approvals if approval.amount_yuan is not None]
    return sum(amounts, Decimal(0)) / WAN_YUAN if amounts else None


def _key(text: str) -> str:
    """For comparing, as SUMIFS in 汇总 does: without regard to capitals."""
    return squeeze(text).casefold()


def _goes_on(rest: str) -> bool:
    """Whether what stands behind a code belongs to a longer one."""
    return rest[:1].isascii() and rest[:1].isalnum()


def _joined(*remarks: str) -> str:
    return "；".join(filter(None, remarks))


class Units:
    """All units, in the order in which lists and forms name them."""

    def __init__(self) -> None:
        self.all: list[Unit] = []
        self._by_code: dict[str, Unit] = {}
        self._by_name: dict[str, Unit] = {}
        self._strangers: defaultdict[str, list[Unit]] = defaultdict(list)
        self._met: set[tuple[str, str]] = set()

    def enter(self, entry: RosterEntry, *, listed: bool = True) -> Unit:
        """That unit; a new one unless it is known."""
        code, name = _key(entry.code), _key(entry.name)
        known = self._find(code, name)
        if known is not None:
            if code:  # of a unit known by its name so far
                self._by_code.setdefault(code, known)
            return known
        unit = Unit(entry, listed)
        self.all.append(unit)
        if code:
            self._by_code[code] = unit
        if name or not code:
            self._by_name.setdefault(name, unit)
        if not listed:
            self._strangers[name].append(unit)
        return unit

    def _find(self, code: str, name: str) -> Unit | None:
        """By code; by name where there is no code on one side; what has neither is one unit."""
        known = self._by_code.get(code)
        if known is not None or (code and not name):
            return known
        namesake = self._by_name.get(name)
        return namesake if namesake is not None and not (code and _key(namesake.entry.code)) else None

    def of_approval(self, approval: Approval) -> Unit:
        return self.enter(RosterEntry(approval.code, approval.unit, approval.department))

    def of_form(self, row: ProjectRow | VersionRow, approvals: Approvals | None) -> Unit:
        """The unit that a form is for: that of the approved project which it meets, else the one that it names."""
        if approvals is not None:
            match = approvals.match(row.unit_code, row.project, row.project_code, unit=row.unit_name)
            met = match.approval or match.near
            if met is not None and met.key not in self._met:
                self._met.add(met.key)
                return self.of_approval(met)
        return self.of_project(row)

    def of_project(self, row: ProjectRow | VersionRow) -> Unit:
        """The unit that a form names."""
        return self.enter(RosterEntry(row.unit_code, row.unit_name), listed=False)

    def receive(self, source: SourceRow) -> None:
        """Keep a file that could not be counted with its unit: by the code before its name, or the name in its path."""
        path = _key(source.file.replace("\\", "/"))
        base = path.rpartition("/")[2]
        if source.status not in _REFUSED or base.startswith(("~$", ".")):
            return
        codes = [code for code in self._by_code if base.startswith(code) and not _goes_on(base[len(code) :])]
        names = [name for name in self._by_name if len(name) >= _WHOLE_NAME and name in path]
        if codes or names:
            unit = self._by_code[max(codes, key=len)] if codes else self._by_name[max(names, key=len)]
            unit.refused.append(source)

    def missing(self, unit: Unit) -> Iterator[MissingRow]:
        """What the unit owes: approved projects that no form meets, then those that nobody has named."""
        absent = [approval for approval in unit.approved if approval.key not in self._met]
        hint = self._hint(unit)
        came = f"已报 {unit.came} 个项目，缺这一个" if unit.came and len(absent) == 1 else f"已报 {unit.came} 个项目"
        nothing = "" if unit.refused else "一个项目也没有报来"
        for approval in absent:
            yield unit.lacks(approval, hint or (came if unit.came else nothing))
        owed = (unit.due or 0) - unit.came - len(absent)
        if owed > 0 and unit.unknown:
            yield unit.lacks(None, _joined(hint or nothing, "应报几项名单上没有写"), owed)
        elif owed > 0:
            word = "还差" if unit.came or absent or unit.refused else "一个也没有报来，差"
            yield unit.lacks(None, _joined(f"{word} {owed} 个项目", hint), owed)

    def _hint(self, unit: Unit) -> str:
        """Forms of the same unit name with a code that is on no list."""
        others = [other for other in self._strangers.get(_key(unit.entry.name), ()) if other is not unit]
        if not unit.listed or not others:
            return ""
        return f"同名单位以编码 {others[0].entry.code} 报来 {sum(one.came for one in others)} 个项目，请核对编码"

    def ordered(self) -> list[Unit]:
        """By department and unit as first named; units on no list after all others, none without department first."""
        named = [unit.department for unit in sorted(self.all, key=lambda unit: not unit.listed)]
        place = {name: number for number, name in reversed(list(enumerate(named))) if name}
        return sorted(self.all, key=lambda unit: (not unit.listed, place.get(unit.department, len(named))))


def by_unit(projects: Iterable[ProjectRow], rows: Sequence[UnitRow]) -> list[UnitProjects]:
    """All units, those of 报送情况 and those of the forms, each once: a form without 单位编码 goes by the unit's name.

    Name and department are those of the lists, else the commonest on the unit's forms.
    """
    units = Units()
    approved: dict[int, Decimal] = {}
    for row in rows:
        listed = row.state != State.UNLISTED
        entry = RosterEntry(row.unit_code, row.unit_name, row.department if listed else "")
        unit = units.enter(entry, listed=listed)
        if row.approved is not None:
            approved[id(unit)] = approved.get(id(unit), Decimal(0)) + row.approved
    uncoded = []
    for project in projects:
        if squeeze(project.unit_code):
            units.of_project(project).sent.add(project)
        else:
            uncoded.append(project)
    for project in uncoded:  # once all units with a code are known by their names
        units.of_project(project).sent.add(project)
    return [
        UnitProjects(
            department=unit.entry.department or _commonest(unit.sent.departments),
            code=unit.entry.code or unit.sent.code,
            name=(unit.entry.name if unit.listed else "") or _commonest(unit.sent.names),
            approved=approved.get(id(unit)),
            sent=unit.sent,
        )
        for unit in units.all
        if unit.listed or unit.sent.count
    ]


def _commonest(counts: Mapping[str, int]) -> str:
    return max(filter(None, counts), key=counts.__getitem__, default="")
