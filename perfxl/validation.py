"""Validate: every file of some folders read and held against the rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from perfxl.errors import InputError
from perfxl.intake.discover import Found, discover
from perfxl.marking import Marked, Marking, highlight, mark_copies
from perfxl.reading import Reading, read_forms
from perfxl.report import Checked
from perfxl.rules import check
from perfxl.vocabulary import Vocabulary

__all__ = ["Validated", "mark", "mark_in", "validate"]

Source = str | os.PathLike[str]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Validated:
    """What became of the files: those looked at, and those passed over with the reason.

    Attributes:
        checked: every file that was opened or should have been, in order.
        paths: where each of them is, by ``Checked.file``.
        skipped: (name, reason) of the others: lock files, other kinds of files, our own ledgers.
    """

    checked: tuple[Checked, ...]
    paths: Mapping[str, Path]
    skipped: tuple[tuple[str, str], ...]

    @property
    def failed(self) -> bool:
        """Some file has errors or could not be read."""
        return any(checked.status.failed for checked in self.checked)

    @property
    def markable(self) -> Iterator[tuple[Path, Checked, Reading]]:
        """The workbooks in which a form was read: path, findings, reading."""
        for checked in self.checked:
            if checked.reading is not None and checked.reading.forms:
                yield self.paths[checked.file], checked, checked.reading


def validate(
    sources: Source | Iterable[Source],
    *,
    year: int | None = None,
    edition: str | None = None,
    progress: Progress | None = None,
) -> Validated:
    """Read and check every file; one that can't be read stops nothing.

    Args:
        sources: files and folders; folders are walked.
        year: budget year of the batch, for forms that don't say.
        edition: vocabulary edition for forms that don't say.
        progress: called after each input with how many are done, how many there are, and its name.

    Raises:
        PathNotFound: a source does not exist.
        UsageError: there is no such edition.
    """
    if edition is not None:
        Vocabulary.load(edition)  # a wrong call is told before any file is read
    found = discover([sources] if isinstance(sources, (str, os.PathLike)) else sources)
    checked: dict[str, Checked] = {}
    skipped: list[tuple[str, str]] = []
    for done, one in enumerate(found, 1):
        result = one.skip if one.skip is not None else _validate_one(one, year, edition)
        if isinstance(result, Checked):
            checked[one.name] = result
        else:
            skipped.append((one.name, result))
        if progress is not None:
            progress(done, len(found), one.name)
    return Validated(tuple(checked.values()), {one.name: one.path for one in found}, tuple(skipped))


def _validate_one(found: Found, year: int | None, edition: str | None) -> Checked | str:
    """The file's findings, or why it is passed over."""
    try:
        reading = read_forms(found.path, source=found.name)
    except InputError as error:
        return Checked.unreadable(found.name, str(error))
    if reading.own_ledger:
        return "是 perfxl 生成的台账，不是绩效目标表"
    return Checked.of(reading, check(reading.forms, year=year, edition=edition))


def mark(validated: Validated) -> tuple[Path, ...]:
    """Mark each workbook in place.

    Raises:
        OutputError: one could not be written; it is as it was.
    """
    return tuple(
        highlight(path, checked.issues, forms=reading.forms) for path, checked, reading in validated.markable
    )


def mark_in(validated: Validated, folder: Source) -> tuple[Marked, ...]:
    """Mark a copy of each workbook, in ``folder``, relative folders kept."""
    markings = [
        Marking(path, PurePath(checked.file), reading.forms, checked.issues)
        for path, checked, reading in validated.markable
    ]
    return mark_copies(markings, os.fspath(folder))
