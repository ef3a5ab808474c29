"""Services beside the wikis: Event registration, the Programs & Events Dashboard, and the list of lifted limits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity.simulator.evidence.community_events import CommunityEvents, Course

_THROTTLED = frozenset({CauseKind.PROGRAMME, CauseKind.MANY_ACCOUNTS})


@dataclass(frozen=True, slots=True)
class OutsideServices:
    """Answers for them all.

    Parameters
    ----------
    events
        What there is.
    now
        Epoch seconds.
    """

    events: CommunityEvents
    now: Callable[[], float]

    def _today(self) -> date:
        return datetime.fromtimestamp(self.now(), UTC).date()

    def answer_event(self, request: Request) -> Response:
        """Answer `GET …/campaignevents/v0/event_registration/{id}`, which any wiki does for the events of all."""
        text = request.path_params["number"]
        if not text.isdecimal():
            return _refuse_event("rest-path-parameter-badinteger", 400, "Bad Request")
        try:
            event = self.events.find_event(int(text), self._today())
        except LookupError:
            return _refuse_event("campaignevents-rest-event-not-found", 404, "Not Found")
        if event is None:
            return _refuse_event("campaignevents-rest-get-registration-deleted", 404, "Not Found")
        return JSONResponse(event)

    def answer_courses(self, request: Request) -> Response:
        """Answer `GET /courses_by_wiki/{host}.json?year=`: the courses whose home wiki it is, created in that year."""
        host, text = request.path_params["host"], request.query_params.get("year", f"{self._today():%Y}")
        host = host if host.endswith(".org") else f"{host}.org"
        found = [
            course
            for course in reversed(self.events.list_courses(self._today()))
            if course.host == host and str(course.created.year) == text and not course.private
        ]
        return JSONResponse({"courses": [_list_course(one) for one in found], "statistics": {"course_count": 0}})

    def answer_course(self, request: Request) -> Response:
        """Answer `GET /courses/{slug}/course.json`."""
        slug = request.path_params["slug"]
        course = next((one for one in self.events.list_courses(self._today()) if one.slug == slug), None)
        if course is None:
            return HTMLResponse("<h1>Page not found</h1>", 404)
        return JSONResponse({"course": _describe_course(course)})

    def answer_throttle(self, _request: Request) -> Response:
        """Answer `GET /conf/throttle.php.txt`: who may make more accounts from one address, now and soon."""
        today = self._today()
        parts = [
            f"\t[ // T{400_000 + place}\n"
            f"\t\t'from' => '{cause.month.replace(day=cause.first_day)}T08:00 +1:00',\n"
            f"\t\t'to' => '{end}T20:00 +1:00',\n"
            "\t\t'range' => [ '198.51.100.0/24', '2001:db8::/48' ],\n"
            f"\t\t'dbname' => [ '{self._find_dbname(cause.project)}' ],\n"
            f"\t\t'value' => {20 + 10 * (place % 5)}\n\t],\n"
            for place, cause in enumerate(self.events.source.causes.list_all())
            if cause.kind in _THROTTLED
            and (end := cause.month.replace(day=cause.last_day)) >= today
            and cause.month <= today + timedelta(days=30)
        ]
        return PlainTextResponse(f"<?php\n$wmgThrottlingExceptions = [\n{''.join(parts)}];\n")

    def _find_dbname(self, host: str) -> str:
        publication = self.events.source.publication
        return publication.wikis[publication.find_column(host)].dbname


def _refuse_event(key: str, status: int, reason: str) -> Response:
    body = {"errorKey": key, "messageTranslations": {"en": "There is no such event."}}
    return JSONResponse({**body, "httpCode": status, "httpReason": reason}, status)


def _list_course(course: Course) -> dict[str, Any]:
    return {
        "id": course.number,
        "title": course.title,
        "slug": course.slug,
        "description": "Write to zqx-organiser@example.org or come to Zqx Street 7.",
        "school": "Zqx Society",
        "term": f"{course.created:%Y-%m}",
        "word_count": 40 * course.edits,
        "recent_revision_count": course.edits // 10,
        "references_count": course.edits // 5,
        "view_sum": 900 * course.edits,
        "user_count": course.people,
        "average_word_count": 40,
        "trained_count": 0,
        "human_word_count": write_human(40 * course.edits),
        "creation_date": f"{course.created}",
        "instructor": "Zqx Instructor",
    }


def _describe_course(course: Course) -> dict[str, Any]:
    language, project, _ = course.host.split(".")
    home = {"language": None if language == "www" else language, "project": project}
    stats: dict[str, Any] = {}
    if course.content_edits is not None:
        stats[f"{course.host}-namespace-0"] = {
            "edited_count": course.content_edits // 3,
            "new_count": course.content_edits // 20,
            "revision_count": course.content_edits,
            "user_count": course.people,
        }
    return {
        "id": course.number,
        "title": course.title,
        "slug": course.slug,
        "school": "Zqx Society",
        "term": f"{course.created:%Y-%m}",
        "start": None if course.start is None else f"{course.start}T00:00:00.000Z",
        "end": None if course.end is None else f"{course.end}T23:59:59.000Z",
        "timeline_start": None,
        "timeline_end": None,
        "home_wiki": home,
        "wikis": [home],
        "type": "BasicCourse",
        "private": course.private,
        "withdrawn": course.withdrawn,
        "student_count": course.people,
        "edit_count": write_human(course.edits),
        "article_count": write_human(course.edits // 3),
        "created_count": write_human(course.edits // 20),
        "character_sum": 200 * course.edits,
        "upload_count": 0,
        "course_stats": {"stats_hash": stats} if stats else None,
        "url": f"https://outreachdashboard.wmflabs.org/courses/{course.slug}",
    }


def write_human(number: int) -> str:
    """Write a number as the dashboard does, `812`, `1.2K`, `40K`, `1.25M`: with three figures at most."""
    for least, unit in ((1_000_000, "M"), (1_000, "K")):
        if number >= least:
            return f"{float(f'{number / least:.3g}'):g}{unit}"
    return str(number)
