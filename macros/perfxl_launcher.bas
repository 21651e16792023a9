Attribute VB_Name = "PerfxlLauncher"
Option Explicit

' Starts Python for one command of the ribbon, waits for it, and shows what it has to say.  Windows only.
'
' Python is told all it needs by environment variables PERFXL_* and, as xlwings wants it, by the arguments --wb,
' --from_xl and --hwnd; it answers by the file result.txt (see macros/README.md for both).
' Settings come from the user's own file addin.ini and from this add-in, never from the active workbook or its folder.
' No command interpreter takes part: an ampersand, an apostrophe or an equals sign in a path is just a character.
' Chinese texts stand in the add-in's sheet, since sources here are ASCII.

Private Const SETTINGS_FILE As String = "\perfxl\addin.ini"
Private Const LOG_FOLDER As String = "\perfxl\log"
Private Const RESULT_FILE As String = "\result.txt"
Private Const PICKED_FILE As String = "\picked.txt"
Private Const TRACE_FILE As String = "\stderr.txt"
Private Const KEPT_TRACE As String = "\last-failure.txt"
Private Const PROTOCOL As String = "perfxl 1"
Private Const DEFAULT_SECONDS As Long = 600
' A message box shows 1,024 characters and drops the rest without a word.
Private Const LONGEST_MESSAGE As Long = 1000

' Constants of Office and of the file system object, which is not a reference of this project.
Private Const WAIT_CURSOR As Long = 2
Private Const DEFAULT_CURSOR As Long = -4143
Private Const HIDDEN_WINDOW As Long = 0
Private Const TEMPORARY_FOLDER As Long = 2
Private Const PICK_FILES As Long = 3
Private Const PICK_FOLDER As Long = 4
Private Const FOR_READING As Long = 1
Private Const AS_UTF16 As Long = -1

Private mRunning As Boolean

Public Sub PerfxlRun(ByVal verb As String)
    Dim files As Object, exchange As String
    ' While Excel waits for Python, further clicks get through.
    If mRunning Then Exit Sub
    mRunning = True
    On Error GoTo Failed
    Set files = CreateObject("Scripting.FileSystemObject")
    exchange = files.GetSpecialFolder(TEMPORARY_FOLDER).Path & "\perfxl-" & files.GetTempName
    files.CreateFolder exchange
    Do While verb <> ""
        verb = NextVerb(files, exchange, verb)
    Loop
Done:
    On Error Resume Next
    files.DeleteFolder exchange, True
    mRunning = False
    Exit Sub
Failed:
    ShowBusy False
    MsgBox PerfxlText("failed"), vbCritical, PerfxlText("title")
    Resume Done
End Sub

' Runs one command and shows its answer; gives the command that the answer asks for next, or "".
Private Function NextVerb(files As Object, ByVal exchange As String, ByVal verb As String) As String
    Dim host As Object, settings As String, trouble As String, logs As String
    Set host = CreateObject("WScript.Shell")
    settings = SettingsText(files, host)
    logs = PerfxlSetting(settings, "log_folder", Variables(host).Item("APPDATA") & LOG_FOLDER)
    trouble = RunPython(files, host, settings, exchange, verb, logs)
    If trouble = "" Then
        NextVerb = ShowAnswer(files, exchange)
    Else
        trouble = PerfxlText(trouble)
        If KeepTrace(files, exchange, logs) Then
            trouble = trouble & vbCrLf & vbCrLf & PerfxlText("log") & logs & KEPT_TRACE
        End If
        MsgBox trouble, vbExclamation, PerfxlText("title")
    End If
End Function

' Gives "" when Python has answered, or else the name of the text that says why it has not.
Private Function RunPython(files As Object, host As Object, ByVal settings As String, ByVal exchange As String, _
                           ByVal verb As String, ByVal logs As String) As String
    Dim interpreter As String, seconds As Double, started As Double, code As Long, refused As Boolean
    interpreter = PerfxlSetting(settings, "interpreter", "")
    If interpreter = "" Then
        RunPython = "no_settings"
        Exit Function
    End If
    If Not files.FileExists(interpreter) Then
        RunPython = "no_python"
        Exit Function
    End If
    seconds = PerfxlSeconds(PerfxlSetting(settings, "timeout", ""))
    If files.FileExists(exchange & RESULT_FILE) Then files.DeleteFile exchange & RESULT_FILE
    SetVariables host, settings, exchange, logs, interpreter, seconds
    ShowBusy True
    started = Now
    On Error Resume Next
    code = host.Run(PerfxlCommandLine(interpreter, verb, WorkbookName(), CStr(Application.Hwnd)), HIDDEN_WINDOW, True)
    refused = (Err.Number <> 0)
    On Error GoTo 0
    ShowBusy False
    ClearVariables host
    If refused Then
        RunPython = "refused"
    ElseIf Not files.FileExists(exchange & RESULT_FILE) Then
        RunPython = PerfxlTrouble(code, (Now - started) * 86400, seconds)
    End If
