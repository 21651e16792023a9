"""A ledger read back: its rows, what people wrote into it, and whether anything else was edited by hand.

Tables are found by their headings, on any sheet and from any row, whoever saved the workbook last.  Long tables come
through python-calamine, which is quick; those that people write in come through :mod:`perfxl.intake.grid`, which
resolves merged cells and shows numbers, dates and errors as Excel does.
"""

from __future__ import annotations

import io
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from typing import Any, Final

from perfxl.errors import UnreadableFile
from perfxl.intake.cells import Grid
from perfxl.intake.grid import SheetInfo, Workbook, open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.number import Number
from perfxl.issue import column_letters, column_number
from perfxl.layout import LEDGER_NAME
from perfxl.ledger.earlier.found import Block, Cell, RowMaker, cell_as_text, find_block
from perfxl.ledger.earlier.notes import carry
from perfxl.ledger.earlier.seal import DIGEST_NAME, SEAL_SHEET, TEXT_COLUMN, Line, differences, listed, text_print
from perfxl.ledger.gathering.packing import Texts, texts_of
from perfxl.ledger.model import (
    IndicatorRow,
    IssueRow,
    MissingRow,
    NoteRow,
    ProjectRow,
    SourceRow,
    UnitRow,
    VersionRow,
)
from perfxl.ledger.tables import (
    INDICATORS,
    ISSUES,
    MISSING,
    PROGRESS,
    PROJECTS,
    SOURCES,
    TABLES,
    VERSIONS,
    Table,
    stands_above,
)
from perfxl.ledger.writing.overview import OVERVIEW_SHEET
from perfxl.ledger.writing.pages import page_texts
from perfxl.ledger.writing.summary_sheet import SUMMARY_SHEET
from perfxl.text import tidy

__all__ = ["Previous", "carry", "read_ledger"]

_GIGABYTE: Final = 1 << 30
# A ledger is the user's own and may be large: 10,000 projects with 90,000 indicators are some 2 million cells.
_LIMITS: Final = Limits(
    file_bytes=_GIGABYTE // 2,
    part_bytes=_GIGABYTE,
    total_bytes=4 * _GIGABYTE,
    inflate_ratio=0.0005,
    cells=20_000_000,
    merges=200_000,
    shared_strings=10_000_000,
    xml_elements=200_000_000,
)
# calamine lays out the whole rectangle that a sheet spans: with a stray cell far out, more than memory holds.
_DENSE_CELLS: Final = 20_000_000
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})[0-9]')
_FORMULA: Final = re.compile(
    rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*[^>/])?>([^<]+)</'
)
_ROW: Final = re.compile(rb'<(?:\w+:)?row [^>]*?r="([0-9]{1,7})"')
_SHAPE: Final = re.compile(rb"<(?:\w+:)?(?:sp|pic|cxnSp)[ >]")

_Row = tuple[int, list[Cell]]


@dataclass(frozen=True, slots=True)
class Previous:
    """A ledger as it stands in its file.

    Attributes:
        projects: like the other tables in the order of the sheet, people's columns filled in.
        notes: everything in people's columns, wherever it stood; 未匹配批注 included.
        edits: what was edited by hand besides people's columns, in Chinese without full stops; empty where nothing was.
    """

    projects: tuple[ProjectRow, ...]
    indicators: tuple[IndicatorRow, ...]
    issues: tuple[IssueRow, ...]
    sources: tuple[SourceRow, ...]
    versions: tuple[VersionRow, ...]
    progress: tuple[UnitRow, ...]
    missing: tuple[MissingRow, ...]
    notes: tuple[NoteRow, ...]
    edits: tuple[str, ...]


def read_ledger(path: str | os.PathLike[str]) -> Previous:
    """Read a ledger workbook back.

    A cell whose content can't be read back is left out of its row, and told in ``edits``.

    Raises:
        PathNotFound: no such file.
        UnreadableFile: not a workbook, encrypted, damaged, or no ledger.
    """
    name = os.path.basename(os.fspath(path))
    try:
        reader = _Reader(open_workbook(path, limits=_LIMITS))
        reader.read()
    except UnreadableFile as error:
        what = str(error).partition("。")[0].removeprefix(f"{name}：")
        raise _unreadable(name, what, "请用 Excel 或 WPS 打开这份总台账核对，另存为不带密码的 .xlsx 后再试") from None
    if not reader.blocks and LEDGER_NAME not in reader.book.defined_names:
        raise _unreadable(name, "不是总台账，里面没有“项目台账”等表的表头", "请指定 perfxl 写出的总台账（.xlsx）")
    return reader.previous()


def _unreadable(name: str, what: str, advice: str) -> UnreadableFile:
    return UnreadableFile(f"{name}：{what}。{advice}；原文件没有改动。")


