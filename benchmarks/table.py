"""What a benchmark reports: one figure beside what was wanted of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Parameters
    ----------
    benchmark
        What was measured, in words.
    figure
        The measured value with its unit.
    ratio
        How it compares with the plain way, measured in the same run; empty where there is none.
    wanted
        The target in words; empty where the figure is only reported.
    met
        Whether the target was met; None where there is none.
    """

    benchmark: str
    figure: str
    ratio: str = ""
    wanted: str = ""
    met: bool | None = None


def draw_table(rows: Iterable[Row]) -> Table:
    """Draw all rows as one table."""
    table = Table(title="Benchmarks", title_justify="left")
    for heading in ("benchmark", "figure", "ratio", "wanted", "met"):
        table.add_column(heading)
    for row in rows:
        met = "" if row.met is None else "yes" if row.met else "NO"
        table.add_row(row.benchmark, row.figure, row.ratio, row.wanted, met)
    return table
