"""绩效目标表 as other places draw them up, made by code: the same projects in layouts that differ as real ones do.

A layout is a function from a project to its page: paragraphs and tables of cells with their spans.  Each says what of
the project stands on the page, so that the truth is the project's and not a reader's.  :data:`LAYOUTS` has them all;
:mod:`pages` turns a page into .docx, .xlsx, text and .html.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pages import Cell, Page, Row, Table, c


@dataclass(frozen=True)
class Aim:
    """One indicator."""

    level1: str
    level2: str
    level3: str
    description: str
    sign: str
    number: str
    measure: str
    weight: str = ""

    @property
    def value(self) -> str:
        return f"{self.sign}{self.number}{self.measure}"


@dataclass(frozen=True)
class Project:
    """What a form tells; amounts as typed."""

    number: str = "12"
    name: str = "城区供水管网改造"
    department: str = "[015]市水务局"
    code: str = "353302"
    unit: str = "市供水服务中心"
    money_unit: str = "万元"
    total: str = "250.00"
    fiscal: str = "200.00"
    other: str | None = "50.00"
    long_total: str = "700.00"
    long_fiscal: str = "600.00"
    long_other: str = "100.00"
    purpose: str = "用于老旧供水管网更换和漏损监测设备购置。"
    objectives: tuple[str, ...] = ("1.更换老旧管网12公里，降低漏损。", "2.建成漏损监测点30个，全年稳定运行。")
    long_objectives: tuple[str, ...] = ("三年内完成城区老旧管网改造，供水漏损率降到9%以下。",)
    aims: tuple[Aim, ...] = (
        Aim("产出指标", "数量指标", "更换管网长度", "当年更换并通水的管网", "≥", "12", "公里", "20"),
        Aim("产出指标", "数量指标", "漏损监测点数量", "建成并联网的监测点", "=", "30", "个", "10"),
        Aim("产出指标", "质量指标", "工程验收合格率", "合格工程占完工工程", "=", "100", "%", "10"),
        Aim("产出指标", "时效指标", "完工时间", "全部管段通水", "", "2026年11月底前", "", "10"),
        Aim("效益指标", "社会效益指标", "受益居民户数", "改造片区内的用户", "≥", "8000", "户", "20"),
        Aim("效益指标", "可持续影响指标", "管网使用年限", "设计使用年限", "≥", "30", "年", "10"),
        Aim("满意度指标", "服务对象满意度指标", "用户满意度", "抽样问卷", "≥", "90", "%", "10"),
    )
    long_aims: tuple[Aim, ...] = (
        Aim("产出指标", "数量指标", "更换管网总长度", "三年合计", "≥", "40", "公里"),
        Aim("产出指标", "质量指标", "三年工程合格率", "三年合计", "≥", "98", "%"),
        Aim("效益指标", "社会效益指标", "总受益户数", "三年合计", "≥", "30000", "户"),
    )


@dataclass(frozen=True)
class Truth:
    """What must be read, or be reported as not understood; None of a field that the page does not have.

    Attributes:
        total, fiscal, other: in ``money_unit``.
        aims: level1, level2, level3, description, sign, body, measure, weight of each indicator.
    """

    project: str | None
    department: str | None
    code: str | None
    unit: str | None
    money_unit: str | None
    total: str | None
    fiscal: str | None
    other: str | None
    purpose: str | None
    objectives: tuple[str, ...]
    aims: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Drawn:
    """A page, and what of it is true: one truth for each form on it."""

    page: Page
    truths: tuple[Truth, ...]


Layout = Callable[[Project], Drawn]
LAYOUTS: dict[str, Layout] = {}


def layout(name: str) -> Callable[[Layout], Layout]:
    """Put a layout into :data:`LAYOUTS` under that name."""

    def add(function: Layout) -> Layout:
        LAYOUTS[name] = function
        return function

    return add


def truth(project: Project, columns: str, **changes: object) -> Truth:
    """The project as it is, with those columns of its indicators: ``123`` levels, ``d`` description, ``v`` the value in
    one cell, ``snm`` sign, number, measure in cells of their own, ``w`` weight."""
    aims = []
    for aim in project.aims:
        whole = "v" in columns
        body = aim.value if whole else aim.number
        if not whole and "s" not in columns:
            body = aim.sign + body
        if not whole and "m" not in columns:
            body += aim.measure
        aims.append(
            (
                aim.level1,
                aim.level2,
                aim.level3,
                aim.description if "d" in columns else "",
                aim.sign if "s" in columns else "",
                body,
                aim.measure if "m" in columns else "",
                aim.weight if "w" in columns else "",
            )
        )
    base = Truth(
        project.name,
        project.department,
        project.code,
        project.unit,
        project.money_unit,
        project.total,
        project.fiscal,
        project.other,
        None,
        project.objectives,
        tuple(aims),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def grouped(
    aims: tuple[Aim, ...], cells: Callable[[Aim], list[Cell]], *, second: bool = False, first: bool = True
) -> list[Row]:
    """Rows of indicators, the first level merged over its rows, the second too if asked for."""
    rows: list[Row] = []
    for position, aim in enumerate(aims):
        row: Row = []
        before = aims[position - 1] if position else None
        new1 = before is None or before.level1 != aim.level1
        new2 = new1 or before is None or before.level2 != aim.level2
        if first and new1:
            row.append(c(aim.level1, h=_run(aims, position, 1)))
        if not second:
            row.append(c(aim.level2))
        elif new2:
            row.append(c(aim.level2, h=_run(aims, position, 2)))
        rows.append(row + cells(aim))
    return rows


def _run(aims: tuple[Aim, ...], position: int, levels: int) -> int:
    def key(aim: Aim) -> tuple[str, ...]:
        return (aim.level1, aim.level2)[:levels]

    end = position
    while end < len(aims) and key(aims[end]) == key(aims[position]):
        end += 1
    return end - position


def text(lines: tuple[str, ...]) -> str:
    return "\n".join(lines)


def cost_tree(project: Project) -> Project:
    """The project with 成本指标 as a first level, as the edition of 2021 has it."""
    cost = Aim("成本指标", "经济成本指标", "项目总成本", "当年支出", "≤", "250", "万元", "20")
    return replace(project, aims=(cost, *project.aims))


# -- the layouts


@layout("published")
def published(p: Project) -> Drawn:
    """Five columns, the value in one cell; the unit line and 金额单位 above; 资金用途 under the amounts."""
    rows = [
        [c(f"{p.code}{p.unit}", w=4), c(f"单位：{p.money_unit}", w=3)],
        [c("项目名称"), c(p.name, w=6)],
        [
            c("预算规模及资金用途", h=2),
            c("预算数"),
            c(p.total),
            c("其中：财政    资金"),
            c(p.fiscal),
            c("其他资金"),
            c(p.other or " "),
        ],
        [c(p.purpose, w=6)],
        [c("绩效目标"), c(text(p.objectives), w=6)],
        [c("一级指标"), c("二级指标"), c("三级指标", w=2), c("绩效指标描述"), c("指标值", w=2)],
        *grouped(p.aims, lambda aim: [c(aim.level3, w=2), c(aim.description), c(aim.value, w=2)]),
    ]
    page = Page([f"{p.number}.{p.name}绩效目标表", Table(rows)])
    return Drawn(page, (truth(p, "123dv", department=None, purpose=p.purpose),))


@layout("central")
def central(p: Project) -> Drawn:
    """主管部门及代码, money one below the other, weights, 成本指标 as a first level."""
    p = cost_tree(p)
    rows = [
        [c("项目名称"), c(p.name, w=5)],
        [c("主管部门及代码"), c(p.department, w=2), c("实施单位"), c(f"[{p.code}]{p.unit}", w=2)],
        [c(f"项目资金\n（{p.money_unit}）", h=4), c("年度资金总额：", w=2), c(p.total, w=3)],
        [c("其中：财政拨款", w=2), c(p.fiscal, w=3)],
        [c("      上年结转", w=2), c("", w=3)],
        [c("      其他资金", w=2), c(p.other or "", w=3)],
        [c("年度总体目标"), c(text(p.objectives), w=5)],
        [
            c("绩效指标", h=len(p.aims) + 1),
            c("一级指标"),
            c("二级指标"),
            c("三级指标"),
            c("指标值"),
            c("分值权重（90）"),
        ],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value), c(aim.weight)], second=True),
    ]
    page = Page(["附件2", "项目支出绩效目标表", "（2026年度）", Table(rows)])
    return Drawn(page, (truth(p, "123vw"),))


@layout("side by side")
def side_by_side(p: Project) -> Drawn:
    """中期 and 年度 in columns of their own: money, objectives, indicators."""
    pairs = [(long, aim) for long, aim in zip([*p.long_aims, *[None] * 9], p.aims, strict=False)]
    rows = [
        [c("项目名称"), c(p.name, w=7)],
        [c("主管部门及代码"), c(p.department, w=3), c("实施单位", w=2), c(f"{p.code}-{p.unit}", w=2)],
        [c(f"项目资金（{p.money_unit}）", h=3), c("中期资金总额：", w=2), c(p.long_total, w=2), c("年度资金总额：", w=2), c(p.total)],
        [c("其中：财政拨款", w=2), c(p.long_fiscal, w=2), c("其中：财政拨款", w=2), c(p.fiscal)],
        [c("其他资金", w=2), c(p.long_other, w=2), c("其他资金", w=2), c(p.other or "")],
        [c("总体目标", h=2), c("中期目标（2025年—2027年）", w=4), c("年度目标", w=3)],
        [c(text(p.long_objectives), w=4), c(text(p.objectives), w=3)],
        [c("绩效指标", h=len(pairs) + 1), c("一级指标"), c("二级指标"), c("三级指标"), c("指标值"), c("二级指标"), c("三级指标"), c("指标值")],
    ]  # fmt: skip
    for position, (long, aim) in enumerate(pairs):
        new = not position or p.aims[position - 1].level1 != aim.level1
        row = [c(aim.level1, h=_run(p.aims, position, 1))] if new else []
        left = [c(long.level2), c(long.level3), c(long.value)] if long else [c(""), c(""), c("")]
        rows.append([*row, *left, c(aim.level2), c(aim.level3), c(aim.value)])
    page = Page(["项目绩效目标表", "（2026年度）", Table(rows)])
    return Drawn(page, (truth(p, "123v"),))


@layout("dates and sums")
def dates_and_sums(p: Project) -> Drawn:
    """The sum of all years first, then that of the year, each with its parts; sign and unit in columns of their own; 元."""
    p = replace(p, money_unit="元", total="2500000.00", fiscal="2,000,000.00", other="500000.00")
    rows = [
        [c("项目名称"), c(p.name, w=6)],
        [c("项目性质"), c("一次性项目", w=2), c("项目类别"), c("特定目标类", w=3)],
        [c("主管部门"), c(p.department, w=2), c("实施单位"), c(f"{p.code}-{p.unit}", w=3)],
        [c("计划开始日期"), c("2026/1/1", w=2), c("计划完成日期"), c("2026/12/31", w=3)],
        [c("项目资金\n（元）", h=7), c("项目资金总额", w=3), c("7000000.00", w=3)],
        [c("其中：财政资金", w=3), c("6000000.00", w=3)],
        [c("其他资金", w=3), c("1000000.00", w=3)],
        [c("年度资金申请总额", w=3), c(p.total, w=3)],
        [c("其中：当年财政拨款", w=3), c(p.fiscal, w=3)],
        [c("上年结转资金", w=3), c("0.00", w=3)],
        [c("其他资金", w=3), c(p.other or "", w=3)],
        [c("项目绩效目标"), c("项目总目标", w=3), c("年度总体目标", w=3)],
        [c(""), c(text(p.long_objectives), w=3), c(text(p.objectives), w=3)],
        [c("绩效指标", h=len(p.aims) + 1), c("一级指标"), c("二级指标"), c("三级指标"), c("绩效指标性质"), c("绩效指标值"), c("绩效度量单位")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.sign or "定性"), c(aim.number), c(aim.measure)]),
    ]  # fmt: skip
    page = Page(["财政项目支出绩效目标申报表", "（2026年度）", Table(rows)])
    return Drawn(page, (truth(p, "123snm"),))


@layout("line above")
def line_above(p: Project) -> Drawn:
    """Unit and 金额单位 in a line above the table; 方向性 and the like as columns that our form does not have."""
    headings = "一级指标 二级指标 三级指标 指标性质 指标值 度量单位 权重 指标方向性".split()

    def cells(aim: Aim) -> list[Cell]:
        return [c(aim.level3), c(aim.sign or "定性"), c(aim.number), c(aim.measure), c(aim.weight), c("正向指标")]

    rows = [
        [c("项目名称", w=2), c(p.name, w=7)],
        [c("预算金额", w=2), c(p.total, w=2), c("财政资金", w=2), c(p.fiscal), c("其他资金"), c(p.other or "")],
        [c("年度目标", w=2), c(text(p.objectives), w=7)],
        [c("年度绩效指标", h=len(p.aims) + 1), *map(c, headings)],
        *grouped(p.aims, cells),
    ]
    line = f"单位名称：{p.code}-{p.unit}        金额单位：{p.money_unit}"
    page = Page(["2026年部门预算项目支出绩效目标表", line, Table(rows)])
    return Drawn(page, (truth(p, "123snmw", department=None),))


@layout("long then annual")
def long_then_annual(p: Project) -> Drawn:
    """长期绩效指标 first, 年度绩效指标 below it with headings of its own; what else the form asks for; signatures."""
    headings = [c("一级指标"), c("二级指标"), c("指标内容"), c("指标值"), c("备注")]
    cells = lambda aim: [c(aim.level3), c(aim.value), c("")]  # noqa: E731
    rows = [
        [c("项目名称"), c(p.name, w=5)],
        [c("项目属性"), c("新增项目□  延续项目☑", w=5)],
        [c("主管部门"), c(p.department, w=2), c("项目实施单位"), c(f"{p.code}-{p.unit}", w=2)],
        [c("项目负责人"), c("张某", w=2), c("联系电话"), c("022-00000000", w=2)],
        [c("项目资金申请", h=3), c(f"资金总额（{p.money_unit}）", w=2), c(p.total, w=3)],
        [c("财政拨款", w=2), c(p.fiscal, w=3)],
        [c("其他资金", w=2), c(p.other or "", w=3)],
        [c("项目概况"), c(p.purpose, w=5)],
        [c("项目绩效目标", h=2), c("长期目标", w=2), c("年度目标", w=3)],
        [c(text(p.long_objectives), w=2), c(text(p.objectives), w=3)],
        [c("长期绩效指标", h=len(p.long_aims) + 1), *headings],
        *grouped(p.long_aims, cells),
        [c("年度绩效指标", h=len(p.aims) + 1), *headings],
        *grouped(p.aims, cells),
        [c("其他说明的问题"), c("管线走向以规划为准。", w=5)],
        [c("填报人：李某", w=3), c("填报日期：2025年9月1日", w=3)],
    ]
    page = Page(["财政支出项目绩效目标申报表", "（2026年度）", Table(rows)])
    return Drawn(page, (truth(p, "123v", purpose=p.purpose),))


@layout("list of projects")
def list_of_projects(p: Project) -> Drawn:
    """Two projects in one table, an indicator a row."""
    other = replace(
        p, name="水质监测设备购置", objectives=("购置在线监测设备5套，实现水质全时监测。",), aims=p.aims[:3]
    )
    headings = [
        "项目名称",
        "项目年度绩效目标",
        "一级指标",
        "二级指标",
        "三级指标",
        "指标性质",
        "指标值",
        "度量单位",
        "指标属性",
    ]
    rows: list[Row] = [[c(heading) for heading in headings]]
    for one in (p, other):
        indicators = grouped(
            one.aims,
            lambda aim: [c(aim.level3), c(aim.sign), c(aim.number), c(aim.measure), c("定量指标")],
            second=True,
        )
        indicators[0] = [c(one.name, h=len(one.aims)), c(text(one.objectives), h=len(one.aims)), *indicators[0]]
        rows += indicators
    page = Page(["项目支出绩效目标表（05-2表）", f"单位名称：[{p.code}]{p.unit}", Table(rows)])
    no_money = {"money_unit": None, "total": None, "fiscal": None, "other": None, "department": None}
    return Drawn(page, tuple(truth(one, "123snm", **no_money) for one in (p, other)))


@layout("no first level")
def no_first_level(p: Project) -> Drawn:
    """一级指标 is missing; amounts beside each other with their unit in the labels; 单位编码 in a cell of its own."""
    unit = f"（{p.money_unit}）"
    rows = [
        [c("单位编码"), c(p.code, w=2), c("单位名称"), c(p.unit, w=2)],
        [c("项目名称"), c(p.name, w=2), c("业务主管部门"), c(p.department, w=2)],
        [c(f"预算数{unit}"), c(p.total), c(f"财政资金{unit}"), c(p.fiscal), c(f"其他资金{unit}"), c(p.other or "")],
        [c("当年绩效目标"), c(text(p.objectives), w=5)],
        [c("二级指标"), c("三级指标", w=2), c("指标值"), c("计量单位"), c("指标权重")],
        *grouped(p.aims, lambda aim: [c(aim.level3, w=2), c(aim.sign + aim.number), c(aim.measure), c(aim.weight)], second=True, first=False),
    ]  # fmt: skip
    page = Page(["项目绩效目标表", Table(rows)])
    return Drawn(page, (truth(p, "123mw"),))


@layout("two rows of headings")
def two_rows_of_headings(p: Project) -> Drawn:
    """指标值 over 符号, 值 and 单位; a column behind it; objectives each in a cell of its own."""
    rows = [
        [c("项目编码"), c("13000026P00000012", w=3), c("项目名称"), c(p.name, w=3)],
        [c("预算规模及资金用途", h=2), c("预算数"), c(p.total), c("其中：财政资金"), c(p.fiscal), c("其他资金"), c(p.other or "", w=2)],
        [c(p.purpose, w=7)],
        [c("绩效目标", h=len(p.objectives)), c(p.objectives[0], w=7)],
        *([c(objective, w=7)] for objective in p.objectives[1:]),
        [c("一级指标", h=2), c("二级指标", h=2), c("三级指标", h=2), c("绩效指标描述", h=2), c("指标值", w=3), c("指标值确定依据", h=2)],
        [c("符号"), c("目标值"), c("计量单位")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.description), c(aim.sign), c(aim.number), c(aim.measure), c("实施方案")]),
    ]  # fmt: skip
    page = Page([f"{p.number}、{p.name}绩效目标表", f"{p.code}{p.unit}      单位：{p.money_unit}", Table(rows)])
    return Drawn(page, (truth(p, "123dsnm", department=None, purpose=p.purpose),))


@layout("units with the amounts")
def units_with_the_amounts(p: Project) -> Drawn:
    """Labels above their amounts, each with its unit written behind it; 立项依据."""
    rows = [
        [c("项 目 名 称"), c(p.name, w=4)],
        [c("主 管 部 门"), c(p.department, w=2), c("项目单位"), c(f"{p.code}{p.unit}")],
        [c("项目资金", h=2), c("预算数"), c("财政拨款"), c("上年结转"), c("其他资金")],
        [c("250万"), c("2,000,000.00元"), c("0"), c("50万元")],
        [c("立项依据"), c(p.purpose, w=4)],
        [c("总体目标"), c(text(p.objectives), w=4)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("指标解释"), c("目标值")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.description), c(aim.value)]),
    ]
    page = Page(["项目支出绩效目标批复表", f"金额单位：{p.money_unit}", Table(rows)])
    return Drawn(page, (truth(p, "123dv", purpose=p.purpose),))


@layout("labels and contents in one cell")
def labels_and_contents(p: Project) -> Drawn:
    """项目名称：… in one cell; the money in one cell of four lines."""
    money = f"年度资金总额：{p.total}\n其中：财政拨款：{p.fiscal}\n其他资金：{p.other}"
    rows = [
        [c(f"项目名称：{p.name}", w=5)],
        [c(f"主管部门：{p.department}", w=3), c(f"实施单位：{p.code}-{p.unit}", w=2)],
        [c(f"项目资金（{p.money_unit}）"), c(money, w=4)],
        [c("年度绩效目标"), c(text(p.objectives), w=4)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("指标值"), c("权重")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value), c(aim.weight)]),
    ]
    page = Page(["2026年度项目绩效目标表", Table(rows)])
    return Drawn(page, (truth(p, "123vw"),))


@layout("several tables")
def several_tables(p: Project) -> Drawn:
    """Head, objectives and indicators in tables of their own; the last cut by a page, once with headings and once without."""
    headings = [c("一级指标"), c("二级指标"), c("三级指标"), c("绩效指标说明"), c("年度指标值")]
    whole = lambda aim: [c(aim.level1), c(aim.level2), c(aim.level3), c(aim.description), c(aim.value)]  # noqa: E731
    head = [
        [c("项目名称"), c(p.name, w=3)],
        [c("主管部门"), c(p.department), c("预算单位"), c(f"[{p.code}]{p.unit}")],
        [c(f"本年预算（{p.money_unit}）"), c(p.total, w=3)],
        [c("财政拨款"), c(p.fiscal), c("其他资金"), c(p.other or "")],
        [c("资金用途"), c(p.purpose, w=3)],
    ]
    page = Page(
        [
            "项目支出绩效目标表",
            Table(head),
            Table([[c("年度目标"), c(text(p.objectives))]]),
            Table([headings, *map(whole, p.aims[:3])]),
            Table([headings, *map(whole, p.aims[3:5])]),
            Table([*map(whole, p.aims[5:])]),
        ]
    )
    return Drawn(page, (truth(p, "123dv", purpose=p.purpose),))


@layout("values side by side")
def values_side_by_side(p: Project) -> Drawn:
    """One row an indicator, 中期指标值 beside 年度指标值; 序号; a sum of the weights at the end."""
    rows = [
        [c("项目名称"), c(p.name, w=3), c("项目编码"), c("P0012", w=2)],
        [c("主管部门"), c(p.department, w=3), c("实施单位"), c(f"({p.code}){p.unit}", w=2)],
        [
            c(f"年度预算（{p.money_unit}）"),
            c(p.total),
            c("财政资金"),
            c(p.fiscal),
            c("其他资金"),
            c(p.other or "", w=2),
        ],
        [c("年度目标"), c(text(p.objectives), w=6)],
        [c("序号"), c("一级指标"), c("二级指标"), c("三级指标"), c("中期指标值"), c("年度指标值"), c("分值")],
    ]
    for number, aim in enumerate(p.aims, 1):
        rows.append(
            [c(str(number)), c(aim.level1), c(aim.level2), c(aim.level3), c("见中期规划"), c(aim.value), c(aim.weight)]
        )
    rows.append([c("合计", w=6), c("90")])
    page = Page([f"{p.name}绩效目标表", Table(rows)])
    return Drawn(page, (truth(p, "123vw"),))


@layout("value in three cells")
def value_in_three_cells(p: Project) -> Drawn:
    """One heading 指标值 over three cells that bear none."""
    aims = tuple(aim for aim in p.aims if aim.measure)
    p = replace(p, aims=aims)
    rows = [
        [c("项目名称"), c(p.name, w=5)],
        [c("主管部门"), c(p.department, w=2), c("实施单位"), c(f"{p.code}{p.unit}", w=2)],
        [c(f"预算数（{p.money_unit}）"), c(p.total, w=2), c("财政资金"), c(p.fiscal, w=2)],
        [c("绩效目标"), c(text(p.objectives), w=5)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("指标值", w=3)],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.sign), c(aim.number), c(aim.measure)]),
    ]
    page = Page(["绩效目标表", Table(rows)])
    return Drawn(page, (truth(p, "123snm", other=None),))


@layout("marks and numbers")
def marks_and_numbers(p: Project) -> Drawn:
    """Labels numbered, starred, spaced out, written one character a line; short names of levels."""
    short = tuple(
        replace(aim, level1="\n".join(aim.level1.removesuffix("指标")), level2=aim.level2.removesuffix("指标"))
        for aim in p.aims
    )
    p = replace(p, aims=short)
    rows = [
        [c("1.*项目名称："), c(p.name, w=4)],
        [c("2．主管部门（盖章）"), c(p.department, w=2), c("★实施单位"), c(f"［{p.code}］{p.unit}")],
        [c(f"3、资金总额（{p.money_unit}）"), c(p.total), c("其中:财政拨款"), c(p.fiscal), c("")],
        [c("其他资金"), c(p.other or ""), c("上年结转"), c("0.00", w=2)],
        [c("绩\n效\n目\n标"), c(text(p.objectives), w=4)],
        [c("一 级 指 标"), c("二级\n指标"), c("三级\n指标"), c("指标值\n（包含符号及计量单位）"), c("备 注")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value), c("")], second=True),
    ]
    page = Page(["项目支出绩效目标申报表", "（2026 年度）", Table(rows)])
    return Drawn(page, (truth(p, "123v"),))


@layout("transfer")
def transfer(p: Project) -> Drawn:
    """专项名称 where others have 项目名称; parts of the money that our form has no place for."""
    rows = [
        [c("专项名称"), c(p.name, w=5)],
        [c("省级主管部门"), c(p.department, w=2), c("具体实施单位"), c(f"{p.code}{p.unit}", w=2)],
        [c(f"资金情况\n（{p.money_unit}）", h=3), c("年度金额：", w=2), c(p.total, w=3)],
        [c("其中：中央补助", w=2), c(p.fiscal, w=3)],
        [c("地方资金", w=2), c("50.00", w=3)],
        [c("年度总体目标"), c(text(p.objectives), w=5)],
        [c("绩效指标", h=len(p.aims) + 1), c("一级指标"), c("二级指标"), c("三级指标"), c("指标内容"), c("预期指标值")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.description), c(aim.value)]),
    ]
    page = Page(["转移支付项目绩效目标申报表", "（2026年度）", Table(rows)])
    return Drawn(page, (truth(p, "123dv", fiscal=None, other=None),))


@layout("with years before")
def with_years_before(p: Project) -> Drawn:
    """Amounts of other years beside that of the year; what the project is for told at length."""
    rows = [
        [c("申报单位名称：" + p.unit, w=2), c("填报日期：2025年10月", w=2)],
        [c("项目名称"), c(p.name), c("项目类别"), c("其他")],
        [c("计划开始日期"), c("2026-01-01"), c("计划完成日期"), c("2026-12-31")],
        [c("项目概述"), c(p.purpose, w=3)],
        [c("立项依据"), c("城市供水条例", w=3)],
        [c("项目设立的必要性"), c("管网老化", w=3)],
        [c("保证项目实施的制度、措施"), c("项目管理办法", w=3)],
        [c("项目总目标"), c(text(p.long_objectives), w=3)],
        [c("年度绩效目标"), c(text(p.objectives), w=3)],
        [c(f"项目总预算（{p.money_unit}）"), c(p.long_total), c(f"项目当年预算（{p.money_unit}）"), c(p.total)],
        [
            c(f"同名项目上年预算额（{p.money_unit}）"),
            c("180.00"),
            c(f"同名项目上年预算执行数（{p.money_unit}）"),
            c("170.00"),
        ],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("指标目标值")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value)]),
    ]
    page = Page(["财政项目支出绩效目标申报表（2026年度）", Table(rows)])
    no = {"department": None, "code": None, "fiscal": None, "other": None}
    return Drawn(page, (truth(p, "123v", purpose=p.purpose, **no),))


@layout("indicators without levels")
def without_levels(p: Project) -> Drawn:
    """No levels at all: what they are can't be told, and is to be looked at; every word in a row of its own."""
    rows = [
        [c("项目编码"), c("50011226T000", w=2), c("项目名称"), c(p.name, w=2)],
        [c("业务主管部门"), c(p.department, w=2), c("预算执行率权重（%）"), c("10", w=2)],
        [
            c(f"当年预算（{p.money_unit}）"),
            c(p.total),
            c(f"本级安排（{p.money_unit}）"),
            c("200.00"),
            c("上级补助"),
            c("50.00"),
        ],
        [c("项目概况"), c(p.purpose, w=5)],
        [c("当年绩效目标"), c(text(p.objectives), w=5)],
        [c("指标名称"), c("指标权重"), c("计量单位"), c("指标性质"), c("指标值"), c("是否核心指标")],
        *([c(a.level3), c(a.weight), c(a.measure), c(a.sign or "定性"), c(a.number), c("是")] for a in p.aims),
    ]
    page = Page([f"{p.code}-{p.unit}", "2026年项目绩效目标表", Table(rows)])
    no = {"fiscal": None, "other": None}
    return Drawn(page, (truth(p, "123snmw", purpose=p.purpose, **no),))


