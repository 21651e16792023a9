"""The sheets around the form: how to fill it in, what was found, and the hidden lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from perfxl.form import TargetForm
from perfxl.issue import column_letters
from perfxl.layout import GUIDE_SHEET, LISTS_SHEET, RESULT_SHEET, RESULTS
from perfxl.rules.formula_lists import lists as lists_of_checks
from perfxl.template.styles import Styles
from perfxl.text import lines_needed
from perfxl.vocabulary import Vocabulary

if TYPE_CHECKING:
    from perfxl.template import Issuance

_LINE_HEIGHT = 15.0
_STEPS = (
    "在“绩效目标表”里（几个项目就有几张），只填浅黄色的格子；其余的是表头或已经填好，锁定不能改。打印时没有底色。",
    "一级、二级指标从下拉列表选。一级指标与上一行相同时可以空着，二级指标的列表随一级指标变化。",
    "指标值分三格填：计算符号（≥、≤、= 等，从列表选）、数值或文字、计量单位。例如“≥ | 95 | %”。",
    "从 Word 或去年的表里粘贴也可以；整个指标值（如“≥95%”）粘贴在三格中的任何一格里都算对。",
    "不能量化的指标，在“数值或文字”里写能判断做没做到的话，计算符号和计量单位空着。",
    "金额只填数字，单位已写在表的右上角。预算数应等于财政资金加其他资金。",
    "边填边看右侧的“填表提示”和最上面的“还有几处”；“必改”的要改，“建议”的要么改，要么在“情况说明”里写明原因。",
    "绩效目标每行一条，写成 1. 2. 3.；文字太长显示不全时，把那一行拉高。",
    "不要增加、删除行和列，不要改动表头；不用的指标行空着就行。",
)
_EXAMPLES = (
    ("好", "质量指标", "物业服务验收合格率", "验收合格的分中心数 ÷ 应验收的分中心数", "=", "100", "%", "有口径、有符号、有单位，年底能算出来。"),
    ("好", "成本指标", "社保卡制卡单位平均成本", "每张卡的制卡工本费", "≤", "10.65", "元", "成本写上限；单位是元，乘以张数不超过预算。"),
    ("差", "质量指标", "及时告知相关信息", "及时告知相关信息", "", "及时告知相关信息", "", "指标值只是重复名称，无法考核。"),
    ("差", "数量指标", "购置耗材数量", "购置耗材数量", "", "满足业务需要", "", "数量指标没有数。"),
)
_EXAMPLE_HEADINGS = ("评判", "二级指标", "三级指标", "绩效指标描述", "计算符号", "数值或文字", "计量单位", "为什么")
_EXAMPLE_WIDTHS = (7, 13, 24, 26, 10, 20, 10, 34)


def write_guide(
    book: Workbook,
    styles: Styles,
    issuance: Issuance,
    vocabulary: Vocabulary,
    handed_out: Sequence[tuple[str, TargetForm]] = (),
) -> None:
    """填报说明: how to fill in the form, by when, whom to ask, with good and bad examples.

    Where forms are handed out (sheet name, form), also for whom, and which projects there are.
    """
    sheet = book.add_worksheet(GUIDE_SHEET)
    for column, width in enumerate(_EXAMPLE_WIDTHS):
        sheet.set_column(column, column, width)
    last = len(_EXAMPLE_WIDTHS) - 1
    whole = sum(_EXAMPLE_WIDTHS)
    year = f"{issuance.year}年度" if issuance.year else ""
    sheet.merge_range(0, 0, 0, last, f"{year}绩效目标表填报说明", styles.get("title"))
    sheet.set_row(0, 36)
    facts = [*_addressee(handed_out), ("适用口径", vocabulary.label), ("报送期限", issuance.deadline)]
    facts += [("咨询联系", issuance.contact), ("报送批次", issuance.batch)]
    row = 1
    for label, text in facts:
        if text:
            sheet.merge_range(row, 0, row, 1, label, styles.get("label"))
            sheet.merge_range(row, 2, row, last, text, styles.get("cell"))
            sheet.set_row(row, 22)
            row += 1
    named = [(name, form) for name, form in handed_out if form.project.text]
    if len(named) > 1:
        row = _section(sheet, styles, row + 1, f"要填的项目（{len(named)} 个，每个一张表）", last)
        row = _projects(sheet, styles, row, named, vocabulary.money_unit)
    row = _section(sheet, styles, row + 1, "怎样填", last)
    for number, text in enumerate(_STEPS, 1):
        sheet.write_string(row, 0, str(number), styles.get("cell_centred"))
        sheet.merge_range(row, 1, row, last, text, styles.get("cell"))
        sheet.set_row(row, lines_needed(text, whole - _EXAMPLE_WIDTHS[0]) * _LINE_HEIGHT + 8)
        row += 1
    row = _examples(sheet, styles, _section(sheet, styles, row + 1, "好的和不好的指标", last))
    row = _colours(sheet, styles, _section(sheet, styles, row + 1, "退回的表怎样看", last), last)
    sheet.protect("", {"format_columns": True, "format_rows": True})
    _print_page(sheet, landscape=True)
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, row - 1, last)


def _addressee(handed_out: Sequence[tuple[str, TargetForm]]) -> list[tuple[str, str]]:
    """The unit that the workbook is handed out to, as it stands in each of its forms."""
    if not handed_out:
        return []
    form = handed_out[0][1]
    department = form.department.text if form.department is not None else ""
    unit = f"{form.unit_code.text} {form.unit_name.text}".strip()
    return [("填报单位", unit), ("主管部门", department)]


def _projects(
    sheet: Worksheet, styles: Styles, row: int, forms: Sequence[tuple[str, TargetForm]], money_unit: str
) -> int:
    """The workbook's projects, each with a link to its sheet."""
    headings = ("序号", "项目名称", f"批复预算数（{money_unit}）", "工作表（点击打开）")
    _project_row(sheet, styles, row, headings, ["label"] * 4)
    sheet.set_row(row, 22)
    for number, (name, form) in enumerate(forms, 1):
        row += 1
        texts = (str(number), form.project.text, form.budget.total.text or "请在表中填写", name)
        _project_row(sheet, styles, row, texts, ["cell_centred", "cell", "cell_right", "link"])
        sheet.write_url(row, 6, f"internal:'{name}'!A1", styles.get("link"), name)
        sheet.set_row(row, lines_needed(texts[1], sum(_EXAMPLE_WIDTHS[1:4])) * _LINE_HEIGHT + 8)
    return row + 1


