"""What people wrote into the last ledger, carried into the next: matched, never guessed, never lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from perfxl.ledger.model import NoteRow, ProjectRow, VersionRow
from perfxl.ledger.tables import ADOPTED, PROJECTS
from perfxl.text import squeeze

# What a cell holds, in UTF-16 units: notes that would not fit into one cell together are not joined.
_CELL_LIMIT: Final = 32_767
_FIELDS: Final = {column.heading: column.name for column in PROJECTS.columns if column.people}

_Row = ProjectRow | VersionRow | NoteRow
_Key = tuple[str, ...]
_Cells = dict[tuple[int, str], str]


def carry(
    notes: Iterable[NoteRow], projects: Sequence[ProjectRow], versions: Sequence[VersionRow]
) -> tuple[tuple[ProjectRow, ...], tuple[VersionRow, ...], tuple[NoteRow, ...]]:
    """The projects with 审核意见, 经办人 and 备注, the versions with 取用, and the notes that match none of them.

    A note belongs to the project of the same unit and project code; where either has no project code, to the one of
    the same unit and name, if there is but one.  取用 belongs to the version of the same content.  Notes that fall on
    one cell are joined by a line break.  Every text given stands in one of the three results.
    """
    by_project = _Index(projects)
    by_content: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(versions):
        by_content[row.digest].append(place)
    cells: _Cells = {}
    adopted: _Cells = {}
    unmatched: dict[NoteRow, None] = {}
    for note in notes:
        placed = False
        if (name := _FIELDS.get(note.heading)) is not None:
            if (at := by_project.find(note)) is not None:
                placed = _put(cells, (at, name), getattr(projects[at], name), note.text)
        elif note.heading == ADOPTED and note.digest:
            among = by_content.get(note.digest, [])
            if (at := _Index([versions[place] for place in among]).find(note)) is not None:
                placed = _put(adopted, (among[at], ADOPTED), versions[among[at]].adopted, note.text)
        if not placed:
            unmatched[note] = None
    return (
        tuple(_filled(row, place, cells) for place, row in enumerate(projects)),
        tuple(replace(row, adopted=adopted.get((place, ADOPTED), row.adopted)) for place, row in enumerate(versions)),
        tuple(unmatched),
    )


class _Index:
    """Where the project of a note stands among rows."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._places: defaultdict[_Key, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            unit, code, name = _names(row)
            if code:
                self._places["code", unit, code].append(place)
            elif name:
                self._places["uncoded", unit, name].append(place)
            if name:
                self._places["name", unit, name].append(place)

    def find(self, note: NoteRow) -> int | None:
        """Its row; None where there is none, or where names alone would have to choose among several."""
        unit, code, name = _names(note)
        if not unit:
            return None
        same = self._places.get(("code", unit, code)) or self._places.get(("uncoded", unit, name))
        if same:
            return same[0]
        # A code that is new now; two codes that differ are two projects, whatever their names.
        named = [] if code else self._places.get(("name", unit, name), [])
        return named[0] if len(named) == 1 else None


def _names(row: _Row) -> tuple[str, str, str]:
    """Unit, project code and project name for comparing; a unit without a code goes by its name."""
    unit = squeeze(row.unit_code) or squeeze(row.unit_name)
    return unit, squeeze(row.project_code), squeeze(row.project)


def _put(cells: _Cells, cell: tuple[int, str], held: str, text: str) -> bool:
    """Add the text to what the cell holds; False where both don't fit into one cell."""
    before = cells.get(cell, held)
    if f"\n{text}\n" in f"\n{before}\n":
        return True
    joined = f"{before}\n{text}" if before else text
    if before and len(joined.encode("utf-16-le", "replace")) // 2 > _CELL_LIMIT:
        return False
    cells[cell] = joined
    return True


def _filled(row: ProjectRow, place: int, cells: _Cells) -> ProjectRow:
    texts = {name: cells[place, name] for name in _FIELDS.values() if (place, name) in cells}
    return replace(row, **texts) if texts else row  # type: ignore[arg-type]
