"""Rows as text: made once, by whoever read the form, and neither parsed nor made anew on their way into the outputs.

A row is a list of texts in the order of its table's columns ("" for nothing, a number with all its digits and no
exponent), what the row holds beside the columns behind them.  Rows that belong together travel as a :class:`Block`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from perfxl.ledger.earlier.seal import row_digest
from perfxl.ledger.gathering.measure import measured
from perfxl.ledger.model import (
    Condition,
    IndicatorRow,
    IssueRow,
    MissingRow,
    NoteRow,
    ProjectRow,
    SourceRow,
    Standing,
    Status,
    UnitRow,
    VersionRow,
)
from perfxl.ledger.tables import INDICATORS, ISSUES, MISSING, NOTES, PROGRESS, PROJECTS, SOURCES, VERSIONS, Table

#: A row as texts.
Texts = list[str]

_COMPACT: Final = b"\0"  # no row begins with it
_CELL, _ROW, _ESCAPE = "\x1f", "\x1e", "\x1b"
# What no cell of a workbook and no XML can hold as it is: the bytes of it, and of U+FFFE and U+FFFF.
_UNPLAIN: Final = bytes(set(range(0x1E)) | set(b"&<>"))
_NONCHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
# From so many characters a text may be more than a cell can hold.
_LONG: Final = 16_000
# So many rows of a table that is not made form by form go into a block.
_CHUNK: Final = 64

#: What the rows of a table are in the model, by its title.
ROW_TYPES: Final[dict[str, type]] = {
    PROJECTS.title: ProjectRow,
    INDICATORS.title: IndicatorRow,
    ISSUES.title: IssueRow,
    SOURCES.title: SourceRow,
    VERSIONS.title: VersionRow,
    PROGRESS.title: UnitRow,
    MISSING.title: MissingRow,
    NOTES.title: NoteRow,
}
_WORDS: Final[dict[str, Callable[[str], Any]]] = {"condition": Condition, "status": Status, "standing": Standing}
_NEVER_NONE: Final = frozenset(
    "number indicators errors warnings forms counted version sent missing pending wrong projects".split()
)


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a table, and what the table must know of them before it is written.

    Attributes:
        count: of the rows.
        lines: that each row takes; see :func:`perfxl.ledger.gathering.measure.measured`, as for ``needs``.
        digest: sum of the rows' digests; see :mod:`perfxl.ledger.earlier.seal`.
        plain: no text in them must be changed to stand in a cell.
        content: the rows.
    """

    count: int
    lines: list[int]
    needs: list[int]
    digest: int
    plain: bool
    content: bytes

    @classmethod
    def of(cls, table: Table, rows: Sequence[Sequence[str]]) -> Block:
        lines, needs = measured(table, rows)
        content, plain = _joined(rows)
        digest = sum(row_digest(table, row, plain=plain) for row in rows)
        return cls(len(rows), lines, needs, digest, plain, content)

    @classmethod
    def unpacked(cls, head: str, content: bytes) -> Block:
        """The block that :attr:`head` and :attr:`content` are of."""
        count, lines, needs, digest, plain = json.loads(head)
        return cls(count, lines, needs, digest, plain, content)

    @property
    def head(self) -> str:
        """All but the rows themselves."""
        return json.dumps((self.count, self.lines, self.needs, self.digest, self.plain))

    def with_row(self, row: Texts, counted: int) -> Block:
        """The block with this row instead of its only one, whose text in the column ``counted``, a number, was changed."""
        needs = list(self.needs)
        needs[counted] = len(row[counted])
        return Block(1, self.lines, needs, self.digest, self.plain, _joined([row])[0])

    def cut(self, first: int, last: int) -> Block:
        """The rows from one position to another, for writing: what adds up stays that of the whole."""
        rows = self.rows()[first:last]
        return Block(len(rows), self.lines[first:last], self.needs, 0, self.plain, _joined(rows)[0])

    def rows(self) -> list[Texts]:
        """The rows, as they were."""
        return _parted(self.content) if self.count else []


