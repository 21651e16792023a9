"""Backups, a second run on the same ledger, and what the system refuses, as the command line tells it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from forms import form
from test_run_lock import write_lock

from perfxl import cli
from perfxl.output import only_run
from perfxl.template import Issuance, build


@pytest.fixture
def office(tmp_path, monkeypatch) -> Path:
    """The folder where the commands run: one form with a mistake in 收到."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "收到").mkdir()
    (tmp_path / "收到" / "甲.xlsx").write_bytes(build(Issuance(), [form(project="甲", total="900")]))
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


CONSOLIDATE = ("consolidate", "收到", "-o", "总台账.xlsx")
MARK = ("validate", "收到", "--mark")


# -- backups


@pytest.mark.parametrize(
    ("command", "replaced"),
    [
        (CONSOLIDATE, "总台账.xlsx"),
        (MARK, "收到/甲.xlsx"),
        (("validate", "收到", "-o", "报告.txt"), "报告.txt"),
        (("clear", "收到"), "收到/甲.xlsx"),
        (("template", "-o", "空白.xlsx"), "空白.xlsx"),
        (("restore", "收到/甲.xlsx", "-o", "新.xlsx"), "新.xlsx"),
        (("diff", "收到", "收到", "-o", "比较.xlsx"), "比较.xlsx"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_what_a_command_replaces_is_kept_if_asked_and_only_then(run, office, command, replaced):
    if command == CONSOLIDATE:
        run(*CONSOLIDATE)
        (office / "收到" / "乙.xlsx").write_bytes(build(Issuance(), [form(project="乙", total="900")]))
    elif command[0] == "clear":
        run(*MARK)
    elif command != MARK:
        (office / replaced).write_bytes(b"old")
    before = contents(office)

    _, _, told = run(*command, "--backup")
    kept = contents(office).keys() - before.keys()

    assert {contents(office)[name] for name in kept} == {before[replaced]}
    assert all("（备份）20" in name and Path(name).name in told for name in kept)
    (office / replaced).write_bytes(before[replaced])
    run(*command)
    assert contents(office).keys() - before.keys() == kept


def test_a_ledger_edited_by_hand_is_kept_once_though_a_backup_is_asked_for(run, office):
    run(*CONSOLIDATE)
    book = openpyxl.load_workbook("总台账.xlsx")
    book["项目台账"]["F4"] = "改过的名称"
    book.save("总台账.xlsx")

    run(*CONSOLIDATE, "--backup")

    kept = [name for name in contents(office) if "总台账" in name and name != "总台账.xlsx"]
    assert len(kept) == 1
    assert "人工修改" in kept[0]


def test_backups_in_the_folder_of_the_forms_are_not_taken_for_forms(run, office):
    run(*MARK, "--backup")

    _, out, _ = run(*CONSOLIDATE)

    assert "共 1 个项目" in out
    assert "已汇总 1、跳过 1" in out


# -- two runs


def test_a_second_run_on_the_same_ledger_is_refused_and_changes_nothing(run, office):
    run(*CONSOLIDATE)
    before = contents(office)

    with only_run(office / "总台账.xlsx"):
        code, out, told = run(*CONSOLIDATE)

    assert (code, out) == (2, "")
    assert "另一次运行正在处理它" in told
    assert "请等那一次结束后再运行" in told
    assert contents(office) == before


def test_a_run_after_one_that_was_killed_says_so_and_completes(run, office):
    run(*CONSOLIDATE)
    before = contents(office)
    write_lock(office / "总台账.xlsx", started="1")

    code, out, _ = run(*CONSOLIDATE)

    assert code == 1  # the form has a mistake
    assert "上一次运行没有正常结束（张三" in out
    assert contents(office) == before


def test_two_runs_that_return_forms_into_one_folder_do_not_mix(run, office):
    run(*CONSOLIDATE)
    (office / "退回").mkdir()

    with only_run(office / "退回" / "退回记录.json"):
        code, _, told = run("return", "总台账.xlsx", "-o", "退回")

    assert (code, "另一次运行正在处理它" in told) == (2, True)
    assert not list((office / "退回").iterdir())


# -- what the system refuses


def refusing(code: int) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


@pytest.mark.parametrize(
    ("command", "step", "code", "advice"),
    [
        (CONSOLIDATE, "replace", errno.EACCES, "正在 Excel/WPS 中打开，请关闭后重试"),
        (CONSOLIDATE, "open", errno.EROFS, "所在位置是只读的，请换一个文件夹"),
        (MARK, "fsync", errno.ENOSPC, "磁盘已满，请清理后重试"),
        (MARK, "open", errno.EROFS, "所在位置是只读的，请换一个文件夹"),
    ],
)
def test_what_the_system_refuses_is_told_and_changes_nothing(run, office, monkeypatch, command, step, code, advice):
    run(*CONSOLIDATE)
    (office / "收到" / "乙.xlsx").write_bytes(build(Issuance(), [form(project="乙", total="900")]))
    before = contents(office)

    with monkeypatch.context() as patch:
        patch.setattr(os, step, refusing(code))
        ended, _, told = run(*command)

    assert ended in (1, 2)
    assert advice in told
    assert "原来的文件没有改动" in told
    assert contents(office) == before


def test_a_ledger_name_that_is_too_long_is_told_before_any_file_is_read(run, office):
    code, out, told = run("consolidate", "收到", "-o", f"{'长' * 100}.xlsx")

    assert (code, out) == (2, "")
    assert "路径太长，请换一个短一些的文件夹或文件名" in told


def test_a_long_chinese_name_is_written_and_replaced(run, office):
    name = f"{'长' * 83}.xlsx"

    assert run("consolidate", "收到", "-o", name)[0] == run("consolidate", "收到", "-o", name, "--backup")[0] == 1
    assert [path.name for path in office.glob("长*")] == [name]


def test_a_full_disk_under_the_temporary_files_is_no_mistake_of_ours(run, monkeypatch):
    def fails(**_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr(cli, "app", fails)
    code, _, told = run("rules")

    assert (code, told) == (2, "/tmp/x：读写失败。磁盘已满，请清理后重试。已经写出的文件都是完整的\n")
