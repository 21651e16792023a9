"""What can be wrong with the world: one small tree of exceptions.

A form that is wrong never raises: it gives an :class:`perfxl.issue.Issue` at its cell.  These are for the
world around it: a path that does not exist, a file that is no workbook, an output that can't be written.
Every message is Chinese, names the file, and says what to do, so that a door can show ``str(error)`` as it is.

    PerfxlError
    ├── InputError         a source can't be used
    │   ├── PathNotFound
    │   └── UnreadableFile     not a workbook, empty, encrypted, damaged, over a limit
    │       └── NoTargetForm   a document without any target form
    ├── OutputError        a result can't be written; whatever stood there before is untouched
    │   ├── BusyError          another run is writing it
    │   └── RefusedError       the system refuses: a full disk, no permission, a file open elsewhere
    ├── ClusterError       the other computers can't be reached, or not be used
    ├── CapacityError      more than the form has room for
    └── UsageError         the call itself asks for something that doesn't exist (edition, rule code, …)
"""


class PerfxlError(Exception):
    """Any failure that perfxl reports in words a clerk can act on."""


class InputError(PerfxlError):
    """A source can't be used."""


class PathNotFound(InputError):
    """The path given does not exist."""


class UnreadableFile(InputError):
    """The file exists but can't be read as a workbook or document that perfxl knows."""


class NoTargetForm(UnreadableFile):
    """A document that can be read, but no target form is in it, nor anything that could be taken for one."""


class OutputError(PerfxlError):
    """A result can't be written; what stood at its path before is untouched."""


class BusyError(OutputError):
    """Another run is at work on the same file."""


class RefusedError(OutputError):
    """The system refuses to write there."""


class ClusterError(PerfxlError):
    """The computers that were to read along can't be reached, or not be used."""


class CapacityError(PerfxlError):
    """A form holds more than the template has room for."""


class UsageError(PerfxlError):
    """The call asks for something that does not exist."""
