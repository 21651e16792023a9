"""An open workbook's sheets, read as the files are and marked as the files are.

A sheet comes in one block of values; the number formats are asked only for cells that hold numbers.  From the cells on
it is the same street as for a file: grid → form → issues → list.  校验结果 is written as one block; the form is not touched,
nor the clerk's selection, scroll and calculation mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from perfxl.form import TargetForm
from perfxl.intake.cells import CellError, CellValue, Grid, Merge
from perfxl.intake.number import GENERAL, Number, read_date, read_number, show_number
from perfxl.issue import At, Issue
from perfxl.layout import GUIDE_SHEET, LATEST, LISTS_SHEET, RESULT_SHEET, RESULTS, TEMPLATE_ID
from perfxl.recognition import forms_of_grids

if TYPE_CHECKING:
    from xlwings import Book, Sheet

    from perfxl.marking.entries import Content, Entry, Listing

# A form is far smaller; the used range reaches further only where formats were dragged to the end of the sheet.
_MAX_ROWS: Final = 2000
_MAX_COLUMNS: Final = 256
# Excel hands errors over as numbers (XlCVError, as an HRESULT), and all other numbers as floats.
_ERRORS: Final = {
    -2146826288: "#NULL!",
    -2146826281: "#DIV/0!",
    -2146826273: "#VALUE!",
    -2146826265: "#REF!",
    -2146826259: "#NAME?",
    -2146826252: "#NUM!",
    -2146826246: "#N/A",
    -2146826245: "#GETTING_DATA",
    -2146826243: "#SPILL!",
    -2146826242: "#CONNECT!",
    -2146826241: "#BLOCKED!",
    -2146826240: "#UNKNOWN!",
    -2146826239: "#FIELD!",
    -2146826238: "#CALC!",
}
# A longer text makes Excel refuse a whole block.
_TEXT_IN_A_BLOCK: Final = 8000
_MOST_LINKS: Final = 200
_TEXT_FORMAT: Final = "@"


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of 校验结果 as it stands there; ``at`` is None where it names no cell."""

    at: At | None
    severity: str
    codes: tuple[str, ...]
    message: str
    advice: str


