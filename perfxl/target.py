"""The grammar of 指标值: what a target value says.

    value := quantity | [sign] date or deadline | text

The grammar of quantities is :mod:`perfxl.quantity`'s.  A value is a quantity only where nothing else stands beside it;
any other text is qualitative and keeps the quantities within it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from perfxl.quantity import Quantity, Unit, fold, is_unit, leading_sign, quantities_in, whole_quantity

__all__ = ["Deadline", "Kind", "Quantity", "TargetValue", "Unit", "quantities_in"]

Kind = Literal["quantitative", "range", "date", "qualitative", "blank"]

_MAX_DATE = 60


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is said of a date, the last one where there are several; ``before``: it ends then (前, 底前, 内, 止)."""

    year: int | None
    month: int | None
    day: int | None
    before: bool


# Longer ones are sentences, which hardly come twice.
_SHORT = 40


@dataclass(frozen=True, slots=True)
class TargetValue:
    """A 指标值: the text as typed, and what it says.

    Attributes:
        text: as typed, untouched.
        kind: quantitative, range, date, qualitative or blank.
        relation: ≥ ≤ > < = or None where none was written; never invented.  None for qualitative text.
        relation_text: the sign as typed.
        quantity: of a quantitative value or a range.
        quantities: those within a qualitative text, in their order.
        deadline: of a date.
        irregular: its number is written in a way that invites mistakes (see :class:`Quantity`; also marks such as
            ``*`` around it, or several decimal points, which make it text).
    """

    text: str
    kind: Kind
    relation: str | None = None
    relation_text: str | None = None
    quantity: Quantity | None = None
    quantities: tuple[Quantity, ...] = ()
    deadline: Deadline | None = None
    irregular: bool = False

    @classmethod
    def parse(cls, text: str) -> TargetValue:
        """What that text says.  Any text is good; nothing raises."""
        return _known(text) if len(text) <= _SHORT else cls._parsed(text)

    @classmethod
    def _parsed(cls, text: str) -> TargetValue:
        plain = fold(text)
        if not plain.strip(" "):
            return cls(text, "blank")
        start, end = _trim(plain)
        raw, body = text[start:end], plain[start:end]
        sign = leading_sign(raw, body)
        if sign is not None:
            deadline = None if sign.text else _date(body)
            quantity = None if deadline else whole_quantity(raw, body, sign)
            if quantity is not None:
                kind: Kind = "quantitative" if quantity.upper is None else "range"
                irregular = quantity.irregular or bool(plain[:start].strip(" ") or plain[end:].strip(" "))
                relation, written = quantity.relation, quantity.relation_text
                return cls(text, kind, relation, written, quantity=quantity, irregular=irregular)
            deadline = deadline or _date(body[sign.end :])
            if deadline is not None:
                return cls(text, "date", sign.relation, sign.text, deadline=deadline)
        malformed = sign is not None and _malformed(body[sign.end :])
        return cls(text, "qualitative", quantities=quantities_in(text), irregular=malformed)

    @property
    def number(self) -> Decimal | None:
        """The number; of a range the lower end."""
        return self.quantity.number if self.quantity else None

    @property
    def upper(self) -> Decimal | None:
        """Upper end of a range."""
        return self.quantity.upper if self.quantity else None

    @property
    def number_text(self) -> str | None:
        """The number, or the range, as typed."""
        return self.quantity.number_text if self.quantity else None

    @property
    def measured_in(self) -> Unit | None:
        """The unit with all its parts."""
        return self.quantity.measured_in if self.quantity else None

    @property
    def unit(self) -> str | None:
        """The unit as typed."""
        return self.quantity.unit if self.quantity else None

    @property
    def unit_normalised(self) -> str | None:
        """The unit by its standard name (百分比 → %)."""
        return self.quantity.unit_normalised if self.quantity else None

    @property
    def multiplier(self) -> Decimal | None:
        """10000 of 万人; 1 of a unit without multiplier; None without unit."""
        return self.measured_in.multiplier if self.measured_in else None

    @property
    def measure(self) -> str | None:
        """The unit without multiplier and without what it is per: 人 of 万人, 元 of 万元/亩."""
        return self.measured_in.measure if self.measured_in else None

    @property
    def dimension(self) -> str | None:
        """Dimension of the unit: money, count, time, ratio …"""
        return self.measured_in.dimension if self.measured_in else None

    @property
    def per(self) -> str | None:
        """What a compound unit is per: 亩 of 元/亩."""
        return self.measured_in.per if self.measured_in else None

    @property
    def unit_known(self) -> bool:
        """There is a unit, and every part of it is in the vocabulary."""
        return self.measured_in is not None and self.measured_in.known

    @property
    def amount(self) -> Decimal | None:
        """The number with its multiplier: 3.1万封 → 31000."""
        return self.quantity.amount if self.quantity else None

    @property
    def amount_yuan(self) -> Decimal | None:
        """The number in 元; None where the unit is no money."""
        return self.quantity.amount_yuan if self.quantity else None

    @property
    def printed(self) -> str:
        """In normal form; a date or text as typed, without white space at its ends.  Parsed again it means the same."""
        if self.quantity is not None:
            return str(self.quantity)
        plain = fold(self.text)
        return self.text[len(plain) - len(plain.lstrip(" ")) : len(plain.rstrip(" "))]

    def __str__(self) -> str:
        return self.printed


