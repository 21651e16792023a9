"""校验, 下一处, 上一处, 清除标注, 规则说明: what the buttons do with the findings in the workbook in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from perfxl.addin.actions import rule_settings
from perfxl.addin.answer import Answer, Call
from perfxl.addin.excel import calling_book, cautions, folder_of
from perfxl.addin.sheet import Listed, OpenBook, write_listing
from perfxl.errors import InputError
from perfxl.form import TargetForm
from perfxl.issue import At, Issue, Severity
from perfxl.layout import RESULT_SHEET, RESULTS
from perfxl.rules import check

_MOST_TOLD: Final = 5
_NO_RESULTS: Final = (
    f"工作簿里没有由模板生成的“{RESULT_SHEET}”表，所以没有标注。如果给它改过名，请改回“{RESULT_SHEET}”；"
    "否则请换用下发的模板。查到的问题："
)
_NO_FORM: Final = (
    "工作簿“{book}”里没有绩效目标表。请打开用下发的模板填的工作簿，再点这个按钮；空白的表可以用“新建表单”得到。"
)
_NOT_THIS: Final = "当前工作表“{sheet}”不是绩效目标表。这个工作簿里的绩效目标表是：{forms}。请先点到要校验的那张，或用“校验整个工作簿”。"
_NOTHING_LISTED: Final = f"“{RESULT_SHEET}”里没有列出问题。请先点“校验”；如果刚校验过，就是没有发现问题。"
_NO_RULE_HERE: Final = (
    f"这里没有列出的问题。请先点“校验”，再选中一个变红或变橙的单元格，或“{RESULT_SHEET}”里的一行，然后点“规则说明”。"
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The forms that a click is about, why sheets that it is about could not be read, and what was left out."""

    forms: tuple[TargetForm, ...]
    refused: tuple[Issue, ...]
    others: int = 0


def validate_form(call: Call) -> Answer:
    """Check the form in front; where another sheet is in front and the workbook has one form, that one."""
    opened = OpenBook(calling_book())
    return _validated(opened, form_in_front(opened))


def validate_workbook(call: Call) -> Answer:
    """Check every form of the workbook, also against one another."""
    opened = OpenBook(calling_book())
    forms, refused = opened.forms()
    if not forms and not refused:
        raise InputError(_NO_FORM.format(book=opened.book.name))
    return _validated(opened, Chosen(forms, refused))


def form_in_front(opened: OpenBook) -> Chosen:
    """The form that a click on this sheet means.

    Raises:
        InputError: there is none, or it could be any of several.
    """
    forms, refused = opened.forms()
    name = opened.active
    here = tuple(form for form in forms if form.sheet == name)
    why = tuple(issue for issue in refused if isinstance(issue.at, At) and issue.at.sheet == name)
    if here or why:
        return Chosen(here, why, others=len(forms) - len(here))
    if len(forms) == 1:
        sheet = forms[0].sheet
        return Chosen(forms, tuple(one for one in refused if isinstance(one.at, At) and one.at.sheet == sheet))
    if not forms and refused:
        return Chosen((), refused)
    if not forms:
        raise InputError(_NO_FORM.format(book=opened.book.name))
    raise InputError(_NOT_THIS.format(sheet=name, forms="、".join(f"“{form.sheet}”" for form in forms)))


def settings_of(opened: OpenBook) -> Any:
    """The rules' settings for this workbook; the defaults for one that lies in no folder of this computer."""
    folder = folder_of(opened.book)
    return rule_settings(Path(folder)) if folder is not None else None


def found_in(opened: OpenBook, chosen: Chosen) -> tuple[Issue, ...]:
    """What ``perfxl validate`` finds in these forms."""
    return (*chosen.refused, *check(chosen.forms, settings=settings_of(opened)))


def mark(opened: OpenBook, chosen: Chosen, issues: Sequence[Issue]) -> str | None:
    """List the issues in 校验结果, so that the forms light up; gives the list's status, None where there is no such sheet."""
    from perfxl.marking.entries import listing

    results = opened.results
    if results is None:
        return None
    told = listing(issues, chosen.forms, opened)
    write_listing(results, told)
    return told.status


