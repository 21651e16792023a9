"""What stands in a ledger: its rows, and the tables they make.

:data:`TABLES` is the one declaration of headings, order, kinds and widths: workbook, DataFrames and text files follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal

from perfxl.text import squeeze

Kind = Literal["text", "path", "code", "year", "count", "money", "number"]
Value = str | int | Decimal | None


class Status(StrEnum):
    """What became of an input; each has exactly one."""

    ACCEPTED = "已汇总"
    REJECTED = "未采用"
    UNREADABLE = "无法读取"
    DUPLICATE = "重复"
    PENDING = "待定"
    SKIPPED = "跳过"


class Standing(StrEnum):
    """Whether a version of a project counts."""

    COUNTED = "计入"
    SUPERSEDED = "未计入"
    PENDING = "待定"


class Condition(StrEnum):
    """How a form in the ledger stands; infos do not change it."""

    CLEAN = "正常"
    WARNED = "有警告"
    WRONG = "有错误"


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One form that counts.

    ``total``, ``fiscal`` and ``other`` are in 万元, converted from the form's own money unit; None where the cell is
    blank or holds no one number.  ``note`` is 情况说明 of the whole form and of the rows above the indicators, which have
    no other place in the ledger.  ``indicators`` counts without the rows that say 不适用.

    ``approved`` (批复数) and ``difference`` (预算数 less 批复数) are in 万元, None where no approval is known.
    ``opinion``, ``handler`` and ``remark`` belong to people: a run fills them in from the ledger before.
    """

    number: int
    year: int | None
    unit_code: str
    unit_name: str
    department: str
    project: str
    total: Decimal | None
    fiscal: Decimal | None
    other: Decimal | None
    purpose: str
    objectives: str
    indicators: int
    errors: int
    warnings: int
    condition: Condition
    contact: str
    phone: str
    submission: int | None
    note: str
    file: str
    sheet: str
    project_code: str = ""
    approved: Decimal | None = None
    difference: Decimal | None = None
    opinion: str = ""
    handler: str = ""
    remark: str = ""

    def numbered(self, number: int) -> ProjectRow:
        """The same row with that 序号."""
        return replace(self, number=number)

    @property
    def identity(self) -> tuple[str, str]:
        """What tells the project from others, in any ledger: see :func:`project_identity`."""
        return project_identity(self.unit_code, self.project, self.project_code)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator: 指标值 as typed, and beside it what was read from it (blank where it says nothing).

    ``value`` is the number, of a range its lower end, ``upper`` the other; ``measure`` is the unit's standard name.
    """

    unit_code: str
    unit_name: str
    project: str
    number: int
    level1: str
    level2: str
    level3: str
    description: str
    target: str
    relation: str
    value: Decimal | None
    upper: Decimal | None
    measure: str
    kind: str
    explanation: str
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One finding; ``code`` is the rule's, with those told together with it behind it (``A05、A04``)."""

    file: str
    sheet: str
    cell: str
    unit_name: str
    project: str
    code: str
    severity: str
    message: str
    advice: str
    value: str
    explanation: str

    @property
    def rule(self) -> str:
        """The rule that found it, without those told together with it."""
        return self.code.partition("、")[0]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One input and what became of it.

    ``forms`` were read from it, ``counted`` of them are in the ledger.  ``size`` (bytes) and ``sha256`` are of the
    file; one that was skipped unread has no digest.  A ledger of our own has neither: each run may write it anew, and
    to name them would make every run differ from the last.  ``path`` is where links lead; None where the input is no
    file by itself.
    """

    number: int
    file: str
    status: Status
    reason: str
    forms: int
    counted: int
    size: int | None
    sha256: str
    layout: str
    edition: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One of several forms sent in for the same project.

    Attributes:
        version: position among the project's versions, the oldest by 报送次数 first.
        adopted: 取用, people's own choice: any text there but a refusal (否、×) means this one.
        standing: whether it counts.
        ground: why, in Chinese.
        hint: what file names and times suggest; never decides.
        changes: what is different from the version before, field by field, a line each.
        digest: tells this content from any other, whatever the file is called.
    """

    unit_code: str
    unit_name: str
    project_code: str
    project: str
    year: int | None
    version: int
    adopted: str
    standing: Standing
    ground: str
    hint: str
    submission: int | None
    total: Decimal | None
    errors: int
    changes: str
    file: str
    sheet: str
    digest: str

    @property
    def identity(self) -> tuple[str, str]:
        return project_identity(self.unit_code, self.project, self.project_code)


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Something a person wrote into a ledger, with what it was written beside.

    ``heading`` is the column (审核意见 …); ``digest`` is the version's, for 取用; ``origin`` says where it stood.
    """

    unit_code: str
    unit_name: str
    project_code: str
    project: str
    heading: str
    text: str
    digest: str
    origin: str
    file: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        return project_identity(self.unit_code, self.project, self.project_code)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """How far a unit has got: projects due (应报), sent, missing, pending, with errors; whom to call.

    ``due`` is None where no list says how many; ``state`` in one word (已报齐、未报、部分未报、有错误、待定、名单外).
    """

    department: str
    unit_code: str
    unit_name: str
    due: int | None
    sent: int
    missing: int
    pending: int
    wrong: int
    state: str
    office: str
    contact: str
    phone: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A project, or a unit with an unknown number of projects, that was due and has not come.

    ``approved`` in 万元; ``remark`` says what was found instead (疑似同一项目 …).
    """

    department: str
    unit_code: str
    unit_name: str
    project_code: str
    project: str
    approved: Decimal | None
    office: str
    contact: str
    phone: str
    remark: str
    file: str = ""


