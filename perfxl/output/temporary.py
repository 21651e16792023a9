"""Temporary files beside the files they are to become: named so that what a killed run left behind can be told."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from perfxl.output.process import Process, this_process

_TEMPORARY: Final = re.compile(r"\.perfxl-([0-9a-f]{8})-(\d+)-(\d*)-\w+\.tmp")
_TRACE: Final = re.compile(r"\.perfxl-.*\.(?:tmp|lock|state|state-journal)", re.DOTALL)
_DAY: Final = 24 * 3600
_BUFFER: Final = 1 << 20

_swept: set[str] = set()


def is_trace(name: str) -> bool:
    """The name of a temporary file, lock or memory of perfxl, which comes and goes with its runs."""
    return _TRACE.fullmatch(name) is not None


def new_temporary(folder: Path) -> tuple[int, str]:
    """A new temporary file in the folder, open for writing: its descriptor and path.

    What killed runs left in the folder is removed when the process first comes there: temporary files of processes of
    this computer that have ended, and any that are a day old, since nobody writes a file that long.

    Raises:
        OSError: it can't be made.
    """
    process = this_process()
    prefix = f".perfxl-{_short(process.host)}-{process.pid}-{process.started}-"
    handle, path = tempfile.mkstemp(".tmp", prefix, folder)
    if (key := os.path.realpath(folder)) not in _swept:
        _swept.add(key)
        _sweep(folder, os.fstat(handle).st_mtime)  # by the clock of the file system, not of this computer
    return handle, path


def twin(original: Path) -> str:
    """A temporary file beside that one, with its content, times and permissions, brought to the disk.

    Raises:
        OSError: it can't be made.
    """
    handle, path = new_temporary(original.parent)
    try:
        with open(handle, "wb") as copy, original.open("rb") as stream:
            shutil.copyfileobj(stream, copy, _BUFFER)
            copy.flush()
            os.fsync(copy.fileno())
        shutil.copystat(original, path)
    except BaseException:
        remove(path)
        raise
    return path


def take_name(temporary: str, name: Path) -> bool:
    """Put the temporary file at ``name``, over nothing; False where something stands.

    It may still have its old name as well.

    Raises:
        OSError: it can't be put there.
    """
    try:
        os.link(temporary, name)
    except FileExistsError:
        return False
    except OSError:  # a file system without links; on Windows rename goes over nothing either
        if os.path.lexists(name):
            return False
        os.rename(temporary, name)
    return True


def remove(path: str | Path) -> None:
    """Remove a file, if it is there and can be removed."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def _sweep(folder: Path, now: float) -> None:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_trace(entry.name) and entry.name.endswith(".tmp") and _left_behind(entry, now):
                remove(entry.path)


def _left_behind(entry: os.DirEntry[str], now: float) -> bool:
    host = this_process().host
    named = _TEMPORARY.fullmatch(entry.name)
    if named is not None and named[1] == _short(host) and Process(host, int(named[2]), named[3]).ended:
        return True
    try:
        return entry.stat(follow_symlinks=False).st_mtime < now - _DAY
    except OSError:
        return False


def _short(host: str) -> str:
    return hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:8]
