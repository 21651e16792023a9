"""xlwings' interface, as far as perfxl uses it, over a host that holds the cells."""

from __future__ import annotations

import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import xlwings
from xlwings import base_classes
from xlwings.utils import col_name

Area = tuple[int, int, int, int]  # top, left, bottom, right, from 1, both corners included
REFUSED = -2147352567  # DISP_E_EXCEPTION: what Excel answers when it won't
ERROR_NUMBERS = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
}


class ComError(Exception):
    """As pywin32's ``com_error``: its number tells what it is."""

    def __init__(self, hresult: int) -> None:
        super().__init__(hresult, "Exception occurred.", None, None)
        self.hresult = hresult


class Host(ABC):
    """One open workbook: what Excel would keep for it."""

    name: str
    fullname: str

    @abstractmethod
    def sheet_names(self) -> list[str]: ...

    @abstractmethod
    def used(self, sheet: str) -> tuple[int, int]:
        """The last row and column in use."""

    @abstractmethod
    def read(self, sheet: str, area: Area) -> list[list[Any]]:
        """Values as COM gives them: None, str, float, bool, datetime, or a number of ``ERROR_NUMBERS``."""

    @abstractmethod
    def write(self, sheet: str, area: Area, rows: Sequence[Sequence[Any]]) -> None:
        """Values made of :func:`as_excel_takes`; ComError where a cell is locked."""

    @abstractmethod
    def formula(self, sheet: str, row: int, column: int) -> str: ...

    @abstractmethod
    def number_format(self, sheet: str, row: int, column: int) -> str: ...

    @abstractmethod
    def merged(self, sheet: str, area: Area) -> bool | None:
        """As Excel: False where no cell is merged, True where all are, None where some are."""

    @abstractmethod
    def merge_area(self, sheet: str, row: int, column: int) -> Area: ...

    @abstractmethod
    def clear(self, sheet: str, area: Area, *, formats: bool) -> None: ...

    @abstractmethod
    def copy(self, sheet: str, source: Area, target: Area) -> None: ...

    @abstractmethod
    def link(self, sheet: str, row: int, column: int, address: str, text: str) -> None: ...

    @property
    @abstractmethod
    def active(self) -> str: ...

    @abstractmethod
    def activate(self, sheet: str) -> None: ...

    @property
    @abstractmethod
    def selection(self) -> Area: ...

    @abstractmethod
    def select(self, sheet: str, area: Area) -> None: ...


@dataclass
class Desk:
    """The application: the workbooks open in it, the active one first, and how many calls of each kind it got.

    ``trouble`` is raised by every call, as Excel does while a cell is being edited.
    """

    opener: Callable[[str], Host]
    hosts: list[Host] = field(default_factory=list)
    flags: dict[str, bool] = field(default_factory=dict)
    status: list[Any] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    calculation: str = "automatic"
    calculated: int = 0
    trouble: Exception | None = None
    hwnd: int = 4321

    def called(self, what: str) -> None:
        self.calls.append(what)
        if self.trouble is not None:
            raise self.trouble


def as_excel_takes(value: Any, number_format: str) -> tuple[str, Any]:
    """What becomes of a value put into a cell: its kind (blank, text, number, formula) and content."""
    if value is None:
        return "blank", None
    if not isinstance(value, str):
        return ("text", f"{value:g}") if number_format == "@" else ("number", float(value))
    if number_format == "@":
        return ("text", value.removeprefix("'")) if value else ("blank", None)
    if value.startswith("'"):
        return "text", value[1:]
    if value.startswith("=") and len(value) > 1:
        return "formula", value
    if re.fullmatch(r"-?\d+(\.\d+)?%?", value):
        return "number", float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    if re.fullmatch(r"\d{1,2}[-/]\d{1,2}", value):
        return "number", 45000.0  # a date of this year
    return ("text", value) if value else ("blank", None)


class Apps(base_classes.Apps):
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def keys(self) -> list[int]:
        return [1]

    def add(self, **_: Any) -> App:
        return App(self.desk)

    def __iter__(self) -> Iterator[App]:
        yield App(self.desk)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: int) -> App:
        return App(self.desk)


