"""Family N: is the text clean?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import ClassVar

from perfxl.form import Entry, TargetForm, objective_number
from perfxl.issue import Place, Severity
from perfxl.layout import OBJECTIVES_LABEL
from perfxl.rules.facts import found, texts_of, value_cell
from perfxl.rules.respelling import unspaced_brackets, untangled
from perfxl.rules.rule import Context, Finding, Rule
from perfxl.text import FIRST_HANZI, INVISIBLE, LAST_HANZI, is_hanzi, tidy

_ODD = {"\t": "制表符", "\u00a0": "不间断空格", "\u3000": "全角空格"}
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_WHITE = re.compile(rf"[\s{INVISIBLE}]")
# A class of all Chinese characters takes Python a millisecond to compile, which every click would pay: any letters first.
_LETTERS_REPEATED = re.compile(r"([^\W\d]{2,4})\1")

# Fields that hold no running text: white space within them separates nothing.
_TERMS = {"单位编码", "一级指标", "二级指标", "计算符号", "计量单位"}


class StrayWhiteSpace(Rule):
    code = "N01"
    name = "stray-white-space"
    title = "有多余空白"
    severity = Severity.INFO
    message = "{field}里有多余的空白：{what}"
    advice = "请删去多余的空白"
    source = "一体化系统的空格校验；2023年样表（第97、104号）"
    why = "看不见的空白会使名称对不上、清单筛不出来。"
    wrong = "“ 群众满意度”"
    right = "“群众满意度”"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        told: set[Place] = set()  # several objectives may stand in one cell
        values = {entry.at: item for item in form.applicable for entry in (item.relation, item.body, item.measure)}
        for field, entry, one_line in _typed(form):
            what = _stray(entry.raw or "", one_line)
            if what and not entry.blank and entry.at not in told:
                told.add(entry.at)
                repair = untangled(entry, values.get(entry.at), words=field not in _TERMS)
                yield found(entry, repair=repair, field=field, what="、".join(what))


def _stray(raw: str, one_line: bool) -> list[str]:
    if not _WHITE.search(raw):
        return []
    what = ["首尾空白"] if raw.strip(" \r\n") != raw else []
    what += [name for char, name in _ODD.items() if char in raw]
    if _INVISIBLE.search(raw):
        what.append("看不见的字符")
    if one_line and "\n" in tidy(raw):
        what.append("换行")
    return what


def _typed(form: TargetForm) -> Iterator[tuple[str, Entry, bool]]:
    """Field, cell, and whether it is a cell of one line, of all that the clerk types (not title and 金额单位)."""
    for field, entry in (("单位编码", form.unit_code), ("单位名称", form.unit_name), ("项目名称", form.project)):
        yield field, entry, True
    yield "资金用途", form.purpose, False
    for objective in form.objectives:
        yield "绩效目标", objective, False
    for indicator in form.applicable:
        yield "一级指标", indicator.level1, True
        yield "二级指标", indicator.level2, True
        yield "三级指标", indicator.level3, True
        yield "绩效指标描述", indicator.description, False
        yield "指标值", indicator.body, False
        if indicator.body.at != indicator.relation.at:  # a document has one place for all three
            yield "计算符号", indicator.relation, False
            yield "计量单位", indicator.measure, False


class WordRepeated(Rule):
    code = "N02"
    name = "word-repeated"
    title = "疑重复字"
    severity = Severity.WARNING
    message = "{field}里疑有重复字“{word}”"
    advice = "请删去重复的字"
    source = "2023年样表（第99号“社保社保卡”）"
    why = "复制粘贴时容易多出几个字，公开后有损严肃。"
    wrong = "保障社保社保卡人员依法享受待遇"
    right = "保障社保卡人员依法享受待遇"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        allowed = context.vocabulary.words("reduplication")
        for field, entry, _ in _typed(form):
            if not _LETTERS_REPEATED.search(entry.text):
                continue
            for match in _repeated().finditer(entry.text):
                # 人人人人 would be one character repeated, as in 人人.
                if len(set(match[1])) > 1 and not _is_allowed(entry.text, match.start(), allowed):
                    yield found(entry, field=field, word=match[0])
                    break


@cache
def _repeated() -> re.Pattern[str]:
    return re.compile(rf"([{FIRST_HANZI}-{LAST_HANZI}]{{2,4}})\1")


def _is_allowed(text: str, start: int, allowed: tuple[str, ...]) -> bool:
    """A word of the list stands over the place."""
    return any(word in text[max(0, start - len(word) + 1) : start + len(word)] for word in allowed)


_SPACES = "有多余的空格"
_RUN = re.compile(" +")
_HALF = re.compile("[,;:?!()]")
_FULL = re.compile("[，；：？！（）。、]")
_FULL_STOPS = ("。", "．")
_SENTENCE_ENDS = tuple("。．.；;！!？?…”）)")


class PunctuationUneven(Rule):
    code = "N03"
    name = "punctuation-uneven"
    title = "标点或空格不统一"
    severity = Severity.INFO
    message = "{field}的标点或空格不统一：{what}"
    advice = "请删去多余的空格，标点统一用全角，句末加上标点"
    variants: ClassVar = {
        "endings": (
            "文字型指标值的句末标点不统一：{count}条有句号，{others}条没有",
            "请统一为都有或都没有",
        )
    }
    source = "2023年样表（第100号“33号 ）”）"
    why = "公开的表格标点不一，有损严肃。"
    wrong = "津社保〔2017〕33号 ）规定"
    right = "津社保〔2017〕33号）规定"

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        told: dict[Place, tuple[str, Entry, list[str]]] = {}  # several objectives may stand in one cell
        for field, entry, what in _uneven(form):
            known = told.setdefault(entry.at, (field, entry, []))[2]
            known += [one for one in what if one not in known]
        for field, entry, what in told.values():
            if what:
                repair = unspaced_brackets(entry) if what == [_SPACES] and not _words_apart(entry.text) else None
                yield found(entry, repair=repair, field=field, what="、".join(what))
        texts = [item for item in form.applicable if item.value.kind == "qualitative"]
        ended = [item for item in texts if item.target.text.endswith(_FULL_STOPS)]
        others = [item for item in texts if not item.target.text.endswith(_FULL_STOPS)]
        if ended and others:
            fewer = ended if len(ended) <= len(others) else others
            cells = (value_cell(item).at for item in texts)
            counts = {"count": len(ended), "others": len(others)}
            yield found(value_cell(fewer[0]), counts, related=cells, variant="endings")


def _uneven(form: TargetForm) -> Iterator[tuple[str, Entry, list[str]]]:
    """What is uneven in each text of the form by itself."""
    last = {entry.at: entry for entry in form.objectives if entry.text}
    for field, entry in (("项目名称", form.project), *texts_of(form)):
        text = objective_number(entry.text)[1] if field == OBJECTIVES_LABEL else entry.text
        what = []
        if " " in text and _spaced(text):
            what.append(_SPACES)
        if _half_width(text) and _FULL.search(text):
            what.append("全角、半角标点混用")
        if field == OBJECTIVES_LABEL and last.get(entry.at) is entry and not text.endswith(_SENTENCE_ENDS):
            what.append("句末没有标点")
        yield field, entry, what


def _neighbours(match: re.Match[str]) -> tuple[str, str]:
    """The characters beside a match, "" at the ends of the text."""
    text, start, end = match.string, match.start(), match.end()
    return text[max(start - 1, 0) : start], text[end : end + 1]


def _spaced(text: str) -> bool:
    """Spaces between Chinese characters, or within or behind brackets."""
    return any(
        (is_hanzi(left) and is_hanzi(right))
        or (right and right in "）)")
        or (left and left in "（(")
        or (left and left in "）)" and is_hanzi(right))
        for left, right in map(_neighbours, _RUN.finditer(text))
    )


def _words_apart(text: str) -> bool:
    """A space between two words, which may be meant; one at a bracket never is."""
    return any(is_hanzi(left) and is_hanzi(right) for left, right in map(_neighbours, _RUN.finditer(text)))


def _half_width(text: str) -> bool:
    """A half-width mark beside Chinese: 8:30 and 1,324 are as they should be."""
    for match in _HALF.finditer(text):
        left, right = _neighbours(match)
        if is_hanzi(left) or is_hanzi(right) or (left and left in "）」”" and match[0] not in "()"):
            return True
    return False


RULES: tuple[Rule, ...] = (StrayWhiteSpace(), WordRepeated(), PunctuationUneven())
