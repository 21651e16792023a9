"""One command run and measured: wall time, processor time of it and all its children, peaks of memory.

Memory is what the kernel tells under /proc while the command runs, so this is for Linux: ``parent`` is the most that the
command's own process ever held, ``together`` the most that it and all its children held at one moment, pages that they
share counted in each.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.03  # seconds between two looks at the memory
_KILOBYTE = 1 / 1024


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds and megabytes; ``output`` is what the command printed."""

    wall: float
    cpu: float
    parent: float
    together: float
    output: str


class Failed(Exception):
    """A command that was measured came to nothing, so its time says nothing."""


def run(command: Sequence[str], *, folder: Path | None = None, accepted: Sequence[int] = (0,)) -> Run:
    """Run a command to its end.

    Raises:
        Failed: it ended with another code than one of ``accepted``.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        watch = _Watch(process.pid)
        watch.start()
        assert process.stdout is not None
        output = process.stdout.read().decode(errors="replace")
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
    if process.returncode not in accepted:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}")
    return Run(wall, used.ru_utime + used.ru_stime, watch.parent, watch.together, output)


class _Watch(threading.Thread):
    """Looks at the memory of a process and its children until told to stop; megabytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.parent = self.together = 0.0
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(_EVERY):
            self.parent = max(self.parent, _status(self._pid, "VmHWM"))
            self.together = max(self.together, sum(_status(pid, "VmRSS") for pid in _tree(self._pid)))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _status(pid: int, field: str) -> float:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1]) * _KILOBYTE
    return 0.0


def _tree(pid: int) -> Iterator[int]:
    """The process and all that it has started."""
    yield pid
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split():
                yield from _tree(int(child))