class App(base_classes.App):
    engine: Any = None
    version = "16.0"
    pid = 1

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def hwnd(self) -> int:
        return self.desk.hwnd

    @property
    def api(self) -> Any:
        return self.desk

    @property
    def books(self) -> Books:
        return Books(self.desk)

    @property
    def selection(self) -> Range:
        host = self.desk.hosts[0]
        return Range(Sheet(Book(self.desk, host), host.active), host.selection)

    @property
    def calculation(self) -> str:
        return self.desk.calculation

    @calculation.setter
    def calculation(self, value: str) -> None:
        self.desk.calculation = value

    def calculate(self) -> None:
        self.desk.calculated += 1

    @property
    def status_bar(self) -> Any:
        return self.desk.status[-1] if self.desk.status else False

    @status_bar.setter
    def status_bar(self, value: Any) -> None:
        self.desk.called("status bar")
        self.desk.status.append(value)

    def activate(self, steal_focus: bool = False) -> None:
        pass


class Books(base_classes.Books):
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def active(self) -> Book:
        return Book(self.desk, self.desk.hosts[0])

    @property
    def app(self) -> App:
        return App(self.desk)

    def __call__(self, key: str | int) -> Book:
        if isinstance(key, int):
            return Book(self.desk, self.desk.hosts[key - 1])
        for host in self.desk.hosts:
            if host.name.lower() == key.lower():
                return Book(self.desk, host)
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.desk.hosts)

    def __iter__(self) -> Iterator[Book]:
        return (Book(self.desk, host) for host in list(self.desk.hosts))

    def open(self, fullname: str, *_: Any, **__: Any) -> Book:
        self.desk.hosts.insert(0, self.desk.opener(str(fullname)))
        return self.active


class Book(base_classes.Book):
    def __init__(self, desk: Desk, host: Host) -> None:
        self.desk, self.host = desk, host

    @property
    def api(self) -> Any:
        return SimpleNamespace(**self.desk.flags)

    @property
    def name(self) -> str:
        self.desk.called("name")
        return self.host.name

    @property
    def fullname(self) -> str:
        return self.host.fullname

    @property
    def app(self) -> App:
        return App(self.desk)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    def activate(self) -> None:
        self.desk.hosts.remove(self.host)
        self.desk.hosts.insert(0, self.host)


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def active(self) -> Sheet:
        self.book.desk.called("active sheet")
        return Sheet(self.book, self.book.host.active)

    def __call__(self, key: str | int) -> Sheet:
        names = self.book.host.sheet_names()
        name = names[key - 1] if isinstance(key, int) else key
        if name not in names:
            raise KeyError(name)
        return Sheet(self.book, name)

    def __len__(self) -> int:
        return len(self.book.host.sheet_names())

    def __iter__(self) -> Iterator[Sheet]:
        self.book.desk.called("sheets")
        return (Sheet(self.book, name) for name in self.book.host.sheet_names())


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    @property
    def name(self) -> str:
        return self._name

    @property
    def book(self) -> Book:
        return self._book

    @property
    def index(self) -> int:
        return self._book.host.sheet_names().index(self._name) + 1

    def activate(self) -> None:
        self._book.host.activate(self._name)

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        if isinstance(arg1, str):
            first, _, last = arg1.partition(":")
            arg1, arg2 = _cell(first), _cell(last or first)
        arg1 = (arg1.row, arg1.column) if isinstance(arg1, Range) else arg1
        corner = arg2.coords_last if isinstance(arg2, Range) else arg2 or arg1
        return Range(self, (*arg1, *corner))

    @property
    def used_range(self) -> Range:
        self._book.desk.called("used range")
        return Range(self, (1, 1, *self._book.host.used(self._name)))


def _cell(a1: str) -> tuple[int, int]:
    match = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", a1)
    assert match is not None
    return int(match[2]), functools.reduce(lambda number, letter: number * 26 + ord(letter) - 64, match[1], 0)


