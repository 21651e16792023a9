"""Tables as .csv, .json and .parquet, one file a table, row by row as the rows come."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Final

from perfxl.errors import UsageError
from perfxl.ledger.gathering.packing import Texts
from perfxl.ledger.tables import Column, Table
from perfxl.ledger.writing.rows import texts
from perfxl.text import printable

# What Excel takes for the beginning of a formula when it opens a CSV, or after it has dropped what can't be seen.
_FORMULA_STARTS: Final = (*"=+-@", *"＝＋－＠", "\t", "\r", "\n")
_WHOLE: Final = frozenset(("count", "year"))
_DECIMAL: Final = frozenset(("money", "number"))
# Rows of a row group of Parquet, and digits of its decimal types.
_GROUP: Final = 10_000
_NARROW, _BROAD = 38, 76

#: Writes a table into a file.
Writer = Callable[[BinaryIO, Table, Sequence[Any]], None]


def write_csv(stream: BinaryIO, table: Table, rows: Sequence[Any]) -> None:
    """UTF-8 with BOM, which Excel needs to know Chinese by; no text can turn into a formula."""
    shown = [column.kind not in _WHOLE | _DECIMAL for column in table.columns]
    made = (
        [_in_csv(text) if of_text else text for text, of_text in zip(row, shown, strict=False)]
        for row in texts(table, rows)
    )
    _write_csv(stream, table, made, "utf-8-sig")


def write_plain_csv(stream: BinaryIO, table: Table, rows: Sequence[Any]) -> None:
    """For programs: no BOM, every text as it is, but for what no file can hold."""
    width = len(table.columns)
    _write_csv(stream, table, ([printable(text) for text in row[:width]] for row in texts(table, rows)), "utf-8")


def _write_csv(stream: BinaryIO, table: Table, rows: Iterable[Sequence[str]], encoding: str) -> None:
    lines = io.TextIOWrapper(stream, encoding=encoding, newline="")
    writer = csv.writer(lines)
    writer.writerow(column.heading for column in table.columns)
    writer.writerows(rows)
    lines.flush()
    lines.detach()


def _in_csv(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown


def write_json(stream: BinaryIO, table: Table, rows: Sequence[Any]) -> None:
    """A list of objects; Decimal as text (``"2405.20"``), since a JSON number would be read as a binary fraction."""
    before = "[\n"
    for row in texts(table, rows):
        record = {column.heading: _in_json(column, text) for column, text in zip(table.columns, row, strict=False)}
        lines = json.dumps(record, ensure_ascii=False, indent=1).replace("\n", "\n ")
        stream.write(f"{before} {lines}".encode("utf-8", "backslashreplace"))
        before = ",\n"
    stream.write(b"[]\n" if before == "[\n" else b"\n]\n")


def _in_json(column: Column, text: str) -> str | int | None:
    if column.kind in _WHOLE:
        return int(text) if text else None
    return text or None if column.kind in _DECIMAL else text


def write_parquet(stream: BinaryIO, table: Table, rows: Sequence[Any]) -> None:
    """Counts as integers, amounts as decimals of as many digits as they need.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError("写 .parquet 需要另装组件。请运行 pip install perfxl[parquet] 后重试。") from None
    types = [
        _arrow_type(pyarrow, column, digits)
        for column, digits in zip(table.columns, digits_of(table, rows), strict=True)
    ]
    schema = pyarrow.schema([(column.heading, kind) for column, kind in zip(table.columns, types, strict=True)])
    with parquet.ParquetWriter(stream, schema) as writer:
        for group in _groups(texts(table, rows)):
            arrays = [
                pyarrow.array([_arrow_value(kind, pyarrow, column, row[place]) for row in group], type=kind)
                for place, (column, kind) in enumerate(zip(table.columns, types, strict=True))
            ]
            writer.write_table(pyarrow.table(arrays, schema=schema))


def _groups(rows: Iterator[Texts]) -> Iterator[list[Texts]]:
    while group := list(islice(rows, _GROUP)):
        yield group


def digits_of(table: Table, rows: Sequence[Any]) -> list[tuple[int, int] | None]:
    """Of each column of decimals the digits that it needs before the point and behind it; None where it has no number."""
    wanted = [place for place, column in enumerate(table.columns) if column.kind in _DECIMAL]
    found: list[tuple[int, int] | None] = [None] * len(table.columns)
    for row in texts(table, rows) if wanted else ():
        for place in wanted:
            if row[place]:
                whole, _, fraction = row[place].lstrip("-").partition(".")
                before, behind = found[place] or (1, 0)
                found[place] = max(before, len(whole)), max(behind, len(fraction))
    return found


def _arrow_type(pyarrow: Any, column: Column, digits: tuple[int, int] | None) -> Any:
    """Decimal by as many digits as it needs, and text where it needs more than Parquet has."""
    if column.kind in _WHOLE:
        return pyarrow.int64()
    if column.kind not in _DECIMAL:
        return pyarrow.string()
    if digits is None:
        return pyarrow.decimal128(_NARROW, 2)
    precision = sum(digits)
    if precision > _BROAD:
        return pyarrow.string()
    return (pyarrow.decimal128 if precision <= _NARROW else pyarrow.decimal256)(precision, digits[1])


def _arrow_value(kind: Any, pyarrow: Any, column: Column, text: str) -> Decimal | int | str | None:
    if column.kind in _WHOLE:
        return int(text) if text else None
    if column.kind not in _DECIMAL:
        return printable(text)
    if kind == pyarrow.string():
        return text or None
    return Decimal(text) if text else None


WRITERS: Final[dict[str, Writer]] = {".csv": write_csv, ".json": write_json, ".parquet": write_parquet}
