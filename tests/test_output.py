"""A file is written whole or not at all, what it replaces can be kept, and a failure says what to do."""

from __future__ import annotations

import datetime
import errno
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from perfxl.errors import OutputError
from perfxl.output import (
    dated_names,
    is_trace,
    keep_former,
    output_error,
    sound_package,
    temporary,
    whole_file,
    whole_files,
    write_whole,
)

DAY = datetime.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _first_time_here(monkeypatch):
    """Each test is a new process, as far as looking for what killed runs left is concerned."""
    monkeypatch.setattr(temporary, "_swept", set())


def left(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def failing(code: int) -> object:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


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


def test_a_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "真").mkdir()
    (tmp_path / "真" / "a").write_bytes(b"1")
    (tmp_path / "a").symlink_to(tmp_path / "真" / "a")

    write_whole(tmp_path / "a", b"2")

    assert (tmp_path / "a").is_symlink()
    assert left(tmp_path / "真") == {"a": b"2"}


# -- what can go wrong


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "磁盘已满"),
        (errno.EDQUOT, "配额"),
        (errno.EACCES, "正在 Excel/WPS 中打开"),
        (errno.EROFS, "只读"),
        (errno.EIO, "磁盘读写出错"),
        (errno.ENXIO, "重试"),
    ],
)
def test_a_failure_at_any_step_leaves_everything_as_it_was(tmp_path, monkeypatch, step, code, advice):
    target = tmp_path / "总台账.xlsx"
    target.write_bytes(b"old")

    monkeypatch.setattr(os, step, failing(code))
    with pytest.raises(OutputError, match=advice) as failure:
        write_whole(target, b"new")

    assert left(tmp_path) == {"总台账.xlsx": b"old"}
    assert "总台账.xlsx" in str(failure.value)
    assert not re.search(r"Errno|[a-z]{4,} [a-z]{2,}", str(failure.value).replace(str(tmp_path), ""))


@pytest.mark.parametrize(
    ("code", "winerror", "advice"),
    [
        (errno.EACCES, 5, "没有写入权限，或文件正在 Excel/WPS 中打开"),
        (errno.EACCES, 19, "只读"),
        (errno.EACCES, 32, "正在别的程序中打开"),
        (errno.EACCES, 33, "正在别的程序中打开"),
        (errno.EINVAL, 64, "共享文件夹"),
        (errno.ENOSPC, 112, "磁盘已满"),
        (errno.EINVAL, 123, "不能用的字符"),
        (errno.ENOENT, 206, "路径太长"),
    ],
)
def test_what_only_windows_tells_apart(code, winerror, advice):
    error = OSError(code, "")
    error.winerror = winerror  # type: ignore[attr-defined, unused-ignore]

    assert advice in str(output_error(Path("总台账.xlsx"), error))


def test_a_path_that_windows_finds_nowhere_may_be_too_long():
    error = OSError(errno.ENOENT, "")
    error.winerror = 3  # type: ignore[attr-defined, unused-ignore]

    assert "路径太长" in str(output_error(Path("/" + "很长的文件夹" * 50 + "/a.xlsx"), error))
    assert "文件夹不存在" in str(output_error(Path("/短/a.xlsx"), error))


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


def test_a_file_that_somebody_marked_read_only_stays(tmp_path):
    target = tmp_path / "总台账.xlsx"
    target.write_bytes(b"old")
    target.chmod(0o444)

    with pytest.raises(OutputError, match="只读"):
        write_whole(target, b"new")

    assert left(tmp_path) == {"总台账.xlsx": b"old"}


@pytest.mark.parametrize("name", ["长" * 84 + ".xlsx", "长" * 2000 + ".xlsx"], ids=["a little", "much"])
def test_a_name_that_no_file_can_have_is_told(tmp_path, name):
    with pytest.raises(OutputError, match="路径太长"):
        write_whole(tmp_path / name, b"")

    assert left(tmp_path) == {}


def test_the_longest_name_and_a_deep_chinese_path_are_written(tmp_path):
    folder = tmp_path
    for _ in range(8):
        folder /= "预算绩效管理处" * 4
    folder.mkdir(parents=True)

    write_whole(folder / ("长" * 83 + ".xlsx"), b"1")

    assert list(left(folder).values()) == [b"1"]


def test_a_disk_that_fills_up_while_writing_leaves_everything_as_it_was(tmp_path):
    """The system itself refuses the write, as a full disk does (here by the largest size that a file may have)."""
    target = tmp_path / "总台账.xlsx"
    target.write_bytes(b"old")
    script = """if True:
        import resource, sys
        from pathlib import Path
        from perfxl.errors import OutputError
        from perfxl.output import write_whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            write_whole(Path(sys.argv[1]), bytes(3 << 20))
        except OutputError as error:
            sys.stdout.buffer.write(str(error).encode())
    """
    done = subprocess.run([sys.executable, "-c", script, str(target)], capture_output=True, check=True)

    assert "文件太大，这个磁盘放不下" in done.stdout.decode()
    assert left(tmp_path) == {"总台账.xlsx": b"old"}


