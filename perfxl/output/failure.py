"""Why a file could not be written, in words: which file, and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from perfxl.errors import RefusedError

UNTOUCHED: Final = "原来的文件没有改动"
_OPEN: Final = "文件正在别的程序中打开（多半是 Excel 或 WPS），请关闭后重试"
_FULL: Final = "磁盘已满，请清理后重试"
_READ_ONLY: Final = "所在位置是只读的，请换一个文件夹"
_NO_ACCESS: Final = "没有写入权限，或文件正在 Excel/WPS 中打开，请关闭后重试"
_TOO_LONG: Final = "路径太长，请换一个短一些的文件夹或文件名"
_GONE: Final = "连不上所在的共享文件夹或磁盘，请检查网络和连接后重试"
_DAMAGED: Final = "磁盘读写出错，请换一个磁盘后重试，并检查这个磁盘"

_ADVICE: Final = {
    errno.ENOENT: "文件夹不存在，请先建好",
    errno.ENOTDIR: "路径中有一段不是文件夹，请检查",
    errno.EACCES: _NO_ACCESS,
    errno.EPERM: _NO_ACCESS,
    errno.EBUSY: "文件正在使用，请关闭后重试",
    errno.EROFS: _READ_ONLY,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "可用的磁盘空间（配额）已用完，请清理后重试",
    errno.EFBIG: "文件太大，这个磁盘放不下，请换一个磁盘",
    errno.EIO: _DAMAGED,
    errno.ESTALE: _GONE,
    errno.EEXIST: "这里已有同名的文件，请换一个文件夹名",
    errno.EISDIR: "这是一个文件夹，请另起文件名",
    errno.ENAMETOOLONG: _TOO_LONG,
}

# Windows tells more than the errno that Python makes of it: a shared file and a forbidden one are both EACCES.
_WINDOWS_ADVICE: Final = {
    19: _READ_ONLY,  # ERROR_WRITE_PROTECT
    32: _OPEN,  # ERROR_SHARING_VIOLATION
    33: _OPEN,  # ERROR_LOCK_VIOLATION
    39: _FULL,  # ERROR_HANDLE_DISK_FULL
    53: _GONE,  # ERROR_BAD_NETPATH
    59: _GONE,  # ERROR_UNEXP_NET_ERR
    64: _GONE,  # ERROR_NETNAME_DELETED
    67: _GONE,  # ERROR_BAD_NET_NAME
    112: _FULL,  # ERROR_DISK_FULL
    123: "文件名或路径里有不能用的字符，请改名",  # ERROR_INVALID_NAME
    206: _TOO_LONG,  # ERROR_FILENAME_EXCED_RANGE
    1224: _OPEN,  # ERROR_USER_MAPPED_FILE
}
# MAX_PATH; what is longer "does not exist" where long paths are not switched on.
_WINDOWS_PATH: Final = 260


def output_error(target: Path, error: OSError) -> RefusedError:
    """The failure in words: which file, and what to do."""
    return RefusedError(f"{target}：写不进去。{advice_on(target, error)}。{UNTOUCHED}")


def advice_on(target: Path, error: OSError) -> str:
    """What to do about a failure of the system at that file, in Chinese without a full stop."""
    on_windows: int | None = getattr(error, "winerror", None)
    if on_windows in _WINDOWS_ADVICE:
        return _WINDOWS_ADVICE[on_windows]
    if on_windows is not None and error.errno == errno.ENOENT and len(os.path.abspath(target)) >= _WINDOWS_PATH:
        return _TOO_LONG
    return _ADVICE.get(error.errno or 0, "请检查磁盘和权限后重试")
