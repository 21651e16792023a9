"""The ledger's tables as DataFrames and as files; the suffix says which kind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfxl.errors import UsageError
from perfxl.ledger.model import Totals
from perfxl.ledger.tables import Column, Table
from perfxl.ledger.writing import databases, flat_files
from perfxl.ledger.writing.rows import texts
from perfxl.output import whole_file, whole_files

if TYPE_CHECKING:
    import pandas

Tables = Sequence[tuple[Table, Sequence[Any]]]

_SUFFIXES: Final = (".xlsx", *flat_files.WRITERS, *databases.WRITERS)


def as_frame(table: Table, rows: Sequence[Any]) -> pandas.DataFrame:
    """The table as a DataFrame: Decimal in object columns, counts as Int64, text as str."""
    import pandas

    columns: list[list[Any]] = [[] for _ in table.columns]
    for row in texts(table, rows):
        for column, values, text in zip(table.columns, columns, row, strict=False):
            values.append(_value(column, text))
    return pandas.DataFrame(
        {
            column.heading: pandas.Series(values, dtype=_dtype(column))
            for column, values in zip(table.columns, columns, strict=True)
        }
    )


def write_tables(path: Path, tables: Tables, totals: Totals) -> tuple[Path, ...]:
    """Write the tables in the form that the suffix names; see :meth:`perfxl.ledger.Ledger.write`."""
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        from perfxl.ledger.writing.workbook import write_workbook

        with whole_file(path) as stream:
            write_workbook(stream, tables, totals, path.parent)
        return (path,)
    if suffix in databases.WRITERS:
        return (_write_database(path, tables),)
    paths = tuple(path.with_name(f"{path.stem}-{table.title}{path.suffix}") for table, _ in tables)
    with whole_files(paths) as streams:
        for stream, (table, rows) in zip(streams, tables, strict=True):
            flat_files.WRITERS[suffix](stream, table, rows)
    return paths


def check_suffix(path: Path) -> None:
    """Raise UsageError where a ledger can't be written as a file of that name."""
    if path.suffix.lower() not in _SUFFIXES:
        given = f"“{path.suffix}”" if path.suffix else "没有后缀的文件"
        known = f"{'、'.join(_SUFFIXES[:-1])} 或 {_SUFFIXES[-1]}"
        raise UsageError(f"{path.name}：总台账不能写成{given}。请用 {known} 作后缀。")


def _write_database(path: Path, tables: Tables) -> Path:
    """A database is made where it can be gone back into, and then copied to its place."""
    with whole_file(path) as stream, tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"ledger{path.suffix.lower()}"
        databases.WRITERS[path.suffix.lower()](made, tables)
        with made.open("rb") as source:
            shutil.copyfileobj(source, stream)
    return path


def _value(column: Column, text: str) -> Decimal | int | str | None:
    if column.kind in ("money", "number"):
        return Decimal(text) if text else None
    if column.kind in ("count", "year"):
        return int(text) if text else None
    return text


def _dtype(column: Column) -> str:
    if column.kind in ("money", "number"):
        return "object"
    return "Int64" if column.kind in ("count", "year") else "str"
