"""Family G: do the objectives (绩效目标) say what is to come of the money?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from perfxl.form import Entry, TargetForm, objective_number
from perfxl.issue import Severity
from perfxl.layout import Layout
from perfxl.quantity import quantities_in
from perfxl.rules.facts import NUMBER_IN_WORDS, bare, found, texts_of
from perfxl.rules.formula import array, key, unmarked
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

_CHINESE_DIGITS = {char: number for number, char in enumerate("一二三四五六七八九", 1)}
# A number that begins another objective in the same line: behind a full stop, not the 1. of 1.5.
_NEXT_NUMBER = re.compile(
    r"[。；;\s]\s*(\d{1,2})\s*[.．、](?!\d)|[。；;\s]\s*[（(](\d{1,2}|[一二三四五六七八九十]{1,3})[)）]"
)
_SHORTEST_COPY = 6
# What may end an objective, as the formulas fold it.
_FOLDED_ENDINGS = "。.;,、!"


def _ordinal(text: str) -> int | None:
    """The number that 3、 or （十二） stands for."""
    plain = squeeze(text).strip("().、")
    if plain.isdecimal():
        return int(plain)
    tens, ten, ones = plain.rpartition("十")
    digits = _CHINESE_DIGITS
    if any(char not in digits for char in tens + ones) or len(tens) > 1 or len(ones) > 1 or not plain:
        return None
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)


def _style(text: str) -> str:
    """What kind of numbering: the same for every number of one kind."""
    return re.sub("[一二三四五六七八九十]+", "一", re.sub(r"\d+", "1", squeeze(text)))


class ObjectivesMisnumbered(Rule):
    code = "G01"
    name = "objectives-misnumbered"
    title = "绩效目标编号不规范"
    severity = Severity.WARNING
    message = "绩效目标的编号应为{expected}，现为{numbers}"
    advice = "请按 1.2.3. 重排，每条一行"
    variants: ClassVar = {
        "line": ("一行里写了不止一条绩效目标：“{number}”之后还有“{next}”", "请每条绩效目标单独写一行，按 1.2.3. 编号")
    }
    source = "2023年样表；各地公开表"
    why = "编号乱了，审核和自评时对不上是哪一条。"
    wrong = "1.制卡。3.发卡。（缺2）"
    right = "1.制卡。2.发卡。3.换卡。"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        for objective in form.objectives:
            number, rest = objective_number(objective.text)
            own = _ordinal(number)
            others = _NEXT_NUMBER.finditer(rest) if own else ()
            following = next((match for match in others if _ordinal(match[1] or match[2]) == (own or 0) + 1), None)
            if following is not None:
                yield found(objective, variant="line", number=number, next=following[0].strip("。；; "))
                return
        yield from self._sequence(form)

    def _sequence(self, form: TargetForm) -> Iterator[Finding]:
        objectives = list(_without_continuations(form.objectives))
        numbers = [objective_number(entry.text)[0] for entry in objectives]
        if len(objectives) < 2 or not any(numbers):
            return
        wrong = next(
            (
                place
                for place, number in enumerate(numbers)
                if _ordinal(number) != place + 1 or _style(number) != _style(numbers[0])
            ),
            None,
        )
        if wrong is not None:
            expected = "".join(f"{number}." for number in range(1, len(numbers) + 1))
            shown = "、".join(number or "（无编号）" for number in numbers)
            yield found(objectives[wrong], expected=expected, numbers=shown)


def _without_continuations(objectives: tuple[Entry, ...]) -> Iterator[Entry]:
    """Leaves out an unnumbered line that goes on with the objective above it in the same cell."""
    above: Entry | None = None
    for entry in objectives:
        continues = above is not None and above.at == entry.at and not objective_number(entry.text)[0]
        if not continues and not entry.fault:
            yield entry
        above = entry


class ObjectiveCopiesPurpose(Rule):
    code = "G02"
    name = "objective-copies-purpose"
    title = "绩效目标照抄资金用途"
    severity = Severity.WARNING
    message = "绩效目标照抄资金用途"
    advice = "请写这笔钱预期的产出和效果"
    variants: ClassVar = {
        "part": ("绩效目标与资金用途有一方完全包含另一方", "请写这笔钱预期的产出和效果，不必重复资金用途")
    }
    source = "财预〔2015〕88号；2023年样表（第99号）"
    why = "资金用途说钱花在哪，绩效目标要说花了有什么结果。"
    wrong = "用途和目标都写“保障制卡工本费正常结算”"
    right = "目标写“全年制卡46.9万张，按时发放率达到98%”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        purpose = bare(form.purpose.key)
        if not purpose:
            return
        for objective in form.objectives:
            text = bare(squeeze(objective_number(objective.text)[1]))
            if text == purpose:
                yield found(objective, related=(form.purpose.at,))
            elif min(len(text), len(purpose)) >= _SHORTEST_COPY and (text in purpose or purpose in text):
                yield found(objective, related=(form.purpose.at,), severity=Severity.INFO, variant="part")

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        numbers = array(("", *(f"{number}{mark}" for number in range(1, 10) for mark in ".、)")))
        ends = "{" + ";".join(f'"{mark}"' for mark in ("", *_FOLDED_ENDINGS)) + "}"
        copied = f"SUMPRODUCT(--EXACT({key('{objectives}')},{numbers}&{unmarked('{form.purpose_key}')}&{ends}))>0"
        wrong = f'IF(OR({{form.purpose_key}}="",{{objectives}}=""),FALSE,{copied})'
        hint = "绩效目标照抄资金用途，请写预期的产出和效果（G02）"
        yield LiveCheck("objectives", wrong, hint, Severity.WARNING)


class ObjectivesWithoutQuantity(Rule):
    code = "G03"
    name = "objectives-without-quantity"
    title = "绩效目标没有可量化内容"
    severity = Severity.INFO
    message = "绩效目标里没有一个带单位的数"
    advice = "请至少把一项预期产出或效果写成数量，如“全年制卡46.9万张”"
    source = "财预〔2015〕88号（细化量化）"
    why = "目标里没有数，年底只能凭印象说完成了。"
    wrong = "1.做好制卡工作，满足群众用卡需要。"
    right = "1.全年制卡46.9万张，按时发放率达到98%。"
    requires = ("S01",)

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        objectives = [entry for entry in form.objectives if not entry.blank]
        if objectives and not any(_quantified(objective_number(entry.text)[1]) for entry in objectives):
            yield found(objectives[0], related=(entry.at for entry in objectives))


def _quantified(text: str) -> bool:
    """A number with its unit, in figures or in words; 一批 and 一次性 count nothing."""
    return bool(quantities_in(text)) or any(match[0][0] != "一" for match in NUMBER_IN_WORDS.finditer(text))


_YEAR = re.compile(r"(?<!\d)(20\d{2})年")
# 2021-2023年, 2021年至2023年: a span has years of its own.
_SPAN = re.compile(r"(?<!\d)20\d{2}年?(?:度)?\s*(?:[-—–~～－]+|至|到)\s*20\d{2}年")
_DOCUMENT_NUMBER = re.compile(r"20\d{2}年第?\d+号")
# 不低于2022年 compares; 用于2022年 does not.
_COMPARED = re.compile(r"(?:较|比|[低高优少多大小好亚]于|与)\s*$")


class YearOfAnotherBudget(Rule):
    code = "G04"
    name = "year-of-another-budget"
    title = "文中年份与年度不符"
    severity = Severity.WARNING
    message = "{field}里写的是{years}，与{year}年度不符，疑沿用旧稿"
    advice = "请核对年份；确是跨年安排的，请在情况说明里写明"
    source = "本目录；各地公开表（“结转2024年…”）"
    why = "从上一年的表复制过来，年份常常忘了改。"
    wrong = "2024年度的表里写“2023年6月底前”"
    right = "2024年度的表里写“2024年6月底前”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        known = {year for year in (form.year, context.year) if year is not None}
        if len(known) != 1:  # nobody said, or two said different things: that is S06
            return
        year = known.pop()
        for field, entry in texts_of(form):
            others = dict.fromkeys(other for other in _years(entry.text) if other != year)
            if others:
                years = "、".join(f"{other}年" for other in others)
                yield found(entry, field=field, years=years, year=year)


def _years(text: str) -> Iterator[int]:
    """Years that the text is about: not those of documents and spans, nor those it is compared with."""
    passed_over = [match.span() for pattern in (_SPAN, _DOCUMENT_NUMBER) for match in pattern.finditer(text)]
    for match in _YEAR.finditer(text):
        within = any(start <= match.start() < end for start, end in passed_over)
        if not within and not _COMPARED.search(text[: match.start()]):
            yield int(match[1])


RULES: tuple[Rule, ...] = (
    ObjectivesMisnumbered(),
    ObjectiveCopiesPurpose(),
    ObjectivesWithoutQuantity(),
    YearOfAnotherBudget(),
)
