"""All benchmarks in one run: ``python -m benchmarks``, or ``make bench``; see RESULTS.md for what came of it.

    python -m benchmarks [--short] [--only NAME …] [--folder FOLDER] [--results FOLDER]

The whole of it takes about an hour and 5 GB of disk for the corpora; ``--short`` some minutes, at sizes that show the
same at a smaller scale.  It ends with an error where an engine's ledger is not the truth, and says of every figure whether what
it must reach is met; that a figure is not met is no error.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import consolidation, corpus, rows, single
from benchmarks.results import Section, as_markdown, machine, print_section

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Setting:
    """How much is run.

    Attributes:
        told: its name.
        scripts, alone: rounds by number of forms, beside the scripts and perfxl alone.
        update: forms of --update.
        rounds: of what is done to one form.
        few, many: rows that are written at once.
    """

    told: str
    scripts: dict[int, int]
    alone: dict[int, int]
    update: int
    rounds: int
    few: int
    many: int


_FULL = Setting(
    told="the full setting",
    scripts={24: 5, 240: 3, 2000: 1},
    alone={1: 3, 200: 3, 600: 3, 2000: 3, 6000: 2, 20000: 2},
    update=20000,
    rounds=30,
    few=30_000,
    many=1_500_000,
)
_SHORT = Setting(
    told="the short setting, at sizes smaller than those that the targets are set for",
    scripts={24: 3, 240: 1},
    alone={1: 3, 200: 3, 600: 2, 2000: 1},
    update=600,
    rounds=10,
    few=30_000,
    many=100_000,
)


class _Corpora:
    """Corpora by number of forms: the largest is made, the others are its first forms."""

    def __init__(self, folder: Path, largest: int) -> None:
        self._folder, self._largest = folder, largest

    def of(self, counts: Iterable[int]) -> dict[int, Path]:
        """Their folders; made where they don't stand yet."""
        whole = self._folder / f"{self._largest}"
        if not whole.exists():
            print(f"making {self._largest:,} forms …", flush=True)
            corpus.make(self._largest, whole)
        return {count: whole if count == self._largest else self._first_of(whole, count) for count in counts}

    def to_change(self, count: int) -> Path:
        """One more of so many forms, as they were made, which may be changed."""
        (_, whole) = self.of([self._largest]).popitem()
        folder = self._folder / f"{count}-changed"
        shutil.rmtree(folder, ignore_errors=True)
        return corpus.first_of(whole, count, folder)

    def _first_of(self, whole: Path, count: int) -> Path:
        folder = self._folder / f"{count}"
        return folder if folder.exists() else corpus.first_of(whole, count, folder)


def _entries(setting: Setting, corpora: _Corpora, folder: Path, results: Path) -> dict[str, Callable[[], Section]]:
    """The benchmarks by name; ``folder`` is for what they write, ``results`` for the plots."""
    return {
        "reading": lambda: single.reading(setting.rounds),
        "stray": lambda: single.stray_cell(setting.rounds),
        "marking": lambda: single.marking(setting.rounds),
        "rows": lambda: rows.many_rows(setting.many, setting.few, folder),
        "scripts": lambda: consolidation.against_scripts(corpora.of(setting.scripts), setting.scripts, results),
        "scale": lambda: consolidation.at_scale(corpora.of(setting.alone), setting.alone, results),
        "update": lambda: consolidation.again(corpora.to_change(setting.update), setting.update),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What perfxl costs.")
    parser.add_argument("--short", action="store_true", help="some minutes instead of an hour")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="these alone: reading stray marking rows scripts scale update"
    )
    parser.add_argument("--folder", type=Path, help="where the corpora are made and kept; else they are removed")
    parser.add_argument("--results", type=Path, default=_HERE, help="where RESULTS.md and the plots go")
    options = parser.parse_args()
    setting = _SHORT if options.short else _FULL
    options.results.mkdir(parents=True, exist_ok=True)
    # As installing does; the scripts' packages have been installed.
    compileall.compile_dir(_HERE.parent / "perfxl", quiet=1)
    begun = machine()
    print(begun)
    page = options.results / "RESULTS.md"
    sections = []
    with tempfile.TemporaryDirectory(prefix="perfxl-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        corpora = _Corpora(folder, max(*setting.scripts, *setting.alone, setting.update))
        entries = _entries(setting, corpora, folder, options.results)
        if unknown := set(options.only or ()) - entries.keys():
            parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
        for name in options.only or entries:
            print(f"\n… {name}", flush=True)
            sections.append(entries[name]())
            print_section(sections[-1])
            # After each, so that one that fails doesn't take the others along.
            page.write_text(as_markdown(sections, setting.told, begun), encoding="utf-8")
    print(f"\nwritten to {page}")


if __name__ == "__main__":
    main()
