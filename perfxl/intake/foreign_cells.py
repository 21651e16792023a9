"""The sheets of a workbook that is no OOXML one (.xls, .et, .ods, .xlsb), read in the process apart."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from perfxl.intake.apart import ask
from perfxl.intake.cells import CellError, CellValue, Grid, Merge, Uncomputed
from perfxl.intake.foreign import LOCKED, SAVE_AS_XLSX, SEALED, WRONG_PASSWORD
from perfxl.intake.limits import Limits
from perfxl.intake.number import BUILT_IN, GENERAL, Number, read_number, shown_under
from perfxl.intake.package import unreadable
from perfxl.intake.remarks import Remarks

_UNREADABLE: Final = "打不开，文件已损坏、有密码或内容过多"
_DATE: Final = BUILT_IN[22]  # where the file doesn't say how a date is shown
_KEPT: Final = f"{SAVE_AS_XLSX}；原文件没有改动"


def foreign_grids(
    data: bytes, name: str, *, passwords: Sequence[str] = (), limits: Limits | None = None
) -> list[Grid] | bytes:
    """The sheets of a workbook in another format; an encrypted OOXML workbook as the bytes it was before.

    Args:
        name: what messages call it.
        passwords: tried in this order.

    Raises:
        UnreadableFile: nothing can read it, or no password opens it.
    """
    limits = limits or Limits()
    if len(data) > limits.foreign_bytes:
        raise unreadable(name, f"文件超过 {limits.foreign_bytes >> 20} MB，不像绩效目标表", _KEPT)
    answer = ask(data, passwords, limits)
    if answer.kind == "package":
        return answer.package
    if answer.kind == "locked":
        raise unreadable(name, *(WRONG_PASSWORD if passwords else LOCKED))
    if answer.kind == "sealed":
        raise unreadable(name, *SEALED)
    if answer.kind != "sheets":
        raise unreadable(name, _UNREADABLE, _KEPT)
    return [_grid(title, cells, remarks) for title, cells, remarks in answer.sheets]


def _grid(title: str, cells: list[list[Any]], remarks: Remarks) -> Grid:
    notes = {(row, column): (kind, content) for row, column, kind, content in remarks.cells}
    values = {(row, column): _value(kind, content, notes.get((row, column))) for row, column, kind, content in cells}
    for at, (kind, content) in notes.items():
        if kind == "error":
            values[at] = CellError(content)
        elif kind == "uncomputed":
            values[at] = Uncomputed()
    return Grid(
        title,
        values,
        (Merge(*corners) for corners in remarks.merges),
        ((row, column) for row, column in remarks.formulas),  # JSON knows no tuples
        state=remarks.state,
        hidden_rows=remarks.hidden_rows,
        hidden_columns=((first, last) for first, last in remarks.hidden_columns),
    )


def _value(kind: str, content: Any, note: tuple[str, str] | None) -> CellValue:
    """A cell's content as :mod:`perfxl.intake.grid` gives it."""
    if kind == "plain" and isinstance(content, (str, bool)):
        return content
    stored = content if kind == "serial" else repr(content)
    number = read_number(stored) or Decimal(0)
    meaning, code = note or ("format", _DATE if kind == "serial" else GENERAL)
    return Number(stored, number, lambda cell: code if meaning == "shown" else shown_under(cell, code))