def _joined(rows: Sequence[Sequence[str]]) -> tuple[bytes, bool]:
    """The rows as bytes, and whether every text may stand in a cell as it is."""
    text = _ROW.join([_CELL.join(row) for row in rows])
    cells = sum(map(len, rows))
    if text.count(_CELL) + text.count(_ROW) != max(cells - 1, 0) or _ESCAPE in text or text.startswith("\0"):
        return (_ESCAPE + _ROW.join(_CELL.join(map(_escaped, row)) for row in rows)).encode(
            "utf-8", "surrogatepass"
        ), False
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass"), False
    edges = f"{_CELL}{text.replace(_ROW, _CELL)}{_CELL}"
    plain = (
        len(content.translate(None, _UNPLAIN)) == len(content)
        and not any(char in content for char in _NONCHARACTERS)
        and "_x" not in text
        and f" {_CELL}" not in edges
        and f"{_CELL} " not in edges
        and (len(text) < _LONG or all(len(cell) < _LONG for row in rows for cell in row))
    )
    return content, plain


def _escaped(text: str) -> str:
    return text.replace(_ESCAPE, f"{_ESCAPE}0").replace(_ROW, f"{_ESCAPE}1").replace(_CELL, f"{_ESCAPE}2")


def compact(content: bytes) -> bytes:
    """The same in fewer bytes, for what is kept."""
    return _COMPACT + zlib.compress(content, 1) if content else content


def inflated(content: bytes) -> bytes:
    """What :func:`compact` was given, or was not."""
    return zlib.decompress(content[len(_COMPACT) :]) if content.startswith(_COMPACT) else content


def _parted(content: bytes) -> list[Texts]:
    text = inflated(content).decode("utf-8", "surrogatepass")
    if not text.startswith(_ESCAPE):
        return [row.split(_CELL) for row in text.split(_ROW)]
    return [[_unescaped(cell) for cell in row.split(_CELL)] for row in text[1:].split(_ROW)]


def _unescaped(text: str) -> str:
    return text.replace(f"{_ESCAPE}2", _CELL).replace(f"{_ESCAPE}1", _ROW).replace(f"{_ESCAPE}0", _ESCAPE)


def blocks_of(table: Table, rows: Iterable[object]) -> Iterator[Block]:
    """Rows of the model as blocks, in their order."""
    chunk: list[Texts] = []
    for row in rows:
        chunk.append(texts_of(table, row))
        if len(chunk) == _CHUNK:
            yield Block.of(table, chunk)
            chunk = []
    if chunk:
        yield Block.of(table, chunk)


def texts_of(table: Table, row: object) -> Texts:
    """A row of the model as texts."""
    return [text_of(value) for value in _values(table)(row)]


def text_of(value: object) -> str:
    """A value as text: see the head of this module."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def row_of(table: Table, texts: Sequence[str]) -> Any:
    """The row of the model that these texts are of."""
    row_type, makers = _makers(table)
    return row_type(**{name: make(texts[place]) for name, place, make in makers})


@cache
def _names(table: Table) -> tuple[str, ...]:
    """The attributes of a row: the columns', then those that no column shows."""
    columns = [column.name for column in table.columns]
    return (*columns, *(each.name for each in fields(ROW_TYPES[table.title]) if each.name not in columns))


@cache
def _values(table: Table) -> Callable[[object], tuple[Any, ...]]:
    return attrgetter(*_names(table))


@cache
def _makers(table: Table) -> tuple[type, list[tuple[str, int, Callable[[str], Any]]]]:
    kinds = {column.name: column.kind for column in table.columns}
    return ROW_TYPES[table.title], [
        (name, place, _maker(name, kinds.get(name, "text"))) for place, name in enumerate(_names(table))
    ]


def _maker(name: str, kind: str) -> Callable[[str], Any]:
    if name == "path":
        return lambda text: Path(text) if text else None
    if name in _WORDS:
        return _WORDS[name]
    if kind in ("count", "year"):
        return int if name in _NEVER_NONE else lambda text: int(text) if text else None
    return _decimal if kind in ("money", "number") else str


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
