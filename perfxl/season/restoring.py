"""The contents of a form in a workbook that can't carry marks (.xls, .et, .ods, lost 校验结果), in a fresh template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from perfxl.errors import UnreadableFile
from perfxl.form import Budget, Entry, Indicator, TargetForm
from perfxl.intake.limits import Limits
from perfxl.intake.package import read_file
from perfxl.issue import At, Issue, Severity
from perfxl.layout import LATEST, LAYOUTS
from perfxl.reading import read_package
from perfxl.season.handout import LOCKED
from perfxl.template import Issuance, build, save
from perfxl.vocabulary import DEFAULT_EDITION, editions

__all__ = ["Restored", "restore", "restored"]


@dataclass(frozen=True, slots=True)
class Restored:
    """A fresh workbook with what stood in another.

    Attributes:
        content: the .xlsx package.
        before: the forms as they stood.
        forms: the same forms in ``content``, in the same order.
        told: what is to be known of the old workbook: sheets that could not be taken over, values in doubt (S07).
    """

    content: bytes
    before: tuple[TargetForm, ...]
    forms: tuple[TargetForm, ...]
    told: tuple[Issue, ...]

    def moved(self, issue: Issue) -> Issue:
        """A finding of the old workbook at its place in the new one; without a cell where there is no such place."""
        pairs = zip(self.before, self.forms, strict=True)
        old, new = next((pair for pair in pairs if _concerns(issue, pair[0])), (None, None))
        if old is None or new is None:
            return replace(issue, form=None, at=None)
        at = issue.at
        if isinstance(at, At):
            row, column = LAYOUTS.get(old.layout, LATEST).original(at.row, at.column)
            at = At(new.sheet, _rows(old, new).get(at.row, row), column)
        return replace(issue, form=new.key, at=at)


def restore(
    path: str | Path, to: str | Path, *, passwords: Sequence[str] = (), limits: Limits | None = None
) -> Restored:
    """Put the contents of a form workbook in any readable format into a fresh template at ``to``.

    Fields, indicators, explanations, notes and the hidden identity are taken over; ``to`` is written whole or not at all.

    Args:
        passwords: to try on an encrypted workbook; the new one has none.
        limits: how much is read of the file before it is refused.

    Raises:
        PathNotFound: there is no such file.
        UnreadableFile: nothing can read it, or there is no form of ours in it.
        CapacityError: it holds more than the template has room for.
        OutputError: ``to`` can't be written.
    """
    source, limits = Path(path), limits or Limits()
    data = read_file(source, source.name, limits.file_bytes)
    result = restored(data, source.name, passwords=passwords, limits=limits)
    save(to, result.content)
    return result


def restored(
    data: bytes,
    name: str,
    *,
    passwords: Sequence[str] = (),
    limits: Limits | None = None,
    deadline: str = "",
    contact: str = "",
) -> Restored:
    """As :func:`restore`, of bytes and without writing.

    A ledger knows a form by its sheet's name, so that stays.

    Args:
        name: what forms and messages call the file.
        deadline, contact: for 填报说明 of the new workbook.
    """
    reading = read_package(data, name, passwords=passwords, limits=limits)
    if not reading.forms:
        first = reading.issues[0]
        raise UnreadableFile(f"{name}：{first.message}。{first.advice}。")
    model = reading.forms[0]
    before = tuple(form for form in reading.forms if _issue_of(form) == _issue_of(model))
    other = (_other_issue(form, name) for form in reading.forms if form not in before)
    known = model.edition if model.edition in editions() else DEFAULT_EDITION
    issuance = Issuance(known or DEFAULT_EDITION, model.year, deadline, contact, model.batch)
    locked = LOCKED if any(form.project_code for form in before) else frozenset[str]()
    contents = [_writable(form) for form in before]
    content = build(issuance, contents, locked=locked, sheet_names=[form.sheet for form in before])
    return Restored(content, before, read_package(content, name).forms, (*reading.issues, *other))


def _issue_of(form: TargetForm) -> tuple[object, ...]:
    """What one workbook says once for all of its forms."""
    return form.edition, form.year, form.batch


def _other_issue(form: TargetForm, name: str) -> Issue:
    message = f"工作表“{form.sheet}”的口径、年度或批次与第一张表不同，放不进同一个工作簿，没有转过去"
    return Issue("S07", Severity.ERROR, message, "请把它单独存成一个工作簿后再转", file=name, at=At(form.sheet, 1, 1))


# -- forms


def _writable(form: TargetForm) -> TargetForm:
    """The form with nothing in it that the builder would pass over: error values and explanations beside nothing.

    A title that is a number is a formula whose text the format's reader could not give: it is made anew.
    """
    changes: dict[str, Any] = _with_explanations(form)
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
    changes["indicators"] = tuple(map(_seen, form.indicators))
    return replace(form, **changes)


def _with_explanations(form: TargetForm) -> dict[str, Any]:
    """``explanations`` at the rows where the objectives will stand, and in ``note`` those that stand beside nothing."""
    layout, new_rows = LAYOUTS.get(form.layout, LATEST), _objective_rows(form)
    indicators = {indicator.row for indicator in form.indicators}
    kept: dict[int, list[str]] = {}
    stray = [form.note.raw or ""] if form.note is not None else []
    for row, text in form.explanations.items():
        if row in new_rows or row < layout.objective_rows.start:
            kept.setdefault(new_rows.get(row, layout.original(row, 1)[0]), []).append(text)
        elif row not in indicators:  # an indicator's own goes where it goes
            stray.append(f"第{row}行：{text}")
    note = form.note
    if note is not None and len(stray) > 1:
        note = Entry(raw="\n".join(filter(None, stray)), at=note.at)
    return {"explanations": {row: "\n".join(texts) for row, texts in kept.items()}, "note": note}


def _objective_rows(form: TargetForm) -> dict[int, int]:
    """Old row → new row of the objectives: one a row from the first, what is beyond the last on that."""
    rows: dict[int, int] = {}
    for position, entry in enumerate(form.objectives):
        if isinstance(entry.at, At):
            new = min(LATEST.objective_rows.start + position, LATEST.objective_rows.stop - 1)
            rows.setdefault(entry.at.row, new)
    return rows


def _seen(indicator: Indicator) -> Indicator:
    names = ("level1", "level2", "level3", "description", "relation", "body", "measure")
    changes: dict[str, Any] = {name: _visible(getattr(indicator, name)) for name in names}
    if indicator.weight is not None:
        changes["weight"] = _visible(indicator.weight)
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
    return _objective_rows(old) | pairs
