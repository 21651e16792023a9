"""Draws the add-in's tab from macros/ribbon.xml, since Linux has no Excel to photograph: python scripts/ribbon_drawing.py

The drawing says that it is one.  Equal sources give equal bytes, on any machine; tests/test_addin_build.py keeps it fresh.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "images" / "clerk-ribbon.svg"
NAMESPACE = "{http://schemas.microsoft.com/office/2009/07/customui}"
CAPTION = "示意图：按插件的功能区定义画出，不是截图；图标和间距以您电脑上的 Excel 为准"
TABS_BEFORE, TABS_AFTER = ("文件", "开始", "插入", "页面布局", "公式", "数据", "审阅"), ("视图",)
TAB_WIDTH, LARGE_WIDTH, SMALL_WIDTH, GAP = 76, 78, 104, 14
TAB_HEIGHT, BODY_HEIGHT, ROW_HEIGHT, CAPTION_HEIGHT = 34, 116, 28, 30
SMALL_ROWS = 3  # Excel puts small buttons below one another, three in a column

# Stand-ins for Office's own icons, which are not ours to copy: drawn on 32 by 32, by the icon's name in the XML.
ICONS = {
    "DataValidationCircleInvalid": '<path d="M4 11H28M4 21H28M14 4V28"/><ellipse class="red" cx="19" cy="16" rx="11" ry="7"/>',
    "ReviewNextComment": '<path d="M5 16H25M17 8L26 16L17 24"/>',
    "ReviewPreviousComment": '<path d="M27 16H7M15 8L6 16L15 24"/>',
    "DataValidationClearValidationCircles": '<ellipse cx="16" cy="16" rx="12" ry="8"/><path class="red" d="M6 26L26 6"/>',
    "ErrorChecking": '<path class="red" d="M5 7H27M5 14H17"/><path d="M7 22L13 28L27 14"/>',
    "Undo": '<path d="M9 6L4 13L12 15M4 13C14 5 28 9 27 25"/>',
    "FileNew": '<path d="M8 3H19L25 9V29H8ZM19 3V9H25M12 16H21M12 22H21"/>',
    "Consolidate": '<path d="M25 8V5H7L17 16L7 27H25V24"/>',
    "FileOpen": '<path d="M4 26V7H12L15 11H26V15M4 26L9 15H30L25 26Z"/>',
    "Help": '<circle cx="16" cy="16" r="12"/><path d="M12 13C12 7 20 7 20 12C20 16 16 15 16 19M16 22V24"/>',
    "ControlProperties": '<path d="M4 8H28M4 16H28M4 24H28"/><path class="red" d="M10 5V11M22 13V19M14 21V27"/>',
}
STYLE = (
    "text{font:13px 'Microsoft YaHei','Noto Sans CJK SC','SimSun',sans-serif;fill:#333;text-anchor:middle}"
    ".small{text-anchor:start}.group,.caption{fill:#777;font-size:12px}.tab{fill:#217346;font-weight:bold}"
    ".icon{fill:none;stroke:#217346;stroke-width:2}.icon .red{stroke:#c0392b}.line{stroke:#d0d0d0}.arrow{fill:#555}"
)


def ribbon_drawing(ribbon: bytes) -> str:
    """The tab of a ribbon's XML as an SVG picture.  KeyError: an icon that nobody has drawn yet."""
    tab = next(ElementTree.fromstring(ribbon).iter(f"{NAMESPACE}tab"))
    drawn, x = [], GAP
    for group in tab:
        start = x
        for column in columns(group):
            width = LARGE_WIDTH if is_large(column[0]) else SMALL_WIDTH
            drawn += [button(one, x, width, row) for row, one in enumerate(column)]
            x += width
        drawn.append(words(group.attrib["label"], (start + x) // 2, TAB_HEIGHT + BODY_HEIGHT - 8, "group"))
        drawn.append(f'<path class="line" d="M{x + GAP // 2} {TAB_HEIGHT + 8}V{TAB_HEIGHT + BODY_HEIGHT - 6}"/>')
        x += GAP
    names = (*TABS_BEFORE, tab.attrib["label"], *TABS_AFTER)
    whole = max(x, len(names) * TAB_WIDTH) + GAP
    height = TAB_HEIGHT + BODY_HEIGHT + CAPTION_HEIGHT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{height}" viewBox="0 0 {whole} {height}">',
            f"<title>{escape(CAPTION)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{whole}" height="{height}" fill="#fff"/>',
            f'<rect width="{whole}" height="{TAB_HEIGHT}" fill="#f0f0f0"/>',
            *tabs(names, tab.attrib["label"]),
            *drawn,
            f'<rect x=".5" y=".5" width="{whole - 1}" height="{TAB_HEIGHT + BODY_HEIGHT}" fill="none" stroke="#d0d0d0"/>',
            words(CAPTION, whole // 2, height - 9, "caption"),
            "</svg>\n",
        ]
    )


def columns(group: ElementTree.Element) -> list[list[ElementTree.Element]]:
    """A group's controls as Excel arranges them: a large one alone, small ones below one another."""
    arranged: list[list[ElementTree.Element]] = []
    for control in group:
        last = arranged[-1] if arranged else []
        if is_large(control) or not last or is_large(last[0]) or len(last) == SMALL_ROWS:
            arranged.append([control])
        else:
            last.append(control)
    return arranged


def is_large(control: ElementTree.Element) -> bool:
    return control.attrib.get("size") == "large"


def button(control: ElementTree.Element, x: int, width: int, row: int) -> str:
    """A control with its icon; a split button shows its first button, and an arrow below."""
    splits = control.tag == f"{NAMESPACE}splitButton"
    shown = control[0] if splits else control
    icon, label = ICONS[shown.attrib["imageMso"]], shown.attrib["label"]
    if is_large(control):
        middle, y = x + width // 2, TAB_HEIGHT + 14
        arrow = f'<path class="arrow" d="M{middle - 4} {y + 63}h8l-4 5z"/>' if splits else ""
        return (
            f'<g class="icon" transform="translate({middle - 16} {y})">{icon}</g>{words(label, middle, y + 54)}{arrow}'
        )
    y = TAB_HEIGHT + 10 + row * ROW_HEIGHT
    return f'<g class="icon" transform="translate({x + 8} {y}) scale(.55)">{icon}</g>{words(label, x + 34, y + 14, "small")}'


def tabs(names: tuple[str, ...], active: str) -> list[str]:
    drawn = []
    for position, name in enumerate(names):
        if name == active:
            drawn.append(
                f'<rect x="{position * TAB_WIDTH}" width="{TAB_WIDTH}" height="{TAB_HEIGHT + 1}" fill="#fff"/>'
            )
        middle = position * TAB_WIDTH + TAB_WIDTH // 2
        drawn.append(words(name, middle, TAB_HEIGHT - 11, "tab" if name == active else ""))
    return drawn


def words(text: str, x: int, y: int, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}"' + (f' class="{kind}"' if kind else "") + f">{escape(text)}</text>"


def main() -> None:
    TARGET.write_text(ribbon_drawing((ROOT / "macros" / "ribbon.xml").read_bytes()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
