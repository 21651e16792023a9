"""What was changed in a form besides what is typed is told, with its place; what programs do by themselves is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from forms import form
from furniture import BOOK, FORM, KINDS, STYLES, Parts, packed, parts_of, patched

from office.driver import Office
from perfxl.intake.grid import open_workbook
from perfxl.issue import At, Issue, Severity
from perfxl.layout import FORM_SHEET, RESULT_SHEET
from perfxl.recognition import forms_of_grids
from perfxl.tampering import tampering
from perfxl.template import Issuance, build

LISTS = "xl/worksheets/sheet4.xml"


@pytest.fixture(scope="module")
def issued() -> Parts:
    """The parts of a filled form as it was issued."""
    return parts_of(build(forms=[form()]))


def found(data: bytes | Path) -> list[str]:
    """What is told: weight, cell, what was changed (without the sheet's name before it)."""
    book = open_workbook(data)
    sheets = (book.grid(sheet.name) for sheet in book.sheets if sheet.name != RESULT_SHEET)
    forms, _ = forms_of_grids(sheets, "99.xlsx")
    assert forms
    shown = []
    for issue in tampering(book, forms, "甲/99.xlsx"):
        assert (issue.code, issue.file, issue.form) == ("S07", "甲/99.xlsx", None)
        assert issue.advice
        message = issue.message.removeprefix(f"工作表“{FORM_SHEET}”")
        shown.append(f"{issue.severity.chinese} {issue.at.a1 if isinstance(issue.at, At) else '-'} {message}")
    return shown


def changed(*changes: tuple[str, str], part: str = FORM) -> Callable[[Parts], Parts]:
    """Texts of a part replaced."""
    return lambda parts: patched(parts, part, *changes)


def replaced(pattern: str, by: str, *, times: int = 0, part: str = FORM) -> Callable[[Parts], Parts]:
    """What matches in a part replaced; it must be there."""

    def change(parts: Parts) -> Parts:
        text, count = re.subn(pattern, by, parts[part].decode(), count=times, flags=re.DOTALL)
        assert count, pattern
        return parts | {part: text.encode()}

    return change


def together(*changes: Callable[[Parts], Parts]) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        for one in changes:
            parts = one(parts)
        return parts

    return change


def locked_cells_unlocked(parts: Parts) -> Parts:
    """The style of the table's headings loses its lock."""
    number = int(re.search(r'<c r="C15" s="(\d+)"', parts[FORM].decode())[1])  # type: ignore[index]
    head, cells = parts[STYLES].decode().split("<cellXfs", 1)
    formats = re.findall(r"<xf .*?(?:</xf>|/>(?=<xf|</cellXfs>))", cells, re.DOTALL)
    one = formats[number].replace("</xf>", '<protection locked="0"/></xf>')
    return parts | {STYLES: f"{head}<cellXfs{cells.replace(formats[number], one, 1)}".encode()}


def one_row_more(parts: Parts) -> Parts:
    """A row inserted before row 20, as a spreadsheet program does it: all below moves, the areas grow."""

    def cell(match: re.Match[str]) -> str:
        row = int(match[2])
        return f'{match[1]}{row + 1 if row >= 20 else row}"'

    text = parts[FORM].decode()
    text = re.sub(r'(<row r=")(\d+)"', cell, re.sub(r'(<c r="[A-Z]+)(\d+)"', cell, text))
    text = re.sub(r'(sqref="[A-Z]+17:[A-Z]+)76"', r'\g<1>77"', text)
    return parts | {FORM: text.encode()}


TAMPERED: dict[str, tuple[Callable[[Parts], Parts], str]] = {
    "protection off": (replaced("<sheetProtection [^>]*/>", ""), "警告 A1 的保护被取消，锁定的格子谁都能改"),
    "protection switched off": (
        replaced('(<sheetProtection [^>]*)sheet="1"', r"\1"),
        "警告 A1 的保护被取消，锁定的格子谁都能改",
    ),
    "labels unlocked": (locked_cells_unlocked, "警告 A3 有 13 格原本锁定的格子被解锁，如 A3"),
    "hint typed over": (
        replaced(r'<c r="I17"( s="\d+")[^>]*>.*?</c>', r'<c r="I17"\1 t="inlineStr"><is><t>好</t></is></c>'),
        "警告 I17 有 1 格填表提示或检查公式被覆盖或删除，如 I17",
    ),
    "helper deleted": (
        replaced(r'<c r="P2[01]"( s="\d+")[^>]*>.*?</c>', ""),
        "警告 P20 有 2 格填表提示或检查公式被覆盖或删除，如 P20",
    ),
    "lists lost": (
        replaced(r'sqref="E17:E76"', 'sqref="E17:E18 E21:E76"'),
        "警告 E19 有 2 格的下拉列表或输入检查没有了，如 E19",
    ),
    "every check lost": (
        replaced("<dataValidations.*</dataValidations>", ""),
        "警告 C4 有 243 格的下拉列表或输入检查没有了，如 C4",
    ),
    "own list": (
        changed(("<formula1>计算符号表<", '<formula1>"好,很好"<')),
        "警告 E17 有 60 格的下拉列表或输入检查被改动，如 E17",
    ),
    "list that stops nothing": (
        replaced(r'showErrorMessage="1" errorTitle="一级指标', 'errorTitle="一级指标'),
        "警告 A17 有 60 格的下拉列表或输入检查被改动，如 A17",
    ),
    "amount of any length": (
        replaced(r'type="decimal"( [^>]*sqref="E4")', r'type="textLength"\1'),
        "警告 E4 有 1 格的下拉列表或输入检查被改动，如 E4",
    ),
    "formats lost": (
        replaced('<conditionalFormatting sqref="E17:G76">', '<conditionalFormatting sqref="E17:G18 E20:G76">'),
        "警告 E19 有 3 格的标红格式没有了，如 E19",
    ),
    "row inserted": (one_row_more, "警告 A20 的指标表里插入了 1 行，如第20行。各行照常读取"),
    "rows deleted": (
        replaced(r'(sqref="[A-Z]+17:[A-Z]+)76"', r'\g<1>74"'),
        "警告 A17 的指标表里删除了 2 行。其余各行照常读取",
    ),
    "value from another workbook": (
        replaced(r'<c r="F18"( s="\d+")[^>]*>.*?</c>', r'<c r="F18"\1><f>[1]S!$A$1</f><v>99</v></c>'),
        "错误 F18 有 1 格的内容取自别的工作簿或程序，如 F18，不能当作填报的内容",
    ),
    "list changed": (
        changed(("<si><t>时效指标</t></si>", "<si><t>时间指标</t></si>"), part="xl/sharedStrings.xml"),
        "警告 C4 下拉列表“二级_产出指标”被改动：第 3 项应为“时效指标”，现为“时间指标”",
    ),
    "name of a list leads elsewhere": (
        changed((">清单!$F$2:$F$6<", ">绩效目标表!$F$2:$F$6<"), part=BOOK),
        "警告 - 下拉列表“计算符号表”的定义被改动或删除",
    ),
    "lists gone": (
        changed(('name="清单"', 'name="别的"'), part=BOOK),
        "警告 - 工作表“清单”被删掉了，下拉列表和填写检查不起作用",
    ),
    "results gone": (
        changed(('name="校验结果"', 'name="别的"'), part=BOOK),
        "警告 - 工作表“校验结果”被删掉了，退回时问题清单无处可写",
    ),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_change_is_told_with_its_place(kind: str, issued: Parts) -> None:
    change, told = TAMPERED[kind]
    assert told in found(packed(change(issued)))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("macros", "警告 - 工作簿里有宏，模板里没有"),
        ("external link", "警告 - 工作簿里有 1 个到其他工作簿的链接，模板里没有"),
        ("DDE link", "警告 - 工作簿里有到其他程序的动态链接（DDE），模板里没有"),
        ("connection", "警告 - 工作簿里有到其他文件或程序的数据连接，模板里没有"),
        ("a hidden sheet of one's own", "警告 A1 工作簿里多出工作表“测算”（隐藏），没有读取"),
    ],
)
def test_what_the_workbook_has_besides_is_told(kind: str, told: str, issued: Parts) -> None:
    assert found(KINDS[kind](issued)) == [told]


