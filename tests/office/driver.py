"""A live headless LibreOffice, driven from tests: open a workbook, type, paste, look, save.

``Office`` starts one LibreOffice with a profile of its own and a worker process (``worker.py``) that speaks UNO;
``Document`` is an open workbook.  Every request has a time limit: one that hangs ends LibreOffice, the test that asked
fails with ``OfficeTimeout``, and the next ``open`` starts afresh.

A file is opened as a private copy, so its folder gets no lock files and the file itself is never changed.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
START_SECONDS = 90.0
REQUEST_SECONDS = 60.0
ADD_IN_FILTER = "Calc MS Excel 2007 VBA XML"  # the only one that opens an .xlam
CHINESE_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
  <value>zh-CN</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Input"><prop oor:name="ReplaceCellsWarning" oor:op="fuse">
  <value>false</value></prop></item>
</oor:items>
"""


class OfficeError(Exception):
    """LibreOffice refused a request, or could not be started."""


class OfficeTimeout(OfficeError):
    """LibreOffice did not answer in time and was ended."""


@functools.cache
def python_with_uno() -> str | None:
    """A Python that can ``import uno``, or None."""
    for candidate in ("/usr/bin/python3", shutil.which("python3"), sys.executable):
        if candidate and Path(candidate).exists():
            probe = subprocess.run([candidate, "-I", "-c", "import uno"], capture_output=True, check=False)
            if probe.returncode == 0:
                return candidate
    return None


