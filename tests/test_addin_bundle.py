"""perfxl addin bundle: the offline zip is complete, its scripts are safe, and what is dropped on them arrives whole."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from forms import form

from perfxl import __version__
from perfxl.addin import wheels as wheels_module
from perfxl.addin.build import build_addin
from perfxl.addin.bundle import bundle, read_runtime
from perfxl.addin.bundle_scripts import ARGUMENT, COMMAND_LINE, SCRIPT, bundle_scripts, dropped_paths
from perfxl.addin.wheels import _holds, asked_for, fetch_wheels, missing_imports, own_requirements, read_wheels
from perfxl.cli import dropped
from perfxl.errors import InputError, OutputError, UnreadableFile, UsageError
from perfxl.template import Issuance, build

CHECKOUT = Path(__file__).parents[1]
TOP = f"perfxl-{__version__}-win64"
SITE = f"{TOP}/python/Lib/site-packages"
V312 = (3, 12)
X64, X86 = 0x8664, 0x014C
# What only Windows needs, and so may not be installed where the tests run.
WINDOWS_WHEELS = {
    "pywin32-312-cp312-cp312-win_amd64": {
        "pywin32.pth": "win32\nwin32\\lib\nPythonwin\nimport pywin32_bootstrap\n",
        "pythoncom.py": "",
        "win32/win32api.pyd": "",
        "win32/lib/win32con.py": "",
        "pywin32-312.data/scripts/pywin32_postinstall.py": "",
        "pywin32-312.data/data/pywin32.dll": "",
        "pywin32-312.data/platlib/pywin32_system32/pywintypes312.dll": "",
    },
    "xlwings-0.37.8-cp312-cp312-win_amd64": {
        "xlwings/__init__.py": "",
        "xlwings-0.37.8.dist-info/METADATA": 'Requires-Dist: pywin32>=224; platform_system == "Windows"\n',
    },
    "colorama-0.4.6-py2.py3-none-any": {"colorama/__init__.py": ""},
    "tzdata-2026.1-py2.py3-none-any": {"tzdata/__init__.py": ""},
}


def program(machine: int = X64) -> bytes:
    """As much of a .exe as tells for which processor it is."""
    content = bytearray(0x100)
    struct.pack_into("<I", content, 0x3C, 0x80)
    struct.pack_into("<4sH", content, 0x80, b"PE\0\0", machine)
    return bytes(content)


def runtime(path: Path, folder: str = "", machine: int = X64, digits: str = "312", **more: bytes) -> Path:
    """A zip laid out as python.org's embeddable runtime."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("python.exe", "pythonw.exe"):
            archive.writestr(f"{folder}{name}", program(machine))
        for name in ("python3.dll", f"python{digits}.dll", f"python{digits}.zip"):
            archive.writestr(f"{folder}{name}", b"x")
        archive.writestr(f"{folder}python{digits}._pth", f"python{digits}.zip\n.\n#import site\n")
        for name, content in more.items():
            archive.writestr(f"{folder}{name.replace('__', '.')}", content)
    return path


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    path = folder / f"{name}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in files.items():
            archive.writestr(entry, content)
        if not any(entry.endswith("METADATA") for entry in files):
            distribution, version = name.split("-")[:2]
            archive.writestr(f"{distribution}-{version}.dist-info/METADATA", f"Name: {distribution}\n")
    return path


