"""Family T: does every indicator hang in the right place of the indicator tree, and is the tree complete?"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import ClassVar

from perfxl.form import Indicator, TargetForm
from perfxl.issue import Severity
from perfxl.layout import Layout
from perfxl.rules.facts import (
    BENEFIT,
    COST,
    OUTPUT,
    QUALITY,
    QUANTITY,
    SATISFACTION,
    TIMELINESS,
    brief,
    category_of,
    found,
    level1_of,
    level2_of,
    names_of,
)
from perfxl.rules.respelling import retyped, term_nearest
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.vocabulary import Vocabulary


def _nearest(text: str, names: Collection[str]) -> str | None:
    """The name that an unknown one was probably meant to be."""
    return next(iter(difflib.get_close_matches(text, list(names), n=1, cutoff=0.6)), None)


def _all_levels2(vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for level1 in vocabulary.levels1 for name in vocabulary.levels2(level1)))


class Level1Unknown(Rule):
    code = "T01"
    name = "level1-unknown"
    title = "一级指标不在目录"
    severity = Severity.ERROR
    message = "一级指标“{value}”不在目录"
    advice = "请从下拉列表选：{choices}"
    variants: ClassVar = {"alias": ("一级指标“{value}”按“{standard}”处理", "请写标准名称“{standard}”")}
    source = "财预〔2015〕88号；财预〔2021〕101号；一体化系统的指标目录"
    why = "一级指标名称不统一，汇总时同类指标归不到一起。"
    wrong = "一级指标：产出类"
    right = "一级指标：产出指标"
    requires = ("T04",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        for indicator in form.applicable:
            entry = indicator.level1
            if not entry.text:
                continue
            standard = vocabulary.canonical_level1(entry.text)
            if standard is None:
                near = term_nearest(entry.text, vocabulary.levels1)
                facts = {"value": brief(entry.text), "choices": "、".join(vocabulary.levels1)}
                yield found(entry, facts, repair=retyped(entry, near or ""))
            elif vocabulary.is_alias_level1(entry.text):
                facts = {"value": entry.text, "standard": standard}
                yield found(entry, facts, severity=Severity.INFO, variant="alias", repair=retyped(entry, standard))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = 'IF({std1}="",AND({level1}<>"",OR({form.mixed}=0,{costly}=0)),FALSE)'
        yield LiveCheck("level1", wrong, "一级指标不在目录，请从列表中选（T01）")


class Level2Unknown(Rule):
    code = "T02"
    name = "level2-unknown"
    title = "二级指标不在目录"
    severity = Severity.ERROR
    message = "二级指标“{value}”不在目录"
    advice = "请从下拉列表选：{choices}"
    variants: ClassVar = {"alias": ("二级指标“{value}”按“{standard}”处理", "请写标准名称“{standard}”")}
    source = "一体化系统的指标目录；财预〔2021〕101号"
    why = "二级指标名称不统一，汇总时同类指标归不到一起。"
    wrong = "二级指标：产出数目"
    right = "二级指标：数量指标"
    requires = ("T04",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        for indicator in form.applicable:
            entry = indicator.level2
            if not entry.text:
                continue
            standard = vocabulary.canonical_level2(entry.text)
            if standard is None:
                choices = vocabulary.levels2(indicator.carried) or _all_levels2(vocabulary)
                near = term_nearest(entry.text, choices)
                facts = {"value": brief(entry.text), "choices": "、".join(choices)}
                yield found(entry, facts, repair=retyped(entry, near or ""))
            elif vocabulary.is_alias_level2(entry.text):
                facts = {"value": entry.text, "standard": standard}
                yield found(entry, facts, severity=Severity.INFO, variant="alias", repair=retyped(entry, standard))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        wrong = 'IF({std2}="",AND({level2}<>"",OR({form.mixed}=0,{costly}=0)),FALSE)'
        yield LiveCheck("level2", wrong, "二级指标不在目录，请从列表中选（T02）")


class Level2Misplaced(Rule):
    code = "T03"
    name = "level2-misplaced"
    title = "二级指标不属于所填一级指标"
    severity = Severity.ERROR
    message = "“{level2}”不应列在“{level1}”之下"
    advice = "请移到“{parents}”之下，或改选“{level1}”之下的二级指标：{choices}"
    source = "浙江监审意见“一级/二级指标类型错误”"
    why = "指标挂错了类，权重和评价标准就都错了。"
    wrong = "一级指标“效益指标”，二级指标“数量指标”"
    right = "一级指标“产出指标”，二级指标“数量指标”"
    requires = ("S08", "T01", "T02", "T04")

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        for indicator in form.applicable:
            level1, level2 = level1_of(indicator, vocabulary), level2_of(indicator, vocabulary)
            if level1 is None or level2 is None or level2 in vocabulary.levels2(level1):
                continue
            parents, choices = "、".join(vocabulary.parents_of(level2)), "、".join(vocabulary.levels2(level1))
            yield found(indicator.level2, level1=level1, level2=level2, parents=parents, choices=choices)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        known = '{lacking}=0,{std1}<>"",{std2}<>"",OR({form.mixed}=0,{costly}=0)'
        wrong = f'IF(AND({known}),ISERROR(FIND("|"&{{std1}}&"¦"&{{std2}}&"|",体系_串)),FALSE)'
        yield LiveCheck("level2", wrong, "二级指标不在所选一级指标之下，请重选（T03）")


class CostEditionsMixed(Rule):
    code = "T04"
    name = "cost-editions-mixed"
    title = "成本指标新旧口径混用"
    severity = Severity.ERROR
    message = "成本指标新旧口径混用：第{under}行列在“产出指标”之下，第{own}行又单列为一级指标"
    advice = "请统一：{rule}"
    source = "财预〔2021〕101号"
    why = "同一张表里成本指标放在两处，合计和权重都会重复或遗漏。"
    wrong = "“产出指标—成本指标”与一级指标“成本指标”同时出现"
    right = "只用其中一种"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        own = [item for item in form.applicable if _is_cost(item.carried)]
        under = [item for item in form.applicable if not _is_cost(item.carried) and _is_cost(item.level2.text)]
        if not own or not under:
            return
        single = COST in context.vocabulary.levels1
        wrong = under if single else own
        rule = "成本指标都单列为一级指标" if single else "成本指标都列在“产出指标”之下"
        at = wrong[0].level2 if single else next((item.level1 for item in wrong if item.level1.text), wrong[0].level2)
        related = [entry.at for item in (*own, *under) for entry in (item.level1, item.level2) if entry.text]
        rows = {name: "、".join(str(item.row) for item in items) for name, items in (("own", own), ("under", under))}
        yield found(at, rows, related=related, rule=rule)

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        hint = "成本指标新旧口径混用，请统一：成本指标都{}（T04）"
        if COST in vocabulary.levels1:
            wrong = "IF({costly}=2,AND({form.mixed}=1,COUNTIF({costly:above},2)=0),FALSE)"
            yield LiveCheck("level2", wrong, hint.format("单列为一级指标"))
            return
        # At the first level where an indicator has it typed, else at the first indicator that it is carried down to.
        first = (
            "IF({{costly}}={0},AND({{form.mixed}}=1,COUNTIF({{costly:{1}}},1)=0,COUNTIF({{costly:above}},{0})=0),FALSE)"
        )
        yield LiveCheck("level1", first.format(1, "above"), hint.format("列在“产出指标”之下"))
        yield LiveCheck("level2", first.format(3, "all"), hint.format("列在“产出指标”之下"))


def _is_cost(text: str) -> bool:
    """成本指标 in either place, whichever edition's names it goes by."""
    return text.strip() in (COST, COST.removesuffix("指标"))


