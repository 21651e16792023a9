"""``python -m perfxl.cli.dropped validate``: what 校验.cmd and 汇总.cmd of the offline bundle run.

It makes an ordinary command of what was dropped on the script; results stand beside it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from perfxl.addin.bundle_scripts import ARGUMENT, COMMAND_LINE, SCRIPT, dropped_paths
from perfxl.cli import main
from perfxl.cli.terminal import NOT_RUN

_ASK = "请把装有绩效目标表的文件夹拖进这个窗口，再按回车："
_NOTHING = "没有给出文件夹，什么也没有做。请把文件夹拖到图标上，或拖进窗口后按回车。"


def command_for(verb: str, sources: list[Path]) -> list[str]:
    """The arguments of ``perfxl`` for ``validate`` or ``consolidate`` of these sources."""
    whole = [verb, *map(str, sources)]
    if verb == "validate":
        return [*whole, "--mark-in", str(_beside(sources[0], "-已标注"))]
    return [*whole, "--output", str(_beside(sources[0], "-总台账.xlsx"))]


def _beside(source: Path, ending: str) -> Path:
    """A name next to what was dropped; a whole drive has no name and nothing next to it."""
    if not source.name:
        return source / f"绩效目标表{ending}"
    return source.with_name(f"{source.stem if source.is_file() else source.name}{ending}")


def _asked() -> list[str]:
    try:
        typed = input(_ASK).strip().strip('"')
    except (EOFError, KeyboardInterrupt):
        return []
    return [typed] if typed else []


def run(verb: str) -> None:
    """Run the command; as every command of ``perfxl`` it ends by SystemExit."""
    paths = dropped_paths(*(os.environ.get(name, "") for name in (COMMAND_LINE, SCRIPT, ARGUMENT))) or _asked()
    if not paths:
        sys.stderr.write(f"{_NOTHING}\n")
        raise SystemExit(NOT_RUN)
    sys.argv = ["perfxl", *command_for(verb, [Path(path) for path in paths])]
    main()


if __name__ == "__main__":
    run(sys.argv[1])
