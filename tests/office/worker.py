"""The UNO side of the office driver: one JSON request a line on stdin, one JSON answer a line on stdout.

Runs in whatever Python has LibreOffice's ``uno`` module; uses nothing else but the standard library.
Request: ``{"op": name, ...arguments}``.  Answer: ``{"ok": result}`` or ``{"error": text}``.
Rows, columns and cells are passed in A1 notation; sheets by name.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.table.CellContentType import EMPTY, TEXT, VALUE
from com.sun.star.uno import Exception as UnoException

FORMULA_RESULT_VALUE = 1
# Formulas to be evaluated are put here: far to the right, in the row of the cell that they belong to.
SCRATCH_COLUMN = 900
MAX_LIST_ITEMS = 500
ALWAYS_EXECUTE_NO_WARN = 4  # com.sun.star.document.MacroExecMode


def properties(**values: Any) -> tuple[Any, ...]:
    """UNO property values of these names."""
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


class Desk:
    """An office connection and the documents opened through it, by handle."""

    def __init__(self, pipe: str, patience: float) -> None:
        self.services, self.desktop = self._connect(pipe, patience)
        self.dispatcher = self._service("com.sun.star.frame.DispatchHelper")
        self.toolkit = self._service("com.sun.star.awt.Toolkit")
        self.documents: dict[int, Any] = {}

    @staticmethod
    def _connect(pipe: str, patience: float) -> tuple[Any, Any]:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        deadline = time.monotonic() + patience
        while True:
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
                return context, desktop
            except UnoException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _service(self, name: str) -> Any:
        return self.services.ServiceManager.createInstanceWithContext(name, self.services)

    def _sheet(self, doc: int, sheet: str) -> Any:
        return self.documents[doc].Sheets.getByName(sheet)

    def _range(self, doc: int, sheet: str, a1: str) -> Any:
        return self._sheet(doc, sheet).getCellRangeByName(a1)

    def _cell(self, doc: int, sheet: str, a1: str) -> Any:
        return self._range(doc, sheet, a1).getCellByPosition(0, 0)

    def _dispatch(self, doc: int, command: str, **arguments: Any) -> None:
        frame = self.documents[doc].CurrentController.Frame
        self.dispatcher.executeDispatch(frame, f".uno:{command}", "", 0, properties(**arguments))
        self.toolkit.processEventsToIdle()

    def _select(self, doc: int, sheet: str, a1: str) -> None:
        controller = self.documents[doc].CurrentController
        controller.setActiveSheet(self._sheet(doc, sheet))
        controller.select(self._range(doc, sheet, a1))
        self.toolkit.processEventsToIdle()

    # --- documents -----------------------------------------------------------------------------------------------

    def open(self, doc: int, path: str, hidden: bool) -> list[str]:
        """Load a file and give its sheet names."""
        url = uno.systemPathToFileUrl(path)
        document = self.desktop.loadComponentFromURL(url, "_blank", 0, properties(Hidden=hidden))
        if document is None:
            raise ValueError(f"LibreOffice can't load {path}")
        self.documents[doc] = document
        return list(document.Sheets.ElementNames)

    def open_with_macros(self, doc: int, path: str, filter_name: str) -> list[str]:
        """Load a file by a named filter, its macros allowed to run without a question; its sheet names."""
        url = uno.systemPathToFileUrl(path)
        document = self.desktop.loadComponentFromURL(
            url, "_blank", 0, properties(Hidden=True, FilterName=filter_name, MacroExecutionMode=ALWAYS_EXECUTE_NO_WARN)
        )
        if document is None:
            raise ValueError(f"LibreOffice can't load {path}")
        self.documents[doc] = document
        return list(document.Sheets.ElementNames)

    def run_macro(self, doc: int, macro: str, arguments: list[Any] | None) -> Any:
        """Run "Module.Procedure" of the document's VBA project; without arguments, as the ribbon calls its callbacks.

        A callback's control, which LibreOffice does not have, can be any object: the document itself is taken.
        """
        document = self.documents[doc]
        project = document.BasicLibraries.VBACompatibilityMode and document.BasicLibraries.ProjectName
        if not project:
            raise ValueError("the document has no VBA project")
        script = document.ScriptProvider.getScript(
            f"vnd.sun.star.script:{project}.{macro}?language=Basic&location=document"
        )
        # A whole number would come in as a byte or a short, which Basic does not widen; a double it converts rightly.
        given = [document] if arguments is None else arguments
        passed = [float(one) if isinstance(one, int) else one for one in given]
        result, _, _ = script.invoke(tuple(passed), (), ())
        return result

    def close(self, doc: int) -> None:
        self.documents.pop(doc).close(True)

    def save_as(self, doc: int, path: str, filter_name: str) -> None:
        self.documents[doc].storeToURL(uno.systemPathToFileUrl(path), properties(FilterName=filter_name))

    def recalculate(self, doc: int, hard: bool) -> None:
        if hard:
            self._dispatch(doc, "HardRecalc")
        else:
            self.documents[doc].calculate()

    def visible_sheets(self, doc: int) -> list[str]:
        sheets = self.documents[doc].Sheets
        return [name for name in sheets.ElementNames if sheets.getByName(name).IsVisible]

    def hidden_lines(self, doc: int, sheet: str, rows: int, columns: int) -> dict[str, list[int]]:
        """Numbers, from 1, of the hidden among the first rows and columns."""
        there = self._sheet(doc, sheet)
        return {
            "rows": [i + 1 for i in range(rows) if not there.Rows.getByIndex(i).IsVisible],
            "columns": [i + 1 for i in range(columns) if not there.Columns.getByIndex(i).IsVisible],
        }

    # --- cells ---------------------------------------------------------------------------------------------------

    def get(self, doc: int, sheet: str, a1: str) -> dict[str, Any]:
        cell = self._cell(doc, sheet, a1)
        return describe(cell)

    def get_block(self, doc: int, sheet: str, a1: str) -> list[list[Any]]:
        return [list(row) for row in self._range(doc, sheet, a1).getDataArray()]

    def set_block(self, doc: int, sheet: str, a1: str, rows: list[list[Any]]) -> None:
        # Cell by cell: a protected sheet refuses setDataArray, but not a single cell's value.
        start = self._cell(doc, sheet, a1).CellAddress
        there = self._sheet(doc, sheet)
        for down, row in enumerate(rows):
            for right, value in enumerate(row):
                cell = there.getCellByPosition(start.Column + right, start.Row + down)
                if isinstance(value, (int, float)):
                    cell.setValue(value)
                else:
                    cell.setString(value or "")
                    if not value and cell.Type != EMPTY:
                        raise ValueError(f"LibreOffice lets no locked cell be emptied: {sheet} {a1}")

    def set_blocks(
        self,
        doc: int,
        sheet: str,
        blocks: list[tuple[str, list[list[Any]]]],
        formulas: dict[str, str],
        moves: list[tuple[str, str]],
    ) -> None:
        """Blocks into a sheet without protection, each in one go, then formulas, then ranges moved; then calculated."""
        document, there = self.documents[doc], self._sheet(doc, sheet)
        document.enableAutomaticCalculation(False)
        try:
            for area, rows in blocks:  # every call across the pipe costs: as few as can be
                there.getCellRangeByName(area).setDataArray(tuple(map(tuple, rows)))
            for a1, formula in formulas.items():
                there.getCellRangeByName(a1).setFormulaArray(((formula,),))
            for source, target in moves:
                start = there.getCellRangeByName(target).getCellByPosition(0, 0).CellAddress
                there.moveRange(start, there.getCellRangeByName(source).RangeAddress)
        finally:
            document.enableAutomaticCalculation(True)
        document.calculate()

    def edit_times(self, doc: int, sheet: str, a1: str, texts: list[str]) -> list[float]:
        """Put one text after another into a cell; milliseconds until everything that depends on it is calculated."""
        cell, document = self._cell(doc, sheet, a1), self.documents[doc]
        times = []
        for text in texts:
            start = time.perf_counter()
            cell.setString(text)
            document.calculate()
            times.append((time.perf_counter() - start) * 1000)
        return times

    def type_into(self, doc: int, sheet: str, a1: str, text: str) -> bool:
        cell = self._cell(doc, sheet, a1)
        before = describe(cell)
        self._select(doc, sheet, a1)
        self._dispatch(doc, "EnterString", StringName=text)
        return describe(cell) != before

    def insert_rows(self, doc: int, sheet: str, row: int, count: int) -> None:
        self._sheet(doc, sheet).getRows().insertByIndex(row - 1, count)

    def delete(self, doc: int, sheet: str, a1: str) -> bool:
        before = self.get_block(doc, sheet, a1)
        self._select(doc, sheet, a1)
        self._dispatch(doc, "ClearContents")
        return self.get_block(doc, sheet, a1) != before

    def paste(self, source: int, sheet: str, a1: str, doc: int, to_sheet: str, to_a1: str, cut: bool) -> None:
        self._select(source, sheet, a1)
        self._dispatch(source, "Cut" if cut else "Copy")
        self._select(doc, to_sheet, to_a1)
        self._dispatch(doc, "Paste")

    # --- protection, validation, evaluation ----------------------------------------------------------------------

    def locked(self, doc: int, sheet: str, a1: str) -> bool:
        return bool(self._cell(doc, sheet, a1).CellProtection.IsLocked)

    def is_protected(self, doc: int, sheet: str | None) -> bool:
        """Is that sheet, or with no sheet named the workbook's structure, protected?"""
        return bool((self.documents[doc] if sheet is None else self._sheet(doc, sheet)).isProtected())

    def unprotect(self, doc: int, sheet: str | None, password: str) -> bool:
        thing = self.documents[doc] if sheet is None else self._sheet(doc, sheet)
        try:
            thing.unprotect(password)
        except UnoException:
            return False
        return not thing.isProtected()

    def validation(self, doc: int, sheet: str, a1: str) -> dict[str, Any]:
        rule = self._cell(doc, sheet, a1).Validation
        return {
            "type": rule.Type.value,
            "formula1": self._moved(doc, rule.getFormula1(), rule.getSourcePosition(), self._cell(doc, sheet, a1)),
            "formula2": self._moved(doc, rule.getFormula2(), rule.getSourcePosition(), self._cell(doc, sheet, a1)),
            "operator": rule.getOperator().value,
            "shows_list": rule.ShowList != 0,
            "alert": rule.ErrorAlertStyle.value if rule.ShowErrorMessage else None,
            "error": [rule.ErrorTitle, rule.ErrorMessage],
            "prompt": [rule.InputTitle, rule.InputMessage] if rule.ShowInputMessage else None,
        }

    def _moved(self, doc: int, formula: str, source: Any, cell: Any) -> str:
        """A formula written for the source position, as it reads at the cell: its relative references shifted."""
        if not formula:
            return ""
        parser = self.documents[doc].createInstance("com.sun.star.sheet.FormulaParser")
        parser.CompileEnglish = True
        return str(parser.printFormula(parser.parseFormula(formula, source), cell.CellAddress))

    def evaluate(self, doc: int, sheet: str, a1: str, formula: str) -> list[Any]:
        """The values of a formula as it stands at a cell, row by row in one list (a single value: one item).

        The formula is put into scratch cells of the same row, so that ROW() and unqualified references are those of
        the cell; COLUMN() without an argument is replaced by the cell's column number.  Setting formulas through the
        API passes by sheet protection; what was set is taken back.
        """
        at = self._cell(doc, sheet, a1).CellAddress
        formula = formula.lstrip("=").replace("COLUMN()", str(at.Column + 1))
        rows, columns = (
            int(told["value"]) if told["kind"] == "number" else 1
            for told in self._scratch(doc, sheet, at.Row, [f"ROWS({formula})", f"COLUMNS({formula})"])
        )
        if rows * columns == 1:
            return self._scratch(doc, sheet, at.Row, [formula])
        if rows * columns > MAX_LIST_ITEMS:
            raise ValueError(f"{formula} gives {rows} rows of {columns} columns")
        picks = [f"INDEX({formula};{row + 1};{column + 1})" for row in range(rows) for column in range(columns)]
        return self._scratch(doc, sheet, at.Row, picks)

    def _scratch(self, doc: int, sheet: str, row: int, formulas: list[str]) -> list[dict[str, Any]]:
        """What formulas give in scratch cells of a row (counted from 0), which are blank again afterwards."""
        cells = [self._sheet(doc, sheet).getCellByPosition(SCRATCH_COLUMN + i, row) for i in range(len(formulas))]
        # Taken back by undo: on a protected sheet the API lets a locked cell be filled, but not be emptied.
        undo = self.documents[doc].UndoManager
        undo.enterUndoContext("scratch")
        try:
            for cell, formula in zip(cells, formulas, strict=True):
                cell.setFormula(f"={formula}")
            return [describe(cell) for cell in cells]
        finally:
            undo.leaveUndoContext()
            undo.undo()


def describe(cell: Any) -> dict[str, Any]:
    """What a cell holds: kind (blank, number, text, error), value, formula ("" if none) and the text shown."""
    formula = ""
    if cell.Type == EMPTY:
        kind, value = "blank", None
    elif cell.Type == VALUE:
        kind, value = "number", cell.Value
    elif cell.Type == TEXT:
        kind, value = "text", cell.String
    else:
        formula = cell.Formula
        result = cell.FormulaResultType2
        if cell.getError():
            kind, value = "error", cell.String
        elif result == FORMULA_RESULT_VALUE:
            kind, value = "number", cell.Value
        else:
            kind, value = "text", cell.String
    return {"kind": kind, "value": value, "formula": formula, "shown": cell.String}


def main() -> None:
    """Serve requests until stdin closes."""
    desk = Desk(sys.argv[1], float(sys.argv[2]))
    print(json.dumps({"ok": "ready"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        operation = getattr(desk, request.pop("op"))
        try:
            answer = {"ok": operation(**request)}
        except Exception as error:  # whatever goes wrong belongs to the test that asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, ensure_ascii=True), flush=True)


if __name__ == "__main__":
    main()
