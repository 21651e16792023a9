"""The tables of a ledger where people have left them: found by their headings, their rows made again of cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from perfxl.intake.number import Number
from perfxl.issue import column_letters
from perfxl.ledger.earlier.notes import note_of
from perfxl.ledger.earlier.seal import as_number
from perfxl.ledger.gathering.packing import ROW_TYPES
from perfxl.ledger.model import (
    Condition,
    NoteRow,
    ProjectRow,
    Standing,
    Status,
)
from perfxl.ledger.tables import (
    NOTES,
    TABLES,
    Column,
    Table,
)
from perfxl.text import squeeze, tidy

Cell = str | Number | None
Cells = Sequence[Cell]

_VOCABULARY: Final = {column.heading for table in TABLES for column in table.columns}


@dataclass(slots=True)
class Block:
    """One table where it was found.  Places are positions in a row, counted from 0.

    Attributes:
        places: of our columns by attribute, but for people's.
        people: of people's columns; one heading may stand several times.
        foreign: of headings that are none of ours.
        rows: the rows below the headings, as rows of the model.
        notes: what stands in people's columns.
        formulas: addresses of formulas in people's columns.
        outside: addresses of what stands neither in a row of ours nor under a heading.
        unread: cells whose content can't be read back, with it.
    """

    table: Table
    sheet: str
    places: dict[str, int]
    people: list[tuple[Column, int]]
    foreign: dict[int, str]
    rows: list[Any] = field(default_factory=list)
    notes: list[NoteRow] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def absent(self) -> list[str]:
        """Headings of ours that are gone, but for those that an older ledger never had."""
        there = {*self.places, *(column.name for column, _ in self.people)}
        return [column.heading for column in self.table.columns if column.name not in there and not column.later]

    @property
    def older(self) -> set[str]:
        """Attributes of the columns that an older ledger never had, as far as they are not here either."""
        later = (column for column in self.table.columns if column.later and not column.people)
        return {column.name for column in later if column.name not in self.places}


def find_block(sheet: str, cells: Cells, *, again: bool = False) -> Block | None:
    """The table whose headings these cells are, the likeliest where they fit several.

    ``again`` looks for a second table below another, headings spelled as ours: quick enough for each of many rows.
    """
    if again and sum(cell in _VOCABULARY for cell in cells) < 3:
        return None
    headings = [squeeze(cell) if isinstance(cell, str) else "" for cell in cells]
    known = set(headings) & _VOCABULARY
    if len(known) < 3:
        return None
    best = max(TABLES, key=lambda table: _share(table, known))
    if _share(best, known) < 0.5 and not _has_notes(best, known):
        best = next((table for table in TABLES if _has_notes(table, known)), best)
        if not _has_notes(best, known):
            return None
    by_heading = {column.heading: column for column in best.columns}
    block = Block(best, sheet, {}, [], {})
    for place, heading in enumerate(headings):
        column = by_heading.get(heading)
        if column is not None and column.people:
            block.people.append((column, place))
        elif column is not None and column.name not in block.places:
            block.places[column.name] = place
        elif heading:
            block.foreign[place] = tidy(str(cells[place]))
    return block if any(name in block.places for name in _WITNESSES) else None


def _share(table: Table, known: set[str]) -> float:
    return sum(column.heading in known for column in table.columns) / len(table.columns)


def _has_notes(table: Table, known: set[str]) -> bool:
    """A few columns somebody copied, with notes among them and what they belong to."""
    return {"单位编码", "项目名称"} <= known and any(
        column.people and column.heading in known for column in table.columns
    )


# Columns one of which a table of ours has, and one of which is filled in every row of it, but for findings of no form;
# a row without any is a sum or a remark below the table.
_WITNESSES: Final = ("unit_code", "unit_name", "project", "file", "department", "heading", "origin")
_OF_NO_FORM: Final = "severity"
_WORDS: Final[dict[str, tuple[type[Condition | Status | Standing], Any]]] = {
    "condition": (Condition, None),  # follows from the numbers of errors and warnings
    "status": (Status, Status.SKIPPED),
    "standing": (Standing, Standing.PENDING),
}
# So many characters of a cell are quoted.
_SHOWN: Final = 20
_MAY_BE_NONE: Final = {"year", "submission", "size", "due"}


def cell_as_text(cell: Cell) -> str:
    """The cell's text, a number as it is shown."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else cell.shown


