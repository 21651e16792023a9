"""Which of several forms for one project counts: people's choice, then 报送次数, then what was returned; else nobody's guess."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest
from forms import form

from perfxl.form import TargetForm
from perfxl.ledger import Ledger, Status
from perfxl.ledger.model import NoteRow, Standing
from perfxl.ledger.settling.versions import chosen
from perfxl.ledger.tables import ADOPTED
from perfxl.reading import Reading, fingerprint
from perfxl.rules import Approval, Approvals


def reading(name: str, *forms: TargetForm, **facts: object) -> Reading:
    named = tuple(replace(one, file=name) for one in forms)
    base = Reading(source=name, sha256=hashlib.sha256(name.encode()).hexdigest(), size=len(name), forms=named)
    return replace(base, **facts)  # type: ignore[arg-type]


def standings(ledger: Ledger) -> list[tuple[int, str, Standing]]:
    return [(row.version, row.file, row.standing) for row in ledger.versions]


def outcome(ledger: Ledger) -> dict[str, Status]:
    return {row.file: row.status for row in ledger.sources}


def choice(ledger: Ledger, *files: str, text: str = "是") -> list[NoteRow]:
    """取用 written beside the versions in those files."""
    return [
        NoteRow(row.unit_code, row.unit_name, row.project_code, row.project, ADOPTED, text, row.digest, "版本清单")
        for row in ledger.versions
        if row.file in files
    ]


FIRST, OTHER = form(), form(purpose="另一种用途。")
TWO = [reading("a.xlsx", FIRST), reading("b最终版.xlsx", OTHER, saved="2026-11-20 10:03")]


def test_other_contents_with_the_same_submission_are_pending_and_in_no_total():
    ledger = Ledger.of(TWO)

    assert standings(ledger) == [(1, "a.xlsx", Standing.PENDING), (2, "b最终版.xlsx", Standing.PENDING)]
    assert outcome(ledger) == {"a.xlsx": Status.PENDING, "b最终版.xlsx": Status.PENDING}
    assert (ledger.projects, ledger.totals.total) == ((), Decimal(0))
    assert [row.total for row in ledger.versions] == [Decimal("500.00")] * 2


def test_file_names_and_times_only_suggest():
    hints = [row.hint for row in Ledger.of(TWO).versions]
    assert hints[0] == ""
    assert "最终版" in hints[1] and "2026-11-20 10:03" in hints[1]


@pytest.mark.parametrize("wanted", ["a.xlsx", "b最终版.xlsx"])
def test_the_version_that_people_chose_counts_and_the_choice_stays(wanted):
    ledger = Ledger.of(TWO, notes=choice(Ledger.of(TWO), wanted))

    assert [row.file for row in ledger.projects] == [wanted]
    assert [(row.file, row.adopted) for row in ledger.versions if row.adopted] == [(wanted, "是")]
    assert ledger.notes == ()


def test_people_may_choose_an_earlier_submission():
    both = [reading("a.xlsx", FIRST), reading("b.xlsx", form(submission="2"))]
    ledger = Ledger.of(both, notes=choice(Ledger.of(both), "a.xlsx"))
    assert standings(ledger) == [(1, "a.xlsx", Standing.COUNTED), (2, "b.xlsx", Standing.SUPERSEDED)]


def test_two_choices_for_one_project_decide_nothing():
    ledger = Ledger.of(TWO, notes=choice(Ledger.of(TWO), "a.xlsx", "b最终版.xlsx"))
    assert ledger.projects == ()
    assert all("取用选了几个版本" in row.ground for row in ledger.versions)


def test_a_choice_whose_version_is_gone_decides_nothing_and_is_kept():
    notes = choice(Ledger.of(TWO), "a.xlsx")
    ledger = Ledger.of([TWO[1], reading("c.xlsx", form(purpose="第三种用途。"))], notes=notes)
    assert [row.standing for row in ledger.versions] == [Standing.PENDING] * 2
    assert [(row.heading, row.text) for row in ledger.notes] == [(ADOPTED, "是")]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("是", True),
        ("√", True),
        ("用这版", True),
        ("否", False),
        ("待核", False),
        ("?", False),
        (" × ", False),
        ("", False),
        ("是\n否", False),
    ],
)
def test_a_refusal_is_no_choice(said, meant):
    assert chosen(said) is meant


def test_the_versions_say_what_changed_from_one_to_the_next():
    ledger = Ledger.of(
        [reading("a.xlsx", FIRST), reading("b.xlsx", form(submission="2", total="480.00", fiscal="480.00"))]
    )
    assert [row.changes.splitlines() for row in ledger.versions] == [
        [],
        ["预算数 500.00 → 480.00 万元", "财政资金 500.00 → 480.00 万元"],
    ]


def test_the_same_content_saved_again_is_a_duplicate_and_no_version():
    ledger = Ledger.of([reading("a.xlsx", FIRST), reading("b.xlsx", FIRST)])
    assert outcome(ledger) == {"a.xlsx": Status.ACCEPTED, "b.xlsx": Status.DUPLICATE}
    assert ledger.versions == ()


def test_a_returned_and_corrected_copy_goes_before_the_workbook_that_it_was_made_from():
    original = reading("a.xlsx", FIRST)
    mark = fingerprint(original.forms)
    ledger = Ledger.of([original, reading("b.xlsx", OTHER, reworked=True, mark=mark)])
    assert standings(ledger) == [(1, "a.xlsx", Standing.SUPERSEDED), (2, "b.xlsx", Standing.COUNTED)]


def test_a_corrected_copy_of_some_other_workbook_proves_nothing():
    ledger = Ledger.of([TWO[0], reading("b.xlsx", OTHER, reworked=True, mark="0" * 64)])
    assert ledger.projects == ()


def test_a_returned_form_whose_unit_code_was_corrected_replaces_the_wrong_one():
    original = reading("a.xlsx", form(unit_code="399999", project_code="1"))
    mark = fingerprint(original.forms)
    corrected = reading("b.xlsx", form(project_code="1", submission="2"), reworked=True, mark=mark)
    assert [row.unit_code for row in Ledger.of([original, corrected]).projects] == ["353302"]


HANDED = {"project_code": "1", "year": 2023}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({**HANDED, "unit_code": None}, True),  # the code was deleted
        ({**HANDED, "unit_code": "399999"}, True),  # another one was typed
        ({**HANDED, "project": "社保卡制卡费"}, True),
        ({"unit_code": None}, True),  # the blank template, unit by its name
        ({"unit_code": None, "unit_name": "别的单位"}, False),
        ({"unit_code": "399999"}, False),  # two codes are two units
        ({"project_code": "2"}, False),
    ],
)
def test_forms_of_one_project_count_once_whatever_was_typed_over(other, same):
    ledger = Ledger.of([reading("a.xlsx", form(**HANDED)), reading("b.xlsx", form(submission="2", **other))])
    assert (len(ledger.projects) == 1) is same


def test_forms_that_meet_the_same_approval_count_once():
    approvals = Approvals.of([Approval("353302", "社保卡制卡工本费", Decimal(5_000_000), project_code="1")])
    both = [reading("a.xlsx", form()), reading("b.xlsx", form(project_code="1", project="制卡费", submission="2"))]
    assert [row.file for row in Ledger.of(both, approvals=approvals).projects] == ["b.xlsx"]


def test_a_choice_made_before_a_later_submission_holds_and_asks_again():
    both = [*TWO, reading("c.xlsx", form(purpose="改过的用途。", submission="2"))]
    ledger = Ledger.of(both, notes=choice(Ledger.of(TWO), "a.xlsx"))
    assert [row.file for row in ledger.projects] == ["a.xlsx"]
    assert ["请重新确认" in row.ground for row in ledger.versions if row.standing is Standing.COUNTED] == [True]


def test_a_doubtful_word_decides_nothing_and_is_told_in_the_ground():
    ledger = Ledger.of(TWO, notes=choice(Ledger.of(TWO), "a.xlsx", text="待核"))
    assert ledger.projects == ()
    assert "“待核”" in ledger.versions[0].ground
    assert ledger.versions[0].adopted == "待核"


def test_a_form_of_another_year_is_not_counted_where_the_year_is_known():
    both = [reading("a.xlsx", form(year=2027)), reading("b.xlsx", form(year=2026, project="乙"))]
    ledger = Ledger.of(both, year=2027)
    assert outcome(ledger) == {"a.xlsx": Status.ACCEPTED, "b.xlsx": Status.REJECTED}
    assert "2026、2027" in Ledger.of(both).summary()


@pytest.mark.parametrize(("typed", "number"), [("第二次", 2), ("2", 2), ("第3次", 3), ("", 1), ("末次", 1)])
def test_the_number_of_submissions_is_read_as_people_write_it(typed, number):
    both = [reading("a.xlsx", form(submission="2", purpose="别的。")), reading("b.xlsx", form(submission=typed))]
    ledger = Ledger.of(both)
    assert {row.file: row.standing for row in ledger.versions}["a.xlsx"] is (
        Standing.COUNTED if number < 2 else Standing.PENDING if number == 2 else Standing.SUPERSEDED
    )


def test_a_project_that_waits_for_a_choice_is_not_told_as_missing():
    approvals = Approvals.of([Approval("353302", "社保卡制卡工本费", Decimal(5_000_000))])
    assert [row.message for row in Ledger.of(TWO, approvals=approvals).issues if "没有申报" in row.message] == []


def test_a_renamed_project_is_known_by_its_code():
    first = form(project_code="3533020001")
    renamed = form(project_code="3533020001", project="社保卡制卡费", submission="2")
    ledger = Ledger.of([reading("a.xlsx", first), reading("b.xlsx", renamed)])
    assert [row.project for row in ledger.projects] == ["社保卡制卡费"]


def test_a_form_from_the_blank_template_is_the_handed_out_project_of_that_name():
    handed = form(project_code="3533020001")
    ledger = Ledger.of([reading("a.xlsx", handed), reading("b.xlsx", form(submission="2"))])
    assert standings(ledger) == [(1, "a.xlsx", Standing.SUPERSEDED), (2, "b.xlsx", Standing.COUNTED)]


def test_two_projects_of_one_name_with_codes_of_their_own_are_two():
    both = [reading("a.xlsx", form(project_code="1")), reading("b.xlsx", form(project_code="2"))]
    assert len(Ledger.of(both).projects) == 2


def test_a_form_that_came_back_as_it_went_is_not_counted():
    blank = dict.fromkeys(("fiscal", "other", "purpose"))
    unfilled = form("", objectives=[], project_code="1", sheet="表2", project="乙", **blank)

    alone = Ledger.of([reading("a.xlsx", unfilled)])
    assert outcome(alone) == {"a.xlsx": Status.REJECTED}

    beside = Ledger.of([reading("a.xlsx", form(sheet="表1"), unfilled)])
    assert [row.sheet for row in beside.projects] == ["表1"]
    assert "没有填写" in beside.sources[0].reason


def test_the_ledger_shows_what_was_approved_beside_what_was_asked_for():
    approvals = Approvals.of([Approval("353302", "社保卡制卡工本费", Decimal(4_800_000))])
    (row,) = Ledger.of([reading("a.xlsx", form())], approvals=approvals).projects
    assert (row.approved, row.difference) == (Decimal(480), Decimal("20.00"))


def test_what_was_approved_and_not_sent_is_an_issue_of_no_file():
    approvals = Approvals.of([Approval("353302", "宣传印刷", Decimal(4_800_000))])
    ledger = Ledger.of([reading("a.xlsx", form())], approvals=approvals)
    assert [row.file for row in ledger.issues if "没有申报" in row.message] == [""]
