"""The proof of import and publish: what was published comes back word for word, and no form changes on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from forms import published_forms
from published import DIFFERENCES, text_of, without_differences

from office.generated import Maker, grid_of
from perfxl.form import Entry, TargetForm
from perfxl.importing import import_documents
from perfxl.intake.grid import open_workbook
from perfxl.issue import AtTable
from perfxl.layout import FORM_SHEET
from perfxl.ledger import Ledger, consolidate
from perfxl.publish import OfficialTable, official_document
from perfxl.reading import Reading, read_forms
from perfxl.recognition import forms_of_grids
from perfxl.season.publishing import choose, publish
from perfxl.template import Issuance, build
from perfxl.text import money, squeeze, tidy

SEED = 8
FEW, MANY = 40, 300


@pytest.fixture(scope="module")
def republished(tmp_path_factory, example) -> Path:
    """The source, imported into workbooks, consolidated into a ledger, published from it."""
    folder = tmp_path_factory.mktemp("round")
    import_documents([example], folder / "表", Issuance(year=2023))
    ledger = consolidate(folder / "表").write(folder / "总台账.xlsx")
    publish(ledger, folder / "公开.docx", allow_errors=True, cover=None)
    return folder / "公开.docx"


def test_the_source_comes_back_word_for_word_but_for_the_named_differences(republished, example):
    source = example.read_text(encoding="utf-8")

    assert without_differences(text_of(republished)) == without_differences(source)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_named_difference_is_really_there(republished, example, name, monkeypatch):
    source = example.read_text(encoding="utf-8")
    monkeypatch.delitem(DIFFERENCES, name)

    assert without_differences(text_of(republished)) != without_differences(source)


def test_a_word_that_is_lost_would_be_noticed(republished, example):
    source = example.read_text(encoding="utf-8")

    assert without_differences(text_of(republished).replace("≤753万元", "753万元")) != without_differences(source)


# -- publish, then import


Rows = list[tuple[str, ...]]


def head(form: TargetForm, amounts: list[str]) -> tuple[object, ...]:
    """What a form says above its indicators."""
    unit = squeeze(shown(form.unit_code) + shown(form.unit_name))  # one line, in the document
    return unit, shown(form.project), amounts, shown(form.purpose), [shown(entry) for entry in form.objectives]


def amounts_of(form: TargetForm) -> list[Entry]:
    return [form.budget.total, form.budget.fiscal, form.budget.other]


def rows(form: TargetForm, without: frozenset[int] = frozenset()) -> Rows:
    """The indicators but for those numbers, the rows that say 不适用, and those that say nothing but their levels."""
    found = [
        (one.carried, *map(shown, (one.level2, one.level3, one.description)), tidy(one.target.value or ""))
        for one in form.applicable
    ]
    return [row for number, row in enumerate(found, 1) if number not in without and any(row[2:])]


def told_as_left(reading: Reading, form: int) -> frozenset[int]:
    """Numbers of the rows that were not imported, and told: the names of levels stand in the wrong columns there."""
    places = [issue.at for issue in reading.issues if "可能错了栏" in issue.message]
    return frozenset(at.row - 1 for at in places if isinstance(at, AtTable) and at.table == 2 * form)


def shown(entry: Entry) -> str:
    return entry.text or entry.fault


def printed(entry: Entry) -> str:
    """An amount as it is published."""
    return "" if entry.amount is None else money(entry.amount)


def as_typed(before: Rows, after: Rows, *, levels: bool = True) -> Rows:
    """What was imported, but for levels left blank: they are read as the one above, or the one that they belong to.

    Without ``levels`` no first level counts: the row that began it was left.
    """
    blank = [(not level1 or not levels, not level2) for level1, level2, *_ in before]
    return [
        (old[0] if no_first else new[0], old[1] if no_second else new[1], *new[2:])
        for old, new, (no_first, no_second) in zip(before, after, blank, strict=True)
    ]


def reimported(tables: list[OfficialTable], folder: Path) -> Reading:
    path = folder / "公开.docx"
    path.write_bytes(official_document(tables))
    return read_forms(path)


def test_the_nine_forms_come_back_as_they_were(tmp_path):
    forms = published_forms(year=2023)
    ledger = Ledger.of([Reading(number, number, 1, (form,)) for number, form in forms.items()])
    tables = [one.table for one in choose(ledger, allow_errors=True).shown]

    found = reimported(tables, tmp_path).forms

    assert [form.project_no.text for form in found] == list(forms)
    for before, after in zip(forms.values(), found, strict=True):
        assert head(after, [one.text for one in amounts_of(after)]) == head(before, [*map(printed, amounts_of(before))])
        assert rows(after) == rows(before)


def generated(count: int) -> tuple[list[TargetForm], list[OfficialTable]]:
    """Forms made up, from sound to badly wrong, and each as its table; those that are left out of a ledger are not here."""
    blank = open_workbook(build(Issuance())).grid(FORM_SHEET)
    maker = Maker("tianjin-2023", SEED)
    forms: list[TargetForm] = []
    tables: list[OfficialTable] = []
    while len(forms) < count:
        ((form,), _) = forms_of_grids([grid_of(blank, maker.form().inputs)], "样例.xlsx")
        (one,) = choose(Ledger.of([Reading("样例.xlsx", "", 1, (form,))]), allow_errors=True).shown
        forms.append(form)
        tables.append(replace(one.table, number=f"{len(forms)}"))
    return forms, tables


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.thorough)])
def test_generated_forms_come_back_as_they_were(count, tmp_path):
    forms, tables = generated(count)

    reading = reimported(tables, tmp_path)

    assert [form.project_no.text for form in reading.forms] == [f"{number}" for number in range(1, count + 1)]
    rows_left = 0
    for number, (before, after) in enumerate(zip(forms, reading.forms, strict=True), 1):
        left = told_as_left(reading, number)
        rows_left += len(left)
        expected = rows(before, left)
        assert head(after, [one.text for one in amounts_of(after)]) == head(before, [*map(printed, amounts_of(before))])
        assert as_typed(expected, rows(after), levels=not left) == expected
    assert rows_left <= count / 40
