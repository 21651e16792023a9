"""The ledger's tables as DataFrames and as files: .xlsx, .csv, .json, .parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfxl.errors import OutputError, UsageError
from perfxl.ledger.model import Totals
from perfxl.ledger.tables import Column, Table, Value
from perfxl.output import output_error, write_whole

if TYPE_CHECKING:
    import pandas

Tables = Sequence[tuple[Table, Sequence[object]]]

# What Excel takes for the beginning of a formula when it opens a CSV.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_frame(table: Table, rows: Sequence[object]) -> pandas.DataFrame:
    """The table as a DataFrame: Decimal in object columns, counts as Int64, text as str."""
    import pandas

    columns = _by_column(table, rows)
    return pandas.DataFrame(
        {column.heading: pandas.Series(columns[column.heading], dtype=_dtype(column)) for column in table.columns}
    )


def write_tables(path: Path, tables: Tables, totals: Totals) -> tuple[Path, ...]:
    """Write the tables in the form that the suffix names; see :meth:`perfxl.ledger.Ledger.write`."""
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        from perfxl.ledger.seal import digest
        from perfxl.ledger.workbook import workbook_bytes

        return (write_whole(path, workbook_bytes(tables, totals, path.parent, digest(tables))),)
    writer = _TEXTS[suffix]
    contents = {
        path.with_name(f"{path.stem}-{table.title}{path.suffix}"): writer(table, rows) for table, rows in tables
    }
    return _write_set(contents)


def check_suffix(path: Path) -> None:
    """Raise UsageError where a ledger can't be written as a file of that name."""
    if path.suffix.lower() not in (".xlsx", *_TEXTS):
        given = f"“{path.suffix}”" if path.suffix else "没有后缀的文件"
        raise UsageError(f"{path.name}：总台账不能写成{given}。请用 .xlsx、.csv、.json 或 .parquet 作后缀。")


def _write_set(contents: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Write all of these files, or leave all as they were."""
    before: dict[Path, bytes | None] = {}
    try:
        for path, content in contents.items():
            old = _old_content(path)
            write_whole(path, content)
            before[path] = old
    except OutputError:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                write_whole(path, old)
        raise
    return tuple(contents)


def _old_content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise output_error(path, error) from error


def _csv(table: Table, rows: Sequence[object]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(column.heading for column in table.columns)
    writer.writerows([_in_csv(value) for value in table.values(row)] for row in rows)
    return stream.getvalue().encode("utf-8-sig", "backslashreplace")


def _in_csv(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return _plain(value)


def _json(table: Table, rows: Sequence[object]) -> bytes:
    """A list of objects; Decimal as text (``"2405.20"``), since a JSON number would be read as a binary fraction."""
    headings = [column.heading for column in table.columns]
    records = [dict(zip(headings, (_in_json(value) for value in table.values(row)), strict=True)) for row in rows]
    text = json.dumps(records, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _in_json(value: Value) -> str | int | None:
    return _plain(value) if isinstance(value, Decimal) else value


def _parquet(table: Table, rows: Sequence[object]) -> bytes:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError("写 .parquet 需要另装组件。请运行 pip install perfxl[parquet] 后重试。") from None
    columns = _by_column(table, rows)
    arrays = [_arrow(pyarrow, column, columns[column.heading]) for column in table.columns]
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays, names=list(columns)), stream)
    return stream.getvalue()


def _arrow(pyarrow: Any, column: Column, values: list[Value]) -> Any:
    """One column; Decimal by as many digits as it needs, and as text where it needs more than Parquet has."""
    if column.kind in ("count", "year"):
        return pyarrow.array(values, type=pyarrow.int64())
    if column.kind not in ("money", "number"):
        return pyarrow.array(values, type=pyarrow.string())
    if all(value is None for value in values):
        return pyarrow.array(values, type=pyarrow.decimal128(38, 2))
    try:
        return pyarrow.array(values)
    except pyarrow.ArrowException:
        return pyarrow.array([None if value is None else str(value) for value in values], type=pyarrow.string())


_TEXTS: dict[str, Callable[[Table, Sequence[object]], bytes]] = {".csv": _csv, ".json": _json, ".parquet": _parquet}


def _by_column(table: Table, rows: Sequence[object]) -> dict[str, list[Value]]:
    records = [table.values(row) for row in rows]
    return {column.heading: [record[i] for record in records] for i, column in enumerate(table.columns)}


def _dtype(column: Column) -> str:
    if column.kind in ("money", "number"):
        return "object"
    return "Int64" if column.kind in ("count", "year") else "str"


def _plain(value: Decimal | int) -> str:
    """Without an exponent: 1E+3 would be lost on most who read it."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
