"""资金: which amounts are of the year, in which 金额单位, and what ``250万`` or ``1,326.40元`` comes to in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from perfxl.form import Entry, parse_amount
from perfxl.intake.tables import Cell
from perfxl.text import squeeze
from perfxl.understanding.head import Found
from perfxl.vocabulary import Vocabulary

TOTALS: Final = ("total_annual", "total", "total_long")
_PARTS: Final = ("fiscal", "other", "own", "carried", "fiscal_part")
_WITH_UNIT: Final = re.compile(r"(?:人民币)?(-?[\d,]+(?:\.\d+)?)\(?((?:[万千亿]|百万|千万)?元|[万亿])\)?(?:整)?")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as typed, with the 金额单位 in which it is stated; None where nothing near it says so."""

    found: Found
    cell: Cell
    number: Decimal | None
    inline: str | None
    unit: str | None


def amount(found: Found, cell: Cell, section_unit: str | None) -> Amount:
    """The amount in a cell beside a label; ``section_unit`` is that of 项目资金（万元） and the like."""
    number, inline = cell.number, None
    if number is None:
        number, inline = _read(cell.text or "")
    return Amount(found, cell, number, inline, inline or found.label.unit or section_unit)


def _read(text: str) -> tuple[Decimal | None, str | None]:
    """Number and unit of an amount; (None, None) where it is no amount."""
    plain = parse_amount(text)
    if plain is not None:
        return plain, None
    match = _WITH_UNIT.fullmatch(squeeze(text))
    number = parse_amount(match[1]) if match is not None else None
    if match is None or number is None:
        return None, None
    unit = match[2] if match[2].endswith("元") else f"{match[2]}元"
    return (number, unit) if Vocabulary.load().money_factor(unit) is not None else (None, None)


def entry_in(one: Amount, unit: str | None) -> Entry:
    """The amount as an entry of a form in that 金额单位: the text as typed, and the number where it has to be worked out."""
    cell = one.cell
    stated = one.unit or unit
    vocabulary = Vocabulary.load()
    own, wanted = (vocabulary.money_factor(name) if name else None for name in (stated, unit))
    if one.number is None or own is None or wanted is None or (own == wanted and one.inline is None):
        return Entry(raw=cell.text, at=cell.at, number=cell.number, fault=cell.fault)
    return Entry(raw=cell.text, at=cell.at, number=one.number * own / wanted)


@dataclass(frozen=True, slots=True)
class Scoped:
    """A part of the money with the total to which it belongs; None where that can't be told."""

    found: Found
    total: Found | None


def scoped(found: Sequence[Found]) -> list[Scoped]:
    """The parts (财政拨款 …), each with its total: the last one at or above its row, of the same column where there are two."""
    totals = [one for one in found if one.label.name in TOTALS]
    result = []
    for part in (one for one in found if one.label.name in _PARTS):
        above = [one for one in totals if one.row <= part.row]
        last = [one for one in above if one.row == max(other.row for other in above)]
        if len(last) == 1:
            result.append(Scoped(part, last[0]))
            continue
        same_column = [one for one in last if one.cell.column == part.cell.column and one.row < part.row]
        result.append(Scoped(part, same_column[0] if len(same_column) == 1 else _by_order(part, last, found)))
    return result


def _by_order(part: Found, totals: Sequence[Found], found: Sequence[Found]) -> Found | None:
    """Where a row has as many labels of one kind as there are totals above it, the first belongs to the first."""
    like = [one for one in found if one.row == part.row and one.label.name == part.label.name]
    if len(totals) < 2 or len(like) != len(totals) or totals[0].row == part.row:
        return None
    return totals[[id(one) for one in like].index(id(part))]


def section_units(found: Sequence[Found]) -> dict[int, str]:
    """The 金额单位 that a label over several amounts gives to those of its row and the rows below, by row."""
    units: dict[int, str] = {}
    rows = sorted({one.row for one in found})
    current: str | None = None
    for row in rows:
        for one in (one for one in found if one.row == row):
            if one.label.name == "budget" or (one.label.name == "purpose" and one.label.unit):
                current = one.label.unit
            elif one.label.name not in (*TOTALS, *_PARTS, "among"):
                current = None
            if current is not None:
                units[row] = current
    return units
