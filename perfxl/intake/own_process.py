"""Starting a process of our own: one that may hang, swell or die without taking this one along.

A process of its own and not multiprocessing, so that a user's script needs no ``__main__`` guard.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def command(module: str) -> list[str]:
    """What runs a module of perfxl with this interpreter.

    ``-P``: nothing in the folder where somebody happens to work is taken for a module.
    """
    return [sys.executable, "-P", "-m", module]


def environment() -> dict[str, str]:
    """This process's, in which perfxl is found wherever this process has it from, and nothing in the current folder."""
    given = filter(os.path.isabs, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return {**os.environ, "PYTHONPATH": os.pathsep.join((*given, str(Path(__file__).resolve().parents[2])))}
