"""The catalogue: each kind of hostile or odd file, made by code, with the verdict that is due to it.

SAME: read, every field as in the sound form, nothing told.  TOLD: read, and a finding stands at the named cell.
REFUSED: not in the ledger, the reason says why.  SKIPPED: passed over, listed with the reason.
"""

# ruff: noqa: E501  the XML of a kind stands in one piece

from __future__ import annotations

import io
import random
import re
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from hostile import oldbooks as old
from hostile import packages as p

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


class Verdict(Enum):
    SAME = "照常读取，内容与原表一致"
    TOLD = "读取，并指出所在单元格"
    REFUSED = "不读取，说明原因"
    SKIPPED = "跳过，列入来源清单"


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Attributes:
        group, threat: for the table of threats, in Chinese.
        words: what the reason or the finding must say.
        at: for TOLD, the cell.
        suffix: of the file's name.
        password: given to perfxl.
        member: for SAME, TOLD in an archive: how the form's file is shown below the archive.
    """

    name: str
    group: str
    threat: str
    verdict: Verdict
    make: Callable[[], bytes]
    words: str = ""
    at: str = ""
    suffix: str = ".xlsx"
    password: str = ""
    member: str = ""

    @property
    def file(self) -> str:
        return f"zz-{self.name}{self.suffix}"


KINDS: list[Kind] = []
_group = ""


def _add(name: str, threat: str, verdict: Verdict, make: Callable[[], bytes], words: str = "", **more: str) -> None:
    KINDS.append(Kind(name, _group, threat, verdict, make, words, **more))


def _refused(name: str, threat: str, make: Callable[[], bytes], words: str, **more: str) -> None:
    _add(name, threat, Verdict.REFUSED, make, words, **more)


def _same(name: str, threat: str, make: Callable[[], bytes], **more: str) -> None:
    _add(name, threat, Verdict.SAME, make, **more)


def _told(name: str, threat: str, make: Callable[[], bytes], at: str, words: str = "", **more: str) -> None:
    _add(name, threat, Verdict.TOLD, make, words, at=at, **more)


def _ole2(*streams: str) -> bytes:
    entries = b"".join(
        (name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2)).ljust(128, b"\0")
        for name in streams
    )
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("a.xlsx")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"PK\3\4"))
    return stream.getvalue()


# -- what is no workbook

_group = "冒充工作簿的文件"
for _name, _threat, _data, _words in (
    ("empty", "0 字节文件", b"", "空的"),
    ("one-byte", "只有 1 字节", b"P", "不是工作簿"),
    ("random", "随机字节", random.Random(6).randbytes(5000), "不是工作簿"),
    ("zeros", "全零（磁盘损坏）", bytes(5000), "不是工作簿"),
    ("pdf", "PDF 改名", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    ("rar4", "RAR 改名", b"Rar!\x1a\x07\x00xxxx", "RAR"),
    ("rar5", "RAR5 改名", b"Rar!\x1a\x07\x01\x00xxxx", "RAR"),
    ("7z", "7z 改名", b"7z\xbc\xaf\x27\x1c\x00\x04", "7z"),
    ("gzip", "GZIP 改名", b"\x1f\x8b\x08\x00xxxx", "GZIP"),
    ("html", "网页另存", b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
    ("html-utf16", "UTF-16 网页", "\ufeff<html><table></table></html>".encode("utf-16-le"), "网页"),
    ("mhtml", "MHTML 单文件网页", b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "网页"),
    ("csv-gbk", "GBK 的 CSV", "项目,预算\n甲,1\n".encode("gb18030"), "CSV"),
    ("csv-utf8", "带 BOM 的 CSV", "\ufeff项目,预算\n甲,1\n".encode(), "CSV"),
    ("text-utf16", "UTF-16 文本", "项目\t预算\n".encode("utf-16"), "文本"),
    ("xml-2003", "2003 版 XML 表格", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML 表格"),
    ("png", "图片改名", b"\x89PNG\r\n\x1a\n", "图片"),
    ("jpeg", "照片改名", b"\xff\xd8\xff\xe0", "图片"),
    ("rtf", "RTF 改名", b"{\\rtf1\\ansi}", "RTF"),
    ("doc", "旧版 Word 改名", _ole2("Root Entry", "WordDocument"), "Word"),
    ("ppt", "旧版演示文稿改名", _ole2("Root Entry", "PowerPoint Document"), "演示文稿"),
    ("ole2-other", "别的复合文件", _ole2("Root Entry", "Whatever"), "不是工作簿"),
    ("xls-torn", "残缺的 .xls", _ole2("Root Entry", "Workbook"), "打不开"),
    ("encrypted-torn", "残缺的加密文件", _ole2("Root Entry", "EncryptedPackage"), "打不开"),
    ("docx", "Word 改名", p.packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<d/>"}), "Word"),
    ("pptx", "演示文稿改名", p.packed({"ppt/presentation.xml": b"<p/>"}), "演示文稿"),
    ("ofd", "OFD 版式文件改名", p.packed({"OFD.xml": b"<o/>"}), "OFD"),
    ("odt", "OpenDocument 文字改名", p.packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<o/>"}), "不是工作簿"),
    ("xlsb-torn", "残缺的 .xlsb", p.packed({"[Content_Types].xml": b"", "xl/workbook.bin": b"\x83\x01\x00"}), "打不开"),
    ("tar", "TAR 改名", _tar(), "不是工作簿"),
    ("empty-zip", "空压缩包改名", p.packed({}), "压缩包"),
):  # fmt: skip
    _refused(_name, _threat, lambda data=_data: data, _words)
_refused("zip-as-xlsx", "压缩包改名为 .xlsx", lambda: p.packed({"表.xlsx": p.sound()}), "压缩包")
for _suffix in (".rar", ".7z"):
    _refused(f"archive-{_suffix[1:]}", f"{_suffix} 压缩包", lambda: b"Rar!\x1a\x07\x01\x00", "解压", suffix=_suffix)
_add("docx-by-name", "随附的别的文档", Verdict.SKIPPED, lambda: b"PK", "没有绩效目标表", suffix=".docx")
_add("photo", "随附的照片", Verdict.SKIPPED, lambda: b"\xff\xd8\xff\xe0", "不是工作簿", suffix=".jpg")

# -- torn and forged packages

_group = "残缺、伪造的文件包"


def _flags(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    at = -1
    while (at := changed.find(b"PK\x01\x02", at + 1)) >= 0:
        changed[at + 8] |= bit
    return bytes(changed)


def _damaged_part() -> bytes:
    data = bytearray(p.packed(p.parts(), zipfile.ZIP_STORED))
    at = data.find("绩效目标表".encode())
    data[at] ^= 0xFF
    return bytes(data)


def _twice(name: str) -> bytes:
    stream = io.BytesIO(p.sound())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"<other/>")
    return stream.getvalue()


def _with(**parts: bytes) -> bytes:
    return p.packed({**p.parts(), **{name.replace("__", "/"): data for name, data in parts.items()}})


def _replaced(part: str, data: bytes) -> Callable[[], bytes]:
    return lambda: p.packed({**p.parts(), part: data})


def _bomb_sheet() -> bytes:
    return _sheet(p.before_end("sheetData", " " * (40 << 20)))


def _sheet(change: Callable[[str], str]) -> bytes:
    return p.edited(sheet=change)


_refused("half", "没有传完", lambda: p.sound()[: len(p.sound()) // 2], "不完整")
_refused("no-directory", "缺少结尾的目录", lambda: p.sound()[:-40], "不完整")
_refused("head-gone", "开头被截掉", lambda: p.sound()[100:], "不是工作簿")
_refused("junk-before", "开头多出内容（自解压）", lambda: b"MZ" + p.sound(), "不是工作簿")
_refused("bad-checksum", "内容被改动，校验码不符", _damaged_part, "损坏")
_refused("encrypted-zip", "包内部件加密", lambda: _flags(p.sound(), 1), "密码")
_refused("bzip2", "罕见压缩方法（bzip2）", lambda: p.packed(p.parts(), zipfile.ZIP_BZIP2), "损坏")
_refused("lzma", "罕见压缩方法（lzma）", lambda: p.packed(p.parts(), zipfile.ZIP_LZMA), "损坏")
_refused("part-twice", "同名部件两份", lambda: _twice("xl/workbook.xml"), "损坏")
_refused("part-twice-case", "同名部件两份（大小写不同）", lambda: _twice("XL/Workbook.XML"), "损坏")
_refused("part-twice-slash", "同名部件两份（反斜杠）", lambda: _twice("xl\\workbook.xml"), "损坏")
_refused(
    "many-parts", "成千上万个部件", lambda: p.packed({**p.parts(), **{f"a/{i}": b"" for i in range(2001)}}), "部件超过"
)
_refused("bomb", "解压炸弹（一张表）", _bomb_sheet, "解压后")
_refused(
    "bomb-strings", "解压炸弹（文字表）", lambda: p.edited(strings=p.before_end("sst", "<si/>" * (4 << 20))), "解压后"
)
_refused(
    "no-workbook",
    "缺少工作簿部件",
    lambda: p.packed({k: v for k, v in p.parts().items() if k != "xl/workbook.xml"}),
    "不全",
)
_refused(
    "no-rels", "缺少关系部件", lambda: p.packed({k: v for k, v in p.parts().items() if k != "_rels/.rels"}), "不全"
)
_refused(
    "no-sheet", "缺少工作表部件", lambda: p.packed({k: v for k, v in p.parts().items() if k != p.form_part()}), "损坏"
)
_refused(
    "external-book",
    "工作簿指向包外",
    lambda: p.packed(
        {
            **p.parts(),
            "_rels/.rels": p.parts()["_rels/.rels"].replace(b'Target="xl/', b'TargetMode="External" Target="http://x/'),
        }
    ),
    "不全",
)
_refused(
    "entities",
    "XML 实体炸弹",
    _replaced(
        "xl/workbook.xml",
        b'<!DOCTYPE a [<!ENTITY b "'
        + b"c" * 99
        + b'"><!ENTITY d "&b;&b;">]><workbook xmlns="'
        + _MAIN.encode()
        + b'">&d;</workbook>',
    ),
    "损坏",
)
_refused(
    "external-entity",
    "XML 外部实体（读本机文件）",
    lambda: _sheet(lambda s: s.replace("<worksheet", '<!DOCTYPE w SYSTEM "file:///etc/passwd"><worksheet', 1)),
    "损坏",
)
_refused("not-xml", "工作表不是 XML", lambda: p.packed({**p.parts(), p.form_part(): b"not xml"}), "损坏")
_refused("cut-xml", "工作表 XML 中断", lambda: _sheet(lambda s: s[: len(s) // 2]), "损坏")
_refused("no-encoding", "不存在的编码", lambda: _sheet(lambda s: s.replace("UTF-8", "nonsense", 1)), "损坏")
_refused(
    "wrong-utf8",
    "编码与声明不符",
    lambda: p.packed(
        {**p.parts(), "xl/sharedStrings.xml": p.parts()["xl/sharedStrings.xml"].decode().encode("gb18030")}
    ),
    "损坏",
)
_refused("deep", "XML 层次极深", lambda: _sheet(p.before_end("sheetData", "<a>" * 200 + "</a>" * 200)), "层次")
_refused(
    "many-sheets",
    "201 张工作表",
    lambda: p.edited(workbook=p.before_end("sheets", '<sheet name="x" sheetId="9" r:id="rId1"/>' * 201)),
    "工作表超过",
)
_refused(
    "sheet-twice",
    "两张同名工作表",
    lambda: p.edited(workbook=lambda s: re.sub(r"(<sheet [^>]*/>)", r"\1\1", s, count=1)),
    "损坏",
)
_refused("many-cells", "二十万格以上", lambda: _sheet(_many_cells), "内容超过")
_refused("many-merges", "两万处以上合并", lambda: _sheet(p.before_end("mergeCells", "".join(f'<mergeCell ref="A{i}:B{i}"/>' for i in range(100, 20_200)))), "合并单元格超过")  # fmt: skip


def _many_cells(text: str) -> str:
    rows = "".join(
        f'<row r="{row}">' + "".join(f"<c><v>{row * column % 9973}</v></c>" for column in range(1, 1001)) + "</row>"
        for row in range(200, 405)
    )
    return text.replace("</sheetData>", rows + "</sheetData>")


# -- cells that readers take wrongly

_group = "容易读错的单元格"
_refused("address-beyond", "越界的列", lambda: _sheet(lambda s: s.replace('r="C4"', 'r="XFE4"')), "损坏")
_refused(
    "row-beyond",
    "越界的行",
    lambda: _sheet(p.before_end("sheetData", '<row r="1048577"><c r="A1048577"><v>1</v></c></row>')),
    "损坏",
)
_refused(
    "cell-twice",
    "一格两个值",
    lambda: _sheet(p.before_end("sheetData", '<row r="4"><c r="C4"><v>7</v></c></row>')),
    "损坏",
)
_refused("value-twice", "一格里两个数连写", lambda: _sheet(p.with_cell("C4", "<v>7</v><v>500</v>")), "损坏")
_refused("cell-in-cell", "格里套格", lambda: _sheet(p.with_cell("F17", '<row r="18"/><v>1</v>')), "损坏")
_refused("element-in-value", "数值里夹着别的元素", lambda: _sheet(p.with_cell("C4", "<v><x>7</x>500</v>")), "损坏")
_refused(
    "element-in-text",
    "文字里夹着别的元素",
    lambda: p.edited(strings=lambda s: s.replace("<t>99</t>", '<t><c r="C4"><v>7</v></c>99</t>')),
    "损坏",
)
_refused("string-beyond", "文字序号越界", lambda: _sheet(p.with_cell("B5", "<v>99999</v>", 't="s"')), "损坏")
_refused("string-negative", "文字序号为负", lambda: _sheet(p.with_cell("B5", "<v>-1</v>", 't="s"')), "损坏")
_refused("unknown-type", "不存在的单元格类型", lambda: _sheet(p.with_cell("C4", "<v>5</v>", 't="zz"')), "损坏")
for _stored, _why in (
    ("NaN", "非数"),
    ("1e999", "无穷大"),
    ("1_000", "下划线数字"),
    ("١٢", "阿拉伯文数字"),
    ("0x10", "十六进制"),
    ("1 2", "两个数字"),
):
    _refused(
        f"number-{_why}",
        f"不合语法的数字（{_why}）",
        lambda stored=_stored: _sheet(p.with_cell("C4", f"<v>{stored}</v>")),
        "损坏",
    )
for _code in ("#REF!", "#DIV/0!", "#N/A", "#VALUE!"):
    _told(
        f"error-{_code[1:4].replace('/', '')}",
        f"金额是错误值 {_code}",
        lambda code=_code: _sheet(p.with_cell("C4", f"<f>1/0</f><v>{code}</v>", 't="e"')),
        "C4",
    )
_told("error-text", "文字格是错误值", lambda: _sheet(p.with_cell("B5", "<v>#NAME?</v>", 't="e"')), "B5", "#NAME?")
_told("error-note", "情况说明是错误值", lambda: _sheet(p.with_cell("J17", "<v>#REF!</v>", 't="e"')), "J17", "情况说明")
_told("uncomputed", "公式没有保存结果", lambda: _sheet(p.with_cell("C4", "<f>E4+G4</f>")), "C4", "公式")
_told("formula", "公式保存的旧结果", lambda: _sheet(p.with_cell("C4", "<f>E4+G4+1</f><v>500</v>")), "C4", "公式")
_told("percent", "百分数格式的金额（5 显示为 500%）", lambda: p.with_number("C4", "500", "0%"), "C4", "50000%")
_told("date", "日期格式的金额", lambda: p.with_number("C4", "500", "yyyy/m/d"), "C4", "显示为")
_told("scaled", "缩放显示的金额（500 显示为 0.5 千）", lambda: p.with_number("C4", "500", '0.0,"千"'), "C4", "显示为")
_told("odd-format", "自造格式的数值", lambda: p.with_number("F17", "469483", "0!.0000"), "F17", "特殊")
_told("constant-format", "格式里写死的数字", lambda: p.with_number("C4", "500", '"900"'), "C4", "显示为")
_told("truth", "金额是逻辑值", lambda: _sheet(p.with_cell("C4", "<v>1</v>", 't="b"')), "C4")
_told(
    "hidden-row",
    "隐藏的行",
    lambda: _sheet(lambda s: s.replace('<row r="18"', '<row hidden="1" r="18"')),
    "B18",
    "隐藏",
)
_told(
    "flat-row",
    "行高为零",
    lambda: _sheet(lambda s: re.sub(r'<row r="18"([^>]*?) ht="[^"]*"', r'<row r="18"\1 ht="0"', s)),
    "B18",
    "隐藏",
)
_told(
    "hidden-column",
    "隐藏的列",
    lambda: _sheet(p.after_start("cols", '<col min="3" max="3" width="9" hidden="1"/>')),
    "C4",
    "隐藏",
)
_told(
    "hidden-sheet",
    "隐藏的表",
    lambda: p.edited(
        workbook=lambda s: s.replace('<sheet name="绩效目标表"', '<sheet state="veryHidden" name="绩效目标表"')
    ),
    "A1",
    "隐藏",
)
_told("merged", "指标行被合并", lambda: _sheet(p.before_end("mergeCells", '<mergeCell ref="C17:C18"/>')), "C17", "合并")
_told(
    "merged-value",
    "指标值三格被合并",
    lambda: _sheet(p.before_end("mergeCells", '<mergeCell ref="E17:G17"/>')),
    "E17",
    "合并",
)
_told(
    "below",
    "表外还有内容",
    lambda: _sheet(
        p.before_end("sheetData", '<row r="90"><c r="A90" t="inlineStr"><is><t>多出的指标</t></is></c></row>')
    ),
    "A90",
    "指标表之外",
)
_told("row-inserted", "表头里插入了一行，内容跟着移动", lambda: p.inserted(p.sound(), row=4), "A4", "插入了 1 行")
_told("column-inserted", "插入了一列，内容跟着移动", lambda: p.inserted(p.sound(), column="D"), "D1", "插入了 1 列")
_refused(
    "row-inserted-typed",
    "插入的行里又填了内容",
    lambda: p.edited(
        p.inserted(p.sound(), row=4),
        sheet=p.before_end("sheetData", '<row r="4"><c r="C4"><v>7</v></c></row>'),
    ),
    "说不清",
)
_refused(
    "label-moved",
    "插入了一行，合并的格子没有跟着移动",
    lambda: _sheet(lambda s: re.sub(r'r="([A-Z]*)(\d+)"', lambda m: f'r="{m[1]}{int(m[2]) + (int(m[2]) > 3)}"', s)),
    "版面变了",
)
_refused(
    "identity-gone",
    "模板标识被删",
    lambda: _sheet(lambda s: re.sub(r'<c r="N1"[^>]*>.*?</c>', "", re.sub(r'<c r="N1"[^>]*/>', "", s))),
    "模板标识",
)
_refused(
    "not-ours", "别的工作簿", lambda: p.edited(strings=lambda s: re.sub(r"<t([^>]*)>[^<]+</t>", r"<t\1>x</t>", s)), ""
)

# -- the same content written otherwise

_group = "别的程序写出的同一张表"
_same("plain", "本程序生成的原样", p.sound)
_same("strict", "Strict OOXML", lambda: p.every(p.strict))
_same("strict-rels", "Strict OOXML（关系也是）", lambda: p.packed({n: p.strict(d) for n, d in p.parts().items()}))
_same("utf16", "UTF-16 部件", lambda: p.every(p.utf16))
_same("bom", "带 BOM 的部件", lambda: p.every(lambda data: b"\xef\xbb\xbf" + data))
_same("prefixed", "带命名空间前缀", lambda: p.every(p.prefixed))
_same("shuffled", "属性次序、引号不同", lambda: p.every(p.shuffled))
_same("inline", "文字写在格内", p.inline_strings)
_same("rich", "富文本分段", lambda: p.rich_text(False))
_same("phonetic", "带拼音注音", lambda: p.rich_text(True))
_same("order", "工作表与部件次序不同", p.other_order)
_same("index-spaces", "序号两端有空白", lambda: _sheet(lambda s: re.sub(r"<v>(\d+)</v>", r"<v> \1 \n</v>", s)))
_same(
    "comments",
    "XML 注释夹在文字中",
    lambda: p.edited(strings=lambda s: re.sub(r"<t( [^>]*)?>([^<&]{2})", r"<t\1>\2<!--x-->", s)),
)
_same(
    "cdata",
    "CDATA 文字",
    lambda: p.edited(strings=lambda s: re.sub(r"<t([^>]*)>([^<&]+)</t>", r"<t\1><![CDATA[\2]]></t>", s)),
)
_same("references", "字符引用", lambda: p.edited(strings=lambda s: s.replace("张", "&#24352;")))
_same("escapes", "_x 转义", lambda: p.edited(strings=lambda s: s.replace("张", "_x5F20_")))
_same(
    "lower-case", "小写地址", lambda: _sheet(lambda s: re.sub(r'<c r="(\w+)"', lambda m: f'<c r="{m[1].lower()}"', s))
)
_same(
    "unique-count",
    "谎报文字条数",
    lambda: p.edited(strings=lambda s: re.sub(r'uniqueCount="\d+"', 'uniqueCount="4294967295"', s)),
)
_same(
    "dimension-small",
    "谎报范围（过小）",
    lambda: _sheet(lambda s: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', s)),
)
_same(
    "dimension-huge",
    "谎报范围（整张表）",
    lambda: _sheet(lambda s: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', s)),
)
_same(
    "far-cell",
    "最远一格有内容",
    lambda: _sheet(p.before_end("sheetData", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
)
_same("tall-merge", "整列合并", lambda: _sheet(p.before_end("mergeCells", '<mergeCell ref="XFD1:XFD1048576"/>')))
_same(
    "date1904",
    "1904 日期系统",
    p.date1904,
)
_same("stored", "不压缩的包", lambda: p.packed(p.parts(), zipfile.ZIP_STORED))
_same("comment", "包尾有注释", lambda: p.packed(p.parts(), comment=b"x" * 1000))
_same("macro", "带宏的工作簿", lambda: _with(xl__vbaProject__bin=b"\xd0\xcf\x11\xe0"), suffix=".xlsm")
_told(
    "external-link",
    "带外部链接",
    lambda: p.edited(
        rels=p.before_end(
            "Relationships",
            '<Relationship Id="e1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink" Target="externalLinks/e1.xml"/>',
        )
    ),
    "",
    "链接",
)
_same("xls-name", "名为 .xls 的 .xlsx", p.sound, suffix=".xls")
_same("et-name", "名为 .et 的 .xlsx", p.sound, suffix=".et")

# -- OpenDocument, by the process apart

_group = "其他格式（独立进程读取）"
_same("ods", "OpenDocument", p.ods, suffix=".ods")
_same("ods-as-xlsx", "OpenDocument 改名", p.ods)
_told(
    "ods-error",
    "OpenDocument 错误值",
    lambda: p.ods(
        {
            (
                4,
                3,
            ): '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        }
    ),
    "C4",
    suffix=".ods",
)
_told(
    "ods-percent",
    "OpenDocument 百分数",
    lambda: p.ods({(4, 3): p.ods_number("percentage", "500", "50000%")}),
    "C4",
    "显示为",
    suffix=".ods",
)
_told(
    "ods-date",
    "OpenDocument 日期",
    lambda: p.ods({(4, 3): p.ods_number("date", "2026-01-02", "2026/1/2")}),
    "C4",
    suffix=".ods",
)
_told(
    "ods-uncomputed",
    "OpenDocument 未计算的公式",
    lambda: p.ods({(4, 3): '<table:table-cell table:formula="of:=1+1"/>'}),
    "C4",
    suffix=".ods",
)
_refused(
    "ods-bomb",
    "OpenDocument 重复炸弹",
    lambda: p.ods(
        extra='<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
    ),
    "打不开",
    suffix=".ods",
)
_refused(
    "ods-torn",
    "OpenDocument 残缺",
    lambda: p.packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x"}),
    "打不开",
    suffix=".ods",
)

_COPIED = {"hidden_rows": frozenset({18}), "hidden_columns": frozenset({5}), "merges": [(20, 3, 21, 3)]}
_same("et", ".et 工作簿", lambda: old.xls(old.book()), suffix=".et")
_told("et-hidden-row", ".et 隐藏的行", lambda: old.xls(old.book(**_COPIED)), "B18", "第18行被隐藏", suffix=".et")
for _suffix, _maker in ((".xls", old.xls), (".xlsb", old.xlsb)):
    _as = _suffix[1:]
    _same(_as, f"{_suffix} 工作簿", lambda make=_maker: make(old.book()), suffix=_suffix)
    _same(f"{_as}-as-xlsx", f"{_suffix} 改名为 .xlsx", lambda make=_maker: make(old.book()))
    for _name, _threat, _changes, _at, _words in (
        ("error", "公式的错误值", {(4, 3): old.Cell(error="#REF!", formula=True)}, "C4", ""),
        ("typed-error", "直接填的错误值", {(5, 2): old.Cell(error="#N/A")}, "B5", "#N/A"),
        ("percent", "百分数", {(4, 3): old.Cell(500.0, "0%")}, "C4", "50000%"),
        ("date", "日期格式的金额", {(4, 3): old.Cell(500.0, "yyyy/m/d")}, "C4", "1901/5/14"),
        ("formula", "公式保存的旧结果", {(4, 3): old.Cell(500.0, "0.00", formula=True)}, "C4", "公式"),
        ("truth", "金额是逻辑值", {(4, 3): old.Cell(True)}, "C4", ""),
    ):
        _told(
            f"{_as}-{_name}",
            f"{_suffix} {_threat}",
            lambda make=_maker, changes=_changes: make(old.book(changes)),
            _at,
            _words,
            suffix=_suffix,
        )
    for _name, _threat, _at, _words in (
        ("hidden-row", "隐藏的行", "B18", "第18行被隐藏"),
        ("hidden-column", "隐藏的列", "E4", "E 列被隐藏"),
        ("merged", "指标行被合并", "C20", "C20:C21 被合并"),
    ):
        _told(
            f"{_as}-{_name}",
            f"{_suffix} {_threat}",
            lambda make=_maker: make(old.book(**_COPIED)),
            _at,
            _words,
            suffix=_suffix,
        )
    _told(
        f"{_as}-hidden-sheet",
        f"{_suffix} 隐藏的表",
        lambda make=_maker: make(old.book(state=1)),
        "A1",
        "隐藏",
        suffix=_suffix,
    )
    _told(
        f"{_as}-date1904",
        f"{_suffix} 1904 日期系统里的日期",
        lambda make=_maker: make(old.book({(4, 3): old.Cell(500.0, "yyyy/m/d")}, date1904=True)),
        "C4",
        "1905/5/15",
        suffix=_suffix,
    )
_refused("xls-95", ".xls（Excel 95 及更早）", lambda: old.xls(old.book(), version=0x0500), "打不开", suffix=".xls")
for _name, _threat, _row, _column, _at, _words in (
    ("hidden-row", "隐藏的行", (18,), (), "B18", "第18行被隐藏"),
    ("hidden-column", "隐藏的列", (), (5,), "E4", "E 列被隐藏"),
):
    _told(
        f"ods-{_name}",
        f"OpenDocument {_threat}",
        lambda row=_row, column=_column: p.ods(hidden_rows=row, hidden_columns=column),
        _at,
        _words,
        suffix=".ods",
    )
_told("ods-hidden-sheet", "OpenDocument 隐藏的表", lambda: p.ods(hidden=True), "A1", "隐藏", suffix=".ods")
_told(
    "ods-merged",
    "OpenDocument 指标行被合并",
    lambda: p.ods({(17, 3): p.ods_text("制卡数量", ' table:number-rows-spanned="2"')}),
    "C17",
    "C17:C18 被合并",
    suffix=".ods",
)
_told(
    "ods-formula",
    "OpenDocument 公式保存的旧结果",
    lambda: p.ods({(4, 3): p.ods_number("float", "500", "500.00", ' table:formula="of:=1+499"')}),
    "C4",
    "公式",
    suffix=".ods",
)

# -- passwords

_group = "密码"
_refused("locked", "有打开密码，没有给", lambda: p.locked("秘密"), "设有打开密码")
_refused("locked-wrong", "给的密码不对", lambda: p.locked("秘密"), "都打不开", password="猜的")
_same("locked-given", "给了密码", lambda: p.locked("秘密"), password="秘密")
_refused("xls-locked", "加密的 .xls，没有给密码", lambda: old.xls(old.book(), "秘密"), "设有打开密码", suffix=".xls")
_refused(
    "xls-wrong",
    "加密的 .xls，给的密码不对",
    lambda: old.xls(old.book(), "秘密"),
    "都打不开",
    suffix=".xls",
    password="猜的",
)
_same("xls-given", "加密的 .xls，给了密码", lambda: old.xls(old.book(), "秘密"), suffix=".xls", password="秘密")
_same("xls-by-excel", "只标为只读的加密 .xls", lambda: old.xls(old.book(), "VelvetSweatshop"), suffix=".xls")
_refused("ods-locked", "加密的 OpenDocument", p.ods_locked, "去掉密码", suffix=".ods")
_refused("ods-locked-given", "加密的 OpenDocument，给了密码", p.ods_locked, "去掉密码", suffix=".ods", password="秘密")
_same("locked-by-excel", "只标为只读的加密", lambda: p.locked("VelvetSweatshop"))

# -- archives

_group = "压缩包"


def _zip(*members: tuple[str | zipfile.ZipInfo, bytes], raw: str = "") -> bytes:
    """An archive; with ``raw`` the names are written in that encoding, unflagged, as other programs do."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate(members):
            # A number as long as the name stands in for it until the bytes are there.
            archive.writestr(f"{number:0{len(name.encode(raw))}d}" if raw and isinstance(name, str) else name, data)
    made = stream.getvalue()
    for number, (name, _) in enumerate(members):
        if raw:
            assert isinstance(name, str)
            written = name.encode(raw)
            made = made.replace(f"{number:0{len(written)}d}".encode(), written)
    return made


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("链.xlsx")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


