"""The scripts in the offline bundle: what a clerk double-clicks, or drops a folder on.

cmd reads a script in the console's code page, so the scripts are ASCII but for what they have to say by themselves: that is
echoed after ``chcp 936``, in GB 2312, whose bytes are never taken for a character of cmd's own under any other code page.

Explorer puts a dropped path into quotation marks only if it holds a space: of ``D:\\收入&支出`` the script's arguments hold
``D:\\收入``, and cmd would run the rest as a command.  So a path is never taken from the arguments of a drop, nor ever
parsed by cmd: the whole command line goes to Python in a variable (delayed expansion is not parsed again), and the
script ends cmd itself (``exit``) before it comes to the rest.
"""

from __future__ import annotations

import re

COMMAND_LINE, ARGUMENT, SCRIPT = "PERFXL_COMMAND_LINE", "PERFXL_ARGUMENT", "PERFXL_SCRIPT"

_TARGET = r"%LOCALAPPDATA%\Programs\perfxl"
_HEAD = rf"""@echo off
setlocal DisableDelayedExpansion
set "PERFXL_HERE=%~dp0"
set "PERFXL_TARGET={_TARGET}"
set "{SCRIPT}=%~nx0"
set "{ARGUMENT}=%~1"
setlocal EnableDelayedExpansion
set "{COMMAND_LINE}=!cmdcmdline!"
set "PERFXL_CODE=2"
if exist "!PERFXL_HERE!python\python.exe" goto found
chcp 936 >nul
echo 找不到 perfxl 自带的 Python，没有做任何事。
echo 如果是在压缩包里直接双击的：请先把压缩包全部解压到一个文件夹，再双击。
echo 如果已经解压过：python.exe 可能被杀毒软件隔离，请联系单位的信息技术人员恢复并放行。
goto end
:found
"""
# Started by Explorer, the command line names the script: keep the window open, and end cmd before it reads on.
_END = f"""
:end
if "!{COMMAND_LINE}:%~nx0=!"=="!{COMMAND_LINE}!" exit /b !PERFXL_CODE!
if /i not "!{ARGUMENT}!"=="/quiet" pause
exit !PERFXL_CODE!
"""
_RUN = r'"!PERFXL_HERE!python\python.exe" -X utf8 -m {command}' + '\nset "PERFXL_CODE=!errorlevel!"\n'
_INSTALL = r"""
if not defined LOCALAPPDATA goto failed
if /i "!PERFXL_HERE!"=="!PERFXL_TARGET!\" goto copied
robocopy "!PERFXL_HERE!." "!PERFXL_TARGET!" /MIR /R:2 /W:1 /NFL /NDL /NJH /NJS /NP >nul
if not errorlevel 8 goto copied
:failed
chcp 936 >nul
echo 没有装好：文件复制不到本机的用户文件夹。
echo 请关闭所有 Excel 窗口后再试；还不行时，请检查磁盘是否已满，或联系单位的信息技术人员。
goto end
:copied
"!PERFXL_TARGET!\python\python.exe" -X utf8 -m perfxl addin install
set "PERFXL_CODE=!errorlevel!"
"""
# The last line empties the folder this script may stand in: "(goto)" lets cmd forget the script first.
_REMOVE = rf"""
"!PERFXL_HERE!python\python.exe" -X utf8 -m perfxl addin remove
set "PERFXL_CODE=!errorlevel!"
if not "!PERFXL_CODE!"=="0" goto end
if not defined LOCALAPPDATA goto end
if not exist "!PERFXL_TARGET!\python\python.exe" goto end
if /i not "!{ARGUMENT}!"=="/quiet" pause
cd /d "!TEMP!"
(goto) 2>nul & rmdir /s /q "{_TARGET}"
"""
_SCRIPTS = {
    "安装.cmd": _HEAD + _INSTALL + _END,
    "卸载.cmd": _HEAD + _REMOVE + _END,
    "体检.cmd": _HEAD + _RUN.format(command="perfxl doctor") + _END,
    "校验.cmd": _HEAD + _RUN.format(command="perfxl.cli.dropped validate") + _END,
    "汇总.cmd": _HEAD + _RUN.format(command="perfxl.cli.dropped consolidate") + _END,
}
_READ_ME = """perfxl 离线包（Windows 64 位）

先解压到本机的一个文件夹，不要在压缩包里直接双击。不需要管理员权限，不联网，不改 Office 的安全设置。

要在 Excel 里用按钮：
  1. 关闭所有 Excel 窗口，双击 安装.cmd。
  2. 打开 Excel，功能区上有“绩效目标”就好了；没有时双击 体检.cmd，照它说的做。
  不用了，双击 卸载.cmd。
  装好以后，这个文件夹可以删：%LOCALAPPDATA%\\Programs\\perfxl 里也有一份 安装.cmd、体检.cmd、卸载.cmd。

不用 Excel，或只有 WPS：
  校验：把装有绩效目标表的文件夹拖到 校验.cmd 上。标注好的表在旁边的“…-已标注”文件夹里，原来的表不改动。
  汇总：把文件夹拖到 汇总.cmd 上。总台账是旁边的“…-总台账.xlsx”。
"""
_TOKEN = re.compile(r'"([^"]*)"|(\S+)')


def bundle_scripts() -> dict[str, bytes]:
    """The scripts and what explains them: content by path in the bundle."""
    scripts = {name: text.replace("\n", "\r\n").encode("gb2312") for name, text in _SCRIPTS.items()}
    return {**scripts, "说明.txt": _READ_ME.replace("\n", "\r\n").encode("utf-8-sig")}


def dropped_paths(command_line: str, script: str, argument: str) -> list[str]:
    """What was dropped on a script.

    Args:
        command_line: cmd's own, ``…cmd.exe /c ""D:\\工具\\校验.cmd" D:\\收入&支出 "D:\\第 2 批""`` when Explorer started it.
        script: the script's file name.
        argument: its first argument, which counts when it was typed at a prompt.
    """
    before, found, rest = command_line.partition(f'{script}"')
    if not found or " /c " not in before.lower():
        return [argument] if argument else []
    return [quoted or bare for quoted, bare in _TOKEN.findall(rest.strip().removesuffix('"'))]
