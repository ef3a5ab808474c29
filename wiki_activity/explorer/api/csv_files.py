"""Tables as CSV (RFC 4180) that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Iterable, Sequence

CSV = "text/csv; charset=utf-8"

Cell = str | float | None


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table; None is an empty cell, and a text that a spreadsheet would run gets a leading `'`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_guard(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def name_file(name: str) -> dict[str, str]:
    """Make the header that names the file; the name must hold nothing but letters, digits, dots and dashes."""
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}


def _guard(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
