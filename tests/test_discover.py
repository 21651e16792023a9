"""Files and folders → the files to read."""

import os

import pytest

from perfxl.errors import PathNotFound
from perfxl.intake.discover import discover


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
        ("打包.zip", "先解压"),
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
    listing = type(tmp_path).iterdir

    def refusing(folder):
        if folder.name == "禁":
            raise PermissionError
        return listing(folder)

    monkeypatch.setattr(type(tmp_path), "iterdir", refusing)
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
