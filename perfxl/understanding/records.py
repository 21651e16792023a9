"""The rows of an indicator table → the indicators of a form, with the story of each cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from perfxl.form import Entry, Indicator
from perfxl.intake.tables import Cell
from perfxl.issue import Place
from perfxl.text import squeeze, tidy
from perfxl.understanding.indicators import UNKNOWN, Record, parents_of
from perfxl.understanding.model import Fact, Sure
from perfxl.understanding.sections import Section
from perfxl.vocabulary import Vocabulary, label_word

_WORDS: Final = {"level1": "一级指标", "level2": "二级指标", "level3": "三级指标", "description": "绩效指标描述",
                 "relation": "计算符号", "body": "指标值", "measure": "计量单位", "weight": "权重"}  # fmt: skip
_QUALITATIVE: Final = frozenset(("定性", "定量", "定量指标", "定性指标"))


def indicators(section: Section) -> tuple[tuple[Indicator, ...], list[Fact], list[Fact]]:
    """The indicators of the year, what was placed, and what was left."""
    maker = _Maker(section)
    for record in section.indicators.records:
        maker.take(record)
    for rest in section.indicators.left:
        sure = Sure.CERTAIN if rest.certain else Sure.UNCLEAR
        maker.left += [Fact("", cell.fault or cell.text or "", cell.at, "", sure, rest.why) for cell in rest.cells]
    return tuple(maker.rows), maker.placed, maker.left


class _Maker:
    def __init__(self, section: Section) -> None:
        records = section.indicators.records
        spans = {record.span for record in records}
        # Where one part is of the year and the rest says nothing, the rest is of the long run.
        self._annual = "annual" if "annual" in spans else ""
        natures = [record.cells["nature"] for record in records if "nature" in record.cells]
        self._signs_in_nature = any(_sign(cell) for cell in natures)
        self.rows: list[Indicator] = []
        self.placed: list[Fact] = []
        self.left: list[Fact] = []
        self._carried = ""

    def take(self, record: Record) -> None:
        if record.span != self._annual:
            unknown = record.span == "unknown"
            why = "长期和年度两栏并排，分不清哪一栏是年度的" if unknown else "不是年度指标，我们的表里只有年度指标"
            self._leave_row(record, why, Sure.UNCLEAR if unknown else Sure.CERTAIN)
            return
        cells = self._ours(record)
        number = len(self.rows) + 1
        entries = {name: _entry(cells.get(name), record) for name in _WORDS}
        level1 = self._level1(record, cells, number)
        entries["level2"] = self._held(record, "level2", entries["level2"], number)
        entries["level3"] = self._held(record, "level3", entries["level3"], number)
        entries["description"] = self._held(record, "description", entries["description"], number)
        self._tell(record, cells, number)
        if entries["level3"].blank:
            why = f"第{number}条指标没有三级指标的名称，是不是与上一行合并，请核对"
            self.left.append(Fact("", "", entries["level3"].at, "", Sure.UNCLEAR, why))
        target, relation, body, measure = _value(entries, cells)
        self.rows.append(
            Indicator(
                number=number,
                level1=level1,
                carried=self._carried,
                level2=entries["level2"],
                level3=entries["level3"],
                description=entries["description"],
                target=target,
                relation=relation,
                body=body,
                measure=measure,
                weight=entries["weight"] if "weight" in cells else None,
            )
        )

    def _ours(self, record: Record) -> dict[str, Cell]:
        """The cells that go into our columns; of several values the one of the year."""
        cells = {name: cell for name, cell in record.cells.items() if name in _WORDS}
        if "body_annual" in record.cells:
            other = cells.pop("body", None)
            cells["body"] = record.cells["body_annual"]
            if other is not None and not other.blank:
                self._leave(record, other, "不是年度指标值")
        nature = record.cells.get("nature")
        if self._signs_in_nature and nature is not None and "relation" not in cells:
            cells["relation"] = replace(nature, text=None) if squeeze(nature.text or "") in _QUALITATIVE else nature
        elif (relation := cells.get("relation")) is not None and squeeze(relation.text or "") in _QUALITATIVE:
            self._leave(record, relation, "是指标的性质，不是符号")
            cells["relation"] = replace(relation, text=None)
        return cells

    def _leave_row(self, record: Record, why: str, sure: Sure) -> None:
        filled = [cell for cell in record.cells.values() if not cell.blank]
        text = " | ".join(tidy(cell.text or cell.fault) for cell in filled)
        self.left.append(Fact("", text, filled[0].at, "", sure, why))

    def _leave(self, record: Record, cell: Cell, why: str) -> None:
        self.left.append(Fact("", cell.fault or cell.text or "", cell.at, "", Sure.CERTAIN, why))

    def _tell(self, record: Record, cells: dict[str, Cell], number: int) -> None:
        """Every filled cell of the row: where it went, or that we have no such column."""
        used = {id(cell) for cell in cells.values()}
        sure, why = (Sure.INFERRED, "接着上一个表格，没有重复表头") if record.continued else (Sure.CERTAIN, "")
        for name, cell in cells.items():
            if not cell.blank:
                field = f"第{number}条 {_WORDS[name]}"
                self.placed.append(Fact(field, cell.fault or cell.text or "", cell.at, _WORDS[name], sure, why))
        for name, cell in record.cells.items():
            told = id(cell) in used or name in _WORDS or name == "number"
            if cell.blank or told or (name == "nature" and self._signs_in_nature and _sign(cell)):
                continue
            if name.startswith(UNKNOWN):
                self.left.append(Fact("", cell.text or "", cell.at, "", Sure.UNCLEAR, "看不懂这一栏的标题"))
            else:
                self._leave(record, cell, f"认得，但我们的表里没有这一栏（{label_word('columns', name)}）")

    def _held(self, record: Record, name: str, entry: Entry, number: int) -> Entry:
        """A blank cell's text from above, where it holds here."""
        held = record.carried.get(name)
        if held is None or not entry.blank:
            return entry
        sure, why = (Sure.CERTAIN, "合并单元格") if held.merged else (Sure.INFERRED, "空着，沿用上面一行")
        self.placed.append(
            Fact(f"第{number}条 {_WORDS[name]}", held.cell.text or "", entry.at, _WORDS[name], sure, why)
        )
        return Entry(raw=held.cell.text, at=entry.at)

    def _level1(self, record: Record, cells: dict[str, Cell], number: int) -> Entry:
        """一级指标 as it stands; where the form has no such column, inferred from 二级指标."""
        own = cells.get("level1")
        if own is not None and not own.blank:
            self._carried = tidy(own.text or "")
            return _entry(own, record)
        above = record.carried.get("level1")
        if above is not None:
            first = tidy(above.cell.text or "") != self._carried
            self._carried = tidy(above.cell.text or "")
            at = own.at if own is not None else above.cell.at
            return Entry(raw=above.cell.text if first else None, at=at)
        return self._inferred(record, cells, number)

    def _inferred(self, record: Record, cells: dict[str, Cell], number: int) -> Entry:
        level2 = cells.get("level2")
        if level2 is not None and level2.blank and "level2" in record.carried:
            level2 = record.carried["level2"].cell
        at = _place(cells, record)
        parents = list(parents_of(level2.text or "")) if level2 is not None and not level2.blank else []
        if len(parents) != 1:
            self._carried = ""
            why = f"第{number}条指标没有一级指标，从二级指标也推断不出"
            self.left.append(Fact("", "", at, "", Sure.UNCLEAR, why))
            return Entry(raw=None, at=at)
        if parents[0] == self._carried:
            return Entry(raw=None, at=at)
        self._carried = parents[0]
        why = f"表里没有写，按二级指标“{tidy(level2.text or '') if level2 else ''}”推断"
        self.placed.append(Fact(f"第{number}条 一级指标", parents[0], at, "", Sure.INFERRED, why))
        return Entry(raw=parents[0], at=at)


