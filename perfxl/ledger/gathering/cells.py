"""Text as a cell of the workbook can hold it."""

from __future__ import annotations

from typing import Final

from perfxl.ledger.tables import CUT
from perfxl.text import printable

# Limit of the file format: text of a cell in UTF-16 units.
_CELL_LIMIT: Final = 32_767


def cell_text(text: str) -> tuple[str, bool]:
    """The text as a cell can hold it, and whether its end had to be left out.

    What XML has no place for is shown as ``\\u000B``; a text over the limit ends in words that say so.
    """
    shown = printable(text)
    if len(shown) * 2 <= _CELL_LIMIT or len(shown.encode("utf-16-le")) // 2 <= _CELL_LIMIT:
        return shown, False
    note = f"……（原文 {len(text)} 字，{CUT}"
    kept = shown.encode("utf-16-le")[: (_CELL_LIMIT - len(note)) * 2].decode("utf-16-le", "ignore")
    return kept + note, True
