"""`wiki-activity health`: whether one of the processes does its work, for whatever looks after it."""

import http.client
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NoReturn
from urllib.parse import urlsplit

import click

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.setup import now, open_existing, settings_from_environment, tell_duration
from wiki_activity.domain.heartbeat import Beat
from wiki_activity.domain.stream_health import find_clock_trouble, find_stream_health
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.explorer.freshness import read_freshness
from wiki_activity.redis_store.connection import LivePlace
from wiki_activity.settings import Settings, hide_credentials
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.health_reading import UnreadableError, read_beat
from wiki_activity.watch.session import NoRedisError, find_live_place

_SECONDS = 8
"""Whoever asks gives up after ten, beginning with the start of this program."""
_DAGSTER_SECONDS = 60
_OF_DAGSTER = frozenset({"code", "daemon", "worker"})
"""Asked by programs with all of Dagster, which take seconds to begin, and many on a busy machine."""
_STALE_AFTER = timedelta(days=40)
"""A month is published once in that time."""


_ERROR = re.compile(r"^[\w.]+\.\w*(?:Error|Exception)\w*: (.*)", re.MULTILINE)
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A proxy of the environment is for what is outside."""


class _UnwellError(Exception):
    """The role does not do its work; the message says why."""


@click.command("health")
@click.argument(
    "role", type=click.Choice(["explore", "watch", "refresh", "migrate", "code", "daemon", "webserver", "worker"])
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of `explore`, `code` or `webserver`.")
def command(*, role: str, port: int | None) -> int:
    """Tell in a line whether a role does its work: ends with 0 if it does, with 1 if it does not.

    `explore`, `code` and `webserver` are asked on this machine; of `watch`, `refresh` and `migrate` the stores tell,
    and of Dagster's `daemon` its own storage; a `worker` of this machine is asked by way of its Redis.
    """
    if role not in _OF_DAGSTER:
        _limit_time(role)
    try:
        told = _CHECKS[role](settings_from_environment(), port)
    except (_UnwellError, StorageError, UnreadableError) as error:
        click.secho(f"{role}: {' '.join(str(error).split())}", fg="red", err=True)
        return FAILED
    click.echo(f"{role}: {told}")
    return DONE


def _limit_time(role: str) -> None:
    """Leave when it has taken too long, whatever hangs and however often it is tried."""

    def leave(*_: object) -> NoReturn:
        click.secho(f"{role}: no answer within {_SECONDS} s", fg="red", err=True)
        os._exit(FAILED)

    signal.signal(signal.SIGALRM, leave)
    signal.alarm(_SECONDS)


def _check_explorer(_: Settings, port: int | None) -> str:
    own = read_explorer_settings(os.environ)
    host = "127.0.0.1" if own.host in {"0.0.0.0", "::"} else own.host  # noqa: S104 - where it listens, not where we do
    return _ask(f"http://{f'[{host}]' if ':' in host else host}:{port or own.port}/readyz")


def _check_webserver(settings: Settings, port: int | None) -> str:
    known = urlsplit(settings.dagster_url).port or 3000
    return _ask(f"http://127.0.0.1:{port or known}/server_info")


def _ask(url: str) -> str:
    try:
        with _DIRECTLY.open(url, timeout=_SECONDS) as answer:
            return f"answers {answer.status}"
    except urllib.error.HTTPError as error:
        told = f"answers {error.code}"
    except (OSError, http.client.HTTPException) as error:
        told = f"does not answer: {getattr(error, 'reason', error)}"
    raise _UnwellError(told)


def _check_watcher(settings: Settings, _: int | None) -> str:
    try:
        place = find_live_place(settings)
    except NoRedisError:
        place = None
    beat = _read_beat(settings, place)
    if beat is None:
        told = "none has ever run"
    elif not beat.is_alive:
        told = f"has not beaten for {tell_duration(beat.silent_seconds)}"
    elif beat.hung_seconds is not None:
        told = f"beats, but has not gone round for {tell_duration(beat.hung_seconds)}"
    else:
        seen = find_stream_health(beat, now())
        # To start it again would bring no edits: what is the matter is told by messages.
        told = "beats, and sees edits" if seen.sees else f"beats; {seen.detail or seen.reason}"
        waits = seen.waits if seen.sees else ""
        return "; ".join(one.rstrip(".") for one in (told, waits, find_clock_trouble(beat)) if one)
    raise _UnwellError(told)


def _read_beat(settings: Settings, place: LivePlace | None) -> Beat | None:
    try:
        with open_existing(settings) as engine:
            return read_beat(engine, place)
    except StorageError:
        # A watcher goes on while the database is away: to start it again would not bring that back.
        if place is None:
            raise
        return read_beat(None, place)


def _check_refresh(settings: Settings, _: int | None) -> str:
    with open_existing(settings) as engine:
        known = None if engine is None else read_freshness(engine, now())
    if known is None:
        told = "there is no database yet"
    elif known.loading is not None:
        return f"under way: {known.loading.done} of {known.loading.total} wikis"
    elif known.refreshed_at is None:
        told = "none has gone through all its wikis yet"
    else:
        # Whose clock was ahead says that it will end.
        age = max(now() - known.refreshed_at, timedelta(0))
        told = f"the last one ended {age.days} days ago"
        if age < _STALE_AFTER:
            return told
    raise _UnwellError(told)


def _check_tables(settings: Settings, _: int | None) -> str:
    with open_existing(settings) as engine:
        if engine is not None:
            return "the tables are current"
    msg = "there are no tables yet"
    raise _UnwellError(msg)


def _check_code(_: Settings, port: int | None) -> str:
    return _run("dagster", "api", "grpc-health-check", "--port", str(port or 4000))


def _check_daemon(_: Settings, __: int | None) -> str:
    return _run("dagster._daemon", "liveness-check")


def _check_worker(_: Settings, __: int | None) -> str:
    return _run("wiki_activity.defs.worker_health")


def _run(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_DAGSTER_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        msg = "did not answer within a minute"
        raise _UnwellError(msg) from None
    told = _find_reason(ended.stdout + ended.stderr) or f"ended with {ended.returncode}"
    if ended.returncode:
        raise _UnwellError(told)
    return told


def _find_reason(said: str) -> str:
    """Find what a program said last; of an error that it did not catch the message, which more lines may follow."""
    errors = _ERROR.findall(said)
    return hide_credentials(errors[-1] if errors else said.strip().rpartition("\n")[2])


_CHECKS: Mapping[str, Callable[[Settings, int | None], str]] = {
    "explore": _check_explorer,
    "watch": _check_watcher,
    "refresh": _check_refresh,
    "migrate": _check_tables,
    "code": _check_code,
    "daemon": _check_daemon,
    "webserver": _check_webserver,
    "worker": _check_worker,
}
