"""Any document in which forms may stand → its paragraphs, tables and lines, told by content and never by suffix.

    .docx                   word.py
    .doc .wps .rtf          through LibreOffice, where it is installed, as .docx
    .xlsx and its kin, .xls .et .ods .xlsb      as any workbook
    .html, also where it is called .xls or .doc     webpage.py
    text                    here: cells one a line (the published layout), or rows of cells parted by TABs

A file of another kind is refused with what to do about it.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from typing import Final

from perfxl.intake.apart import ask
from perfxl.intake.foreign import LOCKED, WRONG_PASSWORD, foreign_file
from perfxl.intake.foreign_cells import foreign_grids
from perfxl.intake.grid import open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.office import as_docx
from perfxl.intake.package import OtherFormat, unreadable
from perfxl.intake.tables import Block, Cell, Document, Line, Paragraph, Table, tables_of_grids
from perfxl.intake.webpage import WebPage
from perfxl.intake.word import WordPackage, word_document
from perfxl.issue import AtLine, AtTable

_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SEND: Final = "请提供 Word 或 Excel 文件"
_SAVE_AS: Final = "请用 Word 或 WPS 打开，另存为 .docx 后再导入"
_META: Final = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{3,20})", re.IGNORECASE)
_HTML: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|meta|body|table|div)\b",
    re.DOTALL | re.IGNORECASE,
)
_SPREADSHEET_ML: Final = b"urn:schemas-microsoft-com:office:spreadsheet"


def read_document(data: bytes, name: str, *, passwords: Sequence[str] = (), limits: Limits | None = None) -> Document:
    """What stands in a file.

    Args:
        name: what messages call it.
        passwords: to try on an encrypted file.

    Raises:
        UnreadableFile: empty, damaged, encrypted, over a limit, or of a kind that nothing here reads; also while the
            document is gone through.
    """
    limits = limits or Limits()
    if len(data) > limits.file_bytes:
        raise unreadable(name, f"文件超过 {limits.file_bytes >> 20} MB", "请拆成几个文件后再导入")
    if not data.strip():
        raise unreadable(name, "文件是空的", "请核对文件后再导入")
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zipped(data, name, passwords, limits)
    if data.startswith(_OLE2):
        return _compound(data, name, passwords, limits)
    if data.startswith(b"{\\rtf"):
        return _converted(data, name, ".rtf", "这是 RTF 文档", limits)
    if data.startswith(b"%PDF-"):
        raise unreadable(name, *_pdf(data))
    head = data[:4096]
    if head.lstrip().lower().startswith(b"mime-version:"):
        raise unreadable(name, "这是单个文件的网页（.mht）", _SAVE_AS)
    if _SPREADSHEET_ML in head:
        raise unreadable(name, "这是旧版 XML 表格", "请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入")
    if _HTML.match(head.lstrip(b"\xef\xbb\xbf")):
        return _web_page(data, name, limits)
    return _text(data, name)


def _zipped(data: bytes, name: str, passwords: Sequence[str], limits: Limits) -> Document:
    if b"word/" in data:  # names stand in the directory as they are
        wide = limits.for_documents()
        return word_document(WordPackage.open(data, name=name, limits=wide))
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:200]:
        raise unreadable(name, "这是 OpenDocument 文档（.odt）", _SAVE_AS)
    return _workbook(data, name, passwords, limits)


def _compound(data: bytes, name: str, passwords: Sequence[str], limits: Limits) -> Document:
    """A compound file ([MS-CFB]): old Word, old Excel, or any encrypted file."""
    verdict = foreign_file(data)
    if verdict == LOCKED:
        answer = ask(data, passwords, limits)
        if answer.kind != "package":
            raise unreadable(name, *(WRONG_PASSWORD if passwords else LOCKED))
        return _zipped(answer.package, name, passwords, limits)
    if "WordDocument".encode("utf-16-le") in data:
        return _converted(data, name, ".doc", "这是旧版 Word 文档（.doc）", limits)
    return _workbook(data, name, passwords, limits)


def _workbook(data: bytes, name: str, passwords: Sequence[str], limits: Limits) -> Document:
    notes: list[str] = []
    try:
        book = open_workbook(data, name=name, limits=limits)
    except OtherFormat:
        content = foreign_grids(data, name, passwords=passwords, limits=limits)
        if not isinstance(content, bytes):
            return Document(tables_of_grids(content, notes), notes)
        book = open_workbook(content, name=name, limits=limits)
    return Document(tables_of_grids((book.grid(sheet.name) for sheet in book.sheets), notes), notes)


def _converted(data: bytes, name: str, suffix: str, what: str, limits: Limits) -> Document:
    made = as_docx(data, suffix, limits)
    if made is None:
        lacking = f"{what}，这台电脑上没有能转换它的 LibreOffice，或文件转换不了"
        raise unreadable(name, lacking, f"{_SAVE_AS}（有密码的先去掉密码）")
    document = word_document(WordPackage.open(made, name=name, limits=limits.for_documents()))
    document.notes.append(f"{what}，由 LibreOffice 转换后读取")
    return document


def _pdf(data: bytes) -> tuple[str, str]:
    if b"/Encrypt" in data:
        return "这是加密的 PDF 文件，读不了", _SEND
    # Fonts may hide in compressed objects, but then there are object streams.
    if b"/Font" not in data and b"/ObjStm" not in data:
        return "这是扫描件（PDF 里只有图片，没有文字）", f"{_SEND}；只有纸质件的请重新录入"
    return (
        "这是 PDF 文件，里面没有表格的格子，读不了",
        f"{_SEND}，PDF 一般由它们生成；或用 Word 打开 PDF，另存为 .docx 并核对后再导入",
    )


def _web_page(data: bytes, name: str, limits: Limits) -> Document:
    declared = _META.search(data[:4096])
    text = _decoded(data, (declared[1].decode("ascii", "replace"),) if declared else ())
    if text is None:
        raise unreadable(name, "网页的文字编码无法识别", f"{_SEND}")
    try:
        page = WebPage(text, limits.cells)
    except (ValueError, AssertionError):  # html.parser asserts on some malformed declarations
        raise unreadable(name, "网页内容过多或已损坏", _SEND) from None
    return Document(page.blocks())


# -- text


def _text(data: bytes, name: str) -> Document:
    text = _decoded(data)
    if text is None:
        raise unreadable(name, "不是文档，或文字编码无法识别", f"{_SEND}，文本请另存为 UTF-8 编码")
    # Only line ends part lines: splitlines() would also cut at characters that Word leaves inside a paragraph.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    inner = sum("\t" in line.strip("\t") for line in lines)
    leading = sum(line.startswith("\t") for line in lines)
    return Document(_rows(lines) if inner > leading else _lines(lines))


def _decoded(data: bytes, declared: Sequence[str] = ()) -> str | None:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else (*declared, "utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" not in text:
            return text.removeprefix("\ufeff")
    return None


def _lines(lines: Sequence[str]) -> Iterator[Block]:
    gap = False
    for number, line in enumerate(lines, 1):
        if not line.strip() and not line.startswith("\t"):
            gap = True
            continue
        yield Line(line.removeprefix("\t"), AtLine(number), line.startswith("\t"), gap)
        gap = False


def _rows(lines: Sequence[str]) -> Iterator[Block]:
    """Rows as Excel and Word copy them: cells parted by TABs, a cell of several lines in quotes."""
    rows: list[tuple[Cell, ...]] = []
    number = 1
    for fields in csv.reader((line + "\n" for line in lines), delimiter="\t"):
        if len(fields) > 1:
            places = (AtTable(number, len(rows) + 1, position) for position in range(1, len(fields) + 1))
            rows.append(tuple(Cell(text or None, at, at.cell - 1) for text, at in zip(fields, places, strict=True)))
            continue
        if rows:
            yield Table(tuple(rows))
            rows, number = [], number + 1
        if fields and fields[0].strip():
            yield Paragraph(fields[0], AtTable(number))
    if rows:
        yield Table(tuple(rows))
