"""What python-calamine does not tell of a cell: error values, formulas never computed, number formats, shown text.

Of .xls and .et (BIFF8, [MS-XLS]), .xlsb ([MS-XLSB]) and .ods (OpenDocument 1.3 part 3).  Without it an error value would
pass for a blank cell, and 100% for 1.  Runs in the process apart only, so a damaged file may raise anything.

A note is (row, column, kind, content), both counted from 1; kinds: ``error`` with its code, ``uncomputed``, ``format``
with the format code, ``shown`` with the text that the file itself says is shown.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from perfxl.intake.limits import Limits
from perfxl.intake.number import BUILT_IN, GENERAL

Note = tuple[int, int, str, str]

_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_UNKNOWN_ERROR: Final = "#N/A"


def notes_of(data: bytes, limits: Limits) -> dict[str, list[Note]]:
    """The notes by sheet name; at most ``limits.cells`` of them."""
    notes: dict[str, list[Note]] = {}
    for count, (sheet, note) in enumerate(_notes(data, limits), 1):
        if count > limits.cells:
            raise ValueError
        notes.setdefault(sheet, []).append(note)
    return notes


def _notes(data: bytes, limits: Limits) -> Iterator[tuple[str, Note]]:
    if not data.startswith(b"PK"):
        yield from _xls(data)
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if "xl/workbook.bin" in names:
            yield from _xlsb(archive, limits)
        elif "content.xml" in names:
            yield from _Ods(_part(archive, "content.xml", limits)).notes


def _part(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(limits.part_bytes + 1)
    if len(content) > limits.part_bytes:
        raise ValueError
    return content


# -- BIFF8


def _xls(data: bytes) -> Iterator[tuple[str, Note]]:
    import olefile  # type: ignore[import-untyped,unused-ignore]

    with olefile.OleFileIO(io.BytesIO(data)) as file:
        stream = file.openstream("Workbook" if file.exists("Workbook") else "Book").read()
    formats = {str(number): code for number, code in BUILT_IN.items()}
    styles: list[str] = []
    sheets: dict[int, str] = {}
    sheet = ""
    for start, kind, body in _records(stream):
        if kind == 0x0809:  # BOF: which sheet begins here
            sheet = sheets.get(start, "")
        elif kind == 0x0085:  # BoundSheet8
            sheets[struct.unpack_from("<I", body)[0]] = _short_string(body[6:])
        elif kind == 0x041E:  # Format
            formats[str(struct.unpack_from("<H", body)[0])] = _long_string(body[2:])
        elif kind == 0x00E0:  # XF
            styles.append(str(struct.unpack_from("<H", body, 2)[0]))
        elif sheet:
            for row, column, style, error in _xls_cells(kind, body):
                code = formats.get(styles[style] if style < len(styles) else "", GENERAL)
                note = ("error", _ERRORS.get(error, _UNKNOWN_ERROR)) if error is not None else ("format", code)
                if note != ("format", GENERAL):
                    yield sheet, (row + 1, column + 1, *note)


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


def _xlsb(archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, Note]]:
    targets = _targets(_part(archive, "xl/_rels/workbook.bin.rels", limits))
    formats = _xlsb_formats(_part(archive, "xl/styles.bin", limits)) if "xl/styles.bin" in archive.namelist() else []
    for kind, body in _xlsb_records(_part(archive, "xl/workbook.bin", limits)):
        if kind != 156:  # BrtBundleSh
            continue
        arrow, rest = _wide_string(body[8:])
        name, _ = _wide_string(rest)
        part = targets.get(arrow, "")
        part = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
        if "worksheets/" in part:
            for note in _xlsb_sheet(_part(archive, part, limits), formats):
                yield name, note


def _xlsb_sheet(content: bytes, formats: list[str]) -> Iterator[Note]:
    row = 0
    for kind, body in _xlsb_records(content):
        if kind == 0:  # BrtRowHdr
            row = struct.unpack_from("<I", body)[0] + 1
        elif kind in (3, 11):  # BrtCellError, BrtFmlaError
            yield row, struct.unpack_from("<I", body)[0] + 1, "error", _ERRORS.get(body[8], _UNKNOWN_ERROR)
        elif kind in (2, 5, 9):  # BrtCellRk, BrtCellReal, BrtFmlaNum
            column, style = struct.unpack_from("<II", body)
            style &= 0xFFFFFF
            code = formats[style] if style < len(formats) else GENERAL
            if code != GENERAL:
                yield row, column + 1, "format", code


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

    _parse(rels, started)
    return targets


def _parse(content: bytes, started: Any, ended: Any = None, text: Any = None) -> None:
    def refuse_dtd(*_: object) -> None:
        raise ValueError

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.Parse(content, True)


# -- OpenDocument

_REPEATED_MOST: Final = 64  # a repeated run this long is blank filling


class _Ods:
    """One pass over content.xml; addresses follow from counting, repeated cells counted as often."""

    def __init__(self, content: bytes) -> None:
        self.notes: list[tuple[str, Note]] = []
        self._sheet = ""
        self._row = self._rows = self._column = 0
        self._depth = 0
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._paragraph = False
        _parse(content, self._started, self._ended, self._said)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        plain = {f"{key.rpartition(' ')[2]}": value for key, value in attributes.items()}
        if local == "table":
            self._sheet, self._row = plain.get("name", ""), 1
        elif local == "table-row":
            self._rows, self._column = int(plain.get("number-rows-repeated", "1")), 1
        elif local in ("table-cell", "covered-table-cell"):
            # calcext:value-type repeats office:value-type but for errors, which only it names.
            kinds = {value for key, value in attributes.items() if key.endswith(" value-type")}
            self._cell = {**plain, "kind": "error" if "error" in kinds else plain.get("value-type", "")}
            self._text = []
        elif local == "p":
            self._paragraph = True
        elif local == "annotation":
            self._depth += 1

    def _ended(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == "p":
            self._paragraph = False
        elif local == "annotation":
            self._depth -= 1
        elif local in ("table-cell", "covered-table-cell"):
            self._note()
        elif local == "table-row":
            self._row += self._rows

    def _said(self, data: str) -> None:
        if self._paragraph and not self._depth:
            self._text.append(data)

    def _note(self) -> None:
        columns = int(self._cell.get("number-columns-repeated", "1"))
        kind, text = self._cell["kind"], "".join(self._text)
        note: tuple[str, str] | None = None
        if kind == "error" or (text.startswith("#") and "formula" in self._cell):
            note = ("error", text if text.startswith("#") else "#VALUE!")
        elif not kind and "formula" in self._cell:
            note = ("uncomputed", "")
        elif kind in ("float", "percentage", "currency", "date", "time"):
            note = ("shown", text)
        if note is not None:
            for row in range(self._row, self._row + min(self._rows, _REPEATED_MOST)):
                for column in range(self._column, self._column + min(columns, _REPEATED_MOST)):
                    self.notes.append((self._sheet, (row, column, *note)))
        self._column += columns
