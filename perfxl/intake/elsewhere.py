"""Files at addresses (``s3://…``, ``hdfs://…``, ``memory://…``) instead of in folders: listed and read through fsspec.

Each kind of address has a package of its own, which finds its keys where it always does (environment, its settings file).
Limits and reasons are those of :mod:`perfxl.intake.discover`.  Archives are not opened here: each of their files would
bring the whole archive over the network; they are told as unreadable, with what to do.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfxl.errors import PathNotFound, UnreadableFile, UsageError
from perfxl.intake.discover import Found, as_document, discover_present, natural_key, reason_by_name
from perfxl.intake.limits import Limits
from perfxl.intake.package import display, unreadable

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

Source = str | os.PathLike[str]

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
# What has to be installed for the kinds of address that are met most.
_PACKAGES: Final = {
    "s3": "s3fs",
    "oss": "ossfs",
    "hdfs": "pyarrow",
    "webhdfs": "requests",
    "gs": "gcsfs",
    "abfs": "adlfs",
}
_SECRET: Final = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


@dataclass(frozen=True, slots=True)
class Elsewhere(Found):
    """A file at an address; ``path`` is the address as a path, and nothing is there.

    Attributes:
        root: the address that was given, as it was given.
        inner: where the file is, as the file system at that address has it.
        size: bytes, as listed; None where the listing doesn't say.
    """

    root: str = ""
    inner: str = ""
    size: int | None = None

    def read(self, *, passwords: Sequence[str] = (), limits: Limits | None = None) -> bytes:
        """Its bytes, at most one more than ``limits.file_bytes``; of one that is listed as longer nothing is fetched.

        Raises:
            PathNotFound: it is gone.
            UnreadableFile: it is too long, or can't be fetched.
        """
        limit = (limits or Limits()).file_bytes
        if self.size is not None and self.size > limit:
            raise unreadable(
                self.base, f"文件超过 {limit >> 20} MB，不像绩效目标表", "请把内容粘贴到下发的空白模板后重新提交"
            )
        try:
            system, _ = _opened(self.root)
            with system.open(self.inner, "rb") as stream:
                content: bytes = stream.read(limit + 1)
        except FileNotFoundError:
            raise PathNotFound(f"{self.base}：找不到这个文件。请核对地址后再试。") from None
        except Exception:  # every file system has exceptions of its own
            raise unreadable(self.base, "没有取到这个文件", "请检查网络和访问权限，再汇总一次") from None
        return content

    def digest(self) -> str:
        """As for every file found; "" also for what is too long to be fetched."""
        try:
            return hashlib.sha256(self.read()).hexdigest()
        except (PathNotFound, UnreadableFile):
            return ""


def is_address(source: Source) -> bool:
    """Whether it names a place elsewhere, and no file or folder of this computer."""
    return isinstance(source, str) and _ADDRESS.match(source) is not None


def discover_anywhere(
    sources: Source | Iterable[Source], *, limits: Limits | None = None, documents: bool = False
) -> tuple[list[Found], dict[str, str]]:
    """As :func:`perfxl.intake.discover.discover_present`; what lies at addresses comes after what lies in folders.

    A file at an address is shown under that address.

    Raises:
        PathNotFound: nothing at any of the sources, or of those that are paths.
        UsageError: fsspec, or the package for that kind of address, is not installed.
    """
    given = [sources] if isinstance(sources, (str, os.PathLike)) else list(sources)
    addresses = [os.fspath(source) for source in given if is_address(source)]
    met: dict[tuple[AbstractFileSystem, str], Elsewhere] = {}
    gone: dict[str, str] = {}
    for address in addresses:
        try:
            for system, file in _listed(address):
                met.setdefault((system, file.inner), file)
        except PathNotFound as error:
            gone[_shown(address)] = str(error)
    paths = [source for source in given if not is_address(source)]
    found, missing = discover_present(paths, limits=limits, documents=documents)
    if gone and not (met or found):
        raise PathNotFound("\n".join(gone.values()))
    return [*found, *(as_document(file) if documents else file for file in met.values())], {**missing, **gone}


def _listed(address: str) -> Iterator[tuple[AbstractFileSystem, Elsewhere]]:
    """What lies at and below an address, in the order in which the files of a folder are."""
    try:
        system, root = _opened(address)
        listing: dict[str, dict[str, Any]] = system.find(root, detail=True)
    except FileNotFoundError:
        listing = {}
    except UsageError:
        raise
    except Exception:  # every file system has exceptions of its own
        raise PathNotFound(f"{_shown(address)}：连不上，或没有权限。请检查地址、网络和访问密钥后再试。") from None
    if not listing:
        raise PathNotFound(f"{_shown(address)}：找不到这个地址，或里面没有文件。请核对后再试。")
    below = len(root.rstrip("/")) + 1
    folder = _shown(address).rstrip("/")
    for inner in sorted(listing, key=lambda name: [natural_key(part) for part in name.split("/")]):
        relative = inner[below:]  # "" where the address is the file's own
        parts = (relative or inner.rpartition("/")[2]).split("/")
        name = display(f"{folder}/{relative}" if relative else folder)
        size = listing[inner].get("size")
        yield system, Elsewhere(Path(name), name, reason_by_name(parts), root=address, inner=inner, size=size)


def _opened(address: str) -> tuple[AbstractFileSystem, str]:
    """The file system at an address (one for all addresses of a kind), and what it calls the place."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        advice = '请先运行 pip install "perfxl[dask]"，或把文件复制到本机文件夹再汇总'
        raise UsageError(f"{_shown(address)}：读取这种地址的组件没有安装。{advice}。") from None
    kind = address.partition("://")[0].lower()
    try:
        system, root = url_to_fs(address)
    except ImportError:
        package = _PACKAGES.get(kind)
        advice = f"请先运行 pip install {package}" if package else "请安装 fsspec 用来读取它的组件"
        raise UsageError(f"{_shown(address)}：读取 {kind}:// 的组件没有安装。{advice}，再试。") from None
    except ValueError:
        raise UsageError(
            f"{_shown(address)}：不认识 {kind}:// 这种地址。请核对，或把文件复制到本机文件夹再汇总。"
        ) from None
    return system, str(root)


def _shown(address: str) -> str:
    """An address without the password that may stand in it."""
    return _SECRET.sub(r"\1@", address)