def _place(cells: dict[str, Cell], record: Record) -> Place:
    cell = cells.get("level2") or cells.get("level3")
    return cell.at if cell is not None else record.row.filled[0].at


def _entry(cell: Cell | None, record: Record) -> Entry:
    if cell is None:
        return Entry(raw=None, at=record.row.filled[0].at)
    return Entry(raw=cell.text, at=cell.at, number=cell.number, fault=cell.fault)


def _sign(cell: Cell) -> bool:
    return Vocabulary.load().sign(cell.text or "") is not None


def _value(entries: dict[str, Entry], cells: dict[str, Cell]) -> tuple[Entry, Entry, Entry, Entry]:
    """指标值 joined, and its three parts; all at one place where the source has one column for it."""
    body = entries["body"]
    if "relation" not in cells and "measure" not in cells:
        nothing = Entry(raw=None, at=body.at)
        return body, nothing, body, nothing
    parts = [entries[name] if name in cells else None for name in ("relation", "body", "measure")]
    others = [part.at for part in parts if part is not None and part is not body]
    relation, _, measure = (part if part is not None else Entry(raw=None, at=others[0]) for part in parts)
    raws = [part.raw for part in (relation, body, measure) if part.raw is not None]
    fault = next((part.fault for part in (relation, body, measure) if part.fault), "")
    return Entry(raw="".join(raws) if raws else None, at=body.at, fault=fault), relation, body, measure
