"""Run the benchmarks and print one table: `python -m benchmarks [--only NAME]`."""

import argparse
from importlib import import_module

from rich.console import Console

from benchmarks.table import draw_table

MODULES = ("peaks", "upsert", "fetch", "detection", "live_detection", "stream", "delivery", "explorer")


def main() -> None:
    """Run all benchmarks, or the chosen ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speeds and accuracies.")
    parser.add_argument("--only", choices=MODULES, action="append", help="run this one; may be repeated")
    chosen = parser.parse_args().only or MODULES
    rows = [row for name in chosen for row in import_module(f"benchmarks.{name}").run()]
    # Where there is no terminal, rich would fold everything into 80 columns.
    console = Console()
    Console(width=None if console.is_terminal else 150).print(draw_table(rows))


if __name__ == "__main__":
    main()
