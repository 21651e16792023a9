"""Lists that finance has beside the forms: the roster of units (单位名册) and the approved budgets (批复清单).

Plain data, indexed once for any number of forms.  Texts are compared without white space and full-width forms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from perfxl.text import squeeze


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A unit: 单位编码, 单位名称 and 主管部门."""

    code: str
    name: str
    department: str = ""


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
    """An approved budget in 元; without ``project`` it is the control figure (控制数) of the unit's projects together."""

    code: str
    project: str
    amount_yuan: Decimal

    @property
    def key(self) -> tuple[str, str]:
        """What a form is paired with it by."""
        return squeeze(self.code), squeeze(self.project)


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
        """By (单位编码, 项目名称), both squeezed."""
        return _added(entry for entry in self.entries if squeeze(entry.project))

    @cached_property
    def controls(self) -> dict[str, Approval]:
        """Control figures by 单位编码."""
        return {code: entry for (code, _), entry in _added(e for e in self.entries if not squeeze(e.project)).items()}

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Projects as listed, by 单位编码."""
        found: dict[str, list[str]] = {}
        for (code, _), entry in self.projects.items():
            found.setdefault(code, []).append(entry.project)
        return found


def _added(entries: Iterable[Approval]) -> dict[tuple[str, str], Approval]:
    found: dict[tuple[str, str], Approval] = {}
    for entry in entries:
        known = found.get(entry.key)
        amount = entry.amount_yuan + (known.amount_yuan if known else 0)
        found[entry.key] = Approval(entry.code, entry.project, amount)
    return found
