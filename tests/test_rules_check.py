"""check(): order, prerequisites, explanations, and that the live formulas can be built."""

from __future__ import annotations

import re

import pytest
from forms import SOUND, form, hits, published_forms

from perfxl.errors import UsageError
from perfxl.issue import Severity
from perfxl.layout import LATEST
from perfxl.rules import catalogue, check, rule
from perfxl.rules.formula import ROW_HELPERS, form_helpers
from perfxl.vocabulary import Vocabulary


def test_a_rule_is_found_by_its_code_in_any_case():
    assert rule(" a05 ").code == "A05"


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(UsageError, match=r"A99.*A0\d"):
        rule("A99")


def test_one_form_or_many_give_the_same_issues_but_for_those_between_them():
    forms = list(published_forms().values())
    several = list(check(forms))

    assert several == list(check(iter(forms)))
    assert [issue for one in forms for issue in check(one)] == [i for i in several if i.code not in ("X04",)]


def test_what_is_found_between_forms_stands_with_the_form_it_is_about():
    twice = [form(file="甲.xlsx"), form(file="乙.xlsx")]

    assert [(issue.file, issue.code) for issue in check(twice) if issue.code == "X01"] == [("乙.xlsx", "X01")]
    assert [issue.file for issue in check(twice)] == sorted((i.file for i in check(twice)), reverse=True)


def test_every_issue_names_file_form_and_what_was_typed():
    checked = published_forms()["100"]
    (first, *_) = [issue for issue in check(checked) if issue.code == "I02"]

    assert (first.file, first.form, first.value) == ("100.xlsx", "100", "及时告知公告人相关信息")
    assert [place.a1 for place in first.related] == ["C17"]


def test_issues_come_by_place_then_severity_then_code():
    for checked in published_forms().values():
        keys = [(i.at is not None, i.at and (i.at.row, i.at.column), i.severity.rank, i.code) for i in check(checked)]
        placed = [key for key in keys if key[0]]

        assert keys[: len(keys) - len(placed)] == [(False, None, 2, "S06")]
        assert placed == sorted(placed)


def test_the_order_of_the_forms_is_kept():
    forms = list(published_forms().values())[::-1]

    assert list(dict.fromkeys(issue.form for issue in check(forms))) == [one.key for one in forms]


def test_an_explanation_is_shown_beside_its_issue_and_silences_none():
    row = "产出指标 | 数量指标 | 制卡数量 | 全年 | 满足需要 |{} "
    said = {issue.code: issue for issue in check(form(row.format(" 按实际需要"), note="只有一个数量指标"))}

    assert (said["V13"].explanation, said["V13"].explained) == ("按实际需要", False)
    assert (said["T07"].explanation, said["T07"].explained) == ("只有一个数量指标", True)
    assert len(said) == len({issue.code for issue in check(form(row.format("")))})


@pytest.mark.parametrize(
    ("made", "told", "silent"),
    [
        # a repeated name: neither "no number" nor "no time" beside it
        ("产出指标 | 数量指标 | 保障供应 | 全年 | 保障供应", "I02", "V13"),
        ("产出指标 | 时效指标 | 及时支付 | 全年 | 及时支付", "I02", "V11"),
        # a row without a name can't be in the wrong place
        ("效益指标 | 数量指标 |  | 全年 | ≥9张", "S08", "T03"),
        # an unknown name neither
        ("效益类 | 数量指标 | 制卡 | 全年 | ≥9张", "T01", "T03"),
        ("效益指标 | 数量类 | 制卡 | 全年 | ≥9张", "T02", "T03"),
    ],
)
def test_one_mistake_gives_one_entry(made, told, silent):
    assert len(hits(form(made), told)) == 1
    assert hits(form(made), silent) == []


@pytest.mark.parametrize("silent", ["A01", "A03", "A04", "A05"])
def test_an_amount_that_is_wrong_in_itself_is_not_compared(silent):
    rows = (
        "产出指标 | 成本指标 | 保安 | 保安 | ≤600万元\n | 成本指标 | 人均 | 人均 | 9元\n | 数量指标 | 人数 | 全年 | 9人"
    )

    assert hits(form(rows, total="500.12345678", fiscal="1"), "A02") == ["C4 error"]
    assert hits(form(rows, total="500.12345678", fiscal="1"), silent) == []


def test_a_prerequisite_elsewhere_silences_nothing_here():
    rows = "产出指标 | 数量指标 | 保障供应 | 全年 | 保障供应\n | 数量指标 | 制卡数量 | 全年 | 满足需要"

    assert hits(form(rows), "I02") == ["F17 error"]
    assert hits(form(rows), "V13") == ["F18 error"]


def test_a_warning_of_a_required_rule_silences_nothing():
    row = "产出指标 | 数量指标 | 保障社保卡正常供应数量 | 全年 | 保障社保卡正常供应"

    assert hits(form(row), "I02") == ["F17 warning"]
    assert hits(form(row), "V13") == ["F17 error"]


def test_braces_that_a_clerk_types_stay_as_typed():
    (issue,) = [i for i in check(form(unit_code="{0}{value}")) if i.code == "S02"]

    assert "{0}{value}" in issue.message


def test_a_long_text_is_quoted_in_part_and_kept_whole_as_value():
    text = "按进度支付" * 400
    (issue,) = [i for i in check(form(f"产出指标 | 时效指标 | 支付 | 支付 | {text}")) if i.code == "V11"]

    assert issue.value == text
    assert len(issue.message) < 100


# --- live formulas: that they work is tested where the template is; here, that they can be built ------------------


@pytest.mark.parametrize("edition", ["tianjin-2023", "mof-2021"])
def test_live_checks_use_only_inputs_that_there_are(edition):
    head = {field.name for field in LATEST.fields}
    columns = {column.name for column in LATEST.columns}
    vocabulary = Vocabulary.load(edition)
    live = [(one.code, made) for one in catalogue() for made in one.live(LATEST, vocabulary)]

    helpers = {helper.name for helper in ROW_HELPERS}
    of_form = {f"form.{helper.name}" for helper in form_helpers(vocabulary)} | {"form.started"}

    assert len({code for code, _ in live}) >= 25
    for code, made in live:
        names = set(re.findall(r"\{((?:form\.)?[a-z]\w*)(?::\w+)?\}", made.wrong))
        in_table = made.target in columns
        inputs = columns | helpers | {"carried", "value"} if in_table else head | {"objectives"}
        assert made.target in head | columns | {"objectives"}
        assert names <= inputs | of_form | {"used"}, code
        assert made.hint.endswith(f"（{code}）")
        assert made.severity is not Severity.INFO
        unquoted = re.sub('"[^"]*"', "", made.wrong)
        assert unquoted.count("(") == unquoted.count(")")
        assert '"' not in made.hint


def test_live_checks_cover_each_required_field_that_is_typed_and_each_required_column():
    vocabulary = Vocabulary.load()
    targets = {
        code: [made.target for made in rule(code).live(LATEST, vocabulary)] for code in ("S01", "S08", "T03", "A01")
    }

    assert targets == {
        "S01": [*(field.name for field in LATEST.fields if field.required and field.typed), "objectives", "level1"],
        "S08": ["level1", "level2", "level3", "body", "body"],
        "T03": ["level2"],
        "A01": ["total"],
    }


def test_checking_changes_nothing():
    before = form(SOUND)
    check(before)

    assert before == form(SOUND)
