"""The template as a package: fresh, reproducible, protected, with room for what people write."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from forms import form
from xlsxwriter.worksheet import Worksheet

from perfxl.assets import template_file
from perfxl.errors import CapacityError, OutputError, UsageError
from perfxl.form import TargetForm
from perfxl.intake.cells import Grid
from perfxl.intake.grid import open_workbook
from perfxl.layout import LATEST, RESULTS
from perfxl.reading import read_forms
from perfxl.template import Issuance, build, save
from perfxl.template.form_sheet import split_value
from perfxl.vocabulary import Vocabulary

SHEET = "绩效目标表"


def parts(package: bytes) -> dict[str, bytes]:
    """Contents by part name: how a zip library deflates is no matter of ours."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def grid(package: bytes, sheet: str = SHEET) -> Grid:
    return open_workbook(package, name="form.xlsx").grid(sheet)


def xml(package: bytes, part: str = "xl/worksheets/sheet2.xml") -> str:
    return parts(package)[part].decode()


def reread(tmp_path, package: bytes) -> TargetForm:
    path = tmp_path / "form.xlsx"
    path.write_bytes(package)
    (read,) = read_forms(path).forms
    return read


def test_the_template_in_the_repository_is_what_the_builder_makes():
    assert parts(template_file().read_bytes()) == parts(build()), "run `make template`"


def test_two_builds_are_equal_byte_for_byte():
    assert build(Issuance(year=2027), [form()]) == build(Issuance(year=2027), [form()])


@pytest.mark.parametrize("edition", ["tianjin-2023", "mof-2021"])
def test_the_blank_form_is_valid(tmp_path, validate_ooxml, edition):
    path = save(tmp_path / "blank.xlsx", build(Issuance(edition=edition)))

    assert validate_ooxml(path) == []


def test_what_finance_decides_stands_on_the_guide_and_in_the_form(tmp_path):
    package = build(Issuance("mof-2021", 2027, "2026年12月10日", "预算科 23310001", "2027年部门预算"))
    guide = grid(package, "填报说明")
    texts = {value for _, _, value in guide if isinstance(value, str)}
    read = reread(tmp_path, package)

    assert {"2027年度绩效目标表填报说明", "2026年12月10日", "预算科 23310001", "2027年部门预算"} <= texts
    assert (read.edition, read.year, read.batch, read.money_unit.text) == ("mof-2021", 2027, "2027年部门预算", "元")


def test_the_weight_column_is_there_only_where_the_edition_has_weights():
    weight = LATEST.column("weight").column

    assert re.search(rf'<col min="{weight}" max="{weight}" [^>]*hidden="1"', xml(build()))
    assert not re.search(rf'<col min="{weight}" max="{weight}" [^>]*hidden="1"', xml(build(Issuance("mof-2021"))))


def test_the_lists_are_very_hidden_and_reached_by_defined_names_only():
    package = build()
    lists = next(sheet for sheet in open_workbook(package, name="form.xlsx").sheets if sheet.name == "清单")
    sheet = xml(package)
    formulas = re.findall(r"<formula1>(.*?)</formula1>", sheet) + re.findall(r"<formula>(.*?)</formula>", sheet)

    assert lists.state == "veryHidden"
    assert formulas
    assert not [formula for formula in formulas if re.search(r"(清单|校验结果)'?!", formula)]


def test_every_blocking_drop_down_shows_its_error_message():
    validations = re.findall(r'<dataValidation type="(?:list|decimal|whole)"[^>]*>', xml(build()))

    assert validations
    assert all('showErrorMessage="1"' in one for one in validations)


