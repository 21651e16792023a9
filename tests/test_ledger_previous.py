"""A ledger read back: whatever people did to it, what they wrote is carried on, and hand edits are told."""

from __future__ import annotations

import datetime
import io
import random
import zipfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from forms import form
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from test_ledger_consolidate import reading

from perfxl.errors import PathNotFound, UnreadableFile
from perfxl.ledger import Ledger
from perfxl.ledger.earlier.keeping import kept_copy_name, open_elsewhere
from perfxl.ledger.earlier.notes import carry
from perfxl.ledger.earlier.previous import read_ledger
from perfxl.ledger.earlier.seal import DIGEST_NAME, SEAL_SHEET, digest
from perfxl.ledger.model import MissingRow, NoteRow, ProjectRow, Standing, UnitRow, VersionRow
from perfxl.ledger.tables import ADOPTED, PROJECTS
from perfxl.ledger.writing.rows import outlines
from perfxl.ledger.writing.workbook import workbook_bytes
from perfxl.template import build

PEOPLE = ("审核意见", "经办人", "备注")
NAMES = ("甲项目", "乙项目", "丙项目")


@cache
def three() -> Ledger:
    return Ledger.of([reading(f"{name}.xlsx", form(project=name)) for name in NAMES], year=2023)


def made(**facts: object) -> Ledger:
    """Three projects of one unit, and a note in 审核意见 of the first."""
    ledger = three()
    first = replace(ledger.projects[0], opinion="请补充依据")
    return replace(ledger, projects=(first, *ledger.projects[1:]), **facts)  # type: ignore[arg-type]


def put(ledger: Ledger, path: Path) -> Path:
    tables = ledger.listed()
    path.write_bytes(workbook_bytes(tables, ledger.totals, path.parent))
    return path


def version(row: ProjectRow, **facts: object) -> VersionRow:
    base = VersionRow(
        unit_code=row.unit_code, unit_name=row.unit_name, project_code="", project=row.project, year=2027, version=1,
        adopted="", standing=Standing.PENDING, ground="", hint="", submission=1, total=Decimal("1.5"), errors=0,
        changes="", file="a.xlsx", sheet="表", digest="abc",
    )  # fmt: skip
    return replace(base, **facts)  # type: ignore[arg-type]


def note(row: ProjectRow | VersionRow, heading: str, text: str, **facts: object) -> NoteRow:
    base = NoteRow(row.unit_code, row.unit_name, row.project_code, row.project, heading, text, "", "项目台账")
    return replace(base, **facts)  # type: ignore[arg-type]


def heading_at(sheet, heading: str):
    return next(cell for row in sheet.iter_rows() for cell in row if cell.value == heading)


def cell_of(book, project: str, heading: str, sheet: str = "项目台账"):
    """The cell of that project under that heading, wherever both stand."""
    page = book[sheet]
    row = next(
        cell.row for cell in page[heading_at(page, "项目名称").column_letter] if str(cell.value).strip() == project
    )
    return page.cell(row, heading_at(page, heading).column)


def edited(path: Path, edit) -> Path:
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


@pytest.fixture
def ledger_file(tmp_path) -> Path:
    return put(made(), tmp_path / "总台账.xlsx")


def told(path: Path) -> str:
    return "\n".join(read_ledger(path).edits)


# -- reading back


def test_what_was_written_is_read_back_row_by_row(tmp_path):
    ledger = made()
    versions = (version(ledger.projects[0], changes="预算数 1 → 2\n说明", adopted="是"),)
    ledger = replace(ledger, versions=versions, notes=(note(ledger.projects[1], "备注", "旧话"),))

    previous = read_ledger(put(ledger, tmp_path / "总台账.xlsx"))

    assert previous.projects == ledger.projects
    assert previous.indicators == ledger.indicators
    assert previous.issues == ledger.issues
    assert previous.sources == ledger.sources
    assert previous.versions == versions
    assert previous.edits == ()
    assert isinstance(previous.projects[0].total, Decimal)


def test_notes_are_read_from_every_column_of_people(tmp_path):
    ledger = made()
    ledger = replace(
        ledger,
        versions=(version(ledger.projects[0], adopted="是"),),
        notes=(note(ledger.projects[1], "备注", "旧话", origin="项目台账"),),
    )
    notes = read_ledger(put(ledger, tmp_path / "总台账.xlsx")).notes
    assert [(one.project, one.heading, one.text, one.digest, one.origin) for one in notes] == [
        ("甲项目", "审核意见", "请补充依据", "", "项目台账"),
        ("甲项目", "取用", "是", "abc", "版本清单"),
        ("乙项目", "备注", "旧话", "", "项目台账"),
    ]


