"""How the workbook looks: colours, fonts and borders, each named for what it is used for."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from xlsxwriter import Workbook
from xlsxwriter.format import Format

RED, AMBER, GREEN = "#FFC7CE", "#FFE4B5", "#E2EFDA"
_INPUT_FILL, _LABEL_FILL, _HINT_FILL = "#FFFDF0", "#EAF0F6", "#F7F7F7"
_MONEY_FORMAT = "0.00####"


class Styles:
    """The formats of one workbook, each made once."""

    _SPECS: ClassVar[dict[str, dict[str, Any]]] = {
        "title": {"font_name": "黑体", "font_size": 18, "align": "center"},
        "label": {"bold": True, "align": "center", "bg_color": _LABEL_FILL, "border": 1},
        "caption": {"align": "right"},
        "plain": {"align": "left"},
        "text": {"align": "left", "indent": 1, "bg_color": _INPUT_FILL, "border": 1, "locked": False},
        "typed": {"align": "left", "indent": 1, "bg_color": _INPUT_FILL, "border": 1, "locked": False, "num_format": "@"},
        "centred": {"align": "center", "bg_color": _INPUT_FILL, "border": 1, "locked": False, "num_format": "@"},
        "pick": {"align": "center", "bg_color": _INPUT_FILL, "border": 1, "locked": False},
        "money": {"align": "right", "bg_color": _INPUT_FILL, "border": 1, "locked": False, "num_format": _MONEY_FORMAT},
        "count": {"align": "left", "indent": 1, "bg_color": _INPUT_FILL, "border": 1, "locked": False, "num_format": "0"},
        "given": {"align": "left", "indent": 1, "bg_color": _LABEL_FILL, "border": 1},
        "given_code": {"align": "left", "indent": 1, "bg_color": _LABEL_FILL, "border": 1, "num_format": "@"},
        "given_money": {"align": "right", "bg_color": _LABEL_FILL, "border": 1, "num_format": _MONEY_FORMAT},
        "note": {"align": "left", "indent": 1, "font_size": 9.5, "bg_color": _INPUT_FILL, "border": 4, "locked": False},
        "hint": {"align": "left", "indent": 1, "font_size": 9, "font_color": "#555555", "bg_color": _HINT_FILL, "border": 4},
        "side": {"align": "center", "font_size": 9.5, "bold": True, "bg_color": _HINT_FILL, "border": 4},
        "status": {"align": "left", "indent": 1, "bold": True, "font_color": "#1F4E79"},
        "helper": {"text_wrap": False, "font_size": 8, "font_color": "#999999", "hidden": True},
        "heading": {"font_name": "黑体", "font_size": 13, "align": "left"},
        "good": {"align": "left", "indent": 1, "bg_color": GREEN, "border": 1},
        "bad": {"align": "left", "indent": 1, "bg_color": RED, "border": 1},
        "doubtful": {"align": "left", "indent": 1, "bg_color": AMBER, "border": 1},
        "cell": {"align": "left", "indent": 1, "border": 1},
        "cell_centred": {"align": "center", "border": 1},
        "cell_right": {"align": "right", "indent": 1, "border": 1},
        "link": {"align": "center", "border": 1, "font_color": "#0563C1", "underline": 1},
    }
    _COMMON: ClassVar[dict[str, Any]] = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "text_wrap": True}

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.get = cache(self._make)
        self.red = book.add_format({"bg_color": RED, "font_color": "#9C0006"})
        self.amber = book.add_format({"bg_color": AMBER, "font_color": "#7F4F00"})
        self.red_text = book.add_format({"font_color": "#C00000", "bold": True})
        self.amber_text = book.add_format({"font_color": "#B45F06"})
        self.green_text = book.add_format({"font_color": "#38761D"})

    def _make(self, name: str) -> Format:
        return self._book.add_format({**self._COMMON, **self._SPECS[name]})
