"""What the forms of a corpus say, and what is known of them: the truth that every engine's ledger is held against.

A form here is like the nine published ones: a unit, a project, amounts that add up, objectives with a number, six to
sixty indicators under the levels of the 2023 edition.  The texts are put together anew for each form, so that no two
are alike, and are right but for the mistakes planted in a known share of the forms: so the findings are known without
asking any engine.  All of it follows from the seed and the form's number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from perfxl.layout import LATEST

YEAR = 2023
FEWEST, MOST = 6, 60
FIRST_ROW = LATEST.first_row
# Forms in a row that one unit sends.
OF_ONE_UNIT = 4
# Forms in a row that are about the same places, and so share the name of an indicator now and then.
_OF_ONE_AREA = 25
_MISTAKEN = 0.2  # share of the forms with a planted mistake
_COPIED_EVERY = 200
_RENAMED_EVERY, _RENAMED_FIRST = 320, 303

_DISTRICTS = tuple("和平 河东 河西 南开 河北 红桥 东丽 西青 津南 北辰 武清 宝坻 滨海 宁河 静海 蓟州".split())
_OFFICES = tuple(
    "社会保险服务 劳动能力鉴定 公共就业服务 人才服务 疾病预防控制 妇幼保健 园林养护 环境监测 水务工程 文化艺术 "
    "体育场馆 城市管理 档案管理 老年服务 应急指挥 农业技术推广".split()
)
_DEPARTMENTS = tuple("市人力资源和社会保障局 市卫生健康委员会 市城市管理委员会 市文化和旅游局 市水务局".split())
_CONTACTS = tuple("王芳 李敏 张静 刘洋 陈杰 杨帆 赵磊 黄娟 周涛 吴迪".split())
# What is done, to what, counted in what.
Work = tuple[str, str, str]
_WORKS: tuple[Work, ...] = (
    ("制作", "社保卡", "张"),
    ("印制", "宣传册", "本"),
    ("举办", "培训班", "期"),
    ("受理", "鉴定申请", "件"),
    ("邮寄", "认证通知", "封"),
    ("维护", "窗口设备", "台"),
    ("租用", "业务用房", "平方米"),
    ("整理", "业务档案", "卷"),
    ("检测", "水质样品", "份"),
    ("更换", "路灯", "盏"),
    ("养护", "公共绿地", "平方米"),
    ("购置", "课桌椅", "套"),
    ("走访", "困难家庭", "户"),
    ("开展", "应急演练", "次"),
    ("培训", "基层干部", "人"),
    ("运行", "空气监测站", "个"),
    ("体检", "退休人员", "人"),
    ("改造", "老旧小区", "个"),
    ("疏通", "排水管道", "公里"),
    ("采购", "图书", "册"),
)
_SERVED = tuple("参保人员 办事群众 服务单位 参训学员 社区居民 退休人员 用人单位 在校学生".split())
_LASTING = (
    ("管理制度", "按制度规定逐项落实，并向社会公开"),
    ("服务标准", "按服务标准逐项公示并执行到位"),
    ("信息档案", "一户一档，按月更新"),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A finding that must come of what was typed: rule, cell, severity in Chinese."""

    code: str
    cell: str
    severity: str = "错误"


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator as typed, and what is to be read from it.

    ``level1`` is blank where the row above holds; ``value`` and ``kind`` are the ledger's 数值 and 类型.
    """

    level1: str
    carried: str
    level2: str
    level3: str
    description: str
    relation: str
    body: str
    measure: str
    value: Decimal | None
    kind: str

    @property
    def target(self) -> str:
        """指标值 as one text."""
        return self.relation + self.body + self.measure


@dataclass(frozen=True, slots=True)
class Contents:
    """One form as typed; amounts in 万元, a text where no number was typed."""

    number: int
    unit_code: str
    unit_name: str
    department: str
    project: str
    project_no: str
    total: Decimal | str
    fiscal: Decimal
    other: Decimal
    purpose: str
    objectives: tuple[str, ...]
    rows: tuple[Row, ...]
    contact: str
    phone: str
    planted: tuple[Planted, ...] = ()


def forms(count: int, seed: int = 1, *, first: int = 1, last: int | None = None) -> Iterator[Contents]:
    """The forms of a corpus of ``count``, or those from number ``first`` to ``last``.

    Each follows from the seed, its number and the count alone.
    """
    for number in range(first, (last or count) + 1):
        form = _form(number, seed)
        if number % _COPIED_EVERY == 0:
            yield _copied(form, _form(number - 1, seed))
        elif number % _RENAMED_EVERY == _RENAMED_FIRST and number < count:
            # The third of a unit's four, so that the others outvote it.
            yield replace(form, unit_name=f"{form.unit_name}本级", planted=(Planted("X02", "D2"),))
        elif number % _COPIED_EVERY == _COPIED_EVERY - 1:
            yield form  # the next one copies it
        else:
            chance = random.Random(f"{seed}-{number}-mistake")
            yield chance.choice(_MISTAKES)(form) if chance.random() < _MISTAKEN else form


def _form(number: int, seed: int) -> Contents:
    """A form without a mistake."""
    chance = random.Random(f"{seed}-{number}")
    unit = (number - 1) // OF_ONE_UNIT
    of_unit = random.Random(f"{seed}-unit-{unit}")
    district, office = of_unit.choice(_DISTRICTS), of_unit.choice(_OFFICES)
    verb, thing, _ = work = chance.choice(_WORKS)
    rows = _rows(chance, min(MOST, FEWEST + int(chance.expovariate(1 / 9.5))), work, number // _OF_ONE_AREA + 1)
    costs = [row.value for row in rows if row.level2 == "成本指标" and row.value is not None]
    total = sum(costs, Decimal(0))
    other = (total * chance.randrange(5, 40) / 100).quantize(Decimal("0.01")) if chance.random() < 0.3 else Decimal(0)
    counted = next(row for row in rows if row.level2 == "数量指标")
    return Contents(
        number=number,
        unit_code=f"{300000 + unit * 7 % 600000:06d}",
        unit_name=f"天津市{district}区第{unit + 1}{office}中心",
        department=of_unit.choice(_DEPARTMENTS),
        project=f"{thing}{verb}经费（第{number}号）",
        project_no=str(number),
        total=total,
        fiscal=total - other,
        other=other,
        purpose=f"用于{district}区{thing}{verb}所需的材料、人工和配套支出。",
        objectives=tuple(_objectives(chance, rows, counted)),
        rows=tuple(rows),
        contact=chance.choice(_CONTACTS),
        phone=f"022-{chance.randrange(23000000, 88999999)}",
    )


def _objectives(chance: random.Random, rows: list[Row], counted: Row) -> Iterator[str]:
    yield f"1.全年完成{counted.level3.removesuffix('数量')} {counted.body} {counted.measure}，满足{chance.choice(_SERVED)}需要。"
    for number in range(2, chance.randrange(2, 7)):
        row = chance.choice(rows)
        yield f"{number}.{row.description}达到年初确定的要求，{chance.choice(_SERVED)}普遍认可。"


# -- indicators


def _rows(chance: random.Random, count: int, work: Work, area: int) -> list[Row]:
    """``count`` indicators, at least one under each level that a form must have, in the order of the levels."""
    must = [kind for kind in _KINDS if kind is not _lasting]
    wanted = must + chance.choices(_KINDS, k=count - len(must))
    seen: set[str] = set()
    carried, rows = "", []
    for kind in sorted(wanted, key=_KINDS.index):
        row = kind(chance, work, _place(chance, area))
        while row.level3 in seen:
            row = kind(chance, chance.choice(_WORKS), _place(chance, area))
        seen.add(row.level3)
        rows.append(replace(row, level1="" if row.carried == carried else row.carried))
        carried = row.carried
    return rows


def _place(chance: random.Random, area: int) -> str:
    return f"{chance.choice(_DISTRICTS)}区第{area}片区"


def _measured(level1: str, level2: str, level3: str, description: str, value: str, kind: str = "定量") -> Row:
    """A row of these texts; ``value`` in words: sign, number, unit, or one text that says no number."""
    parts = value.split()
    relation, body, measure = parts if len(parts) == 3 else ("", value, "")
    read = Decimal(body) if len(parts) == 3 else None
    return Row("", level1, level2, level3, description, relation, body, measure, read, kind)


def _quantity(chance: random.Random, work: Work, place: str) -> Row:
    verb, thing, measure = work
    value = f"≥ {chance.randrange(20, 90000)} {measure}"
    return _measured("产出指标", "数量指标", f"{place}{thing}{verb}数量", f"全年在{place}{verb}的{thing}总数", value)


def _quality(chance: random.Random, work: Work, place: str) -> Row:
    verb, thing, _ = work
    value = f"≥ {chance.randrange(900, 999) / 10} %"
    return _measured("产出指标", "质量指标", f"{place}{thing}{verb}合格率", f"{place}抽检合格的{thing}占比", value)


def _timeliness(chance: random.Random, work: Work, place: str) -> Row:
    verb, thing, _ = work
    value = f"{YEAR}年{chance.randrange(3, 13)}月底前"
    name, description = f"{place}{thing}{verb}完成时间", f"{place}全部{thing}{verb}完毕的期限"
    return _measured("产出指标", "时效指标", name, description, value, "时限")


def _cost(chance: random.Random, work: Work, place: str) -> Row:
    verb, thing, _ = work
    value = f"≤ {chance.randrange(100, 90000) / 100} 万元"
    return _measured("产出指标", "成本指标", f"{place}{thing}{verb}费用", f"{place}{thing}{verb}的全年支出", value)


def _social(chance: random.Random, work: Work, place: str) -> Row:
    _, thing, _ = work
    value = f"≥ {chance.randrange(800, 995) / 10} %"
    return _measured(
        "效益指标", "社会效益指标", f"{place}{thing}服务覆盖率", f"{place}得到{thing}服务的人群占比", value
    )


def _lasting(chance: random.Random, work: Work, place: str) -> Row:
    verb, thing, _ = work
    what, value = chance.choice(_LASTING)
    name, description = f"{place}{thing}{verb}{what}", f"{place}{thing}{what}的健全程度"
    return _measured("效益指标", "可持续影响指标", name, description, value, "定性")


def _satisfaction(chance: random.Random, work: Work, place: str) -> Row:
    _, thing, _ = work
    who = chance.choice(_SERVED)
    value = f"≥ {chance.randrange(90, 99)} %"
    name, description = f"{place}{who}对{thing}工作满意度", f"{place}抽样调查中对{thing}工作满意的{who}占比"
    return _measured("满意度指标", "服务对象满意度指标", name, description, value)


_KINDS = (_quantity, _quality, _timeliness, _cost, _social, _lasting, _satisfaction)


# -- mistakes


def _copied(form: Contents, other: Contents) -> Contents:
    """Another project's indicators and amounts under a name of its own."""
    changed = replace(form, rows=other.rows, total=other.total, fiscal=other.fiscal, other=other.other)
    return replace(changed, planted=(Planted("X03", "B3", "警告"),))


