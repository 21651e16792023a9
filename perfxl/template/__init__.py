"""Vocabulary + layout + rules → the protected form, blank or filled.

    from perfxl.template import Issuance, build, save
    save("target_form.xlsx", build(Issuance(year=2027)))

The same builder makes the blank form and every filled one; a workbook is never loaded and saved again.
Two builds of the same input are equal byte for byte.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from perfxl.errors import CapacityError
from perfxl.form import TargetForm
from perfxl.layout import FORM_SHEET, LATEST, Layout
from perfxl.output import sound_package, write_whole
from perfxl.reading import typed_entries
from perfxl.template.finish import finish
from perfxl.template.form_sheet import FormSheet
from perfxl.template.side_sheets import write_guide, write_lists, write_results
from perfxl.template.styles import Styles
from perfxl.vocabulary import Vocabulary

__all__ = ["DEFAULT_PASSWORD", "Issuance", "build", "save"]

# Protection keeps people from slips, not from tampering: whoever needs to change the form may know this.
DEFAULT_PASSWORD = "perfxl"
_CELL_CHARACTERS = 32_767
_EPOCH = datetime.datetime(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Issuance:
    """What finance decides when it hands the form out.

    Attributes:
        edition: name of the vocabulary edition.
        year: budget year, None to leave it open.
        deadline: when the form is due, as it should read ("2026年12月10日").
        contact: whom to ask, with phone.
        batch: name of the collection batch.
        password: of the sheet and structure protection.
    """

    edition: str = "tianjin-2023"
    year: int | None = None
    deadline: str = ""
    contact: str = ""
    batch: str = ""
    password: str = DEFAULT_PASSWORD


def build(
    issuance: Issuance | None = None,
    forms: Sequence[TargetForm] = (),
    *,
    locked: frozenset[str] = frozenset(),
    sheet_names: Sequence[str] = (),
    layout: Layout = LATEST,
) -> bytes:
    """A workbook with one form sheet for each of ``forms``, or with one blank one.

    Args:
        locked: head fields (names of the layout) that finance has filled in: where a form holds something in one of
            them, the clerk can't change it.  填报说明 then says to whom the workbook goes, and lists its projects.
        sheet_names: one a form; by default 绩效目标表, or 绩效目标表-1, 绩效目标表-2 … where there are several.

    Returns:
        the bytes of an .xlsx package.

    Raises:
        CapacityError: a form has more indicators than the layout has rows, or a text longer than any cell can hold.
        KeyError: ``locked`` names no field of the layout (a programming mistake).
        UsageError: the edition does not exist.
    """
    issuance = issuance or Issuance()
    vocabulary = Vocabulary.load(issuance.edition)
    contents: list[TargetForm | None] = [*forms] or [None]
    for name in locked:
        layout.field(name)
    for form in contents:
        _check_room(form, layout)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": FORM_SHEET, "subject": vocabulary.label, "created": _EPOCH})
    styles = Styles(book)
    several = len(contents) > 1
    names = sheet_names or [f"{FORM_SHEET}-{n}" if several else FORM_SHEET for n in range(1, len(contents) + 1)]
    write_guide(book, styles, issuance, vocabulary, tuple(zip(names, forms, strict=True)) if locked else ())
    for number, (name, form) in enumerate(zip(names, contents, strict=True), 1):
        FormSheet(book, styles, layout, vocabulary, issuance, name, f"P{number:02d}", form, locked).write(number == 1)
    write_results(book, styles)
    write_lists(book, styles, vocabulary)
    book.close()
    return finish(buffer.getvalue(), issuance.password)


def save(path: str | Path, content: bytes) -> Path:
    """Write a built workbook, whole or not at all.

    Raises:
        OutputError: it can't be written; what stood there before is untouched.
    """
    return write_whole(Path(path), content, check=sound_package)


def _check_room(form: TargetForm | None, layout: Layout) -> None:
    if form is None:
        return
    room = len(layout.indicator_rows)
    if len(form.indicators) > room:
        raise CapacityError(
            f"“{form.name}”有 {len(form.indicators)} 条指标，表里只有 {room} 行；请合并指标，或把项目拆成几张表"
        )
    texts = (*(entry.raw or "" for entry in typed_entries(form)), *form.explanations.values())
    longest = max(map(len, texts), default=0)
    if longest > _CELL_CHARACTERS:  # what XlsxWriter would cut without a word
        raise CapacityError(
            f"“{form.name}”有一格内容长达 {longest} 个字，一个单元格最多放 {_CELL_CHARACTERS} 个字；请精简后再试"
        )