_same("zip", "压缩包里的表", lambda: _zip(("报送/表.xlsx", p.sound())), suffix=".zip", member="报送/表.xlsx")
_same(
    "zip-gbk",
    "GBK 名称",
    lambda: _zip(("绩效/目标表.xlsx", p.sound()), raw="gb18030"),
    suffix=".zip",
    member="绩效/目标表.xlsx",
)
_same(
    "zip-gbk-short",
    "GBK 名称恰为合法 UTF-8",
    lambda: _zip(("越权.xlsx", p.sound()), raw="gb18030"),
    suffix=".zip",
    member="越权.xlsx",
)
_same(
    "zip-utf8",
    "UTF-8 名称未加标志",
    lambda: _zip(("绩效目标表.xlsx", p.sound()), raw="utf-8"),
    suffix=".zip",
    member="绩效目标表.xlsx",
)
_same("zip-backslash", "反斜杠路径", lambda: _zip(("a\\b.xlsx", p.sound())), suffix=".zip", member="a/b.xlsx")
_same(
    "zip-nested",
    "压缩包里的压缩包",
    lambda: _zip(("内.zip", _zip(("表.xlsx", p.sound())))),
    suffix=".zip",
    member="内.zip/表.xlsx",
)
_same("xlsx-as-zip", "名为 .zip 的工作簿", p.sound, suffix=".zip")
_refused(
    "zip-nested-twice",
    "套了多层",
    lambda: _zip(("a.zip", _zip(("b.zip", _zip(("表.xlsx", p.sound())))))),
    "压缩包",
    suffix=".zip",
    member="a.zip/b.zip",
)
for _name, _path, _why in (
    ("dotdot", "../../表.xlsx", "压缩包之外"), ("absolute", "/etc/表.xlsx", "压缩包之外"), ("drive", "C:/表.xlsx", "压缩包之外"),
    ("device", "CON.xlsx", "设备名"), ("device-folder", "aux/表.xlsx", "设备名"), ("stream", "a/b.txt:表.xlsx", "设备名"),
    ("lock-file", "~$表.xlsx", "锁文件"), ("mac", "__MACOSX/._表.xlsx", "系统文件"), ("hidden-member", ".表.xlsx", "隐藏"),
):  # fmt: skip
    _add(
        f"zip-{_name}",
        f"压缩包内名称 {_path}",
        Verdict.SKIPPED,
        lambda path=_path: _zip((path, p.sound())),
        _why,
        suffix=".zip",
        member=_path,
    )
