"""What a unit is told of a file that gave no form: the ledger's words are for finance, these are for the sender."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from perfxl.ledger.model import IssueRow, SourceRow

__all__ = ["reasons"]

_TEMPLATE: Final = "请用下发的模板填好，另存为 .xlsx 后重新报送"
# What is wrong → what the sender can do; the first that fits.
_ADVICE: Final = tuple(
    (re.compile(wrong), advice)
    for wrong, advice in (
        ("密码|加密", "请去掉打开密码，另存为 .xlsx 后重新报送"),
        ("没有填写", "请在下发的模板里填好，另存为 .xlsx 后重新报送"),
        ("0 字节|是空的", "文件里没有内容，请用下发的模板填好，另存为 .xlsx，打开核对后重新报送"),
        ("压缩包", "请解压，把里面的 .xlsx 工作簿直接报送；没有的，请用下发的模板填好，另存为 .xlsx 后重新报送"),
        ("旧版|二进制|OpenDocument", "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后重新报送"),
        ("PDF|OFD|图片|扫描|Word|演示文稿|RTF|网页|文本", "请不要报文档、图片或扫描件；" + _TEMPLATE),
        (
            "损坏|打不开|不全",
            "请打开你单位留存的原文件，另存为 .xlsx 后重新报送；打不开的，请用下发的模板重新填好再报送",
        ),
    )
)
# Words of advice that is not the sender's to follow.
_FOR_FINANCE: Final = re.compile("填报人|汇总|索取|提交")


def reasons(source: SourceRow, issues: Iterable[IssueRow]) -> tuple[tuple[str, str], ...]:
    """Why a file goes back, and what its sender has to do: its findings, else the reason that the ledger has."""
    found = [(row.message, row.advice) for row in issues if row.file == source.file]
    if not found:
        said, _, advice = source.reason.partition("。")
        found = [(said, advice)]
    return tuple((said, _for_sender(said, advice)) for said, advice in found)


def _for_sender(said: str, advice: str) -> str:
    fitting = next((ours for wrong, ours in _ADVICE if wrong.search(said)), None)
    if fitting is not None:
        return fitting
    return _TEMPLATE if not advice or _FOR_FINANCE.search(advice) else advice
