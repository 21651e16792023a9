"""A table that lists many projects, one indicator a row: 项目名称, 绩效目标 and 一级指标 are columns of the same table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from perfxl.intake.tables import Cell
from perfxl.text import squeeze
from perfxl.understanding.head import Found
from perfxl.understanding.indicators import Remainder
from perfxl.understanding.labels import Label, column_label, head_label
from perfxl.understanding.rows import FormRow, is_heading
from perfxl.understanding.sections import Section


def listed(section: Section) -> Iterator[Section]:
    """A section for each project of the list, as if it stood in a form of its own."""
    columns: list[tuple[Label, Cell, int]] = []
    part: Section | None = None
    broken = False
    for row in section.listed:
        if is_heading(row):
            top = row
            columns = _head_columns(row)
            heading = _indicator_cells(row, columns)
            if part is not None:
                part.indicators.head(heading, (), "")
            continue
        fits = row.fits(top)
        project = _cell(row, columns, "project") if fits else None
        if project is not None and not project.blank:
            broken = False
            if part is None or not _same(part, row, columns):
                if part is not None:
                    yield part
                part = _begun(section, heading, project)
        if part is None:
            section.head.loose += [(0, cell) for cell in row.filled]
            continue
        if broken or not fits:
            # It may begin another project: what follows must not be taken for this one's.
            broken = True
            part.indicators.left.append(
                Remainder(row.filled, "格数与表头不一致的行和接在它后面的行，分不清是哪个项目的")
            )
            continue
        _fill(part, row, columns)
        part.indicators.take(_indicator_cells(row, columns))
    if part is not None:
        yield part


def _begun(section: Section, heading: FormRow, project: Cell) -> Section:
    part = Section(title=section.title, heading=heading, first=project)
    part.head.found = [replace(found) for found in section.head.found]
    part.head.loose = list(section.head.loose)
    part.titles = [section.title] if section.title is not None else []
    part.indicators.head(heading, (), "")
    return part


def _same(part: Section, row: FormRow, columns: list[tuple[Label, Cell, int]]) -> bool:
    """The same project of the same unit once more, as where each row repeats them."""
    for name in ("project", "project_code", "unit", "unit_code"):
        cell = _cell(row, columns, name)
        known = next((found for found in part.head.found if found.label.name == name and found.values), None)
        if cell is None or cell.blank or known is None:
            continue
        if squeeze(known.values[0].text or "") != squeeze(cell.text or ""):
            return False
    return True


def _head_columns(row: FormRow) -> list[tuple[Label, Cell, int]]:
    """The columns that belong to the head of a form, each with where the next one begins."""
    cells = row.filled
    ends = [cell.column for cell in cells[1:]] + [1 << 30]
    found = []
    for cell, end in zip(cells, ends, strict=True):
        label = head_label(cell.text)
        if label is not None and column_label(cell.text) is None:
            found.append((label, cell, end))
    return found


def _cell(row: FormRow, columns: list[tuple[Label, Cell, int]], name: str) -> Cell | None:
    for label, heading, end in columns:
        if label.name == name:
            return next((cell for cell in row.cells if heading.column <= cell.column < end), None)
    return None


def _fill(part: Section, row: FormRow, columns: list[tuple[Label, Cell, int]]) -> None:
    """Put into the head what the row says of the project, unless an earlier row has said it."""
    for label, heading, end in columns:
        for cell in row.filled:
            if not heading.column <= cell.column < end:
                continue
            known = next((found for found in part.head.found if found.cell is heading), None)
            if known is None:
                part.head.found.append(Found(label, heading, 1, [cell]))
            elif squeeze(cell.text or "") not in (squeeze(value.text or "") for value in known.values):
                known.values.append(cell)


def _indicator_cells(row: FormRow, columns: list[tuple[Label, Cell, int]]) -> FormRow:
    """The row without the columns of the head."""
    cells = (cell for cell in row.cells if not any(at.column <= cell.column < end for _, at, end in columns))
    return replace(row, cells=tuple(cells))
