"""Family X and A06: what shows only when many forms lie side by side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from forms import SOUND, form, hits, other, told

from perfxl.rules import Approval, Approvals, RosterEntry, check, cross_check, lists, resemblance, traits_of
from perfxl.rules.lists import Match
from perfxl.settings import Settings, Thresholds


def crossed(forms, code, **options):
    """The findings of a rule on that collection, as the ledger gets them: from traits, without the forms."""
    traits = [traits_of(one) for one in forms]
    return [told(issue, with_file=True) for issue in cross_check(traits, **options) if issue.code == code]


def table(value="≥95%", name="合格率", level2="质量指标"):
    return f"产出指标 | {level2} | {name} | 口径 | {value}"


# --- X01 ---------------------------------------------------------------------------------------------------------


def test_X01_names_the_file_that_has_the_project_already():
    issues = check([form(file="甲.xlsx"), other("乙.xlsx"), form(file="丙.xlsx", project="社保卡 制卡工本费")])
    (issue,) = [one for one in issues if one.code == "X01"]

    assert (issue.file, issue.form, issue.value) == ("丙.xlsx", "F01", "社保卡 制卡工本费")
    assert "甲.xlsx" in issue.message


def test_X01_the_same_number_of_one_unit_but_not_of_two():
    one, two = other("甲.xlsx", project_no="7"), other("乙.xlsx", project_no="7")
    same_unit = {"unit_code": "353301", "unit_name": "甲单位"}

    assert hits([one, two], "X01") == []
    assert hits([one, other("乙.xlsx", project_no="7", **same_unit)], "X01") == ["乙.xlsx G3 error"]


def test_X01_what_is_blank_is_nobody_s_duplicate():
    blank = {"project": None, "project_no": None}

    assert hits([form(file="甲.xlsx", **blank), form(file="乙.xlsx", **blank)], "X01") == []
    assert hits([form(file="甲.xlsx", unit_code=None), form(file="乙.xlsx", unit_code=None)], "X01") == []


def test_X01_of_three_the_second_and_third_are_told():
    assert hits([form(file=f"{n}.xlsx") for n in "甲乙丙"], "X01") == ["乙.xlsx B3 error", "丙.xlsx B3 error"]


@pytest.mark.parametrize(
    ("codes", "found"), [(("P1", "P2"), []), (("P1", "P1"), ["乙.xlsx B3 error"]), (("P1", ""), ["乙.xlsx B3 error"])]
)
def test_X01_two_projects_of_one_name_have_codes_of_their_own(codes, found):
    forms = [form(file=f"{n}.xlsx", project_code=code, project_no=None) for n, code in zip("甲乙", codes, strict=True)]

    assert hits(forms, "X01") == found


# --- X02 ---------------------------------------------------------------------------------------------------------


def test_X02_the_rarer_name_of_a_code_is_told_wherever_it_comes():
    usual = [other(f"{n}.xlsx", unit_code="353302", unit_name="社保中心") for n in "乙丙"]
    odd = other("甲.xlsx", unit_code="353302", unit_name="社保局")

    assert hits([odd, *usual], "X02") == ["甲.xlsx D2 error"]
    (issue,) = [one for one in check([odd, *usual]) if one.code == "X02"]
    assert "社保局" in issue.message and "“社保中心”" in issue.message and "2 张表" in issue.message


def test_X02_one_name_with_two_codes():
    same = {"unit_name": "社保中心"}

    assert hits([other("甲.xlsx", **same), other("乙.xlsx", **same)], "X02") == ["乙.xlsx B2 error"]


def test_X02_white_space_makes_no_other_name():
    same = {"unit_code": "353302"}
    forms = [other("甲.xlsx", unit_name="社保 中心", **same), other("乙.xlsx", unit_name="社保中心", **same)]

    assert hits(forms, "X02") == []


# --- X03 ---------------------------------------------------------------------------------------------------------


def ten(*changed, prefix="指标"):
    names = [f"{prefix}{n}" for n in range(10)]
    for number in changed:
        names[number] = f"其他{prefix}{number}"
    return "\n".join(table(name=name, level2="质量指标") for name in names)


def test_X03_eight_of_ten_are_told_and_seven_are_not():
    assert hits([other("甲.xlsx", table=ten()), other("乙.xlsx", table=ten(0, 1))], "X03") == ["乙.xlsx B3 warning"]
    assert hits([other("甲.xlsx", table=ten()), other("乙.xlsx", table=ten(0, 1, 2))], "X03") == []


def test_X03_the_share_is_a_threshold():
    forms = [other("甲.xlsx", table=ten()), other("乙.xlsx", table=ten(0, 1, 2))]

    assert hits(forms, "X03", settings=Settings(thresholds=Thresholds(overlap=Decimal("0.7")))) == [
        "乙.xlsx B3 warning"
    ]


def test_X03_a_few_rows_in_common_with_a_long_form_are_no_copy():
    long = ten() + "\n" + ten(prefix="另一")

    assert hits([other("甲.xlsx", table=long), other("乙.xlsx", table=ten())], "X03") == []


def test_X03_the_same_names_with_other_values_are_no_copy():
    assert hits([other("甲.xlsx", table=ten()), other("乙.xlsx", table=ten().replace("95", "90"))], "X03") == []


def test_X03_the_same_project_is_a_duplicate_and_no_copy():
    same = {"project": "宣传费", "table": ten()}

    assert hits([other("甲.xlsx", **same), other("乙.xlsx", **same)], "X03") == []


def test_X03_two_short_forms_are_alike_by_chance():
    assert hits([other("甲.xlsx", table=table()), other("乙.xlsx", table=table())], "X03") == []


def sets(count, unlike):
    """Indicator sets of 15, of which the last ``unlike`` are each form's own."""
    common = [("服务对象满意度", "≥95%"), ("验收合格率", "=100%"), *((f"共有{n}", "≥1个") for n in range(13))]
    return [
        frozenset(common[: 15 - unlike] + [(f"自有{form}之{n}", "≥1个") for n in range(unlike)])
        for form in range(count)
    ]


