"""A worker process that dies or hangs of a file because of its name, as a reader does because of its content."""

from __future__ import annotations

import os
import time

from perfxl.intake.discover import Found
from perfxl.ledger.gathering import worker, workers
from perfxl.ledger.gathering.inputs import read_input


def read(found: Found, *job: object) -> object:
    """As every worker, but for three names."""
    if "猝死" in found.name or ("一次" in found.name and _first_time(found)):
        os._exit(9)
    if "挂起" in found.name:
        time.sleep(60)
    return read_input(found, *job)  # type: ignore[arg-type]


def _first_time(found: Found) -> bool:
    """Whether no process has tried that file before."""
    trace = found.path.parent.with_name(f"{found.path.name}.tried")
    if trace.exists():
        return False
    trace.touch()
    return True


if __name__ == "__main__":
    workers.read_input = read  # type: ignore[assignment]
    worker.run()
