"""A file is read as a form only where that is beyond doubt, and then exactly as it was typed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
from forms import form

from perfxl.form import TargetForm
from perfxl.ledger import consolidate
from perfxl.marking import clear, highlight
from perfxl.reading import Reading, fingerprint, read_forms
from perfxl.report import Checked, as_text
from perfxl.rules import check
from perfxl.template import Issuance, build

FORM = "绩效目标表"
SHEET_PART = "xl/worksheets/sheet2.xml"


@pytest.fixture(scope="module")
def blank() -> bytes:
    return build(Issuance(year=2027))


@pytest.fixture(scope="module")
def filled() -> bytes:
    return build(Issuance(year=2023), [form()])


def text(content: str) -> str:
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(content)}</t></is></c>'


def number(content: str) -> str:
    return f"><v>{content}</v></c>"


ERROR = ' t="e"><f>1/0</f><v>#DIV/0!</v></c>'
UNCOMPUTED = "><f>1+1</f></c>"


def type_in(workbook: bytes, /, **cells: str) -> bytes:
    """The workbook with these cells' content exchanged, as a program that saves it would write them."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SHEET_PART:
                content = _exchange(content.decode(), cells).encode()
            new.writestr(name, content)
    return result.getvalue()


def _exchange(sheet: str, cells: dict[str, str]) -> str:
    for address, content in cells.items():
        cell = re.search(rf'<c r="{address}"((?: s="\d+")?)(?: t="\w+")?(?:/>|>.*?</c>)', sheet)
        assert cell is not None, address
        sheet = sheet[: cell.start()] + f'<c r="{address}"{cell[1]}{content}' + sheet[cell.end() :]
    return sheet


@pytest.fixture
def read(tmp_path) -> Callable[[bytes], Reading]:
    def call(workbook: bytes) -> Reading:
        path = tmp_path / "99.xlsx"
        path.write_bytes(workbook)
        return read_forms(path)

    return call


@pytest.fixture
def read_one(read) -> Callable[[bytes], TargetForm]:
    def call(workbook: bytes) -> TargetForm:
        reading = read(workbook)
        assert reading.issues == ()
        (one,) = reading.forms
        return one

    return call


# -- what was typed


def test_a_filled_form_reads_back_as_it_went_in(read_one, filled):
    went_in, came_out = form(), read_one(filled)

    same = ("unit_code", "unit_name", "project", "project_no", "purpose", "money_unit", "title")
    assert {name: getattr(came_out, name).text for name in same} == {name: getattr(went_in, name).text for name in same}
    assert [one.text for one in came_out.objectives] == [one.text for one in went_in.objectives]
    assert [one.target.raw for one in came_out.indicators] == [one.target.raw for one in went_in.indicators]
    assert [one.carried for one in came_out.indicators] == [one.carried for one in went_in.indicators]
    assert came_out.budget.total.amount == Decimal("500.00")
    assert (came_out.year, came_out.edition, came_out.layout) == (2023, "tianjin-2023", "1")


@pytest.mark.parametrize("address", ["E17", "F17", "G17"])
def test_a_value_pasted_whole_into_any_of_its_cells_is_the_value(read_one, blank, address):
    (indicator,) = read_one(type_in(blank, C17=text("合格率"), **{address: text("≥95百分比")})).indicators

    assert indicator.target.raw == "≥95百分比"
    assert (indicator.value.relation, indicator.value.number) == ("≥", Decimal(95))
    assert str(indicator.target.at) == f"{FORM}!F17"


@pytest.mark.parametrize(
    ("cells", "joined"),
    [
        ({"E17": text("≥"), "F17": text("95"), "G17": text("%")}, "≥95%"),
        ({"E17": text("≥"), "F17": number("95"), "G17": text("%")}, "≥95%"),
        ({"F17": text("12月底前")}, "12月底前"),
        ({"E17": text("≥95"), "G17": text("%")}, "≥95%"),
        ({"E17": text(" ≥ "), "F17": text("95 ")}, " ≥ 95 "),
        ({"E17": text(""), "F17": text("")}, ""),
        ({}, None),
    ],
)
def test_the_value_is_the_three_cells_joined(read_one, blank, cells, joined):
    (indicator,) = read_one(type_in(blank, C17=text("合格率"), **cells)).indicators

    assert indicator.target.raw == joined


def test_an_error_in_one_of_the_three_cells_is_an_error_of_the_value(read_one, blank):
    (indicator,) = read_one(type_in(blank, C17=text("合格率"), E17=text("≥"), F17=ERROR)).indicators

    assert indicator.target.fault == "#DIV/0!"
    assert indicator.relation.fault == ""


def test_blank_empty_error_and_uncomputed_stay_four_things(read_one, blank):
    one = read_one(type_in(blank, B3=text(""), D2=ERROR, B5=UNCOMPUTED))

    assert (one.unit_code.raw, one.unit_code.fault) == (None, "")
    assert (one.project.raw, one.project.fault) == ("", "")
    assert one.unit_name.fault == "#DIV/0!"
    assert one.purpose.fault
    assert [entry.blank for entry in (one.unit_code, one.project, one.unit_name, one.purpose)] == [
        True,
        True,
        False,
        False,
    ]


