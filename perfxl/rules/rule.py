"""What a rule is: a code of the catalogue, its words, and the check itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from perfxl.form import TargetForm
from perfxl.issue import Issue, Place, Repair, Severity
from perfxl.layout import Layout
from perfxl.rules.lists import Approvals, Roster
from perfxl.rules.traits import Traits
from perfxl.settings import Thresholds
from perfxl.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may know besides the form.

    Attributes:
        vocabulary: the edition by which the form is judged.
        year: budget year of the batch, None if nobody said.
        thresholds: where "too much" begins.
        roster: 单位名册; None where none was given.
        approvals: 批复清单; None where none was given.
    """

    vocabulary: Vocabulary
    year: int | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    roster: Roster | None = None
    approvals: Approvals | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken.

    Attributes:
        at: the cell to correct; None where no one cell is wrong.
        facts: what fills the ``{}`` in the rule's message and advice.
        value: content of that cell as typed.
        related: other cells the finding rests on.
        severity: where it differs from the rule's own.
        variant: which of the rule's ``variants`` words it; "" for its ordinary message.
        also: codes of rules told together with this one.
        repair: how to mend it, where there is one answer.
    """

    at: Place | None
    facts: Mapping[str, object] = field(default_factory=dict)
    value: str | None = None
    related: tuple[Place, ...] = ()
    severity: Severity | None = None
    variant: str = ""
    also: tuple[str, ...] = ()
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """A rule as a spreadsheet formula, evaluated in the form while the clerk types.

    Attributes:
        target: name of the head field or indicator column that it judges, or ``objectives``.
        wrong: formula text, without "=", that is TRUE where the rule is broken.  ``{name}`` stands for an input: a head
            field (``{project}``) or, in the indicator table, a column of the same row (``{level2}``), ``{carried}``
            (一级指标 that holds here) or ``{value}`` (the three cells of 指标值 joined).  ``{form.budget}``, ``{kind}``
            and the like are helpers of :mod:`perfxl.rules.formula`.  Only functions that Excel 2010, WPS and LibreOffice
            share.  It is asked only once something was typed, in the table only of indicators (rows that apply), and
            never where the row has an error value.
        hint: what the hint column says, in Chinese, with the place and what to do.
        severity: error or warning.
        whole_table: it judges the table, not each row, and is told at that column's heading.
        first_row: it judges the table and is told at that column's first cell.

    What is beyond the reach of formulas gives no flag; :func:`perfxl.rules.reach.claims` says what that is.
    """

    target: str
    wrong: str
    hint: str
    severity: Severity = Severity.ERROR
    whole_table: bool = False
    first_row: bool = False


class Rule:
    """Base of all rules.  A rule is stateless; one instance stands in the catalogue.

    Attributes:
        code: letter of the family and two digits; never reused.
        name: the mistake, as an English identifier (``unit-missing``).
        title: the mistake in a few Chinese words.
        severity: weight of its findings unless a finding says otherwise.
        message: what is wrong, with ``{facts}``.
        advice: what to do, with ``{facts}``.
        variants: other wordings by variant name: (message, advice).
        source: the rule document it rests on; 本目录 where it is perfxl's own.
        why: why it matters, one or two Chinese sentences.
        wrong, right: an example of each, in Chinese.
        requires: codes whose error on the same indicator, cell or form makes this one pointless.
        since: version of perfxl that brought it.
        default: it runs unless ignored; else only where the settings select it by its whole code.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    message: ClassVar[str]
    advice: ClassVar[str]
    source: ClassVar[str]
    why: ClassVar[str]
    wrong: ClassVar[str]
    right: ClassVar[str]
    variants: ClassVar[Mapping[str, tuple[str, str]]] = {}
    requires: ClassVar[tuple[str, ...]] = ()
    since: ClassVar[str] = "0.1"
    default: ClassVar[bool] = True

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        """Every place where the form breaks this rule, in reading order."""
        raise NotImplementedError

    def issue(self, finding: Finding, *, file: str | None, form: str | None, explanation: str = "") -> Issue:
        """The finding in words, on that form."""
        message, advice = self.variants[finding.variant] if finding.variant else (self.message, self.advice)
        return Issue(
            code=self.code,
            severity=finding.severity or self.severity,
            message=message.format_map(finding.facts),
            advice=advice.format_map(finding.facts),
            file=file,
            form=form,
            at=finding.at,
            value=finding.value,
            related=finding.related,
            also=finding.also,
            explanation=explanation,
            repair=finding.repair,
        )

    def live(self, layout: Layout, vocabulary: Vocabulary) -> Iterable[LiveCheck]:
        """The rule as formulas for the template; empty for a rule that no formula can tell."""
        return ()


class CollectionRule(Rule):
    """Base of the rules that look at all forms of a collection together."""

    def check(self, form: TargetForm, context: Context) -> Iterator[Finding]:
        """Nothing, unless a form by itself can break the rule as well."""
        return iter(())

    def check_all(self, collection: Sequence[Traits], context: Context) -> Iterator[tuple[Traits | None, Finding]]:
        """Each finding with the form at which it stands; None where it stands at none of them."""
        raise NotImplementedError
