"""The form sheet itself: what a clerk sees, types in and prints."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import column_letters
from perfxl.layout import (
    FORM_SHEET,
    NOTE_HEADING,
    OBJECTIVES_LABEL,
    TEMPLATE_ID,
    VALUE_HEADING,
    VALUE_PARTS,
    Field,
    Layout,
)
from perfxl.template.behaviour import Behaviour
from perfxl.template.finish import UNCOMPUTED
from perfxl.template.live import LiveSheet, estimated_lines
from perfxl.template.styles import Styles
from perfxl.template.worksheet import PlainWorksheet
from perfxl.text import lines_needed
from perfxl.vocabulary import Vocabulary

if TYPE_CHECKING:
    from perfxl.template import Issuance

_LINE_HEIGHT = 15.0
_ROW_PADDING = 4.0
_BLANK_LINES = 3
_FILLED_INDICATOR_LINES = 2
_EXCEL_ROW_LIMIT = 409.0
_ROWS_AFTER_LAST = 3


class FormSheet:
    """Writes one form sheet, blank (``form`` is None) or filled.

    Of the head fields named in ``locked``, those that hold something can't be typed in.
    """

    def __init__(
        self,
        book: Workbook,
        styles: Styles,
        layout: Layout,
        vocabulary: Vocabulary,
        issuance: Issuance,
        sheet_name: str,
        key: str,
        form: TargetForm | None,
        locked: frozenset[str] = frozenset(),
    ) -> None:
        self._styles = styles
        self._layout = layout
        self._vocabulary = vocabulary
        self._issuance = issuance
        self._key = key
        self._form = form
        self._sheet = book.add_worksheet(sheet_name, PlainWorksheet)
        self._heights = {row: self._text_height(row) for row in self._text_rows()}
        room = tuple((row, self._line_room(row)) for row in self._heights)
        self._given = frozenset(field.name for field in layout.fields if field.name in locked and self._filled(field))
        self._live = _live_sheet(layout, vocabulary, room, self._given)

    def write(self, active: bool) -> None:
        """Everything on the sheet."""
        if active:
            self._sheet.activate()
        self._columns_and_rows()
        self._head()
        self._objectives()
        self._indicator_headings()
        self._indicators()
        self._side_panel()
        self._identity()
        self._live_formulas()
        self._behaviour().add()
        self._print_setup()

    # -- geometry ------------------------------------------------------------------------------------------

    @property
    def _unwritten(self) -> bool:
        """Nothing below the head yet: a blank form, or one that is handed out."""
        form = self._form
        return form is None or not (form.purpose.text or form.objectives or form.indicators)

    @property
    def _weighted(self) -> bool:
        return bool(self._vocabulary.weights)

    @property
    def _last_column(self) -> int:
        return self._layout.column("weight" if self._weighted else "measure").column

    def _text_rows(self) -> list[int]:
        """Rows with running text.  Their heights are fixed, since merged cells never grow by themselves."""
        layout = self._layout
        return [layout.field("purpose").row, *layout.objective_rows, *layout.indicator_rows]

    def _texts_of(self, row: int) -> list[tuple[str, float]]:
        """What stands in the row's text cells, each with its width."""
        form, layout = self._form, self._layout
        if form is None:
            return []
        cells = layout.text_cells(row)
        if row in layout.indicator_rows:
            position = row - layout.first_row
            if position >= len(form.indicators):
                return []
            texts = self._indicator_texts(form.indicators[position])
            names = {column.column: column.name for column in layout.columns}
            return [(texts[names[column]] or "", width) for column, width in cells]
        position = row - layout.objective_rows.start
        objectives = self._objective_texts()
        text = form.purpose.raw or "" if position < 0 else objectives[position] if position < len(objectives) else ""
        return [(text, width) for _, width in cells]

    def _text_height(self, row: int) -> float:
        """Points: three lines where all is still to be written, what the texts need in a filled form."""
        if self._unwritten:
            lines = _BLANK_LINES
        else:
            least = _FILLED_INDICATOR_LINES if row in self._layout.indicator_rows else 1
            lines = max([least, *(lines_needed(text, width) for text, width in self._texts_of(row))])
        return min(lines * _LINE_HEIGHT + _ROW_PADDING, _EXCEL_ROW_LIMIT)

    def _line_room(self, row: int) -> int:
        """Lines above which the hint asks for a taller row; never less than what stands there already."""
        shown = int((self._heights[row] - _ROW_PADDING) / _LINE_HEIGHT)
        return max([shown, *(estimated_lines(text, width) for text, width in self._texts_of(row))])

    def _objective_texts(self) -> list[str]:
        """One text a row; what is beyond the last row stands there too, line by line."""
        if self._form is None:
            return []
        texts = [entry.raw or "" for entry in self._form.objectives]
        room = len(self._layout.objective_rows)
        return texts if len(texts) <= room else [*texts[: room - 1], "\n".join(texts[room - 1 :])]

    def _columns_and_rows(self) -> None:
        layout, sheet = self._layout, self._sheet
        for column, width in enumerate(layout.widths, 1):
            hidden = column == layout.column("weight").column and not self._weighted
            sheet.set_column(column - 1, column - 1, width, None, {"hidden": hidden})
        last = max(self._live.last_helper_column, layout.helper_column + 20)
        sheet.set_column(layout.identity_column - 2, last - 1, 9, None, {"hidden": True})
        sheet.set_row(0, 36)
        name = self._layout.field("project")
        name_width = sum(layout.widths[name.column - 1 : name.right])
        name_lines = lines_needed(self._form.project.raw or "", name_width) if self._form else 1
        sheet.set_row(1, 24)
        sheet.set_row(2, max(24, name_lines * _LINE_HEIGHT + 8))
        sheet.set_row(3, 27)
        for row, height in self._heights.items():
            sheet.set_row(row - 1, height)
        sheet.set_row(layout.heading_rows[0] - 1, 20)
        sheet.set_row(layout.heading_rows[1] - 1, 20)

    # -- contents ------------------------------------------------------------------------------------------

    def _entry(self, name: str) -> Entry | None:
        form = self._form
        if form is None:
            return None
        entry: Entry | None = getattr(form.budget if name in ("total", "fiscal", "other") else form, name)
        return entry

    def _filled(self, field: Field) -> bool:
        entry = self._entry(field.name)
        return entry is not None and bool(entry.text)

    def _head(self) -> None:
        for field in self._layout.fields:
            if field.label_at is not None:
                self._label(field)
            self._input(field)
        self._title()

    def _label(self, field: Field) -> None:
        assert field.label_at is not None
        row, column = field.label_at
        on_form = column <= self._last_column
        quiet = row == 2 or field.name == "project_no"  # the unit line, as printed: no boxes
        style = self._styles.get(("caption" if quiet else "label") if on_form else "side")
        if field.label_end is not None and field.label_end != field.label_at:
            self._merge(row, column, *field.label_end, field.label, style)
        else:
            self._sheet.write_string(row - 1, column - 1, field.label, style)

    def _input(self, field: Field) -> None:
        if field.name == "title":
            return
        names = {"money": "money", "code": "typed", "count": "count", "text": "text"}
        given = {"money": "given_money", "code": "given_code"}.get(field.kind, "given")
        name = given if field.name in self._given else names[field.kind] if field.typed else "plain"
        style = self._styles.get(name)
        entry = self._entry(field.name)
        if field.name == "money_unit" and (entry is None or entry.blank):
            self._sheet.write_string(field.row - 1, field.column - 1, self._vocabulary.money_unit, style)
            return
        if (field.bottom, field.right) != (field.row, field.column):
            self._sheet.merge_range(field.row - 1, field.column - 1, field.bottom - 1, field.right - 1, "", style)
        self._write(field.row, field.column, entry, style, number=field.kind in ("money", "count"))

    def _title(self) -> None:
        title, project = self._layout.field("title"), self._layout.field("project")
        style = self._styles.get("title")
        name = f"TRIM(INDEX(${column_letters(project.column)}:${column_letters(project.column)},{project.row}))"
        derived = f"{self._form.project.text if self._form else ''}{FORM_SHEET}"
        typed = self._form.title.text if self._form else ""
        self._sheet.merge_range(title.row - 1, title.column - 1, title.bottom - 1, title.right - 1, "", style)
        if typed and typed != derived:
            self._sheet.write_string(title.row - 1, title.column - 1, typed, style)
        else:
            formula = f'={name}&"{FORM_SHEET}"'
            self._sheet.write_formula(title.row - 1, title.column - 1, formula, style, derived)

    def _write(self, row: int, column: int, entry: Entry | None, style: Format, *, number: bool = False) -> None:
        """One entry as it was typed; a number where it is one and the cell is for numbers."""
        if entry is None or entry.raw is None:
            self._sheet.write_blank(row - 1, column - 1, None, style)
            return
        amount = entry.amount if number else None
        if amount is not None and Decimal(repr(float(amount))) == amount:
            self._sheet.write_number(row - 1, column - 1, float(amount), style)
        else:
            self._sheet.write_string(row - 1, column - 1, entry.raw, style)

    def _objectives(self) -> None:
        purpose = self._layout.field("purpose")
        rows = self._layout.objective_rows
        self._merge(rows.start, 1, rows.stop - 1, 1, OBJECTIVES_LABEL, self._styles.get("label"))
        texts = self._objective_texts()
        style = self._styles.get("text")
        for position, row in enumerate(rows):
            self._sheet.merge_range(row - 1, purpose.column - 1, row - 1, purpose.right - 1, "", style)
            if position < len(texts):
                self._sheet.write_string(row - 1, purpose.column - 1, texts[position], style)

    def _indicator_headings(self) -> None:
        top, below = self._layout.heading_rows
        style = self._styles.get("label")
        for column in self._layout.columns:
            if column.name in VALUE_PARTS:
                self._sheet.write_string(below - 1, column.column - 1, column.label, style)
            else:
                self._merge(top, column.column, below, column.column, column.label, style)
        first, last = (self._layout.column(VALUE_PARTS[i]).column for i in (0, -1))
        self._merge(top, first, top, last, VALUE_HEADING, style)

    def _indicators(self) -> None:
        styles = {"level1": "pick", "level2": "pick", "relation": "centred", "measure": "centred", "weight": "money"}
        for position, row in enumerate(self._layout.indicator_rows):
            filled = self._form is not None and position < len(self._form.indicators)
            texts = self._indicator_texts(self._form.indicators[position]) if filled and self._form else {}
            for column in self._layout.columns:
                if column.name == "weight" and not self._weighted:
                    continue
                style = self._styles.get(styles.get(column.name, "typed" if column.name == "body" else "text"))
                text = texts.get(column.name)
                if text is None:
                    self._sheet.write_blank(row - 1, column.column - 1, None, style)
                else:
                    self._sheet.write_string(row - 1, column.column - 1, text, style)

    def _indicator_texts(self, indicator: Indicator) -> dict[str, str | None]:
        """The row's texts by column; the value split over its three cells only where joining gives it back."""
        texts: dict[str, str | None] = {
            "level1": indicator.level1.raw,
            "level2": indicator.level2.raw,
            "level3": indicator.level3.raw,
            "description": indicator.description.raw,
        }
        if indicator.weight is not None:
            texts["weight"] = indicator.weight.raw
        if indicator.body.at != indicator.relation.at:
            parts: tuple[str | None, ...] = (indicator.relation.raw, indicator.body.raw, indicator.measure.raw)
        else:
            parts = split_value(indicator, self._vocabulary)
        return texts | dict(zip(VALUE_PARTS, parts, strict=True))

    def _side_panel(self) -> None:
        layout, sheet = self._layout, self._sheet
        top, _ = layout.heading_rows
        sheet.write_string(0, layout.note_column - 1, NOTE_HEADING, self._styles.get("side"))
        first_panel = layout.field("department")
        assert first_panel.label_at is not None
        self._merge(1, first_panel.label_at[1], 1, first_panel.right, "填报信息", self._styles.get("side"))
        sheet.write_string(top - 1, layout.hint_column - 1, "填表提示", self._styles.get("side"))
        self._merge(top, layout.note_column, top + 1, layout.note_column, NOTE_HEADING, self._styles.get("side"))
        for row in self._live.rows:
            text = self._explanation(row)
            style = self._styles.get("note")
            if text:
                sheet.write_string(row - 1, layout.note_column - 1, text, style)
            else:
                sheet.write_blank(row - 1, layout.note_column - 1, None, style)

    def _explanation(self, row: int) -> str:
        """Explanations stay with their row; an indicator's goes where the indicator goes."""
        form = self._form
        if form is None:
            return ""
        if row < self._layout.first_row:
            return form.explanations.get(row, "")
        position = row - self._layout.first_row
        return form.indicators[position].explanation if position < len(form.indicators) else ""

    def _identity(self) -> None:
        issuance, layout = self._issuance, self._layout
        values = {
            "template": TEMPLATE_ID,
            "version": layout.version,
            "edition": self._vocabulary.edition,
            "year": str(issuance.year or (self._form.year if self._form else None) or ""),
            "batch": issuance.batch,
            "key": self._key,
            "money_unit": self._vocabulary.money_unit,
            "project_code": self._form.project_code if self._form else "",
        }
        style = self._styles.get("helper")
        for name, value in values.items():
            row = layout.identity_row(name)
            self._sheet.write_string(row - 1, layout.identity_column - 2, name, style)
            self._sheet.write_string(row - 1, layout.identity_column - 1, value, style)

    def _live_formulas(self) -> None:
        layout = self._layout
        helper, hint = self._styles.get("helper"), self._styles.get("hint")
        for row, column, formula in _helper_formulas(self._live):
            self._formula(row, column, formula, helper)
        for row in self._live.rows:
            self._formula(row, layout.hint_column, self._live.hint(row), hint)
        self._formula(layout.heading_rows[1], layout.hint_column, self._live.heading_hint(), hint)
        self._formula(1, layout.hint_column, self._live.status(), self._styles.get("status"))

    def _formula(self, row: int, column: int, formula: str, style: Format) -> None:
        self._sheet.write_formula(row - 1, column - 1, formula, style, UNCOMPUTED)

    def _behaviour(self) -> Behaviour:
        contact = self._issuance.contact
        return Behaviour(self._sheet, self._styles, self._layout, self._live, self._given, self._last_column, contact)

    def _merge(self, top: int, left: int, bottom: int, right: int, text: str, style: Format) -> None:
        self._sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, text, style)

    # -- paper ---------------------------------------------------------------------------------------------

    def _print_setup(self) -> None:
        layout, sheet = self._layout, self._sheet
        sheet.set_paper(9)
        sheet.set_portrait()
        sheet.print_black_and_white()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.9)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        top, below = layout.heading_rows
        sheet.repeat_rows(top - 1, below - 1)
        sheet.set_footer("&L单位（公章）：&C负责人：　　　　　　&R日期：　　　年　　月　　日\n&8第 &P 页，共 &N 页")
        last = layout.blank_print_row
        if self._form is not None and not self._unwritten:
            last = min(layout.first_row + len(self._form.indicators) - 1 + _ROWS_AFTER_LAST, layout.last_row)
        sheet.print_area(0, 0, last - 1, self._last_column - 1)
        sheet.freeze_panes(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_zoom(100)
        wanted = (field for field in layout.fields if field.required and field.typed and field.name not in self._given)
        field = next(wanted, layout.field("purpose"))
        sheet.set_selection(field.row - 1, field.column - 1, field.row - 1, field.column - 1)


# A season hands out hundreds of forms, whose rows all have the same height and so the same formulas.
@lru_cache(maxsize=4)
def _live_sheet(
    layout: Layout, vocabulary: Vocabulary, line_room: tuple[tuple[int, int], ...], given: frozenset[str]
) -> LiveSheet:
    return LiveSheet(layout, vocabulary, dict(line_room), given)


@lru_cache(maxsize=4)
def _helper_formulas(live: LiveSheet) -> tuple[tuple[int, int, str], ...]:
    return tuple(live.formulas())


def split_value(indicator: Indicator, vocabulary: Vocabulary) -> tuple[str | None, str | None, str | None]:
    """指标值 over its three cells; the whole in the middle one unless joining gives the text back exactly."""
    raw = indicator.target.raw
    value = indicator.value
    if raw is None:
        return None, None, None
    sign, number, unit = value.relation_text or "", value.number_text or "", value.unit or ""
    listed = not sign or sign in vocabulary.signs
    if value.kind == "quantitative" and listed and number and sign + number + unit == raw:
        return sign or None, number, unit or None
    return None, raw, None
