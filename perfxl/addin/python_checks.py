"""Doctor's checks of Python and of the places it needs: settings, interpreter, versions, permission to start, paths."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from perfxl.addin import office
from perfxl.addin.examining import Check, Patient, failed, passed, warned
from perfxl.addin.install import addin_version, is_store_python
from perfxl.addin.remedy import IT, REINSTALL


def settings(patient: Patient) -> Iterator[Check]:
    key, title, path = "settings", "设置文件", patient.at.settings
    if patient.settings_file is None:
        yield failed(key, title, f"没有 {path}。", f"插件还没有安装好。{REINSTALL}")
    elif not patient.settings_file.startswith(codecs.BOM_UTF16_LE):
        yield failed(
            key, title, f"{path} 的编码不对，插件读不出来。", f"多半是用记事本另存过。{REINSTALL}其中的设置会保留。"
        )
    elif patient.interpreter is None:
        yield failed(key, title, f"{path} 里没有写 Python 的位置（interpreter）。", REINSTALL)
    else:
        yield passed(key, title, f"{path}。")


def interpreter(patient: Patient) -> Iterator[Check]:
    key, title, path = "interpreter", "Python", patient.interpreter
    if path is None:
        return
    if patient.machine.read(path) is None:
        yield failed(
            key,
            title,
            f"{path} 不在了。",
            f"可能被移动、卸载，或被杀毒软件隔离。{REINSTALL}反复出现时，{IT}请把这个文件加入信任。",
        )
        return
    python = patient.python
    if not python:
        how = "启动不了" if patient.ran is None else f"启动后出错退出（代码 {patient.ran.code}）"
        yield failed(
            key,
            title,
            f"{path} {how}。",
            f"{IT}杀毒软件或安全策略可能拦住了 Python，或这份 Python 已损坏；先放行或修好。{REINSTALL}",
        )
    elif is_store_python(path) or is_store_python(patient.machine.path(python["base"])):
        yield failed(
            key,
            title,
            f"{path} 是 Microsoft Store 的 Python，它写的文件 Excel 看不见。",
            f"请改用离线包，或换成 python.org 的 Python 并在里面装好 perfxl。{REINSTALL}",
        )
    elif python["old"]:
        yield failed(
            key,
            title,
            f"{path} 是 Python {python['python']}，太旧。",
            f"请装 Python 3.11 或更新的版本，再装 perfxl。{REINSTALL}",
        )
    else:
        yield passed(key, title, f"{python['python']}，能启动：{path}。")
        yield _bitness(patient, python["bits"])


def _bitness(patient: Patient, bits: int) -> Check:
    key, title, excel = "bitness", "位数", office.office_bits(patient.machine)
    told = f"Python {bits} 位，Office {f'{excel} 位' if excel else '位数未知'}"
    if bits != 64:
        return warned(key, title, f"{told}。", "32 位 Python 已装不上较新的 pandas，请换 64 位 Python。Office 不用换。")
    return passed(key, title, f"{told}；两者不必相同。")


def versions(patient: Patient) -> Iterator[Check]:
    python, key, title = patient.python, "versions", "版本"
    if not python:
        return
    addin = addin_version(patient.addin_file or b"")
    if not python["perfxl"]:
        yield failed(
            key,
            title,
            "按钮用的 Python 里没有 perfxl，或 perfxl 已损坏。",
            f"用 pip 等安装的，请先重新安装 perfxl。{REINSTALL}",
        )
    elif addin is not None and addin != python["perfxl"]:
        yield failed(
            key,
            title,
            f"插件是 {addin}，Python 里的 perfxl 是 {python['perfxl']}。",
            f"{REINSTALL}插件会换成同一个版本。",
        )
    else:
        yield passed(key, title, f"perfxl {python['perfxl']}" + (f"，插件 {addin}。" if addin else "。"))
    missing = [name for name in ("xlwings", "pywin32") if not python[name]]
    if missing:
        yield failed(
            "xlwings",
            "xlwings",
            f"没有安装 {'、'.join(missing)}，按钮不能用。",
            f"用 pip 安装的，请先在那个 Python 里运行 pip install xlwings。{REINSTALL}",
        )
    else:
        yield passed("xlwings", "xlwings", f"xlwings {python['xlwings']}，pywin32 {python['pywin32']}。")
    if not python["pandas"]:
        yield warned("pandas", "pandas", "没有安装，“汇总”不能用，“校验”不受影响。", "需要汇总时，请重新安装 perfxl。")
    else:
        yield passed("pandas", "pandas", f"{python['pandas']}。")


def may_start_python(patient: Patient) -> Iterator[Check]:
    machine, key, title = patient.machine, "start", "由 Excel 启动 Python"
    lacking = [name for name in ("WScript.Shell", "Scripting.FileSystemObject") if not office.has_class(machine, name)]
    if office.blocks_child_processes(machine):
        yield failed(
            key,
            title,
            "Microsoft Defender 禁止 Office 启动其他程序（攻击面减少规则 D4F940AB）。",
            f"{IT}请把 {patient.interpreter or 'Python'} 加入这条规则的排除项；在此之前请用命令行，或离线包里的 校验.cmd、汇总.cmd。",
        )
    elif lacking:
        yield failed(
            key,
            title,
            f"Windows 组件 {'、'.join(lacking)} 被停用。",
            f"{IT}请重新注册 wshom.ocx、scrrun.dll，插件靠它们启动 Python。",
        )
    elif office.allows_only_listed_programs(machine):
        yield warned(
            key,
            title,
            "这台电脑只允许运行名单里的程序（AppLocker 或软件限制策略）。",
            f"{IT}请确认名单里有 {patient.interpreter or 'Python'}。",
        )
    else:
        yield passed(key, title, "没有发现禁止的策略；杀毒软件自己的规则查不到，以点一次“校验”为准。")


def paths(patient: Patient) -> Iterator[Check]:
    """Paths that make trouble: on the network, synchronised, or too long; Chinese and spaces make none."""
    key, title = "paths", "路径"
    machine = patient.machine
    cloud = [machine.variable(name) for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")]
    troubles = []
    for path in (patient.interpreter, patient.addin, patient.log):
        if path is None:
            continue
        if str(path).startswith("\\\\"):
            troubles.append(f"{path} 在网络上")
        elif any(folder and path.is_relative_to(machine.path(folder)) for folder in cloud):
            troubles.append(f"{path} 在 OneDrive 里")
        elif len(str(path)) > 240:
            troubles.append(f"{path} 太长")
    if troubles:
        advice = f"断网、没有同步完或路径太长时按钮会失灵，请装到本机较短的文件夹里。{REINSTALL}"
        yield warned(key, title, f"{'；'.join(troubles)}。", advice)
    else:
        yield passed(key, title, "都在本机；中文和空格没有妨碍。")


def write_access(patient: Patient) -> Iterator[Check]:
    key, title = "write", "写入权限"
    folders = (
        patient.at.home,
        patient.log,
        patient.machine.path(patient.machine.variable("TEMP") or str(patient.at.home)),
    )
    closed = [str(folder) for folder in dict.fromkeys(folders) if not patient.machine.writable(folder)]
    if closed:
        yield failed(
            key, title, f"不能在 {'、'.join(closed)} 里写文件。", f"{IT}请给当前用户写入权限，并检查磁盘是否已满。"
        )
    else:
        yield passed(key, title, "设置、记录和临时文件夹都能写。")
