"""What a place decides for itself: which rules run, how grave they are, what is passed over, words, edition and year."""

from __future__ import annotations

from dataclasses import replace

import pytest
from forms import form, hits

from perfxl.errors import UsageError
from perfxl.issue import Severity
from perfxl.rules import check
from perfxl.settings import Ignore, Settings

ROW = "产出指标 | 数量指标 | 制卡数量 | 全年制卡 | {}"
WRONG = form(ROW.format("469483"), fiscal="400", year=None)  # V01, V05, A01, S06 …


def codes(**settings):
    return {issue.code for issue in check(WRONG, settings=Settings(**settings))}


def test_select_by_code_and_by_prefix():
    assert codes(select=("V01",)) == {"V01"}
    assert codes(select=("V0",)) == {"V01", "V05"}
    assert codes(select=("A", "V05")) == {"A01", "V05"}


def test_ignore_goes_before_select():
    assert codes(ignore=("V",)) == codes() - {"V01", "V05"}
    assert codes(select=("V",), ignore=("V05",)) == {"V01"}


def test_a_rule_off_by_default_wants_its_whole_code():
    apart = form("产出指标 | 质量指标 | 退回率 | 送达情况 | ≤10%")

    assert hits(apart, "I08") == hits(apart, "I08", settings=Settings(select=("I",))) == []
    assert hits(apart, "I08", settings=Settings(select=("I", "I08"))) == ["D17 info"]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(select=("V77",)),
        Settings(ignore=("B",)),
        Settings(severities={"A99": Severity.INFO}),
        Settings(ignores=(Ignore("A0", "理由"),)),
    ],
)
def test_a_code_that_no_rule_has_is_told_with_the_nearest(settings):
    with pytest.raises(UsageError, match=r"没有规则.*perfxl rules"):
        check(WRONG, settings=settings)


def test_a_rule_that_does_not_run_makes_no_other_one_pointless():
    repeated = form("产出指标 | 数量指标 | 保障供应 | 全年 | 保障供应")

    assert hits(repeated, "V13") == []
    assert hits(repeated, "V13", settings=Settings(ignore=("I02",))) == ["F17 error"]


def test_severities_by_code():
    assert hits(WRONG, "V01", settings=Settings(severities={"V01": Severity.ERROR})) == ["E17 error"]
    assert hits(WRONG, "A01", settings=Settings(severities={"A01": Severity.WARNING})) == ["C4 warning"]


def test_a_hint_of_a_rule_stays_a_hint_and_what_is_graver_gets_lighter():
    alias = form("产出 | 数量指标 | 制卡数量 | 全年 | ≥5张")
    low = form("满意度指标 | 服务对象满意度指标 | 群众满意度 | 抽样 | ≥70%")

    assert hits(alias, "T01", settings=Settings(severities={"T01": Severity.ERROR})) == ["A17 info"]
    assert hits(alias, "T01", settings=Settings(severities={"T01": Severity.WARNING})) == ["A17 info"]
    assert hits(low, "V07") == ["F17 error"]
    assert hits(low, "V07", settings=Settings(severities={"V07": Severity.INFO})) == ["F17 info"]


def test_a_lighter_rule_still_makes_its_dependants_pointless():
    repeated = form("产出指标 | 数量指标 | 保障供应 | 全年 | 保障供应")

    assert hits(repeated, "V13", settings=Settings(severities={"I02": Severity.INFO})) == []


@pytest.mark.parametrize(
    ("ignore", "passed"),
    [
        (Ignore("V05", "另行核定"), True),
        (Ignore("V05", "另行核定", cell="G17"), True),
        (Ignore("V05", "另行核定", file="样例.xlsx"), True),
        (Ignore("V05", "另行核定", file="样*", cell="G17"), True),
        (Ignore("V05", "另行核定", cell="G18"), False),
        (Ignore("V05", "另行核定", file="别的.xlsx"), False),
        (Ignore("V01", "另行核定"), False),
    ],
)
def test_a_finding_passed_over_is_kept_as_a_hint_with_the_reason(ignore, passed):
    (issue,) = [one for one in check(WRONG, settings=Settings(ignores=(ignore,))) if one.code == "V05"]

    assert (issue.severity, issue.ignored) == ((Severity.INFO, "另行核定") if passed else (Severity.ERROR, ""))


def test_brackets_in_a_file_name_are_no_pattern():
    named = replace(form(unit_code="12"), file="甲区/[015001]单位.xlsx")
    settings = Settings(ignores=(Ignore("S02", "旧编码", file="[015001]单位.xlsx"),))

    assert [one.ignored for one in check(named, settings=settings) if one.code == "S02"] == ["旧编码"]


def test_a_file_is_meant_with_or_without_its_folders():
    settings = Settings(ignores=(Ignore("V05", "另行核定", file="甲*.xlsx"),))
    checked = form(ROW.format("≥5"), file="收到/甲单位.xlsx")

    assert hits(checked, "V05", settings=settings) == ["G17 info"]


def test_what_is_passed_over_still_makes_its_dependants_pointless():
    repeated = form("产出指标 | 数量指标 | 保障供应 | 全年 | 保障供应")
    settings = Settings(ignores=(Ignore("I02", "另行核定"),))

    assert [(i.code, i.ignored) for i in check(repeated, settings=settings) if i.at and i.at.a1 == "F17"] == [
        ("I02", "另行核定")
    ]


def test_edition_and_year_of_the_call_go_before_those_of_the_settings():
    table = "成本指标 | 经济成本指标 | 制卡费用 | 全年 | ≤500万元"
    settings = Settings(edition="mof-2021", year=2024)
    checked = form(table, edition=None, year=2023)

    assert hits(checked, "T01", settings=settings) == []
    assert hits(checked, "T01", settings=settings, edition="tianjin-2023") == ["A17 error"]
    assert hits(checked, "S06", settings=settings) == ["- error"]
    assert hits(checked, "S06", settings=settings, year=2023) == []


def test_words_of_the_place_are_added_to_those_there_are():
    named = form("产出指标 | 数量指标 | 日常工作数量 | 全年 | ≥5项\n | 数量指标 | 服务效能 | 窗口 | ≥5项")
    settings = Settings(words={"generic_names": ("日常工作 数量",)})

    assert hits(named, "I03") == ["C18 warning"]
    assert hits(named, "I03", settings=settings) == ["C17 warning", "C18 warning"]
    assert hits(named, "I03") == ["C18 warning"]
