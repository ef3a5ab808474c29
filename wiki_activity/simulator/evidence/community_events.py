"""Community events and programmes of the simulated wikis: those behind causes, those that did nothing, and odd ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from wiki_activity.domain.months import shift_month
from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.publication import number_month

FIRST_MONTH: Final = date(2023, 1, 1)
"""Since then there is Event registration."""
JUMP: Final = 15
"""So many ids in a row are missing here and there."""
_REGISTERED: Final = frozenset({CauseKind.CAMPAIGN_HASHTAG, CauseKind.CAMPAIGN, CauseKind.PROGRAMME})
_IDLE_NAMES: Final = ("Photo walk", "Library evening", "Translation sprint", "Beginners’ workshop", "Wiki picnic")
_TYPES: Final = ("contest", "editing-event", "workshop", "meetup", "media-upload-event", "other")
_ZONES: Final = ("Asia/Kolkata", "UTC", "America/Lima", "+05:30", "Europe/Sarajevo")
_SECRETS: Final[dict[str, Any]] = {
    "meeting_country_code": "XX",
    "meeting_address": "Zqx Street 7, behind the school",
    "meeting_url": "https://meet.example.org/zqx-secret",
    "chat_url": "https://chat.example.org/zqx-secret",
}
"""What is told to everybody who asks, and is not to be kept."""
_ODD: Final[tuple[dict[str, Any], ...]] = (
    {"name": "Ends before it begins", "end_time": "20200101000000"},
    {"name": "For ever", "end_time": "99991231235959"},
    {"name": "<b>Bold</b> *event* <!channel> @here", "wikis": ["*"]},
    {"name": "\u202eBackwards\u0007 " + "long " * 60},
    {"name": "Only a test", "is_test_event": True},
    {"name": "Somewhere", "timezone": "Mars/Olympus"},
    {"name": "No dates", "start_time": None, "end_time": None},
    {"name": "No wikis", "wikis": []},
)


@dataclass(frozen=True, slots=True)
class Course:
    """A programme on the dashboard.

    Parameters
    ----------
    slug
        As in addresses, `Org/Title_(term)`.
    host
        Its home wiki.
    title
        For readers.
    created, start, end
        Days; a course may have no dates.
    edits, people
        What it did, all pages.
    content_edits
        Those of them on content pages, None where the dashboard does not tell by wiki.
    private, withdrawn
        Marks.
    number
        Its id.
    """

    slug: str
    host: str
    title: str
    created: date
    start: date | None
    end: date | None
    edits: int
    people: int
    content_edits: int | None
    private: bool
    withdrawn: bool
    number: int


@dataclass(slots=True)
class CommunityEvents:
    """Makes all events and courses up to two months ahead, anew when a month has gone by.

    Parameters
    ----------
    source
        Knows the causes, and what they did.
    seed
        Same seed, same events.
    """

    source: EditSource
    seed: int
    _until: date | None = None
    _events: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    _courses: list[Course] = field(default_factory=list)

    def find_event(self, number: int, today: date) -> dict[str, Any] | None:
        """Find an event as Event registration describes it.

        Raises
        ------
        LookupError
            If it never was; None is one that was deleted.
        """
        self._make(today)
        return self._events[number]

    def list_courses(self, today: date) -> list[Course]:
        """List the courses of all wikis."""
        self._make(today)
        return [course for course in self._courses if course.created <= today]

    def _make(self, today: date) -> None:
        until = shift_month(today.replace(day=1), 3)
        if self._until == until:
            return
        by_month: dict[date, list[PlantedCause]] = {}
        for cause in self.source.causes.list_all():
            if FIRST_MONTH <= cause.month < until:
                by_month.setdefault(cause.month, []).append(cause)
        self._events, self._courses = {}, []
        month, number = FIRST_MONTH, 1
        while month < until:
            for event in self._make_month(month, by_month.get(month, [])):
                number += int(event.pop("gap"))
                is_deleted = event.pop("deleted")
                self._events[number] = None if is_deleted else {"id": number, **event}
                number += 1
            month = shift_month(month, 1)
        self._until = until

    def _make_month(self, month: date, causes: Sequence[PlantedCause]) -> list[dict[str, Any]]:
        at = number_month(month)
        rng = np.random.default_rng([self.seed, 51, at])
        made = []
        for place, cause in enumerate(causes):
            wiki = self.source.find_wiki(self.source.publication.find_column(cause.project))
            if cause.kind in _REGISTERED and cause.registered:
                slug = self._add_course(cause) if cause.kind is CauseKind.PROGRAMME else None
                name = f"{cause.name.lstrip('#')} {cause.month.year}"
                # A programme may be on the dashboard alone.
                if slug is None or rng.random() < 0.5:
                    made.append(_describe(name, [wiki.dbname], _list_days(cause), slug, rng))
            for one in range(cause.coincident):
                name = f"{_IDLE_NAMES[(place + one) % 5]} {wiki.dbname} {month:%Y-%m} {one + 1}"
                if one % 2:
                    self._add_idle_course(cause, name)
                else:
                    made.append(_describe(name, [wiki.dbname], _list_days(cause), None, rng))
        hosts = self.source.publication.wikis
        for place in range(2):
            wiki = hosts[int(rng.integers(len(hosts)))]
            first = month + timedelta(days=int(rng.integers(0, 20)))
            wikis = ["*"] if place else [wiki.dbname, hosts[0].dbname]
            days = first, first + timedelta(days=2 + 20 * place)
            made.append(_describe(f"{_IDLE_NAMES[at % 5]} of {wiki.dbname} {month:%Y-%m}", wikis, days, None, rng))
        odd = _ODD[at % len(_ODD)]
        made[-1 if "*" in odd.get("wikis", []) else -2] |= odd
        for place, event in enumerate(made):
            event["gap"] = JUMP if at % 6 == 0 and place == 0 else int(rng.integers(0, 3))
            event["deleted"] = bool(place > len(causes) and rng.random() < 0.1)
        return made

    def _add_course(self, cause: PlantedCause) -> str:
        plan = self.source.plan_month(self.source.publication.find_column(cause.project), number_month(cause.month))
        place = plan.causes.index(cause)
        edits = int(plan.counts[0, :, place + 1].sum())
        tells_by_wiki = cause.month.month % 3 > 0
        first, last = _list_days(cause)
        course = Course(
            slug=f"Zqx_Society/{re.sub(r'[^A-Za-z]+', '_', cause.name)}_({cause.month:%Y-%m}-{cause.project})",
            host=cause.project,
            title=f"{cause.name} {cause.month.year}",
            created=first - timedelta(days=20),
            start=first,
            end=last,
            edits=edits,
            people=cause.people or max(12, int(edits**0.6)),
            content_edits=int(plan.counts[0, 0, place + 1].sum()) if tells_by_wiki else None,
            private=False,
            withdrawn=False,
            number=len(self._courses) + 1,
        )
        self._courses.append(course)
        return course.slug

    def _add_idle_course(self, cause: PlantedCause, name: str) -> None:
        """Add a course at the same time that did nearly nothing; some are not to be told, some have no dates."""
        number = len(self._courses) + 1
        first, last = _list_days(cause)
        has_dates = number % 5 > 0
        self._courses.append(
            Course(
                slug=f"Zqx_Society/{name.replace(' ', '_').replace('’', '')}",
                host=cause.project,
                title=name,
                created=first - timedelta(days=30),
                start=first if has_dates else None,
                end=last if has_dates else None,
                edits=3 + number % 9,
                people=2 + number % 3,
                content_edits=None,
                private=number % 7 == 3,
                withdrawn=number % 7 == 5,
                number=number,
            )
        )


def _list_days(cause: PlantedCause) -> tuple[date, date]:
    return cause.month.replace(day=cause.first_day), cause.month.replace(day=cause.last_day)


def _describe(
    name: str, wikis: list[str], days: tuple[date, date], slug: str | None, rng: np.random.Generator
) -> dict[str, Any]:
    kind = _TYPES[int(rng.integers(len(_TYPES)))]
    is_in_person = kind == "meetup"
    tools = [] if slug is None else [{"tool_id": "wikimedia-pe-dashboard", "tool_event_id": slug}]
    return {
        "name": name,
        "event_page": f"Event:{name}",
        "event_page_wiki": "metawiki",
        "status": "open" if days[1] > date(2026, 1, 1) else "closed",
        "timezone": _ZONES[int(rng.integers(len(_ZONES)))],
        "start_time": f"{datetime.combine(days[0], datetime.min.time()):%Y%m%d%H%M%S}",
        "end_time": f"{days[1]:%Y%m%d}235900",
        "types": [kind],
        "wikis": wikis,
        "topics": ["women"],
        "online_meeting": not is_in_person,
        "inperson_meeting": is_in_person,
        **_SECRETS,
        "is_test_event": False,
        "tracks_contributions": bool(tools),
        "goal_type": None,
        "goal_target": None,
        "tracking_tools": tools,
        "questions": [],
    }