def wheel_of_installed(folder: Path, name: str) -> list[str]:
    """A Windows wheel with file names (the upper three levels) and metadata, but no content, of an installed package.

    Gives what the package asks for.
    """
    installed = importlib.metadata.distribution(name)
    files = {}
    for path in installed.files or ():
        entry = re.sub(r"\.(cpython|abi3)[^/]*\.so$|\.so$", ".cp312-win_amd64.pyd", path.as_posix())
        if not entry.startswith("..") and entry.count("/") <= 2 and entry.endswith((".py", ".pyd")):
            files[entry] = ""
    distribution = re.sub(r"[-.]", "_", installed.name)
    files[f"{distribution}-{installed.version}.dist-info/METADATA"] = str(installed.read_text("METADATA"))
    wheel(folder, f"{distribution}-{installed.version}-cp312-cp312-win_amd64", files)
    return [one for one in installed.requires or () if "extra" not in one]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A folder with a wheel of everything that perfxl with its buttons needs on Windows."""
    folder = tmp_path_factory.mktemp("wheels")
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["excel"]]
    done = set()
    while wanted:
        name = re.match(r"[\w.-]+", wanted.pop())[0].lower().replace("_", "-")
        if name not in done:
            done.add(name)
            try:
                wanted += wheel_of_installed(folder, name)
            except importlib.metadata.PackageNotFoundError:
                continue
    for name, files in WINDOWS_WHEELS.items():
        if not list(folder.glob(f"{name.partition('-')[0]}-*")):
            wheel(folder, name, files)
    return folder


@pytest.fixture(scope="module")
def bundled(whole, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    return bundle(folder / "离线包.zip", runtime(folder / "runtime.zip"), whole)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# -- the zip


def test_the_bundle_holds_python_packages_add_in_and_scripts(bundled):
    files = parts(bundled)

    assert files[f"{TOP}/perfxl.xlam"] == build_addin()
    assert files[f"{TOP}/python/python312._pth"].decode().split() == [
        "python312.zip", ".", r"Lib\site-packages", "import", "site",
    ]  # fmt: skip
    assert f"{TOP}/python/pythonw.exe" in files
    assert f"{SITE}/xlwings/__init__.py" in files
    assert f"{SITE}/perfxl/templates/target_form.xlsx" in files
    assert f"{SITE}/perfxl/macros/ribbon.xml" in files
    assert {"安装.cmd", "卸载.cmd", "校验.cmd", "汇总.cmd", "体检.cmd", "说明.txt"} <= {
        name.removeprefix(f"{TOP}/") for name in files
    }
    assert not [name for name in files if "__pycache__" in name or not name.startswith(f"{TOP}/")]


def test_parts_of_a_wheel_that_stand_outside_site_packages_go_where_pip_puts_them(bundled):
    names = parts(bundled).keys()

    assert f"{TOP}/python/pywin32.dll" in names
    assert f"{SITE}/pywin32_system32/pywintypes312.dll" in names
    assert not [name for name in names if "postinstall" in name]


def test_two_bundles_of_the_same_parts_are_equal(bundled, whole, tmp_path):
    again = bundle(tmp_path / "again.zip", runtime(tmp_path / "runtime.zip"), whole)

    assert again.read_bytes() == bundled.read_bytes()


def test_the_perfxl_in_the_bundle_works(bundled, tmp_path):
    """With the test's own Python and packages, since those in the bundle are for Windows."""
    with zipfile.ZipFile(bundled) as archive:
        own = [name for name in archive.namelist() if name.startswith((f"{SITE}/perfxl/", f"{SITE}/perfxl-"))]
        archive.extractall(tmp_path, own)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    command = (
        f"import sys; sys.path.insert(0, {str(tmp_path / SITE)!r}); import perfxl.cli, importlib.metadata as m;"
        f"assert m.version('perfxl') == perfxl.__version__; assert {str(tmp_path)!r} in perfxl.__file__;"
        "sys.argv = ['perfxl', 'addin', 'build', '-o', 'x.xlam']; perfxl.cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", command], cwd=tmp_path, env=clean, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "x.xlam").read_bytes() == build_addin()


@pytest.mark.parametrize("lacking", ["lxml", "numpy", "pywin32", "colorama", "xlwings", "msoffcrypto_tool"])
def test_an_incomplete_bundle_is_not_written(whole, tmp_path, lacking):
    fewer = shutil.copytree(whole, tmp_path / "wheels")
    for path in fewer.glob(f"{lacking}-*.whl"):
        path.unlink()

    with pytest.raises(OutputError, match=f"缺少 .*{lacking.removesuffix('_tool')}"):
        bundle(tmp_path / "b.zip", runtime(tmp_path / "runtime.zip"), fewer)

    assert not (tmp_path / "b.zip").exists()


@pytest.mark.parametrize(
    "name",
    [
        "lxml-6-cp312-cp312-manylinux_2_28_x86_64",
        "lxml-6-cp312-cp312-win32",
        "lxml-6-cp311-cp311-win_amd64",
        "lxml",
    ],
)
def test_a_wheel_for_another_system_or_python_is_refused(tmp_path, name):
    wheel(tmp_path, name, {"lxml/METADATA": ""})

    with pytest.raises(InputError, match="lxml"):
        read_wheels(tmp_path, V312)


