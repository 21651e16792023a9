"""The contents of a form in a workbook that can't carry marks (.xls, .et, .ods, lost 校验结果), in a fresh template."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from perfxl.errors import UnreadableFile
from perfxl.form import Budget, Entry, Indicator, TargetForm
from perfxl.intake.discover import WORKBOOK_SUFFIXES
from perfxl.intake.foreign_cells import foreign_grids
from perfxl.intake.grid import open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.package import read_file
from perfxl.issue import At, Issue
from perfxl.reading import forms_of_grids, read_forms
from perfxl.season.handout import LOCKED
from perfxl.template import Issuance, build, save
from perfxl.vocabulary import DEFAULT_EDITION, editions

__all__ = ["FOREIGN_SUFFIXES", "Restored", "read_foreign", "restore", "restored"]

#: Workbooks that only python-calamine can read.
FOREIGN_SUFFIXES: Final = frozenset((".xls", ".et", ".ods", ".xlsb"))
_ADVICE: Final = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再试；原文件没有改动"


@dataclass(frozen=True, slots=True)
class Restored:
    """A fresh workbook with what stood in another.

    Attributes:
        content: the .xlsx package.
        before: the forms as they stood.
        forms: the same forms in ``content``, in the same order.
        left: sheets that look like forms and could not be taken over (S07).
    """

    content: bytes
    before: tuple[TargetForm, ...]
    forms: tuple[TargetForm, ...]
    left: tuple[Issue, ...]

    def moved(self, issue: Issue) -> Issue:
        """A finding of the old workbook at its place in the new one; without a cell where there is no such place."""
        pairs = zip(self.before, self.forms, strict=True)
        old, new = next((pair for pair in pairs if _concerns(issue, pair[0])), (None, None))
        if old is None or new is None:
            return replace(issue, form=None, at=None)
        at = issue.at
        if isinstance(at, At):
            at = At(new.sheet, _rows(old, new).get(at.row, at.row), at.column)
        return replace(issue, form=new.key, at=at)


def restore(path: str | Path, to: str | Path) -> Restored:
    """Put the contents of a form workbook in any readable format into a fresh template at ``to``.

    Fields, indicators, explanations and the hidden identity are taken over; ``to`` is written whole or not at all.

    Raises:
        PathNotFound: there is no such file.
        UnreadableFile: nothing can read it, or there is no form of ours in it.
        CapacityError: it holds more than the template has room for.
        OutputError: ``to`` can't be written.
    """
    source = Path(path)
    result = restored(source, source.name)
    save(to, result.content)
    return result


def restored(path: Path, name: str, *, deadline: str = "", contact: str = "") -> Restored:
    """As :func:`restore`, without writing; ``name`` is what messages call the file.

    A ledger knows a form by its sheet's name, so that stays.
    """
    before, left = _forms(path, name)
    if not before:
        said = f"{left[0].message}。{left[0].advice}" if left else f"没有找到绩效目标表。{_ADVICE}"
        raise UnreadableFile(f"{name}：{said}。")
    first = before[0]
    known = first.edition if first.edition in editions() else DEFAULT_EDITION
    issuance = Issuance(known or DEFAULT_EDITION, first.year, deadline, contact, first.batch)
    locked = LOCKED if any(form.project_code for form in before) else frozenset[str]()
    contents = [_writable(form) for form in before]
    content = build(issuance, contents, locked=locked, sheet_names=[form.sheet for form in before])
    return Restored(content, before, _read_back(content, path.stem, name), left)


def read_foreign(path: Path, name: str) -> tuple[tuple[TargetForm, ...], tuple[Issue, ...]]:
    """The forms of an .xls, .et, .ods or .xlsb workbook, and why other sheets could not be read as one (S07).

    Raises:
        PathNotFound: there is no such file.
        UnreadableFile: nothing can read it.
    """
    grids = foreign_grids(read_file(path, name, Limits().foreign_bytes), name)
    if isinstance(grids, bytes):  # an OOXML workbook that Excel encrypted without asking for a password
        book = open_workbook(grids, name=name)
        grids = [book.grid(sheet.name) for sheet in book.sheets]
    return forms_of_grids(grids, name)


def _forms(path: Path, name: str) -> tuple[tuple[TargetForm, ...], tuple[Issue, ...]]:
    if path.suffix.lower() in FOREIGN_SUFFIXES & WORKBOOK_SUFFIXES:
        return read_foreign(path, name)
    reading = read_forms(path, source=name)
    return reading.forms, reading.issues


def _read_back(content: bytes, stem: str, name: str) -> tuple[TargetForm, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}.xlsx"
        path.write_bytes(content)
        return read_forms(path, source=name).forms


# -- forms


def _writable(form: TargetForm) -> TargetForm:
    """The form with nothing in it that the builder would pass over: error values and explanations beside no indicator.

    A title that is a number is a formula whose text the format's reader could not give: it is made anew.
    """
    rows = {indicator.row for indicator in form.indicators}
    first = min(rows, default=0)
    stray = [f"第{row}行：{text}" for row, text in form.explanations.items() if row not in rows and row > first > 0]
    note = form.note
    if stray and note is not None:
        note = Entry(raw="\n".join(filter(None, (note.raw, *stray))), at=note.at)
    changes: dict[str, Any] = {"note": note}
    for name in ("title", "project_no", "unit_code", "unit_name", "money_unit", "project", "purpose"):
        changes[name] = _visible(getattr(form, name))
    for name in ("department", "contact", "phone", "submission"):
        entry = getattr(form, name)
        changes[name] = entry if entry is None else _visible(entry)
    if form.title.number is not None or form.title.fault:
        changes["title"] = Entry(raw=None, at=form.title.at)
    budget = form.budget
    changes["budget"] = Budget(
        total=_visible(budget.total), fiscal=_visible(budget.fiscal), other=_visible(budget.other)
    )
    changes["objectives"] = tuple(map(_visible, form.objectives))
    names = ("level1", "level2", "level3", "description", "relation", "body", "measure")
    changes["indicators"] = tuple(_seen(indicator, names) for indicator in form.indicators)
    return replace(form, **changes)


def _seen(indicator: Indicator, names: tuple[str, ...]) -> Indicator:
    changes: dict[str, Any] = {name: _visible(getattr(indicator, name)) for name in names}
    return replace(indicator, **changes)


def _visible(entry: Entry) -> Entry:
    """An error value as text, so that it is still there to be corrected."""
    return Entry(raw=entry.fault, at=entry.at) if entry.fault else entry


def _concerns(issue: Issue, form: TargetForm) -> bool:
    if isinstance(issue.at, At):
        return issue.at.sheet == form.sheet
    return issue.form == form.key


def _rows(old: TargetForm, new: TargetForm) -> dict[int, int]:
    """Old row → new row of the indicators and objectives: blank rows between them are not taken over."""
    pairs = {before.row: after.row for before, after in zip(old.indicators, new.indicators, strict=False)}
    for before, after in zip(old.objectives, new.objectives, strict=False):
        if isinstance(before.at, At) and isinstance(after.at, At):
            pairs.setdefault(before.at.row, after.at.row)
    return pairs
