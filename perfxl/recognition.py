"""From a sheet's cells to its form: the layout says where each field stands, the labels prove that it stands there.

A form is read only where that is beyond doubt.  Where labels have moved or the version is unknown, nothing is
guessed: there is no form, and an S07 issue says what was found.  Whatever the cells were read from: see
:mod:`perfxl.reading` for files, :mod:`perfxl.addin.sheet` for an open Excel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from perfxl.form import Budget, Deviation, Entry, Indicator, TargetForm
from perfxl.intake.cells import CellError, Grid, Uncomputed
from perfxl.intake.displacement import displaced, typed_between
from perfxl.intake.doubts import doubts
from perfxl.intake.number import Number
from perfxl.issue import At, Issue, Place, Severity, column_letters
from perfxl.layout import LAYOUTS, OBJECTIVES_LABEL, TEMPLATE_ID, VALUE_PARTS, Layout
from perfxl.text import squeeze, tidy
from perfxl.vocabulary import Vocabulary, editions

_UNCOMPUTED = "公式未计算"
# The identity stands at the same place in every layout.
_ANY_LAYOUT = next(iter(LAYOUTS.values()))
# A label or two retyped leaves no doubt about where the fields are; more does.
_LABELS_MAY_DIFFER = 3


def forms_of_grids(grids: Iterable[Grid], source: str) -> tuple[tuple[TargetForm, ...], tuple[Issue, ...]]:
    """The forms among these sheets, whatever their cells were read from, and why others could not be read (S07)."""
    forms: list[TargetForm] = []
    issues: list[Issue] = []
    for grid in grids:
        result = _recognized(grid, source)
        if isinstance(result, Issue):
            issues.append(result)
        elif result is not None:
            layout = LAYOUTS[result.layout]
            forms.append(result)
            issues += _inserted(grid, layout, source)
            issues += _below_the_table(grid, layout, source)
            issues += doubts(grid, layout, source)
    return _told_apart(forms), tuple(issues)


def _recognized(grid: Grid, source: str) -> TargetForm | Issue | None:
    """The form, why it could not be read, or None for a sheet that is none of ours."""
    if grid.text(1, _ANY_LAYOUT.identity_column) == TEMPLATE_ID:
        return read_sheet(grid, source)
    moved = next((at for at, value in grid.cells.items() if value == TEMPLATE_ID), None)
    if moved is not None:
        return _displaced_form(grid, source) or _displaced(grid, At(grid.sheet, *moved), source)
    if len(tuple(_deviations(grid, _ANY_LAYOUT))) > _LABELS_MAY_DIFFER:
        return None
    here = At(grid.sheet, 1, _ANY_LAYOUT.identity_column)
    message = f"工作表“{grid.sheet}”像是绩效目标表，但模板标识不见了，没有读取"
    return rejected(source, here, message, "请换用下发的模板重新填写")


def _displaced_form(grid: Grid, source: str) -> TargetForm | Issue | None:
    """The form into which rows or columns were inserted, where its fields stand beyond doubt; else None."""
    for released in LAYOUTS.values():
        layout = displaced(grid, released)
        if layout is None or grid.text(layout.identity_row("version"), layout.identity_column) != released.version:
            continue
        between = typed_between(grid, layout)
        if between is None:
            return _SheetReader(grid, layout, source, ()).form()
        at = At(grid.sheet, *between)
        message = f"工作表“{grid.sheet}”里插入了行或列，{at.a1} 还填了内容，说不清属于哪一项，没有读取"
        return rejected(source, at, message, "请把内容移回原来的格子，删去插入的行列；或换用下发的模板重新填写")
    return None


def _inserted(grid: Grid, layout: Layout, source: str) -> Iterator[Issue]:
    """What was inserted into the form, which was read all the same."""
    rows, columns = layout.inserted_rows, layout.inserted_columns
    if rows:
        first = layout.moved(rows[0], 1)[0] - rows.count(rows[0])
        among = first in layout.objective_rows  # where among them, no label tells
        at = At(grid.sheet, layout.objective_rows.start if among else first, 1)
        where = f"在“{OBJECTIVES_LABEL}”部分" if among else f"如第{first}行"
        yield _told_insertion(at, f"{len(rows)} 行，{where}", source)
    if columns:
        first = layout.moved(1, columns[0])[1] - columns.count(columns[0])
        yield _told_insertion(At(grid.sheet, 1, first), f"{len(columns)} 列，如 {column_letters(first)} 列", source)


def _told_insertion(at: At, what: str, source: str) -> Issue:
    message = f"工作表“{at.sheet}”里插入了 {what}。各项已按移动后的位置读取"
    advice = "请核对内容；以后不要插入行列，最好把内容移到下发的空白模板里（选择性粘贴“数值”）"
    return Issue("S07", Severity.WARNING, message, advice, file=source, at=at)


def _told_apart(forms: list[TargetForm]) -> tuple[TargetForm, ...]:
    """Forms of one workbook, each with a key of its own.

    A sheet that somebody copied brings its key along.  Neither of the two then lights up by it, since a finding of one
    would light the other's cells; the report still tells them apart.
    """
    times = Counter(form.key for form in forms)
    return tuple(form if times[form.key] == 1 else replace(form, key=f"{form.key}@{form.sheet}") for form in forms)


def _below_the_table(grid: Grid, layout: Layout, source: str) -> Iterator[Issue]:
    """What was typed where no row of the table is, as after an inserted row: it would be lost without a word."""
    last_row, last_column = layout.last_row, layout.column("measure").column
    below = ((row, column) for row, column in grid.cells if row > last_row and column <= last_column)
    for row, column in below:
        value = grid.cells[row, column]
        if grid.anchor(row, column) == (row, column) and isinstance(value, str) and tidy(value):
            at = At(grid.sheet, row, column)
            message = f"第{row}行已在指标表之外（表到第{layout.last_row}行为止），这里的“{tidy(value)}”没有读取"
            yield rejected(source, at, message, f"请移到第{layout.last_row}行以内；放不下的请合并指标或拆成几张表")
            return


def rejected(source: str, at: At | None, message: str, advice: str) -> Issue:
    """Why a sheet, or something in it, is not read (S07)."""
    return Issue("S07", Severity.ERROR, message, advice, file=source, at=at)


def read_sheet(grid: Grid, source: str) -> TargetForm | Issue:
    """The form of a sheet that bears the template's identity, or why it could not be read (S07)."""
    version = grid.text(_ANY_LAYOUT.identity_row("version"), _ANY_LAYOUT.identity_column) or ""
    layout = LAYOUTS.get(version)
    here = At(grid.sheet, 1, 1)
    if layout is None:
        known = "、".join(LAYOUTS)
        return _displaced_form(grid, source) or rejected(
            source,
            here,
            f"工作表“{grid.sheet}”的模板版本是“{version}”，这里只认得版本 {known}",
            "请换用本批次下发的模板，或升级 perfxl",
        )
    deviations = tuple(_deviations(grid, layout))
    moved = _moved_label(grid, layout, deviations)
    if moved is not None:
        expected, found_at = moved
        as_changed = _changed_layout(source, expected, f"“{layout_label(layout, expected)}”", found_at)
        return _displaced_form(grid, source) or as_changed
    if len(deviations) > _LABELS_MAY_DIFFER:
        first = deviations[0]
        return rejected(
            source,
            first.at,
            f"工作表“{grid.sheet}”有 {len(deviations)} 处表头被改动，如 {first.at.a1} 应为“{first.expected}”",
            "请换用下发的模板重新填写",
        )
    return _SheetReader(grid, layout, source, deviations).form()


