"""Shared pieces of the live checks: how a formula reads text, and what helper cells work out.

The Python rules are the truth; a formula follows them as far as it safely can: :mod:`perfxl.rules.reach` says how far.
The helper ``kind`` of each row says what its 指标值 is:

    空  nothing        数  [sign] digits [. digits] [unit], the unit being one of those listed
    文  text           缺  a sign, a unit, or both, without a number
    日  words that may be a date (年底前)          ?  anything else: every check that needs the value stays silent

Formulas here are templates.  ``{name}`` is the input or helper of the same row, ``{name:all}`` a helper in all
rows of the table, ``{name:above}`` those above, ``{name:typed}`` an input itself where a helper bears its name,
``{form.name}`` a helper of the whole form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from perfxl.rules.facts import COST, NUMBER_IN_WORDS, QUANTITY
from perfxl.vocabulary import Vocabulary

LONGEST = 40  # characters of a value that are looked at one by one
MOST_DIGITS = 15  # a spreadsheet's number holds no more
_DIGITS = "0123456789."
# Every date without a figure is made of these (see perfxl.target); a text of nothing else is left alone.
DATE_LETTERS = "年初底末内度当月日天季次每周上下半第一二三四止为截至到不晚于迟最之前以起在和及中旬本全、 -~—–"
WIDTH = 24  # of a piece in the searched lists, two bars and two spaces included
LONGEST_SIGN = 5
SHORTEST_PART = 4  # characters of a value that repeats a part of its name
BARE = 20  # characters of a sign and a unit without a number, see IndicatorIncomplete
# Full-width forms that people do type, and what they stand for; NFKC does the same and more.
_FOLDED = dict(zip("０１２３４５６７８９．％＝＞＜（）：；，！？／", "0123456789.%=><():;,!?/", strict=True))
_WHITE = ("\u3000", "\u00a0", "\n")
_ENDINGS = "。.;,、!"
YEARS = (1900, 2100)
NUMERALS, COUNTERS = re.findall(r"\[([^]]*)\]", NUMBER_IN_WORDS.pattern)


def fold(text: str) -> str:
    """What :func:`folded` makes of a text."""
    for typed, meant in _FOLDED.items():
        text = text.replace(typed, meant)
    for white in _WHITE:
        text = text.replace(white, " ")
    return re.sub(" +", " ", text).strip(" ")


def trimmed(reference: str) -> str:
    """A formula: the text with plain spaces for any white space, and none at its ends or in a row."""
    for white in ('"\u3000"', '"\u00a0"', "CHAR(10)"):
        reference = f'SUBSTITUTE({reference},{white}," ")'
    return f"TRIM({reference})"


def folded(reference: str) -> str:
    """A formula: a trimmed text with full-width digits and signs made plain."""
    for typed, meant in _FOLDED.items():
        reference = f'SUBSTITUTE({reference},"{typed}","{meant}")'
    return reference


def key(reference: str) -> str:
    """A formula: a trimmed text for comparing, without any white space."""
    return f'IF({reference}="","",SUBSTITUTE({folded(reference)}," ",""))'


def unmarked(reference: str) -> str:
    """A formula: a helper's text without the one mark at its end that says nothing."""
    return f'IF({reference}="","",IF(ISNUMBER(FIND(RIGHT({reference},1),"{_ENDINGS}")),LEFT({reference},LEN({reference})-1),{reference}))'


def has_any(words: str, text: str) -> str:
    """A condition: the text has one of the words (a name of a list, or an array constant)."""
    return f"SUMPRODUCT(--ISNUMBER(FIND({words},{text})))>0"


def has_placeholder(text: str) -> str:
    """A condition: the text has a placeholder that a plain search finds: a pair of marks, or 指标1：."""
    digits = array([*_DIGITS[:10], *"０１２３４５６７８９"])
    numbered = has_any(f'{{"指标";"目标"}}&{digits}&":"', f'SUBSTITUTE({text},"：",":")')
    return f'OR({has_any("词_占位", text)},IF(ISNUMBER(FIND("标",{text})),{numbered},FALSE))'


def array(words: Iterable[str]) -> str:
    """An array constant of texts."""
    return "{" + ",".join(f'"{word}"' for word in words) + "}"


