"""The indicator table: which column is which, and what each row says.

Columns are known by their headings, one row of them or two.  Where headings stand twice side by side, one half is of
the long run and one of the year; which is which must be said above them, or nothing is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from perfxl.intake.tables import Cell
from perfxl.issue import AtLine
from perfxl.text import squeeze, tidy
from perfxl.understanding.labels import Label, column_label, head_label
from perfxl.understanding.rows import FormRow
from perfxl.vocabulary import Vocabulary, editions

Span = Literal["annual", "long", "unknown", ""]

#: How the name of a column begins whose heading is unknown.
UNKNOWN: Final = "unknown "
_TWICE: Final = frozenset(("level1", "level2", "level3", "description", "body", "measure", "weight", "relation"))
_SUMS: Final = frozenset(("合计", "总计", "总分", "小计", "合计得分"))
# What a new text in a column puts an end to.
_BELOW: Final[dict[str, tuple[str, ...]]] = {
    "level1": ("level2", "level3", "description"),
    "level2": ("level3", "description"),
    "level3": ("description",),
    "description": (),
}
_LAST: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its heading, where it begins and the next one begins (from 0)."""

    name: str
    label: Label
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """Columns that make up indicators; two stand side by side where those of the long run have columns of their own."""

    columns: tuple[Column, ...]
    span: Span = ""

    def has(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Carried:
    """A level that holds in a row from one above; ``merged`` where a merged cell says so."""

    cell: Cell
    merged: bool


@dataclass(slots=True)
class Record:
    """One indicator as it stands.

    Attributes:
        cells: by column name, blank ones too where the source has them.
        carried: levels that are blank here and hold from above.
        span: of which years it speaks.
        row: its row.
        continued: it stands in a table that goes on another one without headings of its own.
    """

    cells: dict[str, Cell]
    row: FormRow
    span: Span = ""
    carried: dict[str, Carried] = field(default_factory=dict)
    continued: bool = False


@dataclass(slots=True)
class Remainder:
    """Cells of the indicator table that are no part of an indicator, and in Chinese why not."""

    cells: list[Cell]
    why: str
    certain: bool = False


class Indicators:
    """Takes the headings and the rows below them.

    Attributes:
        records: the indicators, in order.
        left: what else stands in the table.
        results: headings of results that were met: it is no target form then.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.left: list[Remainder] = []
        self.results: list[str] = []
        self._blocks: tuple[Block, ...] = ()
        self._heading: FormRow | None = None
        self._above: dict[tuple[int, str], Cell] = {}
        self._table = 0
        self._continued = False
        self._span: Span = ""
        self._unclear = False  # the two rows of headings don't fit together

    def head(self, row: FormRow, order: Sequence[Span], span: Span) -> None:
        """A row of headings.

        Args:
            order: which half is of which years, where the headings stand twice; as far as anything above says so.
            span: of which years the whole table speaks, as a label beside or above it says.
        """
        same = self._heading is not None and _texts(self._heading) == _texts(row)
        self._heading, self._table, self._continued, self._span = row, row.table, False, span
        self._unclear = False
        self._set(_columns(row.cells), order)
        if not same:
            self._above = {}

    def subhead(self, row: FormRow, order: Sequence[Span]) -> None:
        """The second row of headings: what stands in it goes before the heading above it."""
        assert self._heading is not None
        below = _columns(row.cells)
        shift = len(row.cells) - len(self._heading.cells)
        ordinal = _is_ordinal(row) and _is_ordinal(self._heading) and shift > 0
        self._unclear = shift != len(below) - 1 if ordinal else not self._fits(row)
        first = min(column.start for column in below)
        kept = []
        for column in _columns(self._heading.cells):
            start = column.start + shift if ordinal and column.start > first else column.start
            covers = any(column.start <= sub.start < column.end for sub in below) if not ordinal else start == first
            if not covers:
                kept.append(Column(column.name, column.label, start, column.end))
        self._set(_bounded(sorted([*kept, *below], key=lambda column: column.start)), order)

    def _set(self, columns: Sequence[Column], order: Sequence[Span]) -> None:
        self.results += [column.label.word for column in columns if column.name == "result"]
        halves = _halves(_with_content(columns))
        if len(halves) == 1:
            self._blocks = (Block(halves[0], self._span),)
            return
        spans: Sequence[Span] = order if len(order) == len(halves) else ["unknown"] * len(halves)
        self._blocks = tuple(Block(half, span) for half, span in zip(halves, spans, strict=True))

    def goes_on(self, row: FormRow) -> bool:
        """Whether the first row of another table, without headings, goes on with this one: its levels say so."""
        cells = self._cells_of(row, self._blocks[0]) if self._fits(row) else None
        if cells is None:
            return False
        levels = [(level, cells[name]) for level, name in ((1, "level1"), (2, "level2")) if name in cells]
        filled = [(level, squeeze(cell.text or "")) for level, cell in levels if not cell.blank]
        return bool(filled) and all(_is_level(level, text) for level, text in filled)

    def take(self, row: FormRow) -> None:
        """One row below the headings."""
        if row.table != self._table:
            self._table, self._continued = row.table, True
        filled = row.filled
        if not filled:
            return
        if self._unclear:
            self._leave(filled, "表头的两行对不上，分不清各是哪一栏")
            return
        if self._heading is not None and not self._fits(row):
            self._leave(filled, "这一行的格数与表头不一致，分不清各是哪一栏")
            return
        if squeeze(filled[0].text or "") in _SUMS:
            self.left.append(Remainder(filled, "合计行", certain=True))
            return
        before = min(column.start for block in self._blocks for column in block.columns)
        outside = [cell for cell in filled if cell.column < before and head_label(cell.text) is None]
        if outside:
            self.left.append(Remainder(outside, "在指标表各栏之外"))
        before_row = len(self.records), len(self.left)
        for number, block in enumerate(self._blocks):
            self._record(row, number, block)
        if before_row == (len(self.records), len(self.left)):
            levels = [cell for cell in filled if _column_at(self._blocks, cell) in ("level1", "level2")]
            if levels:
                self.left.append(Remainder(levels, "这一行只有指标类别，没有指标", certain=True))

    def _fits(self, row: FormRow) -> bool:
        """Of a text whose headings stand in two rows, the lower one has all the columns."""
        assert self._heading is not None
        return row.whole if isinstance(row.cells[0].at, AtLine) else row.fits(self._heading)

    def _leave(self, cells: list[Cell], why: str) -> None:
        """A row that can't be read; whatever level it begins must not be missed below, so none is carried past it."""
        self.left.append(Remainder(cells, why))
        self._above = {}

    def _record(self, row: FormRow, number: int, block: Block) -> None:
        cells = self._cells_of(row, block)
        if cells is None:
            end = max(column.end for column in block.columns)
            start = block.columns[0].start
            mixed = [cell for cell in row.filled if start <= cell.column < end]
            self._leave(mixed, "一栏里有几个格，分不清各是哪一栏")
            return
        if _misplaced(cells):
            self._leave([cell for cell in cells.values() if not cell.blank], "各级指标的名称与栏目对不上，可能错了栏")
            for level in _BELOW:  # nor does anybody know which levels the rows below go on with
                self._above.pop((number, level), None)
            return
        shared = self._above.get((0, "level1")) if number and not block.has("level1") else None
        record = Record(cells, row, block.span, continued=self._continued)
        self._carry(record, number)
        if shared is not None and "level1" not in record.cells:
            record.carried["level1"] = Carried(shared, merged=True)
        said = [cell for name, cell in cells.items() if name not in ("level1", "level2", "number") and not cell.blank]
        if said:
            self.records.append(record)

    def _carry(self, record: Record, number: int) -> None:
        """Levels from above: a level holds until a new one of its kind, or of the kind above it."""
        for name in _BELOW:
            cell = record.cells.get(name)
            key = number, name
            if cell is None:
                continue
            if not cell.blank:
                self._above[key] = cell
                for lower in _BELOW.get(name, ()):
                    self._above.pop((number, lower), None)
                continue
            above = self._above.get(key)
            if above is not None and (cell.merged or name in ("level1", "level2")):
                record.carried[name] = Carried(above, cell.merged)

    def _cells_of(self, row: FormRow, block: Block) -> dict[str, Cell] | None:
        """The row's cells by column; None where one column has several and nothing tells them apart."""
        found: dict[str, Cell] = {}
        for column in block.columns:
            cells = [cell for cell in row.cells if column.start <= cell.column < column.end]
            filled = [cell for cell in cells if not cell.blank]
            if len(filled) <= 1:
                if cells:
                    found[column.name] = filled[0] if filled else cells[0]
                continue
            parts = _parted(filled) if column.name == "body" and not block.has("relation") else None
            if parts is None:
                return None
            found.update(parts)
        for level in ("level1", "level2"):
            if level not in found and block.has(level):
                found[level] = Cell(None, row.filled[0].at, 0)  # a blank cell that the source left out
        return found


def _column_at(blocks: Sequence[Block], cell: Cell) -> str:
    """The name of the column that a cell stands in; "" for none."""
    columns = (column for block in blocks for column in block.columns)
    return next((column.name for column in columns if column.start <= cell.column < column.end), "")


def _parted(cells: Sequence[Cell]) -> dict[str, Cell] | None:
    """指标值 in two or three cells under one heading: sign, number, unit, told by what they are."""
    vocabulary = Vocabulary.load()
    rest = list(cells)
    parts: dict[str, Cell] = {}
    if vocabulary.sign(rest[0].text or "") is not None:
        parts["relation"] = rest.pop(0)
    if len(rest) == 2 and vocabulary.measure(rest[1].text or "") is not None:
        parts["measure"] = rest.pop()
    if len(rest) != 1:
        return None
    parts["body"] = rest[0]
    return parts


def _misplaced(cells: dict[str, Cell]) -> bool:
    """The names of levels stand in columns where they don't belong: the row is shifted against its headings."""
    first, second, third = (
        squeeze((cells[name].text or "") if name in cells else "") for name in ("level1", "level2", "level3")
    )
    if first and not _is_level(1, first):
        return _is_level(2, first) or (bool(second) and not _is_level(2, second))
    if second and not _is_level(2, second) and _is_level(1, second):
        return True
    # Behind a second level that is one, it is no shift but what somebody typed.
    return third.endswith("指标") and (_is_level(1, third) or _is_level(2, third)) and not _is_level(2, second)


def _columns(cells: Sequence[Cell]) -> list[Column]:
    """The columns of a row of headings; one whose heading is unknown is a column all the same."""
    found = []
    for cell in cells:
        label = column_label(cell.text)
        if label is None and not cell.blank and head_label(cell.text) is None:
            label = Label(f"{UNKNOWN}{cell.column}", tidy(cell.text or ""))
        if label is not None:
            found.append(Column(label.name, label, cell.column, 0))
    return _bounded(found)


def _bounded(columns: Sequence[Column]) -> list[Column]:
    """Each column up to the next one; the last has no end."""
    ends = [column.start for column in columns[1:]] + [_LAST]
    return [Column(one.name, one.label, one.start, end) for one, end in zip(columns, ends, strict=True)]


def _with_content(columns: Sequence[Column]) -> list[Column]:
    """指标内容 as the column that it is beside those there are."""
    names = {column.name for column in columns}
    meant = "level3" if "level3" not in names else "description"
    return [replace(column, name=meant) if column.name == "content" else column for column in columns]


def _halves(columns: Sequence[Column]) -> list[tuple[Column, ...]]:
    """The columns, parted where headings come again behind a value; one that comes again before is in doubt."""
    halves: list[list[Column]] = [[]]
    for column in columns:
        names = {other.name for other in halves[-1]}
        if column.name not in names:
            halves[-1].append(column)
        elif column.name in _TWICE and {"level3", "body"} <= names:
            halves.append([column])
        else:
            halves[-1].append(replace(column, name=f"{UNKNOWN}{column.start}"))
    return [tuple(half) for half in halves]


def _is_ordinal(row: FormRow) -> bool:
    """The row comes of a text that has no columns: its cells are only counted."""
    return all(cell.column == position and cell.width == 1 for position, cell in enumerate(row.cells))


def _texts(row: FormRow) -> list[str]:
    return [squeeze(cell.text or "") for cell in row.filled]


def _is_level(level: int, text: str) -> bool:
    return any(_canonical(edition, level, text) for edition in editions())


def _canonical(edition: str, level: int, text: str) -> str | None:
    vocabulary = Vocabulary.load(edition)
    return vocabulary.canonical_level1(text) if level == 1 else vocabulary.canonical_level2(text)


def parents_of(level2: str) -> Iterator[str]:
    """The first levels under which a second level stands, whatever the edition; each once."""
    seen = set()
    for edition in editions():
        for parent in Vocabulary.load(edition).parents_of(level2):
            if parent not in seen:
                seen.add(parent)
                yield parent
