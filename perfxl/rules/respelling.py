"""Mistakes that have one answer, mended: each function gives the :class:`Repair` of a finding, or None where it has none.

A repair of 指标值 is proved before it is given: with it, the value must parse to the same relation, number, unit or text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from perfxl.form import Entry, Indicator
from perfxl.issue import At, Change, Repair
from perfxl.quantity import fold
from perfxl.target import TargetValue
from perfxl.text import FIRST_HANZI, INVISIBLE, LAST_HANZI

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_ODD_SPACES = re.compile("[ ]*[\t\u00a0\u3000\r\n][ \t\u00a0\u3000\r\n]*")
_TERM_END = "指标"
_HUNDREDTHS = "百分之"


def retyped(entry: Entry, text: str, *, safe: bool = True) -> Repair | None:
    """That text in place of what the cell holds; None where it is no cell, holds no text or would not change."""
    if not isinstance(entry.at, At) or entry.number is not None or entry.fault or not text or text == entry.raw:
        return None
    return Repair((Change(entry.at, entry.raw, text),), safe)


# --- 指标值 ------------------------------------------------------------------------------------------------------

_Cells = tuple[str | None, str | None, str | None]


def sign_respelt(indicator: Indicator) -> Repair | None:
    """The standard sign for a variant (``>=``, 不低于, 以内), wherever in the three cells it stands (V02)."""
    sign = indicator.value.relation
    if sign is None or indicator.value.kind == "date":  # 不晚于6月底 reads better than ≤6月底
        return None
    return _first_sound(indicator, _signs(indicator, sign), lambda value: value.relation_text == sign)


def _signs(indicator: Indicator, sign: str) -> Iterator[_Cells]:
    relation, body, measure = _typed(indicator)
    own = TargetValue.parse(body or "").relation_text
    if own is None or body is None:
        yield sign, body, measure
        return
    before, _, behind = own.partition("…")
    if not behind and not fold(body).lstrip(" ").startswith(fold(before)):
        before, behind = "", own
    at = body.find(before)
    rest = body[at + len(before) :] if before else body
    if behind:
        rest = rest[: rest.rfind(behind)] + rest[rest.rfind(behind) + len(behind) :]
    lead = body[:at] if before else ""
    if relation is None:
        yield relation, f"{lead}{sign}{rest}", measure
    else:
        yield sign, f"{lead}{rest}", measure


def unit_respelt(indicator: Indicator, unit: str, *, safe: bool = True) -> Repair | None:
    """That unit for the one written, wherever in the three cells it stands: its standard name (V03), or another (A05)."""
    if not safe:
        return _first_changed(indicator, _units(indicator, unit))
    return _first_sound(indicator, _units(indicator, unit), lambda value: value.unit == unit)


def _units(indicator: Indicator, unit: str) -> Iterator[_Cells]:
    relation, body, measure = _typed(indicator)
    own = TargetValue.parse(body or "").unit
    if body is None or own is None:
        yield relation, body, unit
    elif own == _HUNDREDTHS:
        number = body.replace(_HUNDREDTHS, "", 1)
        yield (relation, f"{number}{unit}", None) if measure is None else (relation, number, unit)
    else:
        at = body.rfind(own)
        mended = "" if measure is not None else unit
        yield relation, f"{body[:at]}{mended}{body[at + len(own) :]}", None if measure is None else unit


def number_respelt(indicator: Indicator) -> Repair | None:
    """ASCII digits without thousands separators (V16); None where anything else about the number is odd."""
    value, body = indicator.value, indicator.body.raw
    if value.quantity is None or value.upper is not None or not value.number_text or not body:
        return None
    relation, _, measure = _typed(indicator)
    mended = body.replace(value.number_text, fold(value.number_text).replace(",", ""), 1)
    return _first_sound(indicator, iter([(relation, mended, measure)]), lambda value: not value.irregular)


def _typed(indicator: Indicator) -> _Cells:
    """The three cells; None for those that are blank."""
    relation, body, measure = (
        entry.raw if not entry.blank else None for entry in (indicator.relation, indicator.body, indicator.measure)
    )
    return relation, body, measure


def _first_sound(
    indicator: Indicator, candidates: Iterator[_Cells], mended: Callable[[TargetValue], bool]
) -> Repair | None:
    for cells in candidates:
        after = TargetValue.parse("".join(text or "" for text in cells))
        if means_the_same(indicator.value, after) and mended(after):
            return _repair(indicator, cells, safe=True)
    return None


def _first_changed(indicator: Indicator, candidates: Iterator[_Cells]) -> Repair | None:
    return next((_repair(indicator, cells, safe=False) for cells in candidates), None)


def _repair(indicator: Indicator, cells: _Cells, *, safe: bool) -> Repair | None:
    """The changes that make the three cells these; None where one of them can't be typed over, or none changes."""
    changes: list[Change] = []
    for entry, text in zip((indicator.relation, indicator.body, indicator.measure), cells, strict=True):
        if (None if entry.blank else entry.raw) == text:
            continue
        one = retyped(entry, text or "", safe=safe)
        if one is None or entry.blank:  # a cell is neither emptied nor filled where nothing stood
            return None
        changes += one.changes
    return Repair(tuple(changes), safe) if changes else None


