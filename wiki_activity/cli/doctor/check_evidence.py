"""What `doctor --evidence` asks the services that say what a peak was, each once, and what came of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import requests

from wiki_activity.bounded_http import AnswerLimits, BoundedSession
from wiki_activity.cli.doctor.findings import Finding, Level
from wiki_activity.cli.doctor.recordings import clean, clean_php, save
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import newest_ended_month, shift_month, start_of
from wiki_activity.evidence.services import make_services
from wiki_activity.settings import Settings, hide_credentials
from wiki_activity.wikimedia.access_token import make_token
from wiki_activity.wikimedia.answer_errors import (
    MalformedAnswerError,
    NotFoundError,
    RefusedError,
    WikimediaError,
)
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy, expect_list, expect_mapping, user_agent

_META: Final = "meta.wikimedia.org"
_THROTTLE_PATH: Final = "/conf/throttle.php.txt"
_LIMITS: Final = AnswerLimits(seconds=15, bytes=1 << 20)
_EVENT_KEYS: Final = ("id", "name", "event_page", "start_time", "end_time", "timezone", "wikis", "types")
_ANNOTATIONS: Final = "Config:Dashiki:Annotations/Wikistats/edits"
_NAMES: Final = 5


class RecordingSession(PoliteSession):
    """A polite session that keeps what came last."""

    asked = ""
    document: Any = None

    def get_json(self, url: str, *args: Any, **keywords: Any) -> Any:
        """Get, and keep."""
        self.asked, self.document = url, None
        self.document = super().get_json(url, *args, **keywords)
        return self.document


@dataclass(slots=True)
class _Probe:
    """Asks the services about one month of one wiki, by the clients that are used every day."""

    session: RecordingSession
    settings: Settings
    wiki: str
    names: list[str] = field(default_factory=list)
    course: str = ""

    def list_questions(self) -> Iterator[tuple[str, Callable[[], int]]]:
        """Yield the services' names, and what asks each of them and counts what came."""
        one, wiki = make_services(self.settings, self.session), self.wiki
        month = shift_month(newest_ended_month(datetime.now(UTC)), -1)
        first = start_of(month).replace(tzinfo=UTC)
        until = first + timedelta(days=1)
        last = shift_month(month, 1) - timedelta(days=1)
        yield "days", lambda: len(one.days.get_days(wiki, Series.USER_EDITS, month, last))
        yield "top-editors", lambda: len(one.lists.get_top_editors(wiki, month))
        yield "top-bots", lambda: len(one.lists.get_top_bots(wiki, month))
        yield "top-pages", lambda: len(one.lists.get_top_pages(wiki, month))
        yield "most-viewed", lambda: len(one.lists.get_most_viewed(wiki, month))
        yield "namespaces", lambda: len(one.get_content(wiki))
        yield "revisions", lambda: self._count_revisions(first, until)
        yield "accounts", lambda: len(one.wiki.get_accounts(wiki, self.names))
        yield "contributions", lambda: len(one.wiki.get_contributions(wiki, self.names, first, until))
        yield "imports", lambda: len(one.wiki.list_imports(wiki, first, until))
        yield "tags", lambda: len(one.wiki.get_tag_names(wiki))
        yield "pages", lambda: len(one.wiki.find_existing(wiki, ["Project:Sandbox"]))
        yield "courses", lambda: self._count_courses(month.year)
        if self.course:
            yield "course", lambda: one.programmes.get_course(self.course, wiki) is not None
        yield "event", self._read_event
        yield "annotations", self._read_annotations

    def _count_revisions(self, first: datetime, until: datetime) -> int:
        client = make_services(self.settings, self.session).wiki
        found = client.get_revisions(self.wiki, first, until).revisions
        self.names = list(dict.fromkeys(one.user for one in found if one.user and one.account_id))[:_NAMES]
        return len(found)

    def _count_courses(self, year: int) -> int:
        found = make_services(self.settings, self.session).programmes.list_courses(self.wiki, year)
        self.course = max(found, key=lambda course: course.people).slug if found else ""
        return len(found)

    def _read_event(self) -> int:
        url = self.settings.siteinfo_url.format(project=_META).replace("/api.php", "/rest.php")
        url = f"{url}/campaignevents/v0/event_registration/1"
        event = expect_mapping(self.session.get_json(url, private=True), url, "the event")
        return _count_keys(event, _EVENT_KEYS, url)

    def _read_annotations(self) -> int:
        url = self.settings.siteinfo_url.format(project=_META)
        asked = {"action": "query", "format": "json", "formatversion": "2", "prop": "revisions", "rvprop": "content"}
        document = self.session.get_json(url, {**asked, "rvslots": "main", "titles": _ANNOTATIONS})
        query = expect_mapping(expect_mapping(document, url, "the answer").get("query"), url, "query")
        pages = [expect_mapping(page, url, "a page") for page in expect_list(query.get("pages"), url, "pages")]
        return sum(_count_keys(page, ("title", "revisions"), url) > 0 for page in pages)


