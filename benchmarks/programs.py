"""A filled form as Excel, WPS and openpyxl save it.

The package is built once, by perfxl's own builder; what a clerk types is put into the cells of the form's part, which
is then written as the three programs write it: Excel with shared strings, values beside the formulas, calculation
chain, printer settings and revision marks; WPS with properties of its own and the parts in another order; openpyxl with
inline strings and no value beside any formula.
"""

from __future__ import annotations

import functools
import io
import re
import string
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from benchmarks.contents import YEAR, Contents, Row
from perfxl.issue import column_letters
from perfxl.layout import LATEST, VALUE_PARTS
from perfxl.rules.formula import ROW_HELPERS
from perfxl.template import Issuance, build

Parts = dict[str, bytes]

FORM_PART, BOOK_PART, STRINGS_PART = "xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
_DATE = (2023, 11, 20, 9, 30, 0)
_SAVED = "2023-11-20T01:30:00Z"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MICROSOFT = "http://schemas.microsoft.com/office/spreadsheetml"
_MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ROW = re.compile(r'<row r="(\d+)"([^>]*)>(.*?)</row>', re.DOTALL)
_CELL = re.compile(r'<c r="([A-Z]+)(\d+)" s="(\d+)"[^>]*?(?:/>|>(.*?)</c>)', re.DOTALL)
_FORMULA = re.compile(r"<f>.*?</f>", re.DOTALL)
# The helper columns before those that perfxl.rules.formula declares: see perfxl.template.live.
_FIRST_HELPERS = ("carried", "list", "value", "used", "returned", "states")


def saved_by(program: str, contents: Contents) -> bytes:
    """The workbook with these contents as that program saves it: ``excel``, ``wps`` or ``openpyxl``."""
    return _program(program).saved(contents)


# -- what stands in the cells


def typed_cells(contents: Contents) -> dict[str, str | Decimal]:
    """What a clerk types, by cell; blank cells are left out."""
    layout = LATEST
    fields = "unit_code unit_name project project_no total fiscal other purpose department contact phone".split()
    cells = {layout.at("", name).a1: getattr(contents, name) for name in fields}
    purpose = column_letters(layout.field("purpose").column)
    cells |= {f"{purpose}{row}": text for row, text in zip(layout.objective_rows, contents.objectives, strict=False)}
    names = ("level1", "level2", "level3", "description", *VALUE_PARTS)
    for number, row in zip(layout.indicator_rows, contents.rows, strict=False):
        cells |= {f"{column_letters(layout.column(name).column)}{number}": getattr(row, name) for name in names}
    return {cell: value for cell, value in cells.items() if value != ""}


def computed_cells(contents: Contents) -> dict[str, str | int]:
    """What the formulas come to; a helper that is not named here comes to nothing."""
    cells: dict[str, str | int] = {"A1": f"{contents.project}绩效目标表", "R1": 1}
    cells[f"{column_letters(LATEST.hint_column)}1"] = "填写检查：没有发现问题。"
    for number, row in zip(LATEST.indicator_rows, contents.rows, strict=False):
        values = _helper_values(row)
        cells |= {f"{letters}{number}": values[name] for name, letters in _helper_letters().items() if name in values}
    return cells


@functools.cache
def _helper_letters() -> dict[str, str]:
    names = (*_FIRST_HELPERS, *(helper.name for helper in ROW_HELPERS))
    return {name: column_letters(LATEST.helper_column + number) for number, name in enumerate(names)}


def _helper_values(row: Row) -> dict[str, str | int]:
    names = f"{row.level3} {row.description}"
    values: dict[str, str | int] = {"carried": row.carried, "std1": row.carried, "list": f"二级_{row.carried}"}
    values |= dict.fromkeys(("value", "text", "textkey"), row.target)
    values |= dict.fromkeys(("level2", "key2", "std2", "category"), row.level2)
    values |= dict.fromkeys(("level3", "key3"), row.level3) | dict.fromkeys(("description", "keyd"), row.description)
    values |= {
        "names": names,
        "rest": row.body + row.measure,
        "unit": row.measure,
        "kind": "数" if row.measure else "文",
    }
    return values | dict.fromkeys(("used", "applies"), 1)