def _row_of(form: Contents, level2: str) -> int:
    return next(index for index, row in enumerate(form.rows) if row.level2 == level2)


def _with_row(form: Contents, index: int, planted: Planted, **changes: object) -> Contents:
    rows = list(form.rows)
    rows[index] = replace(rows[index], **changes)  # type: ignore[arg-type]
    return replace(form, rows=tuple(rows), planted=(planted,))


def _no_purpose(form: Contents) -> Contents:
    return replace(form, purpose="", planted=(Planted("S01", "B5"),))


def _wrong_sum(form: Contents) -> Contents:
    return replace(form, fiscal=form.fiscal + 1, planted=(Planted("A01", "C4"),))


def _amount_in_words(form: Contents) -> Contents:
    return replace(form, total="约五百", planted=(Planted("A02", "C4"),))


def _wrong_level2(form: Contents) -> Contents:
    index = _row_of(form, "社会效益指标")
    return _with_row(form, index, Planted("T03", f"B{FIRST_ROW + index}"), level2="质量指标")


def _no_value(form: Contents) -> Contents:
    index = _row_of(form, "质量指标")
    blank = {"relation": "", "body": "", "measure": "", "value": None, "kind": ""}
    return _with_row(form, index, Planted("S08", f"F{FIRST_ROW + index}"), **blank)


def _no_unit(form: Contents) -> Contents:
    index = _row_of(form, "数量指标")
    return _with_row(form, index, Planted("V05", f"G{FIRST_ROW + index}"), measure="")


def _no_sign(form: Contents) -> Contents:
    index = _row_of(form, "数量指标")
    return _with_row(form, index, Planted("V01", f"E{FIRST_ROW + index}", "警告"), relation="")


def _no_satisfaction(form: Contents) -> Contents:
    rows = tuple(row for row in form.rows if row.carried != "满意度指标")
    return replace(form, rows=rows, planted=(Planted("T07", "A15", "警告"),))


def _repeated(form: Contents) -> Contents:
    kept = form.rows[: MOST - 1]
    rows = (*kept, replace(kept[-1], level1=""))
    return replace(form, rows=rows, planted=(Planted("I04", f"C{FIRST_ROW + len(kept)}"),))


_MISTAKES: tuple[Callable[[Contents], Contents], ...] = (
    _no_purpose,
    _wrong_sum,
    _amount_in_words,
    _wrong_level2,
    _no_value,
    _no_unit,
    _no_sign,
    _no_satisfaction,
    _repeated,
)