class _Reader:
    """One ledger while it is read."""

    def __init__(self, book: Workbook) -> None:
        from python_calamine import CalamineWorkbook

        self.book = book
        self.blocks: list[Block] = []
        self._lines: list[Line] = []
        self._prints: set[str] = set()  # of the texts on the first pages, as they were written
        self._pages: set[str] = set()  # sheets of ours without a table
        self._outside: dict[str, list[str]] = {}  # by sheet: texts above the tables, sheets that hold no table
        try:
            self._cells = CalamineWorkbook.from_filelike(io.BytesIO(book.package.data))
        except Exception:
            raise book.package.damaged() from None

    def read(self) -> None:
        """Every sheet; the first page is known by the name that leads to it, whatever it is called now."""
        target = self.book.defined_names.get(LEDGER_NAME, "")
        overview = target.removeprefix("=").rpartition("!")[0].strip("$").strip("'").replace("''", "'")
        self._pages = {overview or OVERVIEW_SHEET, SUMMARY_SHEET}
        for info in self.book.sheets:
            if info.name == SEAL_SHEET:
                self._read_seals([[cell_as_text(cell) for cell in cells] for _, cells in self._rows(info)])
            elif info.name not in self._pages:
                self._read_sheet(info)

    def _read_seals(self, lines: list[list[str]]) -> None:
        self._lines = [(line[0], line[1], line[2], line[3]) for line in lines if len(line) >= 4 and line[3]]
        self._prints = {line[TEXT_COLUMN] for line in lines if len(line) > TEXT_COLUMN} - {""}

    def previous(self) -> Previous:
        """What was read, put together."""
        rows = {table.title: tuple(self._joined(table)) for table in TABLES}
        return Previous(
            projects=rows[PROJECTS.title],
            indicators=rows[INDICATORS.title],
            issues=rows[ISSUES.title],
            sources=rows[SOURCES.title],
            versions=rows[VERSIONS.title],
            progress=rows[PROGRESS.title],
            missing=rows[MISSING.title],
            notes=tuple(note for block in self.blocks for note in block.notes),
            edits=tuple(self._edits(rows)),
        )

    # -- cells

    def _read_sheet(self, info: SheetInfo) -> None:
        maker: RowMaker | None = None
        grid: Grid | None = None
        formulas: dict[tuple[int, int], str] = {}
        above: list[_Row] = []
        any_table = False
        for number, cells in self._rows(info):
            if (block := find_block(info.name, cells, again=maker is not None)) is not None:
                self.blocks.append(block)
                maker, any_table = RowMaker(block), True
                grid = self.book.grid(info.name) if block.people else None
                if grid is not None and grid.formulas and not formulas:
                    formulas = _formula_texts(self.book.package.read(info.part))
            elif maker is None:
                above.append((number, cells))
            elif grid is None:
                maker.take(number, cells)
            else:
                taken = [_of_grid(grid, number, place) for place in range(1, len(cells) + 1)]
                self._take_formulas(self.blocks[-1], grid, number, taken, formulas)
                maker.take(number, taken)
        if any_table:
            typed = [cell for _, cells in above for cell in cells if isinstance(cell, str) and tidy(cell)]
            self._outside[info.name] = [cell for cell in typed if not stands_above(tidy(cell))]
        elif any(cell not in (None, "") for _, cells in above for cell in cells):
            self._outside[info.name] = []

    def _take_formulas(
        self, block: Block, grid: Grid, row: int, cells: list[Cell], formulas: Mapping[tuple[int, int], str]
    ) -> None:
        """Formulas in people's columns: kept as text where they have no value, and told, for the next ledger has none."""
        for _, place in block.people:
            if grid.formula(row, place + 1):
                block.formulas.append(f"{column_letters(place + 1)}{row}")
                if not tidy(cell_as_text(cells[place])):
                    cells[place] = formulas.get(grid.anchor(row, place + 1), "（公式，没有算出结果）")

    def _rows(self, info: SheetInfo) -> Iterator[_Row]:
        """The rows of a sheet with their numbers from 1; a row begins in column A."""
        if self._span(info) > _DENSE_CELLS:
            yield from _sparse_rows(self.book.grid(info.name))
            return
        try:
            values = self._cells.get_sheet_by_name(info.name).to_python(skip_empty_area=False)
        except Exception:
            raise self.book.package.damaged(f"工作表“{info.name}”") from None
        for number, row in enumerate(values, 1):
            yield number, [_of_calamine(value) for value in row]

    def _span(self, info: SheetInfo) -> int:
        content = self.book.package.read(info.part)
        columns = set(_REFERENCE.findall(content))
        rows = max((int(row) for row in _ROW.findall(content)), default=0)
        return rows * max((column_number(column.decode()) for column in columns), default=0)

    # -- edits

    def _joined(self, table: Table) -> list[Any]:
        """The rows of a table; of one that stands on several sheets, whole or in parts, each row once."""
        blocks = [block for block in self.blocks if block.table is table]
        if len(blocks) < 2:
            return [row for block in blocks for row in block.rows]
        blank: dict[str, Any] = {column.name: "" for column in table.columns if column.people}
        if table.columns[0].heading == "序号":
            blank["number"] = 0
        once: dict[Any, Any] = {}
        for block in blocks:
            for row in block.rows:
                once.setdefault(replace(row, **blank), row)
        return list(once.values())

    def _edits(self, rows: dict[str, tuple[Any, ...]]) -> Iterator[str]:
        written = self.book.defined_names.get(DIGEST_NAME, "").removeprefix("=").strip('"')
        of_tables = list(self._table_edits(written, rows))
        yield from of_tables
        if self._prints or not of_tables:  # an older ledger has none, and its pages can be made again only if unedited
            yield from self._page_edits(self._prints or {text_print(text) for text in page_texts(rows)})
        for block in self.blocks:
            if block.unread:
                yield f"{block.table.title}：{listed(block.unread, '处')}，不能按原来的格式读入"
            if block.formulas:
                yield f"{block.table.title}：人工填写的栏目里有公式（{listed(block.formulas, '处')}），只保留显示的内容"
            if block.foreign:
                headings = [f"“{heading}”" for heading in block.foreign.values()]
                yield f"{block.table.title}：多出栏目{listed(headings, '栏')}"
            if block.outside:
                yield f"工作表“{block.sheet}”：表格以外有内容（{listed(block.outside, '处')}）"
        for sheet, texts in self._outside.items():
            if texts:
                yield f"工作表“{sheet}”：表格上方有文字（{listed([f'“{text[:20]}”' for text in texts], '处')}）"
        extra = [f"“{sheet}”" for sheet in self._outside if not any(block.sheet == sheet for block in self.blocks)]
        if extra:
            yield f"多出工作表{listed(extra, '张')}"
        yield from self._drawn()

    def _table_edits(self, written: str, rows: dict[str, tuple[Any, ...]]) -> Iterator[str]:
        """What the digest and the seals tell."""
        if not written:
            yield "校验信息不在这份台账里（如把表粘贴到了新的工作簿），不能核对其他内容是否改动过"
            return
        absent: defaultdict[str, list[str]] = defaultdict(list)
        for block in self.blocks:
            absent[block.table.title] += [
                heading for heading in block.absent if heading not in absent[block.table.title]
            ]
        for title, headings in absent.items():
            if headings:
                yield f"{title}：少了栏目{listed([f'“{heading}”' for heading in headings], '栏')}"
        skipped = frozenset(title for title, headings in absent.items() if headings)
        yield from differences(written, self._lines, self._as_written(rows), skipped)

    def _as_written(self, rows: dict[str, tuple[Any, ...]]) -> list[tuple[Table, list[Texts]]]:
        """The tables with the columns that the ledger has: one written before a column came is as it was without it."""
        older: dict[str, set[str]] = {}
        for block in self.blocks:
            older[block.table.title] = older.get(block.table.title, block.older) & block.older
        tables = [
            replace(
                table,
                columns=tuple(column for column in table.columns if column.name not in older.get(table.title, ())),
            )
            for table in TABLES
        ]
        return [(table, [texts_of(table, row) for row in rows[table.title]]) for table in tables]

    def _page_edits(self, ours: set[str]) -> Iterator[str]:
        """Texts on the first pages that are not ours, whatever was edited in the tables; ``ours`` in digits."""
        for info in self.book.sheets:
            if info.name in self._pages:
                typed = [text for text in _texts(self.book.grid(info.name)) if text_print(text) not in ours]
                if typed:
                    yield f"工作表“{info.name}”：多出文字（{listed([f'“{text[:20]}”' for text in typed], '处')}）"

    def _drawn(self) -> Iterator[str]:
        """Comments, text boxes and pictures; the charts of the first page are ours."""
        package = self.book.package
        commented = [
            f"“{info.name}”"
            for info in self.book.sheets
            if any(package.related(info.part, kind) for kind in ("comments", "threadedComment"))
        ]
        if commented:
            yield f"工作表{listed(commented, '张')}有单元格批注"
        drawn = [
            f"“{info.name}”"
            for info in self.book.sheets
            if any(_SHAPE.search(package.read(part)) for part in package.related(info.part, "drawing"))
        ]
        if drawn:
            yield f"工作表{listed(drawn, '张')}有文本框、图形或图片"


