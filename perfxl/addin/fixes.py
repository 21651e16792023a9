"""What stood in the cells before 一键修正: Excel forgets its own undo when a program writes, so perfxl keeps it.

One file a correction, in the user's own folder, written before the first cell is changed.  Nothing is put into the
workbook: what a clerk typed before is nobody else's business.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from perfxl.issue import At
from perfxl.output import output_error, write_whole

_FOLDER = "fixes"


@dataclass(frozen=True, slots=True)
class Changed:
    """One cell: the whole text that stood in it, and the one put in its place."""

    sheet: str
    cell: str
    before: str
    after: str

    @property
    def at(self) -> At:
        return At.parse(self.sheet, self.cell)


@dataclass(frozen=True, slots=True)
class Record:
    """One correction: the workbook by its name with folder, the key of the form, the cells."""

    path: Path
    book: str
    form: str
    cells: tuple[Changed, ...]


def user_folder() -> Path:
    """Where perfxl keeps what belongs to this user: ``%APPDATA%\\perfxl``."""
    home = os.environ.get("APPDATA") or os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "perfxl"


def keep(book: str, form: str, cells: Sequence[Changed]) -> Record:
    """Write the record down.

    Raises:
        OutputError: it can't be written, so nothing may be changed.
    """
    told = {"book": book, "form": form, "cells": [asdict(cell) for cell in cells]}
    content = json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
    folder = user_folder() / _FOLDER
    path = folder / f"{time.time_ns():020d}-{hashlib.sha256(content).hexdigest()[:8]}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error
    write_whole(path, content)
    return Record(path, book, form, tuple(cells))


def kept(book: str, forms: Sequence[str]) -> Iterator[Record]:
    """The corrections that may be taken back here, the latest first: this workbook's, then others of the same forms.

    A workbook saved under another name is found by its forms; whether such a record fits, its cells must tell.
    """
    records = [
        record for path in sorted((user_folder() / _FOLDER).glob("*.json"), reverse=True) for record in _read(path)
    ]
    yield from (record for record in records if record.book == book)
    yield from (record for record in records if record.book != book and record.form in forms)


def forget(record: Record) -> None:
    """Drop the record: its cells are as they were."""
    record.path.unlink(missing_ok=True)


def _read(path: Path) -> Iterator[Record]:
    """The record, or nothing where the file is no record of ours."""
    try:
        told = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        yield Record(path, told["book"], told["form"], tuple(Changed(**cell) for cell in told["cells"]))
    except (OSError, ValueError, KeyError, TypeError):
        return