@pytest.mark.parametrize(
    "tags", ["py3-none-any", "cp39-abi3-win_amd64", "cp311.cp312-cp311.cp312-win_amd64", "py3-none-win_amd64"]
)
def test_a_wheel_that_fits_is_taken(tmp_path, tags):
    wheel(tmp_path, f"Some.Thing-6-{tags}", {"thing.py": ""})

    assert read_wheels(tmp_path, V312).names == {"some-thing"}


def test_a_wheel_of_perfxl_is_left_out_for_the_perfxl_that_is_running(tmp_path):
    wheel(tmp_path, "perfxl-0.0.1-py3-none-any", {"perfxl/old.py": ""})

    assert read_wheels(tmp_path, V312).files == {}


def test_two_versions_of_one_package_are_refused(tmp_path):
    for version in ("1", "2"):
        wheel(tmp_path, f"lxml-{version}-py3-none-any", {})

    with pytest.raises(InputError, match="不止一个版本"):
        read_wheels(tmp_path, V312)


# -- the runtime


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: runtime(path, machine=X86), "不是 64 位"),
        (lambda path: runtime(path, digits="310"), "3.11"),
        (lambda path: wheel(path.parent, "x-1-py3-none-any", {"a": ""}), "没有 python.exe"),
        (lambda path: path.write_bytes(b"<html>") and path, "打不开"),
        (lambda path: path, "打不开"),
    ],
)
def test_what_is_no_python_for_windows_x64_is_refused(tmp_path, make, words):
    with pytest.raises(UnreadableFile, match=words):
        read_runtime(make(tmp_path / "runtime.zip"))


def test_a_truncated_program_is_no_python(tmp_path):
    folder = tmp_path / "runtime"
    folder.mkdir()
    (folder / "python.exe").write_bytes(b"MZ")
    (folder / "python312.dll").write_bytes(b"")

    with pytest.raises(UnreadableFile, match="不是 64 位"):
        read_runtime(folder)


def test_a_full_python_in_a_folder_of_a_package_serves_as_well(tmp_path):
    path = runtime(tmp_path / "python.nupkg", folder="tools/", digits="313")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("tools/Lib/os.py", b"")
        archive.writestr("tools/Lib/site-packages/pip/__init__.py", b"")
        archive.writestr("python.nuspec", b"")

    found = read_runtime(path)

    assert found.version == (3, 13)
    assert {"python.exe", "Lib/os.py"} <= set(found.files)
    assert not [name for name in found.files if "pip" in name or "nuspec" in name or name.endswith("._pth")]


def test_a_runtime_with_its_library_in_a_folder_is_told_to_look_there(tmp_path, whole):
    folder = tmp_path / "python"
    (folder / "Lib").mkdir(parents=True)
    for name in ("python.exe", "pythonw.exe"):
        (folder / name).write_bytes(program())
    for name in ("python312.dll", "Lib/os.py"):
        (folder / name).write_bytes(b"")

    files = parts(bundle(tmp_path / "b.zip", folder, whole))

    assert files[f"{TOP}/python/python312._pth"].decode().splitlines()[:2] == ["Lib", "DLLs"]


# -- what is needed


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ('sys_platform == "win32"', True),
        ('platform_system == "Darwin"', False),
        ('python_version < "3.9"', False),
        ('python_version >= "3.9" and (os_name != "posix" or sys_platform == "linux")', True),
        ('python_version <= "3.12" and python_full_version > "3.11.9"', True),
        ('"64" in platform_machine and "x" not in sys_platform', True),
        ("extra == 'excel'", False),
        ('python_version ~= "3.8"', True),
        ('platform_release == "5"', True),
        ('sys_platform', True),
        ('python_version < "3.x"', True),
    ],
)  # fmt: skip
def test_conditions_are_judged_for_windows(marker, holds):
    assert _holds(marker, V312) is holds


