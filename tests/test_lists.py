"""Lists as they come from finance's systems: what is understood of them, and what is refused with the row named."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from perfxl.errors import InputError, PathNotFound, UnreadableFile
from perfxl.season.lists import ListRow, UnitList, read_list
from perfxl.season.lists.headings import ALIASES

Rows = Sequence[Sequence[object]]
HEADING = ["单位编码", "单位名称", "项目编码", "项目名称", "批复金额（万元）"]
CENTRE = ["353302", "社保中心"]


@pytest.fixture
def listed(tmp_path):
    """Write those rows into a workbook, merge those cells, and read it back as a list."""

    def make(rows: Rows, *merges: str, name: str = "名单.xlsx") -> UnitList:
        path = tmp_path / name
        workbook(path, {"名单": rows}, merges)
        return read_list(path)

    return make


def workbook(path: Path, sheets: dict[str, Rows], merges: Sequence[str] = (), hidden: str = "") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for merge in merges:
            sheet.merge_cells(merge)
        if title == hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def text_file(folder: Path, text: str, encoding: str = "utf-8", name: str = "名单.csv") -> UnitList:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return read_list(path)


def projects(found: UnitList) -> list[tuple[str, str, str | None]]:
    """(单位编码, 项目名称, 元) of each row."""
    return [(r.unit_code, r.project, None if r.amount_yuan is None else f"{r.amount_yuan:f}") for r in found.rows]


# --- what is understood ------------------------------------------------------------------------------------------


def test_a_roster_with_title_numbers_and_sum(listed):
    found = listed(
        [
            ["2024年预算单位名册"],
            ["序号", "预算单位编码", "预算单位名称", "主管部门", "业务科室", "联系人", "联系电话", "应报项目数"],
            [1, "353302", "社保中心", "人社局", "社保科", "王五", "022-1", 3],
            [2, 353303, "就业中心", "人社局", "社保科", "李四", 13800000000, "2个"],
            ["合 计", None, None, None, None, None, None, 5],
        ]
    )

    assert found.heading_row == 2
    assert found.rows[0] == ListRow(3, *CENTRE, "人社局", "社保科", "王五", "022-1", 3, "", "", None)
    second = found.roster.by_code["353303"]
    assert (second.name, second.phone, second.expected, second.office) == ("就业中心", "13800000000", 2, "社保科")
    assert found.skipped == ((5, "合计、小计行"),)
    assert found.approvals.projects == {} and found.money_unit == ""
    assert "共 2 个单位，应报项目 5 个" in found.told()


def test_what_was_understood_is_told_before_it_is_used(listed):
    found = listed([["批复表"], HEADING, [*CENTRE, "P1", "宣传费", 12.5], [*CENTRE, "P2", "培训费", None], ["合计"]])

    assert found.told().splitlines() == [
        "名单.xlsx：工作表“名单”，第 2 行是表头",
        "认出的列：单位编码＝“单位编码”、单位名称＝“单位名称”、项目编码＝“项目编码”、项目名称＝“项目名称”、批复金额＝“批复金额（万元）”",
        "共 1 个单位、2 个项目，金额合计 12.50 万元（表内单位：万元）",
        "1 个项目没有金额：照样应报，只是金额不核对",
        "略过第 5 行：合计、小计行",
    ]


@pytest.mark.parametrize(("field", "alias"), [(field, alias) for field, each in ALIASES.items() for alias in each])
def test_every_alias_names_its_column(listed, field, alias):
    others = {"unit_name": "单位名称", "project": "项目名称"} if field != "unit_name" else {"unit_code": "单位编码"}
    others.pop(field, None)
    title = f" {alias[0]} {alias[1:]}*" + ("（元）" if field == "amount" else "")
    found = listed([[title, *others.values()], ["1", *("甲" for _ in others)]])

    assert found.columns[field] == title.strip()


@pytest.mark.parametrize(
    ("title", "yuan"),
    [
        ("批复金额(元)", "12.5"),
        ("批复金额【万元】", "125000"),
        ("批复金额（单位：万元）", "125000"),
        ("批复预算万元", "125000"),
        ("控制数/千元", "12500"),
        ("年度预算（亿元）", "1250000000"),
    ],
)
def test_the_money_unit_stands_in_the_heading(listed, title, yuan):
    (row,) = listed([["单位编码", "项目名称", title], ["353302", "宣传费", 12.5]]).rows

    assert row.amount_yuan == Decimal(yuan)


@pytest.mark.parametrize(
    "above", ["单位：万元", "金额单位:万元", "（万元）", "单位：人民币万元", "2024年批复表（单位：万元）"]
)
def test_the_money_unit_stands_above_the_heading(listed, above):
    found = listed([[None, None, above], ["单位编码", "项目名称", "金额"], ["353302", "宣传费", 12.5]])

    assert (found.money_unit, found.rows[0].amount_yuan) == ("万元", Decimal(125000))


def test_without_a_money_unit_nothing_is_guessed(listed):
    with pytest.raises(InputError, match="第 1 行“金额”没有写明是元还是万元。请把这一列的表头改成“批复金额（元）”"):
        listed([["单位编码", "项目名称", "金额"], ["353302", "宣传费", 12.5]])


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        (1326.4, "1326.4"),
        ("1,326.40", "1326.40"),
        ("１３２６．４", "1326.4"),
        (0.1 + 0.2, "0.3"),
        ("¥5", "5"),
        (-3, "-3"),
        (0, "0"),
    ],
)
def test_amounts_are_exact(listed, cell, yuan):
    (row,) = listed([["单位编码", "项目名称", "金额（元）"], ["353302", "宣传费", cell]]).rows

    assert row.amount_yuan == Decimal(yuan)


@settings(max_examples=30)
@given(st.decimals(min_value=0, max_value=10**11, places=2))
def test_an_amount_stored_as_a_number_is_the_amount_typed(tmp_path_factory, amount):
    path = tmp_path_factory.mktemp("列") / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单位编码", "项目名称", "金额（元）"])
        sheet.write_row(1, 0, ["1", "甲", float(amount)])

    assert read_list(path).rows[0].amount_yuan == amount


@pytest.mark.parametrize(("cell", "code"), [(353302, "353302"), (353302.0, "353302"), ("003302", "003302")])
def test_codes_are_text_whatever_they_are_stored_as(listed, cell, code):
    assert listed([["单位编码", "单位名称"], [cell, "甲"]]).rows[0].unit_code == code


@pytest.mark.parametrize(
    "joined", ["353302社保中心", "[353302]社保中心", "［３５３３０２］社保中心", "353302-社保中心", "353302 — 社保中心"]
)
@pytest.mark.parametrize("title", ["预算单位", "单位编码"])
def test_code_and_name_in_one_cell_are_told_apart(listed, joined, title):
    found = listed([[title, "项目名称"], [joined, "宣传费"]])

    assert (found.rows[0].unit_code, found.rows[0].unit_name) == ("353302", "社保中心")
    assert "编码和名称写在一起" in found.told()


def test_code_and_name_of_a_project_in_one_cell_are_told_apart_and_a_year_is_no_code(listed):
    (joined,) = listed([["单位名称", "项目"], ["社保中心", "12000021T000000012345-宣传费"]]).rows
    (year,) = listed([["单位名称", "项目"], ["社保中心", "2024年宣传费"]]).rows

    assert (joined.project_code, joined.project) == ("12000021T000000012345", "宣传费")
    assert (year.project_code, year.project) == ("", "2024年宣传费")


def test_a_row_that_names_no_unit_and_no_project_is_left_out_and_told(listed):
    assert listed([["单位编码", "联系人"], ["353302", "甲"], [None, "乙"]]).skipped == ((3, "没有单位"),)


def test_a_name_that_begins_with_digits_is_a_name(listed):
    found = listed([["单位名称", "项目名称"], ["120急救中心", "宣传费"], ["社保中心", "宣传费"]])

    assert [(row.unit_code, row.unit_name) for row in found.rows] == [("", "120急救中心"), ("", "社保中心")]


def test_merged_unit_cells_hold_for_all_their_rows(listed):
    rows = [HEADING[:2] + HEADING[3:], [*CENTRE, "甲", 1], [None, None, "乙", 2], ["353303", "就业中心", "丙", 3]]

    assert [row.unit_name for row in listed(rows, "A2:A3", "B2:B3").rows] == ["社保中心", "社保中心", "就业中心"]


def test_units_written_once_each_are_carried_down_and_that_is_told(listed):
    rows = [HEADING[:2] + HEADING[3:], [*CENTRE, "甲", 1], [None, None, "乙", 2], ["353303", "就业中心", "丙", 3]]
    found = listed(rows)

    assert [row.unit_code for row in found.rows] == ["353302", "353302", "353303"]
    assert "第 3 行沿用上面的单位" in found.told()


def test_a_gap_among_units_that_are_repeated_is_not_filled(listed):
    rows = [HEADING[:2] + HEADING[3:], [*CENTRE, "甲", 1], [*CENTRE, "乙", 2], [None, None, "丙", 3]]

    with pytest.raises(InputError, match="第 4 行“丙”没有写明单位。请补上单位编码"):
        listed(rows)


def test_groups_above_the_columns(listed):
    found = listed(
        [
            ["批复表", None, None, None, None, None],
            ["单位", None, "项目", None, "批复金额（万元）", None],
            ["编码", "名称", "编码", "名称", "财政拨款", "合计"],
            [*CENTRE, "P1", "宣传费", 3, 5],
        ],
        "A1:F1",
        "A2:B2",
        "C2:D2",
        "E2:F2",
    )

    assert found.columns["project_code"] == "项目编码"
    assert projects(found) == [("353302", "宣传费", "50000")]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["合计", None, None, None, 9], "合计、小计行"),
        ([None, "社保中心小计", None, None, 9], "合计、小计行"),
        (["注：以上金额含结转"], "表尾的说明"),
        (HEADING, "重复的表头"),
        ([None], "空行"),
        (["1", "2", "3", "4", "5"], "栏次"),
    ],
)
def test_rows_that_are_no_units_are_left_out_and_told(listed, row, why):
    found = listed([HEADING, [*CENTRE, "P1", "宣传费", 1], row, ["353303", "就业中心", "P2", "培训费", 2]])

    assert len(found.rows) == 2
    assert found.skipped == ((3, why),)


def test_a_title_merged_over_the_table_is_no_group(listed):
    found = listed([["名单", None], ["单位编码", "单位名称"], CENTRE], "A1:B1")

    assert (found.heading_row, found.columns["unit_code"]) == (2, "单位编码")


def test_a_project_may_have_a_name_like_a_sum(listed):
    assert len(listed([HEADING, [*CENTRE, "P1", "决算审计合计", 1]]).rows) == 1


def test_the_sum_of_a_unit_above_its_projects_counts_once(listed):
    rows = [HEADING, [*CENTRE, None, None, 3], [None, None, "P1", "甲", 1], [None, None, "P2", "乙", 2]]
    found = listed(rows)

    assert sum(entry.amount_yuan for entry in found.approvals.entries) == 30000
    rows[1] = [*CENTRE, None, None, 4]
    with pytest.raises(InputError, match="第 2 行“社保中心”有金额而没有项目名称"):
        listed(rows)


def test_an_amount_for_a_unit_without_projects_is_its_control_figure(listed):
    found = listed([["单位编码", "控制数（万元）"], ["353302", 3]])

    assert found.approvals.controls["353302"].amount_yuan == 30000


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_files_of_every_kind(tmp_path, encoding, mark):
    lines = ["批复表", mark.join(HEADING), mark.join([*CENTRE, "P1", "宣传费", '"1,326.40"'])]
    found = text_file(tmp_path, "\r\n".join(lines), encoding)

    assert projects(found) == [("353302", "宣传费", "13264000.00")]


def test_text_under_the_name_of_a_workbook_is_read_as_text(tmp_path):
    found = text_file(tmp_path, '单位编码\t单位名称\n="003302"\t社保中心\n', "gb18030", "导出.xls")

    assert found.rows[0].unit_code == "003302"


def test_of_several_sheets_the_one_with_a_list(tmp_path):
    good, path = [["单位编码", "单位名称"], CENTRE], tmp_path / "a.xlsx"

    assert read_list(workbook(path, {"说明": [["请填写"]], "名单": good})).sheet == "名单"
    assert read_list(workbook(path, {"旧": good, "名单": good}, hidden="旧")).sheet == "名单"
    workbook(path, {"一": good, "二": good})
    assert read_list(path, sheet="二").sheet == "二"
    with pytest.raises(InputError, match="“一”、“二” 这几张工作表都像名单"):
        read_list(path)
    with pytest.raises(InputError, match="没有名为“三”的工作表"):
        read_list(path, sheet="三")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.7", "这是 PDF 文件"),
        (b"<html><table></table></html>", "网页（HTML）"),
        (b"PK\x03\x04broken", "读不出内容"),
        (b"a,b\n" * 2000 + b"\xff\xff", "文字编码不认识"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "不是工作簿"),
        ("EncryptedPackage", "设有打开密码"),
    ],
)
def test_what_is_no_list_says_what_it_is_and_what_to_do(tmp_path, content, said):
    if isinstance(content, str):
        entry = content.encode("utf-16-le").ljust(64, b"\0") + (2 * len(content) + 2).to_bytes(2, "little")
        content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entry.ljust(128, b"\0")
    path = tmp_path / "名单.xlsx"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=rf"^名单\.xlsx：.*{said}.*请.*。$"):
        read_list(path)


def test_a_file_that_is_not_there_and_one_that_is_no_file(tmp_path):
    with pytest.raises(PathNotFound, match="找不到这个文件"):
        read_list(tmp_path / "没有.xlsx")
    with pytest.raises(UnreadableFile, match="这不是一个文件"):
        read_list(tmp_path)


def test_a_file_that_another_program_holds(tmp_path, monkeypatch):
    path = workbook(tmp_path / "名单.xlsx", {"名单": [["单位编码"], ["353302"]]})

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UnreadableFile, match="正被别的程序占用。请关闭"):
        read_list(path)


def test_a_stray_cell_far_out_is_refused_before_it_takes_all_memory(tmp_path):
    path = tmp_path / "名单.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单位编码", "单位名称"])
        sheet.write(1048575, 16383, "x")

    with pytest.raises(UnreadableFile, match="很远的地方还有内容"):
        read_list(path)


# --- what can be read in two ways --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["姓名", "年龄"], ["甲", 3]], "没有找到写着单位的列。请在表头里写上“单位编码”“单位名称”"),
        ([["单位：万元"], ["甲"]], "没有找到写着单位的列"),
        ([HEADING, ["合计", None, None, None, 0]], "第 1 行是表头，下面没有一行单位。请"),
        ([HEADING, [*CENTRE, "P1", "甲", "约五百"]], "第 2 行“甲”的金额“约五百”不是一个数。请只填一个数字"),
        ([HEADING, [*CENTRE, "P1", "甲", True]], "第 2 行“甲”的金额“True”不是一个数"),
        (
            [HEADING, [*CENTRE, "", "甲", 1], [*CENTRE, "", "甲", 2]],
            "第 3 行与第 2 行重复（“社保中心”的“甲”），而金额不同。请合并成一行",
        ),
        (
            [HEADING, [*CENTRE, "P1", "甲", 1], [*CENTRE, "P1", "乙", 1]],
            "第 3 行的项目编码 P1 在第 2 行是“甲”。请核对项目编码",
        ),
        (
            [HEADING, [*CENTRE, "", "甲", 1], ["353302", "就业中心", "", "乙", 2]],
            "第 3 行编码 353302 是“就业中心”，在第 2 行是“社保中心”。请统一",
        ),
        (
            [["单位编码", "单位名称"], CENTRE, ["353302", "社会保险中心"]],
            "第 3 行编码 353302 是“社会保险中心”，在第 2 行是“社保中心”。请统一",
        ),
        (
            [["单位编码", "单位名称", "应报数"], [*CENTRE, 3], [*CENTRE, 5]],
            "第 3 行“社保中心”与第 2 行重复，而应报项目数不同。请合并成一行",
        ),
        ([["单位编码", "应报数"], ["353302", "若干"]], "第 2 行应报项目数“若干”不是整数。请只填一个整数"),
        (
            [["单位编码", "金额（元）", "金额（元）"], ["1", 2, 3]],
            "第 1 行有几列都叫“金额（元）”，不知道用哪一列。请只留一列",
        ),
        ([["单位编码", "项目", "金额（美元）"], ["1", "甲", 3]], "第 1 行“金额（美元）”没有写明是元还是万元"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_in_words(listed, rows, said):
    with pytest.raises(InputError) as raised:
        listed(rows)
    assert str(raised.value).startswith("名单.xlsx：") and said in str(raised.value)


def test_one_amount_merged_over_several_projects_is_refused(listed):
    rows = [HEADING, [*CENTRE, "P1", "甲", 5], [*CENTRE, "P2", "乙", None]]

    with pytest.raises(InputError, match="第 2 行到第 3 行合并成一个金额。请取消合并"):
        listed(rows, "E2:E3")


def test_the_same_project_twice_with_the_same_amount_counts_once_and_is_told(listed):
    found = listed([HEADING, [*CENTRE, "", "宣传费", 1], [*CENTRE, "", "宣传 费", 1]])

    assert found.approvals.projects["353302", "宣传费"].amount_yuan == 10000
    assert "略过第 3 行：与第 2 行重复（“社保中心”的“宣传 费”），内容相同，只算一次" in found.told()


def test_projects_without_an_amount_are_due_all_the_same(listed):
    priced = listed([HEADING, [*CENTRE, "P1", "宣传费", 12.5], [*CENTRE, "P2", "培训费", None]])
    bare = listed([["单位编码", "项目名称"], ["353302", "宣传费"], ["353302", "培训费"]], name="批复.xlsx")
    units_only = listed([["单位编码", "单位名称"], CENTRE], name="名册.xlsx")

    assert [entry.amount_yuan for entry in priced.approvals.projects.values()] == [125000, None]
    assert [entry.amount_yuan for entry in bare.approvals.projects.values()] == [None, None]
    assert "2 个项目没有金额：照样应报，只是金额不核对" in bare.told().splitlines()
    assert units_only.approvals.entries == () and "没有金额" not in units_only.told()


def test_a_unit_twice_is_told_as_what_it_is(listed):
    title = ["单位编码", "单位名称", "联系人", "应报项目数"]
    same = listed([title, [*CENTRE, "王五", 3], [*CENTRE, None, 3]])
    other = listed([title, [*CENTRE, "王五", 3], [*CENTRE, "李四", None]])

    assert same.skipped == ((3, "“社保中心”与第 2 行重复，内容相同，只算一次"),)
    assert other.skipped == ((3, "“社保中心”与第 2 行重复，其余内容不同，以第 2 行为准，只算一次"),)


def test_projects_of_one_name_are_told_apart_by_their_codes(listed):
    found = listed([HEADING, [*CENTRE, "P1", "宣传费", 1], [*CENTRE, "P2", "宣传费", 2]])

    assert len(found.approvals.projects) == 2


def test_a_name_with_two_codes_is_told(listed):
    found = listed([["单位编码", "项目名称"], ["353302", "甲"]])
    assert found.notes == ()
    rows = [[*CENTRE, "P1", "甲", 1], ["353399", "社保中心", "P2", "乙", 1], ["353399", "社保中心", "P3", "丙", 1]]
    assert listed([HEADING, *rows], name="批复.xlsx").notes == (
        "请核对：“社保中心”有两个编码，第 2 行 353302，第 3 行 353399",
    )
