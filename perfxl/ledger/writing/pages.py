"""The two pages before the tables, 总览 and 汇总, and the texts on them: what else stands there, somebody has added."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from perfxl.ledger.gathering.cells import cell_text
from perfxl.ledger.model import Totals
from perfxl.ledger.tables import ISSUES, PROJECTS
from perfxl.ledger.writing.figures import Figures, totals_of
from perfxl.ledger.writing.late_rows import LateRows
from perfxl.ledger.writing.overview import OVERVIEW_SHEET, write_overview
from perfxl.ledger.writing.package import Streamed
from perfxl.ledger.writing.summary_sheet import LAST_COLUMN, LISTED_FROM, NOT_LISTED, SUMMARY_SHEET, write_summary


def write_pages(
    book: Any, overview: Any, summary: Any, totals: Totals, rows: Mapping[str, Sequence[Any]], first_row: int
) -> tuple[tuple[str, ...], Streamed]:
    """Write 总览 and 汇总 of these tables (rows by title), and say what texts are on them, and what rows 汇总 lacks.

    ``first_row`` is the row of the first project in 项目台账, counted from 1.
    """
    late = LateRows(summary, LISTED_FROM)
    pages = _Recorded(overview), _Recorded(late)
    figures = Figures.of(rows)
    write_overview(book, pages[0], totals, figures, rows)
    write_summary(book, pages[1], figures.units, len(rows[PROJECTS.title]), first_row)
    texts = (*dict.fromkeys(text for page in pages for text in page.texts), NOT_LISTED)
    return texts, late.streamed(LAST_COLUMN)


def page_texts(rows: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The texts that the pages of these tables hold: they are made once more."""
    import xlsxwriter

    book = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True})
    overview, summary = book.add_worksheet(OVERVIEW_SHEET), book.add_worksheet(SUMMARY_SHEET)
    return write_pages(book, overview, summary, totals_of(rows[PROJECTS.title], rows[ISSUES.title]), rows, 1)[0]


class _Recorded:
    """A worksheet that remembers the texts written to it; they are made such that a cell can hold them."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.texts: list[str] = []

    def write_string(self, row: int, column: int, text: str, style: Any) -> None:
        held = cell_text(text)[0]
        self.texts.append(held)
        self._sheet.write_string(row, column, held, style)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sheet, name)
