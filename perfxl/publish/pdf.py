"""The document as .pdf, made by LibreOffice where it is installed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from perfxl.intake.office import converted
from perfxl.publish.document import Cover, headings, official_document
from perfxl.publish.tables import OfficialTable
from perfxl.text import squeeze

__all__ = ["as_pdf"]

# What a conversion may take; a table of one page takes about 0.07 s.
_SECONDS, _TABLES_A_SECOND = 90, 2
# ISO 32000-1: §7.7.3 page tree, §12.3.3 outline.  A title is UTF-16, in hexadecimal.
_PAGES: Final = re.compile(rb"/Type\s*/Pages\b.*?/Kids\s*\[([^\]]*)\]", re.DOTALL)
_REFERENCE: Final = re.compile(rb"(\d+) 0 R")
_OUTLINE: Final = re.compile(rb"/Title\s*<FEFF([0-9A-Fa-f]*)>\s*/Dest\s*\[\s*(\d+) 0 R")


def as_pdf(tables: Sequence[OfficialTable], cover: Cover | None = None) -> bytes | None:
    """The document of :func:`perfxl.publish.official_document` as .pdf; None where LibreOffice is missing or fails.

    The page numbers in its contents are those that LibreOffice gave the tables.
    """
    seconds = _SECONDS + len(tables) // _TABLES_A_SECOND
    made = converted(official_document(tables, cover), ".docx", "pdf", seconds)
    if made is None or cover is None:
        return made
    reckoned = headings(tables)
    pages = heading_pages(made, [heading.text for heading in reckoned])
    if not pages or pages == [heading.page for heading in reckoned]:
        return made
    return converted(official_document(tables, cover, pages), ".docx", "pdf", seconds) or made


def heading_pages(pdf: bytes, titles: Sequence[str]) -> list[int]:
    """The page of each heading, counted from 1 at the first; empty where the outline does not tell them all."""
    kids = _PAGES.search(pdf)
    places = {page: place for place, page in enumerate(_REFERENCE.findall(kids[1]) if kids else ())}
    outline = [
        (squeeze(bytes.fromhex(title.decode()).decode("utf-16-be", "replace")), page)
        for title, page in _OUTLINE.findall(pdf)
    ]
    if [title for title, _ in outline] != [*map(squeeze, titles)] or any(page not in places for _, page in outline):
        return []
    return [places[page] - places[outline[0][1]] + 1 for _, page in outline]