HARMLESS = sorted(
    {
        "nothing",
        "comments",
        "text box",
        "picture",
        "custom XML",
        "x14 drop-downs",
        "x14 data bars",
        "Excel 365 namespaces",
    }
    | {
        "prefixed sheet",
        "prefixed styles",
        "attributes otherwise",
        "byte order marks",
        "other part names",
        "inline strings",
    }
)


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_is_no_business_of_ours_is_not_told(kind: str, issued: Parts) -> None:
    assert found(KINDS[kind](issued)) == []


@pytest.mark.parametrize("part", [STYLES, LISTS])
def test_a_damaged_part_beside_the_form_is_told_and_refuses_nothing(part: str, issued: Parts) -> None:
    broken = patched(issued, part, ("?>", "?><broken")) | {
        BOOK: issued[BOOK].replace("清单!$F$2".encode(), "清单!$F$3".encode())
    }
    book = open_workbook(packed(broken))
    forms, _ = forms_of_grids([open_workbook(packed(issued)).grid(FORM_SHEET)], "x")
    told = [issue.message for issue in tampering(book, forms, "x")]
    assert told == ["工作簿里表格以外的部分已损坏，没有核对模板是否被改动"]


def test_a_sheet_that_reading_refused_is_not_told_again(issued: Parts) -> None:
    book = open_workbook(KINDS["a hidden sheet of one's own"](issued))
    forms, _ = forms_of_grids([book.grid(FORM_SHEET)], "x")
    refused = Issue("S07", Severity.ERROR, "版面变了", "请换用模板", at=At("测算", 1, 1))
    assert len(tampering(book, forms, "x")) == 1
    assert tampering(book, forms, "x", [refused]) == ()


