"""Opening files that may be anything: told for what they are, read under limits."""

import hashlib
import io
import struct
import zipfile
import zlib

import openpyxl
import pytest

from perfxl.errors import PathNotFound, UnreadableFile
from perfxl.intake.limits import Limits
from perfxl.intake.package import OtherFormat, Package

TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def rels(*arrows, kinds=TRANSITIONAL):
    rows = "".join(f'<Relationship Id="{id}" Type="{kinds}/{kind}" Target="{to}"/>' for id, kind, to in arrows)
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts if isinstance(parts, list) else parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def minimal(**changed):
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}"/>',
    } | changed


def ole2(*streams):
    """The first sectors of a compound file whose directory names these streams."""
    entries = b"".join(
        (name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2)).ljust(128, b"\0")
        for name in streams
    )
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


def refusal(source, **options):
    with pytest.raises(UnreadableFile) as refused:
        Package.open(source, **options)
    return str(refused.value)


def test_a_real_workbook_opens_from_path_and_bytes(tmp_path):
    path = tmp_path / "表.xlsx"
    openpyxl.Workbook().save(path)
    for package in (Package.open(path), Package.open(path.read_bytes(), name="表.xlsx")):
        assert package.name == "表.xlsx"
        assert package.workbook_part == "xl/workbook.xml"
        assert package.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert package.related(package.workbook_part, "worksheet") == ("xl/worksheets/sheet1.xml",)
        assert set(package.names) == set(zipfile.ZipFile(path).namelist())
        assert package.read("xl/workbook.xml") == zipfile.ZipFile(path).read("xl/workbook.xml")


def test_the_suffix_does_not_matter(tmp_path):
    path = tmp_path / "表.xls"
    path.write_bytes(zipped(minimal()))
    assert Package.open(path).workbook_part == "xl/workbook.xml"


@pytest.mark.parametrize(("kinds", "space"), [(TRANSITIONAL, MAIN), (STRICT, STRICT_MAIN)])
@pytest.mark.parametrize(
    "target", ["/Book/main.xml", "Book/main.xml", "./x/../Book/Main.XML", "Book\\main.xml", "Book%2Fmain.xml"]
)
def test_the_workbook_is_found_by_relationship_not_by_its_usual_path(kinds, space, target):
    parts = {
        "_rels/.rels": rels(("a", "metadata", "m.xml"), ("b", "officeDocument", target), kinds=kinds),
        "Book/main.xml": f'<x:workbook xmlns:x="{space}"/>',
        "Book/_rels/main.xml.rels": rels(("s", "worksheet", "../Sheets/1.xml"), kinds=kinds),
        "Sheets/1.xml": "<x/>",
    }
    package = Package.open(zipped(parts))
    assert package.workbook_part == "Book/main.xml"
    assert package.related("Book/main.xml", "worksheet") == ("Sheets/1.xml",)


def test_part_names_are_matched_without_case_and_targets_outside_left_out():
    link = rels(("l", "hyperlink", "http://x/")).replace("/>", ' TargetMode="External"/>')
    package = Package.open(zipped(minimal(**{"xl/_rels/workbook.xml.rels": link, "XL/Styles.xml": "<s/>"})))
    assert package.read("xl/styles.XML") == b"<s/>" and "xl/STYLES.xml" in package
    assert package.relationships("xl/workbook.xml") == ()
    assert "xl/none.xml" not in package


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["空的"]),
        (ole2("Root Entry", "EncryptedPackage"), ["密码", "去掉密码"]),
        (ole2("Root Entry", "Workbook"), [".xls/.et", "另存为", ".xlsx"]),
        (ole2("Root Entry", "Book"), [".xls/.et"]),
        (ole2("Root Entry", "Workbook") + b"x" + "EncryptedPackage".encode("utf-16-le"), [".xls/.et"]),
        (ole2("Root Entry", "WordDocument"), ["Word"]),
        (ole2("Root Entry", "PowerPoint Document"), ["演示文稿"]),
        (b"%PDF-1.7", ["PDF"]),
        (b"Rar!\x1a\x07\x01\x00", ["RAR", "解压"]),
        (b"7z\xbc\xaf\x27\x1c", ["7z", "解压"]),
        (b"\x89PNG\r\n\x1a\n", ["图片"]),
        (b"\r\n<!DOCTYPE html><html>", ["网页"]),
        ("<html>".encode("utf-16"), ["网页"]),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', ["XML 表格", "另存为"]),
        ("项目,预算\n甲,1\n".encode("gb18030"), ["CSV"]),
        ("项目\t预算\n".encode("utf-16"), ["CSV"]),
        (bytes(range(256)), ["不是工作簿"]),
        (zipped({"_rels/.rels": rels(("a", "officeDocument", "word/d.xml")), "word/d.xml": "<d/>"}), ["Word"]),
        (zipped({"ppt/presentation.xml": "<p/>"}), ["演示文稿"]),
        (zipped({"mimetype": "application/vnd.oasis", "content.xml": "<o/>"}), ["OpenDocument", "不是工作簿"]),
        (zipped({"xl/workbook.bin": b"", "[Content_Types].xml": ""}), [".xlsb"]),
        (zipped({"OFD.xml": "<o/>"}), ["OFD"]),
        (zipped({"表.xlsx": b"PK"}), ["压缩包", "解压"]),
        (zipped({}), ["压缩包"]),
        (zipped(minimal(**{"xl/workbook.xml": "<html/>"})), ["已损坏"]),
        (zipped(minimal())[:-30], ["不完整"]),
        (b"PK\x03\x04 and no more", ["不完整"]),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_named_for_what_it_is(tmp_path, content, words):
    path = tmp_path / "报送.xlsx"
    path.write_bytes(content)
    message = refusal(path)
    assert message.startswith("报送.xlsx：") and str(tmp_path) not in message
    assert all(word in message for word in words)