# -- how the programs write


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the blank form: address, style, formula if it has one, and the whole of it as it stands."""

    at: str
    style: str
    formula: str
    blank: str


@dataclass(frozen=True, slots=True)
class _SheetRow:
    opening: str
    cells: tuple[_Cell, ...]
    blank: str


class _Program:
    """The template's package as one program saves it, ready to take what was typed."""

    level = 6  # of compression

    def __init__(self) -> None:
        parts = self.parts(_template_parts())
        sheet = parts.pop(FORM_PART).decode()
        first, last = sheet.index("<sheetData>") + len("<sheetData>"), sheet.index("</sheetData>")
        self._above, self._below = sheet[:first], sheet[last:]
        self._rows = {int(row[1]): self._sheet_row(row) for row in _ROW.finditer(sheet)}
        self.strings = parts.pop(STRINGS_PART, b"").decode()
        self._listed = self.strings.count("<si>")
        self._others = _packed(parts, self.level)

    def saved(self, contents: Contents) -> bytes:
        """The whole package with these contents."""
        typed, computed = typed_cells(contents), computed_cells(contents)
        filled = {int(at.lstrip(string.ascii_uppercase)) for at in (*typed, *computed)}
        texts: list[str] = []
        rows = (
            self._filled(row, typed, computed, texts) if number in filled else row.blank
            for number, row in self._rows.items()
        )
        parts = {FORM_PART: "".join((self._above, *rows, self._below))}
        if self.strings:
            parts[STRINGS_PART] = self.with_strings(texts)
        stream = io.BytesIO()
        stream.write(self._others)
        with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED, compresslevel=self.level) as archive:
            for name, content in parts.items():
                archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, self.level)
        return stream.getvalue()

    def _sheet_row(self, row: re.Match[str]) -> _SheetRow:
        cells = []
        for cell in _CELL.finditer(row[3]):
            at, formula = cell[1] + cell[2], _FORMULA.search(cell[4] or "")
            blank = self.formula(at, cell[3], formula[0], "") if formula is not None else cell[0]
            cells.append(_Cell(at, cell[3], formula[0] if formula is not None else "", blank))
        opening = f'<row r="{row[1]}"{self.row_attributes(row[2])}>'
        return _SheetRow(opening, tuple(cells), f"{opening}{''.join(cell.blank for cell in cells)}</row>")

    def _filled(
        self, row: _SheetRow, typed: Mapping[str, str | Decimal], computed: Mapping[str, str | int], texts: list[str]
    ) -> str:
        cells = (
            self.typed(cell, typed[cell.at], texts)
            if cell.at in typed
            else self.formula(cell.at, cell.style, cell.formula, computed[cell.at])
            if cell.formula and cell.at in computed
            else cell.blank
            for cell in row.cells
        )
        return f"{row.opening}{''.join(cells)}</row>"

    # -- what differs from program to program

    def parts(self, parts: Parts) -> Parts:
        """All parts of the blank form, as this program has them."""
        raise NotImplementedError

    def row_attributes(self, attributes: str) -> str:
        """Those of a row, beside its number."""
        return attributes

    def formula(self, at: str, style: str, formula: str, value: str | int) -> str:
        """A cell with a formula and what it came to."""
        text = "" if isinstance(value, int) else ' t="str"'
        return f'<c r="{at}" s="{style}"{text}>{formula}<v>{escape(str(value))}</v></c>'

    def typed(self, cell: _Cell, value: str | Decimal, texts: list[str]) -> str:
        """A cell with what was typed; a text goes into ``texts``, which follow the template's own."""
        if isinstance(value, Decimal):
            return f'<c r="{cell.at}" s="{cell.style}"><v>{value.normalize():f}</v></c>'
        texts.append(value)
        return f'<c r="{cell.at}" s="{cell.style}" t="s"><v>{self._listed + len(texts) - 1}</v></c>'

    def with_strings(self, texts: list[str]) -> str:
        """The shared strings with these behind the template's own."""
        count = self._listed + len(texts)
        text = re.sub(
            r' count="\d+" uniqueCount="\d+"', f' count="{count}" uniqueCount="{count}"', self.strings, count=1
        )
        return text.replace("</sst>", f"{''.join(map(self.shared_string, texts))}</sst>")

    def shared_string(self, text: str) -> str:
        """One shared string."""
        return f"<si><t>{escape(text)}</t></si>"


