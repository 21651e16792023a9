"""Reading on a dask cluster of several worker processes: the same ledger, whatever becomes of them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bureau import bureau, filled_in
from distributed import Client, LocalCluster
from dying_reader import Dying
from typer.testing import CliRunner

from perfxl.cli import app
from perfxl.errors import ClusterError, UsageError
from perfxl.intake.discover import Found, discover
from perfxl.ledger import Effort, Ledger, Status, consolidate
from perfxl.ledger.gathering import cluster
from perfxl.ledger.gathering.extract import Lists
from perfxl.ledger.gathering.workers import Job
from perfxl.settings import Settings
from perfxl.template import build

FORMS = 60


@pytest.fixture(scope="module")
def local() -> Iterator[LocalCluster]:
    """A scheduler in this process, and three workers in processes of their own."""
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=":0", silence_logs=60) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("集群") / "收到", FORMS)


@pytest.fixture
def few(folder: Path, tmp_path: Path) -> Path:
    """Some of the forms, and the file cut short."""
    target = tmp_path / "几份"
    target.mkdir()
    for name in (*range(10), "截断"):
        shutil.copy(folder / f"{name}.xlsx", target)
    return target


def filled(target: Path, count: int) -> Path:
    """A folder of so many forms, one of them twice, and a file cut short."""
    target.mkdir()
    chance, blank = random.Random(7), build()
    for number, project in enumerate(bureau(count // 5, count).projects[:count]):
        content = filled_in(blank, project, chance)
        (target / f"{number}.xlsx").write_bytes(content)
    (target / "又一份.xlsx").write_bytes(content)
    (target / "截断.xlsx").write_bytes(content[:2000])
    return target


def written(ledger: Ledger, path: Path) -> bytes:
    ledger.write(path)
    return path.read_bytes()


def unreadable(ledger: Ledger) -> dict[str, str]:
    return {row.file: row.reason for row in ledger.sources if row.status is Status.UNREADABLE}


def assert_one_killed_changes_nothing(local: LocalCluster, folder: Path, tmp_path: Path) -> None:
    alone = written(consolidate([folder], effort=Effort(jobs=2)), tmp_path / "一台.xlsx")
    killed: list[int] = []

    def kill(done: int, total: int, name: str) -> None:
        if not killed:  # some have been read, most have not
            [busy, *_] = [worker for worker, tasks in client.processing().items() if tasks]
            killed.append(client.run(os.getpid, workers=[busy])[busy])
            os.kill(killed[0], signal.SIGKILL)

    with Client(local, set_as_default=False) as client, cluster.cluster(local.scheduler_address) as mapper:
        together = consolidate([folder], effort=Effort(mapper=mapper), progress=kill)
        assert killed and killed[0] not in client.run(os.getpid).values()
    assert written(together, tmp_path / "集群.xlsx") == alone


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(local, folder, tmp_path):
    assert_one_killed_changes_nothing(local, folder, tmp_path)


@pytest.mark.thorough
def test_nor_does_it_where_there_are_many_files(local, tmp_path):
    assert_one_killed_changes_nothing(local, filled(tmp_path / "收到", 1500), tmp_path)


def test_a_file_that_worker_after_worker_dies_of_costs_that_file(local, few, monkeypatch):
    alone = consolidate([few], effort=Effort(jobs=1))
    shutil.copy(few / "0.xlsx", few / "猝死.xlsx")
    monkeypatch.setattr(local.scheduler, "allowed_failures", 0)  # three by default, which takes longer
    with Client(local, set_as_default=False) as client, cluster.cluster(local.scheduler_address) as mapper:
        client.register_plugin(Dying(), name="dying")
        together = consolidate([few], effort=Effort(mapper=mapper))
        client.unregister_worker_plugin("dying")
    assert unreadable(together).keys() == {"猝死.xlsx", "截断.xlsx"}
    assert "另存为 .xlsx" in unreadable(together)["猝死.xlsx"]
    assert tuple(together.projects) == tuple(alone.projects)


def test_the_command_reads_on_a_cluster_and_files_at_addresses(local, few, tmp_path, monkeypatch):
    monkeypatch.chdir(few.parent)  # where no worker is
    books = []
    for name, more in (("一台", ["--jobs", "1"]), ("集群", ["--scheduler", local.scheduler_address])):
        book = tmp_path / f"{name}.xlsx"
        result = CliRunner().invoke(app, ["consolidate", few.name, f"file://{few}", "-o", str(book), *more])
        assert result.exit_code == 1, result.output  # a file cut short
        books.append(book.read_bytes())
    assert books[0] == books[1]


def test_nothing_is_left_to_do_on_the_cluster_when_a_run_is_broken_off(local, folder):
    inputs = [(number, found) for number, found in enumerate(discover([folder]), 1) if found.skip is None]
    with Client(local, set_as_default=False) as client, cluster.cluster(local.scheduler_address) as mapper:
        reading = mapper(Job(Settings(), Lists()), [inputs])
        next(reading)
        assert any(client.processing().values())
        reading.close()
        for _ in range(100):  # it is told to the scheduler and not waited for
            if not any(client.processing().values()):
                return
            time.sleep(0.05)
    pytest.fail("tasks are left")


def test_no_scheduler_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    for address in ("tcp://127.0.0.1:9", "tls://127.0.0.1:9", "10.0.0.5", "随便写的"):
        with pytest.raises(ClusterError, match=f"^{address}：连不上调度器。请核对地址"), cluster.cluster(address):
            pass


def test_no_extra_is_told_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r'请先运行 pip install "perfxl\[dask\]"'), cluster.cluster("tcp://a:1"):
        pass


def test_a_cluster_without_workers_is_told():
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(ClusterError, match="没有正在工作的计算机。请在各台运行 dask worker tcp://"),
        cluster.cluster(empty.scheduler_address),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "value"), [("__version__", "9.9"), ("catalogue", lambda: ())], ids=["version", "rules"]
)
def test_workers_with_another_perfxl_are_told_before_any_file_is_read(local, monkeypatch, name, value):
    monkeypatch.setattr(cluster, name, value)
    with (
        pytest.raises(ClusterError, match=r"^127\.0\.0\.1：没有安装 perfxl .*请在每台计算机上运行 pip install"),
        cluster.cluster(local.scheduler_address),
    ):
        pass


def test_a_folder_that_workers_cannot_see_is_told_before_any_file_is_read(local):
    found = Found(Path("/no/such/folder/表.xlsx"), "表.xlsx")
    with cluster.cluster(local.scheduler_address) as mapper, pytest.raises(ClusterError, match="共享文件夹"):
        next(mapper(Job(Settings(), Lists()), [[(1, found)]]))
