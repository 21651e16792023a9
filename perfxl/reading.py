"""From a file to its forms: the layout says where each field stands, the labels prove that it stands there.

A form is read only where that is beyond doubt.  Where labels have moved or the version is unknown, nothing is
guessed: the reading has no form and an S07 issue that says what was found.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perfxl.form import Budget, Deviation, Entry, Indicator, TargetForm
from perfxl.intake.discover import Found
from perfxl.intake.documents import DocumentCell, DocumentForm, read_document
from perfxl.intake.doubts import doubts
from perfxl.intake.foreign_cells import foreign_grids
from perfxl.intake.grid import CellError, Grid, Uncomputed, Workbook, open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.number import Number
from perfxl.intake.package import OtherFormat, display, read_file
from perfxl.issue import At, AtLine, Issue, Place, Severity
from perfxl.layout import (
    GUIDE_SHEET,
    LAYOUTS,
    LEDGER_NAME,
    LISTS_SHEET,
    RESULT_SHEET,
    RESULTS,
    TEMPLATE_ID,
    VALUE_PARTS,
    Layout,
)
from perfxl.tampering import tampering
from perfxl.text import squeeze, tidy
from perfxl.vocabulary import Vocabulary, editions

_SHEETS_WITHOUT_FORM = {GUIDE_SHEET, RESULT_SHEET, LISTS_SHEET}
_UNCOMPUTED = "公式未计算"
# The identity stands at the same place in every layout.
_ANY_LAYOUT = next(iter(LAYOUTS.values()))
# A label or two retyped leaves no doubt about where the fields are; more does.
_LABELS_MAY_DIFFER = 3
_CORE_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>\s*(\d{4}-\d\d-\d\dT\d\d:\d\d)")
# 353302名称, [015001]名称, 314002-名称: code and name written together.
_UNIT = re.compile(r"\s*[\[［]?(\d{3,9})[\]］]?\s*[-—－]?\s*(\S.*)", re.ASCII)


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


def read_forms(
    path: str | Path, *, source: str | None = None, passwords: Sequence[str] = (), limits: Limits | None = None
) -> Reading:
    """The forms of a workbook, or of a text document in the published layout.

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
    if path.suffix.lower() == ".txt":
        documents = read_document(path)
        data = path.read_bytes()
        forms = tuple(_form_of_document(each, f"D{number:02d}", name) for number, each in enumerate(documents, 1))
        return Reading(name, hashlib.sha256(data).hexdigest(), len(data), forms)
    limits = limits or Limits()
    shown = display(path.name or str(path))
    return read_package(read_file(path, shown, limits.file_bytes), name, shown, passwords=passwords, limits=limits)


def read_found(found: Found, *, passwords: Sequence[str] = (), limits: Limits | None = None) -> Reading:
    """The forms of a workbook that :func:`perfxl.intake.discover.discover` has found, also in an archive.

    Raises:
        PathNotFound: it is gone.
        UnreadableFile: it is no workbook that perfxl can read; the message starts with ``found.base``.
    """
    limits = limits or Limits()
    data = found.read(passwords=passwords, limits=limits)
    reading = read_package(data, found.name, found.base, passwords=passwords, limits=limits)
    return replace(reading, in_place=False) if found.inside else reading


def read_package(
    data: bytes, name: str, shown: str = "", *, passwords: Sequence[str] = (), limits: Limits | None = None
) -> Reading:
    """The forms of a workbook in bytes; parameters and errors as :func:`read_forms`.

    Args:
        name: what forms and issues call the file.
        shown: what errors call it; ``name`` if not given.
    """
    shown, limits = shown or name, limits or Limits()
    try:
        return _read_workbook(open_workbook(data, name=shown, limits=limits), name)
    except OtherFormat:
        content = foreign_grids(data, shown, passwords=passwords, limits=limits)
    if isinstance(content, bytes):
        reading = _read_workbook(open_workbook(content, name=shown, limits=limits), name)
    else:
        reading = _read_grids((grid for grid in content if grid.sheet not in _SHEETS_WITHOUT_FORM), name)
    return replace(reading, sha256=hashlib.sha256(data).hexdigest(), size=len(data), in_place=False)


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