@pytest.mark.parametrize(("unlike", "found"), [(0, 1999), (1, 1999), (3, 1999), (4, 0), (13, 0), (15, 0)])
def test_X03_compares_each_of_two_thousand_forms_with_few_others(monkeypatch, unlike, found):
    compared = 0
    share = resemblance.share

    def counting(one, two):
        nonlocal compared
        compared += 1
        return share(one, two)

    monkeypatch.setattr(resemblance, "share", counting)
    owners = [f"项目{n}" for n in range(2000)]
    pairs = list(resemblance.Resemblances(sets(2000, unlike), owners, Decimal("0.8")).pairs())

    assert len(pairs) == found
    assert compared <= 2000


def test_X03_however_common_the_indicators_a_form_is_compared_with_a_bounded_number(monkeypatch):
    # Every two forms share three of their rarest members and no more than half of all: nothing but candidates.
    compared = 0
    share = resemblance.share

    def counting(one, two):
        nonlocal compared
        compared += 1
        return share(one, two)

    monkeypatch.setattr(resemblance, "share", counting)
    members = [
        frozenset([("共有", str(n % 7)), *((f"名{n % (29 + k)}", str(k)) for k in range(14))]) for n in range(2000)
    ]
    owners = [f"项目{n}" for n in range(2000)]
    list(resemblance.Resemblances(members, owners, Decimal("0.2")).pairs())

    assert compared <= 2000 * resemblance.MOST_COMPARED


def test_X03_finds_what_comparing_each_with_each_finds():
    changes = [(), (0,), (0, 1), (0, 1, 2), (3, 4), (0, 1, 2, 3, 4), (5, 6, 7, 8, 9), (1, 2)]
    members = [
        frozenset((f"指标{n}" if n not in gone else f"其他{n}{gone}", "1") for n in range(10)) for gone in changes
    ]
    owners = [str(n) for n in range(len(members))]
    least = Decimal("0.8")
    slow = {
        later
        for later in range(len(members))
        if any(resemblance.share(members[later], members[earlier]) >= least for earlier in range(later))
    }

    assert {later for later, _, _ in resemblance.Resemblances(members, owners, least).pairs()} == slow == {1, 2, 4, 7}


# --- X04 ---------------------------------------------------------------------------------------------------------


def two(one, other_one):
    return [other("甲.xlsx", table=one), other("乙.xlsx", table=other_one)]


@pytest.mark.parametrize("value", ["≥90%", "=95%", "≥95个", "95-98%"])
def test_X04_another_sign_number_or_unit(value):
    assert hits(two(table(), table(value)), "X04") == ["乙.xlsx C17 info"]


def test_X04_is_one_entry_however_many_forms_and_names_the_values():
    forms = [
        other(f"{n}.xlsx", table=table(value))
        for n, value in zip("甲乙丙丁", ("≥95%", "≥90%", "≥95%", "≥85%"), strict=True)
    ]
    (issue,) = [one for one in check(forms) if one.code == "X04"]

    assert issue.file == "乙.xlsx"
    assert "≥95%（2处，如“甲项目”）" in issue.message and "≥85%（1处，如“丁项目”）" in issue.message


