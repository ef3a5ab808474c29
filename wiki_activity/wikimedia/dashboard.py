"""The Programs & Events Dashboard: which courses and edit-a-thons were on for a wiki.

Of each is kept its title and when it was: no organiser, school or participant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import quote

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.wikimedia.answer_errors import NotFoundError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=60, bytes=8 << 20)
"""Lists of big wikis are long, and made slowly."""
_LONGEST_SLUG: Final = 255
_YEARS: Final = range(2001, 2100)
_TOO_MANY: Final = 10**9


@dataclass(frozen=True, slots=True)
class Course:
    """A course as lists name it.

    Parameters
    ----------
    slug
        Its name in addresses.
    people
        How many take part.
    created
        On which day it was entered; None where that is not known.
    words
        How many were added in it; None where that is not known.
    """

    slug: str
    people: int
    created: date | None = None
    words: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A course that is public.

    Parameters
    ----------
    title, url
        What it is called, and its page.
    first, last
        When it was, UTC.
    edits
        By the number of a namespace, how often its pages were edited in it on the wiki that was asked about; empty
        where that was not counted.
    """

    title: str
    url: str
    first: datetime
    last: datetime
    edits: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DashboardClient:
    """Reads the dashboard.

    Parameters
    ----------
    session
        Polite HTTP.
    base_url
        Without a trailing slash.
    """

    session: PoliteSession
    base_url: str

    def list_courses(self, project: str, year: int) -> list[Course]:
        """List the courses whose home is a wiki and that were entered in a year; those without a name are left out.

        A wiki that the dashboard does not know has none.

        Raises
        ------
        MalformedAnswerError
            When it is no such list.
        WikimediaError
            When it could not be read.
        """
        url = f"{self.base_url}/courses_by_wiki/{quote(project, safe='')}.json"
        try:
            # Dates are written as readers of a language write them.
            document = self.session.get_json(url, {"year": str(year), "locale": "en"}, limits=_LIMITS, private=True)
        except NotFoundError:
            return []
        found = []
        for row in expect_list(expect_mapping(document, url, "the answer").get("courses"), url, "courses"):
            course = expect_mapping(row, url, "a course")
            slug, people = course.get("slug"), course.get("user_count")
            if isinstance(slug, str) and 0 < len(slug) <= _LONGEST_SLUG:
                created = _read_moment(course.get("creation_date"))
                found.append(
                    Course(
                        slug,
                        people if type(people) is int else 0,
                        None if created is None else created.date(),
                        words if type(words := course.get("word_count")) is int else None,
                    )
                )
        return found

    def get_course(self, slug: str, project: str) -> Programme | None:
        """Get one course, and what it did on a wiki; None where it is private, withdrawn, gone, or says no dates.

        Raises as :meth:`list_courses` does.
        """
        address = quote(slug, safe="/()")
        url = f"{self.base_url}/courses/{address}/course.json"
        try:
            document = self.session.get_json(url, limits=_LIMITS, private=True)
        except NotFoundError:
            return None
        course = expect_mapping(expect_mapping(document, url, "the answer").get("course"), url, "course")
        title, first, last = course.get("title"), _read_moment(course.get("start")), _read_moment(course.get("end"))
        hidden = course.get("private") or course.get("withdrawn")
        if hidden or not isinstance(title, str) or not title.strip() or first is None or last is None or last < first:
            return None
        edits = _read_edits(course.get("course_stats"), project)
        return Programme(title.strip()[:255], f"{self.base_url}/courses/{address}", first, last, edits)


def _read_edits(stats: Any, project: str) -> dict[int, int]:
    """Read the edits of each namespace of a wiki, `{host}-namespace-0`; what is no such thing is left out."""
    counted = stats.get("stats_hash") if isinstance(stats, Mapping) else None
    found = {}
    for key, numbers in counted.items() if isinstance(counted, Mapping) else ():
        named = re.fullmatch(rf"{re.escape(project)}-namespace-(\d{{1,5}})", str(key))
        edits = numbers.get("revision_count") if isinstance(numbers, Mapping) else None
        if named and type(edits) is int and 0 <= edits < _TOO_MANY:
            found[int(named[1])] = edits
    return found


def _read_moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
