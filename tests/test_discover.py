"""Files and folders → the files to read."""

import hashlib
import io
import os
import zipfile

import pytest

from perfxl.errors import PathNotFound, UnreadableFile
from perfxl.intake.discover import discover
from perfxl.intake.limits import Limits


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def names(found, skipped=False):
    return [item.name for item in found if (item.skip is not None) is skipped]


def test_folders_are_walked_in_one_order_whatever_the_case(tmp_path):
    make(tmp_path, "b.xlsx", "A.xlsx", "a.XLSM", "子/乙.xlsx", "子/甲.et", "C/x.ods", "c.xls", "d.xlsb", "e.xltx")
    expected = ["a.XLSM", "A.xlsx", "b.xlsx", "C/x.ods", "c.xls", "d.xlsb", "e.xltx", "子/乙.xlsx", "子/甲.et"]
    assert names(discover([tmp_path])) == expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("~$表.xlsx", "锁文件"),
        (".~lock.表.xlsx#", "锁文件"),
        (".hidden.xlsx", "隐藏"),
        (".git/config.xlsx", "隐藏"),
        ("Thumbs.db", "系统文件"),
        ("desktop.ini", "系统文件"),
        (".DS_Store", "系统文件"),
        ("__MACOSX/表.xlsx", "系统文件"),
        ("说明.txt", "不是工作簿"),
        ("说明.docx", "不是工作簿"),
        ("表", "不是工作簿"),
        ("说明.pdf", "不是工作簿"),
    ],
)
def test_what_is_no_workbook_is_listed_with_the_reason(tmp_path, name, reason):
    make(tmp_path, name, "表.xlsx")
    found = discover([tmp_path])
    assert names(found) == ["表.xlsx"]
    (skipped,) = [item for item in found if item.skip]
    assert skipped.name == name.split("/")[0] and reason in skipped.skip


def test_a_file_given_twice_is_found_once(tmp_path):
    make(tmp_path, "表.xlsx", "子/乙.xlsx")
    found = discover([tmp_path / "子" / "乙.xlsx", tmp_path, tmp_path / "子" / ".." / "表.xlsx"])
    assert names(found) == ["乙.xlsx", "表.xlsx"]


def test_a_single_path_is_one_source(tmp_path):
    make(tmp_path, "表.xlsx")
    assert names(discover(str(tmp_path))) == ["表.xlsx"]


def test_names_carry_their_folder_only_where_sources_clash(tmp_path):
    make(tmp_path, "甲/表.xlsx", "乙/表.xlsx", "丙/别的.xlsx")
    assert names(discover([tmp_path / "甲", tmp_path / "丙"])) == ["表.xlsx", "别的.xlsx"]
    assert names(discover([tmp_path / "甲", tmp_path / "乙", tmp_path / "丙"])) == [
        "甲/表.xlsx",
        "乙/表.xlsx",
        "别的.xlsx",
    ]


def test_folders_of_the_same_name_are_told_apart_further_up(tmp_path):
    make(tmp_path, "一/报送/表.xlsx", "二/报送/表.XLSX")
    found = discover([tmp_path / "一" / "报送", tmp_path / "二" / "报送" / "表.XLSX"])
    assert names(found) == ["一/报送/表.xlsx", "二/报送/表.XLSX"]


def test_a_missing_source_is_told(tmp_path):
    with pytest.raises(PathNotFound, match="没有这里"):
        discover([tmp_path / "没有这里"])


