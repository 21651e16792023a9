"""The terminal door: each command reads its arguments, calls one function of the package and prints the result.

Exit codes: 0 no errors (warnings allowed), 1 errors found or a file could not be read, 2 nothing could be run.
Results go to standard output, progress and failures to standard error.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperCommand, TyperGroup

import perfxl
from perfxl.errors import PerfxlError, UsageError
from perfxl.settings import Settings
from perfxl.text import display_width

FOUND, NOT_RUN = 1, 2
_INTERRUPTED = 130


class _Command(TyperCommand):
    """A command whose help is Chinese."""

    def get_help(self, ctx: Any) -> str:
        return _help(self, ctx)


class _Group(TyperGroup):
    """The command ``perfxl`` itself, likewise."""

    def get_help(self, ctx: Any) -> str:
        return _help(self, ctx)


app = typer.Typer(
    name="perfxl",
    cls=_Group,
    help="绩效目标表：生成模板、导入、校验、标注、汇总。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Sources = Annotated[list[Path], typer.Argument(metavar="路径…", help="工作簿或文件夹，可给多个。", show_default=False)]
Edition = Annotated[str, typer.Option("--edition", metavar="口径", help="tianjin-2023（默认）或 mof-2021。")]
FormEdition = Annotated[str | None, typer.Option("--edition", metavar="口径", help="表里没写口径时按哪个口径。")]
Year = Annotated[int | None, typer.Option("--year", metavar="年度", min=2000, max=2100, help="预算年度，2000 到 2100 的整数。")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="文件", help="本地设置；不给则从所给路径起逐级向上找 perfxl.toml。"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度。")]


class Format(StrEnum):
    """How `validate` tells what it found."""

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


@app.command("template", cls=_Command)
def template_command(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写到哪里，.xlsx。")],
    edition: Edition = "tianjin-2023",
    year: Year = None,
    deadline: Annotated[str, typer.Option(metavar="日期", help="报送期限，写在填报说明上。")] = "",
    contact: Annotated[str, typer.Option(metavar="联系人", help="咨询联系人和电话。")] = "",
    batch: Annotated[str, typer.Option(metavar="批次", help="本次收表的名称。")] = "",
    password: Annotated[str | None, typer.Option(metavar="口令", help="表格保护的口令，默认 perfxl。")] = None,
) -> None:
    """生成空白的绩效目标表。"""
    from perfxl.template import DEFAULT_PASSWORD, Issuance, build, save

    if output.suffix.lower() != ".xlsx":
        raise UsageError(f"{output}：模板只能存为 .xlsx，请把文件名改成以 .xlsx 结尾")
    issuance = Issuance(edition, year, deadline, contact, batch, password or DEFAULT_PASSWORD)
    save(output, build(issuance))
    typer.echo(f"已生成 {output}")


@app.command("import", cls=_Command)
def import_command(
    sources: Sources,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件夹", help="工作簿写到哪个文件夹。")],
    edition: Edition = "tianjin-2023",
    year: Year = None,
) -> None:
    """把公开文本版式的绩效目标表导入为填好的工作簿，每张表一个。"""
    from perfxl.importing import import_documents
    from perfxl.template import Issuance

    results = import_documents(sources, output, Issuance(edition=edition, year=year))
    for result in results:
        if result.workbook is not None:
            typer.echo(f"已导入 {result.workbook}")
        else:
            typer.echo(result.error, err=True)
    made = sum(result.workbook is not None for result in results)
    typer.echo(f"共导入 {made} 张表" + (f"，{len(results) - made} 张没有导入" if made < len(results) else ""))
    if made < len(results):
        raise typer.Exit(FOUND if made else NOT_RUN)


@app.command("validate", cls=_Command)
def validate_command(
    sources: Sources,
    form: Annotated[Format, typer.Option("--format", metavar="格式", help="text 给人看（默认），json 给程序用。")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="文件", help="报告写到文件。")] = None,
    mark: Annotated[bool, typer.Option("--mark", help="在原工作簿里标注（只改“校验结果”）。")] = False,
    mark_in: Annotated[Path | None, typer.Option(metavar="文件夹", help="另存一份标注好的工作簿。")] = None,
    infos: Annotated[bool, typer.Option("--infos", help="提示也逐条列出。")] = False,
    year: Year = None,
    edition: FormEdition = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """校验绩效目标表，逐个文件列出问题。"""
    from perfxl import validation
    from perfxl.output import write_whole
    from perfxl.report import as_json

    if mark and mark_in is not None:
        raise UsageError("--mark 和 --mark-in 只能用一个：前者改原文件，后者另存一份")
    settings = _settings(config, sources)
    with _progress(quiet) as progress:
        validated = validation.validate(sources, year=year, edition=edition, settings=settings, progress=progress)
    if not validated.checked:
        _tell_skipped(validated.skipped)
        raise UsageError("没有可以校验的工作簿，请检查路径")
    text = as_json(validated.checked) if form is Format.JSON else _text(validated, infos)
    if output is not None:
        write_whole(output, text.encode())
        typer.echo(f"报告已写到 {output}", err=True)
    else:
        typer.echo(text, nl=False)
    _tell_skipped(validated.skipped)
    failed = validated.failed
    marked = validation.mark(validated) if mark else ()
    if mark_in is not None:
        marked = validation.mark_in(validated, mark_in)
    for one in marked:
        typer.echo(f"已标注 {one.copy}" if one.copy is not None else one.error, err=True)
        failed = failed or one.copy is None
    if failed:
        raise typer.Exit(FOUND)


@app.command("fix", cls=_Command)
def fix_command(
    sources: Sources,
    to: Annotated[Path, typer.Option("--to", metavar="文件夹", help="改好的副本放在哪里，原文件不动。")],
    year: Year = None,
    edition: FormEdition = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """另存副本，改掉只有一种改法的毛病（符号、单位的写法，多余空白等），逐处列出。"""
    from perfxl import validation
    from perfxl.repair import fix

    settings = _settings(config, sources)
    with _progress(quiet) as progress:
        validated = validation.validate(sources, year=year, edition=edition, settings=settings, progress=progress)
    _tell_skipped(validated.skipped)
    for checked in validated.checked:
        if checked.reading is None or not checked.reading.forms:
            reasons = [checked.error, *(f"{issue.message}。{issue.advice}" for issue in checked.issues)]
            typer.echo(f"{checked.file}：没有改。{next(filter(None, reasons), '')}", err=True)
    workbooks = [(path, reading) for path, _, reading in validated.markable]
    if not workbooks:
        raise UsageError("没有可以修正的工作簿，请检查路径")
    results = fix(workbooks, to, settings=settings, edition=edition, year=year)
    for result in results:
        if result.error:
            typer.echo(result.error, err=True)
            continue
        typer.echo(f"■ {result.reading.source} → {result.copy}：改了 {len(result.cells)} 处")
        for cell in result.cells:
            typer.echo(f"  {cell.at.a1}（{'、'.join(cell.codes)}）“{cell.before}” → “{cell.after}”")
        for issue in result.proposed:
            typer.echo(f"  未改，请核对：{issue.message}；{issue.advice}")
    if any(result.error for result in results) or len(workbooks) < len(validated.checked):
        raise typer.Exit(FOUND)


@app.command("clear", cls=_Command)
def clear_command(sources: Sources, quiet: Quiet = False) -> None:
    """清除工作簿里的标注。"""
    from perfxl import validation

    with _progress(quiet) as progress:
        results, skipped = validation.clear(sources, progress=progress)
    _tell_skipped(skipped)
    if not results:
        raise UsageError("没有可以清除标注的工作簿，请检查路径")
    for one in results:
        if one.error:
            typer.echo(one.error, err=True)
    failures = sum(bool(one.error) for one in results)
    typer.echo(f"已清除 {len(results) - failures} 个工作簿的标注" + (f"，{failures} 个没有清除" if failures else ""))
    if failures:
        raise typer.Exit(FOUND)


@app.command("consolidate", cls=_Command)
def consolidate_command(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="文件", help="总台账：.xlsx，或 .csv .parquet .json。")
    ],
    year: Year = None,
    edition: FormEdition = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """把收到的绩效目标表汇总成总台账，每个文件都有交代。"""
    from perfxl.ledger import Status

    settings = _settings(config, sources)
    with _progress(quiet) as progress:
        ledger = perfxl.consolidate(sources, year=year, edition=edition, settings=settings, progress=progress)
    if all(row.status is Status.SKIPPED for row in ledger.sources):
        _tell_skipped(tuple((row.file, row.reason) for row in ledger.sources))
        raise UsageError("没有可以汇总的文件，请检查路径")
    for path in ledger.write(output):
        typer.echo(f"已写入 {path}")
    typer.echo(ledger.summary())
    if ledger.failed:
        raise typer.Exit(FOUND)


@app.command("rules", cls=_Command)
def rules_command() -> None:
    """列出全部规则。"""
    from perfxl.rules import catalogue

    for rule in catalogue():
        typer.echo(f"{rule.code}  {rule.severity.chinese}  {rule.title}")


@app.command("rule", cls=_Command)
def rule_command(code: Annotated[str, typer.Argument(metavar="规则码", help="如 A05。")]) -> None:
    """解释一条规则：查什么、为什么、怎样写是对的。"""
    from perfxl.rules import explain

    typer.echo(explain(code))


@app.command("demo", cls=_Command)
def demo_command(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="结果放在哪里，默认 demo-output。")] = Path("demo-output"),
) -> None:
    """用 2023 年公开的九张绩效目标表走完全程。"""
    from perfxl.demo import run

    typer.echo(run(folder), nl=False)


def _settings(config: Path | None, sources: list[Path]) -> Settings | None:
    """What the place decides for itself: the file named, or the nearest one above the first input."""
    from perfxl.configuration import find_settings, load_settings

    path = config if config is not None else find_settings(sources[0])
    return load_settings(path) if path is not None else None


def _text(validated: object, infos: bool) -> str:
    from perfxl.report import as_text
    from perfxl.rules import catalogue
    from perfxl.validation import Validated

    assert isinstance(validated, Validated)
    return as_text(validated.checked, show_infos=infos, titles={rule.code: rule.title for rule in catalogue()})


def _tell_skipped(skipped: tuple[tuple[str, str], ...]) -> None:
    for name, reason in skipped:
        typer.echo(f"跳过 {name}：{reason}", err=True)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error while it lasts; nothing at all where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, name: None
        return
    console = Console(stderr=True)
    # A file may be called [red].xlsx: its name is no markup.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("处理中", total=None)

        def advance(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name[-40:])

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
    return (names if option.is_flag else f"{names} {option.metavar}"), option.help + ("（必填）" if option.required else "")


# Typer's release decides whether click is a package of its own; what it raises for a wrong call is this class.
_WrongCall: Any = typer.BadParameter.__mro__[1]


def _what_is_wrong(error: Any) -> str:
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


def _run() -> int:
    try:
        code = app(prog_name="perfxl", standalone_mode=False)
    except _WrongCall as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.ctx.get_help(), err=True)
        else:
            path = error.ctx.command_path if error.ctx is not None else "perfxl"
            typer.echo(f"{_what_is_wrong(error).rstrip('。')}。怎样写，请看 {path} --help", err=True)
        return NOT_RUN
    except PerfxlError as error:
        typer.echo(str(error), err=True)
        return NOT_RUN
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        typer.echo("已中断。已经写出的文件都是完整的。", err=True)
        return NOT_RUN
    return code if isinstance(code, int) else 0


def main() -> None:
    """Entry point: every failure in words, none as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console is no UTF-8, and a pipe may be ASCII: never die of a character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if not stream.isatty() else None, errors="replace")
    raise SystemExit(_run())
