"""What is different between two collections: last round and this one, or last year and this year.

A project is the same by its identity, else by unit code and name; one that goes by another name in the same unit is
renamed.  A unit with another code is another unit: nothing is guessed there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal, Protocol

from perfxl.errors import InputError, PathNotFound
from perfxl.ledger import Previous, Progress, consolidate, read_ledger
from perfxl.ledger.model import IndicatorRow, ProjectRow, Standing, VersionRow
from perfxl.ledger.settling.compare import compare_forms
from perfxl.ledger.settling.matching import best_pairs, grouped, match_by_keys, similarity
from perfxl.output import sound_package, write_whole
from perfxl.season.diff.comparison import MONEY_UNIT, SUSPECTED, VERDICTS, Comparison, ProjectChange, figures, total_of
from perfxl.settings import Settings
from perfxl.text import encodable, money, squeeze

# Grows only when a field of the JSON goes away or changes its meaning; new fields may come at any time.
JSON_VERSION = 1

# Likeness of two names, and share of equal indicators, from which a project is taken for a renamed one.
_LIKE = 0.8
_FEWEST_INDICATORS = 3  # fewer are equal by chance
# So many pairs of one unit are all compared; of more, only those whose names stand so near in order.
_ALL_PAIRS, _NEAR = 900, 10
# What a name is put in order without: years and numbers change from year to year.
_UNCOUNTED = re.compile(r"[0-9一二三四五六七八九十]+|年度?|第")
_PENDING = "另一份里有几个版本待定，未计入"

_Key = tuple[str, str, str, str]


class Collection(Protocol):
    """Projects with their indicators: a :class:`perfxl.ledger.Ledger`, or one read back."""

    @property
    def projects(self) -> Sequence[ProjectRow]: ...

    @property
    def indicators(self) -> Sequence[IndicatorRow]: ...


def read_collection(path: Path, *, settings: Settings | None = None, progress: Progress | None = None) -> Collection:
    """A ledger workbook, or the forms in a folder or file.

    Raises:
        PathNotFound: there is nothing at that path.
        InputError: neither a ledger with projects nor any form is in it.
    """
    if not path.exists():
        raise PathNotFound(f"{path}：没有这个文件或文件夹，请检查路径")
    if path.is_file() and path.suffix.lower() == ".xlsx" and (ledger := ledger_at(path)) is not None:
        return ledger
    found = consolidate([path], settings=settings, progress=progress)
    if not found.projects:
        told = "；".join(row.reason for row in found.sources[:1] if row.reason and path.is_file())
        raise InputError(
            f"{path}：没有读到项目，无法比较{f'（{told}）' if told else ''}。请给出 .xlsx 总台账，或存放绩效目标表的文件夹"
        )
    return found


def ledger_at(path: Path) -> Previous | None:
    """The ledger in that workbook; None where it is something else, such as a form, or has no projects."""
    try:
        previous = read_ledger(path)
    except InputError:
        return None
    return previous if previous.projects else None


def compare_collections(old: Collection, new: Collection) -> Comparison:
    """What is in ``new`` that was not in ``old``, and the other way round."""
    before, after = tuple(old.projects), tuple(new.projects)
    indicators = indicators_by_project(old), indicators_by_project(new)
    pairs = match_by_keys(before, after, (_this_year, _identity, _by_name, _by_code_and_name))
    pairs |= _renamed(before, after, pairs, indicators)
    matched = sorted((place, other) for other, place in pairs.items())
    compared = [_compared(before[other], after[place], indicators) for place, other in matched]
    kept = set(pairs.values())
    return Comparison(
        added=tuple(_alone("added", row, old) for place, row in enumerate(after) if place not in kept),
        dropped=tuple(_alone("dropped", row, new) for place, row in enumerate(before) if place not in pairs),
        renamed=tuple(change for change in compared if change.verdict == "renamed"),
        changed=tuple(change for change in compared if change.verdict == "changed" and change.changes),
        unchanged=sum(change.verdict == "changed" and not change.changes for change in compared),
        old_projects=len(before),
        new_projects=len(after),
        old_total=total_of(row.total for row in before),
        new_total=total_of(row.total for row in after),
    )


# --- matching --------------------------------------------------------------------------------------------------


def _unit(row: ProjectRow) -> str:
    return squeeze(row.unit_code) or squeeze(row.unit_name)


def _identity(row: ProjectRow) -> tuple[str, str]:
    return _unit(row), row.identity[1]


def _this_year(row: ProjectRow) -> tuple[tuple[str, str], int | None]:
    return _identity(row), row.year


def _by_name(row: ProjectRow) -> tuple[str, str]:
    return _unit(row), squeeze(row.project)


def _by_code_and_name(row: ProjectRow) -> tuple[str, str] | None:
    """A project whose unit code alone was corrected."""
    code = squeeze(row.project_code)
    return (code, squeeze(row.project)) if code else None


_Indicators = dict[_Key, list[IndicatorRow]]


def indicators_by_project(collection: Collection) -> _Indicators:
    """The indicators of each project, in their order, by :func:`project_key`."""
    found: defaultdict[_Key, list[IndicatorRow]] = defaultdict(list)
    for row in collection.indicators:
        found[project_key(row)].append(row)
    return dict(found)


def project_key(row: ProjectRow | IndicatorRow) -> _Key:
    """What an indicator has in common with its project."""
    return row.file, row.sheet, squeeze(row.unit_code), squeeze(row.project)


@dataclass(frozen=True, slots=True)
class _Left:
    """A project that is still to be matched: its place, its name, the names of its indicators."""

    place: int
    name: str
    indicators: frozenset[tuple[str, str]]


def _renamed(
    old: Sequence[ProjectRow],
    new: Sequence[ProjectRow],
    pairs: dict[int, int],
    indicators: tuple[_Indicators, _Indicators],
) -> dict[int, int]:
    """Of what is left, those of one unit with a similar name or the same indicators."""
    left_old, left_new = grouped(old, set(pairs), _unit), grouped(new, set(pairs.values()), _unit)
    found: dict[int, int] = {}
    for unit in left_old.keys() & left_new.keys():
        olds = [_left(place, old[place], indicators[0]) for place in left_old[unit]]
        news = [_left(place, new[place], indicators[1]) for place in left_new[unit]]
        candidates = []
        for before, after in _candidates(olds, news):
            likeness, share = similarity(before.name, after.name), _share(before.indicators, after.indicators)
            if max(likeness, share) >= _LIKE:
                candidates.append((likeness + share, before.place, after.place))
        found |= best_pairs(candidates)
    return found


def _left(place: int, row: ProjectRow, indicators: _Indicators) -> _Left:
    names = ((squeeze(one.level2), squeeze(one.level3)) for one in indicators.get(project_key(row), ()))
    return _Left(place, squeeze(row.project), frozenset(names))


def _candidates(olds: Sequence[_Left], news: Sequence[_Left]) -> Iterable[tuple[_Left, _Left]]:
    """Each with each; of many, those that stand near each other in the order of names, or of indicators."""
    if len(olds) * len(news) <= _ALL_PAIRS:
        return product(olds, news)
    both = [(one, False) for one in olds] + [(one, True) for one in news]
    found: dict[tuple[int, int], tuple[_Left, _Left]] = {}
    for order in (lambda one: _UNCOUNTED.sub("", one.name), lambda one: sorted(one.indicators)):
        line = sorted(both, key=lambda item, order=order: (order(item[0]), item[0].place))  # type: ignore[misc]
        for index, (one, is_new) in enumerate(line):
            for other, other_new in line[index + 1 : index + 1 + _NEAR]:
                if is_new != other_new:
                    pair = (other, one) if is_new else (one, other)
                    found[pair[0].place, pair[1].place] = pair
    return found.values()


def _share(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    larger = max(len(one), len(other))
    return len(one & other) / larger if larger >= _FEWEST_INDICATORS else 0.0


def _compared(old: ProjectRow, new: ProjectRow, indicators: tuple[_Indicators, _Indicators]) -> ProjectChange:
    changes = compare_forms(old, indicators[0].get(project_key(old), ()), new, indicators[1].get(project_key(new), ()))
    renamed = squeeze(old.project) != squeeze(new.project)
    codes = squeeze(old.project_code), squeeze(new.project_code)
    remark = SUSPECTED if renamed and (codes[0] != codes[1] or not codes[0]) else ""
    return ProjectChange("renamed" if renamed else "changed", old, new, changes, remark)


def _alone(verdict: Literal["added", "dropped"], row: ProjectRow, other: Collection) -> ProjectChange:
    versions: tuple[VersionRow, ...] = getattr(other, "versions", ())
    pending = any(one.identity == row.identity and one.standing is Standing.PENDING for one in versions)
    remark = _PENDING if pending else ""
    return (
        ProjectChange(verdict, None, row, (), remark)
        if verdict == "added"
        else ProjectChange(verdict, row, None, (), remark)
    )


# --- telling ---------------------------------------------------------------------------------------------------


def as_text(comparison: Comparison) -> str:
    """The comparison in Chinese: the figures, then project by project under its unit; ends with a line break."""
    lines = [f"{what}：{told}" for what, told in figures(comparison)]
    if not comparison:
        lines.append("两份内容没有差别")
    unit = None
    for change in comparison.projects:
        row = change.row
        if unit != (unit := (row.unit_code, row.unit_name)):
            lines += ["", " ".join(filter(None, unit)) or "（没有写单位）"]
        lines.append(f"  {_headline(change)}")
        lines += [f"    {one.text}" for one in change.changes if one.kind != "renamed" or one.indicator]
    return "\n".join(lines) + "\n"


def _headline(change: ProjectChange) -> str:
    remark = f"（{change.remark}）" if change.remark else ""
    amount = change.after if change.verdict == "added" else change.before
    if change.verdict in ("added", "dropped"):
        told = "预算数没有写明" if amount is None else f"{money(amount)} {MONEY_UNIT}"
        return f"{VERDICTS[change.verdict]} “{change.row.project}” {told}{remark}"
    if change.verdict == "renamed" and change.old is not None:
        return f"改名 “{change.old.project}” → “{change.row.project}”{remark}"
    return f"{VERDICTS[change.verdict]} “{change.row.project}”{remark}"


def as_json(comparison: Comparison) -> str:
    """The comparison as JSON text, ending with a line break.

    ``{"version", "old": {"projects", "total"}, "new": {…}, "unchanged", "targets": {kind: count}, "projects": […]}``.
    A project has ``verdict`` (added, dropped, renamed, changed), ``unit_code``, ``unit_name``, ``project_code``,
    ``project``, ``old_project``, ``before``, ``after``, ``difference``, ``remark`` and ``changes``; a change has
    ``field``, ``indicator``, ``before``, ``after``, ``kind``, ``text``.  Amounts are text, in 万元; null where unknown.
    """
    document = {
        "version": JSON_VERSION,
        "old": {"projects": comparison.old_projects, "total": money(comparison.old_total)},
        "new": {"projects": comparison.new_projects, "total": money(comparison.new_total)},
        "unchanged": comparison.unchanged,
        "targets": dict(sorted(comparison.targets().items())),
        "projects": [_as_data(change) for change in comparison.projects],
    }
    return encodable(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _as_data(change: ProjectChange) -> dict[str, object]:
    row = change.row
    return {
        "verdict": change.verdict,
        "unit_code": row.unit_code,
        "unit_name": row.unit_name,
        "project_code": row.project_code,
        "project": row.project,
        "old_project": change.old.project if change.old else None,
        "before": None if change.before is None else money(change.before),
        "after": None if change.after is None else money(change.after),
        "difference": money(change.difference),
        "remark": change.remark,
        "changes": [
            {
                "field": one.field,
                "indicator": one.indicator,
                "before": one.before,
                "after": one.after,
                "kind": one.kind,
                "text": one.text,
            }
            for one in change.changes
        ],
    }


def write_workbook(path: Path, comparison: Comparison) -> Path:
    """The comparison as a workbook with the changed words marked: 概况, 项目变化, 逐项变化.

    Raises:
        OutputError: it can't be written; what stood there before is untouched.
    """
    from perfxl.season.diff.workbook import workbook_bytes

    return write_whole(path, workbook_bytes(comparison), check=sound_package)
