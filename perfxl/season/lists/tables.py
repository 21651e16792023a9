"""The sheets of a list as text, from whatever finance's systems export: .xlsx, .xls, .et, .ods, .csv.

What a file is, is told by its content: systems export web pages and text under the name of workbooks.
"""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfxl.errors import UnreadableFile
from perfxl.intake.foreign import foreign_file
from perfxl.intake.package import display, read_file, unreadable
from perfxl.text import tidy

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_MEGABYTE: Final = 1 << 20
_FILE_BYTES: Final = 64 * _MEGABYTE
_PART_BYTES: Final = 512 * _MEGABYTE
# calamine lays out the whole rectangle that a sheet spans: with a stray cell far out, more than memory holds.
_DENSE_CELLS: Final = 5_000_000
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')
_OTHERWISE: Final = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再试"
_ADVICE: Final = {
    "文件设有打开密码": "请用 Excel 或 WPS 打开并去掉密码，另存后再试",
    "文件是空的（0 字节）": "请重新导出这份名单",
}
_DELIMITERS: Final = (",", "\t", ";")
_AS_TEXT: Final = re.compile(r'="([^"]*)"|\'(\d+)')
_LINES_LOOKED_AT: Final = 200
_EXACT_DIGITS: Final = 15  # what a spreadsheet's number holds; further ones are noise of its binary form

# First row, first column, last row, last column, from 0.
Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, its cells as text without white space at their ends; "" for blank ones.

    ``merges`` is empty for formats that don't tell (.ods, .csv).
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    merges: tuple[Merge, ...] = ()
    visible: bool = True


def open_tables(path: str | os.PathLike[str]) -> tuple[Sheet, ...]:
    """All sheets of a workbook, or the one table of a text file (comma, tab or semicolon; UTF-8, UTF-16 or GB18030).

    Raises:
        PathNotFound: no such file.
        UnreadableFile: no workbook or text, encrypted, damaged, too large, or open elsewhere.
    """
    name = display(Path(path).name)
    data = read_file(path, name, _FILE_BYTES)
    if len(data) > _FILE_BYTES:
        raise unreadable(
            name, f"文件超过 {_FILE_BYTES // _MEGABYTE} MB，不像名单", "请只留名单所在的工作表，另存后再试"
        )
    what = foreign_file(data)
    if what is not None and "文本" in what[0]:
        return (_text_table(name, data),)
    if what is not None and not what[0].startswith("这是旧版 Excel"):
        raise unreadable(name, what[0], _ADVICE.get(what[0], _OTHERWISE))
    if what is None:
        _refuse_far_cells(name, data)
    return _workbook(name, data)


def _damaged(name: str) -> UnreadableFile:
    return unreadable(name, "读不出内容，文件可能已损坏、设有密码，或不是工作簿", _OTHERWISE)


def _refuse_far_cells(name: str, data: bytes) -> None:
    """Refuse what would take all memory: calamine aborts the process there."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [info for info in archive.infolist() if info.filename.lower().startswith("xl/worksheets/sheet")]
            if any(info.flag_bits & 0x1 for info in archive.infolist()):
                raise unreadable(name, "文件设有密码", _ADVICE["文件设有打开密码"])
            if sum(info.file_size for info in archive.infolist()) > _PART_BYTES:
                raise unreadable(name, "解压后体积异常大，不像名单", "请只留名单所在的工作表，另存后再试")
            spans = [_span(archive.read(info)) for info in parts]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise _damaged(name) from None
    if any(rows * columns > _DENSE_CELLS for rows, columns in spans):
        advice = "请删去表格以外的内容（选中名单下面的空行和右边的空列，右键删除），保存后再试"
        raise unreadable(name, "工作表里离名单很远的地方还有内容", advice)


def _span(content: bytes) -> tuple[int, int]:
    """Rows and columns that a worksheet part spans."""
    rows = columns = 0
    for letters, row in _REFERENCE.findall(content):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        rows, columns = max(rows, int(row)), max(columns, column)
    return rows, columns


def _workbook(name: str, data: bytes) -> tuple[Sheet, ...]:
    from python_calamine import SheetTypeEnum, load_workbook

    try:
        book = load_workbook(io.BytesIO(data))
        sheets = [info for info in book.sheets_metadata if info.typ is SheetTypeEnum.WorkSheet]
        return tuple(_sheet(book, info.name, str(info.visible).endswith(".Visible")) for info in sheets)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # what calamine can't cope with may end in a panic, which is no Exception
        raise _damaged(name) from None


def _sheet(book: CalamineWorkbook, name: str, visible: bool) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    cells = sheet.to_python(skip_empty_area=False)
    merges = tuple((top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    return Sheet(name, tuple(tuple(map(_text, row)) for row in cells), merges, visible)


def _text(value: object) -> str:
    """A cell as it reads: a number with all its digits, plain; 353302.0 is 353302."""
    if isinstance(value, float):
        return f"{Decimal(f'{value:.{_EXACT_DIGITS}g}'):f}"
    return tidy(str(value)) if value is not None else ""


def _text_table(name: str, data: bytes) -> Sheet:
    text = _decoded(name, data)
    try:
        tables: list[list[tuple[str, ...]]] = [
            [tuple(map(_exported, row)) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)]
            for mark in _DELIMITERS
        ]
    except csv.Error:
        raise unreadable(name, "不是规整的 CSV 文件", _OTHERWISE) from None
    best = max(tables, key=_regularity)
    return Sheet(Path(name).stem, tuple(best))


def _exported(text: str) -> str:
    """A cell without what systems put round a code to keep Excel from making a number of it: ="0353", '0353."""
    match = _AS_TEXT.fullmatch(tidy(text))
    return tidy(match[1] or match[2] or "") if match else tidy(text)


def _decoded(name: str, data: bytes) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable(name, "文字编码不认识", "请用 Excel 或 WPS 打开，另存为“CSV UTF-8”或 .xlsx 后再试")


def _regularity(table: Sequence[tuple[str, ...]]) -> int:
    """How much of a table it makes: the separator that is one parts many lines into equally many cells."""
    widths = Counter(len(row) for row in table[:_LINES_LOOKED_AT] if len(row) > 1)
    return max((width * count for width, count in widths.items()), default=0)
