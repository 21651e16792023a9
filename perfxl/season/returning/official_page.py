"""A page of official Chinese look as .docx: fonts, line spacing, ruled tables, after GB/T 9704-2012 (公文格式)."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["OfficialPage"]

TITLE_FONT, BODY_FONT, HEAD_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体"
# What stands in for a font where it is not installed (w:altName, ECMA-376 Part 1 §17.8.3.1).
_INSTEAD: Final = {TITLE_FONT: "宋体", BODY_FONT: "仿宋"}
_EPOCH: Final = datetime.datetime(2020, 1, 1)
_ZIP_TIME: Final = (2020, 1, 1, 0, 0, 0)

# Points and centimetres.
TITLE_POINTS, BODY_POINTS, TABLE_POINTS = 22, 14, 10
BODY_LINE, TABLE_LINE = 22, 13.5
PAGE: Final = (21.0, 29.7)
MARGINS: Final = {"top": 2.4, "bottom": 2.0, "left": 2.6, "right": 2.4}
#: Columns of short words by their headings, and words that stand out.
CENTRED: Final = frozenset(("单元格", "情况"))
EMPHASISED: Final = frozenset(("仍未改",))


class OfficialPage:
    """Writes with python-docx; east-asian fonts are named in w:eastAsia, which it has no word for."""

    def __init__(self, title: str) -> None:
        import docx
        from docx.shared import Cm

        self._docx = docx
        self._document: Any = docx.Document()
        section = self._document.sections[0]
        section.page_width, section.page_height = (Cm(length) for length in PAGE)
        for side, width in MARGINS.items():
            setattr(section, f"{side}_margin", Cm(width))
        self._fonts(self._document.styles["Normal"].element.get_or_add_rPr(), BODY_FONT)
        self._properties(title)

    def paragraph(
        self,
        text: str,
        *,
        font: str = BODY_FONT,
        points: float = BODY_POINTS,
        align: str = "left",
        line: float = BODY_LINE,
        before: float = 0,
        after: float = 0,
        indent: bool = False,
    ) -> None:
        """A paragraph of its own."""
        paragraph = self._document.add_paragraph()
        self._fill(paragraph, text, font, points, align, line)
        form, pt = paragraph.paragraph_format, self._docx.shared.Pt
        form.space_before, form.space_after = pt(before), pt(after)
        if indent:
            form.first_line_indent = pt(points * 2)

    def table(self, columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[str]], *, joined: bool) -> None:
        """A table with headings; widths in centimetres.

        Where ``joined``, equal texts below one another in the first column stand there once.
        """
        from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
        from docx.shared import Cm, Pt

        table = self._document.add_table(rows=1 + len(rows), cols=len(columns), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, (_, width) in zip(table.columns, columns, strict=True):
            column.width = Cm(width)
        lines = [[heading for heading, _ in columns], *rows]
        for number, (row, texts) in enumerate(zip(table.rows, lines, strict=True)):
            for place, (cell, text, (heading, width)) in enumerate(zip(row.cells, texts, columns, strict=True)):
                cell.width, cell.vertical_alignment = Cm(width), WD_CELL_VERTICAL_ALIGNMENT.CENTER
                centred = number == 0 or heading in CENTRED
                shown = "" if joined and place == 0 and number > 1 and text == lines[number - 1][0] else text
                font = HEAD_FONT if number == 0 or text in EMPHASISED else BODY_FONT
                paragraph = cell.paragraphs[0]
                self._fill(paragraph, shown, font, TABLE_POINTS, "center" if centred else "left", TABLE_LINE)
                paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
            self._unbroken(row, heading=number == 0)
        if joined:
            self._merge_equal(table, [texts[0] for texts in lines])

    def to_bytes(self) -> bytes:
        """The file, its parts in their order with one fixed time."""
        self._name_stand_ins()
        saved, stream = io.BytesIO(), io.BytesIO()
        self._document.save(saved)
        with zipfile.ZipFile(saved) as before, zipfile.ZipFile(stream, "w") as after:
            for name in before.namelist():
                part = zipfile.ZipInfo(name, _ZIP_TIME)
                part.compress_type = zipfile.ZIP_DEFLATED
                after.writestr(part, before.read(name))
        return stream.getvalue()

    def _fill(self, paragraph: Any, text: str, font: str, points: float, align: str, line: float) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
        from docx.shared import Pt

        names = {
            "left": WD_ALIGN_PARAGRAPH.LEFT,
            "center": WD_ALIGN_PARAGRAPH.CENTER,
            "right": WD_ALIGN_PARAGRAPH.RIGHT,
        }
        form = paragraph.paragraph_format
        form.alignment, form.line_spacing_rule = names[align], WD_LINE_SPACING.AT_LEAST
        form.line_spacing, form.space_before, form.space_after = Pt(line), Pt(0), Pt(0)
        run = paragraph.add_run(text)
        run.font.size = Pt(points)
        self._fonts(run._element.get_or_add_rPr(), font)

    def _fonts(self, properties: Any, name: str) -> None:
        from docx.oxml.ns import qn

        fonts = properties.get_or_add_rFonts()
        for kind in list(fonts.attrib):
            del fonts.attrib[kind]
        for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{kind}"), name)
        # Quotation marks and dots are Chinese ones, not the narrow Latin ones of the same code.
        fonts.set(qn("w:hint"), "eastAsia")

    def _unbroken(self, row: Any, *, heading: bool) -> None:
        """A row stays on one page."""
        from docx.oxml import OxmlElement

        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if heading:
            properties.append(OxmlElement("w:tblHeader"))

    def _merge_equal(self, table: Any, names: Sequence[str]) -> None:
        first = 1
        for number in range(2, len(names) + 1):
            if number == len(names) or names[number] != names[first]:
                if number - 1 > first:
                    merged = table.cell(first, 0).merge(table.cell(number - 1, 0))
                    for paragraph in merged.paragraphs[1:]:
                        paragraph._element.getparent().remove(paragraph._element)
                first = number

    def _name_stand_ins(self) -> None:
        from docx.oxml import parse_xml
        from docx.oxml.ns import qn

        part = next(rel.target_part for rel in self._document.part.rels.values() if rel.reltype.endswith("/fontTable"))
        fonts = parse_xml(part.blob)
        for name, instead in _INSTEAD.items():
            font = fonts.makeelement(qn("w:font"), {qn("w:name"): name})
            font.append(font.makeelement(qn("w:altName"), {qn("w:val"): instead}))
            fonts.append(font)
        part._blob = self._docx.oxml.xmlchemy.serialize_for_reading(fonts).encode()

    def _properties(self, title: str) -> None:
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = title, "", ""
        properties.last_modified_by, properties.keywords, properties.language = "", "", "zh-CN"
        properties.created = properties.modified = _EPOCH
        properties.revision = 1
