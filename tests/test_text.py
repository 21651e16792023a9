"""Text as people see it: trimmed, compared, laid out, and numbers written for them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfxl.text import INVISIBLE, display_width, lines_needed, money, plain, squeeze, tidy

WHITE = " \t\n\u3000\u00a0" + INVISIBLE
WORDS = st.text("甲乙ab1é，,。", min_size=1)


@given(WORDS, st.text(WHITE), st.text(WHITE))
def test_tidy_takes_white_and_invisible_characters_off_the_ends_only(word, before, after):
    assert tidy(f"{before}{word} {word}{after}") == f"{word} {word}"


@given(st.text())
def test_tidying_twice_is_tidying_once(text):
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("１００％", "100%"),
        ("社保 卡\u3000工本费\n", "社保卡工本费"),
        ("Ａ\u200bＢ", "AB"),
        ("e\u200b\u0301", "\u00e9"),
    ],
)
def test_squeezed_texts_are_equal_where_people_see_no_difference(typed, same):
    assert squeeze(typed) == squeeze(same)


def test_squeezed_texts_of_different_words_differ():
    assert squeeze("财政资金") != squeeze("其他资金")


@given(st.text())
def test_squeezing_twice_is_squeezing_once(text):
    assert squeeze(squeeze(text)) == squeeze(text)


@pytest.mark.parametrize(("text", "width"), [("", 0), ("ab1", 3), ("指标", 4), ("，％", 4), ("A指标1", 6)])
def test_a_wide_character_takes_two_columns(text, width):
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 20, 1),
        ("指标", 6, 1),
        ("指标三", 6, 2),
        ("一\n二", 20, 2),
        ("一\n\n二", 20, 3),
        # Nine columns of room hold four wide characters; the ninth column stays empty.
        ("指" * 8, 11, 2),
        ("指" * 9, 11, 3),
        ("指标", 0, 2),
    ],
)
def test_lines_are_counted_as_the_text_wraps(text, width, lines):
    assert lines_needed(text, width) == lines


@given(st.text("甲a\n"), st.integers(0, 60), st.text("甲a\n"))
def test_more_text_never_needs_fewer_lines_and_a_wider_cell_never_more(text, width, more):
    assert lines_needed(text + more, width) >= lines_needed(text, width) >= lines_needed(text, width + 1) >= 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [("1E+3", "1000"), ("12.50", "12.5"), ("100", "100"), ("0.00", "0"), ("-3.10", "-3.1")],
)
def test_a_plain_number_has_no_exponent_and_no_noughts_at_its_end(number, shown):
    assert plain(Decimal(number)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [("500", "500.00"), ("84.1", "84.10"), ("499.999395", "499.999395"), ("1E+3", "1000.00")]
)
def test_money_has_two_decimals_or_all_that_it_has(amount, shown):
    assert money(Decimal(amount)) == shown


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_no_digit_of_a_number_is_lost(number):
    assert Decimal(plain(number)) == number
    assert Decimal(money(number)) == number
