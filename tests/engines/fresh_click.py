"""A click in a fresh Python, as the launcher starts it, over a workbook in memory; prints what was imported and listed.

``python fresh_click.py <workbook.json> <command>`` with the launcher's environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]


def main() -> None:
    path, command = sys.argv[1:]
    from perfxl.addin import ribbon
    from perfxl.addin.excel import load_xlwings

    load_xlwings()  # as a click does it: before anything else can import all of xlwings
    from engines.engine import Desk, register
    from engines.memory_host import MemoryHost

    desk = Desk(MemoryHost, [MemoryHost(path)], {"Path": True})
    register("memory", desk)
    sys.argv = ["-c", command, "--from_xl=1", f"--hwnd={desk.hwnd}", f"--wb={desk.hosts[0].name}"]
    code = ribbon.main()
    cells = desk.hosts[0].cells["校验结果"]
    rows = [[cells.get((row, column)) for column in range(1, 15)] for row in range(6, 26) if cells.get((row, 1))]
    print(json.dumps({"code": code, "modules": sorted(sys.modules), "rows": rows}))


if __name__ == "__main__":
    main()
