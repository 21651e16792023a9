"""Writing many ledger rows: perfxl's stream of 指标明细 against XlsxWriter in constant memory.

    python -m benchmarks.rows perfxl|xlsxwriter COUNT OUT.xlsx     write, and print its seconds of processor time
    python -m benchmarks.rows check COUNT OUT.xlsx                 compare every cell with what was to be written

Both are handed the same rows, those of 600 forms over and over, as they come from the workers: perfxl's as packed
blocks of one form, XlsxWriter's as values, with a format for each column.  Rows beyond a sheet go on in the next.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.contents import forms
from benchmarks.corpus import Sent
from benchmarks.measure import Failed, Run, run
from benchmarks.results import Figure, Listing, Section
from benchmarks.truth import of_perfxl
from perfxl.ledger.gathering.packing import Block
from perfxl.ledger.model import IndicatorRow, Totals
from perfxl.ledger.tables import INDICATORS, ISSUES, PROJECTS, SOURCES, Table
from perfxl.ledger.writing.rows import Rows
from perfxl.ledger.writing.workbook import write_workbook

_FORMS = 600
_SHEET_ROWS = 1_048_576
_HEADINGS = [column.heading for column in INDICATORS.columns]
_CHECKOUT = Path(__file__).parents[1]


def _rows_of_forms(count: int) -> Iterator[list[list[Any]]]:
    """The rows of each form, as values in the order of the columns, "" for nothing; of no more than there are to write."""
    written = 0
    for contents in forms(_FORMS):
        if written >= count:
            return
        written += len(contents.rows)
        sent = Sent(f"{contents.number:06d}.xlsx", "", "已汇总", 0, "", contents)
        yield [[line[heading] for heading in _HEADINGS] for line in of_perfxl([sent])[INDICATORS.title]]


def write(engine: str, count: int, path: Path) -> float:
    """Write so many rows; the seconds of processor time that it took once the rows were at hand."""
    write_rows: Callable[[list[list[list[Any]]], int, Path], float] = {"perfxl": _perfxl, "xlsxwriter": _xlsxwriter}[
        engine
    ]
    return write_rows(list(_rows_of_forms(count)), count, path)


class _Repeated(Rows[IndicatorRow]):
    """Blocks of rows, over and over, until there are as many rows as wanted."""

    table: Table = INDICATORS

    def __init__(self, parts: Sequence[Block], count: int) -> None:
        self._parts, self._count = parts, count

    def __len__(self) -> int:
        return self._count

    def blocks(self) -> Iterator[Block]:
        left = self._count
        for block in itertools.cycle(self._parts):
            yield block if block.count <= left else block.cut(0, left)
            left -= block.count
            if left <= 0:
                return


def _perfxl(every: list[list[list[Any]]], count: int, path: Path) -> float:
    def text(value: Any) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    blocks = [Block.of(INDICATORS, [[text(value) for value in row] for row in rows]) for rows in every]
    every.clear()
    tables = [(PROJECTS, ()), (INDICATORS, _Repeated(blocks, count)), (ISSUES, ()), (SOURCES, ())]
    totals = Totals(0, count, Decimal(0), Decimal(0), Decimal(0), 0, 0, 0)
    start = time.process_time()
    with open(path, "wb") as target:
        write_workbook(target, tables, totals, path.parent)
    return time.process_time() - start


def _xlsxwriter(every: list[list[list[Any]]], count: int, path: Path) -> float:
    import xlsxwriter

    start = time.process_time()
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    look = book.add_format({"font_name": "宋体", "font_size": 10, "border": 1, "text_wrap": True, "valign": "top"})
    rows = itertools.islice(itertools.cycle(row for part in every for row in part), count)
    for number in itertools.count(1):
        sheet = book.add_worksheet(INDICATORS.title if number == 1 else f"{INDICATORS.title}-{number}")
        sheet.write_row(0, 0, _HEADINGS)
        down = 0
        for down, row in enumerate(itertools.islice(rows, _SHEET_ROWS - 1), 1):
            for across, value in enumerate(row):
                if value == "":
                    sheet.write_blank(down, across, None, look)
                elif isinstance(value, str):
                    sheet.write_string(down, across, value, look)
                else:
                    sheet.write_number(down, across, value, look)
        if down < _SHEET_ROWS - 1:
            break
    book.close()
    return time.process_time() - start


def check(count: int, path: Path) -> int:
    """How many cells were compared.

    Raises:
        Failed: one is not what was to be written, or a row is missing or one too many.
    """
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    expected = itertools.cycle(row for part in list(_rows_of_forms(count)) for row in part)
    seen = 0
    for name in (name for name in book.sheet_names if name.startswith(INDICATORS.title)):
        rows = book.get_sheet_by_name(name).iter_rows()
        for heading in rows:
            if heading == _HEADINGS:
                break
        for got, want in zip(rows, expected, strict=False):
            seen += 1
            if got != [value if isinstance(value, str) else float(value) for value in want]:
                raise Failed(f"{path.name}, row {seen}: {got} instead of {want}")
    if seen != count:
        raise Failed(f"{path.name} has {seen} rows instead of {count}")
    return seen * len(_HEADINGS)


# -- the entry


def many_rows(count: int, few: int, folder: Path) -> Section:
    """So many rows with each writer, and a few, to know what the rows add to the memory."""
    runs: dict[tuple[str, int], tuple[float, Run]] = {}
    for engine, number in itertools.product(("xlsxwriter", "perfxl"), (few, count)):
        path = folder / f"{engine}.xlsx"
        measured = _run(engine, number, path)
        _run("check", number, path)
        runs[engine, number] = json.loads(measured.output), measured
        print(
            f"   {number:>9,} rows  {engine:<12}{runs[engine, number][0]:9.2f} s  {measured.parent:6.0f} MB", flush=True
        )
        path.unlink()
    lines = [
        [engine, f"{number:,}", f"{seconds:.2f}", f"{1e6 * seconds / number:.1f}", f"{measured.parent:.0f}"]
        for (engine, number), (seconds, measured) in runs.items()
    ]
    own, other = runs["perfxl", count][0], runs["xlsxwriter", count][0]
    added = runs["perfxl", count][1].parent - runs["perfxl", few][1].parent
    return Section(
        f"{count:,} ledger rows",
        f"Rows of 指标明细, {len(_HEADINGS)} columns, written to a workbook; every cell is read back and compared.",
        Listing(("writer", "rows", "CPU s", "µs a row", "peak MB"), lines),
        [
            Figure(f"{count:,} ledger rows: XlsxWriter constant_memory over perfxl", other / own, least=8),
            Figure(f"{count:,} ledger rows: memory added to that of {few:,}", added, most=100, unit="MB"),
        ],
    )


def _run(engine: str, number: int, path: Path) -> Run:
    return run([sys.executable, "-m", "benchmarks.rows", engine, str(number), str(path)], folder=_CHECKOUT)


if __name__ == "__main__":
    what, number, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    print(check(number, out) if what == "check" else write(what, number, out))
