"""Any 绩效目标表, whoever drew it up, understood by its labels and never by where things stand.

    labels.py      whether a text is a label; the words are the vocabulary's
    rows.py        paragraphs, tables and lines of text → one stream of rows
    sections.py    the rows → a section for each form, by
    head.py          its labels, each with what stands beside it or below it, and
    indicators.py    which column of the indicator table is which, what each row says
    verdicts.py    what is no target form, by name
    listing.py     a table that lists many projects → a section for each
    assemble.py    a section → the form, with
    records.py       its indicators and
    money.py         its amounts: of the year, in one unit (amounts.py)
    story.py       what became of every word on the way; model.py, how that is told

What is read is told, field by field: where it came from and how sure that is.  What could not be placed is listed.
Nothing is corrected, nothing invented: where two things are possible, neither is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from perfxl.intake.tables import Block
from perfxl.understanding.assemble import assembled
from perfxl.understanding.listing import listed
from perfxl.understanding.model import Fact, Outcome, Refused, Sure, Understood
from perfxl.understanding.rows import rows
from perfxl.understanding.sections import Section, sections
from perfxl.understanding.verdicts import verdict

__all__ = ["Fact", "Outcome", "Refused", "Sure", "Understood", "understand"]


def understand(blocks: Iterable[Block], source: str) -> Iterator[Outcome]:
    """The target forms of a document, and the tables in it that are none, in order and one at a time.

    Args:
        source: what the forms call their file.
    """
    number = 0
    for section in sections(rows(blocks)):
        refused = verdict(section)
        if refused is not None:
            yield refused
            continue
        for form in _forms(section, source, number):
            number += 1
            yield form


def _forms(section: Section, source: str, before: int) -> Iterator[Understood]:
    parts = listed(section) if section.listed else [section]
    for number, part in enumerate(parts, before + 1):
        yield assembled(part, source, f"D{number:02d}")
