"""What a comparison of two collections says: each project that is not as it was, and the figures of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from perfxl.ledger.model import ProjectRow
from perfxl.ledger.settling.compare import BUDGET, TARGET, ChangeKind, FieldChange
from perfxl.text import money

Verdict = Literal["added", "dropped", "renamed", "changed"]
VERDICTS: dict[Verdict, str] = {"added": "新增", "dropped": "减少", "renamed": "改名", "changed": "有改动"}
MONEY_UNIT = "万元"
# The remark on a renamed project that no project code proves.
SUSPECTED = "疑似改名，请核实"


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """A project that is not as it was.

    Attributes:
        old, new: the project in each collection; None where it is not there.
        changes: field by field; none of a project that was added or dropped.
        remark: what is not certain, in Chinese.
    """

    verdict: Verdict
    old: ProjectRow | None
    new: ProjectRow | None
    changes: tuple[FieldChange, ...] = ()
    remark: str = ""

    @property
    def row(self) -> ProjectRow:
        """The project as it is, or was."""
        row = self.new or self.old
        assert row is not None, "a change is of some project"
        return row

    @property
    def before(self) -> Decimal | None:
        """预算数 in 万元 in the old collection."""
        return self.old.total if self.old else None

    @property
    def after(self) -> Decimal | None:
        """预算数 in 万元 in the new collection."""
        return self.new.total if self.new else None

    @property
    def difference(self) -> Decimal:
        """New less old, in 万元; an amount that is not known counts nothing, as in the totals of a ledger."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences, each in the order of its collection; amounts in 万元.

    ``unchanged`` counts the projects in which nothing is different.
    old_total + added − dropped + adjusted is always new_total.
    """

    added: tuple[ProjectChange, ...]
    dropped: tuple[ProjectChange, ...]
    renamed: tuple[ProjectChange, ...]
    changed: tuple[ProjectChange, ...]
    unchanged: int
    old_projects: int
    new_projects: int
    old_total: Decimal
    new_total: Decimal

    @property
    def projects(self) -> tuple[ProjectChange, ...]:
        """All of them by unit code, within a unit the added ones first."""
        found = (*self.added, *self.dropped, *self.renamed, *self.changed)
        return tuple(sorted(found, key=lambda change: (change.row.unit_code, change.row.unit_name)))

    @property
    def adjusted(self) -> tuple[ProjectChange, ...]:
        """Those in both collections whose 预算数 is another."""
        return tuple(change for change in (*self.renamed, *self.changed) if change.before != change.after)

    @property
    def suspected(self) -> int:
        """Renamed projects that no project code proves."""
        return sum(change.remark == SUSPECTED for change in self.renamed)

    @property
    def slips(self) -> int:
        """Projects whose 预算数 is exactly ten thousand times the other."""
        return sum(any(one.field == BUDGET and one.kind == "unit" for one in each.changes) for each in self.projects)

    def targets(self) -> Counter[ChangeKind]:
        """How many 指标值 changed in which way."""
        return Counter(one.kind for change in self.projects for one in change.changes if one.field == TARGET)

    def __bool__(self) -> bool:
        """Something is different."""
        return bool(self.added or self.dropped or self.renamed or self.changed)


def total_of(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of the amounts that are known."""
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def signed(amount: Decimal) -> str:
    """A difference with its sign: +20.00."""
    return f"+{money(amount)}" if amount > 0 else money(amount)


def figures(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """The comparison in a few lines: what, and how much of it, in Chinese."""
    targets = comparison.targets()
    adjusted = comparison.adjusted
    suspected = f"，其中疑似 {comparison.suspected} 个，请核实" if comparison.suspected else ""
    slips = f"，其中疑似金额单位变了 {comparison.slips} 个" if comparison.slips else ""
    told = {
        "收紧": targets["tighter"],
        "放宽": targets["looser"],
        "单位改变": targets["unit"],
        "数值与文字互换": targets["wording"],
        "其他改动": targets["changed"],
    }
    return (
        ("原来", f"{comparison.old_projects} 个项目，{money(comparison.old_total)} {MONEY_UNIT}"),
        ("现在", f"{comparison.new_projects} 个项目，{money(comparison.new_total)} {MONEY_UNIT}"),
        (
            "新增",
            f"{len(comparison.added)} 个项目，{money(total_of(one.after for one in comparison.added))} {MONEY_UNIT}",
        ),
        (
            "减少",
            f"{len(comparison.dropped)} 个项目，{money(total_of(one.before for one in comparison.dropped))} {MONEY_UNIT}",
        ),
        ("改名", f"{len(comparison.renamed)} 个项目{suspected}"),
        (
            "预算调整",
            f"{len(adjusted)} 个项目，合计 {signed(total_of(one.difference for one in adjusted))} {MONEY_UNIT}{slips}",
        ),
        ("指标值", "，".join(f"{word} {count} 处" for word, count in told.items() if count) or "没有改动"),
        ("有改动", f"{len(comparison.changed)} 个项目"),
        ("没有变化", f"{comparison.unchanged} 个项目"),
    )
