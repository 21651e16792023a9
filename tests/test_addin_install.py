"""perfxl addin install and remove: what they put, what they keep, what they never touch."""

from __future__ import annotations

import io
import json
import sys
import types
import zipfile
from pathlib import Path, PureWindowsPath

import pytest
from machines import ADDIN, APPDATA, PC, PYTHON, SETTINGS, XLSTART

from perfxl import __version__
from perfxl.addin import build
from perfxl.addin.build import build_addin
from perfxl.addin.install import addin_version, install, read_settings, remove
from perfxl.addin.machine import Machine, ThisMachine
from perfxl.errors import OutputError, UsageError

MARK = ":Zone.Identifier"
OPTIONS = r"HKCU\Software\Microsoft\Office\16.0\Excel\Options"
FOLDER = PureWindowsPath(r"D:\插件 & 工具")


@pytest.fixture
def pc() -> PC:
    return PC("office365")


def older(monkeypatch) -> bytes:
    """The add-in as an earlier version built it."""
    with monkeypatch.context() as patch:
        patch.setitem(build._TEXTS, "version", "0.0.9")
        return build_addin()


def settings(pc: PC) -> dict[str, str]:
    return read_settings(pc[SETTINGS])


# -- install


def test_the_add_in_goes_where_excel_starts_it_and_the_settings_name_the_interpreter(pc):
    told = install(pc).told()

    assert pc[ADDIN] == build_addin()
    assert settings(pc) == {
        "interpreter": PYTHON,
        "version": __version__,
        "timeout": "600",
        "log_folder": rf"{APPDATA}\perfxl\log",
    }
    assert ADDIN in told
    assert "请关闭所有 Excel 窗口再打开" in told


def test_the_settings_are_utf_16_with_windows_line_ends_as_the_launcher_reads_them(pc):
    install(pc)

    assert pc[SETTINGS].startswith(b"\xff\xfe")
    assert pc[SETTINGS].decode("utf-16").startswith(f"interpreter={PYTHON}\r\n")


def test_a_second_time_changes_nothing(pc):
    install(pc)
    files, registry = dict(pc.files), {key: dict(values) for key, values in pc.registry.items()}

    install(pc)

    assert pc.files == files
    assert pc.registry == registry


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8", "gb18030"])
def test_what_a_user_set_stays_in_whatever_encoding_notepad_saved_it(pc, encoding):
    text = "# 王科长改的\nTimeout = 1200\nlog_folder=D:\\记 录=1\ninterpreter=C:\\旧\\python.exe\npythonpath=D:\\库\n"
    pc.put(SETTINGS, text.encode(encoding))

    install(pc)

    assert settings(pc) == {
        "interpreter": PYTHON,
        "version": __version__,
        "timeout": "1200",
        "log_folder": r"D:\记 录=1",
        "pythonpath": r"D:\库",
    }
    assert "# 王科长改的" in pc[SETTINGS].decode("utf-16")
    assert pc[SETTINGS].decode("utf-16").count("interpreter") == 1


@pytest.mark.parametrize(
    "executable",
    [
        pytest.param(r"C:\Program Files\Python312\python.exe", id="pip"),
        pytest.param(r"C:\Users\王 小明\AppData\Local\Programs\Python\Python312\python.exe", id="pip for one user"),
        pytest.param(r"D:\R&D\100%\it's=x\.venv\Scripts\python.exe", id="venv at an awkward path"),
        pytest.param(r"C:\Users\王 小明\pipx\venvs\perfxl\Scripts\python.exe", id="pipx"),
        pytest.param(r"C:\Users\王 小明\AppData\Roaming\uv\tools\perfxl\Scripts\python.exe", id="uv tool"),
        pytest.param(r"C:\Users\王 小明\AppData\Local\Programs\perfxl\python\python.exe", id="offline bundle"),
    ],
)
def test_the_buttons_use_the_environment_that_installs_without_a_console(executable):
    pc = PC("office365", executable=executable)
    quiet = executable.replace("python.exe", "pythonw.exe")
    pc.put(quiet)

    install(pc)

    assert settings(pc)["interpreter"] == quiet