@pytest.mark.parametrize("total", ["0.1", "84.1", "123456789012.34", "1234567890123456.78", "-3.5", "0"])
def test_amounts_come_back_to_the_last_digit(tmp_path, total):
    ledger = made()
    ledger = replace(ledger, projects=(replace(ledger.projects[0], total=Decimal(total)),))
    previous = read_ledger(put(ledger, tmp_path / "总台账.xlsx"))
    assert [row.total for row in previous.projects] == [Decimal(total)]
    assert previous.edits == ()


@pytest.mark.parametrize(
    ("typed", "read"),
    [("=1+1是公式", "=1+1是公式"), ("+86 022", "+86 022"), ("第一行\n第二行", "第一行\n第二行"), ("字" * 5000, "字" * 5000),
     (5, "5"), (0.5, "0.5"), (True, "TRUE"), ("  ", None), ("", None)],
)  # fmt: skip
def test_notes_are_read_as_they_are_shown(ledger_file, typed, read):
    def edit(book):
        cell = cell_of(book, "乙项目", "备注")
        cell.value = typed
        if isinstance(typed, str):
            cell.data_type = "s"

    previous = read_ledger(edited(ledger_file, edit))
    assert [one.text for one in previous.notes if one.project == "乙项目"] == ([] if read is None else [read])
    assert previous.edits == ()


def test_dates_and_errors_in_notes_are_read_as_they_are_shown(ledger_file):
    def edit(book):
        day = cell_of(book, "乙项目", "备注")
        day.value, day.number_format = datetime.date(2026, 11, 5), "yyyy/m/d"
        wrong = cell_of(book, "丙项目", "备注")
        wrong.value, wrong.data_type = "#REF!", "e"

    notes = read_ledger(edited(ledger_file, edit)).notes
    assert {one.project: one.text for one in notes if one.heading == "备注"} == {
        "乙项目": "2026/11/5",
        "丙项目": "#REF!",
    }


def test_the_table_is_found_wherever_it_was_moved_to(ledger_file):
    def edit(book):
        sheet = book["项目台账"]
        sheet.title = "我的台账"
        sheet.insert_rows(1, 2)
        sheet.insert_cols(1)
        sheet.row_dimensions[7].hidden = True
        book.move_sheet(sheet, -1)

    previous = read_ledger(edited(ledger_file, edit))
    assert [row.project for row in previous.projects] == list(NAMES)
    assert previous.notes[0].text == "请补充依据"
    assert previous.edits == ()


def test_units_merged_for_looks_are_read_for_every_row(ledger_file):
    def edit(book):
        for heading in ("单位编码", "单位名称"):
            cell = cell_of(book, "甲项目", heading)
            book["项目台账"].merge_cells(f"{cell.coordinate}:{cell.column_letter}{cell.row + 2}")

    previous = read_ledger(edited(ledger_file, edit))
    assert len({row.identity[0] for row in previous.projects}) == 1
    assert previous.edits == ()


def test_a_stray_cell_far_out_costs_nothing_and_is_told(ledger_file):
    previous = read_ledger(edited(ledger_file, lambda book: book["项目台账"].cell(1_048_576, 16_384, "x")))
    assert [row.project for row in previous.projects] == list(NAMES)
    assert "XFD1048576" in "\n".join(previous.edits)


def test_a_table_pasted_into_a_new_workbook_keeps_its_notes_but_vouches_for_nothing(ledger_file):
    book = openpyxl.load_workbook(ledger_file)
    pasted = openpyxl.Workbook()
    for row in book["项目台账"].iter_rows(min_row=3, values_only=True):
        pasted.active.append(row)
    pasted.save(ledger_file)

    previous = read_ledger(ledger_file)
    assert [row.project for row in previous.projects] == list(NAMES)
    assert [one.text for one in previous.notes] == ["请补充依据"]
    assert any("校验信息不在" in edit for edit in previous.edits)


