"""Whole runs over a corpus, from the folder to the ledger: perfxl and the three scripts, and perfxl alone at every size."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import corpus
from benchmarks.contents import forms
from benchmarks.measure import Run, run
from benchmarks.plots import Line, log_log
from benchmarks.results import Figure, Listing, Section

_CHECKOUT = Path(__file__).parents[1]
# perfxl's exit code for "done, and some forms have errors", which a corpus with mistakes has.
_FOUND = 1


@dataclass(frozen=True, slots=True)
class Engine:
    """Something that makes a ledger of a folder of forms: the arguments of Python that it is started with."""

    name: str
    arguments: Callable[[Path, Path], list[str]]
    ledger: str = "script"  # whose columns the ledger has, see benchmarks.truth

    def consolidate(self, corpus_folder: Path, ledger: Path, *more: str) -> Run:
        """One run, and its ledger held against the truth.

        Raises:
            Failed: it ended badly, or its ledger is not the truth.
        """
        command = [sys.executable, "-m", *self.arguments(corpus_folder / "forms", ledger), *more]
        measured = run(command, folder=_CHECKOUT, accepted=(0, _FOUND) if self.ledger == "perfxl" else (0,))
        run([sys.executable, "-m", "benchmarks.truth", str(ledger), str(corpus_folder), self.ledger], folder=_CHECKOUT)
        return measured

    def cold(self, corpus_folder: Path) -> Run:
        """One run that finds neither an older ledger nor anything else that a run left behind; see :meth:`consolidate`."""
        with tempfile.TemporaryDirectory(dir=corpus_folder) as place:
            return self.consolidate(corpus_folder, Path(place) / "ledger.xlsx")


PERFXL = Engine(
    "perfxl", lambda forms, ledger: ["perfxl", "consolidate", str(forms), "-o", str(ledger), "-q"], "perfxl"
)
NAIVE_PANDAS = Engine(
    "naive_pandas", lambda forms, ledger: ["benchmarks.peers.with_pandas", str(forms), str(ledger), "openpyxl"]
)
NAIVE_OPENPYXL = Engine(
    "naive_openpyxl", lambda forms, ledger: ["benchmarks.peers.with_openpyxl", str(forms), str(ledger)]
)
PANDAS_CALAMINE = Engine(
    "pandas_calamine", lambda forms, ledger: ["benchmarks.peers.with_pandas", str(forms), str(ledger), "calamine"]
)
ENGINES = (PERFXL, NAIVE_PANDAS, NAIVE_OPENPYXL, PANDAS_CALAMINE)

Runs = dict[tuple[str, int], list[Run]]  # by engine and number of forms


def wall(runs: Iterable[Run]) -> float:
    """The median, in seconds."""
    return statistics.median(one.wall for one in runs)


def cpu(runs: Iterable[Run]) -> float:
    """The median, in seconds, children included."""
    return statistics.median(one.cpu for one in runs)


def parent(runs: Iterable[Run]) -> float:
    """The highest, in megabytes."""
    return max(one.parent for one in runs)


# -- perfxl and the scripts


def against_scripts(corpora: Mapping[int, Path], rounds: Mapping[int, int], plots: Path) -> Section:
    """Every engine on every corpus, ``rounds`` times, in turn; by number of forms."""
    runs: Runs = {}
    for count, folder in corpora.items():
        for turn in range(rounds[count]):
            shift = turn % len(ENGINES)
            for engine in (*ENGINES[shift:], *ENGINES[:shift]):
                measured = engine.cold(folder)
                runs.setdefault((engine.name, count), []).append(measured)
                _tell(engine.name, count, measured)
    plot = log_log(
        plots / "against_scripts.png",
        "From the folder to the ledger",
        "forms",
        "seconds, wall time",
        [Line(engine.name, [(count, wall(runs[engine.name, count])) for count in corpora]) for engine in ENGINES],
    )
    return Section(
        "perfxl and three scripts",
        "Read, check and write a ledger, cold: from the start of the process until its end, in turn, medians of the rounds.  "
        "Processor time counts all children; memory is that of the process itself, and of it and its children together.",
        _listing_of(runs, corpora),
        list(_ratios(runs, corpora)),
        [plot],
    )


def _listing_of(runs: Runs, counts: Iterable[int]) -> Listing:
    lines = []
    for count in counts:
        own = runs[PERFXL.name, count]
        for engine in ENGINES:
            of_engine = runs[engine.name, count]
            times = f"{wall(of_engine) / wall(own):.1f}", f"{cpu(of_engine) / cpu(own):.1f}"
            lines.append([f"{count:,}", engine.name, str(len(of_engine)), *_told(of_engine), *times])
    return Listing(("forms", "engine", "rounds", *_TOLD, "× wall", "× CPU"), lines)


_TOLD = ("wall s", "CPU s", "peak MB", "with children MB")


def _told(runs: Sequence[Run]) -> tuple[str, str, str, str]:
    together = max(one.together for one in runs)
    return f"{wall(runs):.2f}", f"{cpu(runs):.2f}", f"{parent(runs):.0f}", f"{together:.0f}"


# Which ratio must be how much: number of forms, script, what is compared, at least.
_MUST = (
    (2000, NAIVE_PANDAS, "wall", wall, 35),
    (2000, NAIVE_PANDAS, "CPU", cpu, 22),
    (2000, NAIVE_OPENPYXL, "wall", wall, 50),
    (2000, PANDAS_CALAMINE, "wall", wall, 12),
    (240, NAIVE_PANDAS, "wall", wall, 14),
    (24, NAIVE_PANDAS, "wall", wall, 4),
)


def _ratios(runs: Runs, counts: Iterable[int]) -> Iterator[Figure]:
    for count, script, what, of, least in _MUST:
        if count in counts:
            ratio = of(runs[script.name, count]) / of(runs[PERFXL.name, count])
            yield Figure(f"{count:,} forms, {what} time of {script.name} over perfxl's", ratio, least=least)


# -- perfxl alone


def at_scale(corpora: Mapping[int, Path], rounds: Mapping[int, int], plots: Path) -> Section:
    """perfxl on corpora of growing size, in rounds over the sizes; the smallest one tells what a start costs."""
    runs: dict[int, list[Run]] = {count: [] for count in corpora}
    for turn in range(max(rounds.values())):
        for count, folder in corpora.items():
            if turn < rounds[count]:
                measured = PERFXL.cold(folder)
                runs[count].append(measured)
                _tell("perfxl", count, measured)
    first, *sizes = corpora
    start = wall(runs[first])
    each = {count: 1000 * (wall(runs[count]) - start) / (count - first) for count in sizes}
    lines = [[f"{count:,}", str(len(runs[count])), *_told(runs[count]), f"{1000 * wall(runs[count]) / count:.2f}",
              f"{each[count]:.2f}" if count in each else ""] for count in corpora]  # fmt: skip
    return Section(
        "perfxl at every size",
        f"The same, perfxl alone.  A form's cost is told with all, and with what a run over {first} took subtracted, which "
        "is the start of the program.",
        Listing(("forms", "rounds", *_TOLD, "ms a form", "ms, start subtracted"), lines),
        list(_scale_figures(runs, each)),
        _scale_plots({count: runs[count] for count in sizes}, each, plots),
    )


def _scale_plots(runs: Mapping[int, Sequence[Run]], each: Mapping[int, float], plots: Path) -> list[str]:
    lines = [
        Line("wall", [(count, 1000 * wall(of_count) / count) for count, of_count in runs.items()]),
        Line("wall, start subtracted", list(each.items())),
        Line("CPU", [(count, 1000 * cpu(of_count) / count) for count, of_count in runs.items()]),
    ]
    peaks = [
        Line("the process itself", [(count, parent(of_count)) for count, of_count in runs.items()]),
        Line("with its workers", [(count, max(one.together for one in of_count)) for count, of_count in runs.items()]),
    ]
    return [
        log_log(plots / "at_scale.png", "Cost of a form, perfxl alone", "forms", "milliseconds a form", lines),
        log_log(plots / "memory.png", "Memory, perfxl alone", "forms", "MB at the peak", peaks),
    ]


def _scale_figures(runs: Mapping[int, Sequence[Run]], each: Mapping[int, float]) -> Iterator[Figure]:
    smallest, largest = min(each), max(each)
    what = f"cost of a form at {{:,}} over that at {smallest:,}, start subtracted"
    for count in each:
        if count != smallest:
            yield Figure(what.format(count), each[count] / each[smallest], least=0.85, most=1.15)
    base = 2000 if 2000 in each else smallest
    ratio = parent(runs[largest]) / parent(runs[base])
    yield Figure(f"peak of the process at {largest:,} over that at {base:,}", ratio, most=1.3)
    yield Figure(f"peak of the process at {largest:,}", parent(runs[largest]), most=150, unit="MB")


# -- the second time


def again(folder: Path, count: int) -> Section:
    """A full run, one more with nothing changed, and one with one form in a hundred changed."""
    ledger = folder / "update.xlsx"
    full = PERFXL.consolidate(folder, ledger, "--update")
    _tell("full", count, full)
    same = PERFXL.consolidate(folder, ledger, "--update")
    _tell("nothing changed", count, same)
    _change(folder, count)
    changed = PERFXL.consolidate(folder, ledger, "--update")
    _tell("one in a hundred changed", count, changed)
    runs = {"all of it": full, "nothing changed": same, "one in a hundred changed": changed}
    lines = [[name, *_told([one]), f"{full.wall / one.wall:.1f}"] for name, one in runs.items()]
    return Section(
        f"--update at {count:,} forms",
        "The first run knows nothing; then nothing is changed; then one form in a hundred is another.  Each ledger is "
        "compared with the truth as it then is.",
        Listing(("run", *_TOLD, "× faster"), lines),
        [
            Figure(f"--update at {count:,} forms, nothing changed: a full run's wall time over it", full.wall / same.wall, least=15),
            Figure(f"--update at {count:,} forms, 1 % changed: a full run's wall time over it", full.wall / changed.wall, least=3),
        ],
    )  # fmt: skip


def _change(folder: Path, count: int) -> None:
    """Other contents in one form of a hundred, and the truth told anew."""
    others = dict(zip(range(1, count + 1), forms(count, seed=2), strict=True))
    lines = []
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        sent = json.loads(line)
        number = sent["contents"]["number"] if sent["contents"] else 0
        if number and number % 100 == 50:
            former = sent["contents"]
            # The unit stays, so that no other form of it is contradicted.
            contents = replace(others[number], unit_code=former["unit_code"], unit_name=former["unit_name"])
            lines.append(corpus.as_line(corpus.rewrite(folder / "forms", sent["file"], sent["writer"], contents)))
        else:
            lines.append(line)
    (folder / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _tell(what: str, count: int, measured: Run) -> None:
    print(
        f"   {count:>7,} forms  {what:<26}{measured.wall:9.2f} s  {measured.cpu:9.2f} s CPU  {measured.parent:6.0f} MB",
        flush=True,
    )