End Function

' The whole command line.  Of its parts only the interpreter's path and the workbook's name can hold odd characters.
Public Function PerfxlCommandLine(ByVal interpreter As String, ByVal verb As String, ByVal workbookName As String, _
                                  ByVal hwnd As String) As String
    PerfxlCommandLine = Quoted(interpreter, "PERFXL_PYTHON") & " -E -P -X utf8 -c """ & PerfxlBootstrap() & """ " & _
        verb & " --from_xl=1 --hwnd=" & hwnd & " " & Quoted("--wb=" & workbookName, "PERFXL_WB")
End Function

' File names hold no quotation marks.  Run replaces %NAME% by the variable of that name, but does not look into what it
' put in: a text with a percent sign travels in a variable of its own.
Private Function Quoted(ByVal text As String, ByVal variableName As String) As String
    If InStr(text, "%") > 0 Then text = "%" & variableName & "%"
    Quoted = """" & text & """"
End Function

' What Python does before any of perfxl: find it, keep its complaints in a file, and end itself after the time allowed,
' even when it hangs.  -E and -P keep other people's PYTHON* variables and the current folder out.
Public Function PerfxlBootstrap() As String
    PerfxlBootstrap = "import os,sys,faulthandler as f,importlib.util as u;" & _
        "e=os.environ;" & _
        "sys.stdout=sys.stderr=open(os.path.join(e['PERFXL_EXCHANGE'],'stderr.txt'),'w',1,'utf-8');" & _
        "f.dump_traceback_later(float(e['PERFXL_TIMEOUT']),exit=True,file=sys.stderr);" & _
        "sys.path[:0]=[p for p in e.get('PERFXL_PYTHONPATH','').split(';') if p];" & _
        "u.find_spec('perfxl') or os._exit(3);" & _
        "u.find_spec('perfxl.addin') and u.find_spec('perfxl.addin.ribbon') or os._exit(4);" & _
        "from perfxl.addin.ribbon import main;" & _
        "sys.exit(main())"
End Function

' Name of the text that tells what went wrong when Python ended without an answer.
Public Function PerfxlTrouble(ByVal code As Long, ByVal elapsed As Double, ByVal seconds As Double) As String
    Select Case code
        Case 2
            PerfxlTrouble = "old_python"
        Case 3
            PerfxlTrouble = "no_perfxl"
        Case 4
            PerfxlTrouble = "old_perfxl"
        Case Else
            PerfxlTrouble = "failed"
            ' The clock counts whole seconds.
            If elapsed >= seconds - 1 Then PerfxlTrouble = "timeout"
    End Select
End Function

' --- settings and texts

Private Function SettingsText(files As Object, host As Object) As String
    Dim path As String, stream As Object
    path = Variables(host).Item("APPDATA") & SETTINGS_FILE
    If Not files.FileExists(path) Then Exit Function
    Set stream = files.OpenTextFile(path, FOR_READING, False, AS_UTF16)
    If Not stream.AtEndOfStream Then SettingsText = stream.ReadAll
    stream.Close
End Function

' The value of a line "key = value"; a value may hold further equals signs.
Public Function PerfxlSetting(ByVal settings As String, ByVal key As String, ByVal otherwise As String) As String
    Dim rows As Variant, i As Long, at As Long, found As String
    rows = Split(Replace(settings, vbCr, ""), vbLf)
    For i = LBound(rows) To UBound(rows)
        at = InStr(rows(i), "=")
        If at > 1 Then
            If LCase(Trim(Left(rows(i), at - 1))) = key Then found = Trim(Mid(rows(i), at + 1))
        End If
    Next i
    If found = "" Then found = otherwise
    PerfxlSetting = found
End Function

Public Function PerfxlSeconds(ByVal text As String) As Double
    PerfxlSeconds = Val(text)
    If PerfxlSeconds < 1 Then PerfxlSeconds = DEFAULT_SECONDS
End Function

' A text of the add-in's own sheet, where cells are named perfxl_text_...
Public Function PerfxlText(ByVal name As String) As String
    PerfxlText = CStr(ThisWorkbook.Worksheets(1).Range("perfxl_text_" & name).Value)
End Function

' --- what Python is told

Private Function Variables(host As Object) As Object
    Set Variables = host.Environment("PROCESS")
End Function

Private Sub SetVariables(host As Object, ByVal settings As String, ByVal exchange As String, ByVal logs As String, _
                         ByVal interpreter As String, ByVal seconds As Double)
    Dim told As Object
    Set told = Variables(host)
    told.Item("PERFXL_EXCHANGE") = exchange
    told.Item("PERFXL_LOG_FOLDER") = logs
    told.Item("PERFXL_TIMEOUT") = Trim(Str(seconds))
    told.Item("PERFXL_PYTHONPATH") = PerfxlSetting(settings, "pythonpath", "")
    told.Item("PERFXL_ADDIN_VERSION") = PerfxlText("version")
    told.Item("PERFXL_PROTECTED_VIEW") = ProtectedView()
    told.Item("PERFXL_PYTHON") = interpreter
    told.Item("PERFXL_WB") = "--wb=" & WorkbookName()
End Sub

' Excel goes on living, and starts other programs: nothing of ours is left in its environment.
Private Sub ClearVariables(host As Object)
    Dim names As Variant, i As Long
    names = Array("EXCHANGE", "LOG_FOLDER", "TIMEOUT", "PYTHONPATH", "ADDIN_VERSION", "PROTECTED_VIEW", "PYTHON", "WB")
    On Error Resume Next
    For i = LBound(names) To UBound(names)
        Variables(host).Remove "PERFXL_" & names(i)
    Next i
End Sub

Private Function WorkbookName() As String
    If Not ActiveWorkbook Is Nothing Then WorkbookName = ActiveWorkbook.Name
End Function

' "1" when the window in front is in protected view, whose workbook no program can reach.
Private Function ProtectedView() As String
    Dim front As Object
    On Error Resume Next
    Set front = Application.ActiveProtectedViewWindow
    On Error GoTo 0
    ProtectedView = IIf(front Is Nothing, "0", "1")
End Function

' --- what Python answers

' Shows the answer; gives the command to run next, or "".
Private Function ShowAnswer(files As Object, ByVal exchange As String) As String
    Dim stream As Object, parts As Variant
    Set stream = files.OpenTextFile(exchange & RESULT_FILE, FOR_READING, False, AS_UTF16)
    parts = PerfxlAnswer(stream.ReadAll)
    stream.Close
    If parts(0) <> PROTOCOL Then
        MsgBox PerfxlText("old_perfxl"), vbExclamation, PerfxlText("title")
        Exit Function
    End If
    Select Case parts(1)
        Case "folder"
            If Pick(files, exchange, PICK_FOLDER, parts(3)) Then ShowAnswer = parts(2)
        Case "files"
            If Pick(files, exchange, PICK_FILES, parts(3)) Then ShowAnswer = parts(2)
        Case "ask"
            If MsgBox(parts(3), vbYesNo + vbQuestion, PerfxlText("title")) = vbYes Then ShowAnswer = parts(2)
        Case "status"
            Application.StatusBar = parts(3)
            ShowAnswer = parts(2)
        Case Else
            If parts(3) <> "" Then MsgBox parts(3), Icon(parts(1)), PerfxlText("title")
            ShowAnswer = parts(2)
    End Select
End Function

' An answer's four parts: protocol, kind, next command, message of any number of lines.
Public Function PerfxlAnswer(ByVal text As String) As Variant
    Dim parts As Variant
    parts = Split(text & vbCrLf & vbCrLf & vbCrLf, vbCrLf, 4)
    Do While Right(parts(3), 2) = vbCrLf
        parts(3) = Left(parts(3), Len(parts(3)) - 2)
    Loop
    parts(3) = Left(parts(3), LONGEST_MESSAGE)
    PerfxlAnswer = parts
End Function

Private Function Icon(ByVal kind As String) As Long
    Select Case kind
        Case "error"
            Icon = vbCritical
        Case "warning"
            Icon = vbExclamation
        Case Else
            Icon = vbInformation
    End Select
End Function

' Lets the clerk pick a folder or files; False if nothing was picked.  The paths go into picked.txt, one a line.
Private Function Pick(files As Object, ByVal exchange As String, ByVal kind As Long, ByVal title As String) As Boolean
    Dim dialog As Object, stream As Object, i As Long
    Set dialog = Application.FileDialog(kind)
    dialog.Title = title
    If kind = PICK_FILES Then dialog.AllowMultiSelect = True
    If dialog.Show <> -1 Then Exit Function
    Set stream = files.CreateTextFile(exchange & PICKED_FILE, True, True)
    For i = 1 To dialog.SelectedItems.Count
        stream.WriteLine dialog.SelectedItems(i)
    Next i
    stream.Close
    Pick = True
End Function

' What Python complained of, kept for whoever is asked for help; False if it has not even begun.
Private Function KeepTrace(files As Object, ByVal exchange As String, ByVal logs As String) As Boolean
    If Not files.FileExists(exchange & TRACE_FILE) Then Exit Function
    On Error Resume Next
    If Not files.FolderExists(files.GetParentFolderName(logs)) Then files.CreateFolder files.GetParentFolderName(logs)
    If Not files.FolderExists(logs) Then files.CreateFolder logs
    files.CopyFile exchange & TRACE_FILE, logs & KEPT_TRACE, True
    KeepTrace = (Err.Number = 0)
End Function

Private Sub ShowBusy(ByVal busy As Boolean)
    If busy Then
        Application.StatusBar = PerfxlText("busy")
        Application.Cursor = WAIT_CURSOR
    Else
        Application.Cursor = DEFAULT_CURSOR
        Application.StatusBar = False
    End If
End Sub
