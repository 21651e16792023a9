"""Lists that finance has beside the forms: the roster of units (单位名册) and the approved budgets (批复清单).

Plain data, indexed once for any number of forms.  Texts are compared without white space and full-width forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property

from perfxl.text import squeeze

# Names of one unit have much in common anyway (社保中心宣传费, 社保中心培训费: 0.71).
_SIMILAR = 0.75
# With more to go by than names: the amount is the same, or the unit has no other project that it could be.
_SIMILAR_OF_AMOUNT = 0.6
_SIMILAR_ALONE = 0.5
_SAME_YUAN = 50  # forms give 万元 with two decimals
_WHOLE_NAME = 4  # characters from which a name within another is no chance
_COMPARED = 200  # characters of a name
# 一期 and 二期, 2023年 and 2024年 are as similar as can be, and never the same.
_NUMBERS = re.compile(
    r"\d+|[一二三四五六七八九十]+(?=[期批次标段号季])|(?<=[第(])[一二三四五六七八九十]+|(?<![A-Z])[IVX]+(?![A-Z])"
)


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A unit that has to send forms.

    Attributes:
        code, name: 单位编码 and 单位名称.
        department: 主管部门.
        office: 业务科室 of finance that looks after it.
        contact, phone: 联系人 and 电话.
        expected: 应报项目数; None where the roster doesn't say.
    """

    code: str
    name: str
    department: str = ""
    office: str = ""
    contact: str = ""
    phone: str = ""
    expected: int | None = None


@dataclass(frozen=True)
class Roster:
    """All units that have to send forms."""

    entries: tuple[RosterEntry, ...]

    @classmethod
    def of(cls, entries: Iterable[RosterEntry] | Roster) -> Roster:
        """The roster of these units; a roster is handed back as it is, so that it is indexed only once."""
        return entries if isinstance(entries, Roster) else cls(tuple(entries))

    @cached_property
    def by_code(self) -> dict[str, RosterEntry]:
        return {squeeze(entry.code): entry for entry in self.entries}

    @cached_property
    def by_name(self) -> dict[str, RosterEntry]:
        return {squeeze(entry.name): entry for entry in self.entries}


@dataclass(frozen=True, slots=True)
class Approval:
    """An approved budget; without ``project`` it is the control figure (控制数) of the unit's projects together.

    Attributes:
        code: 单位编码; where a list has none, units go by ``unit``.
        project, project_code: 项目名称 and 项目编码.
        amount_yuan: in 元; None where the list names the project and no amount: it is due and compared with nothing.
        unit, department: 单位名称 and 主管部门.
    """

    code: str
    project: str
    amount_yuan: Decimal | None
    project_code: str = ""
    unit: str = ""
    department: str = ""

    @property
    def owner(self) -> str:
        """The unit, for comparing: its code, else its name."""
        return squeeze(self.code) or squeeze(self.unit)

    @property
    def key(self) -> tuple[str, str]:
        """The project among all: its unit, and its code or else its name."""
        return self.owner, squeeze(self.project_code) or squeeze(self.project)


@dataclass(frozen=True, slots=True)
class Match:
    """What a form is on the list: the approved project itself, or one that it may be and people must confirm."""

    approval: Approval | None = None
    near: Approval | None = None


