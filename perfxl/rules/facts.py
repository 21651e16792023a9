"""What rules ask of a form, and how they put what they find into a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import Place, Repair, Severity
from perfxl.rules.rule import Finding
from perfxl.vocabulary import Vocabulary

# Standard names that both editions share; under mof-2021 成本指标 is a first level, else a second.
OUTPUT, BENEFIT, SATISFACTION = "产出指标", "效益指标", "满意度指标"
QUANTITY, QUALITY, TIMELINESS, COST = "数量指标", "质量指标", "时效指标", "成本指标"

AT_LEAST, AT_MOST = ("≥", ">"), ("≤", "<")
# What may end a sentence and says nothing.
ENDINGS = "。．.；;，,、！!"
# 三场, 十二份: a number in words counts as a number.
NUMBER_IN_WORDS = re.compile("[一二两三四五六七八九十百千万]+[个次场期份套台件项家批篇册户条名人处类种](?!性)")

_QUOTED_LENGTH = 40
_BRACKETED_END = re.compile(r"\([^()]*\)$")


def found(
    entry: Entry,
    facts: Mapping[str, object] | None = None,
    *,
    related: Iterable[Place] = (),
    severity: Severity | None = None,
    variant: str = "",
    also: tuple[str, ...] = (),
    repair: Repair | None = None,
    **more: object,
) -> Finding:
    """A finding at that cell, with the cell's content as its value.

    Args:
        entry: the cell to correct.
        facts, more: what fills the message; together.
        related: other cells it rests on; the cell itself may be among them.
        severity, variant, also, repair: as in :class:`perfxl.rules.rule.Finding`.
    """
    others = tuple(dict.fromkeys(place for place in related if place != entry.at))
    return Finding(entry.at, {**(facts or {}), **more}, entry.value, others, severity, variant, also, repair)


def sign_cell(indicator: Indicator) -> Entry:
    """Where a finding about the sign stands: 计算符号."""
    return _part(indicator, indicator.relation)


def value_cell(indicator: Indicator) -> Entry:
    """Where a finding about the value as such stands: 数值或文字."""
    return _part(indicator, indicator.body)


def unit_cell(indicator: Indicator) -> Entry:
    """Where a finding about the unit stands: 计量单位."""
    return _part(indicator, indicator.measure)


def _part(indicator: Indicator, part: Entry) -> Entry:
    """In a document the value has one place, and its content is the whole of it."""
    return indicator.target if indicator.relation.at == indicator.measure.at else part


# Many rules ask this of every row, and forms use the same few names.
@lru_cache(maxsize=512)
def _level1(text: str, vocabulary: Vocabulary) -> str | None:
    return vocabulary.canonical_level1(text) if text else None


@lru_cache(maxsize=512)
def _level2(text: str, vocabulary: Vocabulary) -> str | None:
    return vocabulary.canonical_level2(text) if text else None


def level1_of(indicator: Indicator, vocabulary: Vocabulary) -> str | None:
    """Standard name of the 一级指标 that holds for the row; None where it is missing or unknown."""
    return _level1(indicator.carried, vocabulary)


def level2_of(indicator: Indicator, vocabulary: Vocabulary) -> str | None:
    """Standard name of the row's 二级指标; None where it is missing or unknown."""
    return _level2(indicator.level2.text, vocabulary)


def category_of(indicator: Indicator, vocabulary: Vocabulary) -> str | None:
    """二级指标 by its standard name, but 成本指标 for every row under the first level of that name."""
    return COST if level1_of(indicator, vocabulary) == COST else level2_of(indicator, vocabulary)


def of_category(form: TargetForm, vocabulary: Vocabulary, category: str) -> Iterator[Indicator]:
    """The applicable indicators of one category, in reading order."""
    return (item for item in form.applicable if category_of(item, vocabulary) == category)


def named(indicator: Indicator) -> str:
    """What an indicator is called in a sentence."""
    return brief(indicator.level3.text or indicator.description.text or f"第{indicator.row}行")


def names_of(indicator: Indicator) -> str:
    """Name and description together, for finding a word in either."""
    return f"{indicator.level3.text}\n{indicator.description.text}"


def stem(name: Entry) -> str:
    """A name for looking at its end: squeezed, without a remark in brackets behind it (合格率（%） → 合格率)."""
    return _BRACKETED_END.sub("", name.key) if name.key.endswith(")") else name.key


def bare(key: str) -> str:
    """A squeezed sentence for comparing, without what ends it."""
    return key.strip(ENDINGS)


def texts_of(form: TargetForm) -> Iterator[tuple[str, Entry]]:
    """Every long text that a clerk writes freely, with its field's name."""
    yield "资金用途", form.purpose
    for objective in form.objectives:
        yield "绩效目标", objective
    for indicator in form.applicable:
        yield "三级指标", indicator.level3
        if indicator.description.key != indicator.level3.key:  # one mistake, one entry
            yield "绩效指标描述", indicator.description
        yield "指标值", value_cell(indicator)


def brief(text: str) -> str:
    """A text as quoted in a sentence: one line, its end left out where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED_LENGTH else f"{line[:_QUOTED_LENGTH]}…"


def grouped(amount: Decimal) -> str:
    """An amount in 元 to the fen, with thousands separators."""
    return f"{amount:,.2f}"


def listed(rows: Iterable[int]) -> str:
    """Row numbers in a sentence: 第17、19行."""
    return f"第{'、'.join(str(row) for row in rows)}行"
