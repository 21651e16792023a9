"""Remarks on the sheets of an .ods workbook (OpenDocument 1.3 part 3): see :mod:`perfxl.intake.remarks`."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from perfxl.intake.limits import Limits
from perfxl.intake.remarks import Remarks, Sheets, parse_xml, read_part

_MANIFEST: Final = "META-INF/manifest.xml"
_REPEATED_MOST: Final = 64  # a repeated run this long is blank filling
_HIDDEN_MOST: Final = 1_000  # rows of which it is remembered that they are hidden, of one repeated run


def sealed(data: bytes, limits: Limits) -> bool:
    """Whether it is an OpenDocument file under a password (part 2, §4.8.3), of which nothing here knows the ciphers."""
    if not data.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _MANIFEST in archive.namelist() and b"encryption-data" in read_part(archive, _MANIFEST, limits)


def read_ods(archive: zipfile.ZipFile, sheets: Sheets, limits: Limits) -> None:
    """The remarks on each sheet, into ``sheets``."""
    _Ods(read_part(archive, "content.xml", limits), sheets)


class _Ods:
    """One pass over content.xml; addresses follow from counting, repeated cells counted as often."""

    def __init__(self, content: bytes, sheets: Sheets) -> None:
        self._sheets = sheets
        self._sheet = Remarks()
        self._unseen: set[str] = set()  # styles of tables that are not displayed
        self._style = ""
        self._row = self._rows = self._column = 0
        self._depth = 0
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._paragraph = False
        parse_xml(content, self._started, self._ended, self._said)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if local == "style":
            self._style = plain.get("name", "")
        elif local == "table-properties" and plain.get("display") == "false":
            self._unseen.add(self._style)
        elif local == "table":
            self._sheet, self._row, self._column = self._sheets[plain.get("name", "")], 1, 1
            self._sheet.state = "hidden" if plain.get("style-name") in self._unseen else "visible"
        elif local == "table-column":
            self._take_column(plain)
        elif local == "table-row":
            self._take_row(plain)
        elif local in ("table-cell", "covered-table-cell"):
            # calcext:value-type repeats office:value-type but for errors, which only it names.
            kinds = {value for key, value in attributes.items() if key.endswith(" value-type")}
            self._cell = {**plain, "kind": "error" if "error" in kinds else plain.get("value-type", "")}
            self._text = []
        elif local == "p":
            self._paragraph = True
        elif local == "annotation":
            self._depth += 1

    def _take_column(self, plain: dict[str, str]) -> None:
        last = self._column + int(plain.get("number-columns-repeated", "1")) - 1
        if _unseen(plain):
            self._sheet.hidden_columns.append((self._column, last))
        self._column = last + 1

    def _take_row(self, plain: dict[str, str]) -> None:
        self._rows, self._column = int(plain.get("number-rows-repeated", "1")), 1
        if _unseen(plain):
            self._sheet.hidden_rows += range(self._row, self._row + min(self._rows, _HIDDEN_MOST))

    def _ended(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == "p":
            self._paragraph = False
        elif local == "annotation":
            self._depth -= 1
        elif local in ("table-cell", "covered-table-cell"):
            self._take_cell()
        elif local == "table-row":
            self._row += self._rows

    def _said(self, data: str) -> None:
        if self._paragraph and not self._depth:
            self._text.append(data)

    def _take_cell(self) -> None:
        columns = int(self._cell.get("number-columns-repeated", "1"))
        down, across = (int(self._cell.get(f"number-{what}-spanned", "1")) for what in ("rows", "columns"))
        if down > 1 or across > 1:
            self._sheet.merges.append((self._row, self._column, self._row + down - 1, self._column + across - 1))
        note, formula = self._note(), "formula" in self._cell
        if note is not None or formula:
            for row in range(self._row, self._row + min(self._rows, _REPEATED_MOST)):
                for column in range(self._column, self._column + min(columns, _REPEATED_MOST)):
                    if note is not None:
                        self._sheet.cells.append((row, column, *note))
                    if formula:
                        self._sheet.formulas.append((row, column))
        self._column += columns

    def _note(self) -> tuple[str, str] | None:
        """What is to be told of the cell that ends here."""
        kind, text, formula = self._cell["kind"], "".join(self._text), "formula" in self._cell
        if kind == "error" or (text.startswith("#") and formula):
            return "error", text if text.startswith("#") else "#VALUE!"
        if not kind and formula:
            return "uncomputed", ""
        return ("shown", text) if kind in ("float", "percentage", "currency", "date", "time") else None


def _unseen(plain: dict[str, str]) -> bool:
    """A row or column that is hidden, by hand or by a filter."""
    return plain.get("visibility", "visible") != "visible"
