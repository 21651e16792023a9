"""Our reader against openpyxl, calamine and LibreOffice: no cell is read wrongly in silence.

Each form is written in many ways (as Excel, WPS, LibreOffice and careful programs write it), and each of its typed cells
is read by every reader.  Where ours differs from what was typed, it must be told of that cell.
"""

from __future__ import annotations

import functools
import io
import itertools
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from forms import published_forms
from python_calamine import CalamineWorkbook

from hostile import packages as p
from office.driver import missing_parts
from perfxl.form import TargetForm
from perfxl.intake.cells import Grid
from perfxl.intake.grid import open_workbook
from perfxl.intake.number import Number
from perfxl.issue import At
from perfxl.layout import FORM_SHEET
from perfxl.reading import Reading, read_package, typed_entries
from perfxl.template import Issuance, build
from perfxl.text import tidy


def _parts(data: bytes, change: Callable[[bytes], bytes], *, every: bool = False) -> bytes:
    return p.packed(
        {name: change(part) if every or name.endswith(".xml") else part for name, part in p.parts(data).items()}
    )


def _by_openpyxl(data: bytes) -> bytes:
    stream = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(stream)
    return stream.getvalue()


REWRITES: dict[str, Callable[[bytes], bytes]] = {
    "as built": lambda data: data,
    "strict": lambda data: _parts(data, p.strict, every=True),
    "utf-16": lambda data: _parts(data, p.utf16),
    "prefixes": lambda data: _parts(data, p.prefixed),
    "attributes": lambda data: _parts(data, p.shuffled),
    "openpyxl": _by_openpyxl,
    "prefixes and attributes": lambda data: _parts(_parts(data, p.shuffled), p.prefixed),
    "texts in the cells": p.inline_strings,
    "rich runs": lambda data: p.rich_text(False, data),
    "phonetic guides": lambda data: p.rich_text(True, data),
    "sheets in another order": p.other_order,
    "days since 1904": p.date1904,
    "WPS": lambda data: p.other_order(_parts(p.rich_text(True, data), p.shuffled)),
}
# openpyxl finds no sheet in Strict OOXML, calamine no cell in UTF-16: there we read what they don't.
UNREAD = ("strict", "utf-16")


@functools.cache
def workbooks() -> tuple[bytes, ...]:
    """One of our own and the two published ones with most indicators; the others are left to the thorough run."""
    published = sorted(published_forms(year=2023).values(), key=lambda form: len(form.indicators), reverse=True)
    return p.sound(), *(build(Issuance(year=2027), [form]) for form in published[:2])


def typed(form: TargetForm) -> dict[str, str]:
    return {
        entry.at.a1: tidy(entry.raw)
        for entry in typed_entries(form)
        if isinstance(entry.at, At) and tidy(entry.raw or "")
    }


def ours(reading: Reading) -> tuple[dict[str, str], set[str]]:
    """What our reader gives by cell, and the cells it tells of."""
    (form,) = reading.forms
    faults = {entry.at.a1 for entry in typed_entries(form) if entry.fault and isinstance(entry.at, At)}
    told = {issue.at.a1 for issue in reading.issues if isinstance(issue.at, At)}
    return typed(form), faults | told


def same(one: object, other: object) -> bool:
    """Equal as text, or as the number it is."""
    if isinstance(one, (int, float, Decimal)) or isinstance(other, (int, float, Decimal)):
        try:
            return abs(Decimal(str(one)) - Decimal(str(other))) < Decimal("1e-9")
        except ArithmeticError:
            return False
    return tidy(str(one)) == tidy(str(other))


def contents(grid: Grid) -> Iterator[tuple[str, object]]:
    for (row, column), value in grid.cells.items():
        if isinstance(value, (str, Number)) and (row, column) not in grid.formulas and value != "":
            yield At("", row, column).a1, value.value if isinstance(value, Number) else value


@pytest.mark.parametrize("rewrite", REWRITES)
def test_every_form_reads_the_same_however_it_was_written(rewrite: str) -> None:
    compare(rewrite, workbooks())


@pytest.mark.thorough
@pytest.mark.parametrize("rewrite", REWRITES)
def test_all_published_forms_read_the_same_however_they_were_written(rewrite: str) -> None:
    compare(rewrite, [build(Issuance(year=2027), [form]) for form in published_forms(year=2023).values()])


def compare(rewrite: str, written: Iterable[bytes]) -> None:
    for built in written:
        wanted, _ = ours(read_package(built, "原.xlsx"))
        found, told = ours(read_package(REWRITES[rewrite](built), "改.xlsx"))
        wrong = {at for at in wanted.keys() | found.keys() if wanted.get(at) != found.get(at)}
        assert wrong <= told, (rewrite, {at: (wanted.get(at), found.get(at)) for at in wrong - told})
        assert wanted, "nothing was compared"


