"""What of a form's cells a reader might take otherwise than the person who sent it saw it.

The form is read all the same; each doubt is told at its cell (S07), so that no wrong value passes in silence: what is
hidden, merged, a formula's saved result, or shown otherwise than it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final

from perfxl.intake.cells import CellError, Grid, Uncomputed
from perfxl.intake.number import Number
from perfxl.issue import At, Issue, Severity, column_letters
from perfxl.layout import AMOUNTS, LAYOUTS, Layout
from perfxl.text import printable, tidy

_PLAIN_AMOUNT: Final = re.compile(r"[^\d.,%/:年月日-]*(-?[\d,]+(?:\.(\d+))?)[^\d.,%/:年月日-]*", re.ASCII)
# Limit of the file format: what Excel lets nobody type, but a file can hold.
_CELL_CHARACTERS: Final = 32_767
_SHOW: Final = "请取消隐藏，核对后重新报送"
_TYPE: Final = "请设为“文本”或“常规”格式后照原样填写"


def doubts(grid: Grid, layout: Layout, source: str) -> Iterator[Issue]:
    """The doubts about a form sheet of that layout, from its head to its last row."""
    if grid.state != "visible":
        yield _doubt(source, At(grid.sheet, 1, 1), f"工作表“{grid.sheet}”是隐藏的，里面的表已读取", _SHOW)
    typed = [at for at in _inputs(layout.version) if at in grid.cells]
    yield from _hidden(grid, typed, source)
    yield from _merged(grid, layout, source)
    amounts = {(field.row, field.column) for field in map(layout.field, AMOUNTS)}
    for row, column in typed:
        at = At(grid.sheet, row, column)
        value = grid.cells[row, column]
        if isinstance(value, Number):
            yield from _number(at, value, (row, column) in amounts, source)
        elif isinstance(value, str):
            yield from _text(at, value, source)
        if (row, column) in grid.formulas and not isinstance(value, (CellError, Uncomputed)):
            message = f"{at.a1} 是公式，读取的是保存文件时的结果“{grid.text(row, column)}”"
            yield _doubt(source, at, message, "请核对；最好直接填写内容，不用公式")
        if column == layout.note_column and isinstance(value, (CellError, Uncomputed)):
            message = f"{at.a1} 的情况说明是错误值或未计算的公式，读不到内容"
            yield _doubt(source, at, message, "请直接填写文字")


def _doubt(source: str, at: At, message: str, advice: str) -> Issue:
    return Issue("S07", Severity.WARNING, message, advice, file=source, at=at)


@lru_cache(maxsize=64)
def _inputs(version: str) -> tuple[tuple[int, int], ...]:
    """The cells that a clerk types in that layout, each once; of a merged field the first."""
    return tuple(
        (row, column)
        for top, left, bottom, right in LAYOUTS[version].inputs()
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    )


def _hidden(grid: Grid, typed: Iterable[tuple[int, int]], source: str) -> Iterator[Issue]:
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    for row, column in typed:
        if row in grid.hidden_rows:
            rows.setdefault(row, column)
        elif grid.hidden(row, column):
            columns.setdefault(column, row)
    for row, column in rows.items():
        yield _doubt(source, At(grid.sheet, row, column), f"第{row}行被隐藏，里面填写的内容已读取", _SHOW)
    for column, row in columns.items():
        at = At(grid.sheet, row, column)
        yield _doubt(source, at, f"{column_letters(column)} 列被隐藏，里面填写的内容已读取", _SHOW)


def _merged(grid: Grid, layout: Layout, source: str) -> Iterator[Issue]:
    """Merges among the indicators: none are in the template."""
    first, last = layout.columns[0].column, layout.columns[-1].column
    for merge in grid.merges:
        if merge.bottom < layout.first_row or merge.top > layout.last_row or merge.left > last or merge.right < first:
            continue
        at = At(grid.sheet, merge.top, merge.left)
        span = f"{at.a1}:{column_letters(merge.right)}{merge.bottom}"
        yield _doubt(source, at, f"{span} 被合并，按左上角一格的内容读取", "请取消合并，每行每格分别填写")


def _number(at: At, number: Number, amount: bool, source: str) -> Iterator[Issue]:
    if not number.certain:
        message = f"{at.a1} 的数字格式特殊，存的是“{number.shown}”，显示出来的可能不同"
        yield _doubt(source, at, message, _TYPE)
    elif amount and not _shows(number):
        message = f"{at.a1} 显示为“{tidy(number.shown)}”，实际存的是 {number.value}"
        yield _doubt(source, at, message, f"{_TYPE}，金额只写数字")


def _text(at: At, text: str, source: str) -> Iterator[Issue]:
    if len(text) > _CELL_CHARACTERS:
        message = f"{at.a1} 有 {len(text)} 个字，超过一个单元格能放的 {_CELL_CHARACTERS} 个字，在台账里只列得出前一部分"
        yield _doubt(source, at, message, "请精简后重新填写")
    odd = None if text.isprintable() else next((ch for ch in text if ch != "\r" and printable(ch) != ch), None)
    if odd is not None:
        message = f"{at.a1} 里有看不见的控制符“{printable(odd)}”"
        yield _doubt(source, at, message, "请删去这一格的内容，重新手工填写")


def _shows(number: Number) -> bool:
    """Whether what is shown is the number itself, rounded at most."""
    match = _PLAIN_AMOUNT.fullmatch(tidy(number.shown))
    if match is None:
        return False
    shown = Decimal(match[1].replace(",", ""))
    return abs(abs(shown) - abs(number.value)) <= Decimal("0.5").scaleb(-len(match[2] or ""))
