"""What one edit costs in a full form: 60 indicators, every cell filled, recalculated by a headless LibreOffice.

    python benchmarks/recalculation.py [EDITION]

One cell of each kind is edited many times, each time to another text; told are the quickest, the median and the slowest
edit in milliseconds, from the entry until every formula that depends on it is calculated.  Needs LibreOffice and
python3-uno, as the tests do; on a busy machine look at the quickest.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from office.driver import Document, Office
from perfxl.layout import FORM_SHEET, LATEST
from perfxl.template import DEFAULT_PASSWORD, Issuance, build

EDITS = 40
HEAD = {
    "B2": "353302",
    "D2": "天津市社会保险基金管理中心",
    "B3": "社保卡制卡工本费",
    "C4": "500",
    "E4": "450",
    "G4": "50",
    "B5": "用于社会保障卡的制作和结算。",
    "B6": "1.全年制卡 469483 张，满足参保人员用卡需要。",
}
ROWS = (
    ("产出指标", "数量指标", "制卡数量", "全年制作的社保卡", "≥", "469483", "张"),
    ("", "质量指标", "卡片合格率", "合格卡占制卡数", "≥", "99", "%"),
    ("", "时效指标", "制卡完成时间", "全部卡片交付", "", "2023年11月底前", ""),
    ("", "成本指标", "制卡单位成本", "单位平均成本", "≤", "10.65", "元/张"),
    ("效益指标", "社会效益指标", "持卡人口覆盖率", "持卡人占参保人", "≥", "98", "%"),
    ("满意度指标", "服务对象满意度指标", "申领人员满意度", "抽样调查", "≥", "95", "%"),
)
# Each cell with the texts that it takes in turn.
EDITED = {
    "项目名称": ("B3", ("社保卡制卡工本费", "社保卡制卡")),
    "预算数": ("C4", ("500", "510")),
    "资金用途": ("B5", ("用于制卡。", "用于社会保障卡的制作和结算。")),
    "绩效目标": ("B6", ("1.全年制卡。", "1.全年制卡 469483 张。")),
    "一级指标": ("A17", ("产出指标", "产出")),
    "二级指标": ("B19", ("时效指标", "数量指标")),
    "三级指标": ("C18", ("卡片合格率", "制卡合格率")),
    "指标描述": ("D18", ("合格卡占制卡数", "抽检合格")),
    "计算符号": ("E20", ("≤", "≥")),
    "数值或文字": ("F20", ("10.65", "11", "满足需要")),
    "数值（数量）": ("F17", ("469483", "46948", "满足需要")),
    "计量单位": ("G20", ("元/张", "万元", "元")),
    "末行指标值": ("F76", ("95", "90")),
    "情况说明": ("J30", ("按上年水平", "")),
}


def fill(document: Document) -> None:
    """Sixty rows: the six of ROWS again and again, each with a name of its own."""
    assert document.unprotect(FORM_SHEET, DEFAULT_PASSWORD)
    rows = []
    for number, row in zip(range(len(LATEST.indicator_rows)), itertools.cycle(ROWS), strict=False):
        rows.append((*row[:2], f"{row[2]}{number}", *row[3:]))
    head = [(cell, [[text]]) for cell, text in HEAD.items()]
    document.set_blocks(FORM_SHEET, [*head, (f"A{LATEST.first_row}", rows)])


def main() -> None:
    edition = sys.argv[1] if len(sys.argv) > 1 else Issuance().edition
    office = Office()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "form.xlsx"
            path.write_bytes(build(Issuance(edition=edition)))
            print(f"{edition}: {path.stat().st_size / 1000:.0f} kB")
            with office.open(path, hidden=True) as document:
                fill(document)
                for what, (cell, texts) in EDITED.items():
                    turn = list(itertools.islice(itertools.cycle(texts), EDITS))
                    times = document.edit_times(FORM_SHEET, cell, turn)
                    told = min(times), statistics.median(times), max(times)
                    print(f"{what:　<8}{cell:>4}" + "".join(f"{time:8.1f}" for time in told))
    finally:
        office.stop()


if __name__ == "__main__":
    main()
