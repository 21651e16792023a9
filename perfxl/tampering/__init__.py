"""What came back, held against the template that it claims to be: everything that was changed besides what is typed.

    tampering(book, forms, "甲区/99.xlsx") → S07 issues, one for each kind of change, with how often and where first

A form is here only if its fields could be read without doubt, so that most of this is a warning; an error is what may
make a value wrong.  Changed labels are the business of the rule S07 itself, moved ones of the reader, merged and hidden
cells of :mod:`perfxl.intake.doubts`.  Nothing is said of what programs do by themselves when they save: LibreOffice drops
the lock of the workbook's structure, a paste locks cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from perfxl.errors import UnreadableFile
from perfxl.form import TargetForm
from perfxl.intake.cells import Grid
from perfxl.intake.grid import Workbook
from perfxl.issue import At, Issue, Severity
from perfxl.layout import GUIDE_SHEET, LAYOUTS, LISTS_SHEET, RESULT_SHEET, RESULTS, Layout
from perfxl.tampering.facts import SheetFacts, facts_of, self_lighting, shared_places, unlocked_styles
from perfxl.tampering.shell import areas, changes_of, inside, shell_of
from perfxl.vocabulary import Vocabulary, editions

__all__ = ["self_lighting", "tampering"]

_ADVICE: Final = "请核对内容；最好把填的内容移到下发的空白模板里（选择性粘贴“数值”）"
_PASTE: Final = "内容照常读取。以后粘贴请用“选择性粘贴—数值”，不要覆盖格式"
_PARTS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("宏", ("vbaProject", "xlMacrosheet", "xlIntlMacrosheet"), "请另存为不带宏的 .xlsx 后重新报送"),
    ("到其他文件或程序的数据连接", ("connections", "queryTable"), "请删除数据连接，直接填写内容"),
)
_SHEET_PARTS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("控件或嵌入的文件", ("control", "oleObject", "package", "ctrlProp"), "请删除控件和嵌入的文件，需要报送的材料另附"),
)
_Cells = Iterable[tuple[int, int]]


def tampering(
    book: Workbook, forms: Sequence[TargetForm], source: str, known: Iterable[Issue] = ()
) -> tuple[Issue, ...]:
    """Everything changed in the workbook and in the sheets of these forms, read from it.

    Args:
        source: the file as shown to people.
        known: what reading has told already; a sheet that it refused is not told again as one too many.
    """
    ours = [form for form in forms if form.layout in LAYOUTS]
    if not ours:
        return ()
    try:
        found = [*_workbook(book, ours, known), *(told for form in ours for told in _Sheet(book, form).changes())]
    except (UnreadableFile, expat.ExpatError, ValueError):
        # The form itself was read; what stands around it is no reason to refuse it.
        message = "工作簿里表格以外的部分已损坏，没有核对模板是否被改动"
        found = [(Severity.WARNING, None, message, _ADVICE)]
    return tuple(Issue("S07", severity, message, advice, file=source, at=at) for severity, at, message, advice in found)


_Told = tuple[Severity, At | None, str, str]


# -- the workbook as a whole


def _workbook(book: Workbook, forms: Sequence[TargetForm], known: Iterable[Issue]) -> Iterator[_Told]:
    refused = {issue.at.sheet for issue in known if isinstance(issue.at, At)}
    yield from _sheets(book, {form.sheet for form in forms} | refused)
    package = book.package
    kinds = {arrow.kind for arrow in package.relationships(package.workbook_part)}
    for what, wanted, advice in _PARTS:
        if kinds.intersection(wanted):
            yield Severity.WARNING, None, f"工作簿里有{what}，模板里没有", advice
    links = package.related(package.workbook_part, "externalLink")
    if any(b"ddeLink" in package.read(part) for part in links if part in package):
        yield Severity.WARNING, None, "工作簿里有到其他程序的动态链接（DDE），模板里没有", "请删除链接，直接填写内容"
    elif links:
        yield (
            Severity.WARNING,
            None,
            f"工作簿里有 {len(links)} 个到其他工作簿的链接，模板里没有",
            "请断开链接，直接填写内容",
        )
    for sheet in book.sheets:
        arrows = {arrow.kind for arrow in package.relationships(sheet.part)}
        for what, wanted, advice in _SHEET_PARTS:
            if arrows.intersection(wanted):
                at = At(sheet.name, 1, 1)
                yield Severity.WARNING, at, f"工作表“{sheet.name}”里有{what}，模板里没有", advice
    yield from _lists(book, forms[0].edition)


def _sheets(book: Workbook, told: set[str]) -> Iterator[_Told]:
    names = [sheet.name for sheet in book.sheets]
    own = {GUIDE_SHEET, RESULT_SHEET, LISTS_SHEET, *told}
    extra = [sheet for sheet in book.sheets if sheet.name not in own]
    if extra:
        shown = "、".join(f"“{sheet.name}”{'' if sheet.state == 'visible' else '（隐藏）'}" for sheet in extra[:3])
        more = f"等 {len(extra)} 张" if len(extra) > 3 else ""
        yield (
            Severity.WARNING,
            At(extra[0].name, 1, 1),
            f"工作簿里多出工作表{shown}{more}，没有读取",
            "请删去模板里没有的工作表",
        )
    for name, lost in ((LISTS_SHEET, "下拉列表和填写检查不起作用"), (RESULT_SHEET, "退回时问题清单无处可写")):
        if name not in names:
            yield Severity.WARNING, None, f"工作表“{name}”被删掉了，{lost}", _ADVICE


def _lists(book: Workbook, edition: str | None) -> Iterator[_Told]:
    """The drop-downs' lists on the hidden sheet: the names that lead there, and what stands there."""
    if edition not in editions() or all(sheet.name != LISTS_SHEET for sheet in book.sheets):
        return
    shared = shared_places(book, LISTS_SHEET)
    for name, items in _vocabulary_lists(edition).items():
        sheet, _, area = book.defined_names.get(name, "").replace("$", "").rpartition("!")
        places = list(areas(area))
        if sheet.strip("'") != LISTS_SHEET or len(places) != 1:
            yield Severity.WARNING, None, f"下拉列表“{name}”的定义被改动或删除", _ADVICE
            return
        top, left, bottom, _ = places[0]
        rows = range(top, min(bottom, top + len(items)) + 1)
        if [book.shared_string(shared.get((row, left), "")) for row in rows] == items:
            continue
        stands = [book.grid(LISTS_SHEET).text(row, left) for row in rows]
        if stands != items:
            number = next(
                (n for n, pair in enumerate(zip(stands, items, strict=False)) if pair[0] != pair[1]), len(items)
            )
            found = stands[number] if number < len(stands) else None
            expected = items[number] if number < len(items) else "空白"
            message = f"下拉列表“{name}”被改动：第 {number + 1} 项应为“{expected}”，现为“{found or '空白'}”"
            yield Severity.WARNING, At(LISTS_SHEET, top + number, left), message, _ADVICE
            return