def forms_of_grids(grids: Iterable[Grid], source: str) -> tuple[tuple[TargetForm, ...], tuple[Issue, ...]]:
    """The forms among these sheets, whatever their cells were read from, and why others could not be read (S07)."""
    forms: list[TargetForm] = []
    issues: list[Issue] = []
    for grid in grids:
        if grid.text(1, _ANY_LAYOUT.identity_column) != TEMPLATE_ID:
            moved = next((at for at, value in grid.cells.items() if value == TEMPLATE_ID), None)
            if moved is not None:
                issues.append(_displaced(grid, At(grid.sheet, *moved), source))
            elif len(tuple(_deviations(grid, _ANY_LAYOUT))) <= _LABELS_MAY_DIFFER:
                here = At(grid.sheet, 1, _ANY_LAYOUT.identity_column)
                message = f"工作表“{grid.sheet}”像是绩效目标表，但模板标识不见了，没有读取"
                issues.append(_rejected(source, here, message, "请换用下发的模板重新填写"))
            continue
        result = _read_sheet(grid, source)
        if isinstance(result, Issue):
            issues.append(result)
        else:
            forms.append(result)
            issues += _below_the_table(grid, LAYOUTS[result.layout], source)
            issues += doubts(grid, LAYOUTS[result.layout], source)
    return _told_apart(forms), tuple(issues)


def _read_workbook(book: Workbook, name: str) -> Reading:
    sheets = (sheet.name for sheet in book.sheets if sheet.name not in _SHEETS_WITHOUT_FORM)
    own_ledger = LEDGER_NAME in book.defined_names
    reading = _read_grids((book.grid(sheet) for sheet in sheets), name)
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


def _read_grids(grids: Iterable[Grid], name: str) -> Reading:
    """A reading of sheets alone, without what is told of the file."""
    found, issues = forms_of_grids(grids, name)
    if not found and not issues:
        message = "没有找到绩效目标表：工作簿里没有由模板生成的表"
        issues = (_rejected(name, None, message, "请用下发的模板填报后重新报送"),)
    return Reading(name, "", 0, found, issues)


def _told_apart(forms: list[TargetForm]) -> tuple[TargetForm, ...]:
    """Forms of one workbook, each with a key of its own.

    A sheet that somebody copied brings its key along.  Neither of the two then lights up by it, since a finding of one
    would light the other's cells; the report still tells them apart.
    """
    times = Counter(form.key for form in forms)
    return tuple(form if times[form.key] == 1 else replace(form, key=f"{form.key}@{form.sheet}") for form in forms)


def _below_the_table(grid: Grid, layout: Layout, source: str) -> Iterator[Issue]:
    """What was typed where no row of the table is, as after an inserted row: it would be lost without a word."""
    last_column = layout.column("measure").column
    for row, column, value in grid:
        if row > layout.last_row and column <= last_column and isinstance(value, str) and tidy(value):
            at = At(grid.sheet, row, column)
            message = f"第{row}行已在指标表之外（表到第{layout.last_row}行为止），这里的“{tidy(value)}”没有读取"
            yield _rejected(source, at, message, f"请移到第{layout.last_row}行以内；放不下的请合并指标或拆成几张表")
            return


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


def _rejected(source: str, at: At | None, message: str, advice: str) -> Issue:
    return Issue("S07", Severity.ERROR, message, advice, file=source, at=at)


def _read_sheet(grid: Grid, source: str) -> TargetForm | Issue:
    version = grid.text(_ANY_LAYOUT.identity_row("version"), _ANY_LAYOUT.identity_column) or ""
    layout = LAYOUTS.get(version)
    here = At(grid.sheet, 1, 1)
    if layout is None:
        known = "、".join(LAYOUTS)
        return _rejected(
            source,
            here,
            f"工作表“{grid.sheet}”的模板版本是“{version}”，这里只认得版本 {known}",
            "请换用本批次下发的模板，或升级 perfxl",
        )
    deviations = tuple(_deviations(grid, layout))
    moved = _moved_label(grid, layout, deviations)
    if moved is not None:
        expected, found_at = moved
        return _changed_layout(source, expected, f"“{layout_label(layout, expected)}”", found_at)
    if len(deviations) > _LABELS_MAY_DIFFER:
        first = deviations[0]
        return _rejected(
            source,
            first.at,
            f"工作表“{grid.sheet}”有 {len(deviations)} 处表头被改动，如 {first.at.a1} 应为“{first.expected}”",
            "请换用下发的模板重新填写",
        )
    return _SheetReader(grid, layout, source, deviations).form()


