"""What goes back to whom: the projects of a ledger that have something to correct, by unit, and files that are no form."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from perfxl.issue import At, Issue, Severity
from perfxl.layout import LATEST, OBJECTIVES_LABEL, VALUE_HEADING
from perfxl.ledger.model import Condition, IssueRow, ProjectRow, SourceRow, Status, project_identity
from perfxl.rules import check
from perfxl.season.restoring import FOREIGN_SUFFIXES
from perfxl.season.returning.enclosures import Enclosures
from perfxl.season.returning.rounds import Finding
from perfxl.settings import Settings
from perfxl.text import squeeze, tidy

__all__ = ["LedgerLike", "Packet", "Part", "packets_of"]

_SENT_BACK: Final = "退回"
_ERROR, _WARNING = Severity.ERROR.chinese, Severity.WARNING.chinese

Identity = tuple[str, str]


class LedgerLike(Protocol):
    """What is needed of a ledger, whether read back or just made."""

    @property
    def projects(self) -> tuple[ProjectRow, ...]: ...
    @property
    def issues(self) -> tuple[IssueRow, ...]: ...
    @property
    def sources(self) -> tuple[SourceRow, ...]: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One project to return: what has to be corrected, what finance says (审核意见).

    ``found`` are its findings as issues where the ledger has none of it.
    """

    identity: Identity
    project: str
    file: str
    year: int | None
    findings: tuple[Finding, ...]
    opinion: str = ""
    found: tuple[Issue, ...] | None = None


