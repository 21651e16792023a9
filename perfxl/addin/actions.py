"""The buttons' commands, one function each, by the names that the ribbon's callbacks give to the launcher.

Those that look at the form in front stand in :mod:`perfxl.addin.checking` and :mod:`perfxl.addin.fixing`; here are those
that don't.  A command's module is imported when it is asked for: what a click imports is what the clerk waits for.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from perfxl.addin.answer import Answer, Call
from perfxl.addin.remedy import REINSTALL
from perfxl.errors import PerfxlError

_HERE: Final = __name__
_CHECKING: Final = "perfxl.addin.checking"
_FIXING: Final = "perfxl.addin.fixing"
_HOMES: Final = {
    "validate_form": _CHECKING,
    "validate_workbook": _CHECKING,
    "next_issue": _CHECKING,
    "previous_issue": _CHECKING,
    "clear_highlights": _CHECKING,
    "explain_rule": _CHECKING,
    "fix_form": _FIXING,
    "apply_fixes": _FIXING,
    "undo_fixes": _FIXING,
    "new_form": _HERE,
    "create_form": _HERE,
    "consolidate": _HERE,
    "consolidate_folder": _HERE,
    "import_forms": _HERE,
    "import_files": _HERE,
    "doctor": _HERE,
    "settings": _HERE,
}
COMMANDS: Final = tuple(_HOMES)

_LEDGER: Final = "总台账.xlsx"
_NEW_FORM: Final = "绩效目标表.xlsx"
_IMPORTED: Final = "导入的绩效目标表"
_NOTHING_PICKED: Final = "没有选中{what}，什么也没有做。请再点一次按钮，选好后按“确定”。"
_MOST_TOLD: Final = 12
# Each word in the status bar is a call across processes.
_SECONDS_BETWEEN_WORDS: Final = 0.3


def command(name: str) -> Callable[[Call], Answer]:
    """The function of that command.

    Raises:
        KeyError: there is no such command; see :data:`COMMANDS`.
    """
    function: Callable[[Call], Answer] = getattr(import_module(_HOMES[name]), name)
    return function


def new_form(call: Call) -> Answer:
    """新建表单: ask where the blank form goes."""
    return Answer("folder", "新的绩效目标表放在哪个文件夹？", then="create_form")


def create_form(call: Call) -> Answer:
    """A fresh template in the folder picked, opened; a file that stands there already stays."""
    from perfxl.assets import template_file
    from perfxl.output import write_whole

    folder = _picked_folder(call)
    path = next(path for path in _names(folder / _NEW_FORM) if not path.exists())
    write_whole(path, template_file().read_bytes())
    return _opened(path, f"已新建 {path}。请在浅黄色的格子里填写，填好后点“校验”。")


def consolidate(call: Call) -> Answer:
    """汇总…: ask which folder."""
    return Answer("folder", "汇总哪个文件夹里的绩效目标表？", then="consolidate_folder")


def consolidate_folder(call: Call) -> Answer:
    """The ledger of the folder picked, written into it and opened; what people wrote into an earlier one is kept."""
    import datetime

    from perfxl.season.collecting import collect

    folder = _picked_folder(call)
    with _StatusBar(call) as bar:
        collected = collect(
            [folder], folder / _LEDGER, today=datetime.date.today(), settings=settings_above(folder), progress=bar
        )
    lines = [collected.summary, *collected.told]
    return _opened(folder / _LEDGER, "\n".join(lines), kind="warning" if collected.failed else "info")


def import_forms(call: Call) -> Answer:
    """导入…: ask which files."""
    return Answer("files", "导入哪些文件？（Word、Excel、网页或文本里的绩效目标表，可以多选）", then="import_files")


def import_files(call: Call) -> Answer:
    """A filled workbook for each form of the files picked, in a folder beside them; none is overwritten."""
    from perfxl.importing import REPORT, import_documents

    if not call.picked:
        return Answer("info", _NOTHING_PICKED.format(what="文件"))
    folder = call.picked[0].parent / _IMPORTED
    results = import_documents(call.picked, folder, report=True)
    made = [result.workbook.name for result in results if result.workbook is not None]
    failed = [result.error for result in results if result.workbook is None]
    lines = [f"导入了 {len(made)} 张表，放在 {folder}：" if made else "没有导入任何表。"]
    lines += [f"  {line}" for line in _first(made)]
    if failed:
        lines += [f"{len(failed)} 处没有导入：", *_first(failed)]
    lines.append(f"每一项从哪里读来、哪些看不准，见同一文件夹的“{REPORT}”")
    return Answer("warning" if failed else "info", "\n".join(lines))


def doctor(call: Call) -> Answer:
    """设置/体检: what stands in the way of the add-in on this computer, and what to do about it."""
    from perfxl.addin.doctor import as_text, examine, has_failed
    from perfxl.addin.machine import ThisMachine

    checks = examine(ThisMachine())
    return Answer("warning" if has_failed(checks) else "info", as_text(checks, only_problems=True))


def settings(call: Call) -> Answer:
    """设置: what the add-in works with, and where that is changed."""
    from perfxl import __version__
    from perfxl.addin.fixes import user_folder

    told = {
        "设置文件": str(user_folder() / "addin.ini"),
        "Python": os.environ.get("PERFXL_PYTHON", ""),
        "perfxl": f"{__version__}（插件 {os.environ.get('PERFXL_ADDIN_VERSION') or '未知'}）",
        "限时": f"{os.environ.get('PERFXL_TIMEOUT') or '600'} 秒",
        "记录": str(call.log_folder),
        "校验规则": "工作簿所在文件夹及其上级里的 perfxl.toml（没有就用默认规则）",
    }
    lines = [f"{what}：{value}" for what, value in told.items() if value]
    advice = f"要改解释器、限时或记录的位置，请用记事本改设置文件。改乱了，{REINSTALL}"
    return Answer("info", "\n".join([*lines, "", advice]))


def rule_settings(folder: Path) -> Any:
    """The rules' settings that hold in a folder and, where it has none, above it; None for the defaults.

    The file holds thresholds and words only, never a program to start.

    Raises:
        UsageError: something in it is wrong.
    """
    from perfxl.configuration import find_settings, load_settings

    path = find_settings(folder)
    return load_settings(path) if path is not None else None


def settings_above(folder: Path) -> Any:
    """As :func:`rule_settings` for a folder of forms that others have sent: what lies in it may have come along."""
    from perfxl.configuration import load_settings, settings_of_run

    path = settings_of_run([folder]).path
    return load_settings(path) if path is not None else None


class _StatusBar:
    """Progress in Excel's status bar, and a sign of life for the time-out; Excel too busy to listen stops nothing."""

    def __init__(self, call: Call) -> None:
        self._prolong = call.prolong
        self._app: Any = None
        self._next = 0.0

    def __enter__(self) -> _StatusBar:
        self._app = _app()
        return self

    def __exit__(self, *_: object) -> None:
        self._say(False)

    def __call__(self, done: int, total: int, name: str) -> None:
        if time.monotonic() < self._next and done < total:
            return
        self._next = time.monotonic() + _SECONDS_BETWEEN_WORDS
        self._prolong()
        self._say(f"绩效目标：正在汇总，第 {done} 个，共 {total} 个　{name}")

    def _say(self, words: str | bool) -> None:
        with contextlib.suppress(Exception):
            self._app.status_bar = words


def _app() -> Any:
    """The Excel that asks; None where it can't be reached, for the work at hand does not need it."""
    from perfxl.addin.excel import calling_app

    try:
        return calling_app()
    except Exception:
        return None


def _opened(path: Path, message: str, kind: Any = "info") -> Answer:
    """Open a finished workbook; it stays finished where Excel won't."""
    try:
        _app().books.open(str(path))
    except Exception:
        message += f"\nExcel 没能打开它，可能已经开着同名的工作簿：请关掉那个，再打开 {path}。"
    return Answer(kind, message)


def _picked_folder(call: Call) -> Path:
    if not call.picked:
        raise PerfxlError(_NOTHING_PICKED.format(what="文件夹"))
    return call.picked[0]


def _names(path: Path) -> Any:
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}({number}){path.suffix}")
        number += 1


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_TOLD
    return lines[:_MOST_TOLD] + ([f"……另有 {more} 个"] if more > 0 else [])
