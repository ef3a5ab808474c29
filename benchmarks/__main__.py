"""Run the benchmarks and print one table: `python -m benchmarks [--only NAME]`."""

import argparse
import os
from collections.abc import Iterable, Iterator
from importlib import import_module

from rich.console import Console

from benchmarks.table import Row, draw_table

MODULES = (
    "peaks",
    "first_load",
    "upsert",
    "fetch",
    "budget",
    "detection",
    "evidence",
    "retention",
    "live_detection",
    "hot_pages",
    "stream",
    "delivery",
    "explorer",
    "rest",
    "roles",
    "toolforge",
    "growth",
    "growth_stream",
)


def main() -> None:
    """Run all benchmarks, or the chosen ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speeds and accuracies.")
    parser.add_argument("--only", choices=MODULES, action="append", help="run this one; may be repeated")
    rows = list(_run(parser.parse_args().only or MODULES))
    # Where there is no terminal, rich would fold everything into 80 columns.
    console = Console()
    Console(width=None if console.is_terminal else 150).print(draw_table(rows))


def _run(names: Iterable[str]) -> Iterator[Row]:
    """Run benchmarks one after the other; each is followed by the load that it ran under, its own included."""
    for name in names:
        before = os.getloadavg()[0]
        yield from import_module(f"benchmarks.{name}").run()
        load = f"{before:.1f} before, {os.getloadavg()[0]:.1f} after, on {os.cpu_count()} cores"
        yield Row(f"load of the machine around {name}", load)


if __name__ == "__main__":
    main()
