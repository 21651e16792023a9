"""Handing out: each unit gets its workbook, what finance knows is in it and locked, and nobody's work is overwritten."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from forms import form

from perfxl.errors import CapacityError
from perfxl.intake.grid import open_workbook
from perfxl.issue import Issue, Severity, column_letters
from perfxl.layout import LATEST
from perfxl.marking import highlight
from perfxl.reading import read_forms
from perfxl.rules.lists import Roster, RosterEntry
from perfxl.season.handout import LOCKED, hand_out, safe_name, sheet_names
from perfxl.season.lists import ListRow, UnitList
from perfxl.template import Issuance, build

ISSUANCE = Issuance(year=2027, deadline="2026年12月10日", contact="预算科 23310001", batch="2027年部门预算")
CENTRE = ("353302", "天津市社会保险基金管理中心")


def units(*rows: tuple[str, str, str, str | None], department: str = "人社局", expected: int | None = None) -> UnitList:
    """A list of (code, name, project, amount in 元); a project's code is written before it: ``A01|名称``."""
    found = []
    for number, (code, name, project, amount) in enumerate(rows, 2):
        project_code, _, project_name = project.rpartition("|")
        yuan = None if amount is None else Decimal(amount)
        found.append(ListRow(number, code, name, department, "", "", "", expected, project_code, project_name, yuan))
    return UnitList("名单.xlsx", "Sheet1", 1, {}, "元", tuple(found), ())


def sheet_xml(path: Path, number: int = 2) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read(f"xl/worksheets/sheet{number}.xml").decode()


def handed_out(
    folder: Path, *rows: tuple[str, str, str, str | None], department: str = "人社局", roster: Roster | None = None
) -> Path:
    (path,) = hand_out(units(*rows, department=department), folder, ISSUANCE, roster=roster).workbooks
    return path


@pytest.fixture(scope="module")
def one_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return handed_out(tmp_path_factory.mktemp("下发"), (*CENTRE, "制卡工本费", "5000000"))


def test_what_the_list_says_is_read_back_from_the_workbook(tmp_path):
    rows = (*CENTRE, "A01|制卡工本费", "5000000"), (*CENTRE, "A02|宣传费", "10000.5"), (*CENTRE, "网络运维费", None)

    read = read_forms(handed_out(tmp_path, *rows)).forms

    assert [(one.sheet, one.project.text, one.project_code, one.budget.total.amount) for one in read] == [
        ("01 制卡工本费", "制卡工本费", "A01", Decimal(500)),
        ("02 宣传费", "宣传费", "A02", Decimal("1.00005")),
        ("03 网络运维费", "网络运维费", "", None),
    ]
    for one in read:
        assert (one.unit_code.text, one.unit_name.text, one.department.text) == (*CENTRE, "人社局")
        assert (one.year, one.batch, one.money_unit.text) == (2027, "2027年部门预算", "万元")
        assert (one.indicators, one.objectives, one.budget.fiscal.blank) == ((), (), True)


def test_amounts_are_in_the_money_unit_of_the_edition(tmp_path):
    result = hand_out(units((*CENTRE, "宣传费", "10000.5")), tmp_path, Issuance("mof-2021", 2027))

    (read,) = read_forms(result.workbooks[0]).forms

    assert (read.budget.total.amount, read.money_unit.text) == (Decimal("10000.5"), "元")


def test_given_cells_are_locked_and_all_others_are_not(one_project):
    """Both ways in which a cell can be open: its own format, and a range that may be edited."""
    xml = sheet_xml(one_project)
    with zipfile.ZipFile(one_project) as archive:
        cell_formats = archive.read("xl/styles.xml").decode().partition("<cellXfs")[2].partition("</cellXfs>")[0]
    formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", cell_formats)

    def open_by_format(a1: str) -> bool:
        (style,) = re.findall(rf'<c r="{a1}" s="(\d+)"', xml)
        return 'locked="0"' in formats[int(style)]

    ranges = set(re.findall(r'<protectedRange sqref="([A-Z]+\d+)', xml))
    cells = {field.name: LATEST.at("", field.name).a1 for field in LATEST.fields if field.typed}

    assert {name for name, a1 in cells.items() if not open_by_format(a1)} == LOCKED
    assert {name for name, a1 in cells.items() if a1 not in ranges} == LOCKED


