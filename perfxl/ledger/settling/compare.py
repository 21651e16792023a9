"""What differs between two versions of one project, field by field.

Everything here is even-handed: with old and new exchanged, added and removed are exchanged, tighter and looser are, and
nothing else is different.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

from perfxl.ledger.model import IndicatorRow, ProjectRow
from perfxl.ledger.settling.matching import match
from perfxl.quantity import fold
from perfxl.target import Deadline, Quantity, TargetValue, Unit
from perfxl.text import money, squeeze

ChangeKind = Literal["changed", "added", "removed", "renamed", "tighter", "looser", "unit", "wording", "spelling"]
KIND_WORDS: dict[ChangeKind, str] = {
    "changed": "改动",
    "added": "新增",
    "removed": "删去",
    "renamed": "改名",
    "tighter": "更紧",
    "looser": "更松",
    "unit": "单位变了",
    "wording": "数值与文字互换",
    "spelling": "写法不同",
}
INDICATOR, TARGET, OBJECTIVES, PROJECT = "指标", "指标值", "绩效目标", "项目名称"
BUDGET = "预算数"

_MONEY = ((BUDGET, "total"), ("财政资金", "fiscal"), ("其他资金", "other"))
_MONEY_FIELDS = frozenset(name for name, _ in _MONEY)
_HEAD = (("单位编码", "unit_code"), ("单位名称", "unit_name"), ("主管部门", "department"))
_FOOT = (("填报人", "contact"), ("电话", "phone"))
_OF_INDICATOR = (("一级指标", "level1"), ("二级指标", "level2"), ("绩效指标描述", "description"))
_UNIT_SLIP = 10_000  # 元 for 万元, or the other way round
_TOLD = ("tighter", "looser", "unit", "spelling")

# Characters around a change, and of the change itself, that a line of text shows.
_AROUND, _SHOWN = 8, 80
_EXACT = Context(prec=120)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference.

    Attributes:
        field: heading of the ledger's column (预算数, 指标值 …), or 指标 for an indicator that came or went.
        before, after: as shown in the ledger; "" for blank.  Amounts are in 万元.
        kind: see :data:`KIND_WORDS`.
        indicator: name of the indicator that it is of, the new one; "" where it is of none.
    """

    field: str
    before: str
    after: str
    kind: ChangeKind
    indicator: str = ""

    @property
    def note(self) -> str:
        """What to think of it, in a few words; "" where before and after say all."""
        if self.kind == "wording":
            return "数值改为文字" if TargetValue.parse(self.before).quantity else "文字改为数值"
        if self.kind == "unit" and self.field in _MONEY_FIELDS:
            return "疑似金额单位变了"
        return KIND_WORDS[self.kind] if self.kind in _TOLD else ""

    @property
    def text(self) -> str:
        """The change in one Chinese line; of a long text only what is around the change."""
        note = f"（{self.note}）" if self.note else ""
        if self.kind in ("added", "removed"):
            return f"{KIND_WORDS[self.kind]}{self.field}“{_short(self.after or self.before)}”"
        if self.kind == "renamed":
            of = INDICATOR if self.indicator else "项目"
            return f"{of}“{_short(self.before)}”改名为“{_short(self.after)}”"
        field = f"指标“{_short(self.indicator)}”的{self.field}" if self.indicator else self.field
        if self.field in _MONEY_FIELDS:
            return f"{field} {self.before or '（空）'} → {self.after or '（空）'} 万元{note}"
        before, after = _around(self.before, self.after)
        if self.field == TARGET:
            return f"{field} {before or '（空）'} → {after or '（空）'}{note}"
        return f"{field} {_quoted(before)} → {_quoted(after)}{note}"


def compare_forms(
    old: ProjectRow, old_indicators: Sequence[IndicatorRow], new: ProjectRow, new_indicators: Sequence[IndicatorRow]
) -> tuple[FieldChange, ...]:
    """What is different in ``new``: head, budget, objectives, then the indicators in their new order, those gone last.

    Left out is what does not belong to the content: year, 报送次数, explanations, findings, file.
    """
    return (
        *_heads(old, new),
        *_objectives(old.objectives, new.objectives),
        *_texts(old, new, _FOOT),
        *_all_indicators(old_indicators, new_indicators),
    )