@layout("labels above")
def labels_above(p: Project) -> Drawn:
    """Headings across the page, what they ask for below them."""
    rows = [
        [c("项目名称", w=2), c("主管部门", w=2), c("实施单位", w=2)],
        [c(p.name, w=2), c(p.department, w=2), c(f"{p.code}{p.unit}", w=2)],
        [
            c(f"当年预算（{p.money_unit}）", w=2),
            c(f"财政资金（{p.money_unit}）", w=2),
            c(f"其他资金（{p.money_unit}）", w=2),
        ],
        [c(p.total, w=2), c(p.fiscal, w=2), c(p.other or "", w=2)],
        [c("资金用途", w=6)],
        [c(p.purpose, w=6)],
        [c("年度绩效目标", w=6)],
        [c(text(p.objectives), w=6)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("计算符号"), c("指标值"), c("计量单位")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.sign), c(aim.number), c(aim.measure)]),
    ]
    page = Page(["项目绩效目标表", Table(rows)])
    return Drawn(page, (truth(p, "123snm", purpose=p.purpose),))


@layout("two forms on a page")
def two_forms_on_a_page(p: Project) -> Drawn:
    """One below the other in one table, as on one sheet."""
    other = replace(p, name="供水调度系统运维", total="80.00", fiscal="80.00", other=None, aims=p.aims[2:6])
    forms = [published(p), published(other)]
    rows: list[Row] = []
    for drawn, one in zip(forms, (p, other), strict=True):
        rows += [[c(f"{one.number}.{one.name}绩效目标表", w=7)], *_table(drawn).rows]
    return Drawn(Page([Table(rows)]), tuple(drawn.truths[0] for drawn in forms))


