"""A page of official Chinese look as .docx: paragraphs and ruled tables in the fonts of :mod:`perfxl.publish.official`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, Literal

from perfxl.publish.official import BODY_FONT, HEAD_FONT, Style
from perfxl.publish.word import Cell, package, paragraph, row, run, section, table

__all__ = ["OfficialPage"]

# Points.
TITLE_POINTS, BODY_POINTS, TABLE_POINTS = 22, 14, 10
BODY_LINE, TABLE_LINE = 22, 13.5
#: Columns of short words by their headings, and words that stand out.
CENTRED: Final = frozenset(("单元格", "情况"))
EMPHASISED: Final = frozenset(("仍未改",))

_Align = Literal["left", "center", "right"]


class OfficialPage:
    """Takes in paragraphs and tables, one below the other."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._body: list[str] = []
        self._styles: dict[Style, Style] = {}  # as asked for, and as the document names it

    def paragraph(
        self,
        text: str,
        *,
        font: str = BODY_FONT,
        points: float = BODY_POINTS,
        align: _Align = "left",
        line: float = BODY_LINE,
        before: float = 0,
        after: float = 0,
        indent: bool = False,
    ) -> None:
        """A paragraph of its own; ``indent`` sets the first line in by two characters."""
        asked = Style("", "", font, points, align, line, before, after, first_line=points * 2 if indent else 0)
        self._body.append(paragraph(run(text), self._named(asked)))

    def table(self, columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[str]], *, joined: bool) -> None:
        """A table with headings; widths in centimetres.

        Where ``joined``, equal texts below one another in the first column are one cell.
        """
        names = [texts[0] for texts in rows]
        above = [joined and one == other for one, other in pairwise(["", *names])]
        below = [*above[1:], False]
        headings = [Cell(heading, width, self._cell_style(emphasised=True, centred=True)) for heading, width in columns]
        lines = [row(headings, heading=True)]
        for texts, same_above, same_below in zip(rows, above, below, strict=True):
            cells = [
                Cell(text, width, self._cell_style(emphasised=text in EMPHASISED, centred=heading in CENTRED))
                for text, (heading, width) in zip(texts, columns, strict=True)
            ]
            if same_above or same_below:
                cells[0] = replace(
                    cells[0], joined="below" if same_above else "first", text="" if same_above else texts[0]
                )
            lines.append(row(cells))
        self._body.append(table([width for _, width in columns], lines))

    def to_bytes(self) -> bytes:
        """The file; the same page gives the same bytes."""
        return package([*self._body, section("")], self._title, tuple(self._styles.values()))

    def _cell_style(self, *, emphasised: bool, centred: bool) -> Style:
        font = HEAD_FONT if emphasised else BODY_FONT
        return self._named(Style("", "", font, TABLE_POINTS, "center" if centred else "left", TABLE_LINE))

    def _named(self, asked: Style) -> Style:
        number = len(self._styles) + 1
        return self._styles.setdefault(asked, replace(asked, id=f"Note{number}", name=f"退回说明{number}"))
