"""What was on at the same time: on a peak's page, under a chart, on a page of its own, in the API, and not in feeds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.storage.calendar_table import SourceState, store_annotations, store_events
from wiki_activity.storage.evidence_table import StoredAnswer, store_evidence
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED

HI = "hi.wikipedia.org"
PAGE = f"/p/{HI}/peaks/2025-03"
EVENT = CommunityEvent(
    id=7, name="Feminism and Folklore 2025", page="Event:F & F", page_dbname="commonswiki", dbnames=("hiwiki",),
    starts_at=datetime(2025, 1, 31, 18, 30, tzinfo=UTC), ends_at=datetime(2025, 3, 31, 18, 29, tzinfo=UTC),
    first=date(2025, 2, 1), last=date(2025, 3, 31), types=("contest",), dashboard_slug="Org/Course_(2025)",
)  # fmt: skip
FINE = SourceState(NOW, NOW, None, {"last": 7})
OUTAGE = DataAnnotation(AnnotatedMetric.EDITS, date(2025, 3, 17), "Outage <1>", "Three hours are missing.")


def store(engine: Engine, *events: CommunityEvent, state: SourceState = FINE) -> None:
    store_events(engine, events, (), state, NOW)


def annotate(engine: Engine, *annotations: DataAnnotation) -> None:
    found = {metric: [one for one in annotations if one.metric is metric] for metric in AnnotatedMetric}
    store_annotations(engine, found, FINE, NOW)


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_where_nothing_is_known_the_pages_are_as_they_were_and_then_they_name_it(
    client: TestClient, engine: Engine
) -> None:
    before = client.get(PAGE).text
    assert "On at the same time" not in before
    assert 'class="lane"' not in client.get(f"/p/{HI}").text
    store(engine, EVENT)

    text = see(client, PAGE)
    assert "Feminism and Folklore 2025 February 2025 to March 2025 · contest · its numbers" in text
    assert "need not have to do with it" in text
    page = client.get(PAGE).text
    assert "https://commons.wikimedia.org/wiki/Event:F_%26_F" in page
    assert "/courses/Org/Course_(2025)" in page
    assert page.index("What happened") < page.index("On at the same time")
    lane = client.get(f"/p/{HI}").text
    assert lane.count('class="on"') == 2
    assert "1 community event in these months" in see(client, f"/p/{HI}")
    assert "Feminism" not in see(client, f"/p/{HI}/peaks/2025-04"), "it was over"
    assert "On at the same time" not in see(client, "/p/bn.wikipedia.org/peaks/2025-03")


@pytest.mark.parametrize("address", [PAGE, f"/p/{HI}", "/events", "/api/v1/events"])
def test_what_is_kept_for_readers_is_made_anew_when_events_come(
    plain_reader: TestClient, engine: Engine, address: str
) -> None:
    assert "Feminism and Folklore" not in plain_reader.get(address).text
    store(engine, EVENT)
    assert "Feminism and Folklore" in plain_reader.get(address).text


def test_an_event_for_all_wikis_is_named_for_none(client: TestClient, engine: Engine) -> None:
    store(engine, replace(EVENT, dbnames=("*",)))
    assert "Feminism" not in client.get(PAGE).text
    assert "Feminism" not in client.get(f"/p/{HI}").text
    assert "Feminism" not in see(client, f"/events?project={HI}")
    assert "Feminism and Folklore 2025" in see(client, "/events?month=2025-03")
    assert "for all wikis" in see(client, "/events")
    assert get(client, "/api/v1/events")["items"][0]["for_all_wikis"] is True


def test_five_are_named_those_on_for_longest_first_and_the_rest_is_a_page_away(
    client: TestClient, engine: Engine
) -> None:
    events = [
        replace(EVENT, id=number, name=f"Event {number}", first=date(2025, 3, number), dbnames=("hiwiki", "bnwiki"))
        for number in range(1, 8)
    ]
    store(engine, *events[::-1])
    text = see(client, PAGE)
    assert text.index("Event 1 ") < text.index("Event 2 ") < text.index("Event 5 ") < text.index("and 2 more")
    assert "Event 6 " not in text
    assert "for this wiki and 1 other" in text
    listed = see(client, f"/events?project={HI}&month=2025-03")
    assert "7 events" in listed
    assert "Event 7 " in listed


def test_a_name_is_text_whatever_is_in_it(client: TestClient, engine: Engine) -> None:
    name = '<b>"Bold"</b> <!channel> & @here'
    store(engine, replace(EVENT, name=name, page='Event:"><script>', dashboard_slug='"><script>'))
    for address in (PAGE, f"/p/{HI}", "/events"):
        page = client.get(address).text
        assert "<b>&#34;Bold" not in page
        assert '"><script>' not in page
        assert "&lt;b&gt;&#34;Bold&#34;" in page


def test_a_page_on_an_unknown_wiki_is_no_link(client: TestClient, engine: Engine) -> None:
    store(engine, replace(EVENT, page_dbname="nowiki", dashboard_slug=None))
    assert "Feminism and Folklore" in see(client, PAGE)
    assert "Event:F_" not in client.get(PAGE).text
    assert get(client, "/api/v1/events")["items"][0]["url"] is None


def test_a_service_that_could_not_be_read_is_named_and_what_is_known_stays(client: TestClient, engine: Engine) -> None:
    assert "has not been read yet" in see(client, "/events")
    store(engine, EVENT)
    assert "could not be read" not in see(client, "/events")
    store(engine, state=SourceState(NOW + timedelta(days=1), NOW, "https://meta…: 503"))
    assert "since then not all could be read" in see(client, PAGE)
    text = see(client, "/events")
    assert "could not be read in full since 5 Oct 2026" in text
    assert "503" not in text
    assert "Feminism" in text
    source = get(client, "/api/v1/events")["sources"][0]
    assert (source["source"], source["complete"]) == ("event_registration", False)


def test_the_list_says_what_it_cannot_use(client: TestClient, engine: Engine) -> None:
    store(engine, EVENT)
    text = see(client, "/events?project=xx.example.org&month=2025-13")
    assert "There is no wiki" in text
    assert "is no month" in text
    assert "1 event " in text
    assert "Feminism" in see(client, "/events?project=hiwiki&month=2025-02")
    assert "None is known." in see(client, f"/events?project={HI}&month=2025-04")


def test_the_last_month_that_there_can_be_is_a_month(client: TestClient, engine: Engine) -> None:
    store(engine, replace(EVENT, first=date(9999, 12, 1), last=date(9999, 12, 30)))
    assert "1 December 9999 to 30 December 9999" in see(client, "/events?month=9999-12")
    assert "None is known." in see(client, "/events?month=9999-11")


def test_many_wikis_are_counted_and_not_named(client: TestClient, engine: Engine) -> None:
    store(engine, replace(EVENT, dbnames=("hiwiki", *(f"x{at}wiki" for at in range(2000)))))
    assert "for this wiki and 2,000 others" in see(client, PAGE)
    assert "for 2,001 wikis" in see(client, "/events")


def test_the_api_lists_the_same(client: TestClient, engine: Engine) -> None:
    store(engine, EVENT, replace(EVENT, id=8, dbnames=("bnwiki",)))
    annotate(engine, OUTAGE)
    answer = get(client, "/api/v1/events", project=HI, month="2025-03")
    (item,) = answer["items"]
    assert item["projects"] == [HI]
    assert (item["start"], item["first_day"], item["last_day"]) == ("2025-01-31T18:30:00Z", "2025-02-01", "2025-03-31")
    assert answer["more"] is False
    assert [(one["title"], one["is_fault"]) for one in answer["annotations"]] == [("Outage <1>", True)]
    assert get(client, "/api/v1/events", month="2025-04")["items"] == []
    assert client.get("/api/v1/events?project=no.such.wiki").status_code == 404
    assert client.get("/api/v1/events?wiki=x").status_code == 422


def test_a_month_of_faulty_counts_is_shown_with_the_reason_and_not_told_as_a_peak(
    client: TestClient, engine: Engine
) -> None:
    feed = f"/p/{HI}/feed.atom"
    assert "March 2025" in client.get(feed).text
    annotate(engine, OUTAGE)
    text = see(client, PAGE)
    assert "Outage <1> 17 March 2025, by Wikistats faulty data" in text
    assert "Three hours are missing. Nobody is told of peaks in this month." in text
    assert "A peak" in text
    # Its editors are counted well, and speak for it.
    entry = client.get(feed).text.split("March 2025")[1].split("</entry>")[0]
    assert "the expected editors" in entry
    assert "edits without bots" not in entry.split("</title>")[0]
    annotate(engine, OUTAGE, replace(OUTAGE, metric=AnnotatedMetric.EDITORS))
    assert "March 2025" not in client.get(feed).text
    assert "June 2024" in client.get(feed).text


def test_lists_of_a_month_of_faulty_counts_say_so(client: TestClient, engine: Engine) -> None:
    addresses = ("/", f"/peaks?month={LAST:%Y-%m}", f"/peaks?month={LAST:%Y-%m}&metric=any")
    for address in (*addresses, "/peaks?month=2025-03"):
        assert "are faulty" not in see(client, address)
    annotate(engine, replace(OUTAGE, day=LAST))
    for address in addresses:
        assert "counts of September 2026 are faulty: “Outage <1>”. Nobody is told" in see(client, address)
    assert "are faulty" not in see(client, "/peaks?month=2025-03")
    assert "are faulty" not in see(client, f"/peaks?month={LAST:%Y-%m}&metric=editors")


def test_what_is_no_fault_is_shown_and_silences_nothing(client: TestClient, engine: Engine) -> None:
    before = client.get(f"/p/{HI}/feed.atom").text
    annotate(engine, replace(OUTAGE, partial=True), replace(OUTAGE, title="Restored outage", note="Mended: restored."))
    text = see(client, PAGE)
    assert "Outage <1>" in text
    assert "Restored outage" in text
    assert "Nobody is told" not in text
    assert client.get(f"/p/{HI}/feed.atom").text == before


def test_temporary_accounts_are_remarked_where_editors_are_counted(client: TestClient) -> None:
    assert "Temporary accounts" not in see(client, f"/p/{HI}")
    assert "Temporary accounts about October 2025" in see(client, f"/p/{HI}?metric=editors")
    assert "Temporary accounts about October 2025" in see(client, f"/p/{HI}/peaks/2025-10?metric=editors")
    assert "Temporary accounts 4 November 2025" in see(client, "/p/en.wikipedia.org/peaks/2025-11?metric=editors")
    assert "Temporary accounts" not in see(client, f"/p/{HI}/peaks/2025-09?metric=editors")
    assert "Temporary accounts" not in see(client, f"/p/{HI}/peaks/2025-10")


def test_a_yearly_contest_is_expected_where_its_hashtag_was_seen_before(client: TestClient, engine: Engine) -> None:
    hashtag = Finding(
        FindingKind.HASHTAG, "WikiGap", Metric.PEOPLE_EDITS, 0.4, 0.1, {"accounts": 9}, None, Source.REVISIONS, NOW
    )
    assert "Yearly contests" not in see(client, PAGE)
    answers = {Source.DAYS: StoredAnswer({}, None, NOW)}
    store_evidence(engine, HI, SHARED.replace(year=2024), answers=answers, found=[hashtag], now=NOW, names=0)
    text = see(client, PAGE)
    assert "WikiGap usually in this month of the year; its hashtag was on edits here in March 2024" in text
    assert "Yearly contests" not in see(client, f"/p/{HI}/peaks/2024-06"), "not in June"
    assert "Yearly contests" not in see(client, f"/p/{HI}/peaks/2026-03"), "no peak"
