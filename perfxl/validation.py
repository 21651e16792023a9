"""Validate: every file of some folders read and held against the rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from perfxl.errors import InputError, PerfxlError
from perfxl.intake.discover import Found, discover_present
from perfxl.intake.limits import Limits
from perfxl.marking import Marked, Marking, mark_copies, mark_in_place
from perfxl.marking import clear as clear_marks
from perfxl.marking.opening import in_archive
from perfxl.reading import Reading, read_found
from perfxl.report import Checked
from perfxl.rules import check
from perfxl.settings import Settings
from perfxl.vocabulary import DEFAULT_EDITION, Vocabulary

__all__ = ["Cleared", "Validated", "clear", "mark", "mark_in", "validate"]

Source = str | os.PathLike[str]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Validated:
    """What became of the files: those looked at, and those passed over with the reason.

    Attributes:
        checked: every file that was opened or should have been, in order.
        paths: where each of them is, by ``Checked.file``.
        skipped: (name, reason) of the others: lock files, other kinds of files, our own ledgers.
        limits: how much was read of a file before it was refused.
    """

    checked: tuple[Checked, ...]
    paths: Mapping[str, Path]
    skipped: tuple[tuple[str, str], ...]
    limits: Limits | None = None

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
    settings: Settings | None = None,
    passwords: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Validated:
    """Read and check every file; one that can't be read stops nothing.

    Args:
        sources: files and folders; folders are walked.
        year: budget year of the batch, for forms that don't say.
        edition: vocabulary edition for forms that don't say.
        settings: what the place decides for itself; ``year``, ``edition`` and ``limits`` go before it.
        passwords: to try on encrypted workbooks and archives.
        limits: how much is read of a file before it is refused.
        progress: called after each input with how many are done, how many there are, and its name.

    Raises:
        PathNotFound: none of the sources exists; else one that doesn't comes back as unreadable.
        UsageError: there is no such edition.
    """
    decided = (settings or Settings()).for_call(edition=edition, year=year, limits=limits)
    Vocabulary.load(decided.edition or DEFAULT_EDITION)  # a wrong call is told before any file is read
    found, missing = discover_present(sources, limits=decided.limits)
    checked = {name: Checked.unreadable(name, error) for name, error in missing.items()}
    skipped: list[tuple[str, str]] = []
    for done, one in enumerate(found, 1):
        result = one.skip if one.skip is not None else _validate_one(one, decided, passwords)
        if isinstance(result, Checked):
            checked[one.name] = result
        else:
            skipped.append((one.name, result))
        if progress is not None:
            progress(done, len(found), one.name)
    return Validated(tuple(checked.values()), {one.name: one.path for one in found}, tuple(skipped), decided.limits)


def _validate_one(found: Found, settings: Settings, passwords: Sequence[str]) -> Checked | str:
    """The file's findings, or why it is passed over."""
    try:
        reading = read_found(found, passwords=passwords, limits=settings.limits)
    except InputError as error:
        return Checked.unreadable(found.name, str(error))
    if reading.own_ledger:
        return "是 perfxl 生成的台账，不是绩效目标表"
    return Checked.of(reading, check(reading.forms, settings=settings))


def mark(validated: Validated) -> tuple[Marked, ...]:
    """Mark each workbook in place; one that can't be marked stays as it was and stops nothing."""
    return mark_in_place(_markings(validated))


def mark_in(validated: Validated, folder: Source) -> tuple[Marked, ...]:
    """Mark a copy of each workbook, in ``folder``, relative folders kept."""
    return mark_copies(_markings(validated), os.fspath(folder))


def _markings(validated: Validated) -> list[Marking]:
    return [
        Marking(path, PurePath(checked.file), reading.forms, checked.issues, reading.inside, validated.limits)
        for path, checked, reading in validated.markable
    ]


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of a workbook whose marks were to go: ``error`` says in Chinese why they are still there."""

    name: str
    error: str = ""


def clear(
    sources: Source | Iterable[Source], *, limits: Limits | None = None, progress: Progress | None = None
) -> tuple[tuple[Cleared, ...], tuple[tuple[str, str], ...]]:
    """Take the marks off every workbook; one that fails stops nothing.

    Returns:
        what became of the workbooks, and (name, reason) of the files passed over.

    Raises:
        PathNotFound: none of the sources exists.
    """
    found, missing = discover_present(sources, limits=limits)
    results = [Cleared(name, error) for name, error in missing.items()]
    for done, one in enumerate(found, 1):
        if one.skip is None:
            results.append(_clear(one, limits))
        if progress is not None:
            progress(done, len(found), one.name)
    return tuple(results), tuple((one.name, one.skip) for one in found if one.skip is not None)


def _clear(found: Found, limits: Limits | None) -> Cleared:
    if found.inside:
        return Cleared(found.name, in_archive(found.name, "清除标注"))
    try:
        clear_marks(found.path, limits=limits)
    except PerfxlError as error:
        return Cleared(found.name, str(error))
    return Cleared(found.name)