def _amount(cell: Cell) -> Decimal | None:
    if isinstance(cell, Number):
        return cell.value
    if cell is None or not tidy(cell):
        return None
    if (number := as_number(cell)) is None:
        raise ValueError
    return number


def _count(cell: Cell) -> int | None:
    number = _amount(cell)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError
    return int(number)


def _converter(column: Column) -> tuple[Callable[[Cell], Any], Any]:
    """What makes a value of a cell (ValueError where it can't), and what stands where there is none."""
    if column.name in _WORDS:
        words, default = _WORDS[column.name]
        return (lambda cell: words(tidy(cell_as_text(cell)))), default
    if column.kind in ("count", "year"):
        default = None if column.name in _MAY_BE_NONE else 0
        return (lambda cell: default if (number := _count(cell)) is None else number), default
    if column.kind in ("money", "number"):
        return _amount, None
    return cell_as_text, ""


class RowMaker:
    """Makes rows and notes of a block's cells."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._row_type = ROW_TYPES[block.table.title]
        converters = [(column, *_converter(column)) for column in block.table.columns]
        self._known = [
            (column, block.places[column.name], convert, default)
            for column, convert, default in converters
            if column.name in block.places
        ]
        self._defaults = {column.name: default for column, _, default in converters if column.name not in block.older}
        self._witnesses = [block.places[name] for name in (*_WITNESSES, _OF_NO_FORM) if name in block.places]
        ours = {*block.places.values(), *(place for _, place in block.people)}
        self._named = ours.union(block.foreign)
        self._people = {place for _, place in block.people}
        self._width = max(ours, default=-1) + 1

    def take(self, number: int, cells: Cells) -> None:
        """Take in the row of that number (from 1) on the sheet."""
        block = self._block
        cells = [*cells, *[None] * (self._width - len(cells))]
        is_row = any(tidy(cell_as_text(cells[place])) for place in self._witnesses)
        inside = self._named if is_row else self._people
        filled = [place for place, cell in enumerate(cells) if place not in inside and tidy(cell_as_text(cell))]
        block.outside += [f"{column_letters(place + 1)}{number}" for place in filled]
        typed = [(column, cell_as_text(cells[place])) for column, place in block.people]
        typed = [(column, text) for column, text in typed if tidy(text)]
        if not is_row and not typed:
            return
        row = self._row(number, cells, tell=is_row)
        for column, text in typed:
            block.notes.append(
                _kept_note(row, text) if block.table is NOTES else note_of(row, block.table.title, column.heading, text)
            )
        if is_row:
            block.rows.append(row)

    def _row(self, number: int, cells: Cells, *, tell: bool) -> Any:
        values = dict(self._defaults)
        for column, place, convert, default in self._known:
            try:
                values[column.name] = convert(cells[place])
            except ValueError:
                values[column.name] = default
                typed = tidy(cell_as_text(cells[place]))
                if tell and (typed or column.name in _WORDS):
                    where = f"{column_letters(place + 1)}{number}"
                    self._block.unread.append(f"{where} 的{column.heading}是“{typed[:_SHOWN]}”")
        for column, place in self._block.people:
            values[column.name] = "\n".join(filter(None, (values[column.name], cell_as_text(cells[place]))))
        if self._row_type is ProjectRow and values["condition"] is None:
            wrong, warned = values["errors"], values["warnings"]
            values["condition"] = Condition.WRONG if wrong else Condition.WARNED if warned else Condition.CLEAN
        return self._row_type(**values)


def _kept_note(row: NoteRow, text: str) -> NoteRow:
    """A row of 未匹配批注; where it stood before is kept, for this is no place to match it by."""
    return replace(row, text=text, origin=row.origin or NOTES.title)
