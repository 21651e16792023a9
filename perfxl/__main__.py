"""``python -m perfxl``: the same as the command ``perfxl``."""

from perfxl.cli import main

main()
