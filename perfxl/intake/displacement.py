"""A form into which somebody has inserted rows or columns: where its fields stand now, if that is beyond doubt.

Spreadsheet programs move everything along: labels, merges, drop-downs, formulas.  So each label still says where its
field stands, and between two labels there is no room for doubt but where a field has no label of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from perfxl.intake.cells import Grid
from perfxl.layout import TEMPLATE_ID, Layout
from perfxl.text import squeeze, tidy

_Cell = tuple[int, int]


def displaced(grid: Grid, layout: Layout) -> Layout | None:
    """The layout as it is in this sheet; None where nothing was inserted, or something was deleted, moved or relabelled."""
    labels = list(_labels(layout))
    anchors = _anchors(grid, labels)
    if anchors is None:
        return None
    rows, columns = anchors
    objectives = range(layout.objective_rows.start, layout.objective_rows.stop)
    inserted_rows = _inserted(
        rows, lambda above, below: above in objectives and below in (*objectives, objectives.stop)
    )
    inserted_columns = _inserted(columns, lambda *_: False)
    if (not inserted_rows and not inserted_columns) or inserted_rows is None or inserted_columns is None:
        return None
    found = layout.with_inserted(inserted_rows, inserted_columns)
    if any(squeeze(grid.text(row, column) or "") != squeeze(text) for row, column, text in _labels(found)):
        return None
    return found


def typed_between(grid: Grid, layout: Layout) -> _Cell | None:
    """A cell of an inserted row or column in which something stands; inserted rows among the objectives are theirs."""
    last = layout.field("note").right
    for row, column, value in grid:
        if row > layout.last_row or column > last or (isinstance(value, str) and not tidy(value)):
            continue
        among = row in layout.objective_rows or row >= layout.first_row
        if not layout.own_column(column) or (not among and not layout.own_row(row)):
            return row, column
    return None


def _labels(layout: Layout) -> Iterator[tuple[int, int, str]]:
    """Every label, and the hidden identity with the names of its parts."""
    yield from layout.labels()
    yield layout.identity_row("template"), layout.identity_column, TEMPLATE_ID
    for name in layout.identity:
        yield layout.identity_row(name), layout.identity_column - 1, name


def _anchors(grid: Grid, labels: list[tuple[int, int, str]]) -> tuple[dict[int, int], dict[int, int]] | None:
    """Where the rows and columns that have labels stand now; None where the labels contradict one another."""
    stands: defaultdict[str, list[_Cell]] = defaultdict(list)
    for row, column, value in grid:
        if isinstance(value, str):
            stands[squeeze(value)].append((row, column))
    times = Counter(squeeze(text) for _, _, text in labels)
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    for unique in (True, False):  # a text that several labels have is told by the row that another has told
        for row, column, text in labels:
            places = stands[squeeze(text)]
            if (times[squeeze(text)] == 1) is not unique:
                continue
            if not unique:
                places = [at for at in places if at[0] == rows.get(row)]
            if len(places) != 1:
                continue
            if rows.setdefault(row, places[0][0]) != places[0][0]:
                return None
            if columns.setdefault(column, places[0][1]) != places[0][1]:
                return None
    known = {row for row, _, _ in labels} == rows.keys() and {column for _, column, _ in labels} == columns.keys()
    return (rows, columns) if known else None


def _inserted(now: dict[int, int], room: Callable[[int, int], bool]) -> tuple[int, ...] | None:
    """Before which rows (or columns) something was inserted, each as often; None where that can't be told.

    Args:
        now: where those with labels stand.
        room: whether between these two it makes no difference where.
    """
    inserted: list[int] = []
    for (before, stood), (after, stands) in pairwise([(0, 0), *sorted(now.items())]):
        more = (stands - stood) - (after - before)
        if more < 0 or (more and after - before > 1 and not room(before, after)):
            return None
        inserted += [after] * more
    return tuple(inserted)