def _project_row(sheet: Worksheet, styles: Styles, row: int, texts: Sequence[str], style_names: Sequence[str]) -> None:
    sheet.write_string(row, 0, texts[0], styles.get(style_names[0]))
    for (left, right), text, style in zip(((1, 3), (4, 5), (6, 7)), texts[1:], style_names[1:], strict=True):
        sheet.merge_range(row, left, row, right, text, styles.get(style))


def _section(sheet: Worksheet, styles: Styles, row: int, text: str, last: int) -> int:
    sheet.merge_range(row, 0, row, last, text, styles.get("heading"))
    sheet.set_row(row, 26)
    return row + 1


def _examples(sheet: Worksheet, styles: Styles, row: int) -> int:
    for column, heading in enumerate(_EXAMPLE_HEADINGS):
        sheet.write_string(row, column, heading, styles.get("label"))
    sheet.set_row(row, 22)
    for example in _EXAMPLES:
        row += 1
        verdict = styles.get("good" if example[0] == "好" else "bad")
        for column, text in enumerate(example):
            sheet.write_string(row, column, text, verdict if column == 0 else styles.get("cell"))
        lines = max(lines_needed(text, width) for text, width in zip(example, _EXAMPLE_WIDTHS, strict=True))
        sheet.set_row(row, lines * _LINE_HEIGHT + 8)
    return row + 1


