"""A workbook file as the memory host takes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perfxl.intake.cells import CellError, Uncomputed
from perfxl.intake.grid import open_workbook
from perfxl.intake.number import Number
from perfxl.layout import FORM_SHEET


def store(workbook: Path, target: Path) -> Path:
    """Write the workbook's values to a JSON file; errors and formulas without a value are left out."""
    book = open_workbook(workbook)
    sheets = {
        sheet.name: [
            [row, column, float(value.value) if isinstance(value, Number) else value]
            for (row, column), value in book.grid(sheet.name).cells.items()
            if not isinstance(value, (CellError, Uncomputed))
        ]
        for sheet in book.sheets
    }
    told: dict[str, Any] = {"active": FORM_SHEET, "sheets": sheets}
    target.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return target
