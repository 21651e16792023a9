"""The form in a live headless LibreOffice: what a clerk meets while typing, pasting, dragging, and on its return.

Typing goes through the dispatcher, as from a keyboard: values set through the API would pass protection by.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from office.driver import Document, Office
from perfxl.intake.grid import open_workbook
from perfxl.issue import Issue
from perfxl.marking import clear, highlight
from perfxl.reading import read_forms
from perfxl.rules import check
from perfxl.template import DEFAULT_PASSWORD, Issuance, build

SHEET = "绩效目标表"
STATUS = "I1"
RED, AMBER = "#FFC7CE", "#FFE4B5"


@pytest.fixture
def blank(office: Office, tmp_path: Path) -> Iterator[Document]:
    path = tmp_path / "blank.xlsx"
    path.write_bytes(build())
    with office.open(path) as document:
        yield document


def published(number: str, tmp_path: Path, example: Path) -> Path:
    """A published form as a filled workbook."""
    form = next(form for form in read_forms(example).forms if form.project_no.text == number)
    path = tmp_path / f"{number}.xlsx"
    path.write_bytes(build(Issuance(), [form]))
    return path


def hint(document: Document, row: int) -> str:
    return document.get(SHEET, f"I{row}").shown


def status(document: Document) -> str:
    return document.get(SHEET, STATUS).shown


def type_all(document: Document, cells: dict[str, str]) -> None:
    for cell, text in cells.items():
        document.type_into(SHEET, cell, text)
        # A number typed into an amount is shown with its decimals.
        assert document.get(SHEET, cell).shown.removesuffix(".00") == text, f"{cell} refused {text!r}"


HEAD = {
    "B2": "353302",
    "D2": "天津市社会保险基金管理中心",
    "B3": "社保卡制卡工本费",
    "C4": "500",
    "E4": "500",
    "B5": "保障社保卡制卡。",
    "B6": "1.保障供应。",
}
ROW_17 = {"A17": "产出指标", "B17": "数量指标", "C17": "制卡数量", "E17": "≥", "F17": "469483", "G17": "张"}


def test_the_unfilled_form_shows_no_mistake(blank):
    assert "必须修改" not in status(blank)
    assert [hint(blank, row) for row in (2, 3, 4, 5, 6, 17, 76)] == [""] * 7


@pytest.mark.parametrize("cell", ["A1", "A2", "G2", "A15", "I17", "O17", "N6"])
def test_a_locked_cell_refuses_typing(blank, cell):
    assert not blank.type_into(SHEET, cell, "x")


@pytest.mark.parametrize("cell", ["B2", "D2", "B3", "G3", "C4", "B5", "B14", "A17", "G76", "J17", "L2", "L6"])
def test_an_input_cell_accepts_typing(blank, cell):
    assert blank.type_into(SHEET, cell, "1")


def test_the_title_follows_the_project_name(blank):
    type_all(blank, {"B3": "社保卡制卡工本费"})

    assert blank.get(SHEET, "A1").shown == "社保卡制卡工本费绩效目标表"


def test_the_list_of_second_levels_follows_the_first_level_carried_down(blank):
    type_all(blank, {"A17": "产出指标", "A20": "效益指标"})

    assert blank.evaluate_list(SHEET, "B17") == ["数量指标", "质量指标", "时效指标", "成本指标"]
    assert blank.evaluate_list(SHEET, "B19") == blank.evaluate_list(SHEET, "B17")
    assert blank.evaluate_list(SHEET, "B22") == ["经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标"]


def test_where_no_first_level_holds_the_list_offers_every_second_level(blank):
    assert len(blank.evaluate_list(SHEET, "B17")) == 9


@pytest.mark.parametrize(
    ("cell", "type_", "alert"),
    [
        ("A17", "LIST", "STOP"),
        ("B17", "LIST", "STOP"),
        ("E17", "LIST", "STOP"),
        ("G17", "LIST", "WARNING"),
        ("C4", "DECIMAL", "STOP"),
    ],
)
def test_the_drop_downs_block_or_warn_for_real(blank, cell, type_, alert):
    validation = blank.validation(SHEET, cell)

    assert (validation.type, validation.alert) == (type_, alert)
    assert validation.prompt is not None


@pytest.mark.parametrize("text", ["100%", "1-2", "001", "2023.10", "=1+1", "1e3"])
def test_a_value_stays_as_it_was_typed(blank, text):
    blank.type_into(SHEET, "F17", text)

    assert (blank.get(SHEET, "F17").kind, blank.get(SHEET, "F17").shown) == ("text", text)


def test_hints_and_count_follow_what_is_typed(blank):
    type_all(blank, {"B3": "社保卡制卡工本费"})
    assert "S01" in hint(blank, 2)
    assert "S01" in hint(blank, 4)
    assert "必须修改" in status(blank)

    type_all(blank, HEAD | ROW_17)
    assert [hint(blank, row) for row in (2, 3, 4, 5, 17)] == [""] * 5
    assert "效益指标" in hint(blank, 16)  # one row is not a whole form
    assert "还有 1 处必须修改" in status(blank)
    assert "先看第16行" in status(blank)


def test_a_second_level_under_the_wrong_first_level_is_told(blank):
    type_all(blank, HEAD | ROW_17 | {"B17": "社会效益指标"})
    assert "T03" in hint(blank, 17)

    type_all(blank, {"A17": "效益指标"})
    assert "T03" not in hint(blank, 17)


def test_a_budget_that_does_not_add_up_is_told(blank):
    type_all(blank, HEAD | {"E4": "400"})
    assert "A01" in hint(blank, 4)

    type_all(blank, {"G4": "100"})
    assert "A01" not in hint(blank, 4)


@pytest.mark.parametrize(("missing", "code"), [("B17", "S08"), ("C17", "S08"), ("F17", "S08"), ("A17", "S08")])
def test_a_row_that_lacks_a_cell_is_told(blank, missing, code):
    cells = {cell: text for cell, text in ROW_17.items() if cell != missing}
    if missing == "F17":
        cells = {cell: text for cell, text in cells.items() if cell not in ("E17", "G17")}
    type_all(blank, HEAD | cells)

    assert code in hint(blank, 17)


@pytest.mark.parametrize("cell", ["E17", "F17", "G17"])
def test_a_value_pasted_whole_into_any_one_of_its_cells_is_right(blank, cell):
    type_all(blank, HEAD | {"A17": "产出指标", "B17": "质量指标", "C17": "合格率", cell: "≥95百分比"})

    assert hint(blank, 17) == ""


def test_a_long_objective_asks_for_a_taller_row(blank):
    type_all(blank, {"B6": "1.保障供应。"})
    assert "拉高" not in hint(blank, 6)

    type_all(blank, {"B6": "1." + "保障社保卡供应" * 40})
    assert "拉高" in hint(blank, 6)


def test_an_error_value_does_not_silence_the_hint(blank):
    type_all(blank, HEAD | ROW_17)
    blank.type_into(SHEET, "C17", "=1/0")

    assert "错误值" in hint(blank, 17)


@pytest.mark.parametrize(("target", "password"), [(SHEET, DEFAULT_PASSWORD), ("填报说明", DEFAULT_PASSWORD)])
def test_the_protection_opens_with_its_password_only(blank, target, password):
    assert not blank.unprotect(target, "wrong")
    assert blank.unprotect(target, password)


def test_the_structure_is_locked(tmp_path):
    path = tmp_path / "blank.xlsx"
    path.write_bytes(build())
    workbook = open_workbook(path).package.read("xl/workbook.xml").decode()

    assert 'lockStructure="1"' in workbook
    assert 'workbookAlgorithmName="SHA-512"' in workbook


# -- pasting and dragging


@pytest.fixture
def last_years_sheet(office, tmp_path) -> Iterator[Document]:
    """A sheet of somebody else's, from which clerks paste: locked cells, no lists, no formats of ours."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "旧表"
    for row in (
        ["产出指标", "数量指标", "制卡数量", "制卡数量", None, "≥469483张", None],
        [None, "社会效益指标", "持卡人受益", "持卡人受益", None, "100%", None],
    ):
        book.active.append(row)
    path = tmp_path / "old.xlsx"
    book.save(path)
    with office.open(path) as document:
        yield document


