"""A workbook as sheets of cells with their addresses: one bounded streaming pass over each sheet that is asked for.

Blank, empty text, error and formula without a cached value stay four different things.  Nothing costs what an address
claims: a cell at XFD1048576 or a merge of a whole column is one entry.  Format: ECMA-376 Part 1 §18.3 (sheets),
§18.4 (shared strings), §18.8 (styles), in the Transitional and the Strict namespaces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from perfxl.intake.cells import Grid, State
from perfxl.intake.limits import Limits
from perfxl.intake.markup import TextCollector, count
from perfxl.intake.number import BUILT_IN, GENERAL
from perfxl.intake.package import Package, Source
from perfxl.intake.quick import SheetText, split_sheet, split_strings
from perfxl.intake.worksheet import SheetReader

_STATES: Final[dict[str, State]] = {"hidden": "hidden", "veryHidden": "veryHidden"}
# A form's sheet has 1.5 to 2 MB; a longer part is parsed and not kept.
_KEPT_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A worksheet as the workbook lists it: its name, its part in the package, whether it can be seen."""

    name: str
    part: str
    state: State


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
        self._parts: dict[str, bytes] = {}
        self._written: dict[str, SheetText | None] = {}
        self._strings: list[str] | None = None
        self._formats: list[str] | None = None
        listing = package.read(package.workbook_part)
        tabs, self.sheets = self._read_sheets(listing)
        self.defined_names = self._read_names(listing, tabs)

    def grid(self, name: str) -> Grid:
        """The cells of a sheet; parsed at the first call.

        Raises:
            KeyError: ``sheets`` lists no such name.
            UnreadableFile: the sheet is damaged or over a limit.
        """
        if name not in self._grids:
            info, content = self._info(name), self.part_of(name)
            written = self.written(name) if name in self._parts else None
            self._grids[name] = SheetReader(self, name, info.part).grid(info.state, content, written)
        return self._grids[name]

    def close(self) -> None:
        """Let go of the cells.  Their numbers know the workbook for its formats, and so would keep it until somebody
        looks for garbage: some megabytes for each of thousands of files."""
        self._grids.clear()
        self._parts.clear()
        self._written.clear()

    def part_of(self, name: str) -> bytes:
        """The part of a sheet; a form's is inflated once.  Errors as of :meth:`grid`."""
        if name not in self._parts:
            content = self.package.read(self._info(name).part)
            if len(content) > _KEPT_BYTES:
                return content
            self._parts[name] = content
        return self._parts[name]

    def written(self, name: str) -> SheetText | None:
        """How the sheet's cells are written, None where only the parser can tell.  Errors as of :meth:`grid`."""
        if name not in self._written:
            part = self.part_of(name)
            self._written[name] = split_sheet(part) if name in self._parts else None
        return self._written[name]

    def _info(self, name: str) -> SheetInfo:
        return {sheet.name: sheet for sheet in self.sheets}[name]

    def shared_string(self, index: str) -> str | None:
        """The shared string at an index as written in a cell, None where there is none."""
        if self._strings is None:
            self._strings = self._read_strings()
        number = count(index)
        return self._strings[number] if number is not None and number < len(self._strings) else None

    def format_code(self, style: int) -> str:
        """The number format of a cell style (index into cellXfs), General where it has none."""
        if self._formats is None:
            self._formats = self._read_formats()
        return self._formats[style] if 0 <= style < len(self._formats) else GENERAL

    def _read_sheets(self, listing: bytes) -> tuple[list[str], tuple[SheetInfo, ...]]:
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

        package.parse(part, {"workbookPr": properties, "sheet": sheet}, {}, content=listing)
        if len({name.casefold() for name in listed}) < len(listed):
            raise package.damaged()
        return listed, tuple(sheets)

    def _read_names(self, listing: bytes, tabs: list[str]) -> dict[str, str]:
        names: dict[str, str] = {}
        collector = TextCollector()
        current = ""

        def starts(attributes: dict[str, str]) -> None:
            nonlocal current
            index = count(attributes.get("localSheetId", ""))
            scope = f"{tabs[index]}!" if index is not None and index < len(tabs) else ""
            current = scope + attributes.get("name", "")
            collector.clear()
            collector.on()

        def ends() -> None:
            names[current] = collector.take()
            collector.off()

        handlers = {"definedName": starts}, {"definedName": ends}
        self.package.parse(self.package.workbook_part, *handlers, collector, content=listing)
        return names

    def _read_strings(self) -> list[str]:
        package = self.package
        strings: list[str] = []
        collector = TextCollector()

        def ends() -> None:
            strings.append(collector.take())
            if len(strings) > package.limits.shared_strings:
                raise package.over_limit(f"文字超过 {package.limits.shared_strings} 条")

        for part in package.related(package.workbook_part, "sharedStrings")[:1]:
            content = package.read(part)
            if (quick := split_strings(content, package.limits.shared_strings)) is not None:
                return quick
            package.parse(
                part,
                {"si": collector.clear, "t": collector.on, "rPh": collector.mute},
                {"si": ends, "t": collector.off, "rPh": collector.unmute},
                collector,
                content=content,
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
