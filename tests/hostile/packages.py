"""A sound form workbook as parts, and ways to take it apart and put it together otherwise."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from html import escape

from forms import SOUND, form

from perfxl.form import Entry, TargetForm
from perfxl.intake.cells import Grid
from perfxl.intake.grid import open_workbook
from perfxl.intake.number import Number
from perfxl.issue import column_letters, column_number
from perfxl.layout import FORM_SHEET
from perfxl.template import Issuance, build

Parts = dict[str, bytes]

_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")

#: What the clerk of the sound form typed, as the tests know it.
BASE: TargetForm = form(
    SOUND.replace("2023", "2027"), department="人社局", contact="张三", phone="022-23456789", submission="1", year=2027
)


@functools.cache
def sound(number: int = 0) -> bytes:
    """A workbook with one form as the template builder writes it; each number is another project."""
    typed = BASE
    if number:
        changes = {name: Entry(raw=text, at=getattr(BASE, name).at) for name, text in _head(number).items()}
        typed = replace(BASE, **changes)
    return build(Issuance(year=2027, batch="第一批"), [typed])


def _head(number: int) -> dict[str, str]:
    name = f"{'甲乙丙丁戊己庚辛壬癸'[number % 10]}类社会事务项目"
    return {
        "project": name,
        "title": f"{name}绩效目标表",
        "unit_code": f"3533{number:02d}",
        "unit_name": f"第{number}事务中心",
    }


def parts(data: bytes | None = None) -> Parts:
    """The parts of a package, inflated, in its order."""
    with zipfile.ZipFile(io.BytesIO(data or sound())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """A package of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.comment = comment
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, method)
    return stream.getvalue()


@functools.cache
def form_part() -> str:
    """Name of the part that holds the form's sheet."""
    return next(sheet.part for sheet in open_workbook(sound()).sheets if sheet.name == FORM_SHEET)


def edited(data: bytes | None = None, /, **changes: Callable[[str], str]) -> bytes:
    """A workbook with parts changed as text: ``sheet``, ``strings``, ``styles``, ``workbook``, ``types``.

    The sound one where none is given.
    """
    names = {
        "sheet": form_part(),
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
        "workbook": "xl/workbook.xml",
        "types": "[Content_Types].xml",
        "rels": "xl/_rels/workbook.xml.rels",
    }
    content = parts(data)
    for name, change in changes.items():
        before = content[names[name]].decode()
        after = change(before)
        assert after != before, f"{name} is as it was"
        content[names[name]] = after.encode()
    return packed(content)


def with_cell(address: str, inner: str, attributes: str = "") -> Callable[[str], str]:
    """Sets the whole content of a cell (its style is kept), and its other attributes (``t="e"``)."""

    def change(sheet: str) -> str:
        pattern = rf'<c r="{address}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)'
        made, count = re.subn(
            pattern, lambda match: f'<c r="{address}"{match[1] or ""} {attributes}>{inner}</c>', sheet, flags=re.DOTALL
        )
        assert count == 1, address
        return made

    return change


def with_number(address: str, stored: str, code: str) -> bytes:
    """A number under a number format of its own at a cell."""

    def styles(text: str) -> str:
        fmt = f'<numFmt numFmtId="999" formatCode="{escape(code)}"/>'
        if "<numFmts" in text:
            text = re.sub(r"(<numFmts[^>]*>)", rf"\1{fmt}", text)
        else:
            text = text.replace("<fonts", f'<numFmts count="1">{fmt}</numFmts><fonts', 1)
        return text.replace("</cellXfs>", '<xf numFmtId="999" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>')

    count = len(
        re.findall(r"<xf ", re.search(r"<cellXfs.*?</cellXfs>", parts()["xl/styles.xml"].decode(), re.DOTALL)[0])
    )
    return edited(
        styles=styles,
        sheet=lambda text: re.sub(
            rf'<c r="{address}"[^>]*?(?:/>|>.*?</c>)', f'<c r="{address}" s="{count}"><v>{stored}</v></c>', text
        ),
    )


def before_end(tag: str, added: str) -> Callable[[str], str]:
    """Adds something before the end of an element."""
    return lambda text: text.replace(f"</{tag}>", f"{added}</{tag}>", 1)