def test_a_sheet_copied_within_the_ledger_counts_once_and_its_notes_too(ledger_file):
    def edit(book):
        copied = book.copy_worksheet(book["项目台账"])
        copied.cell(4, heading_at(copied, "备注").column, "只在副本里")

    previous = read_ledger(edited(ledger_file, edit))
    assert [row.project for row in previous.projects] == list(NAMES)
    assert {one.text for one in previous.notes} == {"请补充依据", "只在副本里"}


def test_a_note_typed_below_the_table_is_kept(ledger_file):
    def edit(book):
        book["项目台账"].cell(30, heading_at(book["项目台账"], "备注").column, "以上均已电话通知")

    previous = read_ledger(edited(ledger_file, edit))
    assert previous.notes[-1] == NoteRow("", "", "", "", "备注", "以上均已电话通知", "", "项目台账")
    assert previous.edits == ()


def test_a_table_cut_down_to_a_few_columns_still_gives_its_notes(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["项目名称", "单位编码", "审核意见"])
    book.active.append(["甲项目", "001", "同意"])
    book.save(tmp_path / "总台账.xlsx")
    (one,) = read_ledger(tmp_path / "总台账.xlsx").notes
    assert (one.unit_code, one.project, one.heading, one.text) == ("001", "甲项目", "审核意见", "同意")


# -- hand edits


def test_a_ledger_saved_again_without_edits_tells_none(ledger_file):
    assert read_ledger(edited(ledger_file, lambda book: None)).edits == ()


def whole(**facts: object) -> Ledger:
    """A ledger with rows in every table, and texts that programs like to spoil."""
    ledger = made()
    texts = "  两头空白 \n=1+1\t_x0041_ \U0001f600"
    first = replace(ledger.projects[0], purpose=texts, total=Decimal("84.1"), remark=texts, approved=Decimal("-0.10"))
    entry = UnitRow("某局", "001", "某所", None, 3, 1, 0, 2, "有错误", "综合科", "张三", "022-1234")
    missing = MissingRow("某局", "001", "某所", "P1", "丁项目", Decimal("1234567.89"), "", "", "", "疑似同一项目")
    return replace(
        ledger,
        projects=(first, *ledger.projects[1:]),
        versions=(version(first, digest="一"), version(first, digest="二", version=2, adopted="是", total=None)),
        progress=(entry, replace(entry, unit_code="", unit_name="", department="乙局", due=0)),
        missing=(missing, replace(missing, project="", project_code="", approved=None)),
        notes=(note(first, "备注", "旧话", project=""), NoteRow("", "", "", "", "", "无主", "", "项目台账")),
        **facts,
    )  # type: ignore[arg-type]


def test_every_table_is_read_back_and_none_has_edits(tmp_path):
    ledger = whole()
    previous = read_ledger(put(ledger, tmp_path / "总台账.xlsx"))
    assert previous.edits == ()
    assert (previous.progress, previous.missing, previous.versions) == (
        ledger.progress,
        ledger.missing,
        ledger.versions,
    )
    assert set(ledger.notes) <= set(previous.notes)


def test_a_finding_of_no_form_is_a_row_like_any_other(tmp_path):
    missing = replace(three().issues[0], file="", sheet="", cell="", unit_name="", project="")
    path = put(made(issues=(*three().issues, missing)), tmp_path / "总台账.xlsx")

    again = read_ledger(path)
    assert (again.issues[-1], again.edits) == (missing, ())


def test_a_ledger_saved_by_libreoffice_tells_no_edits(tmp_path, office):
    ledger = whole()
    path = put(ledger, tmp_path / "总台账.xlsx")
    saved = office.resave(path, tmp_path / "另存.xlsx")
    previous = read_ledger(saved)
    assert previous.edits == ()
    assert previous.notes == read_ledger(path).notes
    assert previous.projects == ledger.projects


def test_what_the_workbook_changes_of_a_text_is_no_edit(tmp_path):
    readings = [
        reading("a.xlsx", form(purpose="字" * 40_000)),
        reading("b.xlsx", form(project="乙", purpose="甲\x0b乙\r\n丙")),
    ]
    assert read_ledger(put(Ledger.of(readings), tmp_path / "总台账.xlsx")).edits == ()


def test_an_edited_cell_is_told_by_project_and_heading(ledger_file):
    def edit(book):
        cell_of(book, "乙项目", "预算数").value = 12.5

    previous = read_ledger(edited(ledger_file, edit))
    assert previous.edits == ("项目台账：改动 1 处（“乙项目”的预算数）",)
    assert previous.projects[1].total == Decimal("12.5")


