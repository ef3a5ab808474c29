"""Article edits out of recentchange messages: of each message only the few fields that are needed are decoded."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

logger = logging.getLogger(__name__)

ARTICLES: Final = 0
"""The namespace."""
_EDIT_TYPES: Final = frozenset({"edit", "new"})
_CANARY: Final = "canary"
_BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: no JSON or not as promised, no UTF-8, nested too deep."""
_SHOWN_CHARACTERS: Final = 120
_MOST_KINDS: Final = 200


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One article edit.

    Parameters
    ----------
    project
        The wiki's host name.
    at
        Event time, epoch seconds.
    is_bot
        Whether it is marked as a bot's.
    event_id
        `meta.id`, the same for every repeat.
    title
        Of the page; None where it was left out.
    user
        Who made it; None where that was removed.
    received
        `meta.dt`, ISO 8601: when the message was received.
    """

    project: str
    at: int
    is_bot: bool
    event_id: str
    title: str | None = None
    user: str | None = None
    received: str | None = None


class _Meta(msgspec.Struct, gc=False):
    id: str | None = None
    dt: str | None = None
    domain: str | None = None


class _RecentChange(msgspec.Struct, gc=False):
    meta: _Meta
    type: str | None = None
    namespace: int | None = None
    timestamp: int | None = None
    title: str | None = None
    user: str | None = None
    bot: bool | None = None
    server_name: str | None = None
    wiki: str | None = None


class _Origin(msgspec.Struct):
    """As much of a broken message as tells whose it is."""

    meta: object = None
    server_name: object = None


class BrokenMessages:
    """Counts what cannot be used, by kind and by wiki; the first of each kind is logged."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.by_project: Counter[str] = Counter()
        """Where the wiki could be read; the rest are under the empty name."""

    def add(self, kind: str, sample: str, project: str = "") -> None:
        """Count one, and name its kind when it is new.

        Parameters
        ----------
        kind
            What is wrong, in a few words that are the same each time.
        sample
            The beginning of it, for the log.
        project
            The wiki; empty where it cannot be read.
        """
        if kind not in self.kinds:
            kind = kind if len(self.kinds) < _MOST_KINDS else "of another kind"
            logger.warning("skipped a message: %s; more of the kind are counted only. It was %.120s", kind, sample)
        self.kinds[kind] += 1
        self.by_project[project] += 1


class EditDecoder:
    """Decodes messages, keeps article edits, drops everything else.

    Parameters
    ----------
    broken
        Where to count what cannot be used.
    projects
        Of each dbname its project: there its edits count, whatever address they name; others count where they say.
    """

    def __init__(self, broken: BrokenMessages, projects: Mapping[str, str] | None = None) -> None:
        self._projects = {} if projects is None else projects
        self.broken = broken
        self._decode = msgspec.json.Decoder(_RecentChange).decode
        self._decode_origin = msgspec.json.Decoder(_Origin).decode

    def decode(self, messages: Iterable[bytes]) -> list[Edit]:
        """Return the article edits among the messages, of all wikis, bots' included, in their order."""
        edits: list[Edit] = []
        decode, projects = self._decode, self._projects
        for message in messages:
            try:
                change = decode(message)
            except _BROKEN as error:
                self._count_broken(message, error)
                continue
            namespace, at = change.namespace, change.timestamp
            project = projects.get(change.wiki or "") or change.server_name
            if change.type not in _EDIT_TYPES or (namespace != ARTICLES and namespace is not None):
                continue
            meta = change.meta
            if meta.domain == _CANARY:
                continue
            if namespace is None or at is None or not project or not meta.id:
                missing = _name_missing(change)
                self.broken.add(f"an edit without {missing}", _show(message), project or "")
                continue
            # By position: this is made for every edit.
            edits.append(Edit(project, at, change.bot is True, meta.id, change.title, change.user, meta.dt))
        return edits

    def _count_broken(self, message: bytes, error: Exception) -> None:
        try:
            origin = self._decode_origin(message)
        except _BROKEN:
            self.broken.add("no JSON object", _show(message))
            return
        if isinstance(origin.meta, dict) and origin.meta.get("domain") == _CANARY:
            return
        project = origin.server_name if isinstance(origin.server_name, str) else ""
        kind = str(error) if isinstance(error, msgspec.DecodeError) else "no UTF-8"
        self.broken.add(kind, _show(message), project)


def _name_missing(change: _RecentChange) -> str:
    values = {
        "namespace": change.namespace,
        "timestamp": change.timestamp,
        "server_name": change.server_name,
        "meta.id": change.meta.id,
    }
    return next(name for name, value in values.items() if value is None or value == "")


def _show(message: bytes) -> str:
    return message[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
