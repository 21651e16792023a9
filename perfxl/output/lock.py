"""One run on a ledger at a time: a lock file beside it says who is at work, on which computer, and since when."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from perfxl.errors import BusyError
from perfxl.output.failure import output_error
from perfxl.output.process import Process, this_process
from perfxl.output.temporary import new_temporary, remove, take_name
from perfxl.output.whole import place_for

_NAME_BYTES: Final = 200
_ATTEMPTS: Final = 5
_SHOWN: Final = 80


@contextlib.contextmanager
def only_run(target: Path) -> Iterator[str]:
    """Within the block no other run works on ``target``; the lock goes whatever ends the block.

    A lock whose process has ended (killed, or the power went) is taken over.  Whether one on another computer still runs
    can't be known from here: its lock stays.

    Yields:
        in Chinese, whose lock was taken over; "" where there was none.

    Raises:
        BusyError: another run is at work.
        OutputError: nothing can be written there.
    """
    place, _ = place_for(target)  # what can't be written is told now, not after all the work
    lock = _lock_path(place)
    own = _Holder.this().encoded()
    try:
        try:
            told = _take(lock, own, target)
        except OSError as error:
            raise output_error(target, error) from error
        yield told
    finally:
        with contextlib.suppress(OSError):
            if lock.read_bytes() == own:
                lock.unlink()


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has taken a lock; ``since`` is local time to the second, ``token`` tells it from every other."""

    user: str
    process: Process
    since: str
    token: str

    @classmethod
    def this(cls) -> _Holder:
        try:
            user = getpass.getuser()
        except (ImportError, KeyError, OSError):  # no such user in the system's list
            user = ""
        since = datetime.datetime.now().isoformat(" ", "seconds")
        return cls(user, this_process(), since, secrets.token_hex(8))

    @classmethod
    def decoded(cls, content: bytes) -> _Holder | None:
        """None where it is no lock of ours, or not yet written."""
        try:
            told = json.loads(content)
            user, host, started, since, token = (
                "".join(filter(str.isprintable, str(told[name])))[:_SHOWN]
                for name in ("user", "host", "started", "since", "token")
            )
            return cls(user, Process(host, int(told["process"]), started), since, token)
        except (ValueError, KeyError, TypeError):
            return None

    def encoded(self) -> bytes:
        process = self.process
        told = {
            "user": self.user,
            "host": process.host,
            "process": process.pid,
            "started": process.started,
            "since": self.since,
            "token": self.token,
        }
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")

    def __str__(self) -> str:
        return f"{self.user or '有人'} 在电脑 {self.process.host or '（名称不明）'} 上，{self.since} 开始"


def _lock_path(target: Path) -> Path:
    name = target.name
    while len(os.fsencode(name)) > _NAME_BYTES:
        name = name[:-1]
    return target.with_name(f".perfxl-{name}.lock")


def _take(lock: Path, own: bytes, target: Path) -> str:
    """Put the lock there, and say whose was taken over.

    Raises:
        BusyError: somebody else's is there.
        OSError: it can't be put there.
    """
    told = ""
    for _ in range(_ATTEMPTS):
        if _create(lock, own):
            return told
        try:
            content = lock.read_bytes()
        except FileNotFoundError:
            continue
        holder = _Holder.decoded(content)
        if holder is None or not holder.process.ended:
            raise _busy(target, lock, holder)
        if _set_aside(lock, content):
            told = f"{target.name}：上一次运行没有正常结束（{holder}），这次已从头重做"
    raise _busy(target, lock, None)


def _busy(target: Path, lock: Path, holder: _Holder | None) -> BusyError:
    by = f"（{holder}）" if holder is not None else ""
    return BusyError(
        f"{target.name}：另一次运行正在处理它{by}。请等那一次结束后再运行；"
        f"如果确实没有在运行（例如那台电脑中途断电），请删去同一文件夹里的“{lock.name}”后再运行。{target.name} 没有改动"
    )


def _create(lock: Path, content: bytes) -> bool:
    """The lock with its content, in one step; False where there is one."""
    handle, temporary = new_temporary(lock.parent)
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
        return take_name(temporary, lock)
    finally:
        remove(temporary)


def _set_aside(lock: Path, content: bytes) -> bool:
    """Remove a lock with that content; False where another run was quicker, whose own lock stays."""
    handle, aside = new_temporary(lock.parent)
    os.close(handle)
    try:
        os.replace(lock, aside)
        if Path(aside).read_bytes() == content:
            return True
        take_name(aside, lock)
        return False
    except FileNotFoundError:
        return False
    finally:
        remove(aside)
