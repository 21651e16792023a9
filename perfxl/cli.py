"""The terminal door: each command reads its arguments, calls one function of the package and prints the result.

Exit codes: 0 no errors (warnings allowed), 1 errors found or a file could not be read, 2 nothing could be run.
Results go to standard output, progress and failures to standard error.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import perfxl
from perfxl.errors import PerfxlError, UsageError

FOUND, NOT_RUN = 1, 2

app = typer.Typer(
    name="perfxl",
    help="绩效目标表：生成模板、导入、校验、标注、汇总。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Sources = Annotated[list[Path], typer.Argument(metavar="路径…", help="工作簿或文件夹，可给多个。", show_default=False)]
Edition = Annotated[str, typer.Option("--edition", metavar="口径", help="tianjin-2023 或 mof-2021。")]
FormEdition = Annotated[str | None, typer.Option("--edition", metavar="口径", help="表里没写口径时按哪个口径。")]
Year = Annotated[int | None, typer.Option("--year", metavar="年度", min=2000, max=2100, help="预算年度，如 2027。")]
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


@app.command("template")
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


@app.command("import")
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
        raise typer.Exit(FOUND)


@app.command("validate")
def validate_command(
    sources: Sources,
    form: Annotated[Format, typer.Option("--format", help="text 给人看，json 给程序用。")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="文件", help="报告写到文件。")] = None,
    mark: Annotated[bool, typer.Option("--mark", help="在原工作簿里标注（只改“校验结果”）。")] = False,
    mark_in: Annotated[Path | None, typer.Option(metavar="文件夹", help="另存一份标注好的工作簿。")] = None,
    infos: Annotated[bool, typer.Option("--infos", help="提示也逐条列出。")] = False,
    year: Year = None,
    edition: FormEdition = None,
    quiet: Quiet = False,
) -> None:
    """校验绩效目标表，逐个文件列出问题。"""
    from perfxl import validation
    from perfxl.output import write_whole
    from perfxl.report import as_json

    if mark and mark_in is not None:
        raise UsageError("--mark 和 --mark-in 只能用一个：前者改原文件，后者另存一份")
    with _progress(quiet) as progress:
        validated = validation.validate(sources, year=year, edition=edition, progress=progress)
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
    if mark:
        for path in validation.mark(validated):
            typer.echo(f"已标注 {path}", err=True)
    if mark_in is not None:
        for one in validation.mark_in(validated, mark_in):
            typer.echo(f"已标注 {one.copy}" if one.copy is not None else one.error, err=True)
            failed = failed or one.copy is None
    if failed:
        raise typer.Exit(FOUND)


@app.command("clear")
def clear_command(sources: Sources, quiet: Quiet = False) -> None:
    """清除工作簿里的标注。"""
    from perfxl.intake.discover import discover

    failed = False
    with _progress(quiet) as progress:
        found = [one for one in discover(sources) if one.skip is None]
        for done, one in enumerate(found, 1):
            try:
                perfxl.clear(one.path)
            except PerfxlError as error:
                typer.echo(str(error), err=True)
                failed = True
            progress(done, len(found), one.name)
    typer.echo(f"已处理 {len(found)} 个工作簿")
    if failed or not found:
        raise typer.Exit(FOUND if found else NOT_RUN)


@app.command("consolidate")
def consolidate_command(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="文件", help="总台账：.xlsx，或 .csv .parquet .json。")
    ],
    year: Year = None,
    edition: FormEdition = None,
    quiet: Quiet = False,
) -> None:
    """把收到的绩效目标表汇总成总台账，每个文件都有交代。"""
    with _progress(quiet) as progress:
        ledger = perfxl.consolidate(sources, year=year, edition=edition, progress=progress)
    if not ledger.sources:
        raise UsageError("没有可以汇总的文件，请检查路径")
    for path in ledger.write(output):
        typer.echo(f"已写入 {path}")
    typer.echo(ledger.summary())
    if ledger.failed:
        raise typer.Exit(FOUND)


@app.command("rules")
def rules_command() -> None:
    """列出全部规则。"""
    from perfxl.rules import catalogue

    for rule in catalogue():
        typer.echo(f"{rule.code}  {rule.severity.chinese}  {rule.title}")


@app.command("rule")
def rule_command(code: Annotated[str, typer.Argument(metavar="规则码", help="如 A05。")]) -> None:
    """解释一条规则：查什么、为什么、怎样写是对的。"""
    from perfxl.rules import explain

    typer.echo(explain(code))


@app.command("demo")
def demo_command(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="结果放在哪里。")] = Path("demo-output"),
) -> None:
    """用 2023 年公开的九张绩效目标表走完全程。"""
    from perfxl.demo import run

    typer.echo(run(folder), nl=False)


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
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, total, name: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("处理中", total=None)

        def advance(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name[-40:])

        yield advance


def main() -> None:
    """Entry point: every failure in words, none as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console is no UTF-8, and a pipe may be ASCII: never die of a character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if not stream.isatty() else None, errors="replace")
    try:
        app()
    except PerfxlError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(NOT_RUN) from None
    except KeyboardInterrupt:
        typer.echo("已中断，没有写出任何结果。", err=True)
        raise SystemExit(NOT_RUN) from None
