"""A title of watcher that no database gives: for tests and benchmarks of what needs none."""

from datetime import UTC, datetime

from wiki_activity.domain.heartbeat import Beat, Heartbeat


class FreeTitle:
    """A title that is ours as long as the test says so."""

    def __init__(self) -> None:
        self.holder = "a test"
        self.token = 0
        self.ours = True
        self.claims: list[int] = []

    def claim(self, at_least: int = 1) -> Beat | None:
        self.claims.append(at_least)
        self.token = max(at_least, self.token + 1)
        return None

    def is_ours(self) -> bool:
        return self.ours

    def beat(self, heartbeat: Heartbeat) -> datetime:
        return datetime.now(UTC)
