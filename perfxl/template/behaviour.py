"""What the form sheet does by itself while a clerk types: drop-downs and prompts, lit cells, locked cells."""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet

from perfxl.issue import Severity, column_letters
from perfxl.layout import NOTE_HEADING, OBJECTIVES_LABEL, VALUE_PARTS, Field, Layout
from perfxl.template.live import MUST, SHOULD, LiveSheet
from perfxl.template.returned import CHANGED, RETURNED
from perfxl.template.styles import Styles

_PROMPT_LIMIT, _TITLE_LIMIT = 255, 32


class Behaviour:
    """Gives one form sheet its behaviour; the cells themselves are :class:`perfxl.template.form_sheet.FormSheet`'s.

    Args:
        given: names of the head fields that finance has filled in and locked.
        last_column: the form's last printed column, from 1; with the weights where the edition has them.
        contact: whom a clerk asks about a locked field; "" where nobody is named.
    """

    def __init__(
        self,
        sheet: Worksheet,
        styles: Styles,
        layout: Layout,
        live: LiveSheet,
        given: frozenset[str],
        last_column: int,
        contact: str,
    ) -> None:
        self._sheet = sheet
        self._styles = styles
        self._layout = layout
        self._live = live
        self._given = given
        self._last_column = last_column
        self._weighted = last_column == layout.column("weight").column
        self._contact = contact

    def add(self) -> None:
        """Validations, conditional formats and protection."""
        self._validations()
        self._conditional_formats()
        self._protection()

    def _validations(self) -> None:
        layout = self._layout
        first, last = layout.first_row, layout.last_row
        lists = {
            "level1": ("=一级指标表", "stop"),
            "level2": (f"=INDIRECT({self._live.helper('list', first).replace('$' + str(first), str(first))})", "stop"),
            "relation": ("=计算符号表", "stop"),
            "measure": ("=计量单位表", "warning"),
        }
        messages = {"stop": "请从下拉列表中选一项。", "warning": "列表里没有这个单位。确实需要时可以继续。"}
        for column in layout.columns:
            if column.name == "weight" and not self._weighted:
                continue
            options: dict[str, Any] = {"validate": "any", **_prompt(column.label, column.prompt)}
            if column.name in lists:
                source, style = lists[column.name]
                options |= {"validate": "list", "source": source, "error_type": style}
                options |= {"error_title": f"{column.label}不在列表中", "error_message": messages[style]}
            elif column.name == "weight":
                options |= _decimal("权重")
            self._sheet.data_validation(first - 1, column.column - 1, last - 1, column.column - 1, options)
        for field in layout.fields:
            self._field_validation(field)
        purpose = layout.field("purpose")
        self._sheet.data_validation(
            layout.objective_rows.start - 1,
            purpose.column - 1,
            layout.objective_rows.stop - 2,
            purpose.right - 1,
            {"validate": "any", **_prompt(OBJECTIVES_LABEL, "每行一条，以 1. 2. 3. 编号，写预期的产出和效果。")},
        )
        prompt = _prompt(NOTE_HEADING, "有建议而不改的，在这里写明原因；必须修改的不能用说明代替。")
        for top, bottom in ((2, layout.objective_rows.stop - 1), (first, last)):
            column_index = layout.note_column - 1
            self._sheet.data_validation(top - 1, column_index, bottom - 1, column_index, {"validate": "any", **prompt})

    def _field_validation(self, field: Field) -> None:
        given = field.name in self._given
        if not given and (not field.typed or (field.kind == "text" and not field.prompt)):
            return
        told = f"已由财政部门填好并锁定，不用填。与实际不符的，请联系{self._contact or '财政部门'}。"
        options: dict[str, Any] = {"validate": "any", **_prompt(field.term, told if given else field.prompt)}
        kind = None if given else field.kind  # nothing to check where nothing can be typed
        if kind == "money":
            options |= _decimal(field.term)
        elif kind == "count":
            options |= {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 99}
            options |= {"error_title": f"{field.term}不对", "error_message": "请填 1 至 99 的整数。"}
        self._sheet.data_validation(field.row - 1, field.column - 1, field.bottom - 1, field.right - 1, options)

    def _conditional_formats(self) -> None:
        layout = self._layout
        value = layout.column(VALUE_PARTS[0]).column
        amounts = [layout.field(name) for name in ("total", "fiscal", "other")]
        last_row = layout.last_row
        areas = [(field.row, field.column, field.row, field.column) for field in amounts]
        areas += [(layout.first_row, value, last_row, value + len(VALUE_PARTS) - 1)]
        areas += [(2, 1, 3, layout.column("measure").column), (5, 1, layout.heading_rows[1], value + 2)]
        areas += [(layout.first_row, 1, last_row, value - 1)]
        if self._weighted:
            areas += [(layout.first_row, self._last_column, last_row, self._last_column)]
        panel = layout.field("department")
        areas += [(panel.row, panel.column, layout.field("note").bottom, panel.right)]
        for top, left, bottom, right in areas:
            for severity, style in ((Severity.ERROR, self._styles.red), (Severity.WARNING, self._styles.amber)):
                criteria = self._live.returned.condition(severity, top, left)
                rule = {"type": "formula", "criteria": criteria, "format": style, "stop_if_true": True}
                self._sheet.conditional_format(top - 1, left - 1, bottom - 1, right - 1, rule)
        self._hint_colours()

    def _hint_colours(self) -> None:
        layout = self._layout
        column = layout.hint_column - 1
        colours = (
            (RETURNED + Severity.ERROR.asked, self._styles.red_text),
            (MUST, self._styles.red_text),
            (CHANGED, self._styles.green_text),
            (RETURNED, self._styles.amber_text),
            (SHOULD, self._styles.amber_text),
        )
        for text, style in colours:
            rule = {"type": "text", "criteria": "containing", "value": text, "format": style, "stop_if_true": True}
            self._sheet.conditional_format(1, column, layout.last_row - 1, column, rule)

    def _protection(self) -> None:
        options = {"format_columns": True, "format_rows": True, "select_locked_cells": True}
        self._sheet.protect("", options)
        given = {(field.row, field.column) for field in self._layout.fields if field.name in self._given}
        for number, (top, left, bottom, right) in enumerate(self._layout.inputs(), 1):
            if (top, left) in given:
                continue
            last = min(right, self._last_column) if top >= self._layout.first_row and left == 1 else right
            area = f"{column_letters(left)}{top}:{column_letters(last)}{bottom}"
            self._sheet.unprotect_range(area, f"填报_{number}")


def _prompt(title: str, text: str) -> dict[str, str]:
    return {"input_title": title[:_TITLE_LIMIT], "input_message": text[:_PROMPT_LIMIT]} if text else {}


def _decimal(term: str) -> dict[str, Any]:
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 999_999_999_999,
        "error_type": "stop",
        "error_title": f"{term}不是数字",
        "error_message": "只填数字，不带单位和文字，不能为负。",
    }