@dataclass(frozen=True)
class Approvals:
    """All approved budgets; the parts of a project that is listed more than once are added up."""

    entries: tuple[Approval, ...]

    @classmethod
    def of(cls, entries: Iterable[Approval] | Approvals) -> Approvals:
        """The list of these; a list is handed back as it is, so that it is indexed only once."""
        return entries if isinstance(entries, Approvals) else cls(tuple(entries))

    @cached_property
    def projects(self) -> dict[tuple[str, str], Approval]:
        """By :attr:`Approval.key`, in the order of the list."""
        return _added(entry for entry in self.entries if squeeze(entry.project) or squeeze(entry.project_code))

    @cached_property
    def controls(self) -> dict[str, Approval]:
        """Control figures by :attr:`Approval.owner`."""
        totals = _added(e for e in self.entries if not squeeze(e.project) and not squeeze(e.project_code))
        return {owner: entry for (owner, _), entry in totals.items()}

    def owners(self, unit_code: str, unit: str) -> tuple[str, ...]:
        """What the list may call a form's unit (:attr:`Approval.owner`), the likeliest first.

        A form without code goes by its 单位名称, where that belongs to one code only.
        """
        code, name = squeeze(unit_code), squeeze(unit)
        by_name = "" if code else self._codes.get(name, "")
        return tuple(dict.fromkeys(filter(None, (code, name, by_name))))

    def match(
        self,
        unit_code: str,
        project: str,
        project_code: str = "",
        *,
        unit: str = "",
        amount_yuan: Decimal | None = None,
    ) -> Match:
        """The approved project with this code, whatever its name; else of this name; else a similar one.

        The code of a project is looked for in its unit first, then in all of the list if it is there only once: a form
        that was handed out keeps it, also where somebody writes another unit's code over its own.  Names are those of
        the unit.  The less alike two names are, the more else must agree for them to be near: the amount, or that the
        unit has this one project only.

        Args:
            unit_code, project, project_code: as on the form; white space and width don't count.
            unit: 单位名称 on the form, for lists and forms without codes of units.
            amount_yuan: 预算数 on the form in 元; None where it can't be read.
        """
        name, number = squeeze(project), squeeze(project_code)
        owners = [owner for owner in self.owners(unit_code, unit) if owner in self._named]
        own = [self.projects.get((owner, number)) for owner in owners] if number else []
        of_name = (self._named[owner].get(name) for owner in owners)
        approval = next(filter(None, (*own, self._coded.get(number), *of_name)), None)
        if approval is not None:
            return Match(approval)
        for owner in owners:
            near = _similar(name, number, amount_yuan, self._named[owner])
            if near is not None:
                return Match(near=near)
        return Match()

    @cached_property
    def _coded(self) -> dict[str, Approval | None]:
        """Projects by code; None for a code that several units use."""
        found: dict[str, Approval | None] = {}
        for entry in self.projects.values():
            if number := squeeze(entry.project_code):
                found[number] = None if number in found else entry
        return found

    @cached_property
    def _codes(self) -> dict[str, str]:
        """单位编码 by 单位名称; "" for a name that several codes have."""
        found: dict[str, str] = {}
        for entry in self.entries:
            code, name = squeeze(entry.code), squeeze(entry.unit)
            if code and name:
                found[name] = code if found.get(name, code) == code else ""
        return found

    @cached_property
    def _named(self) -> dict[str, dict[str, Approval]]:
        """Projects by unit and name; of several with one name the first."""
        found: dict[str, dict[str, Approval]] = {}
        for (owner, _), entry in self.projects.items():
            found.setdefault(owner, {}).setdefault(squeeze(entry.project), entry)
        return found


def _similar(name: str, number: str, amount: Decimal | None, named: dict[str, Approval]) -> Approval | None:
    candidates = {
        listed[:_COMPARED]: entry
        for listed, entry in named.items()
        if _may_be_same(name, listed) and not (number and squeeze(entry.project_code))
    }
    of_amount = {listed: entry for listed, entry in candidates.items() if _same_amount(amount, entry.amount_yuan)}
    alone = candidates if len(named) == 1 else {}
    for among, cutoff in ((candidates, _SIMILAR), (of_amount, _SIMILAR_OF_AMOUNT), (alone, _SIMILAR_ALONE)):
        close = get_close_matches(name[:_COMPARED], among, n=1, cutoff=cutoff) if among else []
        if close:
            return candidates[close[0]]
    # The unit's name or a category is often put before a project's.
    within = [listed for listed in candidates if min(len(listed), len(name)) >= _WHOLE_NAME]
    close = [listed for listed in within if listed in name or name in listed]
    return candidates[close[0]] if len(close) == 1 else None


def _same_amount(one: Decimal | None, other: Decimal | None) -> bool:
    """Both are known and one sum of money; nothing is no sum that could tell."""
    return one is not None and other is not None and one > 0 and abs(one - other) <= _SAME_YUAN


def _may_be_same(one: str, other: str) -> bool:
    numbers, others = _NUMBERS.findall(one), _NUMBERS.findall(other)
    return not numbers or not others or numbers == others


def _added(entries: Iterable[Approval]) -> dict[tuple[str, str], Approval]:
    """Entries by key, their amounts added up; of a project with a part without amount no amount is known."""
    found: dict[tuple[str, str], Approval] = {}
    for entry in entries:
        known = found.setdefault(entry.key, entry)
        if known is not entry:
            parts = known.amount_yuan, entry.amount_yuan
            total = None if parts[0] is None or parts[1] is None else parts[0] + parts[1]
            found[entry.key] = replace(known, amount_yuan=total)
    return found
