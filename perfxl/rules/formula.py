"""Shared pieces of the live checks: what helper cells work out, and the lists they look things up in.

The Python rules are the truth; a formula follows them as far as it safely can.  How far that is for 指标值 is told by
:func:`reads`; the helper ``kind`` of each row says the same in the sheet:

    空  nothing        数  [sign] digits [. digits] [unit], the unit being one of :func:`unit_words`
    文  text           缺  a sign, a unit, or both, without a number
    日  words that may be a date (年底前)          ?  anything else: every check that needs the value stays silent

Formulas here are templates.  ``{name}`` is the input or helper of the same row, ``{name:all}`` a helper in all
rows of the table, ``{name:above}`` and ``{name:prev}`` those above and the one right above, ``{form.name}`` a helper
of the whole form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from perfxl.rules.facts import COST, QUANTITY
from perfxl.vocabulary import Measure, Vocabulary

# A list of writings begins with this, and the list of what they mean with "": found at 1 is found nowhere.
_NOWHERE = "（未知）"
_LONGEST = 40  # characters of a value that are looked at one by one
_MOST_DIGITS = 15  # a spreadsheet's number holds no more
_DIGITS = "0123456789."
# Every date without a figure is made of these (see perfxl.target); a text of nothing else is left alone.
_DATE_LETTERS = "年初底末内度当月日天季次每周上下半第一二三四止为截至到不晚于迟最之前以起在和及中旬本全、 -~—–"
# A figure and one of these may be a date (6月, 5日, 2季度): not read.
_DATE_UNITS = ("月", "日", "号", "季度", "季")
_WIDTH = 20  # of a piece in the searched lists
_LONGEST_SIGN = 5
_BARE = 20  # characters of a sign and a unit without a number, see IndicatorIncomplete
# Full-width forms that people do type, and what they stand for; NFKC does the same and more.
_FOLDED = dict(zip("０１２３４５６７８９．％＝＞＜（）：；，！？／", "0123456789.%=><():;,!?/", strict=True))
_WHITE = ("\u3000", "\u00a0")
_ENDINGS = "。.;,、!"
_YEARS = (1900, 2100)
# The pattern of the vocabulary's list unit_price, spelt out.
_UNIT_PRICES = tuple(f"单位{average}{what}" for average in ("", "平均") for what in ("成本", "造价", "价格"))
NUMERALS = "一二两三四五六七八九十百千万"
COUNTERS = "个次场期份套台件项家批篇册户条名人处类种"


def fold(text: str) -> str:
    """What :func:`folded` makes of a text."""
    for typed, meant in _FOLDED.items():
        text = text.replace(typed, meant)
    for white in _WHITE:
        text = text.replace(white, " ")
    return re.sub(" +", " ", text).strip(" ")


def folded(reference: str) -> str:
    """A formula: the text with full-width digits and signs made plain, without white space at its ends."""
    for typed, meant in _FOLDED.items():
        reference = f'SUBSTITUTE({reference},"{typed}","{meant}")'
    for white in _WHITE:
        reference = f'SUBSTITUTE({reference},"{white}"," ")'
    return f"TRIM({reference})"


def key(reference: str) -> str:
    """A formula: the text for comparing, without any white space, nor one mark at its end."""
    plain = f'SUBSTITUTE({folded(reference)}," ","")'
    return f'IF({reference}="","",{plain})'


def unmarked(reference: str) -> str:
    """A formula: a helper's text without the one mark at its end that says nothing."""
    return f'IF({reference}="","",IF(ISNUMBER(FIND(RIGHT({reference},1),"{_ENDINGS}")),LEFT({reference},LEN({reference})-1),{reference}))'


def has_any(words: str, text: str) -> str:
    """A condition: the text has one of the words (a name of a list, or an array constant)."""
    return f"SUMPRODUCT(--ISNUMBER(FIND({words},{text})))>0"


def array(words: Iterable[str]) -> str:
    """An array constant of texts."""
    return "{" + ",".join(f'"{word}"' for word in words) + "}"


def _all_of(text: str, letters: str) -> str:
    """How many of the first characters are among those."""
    return f'SUMPRODUCT(--ISNUMBER(FIND(MID({text}&REPT("x",{_LONGEST}),序号,1),"{letters}")))'


def only_digits(text: str) -> str:
    """A condition: the text, of no more than 40 characters, is nothing but digits."""
    return f"{_all_of(text, '0123456789')}=LEN({text})"


