"""How wide a table's columns and how high its rows must be, told of any part of its rows apart.

What a part of the rows needs adds up, so that rows may be measured wherever they are made: a worker measures those of its
forms, and whoever writes the table knows the widths before it has seen a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from perfxl.ledger.tables import ISSUES, MISSING, PROGRESS, PROJECTS, SOURCES, VERSIONS, Column, Table
from perfxl.text import display_width, lines_needed

#: Tables whose 文件 leads to the file; in 指标明细 the same link would stand on every indicator of a project.
LINKED: Final = frozenset(table.title for table in (PROJECTS, ISSUES, SOURCES, VERSIONS))
# Characters of the widest column of paths, or of names that stand on one line.
_PATH_LIMIT: Final = 48
# Points of a line of text, of the highest row, and the lines that such a row should have at most.
_LINE_POINTS, _ROW_LIMIT, _LINES = 13.5, 409, 27
_FACTORS: Final = (1.0, 1.5, 2.0, 2.5, 3.0)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is looked at in a row, by position of the column.

    Attributes:
        wrapped: texts that wrap: position, length from which a text may not fit on one line, width.
        spelled: paths and names that stand on one line as far as they can.
        figures: numbers.
    """

    wrapped: tuple[tuple[int, int, float], ...]
    spelled: tuple[int, ...]
    figures: tuple[int, ...]


@cache
def _plan(table: Table) -> _Plan:
    spelled = [index for index, column in enumerate(table.columns) if _on_one_line(table, column)]
    figures = [index for index, column in enumerate(table.columns) if column.kind in ("money", "count")]
    numeric = {*figures, *(index for index, column in enumerate(table.columns) if column.kind in ("year", "number"))}
    # Up to its limit a column of paths is as wide as the widest of them: at the limit they take the lines that they
    # take in the end.
    widths = {
        index: float(_PATH_LIMIT) if index in spelled else column.width
        for index, column in enumerate(table.columns)
        if index not in numeric
    }
    return _Plan(tuple((index, _sure(width), width) for index, width in widths.items()), tuple(spelled), tuple(figures))


def _sure(width: float) -> int:
    """Characters that fit on one line whatever they are: each takes two columns at most, the padding two more."""
    return (int(width) - 2) // 2


def _on_one_line(table: Table, column: Column) -> bool:
    """Links, which LibreOffice doesn't wrap, and the names in the lists that people telephone from."""
    return (
        column.kind == "path"
        or (column.name == "file" and table.title in LINKED)
        or (column.kind == "text" and table.title in (PROGRESS.title, MISSING.title))
    )


def measured(table: Table, rows: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """Lines of each row at the declared widths, and what each column needs.

    Of a column that wraps that is how far it must be widened (a position in a list of factors), of any other the
    characters of its widest content.
    """
    plan, needs = _plan(table), [0] * len(table.columns)
    lines = [1] * len(rows)
    for index, sure, width in plan.wrapped:
        texts = [row[index] for row in rows]
        if max(map(len, texts), default=0) <= sure and "\n" not in "".join(texts):
            continue
        known = {text: _lines(text, width) for text in set(texts)}  # unit, project and file mostly are the same
        lines = list(map(max, lines, map(known.__getitem__, texts)))
        if max(known.values()) > _LINES:
            needs[index] = max(_factor(text, width) for text in known)
    for index in plan.figures:
        needs[index] = max((len(row[index]) for row in rows), default=0)
    for index in plan.spelled:
        needs[index] = max((display_width(text) for text in {row[index] for row in rows}), default=0)
    return lines, needs


def _lines(text: str, width: float) -> int:
    """As :func:`perfxl.text.lines_needed`, but that any character beyond ASCII is taken for a wide one.

    That is so but for accents, and to ask each character costs more than all else that is done with a row.
    """
    if "\n" in text:
        return lines_needed(text, width)
    room = max(int(width) - 2, 2)
    most = 2 * len(text) - len(text.encode("ascii", "ignore"))
    # Up to one column of each line stays empty where a wide character doesn't fit.
    least = -(-most // room)
    return least if least == -(-most // (room - 1)) else lines_needed(text, width)


def _factor(text: str, width: float) -> int:
    """Position of the first factor by which the text takes no more lines than a row can be high, or of the last."""
    fitting = (place for place, factor in enumerate(_FACTORS) if lines_needed(text, width * factor) <= _LINES)
    return next(fitting, len(_FACTORS) - 1)


def widths(table: Table, needs: Sequence[int], sums: dict[int, Decimal]) -> list[float]:
    """Widths that show every number whole, and every text in no more lines than a row can be high, if any does.

    Args:
        needs: the highest of what :func:`measured` gave for each column.
        sums: of the columns whose sum is told.
    """
    plan = _plan(table)
    made = []
    for index, (column, need) in enumerate(zip(table.columns, needs, strict=True)):
        if index in plan.figures:
            total = sums.get(index, Decimal(0))
            shown = f"{total:,.2f}" if column.kind == "money" else f"{total:,}"
            made.append(max(column.width, (len(shown) if column.summed else need + (need - 1) // 3) + 2.0))
        elif index in plan.spelled:
            made.append(max(column.width, min(need + 3.0, float(_PATH_LIMIT))))
        else:
            made.append(column.width * _FACTORS[need] if need < len(_FACTORS) else column.width)
    return made


def widened(table: Table, needs: Sequence[int]) -> bool:
    """Some column that wraps gets wider than it is declared, so that :func:`measured` has not told the lines."""
    return any(needs[index] for index, _, _ in _plan(table).wrapped if index not in _plan(table).spelled)


def heights(table: Table, rows: Sequence[Sequence[str]], made: Sequence[float]) -> list[int]:
    """Lines of each row in columns that were widened."""
    wrapped = [(index, _sure(made[index]), made[index]) for index, _, _ in _plan(table).wrapped]
    return [
        max(
            (
                lines_needed(text, width)
                for index, sure, width in wrapped
                for text in (row[index],)
                if len(text) > sure or "\n" in text
            ),
            default=1,
        )
        for row in rows
    ]


def points(lines: int) -> float:
    """Row height in points; LibreOffice fits no row by itself."""
    return min(lines * _LINE_POINTS + 4, _ROW_LIMIT)
