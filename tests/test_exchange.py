"""Forms as JSON: everything that was read, and back again; what is not of that shape is told by its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from forms import SOUND, broken, deviation, form

import perfxl
from perfxl.errors import InputError
from perfxl.rules import check

RICH = form(
    SOUND.replace("≥ | 99 ", "≥ | 099"),
    total=500,
    note="整体说明",
    contact=broken("#N/A"),
    weights="10 - 10 10 30 20",
    deviations=(deviation("A3", "项目名称", "项目"),),
    explanations={17: "上年结转"},
)


@pytest.mark.parametrize("forms", [(), (RICH,), (form(), RICH)])
def test_what_is_written_is_read_back_the_same(forms):
    assert perfxl.load_forms(perfxl.dump_forms(forms)) == forms


def test_the_rules_find_the_same_in_a_form_that_has_been_away():
    (back,) = perfxl.load_forms(perfxl.dump_forms([RICH]))

    assert list(check(back)) == list(check(RICH))


def test_the_schema_describes_what_is_written():
    jsonschema.validate(json.loads(perfxl.dump_forms([RICH])), perfxl.form_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{"project": "社保卡"}], perfxl.form_schema())


def test_amounts_are_texts_so_that_no_program_rounds_them():
    (written,) = json.loads(perfxl.dump_forms([form(total=500)]))

    assert written["budget"]["total"]["number"] == "500"


def test_half_a_character_does_not_stop_the_writing():
    assert "?" in perfxl.dump_forms([form(purpose="\ud83d")])


def test_what_a_later_version_has_added_is_passed_over():
    (written,) = json.loads(perfxl.dump_forms([RICH]))

    assert perfxl.load_forms(json.dumps([{**written, "later": 1}])) == (RICH,)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one.pop("budget"), "第1张表的 budget：没有这一项"),
        (lambda one: one["budget"]["total"].update(number="五百"), "第1张表的 budget.total.number：内容的类型不对"),
        (lambda one: one["indicators"].append("产出指标"), "第1张表的 indicators.6：内容的类型不对"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(change: Callable[[dict[str, Any]], object], told):
    written = json.loads(perfxl.dump_forms([RICH]))
    change(written[0])

    with pytest.raises(InputError, match=told.replace(".", r"\.")):
        perfxl.load_forms(json.dumps(written))


@pytest.mark.parametrize("text", ["", "[", "{}", "绩效目标表", b"\xff"])
def test_what_is_no_list_of_forms_is_refused_in_words(text):
    with pytest.raises(InputError, match="不是绩效目标表的 JSON"):
        perfxl.load_forms(text)
