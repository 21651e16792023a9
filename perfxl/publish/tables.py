"""One published 绩效目标表: what it says, and the two ruled tables that show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from perfxl.publish import official
from perfxl.publish.official import CENTRED, COLUMN_HEADING, GAP, LABEL, MONEY_LINE, TEXT, UNIT_LINE
from perfxl.publish.word import Cell, paragraph, row, table
from perfxl.text import display_width

# A Chinese character is as wide as high and takes two columns, a Latin one takes one.
_COLUMNS_PER_CM: Final = 2 * official.POINTS_PER_CM / TEXT.points
# No line ends within a Latin word, behind an opening mark or before a closing one.
_PIECE: Final = re.compile(r"[（《〈“‘〔【]*(?:[!-~]+|[^!-~])[，。、；：！？）》〉”’〕】…]*", re.DOTALL)
# Columns between a Chinese character and a Latin one.
_BETWEEN: Final = 0.5
# A row that is higher than half a page may be parted: kept whole, it would leave too much of a page empty.
_HIGHEST: Final = official.TEXT_HEIGHT / 2

_Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class OfficialIndicator:
    """One row of the indicator table, all five columns said."""

    level1: str
    level2: str
    level3: str
    description: str
    target: str


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """A form as it is published; amounts in 万元 as they are to be printed, "" for a blank cell."""

    number: str
    unit_code: str
    unit_name: str
    project: str
    total: str
    fiscal: str
    other: str
    purpose: str
    objectives: str
    indicators: tuple[OfficialIndicator, ...]

    @property
    def title(self) -> str:
        """Its heading, as it stands in the table of contents too."""
        return f"{self.number}.{self.project}{official.TITLE_ENDING}"

    @property
    def unit(self) -> str:
        """Code and name as they stand together."""
        return f"{self.unit_code}{self.unit_name}"


def table_markup(form: OfficialTable) -> str:
    """The two tables below the heading."""
    head = (row(cells, whole=row_height(cells) <= _HIGHEST) for cells in _head(form))
    headings, *rows = _indicators(form)
    body = (row(cells, whole=row_height(cells) <= _HIGHEST) for cells in rows)
    return (
        table(official.HEAD_WIDTHS, head)
        + paragraph("", GAP)
        + table(official.INDICATOR_WIDTHS, [row(headings, heading=True), *body])
    )


def pages_taken(form: OfficialTable, above: float) -> int:
    """How many pages the form takes, ``above`` points of the first being taken already.

    Reckoned from the lines that each cell needs; an office program with other fonts may come to another number.
    """
    pages, used = 1, above
    headings, *rows = _indicators(form)
    repeated = row_height(headings)
    heights = [*(row_height(cells) for cells in _head(form)), GAP.line + repeated, *map(row_height, rows)]
    in_head = len(heights) - len(rows)
    for number, high in enumerate(heights):
        if high > _HIGHEST:  # it goes on where it stands
            used += high
            while used > official.TEXT_HEIGHT:
                pages, used = pages + 1, used - official.TEXT_HEIGHT
        elif used + high > official.TEXT_HEIGHT:
            pages, used = pages + 1, high + (repeated if number >= in_head else 0)
        else:
            used += high
    return pages


def row_height(cells: _Row) -> float:
    """Points that the row takes; a cell that is joined to others asks for no room of its own."""
    lines = max(_lines(cell) for cell in cells)
    return lines * TEXT.line + 2 * official.CELL_ABOVE + official.RULE


def _lines(cell: Cell) -> int:
    room = (cell.width - 2 * official.CELL_SIDE) * _COLUMNS_PER_CM
    return 1 if cell.joined else sum(_wrapped(line, room) for line in cell.text.split("\n"))


def _wrapped(line: str, room: float) -> int:
    """Lines that a paragraph takes in so many columns."""
    if 2 * len(line) <= room:  # as most are
        return 1
    lines, used, latin = 1, 0.0, False
    for piece in _PIECE.findall(line):
        gap = _BETWEEN if used and piece.isascii() != latin else 0
        if used + gap + display_width(piece) > room:
            lines, used, gap = lines + 1, 0, 0
        used, latin = used + gap + display_width(piece), piece.isascii()
        if used > room:  # a word longer than a line
            lines, used = lines + int(used // room), used % room
    return lines


def _head(form: OfficialTable) -> Iterator[_Row]:
    """Unit, project, budget and objectives, in a grid of seven columns."""
    first, *others = official.HEAD_WIDTHS
    rest = sum(others)
    unit = sum(others[:3])
    yield (
        Cell(form.unit, first + unit, UNIT_LINE, span=4, bare=True),
        Cell(f"单位：{official.MONEY_UNIT}", rest - unit, MONEY_LINE, span=3, bare=True),
    )
    yield Cell(official.PROJECT_LABEL, first, LABEL), Cell(form.project, rest, CENTRED, span=6)
    amounts = zip(official.AMOUNT_LABELS, (form.total, form.fiscal, form.other), strict=True)
    sides = [
        Cell(text, width, style)
        for (texts, widths) in zip(amounts, zip(others[::2], others[1::2], strict=True), strict=True)
        for text, width, style in zip(texts, widths, (LABEL, CENTRED), strict=True)
    ]
    yield Cell(official.BUDGET_LABEL, first, LABEL, joined="first"), *sides
    yield Cell("", first, LABEL, joined="below"), Cell(form.purpose, rest, TEXT, span=6)
    yield Cell(official.OBJECTIVES, first, LABEL), Cell(form.objectives, rest, TEXT, span=6)


def _indicators(form: OfficialTable) -> Iterator[_Row]:
    """The headings, then a row for each indicator; equal first levels below one another are one cell."""
    widths = official.INDICATOR_WIDTHS
    yield tuple(
        Cell(text, width, COLUMN_HEADING) for text, width in zip(official.INDICATOR_HEADINGS, widths, strict=True)
    )
    levels = [one.level1 for one in form.indicators]
    for number, one in enumerate(form.indicators):
        same_above = number > 0 and levels[number - 1] == levels[number]
        same_below = number + 1 < len(levels) and levels[number + 1] == levels[number]
        yield (
            Cell(
                "" if same_above else one.level1,
                widths[0],
                CENTRED,
                joined="below" if same_above else "first" if same_below else "",
            ),
            Cell(one.level2, widths[1], CENTRED),
            Cell(one.level3, widths[2], TEXT),
            Cell(one.description, widths[3], TEXT),
            Cell(one.target, widths[4], TEXT),
        )
