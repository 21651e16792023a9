"""What the live checks leave to the Python rules, and the lists they search: without LibreOffice."""

from __future__ import annotations

import re

import pytest
from forms import form

from perfxl.issue import At
from perfxl.layout import FORM_SHEET
from perfxl.rules.formula_lists import spelt_out, unit_words
from perfxl.rules.reach import claims, reads
from perfxl.vocabulary import Vocabulary

VOCABULARY = Vocabulary.load()


def claimed(code: str, cell: str, rows: str) -> bool:
    return claims(code, At.parse(FORM_SHEET, cell), form(rows), VOCABULARY)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "空"),
        ("≥95%", "数"),
        ("不低于９５％", "数"),
        ("≥ 5 张", "数"),
        ("≥张", "缺"),
        ("年底前", "日"),
        ("满足需要", "文"),
        ("5-10天", "?"),
        ("30奎", "?"),
        ("2023年", "?"),
        ("1234567890123456张", "?"),
    ],
)
def test_a_value_is_read_as_the_formulas_read_it(text, kind):
    assert reads(text, VOCABULARY) == kind


@pytest.mark.parametrize(
    ("code", "cell", "row", "expected"),
    [
        ("V05", "G17", "产出指标 | 数量指标 | 制卡数量 | 全年 | 5张", True),
        ("V05", "G17", "产出指标 | 数量指标 | 制卡数量 | 全年 | 5-10", False),
        ("I02", "F17", "产出指标 | 时效指标 | 年底 | 全年 | 年底", False),
        ("V13", "F17", "产出指标 | 数量指标 | 制卡数量 | 全年 | 年底", True),
        ("V13", "F17", "产出指标 | 数量指标 | 制卡数量 | 全年 | 很多。。", False),
        ("A03", "F17", "产出指标 | 成本指标 | 制卡费用 | 全年 | 5-10万元", False),
        ("A03", "F17", "产出指标 | 质量指标 | 合格率 | 全年 | 90-95%", True),
        ("T07", "A15", "产出指镖 | 数量指标 | 制卡数量 | 全年 | 5张", False),
        ("T06", "B15", "产出指标 | 数亮指标 | 制卡数量 | 全年 | 5张", False),
        ("T05", "A15", "产出指标 | 数亮指标 | 制卡数量 | 全年 | 5张", True),
        ("T02", "B17", "产出指标 | 数亮指标 | 制卡数量 | 全年 | 5张", True),
        ("I05", "C17", "产出指标 | 数量指标 | 指标1：制卡 | 全年 | 5张", True),
        ("I05", "C17", "产出指标 | 数量指标 | XX制卡 | 全年 | 5张", False),
    ],
)
def test_only_what_a_formula_can_tell_is_claimed(code, cell, row, expected):
    assert claimed(code, cell, row) is expected


def test_a_word_list_is_spelt_out_as_far_as_a_search_goes():
    prices = spelt_out(re.compile("人均|单位(?:平均)?(?:成本|造价)"))
    assert sorted(prices) == sorted(["人均", "单位成本", "单位造价", "单位平均成本", "单位平均造价"])
    assert spelt_out(re.compile(r"……|[*＊]{2,}|指标\s*[0-9]+")) == ["……", "**", "*＊", "＊*", "＊＊"]


@pytest.mark.parametrize("name", ["unit_price", "growth", "negative_count", "placeholders"])
def test_every_word_spelt_out_is_one_that_the_vocabulary_finds(name):
    pattern = VOCABULARY.pattern(name)
    words = spelt_out(pattern)

    assert set(VOCABULARY.words(name)) <= set(words)
    assert all(pattern.search(str(word)) for word in words)


def test_the_units_that_formulas_know_are_the_vocabularys_but_for_dates():
    words = unit_words(VOCABULARY)

    assert {"%", "元/人", "万人", "张"} <= set(words)
    assert {"月", "日", "季度"} & set(words) == set()
