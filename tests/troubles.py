"""What goes wrong in a season: troubles in what a clerk types, and troubles with the files that arrive.

A trouble of typing changes the cells of one form and says which errors the ledger must list for it, none being an answer
too.  A trouble of files changes what lies in the folder and says what must become of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bureau import Cells, Truth

Change = Callable[[Cells, Truth], None]


@dataclass(frozen=True)
class Typing:
    """``change`` alters the cells, and the truth where the ledger must say something else than before.

    ``warnings`` must be among those of the form; it may have others.
    """

    name: str
    errors: tuple[str, ...]
    change: Change
    warnings: tuple[str, ...] = ()


def _set(**cells: str | Decimal | None) -> Change:
    return lambda typed, truth: typed.update(cells)


def _amounts(change: Callable[[Decimal], Decimal], cell: str, name: str) -> Change:
    def alter(typed: Cells, truth: Truth) -> None:
        value = change(getattr(truth, name))
        typed[cell] = value
        setattr(truth, name, value)

    return alter


def _written(write: Callable[[Decimal], str]) -> Change:
    """The same amounts, written otherwise."""

    def alter(typed: Cells, truth: Truth) -> None:
        typed |= {"E4": write(truth.fiscal), "G4": write(truth.other)}

    return alter


def _without_amount(text: str) -> Change:
    def alter(typed: Cells, truth: Truth) -> None:
        typed["E4"] = text
        truth.fiscal = Decimal(0)

    return alter


def _row_gone(row: int) -> Change:
    def alter(typed: Cells, truth: Truth) -> None:
        for letter in "ABCDEFG":
            typed.pop(f"{letter}{row}", None)
        truth.indicators -= 1

    return alter


def _last_row_lower(typed: Cells, truth: Truth) -> None:
    last = max(int(cell[1:]) for cell in typed if cell[0] == "B")
    for letter in "ABCDEFG":
        if (text := typed.pop(f"{letter}{last}", None)) is not None:
            typed[f"{letter}{last + 3}"] = text


def _joined(row: int) -> Change:
    def alter(typed: Cells, truth: Truth) -> None:
        typed[f"F{row}"] = "".join(str(typed.pop(f"{letter}{row}", "")) for letter in "EFG")

    return alter


def _more(row: int, *texts: str | None) -> Change:
    def alter(typed: Cells, truth: Truth) -> None:
        typed |= {f"{letter}{row}": text for letter, text in zip("ABCDEFG", texts, strict=True) if text is not None}
        truth.indicators += 1

    return alter


def _unit_price(typed: Cells, truth: Truth) -> None:
    """The cost of one, written in 万元 where it was worked out in 元: the unit has slipped."""
    count = Decimal(str(typed["F17"]))
    price = (truth.total * 10000 / count).quantize(Decimal("0.01"))
    typed |= {"A27": "产出指标", "B27": "成本指标", "C27": f"{truth.project.topic}单位成本", "D27": "每件的平均成本"}
    typed |= {"E27": "≤", "F27": f"{price}", "G27": "万元"}
    truth.indicators += 1


def _approved_plus_one(typed: Cells, truth: Truth) -> None:
    truth.total, truth.fiscal = truth.total + 1, truth.fiscal + 1
    typed |= {"C4": truth.total, "E4": truth.fiscal}


def _other_code(typed: Cells, truth: Truth) -> None:
    truth.unit_code = "399999"
    typed["B2"] = truth.unit_code


def _renamed(typed: Cells, truth: Truth) -> None:
    truth.name = f"{truth.name}（调整）"
    typed["B3"] = truth.name


# The indicators of a template found somewhere, the project's own name nowhere in them.
_COPIED = """
    产出指标   | 数量指标           | 设备数量       | 全年设备数   | ≥ | 120  | 台
               | 质量指标           | 设备合格率     | 合格设备占比 | ≥ | 97   | %
               | 时效指标           | 设备交付时间   | 全部设备交付 |   | 2027年11月底前 |
               | 成本指标           | 设备支出       | 设备支出合计 | ≤ | 0.01 | 万元
    效益指标   | 社会效益指标       | 受益人口覆盖率 | 受益人口占比 | ≥ | 91   | %
    满意度指标 | 服务对象满意度指标 | 群众满意度     | 抽样调查     | ≥ | 95   | %
"""


def _copied(typed: Cells, truth: Truth) -> None:
    for row in range(17, 30):
        for letter in "ABCDEFG":
            typed.pop(f"{letter}{row}", None)
    rows = [line.split("|") for line in _COPIED.strip().splitlines()]
    for row, texts in enumerate(rows, 17):
        typed |= {f"{letter}{row}": text.strip() for letter, text in zip("ABCDEFG", texts, strict=True) if text.strip()}
    truth.indicators = len(rows)


def _wide(amount: Decimal) -> str:
    return f"{amount}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))


_FIVE = Decimal(5)
_CENT = Decimal("0.01")

TYPING = (
    Typing("no purpose", ("S01",), _set(B5=None)),
    Typing("no objectives", ("S01",), _set(B6=None)),
    Typing("sum off by five", ("A01",), _amounts(lambda other: other + _FIVE, "G4", "other")),
    Typing("sum off by a cent", ("A01",), _amounts(lambda other: other + _CENT, "G4", "other")),
    Typing("fiscal in 元", ("A01",), _amounts(lambda fiscal: fiscal * 10000, "E4", "fiscal")),
    Typing("amount in words", ("A02",), _without_amount("五百万")),
    Typing("unit price slipped", ("A04", "A05"), _unit_price),
    Typing("unknown first level", ("T01",), _set(A17="产出类别")),
    Typing("unknown second level", ("T02",), _set(B18="好坏指标")),
    Typing("second level of another first", ("T03",), _set(B18="社会效益指标")),
    Typing("indicator without a name", ("S08",), _set(C18=None)),
    Typing("indicator without a value", ("S08",), _set(E18=None, F18=None, G18=None)),
    Typing("quantity in words", ("V13",), _set(E17=None, F17="满足业务需要", G17=None)),
    Typing("percentage over 100", ("V06",), _set(F18="120")),
    Typing("placeholder left", ("I05",), _set(B5="用于××购置")),
    Typing("budget off by one", ("A06",), _approved_plus_one),
    Typing("another unit's code", ("S03",), _other_code),
    Typing("another unit name", ("S03",), _set(D2="某某局机关服务中心")),
    Typing("renamed in its own form", (), _renamed, warnings=("A06",)),
    Typing("targets found somewhere", (), _copied),
    Typing("the same targets once more", (), _copied, warnings=("X03",)),
    Typing("full-width digits", (), _written(_wide)),
    Typing("thousands separators", (), _written(lambda amount: f"{amount:,.2f}")),
    Typing("value pasted into one cell", (), _joined(17)),
    Typing("several objectives in one cell", (), _set(B6="1.完成年度任务1批。\n2.验收合格率98%。\n3.群众满意。")),
    Typing("blank rows between", (), _last_row_lower),
    Typing("no satisfaction", (), _set(J17="本项目不直接服务群众。")),
    Typing(
        "one indicator more",
        (),
        _more(28, "效益指标", "可持续影响指标", "长效管护机制", "管护办法执行", None, "长期执行", None),
    ),
    Typing("one indicator less", (), _row_gone(19)),
)
