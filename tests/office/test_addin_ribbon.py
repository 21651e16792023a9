"""The built add-in in a live LibreOffice: its VBA compiles, every button starts its command, the launcher's words hold.

LibreOffice has no ribbon and no Windows: the callbacks are called as a ribbon would, and where Python would be started
a launcher that only writes down what it was asked for stands in.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from office.addins import RECORDER, addin_with
from office.driver import Document, Office
from perfxl.addin.build import save_addin
from perfxl.assets import macros_dir

COMMANDS = {
    "PerfxlValidateForm": "validate_form",
    "PerfxlValidateWorkbook": "validate_workbook",
    "PerfxlNextIssue": "next_issue",
    "PerfxlPreviousIssue": "previous_issue",
    "PerfxlClearHighlights": "clear_highlights",
    "PerfxlFixForm": "fix_form",
    "PerfxlUndoFixes": "undo_fixes",
    "PerfxlNewForm": "new_form",
    "PerfxlConsolidate": "consolidate",
    "PerfxlImportForms": "import_forms",
    "PerfxlExplainRule": "explain_rule",
    "PerfxlDoctor": "doctor",
    "PerfxlSettings": "settings",
}


@pytest.fixture(scope="module")
def recording(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    """The add-in with a launcher that writes the command into C1 and counts calls in C2."""
    with office.open_with_macros(addin_with(RECORDER, tmp_path_factory.mktemp("macros"))) as document:
        yield document


@pytest.fixture(scope="module")
def real(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    """The add-in as it is shipped."""
    with office.open_with_macros(save_addin(tmp_path_factory.mktemp("addin") / "perfxl.xlam")) as document:
        yield document


def test_every_action_of_the_ribbon_is_in_the_table_below() -> None:
    ribbon = ElementTree.fromstring((macros_dir() / "ribbon.xml").read_bytes())
    assert {one.attrib["onAction"] for one in ribbon.iter() if "onAction" in one.attrib} == set(COMMANDS)


@pytest.mark.parametrize(("callback", "command"), COMMANDS.items())
def test_a_button_starts_its_command_once(recording: Document, callback: str, command: str) -> None:
    recording.set_block("perfxl", "C1", [[None], [0]])
    recording.press(f"PerfxlRibbon.{callback}")
    assert recording.get_block("perfxl", "C1:C2") == [[command], [1]]


@pytest.mark.parametrize("name", ["表 (终稿).xlsx", "a&b'c.xlsx", "x=1.xlsx", "=A1.xlsx", "工作簿1", "100%.xlsx", ""])
@pytest.mark.parametrize(
    "interpreter", [r"C:\Program Files\Python\python.exe", r"\\机关\共享 盘\py&'=\python.exe", r"D:\%TEMP%\python.exe"]
)
def test_the_command_line_keeps_every_name_whole(real: Document, name: str, interpreter: str) -> None:
    line = real.run_macro("PerfxlLauncher.PerfxlCommandLine", interpreter, "validate_form", name, "1234")
    for variable, text in {"PERFXL_PYTHON": interpreter, "PERFXL_WB": f"--wb={name}"}.items():
        # As Windows does it: a variable's content is put in once, and not looked into.
        line = line.replace(f"%{variable}%", text)
    program, *options = split_as_windows_does(line)
    assert program == interpreter
    assert options[:5] == ["-E", "-P", "-X", "utf8", "-c"]
    assert options[6:] == ["validate_form", "--from_xl=1", "--hwnd=1234", f"--wb={name}"]
    assert "%" not in options[5]
    compile(options[5], "bootstrap", "exec")


def split_as_windows_does(line: str) -> list[str]:
    """For lines without an escaped quotation mark: quotes group, backslashes and apostrophes are plain characters."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    return list(lexer)


SETTINGS = "[perfxl]\r\n; note\r\nInterpreter = C:\\甲=乙\\50% x\\python.exe\r\ntimeout=\r\npythonpath=D:\\a;D:\\b\r\n"


@pytest.mark.parametrize(
    ("settings", "key", "value"),
    [
        (SETTINGS, "interpreter", "C:\\甲=乙\\50% x\\python.exe"),
        (SETTINGS, "pythonpath", "D:\\a;D:\\b"),
        (SETTINGS, "timeout", "otherwise"),
        (SETTINGS, "log_folder", "otherwise"),
        (SETTINGS.replace("\r", ""), "pythonpath", "D:\\a;D:\\b"),
        ("", "interpreter", "otherwise"),
    ],
)
def test_a_setting_is_read_from_its_line(real: Document, settings: str, key: str, value: str) -> None:
    assert real.run_macro("PerfxlLauncher.PerfxlSetting", settings, key, "otherwise") == value


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("", 600), ("0", 600), ("-5", 600), ("久", 600)])
def test_a_time_limit_that_makes_no_sense_becomes_the_usual_one(real: Document, text: str, seconds: float) -> None:
    assert real.run_macro("PerfxlLauncher.PerfxlSeconds", text) == seconds


@pytest.mark.parametrize(
    ("code", "elapsed", "words"),
    [
        (1, 2.0, "中途出错"),
        (1, 599.0, "超过了规定的时间"),
        (2, 0.0, "Python 3.11"),
        (3, 0.0, "没有安装 perfxl"),
        (4, 0.0, "版本不一致"),
        (-1073741515, 0.0, "中途出错"),
    ],
)
def test_a_python_that_gives_no_answer_is_told_in_words(real: Document, code: int, elapsed: float, words: str) -> None:
    trouble = real.run_macro("PerfxlLauncher.PerfxlTrouble", code, elapsed, 600.0)
    assert words in real.run_macro("PerfxlLauncher.PerfxlText", trouble)


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (
            "perfxl 1\r\ninfo\r\n\r\n没有发现问题。\r\n可以上报。",
            ["perfxl 1", "info", "", "没有发现问题。\r\n可以上报。"],
        ),
        ("perfxl 1\r\nask\r\napply_fixes\r\n改 3 处？\r\n", ["perfxl 1", "ask", "apply_fixes", "改 3 处？"]),
        ("perfxl 1\r\nnone", ["perfxl 1", "none", "", ""]),
        ("", ["", "", "", ""]),
        ("perfxl 1\r\nerror\r\n\r\n" + "字" * 2000, ["perfxl 1", "error", "", "字" * 1000]),
    ],
    ids=["two lines", "question", "nothing to say", "empty file", "longer than a box"],
)
def test_an_answer_is_taken_apart(real: Document, answer: str, parts: list[str]) -> None:
    assert real.run_macro("PerfxlLauncher.PerfxlAnswer", answer) == parts
