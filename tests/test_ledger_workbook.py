"""The ledger as a workbook, opened again: headings, totals, links, text that stays text."""

from __future__ import annotations

import re
import subprocess
import warnings
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from forms import form
from test_ledger_consolidate import PUBLISHED, reading
from test_ledger_progress import project, version

from perfxl.layout import LEDGER_NAME
from perfxl.ledger import Ledger, consolidate, read_ledger
from perfxl.ledger.gathering.cells import cell_text
from perfxl.ledger.model import MissingRow, NoteRow, SourceRow, Standing, Status, UnitRow
from perfxl.ledger.tables import INDICATORS, ISSUES, MISSING, NOTES, PROGRESS, PROJECTS, SOURCES, VERSIONS
from perfxl.ledger.writing import sheet_rows
from perfxl.ledger.writing import workbook as ledger_workbook
from perfxl.ledger.writing.figures import totals_of
from perfxl.reading import read_forms
from perfxl.template import build

SHEETS = ["总览", "汇总", "项目台账", "指标明细", "问题清单", "来源清单"]
TABLES = SHEETS[2:]
HEADING_ROW, FIRST_ROW = 3, 4


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "总台账.xlsx"
    Ledger.of([read_forms(PUBLISHED)], year=2023).write(path)
    return path


def column(sheet, heading: str) -> list:
    index = next(cell.column for cell in sheet[HEADING_ROW] if cell.value == heading)
    return [sheet.cell(row, index).value for row in range(FIRST_ROW, sheet.max_row + 1)]


def shown(sheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def write(ledger: Ledger, folder: Path):
    return openpyxl.load_workbook(ledger.write(folder / "总台账.xlsx")[0])


def test_the_sheets_and_their_headings(published):
    book = openpyxl.load_workbook(published)
    assert [sheet.title for sheet in book if sheet.sheet_state == "visible"] == SHEETS
    headings = {name: [cell.value for cell in book[name][HEADING_ROW]] for name in TABLES}
    assert headings["项目台账"] == [
        *"序号 年度 单位编码 单位名称 主管部门 项目名称 审核意见 经办人 备注 预算数 财政资金 其他资金".split(),
        *"批复数 差额 资金用途 绩效目标 指标数 错误数 警告数 状态 填报人 电话 报送次数 说明".split(),
        *"文件 工作表 项目编码 公开序号 公开".split(),
    ]
    assert headings["指标明细"] == [
        *"单位编码 单位名称 项目名称 行序 一级指标 二级指标 三级指标 绩效指标描述 指标值".split(),
        *"计算符号 数值 数值上限 计量单位 类型 说明 文件 工作表 单元格".split(),
    ]
    assert headings["问题清单"] == "文件 工作表 单元格 单位名称 项目名称 规则 级别 问题 建议 内容 说明".split()
    assert headings["来源清单"] == "序号 文件 状态 原因 表数 计入表数 字节数 SHA-256 模板版本 口径".split()


def test_the_reader_knows_it_for_a_ledger(published):
    assert LEDGER_NAME in openpyxl.load_workbook(published).defined_names
    assert read_forms(published).own_ledger
    assert not read_forms(published).issues


def test_subtotals_follow_the_filter_and_show_the_right_sums_at_once(published):
    formulas = openpyxl.load_workbook(published)["项目台账"]
    values = openpyxl.load_workbook(published, data_only=True)["项目台账"]
    assert formulas["J2"].value == "=SUBTOTAL(109,J4:J12)"
    assert values["J2"].value == pytest.approx(2405.20)
    assert (formulas["F2"].value, values["F2"].value) == ("=SUBTOTAL(103,A4:A12)", 9)
    assert values["Q2"].value == 80
    assert sum(Decimal(str(amount)) for amount in column(values, "预算数")) == Decimal("2405.20")


def test_libreoffice_computes_the_same_subtotals(published, office):
    with office.open(published, hidden=True) as book:
        book.recalculate()
        assert book.get_block("项目台账", "F2:J2") == [[9, "", "", "", pytest.approx(2405.20)]]
        book.set_block("项目台账", "J4", [[0]])
        book.recalculate()
        assert book.get_block("项目台账", "J2:J2") == [[pytest.approx(2405.20 - 1324.00)]]


def test_tables_are_set_up_for_screen_and_paper(published):
    book = openpyxl.load_workbook(published)
    for name in TABLES:
        sheet = book[name]
        assert sheet.freeze_panes.endswith(str(FIRST_ROW)), name
        assert sheet.auto_filter.ref.startswith(f"A{HEADING_ROW}:"), name
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9), name
        assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$3:$3"), name
        assert "&P" in sheet.oddFooter.center.text, name
    assert (book["总览"].page_setup.orientation, book["总览"].page_setup.paperSize) == ("portrait", 9)
    assert book["项目台账"]["J4"].number_format == "#,##0.00"


