"""Forms that exist today into workbooks of ours: one filled, protected workbook for each form.

What was typed is carried over as it stands; nothing is corrected on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from perfxl.errors import InputError, PerfxlError
from perfxl.form import TargetForm
from perfxl.issue import Issue
from perfxl.output import output_error
from perfxl.reading import read_forms
from perfxl.template import Issuance, build, save

__all__ = ["Imported", "import_documents", "workbook_name"]

# Characters that no Windows file name may hold, and those that mislead people.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_NAME_BYTES = 180
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Imported:
    """One form of a document: the workbook that was made, or in Chinese why there is none."""

    source: str
    form: TargetForm | None
    workbook: Path | None
    error: str = ""


def import_documents(
    sources: Iterable[str | Path], folder: str | Path, issuance: Issuance | None = None
) -> tuple[Imported, ...]:
    """Write a workbook into ``folder`` for every form of these documents, in their order.

    A document that can't be read, or a form that doesn't fit the template, stops nothing: it comes back with its error.
    A workbook that stands there already is never overwritten; the new one is called ``名称(2).xlsx``.

    Raises:
        OutputError: the folder can't be made.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(target, error) from error
    results: list[Imported] = []
    for source in map(Path, sources):
        try:
            reading = read_forms(source)
        except InputError as error:
            results.append(Imported(source.name, None, None, str(error)))
            continue
        results += [_import(source.name, form, target, issuance) for form in reading.forms]
        results += [_refused(source.name, issue) for issue in reading.issues]
        if reading.own_ledger:
            results.append(Imported(source.name, None, None, f"{source.name}：是 perfxl 生成的台账，没有可以导入的表"))
    return tuple(results)


def workbook_name(form: TargetForm) -> str:
    """A file name that sorts and tells: number, unit code, project."""
    parts = (form.project_no.text, form.unit_code.text, form.name)
    name = _UNSAFE.sub("_", "-".join(part for part in parts if part)).strip(" .")
    while len(name.encode()) > _NAME_BYTES:
        name = name[:-1]
    return f"{'_' if _RESERVED.fullmatch(name) else ''}{name or '绩效目标表'}.xlsx"


def _import(source: str, form: TargetForm, folder: Path, issuance: Issuance | None) -> Imported:
    try:
        path = _free_name(folder / workbook_name(form))
        return Imported(source, form, save(path, build(issuance, [form])))
    except PerfxlError as error:
        return Imported(source, form, None, f"{source}：{error}")


def _refused(source: str, issue: Issue) -> Imported:
    return Imported(source, None, None, f"{source}：{issue.message}。{issue.advice}")


def _free_name(path: Path) -> Path:
    number, candidate = 2, path
    while candidate.exists():
        candidate = path.with_name(f"{path.stem}({number}){path.suffix}")
        number += 1
    return candidate
