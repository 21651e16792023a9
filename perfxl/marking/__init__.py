"""Issues into the sender's workbook, and out again: only our own parts of the package change.

entries.py   issues → the rows of 校验结果; the button writes these into an open workbook as well
sheet.py     the rows → the part of 校验结果
unlit.py     the cells that the form can't light itself, and
overlay.py     the tagged rules that light them
repack.py    one part of a package exchanged, every other byte as it was;
spans.py       where elements stand in a part
opening.py   the workbook that is to be changed, opened;
writing.py     the files: marked, cleared, copied

The names are loaded when first used: a click on a button needs the rows, and nothing that opens a file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfxl.marking.entries import NOT_CHECKED
    from perfxl.marking.writing import (
        SIGNED_COPY,
        Marked,
        Marking,
        clear,
        copy_path,
        exchanged,
        highlight,
        identity,
        mark_copies,
        mark_in_place,
        signed,
    )

__all__ = [
    "NOT_CHECKED",
    "SIGNED_COPY",
    "Marked",
    "Marking",
    "clear",
    "copy_path",
    "exchanged",
    "highlight",
    "identity",
    "mark_copies",
    "mark_in_place",
    "signed",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("perfxl.marking.writing"), name)
    raise AttributeError(f"module 'perfxl.marking' has no attribute {name!r}")
