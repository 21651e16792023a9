"""The tables of a ledger: the one declaration of headings, order, kinds and widths.

Workbook, DataFrames, text files and the reading of an older ledger follow it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "path", "code", "year", "count", "money", "number"]
Value = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: heading, the row's attribute, kind of content, width in characters, whether its sum is told.

    ``people`` marks a column that people fill in: it is shown as one to write in, and carried from ledger to ledger.
    ``later`` marks a column that the first ledgers did not have: one read back without it is as it was written.
    """

    heading: str
    name: str
    kind: Kind
    width: float
    summed: bool = False
    people: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table of the ledger; each is equal to itself alone, which makes it a quick key.

    Attributes:
        title: its name: key among the DataFrames, sheet name, end of the file name.
        key: a column that no row leaves blank, by which rows are counted; one of numbers to be summed is added up.
        count_on: heading of the column above which that count is told.
        count_format: number format of that count.
        fixed: columns that stay on screen when scrolling to the right.
    """

    title: str
    columns: tuple[Column, ...]
    key: str
    count_on: str
    count_format: str
    fixed: int

    def values(self, row: object) -> list[Value]:
        """The row's values in the order of the columns; words of an enumeration as plain text."""
        values = (getattr(row, column.name) for column in self.columns)
        return [str(value) if isinstance(value, str) else value for value in values]


