"""Runs that read only what has changed: the same ledger as a full run's, whatever happened to the files."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from bureau import bureau, filled_in

from perfxl.ledger import Effort, Ledger, consolidate
from perfxl.ledger.gathering import workers
from perfxl.ledger.settling.state import state_path
from perfxl.season.collecting import Collected, collect
from perfxl.settings import Settings
from perfxl.template import build

LONG_AGO = 1_700_000_000


@pytest.fixture(scope="module")
def filled() -> list[bytes]:
    """Workbooks of six projects of three units, and of two of them a second version."""
    chance, blank = random.Random(3), build()
    projects = list(bureau(3, 6).projects)
    return [filled_in(blank, project, chance) for project in (*projects, *projects[:2])]


class Desk:
    """A folder of forms, a ledger beside it, and how many files the last run read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "收到"
        self.folder.mkdir()
        self.ledger = folder / "总台账.xlsx"
        self.state = state_path(self.ledger)
        self.read: list[str] = []
        real = workers.read_input
        monkeypatch.setattr(
            workers, "read_input", lambda found, *job: (self.read.append(found.name), real(found, *job))[1]
        )

    def put(self, name: str, content: bytes, changed: float = LONG_AGO) -> None:
        (self.folder / name).write_bytes(content)
        os.utime(self.folder / name, (changed, changed))

    def update(self, **options: object) -> Ledger:
        self.read.clear()
        effort = Effort(jobs=1, state=self.state, rehash=bool(options.pop("rehash", False)))
        return consolidate([self.folder], effort=effort, **options)  # type: ignore[arg-type]

    def collect(self) -> Collected:
        self.read.clear()
        return collect(self.folder, self.ledger, today=date(2026, 11, 23), effort=Effort(jobs=1, state=self.state))

    def full(self) -> bytes:
        return self.bytes_of(consolidate([self.folder], effort=Effort(jobs=1)))

    def bytes_of(self, ledger: Ledger) -> bytes:
        ledger.write(self.ledger)
        return self.ledger.read_bytes()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filled: list[bytes]) -> Desk:
    desk = Desk(tmp_path, monkeypatch)
    for number, content in enumerate(filled[:4]):
        desk.put(f"{number}.xlsx", content)
    return desk


def test_a_second_run_reads_nothing_and_says_the_same(desk):
    first = desk.bytes_of(desk.update())
    assert len(desk.read) == 4
    assert desk.bytes_of(desk.update()) == first == desk.full()
    desk.update()
    assert desk.read == []


def test_what_is_new_changed_or_gone_is_found(desk, filled):
    desk.update()
    desk.put("新.xlsx", filled[4])
    desk.put("1.xlsx", filled[5], LONG_AGO + 5)
    (desk.folder / "2.xlsx").unlink()
    (desk.folder / "3.xlsx").rename(desk.folder / "改名.xlsx")
    updated = desk.bytes_of(desk.update())
    assert sorted(desk.read) == ["1.xlsx", "改名.xlsx", "新.xlsx"]
    assert updated == desk.full()


def test_a_time_that_proves_nothing_is_looked_behind(desk, filled):
    desk.put("0.xlsx", filled[0], changed=4_000_000_000)  # in the future, as after a clock was put right
    desk.update()
    desk.update()
    assert desk.read == []  # its bytes are the same
    content = bytearray(filled[0])
    content[10] ^= 1  # the time in the zip directory: as long as before
    desk.put("0.xlsx", bytes(content), changed=4_000_000_000)
    desk.update()
    assert desk.read == ["0.xlsx"]


def test_bytes_are_looked_at_where_that_is_asked_for(desk, filled):
    desk.update()
    content = bytearray(filled[0])
    content[10] ^= 1
    desk.put("0.xlsx", bytes(content))  # same size, same time
    desk.update()
    assert desk.read == []
    desk.update(rehash=True)
    assert desk.read == ["0.xlsx"]


@pytest.mark.parametrize("options", [{"year": 2027}, {"settings": Settings(ignore=("V",))}, {"passwords": ("1",)}])
def test_all_is_read_again_where_something_else_has_changed(desk, options):
    desk.update()
    desk.update(**options)
    assert len(desk.read) == 4