def _found(words: str, text: str) -> str:
    """Place of a helper's text in a list, 1 for nowhere.

    The list is one text of equally wide pieces, ``|word|   ``: one search instead of hundreds of comparisons, and no
    MATCH, for which typed text may hold wildcards.
    """
    within = f'FIND("|"&{text}&"|",{words}_串)'
    return f'IF(OR({text}="",LEN({text})>{_WIDTH - 2}),1,IFERROR((INT(({within}-1)/{_WIDTH})+1),1))'


def _without_digits(text: str) -> str:
    for digit in _DIGITS:
        text = f'SUBSTITUTE({text},"{digit}","")'
    return text


def unit_fact(fact: str) -> str:
    """A formula: what a list says of the unit of the row (标准, 量纲, 每 …)."""
    return f"INDEX(单位_{fact},{{unitno}})"


@dataclass(frozen=True, slots=True)
class Helper:
    """A helper cell: its name, its formula without "=", and what it holds where a cell it needs has an error value."""

    name: str
    formula: str
    failing: str = '""'


_NO_DIGIT = "LEN({rest})-LEN({strip})={dots}"
_BARE_VALUE = f'AND({{digits}}=0,LEN({{text}})<={_BARE},OR({{unit}}="",AND({{unitno}}>1,{unit_fact("每")}="")))'
_NUMBER = "LEFT({rest},{digits})"
# What stands behind as many characters as there are digits is all that is no digit: the digits stand in front.
_WELL_FORMED = (
    "AND({digits}>0,EXACT(MID({rest},{digits}+1,999),{strip}),{dots}<=1,"
    f"LEN({{rest}})<={_LONGEST},{{digits}}-{{dots}}<={_MOST_DIGITS},"
    f'LEFT({{rest}},1)<>".",RIGHT({_NUMBER},1)<>".",OR({{unit}}="",{{unitno}}>1))'
)
_YEAR_LIKE = (
    f'AND(OR({{unit}}="",{unit_fact("标准")}="年"),VALUE({_NUMBER})>={_YEARS[0]},VALUE({_NUMBER})<={_YEARS[1]})'
)
_NOTHING = array(("", "不适用", "无", "/", "—"))
_NAMED_PRICE = has_any("词_单价", 'SUBSTITUTE({names},"用人单位","")')
_PER = unit_fact("每基准")
_MATCHING = f"({{qbase:all}}={_PER})"
_ALONE = "AND({form.prices}=1,{form.quantities}=1)"

def _mark() -> str:
    """Place of the longest sign that the value begins with."""
    place = "1"
    for length in range(1, _LONGEST_SIGN + 1):
        within = f'FIND("|"&LEFT({{text}},{length})&"|",符号_串)'
        place = f"IFERROR(INT(({within}-1)/{_WIDTH})+1,{place})"
    return f'IF({{text}}="",1,{place})'


