"""The nine published forms, from text to workbook and back, also through LibreOffice's hands."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from perfxl.form import Entry, TargetForm, objective_number
from perfxl.importing import import_documents
from perfxl.ledger import consolidate
from perfxl.marking import highlight
from perfxl.reading import read_forms
from perfxl.rules import check

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "forms.json").read_text(encoding="utf-8"))["forms"]
NUMBERS = [form["project_no"] for form in PUBLISHED]


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory, example) -> dict[str, Path]:
    results = import_documents([example], tmp_path_factory.mktemp("imported"))
    return {result.form.project_no.text: result.workbook for result in results}


@pytest.fixture(scope="module")
def resaved(tmp_path_factory, workbooks, office) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("resaved")
    return {number: office.resave(path, folder / path.name) for number, path in workbooks.items()}


def one_form(path: Path) -> TargetForm:
    (form,) = read_forms(path).forms
    return form


def amount(entry: Entry) -> Decimal | None:
    return entry.amount


def as_published(form: TargetForm) -> dict[str, object]:
    """The form in the shape of forms.json."""
    return {
        "project_no": form.project_no.text,
        "title": form.title.text,
        "unit_code": form.unit_code.text,
        "unit_name": form.unit_name.text,
        "money_unit": form.money_unit.text,
        "project_name": form.project.text,
        "budget_total": amount(form.budget.total),
        "budget_fiscal": amount(form.budget.fiscal),
        "budget_other": amount(form.budget.other),
        "purpose": form.purpose.text,
        "goals": [(entry.text, objective_number(entry.text)[1]) for entry in form.objectives],
        "indicators": [
            (
                row.number,
                row.carried,
                row.level1.blank,
                row.level2.text,
                row.level3.text,
                row.description.text,
                row.target.text,
            )
            for row in form.indicators
        ],
    }


def expected(form: dict) -> dict[str, object]:
    money = {name: form[name] and Decimal(form[name]) for name in ("budget_total", "budget_fiscal", "budget_other")}
    rows = form["indicators"]
    return {
        **{
            name: form[name]
            for name in ("project_no", "title", "unit_code", "unit_name", "money_unit", "project_name", "purpose")
        },
        **money,
        "goals": [(goal["raw"], goal["text"]) for goal in form["goals"]],
        "indicators": [
            (r["row"], r["first"], r["first_carried"], r["second"], r["third"], r["description"], r["value_text"])
            for r in rows
        ],
    }


def raw_texts(form: TargetForm) -> list[str | None]:
    """What was typed, white space and all."""
    head = [form.unit_code, form.unit_name, form.project, form.budget.other, form.purpose, *form.objectives]
    rows = [
        entry.raw
        for row in form.indicators
        for entry in (row.level1, row.level2, row.level3, row.description, row.target)
    ]
    return [entry.raw for entry in head] + rows


def findings(form: TargetForm) -> list[tuple[object, ...]]:
    return [(issue.codes, issue.severity, issue.at, issue.value, issue.message) for issue in check(form)]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_published_form_survives_the_way_through_a_workbook(workbooks, example, number):
    typed = next(form for form in read_forms(example).forms if form.project_no.text == number)
    published = next(form for form in PUBLISHED if form["project_no"] == number)
    form = one_form(workbooks[number])

    assert as_published(form) == as_published(typed) == expected(published)
    assert raw_texts(form) == raw_texts(typed)


@pytest.mark.parametrize("number", NUMBERS)
def test_libreoffice_saving_a_form_changes_neither_a_field_nor_a_finding(workbooks, resaved, number):
    before, after = one_form(workbooks[number]), one_form(resaved[number])

    assert as_published(after) == as_published(before)
    assert raw_texts(after) == raw_texts(before)
    assert findings(after) == findings(before)
    assert after.deviations == ()


def test_the_ledger_of_the_nine_adds_up(workbooks):
    ledger = consolidate([path.parent for path in workbooks.values()][:1])

    assert [row.total for row in ledger.projects] == [Decimal(form["budget_total"]) for form in PUBLISHED]
    assert (len(ledger.projects), len(ledger.indicators), ledger.totals.total) == (9, 80, Decimal("2405.20"))


def test_every_workbook_we_make_is_valid(workbooks, tmp_path, validate_ooxml):
    path = workbooks["99"]
    reading = read_forms(path)
    marked = highlight(path, check(reading.forms), forms=reading.forms, to=tmp_path / "marked.xlsx")
    (ledger,) = consolidate([path.parent]).write(tmp_path / "总台账.xlsx")

    found = {one.name: validate_ooxml(one) for one in (path, workbooks["100"], marked, ledger)}

    assert found == {name: [] for name in found}
