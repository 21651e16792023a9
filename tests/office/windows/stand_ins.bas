' Put behind the launcher's own text, in the same module, where these names go before those of LibreOffice.

Private mScene As String
Private mNotes As String
Private mVariables As String
Private mFiles As Object
Private mShell As Object
Private mExcel As Object

' Runs a command as the ribbon does, in a scene of lines "key=value"; gives what happened, a line each.
Public Function Play(ByVal lines As String, ByVal verb As String) As String
    mScene = lines
    mNotes = ""
    mVariables = "APPDATA=" & Scene("appdata")
    Set mFiles = New FilesStandIn
    Set mShell = New ShellStandIn
    Set mExcel = New ExcelStandIn
    PerfxlRun verb
    Note "left", Replace(mVariables, Scene("appdata"), "")
    Play = mNotes
End Function

Public Function Scene(ByVal key As String) As String
    Scene = PerfxlSetting(mScene, key, "")
End Function

Public Sub Note(ByVal kind As String, ByVal text As String)
    mNotes = mNotes & kind & ": " & Replace(text, vbCrLf, " / ") & vbLf
End Sub

Private Function CreateObject(ByVal name As String) As Object
    Select Case name
        Case "Scripting.FileSystemObject"
            Set CreateObject = mFiles
        Case "WScript.Shell"
            Set CreateObject = mShell
    End Select
End Function

Private Function Application() As Object
    Set Application = mExcel
End Function

Private Function ActiveWorkbook() As Object
    If Scene("workbook") <> "" Then
        Set mExcel.Book = New ExcelStandIn
        mExcel.Book.Name = Scene("workbook")
        Set ActiveWorkbook = mExcel.Book
    End If
End Function

Private Function MsgBox(ByVal text As String, ByVal kind As Long, ByVal title As String) As Long
    Note "box " & kind, text
    MsgBox = IIf(Scene("reply") = "no", vbNo, vbYes)
End Function

' --- for the stand-ins' own use

Public Function Slashed(ByVal path As String) As String
    Slashed = Replace(path, "\", "/")
End Function

Public Function Variable(ByVal name As String) As String
    Variable = PerfxlSetting(mVariables, LCase(name), "")
End Function

Public Sub SetVariable(ByVal name As String, ByVal value As String)
    Dim rows As Variant, i As Long, kept As String
    rows = Split(mVariables, vbLf)
    For i = LBound(rows) To UBound(rows)
        If Left(rows(i), Len(name) + 1) <> name & "=" Then kept = kept & IIf(kept = "", "", vbLf) & rows(i)
    Next i
    If value <> "" Then kept = kept & vbLf & name & "=" & value
    mVariables = kept
End Sub

' The exit code of a command line, run with the variables that were set.
Public Function RunProgram(ByVal line As String) As Long
    Dim number As Long, code As String
    number = FreeFile
    Open Scene("job") For Output As #number
    Print #number, line & vbLf & mVariables
    Close #number
    Shell Scene("python"), 0, """" & Scene("runner") & """ """ & Scene("job") & """", True
    number = FreeFile
    Open Scene("job") For Input As #number
    Line Input #number, code
    Close #number
    RunProgram = CLng(code)
End Function
