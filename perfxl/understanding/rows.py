"""Paragraphs, tables and lines → one stream of rows, whatever the document was.

Of a table it is told which one a row belongs to.  The published text layout has its cells one a line and rows parted by
blank lines, which may also stand inside a row; there the headings of the indicator table tell how many cells a row has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from perfxl.intake.tables import Block, Cell, Line, Paragraph, Table
from perfxl.issue import AtLine, AtTable
from perfxl.understanding.labels import column_label, head_label, names_in, title_of

_LEVELS: Final = {"level1", "level2", "level3", "content"}
_VALUES: Final = set("body body_annual body_long measure weight relation nature description result".split())
#: Labels that head columns of a table that lists many projects, one indicator a row.
LISTED: Final = frozenset(
    "project objectives_annual objectives unit unit_code department project_code total total_annual summary purpose".split()
)
# Labels that stand below an indicator table, and end it.
_BELOW: Final = frozenset(
    "project contact person date opinion remark plan phone purpose department unit summary basis objectives_annual".split()
)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of a table, or a paragraph as a row of one cell.

    Attributes:
        cells: in the order of their columns.
        table: number of its table in the document, from 1; 0 for a paragraph.
        whole: False of a row of text that has too few or too many cells, so that no one can say which is which.
    """

    cells: tuple[Cell, ...]
    table: int
    whole: bool = True

    @property
    def filled(self) -> list[Cell]:
        """The cells in which something stands."""
        return [cell for cell in self.cells if not cell.blank]

    def fits(self, other: FormRow) -> bool:
        """Whether it covers as many columns as that row: if not, a cell is lost or too many, and those behind it are
        shifted.  Of a sheet nobody can tell, since blank cells are left out; but there every cell has its column."""
        first, last, others = self.cells[0], self.cells[-1], other.cells[-1]
        if isinstance(first.at, AtLine):
            return self.whole and len(self.cells) == len(other.cells)
        return not isinstance(first.at, AtTable) or last.column + last.width == others.column + others.width

    @property
    def alone(self) -> Cell | None:
        """The one cell in which something stands, where it is the first of its row."""
        filled = self.filled
        only_one = len(filled) == 1 and (self.table == 0 or filled[0] is self.cells[0])
        return filled[0] if only_one else None


def is_heading(row: FormRow) -> bool:
    """Whether these are the headings of an indicator table, levels and values among them; one of many may be unknown."""
    labels = [column_label(cell.text) for cell in row.filled]
    names = {label.name for label in labels if label is not None}
    strange = sum(
        label is None and head_label(cell.text) is None for label, cell in zip(labels, row.filled, strict=True)
    )
    enough = len(names) >= (3 if not strange else 3 + 2 * strange)
    return bool(names & _LEVELS) and bool(names & _VALUES) and enough


def is_part_of_heading(row: FormRow) -> bool:
    """Whether these may be the second row of headings: 计算符号、数值、计量单位 below 指标值."""
    found = [column_label(cell.text) for cell in row.filled]
    return bool(found) and all(label is not None and label.name in _VALUES for label in found)


def rows(blocks: Iterable[Block]) -> Iterator[FormRow]:
    """Every block as rows, in order."""
    lines: _Lines | None = None
    table = 0
    for block in blocks:
        if isinstance(block, Line):
            lines = lines or _Lines()
            yield from lines.take(block)
        elif isinstance(block, Paragraph):
            yield FormRow((Cell(block.text, block.at, 0),), 0)
        elif isinstance(block, Table):
            table += 1
            yield from (FormRow(cells, table) for cells in block.rows if cells)
    if lines is not None:
        yield from lines.end()