def check_evidence(settings: Settings, wiki: str, folder: Path | None) -> Iterator[Finding]:
    """Ask each service once, and say of each what came; into a folder, cleaned answers are written.

    Parameters
    ----------
    wiki
        Which one is asked about.
    folder
        None where nothing is to be kept.
    """
    with RecordingSession(
        contact=settings.contact,
        per_minute=min(settings.pace_per_minute, 60.0),
        max_connections=1,
        retries=RetryPolicy(attempts=1),
        token=make_token(settings),
    ) as session:
        for name, ask in _Probe(session, settings, wiki).list_questions():
            finding = _judge(name, ask)
            if folder is not None and session.document is not None:
                finding = _keep(finding, folder, name, session.asked, clean(session.document))
            session.document = None
            yield finding
    yield _check_throttle(settings, folder)


def _judge(name: str, ask: Callable[[], int]) -> Finding:
    check = f"evidence: {name}"
    try:
        return Finding(check, Level.OK, f"answers as described, {ask():,} in it")
    except NotFoundError as error:
        return Finding(check, Level.WARN, hide_credentials(f"404: {error}"), "nothing of that month or wiki, or moved")
    except RefusedError as error:
        return Finding(check, Level.FAIL, hide_credentials(f"refused: {error}"), "look what it asks for")
    except MalformedAnswerError as error:
        return Finding(check, Level.FAIL, hide_credentials(f"of another shape: {error}"), "please report it")
    except WikimediaError as error:
        return Finding(check, Level.WARN, hide_credentials(str(error)), "try again in a minute")


def _keep(finding: Finding, folder: Path, name: str, asked: str, answer: Any) -> Finding:
    try:
        path = save(folder, name, asked, answer)
    except OSError as error:
        return Finding(finding.check, Level.FAIL, f"{finding.message}; not kept: {error}", "choose another folder")
    return Finding(finding.check, finding.level, f"{finding.message}; kept in {path}", finding.todo)


def _check_throttle(settings: Settings, folder: Path | None) -> Finding:
    """Ask for the list of lifted limits, which is no JSON."""
    check, (base, stand_in, _) = "evidence: throttle", settings.dashboard_url.partition("/outreachdashboard")
    # A stand-in for the dashboard stands in for this one as well.
    url = (
        f"{base}/noc{_THROTTLE_PATH}"
        if stand_in and not base.endswith(":/")
        else f"https://noc.wikimedia.org{_THROTTLE_PATH}"
    )
    with BoundedSession(_LIMITS) as session:
        session.headers["User-Agent"] = user_agent(settings.contact)
        try:
            answer = session.get(url)
            status, text = answer.status_code, answer.text
        except requests.RequestException as error:
            return Finding(check, Level.WARN, f"{url}: no answer ({type(error).__name__})", "try again in a minute")
    if status != requests.codes.ok:
        return Finding(check, Level.FAIL, f"refused: {url}: answers {status}", "look what it asks for")
    if not text.startswith("<?php") or "ThrottlingExceptions" not in text:
        return Finding(check, Level.FAIL, f"of another shape: {url}: no list of lifted limits", "please report it")
    finding = Finding(check, Level.OK, f"answers as described, {text.count(chr(39) + 'from' + chr(39)):,} in it")
    return finding if folder is None else _keep(finding, folder, "throttle", url, clean_php(text))


def _count_keys(document: Mapping[str, Any], keys: tuple[str, ...], url: str) -> int:
    missing = [key for key in keys if key not in document]
    if missing:
        msg = f"{url}: {', '.join(missing)} missing"
        raise MalformedAnswerError(msg)
    return len(keys)
