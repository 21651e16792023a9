"""The nine published forms of 2023: what must be found on them, and nothing graver."""

from __future__ import annotations

import pytest
from forms import hits, published_forms

from perfxl.issue import Severity
from perfxl.rules import check

FORMS = published_forms()
# (form, code): where; every error and warning that the nine forms must give, V01 apart.
GRAVE = {
    ("97", "V11"): ["F24 warning"],
    ("98", "A04"): ["F18 warning"],
    ("99", "A05"): ["G18 error"],
    ("99", "G02"): ["B6 warning"],
    ("99", "N02"): ["F21 warning"],
    ("99", "V15"): ["F22 warning"],
    ("100", "I02"): ["F17 error", "F33 error", "F34 warning"],
    ("100", "V09"): ["E29 warning", "E30 warning", "E31 warning"],
    ("100", "V11"): ["F32 warning"],
    ("103", "V13"): ["F20 error"],
    ("104", "T08"): ["C17 warning"],
    ("105", "V15"): ["F18 warning", "F21 warning"],
}
UNSIGNED = {"97": 3, "98": 1, "99": 2, "100": 1, "102": 1, "103": 1, "104": 3}


def test_every_error_and_warning_on_the_nine_forms_is_an_expected_one():
    told = {
        (number, issue.code): hits_of_weight(number, issue.code)
        for number, form in FORMS.items()
        for issue in check(form)
        if issue.severity is not Severity.INFO and issue.code != "V01"
    }

    assert told == GRAVE


def hits_of_weight(number: str, code: str) -> list[str]:
    return [hit for hit in hits(FORMS[number], code) if not hit.endswith("info")]


def test_twelve_values_have_no_sign():
    found = {number: len(hits(form, "V01")) for number, form in FORMS.items()}

    assert {number: count for number, count in found.items() if count} == UNSIGNED
    assert sum(found.values()) == 12


def test_the_unit_slip_is_one_issue_that_keeps_both_codes_and_says_both_facts():
    (slip,) = check(FORMS["99"]).errors

    assert slip.codes == ("A05", "A04")
    assert slip.value is None  # the whole value was pasted into the middle cell, the unit's own is blank
    for fact in ("10.65万元 × 469483张 = 4999993.95万元", "500.00万元", "9999.99 倍", "499.999395万元", "6.05 元"):
        assert fact in slip.message
    assert {place.a1 for place in slip.related} >= {"F18", "F19", "C4"}


def test_the_budget_stays_as_typed_in_the_message_about_it():
    (issue,) = [issue for issue in check(FORMS["98"]) if issue.code == "A04"]

    assert "90.00万元" in issue.message
    assert "84.10万元" in issue.message


@pytest.mark.parametrize("number", FORMS)
def test_each_form_is_told_once_that_its_year_is_unknown_and_its_other_money_blank(number):
    assert hits(FORMS[number], "S06") == ["- info"]
    assert hits(FORMS[number], "A01") == ["G4 info"]


def test_white_space_and_near_misses_are_only_hints():
    assert hits(FORMS["104"], "N01") == ["C17 info"]
    assert hits(FORMS["102"], "A04") == ["F18 info"]
    assert hits(FORMS["97"], "I04") == ["C21 info"]


def test_with_the_right_year_none_is_taken_for_an_old_draft():
    assert [hits(form, "G04") for form in published_forms(year=2023).values()] == [[]] * 9


def test_with_the_wrong_year_the_deadlines_give_the_old_draft_away():
    later = published_forms(year=2024)

    assert {number: hits(form, "G04") for number, form in later.items() if hits(form, "G04")} == {
        "99": ["F20 warning"],
        "101": ["F20 warning"],
    }
