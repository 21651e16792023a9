"""A click, from a test: the launcher's part played, the answer taken apart as VBA does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engines.engine import Desk, Host, register
from perfxl.addin import ribbon


@dataclass(frozen=True)
class Shown:
    """What Excel would show."""

    kind: str
    then: str
    message: str


class Clicker:
    """An Excel with one desk of workbooks, and the buttons."""

    def __init__(self, desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.folder, self._patch = desk, folder, monkeypatch
        self.logs = folder / "记录"
        self.exchange = folder / "exchange"
        self.exchange.mkdir()
        monkeypatch.setenv("PERFXL_EXCHANGE", str(self.exchange))
        monkeypatch.setenv("PERFXL_LOG_FOLDER", str(self.logs))
        monkeypatch.setenv("PERFXL_ADDIN_VERSION", ribbon.__version__)
        monkeypatch.setenv("PERFXL_PROTECTED_VIEW", "0")
        monkeypatch.setenv("APPDATA", str(folder / "appdata"))
        monkeypatch.setattr(ribbon.gc, "disable", lambda: None)

    def open(self, path: Path | str, **flags: bool) -> Host:
        """Open a workbook and bring it to the front."""
        self.desk.hosts.insert(0, self.desk.opener(str(path)))
        self.desk.flags = {"Path": True, **flags}
        return self.desk.hosts[0]

    def click(self, command: str) -> Shown:
        """Run the command as the launcher does, with the arguments it gives."""
        name = self.desk.hosts[0].name if self.desk.hosts else ""
        arguments = [command, "--from_xl=1", f"--hwnd={self.desk.hwnd}", f"--wb={name}"]
        self._patch.setattr(sys, "argv", ["-c", *arguments])
        self._patch.setenv("PERFXL_WB", f"--wb={name}")
        result = self.exchange / "result.txt"
        result.unlink(missing_ok=True)
        assert ribbon.main() == 0
        protocol, kind, then, message = (result.read_bytes().decode("utf-16") + "\r\n" * 3).split("\r\n", 3)
        assert protocol == "perfxl 1"
        return Shown(kind, then, message.rstrip("\r\n").replace("\r\n", "\n"))

    def pick(self, *paths: Path) -> None:
        """What the picker of the last answer gave."""
        text = "".join(f"{path}\r\n" for path in paths)
        (self.exchange / "picked.txt").write_bytes(text.encode("utf-16"))


def clicker(opener: Callable[[str], Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Clicker:
    desk = Desk(opener)
    register("tests", desk)
    return Clicker(desk, folder, monkeypatch)
