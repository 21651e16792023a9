"""One worksheet part → the cells of a sheet (ECMA-376 Part 1 §18.3), under limits.

A part that is written plainly is split (:mod:`perfxl.intake.quick`), any other is parsed; both give the same cells, and
what can't be read is refused by the parser, so that the message names the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import compress
from typing import Final, Protocol

from perfxl.errors import UnreadableFile
from perfxl.intake.cells import CellError, CellValue, Grid, Merge, State, Uncomputed
from perfxl.intake.limits import Limits
from perfxl.intake.markup import TextCollector, checked, count, resolved
from perfxl.intake.number import Number, read_date, read_number, shown_under
from perfxl.intake.package import Package
from perfxl.intake.quick import EXCEL_COLUMNS, EXCEL_ROWS, SheetText, Written
from perfxl.issue import column_letters, column_number

_REF: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_TYPED: Final = re.compile(r'(?: s="(\d+)")?(?: t="(\w+)")?')
_LONGER_THAN_NUMBERS: Final = 500
# Merges and hidden columns by the part without its cells; a template's has some 15 KB.
_SHELLS: Final[dict[tuple[bytes, Limits], tuple[list[Merge], list[tuple[int, int]]]]] = {}
_REMEMBERED: Final = 32
_REMEMBERED_BYTES: Final = 256 * 1024
_TRUTH: Final = {"1": True, "0": False, "true": True, "false": False}


class Book(Protocol):
    """What a sheet's cells rest on elsewhere in the workbook."""

    package: Package
    date1904: bool

    def shared_string(self, index: str) -> str | None: ...

    def format_code(self, style: int) -> str: ...


