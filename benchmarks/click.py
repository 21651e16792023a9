"""What a click on 校验 costs: a fresh Python from its start until the results are written.

Held against ``import xlwings, pandas, openpyxl, pydantic`` in the same Python plus reading the form and writing the list
on the same engine (one in memory: what Excel itself takes is the same for both).  Best of several, taken in turn.

    PYTHONPATH=. python benchmarks/click.py [times]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from perfxl import __version__
from perfxl.assets import example_text
from perfxl.importing import import_documents
from perfxl.layout import FORM_SHEET, RESULT_SHEET

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]
from engines.stored import store  # noqa: E402

CLICK = ROOT / "tests" / "engines" / "fresh_click.py"
TARGET = 0.25
USUAL = """
import sys
import xlwings, pandas, openpyxl, pydantic
sys.path[:0] = [{tests!r}]
from engines.engine import Desk, register
from engines.memory_host import MemoryHost
register("memory", Desk(MemoryHost, [MemoryHost({workbook!r})]))
book = xlwings.apps.active.books.active
values = book.sheets[{form!r}].used_range.options(ndim=2).value
book.sheets[{results!r}].range((6, 1), (35, 14)).value = [["x"] * 14] * 30
open({written!r}, "w").close()
"""


def seconds(command: list[str], environment: dict[str, str], written: Path) -> float:
    """From the start of the process until it has written that file; what it does to end itself is not waited for."""
    written.unlink(missing_ok=True)
    start = time.time()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return written.stat().st_mtime - start


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        imported = import_documents([example_text()], folder)
        assert imported[0].workbook is not None
        workbook = store(imported[0].workbook, Path(folder) / "form.json")
        told = {"PERFXL_EXCHANGE": folder, "PERFXL_LOG_FOLDER": folder, "PERFXL_ADDIN_VERSION": __version__}
        environment = {**os.environ, **told, "PYTHONPATH": str(ROOT)}
        written = Path(folder) / "result.txt"
        usual = USUAL.format(
            tests=str(ROOT / "tests"),
            workbook=str(workbook),
            form=FORM_SHEET,
            results=RESULT_SHEET,
            written=str(written),
        )
        clicks, usuals = [], []
        for _ in range(times + 1):  # the first of each warms the disk
            clicks.append(seconds([sys.executable, str(CLICK), str(workbook), "validate_form"], environment, written))
            usuals.append(seconds([sys.executable, "-c", usual], environment, written))
    click, other = min(clicks[1:]), min(usuals[1:])
    verdict = "within" if click <= TARGET * other else "OVER"
    print(f"click on 校验: {click:.3f} s; usual imports, read, write: {other:.3f} s")
    print(f"ratio {click / other:.2f}, {verdict} the target of {TARGET}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
