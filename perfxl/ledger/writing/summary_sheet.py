"""汇总: the projects added up by 主管部门 and 单位, in formulas over 项目台账 that follow what is edited there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from perfxl.issue import column_letters
from perfxl.ledger.gathering.cells import cell_text
from perfxl.ledger.model import Condition
from perfxl.ledger.settling.units import Sent, UnitProjects
from perfxl.ledger.tables import PROJECTS
from perfxl.text import lines_needed, squeeze

SUMMARY_SHEET = "汇总"
_TITLE_ROW, _HEADING_ROW, _TOTAL_ROW, _FIRST_ROW = range(4)
_HEADINGS = (
    ("主管部门", 14.0),
    ("单位编码", 9.5),
    ("单位名称", 36.0),
    ("项目数", 8.0),
    ("预算数", 14.0),
    ("财政资金", 14.0),
    ("其他资金", 13.0),
    ("批复数", 14.0),
    ("已报项目批复数", 14.0),
    ("差额", 13.0),
    ("有错误项目数", 13.0),
)
_COUNT, _TOTAL, _APPROVED, _SENT, _DIFFERS, _WRONG = 3, 4, 7, 8, 9, 10
#: The first row that :mod:`perfxl.ledger.writing.late_rows` makes, and the last column, counted from 0.
LISTED_FROM, LAST_COLUMN = _TOTAL_ROW, len(_HEADINGS) - 1
#: What the sheet says, by a formula, where 项目台账 has units that it does not list.
NOT_LISTED = "“项目台账”中有的单位不在以上各行，请重新汇总"
_BODY_FONT, _HEAD_FONT = "宋体", "微软雅黑"
_LINE_POINTS = 13.5
# A string in a formula has at most 255 characters; of a longer name its beginning has to do.
_CRITERION = 120
# Nothing approved is shown as nothing, a difference other than nought in red: both follow the formula, not the run.
_MONEY, _KNOWN, _DIFFERENCE = "#,##0.00", "#,##0.00;-#,##0.00;", "[Red]#,##0.00;[Red]-#,##0.00;"


def write_summary(book: Any, sheet: Any, units: Sequence[UnitProjects], count: int, first_row: int) -> None:
    """Write the sheet: every unit of the forms and of 报送情况, those that sent nothing with noughts.

    批复数 is what the lists approve of a unit, all else is added up of its projects.  ``first_row`` is the row of the
    first of ``count`` projects in 项目台账, counted from 1.
    """
    page = _Page(book, sheet, first_row, first_row + max(count, 1) - 1, units)
    row = _FIRST_ROW
    by_code = sorted(units, key=lambda unit: (not unit.code, unit.code))
    for members in _by_department(by_code):
        page.department(row, members)
        for number, unit in enumerate(members, row + 1):
            page.unit(number, unit)
        row += 1 + len(members)
    page.close(row)


def _by_department(units: Iterable[UnitProjects]) -> list[list[UnitProjects]]:
    """In order of first appearance, those without a department last."""
    groups: defaultdict[str, list[UnitProjects]] = defaultdict(list)
    for unit in units:
        groups[squeeze(unit.department).casefold()].append(unit)
    return [members for _, members in sorted(groups.items(), key=lambda item: not item[0])]


def _approved(units: Iterable[UnitProjects]) -> Decimal | None:
    known = [unit.approved for unit in units if unit.approved is not None]
    return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True, slots=True)
class _Figure:
    """A column added up of 项目台账: how it is shown, its formula over all projects or those of a choice, its value."""

    number: str
    formula: Callable[[str], str]
    value: Callable[[Sent], Decimal | int]


def _added(figure: _Figure, units: Iterable[UnitProjects]) -> Decimal | int:
    return sum((figure.value(unit.sent) for unit in units), 0)


class _Page:
    """The sheet while it is written; rows and columns are counted from 0."""

    def __init__(self, book: Any, sheet: Any, first: int, last: int, units: Sequence[UnitProjects]) -> None:
        self._book = book
        self._sheet = sheet
        self._rows = (first, last)
        self._formats: dict[tuple[str, str], Any] = {}
        # Without any approval there is nothing to hold a budget against.
        self._compared = _approved(units) is not None or any(unit.sent.compared for unit in units)
        self._figures = {
            _COUNT: _Figure("#,##0", self._count, attrgetter("count")),
            _TOTAL: self._sum("total", _MONEY),
            _TOTAL + 1: self._sum("fiscal", _MONEY),
            _TOTAL + 2: self._sum("other", _MONEY),
            _SENT: self._sum("approved", _MONEY if self._compared else _KNOWN),
            _WRONG: _Figure("#,##0", self._wrong, attrgetter("wrong")),
        }
        self._head(units)

    def _head(self, units: Sequence[UnitProjects]) -> None:
        """Title, headings, and the sum of all."""
        for column, (heading, width) in enumerate(_HEADINGS):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(_HEADING_ROW, column, heading, self._format("heading"))
        self._sheet.write_string(_TITLE_ROW, 0, "按主管部门和单位汇总", self._format("title"))
        self._sheet.write_string(_TITLE_ROW, len(_HEADINGS) - 1, "金额单位：万元", self._format("note"))
        self._sheet.set_row_pixels(_TITLE_ROW, 34)
        self._sheet.set_row_pixels(_HEADING_ROW, 40)
        formulas = {column: f"={figure.formula('')}" for column, figure in self._figures.items()}
        self._line(_TOTAL_ROW, ("合计", "", ""), "total", units, formulas)

    def department(self, row: int, members: Sequence[UnitProjects]) -> None:
        """The subtotal of a department, over the rows of its units below."""
        first, last = row + 2, row + 1 + len(members)
        letters = {column: column_letters(column + 1) for column in self._figures}
        formulas = {column: f"=SUM({letter}{first}:{letter}{last})" for column, letter in letters.items()}
        shown = members[0].department or "（未填主管部门）"
        self._line(row, (shown, "", ""), "subtotal", members, formulas)

    def unit(self, row: int, unit: UnitProjects) -> None:
        """A unit; its projects are those with its code, and those without one that have its name."""
        named = list(unit.sent.spellings) or [(unit.code, unit.name)]
        chosen: dict[tuple[str, str], str] = {}
        for code, name in named:
            by_name = not squeeze(code)
            criteria = [self._criteria("unit_code", code)] + ([self._criteria("unit_name", name)] if by_name else [])
            chosen[code.casefold(), name.casefold() if by_name else ""] = ",".join(criteria)
        formulas = {
            column: "=" + "+".join(figure.formula(criteria) for criteria in chosen.values())
            for column, figure in self._figures.items()
        }
        shown = ("", unit.code, unit.name or "（未填单位名称）")
        self._line(row, shown, "unit", [unit], formulas)

    def close(self, row: int) -> None:
        """A word where 项目台账 has projects of units that are not listed here; screen and print set-up."""
        sheet, letters = self._sheet, column_letters(_COUNT + 1)
        listed, total = f"{letters}{_FIRST_ROW + 1}:{letters}{max(row, _FIRST_ROW + 1)}", f"{letters}{_TOTAL_ROW + 1}"
        sheet.write_formula(row, 0, f'=IF(SUM({listed})={total}*2,"","{NOT_LISTED}")', self._format("warning"), "")
        sheet.freeze_panes(_FIRST_ROW, 3)
        sheet.outline_settings(True, False)  # the sum stands above what it adds up
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADING_ROW)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.print_area(0, 0, row, len(_HEADINGS) - 1)
        sheet.set_header(f'&R&"{_BODY_FONT}"&9绩效目标总台账　{SUMMARY_SHEET}')
        sheet.set_footer(f'&C&"{_BODY_FONT}"&9第 &P 页　共 &N 页')
        sheet.hide_gridlines(2)

    def _line(
        self,
        row: int,
        names: tuple[str, str, str],
        style: str,
        units: Sequence[UnitProjects],
        formulas: dict[int, str],
    ) -> None:
        for column, name in enumerate(names):
            self._sheet.write_string(row, column, name, self._format(style))
        for column, figure in self._figures.items():
            made = self._format(style, figure.number)
            self._sheet.write_formula(row, column, formulas[column], made, _added(figure, units))
        self._sheet.write(row, _APPROVED, _approved(units), self._format(style, _KNOWN))
        self._difference(row, style, units)
        # A department's name may run over the two cells beside it.
        widths = (sum(width for _, width in _HEADINGS[:3]), _HEADINGS[1][1], _HEADINGS[2][1])
        lines = max(lines_needed(name, width) for name, width in zip(names, widths, strict=True))
        options = {"level": 1} if style == "unit" else {}
        self._sheet.set_row(row, max(lines * _LINE_POINTS + 4, 19), None, options)

    def _difference(self, row: int, style: str, units: Sequence[UnitProjects]) -> None:
        """预算数 less 已报项目批复数, rounded: sums of binary fractions seldom are nought."""
        made = self._format(style, _DIFFERENCE)
        if not self._compared:
            self._sheet.write_blank(row, _DIFFERS, None, made)
            return
        total, sent = (f"{column_letters(column + 1)}{row + 1}" for column in (_TOTAL, _SENT))
        value = _added(self._figures[_TOTAL], units) - _added(self._figures[_SENT], units)
        self._sheet.write_formula(row, _DIFFERS, f"=ROUND({total}-{sent},6)", made, value)

    def _range(self, name: str) -> str:
        """The column of that attribute in 项目台账."""
        letters = column_letters([column.name for column in PROJECTS.columns].index(name) + 1)
        first, last = self._rows
        return f"{PROJECTS.title}!${letters}${first}:${letters}${last}"

    def _criteria(self, name: str, text: str) -> str:
        """Criteria that only that very text meets, whatever signs are in it; the blank cell where it is "".

        A plain criterion ``"001"`` would also find the text ``1``, and numbers of many digits that begin alike, since
        SUMIFS reads it as a number.  A pattern is compared as text: begins with it, and not with anything behind it.
        """
        where = self._range(name)
        if not text:
            return f'{where},"="'
        held = cell_text(text)[0]
        quoted = re.sub(r"([~*?])", r"~\1", held[:_CRITERION]).replace('"', '""')
        exactly = f',{where},"<>{quoted}?*"' if len(held) <= _CRITERION else ""
        return f'{where},"{quoted}*"{exactly}'

    def _count(self, criteria: str) -> str:
        return f"COUNTIFS({criteria})" if criteria else f"COUNT({self._range('number')})"

    def _wrong(self, criteria: str) -> str:
        wrong = f'{self._range("condition")},"{Condition.WRONG}"'
        return f"COUNTIFS({wrong},{criteria})" if criteria else f"COUNTIF({wrong})"

    def _sum(self, name: str, number: str) -> _Figure:
        where = self._range(name)
        return _Figure(
            number, lambda criteria: f"SUMIFS({where},{criteria})" if criteria else f"SUM({where})", attrgetter(name)
        )

    def _format(self, style: str, number: str = "") -> Any:
        if (style, number) not in self._formats:
            shown = {"num_format": number, "align": "right"} if number else {}
            self._formats[style, number] = self._book.add_format(_STYLES[style] | shown)
        return self._formats[style, number]


_EDGE: dict[str, object] = {"border": 1, "border_color": "#BFBFBF", "valign": "vcenter"}
_HEAD: dict[str, object] = {"font_name": _HEAD_FONT, "font_size": 10, "bold": True, "valign": "vcenter"}
# Names run over the blank cells beside them, so the cells between have no edges.
_BAR: dict[str, object] = {**_HEAD, "top": 1, "bottom": 1, "top_color": "#BFBFBF", "bottom_color": "#BFBFBF"}
_STYLES: dict[str, dict[str, object]] = {
    "title": {**_HEAD, "font_size": 16, "font_color": "#1F3864"},
    "note": {"font_name": _BODY_FONT, "font_size": 10, "align": "right", "valign": "vcenter"},
    "heading": {
        **_HEAD, **_EDGE, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True, "align": "center"
    },
    "total": {**_BAR, "bg_color": "#C9D7EA"},
    "subtotal": {**_BAR, "bg_color": "#EAF0F7"},
    "unit": {"font_name": _BODY_FONT, "font_size": 10, **_EDGE, "text_wrap": True},
    "warning": {**_HEAD, "font_color": "#9C0006"},
}  # fmt: skip
