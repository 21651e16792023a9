"""The sheets of a workbook that is no OOXML one (.xls, .et, .ods, .xlsb), read in the process apart."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from perfxl.intake.apart import ask
from perfxl.intake.foreign import LOCKED, SAVE_AS_XLSX, WRONG_PASSWORD
from perfxl.intake.grid import CellError, CellValue, Grid, Uncomputed
from perfxl.intake.limits import Limits
from perfxl.intake.number import Number, read_date, read_number, shown_under
from perfxl.intake.package import unreadable

_UNREADABLE: Final = "打不开，文件已损坏、有密码或内容过多"
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
    if answer.kind != "sheets":
        raise unreadable(name, _UNREADABLE, _KEPT)
    return [_grid(title, cells, notes) for title, cells, notes in answer.sheets]


def _grid(title: str, cells: list[list[Any]], notes: list[list[Any]]) -> Grid:
    formats = {(row, column): (kind, content) for row, column, kind, content in notes}
    values = {(row, column): _value(kind, content, formats.get((row, column))) for row, column, kind, content in cells}
    for at, (kind, content) in formats.items():
        if kind == "error":
            values[at] = CellError(content)
        elif kind == "uncomputed":
            values[at] = Uncomputed()
    return Grid(title, values)


def _value(kind: str, content: Any, note: tuple[str, str] | None) -> CellValue:
    """A cell's content as :mod:`perfxl.intake.grid` gives it."""
    if kind != "plain":
        day = datetime.date.fromisoformat(content) if kind == "date" else datetime.datetime.fromisoformat(content)
        shown = note[1] if note is not None and note[0] == "shown" else _shown(day)
        return Number(content, read_date(content, False) or Decimal(0), lambda _: shown)
    if isinstance(content, (str, bool)):
        return content
    stored = repr(content)
    number = read_number(stored) or Decimal(0)
    if note is None:
        return Number(stored, number)
    meaning, code = note
    return Number(stored, number, lambda cell: code if meaning == "shown" else shown_under(cell, code))


def _shown(day: datetime.date) -> str:
    """A date as Chinese Excel shows it by default."""
    text = f"{day.year}/{day.month}/{day.day}"
    return f"{text} {day.hour}:{day.minute:02d}" if isinstance(day, datetime.datetime) else text
