"""The loop found in every office: load_workbook for each form, cell by cell, ten checks, rows appended to one workbook.

python -m benchmarks.peers.with_openpyxl FOLDER OUT.xlsx
"""

from __future__ import annotations

import datetime
import glob
import os
import re
import sys
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook, load_workbook

from benchmarks.peers import template

Bad = Callable[..., None]
VALUE = re.compile(template.VALUE)


def head_of(sheet: Any) -> dict[str, Any]:
    head = {name: sheet[cell].value for name, cell in template.HEAD.items()}
    first, last = template.OBJECTIVES
    texts = [sheet.cell(row, 2).value for row in range(first, last + 1)]
    head["绩效目标"] = "\n".join(str(text) for text in texts if text)
    return head


def table_of(sheet: Any) -> list[dict[str, Any]]:
    table, carried = [], None
    for number in range(template.TABLE[0], template.TABLE[1] + 1):
        row = {name: sheet.cell(number, column).value for column, name in enumerate(template.COLUMNS, 1)}
        if not any(row.values()):
            continue
        carried = row["一级指标"] = row["一级指标"] or carried
        row["指标值"] = "".join(str(row[name] or "") for name in ("符号", "值", "单位"))
        read = VALUE.match(row["指标值"])
        row["数值"] = float(read[2].replace(",", "")) if read else None
        row["行"] = number
        table.append(row)
    return table


def check_head(head: dict[str, Any], bad: Bad) -> None:
    for name in template.REQUIRED:
        if not head[name]:
            bad(template.HEAD[name], "必填")
    try:
        if abs(head["预算数"] - head["财政资金"] - head["其他资金"]) > 0.005:
            bad("C4", "合计不符", head["预算数"])
    except TypeError:
        bad("C4", "数字错误", head["预算数"])
    if not template.YEARS[0] <= int(head["年度"]) <= template.YEARS[1]:
        bad("N4", "年度不对", head["年度"])


def check_table(table: list[dict[str, Any]], bad: Bad) -> None:
    seen = set()
    for row in table:
        if template.LEVEL_OF.get(row["二级指标"]) != row["一级指标"]:
            bad(f"B{row['行']}", "二级指标不属于一级指标", row["二级指标"])
        if not row["指标值"]:
            bad(f"F{row['行']}", "指标值为空")
        if (row["二级指标"], row["三级指标"]) in seen:
            bad(f"C{row['行']}", "重复指标")
        seen.add((row["二级指标"], row["三级指标"]))
    for level1 in template.LEVELS:
        if level1 not in {row["一级指标"] for row in table}:
            bad("A15", f"缺少{level1}")


def main(folder: str, out: str) -> None:
    book = Workbook()
    projects, indicators, issues, sources = book.active, *map(book.create_sheet, ("指标", "问题", "来源"))
    projects.title = "项目"
    projects.append([*template.HEAD, "绩效目标", "指标数", "文件"])
    indicators.append([*template.BESIDE, *template.COLUMNS, "指标值", "数值", "行", "文件"])
    issues.append(["文件", "单元格", "问题", "值"])
    sources.append(["文件", "大小", "修改时间", "指标数"])
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.xlsx"), recursive=True)):
        sheet = load_workbook(path, data_only=True)[template.SHEET]

        def bad(cell: str, what: str, value: Any = None, path: str = path) -> None:
            issues.append([path, cell, what, value])

        head, table = head_of(sheet), table_of(sheet)
        check_head(head, bad)
        check_table(table, bad)
        projects.append([*head.values(), len(table), path])
        beside = [head[name] for name in template.BESIDE]
        for row in table:
            indicators.append([*beside, *row.values(), path])
        saved = datetime.datetime.fromtimestamp(os.path.getmtime(path))
        sources.append([path, os.path.getsize(path), saved, len(table)])
    book.save(out)


if __name__ == "__main__":
    main(*sys.argv[1:3])
