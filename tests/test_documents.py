"""What stands in a document, whatever it is: paragraphs and tables with their places; clear answers to what can't be read."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, Project
from pages import Page, Table, as_docx, as_html, as_text, as_xlsx, c, docx, paragraph, word_body, word_table

from perfxl.errors import UnreadableFile
from perfxl.intake import documents, office
from perfxl.intake.documents import read_document
from perfxl.intake.limits import Limits
from perfxl.intake.tables import Block, Line, Paragraph
from perfxl.intake.tables import Table as ReadTable
from perfxl.issue import At, AtLine, AtTable

ROWS = [[c("项目名称"), c("某项目", w=2)], [c("资金", h=2), c("预算数"), c("10.00")], [c("财政资金"), c("10.00")]]


def blocks(data: bytes, **options: object) -> list[Block]:
    return list(read_document(data, "表", **options).blocks)  # type: ignore[arg-type]


def texts(data: bytes) -> list[str | list[list[str | None]]]:
    """Paragraphs as they are, tables as rows of cells, ``…`` for what goes on a cell above."""
    return [shown(block) for block in blocks(data)]


def shown(block: Block) -> str | list[list[str | None]]:
    if isinstance(block, ReadTable):
        return [["…" if cell.merged else cell.text for cell in row] for row in block.rows]
    return block.text


def notes(data: bytes) -> list[str]:
    document = read_document(data, "表")
    for _ in document.blocks:
        pass
    return document.notes


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile, match=r"^表：") as refused:
        blocks(data)
    return str(refused.value)


def word(*parts: str) -> bytes:
    return docx("".join(parts))


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


# -- cells and their places


TABLE = [["项目名称", "某项目"], ["资金", "预算数", "10.00"], ["…", "财政资金", "10.00"]]


@pytest.mark.parametrize("make", [as_docx, as_html, as_xlsx])
def test_paragraphs_and_tables_are_read_with_their_merged_cells(make: object) -> None:
    data = make(Page(["标题", Table(ROWS)]))  # type: ignore[operator]

    found = texts(data)

    flat = [row for block in found for row in ([[block]] if isinstance(block, str) else block)]
    assert flat == [["标题"], *TABLE]


@pytest.mark.parametrize(
    ("make", "at"),
    [(as_docx, AtTable(1, 3, 3)), (as_html, AtTable(1, 3, 2)), (as_xlsx, At("Sheet1", 3, 3))],
)
def test_every_cell_has_its_place(make: object, at: object) -> None:
    (table,) = blocks(make(Page([Table(ROWS)])))  # type: ignore[operator]

    assert isinstance(table, ReadTable)
    last = table.rows[-1][-1]
    assert (last.text, last.column, last.at) == ("10.00", 2, at)


def test_lines_of_a_text_know_whether_they_begin_a_cell() -> None:
    lines = blocks("标题\n\n\t项目名称\n\t某项目\n续行\n".encode())

    assert [(one.text, one.starts_cell, one.gap, one.at) for one in lines if isinstance(one, Line)] == [
        ("标题", False, False, AtLine(1)),
        ("项目名称", True, True, AtLine(3)),
        ("某项目", True, False, AtLine(4)),
        ("续行", False, False, AtLine(5)),
    ]


def test_rows_copied_from_excel_are_a_table() -> None:
    assert texts('标题\n项目名称\t某项目\n绩效目标\t"1.甲\n2.乙"\n'.encode()) == [
        "标题",
        [["项目名称", "某项目"], ["绩效目标", "1.甲\n2.乙"]],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_and_line_ends_of_windows_make_no_difference(encoding: str, ends: str) -> None:
    assert texts("\t项目名称\n\t某项目\n".replace("\n", ends).encode(encoding)) == ["项目名称", "某项目"]


def test_a_web_page_in_an_old_encoding_that_calls_itself_a_workbook() -> None:
    page = as_html(Page([Table(ROWS)])).decode().replace("utf-8", "gbk").encode("gb18030")

    assert texts(page) == [TABLE]


def test_a_web_page_may_leave_out_what_html_lets_it_leave_out() -> None:
    page = "<table><tr><td rowspan=2>甲<td>乙<tr><td>丙<table><tr><td>内</table></table><script>无</script>"

    assert texts(page.encode()) == [[["甲", "乙"], ["…", "丙"]], [["内"]]]


# -- Word: what stands there in the end


def test_deleted_text_is_not_read_and_inserted_text_is_and_both_are_told() -> None:
    changes = f"<w:del w:id='1'><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins w:id='2'>{run('新')}</w:ins>"
    data = word(f"<w:p>{run('预算')}{changes}</w:p>")

    assert texts(data) == ["预算新"]
    assert any("2 处修订" in note for note in notes(data))


def test_a_deleted_row_and_a_deleted_end_of_paragraph_are_gone() -> None:
    rows = "<w:tr><w:trPr><w:del w:id='1'/></w:trPr><w:tc><w:p><w:r><w:t>旧</w:t></w:r></w:p></w:tc></w:tr>"
    kept = f"<w:tr><w:tc><w:p><w:pPr><w:rPr><w:del w:id='2'/></w:rPr></w:pPr>{run('前')}</w:p>{paragraph('后')}</w:tc></w:tr>"

    assert texts(word(f"<w:tbl>{rows}{kept}</w:tbl>")) == [[["前后"]]]


def test_the_properties_before_a_change_do_not_count() -> None:
    before = "<w:tcPr><w:tcPrChange w:id='1'><w:tcPr><w:vMerge/></w:tcPr></w:tcPrChange></w:tcPr>"

    assert texts(word(f"<w:tbl><w:tr><w:tc>{before}{paragraph('甲')}</w:tc></w:tr></w:tbl>")) == [[["甲"]]]


@pytest.mark.parametrize(
    ("content", "read", "told"),
    [
        (run("见") + "<w:r><w:commentReference w:id='0'/></w:r>", "见", "1 条批注"),
        (run("看得见") + run("看不见", "<w:vanish/>"), "看得见", "隐藏的文字"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>' + run("95%"), "≥95%", ""),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run("新增"), "\ufffd新增", "特殊符号"),
        ("<m:oMath><m:r><m:t>≥</m:t></m:r></m:oMath>" + run("95%"), "≥95%", ""),
        ("<w:pPr><w:numPr><w:numId w:val='3'/></w:numPr></w:pPr>" + run("甲"), "甲", "自动编号"),
        ("<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t><w:noBreakHyphen/></w:r>", "甲\n乙\t丙-", ""),
    ],
)
def test_what_word_puts_among_text(content: str, read: str, told: str) -> None:
    data = word(f"<w:p>{content}</w:p>")

    assert texts(data) == [read]
    assert any(told in note for note in notes(data)) if told else notes(data) == []


def test_a_field_to_fill_in_that_nobody_filled_in_is_blank() -> None:
    sdt = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('单击此处输入')}</w:sdtContent></w:sdt>"
    data = word(f"<w:tbl><w:tr><w:tc><w:p>{sdt}</w:p></w:tc><w:tc>{paragraph('后')}</w:tc></w:tr></w:tbl>")

    assert texts(data) == [[[None, "后"]]]
    assert any("提示文字" in note for note in notes(data))


def test_a_table_in_a_table_and_one_in_a_text_box_are_tables_of_their_own() -> None:
    inner = word_table(Table([[c("内")]]))
    outer = f"<w:tbl><w:tr><w:tc>{paragraph('外')}{inner}{paragraph('')}</w:tc></w:tr></w:tbl>"
    box = f"<w:txbxContent>{word_table(Table([[c('框')]]))}</w:txbxContent>"
    drawing = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    data = word(outer, f"<w:p><w:r>{drawing}</w:r></w:p>")

    assert texts(data) == [[["外"]], [["内"]], [["框"]]]
    assert len(notes(data)) == 2


def test_a_document_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table is given out before those behind it have been inflated."""
    monkeypatch.setattr("perfxl.intake.word._PIECE", 4096)
    document = read_document(as_docx(Page([Table(ROWS)] * 200)), "表")

    next(document.blocks)

    assert document.done < document.size / 10
    assert sum(1 for _ in document.blocks) == 199
    assert document.done == document.size