def _heads(old: ProjectRow, new: ProjectRow) -> Iterator[FieldChange]:
    yield from _texts(old, new, _HEAD)
    if squeeze(old.project) != squeeze(new.project):
        yield FieldChange(PROJECT, old.project, new.project, "renamed")
    else:
        yield from _texts(old, new, ((PROJECT, "project"),))
    if old.project_code and new.project_code:  # a form from the blank template has none
        yield from _texts(old, new, (("项目编码", "project_code"),))
    for field, name in _MONEY:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield FieldChange(field, _amount(before), _amount(after), "unit" if _slipped(before, after) else "changed")
    yield from _texts(old, new, (("资金用途", "purpose"),))


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else money(amount)


def _slipped(before: Decimal | None, after: Decimal | None) -> bool:
    if not before or not after:
        return False
    return (
        _EXACT.multiply(before, Decimal(_UNIT_SLIP)) == after or _EXACT.multiply(after, Decimal(_UNIT_SLIP)) == before
    )


def _texts(old: object, new: object, fields: Iterable[tuple[str, str]], indicator: str = "") -> Iterator[FieldChange]:
    for field, name in fields:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            kind: ChangeKind = "spelling" if squeeze(before) == squeeze(after) else "changed"
            yield FieldChange(field, before, after, kind, indicator)


# --- objectives ------------------------------------------------------------------------------------------------


def _objectives(old: str, new: str) -> list[FieldChange]:
    """By lines, wherever they stand; that their order alone is different is told as another spelling of the whole."""
    if old == new:
        return []
    before, after = ([line.strip() for line in text.split("\n") if squeeze(line)] for text in (old, new))
    pairs = match(before, after, (squeeze,), group=lambda _: "", texts=lambda line: (line,))
    found = [change for _, change in sorted(_lines(before, after, pairs), key=lambda item: item[0])]
    return found or [FieldChange(OBJECTIVES, old, new, "spelling")]


def _lines(
    before: Sequence[str], after: Sequence[str], pairs: dict[int, int]
) -> Iterator[tuple[tuple[int, int], FieldChange]]:
    """Each with its place: in the order of the new lines, then of the old ones that are gone."""
    for place, line in enumerate(before):
        if place not in pairs:
            yield (len(after), place), FieldChange(OBJECTIVES, line, "", "removed")
        elif line != (changed := after[pairs[place]]):
            kind: ChangeKind = "spelling" if squeeze(line) == squeeze(changed) else "changed"
            yield (pairs[place], 0), FieldChange(OBJECTIVES, line, changed, kind)
    for place in set(range(len(after))).difference(pairs.values()):
        yield (place, 0), FieldChange(OBJECTIVES, "", after[place], "added")


# --- indicators ------------------------------------------------------------------------------------------------


def _all_indicators(old: Sequence[IndicatorRow], new: Sequence[IndicatorRow]) -> Iterator[FieldChange]:
    pairs = {after: before for before, after in _matched_indicators(old, new).items()}
    for place, row in enumerate(new):
        if place in pairs:
            yield from _indicator(old[pairs[place]], row)
        else:
            yield FieldChange(INDICATOR, "", _told(row), "added", _name(row))
    kept = set(pairs.values())
    for place, row in enumerate(old):
        if place not in kept:
            yield FieldChange(INDICATOR, _told(row), "", "removed", _name(row))


def _matched_indicators(old: Sequence[IndicatorRow], new: Sequence[IndicatorRow]) -> dict[int, int]:
    def typed(row: IndicatorRow) -> tuple[str, ...]:  # most are as they were, and found without a closer look
        return row.level1, row.level2, row.level3, row.description, row.target

    def path(row: IndicatorRow) -> tuple[str, ...]:
        return squeeze(row.level1), squeeze(row.level2), squeeze(row.level3)

    def whole(row: IndicatorRow) -> tuple[str, ...]:
        return *path(row), squeeze(row.description), squeeze(row.target)

    return match(
        old,
        new,
        (typed, whole, path, lambda row: squeeze(row.level3) or None),
        group=lambda row: squeeze(row.level2),
        texts=lambda row: (row.level3, f"{row.level3} {row.description}"),
    )


def _name(row: IndicatorRow) -> str:
    return row.level3 or row.description


def _told(row: IndicatorRow) -> str:
    """An indicator in a word or two: its name and its value."""
    return " ".join(filter(None, (_name(row), row.target)))