@dataclass(frozen=True, slots=True)
class Packet:
    """All that goes to one unit.

    Attributes:
        key: the unit, squeezed.
        now: what stands against each of the unit's projects, and its file; one returned last time may be right by now.
        refused: the file, and why, where the packet has no project.
    """

    key: str
    code: str
    name: str
    parts: tuple[Part, ...]
    now: dict[Identity, tuple[tuple[Finding, ...], str]]
    refused: str = ""
    reasons: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The unit as people know it, or the file."""
        return self.name or self.code or self.refused or self.key


def packets_of(rows: LedgerLike, enclosures: Enclosures, settings: Settings | None) -> list[Packet]:
    """Units in the order of the ledger, then the files without a unit."""
    gathered = _Gathered(rows)
    refused: list[Packet] = []
    for source in rows.sources:
        if source.status in (Status.REJECTED, Status.UNREADABLE):
            found = list(_foreign(source, enclosures, settings))
            for unit, part in found:
                gathered.add(unit, part)
            if not found:
                refused.append(_refused(source, rows.issues, enclosures))
    return gathered.packets() + refused


class _Gathered:
    """The parts of every unit while they are gathered."""

    def __init__(self, rows: LedgerLike) -> None:
        self._units: dict[str, tuple[str, str]] = {}
        self._parts: defaultdict[str, list[Part]] = defaultdict(list)
        self._now: defaultdict[str, dict[Identity, tuple[tuple[Finding, ...], str]]] = defaultdict(dict)
        by_form, of_file = _findings(rows)
        senders = _senders(rows.projects)
        for row in rows.projects:
            unit = senders[row.file]
            findings = tuple(by_form[row.file, row.sheet])
            self._now[unit.key][row.identity] = findings, row.file
            loose = tuple(of_file.pop(row.file, ()))  # of sheets in the same workbook that are no form
            opinion = tidy(row.opinion)
            if row.condition is Condition.WRONG or loose or opinion.startswith(_SENT_BACK):
                project = row.project or row.sheet
                self.add(unit, Part(row.identity, project, row.file, row.year, (*findings, *loose), opinion))

    def add(self, unit: _Unit, part: Part) -> None:
        """A project to return."""
        self._units.setdefault(unit.key, (unit.code, unit.name))
        self._parts[unit.key].append(part)
        self._now[unit.key][part.identity] = part.findings, part.file

    def packets(self) -> list[Packet]:
        """A packet a unit."""
        return [Packet(key, *self._units[key], tuple(parts), self._now[key]) for key, parts in self._parts.items()]


@dataclass(frozen=True, slots=True)
class _Unit:
    code: str
    name: str
    file: str

    @property
    def key(self) -> str:
        return squeeze(self.code) or squeeze(self.name) or self.file


def _senders(projects: Iterable[ProjectRow]) -> dict[str, _Unit]:
    """Whose each file is: a workbook goes back once, to the unit of most of its projects, though one has a wrong code."""
    units: defaultdict[str, Counter[_Unit]] = defaultdict(Counter)
    for row in projects:
        units[row.file][_Unit(row.unit_code, row.unit_name, row.file)] += 1
    return {file: counted.most_common(1)[0][0] for file, counted in units.items()}


def _findings(rows: LedgerLike) -> tuple[defaultdict[tuple[str, str], list[Finding]], dict[str, list[Finding]]]:
    """What has to be corrected: by file and sheet of the projects, and by file where it belongs to none.

    Hints are left to 校验结果, and so are warnings that the clerk has explained.
    """
    sheets = {(row.file, row.sheet) for row in rows.projects}
    by_form: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    of_file: dict[str, list[Finding]] = {}
    for row in rows.issues:
        if row.severity == _ERROR or (row.severity == _WARNING and not row.explanation):
            finding = Finding(row.code, row.severity, row.cell, _label(row.cell), row.message, row.advice, row.value)
            if (row.file, row.sheet) in sheets:
                by_form[row.file, row.sheet].append(finding)
            elif row.file:
                of_file.setdefault(row.file, []).append(finding)
    return by_form, of_file


def _foreign(source: SourceRow, enclosures: Enclosures, settings: Settings | None) -> Iterator[tuple[_Unit, Part]]:
    """The projects of a workbook whose format the ledger could not take."""
    if Path(source.file).suffix.lower() not in FOREIGN_SUFFIXES:
        return
    workbook = enclosures.restored(source.file)
    for form in workbook.forms if workbook is not None else ():
        issues = tuple(check(form, settings=settings))
        code, name, project = form.unit_code.text, form.unit_name.text, form.project.text
        grave = [issue for issue in issues if issue.severity is not Severity.INFO and not issue.explained]
        findings = tuple(_finding_of(issue) for issue in grave)
        same = project_identity(code, project, form.project_code)
        part = Part(same, project or form.sheet, source.file, form.year, findings, found=issues)
        yield _Unit(code, name, source.file), part


def _finding_of(issue: Issue) -> Finding:
    cell = issue.at.a1 if isinstance(issue.at, At) else ""
    code = "、".join(issue.codes)
    return Finding(code, issue.severity.chinese, cell, _label(cell), issue.message, issue.advice, issue.value or "")


def _refused(source: SourceRow, issues: Iterable[IssueRow], enclosures: Enclosures) -> Packet:
    """A file that gave no form, with why: its findings, else the reason that the ledger has."""
    reasons = [(row.message, row.advice) for row in issues if row.file == source.file]
    if not reasons:
        said, _, what_to_do = source.reason.partition("。")
        reasons = [(said, what_to_do or "请用下发的模板填好后重新报送")]
    return Packet(source.file, *enclosures.unit(source.file), (), {}, source.file, tuple(reasons))


def _label(cell: str) -> str:
    """What the form calls the field at that cell; "" where it is none."""
    try:
        at = At.parse("", cell)
    except ValueError:
        return ""
    for field in LATEST.fields:
        if field.row <= at.row <= field.bottom and field.column <= at.column <= field.right:
            return field.term
    if at.row in LATEST.objective_rows:
        return OBJECTIVES_LABEL if at.column <= LATEST.column("measure").column else ""
    column = next((each for each in LATEST.columns if each.column == at.column), None)
    if column is None or at.row not in LATEST.indicator_rows:
        return ""
    return VALUE_HEADING if column.name == "body" else column.label
