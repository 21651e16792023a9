"""Marking lists the findings in 校验结果 and changes nothing else of the sender's file."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from forms import form
from furniture import zipped

from office.driver import Document, Office
from perfxl.errors import OutputError, UnreadableFile, UsageError
from perfxl.form import TargetForm
from perfxl.intake.grid import open_workbook
from perfxl.intake.number import Number
from perfxl.issue import At, AtLine, Issue, Report, Severity, column_letters
from perfxl.layout import FORM_SHEET, LATEST, RESULT_SHEET, RESULTS, TEMPLATE_ID
from perfxl.marking import NOT_CHECKED, Marking, clear, highlight, mark_copies
from perfxl.marking.repack import Unsound, replace_part
from perfxl.reading import read_forms
from perfxl.template import Issuance, build

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
TABLE = """
    产出指标 | 数量指标 | 制卡数量 | 全年制卡 | ≥ | 469483 | 张
             | 成本指标 | 制卡费用 | 单位成本 | ≤ | 10.65  | 万元
             | 质量指标 | 合格率   | 合格率   |   | 100%   |
"""
RESULT_PART = "xl/worksheets/sheet3.xml"


# -- workbooks of the template's shape, with more in them than the template has


def workbook(path: Path, *forms: TargetForm, numbers: dict[str, float] | None = None, extra: bool = True) -> Path:
    """A filled workbook: one sheet a form, a sheet of somebody's own with formulas and a chart, 校验结果."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for one in forms or (form(TABLE),):
            _form_sheet(book, one, numbers or {})
        own = book.add_worksheet("自留")
        own.write_row("A1", [1, 2, 3])
        own.write_formula("A2", "=SUM(A1:C1)", None, 6)
        if extra:
            chart = book.add_chart({"type": "column"})
            chart.add_series({"values": "=自留!$A$1:$C$1"})
            own.insert_chart("A4", chart)
            own.write_comment("A1", "批注")
        _result_sheet(book)
        for name, reference in RESULTS.names.items():
            book.define_name(name, f"={reference}")
    return path


def _form_sheet(book: xlsxwriter.Workbook, content: TargetForm, numbers: dict[str, float]) -> None:
    sheet = book.add_worksheet(content.sheet)
    for row, column, text in LATEST.labels():
        sheet.write_string(row - 1, column - 1, text)
    identity = {"template": TEMPLATE_ID, "version": LATEST.version, "key": content.key}
    for name, text in identity.items():
        sheet.write_string(LATEST.identity_row(name) - 1, LATEST.identity_column - 1, text)
    head = (content.title, content.unit_code, content.unit_name, content.money_unit, content.project, content.purpose)
    rows = [entry for indicator in content.indicators for entry in indicator.entries()]
    for entry in (*head, *content.objectives, *rows):
        if entry.raw is not None and isinstance(entry.at, At):
            sheet.write_string(entry.at.row - 1, entry.at.column - 1, entry.raw)
    for entry in (content.budget.total, content.budget.fiscal, content.budget.other):
        if entry.amount is not None and isinstance(entry.at, At):
            sheet.write_number(entry.at.row - 1, entry.at.column - 1, float(entry.amount))
    for a1, number in numbers.items():
        sheet.write_number(a1, number)
    # What the template's own rules do, in short: cells light up by the list alone.
    listed = {"type": "formula", "criteria": "=COUNTIF(校验_格键,$N$6)>0", "format": book.add_format({"bold": True})}
    sheet.conditional_format("A2:L76", listed)


