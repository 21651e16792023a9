"""Forms that exist today into workbooks of ours, with a report of what became of every word of them.

    naming.py   what a workbook is called
    report.py   导入报告.xlsx: which form went where, what is to be looked at, every field with its place in the source

What was typed is carried over as it stands; nothing is corrected on the way.  One form is in memory at a time, so that a
document of a thousand costs no more at its end than at its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from perfxl.errors import CapacityError, InputError, NoTargetForm, PerfxlError, UnreadableFile
from perfxl.form import TargetForm
from perfxl.importing.naming import free_name, unit_workbook_name, workbook_name
from perfxl.importing.report import Report
from perfxl.intake.discover import Found, discover_present
from perfxl.intake.documents import read_document
from perfxl.intake.limits import Limits
from perfxl.intake.tables import Document
from perfxl.issue import At, Severity
from perfxl.layout import LATEST
from perfxl.output import output_error
from perfxl.reading import Reading, read_found, typed_entries
from perfxl.template import Issuance, build, save
from perfxl.understanding import Fact, Refused, Sure, Understood, understand
from perfxl.vocabulary import Vocabulary

__all__ = ["REPORT", "Imported", "Progress", "import_documents", "importing", "workbook_name"]

REPORT: Final = "导入报告.xlsx"
Progress = Callable[[int, int, str], None]
Per = Literal["form", "unit"]

_CELL_CHARACTERS: Final = 32_767
# More sheets than this in one workbook are more than anybody finds his way through.
_FORMS_A_WORKBOOK: Final = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one form, or of a file or table that gave none.

    Attributes:
        source: the file as shown to people.
        workbook: that was made; None where there is none.
        error: in Chinese why not.
        story: of a form that was read by its labels.
        said: what else is to be known of the file, in Chinese.
    """

    source: str
    form: TargetForm | None
    workbook: Path | None
    error: str = ""
    story: Understood | None = None
    said: str = ""

    @property
    def failed(self) -> bool:
        """Something that was asked for could not be done."""
        return self.workbook is None and bool(self.error)


def import_documents(
    sources: Iterable[str | Path], folder: str | Path, issuance: Issuance | None = None, *, report: bool = False
) -> tuple[Imported, ...]:
    """Write a workbook into ``folder`` for every form of these documents, in their order; see :func:`importing`."""
    results = importing(sources, folder, issuance, report=report)
    return tuple(one for one in results if one.form is not None or one.failed)


