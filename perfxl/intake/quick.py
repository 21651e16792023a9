"""Parts as spreadsheet programs write them, split by one expression where a parser would be called for every element.

A form sheet has thousands of cells, nearly all of them formulas whose text nobody reads: splitting takes a fifth of the
time.  Only what is written exactly as Excel, WPS, LibreOffice and perfxl write it is split; anything else (a prefix, a
comment, rich text, attributes in another order) gives None and is left to the parser, and so is everything that it
would refuse.  The one exception is inside formulas, whose text is skipped, not checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from perfxl.intake.markup import checked, resolved
from perfxl.issue import column_number

_OPEN, _CLOSE = b"<sheetData>", b"</sheetData>"
_ATTRIBUTES: Final = rb'(?: [A-Za-z][A-Za-z0-9:]*+="[^"<&]*+")*+'
_CELL: Final = re.compile(
    rb'<c r="([A-Z]{1,3}[1-9][0-9]{0,6})"((?: s="[0-9]{1,9}")?+(?: t="[A-Za-z]{1,9}")?+)(?:/>|>'
    rb"(?:(<f)" + _ATTRIBUTES + rb"(?:/>|>[^<]*+</f>))?+"
    rb'(?:(?:<v>|(<is><t(?: xml:space="preserve")?+>))([^<]*+)(?(4)</t></is>|</v>))?+</c>)'
)
# Of each cell: what stands before it, its address, its other attributes, whether a formula, whether inline, its content.
_STRIDE: Final = 6
# What is split stands in memory all at once: a sheet with more cells is no form.
_MOST_CELLS: Final = 60_000
_ROW: Final = rb"<row" + _ATTRIBUTES
_EMPTY: Final = rb"(?:" + _ROW + rb"(?:/>|></row>))*+"
_BEFORE_CELLS: Final = re.compile(_EMPTY + _ROW + rb">")
_BETWEEN_CELLS: Final = re.compile(rb"</row>" + _EMPTY + _ROW + rb">")
_BEHIND_CELLS: Final = re.compile(rb"</row>" + _EMPTY)
_NO_CELLS: Final = re.compile(_EMPTY)
_ROWS: Final = re.compile(rb"<row(" + _ATTRIBUTES + rb")")
_ATTRIBUTE: Final = re.compile(rb' ([A-Za-z0-9:]+)="([^"]*)"')
_ROOT: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")? ?\?>\s*)?'
    rb'<(?:worksheet|sst)[^<>]*? xmlns="http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006|purl\.oclc\.org/ooxml/spreadsheetml)/main"'
)
_STRING: Final = re.compile(
    r'<si><t(?: xml:space="preserve")?+>([^<]*+)</t>(?:<phoneticPr' + _ATTRIBUTES.decode() + r"/>)?+</si>"
)
_TABLE: Final = re.compile(rb"[^<>]*+>((?:<si>.*</si>)?)</sst>\s*", re.DOTALL)

#: What is written in a cell: its attributes but for the address, whether a formula, its content (None for no element).
Written = tuple[bytes, bytes | None, bytes | None]

EXCEL_ROWS, EXCEL_COLUMNS = 1_048_576, 16_384


class _Addresses(dict[bytes, tuple[int, int]]):
    """Row and column by A1 notation; forms use the same few thousand addresses again and again.

    Raises ValueError for what is beyond Excel's last row and column.
    """

    _MOST: Final = 50_000

    def __missing__(self, reference: bytes) -> tuple[int, int]:
        letters = reference.rstrip(b"0123456789")
        row, column = int(reference[len(letters) :]), column_number(letters.decode())
        if row > EXCEL_ROWS or column > EXCEL_COLUMNS:
            raise ValueError
        if len(self) < self._MOST:
            self[reference] = row, column
        return row, column


_ADDRESSES: Final = _Addresses()


@dataclass(frozen=True, slots=True)
class SheetText:
    """A worksheet part, split.

    Attributes:
        shell: the part without its cells, still well-formed if the part was.
        rows: the attributes of each row.
        addresses: row and column of each cell, none twice; the lists below are in the same order.
        attributes: the other attributes as written: `` s="12" t="str"``.
        formulas: something where there is a formula, else None.
        contents: what stands in the cell, None where it has no element for it.
    """

    shell: bytes
    rows: list[dict[bytes, bytes]]
    addresses: list[tuple[int, int]]
    attributes: list[bytes]
    formulas: list[bytes | None]
    contents: list[bytes | None]


def split_sheet(part: bytes) -> SheetText | None:
    """The cells of a worksheet part; None where the parser must read it."""
    start, end = part.find(_OPEN), part.rfind(_CLOSE)
    if start < 0 or end < start:
        return None
    start += len(_OPEN)
    shell = part[:start] + part[end:]
    if not _plain(shell, start):
        return None
    pieces = _CELL.split(part[start:end], _MOST_CELLS)
    between, references = pieces[::_STRIDE], pieces[1::_STRIDE]
    if not _sound(between) or len(set(references)) < len(references):
        return None
    try:
        addresses = list(map(_ADDRESSES.__getitem__, references))
    except ValueError:
        return None
    rows = [dict(_ATTRIBUTE.findall(row)) for row in _ROWS.findall(b"".join(between))]
    return SheetText(shell, rows, addresses, pieces[2::_STRIDE], pieces[3::_STRIDE], pieces[5::_STRIDE])


def _plain(part: bytes, end: int) -> bool:
    """In UTF-8, without comment, CDATA and DTD; up to there, elements are in the main namespace or have a prefix."""
    return part.count(b" xmlns=", 0, end) == 1 and b"<!" not in part and _ROOT.match(part) is not None


def _sound(between: list[bytes]) -> bool:
    """What stands before, between and behind the cells opens and closes rows as it must."""
    if len(between) == 1:
        return _NO_CELLS.fullmatch(between[0]) is not None
    return (
        _BEFORE_CELLS.fullmatch(between[0]) is not None
        and _BEHIND_CELLS.fullmatch(between[-1]) is not None
        and all(map(_BETWEEN_CELLS.fullmatch, filter(None, between[1:-1])))
    )


def split_strings(part: bytes, most: int) -> list[str] | None:
    """The shared strings (§18.4.8), at most ``most``; None where the parser must read them."""
    root = _ROOT.match(part) if _plain(part, len(part)) else None
    table = _TABLE.fullmatch(part, root.end()) if root is not None else None
    if table is None:
        return None
    try:
        pieces = _STRING.split(checked(table[1]), most + 1)
        return None if any(pieces[::2]) or len(pieces) > 2 * most else list(map(resolved, pieces[1::2]))
    except ValueError:
        return None
