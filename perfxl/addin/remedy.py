"""What a person is told to do about a set-up gone wrong, in words that fit both ways of having perfxl.

Whoever got the offline bundle has no command ``perfxl``, and whoever has the command has no bundle.
"""

from __future__ import annotations

from typing import Final

INSTALL_AGAIN: Final = "双击离线包里的 安装.cmd，或在命令行运行 perfxl addin install"
EXAMINE: Final = "双击离线包里的 体检.cmd，或在命令行运行 perfxl doctor"
#: A sentence of its own, for whatever setting up anew mends.
REINSTALL: Final = f"请重新安装插件：{INSTALL_AGAIN}。"
#: Before a request that a clerk can only pass on.
IT: Final = "请把这一条交给单位的信息技术人员："
