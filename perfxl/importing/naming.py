"""What an imported workbook is called: a name that sorts, tells, and that every system takes."""

from __future__ import annotations

import re
from pathlib import Path

from perfxl.form import TargetForm

# Characters that no Windows file name may hold, and those that mislead people.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_NAME_BYTES = 180
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def workbook_name(form: TargetForm) -> str:
    """Number, unit code, project."""
    return _named(form.project_no.text, form.unit_code.text, form.name)


def unit_workbook_name(code: str, name: str) -> str:
    """Code and name of a unit."""
    return _named(code, name or ("" if code else "没有写单位"))


def free_name(path: Path) -> Path:
    """That path, or the next one with a number that is not taken."""
    number, candidate = 2, path
    while candidate.exists():
        candidate = path.with_name(f"{path.stem}({number}){path.suffix}")
        number += 1
    return candidate


def _named(*parts: str) -> str:
    name = _UNSAFE.sub("_", "-".join(part for part in parts if part)).strip(" .")
    while len(name.encode()) > _NAME_BYTES:
        name = name[:-1]
    return f"{'_' if _RESERVED.fullmatch(name) else ''}{name or '绩效目标表'}.xlsx"
