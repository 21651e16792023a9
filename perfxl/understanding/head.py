"""The head of a form: every label with what stands beside it, below it or behind its colon.

A label's content is what stands to its right up to the next label; where labels stand side by side with nothing
between, it is what stands below them.  A label that spans rows, such as 预算规模及资金用途, has what no other label of
those rows claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from perfxl.intake.tables import Cell
from perfxl.text import squeeze
from perfxl.understanding.labels import Label, head_label, labelled, parted
from perfxl.understanding.rows import FormRow

How = Literal["beside", "below", "inline"]

#: Labels that may stand for several rows.
SECTIONS: Final = frozenset(
    "budget purpose summary basis objectives objectives_annual objectives_long indicators indicators_annual indicators_long"
    " plan opinion remark".split()
)
_MONEY: Final = frozenset("total_annual total total_long fiscal carried other own fiscal_part budget".split())
_MONEY_ROWS: Final = 3


@dataclass(slots=True)
class Found:
    """A label where it was met.

    Attributes:
        cell: of the label.
        row: which of the form's rows it stands in.
        values: the cells with its content, filled ones only.
        blank: the cell where its content would stand, as far as the source has such a cell.
        how: where the content was found.
        twice: a row has several cells of content for it, so that one of them belongs elsewhere.
        last_row: of the content.
    """

    label: Label
    cell: Cell
    row: int
    values: list[Cell] = field(default_factory=list)
    blank: Cell | None = None
    how: How = "beside"
    twice: bool = False
    last_row: int = 0

    def give(self, cell: Cell, row: int) -> None:
        """One more cell of content, in that row."""
        self.twice = self.twice or row == self.last_row
        self.last_row = row
        self.values.append(cell)


class Head:
    """Takes rows one by one.

    Attributes:
        found: the labels, in the order of the source.
        loose: cells that belong to no label, likewise, each with the number of its row.
    """

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.loose: list[tuple[int, Cell]] = []
        self._number = 0
        self._leading: tuple[Found, int] | None = None
        self._above: list[Found] = []  # labels whose content may stand below them
        self._above_row: FormRow | None = None  # theirs; None for a paragraph
        self._misfit = False  # this row has lost a cell, or that one has: no one can say what stands below what

    def take(self, row: FormRow) -> None:
        """One more row of the head."""
        self._number += 1
        alone = row.alone
        if alone is not None and (parts := parted(alone.text or "")):
            cells = (replace(alone, text=text, column=column, width=1) for column, text in enumerate(parts))
            row = replace(row, cells=tuple(cells))
        self._misfit = bool(self._above) and self._above_row is not None and not row.fits(self._above_row)
        current = self._inherited(row)
        inherited = current is not None
        met: list[Found] = []
        for cell in row.cells:
            label = None if cell.blank else self._label(cell)
            pairs = () if cell.blank or label is not None else labelled(cell.text or "")
            if label is not None:
                current, inherited = Found(label, cell, self._number), False
                met.append(current)
            elif pairs:
                met += [_inline(pair, cell, self._number) for pair in pairs]
                current, inherited = met[-1], False
            elif cell.blank:
                if current is not None and not inherited and current.blank is None and not cell.merged:
                    current.blank = cell
            else:
                self._give(cell, current, inherited)
        self.found += met
        self._remember(row, met)

    def _label(self, cell: Cell) -> Label | None:
        """The label that a cell is; 其他 alone is one only among amounts, else it answers what stands before it."""
        label = head_label(cell.text)
        if label is None or label.name != "other" or squeeze(label.word).strip(":") != "其他":
            return label
        near = (one for one in self.found if self._number - one.row <= _MONEY_ROWS)
        return label if any(one.label.name in _MONEY for one in near) else None

    def end(self) -> None:
        """What follows is no row of the head: labels above have no more content."""
        self._above, self._leading = [], None

    def _give(self, cell: Cell, current: Found | None, inherited: bool) -> None:
        """Content to its label: that of its own row first, then one above it, then the one that spans the rows."""
        if (current is None or inherited) and self._misfit:
            self.loose.append((self._number, cell))
            return
        if current is None or inherited:
            above = next((found for found in self._above if _covers(found.cell, cell)), None)
            if above is not None:
                above.give(cell, self._number)
                above.how = "below"
                return
        if current is None or (current.how == "inline" and current.label.name not in SECTIONS):
            self.loose.append((self._number, cell))
        else:
            current.give(cell, self._number)

    def _inherited(self, row: FormRow) -> Found | None:
        """The label that spans this row from above."""
        if self._leading is None or not row.cells:
            return None
        found, column = self._leading
        first = row.cells[0]
        if row.table and first.column >= column and (first.merged or first.blank or first.column > column):
            spans = first.merged and first.column == column
            return found if spans or found.label.name in SECTIONS else None
        return None

    def _remember(self, row: FormRow, met: Sequence[Found]) -> None:
        """Which labels may claim something in the rows below."""
        if not row.table:
            # A heading between tables may have its text in the paragraph below.
            self._above = [found for found in met if not found.values and found.label.name in SECTIONS]
            self._above_row = None
            self._leading = None
            return
        filled = row.filled
        if self._inherited(row) is not None:
            if any(found.label.name in SECTIONS and found.values for found in met):
                self._leading = None
        elif filled:
            self._leading = (met[0], filled[0].column) if met and filled[0] is met[0].cell else None
        if met:
            self._above, self._above_row = _without_content(row, met), row


def _inline(pair: tuple[Label, str], cell: Cell, row: int) -> Found:
    label, text = pair
    number = None if len(text) < len((cell.text or "").strip()) else cell.number
    return Found(label, cell, row, [replace(cell, text=text, number=number)], how="inline", last_row=row)


def _without_content(row: FormRow, met: Sequence[Found]) -> list[Found]:
    """The labels at the end of a row, with nothing beside them."""
    labels = {id(found.cell): found for found in met if found.how == "beside"}
    trailing: list[Found] = []
    for cell in reversed(row.cells):
        found = labels.get(id(cell))
        if found is None or found.values or found.blank is not None:
            break
        if trailing and cell.column + cell.width < trailing[-1].cell.column:
            break  # a gap: its blank content was left out
        trailing.append(found)
    return trailing[::-1]


def _covers(label: Cell, cell: Cell) -> bool:
    return label.column <= cell.column < label.column + label.width