class _Missing(Rule):
    """Base of the rules about categories that no indicator belongs to; each missing one is its own finding.

    While a row's own category is not known (nothing typed yet, or a name that is not in the list), what it was meant to
    be is not reported missing: that mistake has its own entry.
    """

    message = "没有设置“{category}”"
    advice = "请至少设置一条“{category}”"

    def _missing(self, form: TargetForm, vocabulary: Vocabulary, categories: Iterable[str]) -> Iterator[Finding]:
        if not form.applicable:  # nothing there at all is S01
            return
        for category in categories:
            first = category in vocabulary.levels1
            if category in (_levels1_meant(form, vocabulary) if first else _levels2_meant(form, vocabulary)):
                continue
            yield Finding(form.headings.get("level1" if first else "level2"), {"category": category})


def _levels1_meant(form: TargetForm, vocabulary: Vocabulary) -> set[str]:
    """First levels that the form has, or may have once its mistakes are corrected."""
    meant: set[str] = set()
    for indicator in form.applicable:
        if not indicator.carried:
            return set(vocabulary.levels1)
        known = level1_of(indicator, vocabulary) or _nearest(indicator.carried, vocabulary.levels1)
        if known is None:  # it may be any
            return set(vocabulary.levels1)
        meant.add(known)
    return meant