class _Lines:
    """Puts the lines of a text together: lines to cells, cells to rows."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []  # since the last blank line before a cell
        self._kept: list[Cell] = []  # the beginning of a row that a blank line has broken
        self._width = 0  # of a row of the indicator table; 0 in the head
        self._table = 1

    def take(self, line: Line) -> Iterator[FormRow]:
        """The rows that this line finishes."""
        if line.starts_cell:
            if line.gap:
                yield from self._chunk()
            self._add(line)
        elif self._goes_on(line):
            self._append(line)
        else:
            yield from self.end()
            yield FormRow((Cell(line.text, line.at, 0),), 0)

    def end(self) -> Iterator[FormRow]:
        """What is left, at the end of a table."""
        yield from self._chunk()
        yield from self._broken()
        self._width = 0
        self._table += 1

    def _goes_on(self, line: Line) -> bool:
        """Whether a line without a TAB belongs to the cell above it."""
        if not self._cells or line.text.lstrip().startswith("[bookmark"):
            return False
        if title_of(line.text) is not None and (line.gap or self._width):
            return False
        return not line.gap or self._width == 0 or len(self._kept) + len(self._cells) < self._width

    def _add(self, line: Line) -> None:
        # Within a row of known width a TAB can only part cells, so that a cell too many is noticed.
        texts = line.text.split("\t") if self._width and "\t" in line.text.strip("\t") else [line.text]
        for text in texts:
            self._cells.append(Cell(text or None, line.at, len(self._cells)))

    def _append(self, line: Line) -> None:
        last = self._cells[-1]
        assert isinstance(last.at, AtLine) and isinstance(line.at, AtLine)
        text = last.text or ""
        ends = line.at.line - last.at.line - text.count("\n")
        self._cells[-1] = replace(last, text=text + "\n" * ends + line.text)

    def _chunk(self) -> Iterator[FormRow]:
        """The cells between two blank lines: a row, or part of one."""
        cells, self._cells = self._cells, []
        before, heading, behind = _parted_at_heading(cells)
        for part in (before, heading, behind):
            if part:
                yield from self._row(part)

    def _row(self, cells: Sequence[Cell]) -> Iterator[FormRow]:
        row = FormRow(tuple(replace(cell, column=column) for column, cell in enumerate(cells)), self._table)
        title = len(cells) == 1 and title_of(cells[0].text or "") is not None
        if self._width and not title and not starts_below(row) and not is_heading(row):
            yield from self._data(row)
            return
        if not self._width and self._kept and head_label(cells[0].text) is not None:
            row = self._joined(row)
        yield from self._broken()
        self._width = len(row.cells) if is_heading(row) else 0
        if _is_lone_section(row):
            self._kept = list(row.cells)
        else:
            yield row

    def _data(self, row: FormRow) -> Iterator[FormRow]:
        """A row of the indicator table has as many cells as its headings: blank lines inside it don't count."""
        if is_part_of_heading(row) and len(row.cells) > self._width:
            self._width = len(row.cells)
        joined = self._joined(row)
        if len(joined.cells) > self._width:
            yield from self._broken()
            joined = row
        if len(joined.cells) < self._width:
            self._kept = list(joined.cells)
            return
        self._kept = []
        yield replace(joined, whole=len(joined.cells) == self._width)

    def _joined(self, row: FormRow) -> FormRow:
        cells = (replace(cell, column=position) for position, cell in enumerate([*self._kept, *row.cells]))
        if not self._width:
            self._kept = []
        return replace(row, cells=tuple(cells))

    def _broken(self) -> Iterator[FormRow]:
        if self._kept:
            yield FormRow(tuple(self._kept), self._table, whole=not self._width)
        self._kept = []


def _parted_at_heading(cells: Sequence[Cell]) -> tuple[Sequence[Cell], Sequence[Cell], Sequence[Cell]]:
    """The headings of an indicator table among cells, with those before and behind them: a blank line may be lost."""
    if is_heading(FormRow(tuple(cells), 1)):
        return (), cells, ()
    labels = [column_label(cell.text) for cell in cells]
    start = next(
        (number for number, label in enumerate(labels) if label is not None and label.name in _LEVELS), len(cells)
    )
    end = start
    while end < len(cells) and labels[end] is not None:
        end += 1
    if not is_heading(FormRow(tuple(cells[start:end]), 1)):
        return cells, (), ()
    while start and (labels[start - 1] is not None or _beside_heading(cells[start - 1])):
        start -= 1
    return cells[:start], cells[start:end], cells[end:]


def _beside_heading(cell: Cell) -> bool:
    """Whether the cell may stand in the row of headings, before them: 绩效指标, 项目名称 of a list, nothing."""
    label = head_label(cell.text)
    return cell.blank or (label is not None and (label.name.startswith("indicators") or label.name in LISTED))


def starts_below(row: FormRow) -> bool:
    """Whether the row is no longer of the indicator table: it begins with a label that stands below one."""
    filled = row.filled
    names = names_in(filled[0].text) if filled else []
    return bool(names) and names[0] in _BELOW


def _is_lone_section(row: FormRow) -> bool:
    label = head_label(row.cells[0].text) if len(row.cells) == 1 else None
    return label is not None and label.name in ("purpose", "budget")
