"""The ledger as a workbook: 总览, 汇总, and one sheet a table, or several where its rows are more than a sheet holds.

XlsxWriter makes the book, headings and settings; the rows are streamed into it (:mod:`perfxl.ledger.writing.package`).
No clock and no absolute path goes in: equal ledgers give equal bytes.
"""

from __future__ import annotations

import datetime
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Final

import xlsxwriter

from perfxl.issue import column_letters
from perfxl.layout import LEDGER_NAME
from perfxl.ledger.earlier.seal import DIGEST_NAME, SEAL_SHEET, TEXT_COLUMN, digest, seal_heading, seal_line, text_print
from perfxl.ledger.gathering.measure import widened, widths
from perfxl.ledger.gathering.packing import Block
from perfxl.ledger.model import Totals
from perfxl.ledger.tables import ADOPTED, PROJECTS, PUBLIC, SOURCES, Table, continued
from perfxl.ledger.writing.overview import OVERVIEW_SHEET
from perfxl.ledger.writing.package import Streamed, styles_in, write_package
from perfxl.ledger.writing.pages import write_pages
from perfxl.ledger.writing.rows import Outline, blocks, texts
from perfxl.ledger.writing.sheet_rows import Links, SheetRows, Tail, looks, xml_text
from perfxl.ledger.writing.summary_sheet import SUMMARY_SHEET

_BODY_FONT = "宋体"
_HEAD_FONT = "微软雅黑"
_MONEY = "#,##0.00"
_COUNT = "#,##0"
# What there is to pick in a column of people's.
_CHOICES: Final = {ADOPTED: "是", PUBLIC: "否"}
_TITLE_ROW, _SUBTOTAL_ROW, _HEADING_ROW, _FIRST_ROW = range(4)
# Limit of the file format: rows of a sheet.
_SHEET_ROWS: Final = 1_048_576

_MARKS: dict[str, dict[str, object]] = {
    "link": {"font_color": "#0B57D0", "underline": 1},
    "ok": {"font_color": "#1E6B3A"},
    "warn": {"font_color": "#7A4B00", "bg_color": "#FFF2CC"},
    "bad": {"font_color": "#9C0006", "bg_color": "#FBE0E0", "bold": True},
    "red": {"font_color": "#C00000"},
    "people": {"bg_color": "#FFFBE6"},
}

Tables = Sequence[tuple[Table, Sequence[Any]]]


def workbook_bytes(tables: Tables, totals: Totals, folder: Path, *, sealed: bool = True) -> bytes:
    """The whole .xlsx file; see :func:`write_workbook`."""
    stream = io.BytesIO()
    write_workbook(stream, tables, totals, folder, sealed=sealed)
    return stream.getvalue()


