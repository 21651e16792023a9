"""What people write into the ledger survives every run, whatever they did to the sheets: through files, three runs each."""

from __future__ import annotations

import datetime
import random
import tempfile
from collections import Counter
from pathlib import Path

import openpyxl
from forms import form
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from perfxl.ledger import Ledger
from perfxl.season.collecting import collect
from perfxl.template import Issuance, build

TODAY = datetime.date(2026, 11, 23)
HEADINGS = ("审核意见", "经办人", "备注")
PROJECTS = ("甲项目", "乙项目", "丙项目")

# What a person types: never blank, never white space alone, no two the same, so that each can be found again.
texts = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12), min_size=3, max_size=9, unique=True
)


def received(folder: Path) -> Path:
    """Three forms; the third is sent in two versions that nobody but a person can decide between."""
    place = folder / "收到"
    place.mkdir()
    for name in PROJECTS:
        (place / f"{name}.xlsx").write_bytes(build(Issuance(), [form(project=name)]))
    (place / "丙项目v2.xlsx").write_bytes(build(Issuance(), [form(project="丙项目", purpose="别的用途。")]))
    return place


def heading_row(sheet: Worksheet, heading: str) -> tuple[int, dict[object, int]]:
    row = next(cell.row for line in sheet.iter_rows() for cell in line if cell.value == heading)
    return row, {cell.value: cell.column for cell in sheet[row]}


def write_into(path: Path, typed: list[str], chance: random.Random) -> list[str]:
    """Type texts into free cells of people's while there are any, and do to the sheets what people do.

    Returns:
        the texts that found a cell.
    """
    book = openpyxl.load_workbook(path)
    sheet = next(
        one for one in book.worksheets if any(cell.value == "审核意见" for line in one.iter_rows() for cell in line)
    )
    row, columns = heading_row(sheet, "审核意见")
    cells = [sheet.cell(line, columns[name]) for line in range(row + 1, sheet.max_row + 1) for name in HEADINGS]
    free = [cell for cell in cells if cell.value is None]
    chance.shuffle(free)
    for cell, text in zip(free, typed, strict=False):
        cell.value, cell.data_type = text, "s"
    if chance.random() < 0.5:  # sorted by hand
        lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=row + 1)]
        chance.shuffle(lines)
        for number, line in enumerate(lines, row + 1):
            for column, value in enumerate(line, 1):
                cell = sheet.cell(number, column)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"
    if chance.random() < 0.3:
        sheet.row_dimensions[row + 1].hidden = True  # filtered out
    if chance.random() < 0.3:
        sheet.title = f"台账{chance.randrange(9)}"
    if chance.random() < 0.3:
        book.move_sheet(sheet, -2)
    book.save(path)
    return typed[: len(free)]


def kept(ledger: Ledger) -> str:
    """Everything that people's columns hold now, and what is kept aside."""
    written = [getattr(row, name) for row in ledger.projects for name in ("opinion", "handler", "remark")]
    written += [row.adopted for row in ledger.versions] + [row.text for row in ledger.notes]
    return "\n".join(filter(None, written))


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed=texts, chance=st.randoms(use_true_random=False))
def test_every_text_typed_is_in_the_ledger_after_three_runs_of_edits(typed, chance):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place, path = received(folder), folder / "总台账.xlsx"
        collect(place, path, today=TODAY)
        shares = [typed[run::3] for run in range(3)]
        placed: list[str] = []
        for share in shares:
            placed += write_into(path, share, chance)
            if chance.random() < 0.3:  # one project is withdrawn: its notes are kept aside
                (place / "乙项目.xlsx").unlink(missing_ok=True)
            ledger = collect(place, path, today=TODAY).ledger

        lines = Counter(kept(ledger).split("\n"))
        assert {text: lines[text] for text in placed if lines[text] != 1} == {}
