"""A sheet as cells with their addresses, whatever it was read from: a file's part, another format, an open Excel.

Blank, empty text, error and formula without a cached value stay four different things.  Nothing costs what an address
claims: a cell at XFD1048576 or a merge of a whole column is one entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from perfxl.intake.number import Number, general


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value, such as ``#REF!``."""

    code: str


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """A formula whose value the file doesn't hold: saved by a program that doesn't calculate."""


CellValue = str | Number | bool | CellError | Uncomputed | None
State = Literal["visible", "hidden", "veryHidden"]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, both corners included."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return self.top <= cell[0] <= self.bottom and self.left <= cell[1] <= self.right


class Grid:
    """The cells of one sheet, rows and columns counted from 1.

    Attributes:
        sheet: name of the sheet.
        cells: what is stored, by (row, column); also what lies hidden under a merge.  Blank cells are not stored.
        merges: merged ranges in the order of the file.
        formulas: cells that hold a formula.
        state: whether the sheet can be seen.
        hidden_rows: the rows that nobody sees.
        hidden_columns: the columns, as first and last of each run.
    """

    __slots__ = (
        "sheet", "cells", "merges", "formulas", "state", "hidden_rows", "hidden_columns", "max_row", "_short", "_tall",
    )  # fmt: skip

    def __init__(
        self,
        sheet: str,
        cells: Mapping[tuple[int, int], CellValue],
        merges: Iterable[Merge] = (),
        formulas: Iterable[tuple[int, int]] = (),
        *,
        state: State = "visible",
        hidden_rows: Iterable[int] = (),
        hidden_columns: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.sheet = sheet
        given, order = list(cells), sorted(cells)
        self.cells: Mapping[tuple[int, int], CellValue] = cells if given == order else {at: cells[at] for at in order}
        self.merges = tuple(merges)
        self.formulas = frozenset(formulas)
        self.state: State = state
        self.hidden_rows = frozenset(hidden_rows)
        self.hidden_columns = tuple(hidden_columns)
        self.max_row = order[-1][0] if order else 0
        # Merges are found by row; one of many rows is kept aside, for listing it under each row is what hangs readers.
        self._short: dict[int, list[Merge]] = {}
        self._tall: list[Merge] = []
        for merge in self.merges:
            if merge.bottom - merge.top >= 16:
                self._tall.append(merge)
                continue
            for row in range(merge.top, merge.bottom + 1):
                self._short.setdefault(row, []).append(merge)

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """The cell that holds the value shown here: the upper left one of a merge, else the cell itself."""
        if row in self._short or self._tall:
            for merge in (*self._short.get(row, ()), *self._tall):
                if (row, column) in merge:
                    return merge.top, merge.left
        return row, column

    def empty(self, row: int, columns: Iterable[int]) -> bool:
        """Nothing is stored in these cells of the row, and no merge covers any cell of it."""
        if row in self._short or any(merge.top <= row <= merge.bottom for merge in self._tall):
            return False
        return all((row, column) not in self.cells for column in columns)

    def value(self, row: int, column: int) -> CellValue:
        """The value shown at a cell, merges resolved; None for a blank one, ``""`` for a text of no characters."""
        return self.cells.get(self.anchor(row, column))

    def text(self, row: int, column: int) -> str | None:
        """The text shown at a cell, white space as typed.

        A number gives what Excel shows, a truth value TRUE or FALSE, an error its code; None for a blank cell and for a
        formula without a cached value (:meth:`value` tells them apart).
        """
        value = self.value(row, column)
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, Number):
            return value.shown
        if isinstance(value, CellError):
            return value.code
        return None if isinstance(value, Uncomputed) else value

    def hidden(self, row: int, column: int) -> bool:
        """Whether the cell stands in a hidden row or column."""
        return row in self.hidden_rows or any(first <= column <= last for first, last in self.hidden_columns)

    def formula(self, row: int, column: int) -> bool:
        """Whether the value shown at a cell comes from a formula."""
        return self.anchor(row, column) in self.formulas

    def __iter__(self) -> Iterator[tuple[int, int, CellValue]]:
        """The cells that can be seen and are not blank, row by row: row, column, value."""
        for (row, column), value in self.cells.items():
            if self.anchor(row, column) == (row, column):
                yield row, column, value


def joined_text(value: CellValue) -> str:
    """What the operator ``&`` makes of a value."""
    if isinstance(value, Number):
        return general(value.value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value if isinstance(value, str) else ""
