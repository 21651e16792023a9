"""Reading many inputs: batches go out, parcels come back, in whatever order; whoever asked puts them in order.

That is the seam: a :data:`Mapper` may read the batches where it likes.  The one here has them read by processes of this
machine (:mod:`perfxl.ledger.gathering.worker`), fed through pipes.  A file on which a process dies or hangs is tried once more by
a new one, alone; then it is told as unreadable, and the run goes on.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from perfxl.intake.discover import Found
from perfxl.intake.own_process import command, environment
from perfxl.ledger.gathering.extract import Lists
from perfxl.ledger.gathering.inputs import read_input, unread
from perfxl.ledger.gathering.parcel import Parcel, receive
from perfxl.ledger.model import Status
from perfxl.settings import Settings

#: What a process says once it is ready to work.
READY: Final = b"perfxl\n"
LENGTH: Final = struct.Struct("<I")
# Below so many files a process takes longer to start than it saves.
_FEW: Final = 48
_BATCH: Final = 32
# Parcels that may wait to be taken in: the store is quicker than the readers, but for a moment.
_WAITING: Final = 128
# A file that needs the process apart may take twice its limit of time (perfxl.intake.apart), and be read twice.
_PATIENCE: Final = 5
_DIED: Final = "读取它的程序中途停止了，没有读出。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新报送"
_HUNG: Final = "读了 {} 秒还没有读完，没有采用。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新报送"

#: An input with its place among all.
Numbered = tuple[int, Found]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with every input.

    Attributes:
        memory: bytes that a process may take; None for as much as there is.
        compact: the parcels are to be kept.
    """

    settings: Settings
    lists: Lists
    passwords: tuple[str, ...] = ()
    memory: int | None = None
    compact: bool = False

    def read(self, found: Found) -> Parcel:
        """One input, read and checked."""
        parcel = read_input(found, self.settings, self.lists, self.passwords)
        return parcel.compacted() if self.compact else parcel


@dataclass(frozen=True, slots=True)
class Effort:
    """What a run may take.

    Attributes:
        jobs: processes to read with; None for as many as there are processors, and for none where files are few.
        memory: bytes that each of them may take; a file that takes more is unreadable.
        mapper: reads the batches instead of processes of this machine.
        state: where what was read is kept, so that the next run reads only what has changed; see
            :mod:`perfxl.ledger.settling.state`.
        rehash: there, bytes are looked at even where size and time of change are as they were.
    """

    jobs: int | None = None
    memory: int | None = None
    mapper: Mapper | None = None
    state: Path | None = None
    rehash: bool = False


#: Has all batches read, and gives each input's place with its parcel.
Mapper = Callable[[Job, Sequence[Sequence[Numbered]]], Iterator[tuple[int, Parcel]]]