def test_what_a_package_asks_for_is_read_from_its_metadata(tmp_path):
    metadata = (
        'Name: a\nRequires-Dist: B_b (>=2)\nRequires-Dist: c[x]~=1 ; sys_platform == "win32"\n'
        'Requires-Dist: d; sys_platform == "linux"\nRequires-Dist: e; extra == "test"\n'
    )
    wheel(tmp_path, "a-1-py3-none-any", {"a-1.dist-info/METADATA": metadata})

    assert asked_for(read_wheels(tmp_path, V312), V312) == {"b-b", "c"}


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import os, json.decoder", []),
        ("from xml.etree import ElementTree", []),
        ("import absent", ["absent"]),
        ("def later():\n    from absent.part import thing", ["absent.part"]),
        ("try:\n    import absent\nexcept ImportError:\n    pass", ["absent"]),
        ("if TYPE_CHECKING:\n    import absent", []),
        ("if sys.platform != 'win32':\n    import fcntl", []),
        ("import fcntl, tkinter", ["fcntl", "tkinter"]),
        ("import here.part, here", []),
        ("from here import thing", []),
        ("import here.nowhere", ["here.nowhere"]),
        ("import compiled, win32con", []),
        ("import pyarrow.parquet", []),
    ],
)
def test_imports_are_looked_up_in_the_bundle(source, missing):
    files = {
        "perfxl/a.py": source.encode(),
        "here/__init__.py": b"",
        "here/part.py": b"import nothing_of_ours",
        "compiled.cp312-win_amd64.pyd": b"",
        "x.pth": b"win32\\lib\nimport bootstrap\n",
        "win32/lib/win32con.py": b"",
    }

    assert missing_imports(files) == missing


class Pip:
    """pip as it runs on Linux: what is only for Windows it leaves out unless named."""

    METADATA = 'Name: xlwings\nRequires-Dist: pywin32>=224; platform_system == "Windows"\n'

    def __init__(self, code: int = 0, has_pywin32: bool = True) -> None:
        self.code, self.has_pywin32, self.asked = code, has_pywin32, []

    def __call__(self, command, **options):
        folder = Path(command[command.index("--dest") + 1])
        wanted = command[command.index("--python-version") + 2 :]
        self.asked.append(wanted)
        assert {"--only-binary=:all:", "win_amd64", "3.12"} <= set(command)
        if wanted[0].startswith("xlwings"):
            wheel(folder, "xlwings-1-py3-none-any", {"xlwings-1.dist-info/METADATA": self.METADATA})
        elif self.has_pywin32:
            wheel(folder, "pywin32-312-cp312-cp312-win_amd64", {})
        return subprocess.CompletedProcess(command, self.code)


def installed_with(monkeypatch, *requirements: str) -> None:
    monkeypatch.setattr(wheels_module.importlib.metadata, "requires", lambda name: list(requirements))


def test_what_only_windows_needs_is_fetched_by_name(monkeypatch, tmp_path):
    pip = Pip()
    monkeypatch.setattr(wheels_module.subprocess, "run", pip)
    installed_with(monkeypatch, "xlwings<1,>=0.33; extra == 'excel'", "pyarrow; extra == 'parquet'")

    fetch_wheels(tmp_path, V312)

    assert pip.asked == [["xlwings<1,>=0.33"], ["pywin32"]]


@pytest.mark.parametrize(
    ("pip", "words"), [(Pip(code=1), "镜像设置"), (Pip(has_pywin32=False), "没有适合 Windows x64 的 pywin32")]
)
def test_what_pip_can_not_fetch_is_told(monkeypatch, tmp_path, pip, words):
    monkeypatch.setattr(wheels_module.subprocess, "run", pip)
    installed_with(monkeypatch, "xlwings")

    with pytest.raises(OutputError, match=words):
        fetch_wheels(tmp_path, V312)


