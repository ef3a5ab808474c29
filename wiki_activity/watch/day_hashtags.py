"""Hashtags in edit summaries by day and wiki, within bounds, and without knowing whose edits they are.

What is counted is at least what there was: when the watcher is killed, edits of up to a minute are not counted, and
where a wiki has more hashtags in a day than can be told apart, rare ones are let go, and their edits counted as such.
"""

import secrets
from collections.abc import Collection, Iterator
from hashlib import blake2b
from typing import Final

import msgspec

LEAST_ACCOUNTS: Final = 3
"""What fewer accounts use is neither stored nor shown: not even its text."""
MOST_TAGS: Final = 300
"""Hashtags of one wiki and day that are told apart."""
MOST_ACCOUNTS: Final = 200
"""Accounts of one hashtag that are told apart; as many stands for as many and more."""
_MOST_WIKIS: Final = 1000
"""Of one day; there are fewer that have hashtags at all."""
_MOST_TAGS_OF_A_DAY: Final = 20_000
_MOST_DAYS: Final = 8
"""While the database takes none; then the oldest is given up."""
_KEPT_DAYS: Final = 1
"""Besides the running one."""
_DAY: Final = 86_400
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 5


class _Tag(msgspec.Struct, array_like=True):
    """A hashtag: its text, once enough accounts have used it; its edits, and hashes of the accounts."""

    text: str = ""
    edits: int = 0
    accounts: set[int] = set()
    stored: bool = False


class _Wiki(msgspec.Struct, array_like=True):
    tags: dict[int, _Tag] = {}
    dropped: int = 0


class _Day(msgspec.Struct, array_like=True):
    """Its salt goes with it: what was hashed can then not be found again by anybody."""

    salt: bytes
    wikis: dict[str, _Wiki] = {}
    size: int = 0


class HashtagState(msgspec.Struct):
    """What is to be stored to go on with the days that can still change.

    Parameters
    ----------
    newest
        Event time that the stream had reached: edits up to it that come again, since Redis had not come as far, are
        not counted twice.
    days
        By day, epoch seconds // 86,400.
    """

    newest: int = 0
    days: dict[int, _Day] = {}


class TagCount(msgspec.Struct, frozen=True):
    """A hashtag of one wiki and day, with edits and accounts of at least so many."""

    day: int
    project: str
    hashtag: str
    edits: int
    accounts: int


class DayHashtags:
    """Counts the hashtags of the days that can still change."""

    def __init__(self) -> None:
        self._state = HashtagState()
        self._newest = 0
        self._counted_until = 0

    def count(self, at: int, project: str, hashtags: Collection[str], account: str | None) -> None:
        """Count an edit that was not a bot's, with at least one hashtag.

        Parameters
        ----------
        account
            Whose edit it is; None for one from an address, by a temporary account, or of an account that was hidden.
        """
        days = self._state.days
        if at <= self._counted_until or at // _DAY < self._newest // _DAY - _KEPT_DAYS:
            return
        self._newest = max(self._newest, at)
        day = days.get(at // _DAY)
        if day is None:
            day = days[at // _DAY] = _Day(secrets.token_bytes(_SALT_BYTES))
            if len(days) > _MOST_DAYS:
                del days[min(days)]
        wiki = day.wikis.get(project)
        if wiki is None:
            if len(day.wikis) >= _MOST_WIKIS:
                return
            wiki = day.wikis[project] = _Wiki()
        for hashtag in hashtags:
            _count(day, wiki, hashtag, project, account)

    def doubt(self, since: int) -> None:
        """Note that the stream's clock was wrong from then on: later days were none."""
        self._newest = since
        self._state.days = {number: day for number, day in self._state.days.items() if number <= since // _DAY}

    def list_unstored(self) -> Iterator[TagCount]:
        """List the hashtags of enough accounts that have changed since the last time; all numbers are absolute."""
        for number, day in self._state.days.items():
            for project, wiki in day.wikis.items():
                for tag in wiki.tags.values():
                    if tag.text and not tag.stored:
                        yield TagCount(number, project, tag.text, tag.edits, len(tag.accounts))

    def count_dropped(self) -> int:
        """Count the edits whose hashtags were let go."""
        return sum(wiki.dropped for day in self._state.days.values() for wiki in day.wikis.values())

    def describe(self, newest: int) -> HashtagState:
        """Return what there is to be stored, with the event time that the stream has reached."""
        self._state.newest = newest
        return self._state

    def forget_stored(self, until: int) -> None:
        """Note that all is stored, and drop the days that are over for good at a second of event time."""
        first = until // _DAY - _KEPT_DAYS
        self._state.days = {number: day for number, day in self._state.days.items() if number >= first}
        for day in self._state.days.values():
            for wiki in day.wikis.values():
                for tag in wiki.tags.values():
                    tag.stored = True

    def restore(self, state: HashtagState, reached: int | None, *, same_place: bool) -> None:
        """Go on where an earlier watcher was.

        Parameters
        ----------
        reached
            Event time that the stream had reached where it goes on; None for nowhere.
        same_place
            Whether it goes on just where the state was stored, so that nothing comes again.
        """
        self._state = state
        self._newest = state.newest
        may_come_again = not same_place and (reached is None or reached <= state.newest)
        self._counted_until = state.newest if may_come_again else 0


def _count(day: _Day, wiki: _Wiki, hashtag: str, project: str, account: str | None) -> None:
    key = _hash(day.salt, project, hashtag)
    tag = wiki.tags.get(key)
    if tag is None:
        if len(wiki.tags) >= MOST_TAGS or day.size >= _MOST_TAGS_OF_A_DAY:
            day.size -= _make_room(wiki)
        if len(wiki.tags) >= MOST_TAGS or day.size >= _MOST_TAGS_OF_A_DAY:
            wiki.dropped += 1
            return
        day.size += 1
        tag = wiki.tags[key] = _Tag()
    tag.edits += 1
    tag.stored = False
    if account is not None and len(tag.accounts) < MOST_ACCOUNTS:
        # Of each hashtag anew, so that nobody is known by what they take part in.
        tag.accounts.add(_hash(day.salt, project, hashtag, account))
    if len(tag.accounts) >= LEAST_ACCOUNTS:
        tag.text = hashtag


def _make_room(wiki: _Wiki) -> int:
    """Let the hashtags go that no two accounts have used, those that one edit had first; return how many."""
    lonely = {key: tag for key, tag in wiki.tags.items() if len(tag.accounts) <= 1}
    rare = [key for key, tag in lonely.items() if tag.edits == 1] or list(lonely)
    for key in rare:
        wiki.dropped += wiki.tags.pop(key).edits
    return len(rare)


def _hash(salt: bytes, *words: str) -> int:
    text = "\n".join(words).encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=_HASH_BYTES, key=salt).digest())
