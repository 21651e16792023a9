"""Handing out: a workbook for each unit of a list, a sheet for each project, what finance knows filled in and locked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from perfxl.errors import CapacityError
from perfxl.form import Budget, Entry, TargetForm
from perfxl.layout import FORM_SHEET, LATEST
from perfxl.output import output_error
from perfxl.rules.lists import Roster, RosterEntry
from perfxl.season.lists import ListRow, UnitList
from perfxl.template import Issuance, build, save
from perfxl.text import money, squeeze
from perfxl.vocabulary import Vocabulary

__all__ = ["LOCKED", "HandedOut", "hand_out", "safe_name", "sheet_names"]

Progress = Callable[[int, int, str], None]

# What the list says is not the clerk's to change.
LOCKED = frozenset({"unit_code", "unit_name", "department", "project", "total"})
_NO_DEPARTMENT = "未列主管部门"
# A column of something else taken for 应报项目数 shall not end in a workbook that nobody can open.
_MOST_BLANK_FORMS = 50
_NAMES_TOLD = 10

_FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in '<>:"/\\|?*'}
# Device names of Windows: reserved with any ending, the part before the first full stop counts.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)
# 255 bytes is what file systems allow; short of it there is room for the whole path on Windows (260 characters).
_NAME_BYTES = 150
_SHEET_FORBIDDEN = _FULL_WIDTH | {ord("["): ord("［"), ord("]"): ord("］"), ord("'"): ord("’")}
_SHEET_CHARACTERS = 31


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What stands in the folder now.

    Attributes:
        workbooks: every unit's workbook, in the order of the list.
        standing: those of them that stood there already, with the very same contents.
        kept: those that stood there with other contents and were left as they are.
        units, projects: how many were handed out; a project without a name counts too.
        nothing_due: units, by name, that got no workbook since their 应报项目数 is 0.
    """

    workbooks: tuple[Path, ...]
    standing: tuple[Path, ...]
    kept: tuple[Path, ...]
    units: int
    projects: int
    nothing_due: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[Path, ...]:
        """The workbooks that are new."""
        others = {*self.standing, *self.kept}
        return tuple(path for path in self.workbooks if path not in others)

    def told(self) -> str:
        """The outcome in Chinese; what was not written, and what to do about it, on a line of its own."""
        said = f"共 {self.units} 个单位、{self.projects} 张表；新写 {len(self.written)} 个工作簿"
        if self.standing:
            said += f"，{len(self.standing)} 个已经在那里，内容一样，没有动"
        lines = [said + "。"]
        if self.nothing_due:
            lines.append(
                f"没有下发：{_some(self.nothing_due)}。应报项目数是 0，不用填表；有项目要报的，请改正名单后再下发一次。"
            )
        if self.kept:
            names = _some([path.name for path in self.kept])
            lines.append(
                f"没有写：{names}。下发文件夹里已有同名的工作簿，内容不同，可能有人已经在填，原样留着。"
                "要换成新的，请先移走旧的，或者选择覆盖后再下发一次。"
            )
        return "\n".join(lines)


def _some(names: Sequence[str]) -> str:
    """The first of these, and how many there are where that is not all."""
    more = f" 等 {len(names)} 个" if len(names) > _NAMES_TOLD else ""
    return "、".join(names[:_NAMES_TOLD]) + more


@dataclass(frozen=True, slots=True)
class _Unit:
    code: str
    name: str
    department: str
    expected: int
    projects: tuple[ListRow, ...]

    @property
    def forms(self) -> int:
        return len(self.projects) or self.expected


