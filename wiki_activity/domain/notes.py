"""What people know of a wiki's days: notes, whom and when they are about, and their revisions."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import EARLIEST_MONTH, list_months
from wiki_activity.domain.note_text import NoteError, NoteText
from wiki_activity.domain.wikis import Wiki

MOST_DAYS = 3_660
"""A note is about ten years at most."""
MOST_LISTED = 50
"""A note that names its wikis names so many at most."""

FORMER_ACCOUNT = "a former account"
"""What stands for the name of an author who has vanished, or is hidden."""


class ScopeKind(StrEnum):
    """What kind of wikis a note is about."""

    WIKI = "wiki"
    LANGUAGE = "language"
    FAMILY = "family"
    LIST = "list"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which wikis a note is about.

    Parameters
    ----------
    kind, key
        One wiki by its project; all of a language by its code; all of a family by its name; a list of projects in
        alphabetical order with a blank between two; or all, with an empty key.
    """

    kind: ScopeKind
    key: str

    @classmethod
    def of_wiki(cls, project: str) -> "Scope":
        """Return the scope of one wiki."""
        return cls(ScopeKind.WIKI, project)

    @property
    def is_wide(self) -> bool:
        """Whether it is more than one wiki by its kind."""
        return self.kind is not ScopeKind.WIKI

    @property
    def projects(self) -> tuple[str, ...]:
        """The wikis that it names one by one."""
        return tuple(self.key.split()) if self.kind in {ScopeKind.WIKI, ScopeKind.LIST} else ()

    def covers(self, project: str, wiki: Wiki | None) -> bool:
        """Tell whether a wiki is in it; of one that no site matrix names no language and no family is known."""
        match self.kind:
            case ScopeKind.WIKI | ScopeKind.LIST:
                return project in self.projects
            case ScopeKind.LANGUAGE:
                return wiki is not None and wiki.language == self.key
            case ScopeKind.FAMILY:
                return wiki is not None and wiki.family == self.key
            case ScopeKind.ALL:
                return True


@dataclass(frozen=True, slots=True)
class Subject:
    """What a note is about.

    Parameters
    ----------
    scope
        Which wikis.
    first, last
        Days, both included, UTC.
    metric
        Of which it is told; None for whatever is counted.
    episode_id
        The busy spell of the live stream that it is about; None where it is about none.
    """

    scope: Scope
    first: date
    last: date
    metric: Metric | None = None
    episode_id: int | None = None

    @classmethod
    def of_month(cls, metric: Metric | None, project: str, month: date) -> "Subject":
        """Return the subject that is exactly one month of one wiki."""
        return cls(Scope.of_wiki(project), month, end_of_month(month), metric)

    @property
    def month(self) -> date | None:
        """The month, where it is about exactly one."""
        is_whole = self.first.day == 1 and self.last == end_of_month(self.first)
        return self.first if is_whole else None

    @property
    def months(self) -> list[date]:
        """The months that it touches, oldest first."""
        return list_months(self.first.replace(day=1), self.last.replace(day=1))


