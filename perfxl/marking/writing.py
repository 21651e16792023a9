"""Issues into the sender's workbook, and out again: only the part of the sheet 校验结果 changes.

The form's own conditional formats and hint cells look the list up, so cells light up and go dark by themselves.
Cells that the form can't light (see :mod:`perfxl.marking.overlay`) get a rule of their own, in the form's part and the
styles, which :func:`clear` takes out without a trace.  A clerk's file is never loaded and saved: every other part of
the package keeps its bytes as they stand.  A signed workbook is not changed at all: it is marked in a copy.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from perfxl.errors import OutputError, PerfxlError, UsageError
from perfxl.form import TargetForm
from perfxl.intake.grid import Workbook
from perfxl.intake.limits import Limits
from perfxl.intake.package import Package
from perfxl.issue import Issue
from perfxl.layout import RESULT_SHEET, RESULTS
from perfxl.marking.entries import NOT_CHECKED, Listing, listing
from perfxl.marking.opening import in_archive, open_to_change
from perfxl.marking.overlay import Light, overlaid
from perfxl.marking.repack import Unsound, replace_part
from perfxl.marking.sheet import Unfit, with_listing
from perfxl.marking.unlit import unlit
from perfxl.output import output_error, write_whole
from perfxl.reading import fingerprint, read_forms

SIGNED_COPY = "原文件有数字签名，没有改动；改动写在副本里，副本的签名不再有效"


def highlight(
    workbook: str | Path,
    report: Iterable[Issue],
    *,
    forms: Sequence[TargetForm] | None = None,
    to: str | Path | None = None,
    needs_list: bool = False,
    limits: Limits | None = None,
) -> Path:
    """List the issues in the workbook's 校验结果, by which the form lights its wrong cells.

    Where there is no 校验结果 of ours, the wrong cells are lit all the same; the list is then in the report only.

    Args:
        workbook: the file that the issues were found in.
        report: what was found, a report or any issues.  It may cover several files if ``forms`` says which one this is.
        forms: the forms read from the workbook; read again if not given.
        to: where to write a marked copy (the folder is made); the workbook itself if not given, or, where that is
            signed, ``名称（副本）.xlsx`` beside it.
        needs_list: a workbook without a 校验结果 of ours is refused rather than only lit.
        limits: how much is read of a file before it is refused.

    Returns:
        the path of the marked file.

    Raises:
        InputError: the workbook is not there or can't be read.
        OutputError: nothing can be marked in it (another format, encrypted), or the result can't be written; nothing
            was changed.
        UsageError: the report covers several files and nothing says which one this is.
    """
    source = Path(workbook)
    book = open_to_change(source, "标注", limits)
    issues = _own_issues(report, forms, book.package.name)
    read = tuple(forms) if forms is not None else read_forms(source, limits=limits).forms
    target = _target(source, to) if to is not None or not signed(book.package) else _beside(source, read)
    # A copy carries what tells it from a clerk's new submission; a clerk's own file stays a submission.
    mark = fingerprint(read) if target != _target(source, None) else ""
    content = listing(issues, read, book)
    if signed(book.package):
        content = replace(content, status=f"{content.status}{SIGNED_COPY}。")
    listed = _results_part(book) is not None
    if needs_list and not listed:
        raise _no_list(book)
    lights = unlit(issues, read, book, listed=listed)
    return _rewrite(book, target, content, mark, lights, empty=bool(read) and not issues)


def clear(workbook: str | Path, *, to: str | Path | None = None, limits: Limits | None = None) -> Path:
    """Empty the workbook's 校验结果, so that no cell is lit any more; parameters and errors as :func:`highlight`."""
    source = Path(workbook)
    book = open_to_change(source, "清除标注", limits)
    target = _target(source, to) if to is not None or not signed(book.package) else _beside(source, ())
    return _rewrite(book, target, Listing(NOT_CHECKED, 0, ()), "", ())


def signed(package: Package) -> bool:
    """The workbook bears a digital signature (ECMA-376 Part 2, §13), which any change would break."""
    return bool(package.related("", "origin")) or any(
        name.lower().startswith("_xmlsignatures/") for name in package.names
    )


def _beside(source: Path, forms: Sequence[TargetForm]) -> Path:
    """Where the copy of a file goes that may not be changed: in its folder, over nothing but our own earlier copy."""
    name = PurePath(f"{source.stem}（副本）{source.suffix}")
    return _target(copy_path(name, source.parent, {identity(source)}, lambda path: _free(path, forms)), None)


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


def _rewrite(
    book: Workbook, target: Path, content: Listing, mark: str, lights: Sequence[Light], *, empty: bool = False
) -> Path:
    """The workbook at ``target`` with this list and these lights; ``empty``: there is nothing that would have to show."""
    package, data = book.package, book.package.data
    part = _results_part(book)
    try:
        parts = {} if part is None else {part: with_listing(package.read(part), content, mark)}
        parts |= overlaid(book, lights)
        if not parts and not empty:
            raise _no_list(book)
        for name, changed in parts.items():
            data = exchanged(data, name, changed)
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


def _no_list(book: Workbook) -> OutputError:
    return OutputError(
        f"{book.package.name}：没有由模板生成的“{RESULT_SHEET}”表，没有标注。"
        "请用下发的模板填报；校验发现的问题请看文字报告。"
    )


def _results_part(book: Workbook) -> str | None:
    """The part of 校验结果, None where the workbook has none of ours."""
    sheet = next((sheet for sheet in book.sheets if sheet.name == RESULT_SHEET), None)
    return sheet.part if sheet is not None and _is_ours(book) else None


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
        inside: it lies in the archive ``workbook``.
        limits: how much is read of it before it is refused.
    """

    workbook: Path
    name: PurePath
    forms: tuple[TargetForm, ...]
    issues: Iterable[Issue]
    inside: bool = False
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of a marking: the copy's path, or in Chinese why there is none.

    ``note`` says in Chinese what else is to be known of the copy (the original is signed), "" where nothing is.
    """

    marking: Marking
    copy: Path | None
    error: str = ""
    note: str = ""


def mark_in_place(markings: Iterable[Marking]) -> tuple[Marked, ...]:
    """Mark each workbook itself, a signed one in a copy beside it; a failure of one leaves the others alone."""
    return tuple(_mark(marking, None) for marking in markings)


def mark_copies(markings: Iterable[Marking], folder: str | Path) -> tuple[Marked, ...]:
    """Marked copies in another folder, relative folders kept; a failure of one leaves the others alone.

    Nothing is overwritten but our own earlier copy of the same forms, still as we wrote it: a copy that somebody has
    worked in, any other file, an input, and the copy of a namesake stay, and the new one is called ``名称(2).xlsx``.
    """
    wanted = list(markings)
    taken = {identity(marking.workbook) for marking in wanted}
    return tuple(_mark_copy(marking, Path(folder), taken) for marking in wanted)


def _mark_copy(marking: Marking, folder: Path, taken: set[str]) -> Marked:
    return _mark(marking, copy_path(marking.name, folder, taken, lambda path: _free(path, marking.forms)))


def _mark(marking: Marking, target: Path | None) -> Marked:
    if marking.inside:
        return Marked(marking, None, in_archive(marking.name.as_posix(), "标注"))
    try:
        copy = highlight(marking.workbook, marking.issues, forms=marking.forms, to=target, limits=marking.limits)
        note = SIGNED_COPY if signed(Package.open(marking.workbook, limits=marking.limits)) else ""
    except PerfxlError as error:
        return Marked(marking, None, str(error))
    return Marked(marking, copy, note=note)


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