# -- what can't be read


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b" \n\n", "空的"),
        (b"%PDF-1.7 /XObject /Image", "扫描件"),
        (b"%PDF-1.7 /Font /F1", "PDF"),
        (b"%PDF-1.7 /Encrypt 5 0 R", "加密"),
        (b"\xff\xff\xff\x00", "编码"),
        (b"PK\x03\x04 word/document.xml cut", "损坏"),
        (b"MIME-Version: 1.0\n\n", ".docx"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', ".xlsx"),
        (docx("", parts={"word/document.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "损坏"),
        (docx("<w:p>"), "损坏"),
        (docx("", parts={"_rels/.rels": "<Relationships/>"}), "损坏"),
    ],
)
def test_what_can_not_be_read_is_refused_with_what_to_do(data: bytes, words: str) -> None:
    said = refusal(data)

    assert words in said
    assert "请" in said


def test_a_document_with_a_password_asks_for_it() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    locked += "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + (34).to_bytes(2, "little") + b"\0" * 62

    assert "密码" in refusal(locked)


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        (Limits(file_bytes=100), as_docx(Page([Table(ROWS)]))),
        (Limits(xml_depth=4), as_docx(Page([Table(ROWS)]))),
        (Limits(cells=5), as_docx(Page([Table(ROWS)]))),
        (Limits(cells=5), as_html(Page([Table(ROWS)]))),
        (Limits(document_part=100, ratio_from=10), as_docx(Page([Table(ROWS)]))),
    ],
)
def test_a_document_beyond_a_limit_is_refused(limits: Limits, data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="表："):
        blocks(data, limits=limits)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 5000), st.binary(max_size=6), st.booleans())
