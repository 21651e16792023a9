"""What every command shares: the application, its arguments, progress, and words for a wrong call.

Results go to standard output, progress and failures to standard error.
"""

from __future__ import annotations

import datetime
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, overload

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperCommand, TyperGroup

import perfxl
from perfxl.output import keep_former
from perfxl.settings import Settings
from perfxl.text import display_width

if TYPE_CHECKING:
    from perfxl.season.lists import UnitList

#: Exit codes: errors found or a file not read; nothing could be run.
FOUND, NOT_RUN = 1, 2


class Command(TyperCommand):
    """A command whose help is Chinese."""

    def get_help(self, ctx: Any) -> str:
        return _help(self, ctx)


class Group(TyperGroup):
    """The command ``perfxl`` itself, likewise."""

    def get_help(self, ctx: Any) -> str:
        return _help(self, ctx)


app = typer.Typer(
    name="perfxl",
    cls=Group,
    help="绩效目标表：下发、导入、校验、标注、汇总、退回、比较、公开。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Sources = Annotated[list[Path], typer.Argument(metavar="路径…", help="工作簿或文件夹，可给多个。", show_default=False)]
Edition = Annotated[str, typer.Option("--edition", metavar="口径", help="tianjin-2023（默认）或 mof-2021。")]
FormEdition = Annotated[str | None, typer.Option("--edition", metavar="口径", help="表里没写口径时按哪个口径。")]
Year = Annotated[
    int | None, typer.Option("--year", metavar="年度", min=2000, max=2100, help="预算年度，2000 到 2100 的整数。")
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="文件", help="本地设置；不给则找 perfxl.toml，和收到的表放在一起的不采用。"),
]
Passwords = Annotated[
    list[str] | None,
    typer.Option("--password", metavar="口令", help="加密文件的打开口令，可给多个。", show_default=False),
]
Backup = Annotated[bool, typer.Option("--backup", help="替换已有的文件前，先在旁边留一份备份，名字里有日期。")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度。")]


class Format(StrEnum):
    """How a command tells what it found."""

    TEXT = "text"
    JSON = "json"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"perfxl {perfxl.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本号。")] = False,
) -> None:
    pass


def settings_for(config: Path | None, sources: Iterable[Path], output: Path | None = None) -> Settings | None:
    """What the place decides for itself: the file named, or the one found; which it is, is told, for it may pass over
    findings."""
    from perfxl.configuration import Obeyed, load_settings, settings_of_run

    obeyed = Obeyed(config) if config is not None else settings_of_run(list(sources), output)
    for path in obeyed.passed_over:
        typer.echo(f"没有采用 {path}：它和收到的表放在一起，可能是随表发来的。要采用它，请加 --config {path}", err=True)
    if obeyed.path is None:
        return None
    settings = load_settings(obeyed.path)
    typer.echo(f"按设置 {obeyed.path}", err=True)
    return settings


@overload
def list_told(path: Path, what: str) -> UnitList: ...
@overload
def list_told(path: Path | None, what: str) -> UnitList | None: ...
def list_told(path: Path | None, what: str) -> UnitList | None:
    """The list of that file; what was understood of it is told before it is used."""
    if path is None:
        return None
    from perfxl.season.lists import read_list

    units = read_list(path)
    typer.echo(f"【{what}】{units.told()}")
    return units


def tell_skipped(skipped: tuple[tuple[str, str], ...]) -> None:
    for name, reason in skipped:
        typer.echo(f"跳过 {name}：{reason}", err=True)


@contextmanager
def backed_up(wanted: bool) -> Iterator[None]:
    """Within the block, what is replaced stays beside the new file if that is wanted; then where is told."""
    with keep_former(datetime.date.today() if wanted else None) as kept:
        yield
    for path in kept:
        typer.echo(f"原来的文件已备份为 {path}", err=True)


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error while it lasts; nothing at all where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, name: None
        return
    console = Console(stderr=True)
    # A file may be called [red].xlsx: its name is no markup.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(),
    )
    started = time.monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("处理中", total=None, pace="")

        def advance(done: int, total: int, name: str) -> None:
            pace = f"{done / max(time.monotonic() - started, 0.01):.0f} 个/秒"
            bar.update(task, completed=done, total=total, description=name[-40:], pace=pace)

        yield advance


def _help(command: Any, ctx: Any) -> str:
    """What ``--help`` shows.  (Typer's own is English, and counts a Chinese character as one column.)"""
    params = [param for param in command.get_params(ctx) if not param.hidden]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    commands = [(name, sub.help) for name, sub in getattr(command, "commands", {}).items()]
    usage = [ctx.command_path, "[选项]", *(param.metavar for param in arguments), *(["命令 …"] if commands else [])]
    sections = {
        "命令": commands,
        "参数": [(param.metavar, param.help) for param in arguments],
        "选项": [_option_help(param) for param in options],
    }
    lines = [f"用法：{' '.join(usage)}", "", command.help]
    for title, rows in sections.items():
        if rows:
            width = max(display_width(left) for left, _ in rows)
            lines += ["", f"{title}："]
            lines += [f"  {left}{' ' * (width - display_width(left))}  {right}" for left, right in rows]
    return "\n".join(lines)


def _option_help(option: Any) -> tuple[str, str]:
    if "--help" in option.opts:
        return "--help", "显示这段说明。"
    names = ", ".join(option.opts)
    return (names if option.is_flag else f"{names} {option.metavar}"), option.help + (
        "（必填）" if option.required else ""
    )


# Typer's release decides whether click is a package of its own; what it raises for a wrong call is this class.
WrongCall: Any = typer.BadParameter.__mro__[1]


def what_is_wrong(error: Any) -> str:
    """A wrong call in Chinese; by the error's class and facts, since its own words are English."""
    kind, param = type(error).__name__, getattr(error, "param", None)
    named = "" if param is None else param.metavar if param.param_type_name == "argument" else " / ".join(param.opts)
    quoted = re.search(r"\(([^()]+)\)$|'(.+)'", error.message)
    fact = (quoted[1] or quoted[2]) if quoted else ""
    if kind == "MissingParameter":
        return f"缺少 {named}：{param.help}" if param is not None else "缺少参数"
    if kind == "BadParameter":
        return f"{named} 的值不对：{param.help}" if param is not None else "有一个值不对"
    if kind == "NoSuchOption":
        near = f"，是不是 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有选项 {error.option_name}{near}"
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} {'后面不带值' if 'not take' in error.message else '后面要写上值'}"
    if hasattr(getattr(error.ctx, "command", None), "commands"):
        return f"没有命令“{fact}”" if fact else "请写明要做什么"
    return f"多写了“{fact}”" if fact else "命令写得不对"
