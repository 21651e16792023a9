"""WordprocessingML as text (ECMA-376 Part 1 §17): paragraphs, tables, fields, and the package around them.

The body is written straight as XML, piece by piece: a document of a thousand tables takes seconds and little memory.
Equal pieces give equal bytes: there is no clock in it, and the parts stand in one order.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from perfxl.publish.official import CELL_ABOVE, CELL_SIDE, MARGINS, NORMAL, PAGE, STAND_INS, TEXT_WIDTH, Style
from perfxl.text import printable

__all__ = [
    "FIELD_END",
    "Cell",
    "field",
    "field_begin",
    "package",
    "paragraph",
    "row",
    "run",
    "section",
    "table",
    "twips",
]

_MAIN: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMESPACES: Final = f'xmlns:w="{_MAIN}" xmlns:r="{_RELATIONS}"'
_TWIPS_PER_CM: Final = 567
_ZIP_TIME: Final = (2020, 1, 1, 0, 0, 0)
_TABLE_STYLE: Final = "OfficialTable"
_BREAKS: Final = re.compile("([\t\n])")


def twips(centimetres: float) -> int:
    """Twentieths of a point."""
    return round(centimetres * _TWIPS_PER_CM)


# -- pieces of the body


def run(text: str) -> str:
    """A run in the paragraph's own font; tabs and line breaks are kept."""
    pieces = {"\t": "<w:tab/>", "\n": "<w:br/>"}
    content = "".join(
        pieces.get(part) or f'<w:t xml:space="preserve">{escape(part)}</w:t>'
        for part in _BREAKS.split(printable(text))
        if part
    )
    return f"<w:r>{content}</w:r>" if content else ""


FIELD_END: Final = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def field_begin(instruction: str) -> str:
    """A field up to the result that it shows, which may go over several paragraphs up to :data:`FIELD_END` (§17.16)."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


def field(instruction: str, shown: str) -> str:
    """A field with the result that it shows until somebody has it computed anew."""
    return f"{field_begin(instruction)}{run(shown)}{FIELD_END}"


def paragraph(content: str, style: Style, extra: str = "") -> str:
    """A paragraph around runs; ``extra`` are more of its properties, those behind ``w:pStyle`` in the schema's order."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style.id}"/>{extra}</w:pPr>{content}</w:p>'


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: a line of ``text`` is a paragraph.

    Attributes:
        width: in centimetres, of all columns that it spans.
        joined: the first cell of several that are one, one of those below it, or neither.
        bare: without rules but the one below.
    """

    text: str
    width: float
    style: Style
    span: int = 1
    joined: Literal["", "first", "below"] = ""
    bare: bool = False


_JOINED: Final = {"": "", "first": '<w:vMerge w:val="restart"/>', "below": "<w:vMerge/>"}
_BARE: Final = (
    "<w:tcBorders>" + "".join(f'<w:{side} w:val="nil"/>' for side in ("top", "left", "right")) + "</w:tcBorders>"
)


def row(cells: Iterable[Cell], *, whole: bool = True, heading: bool = False) -> str:
    """A row; ``whole`` keeps it on one page, ``heading`` repeats it on every page."""
    kept = "<w:cantSplit/>" if whole else ""
    repeated = "<w:tblHeader/>" if heading else ""
    properties = f"<w:trPr>{kept}{repeated}</w:trPr>" if kept or repeated else ""
    return f"<w:tr>{properties}{''.join(map(_cell, cells))}</w:tr>"


def _cell(cell: Cell) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    borders = _BARE if cell.bare else ""
    lines = "".join(paragraph(run(line), cell.style) for line in printable(cell.text).split("\n"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{twips(cell.width)}" w:type="dxa"/>{span}{_JOINED[cell.joined]}{borders}'
        f'<w:vAlign w:val="center"/></w:tcPr>{lines}</w:tc>'
    )


def table(widths: Sequence[float], rows: Iterable[str]) -> str:
    """A table of ruled lines, as wide as its columns."""
    columns = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{_TABLE_STYLE}"/><w:tblW w:w="{twips(sum(widths))}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def section(numbering: Literal["", "decimal", "upperRoman"]) -> str:
    """The end of a section: its page, and how its pages are numbered from 1; "" for not at all."""
    width, height = (twips(length) for length in PAGE)
    margins = " ".join(f'w:{side}="{twips(length)}"' for side, length in MARGINS.items())
    footer = '<w:footerReference w:type="default" r:id="rId1"/>' if numbering else ""
    numbers = f'<w:pgNumType w:fmt="{numbering}" w:start="1"/>' if numbering else ""
    return (
        f'<w:sectPr>{footer}<w:pgSz w:w="{width}" w:h="{height}"/>'
        f'<w:pgMar {margins} w:header="{twips(1.5)}" w:footer="{twips(1.1)}" w:gutter="0"/>{numbers}</w:sectPr>'
    )


# -- the package


def package(body: Iterable[str], title: str, styles: Sequence[Style], footer: str = "") -> bytes:
    """The .docx file of a body.

    Args:
        body: paragraphs and tables in their order, the last a :func:`section`.
        title: of the document, among its properties.
        styles: those that its paragraphs have, besides :data:`perfxl.publish.official.NORMAL`.
        footer: paragraphs at the foot of numbered pages.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _parts(title, (NORMAL, *styles), footer):
            archive.writestr(_entry(name), _DECLARATION + content)
        with archive.open(_entry("word/document.xml"), "w", force_zip64=True) as part:
            part.write(f"{_DECLARATION}<w:document {_NAMESPACES}><w:body>".encode())
            for piece in body:
                part.write(piece.encode())
            part.write(b"</w:body></w:document>")
    return stream.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