def test_whatever_happened_to_a_document_it_is_read_or_refused(place: int, bytes_there: bytes, cut: bool) -> None:
    whole = word_body(LAYOUTS["published"](Project()).page).encode()
    place %= len(whole)
    broken = whole[:place] + bytes_there + (b"" if cut else whole[place + len(bytes_there) :])
    for data in (docx(broken.decode("utf-8", "replace")), b"<html>" + broken, b"\t" + broken):
        with contextlib.suppress(UnreadableFile):
            blocks(data)


def test_many_tables_are_no_table_too_large() -> None:
    data = as_docx(Page([Table(ROWS)] * 20))

    assert len(blocks(data, limits=Limits(cells=10))) == 20


# -- through LibreOffice


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice here")
@pytest.mark.parametrize("suffix", ["doc", pytest.param("rtf", marks=pytest.mark.thorough)])
def test_old_word_and_rtf_are_converted_and_read(suffix: str) -> None:
    made = office.converted(as_docx(LAYOUTS["published"](Project()).page), ".docx", suffix, 120)
    assert made is not None

    assert "城区供水管网改造" in str(texts(made))
    assert any("LibreOffice" in note for note in notes(made))


def test_without_libreoffice_old_word_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "libreoffice", lambda: None)
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    old += "WordDocument".encode("utf-16-le").ljust(64, b"\0") + (26).to_bytes(2, "little") + b"\0" * 62

    assert "另存为 .docx" in refusal(old)
    assert "RTF" in refusal(rb"{\rtf1 a}")


def test_a_conversion_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(office, "libreoffice", lambda: shutil.which("yes"))

    assert office.converted(b"x", ".doc", "docx", 0) is None


def test_kinds_are_told_by_content_and_not_by_name() -> None:
    page = Page(["标题", Table(ROWS)])
    kinds: Iterable[bytes] = (as_docx(page), as_html(page), as_xlsx(page), as_text(page))

    assert all("某项目" in str(texts(data)) for data in kinds)
    assert isinstance(blocks(as_docx(page))[0], Paragraph)
    assert documents.read_document.__doc__
