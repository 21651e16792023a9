"""Marking, clearing and fixing change what they must in a sender's file and nothing else, whatever stands in it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from furniture import FORM, KINDS, STYLES, Parts, furnished, packed, parts_of, patched, plain, signed

from office.driver import Office, OfficeError
from perfxl.errors import OutputError
from perfxl.intake.grid import open_workbook
from perfxl.issue import At, Issue, Severity
from perfxl.layout import FORM_SHEET, RESULT_SHEET
from perfxl.marking import SIGNED_COPY, Marking, clear, highlight, mark_copies, mark_in_place
from perfxl.reading import read_forms
from perfxl.repair import fix
from perfxl.rules import check

RESULTS = "xl/worksheets/sheet3.xml"
BARE = ("no format left", "empty list of formats")  # nothing in them lights up by itself


@dataclass(frozen=True)
class Opened:
    """A package as bytes: its entries in order with their packed bytes, and the parts."""

    packed: dict[str, bytes]
    parts: Parts

    @classmethod
    def of(cls, path: Path) -> Opened:
        data = path.read_bytes()
        entries = {}
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            for info in archive.infolist():
                names, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
                end = info.header_offset + 30 + names + extra + info.compress_size
                entries[info.filename] = data[info.header_offset : end]
        return cls(entries, parts_of(data))

    def changed(self, other: Opened) -> set[str]:
        """Entries whose packed bytes differ; the order of all stays."""
        assert list(self.packed) == list(other.packed)
        return {name for name in self.packed if self.packed[name] != other.packed[name]}


def told(path: Path, *a1: str) -> list[Issue]:
    """An error at each of these cells of the form."""
    key = read_forms(path).forms[0].key
    at = [At.parse(FORM_SHEET, one) for one in a1]
    return [Issue("X01", Severity.ERROR, "有误", "请改", file=path.name, form=key, at=one) for one in at]


def form_part(opened: Opened) -> str:
    return FORM if FORM in opened.parts else "xl/sheets/form_a.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "表.xlsx"


@pytest.mark.parametrize("kind", KINDS)
def test_marking_changes_our_sheet_alone_and_clearing_as_little(kind: str, path: Path) -> None:
    path.write_bytes(furnished(kind))
    before, read = Opened.of(path), read_forms(path).forms
    found = [issue for issue in check(read) if isinstance(issue.at, At)]
    assert {issue.at.a1 for issue in found if issue.at} >= {"C4", "G20"}
    highlight(path, found)
    assert before.changed(Opened.of(path)) == ({RESULTS, FORM, STYLES} if kind in BARE else {RESULTS})
    assert read_forms(path).forms == read
    clear(path)
    assert before.changed(Opened.of(path)) <= {RESULTS, FORM, STYLES}
    assert {name for name in before.parts if before.parts[name] != Opened.of(path).parts[name]} <= {RESULTS}


@pytest.mark.parametrize("kind", KINDS)
def test_an_overlay_goes_out_without_a_trace(kind: str, path: Path) -> None:
    """A1 and J17 are cells that the form itself never lights."""
    path.write_bytes(furnished(kind))
    before, grid = Opened.of(path), open_workbook(path).grid(FORM_SHEET)
    sheet = form_part(before)
    for _ in range(2):
        highlight(path, told(path, "A1", "J17"))
        marked = Opened.of(path)
        assert before.changed(marked) == {RESULTS, sheet, STYLES}
        assert marked.parts[sheet].count(b"cfRule type") == before.parts[sheet].count(b"cfRule type") + 2
        assert marked.parts[STYLES].count(b"dxf>") == before.parts[STYLES].count(b"dxf>") + 4
        assert open_workbook(path).grid(FORM_SHEET).cells == grid.cells
    clear(path)
    cleared = Opened.of(path)
    assert (cleared.parts[sheet], cleared.parts[STYLES]) == (before.parts[sheet], before.parts[STYLES])


@pytest.mark.parametrize("kind", KINDS)
def test_fixing_changes_the_named_cells_alone(kind: str, path: Path, tmp_path: Path) -> None:
    path.write_bytes(furnished(kind))
    before = Opened.of(path)
    done = fix([(path, read_forms(path))], tmp_path / "已修正")[0]
    assert done.copy is not None
    named = {cell.at.a1 for cell in done.cells}
    assert {"B3", "F17"} <= named
    after, sheet = Opened.of(done.copy), form_part(before)
    assert before.changed(after) == {sheet}
    assert without_cells(after.parts[sheet], named) == without_cells(before.parts[sheet], named)
    assert path.read_bytes() == furnished(kind)


def without_cells(part: bytes, named: set[str]) -> bytes:
    for a1 in named:
        part, times = re.subn(
            rb"<(\w+:)?c\b[^>]*?\br=[\"']%s[\"'].*?</(\w+:)?c>" % a1.encode(), b"", part, flags=re.DOTALL
        )
        assert times == 1, a1
    return part


# -- what the overlay shows


def with_error_value(parts: Parts) -> Parts:
    text = re.sub(r'<c r="F18"( s="\d+")[^>]*>.*?</c>', r'<c r="F18"\1 t="e"><v>#REF!</v></c>', parts[FORM].decode())
    return parts | {FORM: text.encode()}


def without_results(parts: Parts) -> Parts:
    """The sheet 校验结果 renamed, as good as deleted."""
    return patched(parts, "xl/workbook.xml", (f'name="{RESULT_SHEET}"', 'name="旧表"'))


def overlaid(path: Path) -> set[str]:
    """The cells with a rule of the overlay."""
    text = parts_of(path.read_bytes())[FORM].decode()
    rules = re.findall(r'<conditionalFormatting sqref="([^"]*)">(.*?)</conditionalFormatting>', text, re.DOTALL)
    return {cells for cells, rule in rules if "perfxl.overlay" in rule}


def test_a_cell_with_an_error_value_lights_as_well(path: Path) -> None:
    path.write_bytes(packed(with_error_value(parts_of(plain()))))
    highlight(path, told(path, "F18", "F19"))
    assert overlaid(path) == {"F18"}


def test_a_workbook_without_our_sheet_is_lit_by_the_overlay(path: Path) -> None:
    path.write_bytes(packed(without_results(parts_of(plain()))))
    before = parts_of(path.read_bytes())
    highlight(path, told(path, "F18", "F19"))
    assert overlaid(path) == {"F18", "F19"}
    clear(path)
    assert parts_of(path.read_bytes()) == before


def test_a_form_whose_names_are_gone_is_lit_by_the_overlay(path: Path) -> None:
    path.write_bytes(packed(patched(parts_of(plain()), "xl/workbook.xml", ('name="校验_格键"', 'name="别的"'))))
    highlight(path, told(path, "F19"))
    assert overlaid(path) == {"F19"}


def test_cells_whose_format_was_pasted_over_are_lit_by_the_overlay_and_no_others(path: Path) -> None:
    pasted = ('<conditionalFormatting sqref="E17:G76">', '<conditionalFormatting sqref="E17:G18 E20:G76">')
    path.write_bytes(packed(patched(parts_of(plain()), FORM, pasted)))
    highlight(path, told(path, "F18", "F19", "F20"))
    assert overlaid(path) == {"F19"}


def test_a_finding_without_weight_lights_nothing(path: Path) -> None:
    path.write_bytes(packed(without_results(parts_of(plain()))))
    before = path.read_bytes()
    with pytest.raises(OutputError, match="没有标注"):
        highlight(path, [replace(issue, severity=Severity.INFO) for issue in told(path, "F19")])
    with pytest.raises(OutputError, match="没有标注"):
        highlight(path, told(path, "F19"), needs_list=True)
    assert path.read_bytes() == before


def test_styles_that_can_not_be_cut_stop_the_marking(path: Path) -> None:
    parts = without_results(parts_of(plain()))
    styles = parts[STYLES].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    path.write_bytes(packed(parts | {STYLES: styles}))
    before = path.read_bytes()
    with pytest.raises(OutputError, match="另存为"):
        highlight(path, told(path, "F19"))
    assert path.read_bytes() == before


def test_what_a_program_saved_that_drops_remarks_is_cleared_by_the_tag(path: Path) -> None:
    path.write_bytes(packed(without_results(parts_of(plain()))))
    before = parts_of(path.read_bytes())[FORM]
    highlight(path, told(path, "F18", "F19"))
    path.write_bytes(
        packed({name: re.sub(rb"<!--.*?-->", b"", part) for name, part in parts_of(path.read_bytes()).items()})
    )
    clear(path)
    assert parts_of(path.read_bytes())[FORM] == before


def test_a_formula_pasted_beside_the_tag_survives_clearing(path: Path) -> None:
    parts = without_results(parts_of(plain()))
    own = '<conditionalFormatting sqref="C4"><cfRule type="expression" priority="90"><formula>TRUE</formula></cfRule>'
    tagged = '<cfRule type="expression" priority="91"><formula>LEN("perfxl.overlay")</formula></cfRule></conditionalFormatting>'
    path.write_bytes(packed(patched(parts, FORM, ("<dataValidations", f"{own}{tagged}<dataValidations"))))
    clear(path)
    assert (
        parts_of(path.read_bytes())[FORM]
        == patched(parts, FORM, ("<dataValidations", f"{own}</conditionalFormatting><dataValidations"))[FORM]
    )


def test_libreoffice_shows_the_overlay_until_the_cell_is_corrected(path: Path, office: Office) -> None:
    parts = without_results(with_error_value(parts_of(plain())))
    path.write_bytes(packed(parts))
    with office.open(path) as document:
        plain_colours = document.backgrounds(FORM_SHEET)
    highlight(path, told(path, "F18", "F19", "C4"))
    with office.open(path) as document:
        colours = document.backgrounds(FORM_SHEET)
        assert {a1 for a1 in colours if colours[a1] != plain_colours.get(a1)} == {"F18", "F19", "C4"}
        document.set_block(FORM_SHEET, "F18", [["99"]])
        document.set_block(FORM_SHEET, "E4", [[600.0]])  # the three amounts are looked at together
        colours = document.backgrounds(FORM_SHEET)
        assert {a1 for a1 in colours if colours[a1] != plain_colours.get(a1)} == {"F19"}


# -- signed workbooks


def test_a_signed_workbook_is_marked_in_a_copy_that_says_so(path: Path, tmp_path: Path) -> None:
    path.write_bytes(packed(signed(parts_of(plain()))))
    before, reading = path.read_bytes(), read_forms(path)
    marking = Marking(path, Path(path.name), reading.forms, told(path, "F18"))
    for _ in range(2):
        (done,) = mark_in_place([marking])
        assert (done.copy, done.note) == (path.with_name("表（副本）.xlsx"), SIGNED_COPY)
    assert path.read_bytes() == before
    assert done.copy is not None
    assert SIGNED_COPY in str(open_workbook(done.copy).grid(RESULT_SHEET).text(2, 1))
    assert mark_copies([marking], tmp_path / "退回")[0].note == SIGNED_COPY
    fixed = fix([(path, reading)], tmp_path / "已修正")[0]
    assert (fixed.note, path.read_bytes()) == (SIGNED_COPY, before)


def test_clearing_a_signed_workbook_leaves_it_alone(path: Path) -> None:
    path.write_bytes(packed(signed(parts_of(plain()))))
    before = path.read_bytes()
    assert clear(path) == path.with_name("表（副本）.xlsx")
    assert path.read_bytes() == before


def test_an_unsigned_workbook_is_marked_in_itself_without_a_word(path: Path) -> None:
    path.write_bytes(plain())
    (done,) = mark_in_place([Marking(path, Path(path.name), read_forms(path).forms, told(path, "F18"))])
    assert (done.copy, done.note) == (path, "")


# -- real programs


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_stays_as_valid_as_it_was(
    kind: str, path: Path, validate_ooxml: Callable[[Path], list[str]], office: Office
) -> None:
    _as_valid_as_before(kind, path, validate_ooxml, office)


# Of each way in which a part is cut one, so that the ordinary run stays short.
@pytest.mark.parametrize(
    "kind", ["threaded comments", "x14 drop-downs", "prefixed sheet", "no format left", "zip64 entries"]
)
def test_a_marked_file_opens_and_stays_as_valid_as_it_was(
    kind: str, path: Path, validate_ooxml: Callable[[Path], list[str]], office: Office
) -> None:
    _as_valid_as_before(kind, path, validate_ooxml, office)


def _as_valid_as_before(kind: str, path: Path, validate_ooxml: Callable[[Path], list[str]], office: Office) -> None:
    path.write_bytes(furnished(kind))
    before, shown = validate_ooxml(path), _shown(path, office)
    assert (shown is None) == (kind == "zip64 directory")
    fixed = fix([(path, read_forms(path))], path.parent / "已修正")[0].copy
    assert fixed is not None
    highlight(path, [*check(read_forms(path).forms), *told(path, "A1")])
    for result in (path, fixed):
        assert _kinds(validate_ooxml(result)) == _kinds(before)
        assert _shown(result, office) == shown


def _shown(path: Path, office: Office) -> tuple[object, ...] | None:
    """Some cells as LibreOffice shows them; None where it can't open the file (7.4 reads no directory in Zip64)."""
    try:
        with office.open(path) as document:
            return tuple(document.get(FORM_SHEET, a1).value for a1 in ("A2", "C15", "C18", "C4"))
    except OfficeError:
        return None


def _kinds(findings: list[str]) -> set[str]:
    """Findings without the places that our own elements shift."""
    return {re.sub(r"\[\d+\]", "[]", finding) for finding in findings}
