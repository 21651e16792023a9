"""Writing files: each whole or not at all, what stood there kept if wanted, and one run on a ledger at a time.

    whole.py      a temporary file beside the target, brought to the disk, read again, then renamed
    former.py     what stood there, kept under a name with the date
    lock.py       one run at a time
    temporary.py  temporary files, and what killed runs left of them
    process.py    whose a lock or a temporary file is, and whether its owner has ended
    failure.py    why a file could not be written, in words

Nothing in the package writes a file but by these.
"""

from perfxl.output.failure import advice_on, output_error
from perfxl.output.former import dated_names, is_kept_former, keep_former
from perfxl.output.lock import only_run
from perfxl.output.temporary import is_trace
from perfxl.output.whole import sound_package, whole_file, whole_files, write_whole

__all__ = [
    "advice_on",
    "dated_names",
    "is_kept_former",
    "is_trace",
    "keep_former",
    "only_run",
    "output_error",
    "sound_package",
    "whole_file",
    "whole_files",
    "write_whole",
]
