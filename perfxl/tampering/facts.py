"""What a sheet of ours has besides its cells: protection, drop-downs, conditional formats, styles.

The cells are left out of the parse, since the grid has been read already; they are 99 % of the part.
Format: ECMA-376 Part 1, §18.3.1.99 (CT_Worksheet), §18.3.1.33 (dataValidation), [MS-XLSX] 2.6.3 (x14:dataValidation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from perfxl.intake.grid import Workbook
from perfxl.issue import column_letters, column_number
from perfxl.layout import RESULTS

Area = tuple[int, int, int, int]

_CELLS: Final = re.compile(rb"(<(?:[\w.-]+:)?sheetData\b[^>]*>)(.*)(</(?:[\w.-]+:)?sheetData>)", re.DOTALL)
# The address and the style of a cell, attributes in any order.
_CELL: Final = re.compile(rb"""<(?:[\w.-]+:)?c\b(?=[^>]*?\sr=["'](\w+))(?=[^>]*?\ss=["'](\d+))""")
_SHARED: Final = re.compile(
    rb"""<(?:[\w.-]+:)?c\b(?=[^>]*?\sr=["'](\w+))(?=[^>]*?\st=["']s["'])[^>]*>\s*<(?:[\w.-]+:)?v>(\d+)<"""
)
_OUTSIDE: Final = re.compile(
    rb"""<(?:[\w.-]+:)?c\b[^>]*?\sr=["']([A-Z]+[0-9]+)["'][^>]*>\s*<(?:[\w.-]+:)?f\b[^>]*>[^<]*\[[^<]*<"""
)
_AREA: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_TRUE: Final = ("1", "true", "on")


@dataclass(slots=True)
class DataCheck:
    """One data validation: its type ("" for none), the first formula, whether wrong input is stopped or asked about."""

    type: str
    told: bool
    formula: str = ""
    areas: list[Area] = field(default_factory=list)


@dataclass(slots=True)
class SheetFacts:
    """What :func:`facts_of` found; ``outside`` are cells whose formula names another workbook or program."""

    protected: bool = False
    checks: list[DataCheck] = field(default_factory=list)
    looking_up: list[Area] = field(default_factory=list)
    outside: list[tuple[int, int]] = field(default_factory=list)
    styles: dict[bytes, bytes] = field(default_factory=dict)

    def style(self, row: int, column: int) -> int:
        """Index of the cell's style in cellXfs; 0, the default one, where none is stated."""
        return int(self.styles.get(f"{column_letters(column)}{row}".encode(), b"0"))


def areas(text: str) -> Iterator[Area]:
    """The areas of an ``sqref``: (top, left, bottom, right); what is no area of cells is left out."""
    for one in text.split():
        match = _AREA.fullmatch(one)
        if match is not None:
            left, top, right, bottom = match.groups()
            yield int(top), column_number(left), int(bottom or top), column_number(right or left)


def inside(row: int, column: int, among: list[Area]) -> bool:
    """The cell lies in one of these areas."""
    return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in among)


def self_lighting(book: Workbook, sheet: str) -> list[Area]:
    """The areas of a sheet whose conditional formats look 校验结果 up; none where their names are gone."""
    if not RESULTS.names.keys() <= book.defined_names.keys():
        return []
    return facts_of(book, sheet).looking_up


def facts_of(book: Workbook, sheet: str) -> SheetFacts:
    """The facts of a sheet whose grid could be read.

    Raises:
        KeyError: the workbook lists no such sheet.
        UnreadableFile: its part can't be inflated.
    """
    part = _utf8(book.package.read({info.name: info.part for info in book.sheets}[sheet]))
    cells = _CELLS.search(part)
    facts = SheetFacts()
    _read_shell(part if cells is None else part[: cells.end(1)] + part[cells.start(3) :], facts)
    if cells is not None:
        _read_cells(cells[2], facts)
    return facts


def shared_places(book: Workbook, sheet: str) -> dict[bytes, bytes]:
    """Cells that hold a shared string, and its index: a tenth of the time that the grid of a long list takes."""
    part = _utf8(book.package.read({info.name: info.part for info in book.sheets}[sheet]))
    return dict(_SHARED.findall(part))


def _utf8(part: bytes) -> bytes:
    if part[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return part
    return re.sub(r"^\ufeff?<\?xml[^>]*\?>", "", part.decode("utf-16", "replace")).encode()


class _Shell:
    """Handlers of one pass over a worksheet part without its cells."""

    def __init__(self, facts: SheetFacts) -> None:
        self.facts = facts
        self.path: list[str] = []
        self.text = ""
        self.format_areas: list[Area] = []
        self.format_text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self.path.append(local)
        self.text = ""
        if local == "sheetProtection":
            self.facts.protected = attributes.get("sheet") in _TRUE
        elif local == "conditionalFormatting":
            self.format_areas, self.format_text = list(areas(attributes.get("sqref", ""))), ""
        elif local == "dataValidation":
            kind = attributes.get("type", "none")
            check = DataCheck("" if kind == "none" else kind, attributes.get("showErrorMessage") in _TRUE)
            check.areas += areas(attributes.get("sqref", ""))
            self.facts.checks.append(check)

    def characters(self, data: str) -> None:
        self.text += data

    def end(self, _name: str) -> None:
        local = self.path.pop()
        if "dataValidation" in self.path:
            check = self.facts.checks[-1]
            if local == "sqref":
                check.areas += areas(self.text)
            elif local == "formula1" or (local == "f" and self.path[-1] == "formula1"):
                check.formula = check.formula or self.text
        elif "conditionalFormatting" in self.path:
            self.format_text += self.text
        elif local == "conditionalFormatting" and "校验_格键" in self.format_text:
            self.facts.looking_up += self.format_areas
        self.text = ""


def _read_shell(shell: bytes, facts: SheetFacts) -> None:
    handlers = _Shell(facts)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handlers.start, handlers.end
    parser.CharacterDataHandler = handlers.characters
    parser.Parse(shell, True)


def _read_cells(cells: bytes, facts: SheetFacts) -> None:
    facts.styles = dict(_CELL.findall(cells))
    if b"[" in cells:
        facts.outside += [
            (top, left) for match in _OUTSIDE.finditer(cells) for top, left, _, _ in areas(match[1].decode())
        ]


def unlocked_styles(book: Workbook) -> set[int]:
    """The cell styles (indices into cellXfs) whose cells can be typed in on a protected sheet."""
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

    for part in book.package.related(book.package.workbook_part, "styles")[:1]:
        book.package.parse(part, {"cellXfs": formats, "xf": style, "protection": protection}, {"cellXfs": leave})
    return unlocked
