"""The door to the running Excel: xlwings without what a click does not need, the workbook in front, and its troubles.

Every click starts a fresh Python, so what is imported is what the clerk waits for.  ``import xlwings`` takes pandas, numpy
and others along wherever they are installed, for conversions that no button uses; they are hidden from it while it is
imported, in this process only, and can be imported afterwards as ever.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, cast

from perfxl.errors import InputError

if TYPE_CHECKING:
    from xlwings import App, Book

# What xlwings tries to import and does without where it is not there; its PRO part has another licence besides.
_NOT_FOR_A_CLICK: Final = ("pandas", "numpy", "polars", "matplotlib", "PIL", "xlwings.pro")
_WORKBOOK: Final = "--wb="
_WINDOW: Final = "--hwnd="

NO_WORKBOOK: Final = "没有打开的工作簿。请先打开要处理的绩效目标表，再点这个按钮。"
PROTECTED_VIEW: Final = (
    "这个工作簿正在“受保护的视图”里，还不能校验。\n"
    "请点窗口上方黄条里的“启用编辑”，再点一次按钮；没有黄条的，请先把文件另存到自己的电脑上再打开。"
)
NO_XLWINGS: Final = "Python 里没有安装 xlwings，插件连不上 Excel。请在那个 Python 里运行 pip install xlwings，或重新安装离线包，再点一次按钮。"
_GONE: Final = "连不上 Excel：它可能已经关闭或没有响应。请重新打开 Excel 和工作簿，再点一次按钮；没有改动任何内容。"
_EDITING: Final = (
    "Excel 正忙：可能有单元格正在编辑，或有对话框开着。请按回车（或 Esc）结束编辑、关掉对话框，再点一次按钮。"
)
_REFUSED: Final = "Excel 不允许写入。请检查：“校验结果”表是否被保护，工作簿是否只读或正被别人共享编辑；另存一份到自己的电脑上，再点一次按钮。"
# HRESULTs, as signed 32-bit numbers: [MS-ERREF] §2.1.1, and Excel's own.
_WORDS: Final = {
    -2147418111: _EDITING,  # 0x80010001 RPC_E_CALL_REJECTED
    -2147417846: _EDITING,  # 0x8001010A RPC_E_SERVERCALL_RETRYLATER
    -2146777998: _EDITING,  # 0x800AC472 VBA_E_IGNORE
    -2147023174: _GONE,  # 0x800706BA RPC_S_SERVER_UNAVAILABLE
    -2147023170: _GONE,  # 0x800706BE RPC_S_CALL_FAILED
    -2147417848: _GONE,  # 0x80010108 RPC_E_DISCONNECTED
    -2147417842: _GONE,  # 0x8001010E RPC_E_WRONG_THREAD
    -2147221021: _GONE,  # 0x800401E3 MK_E_UNAVAILABLE
    -2147352567: _REFUSED,  # 0x80020009 DISP_E_EXCEPTION
    -2147352565: NO_WORKBOOK,  # 0x8002000B DISP_E_BADINDEX: closed since the click
    -2147024891: _REFUSED,  # 0x80070005 E_ACCESSDENIED
}


class NoExcel(InputError):
    """There is no workbook to work on; the message says what to do."""


@contextlib.contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    """Let imports of these packages fail as if they weren't installed, unless they are imported already."""
    # None in sys.modules is Python's own sign for that (reference, "The module cache").
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def load_xlwings() -> Any:
    """The module xlwings, imported without pandas and its like.

    Raises:
        NoExcel: it is not installed.
    """
    try:
        with _hidden(_NOT_FOR_A_CLICK):
            import xlwings
    except ImportError:
        raise NoExcel(NO_XLWINGS) from None
    return xlwings


def calling_book() -> Book:
    """The workbook that was in front when the button was clicked.

    Raises:
        NoExcel: there is none, it can't be reached from here, or xlwings is not installed.
    """
    if os.environ.get("PERFXL_PROTECTED_VIEW") == "1":
        raise NoExcel(PROTECTED_VIEW)
    told = [argument for argument in sys.argv if argument.startswith(_WORKBOOK)]
    # xlwings cuts a name at its second "="; the variable holds the argument as it was meant.
    name = os.environ.get("PERFXL_WB", told[0] if told else _WORKBOOK).removeprefix(_WORKBOOK)
    if told and not name:
        raise NoExcel(NO_WORKBOOK)
    xlwings = load_xlwings()
    book = xlwings.Book.caller() if name == name.partition("=")[0].strip() else _named(xlwings, name)
    if book is None:
        raise NoExcel(NO_WORKBOOK)
    return cast("Book", book)


def calling_app() -> App:
    """The Excel that asks, for commands that need no workbook.

    Raises:
        NoExcel: there is none.
    """
    xlwings = load_xlwings()
    app = next(iter(_apps(xlwings)), None)
    if app is None:
        raise NoExcel(_GONE)
    return cast("App", app)


def _apps(xlwings: Any) -> list[Any]:
    """The Excel whose window was told; every one that runs where none was."""
    window = next((argument for argument in sys.argv if argument.startswith(_WINDOW)), _WINDOW).removeprefix(_WINDOW)
    apps = list(xlwings.apps)
    return [app for app in apps if str(app.hwnd) == window] or apps


def _named(xlwings: Any, name: str) -> Any:
    """The workbook of exactly that name."""
    return next((book for app in _apps(xlwings) for book in app.books if book.name == name), None)


def in_words(error: BaseException) -> str | None:
    """What Excel's own failure means for the clerk; None for any other failure.

    It is told by the number that it carries (pywin32's ``com_error`` has it as ``hresult``), not by its class, which
    exists on Windows only.
    """
    number = getattr(error, "hresult", None)
    return _WORDS.get(number) if isinstance(number, int) else None


def folder_of(book: Book) -> PurePath | None:
    """Where the workbook lies; None for one that was never saved, or lies where no folder of this computer is."""
    try:
        path = str(book.fullname)
    except Exception:  # xlwings raises where it can't tell the local folder of a file on OneDrive
        return None
    kind = PureWindowsPath if "\\" in path else PurePath
    return kind(path).parent if kind(path).is_absolute() else None


def cautions(book: Book) -> list[str]:
    """What the clerk should know of this workbook before trusting that anything in it is kept."""
    folder = folder_of(book)
    told = []
    if folder is not None and any(part.lower().endswith(".zip") or part.startswith("Rar$") for part in folder.parts):
        told.append("注意：工作簿是直接从压缩包里打开的，改了存不回去。请先把文件解压到文件夹，再打开它填报。")
    elif _flag(book, "ReadOnly"):
        told.append(
            "注意：工作簿是只读打开的，标注和修改存不进原文件。请另存一份再填，或关掉正在占用它的程序后重新打开。"
        )
    if _flag(book, "MultiUserEditing"):
        told.append("注意：工作簿正被多人共享编辑，别人的改动可能还没有同步。请先保存一次，再校验。")
    if not _flag(book, "Path", default=folder is not None):
        told.append("注意：工作簿还没有保存过。请先存为 .xlsx 文件，以免填的内容丢失。")
    return told


def _flag(book: Book, name: str, *, default: bool = False) -> bool:
    """A property of Excel's own workbook object that xlwings has no name for."""
    try:
        return bool(getattr(book.api, name, default))
    except Exception:  # not every engine behind xlwings, and not every Excel, has each of them
        return default
