"""The trial of an installation that is spread over hosts: one after the other is killed, nothing is lost or doubled.

To be run as root in namespaces of its own for network, mounts and processes: `unshare --net --mount --mount-proc --pid
--fork --kill-child python -m wiki_activity_tests.end_to_end.trial FOLDER`. Whoever runs it is the host with Dagster's
page, daemon and code server; every other one has a network namespace of its own.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd
import requests

from wiki_activity.defs.shards import SHARD_POOL, SHARDS, monthly_shard
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month, newest_ended_month, shift_month
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.reading import read_beat
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity_tests.end_to_end.network import Network
from wiki_activity_tests.end_to_end.reader import Reader, reading_pages
from wiki_activity_tests.end_to_end.running import wait_for
from wiki_activity_tests.end_to_end.spread import Spread, spreading
from wiki_activity_tests.end_to_end.undisturbed import Undisturbed, read_found, running_undisturbed
from wiki_activity_tests.explorer.accounts.conftest import public_settings
from wiki_activity_tests.explorer.accounts.proxy import NAME, balancing, certify, forwarding, running_nginx

WIKIS: Final = int(os.environ.get("TRIAL_WIKIS", "200"))
MONTHS: Final = 72
PER_MINUTE: Final = 120
STAND_IN: Final = "wikimedia.example.org"
LAST: Final = newest_ended_month(datetime.now(UTC))
WORKERS: Final = ("first", "second")
EXPLORERS: Final = ("explorer-1", "explorer-2")
HOSTS: Final = ("mariadb", "redis", *WORKERS, *EXPLORERS, "proxy", "wikimedia")
SENSORS: Final = ("watch_keeper", "refresh_keeper", "edit_rate_alert_sensor")
BURST: Final = {"project": "en.wikipedia.org", "factor": 20, "minutes": 6, "people": 40}
DAEMONS: Final = "select distinct daemon_id from dagster.daemon_heartbeats"
DOWN_SECONDS: Final = 5
CUT_OFF_SECONDS: Final = 90
_UPSTREAM: Final = 8800
_SIMULATE: Final = f"""
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import parse_month
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, serve
from wiki_activity.simulator.stream import StreamSettings
limits = Limits(requests_per_minute=100_000, in_flight=3, stream_connections=9)
newest = parse_month("{format_month(shift_month(LAST, -1))}")
serve(SimulatorSettings(wikis={WIKIS}, newest_month=newest, limits=limits, stream=StreamSettings(bursts_per_day=0)),
      port={_UPSTREAM})
