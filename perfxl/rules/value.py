"""Family V: is the value a target that can be measured, and written as one?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from perfxl.form import Indicator, TargetForm
from perfxl.issue import Severity
from perfxl.quantity import Quantity
from perfxl.rules.facts import (
    COST,
    QUANTITY,
    TIMELINESS,
    brief,
    category_of,
    found,
    named,
    names_of,
    of_category,
    sign_cell,
    unit_cell,
    value_cell,
)
from perfxl.rules.rule import Context, Finding, Rule
from perfxl.text import squeeze

_NUMERIC = ("quantitative", "range")
_AT_LEAST, _AT_MOST = ("≥", ">"), ("≤", "<")
_HUNDRED = Decimal(100)
# 三场, 十二份: a number in words counts as a number.
_NUMBER_IN_WORDS = re.compile("[一二两三四五六七八九十百千万]+[个次场期份套台件项家批篇册户条名人处类种](?!性)")
_SAVING = re.compile(r"节约|节省|压减|压缩|结余|降低|下降|减少")


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
                yield found(
                    sign_cell(indicator), name=named(indicator), written=value.relation_text, sign=value.relation
                )


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
                yield found(unit_cell(indicator), name=named(indicator), written=value.unit, unit=value.unit_normalised)


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
            if indicator.value.measure is not None and not indicator.value.unit_known:
                yield found(unit_cell(indicator), name=named(indicator), unit=indicator.value.unit)


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
            elif (value.relation in _AT_LEAST and number == _HUNDRED) or (value.relation in _AT_MOST and number == 0):
                edge = {"edge": int(number)}
                yield found(value_cell(indicator), facts | edge, severity=Severity.INFO, variant="edge")


class CostWithoutCeiling(Rule):
    code = "V08"
    name = "cost-without-ceiling"
    title = "成本指标方向反了"
    severity = Severity.ERROR
    message = "成本指标“{name}”的值“{value}”要求花得越多越好，方向应为 ≤"
    advice = "请把“计算符号”改为 ≤"
    source = "财预〔2021〕101号（成本是控制范围）"
    why = "成本是上限，写成 ≥ 就成了花得越多越达标。"
    wrong = "保安服务费用 ≥753万元"
    right = "保安服务费用 ≤753万元"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in of_category(form, context.vocabulary, COST):
            saving = indicator.value.dimension == "ratio" and _SAVING.search(names_of(indicator))
            if indicator.value.relation in _AT_LEAST and not saving:
                yield found(sign_cell(indicator), name=named(indicator), value=brief(indicator.target.text))


class QuantityWithoutFloor(Rule):
    code = "V09"
    name = "quantity-without-floor"
    title = "数量指标只有上限"
    severity = Severity.WARNING
    message = "数量指标“{name}”的值“{value}”只有上限，做得越少越达标"
    advice = "请把“计算符号”改为 ≥ 或 =；上限写入成本指标"
    source = "2023年样表（第100号）"
    why = "一件不做也满足 ≤，这样的目标考核不了。"
    wrong = "上门完成认证人数 ≤1万人"
    right = "上门完成认证人数 ≥1万人"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        fewer_is_better = context.vocabulary.pattern("negative_count")
        for indicator in of_category(form, context.vocabulary, QUANTITY):
            if indicator.value.relation in _AT_MOST and not fewer_is_better.search(names_of(indicator)):
                yield found(sign_cell(indicator), name=named(indicator), value=brief(indicator.target.text))


class TimelinessWithoutTime(Rule):
    code = "V11"
    name = "timeliness-without-time"
    title = "时效指标没有时限"
    severity = Severity.WARNING
    message = "时效指标“{name}”的值“{value}”没有时限"
    advice = "请写明时限，如“6月底前”“10个工作日内”"
    source = "财预〔2021〕101号；2023年样表（第97、100号）"
    why = "没有时限，什么时候完成都算及时。"
    wrong = "按进度支付资金，及时办理手续"
    right = "2023年6月底前支付完毕"
    requires = ("S08", "I02")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        time = context.vocabulary.pattern("time_elements")
        for indicator in of_category(form, context.vocabulary, TIMELINESS):
            value = indicator.value
            if value.kind in ("date", "blank") or value.dimension in ("time", "ratio") or time.search(value.text):
                continue
            yield found(value_cell(indicator), name=named(indicator), value=brief(indicator.target.text))


class QuantityWithoutNumber(Rule):
    code = "V13"
    name = "quantity-without-number"
    title = "数量指标没有数"
    severity = Severity.ERROR
    message = "数量指标“{name}”没有量化：“{value}”"
    advice = "请写数量和单位；有几类的，每类各写一条"
    source = "财预〔2015〕88号（细化量化）；2023年样表（第103号）"
    why = "数量指标里没有数，做多少都算完成。"
    wrong = "购置耗材及消防维保设备数量：满足业务需要"
    right = "购置耗材数量 ≥2000件；维保消防设备数量 ≥350台"
    requires = ("S08", "I02")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in of_category(form, context.vocabulary, QUANTITY):
            text = squeeze(indicator.target.text)
            if text and not any(ch.isdecimal() for ch in text) and not _NUMBER_IN_WORDS.search(text):
                yield found(value_cell(indicator), name=named(indicator), value=brief(indicator.target.text))


class SeveralTargetsInText(Rule):
    code = "V15"
    name = "several-targets-in-text"
    title = "文字值里夹着量化目标"
    severity = Severity.WARNING
    message = "“{name}”的文字值里含{count}个可量化目标：{quantities}"
    advice = "请各拆成一条单独的指标，指标值只写符号、数和单位"
    source = "浙江监审意见“建议拆分指标”；2023年样表（第99、105号）"
    why = "夹在文字里的数不能单独考核，也汇总不出来。"
    wrong = "关注人数超过50万人，年增长率>=20%"
    right = "公众号关注人数 >50万人；关注人数年增长率 ≥20%"
    requires = ("I02",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            quantities = indicator.value.quantities
            if category_of(indicator, context.vocabulary) == TIMELINESS:
                # 收到申请后3个工作日内办结 is one deadline, not a number gone astray.
                quantities = tuple(item for item in quantities if _dimension(item) != "time")
            if quantities:
                shown = "、".join(f"“{_as_typed(item)}”" for item in quantities)
                yield found(value_cell(indicator), name=named(indicator), count=len(quantities), quantities=shown)


def _as_typed(quantity: Quantity) -> str:
    return f"{quantity.relation_text or ''}{quantity.number_text}{quantity.unit or ''}"


def _dimension(quantity: Quantity) -> str | None:
    return quantity.measured_in.dimension if quantity.measured_in else None


RULES: tuple[Rule, ...] = (
    SignMissing(),
    SignVariant(),
    UnitVariant(),
    UnitUnknown(),
    UnitMissing(),
    PercentageOutOfRange(),
    CostWithoutCeiling(),
    QuantityWithoutFloor(),
    TimelinessWithoutTime(),
    QuantityWithoutNumber(),
    SeveralTargetsInText(),
)
