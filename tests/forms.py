"""Forms for tests, written as they look: a small table of indicators, the head as keyword arguments.

    form('''
        产出指标 | 数量指标 | 社保卡片数量 | 全年制卡数量 | ≥469483张
                 | 成本指标 | 制卡工本费   | 单位平均成本 | ≤ | 10.65 | 元/张
    ''', total="500.00")

Five columns put the value as one text into the middle cell, as pasted; seven put it into its three cells; an eighth
(or a sixth) is 情况说明.  Every line is one row of the sheet from the first on, a blank line a blank row.
An empty column is a blank cell; ``␣`` is a space that matters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

from perfxl.form import Budget, Deviation, Entry, Indicator, TargetForm
from perfxl.issue import At, Issue
from perfxl.layout import FORM_SHEET, LATEST, VALUE_PARTS
from perfxl.rules import check

PUBLISHED = Path(__file__).parent / "data" / "forms.json"

# Complete and without a mistake, so that a test sees only what it put in.
HEAD: dict[str, str | None] = {
    "title": "社保卡制卡工本费绩效目标表",
    "project_no": "99",
    "unit_code": "353302",
    "unit_name": "天津市社会保险基金管理中心",
    "money_unit": "万元",
    "project": "社保卡制卡工本费",
    "total": "500.00",
    "fiscal": "500.00",
    "other": "0",
    "purpose": "用于社会保障卡的制作和结算。",
}
OBJECTIVES = "1.全年制卡 469483 张，满足参保人员用卡需要。"
SOUND = """
    产出指标   | 数量指标           | 制卡数量           | 全年制作的社保卡 | ≥ | 469483 | 张
               | 质量指标           | 卡片合格率         | 合格卡占制卡数   | ≥ | 99     | %
               | 时效指标           | 制卡完成时间       | 全部卡片交付     |   | 2023年11月底前 |
               | 成本指标           | 制卡费用           | 全年制卡支出     | ≤ | 500    | 万元
    效益指标   | 社会效益指标       | 持卡人口覆盖率     | 持卡人占参保人   | ≥ | 98     | %
    满意度指标 | 服务对象满意度指标 | 申领人员满意度     | 抽样调查         | ≥ | 95     | %
"""


def entry(content: str | int | Decimal | Entry | None, at: At) -> Entry:
    """A cell: text as typed, a number, or blank for None."""
    if isinstance(content, Entry):
        return replace(content, at=at)
    if isinstance(content, str) or content is None:
        return Entry(raw=content, at=at)
    return Entry(raw=str(content), at=at, number=Decimal(content))


def broken(fault: str = "#REF!") -> Entry:
    """A cell with an error value, for any head field."""
    return Entry(raw=None, at=At(FORM_SHEET, 1, 1), fault=fault)


def form(
    table: str = SOUND,
    *,
    sheet: str = FORM_SHEET,
    objectives: str | Iterable[str] = OBJECTIVES,
    weights: str | None = None,
    **head: Any,
) -> TargetForm:
    """A form with those indicators.

    Args:
        table: the indicators, see above.
        sheet: name of its sheet.
        objectives: one line an objective, each in its own row; or a sequence of cells, which may have several lines.
        weights: 权重 of the indicators, one word each, ``-`` for a blank cell; None for a form without that column.
        head: a head field by its name in the layout, None for blank; or an attribute of TargetForm itself
            (``edition``, ``year``, ``deviations``, …).
    """
    typed = HEAD | {name: head.pop(name) for name in list(head) if name in HEAD}
    cells = {name: entry(content, LATEST.at(sheet, name)) for name, content in typed.items()}
    if "project_total" in head:  # our layout has no such cell; K6 is as good as any
        head["project_total"] = entry(head["project_total"], At(sheet, 6, 11))
    for name in ("department", "contact", "phone", "submission", "note"):
        if name in head:
            cells[name] = entry(head.pop(name), LATEST.at(sheet, name))
    budget = Budget(total=cells.pop("total"), fiscal=cells.pop("fiscal"), other=cells.pop("other"))
    indicators, explanations = _indicators(table, sheet)
    if weights is not None:
        indicators = tuple(_weighted(*pair) for pair in zip(indicators, weights.split(), strict=True))
    top, below = LATEST.heading_rows
    fields: dict[str, Any] = {
        "file": "样例.xlsx",
        "key": "F01",
        "sheet": sheet,
        "layout": LATEST.version,
        "edition": "tianjin-2023",
        "year": 2023,
        "budget": budget,
        "objectives": tuple(_objectives(objectives, sheet)),
        "indicators": indicators,
        "headings": {c.name: At(sheet, below if c.name in VALUE_PARTS else top, c.column) for c in LATEST.columns},
        "explanations": explanations | head.pop("explanations", {}),
        **cells,
        **head,
    }
    return TargetForm(**fields)


def deviation(a1: str, expected: str, found: str | None) -> Deviation:
    """A changed label, for ``form(deviations=(…,))``."""
    return Deviation(at=At.parse(FORM_SHEET, a1), expected=expected, found=found)


def hits(checked: TargetForm | Iterable[TargetForm], code: str, **options: Any) -> list[str]:
    """Where a rule found something, and how grave: ``["F18 error"]``; "-" for the form as a whole.

    Where several forms are given, the file's name stands before: ``["乙.xlsx B3 error"]``.
    """
    issues = [issue for issue in check(checked, **options) if code in issue.codes]
    return [told(issue, with_file=not isinstance(checked, TargetForm)) for issue in issues]


def told(issue: Issue, *, with_file: bool = False) -> str:
    """A finding in short: its file if asked for, its cell, its weight."""
    place = f"{issue.at.a1 if isinstance(issue.at, At) else '-'} {issue.severity}"
    return f"{issue.file} {place}" if with_file else place


def other(file: str, **changes: Any) -> TargetForm:
    """Another unit's form with another project and indicators of its own, unless ``changes`` say otherwise."""
    made: dict[str, Any] = {
        "table": SOUND.replace("卡", file[0]).replace("人", f"{file[0]}员").replace("98 ", "97 ").replace("95 ", "93 "),
        "file": file,
        "key": file[0],
        "unit_code": f"35330{sum(map(ord, file)) % 10}",
        "unit_name": f"{file[0]}单位",
        "project": f"{file[0]}项目",
        "title": f"{file[0]}项目绩效目标表",
        "project_no": None,
    }
    return form(**{**made, **changes})


