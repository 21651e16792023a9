"""XlsxWriter's worksheet, without what took most of a form's build."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet


class PlainWorksheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet whose formulas use no function newer than Excel 2010.

    XlsxWriter searches every formula for thirty newer functions, which it has to write with a prefix.  A form has some
    thousand formulas, which must work in old Excel and WPS and so use none of these; a test keeps it so.
    """

    def _prepare_formula(self, formula: str, *_: object) -> str:
        return formula.removeprefix("=")
