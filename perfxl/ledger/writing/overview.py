"""总览: one A4 page for a leader: how much, how many, what is wrong most often, where the money is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from perfxl.ledger.model import Condition, Status, Totals, UnitRow
from perfxl.ledger.settling.progress import PendingSum
from perfxl.ledger.settling.units import State
from perfxl.ledger.tables import PROGRESS, VERSIONS
from perfxl.ledger.writing.figures import Figures
from perfxl.rules import catalogue

OVERVIEW_SHEET = "总览"
_COLUMNS = 12
_WIDTH = 7.4
_ROW = 28  # pixels
_TOP_PROBLEMS = 8
_TOP_BUDGETS = 10
_TOP_MISSING = 5
_CHART_ROWS = 5  # that a chart needs at least, below the headings of its list
_NAMES_ROOM = 24  # characters of units named in a line
_INK, _PALE, _EDGE, _QUIET = "#1F3864", "#EAF0F7", "#BFBFBF", "#595959"
_SERIF, _SANS = "宋体", "微软雅黑"
_COLOURS = {Condition.CLEAN: "#4E8F5B", Condition.WARNED: "#E0A030", Condition.WRONG: "#C0392B"}
_ADVICE = {
    Status.ACCEPTED: "已读出并计入本台账",
    Status.REJECTED: "不能确定是绩效目标表，退回重报",
    Status.UNREADABLE: "打不开，请填报单位重新发送",
    Status.DUPLICATE: "另有一份已计入，不重复计",
    Status.PENDING: "几个版本不知用哪个，请选定取用",
    Status.SKIPPED: "不是填报文件，不读",
}


def write_overview(book: Any, sheet: Any, totals: Totals, figures: Figures, rows: Mapping[str, Sequence[Any]]) -> None:
    """Write the page; its charts are native ones over the figures beside them.

    ``rows`` are those of 版本清单 and 报送情况, where there are any, by title of the table.
    """
    due = rows.get(PROGRESS.title, ())
    page = _Page(book, sheet, figures)
    row = page.head(totals)
    row = page.pending(row, PendingSum.of(rows.get(VERSIONS.title, ())))
    if due:
        row = page.chase(row, due)
    row = page.inputs(row)
    row = page.problems(row)
    row = page.budgets(row, totals)
    page.close(row, totals)


class _Page:
    """The page while it is written, from the top down; rows and columns are counted from 0."""

    def __init__(self, book: Any, sheet: Any, figures: Figures) -> None:
        self._book = book
        self._sheet = sheet
        self._figures = figures
        self._formats: dict[str, Any] = {}
        sheet.set_column(0, _COLUMNS - 1, _WIDTH)

    def head(self, totals: Totals) -> int:
        """Title, what the ledger covers, and six figures.  Returns the next free row."""
        years, files = self._figures.years, self._figures.statuses.total()
        units = sum(unit.sent.count > 0 for unit in self._figures.units)
        self._merge(0, 0, _COLUMNS, "项目支出绩效目标总台账", "title")
        self._sheet.set_row_pixels(0, 48)
        covers = f"收到文件 {files:,} 个，计入绩效目标表 {totals.projects:,} 张，涉及单位 {units:,} 个"
        when = f"{'、'.join(map(str, years))} 年度　" if years else ""
        self._merge(1, 0, _COLUMNS, f"{when}{covers}　金额单位：万元", "subtitle")
        self._sheet.set_row_pixels(1, 24)
        wrong = self._figures.conditions[Condition.WRONG]
        figures: list[tuple[str, int | Decimal, str]] = [
            ("项目数", totals.projects, "#,##0"),
            ("指标数", totals.indicators, "#,##0"),
            ("预算数合计", totals.total, "#,##0.00"),
            ("财政资金", totals.fiscal, "#,##0.00"),
            ("其他资金", totals.other, "#,##0.00"),
            ("有错误的表", wrong, "#,##0"),
        ]
        self._sheet.set_row_pixels(2, 8)
        self._sheet.set_row_pixels(3, 24)
        self._sheet.set_row_pixels(4, 42)
        for place, (label, value, number) in enumerate(figures):
            self._merge(3, place * 2, 2, label, "tile_label")
            shown = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
            size = 16 if len(shown) <= 8 else 13 if len(shown) <= 10 else 10
            tone = "bad" if label == "有错误的表" and wrong else "plain"
            self._merge(4, place * 2, 2, value, f"tile_{size}_{tone}", number)
        return 5

    def pending(self, row: int, pending: PendingSum) -> int:
        """What waits for a choice, right below the figures that it is not in."""
        if not pending.projects:
            return row
        self._body(row)
        self._merge(row, 0, _COLUMNS, f"{pending.told()}，请在“版本清单”的“取用”栏选定。", "waiting")
        return row + 1

    def chase(self, row: int, units: Sequence[UnitRow]) -> int:
        """What was due and what came, and the departments that owe most."""
        row = self._section(row, "报送进度")
        listed = [unit for unit in units if unit.state != State.UNLISTED]
        states = Counter(unit.state for unit in listed)
        figures = (
            ("应报单位", len(listed)),
            ("未报单位", states[State.NONE]),
            ("应报项目", sum(unit.due or 0 for unit in listed)),
            ("已报项目", sum(unit.sent for unit in units)),
            ("未报项目", sum(unit.missing for unit in units)),
            ("待定项目", sum(unit.pending for unit in units)),
        )
        self._body(row)
        for place, (label, value) in enumerate(figures):
            self._merge(row, place * 2, 1, label, "heading")
            self._merge(row, place * 2 + 1, 1, value, "count")
        owing = _owing(units)[:_TOP_MISSING]
        if not owing:
            return row + 1
        titles = (
            ("未报最多的主管部门", 0, 4),
            ("应报", 4, 1),
            ("已报", 5, 1),
            ("未报", 6, 1),
            ("没有报齐的单位", 7, 5),
        )
        self._headings(row + 1, titles)
        for offset, (name, members) in enumerate(owing, row + 2):
            self._body(offset)
            self._merge(offset, 0, 4, name, "cell")
            due = sum(unit.due or 0 for unit in members)
            for column, count in enumerate((due, sum(u.sent for u in members), sum(u.missing for u in members)), 4):
                self._merge(offset, column, 1, count, "count")
            self._merge(offset, 7, 5, _named(members), "cell")
        return row + 2 + len(owing)

    def inputs(self, row: int) -> int:
        """Inputs by status, forms by condition, and a doughnut of the latter."""
        row = self._section(row, "收件与表格情况")
        self._headings(row, (("收件状态", 0, 2), ("文件数", 2, 1), ("说明", 3, 4)))
        for offset, status in enumerate(Status, 1):
            self._body(row + offset)
            self._merge(row + offset, 0, 2, status.value, "cell")
            self._merge(row + offset, 2, 1, self._figures.statuses[status], "count")
            self._merge(row + offset, 3, 4, _ADVICE[status], "cell")
        first = row + len(Status) + 1
        self._headings(first, (("表格状态", 0, 2), ("表数", 2, 1), ("说明", 3, 4)))
        words = ("没有错误和警告", "有警告，须核实或说明", "有错误，须退回修改")
        for offset, (condition, word) in enumerate(zip(Condition, words, strict=True), 1):
            self._body(first + offset)
            self._merge(first + offset, 0, 2, condition.value, "cell")
            self._merge(first + offset, 2, 1, self._figures.conditions[condition], "count")
            self._merge(first + offset, 3, 4, word, "cell")
        last = first + len(Condition)
        chart = self._book.add_chart({"type": "doughnut"})
        chart.add_series(
            {
                "name": "表格状态",
                "categories": [OVERVIEW_SHEET, first + 1, 0, last, 0],
                "values": [OVERVIEW_SHEET, first + 1, 2, last, 2],
                "points": [{"fill": {"color": colour}, "border": {"color": "#FFFFFF"}} for colour in _COLOURS.values()],
                "data_labels": {"value": True, "font": {"color": "#FFFFFF", "bold": True, "size": 11}},
            }
        )
        chart.set_hole_size(55)
        chart.set_legend({"position": "right", "font": {"name": _SANS, "size": 9}})
        self._insert(chart, row, last + 1, 7, "表格状态（张）")
        return last + 1

    def problems(self, row: int) -> int:
        """The commonest rules broken, errors and warnings only."""
        row = self._section(row, "常见问题（错误和警告）")
        self._headings(row, (("规则", 0, 1), ("问题", 1, 4), ("次数", 5, 1), ("表数", 6, 1)))
        top = self._figures.problems[:_TOP_PROBLEMS]
        if not top:
            self._merge(row + 1, 0, 7, "没有错误，也没有警告", "cell")
            return row + 2
        titles = {rule.code: rule.title for rule in catalogue()}
        for offset, problem in enumerate(top, 1):
            self._body(row + offset)
            self._merge(row + offset, 0, 1, problem.rule, "code")
            self._merge(row + offset, 1, 4, titles.get(problem.rule, ""), "cell")
            self._merge(row + offset, 5, 1, problem.count, "count")
            self._merge(row + offset, 6, 1, problem.forms, "count")
        return self._bars(row, [problem.count for problem in top], 5, "问题次数", ("#C0504D", "#,##0"))

    def budgets(self, row: int, totals: Totals) -> int:
        """Where the money is: by 主管部门, or where there are not two of them by 单位, or by 项目."""
        word, groups = self._figures.budgets
        ranked = sorted(groups.items(), key=lambda item: (-item[1], item[0]))[:_TOP_BUDGETS]
        row = self._section(row, f"预算数前 {_TOP_BUDGETS} 位（按{word}，万元）")
        self._headings(row, ((word, 0, 4), ("预算数", 4, 2), ("占比", 6, 1)))
        if not ranked:
            self._merge(row + 1, 0, 7, "没有计入的项目", "cell")
            return row + 2
        for offset, (name, amount) in enumerate(ranked, 1):
            self._body(row + offset)
            self._merge(row + offset, 0, 4, name, "cell")
            self._merge(row + offset, 4, 2, amount, "money")
            self._merge(row + offset, 6, 1, amount / totals.total if totals.total else 0, "share")
        return self._bars(row, [amount for _, amount in ranked], 4, "预算数（万元）", ("#2F5C96", "#,##0.00"))

    def close(self, row: int, totals: Totals) -> None:
        """Notes and print set-up."""
        notes = ["逐条问题见“问题清单”，每个文件的去向见“来源清单”；各表上方的合计随筛选变化。"]
        if totals.without_budget:
            notes.append(f"有 {totals.without_budget} 张表的预算数未填或不是数字，没有计入预算合计。")
        for offset, note in enumerate(notes):
            self._merge(row + offset, 0, _COLUMNS, note, "note")
        sheet = self._sheet
        sheet.set_paper(9)
        sheet.set_portrait()
        sheet.fit_to_pages(1, 1)
        sheet.center_horizontally()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.print_area(0, 0, row + len(notes) - 1, _COLUMNS - 1)
        sheet.set_footer(f'&C&"{_SERIF}"&9第 &P 页　共 &N 页')
        sheet.hide_gridlines(2)

    def _section(self, row: int, title: str) -> int:
        self._sheet.set_row_pixels(row, 10)
        self._sheet.set_row_pixels(row + 1, 26)
        self._merge(row + 1, 0, _COLUMNS, title, "section")
        return row + 2

    def _headings(self, row: int, headings: Sequence[tuple[str, int, int]]) -> None:
        self._body(row)
        for text, column, width in headings:
            self._merge(row, column, width, text, "heading")

    def _body(self, row: int) -> None:
        self._sheet.set_row_pixels(row, _ROW)

    def _bars(self, row: int, amounts: Sequence[Decimal | int], values: int, title: str, look: tuple[str, str]) -> int:
        """A bar chart beside a list (names in column 0), its first entry on top; ``look``: colour and number format.

        Returns the next free row, below list and chart.
        """
        count, (colour, number) = len(amounts), look
        chart = self._book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": title,
                "categories": [OVERVIEW_SHEET, row + 1, 0, row + count, 0],
                "values": [OVERVIEW_SHEET, row + 1, values, row + count, values],
                "fill": {"color": colour},
                "gap": 45,
                "data_labels": {"value": True, "num_format": number, "font": {"name": _SANS, "size": 8}},
            }
        )
        room = float(max(max(amounts) * Decimal("1.5"), Decimal(1)))  # the longest bar leaves room for its figure
        chart.set_y_axis({"reverse": True, "num_font": {"name": _SANS, "size": 8}, "line": {"color": _EDGE}})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0, "max": room})
        chart.set_legend({"none": True})
        bottom = row + max(count, _CHART_ROWS) + 1
        for reserved in range(row, bottom):  # a row of another height would let the chart run over what follows
            self._body(reserved)
        self._insert(chart, row, bottom, 7, title)
        return bottom

    def _insert(self, chart: Any, top: int, bottom: int, column: int, title: str) -> None:
        """Put a chart on the right half, from one row down to another."""
        chart.set_title({"name": title, "name_font": {"name": _SANS, "size": 10, "bold": False, "color": _QUIET}})
        chart.set_chartarea({"border": {"color": _EDGE}})
        pixels = (int(_WIDTH * 7 + 0.5) + 5) * (_COLUMNS - column)
        chart.set_size({"width": pixels - 8, "height": (bottom - top) * _ROW})
        self._sheet.insert_chart(top, column, chart, {"x_offset": 8, "object_position": 1, "description": title})

    def _merge(
        self, row: int, column: int, width: int, value: str | int | Decimal, style: str, number: str | None = None
    ) -> None:
        made = self._format(style, number)
        if width > 1:
            self._sheet.merge_range(row, column, row, column + width - 1, "", made)
        if isinstance(value, str):
            self._sheet.write_string(row, column, value, made)
        else:
            self._sheet.write_number(row, column, value, made)

    def _format(self, style: str, number: str | None) -> Any:
        key = f"{style} {number}"
        if key not in self._formats:
            self._formats[key] = self._book.add_format(_properties(style) | ({"num_format": number} if number else {}))
        return self._formats[key]


def _owing(units: Sequence[UnitRow]) -> list[tuple[str, list[UnitRow]]]:
    """Departments with something missing, the most first, each with its units on the lists."""
    departments: defaultdict[str, list[UnitRow]] = defaultdict(list)
    for unit in units:
        if unit.state != State.UNLISTED:
            departments[unit.department or "（未填主管部门）"].append(unit)
    owing = [(name, members) for name, members in departments.items() if any(unit.missing for unit in members)]
    return sorted(owing, key=lambda item: (-sum(unit.missing for unit in item[1]), item[0]))


def _named(units: Sequence[UnitRow]) -> str:
    """The units that owe most, as many as a line has room for."""
    owing = sorted((unit for unit in units if unit.missing), key=lambda unit: -unit.missing)
    names = [unit.unit_name or unit.unit_code for unit in owing]
    kept = [
        name for number, name in enumerate(names) if len("、".join(names[: number + 1])) <= _NAMES_ROOM or not number
    ]
    return "、".join(kept) + (f"等 {len(names)} 个" if len(kept) < len(names) else "")


_CENTRED: dict[str, object] = {"align": "center", "valign": "vcenter"}
_CELL: dict[str, object] = {
    "font_name": _SERIF,
    "font_size": 10.5,
    "valign": "vcenter",
    "border": 1,
    "border_color": _EDGE,
    "shrink": True,
}
_TILE: dict[str, object] = {**_CENTRED, "font_name": _SANS, "bg_color": _PALE, "shrink": True}
_STYLES: dict[str, dict[str, object]] = {
    "title": {**_CENTRED, "font_name": _SANS, "font_size": 20, "bold": True, "font_color": _INK},
    "subtitle": {**_CENTRED, "font_name": _SERIF, "font_size": 10.5, "font_color": _QUIET},
    "tile_label": {**_TILE, "font_size": 10, "font_color": _QUIET},
    "section": {"font_name": _SANS, "font_size": 12, "bold": True, "font_color": _INK, "bottom": 2},
    "heading": {**_CELL, "font_name": _SANS, "bold": True, "bg_color": _PALE, "align": "center"},
    "cell": {**_CELL, "align": "left"},
    "code": {**_CELL, "align": "center"},
    "count": {**_CELL, "align": "center", "num_format": "#,##0"},
    "money": {**_CELL, "align": "right", "num_format": "#,##0.00"},
    "share": {**_CELL, "align": "right", "num_format": "0.0%"},
    "waiting": {
        **_CENTRED,
        "font_name": _SANS,
        "font_size": 10,
        "bold": True,
        "font_color": "#7A4B00",
        "bg_color": "#FFF2CC",
        "shrink": True,
    },
    "note": {"font_name": _SERIF, "font_size": 10, "font_color": _QUIET, "valign": "vcenter"},
}


def _properties(style: str) -> dict[str, object]:
    if style in _STYLES:
        return _STYLES[style]
    _, size, tone = style.split("_")
    colour = "#9C0006" if tone == "bad" else _INK
    return {**_TILE, "font_size": int(size), "bold": True, "font_color": colour}
