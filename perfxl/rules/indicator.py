"""Family I: does the name of an indicator say what is measured?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import ClassVar

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import Severity
from perfxl.layout import Layout
from perfxl.quantity import Unit, quantities_in
from perfxl.rules.facts import bare, brief, category_of, found, listed, named, stem, texts_of, unit_cell, value_cell
from perfxl.rules.formula import SHORTEST_PART, has_placeholder
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

_SIGN = re.compile(r"[<>=≥≤≧≦⩾⩽＜＞＝]")


class DescriptionRepeatsName(Rule):
    code = "I01"
    name = "description-repeats-name"
    title = "描述与名称相同"
    severity = Severity.INFO
    message = "“{name}”的描述与名称相同，没有解释口径"
    advice = "请在描述里写统计口径或计算方法"
    variants: ClassVar = {
        "many": ("{total}条指标里有{count}条的描述与名称相同，没有解释口径", "请在描述里写统计口径或计算方法")
    }
    source = "一体化系统（指标解释写定义、计算方法或统计口径）；2023年样表"
    why = "不写口径，同一个指标各人算出来不一样。"
    wrong = "三级指标“合格率”，描述“合格率”"
    right = "三级指标“合格率”，描述“抽检合格件数÷抽检总件数”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        same = [item for item in form.applicable if item.level3.text and _described_by_name(item)]
        total = len(form.applicable)
        if len(same) > 1 and len(same) > total * context.thresholds.same_description_share:
            cells = (item.description.at for item in same)
            yield found(same[0].description, related=cells, variant="many", count=len(same), total=total)
            return
        for indicator in same:
            yield found(indicator.description, related=(indicator.level3.at,), name=named(indicator))


def _described_by_name(indicator: Indicator) -> bool:
    return indicator.description.key == indicator.level3.key


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
        repeated = repeated_in(indicator)
        if repeated is not None:
            what, entry, whole = repeated
            yield _repeat(
                indicator, what, entry, Severity.ERROR if whole else Severity.WARNING, "" if whole else "part"
            )

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        yield LiveCheck("body", "{repeats}=1", "指标值只是重复名称，请写可衡量的值（I02）")
        hint = "指标值只是名称里的一段话，请写可衡量的值（I02）"
        yield LiveCheck("body", "{repeats}=2", hint, Severity.WARNING)


def repeated_in(indicator: Indicator) -> tuple[str, Entry, bool] | None:
    """What the value repeats: its name in a sentence, the cell, and whether it is all of it; None where it is neither."""
    value = bare(indicator.target.key)
    names = (("三级指标名称", indicator.level3), ("绩效指标描述", indicator.description))
    for what, entry in names:
        if value and value == bare(entry.key):
            return what, entry, True
    for what, entry in names:
        if len(value) >= SHORTEST_PART and value in bare(entry.key):
            return what, entry, False
    return None


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


class NameGeneric(Rule):
    code = "I03"
    name = "name-generic"
    title = "三级指标是通用名"
    severity = Severity.WARNING
    message = "三级指标“{name}”是通用名，看不出是本项目的什么"
    advice = "请写本项目自己的名称"
    variants: ClassVar = {
        "described": ("三级指标“{name}”是通用名，看不出是本项目的什么", "请写本项目自己的名称，如“{description}”")
    }
    source = "浙江监审意见“不够细化、量化”；2023年样表（第97、102号）"
    why = "换一个项目也能用的名称，考核不到这个项目。"
    wrong = "三级指标“提供产品及服务数量”，描述“购置工装数量”"
    right = "三级指标“购置工装数量”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        generic = context.vocabulary.has
        for indicator in form.applicable:
            name, description = indicator.level3, indicator.description
            if not name.text or not generic("generic_names", name.text):
                continue
            facts = {"name": brief(name.text), "description": brief(description.text)}
            usable = description.text and not generic("generic_names", description.text)
            yield found(name, facts, related=(description.at,), variant="described" if usable else "")

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = 'ISNUMBER(FIND("|"&{key3}&"|",通用_串))'
        yield LiveCheck("level3", wrong, "三级指标是通用名，请写本项目自己的名称（I03）", Severity.WARNING)


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
                by_description.setdefault(indicator.description.key, []).append(indicator)
            for same in by_description.values():
                if len(same) > 1:
                    yield _repetition(same)
            if len(by_description) > 1:
                yield _repetition([same[0] for same in by_description.values()], Severity.INFO, "name")

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = 'IF(AND({twin}<>"",{lacking}=0),SUMPRODUCT(--EXACT({twin:above},{twin}))=1,FALSE)'
        yield LiveCheck("level3", wrong, "与上面的指标重复，请合并或改名（I04）")


def _grouped(form: TargetForm, vocabulary: Vocabulary) -> Iterator[list[Indicator]]:
    """Indicators of one second level that share a name."""
    groups: dict[tuple[str, str], list[Indicator]] = {}
    for indicator in form.applicable:
        level2 = category_of(indicator, vocabulary) or indicator.level2.key
        if indicator.level3.text and level2:
            groups.setdefault((level2, indicator.level3.key), []).append(indicator)
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
        heads = (("项目名称", form.project), ("单位名称", form.unit_name))
        for field, entry in (*heads, *texts_of(form)):
            match = placeholders.search(entry.text)
            if match is not None:
                yield found(entry, field=field, mark=brief(match[0]))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        hint = "有没替换的占位（如 **、××），请改写（I05）"
        for field in ("project", "unit_name", "purpose", "objectives"):
            yield LiveCheck(field, f'IF({{{field}}}="",FALSE,{has_placeholder(f"{{{field}}}")})', hint)
        for column, where in (("level3", "TRUE"), ("description", "NOT(EXACT({keyd},{key3}))"), ("body", "TRUE")):
            wrong = f"IF({{placeholder}}=1,AND({where},{has_placeholder(f'{{{column}}}')}),FALSE)"
            yield LiveCheck(column, wrong, hint)


class NameCarriesTarget(Rule):
    code = "I06"
    name = "name-carries-target"
    title = "名称里夹带目标值"
    severity = Severity.WARNING
    message = "三级指标“{name}”里夹带目标值“{target}”"
    advice = "请把“{target}”移到指标值，名称只写考核什么"
    source = "各地公开表"
    why = "目标写在名称里，既考核不到，又可能与指标值不一致。"
    wrong = "三级指标“村组干部230人”"
    right = "三级指标“村组干部人数”，指标值“=230人”"
    requires = ("I05",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            target = _target_in(indicator.level3.text)
            if target:
                yield found(
                    indicator.level3, related=(value_cell(indicator).at,), name=named(indicator), target=brief(target)
                )


def _target_in(name: str) -> str:
    """A sign with what follows it, or the quantity at the end of a name; a number elsewhere may well belong (24小时值班)."""
    sign = _SIGN.search(name)
    if sign is not None:
        return name[sign.start() :].strip("()（） ")
    end = squeeze(name).strip("()")
    for quantity in quantities_in(name):
        typed = f"{quantity.number_text}{quantity.unit or ''}"
        if quantity.measured_in is not None and (end.endswith(squeeze(typed)) or quantity.unit_normalised == "%"):
            return typed
    return ""


class UnitUnlikeName(Rule):
    code = "I07"
    name = "unit-unlike-name"
    title = "名称与计量单位不符"
    severity = Severity.WARNING
    message = "“{name}”的单位是“{unit}”，按名称应为“{expected}”"
    advice = "请改名称，或把单位改为“{expected}”"
    source = "浙江监审意见“指标与指标值不匹配”；2023年样表（第98、101号）"
    why = "名称说的是人数，值却以人次计，到底考核哪一个说不清。"
    wrong = "申请鉴定人数 ≥1800人次"
    right = "申请鉴定人次 ≥1800人次"
    requires = ("S08", "V05")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        for indicator in form.applicable:
            unit = indicator.value.measured_in
            if unit is None or not unit.known:  # V05, V04
                continue
            for entry in (indicator.level3, indicator.description):
                expected = _unit_expected(stem(entry), vocabulary)
                if expected is None:
                    continue
                shown, fitting, severity = expected
                if not fitting(unit):
                    facts = {"name": brief(entry.text), "unit": unit.text, "expected": shown}
                    yield found(unit_cell(indicator), facts, related=(entry.at,), severity=severity)
                break


Fitting = Callable[[Unit], bool]


def _unit_expected(name: str, vocabulary: Vocabulary) -> tuple[str, Fitting, Severity] | None:
    """The unit that the end of a name calls for: as shown, as a test, and how grave another one is."""
    for words, shown, fitting in _ENDINGS:
        if vocabulary.pattern(words).search(name):
            return shown, fitting, Severity.WARNING
    counted = vocabulary.pattern("counted_endings").search(name)
    return (counted[0], lambda unit: unit.measure == counted[0], Severity.INFO) if counted else None


_ENDINGS: tuple[tuple[str, str, Fitting], ...] = (
    ("share_endings", "%", lambda unit: unit.dimension in ("ratio", "points", "scale")),
    ("visit_endings", "人次", lambda unit: unit.measure == "人次"),
    ("headcount_endings", "人", lambda unit: unit.measure in ("人", "位")),
    ("times_endings", "次", lambda unit: unit.normalised.endswith(("次", "场", "轮", "遍", "期"))),
    ("span_endings", "年、个月或天", lambda unit: unit.dimension == "time"),
)


class NameUnlikeDescription(Rule):
    code = "I08"
    name = "name-unlike-description"
    title = "名称与描述似指两事"
    severity = Severity.INFO
    message = "名称“{name}”与描述“{description}”似指两件事"
    advice = "请人工核对，描述应解释这个名称"
    source = "本目录；2023年样表（第100号）"
    why = "名称和描述说的不是一件事，就不知道考核哪一件。"
    wrong = "三级指标“EMS退回率”，描述“认证暂停告知文书EMS送达情况”"
    right = "三级指标“EMS退回率”，描述“告知文书EMS退回件数占寄出件数的比例”"
    default = False

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for indicator in form.applicable:
            name, description = indicator.level3.key, indicator.description.key
            if not name or not description or context.vocabulary.has("generic_names", name):
                continue
            letters, others = set(name), set(description)
            if Decimal(len(letters & others)) / len(letters | others) < context.thresholds.resemblance:
                facts = {"name": named(indicator), "description": brief(indicator.description.text)}
                yield found(indicator.description, facts, related=(indicator.level3.at,))


RULES: tuple[Rule, ...] = (
    DescriptionRepeatsName(),
    ValueRepeatsName(),
    NameGeneric(),
    IndicatorRepeated(),
    PlaceholderLeft(),
    NameCarriesTarget(),
    UnitUnlikeName(),
    NameUnlikeDescription(),
)
