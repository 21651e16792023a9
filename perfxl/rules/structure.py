"""Family S: is the form complete, and is it the form that was sent out?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import At, Severity
from perfxl.layout import AMOUNTS, LATEST, LAYOUTS, OBJECTIVES_LABEL, Layout
from perfxl.rules.facts import brief, found, named, unit_cell, value_cell
from perfxl.rules.formula import only_digits
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary, editions

_TITLE_ENDING = "绩效目标表"
_LONGEST_SIGN_AND_UNIT = 20
_LEADING_NUMBER = re.compile(r"\d+[.、)]?")


def _layout_of(form: TargetForm) -> Layout:
    """The form's layout; a document has none, but its fields go by the same words."""
    return LAYOUTS.get(form.layout, LATEST)


def _head(form: TargetForm, name: str) -> Entry:
    entry: Entry = getattr(form.budget if name in AMOUNTS else form, name)
    return entry


class RequiredFieldBlank(Rule):
    code = "S01"
    name = "required-field-blank"
    title = "必填项没有填"
    severity = Severity.ERROR
    message = "“{field}”没有填写"
    advice = "请补填“{field}”"
    variants: ClassVar = {
        "objectives": ("绩效目标一条也没有填写", "请至少写一条绩效目标"),
        "indicators": ("绩效指标一条也没有填写", "请至少写一条绩效指标"),
        "fault": ("“{field}”里是“{fault}”，读不到内容", "请删去公式或错误值，直接填写“{field}”"),
    }
    source = "财预〔2015〕88号（完整性）；一体化系统的必录项"
    why = "缺了这些内容，就无法知道是哪个单位的哪个项目、花多少钱、要达到什么目标。"
    wrong = "项目名称：（空）"
    right = "项目名称：社保卡制卡工本费"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        layout = _layout_of(form)
        for field in layout.fields:
            entry = _head(form, field.name) if field.required else None
            if entry is None:
                continue
            if entry.blank:
                yield found(entry, field=field.term)
            elif entry.fault and field.name not in AMOUNTS:  # an amount's fault is A02
                yield found(entry, variant="fault", field=field.term, fault=entry.fault)
        for objective in form.objectives:
            if objective.fault:
                yield found(objective, variant="fault", field=OBJECTIVES_LABEL, fault=objective.fault)
        if all(objective.blank for objective in form.objectives):
            row, column = layout.objective_rows.start, layout.field("purpose").column
            yield Finding(_input(form, row, column), variant="objectives")
        if not form.applicable:
            yield Finding(_input(form, layout.first_row, layout.column("level1").column), variant="indicators")

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        for field in layout.fields:
            if field.required and field.typed:
                blank = f"{{form.{field.name}_state}}=0" if field.name in AMOUNTS else f'{{{field.name}}}=""'
                yield LiveCheck(field.name, blank, f"“{field.term}”没有填写，请补填（S01）")
        first = f"ROW()={layout.objective_rows.start}"
        yield LiveCheck("objectives", f"AND({first},{{form.aimless}}=1)", "请至少写一条绩效目标（S01）")
        wrong = "AND({form.indicators}=0,{form.faults}=0)"
        yield LiveCheck("level1", wrong, "请至少写一条绩效指标（S01）", first_row=True)


def _input(form: TargetForm, row: int, column: int) -> At | None:
    """A cell of the sheet that nothing was typed into; a document has no such place."""
    return At(form.sheet, row, column) if form.layout in LAYOUTS else None


class UnitCodeMalformed(Rule):
    code = "S02"
    name = "unit-code-malformed"
    title = "单位编码不合规"
    severity = Severity.ERROR
    message = "单位编码“{value}”应为{digits}位数字"
    advice = "请按预算编码填写单位编码"
    variants: ClassVar = {"joined": ("单位编码“{value}”里混有别的文字", "请只填{digits}位编码，单位名称填在“单位名称”")}
    source = "2023年样表；各地公开表"
    why = "汇总、查重、与批复核对都以单位编码为准。"
    wrong = "单位编码：353302天津市社会保险基金管理中心"
    right = "单位编码：353302"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        code, pattern = form.unit_code, context.vocabulary.unit_code_pattern
        if code.blank or code.fault or pattern.fullmatch(code.text):
            return
        digits = "、".join(str(length) for length in range(1, 13) if pattern.fullmatch("0" * length))
        joined = re.search(r"\d{3}", code.text) and re.search(r"[\u4e00-\u9fff]", code.text)
        yield found(code, variant="joined" if joined else "", value=brief(code.text), digits=digits)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        digits = [length for length in range(1, 13) if vocabulary.unit_code_pattern.fullmatch("0" * length)]
        lengths = ",".join(f"LEN({{unit_code}})={length}" for length in digits)
        wrong = f'AND({{unit_code}}<>"",NOT(AND(OR({lengths}),{only_digits("{unit_code}")})))'
        shown = "、".join(map(str, digits))
        yield LiveCheck("unit_code", wrong, f"单位编码应为{shown}位数字，请按预算编码填写（S02）")