def test_one_change_is_told_once_however_often_it_was_made(issued: Parts) -> None:
    gone = replaced("<conditionalFormatting.*</conditionalFormatting>", "")
    unchecked = replaced("<dataValidations.*</dataValidations>", "")
    assert len(found(packed(together(gone, unchecked)(issued)))) == 2


@pytest.mark.parametrize("edition", ["tianjin-2023", "mof-2021"])
def test_a_form_as_issued_is_not_suspected(edition: str, tmp_path: Path) -> None:
    """Also where finance has filled in and locked cells, and with several projects in one workbook."""
    forms = [form(), form(sheet="另一个", project="另一个")]
    locked = frozenset({"unit_code", "unit_name", "project", "total"})
    path = tmp_path / "下发.xlsx"
    path.write_bytes(build(Issuance(edition=edition), forms, locked=locked))
    assert found(path) == []


def test_a_blank_form_is_not_suspected(tmp_path: Path) -> None:
    path = tmp_path / "空表.xlsx"
    path.write_bytes(build())
    assert found(path) == []


def test_what_libreoffice_saved_is_not_suspected(tmp_path: Path, office: Office, issued: Parts) -> None:
    path = tmp_path / "填.xlsx"
    path.write_bytes(packed(issued))
    assert found(office.resave(path, tmp_path / "另存.xlsx")) == []


def test_what_openpyxl_saved_is_not_suspected(tmp_path: Path, issued: Parts) -> None:
    path = tmp_path / "填.xlsx"
    path.write_bytes(packed(issued))
    openpyxl.load_workbook(path).save(path)
    assert found(path) == []


def test_nothing_is_said_of_files_without_a_form_of_ours(issued: Parts) -> None:
    assert tampering(open_workbook(packed(issued)), (), "x") == ()
    foreign = form(layout="")
    assert tampering(open_workbook(packed(issued)), (foreign,), "x") == ()