def _result_sheet(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet(RESULT_SHEET)
    styles = [book.add_format({"text_wrap": True, "font_size": 9 + number % 3}) for number in range(3)]
    for number, column in enumerate(RESULTS.columns):
        sheet.set_column(number, number, column.width, None, {"hidden": column.hidden})
        sheet.write_string(RESULTS.heading_row - 1, number, column.heading)
        sheet.write_blank(RESULTS.first_row - 1, number, None, styles[number % 3])
    sheet.merge_range(0, 0, 0, 8, RESULT_SHEET, styles[0])
    sheet.merge_range(1, 0, 1, 8, NOT_CHECKED, styles[1])
    sheet.write_number(RESULTS.count_cell[0] - 1, RESULTS.count_cell[1] - 1, 0, styles[2])
    sheet.conditional_format("D6:D2005", {"type": "formula", "criteria": '=$D6="错误"', "format": styles[2]})
    sheet.freeze_panes(RESULTS.heading_row, 0)
    sheet.repeat_rows(RESULTS.heading_row - 1)
    sheet.set_footer("&C第 &P 页")


def issue(
    code: str, a1: str | None, severity: Severity = ERROR, *, key: str = "F01", sheet: str = FORM_SHEET, **more: object
) -> Issue:
    defaults: dict[str, object] = {"message": f"{code} 有误", "advice": "请改", "file": "表.xlsx", "form": key}
    at = At.parse(sheet, a1) if a1 else None
    return Issue(code, severity, at=at, **(defaults | more))  # type: ignore[arg-type]


FINDINGS = Report.of(
    [
        issue("A05", "G18", also=("A04",), message="单位疑似错位", advice="改为元", value="万元"),
        issue("V01", "E19", WARNING, value="100%", explanation="按合同"),
        issue("N01", "C19", INFO),
        issue("T07", None, WARNING),
    ]
)


def listed(path: Path) -> list[dict[str, object]]:
    """The list's rows as the file holds them, by column name."""
    grid = open_workbook(path).grid(RESULT_SHEET)
    rows: list[dict[str, object]] = []
    for row in range(RESULTS.first_row, grid.max_row + 1):
        cells = {column.name: grid.value(row, number) for number, column in enumerate(RESULTS.columns, 1)}
        if any(value is not None for value in cells.values()):
            plain = {name: value.value if isinstance(value, Number) else value for name, value in cells.items()}
            rows.append({name: value for name, value in plain.items() if value is not None})
    return rows


def head(path: Path) -> tuple[str | None, str | None, str | None]:
    """Status line, number of entries, fingerprint."""
    grid = open_workbook(path).grid(RESULT_SHEET)
    return grid.text(*RESULTS.status_cell), grid.text(*RESULTS.count_cell), grid.text(*RESULTS.fingerprint_cell)


def packed_parts(path: Path) -> dict[str, bytes]:
    """Each part's bytes as packed in the archive, its local header included, in the archive's order."""
    data = path.read_bytes()
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            names, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
            end = info.header_offset + 30 + names + extra + info.compress_size
            parts[info.filename] = data[info.header_offset : end]
    return parts


def changed_parts(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    assert list(before) == list(after)
    return [name for name in before if before[name] != after[name]]


def result_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(RESULT_PART).decode()


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    return workbook(tmp_path / "表.xlsx")


@pytest.fixture
def issued(tmp_path: Path) -> Path:
    """A filled form as the template's builder makes it."""
    path = tmp_path / "下发.xlsx"
    path.write_bytes(build(forms=[form(TABLE)]))
    return path


# -- only 校验结果 changes


def test_every_other_part_keeps_its_packed_bytes_and_the_order_stays(filled: Path) -> None:
    before = packed_parts(filled)
    highlight(filled, FINDINGS)
    assert changed_parts(before, packed_parts(filled)) == [RESULT_PART]


def test_the_templates_own_form_is_marked_and_cleared_without_a_trace(issued: Path) -> None:
    parts, forms = packed_parts(issued), read_forms(issued).forms
    key = forms[0].key
    highlight(issued, Report.of([issue("A05", "G18", key=key), issue("S01", "C4", key=key)]))
    assert [row["cell_key"] for row in listed(issued)] == [f"{key}!C4", f"{key}!G18"]
    assert len(changed_parts(parts, packed_parts(issued))) == 1
    assert read_forms(issued).forms == forms
    clear(issued)
    assert (listed(issued), head(issued)) == ([], (NOT_CHECKED, "0", None))


def test_the_rest_of_the_sheet_stays(filled: Path) -> None:
    before = result_xml(filled)
    highlight(filled, FINDINGS)
    after = result_xml(filled)
    for element in ("sheetViews", "cols", "conditionalFormatting", "pageMargins", "mergeCells"):
        piece = before[
            before.index(f"<{element}") : before.index(f"</{element}>") if f"</{element}>" in before else None
        ]
        assert piece.split("/>")[0] in after, element
    assert after.index("</conditionalFormatting>") < after.index("<hyperlinks>") < after.index("<pageMargins")


def test_marking_changes_nothing_that_was_typed(filled: Path) -> None:
    before = read_forms(filled).forms
    highlight(filled, FINDINGS)
    assert read_forms(filled).forms == before


def test_marking_twice_is_marking_once(filled: Path) -> None:
    highlight(filled, FINDINGS)
    once = filled.read_bytes()
    highlight(filled, FINDINGS)
    assert filled.read_bytes() == once


def test_clear_leaves_no_entry_and_no_link_and_keeps_the_styles(filled: Path) -> None:
    highlight(filled, FINDINGS)
    clear(filled)
    emptied = filled.read_bytes()
    assert (listed(filled), head(filled)) == ([], (NOT_CHECKED, "0", None))
    assert "hyperlink" not in result_xml(filled)
    assert '<c r="A6" s=' in result_xml(filled)
    clear(filled)
    assert filled.read_bytes() == emptied


def test_marking_after_clear_gives_what_marking_gave(filled: Path, tmp_path: Path) -> None:
    highlight(filled, FINDINGS)
    marked = listed(filled), result_xml(filled)
    clear(filled)
    highlight(filled, FINDINGS)
    assert (listed(filled), result_xml(filled)) == marked


def test_a_shorter_list_leaves_nothing_of_the_longer_one(filled: Path) -> None:
    highlight(filled, Report.of(issue("S08", f"B{row}") for row in range(17, 60)))
    highlight(filled, FINDINGS)
    assert len(listed(filled)) == 4
    assert result_xml(filled).count("<hyperlink ") == 3


def test_list_rows_take_the_styles_of_the_first_one(filled: Path) -> None:
    def font_sizes(row: int) -> list[float]:
        return [cell.font.sz for cell in openpyxl.load_workbook(filled)[RESULT_SHEET][row][:14]]

    prototype = font_sizes(6)
    assert len(set(prototype)) == 3
    highlight(filled, FINDINGS)
    assert [font_sizes(row) for row in (6, 7, 9)] == [prototype] * 3


def test_a_note_beside_the_list_survives(tmp_path: Path) -> None:
    path = workbook(tmp_path / "表.xlsx", extra=False)
    _patch(path, lambda xml: xml.replace("</row></sheetData>", '<c r="P6"><v>7</v></c></row></sheetData>'))
    for _ in range(2):
        highlight(path, FINDINGS)
        assert open_workbook(path).grid(RESULT_SHEET).text(6, 16) == "7"
        clear(path)
    assert open_workbook(path).grid(RESULT_SHEET).text(6, 16) == "7"


def test_a_formula_where_the_list_must_go_stops_the_marking(filled: Path) -> None:
    _patch(
        filled,
        lambda xml: xml.replace("</row></sheetData>", '</row><row r="7"><c r="F7"><f>1+1</f></c></row></sheetData>'),
    )
    before = filled.read_bytes()
    with pytest.raises(OutputError, match=r"表\.xlsx.*F7 格里有公式，请删去"):
        highlight(filled, FINDINGS)
    assert filled.read_bytes() == before


def test_rows_and_cells_without_addresses_are_found_by_their_order(filled: Path) -> None:
    _patch(filled, _without_addresses)
    highlight(filled, FINDINGS)
    assert [row["code"] for row in listed(filled)] == ["T07", "A05、A04", "N01", "V01"]
    assert head(filled)[1] == "2"


def _without_addresses(xml: str) -> str:
    """XlsxWriter leaves row 4 out, so only the rows up to it can do without."""
    for row in (1, 2, 3):
        xml = xml.replace(f'<row r="{row}"', "<row")
        for column in range(1, 10):
            xml = xml.replace(f'<c r="{column_letters(column)}{row}"', "<c") if row < 3 else xml
    return xml


def _patch(path: Path, change: Callable[[str], str]) -> None:
    """Change the part of 校验结果 by text, as another program might have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[RESULT_PART] = change(parts[RESULT_PART].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


# -- what stands in the list


def test_a_row_tells_everything_about_its_finding(filled: Path) -> None:
    highlight(filled, FINDINGS)
    assert listed(filled)[1] == {
        "number": 2,
        "sheet": FORM_SHEET,
        "cell": "G18",
        "severity": "错误",
        "code": "A05、A04",
        "message": "单位疑似错位",
        "advice": "改为元",
        "value": "万元",
        "form_key": "F01",
        "cell_key": "F01!G18",
        "row_key": "F01!18",
        "row_hint": "必改 A05、A04 金额单位疑似错位：改为元",
        "compared": "万元",
    }
    assert listed(filled)[3]["explanation"] == "按合同"


def test_rows_stand_by_form_then_place_then_severity(tmp_path: Path) -> None:
    second = form(TABLE, sheet="第二张", key="F02")
    path = workbook(tmp_path / "表.xlsx", form(TABLE), second)
    found = [
        issue("V01", "E17", WARNING, key="F02", sheet="第二张"),
        issue("N01", "F18", INFO),
        issue("V04", "F18", WARNING),
        issue("V05", "F18"),
        issue("V09", "E18", WARNING),
        issue("S01", None),
        issue("S07", "A1", key=None, sheet="别的表"),  # type: ignore[arg-type]
    ]
    highlight(path, Report.of(found))
    assert [row["code"] for row in listed(path)] == ["S07", "S01", "V09", "V05", "V04", "N01", "V01"]


def test_keys_stand_only_where_a_cell_can_light_up(filled: Path) -> None:
    highlight(filled, FINDINGS)
    keyed = {row["code"]: row.get("cell_key") for row in listed(filled)}
    assert keyed == {"T07": None, "A05、A04": "F01!G18", "N01": None, "V01": "F01!E19"}
    assert head(filled)[1] == "2"


def test_a_copied_sheet_and_its_original_do_not_light_each_other(tmp_path: Path) -> None:
    """Both bear one key: a finding of the one would light the other's cells."""
    copied = form(TABLE.replace("469483", "5"), sheet="绩效目标表 (2)")
    path = workbook(tmp_path / "表.xlsx", form(TABLE), copied)
    forms = read_forms(path).forms
    assert len({one.key for one in forms}) == 2
    highlight(path, [replace(issue("V01", "F17", sheet=one.sheet), form=one.key) for one in forms], forms=forms)
    assert [row["sheet"] for row in listed(path)] == [FORM_SHEET, copied.sheet]
    assert not {row.get("cell_key") for row in listed(path)} & {"F01!F17"}
    with zipfile.ZipFile(path) as archive:  # so each is lit by a rule of its own
        sheets = [archive.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
    for sheet, content in zip(sheets, ("469483", "5"), strict=True):
        assert f'EXACT(INDEX($F:$F,17)&amp;"","{content}")' in sheet


@pytest.mark.parametrize(
    ("a1", "numbers", "compared"),
    [
        ("E17", {}, "≥"),
        ("F19", {}, "100%"),
        ("G19", {}, None),
        ("F17", {"F17": 84.1}, Decimal("84.1")),
        ("F17", {"F17": 0.000001}, Decimal("0.000001")),
        ("F17", {"F17": 0.1 + 0.2}, Decimal("0.3")),
        ("C4", {"C4": 0.1 + 0.2, "E4": 0.000001, "G4": 123456789012345}, "0.3|0.000001|123456789012345"),
        ("C4", {"C4": 1324, "E4": 84.1}, "1324|84.1|0"),
        ("E4", {"C4": 1324, "E4": 84.1}, "1324|84.1|0"),
        ("C17", {}, "制卡数量"),
        ("C17", {"C17": 2023}, Decimal(2023)),
        ("A18", {}, None),
        ("E60", {}, None),
        ("A15", {}, "一级指标"),
    ],
)
def test_what_is_compared_is_what_the_forms_own_formula_gives(
    tmp_path: Path, a1: str, numbers: dict[str, float], compared: object
) -> None:
    path = workbook(tmp_path / "表.xlsx", numbers=numbers)
    highlight(path, Report.of([issue("V01", a1)]))
    assert listed(path)[0].get("compared") == compared
    assert listed(path)[0]["cell_key"] == f"F01!{a1}"


def test_an_objective_of_several_lines_is_compared_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path / "表.xlsx")
    text = "1.甲。\n\n2.乙。\n"
    _patch_form(path, text)
    highlight(path, Report.of([issue("G01", "B6")]))
    assert listed(path)[0]["compared"] == text


def _patch_form(path: Path, objective: str) -> None:
    book = openpyxl.load_workbook(path)
    book[FORM_SHEET]["B6"] = objective
    book.save(path)


def test_a_cell_with_an_error_value_is_listed_without_keys(tmp_path: Path) -> None:
    path = workbook(tmp_path / "表.xlsx")
    book = openpyxl.load_workbook(path)
    book[FORM_SHEET]["E17"] = "#REF!"
    book[FORM_SHEET]["C18"] = "=1+1"
    book.save(path)
    highlight(path, Report.of([issue("V01", "E17"), issue("I02", "C18"), issue("V01", "E19")]))
    assert [row.get("cell_key") for row in listed(path)] == [None, None, "F01!E19"]
    assert head(path)[1] == "1"


def test_a_rows_hint_stands_in_its_first_entry_gravest_first_and_says_each_thing_once(filled: Path) -> None:
    found = [
        issue("V01", "F17", message="缺符号"),
        issue("V05", "F17", WARNING, message="缺单位"),
        issue("X99", "G17", message="我们自己的规则"),
        issue("X99", "F17", message="我们自己的规则"),
    ]
    highlight(filled, Report.of(found))
    hints = [row.get("row_hint") for row in listed(filled)]
    assert hints == ["必改 V01 定量值缺符号：请改；X99 我们自己的规则：请改；建议 V05 定量值缺计量单位：请改", None, None, None]


def test_a_rows_hint_fits_and_says_how_much_there_is(filled: Path) -> None:
    found = [issue("X99", "F17", message=f"第{number}处" + "长" * 40) for number in range(9)]
    highlight(filled, Report.of(found))
    hint = str(listed(filled)[0]["row_hint"])
    assert len(hint) <= 250
    assert hint.startswith("必改 X99 第0处")
    assert hint.endswith("……等9处")


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], "校验通过：没有发现问题。"),
        ([issue("N01", "C17", INFO)], "校验通过：没有错误和警告。另有提示 1 处，供参考。"),
        (
            [issue("V01", "E17"), issue("V09", "E18", WARNING), issue("V09", "E19", WARNING)],
            "本次校验：错误 1 处，警告 2 处，提示 0 处。红色必须修改，橙色请修改或在“情况说明”栏说明。",
        ),
    ],
)
def test_the_status_line_says_how_it_stands(filled: Path, found: list[Issue], status: str) -> None:
    highlight(filled, Report.of(found))
    assert head(filled)[0] == status


