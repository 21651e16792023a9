"""A reader that dies, hangs, swells or talks nonsense costs one file and never the run."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import oldbooks, packages

from perfxl.errors import UnreadableFile
from perfxl.intake.apart import ask
from perfxl.intake.limits import Limits
from perfxl.ledger import Status, consolidate
from perfxl.reading import read_package
from perfxl.settings import Settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands in for the process apart by a shell script")

TROUBLES = {
    "aborts": "kill -ABRT $$",
    "is killed": "kill -KILL $$",
    "fails": "exit 1",
    "says nothing": "exit 0",
    "talks nonsense": "echo sheets; echo no JSON",
    "says something else": "echo sheets; echo '[[1]]'",
    "is cut off": "printf sheets",
    "is no answer of ours": "head -c 100000 /dev/urandom",
    "hangs": "exec sleep 60",
    "floods": "yes | head -c 3000000; exit 1",
}


@pytest.fixture(params=TROUBLES)
def trouble(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{TROUBLES[request.param]}\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return str(request.param)


def test_whatever_the_reader_does_the_file_is_refused_in_words(trouble: str) -> None:
    limits = replace(Limits(), worker_seconds=1)
    started = time.monotonic()
    with pytest.raises(UnreadableFile, match=r"旧\.xls：打不开，文件已损坏、有密码或内容过多。请.+原文件没有改动。"):
        read_package(oldbooks.xls(oldbooks.book()), "旧.xls", limits=limits)
    assert time.monotonic() - started < 30, "a reader that hangs is ended"


def test_the_run_goes_on_without_it(trouble: str, tmp_path: Path) -> None:
    folder = tmp_path / "收到"
    folder.mkdir()
    (folder / "旧.xls").write_bytes(oldbooks.xls(oldbooks.book()))
    (folder / "新.xlsx").write_bytes(packages.sound())
    ledger = consolidate(folder, settings=Settings(limits=replace(Limits(), worker_seconds=1)))
    assert {row.file: row.status for row in ledger.sources} == {
        "旧.xls": Status.UNREADABLE,
        "新.xlsx": Status.ACCEPTED,
    }


def test_a_reader_that_would_swell_is_ended() -> None:
    """A sheet of 60,000 rows by 250 columns is some hundreds of megabytes to the reader of .xls."""
    wide = oldbooks.xls(oldbooks.book({(60_000, 250): oldbooks.Cell("x")}))
    assert ask(wide, (), replace(Limits(), worker_memory=300 << 20)).kind == "failed"


def test_an_interpreter_that_can_not_be_started_is_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert ask(b"x", (), Limits()).kind == "failed"


def test_what_lies_in_the_current_folder_is_never_taken_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_package(oldbooks.xls(oldbooks.book()), "旧.xls").forms


def test_a_file_that_is_too_much_for_this_computer_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("perfxl.reading.open_workbook", too_much)
    with pytest.raises(UnreadableFile, match=r"^表\.xlsx：内容过多，内存不够，无法读取。请.+。$"):
        read_package(packages.sound(), "表.xlsx")
