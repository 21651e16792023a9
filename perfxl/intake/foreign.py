"""What a file is that is no OOXML workbook: told by its content, answered with what to do about it.

Each answer is a pair in Chinese without full stops: what the file is, and what to do.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterable
from typing import Final

_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

SAVE_AS_XLSX: Final = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后重新提交"
SEND_XLSX: Final = "请提交填好的 .xlsx 工作簿"
SEND_AGAIN: Final = "请用 Excel 或 WPS 打开后另存为 .xlsx 再提交；打不开时请向填报人重新索取"
_UNPACK: Final = "请解压后提交里面的 .xlsx 工作簿"

Verdict = tuple[str, str]
#: Workbooks that only the process apart reads: :func:`perfxl.intake.foreign_cells.foreign_grids`.
OLD_EXCEL: Final[Verdict] = ("这是旧版 Excel/WPS 格式（.xls/.et）", SAVE_AS_XLSX)
BINARY: Final[Verdict] = ("这是二进制工作簿（.xlsb）", SAVE_AS_XLSX)
OPEN_DOCUMENT: Final[Verdict] = ("这是 OpenDocument 文件（.ods 等）", SAVE_AS_XLSX)
LOCKED: Final[Verdict] = ("文件设有打开密码", "请用 Excel 或 WPS 打开并去掉密码，另存后重新提交")
READ_APART: Final = frozenset((OLD_EXCEL, BINARY, OPEN_DOCUMENT, LOCKED))
WRONG_PASSWORD: Final[Verdict] = ("文件设有打开密码，给出的密码都打不开", "请核对密码，或请填报人去掉密码后重新提交")
SEALED: Final[Verdict] = (
    "OpenDocument 文件设有打开密码，这里打不开",
    "请用 LibreOffice 或 WPS 打开，去掉密码，另存为 .xlsx 后重新提交",
)

_MAGIC: Final = (
    (b"%PDF-", "这是 PDF 文件，不是工作簿", SEND_XLSX),
    (b"Rar!\x1a\x07", "这是 RAR 压缩包，不是工作簿", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "这是 7z 压缩包，不是工作簿", _UNPACK),
    (b"\x1f\x8b", "这是 GZIP 压缩包，不是工作簿", _UNPACK),
    (b"\x89PNG", "这是图片，不是工作簿", SEND_XLSX),
    (b"\xff\xd8\xff", "这是图片，不是工作簿", SEND_XLSX),
    (b"{\\rtf", "这是 RTF 文档，不是工作簿", SEND_XLSX),
)


def foreign_file(data: bytes) -> Verdict | None:
    """What a file that is no zip is, or None for a zip."""
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return None
    if not data:
        return "文件是空的（0 字节）", "请向填报人重新索取"
    if data.startswith(_OLE2):
        return _ole2(data)
    for magic, what, advice in _MAGIC:
        if data.startswith(magic):
            return what, advice
    head = data[:4096]
    lower = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if b"excel.sheet" in lower and lower.startswith(b"<?xml"):
        return "这是旧版 XML 表格，不是 .xlsx 工作簿", SAVE_AS_XLSX
    if lower.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"mime-version:")) or b"<html" in lower:
        return "这是网页（HTML）文件，只是名字像工作簿", SAVE_AS_XLSX
    if _is_text(head):
        return "这是文本或 CSV 文件，不是工作簿", SAVE_AS_XLSX
    return "不是工作簿，或文件已损坏", SEND_AGAIN


def _ole2(data: bytes) -> Verdict:
    """A compound file ([MS-CFB]) by the streams that its directory names."""

    def has(stream: str) -> bool:
        # A directory entry is 128 bytes, aligned: name in UTF-16, its length with the closing NUL at offset 64.
        # Alignment and length keep the same words in a cell's text from counting.
        entry = stream.encode("utf-16-le").ljust(64, b"\x00") + struct.pack("<H", 2 * len(stream) + 2)
        position = data.find(entry)
        while position >= 0 and position % 128:
            position = data.find(entry, position + 1)
        return position >= 0

    if has("EncryptedPackage"):
        return LOCKED
    if has("WordDocument"):
        return "这是 Word 文档，不是工作簿", SEND_XLSX
    if has("PowerPoint Document"):
        return "这是演示文稿，不是工作簿", SEND_XLSX
    if has("Workbook") or has("Book"):
        return OLD_EXCEL
    return "不是工作簿，或文件已损坏", SEND_AGAIN


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if b"\x00" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return True
    return False


def foreign_package(names: Iterable[str]) -> Verdict:
    """What a zip without a workbook part is, by the names of its parts in lower case."""
    names = frozenset(names)
    folders = {name.split("/")[0] for name in names if "/" in name}
    if "xl/workbook.bin" in names:
        return BINARY
    if "word" in folders:
        return "这是 Word 文档，不是工作簿", SEND_XLSX
    if "ppt" in folders:
        return "这是演示文稿，不是工作簿", SEND_XLSX
    if "mimetype" in names and "content.xml" in names:
        return OPEN_DOCUMENT
    if "ofd.xml" in names:
        return "这是 OFD 版式文件，不是工作簿", SEND_XLSX
    if "[content_types].xml" in names:
        return "工作簿内容不全，已损坏", SEND_AGAIN
    return "这是压缩包，不是工作簿", _UNPACK
