"""Tables as CSV (RFC 4180) that a spreadsheet opens without running anything."""

import re
from collections.abc import Iterable, Sequence

CSV = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file that does not begin with it for something else than UTF-8."""

Cell = str | float | None

_FORMULA = re.compile(r"""(^|[;\r\n]["\s]*)(?=[=+@\-\t\r])""")
"""Where a spreadsheet would begin a formula: one that takes `;` to part cells begins cells within ours."""


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table; None is an empty cell, and what a spreadsheet would run of a text gets a leading `'`.

    It begins with a byte order mark: Excel takes a file without one for something else than UTF-8.
    Every text is quoted; the standard library's writer would quote None too, or not all texts.
    """
    lines = (",".join(write_csv_cell(cell) for cell in row) + "\r\n" for row in (header, *rows))
    return "".join([BYTE_ORDER_MARK, *lines]).encode()


def name_file(name: str) -> dict[str, str]:
    """Make the header that names the file; the name must hold nothing but letters, digits, dots and dashes."""
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}


def write_csv_cell(cell: Cell) -> str:
    """Write one cell as :func:`write_csv` does."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    harmless = _FORMULA.sub(r"\1'", cell)
    return '"' + harmless.replace('"', '""') + '"'
