"""Cells with their addresses, from files as programs write them and as hands and hostile hands do."""

import datetime
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import PatternFill

from perfxl.errors import UnreadableFile
from perfxl.intake.cells import CellError, Grid, Merge, Uncomputed
from perfxl.intake.grid import open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.number import Number, general, read_date, read_number, show_number

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
KINDS = {
    MAIN: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    STRICT: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def book(sheet="", strings=None, *, styles=None, space=MAIN, workbook="", limits=None, extra=""):
    """A workbook of hand-written XML: the content of sheetData, of sst, of styleSheet; its one sheet is called 表."""
    kinds, rel = KINDS[space], "http://schemas.openxmlformats.org/package/2006/relationships"

    def arrows(**targets):
        rows = "".join(f'<Relationship Id="{k}" Type="{kinds}/{k}" Target="{v}"/>' for k, v in targets.items())
        return f'<Relationships xmlns="{rel}">{rows}</Relationships>'

    targets = {"worksheet": "s.xml"}
    if isinstance(sheet, str):
        sheet = f'<worksheet xmlns="{space}"><sheetData>{sheet}</sheetData>{extra}</worksheet>'
    parts = {"_rels/.rels": arrows(officeDocument="b/w.xml"), "b/s.xml": sheet}
    if strings is not None:
        targets["sharedStrings"] = "t.xml"
        parts["b/t.xml"] = f'<sst xmlns="{space}">{strings}</sst>'
    if styles is not None:
        targets["styles"] = "y.xml"
        parts["b/y.xml"] = f'<styleSheet xmlns="{space}">{styles}</styleSheet>'
    parts["b/w.xml"] = (
        f'<workbook xmlns="{space}" xmlns:r="{kinds}">'
        + (workbook or '<sheets><sheet name="表" sheetId="1" r:id="worksheet"/></sheets>')
        + "</workbook>"
    )
    parts["b/_rels/w.xml.rels"] = arrows(**targets)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return open_workbook(stream.getvalue(), name="报送.xlsx", limits=limits)


def grid(sheet, strings=None, **options):
    return book(sheet, strings, **options).grid("表")


def row(*cells):
    return f"<row>{''.join(cells)}</row>"


def refusal(*args, **options):
    with pytest.raises(UnreadableFile) as refused:
        grid(*args, **options)
    assert str(refused.value).startswith("报送.xlsx：")
    return str(refused.value)


# -- files that programs write


def openpyxl_file():
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "绩效目标表"
    sheet["A1"], sheet["B1"], sheet["C1"], sheet["D1"] = " 群众满意度 ", 84.1, True, "=1+1"
    sheet["B1"].number_format = "#,##0.00"
    sheet["A2"], sheet["B2"] = "合并", datetime.date(2023, 6, 30)
    sheet["B2"].number_format = 'yyyy"年"m"月"d"日"'
    sheet.merge_cells("A2:A4")
    sheet["Z99"].fill = PatternFill("solid", "FF0000")
    made.create_sheet("隐").sheet_state = "hidden"
    made.create_sheet("深隐").sheet_state = "veryHidden"
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_a_file_of_openpyxl():
    opened = open_workbook(openpyxl_file())
    assert [(sheet.name, sheet.state) for sheet in opened.sheets] == [
        ("绩效目标表", "visible"), ("隐", "hidden"), ("深隐", "veryHidden")
    ]  # fmt: skip
    read = opened.grid("绩效目标表")
    assert [read.text(1, column) for column in range(1, 6)] == [" 群众满意度 ", "84.10", "TRUE", None, None]
    assert read.value(1, 4) == Uncomputed() and read.formula(1, 4) and not read.formula(1, 1)
    assert (read.text(4, 1), read.anchor(4, 1), read.text(2, 2)) == ("合并", (2, 1), "2023年6月30日")
    assert read.max_row == 2  # the coloured blank at Z99 is no content


def test_a_file_of_xlsxwriter_with_rich_text_formulas_and_names():
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = made.add_worksheet("甲 表")
    sheet.write_rich_string("A1", "保障", made.add_format({"bold": True}), "社保卡", " 供应")
    sheet.write_formula("A2", "=1+1", None, 2)
    sheet.write_formula("A3", '=""', None, "")
    sheet.write_formula("A4", "=NA()", None, "#N/A")
    sheet.write_number("A5", 0.95, made.add_format({"num_format": "0%"}))
    sheet.write_blank("A6", None, made.add_format({"bold": True}))
    made.define_name("名", "='甲 表'!$A$1")
    sheet.print_area("A1:B2")
    made.add_chartsheet("图")
    made.close()
    opened = open_workbook(stream.getvalue())
    read = opened.grid("甲 表")
    assert [read.text(r, 1) for r in range(1, 7)] == ["保障社保卡 供应", "2", None, "#N/A", "95%", None]
    assert read.value(4, 1) == CellError("#N/A") and (3, 1) in read.formulas
    assert read.value(3, 1) == Uncomputed()  # XlsxWriter writes an empty result as openpyxl writes none: <v></v>
    assert opened.defined_names == {"名": "'甲 表'!$A$1", "甲 表!_xlnm.Print_Area": "'甲 表'!$A$1:$B$2"}
    assert [sheet.name for sheet in opened.sheets] == ["甲 表"]


def test_saving_again_in_libreoffice_changes_no_text(office, tmp_path):
    source = tmp_path / "表.xlsx"
    source.write_bytes(openpyxl_file())
    saved = office.resave(source, tmp_path / "再存.xlsx")
    before, after = (open_workbook(path).grid("绩效目标表") for path in (source, saved))
    assert after.text(1, 4) == "2"  # LibreOffice computes what openpyxl left uncomputed
    typed = [(r, c, before.text(r, c)) for r, c, value in before if value != Uncomputed()]
    assert typed == [(r, c, after.text(r, c)) for r, c, _ in typed]
    assert after.anchor(4, 1) == (2, 1)


# What openpyxl itself changes on writing is left out: characters that XML has not, and text like _x0041_, which it
# writes unescaped and every reader then resolves; line ends other than \n are those of XML; the empty text, which it
# writes as a cell without content.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n"), min_size=1).filter(
    lambda text: not re.search(r"_x[0-9A-Fa-f]{4}_", text) and not set(text) & {"\ufffe", "\uffff"}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, min_size=1, max_size=8))
