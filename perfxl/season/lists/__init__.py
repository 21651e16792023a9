"""Lists as finance has them: the roster of units (单位名册) and the approved budgets (批复清单), in one kind of table.

Columns are found by their headings, never by their place.  Nothing is guessed: where a list can be read in two ways it
is refused with the row named, and what was understood of it is told (:meth:`UnitList.told`) before it is used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from perfxl.errors import InputError
from perfxl.intake.package import display
from perfxl.rules.facts import grouped
from perfxl.rules.lists import Approval, Approvals, Roster, RosterEntry
from perfxl.season.lists.headings import TERMS, Heading, find_heading
from perfxl.season.lists.rows import ListRow, RowReader, named_rows
from perfxl.season.lists.tables import Sheet, open_tables

__all__ = ["ListRow", "UnitList", "read_list"]


@dataclass(frozen=True)
class UnitList:
    """A list as it was understood.

    Attributes:
        source: file name.
        heading_row: from 1.
        columns: field of :class:`ListRow` (and ``amount``) → heading as it stands.
        money_unit: of the amounts as they stand; "" for a list without.
        skipped: (row, why) of rows that were left out.
        notes: in Chinese, what else was made of it.
    """

    source: str
    sheet: str
    heading_row: int
    columns: Mapping[str, str]
    money_unit: str
    rows: tuple[ListRow, ...]
    skipped: tuple[tuple[int, str], ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def roster(self) -> Roster:
        """One entry for each unit; what its rows leave blank is taken from the next that has it."""
        units: dict[str, RosterEntry] = {}
        for row in self.rows:
            known = units.get(row.owner, RosterEntry("", ""))
            units[row.owner] = RosterEntry(
                known.code or row.unit_code,
                known.name or row.unit_name,
                known.department or row.department,
                known.office or row.office,
                known.contact or row.contact,
                known.phone or row.phone,
                row.expected if known.expected is None else known.expected,
            )
        return Roster(tuple(units.values()))

    @cached_property
    def approvals(self) -> Approvals:
        """The projects, also those without an amount, and the control figures of units."""
        return Approvals(
            tuple(
                Approval(row.unit_code, row.project, row.amount_yuan, row.project_code, row.unit_name, row.department)
                for row in self.rows
                if row.identity[1] or row.amount_yuan is not None
            )
        )

    def told(self) -> str:
        """In a few Chinese lines, what was made of the file."""
        columns = "、".join(f"{TERMS[field]}＝“{text}”" for field, text in self.columns.items())
        lines = [f"{self.source}：工作表“{self.sheet}”，第 {self.heading_row} 行是表头", f"认出的列：{columns}"]
        projects = [row for row in self.rows if row.project or row.project_code]
        amounts = [row.amount_yuan for row in self.rows if row.amount_yuan is not None]
        count = f"共 {len(self.roster.entries)} 个单位"
        if projects:
            count += f"、{len(projects)} 个项目"
        due = sum(entry.expected or 0 for entry in self.roster.entries)
        if due:
            count += f"，应报项目 {due} 个"
        if amounts:
            yuan = sum(amounts, Decimal(0))
            count += f"，金额合计 {grouped(yuan / 10000)} 万元（表内单位：{self.money_unit}）"
        lines.append(count)
        without = sum(row.amount_yuan is None for row in projects)
        if without:
            lines.append(f"{without} 个项目没有金额：照样应报，只是金额不核对")
        lines += self.notes
        reasons: dict[str, list[int]] = {}
        for row, why in self.skipped:
            reasons.setdefault(why, []).append(row)
        lines += [f"略过{named_rows(rows)}：{why}" for why, rows in reasons.items()]
        return "\n".join(lines)


def read_list(path: str | os.PathLike[str], *, sheet: str | None = None) -> UnitList:
    """The list in a workbook or a CSV file.

    Args:
        sheet: name of the sheet; needed only where several sheets have a list.

    Raises:
        PathNotFound: no such file.
        UnreadableFile: no workbook or CSV file, encrypted, damaged, or open elsewhere.
        InputError: no sheet with a column of units, or several; no row; something in it that can be read in two ways.
    """
    name = display(Path(path).name)
    found, heading = _chosen(name, open_tables(path), sheet)
    reader = RowReader(name, found, heading)
    rows = reader.read()
    columns = {field: heading.texts[heading.columns[field]] for field in TERMS if field in heading.columns}
    return UnitList(
        name, found.name, heading.row + 1, columns, reader.unit, rows, tuple(reader.skipped), tuple(reader.notes)
    )


def _chosen(file: str, sheets: Sequence[Sheet], wanted: str | None) -> tuple[Sheet, Heading]:
    if wanted is not None:
        sheets = [one for one in sheets if one.name == wanted]
        if not sheets:
            raise InputError(f"{file}：没有名为“{wanted}”的工作表。请核对工作表名称。")
    usable = [(one, heading) for one in sheets if (heading := find_heading(one)) is not None]
    usable = [pair for pair in usable if pair[0].visible] or usable
    if not usable:
        raise InputError(
            f"{file}：没有找到写着单位的列。请在表头里写上“单位编码”“单位名称”（批复清单还要有“项目名称”“批复金额（元）”）。"
        )
    if len(usable) > 1:
        names = "、".join(f"“{one.name}”" for one, _ in usable)
        raise InputError(f"{file}：{names} 这几张工作表都像名单，不知道用哪一张。请只留一张，另存后再试。")
    return usable[0]
