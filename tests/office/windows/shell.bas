Attribute VB_Name = "ShellStandIn"
Option Explicit
Option ClassModule

' WScript.Shell as far as the launcher uses it, and its environment.

Public Function Environment(ByVal kind As String) As Object
    Set Environment = Me
End Function

Public Function Item(ByVal name As String) As String
    Item = Variable(name)
End Function

' Stands for an assignment to Item.
Public Sub Keep(ByVal name As String, ByVal value As String)
    SetVariable name, value
End Sub

Public Sub Remove(ByVal name As String)
    SetVariable name, ""
End Sub

Public Function Run(ByVal line As String, ByVal window As Long, ByVal waits As Boolean) As Long
    Note "run", Split(line, """ ")(2)
    If Scene("forbidden") <> "" Then Err.Raise 70
    If Scene("second click") <> "" Then PerfxlRun Scene("second click")
    Run = RunProgram(line)
End Function
