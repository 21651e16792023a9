"""The buttons over a workbook that is open in a live LibreOffice, down to the colour of the cell.

LibreOffice can't tell an empty text from a blank cell, and has no shared workbooks, protected view or edit mode of Excel's
kind: what hangs on those is tested over the quick engine only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines.clicks import Clicker, Shown, clicker
from engines.engine import ERROR_NUMBERS
from engines.office_host import EngineOffice, OfficeHost
from forms import form, published_forms

from office.addins import RECORDER, addin_with
from office.driver import Document
from office.generated import Maker, blocks, grid_of
from office.test_addin_ribbon import COMMANDS
from perfxl import validation
from perfxl.assets import example_text
from perfxl.form import TargetForm
from perfxl.intake.cells import CellError, CellValue, Grid
from perfxl.intake.grid import open_workbook
from perfxl.intake.number import Number, show_number
from perfxl.issue import Issue
from perfxl.layout import FORM_SHEET, LATEST, RESULT_SHEET, RESULTS
from perfxl.marking import highlight
from perfxl.recognition import forms_of_grids
from perfxl.rules import check
from perfxl.template import DEFAULT_PASSWORD, Issuance, build

RED = "#FFC7CE"
FEW, MUTATED = 10, 200
WRONG = "产出指标 | 数量指标 | 制卡数量␣ | 全年制卡 | ≥ | 十几 | 张"
MARKED = {"C4", "F17", "A15"}


@pytest.fixture(scope="module")
def engine_office(office: object) -> Iterator[EngineOffice]:
    """A LibreOffice of its own, with the engine's worker; ``office`` says whether there is one at all."""
    live = EngineOffice()
    yield live
    live.stop()


@pytest.fixture
def excel(engine_office: EngineOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clicker]:
    clicking = clicker(lambda path: OfficeHost(engine_office, path), tmp_path, monkeypatch)
    yield clicking
    for host in clicking.desk.hosts:
        assert isinstance(host, OfficeHost)
        host.document.__exit__(None, None, None)


