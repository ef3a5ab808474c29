import contextlib
import html
import io
import re
import shutil
import urllib.request
from pathlib import Path

import pandas as pd

from wiki_activity_tests.explorer.browser.serving import serving


def test_the_guides_five_lines_of_pandas_read_the_months_of_several_wikis(filled_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "activity.sqlite"
    shutil.copy(filled_file, file)
    with serving(file, tmp_path) as site:
        with urllib.request.urlopen(f"{site.url}/api", timeout=60) as answer:
            page = answer.read().decode()
        found = re.search(r'<code id="pandas">(.*?)</code>', page, re.DOTALL)
        assert found is not None
        lines = html.unescape(found[1])
        assert len(lines.splitlines()) == 5
        names: dict[str, object] = {}
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(lines, names)
    counts = names["counts"]
    assert isinstance(counts, pd.DataFrame)
    assert list(counts.columns) == ["bn.wikipedia.org", "hi.wikipedia.org", "ta.wikipedia.org"]
    assert counts.index.max() == pd.Timestamp(2026, 9, 1)
    # A missing month is missing there too.
    assert counts["ta.wikipedia.org"].isna().sum() == 1
    assert counts.loc["2024-07-01", "hi.wikipedia.org"] == 39337
    assert "2026-09-01" in printed.getvalue()
