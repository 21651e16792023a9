"""A file is written whole or not at all, and a failure says what to do."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from perfxl.errors import OutputError
from perfxl.output import output_error, write_whole


def left(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_new_file_and_one_that_stood_there(tmp_path):
    target = tmp_path / "总台账.xlsx"

    assert write_whole(target, b"1") == target
    write_whole(target, b"2")

    assert left(tmp_path) == {"总台账.xlsx": b"2"}


def test_a_new_file_has_the_permissions_that_the_user_gives_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", b"")
        (tmp_path / "b").touch()
    finally:
        os.umask(before)

    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "a"
    target.write_bytes(b"1")
    target.chmod(0o640)

    write_whole(target, b"2")

    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "advice"),
    [(errno.ENOSPC, "磁盘已满"), (errno.EACCES, "正在 Excel/WPS 中打开"), (errno.EROFS, "只读"), (errno.EIO, "重试")],
)
def test_a_failure_at_any_step_leaves_everything_as_it_was(tmp_path, monkeypatch, step, code, advice):
    target = tmp_path / "总台账.xlsx"
    target.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OutputError, match=advice) as failure:
        write_whole(target, b"new")

    assert left(tmp_path) == {"总台账.xlsx": b"old"}
    assert "总台账.xlsx" in str(failure.value)
    assert not re.search(r"Errno|[a-z]{4,} [a-z]{2,}", str(failure.value).replace(str(tmp_path), ""))


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(OutputError, match="文件夹不存在，请先建好"):
        write_whole(tmp_path / "没有" / "a.xlsx", b"")

    assert left(tmp_path) == {}


def test_a_folder_of_that_name_is_told(tmp_path):
    (tmp_path / "a.xlsx").mkdir()

    with pytest.raises(OutputError, match="这是一个文件夹"):
        write_whole(tmp_path / "a.xlsx", b"")

    assert left(tmp_path) == {}


def test_a_file_on_the_way_is_told(tmp_path):
    (tmp_path / "a").touch()

    with pytest.raises(OutputError, match="不是文件夹"):
        write_whole(tmp_path / "a" / "b.xlsx", b"")


def test_an_error_that_nobody_knows_still_says_what_to_do():
    assert "请检查磁盘和权限" in str(output_error(Path("a.xlsx"), OSError()))
