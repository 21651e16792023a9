"""What checking a form costs beside reading it: all rules on one form of 15 indicators, against python-calamine.

    python benchmarks/check_and_read.py

Both are timed in one run, in turn, and the ratio of the medians is told: machines differ, ratios hardly.  Every round
checks a form read afresh, since a form keeps what was worked out about it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from python_calamine import CalamineWorkbook

from perfxl.assets import example_text
from perfxl.form import TargetForm
from perfxl.reading import read_forms
from perfxl.rules import check
from perfxl.template import Issuance, build

ROUNDS = 200
INDICATORS = 15
SHEET = "绩效目标表"


def form_of_fifteen() -> TargetForm:
    """Form 100 of the published nine, the one with most indicators, cut to fifteen."""
    form = next(form for form in read_forms(example_text()).forms if form.project_no.text == "100")
    return replace(form, indicators=form.indicators[:INDICATORS])


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        path.write_bytes(build(Issuance(year=2023), [form_of_fifteen()]))
        reading: list[float] = []
        own: list[float] = []
        checking: list[float] = []
        for _ in range(ROUNDS):
            reading.append(seconds(lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_name(SHEET).to_python()))
            start = time.perf_counter()
            (form,) = read_forms(path).forms
            own.append(time.perf_counter() - start)
            checking.append(seconds(lambda form=form: check(form)))  # type: ignore[misc]
    base = statistics.median(reading)
    rows = (("python-calamine reads it", reading), ("perfxl reads it", own), ("perfxl checks it", checking))
    for name, times in rows:
        print(f"{name:<26}{statistics.median(times) * 1000:8.2f} ms   × {statistics.median(times) / base:.2f}")
    print(f"issues: {len(check(form))}")


if __name__ == "__main__":
    main()