@pytest.mark.parametrize(
    ("one", "other_one"),
    [
        (table("≥95%"), table("≥95百分比")),
        (table("满意"), table("较好")),
        (table("≤5元", level2="成本指标"), table("≤6元", level2="成本指标")),
        (table("≥5个", name="提供产品及服务数量"), table("≥6个", name="提供产品及服务数量")),
    ],
)
def test_X04_spelling_texts_costs_and_names_that_mean_nothing(one, other_one):
    assert hits(two(one, other_one), "X04") == []


def test_X04_two_values_within_each_project_are_that_project_s_affair():
    both = table("≥95%") + "\n" + table("≥90%")

    assert hits(two(both, both), "X04") == []


# --- S03 ---------------------------------------------------------------------------------------------------------

ROSTER = [RosterEntry("353302", "天津市社会保险基金管理中心", "天津市人社局"), RosterEntry("353303", "天津市就业中心")]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ({}, []),
        ({"unit_name": "天津市社会保险基金 管理中心"}, []),
        ({"unit_name": "天津市社保中心"}, ["D2 error"]),
        ({"unit_code": "999999"}, ["B2 error"]),
        ({"unit_code": "3533"}, []),
        ({"unit_code": None}, []),
        ({"unit_name": None}, []),
    ],
)
def test_S03_code_and_name_as_on_the_roster(head, found):
    assert hits(form(**head), "S03", roster=ROSTER) == found


def test_S03_says_the_right_code_where_the_roster_has_the_name():
    (issue,) = [
        i for i in check(form(unit_name="天津市就业中心", unit_code="353399"), roster=ROSTER) if i.code == "S03"
    ]

    assert "353303" in issue.message and "353303" in issue.advice


def test_S03_says_nothing_without_a_roster():
    assert hits(form(unit_name="天津市社保中心"), "S03") == []


# --- A06 ---------------------------------------------------------------------------------------------------------


def approved(yuan="5000000", project="社保卡制卡工本费", code="353302"):
    return Approval(code, project, Decimal(yuan))


@pytest.mark.parametrize(
    ("approvals", "found"),
    [
        ([approved()], []),
        ([approved("5000049")], []),  # half a unit of the last place of 500.00 万元
        ([approved("5000051")], ["C4 error"]),
        ([approved("3000000"), approved("2000000")], []),
        ([approved(project="社保卡 制卡工本费")], []),
        ([approved(project="宣传费")], ["B3 error"]),
        ([approved(code="353303")], ["B3 error"]),
        ([approved("4800000", project="")], []),
        ([], []),
    ],
)
def test_A06_a_form_against_what_was_approved(approvals, found):
    assert hits(form(), "A06", approvals=approvals) == found


def a06(forms, **options):
    """(message, advice) of what A06 says, of the forms and of the collection."""
    found = [*check(forms, **options), *cross_check(map(traits_of, forms), approvals=options["approvals"])]
    return [(issue.message, issue.advice) for issue in found if issue.code == "A06"]


def test_A06_a_near_name_is_one_finding_to_confirm_and_nothing_missing():
    ((message, advice),) = a06([form(project="社保卡制卡工本", title=None)], approvals=[approved()])

    assert "疑似同一项目" in message and "“社保卡制卡工本费”（5,000,000.00 元）" in message
    assert advice.startswith("请确认") and "“社保卡制卡工本费”" in advice


@pytest.mark.parametrize("other_name", ["社保卡宣传费", "社保卡制卡工本费（二期）", "2024年社保卡制卡工本费"])
def test_A06_a_name_that_is_not_near_is_unlisted_and_the_listed_one_missing(other_name):
    found = a06([form(project="2023年社保卡制卡工本费（一期）", title=None)], approvals=[approved(project=other_name)])

    assert len(found) == 2 and not any("疑似" in message for message, _ in found)


@pytest.mark.parametrize(
    ("typed", "near"), [("天津市社会保险基金管理中心办公设备购置", 1), ("设备", 0), ("维修维护和办公设备购置", 2)]
)
def test_A06_a_name_within_another_is_near_where_it_is_the_only_one(typed, near):
    listed = Approvals.of([approved(project="办公设备购置"), approved(project="维修维护")])

    assert (listed.match("353302", typed).near is not None) == (near == 1)


def test_A06_the_near_name_must_be_of_the_same_unit():
    found = a06([form(project="社保卡制卡工本", title=None)], approvals=[approved(code="353303")])

    assert len(found) == 2 and "不在353302的批复清单里" in found[0][0]


