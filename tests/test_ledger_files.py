"""The ledger as DataFrames and as .csv, .json, .parquet; written whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import os
import sqlite3
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from forms import form
from test_ledger_consolidate import reading

from perfxl.errors import OutputError, UsageError
from perfxl.ledger import Ledger

TITLES = ["项目台账", "指标明细", "问题清单", "来源清单"]


def ledger(**head: object) -> Ledger:
    return Ledger.of([reading("a.xlsx", form(**head)), reading("b.xlsx", form(project="乙", total="0.10"))])


def cells(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_tables_are_frames_with_decimals_kept():
    tables = ledger().tables()

    assert list(tables) == TITLES
    projects = tables["项目台账"]
    assert list(projects.columns)[:6] == ["序号", "年度", "单位编码", "单位名称", "主管部门", "项目名称"]
    assert list(projects["预算数"]) == [Decimal("500.00"), Decimal("0.10")]
    assert projects["预算数"].sum() == Decimal("500.10")
    assert str(projects["指标数"].dtype) == "Int64"
    assert projects["状态"].map(type).eq(str).all()


def test_an_empty_ledger_has_its_columns_all_the_same(tmp_path):
    empty = Ledger.of([])
    assert [len(table) for table in empty.tables().values()] == [0, 0, 0, 0]
    assert "预算数" in empty.tables()["项目台账"].columns
    for suffix in ("xlsx", "csv", "json", "parquet"):
        assert all(path.exists() for path in empty.write(tmp_path / f"空.{suffix}"))


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_one_file_a_table_beside_each_other(tmp_path, suffix):
    written = ledger().write(tmp_path / f"总台账.{suffix}")
    assert [path.name for path in written] == [f"总台账-{title}.{suffix}" for title in TITLES]
    assert sorted(os.listdir(tmp_path)) == sorted(path.name for path in written)


def test_csv_opens_in_excel_as_chinese(tmp_path):
    path = ledger().write(tmp_path / "总台账.csv")[0]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    first, second = cells(path)
    assert (first["项目名称"], first["预算数"], second["预算数"]) == ("社保卡制卡工本费", "500.00", "0.10")
    assert first["报送次数"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)"])
def test_csv_text_can_not_turn_into_a_formula(tmp_path, text):
    path = ledger(purpose=text).write(tmp_path / "总台账.csv")[0]
    assert cells(path)[0]["资金用途"] == f"'{text}"


def test_csv_leaves_other_text_and_negative_amounts_alone(tmp_path):
    path = ledger(purpose="3=3", other="-5").write(tmp_path / "总台账.csv")[0]
    assert cells(path)[0]["资金用途"] == "3=3"
    assert cells(path)[0]["其他资金"] == "-5"


def test_json_keeps_amounts_exact(tmp_path):
    path = ledger().write(tmp_path / "总台账.json")[0]
    first = json.loads(path.read_text(encoding="utf-8"))[0]
    assert (first["预算数"], first["指标数"], first["报送次数"]) == ("500.00", 6, None)


def test_parquet_keeps_decimals_and_counts(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = ledger().write(tmp_path / "总台账.parquet")[0]
    rows = parquet.read_table(path).to_pylist()
    assert [row["预算数"] for row in rows] == [Decimal("500.00"), Decimal("0.10")]
    assert (rows[0]["指标数"], rows[0]["年度"], rows[0]["主管部门"]) == (6, 2023, "")


def test_parquet_takes_a_number_longer_than_any_decimal(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    digits = "0." + "1" * 38  # with 39 digits before the point in another row, no decimal type holds both
    table = f"产出指标 | 数量指标 | 甲 | 甲 | ≥{digits}张\n | 数量指标 | 乙 | 乙 | ≥{'9' * 39}张"
    long = Ledger.of([reading("a.xlsx", form(table))])
    rows = parquet.read_table(long.write(tmp_path / "总台账.parquet")[1]).to_pylist()
    assert [Decimal(row["数值"]) for row in rows] == [Decimal(digits), Decimal("9" * 39)]


def test_sqlite_has_a_table_for_each_with_numbers_as_numbers(tmp_path):
    (path,) = ledger(purpose="=1+1").write(tmp_path / "总台账.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert [name for (name,) in database.execute("SELECT name FROM sqlite_master")] == TITLES
        rows = database.execute(
            'SELECT "预算数", "指标数", "资金用途", "报送次数", "主管部门" FROM "项目台账"'
        ).fetchall()
    assert rows[0] == (500, 6, "=1+1", None, "")
    assert rows[1][0] == pytest.approx(0.1)


def test_duckdb_keeps_decimals_and_counts(tmp_path):
    (path,) = ledger(purpose='他说"好",\n=1+1').write(tmp_path / "总台账.duckdb")
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as database:
        rows = database.execute(
            'SELECT "预算数", "指标数", "资金用途", "报送次数", "主管部门" FROM "项目台账"'
        ).fetchall()
        assert [len(database.table(title)) for title in TITLES] == [2, 12, len(ledger().issues), 2]
    assert rows[0] == (Decimal("500.00"), 6, '他说"好",\n=1+1', None, "")


def test_duckdb_without_its_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError, match=r"pip install perfxl\[duckdb\]"):
        ledger().write(tmp_path / "总台账.duckdb")
    assert os.listdir(tmp_path) == []


def test_parquet_without_its_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install perfxl\[parquet\]"):
        ledger().write(tmp_path / "总台账.parquet")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["总台账.docx", "总台账"])
def test_an_unknown_suffix_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.xlsx、\.csv、\.json、\.parquet、\.sqlite 或 \.duckdb"):
        ledger().write(tmp_path / name)


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "json", "parquet"])
def test_writing_twice_gives_the_same_bytes(tmp_path, suffix):
    first = [path.read_bytes() for path in ledger().write(tmp_path / f"总台账.{suffix}")]
    second = [path.read_bytes() for path in ledger().write(tmp_path / f"总台账.{suffix}")]
    assert first == second


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_missing_folder_is_told_in_words(tmp_path, suffix):
    with pytest.raises(OutputError, match="文件夹不存在"):
        ledger().write(tmp_path / "没有" / f"总台账.{suffix}")


def test_a_folder_in_the_place_of_a_table_leaves_the_others_unwritten(tmp_path):
    (tmp_path / "总台账-问题清单.csv").mkdir()
    with pytest.raises(OutputError, match="总台账-问题清单"):
        ledger().write(tmp_path / "总台账.csv")
    assert os.listdir(tmp_path) == ["总台账-问题清单.csv"]


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
@pytest.mark.parametrize("code", [errno.EACCES, errno.ENOSPC])
def test_a_write_that_fails_leaves_the_old_files_as_they_were(tmp_path, monkeypatch, suffix, code):
    target = tmp_path / f"总台账.{suffix}"
    ledger().write(target)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    last = max(before)  # of several files, one that is not the first
    real = os.replace

    def fails(source: str, to: Path) -> None:
        if Path(to).name == last:
            raise OSError(code, "no")
        real(source, to)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OutputError, match=last):
        ledger(purpose="改过").write(target)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
