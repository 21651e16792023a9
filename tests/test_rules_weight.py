"""Family W: weights stand in column H; their heading is H15."""

from __future__ import annotations

import pytest
from forms import SOUND, form, hits

# Without 成本: 产出 50 in three rows, 效益 30, 满意度 10.
WITHOUT_COST = "\n".join(line for line in SOUND.splitlines() if "成本" not in line)
WITH_COST = WITHOUT_COST + "\n成本指标 | 经济成本指标 | 制卡费用 | 全年支出 | ≤500万元"


def mof(weights, table=WITHOUT_COST):
    return form(table, edition="mof-2021", weights=weights)


@pytest.mark.parametrize("weights", ["20 20 10 30 10", "20 20.5 9.5 30 10", "20% 20% 10% 30% 10%", "２０ 20 10 30 10"])
def test_W01_weights_that_add_up_to_what_the_edition_gives(weights):
    assert hits(mof(weights), "W01") == []


def test_W01_the_share_of_budget_execution_is_left_out():
    assert hits(mof("20 20 10 30 20"), "W01") == ["H15 error"]  # 100
    assert hits(mof("20 10 10 20 10 20", WITH_COST), "W01") == []


def test_W01_in_an_edition_without_weights_they_add_up_to_100():
    assert hits(form(weights="20 20 10 20 20 10"), "W01") == []
    assert hits(form(weights="20 20 10 20 10 10"), "W01") == ["H15 error"]


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ("20 - 10 30 10", ["H18 error"]),
        ("20 0 10 30 10", ["H18 error"]),
        ("20 -5 10 30 10", ["H18 error"]),
        ("20 二十 10 30 10", ["H18 error"]),
        ("20 1e1 - 30 10", ["H18 error", "H19 error"]),
        ("- - - - -", ["H17 error"]),
    ],
)
def test_W01_a_weight_that_is_missing_or_no_number_and_then_no_word_of_the_sum(weights, found):
    assert hits(mof(weights), "W01") == found


def test_W_without_the_column_or_with_none_filled_where_none_is_due_nothing_is_said():
    for code in ("W01", "W02"):
        assert hits(form(), code) == []
        assert hits(form(WITHOUT_COST, edition="mof-2021"), code) == []
        assert hits(form(weights="- - - - - -"), code) == []


def test_W02_a_first_level_that_weighs_another_amount():
    assert hits(mof("15 15 10 40 10"), "W02") == ["H17 warning", "H20 warning"]
    assert hits(mof("10 20 20 30 10"), "W02") == []
    assert hits(mof("20 20 10 20 10 10", WITH_COST), "W02") == ["H17 warning", "H22 warning"]


def test_W02_without_satisfaction_benefit_has_its_share():
    table = "\n".join(line for line in WITHOUT_COST.splitlines() if "满意度" not in line)

    assert hits(mof("20 20 10 40", table), "W02") == []
    assert hits(mof("20 20 10 40", table), "W01") == []


def test_W02_waits_for_the_sum_and_for_an_edition_that_gives_weights():
    assert hits(mof("15 15 10 45 15"), "W02") == []
    assert hits(mof("15 - 10 45 10"), "W02") == ["H20 warning"]
    assert hits(form(weights="20 20 10 20 20 10"), "W02") == []
