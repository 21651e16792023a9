"""The rows below a list's heading, one by one and then as a whole: what is a unit, a project, a sum, a repetition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from perfxl.errors import InputError
from perfxl.form import parse_amount
from perfxl.season.lists.headings import TERMS, Heading, money_unit
from perfxl.season.lists.tables import Sheet
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

_TOTAL: Final = re.compile(r"(?:本[页表]|部门|单位|项目|全[市区县局部]|各单位)?[合小总共累]计(?:数|金额)?:?")
_TOTAL_OF: Final = re.compile(r".+(?:合计|小计|总计):?")
_FOOTNOTE: Final = re.compile(
    r"[(]?(?:注|备注|说明|填表|制表|填报|审核|复核|负责人|单位负责人|单位:|打印|日期|第\d+页)"
)
_NO_AMOUNT: Final = frozenset(("-", "--", "—", "——", "–", "/", "无"))
_COUNT: Final = re.compile(r"(\d{1,5})个?", re.ASCII)
# A code and a name in one cell: 353302名称, [015001]名称, 314002-名称.
_UNIT: Final = re.compile(r"[\[(]?(\d{3,12})[\])]?\s*[-—_]?\s*([^\d\s].*)", re.ASCII)
_PROJECT: Final = re.compile(r"[\[(]?([0-9A-Z]{10,40})[\])]?\s*[-—_]?\s*([^0-9A-Z\s].*)", re.ASCII)
_FULL_WIDTH: Final = str.maketrans("［］（）－０１２３４５６７８９", "[]()-0123456789")
# Cells of these may be merged over all rows of a unit.
_OF_UNIT: Final = ("unit_code", "unit_name", "department", "office", "contact", "phone", "expected")
_NAMED: Final = 8  # so many rows are named, the others counted


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list: a unit, or a project of a unit.

    Attributes:
        row: of the sheet, from 1.
        office: 业务科室.
        expected: 应报项目数; None where the list doesn't say.
        project: "" for a unit by itself; then an amount is the control figure of its projects together.
        amount_yuan: in 元.
    """

    row: int
    unit_code: str
    unit_name: str
    department: str
    office: str
    contact: str
    phone: str
    expected: int | None
    project_code: str
    project: str
    amount_yuan: Decimal | None

    @property
    def owner(self) -> str:
        """The unit, for comparing."""
        return squeeze(self.unit_code) or squeeze(self.unit_name)

    @property
    def identity(self) -> tuple[str, str]:
        """The project among all of the list."""
        return self.owner, squeeze(self.project_code) or squeeze(self.project)

    @property
    def unit(self) -> str:
        """What a message calls the unit."""
        return self.unit_name or self.unit_code