_KIND: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
# Laid out as by Word 2013 and later, not by an older one ([MS-DOCX] §2.3.1).
_MODE: Final = (
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
)
_WORD_PARTS: Final = {"footer1": "footer", "styles": "styles", "settings": "settings", "fontTable": "fontTable"}


def _parts(title: str, styles: Sequence[Style], footer: str) -> Iterable[tuple[str, str]]:
    """Every part but the body, with its name."""
    overrides = {"word/document.xml": f"{_KIND}.document.main+xml"}
    overrides |= {f"word/{name}.xml": f"{_KIND}.{kind}+xml" for name, kind in _WORD_PARTS.items()}
    overrides["docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    listed = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    xml = '<Default Extension="xml" ContentType="application/xml"/>'
    yield "[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{rels}{xml}{listed}</Types>'
    core = f"{_PACKAGE}/relationships/metadata/core-properties"
    yield "_rels/.rels", _relations((f"{_RELATIONS}/officeDocument", "word/document.xml"), (core, "docProps/core.xml"))
    links = ((f"{_RELATIONS}/{kind}", f"{name}.xml") for name, kind in _WORD_PARTS.items())
    yield "word/_rels/document.xml.rels", _relations(*links)
    yield "docProps/core.xml", _properties(title)
    yield "word/styles.xml", _styles(styles)
    yield "word/fontTable.xml", _fonts(styles)
    yield "word/footer1.xml", f"<w:ftr {_NAMESPACES}>{footer or paragraph('', NORMAL)}</w:ftr>"
    yield "word/settings.xml", f"<w:settings {_NAMESPACES}><w:compat>{_MODE}</w:compat></w:settings>"


def _properties(title: str) -> str:
    """Without times: a clock would make every run differ."""
    told = f"<dc:title>{escape(printable(title))}</dc:title><dc:language>zh-CN</dc:language>"
    dublin = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" {dublin}>{told}</cp:coreProperties>'


def _relations(*links: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _fonts(styles: Iterable[Style]) -> str:
    names = sorted({style.font for style in styles})
    listed = "".join(
        f"<w:font w:name={quoteattr(name)}>"
        + (f"<w:altName w:val={quoteattr(STAND_INS[name])}/>" if name in STAND_INS else "")
        + "</w:font>"
        for name in names
    )
    return f"<w:fonts {_NAMESPACES}>{listed}</w:fonts>"


def _styles(styles: Iterable[Style]) -> str:
    language = '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    defaults = f"<w:docDefaults><w:rPrDefault><w:rPr>{language}</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    room = {"top": round(CELL_ABOVE * 20), "left": twips(CELL_SIDE)}
    room |= {"bottom": room["top"], "right": room["left"]}
    margins = "".join(f'<w:{side} w:w="{width}" w:type="dxa"/>' for side, width in room.items())
    ruled = (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{_TABLE_STYLE}"><w:name w:val="公开表"/>'
        f"<w:tblPr><w:tblBorders>{edges}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )
    return f"<w:styles {_NAMESPACES}>{defaults}{''.join(map(_style, styles))}{ruled}</w:styles>"


def _style(style: Style) -> str:
    ours = "" if style.name.isascii() else ' w:customStyle="1"'
    kind = ' w:default="1"' if style is NORMAL else ours
    based = "" if style is NORMAL else f'<w:basedOn w:val="{NORMAL.id}"/>'
    return (
        f'<w:style w:type="paragraph"{kind} w:styleId="{style.id}"><w:name w:val="{style.name}"/>{based}<w:qFormat/>'
        f"<w:pPr>{_paragraph_properties(style)}</w:pPr><w:rPr>{_run_properties(style)}</w:rPr></w:style>"
    )


def _paragraph_properties(style: Style) -> str:
    """In the order of the schema (§17.3.1.26)."""
    edge = f'<w:tab w:val="right" w:leader="dot" w:pos="{twips(TEXT_WIDTH)}"/>'
    tabs = f"<w:tabs>{edge}</w:tabs>" if style.leader else ""
    set_in = f'<w:ind w:left="{twips(style.indent)}" w:firstLine="{round(style.first_line * 20)}"/>'
    return "".join((
        "<w:keepNext/>" if style.with_next else "",
        "<w:pageBreakBefore/>" if style.new_page else "",
        tabs,
        # No mark hangs over the edge, as in LibreOffice: lines end at the same place everywhere.
        '<w:overflowPunct w:val="0"/>' if style is NORMAL else "",
        f'<w:spacing w:before="{round(style.before * 20)}" w:after="{round(style.after * 20)}"'
        f' w:line="{round(style.line * 20)}" w:lineRule="exact"/>',
        set_in if style.indent or style.first_line else "",
        f'<w:jc w:val="{style.align}"/>',
        f'<w:outlineLvl w:val="{style.outline - 1}"/>' if style.outline else "",
    ))  # fmt: skip


def _run_properties(style: Style) -> str:
    font, size = quoteattr(style.font), round(style.points * 2)
    fonts = " ".join(f"w:{script}={font}" for script in ("ascii", "hAnsi", "eastAsia", "cs"))
    # Quotation marks and dots are Chinese ones, not the narrow Latin ones of the same code.
    return f'<w:rFonts w:hint="eastAsia" {fonts}/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
