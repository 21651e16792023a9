"""One form, checked, as rows of the ledger.  Only these rows are kept, not the form: a run may see thousands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import At, Issue, Place, Severity
from perfxl.ledger.gathering.packing import Block, Texts, row_of, text_of, texts_of
from perfxl.ledger.model import WAN_YUAN, Condition, IndicatorRow, IssueRow, ProjectRow
from perfxl.ledger.tables import INDICATORS, ISSUES
from perfxl.reading import content_digest
from perfxl.rules import Approval, Approvals, Roster, RosterEntry, Traits, check, traits_of, vocabulary_of
from perfxl.settings import Settings
from perfxl.target import Kind
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

_KINDS: dict[Kind, str] = {"quantitative": "定量", "range": "区间", "date": "时限", "qualitative": "定性", "blank": ""}
_ISSUE_PLACES = {column.name: place for place, column in enumerate(ISSUES.columns)}
_SEVERITY = _ISSUE_PLACES["severity"]
_NUMERALS = "一二三四五六七八九十"
_DIGITS = re.compile(r"\d{1,4}", re.ASCII)


class Rowed(Protocol):
    """Rows that are packed, or not even fetched yet."""

    def rows(self) -> list[Texts]: ...


@dataclass(frozen=True, slots=True)
class FormFacts:
    """A form as far as it is settled by: its row in 项目台账, and what tells whether it is another's duplicate.

    Attributes:
        approved_as: key of the approval that it meets; None where it meets none.
        submission: 报送次数; 1 where it is blank, as for a first submission, or unread.
        submission_unread: something stands there that is no number.
        digest: of what was typed; the same for the same content in another file.
        unfilled: nothing stands in it but what it was handed out with.
        indicators: its rows in 指标明细.
    """

    project: ProjectRow
    approved_as: tuple[str, str] | None
    submission: int
    submission_unread: bool
    digest: str
    unfilled: bool
    edition: str
    layout: str
    indicators: Rowed

    @property
    def indicator_rows(self) -> list[IndicatorRow]:
        """The indicators, unpacked."""
        return [row_of(INDICATORS, texts) for texts in self.indicators.rows()]

    @property
    def identity(self) -> tuple[str, str] | None:
        """See :func:`perfxl.ledger.model.project_identity`; None where half of it is blank: it is nobody's duplicate."""
        identity = self.project.identity
        return identity if all(identity) else None

    @property
    def named(self) -> bool:
        """Unit and project are said in some way, so that it can be another form's version."""
        row = self.project
        unit, project = row.unit_code or row.unit_name, row.project or row.project_code
        return self.approved_as is not None or bool(squeeze(unit) and squeeze(project))

    @property
    def sheet(self) -> str:
        return self.project.sheet

    @property
    def year(self) -> int | None:
        return self.project.year


@dataclass(frozen=True, slots=True)
class FormRows(FormFacts):
    """All that is kept of a form: beside the facts its rows, and what the rules about collections need."""

    indicators: Block
    issues: Block
    traits: Traits


def with_issues(project: ProjectRow, rows: Sequence[Texts]) -> tuple[ProjectRow, Block]:
    """A form's row with its findings counted, and the findings."""
    severities = Counter(row[_SEVERITY] for row in rows)
    errors, warnings = (severities[one.chinese] for one in (Severity.ERROR, Severity.WARNING))
    condition = Condition.WRONG if errors else Condition.WARNED if warnings else Condition.CLEAN
    return replace(project, errors=errors, warnings=warnings, condition=condition), Block.of(ISSUES, rows)


def at_home(finding: Texts, project: ProjectRow) -> Texts:
    """A finding that came of comparing forms, with what a row says of the form that it stands at."""
    for name in ("sheet", "unit_name", "project"):
        place = _ISSUE_PLACES[name]
        finding[place] = finding[place] or getattr(project, name)
    return finding


@dataclass(frozen=True, slots=True)
class Lists:
    """What finance holds the forms against; each may be missing."""

    roster: Roster | None = None
    approvals: Approvals | None = None

    @classmethod
    def of(
        cls, roster: Iterable[RosterEntry] | Roster | None, approvals: Iterable[Approval] | Approvals | None
    ) -> Lists:
        """The lists of these entries."""
        return cls(
            None if roster is None else Roster.of(roster), None if approvals is None else Approvals.of(approvals)
        )


def form_rows(form: TargetForm, settings: Settings, lists: Lists) -> FormRows:
    """Check a form and lay it out in rows; 序号 is given when the ledger is put together.

    Raises:
        UsageError: the settings name an edition or rule that does not exist.
    """
    vocabulary = vocabulary_of(form, settings.edition)
    report = check(form, settings=settings, roster=lists.roster, approvals=lists.approvals)
    submission = _submission(form.submission)
    typed = _project_row(form, vocabulary, settings.year)
    approval = _approval(typed, lists)
    listed = _listed(typed, approval, lists)
    project, issues = with_issues(listed, [texts_of(ISSUES, issue_row(issue, listed)) for issue in report])
    return FormRows(
        project=project,
        approved_as=None if approval is None else approval.key,
        submission=1 if submission is None else submission,
        submission_unread=submission is None and form.submission is not None and not form.submission.blank,
        digest=content_digest(form),
        unfilled=_unfilled(form),
        edition=vocabulary.edition,
        layout=form.layout,
        indicators=Block.of(INDICATORS, [_indicator_texts(form, indicator) for indicator in form.applicable]),
        issues=issues,
        traits=traits_of(form, settings=settings),
    )


