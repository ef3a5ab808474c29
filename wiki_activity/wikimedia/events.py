"""Article edits out of recentchange messages: of each message only the few fields that are needed are decoded."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from wiki_activity.domain.hashtags import find_hashtags
from wiki_activity.domain.logged_out import UNREGISTERED, is_logged_out
from wiki_activity.wikimedia.refusals import BrokenMessages

ARTICLES: Final = 0
"""The namespace."""
_NEW: Final = "new"
_EDIT_TYPES: Final = frozenset({"edit", _NEW})
_CANARY: Final = "canary"
_BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: no JSON or not as promised, no UTF-8, nested too deep."""
_SHOWN_CHARACTERS: Final = 120
_DELETED: Final = ("delete", "delete")
"""Type and action of the log."""
_MOVE: Final = "move"
_NO_REDIRECT: Final = frozenset({"1", "true"})
"""What says of a move, as JSON without quotation marks, that nothing stays at the old title."""
_NO_HASHTAGS: Final[frozenset[str]] = frozenset()
_MOST_DELETED: Final = 100_000
_OTHER_TYPES: Final = frozenset({"log", "categorize", "external"})
_SHOWN_TYPE: Final = 20
_LONGEST_ID: Final = 200
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.IGNORECASE | re.ASCII)
_MOST_NAMES: Final = 5000
_WRONG_TYPE: Final = re.compile(r"Expected `.*`, got `(\w+)` - at `\$\.?(.*)`")
_WORDS: Final = {
    "str": "text",
    "int": "a number",
    "float": "a number with decimals",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
}


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One edit of a content page.

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
    is_logged_out
        Whether it was made from an address or by a temporary account.
    is_article
        Whether it is in the namespace of articles; others count for the day alone.
    hashtags
        Of its summary; none for bots.
    is_new
        Whether it created the page.
    """

    project: str
    at: int
    is_bot: bool
    event_id: str
    title: str | None = None
    user: str | None = None
    received: str | None = None
    is_logged_out: bool = False
    is_article: bool = True
    hashtags: frozenset[str] = frozenset()
    is_new: bool = False


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
    comment: str | None = None
    log_type: str | None = None
    log_action: str | None = None
    log_params: msgspec.Raw = msgspec.Raw(b"null")


class _MoveParams(msgspec.Struct):
    """What is wanted of a move: whether a redirect stays at the old title."""

    noredir: msgspec.Raw = msgspec.Raw(b"null")


class _Origin(msgspec.Struct):
    """As much of a broken message as tells whose it is."""

    meta: object = None
    server_name: object = None


class EditDecoder:
    """Decodes messages, keeps edits of articles and of what else a wiki calls content, drops everything else.

    What should be one of the stream's events and is not as promised is counted with the reason: a field of another type
    ("timestamp is text"), a missing one ("server_name is missing"), a type of event that nobody knows. Canaries are
    dropped first, whatever else they hold.

    Parameters
    ----------
    broken
        Where to count what cannot be used.
    projects
        Of each dbname its project: there its edits count, whatever address they name; others count where they say.
    """

    def __init__(self, broken: BrokenMessages, projects: Mapping[str, str] | None = None) -> None:
        self._others: Mapping[str, Collection[int]] = {}
        self._any_other: Collection[int] = frozenset()
        self._projects = {} if projects is None else projects
        self.broken = broken
        self._decode = msgspec.json.Decoder(_RecentChange).decode
        self._decode_origin = msgspec.json.Decoder(_Origin).decode
        self._names: set[str] = set()
        self._deleted: list[tuple[str, str]] = []

    def know_content(self, namespaces: Mapping[str, Collection[int]]) -> None:
        """Take in which namespaces are content, by project; until then, and of other wikis, articles alone are."""
        self._others = {name: frozenset(its) - {ARTICLES} for name, its in namespaces.items()}
        self._any_other = frozenset().union(*self._others.values())

    def decode(self, messages: Sequence[bytes]) -> list[Edit]:
        """Return the edits of content among the messages, of all wikis, bots' included, in their order."""
        edits: list[Edit] = []
        decode, names, projects = self._decode, self._names, self._projects
        others, any_other = self._others, self._any_other
        for message in messages:
            try:
                change = decode(message)
            except _BROKEN as error:
                self._count_broken(message, error)
                continue
            if change.type not in _EDIT_TYPES:
                self._take_other(change, message)
                continue
            namespace = change.namespace
            if namespace != ARTICLES and namespace is not None and namespace not in any_other:
                continue
            meta, at = change.meta, change.timestamp
            if meta.domain == _CANARY:
                continue
            project = projects.get(change.wiki or "") or change.server_name
            if namespace != ARTICLES and namespace is not None and namespace not in others.get(project or "", ()):
                continue
            if namespace is None or at is None or not project or not meta.id or len(meta.id) > _LONGEST_ID:
                self.broken.add(_name_fault(change), _show(message), _name_wiki(project))
                continue
            if project not in names and not self._note_name(project, message):
                continue
            # By position: this is made for every edit.
            user = change.user
            logged_out = user is not None and user[:1] in UNREGISTERED and is_logged_out(user)
            edits.append(
                Edit(
                    project,
                    at,
                    change.bot is True,
                    meta.id,
                    change.title,
                    user,
                    meta.dt,
                    logged_out,
                    namespace == ARTICLES,
                    _read_hashtags(change),
                    change.type == _NEW,
                )
            )
        self.broken.note_events(len(messages), with_edits=bool(edits))
        return edits

    def take_deleted(self) -> list[tuple[str, str]]:
        """Return the pages, project and title, that were read to be gone since the last time.

        They were deleted, or moved without a redirect, as is done where the old title is itself an attack.
        """
        deleted, self._deleted = self._deleted, []
        return deleted

    def _take_other(self, change: _RecentChange, message: bytes) -> None:
        if change.type not in _OTHER_TYPES:
            self._count_strange(change, message)
        elif (change.log_type, change.log_action) == _DELETED or _leaves_nothing(change):
            self._note_deleted(change)

    def _note_deleted(self, change: _RecentChange) -> None:
        project = self._projects.get(change.wiki or "") or change.server_name
        is_article = change.namespace == ARTICLES
        if (
            project
            and is_article
            and change.title
            and change.meta.domain != _CANARY
            and len(self._deleted) < _MOST_DELETED
        ):
            self._deleted.append((project, change.title))

    def _note_name(self, project: str, message: bytes) -> bool:
        if _HOST_NAME.fullmatch(project) is None:
            self.broken.add("server_name is no host name", _show(message))
            return False
        if len(self._names) < _MOST_NAMES:
            self._names.add(project)
        return True

    def _count_broken(self, message: bytes, error: Exception) -> None:
        try:
            origin = self._decode_origin(message)
        except _BROKEN:
            self.broken.add("no JSON object", _show(message))
            return
        if isinstance(origin.meta, dict) and origin.meta.get("domain") == _CANARY:
            return
        kind = _describe(error) if isinstance(error, msgspec.DecodeError) else "no UTF-8"
        self.broken.add(kind, _show(message), _name_wiki(origin.server_name))

    def _count_strange(self, change: _RecentChange, message: bytes) -> None:
        if change.meta.domain == _CANARY:
            return
        kind = "type is missing" if not change.type else f"type is unknown: {change.type[:_SHOWN_TYPE]!r}"
        self.broken.add(kind, _show(message), _name_wiki(change.server_name))


