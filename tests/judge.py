"""Holds what was understood against the truth: every field is right, or reported as not understood, or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from layouts import Truth

from perfxl.form import Entry, Indicator, parse_amount
from perfxl.understanding import Sure, Understood


@dataclass
class Judged:
    """How many fields there are and how many were read right; those wrong, and those read not at all but reported."""

    fields: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def hold(self, name: str, read: str, true: str, reported: bool) -> None:
        self.fields += 1
        if read == true:
            self.right += 1
        elif not read and reported:
            self.unread.append(name)
        else:
            self.wrong.append(f"{name}：读成“{read}”，应为“{true}”")


def judged(understood: Understood, truth: Truth) -> Judged:
    """Every field of one form."""
    form, result = understood.form, Judged()
    left = [fact for fact in understood.left if fact.sure is Sure.UNCLEAR]
    reported = bool(left)
    for name, entry, true in (
        ("项目名称", form.project, truth.project),
        ("主管部门", form.department, truth.department),
        ("单位编码", form.unit_code, truth.code),
        ("单位名称", form.unit_name, truth.unit),
        ("金额单位", form.money_unit, truth.money_unit),
        ("资金用途", form.purpose, truth.purpose),
    ):
        if true is not None or (entry is not None and entry.text):
            result.hold(name, entry.text if entry is not None else "", true or "", reported)
    for name, money, true in (
        ("预算数", form.budget.total, truth.total),
        ("财政资金", form.budget.fiscal, truth.fiscal),
        ("其他资金", form.budget.other, truth.other),
    ):
        if true is not None or money.text:
            result.hold(name, _amount(money), f"{parse_amount(true or '') or 0:.2f}", reported)
    read = [objective.text for objective in form.objectives]
    for number, true in enumerate(truth.objectives):
        result.hold(f"绩效目标{number + 1}", read[number] if number < len(read) else "", true, reported)
    result.wrong += [f"多出绩效目标“{more}”" for more in read[len(truth.objectives) :]]
    _indicators(result, form.indicators, truth, left)
    return result


def _amount(entry: Entry) -> str:
    return "" if entry.amount is None else f"{entry.amount:.2f}"


def _indicators(result: Judged, read: tuple[Indicator, ...], truth: Truth, left: list[object]) -> None:
    """Row by row; a row that was not read must be among what was left."""
    names = ("一级指标", "二级指标", "三级指标", "描述", "符号", "指标值", "计量单位", "权重")
    position = 0
    for number, true in enumerate(truth.aims, 1):
        row = read[position] if position < len(read) else None
        if row is None or (row.level3.text and row.level3.text != true[2]):
            result.fields += sum(bool(text) for text in true)
            where = result.unread if any(true[2] in str(fact) for fact in left) else result.wrong
            where.append(f"第{number}条“{true[2]}”没有读到")
            continue
        position += 1
        cells = _cells(row)
        for name, got, wanted in zip(names, cells, true, strict=True):
            if wanted or got:
                result.hold(f"第{number}条 {name}", got, wanted, bool(left))
    result.wrong += [f"多出指标“{more.level3.text}”" for more in read[position:]]


def _cells(row: Indicator) -> tuple[str, ...]:
    parts = (
        (row.relation.text, row.body.text, row.measure.text)
        if row.relation.at != row.body.at
        else ("", row.body.text, "")
    )
    weight = row.weight.text if row.weight is not None else ""
    return (row.carried, row.level2.text, row.level3.text, row.description.text, *parts, weight)