def means_the_same(before: TargetValue, after: TargetValue) -> bool:
    """Two values say the same: kind, relation, number, unit, date; a text the same words, white space apart."""
    return _meaning(before) == _meaning(after)


def _meaning(value: TargetValue) -> tuple[object, ...]:
    words = "".join(fold(value.text).split()) if value.kind == "qualitative" else ""
    within = tuple((one.relation, one.number, one.upper, one.unit_normalised) for one in value.quantities)
    unit = value.unit_normalised
    return value.kind, value.relation, value.number, value.upper, unit, value.deadline, words, within


# --- white space -------------------------------------------------------------------------------------------------


def untangled(entry: Entry, indicator: Indicator | None, *, words: bool) -> Repair | None:
    """The cell without stray white space (N01).

    Args:
        indicator: the row whose 指标值 the cell belongs to; the value must still mean the same.
        words: the cell holds free text, where white space between two words may be meant: then only proposed.
    """
    raw = _INVISIBLE.sub("", entry.raw or "")
    text = _ODD_SPACES.sub(lambda match: _narrowed(match, raw), raw).strip()
    meant = words and any(_between_words(match, raw) for match in _ODD_SPACES.finditer(raw))
    return retyped(entry, text, safe=not meant and _harmless(entry, text, indicator))


def _narrowed(match: re.Match[str], raw: str) -> str:
    """What white space leaves behind: a line break stays one, figures and Latin words stay apart."""
    if "\n" in match[0]:
        return "\n" if raw[: match.start()].strip() and raw[match.end() :].strip() else ""
    left, right = raw[match.start() - 1 : match.start()], raw[match.end() : match.end() + 1]
    return " " if left.isascii() and right.isascii() and left.isalnum() and right.isalnum() else ""


def _between_words(match: re.Match[str], raw: str) -> bool:
    left, right = raw[match.start() - 1 : match.start()], raw[match.end() : match.end() + 1]
    return "\n" not in match[0] and left.isalnum() and right.isalnum()


def _harmless(entry: Entry, text: str, indicator: Indicator | None) -> bool:
    if indicator is None:
        return True
    cells = [text if one is entry else one.raw or "" for one in (indicator.relation, indicator.body, indicator.measure)]
    return means_the_same(indicator.value, TargetValue.parse("".join(cells)))


def unspaced_brackets(entry: Entry) -> Repair | None:
    """The text without spaces at its brackets (N03)."""
    return retyped(entry, _at_brackets().sub("", entry.raw or ""))


@cache
def _at_brackets() -> re.Pattern[str]:
    return re.compile(rf" +(?=[）)])|(?<=[（(]) +|(?<=[）)]) +(?=[{FIRST_HANZI}-{LAST_HANZI}])")


# --- terms -------------------------------------------------------------------------------------------------------


def term_nearest(text: str, terms: Iterable[str]) -> str | None:
    """The one term that a mistyped 指标 name must be: a letter of 指标 missing, one too many behind it, one doubled.

    A letter exchanged for another is no slip of the finger in Chinese: 成果指标 is not 成本指标.
    """
    found = {term for term in terms if text != term and text in _slips(term)}
    return found.pop() if len(found) == 1 else None


def _slips(term: str) -> set[str]:
    stem = term.removesuffix(_TERM_END)
    if stem == term:
        return set()
    doubled = {term[: at + 1] + term[at:] for at in range(len(term))}
    return doubled | {f"{stem}指", f"{stem}标", f"{stem}标指"} | {f"{term}{more}" for more in "数类值项的.。、，,:："}
