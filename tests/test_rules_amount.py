"""Family A: amounts.  C4 total, E4 fiscal, G4 other; the costs stand in the rows from 17 on."""

from __future__ import annotations

from decimal import Decimal

import pytest
from forms import form, hits

from perfxl.rules import check
from perfxl.settings import Settings, Thresholds


def costs(*rows, **head):
    """A form of cost rows (name | description | value) and, where they name another level2, other rows."""
    lines = [row if row.count("|") >= 4 else f"产出指标 | 成本指标 | {row}" for row in rows]
    return form("\n".join(lines), **head)


def quantity(value, name="数量"):
    return f"产出指标 | 数量指标 | {name} | 全年 | {value}"


@pytest.mark.parametrize(
    ("total", "fiscal", "other"), [("500", "400", "50"), ("84.10", "84.11", None), ("500", "500", "0.01")]
)
def test_A01_parts_that_do_not_add_up(total, fiscal, other):
    assert hits(form(total=total, fiscal=fiscal, other=other), "A01") == ["C4 error"]


@pytest.mark.parametrize(
    ("total", "fiscal", "other"),
    [
        ("500", "450", "50"),
        ("1,324.00", "１３２４", "0"),
        ("0.3", "0.1", "0.2"),
        (Decimal("84.1"), "84.10", 0),
        ("500", "500.005", "0"),
    ],
)
def test_A01_parts_that_do_add_up_however_written(total, fiscal, other):
    assert hits(form(total=total, fiscal=fiscal, other=other), "A01") == []


def test_A01_other_money_left_blank_counts_as_nought_and_is_a_hint():
    assert hits(form(other=None), "A01") == ["G4 info"]
    assert hits(form(other=" "), "A01") == ["G4 info"]


def test_A01_waits_for_amounts_that_can_be_read():
    assert hits(form(fiscal="约400"), "A01") == []
    assert hits(form(fiscal=None), "A01") == []
    assert hits(form(fiscal="-400"), "A01") == []


def test_A01_says_the_sum_and_the_difference_with_their_unit():
    (issue,) = check(form(total="500.10", fiscal="400", other="50")).errors

    assert "450.00万元" in issue.message and "50.10万元" in issue.message and "500.10万元" in issue.message


@pytest.mark.parametrize("typed", ["854万854万(含结转)", "五百", "-5", "1.2345678", "1e3", "1,32,4"])
def test_A02_what_is_no_amount_of_money(typed):
    assert hits(form(total=typed), "A02") == ["C4 error"]


@pytest.mark.parametrize(
    ("unit", "good", "bad"),
    [("元", "1.23", "1.234"), ("千元", "1.23456", "1.234567"), ("万元", "1.234567", "1.2345678")],
)
def test_A02_an_amount_has_no_part_of_a_fen(unit, good, bad):
    assert hits(form(other=bad, money_unit=unit), "A02") == ["G4 error"]
    assert hits(form(other=good, money_unit=unit), "A02") == []


def test_A02_noughts_at_the_end_and_thousands_separators_are_no_mistake():
    assert hits(form(total="1,324.0000000", fiscal="1324"), "A02") == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["保安 | 保安 | ≤300万元", "物业 | 物业 | ≤210万元"], ["C4 error"]),
        (["保安 | 保安 | ≤501万元", "物业 | 物业 | ≤1元"], ["F17 error"]),
        (["保安 | 保安 | ≤0.0501亿元"], ["F17 error"]),
        (["保安 | 保安 | ≤300万元", "物业 | 物业 | ≤100万元"], ["C4 warning"]),
        (["保安 | 保安 | ≤400万元"], ["F17 warning"]),
    ],
)
def test_A03_costs_that_are_not_the_budget(rows, told):
    assert hits(costs(*rows), "A03") == told


@pytest.mark.parametrize(
    "rows",
    [
        ["保安 | 保安 | ≤300万元", "物业 | 物业 | ≤200万元"],
        ["保安 | 保安 | ≤300万元", "物业 | 物业 | 2000000元"],
        ["保安 | 保安 | ≤300万元", "物业 | 物业 | ≤202.5万元"],
        ["保安 | 保安 | ≤475万元"],
        ["保安 | 保安 | ≤300万元", "培训人均成本 | 培训 | ≤475元"],
        ["保安 | 保安 | ≤300万元", "物业 | 物业 | 按合同支付"],
        ["人均成本 | 人均 | ≤600万元"],
        ["控制率 | 控制率 | ≤100%"],
    ],
)
def test_A03_the_budget_itself_prices_of_one_and_what_is_not_known(rows):
    assert hits(costs(*rows), "A03") == []


