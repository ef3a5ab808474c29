"""The Programs & Events Dashboard: which courses and edit-a-thons were on for a wiki.

Of each is kept its title and when it was: no organiser, school or participant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.wikimedia.answer_errors import NotFoundError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=60, bytes=8 << 20)
"""Lists of big wikis are long, and made slowly."""
_LONGEST_SLUG: Final = 255
_YEARS: Final = range(2001, 2100)


@dataclass(frozen=True, slots=True)
class Course:
    """A course as lists name it, and how many people take part."""

    slug: str
    people: int


@dataclass(frozen=True, slots=True)
class Programme:
    """A course that is public: its title, its page, and when it was, UTC."""

    title: str
    url: str
    first: datetime
    last: datetime


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

        Raises
        ------
        MalformedAnswerError
            When it is no such list.
        WikimediaError
            When it could not be read.
        """
        url = f"{self.base_url}/courses_by_wiki/{quote(project, safe='')}.json"
        document = self.session.get_json(url, {"year": str(year)}, limits=_LIMITS, private=True)
        found = []
        for row in expect_list(expect_mapping(document, url, "the answer").get("courses"), url, "courses"):
            course = expect_mapping(row, url, "a course")
            slug, people = course.get("slug"), course.get("user_count")
            if isinstance(slug, str) and 0 < len(slug) <= _LONGEST_SLUG:
                found.append(Course(slug, people if type(people) is int else 0))
        return found

    def get_course(self, slug: str) -> Programme | None:
        """Get one course; None where it is private, withdrawn, gone, or does not say when it was.

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
        return Programme(title.strip()[:255], f"{self.base_url}/courses/{address}", first, last)


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
