"""The two pages before the tables, 总览 and 汇总, and the texts on them: what else stands there, somebody has added."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from perfxl.ledger.model import Totals
from perfxl.ledger.overview import OVERVIEW_SHEET, write_overview
from perfxl.ledger.summary_sheet import NOT_LISTED, SUMMARY_SHEET, write_summary
from perfxl.ledger.tables import ISSUES, PROGRESS, PROJECTS


def write_pages(
    book: Any, overview: Any, summary: Any, totals: Totals, rows: Mapping[str, Sequence[Any]], first_row: int
) -> tuple[str, ...]:
    """Write 总览 and 汇总 of these tables (rows by title), and say what texts are on them.

    ``first_row`` is the row of the first project in 项目台账, counted from 1.
    """
    pages = _Recorded(overview), _Recorded(summary)
    write_overview(book, pages[0], totals, rows)
    write_summary(book, pages[1], rows[PROJECTS.title], rows.get(PROGRESS.title, ()), first_row)
    return (*dict.fromkeys(text for page in pages for text in page.texts), NOT_LISTED)


def page_texts(rows: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The texts that the pages of these tables hold: they are made once more."""
    import xlsxwriter

    book = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True})
    overview, summary = book.add_worksheet(OVERVIEW_SHEET), book.add_worksheet(SUMMARY_SHEET)
    return write_pages(book, overview, summary, Totals.of(rows[PROJECTS.title], rows[ISSUES.title]), rows, 1)


class _Recorded:
    """A worksheet that remembers the texts written to it; they are made such that a cell can hold them."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.texts: list[str] = []

    def write_string(self, row: int, column: int, text: str, style: Any) -> None:
        from perfxl.ledger.workbook import cell_text

        held = cell_text(text)[0]
        self.texts.append(held)
        self._sheet.write_string(row, column, held, style)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sheet, name)