def test_any_text_comes_back_as_openpyxl_wrote_it(written):
    made = openpyxl.Workbook()
    for number, text in enumerate(written, 1):
        made.active.cell(number, 2, text).data_type = "s"
    stream = io.BytesIO()
    made.save(stream)
    read = open_workbook(stream.getvalue()).grid("Sheet")
    assert [read.text(number, 2) for number in range(1, len(written) + 1)] == written


# -- the format in its variety


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("<c/>", None),
        ('<c s="3"/>', None),
        ("<c><v/></c>", None),
        ('<c t="s"><v>1</v></c>', "乙"),
        ('<c t="s"><v>1 </v></c>', "乙"),
        ('<c t="s"><v>2</v></c>', ""),
        ('<c t="s"/>', None),
        ('<c t="str"><v> x </v></c>', " x "),
        ('<c t="str"><f>A</f><v></v></c>', ""),
        ('<c t="str"><f>A</f></c>', Uncomputed()),
        ("<c><f>A1</f></c>", Uncomputed()),
        ("<c><f>A1</f><v/></c>", Uncomputed()),
        ('<c t="inlineStr"><is><t>文</t></is></c>', "文"),
        ('<c t="inlineStr"><is><t/></is></c>', ""),
        ('<c t="inlineStr"><is/></c>', None),
        ('<c t="inlineStr"><is><r><rPr/><t>社</t></r><r><t xml:space="preserve"> 保</t></r></is></c>', "社 保"),
        ('<c t="inlineStr"><is><t>社</t><rPh sb="0" eb="1"><t>shè</t></rPh></is></c>', "社"),
        ('<c t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c>', "a\rb_x0041_"),
        ('<c t="inlineStr"><is><t>_xD83D__xDE00__xD83D_</t></is></c>', "😀\ufffd"),
        ('<c t="b"><v>1</v></c>', True),
        ('<c t="b"><v>0</v></c>', False),
        ('<c t="e"><v>#REF!</v></c>', CellError("#REF!")),
        ("<c><v> 12 </v></c>", Number("12", Decimal(12))),
        ('<c t="n"><v>1.5E3</v></c>', Number("1.5E3", Decimal(1500))),
        ('<c t="d"><v>2023-06-30</v></c>', Number("2023-06-30", Decimal(45107))),
    ],
)
def test_each_kind_of_cell(cell, value):
    read = grid(row(cell), "<si><t>甲</t></si><si><r><t>乙</t></r></si><si><t/></si>")
    assert read.value(1, 1) == value and type(read.value(1, 1)) is type(value)
    assert ((1, 1) in read.cells) is (value is not None)