def test_what_the_list_does_not_say_stays_open(tmp_path):
    path = handed_out(tmp_path, (*CENTRE, "", None), department="")
    ranges = set(re.findall(r'<protectedRange sqref="([A-Z]+\d+)', sheet_xml(path)))

    assert {LATEST.at("", name).a1 for name in ("project", "total", "department")} <= ranges
    assert LATEST.at("", "unit_code").a1 not in ranges


def test_a_locked_cell_says_whom_to_ask_and_does_not_ask_to_type(one_project):
    xml = sheet_xml(one_project)
    prompts = {
        area: (kind, prompt)
        for kind, prompt, area in re.findall(
            r'<dataValidation (type="\w+" )?[^>]*?prompt="([^"]*)" sqref="([^"]+)"', xml
        )
    }

    for name in LOCKED:
        field = LATEST.field(name)
        kind, prompt = next(value for area, value in prompts.items() if area.startswith(f"{LATEST.at('', name).a1}"))
        assert kind == "", "nothing to validate where nothing can be typed"
        assert ("锁定" in prompt, "预算科 23310001" in prompt, field.prompt in prompt and field.prompt != "") == (
            True,
            True,
            False,
        )


def test_a_filled_form_without_locked_fields_is_as_ever():
    filled = form(department="人社局")

    assert build(ISSUANCE, [filled]) == build(ISSUANCE, [filled], locked=frozenset())
    assert build(ISSUANCE, [filled]) != build(ISSUANCE, [filled], locked=LOCKED)


def test_a_unit_without_projects_gets_as_many_blank_forms_as_it_has_to_report(tmp_path):
    rows = units((*CENTRE, "", None), expected=3), units((*CENTRE, "", None))

    several, one = (hand_out(row, tmp_path / str(n), ISSUANCE) for n, row in enumerate(rows))

    assert [read.unit_code.text for read in read_forms(several.workbooks[0]).forms] == ["353302"] * 3
    assert [read.sheet for read in read_forms(one.workbooks[0]).forms] == ["绩效目标表"]
    assert (several.projects, one.projects) == (3, 1)


def test_a_unit_that_has_nothing_to_report_gets_no_workbook_and_is_told(tmp_path):
    listed = units((*CENTRE, "", None), ("353303", "乙单位", "培训费", "2"))
    roster = Roster((RosterEntry(*CENTRE, expected=0), RosterEntry("353303", "乙单位", expected=0)))

    result = hand_out(listed, tmp_path, ISSUANCE, roster=roster)

    assert [path.name for path in tmp_path.iterdir()] == ["353303_乙单位_绩效目标表.xlsx"], "a named project goes out"
    assert (result.units, result.projects, result.nothing_due) == (1, 1, (CENTRE[1],))
    assert f"没有下发：{CENTRE[1]}。应报项目数是 0" in result.told()
    assert "没有下发" not in hand_out(listed, tmp_path / "另").told()


def test_an_impossible_number_of_projects_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(CapacityError, match="应报项目数是 20261123"):
        hand_out(units((*CENTRE, "", None), expected=20261123), tmp_path / "下发")

    assert not (tmp_path / "下发").exists()


def test_the_roster_fills_in_what_the_list_leaves_out(tmp_path):
    roster = Roster((RosterEntry(*CENTRE, department="人社局", expected=2),))

    path = handed_out(tmp_path, ("353302", "", "", None), department="", roster=roster)

    read = read_forms(path).forms
    assert path.name == "353302_天津市社会保险基金管理中心_绩效目标表.xlsx"
    assert [(one.unit_name.text, one.department.text) for one in read] == [(CENTRE[1], "人社局")] * 2


