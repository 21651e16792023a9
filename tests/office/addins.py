"""The add-in with another launcher, for tests in LibreOffice."""

from __future__ import annotations

from pathlib import Path

from perfxl.addin.build import build_addin
from perfxl.assets import macros_dir

# Writes the command into C1 and counts calls in C2.
RECORDER = """Attribute VB_Name = "PerfxlLauncher"
Option Explicit

Public Sub PerfxlRun(ByVal verb As String)
    With ThisWorkbook.Worksheets(1)
        .Range("C1").Value = verb
        .Range("C2").Value = .Range("C2").Value + 1
    End With
End Sub
"""


def addin_with(launcher: str, folder: Path, *modules: Path) -> Path:
    """The add-in built into a folder, with this text as its launcher and further modules beside it."""
    for source in (macros_dir() / "ribbon.xml", macros_dir() / "perfxl_ribbon.bas", *modules):
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / "perfxl_launcher.bas").write_text(launcher, encoding="ascii")
    addin = folder / "perfxl.xlam"
    addin.write_bytes(build_addin(folder))
    return addin
