"""Forms put together at random from what real ones differ in: words, order, spans, which columns there are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from layouts import Drawn, Project, grouped, text, truth
from pages import Cell, Page, Row, Table, c

_WORDS = {
    "project": ["项目名称", "项 目 名 称", "1.项目名称", "*项目名称：", "预算项目名称"],
    "department": ["主管部门", "主管部门及代码", "主管部门（盖章）", "业务主管部门"],
    "unit": ["实施单位", "项目单位", "预算单位", "项目实施单位：", "单位名称"],
    "total": ["预算数", "年度资金总额：", "资金总额", "项目资金总额", "本年预算"],
    "fiscal": ["财政资金", "其中：财政拨款", "其中:财政资金", "当年财政拨款"],
    "other": ["其他资金", "其它资金", "　　其他资金"],
    "purpose": ["资金用途", "项目概况", "立项依据"],
    "objectives": ["绩效目标", "年度目标", "总体目标", "年度总体目标", "绩\n效\n目\n标"],
}
_HEADINGS = {
    "1": ["一级指标", "一级\n指标"],
    "2": ["二级指标", "二 级 指 标"],
    "3": ["三级指标", "指标名称", "三级指标名称"],
    "d": ["绩效指标描述", "指标解释", "指标说明"],
    "v": ["指标值", "目标值", "年度指标值", "绩效指标值"],
    "s": ["计算符号", "符号", "指标性质"],
    "n": ["指标值", "目标值", "绩效指标值"],
    "m": ["计量单位", "度量单位", "单位"],
    "w": ["权重", "分值", "分值权重（90）", "权重（%）"],
    "x": ["备注", "指标方向性", "指标值确定依据"],
}


@st.composite
def drawn_pages(draw: st.DrawFn) -> Drawn:
    """One form, with its truth."""
    project = _project(draw)
    columns = _columns(draw)
    width = max(len(columns), 4)
    head = [_wide([label, content], width) for label, content in _fields(draw, project)]
    rows = [*draw(st.permutations(head)), *_money(draw, project, width)]
    rows.append(_wide([c(draw(st.sampled_from(_WORDS["objectives"]))), c(text(project.objectives))], width))
    rows += _table(draw, project, columns, width)
    title = draw(
        st.sampled_from(["项目支出绩效目标表", f"{project.name}绩效目标表", "（续）", "2026年度项目绩效目标申报表"])
    )
    above = [] if title == "（续）" else [title]
    true = truth(project, columns)
    return Drawn(
        Page([*above, f"金额单位：{project.money_unit}", Table(rows)]),
        (replace(true, purpose=_purpose(rows, project)),),
    )


def _project(draw: st.DrawFn) -> Project:
    base = Project()
    count = draw(st.integers(1, len(base.aims)))
    aims = base.aims[:count]
    if draw(st.booleans()):
        aims = tuple(replace(aim, level1=aim.level1.removesuffix("指标")) for aim in aims)
    return replace(base, aims=aims, objectives=base.objectives[: draw(st.integers(1, 2))])


def _columns(draw: st.DrawFn) -> str:
    value = draw(st.sampled_from(["v", "snm", "nm", "sn"]))
    rest = draw(st.permutations([part for part in ("d", value, "w", "x") if part == value or draw(st.booleans())]))
    return "123" + "".join(rest)


def _fields(draw: st.DrawFn, project: Project) -> list[tuple[Cell, Cell]]:
    unit = draw(
        st.sampled_from(
            [f"{project.code}{project.unit}", f"[{project.code}]{project.unit}", f"{project.code}-{project.unit}"]
        )
    )
    contents = {"project": project.name, "department": project.department, "unit": unit, "purpose": project.purpose}
    return [(c(draw(st.sampled_from(_WORDS[name]))), c(content)) for name, content in contents.items()]


def _purpose(rows: list[Row], project: Project) -> str:
    return project.purpose


def _money(draw: st.DrawFn, project: Project, width: int) -> list[Row]:
    """The three amounts: one below the other, in one row, or below their labels."""
    names = ("total", "fiscal", "other")
    labels = [draw(st.sampled_from(_WORDS[name])) for name in names]
    amounts = [project.total, project.fiscal, project.other or ""]
    shape = draw(st.sampled_from(["rows", "group", "below"]))
    if shape == "rows":
        return [_wide([c(label), c(amount)], width) for label, amount in zip(labels, amounts, strict=True)]
    if shape == "group":
        first, *others = ([c(label), c(amount)] for label, amount in zip(labels, amounts, strict=True))
        return [_wide([c("项目资金", h=3), *first], width), *(_wide(row, width - 1) for row in others)]
    return [_wide([c("项目资金", h=2), *map(c, labels)], width), _wide([*map(c, amounts)], width - 1)]


def _table(draw: st.DrawFn, project: Project, columns: str, width: int) -> list[Row]:
    headings = [c(draw(st.sampled_from(_HEADINGS[column]))) for column in columns]
    if columns.count("s") and any(heading.text == "指标性质" for heading in headings) and "n" not in columns:
        headings = [replace(one, text="符号") if one.text == "指标性质" else one for one in headings]

    def cells(aim: object) -> list[Cell]:
        parts = {
            "3": aim.level3, "d": aim.description, "v": aim.value, "s": aim.sign, "m": aim.measure, "w": aim.weight, "x": "",
            "n": ("" if "s" in columns else aim.sign) + aim.number + ("" if "m" in columns else aim.measure),
        }  # fmt: skip
        return [c(parts[column]) for column in columns[2:]]

    rows = [headings, *grouped(project.aims, cells, second=draw(st.booleans()))]
    return rows if width == len(columns) else [_stretched(row, width - len(columns)) for row in rows]


def _stretched(row: Row, more: int) -> Row:
    return [*row[:-1], replace(row[-1], width=row[-1].width + more)]


def _wide(row: Row, width: int) -> Row:
    """The row with its last cell over the rest of the width."""
    used = sum(cell.width for cell in row[:-1])
    return [*row[:-1], replace(row[-1], width=max(width - used, 1))]