def _formula_texts(content: bytes) -> dict[tuple[int, int], str]:
    """The formulas of a worksheet part as they were typed, by row and column; one shared with another cell has none."""
    return {
        (int(row), column_number(letters.decode())): "=" + unescape(text.decode("utf-8", "replace"))
        for letters, row, text in _FORMULA.findall(content)
    }


def _texts(grid: Grid) -> list[str]:
    return [value for _, _, value in grid if isinstance(value, str) and tidy(value)]


def _of_grid(grid: Grid, row: int, column: int) -> Cell:
    value = grid.value(row, column)
    return value if isinstance(value, (str, Number)) else grid.text(row, column)


def _sparse_rows(grid: Grid) -> Iterator[_Row]:
    """The rows that hold anything, each as long as its last cell demands."""
    rows: defaultdict[int, dict[int, Cell]] = defaultdict(dict)
    for row, column in grid.cells:
        rows[row][column] = _of_grid(grid, row, column)
    for row, cells in rows.items():
        yield row, [cells.get(column) for column in range(1, max(cells) + 1)]


def _of_calamine(value: object) -> Cell:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return Number(repr(value), Decimal(f"{value:.15g}"))  # of a double Excel shows 15 digits
    return str(value) if isinstance(value, (date, datetime, time, timedelta)) else None