@pytest.mark.parametrize("rewrite", [name for name in REWRITES if name not in UNREAD])
def test_openpyxl_and_calamine_see_the_cells_that_we_see(rewrite: str) -> None:
    for built in workbooks():
        data = REWRITES[rewrite](built)
        mine = dict(contents(open_workbook(data).grid(FORM_SHEET)))
        sheet = openpyxl.load_workbook(io.BytesIO(data))[FORM_SHEET]
        rows = (
            CalamineWorkbook.from_filelike(io.BytesIO(data))
            .get_sheet_by_name(FORM_SHEET)
            .to_python(skip_empty_area=False)
        )
        assert len(mine) > 60
        for address, value in mine.items():
            at = At.parse("", address)
            assert same(sheet[address].value, value), address
            assert same(rows[at.row - 1][at.column - 1], value), address


# -- LibreOffice

TROUBLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "sound": ("", p.sound),
    "percent": ("C4", lambda: p.with_number("C4", "500", "0%")),
    "date": ("C4", lambda: p.with_number("C4", "500", "yyyy/m/d")),
    "percent in a value": ("F18", lambda: p.with_number("F18", "0.99", "0%")),
    "error": ("E4", lambda: p.edited(sheet=p.with_cell("E4", "<f>1/0</f><v>#DIV/0!</v>", 't="e"'))),
    "reference": ("B5", lambda: p.edited(sheet=p.with_cell("B5", "<f>#REF!</f><v>#REF!</v>", 't="e"'))),
    "date since 1904": ("C4", lambda: p.date1904(p.with_number("C4", "500", "yyyy/m/d"))),
    "hidden row": ("B18", lambda: p.edited(sheet=lambda text: text.replace('<row r="18"', '<row hidden="1" r="18"'))),
    "hidden column": (
        "C4",
        lambda: p.edited(sheet=p.after_start("cols", '<col min="3" max="3" width="9" hidden="1"/>')),
    ),
    "merged": ("C20", lambda: p.edited(sheet=p.before_end("mergeCells", '<mergeCell ref="C20:C21"/>'))),
}


@pytest.fixture(scope="module")
def saved_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each trouble as LibreOffice saves it: .xlsx, .xls, .ods."""
    if missing_parts():
        pytest.skip("没有 LibreOffice")
    folder = tmp_path_factory.mktemp("office")
    for name, (_, make) in TROUBLES.items():
        (folder / f"{name}.xlsx").write_bytes(make())
    for name, rewrite in REWRITES.items():
        (folder / f"{name}.xlsx").write_bytes(rewrite(p.sound()))
    program = shutil.which("soffice")
    assert program is not None
    for suffix in ("xlsx", "xls", "ods"):
        profile = f"-env:UserInstallation=file://{folder}/profile"
        files = [str(folder / f"{name}.xlsx") for name in (*TROUBLES, *(REWRITES if suffix == "xlsx" else ()))]
        command = [program, profile, "--headless", "--convert-to", suffix, "--outdir", str(folder / "out"), *files]
        subprocess.run(command, capture_output=True, timeout=120, check=True)
    return folder / "out"


@pytest.mark.office
@pytest.mark.parametrize("rewrite", REWRITES)
def test_libreoffice_sees_the_cells_that_we_see(saved_again: Path, rewrite: str) -> None:
    wanted, _ = ours(read_package(p.sound(), "原.xlsx"))
    found, told = ours(read_package((saved_again / f"{rewrite}.xlsx").read_bytes(), "表.xlsx"))
    assert {at: found.get(at) for at in wanted} == wanted
    assert not told & wanted.keys()


@pytest.mark.office
@pytest.mark.parametrize(("name", "suffix"), list(itertools.product(TROUBLES, ("xlsx", "xls", "ods"))))
def test_what_libreoffice_saved_again_is_read_right_or_told(saved_again: Path, name: str, suffix: str) -> None:
    wanted, _ = ours(read_package(p.sound(), "原.xlsx"))
    found, told = ours(read_package((saved_again / f"{name}.{suffix}").read_bytes(), f"表.{suffix}"))
    address = TROUBLES[name][0]
    if name == "percent in a value":  # what is shown is read, percent sign and all
        assert found[address] == "99%"
        wanted = {**wanted, address: "99%"}
    elif address:
        assert address in told
    if name == "merged":  # what is hidden under the other is gone
        wanted = {**wanted, "C21": found.get("C21", "")}
    wrong = {at for at in wanted.keys() | found.keys() if not same(wanted.get(at, ""), found.get(at, ""))}
    amounts = {"C4", "E4", "G4"}
    assert {at for at in wrong - told if at not in amounts or Decimal(found[at]) != Decimal(wanted[at])} == set()