def test_words_where_a_number_should_be_are_told_and_left_out(ledger_file):
    def edit(book):
        cell_of(book, "乙项目", "预算数").value = "约五百"

    previous = read_ledger(edited(ledger_file, edit))
    assert previous.projects[1].total is None
    assert "“约五百”" in "\n".join(previous.edits)


def test_a_status_in_words_of_somebodys_own_is_told_and_follows_from_the_errors(ledger_file):
    previous = read_ledger(
        edited(ledger_file, lambda book: cell_of(book, "乙项目", "状态").__setattr__("value", "已阅"))
    )
    assert previous.projects[1].condition is three().projects[1].condition
    assert "“已阅”" in "\n".join(previous.edits)


def test_rows_that_went_and_came_are_told(ledger_file):
    def edit(book):
        cell_of(book, "丙项目", "项目名称").value = "丁项目"

    assert told(edited(ledger_file, edit)) == "项目台账：多出 1 行（“丁项目”）\n项目台账：少了 1 行（“丙项目”）"


def test_an_edit_of_another_table_is_told_by_its_name(ledger_file):
    def edit(book):
        sheet = book["指标明细"]
        sheet.cell(4, heading_at(sheet, "指标值").column, "≥1张")

    assert "指标明细" in told(edited(ledger_file, edit))


def test_sorting_hiding_and_moving_columns_are_no_edits(ledger_file):
    def edit(book):
        sheet = book["项目台账"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
        rows = [rows[0], *reversed(rows[1:])]
        for number, row in enumerate(rows, 3):
            for column, value in enumerate([*row[5:], *row[:5]], 1):
                sheet.cell(number, column).value = value
        sheet.row_dimensions[4].hidden = True

    previous = read_ledger(edited(ledger_file, edit))
    assert previous.edits == ()
    assert {(one.project, one.text) for one in previous.notes} == {("甲项目", "请补充依据")}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda book: book["项目台账"].cell(3, 40, "科室意见"), "多出栏目“科室意见”"),
        (lambda book: book["项目台账"].cell(4, 40, "旁注"), "表格以外有内容（AN4）"),
        (lambda book: book["项目台账"].cell(20, 1, "制表人：张三"), "表格以外有内容（A20）"),
        (lambda book: book["项目台账"].cell(1, 20, "周五前定稿"), "表格上方有文字（“周五前定稿”）"),
        (lambda book: book["总览"].cell(60, 1, "给局长看"), "工作表“总览”：多出文字（“给局长看”）"),
        (lambda book: book["汇总"].cell(60, 1, "附注"), "工作表“汇总”：多出文字（“附注”）"),
        (lambda book: book.create_sheet("草稿").cell(1, 1, "x"), "多出工作表“草稿”"),
        (lambda book: book["项目台账"].delete_cols(heading_at(book["项目台账"], "绩效目标").column), "少了栏目“绩效目标”"),
        (lambda book: book.remove(book["指标明细"]), "指标明细：写出时 18 行，现在 0 行"),
        (lambda book: setattr(book["来源清单"]["A4"], "comment", Comment("看这里", "张三")), "“来源清单”有单元格批注"),
        (lambda book: book.defined_names.pop(DIGEST_NAME), "校验信息不在"),
    ],
)  # fmt: skip
def test_what_people_added_or_took_away_is_told(ledger_file, edit, words):
    assert words in told(edited(ledger_file, edit))


def test_texts_added_to_a_page_are_told_beside_edits_of_a_table(ledger_file):
    def edit(book):
        cell_of(book, "乙项目", "预算数").value = 12.5
        book["总览"].cell(60, 1, "给局长看")
        book["汇总"]["C5"].value = "改了名的所"

    assert told(edited(ledger_file, edit)).splitlines() == [
        "项目台账：改动 1 处（“乙项目”的预算数）",
        "工作表“总览”：多出文字（“给局长看”）",
        "工作表“汇总”：多出文字（“改了名的所”）",
    ]


def test_of_an_older_ledger_texts_on_the_pages_are_told_where_the_tables_are_unedited(ledger_file):
    def edit(book):
        book[SEAL_SHEET].delete_cols(5)
        book["总览"].cell(60, 1, "给局长看")

    assert told(edited(ledger_file, edit)) == "工作表“总览”：多出文字（“给局长看”）"