def test_of_more_findings_than_rows_the_gravest_stay(filled: Path) -> None:
    infos = [issue("N01", f"C{17 + number % 60}", INFO) for number in range(RESULTS.rows)]
    highlight(filled, Report.of([*infos, issue("V09", "E76", WARNING), issue("V05", "F76")]))
    rows = listed(filled)
    assert len(rows) == RESULTS.rows
    assert [row["code"] for row in rows if row["severity"] != "提示"] == ["V09", "V05"]
    assert str(head(filled)[0]).endswith("另有 2 条列不下，改完后请再校验一次。")


def test_each_entry_links_to_its_cell(tmp_path: Path) -> None:
    odd = "李'四 表"
    path = workbook(tmp_path / "表.xlsx", form(TABLE, sheet=odd))
    highlight(path, Report.of([issue("V01", "F17", sheet=odd), issue("T07", None)]))
    sheet = openpyxl.load_workbook(path)[RESULT_SHEET]
    links = {link.ref: link.location for row in sheet.iter_rows() for cell in row if (link := cell.hyperlink)}
    assert links == {"C7": "'李''四 表'!F17"}


def test_rows_are_as_high_as_their_text_needs(filled: Path) -> None:
    highlight(
        filled,
        Report.of(
            [issue("V01", "E17"), issue("V01", "E18", message="字" * 100), issue("V01", "E19", message="行\n" * 50)]
        ),
    )
    sheet = openpyxl.load_workbook(filled)[RESULT_SHEET]
    heights = [sheet.row_dimensions[row].height for row in (6, 7, 8)]
    assert heights[0] < heights[1] < heights[2] == 409


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("=1+1", "=1+1"),
        (" 前后有空白 ", " 前后有空白 "),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x1b[31m\x00", "␛[31m␀"),
        ("_x0041_", "_x0041_"),
        ("<&>\"'", "<&>\"'"),
        ("\ud800", "\ufffd"),
        ("长" * 40_000, "长" * 32_766 + "…"),
    ],
)
def test_any_text_is_listed_as_people_can_read_it(filled: Path, typed: str, shown: str) -> None:
    highlight(filled, Report.of([issue("V01", "E17", value=typed)]))
    assert listed(filled)[0]["value"] == shown


