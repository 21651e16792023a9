"""The report as JSON: its shape, declared once, from which the shipped data/report.schema.json is made too.

Whoever takes such a report in loads it with ``ReportDocument.model_validate_json``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from perfxl.issue import At, AtLine, AtTable, Issue, Place, Repair, Severity
from perfxl.report.checked import Checked, Status
from perfxl.text import encodable

# Grows only when a field goes away or changes its meaning; new fields may come at any time.
VERSION: Final = 1

Code = Annotated[str, Field(pattern="^[A-Z]{1,3}[0-9]{2,3}$")]
Sheet = Annotated[str | None, Field(description="Null in a text document or where the whole file is meant.")]
Cell = Annotated[
    Annotated[str, Field(pattern="^[A-Z]{1,3}[1-9][0-9]{0,6}$")] | None,
    Field(description="Address as in D12; null where there is none."),
]
Line = Annotated[
    Annotated[int, Field(ge=1)] | None,
    Field(description="Line of a text document, or row of a table in a Word document, from 1; null in a workbook."),
]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class PlaceEntry(_Data):
    """A place that a finding rests on."""

    sheet: Sheet
    cell: Cell
    line: Line


class ChangeEntry(_Data):
    """One cell of a repair."""

    sheet: Sheet
    cell: Cell
    before: str | None = Field(description="Content as typed; of a cell with several objectives the one line.")
    after: str | None


class RepairEntry(_Data):
    """How a finding can be mended."""

    safe: bool = Field(description="It can't change what is meant; else it is only proposed.")
    changes: Annotated[tuple[ChangeEntry, ...], Field(min_length=1)]


class IssueEntry(_Data):
    """One finding."""

    code: Code
    also: tuple[Code, ...] = Field(description="Codes of rules told together with this one.")
    severity: Severity
    sheet: Sheet
    cell: Cell
    line: Line
    message: str = Field(min_length=1, description="What is wrong, in Chinese.")
    advice: str = Field(description="What to do, in Chinese.")
    value: str | None = Field(description="The cell's text as typed; null where it is blank.")
    related: tuple[PlaceEntry, ...] = Field(description="Other places that the finding rests on.")
    explanation: str = Field(description='What the clerk wrote in 情况说明; "" for nothing.')
    ignored: str = Field(description='Why the settings pass this finding over; "" for a finding that counts.')
    repair: RepairEntry | None = Field(default=None, description="How to mend it; null where there is no one answer.")


class FormEntry(_Data):
    """One form of a file."""

    sheet: str | None = Field(description="Null in a text document.")
    project: str


class FileEntry(_Data):
    """One file, and what became of it."""

    # What a status says of the other fields: no type can tell that.
    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {
                    "if": {"properties": {"status": {"const": Status.UNREADABLE.value}}},
                    "then": {"properties": {"error": {"type": "string", "minLength": 1}, "forms": {"maxItems": 0}}},
                    "else": {"properties": {"error": {"type": "null"}}},
                },
                {
                    "if": {"properties": {"status": {"const": Status.REJECTED.value}}},
                    "then": {"properties": {"forms": {"maxItems": 0}}},
                },
            ]
        }
    )

    file: str = Field(description="Path as given, relative.")
    status: Status = Field(
        description="ok: no errors, no warnings. issues: warnings only. errors: at least one error. "
        "rejected: nothing in it can be read as a form. unreadable: can't be opened."
    )
    error: str | None = Field(description="Why the file is unreadable, in Chinese.")
    forms: tuple[FormEntry, ...]
    issues: tuple[IssueEntry, ...]


class ReportDocument(_Data):
    """Fields may be added within a version; readers ignore those they don't know."""

    version: Literal[1]
    files: tuple[FileEntry, ...]

    @classmethod
    def of(cls, files: Iterable[Checked]) -> ReportDocument:
        """The report on these files, in their order."""
        return cls(version=VERSION, files=tuple(map(_file, files)))


def as_document(files: Iterable[Checked]) -> dict[str, Any]:
    """The report as plain data: dicts, lists, texts, integers and None."""
    return ReportDocument.of(files).model_dump(mode="json")


def as_json(files: Iterable[Checked]) -> str:
    """The report as JSON text, ending with a line break; it can be written as UTF-8 whatever the cells held."""
    return ReportDocument.of(files).model_dump_json(indent=2) + "\n"


class _Untitled(GenerateJsonSchema):
    """A title that only repeats the field's name tells nobody anything."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of :func:`as_json`'s text; shipped as data/report.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:perfxl:report:{VERSION}",
        **ReportDocument.model_json_schema(mode="serialization", schema_generator=_Untitled),
        "title": "perfxl validate --format json",
    }


def _file(checked: Checked) -> FileEntry:
    forms = checked.reading.forms if checked.reading is not None else ()
    sheets = {form.key: form.sheet for form in forms}
    return FileEntry(
        file=encodable(checked.file),
        status=checked.status,
        error=encodable(checked.error) or None,
        forms=tuple(FormEntry(sheet=form.sheet or None, project=encodable(form.project.text)) for form in forms),
        issues=tuple(_issue(issue, sheets) for issue in checked.issues),
    )


def _issue(issue: Issue, sheets: dict[str, str]) -> IssueEntry:
    place = _place(issue.at)
    if issue.at is None and issue.form is not None:
        place = PlaceEntry(sheet=sheets.get(issue.form) or None, cell=None, line=None)
    return IssueEntry(
        code=issue.code,
        also=issue.also,
        severity=issue.severity,
        sheet=place.sheet,
        cell=place.cell,
        line=place.line,
        message=encodable(issue.message),
        advice=encodable(issue.advice),
        value=None if issue.value is None else encodable(issue.value),
        related=tuple(map(_place, issue.related)),
        explanation=encodable(issue.explanation),
        ignored=encodable(issue.ignored),
        repair=_repair(issue.repair),
    )


def _repair(repair: Repair | None) -> RepairEntry | None:
    if repair is None:
        return None
    changes = tuple(
        ChangeEntry(
            sheet=change.at.sheet,
            cell=change.at.a1,
            before=None if change.before is None else encodable(change.before),
            after=None if change.after is None else encodable(change.after),
        )
        for change in repair.changes
    )
    return RepairEntry(safe=repair.safe, changes=changes)


def _place(at: Place | None) -> PlaceEntry:
    if isinstance(at, AtTable):
        return PlaceEntry(sheet=f"第{at.table}个表格", cell=None, line=at.row or None)
    return PlaceEntry(
        sheet=at.sheet if isinstance(at, At) else None,
        cell=at.a1 if isinstance(at, At) else None,
        line=at.line if isinstance(at, AtLine) else None,
    )
