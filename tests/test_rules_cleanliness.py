"""Family N: clean text."""

from __future__ import annotations

import pytest
from forms import form, hits


@pytest.mark.parametrize(
    "name", [" 宣传费", "宣传费 ", "宣\t传费", "宣\u00a0传费", "宣\u3000传费", "宣\u200b传费", "宣\n传费", "宣传费\n"]
)
def test_N01_white_space_that_nobody_sees(name):
    assert hits(form(project=name), "N01") == ["B3 info"]


@pytest.mark.parametrize("name", ["宣传费", "EMS 邮寄费"])
def test_N01_a_space_between_words_is_none_of_it(name):
    assert hits(form(project=name), "N01") == []


def test_N01_what_is_nothing_but_white_space_is_blank():
    assert hits(form(other="  ", purpose="\u3000"), "N01") == []


def test_N01_a_long_text_may_have_lines():
    assert hits(form(purpose="用于制卡。\n用于发卡。"), "N01") == []
    assert hits(form(purpose="用于制卡。\n"), "N01") == ["B5 info"]


def test_N01_a_cell_is_told_once_whatever_its_lines():
    assert hits(form(objectives=["1.制卡。 \n2.发卡。 "]), "N01") == ["B6 info"]


def test_N01_every_cell_of_an_indicator_counts():
    assert hits(form("产出指标 | 数量指标 | ␣制卡 | 全年␣ | ≥␣ | 5 | 张"), "N01") == [
        "C17 info",
        "D17 info",
        "E17 info",
    ]


@pytest.mark.parametrize("text", ["保障社保社保卡人员", "提升服务服务水平", "社会保险社会保险费"])
def test_N02_a_word_typed_twice(text):
    assert hits(form(purpose=text), "N02") == ["B5 warning"]


@pytest.mark.parametrize("text", ["人人享有，常常检查", "一步一步推进", "人人人人", "保障社保卡，社保卡供应"])
def test_N02_characters_doubled_and_words_meant_to_be(text):
    assert hits(form(purpose=text), "N02") == []
