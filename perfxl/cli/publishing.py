"""The command for what goes public: publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perfxl.cli.terminal import (
    FOUND,
    NOT_RUN,
    Command,
    Config,
    Passwords,
    Quiet,
    app,
    progress_bar,
    settings_for,
)

LedgerOrForms = Annotated[
    list[Path],
    typer.Argument(metavar="路径…", help="一本总台账 .xlsx，或表：工作簿、文件夹，可给多个。", show_default=False),
]
# So many lines of each list stand on the terminal; the file beside the document has them all.
_MOST_LINES = 30


@app.command("publish", cls=Command)
def publish_command(
    sources: LedgerOrForms,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="公开文档写到哪里，.docx。")],
    allow_errors: Annotated[bool, typer.Option("--allow-errors", help="有错误的表也公开。")] = False,
    tables_only: Annotated[bool, typer.Option("--tables-only", help="只要表，不要封面和目录。")] = False,
    title: Annotated[
        str, typer.Option(metavar="标题", help="封面上的标题，不给则用“某年项目支出绩效目标公开表”。")
    ] = "",
    issuer: Annotated[str, typer.Option(metavar="单位", help="封面上的单位，不给则用各表共同的单位或主管部门。")] = "",
    date: Annotated[str, typer.Option(metavar="日期", help="封面上的日期，如 2027年2月。")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="同时写一份 .pdf（要有 LibreOffice）。")] = False,
    passwords: Passwords = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """把总台账或绩效目标表排成公开的文档（Word）：封面、目录、每个项目一张表；没有公开的逐项说明原因。"""
    from perfxl.publish import Cover
    from perfxl.season.publishing import publish

    settings = settings_for(config, sources)
    with progress_bar(quiet) as progress:
        publication = publish(
            sources,
            output,
            allow_errors=allow_errors,
            cover=None if tables_only else Cover(issuer, title, date),
            pdf=pdf,
            settings=settings,
            passwords=passwords or (),
            progress=progress,
        )
    for path in publication.written:
        typer.echo(f"已写入 {path}")
    typer.echo(publication.told(_MOST_LINES), nl=False)
    if not publication.written:
        typer.echo("没有一张表可以公开，没有写文档", err=True)
        raise typer.Exit(NOT_RUN)
    if not publication.complete or (pdf and not any(path.suffix == ".pdf" for path in publication.written)):
        raise typer.Exit(FOUND)