def _displaced(grid: Grid, identity: At, source: str) -> Issue:
    """A form of ours whose hidden identity is not where it was: rows or columns were inserted or deleted."""
    deviations = tuple(_deviations(grid, _ANY_LAYOUT))
    moved = _moved_label(grid, _ANY_LAYOUT, deviations)
    if moved is not None:
        expected, found_at = moved
        return _changed_layout(source, expected, f"“{layout_label(_ANY_LAYOUT, expected)}”", found_at)
    return _changed_layout(source, At(grid.sheet, 1, _ANY_LAYOUT.identity_column), "模板标识", identity)


def _changed_layout(source: str, expected: At, what: str, found_at: At) -> Issue:
    return rejected(
        source,
        expected,
        f"工作表“{expected.sheet}”的版面变了：{what}应在 {expected.a1}，现在在 {found_at.a1}",
        "请换用下发的模板重新填写，不要插入、删除行或列",
    )


def layout_label(layout: Layout, at: At) -> str:
    """The label that the layout has at that cell."""
    return next((text for row, column, text in layout.labels() if (row, column) == (at.row, at.column)), "")


def _deviations(grid: Grid, layout: Layout) -> Iterator[Deviation]:
    for row, column, expected in layout.labels():
        found = grid.text(row, column)
        if squeeze(found or "") != squeeze(expected):
            yield Deviation(at=At(grid.sheet, row, column), expected=expected, found=found)


def _moved_label(grid: Grid, layout: Layout, deviations: tuple[Deviation, ...]) -> tuple[At, At] | None:
    """A label missing from its own cell that stands, alone in the sheet, in another."""
    own_cells = {(row, column) for row, column, _ in layout.labels()}
    for deviation in deviations:
        wanted = squeeze(deviation.expected)
        elsewhere = [
            At(grid.sheet, row, column)
            for (row, column), value in grid.cells.items()
            if isinstance(value, str) and (row, column) not in own_cells and squeeze(value) == wanted
        ]
        if len(elsewhere) == 1:
            return deviation.at, elsewhere[0]
    return None


