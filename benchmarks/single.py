"""One workbook: reading and checking it, marking it, and reading one with a cell in the last corner of the sheet."""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.contents import Contents, forms
from benchmarks.measure import Failed
from benchmarks.programs import FORM_PART, PROGRAMS, saved_by
from benchmarks.results import Figure, Listing, Section
from perfxl.layout import RESULT_SHEET, RESULTS
from perfxl.marking import highlight
from perfxl.reading import Reading, read_forms
from perfxl.rules import check

_FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'


def _mistaken() -> Contents:
    """A form of fifteen or so indicators with a mistake in one of its cells."""
    return next(form for form in forms(1000) if form.planted and form.planted[0].code == "V05" and len(form.rows) == 15)


def _in_turn(rounds: int, actions: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of processor time that each takes, the best of the rounds; one more before them warms up."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(rounds + 1):
        for name, action in actions.items():
            start = time.process_time()
            action()
            if turn:
                taken[name].append(time.process_time() - start)
    return {name: min(times) for name, times in taken.items()}


def reading(rounds: int) -> Section:
    """Reading and checking a form, as each program saves it, against inflating its part and counting the cells."""
    lines, ratios = [], {}
    with tempfile.TemporaryDirectory() as place:
        for program in PROGRAMS:
            path = Path(place) / f"{program}.xlsx"
            path.write_bytes(saved_by(program, _mistaken()))
            if [issue.code for issue in check(read_forms(path).forms)] != [one.code for one in _mistaken().planted]:
                raise Failed(f"a form saved by {program} is not read as it was filled in")
            taken = _in_turn(
                rounds,
                {
                    "floor": lambda path=path: _count_cells(path),
                    "read": lambda path=path: read_forms(path),
                    "read and check": lambda path=path: check(read_forms(path).forms),
                },
            )
            ratios[program] = taken["read and check"] / taken["floor"]
            lines.append([program, *(f"{seconds * 1000:.2f}" for seconds in taken.values()), f"{ratios[program]:.1f}"])
    return Section(
        "Reading and checking one form",
        "A form of 15 indicators with all bounds and all rules, its one finding the planted mistake; against the floor: "
        "opening the file, inflating the form's part and counting the cells in it.  Milliseconds of processor time.",
        Listing(("saved by", "floor", "read", "read and check", "× floor"), lines),
        [
            Figure(f"read + check of one form saved by {name}, over the floor", ratio, most=15)
            for name, ratio in ratios.items()
        ],
    )


def _count_cells(path: Path) -> int:
    with zipfile.ZipFile(path) as package:
        return package.read(FORM_PART).count(b"<c ")


def marking(rounds: int) -> Section:
    """Marking a checked form against loading and saving it with openpyxl."""
    import openpyxl

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path, marked, saved = folder / "form.xlsx", folder / "marked.xlsx", folder / "saved.xlsx"
        path.write_bytes(saved_by("excel", _mistaken()))
        reading = read_forms(path)
        report = check(reading.forms)
        taken = _in_turn(
            rounds,
            {
                "perfxl marks it": lambda: highlight(path, report, to=marked),
                "openpyxl loads and saves it": lambda: openpyxl.load_workbook(path).save(saved),
            },
        )
        _must_be_marked(path, marked, reading)
    own, other = taken.values()
    return Section(
        "Marking one workbook",
        "The findings of a form of 15 indicators, saved by Excel, written into a copy of it; against one load_workbook and "
        "save.  The copy differs from the form in the sheet of findings alone, which names the cell of the planted mistake.  "
        "Processor time: waiting for the disk is not in it.",
        Listing(("", "ms"), [[name, f"{seconds * 1000:.2f}"] for name, seconds in taken.items()]),
        [Figure("marking one workbook: openpyxl's load and save over it", other / own, least=100)],
    )


def _must_be_marked(path: Path, marked: Path, reading: Reading) -> None:
    """Raises Failed unless the copy holds the finding, and the same form."""
    import openpyxl

    (planted,) = _mistaken().planted
    sheet = openpyxl.load_workbook(marked, read_only=True)[RESULT_SHEET]
    column = RESULTS.index("cell") - 1
    cells = [row[column] for row in sheet.iter_rows(min_row=RESULTS.first_row, values_only=True)]
    if planted.cell not in cells:
        raise Failed(f"the marked copy does not name {planted.cell}")
    before, after = (zipfile.ZipFile(one).read(FORM_PART) for one in (path, marked))
    if before != after or read_forms(marked, source=path.name).forms != reading.forms:
        raise Failed("marking has changed the form")


def stray_cell(rounds: int) -> Section:
    """A form with a cell at XFD1048576 against the same form without it."""
    with tempfile.TemporaryDirectory() as place:
        clean, stray = Path(place) / "clean.xlsx", Path(place) / "stray.xlsx"
        clean.write_bytes(saved_by("excel", _mistaken()))
        stray.write_bytes(_with_stray_cell(clean.read_bytes()))
        if read_forms(clean, source="x").forms != read_forms(stray, source="x").forms:
            raise Failed("the stray cell has changed the form")
        taken = _in_turn(
            rounds,
            {
                "clean form": lambda: check(read_forms(clean).forms),
                "with a cell at XFD1048576": lambda: check(read_forms(stray).forms),
            },
        )
    base, other = taken.values()
    return Section(
        "A stray cell at XFD1048576",
        "Read and checked, in milliseconds of processor time; the forms that are read are equal.",
        Listing(("", "ms"), [[name, f"{seconds * 1000:.2f}"] for name, seconds in taken.items()]),
        [Figure("a form with a stray cell at XFD1048576 over the clean form", other / base, most=2)],
    )


def _with_stray_cell(package: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == FORM_PART:
                content = content.replace(b"</sheetData>", _FAR)
            target.writestr(info, content, zipfile.ZIP_DEFLATED, 1)
    return stream.getvalue()
