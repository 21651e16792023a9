"""The commands about the Excel add-in: addin build, install, remove, bundle; doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perfxl.cli.terminal import FOUND, Command, Format, Group, app
from perfxl.errors import UsageError

addin_app = typer.Typer(
    name="addin",
    cls=Group,
    help="Excel 插件：生成、安装、卸载、做离线包。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(addin_app, name="addin")

Silent = Annotated[bool, typer.Option("--quiet", "-q", help="做好了不显示什么，只在没做成时说明；批量安装用。")]


@addin_app.command("build", cls=Command)
def build_command(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="文件", help="写成哪个 .xlam，默认 perfxl.xlam。")
    ] = Path("perfxl.xlam"),
) -> None:
    """生成插件文件 perfxl.xlam；只是自己用的话，直接运行 perfxl addin install。"""
    from perfxl.addin.build import save_addin

    if output.suffix.lower() != ".xlam":
        raise UsageError(f"{output}：插件只能存为 .xlam，请把文件名改成以 .xlam 结尾")
    typer.echo(f"已生成 {save_addin(output)}")


@addin_app.command("install", cls=Command)
def install_command(
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="文件夹", help="插件放到这个文件夹并登记到 Excel；不给则放进 Excel 的启动文件夹（XLSTART）。"
        ),
    ] = None,
    quiet: Silent = False,
) -> None:
    """给当前用户安装 Excel 插件；再运行一次就是更新或修复，已有的设置会保留。"""
    from perfxl.addin.install import install
    from perfxl.addin.machine import ThisMachine

    installed = install(ThisMachine(), folder.absolute() if folder is not None else None)
    if not quiet:
        typer.echo(installed.told())


@addin_app.command("remove", cls=Command)
def remove_command(
    settings: Annotated[bool, typer.Option("--settings", help="连同设置文件一起删除。")] = False,
    quiet: Silent = False,
) -> None:
    """卸载当前用户的 Excel 插件；只删安装时放进去的文件。"""
    from perfxl.addin.install import remove
    from perfxl.addin.machine import ThisMachine

    removed = remove(ThisMachine(), forget_settings=settings)
    if not quiet:
        typer.echo(removed.told())


@addin_app.command("bundle", cls=Command)
def bundle_command(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写成哪个 .zip。")],
    runtime: Annotated[
        Path,
        typer.Option(
            metavar="文件", help="Windows 64 位的 Python：python.org 的 embeddable 压缩包，或解压后的文件夹。"
        ),
    ],
    wheels: Annotated[
        Path | None, typer.Option(metavar="文件夹", help="事先下载好的组件（.whl）；不给则由 pip 下载。")
    ] = None,
) -> None:
    """做一个离线包：自带 Python，不联网，不要管理员权限；里面有安装程序和 校验.cmd、汇总.cmd。"""
    from perfxl.addin.bundle import bundle

    if output.suffix.lower() != ".zip":
        raise UsageError(f"{output}：离线包只能存为 .zip，请把文件名改成以 .zip 结尾")
    typer.echo(f"已生成 {bundle(output, runtime, wheels)}")


@app.command("doctor", cls=Command)
def doctor_command(
    form: Annotated[
        Format, typer.Option("--format", metavar="格式", help="text 给人看（默认），json 给程序用。")
    ] = Format.TEXT,
) -> None:
    """检查这台电脑能不能用 Excel 插件：逐项给出通过、警告、失败和处理办法。"""
    from perfxl.addin.doctor import as_json, as_text, examine, has_failed
    from perfxl.addin.machine import ThisMachine

    checks = examine(ThisMachine())
    typer.echo(as_json(checks) if form is Format.JSON else as_text(checks))
    if has_failed(checks):
        raise typer.Exit(FOUND)
