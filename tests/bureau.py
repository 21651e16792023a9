"""A made-up finance bureau in budget season: its units and projects, what the clerks type, and everything that goes wrong.

Everything follows from a seed.  What is right is kept beside what is sent (:class:`Truth`), so that a ledger can be held
against it figure by figure.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

from perfxl.assets import example_text
from perfxl.form import TargetForm
from perfxl.intake.grid import open_workbook
from perfxl.layout import FORM_SHEET, LATEST
from perfxl.reading import read_forms
from perfxl.season.lists import UnitList, read_list

Cells = dict[str, str | Decimal | None]

YEAR = 2027
_DEPARTMENTS = (
    "教育局",
    "卫生健康委员会",
    "人力资源和社会保障局",
    "民政局",
    "水务局",
    "文化和旅游局",
    "交通运输委员会",
    "农业农村委员会",
)
_OFFICES = ("教科文科", "社会保障科", "农业科", "经济建设科")
_PLACES = (
    "东丽",
    "西青",
    "津南",
    "北辰",
    "武清",
    "宝坻",
    "静海",
    "宁河",
    "蓟州",
    "滨海",
    "河东",
    "河西",
    "南开",
    "河北",
    "红桥",
)
_KINDS = ("服务中心", "管理站", "监测站", "图书馆", "培训学校", "医院", "研究所", "档案馆", "执法支队", "救助站")
_OBJECTS = (
    "课桌椅", "疫苗", "河道", "档案", "展品", "路灯", "病床", "种苗", "车辆", "灌渠", "教材", "试剂", "护栏", "绿地", "网络",
    "票据", "水表", "家具", "桥梁", "闸门", "图书", "仪器", "校舍", "球场", "粮仓", "泵站", "公厕", "站牌", "消防栓", "地磅",
)  # fmt: skip
_WORKS = ("购置", "维修", "检测", "更新", "养护", "清查", "租赁", "调试", "改造", "采集", "运输", "安装", "登记", "修复", "普查",
          "保洁", "巡查", "校准", "加固", "油漆", "编目", "换装", "封存", "拆除", "迁移", "标识", "测绘", "抽检", "保养", "回收")  # fmt: skip


@dataclass(frozen=True)
class Project:
    """One approved project, as the lists have it; ``approved`` in 万元."""

    unit: Unit
    code: str
    name: str
    approved: Decimal
    topic: str
    published: TargetForm | None = None


@dataclass(frozen=True)
class Unit:
    """One unit of the roster."""

    code: str
    name: str
    department: str
    office: str
    contact: str
    phone: str


@dataclass(frozen=True)
class Bureau:
    """Who has to send what; the two lists as finance has them are written as files."""

    units: tuple[Unit, ...]
    projects: tuple[Project, ...]

    def of(self, unit: Unit) -> list[Project]:
        return [project for project in self.projects if project.unit is unit]

    def write_roster(self, path: Path) -> UnitList:
        """An export as it comes: title rows, 序号, a sum at the end."""
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append([f"{YEAR}年预算单位名册"])
        sheet.append(
            ["序号", "预算单位编码", "预算单位名称", "主管部门", "业务科室", "联系人", "联系电话", "应报项目数"]
        )
        for number, unit in enumerate(self.units, 1):
            due = len(self.of(unit))
            sheet.append([number, unit.code, unit.name, unit.department, unit.office, unit.contact, unit.phone, due])
        sheet.append(["合计", None, None, None, None, None, None, len(self.projects)])
        book.save(path)
        return read_list(path)

    def write_approved(self, path: Path) -> UnitList:
        """A CSV as a finance system exports it: GB18030, amounts in 元 with separators."""
        lines = ["批复预算表", "单位编码,单位名称,项目编码,项目名称,批复金额（元）"]
        for project in self.projects:
            yuan = f"{project.approved * 10000:,.2f}"
            lines.append(f'{project.unit.code},{project.unit.name},{project.code},{project.name},"{yuan}"')
        lines.append(f'合计,,,,"{sum(project.approved for project in self.projects) * 10000:,.2f}"')
        path.write_bytes("\r\n".join(lines).encode("gb18030"))
        return read_list(path)


#: What is known to be wrong in the nine published forms, by their number.
PUBLISHED_ERRORS = {"99": {"A04", "A05"}, "100": {"I02"}, "103": {"V13"}}


def with_published(town: Bureau) -> Bureau:
    """The same bureau and the unit of the nine published forms of 2023, each approved as it asks."""
    forms = read_forms(example_text()).forms
    unit = Unit(
        forms[0].unit_code.text, forms[0].unit_name.text, "人力资源和社会保障局", "社会保障科", "刘洋", "022-23310001"
    )
    nine = tuple(
        Project(
            unit,
            f"{unit.code}{number:04d}",
            form.project.text,
            form.budget.total.amount or Decimal(0),
            form.project.text,
            form,
        )
        for number, form in enumerate(forms, 1)
    )
    return Bureau((*town.units, unit), (*town.projects, *nine))


def published_cells(form: TargetForm) -> Cells:
    """A published form as a clerk pastes it: amounts, texts, and each 指标值 whole in the middle cell."""
    budget = form.budget
    cells: Cells = {
        "C4": budget.total.amount,
        "E4": budget.fiscal.amount,
        "G4": budget.other.amount,
        "B5": form.purpose.raw,
    }
    cells |= {f"B{row}": entry.raw for row, entry in enumerate(form.objectives, LATEST.objective_rows.start)}
    for row, item in enumerate(form.indicators, LATEST.first_row):
        texts = (item.level1.raw, item.level2.raw, item.level3.raw, item.description.raw, None, item.target.raw)
        cells |= {f"{letter}{row}": text for letter, text in zip("ABCDEF", texts, strict=True) if text is not None}
    return {**cells, "L5": Decimal(1)}


def bureau(units: int, projects: int, seed: int = 1) -> Bureau:
    """A bureau of that size; every unit has at least one project."""
    chance = random.Random(seed)
    names = [f"天津市{place}{kind}" for place in _PLACES for kind in _KINDS]
    names += [f"天津市{place}第二{kind}" for place in _PLACES for kind in _KINDS]
    topics = [thing + work for thing in _OBJECTS for work in _WORKS]
    chance.shuffle(names)
    chance.shuffle(topics)
    made = tuple(
        Unit(
            code=f"{353001 + number}",
            name=name,
            department=_DEPARTMENTS[number % len(_DEPARTMENTS)],
            office=chance.choice(_OFFICES),
            contact=chance.choice("王李张刘陈杨赵") + chance.choice("敏静丽强磊洋艳"),
            phone=f"022-{chance.randrange(20_000_000, 29_999_999)}",
        )
        for number, name in enumerate(names[:units])
    )
    owners = [*made, *(chance.choice(made) for _ in range(projects - units))]
    count = dict.fromkeys(made, 0)
    listed = []
    for unit, topic in zip(sorted(owners, key=lambda one: one.code), topics, strict=False):
        count[unit] += 1
        amount = Decimal(chance.randrange(100, 500_000)) / 100
        listed.append(Project(unit, f"{unit.code}{count[unit]:04d}", f"{topic}项目", amount, topic))
    return Bureau(made, tuple(listed))


@dataclass
class Truth:
    """What the ledger must say of a project."""

    project: Project
    total: Decimal
    fiscal: Decimal
    other: Decimal
    indicators: int
    errors: set[str] = field(default_factory=set)
    warnings: set[str] = field(default_factory=set)
    state: str = "计入"  # or 待定, 未报
    name: str = ""
    unit_code: str = ""


def contents(project: Project, chance: random.Random) -> Cells:
    """What a careful clerk types into the form that was handed out, by cell."""
    fiscal = project.approved if chance.random() < 0.7 else (project.approved / 2).quantize(Decimal("0.01"))
    count, share = chance.randrange(20, 9000), chance.randrange(900, 999)
    topic = project.topic
    rows: list[tuple[str | None, ...]] = [
        ("产出指标", "数量指标", f"{topic}数量", f"全年{topic}的件数", "≥", str(count), "件"),
        (None, "质量指标", f"{topic}合格率", "合格件数占全部件数", "≥", f"{Decimal(share) / 10}", "%"),
        (
            None,
            "时效指标",
            f"{topic}完成时间",
            "全部验收的时间",
            None,
            f"{YEAR}年{chance.randrange(3, 12)}月底前",
            None,
        ),
        (None, "成本指标", f"{topic}支出", "全年支出合计", "≤", f"{project.approved}", "万元"),
        (
            "效益指标",
            "社会效益指标",
            f"{topic}受益人口覆盖率",
            "受益人口占应受益人口",
            "≥",
            str(chance.randrange(60, 99)),
            "%",
        ),
        (
            "满意度指标",
            "服务对象满意度指标",
            f"{topic}受益群众满意度",
            "抽样调查",
            "≥",
            str(chance.randrange(85, 99)),
            "%",
        ),
    ]
    if chance.random() < 0.3:
        rows.insert(5, (None, "可持续影响指标", f"{topic}管护制度", "管护制度执行情况", None, "全部执行", None))
    cells: Cells = {
        "C4": project.approved,
        "E4": fiscal,
        "G4": project.approved - fiscal,
        "B5": f"用于{topic}，按合同支付。",
        "B6": f"1.完成{topic}{count}件，合格率{Decimal(share) / 10}%。",
        "L3": project.unit.contact,
        "L4": project.unit.phone,
        "L5": Decimal(1),
    }
    for row, texts in enumerate(rows, LATEST.first_row):
        cells |= {f"{letters}{row}": text for letters, text in zip("ABCDEFG", texts, strict=True) if text is not None}
    return cells


def truth_of(project: Project, cells: Mapping[str, str | Decimal | None]) -> Truth:
    """What the ledger must say of a project with these contents."""
    total, fiscal, other = (Decimal(str(cells[cell] or 0)) for cell in ("C4", "E4", "G4"))
    indicators = sum(cell.startswith("B") and int(cell[1:]) >= LATEST.first_row for cell in cells)
    return Truth(project, total, fiscal, other, indicators, name=project.name, unit_code=project.unit.code)


def filled_in(blank: bytes, project: Project, chance: random.Random) -> bytes:
    """A blank form with a project in it, as a unit sends one that was not handed out."""
    head = {"B2": project.unit.code, "D2": project.unit.name, "B3": project.name}
    return typed_into(blank, {FORM_SHEET: {**contents(project, chance), **head}})


def typed_into(package: bytes, sheets: Mapping[str, Cells]) -> bytes:
    """The workbook as a program saves it after somebody typed: cells by sheet; None empties one, locked or not."""
    parts = {sheet.name: sheet.part for sheet in open_workbook(package, name="表.xlsx").sheets}
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        changed = {parts[name]: cells for name, cells in sheets.items()}
        for item in old.infolist():
            content = old.read(item)
            if item.filename in changed:
                content = _typed(content.decode(), changed[item.filename]).encode()
            new.writestr(item, content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _typed(part: str, cells: Cells) -> str:
    """One sheet, each cell's element put anew at its place with its style."""

    def put(match: re.Match[str]) -> str:
        if match[1] not in cells:
            return match[0]
        content, style = cells[match[1]], match[2] or ""
        if content is None:
            return f'<c r="{match[1]}"{style}/>'
        if isinstance(content, Decimal):
            return f'<c r="{match[1]}"{style}><v>{content}</v></c>'
        return f'<c r="{match[1]}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(content)}</t></is></c>'

    return re.sub(r'<c r="([A-Z]+\d+)"( s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)', put, part)


def sheets_of(path: Path) -> dict[str, str]:
    """Which sheet is for which project code."""
    return {form.project_code: form.sheet for form in read_forms(path).forms}
