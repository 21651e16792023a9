"""Who has sent in what was due: units and missing projects, held against the lists of finance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfxl.ledger.model import Condition, ProjectRow, SourceRow, Standing, Status, VersionRow
from perfxl.ledger.settling.progress import PendingSum, progress_rows
from perfxl.rules import Approval, Approvals, Roster, RosterEntry


def project(code: str, name: str, *, wrong: bool = False, **more: object) -> ProjectRow:
    facts = {
        "number": 1, "year": 2026, "unit_code": code, "unit_name": f"{code}所", "department": "", "project": name,
        "total": Decimal(5), "fiscal": Decimal(5), "other": Decimal(0), "purpose": "", "objectives": "",
        "indicators": 3, "errors": int(wrong), "warnings": 0,
        "condition": Condition.WRONG if wrong else Condition.CLEAN, "contact": "", "phone": "", "submission": 1,
        "note": "", "file": "a.xlsx", "sheet": "表",
    }  # fmt: skip
    return ProjectRow(**{**facts, **more})  # type: ignore[arg-type]


def version(code: str, name: str, total: str | None, standing: Standing = Standing.PENDING, **more: object):
    facts = {
        "unit_code": code, "unit_name": f"{code}所", "project_code": "", "project": name, "year": 2026, "version": 1,
        "adopted": "", "standing": standing, "ground": "", "hint": "", "submission": 1,
        "total": None if total is None else Decimal(total), "errors": 0, "changes": "", "file": "a.xlsx",
        "sheet": "表", "digest": "d",
    }  # fmt: skip
    return VersionRow(**{**facts, **more})  # type: ignore[arg-type]


def unit(code: str, expected: int | None = None, department: str = "甲局", **more: str) -> RosterEntry:
    return RosterEntry(code, more.pop("name", f"{code}所"), department, expected=expected, **more)


def approved(code: str, name: str, **more: str) -> Approval:
    return Approval(code, name, Decimal(50_000), **more)


def told(roster=None, approvals=None, projects=(), versions=()):
    """Units as ``code: 应报 已报 未报 待定 有错误 状态``, and what is missing as (code, project)."""
    units, missing = progress_rows(
        projects,
        versions,
        None if roster is None else Roster.of(roster),
        None if approvals is None else Approvals.of(approvals),
    )
    shown = {
        row.unit_code: f"{row.due} {row.sent} {row.missing} {row.pending} {row.wrong} {row.state}" for row in units
    }
    return shown, [(row.unit_code, row.project) for row in missing]


def test_without_any_list_nothing_is_due():
    assert progress_rows([project("1", "甲")], [], None, None) == ((), ())


def test_every_state_a_unit_can_be_in():
    units, missing = told(
        [unit("1", 2), unit("2", 2), unit("3", 1), unit("4", 1), unit("5", 1)],
        None,
        [project("1", "甲"), project("1", "乙"), project("2", "甲", wrong=True), project("4", "甲", wrong=True),
         project("9", "甲")],
        [version("5", "甲", "3"), version("5", "甲", "4")],
    )  # fmt: skip
    assert units == {
        "1": "2 2 0 0 0 已报齐",
        "2": "2 1 1 0 1 部分未报",
        "3": "1 0 1 0 0 未报",
        "4": "1 1 0 0 1 有错误",
        "5": "1 0 0 1 0 待定",
        "9": "None 1 0 0 0 名单外",
    }
    assert missing == [("2", ""), ("3", "")]


def test_approved_projects_that_no_form_meets_are_missing_with_whom_to_call():
    roster = [unit("1", contact="王五", phone="022-1", office="社保科")]
    units, missing = progress_rows(
        [project("1", "宣 传费")],
        [],
        Roster.of(roster),
        Approvals.of([approved("1", "宣传费"), approved("1", "购车费")]),
    )
    assert (units[0].due, units[0].sent, units[0].missing) == (2, 1, 1)
    (row,) = missing
    assert (row.project, row.approved, row.contact, row.phone, row.office) == ("购车费", 5, "王五", "022-1", "社保科")
    assert row.remark == "已报 1 个项目，缺这一个"


def test_a_project_code_is_met_whatever_the_name():
    approvals = [approved("1", "宣传费", project_code="P1")]
    assert told([unit("1")], approvals, [project("1", "另一个名字", project_code="P1")])[1] == []
    assert told([unit("1")], approvals, [project("1", "另一个名字", project_code="P2")])[1] == [("1", "宣传费")]


def test_a_similar_name_is_not_missing_and_another_is():
    approvals = [approved("1", "社会保障卡制作和结算经费")]
    assert told([unit("1")], approvals, [project("1", "社会保障卡制作及结算经费")])[1] == []
    assert told([unit("1")], approvals, [project("1", "大厅运转经费")])[1] == [("1", "社会保障卡制作和结算经费")]


def test_what_the_roster_says_goes_before_the_approvals():
    approvals = [approved("1", "甲费")]
    units, missing = told([unit("1", 3)], approvals, [])
    assert units == {"1": "3 0 3 0 0 未报"}
    assert missing == [("1", "甲费"), ("1", "")]
    _, rows = progress_rows([], [], Roster.of([unit("1", 3)]), Approvals.of(approvals))
    assert rows[1].remark == "还差 2 个项目"


@pytest.mark.parametrize(
    ("sent", "state", "missing"), [([], "1 0 1 0 0 未报", 1), ([project("1", "甲")], "1 1 0 0 0 已报齐", 0)]
)
def test_a_unit_of_which_no_number_is_known_owes_at_least_something(sent, state, missing):
    units, rows = told([unit("1")], None, sent)
    assert units == {"1": state}
    assert len(rows) == missing


def test_a_unit_with_nothing_due_owes_nothing():
    assert told([unit("1", 0)]) == ({"1": "0 0 0 0 0 已报齐"}, [])


def test_pending_versions_are_one_project_and_not_missing():
    versions = [version("1", "甲费", "3"), version("1", "甲费", "4", project_code="P1")]
    units, missing = told([unit("1")], [approved("1", "甲费", project_code="P1")], [], versions)
    assert (units, missing) == ({"1": "1 0 0 1 0 待定"}, [])
    decided = [version("1", "甲费", "3", Standing.SUPERSEDED), version("1", "甲费", "4", Standing.COUNTED)]
    assert told([unit("1")], [approved("1", "甲费")], [project("1", "甲费")], decided)[0] == {"1": "1 1 0 0 0 已报齐"}


def test_what_waits_is_told_from_the_lowest_to_the_highest():
    pending = PendingSum.of(
        [version("1", "甲", "3"), version("1", "甲", "4.5"), version("1", "乙", "10"), version("1", "乙", None),
         version("2", "甲", "99", Standing.COUNTED)]
    )  # fmt: skip
    assert pending == PendingSum(projects=2, least=Decimal(13), most=Decimal("14.5"), unknown=1)
    assert pending.told() == "待定 2 个项目（金额 13.00–14.50 万元，不在合计内，其中 1 个预算数不明）"
    one = PendingSum.of([version("1", "甲", "3"), version("1", "甲", "3", digest="e")])
    assert one.told() == "待定 1 个项目（金额 3.00 万元，不在合计内）"


def test_forms_of_different_years_are_projects_of_their_own():
    years = [version("1", "甲", "3", year=year) for year in (2025, 2025, 2026, 2026)]
    assert PendingSum.of(years).projects == 2
    assert PendingSum.of([version("1", "甲", "3", year=None), version("1", "甲", "3")]).projects == 1


def test_a_list_without_codes_is_matched_by_name():
    nameless = [unit("", 1, name="社保 中心")]
    assert told(nameless, None, [project("1", "甲", unit_name="社保中心")])[0] == {"": "1 1 0 0 0 已报齐"}
    assert told(nameless, None, [project("1", "甲", unit_name="就业中心")])[1] == [("", "")]
    assert told([unit("1", 1)], None, [project("", "甲", unit_name="1所")])[0] == {"1": "1 1 0 0 0 已报齐"}


def test_a_code_on_no_list_is_told_beside_the_unit_of_that_name():
    units, rows = progress_rows([project("7", "甲", unit_name="1所")], [], Roster.of([unit("1", 1)]), None)
    assert [row.state for row in units] == ["未报", "名单外"]
    assert rows[0].remark == "一个也没有报来，差 1 个项目；同名单位以编码 7 报来 1 个项目，请核对编码"


def test_a_control_figure_makes_a_unit_due_without_saying_how_many():
    assert told(None, [approved("1", "")]) == ({"1": "1 0 1 0 0 未报"}, [("1", "")])
    assert told(None, [approved("1", "")], [project("1", "甲")])[1] == []


def test_departments_and_units_come_in_the_order_of_the_lists():
    roster = [unit("3", 1, "乙局"), unit("1", 1, "甲局"), unit("2", 1, "乙局"), unit("4", 1, "")]
    units, missing = told(roster, None, [project("9", "甲", department="甲局")])
    assert list(units) == ["3", "2", "1", "4", "9"]
    assert [code for code, _ in missing] == ["3", "2", "1", "4"]


def test_a_roster_that_expects_less_than_is_approved_is_told():
    approvals = Approvals.of([approved("1", name) for name in ("甲费", "乙会议", "丙设备")])
    units, missing = progress_rows([], [], Roster.of([unit("1", 1)]), approvals)
    assert (units[0].due, units[0].missing, len(missing)) == (3, 3, 3)
    assert units[0].remark == "名册写应报 1 项，批复清单有 3 项，按 3 项计，请核对名册"
    assert "按 3 项计" in missing[0].remark
    (agreeing,), _ = progress_rows([], [], Roster.of([unit("1", 3)]), approvals)
    assert agreeing.remark == ""


def test_what_came_beyond_what_was_due_is_told():
    (more,), _ = progress_rows([project("1", "甲"), project("1", "乙")], [], Roster.of([unit("1", 1)]), None)
    assert more.remark == "已报和待定的比应报多 1 项，请核对是否应由它报"
    (other,), _ = progress_rows([project("1", "别的经费")], [], None, Approvals.of([approved("1", "购车费")]))
    assert other.remark == "报来的有 1 项不在批复清单上，请核对"


names = st.lists(st.sampled_from(["购车费", "宣传册印制", "大厅运转", "房屋修缮"]), unique=True)


@given(st.none() | st.integers(0, 5), names, names, names)
def test_what_is_due_is_missing_or_came(expected, on_list, sent, waiting):
    units, missing = progress_rows(
        [project("1", name) for name in sent],
        [version("1", name, "3") for name in waiting if name not in sent],
        Roster.of([unit("1", expected)]),
        Approvals.of([approved("1", name) for name in on_list]),
    )
    (row,) = units
    assert row.due is not None
    assert row.missing <= row.due <= row.missing + row.sent + row.pending
    assert row.missing == sum(one.projects for one in missing)
    came_and_due = len({*on_list} & {*sent, *waiting})
    assert came_and_due <= row.due - row.missing
    if expected is None and on_list:
        assert row.due == row.missing + came_and_due


def source(file: str, status: Status = Status.UNREADABLE) -> SourceRow:
    return SourceRow(1, file, status, "打不开。", 0, 0, 1, "", "", "")


@pytest.mark.parametrize(
    ("file", "told_of"),
    [
        ("353301绩效表.xls", True),
        ("353301_绩效表.xls", True),
        ("某县 收费所/表.xlsx", True),
        ("3533011绩效表.xls", False),
        ("另一家/表.xlsx", False),
        ("某县收费所/~$表.xlsx", False),
    ],
)
def test_a_file_that_could_not_be_counted_is_named_beside_what_is_missing(file, told_of):
    roster = Roster.of([unit("353301", 1, name="某县收费所"), unit("2", 1, name="收费所")])
    _, (first, second) = progress_rows([], [], roster, None, [source(file), source("353301/a.xlsx", Status.DUPLICATE)])
    if told_of:
        assert first.remark == f"还差 1 个项目；收到 {file}，未能计入：打不开"
    else:
        assert first.remark == "一个也没有报来，差 1 个项目"
    assert "收到" not in second.remark


def test_of_many_files_only_the_first_are_named():
    files = [source(f"1-{number}.xls") for number in range(4)]
    _, (row,) = progress_rows([], [], None, Approvals.of([approved("1", "甲费")]), files)
    assert row.remark.startswith("收到 1-0.xls，未能计入：打不开；收到 1-1.xls")
    assert row.remark.endswith("另有 2 个文件未能计入，见“来源清单”")


def test_what_the_lists_approve_of_a_unit_stands_in_its_row():
    lists = Approvals.of([approved("1", "甲费"), approved("1", "乙会议"), approved("1", ""), approved("2", "")])
    units, _ = progress_rows([project("3", "甲")], [], Roster.of([unit("4", 1)]), lists)
    assert {row.unit_code: row.approved for row in units} == {"1": 10, "2": 5, "4": None, "3": None}


def test_a_form_without_unit_code_and_one_with_it_are_one_unit():
    units, _ = told(
        [unit("", 2, name="社保中心")],
        None,
        [project("1", "甲", unit_name="社保中心"), project("1", "乙", unit_name="社保中 心（写错）")],
    )
    assert units == {"": "2 2 0 0 0 已报齐"}
    nameless = [project("", name, unit_name="") for name in ("甲", "乙")]
    assert told([unit("1", 0)], None, nameless)[0] == {"1": "0 0 0 0 0 已报齐", "": "None 2 0 0 0 名单外"}
