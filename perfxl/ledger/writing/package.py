"""A package whose large sheets are streamed: XlsxWriter makes the book, and leaves the rows of those sheets to us.

XlsxWriter writes each such sheet with its head, its settings and one row that shows the formats (:func:`styles_in`); here
the rows take that row's place (ECMA-376 Part 1, §18.3.1.80 ``sheetData``) while the package is copied.  Nothing but the
row at hand is in memory, however many there are.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# So much text goes to the compressor at once.
_CHUNK: Final = 1 << 18
# Level 1 takes a third of the time of level 6, and the sheet is a seventh larger.
_LEVEL: Final = 1
# From so many rows a sheet may pass 2 GB before it is compressed.
_LARGE: Final = 500_000
_DIMENSION: Final = re.compile(r'<dimension ref="[^"]*"/>')
_BEFORE_LINKS: Final = re.compile("<printOptions|<pageMargins")
_STYLE: Final = re.compile(r'<c r="[A-Z]+\d+"(?: s="(\d+)")?')
_END: Final = "</sheetData>"
_EMPTY: Final = "<sheetData/>"


@dataclass(frozen=True, slots=True)
class Streamed:
    """The rows of one sheet.

    Attributes:
        rows: gives them as XML, piece by piece, when it is their turn; is told how the part looks that they go into.
        tail: gives, once the rows are written, the element ``hyperlinks`` and the part with its relationships, in pieces.
        first: number of the row that shows the formats, which they replace; 0 where there is none.
        count: how many rows there are.
        reference: what the sheet spans (``A1:R80``).
    """

    rows: Callable[[str], Iterator[str]]
    tail: Callable[[], tuple[Iterable[str], Iterable[str]]]
    first: int
    count: int
    reference: str


def styles_in(part: str, row: int) -> list[int]:
    """The formats (index into ``cellXfs``) of a row's cells, in their order."""
    start = part.index(f'<row r="{row}"')
    return [int(style or 0) for style in _STYLE.findall(part[start : part.index("</row>", start)])]


def write_package(target: BinaryIO, skeleton: bytes, sheets: Mapping[str, Streamed]) -> None:
    """Write the package ``skeleton`` with the rows of these sheets, by the name of their parts.

    ``target`` is written from the first byte to the last.
    """
    with zipfile.ZipFile(io.BytesIO(skeleton)) as book, zipfile.ZipFile(_Forward(target), "w") as package:
        for item in book.infolist():
            if item.filename in sheets:
                _write_sheet(package, item.filename, book.read(item).decode(), sheets[item.filename])
            else:
                package.writestr(_entry(item.filename), book.read(item))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry._compresslevel = zipfile.ZIP_DEFLATED, _LEVEL  # type: ignore[attr-defined]
    return entry


def _write_sheet(package: zipfile.ZipFile, name: str, part: str, sheet: Streamed) -> None:
    part = _DIMENSION.sub(f'<dimension ref="{sheet.reference}"/>', part, count=1)
    head, tail = _around(part, sheet.first)
    split = _BEFORE_LINKS.search(tail)
    place = split.start() if split is not None else tail.index("</worksheet>")
    with package.open(_entry(name), "w", force_zip64=sheet.count > _LARGE) as stream:
        stream.write(head.encode())
        for piece in _pieces(sheet.rows(part)):
            stream.write(piece)
        links, relationships = sheet.tail()
        for text in chain([tail[:place]], links, [tail[place:]]):
            stream.write(text.encode())
    if relationships:
        folder, _, base = name.rpartition("/")
        with package.open(_entry(f"{folder}/_rels/{base}.rels"), "w") as stream:
            stream.writelines(text.encode() for text in relationships)


def _around(part: str, first: int) -> tuple[str, str]:
    """The part before the rows that go into it, and behind them."""
    if _EMPTY in part:
        head, _, tail = part.partition(_EMPTY)
        return f"{head}<sheetData>", f"{_END}{tail}"
    head, _, tail = part.partition(_END)
    return head[: head.index(f'<row r="{first}"')] if first else head, f"{_END}{tail}"


def _pieces(rows: Iterator[str]) -> Iterator[bytes]:
    """The same text in pieces of a size that the compressor takes well."""
    held: list[str] = []
    size = 0
    for text in rows:
        held.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


class _Forward(io.RawIOBase):
    """Makes ZipFile write from the first byte to the last and never go back (APPNOTE 4.4.4, bit 3)."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        return self._target.write(data)