def read_all(job: Job, inputs: Sequence[Numbered], effort: Effort) -> Iterator[tuple[int, Parcel]]:
    """Every input's place and its parcel, in any order."""
    wanted = effort.jobs or processors()
    if effort.mapper is None and (wanted < 2 or (effort.jobs is None and len(inputs) < _FEW)):
        return here(job, [inputs])
    size = max(min(_BATCH, len(inputs) // (4 * wanted)), 1)
    batches = [inputs[start : start + size] for start in range(0, len(inputs), size)]
    return (effort.mapper or Processes(wanted))(job, batches)


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def here(job: Job, batches: Sequence[Sequence[Numbered]]) -> Iterator[tuple[int, Parcel]]:
    """The mapper that reads everything in this process."""
    return ((number, job.read(found)) for batch in batches for number, found in batch)


class Processes:
    """The mapper that reads with processes of this machine."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(self, job: Job, batches: Sequence[Sequence[Numbered]]) -> Iterator[tuple[int, Parcel]]:
        crew = _Crew(job, batches)
        workers = [_Worker(crew) for _ in batches[: self._count]]
        for worker in workers:
            worker.start()
        left = sum(map(len, batches))
        try:
            while left and (done := crew.next(workers)) is not None:
                left -= 1
                yield done
            # Where no process could be started: slow is better than not at all.
            yield from here(job, [*crew.lost, *crew.todo])
        finally:
            crew.todo.clear()
            for worker in workers:
                worker.stop()


class _Crew:
    """What the workers of a run share."""

    def __init__(self, job: Job, batches: Sequence[Sequence[Numbered]]) -> None:
        self.job = job
        self.order = pickle.dumps(job)
        self.patience = float(_PATIENCE * job.settings.limits.worker_seconds)
        self.todo: deque[Sequence[Numbered]] = deque(batches)
        self.failed: set[int] = set()  # inputs on which a process has died once
        self.done: queue.Queue[tuple[int, Parcel]] = queue.Queue(_WAITING)
        self.lost: list[Sequence[Numbered]] = []  # what a worker had taken on when it got no process

    def next(self, workers: Sequence[_Worker]) -> tuple[int, Parcel] | None:
        """The next parcel; None where nobody is left to read one."""
        while True:
            try:
                return self.done.get(timeout=1)
            except queue.Empty:
                for worker in workers:
                    worker.watch()
                if not any(worker.is_alive() for worker in workers) and self.done.empty():
                    return None


class _Worker(threading.Thread):
    """One process, and the thread that feeds it; where the process dies there is another one."""

    def __init__(self, crew: _Crew) -> None:
        super().__init__(daemon=True)
        self._crew = crew
        self._process: subprocess.Popen[bytes] | None = None
        self._since: float | None = None  # when the file that is being read was begun
        self._hung = False
        self._stopped = False

    def run(self) -> None:
        while not self._stopped:
            try:
                batch = self._crew.todo.popleft()
            except IndexError:
                break
            if not self._read(batch):
                break
        self._end()

    def _read(self, batch: Sequence[Numbered]) -> bool:
        """Have a batch read; False where no process can be had."""
        process = self._process or self._begin()
        if process is None:
            self._crew.lost.append(batch)
            return False
        assert process.stdin is not None and process.stdout is not None
        give(process.stdin, pickle.dumps([found for _, found in batch]))
        for place, (number, found) in enumerate(batch):
            self._since = time.monotonic()
            parcel = receive(process.stdout)
            self._since = None
            if self._stopped:
                return False
            if parcel is None:
                self._end()
                self._died(number, found, batch[place + 1 :])
                return True
            self._crew.done.put((number, parcel))
        return True

    def _died(self, number: int, found: Found, rest: Sequence[Numbered]) -> None:
        """The process died of that file, or of what was left behind by those before it."""
        if rest:
            self._crew.todo.appendleft(rest)
        if number in self._crew.failed or self._hung:
            reason = _HUNG.format(round(self._crew.patience)) if self._hung else _DIED
            self._crew.done.put((number, replace(unread(found, Status.UNREADABLE, reason), lasting=False)))
        else:
            self._crew.failed.add(number)
            self._crew.todo.appendleft([(number, found)])
        self._hung = False

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """A process that is ready; None where there is none to be had."""
        try:
            process = subprocess.Popen(
                command("perfxl.ledger.gathering.worker"),
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return None
        self._process = process
        assert process.stdin is not None and process.stdout is not None
        give(process.stdin, self._crew.order)
        if process.stdout.read(len(READY)) == READY:
            return process
        self._end()
        return None

    def watch(self) -> None:
        """End the process if it has been reading one file for too long."""
        since, process = self._since, self._process
        if since is not None and process is not None and time.monotonic() - since > self._crew.patience:
            self._hung = True
            process.kill()

    def stop(self) -> None:
        """End the process and the thread, whatever they are at."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()
        while self.is_alive():  # it may be waiting for room to put a parcel
            try:
                self._crew.done.get(timeout=0.01)
            except queue.Empty:
                self.join(0.01)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with process:
                pass


def give(stream: IO[bytes], content: bytes) -> None:
    """Put a message for a worker into its pipe: length, content.  That nobody reads it any more shows elsewhere."""
    try:
        stream.write(LENGTH.pack(len(content)) + content)
        stream.flush()
    except OSError:
        return
