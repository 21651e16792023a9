"""Family G: objectives.  They stand in B6 and below, 资金用途 in B5."""

from __future__ import annotations

import pytest
from forms import form, hits

PURPOSE = "保障社保卡制卡工本费正常结算，并延续推进供卡服务。"


@pytest.mark.parametrize(
    ("objectives", "told"),
    [
        ("1.制卡。\n3.发卡。", "B7"),
        ("1.制卡。\n1.发卡。", "B7"),
        ("2.制卡。\n3.发卡。", "B6"),
        ("1.制卡。\n2、发卡。", "B7"),
        ("1.制卡。\n（二）发卡。", "B7"),
        ("1.制卡。\n发卡。", "B7"),
        ("1.制卡；2.发卡；3.换卡。", "B6"),
        ("（一）制卡。（二）发卡。", "B6"),
    ],
)
def test_G01_numbers_that_are_not_1_2_3(objectives, told):
    assert hits(form(objectives=objectives), "G01") == [f"{told} warning"]


@pytest.mark.parametrize(
    "objectives",
    [
        "1.制卡。\n2.发卡。\n3.换卡。",
        "1.制卡。\n2．发卡。",
        "一、制卡。\n二、发卡。",
        "\n".join(f"（{number}）制卡。" for number in ("一", "二", "三", "四", "五", "六", "七", "八", "九")),
        "制卡。\n发卡。",
        "1.制卡。",
        "制卡。",
        "1.制卡46.9万张，合格率99%；2.5万张用于换卡。",
        "1.每月19日统一催缴。2023年完成。",
    ],
)
def test_G01_numbers_that_are_or_none_at_all(objectives):
    assert hits(form(objectives=objectives), "G01") == []


def test_G01_several_in_one_cell_are_counted_on_and_a_line_may_go_on_below():
    assert hits(form(objectives=["1.制卡。\n2.发卡，\n包括换卡。", "3.补卡。"]), "G01") == []
    assert hits(form(objectives=["1.制卡。\n2.发卡。", "2.补卡。"]), "G01") == ["B7 warning"]


def test_G01_numbers_past_ten_in_chinese():
    cells = ["\n".join(f"{number}、制卡。" for number in ("一二三四五六七八九十")) + "\n十一、发卡。"]

    assert hits(form(objectives=cells), "G01") == []


@pytest.mark.parametrize("objective", [f"1.{PURPOSE}", PURPOSE, "1. 保障社保卡制卡工本费 正常结算，并延续推进供卡服务"])
def test_G02_an_objective_copied_from_the_purpose(objective):
    assert hits(form(purpose=PURPOSE, objectives=objective), "G02") == ["B6 warning"]


def test_G02_where_one_contains_the_other_it_is_a_hint():
    assert hits(form(purpose=PURPOSE, objectives=f"1.按照规定，{PURPOSE}"), "G02") == ["B6 info"]
    assert hits(form(purpose=PURPOSE, objectives="1.保障社保卡制卡工本费正常结算。"), "G02") == ["B6 info"]


def test_G02_words_in_common_are_no_copy():
    assert hits(form(purpose=PURPOSE, objectives="1.全年制卡46.9万张。\n2.结算。"), "G02") == []


@pytest.mark.parametrize("text", ["结转2022年未完成的制卡。", "2024年底前完成。", "2022年度制卡。"])
def test_G04_another_year_in_the_text(text):
    assert hits(form(purpose=text), "G04") == ["B5 warning"]
    assert hits(form(objectives=text), "G04") == ["B6 warning"]
    assert hits(form(f"效益指标 | 社会效益指标 | 覆盖率 | 持卡人 | {text}"), "G04") == ["F17 warning"]


@pytest.mark.parametrize(
    "text",
    [
        "2023年6月底前完成。",
        "按照津社保〔2017〕33号执行。",
        "依据2017年第33号公告。",
        "2021-2024年分三期实施。",
        "2021年至2024年分三期实施。",
        "投诉量较2022年下降，比2021年更低。",
        "不低于2022年水平。",
        "编号12022年底。",
    ],
)
def test_G04_documents_spans_and_comparisons_have_years_of_their_own(text):
    assert hits(form(purpose=text), "G04") == []


def test_G04_says_nothing_where_the_year_is_unknown_or_in_dispute():
    text = "2024年底前完成。"

    assert hits(form(purpose=text, year=None), "G04") == []
    assert hits(form(purpose=text, year=2023), "G04", year=2024) == []
    assert hits(form(purpose=text, year=None), "G04", year=2023) == ["B5 warning"]


@pytest.mark.parametrize(
    "objectives",
    [
        "1.做好制卡工作。",
        "按津社保〔2017〕33号执行。",
        "2023年6月底前完成。",
        "每月19日统一催缴。",
        "进行一次性结算，统一标准。",
    ],
)
def test_G03_nothing_that_can_be_counted(objectives):
    assert hits(form(objectives=objectives), "G03") == ["B6 info"]


@pytest.mark.parametrize("objectives", ["1.制卡46.9万张。", "1.做好制卡。\n2.合格率≥98%。", "1.举办三场培训。"])
def test_G03_one_quantity_in_any_of_them_will_do(objectives):
    assert hits(form(objectives=objectives), "G03") == []


def test_G03_says_nothing_where_there_are_no_objectives():
    assert hits(form(objectives=""), "G03") == []


def test_G04_to_be_meant_for_a_year_is_no_comparison():
    assert hits(form(purpose="用于2022年制卡。"), "G04") == ["B5 warning"]
    assert hits(form(purpose="不低于2022年。"), "G04") == []
