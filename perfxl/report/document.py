"""The report as JSON, in the shape of data/report.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from perfxl.issue import At, AtLine, Issue, Place, Repair
from perfxl.report.checked import Checked

# Grows only when a field goes away or changes its meaning; new fields may come at any time.
VERSION: Final = 1

Json = dict[str, object]


def as_document(files: Iterable[Checked]) -> Json:
    """The report as plain data: dicts, lists, texts, integers and None."""
    return {"version": VERSION, "files": [_file(checked) for checked in files]}


def as_json(files: Iterable[Checked]) -> str:
    """The report as JSON text, ending with a line break; it can be written as UTF-8 whatever the cells held."""
    text = json.dumps(as_document(files), ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def _file(checked: Checked) -> Json:
    forms = checked.reading.forms if checked.reading is not None else ()
    return {
        "file": checked.file,
        "status": checked.status.value,
        "error": checked.error or None,
        "forms": [{"sheet": form.sheet or None, "project": form.project.text} for form in forms],
        "issues": [_issue(issue, {form.key: form.sheet for form in forms}) for issue in checked.issues],
    }


def _issue(issue: Issue, sheets: dict[str, str]) -> Json:
    place = _place(issue.at)
    if issue.at is None and issue.form is not None:
        place["sheet"] = sheets.get(issue.form) or None
    return {
        "code": issue.code,
        "also": list(issue.also),
        "severity": issue.severity.value,
        **place,
        "message": issue.message,
        "advice": issue.advice,
        "value": issue.value,
        "related": [_place(at) for at in issue.related],
        "explanation": issue.explanation,
        "ignored": issue.ignored,
        "repair": _repair(issue.repair),
    }


def _repair(repair: Repair | None) -> Json | None:
    if repair is None:
        return None
    changes = [
        {"sheet": change.at.sheet, "cell": change.at.a1, "before": change.before, "after": change.after}
        for change in repair.changes
    ]
    return {"safe": repair.safe, "changes": changes}


def _place(at: Place | None) -> Json:
    return {
        "sheet": at.sheet if isinstance(at, At) else None,
        "cell": at.a1 if isinstance(at, At) else None,
        "line": at.line if isinstance(at, AtLine) else None,
    }