class NoteAction(StrEnum):
    """What a revision did."""

    CREATE = "create"
    PROPOSE = "propose"
    PUBLISH = "publish"
    REJECT = "reject"
    EDIT = "edit"
    REVERT = "revert"
    HIDE = "hide"
    UNHIDE = "unhide"


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes.

    Parameters
    ----------
    name
        Of then.
    id
        Of the account, which stays when it is renamed; None where it is not known.
    """

    name: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """The newest revision of what somebody knows.

    Parameters
    ----------
    id
        Its number.
    subject
        What it is about; there need be no peak.
    version
        Number of the newest revision, which a change has to name.
    text
        None where it is kept from the reader.
    hidden
        Whether readers may not see it: a reviewer has hidden it, or has not published yet what was proposed.
    author, at
        Of the newest revision: what its author is called now, or `FORMER_ACCOUNT`; UTC. Where it only let readers see
        the text, the author is whoever wrote that.
    proposed
        Whether it never was published: it waits for that, or was rejected.
    rejected
        Whether it waits no more.
    """

    id: int
    subject: Subject
    version: int
    text: NoteText | None
    hidden: bool
    author: str
    at: datetime
    proposed: bool = False
    rejected: bool = False

    @property
    def project(self) -> str:
        """The wiki, where it is about one; else nothing."""
        scope = self.subject.scope
        return scope.key if scope.kind is ScopeKind.WIKI else ""

    @property
    def metric(self) -> Metric | None:
        """Of which it is told; None for whatever is counted."""
        return self.subject.metric

    @property
    def month(self) -> date:
        """The month in which it begins."""
        return self.subject.first.replace(day=1)

    def is_of(self, metric: Metric, month: date) -> bool:
        """Tell whether it is about exactly this month of one wiki, in this metric or whatever is counted."""
        subject = self.subject
        return subject.scope.kind is ScopeKind.WIKI and subject.metric in {None, metric} and subject.month == month


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of a note's history.

    Parameters
    ----------
    number
        From 1, without gaps.
    subject
        What the note was about from then on.
    text
        What was written from then on; None where it is kept from the reader.
    author, at
        Who did it, as they are called now, or `FORMER_ACCOUNT`; and when, UTC.
    action
        What they did.
    reason
        Why, where they said so.
    hidden
        Whether readers could not see the note from then on.
    """

    number: int
    subject: Subject
    text: NoteText | None
    author: str
    at: datetime
    action: NoteAction
    reason: str | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One revision among those of all notes.

    Parameters
    ----------
    note_id
        Which note was changed.
    revision
        How; as everybody may see it.
    hidden
        Whether the note is hidden now.
    """

    note_id: int
    revision: Revision
    hidden: bool

    @property
    def cursor(self) -> tuple[datetime, int, int]:
        """Its place in the feed."""
        return (self.revision.at, self.note_id, self.revision.number)


_BREADTHS = {kind: breadth for breadth, kind in enumerate(ScopeKind)}


def choose_notes(notes: Iterable[Note], metric: Metric) -> dict[date, Note]:
    """Choose one of a wiki's notes for each month that any of them touches.

    What happened in a month is one story, whatever is counted of it: where nobody has told it of the metric that is
    looked at, what was told of another one stands. A note on the month itself goes before one on more wikis or on more
    days; a note on all wikis says nothing of this one.
    """
    order = (metric, None, *(one for one in Metric if one is not metric))
    ranks = {one: rank for rank, one in enumerate(order)}

    def rank(note: Note) -> tuple[int, int, int, int]:
        subject = note.subject
        whole = 0 if subject.month is not None else 1 + (subject.last - subject.first).days
        return _BREADTHS[subject.scope.kind], whole, ranks[subject.metric], note.id

    chosen: dict[date, Note] = {}
    for note in sorted((one for one in notes if one.subject.scope.kind is not ScopeKind.ALL), key=rank):
        for month in _list_months_once(note.subject.first.replace(day=1), note.subject.last.replace(day=1)):
            chosen.setdefault(month, note)
    return chosen


@lru_cache(maxsize=4_096)
def _list_months_once(first: date, last: date) -> tuple[date, ...]:
    """List the months of a range once for all of the wikis that a note is about."""
    return tuple(list_months(first, last))


def check_subject(subject: Subject, today: date) -> Subject:
    """Return a subject that a note may have; of the month that is running, the days that have come.

    Raises
    ------
    NoteError
        If its range is backwards, too long, before Wikimedia counts, or of days that have not come; or if it names too
        many wikis.
    """
    if subject.last < subject.first:
        msg = f"the last day, {subject.last}, is before the first one, {subject.first}"
        raise NoteError("last", msg)
    if subject.first < EARLIEST_MONTH:
        msg = f"{subject.first} is before {EARLIEST_MONTH}, where the counts begin"
        raise NoteError("first", msg)
    ends_with_this_month = subject.last == end_of_month(today.replace(day=1)) and subject.first <= today
    if subject.last > today and not ends_with_this_month:
        msg = f"{subject.last} has not come yet; notes are about what has happened"
        raise NoteError("last", msg)
    if (subject.last - subject.first).days >= MOST_DAYS:
        msg = f"a note is about {MOST_DAYS:,} days at most"
        raise NoteError("last", msg)
    if len(subject.scope.projects) > MOST_LISTED:
        msg = f"a note names at most {MOST_LISTED} wikis"
        raise NoteError("scope", msg)
    return subject


def end_of_month(month: date) -> date:
    """Return the last day of a month, of the last one that there can be too."""
    return month.replace(day=monthrange(month.year, month.month)[1])