@pytest.fixture(scope="module")
def recording(engine_office: EngineOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    """The add-in with a launcher that writes the command into C1, in the same LibreOffice as the forms."""
    with engine_office.open_with_macros(addin_with(RECORDER, tmp_path_factory.mktemp("macros"))) as document:
        yield document


def saved(path: Path, *forms: TargetForm) -> Path:
    path.write_bytes(build(Issuance(), list(forms)))
    return path


def rows_of(host: OfficeHost) -> list[list[object]]:
    last = max(host.used(RESULT_SHEET)[0], RESULTS.first_row)
    rows = host.read(RESULT_SHEET, (RESULTS.first_row, 1, last, len(RESULTS.columns)))
    return [row for row in rows if row[0] is not None]


def told(host: OfficeHost) -> list[tuple[str, ...]]:
    names = ("code", "cell", "severity", "message", "advice", "value")
    return sorted(tuple(str(row[RESULTS.index(name) - 1] or "") for name in names) for row in rows_of(host))


def as_told(issue: Issue) -> tuple[str, ...]:
    place = issue.at.a1 if issue.at else ""
    return ("、".join(issue.codes), place, issue.severity.chinese, issue.message, issue.advice, issue.value or "")


def listed_by_cli(path: Path, folder: Path) -> list[list[CellValue]]:
    """What ``perfxl validate --mark-in`` puts into 校验结果, text by text."""
    (checked,) = validation.validate([path]).checked
    grid = open_workbook(highlight(path, checked.issues, to=folder / "marked.xlsx")).grid(RESULT_SHEET)
    rows = range(RESULTS.first_row, grid.max_row + 1)
    return [[grid.text(row, column) for column in range(1, len(RESULTS.columns) + 1)] for row in rows]


def shown_in(host: OfficeHost, *cells: str) -> list[object]:
    return [host.document.get(FORM_SHEET, a1).shown for a1 in cells]


def red_cells(host: OfficeHost) -> set[str]:
    return {a1 for a1, colour in host.document.backgrounds(FORM_SHEET).items() if colour == RED}


def test_the_nine_published_forms_are_listed_as_the_command_line_lists_them(excel: Clicker, tmp_path: Path) -> None:
    path = saved(tmp_path / "九张.xlsx", *published_forms().values())
    host = excel.open(path)
    excel.click("validate_workbook")
    listed = [
        [None if value is None else f"{value:g}" if isinstance(value, float) else value for value in row]
        for row in rows_of(host)
    ]
    assert listed == listed_by_cli(path, tmp_path)


def test_mutated_forms_give_what_the_rules_give(excel: Clicker, tmp_path: Path) -> None:
    """Thirty here: each takes a second in LibreOffice; two hundred in the thorough run, and over the quick engine."""
    compare_mutated(excel, tmp_path, seed=5, count=FEW)


@pytest.mark.thorough
def test_two_hundred_mutated_forms_give_what_the_rules_give(excel: Clicker, tmp_path: Path) -> None:
    compare_mutated(excel, tmp_path, seed=6, count=MUTATED)


def compare_mutated(excel: Clicker, folder: Path, *, seed: int, count: int) -> None:
    path = folder / "空白.xlsx"
    path.write_bytes(build(Issuance()))
    grid = open_workbook(path).grid(FORM_SHEET)
    host = excel.open(path)
    host.activate(FORM_SHEET)
    assert host.document.unprotect(FORM_SHEET, DEFAULT_PASSWORD)
    maker, last_row, compared = Maker("tianjin-2023", seed), LATEST.first_row, 0
    for number in range(count):
        made = maker.form()
        written, formulas, last_row = blocks(made, last_row)
        host.document.set_blocks(FORM_SHEET, written, formulas, made.moves)
        excel.click("validate_form")
        made_up = as_libreoffice_has_it(host, grid_of(grid, made.inputs))
        forms, refused = forms_of_grids([made_up], path.name)
        expected = sorted(as_told(issue) for issue in [*refused, *check(forms)])
        compared += len(expected)
        assert told(host) == expected, (number, made)
    assert compared > 10 * count


def as_libreoffice_has_it(host: OfficeHost, grid: Grid) -> Grid:
    """With the title, a formula of the project's name, worked out anew, and the amounts' formats: a text changes them."""
    title = host.read(FORM_SHEET, (1, 1, 1, 1))[0][0]
    error = next((code for code, number in ERROR_NUMBERS.items() if number == title), None)
    cells = {**grid.cells, (1, 1): CellError(error) if error else title}
    for at in ((4, 3), (4, 5), (4, 7)):
        if isinstance(value := cells.get(at), Number):
            cells[at] = Number(value.stored, value.value, shown_by(host.number_format(FORM_SHEET, *at)))
    return Grid(grid.sheet, cells, grid.merges)


def shown_by(code: str) -> Callable[[Number], str]:
    return lambda number: show_number(number, code)


def test_a_wrong_cell_turns_red_and_the_clerk_stays_where_he_was(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "表 (终稿)&'50%'.xlsx", form(WRONG, other="5")))
    host.select(FORM_SHEET, (40, 2, 41, 3))
    before = host.selection, host.active, host.first_row_shown
    assert red_cells(host) & MARKED == set()
    excel.click("validate_form")
    assert red_cells(host) & {*MARKED, "D17"} == MARKED
    assert (host.selection, host.active, host.first_row_shown) == before
    assert host.document.is_protected(FORM_SHEET)

    assert host.document.type_into(FORM_SHEET, "F17", "12")
    assert "F17" not in red_cells(host)
    excel.click("clear_highlights")
    assert red_cells(host) & MARKED == set()


def test_jumping_selects_the_cells_of_the_list_in_turn(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(WRONG, other="5")))
    host.select(FORM_SHEET, (1, 1, 1, 1))
    excel.click("validate_form")
    host.activate(RESULT_SHEET)
    seen = []
    for _ in range(3):
        assert excel.click("next_issue").kind == "status"
        seen.append((host.active, host.selection[:2]))
    assert seen[0] == (FORM_SHEET, (4, 3)) and len(set(seen)) == 3
    excel.click("previous_issue")
    assert (host.active, host.selection[:2]) == seen[1]


