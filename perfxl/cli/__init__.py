"""The terminal door: each command reads its arguments, calls one function of the package and prints the result.

    terminal.py  what every command shares
    forms.py     one form or a few: template, validate, fix, clear, rules, demo
    season.py    a budget season: consolidate, return, diff
    publishing.py  what goes public: publish
    addin.py     the Excel add-in: addin build, install, remove, bundle; doctor

``PERFXL_DEBUG=1`` in the environment shows the traceback behind a failure.

Exit codes: 0 no errors (warnings allowed), 1 errors found or a file could not be read, 2 nothing could be run.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import typer

import perfxl
from perfxl.cli import addin, forms, importing, publishing, season  # noqa: F401  their commands register themselves
from perfxl.cli.terminal import NOT_RUN, WrongCall, app, what_is_wrong
from perfxl.errors import PerfxlError
from perfxl.output import advice_on

_INTERRUPTED = 130
_PASSWORD = "--password"


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
        if _debugging():
            traceback.print_exc()
        typer.echo(str(error), err=True)
        return NOT_RUN
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except OSError as error:
        if _debugging():
            traceback.print_exc()
        typer.echo(_world_failed(error), err=True)
        return NOT_RUN
    except Exception:
        typer.echo(_unforeseen(traceback.format_exc()), err=True)
        return NOT_RUN
    if code == _INTERRUPTED:
        typer.echo("已中断。已经写出的文件都是完整的。", err=True)
        return NOT_RUN
    return code if isinstance(code, int) else 0


def _world_failed(error: OSError) -> str:
    """The system refused something that nobody in between could name better: a full disk under the temporary files …"""
    path = Path(error.filename if isinstance(error.filename, str) else tempfile.gettempdir())
    return f"{path}：读写失败。{advice_on(path, error)}。已经写出的文件都是完整的"


def _unforeseen(trace: str) -> str:
    """A mistake of ours, in words; the trace goes to a new file for those who can read it."""
    if _debugging():
        sys.stderr.write(trace)
    try:
        handle, log = tempfile.mkstemp(".log", "perfxl-error-", text=True)
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"perfxl {perfxl.__version__}\n{' '.join(_arguments())}\n\n{trace}")
    except OSError:
        return "perfxl 自己出了错，没有做完；已经写出的文件都是完整的。请把用的命令和文件告诉维护人员。"
    return f"perfxl 自己出了错，没有做完；已经写出的文件都是完整的。请把 {log} 和用到的文件发给维护人员。"


def _arguments() -> Iterator[str]:
    """What perfxl was called with, but for passwords: the log is sent to others."""
    before = ""
    for argument in sys.argv[1:]:
        name, _, value = argument.partition("=")
        yield "***" if before == _PASSWORD else f"{name}=***" if name == _PASSWORD and value else argument
        before = argument


def _debugging() -> bool:
    """For those who mend perfxl: ``PERFXL_DEBUG=1`` shows every traceback."""
    return os.environ.get("PERFXL_DEBUG", "") not in ("", "0")


def main() -> None:
    """Entry point: every failure in words, none as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console is no UTF-8, and a pipe may be ASCII: never die of a character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if not stream.isatty() else None, errors="replace")
    raise SystemExit(_run())