def test_A03_an_employer_is_no_unit_price():
    assert hits(costs("用人单位补贴 | 用人单位补贴 | ≤600万元"), "A03") == ["F17 error"]
    assert hits(costs("用人单位成本补贴 | 补贴 | ≤600万元"), "A03") == ["F17 error"]
    assert hits(costs("单位造价 | 造价 | ≤600万元"), "A03") == []


def test_A03_under_the_other_edition_cost_is_a_first_level():
    table = "成本指标 | 经济成本指标 | 保安 | 保安 | ≤501万元"

    assert hits(form(table, edition="mof-2021"), "A03") == ["F17 error"]


def test_A03_waits_for_the_right_money_unit_and_budget():
    row = "保安 | 保安 | ≤400万元"

    assert hits(costs(row, money_unit="元", template_money_unit="万元"), "A03") == []
    assert hits(costs(row, total="约500"), "A03") == []
    assert hits(costs(row, total="-500"), "A03") == []
    assert hits(costs(row, total="0"), "A03") == []


@pytest.mark.parametrize(
    ("price", "number", "told"),
    [
        ("≤500元", "≥1800人次", "F17 warning"),
        ("≤500元", "≤1800人次", "F17 warning"),
        ("500元", "≥1800人次", "F17 error"),
        ("≤500元", "=1800人次", "F17 error"),
        ("≥500元", "≥1800人次", "F17 error"),
        ("≤0.05万元", "≥0.18万人次", "F17 warning"),
        ("≤400元", "≥1800人次", "F17 info"),
    ],
)
def test_A04_the_only_price_times_the_only_quantity(price, number, told):
    checked = costs(f"人均鉴定成本 | 人均 | {price}", quantity(number), total="84.10", fiscal="84.10")

    assert hits(checked, "A04") == [told]


@pytest.mark.parametrize("price", ["≤467元", "450元"])
def test_A04_a_product_near_the_budget(price):
    checked = costs(f"人均鉴定成本 | 人均 | {price}", quantity("≥1800人次"), total="84.10", fiscal="84.10")

    assert hits(checked, "A04") == []


def test_A04_several_prices_each_with_its_own_counting_unit():
    rows = ["培训 | 单价 | 475元/人", "宣传 | 单价 | 2875元/场", "印刷 | 单价 | 3000元/套"]
    numbers = [quantity("60人", "人数"), quantity("4场", "场次"), quantity("20套", "套数")]

    assert hits(costs(*rows, *numbers, total="10"), "A04") == []
    assert hits(costs(*rows, *numbers, total="9.9"), "A04") == ["F17 error"]
    assert hits(costs(*rows, *numbers, total="11"), "A04") == ["F17 info"]


def test_A04_a_price_of_something_else_is_not_multiplied():
    assert hits(costs("绿化 | 单价 | 500元/亩", quantity("≥1800人次"), total="1"), "A04") == []
    assert hits(costs("甲 | 单价 | 5元/人", quantity("9人", "甲"), quantity("99人", "乙"), total="0.001"), "A04") == []
    assert hits(costs("甲 | 人均 | 5元", quantity("9人", "甲"), quantity("99人", "乙"), total="0.001"), "A04") == []


def test_A04_units_convert_before_they_are_multiplied():
    assert hits(costs("修路 | 单价 | 500元/米", quantity("2公里"), total="99"), "A04") == ["F17 error"]
    assert hits(costs("修路 | 单价 | 500元/米", quantity("2公里"), total="100"), "A04") == []


def test_A04_less_than_the_budget_is_nothing_where_other_costs_make_up_the_rest():
    checked = costs("人均成本 | 人均 | ≤400元", "设备 | 设备 | ≤40万元", quantity("≥1000人"), total="80")

    assert hits(checked, "A04") == []


def test_A04_waits_for_the_unit_of_the_quantity():
    checked = costs("人均成本 | 人均 | 500元", quantity("≥1800"), total="1")

    assert hits(checked, "V05") == ["G18 error"]
    assert hits(checked, "A04") == []


