"""Who edits what on a wiki, in spans of ten seconds and within bounds, so that a message can say what is hot.

Users are kept as keyed hashes only: no name is held in memory beyond its event, or stored.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from hashlib import blake2b
from typing import Final

import msgspec

from wiki_activity.domain.episodes import LEAST_PEOPLE, EpisodeFacts, HashtagEdits, PageEdits
from wiki_activity.domain.findings import LEAST_ACCOUNTS
from wiki_activity.domain.live import TICK_SECONDS

logger = logging.getLogger(__name__)

KEPT_SECONDS: Final = 15 * 60
"""How long it is kept in any case."""
LONGEST_EPISODE_SECONDS: Final = 4 * 3600
"""How long it is kept at most, while an episode is open."""
_MOST_NAMES: Final = 1000
"""Pages and people told apart in ten seconds of one wiki; more are counted as edits only."""
_MOST_PEOPLE_OF_A_PAGE: Final = 100
_LONGEST_TITLE: Final = 300
_SHOWN_PAGES: Final = 5
_MINUTE: Final = 60
_YOUNG_SECONDS: Final = 86_400
"""So long after it was created a page is not named; when is not known of one that is older than the watcher."""
_MOST_CREATED: Final = 5000
"""Young pages of a wiki that are remembered, the last ones."""


class Span(msgspec.Struct, array_like=True):
    """Ten seconds: edits, bots' edits, people with their edits, pages with their edits and people, bots' of pages.

    Hashtags of people's edits are kept as pages are; of pages that were created then, the titles.
    """

    edits: int = 0
    bot_edits: int = 0
    people: dict[int, int] = {}
    pages: dict[str, list[int]] = {}
    """The number of edits, then who made them."""
    bot_pages: dict[str, int] = {}
    hashtags: dict[str, list[int]] = {}
    created: list[str] = []

    def count_people_edits(self, title: str) -> int:
        """Count the edits of a page that were not by bots."""
        page = self.pages.get(title)
        return 0 if page is None else page[0] - self.bot_pages.get(title, 0)


class People:
    """The recent edits of one wiki by page and by user.

    Parameters
    ----------
    key
        For the hashes of users' names.
    since
        Epoch second from which on all edits are taken in.
    """

    def __init__(self, key: bytes, since: int) -> None:
        self._key = key
        self._since = since
        self._spans: dict[int, Span] = {}
        self._changed: set[int] = set()
        # When pages were created, the oldest first.
        self._created: dict[str, int] = {}

    def add(
        self,
        at: int,
        title: str | None,
        user: str | None,
        *,
        is_bot: bool,
        is_new: bool = False,
        hashtags: Collection[str] = (),
    ) -> None:
        """Take an edit in."""
        begin = at - at % TICK_SECONDS
        span = self._spans.get(begin)
        if span is None:
            span = self._spans[begin] = Span()
        self._changed.add(at // _MINUTE)
        span.edits += 1
        span.bot_edits += is_bot
        person = 0
        if user is not None and not is_bot:
            person = int.from_bytes(blake2b(user.encode("utf-8", "replace"), digest_size=7, key=self._key).digest())
            _count(span.people, person)
        if title is not None:
            title = title[:_LONGEST_TITLE]
            if _count_page(span.pages, title, person) and is_bot:
                span.bot_pages[title] = span.bot_pages.get(title, 0) + 1
            if is_new and len(span.created) < _MOST_NAMES:
                span.created.append(title)
                self._note_created(title, begin)
        for hashtag in () if is_bot else hashtags:
            _count_page(span.hashtags, hashtag, person)

    @property
    def since(self) -> int:
        """Epoch second from which on all edits are known."""
        return self._since

    def find_span(self, begin: int) -> Span | None:
        """Return the ten seconds that begin then; None where nothing is known of them."""
        return self._spans.get(begin)

    def look(self, since: int, until: int, page: str | None = None) -> EpisodeFacts:
        """Sum up the edits with event times in [since, until), to ten seconds; those of one page where one is given."""
        if page is not None:
            return self._look_at_page(max(since, self._since), until, page)
        since = max(since, self._since)
        begins = sorted(begin for begin in self._spans if since - TICK_SECONDS < begin < until)
        edits = bot_edits = 0
        people: Counter[int] = Counter()
        pages: Counter[str] = Counter()
        editors: dict[str, set[int]] = {}
        for begin in begins:
            span = self._spans[begin]
            edits += span.edits
            bot_edits += span.bot_edits
            people.update(span.people)
            for title, (count, *who) in span.pages.items():
                pages[title] += count
                editors.setdefault(title, set()).update(who)
        return EpisodeFacts(
            since=since,
            until=until,
            edits=edits,
            bot_edits=bot_edits,
            people=len(people),
            busiest_share=max(people.values(), default=0) / max(edits - bot_edits, 1),
            pages=_choose_pages(self._leave_out_young(pages, until), editors),
            hashtag=_choose_hashtag([self._spans[begin].hashtags for begin in begins]),
        )

    def _look_at_page(self, since: int, until: int, title: str) -> EpisodeFacts:
        edits = bot_edits = 0
        people: set[int] = set()
        for begin, span in self._spans.items():
            if since - TICK_SECONDS < begin < until and title in span.pages:
                count, *who = span.pages[title]
                edits += count
                bot_edits += span.bot_pages.get(title, 0)
                people.update(who)
        # How many of a page's edits each of them made is not kept.
        return EpisodeFacts(since, until, edits, bot_edits, len(people), 0.0, ())

    def _note_created(self, title: str, at: int) -> None:
        self._created.pop(title, None)
        self._created[title] = at
        while len(self._created) > _MOST_CREATED or next(iter(self._created.values())) < at - _YOUNG_SECONDS:
            del self._created[next(iter(self._created))]

    def _leave_out_young(self, pages: Counter[str], until: int) -> Counter[str]:
        """Leave out pages that were created within a day: one may be an attack that is about to be deleted."""
        created, since = self._created, until - _YOUNG_SECONDS
        return Counter({title: edits for title, edits in pages.items() if created.get(title, since) <= since})

    def forget(self, before: int) -> None:
        """Drop what is older."""
        self._since = max(self._since, before - before % TICK_SECONDS)
        for begin in [begin for begin in self._spans if begin + TICK_SECONDS <= before]:
            del self._spans[begin]

    def list_changes(self) -> Iterator[tuple[int, bytes]]:
        """List the minutes that have changed since the last save, as the store has them."""
        for minute in self._changed:
            begins = range(minute * _MINUTE, (minute + 1) * _MINUTE, TICK_SECONDS)
            spans = {begin: self._spans[begin] for begin in begins if begin in self._spans}
            if spans:
                yield minute, msgspec.msgpack.encode(spans)

    def forget_saved(self) -> None:
        """Note that the changes are saved."""
        self._changed.clear()

    def mark_all_unsaved(self) -> None:
        """Note that nothing is saved."""
        self._changed = {begin // _MINUTE for begin in self._spans}

    def restore(self, minutes: Mapping[int, bytes]) -> None:
        """Take saved minutes back; one that cannot be read is left out, and named in the log."""
        for minute, spans in minutes.items():
            try:
                self._spans |= msgspec.msgpack.decode(spans, type=dict[int, Span])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                logger.warning("who edited in the minute %d cannot be read: %s", minute, error)
        for begin, span in sorted(self._spans.items()):
            for title in span.created:
                self._note_created(title, begin)
        if self._spans:
            self._since = min(self._spans)


class PeopleByWiki:
    """Who edits what on each of the wikis that are judged.

    Parameters
    ----------
    key
        For the hashes of users' names.
    """

    def __init__(self, key: bytes) -> None:
        self.wikis: dict[str, People] = {}
        self._key = key
        self._spells: dict[str, int] = {}

    def find(self, project: str, since: int) -> People:
        """Return those of a wiki; of one that is new here all edits are taken in since then."""
        people = self.wikis.get(project)
        if people is None:
            people = self.wikis[project] = People(self._key, since)
        return people

    def keep_since(self, project: str, since: int | None) -> None:
        """Keep who edited a wiki since then, as long as its episode is open; None lets go again."""
        if since is None:
            self._spells.pop(project, None)
        else:
            self._spells[project] = since

    def forget(self, at: int) -> None:
        """Forget what nobody will want to know any more at an event time."""
        for project, people in self.wikis.items():
            since = min(at - KEPT_SECONDS, self._spells.get(project, at))
            people.forget(max(since, at - LONGEST_EPISODE_SECONDS))

    def clear(self) -> None:
        """Forget all."""
        self.wikis.clear()
        self._spells.clear()

    def forget_saved(self) -> None:
        """Note that all changes are saved."""
        for people in self.wikis.values():
            people.forget_saved()

    def mark_all_unsaved(self) -> None:
        """Note that nothing is saved."""
        for people in self.wikis.values():
            people.mark_all_unsaved()

    def restore(self, minutes: Mapping[int, Mapping[str, bytes]], projects: Collection[str], since: int) -> None:
        """Take what was saved of some wikis back, by minute and wiki."""
        for project in projects:
            self.wikis[project] = People(self._key, since)
            self.wikis[project].restore({at: fields[project] for at, fields in minutes.items() if project in fields})


def _choose_pages(edits: Counter[str], editors: Mapping[str, Collection[int]]) -> tuple[PageEdits, ...]:
    """Take the most edited pages, among them the most edited of those that several people edited."""
    most_edited = edits.most_common()
    shown = [PageEdits(title, n, len(editors[title])) for title, n in most_edited[:_SHOWN_PAGES]]
    if shown and all(page.people < LEAST_PEOPLE for page in shown):
        rest = (PageEdits(title, n, len(editors[title])) for title, n in most_edited[_SHOWN_PAGES:])
        shown[-1] = next((page for page in rest if page.people >= LEAST_PEOPLE), shown[-1])
    return tuple(shown)


def _choose_hashtag(spans: Collection[Mapping[str, list[int]]]) -> HashtagEdits | None:
    edits: Counter[str] = Counter()
    people: dict[str, set[int]] = {}
    for hashtags in spans:
        for hashtag, (count, *who) in hashtags.items():
            edits[hashtag] += count
            people.setdefault(hashtag, set()).update(who)
    told = (HashtagEdits(one, edits[one], len(people[one])) for one in people if len(people[one]) >= LEAST_ACCOUNTS)
    return max(told, key=lambda one: (one.edits, one.people, one.hashtag), default=None)


def _count(people: dict[int, int], person: int) -> None:
    if person in people:
        people[person] += 1
    elif len(people) < _MOST_NAMES:
        people[person] = 1


def _count_page(pages: dict[str, list[int]], title: str, person: int) -> bool:
    page = pages.get(title)
    if page is None:
        if len(pages) >= _MOST_NAMES:
            return False
        page = pages[title] = [0]
    page[0] += 1
    # Beside the number of edits, which comes first.
    if person and len(page) < _MOST_PEOPLE_OF_A_PAGE and person not in page:
        page.append(person)
    return True
