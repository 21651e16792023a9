"""The files that perfxl ships beside its code, and the one place that knows where they stand.

In a checkout (and so in an editable install) ``templates/``, ``macros/`` and ``examples/`` are top-level folders;
a wheel carries them inside the package (``[tool.hatch.build.targets.wheel.force-include]``).
"""

from __future__ import annotations

from pathlib import Path

from perfxl.errors import PerfxlError

_PACKAGE = Path(__file__).parent
_EXAMPLE = "000_907cb3cacd27948e.txt"


def template_file() -> Path:
    """The blank form of the default edition, as it was released (.xlsx)."""
    return _asset("templates", "target_form.xlsx")


def macros_dir() -> Path:
    """The folder with the add-in's sources: ribbon XML and VBA callbacks as plain text."""
    return _asset("macros")


def addin_file() -> Path:
    """The Excel add-in as it was released (.xlam), built from the sources beside it."""
    return _asset("macros", "perfxl.xlam")


def example_text() -> Path:
    """The nine published forms of 2023 in the published text layout (UTF-8), which ``perfxl demo`` works on."""
    return _asset("examples", _EXAMPLE)


def _asset(*parts: str) -> Path:
    """Path of a shipped file or folder, installed or in a checkout.

    Raises:
        PerfxlError: it is not there, so the installation is incomplete.
    """
    roots = [_PACKAGE]
    # Only a real checkout: beside an installed package stand other packages' folders, which may bear these names.
    if (_PACKAGE.parent / "pyproject.toml").is_file():
        roots.append(_PACKAGE.parent)
    for root in roots:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise PerfxlError(f"perfxl 安装不完整：缺少文件 {'/'.join(parts)}。请重新安装 perfxl 后再试。")
