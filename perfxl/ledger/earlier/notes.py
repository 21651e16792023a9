"""What people wrote into the last ledger, carried into the next: matched, never guessed, never lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from perfxl.ledger.gathering.packing import row_of
from perfxl.ledger.model import NoteRow, ProjectRow, VersionRow
from perfxl.ledger.tables import ADOPTED, PROJECTS, VERSIONS
from perfxl.ledger.writing.rows import texts as texts_in
from perfxl.text import squeeze, tidy

if TYPE_CHECKING:
    from perfxl.ledger.pipeline import Ledger

# What a cell holds, in UTF-16 units: notes that would not fit into one cell together are not joined.
_CELL_LIMIT: Final = 32_767
_FIELDS: Final = {column.heading: column.name for column in PROJECTS.columns if column.people}

_Row = ProjectRow | VersionRow | NoteRow
_Key = tuple[str, ...]
_Cells = dict[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class Carried:
    """Where notes belong.

    Attributes:
        written: texts by position of the project and by name of the column.
        versions: with 取用.
        unmatched: the notes that belong nowhere.
    """

    written: dict[int, dict[str, str]]
    versions: tuple[VersionRow, ...]
    unmatched: tuple[NoteRow, ...]


def carry(
    notes: Iterable[NoteRow], projects: Sequence[ProjectRow], versions: Sequence[VersionRow]
) -> tuple[tuple[ProjectRow, ...], tuple[VersionRow, ...], tuple[NoteRow, ...]]:
    """The projects with 审核意见, 经办人, 备注 and 公开, the versions with 取用, and the notes that match none of them.

    See :func:`place`.  Every text given stands in one of the three results.
    """
    carried = place(tuple(notes), projects, versions)
    filled = (replace(row, **carried.written.get(at, {})) for at, row in enumerate(projects))  # type: ignore[arg-type]
    return tuple(filled), carried.versions, carried.unmatched


def place(notes: Sequence[NoteRow], projects: Iterable[ProjectRow], versions: Sequence[VersionRow]) -> Carried:
    """Find where notes belong.

    A note belongs to the project of the same unit and project code; where either has no project code, to the one of
    the same unit and name, if there is but one.  取用 belongs to the version of the same content.  Notes that fall on
    one cell are joined by a line break.
    """
    by_project = _Index(projects if notes else (), notes)
    by_content: defaultdict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(versions):
        by_content[row.digest].append(at)
    cells: _Cells = {}
    adopted: _Cells = {}
    unmatched: dict[NoteRow, None] = {}
    for note in notes:
        placed = False
        if (name := _FIELDS.get(note.heading)) is not None:
            if (found := by_project.find(note)) is not None:
                placed = _put(cells, (found, name), by_project.held[found][name], note.text)
        elif note.heading == ADOPTED and note.digest:
            among = by_content.get(note.digest, [])
            if (found := _Index([versions[at] for at in among], [note]).find(note)) is not None:
                placed = _put(adopted, (among[found], ADOPTED), versions[among[found]].adopted, note.text)
        if not placed:
            unmatched[note] = None
    written: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for (at, name), text in cells.items():
        written[at][name] = text
    chosen = (replace(row, adopted=adopted.get((at, ADOPTED), row.adopted)) for at, row in enumerate(versions))
    return Carried(dict(written), tuple(chosen), tuple(unmatched))


def notes_in(ledger: Ledger) -> Iterator[NoteRow]:
    """What people's columns of a ledger hold, as it is read back from its file."""
    for table, rows in ((PROJECTS, ledger.projects), (VERSIONS, ledger.versions)):
        people = [(column, place) for place, column in enumerate(table.columns) if column.people]
        for texts in texts_in(table, rows):
            for column, place in people:
                if tidy(texts[place]):
                    yield note_of(row_of(table, texts), table.title, column.heading, texts[place])
    yield from ledger.notes


def note_of(row: ProjectRow | VersionRow, title: str, heading: str, text: str) -> NoteRow:
    """What a person wrote into a row, with what it was written beside."""
    return NoteRow(
        unit_code=getattr(row, "unit_code", ""),
        unit_name=getattr(row, "unit_name", ""),
        project_code=getattr(row, "project_code", ""),
        project=getattr(row, "project", ""),
        heading=heading,
        text=text,
        digest=getattr(row, "digest", ""),
        origin=title,
    )


class _Index:
    """Where the project of a note stands among rows.

    Attributes:
        held: what stands in people's columns of the rows that are of the notes' units.
    """

    def __init__(self, rows: Iterable[_Row], notes: Iterable[NoteRow]) -> None:
        self._places: defaultdict[_Key, list[int]] = defaultdict(list)
        self.held: dict[int, dict[str, str]] = {}
        wanted = {_names(note)[0] for note in notes}
        for at, row in enumerate(rows):
            unit, code, name = _names(row)
            if unit not in wanted:
                continue
            if isinstance(row, ProjectRow):
                self.held[at] = {field: getattr(row, field) for field in _FIELDS.values()}
            if code:
                self._places["code", unit, code].append(at)
            elif name:
                self._places["uncoded", unit, name].append(at)
            if name:
                self._places["name", unit, name].append(at)

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
