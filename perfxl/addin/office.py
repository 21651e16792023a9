"""What the registry says about Excel and WPS on this computer: facts only, which doctor judges.

Names of keys and values are those of Microsoft's administrative templates for Office 2013 and later (``admx``), of the
attack surface reduction rules, AppLocker and software restriction policies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from perfxl.addin.install import OFFICE, excel_versions
from perfxl.addin.machine import Machine, RegistryValue

_NEWEST = "16.0"
_CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
_APP_PATHS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
# Group policy, then cloud policy, then what the user chose in Excel.
_POLICIES = (
    r"HKCU\Software\Policies\Microsoft\Office",
    r"HKLM\SOFTWARE\Policies\Microsoft\Office",
    r"HKCU\Software\Policies\Microsoft\Cloud\Office",
)
_USER = rf"HKCU\{OFFICE}"
_DEFENDER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
_ASR_RULES = (
    rf"{_DEFENDER}\Windows Defender Exploit Guard\ASR\Rules",
    r"HKLM\SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
)
#: “Block all Office applications from creating child processes”.
_NO_CHILD_PROCESSES = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
_BLOCKED, _WARNED = 1, 6
_APPLOCKER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe"
_RESTRICTION = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers"
_CLASSES = (r"HKCU\Software\Classes", r"HKLM\SOFTWARE\Classes", r"HKLM\SOFTWARE\Classes\WOW6432Node")
_WPS = ("Ket.Application", "ET.Application")
_WPS_FILE_TYPES = re.compile(r"(?:ket|et|wps)\.", re.IGNORECASE)
_XLSX = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\FileExts\.xlsx\UserChoice"
_VBA = (r"HKLM\SOFTWARE\Microsoft\VBA", r"HKLM\SOFTWARE\WOW6432Node\Microsoft\VBA")
_VARIABLE = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of Office that is in force, and whether the administrator set it by policy."""

    value: RegistryValue
    by_policy: bool


@dataclass(frozen=True, slots=True)
class Wps:
    """WPS Office on this computer.

    Attributes:
        opens_workbooks: a double click on an .xlsx starts WPS, not Excel.
        vba: VBA is installed; whether this edition of WPS uses it can't be told from the registry.
    """

    opens_workbooks: bool
    vba: bool


def excel_is_there(machine: Machine) -> bool:
    return bool(machine.values(_APP_PATHS) or machine.values(_CLICK_TO_RUN) or excel_versions(machine))


def excel_version(machine: Machine) -> str:
    """The Office version whose settings count, such as 16.0 (which 2016, 2019, 2021 and 365 share)."""
    return next(iter(excel_versions(machine)), _NEWEST)


def office_bits(machine: Machine) -> int | None:
    """32 or 64, or None where the registry doesn't tell."""
    version = excel_version(machine)
    told = [machine.value(_CLICK_TO_RUN, "Platform")]
    for software in ("SOFTWARE", r"SOFTWARE\WOW6432Node"):
        told.append(machine.value(rf"HKLM\{software}\Microsoft\Office\{version}\Outlook", "Bitness"))
    return next((64 if one == "x64" else 32 for one in told if one in ("x86", "x64")), None)


def setting(machine: Machine, below: str, name: str) -> Setting | None:
    """A setting below Office's version key; a policy goes before the user's own choice."""
    version = excel_version(machine)
    for root in (*_POLICIES, _USER):
        value = machine.value(rf"{root}\{version}\{below}", name)
        if value is not None:
            return Setting(value, root != _USER)
    return None


def is_on(machine: Machine, below: str, name: str) -> bool:
    """Whether a setting is there and 1."""
    found = setting(machine, below, name)
    return found is not None and found.value == 1


def trusts_any_folder(machine: Machine) -> bool:
    """False where trusted locations are switched off as a whole."""
    return not is_on(machine, r"Excel\Security\Trusted Locations", "AllLocationsDisabled")


