"""The vocabulary: what the words of a form are, in named editions (口径).

One data file, ``data/vocabulary.toml``, declares the indicator tree of each edition, the names of older forms,
the signs (计算符号), the units of measure (计量单位) and the word lists that rules use.  Template, reader, grammar and
rules all take their words from here, so that they can't drift apart.  Words are compared without white space,
full-width forms folded (NFKC), letters regardless of case; what is returned is the standard word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from perfxl.errors import UsageError
from perfxl.text import squeeze

DEFAULT_EDITION = "tianjin-2023"
_DATA = Path(__file__).parent / "data" / "vocabulary.toml"
# The one list that with_words() enlarges and that is no word list: 计量单位.
MEASURES = "measures"
# Longer than any unit with its multiplier, and the character behind it.
_UNIT_CHARACTERS = 40
_LATIN = re.compile("[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit of measure.

    Attributes:
        name: standard name, with its multiplier: ``%``, ``万元``, ``万人``, ``公里``.
        unit: the name without the multiplier: ``元``, ``人``.
        multiplier: 10000 in 万人, else 1.
        dimension: money, currency, ratio, points, time, length, area, volume, mass, energy, power, data, scale, count.
        base: unit into which it converts; only amounts of one base may be compared or added.
        factor: how many of ``base`` it is, multiplier included (万元 → 10000 元, 公里 → 1000 米).
    """

    name: str
    unit: str
    multiplier: Decimal
    dimension: str
    base: str
    factor: Decimal


