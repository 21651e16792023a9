"""From issues to the rows of 校验结果: what people read, and the hidden keys that the form looks itself up by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from perfxl.form import TargetForm
from perfxl.intake.cells import CellError, CellValue, Grid, Uncomputed, joined_text
from perfxl.intake.number import Number
from perfxl.issue import At, Issue, Severity
from perfxl.layout import LAYOUTS, RESULTS
from perfxl.rules import catalogue

Content = str | Decimal | int | None

NOT_CHECKED: Final = "尚未校验。"
_HINT_CHARACTERS: Final = 250
_CELL_CHARACTERS: Final = 32_767


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of 校验结果; ``cells`` by the names of :data:`perfxl.layout.RESULTS`, None where a cell stays blank.

    ``at`` is the cell to link to, None where the issue has none.
    """

    cells: dict[str, Content]
    at: At | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What 校验结果 shall hold: the status line, the number of entries that the form looks up, the entries."""

    status: str
    keyed: int
    entries: tuple[Entry, ...]


class Grids(Protocol):
    """All that the list asks of a workbook, be it a file's or one open in Excel."""

    def grid(self, name: str, /) -> Grid:
        """The sheet of that name."""
        ...


def listing(issues: Iterable[Issue], forms: Sequence[TargetForm], book: Grids) -> Listing:
    """The list for one workbook: by form, then place (form-wide findings first), then severity.

    Where there are more issues than rows, the gravest stay and the status says how many are left out.
    """
    order = {(form.key, form.sheet): number for number, form in enumerate(forms)}
    ranked = sorted(issues, key=lambda issue: _order(issue, forms, order))
    room = set(sorted(range(len(ranked)), key=lambda number: ranked[number].severity.rank)[: RESULTS.rows])
    kept = [issue for number, issue in enumerate(ranked) if number in room]
    keys = [keys_of(issue, forms, book) for issue in kept]
    hints = _row_hints(kept, keys)
    entries = [_entry(number, issue, key, hints) for number, (issue, key) in enumerate(zip(kept, keys, strict=True), 1)]
    return Listing(
        status=_status(ranked, left_out=len(ranked) - len(kept)),
        keyed=sum(key is not None for key in keys),
        entries=tuple(entries),
    )


def _order(
    issue: Issue, forms: Sequence[TargetForm], order: dict[tuple[str, str], int]
) -> tuple[int, int, int, int, str]:
    at = issue.at if isinstance(issue.at, At) else None
    form = form_of(issue, forms)
    number = order[form.key, form.sheet] if form is not None else -1
    return number, at.row if at else 0, at.column if at else 0, issue.severity.rank, issue.code


def form_of(issue: Issue, forms: Sequence[TargetForm]) -> TargetForm | None:
    """The form an issue belongs to; of several with the same key (a copied sheet), the one whose sheet it names."""
    same = [form for form in forms if form.key == issue.form]
    if isinstance(issue.at, At):
        sheet = issue.at.sheet
        same = [form for form in same if form.sheet == sheet] or same
    return same[0] if same else None


def _entry(number: int, issue: Issue, key: _Keys | None, hints: dict[str, str]) -> Entry:
    at = issue.at if isinstance(issue.at, At) else None
    cells: dict[str, Content] = {
        "number": number,
        "sheet": at.sheet if at else None,
        "cell": at.a1 if at else None,
        "severity": issue.severity.chinese,
        "code": "、".join(issue.codes),
        "message": issue.message,
        "advice": issue.advice,
        "value": issue.value,
        "explanation": issue.explanation or None,
    }
    if key is not None:
        cells |= {"form_key": key.form, "cell_key": key.cell, "row_key": key.row, "compared": key.compared}
        # The form finds the row's first entry only; popping leaves the later ones without.
        cells["row_hint"] = hints.pop(key.row, None)
    return Entry(cells, at)


