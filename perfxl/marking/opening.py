"""The workbook that is to be changed, or in words why it can't be, and what to do instead."""

from __future__ import annotations

from pathlib import Path

from perfxl.errors import OutputError
from perfxl.intake.grid import Workbook, open_workbook
from perfxl.intake.limits import Limits
from perfxl.intake.package import OtherFormat


def open_to_change(path: Path, doing: str, limits: Limits | None = None) -> Workbook:
    """The workbook at a path, for marks or corrections in the file itself.

    Args:
        doing: what is to be done to it, in Chinese (标注, 清除标注, 修正).

    Raises:
        InputError: the workbook is not there or can't be read.
        OutputError: it is encrypted or in a format in which nothing can be changed; ``perfxl restore`` makes one of it
            that can.
    """
    try:
        return open_workbook(path, limits=limits)
    except OtherFormat as error:
        renewed = path.with_name(f"{path.stem}-新.xlsx").name
        password = " --password 口令" if error.encrypted else ""
        raise OutputError(
            f"{path.name}：{error.what}，不能在原文件里{doing}，原文件没有改动。请先运行"
            f" perfxl restore “{path.name}”{password} -o “{renewed}”，内容会放进一份新的模板，再{doing}新的工作簿。"
        ) from None


def in_archive(name: str, doing: str) -> str:
    """In Chinese why a workbook in an archive is not changed, by the name that it is shown under."""
    return f"{name}：在压缩包里，不能在原文件里{doing}，压缩包没有改动。请先解压，再{doing}解压出来的工作簿。"
