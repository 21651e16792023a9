"""The ledger as a workbook, opened again: headings, totals, links, text that stays text."""

from __future__ import annotations

import re
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from forms import form
from test_ledger_consolidate import PUBLISHED, reading

from perfxl.layout import LEDGER_NAME
from perfxl.ledger import Ledger, consolidate
from perfxl.ledger import workbook as ledger_workbook
from perfxl.reading import read_forms
from perfxl.template import build

SHEETS = ["总览", "项目台账", "指标明细", "问题清单", "来源清单"]
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
    assert book.sheetnames == SHEETS
    headings = {name: [cell.value for cell in book[name][HEADING_ROW]] for name in SHEETS[1:]}
    assert headings["项目台账"] == [
        *"序号 年度 单位编码 单位名称 主管部门 项目名称 预算数 财政资金 其他资金 资金用途 绩效目标".split(),
        *"指标数 错误数 警告数 状态 填报人 电话 报送次数 说明 文件 工作表".split(),
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
    assert formulas["G2"].value == "=SUBTOTAL(109,G4:G12)"
    assert values["G2"].value == pytest.approx(2405.20)
    assert (formulas["F2"].value, values["F2"].value) == ("=SUBTOTAL(103,A4:A12)", 9)
    assert values["L2"].value == 80
    assert sum(Decimal(str(amount)) for amount in column(values, "预算数")) == Decimal("2405.20")


def test_libreoffice_computes_the_same_subtotals(published, office):
    with office.open(published, hidden=True) as book:
        book.recalculate()
        assert book.get_block("项目台账", "F2:G2") == [[9, pytest.approx(2405.20)]]
        book.set_block("项目台账", "G4", [[0]])
        book.recalculate()
        assert book.get_block("项目台账", "G2:G2") == [[pytest.approx(2405.20 - 1324.00)]]


def test_tables_are_set_up_for_screen_and_paper(published):
    book = openpyxl.load_workbook(published)
    for name in SHEETS[1:]:
        sheet = book[name]
        assert sheet.freeze_panes.endswith(str(FIRST_ROW)), name
        assert sheet.auto_filter.ref.startswith(f"A{HEADING_ROW}:"), name
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9), name
        assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$3:$3"), name
        assert "&P" in sheet.oddFooter.center.text, name
    assert (book["总览"].page_setup.orientation, book["总览"].page_setup.paperSize) == ("portrait", 9)
    assert book["项目台账"]["G4"].number_format == "#,##0.00"


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
        ([{"department": "甲局"}, {"department": "乙局", "project": "二"}], "按主管部门"),
        ([{"unit_name": "甲所"}, {"unit_name": "乙所", "project": "二"}], "按单位"),
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
    text, cut = ledger_workbook.cell_text("😀" * 20_000)  # each is two units of UTF-16
    assert cut and len(text.encode("utf-16-le")) // 2 <= 32_767
    assert ledger_workbook.cell_text("字" * 32_767) == ("字" * 32_767, False)


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
    monkeypatch.setattr(ledger_workbook, "_LINK_LIMIT", 2)
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
    amount = sheet["G4"].value
    assert sheet.column_dimensions["G"].width > len(f"{amount:,.2f}")


def test_the_ledger_is_valid_ooxml(published, validate_ooxml):
    assert validate_ooxml(published) == []
