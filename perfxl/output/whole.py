"""A file is written whole or not at all: a temporary file beside it, brought to the disk, read again, then renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from perfxl.errors import OutputError
from perfxl.output.failure import UNTOUCHED, output_error
from perfxl.output.former import kept_if_wanted
from perfxl.output.temporary import new_temporary, remove, twin

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: Looks at the finished temporary file; False where it does not hold what it must.
Check = Callable[[Path], bool]

_BUFFER: Final = 1 << 20


def write_whole(target: Path, content: bytes, *, check: Check | None = None) -> Path:
    """Put ``content`` at ``target``; until the last moment whatever stood there stays as it was.

    Raises:
        OutputError: in Chinese, naming the file and what to do.
    """
    with whole_file(target, check=check) as stream:
        stream.write(content)
    return target


@contextlib.contextmanager
def whole_file(target: Path, *, check: Check | None = None) -> Iterator[BinaryIO]:
    """A stream into a temporary file beside ``target``, which takes the target's place when the block ends well.

    Before that it is brought to the disk, opened again and held against what was written, and ``check`` looks at it.
    A writer that goes back to change what it wrote (an .xlsx is made so) can't be held against anything: let it be
    checked by :func:`sound_package`.  Where the block raises, the target stays as it was.  A link is followed.

    Raises:
        OutputError: in Chinese, naming the file and what to do; from ``write`` of the stream as well.
    """
    with whole_files([target], check=check) as (stream,):
        yield stream


@contextlib.contextmanager
def whole_files(targets: Sequence[Path], *, check: Check | None = None) -> Iterator[tuple[BinaryIO, ...]]:
    """As :func:`whole_file` for files that belong together: all of them take their places, or none does."""
    with contextlib.ExitStack() as stack:
        staged: list[_Staged] = []
        for target in targets:
            staged.append(_Staged(target, check))
            stack.callback(staged[-1].discard)
        yield tuple(each.stream for each in staged)
        for each in staged:
            each.seal()
        together = len(staged) > 1
        try:
            for each in staged:
                each.place(undoable=together)
        except BaseException:
            for each in reversed(staged) if together else ():
                each.undo()
            raise


def sound_package(path: Path) -> bool:
    """A zip package (.xlsx, .docx …) has its directory, and every part the content that its checksum promises."""
    try:
        with zipfile.ZipFile(path) as package:
            return package.testzip() is None
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return False


def place_for(target: Path) -> tuple[Path, int]:
    """Where a file of that name goes in the end, and with which permissions: of the one there, or as the umask has it.

    Raises:
        OutputError: none can be put there.
    """
    place = Path(os.path.realpath(target)) if os.path.islink(target) else target
    try:
        found = place.stat().st_mode
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return place, 0o666 & ~mask
    except OSError as error:
        raise output_error(target, error) from error
    if stat.S_ISDIR(found):
        raise output_error(target, IsADirectoryError(errno.EISDIR, ""))
    if not found & 0o222:  # a rename would not ask
        raise OutputError(f"{target}：文件是只读的，没有写。请去掉它的“只读”属性，或另起文件名。{UNTOUCHED}")
    return place, found & 0o777


class _Staged:
    """One file on its way: written beside its place, then put there."""

    def __init__(self, target: Path, check: Check | None) -> None:
        self._target = target
        self._check = check
        self._former: str | None = None
        self._place, self._mode = place_for(target)
        try:
            handle, self._scratch = new_temporary(self._place.parent)
        except OSError as error:
            raise output_error(target, error) from error
        self._raw = _Scratch(handle, target)
        self.stream = cast(BinaryIO, io.BufferedWriter(self._raw, _BUFFER))

    def seal(self) -> None:
        """Bring it to the disk, and see that what is there is what was written."""
        try:
            self.stream.flush()
            os.fsync(self._raw.fileno())
            self.stream.close()
            if not self._holds():
                raise OutputError(f"{self._target}：写出的内容读回来不一样，没有采用。请检查磁盘后重试。{UNTOUCHED}")
            os.chmod(self._scratch, self._mode)
        except OSError as error:
            raise output_error(self._target, error) from error

    def _holds(self) -> bool:
        with open(self._scratch, "rb") as written:
            if self._raw.digest is not None and hashlib.file_digest(written, "sha256").digest() != self._raw.digest:
                return False
        return self._check is None or self._check(Path(self._scratch))

    def place(self, *, undoable: bool) -> None:
        """Let it take its place; ``undoable``: so that :meth:`undo` can take it back."""
        try:
            if undoable and self._place.exists():
                self._former = twin(self._place)
            with kept_if_wanted(self._place, Path(self._scratch)):
                os.replace(self._scratch, self._place)
        except OSError as error:
            raise output_error(self._target, error) from error
        _sync_folder(self._place.parent)

    def undo(self) -> None:
        """Put back what stood there, if it has taken the place."""
        if os.path.lexists(self._scratch):
            return
        try:
            if self._former is None:
                os.unlink(self._place)
            else:
                os.replace(self._former, self._place)
        except OSError as error:
            raise OutputError(
                f"{self._target}：已经换成新的，换不回原来的了。请检查磁盘后重新运行，以重新运行的结果为准"
            ) from error

    def discard(self) -> None:
        """Leave nothing lying about."""
        with contextlib.suppress(OSError, OutputError):
            self.stream.close()
        for left in filter(None, (self._scratch, self._former)):
            remove(left)


class _Scratch(io.FileIO):
    """The temporary file; what is written from the first byte to the last is hashed on the way."""

    def __init__(self, handle: int, target: Path) -> None:
        super().__init__(handle, "w")
        self._target = target
        self._hash = hashlib.sha256()
        self._end: int | None = 0

    @property
    def digest(self) -> bytes | None:
        """Of what was written (SHA-256); None once a writer went back."""
        return None if self._end is None else self._hash.digest()

    def write(self, data: ReadableBuffer, /) -> int:
        """As every file's, but a failure is told as such (an OSError is taken for the reader's by some writers)."""
        try:
            if self._end != self.tell():
                self._end = None
            written = super().write(data)
        except OSError as error:
            raise output_error(self._target, error) from error
        if self._end is not None:
            self._hash.update(memoryview(data)[:written])
            self._end += written
        return written


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk, where the platform can; the file stands there either way."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
