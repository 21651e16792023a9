"""The formulas that check the form while the clerk types: no macro, no Python.

Every formula reaches an input only by ``INDEX`` over a whole column: cutting or dragging a cell carries a plain
reference along with it, and the check would then look in the wrong place.  References to helper cells may be plain,
because those are locked and can't be moved.

Helper columns, all hidden and locked, from the layout's ``helper_column``:

    carried    一级指标 that holds in the row        list     name of the row's 二级指标 list
    value      the three cells of 指标值 joined      used     0 the row holds nothing, 1 something, 2 an error value
    returned   findings listed in 校验结果 for the row (volatile, so that it is computed when the file is opened)
    states     a digit for each cell of the row: 0 nothing, 1 returned and unchanged, 2 returned and changed since
    parts      what :mod:`perfxl.rules.formula` declares: of each indicator row, and in the head rows of the form
    slots      one for each cell that live checks judge: what they say of it, those that must be mended first, or ""

A row with an error value says that, and nothing else: what the checks need can't be read there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from perfxl.issue import Severity, column_letters
from perfxl.layout import VALUE_PARTS, Layout
from perfxl.rules.formula import ROW_HELPERS, form_helpers, trimmed
from perfxl.rules.registry import built_in
from perfxl.rules.rule import LiveCheck
from perfxl.template.returned import ReturnedState
from perfxl.vocabulary import Vocabulary

MUST = f"{Severity.ERROR.asked}："
SHOULD = f"{Severity.WARNING.asked}："
ERROR_VALUE = "本行有错误值（如 #REF!、#DIV/0!），请改为文字或数字。"
END = "　"  # of one message
LONG_TEXT = "文字较长，请把本行拉高，免得打印不全。"

_HELPERS = ("carried", "list", "value", "used", "returned", "states")
_INPUT = re.compile(r"\{(form\.)?([a-z]\w*)(?::(all|above|typed))?\}")
_PARTS = {helper.name: number for number, helper in enumerate(ROW_HELPERS)}


@dataclass(frozen=True, slots=True)
class Slot:
    """The live checks of one cell: their rules (none for error values), the cell, the helper cell with their messages."""

    codes: tuple[str, ...]
    row: int
    column: int
    helper_column: int
    formula: str


class LiveSheet:
    """All helper formulas of one form sheet.

    Args:
        layout, vocabulary: of the form.
        line_room: lines of text that a row shows, for rows of fixed height.
        given: head fields filled in and locked; with nothing typed beside them the form counts as not begun.
    """

    def __init__(
        self, layout: Layout, vocabulary: Vocabulary, line_room: dict[int, int], given: frozenset[str] = frozenset()
    ) -> None:
        self._layout = layout
        self._given = {(field.row, field.column) for field in layout.fields if field.name in given}
        self._line_room = line_room
        self._checks = [
            (rule.code, check)
            # A released template must not depend on what else is installed: own rules have no live checks.
            for rule in built_in()
            for check in rule.live(layout, vocabulary)
        ]
        self._weighted = bool(vocabulary.weights)
        self._form_helpers = form_helpers(vocabulary)
        self.returned = ReturnedState(layout, self.helper, self.returnable_rows)
        self.slots = tuple(self._place_slots())

    @property
    def head_rows(self) -> range:
        return range(2, self._layout.objective_rows.stop)

    @property
    def rows(self) -> list[int]:
        """Every row that has a hint."""
        return [*self.head_rows, *self._layout.indicator_rows]

    @property
    def last_helper_column(self) -> int:
        return max(slot.helper_column for slot in self.slots)

    @property
    def _first_slot(self) -> int:
        return self._first_part + len(ROW_HELPERS)

    @property
    def _first_part(self) -> int:
        return self._layout.helper_column + len(_HELPERS)

    def part(self, name: str, row: int) -> tuple[int, int]:
        """Where a helper of :mod:`perfxl.rules.formula` stands: (row, column)."""
        return row, self._first_part + _PARTS[name]

    def form_part(self, name: str) -> tuple[int, int]:
        """Where a helper of the whole form stands, in the head rows of the same columns: (row, column)."""
        number = next(number for number, helper in enumerate(self._form_helpers) if helper.name == name)
        down, right = divmod(number, len(ROW_HELPERS))
        return self.head_rows.start + down, self._first_part + right

    def helper(self, name: str, row: int) -> str:
        """Reference to a helper cell."""
        return f"${column_letters(self._layout.helper_column + _HELPERS.index(name))}${row}"

    def formulas(self) -> Iterator[tuple[int, int, str]]:
        """Every helper formula: (row, column, formula)."""
        first = self._layout.helper_column
        yield 1, first + _HELPERS.index("used"), self._started()
        for row in self._layout.indicator_rows:
            yield row, first, self._carried(row)
            level1 = self.helper("carried", row)
            yield row, first + 1, f'=IF(SUMPRODUCT(--EXACT(一级指标表,{level1}))>0,"二级_"&{level1},"二级_全部")'
            yield row, first + 2, "=" + "&".join(self._cell(name) for name in VALUE_PARTS)
        for row in self.rows:
            yield row, first + 3, self._used(row)
        for row in self.returnable_rows:
            yield row, first + 4, self.returned.entries(row)
            yield row, first + 5, self.returned.states(row)
        for helper in self._form_helpers:
            yield *self.form_part(helper.name), f"=IFERROR({self._filled(helper.formula, 1)},{helper.failing})"
        for row in self._layout.indicator_rows:
            for helper in ROW_HELPERS:
                yield (
                    *self.part(helper.name, row),
                    f"=IFERROR({self._filled(helper.formula, row)},{self._filled(helper.failing, row)})",
                )
        for slot in self.slots:
            yield slot.row, slot.helper_column, slot.formula

    @property
    def returnable_rows(self) -> list[int]:
        """Rows whose cells a finding may name: those with inputs, and the indicator table's headings."""
        return sorted({*self.rows, *self._layout.heading_rows})

    def hint(self, row: int) -> str:
        """The hint column's formula: what was returned first, then what is wrong now."""
        parts = [self.returned.hint([row])]
        parts += [f"${column_letters(slot.helper_column)}${row}" for slot in self.slots if slot.row == row]
        if row in self._line_room:
            parts.append(f'IF(IFERROR({self._lines(row)},0)>{self._line_room[row]},"{LONG_TEXT}","")')
        return "=IFERROR(" + "&".join(parts) + ',"")'

    def heading_hint(self) -> str:
        """The hint for findings about the indicator table as a whole, which stand at its headings."""
        row = self._layout.heading_rows[-1]
        parts = [self.returned.hint(self._layout.heading_rows)]
        parts += [f"${column_letters(slot.helper_column)}${row}" for slot in self.slots if slot.row == row]
        return "=IFERROR(" + "&".join(parts) + ',"")'

    def status(self) -> str:
        """The line at the top of the form: how much is still to do."""
        must, should = self._count(MUST), self._count(SHOULD)
        unchanged, changed = self.returned.number(1), self.returned.number(2)
        return (
            f'=IF(校验_条数=0,"","退回 "&({unchanged}+{changed})&" 处，已改 "&{changed}&" 处。")&'
            f'IF({self._started_cell}=0,"请在浅黄色的格子里填写，从单位编码开始。",'
            f'IF({must}>0,"还有 "&{must}&" 处必须修改"&IF({should}>0,"、"&{should}&" 处建议修改","")&{self._first_with(MUST)}&"。",'
            f'IF({should}>0,"没有必须修改的了，还有 "&{should}&" 处建议修改"&{self._first_with(SHOULD)}&"。",'
            'IF(校验_条数=0,"填写检查：没有发现问题。",""))))'
        )

    # -- parts ---------------------------------------------------------------------------------------------

    def _place_slots(self) -> Iterator[Slot]:
        """Slots row by row, in the order of their cells, but what error values say first."""
        for row in self.rows:
            formula = f'=IF({self.helper("used", row)}=2,"{MUST}{ERROR_VALUE}","")'
            yield Slot((), row, self._layout.hint_column, self._first_slot, formula)
        taken = dict.fromkeys([*self.rows, self._layout.heading_rows[-1]], 1)
        for (row, column), checks in sorted(self._checks_by_cell().items()):
            number = taken[row]
            taken[row] += 1
            codes = tuple(dict.fromkeys(code for code, _ in checks))
            formula = self._slot_formula([check for _, check in checks], row)
            yield Slot(codes, row, column, self._first_slot + number, formula)

    def _checks_by_cell(self) -> dict[tuple[int, int], list[tuple[str, LiveCheck]]]:
        """What is checked at each cell, errors before warnings: the status line counts cells by how their text begins."""
        cells: dict[tuple[int, int], list[tuple[str, LiveCheck]]] = {}
        for code, check in sorted(self._checks, key=lambda one: one[1].severity.rank):
            rows, column = self._rows_of(check)
            for row in rows:
                cells.setdefault((row, column), []).append((code, check))
        return cells

    def _rows_of(self, check: LiveCheck) -> tuple[Iterable[int], int]:
        columns = {column.name: column.column for column in self._layout.columns}
        if check.whole_table:
            return [self._layout.heading_rows[-1]], columns[check.target]
        if check.first_row:
            return [self._layout.first_row], columns[check.target]
        if check.target == "objectives":
            return self._layout.objective_rows, self._layout.field("purpose").column
        if check.target in columns:
            return self._layout.indicator_rows, columns[check.target]
        field = self._layout.field(check.target)
        return [field.row], field.column

    def _slot_formula(self, checks: list[LiveCheck], row: int) -> str:
        """The messages of one cell; checks with the same condition for being asked at all share it."""
        told: dict[str, list[str]] = {}
        for check in checks:
            prefix = MUST if check.severity is Severity.ERROR else SHOULD
            message = f'IFERROR(IF({self._filled(check.wrong, row)},"{prefix}{check.hint}{END}",""),"")'
            told.setdefault(self._asked(check, row), []).append(message)
        return "=" + "&".join(f'IF({asked},{"&".join(texts)},"")' for asked, texts in told.items())

    def _asked(self, check: LiveCheck, row: int) -> str:
        """A condition: there is something to judge, and it can be read."""
        if row in self._layout.indicator_rows and not check.first_row:
            return f"{_absolute(*self.part('applies', row))}=1"
        if check.whole_table:
            return f"{self._started_cell}=1"
        return f"AND({self._started_cell}=1,{self.helper('used', row)}<2)"

    def _filled(self, template: str, row: int) -> str:
        """A formula's text with references in place of its ``{names}``."""
        return _INPUT.sub(lambda match: self._reference(match[2], match[3], bool(match[1]), row), template)

    def _reference(self, name: str, part: str | None, of_form: bool, row: int) -> str:
        if of_form and name == "started":
            return self._started_cell
        if of_form:
            return _absolute(*self.form_part(name))
        if part == "typed":
            return trimmed(self._cell(name))
        if part is not None:
            first, last = self._layout.first_row, self._layout.last_row
            start, end = (first, last) if part == "all" else (first - 1, row - 1)
            return f"{self._helper_at(name, start)}:{self._helper_at(name, end)}"
        in_table = row in self._layout.indicator_rows
        return self._helper_at(name, row) if in_table and name in _PARTS else self._input(name, row)

    def _helper_at(self, name: str, row: int) -> str:
        return _absolute(*self.part(name, row)) if name in _PARTS else self.helper(name, row)

    def _input(self, name: str, row: int) -> str:
        in_table = row in self._layout.indicator_rows
        if name == "note" and in_table:
            letters = column_letters(self._layout.note_column)
            return trimmed(f"INDEX(${letters}:${letters},ROW())")
        if name == "all_objectives":
            return "&".join(self._input("objectives", one) for one in self._layout.objective_rows)
        if name == "objectives":
            letters = column_letters(self._layout.field("purpose").column)
            return trimmed(f"INDEX(${letters}:${letters},{row})")
        if name in ("carried", "value"):
            return self.helper(name, row)
        if name == "used":
            return f"({self.helper('used', row)}=1)" if in_table else f"({self._started_cell}=1)"
        if any(column.name == name for column in self._layout.columns):
            return trimmed(self._cell(name))
        field = self._layout.field(name)
        reference = f"INDEX(${column_letters(field.column)}:${column_letters(field.column)},{field.row})"
        return reference if field.kind == "money" else trimmed(reference)

    def _cell(self, name: str) -> str:
        letters = column_letters(self._layout.column(name).column)
        return f"INDEX(${letters}:${letters},ROW())"

    def _carried(self, row: int) -> str:
        own = trimmed(self._cell("level1"))
        above = f'{self.helper("carried", row - 1)}&""' if row > self._layout.first_row else '""'
        return f'=IFERROR(IF({own}="",{above},{own}),{above})'

    def _used(self, row: int) -> str:
        return f'=IFERROR(IF({trimmed(self._all_inputs(row))}="",0,1),2)'

    def _all_inputs(self, row: int) -> str:
        """Everything typed in the printed part of a row, joined."""
        if row in self._layout.indicator_rows:
            columns = [column.column for column in self._layout.columns if column.name != "weight" or self._weighted]
        else:
            areas = (area for area in self._layout.inputs() if area[0] == row)
            columns = [
                left for _, left, _, _ in areas if left < self._layout.hint_column and (row, left) not in self._given
            ]
        if not columns:
            return '""'
        return "&".join(f"INDEX(${column_letters(column)}:${column_letters(column)},ROW())" for column in columns)

    def _started(self) -> str:
        top, bottom = self.helper("used", 2), self.helper("used", self._layout.last_row)
        return f"=IF(SUM({top}:{bottom})>0,1,0)"

    @property
    def _started_cell(self) -> str:
        return self.helper("used", 1)

    def _count(self, prefix: str) -> str:
        first, last = column_letters(self._first_slot), column_letters(self.last_helper_column)
        return f'COUNTIF(${first}$2:${last}${self._layout.last_row},"{prefix}*")'

    def _first_with(self, prefix: str) -> str:
        """Where to begin: the first row whose hint says that."""
        letters = column_letters(self._layout.hint_column)
        hints = f"${letters}$2:${letters}${self._layout.last_row}"
        return f'IFERROR("，先看第"&(MATCH("*{prefix}*",{hints},0)+1)&"行","")'

    def _lines(self, row: int) -> str:
        """Lines that the longest text of the row takes; see :func:`estimated_lines`."""
        lines = []
        for column, width in self._layout.text_cells(row):
            letters = column_letters(column)
            text = f"INDEX(${letters}:${letters},ROW())"
            breaks = f'LEN({text})-LEN(SUBSTITUTE({text},CHAR(10),""))'
            lines.append(f"INT((LEN({text})-1)/{_wide_characters(width)})+1+{breaks}")
        return f"MAX({','.join(lines)})"


def _absolute(row: int, column: int) -> str:
    return f"${column_letters(column)}${row}"


def estimated_lines(text: str, width: float) -> int:
    """Lines that a text takes in a cell, as the live formula estimates it: every character counted as a wide one."""
    return (len(text) - 1) // _wide_characters(width) + 1 + text.count("\n")


def _wide_characters(width: float) -> int:
    # A cell keeps about two characters' width for its indent and padding.
    return int((width - 2) / 2)
