"""docs/threats.md is made of the catalogue and is fresh: ``PERFXL_WRITE_DOCS=1`` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from hostile.kinds import KINDS, Kind, Verdict
from perfxl.intake.limits import BOUNDS, Limits

PAGE = Path(__file__).parents[2] / "docs" / "threats.md"
_HEAD = """# 外来文件：威胁、处理与证明

本页由 `tests/hostile/` 生成并由测试保证与之一致，共 {count} 种文件。每一种都由代码现做，单独汇总一次；不该计入的和
内容相同的，再与十份正常表格混放汇总（要给密码的除外）：
台账必须与只有这十份时相同，来源清单必须列出每个文件。原件不被改动；整批汇总的内存在 600 MB 以内。

重新生成：`PERFXL_WRITE_DOCS=1 python -m pytest tests/hostile/test_threats.py`
"""
_ELSEWHERE = (
    ("改动 XML 的随机文件（结构化模糊测试）", "不崩溃、不卡死、不读入错误数值", "test_fuzz.py"),
    ("单个文件耗尽内存", "内存上限 600 MB 以内照样完成", "test_hostile.py::test_no_file_takes_600_megabytes"),
    ("读取时改动原件", "原件的内容和时间都不变", "test_hostile.py::test_originals_are_not_touched"),
    ("各程序读数不一", "与 openpyxl、calamine、LibreOffice 逐格比对", "test_differential.py"),
    ("旧版 .xls、LibreOffice 重存", "经独立进程读取，错误值、百分数、日期照样指出", "test_differential.py"),
    ("指向别处的链接、管道、系统文件", "跳过并列入来源清单", "../test_discover.py"),
    ("插入行列后各项移位", "说得清的照读并指出，说不清的不读", "../test_displacement.py"),
    ("锁定、列表、公式、标红格式被改动", "照读并指出（S07）", "../test_tampering.py"),
    ("在不能标注的文件里标注（旧格式、加密、压缩包）", "不改动，说明原因和办法；退回时另给标注好的新表", "../test_other_formats.py"),
    ("标注、清除、修正时损坏别的内容", "其余部件逐字节不变", "../test_write_back.py"),
    ("随表发来的 perfxl.toml 让问题不报", "不采用，并指出", "../test_configuration.py"),
)  # fmt: skip


def page() -> str:
    lines = [_HEAD.format(count=len(KINDS))]
    for group in dict.fromkeys(kind.group for kind in KINDS):
        lines += [f"## {group}", "", "| 威胁 | perfxl 怎么做 | 证明 |", "| --- | --- | --- |"]
        lines += [_row(kind) for kind in KINDS if kind.group == group]
        lines.append("")
    lines += ["## 其他", "", "| 威胁 | perfxl 怎么做 | 证明 |", "| --- | --- | --- |"]
    lines += [f"| {threat} | {what} | `{test}` |" for threat, what, test in _ELSEWHERE]
    lines += [
        "",
        "## 上限",
        "",
        "所有上限都在 `perfxl/intake/limits.py`；可以在 [perfxl.toml](configuration.md) 的 `[limits]` 里另设，调用时也可以另给。",
        "",
        "| 名称 | 值 |",
        "| --- | --- |",
    ]
    limits = Limits()
    lines += [f"| `{name}` | {_shown(name, getattr(limits, name))} |" for name in Limits.__slots__]
    return "\n".join(lines) + "\n"


def _row(kind: Kind) -> str:
    what = kind.verdict.value
    if kind.verdict is Verdict.TOLD:
        what = f"读取，并指出 {kind.at}" + (f"（“{kind.words}”）" if kind.words else "")
    elif kind.words:
        what += f"（“{kind.words}”）"
    return f"| {_cell(kind.threat)} | {_cell(what)} | `test_each_kind_gets_its_verdict[{kind.name}]` |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _shown(name: str, value: float) -> str:
    kind = BOUNDS[name].kind
    return f"{int(value) >> 20} MB" if kind == "size" else f"{value:,}" + (" 秒" if kind == "seconds" else "")


def test_the_page_is_fresh() -> None:
    if os.environ.get("PERFXL_WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_kind_has_its_row() -> None:
    made = page()
    assert all(f"[{kind.name}]" in made for kind in KINDS)