def test_live_formulas_reach_inputs_only_by_index_over_whole_columns():
    """A plain reference to an input travels with a cell that is cut or dragged."""
    inputs = {
        (row, column)
        for top, left, bottom, right in LATEST.inputs()
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    formulas = re.findall(r'<c r="[A-Z]+\d+"[^>]*><f>(.*?)</f>', xml(build()))
    references = {
        match
        for formula in formulas
        for match in re.findall(r"(?<![A-Z:$])\$?([A-Z]{1,2})\$?(\d+)\b", re.sub(r'"[^"]*"', "", formula))
    }

    assert len(formulas) > 500
    plain = {
        (int(row), sum((ord(ch) - 64) * 26**power for power, ch in enumerate(reversed(letters))))
        for letters, row in references
    }
    assert plain & inputs == set()


def test_input_areas_are_protected_ranges_without_a_password():
    ranges = re.findall(r"<protectedRange [^>]*>", xml(build()))

    assert len(ranges) == len(list(LATEST.inputs()))
    assert not [one for one in ranges if "hash" in one.lower() or "password" in one]


def test_columns_and_rows_may_be_resized_and_nothing_else_changed():
    (protection,) = re.findall(r"<sheetProtection [^>]*>", xml(build()))

    assert 'formatColumns="0"' in protection
    assert 'formatRows="0"' in protection
    assert 'algorithmName="SHA-512"' in protection
    assert "insertRows" not in protection


def test_the_print_area_is_static():
    def area(package: bytes) -> str:
        return open_workbook(package, name="form.xlsx").defined_names[f"{SHEET}!_xlnm.Print_Area"]

    assert area(build()) == f"{SHEET}!$A$1:$G$60"
    filled = area(build(Issuance(), [form()]))
    assert re.fullmatch(rf"{SHEET}!\$A\$1:\$G\$\d\d", filled)
    assert int(filled.rpartition("$")[2]) == LATEST.first_row + len(form().indicators) - 1 + 3


def test_the_result_sheet_starts_empty_and_unprotected():
    package = build()

    assert "<sheetProtection" not in xml(package, "xl/worksheets/sheet3.xml")
    assert grid(package, "校验结果").text(*RESULTS.count_cell) == "0"


@pytest.mark.parametrize(
    ("typed", "cells"),
    [
        ("≥95%", ("≥", "95", "%")),
        ("≥95百分比", ("≥", "95", "百分比")),
        ("469483张", (None, "469483", "张")),
        ("≤3.1万封", ("≤", "3.1", "万封")),
        ("10.65", (None, "10.65", None)),
        (">=20%", (None, ">=20%", None)),
        ("≥ 95%", (None, "≥ 95%", None)),
        ("5万元以内", (None, "5万元以内", None)),
        ("按合同约定支付", (None, "按合同约定支付", None)),
        ("1-2天", (None, "1-2天", None)),
        (" ≥5年", (None, " ≥5年", None)),
    ],
)
def test_a_value_is_split_only_where_joining_gives_it_back(typed, cells):
    (indicator,) = form(f"产出指标 | 数量指标 | 名称 | 描述 |{typed}").indicators
    whole = replace(indicator.target, raw=typed)
    one_cell = replace(indicator, target=whole, relation=whole, body=whole, measure=whole)

    split = split_value(one_cell, Vocabulary.load())

    assert split == cells
    assert "".join(part or "" for part in split) == typed


def test_more_objectives_than_rows_share_the_last_one(tmp_path):
    texts = [f"{number}.保障第{number}项工作。" for number in range(1, 13)]
    one = form().objectives[0]
    many = replace(form(), objectives=tuple(replace(one, raw=text) for text in texts))

    read = reread(tmp_path, build(Issuance(), [many]))

    assert [entry.raw for entry in read.objectives] == texts


def test_more_indicators_than_rows_are_refused_by_name():
    row = "产出指标 | 数量指标 | 第{}项 | 描述 | ≥1个"
    table = "\n".join(row.format(number) for number in range(61))

    with pytest.raises(CapacityError, match="61 条指标"):
        build(Issuance(), [form(table)])


def test_sixty_long_indicators_all_come_back(tmp_path):
    table = "\n".join(f"产出指标 | 数量指标 | 第{n}项{'长' * 60} | 描述{'很' * 80} | ≥{n + 1}个" for n in range(60))
    typed = form(table)

    read = reread(tmp_path, build(Issuance(), [typed]))

    assert [row.level3.text for row in read.indicators] == [row.level3.text for row in typed.indicators]
    assert [row.target.text for row in read.indicators] == [row.target.text for row in typed.indicators]


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    read = reread(tmp_path, build(Issuance(), [form("产出指标 | 数量指标 | =1+1 | @SUM(A1) | ≥1个", project="=cmd|x")]))

    assert read.project.raw == "=cmd|x"
    assert (read.indicators[0].level3.text, read.indicators[0].description.text) == ("=1+1", "@SUM(A1)")


def test_several_forms_get_a_sheet_and_a_key_each(tmp_path):
    path = tmp_path / "two.xlsx"
    path.write_bytes(build(Issuance(), [form(project="甲项目"), form(project="乙项目")]))

    read = read_forms(path).forms

    assert [(one.sheet, one.key, one.project.text) for one in read] == [
        ("绩效目标表-1", "P01", "甲项目"),
        ("绩效目标表-2", "P02", "乙项目"),
    ]


def test_sheets_may_be_named_by_the_caller(tmp_path):
    forms = [form(project="甲项目"), form(project="乙项目")]
    path = save(tmp_path / "two.xlsx", build(Issuance(), forms, sheet_names=["01 甲项目", "02 乙项目"]))

    assert [one.sheet for one in read_forms(path).forms] == ["01 甲项目", "02 乙项目"]


def test_a_form_filled_in_beforehand_comes_back_with_its_locked_fields(tmp_path):
    filled = form(department="人社局", project_code="A01")

    read = reread(tmp_path, build(Issuance(year=2023), [filled], locked=frozenset({"project", "total", "department"})))

    for name in ("project", "department", "unit_code", "unit_name", "purpose"):
        assert getattr(read, name).text == getattr(filled, name).text
    assert (read.budget.total.amount, read.project_code, read.year) == (500, "A01", 2023)
    assert [one.target.text for one in read.indicators] == [one.target.text for one in filled.indicators]


def test_a_locked_field_must_be_one_of_the_layout():
    with pytest.raises(KeyError):
        build(locked=frozenset({"budget"}))


def test_formulas_are_what_xlsxwriter_itself_would_write(monkeypatch):
    """Its search for newer functions, which have to be written with a prefix, finds none: leaving it out is safe."""
    quick = build()
    monkeypatch.setattr("perfxl.template.form_sheet.PlainWorksheet", Worksheet)

    assert quick == build()


def test_an_unknown_edition_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="tianjin-2023"):
        build(Issuance(edition="tianjing-2023"))


def test_a_template_that_can_not_be_written_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "form.xlsx"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="磁盘已满"):
        save(path, b"new")

    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["form.xlsx"]