class RowReader:
    """One sheet with its heading, while it is read.

    Attributes:
        unit: 金额单位 of the amounts; "" for a list without.
        skipped: (row, why) of rows that were left out.
        notes: in Chinese, what else was made of the rows.
    """

    def __init__(self, file: str, sheet: Sheet, heading: Heading) -> None:
        self.file, self.sheet, self.heading = file, sheet, heading
        self.skipped: list[tuple[int, str]] = []
        self.notes: list[str] = []
        self.unit = self._money_unit()
        self.factor = Vocabulary.load().money_factor(self.unit) if self.unit else None
        self.merged = self._merged()

    def wrong(self, row: int, what: str, advice: str) -> InputError:
        """The list can't be used; the row, from 1, says where."""
        return InputError(f"{self.file}：工作表“{self.sheet.name}”第 {row} 行{what}。{advice}。")

    def read(self) -> tuple[ListRow, ...]:
        """The rows that say something, each project and unit once.

        Raises:
            InputError: there is none, or one of them can be read in two ways.
        """
        rows = self._with_units(self._split(list(self._rows())))
        if not rows:
            raise self.wrong(self.heading.row + 1, "是表头，下面没有一行单位", "请在表头下面逐行填写单位后再试")
        self._agree(rows)  # first: of two names for one code none is a repetition
        rows = self._once(self._without_subtotals(rows))
        self.skipped.sort()
        return tuple(rows)

    # -- the heading

    def _money_unit(self) -> str:
        heading = self.heading
        if "amount" not in heading.columns:
            return ""
        title, row = heading.texts[heading.columns["amount"]], heading.last + 1
        if "amount" in heading.tied:
            raise self.wrong(
                row, f"有几列都叫“{title}”，不知道用哪一列", "请只留一列，或把要用的那一列改名为“批复金额”"
            )
        unit = money_unit(self.sheet, heading)
        if Vocabulary.load().money_factor(unit) is None:
            raise self.wrong(
                row,
                f"“{title}”没有写明是元还是万元" if not unit else f"“{title}”的金额单位“{unit}”不认识",
                "请把这一列的表头改成“批复金额（元）”或“批复金额（万元）”后再试",
            )
        return unit

    def _merged(self) -> dict[tuple[int, int], str]:
        """(row, column) → text of the merged cell that covers it, below its first row."""
        covered: dict[tuple[int, int], str] = {}
        columns = {self.heading.columns[field] for field in _OF_UNIT if field in self.heading.columns}
        amount = self.heading.columns.get("amount")
        for top, left, bottom, right in self.sheet.merges:
            if bottom == top or top <= self.heading.last:
                continue
            if amount is not None and left <= amount <= right and self.sheet.rows[top][left]:
                raise self.wrong(top + 1, f"到第 {bottom + 1} 行合并成一个金额", "请取消合并，逐行填写各项目的金额")
            if left in columns:
                text = self.sheet.rows[top][left]
                covered |= {(row, left): text for row in range(top + 1, bottom + 1)}
        return covered

    # -- row by row

    def _rows(self) -> Iterator[ListRow]:
        cells = self.sheet.rows
        filled = [number for number, row in enumerate(cells) if any(row)]
        last = filled[-1] if filled else 0
        for number in range(self.heading.last + 1, last + 1):
            if (why := self._left_out(cells[number])) is not None:
                self.skipped.append((number + 1, why))
            else:
                yield self._row(number)

    def _left_out(self, row: tuple[str, ...]) -> str | None:
        texts = [squeeze(cell) for cell in row if cell]
        if not texts:
            return "空行"
        if row == self.sheet.rows[self.heading.row]:
            return "重复的表头"
        project = self._cell(row, "project")
        if any(map(_TOTAL.fullmatch, texts)) or (not project and _TOTAL_OF.fullmatch(texts[0])):
            return "合计、小计行"
        if len(texts) > 2 and texts in (
            [str(n + 1) for n in range(len(texts))],
            ["栏次", *map(str, range(1, len(texts)))],
        ):
            return "栏次"
        if len(texts) == 1 and _FOOTNOTE.match(texts[0]):
            return "表尾的说明"
        return None

    def _cell(self, row: tuple[str, ...], field: str) -> str:
        column = self.heading.columns.get(field)
        return row[column] if column is not None and column < len(row) else ""

    def _row(self, number: int) -> ListRow:
        row = self.sheet.rows[number]
        said = {
            field: self._cell(row, field) or self.merged.get((number, self.heading.columns.get(field, -1)), "")
            for field in TERMS
        }
        expected, amount = said.pop("expected"), said.pop("amount")
        return ListRow(
            row=number + 1,
            expected=self._count(number + 1, expected),
            amount_yuan=self._yuan(number + 1, amount, said["project"] or said["unit_name"]),
            **said,
        )

    def _count(self, row: int, text: str) -> int | None:
        if not text or squeeze(text) in _NO_AMOUNT:
            return None
        match = _COUNT.fullmatch(squeeze(text))
        if match is None:
            raise self.wrong(row, f"应报项目数“{text}”不是整数", "请只填一个整数，不知道的留空")
        return int(match[1])

    def _yuan(self, row: int, text: str, what: str) -> Decimal | None:
        if not text or squeeze(text) in _NO_AMOUNT:
            return None
        amount = parse_amount(text.removeprefix("￥").removeprefix("¥"))
        if amount is None or self.factor is None:
            raise self.wrong(row, f"“{what}”的金额“{text}”不是一个数", "请只填一个数字，不写单位和文字")
        return amount * self.factor

    # -- units

    def _split(self, rows: list[ListRow]) -> list[ListRow]:
        """Codes and names that stand in one cell apart, where all cells of the column are written so."""
        found, columns = rows, self.heading.columns
        for code, name, pattern in (("unit_code", "unit_name", _UNIT), ("project_code", "project", _PROJECT)):
            joined = code if code in columns else name
            texts = [text.translate(_FULL_WIDTH) for row in found if (text := getattr(row, joined))]
            if (code in columns and code == "project_code") or not texts or not all(map(pattern.fullmatch, texts)):
                continue
            if joined == name or code == "unit_code":
                found = [_parted(row, joined, code, name, pattern) for row in found]
                self.notes.append(f"“{self.heading.texts[columns[joined]]}”里编码和名称写在一起，已经分开")
        return found

    def _with_units(self, rows: list[ListRow]) -> list[ListRow]:
        """Rows without a unit get that of the row above, where the list evidently names each unit only once.

        Evidently: no unit stands in two rows.  A list that repeats units and leaves one out has a gap, which nobody
        but its owner can fill.
        """
        named = [row.owner for row in rows if row.owner]
        once = len(named) == len(set(named))
        found: list[ListRow] = []
        carried: list[int] = []
        for row in rows:
            if row.owner:
                found.append(row)
            elif not (row.project or row.project_code or row.amount_yuan is not None):
                self.skipped.append((row.row, "没有单位"))
            elif once and found and (row.project or row.project_code):
                above = found[-1]
                found.append(_of_unit(row, above))
                carried.append(row.row)
            else:
                what = row.project or row.project_code or "这一行"
                raise self.wrong(row.row, f"“{what}”没有写明单位", "请补上单位编码和单位名称后再试")
        if carried:
            self.notes.append(f"每个单位只在第一行写了名字，{named_rows(carried).strip()}沿用上面的单位")
        return found

    # -- the whole

    def _without_subtotals(self, rows: list[ListRow]) -> list[ListRow]:
        """Without rows that hold a unit's sum above its projects."""
        sums: dict[str, Decimal] = {}
        for row in rows:
            if row.identity[1]:
                sums[row.owner] = sums.get(row.owner, Decimal(0)) + (row.amount_yuan or 0)
        found: list[ListRow] = []
        for row in rows:
            if row.identity[1] or row.amount_yuan is None or row.owner not in sums:
                found.append(row)
            elif row.amount_yuan == sums[row.owner]:
                self.skipped.append((row.row, "本单位各项目的合计"))
                found.append(replace(row, amount_yuan=None))
            else:
                raise self.wrong(
                    row.row,
                    f"“{row.unit}”有金额而没有项目名称，又不等于它各项目的合计",
                    "请补上项目名称；是合计数的，请核对后改正或删去",
                )
        return found

    def _once(self, rows: list[ListRow]) -> list[ListRow]:
        """Each project and each unit once."""
        first: dict[tuple[str, str], ListRow] = {}
        for row in rows:
            known = first.setdefault(row.identity, row)
            if known is row:
                continue
            what = row.project or row.project_code or row.unit
            again = (
                f"与第 {known.row} 行重复（“{row.unit}”的“{what}”）"
                if row.identity[1]
                else f"“{what}”与第 {known.row} 行重复"
            )
            if row.amount_yuan != known.amount_yuan:
                raise self.wrong(
                    row.row, f"{again}，而金额不同", "请合并成一行；确是两个项目的，请改名称或补上不同的项目编码"
                )
            if squeeze(row.project) != squeeze(known.project):
                advice = "请核对项目编码，一个编码只用于一个项目"
                raise self.wrong(
                    row.row, f"的项目编码 {row.project_code} 在第 {known.row} 行是“{known.project}”", advice
                )
            if not row.identity[1] and None not in (counts := (row.expected, known.expected)) and len(set(counts)) > 1:
                raise self.wrong(row.row, f"{again}，而应报项目数不同", "请合并成一行")
            same = "内容相同" if _says_no_more(row, known) else f"其余内容不同，以第 {known.row} 行为准"
            self.skipped.append((row.row, f"{again}，{same}，只算一次"))
        return list(first.values())

    def _agree(self, rows: list[ListRow]) -> None:
        """One code, one name."""
        names: dict[str, ListRow] = {}
        codes: dict[str, ListRow] = {}
        told: set[str] = set()
        for row in rows:
            if not row.unit_code or not row.unit_name:
                continue
            known = names.setdefault(squeeze(row.unit_code), row)
            if squeeze(known.unit_name) != squeeze(row.unit_name):
                what = f"编码 {row.unit_code} 是“{row.unit_name}”，在第 {known.row} 行是“{known.unit_name}”"
                raise self.wrong(row.row, what, "请统一：一个编码只对应一个单位名称")
            known = codes.setdefault(squeeze(row.unit_name), row)
            if squeeze(row.unit_code) not in (squeeze(known.unit_code), *told):
                told.add(squeeze(row.unit_code))
                self.notes.append(
                    f"请核对：“{row.unit_name}”有两个编码，第 {known.row} 行 {known.unit_code}，第 {row.row} 行 {row.unit_code}"
                )


