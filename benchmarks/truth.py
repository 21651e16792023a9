"""Holds what an engine wrote against the truth about the corpus, cell for cell.

    python -m benchmarks.truth LEDGER.xlsx CORPUS perfxl|script

prints how many cells were compared; where one differs it says which, and ends with 1.  The ledger is read by
python-calamine, which neither perfxl's writers nor the scripts use to write.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks.contents import YEAR, Contents, Planted, Row
from benchmarks.corpus import Sent
from perfxl.issue import column_letters
from perfxl.layout import FORM_SHEET, LATEST

Line = dict[str, Any]
Table = Iterator[Line]

_SHOWN = 5  # differences that are told
_BODY = column_letters(LATEST.column("body").column)
_NAME = column_letters(LATEST.column("level3").column)
_ACCEPTED = "已汇总"
# What the scripts say of a planted mistake; of those that are not here they know nothing.
_SAID_BY_SCRIPTS = {
    "S01": "必填",
    "A01": "合计不符",
    "A02": "数字错误",
    "T03": "二级指标不属于一级指标",
    "S08": "指标值为空",
    "T07": "缺少满意度指标",
    "I04": "重复指标",
}


class Wrong(Exception):
    """A ledger is not what it must be; says where."""


def read_truth(corpus: Path) -> list[Sent]:
    """What was sent, in the order of the ledger."""
    with open(corpus / "truth.jsonl", encoding="utf-8") as lines:
        return [_sent(json.loads(line)) for line in lines]


def _sent(line: dict[str, Any]) -> Sent:
    contents = line.pop("contents")
    if contents is None:
        return Sent(**line, contents=None)
    rows = tuple(
        Row(**row | {"value": None if row["value"] is None else Decimal(row["value"])}) for row in contents["rows"]
    )
    amounts = {name: _amount(contents[name]) for name in ("total", "fiscal", "other")}
    planted = tuple(Planted(**one) for one in contents["planted"])
    texts = {"objectives": tuple(contents["objectives"]), "rows": rows, "planted": planted}
    return Sent(**line, contents=Contents(**contents | amounts | texts))


def _amount(text: str) -> Any:
    return Decimal(text) if text.replace(".", "").isdigit() else text


def _forms(sent: Iterable[Sent]) -> Iterator[tuple[str, Contents]]:
    return ((one.file, one.contents) for one in sent if one.contents is not None)


# -- perfxl's ledger


def of_perfxl(sent: list[Sent]) -> dict[str, Table]:
    """The lines that perfxl's ledger must have, by sheet; a column that is not named is not judged."""
    named = _same_names(sent)
    return {
        "项目台账": _projects(sent),
        "指标明细": _indicators(sent),
        "问题清单": iter(sorted(_issues(sent, named), key=_of_issue)),
        "来源清单": _sources(sent),
    }


def _projects(sent: list[Sent]) -> Table:
    for number, (file, form) in enumerate(_forms(sent), 1):
        errors, warnings = (sum(one.severity == name for one in form.planted) for name in ("错误", "警告"))
        yield {
            "序号": number,
            "年度": YEAR,
            "单位编码": form.unit_code,
            "单位名称": form.unit_name,
            "主管部门": form.department,
            "项目名称": form.project,
            "预算数": form.total if isinstance(form.total, Decimal) else "",
            "财政资金": form.fiscal,
            "其他资金": form.other,
            "资金用途": form.purpose,
            "绩效目标": "\n".join(form.objectives),
            "指标数": len(form.rows),
            "错误数": errors,
            "警告数": warnings,
            "状态": "有错误" if errors else "有警告" if warnings else "正常",
            "填报人": form.contact,
            "电话": form.phone,
            "文件": file,
            "工作表": FORM_SHEET,
        } | dict.fromkeys(("审核意见", "经办人", "备注", "批复数", "差额", "报送次数", "说明", "项目编码"), "")


