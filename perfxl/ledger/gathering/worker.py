"""A worker process: ``python -m perfxl.ledger.gathering.worker`` reads batches of inputs and answers with a parcel for each.

It is told what to do on its standard input by the process that started it, and by nobody else: a job, then batches, each
pickled with its length before it.  Its answers hold what strangers have sent in, and are nothing but texts and numbers.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from typing import IO, Final

from perfxl.intake.confinement import confine
from perfxl.ledger.gathering.parcel import send
from perfxl.ledger.gathering.workers import LENGTH, READY, Job

# Its time is limited by whoever waits for its answers.
_NO_LIMIT: Final = 1_000_000


def _messages(stream: IO[bytes]) -> Iterator[bytes]:
    while len(head := stream.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        yield stream.read(length)


def run() -> None:
    """Work until nothing more comes."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # whatever prints must not get among the answers
    messages = _messages(source)
    job: Job = pickle.loads(next(messages))
    if job.memory is not None:
        confine(job.memory, _NO_LIMIT)
    target.write(READY)
    target.flush()
    for batch in messages:
        for found in pickle.loads(batch):
            send(target, job.read(found))


if __name__ == "__main__":
    run()
