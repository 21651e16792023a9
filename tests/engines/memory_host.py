"""A workbook as a file of JSON, for measuring what a click imports: the host itself needs no other package.

``{"active": name, "sheets": {name: [[row, column, value], …]}}``; values as COM gives them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engines.engine import Area, Host, as_excel_takes, merge_around, merged_in


class MemoryHost(Host):
    def __init__(self, path: str) -> None:
        self.name, self.fullname = Path(path).name, path
        told = json.loads(Path(path).read_bytes())
        self.cells = {
            sheet: {(row, column): value for row, column, value in cells} for sheet, cells in told["sheets"].items()
        }
        self._active = told["active"]
        self._selection: Area = (1, 1, 1, 1)

    def sheet_names(self) -> list[str]:
        return list(self.cells)

    def used(self, sheet: str) -> tuple[int, int]:
        cells = self.cells[sheet]
        return max((row for row, _ in cells), default=1), max((column for _, column in cells), default=1)

    def read(self, sheet: str, area: Area) -> list[list[Any]]:
        top, left, bottom, right = area
        cells = self.cells[sheet]
        return [[cells.get((row, column)) for column in range(left, right + 1)] for row in range(top, bottom + 1)]

    def write(self, sheet: str, area: Area, rows: Sequence[Sequence[Any]]) -> None:
        for row, values in enumerate(rows, area[0]):
            for column, value in enumerate(values, area[1]):
                self.cells[sheet][row, column] = as_excel_takes(value, "General")[1]

    def formula(self, sheet: str, row: int, column: int) -> str:
        return str(self.cells[sheet].get((row, column)) or "")

    def number_format(self, sheet: str, row: int, column: int) -> str:
        return "General"

    def merged(self, sheet: str, area: Area) -> bool | None:
        return merged_in((), area)

    def merge_area(self, sheet: str, row: int, column: int) -> Area:
        return merge_around((), row, column)

    def clear(self, sheet: str, area: Area, *, formats: bool) -> None:
        inside = [at for at in self.cells[sheet] if area[0] <= at[0] <= area[2] and area[1] <= at[1] <= area[3]]
        for at in inside:
            del self.cells[sheet][at]

    def copy(self, sheet: str, source: Area, target: Area) -> None:
        """Formats are not kept here."""

    def link(self, sheet: str, row: int, column: int, address: str, text: str) -> None:
        self.cells[sheet][row, column] = text

    @property
    def active(self) -> str:
        return self._active

    def activate(self, sheet: str) -> None:
        self._active = sheet

    @property
    def selection(self) -> Area:
        return self._selection

    def select(self, sheet: str, area: Area) -> None:
        self._active, self._selection = sheet, area
