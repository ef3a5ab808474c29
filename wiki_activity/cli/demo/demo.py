"""`wiki-activity demo`: everything at once, against a simulated Wikimedia and Slack."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import click

from wiki_activity.cli.exits import FAILED
from wiki_activity.cli.explorer.explorer_place import explorer_program
from wiki_activity.cli.setup import open_database
from wiki_activity.cli.up.dagster_home import dagster_programs, prepare_dagster_home
from wiki_activity.cli.up.ports import choose_port
from wiki_activity.cli.up.supervisor import Program, supervise
from wiki_activity.cli.up.up import valkey_program
from wiki_activity.settings import PREFIX, read_settings

_REQUESTS_PER_MINUTE = 6000
_CONNECTIONS = 16
_STREAM_SPEED = 30


@click.command("demo")
@click.option("--once", is_flag=True, help="Leave when all was shown: with 0 if it was as it should be, else with 1.")
@click.option("--wikis", default=870, show_default=True, help="How many wikis the simulated Wikimedia has.")
@click.option("--months", default=72, show_default=True, help="How many months the backfill covers.")
def command(*, once: bool, wikis: int, months: int) -> int:
    """Show everything at once, against a simulated Wikimedia and Slack; nothing of yours is touched.

    Starts Dagster, the explorer, Valkey and the simulated services on free ports in a scratch folder, launches a
    backfill through Dagster, shows how far it is, compares the peaks found with those planted, lets edits of the live
    stream come unusually fast, shows what Slack is told, and stays until Ctrl-C.
    """
    folder = Path(tempfile.mkdtemp(prefix="wiki_activity-demo-"))
    code = FAILED
    try:
        code = _run(folder, once=once, wikis=wikis, months=months)
    finally:
        if code == FAILED:
            click.echo(f"Logs and database are kept in {folder}", err=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return code


def _run(folder: Path, *, once: bool, wikis: int, months: int) -> int:
    simulator_port, dagster_port, explorer_port = choose_port(0), choose_port(3000), choose_port(5000)
    environment = _make_environment(folder, f"http://127.0.0.1:{simulator_port}", dagster_port, explorer_port)
    settings = read_settings(environment)
    with open_database(settings):
        pass
    simulate = [
        sys.executable, "-m", "wiki_activity", "simulate", "--port", str(simulator_port), "--wikis", str(wikis),
        "--requests-per-minute", str(_REQUESTS_PER_MINUTE), "--connections", str(_CONNECTIONS),
        "--speed", str(_STREAM_SPEED),
    ]  # fmt: skip
    guide = [
        sys.executable, "-m", "wiki_activity.cli.demo.demo_steps", "--simulator", f"http://127.0.0.1:{simulator_port}",
        "--dagster", f"http://127.0.0.1:{dagster_port}", "--months", str(months), *(["--once"] if once else []),
    ]  # fmt: skip
    programs = [
        Program("simulator", simulate),
        valkey_program(settings),
        *dagster_programs(Path(environment["DAGSTER_HOME"]), folder, dagster_port),
        explorer_program(explorer_port),
        Program("demo", guide, shown=True, ends_all=True),
    ]
    return supervise(programs, environment, folder / "logs")


def _make_environment(folder: Path, simulator: str, dagster_port: int, explorer_port: int) -> dict[str, str]:
    """Return an environment in which nothing of the user's settings is left."""
    own = {
        "DAGSTER_HOME": str(prepare_dagster_home(folder)),
        "PYTHONUNBUFFERED": "1",
        f"{PREFIX}STATE_DIR": str(folder),
        f"{PREFIX}METRICS_URL": f"{simulator}/api/rest_v1/metrics",
        f"{PREFIX}SITEMATRIX_URL": f"{simulator}/w/api.php",
        f"{PREFIX}STREAM_URL": f"{simulator}/v2/stream/recentchange",
        f"{PREFIX}SLACK_WEBHOOK_URL": f"{simulator}/slack/demo",
        f"{PREFIX}EXPLORER_URL": f"http://localhost:{explorer_port}",
        f"{PREFIX}DAGSTER_URL": f"http://127.0.0.1:{dagster_port}",
        f"{PREFIX}WATCHLIST": "en.wikipedia.org,hi.wikipedia.org,bn.wikipedia.org",
        f"{PREFIX}CONTACT": "demo@example.org",
        f"{PREFIX}SIMULATED_SPEED": str(_STREAM_SPEED),
        f"{PREFIX}REQUESTS_PER_MINUTE": str(_REQUESTS_PER_MINUTE),
        f"{PREFIX}MAX_CONNECTIONS": str(_CONNECTIONS),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, **own}
