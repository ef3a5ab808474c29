"""Dagster's home under the state folder: its configuration, written anew at each start."""

import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path


def prepare_dagster_home(state_dir: Path) -> Path:
    """Make the folder with its dagster.yaml, and return it; what Dagster stored there stays."""
    home = state_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    template = files("wiki_activity.cli").joinpath("templates", "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(template.replace("{folder}", _quote_inside(home)), encoding="utf-8")
    return home


def dagster_command(port: int) -> Sequence[str]:
    """Return the command that runs web server, daemon and code server on loopback."""
    return [
        sys.executable, "-m", "dagster", "dev", "--module-name", "wiki_activity.definitions",
        "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning",
    ]  # fmt: skip


def _quote_inside(path: Path) -> str:
    """Write a path for the inside of a quoted YAML string, which takes JSON's escapes."""
    return json.dumps(str(path))[1:-1]