METERS, PIPES = approved("5000000", "水表加固项目"), approved("7", "管道疏通")


@pytest.mark.parametrize(
    ("typed", "amount", "entries", "near"),
    [
        ("水表加固工程", "5000000", [METERS, PIPES], True),  # the same amount
        ("水表加固工程", "5000049", [METERS, PIPES], True),  # in 万元 it is
        ("水表加固工程", "4800000", [METERS, PIPES], False),
        ("水表加固工程", None, [METERS, PIPES], False),
        ("水表加固工程", None, [METERS], True),  # nothing else that it could be
        ("水表更换工程", "5000000", [METERS, PIPES], False),
        ("水表加固工程", "0", [approved("0", "水表加固项目"), PIPES], False),
        ("水表加固工程二期", "5000000", [approved("5000000", "水表加固项目一期")], False),
        ("2023年水表加固工程", "5000000", [approved("5000000", "2024年水表加固项目")], False),
        ("水表加固工程（二）", "5000000", [approved("5000000", "水表加固项目（一）")], False),
        ("水表加固工程Ⅱ", "5000000", [approved("5000000", "水表加固项目Ⅰ")], False),
        ("图书采购", "5000000", [METERS], False),
    ],
)
def test_A06_less_alike_names_are_near_where_the_amount_or_the_unit_s_only_project_agrees(typed, amount, entries, near):
    yuan = None if amount is None else Decimal(amount)

    match = Approvals.of(entries).match("353302", typed, amount_yuan=yuan)

    assert (match.near == entries[0]) == near
    assert match.approval is None


def test_A06_an_alike_name_of_the_same_amount_is_one_finding_and_nothing_missing():
    found = a06([form(project="水表加固工程", title=None)], approvals=[METERS, approved(), PIPES])

    assert [message for message, _ in found if "水表" in message] == [
        "“水表加固工程”与353302批复清单里的“水表加固项目”（5,000,000.00 元）名称相近，疑似同一项目"
    ]


def test_A06_a_project_without_amount_is_matched_and_missed_and_its_amount_is_not_compared():
    unpriced = Approval("353302", "社保卡制卡工本费", None)

    assert hits(form(), "A06", approvals=[unpriced]) == []
    assert crossed([form()], "A06", approvals=[unpriced]) == []
    assert a06([], approvals=[unpriced]) == [
        ("批复清单里的“社保卡制卡工本费”（353302，清单没写金额）没有申报", "请补报这个项目")
    ]
    ((near, _),) = a06([form(project="社保卡制卡工本", title=None)], approvals=[unpriced])
    assert "“社保卡制卡工本费”（清单没写金额）名称相近" in near


def test_A06_a_part_without_amount_leaves_the_whole_unknown():
    parts = [approved("3000000"), Approval("353302", "社保卡制卡工本费", None)]

    assert [entry.amount_yuan for entry in Approvals.of(parts).projects.values()] == [None]
    assert hits(form(), "A06", approvals=parts) == []


NAMED = Approval("353302", "社保卡制卡工本费", Decimal(5000000), unit="天津市社会保险基金管理中心")


def test_A06_a_form_without_code_of_its_unit_goes_by_the_unit_s_name():
    blank = form(unit_code=None)

    assert hits(blank, "A06", approvals=[NAMED]) == []
    assert crossed([blank], "A06", approvals=[NAMED]) == []
    assert hits(form(unit_code=None, total="480"), "A06", approvals=[NAMED]) == ["C4 error"]
    control = Approval("353302", "", Decimal(5000000), unit=NAMED.unit)
    assert crossed([blank], "A06", approvals=[control]) == []


@pytest.mark.parametrize(
    ("code", "unit", "entries"),
    [
        ("", "别的单位", [NAMED]),
        ("", "", [NAMED]),
        ("353399", NAMED.unit, [NAMED]),  # a wrong code is no blank one
        ("", NAMED.unit, [NAMED, Approval("353303", "宣传费", Decimal(1), unit=NAMED.unit)]),  # whose?
    ],
)
def test_approvals_go_by_a_unit_s_name_only_where_it_can_be_one_unit(code, unit, entries):
    assert Approvals.of(entries).match(code, NAMED.project, unit=unit) == Match()


CODED = Approval("353302", "社保卡制卡工本费", Decimal(5000000), "P1")


def test_A06_by_project_code_another_name_is_told_once_and_the_amount_still_compared():
    renamed = form(project="制卡费", project_code="P1")

    assert hits(renamed, "A06", approvals=[CODED]) == ["B3 warning"]
    assert crossed([renamed], "A06", approvals=[CODED]) == []
    wrong = form(project="制卡费", project_code="P1", total="480")
    assert sorted(hits(wrong, "A06", approvals=[CODED])) == ["B3 warning", "C4 error"]