def test_missing_files_and_folders_are_told_apart(tmp_path):
    with pytest.raises(PathNotFound, match=r"没有\.xlsx"):
        Package.open(tmp_path / "没有.xlsx")
    assert "不是一个文件" in refusal(tmp_path)


def test_a_file_that_may_not_be_read_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "表.xlsx"
    path.write_bytes(b"PK")

    def refusing(*_):
        raise PermissionError

    monkeypatch.setattr("perfxl.intake.package.open", refusing, raising=False)
    assert "没有权限" in refusal(path)


def test_a_part_that_is_not_there_is_damage_and_folders_are_no_parts():
    package = Package.open(zipped(minimal(**{"xl/": ""})))
    assert "xl/" not in package.names
    with pytest.raises(UnreadableFile, match="已损坏"):
        package.read("xl/none.xml")


def test_an_encrypted_entry_says_password():
    data = bytearray(zipped(minimal()))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "密码" in refusal(bytes(data))


@pytest.mark.parametrize("name", ["xl/workbook.xml", "XL/Workbook.xml", "/xl/workbook.xml", "xl\\workbook.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(name):
    assert "已损坏" in refusal(zipped([*minimal().items(), (name, "<other/>")]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_without_a_bound_are_refused(method):
    assert "已损坏" in refusal(zipped(minimal(), method))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(file_bytes=100), "MB"),
        (Limits(parts=2), "部件"),
        (Limits(part_bytes=10), "解压后"),
        (Limits(total_bytes=300), "解压后"),
        (Limits(xml_elements=1), "内容过多"),
        (Limits(xml_depth=1), "层次过深"),
    ],
)
def test_each_limit_refuses_and_the_usual_ones_do_not(limits, words):
    data = zipped(minimal())
    assert words in refusal(data, limits=limits)
    assert Package.open(data).names


def test_a_part_that_inflates_a_thousandfold_is_refused_and_an_ordinary_large_one_is_not():
    bomb = b"0" * (Limits().ratio_from + 1)
    plain = b"".join(zlib.crc32(str(i).encode()).to_bytes(4, "big").hex().encode() for i in range(200_000))
    package = Package.open(zipped(minimal(**{"bomb": bomb, "plain": plain})))
    with pytest.raises(UnreadableFile, match="解压后"):
        package.read("bomb")
    assert package.read("plain") == plain


@pytest.mark.parametrize(("declared", "whole"), [(2**31, True), (10, False)])
def test_the_size_really_inflated_counts_not_the_one_declared(declared, whole):
    content = b"0123456789" * 1000
    data = bytearray(zipped(minimal(big=content)))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", declared)
    package = Package.open(bytes(data), limits=Limits(part_bytes=20_000))
    if whole:
        assert package.read("big") == content
    else:
        with pytest.raises(UnreadableFile, match="已损坏"):
            package.read("big")


def test_the_same_part_read_again_does_not_use_up_the_total():
    package = Package.open(zipped(minimal(big="0123456789" * 100)), limits=Limits(total_bytes=2_000))
    assert [len(package.read("big")) for _ in range(5)] == [1000] * 5


def test_a_bad_checksum_is_damage():
    data = zipped(minimal(big="0123456789"), zipfile.ZIP_STORED)
    package = Package.open(data.replace(b"0123456789", b"9123456789"))
    with pytest.raises(UnreadableFile, match="已损坏"):
        package.read("big")


@pytest.mark.parametrize(
    "workbook",
    [
        '<!DOCTYPE w [<!ENTITY a "x">]><workbook xmlns="M"/>',
        '<!DOCTYPE w SYSTEM "file:///etc/passwd"><workbook xmlns="M"/>',
        '<?xml version="1.0" encoding="nonsense"?><workbook xmlns="M"/>',
        "not xml",
        "",
    ],
)
def test_dtds_and_broken_xml_are_damage(workbook):
    assert "已损坏" in refusal(zipped(minimal(**{"xl/workbook.xml": workbook.replace("M", MAIN)})))


@pytest.mark.parametrize(
    ("content", "other"),
    [
        (ole2("Root Entry", "Workbook"), True),
        (ole2("Root Entry", "EncryptedPackage"), True),
        (zipped({"xl/workbook.bin": b""}), True),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<o/>"}), True),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<o/>"}), False),
        (ole2("Root Entry", "WordDocument"), False),
        (b"%PDF-1.7", False),
        (zipped(minimal())[:-30], False),
    ],
)
def test_a_workbook_of_another_format_is_told_from_what_is_none(content, other):
    with pytest.raises(UnreadableFile) as refused:
        Package.open(content)
    assert isinstance(refused.value, OtherFormat) is other