def _displaced(grid: Grid, identity: At, source: str) -> Issue:
    """A form of ours whose hidden identity is not where it was: rows or columns were inserted or deleted."""
    deviations = tuple(_deviations(grid, _ANY_LAYOUT))
    moved = _moved_label(grid, _ANY_LAYOUT, deviations)
    if moved is not None:
        expected, found_at = moved
        return _changed_layout(source, expected, f"“{layout_label(_ANY_LAYOUT, expected)}”", found_at)
    return _changed_layout(source, At(grid.sheet, 1, _ANY_LAYOUT.identity_column), "模板标识", identity)


def _changed_layout(source: str, expected: At, what: str, found_at: At) -> Issue:
    return _rejected(
        source,
        expected,
        f"工作表“{expected.sheet}”的版面变了：{what}应在 {expected.a1}，现在在 {found_at.a1}",
        "请换用下发的模板重新填写，不要插入、删除行或列",
    )


def layout_label(layout: Layout, at: At) -> str:
    """The label that the layout has at that cell."""
    return next((text for row, column, text in layout.labels() if (row, column) == (at.row, at.column)), "")


def _deviations(grid: Grid, layout: Layout) -> Iterator[Deviation]:
    for row, column, expected in layout.labels():
        found = grid.text(row, column)
        if squeeze(found or "") != squeeze(expected):
            yield Deviation(at=At(grid.sheet, row, column), expected=expected, found=found)


def _moved_label(grid: Grid, layout: Layout, deviations: tuple[Deviation, ...]) -> tuple[At, At] | None:
    """A label missing from its own cell that stands, alone in the sheet, in another."""
    own_cells = {(row, column) for row, column, _ in layout.labels()}
    for deviation in deviations:
        wanted = squeeze(deviation.expected)
        elsewhere = [
            At(grid.sheet, row, column)
            for (row, column), value in grid.cells.items()
            if isinstance(value, str) and (row, column) not in own_cells and squeeze(value) == wanted
        ]
        if len(elsewhere) == 1:
            return deviation.at, elsewhere[0]
    return None


class _SheetReader:
    """Reads one form sheet by its layout."""

    def __init__(self, grid: Grid, layout: Layout, source: str, deviations: tuple[Deviation, ...]) -> None:
        self._grid = grid
        self._layout = layout
        self._source = source
        self._deviations = deviations

    def form(self) -> TargetForm:
        layout, grid = self._layout, self._grid
        explanations = {
            row: tidy(text)
            for row in (*range(2, layout.objective_rows.stop), *layout.indicator_rows)
            if (text := grid.text(row, layout.note_column)) and tidy(text)
        }
        year = self._identity("year")
        return TargetForm(
            file=self._source,
            key=self._identity("key"),
            sheet=grid.sheet,
            layout=layout.version,
            edition=self._identity("edition") or None,
            year=int(year) if year.isdecimal() else None,
            batch=self._identity("batch"),
            project_code=self._identity("project_code"),
            template_money_unit=self._identity("money_unit"),
            title=self._field("title"),
            project_no=self._field("project_no"),
            unit_code=self._field("unit_code"),
            unit_name=self._field("unit_name"),
            money_unit=self._field("money_unit"),
            project=self._field("project"),
            budget=Budget(total=self._field("total"), fiscal=self._field("fiscal"), other=self._field("other")),
            purpose=self._field("purpose"),
            objectives=tuple(self._objectives()),
            indicators=tuple(self._indicators(explanations)),
            department=self._field("department"),
            contact=self._field("contact"),
            phone=self._field("phone"),
            submission=self._field("submission"),
            note=self._field("note"),
            headings=self._headings(),
            explanations=explanations,
            deviations=self._deviations,
        )

    def _identity(self, name: str) -> str:
        return tidy(self._grid.text(self._layout.identity_row(name), self._layout.identity_column) or "")

    def _entry(self, row: int, column: int) -> Entry:
        value = self._grid.value(row, column)
        at = At(self._grid.sheet, row, column)
        if isinstance(value, CellError):
            return Entry(raw=None, at=at, fault=value.code)
        if isinstance(value, Uncomputed):
            return Entry(raw=None, at=at, fault=_UNCOMPUTED)
        number = value.value if isinstance(value, Number) else None
        return Entry(raw=self._grid.text(row, column), at=at, number=number)

    def _indicator_entry(self, row: int, column: int) -> Entry:
        """A cell of the table; one merged into a column left of it is blank, for its text is that column's alone."""
        if self._grid.anchor(row, column)[1] != column:
            return Entry(raw=None, at=At(self._grid.sheet, row, column))
        return self._entry(row, column)

    def _field(self, name: str) -> Entry:
        field = self._layout.field(name)
        return self._entry(field.row, field.column)

    def _headings(self) -> dict[str, At]:
        top, below = self._layout.heading_rows
        return {
            column.name: At(self._grid.sheet, below if column.name in VALUE_PARTS else top, column.column)
            for column in self._layout.columns
        }

    def _objectives(self) -> Iterator[Entry]:
        """Each line of each objective cell: Word pastes several objectives into one cell."""
        column = self._layout.field("purpose").column
        for row in self._layout.objective_rows:
            entry = self._entry(row, column)
            if entry.fault or entry.raw is None:
                if entry.fault:
                    yield entry
                continue
            for line in entry.raw.split("\n"):
                if tidy(line):
                    yield Entry(raw=line, at=entry.at, number=entry.number)

    def _indicators(self, explanations: dict[int, str]) -> Iterator[Indicator]:
        carried = ""
        number = 0
        # Where the edition has no weights the column is hidden, and whatever stands there is none.
        weighted = self._identity("edition") not in editions() or Vocabulary.load(self._identity("edition")).weights
        columns = [column for column in self._layout.columns if weighted or column.name != "weight"]
        for row in self._layout.indicator_rows:
            cells = {column.name: self._indicator_entry(row, column.column) for column in columns}
            if all(entry.blank for entry in cells.values()):
                continue
            carried = cells["level1"].text or carried
            number += 1
            yield Indicator(
                number=number,
                level1=cells["level1"],
                carried=carried,
                level2=cells["level2"],
                level3=cells["level3"],
                description=cells["description"],
                target=_joined([cells[name] for name in VALUE_PARTS], cells["body"].at),
                relation=cells["relation"],
                body=cells["body"],
                measure=cells["measure"],
                weight=cells["weight"] if weighted else None,
                explanation=explanations.get(row, ""),
            )


