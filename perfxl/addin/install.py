"""``perfxl addin install`` and ``remove``: put the add-in where Excel starts it, and take it out again.

Everything is the user's own: no administrator's rights are needed, and no security setting of Office is changed.

    %APPDATA%\\Microsoft\\Excel\\XLSTART\\perfxl.xlam   the add-in; Excel opens what lies there (or ``folder``, see below)
    %APPDATA%\\perfxl\\addin.ini                       what the launcher reads (macros/README.md); a user may edit it
    %APPDATA%\\perfxl\\installed.json                  what was put where, for remove and doctor
"""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from xml.etree import ElementTree

from perfxl import __version__
from perfxl.addin.machine import Machine
from perfxl.addin.remedy import EXAMINE
from perfxl.assets import addin_file
from perfxl.errors import OutputError, UsageError

ADDIN_NAME = "perfxl.xlam"
OFFICE = r"Software\Microsoft\Office"
#: The stream that marks a file as fetched from the internet; Excel runs no macro of such a file.
MARK = ":Zone.Identifier"
_OLD_NAME = re.compile(r"perfxl.*\.xlam", re.IGNORECASE)
_OPEN_NAME = re.compile(r"OPEN(\d*)", re.IGNORECASE)
_EXCEL_VERSION = re.compile(r"1[4-9]\.0")
_SIGNATURE = re.compile(r"xl/vbaProjectSignature\w*\.bin")
_NEWEST = "16.0"
_DEFAULT_SECONDS = 600
# Folders of programs started once, without being installed: uvx and pipx run.
_UV_CACHE = re.compile(r"(?:archive|builds|environments)-v\d+")
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_VERSION_NAME = "perfxl_text_version"

ELSEWHERE = "按钮只在 Windows 的桌面版 Excel 里有。在这台电脑上请用命令行：perfxl validate、perfxl consolidate。"


@dataclass(frozen=True, slots=True)
class Places:
    """Where set-up puts things for the current user."""

    home: PurePath  # %APPDATA%\perfxl
    xlstart: PurePath

    @property
    def settings(self) -> PurePath:
        return self.home / "addin.ini"

    @property
    def record(self) -> PurePath:
        return self.home / "installed.json"

    @property
    def log(self) -> PurePath:
        return self.home / "log"


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did."""

    addin: PurePath
    interpreter: PurePath
    settings: PurePath
    replaced: tuple[PurePath, ...]  # older copies of the add-in, deleted

    def told(self) -> str:
        lines = [f"已安装 {self.addin}", f"按钮使用的 Python：{self.interpreter}", f"设置文件：{self.settings}"]
        lines += [f"已删除旧的插件 {path}" for path in self.replaced]
        return "\n".join([*lines, f"请关闭所有 Excel 窗口再打开，功能区上会出现“绩效目标”；没有出现时，请{EXAMINE}。"])


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal took out, and the settings file if it was left."""

    paths: tuple[PurePath, ...]
    kept: PurePath | None

    def told(self) -> str:
        lines = [f"已删除 {path}" for path in self.paths] or ["没有装过 Excel 插件，没有删除任何文件。"]
        if self.kept is not None:
            lines.append(f"设置留着，以后再装时还用它：{self.kept}。不再需要时可以删掉这个文件。")
        return "\n".join(lines)


def install(machine: Machine, folder: PurePath | None = None) -> Installed:
    """Install the add-in for the current user; a second time it only repairs and updates.

    Args:
        folder: put the add-in there and register it with Excel, rather than into XLSTART.

    Raises:
        UsageError: not Windows, or an interpreter that won't last; nothing was changed.
        OutputError: a file can't be written, or one of the same name isn't ours.
        PerfxlError: the installation of perfxl lacks the add-in.
    """
    at, interpreter = places(machine), lasting_interpreter(machine)
    target = (folder or at.xlstart) / ADDIN_NAME
    occupant = machine.read(target)
    if occupant is not None and addin_version(occupant) is None:
        raise OutputError(f"{target}：这里已有同名的文件，但不是 perfxl 的插件，没有覆盖。请把它移走或改名后再安装")
    content = addin_file().read_bytes()
    if occupant is not None and addin_version(occupant) == __version__ and is_signed(occupant):
        content = occupant  # the same add-in, signed by the organisation
    if occupant != content:
        machine.write(target, content)
    mark = machine.path(f"{target}{MARK}")
    if machine.read(mark) is not None:  # a drive without streams refuses even the name
        machine.delete(mark)
    _update_settings(machine, at, interpreter)
    replaced = [path for path in _our_copies(machine, at) if not _same(path, target)]
    for path in replaced:
        machine.delete(path)
    _unregister(machine, [*replaced, target])
    if folder is not None:
        _register(machine, target)
    record = {"addin": str(target), "sha256": hashlib.sha256(content).hexdigest(), "version": __version__}
    machine.write(at.record, json.dumps(record, ensure_ascii=False, indent=2).encode())
    return Installed(target, interpreter, at.settings, tuple(replaced))