def test_the_memory_may_be_deleted_or_damaged(desk):
    first = desk.bytes_of(desk.update())
    desk.state.unlink()
    assert desk.bytes_of(desk.update()) == first
    for damage in (b"", b"no database at all", desk.state.read_bytes()[:5000]):
        desk.state.write_bytes(damage)
        assert desk.bytes_of(desk.update()) == first
        desk.state.unlink(missing_ok=True)


def test_a_run_that_is_broken_off_leaves_a_memory_that_can_be_used(desk, monkeypatch):
    real = workers.read_input

    def interrupted(found, *job):
        if found.name == "2.xlsx":
            raise KeyboardInterrupt
        return real(found, *job)

    monkeypatch.setattr(workers, "read_input", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.update()
    monkeypatch.setattr(workers, "read_input", real)
    assert desk.bytes_of(desk.update()) == desk.full()


def test_where_the_memory_can_not_be_kept_the_run_goes_on_without(desk, tmp_path):
    desk.state = tmp_path / "没有这个文件夹" / "x.state"
    assert desk.bytes_of(desk.update()) == desk.full()


def test_the_memory_is_no_input(desk):
    desk.state = desk.folder / desk.state.name
    first = desk.bytes_of(desk.update())
    assert desk.bytes_of(desk.update()) == first


@pytest.mark.parametrize("seed", range(2))
def test_any_sequence_of_edits_gives_what_a_full_run_gives(desk, filled, seed):
    chance = random.Random(seed)
    for step in range(5):
        present = sorted(desk.folder.glob("*.xlsx"))
        for _ in range(chance.randrange(1, 4)):
            what = chance.choice(("put", "copy", "remove", "rename", "cut"))
            path = chance.choice(present) if present else desk.folder / "0.xlsx"
            if what == "put" or not path.exists():
                desk.put(f"{chance.randrange(8)}.xlsx", chance.choice(filled), LONG_AGO + step)
            elif what == "copy":
                shutil.copy2(path, path.with_name(f"副本{chance.randrange(3)}.xlsx"))
            elif what == "remove":
                path.unlink()
            elif what == "rename":
                path.rename(path.with_name(f"改{chance.randrange(5)}.xlsx"))
            else:
                desk.put(path.name, path.read_bytes()[:500], LONG_AGO + step)
        if any(desk.folder.iterdir()):
            assert desk.bytes_of(desk.update()) == desk.full(), step


def test_the_memory_is_an_ordinary_database_without_what_is_gone(desk):
    desk.update()
    (desk.folder / "1.xlsx").unlink()
    desk.update()
    with sqlite3.connect(desk.state) as database:
        for table in ("input", "form", "project", "trait", "indicator", "issue"):
            assert database.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (3,), table


# -- the ledger that stands there


def test_nothing_is_written_where_nothing_has_changed(desk):
    desk.collect()
    before = desk.ledger.stat()
    again = desk.collect()
    assert (desk.read, again.written, desk.ledger.stat().st_mtime_ns) == ([], (), before.st_mtime_ns)
    assert again.ledger.summary() == again.summary and "没有变化" in again.told[-1]
    assert (again.figures["read"], again.figures["unchanged"]) == (0, 4)


def test_what_people_wrote_since_is_carried_although_no_file_has_changed(desk):
    desk.collect()
    book = openpyxl.load_workbook(desk.ledger)
    sheet = book["项目台账"]
    column = next(cell.column for cell in sheet[3] if cell.value == "备注")
    sheet.cell(4, column, "已核")
    book.save(desk.ledger)
    assert [row.remark for row in desk.collect().ledger.projects] == ["已核", "", "", ""]
    assert desk.collect().written == ()
    desk.put("新.xlsx", (desk.folder / "0.xlsx").read_bytes()[:600])
    assert [row.remark for row in desk.collect().ledger.projects] == ["已核", "", "", ""]
    assert desk.read == ["新.xlsx"]


def test_a_ledger_that_is_gone_is_written_again(desk):
    desk.collect()
    desk.ledger.unlink()
    assert desk.collect().written == (desk.ledger,)
    assert desk.read == []