def _all_of(text: str, letters: str) -> str:
    """How many of the first characters are among those."""
    return f'SUMPRODUCT(--ISNUMBER(FIND(MID({text}&REPT("x",{LONGEST}),序号,1),"{letters}")))'


def only_digits(text: str) -> str:
    """A condition: the text, of no more than 40 characters, is nothing but digits."""
    return f"{_all_of(text, '0123456789')}=LEN({text})"


def _found(words: str, text: str) -> str:
    """Place of a text in a list, 1 for nowhere.

    The list is one text of equally wide pieces, ``|word|   ``: one search instead of hundreds of comparisons, and no
    MATCH, for which typed text may hold wildcards.  Two spaces at least part the pieces, and a trimmed text never
    has two in a row: it can't be found across a border.
    """
    return f'IFERROR(INT((FIND("|"&{text}&"|",{words}_串)-1)/{WIDTH})+1,1)'


def _without(text: str, letters: str) -> str:
    for letter in letters:
        text = f'SUBSTITUTE({text},"{letter}","")'
    return text


def _is_cost(reference: str) -> str:
    """A condition: 成本指标 in either place, by the name that both editions share."""
    return f'OR(EXACT({reference},"{COST}"),EXACT({reference},"{COST.removesuffix("指标")}"))'


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
_BARE_VALUE = f'AND({{digits}}=0,LEN({{text}})<={BARE},OR({{unit}}="",AND({{unitno}}>1,{unit_fact("每")}="")))'
_NUMBER = "LEFT({rest},{digits})"
# What stands behind as many characters as there are digits is all that is no digit: the digits stand in front.
_WELL_FORMED = (
    "AND({digits}>0,EXACT(MID({rest},{digits}+1,999),{strip}),{dots}<=1,"
    f"LEN({{rest}})<={LONGEST},{{digits}}-{{dots}}<={MOST_DIGITS},"
    f'LEFT({{rest}},1)<>".",RIGHT({_NUMBER},1)<>".",OR({{unit}}="",{{unitno}}>1))'
)
_YEAR_LIKE = f'AND(OR({{unit}}="",{unit_fact("标准")}="年"),VALUE({_NUMBER})>={YEARS[0]},VALUE({_NUMBER})<={YEARS[1]})'
_NOTHING_WORDS = ("不适用", "无", "/", "—")  # as Indicator.not_applicable
_NOTHING = array(("", *_NOTHING_WORDS))
_LONGEST_NOTHING = max(map(len, _NOTHING_WORDS))
_NAMED_PRICE = has_any("词_单价", 'SUBSTITUTE({names},"用人单位","")')
_PER = unit_fact("每基准")
_MATCHING = f"({{qbase:all}}={_PER})"
_ALONE = "AND({form.prices}=1,{form.quantities}=1)"
_ROW_TEXTS = '{names}&" "&{body}'
_VALUE_KEY, _NAME, _DESCRIPTION = (unmarked(f"{{{name}}}") for name in ("textkey", "key3", "keyd"))
_ONLY_MARKS = f'{_without("{textkey}", _ENDINGS + "…")}=""'
_SAME = f"OR(EXACT({_VALUE_KEY},{_NAME}),EXACT({_VALUE_KEY},{_DESCRIPTION}))"
_WITHIN = (
    f"AND(LEN({_VALUE_KEY})>={SHORTEST_PART},"
    f"OR(ISNUMBER(FIND({_VALUE_KEY},{_NAME})),ISNUMBER(FIND({_VALUE_KEY},{_DESCRIPTION}))))"
)


def _mark() -> str:
    """Place of the longest sign that the value begins with."""
    place = "1"
    for length in range(1, LONGEST_SIGN + 1):
        within = f'FIND("|"&LEFT({{text}},{length})&"|",符号_串)'
        place = f"IFERROR(INT(({within}-1)/{WIDTH})+1,{place})"
    return f'IF(ISNUMBER(FIND("|"&LEFT({{text}},1),符号_串)),IF({{text}}="",1,{place}),1)'