"""


@contextmanager
def standing_in(network: Network, folder: Path) -> Iterator[str]:
    """Run what stands in for Wikimedia and Slack, behind TLS; lends its address.

    All requests come to it from the same address, so that it holds all hosts together to its limits.
    """
    with ExitStack() as stack:
        place = folder / "wikimedia"
        place.mkdir()
        certify(place, STAND_IN)
        lines = "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; proxy_read_timeout 1h;"
        here = forwarding(443, _UPSTREAM, lines, place, network.addresses["wikimedia"])
        process = subprocess.Popen([*network.enter("wikimedia"), sys.executable, "-c", _SIMULATE], stdout=sys.stderr)
        stack.callback(process.wait)
        stack.callback(process.kill)
        stack.enter_context(running_nginx(place, here, machine=network.enter("wikimedia")))
        network.call(network.addresses["wikimedia"], STAND_IN)
        os.environ["REQUESTS_CA_BUNDLE"] = str(place / "certificate.pem")
        wait_for("the stand-in", lambda: requests.get(f"https://{STAND_IN}/simulator/settings", timeout=30).ok)
        yield f"https://{STAND_IN}"


def set_stand_in(stand_in: str, **change: object) -> None:
    """Change what the stand-in does."""
    requests.post(f"{stand_in}/simulator/settings", json=change, timeout=30).raise_for_status()


def list_requests(stand_in: str) -> list[dict[str, Any]]:
    """List the requests that count at Wikimedia."""
    answer = requests.get(f"{stand_in}/simulator/requests.json?newest=50000", timeout=60).json()
    return [one for one in answer["requests"] if is_counted(one)]


def is_counted(request: dict[str, Any]) -> bool:
    """Tell whether a request counts: the stream does not, nor does Slack."""
    return bool(request["path"].startswith(("/metrics/", "/api/rest_v1/", "/w/api.php")))


def list_messages(stand_in: str, token: str) -> list[str]:
    """List what Slack was told by an installation."""
    messages = requests.get(f"{stand_in}/slack.json", timeout=60).json()
    return [message["text"] for message in messages if message["token"] == token]


def find_watching(spread: Spread) -> str | None:
    """Name the worker whose watcher beats; None where none does, or it cannot be read."""
    try:
        with connect(spread.redis.url) as client:
            beat = read_beat(client, Keys("wiki_activity:live:"))
    except RedisStoreError:
        return None
    if beat is None or not beat.is_alive or not beat.heartbeat.stream.connected:
        return None
    return next((worker for worker in WORKERS if f" on {worker} (" in beat.heartbeat.holder), None)


def count_answered(spread: Spread) -> int:
    """Count the series that were answered by now."""
    ((count,),) = spread.ask("select count(*) from fetches")
    return int(str(count))


@dataclass
class Trial:
    """One trial."""

    spread: Spread
    stand_in: str
    undisturbed: Undisturbed
    began: float = field(default_factory=time.monotonic)

    def tell(self, line: str) -> None:
        """Tell how it goes."""
        print(f"{time.monotonic() - self.began:6.1f} s  {line}", flush=True)  # noqa: T201

    def await_(self, what: str, condition: Callable[[], bool], seconds: float = 900) -> None:
        """Wait for a thing, and tell how long it took."""
        began = time.monotonic()
        wait_for(what, condition, seconds)
        self.tell(f"{what}: after {time.monotonic() - began:.1f} s")

    def beats_since(self, began: float) -> bool:
        """Tell whether a watcher has told both stores since then, epoch seconds, that it watches."""
        at = datetime.fromtimestamp(began, UTC)
        rows = self.spread.ask(f"select 1 from heartbeats where at > '{at:%Y-%m-%d %H:%M:%S}' and clock <> ''")
        return bool(rows) and find_watching(self.spread) is not None

    def go_on(self) -> None:
        """Wait until more is answered than now, while parts are still to come."""
        wanted = count_answered(self.spread) + 8
        self.await_("8 more series", lambda: count_answered(self.spread) >= wanted)
        assert self.is_in_the_middle(), "the load is through before all were killed: it needs more wikis"

    def waits_for_nobody(self) -> bool:
        """Tell whether all runs that were launched are with a worker."""
        return all(status != "STARTING" for _, status in self.spread.list_runs())

    def is_in_the_middle(self) -> bool:
        """Tell whether parts are still to come."""
        return self.spread.list_runs().count(("monthly_shard", "SUCCESS")) < SHARDS

    def disturb(self, reader: Reader) -> None:
        """Kill one after the other in the middle of the load, each once all goes on again."""
        spread = self.spread
        self.go_on()
        watching = find_watching(spread)
        assert watching is not None
        (other,) = set(WORKERS) - {watching}
        spread.kill_when(lambda: spread.holds_lease(watching) and find_watching(spread) == watching, watching)
        self.tell(f"killed the {watching} worker, which watched and fetched")
        self.await_(f"a beat on the {other}", lambda: find_watching(spread) == other)
        spread.start_both_workers(watching)
        set_stand_in(self.stand_in, burst=BURST)
        self.go_on()
        spread.kill_when(spread.launches_nothing, "daemon")
        self.tell("killed the daemon")
        self.go_on()
        known = spread.ask(DAEMONS)
        spread.start_daemon()
        self.await_("the next daemon", lambda: not set(spread.ask(DAEMONS)) <= set(known))
        self.go_on()
        spread.kill("code")
        self.tell("killed the code server")
        self.go_on()
        spread.start_code()
        self.await_("its definitions", spread.api.is_ready)
        self.go_on()
        spread.kill(EXPLORERS[0])
        self.tell(f"killed {EXPLORERS[0]}")
        self.cut_off()
        for name, server in (("Redis", spread.redis), ("MariaDB", spread.mariadb)):
            self.go_on()
            # What waits in Redis while that is emptied is given up after a quarter of an hour.
            self.await_("that nothing waits for a worker", self.waits_for_nobody)
            # What needs the database says that it is away; all else goes on.
            reader.database_is_away = server is spread.mariadb
            server.stop()
            self.tell(f"killed {name}")
            # Long enough that everybody has noticed.
            time.sleep(DOWN_SECONDS)
            server.start()
            began = time.time()
            self.await_(f"beats in both stores, with {name} again", partial(self.beats_since, began))
        self.await_("pages again", reader.has_pages)
        reader.database_is_away = False
        self.await_("the end of all parts", lambda: not self.is_in_the_middle(), 1800)

    def cut_off(self) -> None:
        """Pull the plug of the worker that watches, and put it in again: it lives, and is not to come in between."""
        spread, network = self.spread, self.spread.network
        assert network is not None
        watching = find_watching(spread)
        assert watching is not None
        (other,) = set(WORKERS) - {watching}
        self.go_on()
        spread.freeze_when(lambda: spread.holds_lease(watching), watching)
        network.cut(watching)
        spread.thaw(watching)
        began = time.monotonic()
        self.tell(f"cut the {watching} worker off, which watches and fetches")
        self.await_(f"a beat on the {other}", lambda: find_watching(spread) == other)
        time.sleep(max(0.0, began + CUT_OFF_SECONDS - time.monotonic()))
        network.join(watching)
        self.tell(f"joined the {watching} worker again")
        self.await_("its watcher's end", lambda: "another watcher has taken over" in spread.log_of(watching))
        assert find_watching(spread) == other

    def check(self) -> None:
        """Hold what came of it against what came of the undisturbed one."""
        url, other = self.spread.mariadb.url, self.undisturbed
        self.await_("no run but the watcher's", lambda: self.spread.list_active() == ["watch_stream"])
        # A digest, a begin and an end.
        self.await_("all messages", lambda: len(other.read().messages) == len(read_found(url).messages) == 4)
        found, right = read_found(url), other.read()
        for series, counts in right.counts.items():
            pd.testing.assert_frame_equal(found.counts[series], counts, check_freq=False)
        assert found.peaks == right.peaks, (found.peaks, right.peaks)
        assert found.episodes == right.episodes, (found.episodes, right.episodes)
        assert found.messages == right.messages, (found.messages, right.messages)
        sent, all_sent = (partial(list_messages, self.stand_in, token) for token in ("spread", "undisturbed"))
        self.await_("all messages at Slack", lambda: len(sent()) >= len(all_sent()) == 3, 120)
        # The digest comes later where the load takes longer.
        assert sorted(sent()) == sorted(all_sent())
        self.tell(
            f"{right.counts[Series.EDITS].count().sum()} months, {len(right.peaks)} peaks, {len(sent())} messages"
        )

    def check_requests(self, since: float) -> None:
        """Count what arrived at the stand-in since then, epoch seconds."""
        asked = [one for one in list_requests(self.stand_in) if one["time"] >= since]
        moments = sorted(one["time"] for one in asked)
        most = max(sum(1 for moment in moments[number:] if moment < first + 60) for number, first in enumerate(moments))
        refused = [one for one in asked if one["status"] == 429]
        self.tell(f"{len(asked)} requests for {WIKIS * 4}; at most {most} in a minute, of {PER_MINUTE}")
        assert most <= PER_MINUTE
        assert not refused, refused


def act(folder: Path) -> None:
    """Start all hosts, disturb them, and look at what came of it."""
    with ExitStack() as stack:
        network = Network(folder, HOSTS)
        stand_in = stack.enter_context(standing_in(network, folder))
        settings = {
            **public_settings(),
            "TRUSTED_PROXIES": network.addresses["proxy"],
            "ACCOUNTS_URL": f"{stand_in}/w/api.php",
            "OAUTH_URL": f"{stand_in}/oauth2",
            "FIRST_MONTH": format_month(shift_month(LAST, 1 - MONTHS)),
            "LIVE_DETECTOR": "mean_gap",
            "MEAN_GAP_SECONDS": "0.15",
            "WINDOW_SECONDS": "60",
            "SLACK_WEBHOOK_URL": f"{stand_in}/slack/spread",
            "OPS_WEBHOOK_URL": f"{stand_in}/slack/ops",
            "REQUESTS_PER_MINUTE": str(PER_MINUTE),
        }
        unhurried = {"REQUESTS_PER_MINUTE": "100000"}
        one_month = {**unhurried, "FIRST_MONTH": format_month(shift_month(LAST, -1))}
        other = {**settings, **unhurried, "SLACK_WEBHOOK_URL": f"{stand_in}/slack/undisturbed"}
        spread = stack.enter_context(spreading(folder, stand_in, network, **settings))
        undisturbed = stack.enter_context(running_undisturbed(folder / "undisturbed", stand_in, one_month, **other))
        trial = Trial(spread, stand_in, undisturbed)
        # What is there at the beginning is told to nobody; the month that is published then is told to all.
        spread.run("wiki_activity", "refresh", **one_month)
        spread.redis.stop()
        spread.redis.start()
        set_stand_in(stand_in, newest_month=f"{LAST:%Y-%m}", edition=2)
        undisturbed.refresh()
        set_stand_in(stand_in, limits={"requests_per_minute": PER_MINUTE})
        began = time.time()
        trial.tell("the newest month is published")
        try:
            reader = stack.enter_context(start_all(trial, stack, folder))
            trial.disturb(reader)
            reader.stop()
            trial.check()
            trial.check_requests(began)
            trial.tell(
                f"{reader.answered} pages, the slowest within {reader.longest_seconds:.1f} s; "
                f"{reader.said_so} said that the database is away"
            )
            assert not reader.failed, reader.failed
            trial.tell("nothing was lost or doubled")
        except BaseException:
            for name in spread.processes:
                trial.tell(f"--- {name}\n{spread.log_of(name)[-3000:]}")
            trial.tell(f"{spread.ask('select run_id, pipeline_name, status from dagster.runs')}")
            raise


def start_all(trial: Trial, stack: ExitStack, folder: Path) -> AbstractContextManager[Reader]:
    """Start workers, Dagster's page and its daemon, explorers and proxy, the watcher and the load."""
    spread, network = trial.spread, trial.spread.network
    assert network is not None
    spread.run("dagster", "instance", "concurrency", "set", SHARD_POOL, "4")
    for worker in WORKERS:
        spread.start_both_workers(worker)
    places = [f"{network.addresses[name]}:5000" for name in EXPLORERS]
    for name, place in zip(EXPLORERS, places, strict=True):
        spread.start_explorer(name, EXPLORER_BIND=place)
    spread.start_control()
    for sensor in SENSORS:
        spread.api.start_sensor(sensor)
    trial.await_("a beat", lambda: find_watching(spread) is not None)
    certificate = certify(folder)
    servers = balancing(443, places, folder, network.addresses["proxy"])
    stack.enter_context(running_nginx(folder, *servers, machine=network.enter("proxy")))
    network.call(network.addresses["proxy"], NAME)
    trial.await_(
        "the first load's requests are over a minute ago",
        lambda: list_requests(trial.stand_in)[-1]["time"] < time.time() - 61,
    )
    assert monthly_shard.partitions_def is not None
    spread.launch_partitions("monthly_shard", monthly_shard.partitions_def.get_partition_keys())
    return reading_pages(certificate)


def main() -> None:
    """Act in the folder that is named."""
    act(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