def test_the_overview_tells_totals_and_has_native_charts(published):
    words = shown(openpyxl.load_workbook(published)["总览"])
    assert "项目支出绩效目标总台账" in words
    assert {"9", "80", "2405.2", "定量值缺符号"} <= set(words)
    assert any("2023 年度" in word for word in words)
    with zipfile.ZipFile(published) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    assert ["doughnutChart" in chart for chart in charts] == [True, False, False]
    assert "社保经办大厅运转经费" in charts[2]  # cached, so that a preview shows it too


@pytest.mark.parametrize(
    ("heads", "word"),
    [
        ([{"department": "甲局"}, {"department": "乙局", "unit_code": "353303", "project": "二"}], "按主管部门"),
        ([{"unit_name": "甲所"}, {"unit_name": "乙所", "unit_code": "353303", "project": "二"}], "按单位"),
        ([{}, {"project": "二"}], "按项目"),
    ],
)
def test_the_budget_is_told_by_the_widest_grouping_that_parts_it(tmp_path, heads, word):
    ledger = Ledger.of([reading(f"{number}.xlsx", form(**head)) for number, head in enumerate(heads)])
    assert any(word in text for text in shown(write(ledger, tmp_path)["总览"]))


def test_the_overview_says_which_budgets_it_could_not_add(tmp_path):
    good = write(Ledger.of([reading("a.xlsx", form())]), tmp_path)
    assert not any("没有计入预算合计" in text for text in shown(good["总览"]))
    bad = write(Ledger.of([reading("a.xlsx", form(total="五百"))]), tmp_path)
    assert any("有 1 张表的预算数未填或不是数字" in text for text in shown(bad["总览"]))


def test_text_that_begins_with_a_sign_stays_text(tmp_path):
    table = '产出指标 | 数量指标 | =HYPERLINK("http://x") | http://example.com | =5张'
    sheet = write(Ledger.of([reading("a.xlsx", form(table, unit_code="001234"))]), tmp_path)["指标明细"]
    row = {sheet.cell(HEADING_ROW, cell.column).value: cell for cell in sheet[FIRST_ROW]}
    assert {heading: cell.data_type for heading, cell in row.items() if cell.value and heading != "行序"} == {
        heading: "n" if heading == "数值" else "s" for heading, cell in row.items() if cell.value and heading != "行序"
    }
    assert (row["三级指标"].value, row["指标值"].value) == ('=HYPERLINK("http://x")', "=5张")
    assert row["单位编码"].value == "001234"
    assert row["绩效指标描述"].hyperlink is None


def test_what_xml_can_not_hold_is_shown_escaped(tmp_path):
    sheet = write(Ledger.of([reading("a.xlsx", form(purpose="甲\x0b乙"))]), tmp_path)["项目台账"]
    assert column(sheet, "资金用途") == ["甲\\u000B乙"]


