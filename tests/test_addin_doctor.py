"""perfxl doctor: what each state of a PC is called, and what it says to do."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from pathlib import Path, PureWindowsPath

import pytest
from machines import ADDIN, APPDATA, EXPORTS, PC, PYTHON, SETTINGS, answer

from perfxl import __version__
from perfxl.addin.build import build_addin
from perfxl.addin.doctor import as_json, as_text, examine, has_failed
from perfxl.addin.examining import Check, Verdict
from perfxl.addin.install import install
from perfxl.addin.machine import Ran, ThisMachine

PASSED, WARNED, FAILED = Verdict
EXCEL = r"HKCU\Software\Microsoft\Office\16.0\Excel"
POLICIES = r"HKCU\Software\Policies\Microsoft\Office\16.0"
DEFENDER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
CHILD_RULE = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A"
LEAK = re.compile(r"Traceback|Error\b|Exception|site-packages|perfxl[./]addin|None")


@pytest.fixture
def pc() -> PC:
    """A PC on which all is well."""
    pc = PC("office365")
    install(pc)
    return pc


def check(pc: PC, key: str) -> Check:
    return next(one for one in examine(pc) if one.key == key)


def with_policy(pc: PC, below: str, **values: object) -> None:
    pc.registry.setdefault(rf"{POLICIES}\{below}", {}).update(values)


def test_a_sound_pc_passes_everything(pc):
    checks = examine(pc)

    assert [one.title for one in checks if one.verdict is not PASSED] == []
    assert len(checks) >= 14
    assert not has_failed(checks)
    assert as_text(checks).endswith(f"共 {len(checks)} 项：通过 {len(checks)} 项，警告 0 项，失败 0 项。")


def test_the_interpreter_is_started_as_the_launcher_starts_it(pc):
    examine(pc)

    assert len(pc.started) == 1
    assert pc.started[0][:6] == [PYTHON, "-E", "-P", "-X", "utf8", "-c"]


def test_what_the_probe_asks_a_real_interpreter_can_answer(pc):
    examine(pc)
    ran = ThisMachine().run([sys.executable, *pc.started[0][1:-1], str(Path(__file__).parents[1])], 60)

    assert ran is not None
    told = json.loads(ran.output)
    assert (told["perfxl"], told["old"], told["bits"]) == (__version__, False, 64)
    assert set(told) == set(json.loads(answer().output))


def never_installed(pc):
    pc.take(SETTINGS)
    return "settings", FAILED, "perfxl addin install"


def settings_saved_by_notepad(pc):
    pc.put(SETTINGS, f"interpreter={PYTHON}".encode())
    return "settings", FAILED, "记事本"


def settings_without_interpreter(pc):
    pc.put(SETTINGS, "timeout=5".encode("utf-16"))
    return "settings", FAILED, "interpreter"


def python_gone(pc):
    pc.take(PYTHON)
    return "interpreter", FAILED, "隔离"


def python_does_not_start(pc):
    pc.programs.clear()
    return "interpreter", FAILED, "启动不了"


def python_fails(pc):
    pc.programs[PureWindowsPath(PYTHON)] = Ran(3221225781, "")
    return "interpreter", FAILED, "3221225781"


def python_talks_nonsense(pc):
    pc.programs[PureWindowsPath(PYTHON)] = Ran(0, "hello")
    return "interpreter", FAILED, "修好"


def python_of_the_store(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(base=r"C:\Program Files\WindowsApps\PythonSoftwareFoundation")
    return "interpreter", FAILED, "Microsoft Store"


def python_too_old(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(python="3.9.1", old=True)
    return "interpreter", FAILED, "3.11"


def python_of_32_bits(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(bits=32)
    return "bitness", WARNED, "Office 64 位"


def no_perfxl(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(perfxl="")
    return "versions", FAILED, "重新安装 perfxl"


def perfxl_newer_than_the_add_in(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(perfxl="9.0.0")
    return "versions", FAILED, "9.0.0"


def no_xlwings(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(xlwings="", pywin32="")
    return "xlwings", FAILED, "pip install xlwings"


def no_pandas(pc):
    pc.programs[PureWindowsPath(PYTHON)] = answer(pandas="")
    return "pandas", WARNED, "汇总"


def add_in_quarantined(pc):
    pc.take(ADDIN)
    return "addin", FAILED, "杀毒软件隔离"


def add_in_never_there(pc):
    pc.take(ADDIN)
    pc.take(rf"{APPDATA}\perfxl\installed.json")
    return "addin", FAILED, "双击离线包里的 安装.cmd，或在命令行运行 perfxl addin install"


def add_in_damaged(pc):
    pc.put(ADDIN, b"PK\3\4")
    return "addin", FAILED, "移走"


def add_in_not_opened_any_more(pc):
    folder = PureWindowsPath(r"D:\插件")
    install(pc, folder)
    pc.registry[rf"{EXCEL}\Options"].pop("OPEN2")
    return "addin", FAILED, "不会打开"


def add_in_from_the_internet(pc):
    pc.put(f"{ADDIN}:Zone.Identifier", b"[ZoneTransfer]\r\nZoneId=3")
    return "mark", FAILED, "来自互联网"


def add_in_disabled_after_a_crash(pc):
    item = b"\x01\0\0\0" + ADDIN.upper().encode("utf-16-le")
    pc.registry[rf"{EXCEL}\Resiliency\DisabledItems"] = {"7B3F": item}
    return "disabled", FAILED, "禁用项目"


def trusted_locations_off(pc):
    with_policy(pc, r"Excel\Security\Trusted Locations", alllocationsdisabled=1)
    return "trust", FAILED, "AllLocationsDisabled"


def xlstart_not_trusted(pc):
    pc.registry[rf"{EXCEL}\Security\Trusted Locations\Location1"]["Path"] = "D:\\别处\\"
    return "trust", FAILED, "受信任位置"


def only_the_administrators_locations(pc):
    with_policy(pc, r"Common\Security\Trusted Locations", **{"allow user locations": 0})
    return "trust", FAILED, "受信任位置"


def vba_off(pc):
    with_policy(pc, "Common", vbaoff=1)
    return "macros", FAILED, "VBAOff"


def add_ins_need_a_signature(pc):
    with_policy(pc, r"Excel\Security", requireaddinsig=1)
    return "macros", FAILED, "RequireAddinSig"


def macros_that_start_with_office_need_a_signature(pc):
    with_policy(pc, r"Common\Security", requirealwaysonmacrosig=1)
    return "macros", FAILED, "签名"


def add_in_blocked_by_name(pc):
    with_policy(pc, r"Excel\Resiliency\AddinList", **{"Perfxl.xlam": "0"})
    return "macros", FAILED, "名单禁用"


def only_listed_add_ins(pc):
    with_policy(pc, r"Excel\Resiliency\AddinList", PolicyOn=1, **{"other.xlam": "1"})
    with_policy(pc, r"Excel\Resiliency", RestrictToList=1)
    return "macros", FAILED, "名单里没有"


def macros_off_by_policy(pc):
    with_policy(pc, r"Excel\Security", vbawarnings=4)
    return "macros", WARNED, "组策略设为“禁用所有宏”"


def only_signed_macros_by_choice(pc):
    pc.registry[rf"{EXCEL}\Security"]["VBAWarnings"] = 3
    return "macros", WARNED, "信任中心设为“只运行有签名的宏”"


def defender_forbids_child_processes(pc):
    pc.registry[rf"{DEFENDER}\Windows Defender Exploit Guard\ASR\Rules"] = {CHILD_RULE: "1"}
    return "start", FAILED, "D4F940AB"


def defender_managed_from_afar(pc):
    pc.registry[rf"{DEFENDER}\Policy Manager"] = {"ASRRules": f"3b576869-0000=1|{CHILD_RULE.lower()}=6"}
    return "start", FAILED, "排除项"


def script_host_taken_away(pc):
    del pc.registry[r"HKLM\SOFTWARE\Classes\WScript.Shell\CLSID"]
    return "start", FAILED, r"WScript\.Shell"


def software_restriction(pc):
    pc.registry[r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers"] = {"DefaultLevel": 0}
    return "start", WARNED, "AppLocker"


def interpreter_on_the_network(pc):
    pc.put(SETTINGS, pc[SETTINGS].replace(PYTHON.encode("utf-16-le"), r"\\server\py\python.exe".encode("utf-16-le")))
    return "paths", WARNED, "网络"


def log_in_onedrive(pc):
    pc.environment["OneDriveCommercial"] = r"D:\OneDrive - 财政局"
    pc.put(SETTINGS, f"interpreter={PYTHON}\nlog_folder=D:\\OneDrive - 财政局\\log".encode("utf-16"))
    return "paths", WARNED, "OneDrive"


def path_too_long(pc):
    pc.put(SETTINGS, f"interpreter={PYTHON}\nlog_folder=D:\\{'长' * 240}".encode("utf-16"))
    return "paths", WARNED, "太长"


def log_not_writable(pc):
    pc.locked.add(PureWindowsPath(APPDATA) / "perfxl" / "log")
    return "write", FAILED, "写入权限"


def no_excel(pc):
    pc.registry.clear()
    return "excel", FAILED, r"汇总\.cmd"


def wps_opens_workbooks(pc):
    pc.load((EXPORTS / "wps.reg").read_text(encoding="utf-8"))
    return "wps", WARNED, "从 Excel 里打开"


STATES = (
    never_installed, settings_saved_by_notepad, settings_without_interpreter, python_gone, python_does_not_start,
    python_fails, python_talks_nonsense, python_of_the_store, python_too_old, python_of_32_bits, no_perfxl,
    perfxl_newer_than_the_add_in, no_xlwings, no_pandas, add_in_quarantined, add_in_never_there, add_in_damaged,
    add_in_not_opened_any_more, add_in_from_the_internet, add_in_disabled_after_a_crash, trusted_locations_off,
    xlstart_not_trusted, only_the_administrators_locations, vba_off, add_ins_need_a_signature,
    macros_that_start_with_office_need_a_signature, add_in_blocked_by_name, only_listed_add_ins, macros_off_by_policy,
    only_signed_macros_by_choice, defender_forbids_child_processes, defender_managed_from_afar, script_host_taken_away,
    software_restriction, interpreter_on_the_network, log_in_onedrive, path_too_long, log_not_writable, no_excel,
    wps_opens_workbooks,
)  # fmt: skip


@pytest.mark.parametrize("spoil", STATES, ids=lambda spoil: spoil.__name__)
def test_each_trouble_is_named_with_what_to_do(pc, spoil):
    key, verdict, words = spoil(pc)

    found = check(pc, key)

    assert found.verdict is verdict
    assert re.search(words, found.found + found.advice)
    assert found.advice.endswith("。")
    assert found.found.endswith("。")
    assert not LEAK.search(as_text(examine(pc)))


def test_a_locked_down_pc_is_told_all_at_once(pc):
    pc.load((EXPORTS / "locked_down.reg").read_text(encoding="utf-8"))

    checks = examine(pc)

    assert {one.key for one in checks if one.verdict is FAILED} == {"trust", "macros", "start"}
    assert "VBAOff" in as_text(checks)
    assert "RequireAddinSig" in as_text(checks)
    assert has_failed(checks)


@pytest.mark.parametrize(
    "harmless",
    [
        lambda pc: with_policy(pc, r"Excel\Security", blockcontentexecutionfrominternet=1, vbawarnings=2),
        lambda pc: pc.registry.update({rf"{DEFENDER}\Windows Defender Exploit Guard\ASR\Rules": {CHILD_RULE: "2"}}),
        lambda pc: pc.registry.update({r"HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe": {"EnforcementMode": 0}}),
        lambda pc: with_policy(pc, r"Excel\Resiliency\AddinList", PolicyOn=1, **{"perfxl.xlam": "1"}),
        lambda pc: pc.registry.update({rf"{EXCEL}\Resiliency\DisabledItems": {"A": "other.xlam".encode("utf-16-le")}}),
        lambda pc: [pc.registry.pop(key) for key in list(pc.registry) if "Trusted Locations" in key],
    ],
    ids=[
        "internet macros blocked",
        "rule in audit",
        "AppLocker in audit",
        "allowed by name",
        "other disabled",
        "new PC",
    ],
)
def test_what_does_no_harm_is_not_complained_of(pc, harmless):
    harmless(pc)

    assert {one.verdict for one in examine(pc)} == {PASSED}


def test_a_signed_add_in_satisfies_the_demand_for_signatures(pc):
    add_ins_need_a_signature(pc)
    macros_that_start_with_office_need_a_signature(pc)
    stream = io.BytesIO(pc[ADDIN])
    with zipfile.ZipFile(stream, "a") as package:
        package.writestr("xl/vbaProjectSignatureV3.bin", b"signature")

    pc.put(ADDIN, stream.getvalue())

    assert check(pc, "macros").verdict is PASSED


def test_a_policy_goes_before_what_the_user_chose(pc):
    pc.registry[rf"{EXCEL}\Security"]["VBAWarnings"] = 4
    with_policy(pc, r"Excel\Security", vbawarnings=2)

    assert check(pc, "macros").verdict is PASSED


@pytest.mark.parametrize(("subfolders", "verdict"), [(1, PASSED), (0, FAILED)])
def test_a_folder_below_a_trusted_one_counts_only_if_subfolders_do(pc, subfolders, verdict):
    pc.registry[rf"{EXCEL}\Security\Trusted Locations\Location7"] = {
        "Path": "d:\\财政\\",
        "AllowSubfolders": subfolders,
    }
    install(pc, PureWindowsPath(r"D:\财政\插件"))

    assert check(pc, "trust").verdict is verdict


@pytest.mark.parametrize(("allowed", "verdict"), [({"AllowNetworkLocations": 1}, PASSED), ({}, FAILED)])
def test_a_trusted_folder_on_the_network_counts_only_if_networks_do(pc, allowed, verdict):
    pc.registry[rf"{EXCEL}\Security\Trusted Locations"].update(allowed)
    pc.registry[rf"{EXCEL}\Security\Trusted Locations\Location7"] = {"Path": r"\\server\excel"}
    install(pc, PureWindowsPath(r"\\server\excel"))

    assert check(pc, "trust").verdict is verdict


def test_wps_without_the_file_type_is_only_mentioned(pc):
    pc.load((EXPORTS / "wps.reg").read_text(encoding="utf-8"))
    pc.registry.pop(r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\FileExts\.xlsx\UserChoice")
    pc.registry[r"HKLM\SOFTWARE\Microsoft\VBA"] = {"Vbe71DllPath": "x"}

    assert check(pc, "wps").verdict is PASSED
    assert "装有 VBA" in check(pc, "wps").found


def test_the_message_box_leaves_out_what_is_well(pc):
    python_gone(pc)

    text = as_text(examine(pc), only_problems=True)

    assert text.startswith("失败  Python：")
    assert "\n通过" not in text


def test_json_carries_the_same_for_programs(pc):
    no_pandas(pc)

    told = json.loads(as_json(examine(pc)))

    assert (told["perfxl"], told["failed"]) == (__version__, False)
    assert {"key": "pandas", "verdict": "warned"}.items() <= next(
        one for one in told["checks"] if one["key"] == "pandas"
    ).items()


def test_without_appdata_there_is_nothing_to_look_at(pc):
    pc.environment.clear()

    assert [(one.key, one.verdict) for one in examine(pc)] == [("user", FAILED)]


def test_off_windows_it_says_what_it_can_not_tell():
    pc = PC()
    pc.system = "Linux"

    checks = examine(pc)

    assert not has_failed(checks)
    assert "perfxl validate" in as_text(checks)
    assert "在 Windows 上才能检查" in as_text(checks)


def test_an_add_in_of_another_build_with_the_same_version_is_no_trouble(pc):
    pc.put(ADDIN, build_addin())

    assert check(pc, "versions").verdict is PASSED
