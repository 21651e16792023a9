"""The published text layout: 绩效目标表 saved from Word as text, read cell by cell.

A line that starts with a TAB is a cell, its text the rest of the line; blank lines part the rows of the table, and may
also stand inside a row; a line without a TAB goes on with the cell above.  Each form is

    title · unit · 单位：万元 · 项目名称 · 预算规模及资金用途 (预算数, 其中：财政资金, 其他资金, purpose) · 绩效目标 ·
    heading of five labels · rows of five cells

Reading is by this order and these labels alone; what the words mean is for the rules.  What has no place in it is
refused with its line: nothing is dropped, nothing guessed.
"""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NoReturn

from perfxl.intake.limits import Limits
from perfxl.intake.package import display, read_file, unreadable
from perfxl.issue import AtLine

_TITLE: Final = re.compile(r"\s*(?:\[bookmark:[^\]]*\])?\s*(?:(?P<number>\d+)\s*[.．、])?(?P<title>.*)", re.DOTALL)
_BOOKMARK: Final = re.compile(r"\s*\[bookmark:[^\]]*\]")
_MONEY: Final = re.compile(r"\s*(?:金额)?单位\s*[:：](?P<unit>.*)", re.DOTALL)
_HEADINGS: Final = ("一级指标", "二级指标", "三级指标", "绩效指标描述", "指标值")
_ADVICE: Final = "请对照公开文本的版式核对这一行，改正后再导入"


@dataclass(frozen=True, slots=True)
class DocumentCell:
    """A cell as typed: its text with all white space (None where nothing was typed) and the line where it starts."""

    text: str | None
    at: AtLine


@dataclass(frozen=True, slots=True)
class DocumentIndicator:
    """A row of the indicator table; ``level1.text`` is None where the cell is blank and carries down from above."""

    level1: DocumentCell
    level2: DocumentCell
    level3: DocumentCell
    description: DocumentCell
    target: DocumentCell


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """One form of a document.

    Attributes:
        project_no: digits before the title, None where it has none.
        title: without that number.
        unit: code and name as they stand together.
        money_unit: what follows 单位：.
        objectives: one cell for each line that is not blank.
    """

    project_no: str | None
    title: DocumentCell
    unit: DocumentCell
    money_unit: DocumentCell
    project: DocumentCell
    total: DocumentCell
    fiscal: DocumentCell
    other: DocumentCell
    purpose: DocumentCell
    objectives: tuple[DocumentCell, ...]
    indicators: tuple[DocumentIndicator, ...]


def read_document(path: str | os.PathLike[str]) -> tuple[DocumentForm, ...]:
    """The forms of a text document (UTF-8, UTF-16 with a mark, or GB 18030), in its order.

    Raises:
        PathNotFound: no such file.
        UnreadableFile: not such a document, empty, or a line that has no place in it; the message tells the line.
    """
    name = display(os.path.basename(os.fspath(path)))
    limits = Limits()
    data = read_file(path, name, limits.file_bytes)
    if len(data) > limits.file_bytes:
        raise unreadable(name, "文件过大，不像绩效目标表文本", "请核对文件")
    text = _decode(data, name)
    if not text.strip():
        raise unreadable(name, "文件是空的", "请核对文件后再导入")
    # Only line ends part lines: splitlines() would also cut at characters that Word leaves inside a paragraph.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not any(_is_title(line) or _compact(line) == _HEADINGS[0] for line in lines):
        raise unreadable(name, "不是公开的绩效目标表文本", "请提供从 Word 另存的纯文本，或改用 .xlsx 工作簿")
    return _Reader(lines, name).forms()


def _decode(data: bytes, name: str) -> str:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise unreadable(name, "不是文本文件，或文字编码无法识别", "请另存为 UTF-8 编码的纯文本后再导入")


