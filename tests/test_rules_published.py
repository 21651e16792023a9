"""The nine published forms of 2023: what must be found on them, and nothing graver."""

from __future__ import annotations

import pytest
from forms import hits, published_forms

from perfxl.issue import Severity
from perfxl.rules import check

FORMS = published_forms()
# (form, code): where; every error and warning that the nine forms must give, V01 apart.
GRAVE = {
    ("97", "I03"): ["C20 warning", "C21 warning", "C22 warning"],
    ("97", "V11"): ["F24 warning"],
    ("98", "A04"): ["F18 warning"],
    ("98", "I07"): ["G19 warning"],
    ("99", "A05"): ["G18 error"],
    ("99", "G02"): ["B6 warning"],
    ("99", "N02"): ["F21 warning"],
    ("99", "V14"): ["F17 warning"],
    ("99", "V15"): ["F22 warning"],
    ("100", "I02"): ["F17 error", "F33 error", "F34 warning"],
    ("100", "I03"): ["C35 warning"],
    ("100", "V09"): ["E29 warning", "E30 warning", "E31 warning"],
    ("100", "V11"): ["F32 warning"],
    ("100", "V14"): ["F22 warning"],
    ("101", "I07"): ["G19 warning"],
    ("102", "I03"): ["C18 warning", "C19 warning"],
    ("103", "V13"): ["F20 error"],
    ("104", "T08"): ["C17 warning"],
    ("104", "V14"): ["F18 warning"],
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


def test_told_together_the_nine_give_four_errors_and_thirty_six_warnings():
    report = check(FORMS.values())

    # A04 is told with A05; the vague value of 103 (V14) is told by V13, its quantity without a number.
    assert (len(report.errors), len(report.warnings)) == (4, 36)


def test_most_descriptions_that_repeat_their_name_are_one_entry_a_form():
    said = [issue for form in FORMS.values() for issue in check(form) if issue.code == "I01"]
    merged = [issue for issue in said if issue.related and len(issue.related) > 1]

    assert sum(len(issue.related) + 1 if issue in merged else 1 for issue in said) == 49
    assert [issue.form for issue in merged] == ["98", "99", "101", "103", "104"]


def test_eight_deadlines_are_for_paying_and_no_objective_has_a_number():
    assert [number for number, form in FORMS.items() if hits(form, "V12")] == [str(n) for n in range(97, 105)]
    assert all(hits(form, "G03") for form in FORMS.values())


def test_effects_in_fine_words_are_hints():
    vague = {number: [hit for hit in hits(form, "V14") if hit.endswith("info")] for number, form in FORMS.items()}

    assert {number: found for number, found in vague.items() if found} == {
        "97": ["F25 info"],
        "98": ["F21 info"],
        "99": ["F21 info"],
        "100": ["F35 info"],
        "103": ["F22 info"],
        "104": ["F26 info"],
    }


def test_uneven_spaces_and_full_stops():
    uneven = {number: hits(form, "N03") for number, form in FORMS.items() if hits(form, "N03")}

    assert uneven["100"] == ["B7 info", "B11 info", "F35 info"]
    assert uneven == {
        "97": ["F24 info"],
        "98": ["F20 info"],
        "100": uneven["100"],
        "103": ["B6 info"],
        "104": ["F18 info"],
    }


def test_between_the_nine_only_the_satisfaction_differs():
    said = [issue for issue in check(FORMS.values()) if issue.code.startswith("X")]

    assert [(issue.code, issue.form, issue.at.a1) for issue in said] == [("X04", "104", "C27")]
    assert "≥95%" in said[0].message and "≥90%" in said[0].message


@pytest.mark.parametrize("code", ["A03", "S04", "T01", "T02", "T03", "T04", "T05", "T06", "T07", "G04", "I05", "V16"])
def test_what_the_nine_do_not_have(code):
    assert [hits(form, code) for form in FORMS.values()] == [[]] * 9