def _indicators(sent: list[Sent]) -> Table:
    for file, form in _forms(sent):
        for number, row in enumerate(form.rows, 1):
            yield {
                "单位编码": form.unit_code,
                "单位名称": form.unit_name,
                "项目名称": form.project,
                "行序": number,
                "一级指标": row.carried,
                "二级指标": row.level2,
                "三级指标": row.level3,
                "绩效指标描述": row.description,
                "指标值": row.target,
                "计算符号": row.relation,
                "数值": "" if row.value is None else row.value,
                "数值上限": "",
                "计量单位": row.measure,
                "类型": row.kind,
                "说明": "",
                "文件": file,
                "工作表": FORM_SHEET,
                "单元格": f"{_BODY}{LATEST.first_row + number - 1}",
            }


def _issues(sent: list[Sent], same_names: list[tuple[str, Contents, str]]) -> Table:
    for file, form in _forms(sent):
        yield from (_issue(file, form, planted) for planted in form.planted)
    for file, form, cell in same_names:
        yield _issue(file, form, Planted("X04", cell, "提示"))
    for one in sent:
        if one.status == "未采用":
            yield {"文件": one.file, "单元格": "", "规则": "S07", "级别": "错误", "单位名称": "", "项目名称": ""}


def _issue(file: str, form: Contents, planted: Planted) -> Line:
    return {
        "文件": file,
        "单元格": planted.cell,
        "规则": planted.code,
        "级别": planted.severity,
        "单位名称": form.unit_name,
        "项目名称": form.project,
    }


def _same_names(sent: list[Sent]) -> list[tuple[str, Contents, str]]:
    """Rule X04 told again in short: indicators of one name with several values, at the first that has not the usual."""
    by_name: dict[str, list[tuple[str, Contents, str, str]]] = {}
    for file, form in _forms(sent):
        for number, row in enumerate(form.rows, LATEST.first_row):
            if row.value is not None and row.level2 != "成本指标":
                by_name.setdefault(row.level3, []).append((file, form, f"{_NAME}{number}", row.target))
    found = []
    for same in by_name.values():
        counts = Counter(target for *_, target in same)
        if len({file for file, *_ in same}) > 1 and len(counts) > 1:
            usual = counts.most_common(1)[0][0]
            file, form, cell, _ = next(one for one in same if one[3] != usual)
            found.append((file, form, cell))
    return found


def _sources(sent: list[Sent]) -> Table:
    for number, one in enumerate(sent, 1):
        accepted = one.status == _ACCEPTED
        line: Line = {"序号": number, "文件": one.file, "状态": one.status, "字节数": one.size, "SHA-256": one.sha256}
        if accepted:
            line |= {"表数": 1, "计入表数": 1, "模板版本": LATEST.version, "口径": "tianjin-2023"}
        yield line


def _of_issue(line: Line) -> tuple[str, str, str]:
    return line["文件"], line["规则"], line["单元格"]


# -- the scripts' ledgers


def of_scripts(sent: list[Sent]) -> dict[str, Table]:
    """The lines that a script's ledger must have."""
    return {
        "项目": _script_projects(sent),
        "指标": _script_indicators(sent),
        "问题": iter(sorted(_script_issues(sent), key=lambda line: (line["文件"], line["单元格"]))),
        "来源": (
            {"文件": one.file, "大小": one.size, "指标数": len(one.contents.rows)} for one in sent if one.contents
        ),
    }


def _script_projects(sent: list[Sent]) -> Table:
    for file, form in _forms(sent):
        yield {
            "单位编码": form.unit_code,
            "单位名称": form.unit_name,
            "项目名称": form.project,
            "项目序号": form.project_no,
            "主管部门": form.department,
            "填报人": form.contact,
            "电话": form.phone,
            "年度": str(YEAR),
            "预算数": form.total,
            "财政资金": form.fiscal,
            "其他资金": form.other,
            "资金用途": form.purpose,
            "绩效目标": "\n".join(form.objectives),
            "指标数": len(form.rows),
            "文件": file,
        }


