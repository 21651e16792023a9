"""Reading with processes: the same ledger whatever their number, and whatever becomes of them."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from bureau import bureau, filled_in

from perfxl.intake.discover import discover
from perfxl.ledger import Ledger, Status, consolidate
from perfxl.ledger.gathering import workers
from perfxl.ledger.gathering.extract import Lists
from perfxl.ledger.gathering.workers import Effort
from perfxl.settings import Settings
from perfxl.template import build

WORKER = Path(__file__).with_name("dying_worker.py")
HEAVY = "lxml numpy openpyxl pandas pydantic rich sqlite3 typer xlsxwriter xlwings"


@pytest.fixture(scope="module")
def filled() -> list[bytes]:
    """Workbooks of four projects of three units."""
    chance, blank = random.Random(7), build()
    return [filled_in(blank, project, chance) for project in bureau(3, 4).projects]


@pytest.fixture
def folder(filled: list[bytes], tmp_path: Path) -> Path:
    """Four forms, one of them twice, one in an archive; a file cut short and one that is no workbook."""
    target = tmp_path / "收到"
    target.mkdir()
    for number, content in enumerate(filled[:3]):
        (target / f"{number}.xlsx").write_bytes(content)
    (target / "又一份.xlsx").write_bytes(filled[0])
    with zipfile.ZipFile(target / "包.zip", "w") as archive:
        archive.writestr("里面.xlsx", filled[3])
    (target / "截断.xlsx").write_bytes(filled[1][:2000])
    (target / "说明.docx").write_bytes(b"x")
    return target


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "command", lambda module: [sys.executable, "-P", str(WORKER)])


def reasons(ledger: Ledger) -> dict[str, str]:
    return {row.file: row.reason for row in ledger.sources if row.status is Status.UNREADABLE}


def test_the_ledger_is_the_same_whatever_the_number_of_processes(folder, tmp_path):
    written = []
    for jobs in (1, 2, 3):
        path = tmp_path / f"{jobs}" / "总台账.xlsx"
        path.parent.mkdir()
        consolidate([folder], effort=Effort(jobs)).write(path)
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]


def test_a_file_that_a_process_dies_of_costs_that_file(folder, dying):
    shutil.copy(next(folder.glob("*.xlsx")), folder / "猝死.xlsx")
    whole = consolidate([folder], effort=Effort(2))
    assert reasons(whole).keys() == {"猝死.xlsx", "截断.xlsx"}
    assert "另存为 .xlsx" in reasons(whole)["猝死.xlsx"]
    (folder / "猝死.xlsx").unlink()
    assert tuple(whole.projects) == tuple(consolidate([folder], effort=Effort(1)).projects)


def test_a_process_that_dies_by_accident_costs_nothing(folder, dying):
    before = consolidate([folder], effort=Effort(1))
    first = next(folder.glob("*.xlsx"))
    first.rename(first.with_name(f"一次{first.name}"))
    assert reasons(consolidate([folder], effort=Effort(2))).keys() == reasons(before).keys()


def test_a_file_that_a_process_hangs_on_is_given_up(folder, dying, monkeypatch):
    monkeypatch.setattr(workers, "_PATIENCE", 1 / 30)  # of 30 seconds
    shutil.copy(next(folder.glob("*.xlsx")), folder / "挂起.xlsx")
    assert "1 秒" in reasons(consolidate([folder], effort=Effort(2)))["挂起.xlsx"]


def test_where_no_process_can_be_started_the_run_goes_on_without(folder, monkeypatch):
    whole = consolidate([folder], effort=Effort(1))
    for command in ([sys.executable, "-c", ""], [str(folder / "nothing")]):
        monkeypatch.setattr(workers, "command", lambda module, command=command: command)
        assert consolidate([folder], effort=Effort(2)).projects == whole.projects


def test_nothing_is_left_running_when_a_run_is_broken_off(folder, monkeypatch):
    started: list[subprocess.Popen] = []
    monkeypatch.setattr(workers.subprocess, "Popen", lambda *a, **k: started.append(_popen(*a, **k)) or started[-1])
    inputs = list(enumerate(discover([folder]), 1))
    running = workers.read_all(workers.Job(Settings(), Lists()), inputs, Effort(2))
    next(running)
    running.close()
    assert started and all(process.poll() is not None for process in started)


_popen = subprocess.Popen


def test_a_worker_loads_nothing_that_it_does_not_use():
    asked = (
        "import sys; before = set(sys.modules); import perfxl.ledger.gathering.worker;"
        f"print(*set('{HEAVY}'.split()) & (set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