def write_workbook(target: BinaryIO, tables: Tables, totals: Totals, folder: Path, *, sealed: bool = True) -> None:
    """Write the .xlsx file from the first byte to the last; links lead from ``folder``, where it will stand.

    A sealed one holds digests of its content (:mod:`perfxl.ledger.earlier.seal`), so that hand edits can be told later.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": "绩效目标总台账", "created": datetime.datetime(2000, 1, 1)})
    rows = {table.title: given for table, given in tables}
    overview, summary = book.add_worksheet(OVERVIEW_SHEET), book.add_worksheet(SUMMARY_SHEET)
    writer = _TableWriter(book, source_links(rows[SOURCES.title], folder))
    outlines = [writer.write(table, given) for table, given in tables]
    texts, listed = write_pages(book, overview, summary, totals, rows, _FIRST_ROW + 1)
    writer.streamed[f"xl/worksheets/sheet{summary.index + 1}.xml"] = listed
    book.define_name(LEDGER_NAME, f"={OVERVIEW_SHEET}!$A$1")
    if sealed:
        book.define_name(DIGEST_NAME, f'="{digest((outline.table, outline.digest) for outline in outlines)}"')
        writer.seal(rows[PROJECTS.title], texts)
    overview.activate()
    book.close()
    write_package(target, stream.getvalue(), writer.streamed)


def source_links(sources: Sequence[Any], folder: Path) -> Links:
    """Links to the sources, relative to the ledger; none to a file on another drive."""
    home = os.path.abspath(folder)
    links: dict[str, str] = {}
    for row in texts(SOURCES, sources):
        path = row[len(SOURCES.columns)]
        if path:
            try:
                relative = Path(os.path.relpath(os.path.abspath(path), home)).as_posix()
            except ValueError:
                continue
            links[row[_FILE]] = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02x}", relative)
    return links.get


_FILE: Final = [column.name for column in SOURCES.columns].index("file")
_UNSAFE: Final = re.compile(r"""[%#":<>\[\]^`{}\s]""")  # a name before a colon would be taken for a protocol


class _TableWriter:
    """Writes tables, each to a sheet of its own or to several; their rows come later, from :attr:`streamed`."""

    def __init__(self, book: Any, links: Links) -> None:
        self._book = book
        self._links = links
        self._formats: dict[tuple[str, ...], Any] = {}
        self._shortened: set[str] = set()
        self._continued: list[str] = []  # which tables stand on several sheets, told in 来源清单
        self.streamed: dict[str, Streamed] = {}

    def write(self, table: Table, rows: Sequence[Any]) -> Outline:
        """One table: title, subtotals that follow the filter, headings, settings."""
        outline = Outline.of(table, rows)
        made = widths(table, outline.needs, outline.sums)
        room = _SHEET_ROWS - _FIRST_ROW
        titles = [table.title, *(f"{table.title}-{part}" for part in range(2, -(-outline.count // room) + 1))]
        if len(titles) > 1:
            self._continued.append(continued(outline.count, titles))
        parts = _parted(blocks(table, rows), room) if outline.count > room else iter([blocks(table, rows)])
        for number, title in enumerate(titles):
            sheet = self._book.add_worksheet(title)
            count = min(outline.count - number * room, room)
            self._head(sheet, table, outline, count)
            for place, look in enumerate(looks(table)):
                sheet.write_blank(_FIRST_ROW, place, None, self._format(*look))
            self._choices(sheet, table, count)
            self._set_up(sheet, title, table, made, count)
            self._stream(sheet, table, parts, made if widened(table, outline.needs) else None, count)
        return outline

    def _stream(
        self, sheet: Any, table: Table, parts: Iterator[Iterator[Block]], made: Sequence[float] | None, count: int
    ) -> None:
        made_rows: list[SheetRows] = []

        def rows(part: str) -> Iterator[str]:
            styles = dict(zip(looks(table), styles_in(part, _FIRST_ROW + 1), strict=True))
            made_rows.append(SheetRows(table, styles, self._links, self._shortened, made, _FIRST_ROW + 1))
            return map(made_rows[0].of, next(parts))

        def tail() -> Tail:
            return made_rows[0].tail()

        last = f"{column_letters(len(table.columns))}{max(_FIRST_ROW + count, _FIRST_ROW)}"
        part = f"xl/worksheets/sheet{sheet.index + 1}.xml"
        self.streamed[part] = Streamed(rows, tail, _FIRST_ROW + 1, count, f"A1:{last}")

    def seal(self, projects: Sequence[Any], page_texts: Sequence[str]) -> None:
        """The hidden sheet by which hand edits are told."""
        sheet = self._book.add_worksheet(SEAL_SHEET)
        sheet.very_hidden()
        count = max(len(projects) + 1, len(page_texts))

        def rows(_: str) -> Iterator[str]:
            lines = (line for each in ([seal_heading()], map(seal_line, texts(PROJECTS, projects))) for line in each)
            prints = map(text_print, page_texts)
            for number, (line, of_text) in enumerate(zip_longest(lines, prints), 1):
                yield _text_row(number, [*(line or ("",) * TEXT_COLUMN), of_text or ""])

        part = f"xl/worksheets/sheet{sheet.index + 1}.xml"
        reference = f"A1:{column_letters(TEXT_COLUMN + 1)}{count}"
        self.streamed[part] = Streamed(rows, lambda: ((), ()), 0, count, reference)

    def _choices(self, sheet: Any, table: Table, count: int) -> None:
        """是 to pick under 取用, 否 under 公开; anything else may be typed there as well."""
        for index, column in enumerate(table.columns):
            if column.heading in _CHOICES and count:
                options = {"validate": "list", "source": [_CHOICES[column.heading]], "show_error": False}
                sheet.data_validation(_FIRST_ROW, index, _FIRST_ROW + count - 1, index, options)

    def _head(self, sheet: Any, table: Table, outline: Outline, count: int) -> None:
        sheet.write_string(_TITLE_ROW, 0, sheet.get_name(), self._format("title"))
        amount = next((index for index, column in enumerate(table.columns) if column.kind == "money"), None)
        if amount is not None:
            sheet.write_string(_TITLE_ROW, amount, "金额单位：万元", self._format("note"))
        if table.title == SOURCES.title and self._continued:
            sheet.write_string(_TITLE_ROW, 1, "；".join(self._continued), self._format("note"))
        sheet.set_row_pixels(_TITLE_ROW, 34)
        sheet.set_row_pixels(_SUBTOTAL_ROW, 24)
        sheet.set_row_pixels(_HEADING_ROW, 40)
        first, last = _FIRST_ROW + 1, max(_FIRST_ROW + count, _FIRST_ROW + 1)
        for index, column in enumerate(table.columns):
            letters = column_letters(index + 1)
            where = f"{letters}{first}:{letters}{last}"
            sheet.write_string(_HEADING_ROW, index, column.heading, self._format("own" if column.people else "heading"))
            if column.summed:
                total = outline.sums[index]
                number = _MONEY if column.kind == "money" else _COUNT
                sheet.write_formula(
                    _SUBTOTAL_ROW, index, f"=SUBTOTAL(109,{where})", self._format("subtotal", number), total
                )
            elif column.heading == table.count_on:
                key = [item.name for item in table.columns].index(table.key)
                adds, letters = table.columns[key].summed, column_letters(key + 1)
                counted = f"=SUBTOTAL({109 if adds else 103},{letters}{first}:{letters}{last})"
                told = outline.sums[key] if adds else count
                sheet.write_formula(_SUBTOTAL_ROW, index, counted, self._format("tally", table.count_format), told)
            else:
                sheet.write_blank(_SUBTOTAL_ROW, index, None, self._format("subtotal", _COUNT))
        sheet.write_string(_SUBTOTAL_ROW, 0, "合计（随筛选变化）", self._format("label"))

    def _set_up(self, sheet: Any, title: str, table: Table, made: Sequence[float], count: int) -> None:
        last_column = len(table.columns) - 1
        for index, width in enumerate(made):
            sheet.set_column(index, index, width)
        sheet.freeze_panes(_FIRST_ROW, table.fixed)
        sheet.autofilter(_HEADING_ROW, 0, max(_HEADING_ROW + count, _FIRST_ROW), last_column)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADING_ROW)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.print_area(0, 0, max(_HEADING_ROW + count, _FIRST_ROW), last_column)
        sheet.set_header(f'&R&"{_BODY_FONT}"&9绩效目标总台账　{title}')
        sheet.set_footer(f'&C&"{_BODY_FONT}"&9第 &P 页　共 &N 页')
        sheet.hide_gridlines(2)

    def _format(self, *key: str) -> Any:
        """The format of that kind, made once: ("money",), ("code", "bad"), ("subtotal", "#,##0") …"""
        if key not in self._formats:
            self._formats[key] = self._book.add_format(_properties(*key))
        return self._formats[key]


def _parted(all_blocks: Iterable[Block], room: int) -> Iterator[Iterator[Block]]:
    """The blocks in as many parts as there are sheets, each of exactly as many rows as a sheet holds but the last."""
    waiting = iter(all_blocks)
    rest: list[Block] = []

    def part() -> Iterator[Block]:
        free = room
        while free and (block := rest.pop() if rest else next(waiting, None)) is not None:
            if block.count > free:
                rest.append(block.cut(free, block.count))
                block = block.cut(0, free)
            free -= block.count
            yield block

    while True:
        yield part()


def _text_row(number: int, row: Sequence[str]) -> str:
    cells = "".join(
        f'<c r="{column_letters(place)}{number}" t="inlineStr"><is><t xml:space="preserve">{xml_text(text)}</t></is></c>'
        for place, text in enumerate(row, 1)
        if text
    )
    return f'<row r="{number}">{cells}</row>'


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
