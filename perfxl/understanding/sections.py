"""A stream of rows → one section for each form: its title, its head, its indicators.

A new form begins with a title, or where 项目名称 comes again.  What is no target form is told by its title and headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from perfxl.intake.tables import Cell
from perfxl.understanding.head import SECTIONS, Found, Head
from perfxl.understanding.indicators import Indicators, Span
from perfxl.understanding.labels import Title, column_label, head_label, names_in, title_of
from perfxl.understanding.rows import FormRow, is_heading, is_part_of_heading, starts_below

_SOME_LABELS: Final = 3
_CONTINUED: Final = re.compile("[（(]续|续表")
_SPANS: Final[dict[str, Span]] = {"annual": "annual", "long": "long"}


@dataclass(slots=True)
class Section:
    """The rows of one form, taken apart.

    Attributes:
        titles: every line that reads like one, with its cell; contents have many.
        title: the last of them before the first label.
        heading: the first row of headings of the indicator table.
        listed: rows of a table that lists many projects, headings first; empty for a form of its own.
    """

    head: Head = field(default_factory=Head)
    indicators: Indicators = field(default_factory=Indicators)
    titles: list[tuple[Title, Cell]] = field(default_factory=list)
    title: tuple[Title, Cell] | None = None
    heading: FormRow | None = None
    listed: list[FormRow] = field(default_factory=list)
    first: Cell | None = None

    def has(self, *names: str) -> bool:
        """Whether one of these labels was met in the head."""
        return any(found.label.name in names for found in self.head.found)


def sections(rows: Iterable[FormRow]) -> Iterator[Section]:
    """The forms of a document, and whatever else is in it, in order."""
    builder = _Builder()
    # Paragraphs belong to what follows if that begins a form, else to what was before.
    waiting: list[FormRow] = []
    for row in rows:
        if not row.filled:
            continue
        if builder.begins_anew(row):
            yield builder.section
            builder = _Builder()
        elif row.table == 0:
            waiting.append(row)
            continue
        for paragraph in waiting:
            builder.take(paragraph)
        waiting = []
        builder.take(row)
    for paragraph in waiting:
        builder.take(paragraph)
    if builder.section.first is not None:
        yield builder.section


class _Builder:
    """The section that is being read."""

    def __init__(self) -> None:
        self.section = Section()
        self._inside = False  # the indicator table is being read
        self._subhead_due = False
        self._table = 0
        self._span: Span = ""

    def begins_anew(self, row: FormRow) -> bool:
        """Whether the row is the first of another form, or of a table that has nothing to do with this one."""
        section = self.section
        cell = row.alone
        if cell is not None and title_of(cell.text or "") is not None and not _CONTINUED.search(cell.text or ""):
            behind = not row.table and self._table > 0  # a paragraph behind a table
            begun = section.heading is not None or bool(section.listed)
            return begun or behind or len(section.head.found) >= _SOME_LABELS
        if not row.table:
            return False
        names = {name for cell in row.filled for name in names_in(cell.text)}
        another = row.table != self._table
        if another and section.has("project") and _is_list_heading(row):
            return True
        if section.listed:
            return another and not _is_list_heading(row)
        if section.heading is not None and names & {"project", "program"}:
            return True
        return section.heading is not None and another and not self._belongs(row)

    def _belongs(self, row: FormRow) -> bool:
        """Whether the first row of another table goes on with this form: more indicators, or what stands below them."""
        return is_heading(row) or starts_below(row) or self.section.indicators.goes_on(row)

    def take(self, row: FormRow) -> None:
        section = self.section
        section.first = section.first or row.filled[0]
        cell = row.alone
        title = title_of(cell.text or "") if cell is not None else None
        if cell is not None and title is not None and (not section.listed or not row.table):
            section.titles.append((title, cell))
            if not section.head.found:
                section.title = section.titles[-1]
        elif (section.listed and row.table == self._table) or (_is_list_heading(row) and section.heading is None):
            section.listed.append(row)
        elif is_heading(row):
            self._heading(row)
        elif self._subhead_due and is_part_of_heading(row):
            section.indicators.subhead(row, self._order())
            self._subhead_due = False
        elif self._inside and self._stays_inside(row):
            self._subhead_due = False
            section.indicators.take(row)
        else:
            self._inside = False
            section.head.take(row)
        self._table = row.table or self._table

    def _heading(self, row: FormRow) -> None:
        """A row of headings; labels beside them (绩效指标) say of which years they are, as may the last one above."""
        beside = [label.name for label in map(head_label, (cell.text for cell in row.filled)) if label is not None]
        beside = [name for name in beside if name in SECTIONS]
        above = [found.label.name for found in self.section.head.found if found.label.name.startswith("indicators")]
        for name in (*reversed(beside), *reversed(above)):
            if name.startswith("indicators"):
                self._span = _span_of(name)
                break
        self.section.head.end()
        self.section.indicators.head(row, self._order(), self._span)
        self.section.heading = self.section.heading or row
        self._inside = self._subhead_due = True

    def _stays_inside(self, row: FormRow) -> bool:
        if row.table == 0 or starts_below(row):
            return False
        if row.table != self._table:
            return self.section.indicators.goes_on(row)
        return True

    def _order(self) -> Sequence[Span]:
        """Of which years the halves of a table are: as labels of both kinds stand side by side above it."""
        by_row: dict[int, list[Found]] = {}
        for found in self.section.head.found:
            by_row.setdefault(found.row, []).append(found)
        for row in sorted(by_row, reverse=True):
            spans = [
                _span_of(found.label.name) for found in by_row[row] if found.label.name.endswith(("_annual", "_long"))
            ]
            if len(spans) == 2 and set(spans) == {"annual", "long"}:
                return spans
        return ()


def _span_of(name: str) -> Span:
    return _SPANS.get(name.rpartition("_")[2], "")


def _is_list_heading(row: FormRow) -> bool:
    """Whether these are the headings of a table of many projects: those of indicators, and 项目名称 among them."""
    if not row.table or not is_heading(row):
        return False
    heads = [head_label(cell.text) for cell in row.filled]
    columns = [column_label(cell.text) for cell in row.filled]
    names = {label.name for label in columns if label is not None}
    others = {head.name for head, column in zip(heads, columns, strict=True) if head is not None and column is None}
    return "project" in others and bool(names & {"level3", "content"}) and ("body" in names or "body_annual" in names)
