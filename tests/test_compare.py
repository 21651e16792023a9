"""Two versions of one project: what is told, and how a change of a target is judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from forms import OBJECTIVES, SOUND, form
from hypothesis import given
from hypothesis import strategies as st

from perfxl.form import TargetForm
from perfxl.ledger.gathering.extract import Lists, form_rows
from perfxl.ledger.settling.compare import FieldChange, compare_forms, target_change
from perfxl.settings import Settings

MIRRORED = {"added": "removed", "removed": "added", "tighter": "looser", "looser": "tighter"}


def changes(old: TargetForm, new: TargetForm) -> tuple[FieldChange, ...]:
    before, after = (form_rows(one, Settings(), Lists()) for one in (old, new))
    return compare_forms(before.project, before.indicator_rows, after.project, after.indicator_rows)


def told(old: TargetForm, new: TargetForm) -> list[str]:
    return [change.text for change in changes(old, new)]


def mirrored(found: tuple[FieldChange, ...]) -> Counter[tuple[str, str, str, str]]:
    return Counter((one.field, one.after, one.before, MIRRORED.get(one.kind, one.kind)) for one in found)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        # The sign says which way is better.
        ("≥469483张", "≥470000张", "tighter"),
        ("≥95%", "≥90%", "looser"),
        ("≤500万元", "≤480万元", "tighter"),
        ("≤5天", "≤1周", "looser"),
        ("≥95%", ">95%", "tighter"),
        ("<5天", "≤5天", "looser"),
        # Ranges go by their ends.
        ("90-98%", "92-98%", "tighter"),
        ("90-98%", "85-99%", "looser"),
        ("90-98%", "92-99%", "changed"),
        ("≥90%", "90-95%", "tighter"),
        # Without a sign, or with another, nobody can tell.
        ("=95%", "=96%", "changed"),
        ("95%", "96%", "changed"),
        ("95%", "≥95%", "changed"),
        ("≥95%", "≤95%", "changed"),
        ("=95%", "≥95%", "changed"),
        # Units that convert are compared; others are not.
        ("≤500万元", "≤4800000元", "tighter"),
        ("≥3万人", "≥31000人", "tighter"),
        ("≥12次", "≥12场", "unit"),
        ("≥500元/人", "≥500元/户", "unit"),
        ("≥95", "≥95%", "unit"),
        ("≥100元", "≥100万元", "tighter"),
        # The same in other words.
        ("≥95%", "≥95％", "spelling"),
        ("≥95%", "95%以上", "spelling"),
        ("≥3.1万张", "不少于31000张", "spelling"),
        ("3.1万张", "31000张", "spelling"),
        ("按合同约定", "按合同 约定", "spelling"),
        # Numbers and words.
        ("≥95%", "明显提高", "wording"),
        ("及时", "≤5天", "wording"),
        ("显著", "较显著", "changed"),
        ("", "≥95%", "changed"),
        # Deadlines within one year.
        ("2023年11月底前", "2023年10月底前", "tighter"),
        ("6月30日前", "7月15日前", "looser"),
        ("2023年11月底前", "2024年11月底前", "changed"),
        ("11月前", "11月底前", "changed"),
    ],
)
def test_a_change_of_a_target_is_judged(before: str, after: str, kind: str):
    assert target_change(before, after) == kind
    assert target_change(after, before) == MIRRORED.get(kind, kind)


def test_numbers_too_long_for_a_double_are_compared_exactly():
    assert target_change("≥10000000000000000000000000000001个", "≥10000000000000000000000000000002个") == "tighter"


def test_the_same_form_in_another_file_is_no_change():
    assert changes(form(), form(submission="2", note="补充说明", title="另一张表")) == ()


def test_head_and_budget():
    old = form(department="人社局", contact="张三")
    new = form(department="市人社局", contact="李四", total="480.00", fiscal="480.00", purpose="用于社会保障卡的制作。")
    assert told(old, new) == [
        "主管部门 “人社局” → “市人社局”",
        "预算数 500.00 → 480.00 万元",
        "财政资金 500.00 → 480.00 万元",
        "资金用途 “用于社会保障卡的制作和结算。” → “用于社会保障卡的制作。”",
        "填报人 “张三” → “李四”",
    ]


@pytest.mark.parametrize(
    ("total", "text"),
    [
        ("5000000.00", "预算数 500.00 → 5000000.00 万元（疑似金额单位变了）"),
        ("0.05", "预算数 500.00 → 0.05 万元（疑似金额单位变了）"),
        ("5000001.00", "预算数 500.00 → 5000001.00 万元"),
        (None, "预算数 500.00 → （空） 万元"),
    ],
)
def test_a_slip_between_yuan_and_wan_yuan_is_told(total: str | None, text: str):
    assert told(form(), form(total=total)) == [text]


def test_a_form_in_yuan_is_compared_in_wan_yuan():
    same = form(money_unit="元", total="5000000", fiscal="5000000", other="0")
    assert changes(form(), same) == ()


def test_objectives_are_compared_line_by_line():
    old = form(objectives=(OBJECTIVES, "2.按时结算制卡费用。", "3.培训经办人员。"))
    new = form(objectives=(OBJECTIVES, "2.按季度结算制卡费用。", "4.建成自助制卡网点并投入使用"))
    assert told(old, new) == [
        "绩效目标 “2.按时结算制卡费用。” → “2.按季度结算制卡费用。”",
        "新增绩效目标“4.建成自助制卡网点并投入使用”",
        "删去绩效目标“3.培训经办人员。”",
    ]


def test_objectives_in_another_order_are_told_as_another_spelling():
    two = (OBJECTIVES, "按时结算制卡费用。")
    assert [one.kind for one in changes(form(objectives=two), form(objectives=two[::-1]))] == ["spelling"]


def test_indicators_are_matched_by_name_and_by_likeness():
    new = (
        SOUND.replace("469483 ", "470000 ")
        .replace("卡片合格率  ", "制卡合格率  ")
        .replace(
            "产出指标   | 数量指标           | 制卡数量",
            "产出指标   | 数量指标           | 发卡网点数 | 经办大厅 | ≥ | 12 | 个\n"
            "               | 数量指标           | 制卡数量",
        )
        .replace("持卡人口覆盖率     | 持卡人占参保人   | ≥ | 98     | %", "群众办事更方便 | 少跑腿 | | 明显 | ")
    )
    assert told(form(), form(new)) == [
        "新增指标“发卡网点数 ≥12个”",
        "指标“制卡数量”的指标值 ≥469483张 → ≥470000张（更紧）",
        "指标“卡片合格率”改名为“制卡合格率”",
        "新增指标“群众办事更方便 明显”",
        "删去指标“持卡人口覆盖率 ≥98%”",
    ]


def test_an_indicator_under_another_second_level_is_the_same_one():
    new = SOUND.replace(
        "               | 时效指标           | 制卡完成时间", "               | 质量指标           | 制卡完成时间"
    )
    assert told(form(), form(new)) == ["指标“制卡完成时间”的二级指标 “时效指标” → “质量指标”"]


def test_of_two_indicators_of_one_name_the_one_that_is_as_before_stays():
    one, two = "产出指标 | 数量指标 | 培训 | 甲 | ≥ | 1 | 次", "产出指标 | 数量指标 | 培训 | 乙 | ≥ | 2 | 次"
    assert told(form(f"{one}\n{two}"), form(two)) == ["删去指标“培训 ≥1次”"]


def test_a_long_text_is_shown_around_the_change():
    purpose = "用于社会保障卡的制作和结算，" * 20
    [text] = told(form(purpose=purpose + "不含手续费"), form(purpose=purpose + "另含手续费"))
    assert text == "资金用途 “……卡的制作和结算，不含手续费” → “……卡的制作和结算，另含手续费”"


TARGETS = st.sampled_from(
    [*"≥95% ≥96% >95% ≤95% 95% 90-98% 95％ ≥3万人 ≥31000人 及时 明显 ≤5天 6月底前 7月底前".split(), ""]
)
INDICATOR = st.tuples(
    st.sampled_from(("数量指标", "质量指标")), st.sampled_from(("制卡数量", "制卡张数", "合格率", "")), TARGETS
)


@st.composite
def forms(draw: st.DrawFn) -> TargetForm:
    rows = draw(st.lists(INDICATOR, max_size=5))
    table = "\n".join(f"产出指标 | {level2} | {name} | 说明 | {target}" for level2, name, target in rows)
    return form(
        table,
        objectives=draw(
            st.lists(st.sampled_from(("1.制卡 5 万张。", "1.制卡5万张。", "2.结算。", "2.按时结算。")), max_size=3)
        ),
        total=draw(st.sampled_from(("500", "5000000", "480", None))),
        project=draw(st.sampled_from(("社保卡", "社保卡工本费"))),
    )


@given(forms(), forms())
def test_exchanging_old_and_new_exchanges_what_is_told(old: TargetForm, new: TargetForm):
    there, back = changes(old, new), changes(new, old)
    assert mirrored(there) == Counter((one.field, one.before, one.after, one.kind) for one in back)
    assert changes(old, old) == ()
    assert all("\n" not in one.text for one in there)


def test_blanks_are_shown_as_blank():
    before = form_rows(form(), Settings(), Lists())
    after = replace(before.project, contact="张三", other=Decimal("12.5"))
    found = compare_forms(before.project, before.indicator_rows, after, before.indicator_rows)
    assert [one.text for one in found] == ["其他资金 0.00 → 12.50 万元", "填报人 （空） → “张三”"]
