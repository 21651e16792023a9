"""The launcher's own way through a click, in a live LibreOffice: its text runs, with stand-ins for what only Windows has.

The stand-ins (``windows/``) play Excel's Application, the file system object and WScript.Shell; what they are asked to
start is really started, so that the launcher, its bootstrap and a Python that answers, fails or hangs play together.
LibreOffice knows neither an assignment to a property with an argument nor a method called Close: these two are renamed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from office.addins import addin_with
from office.driver import Document, Office
from perfxl import __version__
from perfxl.assets import macros_dir

WINDOWS = Path(__file__).with_name("windows")
BUSY = ["status bar: 绩效目标：正在处理，请稍候……", "cursor: 2"]
READY = ["cursor: -4143", "status bar: False"]
# All that Windows lets into a name, and what cmd, URLs or VBA would make something of.
AWKWARD = "&'%TEMP%=^!(1);,#~@$[]{}+`·龥🀄"
CRITICAL, QUESTION, WARNING, INFORMATION = 16, 36, 48, 64
# The perfxl of these tests: it does what the test says for the command, and can answer.
PERFXL = """import os, sys, time

def answer(kind, message="", then="", protocol="perfxl 1"):
    text = "\\r\\n".join([protocol, kind, then, *message.splitlines()])
    with open(os.path.join(os.environ["PERFXL_EXCHANGE"], "result.txt"), "w", encoding="utf-16", newline="") as result:
        result.write(text)

def main():
    exec(ACTS[sys.argv[1]])
    return 0
"""


@pytest.fixture(scope="module")
def launcher(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    """The add-in with its own launcher, on stand-ins."""
    text = (macros_dir() / "perfxl_launcher.bas").read_text(encoding="ascii")
    text = re.sub(r"told\.Item\((.*?)\) = ", r"told.Keep \1, ", text).replace("stream.Close", "stream.Finish")
    text += (WINDOWS / "stand_ins.bas").read_text(encoding="ascii")
    modules = (WINDOWS / name for name in ("excel.bas", "files.bas", "shell.bas"))
    with office.open_with_macros(addin_with(text, tmp_path_factory.mktemp("macros"), *modules)) as document:
        yield document


class User:
    """Somebody at Windows: settings, a Python with a perfxl that does what a test says, and buttons to press."""

    def __init__(self, launcher: Document, folder: Path) -> None:
        self._launcher, self._job = launcher, folder / "job"
        self._appdata, self._temp = folder / f"AppData {AWKWARD}", folder / f"Temp {AWKWARD}"
        self._library = folder / f"库 {AWKWARD}".replace(";", "")  # a list of folders is parted by it
        for one in (self._appdata / "perfxl", self._temp, self._library / "perfxl" / "addin"):
            one.mkdir(parents=True)
        self.ini = self._appdata / "perfxl" / "addin.ini"
        self.ribbon = self._library / "perfxl" / "addin" / "ribbon.py"
        self.trace = self._appdata / "perfxl" / "log" / "last-failure.txt"
        for package in (self.ribbon.parent, self.ribbon.parents[1]):
            (package / "__init__.py").touch()
        self.set()

    def set(self, **changed: str) -> None:
        """Write the settings file, as ``perfxl addin install`` does."""
        settings = {"interpreter": sys.executable, "pythonpath": str(self._library), "timeout": "60", **changed}
        text = "".join(f"{key}={value}\r\n" for key, value in settings.items())
        self.ini.write_bytes(text.encode("utf-16"))

    def perfxl(self, **acts: str) -> None:
        """Put a perfxl in Python's way that runs such a statement for a command."""
        self.ribbon.write_text(f"{PERFXL}\nACTS = {acts!r}\n", encoding="utf-8")

    def program(self, script: str) -> str:
        """The path of a program that the shell runs, to stand for a Python."""
        program = self._library / "python"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return str(program)

    def click(self, verb: str = "validate_form", **scene: str) -> list[str]:
        """Press a button; what was shown and started, one after the other."""
        given = {"appdata": self._appdata, "temp": self._temp, "python": sys.executable, "job": self._job}
        given |= {"runner": WINDOWS / "run_as_windows.py", **scene}
        lines = "".join(f"{key.replace('_', ' ')}={value}\n" for key, value in given.items())
        told: str = self._launcher.run_macro("PerfxlLauncher.Play", lines, verb)
        *notes, left = told.strip("\n").split("\n")
        assert left == "left: APPDATA=", "a variable of ours stays in Excel's environment"
        assert list(self._temp.iterdir()) == [], "the folder of the click stays"
        return notes