class _Contents:
    """Makes values of what cells hold (§18.3.1.4 c, §18.18.11 ST_CellType)."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._shows: dict[int, Callable[[Number], str | None]] = {}

    def value(self, kind: str, style: int, formula: bool, text: str | None) -> CellValue:
        """The value of a cell of that type and style with that content, None where it has no element for one.

        Raises:
            ValueError: the content contradicts the type.
        """
        if kind in ("inlineStr", "str"):
            return text if text is not None else Uncomputed() if formula else None
        text = (text or "").strip()
        if not text:
            return Uncomputed() if formula else None
        value: CellValue = None
        if kind == "s":
            value = self._book.shared_string(text)
        elif kind == "b":
            value = _TRUTH.get(text)
        elif kind == "e":
            value = CellError(text)
        elif kind in ("n", "d"):
            number = read_number(text) if kind == "n" else read_date(text, self._book.date1904)
            value = None if number is None else Number(text, number, self._show(style))
        if value is None:
            raise ValueError
        return value

    def _show(self, style: int) -> Callable[[Number], str | None]:
        """What shows numbers of a style; the styles are read when it is first called."""
        if style not in self._shows:
            book = self._book
            self._shows[style] = lambda number: shown_under(number, book.format_code(style), book.date1904)
        return self._shows[style]


class _Values(dict[Written, CellValue]):
    """The value of what is written in a cell; a form writes the same into thousands of them."""

    def __init__(self, contents: _Contents) -> None:
        self._contents = contents

    def __missing__(self, written: Written) -> CellValue:
        attributes, formula, content = written
        style, kind = _TYPED.fullmatch(attributes.decode()).groups()  # type: ignore[union-attr]
        text = None if content is None else resolved(checked(content))
        value = self._contents.value(kind or "n", int(style or 0), formula is not None, text)
        self[written] = value
        return value


def _is_hidden(hidden: str | None, size: str | None) -> bool:
    """Whether a row or column is hidden, or drawn so small that it might as well be (§18.3.1.13, §18.3.1.73)."""
    return hidden in ("1", "true") or (size is not None and _is_nought(size[:_LONGER_THAN_NUMBERS]))


@lru_cache(maxsize=256)
def _is_nought(size: str) -> bool:
    return read_number(size) == 0


class SheetReader:
    """The state of one pass over a worksheet part."""

    def __init__(self, book: Book, name: str, part: str) -> None:
        self.book, self.package, self.name, self.part = book, book.package, name, part
        self.where = f"工作表“{name}”"
        self.cells: dict[tuple[int, int], CellValue] = {}
        self.merges: list[Merge] = []
        self.formulas: set[tuple[int, int]] = set()
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.row = self.column = 0
        self.kind, self.style = "n", 0
        self.inside = self.has_formula = self.valued = False
        self.text = TextCollector()
        self.contents = _Contents(book)

    def grid(self, state: State, content: bytes, written: SheetText | None) -> Grid:
        """The sheet's cells.

        Args:
            state: whether the sheet can be seen.
            content: the part.
            written: the same, split, where it could be.

        Raises:
            UnreadableFile: it is damaged or over a limit.
        """
        if written is not None and self._take(written):
            self._parse_shell(written.shell)
        else:
            self._parse(content)
        return Grid(
            self.name,
            self.cells,
            self.merges,
            self.formulas,
            state=state,
            hidden_rows=self.hidden_rows,
            hidden_columns=self.hidden_columns,
        )

    def _take(self, written: SheetText) -> bool:
        """Fill in cells and rows from the split part; False, and nothing is filled in, where the parser has to tell."""
        limits = self.package.limits
        values = _Values(self.contents)
        found = zip(written.addresses, written.attributes, written.formulas, written.contents, strict=True)
        try:
            rows = [{name.decode(): value.decode() for name, value in row.items()} for row in written.rows]
            cells = {at: values[typed, f, content] for at, typed, f, content in found if f or content is not None}
        except ValueError:
            return False
        if None in values.values():
            cells = {at: value for at, value in cells.items() if value is not None}
        numbers = [count(row.get("r", "")) for row in rows]
        lower = limits.rows < EXCEL_ROWS or limits.columns < EXCEL_COLUMNS
        if lower and any(row > limits.rows or column > limits.columns for row, column in written.addresses):
            return False
        if None in numbers or len(cells) > limits.cells:
            return False
        self.cells = cells
        self.formulas = set(compress(written.addresses, written.formulas))
        hidden = (
            number for number, row in zip(numbers, rows, strict=True) if _is_hidden(row.get("hidden"), row.get("ht"))
        )
        self.hidden_rows.update(number for number in hidden if number is not None)
        return True

    def _parse_shell(self, shell: bytes) -> None:
        """Merges and hidden columns; forms of one template, saved by one program, have the same shell byte by byte."""
        known = _SHELLS.get((shell, self.package.limits))
        if known is not None:
            self.merges, self.hidden_columns = known
            return
        self._parse(shell)
        if len(shell) <= _REMEMBERED_BYTES:
            if len(_SHELLS) >= _REMEMBERED:
                _SHELLS.clear()
            _SHELLS[shell, self.package.limits] = self.merges, self.hidden_columns

    def _parse(self, content: bytes) -> None:
        self.package.parse(
            self.part,
            {
                "col": self.columns,
                "row": self.start_row,
                "c": self.start_cell,
                "v": self.start_value,
                "t": self.start_text,
                "f": self.start_formula,
                "rPh": self.text.mute,
                "mergeCell": self.merge,
            },
            {"c": self.end_cell, "v": self.text.off, "t": self.text.off, "rPh": self.text.unmute},
            self.text,
            where=self.where,
            content=content,
        )

    def damaged(self) -> UnreadableFile:
        at = f"的 {column_letters(self.column)}{self.row} 格" if self.inside else ""
        return self.package.damaged(self.where + at)

    def start_row(self, attributes: dict[str, str]) -> None:
        row = self.row + 1 if (stated := attributes.get("r")) is None else count(stated)
        if row is None or self.inside:  # within a cell it would carry the cell's value off
            raise self.damaged()
        self.row, self.column = row, 0
        if _is_hidden(attributes.get("hidden"), attributes.get("ht")):
            self.hidden_rows.add(row)

    def columns(self, attributes: dict[str, str]) -> None:
        first, last = count(attributes.get("min", "")), count(attributes.get("max", ""))
        # Widths of columns are no content: what can't be understood of them hides nothing.
        if first is not None and last is not None and _is_hidden(attributes.get("hidden"), attributes.get("width")):
            self.hidden_columns.append((first, last))
            if len(self.hidden_columns) > self.package.limits.columns:
                raise self.package.over_limit(f"{self.where}的列宽设置过多")

    def start_cell(self, attributes: dict[str, str]) -> None:
        if self.inside:
            raise self.damaged()
        if (reference := attributes.get("r")) is None:
            self.column += 1
            if not (1 <= self.row <= self.package.limits.rows and self.column <= self.package.limits.columns):
                raise self.damaged()
        else:
            self.row, self.column = self.address(reference)
        self.inside, self.has_formula, self.valued = True, False, False
        self.kind = attributes.get("t", "n")
        style = count(attributes.get("s", "0"))
        if style is None:
            raise self.damaged()
        self.style = style
        self.text.clear()

    def start_value(self, attributes: dict[str, str]) -> None:
        if self.inside and self.text.seen:  # 7 and 500 would read as 7500
            raise self.damaged()
        self.start_text(attributes)
        self.valued = self.inside

    def start_text(self, attributes: dict[str, str]) -> None:
        if self.inside and self.valued:
            raise self.damaged()
        if self.inside:
            self.text.on()

    def start_formula(self, attributes: dict[str, str]) -> None:
        self.has_formula = self.inside

    def end_cell(self) -> None:
        at = self.row, self.column
        text = self.text.take()
        try:
            value = self.contents.value(self.kind, self.style, self.has_formula, text if self.text.seen else None)
        except ValueError:
            raise self.damaged() from None
        if self.has_formula:
            self.formulas.add(at)
        if value is not None:
            if at in self.cells:  # two values for one cell: each program shows another one
                raise self.damaged()
            self.cells[at] = value
            if len(self.cells) > self.package.limits.cells:
                raise self.package.over_limit(f"{self.where}的内容超过 {self.package.limits.cells} 格")
        self.inside = False

    def merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        top, left = self.address(first)
        bottom, right = self.address(last or first)
        self.merges.append(Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))
        if len(self.merges) > self.package.limits.merges:
            raise self.package.over_limit(f"{self.where}的合并单元格超过 {self.package.limits.merges} 处")

    def address(self, reference: str) -> tuple[int, int]:
        """Row and column of A1 notation, within the limits."""
        match = _REF.fullmatch(reference.strip().upper())
        if match is None:
            raise self.damaged()
        row, column = int(match[2]), column_number(match[1])
        if row > self.package.limits.rows or column > self.package.limits.columns:
            raise self.damaged()
        return row, column
