"""The main job on the nine published forms of 2023: import, validate, mark, consolidate, and say what was found."""

from __future__ import annotations

import hashlib
from pathlib import Path

from perfxl import validation
from perfxl.assets import example_text, template_file
from perfxl.errors import PerfxlError
from perfxl.importing import import_documents
from perfxl.issue import At, Issue, Severity
from perfxl.ledger import ProjectRow, consolidate
from perfxl.output import is_trace, output_error, write_whole
from perfxl.report import as_text
from perfxl.report.document import as_json
from perfxl.rules import catalogue
from perfxl.template import Issuance
from perfxl.text import money

_MARKER = ".perfxl-demo"
_BEGUN = b"begun\n"
_FORMS, _MARKED = "1-填好的工作簿", "2-标注错误的工作簿"
_TEXT, _JSON, _LEDGER, _BLANK = "3-校验报告.txt", "3-校验报告.json", "4-总台账.xlsx", "0-空白模板.xlsx"


def run(folder: Path) -> str:
    """Do it all into ``folder`` and return the summary.

    Raises:
        PerfxlError: the folder holds something else than an earlier demo, or can't be written.
    """
    _prepare(folder)
    write_whole(folder / _BLANK, template_file().read_bytes())
    imported = import_documents([example_text()], folder / _FORMS, Issuance())
    failures = [one.error for one in imported if one.workbook is None]
    if failures:
        raise PerfxlError("\n".join(failures))
    validated = validation.validate([folder / _FORMS])
    titles = {rule.code: rule.title for rule in catalogue()}
    write_whole(folder / _TEXT, as_text(validated.checked, titles=titles).encode())
    write_whole(folder / _JSON, as_json(validated.checked).encode())
    marked = validation.mark_in(validated, folder / _MARKED)
    ledger = consolidate([folder / _FORMS])
    ledger.write(folder / _LEDGER)
    _remember(folder)
    lines = ["用 2023 年公开的九张绩效目标表走完全程：", ""]
    lines += [_project(row) for row in ledger.projects]
    lines += ["", ledger.summary(), "", "必须修改的："]
    issues = [issue for checked in validated.checked for issue in checked.issues]
    lines += [_line(issue) for issue in issues if issue.severity is Severity.ERROR]
    lines += ["", "预算与指标不相配、需要修改或说明的："]
    lines += [_line(issue) for issue in issues if issue.severity is Severity.WARNING and issue.code.startswith("A")]
    lines += ["", f"结果在 {folder}："]
    lines += [f"  {_BLANK}", f"  {_FORMS}（{len(imported)} 个）", f"  {_MARKED}（{len(marked)} 个）"]
    lines += [f"  {_TEXT}、{_JSON.rpartition('.')[2]}", f"  {_LEDGER}", ""]
    return "\n".join(lines)


def _project(row: ProjectRow) -> str:
    budget = money(row.total) if row.total is not None else "？"
    return f"  {row.project}　{budget} 万元　指标 {row.indicators} 条　{row.condition}"


def _line(issue: Issue) -> str:
    place = issue.at.a1 if isinstance(issue.at, At) else ""
    return f"  {issue.file}　{place}（{'、'.join(issue.codes)}）{issue.message}；{issue.advice}"


def _prepare(folder: Path) -> None:
    """An empty folder of our own.  An earlier demo in it is replaced; a file that a person put or changed there is not.

    Raises:
        PerfxlError: somebody else's files are in it.
    """
    ours = _made_before(folder)
    if folder.exists() and (not folder.is_dir() or _files(folder) != ours):
        raise PerfxlError(f"{folder}：这里有别的文件，或演示结果被改动过，不会覆盖它们。请换一个空文件夹")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / _MARKER, _BEGUN)
        for name in ours:
            (folder / name).unlink()
    except OSError as error:
        raise output_error(folder, error) from error


def _files(folder: Path) -> dict[str, str]:
    """Digest of every file below the folder, but for our own list of them."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != _MARKER and not is_trace(path.name))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _made_before(folder: Path) -> dict[str, str]:
    """What the last demo left in the folder, by its own list; all there is if it was broken off."""
    try:
        content = (folder / _MARKER).read_bytes()
        lines = content.decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    if content == _BEGUN:
        return _files(folder)
    return {name: digest for digest, _, name in (line.partition(" ") for line in lines)}


def _remember(folder: Path) -> None:
    lines = [f"{digest} {name}\n" for name, digest in sorted(_files(folder).items())]
    write_whole(folder / _MARKER, "".join(lines).encode())
