"""Which items of one list are those of another: by equal keys first, then by likeness.

Even-handed: with the lists exchanged, the same items are matched.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from perfxl.text import squeeze

# Similarity from which two names, two lines or two sentences are taken for the same one, changed.
SIMILAR = 0.6
# So much of a text is compared, and so many texts of one group with so many: work stays linear.
_COMPARED, _MOST = 200, 60

Item = TypeVar("Item")


def match(
    old: Sequence[Item],
    new: Sequence[Item],
    keys: Iterable[Callable[[Item], Hashable]],
    *,
    group: Callable[[Item], str],
    texts: Callable[[Item], tuple[str, ...]],
) -> dict[int, int]:
    """Place in ``old`` → place in ``new`` of what is the same, each once.

    First by each key in turn, equals in their order (a key of None matches nothing); what is left by the similarity
    of any of its texts, within a group, the most similar first.
    """
    pairs = match_by_keys(old, new, keys)
    left_old, left_new = grouped(old, set(pairs), group), grouped(new, set(pairs.values()), group)
    for name, olds in left_old.items():
        candidates = (
            (score, before, after)
            for before in olds[:_MOST]
            for after in left_new.get(name, ())[:_MOST]
            if (score := max(map(similarity, texts(old[before]), texts(new[after])))) >= SIMILAR
        )
        pairs |= best_pairs(candidates)
    return pairs


def match_by_keys(
    old: Sequence[Item], new: Sequence[Item], keys: Iterable[Callable[[Item], Hashable]]
) -> dict[int, int]:
    """The part of :func:`match` that goes by equal keys."""
    pairs: dict[int, int] = {}
    for key in keys:
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        taken = set(pairs.values())
        for place in reversed(range(len(new))):
            if place not in taken:
                waiting[key(new[place])].append(place)
        for place, item in enumerate(old):
            if place not in pairs and (value := key(item)) is not None and waiting[value]:
                pairs[place] = waiting[value].pop()
    return pairs


def best_pairs(candidates: Iterable[tuple[float, int, int]]) -> dict[int, int]:
    """Of (score, old place, new place) the best ones, each place once; among equals those that stand nearest."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, before, after in sorted(candidates, key=lambda one: (-one[0], abs(one[1] - one[2]), one[1] + one[2])):
        if before not in pairs and after not in taken:
            pairs[before] = after
            taken.add(after)
    return pairs


def similarity(one: str, other: str) -> float:
    """Likeness of two texts from 0 to 1, the same both ways; a blank one is like nothing."""
    shorter, longer = sorted((squeeze(one)[:_COMPARED], squeeze(other)[:_COMPARED]))
    if not shorter or not longer:
        return 0.0
    matcher = difflib.SequenceMatcher(None, shorter, longer, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= SIMILAR else 0.0


def grouped(items: Sequence[Item], taken: set[int], group: Callable[[Item], str]) -> dict[str, list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        if place not in taken:
            groups[group(item)].append(place)
    return groups
