"""Where a list's table begins and which column is what, by the words that finance's systems use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from perfxl.season.lists.tables import Sheet
from perfxl.text import squeeze

# Field of ListRow → its headings, squeezed, without brackets and money unit; the earlier one goes before the later.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "unit_code": (
        *("单位编码", "预算单位编码", "单位代码", "预算单位代码", "预算编码", "填报单位编码", "基层单位编码"),
        *("单位编号", "预算代码", "编码", "代码"),
    ),
    "unit_name": (
        *("单位名称", "预算单位名称", "预算单位", "填报单位", "填报单位名称", "实施单位", "项目单位", "基层单位"),
        *("单位全称", "单位", "名称"),
    ),
    "department": (
        "主管部门",
        "主管部门名称",
        "主管单位",
        "一级预算单位",
        "一级预算部门",
        "预算部门",
        "部门名称",
        "部门",
    ),
    "office": (
        "业务科室",
        "对口科室",
        "归口科室",
        "业务处室",
        "归口处室",
        "对口处室",
        "主管科室",
        "主管处室",
        "科室",
        "处室",
    ),
    "contact": ("联系人", "财务联系人", "经办人", "联系人姓名", "填报人", "财务负责人"),
    "phone": ("电话", "联系电话", "手机", "手机号", "手机号码", "办公电话", "联系方式", "电话号码", "联系人电话"),
    "expected": ("应报项目数", "应报数", "应报个数", "项目数", "项目个数", "项目数量"),
    "project_code": ("项目编码", "项目代码", "项目编号"),
    "project": ("项目名称", "项目", "预算项目", "预算项目名称"),
    "amount": (
        *(
            "批复金额",
            "批复数",
            "批复预算",
            "批复预算数",
            "预算批复数",
            "预算批复金额",
            "批复总额",
            "控制数",
            "预算控制数",
        ),
        *("年度预算", "年度预算数", "预算数", "预算金额", "预算", "年初预算", "金额", "合计金额"),
    ),
}
TERMS: Final[Mapping[str, str]] = {
    "unit_code": "单位编码",
    "unit_name": "单位名称",
    "department": "主管部门",
    "office": "业务科室",
    "contact": "联系人",
    "phone": "电话",
    "expected": "应报项目数",
    "project_code": "项目编码",
    "project": "项目名称",
    "amount": "批复金额",
}
_RANKS: Final = {alias: (field, rank) for field, aliases in ALIASES.items() for rank, alias in enumerate(aliases)}
# Of a column group, the part that stands for all of it.
_WHOLE: Final = frozenset(("合计", "小计", "总计", "总额", "合计数", "金额"))
_BRACKETS: Final = re.compile(r"[(\[{【〔<《][^)\]}】〕>》]*[)\]}】〕>》]")
_MONEY: Final = re.compile(r"(?<![美欧港澳加日])[十百千万亿]*元")
_MONEY_END: Final = re.compile(r"[:/_-]?[十百千万亿]*元$")
_MONEY_UNIT: Final = re.compile(r"单位[:]?[(]?(?:人民币)?([十百千万亿]*元)|[(]([十百千万亿]*元)[)]")
_LOOKED_AT: Final = 60  # rows in which a heading is sought


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a table.

    Attributes:
        row, last: its first and last row, from 0; two where groups stand above the columns.
        columns: field → column, from 0.
        texts: column → heading as it stands.
        tied: columns that are headed alike and can't be told apart, with the field.
    """

    row: int
    last: int
    columns: Mapping[str, int]
    texts: Mapping[int, str]
    tied: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """It says which column is the unit, and is more than a stray word."""
        named = "unit_code" in self.columns or "unit_name" in self.columns
        return named and (len(self.columns) > 1 or len(self.texts) == 1)


def find_heading(sheet: Sheet) -> Heading | None:
    """The first row with the most known headings; None where no row names a unit."""
    candidates = [_heading(sheet, row) for row in range(min(len(sheet.rows), _LOOKED_AT))]
    usable = [heading for heading in candidates if heading.usable]
    return max(usable, key=lambda heading: len(heading.columns), default=None)


def money_unit(sheet: Sheet, heading: Heading) -> str:
    """The money unit that the amount's heading names, else a cell above it (单位：万元); "" where neither does."""
    own = _MONEY.search(squeeze(heading.texts[heading.columns["amount"]]))
    if own is not None:
        return own[0]
    above = (squeeze(cell) for row in reversed(sheet.rows[: heading.row]) for cell in row)
    said = (match[1] or match[2] for cell in above if (match := _MONEY_UNIT.search(cell)))
    return next(said, "")


def _heading(sheet: Sheet, row: int) -> Heading:
    """The row as a heading, together with the one below where it is made of groups."""
    single = _columns(row, row, sheet.rows[row])
    below = sheet.rows[row + 1] if row + 1 < len(sheet.rows) else ()
    tops = [merge for merge in sheet.merges if merge[0] == row]
    if not any(below) or not tops or len(single.texts) == 1:
        return single
    double = _columns(row, row + 1, tuple(_joined(sheet, row, below)))
    tall = any(bottom == row + 1 for _, _, bottom, _ in tops)
    return double if tall or len(double.columns) > len(single.columns) else single


def _columns(row: int, last: int, texts: tuple[str, ...]) -> Heading:
    columns: dict[str, int] = {}
    ranks: dict[str, int] = {}
    tied: dict[str, int] = {}
    for column, text in enumerate(texts):
        field, rank = _known(text)
        if not field:
            continue
        if field not in columns or rank < ranks[field]:
            columns[field], ranks[field] = column, rank
        elif rank == ranks[field]:
            tied[field] = rank
    ambiguous = tuple(field for field, rank in tied.items() if rank == ranks[field])
    return Heading(row, last, columns, {column: text for column, text in enumerate(texts) if text}, ambiguous)


def _joined(sheet: Sheet, row: int, below: tuple[str, ...]) -> Iterator[str]:
    """Headings of two rows as one each: 批复金额 over 合计 is 批复金额, 项目 over 编码 is 项目编码."""
    tops = list(sheet.rows[row])
    for top, left, bottom, right in sheet.merges:
        if top == bottom == row:
            tops[left : right + 1] = [tops[left]] * (right + 1 - left)
    for upper, lower in zip(tops, below, strict=False):
        if _known(upper + lower)[0] or not _known(lower)[0] or not lower:
            yield upper if squeeze(lower) in _WHOLE else upper + lower
        else:
            yield upper if squeeze(lower) in _WHOLE and upper else lower


def _known(text: str) -> tuple[str, int]:
    """The field that a heading names, with the rank of its word; "" for an unknown one."""
    bare = _BRACKETS.sub("", squeeze(text)).strip("*:#、.")
    known = _RANKS.get(bare)
    if known is None:
        known = _RANKS.get(_MONEY_END.sub("", bare))
        if known is not None and known[0] != "amount":  # 单位：万元 is no heading
            known = None
    return known or ("", 0)
