"""The live checks and the Python rules agree: the same forms through a real LibreOffice and through ``check``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from office.driver import Document, Office
from office.generated import Inputs, Maker, blocks, grid_of
from perfxl.form import TargetForm
from perfxl.intake.grid import Grid, open_workbook
from perfxl.issue import At, Severity, column_letters
from perfxl.layout import FORM_SHEET, LATEST
from perfxl.reading import _read_sheet, read_forms
from perfxl.rules import check
from perfxl.rules.facts import category_of, level1_of, level2_of
from perfxl.rules.formula import fold, reads
from perfxl.template import DEFAULT_PASSWORD, Issuance, build
from perfxl.template.live import MUST, LiveSheet
from perfxl.vocabulary import Vocabulary, editions

Flag = tuple[str, str, str]  # code, cell, severity
FORMS, MANY = 150, 2500  # of each edition


class Live:
    """A built form open in LibreOffice, and the same one as a grid for Python."""

    def __init__(self, document: Document, package: bytes, edition: str) -> None:
        self.document = document
        self.vocabulary = Vocabulary.load(edition)
        self.sheet = LiveSheet(LATEST, self.vocabulary, {})
        grid = open_workbook(package, name="form.xlsx").grid(FORM_SHEET)
        self._blank = Grid(grid.sheet, {at: grid.cells[at] for at in grid.cells if at not in grid.formulas}, grid.merges)
        self._last_row = LATEST.first_row
        assert document.unprotect(FORM_SHEET, DEFAULT_PASSWORD)

    def fill(self, inputs: Inputs) -> None:
        written, self._last_row = blocks(inputs, self._last_row)
        self.document.set_blocks(FORM_SHEET, written)

    def flags(self) -> set[Flag]:
        """Every live flag there is now."""
        first = min(slot.helper_column for slot in self.sheet.slots)
        area = f"{column_letters(first)}2:{column_letters(self.sheet.last_helper_column)}{self._last_row + 2}"
        block = self.document.get_block(FORM_SHEET, area)
        found = set()
        for slot in self.sheet.slots:
            text = block[slot.row - 2][slot.helper_column - first] if slot.row - 2 < len(block) else ""
            if text and slot.code:
                row = LATEST.heading_rows[0] if slot.row in LATEST.heading_rows else slot.row
                severity = Severity.ERROR if str(text).startswith(MUST) else Severity.WARNING
                found.add((slot.code, f"{column_letters(slot.column)}{row}", severity.value))
        return found

    def kinds(self) -> list[str]:
        """What each row's value is read as."""
        _, column = self.sheet.part("kind", LATEST.first_row)
        letters = column_letters(column)
        block = self.document.get_block(FORM_SHEET, f"{letters}{LATEST.first_row}:{letters}{self._last_row}")
        return [str(row[0]) for row in block]

    def read(self, inputs: Inputs) -> TargetForm:
        form = _read_sheet(grid_of(self._blank, inputs), "样例.xlsx")
        assert isinstance(form, TargetForm)
        return form

    def expected_kinds(self, inputs: Inputs) -> list[str]:
        rows = range(LATEST.first_row, self._last_row + 1)
        return [reads("".join(str(inputs.get(f"{c}{row}", "")) for c in "EFG"), self.vocabulary) for row in rows]


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


def _beyond(form: TargetForm, flag: Flag, kinds: list[str], vocabulary: Vocabulary) -> bool:
    """What LiveCheck and the module ``formula`` say that formulas leave alone."""
    code, cell, _ = flag
    at = At.parse(FORM_SHEET, cell)
    if code in ("V01", "V05", "V06", "V07", "V08", "V09"):  # the row's 指标值 is not read
        return kinds[at.row - LATEST.first_row] == "?"
    if code == "I02":  # words that may be a date
        return kinds[at.row - LATEST.first_row] in ("?", "日")
    if code in ("A03", "A04", "A05"):
        wanted = ("成本指标",) if code == "A03" else ("成本指标", "数量指标")
        rows = [item.row for item in form.applicable if category_of(item, vocabulary) in wanted]
        return any(kinds[row - LATEST.first_row] == "?" for row in rows)
    if code in ("A01", "A02"):  # thousands separators and the like
        typed = (form.budget.total, form.budget.fiscal, form.budget.other)
        return any(entry.number is None and _UNREAD_AMOUNT.fullmatch(fold(entry.text)) for entry in typed)
    if code in ("T05", "T06", "T07"):  # nobody knows what an unknown name was meant to be
        return any(
            (item.carried and level1_of(item, vocabulary) is None)
            or (code != "T05" and item.level2.text and level2_of(item, vocabulary) is None)
            for item in form.applicable
        )
    return code == "I05" and re.search("指标[0-9]|[Xx]{2}", str(form)) is not None


_UNREAD_AMOUNT = re.compile("(?=.*[-, ])[-0-9., ]+")


def compare(live: Live, seed: int, count: int) -> Counter[str]:
    codes = {slot.code for slot in live.sheet.slots if slot.code}
    maker, seen = Maker(live.vocabulary.edition, seed), Counter[str]()
    for number in range(count):
        inputs = maker.form()
        live.fill(inputs)
        flags, kinds, form = live.flags(), live.kinds(), live.read(inputs)
        assert kinds == live.expected_kinds(inputs), f"form {number}: {inputs}"
        expected = findings(form, codes)
        missed = {one for one in expected - flags if not _beyond(form, one, kinds, live.vocabulary)}
        assert (flags - expected, missed) == (set(), set()), f"form {number}: {inputs}"
        seen.update(code for code, _, _ in flags)
    return seen


def test_live_checks_and_rules_agree(live):
    seen = compare(live, seed=1, count=FORMS)

    print(live.vocabulary.edition, dict(sorted(seen.items())))
    assert set(seen) == {slot.code for slot in live.sheet.slots if slot.code}


@pytest.mark.thorough
def test_live_checks_and_rules_agree_on_thousands_of_forms(live):
    seen = compare(live, seed=2, count=MANY)

    print(live.vocabulary.edition, dict(sorted(seen.items())))


def test_they_agree_on_forms_read_from_files(live, tmp_path):
    maker, codes = Maker(live.vocabulary.edition, 3), {slot.code for slot in live.sheet.slots if slot.code}
    for number in range(10):
        inputs = maker.form()
        live.fill(inputs)
        saved = live.document.save_as(tmp_path / f"{number}.xlsx")
        (form,) = read_forms(saved).forms
        flags, kinds, expected = live.flags(), live.kinds(), findings(form, codes)
        assert flags <= expected, inputs
        assert all(_beyond(form, one, kinds, live.vocabulary) for one in expected - flags), inputs


def test_at_least_25_rules_are_live(live):
    assert len({slot.code for slot in live.sheet.slots if slot.code}) >= 25
