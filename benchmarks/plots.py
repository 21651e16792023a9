"""Plots of what was measured, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Told apart without colour, too.
_STYLES = (("#1F3864", "o", "-"), ("#C55A11", "s", "--"), ("#2E7D32", "^", "-."), ("#7B1FA2", "D", ":"))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot: its name, and its points."""

    name: str
    points: Sequence[tuple[float, float]]


def log_log(path: Path, title: str, across: str, up: str, lines: Sequence[Line]) -> str:
    """Draw the lines into a PNG file, each with its name at its end; the file's name."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    figure, axes = plt.subplots(figsize=(8, 5), dpi=120, layout="constrained")
    for line, (colour, marker, dash) in zip(lines, _STYLES, strict=False):
        axes.plot(*zip(*line.points, strict=True), color=colour, marker=marker, linestyle=dash, label=line.name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high / low < 20:  # so that nearly flat lines look flat
        middle = (low * high) ** 0.5
        axes.set_ylim(middle / 20**0.5, middle * 20**0.5)
    counts = sorted({point[0] for line in lines for point in line.points})
    axes.set_xticks(counts)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(True, which="major", color="#D9D9D9")
    axes.grid(True, which="minor", axis="y", color="#EFEFEF")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
    return path.name
