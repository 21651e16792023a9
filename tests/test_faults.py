"""Whatever fails, and wherever a run is killed: each output is the old file or the new one, whole, and the next run goes on.

Each run is a process of its own (a fork of this one) in which every call that changes something on the disk is counted.
At the n-th call, for every n, the disk fails, or somebody presses Ctrl-C, or the process is killed: a write in its
middle, any other call before it is done.  A clean run then has to end with the very files of a run that nothing disturbed.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from forms import form
from hostile.packages import ods, ods_text

import perfxl
from perfxl import cli, demo  # noqa: F401  loaded once here, not again in every fork
from perfxl.layout import LATEST
from perfxl.ledger import Status, consolidate
from perfxl.ledger.gathering import workers
from perfxl.ledger.writing import workbook  # noqa: F401  so is this
from perfxl.output import is_trace, output_error, temporary, whole
from perfxl.season import collecting, returning  # noqa: F401
from perfxl.season.returning.rounds import RECORD_NAME
from perfxl.template import Issuance, build
from perfxl.validation import validate

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

MODES = ("fail", "interrupt", "kill")
CALLS = ("open", "fsync", "chmod", "link", "rename", "replace", "unlink", "mkdir")
Tree = dict[str, bytes]


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (that of a killed one is negative), what it said, the calls that it made."""

    code: int
    told: str
    calls: tuple[str, ...]


