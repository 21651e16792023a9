"""Documents into workbooks: names that sort and tell, nothing overwritten, nothing lost without a word."""

from __future__ import annotations

import itertools
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from forms import form
from layouts import LAYOUTS, Aim, Project, self_evaluation
from pages import Page, as_docx, as_html, as_text, as_xlsx

from perfxl import report
from perfxl.errors import OutputError
from perfxl.importing import REPORT, Imported, import_documents, importing, workbook_name
from perfxl.ledger import consolidate
from perfxl.ledger.model import Status
from perfxl.reading import read_forms
from perfxl.report.document import as_json
from perfxl.rules import check
from perfxl.template import Issuance, build


def written(folder: Path, file: str, layout: str = "published", *, make: object = as_docx, **changes: object) -> Path:
    """A document with one form of that layout."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make(LAYOUTS[layout](replace(Project(), **changes)).page))  # type: ignore[operator, arg-type]
    return path


def rows(path: Path, sheet: str) -> list[tuple[object, ...]]:
    return [row for row in openpyxl.load_workbook(path)[sheet].iter_rows(min_row=2, values_only=True) if any(row)]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ({"project_no": "97", "project": "运转经费"}, "97-353302-运转经费.xlsx"),
        ({"project_no": "", "project": "运转经费"}, "353302-运转经费.xlsx"),
        ({"project_no": "1", "project": 'a/b\\c:d*e?"f<g>h|i'}, "1-353302-a_b_c_d_e_f_g_h_i.xlsx"),
        ({"project_no": "", "unit_code": "", "project": "CON"}, "_CON.xlsx"),
        ({"project_no": "", "unit_code": "", "project": "第一行\n第二行"}, "第一行_第二行.xlsx"),
    ],
)
def test_a_workbook_is_named_for_its_form(head, name):
    assert workbook_name(form(**head)) == name


def test_a_long_name_is_cut_to_what_every_system_takes():
    name = workbook_name(form(project="很" * 300))

    assert name.endswith(".xlsx")
    assert len(name.encode()) <= 200


# -- from document to workbook


@pytest.mark.parametrize(
    ("make", "suffix"), [(as_docx, ".docx"), (as_xlsx, ".xlsx"), (as_text, ".txt"), (as_html, ".html")]
)
def test_what_a_document_says_stands_in_a_protected_workbook_of_ours(tmp_path, make, suffix):
    project = Project()
    source = written(tmp_path, f"去年{suffix}", make=make)

    (done,) = import_documents([source], tmp_path / "导入", Issuance(year=2027))

    assert done.workbook is not None
    assert openpyxl.load_workbook(done.workbook).worksheets[1].protection.sheet
    (read,) = read_forms(done.workbook).forms
    assert (read.project.text, read.unit_code.text, read.purpose.text) == (project.name, project.code, project.purpose)
    assert (read.budget.total.amount, read.budget.other.amount, read.year) == (250, 50, 2027)
    assert [row.level3.text for row in read.indicators] == [aim.level3 for aim in project.aims]
    assert [row.target.text for row in read.indicators] == [aim.value for aim in project.aims]


def test_sign_number_and_unit_of_their_own_stay_apart(tmp_path):
    (done,) = import_documents([written(tmp_path, "表.docx", "dates and sums")], tmp_path / "导入")

    (read,) = read_forms(done.workbook).forms
    first = read.indicators[0]
    assert (first.relation.text, first.body.text, first.measure.text) == ("≥", "12", "公里")
    assert (read.money_unit.text, read.budget.fiscal.amount) == ("元", 2000000)


def test_an_amount_in_another_unit_stands_in_the_workbook_in_the_unit_of_the_form(tmp_path):
    (done,) = import_documents([written(tmp_path, "表.docx", "units with the amounts")], tmp_path / "导入")

    (read,) = read_forms(done.workbook).forms
    assert [entry.amount for entry in (read.budget.total, read.budget.fiscal, read.budget.other)] == [250, 200, 50]


def test_a_form_whose_indicators_only_another_edition_has_gets_that_one_with_its_weights(tmp_path):
    (done,) = import_documents([written(tmp_path, "表.docx", "central")], tmp_path / "导入")

    (read,) = read_forms(done.workbook).forms
    assert read.edition == "mof-2021"
    assert [row.weight.text for row in read.indicators[:2]] == ["20", "20"]


def test_an_edition_asked_for_is_kept_and_the_weights_it_lacks_are_told(tmp_path):
    source = written(tmp_path, "表.docx", "central")

    (done,) = importing([source], tmp_path / "导入", Issuance("tianjin-2023"), by_tree=False)

    assert read_forms(done.workbook).forms[0].edition == "tianjin-2023"
    assert any("权重" in fact.why for fact in done.story.left)


def test_one_workbook_for_each_unit(tmp_path):
    for number, unit in enumerate(["甲中心", "乙中心", "甲中心"]):
        written(tmp_path / "收到", f"{number}.docx", name=f"项目{number}", unit=unit, code="35330" + str(len(unit)))

    done = list(importing([tmp_path / "收到"], tmp_path / "导入", per="unit"))

    assert len({one.workbook for one in done}) == 2
    assert sorted(path.name for path in (tmp_path / "导入").iterdir()) == ["353303-乙中心.xlsx", "353303-甲中心.xlsx"]
    assert len(read_forms(tmp_path / "导入" / "353303-甲中心.xlsx").forms) == 2


def test_folders_archives_and_subfolders_are_sources(tmp_path):
    written(tmp_path / "收到" / "子", "甲.docx", name="甲项目")
    with zipfile.ZipFile(tmp_path / "收到" / "包.zip", "w") as archive:
        archive.write(written(tmp_path, "乙.html", make=as_html, name="乙项目"), "乙.html")
    (tmp_path / "收到" / "图.png").write_bytes(b"\x89PNG")

    done = list(importing([tmp_path / "收到"], tmp_path / "导入"))

    assert {one.form.project.text for one in done if one.form} == {"甲项目", "乙项目"}
    assert [one.source for one in done if "没有读取" in one.said] == ["包.zip", "图.png"]


def test_a_file_asked_for_by_name_is_answered_for_what_it_is(tmp_path):
    (tmp_path / "公开.pdf").write_bytes(b"%PDF-1.4 /XObject")

    (refused,) = importing([tmp_path / "公开.pdf"], tmp_path / "导入")

    assert "扫描件" in refused.error
    assert refused.failed


def test_a_workbook_of_ours_is_made_anew_and_keeps_what_it_holds(tmp_path):
    (first,) = import_documents([written(tmp_path, "表.docx")], tmp_path / "一")

    (second,) = import_documents([first.workbook], tmp_path / "二")

    assert second.story is None
    assert second.workbook.read_bytes() == first.workbook.read_bytes()


def test_a_web_page_that_is_called_a_workbook_is_read_as_what_it_is(tmp_path):
    (done,) = import_documents([written(tmp_path, "导出.xls", make=as_html)], tmp_path / "导入")

    assert done.form.project.text == "城区供水管网改造"


def test_a_template_of_ours_that_was_taken_apart_is_not_read_by_its_labels(tmp_path):
    (first,) = import_documents([written(tmp_path, "表.docx")], tmp_path / "一")
    book = openpyxl.load_workbook(first.workbook)
    sheet = book.worksheets[1]
    for cell in ("N1", "A3", "B4", "D4", "F4", "A15"):
        sheet[cell] = "改动"
    book.save(tmp_path / "改动.xlsx")

    (refused,) = importing([tmp_path / "改动.xlsx"], tmp_path / "二")

    assert "下发的模板" in refused.error


def test_a_sheet_of_ours_that_can_not_be_read_beside_one_that_can_is_told(tmp_path):
    (tmp_path / "两张.xlsx").write_bytes(build(Issuance(), [form(), form(project="另一项目")]))
    book = openpyxl.load_workbook(tmp_path / "两张.xlsx")
    book["绩效目标表-2"]["N2"] = "99"
    book.save(tmp_path / "两张.xlsx")

    done, refused = importing([tmp_path / "两张.xlsx"], tmp_path / "导入")

    assert done.workbook is not None
    assert refused.failed
    assert "版本是“99”" in refused.error


def test_what_is_hidden_in_a_sheet_is_not_read_and_that_is_told(tmp_path):
    book = openpyxl.load_workbook(written(tmp_path, "表.xlsx", make=as_xlsx))
    book.active["J3"] = "内部意见"
    book.active.column_dimensions["J"].hidden = True
    book.save(tmp_path / "表.xlsx")

    done, note = importing([tmp_path / "表.xlsx"], tmp_path / "导入")

    assert done.story.doubtful == ()
    assert "隐藏的行或列" in note.said


# -- what goes wrong stops nothing


def test_a_document_that_can_not_be_read_stops_nothing(tmp_path):
    (tmp_path / "坏.txt").write_text("没有表", encoding="utf-8")

    results = import_documents([tmp_path / "坏.txt", written(tmp_path, "好.docx")], tmp_path / "导入")

    assert [one.workbook is None for one in results] == [True, False]
    assert "坏.txt" in results[0].error


def test_a_form_that_does_not_fit_is_told_and_stops_nothing(tmp_path, example):
    two_forms = example.read_text(encoding="utf-8").partition("[bookmark: _Toc126832571]")[0]
    row = "\t\n\t质量指标\n\t办公秩序保障率\n\t办公秩序保障率\n\t100百分比\n\n"
    (tmp_path / "太长.txt").write_text(two_forms.replace(row, row * 60, 1), encoding="utf-8")

    first, *others = import_documents([tmp_path / "太长.txt"], tmp_path / "导入")

    assert first.workbook is None
    assert "太长.txt" in first.error
    assert "69 条指标" in first.error
    assert [one.workbook is not None for one in others] == [True]


@pytest.mark.parametrize("per", ["form", "unit"])
def test_a_text_that_no_cell_holds_is_told_and_never_cut(tmp_path, per):
    source = written(tmp_path, "表.docx", purpose="很" * 40_000)

    (done,) = importing([source], tmp_path / "导入", per=per)

    assert (done.workbook, done.failed) == (None, True)
    assert "32767" in done.error


def test_a_table_that_is_no_target_form_is_refused_by_name(tmp_path):
    (tmp_path / "自评.docx").write_bytes(as_docx(self_evaluation(Project())))

    (refused,) = importing([tmp_path / "自评.docx"], tmp_path / "导入")

    assert "绩效自评表" in refused.error


def test_a_folder_that_can_not_be_made_is_told(tmp_path, example):
    (tmp_path / "导入").write_text("这是文件", encoding="utf-8")

    with pytest.raises(OutputError, match="导入"):
        import_documents([example], tmp_path / "导入")


def test_a_source_that_is_not_there_is_told(tmp_path):
    results = import_documents([tmp_path / "没有.docx", written(tmp_path, "好.docx")], tmp_path / "导入")

    assert "找不到" in results[0].error
    assert results[1].workbook is not None


# -- the report


def test_the_report_says_of_every_form_where_it_went_and_of_every_field_where_it_stood(tmp_path):
    sources = [written(tmp_path, "甲.docx"), written(tmp_path, "乙.docx", "long then annual", name="乙项目")]

    list(importing(sources, tmp_path / "导入", report=True))

    report = tmp_path / "导入" / REPORT
    assert [row[1:5] for row in rows(report, "导入结果")] == [
        ("甲.docx", "城区供水管网改造", "353302 市供水服务中心", "12-353302-城区供水管网改造.xlsx"),
        ("乙.docx", "乙项目", "353302 市供水服务中心", "353302-乙项目.xlsx"),
    ]
    fields = {row[2]: row[3:7] for row in rows(report, "逐项对照") if row[0] == "乙.docx"}
    assert fields["预算数"] == ("250.00", "第1个表格第5行第3格", "资金总额（万元）", "确定")
    listed = {row[4] for row in rows(report, "请核对")}
    assert {"张某", "新增项目□  延续项目☑"} <= listed


def test_the_report_tells_of_files_without_forms_and_of_what_word_holds_besides(tmp_path):
    (tmp_path / "坏.docx").write_bytes(b"PK\x03\x04 word/document.xml")
    (tmp_path / "自评.docx").write_bytes(as_docx(self_evaluation(Project())))

    list(importing([tmp_path / "坏.docx", tmp_path / "自评.docx"], tmp_path / "导入", report=True))

    said = [row[-1] for row in rows(tmp_path / "导入" / REPORT, "导入结果")]
    assert "损坏" in said[0] or "不完整" in said[0]
    assert "绩效自评表" in said[1]


def test_equal_sources_give_an_equal_report_and_it_is_never_taken_for_a_form(tmp_path):
    source = written(tmp_path, "甲.docx")
    for name in ("一", "二"):
        list(importing([source], tmp_path / name, report=True))

    assert (tmp_path / "一" / REPORT).read_bytes() == (tmp_path / "二" / REPORT).read_bytes()
    assert read_forms(tmp_path / "一" / REPORT).own_ledger


# -- many forms


def test_a_document_of_many_forms_is_imported_one_at_a_time_with_progress(tmp_path):
    parts = [
        part
        for n in range(9)
        for part in LAYOUTS["published"](replace(Project(), name=f"项目{n}", number=str(n))).page.parts
    ]
    (tmp_path / "全部.docx").write_bytes(as_docx(Page(parts)))
    told: list[tuple[int, int, str]] = []

    results = importing([tmp_path / "全部.docx"], tmp_path / "导入", progress=lambda *one: told.append(one))
    first = list(itertools.islice(results, 2))

    assert [one.form.name for one in first if one.form] == ["项目0", "项目1"]
    assert len(list((tmp_path / "导入").iterdir())) == 2, "written as they are read, not at the end"
    assert sum(isinstance(one, Imported) for one in results) == 7
    assert [one[1] for one in told] == [100] * len(told)
    assert "第 9 张表" in told[-2][2]


# -- straight into the ledger


def test_consolidate_takes_documents_and_workbooks_of_other_layouts_as_they_are(tmp_path):
    folder = tmp_path / "收到"
    written(folder, "甲.docx", name="甲项目", code="353301")
    written(folder, "乙.xlsx", "no first level", make=as_xlsx, name="乙项目", code="353302")
    (folder / "通知.docx").write_bytes(as_docx(Page(["请于9月底前报送绩效目标表。"])))

    ledger = consolidate([folder], year=2026)

    assert {row.project for row in ledger.projects} == {"甲项目", "乙项目"}
    assert {row.file: row.status for row in ledger.sources}["通知.docx"] == Status.SKIPPED


def test_consolidate_tells_what_of_a_document_is_in_doubt(tmp_path):
    source = written(tmp_path, "甲.docx", "central", total="约250万")

    ledger = consolidate([source], year=2026)

    assert any("约250万" in row.message for row in ledger.issues if row.code == "S07")


def test_reports_name_the_table_row_and_cell_of_a_finding_in_a_document(tmp_path):
    reading = read_forms(written(tmp_path, "甲.docx", aims=(Aim("产出指标", "数量指标", "里程", "", "≥", "十二", ""),)))
    checked = report.Checked.of(reading, check(reading.forms))

    (found,) = [one for one in json.loads(as_json([checked]))["files"][0]["issues"] if one["code"] == "V13"]
    assert (found["sheet"], found["cell"], found["line"]) == ("第1个表格", None, 7)
    assert "第1个表格第7行第5格（V13）" in report.as_text([checked])


# -- the command


def test_the_command_tells_what_it_made_what_it_refused_and_where_to_look(run, tmp_path):
    written(tmp_path / "收到", "甲.docx", "central", total="约250万")
    (tmp_path / "收到" / "自评.docx").write_bytes(as_docx(self_evaluation(Project())))

    code, out, err = run("import", tmp_path / "收到", "-o", tmp_path / "导入", "--year", "2027")

    assert code == 1
    assert "共导入 1 张表，1 处没有导入；有 2 处看不准" in out
    assert REPORT in out
    assert "自评.docx：第1个表格上方“项目支出绩效自评表”：这是绩效自评表" in err
    assert read_forms(tmp_path / "导入" / "353302-城区供水管网改造.xlsx").forms[0].year == 2027


def test_the_command_makes_one_workbook_a_unit_if_asked(run, tmp_path):
    written(tmp_path / "收到", "甲.docx", name="甲项目")
    written(tmp_path / "收到", "乙.docx", name="乙项目")

    code, _, _ = run("import", tmp_path / "收到", "-o", tmp_path / "导入", "--per", "unit")

    assert code == 0
    assert sorted(path.name for path in (tmp_path / "导入").iterdir()) == ["353302-市供水服务中心.xlsx", REPORT]


def test_the_command_says_what_it_takes(run):
    code, out, _ = run("import", "--help")

    assert code == 0
    assert "Word" in out
    assert "文件夹" in out
