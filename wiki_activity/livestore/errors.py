"""What can go wrong with the store of live counts."""


class LiveStoreError(Exception):
    """Redis could not do what was asked; the message names the server, never the password."""


class LiveStoreUnreachableError(LiveStoreError):
    """Redis cannot be reached, or did not answer in time."""


class LiveStoreSilentError(LiveStoreUnreachableError):
    """Redis did not answer in time: it would take as long again to ask once more."""


class ReplacedError(LiveStoreError):
    """Another watcher has taken over; this one may write no more."""


class FenceLostError(LiveStoreError):
    """Redis has lost everything, our number among it; whether we may write must be asked elsewhere."""


class SavedStateError(LiveStoreError):
    """What is stored is of no form that this program knows."""
