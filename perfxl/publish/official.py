"""The look of an official Chinese document, and the layout of a published 绩效目标表: every font, size and width.

Fonts, sizes and page after GB/T 9704-2012 (公文格式); the table after the forms that 天津 published in 2023.  Lengths are in
centimetres, sizes and line heights in points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from perfxl.layout import LATEST, OBJECTIVES_LABEL, VALUE_HEADING

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋_GB2312"
HEAD_FONT: Final = "黑体"
#: What stands in for a font where it is not installed (w:altName, ECMA-376 Part 1 §17.8.3.1).
STAND_INS: Final = {TITLE_FONT: "宋体", BODY_FONT: "仿宋", HEAD_FONT: "SimHei"}

PAGE: Final = (21.0, 29.7)
MARGINS: Final = {"top": 2.4, "bottom": 2.0, "left": 2.6, "right": 2.4}
POINTS_PER_CM: Final = 28.35
TEXT_WIDTH: Final = PAGE[0] - MARGINS["left"] - MARGINS["right"]
TEXT_HEIGHT: Final = (PAGE[1] - MARGINS["top"] - MARGINS["bottom"]) * POINTS_PER_CM


@dataclass(frozen=True, slots=True)
class Style:
    """A kind of paragraph.

    Attributes:
        id, name: as the document knows it; the names of Word's own styles are English (heading 1, toc 1).
        line: height of a line, exactly so much whatever the font, so that stand-ins move nothing.
        indent: of all lines, in centimetres.
        first_line: how far the first line is set in besides, in points.
        outline: level among the headings, from 1; 0 for none.
        new_page: it begins a page.
        with_next: it stays on the page of what follows.
        leader: a dotted line leads to a page number at the right edge.
    """

    id: str
    name: str
    font: str = BODY_FONT
    points: float = 10.5
    align: Literal["left", "center", "right"] = "left"
    line: float = 15
    before: float = 0
    after: float = 0
    indent: float = 0
    first_line: float = 0
    outline: int = 0
    new_page: bool = False
    with_next: bool = False
    leader: bool = False


NORMAL: Final = Style("Normal", "Normal")
COVER_ISSUER: Final = Style("CoverIssuer", "封面单位", BODY_FONT, 22, "center", 34, before=170, after=30)
COVER_TITLE: Final = Style("CoverTitle", "Title", TITLE_FONT, 30, "center", 46)
COVER_DATE: Final = Style("CoverDate", "封面日期", BODY_FONT, 16, "center", 28, before=250)
CONTENTS_TITLE: Final = Style("ContentsTitle", "TOC Heading", TITLE_FONT, 22, "center", 34, after=18)
UNIT_ENTRY: Final = Style("TOC1", "toc 1", HEAD_FONT, 14, "left", 26, before=4, with_next=True, leader=True)
TABLE_ENTRY: Final = Style("TOC2", "toc 2", BODY_FONT, 12, "left", 23, indent=0.75, leader=True)
UNIT_HEADING: Final = Style(
    "Heading1", "heading 1", HEAD_FONT, 16, "left", 28, after=6, outline=1, new_page=True, with_next=True
)
TABLE_HEADING: Final = Style(
    "Heading2", "heading 2", TITLE_FONT, 16, "center", 26, after=6, outline=2, new_page=True, with_next=True
)
TEXT: Final = Style("TableText", "表内文字")
CENTRED: Final = Style("TableCentred", "表内居中", align="center")
LABEL: Final = Style("TableLabel", "表内标签", HEAD_FONT, align="center")
COLUMN_HEADING: Final = Style("TableHeading", "表头", HEAD_FONT, align="center", with_next=True)
UNIT_LINE: Final = Style("UnitLine", "单位行")
MONEY_LINE: Final = Style("MoneyLine", "金额单位行", align="right")
GAP: Final = Style("TableGap", "表间距", points=2, line=5, with_next=True)
END: Final = Style("End", "表后", points=1, line=1)
PAGE_NUMBER: Final = Style("Footer", "footer", "宋体", 14, "center", 18)

#: Of the published document, besides :data:`NORMAL`.
STYLES: Final = (
    COVER_ISSUER, COVER_TITLE, COVER_DATE, CONTENTS_TITLE, UNIT_ENTRY, TABLE_ENTRY, UNIT_HEADING, TABLE_HEADING,
    TEXT, CENTRED, LABEL, COLUMN_HEADING, UNIT_LINE, MONEY_LINE, GAP, END, PAGE_NUMBER,
)  # fmt: skip

#: White space about the text of a cell: left and right in centimetres, above and below in points.
CELL_SIDE: Final = 0.16
CELL_ABOVE: Final = 2.5
#: Space that the rules between rows take, in points.
RULE: Final = 0.5

MONEY_UNIT: Final = "万元"
TITLE_ENDING: Final = "绩效目标表"
#: The seven columns of the upper table, in which 预算数 and its parts stand side by side.
HEAD_WIDTHS: Final = (2.2, 1.65, 2.4, 3.0, 2.4, 1.95, 2.4)
#: The five columns of the indicators.
INDICATOR_WIDTHS: Final = (2.2, 2.95, 3.55, 3.75, 3.55)
INDICATOR_HEADINGS: Final = (
    *(LATEST.column(name).label for name in ("level1", "level2", "level3", "description")),
    VALUE_HEADING,
)
PROJECT_LABEL, BUDGET_LABEL = LATEST.field("project").label, LATEST.field("purpose").label
AMOUNT_LABELS: Final = tuple(LATEST.field(name).label for name in ("total", "fiscal", "other"))
OBJECTIVES: Final = OBJECTIVES_LABEL
