"""A workbook as sheets of cells with their addresses: one bounded streaming pass over each sheet that is asked for.

Blank, empty text, error and formula without a cached value stay four different things.  Nothing costs what an address
claims: a cell at XFD1048576 or a merge of a whole column is one entry.  Format: ECMA-376 Part 1 §18.3 (sheets),
§18.4 (shared strings), §18.8 (styles), in the Transitional and the Strict namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from perfxl.errors import UnreadableFile
from perfxl.intake.limits import Limits
from perfxl.intake.number import BUILT_IN, GENERAL, Number, read_date, read_number, shown_under
from perfxl.intake.package import Package, Source
from perfxl.issue import column_letters, column_number


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value, such as ``#REF!``."""

    code: str


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """A formula whose value the file doesn't hold: saved by a program that doesn't calculate."""


CellValue = str | Number | bool | CellError | Uncomputed | None
State = Literal["visible", "hidden", "veryHidden"]


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A worksheet as the workbook lists it: its name, its part in the package, whether it can be seen."""

    name: str
    part: str
    state: State


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, both corners included."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return self.top <= cell[0] <= self.bottom and self.left <= cell[1] <= self.right


class Grid:
    """The cells of one sheet, rows and columns counted from 1.

    Attributes:
        sheet: name of the sheet.
        cells: what is stored, by (row, column); also what lies hidden under a merge.  Blank cells are not stored.
        merges: merged ranges in the order of the file.
        formulas: cells that hold a formula.
        state: whether the sheet can be seen.
        hidden_rows: the rows that nobody sees.
        hidden_columns: the columns, as first and last of each run.
    """

    __slots__ = (
        "sheet", "cells", "merges", "formulas", "state", "hidden_rows", "hidden_columns", "max_row", "_short", "_tall",
    )  # fmt: skip

    def __init__(
        self,
        sheet: str,
        cells: Mapping[tuple[int, int], CellValue],
        merges: Iterable[Merge] = (),
        formulas: Iterable[tuple[int, int]] = (),
        *,
        state: State = "visible",
        hidden_rows: Iterable[int] = (),
        hidden_columns: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.sheet = sheet
        self.cells: Mapping[tuple[int, int], CellValue] = {at: cells[at] for at in sorted(cells)}
        self.merges = tuple(merges)
        self.formulas = frozenset(formulas)
        self.state: State = state
        self.hidden_rows = frozenset(hidden_rows)
        self.hidden_columns = tuple(hidden_columns)
        self.max_row = max((row for row, _ in cells), default=0)
        # Merges are found by row; one of many rows is kept aside, for listing it under each row is what hangs readers.
        self._short: dict[int, list[Merge]] = {}
        self._tall: list[Merge] = []
        for merge in self.merges:
            if merge.bottom - merge.top >= 16:
                self._tall.append(merge)
                continue
            for row in range(merge.top, merge.bottom + 1):
                self._short.setdefault(row, []).append(merge)

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """The cell that holds the value shown here: the upper left one of a merge, else the cell itself."""
        for merges in (self._short.get(row, ()), self._tall):
            for merge in merges:
                if (row, column) in merge:
                    return merge.top, merge.left
        return row, column

    def value(self, row: int, column: int) -> CellValue:
        """The value shown at a cell, merges resolved; None for a blank one, ``""`` for a text of no characters."""
        return self.cells.get(self.anchor(row, column))

    def text(self, row: int, column: int) -> str | None:
        """The text shown at a cell, white space as typed.

        A number gives what Excel shows, a truth value TRUE or FALSE, an error its code; None for a blank cell and for a
        formula without a cached value (:meth:`value` tells them apart).
        """
        value = self.value(row, column)
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, Number):
            return value.shown
        if isinstance(value, CellError):
            return value.code
        return None if isinstance(value, Uncomputed) else value

    def hidden(self, row: int, column: int) -> bool:
        """Whether the cell stands in a hidden row or column."""
        return row in self.hidden_rows or any(first <= column <= last for first, last in self.hidden_columns)

    def formula(self, row: int, column: int) -> bool:
        """Whether the value shown at a cell comes from a formula."""
        return self.anchor(row, column) in self.formulas

    def __iter__(self) -> Iterator[tuple[int, int, CellValue]]:
        """The cells that can be seen and are not blank, row by row: row, column, value."""
        for (row, column), value in self.cells.items():
            if self.anchor(row, column) == (row, column):
                yield row, column, value


class Workbook:
    """An open workbook: what it lists, and its sheets' cells, read when asked for.

    Attributes:
        package: the parts behind it.
        sheets: the worksheets in the order of the tabs (chart sheets have no cells and are left out).
        defined_names: what a name stands for, as written; a name of one sheet only is listed as ``Sheet!name``.
        date1904: whether day 0 of dates is 1 January 1904.
    """

    def __init__(self, package: Package) -> None:
        """Use :func:`open_workbook`."""
        self.package = package
        self.date1904 = False
        self._grids: dict[str, Grid] = {}
        self._strings: list[str] | None = None
        self._formats: list[str] | None = None
        tabs, self.sheets = self._read_sheets()
        self.defined_names = self._read_names(tabs)

    def grid(self, name: str) -> Grid:
        """The cells of a sheet; parsed at the first call.

        Raises:
            KeyError: ``sheets`` lists no such name.
            UnreadableFile: the sheet is damaged or over a limit.
        """
        if name not in self._grids:
            info = {sheet.name: sheet for sheet in self.sheets}[name]
            self._grids[name] = _SheetReader(self, info).grid()
        return self._grids[name]

    def shared_string(self, index: str) -> str | None:
        """The shared string at an index as written in a cell, None where there is none."""
        if self._strings is None:
            self._strings = self._read_strings()
        number = _count(index)
        return self._strings[number] if number is not None and number < len(self._strings) else None

    def format_code(self, style: int) -> str:
        """The number format of a cell style (index into cellXfs), General where it has none."""
        if self._formats is None:
            self._formats = self._read_formats()
        return self._formats[style] if 0 <= style < len(self._formats) else GENERAL

    def _read_sheets(self) -> tuple[list[str], tuple[SheetInfo, ...]]:
        """The names of all tabs in order, and those among them that are worksheets."""
        package, part = self.package, self.package.workbook_part
        arrows = {arrow.id: arrow for arrow in package.relationships(part)}
        listed: list[str] = []
        sheets: list[SheetInfo] = []

        def properties(attributes: dict[str, str]) -> None:
            self.date1904 = attributes.get("date1904") in ("1", "true")

        def sheet(attributes: dict[str, str]) -> None:
            arrow = next((arrows.get(value) for key, value in attributes.items() if key.endswith(" id")), None)
            name = attributes.get("name", "")
            if arrow is None or not name:
                raise package.damaged()
            listed.append(name)
            if len(listed) > package.limits.sheets:
                raise package.over_limit(f"工作表超过 {package.limits.sheets} 张")
            if arrow.kind == "worksheet":
                sheets.append(SheetInfo(name, arrow.target, _STATES.get(attributes.get("state", ""), "visible")))

        package.parse(part, {"workbookPr": properties, "sheet": sheet}, {})
        if len({name.casefold() for name in listed}) < len(listed):
            raise package.damaged()
        return listed, tuple(sheets)

    def _read_names(self, tabs: list[str]) -> dict[str, str]:
        names: dict[str, str] = {}
        collector = _Text()
        current = ""

        def starts(attributes: dict[str, str]) -> None:
            nonlocal current
            index = _count(attributes.get("localSheetId", ""))
            scope = f"{tabs[index]}!" if index is not None and index < len(tabs) else ""
            current = scope + attributes.get("name", "")
            collector.clear()
            collector.on()

        def ends() -> None:
            names[current] = collector.take()
            collector.off()

        handlers = {"definedName": starts}, {"definedName": ends}
        self.package.parse(self.package.workbook_part, *handlers, collector.add)
        return names

    def _read_strings(self) -> list[str]:
        package = self.package
        strings: list[str] = []
        collector = _Text()

        def ends() -> None:
            strings.append(collector.take())
            if len(strings) > package.limits.shared_strings:
                raise package.over_limit(f"文字超过 {package.limits.shared_strings} 条")

        for part in package.related(package.workbook_part, "sharedStrings")[:1]:
            package.parse(
                part,
                {"si": collector.clear, "t": collector.on, "rPh": collector.mute},
                {"si": ends, "t": collector.off, "rPh": collector.unmute},
                collector.add,
            )
        return strings

    def _read_formats(self) -> list[str]:
        package = self.package
        codes: dict[str, str] = {str(number): code for number, code in BUILT_IN.items()}
        used: list[str] = []
        inside: list[str] = []

        def enter(name: str) -> Callable[[dict[str, str]], None]:
            return lambda _: inside.append(name)

        def number_format(attributes: dict[str, str]) -> None:
            if inside == ["numFmts"]:  # differential styles have a numFmt too, under ids of their own
                codes[attributes.get("numFmtId", "").strip()] = attributes.get("formatCode", GENERAL)

        def style(attributes: dict[str, str]) -> None:
            if inside == ["cellXfs"]:
                used.append(attributes.get("numFmtId", "0").strip())

        leave = {"numFmts": inside.clear, "cellXfs": inside.clear}
        for part in package.related(package.workbook_part, "styles")[:1]:
            starts = {"numFmt": number_format, "xf": style} | {name: enter(name) for name in leave}
            package.parse(part, starts, leave)
        return [codes.get(number, GENERAL) for number in used]


def open_workbook(source: Source, *, name: str | None = None, limits: Limits | None = None) -> Workbook:
    """The workbook at a path, or in bytes at hand (``name`` is then what messages call it).

    Raises:
        PathNotFound: no such file.
        UnreadableFile: not an OOXML workbook, empty, encrypted, damaged, or over a limit.
    """
    return Workbook(Package.open(source, name=name, limits=limits))


# -- reading a sheet

_STATES: Final[dict[str, State]] = {"hidden": "hidden", "veryHidden": "veryHidden"}
_REF: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _count(text: str) -> int | None:
    """A number of the file's own book-keeping (index, row), None if it is none; int() would take ``1_0`` and ``١``."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _unescape(text: str) -> str:
    """Text with ``_x000D_`` escapes resolved (ECMA-376 Part 1 §22.9.2.19, ST_Xstring)."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    # Two escapes may be the halves of one character; half a character alone can't be written anywhere.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or drawn so small that it might as well be (§18.3.1.13, §18.3.1.73)."""
    return attributes.get("hidden") in ("1", "true") or read_number(attributes.get(size, "1")) == 0