def test_a_finding_in_a_text_document_has_no_cell(filled: Path) -> None:
    highlight(filled, Report.of([replace(issue("V01", None), at=AtLine(3))]))
    assert {"sheet", "cell", "cell_key"}.isdisjoint(listed(filled)[0])


# -- which findings belong here


def test_findings_of_other_files_are_left_out(filled: Path) -> None:
    report = Report.of([issue("V01", "E17"), issue("V02", "E18", file="别的.xlsx")])
    highlight(filled, report, forms=read_forms(filled).forms)
    assert [row["code"] for row in listed(filled)] == ["V01"]
    with pytest.raises(UsageError, match="几个文件"):
        highlight(filled, report)


def test_findings_are_found_whatever_the_file_was_called(filled: Path) -> None:
    highlight(filled, Report.of([issue("V01", "E17", file="甲区/表.xlsx")]))
    assert [row["code"] for row in listed(filled)] == ["V01"]


# -- workbooks that can't be marked


def test_a_workbook_without_our_sheet_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "别人的.xlsx"
    for name in ("Sheet1", RESULT_SHEET):
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet(name).write("A1", "备注")
        before = path.read_bytes()
        with pytest.raises(OutputError, match=r"别人的\.xlsx：没有由模板生成的“校验结果”表.*请"):
            highlight(path, FINDINGS)
        assert path.read_bytes() == before