def test_pasted_cells_are_still_typable_and_checked(blank, last_years_sheet):
    type_all(blank, HEAD)

    last_years_sheet.copy_paste("旧表", "A1:G2", blank, SHEET, "A17")

    assert blank.get(SHEET, "C17").shown == "制卡数量"
    assert hint(blank, 17) == ""
    assert "T03" in hint(blank, 18)
    type_all(blank, {"B18": "数量指标"})
    assert "T03" not in hint(blank, 18)
    assert "V01" in hint(blank, 18)


def test_a_cell_moved_by_cut_and_paste_is_checked_where_it_now_stands(blank):
    type_all(blank, HEAD | ROW_17)
    assert hint(blank, 17) == ""

    blank.cut_paste(SHEET, "C17", SHEET, "C18")

    assert "S08" in hint(blank, 17)
    assert "S08" in hint(blank, 18)
    type_all(blank, {"C17": "制卡数量"})
    assert hint(blank, 17) == ""


def test_after_dragging_a_whole_row_both_places_are_checked_and_typable(blank):
    type_all(blank, HEAD | ROW_17)

    blank.cut_paste(SHEET, "A17:G17", SHEET, "A20")

    assert (hint(blank, 17), hint(blank, 20)) == ("", "")
    type_all(blank, {"A17": "产出指标", "B20": "社会效益指标"})
    assert "S08" in hint(blank, 17)
    assert "T03" in hint(blank, 20)


