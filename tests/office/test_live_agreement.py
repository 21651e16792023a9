"""The live checks and the Python rules agree: the same forms through a real LibreOffice and through ``check``.

Where they may differ is said by :func:`perfxl.rules.reach.claims`, and by nothing here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from office.driver import Document, Office
from office.generated import Made, Maker, blocks, grid_of
from perfxl.form import TargetForm
from perfxl.intake.cells import CellError, Grid
from perfxl.intake.grid import open_workbook
from perfxl.issue import At, Severity, column_letters
from perfxl.layout import FORM_SHEET, LATEST
from perfxl.reading import read_forms
from perfxl.recognition import read_sheet
from perfxl.rules import check
from perfxl.rules.reach import claims, reads
from perfxl.template import DEFAULT_PASSWORD, Issuance, build
from perfxl.template.live import END, ERROR_VALUE, MUST, LiveSheet
from perfxl.vocabulary import Vocabulary, editions

Flag = tuple[str, str, str]  # code, cell, severity
FORMS, MANY = 250, 2500  # of each edition
ALWAYS_CLAIMED = {"S01", "S08", "T01", "T02", "T03", "T04", "V13"}  # unless an error value is in the way
SEEN_AT_LEAST = 20


class Live:
    """A built form open in LibreOffice, and the same one as a grid for Python."""

    def __init__(self, document: Document, package: bytes, edition: str) -> None:
        self.document = document
        self.vocabulary = Vocabulary.load(edition)
        self.sheet = LiveSheet(LATEST, self.vocabulary, {})
        self.codes = {code for slot in self.sheet.slots for code in slot.codes}
        self._slots = {(slot.row, slot.helper_column): slot for slot in self.sheet.slots}
        grid = open_workbook(package, name="form.xlsx").grid(FORM_SHEET)
        self._blank = Grid(
            grid.sheet, {at: grid.cells[at] for at in grid.cells if at not in grid.formulas}, grid.merges
        )
        self._last_row = LATEST.first_row
        assert document.unprotect(FORM_SHEET, DEFAULT_PASSWORD)

    def fill(self, made: Made) -> None:
        written, formulas, self._last_row = blocks(made, self._last_row)
        self.document.set_blocks(FORM_SHEET, written, formulas, made.moves)

    def told(self) -> tuple[set[Flag], set[int], list[tuple[int, str]]]:
        """Every live flag there is now, the rows with an error value, and what each row's value is read as."""
        _, kind = self.sheet.part("kind", LATEST.first_row)
        area = f"{column_letters(kind)}2:{column_letters(self.sheet.last_helper_column)}{self._last_row + 2}"
        block = self.document.get_block(FORM_SHEET, area)
        flags, errors = set(), set()
        for row, values in enumerate(block, 2):
            for column, text in enumerate(values, kind):
                slot = self._slots.get((row, column))
                if slot is None or not text:
                    continue
                if not slot.codes:
                    assert text == MUST + ERROR_VALUE
                    errors.add(row)
                    continue
                cell = f"{column_letters(slot.column)}{LATEST.heading_rows[0] if row in LATEST.heading_rows else row}"
                for message in str(text).split(END)[:-1]:
                    severity = Severity.ERROR if message.startswith(MUST) else Severity.WARNING
                    flags.add((re.search(r"（(\w+)）$", message)[1], cell, severity.value))
        rows = range(LATEST.first_row, self._last_row + 1)
        kinds = [(row, str(block[row - 2][0])) for row in rows]
        return flags, errors, kinds

    def read(self, made: Made) -> TargetForm:
        form = read_sheet(grid_of(self._blank, made.inputs), "样例.xlsx")
        assert isinstance(form, TargetForm)
        return form

    def expected_kinds(self, made: Made, errors: set[int]) -> list[tuple[int, str]]:
        rows = (row for row in range(LATEST.first_row, self._last_row + 1) if row not in errors)
        values = ((row, "".join(str(made.inputs.get(f"{column}{row}", "")) for column in "EFG")) for row in rows)
        return [(row, reads(value, self.vocabulary)) for row, value in values]


@pytest.fixture(params=editions())
def live(request, office: Office, tmp_path: Path) -> Iterator[Live]:
    package = build(Issuance(edition=request.param))
    path = tmp_path / "blank.xlsx"
    path.write_bytes(package)
    with office.open(path, hidden=True) as document:
        yield Live(document, package, request.param)


def findings(form: TargetForm, codes: set[str]) -> set[Flag]:
    issues = (issue for issue in check(form) if issue.code in codes and issue.severity is not Severity.INFO)
    return {(issue.code, issue.at.a1, issue.severity.value) for issue in issues if isinstance(issue.at, At)}


def rows_in_error(made: Made) -> set[int]:
    """Rows where an error value stands in a cell that checks look at."""
    return {int(a1[1:]) for a1, content in made.inputs.items() if isinstance(content, CellError) and a1[0] != "J"}


class Tally:
    """What was compared: flags by code, findings in all, and those that the live checks don't claim."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.unclaimed: Counter[str] = Counter()
        self.findings = 0

    def compare(self, live: Live, made: Made, form: TargetForm) -> None:
        """Cell by cell: a flag where there is a finding, none where there is none."""
        flags, errors, kinds = live.told()
        assert errors == rows_in_error(made)
        assert [(row, kind) for row, kind in kinds if row not in errors] == live.expected_kinds(made, errors)
        expected = findings(form, live.codes)
        differing = flags ^ expected
        outside = {
            flag for flag in differing if not claims(flag[0], At.parse(FORM_SHEET, flag[1]), form, live.vocabulary)
        }
        assert differing - outside == set()
        self.seen.update(code for code, _, _ in flags)
        self.findings += len(expected)
        self.unclaimed.update(code for code, _, _ in outside if not errors)

    @property
    def share(self) -> float:
        """Of all findings, those outside the live checks' reach."""
        return self.unclaimed.total() / self.findings

    def __str__(self) -> str:
        return f"{dict(sorted(self.seen.items()))}; unclaimed {self.share:.1%}: {dict(sorted(self.unclaimed.items()))}"


def compared(live: Live, seed: int, count: int) -> Tally:
    maker, tally = Maker(live.vocabulary.edition, seed), Tally()
    for number in range(count):
        made = maker.form()
        live.fill(made)
        try:
            tally.compare(live, made, live.read(made))
        except AssertionError as error:
            raise AssertionError(f"form {number}: {error}\n{made}") from error
    print(f"\n{live.vocabulary.edition}: {count} forms, {tally}")
    return tally


def test_live_checks_and_rules_agree(live):
    tally = compared(live, seed=1, count=FORMS)

    assert set(tally.seen) == live.codes
    assert tally.share < 0.03
    assert ALWAYS_CLAIMED & set(tally.unclaimed) == set()


@pytest.mark.thorough
def test_live_checks_and_rules_agree_on_thousands_of_forms(live):
    tally = compared(live, seed=2, count=MANY)

    assert {code for code in live.codes if tally.seen[code] < SEEN_AT_LEAST} == set()
    assert tally.share < 0.03
    assert ALWAYS_CLAIMED & set(tally.unclaimed) == set()


def test_they_agree_on_forms_read_from_files(live, tmp_path):
    maker, tally = Maker(live.vocabulary.edition, 3), Tally()
    for number in range(10):
        made = maker.form()
        live.fill(made)
        (form,) = read_forms(live.document.save_as(tmp_path / f"{number}.xlsx")).forms
        tally.compare(live, made, form)


def test_at_least_25_rules_are_live(live):
    assert len(live.codes) >= 25
