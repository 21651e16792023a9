"""The ledger as a workbook: 总览, 汇总, and one sheet a table.

No clock and no absolute path goes in: equal ledgers give equal bytes.
"""

from __future__ import annotations

import datetime
import io
import os
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from perfxl.issue import column_letters
from perfxl.layout import LEDGER_NAME
from perfxl.ledger.model import Condition, ProjectRow, Standing, Status, Totals
from perfxl.ledger.overview import OVERVIEW_SHEET
from perfxl.ledger.pages import write_pages
from perfxl.ledger.seal import DIGEST_NAME, SEAL_SHEET, TEXT_COLUMN, seal_lines, text_print
from perfxl.ledger.summary_sheet import SUMMARY_SHEET
from perfxl.ledger.tables import ADOPTED, ISSUES, MISSING, PROGRESS, PROJECTS, SOURCES, VERSIONS, Column, Table, Value
from perfxl.ledger.units import State
from perfxl.text import display_width, lines_needed

_BODY_FONT = "宋体"
_HEAD_FONT = "微软雅黑"
_MONEY = "#,##0.00"
_COUNT = "#,##0"
# Limits of the file format: text of a cell in UTF-16 units, links of a sheet, characters of a link.
_CELL_LIMIT = 32_767
_LINK_LIMIT = 65_530
_LINK_LENGTH = 2_000
# Characters of the widest column of paths, or of names that stand on one line.
_PATH_LIMIT = 48
# Points of a line of text, of the highest row, and the lines that such a row should have at most.
_LINE_POINTS, _ROW_LIMIT, _LINES = 13.5, 409, 27
# What a double holds exactly; a longer number is written as text rather than rounded.
_EXACT_DIGITS = 15
_SHORTENED = "有内容超过单元格上限，在台账中只列出前一部分"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TITLE_ROW, _SUBTOTAL_ROW, _HEADING_ROW, _FIRST_ROW = range(4)
# Tables whose 文件 leads to the file; in 指标明细 the same link would stand on every indicator of a project.
_LINKED = {table.title for table in (PROJECTS, ISSUES, SOURCES, VERSIONS)}

_TONES: dict[str, str] = {
    Condition.CLEAN: "ok",
    Condition.WARNED: "warn",
    Condition.WRONG: "bad",
    "错误": "bad",
    "警告": "warn",
    Status.ACCEPTED: "ok",
    Status.REJECTED: "bad",
    Status.UNREADABLE: "bad",
    Status.DUPLICATE: "warn",
    Status.PENDING: "warn",
    Standing.COUNTED: "ok",
}
_STATES: dict[str, str] = {
    State.COMPLETE: "ok",
    State.PARTLY: "warn",
    State.NONE: "bad",
    State.WRONG: "red",
    State.PENDING: "warn",
    State.UNLISTED: "warn",
}
_TONED = {"condition": _TONES, "severity": _TONES, "status": _TONES, "standing": _TONES, "state": _STATES}
_MARKS: dict[str, dict[str, object]] = {
    "link": {"font_color": "#0B57D0", "underline": 1},
    "ok": {"font_color": "#1E6B3A"},
    "warn": {"font_color": "#7A4B00", "bg_color": "#FFF2CC"},
    "bad": {"font_color": "#9C0006", "bg_color": "#FBE0E0", "bold": True},
    "red": {"font_color": "#C00000"},
    "people": {"bg_color": "#FFFBE6"},
}


