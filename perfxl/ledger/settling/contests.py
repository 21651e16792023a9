"""Which forms are about the same project: by what they were handed out with, what they say, and what they were made from.

Two forms are about one project if they meet the same approval, have the same 项目编码 and unit, or are a returned copy
and its original, whatever else was typed; or if unit and project name are the same and no 项目编码 speaks against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perfxl.ledger.gathering.extract import FormFacts
from perfxl.ledger.model import Standing
from perfxl.text import squeeze

if TYPE_CHECKING:
    from perfxl.ledger.settling.settle import Case


@dataclass(slots=True)
class Entry:
    """One form of a contest: which input it came in, and where in it."""

    case: Case
    position: int
    standing: Standing = Standing.SUPERSEDED
    ground: str = ""
    twins: list[Entry] = field(default_factory=list)  # the same content once more

    @property
    def form(self) -> FormFacts:
        return self.case.forms[self.position]

    @property
    def name(self) -> str:
        """The file, and the sheet where the file has several forms."""
        several = len(self.case.forms) > 1
        return f"“{self.case.name}”的工作表“{self.form.sheet}”" if several else f"“{self.case.name}”"


def contests_of(cases: Sequence[Case]) -> list[list[Entry]]:
    """The forms of one project and year, wherever there are several, in the order of the inputs."""
    entries = [
        Entry(case, position)
        for case in cases
        for position in range(len(case.forms))
        if position not in case.dropped and case.forms[position].named
    ]
    groups = _Groups(entries)
    groups.join(_surely)
    marks = {case.mark for case in cases if case.reworked}
    groups.join(lambda entry: _origin(entry, marks))
    groups.join(_by_code_and_name, agreeing="codes")
    groups.join(_by_names, agreeing="codes and units")
    return [contest for same in groups.several() for contest in _by_year(same) if len(contest) > 1]


def _surely(entry: Entry) -> Iterator[Hashable]:
    """What makes forms the same project whatever else they say: the approval that they meet, 项目编码 within a unit."""
    form, row = entry.form, entry.form.project
    if form.approved_as is not None:
        yield "approval", form.approved_as
    if code := squeeze(row.project_code):
        for unit in (squeeze(row.unit_code), squeeze(row.unit_name)):
            if unit:
                yield "code", unit, code


def _origin(entry: Entry, marks: Set[str]) -> Iterator[Hashable]:
    """The sheet that a returned copy was made from; its original has the same."""
    case = entry.case
    origin = case.mark if case.reworked else case.fingerprint
    if entry.form.sheet and origin in marks:
        yield origin, entry.form.sheet


def _by_code_and_name(entry: Entry) -> Iterator[Hashable]:
    row = entry.form.project
    if squeeze(row.unit_code) and squeeze(row.project):
        yield squeeze(row.unit_code), squeeze(row.project)


def _by_names(entry: Entry) -> Iterator[Hashable]:
    """For forms without 单位编码; two codes that differ are two units, whatever their names."""
    row = entry.form.project
    if squeeze(row.unit_name) and squeeze(row.project):
        yield squeeze(row.unit_name), squeeze(row.project)


class _Groups:
    """Entries, joined step by step; names join only where no code speaks against it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._leader = list(range(len(entries)))
        self._codes = [{code} if (code := squeeze(e.form.project.project_code)) else set() for e in entries]
        self._units = [{code} if (code := squeeze(e.form.project.unit_code)) else set() for e in entries]

    def join(self, keys: Callable[[Entry], Iterable[Hashable]], agreeing: str = "") -> None:
        """Join what shares a key, where project codes and unit codes named in ``agreeing`` don't differ."""
        first: dict[Hashable, int] = {}
        for place, entry in enumerate(self._entries):
            for key in keys(entry):
                one, other = self._find(first.setdefault(key, place)), self._find(place)
                codes = self._codes[one] | self._codes[other] if "codes" in agreeing else ()
                units = self._units[one] | self._units[other] if "units" in agreeing else ()
                if one != other and len(codes) <= 1 and len(units) <= 1:
                    self._unite(one, other)

    def several(self) -> list[list[Entry]]:
        """The groups of more than one."""
        groups: defaultdict[int, list[Entry]] = defaultdict(list)
        for place, entry in enumerate(self._entries):
            groups[self._find(place)].append(entry)
        return [group for group in groups.values() if len(group) > 1]

    def _find(self, place: int) -> int:
        while self._leader[place] != place:
            self._leader[place] = self._leader[self._leader[place]]
            place = self._leader[place]
        return place

    def _unite(self, one: int, other: int) -> None:
        first, later = sorted((one, other))
        self._leader[later] = first
        self._codes[first] |= self._codes[later]
        self._units[first] |= self._units[later]


def _by_year(entries: list[Entry]) -> list[list[Entry]]:
    """Forms of one project, apart by year where several years are known: last year's form is no version of this."""
    by_year: defaultdict[int | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_year[entry.form.year].append(entry)
    return list(by_year.values()) if len(by_year.keys() - {None}) > 1 else [entries]
