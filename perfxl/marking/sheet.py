"""The part of the sheet 校验结果, its list exchanged and everything else of it kept.

What stands in the sheet besides our list (widths, print set-up, conditional formats, a note that somebody wrote to
the right of the list) stays.  No formula is ever written or removed here: xl/calcChain.xml, another part, lists where
formulas stand, and a spreadsheet program "repairs" a workbook whose chain has gone stale.  So list cells are values,
and a formula that somebody put where the list must go is a reason to stop.

Format: ECMA-376 Part 1, §18.3.1.99 (CT_Worksheet), §18.3.1.4 (c), §18.3.1.53 (is), §18.3.1.47 (hyperlink).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from lxml import etree

from perfxl.issue import At, column_letters, column_number
from perfxl.layout import RESULTS
from perfxl.marking.entries import Content, Entry, Listing
from perfxl.text import lines_needed

_REF: Final = re.compile(r"([A-Z]{1,3})([1-9]\d*)")
# Excel reads _xHHHH_ in any text as one character, so a text that really holds these letters has its "_" escaped.
_LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")
_NO_XML: Final = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_CELL_CHARACTERS: Final = 32_767
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"

_LINE_POINTS: Final = 15.0
_ROW_PADDING: Final = 4.0
_TALLEST_ROW: Final = 409.0

# Children of CT_Worksheet that stand before hyperlinks, in any order here.
_BEFORE_LINKS: Final = frozenset(
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting "
    "dataValidations".split()
)


class Unfit(Exception):
    """The part can't take the list; ``str()`` says why, in Chinese without a full stop."""


def with_listing(part: bytes, listing: Listing, fingerprint: str) -> bytes:
    """The part with this list in place of the one it holds; the same input gives the same bytes.

    Args:
        fingerprint: for the cell that tells a marked copy; "" leaves the cell blank.

    Raises:
        Unfit: it is no sheet of ours, or a formula stands in the way.
    """
    sheet = _Sheet(part)
    sheet.put(*RESULTS.status_cell, listing.status)
    sheet.put(*RESULTS.count_cell, listing.keyed)
    sheet.put(*RESULTS.fingerprint_cell, fingerprint or None)
    sheet.empty_list()
    for row, entry in enumerate(listing.entries, RESULTS.first_row):
        sheet.put_entry(row, entry)
    sheet.link({row: entry.at for row, entry in enumerate(listing.entries, RESULTS.first_row) if entry.at})
    sheet.measure()
    return sheet.to_bytes()


