"""What the documents say of the tables is what there is."""

import re
from pathlib import Path

from wiki_activity.storage.schema import metadata

DOCS = Path(__file__).parent.parent / "docs"


def test_every_column_of_every_table_is_explained_and_no_other_one() -> None:
    sections = re.split(r"^### `(\w+)`$", (DOCS / "data.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    explained = {
        name: {
            column for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for column in re.findall(r"`(\w+)`", row)
        }
        for name, text in zip(
            sections[1::2], (re.split(r"^##", one, flags=re.MULTILINE)[0] for one in sections[2::2]), strict=True
        )
    }
    assert explained == {table.name: {column.name for column in table.columns} for table in metadata.tables.values()}