@pytest.mark.parametrize("heading", ["审核意见", "备注"])
def test_a_formula_in_a_column_of_people_is_kept_as_typed_and_told(ledger_file, heading):
    def edit(book):
        cell_of(book, "乙项目", heading).value = '=IF(1<2,"同意","")&"A"'

    previous = read_ledger(edited(ledger_file, edit))
    assert [one.text for one in previous.notes if one.project == "乙项目"] == ['=IF(1<2,"同意","")&"A"']
    assert previous.edits[0].startswith("项目台账：人工填写的栏目里有公式（") and len(previous.edits) == 1


def test_a_formula_with_a_value_gives_the_value_and_is_told(ledger_file, office):
    edited(ledger_file, lambda book: cell_of(book, "乙项目", "备注").__setattr__("value", "=1+1"))
    previous = read_ledger(office.resave(ledger_file, ledger_file.with_name("另存.xlsx")))
    assert [one.text for one in previous.notes if one.project == "乙项目"] == ["2"]
    assert "有公式" in "".join(previous.edits)


def in_season() -> Ledger:
    """With a unit and a project that it has not sent."""
    return made(
        progress=(UnitRow("某局", "001", "某所", 2, 1, 1, 0, 0, "部分未报", "综合科", "张三", "022-1234"),),
        missing=(MissingRow("某局", "001", "某所", "P1", "丁项目", Decimal("12.5"), "", "", "", "缺这一个"),),
    )


def test_a_ledger_from_before_a_column_came_is_as_it_was_written(tmp_path):
    """报送情况 had no 批复数 and no 说明, 未报清单 no 项数."""
    older = {"报送情况": ("approved", "remark"), "未报清单": ("projects",)}
    ledger = in_season()
    tables = [
        (replace(table, columns=tuple(c for c in table.columns if c.name not in older.get(table.title, ()))), rows)
        for table, rows in ledger.listed()
    ]
    tables = [(replace(table, key="remark") if table.title == "未报清单" else table, rows) for table, rows in tables]
    path = tmp_path / "总台账.xlsx"
    path.write_bytes(workbook_bytes(tables, ledger.totals, tmp_path))
    previous = read_ledger(path)
    assert (previous.edits, previous.missing, previous.progress) == ((), ledger.missing, ledger.progress)

    def edit(book):
        book["未报清单"].cell(4, heading_at(book["未报清单"], "项目名称").column, "别的项目")

    assert told(edited(path, edit)) == "未报清单：有内容被改动"


def test_a_column_that_somebody_took_away_is_no_older_ledger(tmp_path):
    path = put(in_season(), tmp_path / "总台账.xlsx")
    sheet = "未报清单"
    edited(path, lambda book: book[sheet].delete_cols(heading_at(book[sheet], "项数").column))
    assert told(path) == "未报清单：有内容被改动"


def test_an_empty_sheet_added_is_no_edit(ledger_file):
    assert told(edited(ledger_file, lambda book: book.create_sheet("Sheet1"))) == ""


def test_a_text_box_is_told_and_our_charts_are_not(ledger_file):
    assert told(ledger_file) == ""
    box = b'<xdr:sp macro="" textlink=""/>'
    content = io.BytesIO()
    with zipfile.ZipFile(ledger_file) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name, part.replace(b"</xdr:wsDr>", box + b"</xdr:wsDr>") if "drawings/drawing" in name else part
            )
    ledger_file.write_bytes(content.getvalue())
    assert "有文本框、图形或图片" in told(ledger_file)


def test_without_the_hidden_sheet_the_table_is_told_but_not_the_cell(ledger_file):
    def edit(book):
        book.remove(book[SEAL_SHEET])
        cell_of(book, "乙项目", "预算数").value = 12.5

    assert told(edited(ledger_file, edit)) == "项目台账：有内容被改动"


def digested(tables) -> str:
    return digest((each.table, each.digest) for each in outlines(tables))


def test_the_digest_minds_contents_but_not_their_order():
    rows = made().projects
    same = [(PROJECTS, tuple(replace(row, remark="话") for row in reversed(rows)))]
    other = [(PROJECTS, (replace(rows[0], purpose="别的"), *rows[1:]))]
    assert digested([(PROJECTS, rows)]) == digested(same) != digested(other)
    assert len(digested([(table, rows) for table in (PROJECTS, *[PROJECTS] * 7)])) <= 255


# -- carrying


