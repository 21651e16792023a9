"""The grammar of 指标值: the 80 published values, the forms of the grammar, and what holds for any text."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfxl.target import Deadline, TargetValue, quantities_in
from perfxl.vocabulary import Vocabulary

FORMS = json.loads(Path(__file__).with_name("data").joinpath("forms.json").read_text(encoding="utf-8"))["forms"]
PUBLISHED = [
    pytest.param(indicator["value_text"], indicator["parsed"], id=f"{form['project_no']}-{indicator['row']}")
    for form in FORMS
    for indicator in form["indicators"]
]
VOCABULARY = Vocabulary.load()


def parse(text):
    return TargetValue.parse(text)


def embedded(quantity):
    return {
        "operator_raw": quantity.relation_text,
        "operator": quantity.relation,
        "number": str(quantity.number),
        "unit": quantity.unit,
        "unit_normalised": quantity.unit_normalised,
    }


@pytest.mark.parametrize(("text", "parsed"), PUBLISHED)
def test_published_values_parse_as_their_readers_stated(text, parsed):
    value = parse(text)
    assert parsed == {
        "kind": value.kind,
        "operator": value.relation,
        "operator_raw": value.relation_text,
        "number": None if value.number is None else str(value.number),
        "unit": value.unit,
        "unit_normalised": value.unit_normalised,
        "qualitative_text": value.text if value.kind == "qualitative" else None,
        "embedded": [embedded(quantity) for quantity in value.quantities],
    }


def test_all_eighty_are_there():
    assert len(PUBLISHED) == 80


@pytest.mark.parametrize(
    ("text", "relation", "relation_text", "number", "unit", "printed"),
    [
        (">=20%", "≥", ">=", "20", "%", "≥20%"),
        ("=100.00(%)", "=", "=", "100.00", "(%)", "=100.00%"),
        ("＞5人", ">", "＞", "5", "人", ">5人"),
        ("≧5人", "≥", "≧", "5", "人", "≥5人"),
        ("小于等于5", "≤", "小于等于", "5", None, "≤5"),
        ("至少3次", "≥", "至少", "3", "次", "≥3次"),
        ("不超过 5 天", "≤", "不超过", "5", "天", "≤5天"),
        ("5万元以内", "≤", "以内", "5", "万元", "≤5万元"),
        ("100%以上", "≥", "以上", "100", "%", "≥100%"),
        ("不超过5天以内", "≤", "不超过…以内", "5", "天", "≤5天"),
        ("5个工作日内", "≤", "内", "5", "个工作日", "≤5工作日"),
        ("≥95%%", "≥", "≥", "95", "%%", "≥95%"),
        ("≥≥95百分比%", "≥", "≥≥", "95", "百分比%", "≥95%"),
        ("百分之95", None, None, "95", "百分之", "95%"),
        ("不低于百分之95", "≥", "不低于", "95", "百分之", "≥95%"),
        ("100㎡", None, None, "100", "㎡", "100平方米"),
        ("≥100人(次)", "≥", "≥", "100", "人(次)", "≥100人次"),
        ("≤5 万 元", "≤", "≤", "5", "万 元", "≤5万元"),
        ("13月", None, None, "13", "月", "13个月"),
        ("6个月", None, None, "6", "个月", "6个月"),
        ("≤6月", "≤", "≤", "6", "月", "≤6个月"),
        ("5日", None, None, "5", "日", "5天"),
        ("2000", None, None, "2000", None, "2000"),
        ("≥2023", "≥", "≥", "2023", None, "≥2023"),
    ],
)
def test_sign_number_unit(text, relation, relation_text, number, unit, printed):
    value = parse(text)
    assert value.kind == "quantitative"
    assert (value.relation, value.relation_text, value.number, value.unit) == (
        relation,
        relation_text,
        Decimal(number),
        unit,
    )
    assert str(value) == value.printed == printed


@pytest.mark.parametrize(
    ("text", "multiplier", "measure", "per", "yuan"),
    [
        ("3.1万封", 10000, "封", None, None),
        ("≤753万元", 10000, "元", None, 7530000),
        ("0.3亿元", 10**8, "元", None, 30000000),
        ("500元/亩", 1, "元", "亩", 500),
        ("0.5万元/平米", 10000, "元", "平方米", 5000),
        ("≤63元每人", 1, "元", "人", 63),
        ("≤63元/人/天", 1, "元", "人/天", 63),
        ("5公里", 1, "公里", None, None),
        ("5万", 10000, None, None, None),
        ("5", None, None, None, None),
    ],
)
def test_unit_is_split(text, multiplier, measure, per, yuan):
    value = parse(text)
    assert (value.multiplier, value.measure, value.per, value.amount_yuan) == (multiplier, measure, per, yuan)


def test_amounts_are_exact_and_keep_no_more_than_the_multiplier():
    assert parse("3.1万封").amount == 31000
    assert parse("1234567890123456789012345678.01万元").amount_yuan == Decimal("12345678901234567890123456780100")
    assert parse("1" * 41 + "元").kind == "qualitative"


@pytest.mark.parametrize(
    ("text", "known", "normalised"),
    [
        ("≥5套", True, "套"),
        ("≥5串串", False, "串串"),
        ("≥5套次", True, "套次"),
        ("≥5元/串", False, "元/串"),
        ("≥5", False, None),
    ],
)
def test_a_unit_that_the_vocabulary_lacks_is_still_a_unit(text, known, normalised):
    value = parse(text)
    assert (value.kind, value.unit_known, value.unit_normalised) == ("quantitative", known, normalised)


@pytest.mark.parametrize(
    ("text", "number", "upper", "unit", "irregular"),
    [
        ("3～5天", 3, 5, "天", False),
        ("3天-5天", 3, 5, "天", False),
        ("3至5个工作日", 3, 5, "工作日", False),
        ("3％-5％", 3, 5, "%", False),
        ("1-2", 1, 2, None, False),
        ("10-5天", 10, 5, "天", True),
    ],
)
def test_ranges(text, number, upper, unit, irregular):
    value = parse(text)
    assert value.kind == "range"
    assert (value.number, value.upper, value.unit_normalised, value.irregular) == (number, upper, unit, irregular)
    assert value.text == text


@pytest.mark.parametrize(
    ("text", "year", "month", "day", "before"),
    [
        ("2023年6月底前", 2023, 6, None, True),
        ("6月30日前", None, 6, 30, True),
        ("2023年底前", 2023, 12, None, True),
        ("≤2023年12月31日", 2023, 12, 31, False),
        ("2023-07-01", 2023, 7, 1, False),
        ("2023.7", 2023, 7, None, False),
        ("2023", 2023, None, None, False),
        ("2022-2024年", 2024, None, None, False),
        ("1-6月", None, 6, None, False),
        ("每月10日前", None, None, 10, True),
        ("第1季度", None, None, None, False),
        ("当日", None, None, None, False),
        ("年内", None, None, None, False),
    ],
)
def test_dates_and_deadlines(text, year, month, day, before):
    value = parse(text)
    assert (value.kind, value.deadline, value.number) == ("date", Deadline(year, month, day, before), None)


TEXTS = [
    "≥95%的单位满意",
    "2023年6月底前支付工本费欠款",
    "1_000",
    "NaN",
    "Infinity",
    "١٢",
    "1e5",
    "5²人",
    "①人",
    "½",
    "1/3",
    "≥**%",
    "≥≤5",
    "≥5天以内",
    "底前",
    "022-8",
    "无",
    "/",
    "%",
    "≥",
    "1.2.3%",
    ".5%",
    "5人内",
    "3个完成",
    "5桶装的",
]


@pytest.mark.parametrize("text", [*TEXTS, "1 000"])
def test_anything_else_is_text(text):
    value = parse(text)
    assert (value.kind, value.text, value.relation, value.number) == ("qualitative", text, None, None)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000\u00a0", "\u200b\ufeff"])
def test_blank(text):
    assert parse(text).kind == "blank"
    assert str(parse(text)) == ""


@pytest.mark.parametrize(
    ("text", "quantities"),
    [
        ("使用超过5年", [">5年"]),
        ("关注人数超过50万人，年增长率>=20%", [">50万人", "≥20%"]),
        ("满意度95%以上，投诉低于3%", ["≥95%", "<3%"]),
        ("控制在5%以内", ["≤5%"]),
        ("收到后7日内办结", ["≤7天"]),
        ("完成3-5次培训", ["3-5次"]),
        ("惠及3万余人，约100人", ["3万人", "100人"]),
        ("不低于百分之95的单位", ["≥95%"]),
        ("单价63元/人", ["63元/人"]),
        ("增长率≥-5%，", ["≥-5%"]),
        ("增长率>=20，提升", ["≥20"]),
        ("1.完成100份；2.整改20条", ["100份", "20条"]),
        ("按〔2017〕33号文执行", []),
        ("2023年12月31日前、1-6月、每月25日前，2022-2024年", []),
        ("不低于2022年水平", []),
        ("完成第3批，A4纸，12345热线，PM2.5", []),
        ("分上下半年两次采购，当日、年内完成", []),
        ("3.次和1.2.3人", []),
    ],
)
def test_quantities_within_a_text(text, quantities):
    assert [str(quantity) for quantity in quantities_in(text)] == quantities


@pytest.mark.parametrize(
    "text",
    ["５０%", "1,000人", "007人", "001", "≥95%*", "_5人", "95*%", "-5%", "1.2.3%", ".5%", "1 000", "5.", "≤5元。"],
)
def test_irregular_writing_is_flagged(text):
    assert parse(text).irregular
    assert parse(text).text == text


@pytest.mark.parametrize(
    "text", ["50%", "0.5%", "100", "≥ 95 ％", "3～5天", "完成5，100人。", "**", "", "2023年6月", "按1.2.3节执行"]
)
def test_regular_writing_is_not(text):
    assert not parse(text).irregular


def parts(value):
    """What must survive printing: all but the way it was typed."""
    return (value.kind, value.relation, value.deadline, list(map(meaning, [value.quantity, *value.quantities])))


def meaning(quantity):
    if quantity is None:
        return None
    unit = quantity.measured_in
    told = unit and (unit.normalised, unit.multiplier, unit.measure, unit.dimension, unit.factor, unit.per, unit.known)
    return quantity.relation, quantity.number, quantity.upper, told


# Text made of what clerks type, so that every branch of the grammar is met.
LOOSE = [
    "2023",
    "12",
    "年",
    "月",
    "日",
    "底前",
    "前",
    "内",
    ".",
    ",",
    "，",
    "-",
    "～",
    "至",
    "/",
    "每",
    "第",
    "*",
    "％",
    "５",
    "②",
    "²",
    "㎡",
    "百分之",
    "百分比",
    "余",
    "的",
    "完成",
    "串",
    "桶",
    "(",
    ")",
    "个",
]
PIECES = st.sampled_from(
    [
        *VOCABULARY.sign_words,
        *VOCABULARY.sign_endings,
        *VOCABULARY.measures_offered,
        *VOCABULARY.multipliers,
        *"0123456789 \n\u200b\ud800",
        *LOOSE,
    ]
)
TYPED = st.lists(PIECES, max_size=9).map("".join)


@given(st.one_of(TYPED, st.text()))
def test_printed_value_means_the_same_and_the_text_is_kept(text):
    value = TargetValue.parse(text)
    assert value.text == text
    assert parts(TargetValue.parse(value.printed)) == parts(value)


@given(
    st.sampled_from(["", *VOCABULARY.sign_words]),
    st.decimals(0, 10**9, allow_nan=False, places=2),
    st.sampled_from(VOCABULARY.measures_offered),
)
def test_what_is_put_together_by_the_rules_comes_apart_again(sign, number, unit):
    value = TargetValue.parse(f"{sign}{number:f}{unit}")
    assert (value.kind, value.relation, value.number, value.unit) == (
        "quantitative",
        VOCABULARY.sign(sign),
        number,
        unit,
    )
    assert value.unit_known


@pytest.mark.parametrize(
    "piece",
    ["1", "1,", "1.", "≥", "1人", "1-", " ", "1 ", "每", "2023年", "百分之", "*", "(", "个", "\ud800", "至1", "1人/"],
)
def test_long_texts_are_read_to_their_end(piece):
    value = TargetValue.parse(piece * 20000 + "完")
    assert value.kind == "qualitative"
