"""From a file to its forms: a workbook of any format, also one in an archive, or a document of any kind.

What the sheets' cells mean is told by :mod:`perfxl.recognition`, what was changed besides by :mod:`perfxl.tampering`;
forms that others drew up are read by :mod:`perfxl.understanding`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from perfxl.errors import NoTargetForm
from perfxl.form import Entry, TargetForm
from perfxl.intake.cells import Grid
from perfxl.intake.discover import DOCUMENT_SUFFIXES, Found
from perfxl.intake.foreign_cells import foreign_grids
from perfxl.intake.grid import Workbook, open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.package import OtherFormat, display, read_file, unreadable
from perfxl.issue import At, Issue, Severity
from perfxl.layout import (
    GUIDE_SHEET,
    HINT_HEADING,
    LEDGER_NAME,
    LISTS_SHEET,
    RESULT_SHEET,
    RESULTS,
)
from perfxl.recognition import forms_of_grids, rejected
from perfxl.tampering import tampering
from perfxl.text import tidy

if TYPE_CHECKING:
    from perfxl.intake.tables import Document
    from perfxl.understanding import Outcome, Understood

_SHEETS_WITHOUT_FORM = {GUIDE_SHEET, RESULT_SHEET, LISTS_SHEET}
_CORE_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>\s*(\d{4}-\d\d-\d\dT\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave.

    Attributes:
        source: the file as shown to people.
        sha256, size: of the file's bytes.
        forms: the forms that could be read without doubt.
        issues: why a sheet could not be read as a form, and what of a form that was read is in doubt (S07), file-level.
        own_ledger: the file is a ledger that perfxl wrote.
        marked_copy: the file is a copy that perfxl marked, and nobody has changed it since.
        reworked: it is such a copy, and somebody has: it answers a return.
        mark: in such a copy, the fingerprint of the workbook that was marked; "" in others.
        saved: when the file says it was last saved ("2026-11-20 10:03", UTC); "" where it doesn't say.
        in_place: findings can be marked in the file itself: not so in other formats, encrypted files and archives.
        inside: it lies in an archive.
        outcomes: of a file that was read by labels, the story of each form, and the tables that are none.
    """

    source: str
    sha256: str
    size: int
    forms: tuple[TargetForm, ...]
    issues: tuple[Issue, ...] = ()
    own_ledger: bool = False
    marked_copy: bool = False
    reworked: bool = False
    mark: str = ""
    saved: str = ""
    in_place: bool = True
    inside: bool = False
    outcomes: tuple[Outcome, ...] = ()


def read_forms(
    path: str | Path, *, source: str | None = None, passwords: Sequence[str] = (), limits: Limits | None = None
) -> Reading:
    """The forms of a workbook, or of a document in which others' forms stand (see :mod:`perfxl.intake.documents`).

    What the file is, is told by its content: .xlsx, .xlsm and .xltx, and through a process apart .xls, .et, .xlsb and .ods.

    Args:
        path: the file.
        source: how to name it to people; the file's name if not given.
        passwords: to try on an encrypted workbook.
        limits: how much is read of a file before it is refused.

    Raises:
        PathNotFound: there is no such file.
        UnreadableFile: it is no workbook or document that perfxl can read.
    """
    path = Path(path)
    name = source if source is not None else path.name
    limits = limits or Limits()
    shown = display(path.name or str(path))
    data = read_file(path, shown, limits.file_bytes)
    if path.suffix.lower() in DOCUMENT_SUFFIXES:
        return _read_document(data, name, shown, passwords, limits)
    return read_package(data, name, shown, passwords=passwords, limits=limits)


def read_found(found: Found, *, passwords: Sequence[str] = (), limits: Limits | None = None) -> Reading:
    """The forms of a workbook that :func:`perfxl.intake.discover.discover` has found, also in an archive.

    Raises:
        PathNotFound: it is gone.
        UnreadableFile: it is no workbook that perfxl can read; the message starts with ``found.base``.
    """
    limits = limits or Limits()
    data = found.read(passwords=passwords, limits=limits)
    if found.document:
        reading = _read_document(data, found.name, found.base, passwords, limits)
    else:
        reading = read_package(data, found.name, found.base, passwords=passwords, limits=limits)
    return replace(reading, in_place=False, inside=True) if found.inside else reading