def test_notes_find_their_project_and_their_version():
    rows = tuple(replace(row, opinion="") for row in made().projects)
    versions = (version(rows[0], digest="一"), version(rows[0], digest="二", version=2))
    notes = [note(rows[1], "备注", "话"), note(rows[0], ADOPTED, "是", digest="二")]
    projects, chosen, unmatched = carry(notes, rows, versions)
    assert [row.remark for row in projects] == ["", "话", ""]
    assert [row.adopted for row in chosen] == ["", "是"]
    assert unmatched == ()


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, True),
        ({"unit_name": "改了名的单位"}, True),
        ({"project": " 甲 项目\u3000"}, True),
        ({"unit_code": "999999"}, False),
        ({"project": "甲项目（二期）"}, False),
        ({"project": ""}, False),
        ({"unit_code": "", "unit_name": ""}, False),
        ({"project_code": "P1"}, True),
        ({"heading": "没有的栏目"}, False),
        ({"heading": ADOPTED, "digest": "不在的版本"}, False),
    ],
)
def test_a_note_is_matched_or_kept_aside_never_guessed(facts, found):
    rows = made().projects[:1]
    one = replace(note(rows[0], "备注", "话"), **facts)
    projects, _, unmatched = carry([one], rows, ())
    assert (projects[0].remark, unmatched) == (("话", ()) if found else ("", (one,)))


def test_a_project_whose_code_is_new_is_known_by_its_name_one_of_another_code_is_not():
    (row,) = (replace(made().projects[0], project_code="P1"),)
    assert carry([note(row, "备注", "话", project_code="")], [row], ())[0][0].remark == "话"
    other = note(row, "备注", "话", project_code="P2")
    assert carry([other], [row], ())[2] == (other,)
    twin = replace(row, project_code="P2")
    named = note(row, "备注", "话", project_code="")
    assert carry([named], [row, twin], ())[2] == (named,)


def test_two_notes_on_one_cell_are_joined_once():
    rows = made().projects
    notes = [note(rows[1], "备注", text) for text in ("一", "二", "一", "一\n二")]
    projects, _, unmatched = carry(notes, rows, ())
    assert (projects[1].remark, unmatched) == ("一\n二", ())


def test_notes_that_no_cell_holds_together_are_kept_apart():
    rows = made().projects
    notes = [note(rows[1], "备注", sign * 20_000) for sign in "一二"]
    projects, _, unmatched = carry(notes, rows, ())
    assert (projects[1].remark, unmatched) == ("一" * 20_000, (notes[1],))


def test_notes_of_a_project_that_waits_come_back_with_it(tmp_path):
    ledger = made()
    notes = read_ledger(put(ledger, tmp_path / "一.xlsx")).notes
    projects, _, unmatched = carry(notes, ledger.projects[1:], ())
    away = replace(ledger, projects=projects, notes=unmatched)
    again = read_ledger(put(away, tmp_path / "二.xlsx"))
    assert [row.project for row in again.projects] == ["乙项目", "丙项目"]
    blank = [replace(row, opinion="") for row in ledger.projects]
    projects, _, unmatched = carry(again.notes, blank, ())
    assert (projects[0].opinion, unmatched) == ("请补充依据", ())


# -- a season of edits

typed = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n=+张"), min_size=1, max_size=12
).filter(lambda text: text.strip() and "\ufffe" not in text and "\uffff" not in text)


def people_texts(path: Path) -> str:
    previous = read_ledger(path)
    return "\x00".join(one.text for one in previous.notes)