class OpenBook:
    """The workbook in front: its forms, and its list of findings."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._grids: dict[str, Grid] = {}

    @property
    def active(self) -> str:
        """Name of the sheet in front."""
        return str(self.book.sheets.active.name)

    def grid(self, name: str) -> Grid:
        """The cells of a sheet as they were when first asked for."""
        if name not in self._grids:
            self._grids[name] = read_grid(self.book.sheets[name])
        return self._grids[name]

    def forms(self) -> tuple[tuple[TargetForm, ...], tuple[Issue, ...]]:
        """Every form of the workbook, and why other sheets could not be read as one (S07)."""
        names = [sheet.name for sheet in self.book.sheets]
        others = {GUIDE_SHEET, RESULT_SHEET, LISTS_SHEET}
        grids = (self.grid(name) for name in names if name not in others)
        return forms_of_grids(grids, str(self.book.name))

    @property
    def results(self) -> Sheet | None:
        """The sheet 校验结果, where the workbook has one of ours: it is told by its headings."""
        if RESULT_SHEET not in [sheet.name for sheet in self.book.sheets]:
            return None
        sheet = self.book.sheets[RESULT_SHEET]
        headings = _block(sheet, RESULTS.heading_row, 1, RESULTS.heading_row, len(RESULTS.columns))[0]
        return sheet if list(headings) == [column.heading for column in RESULTS.columns] else None

    def listed(self) -> list[Listed]:
        """The entries that stand in 校验结果, in its order; none where there is no such sheet."""
        sheet = self.results
        if sheet is None:
            return []
        last = min(sheet.used_range.last_cell.row, RESULTS.last_row)
        if last < RESULTS.first_row:
            return []
        rows = _block(sheet, RESULTS.first_row, 1, last, len(RESULTS.columns))
        return [entry for row in rows if (entry := _listed(row)) is not None]


def read_grid(sheet: Sheet) -> Grid:
    """The cells of an open sheet, as :func:`perfxl.intake.grid.open_workbook` gives those of a file."""
    last = sheet.used_range.last_cell
    block = _block(sheet, 1, 1, min(last.row, _MAX_ROWS), min(last.column, _MAX_COLUMNS))
    cells: dict[tuple[int, int], CellValue] = {}
    for row, values in enumerate(block, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                cells[row, column] = _content(sheet, row, column, value)
    is_form = cells.get((1, LATEST.identity_column)) == TEMPLATE_ID
    return Grid(sheet.name, cells, _merges(sheet) if is_form else ())


def _block(sheet: Sheet, top: int, left: int, bottom: int, right: int) -> Sequence[Sequence[Any]]:
    """The values of a range as Excel hands them over, always as rows."""
    values = sheet.range((top, left), (bottom, right)).raw_value
    return values if (top, left) != (bottom, right) else ((values,),)


def _content(sheet: Sheet, row: int, column: int, value: Any) -> CellValue:
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, int) and value in _ERRORS:
        return CellError(_ERRORS[value])
    if isinstance(value, datetime):
        stored = value.isoformat()
        number = read_date(stored, date1904=False)
    else:
        # An amount under a currency format comes rounded to four decimals; its formula is what was typed.
        formula = str(sheet.range((row, column)).formula) if isinstance(value, Decimal) else ""
        stored = formula if formula and not formula.startswith("=") else str(value).removesuffix(".0")
        number = read_number(stored)
    if number is None:
        return str(value)

    def show(shown: Number) -> str:
        return show_number(shown, sheet.range((row, column)).number_format or GENERAL)

    return Number(stored, number, show)


def _merges(sheet: Sheet) -> Iterator[Merge]:
    """Merged cells in the indicator table, where the template has none: one question as a rule.

    Those of the head stay as the template made them as long as the sheet is protected.
    """
    first, last, width = LATEST.first_row, LATEST.last_row, LATEST.note_column
    # Excel says None where some cells are merged and others are not.
    if sheet.range((first, 1), (last, width)).merge_cells is False:
        return
    found: set[Merge] = set()
    for row in range(first, last + 1):
        if sheet.range((row, 1), (row, width)).merge_cells is False:
            continue
        for column in range(1, width + 1):
            area = sheet.range((row, column)).merge_area
            corner = area.last_cell
            merge = Merge(area.row, area.column, corner.row, corner.column)
            if (merge.top, merge.left) != (merge.bottom, merge.right) and merge not in found:
                found.add(merge)
                yield merge


def _listed(row: Sequence[Any]) -> Listed | None:
    texts = {column.name: row[number] for number, column in enumerate(RESULTS.columns)}
    if not texts["message"]:
        return None
    try:
        at = At.parse(str(texts["sheet"]), str(texts["cell"]))
    except ValueError:
        at = None
    codes = tuple(str(texts["code"] or "").split("、"))
    return Listed(at, str(texts["severity"] or ""), codes, str(texts["message"]), str(texts["advice"] or ""))


# -- writing


def write_listing(sheet: Sheet, listing: Listing) -> None:
    """Put this list into 校验结果 in place of the one that it holds; the forms look it up, and light up by themselves.

    Raises:
        Exception: whatever Excel raises where it refuses to be written to.
    """
    width, first = len(RESULTS.columns), RESULTS.first_row
    last = first + max(len(listing.entries), 1) - 1
    sheet.range((first + 1, 1), (RESULTS.last_row, width)).clear()
    sheet.range((first, 1), (first, width)).clear_contents()
    _forget_links(sheet)
    if last > first:
        sheet.range((first, 1), (first, width)).copy(sheet.range((first + 1, 1), (last, width)))
    rows = [_values(entry) for entry in listing.entries] or [[None] * width]
    sheet.range((first, 1), (last, width)).raw_value = [[_short(value) for value in row] for row in rows]
    for number, row in enumerate(rows, first):
        for column, value in enumerate(row, 1):
            if _short(value) != value:
                sheet.range((number, column)).raw_value = value
    sheet.range(RESULTS.status_cell).raw_value = listing.status
    sheet.range(RESULTS.count_cell).raw_value = float(listing.keyed)
    sheet.range(RESULTS.fingerprint_cell).raw_value = None
    _link(sheet, listing.entries)
    sheet.range((first, 1), (last, width)).rows.autofit()
    app = sheet.book.app
    if app.calculation != "automatic":  # the clerk's own choice, and it stays; the marks are to show all the same
        app.calculate()


def _values(entry: Entry) -> list[str | float | None]:
    return [_value(entry.cells.get(column.name)) for column in RESULTS.columns]


def _value(content: Content) -> str | float | None:
    """As Excel takes it: it would make a date of ``1-2``, and a formula of ``=1``, were it not marked as text."""
    return f"'{content}" if isinstance(content, str) else None if content is None else float(content)


def _short(value: str | float | None) -> str | float | None:
    return value[:_TEXT_IN_A_BLOCK] if isinstance(value, str) else value


def _forget_links(sheet: Sheet) -> None:
    """A copy that finance marked brings links along, each to the cell of an entry that is gone."""
    column, first = RESULTS.index("cell"), RESULTS.first_row
    sheet.range((first, column)).clear()
    sheet.range((first, column - 1)).copy(sheet.range((first, column)))


def _link(sheet: Sheet, entries: Sequence[Entry]) -> None:
    column = RESULTS.index("cell")
    linked = [(row, entry.at) for row, entry in enumerate(entries, RESULTS.first_row) if entry.at is not None]
    for row, at in linked[:_MOST_LINKS]:
        name = at.sheet.replace("'", "''")
        sheet.range((row, column)).add_hyperlink(f"#'{name}'!{at.a1}", at.a1, str(at))


def put_text(sheet: Sheet, at: At, text: str) -> bool:
    """Put a text into a cell; False, and the cell as it was, where Excel makes anything else of it."""
    cell = sheet.range((at.row, at.column))
    before = cell.raw_value
    as_text = cell.number_format == _TEXT_FORMAT
    cell.raw_value = text if as_text else f"'{text}"
    if cell.raw_value == text:
        return True
    cell.raw_value = before if as_text or not isinstance(before, str) else f"'{before}"
    return False