def test_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path):
    ledger = Ledger.of([reading("a.xlsx", form(purpose="字" * 40_000)), reading("b.xlsx", form(project="乙"))])
    book = write(ledger, tmp_path)
    long, short = column(book["项目台账"], "资金用途")
    assert len(long) <= 32_767
    assert long.endswith("（原文 40000 字，超过单元格上限，以下略，请看原文件）")
    assert short == "用于社会保障卡的制作和结算。"
    reasons = column(book["来源清单"], "原因")
    assert "单元格上限" in reasons[0] and not reasons[1]
    assert ledger.tables()["项目台账"]["资金用途"][0] == "字" * 40_000


def test_cell_text_counts_as_excel_does():
    text, cut = cell_text("😀" * 20_000)  # each is two units of UTF-16
    assert cut and len(text.encode("utf-16-le")) // 2 <= 32_767
    assert cell_text("字" * 32_767) == ("字" * 32_767, False)


def test_a_number_longer_than_a_double_is_written_as_text(tmp_path):
    table = "产出指标 | 数量指标 | 甲 | 甲 | ≥12345678901234567890张"
    sheet = write(Ledger.of([reading("a.xlsx", form(table))]), tmp_path)["指标明细"]
    assert column(sheet, "数值") == ["12345678901234567890"]


def test_issues_link_to_file_and_cell_from_where_the_ledger_stands(tmp_path):
    units = tmp_path / "收到 #1" / "甲"
    units.mkdir(parents=True)
    (units / "a%.xlsx").write_bytes(build(forms=[form(unit_code="12")]))
    book = write(consolidate(tmp_path / "收到 #1"), tmp_path)

    sheet = book["问题清单"]
    row = 4 + column(sheet, "规则").index("S02")
    assert sheet.cell(row, 1).hyperlink.target.replace("\\", "/") == "收到%20%231/甲/a%25.xlsx"
    assert sheet.cell(row, 3).hyperlink.location == "'绩效目标表'!B2"
    assert (sheet.cell(row, 1).value, sheet.cell(row, 3).value) == ("甲/a%.xlsx", "B2")


