"""Hashtags from the stream to the database: exact where nobody is killed, and never more than there were."""

import json
import random

import pytest
from sqlalchemy import Engine, select

from wiki_activity.storage.database import reading
from wiki_activity.storage.day_schema import hashtag_days
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.watch.test_day_counts import FILES, Fate, Killed, Sent, Trial, server

__all__ = ["server"]

DAY = 86_400
ACCOUNTS = {"Anna", "Beetle 2", "Cafe", "1.2.3"}
Tags = dict[tuple[str, str], tuple[int, int]]


class Tagged(Sent):
    """The same stream, where some summaries have a hashtag."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        rng = random.Random(seed)
        edits: dict[tuple[str, str], int] = {}
        accounts: dict[tuple[str, str], set[str]] = {}
        seen: set[str] = set()
        messages = []
        for message in self.messages:
            event = json.loads(message)
            event["comment"] = rng.choice(["a summary", "#WPWP added", "＃WPWP", "#redirect", "C# 12"])
            messages.append(json.dumps(event).encode())
            content = event["namespace"] == 0 or (
                event["namespace"] == FILES and event["server_name"] == "commons.wikimedia.org"
            )
            identity = event["meta"]["id"]
            if identity in seen:
                continue
            seen.add(identity)
            if "WPWP" not in event["comment"] or not content or event["bot"] or event["type"] == "log":
                continue
            key = (str(event["timestamp"] // DAY), event["server_name"])
            edits[key] = edits.get(key, 0) + 1
            accounts.setdefault(key, set()).update({event["user"]} & ACCOUNTS)
        self.messages = messages
        self.tags: Tags = {key: (edits[key], len(accounts[key])) for key in edits if len(accounts[key]) >= 3}


def read(engine: Engine) -> Tags:
    with reading(engine) as connection:
        rows = connection.execute(select(hashtag_days)).all()
    assert {row.hashtag for row in rows} <= {"wpwp"}
    return {(str(row.day.toordinal() - 719_163), row.project): (row.edits, row.accounts) for row in rows}


def test_what_was_sent_is_what_is_stored(engine: Engine, server: Server) -> None:
    sent = Tagged(1)
    trial = Trial(engine, server, sent)
    trial.watch_all()
    assert sent.tags
    assert read(engine) == sent.tags


def test_watchers_that_end_well_store_the_same(engine: Engine, server: Server) -> None:
    sent = Tagged(2)
    trial = Trial(engine, server, sent)
    for place in (300, 700, 1100):
        trial.watch(lambda stream, place=place: stream.place >= place)  # type: ignore[misc]
        trial.empty_redis()
    trial.watch_all()
    assert read(engine) == sent.tags


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_write_there_are_never_more_than_were_sent(engine: Engine, server: Server, seed: int) -> None:
    rng = random.Random(seed)
    sent = Tagged(seed)
    trial = Trial(engine, server, sent)
    copies = [trial.copy_redis()]
    for _ in range(400):
        try:
            trial.watch(
                lambda stream: stream.place >= len(sent.messages),
                fate=Fate(rng),
                overlap=rng.choice([0, 0, 15]),
                per_read=rng.randint(10, 60),
            )
        except Killed:
            draw = rng.random()
            if draw < 0.2:
                trial.empty_redis()
            elif draw < 0.3:
                trial.put_redis_back(rng.choice(copies))
            elif draw < 0.6:
                copies = [*copies[-2:], trial.copy_redis()]
        else:
            break
    trial.watch_all()
    for key, (edits, accounts) in read(engine).items():
        assert edits <= sent.tags[key][0]
        assert accounts <= sent.tags[key][1]
