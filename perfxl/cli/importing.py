"""The command for forms that exist today: import."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perfxl.cli.terminal import FOUND, NOT_RUN, Command, Passwords, Quiet, Year, app, progress_bar

if TYPE_CHECKING:
    from perfxl.importing import Imported

# So many lines stand on the terminal; the report has them all.
_MOST_LINES = 30


class Per(StrEnum):
    """What gets a workbook of its own."""

    FORM = "form"
    UNIT = "unit"


@app.command("import", cls=Command)
def import_command(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="路径…",
            help="现成的绩效目标表：Word、Excel（各种版式）、网页、文本，或放着它们的文件夹、压缩包。",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件夹", help="工作簿和导入报告写到哪个文件夹。")],
    per: Annotated[
        Per, typer.Option("--per", metavar="范围", help="form 每张表一个工作簿（默认），unit 每个单位一个。")
    ] = Per.FORM,
    edition: Annotated[
        str | None,
        typer.Option("--edition", metavar="口径", help="口径；不给则按每张表的指标判断，判断不出的用 tianjin-2023。"),
    ] = None,
    year: Year = None,
    passwords: Passwords = None,
    quiet: Quiet = False,
) -> None:
    """把现成的绩效目标表（别的版式也行）读成我们的工作簿，并写一份逐项对照的导入报告。"""
    from perfxl.importing import importing
    from perfxl.template import Issuance

    issuance = Issuance(year=year) if edition is None else Issuance(edition, year)
    tally = _Tally()
    with progress_bar(quiet) as progress:
        for one in importing(
            sources,
            output,
            issuance,
            by_tree=edition is None,
            per=per.value,
            report=True,
            passwords=passwords or (),
            progress=progress,
        ):
            tally.add(one)
    tally.finish()


class _Tally:
    """Tells of each form as it comes, and counts."""

    def __init__(self) -> None:
        self.made = self.failed = self.doubtful = self.lines = 0

    def add(self, one: Imported) -> None:
        self.made += one.workbook is not None
        self.failed += one.failed
        self.doubtful += len(one.story.doubtful) if one.story is not None else 0
        self.lines += 1
        if self.lines <= _MOST_LINES or one.failed:
            typer.echo(one.error or one.said or f"已导入 {one.workbook}", err=one.workbook is None)

    def finish(self) -> None:
        """Sum up."""
        text = f"共导入 {self.made} 张表" + (f"，{self.failed} 处没有导入" if self.failed else "")
        if self.doubtful:
            text += f"；有 {self.doubtful} 处看不准，请对照原件核对"
        shortened = "（上面没有列全的也在里面）" if self.lines > _MOST_LINES else ""
        typer.echo(f"{text}。逐项对照见“导入报告.xlsx”{shortened}")
        if self.failed:
            raise typer.Exit(FOUND if self.made else NOT_RUN)
