"""The buttons, each through xlwings' own objects over a workbook that needs no Excel."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from engines.clicks import Clicker, clicker
from engines.engine import ComError
from engines.openpyxl_host import OpenpyxlHost
from engines.stored import store
from forms import form, published_forms

from office.generated import Maker, grid_of
from perfxl import __version__, validation
from perfxl.addin import actions, functions, ribbon
from perfxl.addin.answer import Answer
from perfxl.assets import example_text, macros_dir
from perfxl.form import TargetForm
from perfxl.intake.cells import CellError
from perfxl.intake.grid import open_workbook
from perfxl.layout import FORM_SHEET, GUIDE_SHEET, LISTS_SHEET, RESULT_SHEET, RESULTS
from perfxl.marking import highlight
from perfxl.recognition import forms_of_grids
from perfxl.rules import check
from perfxl.template import Issuance, build

FRESH_CLICK = Path(__file__).parent / "engines" / "fresh_click.py"
WRONG = "产出指标 | 数量指标 | 制卡数量 | 全年制卡 | ≥ | 十几 | 张"
FIXABLE = """
    产出指标   | 数量指标           | 制卡数量␣      | 全年制作的社保卡 | ≥  | 469483 | 张
               | 质量指标           | 卡片合格率     | 合格卡占制卡数   | ＝ | 100    | 百分比
    效益指标   | 社会效益指标       | 持卡人口覆盖率 | 持卡人占参保人   | ≥  | 98     | %
    满意度指标 | 服务对象满意度指标 | 申领人员满意度 | 抽样调查         | ≥  | 95     | %
"""
MUTATED = 200
EDITING, GONE, BAD_INDEX = -2147418111, -2147023174, -2147352565


@pytest.fixture
def excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clicker:
    return clicker(OpenpyxlHost, tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def one_wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("forms") / "甲.xlsx", form(WRONG, other="5"))


def saved(path: Path, *forms: TargetForm) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(build(Issuance(), list(forms)))
    return path


def rows_of(host: OpenpyxlHost) -> list[list[object]]:
    """The entries of 校验结果, all columns, the hidden ones too."""
    last = max(host.used(RESULT_SHEET)[0], RESULTS.first_row)
    rows = host.read(RESULT_SHEET, (RESULTS.first_row, 1, last, len(RESULTS.columns)))
    return [row for row in rows if row[0] is not None]


def column(host: OpenpyxlHost, name: str) -> list[object]:
    return [row[RESULTS.index(name) - 1] for row in rows_of(host)]


def status(host: OpenpyxlHost) -> object:
    row, at = RESULTS.status_cell
    return host.read(RESULT_SHEET, (row, at, row, at))[0][0]


def cell(host: OpenpyxlHost, a1: str, sheet: str = FORM_SHEET) -> object:
    at = host.book[sheet][a1]
    return host.read(sheet, (at.row, at.column, at.row, at.column))[0][0]


def put(host: OpenpyxlHost, a1: str, value: object, sheet: str = FORM_SHEET) -> None:
    """What the clerk types meanwhile."""
    at = host.book[sheet][a1]
    host.write(sheet, (at.row, at.column, at.row, at.column), [[value]])


# -- the same findings as the command line


def test_the_nine_published_forms_are_listed_as_the_command_line_lists_them(excel: Clicker, tmp_path: Path) -> None:
    path = saved(tmp_path / "九张.xlsx", *published_forms().values())
    host = excel.open(path)
    shown = excel.click("validate_workbook")

    validated = validation.validate([path])
    copy = highlight(path, validated.checked[0].issues, to=tmp_path / "marked.xlsx")
    assert rows_of(host) == rows_of(OpenpyxlHost(str(copy)))
    assert shown.message.startswith(str(status(host)))
    assert len(rows_of(host)) > 50


def test_each_of_several_forms_is_checked_by_itself(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "三张.xlsx", *list(published_forms().values())[:3]))
    sheets = [name for name in host.sheet_names() if name not in (GUIDE_SHEET, RESULT_SHEET, LISTS_SHEET)]
    for sheet in sheets:
        host.activate(sheet)
        shown = excel.click("validate_form")
        assert set(column(host, "sheet")) - {None} == {sheet}
        assert f"只校验了当前工作表“{sheet}”。工作簿里另有 2 张" in shown.message


def test_two_hundred_mutated_forms_give_what_the_rules_give(excel: Clicker, tmp_path: Path) -> None:
    path = tmp_path / "空白.xlsx"
    path.write_bytes(build(Issuance()))
    blank = open_workbook(path).grid(FORM_SHEET)
    host = excel.open(path)
    host.activate(FORM_SHEET)
    for a1 in ("C4", "E4", "G4"):  # the forms made up know no number formats
        host.book[FORM_SHEET][a1].number_format = "General"
    maker, differing, compared = Maker("tianjin-2023", seed=5), [], 0
    written: list[str] = []
    for number in range(MUTATED):
        made = maker.form()
        set_directly(host, dict.fromkeys(written, None))
        set_directly(host, {a1: None if value == "" else value for a1, value in made.inputs.items()})
        written = list(made.inputs)
        excel.click("validate_form")
        forms, refused = forms_of_grids([grid_of(blank, made.inputs)], path.name)
        expected = [*refused, *check(forms)]
        compared += len(expected)
        if told(host) != sorted(as_told(issue) for issue in expected):
            differing.append((number, made, set(told(host)) ^ {as_told(issue) for issue in expected}))
    assert differing[:1] == []
    assert compared > 10 * MUTATED


def set_directly(host: OpenpyxlHost, inputs: dict[str, object]) -> None:
    """Values as they are, past Excel's reading of what is typed."""
    for a1, value in inputs.items():
        cell = host._values[FORM_SHEET][a1]
        cell.value = value.code if isinstance(value, CellError) else value
        cell.data_type = "e" if isinstance(value, CellError) else "s" if isinstance(value, str) else "n"