def test_level_one_carries_down_over_blank_rows_until_the_next(read_one, blank):
    typed = {
        "B17": text("数量指标"),  # nothing above to carry
        "A18": text(" 产出指标\u3000"),
        "C18": text("制卡数量"),
        "C21": text("合格率"),  # two blank rows between
        "A22": text("效益指标"),
        "C22": text("覆盖率"),
        "C23": text("满意度"),
    }
    indicators = read_one(type_in(blank, **typed)).indicators

    assert [one.row for one in indicators] == [17, 18, 21, 22, 23]
    assert [one.carried for one in indicators] == ["", "产出指标", "产出指标", "效益指标", "效益指标"]
    assert [one.number for one in indicators] == [1, 2, 3, 4, 5]


def test_a_row_of_white_space_is_a_blank_row_and_an_explanation_alone_is_no_indicator(read_one, blank):
    assert read_one(type_in(blank, B17=text(" \u3000"), F18=text("\u200b"), J19=text("说明"))).indicators == ()


def test_several_objectives_in_one_cell_are_several(read_one, blank):
    one = read_one(type_in(blank, B6=text("1.全年制卡\n\n2.按期发放"), B9=text("3.满意")))

    assert [(entry.raw, str(entry.at)) for entry in one.objectives] == [
        ("1.全年制卡", f"{FORM}!B6"),
        ("2.按期发放", f"{FORM}!B6"),
        ("3.满意", f"{FORM}!B9"),
    ]


def test_an_objective_that_is_an_error_is_not_lost(read_one, blank):
    assert [entry.fault for entry in read_one(type_in(blank, B6=ERROR)).objectives] == ["#DIV/0!"]


def test_an_explanation_is_kept_and_told_beside_its_finding(read, filled):
    reading = read(type_in(filled, E17=text(""), J17=text(" 以实际申领为准 \n")))
    (one,) = reading.forms

    explained = [issue for issue in check(reading.forms) if issue.at is not None and issue.at.row == 17]

    assert one.explanations == {17: "以实际申领为准"}
    assert one.indicators[0].explanation == "以实际申领为准"
    assert [(issue.code, issue.explained) for issue in explained] == [("V01", True)]
    assert "已说明：以实际申领为准" in as_text([Checked.of(reading, check(reading.forms))])


def test_several_forms_of_one_workbook_are_read_and_told_apart(read):
    reading = read(build(forms=[form(project="甲"), form(project="乙", total="900")]))

    report = check(reading.forms)

    assert [(one.project.text, one.sheet) for one in reading.forms] == [("甲", f"{FORM}-1"), ("乙", f"{FORM}-2")]
    assert len({one.key for one in reading.forms}) == 2
    assert {issue.at.sheet for issue in report.errors if issue.at is not None} == {f"{FORM}-2"}


# -- what is no form, or not without doubt


def changed(source: bytes, change: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(source))
    change(book)
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


def move(cells: str, **by: int) -> Callable[[openpyxl.Workbook], object]:
    return lambda book: book[FORM].move_range(cells, **by)


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (lambda book: book[FORM].insert_rows(4), "B4", "“预算数”应在 B4，现在在 B5"),
        (lambda book: book[FORM].insert_rows(1), "C2", "“单位名称”应在 C2，现在在 C3"),
        (lambda book: book[FORM].insert_cols(3), "C2", "“单位名称”应在 C2，现在在 D2"),
        (lambda book: book[FORM].delete_rows(7), "A15", "应在 A15，现在在 A14"),
        (lambda book: book[FORM].insert_cols(13), "N1", "模板标识应在 N1，现在在 O1"),
    ],
)
def test_a_form_with_rows_or_columns_inserted_or_deleted_is_not_guessed_at(read, filled, change, where, words):
    reading = read(changed(filled, change))

    assert reading.forms == ()
    (issue,) = reading.issues
    assert (issue.code, issue.at.a1, issue.file) == ("S07", where, "99.xlsx")
    assert words in issue.message
    assert FORM in issue.message
    assert issue.advice


def test_many_changed_labels_leave_too_much_doubt_and_a_few_do_not(read, filled):
    few = read(type_in(filled, A2=text("编码"), C2=text("名称"), A3=text("项目")))
    many = read(type_in(filled, A2=text("编码"), C2=text("名称"), A3=text("项目"), F3=text("号")))

    assert [deviation.at.a1 for deviation in few.forms[0].deviations] == ["A2", "C2", "A3"]
    assert many.forms == ()
    assert "4 处表头被改动" in many.issues[0].message


@pytest.mark.parametrize("version", ["0", "2", ""])
def test_a_version_that_nobody_released_is_named(read, filled, version):
    reading = read(type_in(filled, N2=text(version)))

    assert reading.forms == ()
    assert f"模板版本是“{version}”" in reading.issues[0].message


