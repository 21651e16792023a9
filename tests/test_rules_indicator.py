"""Family I: names of indicators."""

from __future__ import annotations

from decimal import Decimal

import pytest
from forms import SOUND, form, hits

from perfxl.rules import check
from perfxl.settings import Settings, Thresholds


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


# --- I01 ---------------------------------------------------------------------------------------------------------


def described(*same: bool) -> str:
    rows = (f"合格率{n} | {f'合格率{n}' if equal else '抽检合格占比'} | ≥99%" for n, equal in enumerate(same))
    return "\n".join(f"产出指标 | 质量指标 | {row}" for row in rows)


def test_I01_up_to_half_of_a_form_each_is_told():
    assert hits(form(described(True, True, False, False)), "I01") == ["D17 info", "D18 info"]


def test_I01_above_half_of_a_form_it_is_one_entry_that_lists_its_cells():
    checked = form(described(True, False, True, True))
    (issue,) = [one for one in check(checked) if one.code == "I01"]

    assert issue.at.a1 == "D17"
    assert [place.a1 for place in issue.related] == ["D19", "D20"]
    assert "4条" in issue.message and "3条" in issue.message


def test_I01_the_share_is_a_threshold():
    settings = Settings(thresholds=Thresholds(same_description_share=Decimal("0.2")))

    assert hits(form(described(True, True, False, False)), "I01", settings=settings) == ["D17 info"]


def test_I01_a_blank_description_repeats_nothing_and_white_space_does_not_count():
    assert hits(form("产出指标 | 质量指标 | 合格率 |  | ≥99%"), "I01") == []
    assert hits(form("产出指标 | 质量指标 | 合格率 | 合 格率 | ≥99%"), "I01") == ["D17 info"]


# --- I03 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["服务效能", "提供产品及服务数量", "服务 效能", "工作完成情况"])
def test_I03_a_name_that_fits_any_project(name):
    assert hits(benefit(name, "窗口业务", "≥98%"), "I03") == ["C17 warning"]


@pytest.mark.parametrize("name", ["网络舆论环境及经办服务效能", "舆情监测及满意度调查资金支出时效", "产品质量合格率"])
def test_I03_a_name_that_only_contains_such_words(name):
    assert hits(benefit(name, "窗口业务", "≥98%"), "I03") == []


def test_I03_offers_the_description_only_where_it_says_more():
    def advice(description):
        return next(i.advice for i in check(benefit("服务效能", description, "≥98%")) if i.code == "I03")

    assert "“窗口业务办结率”" in advice("窗口业务办结率")
    assert "服务效能" not in advice("服务效能")


# --- I06 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "村组干部230人",
        "设备达标率100%",
        "合格率≥95%",
        "覆盖率(>=90%)",
        "补助户数（500户）",
        "100%达标项目数",
        "响应时间24小时",
    ],
)
def test_I06_a_target_within_the_name(name):
    assert hits(benefit(name, "全年", "≥98%"), "I06") == ["C17 warning"]


@pytest.mark.parametrize(
    "name",
    [
        "24小时值班率",
        "5×8小时服务覆盖率",
        "12345热线接听率",
        "2023年制卡数量",
        "第3批设备到货率",
        "10千伏线路完好率",
        "4A级景区覆盖率",
        "3岁以下婴幼儿托位数",
    ],
)
def test_I06_a_number_that_is_part_of_the_name(name):
    assert hits(benefit(name, "全年", "≥98%"), "I06") == []


def test_I06_a_placeholder_is_told_once_as_what_it_is():
    checked = benefit("覆盖率(≥**%)", "全年", "≥98%")

    assert hits(checked, "I05") == ["C17 error"]
    assert hits(checked, "I06") == []


# --- I07 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("申请鉴定人数", "≥1800人次", ["G17 warning"]),
        ("数字化加工人次", "≥1260册", ["G17 warning"]),
        ("卡片合格率", "≥99张", ["G17 warning"]),
        ("群众满意度", "≥90人", ["G17 warning"]),
        ("投诉比例", "≤5件", ["G17 warning"]),
        ("培训次数", "≥5人", ["G17 warning"]),
        ("使用年限", "≥3套", ["G17 warning"]),
        ("预计邮寄件数", "≥15000封", ["G17 info"]),
        ("公告笔数", "≥150条", ["G17 info"]),
        ("申请鉴定人数", "≥1.8万人", []),
        ("服务人员数量", "≥180名", []),
        ("加工人次数", "≥5万人次", []),
        ("浏览量增长率", "≥5个百分点", []),
        ("群众满意度", "≥90分", []),
        ("设备运行功率", "≥5千瓦", []),
        ("培训次数", "≥5场次", []),
        ("保存时长", "≥5年", []),
        ("使用年限", "≥36个月", []),
        ("社保卡片数量", "≥469483张", []),
        ("信件数", "≥15000封", []),
        ("案件数", "≥5起", []),
        ("用户数", "≥50万人", []),
        ("制卡数量", "≥5张", []),
        ("合格率（%）", "≥99%", []),
        ("合格率（%）", "≥99张", ["G17 warning"]),
    ],
)
def test_I07_what_the_end_of_the_name_counts(name, value, found):
    assert hits(form(f"产出指标 | 数量指标 | {name} | 全年 | {value}"), "I07") == found


def test_I07_looks_at_the_description_where_the_name_does_not_say():
    assert hits(benefit("短信送达情况", "资格认证短信送达率", "≥95条"), "I07") == ["G17 warning"]
    assert hits(benefit("短信送达率", "短信发送人数", "≥95%"), "I07") == []


def test_I07_leaves_a_missing_or_unknown_unit_to_V05_and_V04():
    assert hits(benefit("参加人数", "全年", "≥95"), "I07") == []
    assert hits(benefit("参加人数", "全年", "≥95奎"), "I07") == []


# --- I08 ---------------------------------------------------------------------------------------------------------

SELECTED = Settings(select=("I08",))


@pytest.mark.parametrize(
    ("name", "description", "found"),
    [
        ("EMS退回率", "认证暂停告知文书送达情况", ["D17 info"]),
        ("公告笔数", "公告报纸版面笔数", []),
        ("服务效能", "窗口办结", []),
        ("退回率", "", []),
    ],
)
def test_I08_name_and_description_without_a_letter_in_common(name, description, found):
    assert hits(benefit(name, description, "≤10%"), "I08", settings=SELECTED) == found


def test_I08_resemblance_is_a_threshold():
    settings = Settings(select=("I08",), thresholds=Thresholds(resemblance=Decimal("0.9")))

    assert hits(benefit("公告笔数", "公告报纸版面笔数", "≥1笔"), "I08", settings=settings) == ["D17 info"]