def trusts(machine: Machine, folder: PurePath, xlstart: PurePath) -> bool:
    """Whether the folder is one of the trusted locations, as far as these are not switched off as a whole."""
    if str(folder).startswith("\\\\") and not is_on(
        machine, r"Excel\Security\Trusted Locations", "AllowNetworkLocations"
    ):
        return False
    locations = list(_trusted_locations(machine))
    if not locations and not _user_locations_forbidden(machine):
        return folder == xlstart  # Excel writes its own list down, XLSTART with it, when it first starts
    return any(_within(folder, path, deep) for path, deep in locations)


def managed_addin(machine: Machine, name: str) -> int | None:
    """What the policy “list of managed add-ins” says: 0 blocked, 1 always on, 2 the user's choice; None if unnamed."""
    version = excel_version(machine)
    for root in _POLICIES:
        for value_name, value in machine.values(rf"{root}\{version}\Excel\Resiliency\AddinList").items():
            if value_name.lower().endswith(name.lower()) and str(value).isdigit():
                return int(str(value))
    return None


def is_disabled_item(machine: Machine, name: str) -> bool:
    """Whether Excel itself has put the file on its list of disabled items, after a crash."""
    wanted = name.lower().encode("utf-16-le")
    items = machine.values(rf"{_USER}\{excel_version(machine)}\Excel\Resiliency\DisabledItems").values()
    return any(isinstance(item, bytes) and wanted in item.lower() for item in items)


def blocks_child_processes(machine: Machine) -> bool:
    """Whether Microsoft Defender keeps Office from starting other programs (blocking, or asking each time)."""
    for key in _ASR_RULES:
        for name, value in machine.values(key).items():
            if name.strip("{}").lower() == _NO_CHILD_PROCESSES:
                return str(value) in (str(_BLOCKED), str(_WARNED))
    managed = machine.value(rf"{_DEFENDER}\Policy Manager", "ASRRules")
    rules = dict(one.lower().split("=", 1) for one in str(managed or "").split("|") if "=" in one)
    return rules.get(_NO_CHILD_PROCESSES) in (str(_BLOCKED), str(_WARNED))


def allows_only_listed_programs(machine: Machine) -> bool:
    """Whether AppLocker or a software restriction policy is in force: what a user installed may not start."""
    applocker = machine.value(_APPLOCKER, "EnforcementMode") == 1 and bool(machine.subkeys(_APPLOCKER))
    return applocker or machine.value(_RESTRICTION, "DefaultLevel") == 0


def has_class(machine: Machine, name: str) -> bool:
    """Whether a COM class is registered under that name."""
    return any(machine.values(rf"{root}\{name}\CLSID") for root in _CLASSES)


def wps(machine: Machine) -> Wps | None:
    """WPS Office, or None if it isn't installed."""
    if not any(has_class(machine, name) for name in _WPS):
        return None
    chosen = str(machine.value(_XLSX, "ProgId") or "")
    return Wps(_WPS_FILE_TYPES.match(chosen) is not None, any(machine.values(key) for key in _VBA))


def _trusted_locations(machine: Machine) -> Iterator[tuple[PurePath, bool]]:
    """Folder, and whether those below are trusted too."""
    version = excel_version(machine)
    for root in (*_POLICIES, _USER):
        common = rf"{root}\{version}\Common\Security\Trusted Locations"
        if root == _USER and _user_locations_forbidden(machine):
            return
        for key in (rf"{root}\{version}\Excel\Security\Trusted Locations", common):
            for name in machine.subkeys(key):
                path = machine.value(rf"{key}\{name}", "Path")
                if isinstance(path, str) and path:
                    deep = machine.value(rf"{key}\{name}", "AllowSubfolders") == 1
                    yield machine.path(_expanded(machine, path)), deep


def _user_locations_forbidden(machine: Machine) -> bool:
    """Whether only those count that the administrator named."""
    keys = (rf"{root}\{excel_version(machine)}\Common\Security\Trusted Locations" for root in _POLICIES)
    return any(machine.value(key, "Allow User Locations") == 0 for key in keys)


def _expanded(machine: Machine, text: str) -> str:
    """``%APPDATA%\\…`` with the variable's value; an unknown one stays."""
    return _VARIABLE.sub(lambda match: machine.variable(match[1]) or match[0], text)


def _within(folder: PurePath, location: PurePath, deep: bool) -> bool:
    return folder == location or (deep and folder.is_relative_to(location))