#: How a text ends that no cell can hold whole.
CUT = "超过单元格上限，以下略，请看原文件）"
#: Heading of the column in which people keep a project out of the published document.
PUBLIC = "公开"
PROJECTS = Table(
    "项目台账",
    (
        Column("序号", "number", "count", 5),
        Column("年度", "year", "year", 6),
        Column("单位编码", "unit_code", "code", 8.5),
        Column("单位名称", "unit_name", "text", 14),
        Column("主管部门", "department", "text", 10),
        Column("项目名称", "project", "text", 15),
        Column("审核意见", "opinion", "text", 14, people=True),
        Column("经办人", "handler", "text", 8, people=True),
        Column("备注", "remark", "text", 12, people=True),
        Column("预算数", "total", "money", 10, summed=True),
        Column("财政资金", "fiscal", "money", 10, summed=True),
        Column("其他资金", "other", "money", 9, summed=True),
        Column("批复数", "approved", "money", 10, summed=True),
        Column("差额", "difference", "money", 9, summed=True),
        Column("资金用途", "purpose", "text", 20),
        Column("绩效目标", "objectives", "text", 34),
        Column("指标数", "indicators", "count", 6.5, summed=True),
        Column("错误数", "errors", "count", 6.5, summed=True),
        Column("警告数", "warnings", "count", 6.5, summed=True),
        Column("状态", "condition", "code", 8),
        Column("填报人", "contact", "text", 8),
        Column("电话", "phone", "code", 12.5),
        Column("报送次数", "submission", "count", 6.5),
        Column("说明", "note", "text", 14),
        Column("文件", "file", "text", 15),
        Column("工作表", "sheet", "text", 10),
        Column("项目编码", "project_code", "code", 10),
        Column("公开序号", "project_no", "code", 6.5, later=True),
        Column(PUBLIC, "public", "code", 7, people=True, later=True),
    ),
    key="number",
    count_on="项目名称",
    count_format='#,##0"个项目"',
    fixed=6,
)
INDICATORS = Table(
    "指标明细",
    (
        Column("单位编码", "unit_code", "code", 8.5),
        Column("单位名称", "unit_name", "text", 13),
        Column("项目名称", "project", "text", 15),
        Column("行序", "number", "count", 5),
        Column("一级指标", "level1", "text", 10),
        Column("二级指标", "level2", "text", 11),
        Column("三级指标", "level3", "text", 18),
        Column("绩效指标描述", "description", "text", 20),
        Column("指标值", "target", "text", 20),
        Column("计算符号", "relation", "code", 6.5),
        Column("数值", "value", "number", 9),
        Column("数值上限", "upper", "number", 7),
        Column("计量单位", "measure", "code", 8),
        Column("类型", "kind", "code", 6.5),
        Column("说明", "explanation", "text", 13),
        Column("文件", "file", "text", 15),
        Column("工作表", "sheet", "text", 10),
        Column("单元格", "cell", "code", 7.5),
    ),
    key="number",
    count_on="项目名称",
    count_format='#,##0"条指标"',
    fixed=3,
)
ISSUES = Table(
    "问题清单",
    (
        Column("文件", "file", "path", 18),
        Column("工作表", "sheet", "text", 10),
        Column("单元格", "cell", "code", 8),
        Column("单位名称", "unit_name", "text", 13),
        Column("项目名称", "project", "text", 15),
        Column("规则", "code", "code", 7),
        Column("级别", "severity", "code", 6.5),
        Column("问题", "message", "text", 40),
        Column("建议", "advice", "text", 28),
        Column("内容", "value", "text", 20),
        Column("说明", "explanation", "text", 16),
    ),
    key="code",
    count_on="问题",
    count_format='#,##0"条问题"',
    fixed=0,
)
SOURCES = Table(
    "来源清单",
    (
        Column("序号", "number", "count", 5.5),
        Column("文件", "file", "text", 34),
        Column("状态", "status", "code", 9),
        Column("原因", "reason", "text", 50),
        Column("表数", "forms", "count", 7, summed=True),
        Column("计入表数", "counted", "count", 7, summed=True),
        Column("字节数", "size", "count", 12, summed=True),
        Column("SHA-256", "sha256", "text", 34),
        Column("模板版本", "layout", "code", 7),
        Column("口径", "edition", "code", 14),
    ),
    key="number",
    count_on="状态",
    count_format='#,##0"个文件"',
    fixed=2,
)
#: Heading of the column in which people choose a version.
ADOPTED = "取用"
VERSIONS = Table(
    "版本清单",
    (
        Column("单位编码", "unit_code", "code", 8.5),
        Column("单位名称", "unit_name", "text", 14),
        Column("项目名称", "project", "text", 16),
        Column("版本", "version", "count", 5.5),
        Column(ADOPTED, "adopted", "code", 7, people=True),
        Column("结论", "standing", "code", 7.5),
        Column("依据", "ground", "text", 26),
        Column("报送次数", "submission", "count", 6.5),
        Column("预算数", "total", "money", 10),
        Column("错误数", "errors", "count", 6.5),
        Column("与上一版相比", "changes", "text", 44),
        Column("参考", "hint", "text", 22),
        Column("文件", "file", "text", 20),
        Column("工作表", "sheet", "text", 10),
        Column("年度", "year", "year", 6),
        Column("项目编码", "project_code", "code", 10),
        Column("版本标识", "digest", "code", 14),
    ),
    key="digest",
    count_on="项目名称",
    count_format='#,##0"个版本"',
    fixed=5,
)
NOTES = Table(
    "未匹配批注",
    (
        Column("单位编码", "unit_code", "code", 8.5),
        Column("单位名称", "unit_name", "text", 16),
        Column("项目名称", "project", "text", 20),
        Column("栏目", "heading", "code", 10),
        Column("内容", "text", "text", 50, people=True),
        Column("原来在", "origin", "text", 24),
        Column("项目编码", "project_code", "code", 10),
        Column("版本标识", "digest", "code", 14),
    ),
    key="heading",
    count_on="内容",
    count_format='#,##0"条"',
    fixed=0,
)
PROGRESS = Table(
    "报送情况",
    (
        Column("主管部门", "department", "text", 18),
        Column("单位编码", "unit_code", "code", 8.5),
        Column("单位名称", "unit_name", "text", 26),
        Column("应报", "due", "count", 7, summed=True),
        Column("已报", "sent", "count", 7, summed=True),
        Column("未报", "missing", "count", 7, summed=True),
        Column("待定", "pending", "count", 7, summed=True),
        Column("有错误", "wrong", "count", 7.5, summed=True),
        Column("状态", "state", "code", 10),
        Column("批复数", "approved", "money", 11, summed=True, later=True),
        Column("业务科室", "office", "text", 12),
        Column("联系人", "contact", "text", 9),
        Column("电话", "phone", "code", 14),
        Column("说明", "remark", "text", 24, later=True),
    ),
    key="state",
    count_on="单位名称",
    count_format='#,##0"个单位"',
    fixed=3,
)
MISSING = Table(
    "未报清单",
    (
        Column("主管部门", "department", "text", 18),
        Column("单位编码", "unit_code", "code", 8.5),
        Column("单位名称", "unit_name", "text", 24),
        Column("项目编码", "project_code", "code", 12),
        Column("项目名称", "project", "text", 26),
        Column("项数", "projects", "count", 6, summed=True, later=True),
        Column("批复数", "approved", "money", 11, summed=True),
        Column("联系人", "contact", "text", 9),
        Column("电话", "phone", "code", 14),
        Column("业务科室", "office", "text", 12),
        Column("说明", "remark", "text", 30),
    ),
    key="projects",
    count_on="单位名称",
    count_format='#,##0"项未报"',
    fixed=3,
)
# In the order of the sheets; those after the first four stand only where there is something to say.
TABLES = (PROJECTS, INDICATORS, ISSUES, SOURCES, VERSIONS, PROGRESS, MISSING, NOTES)
# What stands above a table of ours.
_ABOVE = re.compile(
    rf"(?:{'|'.join(table.title for table in TABLES)})(?:-\d+)?|金额单位：万元|合计（随筛选变化）|(?:\S+共 [\d,]+ 行，分列在\S+；?)+"
)


def continued(count: int, titles: Sequence[str]) -> str:
    """That a table goes on over several sheets, in Chinese."""
    return f"{titles[0]}共 {count:,} 行，分列在{'、'.join(f'“{title}”' for title in titles)}"


def stands_above(text: str) -> bool:
    """Whether a text above a table is one that perfxl puts there."""
    return _ABOVE.fullmatch(text) is not None