# Every edit dirties a whole column of inputs, and all that depends on it in every row: a helper is worth its cell only
# where several formulas need it, and what most rows don't need stands behind an IF.
ROW_HELPERS: tuple[Helper, ...] = (
    Helper("level2", "{level2:typed}"),
    Helper("level3", "{level3:typed}"),
    Helper("description", "{description:typed}"),
    Helper("key2", key("{level2}")),
    Helper("std1", f'INDEX(一级_标准,{_found("一级", key("{carried}"))})&""'),
    Helper("std2", f'INDEX(二级_标准,{_found("二级", "{key2}")})&""'),
    Helper("category", f'IF({{std1}}="{COST}","{COST}",{{std2}})'),
    Helper("text", folded(trimmed("{value}"))),
    # A row with a longer word than those that say that it does not apply is an indicator.
    Helper(
        "applies",
        f"IF({{used}},IF(MAX(LEN({{level3}}),LEN({{description}}),LEN({{text}}))>{_LONGEST_NOTHING},1,"
        f'IF(AND({{level3}}&{{description}}&{{text}}<>"",SUMPRODUCT(--EXACT({_NOTHING},{{level3}}))>0,'
        f"SUMPRODUCT(--EXACT({_NOTHING},{{description}}))>0,SUMPRODUCT(--EXACT({_NOTHING},{{text}}))>0),0,1)),0)",
        "0",
    ),
    Helper("excuse", 'IF({used},IF({applies}=0,IF({note}<>"",1,0),0),0)', "0"),
    Helper("names", '{level3}&" "&{description}'),
    Helper("placeholder", f"IF({{applies}}=1,IF({has_placeholder(_ROW_TEXTS)},1,0),0)", "0"),
    Helper("textkey", 'SUBSTITUTE({text}," ","")'),
    Helper("key3", key("{level3}")),
    Helper("keyd", key("{description}")),
    Helper("mark", _mark(), "1"),
    # 1 a figure, 2 a lower bound, 3 an upper bound, 0 no sign.
    Helper("signno", "INDEX(符号_方向,{mark})", "0"),
    Helper("rest", "IF({mark}=1,{text},TRIM(MID({text},LEN(INDEX(符号_写法,{mark}))+1,999)))"),
    Helper("strip", _without("{rest}", _DIGITS)),
    Helper("digits", "LEN({rest})-LEN({strip})", "0"),
    Helper("dots", 'LEN({rest})-LEN(SUBSTITUTE({rest},".",""))', "0"),
    Helper("unit", "TRIM(MID({rest},{digits}+1,999))"),
    Helper("unitno", _found("单位", "{unit}"), "1"),
    Helper(
        "kind",
        f'IF({{text}}="","空",IF({_NO_DIGIT},IF({_BARE_VALUE},"缺",'
        f'IF({_all_of("{text}", DATE_LETTERS)}>=MIN(LEN({{text}}),{LONGEST}),"日","文")),'
        f'IF({_WELL_FORMED},IF({_YEAR_LIKE},"?","数"),"?")))',
        '"?"',
    ),
    Helper("number", f'IF({{kind}}="数",VALUE({_NUMBER}),0)', "0"),
    # 1 a cell of the indicator is missing; 2 the first level, that no row above gives, and perhaps others.
    Helper(
        "lacking",
        'IF({applies}=1,IF(IF({carried}="",SUM({applies:above})+COUNTIF({used:above},2)=0,FALSE),2,'
        'IF(OR({level2}="",{level3}="",{kind}="空",{kind}="缺"),1,0)),0)',
        "0",
    ),
    # The value repeats the name or the description: 1 all of it, 2 a part.
    Helper(
        "repeats",
        f'IF({{applies}}=1,IF({{lacking}}=0,IF({{kind}}="文",IF({_ONLY_MARKS},0,IF({_SAME},1,IF({_WITHIN},2,0))),0),0),0)',
        "0",
    ),
    # V06: more than all of it.
    Helper(
        "excess",
        f'IF({{applies}}=1,IF({{number}}>100,IF({unit_fact("标准")}="%",IF({has_any("词_增降", "{names}")},0,1),0),0),0)',
        "0",
    ),
    # Cost as a first level: 1 typed, 3 carried down; 2 as a second level.
    Helper(
        "costly",
        f'IF({{applies}}=0,0,IF({_is_cost("{carried}")},IF({{level1}}="",3,1),IF({_is_cost("{level2}")},2,0)))',
        "0",
    ),
    Helper("gap2", 'IF({applies}=1,IF({level2}="",IF({std1}="","全",{std1}),""),"")'),
    Helper(
        "twin",
        'IF(OR({applies}=0,{key3}="",AND({category}="",{level2}="")),"",'
        'IF({category}="",{key2},{category})&"¦"&{key3}&"¦"&{keyd})',
    ),
    Helper(
        "cost",
        f'IF({{applies}}=1,IF({{category}}="{COST}",IF({{kind}}="数",IF({unit_fact("量纲")}="money",'
        f'IF({unit_fact("每")}<>"","价",IF({_NAMED_PRICE},"价","总")),IF({{unitno}}>1,"他","未")),'
        'IF({kind}="?","?","未")),""),"")',
        '"?"',
    ),
    Helper("yuan", f'IF(OR({{cost}}="总",{{cost}}="价"),{{number}}*{unit_fact("倍数")},0)', "0"),
    Helper(
        "counted",
        f'IF({{applies}}=1,IF({{category}}="{QUANTITY}",IF({{kind}}="数",1,IF({{kind}}="?",9,0)),0),0)',
        "9",
    ),
    Helper("qbase", f'IF({{counted}}=1,IF({unit_fact("每")}="",{unit_fact("基准")}&"",""),"")'),
    Helper("qsize", f"IF({{counted}}=1,{{number}}*{unit_fact('系数')},0)", "0"),
    Helper(
        "product",
        f'IF({{cost}}<>"价",0,IF({unit_fact("每")}="",IF({_ALONE},{{yuan}}*{{form.only_quantity}},0),'
        f"IF(SUMPRODUCT({_MATCHING}*1)=1,{{yuan}}*SUMPRODUCT({_MATCHING}*{{qsize:all}})/{unit_fact('每系数')},0)))",
        "0",
    ),
    # The unit says not what the price is per, so that the only quantity there is must do.
    Helper("loose", f'IF({{product}}>0,IF({unit_fact("每")}="",1,0),0)', "0"),
    # 1 where the product is no mere bound: one of the two is a figure, or both are lower bounds.
    Helper(
        "firm",
        "IF({product}<=0,0,IF({signno}<2,1,IF(IF({loose}=1,SUMPRODUCT(({counted:all}=1)*{signno:all}),"
        f"SUMPRODUCT({_MATCHING}*{{signno:all}}))<IF({{signno}}=2,3,2),1,0)))",
        "0",
    ),
)


