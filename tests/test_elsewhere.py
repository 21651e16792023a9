"""Files at addresses, read through fsspec: the same accounting as for files in folders."""

from __future__ import annotations

import hashlib
import pickle
import random
import sys
from collections.abc import Iterator

import fsspec
import pytest
from bureau import bureau, contents, typed_into

from perfxl.errors import PathNotFound, UnreadableFile, UsageError
from perfxl.intake import elsewhere
from perfxl.intake.elsewhere import discover_anywhere, is_address
from perfxl.intake.limits import Limits
from perfxl.layout import FORM_SHEET
from perfxl.ledger import Effort, Status, consolidate
from perfxl.settings import Settings
from perfxl.template import build


@pytest.fixture(scope="module")
def form() -> bytes:
    [project] = bureau(1, 1).projects
    head = {"B2": project.unit.code, "D2": project.unit.name, "B3": project.name}
    return typed_into(build(), {FORM_SHEET: {**contents(project, random.Random(7)), **head}})


@pytest.fixture
def bucket(form: bytes) -> Iterator[dict[str, bytes]]:
    """What lies at memory://收到, as it was put there."""
    system = fsspec.filesystem("memory")
    content = {
        "10.xlsx": form,
        "9.xlsx": form[:3000],
        "下级/说明.pdf": b"pdf",
        "下级/包.zip": b"PK\x05\x06" + bytes(18),
        ".藏/表.xlsx": b"x",
    }
    for name, data in content.items():
        system.pipe(f"/收到/{name}", data)
    yield content
    system.rm("/收到", recursive=True)


def test_what_lies_at_an_address_is_listed_as_in_a_folder_under_that_address(bucket):
    found, missing = discover_anywhere(["memory://收到"], documents=True)
    assert {file.name: file.skip for file in found} == {
        "memory://收到/.藏/表.xlsx": "隐藏的文件或文件夹",
        "memory://收到/9.xlsx": None,
        "memory://收到/10.xlsx": None,
        "memory://收到/下级/包.zip": None,
        "memory://收到/下级/说明.pdf": "不是工作簿",
    }
    assert [file.base for file in found if file.skip is None and "下级" not in file.name] == ["9.xlsx", "10.xlsx"]
    assert not missing


def test_a_file_reached_twice_is_listed_once_and_paths_come_first(bucket, tmp_path):
    (tmp_path / "甲.xlsx").write_bytes(b"x")
    found, _ = discover_anywhere(["memory://收到/下级/包.zip", "memory:///收到/下级", tmp_path])
    assert [file.name for file in found] == [
        "甲.xlsx",
        "memory://收到/下级/包.zip",
        "memory:///收到/下级/说明.pdf",
    ]


