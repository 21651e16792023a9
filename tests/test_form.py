"""The form as data: amounts as people write them, entries, indicators that don't count, explanations."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from forms import form
from hypothesis import given
from hypothesis import strategies as st

from perfxl.form import Entry, objective_number, parse_amount
from perfxl.issue import At, AtLine
from perfxl.layout import FORM_SHEET

HERE = At(FORM_SHEET, 4, 3)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("500", "500"),
        ("500.00", "500.00"),
        (" 84.10\u3000", "84.10"),
        ("84.10\u200b", "84.10"),
        ("8\u200b4.10", "84.10"),
        ("1,324.00", "1324.00"),
        ("1，324．00", "1324.00"),
        ("１２３４", "1234"),
        ("12,345,678.90", "12345678.90"),
        ("0", "0"),
        ("-3.5", "-3.5"),
        ("007", "7"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed, amount):
    read = parse_amount(typed)

    assert read == Decimal(amount)
    assert str(read) == str(Decimal(amount))  # 84.10 stays 84.10


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "无", "/", "-", "约500", "500万元", "500元", "500-600", "5+5", "=500", "1e3", "∞", "NaN"),
        *(".5", "5.", "1.2.3", "1,32", "1,3240", ",324", "1,324,", "--5", "+5"),
        *("500\n84.10", "84 10", "1 324.00"),  # two numbers as likely as one
        *("5²", "①", "½", "五百", "٥٠٠", "५"),
        "1" * 16,  # more than a spreadsheet keeps
    ],
)
def test_what_is_not_one_number_is_no_amount(typed):
    assert parse_amount(typed) is None


@given(st.text())
def test_no_text_at_all_breaks_the_reading_of_amounts(text):
    amount = parse_amount(text)

    assert amount is None or amount.is_finite()


@given(st.decimals(-(10**11), 10**11, places=2, allow_nan=False))
def test_an_amount_printed_with_separators_is_read_back(amount):
    assert parse_amount(f"{amount:,.2f}") == amount


def test_a_number_in_the_cell_counts_and_not_the_way_it_is_shown():
    entry = Entry(raw="500", at=HERE, number=Decimal("499.999"))

    assert (entry.amount, entry.text) == (Decimal("499.999"), "500")


@pytest.mark.parametrize(
    ("entry", "blank", "value"),
    [
        (Entry(raw=None, at=HERE), True, None),
        (Entry(raw="", at=HERE), True, ""),
        (Entry(raw=" \u3000", at=HERE), True, " \u3000"),
        (Entry(raw="0", at=HERE), False, "0"),
        (Entry(raw=None, at=HERE, fault="#REF!"), False, "#REF!"),
    ],
)
def test_blank_empty_and_error_are_three_things(entry, blank, value):
    assert (entry.blank, entry.value, entry.amount) == (blank, value, Decimal(0) if entry.raw == "0" else None)


def test_a_form_is_not_changed_by_accident():
    with pytest.raises(FrozenInstanceError):
        form().project.raw = "别的"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ("产出指标 | 数量指标 | 制卡数量 | 全年 | ≥ | 5 | 张", True),
        ("效益指标 | 生态效益指标 | 无 | 无 | | 无 |", False),
        ("效益指标 | 生态效益指标 | 不适用 | | | / |", False),
        ("效益指标 | 生态效益指标 | | | | |", True),  # unfinished, and to be said so
        ("效益指标 | 生态效益指标 | 绿化面积 | 无 | | 无 |", True),
    ],
)
def test_only_a_row_that_says_so_throughout_does_not_apply(row, counts):
    assert len(form(row).applicable) == int(counts)


def test_a_row_s_explanation_belongs_to_its_cells_and_the_form_s_to_all_that_has_no_row():
    one = form(explanations={17: "上年结转"}, note="首次申报")

    assert one.explanation_for(At(FORM_SHEET, 17, 6)) == "上年结转"
    assert one.explanation_for(At(FORM_SHEET, 18, 6)) == ""
    assert one.explanation_for(one.headings["level1"]) == "首次申报"
    assert one.explanation_for(None) == "首次申报"
    assert one.explanation_for(AtLine(3)) == "首次申报"


def test_each_cell_of_a_row_is_met_once():
    cells = [entry.at for entry in form().indicators[0].entries()]

    assert len(cells) == len(set(cells)) == 7


@pytest.mark.parametrize(
    ("typed", "number", "text"),
    [
        ("1.全年制卡", "1.", "全年制卡"),
        ("（一）全年制卡", "（一）", "全年制卡"),
        ("二、全年制卡", "二、", "全年制卡"),
        ("全年制卡 5 张", "", "全年制卡 5 张"),
        ("2023年制卡", "", "2023年制卡"),
    ],
)
def test_an_objective_s_number_is_told_from_its_text(typed, number, text):
    assert objective_number(typed) == (number, text)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ({}, "社保卡制卡工本费"),
        ({"project": None}, "社保卡制卡工本费绩效目标表"),
        ({"project": None, "title": None}, FORM_SHEET),
    ],
)
def test_a_form_has_a_name_whatever_is_blank(head, name):
    assert form(**head).name == name