def _amount(name: str, places: int) -> tuple[Helper, ...]:
    """What an amount is, by the grammar of :func:`perfxl.form.parse_amount`.

    ``state``: 0 blank, 1 one number, 2 no number, 3 negative or finer than a fen, 9 an error value.
    """
    typed, unsigned, whole, plain, value = (
        f"{{form.{name}_{part}}}" for part in ("typed", "unsigned", "whole", "plain", "value")
    )
    number = f"ISNUMBER({{{name}}})"
    digits = f'LEN(SUBSTITUTE({plain},".",""))'
    numeric = (
        f"AND(LEN({plain})>0,{_all_of(plain, _DIGITS)}=LEN({plain}),LEN({plain})-{digits}<=1,"
        f'LEFT({plain},1)<>".",RIGHT({plain},1)<>".")'
    )
    sign = f'IF(LEFT({typed},1)="-",-1,1)'
    tainted = f"IF(OR({value}<0,ROUND({value},{places})<>{value}),3,1)"
    return (
        Helper(f"{name}_typed", f'IF({number},"",{folded(trimmed(f"{{{name}}}"))})'),
        Helper(f"{name}_unsigned", f'IF(LEFT({typed},1)="-",MID({typed},2,99),{typed})'),
        Helper(
            f"{name}_whole", f'IF(ISNUMBER(FIND(".",{unsigned})),LEFT({unsigned},FIND(".",{unsigned})-1),{unsigned})'
        ),
        Helper(
            f"{name}_plain",
            f'IF({_in_threes(whole)},SUBSTITUTE({whole},",","")&MID({unsigned},LEN({whole})+1,99),{unsigned})',
        ),
        Helper(
            f"{name}_value",
            f"IF({number},{{{name}}},IF({numeric},IF({digits}<={MOST_DIGITS},{sign}*VALUE({plain}),0),0))",
            "0",
        ),
        Helper(
            f"{name}_state",
            f'IF({number},{tainted},IF({typed}="",0,IF({numeric},IF({digits}>{MOST_DIGITS},2,{tainted}),2)))',
            "9",
        ),
    )


