"""A comparison as a workbook in the ledger's style: 概况, 项目变化, 逐项变化, the changed words marked.

No clock and no path goes in: equal comparisons give equal bytes.
"""

from __future__ import annotations

import datetime
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from perfxl.issue import column_letters
from perfxl.ledger.gathering.cells import cell_text
from perfxl.ledger.settling.compare import KIND_WORDS, FieldChange
from perfxl.season.diff.comparison import MONEY_UNIT, VERDICTS, Comparison, ProjectChange, figures
from perfxl.text import lines_needed

_BODY_FONT, _HEAD_FONT = "宋体", "微软雅黑"
_NAVY, _RED = "#1F3864", "#C00000"
_EDGE = {"border": 1, "border_color": "#BFBFBF"}
_CELL = {"font_name": _BODY_FONT, "font_size": 10, "valign": "top", **_EDGE}
_BAR = {"font_name": _HEAD_FONT, "font_size": 10, "bold": True, "valign": "vcenter", **_EDGE}
_CENTRED = {**_CELL, "text_wrap": True, "align": "center"}
_PART = {"font_name": _BODY_FONT, "font_size": 10}
_GONE, _COME = {"font_color": _RED, "font_strikeout": True}, {"font_color": _RED, "bold": True}
_STYLES: dict[str, dict[str, object]] = {
    "title": {"font_name": _HEAD_FONT, "font_size": 16, "bold": True, "font_color": _NAVY, "valign": "vcenter"},
    "note": {"font_name": _BODY_FONT, "font_size": 10, "font_color": "#595959", "valign": "vcenter"},
    "heading": {**_BAR, "bg_color": _NAVY, "font_color": "#FFFFFF", "text_wrap": True, "align": "center"},
    "label": {**_BAR, "bg_color": "#EAF0F7", "indent": 1},
    "subtotal": {**_BAR, "bg_color": "#EAF0F7", "align": "right", "num_format": "#,##0.00"},
    "figure": {**_CELL, "font_size": 11, "valign": "vcenter", "indent": 1, "text_wrap": True},
    "text": {**_CELL, "text_wrap": True},
    "code": _CENTRED,
    "money": {**_CELL, "align": "right", "num_format": "#,##0.00"},
    "difference": {**_CELL, "align": "right", "num_format": "+#,##0.00;-#,##0.00;0.00"},
    "good": {**_CENTRED, "font_color": "#1E6B3A"},
    "watch": {**_CENTRED, "font_color": "#7A4B00", "bg_color": "#FFF2CC"},
    "bad": {**_CENTRED, "font_color": "#9C0006", "bg_color": "#FBE0E0", "bold": True},
    "same": _PART,
    "gone": {**_PART, **_GONE},
    "come": {**_PART, **_COME},
    "gone whole": {**_CELL, "text_wrap": True, **_GONE},
    "come whole": {**_CELL, "text_wrap": True, **_COME},
}
_TONES = {
    "added": "good",
    "tighter": "good",
    "dropped": "bad",
    "removed": "bad",
    "looser": "bad",
    "renamed": "watch",
    "unit": "bad",
    "wording": "watch",
}
# The headings stay clear of people's columns and of 未匹配批注, by which a ledger's tables are known again.
_PROJECTS = (
    ("变化", 8.0),
    ("单位编码", 9.0),
    ("单位名称", 29.0),
    ("项目名称", 30.0),
    ("原来的名称", 26.0),
    ("原预算数", 12.0),
    ("现预算数", 12.0),
    ("增减", 12.0),
    ("改动处", 7.5),
    ("提示", 22.0),
)
_FIELDS = (
    ("单位编码", 9.0),
    ("单位名称", 20.0),
    ("项目名称", 22.0),
    ("改动的栏", 13.0),
    ("指标", 18.0),
    ("原来", 38.0),
    ("现在", 38.0),
    ("性质", 16.0),
)
_NOTES = (
    "逐项变化中，红色删除线是原来有、现在没有的文字，红色粗体是现在新写的文字。",
    "更紧：现在的指标值要求更高（≥ 的数变大，≤ 的数变小，期限提前）；更松：相反。写法不同：意思没有变。",
)
_TITLE_ROW, _SUBTOTAL_ROW, _HEADING_ROW, _FIRST_ROW = range(4)
_MOST_ROWS = 1_000_000  # a sheet has room for 1,048,576
_LINE_POINTS, _ROW_LIMIT = 13.5, 409
# A number counts as one word, so that 469483 → 470000 shows as another number and not as other digits.
_WORD = re.compile(r"[0-9][0-9.,]*|[A-Za-z]+|.", re.DOTALL)
_MOST_WORK = 250_000  # words by words that are aligned; of longer texts the whole middle is marked