_add(
    "zip-link",
    "压缩包内的链接",
    Verdict.SKIPPED,
    lambda: _zip((_link(), b"/etc/passwd")),
    "链接",
    suffix=".zip",
    member="链.xlsx",
)
_add("zip-empty", "空压缩包", Verdict.SKIPPED, _zip, "空的", suffix=".zip")
_refused(
    "zip-encrypted",
    "加密的压缩包",
    lambda: _flags(_zip(("表.xlsx", p.sound())), 1),
    "密码",
    suffix=".zip",
    member="表.xlsx",
)
_refused("zip-torn", "残缺的压缩包", lambda: _zip(("表.xlsx", p.sound()))[:-30], "不完整", suffix=".zip")
_refused(
    "zip-member-torn",
    "压缩包里的表残缺",
    lambda: _zip(("表.xlsx", p.sound()[:2000])),
    "不完整",
    suffix=".zip",
    member="表.xlsx",
)
_refused(
    "zip-many",
    "压缩包里两千个以上文件",
    lambda: _zip(*((f"{i}.txt", b"") for i in range(2_001))),
    "部件超过",
    suffix=".zip",
)
_refused(
    "zip-bomb", "压缩包炸弹", lambda: _zip(("表.xlsx", bytes(65 << 20))), "超过 64 MB", suffix=".zip", member="表.xlsx"
)
