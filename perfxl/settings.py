"""What a place may decide for itself: thresholds, which rules run and how grave they are, words it adds, limits.

Plain data with defaults; ``perfxl.toml`` fills it (see :mod:`perfxl.configuration`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from perfxl.intake.limits import Limits
from perfxl.issue import Severity


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Numbers that no rule document fixes; each is the catalogue's proposal ([P]).

    Attributes:
        cost_excess, cost_shortfall: 成本 over, or under, the budget by this share is told (A03, A04).
        satisfaction: 满意度 below this percentage is told as a warning (V07).
        satisfaction_floor: below this one it is an error (V07).
        same_description_share: descriptions equal to their names above this share are told as one (I01).
        overlap: share of equal indicators above which two projects look copied (X03).
        resemblance: similarity of name and description below which they may not mean the same (I08).
    """

    cost_excess: Decimal = Decimal("0.005")
    cost_shortfall: Decimal = Decimal("0.05")
    satisfaction: Decimal = Decimal(90)
    satisfaction_floor: Decimal = Decimal(80)
    same_description_share: Decimal = Decimal("0.5")
    overlap: Decimal = Decimal("0.8")
    resemblance: Decimal = Decimal("0.45")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A finding that is passed over on purpose; the report shows the reason.

    Attributes:
        code: rule code.
        reason: why, in words.
        file, cell: only there; None for everywhere.  ``file`` may hold ``*``; ``cell`` is ``F20`` or ``Sheet!F20``.
    """

    code: str
    reason: str
    file: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a place may decide.

    Attributes:
        edition, year: of the batch, for forms that don't say.
        thresholds: see :class:`Thresholds`.
        select: only these rules run, by code or prefix ("A", "V0"); empty for all that are on by default.
        ignore: these don't, by code or prefix.
        severities: other weights by rule code.
        ignores: single findings passed over with a reason.
        words: vocabulary lists enlarged, by list name (measures, generic_names, …).
        limits: how much is read of a file before it is refused.
    """

    edition: str | None = None
    year: int | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def for_call(
        self, *, edition: str | None = None, year: int | None = None, limits: Limits | None = None
    ) -> Settings:
        """The same with what a call says itself put before the place's own."""
        return replace(
            self,
            edition=edition or self.edition,
            year=self.year if year is None else year,
            limits=limits or self.limits,
        )
