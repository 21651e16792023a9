"""How far the live checks reach: what formulas leave to the Python rules, and no more than this."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from perfxl.form import Entry, TargetForm
from perfxl.issue import At
from perfxl.layout import LATEST
from perfxl.rules.facts import COST, ENDINGS, OUTPUT, QUANTITY, category_of, level1_of, level2_of
from perfxl.rules.formula import BARE, DATE_LETTERS, LONGEST, MOST_DIGITS, YEARS, fold
from perfxl.rules.formula_lists import unit_row, unit_words
from perfxl.vocabulary import Vocabulary

_HARD_PLACEHOLDER = re.compile(r"(?:指标|目标)(?:\s|[0-9０-９]{2}|[0-9０-９]\s)|[XxＸｘ]{2}")
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
        simple = rest in units and not unit_row(rest, vocabulary)[5]
        if len(plain) <= BARE and (not rest or simple):
            return "缺"
        return "日" if all(char in DATE_LETTERS for char in plain[:LONGEST]) else "文"
    match = _VALUE.fullmatch(rest)
    if match is None or len(rest) > LONGEST or sum(map(str.isdigit, match[1])) > MOST_DIGITS:
        return "?"
    number, unit = Decimal(match[1]), match[2]
    year_like = YEARS[0] <= number <= YEARS[1] and (
        not unit or (unit in units and unit_row(unit, vocabulary)[0] == "年")
    )
    return "?" if year_like or (unit and unit not in units) else "数"


_MARKED = re.compile(rf"^[{re.escape(ENDINGS)}]+(?=.)|[{re.escape(ENDINGS)}]{{2}}$")
_OF_VALUE = ("V01", "V05", "V06", "V07", "V08", "V09")
_OF_COSTS = {"A03": (COST,), "A04": (COST, QUANTITY), "A05": (COST, QUANTITY)}
_OF_TABLE = ("T01", "T02", "T03", "T04", "T05", "T06", "T07", "I04", *_OF_COSTS)


def claims(code: str, at: At, form: TargetForm, vocabulary: Vocabulary) -> bool:
    """Whether the live checks claim to tell that rule, or its absence, at that cell of a form of ours.

    What they leave to the Python rules is this, and no more:

    * anything in a row with an error value, and what rests on all rows of a table that has one;
    * 指标值 that :func:`reads` gives "?", where the rule is about the value: V01, V05 to V09, I02; among the costs and
      quantities, A03 to A05; I02 also where the value may be a date;
    * T05 to T07 while a name of that level is not in the list, for they may be about what it was meant to be;
    * I02, V13 and G02 where the text begins with a mark such as 。, or ends with more than one;
    * G02 where a cell holds several objectives, a line each;
    * I05 where it takes more than a search: XX, and 指标12： or 指标 1：.

    Nor do formulas see through characters that only NFKC makes ordinary (①), or that can't be seen (U+200B).
    """
    row, faults = at.row, _rows_with_faults(form)
    if row in faults or (code in _OF_TABLE and any(one >= LATEST.first_row for one in faults)):
        return False
    kinds = {item.row: reads(item.target.text, vocabulary) for item in form.applicable}
    if code in _OF_VALUE:
        return kinds.get(row) != "?"
    if code in ("I02", "V13", "G02") and any(
        _MARKED.search(entry.key) for entry in _entries(form) if _row(entry) == row
    ):
        return False
    if code == "G02":
        return sum(_row(objective) == row for objective in form.objectives) <= 1
    if code == "I02":
        return kinds.get(row) not in ("?", "日")
    if code in _OF_COSTS:
        rows = (item.row for item in form.applicable if category_of(item, vocabulary) in _OF_COSTS[code])
        return all(kinds[one] != "?" for one in rows)
    if code in ("T05", "T06", "T07"):
        return _names_known(form, at.column == LATEST.column("level1").column, vocabulary)
    return code != "I05" or not any(
        _HARD_PLACEHOLDER.search(entry.text) for entry in _entries(form) if _row(entry) == row
    )


def _entries(form: TargetForm) -> Iterator[Entry]:
    """What live checks look at, cell by cell."""
    yield from (form.unit_code, form.unit_name, form.project, form.purpose, *form.objectives)
    yield from (form.budget.total, form.budget.fiscal, form.budget.other)
    for indicator in form.indicators:
        yield from indicator.entries()


def _rows_with_faults(form: TargetForm) -> set[int]:
    return {_row(entry) for entry in _entries(form) if entry.fault}


def _row(entry: Entry) -> int:
    return entry.at.row if isinstance(entry.at, At) else 0


def _names_known(form: TargetForm, first: bool, vocabulary: Vocabulary) -> bool:
    """Every name is in the list that says which first, or second, levels the form has."""
    levels1 = [(item.carried, level1_of(item, vocabulary)) for item in form.applicable]
    unknown1 = any(typed and standard is None for typed, standard in levels1)
    if first:
        return not unknown1
    # Second levels count only where there is 产出指标, or may be.
    output = any(not typed or standard == OUTPUT for typed, standard in levels1)
    known2 = all(not item.level2.text or level2_of(item, vocabulary) for item in form.applicable)
    return known2 and (output or not unknown1)