def test_a_ledger_accounts_for_every_file_at_an_address(bucket):
    ledger = consolidate(["memory://收到"], effort=Effort(jobs=1))
    rows = {row.file.rpartition("/")[2]: row for row in ledger.sources}
    assert {name: row.status for name, row in rows.items()} == {
        "10.xlsx": Status.ACCEPTED,
        "9.xlsx": Status.UNREADABLE,
        "包.zip": Status.UNREADABLE,
        "表.xlsx": Status.SKIPPED,
        "说明.pdf": Status.SKIPPED,
    }
    for name in ("10.xlsx", "9.xlsx"):
        content = bucket[name]
        assert (rows[name].size, rows[name].sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert [row.file for row in ledger.projects] == ["memory://收到/10.xlsx"]


def test_an_update_reads_files_at_addresses_anew(bucket, tmp_path):
    effort = Effort(jobs=1, state=tmp_path / "state")
    for name in ("memory://收到/10.xlsx", "memory://收到/10.xlsx"):
        assert [row.status for row in consolidate(name, effort=effort).sources] == [Status.ACCEPTED]
    fsspec.filesystem("memory").pipe("/收到/10.xlsx", bytes(len(bucket["10.xlsx"])))
    assert [row.status for row in consolidate(name, effort=effort).sources] == [Status.UNREADABLE]


def test_nothing_is_fetched_of_a_file_that_is_too_long(bucket, monkeypatch):
    [file] = discover_anywhere("memory://收到/10.xlsx")[0]
    assert file.read() == bucket["10.xlsx"]
    monkeypatch.setattr(elsewhere, "_opened", lambda address: pytest.fail("fetched"))
    with pytest.raises(UnreadableFile, match=r"^10\.xlsx：文件超过 0 MB"):
        file.read(limits=Limits(file_bytes=len(bucket["10.xlsx"]) - 1))


def test_of_a_file_that_has_grown_no_more_is_fetched_than_shows_that_it_is_too_long(bucket):
    [file] = discover_anywhere("memory://收到/10.xlsx")[0]
    fsspec.filesystem("memory").pipe("/收到/10.xlsx", bytes(1 << 20))
    limit = len(bucket["10.xlsx"])
    assert len(file.read(limits=Limits(file_bytes=limit))) == limit + 1


def test_a_file_that_is_gone_and_one_that_cannot_be_fetched_are_told(bucket, monkeypatch):
    [file] = discover_anywhere("memory://收到/10.xlsx")[0]
    assert pickle.loads(pickle.dumps(file)) == file  # it goes to a worker
    fsspec.filesystem("memory").rm("/收到/10.xlsx")
    with pytest.raises(PathNotFound, match=r"^10\.xlsx：找不到这个文件"):
        file.read()
    monkeypatch.setattr(elsewhere, "_opened", refuse)
    with pytest.raises(UnreadableFile, match=r"^10\.xlsx：没有取到这个文件。请检查网络和访问权限"):
        file.read()
    assert file.digest() == ""


def refuse(address: str) -> None:
    raise RuntimeError("AccessDenied: 403")


@pytest.mark.parametrize(
    ("address", "error", "told"),
    [
        ("memory://没有", PathNotFound, "memory://没有：找不到这个地址，或里面没有文件。请核对后再试。"),
        ("s3://甲/乙", UsageError, "s3://甲/乙：读取 s3:// 的组件没有安装。请先运行 pip install s3fs，再试。"),
        ("nosuch://甲", UsageError, "nosuch://甲：不认识 nosuch:// 这种地址。请核对，或把文件复制到本机文件夹再汇总。"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(address, error, told, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(error) as raised:
        discover_anywhere([address])
    assert str(raised.value) == told


def test_one_wrong_address_among_others_stops_nothing(bucket):
    found, missing = discover_anywhere(["memory://没有", "memory://收到"])
    assert len(found) == len(bucket)
    assert list(missing) == ["memory://没有"]


def test_no_password_in_an_address_is_shown(monkeypatch):
    monkeypatch.setattr(elsewhere, "_opened", refuse)
    with pytest.raises(PathNotFound, match=r"^webhdfs://王敏@10\.0\.0\.5/收到：连不上") as raised:
        discover_anywhere(["webhdfs://王敏:秘密@10.0.0.5/收到"])
    assert "403" not in str(raised.value)


@pytest.mark.parametrize(
    ("source", "is_one"), [("s3://a/b", True), ("C:\\收到", False), ("收到", False), ("a://b", False), ("", False)]
)
def test_what_an_address_is(source, is_one):
    assert is_address(source) is is_one


def test_the_settings_of_a_file_found_elsewhere_are_those_of_any(bucket):
    settings = Settings(limits=Limits(file_bytes=1 << 20))
    fsspec.filesystem("memory").pipe("/收到/10.xlsx", bytes(2 << 20))
    [row] = consolidate("memory://收到/10.xlsx", settings=settings, effort=Effort(jobs=1)).sources
    assert (row.status, row.size) == (Status.UNREADABLE, 2 << 20)
    assert "文件超过 1 MB" in row.reason
