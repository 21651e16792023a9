"""Family W: weights (权重), in editions and forms that have that column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import Severity
from perfxl.rules.facts import brief, found, level1_of, named
from perfxl.rules.rule import Context, Finding, Rule
from perfxl.text import plain, squeeze

_WHOLE = Decimal(100)
_WEIGHT = re.compile(r"\d{1,6}(?:\.\d{1,6})?%?", re.ASCII)


def _weighted(form: TargetForm, context: Context) -> list[tuple[Indicator, Entry]]:
    """The indicators with their weights; none where the form has no such column, or need not have."""
    weighted = [(item, item.weight) for item in form.applicable if item.weight is not None]
    needed = context.vocabulary.weights or any(not weight.blank for _, weight in weighted)
    return weighted if needed else []


def _number(weight: Entry) -> Decimal | None:
    """The weight as a number above 0; None for anything else."""
    if weight.fault:
        return None
    text = squeeze(weight.text)
    number = Decimal(text.rstrip("%")) if _WEIGHT.fullmatch(text) else weight.number
    return number if number is not None and number > 0 else None


def _due(form: TargetForm, context: Context) -> dict[str, Decimal]:
    """What the edition gives each first level that the form has; empty in an edition without weights."""
    present = {level1_of(item, context.vocabulary) for item in form.applicable}
    return context.vocabulary.expected_weights(name for name in present if name)


class WeightsWrong(Rule):
    code = "W01"
    name = "weights-wrong"
    title = "权重缺失或合计不对"
    severity = Severity.ERROR
    message = "权重合计为 {sum}，应为 {expected}"
    advice = "请调整各条权重，使合计为 {expected}"
    variants: ClassVar = {
        "none": ("权重一条也没有填写", "请填写每条指标的权重，合计应为 {expected}"),
        "blank": ("“{name}”没有填写权重", "请补填权重"),
        "malformed": ("“{name}”的权重“{value}”不是大于 0 的数", "请只填一个大于 0 的数"),
    }
    source = "一体化系统“权重需为100”；财预〔2021〕101号；各地公开表（合计90）"
    why = "权重不全或加不到满分，自评得分就算不对。"
    wrong = "权重合计 95"
    right = "权重合计 90（另有10为预算执行率）"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        weighted = _weighted(form, context)
        if not weighted:
            return
        expected = sum(_due(form, context).values(), Decimal(0)) or _WHOLE
        cells = tuple(weight.at for _, weight in weighted)
        if all(weight.blank for _, weight in weighted):
            yield found(weighted[0][1], related=cells, variant="none", expected=plain(expected))
            return
        numbers = [_number(weight) for _, weight in weighted]
        for (indicator, weight), number in zip(weighted, numbers, strict=True):
            if number is None:
                value = weight.fault or brief(weight.text)
                yield found(
                    weight, variant="blank" if weight.blank else "malformed", name=named(indicator), value=value
                )
        known = [number for number in numbers if number is not None]
        total = sum(known, Decimal(0))
        if len(known) == len(numbers) and total != expected:
            heading = form.headings.get("weight", cells[0])
            facts = {"sum": plain(total), "expected": plain(expected)}
            yield Finding(heading, facts, related=tuple(cell for cell in cells if cell != heading))


class WeightOfLevelUnusual(Rule):
    code = "W02"
    name = "weight-of-level-unusual"
    title = "一级指标权重偏离口径"
    severity = Severity.WARNING
    message = "“{level1}”的权重合计为 {sum}，口径为 {expected}"
    advice = "请调整，或在情况说明里写明理由"
    source = "财预〔2020〕10号；财预〔2021〕101号"
    why = "各项目的权重比例一致，得分才能相互比较。"
    wrong = "产出指标 40，效益指标 40，满意度指标 10"
    right = "产出指标 50，效益指标 30，满意度指标 10"
    requires = ("W01", "T01")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        weighted = _weighted(form, context)
        for level1, expected in _due(form, context).items() if weighted else ():
            own = [pair for pair in weighted if level1_of(pair[0], context.vocabulary) == level1]
            numbers = [_number(weight) for _, weight in own]
            known = [number for number in numbers if number is not None]
            if own and len(known) == len(own) and sum(known) != expected:
                cells = (entry.at for indicator, weight in own for entry in (weight, indicator.level1))
                facts = {"level1": level1, "sum": plain(sum(known, Decimal(0))), "expected": plain(expected)}
                yield found(own[0][1], facts, related=cells)


RULES: tuple[Rule, ...] = (WeightsWrong(), WeightOfLevelUnusual())