def _weighted(indicator: Indicator, weight: str) -> Indicator:
    at = At(indicator.level2.at.sheet, indicator.row, LATEST.column("weight").column)
    return replace(indicator, weight=Entry(raw=None if weight == "-" else weight, at=at))


def _objectives(objectives: str | Iterable[str], sheet: str) -> Iterable[Entry]:
    column = LATEST.field("purpose").column
    cells = objectives.split("\n") if isinstance(objectives, str) else objectives
    for row, cell in zip(LATEST.objective_rows, cells, strict=False):
        for line in cell.split("\n"):
            if line.strip():
                yield Entry(raw=line, at=At(sheet, row, column))


def _indicators(table: str, sheet: str) -> tuple[tuple[Indicator, ...], dict[int, str]]:
    found: list[Indicator] = []
    explanations: dict[int, str] = {}
    carried = ""
    for row, line in enumerate(dedent(table).strip("\n").splitlines(), LATEST.first_row):
        if not line.strip():
            continue
        columns = [text.strip().replace("␣", " ") or None for text in line.split("|")]
        indicator, explanation = _indicator(columns, row, sheet, carried, len(found) + 1)
        carried = indicator.carried
        found.append(indicator)
        if explanation:
            explanations[row] = explanation
    return tuple(found), explanations


def _indicator(columns: list[str | None], row: int, sheet: str, carried: str, number: int) -> tuple[Indicator, str]:
    """One line of the table; columns at the end may be left out."""
    names = ["level1", "level2", "level3", "description"]
    if len(columns) > 6:
        names += [*VALUE_PARTS, "explanation"]
    else:
        names += ["body", "explanation"]
    typed = dict(zip(names, columns, strict=False))
    explanation = typed.pop("explanation", None) or ""
    cells = {c.name: entry(typed.get(c.name), At(sheet, row, c.column)) for c in LATEST.columns}
    del cells["weight"]
    parts = [cells[name].raw or "" for name in VALUE_PARTS]
    target = Entry(raw="".join(parts) or None, at=cells["body"].at)
    carried = cells["level1"].text or carried
    return Indicator(number=number, carried=carried, target=target, explanation=explanation, **cells), explanation


def published_forms(*, year: int | None = None) -> dict[str, TargetForm]:
    """The nine published forms by 序号, untrimmed text included, values whole in the middle cell."""
    forms = json.loads(PUBLISHED.read_text(encoding="utf-8"))["forms"]
    return {item["project_no"]: _published(item, year) for item in forms}


def _published(item: dict[str, Any], year: int | None) -> TargetForm:
    untrimmed = {note["where"]: note["raw"] for note in item["trimmed"] if "raw" in note}
    rows = []
    for indicator in item["indicators"]:
        level1 = "" if indicator["first_carried"] else indicator["first"]
        level3 = untrimmed.get(f"indicator {indicator['row']} third", indicator["third"]).replace(" ", "␣")
        columns = (level1, indicator["second"], level3, indicator["description"], indicator["value_text"])
        rows.append(" | ".join(columns))
    return form(
        "\n".join(rows),
        file=f"{item['project_no']}.xlsx",
        key=item["project_no"],
        year=year,
        title=item["title"],
        project_no=item["project_no"],
        unit_code=item["unit_code"],
        unit_name=item["unit_name"],
        money_unit=item["money_unit"],
        project=item["project_name"],
        total=item["budget_total"],
        fiscal=item["budget_fiscal"],
        other=untrimmed.get("budget_other", item["budget_other"]),
        purpose=item["purpose"],
        objectives=[goal["raw"] for goal in item["goals"]],
    )
