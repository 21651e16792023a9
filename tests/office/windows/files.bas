Attribute VB_Name = "FilesStandIn"
Option Explicit
Option ClassModule

' Scripting.FileSystemObject as far as the launcher uses it, on this system's files; its folder and its text stream too.

Public Path As String
Private mAt As Long

Private Function Disk() As Object
    Set Disk = createUnoService("com.sun.star.ucb.SimpleFileAccess")
End Function

Private Function Url(ByVal name As String) As String
    Url = ConvertToURL(Slashed(name))
End Function

Private Function Opened(ByVal name As String) As Object
    Dim there As Object
    Set there = New FilesStandIn
    there.Path = name
    Set Opened = there
End Function

Public Function GetSpecialFolder(ByVal kind As Long) As Object
    Set GetSpecialFolder = Opened(Scene("temp"))
End Function

Public Function GetTempName() As String
    GetTempName = "rad0.tmp"
End Function

Public Function GetParentFolderName(ByVal name As String) As String
    GetParentFolderName = Left(Slashed(name), InStrRev(Slashed(name), "/") - 1)
End Function

Public Function FileExists(ByVal name As String) As Boolean
    FileExists = Disk().exists(Url(name)) And Not Disk().isFolder(Url(name))
End Function

Public Function FolderExists(ByVal name As String) As Boolean
    FolderExists = Disk().isFolder(Url(name))
End Function

Public Sub CreateFolder(ByVal name As String)
    If Scene("disk full") <> "" Then Err.Raise 61
    Disk().createFolder Url(name)
End Sub

Public Sub DeleteFolder(ByVal name As String, ByVal force As Boolean)
    Disk().kill Url(name)
End Sub

Public Sub DeleteFile(ByVal name As String)
    Disk().kill Url(name)
End Sub

Public Sub CopyFile(ByVal source As String, ByVal target As String, ByVal overwrite As Boolean)
    Disk().copy Url(source), Url(target)
End Sub

Public Function OpenTextFile(ByVal name As String, ByVal mode As Long, ByVal create As Boolean, ByVal form As Long) As Object
    Set OpenTextFile = Opened(name)
End Function

Public Function CreateTextFile(ByVal name As String, ByVal overwrite As Boolean, ByVal unicode As Boolean) As Object
    Dim stream As Object
    Set stream = Opened(name)
    stream.Append ChrW(&HFEFF&)
    Set CreateTextFile = stream
End Function

Public Property Get AtEndOfStream() As Boolean
    AtEndOfStream = (FileLen(Slashed(Path)) < 3)
End Property

' UTF-16, little end first, behind a byte order mark.
Public Function ReadAll() As String
    Dim number As Long, i As Long, unit As Integer
    number = FreeFile
    Open Slashed(Path) For Binary Access Read As #number
    For i = 1 To LOF(number) / 2
        Get #number, , unit
        If i > 1 Then ReadAll = ReadAll & ChrW(unit And 65535)
    Next i
    Close #number
End Function

Public Sub WriteLine(ByVal text As String)
    Append text & vbCrLf
End Sub

Public Sub Append(ByVal text As String)
    Dim number As Long, i As Long, code As Long, unit As Integer
    number = FreeFile
    Open Slashed(Path) For Binary Access Write As #number
    For i = 1 To Len(text)
        code = AscW(Mid(text, i, 1)) And 65535
        unit = IIf(code > 32767, code - 65536, code)
        Put #number, mAt + 1, unit
        mAt = mAt + 2
    Next i
    Close #number
End Sub

' Stands for Close.
Public Sub Finish()
End Sub