def test_blank_empty_text_error_and_uncomputed_stay_four_things():
    read = grid(row("<c/>", '<c t="str"><v/></c>', '<c t="e"><v>#N/A</v></c>', "<c><f>1</f></c>"))
    assert [read.value(1, c) for c in range(1, 5)] == [None, "", CellError("#N/A"), Uncomputed()]
    assert [read.text(1, c) for c in range(1, 5)] == [None, "", "#N/A", None]


def test_cells_and_rows_without_addresses_are_counted():
    read = grid(
        row("<c><v>1</v></c>", '<c r="D1"><v>2</v></c>', "<c><v>3</v></c>")
        + '<row r="5"><c><v>4</v></c></row>'
        + row("<c><v>5</v></c>")
    )
    assert [(r, c, value.stored) for r, c, value in read] == [
        (1, 1, "1"), (1, 4, "2"), (1, 5, "3"), (5, 1, "4"), (6, 1, "5")
    ]  # fmt: skip


def test_cells_come_row_by_row_whatever_their_order_in_the_file():
    read = grid('<row r="3"><c r="B3"><v>1</v></c><c r="A3"><v>2</v></c></row><row r="1"><c r="C1"><v>3</v></c></row>')
    assert [(r, c) for r, c, _ in read] == [(1, 3), (3, 1), (3, 2)]


