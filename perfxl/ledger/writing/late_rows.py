"""A worksheet whose lower rows are streamed: there may be as many as there are units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from perfxl.issue import column_letters
from perfxl.ledger.writing.package import Streamed, styles_in
from perfxl.ledger.writing.packed_text import PackedText
from perfxl.ledger.writing.sheet_rows import xml_text

# Where a cell's format will be named, by its place among those that are used.
_FORMAT: Final = re.compile("\0(\\d+)\0")


class LateRows:
    """Takes what is written to a worksheet of XlsxWriter; of the rows from ``first`` on (counted from 0) it makes XML.

    They must come one after the other, each ended by its :meth:`set_row`.
    """

    def __init__(self, sheet: Any, first: int) -> None:
        self._sheet = sheet
        self._first = first
        self._formats: dict[int, Any] = {}
        self._places: dict[int, int] = {}
        self._cells: dict[int, str] = {}
        self._row = first
        self._packed = PackedText()

    def write_string(self, row: int, column: int, text: str, made: Any) -> None:
        if row < self._first:
            self._sheet.write_string(row, column, text, made)
        elif text:
            self._put(row, column, made, ' t="inlineStr"', f'<is><t xml:space="preserve">{xml_text(text)}</t></is>')
        else:
            self._put(row, column, made)

    def write(self, row: int, column: int, number: Decimal | None, made: Any) -> None:
        self._put(row, column, made, "", "" if number is None else f"<v>{number:f}</v>")

    def write_blank(self, row: int, column: int, _: None, made: Any) -> None:
        self._put(row, column, made)

    def write_formula(self, row: int, column: int, formula: str, made: Any, value: Decimal | int | str) -> None:
        kind, shown = (' t="str"', value) if isinstance(value, str) else ("", f"{Decimal(value):f}")
        self._put(row, column, made, kind, f"<f>{xml_text(formula.removeprefix('='))}</f><v>{shown}</v>")

    def set_row(self, row: int, height: float, _: None, options: dict[str, int]) -> None:
        level = f' outlineLevel="{options["level"]}"' if options else ""
        self._end(f' ht="{height:g}" customHeight="1"{level}')

    def _put(self, row: int, column: int, made: Any, kind: str = "", content: str = "") -> None:
        place = self._places.setdefault(id(made), len(self._places))
        self._formats[place] = made
        self._row = row
        start = f'<c r="{column_letters(column + 1)}{row + 1}" s="\0{place}\0"{kind}'
        self._cells[column] = f"{start}>{content}</c>" if content else f"{start}/>"

    def _end(self, attributes: str = "") -> None:
        cells = "".join(text for _, text in sorted(self._cells.items()))
        self._packed.add(f'<row r="{self._row + 1}"{attributes}>{cells}</row>')
        self._cells.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sheet, name)

    def streamed(self, last_column: int) -> Streamed:
        """The rows, once all is written; in the book itself one row shows their formats."""
        if self._cells:
            self._end()
        for place, made in self._formats.items():
            self._sheet.write_blank(self._first, place, None, made)
        self._sheet.set_row(self._first, None, None, {"level": 1})  # so that the sheet makes room for levels

        def rows(part: str) -> Iterator[str]:
            styles = styles_in(part, self._first + 1)
            rest = ""
            for piece in self._packed.taken():
                # A piece may end within a row, and within a character.
                whole, end, rest = (rest + piece).rpartition("</row>")
                yield _FORMAT.sub(lambda match: str(styles[int(match[1])]), whole + end)

        reference = f"A1:{column_letters(last_column + 1)}{self._row + 1}"
        return Streamed(rows, lambda: ((), ()), self._first + 1, self._row, reference)
