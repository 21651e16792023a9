"""What of a form's sheet the grid doesn't tell: its shell, its cells' styles, formulas that reach outside the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from perfxl.intake.grid import Workbook
from perfxl.intake.package import Package
from perfxl.layout import RESULTS
from perfxl.tampering.shell import Area, areas, remembered, shell_of

_CELLS: Final = re.compile(rb"(<(?:[\w.-]+:)?sheetData\b[^>]*>)(.*)(</(?:[\w.-]+:)?sheetData>)", re.DOTALL)
# The address of a cell and all its attributes, in any order.
_CELL: Final = re.compile(rb"""<(?:[\w.-]+:)?c\b(?=[^>]*?\sr=["'](\w+))([^>]*)""")
_STYLE: Final = re.compile(rb"""\ss=["'](\d+)""")
_SHARED: Final = re.compile(
    rb"""<(?:[\w.-]+:)?c\b(?=[^>]*?\sr=["'](\w+))(?=[^>]*?\st=["']s["'])[^>]*>\s*<(?:[\w.-]+:)?v>(\d+)<"""
)
_OUTSIDE: Final = re.compile(
    rb"""<(?:[\w.-]+:)?c\b[^>]*?\sr=["']([A-Z]+[0-9]+)["'][^>]*>\s*<(?:[\w.-]+:)?f\b[^>]*>[^<]*\[[^<]*<"""
)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What :func:`facts_of` found.

    Attributes:
        shell: the part without its cells: equal bytes, equal facts.
        outside: cells whose formula names another workbook or program.
        attributes: of each cell, as written, its style among them.
    """

    shell: bytes
    outside: list[tuple[int, int]]
    attributes: Mapping[tuple[int, int], bytes]

    def style(self, row: int, column: int) -> int:
        """Index of the cell's style in cellXfs; 0, the default one, where none is stated."""
        stated = _STYLE.search(self.attributes.get((row, column), b""))
        return int(stated[1]) if stated is not None else 0


def self_lighting(book: Workbook, sheet: str) -> list[Area]:
    """The areas of a sheet whose conditional formats look 校验结果 up; none where their names are gone."""
    if not RESULTS.names.keys() <= book.defined_names.keys():
        return []
    return list(shell_of(facts_of(book, sheet).shell).looking_up)


def facts_of(book: Workbook, sheet: str) -> SheetFacts:
    """The facts of a sheet whose grid could be read.

    Raises:
        KeyError: the workbook lists no such sheet.
        UnreadableFile: its part can't be inflated.
    """
    part = _utf8(book.part_of(sheet))
    first, last = part.find(b"sheetData"), part.rfind(b"sheetData")
    outside = _outside(part) if part.find(b"[", first, last) >= 0 else []
    written = book.written(sheet)
    if written is not None:
        attributes = dict(zip(written.addresses, written.attributes, strict=True))
        return SheetFacts(written.shell, outside, attributes)
    cells = _CELLS.search(part)
    if cells is None:
        return SheetFacts(part, outside, {})
    shell = part[: cells.end(1)] + part[cells.start(3) :]
    return SheetFacts(shell, outside, {at: stated for name, stated in _CELL.findall(cells[2]) for at in _at(name)})


def shared_places(book: Workbook, sheet: str) -> Mapping[tuple[int, int], str]:
    """Cells that hold a shared string, and its index."""
    return _shared_in(_utf8(book.part_of(sheet)))


@remembered
def _shared_in(part: bytes) -> Mapping[tuple[int, int], str]:
    return {at: index.decode() for name, index in _SHARED.findall(part) for at in _at(name)}


def _at(name: bytes) -> Iterator[tuple[int, int]]:
    return ((top, left) for top, left, _, _ in areas(name.decode()))


def _outside(part: bytes) -> list[tuple[int, int]]:
    return [at for match in _OUTSIDE.finditer(part) for at in _at(match[1])]


def _utf8(part: bytes) -> bytes:
    if part[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return part
    return re.sub(r"^\ufeff?<\?xml[^>]*\?>", "", part.decode("utf-16", "replace")).encode()


def unlocked_styles(book: Workbook) -> frozenset[int]:
    """The cell styles (indices into cellXfs) whose cells can be typed in on a protected sheet.

    Raises:
        UnreadableFile: the styles are damaged.
    """
    parts = book.package.related(book.package.workbook_part, "styles")
    return _unlocked_in(book.package.read(parts[0]), book.package, parts[0]) if parts else frozenset()


@remembered
def _unlocked_in(styles: bytes, package: Package, part: str) -> frozenset[int]:
    unlocked: set[int] = set()
    inside_formats = False
    number = -1

    def formats(_: dict[str, str]) -> None:
        nonlocal inside_formats
        inside_formats = True

    def leave() -> None:
        nonlocal inside_formats
        inside_formats = False

    def style(_: dict[str, str]) -> None:
        nonlocal number
        number += inside_formats

    def protection(attributes: dict[str, str]) -> None:
        if inside_formats and attributes.get("locked") in ("0", "false", "off"):
            unlocked.add(number)

    starts = {"cellXfs": formats, "xf": style, "protection": protection}
    package.parse(part, starts, {"cellXfs": leave}, content=styles)
    return frozenset(unlocked)
