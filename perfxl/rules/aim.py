"""Family V, second half: does the value aim the right way, and can it be measured?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from perfxl.form import Indicator, TargetForm
from perfxl.issue import Severity
from perfxl.layout import Layout
from perfxl.quantity import Quantity
from perfxl.rules.facts import (
    AT_LEAST,
    AT_MOST,
    COST,
    NUMBER_IN_WORDS,
    OUTPUT,
    QUANTITY,
    SATISFACTION,
    TIMELINESS,
    brief,
    category_of,
    found,
    level1_of,
    named,
    names_of,
    of_category,
    sign_cell,
    stem,
    value_cell,
)
from perfxl.rules.formula import COUNTERS, NUMERALS, array, has_any, unit_fact
from perfxl.rules.indicator import repeated_in
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.settings import Thresholds
from perfxl.text import plain
from perfxl.vocabulary import Vocabulary

_SAVING = re.compile(r"节约|节省|压减|压缩|结余|降低|下降|减少")


class SatisfactionLow(Rule):
    code = "V07"
    name = "satisfaction-low"
    title = "满意度偏低或方向不对"
    severity = Severity.WARNING
    message = "满意度“{name}”的目标“{value}”低于常用的{usual}%"
    advice = "请调高，或在情况说明里写明依据"
    variants: ClassVar = {
        "ceiling": ("满意度“{name}”的目标“{value}”只有上限，越不满意越达标", "请把“计算符号”改为 ≥ 或 ="),
        "complaint": ("“{name}”越少越好，目标“{value}”却没有上限", "请把“计算符号”改为 ≤"),
    }
    source = "本目录（实务惯例；样表为90%、95%，公开表低的有85%）"
    why = "目标定得太低，年底必然完成，起不到督促作用。"
    wrong = "服务对象满意度 ≥85%"
    right = "服务对象满意度 ≥95%"
    requires = ("V06",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary, limits = context.vocabulary, context.thresholds
        complaints, satisfaction = vocabulary.pattern("complaints"), vocabulary.pattern("satisfaction")
        for indicator in form.applicable:
            value = indicator.value
            if value.quantity is None or level1_of(indicator, vocabulary) != SATISFACTION:
                continue
            facts: dict[str, object] = {"name": named(indicator), "value": brief(indicator.target.text)}
            if complaints.search(indicator.level3.text):
                if value.relation in AT_LEAST:
                    yield found(sign_cell(indicator), facts, variant="complaint")
            elif satisfaction.search(names_of(indicator)):
                if value.relation in AT_MOST:
                    yield found(sign_cell(indicator), facts, variant="ceiling")
                elif value.unit_normalised == "%" and value.number is not None and value.number < limits.satisfaction:
                    severity = Severity.ERROR if value.number < limits.satisfaction_floor else None
                    usual = plain(limits.satisfaction)
                    yield found(value_cell(indicator), facts, severity=severity, usual=usual)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        read = f'{{std1}}="{SATISFACTION}",{{excess}}=0,{{kind}}="数"'
        complaint = has_any(array(vocabulary.words("complaints")), "{level3}")
        wrong = f"IF({{signno}}=2,IF(AND({read}),{complaint},FALSE),FALSE)"
        yield LiveCheck("relation", wrong, "投诉类应是上限，请把符号改为 ≤（V07）", Severity.WARNING)
        content = f'{read},ISNUMBER(FIND("满意",{{names}}))'
        wrong = f"IF({{signno}}=3,IF(AND({content}),NOT({complaint}),FALSE),FALSE)"
        yield LiveCheck("relation", wrong, "满意度只有上限，请改为 ≥ 或 =（V07）", Severity.WARNING)
        usual, floor = Thresholds().satisfaction, Thresholds().satisfaction_floor
        low = f'{content},{{signno}}<>3,{unit_fact("标准")}="%"'
        hint = f"满意度低于常用的{usual}%，请调高或说明依据（V07）"
        bounds = {Severity.WARNING: f"{{number}}<{usual},{{number}}>={floor}", Severity.ERROR: f"{{number}}<{floor}"}
        for severity, bound in bounds.items():
            wrong = f'IF({{std1}}="{SATISFACTION}",IF(AND({low},{bound}),NOT({complaint}),FALSE),FALSE)'
            yield LiveCheck("body", wrong, hint, severity)


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
            if indicator.value.relation in AT_LEAST and not saving:
                yield found(sign_cell(indicator), name=named(indicator), value=brief(indicator.target.text))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        saving = f'AND({unit_fact("量纲")}="ratio",{has_any(array(_SAVING.pattern.split("|")), "{names}")})'
        wrong = f'IF({{category}}="{COST}",IF(AND({{kind}}="数",{{signno}}=2),NOT({saving}),FALSE),FALSE)'
        yield LiveCheck("relation", wrong, "成本应是上限，请把符号改为 ≤（V08）")


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
            if indicator.value.relation in AT_MOST and not fewer_is_better.search(names_of(indicator)):
                yield found(sign_cell(indicator), name=named(indicator), value=brief(indicator.target.text))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        fewer = has_any("词_反向", "{names}")
        wrong = f'IF({{category}}="{QUANTITY}",IF(AND({{kind}}="数",{{signno}}=3),NOT({fewer}),FALSE),FALSE)'
        yield LiveCheck("relation", wrong, "数量指标只有上限，请改为 ≥ 或 =（V09）", Severity.WARNING)


class DirectionReversed(Rule):
    code = "V10"
    name = "direction-reversed"
    title = "比率方向疑反"
    severity = Severity.WARNING
    message = "“{name}”越高越好，目标“{value}”却只有上限"
    advice = "请核对“计算符号”，一般应为 ≥ 或 ="
    variants: ClassVar = {
        "negative": ("“{name}”越低越好，目标“{value}”却只有下限", "请核对“计算符号”，一般应为 ≤"),
    }
    source = "各地公开表（指标方向性一列）"
    why = "符号反了，做得越差越达标。"
    wrong = "信件退回率 ≥10%"
    right = "信件退回率 ≤10%"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        positive, negative = vocabulary.pattern("positive_rates"), vocabulary.pattern("negative_rates")
        for indicator in form.applicable:
            value, category = indicator.value, category_of(indicator, vocabulary)
            if value.quantity is None or category == COST or level1_of(indicator, vocabulary) == SATISFACTION:
                continue  # V08 and V07 know better
            name = stem(indicator.level3)
            facts: dict[str, object] = {"name": named(indicator), "value": brief(indicator.target.text)}
            if value.relation in AT_MOST and category != QUANTITY and positive.search(name):  # V09
                yield found(sign_cell(indicator), facts, related=(indicator.level3.at,))
            elif value.relation in AT_LEAST and negative.search(name):
                yield found(sign_cell(indicator), facts, related=(indicator.level3.at,), variant="negative")


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


class PaymentTimed(Rule):
    code = "V12"
    name = "payment-timed"
    title = "时效指标考核的是付款"
    severity = Severity.INFO
    message = "时效指标“{name}”考核的是付款进度，不是任务完成得是否及时"
    advice = "请另设任务完成的时限；支出进度由预算执行率反映"
    source = "财预〔2021〕101号（预算执行率另计）；2023年样表（九张表里有八张）"
    why = "钱付出去了，事不一定办成了。"
    wrong = "时效指标“制卡费用支付时效”"
    right = "时效指标“制卡完成时间”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        payment = context.vocabulary.pattern("payment")
        for indicator in of_category(form, context.vocabulary, TIMELINESS):
            if payment.search(indicator.level3.text):
                yield found(indicator.level3, name=named(indicator))


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
            text = indicator.target.key
            if text and not any(ch.isdecimal() for ch in text) and not NUMBER_IN_WORDS.search(text):
                yield found(value_cell(indicator), name=named(indicator), value=brief(indicator.target.text))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        numerals, counters = array(NUMERALS), "{" + ";".join(f'"{word}"' for word in COUNTERS) + "}"
        in_words = has_any(f"{numerals}&{counters}", 'SUBSTITUTE({textkey},"次性","")')
        # Told as I02 where the value repeats the name.
        text = 'OR({kind}="日",AND({kind}="文",{repeats}<>1))'
        wrong = f'IF({{category}}="{QUANTITY}",IF(AND({{lacking}}=0,{text}),NOT({in_words}),FALSE),FALSE)'
        yield LiveCheck("body", wrong, "数量指标没有数，请写数量和单位（V13）")


class TextUnmeasurable(Rule):
    code = "V14"
    name = "text-unmeasurable"
    title = "定性值不可衡量"
    severity = Severity.WARNING
    message = "“{name}”的指标值“{value}”不可衡量"
    advice = "请给出判定标准，如“零重大舆情”“较上年提高”，或改为定量值"
    source = "财预〔2015〕88号（定性表述须可衡量）；2023年样表；各地公开表"
    why = "只说提升、保障、良好，年底怎么评都行。"
    wrong = "舆情分析报告满足工作需要"
    right = "舆情分析报告采纳率 ≥80%"
    requires = ("S08", "I02", "I05", "V13")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            if indicator.value.kind != "qualitative" or not _vague(indicator, context.vocabulary):
                continue
            # An effect can't always be counted; what the project itself brings about can.
            severity = None if level1_of(indicator, context.vocabulary) == OUTPUT else Severity.INFO
            yield found(
                value_cell(indicator), severity=severity, name=named(indicator), value=brief(indicator.target.text)
            )


def _vague(indicator: Indicator, vocabulary: Vocabulary) -> bool:
    """Nothing but fine words: no number, no time, no standard.  What V11 and I02 tell is left to them."""
    text = indicator.target.key
    measurable = (
        any(char.isdecimal() for char in text)
        or NUMBER_IN_WORDS.search(text)
        or vocabulary.pattern("time_elements").search(text)
        or vocabulary.pattern("standards").search(text)
    )
    return (
        not measurable
        and vocabulary.pattern("vague").search(text) is not None
        and category_of(indicator, vocabulary) != TIMELINESS
        and repeated_in(indicator) is None
    )


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
    SatisfactionLow(),
    CostWithoutCeiling(),
    QuantityWithoutFloor(),
    DirectionReversed(),
    TimelinessWithoutTime(),
    PaymentTimed(),
    QuantityWithoutNumber(),
    TextUnmeasurable(),
    SeveralTargetsInText(),
)