def _joined(parts: list[Entry], at: Place) -> Entry:
    """The three cells of 指标值 as one text; blank only if all are."""
    raws = [part.raw for part in parts if part.raw is not None]
    fault = next((part.fault for part in parts if part.fault), "")
    return Entry(raw="".join(raws) if raws else None, at=at, fault=fault)


def _form_of_document(document: DocumentForm, key: str, source: str) -> TargetForm:
    code, name = _unit(document.unit)
    return TargetForm(
        file=source,
        key=key,
        sheet="",
        layout="",
        edition=None,
        year=None,
        title=_document_entry(document.title),
        project_no=Entry(raw=document.project_no, at=AtLine(document.title.at.line)),
        unit_code=code,
        unit_name=name,
        money_unit=_document_entry(document.money_unit),
        project=_document_entry(document.project),
        budget=Budget(
            total=_document_entry(document.total),
            fiscal=_document_entry(document.fiscal),
            other=_document_entry(document.other),
        ),
        purpose=_document_entry(document.purpose),
        objectives=tuple(_document_entry(cell) for cell in document.objectives),
        indicators=tuple(_document_indicators(document)),
    )


def _document_entry(cell: DocumentCell) -> Entry:
    return Entry(raw=cell.text, at=cell.at)


def _unit(cell: DocumentCell) -> tuple[Entry, Entry]:
    """Code and name that stand together as one text; where they can't be told apart, all of it is the name (S02)."""
    match = _UNIT.fullmatch(cell.text or "")
    if match is None:
        return Entry(raw=None, at=cell.at), Entry(raw=cell.text, at=cell.at)
    return Entry(raw=match[1], at=cell.at), Entry(raw=match[2], at=cell.at)


def _document_indicators(document: DocumentForm) -> Iterator[Indicator]:
    carried = ""
    for number, row in enumerate(document.indicators, 1):
        level1, target = _document_entry(row.level1), _document_entry(row.target)
        carried = level1.text or carried
        nothing = Entry(raw=None, at=target.at)
        yield Indicator(
            number=number,
            level1=level1,
            carried=carried,
            level2=_document_entry(row.level2),
            level3=_document_entry(row.level3),
            description=_document_entry(row.description),
            target=target,
            relation=nothing,
            body=target,
            measure=nothing,
        )