class UnitUnlikeRoster(Rule):
    code = "S03"
    name = "unit-unlike-roster"
    title = "单位与名册不符"
    severity = Severity.ERROR
    message = "编码{code}在名册中是“{listed}”，表内是“{name}”"
    advice = "请以名册为准，核对编码和名称"
    variants: ClassVar = {
        "unlisted": ("单位编码{code}不在名册中", "请核对编码；确是新增单位的，请先报财政部门列入名册"),
        "elsewhere": (
            "单位编码{code}不在名册中；名册中“{name}”的编码是{listed}",
            "请把单位编码改为{listed}",
        ),
    }
    source = "本目录"
    why = "编码和名称对不上，报表会归到别的单位名下。"
    wrong = "353302 天津市社保中心（名册：353302 天津市社会保险基金管理中心）"
    right = "353302 天津市社会保险基金管理中心"
    requires = ("S01", "S02")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        code, name, roster = form.unit_code, form.unit_name, context.roster
        if roster is None or not code.text:
            return
        listed = roster.by_code.get(code.key)
        facts: dict[str, object] = {"code": brief(code.text), "name": brief(name.text)}
        if listed is None:
            other = roster.by_name.get(name.key)
            variant = "elsewhere" if other else "unlisted"
            yield found(code, facts, related=(name.at,), variant=variant, listed=other.code if other else "")
        elif name.text and squeeze(listed.name) != name.key:
            yield found(name, facts, related=(code.at,), listed=listed.name)


class TitleOfOtherProject(Rule):
    code = "S04"
    name = "title-of-other-project"
    title = "标题与项目名称不一致"
    severity = Severity.WARNING
    message = "标题“{title}”与项目名称“{project}”不一致"
    advice = "请改标题或项目名称，标题应为“{project}绩效目标表”"
    source = "2023年样表"
    why = "标题与项目名称不同，多半是沿用了别的项目的表。"
    wrong = "标题：劳动能力鉴定经费绩效目标表；项目名称：社保中心宣传费"
    right = "标题：社保中心宣传费绩效目标表；项目名称：社保中心宣传费"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        title, project = form.title, form.project
        if title.blank or title.fault or project.blank or project.fault:
            return
        typed, expected = title.key, squeeze(project.text + _TITLE_ENDING)
        # The number of the project may stand before the title, and a project may begin with a number itself.
        number = form.project_no.key
        without_number = {_LEADING_NUMBER.sub("", typed, count=1), typed.removeprefix(number).lstrip(".、)")}
        if expected not in {typed, *without_number}:
            yield found(title, related=(project.at,), title=brief(title.text), project=brief(project.text))


class MoneyUnitWrong(Rule):
    code = "S05"
    name = "money-unit-wrong"
    title = "金额单位不对"
    severity = Severity.ERROR
    message = "金额单位是“{unit}”，本批次应为“{expected}”"
    advice = "请把金额单位改为“{expected}”，各项金额一并换算"
    variants: ClassVar = {
        "unknown": ("金额单位“{unit}”不在 {known} 之中", "请把金额单位改为“{expected}”，并核对各项金额")
    }
    source = "本目录；各地公开表"
    why = "单位不同的金额放在一起，汇总数就错了。"
    wrong = "单位：百元"
    right = "单位：万元"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        entry, vocabulary = form.money_unit, context.vocabulary
        if entry.blank or entry.fault:
            return
        worth = vocabulary.money_factor(entry.text)
        expected = form.template_money_unit or vocabulary.money_unit
        if worth is None:
            known = "、".join(vocabulary.money_units)
            yield found(entry, variant="unknown", unit=brief(entry.text), known=known, expected=expected)
        elif form.template_money_unit and worth != vocabulary.money_factor(form.template_money_unit):
            yield found(entry, unit=brief(entry.text), expected=expected)


class YearOfOtherBatch(Rule):
    code = "S06"
    name = "year-of-other-batch"
    title = "年度与批次不符"
    severity = Severity.ERROR
    message = "表内年度是{own}，本批次是{batch}"
    advice = "请核对年度，换用本批次下发的模板"
    variants: ClassVar = {
        "unknown": ("版式无年度栏，也没有给定批次年度，凡与年度有关的检查都略过", "由批次给定年度后再校验")
    }
    source = "本目录；2023年样表无年度栏"
    why = "用了上一年的模板，文字和金额往往也是上一年的。"
    wrong = "2024年批次里报来2023年的表"
    right = "2024年批次里报来2024年的表"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        if form.year is None and context.year is None:
            yield Finding(None, severity=Severity.INFO, variant="unknown")
        elif form.year is not None and context.year is not None and form.year != context.year:
            yield Finding(None, {"own": form.year, "batch": context.year})


