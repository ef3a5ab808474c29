"""One peak from the question to what is stored, with services that answer, fail, and are asked again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Evidence, FindingKind, Source
from wiki_activity.domain.peaks import Detector
from wiki_activity.evidence.asking import MOST_REQUESTS
from wiki_activity.evidence.choosing import list_due, list_month
from wiki_activity.evidence.explaining import ORDER
from wiki_activity.evidence.questions import NotToExplainError
from wiki_activity.storage.data_version import read_data_version
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.evidence_table import (
    StoredAnswer,
    list_requests,
    read_evidence,
    request_evidence,
    store_evidence,
)
from wiki_activity.storage.schema import metadata
from wiki_activity.wikimedia.dashboard import Course, Programme
from wiki_activity.wikimedia.request_meter import RequestMeter
from wiki_activity.wikimedia.top_lists import TopPage
from wiki_activity_tests.evidence.fakes import NAMES, NOW, FakeWikimedia
from wiki_activity_tests.explorer.stored import LAST, SHARED

HI = "hi.wikipedia.org"


def stored(engine: Engine, month: date = SHARED) -> Evidence | None:
    with reading(engine) as connection:
        return read_evidence(connection, [HI]).get(HI, {}).get(month)


def test_a_campaign_is_found_stored_and_drawn_anew(engine: Engine, wikimedia: FakeWikimedia) -> None:
    before = read_data_version(engine)
    explained = wikimedia.explainer(engine).explain(HI, SHARED)

    first = explained.findings[0]
    assert (first.kind, first.subject, first.metric) == (FindingKind.HASHTAG, "wpwp", Metric.PEOPLE_EDITS)
    assert first.share == pytest.approx(0.8, abs=0.15)
    assert "A contest" in str(explained.findings)
    assert "Village pump" not in str(explained.findings), "it is there every year"
    assert explained.gaps == {}
    assert explained.requests == len(wikimedia.asked) <= MOST_REQUESTS
    found = stored(engine)
    assert found is not None
    assert found.findings == explained.findings
    assert read_data_version(engine).of(HI) != before.of(HI)


def test_no_name_of_an_account_is_stored_but_a_bots(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.bots = frozenset(NAMES[:1])
    wikimedia.explainer(engine).explain(HI, SHARED)

    with engine.connect() as connection:
        # A row by itself is written cut off.
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))]
    assert not [name for name in NAMES[1:] for text in rows if f"{name}'" in text or f'{name}"' in text]


@pytest.mark.parametrize(
    ("broken", "gaps"),
    [
        ("get_days", {Source.DAYS, Source.REVISIONS}),
        ("list_courses", set()),
        ("get_top_pages", {Source.PAGES}),
        ("find_existing", {Source.PAGES}),
        ("get_revisions", {Source.REVISIONS}),
        ("get_accounts", {Source.REVISIONS}),
        ("get_content", {Source.REVISIONS}),
    ],
)
def test_who_could_not_be_read_is_a_gap_and_alone_asked_again(
    engine: Engine, wikimedia: FakeWikimedia, broken: str, gaps: set[Source]
) -> None:
    wikimedia.broken = {broken}
    explained = wikimedia.explainer(engine).explain(HI, SHARED)

    assert set(explained.gaps) == gaps
    found = stored(engine)
    assert found is not None
    assert set(found.gaps) == gaps
    wikimedia.broken, wikimedia.asked = set(), []
    again = wikimedia.explainer(engine).explain(HI, SHARED)

    assert again.gaps == {}
    assert again.findings[0].subject == "wpwp"
    assert ("get_top_pages" in wikimedia.asked) == (Source.PAGES in gaps)
    assert ("get_days" in wikimedia.asked) == (Source.DAYS in gaps)
    wikimedia.asked = []
    assert wikimedia.explainer(engine).explain(HI, SHARED).findings == again.findings
    assert wikimedia.asked == []


def test_asked_anew_a_source_that_is_away_does_not_take_what_was_known(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    known = wikimedia.explainer(engine).explain(HI, SHARED)
    wikimedia.broken = {"get_revisions"}
    again = wikimedia.explainer(engine).explain(HI, SHARED, anew=True)

    assert [one.subject for one in again.findings] == [one.subject for one in known.findings]
    assert Source.REVISIONS in again.gaps


@pytest.mark.parametrize(("project", "month"), [(HI, date(2025, 4, 1)), ("xx.wikipedia.org", SHARED)])
def test_what_is_no_peak_is_not_explained(engine: Engine, wikimedia: FakeWikimedia, project: str, month: date) -> None:
    with pytest.raises(NotToExplainError, match="no peak"):
        wikimedia.explainer(engine).explain(project, month)
    assert wikimedia.asked == []


def test_the_newest_month_is_due_and_what_somebody_wants_to_know_comes_first(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    newest = list_due(engine, Detector.SEASONAL, NOW)
    request_evidence(engine, HI, SHARED, NOW)
    request_evidence(engine, HI, SHARED, NOW + timedelta(seconds=5))

    assert {month for _, month in newest} == {LAST}
    assert list_due(engine, Detector.SEASONAL, NOW) == [(HI, SHARED), *newest]
    outcome = wikimedia.explainer(engine).explain_all(list_due(engine, Detector.SEASONAL, NOW))

    assert len(outcome.explained) == 1 + len(newest)
    assert list_requests(engine) == []
    assert list_due(engine, Detector.SEASONAL, NOW) == []
    assert (HI, SHARED) not in list_month(engine, Detector.SEASONAL, SHARED)
    assert list_month(engine, Detector.SEASONAL, SHARED) != []


def test_a_gap_is_asked_for_again_the_next_day(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.broken = {"get_top_pages"}
    wikimedia.explainer(engine).explain_all(list_due(engine, Detector.SEASONAL, NOW))

    assert list_due(engine, Detector.SEASONAL, NOW + timedelta(hours=1)) == []
    assert list_due(engine, Detector.SEASONAL, NOW + timedelta(days=1)) != []


def test_where_nobody_answers_the_rest_is_left(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.broken = {"get_days", "get_top_editors", "get_top_bots", "get_top_pages", "list_courses"}
    months = list_month(engine, Detector.SEASONAL, SHARED)
    outcome = wikimedia.explainer(engine).explain_all(months)

    assert len(months) > 3
    assert len(outcome.explained) == 3
    assert all(set(one.gaps) == set(ORDER) for one in outcome.explained)
    assert outcome.left == months[3:]


@pytest.mark.parametrize("broken", ["metrics", "a wiki"])
def test_a_service_of_all_wikis_that_is_away_ends_a_run_and_a_wiki_of_its_own_does_not(
    engine: Engine, wikimedia: FakeWikimedia, broken: str
) -> None:
    metrics = {"get_days", "get_top_editors", "get_top_bots", "get_top_pages"}
    wikimedia.broken = metrics if broken == "metrics" else {"get_revisions", "find_existing"}
    months = list_month(engine, Detector.SEASONAL, SHARED)
    outcome = wikimedia.explainer(engine).explain_all(months)

    assert bool(outcome.left) == (broken == "metrics"), "that the dashboard answers says nothing of Wikimedia"
    assert len(outcome.explained) == (3 if outcome.left else len(months))


def test_gaps_that_wait_longest_are_asked_for_first(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.broken = {"get_top_pages"}
    keys = list_month(engine, Detector.SEASONAL, LAST)
    assert len(keys) > 1
    wikimedia.explainer(engine).explain_all(keys)
    later = replace(wikimedia.explainer(engine), clock=lambda: NOW + timedelta(hours=1))
    later.explain_all(keys[:1])

    *first, last = list_due(engine, Detector.SEASONAL, NOW + timedelta(days=1))
    assert set(first) == set(keys[1:])
    assert last == keys[0]


def test_what_somebody_else_was_answered_meanwhile_is_kept(engine: Engine, wikimedia: FakeWikimedia) -> None:
    other = FakeWikimedia()

    class Slow(FakeWikimedia):
        def get_top_pages(self, project: str, month: date) -> list[TopPage]:
            if not other.asked:
                other.explainer(engine).explain(HI, SHARED)
            return super().get_top_pages(project, month)

    slow = Slow(broken={"get_top_pages"})
    slow.explainer(engine).explain(HI, SHARED)

    found = stored(engine)
    assert found is not None
    assert found.gaps == {}
    assert "A contest" in str(found.findings)


def test_requests_that_ask_again_count_too(engine: Engine, wikimedia: FakeWikimedia) -> None:
    meter = RequestMeter(0)
    explainer = wikimedia.explainer(engine)
    limits: list[int] = []

    @contextmanager
    def limited(most: int) -> Iterator[RequestMeter]:
        limits.append(most)
        yield meter
        meter.sent = 13

    services = replace(explainer.services, limited=limited)
    explained = replace(explainer, services=services).explain(HI, SHARED)

    assert limits == [MOST_REQUESTS]
    assert explained.requests == 13


def test_days_that_cannot_be_of_the_month_are_a_gap(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.per_day = 10**12
    explained = wikimedia.explainer(engine).explain(HI, SHARED)

    assert "far more edits" in explained.gaps[Source.DAYS]
    assert Source.REVISIONS in explained.gaps


def test_a_request_for_what_is_a_peak_no_longer_is_dropped(engine: Engine, wikimedia: FakeWikimedia) -> None:
    request_evidence(engine, HI, date(2025, 4, 1), NOW)
    outcome = wikimedia.explainer(engine).explain_all([(HI, date(2025, 4, 1))])

    assert "no peak" in outcome.left_out[HI, date(2025, 4, 1)]
    assert list_requests(engine) == []


def test_what_is_explained_by_most_of_its_edits_is_asked_about_no_further(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    wikimedia.explainer(engine).explain(HI, SHARED)
    assert "get_top_editors" not in wikimedia.asked
    assert "list_courses" not in wikimedia.asked

    wikimedia.hashtag, wikimedia.asked = "", []
    found = wikimedia.explainer(engine).explain(HI, SHARED, anew=True)
    assert {"get_top_editors", "list_courses", "get_course"} <= set(wikimedia.asked)
    assert FindingKind.PROGRAMME in {one.kind for one in found.findings}


def test_bots_are_known_by_their_whole_month(engine: Engine, wikimedia: FakeWikimedia) -> None:
    month = date(2021, 4, 1)
    wikimedia.since = datetime(2021, 4, 1, tzinfo=UTC)
    found = wikimedia.explainer(engine).explain(HI, month).findings[0]

    assert (found.kind, found.subject, found.metric) == (FindingKind.BOT_TASK, "ExampleBot", Metric.EDITS)
    assert found.share is not None
    assert found.share > 0.5
    assert "get_revisions" not in wikimedia.asked


def test_a_small_group_is_told_without_a_share(engine: Engine, wikimedia: FakeWikimedia) -> None:
    table = metadata.tables["editor_counts"]
    with writing(engine) as connection:
        few = sa.update(table).where(table.c.project == HI, table.c.timestamp == SHARED).values(editor_count=7)
        connection.execute(few)
    wikimedia.hashtag = ""
    wikimedia.get_top_editors = lambda _, month: [30_000, 20_000] if month == SHARED else [500]  # type: ignore[method-assign]
    explained = wikimedia.explainer(engine).explain(HI, SHARED)

    (found,) = [one for one in explained.findings if one.kind is FindingKind.FEW_PEOPLE]
    assert (found.share, dict(found.parameters)) == (None, {})


def test_what_no_page_or_two_programmes_are_called_keeps_nothing_from_being_stored(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    wikimedia.hashtag = ""
    wikimedia.list_courses = lambda *_: [Course(f"Org/{number}", 9) for number in range(3)]  # type: ignore[method-assign]
    titles = {"Org/0": "Edit-a-thon", "Org/1": "Edit-a-thon ", "Org/2": "ပ" * 255}
    wikimedia.get_course = lambda slug, _: Programme(  # type: ignore[method-assign]
        titles[slug], f"https://dashboard.example.org/{slug}", wikimedia.since, NOW
    )
    pages = ["Wikipedia:" + "ပ" * 300, "Wikipedia:" + "ပ" * 85, "Event:<!channel> @here \u202e\0"]
    wikimedia.get_top_pages = lambda _, month: [  # type: ignore[method-assign]
        TopPage(title, 500) for title in pages if month.year >= wikimedia.since.year
    ]
    found = wikimedia.explainer(engine).explain(HI, SHARED).findings

    assert [one.subject for one in found if one.kind is FindingKind.PROGRAMME] == ["Edit-a-thon", "ပ" * 255]
    assert {one.subject for one in found if one.kind is FindingKind.EVENT_PAGE} == set(pages[1:])
    known = stored(engine)
    assert known is not None
    assert len(known.findings) == len(found)


def test_answers_to_another_question_are_none_to_this_one(engine: Engine, wikimedia: FakeWikimedia) -> None:
    month, table = date(2021, 4, 1), metadata.tables["edit_counts"]
    wikimedia.since = datetime(2021, 4, 1, tzinfo=UTC)
    first = wikimedia.explainer(engine).explain(HI, month)
    assert first.findings[0].kind is FindingKind.BOT_TASK
    with writing(engine) as connection:
        # Corrected afterwards: people made the rise.
        peaks = metadata.tables["community_alerts"]
        _turn_peaks(connection, (peaks.c.project == HI) & (peaks.c.timestamp == month), Metric.PEOPLE_EDITS)
        row = (table.c.project == HI) & (table.c.timestamp == month)
        connection.execute(sa.update(table).where(row).values(user_edits=table.c.edit_count, anonymous_edits=0))
    again = wikimedia.explainer(engine).explain(HI, month)

    assert again.question.metric is Metric.PEOPLE_EDITS
    assert FindingKind.BOT_TASK not in {one.kind for one in again.findings}
    assert "get_revisions" in wikimedia.asked


def test_a_month_with_nothing_to_explain_is_not_due_for_ever(engine: Engine, wikimedia: FakeWikimedia) -> None:
    # A peak in editors alone, and a gap of a month that is no peak any more.
    with writing(engine) as connection:
        peaks, counts = metadata.tables["community_alerts"], metadata.tables["edit_counts"]
        _turn_peaks(connection, peaks.c.timestamp == LAST, Metric.EDITORS)
        none = {"edit_count": 0, "user_edits": 0, "anonymous_edits": 0}
        connection.execute(sa.update(counts).where(counts.c.timestamp == LAST).values(none))
    nothing = {Source.DAYS: StoredAnswer(None, "no answer", NOW - timedelta(days=2))}
    store_evidence(engine, HI, date(2026, 8, 1), answers=nothing, found=(), now=NOW, names=0)
    due = list_due(engine, Detector.SEASONAL, NOW)
    assert len(due) > 1
    assert (HI, date(2026, 8, 1)) in due
    outcome = wikimedia.explainer(engine).explain_all(due)

    assert set(outcome.left_out) == set(due)
    assert list_due(engine, Detector.SEASONAL, NOW + timedelta(days=1)) == []
    assert wikimedia.asked == []


def test_what_is_under_a_project_page_may_be_a_name_and_is_told_as_that_page(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    titles = [f"Wikipedia:Investigations/{NAMES[0]}", f"Wikipedia:Investigations/{NAMES[1]}/1", "Wikipedia:Usual/B"]
    wikimedia.get_top_pages = lambda _, month: [  # type: ignore[method-assign]
        TopPage(title, 70) for title in (titles if month.year >= wikimedia.since.year else ["Wikipedia:Usual/A"])
    ]
    found = wikimedia.explainer(engine).explain(HI, SHARED).findings

    (told,) = [one for one in found if one.kind is FindingKind.EVENT_PAGE]
    assert (told.subject, told.parameters["edits"]) == ("Wikipedia:Investigations", 140)
    with engine.connect() as connection:
        rows = [tuple(row) for one in metadata.sorted_tables for row in connection.execute(sa.select(one))]
        assert "Known Person" not in str(rows)


def _turn_peaks(connection: sa.Connection, which: sa.ColumnElement[bool], metric: Metric) -> None:
    """Make peaks in edits peaks in another count, in the place of what peaks there were in it."""
    peaks = metadata.tables["community_alerts"]
    connection.execute(sa.delete(peaks).where(which, peaks.c.metric != Metric.EDITS.value))
    connection.execute(sa.update(peaks).where(which).values(metric=metric.value))
