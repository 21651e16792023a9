"""导入报告.xlsx: which form went where, what has to be looked at, and every field with its place in the source.

Written row by row as forms are imported, so that its size costs no memory; no clock and no path goes in.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from perfxl.layout import LEDGER_NAME
from perfxl.text import lines_needed, tidy
from perfxl.understanding import Fact, Sure

if TYPE_CHECKING:
    from perfxl.importing import Imported

_EPOCH: Final = datetime.datetime(2020, 1, 1)
_ROWS: Final = 1_000_000
_CELL_CHARACTERS: Final = 32_000
_SHORT: Final = 8  # characters that any column shows on one line
_LINE_HEIGHT, _MOST_HEIGHT = 13.5, 409.0
_FONT: Final = {"font_name": "宋体", "font_size": 10, "valign": "top"}
_EDGE: Final = {"border": 1, "border_color": "#BFBFBF"}
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "heading": {
        "font_name": "微软雅黑", "font_size": 10, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3864",
        "align": "center", "valign": "vcenter", "text_wrap": True, **_EDGE,
    },
    "text": {**_FONT, "text_wrap": True, **_EDGE},
    "watch": {**_FONT, "text_wrap": True, **_EDGE, "bg_color": "#FFF2CC", "font_color": "#7A4B00"},
    "bad": {**_FONT, "text_wrap": True, **_EDGE, "bg_color": "#FBE0E0", "font_color": "#9C0006"},
}  # fmt: skip
_COLUMNS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "导入结果": (
        ("序号", 6), ("来源文件", 24), ("项目名称", 28), ("单位", 22), ("工作簿", 34), ("读到", 7), ("其中推断", 8),
        ("请核对", 8), ("没有放入", 8), ("说明", 60),
    ),
    "请核对": (
        ("来源文件", 24), ("项目名称", 28), ("位置", 20), ("原文的标签", 16), ("原文", 50), ("把握", 8), ("为什么、怎么办", 50),
    ),
    "逐项对照": (
        ("来源文件", 24), ("项目名称", 28), ("我们的栏目", 18), ("内容", 60), ("原文的位置", 20), ("原文的标签", 16), ("把握", 8),
        ("怎么认出的", 40),
    ),
}  # fmt: skip


class Report:
    """Takes what was imported, in order."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties({"title": "导入报告", "created": _EPOCH})
        # Whoever reads the folder afterwards must not take this for a form.
        self._book.define_name(LEDGER_NAME, "=导入结果!$A$1")
        self._styles = {name: self._book.add_format(style) for name, style in _STYLES.items()}
        self._sheets: dict[str, Any] = {}
        self._rows: dict[str, int] = {}
        for title in _COLUMNS:
            self._begin(title, title)
        self._number = 0

    def add(self, one: Imported) -> None:
        """One form, or what is to be known of a file."""
        self._number += 1
        form, story = one.form, one.story
        placed, left = (story.placed, story.left) if story is not None else ((), ())
        doubtful = story.doubtful if story is not None else ()
        name = form.name if form is not None else ""
        unit = f"{form.unit_code.text} {form.unit_name.text}".strip() if form is not None else ""
        workbook = one.workbook.name if one.workbook is not None else ""
        said = one.error or one.said or _told(len(doubtful), len(left), story is not None)
        counts = [len(placed), sum(fact.sure is Sure.INFERRED for fact in placed), len(doubtful), len(left)]
        shown = [count if story is not None else "" for count in counts]
        style = "bad" if one.error else "watch" if doubtful or one.said else "text"
        self._write("导入结果", [self._number, one.source, name, unit, workbook, *shown, said], style)
        for fact in (*(fact for fact in placed if fact.sure is Sure.UNCLEAR), *left):
            self._write("请核对", _to_check(one.source, name, fact), "watch" if fact.sure is Sure.UNCLEAR else "text")
        for fact in placed:
            row = [one.source, name, fact.field, fact.text, str(fact.at), tidy(fact.label), fact.sure.value, fact.why]
            self._write("逐项对照", row, "text" if fact.sure is Sure.CERTAIN else "watch")

    def content(self) -> bytes:
        """The workbook."""
        for table, sheet in self._sheets.items():
            sheet.autofilter(0, 0, max(self._rows[table], 1), len(_COLUMNS[table]) - 1)
        self._book.close()
        return self._buffer.getvalue()

    def _begin(self, table: str, title: str) -> None:
        sheet = self._book.add_worksheet(title)
        for column, (heading, width) in enumerate(_COLUMNS[table]):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, self._styles["heading"])
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        self._sheets[table], self._rows[table] = sheet, 0

    def _write(self, table: str, row: Sequence[str | int], style: str) -> None:
        self._rows[table] += 1
        if self._rows[table] > _ROWS:
            self._begin(table, f"{table}({len(self._book.worksheets()) - len(_COLUMNS) + 2})")
            self._rows[table] = 1
        sheet, number = self._sheets[table], self._rows[table]
        sheet.set_row(number, _height(table, row))
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, column, value, self._styles[style])
            else:
                sheet.write_string(number, column, value[:_CELL_CHARACTERS], self._styles[style])


def _height(table: str, row: Sequence[str | int]) -> float:
    """Points that the row takes with its texts wrapped."""
    cells = zip(row, _COLUMNS[table], strict=True)
    lines = [lines_needed(text, width) for text, (_, width) in cells if isinstance(text, str) and len(text) > _SHORT]
    return min(max(lines, default=1) * _LINE_HEIGHT + 3, _MOST_HEIGHT)


def _to_check(source: str, name: str, fact: Fact) -> list[str]:
    return [source, name, str(fact.at), tidy(fact.label), fact.text, fact.sure.value, fact.why]


def _told(doubtful: int, left: int, by_labels: bool) -> str:
    if not by_labels:
        return "是我们的模板，照原样重新生成"
    if doubtful:
        return f"有 {doubtful} 处看不准，见“请核对”"
    return "全部读到" + (f"；另有 {left} 处我们的表里没有位置，见“请核对”" if left else "")
