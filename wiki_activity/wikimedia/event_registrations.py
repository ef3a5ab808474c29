"""Event registration on Meta-Wiki: which community events there are, read one by one, since nobody lists them.

Of each is kept what it is called, where and when it is: no organiser, participant, place or address of a meeting.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.domain.community_events import ALL_WIKIS, LONGEST, CommunityEvent
from wiki_activity.domain.finding_sentences import show_name
from wiki_activity.domain.page_titles import PageKind, find_page_kind
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, NotFoundError
from wiki_activity.wikimedia.http import PoliteSession, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=20, bytes=1 << 20)
_LONGEST: Final = 255
_DBNAME: Final = re.compile(r"[a-z0-9_-]{1,64}")
_TYPE: Final = re.compile(r"[a-z0-9-]{1,40}")
_OFFSET: Final = re.compile(r"([+-])(\d\d):?([0-5]\d)")
_MOMENT: Final = re.compile(r"20\d{12}")
_UNWRITABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_MOST_WIKIS: Final = 2_000
_MOST_TYPES: Final = 10
_KEYS: Final = "campaignevents-"
"""Errors of Event registration itself begin so."""
_DASHBOARD: Final = "wikimedia-pe-dashboard"


class OddEventError(MalformedAnswerError):
    """An event that lacks something, or says what cannot be; it can be told of by nobody."""


@dataclass(frozen=True, slots=True)
class EventRegistrationClient:
    """Reads events.

    Parameters
    ----------
    session
        Polite HTTP.
    base_url
        Of `event_registration`, without a trailing slash.
    """

    session: PoliteSession
    base_url: str

    def get_event(self, number: int) -> CommunityEvent | None:
        """Get one event; None where it is only a test.

        Raises
        ------
        NotFoundError
            When there is none of this number, or it was deleted.
        OddEventError
            When it lacks a name, a page, wikis or dates, ends before it begins or is on for over a year.
        MalformedAnswerError
            When it is no such event.
        WikimediaError
            When it could not be read.
        """
        url = f"{self.base_url}/{number}"
        try:
            answer = expect_mapping(self.session.get_json(url, limits=_LIMITS, private=True), url, "the answer")
        except NotFoundError as error:
            if error.is_page or (error.error_key and not error.error_key.startswith(_KEYS)):
                # Nobody who knows events has said that this one is none.
                msg = f"{url}: 404, and not by Event registration"
                raise MalformedAnswerError(msg) from error
            raise
        if answer.get("id") != number:
            msg = f"{url}: it is not about event {number}"
            raise MalformedAnswerError(msg)
        if answer.get("is_test_event"):
            return None
        try:
            return _read_event(number, answer)
        except ValueError as error:
            msg = f"{url}: {error}"
            raise OddEventError(msg) from error


def _read_event(number: int, answer: Mapping[str, Any]) -> CommunityEvent:
    name = show_name(_read_text(answer, "name"))
    if not name:
        raise ValueError("no name")
    zone = _read_zone(_read_text(answer, "timezone"))
    first, last = (_read_moment(_read_text(answer, key), zone) for key in ("start_time", "end_time"))
    if not timedelta() <= last - first <= LONGEST:
        raise ValueError("it ends before it begins, or is on for over a year")
    page, page_dbname = _read_text(answer, "event_page"), _read_text(answer, "event_page_wiki")
    # A page of somebody's own has a name in its title.
    is_unfit = find_page_kind(page) is PageKind.OTHER or any(unicodedata.category(one) in _UNWRITABLE for one in page)
    if is_unfit or not _DBNAME.fullmatch(page_dbname):
        raise ValueError("no page that can be linked to")
    return CommunityEvent(
        id=number,
        name=name,
        page=page,
        page_dbname=page_dbname,
        dbnames=_read_wikis(answer.get("wikis")),
        starts_at=first.astimezone(UTC),
        ends_at=last.astimezone(UTC),
        first=first.date(),
        last=last.date(),
        types=_read_types(answer.get("types")),
        dashboard_slug=_read_slug(answer.get("tracking_tools")),
    )


def _read_text(answer: Mapping[str, Any], key: str) -> str:
    text = answer.get(key)
    if not isinstance(text, str) or not text.strip() or len(text) > (_LONGEST if key != "name" else 10 * _LONGEST):
        msg = f"no {key}"
        raise ValueError(msg)
    return text.strip()


def _read_zone(text: str) -> tzinfo:
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-ahead if offset[1] == "-" else ahead)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        # A name of a folder among the zones is an OSError.
        raise ValueError("no time zone that is known") from error


def _read_moment(text: str, zone: tzinfo) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError("no date of this century")
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=zone)


def _read_wikis(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_WIKIS:
        raise ValueError("no list of wikis")
    if ALL_WIKIS in value:
        return (ALL_WIKIS,)
    found = dict.fromkeys(one for one in value if isinstance(one, str) and _DBNAME.fullmatch(one))
    if not found:
        raise ValueError("no wikis")
    return tuple(found)


def _read_types(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list) else []
    return tuple(one for one in given if isinstance(one, str) and _TYPE.fullmatch(one))[:_MOST_TYPES]


def _read_slug(value: object) -> str | None:
    for tool in value if isinstance(value, list) else []:
        if isinstance(tool, dict) and tool.get("tool_id") == _DASHBOARD:
            slug = tool.get("tool_event_id")
            if not isinstance(slug, str) or any(unicodedata.category(one) in _UNWRITABLE for one in slug):
                return None
            return slug if 0 < len(slug) <= _LONGEST else None
    return None
