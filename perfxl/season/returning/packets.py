"""What goes back to whom: the projects of a ledger that have something to correct, by unit, and files that are no form."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Protocol

from perfxl.issue import At, Issue, Severity
from perfxl.layout import LATEST, LAYOUTS, OBJECTIVES_LABEL, VALUE_HEADING, Layout
from perfxl.ledger.model import Condition, IssueRow, ProjectRow, SourceRow, Status, VersionRow, project_identity
from perfxl.rules import Approval, Approvals, Roster, RosterEntry, check
from perfxl.season.returning.contests import Contest, Contests
from perfxl.season.returning.enclosures import Enclosures
from perfxl.season.returning.refusals import reasons
from perfxl.season.returning.rounds import Finding, Opinions
from perfxl.settings import Settings
from perfxl.text import squeeze, tidy

__all__ = ["Checking", "LedgerLike", "Packet", "Part", "Present", "packets_of"]

_FOREIGN: Final = frozenset((".xls", ".et", ".ods", ".xlsb"))
_SENT_BACK: Final = "退回"
_ERROR, _WARNING = Severity.ERROR.chinese, Severity.WARNING.chinese

Identity = tuple[str, str]


class LedgerLike(Protocol):
    """What is needed of a ledger, whether read back or just made."""

    @property
    def projects(self) -> Sequence[ProjectRow]: ...
    @property
    def issues(self) -> Sequence[IssueRow]: ...
    @property
    def sources(self) -> Sequence[SourceRow]: ...
    @property
    def versions(self) -> tuple[VersionRow, ...]: ...


@dataclass(frozen=True, slots=True)
class Checking:
    """What forms are held against that the ledger could not take."""

    settings: Settings | None = None
    roster: Roster | None = None
    approvals: Approvals | None = None

    @classmethod
    def of(
        cls,
        settings: Settings | None,
        roster: Iterable[RosterEntry] | Roster | None,
        approvals: Iterable[Approval] | Approvals | None,
    ) -> Checking:
        """These, the lists indexed once for any number of forms."""
        return cls(
            settings,
            None if roster is None else Roster.of(roster),
            None if approvals is None else Approvals.of(approvals),
        )


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

    @property
    def wrong(self) -> bool:
        """There is something to correct in it; else it only stands in a workbook that goes back."""
        return bool(self.findings or self.opinion)


@dataclass(frozen=True, slots=True)
class Present:
    """How a project stands now.

    ``held_back`` says in Chinese that a newer form than ``file`` has come and does not count.
    """

    findings: tuple[Finding, ...]
    file: str
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """All that goes to one unit.

    Attributes:
        key: the unit, squeezed.
        now: how each of the unit's projects stands; one returned last time may be right by now.
        contests: projects for which it has sent several forms.
        refused: the file, and why, where the packet has no project.
    """

    key: str
    code: str
    name: str
    parts: tuple[Part, ...]
    now: dict[Identity, Present]
    contests: tuple[Contest, ...] = ()
    refused: str = ""
    reasons: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The unit as people know it, or the file."""
        return self.name or self.code or self.refused or self.key

    @property
    def projects(self) -> int:
        """How many have something to correct; where none has, how many have to be sent again as they are."""
        told = [part for part in self.parts if part.wrong] or self.parts
        return len({(part.identity, part.year) if part.identity[1] else number for number, part in enumerate(told)})

    @property
    def pending(self) -> int:
        """Projects of which nobody knows which form counts."""
        return sum(contest.pending for contest in self.contests)


def packets_of(
    rows: LedgerLike, enclosures: Enclosures, opinions: Opinions, checking: Checking
) -> tuple[list[Packet], tuple[str, ...]]:
    """Units in the order of the ledger, then the files without a unit.

    Returns:
        the packets, and in Chinese which 审核意见 were passed over since the unit has answered them.
    """
    gathered = _Gathered(rows, enclosures, opinions)
    refused: list[Packet] = []
    for source in rows.sources:
        if source.status in (Status.REJECTED, Status.UNREADABLE):
            found = list(_foreign(source, enclosures, checking))
            for unit, part in found:
                gathered.add_foreign(unit, part)
            if not found:
                unit_code, unit_name = enclosures.unit(source.file)
                why = reasons(source, rows.issues)
                refused.append(Packet(source.file, unit_code, unit_name, (), {}, refused=source.file, reasons=why))
    return gathered.packets() + refused, tuple(gathered.passed_over)


