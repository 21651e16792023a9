"""The lists in which live checks look things up, for the hidden sheet 清单; all of them come from the vocabulary."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping

from perfxl.rules.formula import LONGEST, WIDTH
from perfxl.vocabulary import Measure, Vocabulary

# A list of writings begins with this, and the list of what they mean with "": found at 1 is found nowhere.
_NOWHERE = "（未知）"
# A figure and one of these may be a date (6月, 5日, 2季度): not read.
_DATE_UNITS = ("月", "日", "号", "季度", "季")
_DIRECTIONS = {"=": 1.0, "≥": 2.0, ">": 2.0, "≤": 3.0, "<": 3.0}
_ALTERNATIVES = re.compile(r"\(\?:([^()]*)\)(\??)")
_REPEATED = re.compile(r"\[([^]]*)\]\{2,\}")


def lists(vocabulary: Vocabulary) -> Mapping[str, list[str | float]]:
    """The lists that the templates above name, for the hidden sheet 清单."""
    signs = sorted(vocabulary.sign_words, key=len)
    units = unit_words(vocabulary)
    rows = [unit_row(word, vocabulary) for word in units]
    facts = ("标准", "量纲", "基准", "系数", "倍数", "每", "每基准", "每系数")
    columns: dict[str, list[str | float]] = {
        f"单位_{fact}": [1.0 if isinstance(rows[0][number], float) else "", *(row[number] for row in rows)]
        for number, fact in enumerate(facts)
    }
    return {
        "序号": [float(number) for number in range(1, LONGEST + 1)],
        **_names("一级", {word: vocabulary.canonical_level1(word) or "" for word in vocabulary.level_names(1)}),
        **_names("二级", {word: vocabulary.canonical_level2(word) or "" for word in vocabulary.level_names(2)}),
        "符号_串": _searched(signs),
        "符号_写法": [_NOWHERE, *signs],
        "符号_方向": [0.0, *(_DIRECTIONS[vocabulary.sign_words[word]] for word in signs)],
        "体系_串": [
            "|" + "|".join(f"{one}¦{two}" for one in vocabulary.levels1 for two in vocabulary.levels2(one)) + "|"
        ],
        "单位_串": _searched(units),
        **columns,
        "词_单价": spelt_out(vocabulary.pattern("unit_price")),
        "词_增降": spelt_out(vocabulary.pattern("growth")),
        "词_反向": spelt_out(vocabulary.pattern("negative_count")),
        "词_占位": spelt_out(vocabulary.pattern("placeholders")),
        "通用_串": _searched(vocabulary.words("generic_names")),
    }


def _names(what: str, words: Mapping[str, str]) -> dict[str, list[str | float]]:
    return {f"{what}_串": _searched(words), f"{what}_标准": ["", *words.values()]}


def _searched(words: Iterable[str]) -> list[str | float]:
    """One text for :func:`_found`; the first piece is nowhere's."""
    pieces = [_NOWHERE, *(word for word in words if len(word) <= WIDTH - 4)]
    return ["".join(f"|{piece}|".ljust(WIDTH) for piece in pieces)]


def unit_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The units that the live checks know: all of the vocabulary but those of dates; those offered, and 万人 and the like."""
    simple = [word for word in vocabulary.measure_words() if word not in _DATE_UNITS]
    many = [f"万{word}" for word in vocabulary.measures_offered if _is_count(vocabulary.measure(word))]
    offered = (*vocabulary.measures_offered, *vocabulary.money_units)
    return tuple(dict.fromkeys((*offered, *simple, *many)))


def _is_count(measure: Measure | None) -> bool:
    return measure is not None and measure.dimension == "count" and measure.multiplier == 1


def unit_row(word: str, vocabulary: Vocabulary) -> tuple[str | float, ...]:
    """What a unit means: name, dimension, base, factor, multiplier; what it is per, with its base and factor."""
    first, _, per = word.partition("/")
    measure = vocabulary.measure(word) or vocabulary.measure(first)
    other = None if vocabulary.measure(word) else vocabulary.measure(per)
    if measure is None:
        raise ValueError(f"no unit: {word}")
    name = measure.name if other is None else f"{measure.name}/{other.name}"
    facts = (name, measure.dimension, measure.base, float(measure.factor), float(measure.multiplier))
    return (*facts, *((other.name, other.base, float(other.factor)) if other else ("", "", 1.0)))


def spelt_out(pattern: re.Pattern[str]) -> list[str | float]:
    """Every word that a word list's expression stands for; what a plain search can't find is left out.

    Known are words, ``(?:a|b)``, with ``?`` behind it or not, and ``[ab]{2,}``, for which any two of the marks do.
    """
    texts, done = [pattern.pattern], False
    while not done:
        grown = [longer for text in texts for longer in _one_step(text)]
        texts, done = grown, grown == texts
    words = dict.fromkeys(word for text in texts for word in text.split("|"))
    return [word for word in words if word and re.escape(word.replace("*", "")) == word.replace("*", "")]


def _one_step(text: str) -> list[str]:
    """The expression with its first group or set taken apart."""
    marks = _REPEATED.search(text)
    if marks is not None:
        choices = ["".join(pair) for pair in itertools.product(marks[1], repeat=2)]
        return [text[: marks.start()] + choice + text[marks.end() :] for choice in choices]
    group = _ALTERNATIVES.search(text)
    if group is None:
        return [text]
    choices = [*group[1].split("|"), *([""] if group[2] else [])]
    return [text[: group.start()] + choice + text[group.end() :] for choice in choices]
