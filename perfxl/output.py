"""Writing a file whole or not at all: a temporary file beside the target, fsync, then a rename."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from perfxl.errors import OutputError

_ADVICE = {
    errno.ENOENT: "文件夹不存在，请先建好",
    errno.ENOTDIR: "路径中有一段不是文件夹，请检查",
    errno.EACCES: "没有写入权限，或文件正在 Excel/WPS 中打开，请关闭后重试",
    errno.EPERM: "没有写入权限，或文件正在 Excel/WPS 中打开，请关闭后重试",
    errno.EBUSY: "文件正在使用，请关闭后重试",
    errno.EROFS: "所在位置是只读的，请换一个文件夹",
    errno.ENOSPC: "磁盘已满，请清理后重试",
    errno.EEXIST: "这里已有同名的文件，请换一个文件夹名",
    errno.EISDIR: "这是一个文件夹，请另起文件名",
    errno.ENAMETOOLONG: "路径太长，请换一个短一些的文件夹或文件名",
}


def write_whole(target: Path, content: bytes) -> Path:
    """Put ``content`` at ``target``; until the last moment whatever stood there stays as it was.

    Raises:
        OutputError: in Chinese, naming the file and what to do.
    """
    scratch: str | None = None
    try:
        handle, scratch = tempfile.mkstemp(prefix=".perfxl-", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(scratch, _mode_of(target))
        os.replace(scratch, target)
    except OSError as error:
        if scratch is not None:
            with contextlib.suppress(OSError):
                os.unlink(scratch)
        raise output_error(target, error) from error
    return target


def output_error(target: Path, error: OSError) -> OutputError:
    """The failure in words: which file, and what to do."""
    advice = _ADVICE.get(error.errno or 0, "请检查磁盘和权限后重试")
    return OutputError(f"{target}：写不进去。{advice}。原来的文件没有改动")


def _mode_of(target: Path) -> int:
    """Permissions of the file to be replaced, or what the user's umask gives a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
