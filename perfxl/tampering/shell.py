"""What a sheet of ours has besides its cells (protection, drop-downs, conditional formats), and what was changed of it.

All of it rests on the sheet's part without its cells.  Forms that came of one template and were saved by one program
have the same, byte by byte: it is judged once for all of them.
Format: ECMA-376 Part 1, §18.3.1.99 (CT_Worksheet), §18.3.1.33 (dataValidation), [MS-XLSX] 2.6.3 (x14:dataValidation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Concatenate, Final, ParamSpec, TypeVar
from xml.parsers import expat

from perfxl.intake.cells import Grid, Merge
from perfxl.issue import column_number
from perfxl.layout import AMOUNTS, LAYOUTS

Area = tuple[int, int, int, int]
Cell = tuple[int, int]

_LISTS: Final = {"level1": "一级指标表", "level2": "INDIRECT", "relation": "计算符号表", "measure": "计量单位表"}
_AREA: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_TRUE: Final = ("1", "true", "on")
# What is longer than any template's is worked out each time: memory is kept for forms, not for bombs.
_REMEMBERED_BYTES: Final = 256 * 1024
_REMEMBERED: Final = 16

_More = ParamSpec("_More")
_Result = TypeVar("_Result")


def remembered(function: Callable[Concatenate[bytes, _More], _Result]) -> Callable[Concatenate[bytes, _More], _Result]:
    """The function, its results for the last few contents kept: whoever gets one must not change it.

    What else it is given must not bear on the result.
    """
    kept: dict[bytes, _Result] = {}

    @wraps(function)
    def call(content: bytes, /, *more: _More.args, **named: _More.kwargs) -> _Result:
        if content in kept:
            return kept[content]
        result = function(content, *more, **named)
        if len(content) <= _REMEMBERED_BYTES:
            if len(kept) >= _REMEMBERED:
                kept.clear()
            kept[content] = result
        return result

    return call


@dataclass(slots=True)
class DataCheck:
    """One data validation: its type ("" for none), the first formula, whether wrong input is stopped or asked about."""

    type: str
    told: bool
    formula: str = ""
    areas: list[Area] = field(default_factory=list)


@dataclass(slots=True)
class Shell:
    """What a sheet has besides its cells: its protection, its data validations, the areas that look 校验结果 up."""

    protected: bool = False
    checks: list[DataCheck] = field(default_factory=list)
    looking_up: list[Area] = field(default_factory=list)


def areas(text: str) -> Iterator[Area]:
    """The areas of an ``sqref``: (top, left, bottom, right); what is no area of cells is left out."""
    for one in text.split():
        match = _AREA.fullmatch(one)
        if match is not None:
            left, top, right, bottom = match.groups()
            yield int(top), column_number(left), int(bottom or top), column_number(right or left)


def inside(row: int, column: int, among: list[Area]) -> bool:
    """The cell lies in one of these areas."""
    return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in among)


class _Handlers:
    """Handlers of one pass over a worksheet part without its cells."""

    def __init__(self, facts: Shell) -> None:
        self.facts = facts
        self.path: list[str] = []
        self.text = ""
        self.format_areas: list[Area] = []
        self.format_text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self.path.append(local)
        self.text = ""
        if local == "sheetProtection":
            self.facts.protected = attributes.get("sheet") in _TRUE
        elif local == "conditionalFormatting":
            self.format_areas, self.format_text = list(areas(attributes.get("sqref", ""))), ""
        elif local == "dataValidation":
            kind = attributes.get("type", "none")
            check = DataCheck("" if kind == "none" else kind, attributes.get("showErrorMessage") in _TRUE)
            check.areas += areas(attributes.get("sqref", ""))
            self.facts.checks.append(check)

    def characters(self, data: str) -> None:
        self.text += data

    def end(self, _name: str) -> None:
        local = self.path.pop()
        if "dataValidation" in self.path:
            check = self.facts.checks[-1]
            if local == "sqref":
                check.areas += areas(self.text)
            elif local == "formula1" or (local == "f" and self.path[-1] == "formula1"):
                check.formula = check.formula or self.text
        elif "conditionalFormatting" in self.path:
            self.format_text += self.text
        elif local == "conditionalFormatting" and "校验_格键" in self.format_text:
            self.facts.looking_up += self.format_areas
        self.text = ""


@remembered
def shell_of(shell: bytes) -> Shell:
    """The facts of a worksheet part without its cells.

    Raises:
        ExpatError: it is not well-formed.
    """
    facts = Shell()
    handlers = _Handlers(facts)
    # Read for its cells already, so that it is within the limits and has no DTD.
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handlers.start, handlers.end
    parser.CharacterDataHandler = handlers.characters
    parser.Parse(shell, True)
    return facts


@dataclass(frozen=True, slots=True)
class ShellChanges:
    """What was changed of a form sheet's shell.

    Attributes:
        last_row: of the indicator table, as its drop-downs tell: they grow and shrink with it.
        unchecked: cells whose drop-down or check is gone.
        rechecked: cells whose drop-down or check is another.
        unlit: cells to fill in that no conditional format of ours lights any more; explanations are never lit.
    """

    last_row: int
    unchecked: tuple[Cell, ...]
    rechecked: tuple[Cell, ...]
    unlit: tuple[Cell, ...]


def changes_of(shell: bytes, version: str, merges: tuple[Merge, ...]) -> ShellChanges:
    """The shell of a form sheet of that layout, held against what the template has; errors as :func:`shell_of`."""
    judge = _judged if len(shell) <= _REMEMBERED_BYTES else _judged.__wrapped__
    return judge(shell, version, merges)


@lru_cache(maxsize=_REMEMBERED)
def _judged(shell: bytes, version: str, merges: tuple[Merge, ...]) -> ShellChanges:
    judge = _Judge(shell_of(shell), version, Grid("", {}, merges))
    return ShellChanges(judge.last_row, *map(tuple, (judge.unchecked(), judge.rechecked(), judge.unlit())))


class _Judge:
    def __init__(self, shell: Shell, version: str, grid: Grid) -> None:
        self._shell, self._layout, self._grid = shell, LAYOUTS[version], grid
        self._lists = {name: self._list_checks(name) for name in _LISTS}
        self.last_row = self._bottom_of_lists()

    def _bottom_of_lists(self) -> int:
        bottoms = {max((area[2] for check in checks for area in check), default=0) for checks in self._lists.values()}
        return bottoms.pop() if len(bottoms) == 1 and 0 not in bottoms else self._layout.last_row

    def _list_checks(self, name: str) -> list[list[Area]]:
        """The areas of each list drop-down that reaches the column."""
        column = self._layout.column(name).column
        top = self._layout.first_row
        checks = (check.areas for check in self._shell.checks if check.type == "list")
        return [
            own for each in checks if (own := [one for one in each if one[1] <= column <= one[3] and one[2] >= top])
        ]

    def _checked_cells(self) -> Iterator[tuple[int, int, str]]:
        """Every cell that the template checks: row, column, what its list is called ("" for an amount)."""
        for name, source in _LISTS.items():
            column = self._layout.column(name).column
            for row in range(self._layout.first_row, min(self.last_row, self._layout.last_row) + 1):
                yield row, column, source
        for name in AMOUNTS:
            yield self._layout.field(name).row, self._layout.field(name).column, ""

    def unchecked(self) -> Iterable[Cell]:
        every = [area for check in self._shell.checks for area in check.areas]
        lists = [area for check in self._shell.checks if check.type for area in check.areas]
        return sorted(
            (row, column)
            for row, column, source in self._checked_cells()
            if not inside(row, column, lists if source else every)
        )

    def rechecked(self) -> Iterable[Cell]:
        typed = [check for check in self._shell.checks if check.type]
        every = [area for check in typed for area in check.areas]
        right = {source: _as_issued(typed, source) for source in (*_LISTS.values(), "")}
        return sorted(
            (row, column)
            for row, column, source in self._checked_cells()
            if inside(row, column, every) and not inside(row, column, right[source])
        )

    def unlit(self) -> Iterable[Cell]:
        layout, lit = self._layout, self._shell.looking_up
        last = layout.column("measure").column
        for top, left, bottom, right in layout.inputs():
            if left == layout.note_column:
                continue
            end = min(bottom, self.last_row) if top == layout.first_row else bottom
            for row in range(top, end + 1):
                for column in range(left, (min(right, last) if left == 1 else right) + 1):
                    if self._grid.anchor(row, column) == (row, column) and not inside(row, column, lit):
                        yield row, column


def _as_issued(checks: Iterable[DataCheck], source: str) -> list[Area]:
    """Where the checks stand that are as the template has them: a list from that source, or a number for ``""``."""
    same = (check for check in checks if check.told)
    if source:
        return [area for check in same if check.type == "list" and source in check.formula for area in check.areas]
    return [area for check in same if check.type == "decimal" for area in check.areas]
