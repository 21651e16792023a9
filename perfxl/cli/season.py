"""The commands of a budget season: consolidate, return, diff; handing out is ``template --from``."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from perfxl.cli.terminal import (
    FOUND,
    Command,
    Config,
    Format,
    FormEdition,
    Passwords,
    Quiet,
    Sources,
    Year,
    app,
    list_told,
    progress_bar,
    settings_for,
)
from perfxl.errors import UsageError

Roster = Annotated[
    Path | None, typer.Option("--roster", metavar="名册", help="单位名册，.xlsx 或 .csv：核对编码和名称，列出未报单位。")
]
Approved = Annotated[
    Path | None, typer.Option("--approved", metavar="批复", help="批复清单，.xlsx 或 .csv：核对预算数，列出未报项目。")
]


@app.command("consolidate", cls=Command)
def consolidate_command(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="文件", help="总台账：.xlsx，或 .csv .parquet .json。")
    ],
    roster: Roster = None,
    approved: Approved = None,
    year: Year = None,
    edition: FormEdition = None,
    passwords: Passwords = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """把收到的绩效目标表汇总成总台账，每个文件都有交代；原台账里人工填写的内容会带过来。"""
    from perfxl.season.collecting import collect

    units, budgets = list_told(roster, "名册"), list_told(approved, "批复")
    settings = settings_for(config, sources)
    with progress_bar(quiet) as progress:
        collected = collect(
            sources,
            output,
            today=datetime.date.today(),
            roster=units,
            approved=budgets,
            year=year,
            edition=edition,
            settings=settings,
            passwords=passwords or (),
            progress=progress,
        )
    ledger = collected.ledger
    for path in collected.written:
        typer.echo(f"已写入 {path}")
    for line in collected.told:
        typer.echo(line)
    typer.echo(ledger.summary())
    if ledger.failed:
        raise typer.Exit(FOUND)


@app.command("return", cls=Command)
def return_command(
    ledger: Annotated[Path, typer.Argument(metavar="总台账", help="汇总生成的总台账 .xlsx。", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件夹", help="退回的东西放在哪里，每轮一个子文件夹。")],
    sources: Annotated[
        Path | None, typer.Option("--sources", metavar="文件夹", help="收到的表在哪里；不给则在总台账旁边找。")
    ] = None,
    roster: Roster = None,
    approved: Approved = None,
    deadline: Annotated[str, typer.Option(metavar="日期", help="改好重报的期限，写在退回说明上。")] = "",
    contact: Annotated[str, typer.Option(metavar="联系人", help="咨询联系人和电话，写在退回说明上。")] = "",
    issuer: Annotated[str, typer.Option(metavar="单位", help="落款单位，写在退回说明上。")] = "",
    zipped: Annotated[bool, typer.Option("--zip", help="每个单位一个 .zip，而不是文件夹。")] = False,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """按总台账退回有错误的表：每个单位一份标注好的工作簿、退回说明和可以直接发的短信。"""
    from perfxl.season.returning import return_forms

    units, budgets = list_told(roster, "名册"), list_told(approved, "批复")
    settings = settings_for(config, [ledger])
    with progress_bar(quiet) as progress:
        returned = return_forms(
            ledger,
            output,
            sources=sources,
            deadline=deadline,
            contact=contact,
            issuer=issuer,
            date=datetime.date.today(),
            zipped=zipped,
            settings=settings,
            roster=None if units is None else units.roster,
            approvals=None if budgets is None else budgets.approvals,
            progress=progress,
        )
    typer.echo(returned.told())
    if returned.problems:
        raise typer.Exit(FOUND)


@app.command("diff", cls=Command)
def diff_command(
    old: Annotated[Path, typer.Argument(metavar="旧", help="总台账、工作簿或文件夹。", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="新", help="总台账、工作簿或文件夹。", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="文件", help="另写一份标出变动的 .xlsx。")
    ] = None,
    form: Annotated[Format, typer.Option("--format", metavar="格式", help="text 给人看（默认），json 给程序用。")] = Format.TEXT,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """比较两本台账（上一轮与这一轮，去年与今年）：增减、改名的项目，变了的预算和指标。"""
    from perfxl.season.diff import as_json, as_text, compare_collections, read_collection, write_workbook

    if output is not None and output.suffix.lower() != ".xlsx":
        raise UsageError(f"{output}：比较结果只能写成 .xlsx，请把文件名改成以 .xlsx 结尾")
    settings = settings_for(config, [new])
    with progress_bar(quiet) as progress:
        collections = [read_collection(path, settings=settings, progress=progress) for path in (old, new)]
    _tell_unread(collections)
    comparison = compare_collections(*collections)
    typer.echo(as_json(comparison) if form is Format.JSON else as_text(comparison), nl=False)
    if output is not None:
        typer.echo(f"已写入 {write_workbook(output, comparison)}", err=True)


def _tell_unread(collections: Iterable[object]) -> None:
    """Inputs that gave no form: their projects look as if they were missing."""
    from perfxl.ledger import Ledger, Status

    for collection in collections:
        for row in collection.sources if isinstance(collection, Ledger) else ():
            if row.status in (Status.REJECTED, Status.UNREADABLE, Status.PENDING):
                typer.echo(f"没有算在内 {row.file}：{row.reason}", err=True)
