"""Reading on other computers: the mapper that has batches read by the workers of a dask cluster.

A task is some hundreds of inputs.  On the worker it is read by a process of its own, the same as on one machine
(:class:`perfxl.ledger.gathering.workers.Processes`): what a file does to that process is told the same, and the worker lives on.
A task gives back its parcels as they go through a pipe, compressed; few tasks are under way at a time, so that neither
the scheduler nor this process holds more of them than it can put into the store.

Where a worker is lost all the same, dask has its tasks done by others.  A task that one worker after the other is lost
with (``distributed.scheduler.allowed-failures``) is done anew at the end, input by input, one at a time; the input that
does it again is told as unreadable.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import pkgutil
import struct
import warnings
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from perfxl.errors import ClusterError, PerfxlError, UsageError
from perfxl.intake.elsewhere import Elsewhere
from perfxl.ledger.gathering.inputs import unread
from perfxl.ledger.gathering.parcel import Parcel, receive, send
from perfxl.ledger.gathering.workers import Job, Numbered, Processes
from perfxl.ledger.model import Status
from perfxl.rules import catalogue
from perfxl.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Future

# Inputs a task: enough that handing it out costs next to nothing, few enough that its parcels are some 1 MB.
_TASK: Final = 256
# Tasks under way for each thread of the cluster: one that is read, one that waits so that no thread does.
_AHEAD: Final = 2
_CONNECT: Final = 15  # seconds
_LOOK: Final = 10  # seconds between two looks at whether anybody is still at work
# Looks without any worker after which there will be none: a restarted one is back within a minute.
_DESERTED: Final = 12
_NUMBER: Final = struct.Struct("<Q")
_NEWCOMER: Final = "新加入集群的计算机"
_LOST: Final = "读它的计算机接连中途停止，没有读出。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新报送"


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """The mapper for the cluster whose scheduler is at that address (``tcp://host:8786``), while the block lasts.

    Raises:
        UsageError: the extra is not installed.
        ClusterError: no scheduler answers there, it has no workers, or one has another perfxl.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError('--scheduler 要用的组件没有安装。请先运行 pip install "perfxl[dask]"，再试。') from None
    with _quiet(), ExitStack() as stack:
        try:
            client = stack.enter_context(Client(address, timeout=_CONNECT, set_as_default=False))
            _check_installed(client, address)
        except (OSError, ValueError, TypeError, RuntimeError):  # the last two: of tls:// without certificates
            raise ClusterError(
                f"{address}：连不上调度器。请核对地址（如 tcp://10.0.0.5:8786），确认那台计算机上的 dask scheduler 正在运行、"
                "端口没有被防火墙挡住。"
            ) from None
        yield Cluster(client, address)


class Cluster:
    """The mapper that reads with the workers of a dask cluster."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address

    def __call__(self, job: Job, batches: Sequence[Sequence[Numbered]]) -> Iterator[tuple[int, Parcel]]:
        """As every :data:`perfxl.ledger.gathering.workers.Mapper`; the batches are put together to larger ones.

        Raises:
            ClusterError: the scheduler or all workers are gone, or a worker can't see the files.
        """
        try:
            yield from self._read_all(job, [one for batch in batches for one in batch])
        except (CancelledError, OSError):  # also what is late (TimeoutError)
            raise ClusterError(f"{self._address}：调度器中途断开了。请确认它还在运行，再汇总一次。") from None

    def _read_all(self, job: Job, inputs: Sequence[Numbered]) -> Iterator[tuple[int, Parcel]]:
        if not inputs:
            return
        # A worker has a current folder of its own.
        inputs = [(number, replace(found, path=found.path.absolute())) for number, found in inputs]
        self._check_folders(inputs)
        order = pickle.dumps(job)
        size = max(1, min(_TASK, len(inputs) // (_AHEAD * self._threads())))
        tasks = [inputs[start : start + size] for start in range(0, len(inputs), size)]
        suspects: list[Numbered] = []
        yield from self._read(order, tasks, suspects)
        for number, found in suspects:  # with nothing else under way that could be blamed for it, or it for that
            failed: list[Numbered] = []
            yield from self._read(order, [[(number, found)]], failed)
            if failed:
                yield number, unread(found, Status.UNREADABLE, _LOST)

    def _read(
        self, order: bytes, tasks: Iterable[Sequence[Numbered]], failed: list[Numbered]
    ) -> Iterator[tuple[int, Parcel]]:
        """What the tasks give; the inputs of those that come to nothing are added to ``failed``."""
        waiting = deque(tasks)
        running: dict[Future[bytes], Sequence[Numbered]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < _AHEAD * self._threads():
                    task = waiting.popleft()
                    future = self._client.submit(read_task, installed(), order, pickle.dumps(task), pure=False)
                    running[future] = task
                for future in self._finished(running):
                    task = running.pop(future)
                    if self._succeeded(future):
                        yield from _unpacked(future.result())
                    else:
                        failed += task
        finally:
            if running and self._client.status == "running":
                self._client.cancel(list(running))

    def _threads(self) -> int:
        """How many tasks the cluster reads at a time, as of now; at least one."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def _finished(self, running: dict[Future[bytes], Sequence[Numbered]]) -> list[Future[bytes]]:
        """Those that have come to an end; waits for the first."""
        from distributed import wait

        deserted = 0
        while deserted < _DESERTED:
            try:
                with self._client.as_current():
                    return list(wait(list(running), timeout=_LOOK, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                deserted = 0 if self._client.nthreads() else deserted + 1
        raise _no_workers(self._address)

    def _succeeded(self, future: Future[bytes]) -> bool:
        """Whether a task was done; not where it broke off, or every worker was lost with it.

        Raises:
            PerfxlError: no task could be done.
        """
        error = future.exception()
        if isinstance(error, PerfxlError):
            raise error
        if isinstance(error, ImportError):
            raise ClusterError(_other_version(_NEWCOMER))
        return error is None

    def _check_folders(self, inputs: Sequence[Numbered]) -> None:
        """Raise ClusterError where a worker doesn't see the files under the paths that they have here."""
        path = next((str(found.path) for _, found in inputs if not isinstance(found, Elsewhere)), None)
        if path is None:
            return
        seen = self._client.run(os.path.lexists, path, on_error="return")
        blind = [worker for worker, sees in seen.items() if sees is not True]
        if blind:
            raise ClusterError(
                f"{_computers(blind)}：看不到 {path}。请把文件放在各台计算机都能用同一路径打开的共享文件夹，"
                "或用 s3://、hdfs:// 等地址给出。"
            )


def installed() -> str:
    """What reading a file rests on beside the job: this perfxl, and the rules that there are with it."""
    return repr((__version__, [(one.code, type(one).__module__, one.since) for one in catalogue()]))


def read_task(same: str, order: bytes, task: bytes) -> bytes:
    """On a worker: the inputs of a task, read; their numbers and parcels, compressed.

    Args:
        same: what is :func:`installed` where the task comes from.
        order: a :class:`perfxl.ledger.gathering.workers.Job`, pickled.
        task: numbered inputs, pickled.

    Raises:
        ClusterError: another perfxl is installed here, or other rules.
    """
    if same != installed():
        raise ClusterError(_other_version(_NEWCOMER))
    stream = io.BytesIO()
    for number, parcel in Processes(1)(pickle.loads(order), [pickle.loads(task)]):
        stream.write(_NUMBER.pack(number))
        send(stream, parcel)
    return zlib.compress(stream.getvalue(), 1)


def _unpacked(content: bytes) -> Iterator[tuple[int, Parcel]]:
    stream = io.BytesIO(zlib.decompress(content))
    while head := stream.read(_NUMBER.size):
        parcel = receive(stream)
        assert parcel is not None
        yield _NUMBER.unpack(head)[0], parcel


def _check_installed(client: Client, address: str) -> None:
    """Raise ClusterError where there is no worker, or one would read otherwise than this computer."""
    # A function of the standard library: one of perfxl could not even be asked for where it isn't installed.
    versions: dict[str, Any] = client.run(pkgutil.resolve_name, "perfxl.version:__version__", on_error="return")
    if not versions:
        raise _no_workers(address)
    others = [worker for worker, version in versions.items() if version != __version__]
    if not others:
        others = [worker for worker, told in client.run(installed, on_error="return").items() if told != installed()]
    if others:
        raise ClusterError(_other_version(_computers(others)))


def _other_version(where: str) -> str:
    return (
        f"{where}：没有安装 perfxl {__version__}，或版本、自己的规则包与本机不同。"
        f'请在每台计算机上运行 pip install "perfxl[dask]=={__version__}"，装上同样的规则包，再试。'
    )


def _no_workers(address: str) -> ClusterError:
    return ClusterError(f"{address}：集群里没有正在工作的计算机。请在各台运行 dask worker {address}，再试。")


def _computers(workers: Sequence[str]) -> str:
    """The computers of these workers (``tcp://host:port``), the first few by name."""
    hosts = sorted({worker.rpartition("://")[2].rpartition(":")[0] for worker in workers})
    return "、".join(hosts[:3]) + (f" 等 {len(hosts)} 台" if len(hosts) > 3 else "")


@contextmanager
def _quiet() -> Iterator[None]:
    """Within the block, dask tells people nothing of its own, in English: what matters to them is told here."""

    def nothing(record: logging.LogRecord) -> bool:
        return False

    handlers = logging.getLogger("distributed").handlers
    for handler in handlers:
        handler.addFilter(nothing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for handler in handlers:
            handler.removeFilter(nothing)
