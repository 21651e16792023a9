"""``perfxl addin bundle``: one offline zip for Windows x64, with its own Python, that needs no administrator and no network.

It is made from three things: Python's embeddable runtime (a zip from python.org, or any such folder), wheels for Windows
(fetched by pip, or a folder of them), and the perfxl that is running.  Wheels are unpacked here, so that the PC needs no
pip.  A bundle is only made when every module that perfxl imports and every package that its wheels ask for is in it.
"""

from __future__ import annotations

import io
import re
import struct
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import perfxl
from perfxl.addin.bundle_scripts import bundle_scripts
from perfxl.addin.install import ADDIN_NAME
from perfxl.addin.wheels import (
    Site,
    Version,
    asked_for,
    canonical,
    fetch_wheels,
    files_in,
    missing_imports,
    read_wheels,
)
from perfxl.assets import addin_file, example_text, macros_dir, template_file
from perfxl.errors import OutputError, UnreadableFile
from perfxl.output import write_whole

WHERE_RUNTIMES_ARE = (
    "请在 python.org 的下载页取 Windows embeddable package (64-bit)，"
    "例如 python-3.12.10-embed-amd64.zip，用 --runtime 指给它"
)
_PYTHON, _SITE = "python", "python/Lib/site-packages"
_DLL = re.compile(r"python(3)(\d{2})\.dll", re.IGNORECASE)
_X64 = 0x8664  # IMAGE_FILE_MACHINE_AMD64, PE format specification
_OLDEST = (3, 11)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A Python for Windows x64: its files by path below its folder, and its version such as (3, 12)."""

    files: dict[str, bytes] = field(repr=False)
    version: Version

    @property
    def digits(self) -> str:
        return "{}{}".format(*self.version)


def bundle(output: Path, runtime: Path, wheels: Path | None = None) -> Path:
    """Write the offline bundle.

    Args:
        output: the .zip to write.
        runtime: Python's embeddable runtime, as a zip or an unpacked folder.
        wheels: a folder of wheels; without one pip fetches them.

    Raises:
        InputError: the runtime is none for Windows x64, or a wheel doesn't fit it.
        OutputError: something perfxl needs is missing from the wheels, pip can't fetch them, or the zip can't be written.
    """
    python = read_runtime(runtime)
    if wheels is None:
        with tempfile.TemporaryDirectory(prefix="perfxl-") as folder:
            fetch_wheels(Path(folder), python.version)
            site = _site_packages(Path(folder), python.version)
    else:
        site = _site_packages(wheels, python.version)
    _refuse_gaps(site, python.version)
    top = f"perfxl-{perfxl.__version__}-win64"
    files = {f"{_PYTHON}/{name}": content for name, content in python.files.items()}
    files[f"{_PYTHON}/python{python.digits}._pth"] = _search_path(python).encode()
    # What a wheel puts beside site-packages, such as xlwings' DLLs, stands beside python.exe.
    files |= {f"{_PYTHON}/{name}": content for name, content in site.beside.items()}
    files |= {f"{_SITE}/{name}": content for name, content in site.files.items()}
    files |= {ADDIN_NAME: addin_file().read_bytes(), **bundle_scripts()}
    return write_whole(output, _zipped({f"{top}/{name}": content for name, content in files.items()}))


def read_runtime(path: Path) -> Runtime:
    """The runtime's files, whichever folder of the zip they stand in (a NuGet package has them in ``tools``).

    Raises:
        UnreadableFile: it can't be read, or is no Python for Windows x64 of a version that perfxl runs on.
    """
    files = files_in(path)
    programs = [name for name in files if PurePosixPath(name).name.lower() == "python.exe"]
    if not programs:
        raise UnreadableFile(f"{path}：里面没有 python.exe，不是 Windows 的 Python。{WHERE_RUNTIMES_ARE}")
    root = min((PurePosixPath(name).parent for name in programs), key=lambda parent: len(parent.parts))
    within = {
        PurePosixPath(name).relative_to(root).as_posix(): content
        for name, content in files.items()
        if PurePosixPath(name).is_relative_to(root)
    }
    found = next((match for name in within if (match := _DLL.fullmatch(name))), None)
    if found is None or not _is_x64(files[str(root / "python.exe")]):
        raise UnreadableFile(f"{path}：不是 64 位（x64）的 Python，离线包用不了。{WHERE_RUNTIMES_ARE}")
    version = (int(found[1]), int(found[2]))
    if version < _OLDEST:
        raise UnreadableFile(
            f"{path}：是 Python {version[0]}.{version[1]}，perfxl 需要 3.11 或更新的版本。{WHERE_RUNTIMES_ARE}"
        )
    kept = {
        name: content
        for name, content in within.items()
        if not name.endswith("._pth") and "__pycache__" not in name and "site-packages/" not in name
    }
    return Runtime(kept, version)


def _refuse_gaps(site: Site, version: Version) -> None:
    lacking = sorted(asked_for(site, version) - site.names)
    modules = {name.partition(".")[0] for name in missing_imports(site.files)}
    lacking += sorted(name for name in modules if canonical(name) not in lacking)
    if lacking:
        raise OutputError(
            f"离线包不完整，缺少 {'、'.join(lacking)}，没有写出。请把缺的组件（wheel）放进 --wheels 的文件夹再试"
        )


def _site_packages(folder: Path, version: Version) -> Site:
    """Everything that the bundle's site-packages hold: the wheels, and the perfxl that is running."""
    site = read_wheels(folder, version)
    root = Path(perfxl.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            site.files[f"perfxl/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    for path in (template_file(), example_text(), *sorted(macros_dir().iterdir())):
        site.files[f"perfxl/{path.parent.name}/{path.name}"] = path.read_bytes()
    metadata = f"Metadata-Version: 2.1\nName: perfxl\nVersion: {perfxl.__version__}\n"
    site.files[f"perfxl-{perfxl.__version__}.dist-info/METADATA"] = metadata.encode()
    return site


def _search_path(python: Runtime) -> str:
    """The ``._pth`` file: the runtime looks nowhere else, whatever is set or installed on the PC."""
    archive = f"python{python.digits}.zip"
    library = [archive] if archive in python.files else ["Lib", "DLLs"]
    return "".join(f"{line}\r\n" for line in [*library, ".", r"Lib\site-packages", "import site"])


def _is_x64(program: bytes) -> bool:
    """By the machine field of the COFF header, which the DOS header's e_lfanew points to."""
    try:
        start = struct.unpack_from("<I", program, 0x3C)[0]
        signature, machine = struct.unpack_from("<4sH", program, start)
    except struct.error:
        return False
    return bool(signature == b"PE\0\0" and machine == _X64)


def _zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else it tells the system it was made on
            archive.writestr(entry, files[name])
    return stream.getvalue()