def _leaves_nothing(change: _RecentChange) -> bool:
    """Tell whether a page was moved and no redirect stays: its old title is then no page's any more."""
    if change.log_type != _MOVE:
        return False
    try:
        noredir = bytes(msgspec.json.decode(change.log_params, type=_MoveParams).noredir).decode()
    except _BROKEN:
        return False
    return noredir.strip('"') in _NO_REDIRECT


def _read_hashtags(change: _RecentChange) -> frozenset[str]:
    summary = change.comment
    if not summary or change.bot or not ("#" in summary or "＃" in summary):
        return _NO_HASHTAGS
    return find_hashtags(summary)


def _name_wiki(name: object) -> str:
    return name if isinstance(name, str) and _HOST_NAME.fullmatch(name) else ""


def _name_fault(change: _RecentChange) -> str:
    values = {
        "namespace": change.namespace,
        "timestamp": change.timestamp,
        "server_name": change.server_name,
        "meta.id": change.meta.id,
    }
    missing = next((name for name, value in values.items() if value is None or value == ""), None)
    return f"meta.id has over {_LONGEST_ID} characters" if missing is None else f"{missing} is missing"


def _describe(error: msgspec.DecodeError) -> str:
    """Say in a few words what a decoder has against a message."""
    text = str(error)
    wrong = _WRONG_TYPE.fullmatch(text)
    if wrong is not None:
        return f"{wrong[2] or 'the message'} is {_WORDS.get(wrong[1], wrong[1])}"
    return "meta is missing" if "missing required field `meta`" in text else text


def _show(message: bytes) -> str:
    return message[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
