"""Edits and messages for tests."""

import json
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from wiki_activity.wikimedia.events import Edit

START = 1_781_524_800
"""2026-06-15 12:00 UTC."""
WIKIS = ("en.wikipedia.org", "hi.wikipedia.org", "commons.wikimedia.org")

Counts = dict[str, dict[int, tuple[int, int]]]
"""By project and second: edits, bots' included, and those by bots."""


def edit(number: int, at: int, project: str = WIKIS[0], *, is_bot: bool = False, user: str | None = None) -> Edit:
    received = datetime.fromtimestamp(at + 1, UTC).isoformat()
    return Edit(project, at, is_bot, f"id-{number}", f"Page {number % 7}", user or f"User {number % 5}", received)


def make_edits(seed: int, count: int, per_second: float, disorder: int = 5) -> list[Edit]:
    """Make edits whose times are up to so many seconds behind the newest."""
    rng = random.Random(seed)
    return [
        edit(
            number,
            START + int(number / per_second) - rng.randint(0, disorder),
            rng.choice(WIKIS),
            is_bot=rng.random() < 0.2,
            user=f"User {rng.randrange(40)}",
        )
        for number in range(count)
    ]


def count_edits(edits: list[Edit]) -> Counts:
    """Count edits by the second, the plain way."""
    all_edits, bots = Counter((one.project, one.at) for one in edits), Counter()
    bots.update((one.project, one.at) for one in edits if one.is_bot)
    counts: Counts = {}
    for (project, at), number in sorted(all_edits.items()):
        counts.setdefault(project, {})[at] = (number, bots[project, at])
    return counts


def write_message(one: Edit, **changes: Any) -> bytes:
    """Write an edit as the stream's message."""
    return json.dumps(
        {
            "$schema": "/mediawiki/recentchange/1.0.0",
            "meta": {"id": one.event_id, "dt": one.received, "domain": one.project},
            "type": "edit",
            "namespace": 0,
            "title": one.title,
            "timestamp": one.at,
            "user": one.user,
            "bot": one.is_bot,
            "server_name": one.project,
            "comment": "x" * 300,
        }
        | changes
    ).encode()


def write_messages(edits: list[Edit], seed: int) -> list[bytes]:
    """Write edits as messages, with all else that a stream has strewn among them."""
    rng = random.Random(seed)
    messages = []
    for one in edits:
        draw = rng.random()
        if draw < 0.02:
            messages.append(json.dumps({"$schema": "x", "meta": {"domain": "canary", "id": "c"}}).encode())
        elif draw < 0.03:
            messages.append(rng.choice([b"{", b"[]", b"null", b'{"type": "edit"}', b"\xff"]))
        elif draw < 0.05:
            messages.append(write_message(one, namespace="0"))
        elif draw < 0.06:
            messages.append(write_message(one, timestamp=rng.choice([0, 17, one.at + 3600])))
        elif draw < 0.3:
            messages.append(write_message(one, type=rng.choice(["log", "categorize"])))
        elif draw < 0.5:
            messages.append(write_message(one, namespace=rng.choice([1, 3, 14, -1])))
        messages.append(write_message(one))
    return messages