def after_start(tag: str, added: str) -> Callable[[str], str]:
    return lambda text: re.sub(rf"(<{tag}[^>]*>)", lambda match: match[1] + added, text, count=1)


def inserted(book: bytes, *, row: int = 0, column: str = "", times: int = 1) -> bytes:
    """The workbook as a spreadsheet program leaves it that inserts rows or columns before this one: all moves along."""

    def place(match: re.Match[str]) -> str:
        letters, number = match[1], int(match[2])
        if row and number >= row:
            number += times
        if column and column_number(letters) >= column_number(column):
            letters = column_letters(column_number(letters) + times)
        return match[0].replace(match[1], letters, 1)[: -len(match[2])] + str(number)

    def moved(pattern: str, sheet: str) -> str:
        return re.sub(pattern, lambda match: match[1] + _PLACE.sub(place, match[2]) + match[3], sheet)

    content = parts(book)
    sheet = content[form_part()].decode()
    sheet = moved(r'((?:<c r|sqref|ref)=")([^"]*)(")', sheet)
    sheet = moved(r"(<(?:f|formula|formula1|formula2)(?: [^>]*)?>)([^<]*)(<)", sheet)
    if row:
        sheet = re.sub(
            r'(<row r=")(\d+)"', lambda match: f'{match[1]}{int(match[2]) + times * (int(match[2]) >= row)}"', sheet
        )
    else:
        sheet = re.sub(r"<cols>.*?</cols>", "", sheet)
    return packed(content | {form_part(): sheet.encode()})


# -- the same content as other programs write it


def every(change: Callable[[bytes], bytes], suffix: str = ".xml") -> bytes:
    """The sound workbook with each XML part changed."""
    return packed({name: change(data) if name.endswith(suffix) else data for name, data in parts().items()})


def strict(data: bytes) -> bytes:
    return data.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    )  # fmt: skip


def utf16(data: bytes) -> bytes:
    text = re.sub(r"<\?xml[^>]*\?>", "", data.decode("utf-8-sig"))
    return ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")


def prefixed(data: bytes) -> bytes:
    """Every element of the main namespace under a prefix, as some programs write it."""
    text = data.decode()
    if 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"' not in text:
        return data
    text = text.replace(' xmlns="http://schemas', ' xmlns:x="http://schemas', 1)
    return re.sub(r"<(/?)(?=[A-Za-z][A-Za-z0-9]*[\s/>])", r"<\1x:", text).encode()


def shuffled(data: bytes) -> bytes:
    """Attributes in the opposite order, in single quotes, with line breaks between them."""

    def element(match: re.Match[str]) -> str:
        attributes = re.findall(r'\s([\w:.-]+)="([^"]*)"', match[2])
        joined = "".join(f"\n {name}='{value.replace(chr(39), '&apos;')}'" for name, value in reversed(attributes))
        return f"<{match[1]}{joined}{match[3]}>"

    return re.sub(r"<([A-Za-z][\w:]*)((?:\s[\w:.-]+=\"[^\"]*\")+)\s*(/?)>", element, data.decode()).encode()


def inline_strings(data: bytes | None = None) -> bytes:
    """Texts in the cells instead of the shared list."""
    texts = re.findall(r"<si>(.*?)</si>", parts(data)["xl/sharedStrings.xml"].decode(), re.DOTALL)

    def sheet(text: str) -> str:
        return re.sub(
            r'<c r="(\w+)"( s="\d+")? t="s"><v>(\d+)</v></c>',
            lambda match: f'<c r="{match[1]}"{match[2] or ""} t="inlineStr"><is>{texts[int(match[3])]}</is></c>',
            text,
        )

    return edited(data, sheet=sheet)