def _levels2_meant(form: TargetForm, vocabulary: Vocabulary) -> set[str]:
    """Second levels that the form has, or may have once its mistakes are corrected."""
    everything = _all_levels2(vocabulary)
    meant: set[str] = set()
    for indicator in form.applicable:
        if indicator.level2.blank or indicator.level2.fault:
            meant.update(vocabulary.levels2(indicator.carried) or everything)
            continue
        known = level2_of(indicator, vocabulary) or _nearest(indicator.level2.text, everything)
        meant.update({known} if known else everything)
    return meant


class OutputOrBenefitMissing(_Missing):
    code = "T05"
    name = "output-or-benefit-missing"
    title = "缺产出指标或效益指标"
    severity = Severity.ERROR
    source = "财预〔2021〕101号（原则上均应设置）；浙江监审意见"
    why = "没有产出就不知道钱办了什么事，没有效益就不知道办得值不值。"
    wrong = "只有产出指标和满意度指标"
    right = "产出指标、效益指标各至少一条"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        yield from self._missing(form, context.vocabulary, (OUTPUT, BENEFIT))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        for category in (OUTPUT, BENEFIT):
            yield _missing_level1(category, self)


class QuantityOrQualityMissing(_Missing):
    code = "T06"
    name = "quantity-or-quality-missing"
    title = "产出缺数量指标或质量指标"
    severity = Severity.WARNING
    message = "产出指标里没有“{category}”"
    advice = "请补设“{category}”"
    source = "财预〔2021〕101号（数量、质量原则上均需设置）"
    why = "产出要同时说清做多少和做得怎样。"
    wrong = "产出指标下只有时效指标和成本指标"
    right = "产出指标下有数量指标和质量指标"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        if OUTPUT in _levels1_meant(form, context.vocabulary):  # else T05
            yield from self._missing(form, context.vocabulary, (QUANTITY, QUALITY))

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        for category in (QUANTITY, QUALITY):
            yield _missing_level2(category, self)


class CategoryMissing(_Missing):
    code = "T07"
    name = "category-missing"
    title = "缺时效、成本或满意度指标"
    severity = Severity.WARNING
    advice = "请补设“{category}”；确不适用的，写一行“不适用”并在情况说明里写明理由"
    source = "中发〔2018〕34号；财预〔2021〕101号；浙江监审意见“增加满意度指标”"
    why = "多数项目都有时限、花费和服务对象，不设要有理由。"
    wrong = "没有满意度指标，也没有说明"
    right = "设满意度指标，或写一行“不适用”并说明理由"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        wanted = [COST, SATISFACTION]
        if OUTPUT in _levels1_meant(form, vocabulary):  # else T05
            wanted.insert(0, TIMELINESS)
        elif COST not in vocabulary.levels1:
            wanted.remove(COST)
        excused = {name for item in form.indicators if _excused(item) for name in _both_levels(item, vocabulary)}
        yield from self._missing(form, vocabulary, [name for name in wanted if name not in excused])

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        yield _missing_level2(TIMELINESS, self, excusable=True)
        missing = _missing_level1 if COST in vocabulary.levels1 else _missing_level2
        yield missing(COST, self, excusable=True)
        yield _missing_level1(SATISFACTION, self, excusable=True)


