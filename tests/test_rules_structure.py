"""Family S: completeness, and the form that was sent out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from forms import SOUND, broken, deviation, entry, form, hits

from perfxl.form import Entry
from perfxl.issue import At, AtLine
from perfxl.rules import check

ROW = "产出指标 | 数量指标 | 制卡数量 | 全年制作的社保卡 | ≥ | 469483 | 张"


def test_a_sound_form_has_no_issue_at_all():
    assert list(check(form())) == []


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("unit_code", "B2"),
        ("unit_name", "D2"),
        ("money_unit", "G2"),
        ("project", "B3"),
        ("total", "C4"),
        ("fiscal", "E4"),
        ("purpose", "B5"),
    ],
)
def test_S01_each_required_field_left_blank_is_told_at_its_cell(field, cell):
    assert hits(form(**{field: None}), "S01") == [f"{cell} error"]
    assert hits(form(**{field: " \u3000"}), "S01") == [f"{cell} error"]


def test_S01_the_other_fields_may_be_blank():
    assert hits(form(project_no=None, title=None, other=None), "S01") == []


def test_S01_a_form_without_objectives_or_indicators_points_to_the_first_row_for_them():
    assert hits(form(objectives=""), "S01") == ["B6 error"]
    assert hits(form(""), "S01") == ["A17 error"]


def test_S01_rows_that_say_not_applicable_are_no_indicators():
    assert hits(form("产出指标 | 数量指标 | 不适用 |  | 不适用"), "S01") == ["A17 error"]


def test_S01_an_error_value_is_as_good_as_blank_but_of_an_amount_it_is_A02():
    assert hits(form(project=broken()), "S01") == ["B3 error"]
    assert hits(form(total=broken()), "S01") == []
    assert hits(form(total=broken()), "A02") == ["C4 error"]


def test_S01_an_error_value_among_the_objectives_is_told():
    faulty = Entry(raw=None, at=At("绩效目标表", 7, 2), fault="#NAME?")
    checked = replace(form(), objectives=(*form().objectives, faulty))

    assert hits(checked, "S01") == ["B7 error"]


@pytest.mark.parametrize("code", ["35330", "3533021", "353302天津市", "３５３３０２", "353-302"])
def test_S02_a_code_that_is_not_six_digits(code):
    assert hits(form(unit_code=code), "S02") == ["B2 error"]


@pytest.mark.parametrize("code", ["353302", " 353302 ", 353302])
def test_S02_six_digits_as_text_or_number(code):
    assert hits(form(unit_code=code), "S02") == []


def test_S02_the_other_edition_takes_three_six_or_nine_digits():
    assert [hits(form(unit_code=code, edition="mof-2021"), "S02") for code in ("042", "042001", "042001003")] == [
        []
    ] * 3
    assert hits(form(unit_code="0420", edition="mof-2021"), "S02") == ["B2 error"]


@pytest.mark.parametrize("title", ["劳动能力鉴定经费绩效目标表", "社保卡制卡工本费", "98社保卡绩效目标表"])
def test_S04_a_title_of_another_project(title):
    assert hits(form(title=title), "S04") == ["A1 warning"]


@pytest.mark.parametrize(
    "title", ["社保卡制卡工本费绩效目标表", "99.社保卡制卡工本费绩效目标表", "社保卡 制卡工本费　绩效目标表", None]
)
def test_S04_number_and_white_space_make_no_difference(title):
    assert hits(form(title=title), "S04") == []


def test_S04_a_project_may_begin_with_a_year():
    assert hits(form(title="2023年宣传费绩效目标表", project="2023年宣传费"), "S04") == []


def test_S04_waits_for_the_project_name_and_for_a_title_that_was_computed():
    assert hits(form(project=None), "S04") == []
    assert hits(form(title=broken("公式未计算")), "S04") == []


@pytest.mark.parametrize(("typed", "template"), [("百元", ""), ("元", "万元"), ("美元", "")])
def test_S05_a_unit_that_is_none_or_not_the_template_s(typed, template):
    assert hits(form(money_unit=typed, template_money_unit=template), "S05") == ["G2 error"]


@pytest.mark.parametrize(("typed", "template"), [("万元", "万元"), ("千元", ""), (" 元 ", "元")])
def test_S05_any_unit_where_the_template_says_nothing_else(typed, template):
    assert hits(form(money_unit=typed, template_money_unit=template), "S05") == []


def test_S06_an_unknown_year_is_a_hint_and_two_different_ones_an_error():
    assert hits(form(year=None), "S06") == ["- info"]
    assert hits(form(year=2023), "S06", year=2024) == ["- error"]


def test_S06_one_year_known_or_both_the_same_is_right():
    assert hits(form(year=2023), "S06") == []
    assert hits(form(year=None), "S06", year=2023) == []
    assert hits(form(year=2023), "S06", year=2023) == []


def test_S07_each_changed_label_is_told_where_it_stands():
    changed = (deviation("C15", "三级指标", "考核指标"), deviation("A2", "单位编码", None))

    assert hits(form(deviations=changed), "S07") == ["A2 error", "C15 error"]


def test_S07_an_edition_that_does_not_exist_is_told_and_the_default_one_used():
    checked = form(edition="tianjin-2032")

    assert [issue.code for issue in check(checked)] == ["S07"]


def test_S08_each_missing_column_is_told_at_its_own_cell():
    assert hits(form("产出指标 |  | 制卡数量 | 全年 | ≥ | 1 | 张"), "S08") == ["B17 error"]
    assert hits(form("产出指标 | 数量指标 |  | 全年 | ≥ | 1 | 张"), "S08") == ["C17 error"]
    assert hits(form("产出指标 | 数量指标 | 制卡数量 | 全年 |  |  |"), "S08") == ["F17 error"]
    assert hits(form("产出指标 |  |  | 全年 |  |  |"), "S08") == ["B17 error", "C17 error", "F17 error"]


def test_S08_a_first_row_without_level1_is_told_once_for_all_rows_below():
    assert hits(form(" | 数量指标 | 制卡数量 | 全年 | ≥1张\n | 质量指标 | 合格率 | 合格卡 | ≥99%"), "S08") == [
        "A17 error"
    ]


@pytest.mark.parametrize("value", ["≥ |  |", " |  | 张", "≥ |  | 张", " | ≥百分比 |"])
def test_S08_sign_and_unit_alone_are_no_value(value):
    assert hits(form(f"产出指标 | 数量指标 | 制卡数量 | 全年 | {value}"), "S08") == ["F17 error"]


@pytest.mark.parametrize("value", ["≥95百分比 |  |", " | ≥95百分比 |", " |  | ≥95百分比", " |  | 环境良好"])
def test_S08_a_value_pasted_whole_into_any_of_its_cells_is_a_value(value):
    assert hits(form(f"产出指标 | 质量指标 | 合格率 | 合格卡 | {value}"), "S08") == []


def test_S08_a_description_may_be_left_out_and_a_level_carried_down():
    assert hits(form(ROW + "\n | 质量指标 | 合格率 |  | ≥99%"), "S08") == []


def test_S08_blank_rows_and_rows_that_say_not_applicable_are_no_mistake():
    assert hits(form(ROW + "\n\n | 成本指标 | 不适用 |  | 无\n"), "S08") == []


def test_S08_an_error_value_is_as_good_as_blank():
    sound = form(ROW).indicators[0]
    faulty = Entry(raw=None, at=sound.description.at, fault="#REF!")
    value = {
        "body": Entry(raw=None, at=sound.body.at, fault="#N/A"),
        "target": Entry(raw="≥张", at=sound.body.at, fault="#N/A"),
    }

    def with_fault(**cells):
        return replace(form(ROW), indicators=(replace(sound, **cells),))

    assert hits(with_fault(description=faulty), "S08") == ["D17 error"]
    assert hits(with_fault(**value), "S08") == ["F17 error"]


def test_S08_a_printed_table_may_have_levels_with_nothing_beside_them():
    unused = ROW + "\n | 质量指标 |  |  |"

    assert hits(form(unused, layout=""), "S08") == []
    assert hits(form(unused), "S08") == ["C18 error", "F18 error"]


def test_in_a_document_everything_stands_at_its_line_and_has_no_cell():
    def line(number, text):
        return Entry(raw=text, at=AtLine(number))

    whole = line(9, "5")
    sound = form(ROW)
    indicator = replace(
        sound.indicators[0], level2=line(6, "数量指标"), target=whole, relation=whole, body=whole, measure=whole
    )
    document = replace(sound, layout="", sheet="", headings={}, indicators=(indicator,), objectives=())
    told = {
        issue.code: (issue.at, issue.value) for issue in check(document) if issue.code in ("S01", "V01", "V05", "T06")
    }

    assert told == {"S01": (None, None), "T06": (None, None), "V01": (AtLine(9), "5"), "V05": (AtLine(9), "5")}


def test_the_builder_puts_cells_where_the_layout_has_them():
    first = form(SOUND).indicators[0]

    assert [cell.at.a1 for cell in first.entries()] == ["A17", "B17", "C17", "D17", "E17", "F17", "G17"]
    assert entry(5, At("表", 1, 1)).number == 5