def test_projects_go_to_their_unit_whatever_the_order_of_the_rows(tmp_path):
    other = ("353303", "乙单位")
    rows = (*CENTRE, "A1|宣传费", "1"), (*other, "培训费", "2"), (*CENTRE, "A2|宣传费", "3"), (*other, "A9|", "4")

    result = hand_out(units(*rows), tmp_path, Issuance("mof-2021"))

    assert [
        [(one.project.text, one.project_code, one.budget.total.amount) for one in read_forms(path).forms]
        for path in result.workbooks
    ] == [[("宣传费", "A1", 1), ("宣传费", "A2", 3)], [("培训费", "", 2), ("", "A9", 4)]]
    assert (result.units, result.projects) == (2, 4)


def test_the_guide_says_for_whom_by_when_and_links_every_project(tmp_path):
    path = handed_out(tmp_path, (*CENTRE, "制卡工本费", "5000000"), (*CENTRE, "宣传费/印刷", None))
    guide = open_workbook(path).grid("填报说明")
    texts = {value for _, _, value in guide if isinstance(value, str)}
    links = re.findall(r'<hyperlink ref="[A-Z]+\d+" location="([^"]+)"', sheet_xml(path, 1))

    assert {"353302 天津市社会保险基金管理中心", "人社局", "2026年12月10日", "预算科 23310001"} <= texts
    assert {"制卡工本费", "500.00", "宣传费/印刷", "请在表中填写", "批复预算数（万元）"} <= texts
    assert links == ["'01 制卡工本费'!A1", "'02 宣传费／印刷'!A1"]


def test_the_guide_of_one_project_has_no_list_of_projects(one_project):
    assert "<hyperlink " not in sheet_xml(one_project, 1)


def test_a_handed_out_workbook_is_valid(tmp_path, validate_ooxml):
    rows = (
        (*CENTRE, "制卡工本费", "5000000"),
        (*CENTRE, "信息系统[一期]'运维'：2027/2028年度网络安全等级保护测评与整改", "1"),
    )

    assert validate_ooxml(handed_out(tmp_path, *rows)) == []


def test_locked_cells_refuse_typing_and_still_light_up_when_returned(tmp_path, office):
    path = handed_out(tmp_path, (*CENTRE, "制卡工本费", "5000000"), (*CENTRE, "宣传费'印刷", "20000"))
    first, second = read_forms(path).forms
    total, fiscal = (LATEST.at("", name).a1 for name in ("total", "fiscal"))
    at = LATEST.at(second.sheet, "total")
    highlight(
        path, [Issue("A06", Severity.ERROR, "与批复数不符", "请核对批复文件", file=path.name, at=at, form=second.key)]
    )

    with office.open(path) as document:
        hint = str(document.get(second.sheet, f"{column_letters(LATEST.hint_column)}{at.row}").value)
        lit, unlit = (document.backgrounds(sheet)[total] for sheet in (second.sheet, first.sheet))
        assert ("请核对批复文件" in hint, lit != unlit) == (True, True)
        assert [document.type_into(second.sheet, a1, "3") for a1 in (total, fiscal)] == [False, True]


def test_a_form_fresh_from_the_list_counts_as_not_begun_until_something_is_typed(one_project, office):
    with office.open(one_project) as document:
        before = document.get("绩效目标表", "I1").shown
        document.type_into("绩效目标表", "B6", "1.制卡100张。")
        after = document.get("绩效目标表", "I1").shown

    assert "请在浅黄色的格子里填写" in before and "必须修改" not in before
    assert "必须修改" in after


def test_a_handed_out_form_has_the_room_of_a_blank_one(one_project):
    heights = [re.findall(rf'<row r="{row}" [^>]*ht="([\d.]+)"', sheet_xml(one_project)) for row in (5, 6, 17)]
    with zipfile.ZipFile(io.BytesIO(build())) as blank:
        xml = blank.read("xl/worksheets/sheet2.xml").decode()

    assert heights == [re.findall(rf'<row r="{row}" [^>]*ht="([\d.]+)"', xml) for row in (5, 6, 17)]
    assert open_workbook(one_project).defined_names["绩效目标表!_xlnm.Print_Area"] == "绩效目标表!$A$1:$G$60"


