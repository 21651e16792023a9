"""What counts in a ledger and what does not: every input one status, nothing counted twice, nothing lost."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from forms import broken, entry, form

from perfxl.errors import PathNotFound, UsageError
from perfxl.form import TargetForm
from perfxl.issue import At, Issue, Severity
from perfxl.ledger import Condition, Ledger, Status, consolidate
from perfxl.marking import highlight
from perfxl.reading import Reading, read_forms
from perfxl.rules import check
from perfxl.settings import Ignore, Settings
from perfxl.template import build

PUBLISHED = Path(__file__).parents[1] / "examples" / "000_907cb3cacd27948e.txt"


def reading(name: str, *forms: TargetForm, **facts: object) -> Reading:
    """What reading a file of that name gave; every file has bytes of its own unless told otherwise."""
    named = tuple(replace(one, file=name) for one in forms)
    base = Reading(source=name, sha256=hashlib.sha256(name.encode()).hexdigest(), size=len(name), forms=named)
    return replace(base, **facts)  # type: ignore[arg-type]


def outcome(ledger: Ledger) -> dict[str, Status]:
    return {row.file: row.status for row in ledger.sources}


def reason(ledger: Ledger, name: str) -> str:
    return next(row.reason for row in ledger.sources if row.file == name)


def test_the_nine_published_forms_add_up():
    ledger = Ledger.of([read_forms(PUBLISHED)], year=2023)

    totals = ledger.totals
    assert (totals.projects, totals.indicators, totals.total) == (9, 80, Decimal("2405.20"))
    assert [row.total for row in ledger.projects] == [
        Decimal(amount) for amount in "1324.00 84.10 500.00 125.00 12.60 10.00 245.00 26.50 78.00".split()
    ]
    assert [row.number for row in ledger.projects] == list(range(1, 10))
    assert {row.year for row in ledger.projects} == {2023}
    assert len(ledger.indicators) == 80
    assert sum(row.errors for row in ledger.projects) == totals.errors


def test_an_indicator_row_shows_what_was_typed_beside_what_was_read():
    table = """
        产出指标 | 数量指标 | 制卡数量 | 全年 | ≥3.1万张 | 按去年估算
                 | 质量指标 | 合格率   | 合格 | 95-98%
                 | 时效指标 | 完成     | 交付 | 按合同约定支付
    """
    first, second, third = Ledger.of([reading("a.xlsx", form(table))]).indicators

    assert (first.target, first.relation, first.value, first.measure) == ("≥3.1万张", "≥", Decimal("3.1"), "万张")
    assert (first.kind, first.explanation, first.cell) == ("定量", "按去年估算", "F17")
    assert (second.level1, second.value, second.upper, second.kind) == ("产出指标", Decimal(95), Decimal(98), "区间")
    assert (third.relation, third.value, third.measure, third.kind) == ("", None, "", "定性")


def test_forms_are_held_against_one_another():
    twice = [form(project=name, title=f"{name}绩效目标表", project_no="7") for name in ("甲", "乙")]
    ledger = Ledger.of([reading(f"{number}.xlsx", one) for number, one in enumerate(twice)])

    told = [(row.file, row.rule) for row in ledger.issues if row.severity == "错误"]
    assert told == [("1.xlsx", "X01")]
    assert [row.condition for row in ledger.projects] == [Condition.CLEAN, Condition.WRONG]
    assert [row.errors for row in ledger.projects] == [0, 1]


def test_a_finding_passed_over_on_purpose_counts_no_more_and_says_why():
    wrong = form(unit_code="12")
    settings = Settings(ignores=(Ignore("S02", "旧编码，明年停用"),))
    ledger = Ledger.of([reading("a.xlsx", wrong)], settings=settings)

    assert (ledger.projects[0].condition, ledger.failed) == (Condition.CLEAN, False)
    assert [row.explanation for row in ledger.issues if row.rule == "S02"] == ["按设置不计：旧编码，明年停用"]


def test_rows_that_say_not_applicable_are_no_indicators():
    table = """
        产出指标 | 数量指标 | 制卡数量 | 全年 | ≥3张
                 | 成本指标 | 不适用   |      | 不适用
    """
    ledger = Ledger.of([reading("a.xlsx", form(table))])
    assert (ledger.totals.indicators, len(ledger.indicators), ledger.projects[0].indicators) == (1, 1, 1)


@pytest.mark.parametrize(
    ("unit", "total", "expected"),
    [
        ("万元", "500.00", Decimal("500.00")),
        ("元", "5000000", Decimal(500)),
        ("亿元", "0.05", Decimal(500)),
        ("美元", "500", None),  # no such money unit: nothing to convert by
        ("万元", "五百", None),
        ("万元", broken(), None),
    ],
)
def test_amounts_are_told_in_wan_yuan_or_not_at_all(unit, total, expected):
    ledger = Ledger.of([reading("a.xlsx", form(money_unit=unit, total=total))])
    assert ledger.projects[0].total == expected
    assert ledger.totals.total == (expected or 0)
    assert ledger.totals.without_budget == (expected is None)


def test_a_form_with_errors_is_in_the_ledger_and_marked_so():
    sound = form()
    warned = form(project="甲", title="乙绩效目标表", project_no="2")  # S04 is a warning
    # S02 is an error
    wrong = form(project="丙", title="丙绩效目标表", project_no="3", unit_code="12", unit_name="另一个单位")
    ledger = Ledger.of([reading("a.xlsx", sound), reading("b.xlsx", warned), reading("c.xlsx", wrong)])

    assert [row.condition for row in ledger.projects] == [Condition.CLEAN, Condition.WARNED, Condition.WRONG]
    assert set(outcome(ledger).values()) == {Status.ACCEPTED}
    assert {(row.project, row.rule) for row in ledger.issues if row.severity == "错误"} == {("丙", "S02")}


def test_the_issues_of_a_form_stand_under_its_file_project_and_cell():
    ledger = Ledger.of([reading("a.xlsx", form(unit_code="12"))])
    row = next(row for row in ledger.issues if row.rule == "S02")
    assert (row.file, row.project, row.cell, row.value, row.severity) == (
        "a.xlsx",
        "社保卡制卡工本费",
        "B2",
        "12",
        "错误",
    )


def test_same_bytes_count_once_and_both_say_which():
    one = reading("a.xlsx", form())
    ledger = Ledger.of([one, replace(reading("b.xlsx", form()), sha256=one.sha256)])

    assert outcome(ledger) == {"a.xlsx": Status.ACCEPTED, "b.xlsx": Status.DUPLICATE}
    assert "以“a.xlsx”为准" in reason(ledger, "b.xlsx")
    assert "b.xlsx" in reason(ledger, "a.xlsx")
    assert ledger.totals.total == Decimal("500.00")


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ("1", "2", "b.xlsx"),
        ("2", "1", "a.xlsx"),
        (None, "2", "b.xlsx"),
        ("第2次", "10", "b.xlsx"),
    ],
)
def test_of_one_project_sent_twice_the_latest_submission_counts(first, second, counts):
    ledger = Ledger.of([reading("a.xlsx", form(submission=first)), reading("b.xlsx", form(submission=second))])

    other = {"a.xlsx": "b.xlsx", "b.xlsx": "a.xlsx"}[counts]
    assert outcome(ledger) == {counts: Status.ACCEPTED, other: Status.DUPLICATE}
    assert [row.file for row in ledger.projects] == [counts]
    assert {row.file for row in ledger.issues} <= {counts}
    assert counts in reason(ledger, other) and other in reason(ledger, counts)


@pytest.mark.parametrize(
    ("head", "same"),
    [
        (
            {"unit_code": "３５３302 ", "project": "社保卡 制卡工本费"},
            True,
        ),  # white space and full-width forms don't count
        ({"unit_code": "353303"}, False),
        ({"project": "社保卡补卡工本费"}, False),
        ({"year": 2022}, False),  # last year's form of the same project
        ({"year": None}, True),
    ],
)
def test_a_project_is_its_unit_code_and_name(head, same):
    ledger = Ledger.of([reading("a.xlsx", form()), reading("b.xlsx", form(submission="2", **head))])
    assert (outcome(ledger)["a.xlsx"] is Status.DUPLICATE) is same


@pytest.mark.parametrize(
    "blank", [{"unit_code": None, "unit_name": None}, {"project": None}, {"unit_code": " ", "project": " "}]
)
def test_a_form_that_does_not_say_whose_or_what_it_is_is_nobodys_duplicate(blank):
    ledger = Ledger.of([reading("a.xlsx", form(**blank)), reading("b.xlsx", form(**blank))])
    assert len(ledger.projects) == 2


def test_a_workbook_stays_accepted_when_only_one_of_its_forms_is_a_duplicate():
    twice = form(sheet="绩效目标表-1")
    own = form(sheet="绩效目标表-2", project="补卡", title="补卡绩效目标表")
    ledger = Ledger.of([reading("a.xlsx", form()), reading("b.xlsx", twice, own)])

    assert outcome(ledger) == {"a.xlsx": Status.ACCEPTED, "b.xlsx": Status.ACCEPTED}
    assert "工作表“绩效目标表-1”未计入" in reason(ledger, "b.xlsx")
    assert [(row.forms, row.counted) for row in ledger.sources] == [(1, 1), (2, 1)]
    assert [row.project for row in ledger.projects] == ["社保卡制卡工本费", "补卡"]


def test_one_project_twice_in_one_workbook_counts_once():
    ledger = Ledger.of([reading("a.xlsx", form(sheet="表1"), form(sheet="表2", submission="2"))])
    assert outcome(ledger) == {"a.xlsx": Status.ACCEPTED}
    assert [row.sheet for row in ledger.projects] == ["表2"]
    assert "工作表“表1”未计入" in reason(ledger, "a.xlsx")


def test_a_marked_copy_counts_only_where_its_original_is_missing():
    copy = reading("已标注/a.xlsx", form(), marked_copy=True)

    alone = Ledger.of([copy])
    assert outcome(alone) == {"已标注/a.xlsx": Status.ACCEPTED}

    both = Ledger.of([copy, reading("收到/a.xlsx", form())])
    assert outcome(both) == {"已标注/a.xlsx": Status.SKIPPED, "收到/a.xlsx": Status.ACCEPTED}
    assert "原件“收到/a.xlsx”" in reason(both, "已标注/a.xlsx")


def test_a_marked_copy_of_a_form_without_name_is_known_by_its_content():
    nameless = form(unit_code=None, project=None)
    ledger = Ledger.of([reading("a.xlsx", nameless), reading("b.xlsx", nameless, marked_copy=True)])
    assert outcome(ledger)["b.xlsx"] is Status.SKIPPED


def test_a_marked_copy_of_a_later_submission_is_no_copy_of_the_first():
    later = reading("b.xlsx", form(submission="2"), marked_copy=True)
    ledger = Ledger.of([reading("a.xlsx", form(submission="1")), later])
    assert outcome(ledger) == {"a.xlsx": Status.DUPLICATE, "b.xlsx": Status.ACCEPTED}


def test_a_file_without_a_sure_form_is_rejected_and_its_issue_listed():
    issue = Issue("S07", Severity.ERROR, "版面变了", "请换用下发的模板", file="a.xlsx", at=At("表", 3, 1))
    ledger = Ledger.of([reading("a.xlsx", issues=(issue,))])

    assert outcome(ledger) == {"a.xlsx": Status.REJECTED}
    assert reason(ledger, "a.xlsx") == "版面变了。请换用下发的模板"
    assert [(row.sheet, row.cell, row.project) for row in ledger.issues] == [("表", "A3", "")]
    assert ledger.totals.errors == 1


def test_a_file_is_accepted_for_its_good_sheet_and_says_what_is_wrong_with_the_other():
    issue = Issue("S07", Severity.ERROR, "工作表“乙”的版面变了", "请换用下发的模板", file="a.xlsx")
    ledger = Ledger.of([reading("a.xlsx", form(), issues=(issue,))])
    assert outcome(ledger) == {"a.xlsx": Status.ACCEPTED}
    assert "工作表“乙”的版面变了" in reason(ledger, "a.xlsx")


def test_a_form_of_another_edition_is_judged_by_its_own():
    forms = [reading("a.xlsx", form(edition="mof-2021")), reading("b.xlsx", form(project="乙", edition=None))]
    ledger = Ledger.of(forms, edition="tianjin-2023")
    assert [row.edition for row in ledger.sources] == ["mof-2021", "tianjin-2023"]


@pytest.fixture
def folder(tmp_path) -> Path:
    """What finance has on its disk: two good forms, and everything else that gathers around them."""
    units = tmp_path / "收到"
    units.mkdir()
    (units / "甲.xlsx").write_bytes(build(forms=[form(project="甲", title="甲绩效目标表")]))
    (units / "乙.xlsx").write_bytes(build(forms=[form(project="乙", title="乙绩效目标表")]))
    shutil.copy(units / "甲.xlsx", units / "甲 - 副本.xlsx")
    (units / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    (units / "~$甲.xlsx").write_bytes(b"lock")
    (units / "说明.docx").write_bytes(b"text")
    highlight(units / "乙.xlsx", check(read_forms(units / "乙.xlsx").forms), to=tmp_path / "收到" / "退回" / "乙.xlsx")
    return units


def test_every_input_ends_in_exactly_one_status(folder):
    ledger = consolidate(folder)

    assert outcome(ledger) == {
        "~$甲.xlsx": Status.SKIPPED,
        "乙.xlsx": Status.ACCEPTED,
        "坏.xlsx": Status.UNREADABLE,
        "甲 - 副本.xlsx": Status.ACCEPTED,
        "甲.xlsx": Status.DUPLICATE,
        "说明.docx": Status.SKIPPED,
        "退回/乙.xlsx": Status.SKIPPED,
    }
    assert all(row.reason for row in ledger.sources if row.status is not Status.ACCEPTED)
    assert len(ledger.sources) == sum(path.is_file() for path in folder.rglob("*"))
    assert sum(row.counted for row in ledger.sources) == len(ledger.projects) == 2


def test_a_source_carries_its_size_digest_and_template(folder):
    row = next(row for row in consolidate(folder).sources if row.file == "乙.xlsx")
    content = (folder / "乙.xlsx").read_bytes()
    assert (row.size, row.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (row.layout, row.edition) == ("1", "tianjin-2023")

    damaged = next(row for row in consolidate(folder).sources if row.file == "坏.xlsx")
    assert damaged.sha256 == hashlib.sha256(b"PK\x03\x04 broken").hexdigest()


def test_our_own_ledger_among_the_inputs_is_skipped_and_changes_nothing_further(folder):
    target = folder / "总台账.xlsx"
    consolidate(folder).write(target)
    consolidate(folder).write(target)
    second = target.read_bytes()

    ledger = consolidate(folder)
    assert outcome(ledger)["总台账.xlsx"] is Status.SKIPPED
    assert ledger.totals.projects == 2
    ledger.write(target)
    assert target.read_bytes() == second


def test_progress_is_told_after_each_input(folder):
    told: list[tuple[int, int, str]] = []
    ledger = consolidate(folder, progress=lambda done, total, name: told.append((done, total, name)))
    assert told == [(n, len(ledger.sources), row.file) for n, row in enumerate(ledger.sources, 1)]


def test_a_wrong_call_is_told_at_once(folder):
    with pytest.raises(PathNotFound, match="没有这个"):
        consolidate([folder / "没有这个"])
    with pytest.raises(UsageError, match="口径"):
        consolidate(folder, edition="上海")


def test_a_path_that_is_not_there_is_listed_and_the_others_go_on(folder):
    ledger = consolidate([folder, folder / "没有这个"])
    absent = [row for row in ledger.sources if "没有这个" in row.file]

    assert [row.status for row in absent] == [Status.UNREADABLE]
    assert ledger.failed
    assert ledger.projects == consolidate(folder).projects


def test_what_was_corrected_after_a_return_counts_before_what_was_returned(tmp_path):
    original = tmp_path / "甲.xlsx"
    original.write_bytes(build(forms=[form(total="900")]))
    returned = tmp_path / "乙-退回.xlsx"
    highlight(original, check(read_forms(original).forms), to=returned)
    book = openpyxl.load_workbook(returned)
    book["绩效目标表"]["C4"] = 500
    book.save(returned)

    ledger = consolidate(tmp_path)

    assert [(row.file, row.total) for row in ledger.projects] == [("乙-退回.xlsx", Decimal(500))]
    assert "退回后修改过" in reason(ledger, "甲.xlsx")


def test_explanations_that_belong_to_no_indicator_are_kept():
    noted = replace(form(), explanations={4: "财政已核定"}, note=entry("整体说明", At("绩效目标表", 6, 12)))

    (project,) = Ledger.of([reading("a.xlsx", noted)]).projects

    assert project.note == "整体说明\n第4行：财政已核定"


def test_a_form_that_names_an_edition_there_is_not_is_judged_by_the_one_given():
    ledger = Ledger.of([reading("a.xlsx", form(edition="改过"))], edition="mof-2021")
    assert ledger.sources[0].edition == "mof-2021"
    assert {row.status for row in ledger.sources} == {Status.ACCEPTED}


def test_a_file_that_vanishes_during_the_run_is_unreadable(folder):
    def vanish(done: int, total: int, name: str) -> None:
        if done == 1:
            (folder / "甲.xlsx").unlink()

    row = next(row for row in consolidate(folder, progress=vanish).sources if row.file == "甲.xlsx")
    assert (row.status, row.size, row.sha256) == (Status.UNREADABLE, None, "")
    assert "找不到这个文件" in row.reason