class _Text:
    """Collects the text of chosen elements: rich runs joined, phonetic guides left out."""

    __slots__ = ("_parts", "_on", "_muted", "seen")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._on = self._muted = self.seen = False

    def clear(self, _: object = None) -> None:
        self._parts.clear()
        self._on = self._muted = self.seen = False

    def on(self, _: object = None) -> None:
        self._on = not self._muted
        self.seen = True

    def off(self) -> None:
        self._on = False

    def mute(self, _: object = None) -> None:
        self._muted = True

    def unmute(self) -> None:
        self._muted = False

    def add(self, data: str) -> None:
        if self._on:
            self._parts.append(data)

    def take(self) -> str:
        """The text collected, white space kept with or without ``xml:space``: dropping it can't be undone."""
        return _unescape("".join(self._parts))


class _SheetReader:
    """The state of one pass over a worksheet part."""

    def __init__(self, workbook: Workbook, info: SheetInfo) -> None:
        self.workbook, self.package, self.info = workbook, workbook.package, info
        self.where = f"工作表“{info.name}”"
        self.cells: dict[tuple[int, int], CellValue] = {}
        self.merges: list[Merge] = []
        self.formulas: set[tuple[int, int]] = set()
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.row = self.column = 0
        self.kind, self.style = "n", 0
        self.inside = self.has_formula = self.valued = False
        self.text = _Text()
        self.shows: dict[int, Callable[[Number], str | None]] = {}

    def grid(self) -> Grid:
        self.package.parse(
            self.info.part,
            {
                "col": self.columns,
                "row": self.start_row,
                "c": self.start_cell,
                "v": self.start_value,
                "t": self.start_text,
                "f": self.start_formula,
                "rPh": self.text.mute,
                "mergeCell": self.merge,
            },
            {"c": self.end_cell, "v": self.text.off, "t": self.text.off, "rPh": self.text.unmute},
            self.text.add,
            where=self.where,
        )
        return Grid(
            self.info.name,
            self.cells,
            self.merges,
            self.formulas,
            state=self.info.state,
            hidden_rows=self.hidden_rows,
            hidden_columns=self.hidden_columns,
        )

    def damaged(self) -> UnreadableFile:
        at = f"的 {column_letters(self.column)}{self.row} 格" if self.inside else ""
        return self.package.damaged(self.where + at)

    def start_row(self, attributes: dict[str, str]) -> None:
        row = self.row + 1 if (stated := attributes.get("r")) is None else _count(stated)
        if row is None or self.inside:  # within a cell it would carry the cell's value off
            raise self.damaged()
        self.row, self.column = row, 0
        if _is_hidden(attributes, "ht"):
            self.hidden_rows.add(row)

    def columns(self, attributes: dict[str, str]) -> None:
        first, last = _count(attributes.get("min", "")), _count(attributes.get("max", ""))
        # Widths of columns are no content: what can't be understood of them hides nothing.
        if first is not None and last is not None and _is_hidden(attributes, "width"):
            self.hidden_columns.append((first, last))
            if len(self.hidden_columns) > self.package.limits.columns:
                raise self.package.over_limit(f"{self.where}的列宽设置过多")

    def start_cell(self, attributes: dict[str, str]) -> None:
        if self.inside:
            raise self.damaged()
        if (reference := attributes.get("r")) is None:
            self.column += 1
            if not (1 <= self.row <= self.package.limits.rows and self.column <= self.package.limits.columns):
                raise self.damaged()
        else:
            self.row, self.column = self.address(reference)
        self.inside, self.has_formula, self.valued = True, False, False
        self.kind = attributes.get("t", "n")
        style = _count(attributes.get("s", "0"))
        if style is None:
            raise self.damaged()
        self.style = style
        self.text.clear()

    def start_value(self, attributes: dict[str, str]) -> None:
        if self.inside and self.text.seen:  # 7 and 500 would read as 7500
            raise self.damaged()
        self.start_text(attributes)
        self.valued = self.inside

    def start_text(self, attributes: dict[str, str]) -> None:
        if self.inside and self.valued:
            raise self.damaged()
        if self.inside:
            self.text.on()

    def start_formula(self, attributes: dict[str, str]) -> None:
        self.has_formula = self.inside

    def end_cell(self) -> None:
        at = self.row, self.column
        value = self.cell_value()
        if self.has_formula:
            self.formulas.add(at)
        if value is not None:
            if at in self.cells:  # two values for one cell: each program shows another one
                raise self.damaged()
            self.cells[at] = value
            if len(self.cells) > self.package.limits.cells:
                raise self.package.over_limit(f"{self.where}的内容超过 {self.package.limits.cells} 格")
        self.inside = False

    def cell_value(self) -> CellValue:
        """The value of the cell that ends here (§18.3.1.4 c, §18.18.11 ST_CellType)."""
        text = self.text.take()
        if self.kind in ("inlineStr", "str"):
            return text if self.text.seen else Uncomputed() if self.has_formula else None
        text = text.strip()
        if not text:
            return Uncomputed() if self.has_formula else None
        value: CellValue = None
        if self.kind == "s":
            value = self.workbook.shared_string(text)
        elif self.kind == "b":
            value = {"1": True, "0": False, "true": True, "false": False}.get(text)
        elif self.kind == "e":
            value = CellError(text)
        elif self.kind in ("n", "d"):
            date1904 = self.workbook.date1904
            number = read_number(text) if self.kind == "n" else read_date(text, date1904)
            value = None if number is None else Number(text, number, self.show(self.style))
        if value is None:
            raise self.damaged()
        return value

    def show(self, style: int) -> Callable[[Number], str | None]:
        """What shows numbers of a style; the styles are read when it is first called."""
        if style not in self.shows:
            workbook = self.workbook
            self.shows[style] = lambda number: shown_under(number, workbook.format_code(style), workbook.date1904)
        return self.shows[style]

    def merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        top, left = self.address(first)
        bottom, right = self.address(last or first)
        self.merges.append(Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))
        if len(self.merges) > self.package.limits.merges:
            raise self.package.over_limit(f"{self.where}的合并单元格超过 {self.package.limits.merges} 处")

    def address(self, reference: str) -> tuple[int, int]:
        """Row and column of A1 notation, within the limits."""
        match = _REF.fullmatch(reference.strip().upper())
        if match is None:
            raise self.damaged()
        row, column = int(match[2]), column_number(match[1])
        if row > self.package.limits.rows or column > self.package.limits.columns:
            raise self.damaged()
        return row, column
