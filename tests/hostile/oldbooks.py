"""The form's sheet as .xls and .et (BIFF8) and as .xlsb (BIFF12), written record by record: no program at hand makes them.

Sources: [MS-XLS], [MS-XLSB], [MS-OFFCRYPTO] 2.3.6 (RC4).  Only what a reader needs stands in the files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import md5

from hostile.packages import packed, sound
from perfxl.addin.compound_file import write_compound_file
from perfxl.intake.grid import open_workbook
from perfxl.intake.number import GENERAL, Number
from perfxl.layout import FORM_SHEET

_ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
_ONE_AND_ONE = bytes.fromhex("1e01001e010003")  # the parsed formula 1+1


@dataclass(frozen=True)
class Cell:
    """A text, a number or a truth value, or an ``error``; ``formula`` makes it the result of one."""

    value: str | float | bool = ""
    code: str = GENERAL
    error: str = ""
    formula: bool = False


@dataclass
class Book:
    """One sheet; rows and columns counted from 1, as :class:`perfxl.intake.grid.Grid` has them."""

    cells: dict[tuple[int, int], Cell]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    state: int = 0
    date1904: bool = False

    @property
    def codes(self) -> list[str]:
        """Every number format in use, General first."""
        return list(dict.fromkeys([GENERAL, *(cell.code for cell in self.cells.values())]))

    def rows(self) -> Iterator[tuple[int, list[tuple[int, Cell]]]]:
        for row in sorted({row for row, _ in self.cells} | self.hidden_rows):
            yield row, sorted((column, cell) for (at, column), cell in self.cells.items() if at == row)


def book(changes: Mapping[tuple[int, int], Cell] | None = None, **more: object) -> Book:
    """The sound form as such a sheet, some of its cells exchanged."""
    grid = open_workbook(sound()).grid(FORM_SHEET)
    cells = {}
    for row, column, value in grid:
        if isinstance(value, Number):
            decimals = len(value.shown.partition(".")[2])
            cells[row, column] = Cell(float(value.value), f"0.{'0' * decimals}" if decimals else GENERAL)
        elif grid.text(row, column) is not None:
            cells[row, column] = Cell(grid.text(row, column) or "")
    return Book(cells | dict(changes or {}), **more)  # type: ignore[arg-type]


# -- BIFF8


def xls(made: Book, password: str = "", version: int = 0x0600) -> bytes:
    """The book as .xls; with a password encrypted by RC4, as Excel 97 to 2003 do; ``version`` is only said to be so."""
    texts = list(dict.fromkeys(cell.value for cell in made.cells.values() if isinstance(cell.value, str)))
    head = [_bof(5), _record(0x0022, struct.pack("<H", made.date1904)), _record(0x0042, struct.pack("<H", 1200))]
    head += [
        _record(0x0031, struct.pack("<HHHHHBBBBBB", 220, 0, 8, 400, 0, 0, 0, 1, 0, 2, 0) + "宋体".encode("utf-16-le"))
    ]
    for number, code in enumerate(made.codes):
        head.append(_record(0x041E, struct.pack("<H", 164 + number) + _long(code)))
    for number, _ in enumerate(made.codes):
        head.append(_record(0x00E0, struct.pack("<HHH14x", 0, 164 + number if number else 0, 1)))
    tail = [*_shared(texts), _record(0x000A, b"")]
    listed = _record(0x0085, struct.pack("<IBB", 0, made.state, 0) + _short(FORM_SHEET))
    at = len(b"".join([*head, listed, *tail])) + (58 if password else 0)
    listed = listed[:4] + struct.pack("<I", at) + listed[8:]
    stream = b"".join([*head, listed, *tail, *_sheet(made, texts)])
    stream = stream.replace(struct.pack("<HHH", 0x0809, 16, 0x0600), struct.pack("<HHH", 0x0809, 16, version))
    return write_compound_file({"Workbook": _encrypted(stream, password) if password else stream})


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _long(text: str) -> bytes:
    return struct.pack("<HB", len(text.encode("utf-16-le")) // 2, 1) + text.encode("utf-16-le")


def _short(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def _shared(texts: list[str]) -> Iterator[bytes]:
    """SST and its continuations; a text never reaches over the border of two of them."""
    body, kind = struct.pack("<II", len(texts), len(texts)), 0x00FC
    for number, text in enumerate(texts):
        item = _long(text)
        if number % 7 == 3 and len(text) > 1:  # in two runs, with a phonetic guide
            item = item[:2] + struct.pack("<BHI", 0x0D, 1, 4) + item[3:] + struct.pack("<HH", 1, 0) + b"\x01\0\0\0"
        if len(body) + len(item) > 8000:
            yield _record(kind, body)
            body, kind = b"", 0x003C
        body += item
    yield _record(kind, body)


def _sheet(made: Book, texts: list[str]) -> Iterator[bytes]:
    yield _bof(0x0010)
    for column in sorted(made.hidden_columns):
        yield _record(0x007D, struct.pack("<6H", column - 1, column - 1, 2048, 0, 1, 0))
    for row, cells in made.rows():
        hidden = 0x20 if row in made.hidden_rows else 0
        yield _record(0x0208, struct.pack("<6HI", row - 1, 0, 256, 255, 0, 0, hidden | 0x100))
        for column, cell in cells:
            yield from _cell(cell, struct.pack("<HHH", row - 1, column - 1, made.codes.index(cell.code)), texts)
    if made.merges:
        corners = b"".join(struct.pack("<4H", t - 1, b - 1, left - 1, r - 1) for t, left, b, r in made.merges)
        yield _record(0x00E5, struct.pack("<H", len(made.merges)) + corners)
    yield _record(0x000A, b"")


def _cell(cell: Cell, at: bytes, texts: list[str]) -> Iterator[bytes]:
    value, error = cell.value, _ERRORS.get(cell.error)
    if cell.formula:
        result = struct.pack("<BxBxxxH", 2, error, 0xFFFF) if error is not None else _result(value)
        yield _record(0x0006, at + result + struct.pack("<HIH", 0, 0, len(_ONE_AND_ONE)) + _ONE_AND_ONE)
        if isinstance(value, str) and error is None and value:
            yield _record(0x0207, _long(value))
    elif error is not None:
        yield _record(0x0205, at + bytes([error, 1]))
    elif isinstance(value, bool):
        yield _record(0x0205, at + bytes([value, 0]))
    elif isinstance(value, str):
        yield _record(0x00FD, at + struct.pack("<I", texts.index(value)))
    elif value == int(value) and abs(value) < 1 << 29:
        yield _record(0x027E, at + struct.pack("<i", (int(value) << 2) | 2))
    else:
        yield _record(0x0203, at + struct.pack("<d", value))


def _result(value: str | float | bool) -> bytes:
    if isinstance(value, str):
        return struct.pack("<B5xH", 0 if value else 3, 0xFFFF)
    return struct.pack("<d", value)


def _encrypted(stream: bytes, password: str) -> bytes:
    """The stream under RC4: its records' bodies in blocks of 1,024 bytes, but for those that say how to open it."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    half = md5(password.encode("utf-16-le")).digest()[:5]
    half = md5((half + salt) * 16).digest()[:5]
    first = _rc4(md5(half + struct.pack("<I", 0)).digest(), verifier + md5(verifier).digest())
    bof = 20
    pass_record = _record(0x002F, struct.pack("<HHH", 1, 1, 1) + salt + first)
    assert len(pass_record) == 58
    plain = stream[:bof] + pass_record + stream[bof:]
    made = bytearray(plain)
    key = b"".join(
        _rc4(md5(half + struct.pack("<I", block)).digest(), bytes(1024)) for block in range(len(plain) // 1024 + 1)
    )
    at = 0
    while at < len(plain):
        kind, length = struct.unpack_from("<HH", plain, at)
        kept = length if kind in (0x0809, 0x002F) else 4 if kind == 0x0085 else 0
        for place in range(at + 4 + kept, at + 4 + length):
            made[place] ^= key[place]
        at += 4 + length
    return bytes(made)


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    made = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        made.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(made)


# -- BIFF12

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}.bin" ContentType="application/vnd.ms-excel.{kind}"/>'
        for part, kind in (
            ("workbook", "sheet.binary.macroEnabled.main"),
            ("worksheets/sheet1", "worksheet"),
            ("styles", "styles"),
            ("sharedStrings", "sharedStrings"),
        )
    )
    + "</Types>"
)


