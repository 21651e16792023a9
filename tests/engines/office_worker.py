"""The UNO side of the LibreOffice engine: the office driver's worker, and what an xlwings engine asks besides.

Runs in the Python that has ``uno``; see ``office/worker.py``.  Areas are (top, left, bottom, right), from 1.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))

import worker
from com.sun.star.table import CellRangeAddress

CONTENTS = 1 | 2 | 4 | 16  # com.sun.star.sheet.CellFlags: values, dates, texts, formulas
FORMATS = 32 | 64
ERROR_RESULTS = 4  # com.sun.star.sheet.FormulaResult
LOGICAL = 1024  # com.sun.star.util.NumberFormat
TYPED_COLUMNS = 12


class EngineDesk(worker.Desk):
    """The driver's desk with blocks of typed values, formats, merges, selection."""

    def _area(self, doc: int, sheet: str, area: list[int]) -> Any:
        top, left, bottom, right = (number - 1 for number in area)
        return self._sheet(doc, sheet).getCellRangeByPosition(left, top, right, bottom)

    def x_sheets(self, doc: int) -> list[str]:
        return list(self.documents[doc].Sheets.ElementNames)

    def x_used(self, doc: int, sheet: str) -> list[int]:
        cursor = self._sheet(doc, sheet).createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return [end.EndRow + 1, end.EndColumn + 1]

    def x_read(self, doc: int, sheet: str, area: list[int]) -> list[list[Any]]:
        """Values; errors as {"error": code}, truth values as themselves.  LibreOffice tells "" from blank no more."""
        there = self._area(doc, sheet, area)
        rows = [[None if value == "" else value for value in row] for row in there.getDataArray()]
        for found in there.queryFormulaCells(ERROR_RESULTS).RangeAddresses:
            for row in range(found.StartRow, found.EndRow + 1):
                for column in range(found.StartColumn, found.EndColumn + 1):
                    cell = self._sheet(doc, sheet).getCellByPosition(column, row)
                    rows[row + 1 - area[0]][column + 1 - area[1]] = {"error": cell.String}
        formats = self.documents[doc].NumberFormats
        for row, values in enumerate(rows):
            for column, value in enumerate(values[:TYPED_COLUMNS]):
                if value in (0.0, 1.0) and not isinstance(value, str):
                    cell = there.getCellByPosition(column, row)
                    if formats.getByKey(cell.NumberFormat).Type & LOGICAL:
                        values[column] = bool(value)
        return rows

    def x_write(self, doc: int, sheet: str, area: list[int], rows: list[list[Any]]) -> bool:
        """False where a cell is locked; an apostrophe before a text goes, as Excel does it."""
        there = self._area(doc, sheet, area)
        if self._sheet(doc, sheet).isProtected() and there.CellProtection.IsLocked:
            return False
        data = tuple(tuple(self._taken(value) for value in row) for row in rows)
        there.setDataArray(data)
        return True

    @staticmethod
    def _taken(value: Any) -> Any:
        return "" if value is None else value.removeprefix("'") if isinstance(value, str) else value

    def x_formula(self, doc: int, sheet: str, area: list[int]) -> str:
        return str(self._area(doc, sheet, area).getCellByPosition(0, 0).getFormula())

    def x_number_format(self, doc: int, sheet: str, area: list[int]) -> str:
        key = self._area(doc, sheet, area).getCellByPosition(0, 0).NumberFormat
        return str(self.documents[doc].NumberFormats.getByKey(key).FormatString)

    def x_merged(self, doc: int, sheet: str, area: list[int]) -> bool:
        """Whether any cell of the area is merged."""
        return bool(self._area(doc, sheet, area).IsMerged)

    def x_merge_area(self, doc: int, sheet: str, area: list[int]) -> list[int]:
        cursor = self._sheet(doc, sheet).createCursorByRange(self._area(doc, sheet, area))
        cursor.collapseToMergedArea()
        return self._numbers(cursor.RangeAddress)

    @staticmethod
    def _numbers(address: Any) -> list[int]:
        return [address.StartRow + 1, address.StartColumn + 1, address.EndRow + 1, address.EndColumn + 1]

    def x_clear(self, doc: int, sheet: str, area: list[int], formats: bool) -> None:
        self._area(doc, sheet, area).clearContents(CONTENTS | FORMATS if formats else CONTENTS)

    def x_copy(self, doc: int, sheet: str, source: list[int], target: list[int]) -> None:
        there, model = self._sheet(doc, sheet), self._area(doc, sheet, source).RangeAddress
        for row in range(target[0], target[2] + 1, source[2] - source[0] + 1):
            corner = there.getCellByPosition(target[1] - 1, row - 1).CellAddress
            there.copyRange(corner, CellRangeAddress(model.Sheet, *(getattr(model, name) for name in ADDRESS)))

    def x_link(self, doc: int, sheet: str, area: list[int], address: str, text: str) -> None:
        cell = self._area(doc, sheet, area).getCellByPosition(0, 0)
        cell.setString("")
        field = self.documents[doc].createInstance("com.sun.star.text.TextField.URL")
        field.URL, field.Representation = address, text
        cell.insertTextContent(cell.createTextCursor(), field, False)

    def x_active(self, doc: int) -> str:
        return str(self.documents[doc].CurrentController.ActiveSheet.Name)

    def x_activate(self, doc: int, sheet: str) -> None:
        self.documents[doc].CurrentController.setActiveSheet(self._sheet(doc, sheet))

    def x_selection(self, doc: int) -> list[int]:
        return self._numbers(self.documents[doc].CurrentSelection.RangeAddress)

    def x_select(self, doc: int, sheet: str, area: list[int]) -> None:
        controller = self.documents[doc].CurrentController
        controller.setActiveSheet(self._sheet(doc, sheet))
        controller.select(self._area(doc, sheet, area))

    def x_first_row_shown(self, doc: int) -> int:
        return int(self.documents[doc].CurrentController.FirstVisibleRow) + 1


ADDRESS = ("StartColumn", "StartRow", "EndColumn", "EndRow")
worker.Desk = EngineDesk

if __name__ == "__main__":
    worker.main()
