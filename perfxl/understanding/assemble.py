"""A section → its target form, with the story of each field; what has no place in our form, or is in doubt, is listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from perfxl.form import Entry, Indicator, TargetForm, parse_amount
from perfxl.intake.tables import Cell
from perfxl.issue import AtLine
from perfxl.text import tidy
from perfxl.understanding.head import Found
from perfxl.understanding.labels import head_label, names_project, year_alone
from perfxl.understanding.model import Fact, Sure, Understood
from perfxl.understanding.money import Money
from perfxl.understanding.records import indicators
from perfxl.understanding.sections import Section
from perfxl.understanding.story import Story
from perfxl.vocabulary import Vocabulary, label_word

# [015001]名称, 314002-名称; and 353302名称, where fewer digits may belong to the name (120急救中心).
_UNIT: Final = re.compile(
    r"\s*(?:[\[［【(（](\d{3,12})[\]］】)）]\s*[-—－]?|(\d{3,12})\s*[-—－]|(\d{6}|\d{9}|\d{12})(?!\d))\s*(\D.*)",
    re.ASCII,
)
_CODE: Final = re.compile(r"\s*[\[［(（]?(\d{3,12})[\]］)）]?\s*", re.ASCII)
_NO_PLACE: Final = "认得，但我们的表里没有这一栏"
_NO_LABEL: Final = "看不出属于哪一栏"
# Fields of ours, with those that stand in for them, best first.
_STAND_INS: Final = {
    "unit": ("unit", "filler"),
    "purpose": ("purpose", "summary", "basis"),
    "project": ("project", "program"),
}
_OBJECTIVES: Final = ("objectives_annual", "objectives", "objectives_long")


def assembled(section: Section, source: str, key: str) -> Understood:
    """The form of a section.

    Args:
        source: what the form calls its file.
        key: what tells it from the others of the file.
    """
    return _Assembler(section, source, key).understood()


class _Assembler:
    def __init__(self, section: Section, source: str, key: str) -> None:
        self._section = section
        self._source = source
        self._key = key
        self._story = Story(section)
        self._found = self._story.found
        self._year: int | None = None

    def understood(self) -> Understood:
        title, number = self._title()
        code, name = self._unit()
        project = self._text("项目名称", *_STAND_INS["project"])
        department = self._text("主管部门", "department") if self._section.has("department") else None
        self._find_year()
        money_unit, budget, project_total = Money(self._story).read()
        purpose = self._long_text("资金用途", _STAND_INS["purpose"])
        objectives = self._objectives()
        rows, placed, left = indicators(self._section)
        if self._section.heading is None:
            self._story.missing("没有找到指标表（一级指标、二级指标、三级指标、指标值）")
        self._rest()
        form = TargetForm(
            file=self._source,
            key=self._key,
            sheet="",
            layout="",
            edition=_edition(rows),
            year=self._year,
            title=title,
            project_no=number,
            unit_code=code,
            unit_name=name,
            money_unit=money_unit,
            project=project,
            budget=budget,
            purpose=purpose,
            objectives=objectives,
            indicators=rows,
            department=department,
            project_total=project_total,
        )
        return Understood(form, (*self._story.placed, *placed), (*self._story.left, *left))

    def _text(self, field: str, *names: str) -> Entry:
        """What stands beside the first of these labels that has content."""
        found = self._first(names)
        if found is not None:
            return self._entry(field, found)
        if not self._story.has(*names):
            self._story.missing(f"没有找到“{field}”")
        return self._story.nothing(next((one for one in self._found if one.label.name in names), None))

    # -- fields

    def _title(self) -> tuple[Entry, Entry]:
        """Title and 序号; a title that only says what kind of form it is stays where it is."""
        chosen = self._section.title
        for _, cell in self._section.titles:
            if chosen is None or cell is not chosen[1]:
                self._story.leave(cell, "", "目录里的或重复的标题")
        found = self._story.pick("project_no")
        number = self._story.nothing(found)
        if found is not None and found.values:
            self._story.place("序号", found.values[0], found.label.word)
            number = Entry(raw=found.values[0].text, at=found.values[0].at)
        if chosen is None:
            return self._story.nothing(), number
        title, cell = chosen
        self._year = title.year
        if title.number is not None and number.blank:
            number = Entry(raw=title.number, at=cell.at)
            self._story.placed.append(Fact("序号", title.number, cell.at, "", Sure.CERTAIN, "标题前面的数字"))
        if names_project(title.text):
            self._story.placed.append(Fact("标题", title.text, cell.at))
            return Entry(raw=title.text, at=cell.at), number if number.raw is not None else Entry(raw=None, at=cell.at)
        self._story.leave(cell, "", "是表的名称，不是项目的标题；我们的标题由项目名称生成")
        return Entry(raw=None, at=cell.at), number

    def _unit(self) -> tuple[Entry, Entry]:
        """单位编码 and 单位名称, however they are written together."""
        found = self._first(_STAND_INS["unit"])
        code = self._story.pick("unit_code")
        if found is None:
            line = self._unit_line() if not self._story.has("unit", "filler", "unit_code") else None
            if line is not None:
                return self._parted(line[0], "", Sure.INFERRED, line[1])
            if code is None and not self._story.has("unit", "filler"):
                self._story.missing("没有找到单位编码和名称")
        if code is not None and code.values:
            parted = self._parted(code.values[0], code.label.word)
            if found is None or not found.values:
                return parted
            name = self._entry("单位名称", found)
            return parted[0], name
        if found is None or not found.values:
            return self._story.nothing(code), self._story.nothing(found)
        sure = (
            (Sure.INFERRED, "没有写实施单位，用填报单位") if found.label.name == "filler" else self._story.sure(found)
        )
        return self._parted(found.values[0], found.label.word, *sure)

    def _first(self, names: Iterable[str]) -> Found | None:
        """The first of these labels that has content; none behind one that says different things."""
        for name in names:
            found = self._story.pick(name)
            if self._story.contested(name):
                return None
            if found is not None and found.values:
                return found
        return None

    def _unit_line(self) -> tuple[Cell, str] | None:
        """A unit without a label: it begins with its code, or stands alone beside 金额单位; and how it was known."""
        corners = {found.row for found in self._found if found.label.name == "money_unit"}
        above = min(
            (found.row for found in self._found if found.label.name not in ("money_unit", "year")), default=1 << 30
        )
        for number, cell in self._story.loose:
            if number >= above or sum(row == number for row, _ in self._story.loose) > 1:
                continue
            coded = _UNIT.fullmatch(cell.text or "") is not None
            if coded or (number in corners and year_alone(cell.text or "") is None):
                self._story.loose.remove((number, cell))
                return cell, "没有标签，按开头的编码认出" if coded else "没有标签，写在金额单位旁边"
        return None

    def _entry(self, field: str, found: Found) -> Entry:
        cell = found.values[0]
        self._story.place(field, cell, found.label.word, *self._story.sure(found))
        return Entry(raw=cell.text, at=cell.at, number=cell.number, fault=cell.fault)

    def _parted(self, cell: Cell, label: str, sure: Sure = Sure.CERTAIN, why: str = "") -> tuple[Entry, Entry]:
        """Code and name that stand together as one text; where they can't be told apart, all of it is the name."""
        text = cell.text or ""
        match = _UNIT.fullmatch(text)
        if match is not None:
            code, name = match[1] or match[2] or match[3], match[4]
            self._story.placed.append(Fact("单位编码", code, cell.at, label, sure, why))
            self._story.placed.append(Fact("单位名称", name, cell.at, label, sure, why))
            return Entry(raw=code, at=cell.at), Entry(raw=name, at=cell.at)
        alone = _CODE.fullmatch(text)
        self._story.place("单位编码" if alone else "单位名称", cell, label, sure, why)
        blank = Entry(raw=None, at=cell.at)
        if alone is not None:
            return Entry(raw=alone[1], at=cell.at), blank
        return blank, Entry(raw=cell.text, at=cell.at, fault=cell.fault)

    def _find_year(self) -> None:
        found = self._story.pick("year")
        if found is not None and found.values:
            match = re.search(r"20\d\d", found.values[0].text or "")
            if match is not None:
                self._year = int(match[0])
                self._story.place("年度", found.values[0], found.label.word)
            else:
                self._story.doubt(found.values[0], "年度看不懂", found.label.word)
        for row, cell in [one for one in self._story.loose if year_alone(one[1].text or "") is not None]:
            self._story.loose.remove((row, cell))
            self._year = self._year or year_alone(cell.text or "")
            self._story.place("年度", cell)

    # -- texts

    def _long_text(self, field: str, names: Iterable[str]) -> Entry:
        """One text, joined where it stands in several cells."""
        for name in names:
            found = self._story.pick(name, several=True)
            if self._story.contested(name):
                break
            if found is None or not found.values:
                continue
            if any(parse_amount(cell.text or "") is not None for cell in found.values):
                for cell in found.values:
                    self._story.doubt(cell, "里面有金额，分不清是不是少了标签", found.label.word)
                continue
            sure, why = self._story.sure(found)
            if name != "purpose":
                sure, why = Sure.INFERRED, "没有“资金用途”，用这一项"
            for cell in found.values:
                self._story.place(field, cell, found.label.word, sure, why)
            first = found.values[0]
            return Entry(raw="\n".join(cell.text or "" for cell in found.values), at=first.at, fault=first.fault)
        return self._story.nothing(next((one for one in self._found if one.label.name == "purpose"), None))

    def _objectives(self) -> tuple[Entry, ...]:
        """The objectives of the year, a line each."""
        picked = {name: self._story.pick(name, several=True) for name in _OBJECTIVES}
        told = [name for name, found in picked.items() if found is not None and found.values]
        of_year = "objectives_annual" if self._story.has("objectives_annual") else "objectives"
        entries: list[Entry] = []
        for name in told:
            found = picked[name]
            assert found is not None
            for cell in found.values:
                if name == of_year:
                    self._story.place("绩效目标", cell, found.label.word, *self._story.sure(found))
                    entries += _lines(cell)
                else:
                    self._story.leave(cell, found.label.word, "不是年度目标，我们的表里只有年度目标")
        if not entries:
            self._story.missing("没有找到年度的绩效目标")
        return tuple(entries)

    # -- what is left

    def _rest(self) -> None:
        """Labels that our form has no place for, and texts without a label."""
        for found in self._story.unused():
            for cell in found.values:
                name = label_word("head", found.label.name)
                self._story.leave(
                    cell, found.label.word, f"{_NO_PLACE}（{name}）" if name != found.label.word else _NO_PLACE
                )
        for _, cell in self._story.loose:
            if head_label(cell.text) is None and tidy(cell.text or cell.fault):
                self._story.doubt(cell, _NO_LABEL)


def _lines(cell: Cell) -> list[Entry]:
    """Each line of a cell that is not blank, at its own place where the source is a text."""
    lines = (cell.text or "").split("\n")
    if cell.fault:
        return [Entry(raw=None, at=cell.at, fault=cell.fault)]
    at = cell.at
    return [
        Entry(raw=line, at=AtLine(at.line + number) if isinstance(at, AtLine) else at, number=cell.number)
        for number, line in enumerate(lines)
        if tidy(line)
    ]


def _edition(rows: Sequence[Indicator]) -> str | None:
    """The edition whose tree it is, where only one has it: 成本指标 as a first level."""
    default = Vocabulary.load()
    firsts = {row.carried for row in rows if row.carried}
    if firsts and any(default.canonical_level1(first) is None for first in firsts):
        other = Vocabulary.load("mof-2021")
        if all(other.canonical_level1(first) is not None for first in firsts):
            return other.edition
    return None