def workbook_bytes(comparison: Comparison) -> bytes:
    """The whole .xlsx file."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"title": "绩效目标比较", "created": datetime.datetime(2000, 1, 1)})
    writer = _Writer(book)
    writer.overview(comparison)
    writer.projects(comparison.projects)
    writer.fields(comparison.projects)
    book.close()
    return stream.getvalue()


def marked(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts in pieces, each with whether it is changed; the pieces of each make the whole text again."""
    one, other = _WORD.findall(before), _WORD.findall(after)
    if len(one) * len(other) > _MOST_WORK:
        blocks = _common_ends(one, other)
    else:
        matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
        blocks = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()]
    pieces: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    at = [0, 0]
    for first, second, size in blocks:
        for side, words, start in ((0, one, first), (1, other, second)):
            for text, changed in (
                ("".join(words[at[side] : start]), True),
                ("".join(words[start : start + size]), False),
            ):
                if text:
                    pieces[side].append((text, changed))
            at[side] = start + size
    return pieces


def _common_ends(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    shorter = min(len(one), len(other))
    head = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    tail = next((i for i in range(shorter - head) if one[-1 - i] != other[-1 - i]), shorter - head)
    return [(0, 0, head), (len(one) - tail, len(other) - tail, tail)]


class _Writer:
    """Writes the three sheets."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats = {name: book.add_format(style) for name, style in _STYLES.items()}

    def overview(self, comparison: Comparison) -> None:
        sheet = self._book.add_worksheet("概况")
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 76)
        sheet.write_string(0, 0, "绩效目标比较", self._formats["title"])
        sheet.set_row_pixels(0, 40)
        lines = figures(comparison)
        for row, (what, told) in enumerate(lines, 2):
            sheet.write_string(row, 0, what, self._formats["label"])
            sheet.write_string(row, 1, told, self._formats["figure"])
            sheet.set_row_pixels(row, 30)
        notes = list(_NOTES)
        if sum(len(change.changes) for change in comparison.projects) > _MOST_ROWS:
            notes.append(f"改动太多，逐项变化只列出前 {_MOST_ROWS} 条。")
        below = len(lines) + 3
        for row, text in enumerate(notes, below):
            sheet.write_string(row, 0, text, self._formats["note"])
        _print_set_up(sheet, below + len(notes), 1)
        sheet.activate()

    def projects(self, changes: Sequence[ProjectChange]) -> None:
        sheet = self._table("项目变化", _PROJECTS, len(changes), fixed=4, key="A")
        for column in (5, 6, 7):
            letters = column_letters(column + 1)
            values = [(one.before, one.after, one.difference)[column - 5] or Decimal(0) for one in changes]
            where = f"{letters}{_FIRST_ROW + 1}:{letters}{max(_FIRST_ROW + len(changes), _FIRST_ROW + 1)}"
            formula = f"=SUBTOTAL(109,{where})"
            sheet.write_formula(_SUBTOTAL_ROW, column, formula, self._formats["subtotal"], sum(values, Decimal(0)))
        for row, change in enumerate(changes, _FIRST_ROW):
            old_name = change.old.project if change.old and change.verdict == "renamed" else ""
            texts = ("", change.row.unit_code, change.row.unit_name, change.row.project, old_name)
            self._label(sheet, row, 0, VERDICTS[change.verdict], _TONES.get(change.verdict, "code"))
            for column, text in enumerate(texts[1:], 1):
                self._text(sheet, row, column, text, "code" if column == 1 else "text")
            self._number(sheet, row, 5, change.before, "money")
            self._number(sheet, row, 6, change.after, "money")
            self._number(sheet, row, 7, change.difference, "difference")
            sheet.write_number(row, 8, len(change.changes), self._formats["code"])
            self._text(sheet, row, 9, change.remark, "text")
            _fit(sheet, row, (*texts, change.remark), [*(width for _, width in _PROJECTS[:5]), _PROJECTS[9][1]])

    def fields(self, projects: Sequence[ProjectChange]) -> None:
        rows = list(_rows(projects))[:_MOST_ROWS]
        sheet = self._table("逐项变化", _FIELDS, len(rows), fixed=3, key="D")
        for row, (project, change) in enumerate(rows, _FIRST_ROW):
            texts = (project.unit_code, project.unit_name, project.project, change.field, change.indicator)
            for column, text in enumerate(texts):
                self._text(sheet, row, column, text, "code" if column in (0, 3) else "text")
            before, after = cell_text(change.before)[0], cell_text(change.after)[0]
            pieces = marked(before, after)
            self._rich(sheet, row, 5, pieces[0], "gone")
            self._rich(sheet, row, 6, pieces[1], "come")
            label = change.note or KIND_WORDS[change.kind]
            self._label(sheet, row, 7, label, _TONES.get(change.kind, "code"))
            _fit(sheet, row, (*texts, before, after, label), [width for _, width in _FIELDS])

    def _table(self, title: str, columns: Sequence[tuple[str, float]], count: int, *, fixed: int, key: str) -> Any:
        """A sheet with title, headings, filter, frozen panes and print set-up; ``key``: a column that is never blank."""
        sheet = self._book.add_worksheet(title)
        sheet.write_string(_TITLE_ROW, 0, title, self._formats["title"])
        sheet.write_string(_TITLE_ROW, fixed, f"金额单位：{MONEY_UNIT}", self._formats["note"])
        sheet.set_row_pixels(_TITLE_ROW, 34)
        sheet.set_row_pixels(_SUBTOTAL_ROW, 24)
        sheet.set_row_pixels(_HEADING_ROW, 30)
        for index, (heading, width) in enumerate(columns):
            sheet.set_column(index, index, width)
            sheet.write_blank(_SUBTOTAL_ROW, index, None, self._formats["label"])
            sheet.write_string(_HEADING_ROW, index, heading, self._formats["heading"])
        last = max(_HEADING_ROW + count, _FIRST_ROW)
        sheet.write_string(_SUBTOTAL_ROW, 0, "合计（随筛选变化）", self._formats["label"])
        tally = f'=SUBTOTAL(103,{key}{_FIRST_ROW + 1}:{key}{last + 1})&" 条"'
        sheet.write_formula(_SUBTOTAL_ROW, fixed - 1, tally, self._formats["label"], f"{count} 条")
        sheet.freeze_panes(_FIRST_ROW, fixed)
        sheet.autofilter(_HEADING_ROW, 0, last, len(columns) - 1)
        sheet.repeat_rows(_HEADING_ROW)
        _print_set_up(sheet, last, len(columns) - 1)
        return sheet

    def _text(self, sheet: Any, row: int, column: int, text: str, style: str) -> None:
        if text:
            sheet.write_string(row, column, cell_text(text)[0], self._formats[style])
        else:
            sheet.write_blank(row, column, None, self._formats[style])

    def _label(self, sheet: Any, row: int, column: int, text: str, style: str) -> None:
        sheet.write_string(row, column, text, self._formats[style])

    def _number(self, sheet: Any, row: int, column: int, value: Decimal | None, style: str) -> None:
        if value is None:
            sheet.write_blank(row, column, None, self._formats[style])
        else:
            sheet.write_number(row, column, value, self._formats[style])

    def _rich(self, sheet: Any, row: int, column: int, pieces: Sequence[tuple[str, bool]], mark: str) -> None:
        """A cell whose changed pieces are marked."""
        parts: list[Any] = []
        for text, changed in pieces:
            parts += [self._formats[mark if changed else "same"], text]
        if len(pieces) > 1:
            sheet.write_rich_string(row, column, *parts, self._formats["text"])
        elif pieces and pieces[0][1]:
            # One piece is no rich text to XlsxWriter: the whole cell is marked.
            sheet.write_string(row, column, pieces[0][0], self._formats[f"{mark} whole"])
        else:
            self._text(sheet, row, column, pieces[0][0] if pieces else "", "text")


def _rows(projects: Sequence[ProjectChange]) -> Iterator[tuple[Any, FieldChange]]:
    for project in projects:
        for change in project.changes:
            yield project.row, change


def _fit(sheet: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """Row height that shows its longest text; LibreOffice fits no row by itself."""
    lines = 1
    for text, width in zip(texts, widths, strict=True):
        # Most texts are short: two columns a character is the most that they can take.
        if len(text) * 2 > width - 2 or "\n" in text:
            lines = max(lines, lines_needed(text, width))
    sheet.set_row(row, min(lines * _LINE_POINTS + 4, _ROW_LIMIT))


def _print_set_up(sheet: Any, last_row: int, last_column: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_footer(f'&C&"{_BODY_FONT}"&9第 &P 页　共 &N 页')
    sheet.hide_gridlines(2)