class Range(base_classes.Range):
    def __init__(self, sheet: Sheet, area: Area) -> None:
        self._sheet, self.area = sheet, area

    @property
    def _host(self) -> Host:
        return self._sheet.book.host

    def _called(self, what: str) -> None:
        self._sheet.book.desk.called(f"{what} {self._sheet.name}")

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def api(self) -> Any:
        return self.area

    def adjust_indent(self, amount: int) -> None:
        pass

    @property
    def row(self) -> int:
        return self.area[0]

    @property
    def column(self) -> int:
        return self.area[1]

    @property
    def coords_last(self) -> tuple[int, int]:
        return self.area[2:]

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        return (self._sheet.name, *self.area)

    @property
    def shape(self) -> tuple[int, int]:
        top, left, bottom, right = self.area
        return bottom - top + 1, right - left + 1

    def __len__(self) -> int:
        rows, columns = self.shape
        return rows * columns

    def __call__(self, arg1: Any, arg2: Any = None) -> Range:
        if arg2 is None:
            row, column = divmod(arg1 - 1, self.shape[1])
            arg1, arg2 = row + 1, column + 1
        at = self.row + arg1 - 1, self.column + arg2 - 1
        return Range(self._sheet, (*at, *at))

    @property
    def address(self) -> str:
        top, left, bottom, right = self.area
        first, last = f"${col_name(left)}${top}", f"${col_name(right)}${bottom}"
        return first if first == last else f"{first}:{last}"

    @property
    def raw_value(self) -> Any:
        self._called("read")
        rows = self._host.read(self._sheet.name, self.area)
        return rows[0][0] if len(self) == 1 else tuple(map(tuple, rows))

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        self._called("write")
        rows = data if isinstance(data, (list, tuple)) else [[data]]
        self._host.write(self._sheet.name, self.area, rows)

    @property
    def formula(self) -> str:
        return self._host.formula(self._sheet.name, self.row, self.column)

    @property
    def number_format(self) -> str:
        return self._host.number_format(self._sheet.name, self.row, self.column)

    def clear(self) -> None:
        self._called("clear")
        self._host.clear(self._sheet.name, self.area, formats=True)

    def clear_contents(self) -> None:
        self._called("clear")
        self._host.clear(self._sheet.name, self.area, formats=False)

    def copy(self, destination: Any = None) -> None:
        self._called("copy")
        self._host.copy(self._sheet.name, self.area, destination.impl.area)

    def add_hyperlink(self, address: str, text_to_display: str | None = None, screen_tip: str | None = None) -> None:
        self._called("link")
        self._host.link(self._sheet.name, self.row, self.column, address, text_to_display or address)

    def autofit(self, axis: str | None = None) -> None:
        self._called("autofit")

    def select(self) -> None:
        self._host.select(self._sheet.name, self.area)

    @property
    def merge_area(self) -> Range:
        return Range(self._sheet, self._host.merge_area(self._sheet.name, self.row, self.column))

    @property
    def merge_cells(self) -> bool | None:
        self._called("merged?")
        return self._host.merged(self._sheet.name, self.area)


def merged_in(merges: Sequence[Area], area: Area) -> bool | None:
    """What :meth:`Host.merged` says, from a list of all merges."""
    top, left, bottom, right = area
    near = [one for one in merges if one[0] <= bottom and one[2] >= top and one[1] <= right and one[3] >= left]
    if not near:
        return False
    cells = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
    return (
        all(any(one[0] <= row <= one[2] and one[1] <= column <= one[3] for one in near) for row, column in cells)
        or None
    )


def merge_around(merges: Sequence[Area], row: int, column: int) -> Area:
    """What :meth:`Host.merge_area` says, from a list of all merges."""
    inside = (one for one in merges if one[0] <= row <= one[2] and one[1] <= column <= one[3])
    return next(inside, (row, column, row, column))


class Engine:
    """What ``xlwings.engines`` registers."""

    type = "desktop"

    def __init__(self, name: str, desk: Desk) -> None:
        self.name, self.apps = name, Apps(desk)

    @staticmethod
    def prepare_xl_data_element(x: Any, date_format: Any) -> Any:
        return x

    @staticmethod
    def clean_value_data(data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: Any) -> Any:
        return [[empty_as if cell in ("", None) else cell for cell in row] for row in data]


def register(name: str, desk: Desk) -> None:
    """Make this desk the Excel that xlwings speaks to."""
    impl = Engine(name, desk)
    App.engine = impl
    engine = xlwings.Engine(impl=impl)
    xlwings.engines.add(engine)
    engine.activate()
