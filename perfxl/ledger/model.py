"""What stands in a ledger: the rows of its tables, which :mod:`perfxl.ledger.tables` declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from perfxl.text import squeeze

#: 元 in one 万元, the unit of every amount in a ledger.
WAN_YUAN = Decimal(10_000)


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
    ``number`` is the row's 序号 in the ledger, ``project_no`` the form's own, in the published document.
    ``opinion``, ``handler``, ``remark`` and ``public`` belong to people: a run fills them in from the ledger before.
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
    public: str = ""
    project_no: str = ""

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
    file, of one that was skipped as well.  A ledger of our own has neither: each run may write it anew, and
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

    ``due`` is None for a unit on no list; ``state`` in one word (已报齐、未报、部分未报、有错误、待定、名单外).
    ``approved`` is all that the lists approve of it, in 万元, None where they say nothing.  ``remark`` says where the
    lists contradict one another, and what came beyond what was due.
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
    approved: Decimal | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A project that was due and has not come, or the projects of a unit that no list names.

    ``approved`` in 万元; ``remark`` says what was found instead; ``projects`` is how many the row stands for.
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
    projects: int = 1


def project_identity(unit_code: str, project: str, project_code: str = "") -> tuple[str, str]:
    """A project by its unit's code and its own, or by its name where it has none; white space and width don't count."""
    return squeeze(unit_code), squeeze(project_code) or squeeze(project)


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
