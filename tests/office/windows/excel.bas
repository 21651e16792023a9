Attribute VB_Name = "ExcelStandIn"
Option Explicit
Option ClassModule

' Excel's Application as far as the launcher uses it, its file dialog, and a workbook's name.

Public Book As Object
Public Name As String
Public Title As String
Public AllowMultiSelect As Boolean

Public Property Get Hwnd() As Long
    Hwnd = 1234
End Property

Public Property Let StatusBar(ByVal shown As Variant)
    Note "status bar", CStr(shown)
End Property

Public Property Let Cursor(ByVal kind As Variant)
    Note "cursor", CStr(kind)
End Property

Public Property Get ActiveProtectedViewWindow() As Object
    If Scene("protected view") <> "" Then Set ActiveProtectedViewWindow = Me
End Property

Public Function FileDialog(ByVal kind As Long) As Object
    Dim dialog As Object
    Set dialog = New ExcelStandIn
    Note "dialog", CStr(kind)
    Set FileDialog = dialog
End Function

Public Function Show() As Long
    Note "title", Title & IIf(AllowMultiSelect, " (several)", "")
    If Scene("picked") <> "" Then Show = -1
End Function

' Without a number the list of what was picked, which is asked for its Count.
Public Function SelectedItems(Optional ByVal number As Variant) As Variant
    If IsMissing(number) Then
        Set SelectedItems = Me
    Else
        SelectedItems = Split(Scene("picked"), "|")(number - 1)
    End If
End Function

Public Property Get Count() As Long
    Count = UBound(Split(Scene("picked"), "|")) + 1
End Property