class TemplateChanged(Rule):
    code = "S07"
    name = "template-changed"
    title = "模板被改动"
    severity = Severity.ERROR
    message = "模板被改动：{cell}应为“{expected}”，现为“{found}”"
    advice = "请换用下发的模板填写，或把{cell}改回“{expected}”"
    variants: ClassVar = {
        "edition": (
            "表内记的口径“{edition}”不认识，暂按“{used}”检查",
            "请换用本批次下发的模板，或升级 perfxl",
        )
    }
    source = "本目录"
    why = "表头变了，程序和人都可能把一栏读成另一栏。"
    wrong = "“三级指标”一栏的标题被改成“考核指标”"
    right = "表头与下发的模板一致"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        if form.edition is not None and form.edition not in (context.vocabulary.edition, *editions()):
            yield Finding(None, {"edition": form.edition, "used": context.vocabulary.label}, variant="edition")
        for deviation in form.deviations:
            facts = {"cell": deviation.at.a1, "expected": deviation.expected, "found": deviation.found or "空白"}
            yield Finding(deviation.at, facts, deviation.found)


class IndicatorIncomplete(Rule):
    code = "S08"
    name = "indicator-incomplete"
    title = "指标行不完整"
    severity = Severity.ERROR
    message = "第{row}行缺“{column}”"
    advice = "请补填“{column}”，不要的行请整行清空"
    variants: ClassVar = {
        "carried": ("第{row}行没有一级指标，上面也没有可以沿用的", "请补填“一级指标”"),
        "fault": ("第{row}行“{column}”里是“{fault}”，读不到内容", "请删去公式或错误值，直接填写“{column}”"),
        "number": ("第{row}行“{name}”的指标值只有“{value}”，缺数值", "请在“数值或文字”里补填数值"),
    }
    source = "一体化系统：“第N行的……为必录项”"
    why = "指标缺了哪一栏都无法考核。"
    wrong = "三级指标“社保卡片数量”，指标值为空"
    right = "三级指标“社保卡片数量”，指标值“≥469483张”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for position, indicator in enumerate(form.applicable):
            row = indicator.row
            if form.layout not in LAYOUTS and _only_levels(indicator):
                continue  # printed tables have the levels beforehand and leave the rest of the row empty
            if position == 0 and not indicator.carried and not indicator.level1.fault:
                yield found(indicator.level1, variant="carried", row=row)
            for column, entry in zip(
                ("一级指标", "二级指标", "三级指标", "绩效指标描述"), _names(indicator), strict=True
            ):
                if entry.fault:
                    yield found(entry, variant="fault", row=row, column=column, fault=entry.fault)
                elif entry.blank and (entry is indicator.level2 or entry is indicator.level3):
                    yield found(entry, row=row, column=column)
            yield from self._value(indicator, context.vocabulary)

    def _value(self, indicator: Indicator, vocabulary: Vocabulary) -> Iterator[Finding]:
        target, cell, row = indicator.target, value_cell(indicator), indicator.row
        if target.fault:
            parts = (indicator.relation, indicator.body, indicator.measure)
            faulty = next((part for part in parts if part.fault), target)
            yield found(faulty, variant="fault", row=row, column="指标值", fault=target.fault)
        elif target.blank:
            yield found(cell, row=row, column="指标值")
        elif indicator.value.kind == "qualitative" and _only_sign_and_unit(target.text, vocabulary):
            yield found(
                cell,
                variant="number",
                related=(unit_cell(indicator).at,),
                row=row,
                name=named(indicator),
                value=target.text,
            )

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        yield LiveCheck("level1", "{lacking}=2", "缺一级指标，请从列表中选（S08）")
        for name, label in (("level2", "二级指标"), ("level3", "三级指标")):
            yield LiveCheck(name, f'{{{name}}}=""', f"缺{label}，请补填或清空整行（S08）")
        # 指标值 is three cells; the middle one stands for them.
        yield LiveCheck("body", '{kind}="空"', "缺指标值，请补填或清空整行（S08）")
        yield LiveCheck("body", '{kind}="缺"', "指标值缺数值，请补填（S08）")


def _names(indicator: Indicator) -> tuple[Entry, ...]:
    return (indicator.level1, indicator.level2, indicator.level3, indicator.description)


def _only_levels(indicator: Indicator) -> bool:
    return indicator.level3.blank and indicator.description.blank and indicator.target.blank


def _only_sign_and_unit(text: str, vocabulary: Vocabulary) -> bool:
    """``≥``, ``百分比`` or ``≥百分比``: the two outer cells of 指标值 were filled in, the middle one forgotten."""
    typed = squeeze(text)
    if len(typed) > _LONGEST_SIGN_AND_UNIT or any(char.isdecimal() for char in typed):
        return False
    if vocabulary.sign(typed) is not None or vocabulary.measure(typed) is not None:
        return True
    signs = (length for length in range(1, len(typed)) if vocabulary.sign(typed[:length]) is not None)
    return any(vocabulary.measure(typed[length:]) is not None for length in signs)


RULES: tuple[Rule, ...] = (
    RequiredFieldBlank(),
    UnitCodeMalformed(),
    UnitUnlikeRoster(),
    TitleOfOtherProject(),
    MoneyUnitWrong(),
    YearOfOtherBatch(),
    TemplateChanged(),
    IndicatorIncomplete(),
)
