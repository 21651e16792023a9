"""What a command of the ribbon answers; macros/README.md says how it travels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

PROTOCOL: Final = "perfxl 1"
# A message box, and the status bar, show no more.
LONGEST: Final = 1000
LONGEST_STATUS: Final = 250

Kind = Literal["none", "info", "warning", "error", "status", "ask", "folder", "files"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Excel shall show.

    Attributes:
        kind: none; info, warning, error: a message box; status: a line in the status bar; ask: a yes-or-no question;
            folder, files: a picker with the message as its title.
        message: in Chinese.
        then: command to run next: on yes, when something was picked, or else in any case; "" for none.
    """

    kind: Kind
    message: str = ""
    then: str = ""

    def encoded(self) -> bytes:
        """The content of result.txt: UTF-16 with byte order mark, lines ended by CR LF."""
        room = LONGEST_STATUS if self.kind == "status" else LONGEST
        message = self.message if len(self.message) <= room else f"{self.message[: room - 1]}…"
        lines = [PROTOCOL, self.kind, self.then, *message.splitlines()]
        return ("\ufeff" + "\r\n".join(lines)).encode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class Call:
    """What a command may look at besides the workbook.

    Attributes:
        picked: the folder or files that the clerk has picked.
        log_folder: where the log goes.
        prolong: called now and then by a command that takes its time, so that it isn't ended.
    """

    picked: tuple[Path, ...]
    log_folder: Path
    prolong: Callable[[], None]