class Disk:
    """Counts the calls that change something, and strikes at the n-th."""

    def __init__(self, mode: str, n: int) -> None:
        self.calls: list[str] = []
        self._mode, self._n = mode, n

    def put_under(self) -> None:
        """From here on, every such call of this process goes through here."""
        for name in CALLS:
            setattr(os, name, self._counted(name, getattr(os, name)))
        write = whole._Scratch.write

        def written(stream: Any, data: Any) -> int:
            try:
                self._count("write", lambda: write(stream, data[: len(data) // 2]))
            except OSError as error:  # as its own write would have it
                raise output_error(stream._target, error) from error
            return write(stream, data)

        whole._Scratch.write = written  # type: ignore[method-assign]
        subprocess.Popen.__init__ = self._counted("start", subprocess.Popen.__init__)  # type: ignore[method-assign]

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            self._count(name, lambda: None)
            return call(*given, **named)

        return counted

    def _count(self, name: str, half: Callable[[], object]) -> None:
        self.calls.append(name)
        if len(self.calls) != self._n:
            return
        half()
        if self._mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._mode == "interrupt":
            if threading.current_thread() is threading.main_thread():  # Ctrl-C never comes to another
                raise KeyboardInterrupt
            return
        raise OSError(errno.ENOSPC, "No space left on device")


def perform(home: Path, command: tuple[str, ...], mode: str = "", n: int = 0) -> Ended:
    """The command in a process of its own, with ``home`` as its folder; ``workers…/home``: it reads with others."""
    heard = home.with_name("heard")
    child = os.fork()
    if child == 0:  # nothing but _exit may lead out of here: pytest waits in the other process
        code = 99
        with suppress(BaseException):
            code = _in_child(home, command, heard, Disk(mode, n))
        os._exit(code)
    _, status = os.waitpid(child, 0)
    told, _, calls = heard.read_text(encoding="utf-8").partition("\0")
    code = os.waitstatus_to_exitcode(status)
    assert code != 99, told
    return Ended(code, told, tuple(json.loads(calls)) if calls else ())


def _in_child(home: Path, command: tuple[str, ...], heard: Path, disk: Disk) -> int:
    stream = open(heard, "w", encoding="utf-8")  # noqa: SIM115 - closed by the end of the process, whatever ends it
    sys.stdout = sys.stderr = stream
    sys.argv = ["perfxl", *command]
    os.chdir(home)
    temporary._swept.clear()
    code = 98
    if home.parent.name.startswith("workers"):
        workers._FEW = 1
    disk.put_under()
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 98
    finally:
        stream.write("\0" + json.dumps(disk.calls))
        stream.flush()
    return code


def tree(home: Path) -> Tree:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def without_traces(files: Tree) -> Tree:
    return {name: content for name, content in files.items() if not is_trace(Path(name).name)}


def without_copies(files: Tree) -> Tree:
    return {name: content for name, content in files.items() if "备份" not in name}


# -- what is done


def _forms(home: Path, *names: str) -> None:
    (home / "收到").mkdir(exist_ok=True)
    for name in names:
        content = form(project=name, title=f"{name}绩效目标表", project_no=name, total="900")
        (home / "收到" / f"{name}.xlsx").write_bytes(build(Issuance(), [content]))


def _opinion(ledger: Path) -> None:
    """A person writes into the ledger what the next has to keep."""
    book = openpyxl.load_workbook(ledger)
    sheet = book["项目台账"]
    (column,) = [cell.column for row in sheet.iter_rows(max_row=6) for cell in row if cell.value == "审核意见"]
    (row,) = [cell.row for line in sheet.iter_rows() for cell in line if cell.value == "甲"][:1]
    sheet.cell(row, column, "请补充依据")
    book.save(ledger)


def _begun(home: Path, command: tuple[str, ...]) -> None:
    """A ledger of one form, an opinion in it; then another form comes in."""
    _forms(home, "甲")
    perform(home, command)
    if (home / "总台账.xlsx").exists():
        _opinion(home / "总台账.xlsx")
    _forms(home, "乙")


def _marked(home: Path, command: tuple[str, ...]) -> None:
    _forms(home, "甲", "乙")
    perform(home, ("validate", "收到", "--mark"))


def _listed(home: Path, command: tuple[str, ...]) -> None:
    _forms(home, "甲")
    lines = ("单位编码,单位名称,项目名称,预算金额（元）", "353302,中心,甲,100", "353303,二中心,乙,200")
    (home / "名单.csv").write_text("\n".join(lines), encoding="utf-8")


def _returned(home: Path, command: tuple[str, ...]) -> None:
    _forms(home, "甲", "乙")
    perform(home, ("consolidate", "收到", "-o", "总台账.xlsx"))


JOBS: dict[str, tuple[Callable[[Path, tuple[str, ...]], None], tuple[str, ...]]] = {
    "consolidate": (_begun, ("consolidate", "收到", "-o", "总台账.xlsx")),
    "consolidate-backup": (_begun, ("consolidate", "收到", "-o", "总台账.xlsx", "--backup")),
    "workers-consolidate": (_begun, ("consolidate", "收到", "-o", "总台账.xlsx")),
    "consolidate-csv": (_begun, ("consolidate", "收到", "-o", "总台账.csv")),
    "mark": (lambda home, _: _forms(home, "甲", "乙"), ("validate", "收到", "--mark")),
    "mark-backup": (lambda home, _: _forms(home, "甲", "乙"), ("validate", "收到", "--mark", "--backup")),
    "mark-in": (lambda home, _: _forms(home, "甲", "乙"), ("validate", "收到", "--mark-in", "退回")),
    "clear": (_marked, ("clear", "收到")),
    "fix": (lambda home, _: _forms(home, "甲", "乙"), ("fix", "收到", "--to", "改好")),
    "restore": (lambda home, _: _forms(home, "甲"), ("restore", "收到/甲.xlsx", "-o", "新.xlsx")),
    "hand out": (_listed, ("template", "--from", "名单.csv", "-o", "下发")),
    "return": (_returned, ("return", "总台账.xlsx", "-o", "退回")),
}
QUICK = ("consolidate", "mark")


@dataclass(frozen=True)
class Job:
    """A command ready to be run again and again: the files before and after it, the calls that it makes."""

    name: str
    home: Path
    command: tuple[str, ...]
    before: Tree
    after: Tree
    calls: tuple[str, ...]

    def strike(self, mode: str, n: int) -> None:
        """Disturb a run at its n-th call; then a clean one."""
        self.begin()
        ended = perform(self.home, self.command, mode, n)
        where = f"{self.name}, {mode} at call {n} of {len(self.calls)} ({self.calls[n - 1]}): {ended.told}"
        assert "Traceback" not in ended.told, where
        assert "自己出了错" not in ended.told, where
        now = without_copies(without_traces(tree(self.home)))
        if mode == "kill":
            assert ended.code == -signal.SIGKILL, where
        elif mode == "fail" and now != without_copies(self.after):
            assert "磁盘已满，请清理后重试" in ended.told, where
        self.hold_after(where)

    def begin(self) -> None:
        """Put the files back as they were before."""
        shutil.rmtree(self.home)
        shutil.copytree(self.home.with_name("before"), self.home)

    def hold_after(self, where: str) -> None:
        """Nothing is half now, and the next run completes and leaves nothing lying about."""
        self._hold(where)
        perform(self.home, self.command)
        assert without_copies(tree(self.home)) == without_copies(self.after), where
        self._hold(where)

    def _hold(self, where: str) -> None:
        """Nothing is missing, nothing is half."""
        now = tree(self.home)
        assert self.before.keys() <= now.keys(), where
        for name, content in without_traces(now).items():
            if name.endswith(RECORD_NAME):  # it is written twice, before the letters and after
                json.loads(content)
                continue
            whole_ones = self.before.values() if "备份" in name else (self.before.get(name), self.after.get(name))
            assert content in whole_ones, f"{name}: {where}"


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Callable[[str], Job]:
    """Jobs by name, each prepared once."""

    @cache
    def prepared(name: str) -> Job:
        prepare, command = JOBS[name]
        home = tmp_path_factory.mktemp(name) / "home"
        home.mkdir()
        prepare(home, command)
        validate([home / "收到"])  # what is loaded once stays loaded in every fork
        shutil.copytree(home, home.with_name("before"))
        before = tree(home)
        calls = perform(home, command).calls
        return Job(name, home, command, before, tree(home), calls)

    return prepared


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", QUICK)
def test_a_run_that_is_struck_leaves_nothing_half_and_the_next_completes(job, name, mode):
    for n in random.Random(f"{name} {mode}").sample(range(1, len(job(name).calls) + 1), 1 + (mode == "kill")):
        job(name).strike(mode, n)


@pytest.mark.thorough
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", JOBS)
def test_wherever_a_run_is_struck_nothing_is_half_and_the_next_completes(job, name, mode):
    for n in range(1, len(job(name).calls) + 1):
        job(name).strike(mode, n)
    print(f"{name}, {mode}: {n} runs")


@pytest.mark.thorough
@pytest.mark.parametrize("name", QUICK)
def test_a_run_killed_from_outside_at_any_moment_leaves_nothing_half(job, name):
    """The command as people call it, nothing of it replaced, killed ever later until that comes too late."""
    one, home = job(name), str(Path(perfxl.__file__).parents[1])
    for twentieths in count(1):
        one.begin()
        process = subprocess.Popen(
            [sys.executable, "-m", "perfxl", *one.command],
            cwd=one.home,
            env={**os.environ, "PYTHONPATH": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(twentieths / 20)
        process.kill()
        one.hold_after(f"{name}, killed after {twentieths / 20} s")
        if process.wait() >= 0:
            break
    print(f"{name}, killed from outside: {twentieths} runs")


@pytest.mark.thorough
def test_a_demo_that_was_killed_begins_anew(tmp_path):
    for n in range(2, len(perform(tmp_path, ("demo", "示例")).calls), 40):
        shutil.rmtree(tmp_path / "示例")
        perform(tmp_path, ("demo", "示例"), "kill", n)

        assert perform(tmp_path, ("demo", "示例")).code == 0


# -- the processes apart


class Failing(subprocess.Popen):  # type: ignore[type-arg]
    """The n-th process that is started is not to be had, or dies at once."""

    left = 0
    dies = False

    def __init__(self, *given: Any, **named: Any) -> None:
        Failing.left -= 1
        if Failing.left == 0 and not Failing.dies:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        super().__init__(*given, **named)
        if Failing.left == 0:
            self.kill()


@pytest.mark.parametrize(("n", "dies"), [(1, True), (2, False)], ids=["dies", "is not to be had"])
def test_a_process_apart_that_fails_costs_at_most_its_file(tmp_path, monkeypatch, n, dies):
    _forms(tmp_path, "甲")
    project = LATEST.at("", "project")
    for name in ("乙", "丙"):
        (tmp_path / "收到" / f"{name}.ods").write_bytes(ods({(project.row, project.column): ods_text(name)}))
    undisturbed = consolidate([tmp_path / "收到"])

    with monkeypatch.context() as patch:
        patch.setattr(Failing, "left", n)
        patch.setattr(Failing, "dies", dies)
        patch.setattr(subprocess, "Popen", Failing)
        disturbed = consolidate([tmp_path / "收到"])
        assert Failing.left <= 0

    lost = [row.file for row in disturbed.sources if row.status is Status.UNREADABLE]
    assert len(lost) <= 1
    assert {row.file for row in disturbed.sources} == {row.file for row in undisturbed.sources}
    assert all(row in undisturbed.sources for row in disturbed.sources if row.file not in lost)
    assert consolidate([tmp_path / "收到"]) == undisturbed