def remove(machine: Machine, forget_settings: bool = False) -> Removed:
    """Take out what :func:`install` put, and nothing else; the user's settings only on demand.

    Raises:
        UsageError: not Windows.
        OutputError: a file can't be deleted, most likely since Excel has it open.
    """
    at = places(machine)
    copies = _our_copies(machine, at)
    for path in copies:
        machine.delete(path)
    recorded = read_record(machine, at).get("addin")
    _unregister(machine, [*copies, *([machine.path(recorded)] if recorded else [])])
    machine.delete(at.record)
    has_settings = machine.read(at.settings) is not None
    if has_settings and forget_settings:
        machine.delete(at.settings)
        return Removed((*copies, at.settings), None)
    return Removed(tuple(copies), at.settings if has_settings else None)


def places(machine: Machine) -> Places:
    """The current user's places.  Raises UsageError off Windows."""
    roaming = machine.variable("APPDATA")
    if machine.system != "Windows":
        raise UsageError(f"这台电脑是 {machine.system}，不能安装或卸载 Excel 插件，什么也没有改动。{ELSEWHERE}")
    if not roaming:
        raise UsageError("Windows 没有给出用户的 AppData 文件夹（APPDATA），没有安装。请注销后重新登录再试")
    home = machine.path(roaming)
    return Places(home / "perfxl", home / "Microsoft" / "Excel" / "XLSTART")


def lasting_interpreter(machine: Machine) -> PurePath:
    """The interpreter for the buttons: the running environment's, the one without a console if there is one.

    Raises:
        UsageError: it is gone after this run, or Windows would hide from Excel what it writes.
    """
    executable = machine.python.executable
    if is_store_python(machine.python.base_prefix) or is_store_python(executable):
        raise UsageError(
            f"{executable}：这是 Microsoft Store 的 Python，它写的文件 Excel 看不见，没有安装。"
            "请改用 python.org 的 Python，或请信息技术人员用离线安装包（perfxl addin bundle）"
        )
    if _is_temporary(executable):
        raise UsageError(
            f"{executable}：perfxl 这次是临时运行的（uvx 或 pipx run），用完就会被清掉，没有安装。"
            "请先运行 uv tool install perfxl[excel] 或 pipx install perfxl[excel]，再运行 perfxl addin install"
        )
    quiet = executable.with_name("pythonw.exe")
    return quiet if machine.read(quiet) is not None else executable


def is_store_python(path: PurePath) -> bool:
    """Whether it is a Python of the Microsoft Store, whose writes to AppData Windows keeps in a private copy."""
    return "windowsapps" in [part.lower() for part in path.parts]


def addin_version(content: bytes) -> str | None:
    """The version of perfxl that built the add-in, or None if the file is none of ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = ElementTree.fromstring(package.read("xl/workbook.xml")).iter(f"{_SHEET}definedName")
            cell = next(name.text or "" for name in names if name.get("name") == _VERSION_NAME)
            address = cell.rpartition("!")[2].replace("$", "")
            cells = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml")).iter(f"{_SHEET}c")
            index = next(one.findtext(f"{_SHEET}v") for one in cells if one.get("r") == address)
            texts = list(ElementTree.fromstring(package.read("xl/sharedStrings.xml")))
            return "".join(texts[int(index or "")].itertext())
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, StopIteration, ValueError, IndexError):
        return None


def is_signed(content: bytes) -> bool:
    """Whether somebody has signed the add-in's macros ([MS-OFFCRYPTO] VBA signature parts); not whether that is trusted."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return any(_SIGNATURE.fullmatch(name) for name in package.namelist())
    except zipfile.BadZipFile:
        return False


