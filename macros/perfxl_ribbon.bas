Attribute VB_Name = "PerfxlRibbon"
Option Explicit

' The ribbon's callbacks: each starts one command of perfxl.  What a command does is written in Python.

Public Sub PerfxlValidateForm(control As IRibbonControl)
    PerfxlRun "validate_form"
End Sub

Public Sub PerfxlValidateWorkbook(control As IRibbonControl)
    PerfxlRun "validate_workbook"
End Sub

Public Sub PerfxlNextIssue(control As IRibbonControl)
    PerfxlRun "next_issue"
End Sub

Public Sub PerfxlPreviousIssue(control As IRibbonControl)
    PerfxlRun "previous_issue"
End Sub

Public Sub PerfxlClearHighlights(control As IRibbonControl)
    PerfxlRun "clear_highlights"
End Sub

Public Sub PerfxlFixForm(control As IRibbonControl)
    PerfxlRun "fix_form"
End Sub

Public Sub PerfxlUndoFixes(control As IRibbonControl)
    PerfxlRun "undo_fixes"
End Sub

Public Sub PerfxlNewForm(control As IRibbonControl)
    PerfxlRun "new_form"
End Sub

Public Sub PerfxlConsolidate(control As IRibbonControl)
    PerfxlRun "consolidate"
End Sub

Public Sub PerfxlImportForms(control As IRibbonControl)
    PerfxlRun "import_forms"
End Sub

Public Sub PerfxlExplainRule(control As IRibbonControl)
    PerfxlRun "explain_rule"
End Sub

Public Sub PerfxlDoctor(control As IRibbonControl)
    PerfxlRun "doctor"
End Sub

Public Sub PerfxlSettings(control As IRibbonControl)
    PerfxlRun "settings"
End Sub
