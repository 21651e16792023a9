"""资金 of a form: total, 财政资金 and 其他资金 of the year, in the 金额单位 of the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perfxl.form import Budget, Entry
from perfxl.intake.tables import Cell
from perfxl.text import squeeze
from perfxl.understanding.amounts import TOTALS, Amount, Scoped, amount, entry_in, scoped, section_units
from perfxl.understanding.head import Found
from perfxl.understanding.model import Fact, Sure
from perfxl.understanding.story import TWO, Story
from perfxl.vocabulary import Vocabulary

_STAND_INS: Final = {"fiscal": ("fiscal",), "other": ("other", "own")}
_FIELDS: Final = {"total": "预算数", "fiscal": "财政资金", "other": "其他资金"}
_READ: Final = (*TOTALS, "budget", "fiscal", "other", "own")


class Money:
    """Reads the amounts of one form."""

    def __init__(self, story: Story) -> None:
        self._story = story
        units = section_units(story.found)
        self._amounts = {
            id(found): amount(found, found.values[0], units.get(found.row))
            for found in story.found
            if found.label.name in _READ and len(found.values) == 1
        }
        self._unlabelled = False  # a total is in doubt: no one can say which parts are its
        self._unit: str | None = None  # of the form
        self._bare = True  # numbers without a unit are in it too

    def read(self) -> tuple[Entry, Budget, Entry | None]:
        """金额单位, the amounts of the year, and the total of all years where the form tells of both."""
        total, long_total = self._totals(self._story.pick("budget"))
        chosen = {"total": total}
        for name in ("fiscal", "other"):
            chosen[name] = self._part(name, total, long_total)
        read = [self._amounts[id(one)] for one in chosen.values() if one is not None and id(one) in self._amounts]
        unit = self._money_unit(read)
        entries = {name: self._entry(_FIELDS[name], found) for name, found in chosen.items()}
        return unit, Budget(**entries), self._of_all_years(long_total)

    # -- which amount is which

    def _totals(self, group: Found | None) -> tuple[Found | None, Found | None]:
        """The total of the year, and that of all years."""
        annual, plain, long = (self._story.pick(name) for name in TOTALS)
        named = [one for one in (annual, plain, long) if one is not None and one.values]
        if group is not None and group.values and named:
            self._doubt([group, *named], "有一个金额没有标签，分不清各是哪一项")
            self._unlabelled = True
            return None, None
        if self._story.contested("total_annual"):
            self._unlabelled = True
            return None, long
        if annual is None:
            return plain if plain is not None or group is None or not group.values else group, long
        if plain is not None and plain.values and long is not None and long.values:
            self._doubt([plain], "另有年度和中期的资金总额，分不清这是哪一个")
        return annual, long if long is not None and long.values else plain

    def _part(self, name: str, total: Found | None, long_total: Found | None) -> Found | None:
        """财政资金 or 其他资金 of the year, or what stands in for it."""
        parts = scoped(self._story.found)
        for alias in _STAND_INS[name]:
            mine = [part for part in parts if part.found.label.name == alias]
            of_year = [
                part.found for part in mine if part.total is total or (part.total is None and long_total is None)
            ]
            self._leave_others(mine, of_year)
            told = [found for found in of_year if found.values]
            if told and (self._unlabelled or len(told) > 1 or len(told[0].values) > 1):
                self._doubt(told, TWO)
                return None
            if of_year:
                return told[0] if told else of_year[0]
        return None

    def _leave_others(self, parts: Sequence[Scoped], of_year: Sequence[Found]) -> None:
        """Parts of the money of other years."""
        kept = {id(found) for found in of_year}
        for part in parts:
            self._story.use(part.found)
            for cell in part.found.values if id(part.found) not in kept else ():
                if part.total is None:
                    self._story.doubt(cell, "分不清是哪一年的资金", part.found.label.word)
                else:
                    self._story.leave(cell, part.found.label.word, "不是本年度的资金")

    def _doubt(self, found: Sequence[Found], why: str) -> None:
        for one in found:
            for cell in one.values:
                self._story.doubt(cell, why, one.label.word)

    # -- in which unit

    def _money_unit(self, amounts: Sequence[Amount]) -> Entry:
        """金额单位 of the form: the one in the corner, else the one that the labels give, else that of the amounts."""
        declared = self._declared_unit()
        if declared is not None:
            cell = declared.values[0]
            self._unit = squeeze(cell.text or "").strip("()")
            self._story.place("金额单位", cell, declared.label.word)
            return Entry(raw=cell.text, at=cell.at)
        known = [one for one in amounts if one.unit is not None]
        if not known:
            if amounts:
                why = "没有写明金额单位：工作簿里按口径的单位，请核对"
                self._story.doubt(Cell(None, amounts[0].cell.at, 0), why)
            return self._story.nothing()
        first = next((one for one in known if one.inline is None), known[0])
        self._unit, self._bare = first.unit, first.inline is None and len({one.unit for one in known}) == 1
        told = Fact(
            "金额单位", first.unit or "", first.cell.at, first.found.label.word, Sure.INFERRED, "写在金额或标签里"
        )
        self._story.placed.append(told)
        return Entry(raw=first.unit, at=first.cell.at)

    def _declared_unit(self) -> Found | None:
        """金额单位 in the corner; 单位：某某局 is no such thing."""
        vocabulary = Vocabulary.load()
        for found in self._story.found:
            if found.label.name != "money_unit":
                continue
            self._story.use(found)
            for cell in found.values:
                if vocabulary.money_factor(cell.text or "") is not None:
                    return found
                self._story.doubt(cell, "“单位”后面不是金额单位，分不清是不是填报单位", found.label.word)
        return None

    # -- as entries of our form

    def _entry(self, field: str, found: Found | None) -> Entry:
        one = self._amounts.get(id(found))
        if found is None or one is None:
            self._doubt([found] if found is not None else [], TWO)
            return self._story.nothing(found)
        if one.number is not None and one.unit is None and not self._bare:
            self._doubt([found], "别的金额写了单位，这一个没有，分不清是多少")
            return Entry(raw=None, at=one.cell.at)
        entry = entry_in(one, self._unit)
        self._story.place(field, one.cell, found.label.word, *self._how(one, entry))
        return entry

    def _how(self, one: Amount, entry: Entry) -> tuple[Sure, str]:
        if one.number is None:
            return Sure.UNCLEAR, "不是一个数"
        if one.unit is not None and one.unit != self._unit:
            return Sure.INFERRED, f"原文的单位是{one.unit}，换算成{self._unit}是 {entry.amount}"
        if entry.number is not None and one.inline is not None:
            return Sure.INFERRED, f"数和单位写在一起，读作 {entry.amount}"
        if one.found.label.name == "own":
            return Sure.INFERRED, "没有“其他资金”，用这一项"
        return self._story.sure(one.found)

    def _of_all_years(self, long_total: Found | None) -> Entry | None:
        """The total of all years: our form has no place for it, but rule A07 holds the year's against it."""
        one = self._amounts.get(id(long_total))
        if long_total is None or one is None:
            return None
        self._story.leave(one.cell, long_total.label.word, "是项目各年的总额，我们的表里只有年度预算")
        return entry_in(one, self._unit)