def xlsb(made: Book) -> bytes:
    """The book as .xlsb."""
    texts = list(dict.fromkeys(cell.value for cell in made.cells.values() if isinstance(cell.value, str)))
    codes = [_part(44, struct.pack("<H", 164 + number) + _wide(code)) for number, code in enumerate(made.codes)]
    styles = [
        _part(47, struct.pack("<HHHHHBBH2x", 0, 164 + number if number else 0, 0, 0, 0, 0, 0, 0))
        for number, _ in enumerate(made.codes)
    ]
    workbook = [
        _part(131, b""), _part(153, struct.pack("<III", made.date1904, 0, 0)), _part(143, b""),
        _part(156, struct.pack("<II", made.state, 1) + _wide("rId1") + _wide(FORM_SHEET)), _part(144, b""), _part(132, b""),
    ]  # fmt: skip
    sheet = [
        *_frame(390, (_part(60, struct.pack("<4IH", c - 1, c - 1, 2560, 0, 1)) for c in sorted(made.hidden_columns))),
        _part(145, b""),
        *_wide_rows(made, texts),
        _part(146, b""),
        *_frame(177, (_part(176, struct.pack("<4I", t - 1, b - 1, left - 1, r - 1)) for t, left, b, r in made.merges)),
    ]
    last = max(row for row, _ in made.cells), max(column for _, column in made.cells)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = f'<Relationship Id="%s" Type="{office}/%s" Target="%s"/>'
    package = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
    inner = (
        ("rId1", "worksheet", "worksheets/sheet1.bin"),
        ("rId2", "styles", "styles.bin"),
        ("rId3", "sharedStrings", "sharedStrings.bin"),
    )
    return packed(
        {
            "[Content_Types].xml": _TYPES.encode(),
            "_rels/.rels": (package % relation % ("rId1", "officeDocument", "xl/workbook.bin")).encode(),
            "xl/workbook.bin": b"".join(workbook),
            "xl/_rels/workbook.bin.rels": (package % "".join(relation % each for each in inner)).encode(),
            "xl/styles.bin": b"".join([_part(278, b""), *_frame(615, codes), *_frame(617, styles), _part(279, b"")]),
            "xl/sharedStrings.bin": b"".join(
                [_part(159, struct.pack("<II", len(texts), len(texts))), *map(_shared_item, texts), _part(160, b"")]
            ),
            "xl/worksheets/sheet1.bin": b"".join(
                [
                    _part(129, b""),
                    _part(148, struct.pack("<4I", 0, last[0] - 1, 0, last[1] - 1)),
                    *sheet,
                    _part(130, b""),
                ]
            ),
        }
    )