@pytest.mark.parametrize(("state", "advice"), [("size=64k", "磁盘已满，请清理后重试"), ("ro", "所在位置是只读的")])
def test_a_full_and_a_read_only_disk_leave_everything_as_it_was(tmp_path, state, advice):
    """A disk of its own, mounted where nobody else sees it."""
    apart = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "mount -t tmpfs tmpfs /mnt"], check=False).returncode:
        pytest.skip("needs user namespaces")
    script = """if True:
        import sys
        from pathlib import Path
        from perfxl.errors import OutputError
        from perfxl.output import write_whole
        target = Path(sys.argv[1])
        try:
            write_whole(target, bytes(100_000))
        except OutputError as error:
            left = {path.name: path.read_bytes() for path in target.parent.iterdir()}
            sys.stdout.buffer.write(f"{error} {left}".encode())
    """
    mounted = (
        f'mount -t tmpfs tmpfs "$1"; printf old > "$1/a.xlsx"; mount -o remount,{state} "$1"; "$2" -c "$3" "$1/a.xlsx"'
    )
    command = [*apart, mounted, "sh", str(tmp_path), sys.executable, script]
    done = subprocess.run(command, capture_output=True, check=True)

    assert advice in done.stdout.decode()
    assert "{'a.xlsx': b'old'}" in done.stdout.decode()


def test_an_error_that_nobody_knows_still_says_what_to_do():
    assert "请检查磁盘和权限" in str(output_error(Path("a.xlsx"), OSError()))


def test_a_disk_that_keeps_something_else_than_was_written_is_told(tmp_path, monkeypatch):
    target = tmp_path / "a.csv"
    target.write_bytes(b"old")
    bring_to_disk = os.fsync

    def spoil(handle: int) -> None:
        bring_to_disk(handle)
        os.pwrite(handle, b"?", 0)

    monkeypatch.setattr(os, "fsync", spoil)
    with pytest.raises(OutputError, match="读回来不一样"):
        write_whole(target, b"new")

    assert left(tmp_path) == {"a.csv": b"old"}


# -- streams


def test_what_is_written_piece_by_piece_appears_at_once(tmp_path):
    target = tmp_path / "a.csv"
    target.write_bytes(b"old")

    with whole_file(target) as stream:
        for _ in range(1000):
            stream.write(b"x" * 10_000)
        assert target.read_bytes() == b"old"

    assert left(tmp_path) == {"a.csv": b"x" * 10_000_000}


def test_a_block_that_fails_leaves_everything_as_it_was(tmp_path):
    target = tmp_path / "a.csv"
    target.write_bytes(b"old")

    with pytest.raises(KeyboardInterrupt), whole_file(target) as stream:
        stream.write(b"new")
        raise KeyboardInterrupt

    assert left(tmp_path) == {"a.csv": b"old"}


def test_a_package_is_written_and_checked_part_by_part(tmp_path):
    with whole_file(tmp_path / "a.xlsx", check=sound_package) as stream, zipfile.ZipFile(stream, "w") as package:
        package.writestr("xl/workbook.xml", "<workbook/>")

    assert zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/workbook.xml") == b"<workbook/>"


@pytest.mark.parametrize("spoilt", ["part", "directory"])
def test_a_package_that_does_not_hold_together_is_refused(tmp_path, spoilt):
    def write() -> None:
        with whole_file(tmp_path / "a.xlsx", check=sound_package) as stream:
            with zipfile.ZipFile(stream, "w") as package:
                package.writestr("xl/workbook.xml", "<workbook/>")
            stream.seek(45 if spoilt == "part" else -22, os.SEEK_SET if spoilt == "part" else os.SEEK_END)
            stream.write(b"??")

    with pytest.raises(OutputError, match="读回来不一样"):
        write()

    assert left(tmp_path) == {}


def test_files_that_belong_together_take_their_places_together(tmp_path, monkeypatch):
    targets = [tmp_path / name for name in ("甲.csv", "乙.csv", "丙.csv")]
    targets[0].write_bytes(b"old")
    replace, calls = os.replace, []

    def fail_at_the_third(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.EIO, "")
        replace(source, target)

    def write() -> None:
        with whole_files(targets) as streams:
            for stream in streams:
                stream.write(b"new")

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="丙"):
        patch.setattr(os, "replace", fail_at_the_third)
        write()
    assert left(tmp_path) == {"甲.csv": b"old"}

    write()
    assert left(tmp_path) == {"甲.csv": b"new", "乙.csv": b"new", "丙.csv": b"new"}


