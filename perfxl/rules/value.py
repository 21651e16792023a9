"""Family V, first half: is the value written as it should be: sign, number, unit?  See :mod:`perfxl.rules.aim`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import ClassVar

from perfxl.form import Entry, Indicator, TargetForm, parse_amount
from perfxl.issue import Severity
from perfxl.layout import Layout
from perfxl.rules.facts import AT_LEAST, AT_MOST, brief, found, named, names_of, sign_cell, unit_cell, value_cell
from perfxl.rules.respelling import number_respelt, sign_respelt, unit_respelt
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.text import plain
from perfxl.vocabulary import Vocabulary

_NUMERIC = ("quantitative", "range")
_HUNDRED = Decimal(100)


def _numeric(form: TargetForm) -> Iterator[Indicator]:
    return (item for item in form.applicable if item.value.kind in _NUMERIC)


class SignMissing(Rule):
    code = "V01"
    name = "sign-missing"
    title = "定量值缺符号"
    severity = Severity.WARNING
    message = "“{name}”的指标值“{value}”缺符号，不知是达到还是不超过"
    advice = "请在“计算符号”里选：数量、质量选 ≥ 或 =，成本选 ≤"
    source = "一体化系统：计算符号必录"
    why = "没有符号，完成得多和完成得少都说得通。"
    wrong = "469483张"
    right = "≥469483张"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            if indicator.value.kind == "quantitative" and indicator.value.relation is None:
                yield found(sign_cell(indicator), name=named(indicator), value=brief(indicator.target.text))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = 'AND({kind}="数",{signno}=0)'
        yield LiveCheck("relation", wrong, "指标值缺符号，请选 ≥、≤ 或 =（V01）", Severity.WARNING)


class SignVariant(Rule):
    code = "V02"
    name = "sign-variant"
    title = "符号写法不标准"
    severity = Severity.INFO
    message = "“{name}”的符号“{written}”按“{sign}”处理"
    advice = "请用标准符号“{sign}”"
    source = "2023年样表（第105号）；各地公开表"
    why = "写法统一，才能按符号筛选和汇总。"
    wrong = ">=95%"
    right = "≥95%"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            value = indicator.value
            if value.relation is not None and value.relation_text != value.relation:
                facts = {"name": named(indicator), "written": value.relation_text, "sign": value.relation}
                yield found(sign_cell(indicator), facts, repair=sign_respelt(indicator))


class UnitVariant(Rule):
    code = "V03"
    name = "unit-variant"
    title = "计量单位写法不标准"
    severity = Severity.INFO
    message = "“{name}”的单位“{written}”按“{unit}”处理"
    advice = "请用标准单位“{unit}”"
    source = "2023年样表；各地公开表"
    why = "同一单位写法不一，汇总时加不到一起。"
    wrong = "≥95百分比"
    right = "≥95%"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in _numeric(form):
            value = indicator.value
            if value.unit_known and value.unit != value.unit_normalised:
                facts = {"name": named(indicator), "written": value.unit, "unit": value.unit_normalised}
                yield found(unit_cell(indicator), facts, repair=unit_respelt(indicator, value.unit_normalised or ""))


class UnitUnknown(Rule):
    code = "V04"
    name = "unit-unknown"
    title = "计量单位不在目录"
    severity = Severity.WARNING
    message = "“{name}”的单位“{unit}”不在计量单位表"
    advice = "请从下拉列表选单位；确需新单位的，请向财政部门申请增补"
    source = "本目录"
    why = "表外的单位无法换算，多半是写错。"
    wrong = "≥30奎"
    right = "≥30套"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in _numeric(form):
            unit = indicator.value.measured_in
            if unit is None or unit.measure is None or unit.known:
                continue
            if any(context.vocabulary.measure(part) is None for part in unit.normalised.split("/")):
                yield found(unit_cell(indicator), name=named(indicator), unit=unit.text)


class UnitMissing(Rule):
    code = "V05"
    name = "unit-missing"
    title = "定量值缺计量单位"
    severity = Severity.ERROR
    message = "“{name}”的指标值“{value}”缺计量单位"
    advice = "请在“计量单位”里补填单位"
    source = "一体化系统：“计量单位为必录项”；各地公开表"
    why = "没有单位，就不知道数的是什么。"
    wrong = "≥2"
    right = "≥2场"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in _numeric(form):
            # A lone 万 multiplies, but nothing says what.  A lone 2023 is a date and does not come here.
            if indicator.value.measure is None:
                yield found(unit_cell(indicator), name=named(indicator), value=brief(indicator.target.text))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = 'AND({kind}="数",{unit}="")'
        yield LiveCheck("measure", wrong, "指标值缺计量单位，请补填（V05）")


class PercentageOutOfRange(Rule):
    code = "V06"
    name = "percentage-out-of-range"
    title = "百分比超出0–100"
    severity = Severity.ERROR
    message = "“{name}”的指标值“{value}”超出 0–100%"
    advice = "请核对数值；增长、下降或完成率类的指标，请在名称里写明"
    variants: ClassVar = {"edge": ("“{name}”的指标值“{value}”只有一个数可取", "请改写为“={edge}%”")}
    source = "本目录；各地公开表"
    why = "合格率、覆盖率这样的比例不可能超过100%。"
    wrong = "卡片合格率 ≥292%"
    right = "卡片合格率 ≥99.2%"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        growth = context.vocabulary.pattern("growth")
        for indicator in _numeric(form):
            value, number = indicator.value, indicator.value.number
            if number is None or value.unit_normalised != "%" or growth.search(names_of(indicator)):
                continue
            facts: dict[str, object] = {"name": named(indicator), "value": brief(indicator.target.text)}
            highest = value.upper if value.upper is not None else number
            if number < 0 or highest > _HUNDRED:
                yield found(value_cell(indicator), facts)
            elif (value.relation in AT_LEAST and number == _HUNDRED) or (value.relation in AT_MOST and number == 0):
                edge = {"edge": int(number)}
                yield found(value_cell(indicator), facts | edge, severity=Severity.INFO, variant="edge")

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        yield LiveCheck("body", "{excess}=1", "百分比超过100%，请核对（V06）")


class NumberIrregular(Rule):
    code = "V16"
    name = "number-irregular"
    title = "数值书写不规范"
    severity = Severity.WARNING
    message = "“{name}”的指标值“{value}”书写不规范：{what}"
    advice = "请改为普通数字"
    variants: ClassVar = {
        "plain": ("“{name}”的指标值“{value}”书写不规范：{what}", "请改写为“{plain}”"),
        "shown": (
            "“{name}”的数值显示为“{value}”，存的却是 {stored}",
            "请把该单元格设为常规或文本格式，再按原意重新填写",
        ),
    }
    source = "一体化系统（值含 * _ - 不予保存）"
    why = "写法不规范的数，系统会拒收，或者读成另一个数。"
    wrong = "≥１,2００张"
    right = "≥1200张"
    requires = ("S08", "I05")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            cell, value = value_cell(indicator), indicator.value
            facts: dict[str, object] = {"name": named(indicator), "value": brief(indicator.target.text)}
            disguised = _disguised(cell)
            if disguised:
                yield found(cell, facts, variant="shown", value=brief(cell.text), stored=disguised)
            elif value.irregular and (cell.number is None or cell.number < 0):  # 1,200 may be the format's doing
                oddities = _oddities(value.text)
                facts["what"] = "、".join(oddities)
                negative = value.number is not None and value.number < 0
                simple = value.quantity is not None and value.upper is None and not negative
                repair = number_respelt(indicator) if _SPELLING.issuperset(oddities) else None
                yield found(cell, facts, variant="plain" if simple else "", repair=repair, plain=value.printed)


def _disguised(cell: Entry) -> str:
    """The number that a cell holds, where it shows another one (1 as 100%, 2023.7 as 2023.07); "" where it doesn't."""
    if cell.number is None or cell.fault:
        return ""
    shown = parse_amount(cell.text)
    return plain(cell.number) if shown is None or shown != cell.number else ""


_ODDITIES = (
    ("全角数字", re.compile(r"[０-９．]")),
    ("千位分隔符", re.compile(r"[0-9０-９][,，][0-9０-９]{3}")),
    ("多余的前导零", re.compile(r"(?<![0-9.０-９．])[0０][0-9０-９]")),
    ("多个小数点", re.compile(r"[0-9][.．][0-9]+[.．]")),
    ("“*”“_”之类的符号", re.compile(r"[*＊_]")),
    ("负号或连接号", re.compile(r"[-−－]")),
)
# Those that are a matter of spelling; 007 or *5 may have been meant for something else.
_SPELLING = {"全角数字", "千位分隔符"}


def _oddities(text: str) -> list[str]:
    """What makes the number look odd; at least something, for the grammar knows more oddities than have a name."""
    return [what for what, pattern in _ODDITIES if pattern.search(text)] or ["含有多余的符号"]


RULES: tuple[Rule, ...] = (
    SignMissing(),
    SignVariant(),
    UnitVariant(),
    UnitUnknown(),
    UnitMissing(),
    PercentageOutOfRange(),
    NumberIrregular(),
)
