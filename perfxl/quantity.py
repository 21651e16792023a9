"""Quantities: a number with its sign and its unit, alone or within a text.

    quantity := [sign] number [– number] [unit] [ending]
    sign     := ≥ ≤ > < = and their variants (>=, 不低于 …); ending := 以内, 以上 … (a sign written behind)
    unit     := [万|亿…] measure [/ measure]

A sign is never invented.  Dates, years, months, ordinals and document numbers are no quantities.  Full-width forms are
folded to compare, one character to one, so that every part can be given as typed.  All work is linear in the
length of the text, and no text raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from functools import cache

from perfxl.vocabulary import Measure, Vocabulary

# Digits that a number may have: far beyond any budget, and few enough that all arithmetic on it is exact.
_MAX_DIGITS = 40
_EXACT = Context(prec=80)
_MAX_UNIT = 24


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as typed and what it means.

    Attributes:
        text: as typed (``百分比``, ``%%`` where two cells both had it).
        normalised: standard name, a compound one with ``/`` (``%``, ``万人``, ``元/平方米``); as typed where unknown.
        multiplier: 10000 in 万人 and 万元, else 1.
        measure: the name without multiplier and without what it is per (万元/亩 → 元); None for a lone 万.
        dimension: of ``measure``, as in :class:`perfxl.vocabulary.Measure`; None where unknown.
        factor: how many of ``base`` one unit is (公里 → 1000 米); equals ``multiplier`` where unknown.
        base: unit by which amounts may be compared; None where unknown.
        per: what a compound unit is per (亩, 人/天); None for a simple one.
        known: every part of it is in the vocabulary.
    """

    text: str
    normalised: str
    multiplier: Decimal
    measure: str | None
    dimension: str | None = None
    factor: Decimal = Decimal(1)
    base: str | None = None
    per: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what belongs to it; of a range, ``number`` is the lower end and ``upper`` the other.

    Attributes:
        relation: ≥ ≤ > < = or None where none was written.
        relation_text: the sign as typed (``>=``, ``不低于``, ``以内``; ``不超过…以内`` where written on both sides).
        number_text: the number, or the range, as typed.
        irregular: full-width digits, thousands separators, leading zeros, a minus or an upside-down range (rule V16).
    """

    relation: str | None
    relation_text: str | None
    number: Decimal
    upper: Decimal | None
    number_text: str
    measured_in: Unit | None
    irregular: bool

    @property
    def unit(self) -> str | None:
        """The unit as typed."""
        return self.measured_in.text if self.measured_in else None

    @property
    def unit_normalised(self) -> str | None:
        """The unit by its standard name."""
        return self.measured_in.normalised if self.measured_in else None

    @property
    def amount(self) -> Decimal:
        """The number with its multiplier: 3.1万封 → 31000 (封)."""
        return _EXACT.multiply(self.number, self.measured_in.multiplier) if self.measured_in else self.number

    @property
    def amount_yuan(self) -> Decimal | None:
        """The number in 元, of a price too (0.5万元/亩 → 5000); None where the unit is no money."""
        return self.amount if self.measured_in and self.measured_in.dimension == "money" else None

    def __str__(self) -> str:
        """In normal form: standard sign, plain number, standard unit.  Parsed again it means the same."""
        if self.relation is None and self.measured_in is None:
            return fold(self.number_text)  # 02023 must not turn into the year 2023
        upper = "" if self.upper is None else f"-{self.upper:f}"
        return f"{self.relation or ''}{self.number:f}{upper}{self.unit_normalised or ''}"


# --- folding ---------------------------------------------------------------------------------------------------


class _Folding(dict[int, int]):
    """Folds full-width forms, one character to one; white space and invisible characters become a space.

    Kept as they are: ， (it divides words, not thousands), and ① ² ½, which NFKC would turn into digits.
    """

    def __missing__(self, code: int) -> int:
        char = chr(code)
        category = unicodedata.category(char)
        folded = unicodedata.normalize("NFKC", char)
        if category in ("Zs", "Zl", "Zp", "Cc", "Cf"):
            self[code] = 0x20
        elif category == "No" or char == "，" or len(folded) != 1:
            self[code] = code
        else:
            self[code] = ord(folded)
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text for comparing, each character at its place: ``５％`` → ``5%``."""
    return text.translate(_FOLDING)


# --- numbers ---------------------------------------------------------------------------------------------------

