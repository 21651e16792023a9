"""Whether any installed package offers something through an entry point, told without reading them all.

``importlib.metadata.entry_points`` takes tens of milliseconds, and every click on a button starts a fresh Python; hardly
anybody has such a package.  Only where this look finds the group's name is it worth asking properly.
"""

from __future__ import annotations

import os
import sys
from typing import Final

_METADATA: Final = (".dist-info", ".egg-info", "EGG-INFO")
_POINTS: Final = "entry_points.txt"
_STDLIB_ZIP: Final = f"python{sys.version_info.major}{sys.version_info.minor}.zip"


def may_offer(group: str) -> bool:
    """Whether a package on ``sys.path`` may have entry points of that group: never a wrong no.

    What only Python's own machinery can look into, such as a zip, counts as a yes.
    """
    return any(_offered_in(folder or os.curdir, group.encode()) for folder in sys.path)


def _offered_in(folder: str, group: bytes) -> bool:
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        return os.path.basename(folder).lower() != _STDLIB_ZIP
    except OSError:
        return False
    return any(_names(os.path.join(folder, name), group) for name in names if name.endswith(_METADATA))


def _names(metadata: str, group: bytes) -> bool:
    try:
        with open(os.path.join(metadata, _POINTS), "rb") as file:
            return group in file.read()
    except OSError:
        return False
