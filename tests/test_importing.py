"""Documents into workbooks: names that sort and tell, nothing overwritten, nothing lost without a word."""

from __future__ import annotations

import pytest
from forms import form

from perfxl.errors import OutputError
from perfxl.importing import import_documents, workbook_name


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


def test_a_document_that_can_not_be_read_stops_nothing(tmp_path, example):
    (tmp_path / "坏.txt").write_text("没有表", encoding="utf-8")

    results = import_documents([tmp_path / "坏.txt", example], tmp_path / "导入")

    assert [one.workbook is None for one in results] == [True] + [False] * 9
    assert "坏.txt" in results[0].error


def test_a_form_that_does_not_fit_is_told_and_stops_nothing(tmp_path, example):
    text = example.read_text(encoding="utf-8")
    row = "\t\n\t质量指标\n\t办公秩序保障率\n\t办公秩序保障率\n\t100百分比\n\n"
    (tmp_path / "太长.txt").write_text(text.replace(row, row * 60, 1), encoding="utf-8")

    first, *others = import_documents([tmp_path / "太长.txt"], tmp_path / "导入")

    assert first.workbook is None
    assert "太长.txt" in first.error
    assert "69 条指标" in first.error
    assert all(one.workbook is not None for one in others)


def test_a_folder_that_can_not_be_made_is_told(tmp_path, example):
    (tmp_path / "导入").write_text("这是文件", encoding="utf-8")

    with pytest.raises(OutputError, match="导入"):
        import_documents([example], tmp_path / "导入")