def project_identity(unit_code: str, project: str, project_code: str = "") -> tuple[str, str]:
    """A project by its unit's code and its own, or by its name where it has none; white space and width don't count."""
    return squeeze(unit_code), squeeze(project_code) or squeeze(project)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: heading, the row's attribute, kind of content, width in characters, whether its sum is told.

    ``people`` marks a column that people fill in: it is shown as one to write in, and carried from ledger to ledger.
    """

    heading: str
    name: str
    kind: Kind
    width: float
    summed: bool = False
    people: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the ledger.

    Attributes:
        title: its name: key among the DataFrames, sheet name, end of the file name.
        key: a column that no row leaves blank, by which rows are counted.
        count_on: heading of the column above which the number of rows is told.
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
        Column("业务科室", "office", "text", 12),
        Column("联系人", "contact", "text", 9),
        Column("电话", "phone", "code", 14),
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
        Column("批复数", "approved", "money", 11, summed=True),
        Column("联系人", "contact", "text", 9),
        Column("电话", "phone", "code", 14),
        Column("业务科室", "office", "text", 12),
        Column("说明", "remark", "text", 30),
    ),
    key="remark",
    count_on="单位名称",
    count_format='#,##0"项未报"',
    fixed=3,
)
# In the order of the sheets; those after the first four stand only where there is something to say.
TABLES = (PROJECTS, INDICATORS, ISSUES, SOURCES, VERSIONS, PROGRESS, MISSING, NOTES)


@dataclass(frozen=True, slots=True)
class Totals:
    """The ledger in a few numbers; amounts in 万元.

    ``without_budget`` counts the projects whose 预算数 is not one number in a known money unit: ``total`` leaves them
    out.
    """

    projects: int
    indicators: int
    total: Decimal
    fiscal: Decimal
    other: Decimal
    errors: int
    warnings: int
    without_budget: int

    @classmethod
    def of(cls, projects: Sequence[ProjectRow], issues: Sequence[IssueRow]) -> Totals:
        """Add up; errors and warnings are all findings, those of sheets that could not be read included."""
        return cls(
            projects=len(projects),
            indicators=sum(row.indicators for row in projects),
            total=sum((row.total for row in projects if row.total is not None), Decimal(0)),
            fiscal=sum((row.fiscal for row in projects if row.fiscal is not None), Decimal(0)),
            other=sum((row.other for row in projects if row.other is not None), Decimal(0)),
            errors=sum(row.severity == "错误" for row in issues),
            warnings=sum(row.severity == "警告" for row in issues),
            without_budget=sum(row.total is None for row in projects),
        )
