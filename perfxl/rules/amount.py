"""Family A: do the amounts agree with one another, and the costs with the budget?  All sums are in 元."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import ClassVar

from perfxl.form import Entry, TargetForm
from perfxl.issue import Severity
from perfxl.layout import AMOUNTS, LATEST, Layout
from perfxl.rules.costs import ComparedBudget, Costs, UnitCosts, budget_of, costs_of, unit_costs_of
from perfxl.rules.facts import brief, found, grouped, named, unit_cell, value_cell
from perfxl.rules.respelling import unit_respelt
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.settings import Thresholds
from perfxl.text import money, plain
from perfxl.vocabulary import Vocabulary

_ROUNDING = Decimal("0.005")  # of the form's own money unit


def _amounts(form: TargetForm) -> tuple[tuple[str, Entry], ...]:
    budget = form.budget
    named_entries = (("total", budget.total), ("fiscal", budget.fiscal), ("other", budget.other))
    return tuple((LATEST.field(name).term, entry) for name, entry in named_entries)


class PartsUnequalTotal(Rule):
    code = "A01"
    name = "parts-unequal-total"
    title = "预算数不等于财政资金加其他资金"
    severity = Severity.ERROR
    message = (
        "预算数 {total}{unit}，而财政资金 {fiscal}{unit}＋其他资金 {other}{unit}＝{sum}{unit}，差 {difference}{unit}"
    )
    advice = "请核对三个数，预算数应等于财政资金＋其他资金"
    variants: ClassVar = {"blank": ("其他资金没有填写，按 0 处理", "没有其他资金的可不填，或填 0")}
    source = "财预〔2015〕88号；2023年样表"
    why = "资金来源加不起来，说明有一项填错或漏填。"
    wrong = "预算数 500，财政资金 400，其他资金 50"
    right = "预算数 500，财政资金 450，其他资金 50"
    requires = ("A02",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        budget = form.budget
        total, fiscal = budget.total.amount, budget.fiscal.amount
        other = Decimal(0) if budget.other.blank else budget.other.amount
        if total is None or fiscal is None or other is None:
            return
        difference = abs(total - (fiscal + other))
        if difference > _ROUNDING:
            yield found(
                budget.total,
                related=(budget.fiscal.at, budget.other.at),
                total=budget.total.text,
                fiscal=budget.fiscal.text,
                other=budget.other.text or "0",
                sum=money(fiscal + other),
                difference=money(difference),
                unit=form.money_unit.text,
            )
        elif budget.other.blank:
            yield found(budget.other, severity=Severity.INFO, variant="blank")

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        # What is no number is another mistake; the comparison waits until it is mended.
        read = "{form.total_state}=1,{form.fiscal_state}=1,{form.other_state}<=1"
        difference = "ABS({form.total_value}-({form.fiscal_value}+{form.other_value}))"
        wrong = f"AND({read},ROUND({difference},6)>{_ROUNDING})"
        yield LiveCheck("total", wrong, "预算数不等于财政资金＋其他资金，请核对（A01）")


class AmountMalformed(Rule):
    code = "A02"
    name = "amount-malformed"
    title = "金额不合规"
    severity = Severity.ERROR
    message = "“{field}”的内容“{value}”不是一个金额"
    advice = "请只填一个数字，不写单位和文字"
    variants: ClassVar = {
        "negative": ("“{field}”的金额 {value}{unit} 是负数", "请填不小于 0 的数"),
        "decimals": (
            "“{field}”的金额 {value}{unit} 超过 {places} 位小数，不足一分钱",
            "请四舍五入到 {places} 位小数以内",
        ),
    }
    source = "各地公开表"
    why = "读不出来的金额进不了汇总。"
    wrong = "预算数：854万854万(含上年结转)"
    right = "预算数：854.00"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        unit, factor = form.money_unit.text, context.vocabulary.money_factor(form.money_unit.text)
        for field, entry in _amounts(form):
            amount = entry.amount
            if entry.blank:
                continue
            if amount is None:
                yield found(entry, field=field, value=entry.fault or brief(entry.text))
            elif amount < 0:
                yield found(entry, variant="negative", field=field, value=entry.text, unit=unit)
            elif factor is not None and _decimals(amount) > (places := _places(factor)):
                yield found(entry, variant="decimals", field=field, value=entry.text, unit=unit, places=places)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        for name in AMOUNTS:
            hint = f"“{layout.field(name).term}”不是合规的金额，请只填数字（A02）"
            yield LiveCheck(name, f"OR({{form.{name}_state}}=2,{{form.{name}_state}}=3)", hint)


def _decimals(amount: Decimal) -> int:
    return len(plain(amount).partition(".")[2])


def _places(factor: Decimal) -> int:
    """Decimals that come to a whole fen: 2 of 元, 6 of 万元."""
    return len(f"{factor:f}") + 1


# Live: the row of the first unit price that can be multiplied, where a finding about all of them stands.
_FIRST_PRICE = "{form.unit_price_told}=1,SUMPRODUCT(--({product:above}>0))=0"


def _usual_bounds() -> tuple[Decimal, Decimal]:
    """Those of :func:`_bounds` that the form is handed out with."""
    return 1 + Thresholds().cost_excess, 1 - Thresholds().cost_shortfall


def _bounds(context: Context) -> tuple[Decimal, Decimal]:
    """Above and below which a sum is not the budget, as multiples of it."""
    return 1 + context.thresholds.cost_excess, 1 - context.thresholds.cost_shortfall


class CostsUnlikeBudget(Rule):
    code = "A03"
    name = "costs-unlike-budget"
    title = "成本合计与预算不符"
    severity = Severity.ERROR
    message = "成本指标合计 {sum}，超过预算数 {budget}，差 {difference}"
    advice = "请核对各项成本和预算数"
    variants: ClassVar = {
        "one": ("成本指标“{name}”为 {sum}，超过预算数 {budget}，差 {difference}", "请核对这一项成本、它的单位和预算数"),
        "under": ("成本指标合计 {sum}，比预算数 {budget} 少 {difference}", "请补齐成本分项，或说明其余资金的用途"),
    }
    source = "财预〔2015〕88号（相应匹配）；2023年样表（六张表的成本合计等于预算）"
    why = "成本指标是预算的分解，加起来应当等于预算。"
    wrong = "预算 84.10万元，成本指标合计 90.00万元"
    right = "预算 84.10万元，成本指标合计 84.10万元"
    requires = ("S05", "A02")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        budget, costs = budget_of(form, context.vocabulary), costs_of(form, context.vocabulary)
        if budget is None or not costs.totals:
            return
        over, under = _bounds(context)
        largest, amount = max(costs.totals, key=lambda item: item[1])
        total = sum((yuan for _, yuan in costs.totals), Decimal(0))
        if amount > budget.yuan:
            yield self._finding(budget, costs, amount, value_cell(largest), "one", name=named(largest))
        elif total > budget.yuan * over:
            yield self._finding(budget, costs, total, budget.entry, "")
        elif total < budget.yuan * under and not costs.prices and not costs.unknown:
            entry = value_cell(largest) if len(costs.totals) == 1 else budget.entry
            yield self._finding(budget, costs, total, entry, "under", severity=Severity.WARNING)

    def _finding(
        self,
        budget: ComparedBudget,
        costs: Costs,
        yuan: Decimal,
        entry: Entry,
        variant: str,
        severity: Severity | None = None,
        **facts: object,
    ) -> Finding:
        """At the one item that is wrong, or at the budget where it is the sum."""
        return found(
            entry,
            facts,
            related=(budget.entry.at, budget.unit_at, *(value_cell(item).at for item, _ in costs.totals)),
            severity=severity,
            variant=variant,
            sum=budget.show(yuan),
            budget=budget.shown,
            difference=budget.show(abs(yuan - budget.yuan)),
        )

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        over, under = _usual_bounds()
        read = "{form.budget}>0,{form.unread}=0,{form.totals}>0"
        one = "ROUND({form.largest}-{form.budget},4)>0"
        first = 'SUMPRODUCT(({cost:above}="总")*({yuan:above}={form.largest}))=0'
        own = f'IF({{cost}}="总",AND({read},{one},ROUND({{yuan}}-{{form.largest}},4)=0,{first}),FALSE)'
        yield LiveCheck("body", own, "这一项成本超过预算数，请核对单位和数值（A03）")
        total = f"AND({read},NOT({one}),ROUND({{form.costs}}-{{form.budget}}*{over},4)>0)"
        yield LiveCheck("total", total, "成本指标合计超过预算数，请核对（A03）")
        less = f"ROUND({{form.costs}}-{{form.budget}}*{under},4)<0,{{form.prices}}=0,{{form.unknown}}=0"
        hint = "成本指标合计比预算数少，请补齐成本分项（A03）"
        yield LiveCheck("body", f'IF({{cost}}="总",AND({read},{{form.totals}}=1,{less}),FALSE)', hint, Severity.WARNING)
        yield LiveCheck("total", f"AND({read},{{form.totals}}>1,{less})", hint, Severity.WARNING)


class UnitCostsUnlikeBudget(Rule):
    code = "A04"
    name = "unit-costs-unlike-budget"
    title = "单价乘数量与预算不符"
    severity = Severity.ERROR
    message = "{terms} = {product}，超过预算数 {budget}"
    advice = "请核对单价、数量和预算数"
    variants: ClassVar = {
        "bounds": (
            "{terms} = {product}，超过预算数 {budget}（都按上下限计算，未必真的超支）",
            "请调低单价上限或数量下限，或说明理由",
        ),
        "under": ("{terms} = {product}，比预算数 {budget} 少 {difference}", "请核对单价、数量，或补齐其余成本"),
    }
    source = "财预〔2015〕88号（资金匹配）；2023年样表（第98、102号）"
    why = "单价和数量都达到目标时，花的钱不能超过预算。"
    wrong = "人均 500元，1800人次，预算 84.10万元"
    right = "人均 467元，1800人次，预算 84.10万元"
    requires = ("S05", "A02", "V05")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        costs = unit_costs_of(form, context.vocabulary)
        if costs is None or costs.slip is not None:  # a slip of the unit is told by A05
            return
        severity, variant = Severity.ERROR, ""
        over, under = _bounds(context)
        if costs.ratio > over:
            if not any(product.fixed or product.floor for product in costs.products):
                severity, variant = Severity.WARNING, "bounds"
        elif costs.ratio < under and costs.complete:
            severity, variant = Severity.INFO, "under"
        else:
            return
        at = value_cell(costs.products[0].price)
        difference = costs.budget.show(abs(costs.yuan - costs.budget.yuan))
        yield found(at, costs.facts, related=costs.related, severity=severity, variant=variant, difference=difference)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        over, _ = _usual_bounds()
        excess = f"{_FIRST_PRICE},{{form.slipped}}=0,ROUND({{form.products}}-{{form.budget}}*{over},4)>0"
        hint = "单价×数量超过预算数，请核对（A04）"
        yield LiveCheck("body", f"IF({{product}}>0,AND({excess},SUM({{firm:all}})>0),FALSE)", hint)
        hint = "单价上限×数量下限超过预算数，请核对（A04）"
        yield LiveCheck("body", f"IF({{product}}>0,AND({excess},SUM({{firm:all}})=0),FALSE)", hint, Severity.WARNING)


class MoneyUnitSlipped(Rule):
    code = "A05"
    name = "money-unit-slipped"
    title = "金额单位疑似错位"
    severity = Severity.ERROR
    message = (
        "{terms} = {product}，是预算数 {budget} 的 {ratio} 倍，单位疑似错位："
        "“{old}”改为“{new}”后为 {corrected}（{yuan}元），与预算差 {difference} 元"
    )
    advice = "请把“{name}”的单位改为“{new}”"
    variants: ClassVar = {
        "unknown": (
            "{terms} = {product}，是预算数 {budget} 的 {ratio} 倍，单位疑似错位",
            "请核对单价、数量和预算数的单位",
        )
    }
    source = "2023年样表（第99号）"
    why = "相差正好一万倍，多半是元和万元写错了。"
    wrong = "制卡单位成本 10.65万元"
    right = "制卡单位成本 10.65元"
    requires = ("S05", "A02", "V05")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        costs = unit_costs_of(form, context.vocabulary)
        if costs is None or costs.slip is None:
            return
        price = costs.products[0].price
        ratio = money(round(costs.ratio, 2)) if costs.ratio > 1 else plain(round(costs.ratio, 6))
        facts = {**costs.facts, "ratio": ratio}
        unit = _unit_meant(costs, context.vocabulary)
        if unit is not None:
            corrected = costs.yuan / costs.slip
            facts |= {
                "name": named(price),
                "old": price.value.unit,
                "new": unit,
                "corrected": costs.budget.show(corrected),
                "yuan": grouped(corrected),
                "difference": money(abs(corrected - costs.budget.yuan)),
            }
        variant = "" if unit is not None else "unknown"
        repair = unit_respelt(price, unit, safe=False) if unit is not None else None  # another meaning: only proposed
        yield found(unit_cell(price), facts, related=costs.related, variant=variant, also=("A04",), repair=repair)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = f"IF({{product}}>0,AND({_FIRST_PRICE},{{form.slipped}}=1),FALSE)"
        yield LiveCheck("measure", wrong, "单价×数量与预算数差一万倍，请核对元和万元（A05）")


def _unit_meant(costs: UnitCosts, vocabulary: Vocabulary) -> str | None:
    """The price's unit once the slip is mended (万元/张 → 元/张); None where that is no unit of money."""
    units = {product.price.value.unit_normalised for product in costs.products}
    unit = costs.products[0].price.value.measured_in
    if len(units) != 1 or unit is None or costs.slip is None:
        return None
    meant = next((name for name, worth in vocabulary.money_units.items() if worth == unit.factor / costs.slip), None)
    return f"{meant}/{unit.per}" if meant and unit.per else meant


class YearAboveProjectTotal(Rule):
    code = "A07"
    name = "year-above-project-total"
    title = "年度预算超过项目总额"
    severity = Severity.ERROR
    message = "年度预算数 {total}{unit} 超过项目总额 {project}{unit}，多 {difference}{unit}"
    advice = "请核对两个数的口径：项目总额是各年度之和，不应小于其中一年"
    source = "各地公开表（有项目总额一栏的版式）"
    why = "一年的钱比整个项目还多，必有一个数填错或口径不同。"
    wrong = "项目总额 400万元，年度预算 500万元"
    right = "项目总额 1200万元，年度预算 500万元"
    requires = ("A02",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        entry, total = form.project_total, form.budget.total
        if entry is None or entry.amount is None or total.amount is None:
            return
        if total.amount - entry.amount > _ROUNDING:
            facts = {"total": total.text, "project": entry.text, "unit": form.money_unit.text}
            yield found(entry, facts, related=(total.at,), difference=money(total.amount - entry.amount))


RULES: tuple[Rule, ...] = (
    PartsUnequalTotal(),
    AmountMalformed(),
    CostsUnlikeBudget(),
    UnitCostsUnlikeBudget(),
    MoneyUnitSlipped(),
    YearAboveProjectTotal(),
)
