"""Where each field of the form stands: the one declaration that template, reader, live checks and highlights share.

A released layout is never changed: a form sent out with it must stay readable.  A new one gets a new version
in :data:`LAYOUTS`.  Rows and columns are counted from 1, as :class:`perfxl.issue.At` does.

    A       B       C       D           E        F          G       (H)    I        J        K     L
    一级指标  二级指标  三级指标  绩效指标描述  计算符号  数值或文字  计量单位  (权重)  填表提示  情况说明  填报信息
    └──────────────────── printed, A4 portrait ────────────────────┘  │    └──── on screen only ────┘
                                                  only in editions with weights
Columns M, N hold the form's identity; O and the ones after it hold helper formulas.  All of those are hidden and locked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

from perfxl.issue import At, column_letters, column_number

Kind = Literal["text", "code", "money", "count"]

TEMPLATE_ID = "perfxl-target-form"
GUIDE_SHEET = "填报说明"
FORM_SHEET = "绩效目标表"
RESULT_SHEET = "校验结果"
LISTS_SHEET = "清单"
# A ledger that perfxl wrote carries this defined name, by which it is never taken for an input.
LEDGER_NAME = "perfxl_台账"


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form's head.

    Attributes:
        name: identifier, as in :class:`perfxl.form.TargetForm`.
        label: the word by which people know it; also what stands in the label cell.
        row, column: top-left cell of the input.
        last_row, last_column: bottom-right cell of the merged input.
        label_at: (row, column) of the label cell; None for the title.
        label_end: bottom-right cell of the merged label, where it is merged.
        kind: how it is typed and shown.
        required: rule S01 asks for it.
        typed: the clerk fills it in (else locked).
        prompt: shown while the cell is selected.
        word: the field's name in a sentence, where the label is longer or shorter.
    """

    name: str
    label: str
    row: int
    column: int
    label_at: tuple[int, int] | None
    last_row: int = 0
    last_column: int = 0
    label_end: tuple[int, int] | None = None
    kind: Kind = "text"
    required: bool = False
    typed: bool = True
    prompt: str = ""
    word: str = ""

    @property
    def term(self) -> str:
        """The field's name in a sentence."""
        return self.word or self.label

    @property
    def bottom(self) -> int:
        return self.last_row or self.row

    @property
    def right(self) -> int:
        return self.last_column or self.column


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the indicator table; ``name`` as in :class:`perfxl.form.Indicator`."""

    name: str
    label: str
    column: int
    required: bool = False
    prompt: str = ""


@dataclass(frozen=True)
class Layout:
    """One released arrangement of the form sheet, or what became of it when rows and columns were inserted.

    ``inserted_rows`` and ``inserted_columns`` then say before which rows and columns of the released one, each as often
    as there were; ``version`` says it too.
    """

    version: str
    fields: tuple[Field, ...]
    columns: tuple[Column, ...]
    objective_rows: range
    heading_rows: tuple[int, int]
    indicator_rows: range
    hint_column: int
    note_column: int
    identity_column: int
    identity: tuple[str, ...]
    helper_column: int
    widths: tuple[float, ...] = field(repr=False, default=())
    blank_print_row: int = 60
    inserted_rows: tuple[int, ...] = ()
    inserted_columns: tuple[int, ...] = ()

    def field(self, name: str) -> Field:
        """The head field of that name (KeyError: a programming mistake)."""
        return self._by_name[name]

    def column(self, name: str) -> Column:
        """The indicator column of that name (KeyError: a programming mistake)."""
        return self._columns_by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _columns_by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def first_row(self) -> int:
        return self.indicator_rows.start

    @property
    def last_row(self) -> int:
        return self.indicator_rows.stop - 1

    def identity_row(self, name: str) -> int:
        """Row of an identity value; its label stands in the column to the left of ``identity_column``."""
        return self._row(self.identity.index(name) + 1)

    def with_inserted(self, rows: tuple[int, ...], columns: tuple[int, ...]) -> Layout:
        """The same after somebody has inserted rows and columns, each before a row or column of this layout.

        Everything below and to the right has moved; what reaches over an insertion has grown.
        """
        moved = replace(self, inserted_rows=rows, inserted_columns=columns)
        row, column = moved._row, moved._column
        widths = list(self.widths)
        for before in reversed(columns):
            widths.insert(before - 1, _INSERTED_WIDTH)
        marks = "；".join(
            (
                *(f"插行{'、'.join(map(str, rows))}" for _ in rows[:1]),
                *(f"插列{'、'.join(map(column_letters, columns))}" for _ in columns[:1]),
            )
        )
        return replace(
            moved,
            version=f"{self.version}（{marks}）",
            fields=tuple(_moved_field(one, row, column) for one in self.fields),
            columns=tuple(replace(one, column=column(one.column)) for one in self.columns),
            objective_rows=range(row(self.objective_rows.start), row(self.objective_rows.stop)),
            heading_rows=(row(self.heading_rows[0]), row(self.heading_rows[1])),
            indicator_rows=range(row(self.indicator_rows.start), row(self.indicator_rows.stop)),
            hint_column=column(self.hint_column),
            note_column=column(self.note_column),
            identity_column=column(self.identity_column),
            helper_column=column(self.helper_column),
            widths=tuple(widths),
            blank_print_row=row(self.blank_print_row),
        )

    def _row(self, row: int) -> int:
        return row + sum(before <= row for before in self.inserted_rows)

    def _column(self, column: int) -> int:
        return column + sum(before <= column for before in self.inserted_columns)

    def moved(self, row: int, column: int) -> tuple[int, int]:
        """Where a cell of the released layout stands in this one."""
        return self._row(row), self._column(column)

    def own_row(self, row: int) -> bool:
        """Whether the row is none that was inserted."""
        return self._row(_before(row, self._row)) == row

    def own_column(self, column: int) -> bool:
        """Whether the column is none that was inserted."""
        return self._column(_before(column, self._column)) == column

    def original(self, row: int, column: int) -> tuple[int, int]:
        """Where a cell stood before anything was inserted; of an inserted row or column, what comes after it."""
        return _before(row, self._row), _before(column, self._column)

    @property
    def head_rows(self) -> range:
        """The rows below the title and above the headings of the table, beside each of which something can be explained."""
        return range(self._row(2), self.objective_rows.stop)

    def at(self, sheet: str, name: str) -> At:
        """Address of a head field on that sheet."""
        field = self.field(name)
        return At(sheet, field.row, field.column)

    def text_cells(self, row: int) -> tuple[tuple[int, float], ...]:
        """The cells of a row that hold running text: (column, width in characters, merged columns added up)."""
        if row in self.indicator_rows:
            names = ("level3", "description", "body")
            return tuple((number, self.widths[number - 1]) for number in (self.column(name).column for name in names))
        if row in self.objective_rows or row == self.field("purpose").row:
            purpose = self.field("purpose")
            return ((purpose.column, sum(self.widths[purpose.column - 1 : purpose.right])),)
        return ()

    def watched(self, row: int, column: int) -> tuple[tuple[int, int], ...]:
        """Cells whose change makes a finding at (row, column) due for another look: the three amounts of the budget
        together, since whichever is corrected makes the sum right; any other cell by itself."""
        amounts = tuple((self.field(name).row, self.field(name).column) for name in AMOUNTS)
        return amounts if (row, column) in amounts else ((row, column),)

    def labels(self) -> Iterator[tuple[int, int, str]]:
        """Every locked label that identifies the layout: (row, column, text)."""
        for item in self.fields:
            if item.label_at is not None:
                yield (*item.label_at, item.label)
        top, below = self.heading_rows
        for column in self.columns:
            if column.name in VALUE_PARTS:
                yield below, column.column, column.label
            elif column.name != "weight":
                yield top, column.column, column.label
        yield top, self.column(VALUE_PARTS[0]).column, VALUE_HEADING
        yield top, self.hint_column, HINT_HEADING
        yield top, self.note_column, NOTE_HEADING

    def inputs(self) -> Iterator[tuple[int, int, int, int]]:
        """Every area a clerk types in: (top, left, bottom, right), explanations included."""
        for item in self.fields:
            if item.typed:
                yield item.row, item.column, item.bottom, item.right
        objectives = self.field("purpose")
        for row in self.objective_rows:
            yield row, objectives.column, row, objectives.right
        first, last = self.columns[0].column, self.columns[-1].column
        yield self.first_row, first, self.last_row, last
        yield self.head_rows.start, self.note_column, self.head_rows.stop - 1, self.note_column
        yield self.first_row, self.note_column, self.last_row, self.note_column


# An inserted column is as wide as Excel makes it.
_INSERTED_WIDTH = 8.43


def _moved_field(field: Field, row: Callable[[int], int], column: Callable[[int], int]) -> Field:
    def corner(at: tuple[int, int] | None) -> tuple[int, int] | None:
        return None if at is None else (row(at[0]), column(at[1]))

    return replace(
        field,
        row=row(field.row),
        column=column(field.column),
        last_row=row(field.bottom),
        last_column=column(field.right),
        label_at=corner(field.label_at),
        label_end=corner(field.label_end),
    )


def _before(place: int, moved: Callable[[int], int]) -> int:
    """The least place that has moved to this one or beyond."""
    return next(one for one in range(1, place + 1) if moved(one) >= place)


# The three cells under the one heading 指标值: joined, they are the value.
VALUE_PARTS = ("relation", "body", "measure")
AMOUNTS = ("total", "fiscal", "other")
VALUE_HEADING = "指标值"
HINT_HEADING = "填表提示"
NOTE_HEADING = "情况说明"
OBJECTIVES_LABEL = "绩效目标"


def _version_1() -> Layout:
    fields = (
        Field("title", "标题", 1, 1, None, last_column=7, typed=False),
        Field("unit_code", "单位编码", 2, 2, (2, 1), kind="code", required=True, prompt="6位预算编码，如 353302。"),
        Field("unit_name", "单位名称", 2, 4, (2, 3), last_column=5, required=True, prompt="单位全称，与预算编码一致。"),
        Field("money_unit", "单位：", 2, 7, (2, 6), required=True, typed=False, word="金额单位"),
        Field("project", "项目名称", 3, 2, (3, 1), last_column=5, required=True, prompt="与预算批复的项目名称一致。"),
        Field("project_no", "序号", 3, 7, (3, 6), kind="code", prompt="项目在公开表中的序号，可不填。"),
        Field(
            "total", "预算数", 4, 3, (4, 2), kind="money", required=True, prompt="只填数字。应等于财政资金＋其他资金。"
        ),
        Field(
            "fiscal",
            "其中：财政资金",
            4,
            5,
            (4, 4),
            kind="money",
            required=True,
            prompt="只填数字，没有的填 0。",
            word="财政资金",
        ),
        Field("other", "其他资金", 4, 7, (4, 6), kind="money", prompt="只填数字，没有的可不填。"),
        Field(
            "purpose",
            "预算规模及资金用途",
            5,
            2,
            (4, 1),
            last_column=7,
            label_end=(5, 1),
            required=True,
            prompt="一两句话写清钱花在什么地方。",
            word="资金用途",
        ),
        Field("department", "主管部门", 2, 12, (2, 11)),
        Field("contact", "填报人", 3, 12, (3, 11)),
        Field("phone", "电话", 4, 12, (4, 11), kind="code"),
        Field(
            "submission", "报送次数", 5, 12, (5, 11), kind="count", prompt="第几次报送：首次填 1，退回修改后填 2、3……"
        ),
        Field("note", NOTE_HEADING, 6, 12, (6, 11), last_row=14, label_end=(14, 11), prompt="对整张表的说明。"),
    )
    columns = (
        Column("level1", "一级指标", 1, prompt="从下拉列表选。与上一行相同时可以不填。"),
        Column("level2", "二级指标", 2, required=True, prompt="从下拉列表选，列表随一级指标变化。"),
        Column("level3", "三级指标", 3, required=True, prompt="写本项目自己的指标名称。"),
        Column("description", "绩效指标描述", 4, prompt="写清统计口径或计算方法。"),
        Column("relation", "计算符号", 5, prompt="从下拉列表选；定性指标不填。"),
        Column("body", "数值或文字", 6, required=True, prompt="定量的填数，定性的填可衡量的文字。"),
        Column("measure", "计量单位", 7, prompt="从下拉列表选，表中没有的可以直接填写。"),
        Column("weight", "权重", 8, prompt="只填数字，合计应为口径规定的数。"),
    )
    return Layout(
        version="1",
        fields=fields,
        columns=columns,
        objective_rows=range(6, 15),
        heading_rows=(15, 16),
        indicator_rows=range(17, 77),
        hint_column=9,
        note_column=10,
        identity_column=14,
        identity=("template", "version", "edition", "year", "batch", "key", "money_unit", "project_code"),
        helper_column=15,
        widths=(11, 16, 23, 25, 13, 21, 13, 8, 66, 30, 10, 26),
    )


class _Layouts(Mapping[str, Layout]):
    """The released layouts by version.

    One that somebody has inserted rows or columns into is found as well, by its own version (``1（插行4）``), but not
    counted among them.
    """

    _INSERTED = re.compile(r"(.+?)（(?:插行([\d、]+))?；?(?:插列([A-Z、]+))?）")

    def __init__(self, released: Iterable[Layout]) -> None:
        self._released = {layout.version: layout for layout in released}
        self._known = dict(self._released)

    def __getitem__(self, version: str) -> Layout:
        if version not in self._known:
            changed = self._INSERTED.fullmatch(version)
            if changed is None:
                raise KeyError(version)
            rows = tuple(map(int, filter(None, (changed[2] or "").split("、"))))
            columns = tuple(map(column_number, filter(None, (changed[3] or "").split("、"))))
            self._known[version] = self._released[changed[1]].with_inserted(rows, columns)
        return self._known[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._released)

    def __len__(self) -> int:
        return len(self._released)


LAYOUTS: Final[Mapping[str, Layout]] = _Layouts((_version_1(),))
LATEST: Final = LAYOUTS["1"]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of 校验结果."""

    name: str
    heading: str
    width: float
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ResultLayout:
    """The sheet 校验结果: a list that people read and that the form's conditional formats look things up in.

    Hidden columns: ``form_key`` and ``cell_key`` (``KEY!F19``) and ``row_key`` (``KEY!19``) stand only in rows of errors
    and warnings; ``row_hint`` is the text for the hint column; ``compared`` is what the form's own formula must still
    give for the entry to count as unchanged (see :mod:`perfxl.template`).  ``count_cell`` holds the number of entries,
    ``fingerprint_cell``, in copies that perfxl marked, a digest of what was typed when it did.
    """

    columns: tuple[ResultColumn, ...]
    status_cell: tuple[int, int]
    count_cell: tuple[int, int]
    fingerprint_cell: tuple[int, int]
    heading_row: int
    first_row: int
    rows: int

    def index(self, name: str) -> int:
        """Column number of that column."""
        return next(number for number, column in enumerate(self.columns, 1) if column.name == name)

    @property
    def last_row(self) -> int:
        return self.first_row + self.rows - 1

    def range_of(self, name: str) -> str:
        """Absolute reference to a list column, such as ``校验结果!$K$6:$K$2005``."""
        letters = column_letters(self.index(name))
        return f"{RESULT_SHEET}!${letters}${self.first_row}:${letters}${self.last_row}"

    @property
    def names(self) -> dict[str, str]:
        """Defined names through which the form sheet reaches this sheet, and nothing else does."""
        row, column = self.count_cell
        return {
            "校验_条数": f"{RESULT_SHEET}!${column_letters(column)}${row}",
            "校验_级别": self.range_of("severity"),
            "校验_表键": self.range_of("form_key"),
            "校验_格键": self.range_of("cell_key"),
            "校验_行键": self.range_of("row_key"),
            "校验_行提示": self.range_of("row_hint"),
            "校验_原值": self.range_of("compared"),
        }


RESULTS = ResultLayout(
    columns=(
        ResultColumn("number", "序号", 6),
        ResultColumn("sheet", "工作表", 16),
        ResultColumn("cell", "单元格", 9),
        ResultColumn("severity", "级别", 7),
        ResultColumn("code", "规则", 8),
        ResultColumn("message", "问题", 46),
        ResultColumn("advice", "建议", 34),
        ResultColumn("value", "校验时的内容", 28),
        ResultColumn("explanation", NOTE_HEADING, 24),
        ResultColumn("form_key", "表键", 8, hidden=True),
        ResultColumn("cell_key", "格键", 12, hidden=True),
        ResultColumn("row_key", "行键", 10, hidden=True),
        ResultColumn("row_hint", "行提示", 20, hidden=True),
        ResultColumn("compared", "原值", 20, hidden=True),
    ),
    status_cell=(2, 1),
    count_cell=(3, 14),
    fingerprint_cell=(3, 13),
    heading_row=5,
    first_row=6,
    rows=2000,
)
