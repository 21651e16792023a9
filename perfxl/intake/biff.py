"""Remarks on the sheets of .xls and .et (BIFF8, [MS-XLS]) and of .xlsb (BIFF12, [MS-XLSB]): see :mod:`perfxl.intake.remarks`."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Final

from perfxl.intake.cells import State
from perfxl.intake.limits import Limits
from perfxl.intake.number import BUILT_IN, GENERAL
from perfxl.intake.remarks import Remarks, Sheets, parse_xml, read_part

_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_UNKNOWN_ERROR: Final = "#N/A"
_STATES: Final[dict[int, State]] = {1: "hidden", 2: "veryHidden"}


# -- BIFF8

_BIFF8: Final = b"\x00\x06"


def read_xls(data: bytes, sheets: Sheets) -> None:
    """The remarks on each sheet of an .xls or .et workbook, into ``sheets``."""
    import olefile  # type: ignore[import-untyped,unused-ignore]

    with olefile.OleFileIO(io.BytesIO(data)) as file:
        stream = file.openstream("Workbook" if file.exists("Workbook") else "Book").read()
    styles = _Styles()
    begins: dict[int, Remarks] = {}
    sheet: Remarks | None = None
    depth = 0  # a chart within a sheet has cells of its own
    for start, kind, body in _records(stream):
        if kind == 0x0809:  # BOF
            if body[:2] != _BIFF8:
                raise ValueError
            depth = 1 if start in begins else depth + 1
            sheet = begins.get(start, sheet)
        elif kind == 0x000A:  # EOF
            depth -= 1
        elif kind == 0x0085:  # BoundSheet8
            begins[struct.unpack_from("<I", body)[0]] = listed = sheets[_short_string(body[6:])]
            listed.state = _STATES.get(body[4] & 3, "visible")
        elif sheet is None:
            styles.take(kind, body)
        elif depth == 1:
            _xls_shape(kind, body, sheet)
            sheet.cells += _xls_notes(kind, body, styles)


class _Styles:
    """The number format of each cell style."""

    def __init__(self) -> None:
        self._formats = dict(BUILT_IN)
        self._used: list[int] = []

    def take(self, kind: int, body: bytes) -> None:
        if kind == 0x041E:  # Format
            self._formats[struct.unpack_from("<H", body)[0]] = _long_string(body[2:])
        elif kind == 0x00E0:  # XF
            self._used.append(struct.unpack_from("<H", body, 2)[0])

    def code(self, style: int) -> str:
        return self._formats.get(self._used[style], GENERAL) if style < len(self._used) else GENERAL


def _xls_notes(kind: int, body: bytes, styles: _Styles) -> Iterator[tuple[int, int, str, str]]:
    for row, column, style, error in _xls_cells(kind, body):
        if error is not None:
            yield row + 1, column + 1, "error", _ERRORS.get(error, _UNKNOWN_ERROR)
        elif (code := styles.code(style)) != GENERAL:
            yield row + 1, column + 1, "format", code


def _xls_shape(kind: int, body: bytes, sheet: Remarks) -> None:
    """What of the sheet itself a record tells: hidden rows and columns, merges, formulas."""
    if kind == 0x0208 and body[12] & 0x20:  # Row: fDyZero
        sheet.hidden_rows.append(struct.unpack_from("<H", body)[0] + 1)
    elif kind == 0x007D:  # ColInfo
        first, last, width, _, flags = struct.unpack_from("<5H", body)
        if flags & 1 or not width:
            sheet.hidden_columns.append((first + 1, last + 1))
    elif kind == 0x00E5:  # MergeCells
        for top, bottom, left, right in struct.iter_unpack("<4H", body[2 : 2 + 8 * struct.unpack_from("<H", body)[0]]):
            sheet.merges.append((top + 1, left + 1, bottom + 1, right + 1))
    elif kind == 0x0006:  # Formula
        row, column = struct.unpack_from("<HH", body)
        sheet.formulas.append((row + 1, column + 1))


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _xls_cells(kind: int, body: bytes) -> Iterator[tuple[int, int, int, int | None]]:
    """Row, column, style and error of each number, error or formula in a record."""
    if kind in (0x0203, 0x027E):  # Number, RK
        yield *struct.unpack_from("<HHH", body), None
    elif kind == 0x00BD:  # MulRk
        row, first = struct.unpack_from("<HH", body)
        for number in range((len(body) - 6) // 6):
            yield row, first + number, struct.unpack_from("<H", body, 4 + 6 * number)[0], None
    elif kind == 0x0205 and body[7]:  # BoolErr
        yield *struct.unpack_from("<HHH", body), body[6]
    elif kind == 0x0006:  # Formula: its result is no number where the last two bytes are FFFF
        row, column, style = struct.unpack_from("<HHH", body)
        if body[12:14] != b"\xff\xff":
            yield row, column, style, None
        elif body[6] == 2:
            yield row, column, style, body[8]


def _short_string(body: bytes) -> str:
    return _characters(body[2:], body[0], body[1])


def _long_string(body: bytes) -> str:
    return _characters(body[3:], struct.unpack_from("<H", body)[0], body[2])


def _characters(body: bytes, length: int, flags: int) -> str:
    return body[: 2 * length].decode("utf-16-le") if flags & 1 else body[:length].decode("latin-1")


# -- BIFF12


def read_xlsb(archive: zipfile.ZipFile, sheets: Sheets, limits: Limits) -> None:
    """The remarks on each sheet of an .xlsb workbook, into ``sheets``."""
    targets = _targets(read_part(archive, "xl/_rels/workbook.bin.rels", limits))
    formats = (
        _xlsb_formats(read_part(archive, "xl/styles.bin", limits)) if "xl/styles.bin" in archive.namelist() else []
    )
    for kind, body in _xlsb_records(read_part(archive, "xl/workbook.bin", limits)):
        if kind != 156:  # BrtBundleSh
            continue
        arrow, rest = _wide_string(body[8:])
        name, _ = _wide_string(rest)
        part = targets.get(arrow, "")
        part = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
        sheets[name].state = _STATES.get(struct.unpack_from("<I", body)[0], "visible")
        if "worksheets/" in part:
            _xlsb_sheet(read_part(archive, part, limits), formats, sheets[name])


def _xlsb_sheet(content: bytes, formats: list[str], sheet: Remarks) -> None:
    row = 0
    for kind, body in _xlsb_records(content):
        if kind == 0:  # BrtRowHdr
            row = struct.unpack_from("<I", body)[0] + 1
            if body[11] & 0x10:  # fDyZero
                sheet.hidden_rows.append(row)
        elif kind == 60:  # BrtColInfo
            first, last, width, _, flags = struct.unpack_from("<4IH", body)
            if flags & 1 or not width:
                sheet.hidden_columns.append((first + 1, last + 1))
        elif kind == 176:  # BrtMergeCell
            top, bottom, left, right = struct.unpack_from("<4I", body)
            sheet.merges.append((top + 1, left + 1, bottom + 1, right + 1))
        elif 1 <= kind <= 11:
            _xlsb_cell(kind, body, row, formats, sheet)


def _xlsb_cell(kind: int, body: bytes, row: int, formats: list[str], sheet: Remarks) -> None:
    column, style = struct.unpack_from("<II", body)
    style &= 0xFFFFFF
    if kind >= 8:  # BrtFmlaString, BrtFmlaNum, BrtFmlaBool, BrtFmlaError
        sheet.formulas.append((row, column + 1))
    if kind in (3, 11):  # BrtCellError, BrtFmlaError
        sheet.cells.append((row, column + 1, "error", _ERRORS.get(body[8], _UNKNOWN_ERROR)))
    elif kind in (2, 5, 9) and style < len(formats) and formats[style] != GENERAL:  # BrtCellRk, BrtCellReal, BrtFmlaNum
        sheet.cells.append((row, column + 1, "format", formats[style]))


def _xlsb_formats(content: bytes) -> list[str]:
    codes = dict(BUILT_IN)
    used: list[str] = []
    inside = False
    for kind, body in _xlsb_records(content):
        if kind == 44:  # BrtFmt
            codes[struct.unpack_from("<H", body)[0]] = _wide_string(body[2:])[0]
        elif kind in (617, 618):  # BrtBeginCellXFs, BrtEndCellXFs
            inside = kind == 617
        elif kind == 47 and inside:  # BrtXF
            used.append(codes.get(struct.unpack_from("<H", body, 2)[0], GENERAL))
    return used


def _xlsb_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        kind, at = _varying(content, at, 2)
        length, at = _varying(content, at, 4)
        yield kind, content[at : at + length]
        at += length


def _varying(content: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first."""
    value = 0
    for place in range(most):
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return value, at


def _wide_string(body: bytes) -> tuple[str, bytes]:
    end = 4 + 2 * struct.unpack_from("<I", body)[0]
    return body[4:end].decode("utf-16-le"), body[end:]


def _targets(rels: bytes) -> dict[str, str]:
    targets: dict[str, str] = {}

    def started(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    parse_xml(rels, started)
    return targets
