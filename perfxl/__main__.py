"""The command ``perfxl``, and ``python -m perfxl``."""

from __future__ import annotations

import sys

from perfxl.version import __version__


def main() -> None:
    """Everything is :func:`perfxl.cli.main`'s, but that scripts ask for the version often: it needs no terminal."""
    if sys.argv[1:] == ["--version"]:
        print(f"perfxl {__version__}")
        return
    from perfxl.cli import main as run

    run()


if __name__ == "__main__":
    main()
