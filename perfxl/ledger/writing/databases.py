"""The tables as one database for analysts: .sqlite, .duckdb."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from perfxl.errors import UsageError
from perfxl.ledger.tables import Column, Table
from perfxl.ledger.writing.flat_files import digits_of, write_plain_csv
from perfxl.ledger.writing.rows import texts
from perfxl.text import printable

Tables = Sequence[tuple[Table, Sequence[Any]]]

_WHOLE: Final = frozenset(("count", "year"))
_DECIMAL: Final = frozenset(("money", "number"))
_MOST_DIGITS: Final = 38  # of DuckDB's DECIMAL


def write_sqlite(path: Path, tables: Tables) -> None:
    """A table each, by its Chinese title and headings; blank numbers are NULL, blank texts are ''."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        for table, rows in tables:
            # NUMERIC: an integer where it is one, else a double, as a spreadsheet has it.
            columns = ", ".join(f'"{column.heading}" {_sqlite_type(column)}' for column in table.columns)
            database.execute(f'CREATE TABLE "{table.title}" ({columns})')
            numeric = [column.kind in _WHOLE | _DECIMAL for column in table.columns]
            places = ", ".join("?" * len(numeric))
            database.executemany(
                f'INSERT INTO "{table.title}" VALUES ({places})',
                (
                    [
                        text or None if of_number else printable(text)
                        for text, of_number in zip(row, numeric, strict=False)
                    ]
                    for row in texts(table, rows)
                ),
            )


def _sqlite_type(column: Column) -> str:
    return "INTEGER" if column.kind in _WHOLE else "NUMERIC" if column.kind in _DECIMAL else "TEXT"


def write_duckdb(path: Path, tables: Tables) -> None:
    """A table each, by its Chinese title and headings; amounts are DECIMAL, blank numbers NULL, blank texts ''.

    Raises:
        UsageError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError:
        raise UsageError("写 .duckdb 需要另装组件。请运行 pip install perfxl[duckdb] 后重试。") from None
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(duckdb.connect(str(path))) as database:
        for table, rows in tables:
            source = Path(folder) / "rows.csv"
            with source.open("wb") as stream:
                write_plain_csv(stream, table, rows)
            kinds = map(_duckdb_type, table.columns, digits_of(table, rows))
            columns = ", ".join(f'"{column.heading}" {kind}' for column, kind in zip(table.columns, kinds, strict=True))
            database.execute(f'CREATE TABLE "{table.title}" ({columns})')
            of_text = ", ".join(
                f'"{column.heading}"' for column in table.columns if column.kind not in _WHOLE | _DECIMAL
            )
            database.execute(
                f"""COPY "{table.title}" FROM '{str(source).replace("'", "''")}'
                (FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"', FORCE_NOT_NULL ({of_text}), PARALLEL false)"""
            )


def _duckdb_type(column: Column, digits: tuple[int, int] | None) -> str:
    if column.kind in _WHOLE:
        return "BIGINT"
    if column.kind not in _DECIMAL:
        return "VARCHAR"
    before, behind = digits or (1, 0)
    wide = max(before + behind, 18)
    return f"DECIMAL({wide}, {behind})" if wide <= _MOST_DIGITS else "DOUBLE"


WRITERS: Final[dict[str, Callable[[Path, Tables], None]]] = {".sqlite": write_sqlite, ".duckdb": write_duckdb}