def workbook_bytes(
    tables: Sequence[tuple[Table, Sequence[Any]]], totals: Totals, folder: Path, digest: str = ""
) -> bytes:
    """The whole .xlsx file; links lead from ``folder``, where it will stand, to the sources.

    With a ``digest`` (:func:`perfxl.ledger.seal.digest`) the file is sealed, so that hand edits can be told later.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": "绩效目标总台账", "created": datetime.datetime(2000, 1, 1)})
    rows = {table.title: given for table, given in tables}
    projects: Sequence[ProjectRow] = rows[PROJECTS.title]
    overview, summary = book.add_worksheet(OVERVIEW_SHEET), book.add_worksheet(SUMMARY_SHEET)
    writer = _TableWriter(book, _paths(rows[SOURCES.title], folder))
    for table, given in tables:
        writer.write(table, given)
    texts = write_pages(book, overview, summary, totals, rows, _FIRST_ROW + 1)
    book.define_name(LEDGER_NAME, f"={OVERVIEW_SHEET}!$A$1")
    if digest:
        _seal(book, projects, texts, digest)
    overview.activate()
    book.close()
    return stream.getvalue()


def _seal(book: Any, projects: Sequence[ProjectRow], texts: Sequence[str], digest: str) -> None:
    book.define_name(DIGEST_NAME, f'="{digest}"')
    sheet = book.add_worksheet(SEAL_SHEET)
    for number, line in enumerate(seal_lines(projects)):
        for index, text in enumerate(line):
            sheet.write_string(number, index, text)
    for number, text in enumerate(texts):
        sheet.write_string(number, TEXT_COLUMN, text_print(text))
    sheet.very_hidden()


def cell_text(text: str) -> tuple[str, bool]:
    """The text as a cell can hold it, and whether its end had to be left out.

    What XML has no place for is shown as ``\\u000B``; a text over the limit ends in words that say so.
    """
    shown = _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04X}", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(shown) * 2 <= _CELL_LIMIT or len(shown.encode("utf-16-le")) // 2 <= _CELL_LIMIT:
        return shown, False
    note = f"……（原文 {len(text)} 字，超过单元格上限，以下略，请看原文件）"
    kept = shown.encode("utf-16-le")[: (_CELL_LIMIT - len(note)) * 2].decode("utf-16-le", "ignore")
    return kept + note, True


def _paths(sources: Sequence[Any], folder: Path) -> dict[str, str]:
    """Link to each source, relative to the ledger; none to a file on another drive."""
    home = os.path.abspath(folder)
    links: dict[str, str] = {}
    for source in sources:
        if source.path is None:
            continue
        try:
            relative = Path(os.path.relpath(os.path.abspath(source.path), home)).as_posix()
        except ValueError:
            continue
        links[source.file] = re.sub(r"""[%#"<>\[\]^`{}\s]""", lambda match: f"%{ord(match[0]):02x}", relative)
    return links


def _width(column: Column, values: Sequence[Value], on_one_line: bool) -> float:
    """Width that shows every number whole, and every text in no more lines than a row can be high, if any does."""
    if column.kind in ("money", "count"):
        amounts = [value for value in values if isinstance(value, (int, Decimal))]
        total = sum(amounts, Decimal(0))
        shown = f"{total:,.2f}" if column.kind == "money" else f"{total:,}"
        widest = len(shown) if column.summed else max((len(f"{value:,}") for value in amounts), default=0)
        return max(column.width, widest + 2.0)
    if column.kind == "path" or on_one_line:
        widest = max((display_width(value) for value in set(values) if isinstance(value, str)), default=0)
        return max(column.width, min(widest + 3.0, _PATH_LIMIT))
    longest = max((value for value in values if isinstance(value, str)), key=len, default="")
    factors = (1.0, 1.5, 2.0, 2.5, 3.0)
    fitting = (column.width * factor for factor in factors if lines_needed(longest, column.width * factor) <= _LINES)
    return next(fitting, column.width * factors[-1])


def _on_one_line(table: Table, column: Column) -> bool:
    """Links, which LibreOffice doesn't wrap, and the names in the lists that people telephone from."""
    return (column.name == "file" and table.title in _LINKED) or (
        column.kind == "text" and table.title in (PROGRESS.title, MISSING.title)
    )


def _height(values: Sequence[Value], widths: Sequence[float]) -> float:
    """Row height in points that shows its longest text; LibreOffice fits no row by itself."""
    lines = 1
    for value, width in zip(values, widths, strict=True):
        # Most texts are short: two columns a character is the most that they can take.
        if isinstance(value, str) and (len(value) * 2 > width - 1 or "\n" in value):
            lines = max(lines, lines_needed(value, width))
    return min(lines * _LINE_POINTS + 4, _ROW_LIMIT)


class _TableWriter:
    """Writes tables, each to a sheet of its own."""

    def __init__(self, book: Any, links: dict[str, str]) -> None:
        self._book = book
        self._links = links
        self._formats: dict[tuple[str, ...], Any] = {}
        self.shortened: set[str] = set()  # files with a text that no cell can hold whole

    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """One table: title, subtotals that follow the filter, headings, rows."""
        sheet = self._book.add_worksheet(table.title)
        self._head(sheet, table, rows)
        widths = [
            _width(column, [getattr(row, column.name) for row in rows], _on_one_line(table, column))
            for column in table.columns
        ]
        linked = 0
        for number, row in enumerate(rows, _FIRST_ROW):
            links = self._links_of(table, row)
            if linked + len(links) > _LINK_LIMIT:
                links = {}
            linked += len(links)
            values = table.values(row)
            sheet.set_row(number, _height(values, widths))
            for index, (column, value) in enumerate(zip(table.columns, values, strict=True)):
                self._cell(sheet, number, index, column, value, row.file, links.get(column.name))
        self._choices(sheet, table, len(rows))
        self._set_up(sheet, table, widths, len(rows))

    def _choices(self, sheet: Any, table: Table, count: int) -> None:
        """是 to pick under 取用; anything else may be typed there as well."""
        headings = [column.heading for column in table.columns]
        if ADOPTED in headings and count:
            index = headings.index(ADOPTED)
            options = {"validate": "list", "source": ["是"], "show_error": False}
            sheet.data_validation(_FIRST_ROW, index, _FIRST_ROW + count - 1, index, options)

    def _head(self, sheet: Any, table: Table, rows: Sequence[Any]) -> None:
        sheet.write_string(_TITLE_ROW, 0, table.title, self._format("title"))
        amount = next((index for index, column in enumerate(table.columns) if column.kind == "money"), None)
        if amount is not None:
            sheet.write_string(_TITLE_ROW, amount, "金额单位：万元", self._format("note"))
        sheet.set_row_pixels(_TITLE_ROW, 34)
        sheet.set_row_pixels(_SUBTOTAL_ROW, 24)
        sheet.set_row_pixels(_HEADING_ROW, 40)
        first, last = _FIRST_ROW + 1, max(_FIRST_ROW + len(rows), _FIRST_ROW + 1)
        for index, column in enumerate(table.columns):
            letters = column_letters(index + 1)
            where = f"{letters}{first}:{letters}{last}"
            sheet.write_string(_HEADING_ROW, index, column.heading, self._format("own" if column.people else "heading"))
            if column.summed:
                values = [getattr(row, column.name) for row in rows]
                total = sum((value for value in values if value is not None), Decimal(0))
                number = _MONEY if column.kind == "money" else _COUNT
                sheet.write_formula(
                    _SUBTOTAL_ROW, index, f"=SUBTOTAL(109,{where})", self._format("subtotal", number), total
                )
            elif column.heading == table.count_on:
                key = [item.name for item in table.columns].index(table.key)
                adds, letters = table.columns[key].summed, column_letters(key + 1)
                counted = f"=SUBTOTAL({109 if adds else 103},{letters}{first}:{letters}{last})"
                count = sum(getattr(row, table.key) for row in rows) if adds else len(rows)
                sheet.write_formula(_SUBTOTAL_ROW, index, counted, self._format("tally", table.count_format), count)
            else:
                sheet.write_blank(_SUBTOTAL_ROW, index, None, self._format("subtotal", _COUNT))
        sheet.write_string(_SUBTOTAL_ROW, 0, "合计（随筛选变化）", self._format("label"))

    def _cell(
        self, sheet: Any, row: int, index: int, column: Column, value: Value, file: str, link: str | None
    ) -> None:
        tone = _TONED.get(column.name, {}).get(value, "") if isinstance(value, str) else ""
        if column.name == "difference" and value:
            tone = "red"
        style = self._format(column.kind, tone, "people" if column.people else "", "link" if link else "")
        if column.name == "reason" and file in self.shortened:
            value = f"{value}；{_SHORTENED}" if value else _SHORTENED
        if value is None or value == "":
            sheet.write_blank(row, index, None, style)
        elif isinstance(value, str):
            text, short = cell_text(value)
            if short:
                self.shortened.add(file)
            if link:
                sheet.write_url(row, index, f"external:{link}", style, text)
            else:
                sheet.write_string(row, index, text, style)
        elif isinstance(value, Decimal) and len(value.as_tuple().digits) > _EXACT_DIGITS:
            sheet.write_string(row, index, f"{value:f}", style)
        else:
            sheet.write_number(row, index, value, style)

    def _links_of(self, table: Table, row: Any) -> dict[str, str]:
        """Links of a row by column: to the file, and to the cell where there is one."""
        path = self._links.get(row.file) if table.title in _LINKED else None
        if path is None or len(path) > _LINK_LENGTH:
            return {}
        links = {"file": path}
        if table is ISSUES and row.sheet and re.fullmatch(r"[A-Z]+\d+", row.cell):
            quoted = row.sheet.replace("'", "''")
            links["cell"] = f"{path}#'{quoted}'!{row.cell}"
        return links

    def _set_up(self, sheet: Any, table: Table, widths: Sequence[float], count: int) -> None:
        last_column = len(table.columns) - 1
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width)
        sheet.freeze_panes(_FIRST_ROW, table.fixed)
        sheet.autofilter(_HEADING_ROW, 0, max(_HEADING_ROW + count, _FIRST_ROW), last_column)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADING_ROW)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.print_area(0, 0, max(_HEADING_ROW + count, _FIRST_ROW), last_column)
        sheet.set_header(f'&R&"{_BODY_FONT}"&9绩效目标总台账　{table.title}')
        sheet.set_footer(f'&C&"{_BODY_FONT}"&9第 &P 页　共 &N 页')
        sheet.hide_gridlines(2)

    def _format(self, *key: str) -> Any:
        """The format of that kind, made once: ("money",), ("code", "bad"), ("subtotal", "#,##0") …"""
        if key not in self._formats:
            self._formats[key] = self._book.add_format(_properties(*key))
        return self._formats[key]