def _validated(opened: OpenBook, chosen: Chosen) -> Answer:
    issues = found_in(opened, chosen)
    status = mark(opened, chosen, issues)
    if status is not None and chosen.forms:
        lines = [status]
    else:
        lines = [_NO_RESULTS] if status is None else []
        lines += [_told(issue) for issue in issues[:_MOST_TOLD]]
        lines += [f"……共 {len(issues)} 处"] if len(issues) > _MOST_TOLD else []
    if not issues and status is None:
        lines.append("没有发现问题。")
    if chosen.others:
        sheet = chosen.forms[0].sheet if chosen.forms else opened.active
        others = f"工作簿里另有 {chosen.others} 张绩效目标表没有校验，要一起校验请用“校验整个工作簿”。"
        lines.append(f"只校验了当前工作表“{sheet}”。{others}")
    elif chosen.forms:
        lines += [_told(issue) for issue in chosen.refused[:_MOST_TOLD]]
    notes = cautions(opened.book)
    grave = any(issue.severity is Severity.ERROR for issue in issues)
    return Answer("warning" if grave or notes or status is None else "info", "\n".join([*lines, *notes]))


def _told(issue: Issue) -> str:
    place = f"{issue.at.a1} " if isinstance(issue.at, At) else ""
    return f"{place}（{'、'.join(issue.codes)}）{issue.message}。{issue.advice}"


def clear_highlights(call: Call) -> Answer:
    """Empty 校验结果; the forms go dark by themselves."""
    from perfxl.marking.entries import NOT_CHECKED, Listing

    opened = OpenBook(calling_book())
    results = opened.results
    if results is None:
        raise InputError(
            f"工作簿里没有由模板生成的“{RESULT_SHEET}”表，没有可以清除的标注。请确认打开的是绩效目标表的工作簿。"
        )
    write_listing(results, Listing(NOT_CHECKED, 0, ()))
    return Answer("status", "已清除标注；填的内容没有改动。")


# -- from one finding to the next


def next_issue(call: Call) -> Answer:
    """Select the next cell that has a finding, in the order of the list; after the last comes the first."""
    return _jump(OpenBook(calling_book()), forward=True)


def previous_issue(call: Call) -> Answer:
    """Select the cell before."""
    return _jump(OpenBook(calling_book()), forward=False)


def _jump(opened: OpenBook, *, forward: bool) -> Answer:
    sheets = [sheet.name for sheet in opened.book.sheets]
    listed = opened.listed()
    places = list(dict.fromkeys(entry.at for entry in listed if entry.at is not None and entry.at.sheet in sheets))
    if not places:
        return Answer("info", _first_without_place(listed) or _NOTHING_LISTED)
    target = places[_following(places, _selected(opened), forward=forward)]
    opened.book.sheets[target.sheet].activate()
    opened.book.sheets[target.sheet].range((target.row, target.column)).select()
    here = [entry for entry in listed if entry.at == target]
    words = "；".join(f"{entry.severity} {entry.message}。{entry.advice}" for entry in here)
    return Answer("status", f"第 {places.index(target) + 1} 处，共 {len(places)} 处　{target.a1}　{words}")


def _following(places: Sequence[At], here: At, *, forward: bool) -> int:
    """The index of the place to go to from a cell that need not be one of them."""
    if here in places:
        return (places.index(here) + (1 if forward else -1)) % len(places)
    on_sheet = [number for number, place in enumerate(places) if place.sheet == here.sheet]
    if forward:
        return next((number for number in on_sheet if places[number] > here), 0)
    return next((number for number in reversed(on_sheet) if places[number] < here), len(places) - 1)


def _selected(opened: OpenBook) -> At:
    """The upper left cell of the selection; A1 where something else than cells is selected."""
    try:
        selection = opened.book.selection
        return At(opened.active, selection.row, selection.column) if selection is not None else At(opened.active, 1, 1)
    except AttributeError:  # a picture or chart has no row
        return At(opened.active, 1, 1)


def _first_without_place(listed: Sequence[Listed]) -> str:
    return "\n".join(f"{entry.severity} {entry.message}。{entry.advice}" for entry in listed[:_MOST_TOLD])


# -- the rule behind a finding


def explain_rule(call: Call) -> Answer:
    """The rule behind the finding at the selected cell, or in the selected row of 校验结果."""
    from perfxl.rules import explain

    opened = OpenBook(calling_book())
    here = _selected(opened)
    listed = opened.listed()
    if here.sheet == RESULT_SHEET:
        number = here.row - RESULTS.first_row
        found = listed[number : number + 1] if number >= 0 else []
    else:
        found = [entry for entry in listed if entry.at == here]
    if not found:
        return Answer("info", _NO_RULE_HERE)
    codes = dict.fromkeys(code for entry in found for code in entry.codes if code)
    return Answer("info", "\n\n".join(explain(code) for code in codes))
