"""The target form as data: what was typed, where it stands, what it means.

Nothing here reads a file.  :mod:`perfxl.reading` makes forms from workbooks and documents; rules, template and
ledger only look at them.  Frozen dataclasses without slots, so that what was worked out about a form is kept with it;
``dataclasses.replace`` makes a changed one, which knows nothing of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from perfxl.issue import At, AtLine, Place
from perfxl.layout import OBJECTIVES_LABEL
from perfxl.target import TargetValue
from perfxl.text import INVISIBLE, squeeze, tidy

__all__ = ["Budget", "Deviation", "Entry", "Indicator", "TargetForm", "parse_amount"]

# Thousands separators must stand in threes; no exponent, no other script's digits, no sign but minus.
_AMOUNT = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
# Only these are other spellings of a plain character: NFKC would make 52 of 5² and 1 of ①.
_PLAIN = str.maketrans("０１２３４５６７８９，．－", "0123456789,.-", INVISIBLE)
# What a spreadsheet's number can hold exactly; more would be changed silently on the way.
_AMOUNT_DIGITS = 15
_OBJECTIVE_NUMBER = re.compile(
    r"^\s*(?:\d+\s*[.．、)）]|[（(]\s*[\d一二三四五六七八九十]+\s*[)）]|[一二三四五六七八九十]+\s*、)\s*"
)


def parse_amount(text: str) -> Decimal | None:
    """An amount as people write it (full-width digits, thousands separators), or None if it is not one number.

    White space inside is no separator: a cell of two lines holds two numbers.
    """
    plain = tidy(text).translate(_PLAIN)
    if not _AMOUNT.fullmatch(plain) or sum(ch.isdigit() for ch in plain) > _AMOUNT_DIGITS:
        return None
    return Decimal(plain.replace(",", ""))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one cell holds, as typed.

    Attributes:
        raw: the text with its white space; None for a blank cell, "" for an empty text.
        at: where it stands.
        number: the number itself where the cell holds a number and not text.
        fault: why the content can't be trusted (an error value such as ``#REF!``, a formula that was never
            computed); empty when it can.
    """

    raw: str | None
    at: Place
    number: Decimal | None = None
    fault: str = ""

    @cached_property
    def text(self) -> str:
        """The text without white space at its ends; "" for a blank cell."""
        return tidy(self.raw) if self.raw else ""

    @cached_property
    def key(self) -> str:
        """The text for comparing: see :func:`perfxl.text.squeeze`."""
        return squeeze(self.text)

    @property
    def blank(self) -> bool:
        """Nothing but white space, and no fault."""
        return not self.text and not self.fault

    @property
    def value(self) -> str | None:
        """What an issue shows as the cell's content."""
        return self.fault or self.raw

    @cached_property
    def amount(self) -> Decimal | None:
        """The content as one amount, in the form's money unit; None if blank or not one number."""
        if self.fault:
            return None
        return self.number if self.number is not None else parse_amount(self.text)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """预算规模: amounts in the form's money unit (``TargetForm.money_unit``)."""

    total: Entry
    fiscal: Entry
    other: Entry


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One row of the indicator table.

    Attributes:
        number: position among the form's indicators, from 1.
        level1: 一级指标 as typed in this row (blank where it is carried down).
        carried: 一级指标 that holds here, from this row or the nearest one above; "" where there is none.
        target: 指标值 as the three cells joined, at the middle cell.
        relation, body, measure: the three cells of 指标值; all at the same place where the source has only one.
        explanation: 情况说明 of the row.
    """

    number: int
    level1: Entry
    carried: str
    level2: Entry
    level3: Entry
    description: Entry
    target: Entry
    relation: Entry
    body: Entry
    measure: Entry
    weight: Entry | None = None
    explanation: str = ""

    @cached_property
    def value(self) -> TargetValue:
        """The parsed 指标值."""
        return TargetValue.parse(self.target.raw or "")

    @property
    def row(self) -> int:
        """Row of the sheet or of the table, or line of the text."""
        at = self.level2.at
        return at.line if isinstance(at, AtLine) else at.row

    @cached_property
    def not_applicable(self) -> bool:
        """The row says that there is no such indicator (不适用、无); it is no indicator and no mistake."""
        said = [entry.text for entry in (self.level3, self.description, self.target) if entry.text]
        return bool(said) and all(text in ("不适用", "无", "/", "—") for text in said)

    def entries(self) -> Iterator[Entry]:
        """Each cell of the row once."""
        yield from (self.level1, self.level2, self.level3, self.description, self.relation)
        if self.body.at != self.relation.at:
            yield from (self.body, self.measure)
        if self.weight is not None:
            yield self.weight


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A locked label that is not what the template has there (rule S07)."""

    at: At
    expected: str
    found: str | None


@dataclass(frozen=True, kw_only=True)
class TargetForm:
    """One 绩效目标表.

    Attributes:
        file: source as shown to people (relative path), None if it came from no file.
        key: identifies the form within its workbook.
        sheet: sheet name; "" for a document.
        layout: version of the layout it was read by; "" for a document.
        edition: name of the vocabulary edition it was made for; None where it does not say.
        year: budget year of the batch; None where nobody said.
        template_money_unit: 金额单位 that the template was made with; "" where it does not say (rule S05).
        batch: name of the collection batch; "" where there is none.
        project_code: 项目编码 of the list that the form was handed out by; "" where there was none, and in older forms.
        objectives: one entry per objective; several may stand in one cell.
        headings: places of the indicator table's headings by column name; empty for a document.
        project_total: 项目总额 over all years, in forms that have it (rule A07); ours and the published ones don't.
        explanations: 情况说明 by sheet row; the one for the whole form is ``note``.
        deviations: labels that were changed.
    """

    file: str | None
    key: str
    sheet: str
    layout: str
    edition: str | None
    year: int | None
    template_money_unit: str = ""
    batch: str = ""
    project_code: str = ""
    title: Entry
    project_no: Entry
    unit_code: Entry
    unit_name: Entry
    money_unit: Entry
    project: Entry
    budget: Budget
    purpose: Entry
    objectives: tuple[Entry, ...]
    indicators: tuple[Indicator, ...]
    department: Entry | None = None
    contact: Entry | None = None
    phone: Entry | None = None
    submission: Entry | None = None
    note: Entry | None = None
    project_total: Entry | None = None
    headings: Mapping[str, At] = field(default_factory=dict)
    explanations: Mapping[int, str] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()

    @property
    def name(self) -> str:
        """What people call this form."""
        return self.project.text or self.title.text or self.sheet or OBJECTIVES_LABEL

    @cached_property
    def applicable(self) -> tuple[Indicator, ...]:
        """The indicators that count: rows that say 不适用 are left out."""
        return tuple(indicator for indicator in self.indicators if not indicator.not_applicable)

    @cached_property
    def _heading_rows(self) -> frozenset[int]:
        return frozenset(at.row for at in self.headings.values())

    def explanation_for(self, at: Place | None) -> str:
        """情况说明 that belongs to a place: its row's, or the whole form's for what belongs to no one row."""
        if isinstance(at, At) and at.row not in self._heading_rows:
            return self.explanations.get(at.row, "")
        return self.note.text if self.note is not None else ""


def objective_number(text: str) -> tuple[str, str]:
    """An objective's leading number as typed ("1.", "（一）", "") and the text after it."""
    match = _OBJECTIVE_NUMBER.match(text)
    return (match[0].strip(), text[match.end() :]) if match else ("", text)
