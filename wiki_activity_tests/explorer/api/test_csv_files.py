"""Tables are read back as written, and no spreadsheet finds a formula in them."""

import csv
import io

import pandas as pd
import pytest

from wiki_activity.explorer.api.csv_files import write_csv


def _read(text: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_texts_are_quoted_numbers_are_not_and_what_is_missing_is_an_empty_cell() -> None:
    assert write_csv(["a", "b", "c"], [['x;"y"', 1.5, None], ["", 0, 12]]) == (
        b'\xef\xbb\xbf"a","b","c"\r\n"x;""y""",1.5,\r\n"",0,12\r\n'
    )


def test_commas_quotes_and_lines_are_read_back() -> None:
    row = ["one, two", 'say "so"', "first\nsecond", "हिन्दी"]
    assert _read(write_csv(["h"] * 4, [row]))[1] == row


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; -2;@b", "a; '-2;'@b"),
        ('a;"=1"', 'a;"\'=1"'),
        ("a\n+1", "a\n'+1"),
        ("a; b = c", "a; b = c"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_cell_begins_a_formula_whatever_parts_cells(text: str, written: str, delimiter: str) -> None:
    made = write_csv(["project", "label"], [["hi.wikipedia.org", text]])

    assert _read(made)[1][1] == written
    cells = [cell for row in _read(made, delimiter) for cell in row]
    assert not any(cell.strip(' "').startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_file_begins_with_a_byte_order_mark_for_excel_and_pandas_reads_it_by_default() -> None:
    made = write_csv(["month", "wiki"], [["2025-03", "हिन्दी"]])

    assert made.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.BytesIO(made))
    assert table.to_dict("list") == {"month": ["2025-03"], "wiki": ["हिन्दी"]}
