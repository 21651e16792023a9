"""What any document is read into: paragraphs and tables of cells, one after the other, each cell with its place.

A table of Word, a sheet of a workbook, a table of a web page and rows of text parted by TABs all become a
:class:`Table`.  The published text layout has its cells one a line and does not say where a row ends; its lines stay
:class:`Line` until somebody who knows the labels puts them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from perfxl.intake.cells import CellError, Grid, Merge, Uncomputed
from perfxl.intake.number import Number
from perfxl.issue import At, Place

_UNCOMPUTED: Final = "公式未计算"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row.

    Attributes:
        text: as typed; None where nothing was typed, or where the cell only goes on one above.
        column, width: the first column that it covers, from 0, and how many.
        merged: it goes on the cell above it.
        number: the number itself where the cell holds a number and not text.
        fault: why the content can't be trusted, as in :class:`perfxl.form.Entry`.
    """

    text: str | None
    at: Place
    column: int
    width: int = 1
    merged: bool = False
    number: Decimal | None = None
    fault: str = ""

    @property
    def blank(self) -> bool:
        """Nothing but white space, and no fault."""
        return not self.fault and not (self.text or "").strip()


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; blank cells may be left out of a row."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text outside of tables."""

    text: str
    at: Place


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text whose cells stand one a line.

    Attributes:
        text: without the TAB that marks a cell.
        starts_cell: the line began with that TAB.
        gap: a blank line stands before it.
    """

    text: str
    at: Place
    starts_cell: bool
    gap: bool


Block = Paragraph | Table | Line


@dataclass(slots=True)
class Document:
    """What stands in a file, read while it is asked for.

    Attributes:
        blocks: to be gone through once.
        notes: what a reader has to know of the file (tracked changes, comments …), in Chinese; whole when ``blocks``
            has come to its end.
        size: how much of it there is to read, in units of its own.
        done: how much of that has been read.
    """

    blocks: Iterator[Block]
    notes: list[str] = field(default_factory=list)
    size: int = 1
    done: int = 0


def tables_of_grids(grids: Iterable[Grid], notes: list[str]) -> Iterator[Block]:
    """Each sheet that can be seen as a table; of those that can't, a note."""
    for grid in grids:
        if grid.state != "visible":
            notes.append(f"工作表“{grid.sheet}”是隐藏的，没有读取")
        elif grid.cells:
            if any(grid.hidden(row, column) for row, column, _ in grid):
                notes.append(f"工作表“{grid.sheet}”有隐藏的行或列：里面的内容没有读取")
            yield Table(tuple(_rows(grid)))


def _rows(grid: Grid) -> Iterator[Row]:
    tops: dict[tuple[int, int], Merge] = {(merge.top, merge.left): merge for merge in grid.merges}
    columns: dict[int, set[int]] = {}
    for row, column in grid.cells:
        if not grid.hidden(row, column):
            columns.setdefault(row, set()).add(column)
    for merge in grid.merges:
        if (merge.top, merge.left) in grid.cells:
            for row in range(merge.top + 1, min(merge.bottom, grid.max_row) + 1):
                columns.setdefault(row, set()).add(merge.left)
    for row in sorted(columns):
        cells = tuple(cell for column in sorted(columns[row]) if (cell := _cell(grid, row, column, tops)) is not None)
        if cells:
            yield cells


def _cell(grid: Grid, row: int, column: int, tops: Mapping[tuple[int, int], Merge]) -> Cell | None:
    """The cell, None where it lies hidden under a merge."""
    anchor = grid.anchor(row, column)
    merge = tops.get(anchor)
    width = merge.right - merge.left + 1 if merge is not None else 1
    at = At(grid.sheet, row, column)
    if anchor != (row, column):
        return Cell(None, at, column - 1, width, merged=True) if anchor[1] == column else None
    value = grid.value(row, column)
    if isinstance(value, CellError):
        return Cell(None, at, column - 1, width, fault=value.code)
    if isinstance(value, Uncomputed):
        return Cell(None, at, column - 1, width, fault=_UNCOMPUTED)
    number = value.value if isinstance(value, Number) else None
    return Cell(grid.text(row, column), at, column - 1, width, number=number)
