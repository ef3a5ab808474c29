"""The watcher is killed again and again while the stream misbehaves; what it stored is compared with what was sent.

By hand, for as long as wanted: `python -m wiki_activity_tests.watch.killing --seconds 120 --kill-every 20`.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import click
import redis

from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.reading import Live, read_live
from wiki_activity_tests.redis_store.stored_counts import read_seconds
from wiki_activity_tests.watch.edits import START, Counts, count_edits, make_edits, write_messages
from wiki_activity_tests.watch.stream_server import Script, serving


@dataclass(frozen=True)
class Found:
    """What was stored and what had been sent; both without the seconds that were open at the end."""

    stored: Counts
    sent: Counts
    live: Live
    kills: int
    connections: int
    edits: int


def kill_and_compare(
    redis_url: str, *, seconds: float, kill_every: float, cut_every: float, per_second: float, seed: int = 1
) -> Found:
    """Run a watcher for so long, kill it every so often, and wait until it has caught up."""
    prefix = f"wiki_activity_test_{secrets.token_hex(6)}:"
    client, keys = connect(redis_url), Keys(prefix)
    edits = make_edits(seed, int(seconds * per_second / 1.5), per_second / 1.5 / 3)
    messages = write_messages(edits, seed)
    script = Script(messages, per_second=len(messages) / seconds, cut_seconds=cut_every, repeats=25)
    kills = 0
    try:
        with serving(script) as url:
            script.started_at = time.monotonic()
            arguments = [sys.executable, "-m", "wiki_activity_tests.watch.watch_process", url, redis_url, prefix]
            process, connections = subprocess.Popen(arguments), 0
            while time.monotonic() - script.started_at < seconds:
                _wait_until_connected(script, connections)
                try:
                    code = process.wait(kill_every)
                except subprocess.TimeoutExpired:
                    os.kill(process.pid, signal.SIGKILL)
                    process.wait()
                    kills += 1
                    process, connections = subprocess.Popen(arguments), len(script.requests)
                else:
                    msg = f"the watcher ended by itself with {code}"
                    raise AssertionError(msg)
            live = _wait_until_caught_up(client, keys, len(messages) - 1)
            process.terminate()
            if process.wait(20) != 0:
                msg = "the watcher did not end well"
                raise AssertionError(msg)
        until = max(edit.at for edit in edits) - 5
        first = min(edit.at for edit in edits)
        sent = count_edits([edit for edit in edits if edit.at < until])
        stored = {project: read_seconds(client, project, first, until, keys) for project in sent}
        return Found(stored, sent, live, kills, len(script.requests), len(edits))
    finally:
        for key in list(client.scan_iter(f"{prefix}*")):
            client.delete(key)
        client.close()


def _wait_until_connected(script: Script, before: int) -> None:
    """Wait until a watcher that has just been started reads: on a busy machine that takes seconds."""
    end = time.monotonic() + 60
    while len(script.requests) <= before:
        if time.monotonic() > end:
            msg = "the watcher does not connect"
            raise AssertionError(msg)
        time.sleep(0.05)


def _wait_until_caught_up(client: redis.Redis, keys: Keys, last: int) -> Live:
    # A beat from now on is one of the watcher that is still alive.
    since = time.time()
    end = time.monotonic() + 90
    while time.monotonic() < end:
        live = read_live(client, keys)
        beat = live.beat and live.beat.heartbeat
        if beat and beat.at > since and f'"offset": {last}' in beat.stream.resume_id:
            return live
        time.sleep(0.1)
    msg = "the watcher does not catch up"
    raise AssertionError(msg)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--kill-every", type=float, default=20)
    parser.add_argument("--cut-every", type=float, default=5)
    parser.add_argument("--per-second", type=float, default=300)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    given = parser.parse_args()
    found = kill_and_compare(
        given.redis,
        seconds=given.seconds,
        kill_every=given.kill_every,
        cut_every=given.cut_every,
        per_second=given.per_second,
    )
    totals = found.live.totals.values()
    span = max(max(by_second) for by_second in found.sent.values()) - START
    click.echo(
        f"{found.edits:,} edits of {span} s of event time, {found.kills} kills, {found.connections} connections\n"
        f"counted {sum(one.edits for one in totals):,}, late {sum(one.late for one in totals)}, "
        f"repeats {sum(one.repeats for one in totals):,}, broken {sum(one.broken for one in totals):,}\n"
        + ("equal in every second" if found.stored == found.sent else "NOT EQUAL")
    )
    sys.exit(found.stored != found.sent)


if __name__ == "__main__":
    main()
