"""How soon a message of the watcher's is at Slack: from the moment at which it is known to that of its arrival."""

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests

from benchmarks.table import Row
from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.slack.client import SlackWebhook
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import compose
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.notices import add_notice
from wiki_activity.storage.patience import Patience
from wiki_activity.watch.courier import Courier

_MESSAGES = 60
_WANTED_SECONDS = 2.0


def run() -> list[Row]:
    """Measure what the watcher itself has found."""
    with TemporaryDirectory() as folder, running_simulator(SimulatorSettings(wikis=5)) as base:
        engine = create_database_engine(f"sqlite:///{Path(folder) / 'outbox.sqlite'}", Patience.WATCHER)
        migrate(engine)
        webhook = SlackWebhook(f"{base}/slack/T1/B1/secret")
        made: dict[str, float] = {}
        rng = random.Random(1)
        with Courier(engine, webhook, None, lambda: datetime.now(UTC), "http://x") as courier:
            for number in range(_MESSAGES):
                text = f"message {number}"
                made[text] = time.time()
                body = compose([words(text)]).to_json()
                with writing(engine) as connection:
                    add_notice(connection, NoticeKind.RUN, text, Phase.FAILED, body, now=datetime.now(UTC))
                courier.call()
                time.sleep(rng.uniform(0.1, 0.9))
        arrived = {one["text"]: one["received_at"] for one in requests.get(f"{base}/slack.json", timeout=10).json()}
        engine.dispose()
    delays = sorted(arrived[text] - at for text, at in made.items())
    tail = delays[int(0.95 * len(delays))]
    figure = f"95 % within {tail:.2f} s, half within {median(delays):.2f} s"
    name = "a message of the watcher's, from known to taken by Slack"
    return [Row(name, figure, "", f"95 % ≤ {_WANTED_SECONDS:g} s", tail <= _WANTED_SECONDS)]
