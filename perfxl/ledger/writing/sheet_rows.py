"""The rows of a sheet as SpreadsheetML (ECMA-376 Part 1, §18.3.1.73), made of texts.

Texts stand in the cells themselves (``inlineStr``, §18.18.11): a table of shared strings would have to be kept in memory
till the end, and compression finds the same text again by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from perfxl.issue import column_letters
from perfxl.ledger.gathering.cells import cell_text
from perfxl.ledger.gathering.measure import LINKED, heights, points
from perfxl.ledger.gathering.packing import Block, Texts
from perfxl.ledger.model import Condition, Standing, Status
from perfxl.ledger.settling.units import State
from perfxl.ledger.tables import ISSUES, SOURCES, Column, Table
from perfxl.ledger.writing.packed_text import PackedText
from perfxl.text import printable

# What a double holds exactly; a longer number is written as text rather than rounded.
_EXACT_DIGITS: Final = 15
# Limits of the file format: links of a sheet, characters of a link.
_LINK_LIMIT: Final = 65_530
_LINK_LENGTH: Final = 2_000
_SHORTENED: Final = "有内容超过单元格上限，在台账中只列出前一部分"
_NUMERIC: Final = frozenset(("year", "count", "money", "number"))
_CELL_ADDRESS: Final = re.compile(r"[A-Z]+\d+")
# _x0041_ stands for the character A (§22.9.2.19); a text that looks so is no such character.
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_TONES: dict[str, str] = {
    Condition.CLEAN: "ok",
    Condition.WARNED: "warn",
    Condition.WRONG: "bad",
    "错误": "bad",
    "警告": "warn",
    Status.ACCEPTED: "ok",
    Status.REJECTED: "bad",
    Status.UNREADABLE: "bad",
    Status.DUPLICATE: "warn",
    Status.PENDING: "warn",
    Standing.COUNTED: "ok",
}
_STATES: dict[str, str] = {
    State.COMPLETE: "ok",
    State.PARTLY: "warn",
    State.NONE: "bad",
    State.WRONG: "red",
    State.PENDING: "warn",
    State.UNLISTED: "warn",
}
_TONED: Final = {"condition": _TONES, "severity": _TONES, "status": _TONES, "standing": _TONES, "state": _STATES}
_DIFFERENCE: Final = "difference"

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_HYPERLINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"

#: What follows the rows: the element ``hyperlinks``, and the part with its relationships, in pieces.
Tail = tuple[Iterable[str], Iterable[str]]
#: What a cell looks like: kind of its column, tone, "people" or "", "link" or "".
Look = tuple[str, str, str, str]
#: Where the file of a row is, as a link leads there; None where no link does.
Links = Callable[[str], str | None]


def xml_text(text: str) -> str:
    """The text as it stands in an element of SpreadsheetML."""
    return escape(_ESCAPED.sub("_x005F_", text))


def looks(table: Table) -> tuple[Look, ...]:
    """All that cells of the table may look like."""
    found: dict[Look, None] = {}
    for place, column in enumerate(table.columns):
        tones = {*_TONED.get(column.name, {}).values(), "red" if column.name == _DIFFERENCE else "", ""}
        for tone in sorted(tones):
            found[_look(column, tone)] = None
            if place in _link_places(table):
                found[_look(column, tone, "link")] = None
    return tuple(found)


def _look(column: Column, tone: str, link: str = "") -> Look:
    return column.kind, tone, "people" if column.people else "", link


@cache
def _link_places(table: Table) -> tuple[int, ...]:
    """Positions of the columns whose cells may be links: the file, and of a finding its cell."""
    names = ("file", "cell") if table is ISSUES else ("file",)
    if table.title not in LINKED:
        return ()
    return tuple(place for place, column in enumerate(table.columns) if column.name in names)


class SheetRows:
    """Makes the rows of one sheet, from the first one down.

    Args:
        styles: the cell format (index into ``cellXfs``) of each look.
        links: where files are.
        shortened: files with a text that no cell can hold whole; added to here, and told in 来源清单.
        made: the columns' widths; None where each is as it is declared.
        first: number of the first row.
    """

    def __init__(
        self,
        table: Table,
        styles: Mapping[Look, int],
        links: Links,
        shortened: set[str],
        made: Sequence[float] | None,
        first: int,
    ) -> None:
        self._table = table
        self._styles = styles
        self._shortened = shortened
        self._widths = made
        self._number = first
        self._hyperlinks = Hyperlinks(table, links)
        self._file = next((place for place, column in enumerate(table.columns) if column.name == "file"), None)
        self._patterns: dict[tuple[object, ...], str] = {}
        self._numeric = [place for place, column in enumerate(table.columns) if column.kind in _NUMERIC]
        self._toned = [
            (place, _TONED.get(column.name))
            for place, column in enumerate(table.columns)
            if column.name in _TONED or column.name == _DIFFERENCE
        ]

    def of(self, block: Block) -> str:
        """The rows of a block."""
        rows, lines = block.rows(), block.lines
        if self._widths is not None:
            lines = heights(self._table, rows, self._widths)
        exact = all(len(row[place]) <= _EXACT_DIGITS for place in self._numeric for row in rows)
        careful = not (block.plain and exact) or (self._table is SOURCES and self._shortened)
        make = self._careful if careful else self._plain
        return "".join([make(row, taken) for row, taken in zip(rows, lines, strict=True)])

    def tail(self) -> Tail:
        """The element ``hyperlinks`` and the part with its relationships; nothing where there are no links."""
        return self._hyperlinks.xml()

    def _plain(self, row: Texts, lines: int) -> str:
        """A row whose texts may stand in cells as they are."""
        pattern = self._pattern(row, tuple(map(bool, row)), lines)
        return pattern % tuple(filter(None, row[: len(self._table.columns)]))

    def _careful(self, row: Texts, lines: int) -> str:
        """Any row."""
        held = [self._held(row, place) for place in range(len(self._table.columns))]
        as_text = tuple(
            bool(text) and (2 if place in self._numeric and not _exact(text) else 1) for place, text in enumerate(held)
        )
        pattern = self._pattern(held, as_text, lines)
        return pattern % tuple(xml_text(text) for text in held if text)

    def _held(self, row: Texts, place: int) -> str:
        """The text as a cell can hold it."""
        text, file = row[place], "" if self._file is None else row[self._file]
        if file in self._shortened and self._table.columns[place].name == "reason":
            text = f"{text}；{_SHORTENED}" if text else _SHORTENED
        held, short = cell_text(text)
        if short:
            self._shortened.add(file)
        return held

    def _pattern(self, row: Texts, filled: tuple[int, ...], lines: int) -> str:
        """The row with a place for each of its texts; rows alike but for their texts have the same."""
        tones = tuple(
            [_red(row[place]) if words is None else words.get(row[place], "") for place, words in self._toned]
        )
        linked = self._hyperlinks.add(row, self._number)
        key = (filled, tones, linked, lines)
        pattern = self._patterns.get(key)
        if pattern is None:
            pattern = self._patterns[key] = self._drawn(filled, tones, linked, lines)
        number, self._number = str(self._number), self._number + 1
        return pattern.replace("\0", number)

    def _drawn(self, filled: tuple[int, ...], tones: Sequence[str], linked: Sequence[int], lines: int) -> str:
        tone_of = dict(zip([place for place, _ in self._toned], tones, strict=True))
        cells = []
        for place, (column, kind) in enumerate(zip(self._table.columns, filled, strict=False)):
            style = self._styles[_look(column, tone_of.get(place, ""), "link" if place in linked else "")]
            start = f'<c r="{column_letters(place + 1)}\0" s="{style}"'
            if not kind:
                cells.append(f"{start}/>")
            elif place in self._numeric and kind == 1:
                cells.append(f"{start}><v>%s</v></c>")
            else:
                cells.append(f'{start} t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>')
        return f'<row r="\0" ht="{points(lines):g}" customHeight="1">{"".join(cells)}</row>'


def _as_excel(target: str) -> str:
    """A relative path as Excel writes it."""
    return target.replace("/", "\\")


def _exact(number: str) -> bool:
    return sum(char.isdigit() for char in number) <= _EXACT_DIGITS


def _red(difference: str) -> str:
    return "red" if difference.strip("-0.") else ""


class Hyperlinks:
    """The links of one sheet: from 文件 to the file, and from 单元格 to the cell."""

    def __init__(self, table: Table, links: Links) -> None:
        self._places = _link_places(table)
        self._links = links
        names = [column.name for column in table.columns]
        self._file, self._sheet, self._cell = (
            names.index(name) if name in names else None for name in ("file", "sheet", "cell")
        )
        self._count = 0
        self._last, self._targets = "", 0
        self._elements, self._relationships = PackedText(), PackedText()

    def add(self, row: Texts, number: int) -> tuple[int, ...]:
        """Give the row its links; positions of the cells that have one."""
        if not self._places or self._file is None:
            return ()
        target = self._links(row[self._file])
        if target is None or len(target) > _LINK_LENGTH:
            return ()
        places = {self._file: ""}
        if self._cell in self._places and self._sheet is not None and row[self._sheet]:
            address = row[self._cell]
            if _CELL_ADDRESS.fullmatch(address):
                quoted = row[self._sheet].replace("'", "''")
                places[self._cell] = f"'{quoted}'!{address}"
        if self._count + len(places) > _LINK_LIMIT:
            return ()
        self._count += len(places)
        if self._last != target:
            self._last, self._targets = target, self._targets + 1
            self._relationships.add(
                f'<Relationship Id="rId{self._targets}" Type="{_HYPERLINK}" Target={quoteattr(_as_excel(target))} '
                'TargetMode="External"/>'
            )
        for place, location in places.items():
            inside = f" location={quoteattr(printable(location))}" if location else ""
            ref = f"{column_letters(place + 1)}{number}"
            self._elements.add(f'<hyperlink ref="{ref}" r:id="rId{self._targets}"{inside}/>')
        return tuple(places)

    def xml(self) -> Tail:
        """The element ``hyperlinks`` (§18.3.1.48) and the part with its relationships; nothing where there are no links."""
        if not self._count:
            return (), ()
        start = f'{_DECLARATION}<Relationships xmlns="{_RELATIONSHIPS}">'
        return (
            chain(["<hyperlinks>"], self._elements.taken(), ["</hyperlinks>"]),
            chain([start], self._relationships.taken(), ["</Relationships>"]),
        )