def test_corrections_are_made_in_the_protected_form_and_taken_back(excel: Clicker, tmp_path: Path) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(WRONG)))
    host.activate(FORM_SHEET)
    asked = excel.click("fix_form")
    assert asked.kind == "ask" and shown_in(host, "C17") == ["制卡数量 "]
    excel.click(asked.then)
    assert shown_in(host, "C17") == ["制卡数量"]
    assert host.document.is_protected(FORM_SHEET)
    excel.click("undo_fixes")
    assert shown_in(host, "C17") == ["制卡数量 "]


def test_a_marked_form_saved_by_libreoffice_reads_as_before(excel: Clicker, tmp_path: Path) -> None:
    path = saved(tmp_path / "甲.xlsx", form(WRONG, other="5"))
    host = excel.open(path)
    excel.click("validate_workbook")
    again = host.document.save_as(tmp_path / "另存.xlsx")
    found = [[as_told(issue)[:5] for issue in validation.validate([one]).checked[0].issues] for one in (path, again)]
    assert found[0] == found[1] != []


# -- the whole chain: the ribbon's callback, its VBA, the command it gives, and what becomes of the open workbook


def pressed(recording: Document, excel: Clicker, callback: str) -> Shown:
    """Press a button: its VBA runs, and the command that it asked Python for is executed."""
    recording.set_block("perfxl", "C1", [[None], [0]])
    recording.press(f"PerfxlRibbon.{callback}")
    ((command,), (times,)) = recording.get_block("perfxl", "C1:C2")
    assert times == 1
    shown = excel.click(str(command))
    return excel.click(shown.then) if shown.then else shown


@pytest.mark.parametrize("callback", COMMANDS)
def test_every_button_does_its_work_from_the_ribbon_to_the_cell(
    recording: Document, excel: Clicker, tmp_path: Path, callback: str
) -> None:
    host = excel.open(saved(tmp_path / "甲.xlsx", form(WRONG, other="5")))
    host.select(FORM_SHEET, (17, 6, 17, 6))
    folder = tmp_path / "收到"
    folder.mkdir()
    saved(folder / "乙.xlsx", form())
    (folder / "公开.txt").write_bytes(example_text().read_bytes())
    excel.pick(folder / "公开.txt" if callback == "PerfxlImportForms" else folder)
    if callback not in ("PerfxlValidateForm", "PerfxlValidateWorkbook"):
        excel.click("validate_form")
    if callback == "PerfxlUndoFixes":
        excel.click("apply_fixes")
    shown = pressed(recording, excel, callback)
    assert shown.kind != "error"
    assert DONE[callback](host, shown, folder)


DONE = {
    "PerfxlValidateForm": lambda host, shown, folder: red_cells(host) >= MARKED,
    "PerfxlValidateWorkbook": lambda host, shown, folder: red_cells(host) >= MARKED,
    "PerfxlNextIssue": lambda host, shown, folder: host.selection[:2] != (17, 6),
    "PerfxlPreviousIssue": lambda host, shown, folder: host.selection[:2] != (17, 6),
    "PerfxlClearHighlights": lambda host, shown, folder: not red_cells(host) & MARKED,
    "PerfxlFixForm": lambda host, shown, folder: shown_in(host, "C17") == ["制卡数量"],
    "PerfxlUndoFixes": lambda host, shown, folder: shown_in(host, "C17") == ["制卡数量 "],
    "PerfxlNewForm": lambda host, shown, folder: (folder / "绩效目标表.xlsx").exists(),
    "PerfxlConsolidate": lambda host, shown, folder: (folder / "总台账.xlsx").exists(),
    "PerfxlImportForms": lambda host, shown, folder: len(list(folder.glob("导入的绩效目标表/*-353302-*.xlsx"))) == 9,
    "PerfxlExplainRule": lambda host, shown, folder: shown.message.startswith("V13"),
    "PerfxlDoctor": lambda host, shown, folder: "项" in shown.message,
    "PerfxlSettings": lambda host, shown, folder: "addin.ini" in shown.message,
}
