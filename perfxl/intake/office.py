"""Documents that only LibreOffice opens, turned into .docx by it: in a process of its own, for a limited time.

Nothing of the user's own LibreOffice is touched: it runs with a profile that is thrown away, where no macro may run.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from perfxl.intake.limits import Limits

_NAMES: Final = ("soffice", "libreoffice")
_WINDOWS: Final = (r"LibreOffice\program\soffice.exe",)
_MAC: Final = "/Applications/LibreOffice.app/Contents/MacOS/soffice"


def libreoffice() -> str | None:
    """The program, None where it is not installed."""
    for name in _NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    folders = [os.environ.get(name, "") for name in ("ProgramFiles", "ProgramFiles(x86)")]
    places = [os.path.join(folder, tail) for folder in folders if folder for tail in _WINDOWS]
    return next((place for place in (*places, _MAC) if os.path.isfile(place)), None)


def as_docx(data: bytes, suffix: str, limits: Limits) -> bytes | None:
    """The document as .docx; None where there is no LibreOffice, or it can't open the file or takes too long.

    Args:
        suffix: of the format that it has, with a dot.
    """
    return converted(data, suffix, "docx", limits.office_seconds)


def converted(data: bytes, suffix: str, to: str, seconds: int) -> bytes | None:
    """A document in another format of LibreOffice's (``docx``, ``pdf``); None as above."""
    program = libreoffice()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="perfxl-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        source = folder / f"source{suffix}"
        source.write_bytes(data)
        profile = (folder / "profile").as_uri()
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nolockcheck"]
        command += ["--convert-to", to, "--outdir", str(folder / "made"), str(source)]
        if not _finished(command, seconds):
            return None
        made = folder / "made" / f"source.{to}"
        return made.read_bytes() if made.is_file() else None


def _finished(command: list[str], seconds: int) -> bool:
    """Whether the program came to its end in time; else it and all that it started are ended."""
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError:
        return False
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
