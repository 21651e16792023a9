"""一键修正 and 撤销修正: what has one safe answer, put into the open form, and taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perfxl.addin.answer import Answer, Call
from perfxl.addin.checking import Chosen, form_in_front, found_in, mark, settings_of
from perfxl.addin.excel import calling_book, cautions
from perfxl.addin.fixes import Changed, Record, forget, keep, kept
from perfxl.addin.sheet import OpenBook, put_text
from perfxl.issue import At
from perfxl.repair import repairs_of

_MOST_TOLD: Final = 10
_NOTHING: Final = "没有可以自动修正的地方：没有只有一种改法的毛病。其余问题请按“校验结果”里的建议修改。"
_NOTHING_KEPT: Final = (
    "没有可以撤销的修正：这个工作簿没有用过“一键修正”，或已经撤销过，或改过的单元格后来又改了。没有改动任何内容。"
)


def fix_form(call: Call) -> Answer:
    """Show what would be changed in the form in front, and ask."""
    opened = OpenBook(calling_book())
    changes = _changes(opened, form_in_front(opened))
    if not changes:
        return Answer("info", _NOTHING)
    lines = [f"可以自动修正 {len(changes)} 格（只改有把握的，意思不变）：", *_shown(changes)]
    return Answer("ask", "\n".join([*lines, "", "现在修正吗？改后可以用“撤销修正”恢复。"]), then="apply_fixes")


def apply_fixes(call: Call) -> Answer:
    """Change these cells, after their texts were put on record, and check anew."""
    opened = OpenBook(calling_book())
    chosen = form_in_front(opened)
    changes = _changes(opened, chosen)
    if not changes:
        return Answer("info", _NOTHING)
    keep(_name(opened), chosen.forms[0].key, changes)
    refused = [change for change in changes if not _put(opened, change.at, change.after)]
    again = OpenBook(opened.book)
    renewed = form_in_front(again)
    status = mark(again, renewed, found_in(again, renewed))
    lines = [f"已修正 {len(changes) - len(refused)} 格。要恢复请点“撤销修正”。"]
    if refused:
        lines += [f"{len(refused)} 格 Excel 不让改，请自己改：", *_shown(refused)]
    lines += [status] if status else []
    notes = cautions(opened.book)
    return Answer("warning" if refused or notes else "info", "\n".join([*lines, *notes]))


def undo_fixes(call: Call) -> Answer:
    """Put back what stood in the cells before the latest correction; what was typed there since stays."""
    opened = OpenBook(calling_book())
    forms, _ = opened.forms()
    for record in kept(_name(opened), [form.key for form in forms]):
        back = [change for change in record.cells if _holds(opened, change)]
        if not back or (record.book != _name(opened) and len(back) < len(record.cells)):
            continue
        return _undone(opened, record, back)
    return Answer("info", _NOTHING_KEPT)


def _undone(opened: OpenBook, record: Record, back: Sequence[Changed]) -> Answer:
    refused = [change for change in back if not _put(opened, change.at, change.before)]
    if not refused:
        forget(record)
    lines = [f"已恢复 {len(back) - len(refused)} 格为修正前的内容。请再点一次“校验”。"]
    since = len(record.cells) - len(back)
    if since:
        lines.append(f"{since} 格在修正之后又改过，没有动。")
    if refused:
        lines += [f"{len(refused)} 格 Excel 不让改，请自己改回：", *_shown([_reversed(change) for change in refused])]
    return Answer("warning" if refused else "info", "\n".join(lines))


def _changes(opened: OpenBook, chosen: Chosen) -> list[Changed]:
    """Every cell that safe repairs change, with its whole text before and after; formulas and numbers are left alone."""
    texts: dict[At, str] = {}
    for form in chosen.forms:
        cells, _ = repairs_of(form, settings=settings_of(opened))
        for cell in cells:
            at, grid = cell.at, opened.grid(cell.at.sheet)
            before = grid.cells.get((at.row, at.column))
            if grid.anchor(at.row, at.column) == (at.row, at.column) and isinstance(before, str):
                texts[at] = cell.put_into(texts.get(at, before))
    changes = []
    for at, after in texts.items():
        before = opened.grid(at.sheet).cells[at.row, at.column]
        formula = opened.book.sheets[at.sheet].range((at.row, at.column)).formula
        if isinstance(before, str) and before != after and (not str(formula).startswith("=") or formula == before):
            changes.append(Changed(at.sheet, at.a1, before, after))
    return changes


def _put(opened: OpenBook, at: At, text: str) -> bool:
    try:
        return put_text(opened.book.sheets[at.sheet], at, text)
    except Exception:  # pasting may have brought a locked cell into the form; the others can be changed all the same
        return False


def _holds(opened: OpenBook, change: Changed) -> bool:
    """The cell holds what the correction put there."""
    if change.sheet not in [sheet.name for sheet in opened.book.sheets]:
        return False
    return opened.grid(change.sheet).cells.get((change.at.row, change.at.column)) == change.after


def _name(opened: OpenBook) -> str:
    """The workbook's name with its folder, as far as Excel can tell it."""
    try:
        return str(opened.book.fullname)
    except Exception:  # xlwings raises where it can't tell the local folder of a file on OneDrive
        return str(opened.book.name)


def _shown(changes: Sequence[Changed]) -> list[str]:
    lines = [f"  {change.cell}　“{change.before}” → “{change.after}”" for change in changes[:_MOST_TOLD]]
    more = len(changes) - _MOST_TOLD
    return lines + ([f"  ……另有 {more} 格"] if more > 0 else [])


def _reversed(change: Changed) -> Changed:
    return Changed(change.sheet, change.cell, change.after, change.before)
