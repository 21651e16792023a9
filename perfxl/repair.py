"""What has one safe answer, mended in a copy: only the cells named change, byte by byte everything else stays.

The form's part of the package is not parsed and saved again: each ``<c>`` element that changes is cut out and replaced
where it stands.  Texts go inline, so that sharedStrings.xml, another part, stays as it is.  Formulas, numbers and cells
hidden under a merge are never touched.  Format: ECMA-376 Part 1, §18.3.1.4 (c), §18.3.1.53 (is).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Final

from perfxl.errors import OutputError, PerfxlError
from perfxl.form import Entry, TargetForm
from perfxl.intake.grid import Workbook, open_workbook
from perfxl.intake.limits import Limits
from perfxl.issue import At, Change, Issue
from perfxl.layout import VALUE_PARTS
from perfxl.marking import SIGNED_COPY, copy_path, exchanged, identity, signed
from perfxl.marking.opening import in_archive, open_to_change
from perfxl.marking.repack import Unsound
from perfxl.marking.sheet import escaped
from perfxl.marking.spans import TAG, spans
from perfxl.output import output_error, write_whole
from perfxl.reading import Reading
from perfxl.rules import check
from perfxl.settings import Settings

__all__ = ["Fixed", "FixedCell", "fix", "repairs_of"]

# Each round mends at least one cell for good; a form has far fewer mistakes of this kind than rounds.
_ROUNDS: Final = 100


@dataclass(frozen=True, slots=True)
class FixedCell:
    """A cell that was changed: where, its text before and after, the rules that asked for it."""

    at: At
    before: str
    after: str
    codes: tuple[str, ...]

    def put_into(self, text: str) -> str:
        """The cell's text with the change in it: all of it, or the one line of a cell that holds several objectives."""
        if text == self.before:
            return self.after
        return "\n".join(self.after if line == self.before else line for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of one workbook.

    Attributes:
        reading: what was read in it.
        copy: the copy, the same bytes where nothing was to be mended; None where there is none.
        cells: what was changed, by form and place.
        proposed: findings whose repair might change what is meant, so that a person decides.
        error: in Chinese, why there is no copy; "" where there is one.
        note: in Chinese, what else is to be known of the copy (a signature that no longer holds); else "".
    """

    reading: Reading
    copy: Path | None
    cells: tuple[FixedCell, ...] = ()
    proposed: tuple[Issue, ...] = ()
    error: str = ""
    note: str = ""


def fix(
    workbooks: Iterable[tuple[Path, Reading]],
    folder: str | Path,
    *,
    settings: Settings | None = None,
    edition: str | None = None,
    year: int | None = None,
) -> tuple[Fixed, ...]:
    """Copies in ``folder`` with every safe repair applied, relative folders kept; a failure stops nothing.

    Nothing is overwritten but a copy of the very same bytes: an input, a namesake and any other file stay, and the new
    one is called ``名称(2).xlsx``.

    Args:
        workbooks: each file with what was read in it; ``Reading.source`` is its name in the folder.
        settings, edition, year: as for :func:`perfxl.rules.check`; what the settings pass over is not mended.
    """
    wanted = list(workbooks)
    taken = {identity(path) for path, _ in wanted}
    results: list[Fixed] = []
    for path, reading in wanted:
        found = [repairs_of(form, settings=settings, edition=edition, year=year) for form in reading.forms]
        try:
            book = _open(path, reading, (settings or Settings()).limits)
            cells, data = _mended(book, [cell for cells, _ in found for cell in cells])
            copy = _write(data, PurePath(reading.source), Path(folder), taken)
        except PerfxlError as error:
            results.append(Fixed(reading, None, error=str(error)))
        else:
            proposed = tuple(issue for _, issues in found for issue in issues)
            note = SIGNED_COPY if cells and signed(book.package) else ""
            results.append(Fixed(reading, copy, cells, proposed, note=note))
    return tuple(results)


def _open(path: Path, reading: Reading, limits: Limits) -> Workbook:
    if reading.inside:
        raise OutputError(in_archive(reading.source, "修正"))
    return open_to_change(path, "修正", limits)


def _write(data: bytes, name: PurePath, folder: Path, taken: set[str]) -> Path:
    target = copy_path(name, folder, taken, lambda path: not _stands(path) or _holds(path, data))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(target, error) from error
    return target if _holds(target, data) else write_whole(target, data)


def _stands(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.read_bytes() == data
    except OSError:
        return False


# -- what to change


def repairs_of(
    form: TargetForm, *, settings: Settings | None = None, edition: str | None = None, year: int | None = None
) -> tuple[tuple[FixedCell, ...], tuple[Issue, ...]]:
    """Every cell that safe repairs change, and the issues with a repair that is only proposed.

    The form is checked again after each round, so that two repairs of one cell build on one another, and a form once
    mended has nothing left to mend.
    """
    lines: dict[tuple[At, str | None], tuple[str | None, tuple[str, ...]]] = {}  # as it is now: as typed, codes
    proposed: tuple[Issue, ...] = ()
    for _ in range(_ROUNDS):
        issues = [issue for issue in check(form, settings=settings, edition=edition, year=year) if not issue.ignored]
        proposed = tuple(issue for issue in issues if issue.repair is not None and not issue.repair.safe)
        round_ = _one_round(issues)
        if not round_:
            break
        for change, code in round_:
            before, codes = lines.pop((change.at, change.before), (change.before, ()))
            lines[change.at, change.after] = before, tuple(dict.fromkeys((*codes, code)))
        form = changed(form, [change for change, _ in round_])
    cells = (FixedCell(at, before or "", after or "", codes) for (at, after), (before, codes) in lines.items())
    return tuple(sorted(cells, key=lambda cell: cell.at)), proposed


def _one_round(issues: Iterable[Issue]) -> list[tuple[Change, str]]:
    """The safe changes with their codes, at most one for a cell, by order of the codes: white space goes first (N01)."""
    taken: set[At] = set()
    changes: list[tuple[Change, str]] = []
    for issue in sorted(issues, key=lambda issue: issue.code):
        if issue.repair is None or not issue.repair.safe:
            continue
        places = {change.at for change in issue.repair.changes}
        if taken.isdisjoint(places):
            taken |= places
            changes += [(change, issue.code) for change in issue.repair.changes]
    return changes


def changed(form: TargetForm, changes: Sequence[Change]) -> TargetForm:
    """The form as it would be read with these changes."""
    after = {(change.at, change.before): change.after for change in changes}

    def now(entry: Entry) -> Entry:
        key = (entry.at, entry.raw)
        return Entry(raw=after[key], at=entry.at) if isinstance(entry.at, At) and key in after else entry

    carried, indicators = "", []
    for item in form.indicators:
        names = ("level1", "level2", "level3", "description", *VALUE_PARTS)
        cells: dict[str, Any] = {name: now(getattr(item, name)) for name in names}
        carried = cells["level1"].text or carried
        raws = [cells[name].raw for name in VALUE_PARTS]
        target = item.target
        if isinstance(target.at, At):
            joined = "".join(raw for raw in raws if raw is not None) if any(raw is not None for raw in raws) else None
            target = Entry(raw=joined, at=target.at, fault=target.fault)
        indicators.append(replace(item, **cells, carried=carried, target=target))
    head: dict[str, Any] = {name: now(getattr(form, name)) for name in ("unit_code", "unit_name", "project", "purpose")}
    objectives = tuple(map(now, form.objectives))
    return replace(form, **head, objectives=objectives, indicators=tuple(indicators))


# -- the package


def _mended(book: Workbook, cells: Iterable[FixedCell]) -> tuple[tuple[FixedCell, ...], bytes]:
    """The cells that can be changed in this workbook, and its bytes with them changed.

    Raises:
        OutputError: the package contradicts itself, or the result doesn't hold what it must.
    """
    texts: dict[At, str] = {}
    applied: list[FixedCell] = []
    for cell in cells:
        grid, at = book.grid(cell.at.sheet), (cell.at.row, cell.at.column)
        value = grid.cells.get(at)
        if grid.anchor(*at) != at or at in grid.formulas or not isinstance(value, str):
            continue
        applied.append(cell)
        texts[cell.at] = cell.put_into(texts.get(cell.at, value))
    data = book.package.data
    parts = {sheet.name: sheet.part for sheet in book.sheets}
    try:
        for name in dict.fromkeys(at.sheet for at in texts):
            own = {at.a1: text for at, text in texts.items() if at.sheet == name}
            data = exchanged(data, parts[name], with_texts(book.package.read(parts[name]), own))
        _prove(book, data, texts)
    except Unsound:
        raise OutputError(
            f"{book.package.name}：文件结构异常，无法修正。请用 Excel 或 WPS 打开后另存为 .xlsx 再试。"
        ) from None
    return tuple(applied), data


def _prove(book: Workbook, data: bytes, texts: dict[At, str]) -> None:
    """The result, read again, has these texts, and every other cell of those sheets as it was."""
    result = open_workbook(data, name=book.package.name, limits=book.package.limits)
    for name in {at.sheet for at in texts}:
        was, now = book.grid(name), result.grid(name)
        wanted = {**was.cells, **{(at.row, at.column): text for at, text in texts.items() if at.sheet == name}}
        if now.cells != wanted or now.merges != was.merges or now.formulas != was.formulas:
            raise Unsound("result doesn't hold what it must")


_TYPE: Final = re.compile(rb"""\s+t\s*=\s*(?:"[^"]*"|'[^']*')""")


