"""The vocabulary: editions, older names, signs, units of measure, word lists."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from perfxl.errors import UsageError
from perfxl.vocabulary import Vocabulary, editions

FORMS = json.loads(Path(__file__).with_name("data").joinpath("forms.json").read_text(encoding="utf-8"))["forms"]
INDICATORS = [indicator for form in FORMS for indicator in form["indicators"]]
TJ = Vocabulary.load()
MOF = Vocabulary.load("mof-2021")


def test_tianjin_is_the_default_and_editions_are_loaded_once():
    assert editions() == ("tianjin-2023", "mof-2021")
    assert Vocabulary.load("tianjin-2023") is TJ
    assert (TJ.edition, TJ.money_unit, MOF.money_unit) == ("tianjin-2023", "万元", "元")


def test_unknown_edition_names_those_there_are_and_the_nearest():
    with pytest.raises(UsageError, match=r"tianjin-2023.*mof-2021.*是不是“mof-2021”"):
        Vocabulary.load("mof2021")
    with pytest.raises(UsageError, match="请从中选一个"):
        Vocabulary.load("")


def test_cost_stands_under_output_in_tianjin_and_by_itself_in_mof():
    assert TJ.levels1 == ("产出指标", "效益指标", "满意度指标")
    assert TJ.levels2("产出指标") == ("数量指标", "质量指标", "时效指标", "成本指标")
    assert MOF.levels1 == ("成本指标", "产出指标", "效益指标", "满意度指标")
    assert MOF.levels2("成本") == ("经济成本指标", "社会成本指标", "生态环境成本指标")
    assert TJ.levels2("成本指标") == ()
    assert TJ.parents_of("成本指标") == ("产出指标",)
    assert MOF.parents_of("成本指标") == ()
    assert TJ.parents_of("环境效益") == ("效益指标",)


@pytest.mark.parametrize(
    ("text", "standard", "alias"),
    [
        ("产出指标", "产出指标", False),
        (" 产出\n指标\u3000", "产出指标", False),
        ("产出", "产出指标", True),
        ("项目完成指标", "产出指标", True),
        ("项目效益指标", "效益指标", True),
        ("效果指标", "效益指标", True),
        ("满意度", "满意度指标", True),
        ("成本指标", None, False),
        ("投入指标", None, False),
        ("", None, False),
    ],
)
def test_level1_by_its_older_names(text, standard, alias):
    assert (TJ.canonical_level1(text), TJ.is_alias_level1(text)) == (standard, alias)


@pytest.mark.parametrize(
    ("text", "standard", "alias"),
    [
        ("数量指标", "数量指标", False),
        ("数量", "数量指标", True),
        ("环境效益指标", "生态效益指标", True),
        ("社会公众或服务对象满意度指标", "服务对象满意度指标", True),
        ("满意度指标", "服务对象满意度指标", True),
        ("产出指标", None, False),
    ],
)
def test_level2_by_its_older_names(text, standard, alias):
    assert (TJ.canonical_level2(text), TJ.is_alias_level2(text)) == (standard, alias)


def test_every_level_of_the_published_forms_is_a_standard_name():
    for indicator in INDICATORS:
        assert indicator["second"] in TJ.levels2(indicator["first"])


@pytest.mark.parametrize(
    ("vocabulary", "code", "good"),
    [
        (TJ, "353302", True),
        (TJ, "3533020", False),
        (TJ, "35330２", False),
        (TJ, "353302\n", False),
        (MOF, "042", True),
        (MOF, "353302001", True),
        (MOF, "0420", False),
    ],
)
def test_unit_code(vocabulary, code, good):
    assert bool(vocabulary.unit_code_pattern.fullmatch(code)) is good


@pytest.mark.parametrize(
    ("present", "weights"),
    [
        (
            ["成本指标", "产出指标", "效益指标", "满意度指标"],
            {"成本指标": 20, "产出指标": 40, "效益指标": 20, "满意度指标": 10},
        ),
        (["产出指标", "效益指标", "满意度指标"], {"产出指标": 50, "效益指标": 30, "满意度指标": 10}),
        (["产出", "效益"], {"产出指标": 50, "效益指标": 40}),
        (["成本", "产出", "效益"], {"成本指标": 20, "产出指标": 40, "效益指标": 30}),
    ],
)
def test_weights_add_up_to_90_and_satisfaction_leaves_its_share_to_benefit(present, weights):
    assert MOF.expected_weights(present) == weights
    assert sum(weights.values()) == 90


def test_tianjin_has_no_weights():
    assert not TJ.weights
    assert TJ.expected_weights(TJ.levels1) == {}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("≥", "≥"),
        (">=", "≥"),
        ("＞＝", "≥"),
        ("不 低于", "≥"),
        ("≦", "≤"),
        ("不超过", "≤"),
        ("＝", "="),
        ("超过", ">"),
        ("约", None),
        ("", None),
    ],
)
def test_signs(text, sign):
    assert TJ.sign(text) == sign


@pytest.mark.parametrize(
    ("text", "name", "dimension", "factor", "base"),
    [
        ("%", "%", "ratio", "1", "%"),
        ("百分比", "%", "ratio", "1", "%"),
        ("（％）", "%", "ratio", "1", "%"),
        ("万元", "万元", "money", "10000", "元"),
        ("亿元", "亿元", "money", "100000000", "元"),
        ("千元", "千元", "money", "1000", "元"),
        ("万人", "万人", "count", "10000", "人"),
        ("名", "人", "count", "1", "人"),
        ("KM", "公里", "length", "1000", "米"),
        ("千米", "公里", "length", "1000", "米"),
        ("㎡", "平方米", "area", "1", "平方米"),
        ("m²", "平方米", "area", "1", "平方米"),
        ("万平米", "万平方米", "area", "10000", "平方米"),
        ("公斤", "千克", "mass", "1", "千克"),
        ("季度", "个季度", "time", "3", "个月"),
        ("日", "天", "time", "1", "天"),
        ("个工作日", "工作日", "time", "1", "工作日"),
        ("个百分点", "百分点", "points", "1", "百分点"),
    ],
)
def test_measures(text, name, dimension, factor, base):
    measure = TJ.measure(text)
    assert measure is not None
    assert (measure.name, measure.dimension, measure.factor, measure.base) == (name, dimension, Decimal(factor), base)


@pytest.mark.parametrize("text", ["", "万", "桶装", "万%", "元/亩", "人人", "(" * 5000 + ")" * 5000, "\ud800"])
def test_what_is_no_measure(text):
    assert TJ.measure(text) is None


def test_multiplier_and_unit_are_told_apart():
    measure = TJ.measure("万封")
    assert measure is not None
    assert (measure.multiplier, measure.unit) == (10000, "封")


def test_units_of_different_things_never_share_a_base():
    sets, pieces = TJ.measure("套"), TJ.measure("件")
    assert sets is not None
    assert pieces is not None
    assert sets.base != pieces.base


def test_the_drop_down_offers_standard_names_once_and_all_that_the_published_forms_use():
    offered = TJ.measures_offered
    assert len(set(offered)) == len(offered) >= 40
    for name in offered:
        parts = [TJ.measure(part) for part in name.split("/")]
        assert "/".join(part.name for part in parts if part) == name
    used = {indicator["parsed"]["unit_normalised"] for indicator in INDICATORS} - {None}
    assert used <= set(offered)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("元", 1), ("万元", 10000), (" 亿 元", 10**8), ("（万元）", 10000), ("美元", None), ("百万元", None), ("", None)],
)
def test_money_units_of_a_form(unit, factor):
    assert TJ.money_factor(unit) == factor


def test_words_as_declared_and_unknown_list_is_a_mistake_of_the_caller():
    assert "人均" in TJ.words("unit_price")
    with pytest.raises(KeyError):
        TJ.words("no such list")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("unit_price", "社保卡制卡单位平均成本", "单位平均成本"),
        ("unit_price", "工装单位成本", "单位成本"),
        ("unit_price", "用人单位补贴", None),
        ("satisfaction_survey", "满意度调查费用", "满意度调查"),
        ("negative_count", "新增违建发生数", "新增违建"),
        ("negative_count", "挂号信寄送数", None),
        ("growth", "浏览量增长率", "增长"),
        ("placeholders", "≥**%", "**"),
        ("placeholders", "完成XX项", "XX"),
        ("placeholders", "……", "……"),
        ("placeholders", "指标1：数量", "指标1："),
        ("placeholders", "目标 2：", "目标 2："),
        ("placeholders", "XXL号工装", None),
        ("time_elements", "日常维护", None),
        ("time_elements", "3天完成", "3天"),
    ],
)
def test_patterns_find_what_rules_look_for(name, text, found):
    match = TJ.pattern(name).search(text)
    assert (match and match[0]) == found


def test_of_the_published_timeliness_values_two_have_no_time_in_them():
    without = [
        form["project_no"]
        for form in FORMS
        for indicator in form["indicators"]
        if indicator["second"] == "时效指标" and not TJ.pattern("time_elements").search(indicator["value_text"])
    ]
    assert without == ["97", "100"]


def test_white_listed_reduplications_are_reduplications():
    repeated = re.compile(r"([\u4e00-\u9fff]{2,4})\1")
    assert all(repeated.search(word) for word in TJ.words("reduplication"))


def test_words_can_be_added_without_touching_the_edition_itself():
    more = TJ.with_words({"generic_names": ("日常工作",), "growth": ("扩面",), "measures": ("奎",)})

    assert more.has("generic_names", " 日常 工作") and not TJ.has("generic_names", "日常工作")
    assert more.has("generic_names", "服务效能")
    assert more.pattern("growth").search("参保扩面") and not TJ.pattern("growth").search("参保扩面")
    assert more.measure("奎") is not None and TJ.measure("奎") is None
    assert more.words("generic_names")[-1] == "日常工作"
    assert more.with_words({"generic_names": ("又一个",)}).words("generic_names")[-2:] == ("日常工作", "又一个")
    assert TJ.with_words({}) is TJ


def test_adding_to_a_list_that_there_is_not_names_the_nearest():
    assert {"measures", "generic_names", "no_unit_price"} <= set(TJ.lists())
    with pytest.raises(UsageError, match="是不是“generic_names”"):
        TJ.with_words({"generic_name": ("日常工作",)})
