"""What the rules about a collection keep of each form: little enough that thousands of forms fit into memory."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from perfxl.issue import Place


@dataclass(frozen=True, slots=True)
class Said:
    """A cell of a form.

    Attributes:
        text: as typed, without white space at its ends.
        key: the text for comparing; "" where the cell is blank or can't be read.
        at: where it stands.
        value: content of the cell, as an issue shows it.
        explanation: 情况说明 of its row.
    """

    text: str
    key: str
    at: Place
    value: str | None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorTrait:
    """An indicator: its name, its 指标值 in normal form, and whether two projects may be compared by it (X04)."""

    name: Said
    target: str
    comparable: bool


@dataclass(frozen=True, slots=True)
class Traits:
    """One form of a collection.

    Attributes:
        file, form: as in :class:`perfxl.issue.Issue`.
        total: the cell 预算数.
        total_yuan: 预算数 in 元; None where it is not one amount in a known unit.
        project_code: 项目编码 of the list that the form was handed out by; "" where there was none.
    """

    file: str | None
    form: str
    code: Said
    unit: Said
    project: Said
    project_no: Said
    total: Said
    total_yuan: Decimal | None
    indicators: tuple[IndicatorTrait, ...]
    project_code: str = ""

    @property
    def source(self) -> str:
        """What the form is called in a sentence: its file, or its project where it came from none."""
        return self.file or self.project.text or self.form

    def explanation_for(self, at: Place | None) -> str:
        """情况说明 that belongs to a cell of those kept here."""
        cells = (self.code, self.unit, self.project, self.project_no, self.total, *(i.name for i in self.indicators))
        return next((said.explanation for said in cells if said.at == at), "")
