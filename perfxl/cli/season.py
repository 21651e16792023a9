"""The commands of a budget season: consolidate, return, diff; handing out is ``template --from``."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perfxl.cli.terminal import (
    FOUND,
    Backup,
    Command,
    Config,
    Format,
    FormEdition,
    Passwords,
    Quiet,
    Year,
    app,
    backed_up,
    list_told,
    progress_bar,
    settings_for,
)
from perfxl.errors import UsageError
from perfxl.output import write_whole
from perfxl.settings import Settings

if TYPE_CHECKING:
    from perfxl.ledger.gathering.workers import Mapper

Roster = Annotated[
    Path | None,
    typer.Option("--roster", metavar="名册", help="单位名册，.xlsx 或 .csv：核对编码和名称，列出未报单位。"),
]
Approved = Annotated[
    Path | None, typer.Option("--approved", metavar="批复", help="批复清单，.xlsx 或 .csv：核对预算数，列出未报项目。")
]

Received = Annotated[
    list[str],
    typer.Argument(metavar="路径…", help="工作簿或文件夹，可给多个；也可以是 s3:// 等地址。", show_default=False),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="地址",
        help="由 dask 集群读表，如 tcp://10.0.0.5:8786；要另装 perfxl[dask]。",
        show_default=False,
    ),
]


@app.command("consolidate", cls=Command)
def consolidate_command(
    sources: Received,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="文件", help="总台账：.xlsx，或 .csv .json .parquet .sqlite .duckdb。"),
    ],
    roster: Roster = None,
    approved: Approved = None,
    year: Year = None,
    edition: FormEdition = None,
    passwords: Passwords = None,
    config: Config = None,
    backup: Backup = False,
    update: Annotated[
        bool, typer.Option("--update", help="只读上次汇总以后新增或改动的文件，结果与全部重读一样。")
    ] = False,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="与 --update 同用：大小和时间没变的文件也核对内容是否变过。")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", metavar="个数", min=1, help="同时用几个进程读表；不给则按处理器个数。", show_default=False
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            "--limit-memory",
            metavar="兆",
            min=64,
            help="每个读表进程最多用多少兆内存，超过的文件不读。",
            show_default=False,
        ),
    ] = None,
    scheduler: Scheduler = None,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="文件", help="另写一份运行结果（JSON），给程序用。")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """把收到的绩效目标表汇总成总台账，每个文件都有交代；原台账里人工填写的内容会带过来。"""
    from perfxl.intake.elsewhere import is_address
    from perfxl.ledger import Effort
    from perfxl.ledger.settling.state import state_path
    from perfxl.season.collecting import collect

    started = time.monotonic()
    units, budgets = list_told(roster, "名册"), list_told(approved, "批复")
    given = [source if is_address(source) else Path(source) for source in sources]
    settings = settings_for(config, [source for source in given if isinstance(source, Path)], output)
    with backed_up(backup), _readers(scheduler) as mapper, progress_bar(quiet) as progress:
        collected = collect(
            given,
            output,
            today=datetime.date.today(),
            roster=units,
            approved=budgets,
            settings=(settings or Settings()).for_call(edition=edition, year=year),
            passwords=passwords or (),
            progress=progress,
            effort=Effort(
                jobs=jobs,
                memory=None if memory is None else memory << 20,
                mapper=mapper,
                state=state_path(output) if update else None,
                rehash=rehash,
            ),
        )
    for path in collected.written:
        typer.echo(f"已写入 {path}")
    for line in collected.told:
        typer.echo(line)
    typer.echo(collected.summary)
    if summary is not None:
        seconds = round(time.monotonic() - started, 3)
        figures = {**collected.figures, "written": list(map(str, collected.written)), "seconds": seconds}
        write_whole(summary, f"{json.dumps(figures, ensure_ascii=False, indent=1)}\n".encode())
    if collected.failed:
        raise typer.Exit(FOUND)


def _readers(scheduler: str | None) -> AbstractContextManager[Mapper | None]:
    """Who reads instead of this computer, while the block lasts."""
    if scheduler is None:
        return nullcontext()
    from perfxl.ledger.gathering.cluster import cluster

    return cluster(scheduler)


@app.command("return", cls=Command)
def return_command(
    ledger: Annotated[Path, typer.Argument(metavar="总台账", help="汇总生成的总台账 .xlsx。", show_default=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="文件夹", help="退回的东西放在哪里，每轮一个子文件夹。")
    ],
    sources: Annotated[
        Path | None, typer.Option("--sources", metavar="文件夹", help="收到的表在哪里；不给则在总台账旁边找。")
    ] = None,
    roster: Roster = None,
    approved: Approved = None,
    deadline: Annotated[str, typer.Option(metavar="日期", help="改好重报的期限，写在退回说明上。")] = "",
    contact: Annotated[str, typer.Option(metavar="联系人", help="咨询联系人和电话，写在退回说明上。")] = "",
    issuer: Annotated[str, typer.Option(metavar="单位", help="落款单位，写在退回说明上。")] = "",
    passwords: Passwords = None,
    zipped: Annotated[bool, typer.Option("--zip", help="每个单位一个 .zip，而不是文件夹。")] = False,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """按总台账退回有错误的表：每个单位一份标注好的工作簿、退回说明和可以直接发的短信。"""
    from perfxl.season.returning import return_forms

    units, budgets = list_told(roster, "名册"), list_told(approved, "批复")
    settings = settings_for(config, [] if sources is None else [sources], ledger)
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
            passwords=passwords or (),
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
    form: Annotated[
        Format, typer.Option("--format", metavar="格式", help="text 给人看（默认），json 给程序用。")
    ] = Format.TEXT,
    config: Config = None,
    backup: Backup = False,
    quiet: Quiet = False,
) -> None:
    """比较两本台账（上一轮与这一轮，去年与今年）：增减、改名的项目，变了的预算和指标。"""
    from perfxl.season.diff import as_json, as_text, compare_collections, read_collection, write_workbook

    if output is not None and output.suffix.lower() != ".xlsx":
        raise UsageError(f"{output}：比较结果只能写成 .xlsx，请把文件名改成以 .xlsx 结尾")
    settings = settings_for(config, filter(Path.is_dir, (old, new)), output)
    with progress_bar(quiet) as progress:
        collections = [read_collection(path, settings=settings, progress=progress) for path in (old, new)]
    _tell_unread(collections)
    comparison = compare_collections(*collections)
    typer.echo(as_json(comparison) if form is Format.JSON else as_text(comparison), nl=False)
    if output is not None:
        with backed_up(backup):
            typer.echo(f"已写入 {write_workbook(output, comparison)}", err=True)


def _tell_unread(collections: Iterable[object]) -> None:
    """Inputs that gave no form: their projects look as if they were missing."""
    from perfxl.ledger import Ledger, Status

    for collection in collections:
        for row in collection.sources if isinstance(collection, Ledger) else ():
            if row.status in (Status.REJECTED, Status.UNREADABLE, Status.PENDING):
                typer.echo(f"没有算在内 {row.file}：{row.reason}", err=True)