@pytest.mark.parametrize(
    ("executable", "base", "advice"),
    [
        (r"C:\Users\w\AppData\Local\uv\cache\archive-v0\Ab1\Scripts\python.exe", r"C:\Python312", "uv tool install"),
        (r"D:\cache\builds-v0\.tmp1\Scripts\python.exe", r"C:\Python312", "uv tool install"),
        (r"C:\Users\w\pipx\.cache\0f1\Scripts\python.exe", r"C:\Python312", "pipx install"),
        (
            r"D:\venv\Scripts\python.exe",
            r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12",
            "python.org",
        ),
        (r"C:\Users\w\AppData\Local\Microsoft\WindowsApps\python.exe", r"C:\x", "python.org"),
    ],
)
def test_an_interpreter_that_will_not_do_is_refused_before_anything_is_written(executable, base, advice):
    pc = PC("office365", executable=executable, base=base)
    before = dict(pc.files)

    with pytest.raises(UsageError, match=advice):
        install(pc)

    assert pc.files == before


def test_older_copies_of_ours_go_and_other_add_ins_stay(pc, monkeypatch):
    old = older(monkeypatch)
    pc.put(rf"{XLSTART}\perfxl (1).xlam", old)
    pc.put(rf"{XLSTART}\perfxl-0.0.9.XLAM", old)
    pc.put(rf"{XLSTART}\perfxl-notes.xlam", b"somebody else's")
    pc.put(rf"{XLSTART}\PERSONAL.XLSB", b"macros")
    pc.put(ADDIN, old)

    installed = install(pc)

    assert sorted(pc.names(PureWindowsPath(XLSTART))) == ["PERSONAL.XLSB", "perfxl-notes.xlam", "perfxl.xlam"]
    assert addin_version(pc[ADDIN]) == __version__
    assert len(installed.replaced) == 2


def test_a_file_of_the_same_name_that_is_not_ours_is_not_overwritten(pc):
    pc.put(ADDIN, b"somebody else's")

    with pytest.raises(OutputError, match="不是 perfxl 的插件"):
        install(pc)

    assert pc[ADDIN] == b"somebody else's"
    assert SETTINGS not in pc


def signed(content: bytes) -> bytes:
    """The add-in with the part that signing adds."""
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as package:
        package.writestr("xl/vbaProjectSignature.bin", b"signature")
    return stream.getvalue()


def test_an_add_in_that_the_organisation_has_signed_stays_until_the_next_version(pc, monkeypatch):
    pc.put(ADDIN, signed(build_addin()))
    install(pc)
    assert pc[ADDIN] == signed(build_addin())

    pc.put(ADDIN, signed(older(monkeypatch)))
    install(pc)
    assert pc[ADDIN] == build_addin()


def test_the_mark_of_the_web_is_taken_from_our_file_alone(pc):
    pc.put(ADDIN, build_addin())
    pc.put(ADDIN + MARK, b"[ZoneTransfer]\r\nZoneId=3")
    pc.put(rf"{XLSTART}\other.xlam{MARK}", b"[ZoneTransfer]\r\nZoneId=3")

    install(pc)

    assert ADDIN + MARK not in pc
    assert rf"{XLSTART}\other.xlam{MARK}" in pc


def test_a_drive_that_knows_no_marks_is_no_obstacle(pc):
    pc.locked.add(PureWindowsPath(ADDIN + MARK))

    assert install(pc).addin == PureWindowsPath(ADDIN)


def test_a_folder_of_ones_own_is_registered_behind_what_excel_already_opens(pc):
    before = pc.values(OPTIONS)

    install(pc, FOLDER)
    install(pc, FOLDER)

    assert rf"{FOLDER}\perfxl.xlam" in pc
    assert ADDIN not in pc
    assert pc.values(OPTIONS) == {**before, "OPEN2": rf'"{FOLDER}\perfxl.xlam"'}


def test_moving_back_to_xlstart_takes_the_registered_copy_along(pc):
    before = pc.values(OPTIONS)
    install(pc, FOLDER)

    install(pc)

    assert rf"{FOLDER}\perfxl.xlam" not in pc
    assert ADDIN in pc
    assert pc.values(OPTIONS) == before


def test_nothing_else_is_written_when_excel_holds_the_add_in(pc, monkeypatch):
    pc.put(ADDIN, older(monkeypatch))
    pc.locked.add(PureWindowsPath(ADDIN))
    before = dict(pc.files)

    with pytest.raises(OutputError, match="请关闭后重试"):
        install(pc)

    assert pc.files == before


def test_install_changes_no_security_setting(pc):
    before = {key: values for key, values in pc.registry.items() if "Security" in key or "Policies" in key}

    install(pc, FOLDER)

    assert {key: values for key, values in pc.registry.items() if "Security" in key or "Policies" in key} == before


