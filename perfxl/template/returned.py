"""The formulas of a returned form: what 校验结果 says of a row, and whether it was changed since.

A cell is changed when its content is no longer what was checked (column 原值 of 校验结果); the three amounts count
together, see :meth:`perfxl.layout.Layout.watched`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perfxl.issue import Severity, column_letters
from perfxl.layout import AMOUNTS, Layout

RETURNED = "【退回】"
CHANGED = "【已改待核】"


class ReturnedState:
    """Formulas over 校验结果, through its defined names.

    Args:
        layout: of the form.
        helper: reference to the helper cell of that name (``returned``, ``states``) in a row.
        rows: those that a finding may name.
    """

    def __init__(self, layout: Layout, helper: Callable[[str, int], str], rows: Sequence[int]) -> None:
        self._layout = layout
        self._helper = helper
        self._rows = rows
        self._table = {column.column for column in layout.columns}
        self._key = f"${column_letters(layout.identity_column)}${layout.identity_row('key')}"
        total = layout.field(AMOUNTS[0])
        self._amounts = layout.watched(total.row, total.column)

    def entries(self, row: int) -> str:
        """Helper ``returned``: how many entries there are for the row."""
        # NOW() makes the cell volatile: Excel and LibreOffice then compute it when they open a returned file, though
        # only the part of 校验结果 changed since they computed the form last.
        return f'=IF(NOW()>0,IF(校验_条数=0,0,COUNTIF(校验_行键,{self._key}&"!"&ROW())),0)'

    def states(self, row: int) -> str:
        """Helper ``states``: a digit for each cell, 0 not returned, 1 unchanged since, 2 changed."""
        digits = []
        for column in self._columns(row):
            place = f'MATCH({self._key}&"!{column_letters(column)}{row}",校验_格键,0)'
            current = self._joined_amounts() if (row, column) in self._amounts else _whole(column, "ROW()")
            same = f"IF(EXACT(INDEX(校验_原值,{place}),{current}),1,2)"
            digits.append(f"IF(ISNA({place}),0,IFERROR({same},0))")
        return f'=IF({self._helper("returned", row)}=0,"",{"&".join(digits)})'

    def _columns(self, row: int) -> list[int]:
        """The columns whose cells a finding may name: those of the table, and what is typed in the row's side panel."""
        panel = {field.column for field in self._layout.fields if field.typed and field.row <= row <= field.bottom}
        in_table = row >= self._layout.heading_rows[0]
        return sorted(self._table if in_table else self._table - {self._layout.column("weight").column} | panel)

    def number(self, state: int) -> str:
        """How many cells of the form are in that state."""
        area = f"{self._helper('states', self._rows[0])}:{self._helper('states', self._rows[-1])}"
        return f"SUMPRODUCT({_count(area, state)})"

    def hint(self, rows: Sequence[int]) -> str:
        """What the hint column says of entries for these rows."""
        texts = []
        for row in rows:
            states = self._helper("states", row)
            message = f'INDEX(校验_行提示,MATCH({self._key}&"!{row}",校验_行键,0))'
            changed = f'IF(ISNUMBER(FIND(2,{states})),"【已改 "&({_count(states, 2)})&" 处】","")'
            # A finding at a cell that has no digit (a note, a label) stays until the form is checked again.
            done = f"AND(ISNUMBER(FIND(2,{states})),ISERROR(FIND(1,{states})))"
            texts.append(
                f'IF({self._helper("returned", row)}=0,"",IF({done},"{CHANGED}",{changed}&"{RETURNED}"&{message}&"。"))'
            )
        return "&".join(texts)

    def condition(self, severity: Severity, row: int, column: int) -> str:
        """Conditional format: the cell is listed in 校验结果 and still holds what was checked."""
        last = column_letters(self._layout.fields[-1].right)
        here = f"INDEX($A:${last},ROW(),COLUMN())"
        current = self._joined_amounts() if (row, column) in self._amounts else here
        key = f'{self._key}&"!"&ADDRESS(ROW(),COLUMN(),4)'
        return (
            f'=IF(校验_条数=0,FALSE,IF(COUNTIFS(校验_格键,{key},校验_级别,"{severity.chinese}")=0,FALSE,'
            f"EXACT(INDEX(校验_原值,MATCH({key},校验_格键,0)),{current})))"
        )

    def _joined_amounts(self) -> str:
        return '&"|"&'.join(_whole(column, str(row)) for row, column in self._amounts)


def _whole(column: int, row: str) -> str:
    """A cell's content, by INDEX over its whole column: a cell cut or dragged takes no reference along."""
    return f"INDEX(${column_letters(column)}:${column_letters(column)},{row})"


def _count(states: str, state: int) -> str:
    return f'LEN({states})-LEN(SUBSTITUTE({states},"{state}",""))'
