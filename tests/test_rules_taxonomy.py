"""Family T: the indicator tree."""

from __future__ import annotations

import pytest
from forms import SOUND, form, hits

MOF = """
    成本指标   | 经济成本指标       | 制卡费用 | 全年支出   | ≤ | 500 | 万元
    产出指标   | 数量指标           | 制卡数量 | 全年制卡   | ≥ | 469483 | 张
               | 质量指标           | 合格率   | 合格卡     | ≥ | 99  | %
               | 时效指标           | 完成时间 | 交付       |   | 2023年11月底前 |
    效益指标   | 社会效益指标       | 覆盖率   | 持卡人     | ≥ | 98  | %
    满意度指标 | 服务对象满意度指标 | 满意度   | 抽样调查   | ≥ | 95  | %
"""


def without(*names, table=SOUND):
    """The sound form without the rows of those second levels; the first level moves down to the next row."""
    return "\n".join(line for line in table.splitlines() if not any(name in line for name in names))


def test_T01_an_unknown_level1_is_told_only_where_it_is_typed():
    checked = form("产出类 | 数量指标 | 制卡数量 | 全年 | ≥1张\n | 质量指标 | 合格率 | 合格卡 | ≥99%")

    assert hits(checked, "T01") == ["A17 error"]


def test_T01_an_old_name_is_a_hint_and_white_space_nothing():
    assert hits(form("项目完成指标 | 数量指标 | 制卡数量 | 全年 | ≥1张"), "T01") == ["A17 info"]
    assert hits(form("产出␣指标 | 数量指标 | 制卡数量 | 全年 | ≥1张"), "T01") == []


def test_T02_an_unknown_level2_is_an_error_and_an_old_name_a_hint():
    assert hits(form("产出指标 | 产出数目 | 制卡数量 | 全年 | ≥1张"), "T02") == ["B17 error"]
    assert hits(form("效益指标 | 环境效益指标 | 减排量 | 全年 | ≥1吨"), "T02") == ["B17 info"]
    assert hits(form("效益指标 | 生态效益指标 | 减排量 | 全年 | ≥1吨"), "T02") == []


def test_T03_a_level2_under_another_level1_also_where_that_is_carried_down():
    checked = form("效益指标 | 社会效益指标 | 覆盖率 | 持卡人 | ≥98%\n | 数量指标 | 制卡数量 | 全年 | ≥1张")

    assert hits(checked, "T03") == ["B18 error"]
    assert hits(form(SOUND), "T03") == []


def test_T03_by_an_old_name_in_the_right_place_is_right():
    assert hits(form("项目效益 | 环境效益 | 减排量 | 全年 | ≥1吨"), "T03") == []


def test_T04_cost_in_both_places_is_one_entry_and_the_unknown_names_none_beside_it():
    mixed = SOUND + "    成本指标 | 经济成本指标 | 耗材 | 全年 | ≤ | 1 | 万元\n"

    assert hits(form(mixed), "T04") == ["A23 error"]
    assert [hits(form(mixed), code) for code in ("T01", "T02", "T03")] == [[], [], []]


def test_T04_in_the_other_edition_it_is_the_cost_under_output_that_is_wrong():
    mixed = MOF.replace("时效指标           |", "成本指标           |")

    assert hits(form(mixed, edition="mof-2021"), "T04") == ["B20 error"]
    assert hits(form(mixed, edition="mof-2021"), "T02") == []


def test_T04_cost_in_one_place_is_right():
    assert hits(form(SOUND), "T04") == []
    assert hits(form(MOF, edition="mof-2021"), "T04") == []


def test_T05_each_missing_first_level_is_its_own_finding_at_the_heading():
    only_satisfaction = "满意度指标 | 服务对象满意度指标 | 满意度 | 抽样 | ≥95%"

    assert hits(form(only_satisfaction), "T05") == ["A15 error", "A15 error"]
    assert hits(form(without("社会效益指标")), "T05") == ["A15 error"]
    assert hits(form(SOUND), "T05") == []


def test_T05_a_misspelt_level_is_one_mistake_not_two():
    misspelt = form(SOUND.replace("效益指标   |", "效益指示   |"))

    assert hits(misspelt, "T01") == ["A21 error"]
    assert hits(misspelt, "T05") == []


def test_T06_quantity_and_quality_each():
    table = "产出指标 | 成本指标 | 费用 | 全年 | ≤1万元\n效益指标 | 社会效益指标 | 覆盖率 | 持卡人 | ≥98%"

    assert hits(form(table), "T06") == ["B15 warning", "B15 warning"]
    assert hits(form(SOUND), "T06") == []


def test_T06_is_left_out_where_output_itself_is_missing_or_a_level2_not_yet_chosen():
    assert hits(form("效益指标 | 社会效益指标 | 覆盖率 | 持卡人 | ≥98%"), "T06") == []
    assert hits(form("产出指标 |  | 制卡数量 | 全年 | ≥1张"), "T06") == []


@pytest.mark.parametrize(
    ("missing", "heading"), [("时效指标", "B15"), ("成本指标", "B15"), ("服务对象满意度指标", "A15")]
)
def test_T07_time_cost_and_satisfaction_each(missing, heading):
    assert hits(form(without(missing)), "T07") == [f"{heading} warning"]


def test_T07_nothing_is_missing_from_a_full_form_of_either_edition():
    assert hits(form(SOUND), "T07") == []
    assert hits(form(MOF, edition="mof-2021"), "T07") == []
    assert hits(form(without("经济成本", table=MOF), edition="mof-2021"), "T07") == ["A15 warning"]


def test_T07_a_row_that_says_not_applicable_excuses_only_with_a_reason():
    with_row = without("服务对象满意度指标") + "\n满意度指标 | 服务对象满意度指标 | 不适用 |  | 不适用"

    assert hits(form(with_row), "T07") == ["A15 warning"]
    assert hits(form(with_row + " | 后台系统，没有服务对象"), "T07") == []


@pytest.mark.parametrize("code", ["T05", "T06", "T07"])
def test_a_form_without_indicators_lacks_indicators_not_categories(code):
    assert hits(form(""), code) == []


def test_T08_satisfaction_under_another_level():
    assert hits(form("产出指标 | 质量指标 | 群众满意度 | 群众满意度 | ≥90%"), "T08") == ["C17 warning"]
    assert hits(form("产出指标 | 质量指标 | 服务评价 | 群众满意率 | ≥90%"), "T08") == ["D17 warning"]


@pytest.mark.parametrize(
    "row",
    [
        "满意度指标 | 服务对象满意度指标 | 群众满意度 | 抽样 | ≥90%",
        "产出指标 | 数量指标 | 满意度调查次数 | 满意度调查次数 | 1次",
        "产出指标 | 成本指标 | 满意度调查费用 | 满意度调查费用 | ≤10万元",
        "产出指标 | 时效指标 | 资金支出时效 | 明察暗访及满意度调查资金支出时效 | 按季度",
        "效益指标 | 社会效益指标 | 服务效能 | 服务效能 | 群众满意度得到提升",
    ],
)
def test_T08_a_survey_of_it_is_an_output_and_a_value_no_name(row):
    assert hits(form(row), "T08") == []


def test_the_edition_given_judges_a_form_that_names_none():
    assert hits(form(MOF, edition=None), "T01") == ["A17 error"]
    assert hits(form(MOF, edition=None), "T01", edition="mof-2021") == []


def test_the_edition_given_does_not_override_the_form_s_own():
    assert hits(form(MOF), "T01", edition="mof-2021") == ["A17 error"]
