"""A real Redis, under a prefix that is emptied afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.live_state import Saved
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity_tests.servers import redis_url


@dataclass(frozen=True)
class Server:
    """Where the tests' keys are."""

    url: str
    client: redis.Redis
    keys: Keys

    def make_store(self) -> RedisStore:
        return RedisStore(connect(self.url), self.keys)

    def make_taken(self) -> RedisStore:
        """Make one that has taken over."""
        store = self.make_store()
        self.take(store)
        return store

    def take(self, store: RedisStore, token: int | None = None) -> Saved | None:
        """Let one take over, with the next number unless another is given."""
        return store.take_over(store.read_token() + 1 if token is None else token, 120)


@contextmanager
def lend_live_server() -> Iterator[Server]:
    """Lend a test a prefix of its own."""
    url = redis_url()
    keys = Keys(f"wiki_activity_test_{secrets.token_hex(6)}:")
    client = connect(url)
    yield Server(url, client, keys)
    for key in list(client.scan_iter(f"{keys.prefix}*")):
        client.delete(key)
    client.close()
