"""What doctor's checks have in common: a verdict, a check, and what several of them ask of the computer."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from perfxl.addin.install import ADDIN_NAME, Places, places, read_record, read_settings
from perfxl.addin.machine import Machine, Ran

_PROBE_SECONDS = 60.0
# Asked of the interpreter that the buttons use; it must not import what it asks about, which takes seconds.
_PROBE = (
    "import importlib.metadata as m,json,struct,sys\n"
    "sys.path[:0]=[p for p in sys.argv[1].split(';') if p]\n"
    "def v(n):\n"
    "    try: return m.version(n)\n"
    "    except m.PackageNotFoundError: return ''\n"
    "try: from perfxl import __version__ as p\n"
    "except Exception: p=''\n"
    "print(json.dumps({'python':'.'.join(map(str,sys.version_info[:3])),'old':sys.version_info<(3,11),"
    "'bits':struct.calcsize('P')*8,'base':sys.base_prefix,'perfxl':p,**{n:v(n) for n in ('xlwings','pywin32','pandas')}}))"
)


class Verdict(StrEnum):
    """How a check came out."""

    PASSED = "通过"
    WARNED = "警告"
    FAILED = "失败"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    Attributes:
        key: its name for programs, such as ``interpreter``.
        title: its name for people.
        found: what is so.
        advice: what to do; empty when all is well.
    """

    key: str
    title: str
    verdict: Verdict
    found: str
    advice: str = ""


def passed(key: str, title: str, found: str) -> Check:
    return Check(key, title, Verdict.PASSED, found)


def warned(key: str, title: str, found: str, advice: str) -> Check:
    return Check(key, title, Verdict.WARNED, found, advice)


def failed(key: str, title: str, found: str, advice: str) -> Check:
    return Check(key, title, Verdict.FAILED, found, advice)


class Patient:
    """What several checks ask for, found out once."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.at: Places = places(machine)
        self.settings_file = machine.read(self.at.settings)
        self.settings = read_settings(self.settings_file or b"")
        self.record = read_record(machine, self.at)
        self.addin = machine.path(self.record.get("addin") or str(self.at.xlstart / ADDIN_NAME))
        self.addin_file = machine.read(self.addin)

    @functools.cached_property
    def interpreter(self) -> PurePath | None:
        named = self.settings.get("interpreter")
        return self.machine.path(named) if named else None

    @functools.cached_property
    def ran(self) -> Ran | None:
        """How the buttons' interpreter answers, started as the launcher starts it."""
        if self.interpreter is None or self.machine.read(self.interpreter) is None:
            return None
        search_path = self.settings.get("pythonpath", "")
        command = [str(self.interpreter), "-E", "-P", "-X", "utf8", "-c", _PROBE, search_path]
        return self.machine.run(command, _PROBE_SECONDS)

    @functools.cached_property
    def python(self) -> dict[str, Any]:
        """The interpreter's answer; empty if it gave none."""
        try:
            answer = json.loads(self.ran.output) if self.ran is not None and self.ran.code == 0 else {}
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}

    @property
    def log(self) -> PurePath:
        return self.machine.path(self.settings.get("log_folder") or str(self.at.log))
