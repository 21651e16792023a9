"""Forms made up for the agreement of live checks and rules: from sound to badly wrong, always the same for a seed.

A form is its inputs by cell, as a clerk may leave them: text, a number, or an error value; and how they came there:
typed where they stand, or moved by cutting or dragging.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from perfxl.intake.cells import CellError, CellValue, Grid
from perfxl.intake.number import Number
from perfxl.layout import LATEST
from perfxl.vocabulary import Vocabulary

Inputs = dict[str, str | float | CellError]
_ERRORS = {"#DIV/0!": "=1/0", "#REF!": "=#REF!", "#N/A": "=NA()"}
_BLANKS = ("\u3000", "\u00a0", "\n", " ")

_MAX_ROWS = 12
_NAMES = {
    "数量指标": ["制卡数量", "鉴定人次", "投诉次数", "接待人数", "培训期数", "满意度调查次数", "提供产品及服务数量"],
    "质量指标": ["卡片合格率", "收入增长率", "设备验收合格率", "群众满意情况", "任务完成率"],
    "时效指标": ["制卡完成时间", "费用支付时效", "按时发放率"],
    "成本指标": [
        "制卡费用",
        "社保卡单位成本",
        "人均鉴定费用",
        "每场宣传成本",
        "用人单位补助",
        "成本节约率",
        "保安服务费用",
    ],
    "": ["参保人受益", "维护职工参保权益", "服务对象满意度", "投诉率", "窗口满意度", "居民不满意比例", "社保影响力"],
}
_UNITS = {
    "数量指标": ["张", "人次", "人", "件", "次", "个"],
    "成本指标": ["元", "万元", "元/人", "元/件", "元/平方米", "千元"],
    "": ["%", "%", "百分比", "％"],
}
_PRICES = (("元/件", "件", "制作费"), ("元", "次", "单位成本"), ("元/人", "人", "人均费用"), ("元/件", "人", "制作费"))
_TEXTS = [
    "满足业务需要",
    "维护职工参保权益",
    "长期保障",
    "年底前",
    "每月",
    "一次性办结",
    "十二份",
    "效果良好。",
    "无",
    "不适用",
    "当日",
]
_WIDE = str.maketrans("0123456789.%=<>", "０１２３４５６７８９．％＝＜＞")


@dataclass(frozen=True, slots=True)
class Made:
    """A form: what was typed, the moves made then (range, its new upper left cell), what stands there in the end."""

    typed: Inputs
    moves: tuple[tuple[str, str], ...]
    inputs: Inputs


class Maker:
    """Makes forms of one edition.  ``trouble`` is the share of cells that go wrong in a form, different in each."""

    def __init__(self, edition: str, seed: int) -> None:
        self._vocabulary = Vocabulary.load(edition)
        self._random = random.Random(f"{edition} {seed}")
        self._trouble = 0.0

    def form(self) -> Made:
        self._trouble = self._random.choice((0.0, 0.04, 0.04, 0.12, 0.4))
        rows, budget = self._priced() if self._random.random() < 0.25 else self._costed()
        typed = {**self._head(budget), **self._weighted(rows)}
        for cell, content in typed.items():
            typed[cell] = self._pasted(content)
        return self._moved(typed)

    def _weighted(self, rows: Inputs) -> Inputs:
        """Weights, in editions that have them: no live check looks at them, and none may be disturbed."""
        if not self._vocabulary.weights:
            return rows
        weights: Inputs = {f"H{LATEST.first_row}": ""}
        for row in sorted({int(cell[1:]) for cell in rows}):
            weights[f"H{row}"] = self._random.choice(("10", "20", 15.0, "", "5%", "五"))
        return rows | weights

    def _pasted(self, content: str | float | CellError) -> str | float | CellError:
        """Now and then an error value in its place, or white space about or within the text."""
        chance = self._random.random()
        if chance < self._trouble / 60:
            return CellError(self._pick(*_ERRORS))
        if isinstance(content, str) and content and chance < self._trouble / 4:
            place = self._random.choice((0, len(content), self._random.randrange(len(content) + 1)))
            return content[:place] + self._pick(*_BLANKS) + content[place:]
        return content

    def _moved(self, typed: Inputs) -> Made:
        """Rows, or single cells of the table, dragged to another place; what stood there is gone."""
        last = "H" if self._vocabulary.weights else "G"
        inputs, moves = dict(typed), []
        rows = sorted({int(cell[1:]) for cell in typed if int(cell[1:]) >= LATEST.first_row})
        while rows and self._random.random() < 0.12:
            source, target = self._random.choice(rows), self._random.randrange(LATEST.first_row, rows[-1] + 3)
            first, end = ("A", last) if self._random.random() < 0.6 else (self._pick(*"ABCDEFG"),) * 2
            if source == target:
                break
            moves.append((f"{first}{source}:{end}{source}", f"{first}{target}"))
            for column in range(ord(first), ord(end) + 1):
                inputs[f"{chr(column)}{target}"] = inputs.pop(f"{chr(column)}{source}", "")
        return Made(typed, tuple(moves), inputs)

    def _costed(self) -> tuple[Inputs, Decimal]:
        rows = self._rows()
        return rows, self._budget(rows)

    def _priced(self) -> tuple[Inputs, Decimal]:
        """One unit price and one quantity, near the budget or off by ten thousand; or a quantity without a number."""
        cost = "成本指标" in self._vocabulary.levels1
        price, count = (
            Decimal(self._pick("10.65", "467", "500", "0.5")),
            Decimal(self._pick("1800", "46948", "3", "200")),
        )
        unit, counted, name = self._random.choice(_PRICES)
        body = self._pick(*[str(count)] * 8, "满足需要", "一批物资", "十二份", "制卡数量")
        counted = counted if body == str(count) else ""
        quantity = ("产出指标", "数量指标", "制卡数量", "全年累计", self._pick("≥", "=", "≤"), body, counted, "")
        under = ("成本指标", "经济成本指标") if cost else ("产出指标", "成本指标")
        costs = (*under, name, "全年累计", self._pick("≤", "≤", "=", "≥"), str(price), unit, "")
        rest = ("效益指标", "社会效益指标", "持卡人受益率", "全年累计", "≥", "95", "%", "")
        rows = [quantity, costs, rest, *([quantity] if self._random.random() < 0.1 else [])]
        if self._random.random() < 0.1:
            rows.append((*self._random.choice((("成本指标", "经济成本指标"), ("产出指标", "成本指标"))), *costs[2:]))
        inputs: Inputs = {
            f"{letters}{row}": text
            for row, cells in enumerate(rows, 17)
            for letters, text in zip("ABCDEFGJ", cells, strict=True)
        }
        money = Decimal(10000) if self._vocabulary.money_unit == "万元" else Decimal(1)
        factor = Decimal(self._pick("1", "1.006", "0.9", "10000", "0.0001", "10101", "9901", "9900", "0.000102"))
        amount = (price * count / money / factor).quantize(Decimal("0.000001") if money > 1 else Decimal("0.01"))
        return inputs, max(amount, Decimal("0.01"))

    def _bad(self) -> bool:
        return self._random.random() < self._trouble

    def _pick(self, *choices: str) -> str:
        return self._random.choice(choices)

    def _head(self, budget: Decimal) -> Inputs:
        code = (
            self._pick("", "35330", "3533021", "353302社保中心", "353 02", "３５３３０２", "353")
            if self._bad()
            else "353302"
        )
        purpose = "保障社保卡制作和结算。"
        inputs: Inputs = {
            "B2": code,
            "D2": self._pick("", "××单位", "　") if self._bad() else "天津市社会保险基金管理中心",
            "B3": self._pick("", "**项目", " ") if self._bad() else "社保卡制卡工本费",
            "B5": self._pick("", "用于××") if self._bad() else purpose,
            **{f"B{row}": "" for row in LATEST.objective_rows},
            "B6": "" if self._bad() else f"1.全年制卡{self._random.randint(2, 99)}张，群众满意。",
        }
        if self._bad():
            inputs["B7"] = self._pick(
                purpose, "2." + purpose, "2、保障社保卡制作和结算", "2.完成××", "3）保障社保卡 制作和结算；"
            )
        return inputs | self._amounts(budget)

    def _amounts(self, budget: Decimal) -> Inputs:
        fiscal = budget if self._random.random() < 0.7 else budget * Decimal("0.6")
        other = budget - fiscal
        if self._bad() or self._random.random() < 0.08:
            other += self._random.choice((Decimal("0.004"), Decimal("0.005"), Decimal("0.01"), Decimal(5)))
        inputs: Inputs = {"C4": float(budget), "E4": float(fiscal), "G4": float(other) if other else ""}
        for cell, amount in (("C4", budget), ("E4", fiscal), ("G4", other)):
            if self._random.random() < 0.08:
                inputs[cell] = self._pick(f"{amount}", f" {amount} ", f"{amount}".translate(_WIDE), f"{amount:,}")
            if self._bad():
                inputs[cell] = self._random.choice(
                    (
                        "",
                        "854万",
                        "-5",
                        -5.0,
                        0.0,
                        0.1234567,
                        12.345678,
                        "1.2.3",
                        "TRUE",
                        "1e3",
                        "100%",
                        "1234567890123456",
                        "123456789012345",
                        "5 00",
                        "五百",
                        1e15,
                        99999999.99,
                        "0.1234567",
                        "1,23",
                        "*",
                        "?5",
                    )
                )
        return inputs

    def _rows(self) -> dict[str, str | float]:
        inputs: dict[str, str | float] = {}
        row, above = LATEST.first_row, ""
        for level1 in self._vocabulary.levels1:
            for level2 in self._vocabulary.levels2(level1):
                times = (
                    0
                    if self._random.random() < (0.25 if level1 != "效益指标" else 0.6)
                    else self._random.choice((1, 1, 2))
                )
                if self._bad():
                    times = 0
                for _ in range(times):
                    if row >= LATEST.first_row + _MAX_ROWS:
                        return inputs
                    cells = self._row("" if above == level1 and self._random.random() < 0.7 else level1, level1, level2)
                    inputs |= {f"{letters}{row}": text for letters, text in zip("ABCDEFGJ", cells, strict=True)}
                    row += 2 if self._random.random() < 0.05 else 1
                    above = level1
        return inputs

    def _row(self, typed1: str, level1: str, level2: str) -> tuple[str, ...]:
        kind = "成本指标" if level1 == "成本指标" else level2
        name = self._pick(*_NAMES.get(kind, _NAMES[""]))
        description = self._pick(name, name + "的统计口径", "全年累计", "抽样满意情况")
        sign, body, unit = self._value(kind)
        note = ""
        if self._bad():
            typed1 = self._pick(
                "", "产出", "项目完成指标", "产出类", "成本指标", "效益指标", " 产出 指标", "*", "~?", "满意度"
            )
        if self._bad():
            level2 = self._pick(
                "", "数量", "产出数量指标", "社会效益", "成本指标", "成本", "数量类", "满意度指标", "质量指标", "*指标"
            )
        if self._bad():
            name = self._pick("", "指标1：制卡", "**数量", "……", "数量指标", "制卡数量", " 制卡数量", "社保×卡")
        if self._bad():
            description = self._pick("", "××口径", name, "人均标准", "单位成本", "满意度调查结果", "增长情况")
        if self._bad():
            sign, body, unit = self._odd_value(name, description)
        if self._random.random() < self._trouble / 3:
            name, description, sign, body, unit = self._pick("不适用", "无"), "", "", self._pick("", "不适用"), ""
            note = self._pick("", "本项目无服务对象")
        return (typed1, level2, name, description, sign, body, unit, note)

    def _value(self, kind: str) -> tuple[str, str, str]:
        if kind == "时效指标":
            return (
                ("", self._pick("2023年11月底前", "年底前", "12月"), "")
                if self._random.random() < 0.7
                else ("≤", "10", "个工作日")
            )
        units = _UNITS.get(kind, _UNITS[""])
        unit = self._pick(*units)
        number = self._number(unit)
        sign = self._pick("≤", "≤", "=") if kind == "成本指标" else self._pick("≥", "≥", "=")
        if self._random.random() < 0.06:
            sign = self._pick("", "≥", "≤", "<", ">", "不低于", ">=", "＝")
        return self._spread(sign, number, unit)

    def _number(self, unit: str) -> str:
        if "%" in unit or "％" in unit or unit == "百分比":
            return self._pick("95", "100", "90", "98.5", "85", "79.99", "80", "89.9", "100.01")
        return self._pick(
            "1", "2", "10", "10.65", "500", "1800", "20000", "467.25", "0.5", str(self._random.randint(1, 5000))
        )

    def _spread(self, sign: str, number: str, unit: str) -> tuple[str, str, str]:
        how = self._random.random()
        if how < 0.06:
            return "", sign + number + unit, ""
        if how < 0.09:
            return sign + number + unit, "", ""
        if how < 0.12:
            return "", "", f"{sign} {number} {unit}"
        if how < 0.15:
            return sign, number.translate(_WIDE), unit
        if how < 0.18:
            return sign, number + unit, ""
        return sign, number, unit

    def _odd_value(self, name: str, description: str) -> tuple[str, str, str]:
        whole = self._pick(
            "", "≥", "%", "≥%", "张", "≥ 张", "2", "≥2", "2023", "2023年", "5年", "≥2000年", "6月", "1e3", "TRUE", "１２", " 5 ", "5 张", "1,000张",
            "不超过5天", "5-10天", "3-5%", "≥95%。", "102%", "≥１０１％", "-5%", "200百分比", "≥≥95%", "≥95%%", "1.2.3%", "1.", ".5张", "95*%",
            "1234567890123456张", "123456789012345张", "99999999999万元", "007张", "100 %", "5元/人/天", "5万人", "3.1万封", "30奎", "5天以内",
            "*", "?", "~", ">=20%", "<>5",
            "关注人数超过5年", "十二份", "元/人", "万", "5万", "当日", *_TEXTS,
            name, description, name[:-1], f"{name}。",
        )  # fmt: skip
        place = self._random.randrange(3)
        return tuple(whole if place == number else "" for number in range(3))  # type: ignore[return-value]

    def _budget(self, rows: Mapping[str, str | float | CellError]) -> Decimal:
        """Mostly what the costs add up to, or a unit price times a quantity, or off by ten thousand."""
        one = Decimal(str(self._random.choice(("500", "84.1", "10", "0.05", "1234.56", "4999.99"))))
        found = [
            number
            for row in range(LATEST.first_row, LATEST.first_row + 2 * _MAX_ROWS)
            if (number := _plain(rows, row)) is not None
        ]
        if len(found) < 2 or self._random.random() < 0.2:
            return one
        unit = Decimal(10000) if self._vocabulary.money_unit == "万元" else Decimal(1)
        first, second = self._random.sample(found, 2)
        total = self._random.choice((first * second, first, sum(found), first + second, first * 10000))
        factor = self._random.choice(
            ("1", "1", "1.005", "0.9951", "0.99", "1.04", "1.06", "0.5", "10000", "0.0001", "10050", "10101")
        )
        amount = (total / unit / Decimal(factor)).quantize(Decimal("0.000001") if unit > 1 else Decimal("0.01"))
        return amount if 0 < amount < 10**9 else one


def _plain(rows: Mapping[str, str | float | CellError], row: int) -> Decimal | None:
    body = str(rows.get(f"F{row}", ""))
    return Decimal(body) if body.replace(".", "", 1).isdigit() and body.isascii() and len(body) < 8 else None


def grid_of(blank: Grid, inputs: Inputs) -> Grid:
    """The sheet as a file would give it: the blank form's own cells, and what was typed."""
    cells: dict[tuple[int, int], CellValue] = dict(blank.cells)
    for a1, content in inputs.items():
        at = int(a1[1:]), ord(a1[0]) - 64
        cells.pop(at, None)
        if isinstance(content, CellError):
            cells[at] = content
        elif isinstance(content, float):
            digits = f"{content:.15g}"
            cells[at] = Number(digits, Decimal(digits))
        elif content:
            cells[at] = content
    return Grid(blank.sheet, cells, blank.merges, blank.formulas)