def test_a_folder_that_may_not_be_opened_is_listed(tmp_path, monkeypatch):
    make(tmp_path, "禁/表.xlsx", "表.xlsx")
    listing = os.scandir

    def refusing(folder):
        if folder.name == "禁":
            raise PermissionError
        return listing(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    found = discover([tmp_path])
    assert [(item.name, item.skip) for item in found] == [("禁", "没有权限打开这个文件夹"), ("表.xlsx", None)]


@pytest.mark.skipif(os.name == "nt", reason="making links needs rights on Windows")
class TestLinks:
    def test_a_link_leading_outside_is_skipped(self, tmp_path):
        make(tmp_path, "外/秘密.xlsx", "内/表.xlsx")
        (tmp_path / "内" / "链.xlsx").symlink_to(tmp_path / "外" / "秘密.xlsx")
        (tmp_path / "内" / "链夹").symlink_to(tmp_path / "外")
        found = discover([tmp_path / "内"])
        assert names(found) == ["表.xlsx"]
        assert [(item.name, "之外" in item.skip) for item in found if item.skip] == [("链.xlsx", True), ("链夹", True)]

    def test_a_loop_ends_and_a_link_inside_is_its_file(self, tmp_path):
        make(tmp_path, "子/表.xlsx")
        (tmp_path / "子" / "回").symlink_to(tmp_path)
        (tmp_path / "a.xlsx").symlink_to(tmp_path / "子" / "表.xlsx")
        assert [item.name for item in discover([tmp_path])] == ["子/表.xlsx"]

    def test_a_broken_link_is_listed(self, tmp_path):
        (tmp_path / "断.xlsx").symlink_to(tmp_path / "没有.xlsx")
        (found,) = discover([tmp_path])
        assert "失效" in found.skip

    def test_a_link_given_by_name_is_followed_once(self, tmp_path):
        make(tmp_path, "表.xlsx")
        link = tmp_path / "链.xlsx"
        link.symlink_to(tmp_path / "表.xlsx")
        assert names(discover([link, link, tmp_path])) == ["链.xlsx"]

    def test_a_pipe_is_no_file(self, tmp_path):
        os.mkfifo(tmp_path / "管.xlsx")
        (found,) = discover([tmp_path])
        assert found.skip == "不是普通文件"

    def test_a_name_that_is_no_utf8_can_be_printed(self, tmp_path):
        with open(os.fsencode(tmp_path) + b"/\xd6\xd0.xlsx", "wb"):
            pass
        (found,) = discover([tmp_path])
        assert found.name.encode("utf-8") and found.path.exists()


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return stream.getvalue()


class TestArchives:
    def test_what_lies_in_an_archive_is_found_below_its_name(self, tmp_path):
        (tmp_path / "报送.zip").write_bytes(zipped(甲__表_xlsx=b"1", 说明_txt=b"2", 内_zip=zipped(乙_xlsx=b"3")))
        found = discover([tmp_path])
        assert names(found) == ["报送.zip/甲/表.xlsx", "报送.zip/内.zip/乙.xlsx"]
        assert [item.name for item in found if item.skip] == ["报送.zip", "报送.zip/说明.txt", "报送.zip/内.zip"]
        assert [item.read() for item in found if not item.skip] == [b"1", b"3"]
        assert {item.path for item in found} == {tmp_path / "报送.zip"}

    def test_an_archive_that_can_not_be_listed_is_left_to_be_named_by_its_reader(self, tmp_path):
        (tmp_path / "坏.zip").write_bytes(b"PK")
        assert names(discover([tmp_path])) == ["坏.zip"]

    @pytest.mark.parametrize(
        "limits", [Limits(archive_members=1), Limits(archive_total=3), Limits(archive_bytes=50)], ids=str
    )
    def test_each_limit_keeps_it_closed_and_the_usual_ones_do_not(self, tmp_path, limits):
        (tmp_path / "报送.zip").write_bytes(zipped(甲_xlsx=b"12", 乙_xlsx=b"34"))
        assert names(discover([tmp_path], limits=limits)) == ["报送.zip"]
        assert names(discover([tmp_path])) == ["报送.zip/甲.xlsx", "报送.zip/乙.xlsx"]

    def test_two_entries_of_one_name_are_two_files(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "报送.zip", "w") as archive:
            archive.writestr("A.xlsx", b"1")
            archive.writestr("a.xlsx", b"2")
        found = [item for item in discover([tmp_path]) if not item.skip]
        assert [(item.name, item.read()) for item in found] == [
            ("报送.zip/A.xlsx", b"1"),
            ("报送.zip/a〔2〕.xlsx", b"2"),
        ]

    def test_the_digest_is_of_the_file_itself_and_none_is_taken_of_what_lies_outside(self, tmp_path):
        make(tmp_path, "外/秘密.docx", "内/说明.docx")
        (tmp_path / "内" / "包.zip").write_bytes(zipped(表_xlsx=b"1"))
        (tmp_path / "内" / "链.docx").symlink_to(tmp_path / "外" / "秘密.docx")
        digests = {item.name: item.digest() for item in discover([tmp_path / "内"])}
        assert digests["包.zip/表.xlsx"] == hashlib.sha256(b"1").hexdigest()
        assert digests["说明.docx"] == hashlib.sha256(b"x").hexdigest()
        assert digests["链.docx"] == ""

    def test_a_file_that_has_gone_from_the_archive_is_told(self, tmp_path):
        path = tmp_path / "报送.zip"
        path.write_bytes(zipped(甲_xlsx=b"1", 乙_xlsx=b"2"))
        last = discover([path])[-1]
        path.write_bytes(zipped(甲_xlsx=b"1"))
        with pytest.raises(UnreadableFile, match=r"^乙\.xlsx："):
            last.read()


def test_what_runs_of_perfxl_leave_for_a_while_is_nothing_that_was_sent_in(tmp_path):
    make(tmp_path, "a.xlsx", ".perfxl-总台账.xlsx.lock", ".perfxl-0a1b2c3d-17-99-abc.tmp")

    assert [item.name for item in discover([tmp_path])] == ["a.xlsx"]


def test_a_backup_beside_its_workbook_is_skipped_and_listed_but_read_if_somebody_names_it(tmp_path):
    make(tmp_path, "a.xlsx", "a（备份）2026-11-23.xlsx", "b（备份）2026-11-23(2).xlsx", "c（备份）.xlsx")

    assert names(discover([tmp_path]), skipped=True) == ["a（备份）2026-11-23.xlsx", "b（备份）2026-11-23(2).xlsx"]
    assert names(discover([tmp_path / "a（备份）2026-11-23.xlsx"])) == ["a（备份）2026-11-23.xlsx"]
