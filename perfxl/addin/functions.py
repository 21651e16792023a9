"""Worksheet functions for finance's own sheets: 指标解析, 指标检查, 金额换算.

Optional and for Windows only: they need xlwings' own add-in and its COM server (UDF Modules: ``perfxl.addin.functions``).
No button depends on them, and no form holds any.  Elsewhere the decorators do nothing, and these are plain functions.
Only xlwings imports this module, so it may import xlwings at its head, where the decorators need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import xlwings as xw

from perfxl.form import parse_amount
from perfxl.intake.cells import CellValue, Grid
from perfxl.intake.number import Number, read_number
from perfxl.issue import At, Issue
from perfxl.layout import FORM_SHEET, LATEST, TEMPLATE_ID
from perfxl.recognition import forms_of_grids
from perfxl.rules import check
from perfxl.target import TargetValue
from perfxl.vocabulary import Vocabulary

_TABLE: Final = tuple(column.column for column in LATEST.columns if column.name != "weight")
# What a row alone can't answer for: the whole form's make-up, and what rests on its head.
_OF_THE_WHOLE: Final = ("S", "A", "G", "X", "W")


@xw.func(category="绩效目标")
@xw.arg("text", doc="指标值，如 ≥95% 或 不超过10.65元/张")
def 指标解析(text: Any) -> list[Any]:  # noqa: PLC2401 - what stands in the cell
    """把指标值拆成计算符号、数、计量单位三格；定性的指标值三格都空。"""
    value = TargetValue.parse(_typed(text))
    number = value.number
    return [value.relation or "", "" if number is None else float(number), value.unit_normalised or ""]


@xw.func(category="绩效目标")
@xw.arg("table", ndim=2, doc="指标各行：一级、二级、三级指标，描述，计算符号，数值或文字，计量单位（7 列）")
def 指标检查(table: Sequence[Sequence[Any]]) -> list[list[str]]:  # noqa: PLC2401 - what stands in the cell
    """逐行检查指标，一行一格写出问题和改法；没有问题的空着。只查每一行自己，不查金额勾稽和整张表。"""
    rows = list(table)[: len(LATEST.indicator_rows)]
    if any(len(row) != len(_TABLE) for row in rows):
        return [[f"请选 {len(_TABLE)} 列：一级、二级、三级指标，描述，计算符号，数值或文字，计量单位。"]] * len(rows)
    forms, _ = forms_of_grids([_as_form(rows)], "")
    found: dict[int, list[Issue]] = {}
    for issue in check(forms):
        if (
            isinstance(issue.at, At)
            and issue.at.row in LATEST.indicator_rows
            and not issue.code.startswith(_OF_THE_WHOLE)
        ):
            found.setdefault(issue.at.row, []).append(issue)
    return [
        ["；".join(f"{issue.message}，{issue.advice}" for issue in found.get(row, []))]
        for row in range(LATEST.first_row, LATEST.first_row + len(rows))
    ]


@xw.func(category="绩效目标")
@xw.arg("value", doc="金额")
@xw.arg("source", doc="原来的单位：元、万元、亿元……")
@xw.arg("target", doc="换成的单位")
def 金额换算(value: Any, source: str, target: str) -> float | str:  # noqa: PLC2401 - what stands in the cell
    """把金额从一种单位换成另一种，按十进制精确计算。"""
    vocabulary = Vocabulary.load()
    amount = parse_amount(_typed(value))
    factors = vocabulary.money_factor(str(source)), vocabulary.money_factor(str(target))
    if amount is None:
        return "不是一个金额：请给出一个数。"
    if factors[0] is None or factors[1] is None:
        return f"不认识的金额单位：请用 {'、'.join(vocabulary.money_units)}。"
    return float(amount * factors[0] / factors[1])


def _typed(value: Any) -> str:
    """What a cell's value would be typed as: 95.0 comes from a cell that holds 95."""
    if isinstance(value, float):
        number = read_number(repr(value))
        return "" if number is None else f"{number:f}"
    return "" if value is None else str(value)


def _as_form(rows: Sequence[Sequence[Any]]) -> Grid:
    """These rows in the table of an otherwise blank form."""
    cells: dict[tuple[int, int], CellValue] = {(row, column): text for row, column, text in LATEST.labels()}
    identity = {"template": TEMPLATE_ID, "version": LATEST.version}
    cells |= {(LATEST.identity_row(name), LATEST.identity_column): text for name, text in identity.items()}
    for row, values in enumerate(rows, LATEST.first_row):
        for column, value in zip(_TABLE, values, strict=True):
            if isinstance(value, float):
                cells[row, column] = Number(repr(value), read_number(repr(value)) or Decimal(0))
            elif value is not None:
                cells[row, column] = str(value)
    return Grid(FORM_SHEET, cells)
