"""What has one safe answer is mended in a copy: only those cells change, and what they say stays the same."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from forms import form
from hypothesis import example as case
from hypothesis import given
from hypothesis import strategies as st

from perfxl.importing import import_documents
from perfxl.intake.grid import open_workbook
from perfxl.issue import Change
from perfxl.layout import FORM_SHEET
from perfxl.marking.repack import Unsound
from perfxl.reading import read_forms
from perfxl.repair import Fixed, changed, fix, repairs_of, with_texts
from perfxl.rules import check
from perfxl.rules.respelling import means_the_same, term_nearest
from perfxl.settings import Ignore, Settings
from perfxl.template import build
from perfxl.vocabulary import Vocabulary

# By 序号: the cells whose 百分比 becomes %.
PERCENT = {
    "97": "G17 G18 G19 G26", "98": "G17 G22", "99": "G23", "100": "G18 G19 G20 G21 G36 G37", "101": "G17 G22",
    "102": "G17 G22", "103": "G17 G23", "104": "G17 G27", "105": "G22",
}  # fmt: skip
GOLDEN = {(number, a1, "百分比", "%") for number, cells in PERCENT.items() for a1 in cells.split()}
GOLDEN |= {("104", "C17", " 群众满意度", "群众满意度")}


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory, example: Path) -> list[Path]:
    made = import_documents([example], tmp_path_factory.mktemp("nine"))
    return [one.workbook for one in made if one.workbook is not None]


def fixed(path: Path, folder: Path, **options: object) -> Fixed:
    return fix([(path, read_forms(path))], folder, **options)[0]  # type: ignore[arg-type]


def workbook(path: Path, table: str, **head: object) -> Path:
    path.write_bytes(build(forms=[form(table, **head)]))
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def row(value: str, level2: str = "质量指标") -> str:
    return f"产出指标 | {level2} | 卡片合格率 | 合格卡占比 | {value}"


def mended(table: str, **head: object) -> list[tuple[str, str, str, str]]:
    return [(c.at.a1, c.before, c.after, "".join(c.codes)) for c in repairs_of(form(table, **head))[0]]


# -- the nine published forms


def test_the_nine_forms_change_in_these_cells_and_no_others(nine: list[Path], tmp_path: Path) -> None:
    changes, long = set(), set()
    for path in nine:
        result = fixed(path, tmp_path)
        number = result.reading.forms[0].project_no.text
        for cell in result.cells:
            (long if len(cell.before) > 20 else changes).add((number, cell.at.a1, cell.before, cell.after))
    assert changes == GOLDEN
    assert {(number, a1) for number, a1, *_ in long} == {("97", "B6"), ("100", "B7")}
    for _, a1, before, after in long:
        assert after == (before.rstrip("\t") if a1 == "B6" else before.replace("33号 ）", "33号）"))


def test_the_fixed_codes_are_gone_from_the_nine_forms_and_nothing_is_new(nine: list[Path], tmp_path: Path) -> None:
    for path in nine:
        result = fixed(path, tmp_path)
        assert result.copy is not None
        before, after = (check(read_forms(one).forms) for one in (path, result.copy))
        told, still = ({(issue.at, code) for issue in report for code in issue.codes} for report in (before, after))
        assert still == told - {(cell.at, code) for cell in result.cells for code in cell.codes}


def test_every_other_part_and_every_other_byte_of_the_sheet_stays(nine: list[Path], tmp_path: Path) -> None:
    result = fixed(nine[0], tmp_path)
    assert result.copy is not None
    before, after = parts(nine[0]), parts(result.copy)
    changed = [name for name in before if before[name] != after[name]]
    assert list(before) == list(after) and changed == ["xl/worksheets/sheet2.xml"]
    back = {cell.at.a1: cell.before for cell in result.cells}
    assert with_texts(after[changed[0]], back) == with_texts(before[changed[0]], back)


def test_only_99s_slip_of_the_unit_is_proposed_and_it_is_not_applied(nine: list[Path], tmp_path: Path) -> None:
    proposed = [
        (one.reading.forms[0].project_no.text, issue)
        for one in (fixed(p, tmp_path) for p in nine)
        for issue in one.proposed
    ]
    assert [(number, issue.code) for number, issue in proposed] == [("99", "A05")]
    repair = proposed[0][1].repair
    assert repair is not None and [(c.at.a1, c.before, c.after) for c in repair.changes] == [("G18", "万元", "元")]


def test_fixing_the_fixed_changes_nothing(nine: list[Path], tmp_path: Path) -> None:
    first = fixed(nine[3], tmp_path / "一")
    assert first.copy is not None and first.cells
    second = fixed(first.copy, tmp_path / "二")
    assert second.copy is not None and second.cells == ()
    assert second.copy.read_bytes() == first.copy.read_bytes()


# -- what is mended, cell by cell


@pytest.mark.parametrize(
    "value, changes",
    [
        (">= | 99 | %", [("E17", ">=", "≥", "V02")]),
        ("不低于 | 99 | %", [("E17", "不低于", "≥", "V02")]),
        (">=99%", [("F17", ">=99%", "≥99%", "V02")]),
        ("99%以上", [("F17", "99%以上", "≥99%", "V02")]),
        ("≥99百分比", [("F17", "≥99百分比", "≥99%", "V03")]),
        ("≥ | 99 | ％", [("G17", "％", "%", "V03")]),
        ("≥ | 99 | 百分比␣", [("G17", "百分比 ", "%", "N01V03")]),
        (">=９９百分比", [("F17", ">=９９百分比", "≥99%", "V02V03V16")]),
        ("≥ | 1,200 | 张", [("F17", "1,200", "1200", "V16")]),
        ("≥ | 007 | 张", []),
        ("≥ | 99 | %", []),
        ("2,023", []),  # 2023 would be a year
        ("不晚于2023年6月底", []),
    ],
)
def test_signs_units_and_numbers(value: str, changes: list[tuple[str, ...]]) -> None:
    assert mended(row(value)) == changes


@pytest.mark.parametrize(
    "typed, term",
    [
        ("质量指", "质量指标"),
        ("数量指标数", "数量指标"),
        ("产出质量", "质量指标"),
        ("成果指标", None),
        ("量指标", None),
        ("质量指数", None),
    ],
)
def test_a_term_is_mended_where_there_is_one_it_must_be(typed: str, term: str | None) -> None:
    found = [(a1, after) for a1, _, after, _ in mended(row("≥ | 99 | %", typed)) if a1 == "B17"]
    assert found == ([("B17", term)] if term else [])


def test_a_near_miss_of_two_terms_is_left() -> None:
    assert term_nearest("甲指", ["甲指标", "甲指标"]) == "甲指标"
    assert term_nearest("甲指标", ["甲指标"]) is None


def test_white_space_between_two_words_is_only_proposed() -> None:
    cells, proposed = repairs_of(form(project="社保卡\u3000制卡"))
    assert cells == () and [issue.code for issue in proposed] == ["N01"]
    assert mended(row("≥ | 99 | %"), project="\t制卡\u200b项目 ")[0] == ("B3", "\t制卡\u200b项目 ", "制卡项目", "N01")


def test_each_line_of_a_cell_with_several_objectives_is_mended(tmp_path: Path) -> None:
    path = workbook(tmp_path / "表.xlsx", row("≥ | 99 | %"))
    book = openpyxl.load_workbook(path)
    book[FORM_SHEET]["B6"] = "1.制卡10张。\t\n2.发卡\n3.换卡9张。\t"
    book.save(path)
    result = fixed(path, tmp_path / "改")
    assert result.copy is not None
    assert open_workbook(result.copy).grid(FORM_SHEET).text(6, 2) == "1.制卡10张。\n2.发卡\n3.换卡9张。"


def test_what_the_settings_pass_over_is_not_mended() -> None:
    settings = Settings(ignores=(Ignore(code="V03", reason="本地写法"),))
    assert repairs_of(form(row("≥ | 99 | 百分比")), settings=settings)[0] == ()


SIGNS, NUMBERS = ["", ">=", "≥", "不低于", "≥≥", "<= "], ["5", "１２", "1,200", "007", "2,023", "1.5", "百分之9"]
UNITS = ["", "%", "百分比", "％", "%%", "万元", "km", "天", "天内", "张以上", "㎡", "(%)"]


@given(
    st.sampled_from(SIGNS),
    st.sampled_from(NUMBERS),
    st.sampled_from(UNITS),
    st.booleans(),
    st.sampled_from(["", "\t", "\u200b"]),
)
@case("", "5", "天内", False, "")
def test_a_mended_value_means_what_it_meant(sign: str, number: str, unit: str, whole: bool, noise: str) -> None:
    cells = [sign, number + noise, unit]
    table = row("".join(cells)) if whole else row(" | ".join(cells))
    before = form(table)
    changes = [Change(c.at, c.before, c.after) for c in repairs_of(before)[0]]
    after = changed(before, changes)
    assert means_the_same(before.indicators[0].value, after.indicators[0].value)
    assert repairs_of(after)[0] == ()


# -- files


def test_a_file_of_openpyxl_with_a_formula_in_the_way(nine: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    book = openpyxl.load_workbook(nine[0])
    book[FORM_SHEET]["G18"] = '="百分"&"比"'
    book.save(path)
    result = fixed(path, tmp_path / "改")
    assert result.copy is not None
    assert {cell.at.a1 for cell in result.cells} == {"B6", "G17", "G19", "G26"}
    was, now = (open_workbook(one).grid(FORM_SHEET) for one in (path, result.copy))
    others = {at: value for at, value in was.cells.items() if at not in {(c.at.row, c.at.column) for c in result.cells}}
    assert {at: now.cells[at] for at in others} == others and now.formulas == was.formulas


def test_a_file_saved_by_libreoffice_and_the_fixed_one_opened_by_it(office, nine: list[Path], tmp_path: Path) -> None:
    path = office.resave(nine[0], tmp_path / "表.xlsx")
    result = fixed(path, tmp_path / "改")
    assert result.copy is not None and {c.at.a1 for c in result.cells} == {"B6", "G17", "G18", "G19", "G26"}
    with office.open(result.copy) as document:
        assert document.get(FORM_SHEET, "G17").shown == "%"
        assert document.locked(FORM_SHEET, "G17") is False and document.is_protected(FORM_SHEET)


def test_the_fixed_file_is_valid(validate_ooxml, nine: list[Path], tmp_path: Path) -> None:
    result = fixed(nine[0], tmp_path)
    assert result.copy is not None and validate_ooxml(result.copy) == []


def test_no_input_and_no_other_file_is_written_over(nine: list[Path], tmp_path: Path) -> None:
    source = tmp_path / "表.xlsx"
    source.write_bytes(nine[0].read_bytes())
    assert [fixed(source, tmp_path).copy for _ in range(2)] == [tmp_path / "表(2).xlsx"] * 2  # the very same bytes
    (tmp_path / "表(2).xlsx").write_bytes(b"worked in")
    assert fixed(source, tmp_path).copy == tmp_path / "表(3).xlsx"
    assert source.read_bytes() == nine[0].read_bytes()


def test_a_document_can_not_be_mended_and_stops_nothing(example: Path, nine: list[Path], tmp_path: Path) -> None:
    results = fix([(path, read_forms(path)) for path in (example, nine[0])], tmp_path)
    assert results[0].copy is None and results[0].error
    assert results[1].copy == tmp_path / nine[0].name


# -- bytes

SPACE = b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_a_cell_is_replaced_with_its_prefix_and_attributes_and_nothing_else() -> None:
    sheet = b"<x:worksheet %s ><x:sheetData><x:row r='2'>%%s</x:row></x:sheetData></x:worksheet>" % SPACE
    old = b"<x:c t='s' r='A2' s=\"3\"  ><x:v>0</x:v></x:c><x:c s='1'/><x:c><x:v>4</x:v></x:c >"
    new = (
        b'<x:c r=\'A2\' s="3" t="inlineStr"><x:is><x:t xml:space="preserve">a&lt;&amp;</x:t></x:is></x:c>'
        b'<x:c s=\'1\' t="inlineStr"><x:is><x:t xml:space="preserve"> b</x:t></x:is></x:c><x:c><x:v>4</x:v></x:c >'
    )
    assert with_texts(sheet % old, {"A2": "a<&", "B2": " b"}) == sheet % new


@pytest.mark.parametrize("texts, encoding", [({"Z9": "x"}, "utf-8"), ({"A1": "x"}, "gbk")])
def test_a_missing_cell_or_a_foreign_encoding_is_refused(texts: dict[str, str], encoding: str) -> None:
    part = (
        f"<?xml version='1.0' encoding='{encoding}'?><worksheet xmlns='{SPACE.decode()[9:-1]}'><c r='A1'/></worksheet>"
    )
    with pytest.raises(Unsound):
        with_texts(part.encode(), texts)


def test_the_terms_of_both_editions_have_no_near_miss_among_themselves() -> None:
    for edition in ("tianjin-2023", "mof-2021"):
        vocabulary = Vocabulary.load(edition)
        terms = [name for level1 in vocabulary.levels1 for name in vocabulary.levels2(level1)]
        assert [term_nearest(term, terms) for term in terms] == [None] * len(terms)