# -- what stood there


def test_what_is_replaced_is_kept_if_that_is_wanted_and_never_over_another(tmp_path):
    target = tmp_path / "总台账.xlsx"
    write_whole(target, b"1")
    for content in (b"2", b"3"):
        with keep_former(DAY) as kept:
            write_whole(target, content)
        assert len(kept) == 1
    write_whole(target, b"4")

    assert left(tmp_path) == {
        "总台账.xlsx": b"4",
        "总台账（备份）2026-11-23.xlsx": b"1",
        "总台账（备份）2026-11-23(2).xlsx": b"2",
    }


def test_nothing_is_kept_of_a_file_that_is_new_or_stays_the_same(tmp_path):
    with keep_former(DAY) as kept:
        write_whole(tmp_path / "a", b"1")
        write_whole(tmp_path / "a", b"1")

    assert (kept, left(tmp_path)) == ([], {"a": b"1"})


@pytest.mark.parametrize("step", ["replace", "fsync", "link"])
def test_a_copy_that_can_not_be_kept_stops_the_writing_and_one_of_a_file_not_replaced_goes(tmp_path, monkeypatch, step):
    target = tmp_path / "总台账.xlsx"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, step, failing(errno.EIO))
    monkeypatch.setattr(os, "rename", failing(errno.EIO))

    with pytest.raises(OutputError), keep_former(DAY) as kept:
        write_whole(target, b"new")

    assert (kept, left(tmp_path)) == ([], {"总台账.xlsx": b"old"})


def test_a_file_system_without_links_keeps_copies_too(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    for content in (b"1", b"2", b"3"):
        with keep_former(DAY):
            write_whole(tmp_path / "a", content)

    assert left(tmp_path) == {"a": b"3", "a（备份）2026-11-23": b"1", "a（备份）2026-11-23(2)": b"2"}


def test_a_dated_name_is_never_too_long(tmp_path):
    name = next(dated_names(tmp_path / ("长" * 83 + ".xlsx"), "备份", DAY)).name

    assert len(name.encode()) <= 255
    assert name.endswith("长（备份）2026-11-23.xlsx")


# -- what killed runs left


def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def leftover(folder: Path, pid: int, host: str = "", age: int = 0) -> str:
    path = folder / f".perfxl-{temporary._short(host or platform.node())}-{pid}-1-abc_d.tmp"
    path.write_bytes(b"half")
    now = path.stat().st_mtime
    os.utime(path, (now - age, now - age))
    return path.name


def test_the_next_run_removes_what_a_killed_one_left(tmp_path):
    leftover(tmp_path, ended())
    leftover(tmp_path, os.getpid())  # an ended process that had the number of this one
    leftover(tmp_path, 1, "another-computer", age=25 * 3600)

    write_whole(tmp_path / "a", b"1")

    assert left(tmp_path) == {"a": b"1"}


def test_what_somebody_may_still_be_writing_stays(tmp_path):
    elsewhere = leftover(tmp_path, 1, "another-computer", age=3600)
    (tmp_path / ".perfxl-demo").write_bytes(b"")
    with whole_file(tmp_path / "b"):
        mine = next(name for name in left(tmp_path) if is_trace(name) and name != elsewhere)
        temporary._swept.clear()
        write_whole(tmp_path / "a", b"1")

        assert {mine, elsewhere, ".perfxl-demo"} < set(left(tmp_path))


# -- everywhere

WRITING = re.compile(
    r"""\.write_(?:bytes|text)\(|\bopen\([^)\n]*["'][wax]b?\+?["']|\.(?:rename|touch)\(|os\.replace\(|shutil\.(?:copy|move)|mkstemp"""
)
#: Files that are no output: nobody asks for them, and nobody misses them half.
NO_OUTPUT = {
    "addin/ribbon.py": "the answer that the waiting button takes, and its log",
    "cli/__init__.py": "the log of a mistake of ours",
    "intake/office.py": "a copy for LibreOffice, in a folder of its own",
    "ledger/writing/databases.py": "a database, in a folder of its own: it goes back and forth in its file",
    "ledger/writing/export.py": "that database, copied into its place",
    "season/restoring.py": "a copy to read again, in a folder of its own",
    "season/returning/enclosures.py": "a copy to mark, in a folder of its own",
    "season/returning/rounds.py": "a damaged record, put aside by its name",
}


def test_no_output_is_written_but_whole():
    package = Path(write_whole.__code__.co_filename).parents[1]
    writing = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.parent.name != "output" and WRITING.search(path.read_text(encoding="utf-8"))
    }

    assert writing <= NO_OUTPUT.keys()