def test_A06_another_unit_s_code_over_that_of_a_handed_out_form_is_one_finding():
    moved = form(project_code="P1", unit_code="353303")

    assert hits(moved, "A06", approvals=[CODED]) == ["B2 error"]
    assert crossed([moved], "A06", approvals=[CODED]) == []
    assert hits(moved, "A06", approvals=[CODED], roster=ROSTER) == []  # S03 says it


def test_A06_a_project_code_that_several_units_use_is_looked_for_in_the_unit_only():
    shared = [CODED, Approval("353304", "别的", Decimal(1), "P1")]

    assert hits(form(project_code="P1"), "A06", approvals=shared) == []
    assert hits(form(project="甲", project_code="P1", unit_code="353303"), "A06", approvals=shared) == ["B3 error"]


def test_A06_a_form_without_project_code_goes_by_its_name():
    assert hits(form(), "A06", approvals=[CODED]) == []
    assert hits(form(project_code="P9"), "A06", approvals=[CODED]) == []


def test_approvals_projects_of_one_name_are_told_apart_by_their_codes():
    listed = Approvals.of([CODED, Approval("353302", "社保卡制卡工本费", Decimal(7), "P2")])

    assert listed.match("353302", "社保卡制卡工本费", "P2").approval.amount_yuan == 7
    assert listed.match(" 353302", "社保卡 制卡工本费").approval == CODED


def test_approvals_of_a_list_without_codes_of_units_go_by_their_names():
    listed = Approvals.of([Approval("", "宣传费", Decimal(1), unit="社保中心")])

    assert listed.match("353302", "宣传费", unit="社保 中心").approval is not None
    assert listed.match("353302", "宣传费", unit="就业中心") == Match()


def test_approvals_compare_names_of_one_unit_only(monkeypatch):
    compared = []
    close = lists.get_close_matches

    def counting(name, names, **options):
        compared.append(len(names))
        return close(name, names, **options)

    monkeypatch.setattr(lists, "get_close_matches", counting)
    listed = Approvals.of(Approval(f"{n % 1000:06}", f"项目{n // 1000}", Decimal(n)) for n in range(5000))

    assert all(listed.match(f"{n % 1000:06}", f"项目{n // 1000}").approval for n in range(5000))
    assert compared == []
    listed.match("000007", "另一个")
    assert compared == [5]


def test_A06_waits_for_an_amount_and_a_unit_that_can_be_read():
    assert hits(form(total="约500"), "A06", approvals=[approved("1")]) == []
    assert hits(form(money_unit="百元"), "A06", approvals=[approved("1")]) == []


def test_A06_what_was_not_sent_is_told_of_the_whole_collection_only():
    approvals = [approved(), approved("9", "宣传费")]

    assert hits([form(file="甲.xlsx"), other("乙.xlsx")], "A06", approvals=approvals) == ["乙.xlsx B3 error"]
    assert crossed([form(file="甲.xlsx")], "A06", approvals=approvals) == ["None - error"]
    assert crossed([form(file="甲.xlsx")], "A06") == []


def test_A06_the_projects_of_a_unit_together_against_its_control_figure():
    forms = [form(file="甲.xlsx"), form(file="乙.xlsx", project="宣传费", total="100")]

    assert crossed(forms, "A06", approvals=[approved("6000000", project="")]) == []
    assert crossed(forms, "A06", approvals=[approved("5000000", project="")]) == ["None - error"]
    assert crossed([form(total="约")], "A06", approvals=[approved("5000000", project="")]) == []


# --- the ledger's way --------------------------------------------------------------------------------------------


def test_traits_give_the_same_findings_as_the_forms_themselves():
    forms = [form(file="甲.xlsx"), form(file="乙.xlsx"), other("丙.xlsx", table=SOUND), other("丁.xlsx")]
    within = [issue for issue in check(forms) if issue.code[0] == "X"]

    assert within
    assert sorted(map(repr, cross_check(map(traits_of, forms)))) == sorted(map(repr, within))


def test_an_explanation_of_the_row_is_shown_with_what_is_found_between_forms():
    forms = two(table(), table("≥90%") + " | 服务对象不同")

    assert [issue.explanation for issue in check(forms) if issue.code == "X04"] == ["服务对象不同"]


def test_settings_hold_between_forms_too():
    forms = [form(file="甲.xlsx"), form(file="乙.xlsx")]

    assert crossed(forms, "X01", settings=Settings(ignore=("X",))) == []