def test_handed_out_twice_nothing_is_written_again(tmp_path):
    listed = units((*CENTRE, "宣传费", "1"), ("353303", "乙单位", "培训费", "2"))
    first = hand_out(listed, tmp_path, ISSUANCE)
    times = [path.stat().st_mtime_ns for path in first.workbooks]

    second = hand_out(listed, tmp_path, ISSUANCE)

    assert (len(first.written), first.standing, first.kept) == (2, (), ())
    assert (second.written, second.standing, second.kept) == ((), first.workbooks, ())
    assert [path.stat().st_mtime_ns for path in first.workbooks] == times
    assert "2 个已经在那里" in second.told()


def test_a_workbook_that_a_clerk_works_in_is_kept_unless_asked(tmp_path):
    listed = units((*CENTRE, "宣传费", "1"), ("353303", "乙单位", "培训费", "2"))
    mine = tmp_path / "353303_乙单位_绩效目标表.xlsx"
    mine.write_bytes("正在填".encode())

    result = hand_out(listed, tmp_path, ISSUANCE)

    assert (result.kept, mine.read_bytes()) == ((mine,), "正在填".encode())
    assert [path.name for path in result.written] == ["353302_天津市社会保险基金管理中心_绩效目标表.xlsx"]
    assert "没有写：353303_乙单位_绩效目标表.xlsx" in result.told()

    again = hand_out(listed, tmp_path, ISSUANCE, overwrite=True)

    assert (again.kept, again.written) == ((), (mine,))
    assert read_forms(mine).forms[0].project.text == "培训费"


def test_progress_names_every_unit(tmp_path):
    seen = []

    hand_out(
        units((*CENTRE, "宣传费", "1"), ("353303", "乙单位", "培训费", "2")),
        tmp_path,
        progress=lambda *at: seen.append(at),
    )

    assert seen == [(1, 2, CENTRE[1]), (2, 2, "乙单位")]


def test_folders_by_department_only_where_asked(tmp_path):
    listed = units((*CENTRE, "", None), department="人社局/养老处")

    (flat,) = hand_out(listed, tmp_path).workbooks
    (deep,) = hand_out(listed, tmp_path, by_department=True).workbooks
    (none,) = hand_out(units((*CENTRE, "", None), department=""), tmp_path, by_department=True).workbooks

    assert flat.parent == tmp_path
    assert [path.parent.name for path in (deep, none)] == ["人社局／养老处", "未列主管部门"]


def test_units_whose_file_names_would_collide_are_told_apart(tmp_path):
    listed = units(
        ("", "甲 单位", "", None), ("", "甲\u3000 单位 .", "", None), ("A1", "Z", "", None), ("a1", "z", "", None)
    )

    names = [path.name for path in hand_out(listed, tmp_path).workbooks]

    assert names == [
        "甲 单位_绩效目标表.xlsx",
        "甲 单位-2_绩效目标表.xlsx",
        "A1_Z_绩效目标表.xlsx",
        "a1_z-2_绩效目标表.xlsx",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('甲:乙/丙\\丁<戊>"己"|庚?辛*', "甲：乙／丙＼丁＜戊＞＂己＂｜庚？辛＊.xlsx"),
        (" 名称. . ", "名称.xlsx"),
        ("两\n行\t\u200b名\x07", "两 行 名.xlsx"),
        ("CON.公司", "_CON.公司.xlsx"),
        ("lpt1", "_lpt1.xlsx"),
        ("console", "console.xlsx"),
        ("长" * 80, "长" * 48 + ".xlsx"),
        ("𠮷" * 80, "𠮷" * 36 + ".xlsx"),
    ],
)
def test_names_are_safe_everywhere_and_still_to_be_read(text, name):
    assert safe_name(text, ".xlsx") == name


def test_sheet_names_are_what_excel_allows_and_differ():
    long, emoji = "信息系统运维项目" * 6, "😀" * 40

    names = sheet_names(["宣传费", "宣传费", "a[1]:b*?/\\'c'", long, emoji, " "])

    assert names[:3] == ("01 宣传费", "02 宣传费", "03 a［1］：b＊？／＼’c’")
    assert [len(name.encode("utf-16-le")) // 2 for name in names[3:5]] == [31, 31]
    assert names[5] == "06 绩效目标表"
    assert sheet_names(["宣传费"]) == ("绩效目标表",)
    assert len({name.casefold() for name in sheet_names(["同名" * 20] * 120)}) == 120