_CHUNK = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_MINUS = ("-", "−")
_TO = re.compile(r" {0,2}(?:[-−–—~〜]{1,2}|至|到) {0,2}")


def _number_at(plain: str, pos: int) -> tuple[Decimal, int] | None:
    """The number without sign at that place and where it ends; None where what stands there is no plain number."""
    chunk = _CHUNK.match(plain, pos)
    if chunk is None or len(chunk[0]) > _MAX_DIGITS or not _NUMBER.fullmatch(chunk[0]):
        return None
    return Decimal(chunk[0].replace(",", "")), chunk.end()


_ODD = re.compile(r",|(?<![0-9.])0[0-9]")


def _odd(raw: str, plain: str) -> bool:
    """The number is not written in plain ASCII digits: full-width, with thousands separators or leading zeros."""
    folded = any(typed != char and char in "0123456789." for typed, char in zip(raw, plain, strict=True))
    return folded or _ODD.search(plain) is not None


def _year_like(number: Decimal) -> bool:
    return number == number.to_integral_value() and 1900 <= number <= 2099


# --- signs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign written before a quantity; ``end`` is where it ends."""

    relation: str | None = None
    text: str | None = None
    end: int = 0

    def with_ending(self, relation: str, text: str) -> Sign | None:
        """Together with the one written behind; None where the two contradict each other."""
        if self.relation is None:
            return Sign(relation, text, self.end)
        return Sign(relation, f"{self.text}…{text}", self.end) if self.relation == relation else None


@cache
def _sign_pattern() -> re.Pattern[str]:
    words = sorted(Vocabulary.load().sign_words, key=lambda word: -len(word))
    return re.compile("(" + "|".join(map(re.escape, words)) + ") *")


def leading_sign(raw: str, plain: str) -> Sign | None:
    """The sign at the start; once where cells joined give it twice (≥≥95%); None where signs contradict each other."""
    words, pos, end, found = Vocabulary.load().sign_words, 0, 0, set()
    while match := _sign_pattern().match(plain, pos):
        found.add(words[match[1]])
        pos, end = match.end(), match.end(1)
    if len(found) > 1:
        return None
    return Sign(found.pop(), raw[:end], pos) if found else Sign()


@cache
def _endings() -> tuple[tuple[str, str, bool], ...]:
    """Endings (以内), their sign, and whether they follow a time only; the longest first."""
    vocabulary = Vocabulary.load()
    always = [(ending, relation, False) for ending, relation in vocabulary.sign_endings.items()]
    of_time = [(ending, relation, True) for ending, relation in vocabulary.sign_endings_of_time.items()]
    return tuple(sorted(always + of_time, key=lambda item: -len(item[0])))


def _sign_before(raw: str, plain: str, start: int) -> tuple[Sign, bool]:
    """The sign that stands right before a number within a text, and whether a minus stands between them."""
    words, window = Vocabulary.load().sign_words, plain[max(0, start - 12) : start].rstrip(" ")
    end = start - (len(plain[max(0, start - 12) : start]) - len(window))
    minus = window.endswith(_MINUS)
    window, end = (window[:-1], end - 1) if minus else (window, end)
    for size in range(len(window), 0, -1):
        relation = words.get(window[-size:])
        if relation is not None:
            return Sign(relation, raw[end - size : end], start), minus
    return Sign(end=start), False


# --- units -----------------------------------------------------------------------------------------------------

_PER = re.compile(r" *(?:/ *每?|每) *")


def _unit_like(text: str) -> bool:
    """A word that may be a unit which the vocabulary lacks: short, letters only, and no known unit with more behind."""
    vocabulary = Vocabulary.load()
    if not (0 < len(text) <= 4 and text.isalpha() and unicodedata.is_normalized("NFKC", text)):
        return False
    if any(char in text for char in vocabulary.words("not_in_units")):
        return False
    end = vocabulary.measure_end(text)
    return end is None or vocabulary.measure(text[end:]) is not None  # 套次, 人年


def _stranger(text: str) -> Measure | None:
    """A unit that the vocabulary lacks; its base is itself."""
    factor = Vocabulary.load().multipliers.get(text)  # a lone 万
    if factor is not None or _unit_like(text):
        factor = factor or Decimal(1)
        return Measure(text, text, factor, "", text, factor)
    return None


