"""What several forms for one project mean for its unit: one that counts although a newer came, or none that counts yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from perfxl.ledger.model import ProjectRow, Standing, VersionRow, project_identity
from perfxl.text import squeeze

__all__ = ["Contest", "Contests"]

_Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Contest:
    """Several forms for one project, for the unit to settle.

    Attributes:
        first: one of the forms, for its unit, project and year.
        pending: none of them counts until somebody says which one.
        problem, advice: in Chinese, for the unit.
    """

    first: VersionRow
    pending: bool
    problem: str
    advice: str


class Contests:
    """版本清单, by project."""

    def __init__(self, versions: Iterable[VersionRow]) -> None:
        rows = tuple(versions)
        codes: defaultdict[_Identity, set[str]] = defaultdict(set)
        for row in rows:
            if code := squeeze(row.project_code):
                codes[_by_name(row)].add(code)
        self._by_project: defaultdict[_Identity, list[VersionRow]] = defaultdict(list)
        for row in rows:
            # A form from the blank template has no code: as in the ledger, its name tells which project it is.
            known = codes[_by_name(row)]
            code = row.project_code or (next(iter(known)) if len(known) == 1 else "")
            self._by_project[project_identity(row.unit_code, row.project, code)].append(row)
        self._same = {(row.file, row.sheet): group for group in self._by_project.values() for row in group}

    def held_back(self, row: ProjectRow) -> str:
        """In Chinese that a newer form than this one has come and does not count; "" where none has."""
        group = self._same.get((row.file, row.sheet), [])
        own = next((each for each in group if (each.file, each.sheet) == (row.file, row.sheet)), None)
        newer = [each for each in group if own is not None and each.year == own.year and each.version > own.version]
        if not newer:
            return ""
        last = max(newer, key=lambda each: each.version)
        times = "" if last.submission is None else f"（报送次数 {last.submission}）"
        return f"已收到新的报送{times}，但按“取用”仍用原来的一版"

    def open(self) -> Iterator[Contest]:
        """Where the unit has to say which form counts, and workbooks with two forms for one project."""
        for group in self._by_project.values():
            pending = [row for row in group if row.standing is Standing.PENDING]
            if pending:
                yield _contest(pending, pending=True)
                continue
            files: defaultdict[tuple[str, int | None], list[VersionRow]] = defaultdict(list)
            for row in group:
                files[row.file, row.year].append(row)
            yield from (_contest(rows, pending=False) for rows in files.values() if len(rows) > 1)


def _contest(rows: Sequence[VersionRow], *, pending: bool) -> Contest:
    files = list(dict.fromkeys(row.file.rpartition("/")[2] for row in rows))
    if len({row.file for row in rows}) == 1 < len(rows):
        sheets = "".join(f"“{row.sheet}”" for row in rows)
        problem = f"同一项目有{_number(len(rows), '张')}表（{_number(len(rows), '份')}内容不同的表）：工作表{sheets}"
        advice = "请只报一张：在要用的那一张上把“报送次数”加1，另一张清空"
    else:
        count = _number(len(rows), "份") if len(rows) > 1 else "几份"
        problem = f"同一项目有{count}内容不同的表：{'、'.join(files)}"
        advice = "请确认以哪一份为准，只报这一份，把“报送次数”加1"
    return Contest(rows[0], pending, problem, advice)


def _number(count: int, measure: str) -> str:
    return f"{'两' if count == 2 else count}{measure}"


def _by_name(row: VersionRow) -> _Identity:
    return project_identity(row.unit_code, row.project)