def scramble(path: Path, chance: random.Random) -> list[str]:
    """What people do to a ledger; gives back the notes that were in rows they deleted."""
    book = openpyxl.load_workbook(path)
    sheet = book[next(name for name in book.sheetnames if "项目台账" in name)]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    places = list(range(len(rows[0])))
    if chance.random() < 0.5:
        chance.shuffle(places)
    body = rows[1:]
    chance.shuffle(body)
    gone: list[str] = []
    if len(body) > 1 and chance.random() < 0.3:
        notes = [rows[0].index(heading) for heading in PEOPLE]
        gone = [str(one) for row in body[:1] for place in notes if (one := row[place]) is not None]
        body = body[1:]
    above = chance.randrange(3)
    if chance.random() < 0.4:
        book = openpyxl.Workbook()
        target = book.active
    else:
        sheet.delete_rows(3, sheet.max_row)
        target, above = sheet, 2 + above
        sheet.title = f"项目台账{chance.randrange(9)}"
    for number, row in enumerate([rows[0], *body], above + 1):
        for column, place in enumerate(places, 1):
            cell = target.cell(number, column)
            cell.value = row[place]
            if isinstance(row[place], str):
                cell.data_type = "s"
        target.row_dimensions[number].hidden = number > above + 1 and chance.random() < 0.3
    book.save(path)
    return gone


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(PEOPLE), typed), max_size=5),
    st.randoms(use_true_random=False),
)
def test_nothing_typed_is_lost_over_several_runs(tmp_path, notes, chance):
    small = made(indicators=(), issues=(), sources=())
    blank = [replace(row, opinion="") for row in small.projects]
    path = put(small, tmp_path / "总台账.xlsx")
    expected = ["请补充依据"]
    for _ in range(3):
        book = openpyxl.load_workbook(path)
        for project, heading, text in notes:
            cell = cell_of(book, project, heading)
            if cell.value is None:
                expected.append(f"{text}·{len(expected)}")
                cell.value, cell.data_type = expected[-1], "s"
        book.save(path)
        gone = scramble(path, chance)
        expected = [text for text in expected if all(text not in one for one in gone)]
        kept = people_texts(path)
        assert all(text in kept for text in expected)

        # Some projects are missing in this round; the next one's reader finds their notes all the same.
        counted = [row for row in blank if chance.random() < 0.8]
        projects, _, unmatched = carry(read_ledger(path).notes, counted, ())
        projects, _, unmatched = carry(
            read_ledger(put(replace(small, projects=projects, notes=unmatched), path)).notes, blank, ()
        )
        put(replace(small, projects=projects, notes=unmatched), path)
        kept = people_texts(path)
        assert all(text in kept for text in expected)


# -- files that are no ledgers, and files in use


def test_what_is_no_ledger_is_refused_in_words(tmp_path):
    form_file, text, encrypted = tmp_path / "表.xlsx", tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    form_file.write_bytes(build())
    text.write_text("序号,年度", encoding="utf-8")
    encrypted.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(120)
        + "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")
        + b"\x22\0"
    )
    for path, word in ((form_file, "不是总台账"), (text, "文本或 CSV"), (encrypted, "密码")):
        with pytest.raises(UnreadableFile, match=f"^{path.name}：.*{word}"):
            read_ledger(path)
    with pytest.raises(PathNotFound):
        read_ledger(tmp_path / "没有.xlsx")


def test_a_damaged_ledger_is_refused_in_words(ledger_file):
    content = io.BytesIO()
    with zipfile.ZipFile(ledger_file) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[:200] if name.endswith("sheet3.xml") else old.read(name))
    ledger_file.write_bytes(content.getvalue())
    with pytest.raises(UnreadableFile, match="已损坏"):
        read_ledger(ledger_file)


def test_the_kept_copy_takes_the_next_free_name(tmp_path):
    path, day = tmp_path / "总台账.xlsx", datetime.date(2026, 11, 23)
    names = []
    for _ in range(3):
        kept = kept_copy_name(path, day)
        kept.touch()
        names.append(kept.name)
    assert names == [f"总台账（人工修改）2026-11-23{end}.xlsx" for end in ("", "(2)", "(3)")]


EXCEL_LOCK = b"\x04Zhao".ljust(55, b" ") + b"\x02\x00" + "赵敏".encode("utf-16-le") + b" \x00" * 48


@pytest.mark.parametrize(
    ("lock", "content", "words"),
    [
        ("~$总台账.xlsx", EXCEL_LOCK, "正在 Excel 或 WPS 中打开（赵敏）"),
        (".~总台账.xlsx", b"", "正在 WPS 中打开。"),
        (".~lock.总台账.xlsx#", "王\\,芳,wang,pc,23.11.2026 12:00,file:///x;".encode(), "LibreOffice 中打开（王,芳）"),
        (".~lock.总台账.xlsx#", b",wang,pc,23.11.2026 12:00,file:///x;", "（wang）"),
    ],
)
def test_a_ledger_that_is_open_is_told_with_the_user(tmp_path, lock, content, words):
    path = tmp_path / "总台账.xlsx"
    assert open_elsewhere(path) is None
    (tmp_path / lock).write_bytes(content)
    message = open_elsewhere(path) or ""
    assert words in message
    assert lock in message