def hand_out(
    units: UnitList,
    folder: str | Path,
    issuance: Issuance | None = None,
    *,
    roster: Roster | None = None,
    by_department: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> HandedOut:
    """Write each unit's workbook into ``folder``, which is made where it is missing.

    A unit without projects gets as many blank forms as it has to report (应报项目数): one where the lists don't say,
    none and no workbook where they say 0.
    A workbook that stands there with other contents may be one that a clerk is working in: it is kept.

    Args:
        units: the list; its order is that of the sheets.
        roster: says 主管部门 and 应报项目数 of units where the list doesn't.
        by_department: put the workbooks into a folder for each 主管部门.
        overwrite: replace what stands there.
        progress: called after each unit with how many are done, how many there are, and its name.

    Raises:
        CapacityError: a unit has an impossible number of projects to report; nothing was written.
        OutputError: a workbook can't be written; those before it stand, and are left alone when this is done again.
        UsageError: the edition does not exist.
    """
    issuance = issuance or Issuance()
    asked = tuple(_units(units, roster))
    found = tuple(unit for unit in asked if unit.forms)
    nothing_due = tuple(unit.name or unit.code for unit in asked if not unit.forms)
    paths = _paths(found, Path(folder), by_department=by_department)
    standing: list[Path] = []
    kept: list[Path] = []
    for done, (unit, path) in enumerate(zip(found, paths, strict=True), 1):
        content = _workbook(unit, issuance)
        if _holds(path, content):
            standing.append(path)
        elif path.exists() and not overwrite:
            kept.append(path)
        else:
            _make_folder(path.parent)
            save(path, content)
        if progress is not None:
            progress(done, len(found), unit.name or unit.code)
    projects = sum(unit.forms for unit in found)
    return HandedOut(paths, tuple(standing), tuple(kept), len(found), projects, nothing_due)


# -- from the list to forms


def _units(units: UnitList, roster: Roster | None) -> Iterator[_Unit]:
    projects: dict[str, list[ListRow]] = {}
    for row in units.rows:
        if row.project or row.project_code:
            projects.setdefault(row.owner, []).append(row)
    for entry in units.roster.entries:
        listed = projects.get(squeeze(entry.code) or squeeze(entry.name), [])
        yield _unit(_completed(entry, roster), listed)


def _completed(entry: RosterEntry, roster: Roster | None) -> RosterEntry:
    """The unit with what the list leaves blank of it."""
    known = None
    if roster is not None:
        known = roster.by_code.get(squeeze(entry.code)) or roster.by_name.get(squeeze(entry.name))
    if known is None:
        return entry
    return replace(
        entry,
        code=entry.code or known.code,
        name=entry.name or known.name,
        department=entry.department or known.department,
        expected=known.expected if entry.expected is None else entry.expected,
    )


def _unit(entry: RosterEntry, projects: Sequence[ListRow]) -> _Unit:
    expected = 1 if entry.expected is None else entry.expected
    if not projects and expected > _MOST_BLANK_FORMS:
        raise CapacityError(
            f"“{entry.name or entry.code}”的应报项目数是 {expected}，一个工作簿里放不下这么多空表"
            f"（最多 {_MOST_BLANK_FORMS} 张）；请核对名单的这一列，或在名单里逐行列出项目名称"
        )
    return _Unit(entry.code, entry.name, entry.department, expected, tuple(projects))


def _workbook(unit: _Unit, issuance: Issuance) -> bytes:
    names = sheet_names([row.project for row in unit.projects] or [""] * unit.forms)
    projects = unit.projects or (None,) * unit.forms
    forms = [_form(unit, row, sheet, issuance) for row, sheet in zip(projects, names, strict=True)]
    return build(issuance, forms, locked=LOCKED, sheet_names=names)


def _form(unit: _Unit, row: ListRow | None, sheet: str, issuance: Issuance) -> TargetForm:
    """What is known of the project, on that sheet; everything else blank."""
    vocabulary = Vocabulary.load(issuance.edition)
    amount = None
    if row is not None and row.amount_yuan is not None:
        amount = row.amount_yuan / (vocabulary.money_factor(vocabulary.money_unit) or Decimal(1))
    known = {"unit_code": unit.code, "unit_name": unit.name, "department": unit.department}
    known |= {"project": row.project if row is not None else ""}
    cells: dict[str, Any] = {
        field.name: Entry(raw=known.get(field.name) or None, at=LATEST.at(sheet, field.name)) for field in LATEST.fields
    }
    total = replace(cells["total"], raw=None if amount is None else money(amount), number=amount)
    return TargetForm(
        file=None,
        key="",
        sheet=sheet,
        layout=LATEST.version,
        edition=issuance.edition,
        year=issuance.year,
        batch=issuance.batch,
        project_code=row.project_code if row is not None else "",
        budget=Budget(total=total, fiscal=cells.pop("fiscal"), other=cells.pop("other")),
        objectives=(),
        indicators=(),
        **{name: cell for name, cell in cells.items() if name != "total"},
    )


# -- names


def sheet_names(projects: Sequence[str]) -> tuple[str, ...]:
    """A sheet name for each project, by number and name, as Excel allows them: 31 characters, no ``[]:*?/\\'``.

    绩效目标表 where there is only one.
    """
    if len(projects) == 1:
        return (FORM_SHEET,)
    digits = max(2, len(str(len(projects))))
    return tuple(
        _cut(f"{number:0{digits}d} {_printable(project).translate(_SHEET_FORBIDDEN) or FORM_SHEET}")
        for number, project in enumerate(projects, 1)
    )


def _cut(name: str) -> str:
    """As many characters of a sheet name as Excel counts: those beyond U+FFFF as two."""
    while len(name.encode("utf-16-le")) > 2 * _SHEET_CHARACTERS:
        name = name[:-1]
    return name.rstrip()


def safe_name(text: str, ending: str = "") -> str:
    """A name for a file or folder that every system takes, with what stood there still to be read.

    Characters that Windows forbids become their full-width forms.  The text is cut where the name is too long, never
    the ``ending``; a name that Windows keeps for a device gets ``_`` before it.
    """
    name = _printable(text).translate(_FULL_WIDTH).strip(" .")
    while len(f"{name}{ending}".encode()) > _NAME_BYTES:
        name = name[:-1].rstrip(" .")
    return f"{'_' if _DEVICE.match(name + ending) else ''}{name}{ending}"


def _printable(text: str) -> str:
    """One line without control and invisible characters."""
    return "".join(char for char in " ".join(text.split()) if not unicodedata.category(char).startswith("C")).strip()


def _paths(units: Sequence[_Unit], folder: Path, *, by_department: bool) -> tuple[Path, ...]:
    """One path a unit; where two would be the same, even to a system that takes a and A for one, a number is added."""
    taken: set[str] = set()
    paths: list[Path] = []
    for unit in units:
        where = folder / (safe_name(unit.department) or _NO_DEPARTMENT) if by_department else folder
        stem = "_".join(filter(None, (unit.code, unit.name)))
        number = 1
        while _key(path := where / safe_name(stem, f"{f'-{number}' if number > 1 else ''}_{FORM_SHEET}.xlsx")) in taken:
            number += 1
        taken.add(_key(path))
        paths.append(path)
    return tuple(paths)


def _key(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


# -- the folder


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def _holds(path: Path, content: bytes) -> bool:
    """The file is there with exactly these contents; one that can't be read is not known to be."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
