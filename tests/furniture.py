"""Workbooks with all that Excel, WPS and LibreOffice put into them, made by code: a filled form plus one kind of furniture.

    furnished("text box") → bytes of an .xlsx;  KINDS names them all

The form itself comes from the template's builder.  Each kind changes the parts (name → content) or the way in which they
are packed; parts are those that the programs write, cut down to what the format demands.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from struct import pack

import pytest
from forms import form

from perfxl.template import build

Parts = dict[str, bytes]

FORM, STYLES, BOOK = "xl/worksheets/sheet2.xml", "xl/styles.xml", "xl/workbook.xml"
GUIDE = "xl/worksheets/sheet1.xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MICROSOFT = "http://schemas.microsoft.com/office"
X14 = f'xmlns:x14="{MICROSOFT}/spreadsheetml/2009/9/main" xmlns:xm="{MICROSOFT}/excel/2006/main"'
SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DRAWINGML = "http://schemas.openxmlformats.org/drawingml/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# What is wrong with it: white space and full-width signs, which have one safe answer, an amount, a missing unit.
TABLE = """
    产出指标   | 数量指标           | 制卡␣␣数量     | 全年制卡   | ≥ | ４６９４８３ | 张
               | 质量指标           | 合格率         | 合格卡比例 | ≥ | 99           | %
               | 成本指标           | 制卡费用       | 全年支出   | ≤ | 500          | 万元
    满意度指标 | 服务对象满意度指标 | 申领人员满意度 | 抽样调查   | ≥ | 95           |
"""


@cache
def plain() -> bytes:
    """The filled form without any furniture, and without the helper columns, which are most of its bytes."""
    parts = parts_of(build(forms=[form(TABLE, total="600.00", project="社保卡 制卡工本费 ")]))
    helper = rb'<c r="(?:[O-Z]|[A-Z]{2})\d+"[^>]*?(?:/>|>.*?</c>)'
    return packed(parts | {FORM: re.sub(helper, b"", parts[FORM])})


def parts_of(data: bytes) -> Parts:
    """Every part of a package, in its order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts: Parts) -> bytes:
    """A package of these parts."""
    return zipped(parts.items())


def furnished(kind: str) -> bytes:
    """The filled form with that kind of furniture."""
    return KINDS[kind](parts_of(plain()))


# -- ways to put something in


def patched(parts: Parts, part: str, *changes: tuple[str, str]) -> Parts:
    """Texts replaced in one part; each must be there."""
    text = parts[part].decode()
    for old, new in changes:
        assert old in text, (part, old)
        text = text.replace(old, new, 1)
    return parts | {part: text.encode()}


def added(
    parts: Parts, name: str, content: str | bytes, content_type: str = "", *, of: str = "", kind: str = ""
) -> Parts:
    """A part more, with its content type, and a relationship of that kind from the part ``of`` (id ``rIdX…``)."""
    assert name not in parts
    parts = parts | {name: content.encode() if isinstance(content, str) else content}
    if content_type:
        override = f'<Override PartName="/{name}" ContentType="{content_type}"/></Types>'
        parts = patched(parts, "[Content_Types].xml", ("</Types>", override))
    return related(parts, of, kind, f"/{name}") if kind else parts


def related(parts: Parts, of: str, kind: str, target: str, *, external: bool = False) -> Parts:
    """A relationship more; its id is ``rIdX`` and the number of those that were there."""
    folder, _, base = of.rpartition("/")
    rels = f"{folder}/_rels/{base}.rels".lstrip("/") if of else "_rels/.rels"
    parts = {rels: f'{HEAD}<Relationships xmlns="{PACKAGE}"></Relationships>'.encode()} | parts
    number = parts[rels].count(b"<Relationship ")
    mode = ' TargetMode="External"' if external else ""
    kind = kind if "://" in kind else f"{OFFICE}/{kind}"
    arrow = f'<Relationship Id="rIdX{number}" Type="{kind}" Target="{target}"{mode}/></Relationships>'
    return patched(parts, rels, ("</Relationships>", arrow))


def _default(parts: Parts, suffix: str, content_type: str) -> Parts:
    return patched(
        parts,
        "[Content_Types].xml",
        ("<Override", f'<Default Extension="{suffix}" ContentType="{content_type}"/><Override'),
    )


def _at_end(parts: Parts, element: str, part: str = FORM) -> Parts:
    return patched(parts, part, ("</worksheet>", f"{element}</worksheet>"))