# -- remove


def test_remove_leaves_the_pc_as_it_was_but_for_the_settings(pc):
    files, options = dict(pc.files), pc.values(OPTIONS)
    install(pc, FOLDER)

    removed = remove(pc)

    assert pc.files == {**files, PureWindowsPath(SETTINGS): pc[SETTINGS]}
    assert pc.values(OPTIONS) == options
    assert f"设置留着，以后再装时还用它：{SETTINGS}" in removed.told()


def test_remove_takes_the_settings_only_on_demand(pc):
    files = dict(pc.files)
    install(pc)

    remove(pc, forget_settings=True)

    assert pc.files == files


def test_others_move_up_when_ours_leaves_the_list(pc):
    pc.registry[OPTIONS].update(
        {"OPEN1": rf'/R "{FOLDER}\perfxl.xlam"', "OPEN2": '"D:\\b.xlam"', "OPEN10": '"D:\\c.xlam"'}
    )
    first = pc.registry[OPTIONS]["OPEN"]
    pc.put(rf"{FOLDER}\perfxl.xlam", build_addin())
    pc.put(rf"{APPDATA}\perfxl\installed.json", json.dumps({"addin": rf"{FOLDER}\perfxl.xlam"}).encode())

    remove(pc)

    kept = {name: value for name, value in pc.values(OPTIONS).items() if name.startswith("OPEN")}
    assert kept == {"OPEN": first, "OPEN1": '"D:\\b.xlam"', "OPEN2": '"D:\\c.xlam"'}


def test_remove_unregisters_an_add_in_that_a_virus_scanner_has_taken(pc):
    options = pc.values(OPTIONS)
    install(pc, FOLDER)
    pc.take(rf"{FOLDER}\perfxl.xlam")

    remove(pc)

    assert pc.values(OPTIONS) == options


def test_remove_without_an_installation_touches_nothing(pc):
    pc.put(ADDIN, b"somebody else's")
    before = dict(pc.files)

    assert "没有装过" in remove(pc).told()
    assert pc.files == before


@pytest.mark.parametrize("broken", [b"{", b"[]", b'{"addin": 3}', b"\xff\xfe"])
def test_a_damaged_record_is_no_obstacle(pc, broken):
    install(pc)
    pc.put(rf"{APPDATA}\perfxl\installed.json", broken)

    remove(pc)

    assert ADDIN not in pc


@pytest.mark.parametrize("call", [install, remove])
def test_off_windows_it_is_told_what_serves_instead(pc, call):
    pc.system = "Darwin"

    with pytest.raises(UsageError, match=r"这台电脑是 Darwin.*perfxl validate"):
        call(pc)


def test_a_user_without_appdata_is_told_to_log_in_again(pc):
    del pc.environment["APPDATA"]

    with pytest.raises(UsageError, match="重新登录"):
        install(pc)


def test_whose_add_in_a_file_is_shows_in_its_content(monkeypatch):
    assert addin_version(build_addin()) == __version__
    assert addin_version(older(monkeypatch)) == "0.0.9"
    assert addin_version(b"PK\3\4 damaged") is None


# -- the real machine


def test_files_of_the_real_machine(tmp_path):
    machine: Machine = ThisMachine()
    folder = machine.path(str(tmp_path / "新 文件夹"))

    machine.write(folder / "下一层" / "a.ini", b"1")

    assert machine.read(folder / "下一层" / "a.ini") == b"1"
    assert machine.names(folder) == ["下一层"]
    assert machine.names(folder / "没有") == []
    assert machine.read(folder) is None
    assert machine.writable(folder / "还没有" / "这一层")
    machine.delete(folder / "下一层" / "a.ini")
    machine.delete(folder / "下一层" / "a.ini")
    assert machine.read(folder / "下一层" / "a.ini") is None
    with pytest.raises(OutputError, match="下一层"):
        machine.delete(folder / "下一层")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="不是文件夹"):
        machine.write(machine.path(str(tmp_path / "file" / "x" / "y")), b"")


