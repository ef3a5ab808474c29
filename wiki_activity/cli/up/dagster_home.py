"""Dagster under `up` and `demo`: its home under the state folder, and the programs that it is made of."""

import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import wiki_activity
from wiki_activity.cli.up.supervisor import Program

CODE_LOCATION = "wiki_activity.definitions"
_PACKAGES = Path(wiki_activity.__file__).parent.parent


def prepare_dagster_home(state_dir: Path) -> Path:
    """Make the folder with its dagster.yaml, and return it; what Dagster stored there stays."""
    home = state_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    template = files("wiki_activity.cli").joinpath("templates", "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(template.replace("{folder}", _quote_inside(home)), encoding="utf-8")
    return home


def dagster_programs(home: Path, sockets: Path, port: int) -> Sequence[Program]:
    """Return the programs: the code server, Dagster's page on loopback, and the daemon.

    Parameters
    ----------
    home
        As :func:`prepare_dagster_home` made it; its workspace.yaml is written anew.
    sockets
        Folder for the code server's socket: a short path, that nobody else may enter.
    port
        Of the page.
    """
    code = sockets / "code.sock"
    place = {"host": "localhost", "socket": str(code), "location_name": CODE_LOCATION}
    workspace = home / "workspace.yaml"
    # JSON is YAML too.
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": place}]}), encoding="utf-8")
    python = sys.executable
    # Dagster looks for code in its working directory, and where it has none takes the first place of all away, which is
    # ours where PYTHONPATH names it. So this is said to be where the package is.
    serve_code = [
        python, "-m", "dagster", "api", "grpc", "--module-name", CODE_LOCATION, "--location-name", CODE_LOCATION,
        "--working-directory", str(_PACKAGES), "--socket", str(code), "--log-level", "info",
    ]  # fmt: skip
    serve_page = [python, "-m", "wiki_activity.defs.page", "--port", str(port), "--workspace", str(workspace)]
    run_daemon = [python, "-m", "dagster._daemon", "run", "--workspace", str(workspace), "--log-level", "info"]
    return [
        Program("code", serve_code),
        Program("dagster", serve_page, after=code),
        Program("daemon", run_daemon, after=code),
    ]


def _quote_inside(path: Path) -> str:
    """Write a path for the inside of a quoted YAML string, which takes JSON's escapes."""
    return json.dumps(str(path))[1:-1]