def _indicator(old: IndicatorRow, new: IndicatorRow) -> Iterator[FieldChange]:
    name = _name(new) or _name(old)
    if old.level3 != new.level3 and squeeze(old.level3) != squeeze(new.level3):
        yield FieldChange(
            "三级指标", old.level3, new.level3, "renamed" if old.level3 and new.level3 else "changed", name
        )
    else:
        yield from _texts(old, new, (("三级指标", "level3"),), name)
    yield from _texts(old, new, _OF_INDICATOR, name)
    if old.target != new.target:
        yield FieldChange(TARGET, old.target, new.target, target_change(old.target, new.target), name)


# --- 指标值 ----------------------------------------------------------------------------------------------------


def target_change(before: str, after: str) -> ChangeKind:
    """How one 指标值 differs from the other, both as typed and not the same text.

    ``spelling``: they mean the same (≥3.1万张, 31000张以上).  Tighter and looser are told where the signs say which way is
    better; a number without sign, or another sign, is just changed.  Of two deadlines in one year the earlier one is
    tighter.
    """
    old, new = TargetValue.parse(before), TargetValue.parse(after)
    if squeeze(before) == squeeze(after) or fold(old.printed) == fold(new.printed):
        return "spelling"
    if old.quantity and new.quantity:
        return _quantities(old.quantity, new.quantity)
    if (old.quantity or new.quantity) and "blank" not in (old.kind, new.kind):
        return "wording"
    if old.deadline and new.deadline:
        return _deadlines(old.deadline, new.deadline)
    return "changed"


def _quantities(old: Quantity, new: Quantity) -> ChangeKind:
    if _measured(old.measured_in) != _measured(new.measured_in):
        return "unit"
    if old.relation == new.relation and _ends(old) == _ends(new):
        return "spelling"
    before, after = _reach(old), _reach(new)
    if before is None or after is None or before == after:
        return "changed"
    if before[0] <= after[0] and after[1] <= before[1]:
        return "tighter"
    return "looser" if after[0] <= before[0] and before[1] <= after[1] else "changed"


def _measured(unit: Unit | None) -> tuple[str, ...]:
    """What must be equal for two numbers to be compared."""
    if unit is None:
        return ()
    return (unit.base, unit.per or "") if unit.known and unit.base else (unit.normalised,)


_End = tuple[Decimal, int]
_NOWHERE, _EVERYWHERE = (Decimal("-Infinity"), 0), (Decimal("Infinity"), 0)


def _reach(quantity: Quantity) -> tuple[_End, _End] | None:
    """Both ends of what fulfils the target, in the base unit; None where no sign says it.

    An end that does not belong to it stands a trace further in: > 5 is (5, 1), < 5 is (5, -1).
    """
    low, high = _ends(quantity)
    if high is not None:
        return (min(low, high), 0), (max(low, high), 0)
    if quantity.relation in ("≥", ">"):
        return (low, int(quantity.relation == ">")), _EVERYWHERE
    if quantity.relation in ("≤", "<"):
        return _NOWHERE, (low, -int(quantity.relation == "<"))
    return None


def _ends(quantity: Quantity) -> tuple[Decimal, Decimal | None]:
    """The number, and of a range its other end, in the base unit."""
    factor = quantity.measured_in.factor if quantity.measured_in else Decimal(1)
    upper = None if quantity.upper is None else _EXACT.multiply(quantity.upper, factor)
    return _EXACT.multiply(quantity.number, factor), upper


def _deadlines(old: Deadline, new: Deadline) -> ChangeKind:
    """Only where both name the same parts of a date, of the same year: next year's date is no looser."""
    parts = (old.month, old.day), (new.month, new.day)
    same = [[part is None for part in one] for one in parts]
    if not (old.before and new.before) or old.year != new.year or same[0] != same[1] or parts[0] == parts[1]:
        return "changed"
    before, after = ([part or 0 for part in one] for one in parts)
    return "tighter" if after < before else "looser"


# --- showing ---------------------------------------------------------------------------------------------------


def _around(before: str, after: str) -> tuple[str, str]:
    """Both texts, or of long ones the part that differs with a little around it."""
    if max(len(before), len(after)) <= _SHOWN:
        return _line(before), _line(after)
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    start = max(start - _AROUND, 0)
    return _short(before[start:], cut=start > 0), _short(after[start:], cut=start > 0)


def _short(text: str, *, cut: bool = False) -> str:
    shown = _line(text)
    return ("……" if cut else "") + (shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}……")


def _line(text: str) -> str:
    """In one line: a change is one line of a list."""
    return " ".join(text.split("\n"))


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "（空）"
