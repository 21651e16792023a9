"""The workbooks that go back with a return: the ledger's findings in the file that they were found in, if it is still that file."""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final

from perfxl.errors import InputError, OutputError, PerfxlError, RefusedError
from perfxl.form import TargetForm
from perfxl.intake.discover import Found, discover
from perfxl.intake.limits import Limits
from perfxl.intake.package import display
from perfxl.issue import At, Issue, Severity
from perfxl.ledger.model import IssueRow, SourceRow
from perfxl.marking import highlight
from perfxl.reading import Reading, read_package
from perfxl.season.handout import safe_name
from perfxl.season.restoring import Restored, restored
from perfxl.season.returning.outbox import ORIGINALS

__all__ = ["Enclosure", "Enclosures", "file_name", "workbook_name"]

_SEVERITIES: Final = {severity.chinese: severity for severity in Severity}
_PASSED_OVER: Final = "按设置不计："


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What goes back for one file.

    Attributes:
        files: name below the unit's folder, content.  The workbook to work in comes first.
        marked: there is a workbook with the findings marked in it.
        restored: it is a fresh template with the contents of the file.
        batch: of the forms in it, "" where they don't say.
        problem: in Chinese why it is not what it should be; "" where it is.
    """

    files: tuple[tuple[str, bytes], ...] = ()
    marked: bool = False
    restored: bool = False
    batch: str = ""
    problem: str = ""


class Enclosures:
    """Finds the files of a ledger and marks copies of them.

    Args:
        folders: where to look for a file by the name that the ledger has for it, in this order.
        passwords: to try on encrypted workbooks and archives.
        limits: how much is read of a file before it is refused.
        deadline, contact: for 填报说明 of workbooks that have to be made anew.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        sources: Iterable[SourceRow],
        issues: Iterable[IssueRow],
        *,
        passwords: Sequence[str] = (),
        limits: Limits | None = None,
        deadline: str = "",
        contact: str = "",
    ) -> None:
        self._passwords, self._limits = passwords, limits
        self._folders = tuple(folders)
        self._sources = {row.file: row for row in sources}
        self._issues: defaultdict[str, list[IssueRow]] = defaultdict(list)
        for row in issues:
            self._issues[row.file].append(row)
        self._deadline, self._contact = deadline, contact
        self._restored: dict[str, Restored | None] = {}
        self._archives: dict[Path, dict[str, Found]] = {}

    def sha256(self, file: str) -> str:
        """The digest that the ledger has of a file; "" where it has none."""
        source = self._sources.get(file)
        return source.sha256 if source is not None else ""

    def marked(self, file: str) -> Enclosure:
        """The workbook with all of its findings in 校验结果, or its contents in a template where it can't carry them.

        Raises:
            RefusedError: there is no place for the files that are needed on the way.
        """
        content = self._content(file)
        if isinstance(content, str):
            return Enclosure(problem=content)
        try:
            reading = read_package(content, file, file_name(file), passwords=self._passwords, limits=self._limits)
            # Of what lies in an archive the member itself can be marked: its bytes go into a file of their own.
            return self._marked_copy(file, content, reading) if reading.in_place else self._renewed(file, content)
        except RefusedError:
            raise
        except PerfxlError as error:
            return Enclosure(((file_name(file), content),), problem=str(error))

    def original(self, file: str) -> Enclosure:
        """The file as it is."""
        content = self._content(file)
        return Enclosure(problem=content) if isinstance(content, str) else Enclosure(((file_name(file), content),))

    def unit(self, file: str) -> tuple[str, str]:
        """Code and name of the unit whose forms stand in a file that the ledger did not take; "" where none says."""
        content = self._content(file)
        if isinstance(content, str):
            return "", ""
        try:
            reading = read_package(content, file, passwords=self._passwords, limits=self._limits)
        except PerfxlError:
            return "", ""
        units = {(form.unit_code.text, form.unit_name.text) for form in reading.forms}
        return units.pop() if len(units) == 1 else ("", "")

    def restored(self, file: str) -> Restored | None:
        """The contents of a workbook of another format in a fresh template; None where they can't be had."""
        if file not in self._restored:
            content = self._content(file)
            self._restored[file] = None if isinstance(content, str) else self._restore(file, content)
        return self._restored[file]

    def marked_restored(self, file: str, issues: Sequence[Issue]) -> Enclosure:
        """That fresh template with these findings of its own forms marked, the original beside it."""
        workbook, content = self.restored(file), self._content(file)
        if workbook is None or isinstance(content, str):
            return Enclosure(problem=f"{file}：内容没能转到新模板。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新汇总")
        return _renewed(file, content, workbook, issues)

    def _restore(self, file: str, content: bytes) -> Restored | None:
        try:
            return self._in_template(file, content)
        except PerfxlError:
            return None

    def _in_template(self, file: str, content: bytes) -> Restored:
        return restored(
            content,
            file,
            passwords=self._passwords,
            limits=self._limits,
            deadline=self._deadline,
            contact=self._contact,
        )

    # -- finding

    def _content(self, file: str) -> bytes | str:
        """The bytes that the ledger was made from, or in Chinese why they can't be had."""
        wanted = self.sha256(file)
        found = False
        for read in chain(self._candidates(file), self._members(file)):
            try:
                content = read()
            except (OSError, InputError):
                continue
            found = True
            if wanted and hashlib.sha256(content).hexdigest() == wanted:
                return content
        if found:
            return f"{file}：汇总以后改动过，没有标注。请先用现在的文件重新汇总，再退回"
        return f"{file}：找不到了，没有标注。请把它放回原处，或用 --sources 指明汇总时的文件夹，再退回一次"

    def _candidates(self, file: str) -> Iterator[Callable[[], bytes]]:
        source = self._sources.get(file)
        given = [source.path] if source is not None and source.path is not None else []
        yield from (path.read_bytes for path in (*given, *self._below(PurePosixPath(file))) if path.is_file())

    def _members(self, file: str) -> Iterator[Callable[[], bytes]]:
        """Entries under that name of the archives that its name begins with: ``收到.zip/报送/表.xlsx``."""
        for above in PurePosixPath(file).parents:
            for archive in self._below(above):
                if archive.suffix.lower() == ".zip" and archive.is_file():
                    inner = PurePosixPath(archive.name, *PurePosixPath(file).parts[len(above.parts) :]).as_posix()
                    if (found := self._listed(archive).get(inner)) is not None:
                        yield partial(found.read, passwords=self._passwords, limits=self._limits)

    def _listed(self, archive: Path) -> dict[str, Found]:
        """What lies in an archive, by the name that it is shown under."""
        if archive not in self._archives:
            found = discover([archive], limits=self._limits)
            self._archives[archive] = {one.name: one for one in found if one.inside}
        return self._archives[archive]

    def _below(self, name: PurePosixPath) -> list[Path]:
        """Where that name leads in each of the folders, and never out of them."""
        parts = [part for part in name.parts if part not in ("..", "/")]
        return [folder.joinpath(*parts) for folder in self._folders] if parts else []

    # -- marking

    def _marked_copy(self, file: str, content: bytes, reading: Reading) -> Enclosure:
        issues = _issues(self._issues[file], reading.forms)
        try:
            marked = _highlighted(file_name(file), content, issues, reading.forms, self._limits)
        except RefusedError:
            raise
        except OutputError:  # it has no 校验结果 of ours
            return self._renewed(file, content)
        return Enclosure(
            ((file_name(file), marked),), marked=True, batch=reading.forms[0].batch if reading.forms else ""
        )

    def _renewed(self, file: str, content: bytes) -> Enclosure:
        workbook = self._in_template(file, content)
        issues = [workbook.moved(issue) for issue in _issues(self._issues[file], workbook.before)]
        return _renewed(file, content, workbook, issues)


