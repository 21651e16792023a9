"""Family N: is the text clean?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfxl.form import Entry, TargetForm
from perfxl.issue import Place, Severity
from perfxl.rules.facts import found
from perfxl.rules.rule import Context, Finding, Rule
from perfxl.text import tidy

_ODD = {"\t": "制表符", "\u00a0": "不间断空格", "\u3000": "全角空格"}
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_REPEATED = re.compile(r"([\u4e00-\u9fff]{2,4})\1")


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
        for field, entry, one_line in _typed(form):
            what = _stray(entry.raw or "", one_line)
            if what and not entry.blank and entry.at not in told:
                told.add(entry.at)
                yield found(entry, field=field, what="、".join(what))


def _stray(raw: str, one_line: bool) -> list[str]:
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
        for entry in dict.fromkeys((indicator.relation, indicator.body, indicator.measure)):
            yield "指标值", entry, False


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
            for match in _REPEATED.finditer(entry.text):
                # 人人人人 would be one character repeated, as in 人人.
                if len(set(match[1])) > 1 and not _is_allowed(entry.text, match.start(), allowed):
                    yield found(entry, field=field, word=match[0])
                    break


def _is_allowed(text: str, start: int, allowed: tuple[str, ...]) -> bool:
    """A word of the list stands over the place."""
    return any(word in text[max(0, start - len(word) + 1) : start + len(word)] for word in allowed)


RULES: tuple[Rule, ...] = (StrayWhiteSpace(), WordRepeated())