class _Sheet:
    """A worksheet part being changed."""

    def __init__(self, part: bytes) -> None:
        # The bounded reader has been through this part already and would have refused a DTD.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False)
        try:
            self._root = etree.fromstring(part, parser)
        except etree.XMLSyntaxError:
            raise Unfit("内容已损坏，请用下发的模板重新填报") from None
        self._tree = self._root.getroottree()
        name = etree.QName(self._root)
        data = self._root.find(f"{{{name.namespace}}}sheetData")
        if name.localname != "worksheet" or data is None:
            raise Unfit("内容已损坏，请用下发的模板重新填报")
        self._space = f"{{{name.namespace}}}"
        self._data = data
        self._rows: dict[int, etree._Element] = dict(self._number_rows())
        prototype = self._rows.get(RESULTS.first_row)
        self._styles = self._prototype_styles(prototype)

    # -- cells

    def put(self, row: int, column: int, content: Content) -> None:
        """Set one cell outside the list; its style stays."""
        line = self._row(row)
        reference = f"{column_letters(column)}{row}"
        cell = next((cell for cell in self._cells(line) if cell.get("r") == reference), None)
        if cell is None:
            if content is None:
                return
            cell = line.makeelement(f"{self._space}c", {"r": reference})
            after = [other for other in self._cells(line) if _column(other) < column]
            line.insert(line.index(after[-1]) + 1 if after else 0, cell)
        self._refuse_formula(cell)
        self._fill(cell, content)

    def empty_list(self) -> None:
        """Remove our columns' cells from every list row; the first row keeps blank ones, which carry the styles."""
        for number in [number for number in self._rows if RESULTS.first_row <= number <= RESULTS.last_row]:
            line = self._rows[number]
            for cell in self._list_cells(line):
                self._refuse_formula(cell)
                line.remove(cell)
            for key in ("ht", "customHeight", "hidden"):
                _unset(line, key)
            if number == RESULTS.first_row:
                for place, column in enumerate(sorted(self._styles)):
                    line.insert(place, self._cell(line, number, column, None))
            elif not len(line):
                self._data.remove(line)
                del self._rows[number]

    def put_entry(self, number: int, entry: Entry) -> None:
        """Write one row of the list, high enough for its wrapped texts."""
        line = self._row(number)
        for cell in self._list_cells(line):
            line.remove(cell)
        line.set("ht", f"{_height(entry):g}")
        line.set("customHeight", "1")
        for place, (column, declared) in enumerate(enumerate(RESULTS.columns, 1)):
            line.insert(place, self._cell(line, number, column, entry.cells.get(declared.name)))

    def _cell(self, line: etree._Element, row: int, column: int, content: Content) -> etree._Element:
        cell = line.makeelement(f"{self._space}c", {"r": f"{column_letters(column)}{row}"})
        if column in self._styles:
            cell.set("s", self._styles[column])
        self._fill(cell, content, exact=column == RESULTS.index("compared"))
        return cell

    def _fill(self, cell: etree._Element, content: Content, *, exact: bool = False) -> None:
        """Put a value into a cell: texts inline, so that sharedStrings.xml, another part, stays as it is."""
        for child in list(cell):
            cell.remove(child)
        for key in set(cell.attrib) - {"r", "s"}:
            del cell.attrib[key]
        if isinstance(content, str):
            cell.set("t", "inlineStr")
            inline = etree.SubElement(cell, f"{self._space}is")
            text = etree.SubElement(inline, f"{self._space}t", {_XML_SPACE: "preserve"})
            text.text = escaped(content, exact=exact)
        elif content is not None:
            etree.SubElement(cell, f"{self._space}v").text = format(Decimal(content), "f")

    def _refuse_formula(self, cell: etree._Element) -> None:
        if cell.find(f"{self._space}f") is not None:
            raise Unfit(f"{cell.get('r')} 格里有公式，请删去后再试")

    # -- rows

    def _number_rows(self) -> Iterator[tuple[int, etree._Element]]:
        """Rows by number, all addresses written out: the format allows leaving out those that follow from the order."""
        number = 0
        for line in self._data.iterchildren(f"{self._space}row"):
            stated = line.get("r", "")
            number = int(stated) if stated.isascii() and stated.isdigit() else number + 1
            line.set("r", str(number))
            column = 0
            for cell in self._cells(line):
                column = _column(cell) or column + 1
                cell.set("r", f"{column_letters(column)}{number}")
            yield number, line

    def _row(self, number: int) -> etree._Element:
        """The row of that number, made in its place where the sheet has none."""
        if number not in self._rows:
            line = self._data.makeelement(f"{self._space}row", {"r": str(number)})
            before = max((other for other in self._rows if other < number), default=None)
            place = self._data.index(self._rows[before]) + 1 if before is not None else 0
            self._data.insert(place, line)
            self._rows[number] = line
        return self._rows[number]

    def _cells(self, line: etree._Element) -> list[etree._Element]:
        return list(line.iterchildren(f"{self._space}c"))

    def _list_cells(self, line: etree._Element) -> list[etree._Element]:
        return [cell for cell in self._cells(line) if _column(cell) <= len(RESULTS.columns)]

    def _prototype_styles(self, prototype: etree._Element | None) -> dict[int, str]:
        cells = self._list_cells(prototype) if prototype is not None else []
        return {_column(cell): style for cell in cells if (style := cell.get("s")) is not None}

    # -- what hangs on the cells

    def link(self, places: dict[int, At]) -> None:
        """Links from the 单元格 column, by list row; ours of an earlier list are removed, any others stay."""
        tag = f"{self._space}hyperlinks"
        links = self._root.find(tag)
        column = column_letters(RESULTS.index("cell"))
        if links is not None:
            for old in list(links.iterchildren(f"{self._space}hyperlink")):
                match = _REF.fullmatch(old.get("ref", ""))
                if match and match[1] == column and RESULTS.first_row <= int(match[2]) <= RESULTS.last_row:
                    links.remove(old)
        elif places:
            links = self._root.makeelement(tag)
            before = [child for child in self._root if _local(child) in _BEFORE_LINKS]
            self._root.insert(self._root.index(before[-1]) + 1, links)
        if links is None:
            return
        for row, at in places.items():
            sheet = at.sheet.replace("'", "''")
            attributes = {"ref": f"{column}{row}", "location": f"'{sheet}'!{at.a1}", "display": at.a1}
            etree.SubElement(links, f"{self._space}hyperlink", attributes)
        if not len(links):
            self._root.remove(links)

    def measure(self) -> None:
        """Let <dimension> tell the truth where there is one: some readers believe it."""
        dimension = self._root.find(f"{self._space}dimension")
        columns = [_column(cell) for line in self._rows.values() for cell in self._cells(line)]
        filled = [number for number, line in self._rows.items() if self._cells(line)]
        if dimension is not None and columns:
            first = f"{column_letters(min(columns))}{min(filled)}"
            last = f"{column_letters(max(columns))}{max(filled)}"
            dimension.set("ref", first if first == last else f"{first}:{last}")
        for line in self._rows.values():
            _unset(line, "spans")  # an optional hint to readers, and now a false one

    def to_bytes(self) -> bytes:
        return etree.tostring(self._tree, encoding="UTF-8", xml_declaration=True, standalone=True)


def _local(element: etree._Element) -> str:
    # Comments and processing instructions have a function for a tag.
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _unset(element: etree._Element, key: str) -> None:
    if key in element.attrib:
        del element.attrib[key]


def _column(cell: etree._Element) -> int:
    match = _REF.fullmatch(cell.get("r", ""))
    return column_number(match[1]) if match else 0


def _height(entry: Entry) -> float:
    """Height in points that shows every wrapped text of the row in full, as far as a row can grow."""
    lines = max(
        lines_needed(str(entry.cells.get(column.name) or ""), column.width)
        for column in RESULTS.columns
        if not column.hidden
    )
    return min(lines * _LINE_POINTS + _ROW_PADDING, _TALLEST_ROW)


def escaped(text: str, *, exact: bool) -> str:
    """The text as it may stand in XML (ST_Xstring).

    Characters that XML has no place for are escaped so that a formula gets them back (``exact``), or shown as a
    visible sign (␛) where people read.
    """
    if len(text) > _CELL_CHARACTERS:
        text = text[: _CELL_CHARACTERS - 1] + "…"
    text = _LOOKS_ESCAPED.sub("_x005F_", _NO_XML.sub("\ufffd", text))
    if exact:
        return _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(lambda match: chr(0x2400 + ord(match[0])), text)
