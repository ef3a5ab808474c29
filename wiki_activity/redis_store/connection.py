"""The connection to Redis, and the names of the keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from wiki_activity.addresses import AddressError, check_redis_address
from wiki_activity.redis_store.store_errors import RedisStoreError, RedisStoreSilentError, RedisStoreUnreachableError

_TIMEOUT_SECONDS: Final = 2.0


DEFAULT_PREFIX: Final = "wiki_activity:"


class Keys:
    """Names of all keys, under one prefix, so that several can share a server.

    On a server that strangers can read the prefix is a secret: it belongs in no log.
    """

    def __init__(self, prefix: str = f"{DEFAULT_PREFIX}live:") -> None:
        self.prefix = prefix
        self.fence = f"{prefix}fence"
        self.progress = f"{prefix}progress"
        self.resume_id = f"{prefix}resume_id"
        self.heartbeat = f"{prefix}heartbeat"
        self.heartbeat_at = f"{prefix}heartbeat_at"
        self.totals = f"{prefix}totals"
        self.rates = f"{prefix}rates"
        self.ids = f"{prefix}ids"
        self.detectors = f"{prefix}detectors"
        self.people_key = f"{prefix}people_key"
        self.names = f"{prefix}names"

    def seconds(self, minute: int) -> str:
        """Name the counts per second of one minute, a field a project."""
        return f"{self.prefix}seconds:{minute}"

    def minutes(self, hour: int) -> str:
        """Name the counts per minute of one hour, a field a project."""
        return f"{self.prefix}minutes:{hour}"

    def people(self, minute: int) -> str:
        """Name what is kept of who edited what in one minute, a field a project."""
        return f"{self.prefix}people:{minute}"

    def days(self, day: int) -> str:
        """Name the counts of one day (epoch seconds // 86,400), a field a project."""
        return f"{self.prefix}days:{day}"


@dataclass(frozen=True, slots=True)
class LivePlace:
    """Where the live counts are: the address of a server, and the names of the keys there; both may be secret."""

    url: str = field(repr=False)
    keys: Keys = field(default_factory=Keys, repr=False, compare=False)


def connect(url: str) -> redis.Redis:
    """Make a client of a Redis or Valkey server; it connects when it is used, and never repeats a command by itself.

    Raises
    ------
    RedisStoreError
        If the address is none; nothing of it is told.
    """
    try:
        check_redis_address(url)
    except AddressError as error:
        msg = f"the address of Redis cannot be used: {error}"
        raise RedisStoreError(msg) from error
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
    )


@contextmanager
def wrapped_errors(client: redis.Redis) -> Iterator[None]:
    """Raise the store's own errors for those of the client."""
    try:
        yield
    except redis.TimeoutError as error:
        msg = f"Redis at {name_server(client)} does not answer: {error}"
        raise RedisStoreSilentError(msg) from error
    except redis.ConnectionError as error:
        msg = f"cannot reach Redis at {name_server(client)}: {error}"
        raise RedisStoreUnreachableError(msg) from error
    except redis.RedisError as error:
        msg = f"Redis at {name_server(client)}: {error}"
        raise RedisStoreError(msg) from error


def name_server(client: redis.Redis) -> str:
    """Name host and port, or the socket."""
    place = client.connection_pool.connection_kwargs
    return str(place.get("path") or f"{place.get('host')}:{place.get('port')}")