def missing_parts() -> list[str]:
    """Debian packages still needed before LibreOffice can be driven; empty if all is there."""
    wanted = {
        "libreoffice-calc": shutil.which("soffice") is not None,
        "python3-uno": python_with_uno() is not None,
        "poppler-utils": shutil.which("pdftoppm") is not None,
    }
    return [package for package, there in wanted.items() if not there]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds: ``kind`` is blank, number, text or error; ``formula`` is "" for a typed value."""

    kind: str
    value: str | float | None
    formula: str
    shown: str


@dataclass(frozen=True, slots=True)
class Validation:
    """A cell's data validation; formulas read as they stand at this cell.

    ``type``: ANY, LIST, DECIMAL, WHOLE, CUSTOM, TEXT_LEN …; ``alert``: STOP, WARNING, INFO, or None when wrong input is
    let pass without a word; ``prompt``: title and text shown beside the cell, or None.
    """

    type: str
    formula1: str
    formula2: str
    operator: str
    shows_list: bool
    alert: str | None
    error: tuple[str, str]
    prompt: tuple[str, str] | None


class Document:
    """A workbook open in LibreOffice.  Sheets are named, cells given in A1 notation."""

    def __init__(self, office: Office, handle: int, path: Path, sheets: Sequence[str]) -> None:
        self._office = office
        self._handle = handle
        self.path = path
        self.sheets = tuple(sheets)

    def _ask(self, operation: str, **arguments: Any) -> Any:
        return self._office.ask(operation, doc=self._handle, **arguments)

    def get(self, sheet: str, a1: str) -> Cell:
        return Cell(**self._ask("get", sheet=sheet, a1=a1))

    def get_block(self, sheet: str, a1: str) -> list[list[str | float]]:
        """The values of a range, row by row; blank cells are ""."""
        block: list[list[str | float]] = self._ask("get_block", sheet=sheet, a1=a1)
        return block

    def set_block(self, sheet: str, a1: str, rows: Sequence[Sequence[str | float | None]]) -> None:
        """Write values from a cell on, through the API: protection and validation are passed by."""
        self._ask("set_block", sheet=sheet, a1=a1, rows=[list(row) for row in rows])

    def set_blocks(
        self,
        sheet: str,
        blocks: Sequence[tuple[str, Sequence[Sequence[str | float]]]],
        formulas: Mapping[str, str] | None = None,
        moves: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Write into a sheet that is not protected, then calculate once.

        Args:
            sheet: its name.
            blocks: upper left cell and rows of values; "" leaves a cell blank.
            formulas: written next, by cell.
            moves: then done, as cutting or dragging does: the range, and the upper left cell where it goes.
        """
        written = [(_area(a1, rows), [list(row) for row in rows]) for a1, rows in blocks]
        self._ask("set_blocks", sheet=sheet, blocks=written, formulas=dict(formulas or {}), moves=[*moves])

    def edit_times(self, sheet: str, a1: str, texts: Sequence[str]) -> list[float]:
        """Milliseconds that each text costs, from its entry into the cell until everything is calculated anew."""
        times: list[float] = self._ask("edit_times", sheet=sheet, a1=a1, texts=list(texts))
        return times

    def type_into(self, sheet: str, a1: str, text: str) -> bool:
        """Type into a cell as a person does; True if the cell changed (a locked one refuses)."""
        return bool(self._ask("type_into", sheet=sheet, a1=a1, text=text))

    def insert_rows(self, sheet: str, row: int, count: int) -> None:
        """As many rows before that one (from 1); all below moves along."""
        self._ask("insert_rows", sheet=sheet, row=row, count=count)

    def delete(self, sheet: str, a1: str) -> bool:
        """Press Delete on a range; True if it changed."""
        return bool(self._ask("delete", sheet=sheet, a1=a1))

    def copy_paste(self, sheet: str, a1: str, to: Document, to_sheet: str, to_a1: str) -> None:
        """Copy a range and paste it, contents and formats, into a workbook (this or another)."""
        self._paste(sheet, a1, to, to_sheet, to_a1, cut=False)

    def cut_paste(self, sheet: str, a1: str, to_sheet: str, to_a1: str) -> None:
        """Cut a range and paste it elsewhere in this workbook: what dragging cells does."""
        self._paste(sheet, a1, self, to_sheet, to_a1, cut=True)

    def _paste(self, sheet: str, a1: str, to: Document, to_sheet: str, to_a1: str, *, cut: bool) -> None:
        self._office.ask(
            "paste", source=self._handle, sheet=sheet, a1=a1, doc=to._handle, to_sheet=to_sheet, to_a1=to_a1, cut=cut
        )

    def recalculate(self, *, hard: bool = True) -> None:
        self._ask("recalculate", hard=hard)

    def locked(self, sheet: str, a1: str) -> bool:
        """Does the cell's format say locked?  (It tells on a protected sheet only.)"""
        return bool(self._ask("locked", sheet=sheet, a1=a1))

    def is_protected(self, sheet: str | None = None) -> bool:
        """Is the sheet, or with none named the workbook's structure, protected?"""
        return bool(self._ask("is_protected", sheet=sheet))

    def unprotect(self, sheet: str | None, password: str) -> bool:
        """Try a password on a sheet (None: on the structure); True if it is unprotected now."""
        return bool(self._ask("unprotect", sheet=sheet, password=password))

    def validation(self, sheet: str, a1: str) -> Validation:
        told = self._ask("validation", sheet=sheet, a1=a1)
        prompt = told.pop("prompt")
        return Validation(error=tuple(told.pop("error")), prompt=tuple(prompt) if prompt else None, **told)

    def evaluate(self, sheet: str, a1: str, formula: str) -> list[Cell]:
        """The values that a formula has at a cell: one, or all of a range's row by row.

        It is put into scratch cells far right in the same row, so ROW() and references are the cell's; COLUMN() is
        replaced by the cell's column number (inside a defined name it can't be).
        """
        return [Cell(**one) for one in self._ask("evaluate", sheet=sheet, a1=a1, formula=formula)]

    def evaluate_list(self, sheet: str, a1: str) -> list[str]:
        """The items that the cell's drop-down offers now; [] if it has none or its source is an error."""
        validation = self.validation(sheet, a1)
        if validation.type != "LIST" or not validation.shows_list:
            return []
        if validation.formula1.startswith('"'):
            return [item.strip('"') for item in validation.formula1.split('";"')]
        items = self.evaluate(sheet, a1, validation.formula1)
        return [] if items[0].kind == "error" else [item.shown for item in items if item.shown]

    def backgrounds(self, sheet: str) -> dict[str, str]:
        """Background colours as shown, conditional formats applied: A1 address → "#RRGGBB".

        LibreOffice itself works them out: they are read from its HTML export.  A merged range is told at its first
        cell; cells without a background, in hidden rows or columns, or beyond the used area, are left out.
        """
        with self._office.scratch() as folder:
            page = folder / "sheet.html"
            self.save_as(page, "HTML (StarCalc)")
            tables = _Tables.of(page.read_text(encoding="utf-8"))
        visible = self._ask("visible_sheets")
        table = tables[visible.index(sheet)]
        rows, columns = table.extent()
        hidden = self._ask("hidden_lines", sheet=sheet, rows=rows * 2 + 50, columns=columns * 2 + 50)
        row_numbers = [n for n in range(1, rows * 2 + 51) if n not in hidden["rows"]]
        column_numbers = [n for n in range(1, columns * 2 + 51) if n not in hidden["columns"]]
        return {
            f"{_letters(column_numbers[column])}{row_numbers[row]}": colour
            for (row, column), colour in table.colours.items()
        }

    def save_as(self, path: Path, filter_name: str = "Calc MS Excel 2007 XML") -> Path:
        """Write the workbook as it stands now; by default as .xlsx."""
        self._ask("save_as", path=str(path.resolve()), filter_name=filter_name)
        return path

    def export_pdf(self, path: Path) -> Path:
        """Print the visible sheets to a PDF."""
        return self.save_as(path, "calc_pdf_Export")

    def run_macro(self, macro: str, *arguments: str | float) -> Any:
        """What "Module.Function" of the workbook's VBA project gives for these arguments."""
        return self._ask("run_macro", macro=macro, arguments=list(arguments))

    def press(self, callback: str) -> None:
        """Call "Module.Procedure" as the ribbon does, with a control as its only argument."""
        self._ask("run_macro", macro=callback, arguments=None)

    def close(self) -> None:
        self._ask("close")

    def __enter__(self) -> Document:
        return self

    def __exit__(self, *_: object) -> None:
        # A document that is gone already (LibreOffice was ended) must not hide why.
        with contextlib.suppress(OfficeError):
            self.close()