def _key(text: str) -> str:
    return squeeze(text).casefold()


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def editions() -> tuple[str, ...]:
    """Names of the editions there are, the default first."""
    return tuple(sorted(_data()["editions"], key=lambda name: name != DEFAULT_EDITION))


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """One edition's words.  Get it by :meth:`load`; equal names give the same object.

    Attributes:
        edition: name of the edition.
        label: its name in Chinese.
        levels1: first levels in the order of the form.
        unit_code_pattern: what the whole of a 单位编码 must match (use ``fullmatch``).
        money_unit: 金额单位 where a form doesn't say.
        money_units: every 金额单位 allowed, with its worth in 元.
        weights: whether the form has a column 权重.
        signs: the standard signs, in the order of the drop-down.
        sign_words: every way to write a sign before a quantity → the standard sign.
        sign_endings: the same behind a quantity (以内 → ≤).
        sign_endings_of_time: the same behind a span of time only (内 → ≤).
        multipliers: 万, 百万 … with their factors, the longest first.
        measures_offered: units for the drop-down, the commonest first.
    """

    edition: str
    label: str
    levels1: tuple[str, ...]
    unit_code_pattern: re.Pattern[str]
    money_unit: str
    money_units: Mapping[str, Decimal]
    weights: bool
    signs: tuple[str, ...]
    sign_words: Mapping[str, str]
    sign_endings: Mapping[str, str]
    sign_endings_of_time: Mapping[str, str]
    multipliers: Mapping[str, Decimal]
    measures_offered: tuple[str, ...]
    _levels: Mapping[str, tuple[str, ...]] = field(repr=False)
    _level1_names: Mapping[str, str] = field(repr=False)
    _level2_names: Mapping[str, str] = field(repr=False)
    _weights: Mapping[str, Mapping[str, Any]] = field(repr=False)
    _added: Mapping[str, tuple[str, ...]] = field(repr=False, default_factory=dict)

    @staticmethod
    def load(edition: str = DEFAULT_EDITION) -> Vocabulary:
        """The vocabulary of that edition.

        Raises:
            UsageError: no such edition.
        """
        return _load(edition)

    def levels2(self, level1: str) -> tuple[str, ...]:
        """Second levels under that first level (standard name or alias); empty where there is no such first level."""
        return self._levels.get(self.canonical_level1(level1) or "", ())

    def parents_of(self, level2: str) -> tuple[str, ...]:
        """First levels under which that second level (standard name or alias) stands; empty where it is unknown."""
        name = self.canonical_level2(level2)
        return tuple(level1 for level1, children in self._levels.items() if name in children)

    def canonical_level1(self, text: str) -> str | None:
        """Standard name of that 一级指标, from itself or an alias; None where this edition has none."""
        return self._level1_names.get(text) or self._level1_names.get(_key(text))  # mostly typed as it should be

    def canonical_level2(self, text: str) -> str | None:
        """Standard name of that 二级指标, from itself or an alias; None where this edition has none."""
        return self._level2_names.get(text) or self._level2_names.get(_key(text))

    def is_alias_level1(self, text: str) -> bool:
        """A known 一级指标, but not by its standard name (white space and full-width forms don't count)."""
        return self.canonical_level1(text) not in (None, squeeze(text))

    def is_alias_level2(self, text: str) -> bool:
        """A known 二级指标, but not by its standard name (white space and full-width forms don't count)."""
        return self.canonical_level2(text) not in (None, squeeze(text))

    def expected_weights(self, levels1: Iterable[str]) -> dict[str, Decimal]:
        """Weight due to each first level of a form that has these first levels; empty in an edition without 权重.

        They add up to 90 where every level is set: 预算执行率 has the other 10 and is not set when the budget is made.
        """
        if not self.weights:
            return {}
        present = {self.canonical_level1(level1) for level1 in levels1}
        with_cost, without_cost = self._weights["with_cost"], self._weights["without_cost"]
        costly = present & (with_cost.keys() - without_cost.keys())
        due = {name: Decimal(weight) for name, weight in (with_cost if costly else without_cost).items()}
        for absent, heir in self._weights["if_absent"].items():
            if absent not in present:
                due[heir] += due.pop(absent)
        return due

    def sign(self, text: str) -> str | None:
        """Standard sign (≥ ≤ = > <) of that way to write it (``>=``, 不低于); None where it is no sign."""
        return self.sign_words.get(_key(text))

    def measure(self, text: str) -> Measure | None:
        """The unit of that name or alias, a multiplier before it allowed (万人); None where it is unknown.

        Compound units (元/亩) are the grammar's: see :class:`perfxl.target.Quantity`.
        """
        return _measure(_key(text)) or self._added_measure(text)

    @staticmethod
    def measure_end(text: str, start: int = 0) -> int | None:
        """Where the longest unit known at that place of a text folded one to one ends; None where there is none.

        A unit by itself (千克, 百分点) goes before one with a multiplier (千 + 克); a Latin one ends where its letters end.
        """
        written = text[start : start + _UNIT_CHARACTERS]
        window = written.lower()
        window = window if len(window) == len(written) else written  # İ grows
        end = _name_end(window, 0)
        for multiplier in _multipliers() if end is None else ():
            if window.startswith(multiplier) and (end := _name_end(window, len(multiplier))) is not None:
                break
        return None if end is None else start + end

    def _added_measure(self, text: str) -> Measure | None:
        added = self._added.get(MEASURES, ())
        return Measure(text, text, Decimal(1), "count", text, Decimal(1)) if text in added else None

    def money_factor(self, unit: str) -> Decimal | None:
        """Worth in 元 of that 金额单位 (万元 → 10000); None where a form may not be stated in it."""
        return self.money_units.get(_key(unit).strip("()"))

    def words(self, name: str) -> tuple[str, ...]:
        """The word list of that name, as it stands in vocabulary.toml.

        Raises:
            KeyError: no such list.
        """
        return _words(name, self._added.get(name, ()))[0]

    def pattern(self, name: str) -> re.Pattern[str]:
        """One expression that finds any word of that list, and any of the expressions declared with it.

        Raises:
            KeyError: no such list.
        """
        return _words(name, self._added.get(name, ()))[1]

    def has(self, name: str, text: str) -> bool:
        """The whole text is a word of that list, white space and full-width forms apart.

        Raises:
            KeyError: no such list.
        """
        return _key(text) in _word_keys(name, self._added.get(name, ()))

    def level_names(self, level: int) -> tuple[str, ...]:
        """Every name, alias and short form of the first (1) or second (2) levels, as compared."""
        return tuple(self._level1_names if level == 1 else self._level2_names)

    @staticmethod
    def measure_words() -> tuple[str, ...]:
        """Every unit and alias without multiplier, as compared."""
        return tuple(_measures())

    @staticmethod
    def lists() -> tuple[str, ...]:
        """Names of what :meth:`with_words` can enlarge: the word lists, and ``measures``."""
        return (MEASURES, *_data()["words"])

    def with_words(self, words: Mapping[str, Iterable[str]]) -> Vocabulary:
        """This edition with more words in some of its lists.

        Raises:
            UsageError: no such list.
        """
        for name in words:
            if name not in self.lists():
                hint = _nearest(name, self.lists(), 0.6)
                raise UsageError(f"没有词表“{name}”。{hint}可用的词表：{'、'.join(self.lists())}。")
        added = {name: tuple(dict.fromkeys((*self._added.get(name, ()), *more))) for name, more in words.items()}
        return replace(self, _added={**self._added, **added}) if words else self


@cache
def _load(edition: str) -> Vocabulary:
    data = _data()
    declared = data["editions"].get(edition)
    if declared is None:
        raise UsageError(_no_such_edition(edition))
    levels = {level1: tuple(children) for level1, children in declared["levels"].items()}
    aliases = data["aliases"]
    return Vocabulary(
        edition=edition,
        label=declared["label"],
        levels1=tuple(levels),
        unit_code_pattern=re.compile(declared["unit_code"], re.ASCII),
        money_unit=declared["money_unit"],
        money_units=MappingProxyType({unit: Decimal(factor) for unit, factor in data["money_units"].items()}),
        weights="weights" in declared,
        signs=tuple(data["signs"]),
        sign_words=_sign_words(data["signs"], itself=True),
        sign_endings=_sign_words(data["sign_endings"]),
        sign_endings_of_time=_sign_words(data["sign_endings_of_time"]),
        multipliers=_multipliers(),
        measures_offered=tuple(data["template"]["measures_offered"]),
        _levels=MappingProxyType(levels),
        _level1_names=_level_names(levels, aliases["level1"]),
        _level2_names=_level_names([name for names in levels.values() for name in names], aliases["level2"]),
        _weights=MappingProxyType(declared.get("weights", {})),
    )


