"""What the pages before the tables tell, added up while each table is gone through once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from perfxl.ledger.model import ProjectRow, Totals
from perfxl.ledger.settling.units import UnitProjects, by_unit
from perfxl.ledger.tables import ISSUES, PROGRESS, PROJECTS, SOURCES, Table
from perfxl.ledger.writing.rows import Outline, texts

_GRAVE = ("错误", "警告")


def totals_of(projects: Sequence[Any], issues: Sequence[Any]) -> Totals:
    """Add up; errors and warnings are all findings, those of sheets that could not be read included."""
    outline = Outline.of(PROJECTS, projects)
    total, fiscal, other, indicators = (_place(PROJECTS, name) for name in ("total", "fiscal", "other", "indicators"))
    severity = _place(ISSUES, "severity")
    severities = Counter(row[severity] for row in texts(ISSUES, issues))
    return Totals(
        projects=outline.count,
        indicators=int(outline.sums[indicators]),
        total=outline.sums[total],
        fiscal=outline.sums[fiscal],
        other=outline.sums[other],
        errors=severities["错误"],
        warnings=severities["警告"],
        without_budget=sum(not row[total] for row in texts(PROJECTS, projects)),
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that is broken: how often, and in how many forms."""

    rule: str
    count: int
    forms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A ledger added up.

    Attributes:
        conditions: how many projects are in which.
        statuses: how many inputs have which.
        problems: rules broken by errors and warnings, the commonest first.
        units: all of them; see :func:`perfxl.ledger.settling.units.by_unit`.
        budgets: what the budget is told by (主管部门, 单位, 项目), and its sums in 万元: the widest grouping that has at
            least two groups.
    """

    years: list[int]
    conditions: Counter[str]
    statuses: Counter[str]
    problems: list[Problem]
    units: list[UnitProjects]
    budgets: tuple[str, dict[str, Decimal]]

    @classmethod
    def of(cls, rows: Mapping[str, Sequence[Any]]) -> Figures:
        """Of tables, their rows by title; 报送情况 may be missing."""
        years: set[int] = set()
        conditions: Counter[str] = Counter()

        def noted(projects: Iterable[ProjectRow]) -> Iterable[ProjectRow]:
            for row in projects:
                conditions[row.condition] += 1
                if row.year is not None:
                    years.add(row.year)
                yield row

        units = by_unit(noted(rows[PROJECTS.title]), rows.get(PROGRESS.title, ()))
        status = _place(SOURCES, "status")
        return cls(
            years=sorted(years),
            conditions=conditions,
            statuses=Counter(row[status] for row in texts(SOURCES, rows[SOURCES.title])),
            problems=_problems(rows[ISSUES.title]),
            units=units,
            budgets=_budgets(units, rows[PROJECTS.title]),
        )


def _place(table: Table, name: str) -> int:
    return [column.name for column in table.columns].index(name)


def _problems(issues: Sequence[Any]) -> list[Problem]:
    """A form's findings stand together, so that forms need not be remembered to be counted."""
    places = [_place(ISSUES, name) for name in ("file", "sheet", "project")]
    code, severity = _place(ISSUES, "code"), _place(ISSUES, "severity")
    counts: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    last: dict[str, list[str]] = {}
    for row in texts(ISSUES, issues):
        if row[severity] in _GRAVE:
            rule = row[code].partition("、")[0]
            counts[rule] += 1
            form = [row[place] for place in places]
            if last.get(rule) != form:
                forms[rule] += 1
                last[rule] = form
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Problem(rule, count, forms[rule]) for rule, count in ranked]


def _budgets(units: Sequence[UnitProjects], projects: Iterable[ProjectRow]) -> tuple[str, dict[str, Decimal]]:
    priced = [unit for unit in units if unit.sent.priced]
    for word, name in (("主管部门", "department"), ("单位", "name")):
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for unit in priced:
            sums[getattr(unit, name) or f"（未填{word}）"] += unit.sent.total
        if len(sums) > 1:
            return word, sums
    of_projects: defaultdict[str, Decimal] = defaultdict(Decimal)
    for project in projects:
        if project.total is not None:
            of_projects[project.project or "（未填项目）"] += project.total
    return "项目", of_projects