def _script_indicators(sent: list[Sent]) -> Table:
    for file, form in _forms(sent):
        head: Line = {"单位编码": form.unit_code, "单位名称": form.unit_name, "项目名称": form.project}
        head |= {"主管部门": form.department, "预算数": form.total, "财政资金": form.fiscal, "文件": file}
        for number, row in enumerate(form.rows, LATEST.first_row):
            yield head | {
                "一级指标": row.carried,
                "二级指标": row.level2,
                "三级指标": row.level3,
                "绩效指标描述": row.description,
                "指标值": row.target,
                "数值": "" if row.value is None else row.value,
                "行": number,
            }


def _script_issues(sent: list[Sent]) -> Table:
    for file, form in _forms(sent):
        for one in form.planted:
            if said := _SAID_BY_SCRIPTS.get(one.code):
                yield {"文件": file, "单元格": one.cell, "问题": said}


# -- comparing


def verify(ledger: Path, corpus: Path, engine: str) -> int:
    """Compare a ledger with the truth; how many cells were found right.

    Raises:
        Wrong: one is not, or a line is missing or one too many.
    """
    sent = read_truth(corpus)
    expected = of_perfxl(sent) if engine == "perfxl" else of_scripts(sent)
    read = _Ledger(ledger, corpus / "forms")
    cells = 0
    for title, lines in expected.items():
        found = read.lines(title)
        if title == "问题清单":
            found = iter(sorted((line | {"规则": line["规则"].split("、")[0]} for line in found), key=_of_issue))
        elif title == "问题":
            found = iter(sorted(found, key=lambda line: (line["文件"], line["单元格"])))
        cells += _compare(title, lines, found)
    return cells


class _Ledger:
    def __init__(self, path: Path, folder: Path) -> None:
        from python_calamine import CalamineWorkbook

        self._book = CalamineWorkbook.from_path(str(path))
        self._folder = folder

    def lines(self, title: str) -> Table:
        """The lines below the headings, of a sheet and those that continue it."""
        for name in self._book.sheet_names:
            if name == title or name.startswith(f"{title}-"):
                yield from self._of_sheet(name)

    def _of_sheet(self, name: str) -> Table:
        headings: list[str] = []
        for row in self._book.get_sheet_by_name(name).iter_rows():
            if headings:
                line: Line = dict(zip(headings, row, strict=True))
                file = str(line["文件"])
                if os.path.isabs(file):
                    line["文件"] = Path(file).resolve().relative_to(self._folder).as_posix()
                yield line
            elif "文件" in row:
                headings = [str(heading) for heading in row]


def _compare(title: str, expected: Table, found: Table) -> int:
    cells, differences = 0, []
    for number, (want, got) in enumerate(zip_longest(expected, found), 1):
        if want is None or got is None:
            differences.append(f"{title} 第{number}条：应为 {want}，实为 {got}")
            break
        for heading, value in want.items():
            cells += 1
            if not _same(value, got.get(heading, "（没有这一列）")):
                differences.append(f"{title} 第{number}条 {heading}：应为 {value!r}，实为 {got.get(heading)!r}")
        if len(differences) >= _SHOWN:
            break
    if differences:
        raise Wrong("\n".join(differences[:_SHOWN]))
    return cells


def _same(want: Any, got: Any) -> bool:
    if isinstance(want, (Decimal, int)):
        return isinstance(got, (int, float)) and float(want) == float(got)
    return bool(want == got)


def main() -> None:
    ledger, corpus, engine = sys.argv[1:4]
    try:
        print(verify(Path(ledger), Path(corpus).resolve(), engine))
    except Wrong as wrong:
        raise SystemExit(str(wrong)) from None


if __name__ == "__main__":
    main()