def with_texts(part: bytes, texts: dict[str, str]) -> bytes:
    """The part of a sheet with those texts in cells that it has, by address; all bytes outside of them stay.

    Raises:
        Unsound: a cell is missing or stands there twice, or the part is malformed or no UTF-8.
    """
    spans = [(start, end, a1) for start, end, a1 in _cells(part) if a1 in texts]
    if sorted(a1 for *_, a1 in spans) != sorted(texts):
        raise Unsound("a cell is missing or stands there twice")
    pieces, position = [], 0
    for start, end, a1 in spans:
        pieces += [part[position:start], _cell(part, start, texts[a1])]
        position = end
    return b"".join([*pieces, part[position:]])


def _cell(part: bytes, start: int, text: str) -> bytes:
    """The element anew: its own name and attributes, but for the type, which says that the text stands inline."""
    tag = TAG.match(part, start)
    if tag is None:
        raise Unsound("no cell where the parser saw one")
    name, attributes = tag[1], _TYPE.sub(b"", tag[2])
    prefix = name[: name.rfind(b":") + 1]
    content = escaped(text, exact=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
    inner = b'<%sis><%st xml:space="preserve">%s</%st></%sis>' % (prefix, prefix, content, prefix, prefix)
    return b'<%s%s t="inlineStr">%s</%s>' % (name, attributes.rstrip(), inner, name)


def _cells(part: bytes) -> Iterator[tuple[int, int, str]]:
    """Every cell of the part: where its element begins and ends (byte offsets), its address."""
    row = column = 0
    for span in spans(part, {"row", "c"}):
        if span.name == "row":
            row, column = int(span.attributes.get("r", row + 1)), 0
        elif span.name == "c":
            stated = span.attributes.get("r")
            at = At.parse("", stated.strip().upper()) if stated is not None else At("", row, column + 1)
            row, column = at.row, at.column
            yield span.start, span.end, at.a1
