"""The live host: a workbook open in a headless LibreOffice, its conditional formats at work."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engines.engine import ERROR_NUMBERS, REFUSED, Area, ComError, Host
from office import driver
from office.driver import Document, Office

WORKER = Path(__file__).with_name("office_worker.py")
NO_SUCH_ERROR = -2146826273  # LibreOffice has errors of its own (Err:502); Excel would say #VALUE!


class EngineOffice(Office):
    """The office driver with the engine's worker in place of its own."""

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        return super()._start([str(WORKER) if part == str(driver.WORKER) else part for part in command])


class OfficeHost(Host):
    def __init__(self, office: Office, path: str) -> None:
        self.name, self.fullname = Path(path).name, path
        self.document: Document = office.open(Path(path))

    def _ask(self, operation: str, **arguments: Any) -> Any:
        return self.document._ask(f"x_{operation}", **arguments)

    def sheet_names(self) -> list[str]:
        return list(self._ask("sheets"))

    def used(self, sheet: str) -> tuple[int, int]:
        row, column = self._ask("used", sheet=sheet)
        return row, column

    def read(self, sheet: str, area: Area) -> list[list[Any]]:
        rows = self._ask("read", sheet=sheet, area=area)
        return [[_raw(value) for value in row] for row in rows]

    def write(self, sheet: str, area: Area, rows: Sequence[Sequence[Any]]) -> None:
        if not self._ask("write", sheet=sheet, area=area, rows=[list(row) for row in rows]):
            raise ComError(REFUSED)

    def formula(self, sheet: str, row: int, column: int) -> str:
        return str(self._ask("formula", sheet=sheet, area=(row, column, row, column)))

    def number_format(self, sheet: str, row: int, column: int) -> str:
        return str(self._ask("number_format", sheet=sheet, area=(row, column, row, column)))

    def merged(self, sheet: str, area: Area) -> bool | None:
        return self._ask("merged", sheet=sheet, area=area) and None

    def merge_area(self, sheet: str, row: int, column: int) -> Area:
        top, left, bottom, right = self._ask("merge_area", sheet=sheet, area=(row, column, row, column))
        return top, left, bottom, right

    def clear(self, sheet: str, area: Area, *, formats: bool) -> None:
        self._ask("clear", sheet=sheet, area=area, formats=formats)

    def copy(self, sheet: str, source: Area, target: Area) -> None:
        self._ask("copy", sheet=sheet, source=source, target=target)

    def link(self, sheet: str, row: int, column: int, address: str, text: str) -> None:
        self._ask("link", sheet=sheet, area=(row, column, row, column), address=address, text=text)

    @property
    def active(self) -> str:
        return str(self._ask("active"))

    def activate(self, sheet: str) -> None:
        self._ask("activate", sheet=sheet)

    @property
    def selection(self) -> Area:
        top, left, bottom, right = self._ask("selection")
        return top, left, bottom, right

    def select(self, sheet: str, area: Area) -> None:
        self._ask("select", sheet=sheet, area=area)

    @property
    def first_row_shown(self) -> int:
        return int(self._ask("first_row_shown"))


def _raw(value: Any) -> Any:
    return ERROR_NUMBERS.get(value["error"], NO_SUCH_ERROR) if isinstance(value, dict) else value
