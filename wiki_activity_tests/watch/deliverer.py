"""One delivery as a process of its own, which may die at a given point.

Run as `python -m wiki_activity_tests.watch.deliverer DATABASE WEBHOOK SECONDS_AHEAD [before|after POST]`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from wiki_activity.slack.client import SlackWebhook
from wiki_activity.slack.message import Message
from wiki_activity.storage.database import create_database_engine
from wiki_activity.watch.delivery import deliver_due


class Mortal:
    """A webhook whose process dies right before, or right after, its n-th post."""

    def __init__(self, webhook: SlackWebhook, when: str, post: int) -> None:
        self._webhook = webhook
        self._when = when
        self._left = post

    def post(self, message: Message) -> None:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        self._webhook.post(message)
        if self._left == 0 and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: Sequence[str]) -> None:
    database, address, ahead, *death = arguments
    engine = create_database_engine(database)
    webhook = SlackWebhook(address, timeout_seconds=5)
    poster = Mortal(webhook, death[0], int(death[1])) if death else webhook
    deliver_due(
        engine, poster, None, lambda: datetime.now(UTC) + timedelta(seconds=float(ahead)), explorer_url="http://x"
    )
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1:])