@pytest.mark.parametrize("space", [MAIN, STRICT])
def test_prefixed_names_both_namespaces_and_foreign_elements(space):
    sheet = (
        f'<x:worksheet xmlns:x="{space}" xmlns:o="urn:other"><x:sheetData><x:row r="2"><o:c r="A1"><o:v>9</o:v></o:c>'
        '<x:c t="s" r="A2"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert grid(sheet.encode(), "<si><t>甲</t></si>", space=space).cells == {(2, 1): "甲"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_parts_in_other_encodings(encoding):
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="str"><v>中文</v></c></row></sheetData></worksheet>'
    assert grid(sheet.encode(encoding)).text(1, 1) == "中文"


def test_strings_and_styles_are_read_only_when_needed():
    opened = book(row('<c s="1"><v>1</v></c>'), "<broken", styles="<broken")
    number = opened.grid("表").value(1, 1)
    assert number.value == 1
    with pytest.raises(UnreadableFile):
        _ = number.shown
    with pytest.raises(UnreadableFile):
        book(row('<c t="s"><v>0</v></c>'), "<broken").grid("表")


def test_the_state_of_sheets_and_the_scope_of_names():
    workbook = (
        '<workbookPr date1904="1"/><sheets><sheet r:id="worksheet" state="veryHidden" name="一"/>'
        '<sheet name="二" r:id="worksheet" state="odd"/></sheets>'
        '<definedNames><definedName name="a">一!$A$1</definedName><definedName localSheetId="1" name="a">1&lt;2'
        '</definedName><definedName name="b"/></definedNames>'
    )
    opened = book(workbook=workbook)
    assert [(sheet.name, sheet.state) for sheet in opened.sheets] == [("一", "veryHidden"), ("二", "visible")]
    assert opened.defined_names == {"a": "一!$A$1", "二!a": "1<2", "b": ""}
    assert opened.date1904
    with pytest.raises(KeyError):
        opened.grid("三")


# -- merges and far cells


def test_a_merge_shows_its_anchor_and_hides_what_lies_under_it():
    read = Grid("表", {(1, 1): "甲", (2, 1): "旧", (2, 2): "乙"}, [Merge(1, 1, 2, 1)], [(1, 1)])
    assert [read.text(2, 1), read.text(2, 2), read.text(3, 1)] == ["甲", "乙", None]
    assert list(read) == [(1, 1, "甲"), (2, 2, "乙")]
    assert read.cells[2, 1] == "旧" and read.formula(2, 1) and not read.formula(2, 2)


@pytest.mark.parametrize("reference", ["A1:A1048576", "A1048576:A1", "A1:XFD1048576", "$A$1:A1048576"])
def test_a_merge_of_whole_columns_is_one_entry(reference):
    if "$" in reference:
        assert "已损坏" in refusal("", extra=f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>')
        return
    read = grid(row("<c><v>1</v></c>"), extra=f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>')
    assert len(read.merges) == 1 and read.anchor(1_048_576, 1) == (1, 1)
    assert read.text(1_048_576, 1) == "1" and read.max_row == 1


def test_a_stray_cell_at_the_far_corner_is_one_cell():
    read = grid('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert read.cells.keys() == {(1_048_576, 16_384)}


# -- damage and limits


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ('<row r="1048577"><c><v>1</v></c></row>', "工作表“表”"),
        ('<row r="0"><c><v>1</v></c></row>', "工作表“表”"),
        ('<row r="1_0"/>', "已损坏"),
        (row('<c r="XFE1"><v>1</v></c>'), "已损坏"),
        (row('<c r="XFD1"/>', "<c><v>1</v></c>"), "已损坏"),
        (row('<c r="A0"><v>1</v></c>'), "已损坏"),
        (row('<c r="１A"><v>1</v></c>'), "已损坏"),
        ("<c><v>1</v></c>", "已损坏"),
        (row('<c r="A1"><v>1</v></c>', '<c r="A1"><v>2</v></c>'), "A1 格"),
        (row('<c t="s"><v>5</v></c>'), "A1 格"),
        (row('<c t="s"><v>-1</v></c>'), "A1 格"),
        (row('<c t="s"><v>١</v></c>'), "A1 格"),
        (row("<c><v>NaN</v></c>"), "A1 格"),
        (row("<c><v>1e999</v></c>"), "A1 格"),
        (row('<c t="d"><v>someday</v></c>'), "A1 格"),
        (row('<c t="b"><v>2</v></c>'), "A1 格"),
        (row('<c t="odd"><v>2</v></c>'), "A1 格"),
        (row('<c s="x"><v>2</v></c>'), "A1 格"),
        ("<row>", "工作表“表”"),
        ("&undefined;", "已损坏"),
    ],
)
def test_damage_is_told_in_words_with_its_place(sheet, words):
    message = refusal(sheet, "<si><t>甲</t></si>")
    assert words in message and "已损坏" in message and "b/s.xml" not in message


def test_entities_are_refused_before_they_grow():
    sheet = f'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet xmlns="{MAIN}">&b;</worksheet>'
    assert "已损坏" in refusal(sheet.encode())


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(cells=2), "2 格"),
        (Limits(merges=1), "1 处"),
        (Limits(shared_strings=1), "1 条"),
        (Limits(rows=0), "已损坏"),
        (Limits(xml_elements=5), "内容过多"),
    ],
)
def test_each_limit_refuses_and_the_usual_ones_do_not(limits, words):
    sheet = row('<c t="s"><v>0</v></c>' * 3)
    options = {
        "strings": "<si><t>甲</t></si>" * 2,
        "extra": '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="C1"/></mergeCells>',
    }
    assert len(grid(sheet, **options).cells) == 3
    assert words in refusal(sheet, **options, limits=limits)


@pytest.mark.parametrize(
    "workbook",
    [
        '<sheets><sheet name="一" r:id="worksheet"/><sheet name="一" r:id="worksheet"/></sheets>',
        '<sheets><sheet name="一" r:id="nowhere"/></sheets>',
        '<sheets><sheet r:id="worksheet"/></sheets>',
    ],
)
def test_a_workbook_that_contradicts_itself_is_damage(workbook):
    with pytest.raises(UnreadableFile, match="已损坏"):
        book(workbook=workbook)