class _SheetReader:
    """Reads one form sheet by its layout."""

    def __init__(self, grid: Grid, layout: Layout, source: str, deviations: tuple[Deviation, ...]) -> None:
        self._grid = grid
        self._layout = layout
        self._source = source
        self._deviations = deviations

    def form(self) -> TargetForm:
        layout, grid = self._layout, self._grid
        explanations = {
            row: tidy(text)
            for row in (*layout.head_rows, *layout.indicator_rows)
            if (text := grid.text(row, layout.note_column)) and tidy(text)
        }
        year = self._identity("year")
        return TargetForm(
            file=self._source,
            key=self._identity("key"),
            sheet=grid.sheet,
            layout=layout.version,
            edition=self._identity("edition") or None,
            year=int(year) if year.isdecimal() else None,
            batch=self._identity("batch"),
            project_code=self._identity("project_code"),
            template_money_unit=self._identity("money_unit"),
            title=self._field("title"),
            project_no=self._field("project_no"),
            unit_code=self._field("unit_code"),
            unit_name=self._field("unit_name"),
            money_unit=self._field("money_unit"),
            project=self._field("project"),
            budget=Budget(total=self._field("total"), fiscal=self._field("fiscal"), other=self._field("other")),
            purpose=self._field("purpose"),
            objectives=tuple(self._objectives()),
            indicators=tuple(self._indicators(explanations)),
            department=self._field("department"),
            contact=self._field("contact"),
            phone=self._field("phone"),
            submission=self._field("submission"),
            note=self._field("note"),
            headings=self._headings(),
            explanations=explanations,
            deviations=self._deviations,
        )

    def _identity(self, name: str) -> str:
        return tidy(self._grid.text(self._layout.identity_row(name), self._layout.identity_column) or "")

    def _entry(self, row: int, column: int) -> Entry:
        value = self._grid.value(row, column)
        at = At(self._grid.sheet, row, column)
        if isinstance(value, CellError):
            return Entry(raw=None, at=at, fault=value.code)
        if isinstance(value, Uncomputed):
            return Entry(raw=None, at=at, fault=_UNCOMPUTED)
        number = value.value if isinstance(value, Number) else None
        return Entry(raw=self._grid.text(row, column), at=at, number=number)

    def _indicator_entry(self, row: int, column: int) -> Entry:
        """A cell of the table; one merged into a column left of it is blank, for its text is that column's alone."""
        if self._grid.anchor(row, column)[1] != column:
            return Entry(raw=None, at=At(self._grid.sheet, row, column))
        return self._entry(row, column)

    def _field(self, name: str) -> Entry:
        field = self._layout.field(name)
        return self._entry(field.row, field.column)

    def _headings(self) -> dict[str, At]:
        top, below = self._layout.heading_rows
        return {
            column.name: At(self._grid.sheet, below if column.name in VALUE_PARTS else top, column.column)
            for column in self._layout.columns
        }

    def _objectives(self) -> Iterator[Entry]:
        """Each line of each objective cell: Word pastes several objectives into one cell."""
        column = self._layout.field("purpose").column
        for row in self._layout.objective_rows:
            entry = self._entry(row, column)
            if entry.fault or entry.raw is None:
                if entry.fault:
                    yield entry
                continue
            for line in entry.raw.split("\n"):
                if tidy(line):
                    yield Entry(raw=line, at=entry.at, number=entry.number)

    def _indicators(self, explanations: dict[int, str]) -> Iterator[Indicator]:
        carried = ""
        number = 0
        # Where the edition has no weights the column is hidden, and whatever stands there is none.
        weighted = self._identity("edition") not in editions() or Vocabulary.load(self._identity("edition")).weights
        columns = [column for column in self._layout.columns if weighted or column.name != "weight"]
        numbers = [column.column for column in columns]
        for row in self._layout.indicator_rows:
            if self._grid.empty(row, numbers):
                continue
            cells = {column.name: self._indicator_entry(row, column.column) for column in columns}
            if all(entry.blank for entry in cells.values()):
                continue
            carried = cells["level1"].text or carried
            number += 1
            yield Indicator(
                number=number,
                level1=cells["level1"],
                carried=carried,
                level2=cells["level2"],
                level3=cells["level3"],
                description=cells["description"],
                target=_joined([cells[name] for name in VALUE_PARTS], cells["body"].at),
                relation=cells["relation"],
                body=cells["body"],
                measure=cells["measure"],
                weight=cells["weight"] if weighted else None,
                explanation=explanations.get(row, ""),
            )


def _joined(parts: list[Entry], at: Place) -> Entry:
    """The three cells of 指标值 as one text; blank only if all are."""
    raws = [part.raw for part in parts if part.raw is not None]
    fault = next((part.fault for part in parts if part.fault), "")
    return Entry(raw="".join(raws) if raws else None, at=at, fault=fault)
