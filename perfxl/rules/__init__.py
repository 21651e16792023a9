"""The rules: one catalogue, and :func:`check`, which holds forms against it.

One mistake gives one entry.  A rule names in ``requires`` the rules whose *error* makes it pointless.  A finding is
dropped where a required rule has an error that meets it, that is, where the two share a cell (of those they stand at or
rest on) or stand in the same indicator row.  Findings that stand at no cell and rest on none are never dropped.
Whether the error itself was dropped for a third one makes no difference.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache

from perfxl.errors import UsageError
from perfxl.form import TargetForm
from perfxl.issue import At, Issue, Place, Report, Severity
from perfxl.rules import amount, cleanliness, goal, indicator, structure, taxonomy, value
from perfxl.rules.rule import Context, Finding, LiveCheck, Rule
from perfxl.vocabulary import Vocabulary, editions

__all__ = ["Context", "Finding", "LiveCheck", "Rule", "catalogue", "check", "explain", "rule"]

_FAMILIES = (structure, taxonomy, indicator, value, amount, goal, cleanliness)


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, by family and number."""
    return tuple(one for family in _FAMILIES for one in family.RULES)


def rule(code: str) -> Rule:
    """The rule of that code, in capitals or not.

    Raises:
        UsageError: no such rule; the message names the nearest.
    """
    by_code = {one.code: one for one in catalogue()}
    wanted = code.strip().upper()
    if wanted not in by_code:
        family = [known for known in by_code if known[0] == wanted[:1]]
        near = difflib.get_close_matches(wanted, family or by_code, n=1, cutoff=0.3)
        hint = f"是不是 {near[0]}（{by_code[near[0]].title}）？" if near else ""
        raise UsageError(f"没有规则“{code}”。{hint}运行 perfxl rules 可列出全部规则。")
    return by_code[wanted]


def explain(code: str) -> str:
    """All about one rule, in Chinese, for ``perfxl rule A05``.

    Raises:
        UsageError: no such rule.
    """
    one = rule(code)
    lines = [
        f"{one.code} {one.title}（{one.name}）",
        f"级别：{one.severity.chinese}",
        f"问题：{_without_facts(one.message)}",
        *(f"　或：{_without_facts(message)}" for message, _ in one.variants.values()),
        f"为什么：{one.why}",
        f"错例：{one.wrong}",
        f"正例：{one.right}",
        f"怎样改：{_without_facts(one.advice)}",
        f"依据：{one.source}",
    ]
    if one.requires:
        lines.append(f"先决：同一处已报 {'、'.join(one.requires)} 的错误时不再报")
    return "\n".join(lines)


def _without_facts(template: str) -> str:
    return re.sub(r"\{\w+\}", "…", template)


def check(forms: Iterable[TargetForm] | TargetForm, *, edition: str | None = None, year: int | None = None) -> Report:
    """Hold forms against every rule.

    Args:
        forms: one form or many.
        edition: vocabulary edition for forms that don't say; the default edition if not given.
        year: budget year of the batch, where it is known.

    Returns:
        The issues, by order of the files and forms as given, then by place, severity and code.

    Raises:
        UsageError: there is no such edition.
    """
    several = [forms] if isinstance(forms, TargetForm) else forms
    return Report.of(issue for form in several for issue in _check_form(form, edition, year))


def vocabulary_of(form: TargetForm, edition: str | None = None) -> Vocabulary:
    """The edition that the form was made for, else the one given, else the default.

    A form that names an edition which doesn't exist was tampered with: that is S07, no wrong call.

    Raises:
        UsageError: the edition given does not exist.
    """
    default = Vocabulary.load(edition) if edition is not None else Vocabulary.load()
    return Vocabulary.load(form.edition) if form.edition in editions() and form.edition else default


def _check_form(form: TargetForm, edition: str | None, year: int | None) -> list[Issue]:
    context = Context(vocabulary_of(form, edition), year)
    findings = [(one, finding) for one in catalogue() for finding in one.check(form, context)]
    issues = [_issue(form, one, finding) for one, finding in _told(form, findings)]
    return sorted(issues, key=_order)


def _told(form: TargetForm, findings: list[tuple[Rule, Finding]]) -> Iterator[tuple[Rule, Finding]]:
    """The findings but those that a required rule's error makes pointless."""
    row_of: dict[Place | None, int] = {
        entry.at: item.number for item in form.indicators for entry in (*item.entries(), item.target)
    }
    errors: dict[str, list[Finding]] = {}
    for one, finding in findings:
        if (finding.severity or one.severity) is Severity.ERROR:
            errors.setdefault(one.code, []).append(finding)
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


def _issue(form: TargetForm, one: Rule, finding: Finding) -> Issue:
    message, advice = one.variants[finding.variant] if finding.variant else (one.message, one.advice)
    return Issue(
        code=one.code,
        severity=finding.severity or one.severity,
        message=message.format_map(finding.facts),
        advice=advice.format_map(finding.facts),
        file=form.file,
        form=form.key,
        at=finding.at,
        value=finding.value,
        related=finding.related,
        also=finding.also,
        explanation=form.explanation_for(finding.at),
    )


def _order(issue: Issue) -> tuple[int, int, int, int, str]:
    """What stands at no place comes first, being about the form as a whole."""
    at = issue.at
    row, column = (0, 0) if at is None else (at.row, at.column) if isinstance(at, At) else (at.line, 0)
    return (at is not None, row, column, issue.severity.rank, issue.code)