def test_programs_of_the_real_machine_get_no_python_variables(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    machine = ThisMachine()
    ran = machine.run([sys.executable, "-c", "import sys; print('好'); sys.exit(3)"], 60)

    assert ran is not None
    assert (ran.code, ran.output.strip()) == (3, "好")
    assert machine.run(["/no/such/program"], 1) is None
    assert machine.run([sys.executable, "-c", "import time; time.sleep(60)"], 0.1) is None


def test_without_a_registry_there_are_no_keys():
    machine = ThisMachine()

    assert machine.values(r"HKCU\Software") == {}
    assert machine.value(r"HKCU\Software", "x") is None
    assert machine.subkeys(r"HKLM\SOFTWARE") == []


def test_the_registry_is_asked_through_winreg_in_its_64_bit_view(monkeypatch):
    keys = {"Software\\perfxl": {"a": "1", "b": 2}, "Software\\perfxl\\below": {}}
    asked = []

    class Key:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            return self

        def __exit__(self, *details):
            return None

    def open_key(hive, name, reserved, access):
        asked.append((hive, access))
        if name not in keys:
            raise FileNotFoundError(name)
        return Key(name)

    def create_key(hive, name, reserved, access):
        keys.setdefault(name, {})
        return open_key(hive, name, reserved, access)

    below = [one.rpartition("\\")[2] for one in keys if one.endswith("below")]
    fake = types.SimpleNamespace(
        HKEY_CURRENT_USER="user", HKEY_LOCAL_MACHINE="machine", KEY_READ=1, KEY_WRITE=2, KEY_WOW64_64KEY=256, REG_SZ=1,
        OpenKey=open_key, CreateKeyEx=create_key,
        QueryInfoKey=lambda key: (len(below), len(keys[key.name]), 0),
        EnumValue=lambda key, i: (*list(keys[key.name].items())[i], 1),
        EnumKey=lambda key, i: below[i],
        QueryValueEx=lambda key, name: (keys[key.name][name], 1),
        SetValueEx=lambda key, name, reserved, kind, value: keys[key.name].update({name: value}),
        DeleteValue=lambda key, name: keys[key.name].pop(name),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "winreg", fake)
    machine = ThisMachine()

    assert machine.values(r"HKCU\Software\perfxl") == {"a": "1", "b": 2}
    assert machine.value(r"HKLM\Software\perfxl", "b") == 2
    assert machine.subkeys(r"HKCU\Software\perfxl") == ["below"]
    machine.set_text(r"HKCU\Software\new", "OPEN", "x")
    machine.delete_value(r"HKCU\Software\perfxl", "a")
    machine.delete_value(r"HKCU\Software\missing", "a")
    assert keys["Software\\new"] == {"OPEN": "x"}
    assert keys["Software\\perfxl"] == {"b": 2}
    assert {hive for hive, _ in asked} == {"user", "machine"}
    assert all(access & 256 for _, access in asked)


def test_this_machine_knows_the_interpreter_it_runs_on():
    machine = ThisMachine()

    assert str(machine.python.executable) == sys.executable
    assert Path(str(machine.python.base_prefix)).exists()
    assert machine.variable("PATH")


# -- the commands


@pytest.fixture
def on(monkeypatch):
    """Let the commands believe they run on that PC."""
    return lambda pc: monkeypatch.setattr("perfxl.addin.machine.ThisMachine", lambda: pc)


def test_the_commands_install_examine_and_remove(run, on, pc):
    on(pc)

    code, out, _ = run("addin", "install")
    assert (code, ADDIN in out, ADDIN in pc) == (0, True, True)
    code, out, _ = run("doctor")
    assert (code, "失败 0 项" in out) == (0, True)
    code, out, _ = run("addin", "remove", "--settings")
    assert (code, SETTINGS in out, ADDIN in pc) == (0, True, False)
    code, out, _ = run("doctor")
    assert (code, "perfxl addin install" in out) == (1, True)


def test_a_silent_installation_says_nothing(run, on, pc):
    on(pc)

    assert run("addin", "install", "--quiet") == (0, "", "")
    assert run("addin", "remove", "-q") == (0, "", "")


@pytest.mark.parametrize(("occupant", "code"), [(None, 0), (b"somebody else's", 2)])
def test_a_python_without_a_console_tells_by_its_exit_code(run, on, pc, monkeypatch, occupant, code):
    """As pythonw.exe, which has no streams."""
    on(pc)
    if occupant:
        pc.put(ADDIN, occupant)
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None)

    assert run("addin", "install", "--quiet")[0] == code


def test_what_stops_an_installation_is_told_and_gives_exit_code_two(run, on, pc):
    on(pc)
    pc.put(ADDIN, b"somebody else's")

    code, out, err = run("addin", "install", "--quiet")

    assert (code, out) == (2, "")
    assert "请把它移走或改名" in err