class _Gathered:
    """The parts of every unit while they are gathered."""

    def __init__(self, rows: LedgerLike, enclosures: Enclosures, opinions: Opinions) -> None:
        self.passed_over: list[str] = []
        self._enclosures, self._opinions = enclosures, opinions
        self._units: dict[str, tuple[str, str]] = {}
        self._parts: defaultdict[str, list[Part]] = defaultdict(list)
        self._now: defaultdict[str, dict[Identity, Present]] = defaultdict(dict)
        self._contests: defaultdict[str, list[Contest]] = defaultdict(list)
        taken: tuple[ProjectRow | VersionRow, ...] = (*rows.projects, *rows.versions)
        self._known = {name for row in taken for name in _names(row)}
        senders = _senders(rows.projects)
        contests = Contests(rows.versions)
        self._add_projects(rows, senders, contests)
        for contest in contests.open():
            row = contest.first
            unit = senders.get(row.file) or _Unit(row.unit_code, row.unit_name, row.file)
            self._contests[unit.key].append(contest)
            if contest.pending:
                self._units.setdefault(unit.key, (unit.code, unit.name))

    def _add_projects(self, rows: LedgerLike, senders: dict[str, _Unit], contests: Contests) -> None:
        by_form, of_file = _findings(rows)
        for row in rows.projects:
            unit = senders[row.file]
            findings = tuple(by_form[row.file, row.sheet])
            self._now[unit.key][row.identity] = Present(findings, row.file, contests.held_back(row))
            loose = tuple(of_file.pop(row.file, ()))  # of sheets in the same workbook that are no form
            opinion = self._open_opinion(row, unit)
            if row.condition is Condition.WRONG or loose or opinion.startswith(_SENT_BACK):
                project = row.project or row.sheet
                self._add(unit, Part(row.identity, project, row.file, row.year, (*findings, *loose), opinion))

    def _open_opinion(self, row: ProjectRow, unit: _Unit) -> str:
        """审核意见; "" for one that sent the project back and that the unit has answered with another file."""
        opinion = tidy(row.opinion)
        if not opinion.startswith(_SENT_BACK):
            return opinion
        sent = self._opinions.answered(unit.key, row.identity, opinion, self._enclosures.sha256(row.file))
        if not sent:
            return opinion
        self.passed_over.append(
            f"{unit.name or unit.code}《{row.project or row.sheet}》：审核意见“{opinion}”已随第{sent}轮退回，"
            "之后收到了新的报送，这次没有再按它退回；还要退回的，请改写审核意见"
        )
        return ""

    def _add(self, unit: _Unit, part: Part) -> None:
        """A project to return."""
        self._units.setdefault(unit.key, (unit.code, unit.name))
        self._parts[unit.key].append(part)
        present = self._now[unit.key].get(part.identity)
        held_back = present.held_back if present is not None else ""
        self._now[unit.key][part.identity] = Present(part.findings, part.file, held_back)

    def add_foreign(self, unit: _Unit, part: Part) -> None:
        """A project that the ledger could not take, unless it has come in another file that it took."""
        code, name = squeeze(unit.code), squeeze(part.project)
        if self._known.isdisjoint((part.identity, (code, name), (squeeze(unit.name), name))):
            self._add(unit, part)

    def packets(self) -> list[Packet]:
        """A packet a unit."""
        return [
            Packet(key, *names, tuple(self._parts[key]), self._now[key], tuple(self._contests[key]))
            for key, names in self._units.items()
        ]


def _names(row: ProjectRow | VersionRow) -> Iterator[Identity]:
    """Under which a project may stand in another file: its identity, and its name with the unit's code or name."""
    yield row.identity
    for unit in (row.unit_code, row.unit_name):
        if unit and row.project:
            yield project_identity(unit, row.project)


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
    layouts = {row.file: row.layout for row in rows.sources}
    by_form: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    of_file: dict[str, list[Finding]] = {}
    for row in rows.issues:
        if row.severity == _ERROR or (row.severity == _WARNING and not row.explanation):
            label = _label(row.cell, LAYOUTS.get(layouts.get(row.file, ""), LATEST))
            finding = Finding(row.code, row.severity, row.cell, label, row.message, row.advice, row.value)
            if (row.file, row.sheet) in sheets:
                by_form[row.file, row.sheet].append(finding)
            elif row.file:
                of_file.setdefault(row.file, []).append(finding)
    return by_form, of_file


def _foreign(source: SourceRow, enclosures: Enclosures, checking: Checking) -> Iterator[tuple[_Unit, Part]]:
    """The projects of a workbook whose format the ledger could not take."""
    if PurePosixPath(source.file).suffix.lower() not in _FOREIGN:
        return
    workbook = enclosures.restored(source.file)
    for form in workbook.forms if workbook is not None else ():
        checked = check(form, settings=checking.settings, roster=checking.roster, approvals=checking.approvals)
        issues = tuple(checked)
        code, name, project = form.unit_code.text, form.unit_name.text, form.project.text
        grave = [issue for issue in issues if issue.severity is not Severity.INFO and not issue.explained]
        findings = tuple(_finding_of(issue) for issue in grave)
        same = project_identity(code, project, form.project_code)
        part = Part(same, project or form.sheet, source.file, form.year, findings, found=issues)
        yield _Unit(code, name, source.file), part


def _finding_of(issue: Issue) -> Finding:
    cell = issue.at.a1 if isinstance(issue.at, At) else ""
    code = "、".join(issue.codes)
    return Finding(
        code, issue.severity.chinese, cell, _label(cell, LATEST), issue.message, issue.advice, issue.value or ""
    )


def _label(cell: str, layout: Layout) -> str:
    """What the form calls the field at that cell; "" where it is none."""
    try:
        at = At.parse("", cell)
    except ValueError:
        return ""
    for field in layout.fields:
        if field.row <= at.row <= field.bottom and field.column <= at.column <= field.right:
            return field.term
    if at.row in layout.objective_rows:
        return OBJECTIVES_LABEL if at.column <= layout.column("measure").column else ""
    column = next((each for each in layout.columns if each.column == at.column), None)
    if column is None or at.row not in layout.indicator_rows:
        return ""
    return VALUE_HEADING if column.name == "body" else column.label