@lru_cache(maxsize=8)
def _vocabulary_lists(edition: str) -> dict[str, list[str]]:
    vocabulary = Vocabulary.load(edition)
    return {
        "一级指标表": list(vocabulary.levels1),
        **{f"二级_{level1}": list(vocabulary.levels2(level1)) for level1 in vocabulary.levels1},
        "计算符号表": list(vocabulary.signs),
        "计量单位表": list(vocabulary.measures_offered),
    }


# -- one form


class _Sheet:
    """One form's sheet against its layout."""

    def __init__(self, book: Workbook, form: TargetForm) -> None:
        self._book, self._form = book, form
        self._layout: Layout = LAYOUTS[form.layout]
        self._grid: Grid = book.grid(form.sheet)
        self._facts: SheetFacts = facts_of(book, form.sheet)
        self._shell = changes_of(self._facts.shell, form.layout, self._grid.merges)

    def changes(self) -> Iterator[_Told]:
        """What was changed, in the order in which it weighs."""
        yield from self._outside()
        yield from self._rows_moved()
        if not shell_of(self._facts.shell).protected:
            yield self._told(1, 1, "的保护被取消，锁定的格子谁都能改", _ADVICE)
        else:
            yield from self._count(self._unlocked(), "{n} 格原本锁定的格子被解锁，如 {first}", _ADVICE)
        yield from self._count(self._without_formula(), "{n} 格填表提示或检查公式被覆盖或删除，如 {first}", _ADVICE)
        yield from self._count(self._shell.unchecked, "{n} 格的下拉列表或输入检查没有了，如 {first}", _PASTE)
        yield from self._count(self._shell.rechecked, "{n} 格的下拉列表或输入检查被改动，如 {first}", _ADVICE)
        if RESULTS.names.keys() <= self._book.defined_names.keys():  # else 校验结果 was deleted, which is told as such
            yield from self._count(self._shell.unlit, "{n} 格的标红格式没有了，如 {first}", _PASTE)

    def _told(self, row: int, column: int, what: str, advice: str, severity: Severity = Severity.WARNING) -> _Told:
        return severity, At(self._form.sheet, row, column), f"工作表“{self._form.sheet}”{what}", advice

    def _count(self, cells: _Cells, what: str, advice: str, severity: Severity = Severity.WARNING) -> Iterator[_Told]:
        """One finding for all of these cells: how many, and the first."""
        every = list(cells)
        if every:
            row, column = every[0]
            first = At(self._form.sheet, row, column).a1
            text = what.format(n=len(every), first=first)
            yield self._told(row, column, f"有 {text}", advice, severity)

    # -- values that may be wrong

    def _outside(self) -> Iterator[_Told]:
        typed = list(self._layout.inputs())
        cells = [(row, column) for row, column in self._facts.outside if inside(row, column, typed)]
        what = "{n} 格的内容取自别的工作簿或程序，如 {first}，不能当作填报的内容"
        yield from self._count(cells, what, "请删去公式，直接填写内容", Severity.ERROR)

    # -- rows

    def _rows_moved(self) -> Iterator[_Told]:
        difference = self._shell.last_row - self._layout.last_row
        first = self._layout.first_row
        if 0 < difference <= len(self._layout.indicator_rows):
            rows = [row for row in range(first, self._shell.last_row + 1) if not self._formulas_in(row)]
            row = rows[0] if rows else first
            what = (
                f"的指标表里插入了 {difference} 行，如第{row}行。各行照常读取"
                if rows
                else f"的指标表里插入了 {difference} 行。各行照常读取"
            )
            yield self._told(row, 1, what, "请核对没有漏行；不用的行空着，不要插入行")
        elif difference < 0:
            yield self._told(
                first,
                1,
                f"的指标表里删除了 {-difference} 行。其余各行照常读取",
                "请核对没有漏行；不用的行空着，不要删除行",
            )

    def _formulas_in(self, row: int) -> bool:
        hint = self._layout.hint_column
        return any(at_row == row and column >= hint for at_row, column in self._grid.formulas)

    # -- what the template gives each cell

    def _unlocked(self) -> _Cells:
        unlocked = unlocked_styles(self._book)
        layout, style = self._layout, self._facts.style
        cells = [(row, column) for row, column, _ in layout.labels()]
        cells += [(row, layout.hint_column) for row in layout.indicator_rows]
        cells += [(layout.identity_row(name), layout.identity_column) for name in layout.identity]
        return sorted(cell for cell in cells if style(*cell) in unlocked)

    def _without_formula(self) -> _Cells:
        return _formula_gaps(self._form.layout, self._shell.last_row, self._grid.formulas)


# Forms that came of one template have their formulas in the same cells.
@lru_cache(maxsize=8)
def _formula_gaps(version: str, last_row: int, formulas: frozenset[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Hint and helper cells without their formula: in the table, what most of its rows have and a row has not."""
    layout = LAYOUTS[version]
    own = [at for at in formulas if at[1] >= layout.hint_column]
    rows = [row for row in layout.indicator_rows if row <= last_row]
    if last_row > layout.last_row:
        rows = sorted({row for row, _ in own}.intersection(rows))  # inserted rows are told as such
    times = Counter(column for row, column in own if row in layout.indicator_rows)
    usual = {layout.hint_column, *(column for column, count in times.items() if count * 2 > len(rows))}
    rows_above = (layout.head_rows.start - 1, *layout.head_rows, layout.heading_rows[1])
    head = [(row, layout.hint_column) for row in rows_above if layout.own_row(row)]
    cells = head + [(row, column) for row in rows for column in sorted(usual)]
    return tuple(cell for cell in cells if cell not in formulas)