def test_what_is_no_workbook_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(b"")
    with pytest.raises(UnreadableFile):
        clear(path)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_the_original_and_nothing_else(
    filled: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = filled.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, step, fail)
        with pytest.raises(OutputError, match="磁盘已满"):
            highlight(filled, FINDINGS)
    assert filled.read_bytes() == before
    assert os.listdir(filled.parent) == ["表.xlsx"]


def test_a_result_that_does_not_hold_what_it_must_is_not_written(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = filled.read_bytes()
    monkeypatch.setattr("perfxl.marking.writing.replace_part", lambda data, part, content: data)
    with pytest.raises(OutputError, match="另存为"):
        highlight(filled, FINDINGS)
    assert filled.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "占用").write_text("")
    with pytest.raises(OutputError, match="占用"):
        highlight(filled, FINDINGS, to=tmp_path / "占用" / "表.xlsx")


# -- the archive


PARTS = [("a.xml", b"first" * 50), ("表.xml", b"second"), ("c.xml", b"third" * 9)]


@pytest.mark.parametrize("how", [{}, {"stream": True}, {"zip64": True}, {"comment": b"note"}], ids=str)
@pytest.mark.parametrize("name", [name for name, _ in PARTS])
@pytest.mark.parametrize("content", [b"", b"new" * 5_000])
def test_a_part_is_exchanged_in_any_kind_ofzipped(how: dict[str, Any], name: str, content: bytes) -> None:
    data = zipped(PARTS, **how)
    result = replace_part(data, name, content)
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == dict(PARTS) | {name: content}
        assert archive.comment == (b"note" if how.get("comment") else b"")
    assert replace_part(result, name, content) == result