def _unit(text: str, *, strangers: bool = False) -> Unit | None:
    """The unit, simple or compound, that the whole text is; ``strangers``: one that the vocabulary lacks counts too."""
    if len(text) > _MAX_UNIT:
        return None
    measures = []
    for part in _PER.split(text):
        measure = Vocabulary.load().measure(part) or (_stranger(part) if strangers else None)
        if measure is None:
            return None
        measures.append(measure)
    first, names = measures[0], [measure.name for measure in measures]
    return Unit(
        text=text,
        normalised="/".join(names),
        multiplier=first.multiplier,
        measure=None if first.name in Vocabulary.load().multipliers else first.unit,
        dimension=first.dimension or None,
        factor=first.factor,
        base=first.base if first.dimension else None,
        per="/".join(names[1:]) or None,
        known=all(measure.dimension for measure in measures),
    )


def is_unit(text: str) -> bool:
    """The whole text is a unit, simple or compound, that the vocabulary knows."""
    return _unit(text) is not None


def _twice(text: str) -> Unit | None:
    """The unit where cells joined give it twice (%%, 百分比%): it counts once."""
    for cut in range(1, min(len(text), _MAX_UNIT)):
        first, second = _unit(text[:cut]), _unit(text[cut:])
        if first and second and first.normalised == second.normalised:
            return first
    return None


# --- quantities ------------------------------------------------------------------------------------------------

_HUNDREDTHS = "百分之"


def _other_end(plain: str, pos: int) -> tuple[Decimal, int, str] | None:
    """What makes a range of the number that ends there: the other end, where that ends, a unit between (3天-5天)."""
    unit = plain[pos : Vocabulary.measure_end(plain, pos) or pos]
    to = _TO.match(plain, pos + len(unit))
    number = _number_at(plain, to.end()) if to else None
    return (*number, unit) if number else None


def _tail(raw: str, rest: str, sign: Sign) -> tuple[Unit | None, Sign] | None:
    """What stands behind the number of a value, as unit and completed sign; None where it is more than that."""
    first = len(rest) - len(rest.lstrip(" "))
    rest = rest.strip(" ")
    if len(rest) > 2 * _MAX_UNIT:
        return None
    for ending, relation, of_time in _endings():
        name = rest.removesuffix(ending).rstrip(" ")
        unit = _any_unit(raw[first : first + len(name)], name) if rest.endswith(ending) else None
        if rest.endswith(ending) and (unit or not name) and (not of_time or (unit and unit.dimension == "time")):
            last = first + len(rest)
            both = sign.with_ending(relation, raw[last - len(ending) : last])
            return (unit, both) if both else None
    unit = _any_unit(raw[first : first + len(rest)], rest)
    return (unit, sign) if unit or not rest else None


def _any_unit(raw: str, plain: str) -> Unit | None:
    unit = _unit(plain) or _twice(plain) or _unit(plain, strangers=True)
    return replace(unit, text=raw) if unit else None


def whole_quantity(raw: str, plain: str, sign: Sign) -> Quantity | None:
    """The quantity that the whole value is; None where something else is there."""
    start = sign.end
    hundredths = plain.startswith(_HUNDREDTHS, start)
    start += len(_HUNDREDTHS) if hundredths else 0
    minus = plain[start : start + 1] in _MINUS
    first = _number_at(plain, start + minus)
    if first is None:
        return None
    number, end = first
    upper, end, between = _other_end(plain, end) or (None, end, "")
    tail = _tail(raw[end:], plain[end:], sign)
    if tail is None or (hundredths and tail[0] is not None):
        return None
    unit, sign = (_unit(_HUNDREDTHS), tail[1]) if hundredths else tail
    quantity = _quantity(raw, plain, (start, end), (-number if minus else number, upper), unit, sign)
    same = not between or _normalised(unit) == _normalised(_unit(between))
    return quantity if same and not _is_date(quantity) else None


def _normalised(unit: Unit | None) -> str | None:
    return unit.normalised if unit else None


def _quantity(
    raw: str, plain: str, span: tuple[int, int], ends: tuple[Decimal, Decimal | None], unit: Unit | None, sign: Sign
) -> Quantity:
    number, upper = ends
    written = slice(*span)
    irregular = number.is_signed() or _odd(raw[written], plain[written]) or (upper is not None and upper < number)
    return Quantity(sign.relation, sign.text, number, upper, raw[written], unit, irregular)


