"""`wiki-activity up`: everything at once, against the real Wikimedia."""

import errno
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from wiki_activity.cli.explorer.explorer_place import explorer_program, place_explorer, tell_place
from wiki_activity.cli.full_disk import explain_full_disk
from wiki_activity.cli.setup import open_database, settings_from_environment, tell_duration
from wiki_activity.cli.up.dagster_home import dagster_programs, prepare_dagster_home
from wiki_activity.cli.up.folder_lock import holding_folder
from wiki_activity.cli.up.ports import choose_port
from wiki_activity.cli.up.supervisor import Program, supervise
from wiki_activity.domain.counts import Series
from wiki_activity.settings import PREFIX, Settings
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.driver_errors import describe

_WIKIS_ABOUT = 870
_REQUESTS_A_WIKI = 4
_UNUSABLE = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS}


@click.command("up")
@click.option("--port", default=3000, show_default=True, help="Port of Dagster's page, or the next free one.")
@click.option(
    "--explorer-port", type=click.IntRange(0, 65535), help="Port of the explorer  [default: 5000, or the next free one]"
)
def command(*, port: int, explorer_port: int | None) -> int:
    """Run everything at once against the real Wikimedia, until Ctrl-C.

    An embedded Valkey (unless WIKI_ACTIVITY_REDIS_URL names a server), Dagster with its sensors and schedules switched
    on, and the explorer. With an empty database the first load begins by itself. A process that dies is named and
    started again. One `up` for one state folder.
    """
    settings = settings_from_environment()
    try:
        with holding_folder(settings.state_dir) as lock, tempfile.TemporaryDirectory(prefix="wa-") as sockets:
            return _run(settings, port, explorer_port, Path(sockets), lock)
    except OSError as error:
        if error.errno in _UNUSABLE:
            msg = f"{error.filename}: {error.strerror}. WIKI_ACTIVITY_STATE_DIR names a folder that can be written."
            raise click.ClickException(msg) from error
        full = explain_full_disk(settings.state_dir)
        if error.errno != errno.ENOSPC or full is None:
            raise
        raise click.ClickException(full) from error


def _run(settings: Settings, port: int, explorer_port: int | None, sockets: Path, lock: int) -> int:
    settings, own = place_explorer(settings, os.environ, explorer_port)
    _tell_what_will_happen(settings)
    dagster_port = choose_port(port)
    environment = make_environment(settings, dagster_port)
    programs = [*dagster_programs(Path(environment["DAGSTER_HOME"]), sockets, dagster_port), explorer_program(own.port)]
    if settings.redis_url is None:
        programs.insert(0, valkey_program(settings))
    tell_place(settings, own)
    click.echo(f"Dagster:  http://127.0.0.1:{dagster_port}  (ready in about 15 s; Ctrl-C ends everything)")
    click.echo(f"Logs: {settings.state_dir / 'logs'}")
    return supervise(programs, environment, settings.state_dir / "logs", keep_open=[lock])


def valkey_program(settings: Settings) -> Program:
    """Return the program that serves the embedded Valkey."""
    return Program("valkey", [sys.executable, "-m", "wiki_activity.cli.up.valkey", str(settings.state_dir)])


def make_environment(settings: Settings, dagster_port: int) -> dict[str, str]:
    """Return this process's environment with Dagster's home and absolute folders, addresses, automation switched on."""
    own = {
        "DAGSTER_HOME": str(prepare_dagster_home(settings.state_dir)),
        f"{PREFIX}STATE_DIR": str(settings.state_dir),
        f"{PREFIX}EXPLORER_URL": settings.explorer_url,
        f"{PREFIX}DAGSTER_URL": os.environ.get(f"{PREFIX}DAGSTER_URL") or f"http://127.0.0.1:{dagster_port}",
        f"{PREFIX}AUTOSTART": os.environ.get(f"{PREFIX}AUTOSTART") or "1",
    }
    return {**os.environ, **own}


def _tell_what_will_happen(settings: Settings) -> None:
    with open_database(settings) as engine:
        place = describe(engine.url)
        newest = newest_month(engine, Series.EDITS)
    if newest is not None:
        click.echo(f"Database: {place}, counts to {newest:%Y-%m}.")
        return
    requests = _WIKIS_ABOUT * _REQUESTS_A_WIKI
    click.echo(
        f"Database: {place}, empty. The first load begins by itself: about {_WIKIS_ABOUT} wikis with "
        f"{_REQUESTS_A_WIKI} requests each, {requests:,} requests, "
        f"{tell_duration(60 * requests / settings.pace_per_minute)} at {settings.pace_per_minute:.0f} a minute."
    )
    if not settings.contact:
        quick = replace(settings, contact="set").pace_per_minute
        click.secho(
            f"Without a contact Wikimedia allows 10 requests a minute. With one it takes "
            f"{tell_duration(60 * requests / quick)}: stop this, and\n"
            f"    export {PREFIX}CONTACT=you@example.org",
            fg="yellow",
        )
