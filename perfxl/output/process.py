"""Which process this is, and whether another has ended: to whom a lock or a temporary file belongs."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process on some computer; ``started`` tells it from a later one of the same number, "" where nothing can."""

    host: str
    pid: int
    started: str

    @property
    def ended(self) -> bool:
        """Known to run no more; of a process on another computer that is never known."""
        if self.host != _host():
            return False
        now = _started(self.pid)
        return now is None or (now != "" != self.started and now != self.started)


def this_process() -> Process:
    """The one that asks."""
    return Process(_host(), os.getpid(), _started(os.getpid()) or "")


@cache
def _host() -> str:
    return platform.node()


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY_LIMITED_INFORMATION = 0x1000
    _STILL_ACTIVE = 259
    _ERROR_INVALID_PARAMETER = 87

    def _started(pid: int) -> str | None:
        """When it was started; None where there is no such process, "" where that can't be told.

        Written from the documentation, not tried: no test here runs on Windows.
        """
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = wintypes.HANDLE(kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid))
        if not handle:
            return None if ctypes.get_last_error() == _ERROR_INVALID_PARAMETER else ""
        try:
            code, times = wintypes.DWORD(), [wintypes.FILETIME() for _ in range(4)]
            if kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value != _STILL_ACTIVE:
                return None
            if not kernel.GetProcessTimes(handle, *map(ctypes.byref, times)):
                return ""
            return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)
        finally:
            kernel.CloseHandle(handle)

else:

    def _started(pid: int) -> str | None:
        """When it was started; None where there is no such process (or only its zombie), "" where that can't be told."""
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "" if _runs(pid) else None
        fields = status.rpartition(")")[2].split()  # proc(5): state is the first after the name, starttime the 20th
        return None if fields[0] in "ZX" else fields[19]

    def _runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            pass
        return True
