"""A web page as its paragraphs and tables: what systems export as .html, and often as .xls or .doc that is none.

Tags that HTML lets one leave out (``</td>``, ``</tr>``) may be missing.  Format: HTML Living Standard §4.9 (tables).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from perfxl.intake.tables import Block, Cell, Paragraph, Row, Table
from perfxl.issue import AtTable

_SILENT: Final = frozenset(("script", "style", "head", "title", "template"))
_PARTS: Final = frozenset(("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "section", "center"))
_MOST_SPAN: Final = 1000


@dataclass(slots=True)
class _Open:
    """A table that is being read; ``below`` tells for how many more rows a cell of an earlier one covers a column."""

    number: int
    rows: list[Row] = field(default_factory=list)
    cells: list[Cell] | None = None
    below: dict[int, tuple[int, int]] = field(default_factory=dict)
    texts: list[str] | None = None
    span: tuple[int, int] = (1, 1)


class WebPage(HTMLParser):
    """Gathers the blocks of one page.

    Args:
        most_cells: how many cells are read before the page is too much (ValueError).
    """

    def __init__(self, text: str, most_cells: int) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._open: list[_Open] = []
        self._group: list[_Open] = []
        self._count = 0
        self._room = most_cells
        self._silent = 0
        self._text: list[str] = []
        self.feed(text)
        self.close()
        while self._open:
            self._end_table()
        self._end_paragraph()

    def blocks(self) -> Iterator[Block]:
        """Paragraphs and tables in their order; a table in a table comes behind it."""
        yield from self._blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._start_table()
        elif tag == "tr" and self._open:
            self._end_row()
            self._open[-1].cells = []
        elif tag in ("td", "th") and self._open:
            self._start_cell(dict(attrs))
        elif tag == "br":
            self._write("\n")
        elif tag in _PARTS:
            self._part()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "table" and self._open:
            self._end_table()
        elif tag == "tr" and self._open:
            self._end_row()
        elif tag in ("td", "th") and self._open:
            self._end_cell()
        elif tag in _PARTS:
            self._part()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # Ends of lines in the source are white space; &nbsp; is a space that was typed.
            self._write(" ".join(data.replace("\r", "\n").split("\n")) if data.strip() else " " * bool(data))

    def _write(self, text: str) -> None:
        if not self._open:
            self._text.append(text)
        elif (texts := self._open[-1].texts) is not None:
            texts.append(text)

    def _part(self) -> None:
        if self._open:
            self._write("\n")
        else:
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        text, self._text = "".join(self._text).strip(), []
        if text:
            self._blocks.append(Paragraph(text, AtTable(self._count + 1)))

    def _start_table(self) -> None:
        if not self._open:
            self._end_paragraph()
        self._count += 1
        table = _Open(self._count)
        self._open.append(table)
        self._group.append(table)

    def _end_table(self) -> None:
        self._end_row()
        self._open.pop()
        if not self._open:
            self._blocks += [Table(tuple(table.rows)) for table in self._group if table.rows]
            self._group = []

    def _start_cell(self, attributes: dict[str, str | None]) -> None:
        table = self._open[-1]
        self._end_cell()
        if table.cells is None:
            table.cells = []
        table.texts = []
        table.span = _span(attributes.get("colspan")), _span(attributes.get("rowspan"))

    def _end_cell(self) -> None:
        table = self._open[-1]
        texts, table.texts = table.texts, None
        if texts is None or table.cells is None:
            return
        self._room -= 1
        if self._room < 0:
            raise ValueError
        self._covered(table)
        column = _next_column(table.cells)
        width, height = table.span
        text = "\n".join(line.strip(" \t") for line in "".join(texts).split("\n")).strip("\n")
        at = AtTable(table.number, len(table.rows) + 1, sum(not cell.merged for cell in table.cells) + 1)
        table.cells.append(Cell(text or None, at, column, width))
        if height > 1:
            table.below[column] = width, height

    def _covered(self, table: _Open) -> None:
        """Put in the cells that go on one above, as far as they come next."""
        assert table.cells is not None
        while (column := _next_column(table.cells)) in table.below:
            at = AtTable(table.number, len(table.rows) + 1, len(table.cells) + 1)
            table.cells.append(Cell(None, at, column, table.below[column][0], merged=True))

    def _end_row(self) -> None:
        table = self._open[-1]
        self._end_cell()
        if table.cells is None:
            return
        self._covered(table)
        cells, table.cells = table.cells, None
        table.rows.append(tuple(cells))
        table.below = {column: (width, left - 1) for column, (width, left) in table.below.items() if left > 1}


def _next_column(cells: list[Cell]) -> int:
    return cells[-1].column + cells[-1].width if cells else 0


def _span(value: str | None) -> int:
    number = int(value) if value and value.strip().isascii() and value.strip().isdigit() and len(value) < 6 else 1
    return min(max(number, 1), _MOST_SPAN)