def _is_date(quantity: Quantity) -> bool:
    """It is no quantity but a year (2023年) or the like of a telephone number (022-83)."""
    number, upper = quantity.number, quantity.upper
    if quantity.unit_normalised == "年":
        return _year_like(number) or (upper is not None and _year_like(upper))
    return quantity.measured_in is None and upper is not None and upper < number


# A number within a text; or what has digits and is none: dates, years, spans of years and months, document numbers.
_SCAN = re.compile(
    r"""(?P<none>(?:19|20)[0-9]{2}\ ?年度?(?:\ ?[0-9]{1,2}\ ?月份?)?(?:\ ?[0-9]{1,2}\ ?[日号])?
      | (?:19|20)[0-9]{2}(?=[-~—–至到](?:19|20)[0-9]{2})
      | (?:19|20)[0-9]{2}[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12][0-9]|3[01])(?![0-9])
      | [0-9]{1,2}\ ?月份?(?:\ ?[0-9]{1,2}\ ?[日号])?
      | [0-9]{1,2}\ ?[-~—–至到、]\ ?[0-9]{1,2}\ ?月
      | (?<=月)[0-9]{1,2}\ ?[日号]
      | [0-9]{1,2}\ ?日(?=\ ?(?:前|之前|以前|止|起|至|到|[-~—–]))
      | [0-9]{4}\ ?[〕\])】]
      | [0-9]{1,9}\ ?号)
      | [0-9]+(?:[.,][0-9]+)*""",
    re.VERBOSE,
)
_ROUNDED = re.compile(r" {0,2}(?:([十百千万亿]{0,2})[余多])?")  # 100余人, 3万余人


def quantities_in(text: str) -> tuple[Quantity, ...]:
    """The quantities within a text (超过5年, >=20%, 100份), in their order; dates and document numbers are none."""
    return tuple(_quantities(text, fold(text)))


def _quantities(raw: str, plain: str) -> Iterator[Quantity]:
    pos = 0
    while match := _SCAN.search(plain, pos):
        start, pos = match.span()
        previous = plain[start - 1 : start]
        named = previous in ("第", ".", "_") or (previous.isascii() and previous.isalpha())  # 第3批, A4, PM2.5
        found = None if match["none"] or named else _quantity_at(raw, plain, start)
        if found is not None:
            yield found[0]
            pos = max(pos, found[1])


def _quantity_at(raw: str, plain: str, start: int) -> tuple[Quantity, int] | None:
    """The quantity at that number within a text, and where it ends."""
    first = _number_at(plain, start)
    if first is None:
        return None
    number, end = first
    sign, minus = _sign_before(raw, plain, start)
    upper, last, between = _other_end(plain, end) or (None, end, "")
    unit, after = _unit_at(raw, plain, last)
    if upper is not None and (unit is None or (between and _normalised(_unit(between)) != unit.normalised)):
        upper, last, (unit, after) = None, end, _unit_at(raw, plain, end)
    if unit is None and plain.endswith(_HUNDREDTHS, max(0, start - 12), start):
        unit = _unit(_HUNDREDTHS)
        sign, minus = _sign_before(raw, plain, start - len(_HUNDREDTHS))
    for ending, relation, of_time in _endings():
        if plain.startswith(ending, after) and unit is not None and (not of_time or unit.dimension == "time"):
            sign = sign.with_ending(relation, ending) or Sign()
            after += len(ending)
            break
    quantity = _quantity(raw, plain, (start, last), (-number if minus else number, upper), unit, sign)
    if (unit is None and (sign.relation is None or _year_like(number))) or _is_date(quantity):
        return None
    return quantity, after


def _unit_at(raw: str, plain: str, pos: int) -> tuple[Unit | None, int]:
    """The longest known unit at that place of a text, and where it ends."""
    rounded = _ROUNDED.match(plain, pos)
    multiplier, begin = (rounded[1] or "", rounded.end()) if rounded else ("", pos)
    end = Vocabulary.measure_end(plain, begin)
    if end is None:
        return None, pos
    for _ in range(2):  # 元/人/天 is as long as they get
        per = _PER.match(plain, end)
        end = (per and Vocabulary.measure_end(plain, per.end())) or end
    unit = _unit(multiplier + plain[begin:end])
    return (replace(unit, text=multiplier + raw[begin:end]), end) if unit else (None, pos)
