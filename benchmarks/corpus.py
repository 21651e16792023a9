"""Forms for benchmarks, as offices send them: filled in, and saved by Excel, by WPS or by a script.

    python -m benchmarks.corpus 2000 FOLDER [--seed 1] [--outcasts]

writes FOLDER/forms (batches of 500 workbooks) and FOLDER/truth.jsonl, which says what each of them holds (see
:mod:`benchmarks.contents`).  The same call makes the same bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import hashlib
import io
import itertools
import json
import multiprocessing
import os
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.contents import Contents, forms
from benchmarks.programs import saved_by

# Which program saved how many of a hundred.
SHARES = {"excel": 70, "wps": 20, "openpyxl": 10}
BATCH = 500
# One in so many inputs is sent twice, cut short on its way, or no form at all.
_TWICE_EVERY, _CUT_EVERY, _OTHER_EVERY = 250, 400, 500


@dataclass(frozen=True, slots=True)
class Sent:
    """One input of a corpus and what must become of it: its path below ``forms``, and the ledger's word for it.

    ``contents`` is None for what holds no form.
    """

    file: str
    writer: str
    status: str
    size: int
    sha256: str
    contents: Contents | None


def make(count: int, folder: Path, *, seed: int = 1, outcasts: bool = False) -> Path:
    """Write a corpus of ``count`` forms into ``folder``, which must not hold one; the folder of the forms.

    With ``outcasts`` there are a few inputs more: a file sent twice, one cut short, one that is no form.
    """
    target = folder / "forms"
    target.mkdir(parents=True)
    batches = [(start, min(start + BATCH, count), count, seed, outcasts, target) for start in range(0, count, BATCH)]
    with contextlib.ExitStack() as stack, open(folder / "truth.jsonl", "w", encoding="utf-8") as truth:
        write: Callable[..., Iterable[list[Sent]]] = map
        if len(batches) > 1:  # one is written sooner than a process starts
            write = stack.enter_context(multiprocessing.get_context("spawn").Pool()).imap
        for batch in write(_write_batch, batches):
            truth.writelines(f"{as_line(sent)}\n" for sent in batch)
    return target


def as_line(sent: Sent) -> str:
    """As a line of truth.jsonl."""
    return json.dumps(asdict(sent), ensure_ascii=False, default=str)


def first_of(corpus: Path, count: int, folder: Path) -> Path:
    """A corpus of the first ``count`` forms of a larger one without outcasts, whose files it shares; ``folder``."""
    folder.mkdir(parents=True)
    with (
        open(corpus / "truth.jsonl", encoding="utf-8") as lines,
        open(folder / "truth.jsonl", "w", encoding="utf-8") as kept,
    ):
        for line in itertools.islice(lines, count):
            kept.write(line)
            file = json.loads(line)["file"]
            target = folder / "forms" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(corpus / "forms" / file, target)
    return folder


def rewrite(forms_folder: Path, file: str, writer: str, contents: Contents) -> Sent:
    """Put other contents into a file of a corpus; the truth about it."""
    path = forms_folder / file
    path.unlink()  # another corpus may share it
    return _write(forms_folder, file, writer, saved_by(writer, contents), "已汇总", contents)


def _write_batch(batch: tuple[int, int, int, int, bool, Path]) -> list[Sent]:
    start, stop, count, seed, outcasts, target = batch
    folder = target / f"第{start // BATCH + 1:03d}批"
    folder.mkdir()
    written: list[Sent] = []
    for contents in forms(count, seed, first=start + 1, last=stop):
        writer = random.Random(f"{seed}-{contents.number}-writer").choices(list(SHARES), list(SHARES.values()))[0]
        name = f"{contents.number:06d}-{contents.unit_code}-{contents.project}"
        package = saved_by(writer, contents)
        inputs: list[tuple[str, bytes, str, Contents | None]] = [(f"{name}.xlsx", package, "已汇总", contents)]
        if outcasts:
            inputs += _outcasts(contents.number, name, package)
        for file, content, status, inside in inputs:
            written.append(_write(target, f"{folder.name}/{file}", writer, content, status, inside))
    return written


def _write(folder: Path, file: str, writer: str, content: bytes, status: str, contents: Contents | None) -> Sent:
    (folder / file).write_bytes(content)
    return Sent(file, writer, status, len(content), hashlib.sha256(content).hexdigest(), contents)


def _outcasts(number: int, name: str, package: bytes) -> Iterator[tuple[str, bytes, str, None]]:
    """What else came with that form; each sorts behind it."""
    if number % _TWICE_EVERY == 1:
        yield f"{name}（重发）.xlsx", package, "重复", None
    if number % _CUT_EVERY == 2:
        yield f"{name}（未传完）.xlsx", package[: len(package) // 2], "无法读取", None
    if number % _OTHER_EVERY == 3:
        yield f"{name}（附件）.xlsx", _no_form(), "未采用", None


@functools.cache
def _no_form() -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.add_worksheet("联系方式").write_string(0, 0, "本单位联系人见公函")
    book.close()
    return stream.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a corpus of filled forms, and the truth about them.")
    parser.add_argument("count", type=int, help="how many forms")
    parser.add_argument("folder", type=Path, help="where; must not hold a corpus yet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outcasts", action="store_true", help="also files sent twice, cut short, or no form at all")
    options = parser.parse_args()
    print(make(options.count, options.folder, seed=options.seed, outcasts=options.outcasts))


if __name__ == "__main__":
    main()