def _colours(sheet: Worksheet, styles: Styles, row: int, last: int) -> int:
    lines = (
        ("bad", "红色", "必须修改的地方。改了以后颜色自己会消失，右侧提示变成“已改待核”。"),
        ("doubtful", "橙色", "建议修改的地方。不改的，请在同一行的“情况说明”里写明原因。"),
        ("cell", "校验结果", "这一页列出每一处问题、原因和改法；点“单元格”一列可以直接跳到那一格。"),
    )
    for style, label, text in lines:
        sheet.merge_range(row, 0, row, 1, label, styles.get(style))
        sheet.merge_range(row, 2, row, last, text, styles.get("cell"))
        sheet.set_row(row, 22)
        row += 1
    return row


def write_results(book: Workbook, styles: Styles) -> None:
    """校验结果: empty but for its headings; row ``first_row`` holds the formats of the list's cells."""
    sheet = book.add_worksheet(RESULT_SHEET)
    shown = [column for column in RESULTS.columns if not column.hidden]
    for number, column in enumerate(RESULTS.columns):
        sheet.set_column(number, number, column.width, None, {"hidden": column.hidden})
        sheet.write_string(RESULTS.heading_row - 1, number, column.heading, styles.get("label"))
        centred = column.name in ("number", "sheet", "severity", "code")
        style = "link" if column.name == "cell" else "cell_centred" if centred else "cell"
        sheet.write_blank(RESULTS.first_row - 1, number, None, styles.get("helper" if column.hidden else style))
    sheet.merge_range(0, 0, 0, len(shown) - 1, RESULT_SHEET, styles.get("title"))
    sheet.set_row(0, 34)
    row, column_number = RESULTS.status_cell
    sheet.merge_range(row - 1, column_number - 1, row - 1, len(shown) - 1, "尚未校验。", styles.get("status"))
    sheet.set_row(row - 1, 24)
    sheet.write_number(RESULTS.count_cell[0] - 1, RESULTS.count_cell[1] - 1, 0, styles.get("helper"))
    sheet.write_blank(RESULTS.fingerprint_cell[0] - 1, RESULTS.fingerprint_cell[1] - 1, None, styles.get("helper"))
    letters = column_letters(RESULTS.index("severity"))
    for text, style in (("错误", styles.red), ("警告", styles.amber)):
        rule = {"type": "formula", "criteria": f'=${letters}{RESULTS.first_row}="{text}"', "format": style}
        level = RESULTS.index("severity") - 1
        sheet.conditional_format(RESULTS.first_row - 1, level, RESULTS.last_row - 1, level, rule)
    sheet.freeze_panes(RESULTS.heading_row, 0)
    sheet.hide_gridlines(2)
    _print_page(sheet, landscape=True)
    sheet.repeat_rows(RESULTS.heading_row - 1)
    for name, reference in RESULTS.names.items():
        book.define_name(name, f"={reference}")


def write_lists(book: Workbook, styles: Styles, vocabulary: Vocabulary) -> None:
    """清单, very hidden: what the drop-downs and live checks look things up in, each through a defined name."""
    sheet = book.add_worksheet(LISTS_SHEET)
    pairs = [(level1, level2) for level1 in vocabulary.levels1 for level2 in vocabulary.levels2(level1)]
    lists: dict[str, list[str] | list[str | float]] = {
        "一级指标表": list(vocabulary.levels1),
        "二级_全部": list(dict.fromkeys(level2 for _, level2 in pairs)),
        **{f"二级_{level1}": list(vocabulary.levels2(level1)) for level1 in vocabulary.levels1},
        "计算符号表": list(vocabulary.signs),
        "计量单位表": list(vocabulary.measures_offered),
        **lists_of_checks(vocabulary),
    }
    for column, (name, items) in enumerate(lists.items()):
        sheet.write_string(0, column, name, styles.get("helper"))
        for row, item in enumerate(items, 1):
            sheet.write(row, column, item, styles.get("helper"))
        letters = column_letters(column + 1)
        book.define_name(name, f"={LISTS_SHEET}!${letters}$2:${letters}${len(items) + 1}")
    sheet.protect("")
    sheet.very_hidden()


def _print_page(sheet: Worksheet, *, landscape: bool) -> None:
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
