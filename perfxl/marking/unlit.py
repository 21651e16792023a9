"""Which wrong cells the form can't light itself, so that the overlay must."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from perfxl.form import TargetForm
from perfxl.intake.grid import Workbook
from perfxl.issue import At, Issue, Severity
from perfxl.layout import LAYOUTS
from perfxl.marking.entries import form_of, keys_of
from perfxl.marking.overlay import Light
from perfxl.tampering import self_lighting


def unlit(issues: Iterable[Issue], forms: Sequence[TargetForm], book: Workbook, *, listed: bool) -> tuple[Light, ...]:
    """The cells of errors and warnings that no conditional format of the form lights.

    Args:
        listed: the workbook has a 校验结果 of ours, which then holds these issues; what belongs to no form of it (such as
            a remark on the sheet as a whole) is only listed.  Without one, every cell named is lit.
    """
    found: list[Light] = []
    areas: dict[str, list[tuple[int, int, int, int]]] = {}
    sheets = {sheet.name for sheet in book.sheets}
    for issue in issues:
        form, at = form_of(issue, forms), issue.at
        if issue.severity is Severity.INFO or not isinstance(at, At) or at.sheet not in sheets:
            continue
        if listed:
            if form is None or form.sheet != at.sheet:
                continue
            if at.sheet not in areas:
                areas[at.sheet] = self_lighting(book, at.sheet) if _bears_its_key(form, book) else []
            inside = any(
                top <= at.row <= end and left <= at.column <= right for top, left, end, right in areas[at.sheet]
            )
            if inside and keys_of(issue, forms, book) is not None:
                continue
        layout = LAYOUTS.get(form.layout) if form is not None and form.sheet == at.sheet else None
        watched = layout.watched(at.row, at.column) if layout is not None else ((at.row, at.column),)
        found.append(Light(at, issue.severity, watched))
    return tuple(found)


def _bears_its_key(form: TargetForm, book: Workbook) -> bool:
    """The sheet looks up the form's own key; a copied sheet looks up that of its original."""
    layout = LAYOUTS.get(form.layout)
    if layout is None:
        return False
    return book.grid(form.sheet).text(layout.identity_row("key"), layout.identity_column) == form.key