def test_no_absolute_path_and_no_clock_is_in_the_file(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(build(forms=[form(unit_code="12")]))
    path = consolidate(tmp_path).write(tmp_path / "总台账.xlsx")[0]
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    assert not [name for name, text in parts.items() if tmp_path.name in text]
    assert re.findall(r"<dcterms:\w+[^>]*>([^<]*)", parts["docProps/core.xml"]) == ["2000-01-01T00:00:00Z"] * 2


def test_rows_beyond_the_limit_of_links_are_plain_text(tmp_path, monkeypatch):
    (tmp_path / "a.xlsx").write_bytes(build(forms=[form(unit_code="12", purpose=None)]))
    ledger = consolidate(tmp_path)
    assert len(ledger.issues) >= 2
    monkeypatch.setattr(sheet_rows, "_LINK_LIMIT", 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sheet = write(ledger, tmp_path)["问题清单"]
    assert [cell.hyperlink is not None for cell in sheet["A"][3:]] == [True] + [False] * (len(ledger.issues) - 1)
    assert set(column(sheet, "文件")) == {"a.xlsx"}


def test_rows_are_high_enough_for_their_text(tmp_path):
    long = form(objectives=[f"{n}." + "很长的目标" * 12 for n in range(1, 10)])
    sheet = write(Ledger.of([reading("a.xlsx", long), reading("b.xlsx", form(project="乙"))]), tmp_path)["项目台账"]
    tall, low = (sheet.row_dimensions[row].height for row in (4, 5))
    assert low < tall <= 409


@pytest.mark.parametrize("head", [{}, {"total": "99999999999.99", "fiscal": "99999999999.99"}])
def test_money_columns_are_wide_enough_for_their_sums(tmp_path, head):
    sheet = write(Ledger.of([reading("a.xlsx", form(**head))]), tmp_path)["项目台账"]
    amount = sheet["J4"].value
    assert sheet.column_dimensions["J"].width > len(f"{amount:,.2f}")


def test_the_ledger_is_valid_ooxml(published, validate_ooxml):
    assert validate_ooxml(published) == []


SUMMED = {"项目数": "D", "预算数": "E", "批复数": "H", "已报项目批复数": "I", "差额": "J", "有错误项目数": "K"}


def season(
    path: Path, projects=(), *, versions=(), progress=(), missing=(), notes=(), sources=(), sealed=False
) -> Path:
    """A ledger of those rows; like Ledger.write, it has the later tables only where they have rows."""
    later = [(VERSIONS, versions), (PROGRESS, progress), (MISSING, missing), (NOTES, notes)]
    tables = [(PROJECTS, projects), (INDICATORS, ()), (ISSUES, ()), (SOURCES, sources)]
    tables += [(table, rows) for table, rows in later if rows]
    path.write_bytes(ledger_workbook.workbook_bytes(tables, totals_of(projects, ()), path.parent, sealed=sealed))
    return path


def unit_row(
    code: str, due: int, sent: int, state: str, department: str = "甲局", pending: int = 0, approved: str | None = None
) -> UnitRow:
    amount, missing = None if approved is None else Decimal(approved), due - sent - pending
    return UnitRow(
        department, code, f"{code}所", due, sent, missing, pending, 0, state, "社保科", "王五", "022-1", approved=amount
    )


@pytest.fixture(scope="module")
def in_season(tmp_path_factory) -> Path:
    """Four projects, one of them not as approved; something in each of the later tables."""
    folder = tmp_path_factory.mktemp("season")
    money = {"total": Decimal("500.1"), "approved": Decimal("480.1"), "difference": Decimal(20)}
    return season(
        folder / "总台账.xlsx",
        [
            project("353301", "甲", department="甲局", **money),
            project("353301", "乙", department="甲局", approved=Decimal(5), difference=Decimal(0), opinion="同意"),
            project("353302", "甲", department="甲局", wrong=True),
            project("354001", "甲", department="乙局", total=None),
        ],
        versions=[version("353303", "丙", "4", Standing.COUNTED), version("353303", "丁", "480"),
                  version("353303", "丁", "500.5")],
        progress=[unit_row("353301", 2, 2, "已报齐", approved="485.1"), unit_row("353302", 3, 1, "部分未报"),
                  unit_row("353303", 2, 1, "待定", pending=1), unit_row("354002", 4, 0, "未报", "乙局", approved="90"),
                  unit_row("354003", 1, 0, "未报", "乙局")],
        missing=[MissingRow("乙局", "354002", "354002所", "", "", None, "社保科", "王五", "022-1", "还差 4 个项目", projects=4)],
        notes=[NoteRow("1", "旧所", "", "旧项目", "备注", "已核", "", "项目台账第 5 行")],
        sources=[SourceRow(1, "a.xlsx", Status.ACCEPTED, "", 1, 1, 9, "", "", "", folder / "a.xlsx")],
        sealed=True,
    )  # fmt: skip


def test_the_tables_of_the_season_have_sheets_only_where_they_have_rows(in_season):
    book = openpyxl.load_workbook(in_season)
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert visible == [*SHEETS, "版本清单", "报送情况", "未报清单", "未匹配批注"]
    assert column(book["未报清单"], "说明") == ["还差 4 个项目"]
    assert column(book["未匹配批注"], "内容") == ["已核"]


def test_peoples_columns_are_shown_as_to_be_written_in(in_season):
    sheet = openpyxl.load_workbook(in_season)["项目台账"]
    grounds = {sheet.cell(HEADING_ROW, c).value: sheet.cell(FIRST_ROW, c).fill.fgColor.rgb for c in range(1, 30)}
    own = [heading for heading, ground in grounds.items() if ground == "FFFFFBE6"]
    assert own == ["审核意见", "经办人", "备注", "公开"]
    heads = {cell.fill.fgColor.rgb for cell in sheet[HEADING_ROW] if cell.value in own}
    assert heads.isdisjoint({cell.fill.fgColor.rgb for cell in sheet[HEADING_ROW] if cell.value not in own})


def test_a_version_is_chosen_from_a_list_that_forbids_nothing(in_season):
    sheet = openpyxl.load_workbook(in_season)["版本清单"]
    (rule,) = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1, bool(rule.showErrorMessage)) == ("E4:E6", '"是"', False)


def test_states_and_differences_are_told_by_colour(in_season):
    book = openpyxl.load_workbook(in_season)

    def fonts(sheet: str, letters: str) -> list[str]:
        colours = [cell.font.color for cell in book[sheet][letters][3:]]
        return [colour.rgb for colour in colours if colour is not None and colour.type == "rgb"]

    assert fonts("报送情况", "I") == ["FF1E6B3A", "FF7A4B00", "FF7A4B00", "FF9C0006", "FF9C0006"]
    assert fonts("项目台账", "N") == ["FFC00000"]  # 20.00, and not 0.00 or blank
    assert fonts("版本清单", "F") == ["FF1E6B3A", "FF7A4B00", "FF7A4B00"]


def test_files_are_linked_where_a_project_or_version_names_them(in_season):
    book = openpyxl.load_workbook(in_season)
    for name, cell in (("项目台账", "Y4"), ("版本清单", "M4"), ("来源清单", "B4")):
        assert book[name][cell].hyperlink.target == "a.xlsx", name


def test_a_sealed_ledger_carries_its_digest_out_of_sight(in_season, published, tmp_path):
    book = openpyxl.load_workbook(in_season)
    assert book.defined_names["perfxl_摘要"].attr_text.startswith('"项目台账 4 ')
    assert [sheet.title for sheet in book if sheet.sheet_state == "veryHidden"] == ["perfxl_校验"]
    plain = openpyxl.load_workbook(season(tmp_path / "总台账.xlsx", [project("1", "甲")]))
    assert "perfxl_摘要" not in plain.defined_names and plain.sheetnames == SHEETS


def test_a_ledger_of_the_season_is_valid_ooxml(in_season, validate_ooxml):
    assert validate_ooxml(in_season) == []


def summary(path: Path, *, values: bool = True) -> dict[str, dict[str, object]]:
    """Figures of 汇总 by department, or code, or name of the unit."""
    sheet = openpyxl.load_workbook(path, data_only=values)["汇总"]
    lines = [row for row in sheet.iter_rows(min_row=3) if row[3].value is not None]
    return {
        str(next(cell.value for cell in (row[1], row[0], row[2]) if cell.value)): {
            heading: sheet[f"{letters}{row[0].row}"].value for heading, letters in SUMMED.items()
        }
        for row in lines
    }


def test_the_summary_adds_up_by_department_and_unit_in_live_formulas(in_season):
    assert summary(in_season) == {
        "合计": dict(zip(SUMMED, (4, 510.1, 575.1, 485.1, 25, 1), strict=True)),
        "甲局": dict(zip(SUMMED, (3, 510.1, 485.1, 485.1, 25, 1), strict=True)),
        "353301": dict(zip(SUMMED, (2, 505.1, 485.1, 485.1, 20, 0), strict=True)),
        "353302": dict(zip(SUMMED, (1, 5, None, 0, 5, 1), strict=True)),
        "353303": dict(zip(SUMMED, (0, 0, None, 0, 0, 0), strict=True)),
        "乙局": dict(zip(SUMMED, (1, 0, 90, 0, 0, 0), strict=True)),
        "354001": dict(zip(SUMMED, (1, 0, None, 0, 0, 0), strict=True)),
        "354002": dict(zip(SUMMED, (0, 0, 90, 0, 0, 0), strict=True)),
        "354003": dict(zip(SUMMED, (0, 0, None, 0, 0, 0), strict=True)),
    }
    formulas = summary(in_season, values=False)
    live = {heading: str(cell).startswith("=") for heading, cell in formulas["353301"].items()}
    assert live == {heading: heading != "批复数" for heading in SUMMED}
    assert formulas["353301"]["预算数"] == (
        '=SUMIFS(项目台账!$J$4:$J$7,项目台账!$C$4:$C$7,"353301*",项目台账!$C$4:$C$7,"<>353301?*")'
    )
    assert (formulas["甲局"]["预算数"], formulas["甲局"]["差额"]) == ("=SUM(E5:E7)", "=ROUND(E4-I4,6)")


def test_a_form_without_unit_code_goes_with_its_unit_by_name(tmp_path, office):
    projects = [
        project("", "乙", unit_name="1所"),
        project("1", "甲", department="甲局"),
        project("", "丙", unit_name="2所"),
    ]
    assert list(summary(season(tmp_path / "没有名单.xlsx", projects))) == [
        "合计",
        "甲局",
        "1",
        "（未填主管部门）",
        "2所",
    ]

    path = season(
        tmp_path / "总台账.xlsx", projects, progress=[unit_row("1", 2, 2, "已报齐"), unit_row("2", 1, 1, "已报齐")]
    )
    lines = {name: line["项目数"] for name, line in summary(path).items()}
    assert lines == {"合计": 3, "甲局": 3, "1": 2, "2": 1}
    assert any("涉及单位 2 个" in text for text in shown(openpyxl.load_workbook(path)["总览"]))
    with office.open(path, hidden=True) as book:
        book.recalculate()
        assert [row[0] for row in block(book, 6)] == [3, 3, 2, 1]


def test_units_on_a_list_without_codes_are_added_up_by_name(tmp_path, office):
    rows = [replace(unit_row("", 1, sent, "未报"), unit_name=name) for name, sent in (("甲所", 1), ("乙所", 0))]
    path = season(tmp_path / "总台账.xlsx", [project("", "甲", unit_name="甲所")], progress=rows)
    with office.open(path, hidden=True) as book:
        book.recalculate()
        assert [row[0] for row in block(book, 6)] == [1, 1, 1, 0]


def test_without_any_approval_no_difference_is_told(tmp_path):
    line = summary(season(tmp_path / "总台账.xlsx", [project("1", "甲")]))["1"]
    assert (line["预算数"], line["批复数"], line["差额"]) == (5, None, None)


def test_the_list_of_what_is_missing_counts_projects_and_not_rows(in_season):
    sheet = openpyxl.load_workbook(in_season, data_only=True)["未报清单"]
    at = {cell.value: cell.column for cell in sheet[HEADING_ROW]}
    heading = sheet.cell(2, at["单位名称"])
    assert (heading.value, heading.number_format, sheet.cell(2, at["项数"]).value) == (4, '#,##0"项未报"', 4)
    assert openpyxl.load_workbook(in_season)["未报清单"].cell(2, at["单位名称"]).value == "=SUBTOTAL(109,F4:F4)"


AWKWARD = [
    ("001234", "所", "甲局"), ("1234", "所", "甲局"), ("12345", "所", "甲局"), ("1234*", "所", "甲局"),
    ("123?", "所", "甲局"), ("~1", "所", ">5"), ("1~", "所", "=甲局"), ("", "无编码所", "甲局"),
    ("", "", "甲局"), ("123456789012345678", "所", "*"), ("123456789012345679", "所", "甲*"), ("A1", "所", ""),
    ("a1", "所", ""), ('"x"', "所", "甲局（本级）"), ("3-5", "所", "3月5日"), ("9" * 200, "长", "甲局"), ("TRUE", "所", "乙"),
]  # fmt: skip


def block(book, last: int) -> list[list[str | float]]:
    return [[*row[:4], *row[5:]] for row in book.get_block("汇总", f"D3:K{last}")]  # 批复数 is no formula


def test_libreoffice_adds_up_the_same_whatever_signs_names_and_codes_have(tmp_path, office):
    projects = [
        project(code, "项目", unit_name=name, department=department, total=Decimal(2) ** n, approved=Decimal(n))
        for n, (code, name, department) in enumerate(AWKWARD)
    ]
    path = season(tmp_path / "总台账.xlsx", projects)
    sheet = openpyxl.load_workbook(path, data_only=True)["汇总"]
    last = sheet.max_row - 1
    cached = [[cell.value for cell in (*row[:4], *row[5:])] for row in sheet[f"D3:K{last}"]]
    assert cached[0][:2] == [len(AWKWARD), 2 ** len(AWKWARD) - 1]
    with office.open(path, hidden=True) as book:
        book.recalculate()
        assert block(book, last) == cached
        assert book.get("汇总", f"A{last + 1}").shown == ""


def test_the_summary_follows_an_edit_and_says_what_it_does_not_list(in_season, office):
    with office.open(in_season, hidden=True) as book:
        book.set_block("项目台账", "J4", [[100]])
        book.recalculate()
        assert [row[1] for row in block(book, 5)] == [pytest.approx(110)] * 2 + [pytest.approx(105)]
        assert book.get("汇总", "A12").shown == ""
        book.set_block("项目台账", "C4", [["999999"]])
        book.recalculate()
        assert "不在以上各行" in book.get("汇总", "A12").shown


def test_the_overview_tells_who_is_late_and_what_waits(in_season):
    words = shown(openpyxl.load_workbook(in_season)["总览"])
    assert "报送进度" in words
    at = words.index("应报单位")
    assert words[at : at + 12] == "应报单位 5 未报单位 2 应报项目 12 已报项目 4 未报项目 7 待定项目 1".split()
    assert words.index("乙局") < words.index("甲局")  # the one that owes most comes first
    assert "354002所、354003所" in words
    assert any("待定 1 个项目（金额 480.00–500.50 万元，不在合计内）" in word for word in words)


def test_what_waits_stands_below_the_figures_and_no_chart_covers_the_notes(in_season):
    sheet = openpyxl.load_workbook(in_season)["总览"]
    texts = {str(cell.value): cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    waiting = next(cell for text, cell in texts.items() if text.startswith("待定 1 个项目"))
    assert (waiting.row, waiting.fill.fgColor.rgb) == (6, "FFFFF2CC")
    heading = next(cell for text, cell in texts.items() if text.startswith("预算数前")).row
    notes = next(cell for text, cell in texts.items() if text.startswith("逐条问题见")).row
    # A chart is as high as so many rows of 28 pixels; each of them must have that height.
    assert {sheet.row_dimensions[row].height for row in range(heading + 1, notes)} == {21}


def test_the_overview_says_nothing_of_what_no_list_was_given_for(published):
    words = shown(openpyxl.load_workbook(published)["总览"])
    assert "报送进度" not in words
    assert not any("待定 " in word for word in words)


def test_the_overview_stays_one_page(in_season, office):
    with office.open(in_season, hidden=True) as book:
        pages = book.export_pdf(in_season.with_suffix(".pdf"))
    text = subprocess.run(["pdftotext", "-f", "1", "-l", "2", pages, "-"], capture_output=True, text=True, check=True)
    first, second, *_ = text.stdout.split("\f")
    assert "项目支出绩效目标总台账" in first and "不在合计内" in first
    assert "按主管部门和单位汇总" in second


def test_a_table_longer_than_a_sheet_goes_on_and_is_read_back_as_one(tmp_path, monkeypatch, validate_ooxml):
    monkeypatch.setattr(ledger_workbook, "_SHEET_ROWS", 3 + 30)
    whole = Ledger.of([read_forms(PUBLISHED)], year=2023)
    path = whole.write(tmp_path / "总台账.xlsx")[0]
    book = openpyxl.load_workbook(path)
    sheets = ["指标明细", "指标明细-2", "指标明细-3"]
    assert [name for name in book.sheetnames if name.startswith("指标明细")] == sheets
    assert [book[name].max_row for name in sheets] == [33, 33, 3 + len(whole.indicators) - 60]
    assert book["指标明细-2"]["A4"].value == whole.indicators[30].unit_code
    assert f"指标明细共 {len(whole.indicators)} 行" in book["来源清单"]["B1"].value
    previous = read_ledger(path)
    assert (previous.edits, previous.indicators) == ((), tuple(whole.indicators))
    assert validate_ooxml(path) == []
