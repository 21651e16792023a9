"""A form with rows or columns inserted is read where that leaves no doubt, and then as it was typed; else it is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docx import Document
from forms import form
from furniture import FORM, packed, parts_of
from hostile.packages import inserted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reading import number, text

from office.driver import Office
from perfxl.form import TargetForm
from perfxl.issue import At
from perfxl.layout import FORM_SHEET, LATEST, LAYOUTS
from perfxl.ledger import consolidate
from perfxl.marking import highlight
from perfxl.reading import Reading, read_forms, read_package, typed_entries
from perfxl.rules import check
from perfxl.season.restoring import restored
from perfxl.season.returning import return_forms
from perfxl.template import DEFAULT_PASSWORD, Issuance, build

WRONG = {"total": "500", "fiscal": "480", "explanations": {5: "用途说明"}, "note": "全表说明"}


@pytest.fixture(scope="module")
def filled() -> bytes:
    return build(Issuance(year=2027), [form(**WRONG)])


def content(one: TargetForm) -> list[tuple[str | None, str]]:
    return [(entry.raw, entry.fault) for entry in typed_entries(one)]


def told(reading: Reading) -> list[tuple[str, str]]:
    return [(issue.severity.chinese, issue.at.a1) for issue in reading.issues if isinstance(issue.at, At)]


INSERTIONS = [
    ({"row": 1}, "A1", "1（插行1）"),
    ({"row": 2}, "A2", "1（插行2）"),
    ({"row": 4}, "A4", "1（插行4）"),
    ({"row": 4, "times": 2}, "A4", "1（插行4、4）"),
    ({"row": 5}, "A5", "1（插行5）"),
    ({"row": 6}, "A6", "1（插行6）"),
    ({"row": 10}, "A6", "1（插行15）"),
    ({"row": 15}, "A6", "1（插行15）"),
    ({"row": 16}, "A16", "1（插行16）"),
    ({"column": "A"}, "A1", "1（插列A）"),
    ({"column": "D"}, "D1", "1（插列D）"),
    ({"column": "J"}, "J1", "1（插列J）"),
    ({"column": "K", "times": 2}, "K1", "1（插列K、K）"),
]


@pytest.mark.parametrize(("where", "at", "layout"), INSERTIONS, ids=[str(where) for where, _, _ in INSERTIONS])
def test_a_form_with_rows_or_columns_inserted_is_read_as_it_was_typed_and_told(filled, where, at, layout):
    before, reading = read_package(filled, "表.xlsx").forms[0], read_package(inserted(filled, **where), "表.xlsx")

    (one,) = reading.forms

    assert content(one) == content(before)
    assert one.note is not None
    assert one.note.text == "全表说明"
    assert list(one.explanations.values()) == list(before.explanations.values())
    assert (one.key, one.edition, one.year, one.layout) == (before.key, before.edition, before.year, layout)
    assert told(reading)[0] == ("警告", at)
    assert {severity for severity, _ in told(reading)} == {"警告"}
    # Where the program has put a cell, there its entry says that it stands.
    cells = set(re.findall(r'<c r="(\w+)"', parts_of(inserted(filled, **where))[FORM].decode()))
    assert {entry.at.a1 for entry in typed_entries(one) if entry.raw} <= cells
    assert LAYOUTS[layout].at(FORM_SHEET, "total").a1 == one.budget.total.at.a1


def typed(book: bytes, place: str, inner: str) -> bytes:
    """The workbook with a cell more."""
    parts = parts_of(book)
    row = f'<row r="{place[1:]}">{f"<c r={chr(34)}{place}{chr(34)}"}{inner}</row>'
    return packed(parts | {FORM: parts[FORM].replace(b"</sheetData>", row.encode() + b"</sheetData>")})


def test_rows_among_the_objectives_belong_to_them(filled):
    data = typed(inserted(filled, row=8), "B8", text("插入行里的目标"))
    (one,) = read_package(data, "表.xlsx").forms
    assert [(entry.raw, entry.at.a1) for entry in one.objectives][1:] == [("插入行里的目标", "B8")]


@pytest.mark.parametrize(
    ("where", "place", "inner"),
    [
        ({"row": 4}, "C4", number("7")),
        ({"row": 3}, "B3", text("x")),
        ({"row": 1}, "L1", text("x")),
        ({"column": "D"}, "D20", text("多出的")),
    ],
)
def test_what_is_typed_between_the_fields_leaves_a_doubt(filled, where, place, inner):
    reading = read_package(typed(inserted(filled, **where), place, inner), "表.xlsx")

    assert reading.forms == ()
    assert told(reading) == [("错误", place)]
    assert "说不清属于哪一项" in reading.issues[0].message


@pytest.mark.parametrize(
    "pattern", [r'<c r="A5"[^>]*>.*?</c>', r'<c r="N[2-4]"[^>]*>.*?</c>', r'<c r="C16"[^>]*>.*?</c>']
)
def test_more_than_an_insertion_is_refused(filled, pattern):
    """A label gone besides, or the identity torn."""
    parts = parts_of(inserted(filled, row=4))
    sheet, count = re.subn(pattern, "", parts[FORM].decode())
    assert count
    reading = read_package(packed(parts | {FORM: sheet.encode()}), "表.xlsx")
    assert reading.forms == ()
    assert reading.issues[0].severity.chinese == "错误"


def test_columns_whose_place_nobody_can_tell_are_refused(filled):
    """Between K and L nothing says whether 填报信息 is still where it was."""
    reading = read_package(inserted(filled, column="L"), "表.xlsx")
    assert reading.forms == ()
    assert "版面变了" in reading.issues[0].message


def test_its_findings_are_marked_where_they_stand_and_restored_where_they_belong(filled, tmp_path: Path):
    path = tmp_path / "表.xlsx"
    path.write_bytes(inserted(filled, row=4))
    reading = read_forms(path)
    (wrong,) = check(reading.forms).errors
    assert wrong.at.a1 == "C5"
    highlight(path, check(reading.forms))
    assert read_forms(path).forms == reading.forms

    result = restored(path.read_bytes(), "表.xlsx")
    assert content(result.forms[0]) == content(reading.forms[0])
    assert result.forms[0].layout == LATEST.version
    assert result.moved(wrong).at.a1 == "C4"
    assert result.forms[0].explanations == {5: "用途说明"}


def test_libreoffice_inserts_as_we_expect(office: Office, filled, tmp_path: Path):
    path, saved = tmp_path / "表.xlsx", tmp_path / "另存.xlsx"
    path.write_bytes(filled)
    with office.open(path) as document:
        document.unprotect(FORM_SHEET, DEFAULT_PASSWORD)
        document.insert_rows(FORM_SHEET, 4, 2)
        document.save_as(saved)
    assert content(read_forms(saved).forms[0]) == content(read_forms(path).forms[0])
    assert told(read_forms(saved))[0] == ("警告", "A4")


def test_an_inserted_row_alone_is_told_and_no_change_besides(filled):
    reading = read_package(inserted(filled, row=4), "表.xlsx")
    assert [issue.message for issue in reading.issues] == [
        f"工作表“{FORM_SHEET}”里插入了 1 行，如第4行。各项已按移动后的位置读取"
    ]


def test_what_goes_back_names_the_fields_where_they_stand_now(filled, tmp_path: Path):
    folder = tmp_path / "收到"
    folder.mkdir()
    (folder / "表.xlsx").write_bytes(inserted(filled, row=4))
    ledger = consolidate(folder, year=2027)
    (unit,) = return_forms(ledger, tmp_path / "退回", sources=folder).units
    message = next(path for path in unit.files if path.suffix == ".docx")
    assert "C5 预算数" in "\n".join(cell.text for row in Document(str(message)).tables[0].rows for cell in row.cells)


insertions = st.lists(
    st.one_of(
        st.fixed_dictionaries({"row": st.integers(1, 16), "times": st.integers(1, 2)}),
        st.fixed_dictionaries({"column": st.sampled_from("ABCDEFGHIJKLM"), "times": st.integers(1, 2)}),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=insertions)
def test_whatever_was_inserted_the_form_is_read_as_it_was_typed_or_refused(filled, steps):
    data = filled
    for step in steps:
        data = inserted(data, **step)

    reading = read_package(data, "表.xlsx")

    if reading.forms:
        assert content(reading.forms[0]) == content(read_package(filled, "表.xlsx").forms[0])
        assert reading.issues
    else:
        assert [issue.severity.chinese for issue in reading.issues] == ["错误"]


@given(
    rows=st.lists(st.integers(1, 76), max_size=4).map(sorted),
    columns=st.lists(st.integers(1, 20), max_size=4).map(sorted),
)
def test_a_layout_with_insertions_is_found_by_its_version_and_leads_back(rows, columns):
    layout = LATEST.with_inserted(tuple(rows), tuple(columns)) if rows or columns else LATEST
    assert LAYOUTS[layout.version] == layout
    for field in LATEST.fields:
        moved = layout.field(field.name)
        assert (moved.row, moved.column) == layout.moved(field.row, field.column)
        assert layout.original(moved.row, moved.column) == (field.row, field.column)
        assert layout.own_row(moved.row) and layout.own_column(moved.column)
    assert layout.last_row == LATEST.last_row + len(rows)
    assert len(LAYOUTS) == 1
