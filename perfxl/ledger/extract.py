"""One form, checked, as rows of the ledger.  Only these rows are kept, not the form: a run may see thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import At, Issue, Place, Severity
from perfxl.ledger.model import Condition, IndicatorRow, IssueRow, ProjectRow
from perfxl.reading import content_digest
from perfxl.rules import Approval, Approvals, Roster, Traits, check, traits_of, vocabulary_of
from perfxl.settings import Settings
from perfxl.target import Kind
from perfxl.text import squeeze
from perfxl.vocabulary import Vocabulary

_WAN_YUAN = Decimal(10000)
_KINDS: dict[Kind, str] = {"quantitative": "定量", "range": "区间", "date": "时限", "qualitative": "定性", "blank": ""}
_NUMERALS = "一二三四五六七八九十"
_DIGITS = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FormRows:
    """A form's rows, and what tells whether it is another's duplicate.

    Attributes:
        identity: see :func:`perfxl.ledger.model.project_identity`; None where either half is blank: it is nobody's
            duplicate then.
        approved_as: key of the approval that it meets; None where it meets none.
        submission: 报送次数; 1 where it is blank, as for a first submission, or unread.
        submission_unread: something stands there that is no number.
        digest: of what was typed; the same for the same content in another file.
        unfilled: nothing stands in it but what it was handed out with.
    """

    project: ProjectRow
    indicators: tuple[IndicatorRow, ...]
    issues: tuple[IssueRow, ...]
    identity: tuple[str, str] | None
    approved_as: tuple[str, str] | None
    submission: int
    submission_unread: bool
    digest: str
    unfilled: bool
    edition: str
    layout: str
    traits: Traits

    def with_issues(self, issues: Iterable[Issue]) -> FormRows:
        """The same form with more findings, counted."""
        project = self.project
        rows = (*self.issues, *(issue_row(issue, project) for issue in issues))
        errors, warnings = (
            sum(row.severity == one.chinese for row in rows) for one in (Severity.ERROR, Severity.WARNING)
        )
        condition = Condition.WRONG if errors else Condition.WARNED if warnings else Condition.CLEAN
        counted = replace(project, errors=errors, warnings=warnings, condition=condition)
        return replace(self, project=counted, issues=rows)

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
class Lists:
    """What finance holds the forms against; each may be missing."""

    roster: Roster | None = None
    approvals: Approvals | None = None


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
    project = _listed(typed, approval, lists)
    rows = FormRows(
        project=project,
        indicators=tuple(_indicator_row(form, indicator) for indicator in form.applicable),
        issues=(),
        identity=project.identity if all(project.identity) else None,
        approved_as=None if approval is None else approval.key,
        submission=1 if submission is None else submission,
        submission_unread=submission is None and form.submission is not None and not form.submission.blank,
        digest=content_digest(form),
        unfilled=_unfilled(form),
        edition=vocabulary.edition,
        layout=form.layout,
        traits=traits_of(form, settings=settings),
    )
    return rows.with_issues(report)


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
    approved = None if approval.amount_yuan is None else approval.amount_yuan / _WAN_YUAN
    return replace(
        row,
        department=row.department or approval.department,
        project_code=row.project_code or approval.project_code,
        approved=approved,
        difference=None if row.total is None or approved is None else row.total - approved,
    )


def _indicator_row(form: TargetForm, indicator: Indicator) -> IndicatorRow:
    at, value = indicator.target.at, indicator.value
    return IndicatorRow(
        unit_code=_shown(form.unit_code),
        unit_name=_shown(form.unit_name),
        project=_shown(form.project),
        number=indicator.number,
        level1=indicator.carried,
        level2=_shown(indicator.level2),
        level3=_shown(indicator.level3),
        description=_shown(indicator.description),
        target=indicator.target.value or "",
        relation=value.relation or "",
        value=value.number,
        upper=value.upper,
        measure=value.unit_normalised or "",
        kind=_KINDS[value.kind],
        explanation=indicator.explanation,
        file=form.file or "",
        sheet=at.sheet if isinstance(at, At) else form.sheet,
        cell=_cell(at),
    )


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
    return entry.amount if factor == _WAN_YUAN else entry.amount * factor / _WAN_YUAN


def _submission(entry: Entry | None) -> int | None:
    """报送次数 as a number, also out of 第2次 and 第二次; None where there is none."""
    text = squeeze(entry.text) if entry is not None else ""
    if match := _DIGITS.search(text):
        return int(match[0])
    words = [_NUMERALS.index(char) + 1 for char in text if char in _NUMERALS]
    return words[0] if len(words) == 1 else None