# -- returned forms


def marked(number: str, tmp_path: Path, example: Path) -> tuple[Path, tuple[Issue, ...]]:
    path = published(number, tmp_path, example)
    reading = read_forms(path)
    issues = tuple(check(reading.forms))
    highlight(path, issues, forms=reading.forms)
    return path, issues


def lit(document: Document, sheet: str = SHEET) -> dict[str, str]:
    return {cell: colour for cell, colour in document.backgrounds(sheet).items() if colour in (RED, AMBER)}


@pytest.mark.parametrize("number", ["98", "99", "100", "103"])
def test_errors_light_up_red_and_warnings_amber(office, tmp_path, example, number):
    path, issues = marked(number, tmp_path, example)
    expected: dict[str, str] = {}
    for issue in issues:
        if issue.severity != "info":
            colour = RED if issue.severity == "error" else AMBER
            expected[issue.at.a1] = RED if RED in (colour, expected.get(issue.at.a1)) else AMBER

    with office.open(path) as document:
        assert lit(document) == expected


def test_a_corrected_cell_goes_dark_and_reads_as_changed(office, tmp_path, example):
    path, issues = marked("99", tmp_path, example)
    returned = len({issue.at for issue in issues if issue.severity != "info"})
    with office.open(path) as document:
        assert lit(document)["G18"] == RED
        assert f"退回 {returned} 处，已改 0 处" in status(document)
        assert "【退回】" in hint(document, 18)
        assert "单位" in hint(document, 18)

        type_all(document, {"G18": "元", "E18": "≤"})

        assert "G18" not in lit(document)
        assert f"退回 {returned} 处，已改 2 处" in status(document)
        assert "已改待核" in hint(document, 18)
        assert "【退回】" not in hint(document, 18)
        assert "【退回】" in hint(document, 19)


def test_a_cell_put_back_to_what_was_wrong_lights_up_again(office, tmp_path, example):
    path, _ = marked("99", tmp_path, example)
    with office.open(path) as document:
        type_all(document, {"G18": "元"})
        type_all(document, {"G18": "万元"})

        assert lit(document)["G18"] == RED


def test_after_clear_nothing_is_lit(office, tmp_path, example):
    path, _ = marked("99", tmp_path, example)
    clear(path)

    with office.open(path) as document:
        assert lit(document) == {}
        assert "退回" not in status(document)
        assert "【" not in hint(document, 18)


def test_marks_show_in_a_workbook_that_libreoffice_saved_before(office, tmp_path, example):
    """Its cached values are older than the marks: they must be worked out on opening."""
    saved = office.resave(published("99", tmp_path, example), tmp_path / "saved.xlsx")
    reading = read_forms(saved)
    highlight(saved, check(reading.forms), forms=reading.forms)

    with office.open(saved) as document:
        assert lit(document)["G18"] == RED
        assert f"退回 {len(lit(document))} 处，已改 0 处" in status(document)
        assert "【退回】" in hint(document, 18)


def test_each_form_of_a_workbook_lights_its_own_cells(office, tmp_path, example):
    forms = [form for form in read_forms(example).forms if form.project_no.text in ("99", "103")]
    path = tmp_path / "two.xlsx"
    path.write_bytes(build(Issuance(), forms))
    reading = read_forms(path)
    issues = tuple(check(reading.forms))
    highlight(path, issues, forms=reading.forms)

    with office.open(path) as document:
        first, second = (lit(document, form.sheet) for form in reading.forms)
    errors = {(issue.at.sheet, issue.at.a1) for issue in issues if issue.severity == "error"}
    assert errors == {("绩效目标表-1", "G18"), ("绩效目标表-2", "F20")}
    assert first["G18"] == RED
    assert "G18" not in second
    assert second["F20"] == RED
    assert "F20" not in first


def test_pasting_over_a_returned_cell_leaves_the_message_beside_it(office, tmp_path, example, last_years_sheet):
    path, _ = marked("103", tmp_path, example)
    with office.open(path) as document:
        assert "【退回】" in hint(document, 20)
        last_years_sheet.copy_paste("旧表", "C1", document, SHEET, "C20")
        assert "【退回】" in hint(document, 20)
        last_years_sheet.copy_paste("旧表", "F1", document, SHEET, "F20")
        assert "已改待核" in hint(document, 20)