def importing(
    sources: Iterable[str | Path],
    folder: str | Path,
    issuance: Issuance | None = None,
    *,
    by_tree: bool = True,
    per: Per = "form",
    report: bool = False,
    passwords: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Iterator[Imported]:
    """Import one form after the other, telling of each when it is done.

    A document that can't be read, or a form that doesn't fit the template, stops nothing: it comes with its error.
    A workbook that stands there already is never overwritten; the new one is called ``名称(2).xlsx``.

    Args:
        sources: documents and workbooks of any layout, folders and archives of them.
        issuance: edition and year of the workbooks; a form that says its year has that where this has none.
        by_tree: a form whose indicators only another edition has gets that one.
        per: a workbook for each form, or for each unit.
        report: write 导入报告.xlsx beside the workbooks.
        passwords: to try on encrypted files.
        progress: called with how many hundredths are done, of how many, and what is being read.

    Raises:
        OutputError: the folder can't be made, or the report not be written.
        PathNotFound: none of the sources exists.
    """
    run = _Run(_made(Path(folder)), issuance or Issuance(), by_tree, per, Report() if report else None)
    given = [Path(source) for source in sources]
    found, missing = discover_present(given, limits=limits, documents=True)
    yield from (run.told(Imported(name, None, None, reason)) for name, reason in missing.items())
    for number, one in enumerate(found):
        asked_for = one.path in given and not one.inside and one.skip is not None
        wanted = replace(one, skip=None, document=True) if asked_for else one  # what is wrong with it is told
        yield from run.file(_Source(wanted, passwords, limits or Limits()), _hundredths(progress, number, len(found)))
    yield from run.units()
    run.finish()


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    return folder


def _hundredths(progress: Progress | None, number: int, total: int) -> Callable[[float, str], None]:
    def tell(share: float, name: str) -> None:
        if progress is not None:
            progress(int(100 * (number + share)), 100 * total, name)

    return tell


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to import, and what opening it takes."""

    found: Found
    passwords: Sequence[str]
    limits: Limits

    def forms(self, document: list[Document]) -> Iterator[Understood | Refused | TargetForm]:
        """Its forms: those of our template as they are, others with their story."""
        found = self.found
        reading = self._workbook()
        if reading is not None:
            yield from reading.outcomes
            if not reading.outcomes:
                yield from reading.forms
                yield from _sheets_not_read(reading)
            told = [one.message for one in reading.issues if one.severity is Severity.INFO]
            document.append(Document(iter(()), told))
            return
        data = found.read(passwords=self.passwords, limits=self.limits)
        document.append(read_document(data, found.base, passwords=self.passwords, limits=self.limits))
        yield from understand(document[0].blocks, found.name)

    def _workbook(self) -> Reading | None:
        """What a workbook gave; None for a document, or a file that is no workbook whatever its name says.

        Raises:
            NoTargetForm: no form is in it, nor a table that could be taken for one.
        """
        if self.found.document:
            return None
        try:
            reading = read_found(self.found, passwords=self.passwords, limits=self.limits)
        except UnreadableFile:
            return None
        if reading.own_ledger:
            raise NoTargetForm(f"{self.found.base}：是 perfxl 生成的台账，没有可以导入的表。请选填好的表。")
        if not reading.forms and not reading.outcomes and reading.issues:
            raise NoTargetForm(f"{self.found.base}：{reading.issues[0].message}。{reading.issues[0].advice}。")
        return reading


def _sheets_not_read(reading: Reading) -> Iterator[Refused]:
    """Sheets of our template that could not be read as forms, beside those that could."""
    for issue in reading.issues:
        if issue.severity is Severity.ERROR and isinstance(issue.at, At):
            yield Refused(issue.at.sheet, issue.at, "绩效目标表", issue.message, issue.advice)


class _Run:
    """One import: where it goes, and what it has met."""

    def __init__(self, folder: Path, issuance: Issuance, by_tree: bool, per: Per, report: Report | None) -> None:
        self._folder = folder
        self._issuance = issuance
        self._by_tree = by_tree
        self._per = per
        self._report = report
        self._units: dict[tuple[str, str, str], list[Imported]] = {}

    def told(self, one: Imported) -> Imported:
        """Put into the report."""
        if self._report is not None:
            self._report.add(one)
        return one

    def file(self, source: _Source, tell: Callable[[float, str], None]) -> Iterator[Imported]:
        """Everything in one file."""
        name = source.found.name
        if source.found.skip is not None:
            yield self.told(Imported(name, None, None, said=f"{name}：没有读取，{source.found.skip}"))
            return
        document: list[Document] = []
        forms = refused = 0
        try:
            for outcome in source.forms(document):
                forms += not isinstance(outcome, Refused)
                refused += isinstance(outcome, Refused) and outcome.kind != Refused.OTHER
                yield from self._outcome(name, outcome)
                share = document[0].done / document[0].size if document else 0.0
                tell(min(share, 1.0), f"{source.found.base} 第 {forms} 张表")
        except InputError as error:
            yield self.told(Imported(name, None, None, str(error)))
            return
        if not forms and not refused:
            yield self.told(Imported(name, None, None, f"{name}：里面没有绩效目标表。请核对文件，或按下发的模板填报。"))
        for note in document[0].notes if document else ():
            yield self.told(Imported(name, None, None, said=note))
        tell(1.0, source.found.base)

    def _outcome(self, name: str, outcome: Understood | Refused | TargetForm) -> Iterator[Imported]:
        if isinstance(outcome, Refused):
            said = f"{outcome.at}“{outcome.name}”：{outcome.reason}" + (f"。{outcome.advice}" if outcome.advice else "")
            known = outcome.kind != Refused.OTHER
            yield self.told(Imported(name, None, None, f"{name}：{said}" if known else "", said="" if known else said))
            return
        form, story = (outcome.form, outcome) if isinstance(outcome, Understood) else (outcome, None)
        edition = self._edition(form)
        one = Imported(name, form, None, story=_with_weights(story, edition))
        if self._per == "unit":
            self._units.setdefault((form.unit_code.text, form.unit_name.text, edition), []).append(one)
        else:
            yield self.told(self._written(one, edition))

    def units(self) -> Iterator[Imported]:
        """The workbooks of the units, where they are asked for: all forms of one that stand together."""
        for (code, unit, edition), forms in self._units.items():
            for start in range(0, len(forms), _FORMS_A_WORKBOOK):
                yield from self._unit_workbook(
                    unit_workbook_name(code, unit), forms[start : start + _FORMS_A_WORKBOOK], edition
                )

    def _unit_workbook(self, name: str, forms: Sequence[Imported], edition: str) -> Iterator[Imported]:
        refused = {id(one): error for one in forms if (error := _too_much(one.form, edition))}
        fitting = [one for one in forms if id(one) not in refused]
        path = free_name(self._folder / name) if fitting else None
        if path is not None:
            save(path, build(replace(self._issuance, edition=edition), [one.form for one in fitting if one.form]))
        for one in forms:
            error = refused.get(id(one), "")
            yield self.told(
                replace(one, workbook=None if error else path, error=f"{one.source}：{error}" if error else "")
            )

    def _written(self, one: Imported, edition: str) -> Imported:
        assert one.form is not None
        try:
            if error := _too_much(one.form, edition):
                raise CapacityError(error)
            path = free_name(self._folder / workbook_name(one.form))
            content = build(replace(self._issuance, edition=edition), [one.form])
            return replace(one, workbook=save(path, content))
        except PerfxlError as error:
            return replace(one, error=f"{one.source}：{error}")

    def _edition(self, form: TargetForm) -> str:
        """The edition of its workbook: the one asked for, unless only another one has its indicators."""
        return form.edition if self._by_tree and form.edition else self._issuance.edition

    def finish(self) -> None:
        """Write the report."""
        if self._report is not None:
            save(free_name(self._folder / REPORT), self._report.content())


def _with_weights(story: Understood | None, edition: str) -> Understood | None:
    """The story, with the weights told as left out where the edition has none."""
    if story is None or Vocabulary.load(edition).weights:
        return story
    kept = tuple(fact for fact in story.placed if not fact.field.endswith(" 权重"))
    lost = [fact for fact in story.placed if fact.field.endswith(" 权重")]
    why = "这个口径的模板没有权重一栏"
    left = (
        *story.left,
        *(Fact("", fact.text, fact.at, fact.label, Sure.CERTAIN, f"{fact.field}：{why}") for fact in lost),
    )
    return replace(story, placed=kept, left=left)


def _too_much(form: TargetForm | None, edition: str) -> str:
    """Why a form doesn't fit a workbook; "" where it does."""
    if form is None:
        return ""
    long = next((entry for entry in typed_entries(form) if len(entry.raw or "") > _CELL_CHARACTERS), None)
    if long is not None:
        return f"“{form.name}”{long.at}的文字超过 {_CELL_CHARACTERS} 字，Excel 的一格放不下。请精简后再导入"
    room = len(LATEST.indicator_rows)
    if len(form.indicators) > room:
        return f"“{form.name}”有 {len(form.indicators)} 条指标，表里只有 {room} 行；请合并指标，或把项目拆成几张表"
    return ""
