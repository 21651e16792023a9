"""The terminal door: each command reads its arguments, calls one function of the package and prints the result.

    terminal.py  what every command shares
    forms.py     one form or a few: template, import, validate, fix, clear, rules, demo
    season.py    a budget season: consolidate, return, diff
    addin.py     the Excel add-in: addin build, install, remove, bundle; doctor

Exit codes: 0 no errors (warnings allowed), 1 errors found or a file could not be read, 2 nothing could be run.
"""

from __future__ import annotations

import io
import sys
import tempfile
import traceback
from pathlib import Path

import typer

import perfxl
from perfxl.cli import addin, forms, season  # noqa: F401  their commands register themselves
from perfxl.cli.terminal import NOT_RUN, WrongCall, app, what_is_wrong
from perfxl.errors import PerfxlError

_INTERRUPTED = 130


def _run() -> int:
    try:
        code = app(prog_name="perfxl", standalone_mode=False)
    except WrongCall as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.ctx.get_help(), err=True)
        else:
            path = error.ctx.command_path if error.ctx is not None else "perfxl"
            typer.echo(f"{what_is_wrong(error).rstrip('。')}。怎样写，请看 {path} --help", err=True)
        return NOT_RUN
    except PerfxlError as error:
        typer.echo(str(error), err=True)
        return NOT_RUN
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except Exception:
        typer.echo(_unforeseen(traceback.format_exc()), err=True)
        return NOT_RUN
    if code == _INTERRUPTED:
        typer.echo("已中断。已经写出的文件都是完整的。", err=True)
        return NOT_RUN
    return code if isinstance(code, int) else 0


def _unforeseen(trace: str) -> str:
    """A mistake of ours, in words; the trace goes to a file for those who can read it."""
    log = Path(tempfile.gettempdir()) / "perfxl-error.log"
    try:
        log.write_text(f"perfxl {perfxl.__version__}\n{' '.join(sys.argv[1:])}\n\n{trace}", encoding="utf-8")
    except OSError:
        return "perfxl 自己出了错，没有做完；已经写出的文件都是完整的。请把用的命令和文件告诉维护人员。"
    return f"perfxl 自己出了错，没有做完；已经写出的文件都是完整的。请把 {log} 和用到的文件发给维护人员。"


def main() -> None:
    """Entry point: every failure in words, none as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console is no UTF-8, and a pipe may be ASCII: never die of a character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if not stream.isatty() else None, errors="replace")
    raise SystemExit(_run())