ROW_HELPERS: tuple[Helper, ...] = (
    Helper("key1", key("{carried}")),
    Helper("key2", key("{level2}")),
    Helper("std1", f'INDEX(一级_标准,{_found("一级", "{key1}")})&""'),
    Helper("std2", f'INDEX(二级_标准,{_found("二级", "{key2}")})&""'),
    Helper("category", f'IF({{std1}}="{COST}","{COST}",{{std2}})'),
    Helper("text", folded("{value}")),
    Helper(
        "applies",
        f'IF({{used}},IF(AND({{level3}}&{{description}}&{{text}}<>"",SUMPRODUCT(--EXACT({_NOTHING},{{level3}}))>0,'
        f"SUMPRODUCT(--EXACT({_NOTHING},{{description}}))>0,SUMPRODUCT(--EXACT({_NOTHING},{{text}}))>0),0,1),0)",
        "0",
    ),
    Helper("nth", "N({nth:prev})+{applies}", "N({nth:prev})"),
    Helper("excuse", 'IF(AND({used},{applies}=0,{note}<>""),1,0)', "0"),
    Helper("names", '{level3}&" "&{description}'),
    Helper("textkey", 'SUBSTITUTE({text}," ","")'),
    Helper("typed1", 'IF({level1}="",0,1)', "0"),
    Helper("key3", key("{level3}")),
    Helper("keyd", key("{description}")),
    Helper("mark", _mark(), "1"),
    Helper("sign", 'INDEX(符号_标准,{mark})&""'),
    Helper("signno", 'IF(OR({sign}="≥",{sign}=">"),2,IF(OR({sign}="≤",{sign}="<"),3,IF({sign}="=",1,0)))', "0"),
    Helper("rest", "TRIM(MID({text},IF({mark}=1,0,LEN(INDEX(符号_写法,{mark})))+1,999))"),
    Helper("strip", _without_digits("{rest}")),
    Helper("digits", "LEN({rest})-LEN({strip})", "0"),
    Helper("dots", 'LEN({rest})-LEN(SUBSTITUTE({rest},".",""))', "0"),
    Helper("unit", "TRIM(MID({rest},{digits}+1,999))"),
    Helper("unitno", _found("单位", "{unit}"), "1"),
    Helper(
        "kind",
        f'IF({{text}}="","空",IF({_NO_DIGIT},IF({_BARE_VALUE},"缺",'
        f'IF({_all_of("{text}", _DATE_LETTERS)}>=MIN(LEN({{text}}),{_LONGEST}),"日","文")),'
        f'IF({_WELL_FORMED},IF({_YEAR_LIKE},"?","数"),"?")))',
        '"?"',
    ),
    Helper("number", f'IF({{kind}}="数",VALUE({_NUMBER}),0)', "0"),
    Helper(
        "lacking",
        'IF({applies}=1,IF(OR({level2}="",{level3}="",{kind}="空",{kind}="缺",AND({carried}="",{nth}=1)),1,0),0)',
        "0",
    ),
    # V06: more than all of it.
    Helper("excess", f'IF(AND({{applies}}=1,{{number}}>100,{unit_fact("标准")}="%"),IF({has_any("词_增降", "{names}")},0,1),0)', "0"),
    Helper("costly", 'IF({applies}=0,0,IF(OR(EXACT({carried},"成本指标"),EXACT({carried},"成本")),1,'
           'IF(OR(EXACT({level2},"成本指标"),EXACT({level2},"成本")),2,0)))', "0"),
    Helper("gap2", 'IF(AND({applies}=1,{level2}=""),IF({carried}="","全",{std1}),"")'),
    Helper(
        "twin",
        'IF(OR({applies}=0,{key3}="",AND({category}="",{level2}="")),"",'
        'IF({category}="",{key2},{category})&"¦"&{key3}&"¦"&{keyd})',
    ),
    Helper(
        "cost",
        f'IF(AND({{applies}}=1,{{category}}="{COST}"),IF({{kind}}="数",IF({unit_fact("量纲")}="money",'
        f'IF(OR({unit_fact("每")}<>"",{_NAMED_PRICE}),"价","总"),IF({{unitno}}>1,"他","未")),IF({{kind}}="?","?","未")),"")',
        '"?"',
    ),
    Helper("yuan", f'IF(OR({{cost}}="总",{{cost}}="价"),{{number}}*{unit_fact("倍数")},0)', "0"),
    Helper("sum", 'IF({cost}="总",{yuan},"")'),
    Helper("counted", f'IF(AND({{applies}}=1,{{category}}="{QUANTITY}"),IF({{kind}}="数",1,IF({{kind}}="?",9,0)),0)', "9"),
    Helper("qbase", f'IF({{counted}}=1,IF({unit_fact("每")}="",{unit_fact("基准")}&"",""),"")'),
    Helper("qsize", f'IF({{counted}}=1,{{number}}*{unit_fact("系数")},0)', "0"),
    Helper("qamount", f'IF({{counted}}=1,{{number}}*{unit_fact("倍数")},0)', "0"),
    Helper(
        "product",
        f'IF({{cost}}<>"价",0,IF({unit_fact("每")}="",IF({_ALONE},{{yuan}}*SUM({{qamount:all}}),0),'
        f'IF(SUMPRODUCT({_MATCHING}*1)=1,{{yuan}}*SUMPRODUCT({_MATCHING}*{{qsize:all}})/{unit_fact("每系数")},0)))',
        "0",
    ),
    # The unit says not what the price is per, so that the only quantity there is must do.
    Helper("loose", f'IF(AND({{product}}>0,{unit_fact("每")}=""),1,0)', "0"),
    # 1 where the product is no mere bound: one of the two is a figure, or both are lower bounds.
    Helper(
        "qsign",
        f'IF({{product}}<=0,0,IF({{loose}}=1,SUMPRODUCT(({{counted:all}}=1)*{{signno:all}}),SUMPRODUCT({_MATCHING}*{{signno:all}})))',
        "0",
    ),
    Helper("firm", "IF({product}<=0,0,IF(OR({signno}<2,{qsign}<2,AND({signno}=2,{qsign}=2)),1,0))", "0"),
)


