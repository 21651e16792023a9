"""Issues into the sender's workbook, and out again: only the part of the sheet 校验结果 changes.

The form's own conditional formats and hint cells look the list up, so cells light up and go dark by themselves.
A clerk's file is never loaded and saved: every other part of the package keeps its bytes as they stand.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from perfxl.errors import OutputError, PerfxlError, UsageError
from perfxl.form import TargetForm
from perfxl.intake.grid import Workbook, open_workbook
from perfxl.issue import Issue
from perfxl.layout import RESULT_SHEET, RESULTS
from perfxl.marking.entries import NOT_CHECKED, Listing, listing
from perfxl.marking.repack import Unsound, replace_part
from perfxl.marking.sheet import Unfit, with_listing
from perfxl.output import output_error, write_whole
from perfxl.reading import fingerprint, read_forms

__all__ = [
    "NOT_CHECKED",
    "Marked",
    "Marking",
    "clear",
    "copy_path",
    "exchanged",
    "highlight",
    "identity",
    "mark_copies",
]


def highlight(
    workbook: str | Path,
    report: Iterable[Issue],
    *,
    forms: Sequence[TargetForm] | None = None,
    to: str | Path | None = None,
) -> Path:
    """List the issues in the workbook's 校验结果, by which the form lights its wrong cells.

    Args:
        workbook: the file that the issues were found in.
        report: what was found, a report or any issues.  It may cover several files if ``forms`` says which one this is.
        forms: the forms read from the workbook; read again if not given.
        to: where to write a marked copy (the folder is made); the workbook itself if not given.

    Returns:
        the path of the marked file.

    Raises:
        InputError: the workbook is not there or can't be read.
        OutputError: it has no 校验结果 of ours, or the result can't be written; nothing was changed.
        UsageError: the report covers several files and nothing says which one this is.
    """
    source = Path(workbook)
    target = _target(source, to)
    book = open_workbook(source)
    issues = _own_issues(report, forms, book.package.name)
    read = tuple(forms) if forms is not None else read_forms(source).forms
    # A copy carries what tells it from a clerk's new submission; a clerk's own file stays a submission.
    mark = fingerprint(read) if target != _target(source, None) else ""
    return _rewrite(book, target, listing(issues, read, book), mark)


def clear(workbook: str | Path, *, to: str | Path | None = None) -> Path:
    """Empty the workbook's 校验结果, so that no cell is lit any more; parameters and errors as :func:`highlight`."""
    source = Path(workbook)
    return _rewrite(open_workbook(source), _target(source, to), Listing(NOT_CHECKED, 0, ()), "")


def _own_issues(report: Iterable[Issue], forms: Sequence[TargetForm] | None, name: str) -> list[Issue]:
    """The report's issues that belong to this workbook; names of files are compared as they were given."""
    issues = list(report)
    if forms:
        files = {None, *(form.file for form in forms)}
        return [issue for issue in issues if issue.file in files]
    if len({issue.file for issue in issues}) > 1:
        raise UsageError(f"{name}：问题来自几个文件，不知道哪些属于它。请用 forms= 给出从它读出的表，或逐个文件校验。")
    return issues


def _target(source: Path, to: str | Path | None) -> Path:
    """Where to write.  A link is followed: the rename would put a file in its place and leave what it points to."""
    return Path(os.path.realpath(to if to is not None else source))


def _rewrite(book: Workbook, target: Path, content: Listing, mark: str) -> Path:
    package = book.package
    sheet = next((sheet for sheet in book.sheets if sheet.name == RESULT_SHEET), None)
    if sheet is None or not _is_ours(book):
        raise OutputError(
            f"{package.name}：没有由模板生成的“{RESULT_SHEET}”表，无法标注。请用下发的模板填报；校验发现的问题请看文字报告。"
        )
    try:
        part = with_listing(package.read(sheet.part), content, mark)
        data = exchanged(package.data, sheet.part, part)
    except Unfit as reason:
        raise OutputError(f"{package.name}：工作表“{RESULT_SHEET}”不能写入：{reason}。") from None
    except Unsound:
        raise OutputError(
            f"{package.name}：文件结构异常，无法标注。请用 Excel 或 WPS 打开后另存为 .xlsx 再试。"
        ) from None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(target, error) from error
    return write_whole(target, data)


