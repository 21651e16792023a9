"""The cells of a workbook in a format that only python-calamine reads (.xls, .et, .ods, .xlsb), read in a process apart.

calamine lays out the whole rectangle that a sheet spans: a stray cell far out, or a damaged file, ends its process.
The module is both sides: :func:`foreign_cells` starts ``python -m perfxl.intake.foreign_cells``, which reads the file
from its standard input and writes JSON.
"""

from __future__ import annotations

import datetime
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

__all__ = ["Cell", "ForeignSheet", "foreign_cells"]

_SECONDS: Final = 60
# Of address space: a form takes a few megabytes, the rest is what a Python takes.
_MEMORY: Final = 1 << 30

#: Row, column (from 1), content.  Dates come as datetime.date or datetime.datetime.
Cell = tuple[int, int, str | float | bool | datetime.date]
ForeignSheet = tuple[str, list[Cell]]


def foreign_cells(data: bytes) -> list[ForeignSheet] | None:
    """The sheets of the workbook with their cells that are not blank; None where nothing can be read.

    An empty text, an error value and a formula without a value can't be told from a blank cell.
    """
    try:
        # -P: nothing in the folder where somebody happens to work is taken for a module.
        command = [sys.executable, "-P", "-m", "perfxl.intake.foreign_cells"]
        result = subprocess.run(
            command, input=data, env=_environment(), capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if result.returncode != 0:
        return None
    return [(name, [_unpacked(*cell) for cell in cells]) for name, cells in json.loads(result.stdout)]


def _environment() -> dict[str, str]:
    """This process's, in which perfxl is found wherever this process has it from."""
    home = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), home)))}


def _unpacked(row: int, column: int, kind: str, value: Any) -> Cell:
    if kind == "date":
        return row, column, datetime.date.fromisoformat(value)
    if kind == "datetime":
        return row, column, datetime.datetime.fromisoformat(value)
    return row, column, value


# -- the process apart


def _read(data: bytes) -> list[tuple[str, list[tuple[int, int, str, Any]]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [(name, list(_packed(book.get_sheet_by_name(name)))) for name in book.sheet_names]


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
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = json.dumps(_read(sys.stdin.buffer.read()), ensure_ascii=True)
    sys.stdout.buffer.write(content.encode())


if __name__ == "__main__":
    _main()
