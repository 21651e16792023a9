"""Doctor's checks of Excel and WPS: the add-in's file, trust, macro policies."""

from __future__ import annotations

from collections.abc import Iterator

from perfxl.addin import office
from perfxl.addin.examining import Check, Patient, failed, passed, warned
from perfxl.addin.install import ADDIN_NAME, MARK, addin_version, is_signed, registered
from perfxl.addin.remedy import IT, REINSTALL


def excel(patient: Patient) -> Iterator[Check]:
    machine, key, title = patient.machine, "excel", "Excel"
    if not office.excel_is_there(machine):
        yield failed(
            key,
            title,
            "没有找到桌面版 Excel。",
            "按钮只能在桌面版 Excel 里用；校验和汇总可用命令行，或离线包里的 校验.cmd、汇总.cmd。",
        )
        return
    bits = office.office_bits(machine)
    yield passed(key, title, f"已安装，设置版本 {office.excel_version(machine)}{f'，{bits} 位' if bits else ''}。")
    if office.is_disabled_item(machine, ADDIN_NAME):
        yield failed(
            "disabled",
            "已禁用的加载项",
            "Excel 出错后把 perfxl.xlam 列为“已禁用的项目”。",
            "请在 Excel 里点“文件 → 选项 → 加载项”，下方“管理”选“禁用项目”，选中 perfxl 后点“启用”，再重新打开 Excel。",
        )


def addin(patient: Patient) -> Iterator[Check]:
    key, title, path = "addin", "插件文件", patient.addin
    if patient.addin_file is None and patient.record:
        yield failed(
            key,
            title,
            f"{path} 装过，现在不在了。",
            f"多半被杀毒软件隔离：{IT}请从隔离区恢复，并把这个文件加入信任；然后{REINSTALL}",
        )
    elif patient.addin_file is None:
        yield failed(key, title, f"没有 {path}。", REINSTALL)
    elif addin_version(patient.addin_file) is None:
        yield failed(
            key,
            title,
            f"{path} 不是 perfxl 的插件，或已损坏。",
            f"请先把它移走。{REINSTALL}{IT}也请查一下杀毒记录。",
        )
    elif path.parent != patient.at.xlstart and not _is_registered(patient):
        yield failed(key, title, f"{path} 在，但 Excel 启动时不会打开它。", REINSTALL)
    else:
        yield passed(key, title, f"{path}，Excel 启动时会打开。")


def _is_registered(patient: Patient) -> bool:
    entries = registered(patient.machine, office.excel_version(patient.machine))
    return any(str(patient.addin).lower() in value.lower() for _, value in entries)


def mark_of_the_web(patient: Patient) -> Iterator[Check]:
    if patient.addin_file is None:
        return
    key, title = "mark", "网络来源标记"
    if patient.machine.read(patient.machine.path(f"{patient.addin}{MARK}")) is not None:
        yield failed(
            key, title, "插件文件带有“来自互联网”的标记，Excel 不会运行它。", f"{REINSTALL}安装时会去掉这个标记。"
        )
    else:
        yield passed(key, title, "插件文件没有“来自互联网”的标记。")


def trust(patient: Patient) -> Iterator[Check]:
    machine, key, title, folder = patient.machine, "trust", "信任位置", patient.addin.parent
    if not office.trusts_any_folder(machine):
        yield failed(
            key,
            title,
            "所有信任位置都被停用，插件里的宏不会运行。",
            f"{IT}请允许使用信任位置（AllLocationsDisabled），并信任 {folder}。",
        )
    elif not office.trusts(machine, folder, patient.at.xlstart):
        yield failed(
            key,
            title,
            f"{folder} 不是 Excel 的信任位置，插件里的宏可能不运行。",
            f"{IT}请在 Excel 的“信任中心 → 受信任位置”里加上这个文件夹。",
        )
    else:
        yield passed(key, title, f"{folder} 受 Excel 信任。")


def macro_policy(patient: Patient) -> Iterator[Check]:
    machine, key, title = patient.machine, "macros", "宏策略"
    found = _obstacles(patient)
    if found:
        yield failed(
            key, title, f"{'；'.join(found)}，插件不会运行。", f"{IT}请放行 perfxl.xlam，或由单位给它签名，放回原处。"
        )
        return
    warnings = office.setting(machine, r"Excel\Security", "VBAWarnings")
    if warnings is not None and warnings.value in (3, 4):
        by = "组策略" if warnings.by_policy else "Excel 的信任中心"
        only = "只运行有签名的宏" if warnings.value == 3 else "禁用所有宏"
        yield warned(
            key,
            title,
            f"{by}设为“{only}”（VBAWarnings={warnings.value}）。",
            "信任位置里的插件通常不受影响；按钮点了没有反应时，" + IT + "请放行。",
        )
        return
    internet = office.is_on(machine, r"Excel\Security", "BlockContentExecutionFromInternet")
    yield passed(key, title, "没有妨碍插件的设置。" + ("来自互联网的宏一律被拦，插件不受影响。" if internet else ""))


def _obstacles(patient: Patient) -> list[str]:
    """Settings under which Excel never runs the add-in."""
    machine = patient.machine
    signed = is_signed(patient.addin_file or b"")
    obstacles = (
        (office.is_on(machine, "Common", "VBAOff"), "Office 的 VBA 被整个停用（VBAOff）"),
        (office.is_on(machine, r"Excel\Security", "DisableAllAddins"), "所有加载项都被禁用（DisableAllAddins）"),
        (
            not signed and office.is_on(machine, r"Excel\Security", "RequireAddinSig"),
            "加载项必须有受信任的签名（RequireAddinSig）",
        ),
        (
            not signed and office.is_on(machine, r"Common\Security", "RequireAlwaysOnMacroSig"),
            "随 Office 启动的宏必须有受信任的签名（RequireAlwaysOnMacroSig）",
        ),
        (office.managed_addin(machine, ADDIN_NAME) == 0, "组策略的加载项名单禁用了 perfxl.xlam"),
        (
            office.is_on(machine, r"Excel\Resiliency\AddinList", "PolicyOn")
            and office.is_on(machine, r"Excel\Resiliency", "RestrictToList")
            and office.managed_addin(machine, ADDIN_NAME) is None,
            "组策略只允许名单里的加载项，名单里没有 perfxl.xlam",
        ),
    )
    return [words for is_so, words in obstacles if is_so]


def wps(patient: Patient) -> Iterator[Check]:
    key, title, found = "wps", "WPS", office.wps(patient.machine)
    if found is None:
        yield passed(key, title, "没有安装。")
    elif found.opens_workbooks:
        yield warned(
            key,
            title,
            "双击 .xlsx 时打开的是 WPS，按钮不在 WPS 里。",
            "要用按钮，请先打开 Excel，再从 Excel 里打开表；表内的下拉和红色提示在 WPS 里照常有。",
        )
    else:
        vba = "装有 VBA" if found.vba else "没有 VBA"
        yield passed(key, title, f"已安装（{vba}）；双击 .xlsx 打开的不是 WPS。按钮只保证在 Excel 里能用。")