def test_without_pip_or_an_installed_perfxl_it_says_so(monkeypatch, tmp_path):
    installed_with(monkeypatch, "xlwings")
    monkeypatch.setattr(wheels_module.sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(OutputError, match="启动不了 pip"):
        fetch_wheels(tmp_path, V312)

    def not_installed(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(wheels_module.importlib.metadata, "requires", not_installed)
    with pytest.raises(UsageError, match="--wheels"):
        own_requirements(V312)


@pytest.mark.thorough
def test_a_bundle_of_real_windows_wheels_is_complete(monkeypatch, tmp_path):
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed_with(monkeypatch, *project["dependencies"], *project["optional-dependencies"]["excel"])

    files = parts(bundle(tmp_path / "b.zip", runtime(tmp_path / "runtime.zip")))

    assert f"{SITE}/pywin32_system32/pythoncom312.dll" in files
    assert f"{SITE}/lxml/etree.cp312-win_amd64.pyd" in files
    site = {name.removeprefix(f"{SITE}/"): content for name, content in files.items() if name.startswith(SITE)}
    assert missing_imports(site) == []
    of_xlwings = {"perfxl/main.py": site["xlwings/main.py"], "perfxl/windows.py": site["xlwings/_xlwindows.py"]}
    for_pictures = {"PIL", "matplotlib", "matplotlib.backends.backend_agg"}
    assert set(missing_imports({**site, **of_xlwings})) <= for_pictures


# -- the scripts


SCRIPTS = {name: content.decode("gb2312") for name, content in bundle_scripts().items() if name.endswith(".cmd")}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_read_alike_under_every_code_page(name):
    """Chinese is only ever echoed, outside blocks (which cmd decodes at once), and after the code page was set for it."""
    assert "\n" not in SCRIPTS[name].replace("\r\n", "")
    known = False
    for line in SCRIPTS[name].splitlines():
        known = line == "chcp 936 >nul" or (known and line.startswith("echo "))
        if not line.isascii():
            assert known
            assert line.startswith("echo ")
            assert not re.search(r'[&|<>^%!()"]', line)
            assert all(byte < 0x80 or byte >= 0xA1 for byte in line.encode("gb2312"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_jump_has_its_label(name):
    assert set(re.findall(r"goto (\w+)", SCRIPTS[name])) <= set(re.findall(r"(?m)^:(\w+)", SCRIPTS[name]))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_without_its_python_says_to_unpack_the_archive(name):
    """Double-clicked inside the archive, a script is unpacked alone: what it says must be in itself."""
    before = SCRIPTS[name].partition(":found")[0]

    assert "请先把压缩包全部解压" in before


@pytest.mark.parametrize("name", SCRIPTS)
def test_cmd_never_parses_a_path(name):
    """Each value a user's path can be in is expanded late, or inside quotation marks of a ``set``."""
    for line in SCRIPTS[name].splitlines():
        early = re.findall(r"%~?\w+|%\w+%", line)
        late_or_quoted = line.startswith("set ") and line.count('"') == 2
        script_name = line.startswith(f'if "!{COMMAND_LINE}:%~nx0=!"')
        own_folder = line.endswith(r'rmdir /s /q "%LOCALAPPDATA%\Programs\perfxl"')
        assert not early or late_or_quoted or script_name or own_folder, line
        assert "%*" not in line
        assert not re.search(r'(?<!")!PERFXL_HERE!', line), line


def test_a_script_started_by_explorer_ends_cmd_before_the_rest_of_a_split_path_runs():
    for name, content in SCRIPTS.items():
        last = content.rstrip().splitlines()[-1]
        assert last == "exit !PERFXL_CODE!", name


CMD = r"C:\WINDOWS\system32\cmd.exe"


@pytest.mark.parametrize(
    ("line", "argument", "paths"),
    [
        (rf'{CMD} /c ""D:\工具\校验.cmd" D:\收到"', r"D:\收到", [r"D:\收到"]),
        (rf'{CMD} /c ""D:\工具\校验.cmd" "D:\第 1 批""', r"D:\第 1 批", [r"D:\第 1 批"]),
        (rf'{CMD} /c ""D:\工具\校验.cmd" D:\收入&支出"', r"D:\收入", [r"D:\收入&支出"]),
        (rf'{CMD} /c ""D:\R&D 100%\校验.cmd" "D:\it\'s a=b" C:\50%^!"', "", [r"D:\it\'s a=b", "C:\\50%^!"]),
        (rf'{CMD} /C ""D:\工具\校验.cmd" D:\甲,乙;丙"', r"D:\甲", [r"D:\甲,乙;丙"]),
        (rf'{CMD} /c ""D:\工具\校验.cmd" "D:\旧 校验.cmd" D:\b"', "", [r"D:\旧 校验.cmd", r"D:\b"]),
        (rf'{CMD} /c ""D:\工具\校验.cmd" "', "", []),
        (f'"{CMD}"', r"D:\收 到", [r"D:\收 到"]),
        (f'"{CMD}"', "", []),
        ("", "", []),
    ],
)
def test_dropped_paths_arrive_whole(line, argument, paths):
    assert dropped_paths(line, "校验.cmd", argument) == paths


@pytest.fixture
def drop(monkeypatch, capsys):
    """``drop("validate", folder)`` → exit code, standard output, standard error."""

    def call(verb: str, path: Path | None) -> tuple[object, str, str]:
        line = f'{CMD} /c ""D:\\工具\\x.cmd" {path}"' if path else f'{CMD} /c ""D:\\工具\\x.cmd" "'
        for name, value in ((COMMAND_LINE, line), (SCRIPT, "x.cmd"), (ARGUMENT, "")):
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["dropped.py", verb])
        with pytest.raises(SystemExit) as stopped:
            dropped.run(verb)
        return stopped.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def received(tmp_path) -> Path:
    folder = tmp_path / "收入&支出100%='x'"
    folder.mkdir()
    (folder / "甲.xlsx").write_bytes(build(Issuance(), [form(project="甲", title="甲绩效目标表", total="900")]))
    return folder


def test_a_dropped_folder_is_validated_and_marked_copies_stand_beside_it(drop, received):
    before = (received / "甲.xlsx").read_bytes()

    code, out, _ = drop("validate", received)

    assert code == 1
    assert "A01" in out
    assert (received.parent / f"{received.name}-已标注" / "甲.xlsx").exists()
    assert (received / "甲.xlsx").read_bytes() == before


def test_a_dropped_file_is_validated_likewise(drop, received):
    drop("validate", received / "甲.xlsx")

    assert (received / "甲-已标注" / "甲.xlsx").exists()


def test_a_dropped_folder_is_consolidated_beside_itself(drop, received):
    code, out, _ = drop("consolidate", received)

    assert code == 1  # the form in it has an error
    assert (received.parent / f"{received.name}-总台账.xlsx").exists()
    assert "总台账.xlsx" in out


def test_with_nothing_dropped_it_asks_for_the_folder(drop, received, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda words: f' "{received}" ')

    drop("consolidate", None)

    assert (received.parent / f"{received.name}-总台账.xlsx").exists()


@pytest.mark.parametrize("answer", ["", EOFError])
def test_with_nothing_at_all_it_says_what_to_do(drop, monkeypatch, answer):
    def reply(words):
        if answer:
            raise answer
        return answer

    monkeypatch.setattr("builtins.input", reply)

    code, _, err = drop("validate", None)

    assert code == 2
    assert "请把文件夹拖到图标上" in err


def test_results_of_a_whole_drive_stand_on_it():
    assert dropped.command_for("consolidate", [Path("/")])[-1] == "/绩效目标表-总台账.xlsx"


# -- the commands


def test_build_writes_the_add_in(run, tmp_path):
    code, out, _ = run("addin", "build", "-o", tmp_path / "p.xlam")

    assert code == 0
    assert "p.xlam" in out
    assert (tmp_path / "p.xlam").read_bytes() == build_addin()


def test_bundle_writes_the_zip(run, tmp_path, whole):
    code, out, _ = run(
        "addin", "bundle", "-o", tmp_path / "b.zip", "--runtime", runtime(tmp_path / "r.zip"), "--wheels", whole
    )

    assert code == 0
    assert "b.zip" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("addin",),
        ("addin", "nonsense"),
        ("addin", "build", "-o", "x.xlsx"),
        ("addin", "bundle", "-o", "x.zip"),
        ("addin", "bundle", "-o", "x.exe", "--runtime", "r.zip"),
        ("addin", "bundle", "-o", "x.zip", "--runtime", "没有.zip"),
        ("addin", "install"),
        ("addin", "remove"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="installs for real there")
def test_a_wrong_call_is_told_in_chinese(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)

    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert re.search(r"[\u4e00-\u9fff]", err)
    assert not list(tmp_path.iterdir())


def test_doctor_speaks_and_gives_json(run):
    assert "共" in run("doctor")[1]
    assert '"checks"' in run("doctor", "--format", "json")[1]
