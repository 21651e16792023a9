"""The rules: one catalogue, and :func:`check`, which holds forms against it.

One mistake gives one entry.  A rule names in ``requires`` the rules whose *error* makes it pointless.  A finding is
dropped where a required rule has an error that meets it, that is, where the two share a cell (of those they stand at or
rest on) or stand in the same indicator row.  Findings that stand at no cell and rest on none are never dropped.
Whether the error itself was dropped for a third one makes no difference.

What a place decides for itself (:class:`perfxl.settings.Settings`) applies here and nowhere else: which rules run, how
grave their findings are, which findings are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from perfxl.form import TargetForm
from perfxl.issue import Issue, Report
from perfxl.rules.collection import traits_of as _traits_of
from perfxl.rules.judging import findings_of, judged, order
from perfxl.rules.lists import Approval, Approvals, Roster, RosterEntry
from perfxl.rules.page import catalogue_page
from perfxl.rules.registry import catalogue, explain, rule, selected
from perfxl.rules.rule import CollectionRule, Context, Finding, LiveCheck, Rule
from perfxl.rules.traits import Traits
from perfxl.settings import Settings
from perfxl.vocabulary import Vocabulary, editions

__all__ = [
    "Approval",
    "Approvals",
    "CollectionRule",
    "Context",
    "Finding",
    "LiveCheck",
    "Roster",
    "RosterEntry",
    "Rule",
    "Traits",
    "catalogue",
    "catalogue_page",
    "check",
    "cross_check",
    "crossed",
    "explain",
    "rule",
    "traits_of",
    "vocabulary_of",
]


def check(
    forms: Iterable[TargetForm] | TargetForm,
    *,
    settings: Settings | None = None,
    edition: str | None = None,
    year: int | None = None,
    roster: Iterable[RosterEntry] | Roster | None = None,
    approvals: Iterable[Approval] | Approvals | None = None,
) -> Report:
    """Hold forms against every rule; several forms also against one another.

    Args:
        forms: one form or many.
        settings: what the place decides for itself; see there.
        edition, year: of the batch, for forms that don't say; they go before those of the settings.
        roster: 单位名册 (S03).
        approvals: 批复清单 (A06).  What is on the list and not among the forms is told by :func:`cross_check` only.

    Returns:
        The issues, by order of the files and forms as given, then by place, severity and code.

    Raises:
        UsageError: there is no such edition, rule or word list.
    """
    several = [forms] if isinstance(forms, TargetForm) else forms
    decided = (settings or Settings()).for_call(edition=edition, year=year)
    rules = selected(decided)
    units = None if roster is None else Roster.of(roster)
    budgets = None if approvals is None else Approvals.of(approvals)
    found: list[list[Issue]] = []
    collection: list[Traits] = []
    alone: tuple[TargetForm, Vocabulary] | None = None
    for form in several:
        vocabulary = vocabulary_of(form, decided.edition).with_words(decided.words)
        context = Context(vocabulary, decided.year, decided.thresholds, units, budgets)
        found.append([judged(one, issue, decided) for one, issue in findings_of(form, context, rules)])
        if len(found) == 1:  # a form that stays alone needs no traits
            alone = form, vocabulary
            continue
        if alone is not None:
            collection, alone = [_traits_of(*alone)], None
        collection.append(_traits_of(form, vocabulary))
    if len(collection) > 1:
        places = {id(traits): number for number, traits in enumerate(collection)}
        for traits, issue in crossed(lambda one, context: one.check_all(collection, context), settings=decided):
            found[places[id(traits)]].append(issue)
    return Report.of(issue for issues in found for issue in sorted(issues, key=order))


def traits_of(form: TargetForm, *, settings: Settings | None = None, edition: str | None = None) -> Traits:
    """What :func:`cross_check` needs to know of a form; it is all that has to be kept of it.

    Raises:
        UsageError: there is no such edition or word list.
    """
    decided = (settings or Settings()).for_call(edition=edition)
    return _traits_of(form, vocabulary_of(form, decided.edition).with_words(decided.words))


def cross_check(
    traits: Iterable[Traits],
    *,
    settings: Settings | None = None,
    approvals: Iterable[Approval] | Approvals | None = None,
) -> Iterator[Issue]:
    """Hold a whole collection against the rules about collections (X01–X04, A06).

    Args:
        traits: of every form of the collection, in its order.
        settings: as for :func:`check`.
        approvals: 批复清单 of the whole collection: what is on it and was not sent is told, too.

    Returns:
        The issues by rule, and by form within one.  What stands at no form has no file: an approved project not sent.

    Raises:
        UsageError: there is no such rule.
    """
    collection, budgets = list(traits), None if approvals is None else Approvals.of(approvals)
    found = crossed(lambda one, context: one.check_all(collection, context), settings=settings, approvals=budgets)
    return (issue for _, issue in found)


def crossed(
    findings: Callable[[CollectionRule, Context], Iterable[tuple[Traits | None, Finding]]],
    *,
    settings: Settings | None = None,
    approvals: Approvals | None = None,
) -> Iterator[tuple[Traits | None, Issue]]:
    """As :func:`cross_check`, for whoever holds a collection that is too large to be handed over.

    Args:
        findings: gives what such a rule finds in the collection, as its ``check_all`` would.

    Returns:
        Each issue with the form at which it stands; None where it stands at none.
    """
    decided = settings or Settings()
    context = Context(Vocabulary.load(), decided.year, decided.thresholds, approvals=approvals)
    for one in selected(decided):
        if isinstance(one, CollectionRule):
            for traits, finding in findings(one, context):
                if traits is None:
                    issue = one.issue(finding, file=None, form=None)
                else:
                    said = traits.explanation_for(finding.at)
                    issue = one.issue(finding, file=traits.file, form=traits.form, explanation=said)
                yield traits, judged(one, issue, decided)


def vocabulary_of(form: TargetForm, edition: str | None = None) -> Vocabulary:
    """The edition that the form was made for, else the one given, else the default.

    A form that names an edition which doesn't exist was tampered with: that is S07, no wrong call.

    Raises:
        UsageError: the edition given does not exist.
    """
    default = Vocabulary.load(edition) if edition is not None else Vocabulary.load()
    return Vocabulary.load(form.edition) if form.edition in editions() and form.edition else default
