"""A Word document (.docx) as its paragraphs and tables: one bounded streaming pass, a table in memory at a time.

Read is what stands there in the end: deleted text and rows are left out, inserted ones count.  Tables in text boxes and
tables in tables come as tables of their own, right behind what holds them.  Format: ECMA-376 Part 1 §17.4 (tables),
§17.13.5 (tracked changes), Part 3 (AlternateContent).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from perfxl.intake.foreign import SEND_AGAIN
from perfxl.intake.package import Package
from perfxl.intake.tables import Block, Cell, Document, Paragraph, Row, Table
from perfxl.issue import AtTable

_WORD: Final = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main ",
    "http://purl.oclc.org/ooxml/wordprocessingml/main ",
)
_MATH: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/math t",
    "http://purl.oclc.org/ooxml/officeDocument/math t",
)
_FALLBACK: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"
# What a change did away with, the properties from before it, the guides above ruby text.
_GONE: Final = frozenset(
    "del moveFrom pPrChange rPrChange tblPrChange tcPrChange trPrChange tblGridChange sectPrChange rt".split()
)
_CHANGES: Final = frozenset("ins del moveFrom moveTo cellIns cellDel cellMerge".split())
_BREAKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# The font Symbol by its code points, as far as people insert them from it.
_SYMBOLS: Final = {0xB3: "≥", 0xA3: "≤", 0xB1: "±", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xB0: "°", 0x25: "%"}
_UNKNOWN_SYMBOL: Final = "\ufffd"
_PIECE: Final = 256 * 1024
_OFF: Final = ("0", "false", "off")


class WordPackage(Package):
    """The parts of one .docx; ``workbook_part`` is its main part."""

    __slots__ = ()

    def _find_main(self) -> str:
        for part in self.related("", "officeDocument"):
            if part in self and self._root(part).rpartition(" ")[2] == "document":
                return part
        raise self.unreadable("Word 文档内容不全，已损坏", SEND_AGAIN.replace(".xlsx", ".docx"))


def word_document(package: WordPackage) -> Document:
    """What stands in a .docx.

    Raises (while it is gone through):
        UnreadableFile: damaged, a DTD, or over a limit.
    """
    document = Document(iter(()), size=max(package.inflated_size(package.workbook_part), 1))
    document.blocks = _blocks(package, document)
    return document


def _blocks(package: WordPackage, document: Document) -> Iterator[Block]:
    reader = _Reader(package)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters

    def refuse_dtd(*_: object) -> None:
        raise package.damaged()

    parser.StartDoctypeDeclHandler = refuse_dtd
    try:
        for piece in package.pieces(package.workbook_part, _PIECE):
            parser.Parse(piece, False)
            document.done += len(piece)
            yield from reader.taken()
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError):
        raise package.damaged() from None
    yield from reader.taken()
    document.notes += reader.notes()


@dataclass(slots=True)
class _Cell:
    texts: list[str] = field(default_factory=list)
    width: int = 1
    merged: bool = False
    gone: bool = False


@dataclass(slots=True)
class _Row:
    cells: list[_Cell] = field(default_factory=list)
    before: int = 0
    gone: bool = False


@dataclass(slots=True)
class _Table:
    number: int
    rows: list[Row] = field(default_factory=list)
    open_row: _Row | None = None

    @property
    def cell(self) -> _Cell | None:
        """The cell that is being read."""
        return self.open_row.cells[-1] if self.open_row is not None and self.open_row.cells else None

    def close_row(self) -> None:
        row, self.open_row = self.open_row, None
        if row is None or row.gone:
            return
        column, cells = row.before, []
        for position, cell in enumerate((cell for cell in row.cells if not cell.gone), 1):
            text = "\n".join(cell.texts).strip("\n")
            at = AtTable(self.number, len(self.rows) + 1, position)
            cells.append(Cell(None if cell.merged else text or None, at, column, cell.width, cell.merged))
            column += cell.width
        self.rows.append(tuple(cells))


@dataclass(slots=True)
class _Text:
    """A paragraph that is being read."""

    parts: list[str] = field(default_factory=list)
    goes_on: bool = False
    numbered: bool = False


class _Reader:
    """Takes the events of the parser; what is finished waits in ``taken``."""

    def __init__(self, package: WordPackage) -> None:
        self._package = package
        self._path: list[str] = []
        self._muted_at: int | None = None
        self._placeholder_at: int | None = None
        # A text box is a story of its own: the tables and paragraph around it wait until it ends.
        self._stories: list[tuple[list[_Table], _Text | None]] = []
        self._tables: list[_Table] = []
        self._paragraph: _Text | None = None
        self._carried = ""
        self._run_hidden = False
        self._in_text: list[str] | None = None
        self._keeps_space = False
        self._count = 0
        self._cells = 0
        self._finished: list[Block] = []
        self._group: list[_Table] = []  # the outermost table that is open, and those in it, in order
        self._met: Counter[str] = Counter()

    def taken(self) -> Iterator[Block]:
        """The blocks finished since the last call."""
        finished, self._finished = self._finished, []
        yield from finished

    def notes(self) -> list[str]:
        """What a reader of the document has to know, in Chinese."""
        said = {
            "changes": "文档里有 {} 处修订没有接受或拒绝：按修订之后的文字读取",
            "commentReference": "文档里有 {} 条批注：批注没有读取",
            "footnoteReference": "文档里有 {} 条脚注：脚注没有读取",
            "vanish": "文档里有 {} 段隐藏的文字：没有读取",
            "placeholder": "文档里有 {} 处还是提示文字的填空：按没有填读取",
            "numbered": "文档里有 {} 段用了自动编号：编号不是打进去的字，没有读取",
            "box": "文档里有 {} 个文本框：框里的文字和表格单独读取",
            "nested": "文档里有 {} 个表格套在别的表格里：单独读取",
            "merged_text": "有 {} 个被合并遮住的格子里还有文字：没有读取",
            "symbol": "有 {} 个认不出的特殊符号，读成了“\ufffd”：请对照原件改正",
        }
        return [text.format(self._met[name]) for name, text in said.items() if self._met[name]]

    # -- events

    def start(self, name: str, attributes: dict[str, str]) -> None:
        word = name.rpartition(" ")[2] if name.startswith(_WORD) else ""
        self._path.append(word)
        if len(self._path) > self._package.limits.xml_depth:
            raise self._package.over_limit("文档层次过深")
        if self._muted_at is not None:
            return
        if word in _CHANGES:
            self._change(word)
        if name == _FALLBACK or (word in _GONE and self._parent != "rPr"):
            self._muted_at = len(self._path)
        elif name in _MATH:
            self._open_text(True)
        elif word in _STARTS:
            value = next((value for key, value in attributes.items() if key.endswith(" val")), None)
            _STARTS[word](self, attributes, value)
        elif word in _BREAKS:
            self._write(_BREAKS[word] if word != "tab" or self._parent == "r" else "")
        elif word in ("commentReference", "footnoteReference"):
            self._met[word] += 1

    def end(self, name: str) -> None:
        depth = len(self._path)
        word = self._path.pop()
        if self._muted_at is not None:
            if depth == self._muted_at:
                self._muted_at = None
            return
        if self._placeholder_at == depth:
            self._placeholder_at = None
        if word == "t" or name in _MATH:
            self._close_text()
        elif word in _ENDS:
            _ENDS[word](self)

    def characters(self, text: str) -> None:
        if self._in_text is not None and self._muted_at is None:
            self._in_text.append(text)

    @property
    def _parent(self) -> str:
        return self._path[-2] if len(self._path) > 1 else ""

    # -- text

    def _open_text(self, keeps_space: bool) -> None:
        self._in_text, self._keeps_space = [], keeps_space

    def _start_text(self, attributes: dict[str, str], _: str | None) -> None:
        self._open_text(any(key.endswith(" space") and value == "preserve" for key, value in attributes.items()))

    def _close_text(self) -> None:
        text, self._in_text = "".join(self._in_text or ()), None
        self._write(text if self._keeps_space else text.strip(" \t\r\n"))

    def _write(self, text: str) -> None:
        if self._paragraph is not None and not self._run_hidden and self._placeholder_at is None:
            self._paragraph.parts.append(text)

    def _start_run(self, _: dict[str, str], __: str | None) -> None:
        self._run_hidden = False

    def _end_run(self) -> None:
        self._run_hidden = False

    def _hidden(self, _: dict[str, str], value: str | None) -> None:
        if value not in _OFF and self._path[-3:-1] == ["r", "rPr"]:
            self._run_hidden = True
            self._met["vanish"] += 1

    def _symbol(self, attributes: dict[str, str], _: str | None) -> None:
        values = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        code = int(values.get("char", "0"), 16) & 0xFF
        known = _SYMBOLS.get(code) if values.get("font", "").lower() == "symbol" else None
        self._met["symbol"] += known is None
        self._write(known or _UNKNOWN_SYMBOL)

    def _placeholder(self, _: dict[str, str], __: str | None) -> None:
        if self._placeholder_at is None:
            self._placeholder_at = len(self._path) - 2  # sdt > sdtPr > showingPlcHdr
            self._met["placeholder"] += 1

    def _change(self, word: str) -> None:
        self._met["changes"] += 1
        if word == "del" and self._parent == "rPr" and self._paragraph is not None:
            self._paragraph.goes_on = True  # its end was deleted: the next one is its own text
        elif word == "del" and self._parent == "trPr" and self._tables and self._tables[-1].open_row is not None:
            self._tables[-1].open_row.gone = True
        elif word == "cellDel" and self._tables and (cell := self._tables[-1].cell) is not None:
            cell.gone = True

    # -- paragraphs

    def _start_paragraph(self, _: dict[str, str], __: str | None) -> None:
        self._paragraph = _Text([self._carried])
        self._carried = ""

    def _numbering(self, _: dict[str, str], value: str | None) -> None:
        if self._paragraph is not None and value not in (None, "0"):
            self._paragraph.numbered = True

    def _end_paragraph(self) -> None:
        paragraph, self._paragraph = self._paragraph, None
        if paragraph is None:
            return
        text = "".join(paragraph.parts)
        self._met["numbered"] += paragraph.numbered and bool(text.strip())
        if paragraph.goes_on:
            self._carried = text
        elif self._tables:
            self._in_cell(text)
        elif text.strip():
            self._finished.append(Paragraph(text, AtTable(self._count + 1)))

    def _in_cell(self, text: str) -> None:
        cell = self._tables[-1].cell
        if cell is not None and cell.merged and text.strip():
            self._met["merged_text"] += 1
        elif cell is not None:
            cell.texts.append(text)

    # -- tables

    def _start_table(self, _: dict[str, str], __: str | None) -> None:
        self._count += 1
        self._met["nested"] += bool(self._tables)
        table = _Table(self._count)
        self._tables.append(table)
        self._group.append(table)

    def _start_row(self, _: dict[str, str], __: str | None) -> None:
        if self._tables:
            self._tables[-1].open_row = _Row()

    def _start_cell(self, _: dict[str, str], __: str | None) -> None:
        self._cells += 1
        if self._tables and self._tables[-1].open_row is not None:
            self._tables[-1].open_row.cells.append(_Cell())

    def _span(self, _: dict[str, str], value: str | None) -> None:
        cell = self._tables[-1].cell if self._tables else None
        if cell is not None:
            cell.width = _number(value, 1)

    def _skipped_columns(self, _: dict[str, str], value: str | None) -> None:
        if self._tables and self._tables[-1].open_row is not None:
            self._tables[-1].open_row.before = _number(value, 0)

    def _vertical_merge(self, _: dict[str, str], value: str | None) -> None:
        cell = self._tables[-1].cell if self._tables else None
        if cell is not None:
            cell.merged = value != "restart"

    def _end_row(self) -> None:
        if self._tables:
            self._tables[-1].close_row()
        if self._cells > self._package.limits.cells:
            raise self._package.over_limit(f"一个表格的格子超过 {self._package.limits.cells} 个")

    def _end_table(self) -> None:
        self._tables.pop()
        if not self._tables and not any(tables for tables, _ in self._stories):
            self._finished += [Table(tuple(table.rows)) for table in self._group]
            self._group, self._cells = [], 0

    # -- text boxes

    def _start_box(self, _: dict[str, str], __: str | None) -> None:
        self._met["box"] += 1
        self._stories.append((self._tables, self._paragraph))
        self._tables, self._paragraph = [], None

    def _end_box(self) -> None:
        self._tables, self._paragraph = self._stories.pop()


def _number(value: str | None, otherwise: int) -> int:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 5 else otherwise


_STARTS: Final[dict[str, Callable[[_Reader, dict[str, str], str | None], None]]] = {
    "t": _Reader._start_text,
    "r": _Reader._start_run,
    "vanish": _Reader._hidden,
    "sym": _Reader._symbol,
    "showingPlcHdr": _Reader._placeholder,
    "p": _Reader._start_paragraph,
    "numId": _Reader._numbering,
    "tbl": _Reader._start_table,
    "tr": _Reader._start_row,
    "tc": _Reader._start_cell,
    "gridSpan": _Reader._span,
    "gridBefore": _Reader._skipped_columns,
    "vMerge": _Reader._vertical_merge,
    "txbxContent": _Reader._start_box,
}
_ENDS: Final[dict[str, Callable[[_Reader], None]]] = {
    "r": _Reader._end_run,
    "p": _Reader._end_paragraph,
    "tr": _Reader._end_row,
    "tbl": _Reader._end_table,
    "txbxContent": _Reader._end_box,
}