def test_a_directory_in_zip64_moves_along(monkeypatch: pytest.MonkeyPatch) -> None:
    # With its limits lowered, zipfile writes what it would write for an archive of 4 GB.
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    data = zipped([(name, content * 40) for name, content in PARTS], zip64=True)
    monkeypatch.undo()
    assert b"PK\x06\x06" in data
    result = replace_part(data, "a.xml", os.urandom(2_000))
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert archive.testzip() is None
        assert archive.read("c.xml") == PARTS[2][1] * 40


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-30],
        lambda data: b"x" + data,
        lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x03", 1),
        lambda data: data.replace(b"PK\x03\x04", b"PK\x03\x05"),
        lambda data: b"",
    ],
)
def test_an_archive_that_contradicts_itself_is_not_changed(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Unsound):
        replace_part(damage(zipped(PARTS)), "a.xml", b"new")


def test_a_part_that_is_not_there_is_not_added() -> None:
    with pytest.raises(Unsound):
        replace_part(zipped(PARTS), "d.xml", b"new")


# -- copies


def marking(path: Path, name: str, *found: Issue) -> Marking:
    return Marking(path, PurePath(name), read_forms(path).forms, Report.of(found))


def test_a_marked_copy_says_so_and_the_original_does_not(filled: Path, tmp_path: Path) -> None:
    before = filled.read_bytes()
    copy = highlight(filled, FINDINGS, to=tmp_path / "退回" / "表.xlsx")
    assert read_forms(copy).marked_copy
    assert filled.read_bytes() == before
    highlight(filled, FINDINGS)
    assert not read_forms(filled).marked_copy
    assert head(copy)[:2] == head(filled)[:2]