def test_too_many_sheets_are_refused():
    workbook = "<sheets>" + "".join(f'<sheet name="{i}" r:id="worksheet"/>' for i in range(3)) + "</sheets>"
    assert len(book(workbook=workbook, limits=Limits(sheets=3)).sheets) == 3
    with pytest.raises(UnreadableFile, match="2 张"):
        book(workbook=workbook, limits=Limits(sheets=2))


# -- numbers


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ("84.099999999999994", "84.1"),
        ("1324", "1324"),
        ("1324.00", "1324"),
        ("-0", "0"),
        ("1E+20", "100000000000000000000"),
        ("4.9406564584124654E-324", "4.94065645841247E-324"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1_000", None),
        ("١٢", None),
        ("１２", None),
        ("inf", None),
        ("1e309", None),
        ("1e-400", None),
        ("", None),
        ("1" * 401, None),
    ],
)
def test_stored_digits_give_the_number_that_was_typed(stored, value):
    assert read_number(stored) == (None if value is None else Decimal(value))
    if value is not None:
        assert str(read_number(stored)) == value


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("84.099999999999994", "General", "84.1"),
        ("84.099999999999994", "0.00", "84.10"),
        ("84.099999999999994", "@", "84.1"),
        ("100.0", "@", "100.0"),
        ("1324.5", "#,##0.00", "1,324.50"),
        ("1234567.891", "#,##0", "1,234,568"),
        ("2.5", "0", "3"),
        ("-2.5", "0", "-3"),
        ("0.95", "0%", "95%"),
        ("0.12345", "0.00%", "12.35%"),
        ("5", "0.00####", "5.00"),
        ("5.125", "0.00####", "5.125"),
        ("0.5", ".00", ".50"),
        ("12", "00000", "00012"),
        ("-5", "0.00;(0.00)", "(5.00)"),
        ("0", "0.00;-0.00;零", "零"),
        ("0", "0;;", ""),
        ("753", '0.00"万元"', "753.00万元"),
        ("753", "[$¥-804]#,##0.00;[Red]-[$¥-804]#,##0.00", "¥753.00"),
        ("5", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "5.00"),
        ("1000000", "0.0,,", "1.0"),
        ("12345", "0.00E+00", "1.23E+04"),
        ("0.00012", "0.0E-0", "1.2E-4"),
        ("9.996", "0.00E+00", "1.00E+01"),
        ("12345", "##0.0E+0", "12345"),
        ("1e20", "General", "1E+20"),
        ("-1.5e-11", "General", "-1.5E-11"),
        ("3", 'G/通用格式"人"', "3人"),
        ("0.5", "# ?/?", "0.5"),
        ("5", "[>3]0.0;0", "5"),
        ("1234", "[DBNum2]General", "1234"),
        ("1234", "00-00", "1234"),
        ("45107", "yyyy-mm-dd", "2023-06-30"),
        ("45107", 'yyyy"年"m"月"d"日"', "2023年6月30日"),
        ("45107", "yyyy年m月", "2023年6月"),
        ("45107", "yy.m.d aaaa", "23.6.30 星期五"),
        ("45107", "d-mmm-yyyy dddd", "30-Jun-2023 Friday"),
        ("45107", "e", "2023"),
        ("45107", "[$-F800]dddd\\,\\ mmmm\\ dd", "2023年6月30日"),
        ("45107.75", "yyyy/m/d h:mm AM/PM", "2023/6/30 6:00 PM"),
        ("45107.5", '上午/下午h"时"mm"分"', "下午12时00分"),
        ("0.999999", "h:mm:ss", "0:00:00"),
        ("1.5", "[h]:mm:ss", "36:00:00"),
        ("0.0000578703703703704", "mm:ss.00", "00:05.00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("60", "yyyy-mm-dd", "1900-02-29"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("0", "yyyy/m/d", "1900/1/0"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("2958466", "yyyy-mm-dd", "2958466"),
        ("1e300", "yyyy-mm-dd", "1E+300"),
        ("1", "ss.0000", "1"),
        ("1", "0" + "%" * 200, "1"),
        ("1", "0" * 300, "1"),
    ],
)
def test_numbers_show_as_excel_shows_them(stored, code, shown):
    assert show_number(Number(stored, read_number(stored)), code) == shown


