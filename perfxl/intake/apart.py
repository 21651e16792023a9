"""The process apart: it opens what only other people's readers can open, and may hang or die of it.

``python -m perfxl.intake.apart`` reads a file from its standard input and answers on its standard output, under limits
of memory and time that it puts on itself: a reader that aborts, hangs or swells costs one file, not the run.  A process
of its own and not multiprocessing, so that a user's script needs no ``__main__`` guard.
"""

from __future__ import annotations

import datetime
import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from perfxl.intake.confinement import confine
from perfxl.intake.limits import Limits

# What Excel encrypts with where a file is only marked read-only; it opens such a file without asking.
_EXCELS_OWN_PASSWORD: Final = "VelvetSweatshop"
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process apart found.

    Attributes:
        kind: ``sheets``, ``package`` (an OOXML file, decrypted), ``locked`` (no password opens it), ``failed``.
        sheets: name, cells as (row, column, kind, content), notes as (row, column, kind, content).
        package: the decrypted file.
    """

    kind: str
    sheets: list[tuple[str, list[list[Any]], list[list[Any]]]]
    package: bytes = b""


_FAILED: Final = Answer("failed", [])


def ask(data: bytes, passwords: Sequence[str], limits: Limits) -> Answer:
    """Have a file opened by the process apart; whatever goes wrong there is ``failed``."""
    header = json.dumps({"passwords": list(passwords), "limits": asdict(limits)}).encode()
    # -P: nothing in the folder where somebody happens to work is taken for a module.
    command = [sys.executable, "-P", "-m", "perfxl.intake.apart"]
    try:
        result = subprocess.run(
            command,
            input=struct.pack("<I", len(header)) + header + data,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=2 * limits.worker_seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _FAILED
    kind, _, content = result.stdout.partition(b"\n")
    if result.returncode != 0:
        return _FAILED
    if kind == b"package":
        return Answer("package", [], content)
    return Answer(kind.decode(), json.loads(content) if kind == b"sheets" else [])


def _environment() -> dict[str, str]:
    """This process's, in which perfxl is found wherever this process has it from."""
    home = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), home)))}


# -- the process apart


def _answer(data: bytes, passwords: Sequence[str], limits: Limits) -> tuple[str, bytes]:
    from python_calamine import PasswordError

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

    from perfxl.intake.foreign_notes import notes_of

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    if len(book.sheet_names) > limits.sheets:
        raise ValueError
    notes = notes_of(data, limits)
    sheets = []
    count = 0
    for name in book.sheet_names:
        cells = list(_packed(book.get_sheet_by_name(name)))
        count += len(cells)
        if count > limits.cells:
            raise ValueError
        sheets.append((name, cells, notes.get(name, [])))
    return json.dumps(sheets).encode()


def _packed(sheet: Any) -> Iterator[tuple[int, int, str, Any]]:
    top, left = sheet.start or (0, 0)
    for row, values in enumerate(sheet.to_python(skip_empty_area=True), top + 1):
        for column, value in enumerate(values, left + 1):
            if value == "" or value is None:
                continue
            if isinstance(value, datetime.date):
                yield row, column, type(value).__name__, value.isoformat()
            elif isinstance(value, (str, bool, int, float)):
                yield row, column, "plain", value
            else:
                yield row, column, "plain", str(value)


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
