"""The whole document: cover, contents, and the tables, each from the top of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfxl.publish.official import (
    CONTENTS_TITLE,
    COVER_DATE,
    COVER_ISSUER,
    COVER_TITLE,
    END,
    NORMAL,
    PAGE_NUMBER,
    STYLES,
    TABLE_ENTRY,
    TABLE_HEADING,
    TITLE_ENDING,
    UNIT_ENTRY,
    UNIT_HEADING,
    Style,
)
from perfxl.publish.tables import OfficialTable, pages_taken, table_markup
from perfxl.publish.word import FIELD_END, field, field_begin, package, paragraph, run, section

__all__ = ["Cover", "Heading", "headings", "official_document"]


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page: who publishes, what, and when as it should read; "" leaves a line blank."""

    issuer: str = ""
    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the document: of a table, or of a unit (``table`` is None); ``page`` as the contents tell it."""

    text: str
    bookmark: str
    page: int
    table: OfficialTable | None

    @property
    def style(self) -> Style:
        """Where it stands."""
        return UNIT_HEADING if self.table is None else TABLE_HEADING

    @property
    def entry(self) -> Style:
        """In the contents."""
        return UNIT_ENTRY if self.table is None else TABLE_ENTRY


def official_document(tables: Sequence[OfficialTable], cover: Cover | None = None, pages: Sequence[int] = ()) -> bytes:
    """The .docx file; the same tables give the same bytes.

    Args:
        tables: in the order in which they are to stand; those of a unit together.
        cover: with it go the contents; without it there are the tables alone, to be put into another document.
        pages: where each heading really stands, as an office program says; reckoned where it is not given.

    Where several units publish together, each unit's name stands above its first table.
    """
    title = cover.title if cover is not None else tables[0].title if len(tables) == 1 else TITLE_ENDING
    number = paragraph(run("— ") + field("PAGE", "1") + run(" —"), PAGE_NUMBER)
    return package(_body(headings(tables, pages), cover), title, STYLES, number)


def headings(tables: Sequence[OfficialTable], pages: Sequence[int] = ()) -> tuple[Heading, ...]:
    """The headings in their order, with the pages given or reckoned."""
    several = len({table.unit for table in tables}) > 1
    found: list[Heading] = []
    page, unit = 1, ""
    for table in tables:
        above = TABLE_HEADING.line + TABLE_HEADING.after
        texts: list[tuple[str, OfficialTable | None]] = [(table.title, table)]
        if several and table.unit and table.unit != unit:
            texts.insert(0, (table.unit, None))
            above += UNIT_HEADING.line + UNIT_HEADING.after
        for text, of_table in texts:
            shown = pages[len(found)] if pages else page
            found.append(Heading("".join(text.splitlines()), f"_Toc{len(found) + 1:09d}", shown, of_table))
        page, unit = page + pages_taken(table, above), table.unit
    return tuple(found)


def _body(listed: Sequence[Heading], cover: Cover | None) -> Iterator[str]:
    if cover is not None:
        yield from _cover(cover)
        yield from _contents(listed)
    below_unit = False
    for number, heading in enumerate(listed):
        mark = f'<w:bookmarkStart w:id="{number}" w:name="{heading.bookmark}"/>'
        text = f'{mark}{run(heading.text)}<w:bookmarkEnd w:id="{number}"/>'
        yield paragraph(text, heading.style, '<w:pageBreakBefore w:val="0"/>' if below_unit else "")
        if heading.table is not None:
            yield table_markup(heading.table)
        below_unit = heading.table is None
    yield paragraph("", END)  # behind the last table Word wants one
    yield section("decimal")


def _cover(cover: Cover) -> Iterator[str]:
    yield paragraph(run(cover.issuer), COVER_ISSUER)
    yield paragraph(run(cover.title), COVER_TITLE)
    yield paragraph(run(cover.date), COVER_DATE, section(""))


def _contents(listed: Sequence[Heading]) -> Iterator[str]:
    """The table of contents as a field that is filled in already (§17.16.5.68)."""
    yield paragraph(run("目　录"), CONTENTS_TITLE)
    begin = field_begin(r'TOC \o "1-2" \h \z \u')
    for heading in listed:
        page = field(rf"PAGEREF {heading.bookmark} \h", str(heading.page))
        link = f'<w:hyperlink w:anchor="{heading.bookmark}" w:history="1">{run(heading.text)}<w:r><w:tab/></w:r>{page}</w:hyperlink>'
        yield paragraph(begin + link, heading.entry)
        begin = ""
    yield paragraph(FIELD_END, NORMAL)
    yield paragraph("", END, section("upperRoman"))  # in the paragraph above, LibreOffice would lose the page number
