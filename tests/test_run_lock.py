"""One run on a ledger at a time: who else is at work is told, and a lock that nobody holds stops nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perfxl.errors import BusyError, OutputError
from perfxl.output import is_trace, only_run
from perfxl.output.process import this_process

HELD = """if True:
    import signal, sys, time
    from pathlib import Path
    from perfxl.output import only_run
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background may have come without
    with only_run(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def ledger(tmp_path) -> Path:
    return tmp_path / "总台账.xlsx"


def lock_of(ledger: Path) -> Path:
    return ledger.with_name(f".perfxl-{ledger.name}.lock")


def other_run(ledger: Path) -> subprocess.Popen[bytes]:
    """Another process that has taken the lock."""
    process = subprocess.Popen([sys.executable, "-c", HELD, str(ledger)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def write_lock(ledger: Path, **told: object) -> None:
    process = this_process()
    content = {"host": process.host, "process": process.pid, "started": process.started}
    content |= {"user": "张三", "since": "2026-11-23 16:02:00", "token": "1"} | told
    lock_of(ledger).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def test_nothing_is_left_of_a_lock_whatever_ends_the_run(ledger):
    with only_run(ledger) as taken_over:
        assert taken_over == ""
        assert [path.name for path in ledger.parent.iterdir()] == [lock_of(ledger).name]
        assert is_trace(lock_of(ledger).name)
    with pytest.raises(KeyboardInterrupt), only_run(ledger):
        raise KeyboardInterrupt

    assert list(ledger.parent.iterdir()) == []


def test_a_second_run_is_told_who_is_at_work_where_and_since_when(ledger):
    with only_run(ledger), pytest.raises(BusyError) as refused, only_run(ledger):
        raise AssertionError("two runs at once")

    host = this_process().host
    assert f"在电脑 {host} 上" in str(refused.value)
    assert "请等那一次结束后再运行" in str(refused.value)
    assert lock_of(ledger).name in str(refused.value)
    assert list(ledger.parent.iterdir()) == []


def test_runs_on_different_ledgers_do_not_disturb_one_another(ledger):
    with only_run(ledger), only_run(ledger.with_name("另一本.xlsx")):
        pass


def test_a_run_that_is_still_going_keeps_its_lock_and_one_that_was_killed_does_not(ledger):
    process = other_run(ledger)
    try:
        with pytest.raises(BusyError), only_run(ledger):
            pass
        assert lock_of(ledger).exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lock_of(ledger).exists()

    with only_run(ledger) as taken_over:
        assert "上一次运行没有正常结束" in taken_over

    assert list(ledger.parent.iterdir()) == []


def test_ctrl_c_takes_the_lock_away(ledger):
    process = other_run(ledger)
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=30) != 0
    assert list(ledger.parent.iterdir()) == []


def test_the_lock_of_another_computer_stays_and_says_what_to_do(ledger):
    write_lock(ledger, host="YSK-07", process=1)

    with pytest.raises(BusyError, match="张三 在电脑 YSK-07 上，2026-11-23 16:02:00 开始") as refused, only_run(ledger):
        pass

    assert f"请删去同一文件夹里的“{lock_of(ledger).name}”" in str(refused.value)
    assert lock_of(ledger).exists()


def test_what_a_lock_says_can_not_steer_a_terminal(ledger):
    write_lock(ledger, host="YSK-07", user="张\x1b[31m三")

    with pytest.raises(BusyError) as refused, only_run(ledger):
        pass

    assert "\x1b" not in str(refused.value)


def test_a_link_to_a_ledger_is_locked_with_it(ledger):
    ledger.write_bytes(b"")
    (ledger.parent / "别处").mkdir()
    link = ledger.parent / "别处" / "台账.xlsx"
    link.symlink_to(ledger)

    with only_run(link), pytest.raises(BusyError), only_run(ledger):
        pass


def test_an_ended_process_is_known_though_another_has_its_number_now(ledger):
    write_lock(ledger, started="1")

    with only_run(ledger) as taken_over:
        assert "张三" in taken_over


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"host": "a"}', b"\xff\xfe"])
def test_a_lock_that_says_nothing_is_respected_and_can_be_removed_by_hand(ledger, content):
    lock_of(ledger).write_bytes(content)

    with pytest.raises(BusyError, match="请删去"), only_run(ledger):
        pass

    assert lock_of(ledger).read_bytes() == content


def test_of_two_runs_that_find_the_same_dead_lock_one_goes_on(ledger, monkeypatch):
    """The other run removes the dead lock and puts its own there, after this one has looked and before it acts."""
    write_lock(ledger, started="1")
    replace = os.replace

    def too_late(source: str, target: str) -> None:
        monkeypatch.setattr(os, "replace", replace)
        write_lock(ledger, user="李四")
        replace(source, target)

    monkeypatch.setattr(os, "replace", too_late)
    with pytest.raises(BusyError, match="李四"), only_run(ledger):
        pass

    assert "李四" in lock_of(ledger).read_text(encoding="utf-8")
    assert len(list(ledger.parent.iterdir())) == 1


def test_a_file_system_without_links_can_be_locked_too(ledger, monkeypatch):
    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    with only_run(ledger), pytest.raises(BusyError), only_run(ledger):
        pass

    assert list(ledger.parent.iterdir()) == []


def test_what_can_not_be_written_is_told_before_any_work(ledger):
    ledger.write_bytes(b"old")
    ledger.chmod(0o444)
    for target, advice in (
        (ledger, "只读"),
        (ledger.with_name("长" * 100 + ".xlsx"), "路径太长"),
        (ledger.parent / "没有" / "总台账.xlsx", "文件夹不存在"),
    ):
        with pytest.raises(OutputError, match=advice), only_run(target):
            raise AssertionError("work was begun")

    assert [path.name for path in ledger.parent.iterdir()] == [ledger.name]


def test_a_name_of_full_length_can_be_locked(ledger):
    with only_run(ledger.with_name("长" * 83 + ".xlsx")):
        assert len(list(ledger.parent.iterdir())) == 1
