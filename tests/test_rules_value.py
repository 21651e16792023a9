"""Family V: the value itself.  Cells of row 17: E sign, F number or text, G unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from forms import form, hits

from perfxl.rules import check
from perfxl.settings import Settings, Thresholds

BLANK = ""


def indicator(level2, value, name="某指标", description="口径说明", edition="tianjin-2023"):
    level1 = {"社会效益指标": "效益指标", "经济成本指标": "成本指标", "服务对象满意度指标": "满意度指标"}
    table = f"{level1.get(level2, '产出指标')} | {level2} | {name} | {description} | {value}"
    return form(table, edition=edition, total="99999")


@pytest.mark.parametrize("value", ["100百分比", "469483张", " | 12 | 份"])
def test_V01_a_quantity_without_sign(value):
    assert hits(indicator("数量指标", value), "V01") == ["E17 warning"]


@pytest.mark.parametrize(
    "value", ["≥12份", "= | 12 | 份", "不少于12份", "90-95%", "2023年6月底前", "完成12份报告", BLANK]
)
def test_V01_a_sign_in_any_writing_a_range_a_date_a_text(value):
    assert hits(indicator("数量指标", value), "V01") == []


@pytest.mark.parametrize("value", [">=95%", "＜5%", "不低于95%", ">= | 95 | %", "5天以内"])
def test_V02_another_way_to_write_a_sign(value):
    assert hits(indicator("质量指标", value), "V02") == ["E17 info"]


@pytest.mark.parametrize("value", ["≥95%", "95%", "浏览量增长率>=20%，提升知晓度"])
def test_V02_standard_signs_and_texts(value):
    assert hits(indicator("质量指标", value), "V02") == []


@pytest.mark.parametrize("value", ["≥95百分比", "≥95％", "≥3km", "≥ | 95 | (%)"])
def test_V03_another_name_of_a_unit(value):
    assert hits(indicator("质量指标", value), "V03") == ["G17 info"]


@pytest.mark.parametrize("value", ["≥95%", "≥3公里", "≥3奎", "≥3"])
def test_V03_a_standard_unit_an_unknown_one_and_none(value):
    assert hits(indicator("质量指标", value), "V03") == []


def test_V04_a_unit_that_the_list_lacks():
    assert hits(indicator("数量指标", "≥30奎"), "V04") == ["G17 warning"]
    assert hits(indicator("成本指标", "≤5元/奎"), "V04") == ["G17 warning"]


@pytest.mark.parametrize("value", ["≥30套", "≥3.1万封", "≤475元/人", "≥95百分比", "≥30", "满足需要"])
def test_V04_units_that_it_has(value):
    assert hits(indicator("数量指标", value), "V04") == []


@pytest.mark.parametrize("value", ["2", "≥ | 1 |", "≥0.5", "≥3万"])
def test_V05_a_number_of_nothing(value):
    assert hits(indicator("数量指标", value), "V05") == ["G17 error"]


@pytest.mark.parametrize("value", ["≥2场", "2023", "2023年", "2023.7", "满足需要"])
def test_V05_a_year_or_a_date_needs_no_unit(value):
    assert hits(indicator("时效指标", value), "V05") == []


@pytest.mark.parametrize("value", ["≥292%", "101百分比", "≥-5%", "90-120%"])
def test_V06_a_share_beyond_0_to_100(value):
    assert hits(indicator("质量指标", value, name="卡片合格率"), "V06") == ["F17 error"]


@pytest.mark.parametrize("value", ["≥100%", ">100%", "≤0%"])
def test_V06_a_bound_that_leaves_one_value_is_a_hint(value):
    assert hits(indicator("质量指标", value, name="卡片合格率"), "V06") == ["F17 info"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("卡片合格率", "=100%"),
        ("卡片合格率", "≤100%"),
        ("任务完成率", "120%"),
        ("浏览量增长率", "≥150%"),
        ("能耗下降幅度", "≥-5%"),
        ("制卡数量", "≥292张"),
    ],
)
def test_V06_growth_and_completion_may_pass_100(name, value):
    assert hits(indicator("质量指标", value, name=name), "V06") == []


@pytest.mark.parametrize("value", ["≥753万元", ">753万元", "不低于 | 753 | 万元", "753万元以上"])
def test_V08_a_cost_with_a_floor(value):
    assert hits(indicator("成本指标", value), "V08") == ["E17 error"]
    assert hits(indicator("经济成本指标", value, edition="mof-2021"), "V08") == ["E17 error"]


def test_V08_a_ceiling_is_right_and_a_saving_is_no_cost():
    assert hits(indicator("成本指标", "≤753万元"), "V08") == []
    assert hits(indicator("成本指标", "753万元"), "V08") == []
    assert hits(indicator("成本指标", "≥5%", name="成本节约率"), "V08") == []
    assert hits(indicator("社会效益指标", "≥753万元"), "V08") == []


@pytest.mark.parametrize("value", ["≤1万人", "<3000封", "不超过 | 5 | 次"])
def test_V09_a_quantity_with_only_a_ceiling(value):
    assert hits(indicator("数量指标", value), "V09") == ["E17 warning"]


@pytest.mark.parametrize("name", ["投诉次数", "生产安全事故数", "新增违建发生数"])
def test_V09_of_what_is_bad_the_fewer_the_better(name):
    assert hits(indicator("数量指标", "≤5次", name=name), "V09") == []
    assert hits(indicator("数量指标", "≤5次", description=name), "V09") == []


def test_V09_is_about_quantities_only():
    assert hits(indicator("数量指标", "≥5次"), "V09") == []
    assert hits(indicator("质量指标", "≤5次"), "V09") == []


@pytest.mark.parametrize(
    "value",
    [
        "按照合同约定时间支付资金，分步骤实施采购验收。",
        "按各项业务工作实施进度支付资金，及时办理支付手续",
        "日常维护",
        "≥3次",
    ],
)
def test_V11_no_time_in_it(value):
    assert hits(indicator("时效指标", value), "V11") == ["F17 warning"]


@pytest.mark.parametrize(
    "value",
    [
        "2023年6月底前",
        "2023",
        "上半年按协议支付费用，评审费据实支付。",
        "下半年启动采购，年内完成付款手续",
        "分上下半年两次采购",
        "按照合同约定按月/季度开展",
        "当日完成信息编辑、发布工作",
        "收到申请后5个工作日内办结",
        "≤3天",
        "≥95%",
        "≤ | 24 | 小时",
    ],
)
def test_V11_any_time_will_do(value):
    assert hits(indicator("时效指标", value), "V11") == []


@pytest.mark.parametrize("value", ["满足业务经办及消防安全需要", "若干", "一次性完成"])
def test_V13_a_quantity_without_a_number(value):
    assert hits(indicator("数量指标", value), "V13") == ["F17 error"]


@pytest.mark.parametrize("value", ["≥12份", "每月1次，全年12次", "举办三场", "完成十二份报告", "１２份"])
def test_V13_a_number_in_figures_or_in_words(value):
    assert hits(indicator("数量指标", value), "V13") == []


def test_V13_is_about_quantities_only():
    assert hits(indicator("质量指标", "满足需要"), "V13") == []


@pytest.mark.parametrize(
    "value",
    ["可持续使用超过5年", "浏览量增长率>=20%，提升知晓度", "制卡469483张，邮寄3000封", "超过50万人，年增长率>=20%"],
)
def test_V15_a_number_within_words(value):
    assert hits(indicator("社会效益指标", value), "V15") == ["F17 warning"]


@pytest.mark.parametrize(
    "value", ["≥5年", "90-95%", "2023年6月底前支付工本费欠款", "按津社保〔2017〕33号执行", "环境良好"]
)
def test_V15_one_quantity_a_date_or_a_document_number(value):
    assert hits(indicator("社会效益指标", value), "V15") == []


def test_V15_days_within_a_deadline_are_the_deadline():
    assert hits(indicator("时效指标", "收到申请后5个工作日内办结"), "V15") == []
    assert hits(indicator("时效指标", "收到申请后5个工作日内办结20件"), "V15") == ["F17 warning"]


# --- V07, V10, V12, V14, V16 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("≥90%", []),
        ("=100%", []),
        ("90%", []),
        ("≥89.9%", ["F17 warning"]),
        ("≥80百分比", ["F17 warning"]),
        ("≥79.9%", ["F17 error"]),
        ("≤95%", ["E17 warning"]),
        ("≥85分", []),
        ("满意", []),
    ],
)
def test_V07_satisfaction_by_its_usual_level(value, found):
    assert hits(indicator("服务对象满意度指标", value, name="群众满意度"), "V07") == found


def test_V07_levels_are_thresholds():
    low = indicator("服务对象满意度指标", "≥70%", name="群众满意度")
    limits = Thresholds(satisfaction=Decimal(60), satisfaction_floor=Decimal(0))

    assert hits(low, "V07") == ["F17 error"]
    assert hits(low, "V07", settings=Settings(thresholds=limits)) == []


def test_V07_of_complaints_the_fewer_the_better():
    assert hits(indicator("服务对象满意度指标", "≥5%", name="投诉比例"), "V07") == ["E17 warning"]
    assert hits(indicator("服务对象满意度指标", "≤5%", name="投诉比例"), "V07") == []


def test_V07_is_about_satisfaction_under_its_own_level():
    assert hits(indicator("服务对象满意度指标", "≥60%", name="问卷回收率"), "V07") == []
    assert hits(indicator("质量指标", "≥60%", name="群众满意度"), "V07") == []  # that is T08


@pytest.mark.parametrize(
    ("level2", "name", "value"),
    [
        ("质量指标", "卡片合格率", "≤95%"),
        ("质量指标", "短信成功送达率", "<95%"),
        ("质量指标", "覆盖率（%）", "≤98%"),
        ("质量指标", "信件退回率", "≥10%"),
        ("社会效益指标", "投诉次数", "≥5次"),
        ("数量指标", "安全事故发生数", "≥1起"),
        ("质量指标", "产品不合格率", "≥1%"),
    ],
)
def test_V10_the_sign_of_a_share_turned_round(level2, name, value):
    assert hits(indicator(level2, value, name=name), "V10") == ["E17 warning"]


@pytest.mark.parametrize(
    ("level2", "name", "value"),
    [
        ("质量指标", "卡片合格率", "≥95%"),
        ("质量指标", "信件退回率", "≤10%"),
        ("质量指标", "投诉办结率", "≥98%"),
        ("数量指标", "故障维修次数", "≥10次"),
        ("数量指标", "隐患排查数量", "≥100处"),
        ("质量指标", "产品不合格率", "≤1%"),
        ("成本指标", "预算完成率", "≤100%"),
        ("服务对象满意度指标", "群众满意率", "≤95%"),
        ("质量指标", "能耗", "≤95%"),
    ],
)
def test_V10_signs_that_are_right_or_another_rule_s_affair(level2, name, value):
    assert hits(indicator(level2, value, name=name), "V10") == []


@pytest.mark.parametrize("name", ["预算资金支出时效", "费用支付时间", "付款时限"])
def test_V12_a_deadline_for_paying(name):
    assert hits(indicator("时效指标", "6月底前", name=name), "V12") == ["C17 info"]


def test_V12_looks_at_the_name_of_deadlines_only():
    assert hits(indicator("时效指标", "6月底前", name="验收时间", description="验收并支付"), "V12") == []
    assert hits(indicator("质量指标", "≥95%", name="资金支付合规率"), "V12") == []


@pytest.mark.parametrize("value", ["保障正常供应", "有效提升服务水平", "满足业务需要", "环境得到改善"])
def test_V14_fine_words_are_a_warning_of_outputs_and_a_hint_of_effects(value):
    assert hits(indicator("质量指标", value), "V14") == ["F17 warning"]
    assert hits(indicator("社会效益指标", value), "V14") == ["F17 info"]


@pytest.mark.parametrize(
    "value",
    [
        "零重大舆情",
        "投诉量较上年降低",
        "验收合格，保障使用",
        "提升至优秀等次",
        "有效期3年",
        "每月提升一次",
        "≥95%",
        "不适用",
        "无",
        "蓝色",
        "完成三场培训，提升能力",
    ],
)
def test_V14_a_standard_a_time_a_number_or_no_fine_word(value):
    assert hits(indicator("质量指标", value), "V14") == []


def test_V14_what_other_rules_tell_is_not_told_again():
    assert hits(indicator("质量指标", "保障供应", name="保障供应"), "V14") == []  # I02
    assert hits(indicator("质量指标", "保障供应", description="全年保障供应情况"), "V14") == []  # I02 as a warning
    assert hits(indicator("数量指标", "满足需要"), "V14") == []  # V13
    assert hits(indicator("时效指标", "及时支付"), "V14") == []  # V11
    assert hits(indicator("质量指标", "保障××供应"), "V14") == []  # I05


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("≥１２份", "全角数字"),
        ("≥1,200份", "千位分隔符"),
        ("≥012份", "前导零"),
        ("≥1.2.3份", "小数点"),
        ("≥-5份", "负号"),
        ("*95%", "“*”"),
        ("95%_", "“_”"),
    ],
)
def test_V16_numbers_written_in_a_way_that_invites_mistakes(value, what):
    checked = indicator("社会效益指标", value)
    (issue,) = [one for one in check(checked) if one.code == "V16"]

    assert (issue.at.a1, issue.severity) == ("F17", "warning")
    assert what in issue.message


@pytest.mark.parametrize(
    "value", ["≥12份", "≥0.5份", "≥1200.50份", "90-95%", "2023-06-30", "1,200份文件按期办结", "满足需要"]
)
def test_V16_plain_numbers_ranges_dates_and_texts(value):
    assert hits(indicator("社会效益指标", value), "V16") == []


@pytest.mark.parametrize(
    ("shown", "stored", "found"),
    [
        ("100%", "1", True),
        ("2023.07", "2023.7", True),
        ("33.3", "33.333", True),
        ("1月2日", "45658", True),
        ("12.50", "12.5", False),
        ("1,200", "1200", False),
        ("12", "12", False),
    ],
)
def test_V16_a_number_that_shows_as_another_one(shown, stored, found):
    made = indicator("社会效益指标", "≥ | 12 |")
    body = replace(made.indicators[0].body, raw=shown, number=Decimal(stored))
    target = replace(made.indicators[0].target, raw=f"≥{shown}")
    rows = (replace(made.indicators[0], body=body, target=target),)
    disguised = replace(made, indicators=rows)
    said = [issue for issue in check(disguised) if issue.code == "V16"]

    assert [(issue.at.a1, stored in issue.message) for issue in said] == ([("F17", True)] if found else [])


def test_V04_a_place_s_own_units_are_known():
    settings = Settings(words={"measures": ("奎",)})

    assert hits(indicator("数量指标", "≥30奎"), "V04", settings=settings) == []
    assert hits(indicator("成本指标", "≤5元/奎"), "V04", settings=settings) == []
    assert hits(indicator("数量指标", "≥30魁"), "V04", settings=settings) == ["G17 warning"]
