"""Where a click arrives: one command, run in a fresh Python that the add-in starts, and its answer.

``python -m perfxl.addin.ribbon <command> --from_xl=1 --hwnd=<window> --wb=<workbook name>``; macros/README.md has the
protocol.  Whatever happens, the clerk is told in Chinese what to do, and the log holds the rest.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import Final

from perfxl import __version__
from perfxl.addin.answer import Answer, Call
from perfxl.addin.remedy import REINSTALL
from perfxl.errors import PerfxlError

_LOG: Final = "perfxl.log"
_LOG_BYTES: Final = 1_000_000
_OLD_PERFXL: Final = (
    "Python 里的 perfxl 是 {mine} 版，比插件（{addin} 版）旧，没有执行。\n"
    "用 pip 等安装的，请先更新 perfxl。" + REINSTALL + "然后重新打开 Excel。"
)
_UNKNOWN: Final = "perfxl 没有“{command}”这个功能：插件与 perfxl 的版本不一致。" + REINSTALL + "然后重新打开 Excel。"
_UNEXPECTED: Final = (
    "没有完成：perfxl 出了意外的错误，已填的内容不受影响。\n"
    "请保存工作簿后再试一次；还是不行，请把下面的记录发给信息技术人员：\n{log}"
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command named by the first argument and write its answer into the exchange folder.

    Returns:
        0 when an answer was written, be it that the command failed; 1 when not even that could be done.
    """
    # The process ends with the click: looking for garbage costs more than there is to find.
    gc.disable()
    told = sys.argv[1:] if arguments is None else arguments
    command = told[0] if told else ""
    exchange = Path(os.environ.get("PERFXL_EXCHANGE") or ".")
    logs = Path(os.environ.get("PERFXL_LOG_FOLDER") or exchange)
    answer = _answer(command, Call(_picked(exchange), logs, _prolong))
    try:
        (exchange / "result.txt").write_bytes(answer.encoded())
    except OSError:
        _log(logs, command, traceback.format_exc())
        return 1
    return 0


def _answer(command: str, call: Call) -> Answer:
    """The command's answer, or what went wrong in words."""
    addin = os.environ.get("PERFXL_ADDIN_VERSION", "")
    if _older(__version__, addin):
        return Answer("error", _OLD_PERFXL.format(mine=__version__, addin=addin))
    try:
        from perfxl.addin import actions

        if command not in actions.COMMANDS:
            return Answer("error", _UNKNOWN.format(command=command))
        answer = actions.command(command)(call)
    except PerfxlError as error:
        _log(call.log_folder, command, traceback.format_exc())
        return Answer("error", str(error))
    except Exception as error:
        from perfxl.addin.excel import in_words

        _log(call.log_folder, command, traceback.format_exc())
        words = in_words(error)
        return Answer("error", words or _UNEXPECTED.format(log=call.log_folder / _LOG))
    _log(call.log_folder, command, answer.message)
    return answer


def _older(mine: str, addin: str) -> bool:
    """Versions by their numbers; what is no version is not held against anybody."""
    try:
        return [int(part) for part in mine.split(".")] < [int(part) for part in addin.split(".")]
    except ValueError:
        return False


def _picked(exchange: Path) -> tuple[Path, ...]:
    """What the clerk picked: one path a line, UTF-16."""
    try:
        lines = (exchange / "picked.txt").read_bytes().decode("utf-16").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(Path(line) for line in lines if line.strip())


def _prolong() -> None:
    """Set the time-out's clock back: the command is at work, not hanging."""
    seconds = os.environ.get("PERFXL_TIMEOUT", "")
    with contextlib.suppress(ValueError, RuntimeError):  # RuntimeError: no stderr to write to
        faulthandler.dump_traceback_later(float(seconds), exit=True)


def _log(folder: Path, command: str, text: str) -> None:
    """One entry in the user's log; a log that can't be written stops nobody."""
    path = folder / _LOG
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} perfxl {__version__} {command}\n{text}\n\n")


if __name__ == "__main__":
    sys.exit(main())
