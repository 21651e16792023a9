"""Family I: does the name of an indicator say what is measured?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import Severity
from perfxl.rules.facts import brief, category_of, found, listed, named, value_cell
from perfxl.rules.rule import Context, Finding, Rule
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

_SHORTEST_PART = 4
_ENDINGS = "。．.；;，,、！!"


def _bare(text: str) -> str:
    return squeeze(text).strip(_ENDINGS)


class ValueRepeatsName(Rule):
    code = "I02"
    name = "value-repeats-name"
    title = "指标值只是重复名称"
    severity = Severity.ERROR
    message = "指标值“{value}”只是重复{what}，无法考核"
    advice = "请写可衡量的值：数量、时限或明确的判定标准"
    variants: ClassVar = {
        "part": ("指标值“{value}”只是{what}“{name}”里的一段话，难以考核", "请写可衡量的值：数量、时限或明确的判定标准")
    }
    source = "财预〔2015〕88号（细化量化）；浙江监审意见“指标与指标值不匹配”"
    why = "值和名称一样，年底就无从判断是否完成。"
    wrong = "三级指标“维护职工参保权益”，指标值“维护职工参保权益”"
    right = "三级指标“参保权益投诉办结率”，指标值“≥98%”"
    requires = ("S08",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            if indicator.value.kind == "qualitative":
                yield from self._repeats(indicator)

    def _repeats(self, indicator: Indicator) -> Iterator[Finding]:
        value = _bare(indicator.target.text)
        names = (("三级指标名称", indicator.level3), ("绩效指标描述", indicator.description))
        for what, entry in names:
            if value and value == _bare(entry.text):
                yield _repeat(indicator, what, entry, Severity.ERROR, "")
                return
        for what, entry in names:
            if len(value) >= _SHORTEST_PART and value in _bare(entry.text):
                yield _repeat(indicator, what, entry, Severity.WARNING, "part")
                return


def _repeat(indicator: Indicator, what: str, entry: Entry, severity: Severity, variant: str) -> Finding:
    return found(
        value_cell(indicator),
        related=(entry.at,),
        severity=severity,
        variant=variant,
        value=brief(indicator.target.text),
        what=what,
        name=brief(entry.text),
    )


class IndicatorRepeated(Rule):
    code = "I04"
    name = "indicator-repeated"
    title = "指标重复"
    severity = Severity.ERROR
    message = "{rows}的指标“{name}”重复：名称和描述都相同"
    advice = "请合并，或改名以示区别"
    variants: ClassVar = {"name": ("{rows}的指标名称同为“{name}”，只有描述不同", "请把各自的描述写进名称，以便区分")}
    source = "本目录；2023年样表（第97号）"
    why = "同一件事考核两次，既虚增了指标数，又占了权重。"
    wrong = "两行“保安服务费用”，描述也相同"
    right = "合并为一行"
    requires = ("S08",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for same_name in _grouped(form, context.vocabulary):
            by_description: dict[str, list[Indicator]] = {}
            for indicator in same_name:
                by_description.setdefault(squeeze(indicator.description.text), []).append(indicator)
            for same in by_description.values():
                if len(same) > 1:
                    yield _repetition(same)
            if len(by_description) > 1:
                yield _repetition([same[0] for same in by_description.values()], Severity.INFO, "name")


def _grouped(form: TargetForm, vocabulary: Vocabulary) -> Iterator[list[Indicator]]:
    """Indicators of one second level that share a name."""
    groups: dict[tuple[str, str], list[Indicator]] = {}
    for indicator in form.applicable:
        level2 = category_of(indicator, vocabulary) or squeeze(indicator.level2.text)
        if indicator.level3.text and level2:
            groups.setdefault((level2, squeeze(indicator.level3.text)), []).append(indicator)
    return (group for group in groups.values() if len(group) > 1)


def _repetition(same: list[Indicator], severity: Severity | None = None, variant: str = "") -> Finding:
    """Stands at the second one: the first is rightly there."""
    first, second = same[0], same[1]
    rows = listed(indicator.row for indicator in same)
    related = [indicator.level3.at for indicator in same]
    return found(second.level3, related=related, severity=severity, variant=variant, rows=rows, name=named(first))


class PlaceholderLeft(Rule):
    code = "I05"
    name = "placeholder-left"
    title = "残留模板占位"
    severity = Severity.ERROR
    message = "{field}里残留模板占位“{mark}”"
    advice = "请删去占位，换成本项目的内容"
    source = "各地公开表"
    why = "占位没有替换，说明这一处没有填完。"
    wrong = "指标1：完成××项目**次"
    right = "开展大厅明察暗访4次"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        placeholders = context.vocabulary.pattern("placeholders")
        for field, entry in _texts(form):
            match = placeholders.search(entry.text)
            if match is not None:
                yield found(entry, field=field, mark=brief(match[0]))


def _texts(form: TargetForm) -> Iterator[tuple[str, Entry]]:
    """Every text that a clerk writes freely, with its field's name."""
    yield "项目名称", form.project
    yield "单位名称", form.unit_name
    yield "资金用途", form.purpose
    for objective in form.objectives:
        yield "绩效目标", objective
    for indicator in form.applicable:
        yield "三级指标", indicator.level3
        if squeeze(indicator.description.text) != squeeze(indicator.level3.text):  # one mistake, one entry
            yield "绩效指标描述", indicator.description
        yield "指标值", value_cell(indicator)


RULES: tuple[Rule, ...] = (ValueRepeatsName(), IndicatorRepeated(), PlaceholderLeft())