def issue_row(issue: Issue, project: ProjectRow | None) -> IssueRow:
    """A finding as a row; ``project`` is None for one about a sheet that could not be read as a form."""
    sheet = issue.at.sheet if isinstance(issue.at, At) else project.sheet if project is not None else ""
    return IssueRow(
        file=issue.file or "",
        sheet=sheet,
        cell=_cell(issue.at),
        unit_name=project.unit_name if project is not None else "",
        project=project.project if project is not None else "",
        code="、".join(issue.codes),
        severity=issue.severity.chinese,
        message=issue.message,
        advice=issue.advice,
        value=issue.value or "",
        explanation=f"按设置不计：{issue.ignored}" if issue.ignored else issue.explanation,
    )


def _project_row(form: TargetForm, vocabulary: Vocabulary, year: int | None) -> ProjectRow:
    factor = vocabulary.money_factor(form.money_unit.text or form.template_money_unit)
    return ProjectRow(
        number=0,
        year=form.year if form.year is not None else year,
        unit_code=_shown(form.unit_code),
        unit_name=_shown(form.unit_name),
        department=_shown(form.department),
        project=_shown(form.project),
        project_code=form.project_code,
        project_no=_shown(form.project_no),
        total=_in_wan_yuan(form.budget.total, factor),
        fiscal=_in_wan_yuan(form.budget.fiscal, factor),
        other=_in_wan_yuan(form.budget.other, factor),
        purpose=_shown(form.purpose),
        objectives="\n".join(_shown(entry) for entry in form.objectives),
        indicators=len(form.applicable),
        errors=0,
        warnings=0,
        condition=Condition.CLEAN,
        contact=_shown(form.contact),
        phone=_shown(form.phone),
        submission=_submission(form.submission),
        note=_note(form),
        file=form.file or "",
        sheet=form.sheet,
    )


def _approval(row: ProjectRow, lists: Lists) -> Approval | None:
    """The approval that a form meets beyond doubt."""
    if lists.approvals is None:
        return None
    return lists.approvals.match(row.unit_code, row.project, row.project_code, unit=row.unit_name).approval


def _listed(row: ProjectRow, approval: Approval | None, lists: Lists) -> ProjectRow:
    """The row with what the lists know of it: 主管部门, 项目编码, 批复数."""
    if lists.roster is not None and (unit := lists.roster.by_code.get(squeeze(row.unit_code))):
        row = replace(row, department=unit.department or row.department)
    if approval is None:
        return row
    approved = None if approval.amount_yuan is None else approval.amount_yuan / WAN_YUAN
    return replace(
        row,
        department=row.department or approval.department,
        project_code=row.project_code or approval.project_code,
        approved=approved,
        difference=None if row.total is None or approved is None else row.total - approved,
    )


def _indicator_texts(form: TargetForm, indicator: Indicator) -> Texts:
    """The row of 指标明细 as texts, in the order of its columns."""
    at, value = indicator.target.at, indicator.value
    return [
        _shown(form.unit_code),
        _shown(form.unit_name),
        _shown(form.project),
        str(indicator.number),
        indicator.carried,
        _shown(indicator.level2),
        _shown(indicator.level3),
        _shown(indicator.description),
        indicator.target.value or "",
        value.relation or "",
        text_of(value.number),
        text_of(value.upper),
        value.unit_normalised or "",
        _KINDS[value.kind],
        indicator.explanation,
        form.file or "",
        at.sheet if isinstance(at, At) else form.sheet,
        _cell(at),
    ]


def _unfilled(form: TargetForm) -> bool:
    """Nothing typed, in a form that was handed out beside what it came with."""
    budget = form.budget
    typed = [budget.fiscal, budget.other, form.purpose, *form.objectives]
    if not form.project_code:
        typed += [form.unit_code, form.unit_name, form.project, budget.total]
    return not form.indicators and all(entry.blank for entry in typed)


def _note(form: TargetForm) -> str:
    """情况说明 that belongs to no indicator: the whole form's, then the other rows'."""
    of_indicators = {indicator.row for indicator in form.indicators}
    rows = [f"第{row}行：{text}" for row, text in form.explanations.items() if row not in of_indicators]
    return "\n".join(filter(None, (_shown(form.note), *rows)))


def _shown(entry: Entry | None) -> str:
    """The cell's text, or the error value that stands there; "" for a blank cell or a form without that field."""
    return (entry.text or entry.fault) if entry is not None else ""


def _cell(at: Place | None) -> str:
    return at.a1 if isinstance(at, At) else str(at) if at is not None else ""


def _in_wan_yuan(entry: Entry, factor: Decimal | None) -> Decimal | None:
    """The amount in 万元; None where it is not one number or the form's money unit is unknown."""
    if entry.amount is None or factor is None:
        return None
    return entry.amount if factor == WAN_YUAN else entry.amount * factor / WAN_YUAN


def _submission(entry: Entry | None) -> int | None:
    """报送次数 as a number, also out of 第2次 and 第二次; None where there is none."""
    text = squeeze(entry.text) if entry is not None else ""
    if match := _DIGITS.search(text):
        return int(match[0])
    words = [_NUMERALS.index(char) + 1 for char in text if char in _NUMERALS]
    return words[0] if len(words) == 1 else None