def _amount(name: str, places: int) -> tuple[Helper, ...]:
    """What an amount is: ``state`` 0 blank, 1 one number, 2 no number, 3 negative or finer than a fen, 9 not read."""
    plain = f"{{form.{name}_text}}"
    unsigned = f'IF(LEFT({plain},1)="-",MID({plain},2,99),{plain})'
    odd = f"{_all_of(plain, '0123456789.,- ')}<LEN({plain})"
    digits = f'LEN(SUBSTITUTE(SUBSTITUTE({unsigned},".","")," ",""))'
    dots = f'LEN({unsigned})-LEN(SUBSTITUTE({unsigned},".",""))'
    numeric = (
        f"AND(LEN({unsigned})>0,{_all_of(unsigned, _DIGITS)}=LEN({unsigned}),{dots}<=1,"
        f'LEFT({unsigned},1)<>".",RIGHT({unsigned},1)<>".")'
    )
    value = f"{{form.{name}_value}}"
    return (
        Helper(f"{name}_text", f'IF(ISNUMBER({{{name}}}),"",{folded(f"{{{name}}}")})'),
        Helper(
            f"{name}_value",
            f"IF(ISNUMBER({{{name}}}),{{{name}}},IF({numeric},IF({digits}<={_MOST_DIGITS},VALUE({plain}),0),0))",
            "0",
        ),
        Helper(
            f"{name}_state",
            f'IF(AND(NOT(ISNUMBER({{{name}}})),{plain}=""),0,IF(OR(ISNUMBER({{{name}}}),{numeric}),'
            f"IF(AND(NOT(ISNUMBER({{{name}}})),{digits}>{_MOST_DIGITS}),2,"
            f"IF(OR({value}<0,ROUND({value},{places})<>{value}),3,1)),"
            f"IF(OR(LEN({plain})>{_LONGEST},{odd},{dots}>1),2,9)))",
            "9",
        ),
    )


def form_helpers(vocabulary: Vocabulary) -> tuple[Helper, ...]:
    """Helpers that a form has once."""
    factor = vocabulary.money_factor(vocabulary.money_unit) or Decimal(1)
    places = len(f"{factor:f}") + 1
    return (
        *(helper for name in ("total", "fiscal", "other") for helper in _amount(name, places)),
        Helper(
            "budget",
            f'IF(AND({{form.total_state}}=1,{{form.total_value}}>0,EXACT({{money_unit}},"{vocabulary.money_unit}")),'
            f"{{form.total_value}}*{factor:f},0)",
            "0",
        ),
        Helper("purpose_key", key("{purpose}")),
        Helper("aimless", 'IF(TRIM({all_objectives})="",1,0)', "0"),
        Helper("indicators", "SUM({applies:all})", "0"),
        # Rows whose first level nobody can tell: unknown, and missing.
        Helper("unclear1", 'SUMPRODUCT({applies:all}*({carried:all}<>"")*({std1:all}=""))', "1"),
        Helper("open1", 'SUMPRODUCT({applies:all}*({carried:all}=""))', "1"),
        Helper("unclear2", 'SUMPRODUCT({applies:all}*({std2:all}="")*({gap2:all}=""))', "1"),
        Helper("mixed", "IF(AND(COUNTIF({costly:all},1)>0,COUNTIF({costly:all},2)>0),1,0)", "0"),
        Helper("prices", 'COUNTIF({cost:all},"价")', "0"),
        Helper("totals", 'COUNTIF({cost:all},"总")', "0"),
        Helper("unknown", 'COUNTIF({cost:all},"未")', "0"),
        Helper("unread", 'SUMPRODUCT(--({cost:all}="?"))', "1"),
        Helper("quantities", "COUNTIF({counted:all},1)", "0"),
        Helper("unread_quantities", "COUNTIF({counted:all},9)", "1"),
        Helper("largest", "MAX({sum:all})", "0"),
        Helper("costs", "SUM({sum:all})", "0"),
        Helper("products", "SUM({product:all})", "0"),
        Helper("ratio", "IF({form.budget}>0,{form.products}/{form.budget},0)", "0"),
        Helper("slipped", "IF(OR(ROUND(ABS({form.ratio}/10000-1),9)<=0.01,ROUND(ABS({form.ratio}*10000-1),9)<=0.01),1,0)", "0"),
        # A unit price and a quantity without unit: V05 comes first.
        Helper(
            "unit_price_told",
            "IF(AND({form.budget}>0,{form.products}>0,{form.unread}+{form.unread_quantities}=0,"
            "SUM({loose:all})*SUMPRODUCT(({counted:all}=1)*({unitno:all}=1))=0),1,0)",
            "0",
        ),
    )


# --- lists -----------------------------------------------------------------------------------------------------


