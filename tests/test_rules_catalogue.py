"""The catalogue as a whole: sixty rules, each documented, with one form that must be told and one that must not."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from forms import SOUND, deviation, form, hits, other

from perfxl.issue import Severity
from perfxl.rules import Approval, RosterEntry, catalogue, catalogue_page, check, explain, rule
from perfxl.settings import Settings

CODES = [
    f"{family}{number:02}"
    for family, count in zip("STIVAGXNW", (8, 8, 8, 16, 7, 4, 4, 3, 2), strict=True)
    for number in range(1, count + 1)
]
ALL = pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.code)
ROOT = Path(__file__).parent.parent
ROSTER = [RosterEntry("353302", "天津市社会保险基金管理中心")]
APPROVED = [Approval("353302", "社保卡制卡工本费", Decimal(5000000))]


def row(level2: str, value: str, name: str = "某指标", description: str = "口径说明") -> str:
    level1 = {"社会效益指标": "效益指标", "服务对象满意度指标": "满意度指标"}.get(level2, "产出指标")
    return f"{level1} | {level2} | {name} | {description} | {value}"


def rows(*each: str) -> str:
    return "\n".join(each)


def without(word: str) -> str:
    """The sound form without the rows of that category."""
    return "\n".join(line for line in SOUND.splitlines() if word not in line)


# code → what must be told (the form or forms, check()'s options), where, and what must not.
CASES: dict[str, tuple[Any, dict[str, Any], list[str], Any]] = {
    "S01": (form(project=None), {}, ["B3 error"], form()),
    "S02": (form(unit_code="3533"), {}, ["B2 error"], form()),
    "S03": (form(unit_name="天津社保"), {"roster": ROSTER}, ["D2 error"], form()),
    "S04": (form(title="宣传费绩效目标表"), {}, ["A1 warning"], form(title="99.社保卡制卡工本费绩效目标表")),
    "S05": (form(money_unit="百元"), {}, ["G2 error"], form()),
    "S06": (form(year=2022), {"year": 2023}, ["- error"], form(year=2023)),
    "S07": (form(deviations=(deviation("C15", "三级指标", "考核指标"),)), {}, ["C15 error"], form()),
    "S08": (form(row("数量指标", "")), {}, ["F17 error"], form(row("数量指标", "≥5张"))),
    "T01": (form("产出类 | 数量指标 | 甲 | 乙 | ≥5张"), {}, ["A17 error"], form()),
    "T02": (form("产出指标 | 数目指标 | 甲 | 乙 | ≥5张"), {}, ["B17 error"], form()),
    "T03": (form("效益指标 | 数量指标 | 甲 | 乙 | ≥5张"), {}, ["B17 error"], form()),
    "T04": (
        form("产出指标 | 成本指标 | 甲 | 乙 | ≤5元\n成本指标 | 经济成本指标 | 丙 | 丁 | ≤5元"),
        {},
        ["A18 error"],
        form(),
    ),
    "T05": (form(without("效益")), {}, ["A15 error"], form()),
    "T06": (form(without("质量")), {}, ["B15 warning"], form()),
    "T07": (form(without("时效")), {}, ["B15 warning"], form()),
    "T08": (
        form(row("质量指标", "≥90%", "群众满意度")),
        {},
        ["C17 warning"],
        form(row("数量指标", "≥1次", "满意度调查次数")),
    ),
    "I01": (form(row("质量指标", "≥99%", "合格率", "合格率")), {}, ["D17 info"], form()),
    "I02": (form(row("质量指标", "及时告知", "及时告知")), {}, ["F17 error"], form(row("质量指标", "≥99%", "告知率"))),
    "I03": (
        form(row("数量指标", "≥30套", "提供产品及服务数量")),
        {},
        ["C17 warning"],
        form(row("数量指标", "≥30套", "提供工装数量")),
    ),
    "I04": (
        form(row("数量指标", "≥5张") + "\n" + row("数量指标", "≥5张")),
        {},
        ["C18 error"],
        form(row("数量指标", "≥5张", "甲") + "\n" + row("数量指标", "≥5张", "乙")),
    ),
    "I05": (form(project="××项目"), {}, ["B3 error"], form(project="5×8小时服务")),
    "I06": (
        form(row("数量指标", "=230人", "村组干部230人")),
        {},
        ["C17 warning"],
        form(row("数量指标", "=230人", "村组干部人数")),
    ),
    "I07": (
        form(row("数量指标", "≥1800人次", "申请鉴定人数")),
        {},
        ["G17 warning"],
        form(row("数量指标", "≥1800人", "申请鉴定人数")),
    ),
    "I08": (
        form(row("质量指标", "≤10%", "EMS退回率", "认证暂停告知文书送达情况")),
        {"settings": Settings(select=("I08",))},
        ["D17 info"],
        form(row("质量指标", "≤10%", "EMS退回率", "告知文书EMS退回率")),
    ),
    "V01": (form(row("数量指标", "469483张")), {}, ["E17 warning"], form(row("数量指标", "≥469483张"))),
    "V02": (form(row("质量指标", ">=95%")), {}, ["E17 info"], form(row("质量指标", "≥95%"))),
    "V03": (form(row("质量指标", "≥95百分比")), {}, ["G17 info"], form(row("质量指标", "≥95%"))),
    "V04": (form(row("数量指标", "≥30奎")), {}, ["G17 warning"], form(row("数量指标", "≥30套"))),
    "V05": (form(row("数量指标", "≥2")), {}, ["G17 error"], form(row("数量指标", "≥2场"))),
    "V06": (
        form(row("质量指标", "≥292%", "合格率")),
        {},
        ["F17 error"],
        form(row("社会效益指标", "≥292%", "浏览增长率")),
    ),
    "V07": (
        form(row("服务对象满意度指标", "≥85%", "群众满意度")),
        {},
        ["F17 warning"],
        form(row("服务对象满意度指标", "≥90%", "群众满意度")),
    ),
    "V08": (form(row("成本指标", "≥500万元")), {}, ["E17 error"], form(row("成本指标", "≤500万元"))),
    "V09": (form(row("数量指标", "≤5次")), {}, ["E17 warning"], form(row("数量指标", "≤5次", "投诉次数"))),
    "V10": (
        form(row("质量指标", "≤95%", "卡片合格率")),
        {},
        ["E17 warning"],
        form(row("质量指标", "≥95%", "卡片合格率")),
    ),
    "V11": (form(row("时效指标", "按进度支付")), {}, ["F17 warning"], form(row("时效指标", "6月底前支付"))),
    "V12": (
        form(row("时效指标", "6月底前", "资金支出时效")),
        {},
        ["C17 info"],
        form(row("时效指标", "6月底前", "制卡完成时间")),
    ),
    "V13": (form(row("数量指标", "满足需要")), {}, ["F17 error"], form(row("数量指标", "≥12份"))),
    "V14": (form(row("质量指标", "有效保障供应")), {}, ["F17 warning"], form(row("质量指标", "零重大事故"))),
    "V15": (form(row("社会效益指标", "使用超过5年")), {}, ["F17 warning"], form(row("社会效益指标", ">5年"))),
    "V16": (form(row("数量指标", "≥１２份")), {}, ["F17 warning"], form(row("数量指标", "≥12份"))),
    "A01": (form(fiscal="400"), {}, ["C4 error"], form(fiscal="450", other="50")),
    "A02": (form(total="854万854万(含结转)"), {}, ["C4 error"], form(total="500.00")),
    "A03": (
        form(row("成本指标", "≤501万元", "保安费")),
        {},
        ["F17 error"],
        form(row("成本指标", "≤500万元", "保安费")),
    ),
    "A04": (
        form(rows(row("成本指标", "=6000元", "人均补贴"), row("数量指标", "=1000人")), total="500.00"),
        {},
        ["F17 error"],
        form(rows(row("成本指标", "=5000元", "人均补贴"), row("数量指标", "=1000人")), total="500.00"),
    ),
    "A05": (
        form(rows(row("成本指标", " | 10.65 | 万元", "单位成本"), row("数量指标", "469483张"))),
        {},
        ["G17 error"],
        form(rows(row("成本指标", "10.65元", "单位成本"), row("数量指标", "469483张"))),
    ),
    "A06": (form(total="480"), {"approvals": APPROVED}, ["C4 error"], form(total="500.00")),
    "A07": (form(project_total="400"), {}, ["K6 error"], form(project_total="1200")),
    "G01": (form(objectives="1.制卡。\n3.发卡。"), {}, ["B7 warning"], form(objectives="1.制卡。\n2.发卡。")),
    "G02": (form(purpose="用于制卡。", objectives="1.用于制卡。"), {}, ["B6 warning"], form()),
    "G03": (form(objectives="1.做好制卡工作。"), {}, ["B6 info"], form(objectives="1.制卡500张。")),
    "G04": (form(purpose="用于2022年制卡。"), {}, ["B5 warning"], form(purpose="用于2023年制卡。")),
    "X01": (
        [form(file="甲.xlsx"), form(file="乙.xlsx")],
        {},
        ["乙.xlsx B3 error"],
        [form(file="甲.xlsx"), other("乙.xlsx")],
    ),
    "X02": (
        [other("甲.xlsx"), other("乙.xlsx", unit_code="353301")],
        {},
        ["乙.xlsx D2 error"],
        [other("甲.xlsx"), other("乙.xlsx")],
    ),
    "X03": (
        [form(file="甲.xlsx"), other("乙.xlsx", table=SOUND)],
        {},
        ["乙.xlsx B3 warning"],
        [form(file="甲.xlsx"), other("乙.xlsx")],
    ),
    "X04": (
        [
            other("甲.xlsx", table=row("质量指标", "≥95%", "合格率")),
            other("乙.xlsx", table=row("质量指标", "≥90%", "合格率")),
        ],
        {},
        ["乙.xlsx C17 info"],
        [
            other("甲.xlsx", table=row("质量指标", "≥95%", "合格率")),
            other("乙.xlsx", table=row("质量指标", "≥95%", "合格率")),
        ],
    ),
    "N01": (form(project="宣传费 "), {}, ["B3 info"], form()),
    "N02": (form(purpose="保障社保社保卡人员。"), {}, ["B5 warning"], form()),
    "N03": (form(purpose="按33号 ）规定。"), {}, ["B5 info"], form(purpose="按（33号）规定。")),
    "W01": (
        form(weights="10 10 10 10 40 9", edition="tianjin-2023"),
        {},
        ["H15 error"],
        form(weights="20 20 10 20 20 10"),
    ),
    "W02": (
        form(without("成本"), edition="mof-2021", weights="20 20 10 25 15"),
        {},
        ["H20 warning", "H21 warning"],
        form(without("成本"), edition="mof-2021", weights="20 20 10 30 10"),
    ),
}


def test_the_catalogue_holds_sixty_rules_in_their_order_once_each():
    assert [one.code for one in catalogue()] == CODES
    assert len(CODES) == 60
    assert len({one.name for one in catalogue()}) == 60


def test_every_rule_has_its_two_cases():
    assert list(CASES) == CODES


@pytest.mark.parametrize("code", CODES)
def test_each_rule_fires_where_it_must_and_is_silent_where_it_must_be(code):
    wrong, options, where, right = CASES[code]

    assert hits(wrong, code, **options) == where
    assert hits(right, code, **options) == []


@ALL
def test_each_rule_says_what_why_and_how_in_chinese(one):
    for text in (one.title, one.message, one.advice, one.source, one.why):
        assert re.search("[\u4e00-\u9fff]{2}", text)
    assert one.wrong and one.right and one.wrong != one.right
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", one.name)
    assert re.fullmatch(r"[STIVAGXNW]\d{2}", one.code)
    assert set(one.requires) <= set(CODES) - {one.code}
    assert re.fullmatch(r"\d+\.\d+", one.since)
    assert one.why.endswith("。")


@pytest.mark.parametrize("code", CODES)
def test_each_finding_says_where_what_and_what_to_do(code):
    wrong, options, _, _ = CASES[code]
    one = rule(code)
    issues = [issue for issue in check(wrong, **options) if issue.code == code]

    assert issues
    for issue in issues:
        assert re.search("[\u4e00-\u9fff]{3}", issue.message)
        assert issue.advice.startswith(("请", "没有", "由", "确"))
        assert not issue.message.endswith(("。", "，", "；"))
        assert not {"{", "}"} & set(issue.message + issue.advice)
        assert issue.message != issue.advice
    # beat one: the message names the field or the indicator, by a fact or by its Chinese name
    facts = {name for _, name, _, _ in Formatter().parse(one.message) if name}
    assert facts or re.search("目标|指标|资金|标题", one.message)


@ALL
def test_each_rule_explains_itself_without_a_gap(one):
    text = explain(one.code)

    assert one.code in text and one.name in text and one.severity.chinese in text
    for part in (one.why, one.wrong, one.right, one.source):
        assert part in text
    assert not {"{", "}"} & set(text)


def test_the_page_of_documentation_is_fresh():
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == catalogue_page()


def test_the_page_has_every_rule_once_with_all_its_parts():
    page = catalogue_page()

    assert re.findall(r"^### ([A-Z]\d{2}) ", page, re.MULTILINE) == CODES
    for heading in ("级别", "问题", "为什么", "错例", "正例", "怎样改", "依据", "起始版本"):
        assert len(re.findall(rf"^- {heading}：.", page, re.MULTILINE)) == 60


def test_only_the_imprecise_rule_is_off_by_default():
    assert [one.code for one in catalogue() if not one.default] == ["I08"]
    assert hits(CASES["I08"][0], "I08") == []


# rules.md §5: what a machine must not assert.  The level of a target (V07) is the one that the catalogue itself
# wants as an error below a floor, which a place can lower to nought.
JUDGEMENTS = {
    "N02": "slips of the pen",
    "X03": "bearing on the project",
    "I08": "name and description",
    "V12": "timing",
}


@pytest.mark.parametrize("code", JUDGEMENTS)
def test_what_people_must_judge_is_never_an_error(code):
    wrong, options, _, _ = CASES[code]

    assert rule(code).severity is not Severity.ERROR
    assert all(not hit.endswith("error") for hit in hits(wrong, code, **options))