# Rules ask again and again, and forms say the same (≥95%, 100%).
@lru_cache(maxsize=4096)
def _known(text: str) -> TargetValue:
    return TargetValue._parsed(text)


_LEADING_MARKS = " *_"
_TRAILING_MARKS = " *_-。；;，,、.!"


def _trim(plain: str) -> tuple[int, int]:
    """Where the value stands within marks and punctuation that say nothing; all of it where nothing else is there."""
    start = len(plain) - len(plain.lstrip(_LEADING_MARKS))
    end = len(plain.rstrip(_TRAILING_MARKS))
    return (start, end) if start < end else (0, len(plain))


def _malformed(body: str) -> bool:
    """A number spoilt by its writing (1.2.3%, 95*%), as against text that has numbers in it."""
    rest = body.lstrip("0123456789.,*_-− ")
    spoilt = body[: len(body) - len(rest)]
    return any(char.isdigit() for char in spoilt) and (not rest or is_unit(rest))


# --- dates -----------------------------------------------------------------------------------------------------

_MONTH, _DAY, _DASH = r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12][0-9]|0?[1-9])", r"[-~—–至到]"
_DATE_TOKEN = re.compile(
    rf"""(?P<y>(?:19|20)[0-9]{{2}})[-./](?P<m>{_MONTH})(?![0-9])(?:[-./](?P<d>{_DAY})(?![0-9]))?(?:\ 00:00(?::00)?)?
      | (?P<year>(?:19|20)[0-9]{{2}})\ ?年度?(?P<end>底|末)?
      | (?P<bare>(?:19|20)[0-9]{{2}})(?![0-9])
      | {_MONTH}(?=\ ?{_DASH}\ ?{_MONTH}\ ?月)
      | (?P<month>{_MONTH})\ ?月份?
      | (?P<day>{_DAY})\ ?[日号]
      | (?P<yearend>年底|年末)
      | (?P<word>年初|年中|年内|年度内|当年|当月|当日|当天|当季度?|[本全次]年度?|[本次]月|本季度|次日|
          每(?:年|月|季度?|半年|周|日|天)|[上下]半年|第?[一二三四]季度|第[1-4]季度|月底|月末|月初|季度?末|季度?初)
      | (?P<before>之前|以前|以内|之内|前|内|止|为止|截[至止]到?|不晚于|不迟于|最迟|最晚)
      | (?P<glue>底|末|初|[上中下]旬|起|在|于|和|及|、|\ |{_DASH}|—)""",
    re.VERBOSE,
)


def _date(plain: str) -> Deadline | None:
    """The date or deadline where the text is nothing else; days alone (5日, 5日内) are a span, not a date."""
    if len(plain) > _MAX_DATE:
        return None
    pos, seen, years = 0, set[str](), list[int]()
    year = month = day = None
    while pos < len(plain):
        token = _DATE_TOKEN.match(plain, pos)
        if token is None:
            return None
        pos = token.end()
        seen.update(name for name, value in token.groupdict().items() if value)
        written = token["y"] or token["year"] or token["bare"]
        if written:
            years.append(int(written))
            year = years[-1]
        month = int(token["m"] or token["month"] or (12 if token["end"] or token["yearend"] else 0)) or month
        day = int(token["d"] or token["day"] or 0) or day
    if not seen & {"y", "year", "bare", "month", "day", "yearend", "word"}:
        return None
    if not seen & {"y", "year", "month", "yearend", "word"}:
        alone = plain.strip(" ").isdigit() and 2010 <= years[0] <= 2049 if years else _DAY_DEADLINE.search(plain)
        if not (alone or len(years) > 1):
            return None
    return Deadline(year, month, day, "before" in seen)


_DAY_DEADLINE = re.compile(r"号|前|止|截|不晚于|不迟于|最迟|最晚")