def lists(vocabulary: Vocabulary) -> Mapping[str, list[str | float]]:
    """The lists that the templates above name, for the hidden sheet 清单."""
    signs = sorted(vocabulary.sign_words, key=len)
    units = unit_words(vocabulary)
    rows = [_unit_row(word, vocabulary) for word in units]
    facts = ("标准", "量纲", "基准", "系数", "倍数", "每", "每基准", "每系数")
    columns: dict[str, list[str | float]] = {
        f"单位_{fact}": [1.0 if isinstance(rows[0][number], float) else "", *(row[number] for row in rows)]
        for number, fact in enumerate(facts)
    }
    return {
        "序号": [float(number) for number in range(1, _LONGEST + 1)],
        **_names("一级", {word: vocabulary.canonical_level1(word) or "" for word in vocabulary.level_names(1)}),
        **_names("二级", {word: vocabulary.canonical_level2(word) or "" for word in vocabulary.level_names(2)}),
        **_names("符号", {word: vocabulary.sign_words[word] for word in signs}),
        "符号_写法": [_NOWHERE, *signs],
        "单位_串": _searched(units),
        **columns,
        "词_单价": [*vocabulary.words("unit_price"), *_UNIT_PRICES],
        "词_增降": [*vocabulary.words("growth")],
        "词_反向": [*vocabulary.words("negative_count")],
        "通用_串": _searched(vocabulary.words("generic_names")),
    }


def _names(what: str, words: Mapping[str, str]) -> dict[str, list[str | float]]:
    return {f"{what}_串": _searched(words), f"{what}_标准": ["", *words.values()]}


def _searched(words: Iterable[str]) -> list[str | float]:
    """One text for :func:`_found`; the first piece is nowhere's."""
    pieces = [_NOWHERE, *(word for word in words if len(word) <= _WIDTH - 2)]
    return ["".join(f"|{piece}|".ljust(_WIDTH) for piece in pieces)]


def unit_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The units that the live checks know: all of the vocabulary but those of dates; those offered, and 万人 and the like."""
    simple = [word for word in vocabulary.measure_words() if word not in _DATE_UNITS]
    many = [f"万{word}" for word in vocabulary.measures_offered if _is_count(vocabulary.measure(word))]
    offered = (*vocabulary.measures_offered, *vocabulary.money_units)
    return tuple(dict.fromkeys((*offered, *simple, *many)))


def _is_count(measure: Measure | None) -> bool:
    return measure is not None and measure.dimension == "count" and measure.multiplier == 1


def _unit_row(word: str, vocabulary: Vocabulary) -> tuple[str | float, ...]:
    """What a unit means: name, dimension, base, factor, multiplier; what it is per, with its base and factor."""
    first, _, per = word.partition("/")
    measure = vocabulary.measure(word) or vocabulary.measure(first)
    other = None if vocabulary.measure(word) else vocabulary.measure(per)
    if measure is None:
        raise ValueError(f"no unit: {word}")
    name = measure.name if other is None else f"{measure.name}/{other.name}"
    facts = (name, measure.dimension, measure.base, float(measure.factor), float(measure.multiplier))
    return (*facts, *((other.name, other.base, float(other.factor)) if other else ("", "", 1.0)))


# --- the reach, in Python ---------------------------------------------------------------------------------------

_VALUE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(.*)")


def reads(text: str, vocabulary: Vocabulary) -> str:
    """The ``kind`` that a live helper gives a 指标值, the three cells joined; "?" where it is beyond the formulas' reach.

    Such a value may be right or wrong: the live checks that need it say nothing, and the Python rules do.
    """
    plain = fold(text)
    if not plain:
        return "空"
    sign = max((word for word in vocabulary.sign_words if plain.startswith(word)), key=len, default="")
    rest, units = plain[len(sign) :].strip(" "), unit_words(vocabulary)
    if not re.search("[0-9]", plain):
        simple = rest in units and not _unit_row(rest, vocabulary)[5]
        if len(plain) <= _BARE and (not rest or simple):
            return "缺"
        return "日" if all(char in _DATE_LETTERS for char in plain[:_LONGEST]) else "文"
    match = _VALUE.fullmatch(rest)
    if match is None or len(rest) > _LONGEST or sum(map(str.isdigit, match[1])) > _MOST_DIGITS:
        return "?"
    number, unit = Decimal(match[1]), match[2]
    year_like = _YEARS[0] <= number <= _YEARS[1] and (not unit or (unit in units and _unit_row(unit, vocabulary)[0] == "年"))
    return "?" if year_like or (unit and unit not in units) else "数"