_EDGE = {"border": 1, "border_color": "#BFBFBF"}
_CELL = {"font_name": _BODY_FONT, "font_size": 10, "valign": "top", **_EDGE}
_BAR = {"font_name": _HEAD_FONT, "font_size": 10, "bold": True, "valign": "vcenter", "bg_color": "#EAF0F7"}
_KINDS: dict[str, dict[str, object]] = {
    "title": {"font_name": _HEAD_FONT, "font_size": 16, "bold": True, "font_color": "#1F3864", "valign": "vcenter"},
    "note": {"font_name": _BODY_FONT, "font_size": 10, "valign": "vcenter"},
    "heading": {**_BAR, **_EDGE, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True, "align": "center"},
    "own": {**_BAR, **_EDGE, "bg_color": "#FFE699", "font_color": "#5C4400", "text_wrap": True, "align": "center"},
    "label": _BAR,
    "subtotal": {**_BAR, "align": "right"},
    "tally": {**_BAR, "align": "left"},
    "text": {**_CELL, "text_wrap": True},
    "path": {**_CELL, "text_wrap": True},
    "code": {**_CELL, "text_wrap": True, "align": "center", "num_format": "@"},  # a code typed anew stays text
    "year": {**_CELL, "align": "center"},
    "count": {**_CELL, "align": "right", "num_format": _COUNT},
    "money": {**_CELL, "align": "right", "num_format": _MONEY},
    "number": {**_CELL, "align": "right"},
}


def _properties(kind: str, *marks: str) -> dict[str, object]:
    properties = dict(_KINDS[kind])
    for mark in marks:
        if mark in _MARKS:
            properties.update(_MARKS[mark])
        elif mark:
            properties["num_format"] = mark
    return properties