class _Excel(_Program):
    """Excel 2019 in its Chinese edition."""

    level = 3  # the flags of its zip entries say "super fast"; its files are larger than level 6 would make them
    phonetic = '<phoneticPr fontId="1" type="noConversion"/>'

    def parts(self, parts: Parts) -> Parts:
        parts = _patched(parts, STRINGS_PART, ("</t></si>", f"</t>{self.phonetic}</si>"))
        parts = _patched(
            parts,
            BOOK_PART,
            ('lastEdited="4" lowestEdited="4" rupBuild="4505"', 'lastEdited="7" lowestEdited="4" rupBuild="24326"'),
            ('<calcPr calcId="124519" fullCalcOnLoad="1"/>', '<calcPr calcId="191029"/>'),
        )
        spaces = (
            f'"{_OFFICE}/relationships" xmlns:mc="{_MARKUP}" mc:Ignorable="x14ac xr" '
            f'xmlns:x14ac="{_MICROSOFT}/2009/9/ac" xmlns:xr="{_MICROSOFT}/2014/revision" '
            'xr:uid="{00000000-0001-0000-0100-000000000000}">'
        )
        parts = _patched(parts, FORM_PART, (f'"{_OFFICE}/relationships">', spaces))
        cells = _CELL.finditer(parts[FORM_PART].decode())
        chain = "".join(f'<c r="{cell[1]}{cell[2]}" i="2"/>' for cell in cells if _FORMULA.search(cell[4] or ""))
        chain = f'{_HEAD}<calcChain xmlns="{_MAIN}">{chain}</calcChain>'
        parts = _added(parts, "xl/calcChain.xml", chain.encode(), f"{_SHEETML}.calcChain+xml", BOOK_PART, "calcChain")
        for number, part in enumerate(("xl/worksheets/sheet1.xml", FORM_PART), 1):
            name = f"xl/printerSettings/printerSettings{number}.bin"
            device = "HP LaserJet Pro".encode("utf-16-le").ljust(1500, b"\0")
            parts = _added(parts, name, device, f"{_SHEETML}.printerSettings", part, "printerSettings")
            parts = _patched(parts, part, ("<pageSetup ", f'<pageSetup r:id="{_arrow("printerSettings")}" '))
        return parts

    def row_attributes(self, attributes: str) -> str:
        return f'{attributes} x14ac:dyDescent="0.15"'

    def shared_string(self, text: str) -> str:
        return f"<si><t>{escape(text)}</t>{self.phonetic}</si>"


