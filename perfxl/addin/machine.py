"""The computer as set-up sees it: registry, files, environment and other programs, through one small interface.

Install and doctor decide by what a :class:`Machine` answers, and never ask Windows themselves: a test hands them a
machine made of registry exports and a dict of files.  :class:`ThisMachine` is the real one.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, Protocol

from perfxl.output import output_error, write_whole

#: A registry value as winreg gives it: REG_SZ and REG_EXPAND_SZ, REG_DWORD, REG_BINARY, REG_MULTI_SZ.
RegistryValue = str | int | bytes | list[str] | None

_HIVES = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE"}
_MISUSED_ENVIRONMENT = "PYTHON"  # variables that begin with it would lead another interpreter astray


@dataclass(frozen=True, slots=True)
class Python:
    """The interpreter that runs perfxl now.

    Attributes:
        executable: its program file; in an environment that one's, not the one it was made from.
        base_prefix: folder of the installation that an environment was made from.
        bits: 32 or 64.
    """

    executable: PurePath
    base_prefix: PurePath
    bits: int


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit code and what it wrote to standard output."""

    code: int
    output: str


class Machine(Protocol):
    """What set-up may ask of a computer, and the few things it may change."""

    @property
    def system(self) -> str:
        """``Windows``, ``Linux``, ``Darwin``."""

    @property
    def python(self) -> Python: ...

    def path(self, text: str) -> PurePath:
        """A path in the machine's own way of writing."""

    def variable(self, name: str) -> str:
        """An environment variable; empty if not set."""

    def values(self, key: str) -> dict[str, RegistryValue]:
        """The values of a key such as ``HKCU\\Software\\…``, its unnamed one under ""; none if there is no such key."""

    def value(self, key: str, name: str) -> RegistryValue:
        """One value of a key, None if there is none; as everywhere in the registry, case doesn't matter."""

    def subkeys(self, key: str) -> list[str]:
        """The names of the keys right below."""

    def set_text(self, key: str, name: str, text: str) -> None:
        """Write a REG_SZ value; the key is made if need be."""

    def delete_value(self, key: str, name: str) -> None: ...

    def read(self, path: PurePath) -> bytes | None:
        """A file's content, or None if it isn't there or can't be read.  ``name:stream`` reads an NTFS stream."""

    def write(self, path: PurePath, content: bytes) -> None:
        """Write a file whole, its folders included.  Raises OutputError."""

    def delete(self, path: PurePath) -> None:
        """Delete a file or stream; none there is fine.  Raises OutputError."""

    def names(self, folder: PurePath) -> list[str]:
        """The names in a folder; none if it isn't there."""

    def writable(self, folder: PurePath) -> bool:
        """Whether a file can be made in the folder, or in the nearest one above it that exists."""

    def run(self, command: Sequence[str], seconds: float) -> Ran | None:
        """Run a program without a window; None if it can't be started or doesn't end in time."""


class ThisMachine:
    """The computer that perfxl runs on."""

    def __init__(self) -> None:
        self.system = platform.system()
        bits = struct.calcsize("P") * 8
        self.python = Python(self.path(sys.executable), self.path(sys.base_prefix), bits)

    def path(self, text: str) -> PurePath:
        return PureWindowsPath(text) if self.system == "Windows" else PurePosixPath(text)

    def variable(self, name: str) -> str:
        return os.environ.get(name, "")

    def values(self, key: str) -> dict[str, RegistryValue]:
        found: dict[str, RegistryValue] = {}
        with contextlib.suppress(OSError), _opened(key) as (registry, handle):
            for i in range(registry.QueryInfoKey(handle)[1]):
                name, value, _ = registry.EnumValue(handle, i)
                found[name] = value
        return found

    def value(self, key: str, name: str) -> RegistryValue:
        with contextlib.suppress(OSError), _opened(key) as (registry, handle):
            value: RegistryValue = registry.QueryValueEx(handle, name)[0]
            return value
        return None

    def subkeys(self, key: str) -> list[str]:
        with contextlib.suppress(OSError), _opened(key) as (registry, handle):
            return [registry.EnumKey(handle, i) for i in range(registry.QueryInfoKey(handle)[0])]
        return []

    def set_text(self, key: str, name: str, text: str) -> None:
        registry = _registry()
        hive, _, rest = key.partition("\\")
        root = getattr(registry, _HIVES[hive])
        with registry.CreateKeyEx(root, rest, 0, registry.KEY_WRITE | registry.KEY_WOW64_64KEY) as handle:
            registry.SetValueEx(handle, name, 0, registry.REG_SZ, text)

    def delete_value(self, key: str, name: str) -> None:
        with contextlib.suppress(OSError), _opened(key, writing=True) as (registry, handle):
            registry.DeleteValue(handle, name)

    def read(self, path: PurePath) -> bytes | None:
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError):
            return None

    def write(self, path: PurePath, content: bytes) -> None:
        target = Path(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(target, error) from error
        write_whole(target, content)

    def delete(self, path: PurePath) -> None:
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise output_error(Path(path), error) from error

    def names(self, folder: PurePath) -> list[str]:
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def writable(self, folder: PurePath) -> bool:
        here = Path(folder)
        while not here.is_dir() and here != here.parent:
            here = here.parent
        try:
            with tempfile.TemporaryFile(dir=here):
                return True
        except OSError:
            return False

    def run(self, command: Sequence[str], seconds: float) -> Ran | None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(_MISUSED_ENVIRONMENT)}
        try:
            ran = subprocess.run(
                command,
                env=clean,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return Ran(ran.returncode, ran.stdout.decode("utf-8", "replace"))


def _registry() -> Any:
    """The module winreg, which only Python on Windows has; OSError elsewhere, as for a key that isn't there."""
    try:
        return importlib.import_module("winreg")
    except ImportError as error:
        raise OSError("no registry") from error


@contextlib.contextmanager
def _opened(key: str, writing: bool = False) -> Any:
    """winreg and the open key, always of the 64-bit registry.  Raises OSError."""
    registry = _registry()
    hive, _, rest = key.partition("\\")
    access = (registry.KEY_WRITE if writing else registry.KEY_READ) | registry.KEY_WOW64_64KEY
    with registry.OpenKey(getattr(registry, _HIVES[hive]), rest, 0, access) as handle:
        yield registry, handle
