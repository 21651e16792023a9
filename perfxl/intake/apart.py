"""The process apart: it opens what only other people's readers can open, and may hang or die of it.

``python -m perfxl.intake.apart`` reads a file from its standard input and answers on its standard output, under limits
of memory and time that it puts on itself: a reader that aborts, hangs or swells costs one file, not the run.  A process
of its own and not multiprocessing, so that a user's script needs no ``__main__`` guard.
"""

from __future__ import annotations

import datetime
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from perfxl.intake.biff import read_xls, read_xlsb
from perfxl.intake.confinement import confine
from perfxl.intake.limits import Limits
from perfxl.intake.number import read_date
from perfxl.intake.opendocument import read_ods, sealed
from perfxl.intake.own_process import command, environment
from perfxl.intake.remarks import Remarks, Sheets

# What Excel encrypts with where a file is only marked read-only; it opens such a file without asking.
_EXCELS_OWN_PASSWORD: Final = "VelvetSweatshop"
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process apart found.

    Attributes:
        kind: ``sheets``, ``package`` (an OOXML file, decrypted), ``locked`` (no password given opens it), ``sealed``
            (no password would), ``failed``.
        sheets: name, cells as (row, column, kind, content), remarks as :class:`perfxl.intake.remarks.Remarks`.
        package: the decrypted file.
    """

    kind: str
    sheets: list[tuple[str, list[list[Any]], Remarks]]
    package: bytes = b""


_FAILED: Final = Answer("failed", [])


def ask(data: bytes, passwords: Sequence[str], limits: Limits) -> Answer:
    """Have a file opened by the process apart; whatever goes wrong there is ``failed``."""
    header = json.dumps({"passwords": list(passwords), "limits": asdict(limits)}).encode()
    try:
        result = subprocess.run(
            command("perfxl.intake.apart"),
            input=struct.pack("<I", len(header)) + header + data,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=2 * limits.worker_seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _FAILED
    if result.returncode != 0:
        return _FAILED
    try:
        return _understood(*result.stdout.split(b"\n", 1))
    except (ValueError, TypeError):  # what is no answer of ours
        return _FAILED


def _understood(kind: bytes, content: bytes) -> Answer:
    if kind == b"package":
        return Answer("package", [], content)
    sheets = json.loads(content) if kind == b"sheets" else []
    return Answer(kind.decode(), [(name, cells, Remarks(**remarks)) for name, cells, remarks in sheets])


# -- the process apart


def _answer(data: bytes, passwords: Sequence[str], limits: Limits) -> tuple[str, bytes]:
    from python_calamine import PasswordError

    if sealed(data, limits):
        return "sealed", b""
    try:
        return "sheets", _sheets(data, limits)
    except PasswordError:
        pass
    except Exception:
        if not data.startswith(_OLE2):
            raise
    opened = _decrypted(data, passwords)
    if opened is None:
        return "locked", b""
    return ("package", opened) if opened.startswith(b"PK") else ("sheets", _sheets(opened, limits))


def _decrypted(data: bytes, passwords: Sequence[str]) -> bytes | None:
    """The file as it was before it was encrypted ([MS-OFFCRYPTO]); None where no password fits.

    Raises:
        ValueError: it is not encrypted, so that something else is wrong with it.
    """
    if not data.startswith(_OLE2):
        return None
    import msoffcrypto  # type: ignore[import-untyped,unused-ignore]
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError  # type: ignore[import-untyped,unused-ignore]

    for password in (*passwords, _EXCELS_OWN_PASSWORD):
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            raise ValueError
        opened = io.BytesIO()
        try:
            file.load_key(password=password)
            file.decrypt(opened)
        except (DecryptionError, InvalidKeyError):
            continue
        # A wrong key of the old ciphers is not always told: what comes out must be a file.
        if opened.getvalue().startswith((b"PK", _OLE2)):
            return opened.getvalue()
    return None


def _sheets(data: bytes, limits: Limits) -> bytes:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    if len(book.sheet_names) > limits.sheets:
        raise ValueError
    remarks = _remarks(data, limits)
    sheets = []
    count = 0
    for name in book.sheet_names:
        cells = list(_packed(book.get_sheet_by_name(name)))
        count += len(cells)
        if count > limits.cells:
            raise ValueError
        sheets.append((name, cells, asdict(remarks.get(name, Remarks()))))
    return json.dumps(sheets).encode()


def _remarks(data: bytes, limits: Limits) -> dict[str, Remarks]:
    """The remarks by sheet name; ValueError where there are more than the limits allow."""
    sheets: Sheets = defaultdict(Remarks)
    if not data.startswith(b"PK"):
        read_xls(data, sheets)
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.bin" in names:
                read_xlsb(archive, sheets, limits)
            elif "content.xml" in names:
                read_ods(archive, sheets, limits)
    for sheet in sheets.values():
        if max(len(sheet.cells), len(sheet.formulas)) > limits.cells or len(sheet.merges) > limits.merges:
            raise ValueError
    return dict(sheets)


def _packed(sheet: Any) -> Iterator[tuple[int, int, str, Any]]:
    top, left = sheet.start or (0, 0)
    for row, values in enumerate(sheet.to_python(skip_empty_area=True), top + 1):
        for column, value in enumerate(values, left + 1):
            if value == "" or value is None:
                continue
            if isinstance(value, (str, bool, int, float)):
                yield row, column, "plain", value
            else:
                yield row, column, "serial", _serial(value)


def _serial(moment: object) -> str:
    """A date or time as the number that it is in a cell, days since the end of 1899; ISO text of what is neither."""
    if isinstance(moment, datetime.timedelta):
        return str(Decimal(moment // datetime.timedelta(microseconds=1)) / 86_400_000_000)
    if isinstance(moment, datetime.time):
        return _serial(datetime.datetime.combine(datetime.date.min, moment) - datetime.datetime.min)
    number = read_date(moment.isoformat(), False) if isinstance(moment, datetime.date) else None
    if number is None:
        raise ValueError
    return str(number)


def _main() -> None:
    source = sys.stdin.buffer
    (length,) = struct.unpack("<I", source.read(4))
    header = json.loads(source.read(length))
    limits = Limits(**header["limits"])
    confine(limits.worker_memory, limits.worker_seconds)
    kind, content = _answer(source.read(), header["passwords"], limits)
    if len(content) > limits.answer_bytes:
        raise SystemExit(1)
    sys.stdout.buffer.write(kind.encode() + b"\n" + content)


if __name__ == "__main__":
    _main()