def _in_threes(text: str) -> str:
    """A condition: the text has commas, and they part its characters in threes from the end."""
    bare = f'SUBSTITUTE({text},",","")'
    padded = f'RIGHT(REPT("x",18)&{bare},18)'
    parted = '&","&'.join(f"MID({padded},{start},3)" for start in range(1, 18, 3))
    length = f"LEN({bare})+INT((LEN({bare})-1)/3)"
    return f'IF(ISNUMBER(FIND(",",{text})),AND(LEN({text})={length},EXACT(RIGHT({parted},LEN({text})),{text})),FALSE)'


def form_helpers(vocabulary: Vocabulary) -> tuple[Helper, ...]:
    """Helpers that a form has once."""
    factor = vocabulary.money_factor(vocabulary.money_unit) or Decimal(1)
    places = len(f"{factor:f}") + 1
    return (
        *(helper for name in ("total", "fiscal", "other") for helper in _amount(name, places)),
        Helper(
            "budget",
            f'IF(AND({{form.faults}}=0,{{form.total_state}}=1,{{form.total_value}}>0,EXACT({{money_unit}},"{vocabulary.money_unit}")),'
            f"{{form.total_value}}*{factor:f},0)",
            "0",
        ),
        Helper("purpose_key", key("{purpose}")),
        Helper("faults", "COUNTIF({used:all},2)", "1"),
        Helper("aimless", 'IF(TRIM({all_objectives})="",1,0)', "0"),
        Helper("indicators", "SUM({applies:all})", "0"),
        # Rows whose first level nobody can tell: unknown, and missing.
        Helper("unclear1", 'SUMPRODUCT({applies:all}*({carried:all}<>"")*({std1:all}=""))', "1"),
        Helper("open1", 'SUMPRODUCT({applies:all}*({carried:all}=""))', "1"),
        Helper("unclear2", 'SUMPRODUCT({applies:all}*({std2:all}="")*({gap2:all}=""))', "1"),
        Helper(
            "mixed",
            "IF({form.faults}>0,9,IF(AND(COUNTIF({costly:all},1)+COUNTIF({costly:all},3)>0,COUNTIF({costly:all},2)>0),1,0))",
            "0",
        ),
        Helper("prices", 'COUNTIF({cost:all},"价")', "0"),
        Helper("totals", 'COUNTIF({cost:all},"总")', "0"),
        Helper("unknown", 'COUNTIF({cost:all},"未")', "0"),
        Helper("unread", 'SUMPRODUCT(--({cost:all}="?"))', "1"),
        Helper("quantities", "COUNTIF({counted:all},1)", "0"),
        Helper("unread_quantities", "COUNTIF({counted:all},9)", "1"),
        Helper(
            "only_quantity",
            "IF({form.quantities}=1,SUMPRODUCT(({counted:all}=1)*{number:all})*"
            "INDEX(单位_倍数,SUMPRODUCT(({counted:all}=1)*{unitno:all})),0)",
            "0",
        ),
        Helper("largest", 'SUMPRODUCT(MAX(({cost:all}="总")*{yuan:all}))', "0"),
        Helper("costs", 'SUMIF({cost:all},"总",{yuan:all})', "0"),
        Helper("products", "SUM({product:all})", "0"),
        Helper("ratio", "IF({form.budget}>0,{form.products}/{form.budget},0)", "0"),
        Helper(
            "slipped",
            "IF(OR(ROUND(ABS({form.ratio}/10000-1),9)<=0.01,ROUND(ABS({form.ratio}*10000-1),9)<=0.01),1,0)",
            "0",
        ),
        # A unit price and a quantity without unit: V05 comes first.
        Helper(
            "unit_price_told",
            "IF(AND({form.budget}>0,{form.products}>0,{form.unread}+{form.unread_quantities}=0,"
            "SUM({loose:all})*SUMPRODUCT(({counted:all}=1)*({unitno:all}=1))=0),1,0)",
            "0",
        ),
    )
