"""The rows of a table wherever they are: in memory as rows of the model, or in a store, made as they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar, overload

from perfxl.ledger.earlier.seal import TableDigest
from perfxl.ledger.gathering.packing import Block, Texts, blocks_of, row_of
from perfxl.ledger.tables import Table

R_co = TypeVar("R_co", covariant=True)


class Rows(Sequence[R_co], Generic[R_co]):
    """The rows of a table that are not in memory; equal to any sequence of the same rows."""

    table: Table

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """The rows in their order."""

    def heads(self) -> Iterator[Block]:
        """The blocks for what is known of them without their rows, which may be missing."""
        return self.blocks()

    def __iter__(self) -> Iterator[R_co]:
        for block in self.blocks():
            for texts in block.rows():
                yield row_of(self.table, texts)

    @overload
    def __getitem__(self, place: int) -> R_co: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[R_co]: ...
    def __getitem__(self, place: int | slice) -> R_co | Sequence[R_co]:
        if isinstance(place, slice):
            return tuple(self)[place]
        wanted = range(len(self))[place]
        for block in self.blocks():
            if wanted < block.count:
                row: R_co = row_of(self.table, block.rows()[wanted])
                return row
            wanted -= block.count
        raise IndexError(place)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} rows of {self.table.title}>"


def blocks(table: Table, rows: Sequence[Any]) -> Iterator[Block]:
    """Rows of any kind as blocks."""
    return rows.blocks() if isinstance(rows, Rows) else blocks_of(table, rows)


def texts(table: Table, rows: Sequence[Any]) -> Iterator[Texts]:
    """Rows of any kind as texts."""
    return (row for block in blocks(table, rows) for row in block.rows())


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a table before a row of it is written.

    Attributes:
        needs: of its columns; see :func:`perfxl.ledger.gathering.measure.widths`.
        sums: of the columns whose sum is told, by position.
    """

    table: Table
    digest: TableDigest
    needs: list[int]
    sums: dict[int, Decimal]

    @property
    def count(self) -> int:
        return self.digest.count

    @classmethod
    def of(cls, table: Table, rows: Sequence[Any]) -> Outline:
        """The rows are gone through once, as far as that is needed."""
        summed = [place for place, column in enumerate(table.columns) if column.summed]
        found = rows.heads() if isinstance(rows, Rows) and not summed else blocks(table, rows)
        needs, sums = [0] * len(table.columns), dict.fromkeys(summed, Decimal(0))
        count = total = 0
        for block in found:
            count += block.count
            total += block.digest
            needs = list(map(max, needs, block.needs))
            for row in block.rows() if summed else ():
                for place in summed:
                    if row[place]:
                        sums[place] += Decimal(row[place])
        return cls(table, TableDigest(count, total), needs, sums)


def outlines(tables: Iterable[tuple[Table, Sequence[Any]]]) -> list[Outline]:
    """Of all tables of a ledger."""
    return [Outline.of(table, rows) for table, rows in tables]
