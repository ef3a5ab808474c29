"""What can go wrong with the store of live counts."""


class RedisStoreError(Exception):
    """Redis could not do what was asked; the message names the server, never the password."""


class RedisStoreUnreachableError(RedisStoreError):
    """Redis cannot be reached, or did not answer in time."""


class RedisStoreSilentError(RedisStoreUnreachableError):
    """Redis did not answer in time: it would take as long again to ask once more."""


class ReplacedError(RedisStoreError):
    """Another watcher has taken over; this one may write no more."""


class FenceLostError(RedisStoreError):
    """Redis has lost everything, our number among it; whether we may write must be asked elsewhere."""


class SavedStateError(RedisStoreError):
    """What is stored is of no form that this program knows."""
