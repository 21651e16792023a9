"""The commands for one form or a few: template, validate, fix, clear, rules, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perfxl.cli.terminal import (
    FOUND,
    Backup,
    Command,
    Config,
    Edition,
    Format,
    FormEdition,
    Passwords,
    Quiet,
    Sources,
    Year,
    app,
    backed_up,
    list_told,
    progress_bar,
    settings_for,
    tell_skipped,
)
from perfxl.errors import UsageError
from perfxl.settings import Settings

if TYPE_CHECKING:
    from perfxl.validation import Validated


@app.command("template", cls=Command)
def template_command(
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="路径", help="空白模板写成哪个 .xlsx；有 --from 时是放工作簿的文件夹。"),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="名单", help="按名单下发，.xlsx 或 .csv：每个单位一个工作簿，每个项目一张表。"),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(metavar="名册", help="名单里没有主管部门、应报项目数时，从这份名册里取。")
    ] = None,
    by_department: Annotated[bool, typer.Option("--by-department", help="每个主管部门一个文件夹。")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="覆盖文件夹里已有的同名工作簿。")] = False,
    edition: Edition = "tianjin-2023",
    year: Year = None,
    deadline: Annotated[str, typer.Option(metavar="日期", help="报送期限，写在填报说明上。")] = "",
    contact: Annotated[str, typer.Option(metavar="联系人", help="咨询联系人和电话。")] = "",
    batch: Annotated[str, typer.Option(metavar="批次", help="本次收表的名称。")] = "",
    password: Annotated[str | None, typer.Option(metavar="口令", help="表格保护的口令，默认 perfxl。")] = None,
    backup: Backup = False,
    quiet: Quiet = False,
) -> None:
    """生成空白的绩效目标表，或按名单给每个单位下发一个填好单位、项目、预算数的工作簿。"""
    from perfxl.template import DEFAULT_PASSWORD, Issuance, build, save

    issuance = Issuance(edition, year, deadline, contact, batch, password or DEFAULT_PASSWORD)
    if source is not None:
        from perfxl.season.handout import hand_out

        units, register = list_told(source, "名单"), list_told(roster, "名册")
        with backed_up(backup), progress_bar(quiet) as progress:
            handed = hand_out(
                units,
                output,
                issuance,
                roster=register.roster if register is not None else None,
                by_department=by_department,
                overwrite=overwrite,
                progress=progress,
            )
        typer.echo(handed.told())
        if handed.kept:
            raise typer.Exit(FOUND)
        return
    if output.suffix.lower() != ".xlsx":
        raise UsageError(f"{output}：模板只能存为 .xlsx，请把文件名改成以 .xlsx 结尾；按名单下发请加 --from 名单")
    with backed_up(backup):
        save(output, build(issuance))
        typer.echo(f"已生成 {output}")


@app.command("validate", cls=Command)
def validate_command(
    sources: Sources,
    form: Annotated[
        Format, typer.Option("--format", metavar="格式", help="text 给人看（默认），json 给程序用。")
    ] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="文件", help="报告写到文件。")] = None,
    mark: Annotated[bool, typer.Option("--mark", help="在原工作簿里标注（只改“校验结果”）。")] = False,
    mark_in: Annotated[Path | None, typer.Option(metavar="文件夹", help="另存一份标注好的工作簿。")] = None,
    infos: Annotated[bool, typer.Option("--infos", help="提示也逐条列出。")] = False,
    year: Year = None,
    edition: FormEdition = None,
    passwords: Passwords = None,
    config: Config = None,
    backup: Backup = False,
    quiet: Quiet = False,
) -> None:
    """校验绩效目标表，逐个文件列出问题。"""
    from perfxl import validation
    from perfxl.output import write_whole

    if mark and mark_in is not None:
        raise UsageError("--mark 和 --mark-in 只能用一个：前者改原文件，后者另存一份")
    settings = settings_for(config, sources, output or mark_in)
    with progress_bar(quiet) as progress:
        validated = validation.validate(
            sources, year=year, edition=edition, settings=settings, passwords=passwords or (), progress=progress
        )
    if not validated.checked:
        tell_skipped(validated.skipped)
        raise UsageError("没有可以校验的工作簿，请检查路径")
    text = _json(validated) if form is Format.JSON else _text(validated, infos)
    with backed_up(backup):
        if output is not None:
            write_whole(output, text.encode())
            typer.echo(f"报告已写到 {output}", err=True)
        else:
            typer.echo(text, nl=False)
        tell_skipped(validated.skipped)
        marked = validation.mark(validated) if mark else ()
        if mark_in is not None:
            marked = validation.mark_in(validated, mark_in)
        for one in marked:
            typer.echo(f"已标注 {one.copy}" if one.copy is not None else one.error, err=True)
            if one.note:
                typer.echo(one.note, err=True)
    if validated.failed or any(one.copy is None for one in marked):
        raise typer.Exit(FOUND)


@app.command("fix", cls=Command)
def fix_command(
    sources: Sources,
    to: Annotated[Path, typer.Option("--to", metavar="文件夹", help="改好的副本放在哪里，原文件不动。")],
    year: Year = None,
    edition: FormEdition = None,
    passwords: Passwords = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """另存副本，改掉只有一种改法的毛病（符号、单位的写法，多余空白等），逐处列出。"""
    from perfxl import validation
    from perfxl.repair import fix

    settings = settings_for(config, sources, to)
    with progress_bar(quiet) as progress:
        validated = validation.validate(
            sources, year=year, edition=edition, settings=settings, passwords=passwords or (), progress=progress
        )
    tell_skipped(validated.skipped)
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
        if result.note:
            typer.echo(f"  {result.note}")
        for issue in result.proposed:
            typer.echo(f"  未改，请核对：{issue.message}；{issue.advice}")
    if any(result.error for result in results) or len(workbooks) < len(validated.checked):
        raise typer.Exit(FOUND)


@app.command("restore", cls=Command)
def restore_command(
    source: Annotated[
        Path, typer.Argument(metavar="文件", help="填好的表，也可以是 .xls .et .ods。", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="新的工作簿写到哪里，.xlsx。")],
    passwords: Passwords = None,
    config: Config = None,
    backup: Backup = False,
) -> None:
    """把填好的内容和说明原样放进一份新的模板，原件不动。"""
    from perfxl.season.restoring import restore

    if output.suffix.lower() != ".xlsx":
        raise UsageError(f"{output}：只能存为 .xlsx，请把文件名改成以 .xlsx 结尾")
    settings = settings_for(config, [source], output) or Settings()
    with backed_up(backup):
        restored = restore(source, output, passwords=passwords or (), limits=settings.limits)
    for issue in restored.told:
        typer.echo(f"{issue.message}。{issue.advice}", err=True)
    typer.echo(f"已生成 {output}：{len(restored.forms)} 张表")


@app.command("clear", cls=Command)
def clear_command(sources: Sources, config: Config = None, backup: Backup = False, quiet: Quiet = False) -> None:
    """清除工作簿里的标注。"""
    from perfxl import validation

    settings = settings_for(config, sources) or Settings()
    with backed_up(backup), progress_bar(quiet) as progress:
        results, skipped = validation.clear(sources, limits=settings.limits, progress=progress)
    tell_skipped(skipped)
    if not results:
        raise UsageError("没有可以清除标注的工作簿，请检查路径")
    for one in results:
        if one.error:
            typer.echo(one.error, err=True)
    failures = sum(bool(one.error) for one in results)
    typer.echo(f"已清除 {len(results) - failures} 个工作簿的标注" + (f"，{failures} 个没有清除" if failures else ""))
    if failures:
        raise typer.Exit(FOUND)


@app.command("rules", cls=Command)
def rules_command() -> None:
    """列出全部规则。"""
    from perfxl.rules import catalogue

    for rule in catalogue():
        typer.echo(f"{rule.code}  {rule.severity.chinese}  {rule.title}")


@app.command("rule", cls=Command)
def rule_command(code: Annotated[str, typer.Argument(metavar="规则码", help="如 A05。")]) -> None:
    """解释一条规则：查什么、为什么、怎样写是对的。"""
    from perfxl.rules import explain

    typer.echo(explain(code))


@app.command("demo", cls=Command)
def demo_command(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="结果放在哪里，默认 demo-output。")] = Path(
        "demo-output"
    ),
) -> None:
    """用 2023 年公开的九张绩效目标表走完全程。"""
    from perfxl.demo import run

    typer.echo(run(folder), nl=False)


def _json(validated: Validated) -> str:
    from perfxl.report.document import as_json

    return as_json(validated.checked)


def _text(validated: Validated, infos: bool) -> str:
    from perfxl.report import as_text
    from perfxl.rules import catalogue

    return as_text(validated.checked, show_infos=infos, titles={rule.code: rule.title for rule in catalogue()})