def test_the_format_comes_from_the_cell_style_not_from_differential_styles():
    styles = (
        '<numFmts><numFmt formatCode="0.000" numFmtId="164"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
        '<cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="31"/><xf numFmtId="9"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs>'
    )
    read = grid(row(*(f'<c s="{s}"><v>45107</v></c>' for s in (0, 1, 2, 3, 9))), styles=styles)
    assert [read.text(1, c) for c in range(1, 6)] == ["45107", "45107.000", "2023年6月30日", "4510700%", "45107"]


def test_dates_count_from_1904_where_the_workbook_says_so():
    assert show_number(Number("43645", Decimal(43645)), "yyyy-mm-dd", date1904=True) == "2023-06-30"
    assert show_number(Number("0", Decimal(0)), "yyyy-mm-dd aaa", date1904=True) == "1904-01-01 五"
    assert show_number(Number("2957004", Decimal(2957004)), "yyyy", date1904=True) == "2957004"
    assert read_date("2023-06-30", True) == 43645 and read_date("2023-06-30", False) == 45107
    assert read_date("1900-01-01T12:00:00", False) == Decimal("1.5") and read_date("1899-01-01", False) is None


@given(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False))
def test_no_format_code_and_no_number_breaks_showing(code, number):
    stored = repr(number)
    value = read_number(stored)
    assert isinstance(show_number(Number(stored, value), code), str)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_general_gives_the_same_number_back(number):
    value = read_number(repr(number))
    assert Decimal(general(value)) == value
    assert Number(repr(number), value).shown == general(value)


@given(st.text('0#?.,%E+-;ymdhs[]@"\\ _*aG年/:AMP', max_size=20), st.floats(-1e7, 1e7))
def test_no_odd_format_code_breaks_showing(code, number):
    stored = repr(number)
    assert isinstance(show_number(Number(stored, read_number(stored)), code), str)


def test_hidden_rows_columns_and_sheets_are_known():
    sheet = (
        f'<worksheet xmlns="{MAIN}"><cols><col min="2" max="3" hidden="true"/><col min="5" max="5" width="0"/>'
        '<col min="6" max="6" width="9"/><col min="x" max="y" hidden="1"/></cols>'
        '<sheetData><row r="2" hidden="1"/><row r="3" ht="0"/><row r="4" ht="15" hidden="0"/></sheetData></worksheet>'
    )
    read = book(sheet, workbook='<sheets><sheet name="表" state="hidden" r:id="worksheet"/></sheets>').grid("表")
    assert read.state == "hidden"
    assert read.hidden_rows == {2, 3}
    assert [column for column in range(1, 8) if read.hidden(4, column)] == [2, 3, 5]
    assert read.hidden(2, 1) and not read.hidden(4, 1)


@pytest.mark.parametrize(("code", "certain"), [("General", True), ("0.00%", True), ("@", True), ("0!.0000", False)])
def test_a_number_says_whether_what_excel_shows_is_known(code, certain):
    styles = f'<numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs>'
    value = grid(row("<c><v>12345</v></c>"), styles=styles).value(1, 1)
    assert value.certain is certain
    assert certain or value.shown == "12345"


@pytest.mark.parametrize("within", ['<row r="18"/>', '<c r="C4"><v>7</v></c>'])
def test_a_cell_or_row_within_a_cell_is_damage_and_carries_no_value_off(within):
    assert "F17" in refusal(f'<row r="17"><c r="F17">{within}<v>5</v></c></row>')
    assert grid('<row r="17"><c r="F17"><v>5</v></c></row>').text(17, 6) == "5"


@pytest.mark.parametrize("two", ["<v>7</v><v>500</v>", "<v>7</v><is><t>500</t></is>", "<is><t>7</t></is><v>500</v>"])
def test_two_values_in_one_cell_are_not_joined(two):
    assert "C4" in refusal(f'<row r="4"><c r="C4">{two}</c></row>')
    runs = '<row r="4"><c r="C4" t="inlineStr"><is><r><t>7</t></r><r><t>500</t></r></is></c></row>'
    assert grid(runs).text(4, 3) == "7500"
