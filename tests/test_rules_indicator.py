"""Family I: names of indicators."""

from __future__ import annotations

import pytest
from forms import SOUND, form, hits


def benefit(level3, description, value):
    return form(f"效益指标 | 社会效益指标 | {level3} | {description} | {value}")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("维护参保权益", "维护权益情况", "维护参保权益"), ["F17 error"]),
        (("权益", "维护参保权益", "维护参保权益。"), ["F17 error"]),
        (("防范养老金冒领情形", "通过认证防范", "防范养老金冒领"), ["F17 warning"]),
        (("防冒领", "防范", "防范"), ["F17 error"]),
        (("改善工作环境", "工作环境", "环境"), []),
        (("保障供应", "保障供应", "保障供应，卡片质量满足要求"), []),
        (("办结率", "投诉办结", "≥98%"), []),
    ],
)
def test_I02_a_value_that_only_repeats_its_name(row, told):
    assert hits(benefit(*row), "I02") == told


@pytest.mark.parametrize("rows", [("甲 | 一年", "甲 | 一年"), ("甲␣乙 | 一 年", "甲乙 | 一年")])
def test_I04_the_same_name_and_description_twice(rows):
    table = "\n".join(f"产出指标 | 质量指标 | {row} | ≥99%" for row in rows)

    assert hits(form(table), "I04") == ["C18 error"]


def test_I04_three_rows_of_one_name_are_one_entry_that_names_the_others():
    table = "\n".join(f"产出指标 | 成本指标 | 费用 | {what} | ≤1万元" for what in ("保安", "电工", "物业"))

    assert hits(form(table), "I04") == ["C18 info"]


def test_I04_the_same_name_under_another_level2_is_another_indicator():
    assert hits(form("产出指标 | 质量指标 | 甲 | 乙 | ≥99%\n | 数量指标 | 甲 | 乙 | ≥9件"), "I04") == []
    assert hits(form(SOUND), "I04") == []


@pytest.mark.parametrize("left", ["完成**项目", "完成××项目", "完成XX项目", "……", "指标1：", "目标 2: 完成"])
def test_I05_what_the_template_left_to_be_replaced(left):
    assert hits(benefit(left, "全年", "≥98%"), "I05") == ["C17 error"]


def test_I05_looks_into_every_text_of_the_form():
    assert hits(form(project="××项目"), "I05") == ["B3 error"]
    assert hits(form(purpose="用于××。"), "I05") == ["B5 error"]
    assert hits(form(objectives="1.制卡。\n2.目标1：发卡。"), "I05") == ["B7 error"]
    assert hits(benefit("覆盖率", "覆盖率", "≥**%"), "I05") == ["F17 error"]


@pytest.mark.parametrize("text", ["EMS退回率", "XXL码工装", "5×8小时服务", "指标完成率", "目标人群覆盖率"])
def test_I05_letters_and_signs_that_mean_something(text):
    assert hits(benefit(text, "全年", "≥98%"), "I05") == []