def read_package(
    data: bytes, name: str, shown: str = "", *, passwords: Sequence[str] = (), limits: Limits | None = None
) -> Reading:
    """The forms of a workbook in bytes; parameters and errors as :func:`read_forms`.

    Args:
        name: what forms and issues call the file.
        shown: what errors call it; ``name`` if not given.
    """
    try:
        return _read_bytes(data, name, shown or name, passwords, limits or Limits())
    except MemoryError:  # below every limit, and still more than this computer has
        advice = "请关闭别的程序再试；或把内容粘贴到下发的空白模板后重新提交"
        raise unreadable(shown or name, "内容过多，内存不够，无法读取", advice) from None


def _read_bytes(data: bytes, name: str, shown: str, passwords: Sequence[str], limits: Limits) -> Reading:
    try:
        with closing(open_workbook(data, name=shown, limits=limits)) as book:
            return _read_workbook(book, name)
    except OtherFormat as error:
        what = error.what
        content = foreign_grids(data, shown, passwords=passwords, limits=limits)
    if isinstance(content, bytes):
        with closing(open_workbook(content, name=shown, limits=limits)) as book:
            reading = _read_workbook(book, name)
    else:
        reading = _read_grids([grid for grid in content if grid.sheet not in _SHEETS_WITHOUT_FORM], name)
        reading = replace(reading, issues=(*reading.issues, *_not_compared(reading, what)))
    return replace(reading, sha256=hashlib.sha256(data).hexdigest(), size=len(data), in_place=False)


def _not_compared(reading: Reading, what: str) -> Iterator[Issue]:
    """What nobody can tell of a form in another format: whether the template around it was changed."""
    if any(form.layout for form in reading.forms):
        message = f"{what}，内容照常读取，但锁定、下拉列表和检查公式有没有被改动无法核对"
        advice = "以后请用下发的 .xlsx 模板填报，不要另存为别的格式"
        yield Issue("S07", Severity.INFO, message, advice, file=reading.source)