def read_record(machine: Machine, at: Places) -> dict[str, str]:
    """What the last installation noted; empty if there is none."""
    try:
        record = json.loads(machine.read(at.record) or b"")
    except ValueError:
        return {}
    pairs = record.items() if isinstance(record, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def read_settings(content: bytes) -> dict[str, str]:
    """The lines ``key = value`` of addin.ini; of a key written twice the last one holds, as for the launcher."""
    pairs = (line.partition("=") for line in _decoded(content).splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals and key.strip()}


def _decoded(content: bytes) -> str:
    """Text of a settings file, in whatever encoding Notepad has saved it."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _update_settings(machine: Machine, at: Places, interpreter: PurePath) -> None:
    """Write what only we know, add what is missing, and leave every other line as it stands."""
    ours = {"interpreter": str(interpreter), "version": __version__}
    defaults = {"timeout": str(_DEFAULT_SECONDS), "log_folder": str(at.log)}
    old = machine.read(at.settings) or b""
    present = read_settings(old)
    wanted = {**ours, **{key: value for key, value in defaults.items() if not present.get(key)}}
    lines = [line for line in _decoded(old).splitlines() if line.partition("=")[0].strip().lower() not in wanted]
    text = "".join(f"{line}\r\n" for line in [*(f"{key}={value}" for key, value in wanted.items()), *lines])
    content = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    if content != old:
        machine.write(at.settings, content)


def _our_copies(machine: Machine, at: Places) -> list[PurePath]:
    """Every copy of our add-in: in XLSTART under any such name, and where the last installation put it."""
    found = [at.xlstart / name for name in machine.names(at.xlstart) if _OLD_NAME.fullmatch(name)]
    recorded = read_record(machine, at).get("addin")
    if recorded and not any(_same(machine.path(recorded), path) for path in found):
        found.append(machine.path(recorded))
    return [path for path in found if addin_version(machine.read(path) or b"") is not None]


def _is_temporary(executable: PurePath) -> bool:
    parts = [part.lower() for part in executable.parts]
    pipx_cache = "pipx" in parts and any(part in (".cache", "cache") for part in parts)
    return pipx_cache or any(_UV_CACHE.fullmatch(part) for part in parts)


def excel_versions(machine: Machine) -> list[str]:
    """Versions of Office with settings of Excel in the user's registry, such as 16.0; newest first."""
    versions = [name for name in machine.subkeys(rf"HKCU\{OFFICE}") if _EXCEL_VERSION.fullmatch(name)]
    return sorted((one for one in versions if machine.subkeys(rf"HKCU\{OFFICE}\{one}\Excel")), reverse=True)


def registered(machine: Machine, version: str) -> list[tuple[str, str]]:
    """The values OPEN, OPEN1, … of Excel's Options in their order: name and what Excel opens at its start."""
    found = []
    for name, value in machine.values(rf"HKCU\{OFFICE}\{version}\Excel\Options").items():
        match = _OPEN_NAME.fullmatch(name)
        if match and isinstance(value, str):
            found.append((int(match[1] or 0), name, value))
    return [(name, value) for _, name, value in sorted(found)]


def _register(machine: Machine, addin: PurePath) -> None:
    """Let every Excel of the user open the add-in at its start."""
    for version in excel_versions(machine) or [_NEWEST]:
        key = rf"HKCU\{OFFICE}\{version}\Excel\Options"
        machine.set_text(key, _open_name(len(registered(machine, version))), f'"{addin}"')


def _unregister(machine: Machine, addins: list[PurePath]) -> None:
    """Take our add-ins from what Excel opens; others move up, since Excel stops at the first number missing."""
    for version in excel_versions(machine):
        key, entries = rf"HKCU\{OFFICE}\{version}\Excel\Options", registered(machine, version)
        others = [value for _, value in entries if not any(_opens(value, addin) for addin in addins)]
        if len(others) == len(entries):
            continue
        for i, value in enumerate(others):
            machine.set_text(key, _open_name(i), value)
        kept = {_open_name(i) for i in range(len(others))}
        for name, _ in entries:
            if name.upper() not in kept:
                machine.delete_value(key, name)


def _opens(value: str, addin: PurePath) -> bool:
    """Whether such a value (``"C:\\…\\x.xlam"``, perhaps after a switch such as /R) names the add-in."""
    return value.rstrip('" ').lower().endswith(str(addin).lower())


def _open_name(i: int) -> str:
    return f"OPEN{i or ''}"


def _same(one: PurePath, other: PurePath) -> bool:
    return str(one).lower() == str(other).lower()