# -- keys: how the form's own formulas find an entry, and tell whether its cell is unchanged


@dataclass(frozen=True, slots=True)
class _Keys:
    form: str
    cell: str
    row: str
    compared: Content


def keys_of(issue: Issue, forms: Sequence[TargetForm], book: Grids) -> _Keys | None:
    """Keys of an error or warning at a cell of its form; None for what can't light up.

    An info is only listed.  A cell that holds an error value compares with nothing, so it has no keys either: it is lit
    by the overlay (:mod:`perfxl.marking.unlit`).
    """
    form, at = form_of(issue, forms), issue.at
    if issue.severity is Severity.INFO or form is None or not form.key or not isinstance(at, At):
        return None
    if at.sheet != form.sheet or form.layout not in LAYOUTS:
        return None
    watched = LAYOUTS[form.layout].watched(at.row, at.column)
    values = [book.grid(form.sheet).value(row, column) for row, column in watched]
    if any(isinstance(value, (CellError, Uncomputed)) for value in values):
        return None
    compared = _compared(values)
    if isinstance(compared, str) and len(compared) > _CELL_CHARACTERS:
        return None
    return _Keys(form.key, f"{form.key}!{at.a1}", f"{form.key}!{at.row}", compared)


def _compared(values: Sequence[CellValue]) -> Content:
    """What the form's formula gives for these cells as long as they are unchanged.

    One cell gives its own value with its type; the three amounts are joined with ``|``, numbers as the operator ``&``
    writes them (General, 15 significant digits).  The formulas stand in :mod:`perfxl.template.live`.
    """
    if len(values) == 1:
        value = values[0]
        return value.value if isinstance(value, Number) else joined_text(value) or None
    return "|".join(map(joined_text, values))


def _row_hints(issues: Sequence[Issue], keys: Sequence[_Keys | None]) -> dict[str, str]:
    """By row key: everything that is wrong in the row, in one text short enough for the hint column.

    What must be corrected comes first, and the word for it once; by that word the hint column takes its colour.
    The full message stands in the list; beside the row itself the mistake's name and the advice are enough.
    """
    titles = {rule.code: rule.title for rule in catalogue()}
    said: dict[str, dict[str, Severity]] = {}
    for issue, key in zip(issues, keys, strict=True):
        if key is not None:
            mistake = f"{'、'.join(issue.codes)} {titles.get(issue.code, issue.message)}"
            said.setdefault(key.row, {}).setdefault(f"{mistake}：{issue.advice}", issue.severity)
    return {row: _cut(_asked(texts)) for row, texts in said.items()}


def _asked(said: dict[str, Severity]) -> list[str]:
    """The gravest first, each kind opened by what is asked: 必改 …；…；建议 …；…"""
    texts = []
    for severity in Severity:
        same = [text for text, its in said.items() if its is severity]
        texts += [f"{severity.asked} {same[0]}", *same[1:]] if same else []
    return texts


def _cut(texts: list[str]) -> str:
    joined = "；".join(texts)
    if len(joined) <= _HINT_CHARACTERS:
        return joined
    ending = f"……等{len(texts)}处"
    return joined[: _HINT_CHARACTERS - len(ending)] + ending


def _status(issues: Sequence[Issue], left_out: int) -> str:
    count = {severity: sum(issue.severity is severity for issue in issues) for severity in Severity}
    errors, warnings, infos = count[Severity.ERROR], count[Severity.WARNING], count[Severity.INFO]
    if errors or warnings:
        status = f"本次校验：错误 {errors} 处，警告 {warnings} 处，提示 {infos} 处。"
        status += "红色必须修改，橙色请修改或在“情况说明”栏说明。"
    elif infos:
        status = f"校验通过：没有错误和警告。另有提示 {infos} 处，供参考。"
    else:
        status = "校验通过：没有发现问题。"
    return status + (f"另有 {left_out} 条列不下，改完后请再校验一次。" if left_out else "")
