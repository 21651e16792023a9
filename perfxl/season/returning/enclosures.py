"""The workbooks that go back with a return: the ledger's findings in the file that they were found in, if it is still that file."""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from perfxl.errors import OutputError, PerfxlError
from perfxl.form import TargetForm
from perfxl.intake.package import display
from perfxl.issue import At, Issue, Severity
from perfxl.ledger.model import IssueRow, SourceRow
from perfxl.marking import highlight
from perfxl.reading import read_forms
from perfxl.season.handout import safe_name
from perfxl.season.restoring import FOREIGN_SUFFIXES, Restored, restored
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
        deadline, contact: for 填报说明 of workbooks that have to be made anew.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        sources: Iterable[SourceRow],
        issues: Iterable[IssueRow],
        *,
        deadline: str = "",
        contact: str = "",
    ) -> None:
        self._folders = tuple(folders)
        self._sources = {row.file: row for row in sources}
        self._issues: defaultdict[str, list[IssueRow]] = defaultdict(list)
        for row in issues:
            self._issues[row.file].append(row)
        self._deadline, self._contact = deadline, contact
        self._restored: dict[str, Restored | None] = {}

    def sha256(self, file: str) -> str:
        """The digest that the ledger has of a file; "" where it has none."""
        source = self._sources.get(file)
        return source.sha256 if source is not None else ""

    def marked(self, file: str) -> Enclosure:
        """The workbook with all of its findings in 校验结果, or its contents in a template where it can't carry them."""
        content = self._content(file)
        if isinstance(content, str):
            return Enclosure(problem=content)
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / file_name(file)
            source.write_bytes(content)
            try:
                if source.suffix.lower() in FOREIGN_SUFFIXES:
                    return self._renewed(source, file, content)
                return self._marked_copy(source, file, content)
            except PerfxlError as error:
                return Enclosure(((source.name, content),), problem=str(error))

    def original(self, file: str) -> Enclosure:
        """The file as it is."""
        content = self._content(file)
        return Enclosure(problem=content) if isinstance(content, str) else Enclosure(((file_name(file), content),))

    def unit(self, file: str) -> tuple[str, str]:
        """Code and name of the unit whose forms stand in a file that the ledger did not take; "" where none says."""
        content = self._content(file)
        if isinstance(content, str):
            return "", ""
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / file_name(file)
            source.write_bytes(content)
            try:
                units = {(form.unit_code.text, form.unit_name.text) for form in read_forms(source, source=file).forms}
            except PerfxlError:
                return "", ""
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
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / file_name(file)
            source.write_bytes(content)
            try:
                return restored(source, file, deadline=self._deadline, contact=self._contact)
            except PerfxlError:
                return None

    # -- finding

    def _content(self, file: str) -> bytes | str:
        """The bytes that the ledger was made from, or in Chinese why they can't be had."""
        wanted = self.sha256(file)
        found = False
        for path in self._candidates(file):
            try:
                content = path.read_bytes()
            except OSError:
                continue
            found = True
            if wanted and hashlib.sha256(content).hexdigest() == wanted:
                return content
        if found:
            return f"{file}：汇总以后改动过，没有标注。请先用现在的文件重新汇总，再退回"
        return f"{file}：找不到了，没有标注。请把它放回原处，或用 --sources 指明汇总时的文件夹，再退回一次"

    def _candidates(self, file: str) -> list[Path]:
        source = self._sources.get(file)
        given = [source.path] if source is not None and source.path is not None else []
        # A name in the ledger never leads out of the folders.
        parts = [part for part in PurePosixPath(file).parts if part not in ("..", "/")]
        below = [folder.joinpath(*parts) for folder in self._folders] if parts else []
        return [path for path in (*given, *below) if path.is_file()]

    # -- marking

    def _marked_copy(self, source: Path, file: str, content: bytes) -> Enclosure:
        try:
            forms = read_forms(source, source=file).forms
            issues = _issues(self._issues[file], forms)
            marked = _highlighted(source, issues, forms)
            return Enclosure(((source.name, marked),), marked=True, batch=forms[0].batch if forms else "")
        except OutputError:  # it has no 校验结果 of ours
            return self._renewed(source, file, content)

    def _renewed(self, source: Path, file: str, content: bytes) -> Enclosure:
        workbook = restored(source, file, deadline=self._deadline, contact=self._contact)
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
    name = file_name(file)
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / workbook_name(file)
        source.write_bytes(workbook.content)
        marked = _highlighted(source, issues, workbook.forms)
    files = ((source.name, marked), (f"{ORIGINALS}/{name}", content))
    return Enclosure(files, marked=True, restored=True, batch=workbook.forms[0].batch)


def _highlighted(source: Path, issues: Sequence[Issue], forms: Sequence[TargetForm]) -> bytes:
    return highlight(source, issues, forms=forms, to=source.parent / "标注" / source.name, needs_list=True).read_bytes()


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