def file_name(file: str) -> str:
    """The last part of a file's name in the ledger, as a name that every system takes."""
    name = PurePosixPath(file).name
    suffix = PurePosixPath(name).suffix
    return safe_name(name.removesuffix(suffix), suffix) or display(name)


def workbook_name(file: str) -> str:
    """What the workbook is called that takes over the contents of a file."""
    return f"{PurePosixPath(file_name(file)).stem}.xlsx"


def _renewed(file: str, content: bytes, workbook: Restored, issues: Sequence[Issue]) -> Enclosure:
    name = workbook_name(file)
    marked = _highlighted(name, workbook.content, issues, workbook.forms)
    files = ((name, marked), (f"{ORIGINALS}/{file_name(file)}", content))
    return Enclosure(files, marked=True, restored=True, batch=workbook.forms[0].batch)


def _highlighted(
    name: str, content: bytes, issues: Sequence[Issue], forms: Sequence[TargetForm], limits: Limits | None = None
) -> bytes:
    """A workbook with these findings marked in it, by way of a file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / name, Path(scratch) / "标注" / name
        source.write_bytes(content)
        return highlight(source, issues, forms=forms, to=target, needs_list=True, limits=limits).read_bytes()


def _issues(rows: Iterable[IssueRow], forms: Sequence[TargetForm]) -> list[Issue]:
    """The rows of 问题清单 as findings again; each belongs to the form on its sheet."""
    keys = {form.sheet: form.key for form in forms}
    return [_issue(row, keys.get(row.sheet)) for row in rows]


def _issue(row: IssueRow, form: str | None) -> Issue:
    code, *also = row.code.split("、")
    try:
        at = At.parse(row.sheet, row.cell) if row.cell else None
    except ValueError:
        at = None
    issue = Issue(
        code=code,
        severity=_SEVERITIES.get(row.severity, Severity.ERROR),
        message=row.message,
        advice=row.advice,
        file=row.file,
        form=form,
        at=at,
        value=row.value or None,
        also=tuple(also),
        explanation=row.explanation,
    )
    if row.explanation.startswith(_PASSED_OVER):
        return replace(issue, explanation="", ignored=row.explanation.removeprefix(_PASSED_OVER))
    return issue