@pytest.fixture
def user(launcher: Document, tmp_path: Path) -> User:
    return User(launcher, tmp_path)


def started(verb: str) -> str:
    return f'run: {verb} --from_xl=1 --hwnd=1234 "--wb="'


def commands(notes: list[str]) -> list[str]:
    return [note.split()[1] for note in notes if note.startswith("run: ")]


def test_a_click_is_busy_while_python_works_and_then_shows_its_answer(user: User) -> None:
    user.perfxl(validate_form=r"answer('info', '没有发现问题。\n可以上报。')")
    shown = f"box {INFORMATION}: 没有发现问题。 / 可以上报。"
    assert user.click() == [*BUSY, started("validate_form"), *READY, shown]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("info", [f"box {INFORMATION}: 话"]),
        ("warning", [f"box {WARNING}: 话"]),
        ("error", [f"box {CRITICAL}: 话"]),
        ("status", ["status bar: 话"]),
    ],
)
def test_each_kind_of_answer_is_shown_in_its_own_way(user: User, kind: str, shown: list[str]) -> None:
    user.perfxl(validate_form=f"answer('{kind}', '话')")
    assert user.click()[5:] == shown


def test_where_there_is_nothing_to_say_there_is_no_box(user: User) -> None:
    user.perfxl(validate_form="answer('none')")
    assert user.click()[5:] == []


@pytest.mark.parametrize(("reply", "run"), [("yes", ["fix_form", "apply_fixes"]), ("no", ["fix_form"])])
def test_a_question_leads_on_only_by_a_yes(user: User, reply: str, run: list[str]) -> None:
    user.perfxl(fix_form="answer('ask', '改 3 处？', 'apply_fixes')", apply_fixes="answer('info', '改好了。')")
    notes = user.click("fix_form", reply=reply)
    assert notes[5] == f"box {QUESTION}: 改 3 处？"
    assert commands(notes) == run


@pytest.mark.parametrize(("kind", "several"), [("folder", ""), ("files", " (several)")])
def test_what_was_picked_reaches_the_next_command(user: User, kind: str, several: str) -> None:
    read = "open(os.path.join(os.environ['PERFXL_EXCHANGE'], 'picked.txt'), encoding='utf-16').read()"
    user.perfxl(consolidate=f"answer('{kind}', '选一下', 'go_on')", go_on=f"answer('info', {read})")
    notes = user.click("consolidate", picked=r"D:\收入&支出 100%|D:\龥 '第=2批'")
    assert notes[6] == f"title: 选一下{several}"
    assert notes[-1] == rf"box {INFORMATION}: D:\收入&支出 100% / D:\龥 '第=2批'"


def test_where_nothing_was_picked_nothing_more_is_done(user: User) -> None:
    user.perfxl(consolidate="answer('folder', '选一下', 'go_on')")
    assert user.click("consolidate")[6:] == ["title: 选一下"]


@pytest.mark.parametrize("name", ["表 (终稿)&'50%=a^!.xlsx", "=A1.xlsx", "%TEMP%.xlsx", ""])
def test_python_is_told_the_workbook_whatever_its_name(user: User, name: str) -> None:
    user.perfxl(validate_form="answer('info', '|'.join([*sys.argv[1:], os.environ['PERFXL_WB']]))")
    arguments = f"validate_form|--from_xl=1|--hwnd=1234|--wb={name}|--wb={name}"
    assert user.click(workbook=name)[-1] == f"box {INFORMATION}: {arguments}"


def test_python_is_told_of_a_protected_view_and_of_the_settings(user: User) -> None:
    names = "PROTECTED_VIEW", "TIMEOUT", "ADDIN_VERSION", "PYTHON"
    user.perfxl(validate_form=f"answer('info', '|'.join(os.environ['PERFXL_' + name] for name in {names}))")
    assert user.click()[-1] == f"box {INFORMATION}: 0|60|{__version__}|{sys.executable}"
    user.set(timeout="90")
    assert "1|90|" in user.click(protected_view="yes")[-1]


def test_a_second_click_while_python_works_is_not_heard(user: User) -> None:
    user.perfxl(validate_form="answer('info', '好')", clear_highlights="answer('info', '清了')")
    assert commands(user.click("validate_form", second_click="clear_highlights")) == ["validate_form"]