def fingerprint(forms: tuple[TargetForm, ...]) -> str:
    """A digest of everything that was typed into these forms, whatever program saved the file since."""
    digest = hashlib.sha256()
    for form in forms:
        # The number as well: 500.001 and 500.004 may both be shown as 500.00.
        typed = [(str(entry.at), f"{entry.value}\x1f{entry.number}") for entry in typed_entries(form)]
        typed += [(str(row), text) for row, text in form.explanations.items()]
        for place, content in typed:
            digest.update(f"{place}\x1f{content}\x1e".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def content_digest(form: TargetForm) -> str:
    """What tells the form's content from any other, in whatever file or sheet it stands: 12 hexadecimal digits."""
    typed = [(_within_sheet(entry), f"{tidy(entry.value or '')}\x1f{entry.number}") for entry in typed_entries(form)]
    typed += [(str(row), text) for row, text in form.explanations.items()]
    text = "\x1e".join(f"{place}\x1f{content}" for place, content in typed)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _within_sheet(entry: Entry) -> str:
    return entry.at.a1 if isinstance(entry.at, At) else str(entry.at)


def typed_entries(form: TargetForm) -> Iterator[Entry]:
    """Every entry of the form that a clerk types, in reading order: not the title, which a formula makes."""
    head = (form.project_no, form.unit_code, form.unit_name, form.money_unit, form.project)
    yield from (*head, form.budget.total, form.budget.fiscal, form.budget.other, form.purpose, *form.objectives)
    for indicator in form.indicators:
        yield from indicator.entries()
    for entry in (form.department, form.contact, form.phone, form.submission, form.note):
        if entry is not None:
            yield entry


def _read_workbook(book: Workbook, name: str) -> Reading:
    sheets = (sheet.name for sheet in book.sheets if sheet.name not in _SHEETS_WITHOUT_FORM)
    own_ledger = LEDGER_NAME in book.defined_names
    reading = _read_grids([book.grid(sheet) for sheet in sheets], name, by_labels=not own_ledger)
    changed = tampering(book, reading.forms, name, reading.issues)
    mark = _mark_of(book) if reading.forms else None
    unchanged = bool(mark) and mark == fingerprint(reading.forms)
    return replace(
        reading,
        sha256=book.package.sha256,
        size=len(book.package.data),
        issues=() if own_ledger and not reading.forms else (*reading.issues, *changed),
        own_ledger=own_ledger,
        marked_copy=unchanged,
        reworked=bool(mark) and not unchanged,
        mark=mark or "",
        saved=_last_saved(book),
    )


def _read_grids(grids: Sequence[Grid], name: str, *, by_labels: bool = True) -> Reading:
    """A reading of sheets alone, without what is told of the file.

    Where there is nothing of ours in them, others' forms are looked for by their labels.
    """
    found, issues = forms_of_grids(grids, name)
    if found or issues:
        return Reading(name, "", 0, found, issues)
    ours = any(HINT_HEADING in grid.cells.values() for grid in grids)  # a template, whatever became of it
    if by_labels and not ours:
        from perfxl.intake.tables import Document, tables_of_grids

        notes: list[str] = []
        reading = _understood(Document(tables_of_grids(grids, notes), notes), name)
        if reading.forms or reading.issues:
            return reading
    message = "没有找到绩效目标表：工作簿里没有由模板生成的表，也没有看得懂的别的版式的表"
    return Reading(name, "", 0, (), (rejected(name, None, message, "请用下发的模板填报后重新报送"),))


def _read_document(data: bytes, name: str, shown: str, passwords: Sequence[str], limits: Limits) -> Reading:
    """The forms of a document.

    Raises:
        UnreadableFile: it can't be read, or no target form and no table that could be taken for one is in it.
    """
    from perfxl.intake.documents import read_document  # wanted only where a file is no workbook of ours

    reading = _understood(read_document(data, shown, passwords=passwords, limits=limits), name)
    if not reading.forms and not reading.issues:
        raise NoTargetForm(f"{shown}：里面没有绩效目标表。请核对文件，或改用下发的模板填报。")
    return replace(reading, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def _understood(document: Document, name: str) -> Reading:
    """The forms that were understood by their labels; what was not, and tables refused by name, as issues (S07)."""
    from perfxl.understanding import Refused, Understood, understand

    outcomes = tuple(understand(document.blocks, name))
    forms = tuple(one.form for one in outcomes if isinstance(one, Understood))
    issues: list[Issue] = []
    for outcome in outcomes:
        if isinstance(outcome, Understood):
            issues += _doubts(outcome, name)
        elif outcome.kind != Refused.OTHER:
            issues.append(Issue("S07", Severity.ERROR, outcome.reason, outcome.advice, file=name, at=outcome.at))
    for note in document.notes if forms else ():
        issues.append(Issue("S07", Severity.INFO, note, "请对照原件核对", file=name))
    return Reading(name, "", 0, forms, tuple(issues), in_place=False, outcomes=outcomes)


def _doubts(outcome: Understood, name: str) -> Iterator[Issue]:
    for fact in outcome.doubtful:
        what = f"“{tidy(fact.text)}”" if tidy(fact.text) else ""
        message = f"按标签读取“{outcome.form.name}”：{what}{fact.why}"
        yield Issue("S07", Severity.WARNING, message, "请对照原件核对后补填", file=name, at=fact.at)


def _mark_of(book: Workbook) -> str | None:
    """The fingerprint that marking a copy left behind."""
    if not any(sheet.name == RESULT_SHEET for sheet in book.sheets):
        return None
    return book.grid(RESULT_SHEET).text(*RESULTS.fingerprint_cell)


def _last_saved(book: Workbook) -> str:
    """``dcterms:modified`` of docProps/core.xml (ECMA-376 Part 2, §8.3)."""
    if _CORE_PROPERTIES not in book.package:
        return ""
    match = _MODIFIED.search(book.package.read(_CORE_PROPERTIES))
    return match[1].decode().replace("T", " ") if match else ""
