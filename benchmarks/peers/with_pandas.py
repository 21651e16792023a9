"""One pandas.read_excel a form, ten checks, concat, to_excel.

    python -m benchmarks.peers.with_pandas FOLDER OUT.xlsx openpyxl|calamine

With ``openpyxl``, the engine that read_excel took by default for years, this is what someone who knows pandas writes;
with ``calamine`` it has the two accelerations that are widely known, that engine and XlsxWriter.
"""

from __future__ import annotations

import datetime
import glob
import os
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd

from benchmarks.peers import template

Bad = Callable[..., None]


def at(frame: pd.DataFrame, cell: str) -> Any:
    """What stands in a cell named as Excel names it; columns up to Z."""
    row, column = int(cell[1:]) - 1, ord(cell[0]) - ord("A")
    return frame.iat[row, column] if row < len(frame) and column < frame.shape[1] else None


def head_of(frame: pd.DataFrame) -> dict[str, Any]:
    head = {name: at(frame, cell) for name, cell in template.HEAD.items()}
    first, last = template.OBJECTIVES
    head["绩效目标"] = "\n".join(frame.iloc[first - 1 : last, 1].dropna().astype(str))
    return head


def table_of(frame: pd.DataFrame) -> pd.DataFrame:
    first, last = template.TABLE
    table = frame.iloc[first - 1 : last, : len(template.COLUMNS)].copy()
    table.columns = list(template.COLUMNS)
    table = table.dropna(how="all")
    table["一级指标"] = table["一级指标"].ffill()
    joined = table[["符号", "值", "单位"]].fillna("").astype(str).agg("".join, axis=1)
    parts = joined.str.extract(template.VALUE)
    table["指标值"] = joined
    table["数值"] = pd.to_numeric(parts[1].str.replace(",", ""), errors="coerce")
    return table


def check_head(head: dict[str, Any], bad: Bad) -> None:
    for name in template.REQUIRED:
        if pd.isna(head[name]) or head[name] == "":
            bad(template.HEAD[name], "必填")
    try:
        difference = float(head["预算数"]) - float(head["财政资金"]) - float(head["其他资金"])
        if abs(difference) > 0.005:
            bad("C4", "合计不符", head["预算数"])
    except (TypeError, ValueError):
        bad("C4", "数字错误", head["预算数"])
    if not template.YEARS[0] <= int(head["年度"]) <= template.YEARS[1]:
        bad("N4", "年度不对", head["年度"])


def check_table(table: pd.DataFrame, bad: Bad) -> None:
    for index, row in table.iterrows():
        if template.LEVEL_OF.get(row["二级指标"]) != row["一级指标"]:
            bad(f"B{index + 1}", "二级指标不属于一级指标", row["二级指标"])
        if not row["指标值"]:
            bad(f"F{index + 1}", "指标值为空")
    for index in table.index[table.duplicated(["二级指标", "三级指标"])]:
        bad(f"C{index + 1}", "重复指标")
    for level1 in template.LEVELS:
        if level1 not in set(table["一级指标"]):
            bad("A15", f"缺少{level1}")


def main(folder: str, out: str, engine: str) -> None:
    projects: list[dict[str, Any]] = []
    tables: list[pd.DataFrame] = []
    issues: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.xlsx"), recursive=True)):
        frame = pd.read_excel(path, sheet_name=template.SHEET, header=None, engine=engine)

        def bad(cell: str, what: str, value: Any = None, path: str = path) -> None:
            issues.append({"文件": path, "单元格": cell, "问题": what, "值": value})

        head, table = head_of(frame), table_of(frame)
        check_head(head, bad)
        check_table(table, bad)
        for name in template.BESIDE:
            table[name] = head[name]
        table["文件"], table["行"] = path, table.index + 1
        projects.append(head | {"指标数": len(table), "文件": path})
        tables.append(table)
        saved = datetime.datetime.fromtimestamp(os.path.getmtime(path))
        sources.append({"文件": path, "大小": os.path.getsize(path), "修改时间": saved, "指标数": len(table)})
    with pd.ExcelWriter(out, engine="xlsxwriter" if engine == "calamine" else None) as writer:
        pd.DataFrame(projects).to_excel(writer, sheet_name="项目", index=False)
        pd.concat(tables).to_excel(writer, sheet_name="指标", index=False)
        pd.DataFrame(issues, columns=["文件", "单元格", "问题", "值"]).to_excel(writer, sheet_name="问题", index=False)
        pd.DataFrame(sources).to_excel(writer, sheet_name="来源", index=False)


if __name__ == "__main__":
    main(*sys.argv[1:4])