def _part(kind: int, body: bytes) -> bytes:
    """A record: its kind and length in groups of seven bits, the lowest first."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(body)
    while length > 127:
        head += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + bytes([length]) + body


def _frame(kind: int, inner: Iterable[bytes]) -> list[bytes]:
    """Records between that which begins them and that which ends them; none at all where there are none."""
    every = list(inner)
    return [_part(kind, struct.pack("<I", len(every))), *every, _part(kind + 1, b"")] if every else []


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def _shared_item(text: str) -> bytes:
    return _part(19, b"\0" + _wide(text))


def _wide_rows(made: Book, texts: list[str]) -> Iterator[bytes]:
    for row, cells in made.rows():
        hidden = 0x10 if row in made.hidden_rows else 0
        yield _part(0, struct.pack("<IIHBBBI", row - 1, 0, 300, 0, hidden, 0, 0))
        for column, cell in cells:
            at = struct.pack("<II", column - 1, made.codes.index(cell.code))
            formula = struct.pack("<HI", 0, len(_ONE_AND_ONE)) + _ONE_AND_ONE + bytes(4) if cell.formula else b""
            error, value = _ERRORS.get(cell.error), cell.value
            if error is not None:
                yield _part(11 if cell.formula else 3, at + bytes([error]) + formula)
            elif isinstance(value, bool):
                yield _part(10 if cell.formula else 4, at + bytes([value]) + formula)
            elif isinstance(value, str):
                plain = _part(7, at + struct.pack("<I", texts.index(value)))
                yield _part(8, at + _wide(value) + formula) if cell.formula else plain
            else:
                yield _part(9 if cell.formula else 5, at + struct.pack("<d", value) + formula)