def blocks(made: Made, rows_before: int) -> tuple[list[tuple[str, list[list[str | float]]]], dict[str, str], int]:
    """What to write for a form so that nothing stays of the one before.

    Returns:
        blocks (upper left cell, rows); formulas that give the error values, by cell; the last row that it takes.
    """
    used = [int(a1[1:]) for a1 in (*made.typed, *made.inputs)]
    last = max([*used, LATEST.first_row])
    cells: dict[str, str | float] = {a1: "" if isinstance(one, CellError) else one for a1, one in made.typed.items()}
    formulas = {a1: _ERRORS[one.code] for a1, one in made.typed.items() if isinstance(one, CellError)}
    rows = range(LATEST.first_row, max(last, rows_before) + 1)
    columns = "ABCDEFGH" if any(a1[0] == "H" for a1 in made.typed) else "ABCDEFG"
    table = [[cells.get(f"{column}{row}", "") for column in columns] for row in rows]
    notes = [[cells.get(f"J{row}", "")] for row in rows]
    texts = [[cells.get(f"B{row}", "")] for row in range(5, LATEST.objective_rows.stop)]
    head = [(a1, [[cells[a1]]]) for a1 in ("B2", "D2", "B3", "C4", "E4", "G4")]
    first = LATEST.first_row
    return [*head, ("B5", texts), (f"A{first}", table), (f"J{first}", notes)], formulas, last
