"""The report as text: one block a file, fit to be pasted into a message to the unit that sent it.

■ 99_社保卡.xlsx
【社保卡制卡工本费】353302 天津市社会保险基金管理中心
错误 1 处，必须修改：
  F19（A05、A04）单位疑似错位：改为“元”后与预算差 6.05 元。
    → 改金额单位
警告 3 处，请修改，或在“情况说明”栏说明：
  V01 “…”缺符号，不知是达到还是不超过，共 3 处：F17“469483张”、F18“100百分比”、F20“12份”
    → 数量、质量补≥或=，成本补≤
提示 13 处：N01 多余空白 3 处、V03 单位别名 10 处
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from perfxl.issue import At, AtLine, AtTable, Issue, Severity
from perfxl.report.checked import Checked, Status
from perfxl.text import encodable

_HEADINGS: Final = {
    Severity.ERROR: "错误 {} 处，必须修改：",
    Severity.WARNING: "警告 {} 处，请修改，或在“情况说明”栏说明：",
    Severity.INFO: "提示 {} 处，供参考：",
}
_WHOLE_FILE: Final = "整个文件"
_WHOLE_FORM: Final = "整张表"
_QUOTE: Final = re.compile(r"“([^“”]*)”")
_LEFT_OUT: Final = "“…”"
_QUOTE_CHARACTERS: Final = 24
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_GIST_CHARACTERS = 16


def as_text(files: Iterable[Checked], *, show_infos: bool = False, titles: Mapping[str, str] | None = None) -> str:
    """The report, ending with a line of totals and a line break.

    Args:
        show_infos: list infos one by one; else they are only counted by rule.
        titles: the rules' Chinese titles by code, for those counts.
    """
    every = list(files)
    blocks = ["\n".join(_block(checked, show_infos, titles or {})) for checked in every]
    # Plain text even if a file name is no proper Unicode.
    return encodable("\n\n".join([*blocks, _totals(every)])) + "\n"


def _block(checked: Checked, show_infos: bool, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"■ {_line(checked.file)}"
    if checked.reading is None:
        # The sentence names the file itself, for where it stands alone.
        yield f"读不了：{_line(checked.error).removeprefix(f'{PurePath(checked.file).name}：')}"
        return
    forms = checked.reading.forms
    keys = {form.key for form in forms}
    of_file = [issue for issue in checked.issues if issue.form not in keys]
    if checked.status is Status.REJECTED:
        yield "不能作为绩效目标表读取，已退回："
        yield from _items(of_file, "")
        return
    yield from _sections(of_file, "", show_infos, titles)
    for form in forms:
        own = [issue for issue in checked.issues if issue.form == form.key]
        yield f"【{_line(form.name)}】{_line(form.unit_code.text)} {_line(form.unit_name.text)}".rstrip()
        if own:
            yield from _sections(own, form.sheet, show_infos, titles)
        else:
            yield "没有发现问题。"


def _sections(issues: Sequence[Issue], sheet: str, show_infos: bool, titles: Mapping[str, str]) -> Iterator[str]:
    for severity, heading in _HEADINGS.items():
        some = [issue for issue in issues if issue.severity is severity and not issue.ignored]
        if not some:
            continue
        if severity is Severity.INFO and not show_infos:
            yield f"提示 {len(some)} 处：{_counts(some, titles)}"
            continue
        yield heading.format(len(some))
        yield from _items(some, sheet)
    passed_over = [issue for issue in issues if issue.ignored]
    if passed_over:
        yield f"按设置不计 {len(passed_over)} 处："
        yield from (
            f"  {_place(issue, sheet)}（{'、'.join(issue.codes)}）{_line(issue.ignored)}" for issue in passed_over
        )


def _counts(issues: Sequence[Issue], titles: Mapping[str, str]) -> str:
    """Infos by rule: code, what it is about, how many.

    Where all of a rule's infos say the same in a few words, that is told instead of the rule's title: a rule of grave
    findings may have mild ones, such as A01 for 其他资金 left blank.
    """
    by_code: dict[str, list[str]] = {}
    for issue in issues:
        by_code.setdefault(issue.code, []).append(issue.message)
    told = []
    for code, messages in sorted(by_code.items()):
        gist = _line(messages[0]).partition("，")[0]
        short = len(set(messages)) == 1 and len(gist) <= _GIST_CHARACTERS
        about = gist if short else titles.get(code, "")
        told.append(f"{f'{code} {about}'.strip()} {len(messages)} 处")
    return "；".join(told)


def _items(issues: Sequence[Issue], sheet: str) -> Iterator[str]:
    """Each finding with its advice; those that differ in nothing but the cell and what they quote share an item."""
    alike: dict[tuple[object, ...], list[Issue]] = {}
    for issue in issues:
        message, advice = _masked(issue, _quotes(issue))
        alike.setdefault((issue.codes, message, advice, issue.explanation), []).append(issue)
    for same in alike.values():
        first = same[0]
        codes = "、".join(first.codes)
        if len(same) == 1:
            message, advice = first.message, first.advice
            yield f"  {_place(first, sheet)}（{codes}）{_line(message)}"
        else:
            columns = [column for column in zip(*map(_quotes, same), strict=True) if len(set(column)) > 1]
            message, advice = _masked(first, [column[0] for column in columns])
            cells = [
                _place(issue, sheet) + "".join(f"“{_short(column[number])}”" for column in columns)
                for number, issue in enumerate(same)
            ]
            yield f"  {codes} {_line(message)}，共 {len(same)} 处：{'、'.join(cells)}"
        if advice:
            yield f"    → {_line(advice)}"
        if first.explained:
            yield f"    已说明：{_line(first.explanation)}"


def _quotes(issue: Issue) -> list[str]:
    """What the message quotes, in order: names, values."""
    return _QUOTE.findall(issue.message)


def _masked(issue: Issue, quotes: Iterable[str]) -> tuple[str, str]:
    """Message and advice with these quotes left out."""
    message, advice = issue.message, issue.advice
    for quote in quotes:
        message = message.replace(f"“{quote}”", _LEFT_OUT)
        advice = advice.replace(f"“{quote}”", _LEFT_OUT)
    return message, advice


def _short(text: str) -> str:
    text = _line(text)
    return text if len(text) <= _QUOTE_CHARACTERS else text[: _QUOTE_CHARACTERS - 1] + "…"


def _place(issue: Issue, sheet: str) -> str:
    """A cell by its address, with the sheet's name only where it isn't the form's."""
    at = issue.at
    if isinstance(at, (AtLine, AtTable)):
        return str(at)
    if not isinstance(at, At):
        return _WHOLE_FILE if issue.form is None else _WHOLE_FORM
    return at.a1 if at.sheet == sheet else _line(str(at))


def _line(text: str) -> str:
    """Text from outside on one line; what could steer a terminal or turn the line around is dropped."""
    return _CONTROL.sub("", " ".join(text.split()))


def _totals(files: Sequence[Checked]) -> str:
    forms = [form for checked in files if checked.reading is not None for form in checked.reading.forms]
    errors, warnings, infos = (sum(checked.count(severity) for checked in files) for severity in Severity)
    text = f"合计：{len(files)} 个文件，{len(forms)} 张表；错误 {errors} 处，警告 {warnings} 处，提示 {infos} 处"
    for status, said in ((Status.REJECTED, "不是绩效目标表"), (Status.UNREADABLE, "读不了")):
        if count := sum(checked.status is status for checked in files):
            text += f"；{count} 个文件{said}"
    return text + "。"