def test_a_copy_that_somebody_worked_in_is_a_submission_again(filled: Path, tmp_path: Path) -> None:
    copy = highlight(filled, FINDINGS, to=tmp_path / "退回.xlsx")
    _patch_form(copy, "1.改过了。")
    assert not read_forms(copy).marked_copy


def test_copies_keep_their_folders_and_their_namesakes(tmp_path: Path) -> None:
    paths = [workbook(tmp_path / folder / "表.xlsx", form(TABLE, project=folder)) for folder in ("甲", "乙", "丙")]
    names = ("甲/表.xlsx", "表.xlsx", "表.xlsx")
    out = tmp_path / "out"
    for _ in range(2):
        done = mark_copies([marking(path, name, *FINDINGS) for path, name in zip(paths, names, strict=True)], out)
        written = [one.copy.relative_to(out).as_posix() for one in done if one.copy]
        assert written == ["甲/表.xlsx", "表.xlsx", "表(2).xlsx"]
    projects = [read_forms(out / name).forms[0].project.text for name in written]
    assert projects == ["甲", "乙", "丙"]


def test_marking_again_replaces_our_own_copy_only(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    other = workbook(tmp_path / "b" / "表.xlsx", form(TABLE, project="另一个项目"))
    first = mark_copies([marking(filled, "表.xlsx", *FINDINGS)], out)[0].copy
    assert mark_copies([marking(filled, "表.xlsx")], out)[0].copy == first
    assert listed(out / "表.xlsx") == []
    assert mark_copies([marking(other, "表.xlsx")], out)[0].copy == out / "表(2).xlsx"
    (out / "表.xlsx").write_bytes(b"somebody's")
    assert mark_copies([marking(filled, "表.xlsx")], out)[0].copy == out / "表(3).xlsx"
    assert (out / "表.xlsx").read_bytes() == b"somebody's"


def test_an_input_is_never_overwritten(filled: Path) -> None:
    before = filled.read_bytes()
    done = mark_copies([marking(filled, "表.xlsx", *FINDINGS)], filled.parent)
    assert done[0].copy == filled.with_name("表(2).xlsx")
    assert filled.read_bytes() == before


def test_copies_stay_inside_their_folder(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    names = ("../../表.xlsx", f"{tmp_path}/甲/表.xlsx")
    for name in names:
        copy = mark_copies([marking(filled, name)], out)[0].copy
        assert copy is not None
        assert copy.is_relative_to(out)


def test_a_copy_that_fails_leaves_the_others_alone(filled: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "别人.xlsx"
    with xlsxwriter.Workbook(foreign) as book:
        book.add_worksheet()
    markings = [Marking(foreign, PurePath("别人.xlsx"), (), Report()), marking(filled, "表.xlsx")]
    done = mark_copies(markings, tmp_path / "out")
    assert [one.copy is None for one in done] == [True, False]
    assert done[0].error.startswith("别人.xlsx：")


def test_a_link_is_followed(filled: Path, tmp_path: Path) -> None:
    link = tmp_path / "链接.xlsx"
    link.symlink_to(filled)
    highlight(link, FINDINGS)
    assert link.is_symlink()
    assert len(listed(filled)) == 4


# -- real programs


def test_a_marked_workbook_is_as_valid_as_before(
    filled: Path, issued: Path, validate_ooxml: Callable[[Path], list[str]]
) -> None:
    for path in (filled, issued):
        before = validate_ooxml(path)
        highlight(path, FINDINGS)
        assert validate_ooxml(path) == before
        clear(path)
        assert validate_ooxml(path) == before


def test_the_template_shows_what_was_marked(issued: Path, office: Office) -> None:
    key = read_forms(issued).forms[0].key
    highlight(
        issued, Report.of([issue("V05", "F19", key=key, message="缺单位"), issue("V01", "E17", WARNING, key=key)])
    )
    with office.open(issued) as document:
        hint = column_letters(LATEST.hint_column)
        assert str(document.get(FORM_SHEET, f"{hint}19").value).startswith("【退回】必改 V05 定量值缺计量单位：请改。")
        assert str(document.get(FORM_SHEET, f"{hint}17").value).startswith("【退回】建议 V01 定量值缺符号：请改。")
        colours = document.backgrounds(FORM_SHEET)
        assert len({colours["F19"], colours["E17"], colours["C18"]}) == 3
        assert document.get(RESULT_SHEET, "C6").value == "E17"


def test_a_finding_stays_returned_until_its_own_cell_was_changed(tmp_path: Path, office: Office) -> None:
    """At a weight and in the side panel; at an explanation, which the form doesn't watch, until the next check."""
    path = tmp_path / "权重.xlsx"
    path.write_bytes(build(Issuance(edition="mof-2021"), [form(TABLE, weights="30 30 40", edition="mof-2021")]))
    key = read_forms(path).forms[0].key
    highlight(path, Report.of(issue("W01", a1, key=key) for a1 in ("H17", "L3", "J19")))
    hint = column_letters(LATEST.hint_column)

    def said(document: Document) -> list[str]:
        return [str(document.get(FORM_SHEET, f"{hint}{row}").value)[:6] for row in (3, 17, 19)]

    with office.open(path) as document:
        assert said(document) == ["【退回】必改", "【退回】必改", "【退回】必改"]
        document.set_block(FORM_SHEET, "H17", [[35.0]])
        document.set_block(FORM_SHEET, "J19", [["说明"]])
        assert said(document) == ["【退回】必改", "【已改待核】", "【退回】必改"]
        document.set_block(FORM_SHEET, "L3", [["张三"]])
        assert said(document)[0] == "【已改待核】"


def test_a_workbook_that_libreoffice_saved_is_marked_just_as_well(filled: Path, tmp_path: Path, office: Office) -> None:
    highlight(filled, FINDINGS)
    saved = office.resave(filled, tmp_path / "另存.xlsx")
    assert listed(saved) == listed(filled)
    before = packed_parts(saved)
    fewer = Report.of(FINDINGS.issues[:2])
    highlight(saved, fewer)
    assert len(changed_parts(before, packed_parts(saved))) == 1
    highlight(filled, fewer)
    assert listed(saved) == listed(filled)
    clear(saved)
    assert (listed(saved), head(saved)[1]) == ([], "0")


def test_formulas_find_the_entry_and_its_content_unchanged(tmp_path: Path, office: Office) -> None:
    numbers = {"F18": 10.65, "C4": 0.1 + 0.2, "E4": 1e-6, "G4": 123456789012345, "F19": 0.1 + 0.2, "F20": 1e-6}
    path = workbook(tmp_path / "表.xlsx", numbers=numbers)
    cells = {a1: a1 for a1 in ("F18", "F19", "F20", "C17", "A40")} | {"E4": 'C4&"|"&E4&"|"&G4'}
    highlight(path, Report.of(issue("V01", a1) for a1 in cells))
    with office.open(path) as document:
        for a1, current in cells.items():
            found = f'EXACT(INDEX(校验_原值;MATCH("F01!{a1}";校验_格键;0));{current})'
            assert document.evaluate(FORM_SHEET, "Z1", f"={found}")[0].value == 1, a1
        assert document.get(RESULT_SHEET, "C6").value == "E4"


def test_permissions_stay(filled: Path) -> None:
    filled.chmod(0o640)
    highlight(filled, FINDINGS)
    assert filled.stat().st_mode & 0o777 == 0o640
