"""Family N: clean text."""

from __future__ import annotations

import pytest
from forms import form, hits

from perfxl.rules import check


@pytest.mark.parametrize(
    "name", [" 宣传费", "宣传费 ", "宣\t传费", "宣\u00a0传费", "宣\u3000传费", "宣\u200b传费", "宣\n传费", "宣传费\n"]
)
def test_N01_white_space_that_nobody_sees(name):
    assert hits(form(project=name), "N01") == ["B3 info"]


@pytest.mark.parametrize("name", ["宣传费", "EMS 邮寄费"])
def test_N01_a_space_between_words_is_none_of_it(name):
    assert hits(form(project=name), "N01") == []


def test_N01_what_is_nothing_but_white_space_is_blank():
    assert hits(form(other="  ", purpose="\u3000"), "N01") == []


def test_N01_a_long_text_may_have_lines():
    assert hits(form(purpose="用于制卡。\n用于发卡。"), "N01") == []
    assert hits(form(purpose="用于制卡。\n"), "N01") == ["B5 info"]


def test_N01_a_cell_is_told_once_whatever_its_lines():
    assert hits(form(objectives=["1.制卡。 \n2.发卡。 "]), "N01") == ["B6 info"]


def test_N01_every_cell_of_an_indicator_counts():
    assert hits(form("产出指标 | 数量指标 | ␣制卡 | 全年␣ | ≥␣ | 5 | 张"), "N01") == [
        "C17 info",
        "D17 info",
        "E17 info",
    ]


@pytest.mark.parametrize("text", ["保障社保社保卡人员", "提升服务服务水平", "社会保险社会保险费"])
def test_N02_a_word_typed_twice(text):
    assert hits(form(purpose=text), "N02") == ["B5 warning"]


@pytest.mark.parametrize("text", ["人人享有，常常检查", "一步一步推进", "人人人人", "保障社保卡，社保卡供应"])
def test_N02_characters_doubled_and_words_meant_to_be(text):
    assert hits(form(purpose=text), "N02") == []


@pytest.mark.parametrize(
    "text", ["按33号 ）规定。", "按（ 33号）规定。", "用于 制卡。", "用于制卡,发卡，换卡。", "用于制卡(含补卡）。"]
)
def test_N03_stray_spaces_and_marks_of_two_widths(text):
    assert hits(form(purpose=text), "N03") == ["B5 info"]


@pytest.mark.parametrize(
    "text",
    ["用于 EMS 邮寄。", "每日8:30至17:00办理。", "共1,324万元，全部使用。", "用于制卡(含补卡)", "用于制卡，发卡。"],
)
def test_N03_spaces_between_scripts_times_numbers_and_one_width_throughout(text):
    assert hits(form(purpose=text), "N03") == []


def test_N03_an_objective_ends_with_a_mark():
    assert hits(form(objectives="1.制卡500张。\n2.发卡"), "N03") == ["B7 info"]
    assert hits(form(objectives="1.制卡500张。\n2.发卡；"), "N03") == []
    assert hits(form(objectives=["1.制卡\n2.发卡。"]), "N03") == []  # a line of a cell may go on below


def test_N03_a_cell_is_told_once_with_all_that_is_uneven():
    checked = form(objectives="1.制卡 (含补卡，发卡")
    (issue,) = [one for one in check(checked) if one.code == "N03"]

    assert "多余的空格" not in issue.message  # 卡 ( is no Chinese on both sides
    assert "全角、半角" in issue.message and "句末" in issue.message


def texts(*values):
    return form("\n".join(f"效益指标 | 社会效益指标 | 甲{n} | 口径 | {value}" for n, value in enumerate(values)))


def test_N03_texts_as_values_end_alike():
    assert hits(texts("按时发放。", "全部办结", "全部送达"), "N03") == ["F17 info"]
    assert hits(texts("按时发放。", "全部办结。", "全部送达"), "N03") == ["F19 info"]
    assert hits(texts("按时发放。", "全部办结。"), "N03") == []
    assert hits(texts("按时发放", "全部办结", "≥95%"), "N03") == []
