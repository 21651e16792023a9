"""Who has sent in what was due (报送情况), what is still to come (未报清单), and what waits for a choice (待定).

Due is what the lists of finance say; sent is what counts in the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from perfxl.ledger.model import MissingRow, ProjectRow, SourceRow, Standing, UnitRow, VersionRow
from perfxl.ledger.settling.units import Units
from perfxl.rules import Approvals, Roster
from perfxl.text import squeeze


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
    projects: Iterable[ProjectRow],
    versions: Sequence[VersionRow],
    roster: Roster | None,
    approvals: Approvals | None,
    sources: Iterable[SourceRow] = (),
) -> tuple[tuple[UnitRow, ...], tuple[MissingRow, ...]]:
    """Hold what came against what was due; both empty without any list.

    A unit's 应报 is what the roster says, or the number of its approved projects where that is more; where no list says
    a number, as many as came, at least one.  An approved project is missing when no form matches it; one with a similar
    name is not missing: rule A06 asks whether it is the same.  A unit that owes more projects than are known by name
    has one row for all of them.  So for each unit on a list, 应报 = 未报 + those sent and pending that were due; what
    came beyond is told in 说明.

    A unit's state is the first of these that holds: 名单外 (on no list), 未报 (nothing came), 部分未报, 待定 (no
    version of some project counts), 有错误, 已报齐.  Of ``sources`` those that could not be counted are named beside
    what their unit lacks.

    Returns:
        units and missing projects, by department and unit in the order of the lists; those on no list come last.
    """
    if roster is None and approvals is None:
        return (), ()
    units = Units()
    for entry in roster.entries if roster is not None else ():
        units.enter(entry)
    for approval in approvals.projects.values() if approvals is not None else ():
        units.of_approval(approval).approved.append(approval)
    # A control figure says that the unit owes something, not how many projects.
    for control in approvals.controls.values() if approvals is not None else ():
        units.of_approval(control).controls.append(control)
    for project in projects:
        units.of_form(project, approvals).sent.add(project)
    for contest in pending_projects(versions):
        units.of_form(contest[0], approvals).pending.append(contest[0])
    for source in sources:
        units.receive(source)
    ordered = units.ordered()
    missing = [(unit, tuple(units.missing(unit))) for unit in ordered]
    return tuple(unit.row(rows) for unit, rows in missing), tuple(row for _, rows in missing for row in rows)
