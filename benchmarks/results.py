"""What was measured, set against what it must reach: printed, and kept as RESULTS.md."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

_PACKAGES = ("pandas", "openpyxl", "XlsxWriter", "python-calamine", "pydantic", "pyarrow", "duckdb")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that must be reached: at least ``least``, or at most ``most``."""

    what: str
    measured: float
    least: float | None = None
    most: float | None = None
    unit: str = "×"

    @property
    def met(self) -> bool:
        """The measured value is within its bounds."""
        above = self.least is None or self.measured >= self.least
        return above and (self.most is None or self.measured <= self.most)

    @property
    def target(self) -> str:
        """The bound in words."""
        parts = [f"≥ {self.least:g}"] if self.least is not None else []
        parts += [f"≤ {self.most:g}"] if self.most is not None else []
        return f"{' and '.join(parts)} {self.unit}"

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """As a line of a table."""
        shown = f"{self.measured:,.2f}" if self.measured < 10 else f"{self.measured:,.1f}"
        return self.what, f"{shown} {self.unit}", self.target, "met" if self.met else "NOT MET"


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of what was measured."""

    headings: Sequence[str]
    lines: Sequence[Sequence[str]]

    def text(self) -> str:
        """In columns, for a terminal."""
        rows = [self.headings, *self.lines]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.headings))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def markdown(self) -> str:
        """As a table of Markdown."""
        rows = [self.headings, ["---"] * len(self.headings), *self.lines]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@dataclass(slots=True)
class Section:
    """One entry of the benchmark: what was done, what was measured, what that comes to, and its plots."""

    title: str
    explained: str
    listing: Listing
    figures: list[Figure] = field(default_factory=list)
    plots: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


FIGURES = ("what", "measured", "target", "")


def print_section(section: Section) -> None:
    """The section for the terminal."""
    print(f"\n== {section.title}\n{section.explained}\n\n{section.listing.text()}")
    if section.figures:
        print(f"\n{Listing(FIGURES, [figure.cells for figure in section.figures]).text()}")
    for note in section.notes:
        print(f"\n{note}")


def as_markdown(sections: Iterable[Section], setting: str, begun: str) -> str:
    """All of it as one page; ``setting`` says how much was run, ``begun`` on what machine."""
    sections = list(sections)
    figures = [figure for section in sections for figure in section.figures]
    met = sum(figure.met for figure in figures)
    lines = [
        "# What perfxl costs",
        "",
        f"Written by `make bench`; {setting}.  {met} of {len(figures)} figures are met.  Only ratios mean anything elsewhere.",
        "Every run's ledger was compared with the truth table of its corpus, cell for cell; a run that differs ends the",
        "benchmark.",
        "",
        begun,
        "",
        Listing(FIGURES, [figure.cells for figure in figures]).markdown(),
    ]
    for section in sections:
        lines += ["", f"## {section.title}", "", section.explained, "", section.listing.markdown()]
        for note in section.notes:
            lines += ["", note]
        for plot in section.plots:
            lines += ["", f"![{section.title}]({plot})"]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """The machine and the versions, in a line or two."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = ", ".join(f"{name} {version}" for name in _PACKAGES if (version := _version(name)))
    return (
        f"{datetime.date.today():%Y-%m-%d} on {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} "
        f"{platform.release()}, load {os.getloadavg()[0]:.1f} when it began; Python {platform.python_version()}, {versions}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
