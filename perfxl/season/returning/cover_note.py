"""The cover note of a return: one page as .docx, and the same in a few lines to paste into a message."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perfxl.publish.official import CELL_ABOVE, CELL_SIDE, POINTS_PER_CM, RULE, TEXT_HEIGHT, TEXT_WIDTH, TITLE_FONT
from perfxl.season.returning.official_page import (
    BODY_LINE,
    BODY_POINTS,
    TABLE_LINE,
    TABLE_POINTS,
    TITLE_POINTS,
    OfficialPage,
)
from perfxl.text import display_width

__all__ = ["Line", "Note", "cover_note", "message"]

_TITLE: Final = "关于退回修改《绩效目标表》的通知"
_TITLE_ASKING: Final = "关于确认《绩效目标表》的通知"
_TITLE_HEIGHT, _ROW_PADDING, _CELL_PADDING = 62, 2 * CELL_ABOVE + RULE, 2 * CELL_SIDE
# A reader's font may run wider than ours: so much of the page stays free.
_RESERVE: Final = 30
_MOST_LINES: Final = 12
_CELL_CHARACTERS: Final = 90
_OPINION_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table; ``project`` is a file's name where no form could be read, ``mark`` 仍未改 or 新 or ""."""

    project: str
    cell: str
    problem: str
    advice: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a cover note says.

    Attributes:
        unit: to whom; "" where nobody knows.
        year, batch: of the forms; None and "" where they don't say.
        projects: how many have something to correct.
        errors, warnings: how many of either.
        lines: the findings, gravest first; those that find no room are counted.
        history: what has become of the round before, in sentences; "" in the first.
        opinions: 审核意见 by project, as finance wrote them.
        attached: marked workbooks go with it.
        restored: among them some that were put into a fresh template.
        files: the lines are about files that are no form.
        pending: projects sent in several forms of which the unit has to say which one counts.
        deadline: as it should read; "" for at once.
        contact: whom to ask; issuer and date stand below the note.
    """

    unit: str
    year: int | None
    batch: str
    projects: int
    errors: int
    warnings: int
    lines: tuple[Line, ...]
    history: str = ""
    opinions: tuple[tuple[str, str], ...] = ()
    attached: bool = True
    restored: bool = False
    files: bool = False
    pending: int = 0
    deadline: str = ""
    contact: str = ""
    issuer: str = ""
    date: datetime.date | None = None


def message(note: Note) -> str:
    """The note in a few lines of plain text, ready to paste into a message or mail."""
    attachment = "附件是退回说明和已标出问题的工作簿，" if note.attached else "附件是退回说明，"
    lines = [
        f"{note.unit or '您好'}：",
        _finding(note),
        note.history,
        f"{attachment}{_request(note)}",
        _new_workbook(note),
    ]
    if note.opinions:
        lines.append("审核意见：" + "；".join(_opinion(*each) for each in note.opinions).rstrip("。") + "。")
    if note.contact:
        lines.append(f"有不明白的，请联系{note.contact}。")
    lines.append("".join((note.issuer, "　" if note.issuer and note.date else "", _day(note.date))))
    return "\n".join(line for line in lines if line) + "\n"


def cover_note(note: Note) -> bytes:
    """The note as a .docx file of one page; the same note gives the same bytes."""
    title = _TITLE_ASKING if _only_asks(note) else _TITLE
    page = OfficialPage(title)
    page.paragraph(title, font=TITLE_FONT, points=TITLE_POINTS, align="center", line=32, before=6, after=18)
    page.paragraph(f"{note.unit or '报送单位'}：")
    above = [_finding(note), note.history, _introduction(note)]
    below = [*(f"审核意见：{_opinion(*each)}" for each in note.opinions), _new_workbook(note), _request(note)]
    if note.contact:
        below.append(f"有不明白的，请联系{note.contact}。")
    below = [text for text in below if text]
    signature = [text for text in (note.issuer, _day(note.date)) if text]
    above = [text for text in above if text]
    for text in above:
        page.paragraph(text, indent=True, after=6 if text is above[-1] else 0)
    shown = _fitting(note, [*above, *below], len(signature))
    if shown:
        page.table(_columns(note), [_cells(note, line) for line in shown], joined=not note.files)
    left = len(note.lines) - len(shown)
    if left:
        rest = f"其余{left}处见工作簿里的“校验结果”页。" if note.attached else f"另有{left}处，改好以上各处后再核对。"
        page.paragraph(rest, points=TABLE_POINTS, line=TABLE_LINE + 3)
    for number, text in enumerate(below):
        page.paragraph(text, indent=True, before=8 if number == 0 else 0)
    for number, text in enumerate(signature):
        page.paragraph(text, align="right", before=14 if number == 0 else 0)
    return page.to_bytes()


# -- words


def _finding(note: Note) -> str:
    year = f"{note.year}年" if note.year else ""
    batch = f"（{note.batch}）" if note.batch else ""
    forms = f"{year}《绩效目标表》{batch}"
    if note.files:
        return f"你单位报送的{forms}有{len(note.lines)}个文件不能汇总，现予退回。"
    asked = f"{note.pending}个项目报了几份内容不同的表，不知道以哪一份为准"
    if _only_asks(note):
        return f"你单位报送的{forms}，有{asked}，请确认。"
    counts = [f"错误{note.errors}处，必须修改"] if note.errors else []
    counts += [f"警告{note.warnings}处，请修改，或在“情况说明”栏写明原因"] if note.warnings else []
    said = f"：{'；'.join(counts)}" if counts else ""
    what = "修改" if said or note.opinions else "重新报送"
    also = f"另有{asked}，请确认。" if note.pending else ""
    return f"你单位报送的{forms}已经审核，有{note.projects}个项目需要{what}{said}。{also}"


def _only_asks(note: Note) -> bool:
    """Nothing is wrong but that there are several forms for one project."""
    return bool(note.pending) and not note.projects


def _introduction(note: Note) -> str:
    """What stands above the table."""
    if not note.lines:
        return ""
    if note.files:
        return "原因如下："
    if _only_asks(note):
        return "请确认的项目如下："
    where = "，随附的工作簿里也已逐格标出（红色必须修改，橙色请修改或说明）" if note.attached else ""
    return f"请修改的地方如下{where}："


def _request(note: Note) -> str:
    when = (
        f"于{note.deadline}前"
        if note.deadline and not note.deadline.endswith("前")
        else note.deadline and f"于{note.deadline}"
    )
    if note.files:
        return f"请{when or '尽快'}用下发的模板（.xlsx）填好，重新报送。"
    if _only_asks(note):
        return f"请{when or '尽快'}把要用的那一份的“报送次数”加1，存为.xlsx后只报送这一份。"
    where = "在随附的工作簿里" if note.attached else ""
    return f"请{when or '尽快'}{where}改好，把“报送次数”加1，存为.xlsx后重新报送。"


def _new_workbook(note: Note) -> str:
    if not note.restored:
        return ""
    return "报送的文件不能标注，内容已转到随附的新工作簿（.xlsx），请核对后在新工作簿里改，用它报送。"


def _opinion(project: str, text: str) -> str:
    plain = " ".join(text.split())
    return f"{project}：{_cut(plain, _OPINION_CHARACTERS)}" if project else _cut(plain, _OPINION_CHARACTERS)


def _day(date: datetime.date | None) -> str:
    return f"{date.year}年{date.month}月{date.day}日" if date else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# -- what finds room


def _columns(note: Note) -> tuple[tuple[str, float], ...]:
    """Headings and widths in centimetres."""
    if note.files:
        return (("文件", 4.6), ("问题", 6.4), ("怎样办", 5.0))
    if any(line.mark for line in note.lines):
        return (("项目", 2.7), ("单元格", 2.7), ("问题", 5.0), ("怎样改", 4.1), ("情况", 1.5))
    return (("项目", 3.0), ("单元格", 2.7), ("问题", 5.6), ("怎样改", 4.7))


def _cells(note: Note, line: Line) -> tuple[str, ...]:
    texts = (
        (line.project, line.problem, line.advice)
        if note.files
        else (line.project, line.cell, line.problem, line.advice)
    )
    marks = (line.mark,) if any(one.mark for one in note.lines) and not note.files else ()
    return (*(_cut(" ".join(text.split()), _CELL_CHARACTERS) for text in texts), *marks)


def _lines(text: str, width: float, points: float) -> int:
    """Lines that a text takes in a width of centimetres; a line may end a character early, before a closing mark."""
    room = max(int(width * POINTS_PER_CM / points - 1) * 2, 2)
    return -(-max(display_width(text), 1) // room)


def _fitting(note: Note, paragraphs: Sequence[str], signature: int) -> list[Line]:
    """The first lines, as many as leave the page its end."""
    taken: float = _TITLE_HEIGHT + BODY_LINE * (1 + signature) + _RESERVE
    taken += sum(BODY_LINE * _lines(f"　　{text}", TEXT_WIDTH, BODY_POINTS) for text in paragraphs)
    taken += 2 * (TABLE_LINE + _ROW_PADDING)  # headings, and how many are left
    shown: list[Line] = []
    for line in note.lines[:_MOST_LINES]:
        widths = [width - _CELL_PADDING for _, width in _columns(note)]
        high = max(_lines(text, width, TABLE_POINTS) for text, width in zip(_cells(note, line), widths, strict=True))
        taken += high * TABLE_LINE + _ROW_PADDING
        if taken > TEXT_HEIGHT and shown:
            break
        shown.append(line)
    return shown
