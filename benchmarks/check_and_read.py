"""What reading and checking one form costs: a form of 15 indicators, all bounds and all rules on.

    python benchmarks/check_and_read.py

Beside it, in the same run and in turn: the floor (the form sheet's part inflated and its cells counted) and python-calamine,
which reads that sheet and checks nothing.  Medians of processor time are told, and their ratios: machines differ, ratios
hardly.  Every round checks a form read afresh, since a form keeps what was worked out about it; the findings must be
those of the form as it was made.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from python_calamine import CalamineWorkbook

from perfxl.assets import example_text
from perfxl.form import TargetForm
from perfxl.intake.grid import open_workbook
from perfxl.layout import FORM_SHEET
from perfxl.reading import read_forms
from perfxl.rules import check
from perfxl.template import Issuance, build

ROUNDS = 200
INDICATORS = 15
TARGET = 15.0
CELL = re.compile(rb"<c ")


def form_of_fifteen() -> TargetForm:
    """Form 100 of the published nine, the one with most indicators, cut to fifteen."""
    form = next(form for form in read_forms(example_text()).forms if form.project_no.text == "100")
    return replace(form, indicators=form.indicators[:INDICATORS])


def seconds(action: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    action()
    return time.process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = form_of_fifteen()
        path = Path(folder) / "form.xlsx"
        path.write_bytes(build(Issuance(year=2023), [made]))
        part = next(sheet.part for sheet in open_workbook(path).sheets if sheet.name == FORM_SHEET)
        expected = [(issue.code, issue.message) for issue in check(read_forms(path).forms)]

        def floor() -> int:
            with zipfile.ZipFile(path) as archive:
                return len(CELL.findall(archive.read(part)))

        times: dict[str, list[float]] = {name: [] for name in ("floor", "python-calamine", "reads", "checks")}
        for _ in range(ROUNDS):
            times["floor"].append(seconds(floor))
            calamine = lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_name(FORM_SHEET).to_python()  # noqa: E731
            times["python-calamine"].append(seconds(calamine))
            start = time.process_time()
            forms = read_forms(path).forms
            times["reads"].append(time.process_time() - start)
            start = time.process_time()
            issues = check(forms)
            times["checks"].append(time.process_time() - start)
            assert [(issue.code, issue.message) for issue in issues] == expected
    told(times)


def told(times: dict[str, list[float]]) -> None:
    base = statistics.median(times["floor"])
    for name, measured in times.items():
        print(f"{name:<18}{statistics.median(measured) * 1000:8.2f} ms   × {statistics.median(measured) / base:.2f}")
    whole = (statistics.median(times["reads"]) + statistics.median(times["checks"])) / base
    print(
        f"read and check: × {whole:.2f} of the floor, {'within' if whole <= TARGET else 'OVER'} the target of {TARGET:g}"
    )


if __name__ == "__main__":
    main()