def test_a_sound_sheet_counts_beside_one_that_can_not_be_read(read):
    two = build(forms=[form(project="甲"), form(project="乙")])
    reading = read(changed(two, lambda book: book[f"{FORM}-2"].insert_rows(4)))

    assert [one.project.text for one in reading.forms] == ["甲"]
    assert [issue.at.sheet for issue in reading.issues] == [f"{FORM}-2"]


def test_a_workbook_without_a_form_says_so(read):
    result = io.BytesIO()
    openpyxl.Workbook().save(result)

    reading = read(result.getvalue())

    assert (reading.forms, len(reading.issues), reading.issues[0].at) == ((), 1, None)
    assert "没有找到绩效目标表" in reading.issues[0].message


def test_our_own_ledger_is_known_as_such_and_is_no_mistake(tmp_path, filled):
    (tmp_path / "99.xlsx").write_bytes(filled)
    consolidate(tmp_path / "99.xlsx").write(tmp_path / "总台账.xlsx")

    reading = read_forms(tmp_path / "总台账.xlsx")

    assert (reading.own_ledger, reading.forms, reading.issues) == (True, (), ())


def test_a_name_for_people_goes_into_every_finding(tmp_path, filled):
    (tmp_path / "99.xlsx").write_bytes(filled)

    assert read_forms(tmp_path / "99.xlsx", source="甲区/99.xlsx").forms[0].file == "甲区/99.xlsx"


# -- what tells a changed form from an unchanged one


@pytest.mark.parametrize(
    "cells",
    [
        {"B2": text("353303")},
        {"G3": text("100")},
        {"C4": number("501")},
        {"B5": text("用于别的。")},
        {"B14": text("9.又一个目标")},
        {"F17": text("469484")},
        {"C76": text("又一条指标")},
        {"J17": text("情况说明")},
        {"J8": text("目标的说明")},
        {"L2": text("主管部门")},
        {"L6": text("整张表的说明")},
        {"D2": ERROR},
    ],
)
def test_whatever_is_typed_changes_the_fingerprint(read, filled, cells):
    assert fingerprint(read(type_in(filled, **cells)).forms) != fingerprint(read(filled).forms)


def test_amounts_that_are_shown_alike_are_told_apart(read, filled):
    one, other = (read(type_in(filled, C4=number(amount))).forms for amount in ("500.0000001", "500.0000004"))

    assert one[0].budget.total.raw == other[0].budget.total.raw
    assert fingerprint(one) != fingerprint(other)


def test_marking_clearing_and_a_locked_formula_leave_the_fingerprint_alone(tmp_path, filled):
    path = tmp_path / "99.xlsx"
    path.write_bytes(type_in(filled, A1=UNCOMPUTED))
    before = fingerprint(read_forms(path).forms)

    highlight(path, check(read_forms(path).forms))
    marked = fingerprint(read_forms(path).forms)
    clear(path)

    assert before == marked == fingerprint(read_forms(path).forms)


# -- published text


def test_unit_code_and_name_written_together_are_told_apart(tmp_path, example):
    original = example.read_text(encoding="utf-8")
    line = next(line for line in original.splitlines() if "353302" in line)
    for written, code, name in (
        ("353302某中心", "353302", "某中心"),
        ("[015001]某中心", "015001", "某中心"),
        ("314002-某中心", "314002", "某中心"),
        ("某中心", "", "某中心"),
    ):
        path = tmp_path / "公开.txt"
        path.write_text(original.replace(line, re.sub(r"353302\S+", written, line)), encoding="utf-8")
        first = read_forms(path).forms[0]
        assert (first.unit_code.text, first.unit_name.text) == (code, name), written


def test_forms_of_a_document_stand_at_lines_and_bear_keys_of_their_own(example: Path):
    forms = read_forms(example).forms

    assert len({one.key for one in forms}) == len(forms) == 9
    assert [one.project_no.text for one in forms] == [str(number) for number in range(97, 106)]
    lines = [one.title.at.line for one in forms]
    assert lines == sorted(lines)


# -- what would be lost without a word


def filled_and_changed(tmp_path, change, **head):
    path = tmp_path / "表.xlsx"
    path.write_bytes(build(Issuance(), [form(**head)]))
    book = openpyxl.load_workbook(path)
    change(book["绩效目标表"])
    book.save(path)
    return read_forms(path)


def test_an_indicator_below_the_table_is_told_with_its_cell(tmp_path):
    reading = filled_and_changed(tmp_path, lambda sheet: sheet.__setitem__("C77", "第六十一条"))

    assert [(issue.code, issue.at.a1) for issue in reading.issues] == [("S07", "C77")]
    assert len(reading.forms) == 1


def test_a_form_that_has_lost_its_identity_is_told_and_not_passed_over(tmp_path):
    reading = filled_and_changed(tmp_path, lambda sheet: sheet.__setitem__("N1", None))

    assert reading.forms == ()
    assert "模板标识" in reading.issues[0].message


def test_text_in_the_hidden_weight_column_is_no_weight(tmp_path):
    reading = filled_and_changed(tmp_path, lambda sheet: sheet.__setitem__("H18", "备注"))

    assert {indicator.weight for indicator in reading.forms[0].indicators} == {None}