def _no_such_edition(edition: str) -> str:
    known = editions()
    named = "、".join(f"{name}（{_data()['editions'][name]['label']}）" for name in known)
    hint = _nearest(edition, known, 0.3) or "请从中选一个。"
    return f"没有名为“{edition}”的口径。现有口径：{named}。{hint}"


def _nearest(wrong: str, known: Iterable[str], cutoff: float) -> str:
    import difflib  # wanted only where something is wrong already

    near = difflib.get_close_matches(wrong, list(known), n=1, cutoff=cutoff)
    return f"是不是“{near[0]}”？" if near else ""


def _level_names(names: Iterable[str], aliases: Mapping[str, list[str]]) -> Mapping[str, str]:
    """Key of every standard name, short form (without 指标) and alias → standard name; a standard name goes first."""
    found: dict[str, str] = {}
    standard = list(names)
    for name in standard:
        for alias in (name.removesuffix("指标"), *aliases.get(name, ())):
            found.setdefault(_key(alias), name)
    found.update({_key(name): name for name in standard})
    return MappingProxyType(found)


def _sign_words(signs: Mapping[str, list[str]], *, itself: bool = False) -> Mapping[str, str]:
    return MappingProxyType(
        {_key(word): sign for sign, aliases in signs.items() for word in ([sign] if itself else []) + aliases}
    )


@cache
def _measures() -> Mapping[str, Measure]:
    """Key of every unit and alias, without multiplier → the unit."""
    one, found = Decimal(1), {}
    for group in _data()["measures"]:
        units = group["units"]
        factors = units if isinstance(units, dict) else dict.fromkeys(units, "1")
        for name, factor in factors.items():
            base = group.get("base", name)
            found[_key(name)] = Measure(name, name, one, group["dimension"], base, Decimal(factor))
    for name, aliases in _data()["measure_aliases"].items():
        found.update({_key(alias): found[_key(name)] for alias in aliases})
    return MappingProxyType(found)


@cache
def _multipliers() -> Mapping[str, Decimal]:
    declared = sorted(_data()["multipliers"].items(), key=lambda item: -len(item[0]))
    return MappingProxyType({name: Decimal(factor) for name, factor in declared})


def _measure(key: str) -> Measure | None:
    known = _measures()
    if key in known:
        return known[key]
    if key.startswith("(") and key.endswith(")"):
        key = key[1:-1]
        if key in known:
            return known[key]
    for prefix, factor in _multipliers().items():
        unit = known.get(key.removeprefix(prefix)) if key.startswith(prefix) else None
        if unit is not None and unit.dimension not in ("ratio", "points"):
            return Measure(prefix + unit.name, unit.name, factor, unit.dimension, unit.base, unit.factor * factor)
    return None


@cache
def _names_by_first() -> Mapping[str, tuple[str, ...]]:
    """Every way to write a unit, in lower case, by its first character; the longest first, so that 个 leaves 个月 alone."""
    found: dict[str, list[str]] = {}
    for name in sorted({name.lower() for name in (*_measures(), *_raw_names())}, key=lambda name: -len(name)):
        found.setdefault(name[0], []).append(name)
    return MappingProxyType({first: tuple(names) for first, names in found.items()})


def _name_end(text: str, start: int) -> int | None:
    for name in _names_by_first().get(text[start : start + 1], ()):
        end = start + len(name)
        if text.startswith(name, start) and not (_LATIN.match(name[-1]) and _LATIN.match(text, end)):
            return end
    return None


def _raw_names() -> set[str]:
    """Units and aliases as declared (㎡), beside their folded keys (m2)."""
    return {alias for aliases in _data()["measure_aliases"].values() for alias in aliases}


@cache
def _words(name: str, added: tuple[str, ...]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    declared = _data()["words"][name]
    table = declared if isinstance(declared, dict) else {"words": declared}
    words = (*table.get("words", ()), *added)
    longest_first = sorted(words, key=lambda word: -len(word))
    return words, re.compile("|".join([*table.get("patterns", []), *map(re.escape, longest_first)]))


@cache
def _word_keys(name: str, added: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_key, _words(name, added)[0]))


# --- the labels of forms that others drew up --------------------------------------------------------------------


@cache
def _labels() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_DATA.with_name("vocabulary_labels.toml").read_text(encoding="utf-8"))


@cache
def labels(part: str) -> Mapping[str, str]:
    """Every label of the ``head`` or of the ``columns`` of an indicator table, squeezed → the name of what it labels."""
    return MappingProxyType({_key(word): name for name, words in _labels()[part].items() for word in words})


def label_word(part: str, name: str) -> str:
    """The word by which people are told of a field of the ``head`` or one of the ``columns``."""
    return _labels()[part][name][0]


@cache
def title_words(name: str) -> tuple[str, ...]:
    """The words of titles by the name of their list, as they stand in vocabulary_labels.toml."""
    return tuple(_labels()["titles"][name])
