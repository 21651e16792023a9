"""perfxl.xlam from the sources in macros/, without Excel.

An add-in is a workbook: its one sheet, never seen, holds the Chinese texts that the launcher shows before Python can
speak for itself.  Two builds of the same sources are equal byte for byte, on any machine.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import xlsxwriter

from perfxl import __version__
from perfxl.addin.remedy import INSTALL_AGAIN
from perfxl.addin.vba_project import WORKBOOK, WORKSHEET, Module, document_module, vba_project
from perfxl.assets import macros_dir
from perfxl.output import write_whole

PROJECT = "perfxl"
TEXT_NAME = "perfxl_text_"  # a text's cell is named by this and its key
_TEXT_SHEET = "perfxl"
_WORKBOOK_MODULE, _SHEET_MODULE = "ThisWorkbook", "Sheet1"
_RIBBON_PART = "customUI/customUI14.xml"
# Only this relationship pairs with the namespace of 2009, which Excel 2010 and later read.
_RIBBON_RELATIONSHIP = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_MACRO_WORKBOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADD_IN = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_EPOCH = datetime.datetime(2020, 1, 1)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_MODULE_NAME = re.compile(r'Attribute VB_Name = "(\w+)"')

_SET_UP = f"请重新安装插件（{INSTALL_AGAIN}），再点这个按钮；不会装的，请找单位的信息技术人员。"
_TEXTS = {
    "title": "绩效目标",
    "version": __version__,
    "busy": "绩效目标：正在处理，请稍候……",
    "no_settings": "插件还没有设置好：没有找到 perfxl 的设置文件，或其中没有写明 Python 的位置。" + _SET_UP,
    "no_python": "找不到 Python：设置里写的 Python 已不在原处，可能被移动、卸载，或被杀毒软件隔离。" + _SET_UP,
    "refused": "Windows 不允许从 Excel 启动 Python，可能是杀毒软件或单位的安全策略拦住了。"
    "请把这条提示交给单位的信息技术人员，请他们放行。表格没有改动，仍可照常填写和保存。",
    "old_python": "设置里写的 Python 版本太旧，或不能用：perfxl 需要 Python 3.11 或更新的版本。请先换成新版本。"
    + _SET_UP,
    "no_perfxl": "Python 里没有安装 perfxl，可能已被卸载。用 pip 等安装的，请先重新安装 perfxl。" + _SET_UP,
    "old_perfxl": "Python 里的 perfxl 与这个插件的版本不一致。请换成同一个版本。" + _SET_UP,
    "timeout": "处理超过了规定的时间，已经停下。请保存工作簿、关闭其他程序后再试一次；"
    "文件多时请分批汇总，或在设置里把 timeout（秒）改大。",
    "failed": "没有处理完，中途出错停下了。请先保存工作簿，再试一次；"
    "如果还不行，请点“设置/体检”，并把记录交给单位的信息技术人员。",
    "log": "详细记录：",
}


def build_addin(macros: Path | None = None) -> bytes:
    """The add-in as the content of a .xlam file.

    Args:
        macros: the folder with ribbon.xml and the .bas modules; the shipped one if not given.

    Raises:
        PerfxlError: the installation lacks the sources.
        ValueError: a module is not ASCII or doesn't begin with its name.
    """
    folder = macros or macros_dir()
    modules = [
        document_module(_WORKBOOK_MODULE, WORKBOOK),
        document_module(_SHEET_MODULE, WORKSHEET),
        *(_read_module(path) for path in sorted(folder.glob("*.bas"))),
    ]
    ribbon = (folder / "ribbon.xml").read_bytes().replace(b"\r\n", b"\n")
    return _as_addin(_workbook(vba_project(PROJECT, modules)), ribbon)


def save_addin(path: Path) -> Path:
    """Build the add-in into a file.

    Raises:
        OutputError: it can't be written; what stood there is untouched.
        PerfxlError: the installation lacks the sources.
    """
    return write_whole(path, build_addin())


def _read_module(path: Path) -> Module:
    source = path.read_text(encoding="ascii")
    name = _MODULE_NAME.match(source)
    if name is None:
        raise ValueError(f"{path.name} does not begin with Attribute VB_Name")
    return Module(name[1], source)


def _workbook(project: bytes) -> bytes:
    """A workbook with the texts, each in a named cell of its one sheet, and the project."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": _TEXTS["title"], "created": _EPOCH})
        book.add_vba_project(io.BytesIO(project), is_stream=True)
        book.set_vba_name(_WORKBOOK_MODULE)
        sheet = book.add_worksheet(_TEXT_SHEET)
        sheet.set_vba_name(_SHEET_MODULE)
        for row, (key, text) in enumerate(_TEXTS.items()):
            sheet.write_string(row, 0, text)
            book.define_name(f"{TEXT_NAME}{key}", f"={_TEXT_SHEET}!$A${row + 1}")
    return stream.getvalue()


def _as_addin(package: bytes, ribbon: bytes) -> bytes:
    """The package as an add-in with a ribbon.

    Parts are stored, not deflated: compressors differ from machine to machine, and the project is compressed already.
    """
    source, result = zipfile.ZipFile(io.BytesIO(package)), io.BytesIO()
    parts = {name: source.read(name) for name in source.namelist()}
    parts["[Content_Types].xml"] = _exchanged(parts["[Content_Types].xml"], _MACRO_WORKBOOK, _ADD_IN)
    link = f'<Relationship Id="perfxlRibbon" Type="{_RIBBON_RELATIONSHIP}" Target="{_RIBBON_PART}"/>'
    parts["_rels/.rels"] = _exchanged(parts["_rels/.rels"], "</Relationships>", f"{link}</Relationships>")
    parts[_RIBBON_PART] = ribbon
    with zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as target:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.create_system = 0  # else it tells the system it was made on
            target.writestr(entry, content)
    return result.getvalue()


def _exchanged(part: bytes, old: str, new: str) -> bytes:
    """XlsxWriter's own part with one text exchanged; ValueError if the text isn't there exactly once."""
    if part.count(old.encode()) != 1:
        raise ValueError(f"XlsxWriter no longer writes {old}")
    return part.replace(old.encode(), new.encode())