def _table(drawn: Drawn) -> Table:
    return next(part for part in drawn.page.parts if isinstance(part, Table))


# -- tables that are no target form


def self_evaluation(p: Project) -> Page:
    """项目支出绩效自评表: what was done, with scores."""
    rows = [
        [c("项目名称"), c(p.name, w=6)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("年度指标值"), c("实际完成值"), c("分值"), c("得分")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value), c(aim.value), c(aim.weight), c(aim.weight)]),
    ]
    return Page(["项目支出绩效自评表", "（2025年度）", Table(rows)])


def whole_department(p: Project) -> Page:
    """部门整体支出绩效目标表."""
    rows = [
        [c("部门（单位）名称"), c(p.unit, w=4)],
        [c("年度主要任务"), c("供水保障", w=4)],
        [c("年度总体目标"), c(text(p.objectives), w=4)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("指标值", w=2)],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value, w=2)]),
    ]
    return Page(["部门整体支出绩效目标表", Table(rows)])


def monitoring(p: Project) -> Page:
    """绩效运行监控表: how far things are in July."""
    rows = [
        [c("项目名称"), c(p.name, w=5)],
        [c("一级指标"), c("二级指标"), c("三级指标"), c("年度指标值"), c("1-7月执行情况"), c("全年预计完成情况")],
        *grouped(p.aims, lambda aim: [c(aim.level3), c(aim.value), c("正常"), c("能完成")]),
    ]
    return Page(["2026年项目支出绩效运行监控表", Table(rows)])