def told(host: OpenpyxlHost) -> list[tuple[str, ...]]:
    names = ("code", "cell", "severity", "message", "advice", "value")
    return sorted(tuple(str(row[RESULTS.index(name) - 1] or "") for name in names) for row in rows_of(host))


def as_told(issue) -> tuple[str, ...]:
    place = issue.at.a1 if issue.at else ""
    value = issue.value or ""
    return ("、".join(issue.codes), place, issue.severity.chinese, issue.message, issue.advice, value)


def test_an_ignored_finding_is_ignored_by_the_button_too(excel: Clicker, tmp_path: Path) -> None:
    """perfxl.toml beside the workbook holds for both doors."""
    path = saved(tmp_path / "季度" / "甲.xlsx", form(WRONG))
    (path.parent / "perfxl.toml").write_text('ignore = ["V13"]\n', encoding="utf-8")
    host = excel.open(path)
    excel.click("validate_form")
    assert "V13" not in column(host, "code")


@pytest.mark.parametrize("where", ["C17:C18", "A17:A19"])
def test_merged_cells_in_the_table_are_read_as_from_a_file(excel: Clicker, tmp_path: Path, where: str) -> None:
    path = saved(tmp_path / "甲.xlsx", form())
    book = openpyxl.load_workbook(path)
    book[FORM_SHEET].merge_cells(where)
    book.save(path)
    (checked,) = validation.validate([path]).checked
    host = excel.open(path)
    excel.click("validate_form")
    assert told(host) == sorted(as_told(issue) for issue in checked.issues)


# -- what the click costs and leaves alone


