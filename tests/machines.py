"""A Windows PC without Windows: its registry from .reg exports, its files a dict, its programs what the test says."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePath, PureWindowsPath

from perfxl import __version__
from perfxl.addin.machine import Python, Ran, RegistryValue
from perfxl.errors import OutputError

EXPORTS = Path(__file__).parent / "data" / "registry"
APPDATA = r"C:\Users\王 小明\AppData\Roaming"
XLSTART = rf"{APPDATA}\Microsoft\Excel\XLSTART"
ADDIN = rf"{XLSTART}\perfxl.xlam"
SETTINGS = rf"{APPDATA}\perfxl\addin.ini"
PYTHON = r"C:\Python 312\python.exe"
_HIVES = {"HKEY_CURRENT_USER": "HKCU", "HKEY_LOCAL_MACHINE": "HKLM"}
_VALUE = re.compile(r'(?:@|"((?:[^"\\]|\\.)*)")=(.*)')


class PC:
    """A machine for install and doctor; sound unless the test spoils it.

    Attributes:
        files: content by path; whoever is in ``locked`` can't be written or deleted.
        programs: what a program does when run, by path; one that isn't here can't be started.
    """

    def __init__(self, *exports: str, executable: str = PYTHON, base: str = r"C:\Python 312") -> None:
        self.system = "Windows"
        self.python = Python(PureWindowsPath(executable), PureWindowsPath(base), 64)
        self.environment = {"APPDATA": APPDATA, "TEMP": r"C:\Users\王 小明\AppData\Local\Temp"}
        self.files: dict[PurePath, bytes] = {self.python.executable: b"MZ"}
        self.programs: dict[PurePath, Ran] = {self.python.executable: answer()}
        self.locked: set[PurePath] = set()
        self.started: list[list[str]] = []
        self.registry: dict[str, dict[str, RegistryValue]] = {}
        for export in exports:
            self.load((EXPORTS / f"{export}.reg").read_text(encoding="utf-8"))

    def load(self, export: str) -> None:
        """Merge the text of a .reg file, as regedit writes it."""
        key = ""
        for line in export.replace("\\\n  ", "").splitlines()[1:]:
            if line.startswith("["):
                hive, _, rest = line.strip("[]").partition("\\")
                key = f"{_HIVES[hive]}\\{rest}"
                self.registry.setdefault(key, {})
            elif line:
                name, data = _VALUE.fullmatch(line).groups()
                self.registry[key][_unescaped(name or "")] = _value(data)

    # -- what perfxl.addin.machine.Machine asks for

    def path(self, text: str) -> PurePath:
        return PureWindowsPath(text)

    def variable(self, name: str) -> str:
        return self.environment.get(name, "")

    def values(self, key: str) -> dict[str, RegistryValue]:
        return next((dict(values) for one, values in self.registry.items() if one.lower() == key.lower()), {})

    def value(self, key: str, name: str) -> RegistryValue:
        return next((value for one, value in self.values(key).items() if one.lower() == name.lower()), None)

    def subkeys(self, key: str) -> list[str]:
        below = [one[len(key) + 1 :] for one in self.registry if one.lower().startswith(f"{key.lower()}\\")]
        return list(dict.fromkeys(one.partition("\\")[0] for one in below))

    def set_text(self, key: str, name: str, text: str) -> None:
        self.registry.setdefault(key, {})[name] = text

    def delete_value(self, key: str, name: str) -> None:
        self.registry[key].pop(name)

    def read(self, path: PurePath) -> bytes | None:
        return self.files.get(path)

    def write(self, path: PurePath, content: bytes) -> None:
        if path in self.locked:
            raise OutputError(f"{path}：写不进去。请关闭后重试。原来的文件没有改动")
        self.files[path] = content

    def delete(self, path: PurePath) -> None:
        if path in self.locked:
            raise OutputError(f"{path}：删不掉。请关闭后重试。原来的文件没有改动")
        self.files.pop(path, None)

    def names(self, folder: PurePath) -> list[str]:
        return [path.name for path in self.files if path.parent == folder]

    def writable(self, folder: PurePath) -> bool:
        return folder not in self.locked

    def run(self, command: Sequence[str], seconds: float) -> Ran | None:
        self.started.append(list(command))
        return self.programs.get(PureWindowsPath(command[0]))

    # -- what tests ask for

    def put(self, path: str, content: bytes = b"MZ") -> None:
        self.files[PureWindowsPath(path)] = content

    def take(self, path: str) -> None:
        del self.files[PureWindowsPath(path)]

    def __getitem__(self, path: str) -> bytes:
        return self.files[PureWindowsPath(path)]

    def __contains__(self, path: str) -> bool:
        return PureWindowsPath(path) in self.files


def answer(**facts: object) -> Ran:
    """What a sound interpreter tells doctor of itself, but for ``facts``."""
    sound = {
        "python": "3.12.10",
        "old": False,
        "bits": 64,
        "base": r"C:\Python 312",
        "perfxl": __version__,
        "xlwings": "0.37.8",
        "pywin32": "312",
        "pandas": "3.1.1",
    }
    return Ran(0, json.dumps({**sound, **facts}))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _value(data: str) -> RegistryValue:
    kind, _, digits = data.partition(":")
    if kind == "dword":
        return int(digits, 16)
    if kind.startswith("hex"):
        content = bytes.fromhex(digits.replace(",", ""))
        return content if kind == "hex" else content.decode("utf-16-le").rstrip("\0")
    return _unescaped(data[1:-1])
