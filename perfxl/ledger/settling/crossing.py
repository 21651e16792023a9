"""The rules about collections over a store: each sees the forms that it could say anything about, and no others.

Forms that share nothing can't be told together.  What they share is known of each as a few numbers
(:class:`perfxl.ledger.gathering.parcel.FormParcel`), so the store finds those that meet, and only they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Final

from perfxl.issue import Issue
from perfxl.ledger.settling.store import Store
from perfxl.rules import Approvals, CollectionRule, Context, Finding, Traits, crossed
from perfxl.rules.collection import (
    BudgetUnlikeApproval,
    IndicatorsCopied,
    ProjectRepeated,
    TargetsDiffer,
    UnitAmbiguous,
    differing,
)
from perfxl.rules.resemblance import FEWEST_MEMBERS
from perfxl.rules.traits import IndicatorTrait
from perfxl.settings import Settings

Told = Iterable[tuple[Traits | None, Finding]]

_ALL: Final = "SELECT form FROM counted"
_SHARING_KEYS: Final = """
SELECT form FROM key WHERE hash IN (
    SELECT hash FROM key JOIN counted USING (form) GROUP BY hash HAVING COUNT(*) > 1)
"""
_AMBIGUOUS: Final = """
WITH unit AS (
    SELECT form, code, unit FROM form JOIN counted ON counted.form = form.number
    WHERE code IS NOT NULL AND unit IS NOT NULL)
SELECT form FROM unit WHERE code IN (SELECT code FROM unit GROUP BY code HAVING COUNT(DISTINCT unit) > 1)
    OR unit IN (SELECT unit FROM unit GROUP BY unit HAVING COUNT(DISTINCT code) > 1)
"""
_COMMON: Final = (
    "CREATE TEMP TABLE common (member INTEGER PRIMARY KEY)",
    "INSERT INTO common SELECT member FROM member JOIN counted USING (form) "
    "GROUP BY member HAVING MIN(form) < MAX(form)",
)
# Of those of the larger set; a set that shares less of its own shares less of any larger one, too.
_ALIKE: Final = """
SELECT form FROM member JOIN counted USING (form) LEFT JOIN common USING (member)
GROUP BY form HAVING COUNT(DISTINCT member) >= {fewest}
    AND COUNT(DISTINCT common.member) >= {least} * COUNT(DISTINCT member)
"""
_DIFFERING: Final = """
WITH different AS (
    SELECT name, MIN(counted.number * 1024 + place) AS first FROM member JOIN counted USING (form) WHERE comparable
    GROUP BY name HAVING MIN(member) < MAX(member))
SELECT name, project, member, counted.number, place, counted.form
FROM member JOIN different USING (name) JOIN counted USING (form) JOIN form ON form.number = counted.form
WHERE comparable ORDER BY first, counted.number, place
"""
_ROUNDING: Final = Decimal("0.000001")


def cross(store: Store, settings: Settings, approvals: Approvals | None) -> Iterator[tuple[int | None, Issue]]:
    """Hold the forms that count against one another.

    Returns:
        each finding with the number of its form; None for one that stands at none: an approved project that was not sent,
        a sum that is not the control figure.
    """
    seen = _Seen(store)
    for traits, issue in crossed(seen.findings, settings=settings, approvals=approvals):
        yield None if traits is None else seen.number_of(traits), issue


class _Seen:
    """What each rule gets to see; the forms that are being looked at are known by their traits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers: dict[int, tuple[int, Traits]] = {}

    def number_of(self, traits: Traits) -> int:
        return self._numbers[id(traits)][0]

    def findings(self, one: CollectionRule, context: Context) -> Told:
        """What the rule finds among the forms that it could say something about."""
        self._numbers.clear()
        if isinstance(one, ProjectRepeated):
            return one.check_all(self._known(_SHARING_KEYS), context)
        if isinstance(one, UnitAmbiguous):
            return one.check_all(self._known(_AMBIGUOUS), context)
        if isinstance(one, IndicatorsCopied):
            self._store.make(*_COMMON)
            least = context.thresholds.overlap - _ROUNDING
            return one.check_all(self._known(_ALIKE.format(fewest=FEWEST_MEMBERS, least=least)), context)
        if isinstance(one, TargetsDiffer):
            return self._differing(one)
        if isinstance(one, BudgetUnlikeApproval):
            known = [] if context.approvals is None else self._known(_ALL, indicators=False)
            return one.check_all(known, context)
        return one.check_all(self._known(_ALL), context)

    def _known(self, forms: str, *, indicators: bool = True) -> list[Traits]:
        known = list(self._store.traits(forms, indicators=indicators))
        self._numbers.update((id(traits), (form, traits)) for form, traits in known)
        return [traits for _, traits in known]

    def _differing(self, rule: TargetsDiffer) -> Iterator[tuple[Traits, Finding]]:
        """By name of indicator, each by itself, in the order in which the names are met."""
        for _, rows in groupby(self._store.select(_DIFFERING), key=itemgetter(0)):
            sighted = [(project, member, (place, form)) for _, project, member, _, place, form in rows]
            if (values := differing(sighted)) is not None:
                self._numbers.clear()
                yield rule.finding(values.mapped(self._indicator))

    def _indicator(self, sighted: tuple[int, int]) -> tuple[Traits, IndicatorTrait]:
        place, form = sighted
        traits = self._store.traits_with(form, place)
        self._numbers[id(traits)] = form, traits
        return traits, traits.indicators[0]