def _extension(parts: Parts, uri: str, content: str) -> Parts:
    return _at_end(parts, f'<extLst><ext uri="{uri}" {X14}>{content}</ext></extLst>')


def _kind(change: Callable[[Parts], Parts]) -> Callable[[Parts], bytes]:
    return lambda parts: packed(change(parts))


# -- parts beside the sheets


def _comments(parts: Parts) -> Parts:
    comment = '<comment ref="C17" authorId="0"><text><t>请核对</t></text></comment>'
    xml = f'{HEAD}<comments xmlns="{MAIN}"><authors><author>财政</author></authors><commentList>{comment}</commentList></comments>'
    shape = (
        '<v:shape id="_x0000_s1025" type="#_x0000_t202" style="position:absolute"><v:fill color2="#ffffe1"/>'
        '<x:ClientData ObjectType="Note"><x:Row>16</x:Row><x:Column>2</x:Column></x:ClientData></v:shape>'
    )
    vml = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        f'xmlns:x="urn:schemas-microsoft-com:office:excel">{shape}</xml>'
    )
    parts = _default(parts, "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    parts = added(parts, "xl/drawings/vmlDrawing1.vml", vml, of=FORM, kind="vmlDrawing")
    parts = added(parts, "xl/comments1.xml", xml, f"{SHEETML}.comments+xml", of=FORM, kind="comments")
    return _at_end(parts, '<legacyDrawing r:id="rIdX0"/>')


def _threaded(parts: Parts) -> Parts:
    space = f"{MICROSOFT}/spreadsheetml/2018/threadedcomments"
    who = "{0B2C2C43-0000-4000-8000-000000000001}"
    said = f'<threadedComment ref="C17" dT="2026-11-20T10:03:00.00" personId="{who}" id="{who}"><text>请核对</text></threadedComment>'
    parts = added(
        _comments(parts),
        "xl/threadedComments/threadedComment1.xml",
        f'{HEAD}<ThreadedComments xmlns="{space}">{said}</ThreadedComments>',
        "application/vnd.ms-excel.threadedcomments+xml",
        of=FORM,
        kind=f"{MICROSOFT}/2017/10/relationships/threadedComment",
    )
    person = f'<person displayName="李" id="{who}" userId="李" providerId="None"/>'
    return added(
        parts,
        "xl/persons/person.xml",
        f'{HEAD}<personList xmlns="{space}">{person}</personList>',
        "application/vnd.ms-excel.person+xml",
        of=BOOK,
        kind=f"{MICROSOFT}/2017/10/relationships/person",
    )


def _drawing(content: str) -> str:
    corner = "<xdr:col>{0}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{0}</xdr:row><xdr:rowOff>0</xdr:rowOff>"
    return (
        f'{HEAD}<xdr:wsDr xmlns:xdr="{DRAWINGML}/spreadsheetDrawing" xmlns:a="{DRAWINGML}/main" xmlns:r="{OFFICE}">'
        f"<xdr:twoCellAnchor><xdr:from>{corner.format(2)}</xdr:from><xdr:to>{corner.format(4)}</xdr:to>{content}"
        "<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )


_BOX = '<a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'


def _drawn(parts: Parts, content: str) -> Parts:
    parts = added(
        parts,
        "xl/drawings/drawing1.xml",
        _drawing(content),
        "application/vnd.openxmlformats-officedocument.drawing+xml",
        of=FORM,
        kind="drawing",
    )
    return _at_end(parts, '<drawing r:id="rIdX0"/>')


def _text_box(parts: Parts) -> Parts:
    return _drawn(
        parts,
        '<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="文本框 1"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr>'
        f"<xdr:spPr>{_BOX}</xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>请单位盖章</a:t></a:r></a:p></xdr:txBody></xdr:sp>",
    )


def _picture(parts: Parts) -> Parts:
    parts = _drawn(
        parts,
        '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="图片 1"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill>'
        f'<a:blip r:embed="rIdX0"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr>{_BOX}</xdr:spPr></xdr:pic>',
    )
    parts = _default(parts, "png", "image/png")
    return added(parts, "xl/media/image1.png", _png(), of="xl/drawings/drawing1.xml", kind="image")


def _png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return pack(">L", len(content)) + kind + content + pack(">L", zlib.crc32(kind + content))

    header = chunk(b"IHDR", pack(">LLBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\xff\x00\x00")) + chunk(b"IEND", b"")


def _chart(parts: Parts) -> Parts:
    parts = _drawn(
        parts,
        '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="图表 1"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData '
        f'uri="{DRAWINGML}/chart"><c:chart xmlns:c="{DRAWINGML}/chart" r:id="rIdX0"/></a:graphicData></a:graphic>'
        "</xdr:graphicFrame>",
    )
    axes = (
        '<c:catAx><c:axId val="1"/><c:scaling/><c:delete val="0"/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling/><c:delete val="0"/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx>'
    )
    series = '<c:ser><c:idx val="0"/><c:order val="0"/><c:val><c:numRef><c:f>绩效目标表!$C$4:$E$4</c:f></c:numRef></c:val></c:ser>'
    xml = (
        f'{HEAD}<c:chartSpace xmlns:c="{DRAWINGML}/chart" xmlns:a="{DRAWINGML}/main"><c:chart><c:plotArea><c:barChart>'
        f'<c:barDir val="col"/>{series}<c:axId val="1"/><c:axId val="2"/></c:barChart>{axes}</c:plotArea></c:chart></c:chartSpace>'
    )
    kind = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
    return added(parts, "xl/charts/chart1.xml", xml, kind, of="xl/drawings/drawing1.xml", kind="chart")


def _macros(parts: Parts) -> Parts:
    main = f"{SHEETML}.sheet.main+xml"
    parts = patched(parts, "[Content_Types].xml", (main, "application/vnd.ms-excel.sheet.macroEnabled.main+xml"))
    parts = _default(parts, "bin", "application/vnd.ms-office.vbaProject")
    return added(
        parts,
        "xl/vbaProject.bin",
        b"\xd0\xcf\x11\xe0" + bytes(600),
        of=BOOK,
        kind=f"{MICROSOFT}/2006/relationships/vbaProject",
    )


def _custom_xml(parts: Parts) -> Parts:
    parts = added(parts, "customXml/item1.xml", f"{HEAD}<批次 编号='1'/>", of=BOOK, kind="customXml")
    space = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    props = f'{HEAD}<ds:datastoreItem xmlns:ds="{space}" ds:itemID="{{0B2C2C43-0000-4000-8000-000000000002}}"/>'
    kind = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
    return added(parts, "customXml/itemProps1.xml", props, kind, of="customXml/item1.xml", kind="customXmlProps")


def _custom_properties(parts: Parts) -> Parts:
    """As WPS leaves its build number in every file."""
    space = "http://schemas.openxmlformats.org/officeDocument/2006"
    build_number = f'<vt:lpwstr xmlns:vt="{space}/docPropsVTypes">2052-12.1.0.16929</vt:lpwstr>'
    one = f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="KSOProductBuildVer">{build_number}</property>'
    xml = f'{HEAD}<Properties xmlns="{space}/custom-properties">{one}</Properties>'
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    return added(parts, "docProps/custom.xml", xml, kind, kind="custom-properties")


def _thumbnail(parts: Parts) -> Parts:
    parts = _default(parts, "png", "image/png")
    return added(parts, "docProps/thumbnail.png", _png(), kind=f"{PACKAGE}/metadata/thumbnail")


def _sensitivity_label(parts: Parts) -> Parts:
    xml = f'{HEAD}<clbl:labelList xmlns:clbl="{MICROSOFT}/2020/mipLabelMetadata"/>'
    kind = "application/vnd.ms-office.classificationlabels+xml"
    return added(
        parts, "docMetadata/LabelInfo.xml", xml, kind, kind=f"{MICROSOFT}/2020/02/relationships/classificationlabels"
    )


def _external_link(parts: Parts) -> Parts:
    xml = (
        f'{HEAD}<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="rIdX0"><sheetNames><sheetName val="S"/>'
        "</sheetNames></externalBook></externalLink>"
    )
    part = "xl/externalLinks/externalLink1.xml"
    parts = added(parts, part, xml, f"{SHEETML}.externalLink+xml", of=BOOK, kind="externalLink")
    parts = related(parts, part, "externalLinkPath", "file:///C:/a.xlsx", external=True)
    identity = re.search(rb'Id="(rIdX\d+)"', parts["xl/_rels/workbook.xml.rels"])
    assert identity is not None
    reference = f'<externalReferences><externalReference r:id="{identity[1].decode()}"/></externalReferences>'
    return patched(parts, BOOK, ("<definedNames>", f"{reference}<definedNames>"))


def _dde(parts: Parts) -> Parts:
    parts = _external_link(parts)
    xml = f'{HEAD}<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    return parts | {"xl/externalLinks/externalLink1.xml": xml.encode()}


def _connections(parts: Parts) -> Parts:
    one = '<connection id="1" name="查询" type="1" refreshedVersion="6"><dbPr connection="DSN=x" command="x"/></connection>'
    xml = f'{HEAD}<connections xmlns="{MAIN}">{one}</connections>'
    return added(parts, "xl/connections.xml", xml, f"{SHEETML}.connections+xml", of=BOOK, kind="connections")


def _table(parts: Parts) -> Parts:
    columns = '<tableColumns count="1"><tableColumn id="1" name="序号"/></tableColumns>'
    xml = f'{HEAD}<table xmlns="{MAIN}" id="1" name="表1" displayName="表1" ref="J20:J22"><autoFilter ref="J20:J22"/>{columns}</table>'
    parts = added(parts, "xl/tables/table1.xml", xml, f"{SHEETML}.table+xml", of=GUIDE, kind="table")
    return _at_end(parts, '<tableParts count="1"><tablePart r:id="rIdX0"/></tableParts>', GUIDE)


def _calc_chain(parts: Parts) -> Parts:
    xml = f'{HEAD}<calcChain xmlns="{MAIN}"><c r="A1" i="2"/><c r="I1" i="2"/></calcChain>'
    return added(parts, "xl/calcChain.xml", xml, f"{SHEETML}.calcChain+xml", of=BOOK, kind="calcChain")


def _metadata(parts: Parts) -> Parts:
    xml = f'{HEAD}<metadata xmlns="{MAIN}"><metadataTypes count="0"/></metadata>'
    return added(parts, "xl/metadata.xml", xml, f"{SHEETML}.sheetMetadata+xml", of=BOOK, kind="sheetMetadata")


def _printer_settings(parts: Parts) -> Parts:
    parts = _default(parts, "bin", f"{SHEETML}.printerSettings")
    parts = added(parts, "xl/printerSettings/printerSettings1.bin", bytes(220), of=FORM, kind="printerSettings")
    return patched(parts, FORM, ('<pageSetup paperSize="9"', '<pageSetup r:id="rIdX0" paperSize="9"'))


def _ribbon(parts: Parts) -> Parts:
    xml = '<customUI xmlns="http://schemas.microsoft.com/office/2009/07/customui"><ribbon/></customUI>'
    return added(parts, "customUI/customUI14.xml", xml, kind=f"{MICROSOFT}/2007/relationships/ui/extensibility")


def _own_sheet(parts: Parts) -> Parts:
    cells = '<row r="1"><c r="A1"><v>2</v></c><c r="B1"><f>A1*2</f><v>4</v></c></row>'
    xml = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    parts = added(parts, "xl/worksheets/sheet9.xml", xml, f"{SHEETML}.worksheet+xml", of=BOOK, kind="worksheet")
    identity = re.search(rb'Id="(rIdX\d+)"', parts["xl/_rels/workbook.xml.rels"])
    assert identity is not None
    one = f'<sheet name="测算" sheetId="9" state="hidden" r:id="{identity[1].decode()}"/></sheets>'
    return patched(parts, BOOK, ("</sheets>", one))


# -- inside the form's part, the styles and the strings


def _x14_lists(parts: Parts) -> Parts:
    source = "<x14:formula1><xm:f>清单!$A$2:$A$4</xm:f></x14:formula1><xm:sqref>P90</xm:sqref>"
    one = f'<x14:dataValidation type="list" allowBlank="1">{source}</x14:dataValidation>'
    return _extension(
        parts, "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}", f'<x14:dataValidations count="1">{one}</x14:dataValidations>'
    )


def _data_bars(parts: Parts) -> Parts:
    rule = (
        '<x14:cfRule type="dataBar" id="{0B2C2C43-0000-4000-8000-000000000003}"><x14:dataBar minLength="0" maxLength="100">'
        '<x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/></x14:dataBar></x14:cfRule>'
    )
    one = f"<x14:conditionalFormatting>{rule}<xm:sqref>P90:P95</xm:sqref></x14:conditionalFormatting>"
    return _extension(
        parts,
        "{78C0D931-6437-407d-A8EE-F0AAD7539E65}",
        f"<x14:conditionalFormattings>{one}</x14:conditionalFormattings>",
    )


def _sparklines(parts: Parts) -> Parts:
    one = "<x14:sparkline><xm:f>绩效目标表!C4:G4</xm:f><xm:sqref>P90</xm:sqref></x14:sparkline>"
    group = f"<x14:sparklineGroup><x14:sparklines>{one}</x14:sparklines></x14:sparklineGroup>"
    return _extension(
        parts, "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}", f"<x14:sparklineGroups>{group}</x14:sparklineGroups>"
    )


def _as_excel_writes(parts: Parts) -> Parts:
    """The namespaces, revision marks and row hints of Excel 365."""
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    spaces = f' xmlns:mc="{markup}" mc:Ignorable="x14ac" xmlns:x14ac="{MICROSOFT}/spreadsheetml/2009/9/ac">'
    text = parts[FORM].decode().replace(f' xmlns:r="{OFFICE}">', f' xmlns:r="{OFFICE}"{spaces}', 1)
    return parts | {FORM: re.sub(r'(<row r="\d+")', r'\1 x14ac:dyDescent="0.3"', text).encode()}


def _prefixed(part: str) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", parts[part].decode())
        return parts | {part: text.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"', 1).encode()}

    return change


def _inline_strings(parts: Parts) -> Parts:
    texts = re.findall(r"<si><t[^>]*>(.*?)</t></si>", parts["xl/sharedStrings.xml"].decode(), re.DOTALL)

    def inline(match: re.Match[str]) -> str:
        return f'<c{match[1]} t="inlineStr"><is><t xml:space="preserve">{texts[int(match[2])]}</t></is></c>'

    return parts | {FORM: re.sub(r'<c([^>]*) t="s"><v>(\d+)</v></c>', inline, parts[FORM].decode()).encode()}


def _rich_strings(parts: Parts) -> Parts:
    rich = '<si><r><t>制卡  </t></r><r><rPr><b/></rPr><t>数量</t></r><rPh sb="0" eb="2"><t>zhi ka</t></rPh></si>'
    return patched(parts, "xl/sharedStrings.xml", ("<si><t>制卡  数量</t></si>", rich))


def _other_quotes(parts: Parts) -> Parts:
    """Attributes in another order and in single quotes."""
    text = re.sub(r'<c r="([A-Z]+\d+)" s="(\d+)"', r"<c  s='\2'  r='\1'", parts[FORM].decode())
    return parts | {FORM: text.encode()}


def _byte_order_marks(parts: Parts) -> Parts:
    return {
        name: b"\xef\xbb\xbf" + content if name.startswith("xl/w") and name.endswith(".xml") else content
        for name, content in parts.items()
    }


def _other_lines(parts: Parts) -> Parts:
    """Line ends of Windows, white space between elements, a remark."""
    text = parts[FORM].decode().replace("?>\n", "?>\r\n<!-- 转存 -->\r\n", 1).replace("<row ", "\r\n  <row ")
    return parts | {FORM: text.encode()}


def _hyperlink(parts: Parts) -> Parts:
    parts = related(parts, FORM, "hyperlink", "https://example.org/", external=True)
    links = '<hyperlinks><hyperlink ref="C18" r:id="rIdX0"/></hyperlinks><printOptions'
    return patched(parts, FORM, ("<printOptions", links))


def _breaks(parts: Parts) -> Parts:
    return _at_end(
        parts,
        '<rowBreaks count="1" manualBreakCount="1"><brk id="40" max="16383" man="1"/></rowBreaks>'
        '<ignoredErrors><ignoredError sqref="F17:F20" numberStoredAsText="1"/></ignoredErrors>',
    )


def _uncounted_formats(parts: Parts) -> Parts:
    return patched(parts, STYLES, ('<dxfs count="5">', "<dxfs>"))


def _without_formats(element: str) -> Callable[[Parts], Parts]:
    """All conditional formats pasted over, and the differential formats gone with them, as Excel cleans up."""

    def change(parts: Parts) -> Parts:
        gone = {
            name: re.sub(rb"<conditionalFormatting.*?</conditionalFormatting>", b"", content)
            for name, content in parts.items()
            if name.startswith("xl/worksheets/")
        }
        styles = re.sub(r"<dxfs.*?</dxfs>", element, parts[STYLES].decode())
        return parts | gone | {STYLES: styles.encode()}

    return change


# -- the package: names, order, packing


def _other_names(parts: Parts) -> Parts:
    """The form's part under a name of its own, its folder too, told by absolute targets."""
    name = "xl/sheets/form_a.xml"
    parts = {name if old == FORM else old: content for old, content in parts.items()}
    parts = patched(parts, "[Content_Types].xml", (f"/{FORM}", "/xl/sheets/form_a.xml"))
    return patched(parts, "xl/_rels/workbook.xml.rels", ("worksheets/sheet2.xml", "/xl/sheets/form_a.xml"))


def _other_order(parts: Parts) -> Parts:
    return dict(reversed(parts.items()))


def zipped(
    parts: Iterable[tuple[str, bytes]],
    *,
    method: int = zipfile.ZIP_DEFLATED,
    stream: bool = False,
    zip64: bool = False,
    comment: bytes = b"",
    extra: bytes = b"",
) -> bytes:
    class Pipe(io.BytesIO):
        """Can't be sought in, so that sizes come after the content, in a data descriptor."""

        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    target = Pipe() if stream else io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.extra = method, extra
            with archive.open(info, "w", force_zip64=zip64) as file:
                file.write(content)
        archive.comment = comment
    return target.getvalue()


def _zip64_directory(parts: Parts) -> bytes:
    """With its limits lowered, zipfile writes what it would write for an archive of 4 GB."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 100)
        return zipped(parts.items(), zip64=True)


SIGNATURE_ORIGIN = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"


def signed(parts: Parts) -> Parts:
    """With a digital signature's parts (the signature itself signs nothing)."""
    kind = "application/vnd.openxmlformats-package.digital-signature"
    parts = added(parts, "_xmlsignatures/origin.sigs", b"", f"{kind}-origin", kind=SIGNATURE_ORIGIN)
    xml = f'{HEAD}<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
    arrow = f"{PACKAGE}/digital-signature/signature"
    return added(
        parts, "_xmlsignatures/sig1.xml", xml, f"{kind}-xmlsignature+xml", of="_xmlsignatures/origin.sigs", kind=arrow
    )


KINDS: dict[str, Callable[[Parts], bytes]] = {
    "nothing": _kind(lambda parts: parts),
    "comments": _kind(_comments),
    "threaded comments": _kind(_threaded),
    "text box": _kind(_text_box),
    "picture": _kind(_picture),
    "chart": _kind(_chart),
    "macros": _kind(_macros),
    "custom XML": _kind(_custom_xml),
    "custom properties of WPS": _kind(_custom_properties),
    "thumbnail": _kind(_thumbnail),
    "sensitivity label": _kind(_sensitivity_label),
    "external link": _kind(_external_link),
    "DDE link": _kind(_dde),
    "connection": _kind(_connections),
    "table": _kind(_table),
    "calculation chain": _kind(_calc_chain),
    "cell metadata": _kind(_metadata),
    "printer settings": _kind(_printer_settings),
    "ribbon": _kind(_ribbon),
    "a hidden sheet of one's own": _kind(_own_sheet),
    "x14 drop-downs": _kind(_x14_lists),
    "x14 data bars": _kind(_data_bars),
    "x14 sparklines": _kind(_sparklines),
    "Excel 365 namespaces": _kind(_as_excel_writes),
    "prefixed sheet": _kind(_prefixed(FORM)),
    "prefixed styles": _kind(_prefixed(STYLES)),
    "inline strings": _kind(_inline_strings),
    "rich strings with phonetics": _kind(_rich_strings),
    "attributes otherwise": _kind(_other_quotes),
    "byte order marks": _kind(_byte_order_marks),
    "other line ends": _kind(_other_lines),
    "hyperlink": _kind(_hyperlink),
    "page breaks": _kind(_breaks),
    "formats not counted": _kind(_uncounted_formats),
    "no format left": _kind(_without_formats("")),
    "empty list of formats": _kind(_without_formats('<dxfs count="0"/>')),
    "other part names": _kind(_other_names),
    "other order of parts": _kind(_other_order),
    "stored": lambda parts: zipped(parts.items(), method=zipfile.ZIP_STORED),
    "data descriptors": lambda parts: zipped(parts.items(), stream=True),
    "zip64 entries": lambda parts: zipped(parts.items(), zip64=True),
    "zip64 directory": _zip64_directory,
    "archive comment": lambda parts: zipped(parts.items(), comment="单位报送".encode()),
    "time stamps in extra fields": lambda parts: zipped(parts.items(), extra=pack("<HHBl", 0x5455, 5, 1, 1_700_000_000)),
}