class Office:
    """One LibreOffice and the worker that drives it; started at the first ``open``."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="perfxl-office-"))
        self._processes: list[subprocess.Popen[str]] = []
        self._answers: queue.Queue[str] = queue.Queue()
        self._handles = itertools.count(1)

    def open(self, path: Path, *, hidden: bool = False) -> Document:
        """Open a private copy of a workbook.  Typing and pasting need a window, which ``hidden`` takes away."""
        self._ensure_running()
        handle = next(self._handles)
        folder = self._home / f"{handle}"
        folder.mkdir()
        copy = Path(shutil.copy(path, folder))
        return Document(self, handle, path, self.ask("open", doc=handle, path=str(copy), hidden=hidden))

    def open_with_macros(self, path: Path, filter_name: str = ADD_IN_FILTER) -> Document:
        """Open a private copy of a workbook, by default an add-in, whose VBA may run."""
        self._ensure_running()
        handle = next(self._handles)
        folder = self._home / f"{handle}"
        folder.mkdir()
        copy = Path(shutil.copy(path, folder))
        sheets = self.ask("open_with_macros", doc=handle, path=str(copy), filter_name=filter_name)
        return Document(self, handle, path, sheets)

    def render(self, path: Path, into: Path, *, dpi: int = 80) -> list[Path]:
        """The pages of a workbook, as printed, as PNG files in a folder."""
        with self.open(path, hidden=True) as document:
            return to_pngs(document.export_pdf(into / f"{path.stem}.pdf"), dpi=dpi)

    def resave(self, path: Path, target: Path) -> Path:
        """What LibreOffice makes of a workbook when it merely opens and saves it."""
        with self.open(path, hidden=True) as document:
            return document.save_as(target)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for a moment."""
        with tempfile.TemporaryDirectory(dir=self._home) as folder:
            yield Path(folder)

    def ask(self, operation: str, *, seconds: float = REQUEST_SECONDS, **arguments: Any) -> Any:
        """Send one request to the worker and wait for its answer.

        Raises:
            OfficeTimeout: no answer in time; LibreOffice was ended.
            OfficeError: LibreOffice refused, or is gone.
        """
        if not self._processes:
            raise OfficeError(f"{operation}: LibreOffice is not running (was it ended after a time-out?)")
        worker = self._processes[-1]
        assert worker.stdin is not None
        try:
            worker.stdin.write(json.dumps({"op": operation, **arguments}) + "\n")
            worker.stdin.flush()
        except OSError as error:
            self._end()
            raise OfficeError(f"{operation}: the worker is gone") from error
        return self._answer(operation, seconds)

    def _answer(self, operation: str, seconds: float) -> Any:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._end()
            raise OfficeTimeout(f"{operation}: no answer within {seconds:g} s") from None
        if not line:
            trouble = self._log().strip()[-2000:]
            self._end()
            raise OfficeError(f"{operation}: LibreOffice or its worker ended. {trouble}")
        answer = json.loads(line)
        if "error" in answer:
            raise OfficeError(f"{operation}: {answer['error']}")
        return answer["ok"]

    def _log(self) -> str:
        log = self._home / "worker.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def _ensure_running(self) -> None:
        if self._processes and all(process.poll() is None for process in self._processes):
            return
        self._end()
        missing = missing_parts()
        if missing:
            raise OfficeError(f"missing: {', '.join(missing)}")
        # A fresh profile each time: one that was killed asks to recover documents.
        profile = Path(tempfile.mkdtemp(prefix="profile-", dir=self._home))
        settings = profile / "user" / "registrymodifications.xcu"
        settings.parent.mkdir()
        settings.write_text(CHINESE_PROFILE, encoding="utf-8")
        pipe = f"perfxl{uuid.uuid4().hex[:12]}"
        soffice = ["soffice", "--headless", "--invisible", "--norestore", "--nologo", "--nodefault", "--nolockcheck"]
        self._start([*soffice, f"-env:UserInstallation={profile.as_uri()}", f"--accept=pipe,name={pipe};urp;"])
        python = python_with_uno()
        assert python is not None
        # -I: nothing of the test's own environment leaks into a Python of another version.
        worker = self._start([python, "-I", str(WORKER), pipe, str(START_SECONDS)])
        self._answers = queue.Queue()
        threading.Thread(target=_pump, args=(worker, self._answers), daemon=True).start()
        self._answer("start", START_SECONDS + 10)

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        quiet = command[0] == "soffice"
        with (self._home / "worker.log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if quiet else subprocess.PIPE,
                stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # soffice is a script over oosplash over soffice.bin: ended as one group
                env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
            )
        self._processes.append(process)
        return process

    def _end(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
        self._processes.clear()

    def stop(self) -> None:
        """End LibreOffice and the worker, and remove everything they left."""
        self._end()
        shutil.rmtree(self._home, ignore_errors=True)


def _pump(worker: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Pass the worker's lines on; an empty one says that it ended."""
    assert worker.stdout is not None
    for line in worker.stdout:
        answers.put(line)
    answers.put("")


def to_pngs(pdf: Path, *, dpi: int = 80) -> list[Path]:
    """The pages of a PDF as PNG files beside it, in order."""
    prefix = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", str(pdf), str(prefix)], check=True, timeout=120)
    return sorted(pdf.parent.glob(f"{prefix.name}-*.png"))


def _area(a1: str, rows: Sequence[Sequence[object]]) -> str:
    """The range that these rows take from a cell on."""
    letters = a1.rstrip("0123456789")
    column = functools.reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0)
    return f"{a1}:{_letters(column + len(rows[0]) - 1)}{int(a1[len(letters) :]) + len(rows) - 1}"


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Tables(HTMLParser):
    """Reads LibreOffice's HTML export: for each table (a visible sheet) the background colour of each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[_Table] = []

    @classmethod
    def of(cls, page: str) -> list[_Table]:
        parser = cls()
        parser.feed(page)
        return parser.tables

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table":
            self.tables.append(_Table())
        elif tag == "tr":
            self.tables[-1].begin_row()
        elif tag == "td":
            spans = int(given.get("rowspan", 1)), int(given.get("colspan", 1))
            self.tables[-1].add_cell(*spans, given.get("bgcolor"))


class _Table:
    """The grid of one HTML table: which places are taken, and the colours, by (row, column) counted from 0."""

    def __init__(self) -> None:
        self.row = -1
        self.taken: set[tuple[int, int]] = set()
        self.colours: dict[tuple[int, int], str] = {}

    def begin_row(self) -> None:
        self.row += 1

    def add_cell(self, rows: int, columns: int, colour: str | None) -> None:
        column = next(c for c in itertools.count() if (self.row, c) not in self.taken)
        self.taken.update((self.row + r, column + c) for r in range(rows) for c in range(columns))
        if colour:
            self.colours[self.row, column] = colour.upper()

    def extent(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return 1 + max(r for r, _ in self.taken), 1 + max(c for _, c in self.taken)