def _is_ours(book: Workbook) -> bool:
    """The sheet has the headings of our list: a sheet that merely bears its name is somebody else's work."""
    grid = book.grid(RESULT_SHEET)
    return all(
        grid.text(RESULTS.heading_row, number) == column.heading for number, column in enumerate(RESULTS.columns, 1)
    )


def exchanged(data: bytes, part: str, content: bytes) -> bytes:
    """The archive with ``content`` as that part and, proved by reading it again, every other part as it was.

    Raises:
        Unsound: it can't be done.
    """
    result = replace_part(data, part, content)
    if not _sound(data, result, part, content):
        raise Unsound("result doesn't hold what it must")
    return result


def _sound(before: bytes, after: bytes, part: str, content: bytes) -> bool:
    """The new archive holds the new part, and every other part with the same checksum and packed size as before."""
    try:
        with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
            for was, now in zip(old.infolist(), new.infolist(), strict=True):
                if _same_part(was.filename, part):
                    if new.read(now) != content:
                        return False
                elif (was.filename, was.CRC, was.compress_size) != (now.filename, now.CRC, now.compress_size):
                    return False
            return True
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _same_part(name: str, part: str) -> bool:
    return name.replace("\\", "/").lstrip("/").lower() == part.lower()


# -- copies in another folder


@dataclass(frozen=True, slots=True)
class Marking:
    """One workbook to be marked in a copy.

    Attributes:
        workbook: the file itself.
        name: its path as the copy's folder shall repeat it, relative.
        forms, issues: what was read in it, and found (a report, or any issues).
    """

    workbook: Path
    name: PurePath
    forms: tuple[TargetForm, ...]
    issues: Iterable[Issue]


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of a marking: the copy's path, or in Chinese why there is none."""

    marking: Marking
    copy: Path | None
    error: str = ""


def mark_copies(markings: Iterable[Marking], folder: str | Path) -> tuple[Marked, ...]:
    """Marked copies in another folder, relative folders kept; a failure of one leaves the others alone.

    Nothing is overwritten but our own earlier copy of the same forms, still as we wrote it: a copy that somebody has
    worked in, any other file, an input, and the copy of a namesake stay, and the new one is called ``名称(2).xlsx``.
    """
    wanted = list(markings)
    taken = {identity(marking.workbook) for marking in wanted}
    return tuple(_mark_copy(marking, Path(folder), taken) for marking in wanted)


def _mark_copy(marking: Marking, folder: Path, taken: set[str]) -> Marked:
    target = copy_path(marking.name, folder, taken, lambda path: _free(path, marking.forms))
    try:
        return Marked(marking, highlight(marking.workbook, marking.issues, forms=marking.forms, to=target))
    except PerfxlError as error:
        return Marked(marking, None, str(error))


def copy_path(name: PurePath, folder: Path, taken: set[str], free: Callable[[Path], bool]) -> Path:
    """Where the copy of a file of that name goes; it is added to ``taken``, which holds every path that must stay.

    Args:
        name: as the folder shall repeat it, relative.
        taken: :func:`identity` of the inputs and of the copies made already.
        free: whether a path may be written, whatever stands there.
    """
    relative = [part for part in name.parts if part not in ("..", name.anchor)]
    path = next(path for path in _names(folder.joinpath(*relative)) if identity(path) not in taken and free(path))
    taken.add(identity(path))
    return path


def _names(target: Path) -> Iterator[Path]:
    yield target
    number = 2
    while True:
        yield target.with_name(f"{target.stem}({number}){target.suffix}")
        number += 1


def identity(path: Path) -> str:
    """Equal for names that a case-blind file system takes for one file."""
    return os.path.realpath(path).casefold()


def _free(target: Path, forms: Sequence[TargetForm]) -> bool:
    """Nothing stands there, or our own copy of these forms, unchanged since."""
    if not os.path.lexists(target):
        return True
    try:
        reading = read_forms(target)
    except PerfxlError:
        return False
    return reading.marked_copy and _subjects(reading.forms) == _subjects(forms)


def _subjects(forms: Sequence[TargetForm]) -> list[tuple[str, str, str]]:
    return [(form.key, form.unit_code.text, form.project.text) for form in forms]
