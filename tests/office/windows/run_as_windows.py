"""Runs a command line as WScript.Shell.Run does: python run_as_windows.py job

The job is a file: the command line, then variables as lines ``NAME=value``.  The exit code is put in its place.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def main(job: Path) -> None:
    line, *rest = job.read_text(encoding="utf-8").splitlines()
    variables = dict(row.split("=", 1) for row in rest if row)
    # A variable's content is put in once, and not looked into.
    line = re.sub(r"%(\w+)%", lambda match: variables.get(match[1], match[0]), line)
    known = {name: value.replace("\\", "/") for name, value in variables.items()}
    command = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line)]
    done = subprocess.run(command, env={**os.environ, **known}, check=False)
    job.write_text(f"{done.returncode}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