@pytest.mark.parametrize(
    ("price", "number", "total", "unit"),
    [
        ("10.65万元", "469483张", "500.00", "“元”"),
        ("10.65万元/张", "469483张", "500.00", "“元/张”"),
        ("10.65元", "469483张", "5000000", "“万元”"),
        ("10.65千元", "469483张", "500.00", None),
        ("0.001065亿元", "469483张", "5000000", None),
    ],
)
def test_A05_a_product_ten_thousand_times_off(price, number, total, unit):
    checked = costs(f"制卡工本费 | 制卡单位平均成本 | {price}", quantity(number), total=total, fiscal=total)
    slips = [issue for issue in check(checked) if issue.code == "A05"]
    if unit is None:  # ten times or a hundred times off: not this slip
        assert slips == []
    else:
        assert [issue.at.a1 for issue in slips] == ["G17"]
        assert slips[0].codes == ("A05", "A04")
        assert unit in slips[0].advice
        assert hits(checked, "A04") == ["G17 error"]


def test_A05_without_a_better_unit_asks_to_look_at_all_of_them():
    checked = costs("单价 | 单价 | 10元", quantity("50000000张"), total="5.00", fiscal="5.00")
    (slip,) = [issue for issue in check(checked) if issue.code == "A05"]

    assert "10000.00 倍" in slip.message
    assert "{" not in slip.message + slip.advice


def test_numbers_beyond_any_budget_are_told_without_exponent():
    huge = "9" * 38
    checked = costs(f"设备 | 设备 | {huge}万元", f"单价 | 单价 | {huge}元", quantity(f"{huge}台"))

    assert [issue.code for issue in check(checked).errors if "E+" in issue.message] == []
    assert hits(checked, "A03") == ["F17 error"]
    assert hits(checked, "A04") == ["F18 error"]


def test_A04_a_unit_that_the_list_lacks_is_matched_by_its_name_and_a_number_of_nothing_by_none():
    price = "修缮 | 单价 | 500元/奎"

    assert hits(costs(price, quantity("20奎", "甲"), quantity("30间", "乙"), total="0.5"), "A04") == ["F17 error"]
    assert hits(costs(price, quantity("20", "甲"), total="0.5"), "A04") == []


def test_A05_prices_in_different_units_have_no_one_unit_to_be_changed():
    rows = ["培训 | 单价 | 1万元/人", "宣传 | 单价 | 1元/场"]
    checked = costs(*rows, quantity("500人", "人数"), quantity("4场", "场次"), total="0.05", fiscal="0.05")
    (slip,) = [issue for issue in check(checked) if issue.code == "A05"]

    assert "1万元/人 × 500人 + 1元/场 × 4场" in slip.message
    assert "改为" not in slip.advice


def test_A03_and_A04_how_much_is_too_much_is_a_threshold():
    generous = Settings(thresholds=Thresholds(cost_excess=Decimal("0.1"), cost_shortfall=Decimal("0.5")))
    over = costs("保安 | 保安 | ≤300万元", "物业 | 物业 | ≤240万元")
    priced = costs("人均补贴 | 人均 | =5400元", quantity("=1000人"))

    assert hits(over, "A03") == ["C4 error"]
    assert hits(over, "A03", settings=generous) == []
    assert hits(costs("保安 | 保安 | ≤300万元"), "A03", settings=generous) == []
    assert hits(priced, "A04") == ["F17 error"]
    assert hits(priced, "A04", settings=generous) == []


def test_A03_a_place_can_name_more_that_is_no_unit_price():
    row = "平均奖金补贴 | 补贴 | ≤600万元"

    assert hits(costs(row), "A03") == []
    assert hits(costs(row), "A03", settings=Settings(words={"no_unit_price": ("平均奖金",)})) == ["F17 error"]


@pytest.mark.parametrize(
    ("project_total", "found"),
    [("400", ["K6 error"]), ("499.99", ["K6 error"]), ("500", []), ("1,200", []), ("约400", []), (None, [])],
)
def test_A07_one_year_is_no_more_than_the_whole_project(project_total, found):
    assert hits(form(project_total=project_total), "A07") == found


def test_A07_says_nothing_where_the_form_has_no_such_cell():
    assert hits(form(), "A07") == []
