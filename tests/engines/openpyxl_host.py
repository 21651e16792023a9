"""The quick host: a workbook that openpyxl has opened, with Excel's ways of taking values and of refusing them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from engines.engine import ERROR_NUMBERS, REFUSED, Area, ComError, Host, as_excel_takes, merge_around, merged_in
from perfxl.issue import column_letters


class OpenpyxlHost(Host):
    """Values come from the file's cached ones; what is written here goes both ways."""

    def __init__(self, path: str) -> None:
        self.name, self.fullname = Path(path).name, path
        self._values = openpyxl.load_workbook(path, data_only=True)
        self.book = openpyxl.load_workbook(path)
        self._selections: dict[str, Area] = {}

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path

    def sheet_names(self) -> list[str]:
        return list(self.book.sheetnames)

    def used(self, sheet: str) -> tuple[int, int]:
        return self.book[sheet].max_row, self.book[sheet].max_column

    def read(self, sheet: str, area: Area) -> list[list[Any]]:
        top, left, bottom, right = area
        rows = self._values[sheet].iter_rows(top, bottom, left, right)
        return [[self._raw(cell) for cell in row] for row in rows]

    @staticmethod
    def _raw(cell: Any) -> Any:
        if isinstance(cell, MergedCell) or cell.value is None:
            return None
        if cell.data_type == "e":
            return ERROR_NUMBERS[cell.value]
        return float(cell.value) if type(cell.value) is int else cell.value

    def write(self, sheet: str, area: Area, rows: Sequence[Sequence[Any]]) -> None:
        there = self.book[sheet]
        self._refuse_locked(there, area)
        for row, values in enumerate(rows, area[0]):
            for column, value in enumerate(values, area[1]):
                kind, content = as_excel_takes(value, there.cell(row, column).number_format)
                for book in (self.book, self._values):
                    cell = book[sheet].cell(row, column)
                    if isinstance(cell, MergedCell):
                        continue
                    cell.value = content if kind != "formula" or book is self.book else 0
                    if kind == "text":
                        cell.data_type = "s"

    def _refuse_locked(self, sheet: Worksheet, area: Area) -> None:
        top, left, bottom, right = area
        cells = (cell for row in sheet.iter_rows(top, bottom, left, right) for cell in row)
        if sheet.protection.sheet and any(cell.protection.locked for cell in cells):
            raise ComError(REFUSED)

    def formula(self, sheet: str, row: int, column: int) -> str:
        value = self.book[sheet].cell(row, column).value
        return "" if value is None else str(value)

    def number_format(self, sheet: str, row: int, column: int) -> str:
        return str(self.book[sheet].cell(row, column).number_format)

    def _merges(self, sheet: str) -> list[Area]:
        return [(one.min_row, one.min_col, one.max_row, one.max_col) for one in self.book[sheet].merged_cells.ranges]

    def merged(self, sheet: str, area: Area) -> bool | None:
        return merged_in(self._merges(sheet), area)

    def merge_area(self, sheet: str, row: int, column: int) -> Area:
        return merge_around(self._merges(sheet), row, column)

    def clear(self, sheet: str, area: Area, *, formats: bool) -> None:
        top, left, bottom, right = area
        bottom = min(bottom, self.book[sheet].max_row)
        for book in (self.book, self._values):
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    cell = book[sheet].cell(row, column)
                    cell.value = None
                    if formats:
                        cell.hyperlink, cell.style = None, "Normal"

    def copy(self, sheet: str, source: Area, target: Area) -> None:
        there = self.book[sheet]
        height, width = source[2] - source[0] + 1, source[3] - source[1] + 1
        for row in range(target[0], target[2] + 1):
            for column in range(target[1], target[3] + 1):
                at = source[0] + (row - target[0]) % height, source[1] + (column - target[1]) % width
                model, cell = there.cell(*at), there.cell(row, column)
                cell._style = copy.copy(model._style)
                if model.hyperlink is not None:
                    cell.hyperlink = copy.copy(model.hyperlink)

    def link(self, sheet: str, row: int, column: int, address: str, text: str) -> None:
        cell = self.book[sheet].cell(row, column)
        self.write(sheet, (row, column, row, column), [[f"'{text}"]])
        cell.hyperlink = Hyperlink(ref=f"{column_letters(column)}{row}", location=address.removeprefix("#"))

    @property
    def active(self) -> str:
        return str(self.book.active.title)

    def activate(self, sheet: str) -> None:
        self.book.active = self.book[sheet]

    @property
    def selection(self) -> Area:
        return self._selections.get(self.active, (1, 1, 1, 1))

    def select(self, sheet: str, area: Area) -> None:
        self.activate(sheet)
        self._selections[sheet] = area
