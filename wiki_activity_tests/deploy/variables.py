"""The variables that the program reads, by its own table."""

import re

from wiki_activity.settings import PREFIX
from wiki_activity_tests.deploy.compose_file import ROOT


def list_variables() -> set[str]:
    """Name all variables of README's table, which another test holds against the code."""
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition(f"| `{PREFIX}…` |")[2].partition("\n\n")[0]
    return {PREFIX + name for name in re.findall(r"`([A-Z][A-Z_]+)`", re.sub(r"\|[^|\n]*\|[^|\n]*\|\n", "|\n", table))}