def _missing_level1(category: str, rule: Rule, *, excusable: bool = False) -> LiveCheck:
    """While a row's first level is missing or unknown, nobody can say what is missing."""
    wrong = f'{{form.indicators}}>0,{{form.unclear1}}+{{form.open1}}=0,SUMPRODUCT({{applies:all}}*({{std1:all}}="{category}"))=0'
    return _missing_check("level1", wrong, category, rule, excusable)


def _missing_level2(category: str, rule: Rule, *, excusable: bool = False) -> LiveCheck:
    """Of a second level under 产出指标; without any of those it is T05's."""
    there = f'OR({{form.open1}}>0,SUMPRODUCT({{applies:all}}*({{std1:all}}="{OUTPUT}"))>0)'
    # A row without second level may have been meant to be it.
    open_rows = f'SUMPRODUCT(({{gap2:all}}="{OUTPUT}")+({{gap2:all}}="全"))=0'
    none = f'SUMPRODUCT({{applies:all}}*({{std2:all}}="{category}"))=0'
    wrong = f"{{form.indicators}}>0,{{form.unclear2}}=0,{there},{open_rows},{none}"
    return _missing_check("level2", wrong, category, rule, excusable)


def _missing_check(target: str, wrong: str, category: str, rule: Rule, excusable: bool) -> LiveCheck:
    if excusable:
        either = f'(({{std1:all}}="{category}")+({{category:all}}="{category}")>0)'
        wrong += f",SUMPRODUCT({{excuse:all}}*{either})=0"
    hint = f"没有设置“{category}”，请补设（{rule.code}）"
    return LiveCheck(target, f"AND({{form.faults}}=0,{wrong})", hint, rule.severity, whole_table=True)


def _excused(indicator: Indicator) -> bool:
    return indicator.not_applicable and bool(indicator.explanation)


def _both_levels(indicator: Indicator, vocabulary: Vocabulary) -> set[str | None]:
    return {level1_of(indicator, vocabulary), category_of(indicator, vocabulary)}


class SatisfactionMisplaced(Rule):
    code = "T08"
    name = "satisfaction-misplaced"
    title = "满意度列在别的指标之下"
    severity = Severity.WARNING
    message = "“{name}”是满意度，却列在“{level2}”之下"
    advice = "请移到满意度指标之下；那里已有的，请删去这一条"
    source = "2023年样表（第104号）；各地公开表"
    why = "满意度另有权重，放在产出或效益里会重复计算。"
    wrong = "质量指标：群众满意度 ≥90%"
    right = "服务对象满意度指标：群众满意度 ≥90%"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        vocabulary = context.vocabulary
        satisfaction, survey = vocabulary.pattern("satisfaction"), vocabulary.pattern("satisfaction_survey")
        for indicator in form.applicable:
            level1 = level1_of(indicator, vocabulary)
            if level1 in (None, SATISFACTION) or survey.search(names_of(indicator)):
                continue
            for entry in (indicator.level3, indicator.description):
                if satisfaction.search(entry.text):
                    level2 = indicator.level2.text or level1
                    yield found(entry, related=(indicator.level2.at,), name=brief(entry.text), level2=level2)
                    break

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        survey = 'NOT(ISNUMBER(FIND("满意度调查",{names})))'
        elsewhere = f'{{std1}}<>"",{{std1}}<>"{SATISFACTION}",{survey}'
        hint = "满意度应列在满意度指标之下，请移过去（T08）"
        in_name = 'ISNUMBER(FIND("满意",{level3}))'
        yield LiveCheck("level3", f"IF({in_name},AND({elsewhere}),FALSE)", hint, Severity.WARNING)
        in_description = 'ISNUMBER(FIND("满意",{description}))'
        wrong = f"IF({in_description},AND({elsewhere},NOT({in_name})),FALSE)"
        yield LiveCheck("description", wrong, hint, Severity.WARNING)


RULES: tuple[Rule, ...] = (
    Level1Unknown(),
    Level2Unknown(),
    Level2Misplaced(),
    CostEditionsMixed(),
    OutputOrBenefitMissing(),
    QuantityOrQualityMissing(),
    CategoryMissing(),
    SatisfactionMisplaced(),
)
