"""Wheels for the offline bundle: fetched by pip, unpacked as pip would on Windows, and checked for what is missing."""

from __future__ import annotations

import ast
import email
import importlib.metadata
import operator
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from perfxl.errors import InputError, OutputError, UnreadableFile, UsageError

_PLATFORM = "win_amd64"
_FETCH_SECONDS = 1800
# What Python's embeddable runtime leaves out of the standard library.
_NOT_EMBEDDED = {"ensurepip", "idlelib", "lib2to3", "test", "tkinter", "turtle", "turtledemo", "venv"}
_ONLY_UNIX = {"curses", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
#: Packages that perfxl imports only when asked for what needs them, and whose lack it tells in words.
_OPTIONAL = {"distributed", "duckdb", "fsspec", "pyarrow"}
_ON_WINDOWS = "sys.platform == 'win32'"
_NOT_ON_WINDOWS = {"TYPE_CHECKING", "sys.platform != 'win32'"}

# The comparisons of an environment marker: of versions, and of texts.
_ORDERS: dict[type[ast.cmpop], Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_LIKENESSES: dict[type[ast.cmpop], Callable[[str, str], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}

#: A version of Python such as (3, 12).
Version = tuple[int, int]


@dataclass(slots=True)
class Site:
    """Unpacked wheels.

    Attributes:
        files: what goes into site-packages, by path.
        beside: what goes beside python.exe.
        names: the distributions, in canonical form.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    beside: dict[str, bytes] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def fetch_wheels(folder: Path, version: Version) -> None:
    """Let pip fetch the wheels that perfxl with its buttons needs on Windows.

    pip judges conditions such as ``sys_platform == "win32"`` by the computer it runs on; what only Windows needs is
    therefore looked up in the wheels themselves and fetched by name, until nothing is missing.

    Raises:
        OutputError: pip can't be run, or can't fetch one.
        UsageError: perfxl itself isn't installed, so it isn't known what it needs.
    """
    wanted = own_requirements(version)
    while wanted:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--dest", str(folder), "--only-binary=:all:", "--platform", _PLATFORM]
        command += ["--implementation", "cp", "--python-version", "{}.{}".format(*version), *wanted]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_FETCH_SECONDS, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            raise OutputError(
                "启动不了 pip，没有取到离线包要用的组件。请先装好 pip，或用 --wheels 指定已下载好的文件夹"
            ) from error
        if done.returncode != 0:
            raise OutputError(
                f"pip 没有取到离线包要用的组件（{'、'.join(wanted)}）。请检查网络和 pip 的镜像设置，"
                "或在能上网的电脑上下载好，用 --wheels 指定那个文件夹"
            )
        here = {_distribution(path.name) for path in folder.glob("*.whl")}
        missing = asked_for(read_wheels(folder, version), version) - here
        if missing and missing <= {canonical(one) for one in wanted}:
            raise OutputError(
                f"没有适合 Windows x64 的 {'、'.join(sorted(missing))}，离线包做不成。请换一个版本的 Python 再试"
            )
        wanted = sorted(missing)


def own_requirements(version: Version) -> list[str]:
    """What perfxl with its buttons asks for, as pip reads it.  Raises UsageError."""
    try:
        requirements = importlib.metadata.requires("perfxl") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise UsageError(
            "perfxl 没有安装（只是从文件夹里运行），不知道要取哪些组件。请先安装 perfxl，或用 --wheels"
        ) from error
    split = (requirement.partition(";") for requirement in requirements)
    return [name.strip() for name, _, marker in split if _holds(marker, version, extra="excel")]


def missing_imports(files: dict[str, bytes]) -> list[str]:
    """Modules that perfxl's own modules import and that neither Python for Windows nor ``files`` have.

    Args:
        files: site-packages: content by path.
    """
    folders = ["", *(f"{line}/" for line in _path_lines(files))]
    modules = {name for path in files for name in _module_names(path, folders)}
    standard = set(sys.stdlib_module_names) - _NOT_EMBEDDED - _ONLY_UNIX
    wanted = {
        name
        for path, content in files.items()
        if path.startswith("perfxl/") and path.endswith(".py")
        for name in _imports(ast.parse(content))
    }
    return sorted(name for name in wanted if name.partition(".")[0] not in standard | _OPTIONAL and name not in modules)


def read_wheels(folder: Path, version: Version) -> Site:
    site = Site()
    for path in sorted(folder.glob("*.whl")):
        name = _distribution(path.name)
        if name == "perfxl":
            continue
        if name in site.names:
            raise InputError(f"{folder}：{name} 有不止一个版本，请只留一个再做离线包")
        _refuse_misfit(path, version)
        site.names.add(name)
        for entry, content in files_in(path).items():
            _put(site, entry, content)
    return site


def _put(site: Site, entry: str, content: bytes) -> None:
    """Place one file of a wheel (binary distribution format, “The .data directory”)."""
    top, _, rest = entry.partition("/")
    if not top.endswith(".data"):
        site.files[entry] = content
        return
    kind, _, below = rest.partition("/")
    if kind in ("purelib", "platlib"):
        site.files[below] = content
    elif kind == "data":
        site.beside[below] = content


def _refuse_misfit(path: Path, version: Version) -> None:
    """A wheel for another system or another Python would only fail on the clerk's PC."""
    try:
        interpreter, abi, platform = path.stem.split("-")[-3:]
    except ValueError:
        raise InputError(f"{path}：文件名不是 wheel 的写法，请重新下载") from None
    fits_platform = platform == "any" or _PLATFORM in platform.split(".")
    fits_python = abi in ("none", "abi3") or f"cp{version[0]}{version[1]}" in interpreter.split(".")
    if not (fits_platform and fits_python):
        raise InputError(f"{path}：不适合 Windows x64 的 Python {version[0]}.{version[1]}，请下载适合的版本")


def asked_for(site: Site, version: Version) -> set[str]:
    """The packages that the wheels themselves ask for on Windows."""
    asked = set()
    for path, content in site.files.items():
        if path.endswith(".dist-info/METADATA") and path.count("/") == 1:
            for requirement in email.message_from_bytes(content).get_all("Requires-Dist", []):
                name, _, marker = requirement.partition(";")
                if _holds(marker, version):
                    asked.add(canonical(re.split(r"[\s<>=!~(\[]", name.strip(), maxsplit=1)[0]))
    return asked


def _holds(marker: str, version: Version, extra: str = "") -> bool:
    """Whether an environment marker (dependency specifiers) holds on Windows x64; one that can't be read does."""
    python = "{}.{}".format(*version)
    facts = {
        "extra": extra,
        "implementation_name": "cpython",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_system": "Windows",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "win32",
    }
    try:
        return not marker.strip() or _evaluate(ast.parse(marker.strip(), mode="eval").body, facts)
    except (SyntaxError, KeyError, ValueError):
        return True


def _evaluate(node: ast.expr, facts: dict[str, str]) -> bool:
    """A marker is written like a Python expression of comparisons, ``and``, ``or`` and parentheses."""
    if isinstance(node, ast.BoolOp):
        parts = [_evaluate(value, facts) for value in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if not isinstance(node, ast.Compare):
        raise ValueError("not a marker")
    left, right = _fact(node.left, facts), _fact(node.comparators[0], facts)
    order = _ORDERS.get(type(node.ops[0]))
    if order is not None:
        return order(_number(left), _number(right))
    return _LIKENESSES[type(node.ops[0])](left, right)


def _fact(node: ast.expr, facts: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return facts[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("not a marker")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _imports(node: ast.AST) -> Iterator[str]:
    """Modules imported anywhere below, but for those that Windows never comes to."""
    if isinstance(node, ast.If) and ast.unparse(node.test) in _NOT_ON_WINDOWS:
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) == _ON_WINDOWS:
        for one in node.body:
            yield from _imports(one)
        return
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        yield node.module
    for child in ast.iter_child_nodes(node):
        yield from _imports(child)


def _module_names(path: str, folders: Iterable[str]) -> Iterator[str]:
    """Names by which a file can be imported: its own and those of the packages around it."""
    stem, _, suffix = PurePosixPath(path).name.partition(".")
    if suffix != "py" and not suffix.endswith("pyd"):
        return
    for folder in folders:
        if path.startswith(folder):
            parts = [*PurePosixPath(path[len(folder) :]).parent.parts, *([] if stem == "__init__" else [stem])]
            yield from (".".join(parts[: i + 1]) for i in range(len(parts)))


def _path_lines(files: dict[str, bytes]) -> list[str]:
    """Folders that .pth files add to the search path."""
    lines = (line for path, content in files.items() if path.endswith(".pth") for line in content.decode().splitlines())
    return [line.strip().replace("\\", "/") for line in lines if line.strip() and not line.startswith(("import ", "#"))]


def files_in(path: Path) -> dict[str, bytes]:
    """Content of a zip or a folder by path.  Raises UnreadableFile."""
    try:
        if path.is_dir():
            return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}
        with zipfile.ZipFile(path) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableFile(f"{path}：打不开，或不是完整的 zip 文件。请检查路径，或重新下载") from error


def _distribution(wheel: str) -> str:
    return canonical(wheel.partition("-")[0])


def canonical(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