def test_an_interpreter_is_started_wherever_it_lies(user: User) -> None:
    interpreter = user.program(f'exec "{sys.executable}" "$@"')
    user.set(interpreter=interpreter)
    user.perfxl(validate_form="answer('info', os.environ['PERFXL_PYTHON'])")
    assert user.click()[-1] == f"box {INFORMATION}: {interpreter}"


def test_perfxl_itself_answers_by_way_of_the_launcher(user: User) -> None:
    user.set(pythonpath=str(Path(__file__).parents[2]))
    assert "addin.ini" in user.click("settings")[-1]
    assert "版本不一致" in user.click("no_such_command")[-1]


# -- where there is no answer: what is told, what is kept, and that the next click works again


@dataclass(frozen=True)
class Trouble:
    """Why Python gives no answer, and the words by which the clerk is told."""

    words: str
    act: str = "answer('none')"  # what perfxl does
    settings: tuple[tuple[str, str], ...] = ()
    program: str = ""  # another interpreter, as lines for the shell
    trace: str = ""  # kept for whoever is asked for help


TROUBLES = {
    "Python was moved": Trouble("找不到 Python", settings=(("interpreter", "/moved/pythonw.exe"),)),
    "the settings name no Python": Trouble("没有写明 Python 的位置", settings=(("interpreter", ""),)),
    "Python is too old": Trouble("Python 3.11", program="exit 2"),  # as for any option it does not know, such as -P
    "Python has no perfxl": Trouble(
        "没有安装 perfxl", settings=(("pythonpath", ""),), program=f'exec "{sys.executable}" -I -S "$@"'
    ),
    "Python is broken": Trouble("中途出错", program="exit 127"),
    "perfxl fails": Trouble("中途出错", "raise ValueError('甲')", trace="ValueError: 甲"),
    "perfxl is ended from outside": Trouble("中途出错", "os._exit(1)"),
    "perfxl hangs": Trouble("超过了规定的时间", "time.sleep(40)", (("timeout", "1"),), trace="Timeout (0:00:01)!"),
    "perfxl has another protocol": Trouble("版本不一致", "answer('info', protocol='perfxl 2')"),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_python_that_gives_no_answer_is_told_in_words(user: User, trouble: Trouble) -> None:
    user.perfxl(validate_form=trouble.act)
    interpreter = {"interpreter": user.program(trouble.program)} if trouble.program else {}
    user.set(**interpreter, **dict(trouble.settings))
    *before, box = user.click()
    assert box.startswith(f"box {WARNING}: ") and trouble.words in box
    assert before in ([], [*BUSY, started("validate_form"), *READY])
    assert ("last-failure.txt" in box) is user.trace.exists()
    if trouble.trace:
        assert trouble.trace in user.trace.read_text(encoding="utf-8")
    assert_the_next_click_works(user)


def test_a_perfxl_from_before_the_buttons_is_told(user: User) -> None:
    user.perfxl(validate_form="")
    user.ribbon.unlink()
    assert "版本不一致" in user.click()[-1]
    assert_the_next_click_works(user)


def test_a_windows_that_forbids_excel_to_start_programs_is_told(user: User) -> None:
    *before, box = user.click(forbidden="yes")
    assert before == [*BUSY, started("validate_form"), *READY]
    assert "Windows 不允许从 Excel 启动 Python" in box
    assert_the_next_click_works(user)


def test_a_full_disk_is_told_before_anything_is_started(user: User) -> None:
    box = user.click(disk_full="yes")[-1]
    assert box.startswith(f"box {CRITICAL}: ") and "中途出错" in box
    assert_the_next_click_works(user)


@pytest.mark.parametrize("content", [None, b"", b"interpreter=C:\\python.exe\r\n"], ids=["none", "empty", "not UTF-16"])
def test_settings_that_are_missing_or_cannot_be_read_are_told(user: User, content: bytes | None) -> None:
    user.ini.unlink()
    if content is not None:
        user.ini.write_bytes(content)
    (box,) = user.click()
    assert "没有找到 perfxl 的设置文件" in box and "安装.cmd" in box and "perfxl addin install" in box


def assert_the_next_click_works(user: User) -> None:
    user.set()
    user.perfxl(validate_form="answer('info', '好了')")
    assert user.click()[-1] == f"box {INFORMATION}: 好了"