def _compact(text: str) -> str:
    """A label for comparison: no white space, full width and half width the same."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _is_title(line: str) -> bool:
    match = _TITLE.fullmatch(line)
    numbered = match is not None and (match["number"] is not None or _BOOKMARK.match(line) is not None)
    return numbered and not line.startswith("\t") and _compact(line).endswith("绩效目标表")


class _Reader:
    """Walks the lines once; ``position`` is the line to read next, counted from 0."""

    def __init__(self, lines: list[str], name: str) -> None:
        self.lines = lines
        self.name = name
        self.position = 0

    def forms(self) -> tuple[DocumentForm, ...]:
        forms: list[DocumentForm] = []
        while self.skip_blank():
            forms.append(self.form())
        return tuple(forms)

    def form(self) -> DocumentForm:
        number, title = self.title()
        unit = self.cell("单位编码和名称")
        money_unit = self.money_unit()
        self.label("项目名称")
        project = self.cell("项目名称")
        self.label("预算规模及资金用途")
        self.label("预算数")
        total = self.cell("预算数")
        self.label("其中:财政资金")
        fiscal = self.cell("财政资金")
        self.label("其他资金")
        other = self.cell("其他资金")
        self.label("")  # the label 预算规模及资金用途 is merged over this row too
        purpose = self.cell("资金用途", several_lines=True)
        self.label("绩效目标")
        objectives = self.objectives()
        for heading in _HEADINGS:
            self.label(heading)
        indicators = self.indicators()
        return DocumentForm(
            number, title, unit, money_unit, project, total, fiscal, other, purpose, objectives, indicators
        )

    # -- lines

    def skip_blank(self) -> bool:
        """Goes past lines without text and TAB; False at the end of the document."""
        while self.position < len(self.lines) and self.blank(self.lines[self.position]):
            self.position += 1
        return self.position < len(self.lines)

    @staticmethod
    def blank(line: str) -> bool:
        return not line.strip() and not line.startswith("\t")

    def at_cell(self) -> bool:
        return self.skip_blank() and self.lines[self.position].startswith("\t")

    def refuse(self, what: str, position: int | None = None) -> NoReturn:
        line = (self.position if position is None else position) + 1
        raise unreadable(self.name, f"第{min(line, len(self.lines))}行：{what}", _ADVICE)

    def cell(self, field: str, several_lines: bool = False) -> DocumentCell:
        """The next cell; lines that go on with it are joined where a field may have several, else refused."""
        if not self.at_cell():
            self.refuse(f"这里应是“{field}”的内容")
        at = AtLine(self.position + 1)
        text = self.lines[self.position][1:]
        if "\t" in text.strip("\t"):
            self.refuse(f"“{field}”的一行里有几个格")
        self.position += 1
        while self.position < len(self.lines) and self.goes_on(self.lines[self.position]):
            if not several_lines:
                if _is_title(self.lines[self.position]):
                    break
                self.refuse(f"“{field}”之后多出一行，不知属于哪一格")
            text += "\n" + self.lines[self.position]
            self.position += 1
        return DocumentCell(text or None, at)

    def goes_on(self, line: str) -> bool:
        return bool(line.strip()) and not line.startswith("\t") and _BOOKMARK.match(line) is None

    def label(self, label: str) -> None:
        if not self.at_cell() or _compact(self.lines[self.position]) != _compact(label):
            self.refuse(f"这里应是“{label}”一格" if label else "“资金用途”之前应有一个空格子")
        self.position += 1

    # -- fields that are more than one cell

    def title(self) -> tuple[str | None, DocumentCell]:
        line = self.lines[self.position]
        match = _TITLE.fullmatch(line)
        if match is None or not _is_title(line):
            self.refuse("这里应是绩效目标表的标题")
        cell = DocumentCell(match["title"], AtLine(self.position + 1))
        self.position += 1
        return match["number"], cell

    def money_unit(self) -> DocumentCell:
        cell = self.cell("单位：万元")
        match = _MONEY.fullmatch(cell.text or "")
        if match is None:
            self.refuse("这里应是“单位：万元”一类的金额单位", cell.at.line - 1)
        return DocumentCell(match["unit"] or None, cell.at)

    def objectives(self) -> tuple[DocumentCell, ...]:
        """All lines up to the heading of the indicator table; one TAB before a line only marks the cell."""
        objectives: list[DocumentCell] = []
        while self.skip_blank():
            line = self.lines[self.position]
            if _BOOKMARK.match(line) or (line.startswith("\t") and _compact(line) == _HEADINGS[0]):
                break
            if line.strip():
                objectives.append(DocumentCell(line.removeprefix("\t"), AtLine(self.position + 1)))
            self.position += 1
        return tuple(objectives)

    def indicators(self) -> tuple[DocumentIndicator, ...]:
        """Rows of five cells.  Every row but the first starts after a blank line: that shows a lost or extra cell."""
        rows: list[DocumentIndicator] = []
        while self.at_cell():
            start = self.position
            if rows and not self.blank(self.lines[start - 1]):
                self.refuse("这里多出一格或上一行缺一格：每个指标应是五格，行与行之间空一行")
            cells: list[DocumentCell] = []
            for heading in _HEADINGS:
                if not self.at_cell():
                    self.refuse(f"从这一行开始的指标不满五格，缺“{heading}”", start)
                cells.append(self.cell(heading))
            rows.append(DocumentIndicator(*cells))
        return tuple(rows)