def test_the_form_is_read_in_one_block_and_never_written(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    host.select(FORM_SHEET, (20, 3, 21, 4))
    excel.desk.calculation = "manual"
    excel.click("validate_form")
    calls = excel.desk.calls
    assert calls.count(f"read {FORM_SHEET}") == 1
    assert {call for call in calls if call.startswith(("write", "clear", "copy", "link"))} == {
        f"{what} {RESULT_SHEET}" for what in ("write", "clear", "copy", "link")
    }
    assert (host.active, host.selection) == (FORM_SHEET, (20, 3, 21, 4))
    assert (excel.desk.calculation, excel.desk.calculated) == ("manual", 1)


def test_the_list_is_written_as_one_block_however_long_it_is(excel: Clicker, tmp_path: Path, one_wrong: Path) -> None:
    written = []
    for path in (one_wrong, saved(tmp_path / "四张.xlsx", *list(published_forms().values())[:4])):
        excel.open(path)
        excel.desk.calls.clear()
        excel.click("validate_workbook")
        written.append(excel.desk.calls.count(f"write {RESULT_SHEET}"))
    assert written == [4, 4]  # the list, the status, the number of entries, the mark of a marked copy


def test_a_click_imports_nothing_heavy(tmp_path: Path, one_wrong: Path) -> None:
    heavy = {"pandas", "numpy", "pydantic", "openpyxl", "lxml", "typer", "rich", "xlsxwriter", "polars", "docx"}
    heavy |= {"python_calamine", "zipfile", "email", "importlib.metadata", "importlib.resources", "unittest"}
    workbook = store(one_wrong, tmp_path / "form.json")
    ran = fresh_click(workbook, "validate_form", tmp_path)
    assert heavy & set(ran["modules"]) == set()
    assert {"xlwings", "perfxl.rules"} <= set(ran["modules"])
    assert [row[4] for row in ran["rows"]][-1] == "V13"


def test_what_was_hidden_from_xlwings_can_be_imported_afterwards() -> None:
    script = (
        "from perfxl.addin.excel import load_xlwings; import sys; load_xlwings();"
        "assert 'pandas' not in sys.modules; import pandas; print(pandas.DataFrame([1]).shape)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "(1, 1)"


def fresh_click(workbook: Path, command: str, folder: Path) -> dict:
    environment = {"PERFXL_EXCHANGE": str(folder), "PERFXL_LOG_FOLDER": str(folder), "PYTHONPATH": ".", "PATH": ""}
    ran = subprocess.run(
        [sys.executable, str(FRESH_CLICK), str(workbook), command],
        env=environment,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


# -- the list


def test_a_shorter_list_leaves_nothing_of_the_longer_one(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(WRONG)))
    excel.click("validate_form")
    before = len(rows_of(host))
    put(host, "F17", 12.0)
    excel.click("validate_form")
    assert 0 < len(rows_of(host)) < before
    last = host.book[RESULT_SHEET].cell(RESULTS.first_row + before - 1, RESULTS.index("cell"))
    assert last.value is None and last.hyperlink is None


def test_links_of_a_copy_that_finance_marked_lead_no_longer_astray(
    excel: Clicker, tmp_path: Path, one_wrong: Path
) -> None:
    (checked,) = validation.validate([one_wrong]).checked
    host = excel.open(highlight(one_wrong, checked.issues, to=tmp_path / "退回.xlsx"))
    put(host, "E4", "505")
    excel.click("validate_form")
    sheet = host.book[RESULT_SHEET]
    linked = {row: sheet.cell(row, 3).hyperlink for row in range(RESULTS.first_row, RESULTS.first_row + 30)}
    assert {row: link.location for row, link in linked.items() if link is not None} == {
        row: f"'{FORM_SHEET}'!{a1}" for row, a1 in enumerate(column(host, "cell"), RESULTS.first_row) if a1
    }


@pytest.mark.parametrize("text", ["=1+1", "1-2", "007", "50%", "'引号", "@用户", "-"])
def test_a_text_is_listed_as_it_was_typed(excel: Clicker, tmp_path: Path, text: str) -> None:
    """Excel would make a formula, a date or a number of it."""
    host = excel.open(saved(tmp_path / "甲.xlsx", form(f"产出指标 | 数量指标 | {text} | {text} | ≥ | 十几 | 张")))
    put(host, "C17", text if host.book[FORM_SHEET]["C17"].number_format == "@" else f"'{text}")
    typed = cell(host, "C17")
    excel.click("validate_form")
    assert typed in column(host, "value")
    assert not any(str(value).startswith("=") for row in rows_of(host) for value in row if value != text)


def test_a_very_long_text_does_not_make_excel_refuse_the_block(excel: Clicker, tmp_path: Path) -> None:
    text = "长" * 20_000
    host = excel.open(saved(tmp_path / "甲.xlsx", form(WRONG, purpose="用于××")))
    set_directly(host, {"C17": "××" + text})
    excel.click("validate_form")
    assert "××" + text in column(host, "compared")


def test_clearing_empties_the_list(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    excel.click("validate_form")
    assert rows_of(host)
    shown = excel.click("clear_highlights")
    assert (shown.kind, rows_of(host), status(host)) == ("status", [], "尚未校验。")


# -- from one to the next


def test_next_and_previous_go_round_the_list(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    host.activate(FORM_SHEET)
    excel.click("validate_form")
    places = list(dict.fromkeys(column(host, "cell")))

    def after(command: str) -> object:
        excel.click(command)
        return openpyxl.utils.cell.coordinate_from_string(host.book[FORM_SHEET].cell(*host.selection[:2]).coordinate)

    seen = ["".join(map(str, after("next_issue"))) for _ in range(len(places) + 1)]
    assert seen == [*places, places[0]]
    assert "".join(map(str, after("previous_issue"))) == places[-1]


def test_next_goes_on_from_where_the_clerk_stands(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    excel.click("validate_form")
    host.select(FORM_SHEET, (16, 5, 16, 5))
    shown = excel.click("next_issue")
    assert host.selection[:2] == (17, 6)
    assert shown.kind == "status" and "F17" in shown.message and "十几" in shown.message
    assert len(shown.message) <= 250


def test_without_a_list_next_says_what_to_do(excel: Clicker, one_wrong: Path) -> None:
    excel.open(one_wrong)
    assert "请先点“校验”" in excel.click("next_issue").message


@pytest.mark.parametrize(("sheet", "at"), [(FORM_SHEET, (17, 6)), (RESULT_SHEET, None)])
def test_the_rule_of_the_selected_finding_is_explained(excel: Clicker, one_wrong: Path, sheet, at) -> None:
    host = excel.open(one_wrong)
    excel.click("validate_form")
    row, place = at or (RESULTS.first_row + column(host, "code").index("V13"), 5)
    host.select(sheet, (row, place, row, place))
    shown = excel.click("explain_rule")
    assert shown.message.startswith("V13") and "依据" in shown.message


def test_a_cell_without_finding_has_no_rule_to_explain(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    excel.click("validate_form")
    host.select(FORM_SHEET, (40, 2, 40, 2))
    assert "选中一个变红或变橙的单元格" in excel.click("explain_rule").message


# -- corrections and their undoing


def test_corrections_are_shown_before_they_are_made_and_can_be_taken_back(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    cells = ("C17", "E18", "G18")
    before = [cell(host, a1) for a1 in cells]

    asked = excel.click("fix_form")
    assert (asked.kind, asked.then) == ("ask", "apply_fixes")
    assert [cell(host, a1) for a1 in cells] == before
    assert "C17　“制卡数量 ” → “制卡数量”" in asked.message

    excel.click(asked.then)
    assert [cell(host, a1) for a1 in cells] == ["制卡数量", "=", "%"]
    assert not {"N01", "V02", "V03"} & set(column(host, "code"))

    assert "已恢复 3 格" in excel.click("undo_fixes").message
    assert [cell(host, a1) for a1 in cells] == before
    assert "没有可以撤销的修正" in excel.click("undo_fixes").message


def test_two_corrections_are_taken_back_one_after_the_other(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    excel.click("apply_fixes")
    put(host, "C18", "卡片合格率　")
    excel.click("apply_fixes")
    assert cell(host, "C18") == "卡片合格率"
    excel.click("undo_fixes")
    assert (cell(host, "C18"), cell(host, "E18")) == ("卡片合格率　", "=")
    excel.click("undo_fixes")
    assert cell(host, "E18") == "＝"


def test_what_was_typed_since_stays_when_a_correction_is_taken_back(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    excel.click("apply_fixes")
    put(host, "C17", "发卡数量")
    shown = excel.click("undo_fixes")
    assert (cell(host, "C17"), cell(host, "E18")) == ("发卡数量", "＝")
    assert "1 格在修正之后又改过，没有动" in shown.message


def test_a_workbook_saved_under_another_name_can_still_take_corrections_back(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    excel.click("apply_fixes")
    again = excel.open(host.save(tmp_path / "乙.xlsx"))
    assert "已恢复 3 格" in excel.click("undo_fixes").message
    assert cell(again, "E18") == "＝"


def test_another_workbook_is_not_changed_by_undoing(excel: Clicker, tmp_path: Path) -> None:
    excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    excel.click("apply_fixes")
    other = excel.open(saved(tmp_path / "乙.xlsx", form()))
    before = cell(other, "C17")
    assert "没有可以撤销的修正" in excel.click("undo_fixes").message
    assert cell(other, "C17") == before


def test_a_locked_cell_is_told_and_the_others_are_corrected(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    host.book[FORM_SHEET]["E18"].protection = openpyxl.styles.Protection(locked=True)
    shown = excel.click("apply_fixes")
    assert "1 格 Excel 不让改，请自己改" in shown.message and "E18" in shown.message
    assert (cell(host, "E18"), cell(host, "G18")) == ("＝", "%")


def test_nothing_is_changed_when_the_texts_before_cannot_be_kept(
    excel: Clicker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("APPDATA", str(tmp_path / "file"))
    shown = excel.click("apply_fixes")
    assert shown.kind == "error" and "写不进去" in shown.message
    assert cell(host, "E18") == "＝"


def test_a_text_under_a_number_format_is_put_back_as_text(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    host.book[FORM_SHEET]["C17"].number_format = "General"
    set_directly(host, {"C17": "007 "})
    excel.click("apply_fixes")
    assert cell(host, "C17") == "007"


def test_a_sound_form_has_nothing_to_correct(excel: Clicker, tmp_path: Path) -> None:
    excel.open(saved(tmp_path / "甲.xlsx", form()))
    assert excel.click("fix_form").kind == "info"


def test_a_formula_is_never_corrected(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(FIXABLE)))
    host.book[FORM_SHEET]["C17"].value = '="制卡数量 "'
    assert "C17" not in excel.click("fix_form").message


# -- the buttons that need no form


def test_a_new_form_goes_where_the_clerk_says_and_replaces_nothing(excel: Clicker, tmp_path: Path) -> None:
    excel.open(saved(tmp_path / "甲.xlsx", form()))
    folder = tmp_path / "新 表&'="
    folder.mkdir()
    asked = excel.click("new_form")
    assert (asked.kind, asked.then) == ("folder", "create_form")
    for name in ("绩效目标表.xlsx", "绩效目标表(2).xlsx"):
        excel.pick(folder)
        assert str(folder / name) in excel.click("create_form").message
        assert excel.desk.hosts[0].fullname == str(folder / name)


def test_a_folder_is_consolidated_with_progress_and_opened(excel: Clicker, tmp_path: Path) -> None:
    folder = tmp_path / "收到"
    for number, one in enumerate(published_forms().values()):
        saved(folder / f"{number}.xlsx", one)
    excel.open(saved(tmp_path / "甲.xlsx", form()))
    excel.pick(folder)
    excel.click(excel.click("consolidate").then)
    assert (excel.desk.hosts[0].name, (folder / "总台账.xlsx").exists()) == ("总台账.xlsx", True)
    assert any("第 9 个，共 9 个" in str(words) for words in excel.desk.status)
    assert excel.desk.status[-1] is False


def test_consolidating_goes_on_while_excel_is_too_busy_to_listen(excel: Clicker, tmp_path: Path) -> None:
    folder = tmp_path / "收到"
    saved(folder / "甲.xlsx", form())
    excel.desk.trouble = ComError(EDITING)
    excel.pick(folder)
    shown = excel.click("consolidate_folder")
    assert (folder / "总台账.xlsx").exists()
    assert shown.kind in ("info", "warning")


def test_consolidating_a_folder_without_forms_says_so(excel: Clicker, tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    excel.pick(tmp_path / "空")
    assert excel.click("consolidate_folder").kind == "error"


def test_picking_nothing_does_nothing(excel: Clicker) -> None:
    for command in ("create_form", "consolidate_folder", "import_files"):
        assert "没有选中" in excel.click(command).message


def test_documents_are_imported_beside_themselves(excel: Clicker, tmp_path: Path) -> None:
    text = shutil.copy(example_text(), tmp_path / "公开.txt")
    other = tmp_path / "坏.txt"
    other.write_bytes(b"\xff\xfe\x00")
    excel.pick(Path(text), other)
    shown = excel.click(excel.click("import_forms").then)
    assert "导入了 9 张表" in shown.message and "1 处没有导入" in shown.message
    assert len(list((tmp_path / "导入的绩效目标表").glob("*-*.xlsx"))) == 9
    assert "导入报告.xlsx" in shown.message


def test_the_doctor_and_the_settings_answer_without_a_workbook(excel: Clicker) -> None:
    assert "共" in excel.click("doctor").message
    assert "addin.ini" in excel.click("settings").message


# -- bad cases


def plain_workbook(path: Path, *sheets: str) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "预算明细"
    for name in sheets:
        book.create_sheet(name)
    book.save(path)
    return path


def test_no_workbook_at_all(excel: Clicker) -> None:
    shown = excel.click("validate_form")
    assert (shown.kind, "请先打开要处理的绩效目标表" in shown.message) == ("error", True)


def test_no_form_in_the_workbook(excel: Clicker, tmp_path: Path) -> None:
    excel.open(plain_workbook(tmp_path / "预算.xlsx"))
    for command in ("validate_form", "validate_workbook", "fix_form"):
        shown = excel.click(command)
        assert shown.kind == "error" and "里没有绩效目标表" in shown.message and "新建表单" in shown.message


def test_several_forms_and_none_of_them_in_front(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "两张.xlsx", form(sheet="甲项目"), form(sheet="乙项目", key="F02")))
    host.activate(GUIDE_SHEET)
    shown = excel.click("validate_form")
    assert shown.kind == "error" and "请先点到要校验的那张" in shown.message
    assert all(f"“{name}”" in shown.message for name in host.sheet_names() if "绩效" in name or "项目" in name)


def test_one_form_is_meant_whatever_sheet_is_in_front(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    host.activate(RESULT_SHEET)
    excel.click("validate_form")
    assert "V13" in column(host, "code")


def test_a_form_on_a_renamed_sheet(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    for book in (host.book, host._values):
        book[FORM_SHEET].title = "社保卡'项目"
    excel.click("validate_form")
    assert set(column(host, "sheet")) == {"社保卡'项目"}
    link = host.book[RESULT_SHEET].cell(RESULTS.first_row, RESULTS.index("cell")).hyperlink
    assert link.location.startswith("'社保卡''项目'!")


def test_a_form_of_another_version(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    set_directly(host, {"N2": "9"})
    shown = excel.click("validate_form")
    assert "模板版本是“9”" in shown.message and "请换用本批次下发的模板" in shown.message


def test_a_form_with_rows_inserted(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    host._values[FORM_SHEET].insert_rows(5)
    shown = excel.click("validate_form")
    assert "里插入了 1 行，如第5行" in shown.message
    assert "V13" in column(host, "code")


@pytest.mark.parametrize("name", [None, "校验结果 (2)"])
def test_without_the_results_sheet_the_findings_are_told_in_words(excel: Clicker, one_wrong: Path, name) -> None:
    host = excel.open(one_wrong)
    for book in (host.book, host._values):
        if name is None:
            del book[RESULT_SHEET]
        else:
            book[RESULT_SHEET].title = name
    shown = excel.click("validate_form")
    assert shown.kind == "warning" and "没有标注" in shown.message and "请改回“校验结果”" in shown.message
    assert "C4 （A01）" in shown.message
    assert "没有可以清除的标注" in excel.click("clear_highlights").message


def test_a_results_sheet_that_is_somebody_elses_is_not_written(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    put(host, "A5", "我的笔记", RESULT_SHEET)
    excel.click("validate_form")
    assert rows_of(host) == [] and cell(host, "A5", RESULT_SHEET) == "我的笔记"


def test_a_results_sheet_that_is_protected(excel: Clicker, one_wrong: Path) -> None:
    host = excel.open(one_wrong)
    host.book[RESULT_SHEET].protection.sheet = True
    shown = excel.click("validate_form")
    assert shown.kind == "error" and "“校验结果”表是否被保护" in shown.message


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"ReadOnly": True}, "只读打开"),
        ({"MultiUserEditing": True}, "多人共享编辑"),
        ({"Path": False}, "还没有保存过"),
        ({}, ""),
    ],
    ids=["read-only", "shared", "never saved", "nothing to say"],
)
def test_a_workbook_whose_marks_may_be_lost_is_checked_with_a_word_of_caution(
    excel: Clicker, one_wrong: Path, flags: dict[str, bool], words: str
) -> None:
    host = excel.open(one_wrong, **flags)
    shown = excel.click("validate_form")
    assert rows_of(host)
    assert words in shown.message and ("注意：" in shown.message) == bool(words)


@pytest.mark.parametrize("folder", ["Temp1_报送.zip", "Rar$DIa0.123"])
def test_a_workbook_opened_inside_an_archive(excel: Clicker, one_wrong: Path, tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "甲.xlsx"
    path.parent.mkdir()
    excel.open(shutil.copy(one_wrong, path), ReadOnly=True)
    assert "请先把文件解压到文件夹" in excel.click("validate_form").message


def test_a_workbook_in_protected_view(excel: Clicker, one_wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    excel.open(one_wrong)
    monkeypatch.setenv("PERFXL_PROTECTED_VIEW", "1")
    shown = excel.click("validate_form")
    assert shown.kind == "error" and "启用编辑" in shown.message


@pytest.mark.parametrize(
    ("number", "words"),
    [(EDITING, "请按回车（或 Esc）结束编辑"), (GONE, "请重新打开 Excel"), (BAD_INDEX, "没有打开的工作簿")],
    ids=["a cell in edit mode", "Excel is gone", "closed since"],
)
def test_an_excel_that_does_not_answer(excel: Clicker, one_wrong: Path, number: int, words: str) -> None:
    excel.open(one_wrong)
    excel.desk.trouble = ComError(number)
    for command in ("validate_form", "next_issue", "apply_fixes"):
        shown = excel.click(command)
        assert shown.kind == "error" and words in shown.message


def test_a_failure_nobody_thought_of_is_logged_and_told_in_words(excel: Clicker, one_wrong: Path) -> None:
    excel.open(one_wrong)
    excel.desk.trouble = RuntimeError("boom 越权")
    shown = excel.click("validate_form")
    assert shown.kind == "error" and "记录" in shown.message and "boom" not in shown.message
    assert "RuntimeError: boom 越权" in (excel.logs / "perfxl.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(("addin", "runs"), [("99.0.0", False), ("0.0.1", True), (__version__, True), ("未知", True)])
def test_a_perfxl_older_than_the_add_in(
    excel: Clicker, one_wrong: Path, monkeypatch: pytest.MonkeyPatch, addin: str, runs: bool
) -> None:
    excel.open(one_wrong)
    monkeypatch.setenv("PERFXL_ADDIN_VERSION", addin)
    shown = excel.click("validate_form")
    assert ("本次校验" in shown.message) == runs
    assert runs or "perfxl addin install" in shown.message


@pytest.mark.parametrize(
    "name", ["表 (终稿) [1].xlsx", "a&b'c%20.xlsx", "x=1=2.xlsx", "=A1.xlsx", " 甲 .xlsx", "🀄表.xlsx"]
)
def test_awkward_names(excel: Clicker, one_wrong: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "目录 & '50%' =越权"
    folder.mkdir()
    host = excel.open(shutil.copy(one_wrong, folder / name))
    assert excel.click("validate_form").message.startswith("本次校验")
    assert "V13" in column(host, "code")
    assert {row[0].value for row in host.book[RESULT_SHEET]["A6:A7"]} == {1.0, 2.0}


def test_sheets_that_would_command_xlwings_are_ignored(excel: Clicker, one_wrong: Path, tmp_path: Path) -> None:
    path = tmp_path / "甲.xlsx"
    book = openpyxl.load_workbook(one_wrong)
    for name in ("perfxl.conf", "xlwings.conf", "_xlwings.conf", "x.py"):
        sheet = book.create_sheet(name)
        sheet.append(["Interpreter_Win", r"C:\evil.exe"])
        sheet.append(["import os; os.mkdir('越权')"])
    book.save(path)
    host = excel.open(path)
    host.activate(FORM_SHEET)
    excel.click("validate_form")
    assert "V13" in column(host, "code")
    assert [one.name for one in tmp_path.iterdir() if one.name == "越权"] == []


# -- the protocol


def test_every_command_of_the_ribbon_exists() -> None:
    source = (macros_dir() / "perfxl_ribbon.bas").read_text(encoding="ascii")
    assert set(re.findall(r'PerfxlRun "(\w+)"', source)) <= set(actions.COMMANDS)


@pytest.mark.parametrize("name", actions.COMMANDS)
def test_every_command_has_its_function(name: str) -> None:
    assert actions.command(name).__name__ == name


def test_an_unknown_command_is_told_in_words(excel: Clicker) -> None:
    assert "版本不一致" in excel.click("__import__").message


@pytest.mark.parametrize(("kind", "room"), [("info", 1000), ("status", 250)])
def test_a_long_message_is_cut_to_what_can_be_shown(kind: str, room: int) -> None:
    lines = Answer(kind, "长" * 3000).encoded().decode("utf-16").split("\r\n")
    assert lines == ["perfxl 1", kind, "", "长" * (room - 1) + "…"]
    assert Answer("ask", "改？\n真的？", then="apply_fixes").encoded().decode("utf-16").split("\r\n")[1:] == [
        "ask",
        "apply_fixes",
        "改？",
        "真的？",
    ]


def test_an_exchange_folder_that_is_gone_gives_exit_code_1(excel: Clicker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFXL_EXCHANGE", str(excel.folder / "gone"))
    assert ribbon.main(["settings"]) == 1
    assert "FileNotFoundError" in (excel.logs / "perfxl.log").read_text(encoding="utf-8")


def test_the_log_does_not_grow_for_ever(excel: Clicker) -> None:
    excel.logs.mkdir()
    (excel.logs / "perfxl.log").write_bytes(b"x" * 1_000_001)
    excel.click("settings")
    assert (excel.logs / "perfxl.log").stat().st_size < 10_000
    assert (excel.logs / "perfxl.old.log").stat().st_size == 1_000_001


# -- worksheet functions


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("≥95百分比", ["≥", 95.0, "%"]),
        ("不超过10.65元/张", ["≤", 10.65, "元/张"]),
        (95.0, ["", 95.0, ""]),
        ("效果良好", ["", "", ""]),
        (None, ["", "", ""]),
    ],
)
def test_a_value_is_taken_apart(text: object, parts: list[object]) -> None:
    assert functions.指标解析(text) == parts


def test_rows_are_checked_each_by_itself() -> None:
    rows = [
        ["产出指标", "数量指标", "制卡数量", "全年制作的社保卡", "≥", 469483.0, "张"],
        [None, "数量指标", "发卡数量", "全年发放的社保卡", "≥", "十几", "张"],
    ]
    (sound,), (wrong,) = functions.指标检查(rows)
    assert sound == "" and "没有量化" in wrong
    assert "请选 7 列" in functions.指标检查([["产出指标"]])[0][0]


@pytest.mark.parametrize(
    ("value", "units", "result"),
    [
        (854.1, ("万元", "元"), 8541000.0),
        ("1,000", ("元", "万元"), 0.1),
        ("五百", ("元", "万元"), "不是一个金额"),
        (1.0, ("美元", "元"), "不认识的金额单位"),
    ],
)
def test_amounts_are_converted(value: object, units: tuple[str, str], result: float | str) -> None:
    converted = functions.金额换算(value, *units)
    assert converted == result or (isinstance(result, str) and str(converted).startswith(result))