class _Wps(_Program):
    """WPS Office for Windows."""

    def parts(self, parts: Parts) -> Parts:
        parts = _patched(
            parts,
            BOOK_PART,
            ('lastEdited="4" lowestEdited="4" rupBuild="4505"', 'lastEdited="3" lowestEdited="5" rupBuild="9302"'),
            ('<calcPr calcId="124519" fullCalcOnLoad="1"/>', '<calcPr calcId="144525"/>'),
        )
        parts = _patched(parts, "docProps/app.xml", ("Microsoft Excel", "WPS 表格"))
        of_build = (("ICV", "6F7A0E2D4C3B4E1F9A8B7C6D5E4F3A2B"), ("KSOProductBuildVer", "2052-12.1.0.16929"))
        own = "".join(
            f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{name}">'
            f"<vt:lpwstr>{value}</vt:lpwstr></property>"
            for number, (name, value) in enumerate(of_build, 2)
        )
        spaces = f'xmlns="{_OFFICE}/custom-properties" xmlns:vt="{_OFFICE}/docPropsVTypes"'
        xml = f"{_HEAD}<Properties {spaces}>{own}</Properties>"
        kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
        parts = _added(parts, "docProps/custom.xml", xml.encode(), kind, "", "custom-properties")
        return dict(reversed(parts.items()))

    def row_attributes(self, attributes: str) -> str:
        spans, rest = attributes.split(" ", 2)[1:]
        return f" {rest} {spans}"


class _Openpyxl(_Program):
    """A script that loads the form with openpyxl and saves it again."""

    def parts(self, parts: Parts) -> Parts:
        import openpyxl

        stream = io.BytesIO()
        openpyxl.load_workbook(io.BytesIO(_packed(parts, 1))).save(stream)
        parts = _parts_of(stream.getvalue())
        core = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", _SAVED, parts["docProps/core.xml"].decode())
        return parts | {"docProps/core.xml": core.encode()}

    def formula(self, at: str, style: str, formula: str, value: str | int) -> str:
        return f'<c r="{at}" s="{style}">{formula}<v></v></c>'

    def typed(self, cell: _Cell, value: str | Decimal, texts: list[str]) -> str:
        if isinstance(value, Decimal):
            return f'<c r="{cell.at}" s="{cell.style}" t="n"><v>{value.normalize():f}</v></c>'
        text = escape(value).encode("ascii", "xmlcharrefreplace").decode()
        return f'<c r="{cell.at}" s="{cell.style}" t="inlineStr"><is><t>{text}</t></is></c>'


PROGRAMS = {"excel": _Excel, "wps": _Wps, "openpyxl": _Openpyxl}


@functools.cache
def _program(name: str) -> _Program:
    return PROGRAMS[name]()


# -- parts and packages


@functools.cache
def _template() -> bytes:
    return build(Issuance(year=YEAR))


def _template_parts() -> Parts:
    """The blank form, saved on a day of its own."""
    parts = _parts_of(_template())
    return _patched(
        parts, "docProps/core.xml", ("2020-01-01T00:00:00Z</dcterms:modified>", f"{_SAVED}</dcterms:modified>")
    )


def _parts_of(package: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _packed(parts: Mapping[str, bytes], level: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, level)
    return stream.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, _DATE)


def _patched(parts: Parts, part: str, *changes: tuple[str, str]) -> Parts:
    """Texts replaced in one part, wherever they stand; each must be there."""
    text = parts[part].decode()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"the template's {part} has no {old!r} any more")
        text = text.replace(old, new)
    return parts | {part: text.encode()}


def _added(parts: Parts, name: str, content: bytes, content_type: str, of: str, kind: str) -> Parts:
    """A part more, with its content type and a relationship from the part ``of``, or from the package for ""."""
    override = f'<Override PartName="/{name}" ContentType="{content_type}"/></Types>'
    parts = _patched(parts | {name: content}, "[Content_Types].xml", ("</Types>", override))
    folder, _, base = of.rpartition("/")
    rels = f"{folder}/_rels/{base}.rels".lstrip("/") if of else "_rels/.rels"
    parts.setdefault(rels, f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"></Relationships>'.encode())
    arrow = (
        f'<Relationship Id="{_arrow(kind)}" Type="{_OFFICE}/relationships/{kind}" Target="/{name}"/></Relationships>'
    )
    return _patched(parts, rels, ("</Relationships>", arrow))


def _arrow(kind: str) -> str:
    """Id of the relationship of that kind: a part has at most one of each that is added here."""
    return f"rId_{kind}"