def rich_text(phonetic: bool, data: bytes | None = None) -> bytes:
    """Every text in two runs; with phonetic guides beside, as Excel writes them where an IME was used."""

    def strings(text: str) -> str:
        def item(match: re.Match[str]) -> str:
            content = match[1]
            if len(content) < 2 or "&" in content or "_x" in content:
                return match[0]
            runs = f'<r><t xml:space="preserve">{content[:1]}</t></r><r><rPr><b/></rPr><t xml:space="preserve">{content[1:]}</t></r>'
            guide = '<rPh sb="0" eb="1"><t>pin</t></rPh><phoneticPr fontId="0"/>' if phonetic else ""
            return f"<si>{runs}{guide}</si>"

        return re.sub(r"<si><t(?: xml:space=\"preserve\")?>([^<]*)</t></si>", item, text)

    return edited(data, strings=strings)


def date1904(data: bytes | None = None) -> bytes:
    """Days counted from 1904, as Excel for Macintosh did."""
    return edited(data, workbook=lambda text: re.sub(r"<workbookPr[^>]*/>", '<workbookPr date1904="1"/>', text))


def other_order(data: bytes | None = None) -> bytes:
    """The sheets in the opposite order, the parts of the package in another order too."""
    content = parts(data)
    workbook = content["xl/workbook.xml"].decode()
    sheets = re.findall(r"<sheet [^>]*/>", workbook)
    workbook = workbook.replace("".join(sheets), "".join(reversed(sheets)))
    last = len(sheets) - 1
    workbook = re.sub(r'localSheetId="(\d+)"', lambda match: f'localSheetId="{last - int(match[1])}"', workbook)
    content["xl/workbook.xml"] = workbook.encode()
    return packed(dict(reversed(content.items())))


# -- OpenDocument


def ods(
    cells: Mapping[tuple[int, int], str] | None = None,
    extra: str = "",
    *,
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[int] = (),
    hidden: bool = False,
) -> bytes:
    """The form's sheet as an OpenDocument workbook; ``cells`` replaces whole cells by their XML, ``extra`` adds rows."""
    grid = open_workbook(sound()).grid(FORM_SHEET)
    written = {at: _ods_cell(grid, at) for at in grid.cells if grid.text(*at) is not None} | dict(cells or {})
    unseen = ' table:visibility="collapse"'
    columns = "".join(
        f"<table:table-column{unseen if column in tuple(hidden_columns) else ''}/>" for column in range(1, 21)
    )
    rows = []
    for row in range(1, max(row for row, _ in written) + 1):
        across = range(1, max((column for each, column in written if each == row), default=1) + 1)
        inner = "".join(written.get((row, column), "<table:table-cell/>") for column in across)
        rows.append(f"<table:table-row{unseen if row in tuple(hidden_rows) else ''}>{inner}</table:table-row>")
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3">'
        '<office:automatic-styles><style:style style:name="ta1" style:family="table">'
        f'<style:table-properties table:display="{str(not hidden).lower()}"/></style:style></office:automatic-styles>'
        f'<office:body><office:spreadsheet><table:table table:name="{FORM_SHEET}" table:style-name="ta1">'
        f"{columns}{''.join(rows)}{extra}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return _ods_package(content.encode())


def ods_locked() -> bytes:
    """An OpenDocument workbook under a password, its content no longer XML."""
    sealed = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    return _ods_package(bytes(range(256)) * 20, sealed)


def _ods_package(content: bytes, entries: str = "") -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    manifest = f'<manifest:manifest xmlns:manifest="{space}">{entries}</manifest:manifest>'
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": mimetype, "META-INF/manifest.xml": manifest.encode(), "content.xml": content})


def _ods_cell(grid: Grid, at: tuple[int, int]) -> str:
    text = grid.text(*at) or ""
    if isinstance(value := grid.value(*at), Number):
        return ods_number("float", value.stored, text)
    return ods_text(text)


def ods_text(text: str, more: str = "") -> str:
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string"{more}>{lines}</table:table-cell>'


def ods_number(kind: str, value: str, shown: str, more: str = "") -> str:
    attribute = "date-value" if kind == "date" else "value"
    typed = f'office:value-type="{kind}" office:{attribute}="{value}"{more}'
    return f"<table:table-cell {typed}><text:p>{shown}</text:p></table:table-cell>"


def locked(password: str) -> bytes:
    """The sound workbook encrypted as Excel does ([MS-OFFCRYPTO], agile)."""
    from msoffcrypto.format.ooxml import OOXMLFile

    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(sound())).encrypt(password, stream)
    return stream.getvalue()