def _parted(row: ListRow, joined: str, code: str, name: str, pattern: re.Pattern[str]) -> ListRow:
    match = pattern.fullmatch(getattr(row, joined).translate(_FULL_WIDTH))
    if match is None:
        return row
    own_name = getattr(row, name) if joined == code else ""
    if code == "unit_code":
        return replace(row, unit_code=match[1], unit_name=own_name or match[2])
    return replace(row, project_code=match[1], project=match[2])


def _says_no_more(row: ListRow, known: ListRow) -> bool:
    """What the row says beside its unit and project, the known one says too."""
    pairs = ((getattr(row, field), getattr(known, field)) for field in ("department", "office", "contact", "phone"))
    return all(squeeze(mine) in ("", squeeze(first)) for mine, first in pairs)


def _of_unit(row: ListRow, unit: ListRow) -> ListRow:
    """The row with what it leaves blank of its unit."""
    own = (row.department, row.office, row.contact, row.phone)
    department, office, contact, phone = (
        mine or above for mine, above in zip(own, (unit.department, unit.office, unit.contact, unit.phone), strict=True)
    )
    return replace(
        row,
        unit_code=unit.unit_code,
        unit_name=unit.unit_name,
        department=department,
        office=office,
        contact=contact,
        phone=phone,
        expected=unit.expected if row.expected is None else row.expected,
    )


def named_rows(rows: Sequence[int]) -> str:
    """第 3、5 行, however many there are."""
    named = "、".join(str(row) for row in rows[:_NAMED])
    return f"第 {named} 行" if len(rows) <= _NAMED else f"第 {named} 等 {len(rows)} 行"
