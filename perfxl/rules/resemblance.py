"""Which sets of a collection share most of their members, found without comparing each with each.

Two sets can only share a part t of the larger one if they have a member in common among the rarest n − ⌈t·n⌉ + 1 of each
(n being its own size).  So each set is compared only with earlier ones that share one of its rarest members, the
rarest first; it is enough to find one that resembles it.  Equal sets are found by their hash, and no set is compared
more than ``MOST_COMPARED`` times: were members so common, the one earlier set that resembles it could be missed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

# An indicator: its name and its value.
Member = tuple[str, str]

MOST_COMPARED = 64
# Smaller sets resemble each other by chance.
FEWEST_MEMBERS = 3


def share(one: frozenset[Member], other: frozenset[Member]) -> Decimal:
    """How much of the larger set the two have in common, from 0 to 1."""
    larger = max(len(one), len(other))
    return Decimal(len(one & other)) / larger if larger else Decimal(0)


class Resemblances:
    """The pairs among many sets.

    Args:
        sets: the members of each.
        owners: whose each set is; those of one owner are not compared.
        least: share from which two sets resemble each other, above 0.
    """

    def __init__(self, sets: Sequence[frozenset[Member]], owners: Sequence[str], least: Decimal) -> None:
        self._sets, self._owners, self._least = sets, owners, least
        self._commonness = Counter(member for members in sets for member in members)

    def pairs(self) -> Iterator[tuple[int, int, Decimal]]:
        """Each set's position, that of an earlier one which it resembles, and what they share; in order."""
        equals: dict[frozenset[Member], list[int]] = {}
        holders: dict[Member, list[int]] = {}
        for position, members in enumerate(self._sets):
            if len(members) < FEWEST_MEMBERS:
                continue
            same = equals.setdefault(members, [])
            equal = next((one for one in same if self._owners[one] != self._owners[position]), None)
            rarest = self._rarest(members)
            if equal is not None:
                yield position, equal, Decimal(1)
            else:
                yield from self._resembled(position, rarest, holders)
            if not any(self._owners[one] == self._owners[position] for one in same) and len(same) < 2:
                same.append(position)  # two owners are enough: any third differs from one of them
            if len(same) == 1 and same[0] == position:  # copies are found through the first of them
                for member in rarest:
                    holders.setdefault(member, []).append(position)

    def _rarest(self, members: frozenset[Member]) -> list[Member]:
        """Those of which a set that resembles this one has at least one."""
        count = len(members) - math.ceil(self._least * len(members)) + 1
        return sorted(members, key=lambda member: (self._commonness[member], member))[:count]

    def _resembled(
        self, position: int, rarest: list[Member], holders: dict[Member, list[int]]
    ) -> Iterator[tuple[int, int, Decimal]]:
        """The first earlier set that is met and resembles this one."""
        compared: set[int] = set()
        for member in rarest:
            for other in holders.get(member, ())[: MOST_COMPARED - len(compared)]:
                if other in compared or self._owners[other] == self._owners[position]:
                    continue
                compared.add(other)
                common = share(self._sets[position], self._sets[other])
                if common >= self._least:
                    yield position, other, common
                    return
