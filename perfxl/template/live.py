"""The formulas that check the form while the clerk types: no macro, no Python.

Every formula reaches an input only by ``INDEX`` over a whole column: cutting or dragging a cell carries a plain
reference along with it, and the check would then look in the wrong place.  References to helper cells may be plain,
because those are locked and can't be moved.

Helper columns, all hidden and locked, from the layout's ``helper_column``:

    carried    一级指标 that holds in the row        list     name of the row's 二级指标 list
    value      the three cells of 指标值 joined      used     TRUE where the row holds anything
    returned   findings listed in 校验结果 for the row (volatile, so that it is computed when the file is opened)
    A … G      per input cell: 0 nothing, 1 returned and unchanged, 2 returned and changed since
    parts      what :mod:`perfxl.rules.formula` declares: of each indicator row, and in the head rows of the form
    slots      one a live check: its message, or ""
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from perfxl.issue import Severity, column_letters
from perfxl.layout import AMOUNTS, VALUE_PARTS, Layout
from perfxl.rules.formula import ROW_HELPERS, form_helpers
from perfxl.rules.registry import built_in
from perfxl.rules.rule import LiveCheck
from perfxl.vocabulary import Vocabulary

MUST = "必改："
SHOULD = "建议："
RETURNED = "【退回】"
CHANGED = "【已改待核】"
ERROR_VALUE = "本行有错误值（如 #REF!、#DIV/0!），请改为文字或数字。"
LONG_TEXT = "文字较长，请把本行拉高，免得打印不全。"

_HELPERS = ("carried", "list", "value", "used", "returned")
_INPUT = re.compile(r"\{(form\.)?([a-z]\w*)(?::(all|above|prev))?\}")
_PARTS = {helper.name: number for number, helper in enumerate(ROW_HELPERS)}


@dataclass(frozen=True, slots=True)
class Slot:
    """A live check in its cell: the rule ("" for error values), the cell it judges, the helper cell with its message."""

    code: str
    row: int
    column: int
    helper_column: int
    formula: str


class LiveSheet:
    """All helper formulas of one form sheet.

    Args:
        layout, vocabulary: of the form.
        line_room: lines of text that a row shows, for rows of fixed height.
    """

    def __init__(self, layout: Layout, vocabulary: Vocabulary, line_room: dict[int, int]) -> None:
        self._layout = layout
        self._line_room = line_room
        self._checks = [
            (rule.code, check)
            # A released template must not depend on what else is installed: own rules have no live checks.
            for rule in built_in()
            for check in rule.live(layout, vocabulary)
        ]
        self._grid_columns = range(1, layout.column("measure").column + 1)
        self._weighted = bool(vocabulary.weights)
        self._form_helpers = form_helpers(vocabulary)
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
        return self._layout.helper_column + len(_HELPERS) + len(self._grid_columns)

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
            yield row, first + 4, self._returned(row)
            for column in self._grid_columns:
                yield row, self._grid_column(column), self._state(row, column)
        for helper in self._form_helpers:
            yield *self.form_part(helper.name), f"=IFERROR({self._filled(helper.formula, 1)},{helper.failing})"
        for row in self._layout.indicator_rows:
            for helper in ROW_HELPERS:
                yield *self.part(helper.name, row), f"=IFERROR({self._filled(helper.formula, row)},{self._filled(helper.failing, row)})"
        for slot in self.slots:
            yield slot.row, slot.helper_column, slot.formula

    @property
    def returnable_rows(self) -> list[int]:
        """Rows whose cells a finding may name: those with inputs, and the indicator table's headings."""
        return sorted({*self.rows, *self._layout.heading_rows})

    def hint(self, row: int) -> str:
        """The hint column's formula: what was returned first, then what is wrong now."""
        parts = [self._returned_hint([row])]
        parts += [f"${column_letters(slot.helper_column)}${row}" for slot in self.slots if slot.row == row]
        if row in self._line_room:
            parts.append(f'IF(IFERROR({self._lines(row)},0)>{self._line_room[row]},"{LONG_TEXT}","")')
        return "=IFERROR(" + "&".join(parts) + ',"")'

    def heading_hint(self) -> str:
        """The hint for findings about the indicator table as a whole, which stand at its headings."""
        row = self._layout.heading_rows[-1]
        parts = [self._returned_hint(list(self._layout.heading_rows))]
        parts += [f"${column_letters(slot.helper_column)}${row}" for slot in self.slots if slot.row == row]
        return "=IFERROR(" + "&".join(parts) + ',"")'

    def status(self) -> str:
        """The line at the top of the form: how much is still to do."""
        must, should = self._count(MUST), self._count(SHOULD)
        unchanged, changed = self._state_count(1), self._state_count(2)
        return (
            f'=IF(校验_条数=0,"","退回 "&({unchanged}+{changed})&" 处，已改 "&{changed}&" 处。")&'
            f'IF({self._started_cell}=0,"请在浅黄色的格子里填写，从单位编码开始。",'
            f'IF({must}>0,"还有 "&{must}&" 处必须修改"&IF({should}>0,"、"&{should}&" 处建议修改","")&"，见下面各行。",'
            f'IF({should}>0,"没有必须修改的了，还有 "&{should}&" 处建议修改。",'
            'IF(校验_条数=0,"填写检查：没有发现问题。",""))))'
        )

    def returned_condition(self, severity: Severity, row: int, column: int) -> str:
        """Conditional format: the cell is listed in 校验结果 and still holds what was checked."""
        last = column_letters(self._layout.fields[-1].right)
        here = f"INDEX($A:${last},ROW(),COLUMN())"
        current = self._joined_amounts() if (row, column) in self._amount_cells else here
        key = f'{self._form_key}&"!"&ADDRESS(ROW(),COLUMN(),4)'
        return (
            f'=IF(校验_条数=0,FALSE,IF(COUNTIFS(校验_格键,{key},校验_级别,"{severity.chinese}")=0,FALSE,'
            f"EXACT(INDEX(校验_原值,MATCH({key},校验_格键,0)),{current})))"
        )

    # -- parts ---------------------------------------------------------------------------------------------

    def _place_slots(self) -> Iterator[Slot]:
        taken = dict.fromkeys([*self.rows, self._layout.heading_rows[-1]], 1)
        for row in self.rows:
            # An error value makes every other check of its row come out empty, so it has one of its own.
            formula = f'=IF(ISERROR({self._all_inputs(row)}),"{MUST}{ERROR_VALUE}","")'
            yield Slot("", row, self._layout.hint_column, self._first_slot, formula)
        for code, check in self._checks:
            rows, column = self._rows_of(check)
            for row in rows:
                number = taken[row]
                taken[row] += 1
                yield Slot(code, row, column, self._first_slot + number, self._slot_formula(check, row))

    def _rows_of(self, check: LiveCheck) -> tuple[Iterable[int], int]:
        columns = {column.name: column.column for column in self._layout.columns}
        if check.whole_table:
            return [self._layout.heading_rows[-1]], columns[check.target]
        if check.target == "objectives":
            return self._layout.objective_rows, self._layout.field("purpose").column
        if check.target in columns:
            return self._layout.indicator_rows, columns[check.target]
        field = self._layout.field(check.target)
        return [field.row], field.column

    def _slot_formula(self, check: LiveCheck, row: int) -> str:
        prefix = MUST if check.severity is Severity.ERROR else SHOULD
        wrong = self._filled(check.wrong, row)
        return f'=IFERROR(IF({wrong},"{prefix}{check.hint}　",""),"")'

    def _filled(self, template: str, row: int) -> str:
        """A formula's text with references in place of its ``{names}``."""
        return _INPUT.sub(lambda match: self._reference(match[2], match[3], bool(match[1]), row), template)

    def _reference(self, name: str, part: str | None, of_form: bool, row: int) -> str:
        if of_form and name == "started":
            return self._started_cell
        if of_form:
            return _absolute(*self.form_part(name))
        if part is not None:
            first, last = self._layout.first_row, self._layout.last_row
            rows = {"all": (first, last), "above": (first - 1, row - 1), "prev": (row - 1, row - 1)}[part]
            ends = [self._helper_at(name, one) for one in dict.fromkeys(rows)]
            return ":".join(ends)
        return self._helper_at(name, row) if name in _PARTS else self._input(name, row)

    def _helper_at(self, name: str, row: int) -> str:
        return _absolute(*self.part(name, row)) if name in _PARTS else self.helper(name, row)

    def _input(self, name: str, row: int) -> str:
        in_table = row in self._layout.indicator_rows
        if name == "note" and in_table:
            letters = column_letters(self._layout.note_column)
            return _trimmed(f"INDEX(${letters}:${letters},ROW())")
        if name == "all_objectives":
            return "&".join(self._input("objectives", one) for one in self._layout.objective_rows)
        if name == "objectives":
            letters = column_letters(self._layout.field("purpose").column)
            return _trimmed(f"INDEX(${letters}:${letters},{row})")
        if name in ("carried", "value"):
            return self.helper(name, row)
        if name == "used":
            return self.helper("used", row) if in_table else f"({self._started_cell}=1)"
        if any(column.name == name for column in self._layout.columns):
            return _trimmed(self._cell(name))
        field = self._layout.field(name)
        reference = f"INDEX(${column_letters(field.column)}:${column_letters(field.column)},{field.row})"
        return reference if field.kind == "money" else _trimmed(reference)

    def _cell(self, name: str) -> str:
        letters = column_letters(self._layout.column(name).column)
        return f"INDEX(${letters}:${letters},ROW())"

    def _carried(self, row: int) -> str:
        own = _trimmed(self._cell("level1"))
        above = f'{self.helper("carried", row - 1)}&""' if row > self._layout.first_row else '""'
        return f'=IF({own}="",{above},{own})'

    def _used(self, row: int) -> str:
        return f'=IFERROR({_trimmed(self._all_inputs(row))}<>"",TRUE)'

    def _all_inputs(self, row: int) -> str:
        """Everything typed in the printed part of a row, joined."""
        if row in self._layout.indicator_rows:
            columns = [column.column for column in self._layout.columns if column.name != "weight" or self._weighted]
        else:
            areas = (area for area in self._layout.inputs() if area[0] == row)
            columns = [left for _, left, _, _ in areas if left < self._layout.hint_column]
        return "&".join(f"INDEX(${column_letters(column)}:${column_letters(column)},ROW())" for column in columns)

    def _started(self) -> str:
        top, bottom = self.helper("used", 2), self.helper("used", self._layout.last_row)
        return f"=IF(COUNTIF({top}:{bottom},TRUE)>0,1,0)"

    @property
    def _started_cell(self) -> str:
        return self.helper("used", 1)

    @property
    def _form_key(self) -> str:
        return f"${column_letters(self._layout.identity_column)}${self._layout.identity_row('key')}"

    @property
    def _amount_cells(self) -> tuple[tuple[int, int], ...]:
        total = self._layout.field(AMOUNTS[0])
        return self._layout.watched(total.row, total.column)

    def _joined_amounts(self) -> str:
        return '&"|"&'.join(
            f"INDEX(${column_letters(column)}:${column_letters(column)},{row})" for row, column in self._amount_cells
        )

    def _grid_column(self, column: int) -> int:
        return self._layout.helper_column + len(_HELPERS) + column - 1

    def _returned(self, row: int) -> str:
        # NOW() makes the cell volatile: Excel and LibreOffice then compute it when they open a returned file, though
        # only the part of 校验结果 changed since they computed the form last.
        return f'=IF(NOW()>0,IF(校验_条数=0,0,COUNTIF(校验_行键,{self._form_key}&"!"&ROW())),0)'

    def _state(self, row: int, column: int) -> str:
        here = f"INDEX(${column_letters(column)}:${column_letters(column)},ROW())"
        current = self._joined_amounts() if (row, column) in self._amount_cells else here
        place = f'MATCH({self._form_key}&"!{column_letters(column)}{row}",校验_格键,0)'
        return (
            f"=IF({self.helper('returned', row)}=0,0,IF(ISNA({place}),0,"
            f"IF(EXACT(INDEX(校验_原值,{place}),{current}),1,2)))"
        )

    def _states(self, row: int) -> str:
        first, last = self._grid_column(self._grid_columns[0]), self._grid_column(self._grid_columns[-1])
        return f"${column_letters(first)}${row}:${column_letters(last)}${row}"

    def _state_count(self, state: int) -> str:
        first, last = self._grid_column(self._grid_columns[0]), self._grid_column(self._grid_columns[-1])
        return f"COUNTIF(${column_letters(first)}$2:${column_letters(last)}${self._layout.last_row},{state})"

    def _count(self, prefix: str) -> str:
        first, last = column_letters(self._first_slot), column_letters(self.last_helper_column)
        return f'COUNTIF(${first}$2:${last}${self._layout.last_row},"{prefix}*")'

    def _returned_hint(self, rows: list[int]) -> str:
        texts = []
        for row in rows:
            states = self._states(row)
            message = f'INDEX(校验_行提示,MATCH({self._form_key}&"!{row}",校验_行键,0))'
            texts.append(
                f"IF({self.helper('returned', row)}=0,\"\",IF(COUNTIF({states},1)>0,"
                f'IF(COUNTIF({states},2)>0,"【已改 "&COUNTIF({states},2)&" 处】","")&"{RETURNED}"&{message},"{CHANGED}"))'
            )
        return "&".join(texts)

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


def _trimmed(reference: str) -> str:
    """The text without the white space that people can't see: ideographic and no-break spaces too."""
    return f'TRIM(SUBSTITUTE(SUBSTITUTE({reference},"\u3000"," "),"\u00a0"," "))'
