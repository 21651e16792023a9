"""From findings to issues: prerequisites, the place's own severities, what it passes over on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from perfxl.form import TargetForm
from perfxl.issue import At, AtTable, Issue, Place, Severity
from perfxl.rules.rule import Context, Finding, Rule
from perfxl.settings import Ignore, Settings


def findings_of(form: TargetForm, context: Context, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Issue]]:
    """The form's issues by those rules, without what a required rule's error makes pointless."""
    findings = [(one, finding) for one in rules for finding in one.check(form, context)]
    for one, finding in _told(form, findings):
        explanation = form.explanation_for(finding.at)
        yield one, one.issue(finding, file=form.file, form=form.key, explanation=explanation)


def _told(form: TargetForm, findings: list[tuple[Rule, Finding]]) -> Iterator[tuple[Rule, Finding]]:
    errors: dict[str, list[Finding]] = {}
    for one, finding in findings:
        if (finding.severity or one.severity) is Severity.ERROR:
            errors.setdefault(one.code, []).append(finding)
    row_of: dict[Place | None, int] = {}
    if errors:
        entries = ((entry, item) for item in form.indicators for entry in (*item.entries(), item.target))
        row_of.update((entry.at, item.number) for entry, item in entries)
    for one, finding in findings:
        blocking = (error for code in one.requires for error in errors.get(code, ()))
        if not any(_meet(finding, error, row_of) for error in blocking):
            yield one, finding


def _meet(finding: Finding, error: Finding, row_of: dict[Place | None, int]) -> bool:
    if not _cells(finding).isdisjoint(_cells(error)):
        return True
    row = row_of.get(finding.at)
    return row is not None and row == row_of.get(error.at)


def _cells(finding: Finding) -> set[Place]:
    return {place for place in (finding.at, *finding.related) if place is not None}


def judged(one: Rule, issue: Issue, settings: Settings) -> Issue:
    """The issue as the place wants it: as grave as its settings say, and an info where they pass it over.

    A finding that has the rule's usual weight gets the new one; one that differs from it only ever gets lighter, so
    that a hint stays a hint.
    """
    wanted = settings.severities.get(one.code)
    if wanted is not None and (issue.severity is one.severity or wanted.rank > issue.severity.rank):
        issue = replace(issue, severity=wanted)
    ignored = next((ignore for ignore in settings.ignores if _meant(ignore, issue)), None)
    return issue if ignored is None else replace(issue, severity=Severity.INFO, ignored=ignored.reason)


def _meant(ignore: Ignore, issue: Issue) -> bool:
    if ignore.code != issue.code:
        return False
    if ignore.file is not None and not _matches(issue.file or "", ignore.file):
        return False
    cell = issue.at.a1 if isinstance(issue.at, At) else None
    return ignore.cell is None or ignore.cell in (cell, str(issue.at))


def _matches(file: str, pattern: str) -> bool:
    """The file, or a pattern of it with ``*``, with or without the folders before it."""
    pattern = pattern.replace("[", "[[]")  # units name their files [015001]名称.xlsx
    return fnmatchcase(file, pattern) or fnmatchcase(file.rpartition("/")[2], pattern)


def order(issue: Issue) -> tuple[bool, int, int, int, str]:
    """What stands at no place comes first, being about the form as a whole."""
    at = issue.at
    place = (0, 0)
    if isinstance(at, At):
        place = at.row, at.column
    elif isinstance(at, AtTable):
        place = at.row, at.cell
    elif at is not None:
        place = at.line, 0
    return (at is not None, *place, issue.severity.rank, issue.code)
