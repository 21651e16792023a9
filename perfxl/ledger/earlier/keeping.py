"""Keeping what stands where a ledger is to be written: a copy of one edited by hand, and one that somebody has open."""

from __future__ import annotations

import csv
import datetime
import os
from pathlib import Path
from typing import Final

from perfxl.output import dated_names

# Excel's owner file: a byte of length, the user's name in the local encoding padded to 54; then the same in UTF-16.
_WIDE_NAME_AT: Final = 55
_LOCK_BYTES: Final = 4096


def kept_copy_name(path: Path, date: datetime.date) -> Path:
    """Where to keep a ledger edited by hand: ``总台账（人工修改）2026-11-23.xlsx`` beside it, the next free name."""
    return next(kept for kept in dated_names(path, "人工修改", date) if not os.path.lexists(kept))


def open_elsewhere(path: Path) -> str | None:
    """That somebody has the file open, and who, in Chinese; None where no lock file of Excel, WPS or LibreOffice says so.

    Excel and WPS put ``~$总台账.xlsx`` beside it ([MS-OFFCRYPTO] knows it as the owner file), LibreOffice
    ``.~lock.总台账.xlsx#``, a line of names, host, time and profile.
    """
    for name, program, who in (
        (f"~${path.name}", "Excel 或 WPS", _excel_user),
        (f".~{path.name}", "WPS", _excel_user),
        (f".~lock.{path.name}#", "LibreOffice", _libreoffice_user),
    ):
        lock = path.with_name(name)
        try:
            with lock.open("rb") as stream:
                user = who(stream.read(_LOCK_BYTES))
        except PermissionError:  # Excel lets nobody read it while it is open
            user = ""
        except OSError:  # there is none, or no name can be that long
            continue
        by = f"（{user}）" if user else ""
        return (
            f"{path.name}：正在 {program} 中打开{by}。请先保存并关闭，再运行一次；"
            f"如果确实没有人打开，请删去同一文件夹里的“{name}”。"
        )
    return None


def _excel_user(content: bytes) -> str:
    length = int.from_bytes(content[_WIDE_NAME_AT : _WIDE_NAME_AT + 2], "little")
    name = content[_WIDE_NAME_AT + 2 : _WIDE_NAME_AT + 2 + 2 * length].decode("utf-16-le", "ignore")
    return _printable(name)


def _libreoffice_user(content: bytes) -> str:
    line = content.decode("utf-8", "ignore").rstrip(";\r\n")
    fields = next(csv.reader([line], escapechar="\\", quoting=csv.QUOTE_NONE), [])
    return _printable(next((name for name in fields[:2] if name.strip()), ""))


def _printable(name: str) -> str:
    return "".join(char for char in name if char.isprintable()).strip()[:50]
