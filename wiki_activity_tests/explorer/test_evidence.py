"""What was found behind a peak: on its page, in the API, and asked for by an editor."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import NOTHING_FOUND, NOTHING_ROSE
from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.storage.data_version import mark_changed
from wiki_activity.storage.database import writing
from wiki_activity.storage.evidence_table import StoredAnswer, list_requests, store_evidence
from wiki_activity.storage.retention_table import list_wanted
from wiki_activity.storage.schema import metadata
from wiki_activity_tests.explorer.api.asking import get, write_headers
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import NOW, SHARED

HI = "hi.wikipedia.org"
PAGE, MONTH = f"/p/{HI}/peaks/2025-03", f"/api/v1/projects/{HI}/peaks/2025-03"
WPWP = Finding(
    FindingKind.HASHTAG, "wpwp", Metric.PEOPLE_EDITS, 0.41, 0.06, {"accounts": 9},
    "https://hashtags.wmcloud.org/?query=wpwp", Source.REVISIONS, NOW,
)  # fmt: skip
NEWS = replace(WPWP, kind=FindingKind.EVENT_PAGE, subject='<b>"@here" \u202eWikipedia:Contest', share=None, margin=None)


def store(engine: Engine, *found: Finding, gap: str | None = None, month: date = SHARED) -> None:
    answers = {source: StoredAnswer({}, None, NOW) for source in (Source.DAYS, Source.REVISIONS)}
    if gap is not None:
        answers[Source.PAGES] = StoredAnswer(None, gap, NOW)
    store_evidence(engine, HI, month, answers=answers, found=found, now=NOW, names=0)


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_findings_are_on_the_page_and_in_the_api(client: TestClient, plain_reader: TestClient, engine: Engine) -> None:
    assert "What we found" not in see(plain_reader, PAGE)
    assert get(client, MONTH)["evidence"] is None
    store(engine, WPWP, NEWS, gap="https://wikimedia.org/…: 503")

    text = see(client, PAGE)
    assert "About 41 % (± 6) of the extra edits without bots carried #wpwp." in text
    assert text.index("carried #wpwp") < text.index("they were not among the most edited")
    assert "Not known, since it could not be read: which pages were edited." in text
    assert NOTHING_FOUND not in text
    assert "503" not in text
    evidence = get(client, MONTH)["evidence"]
    assert [one["kind"] for one in evidence["findings"]] == ["hashtag", "event_page"]
    assert evidence["findings"][0] | {"share": 0.41, "margin": 0.06, "subject": "wpwp"} == evidence["findings"][0]
    assert [one["source"] for one in evidence["gaps"]] == ["pages"]
    listed = get(client, "/api/v1/findings", kind="hashtag")
    assert [(one["project"], one["month"], one["subject"]) for one in listed["items"]] == [(HI, "2025-03", "wpwp")]
    assert get(client, "/api/v1/findings", month="2025-04") == {"items": [], "more": False}


def test_a_title_is_text_whatever_is_in_it(client: TestClient, engine: Engine) -> None:
    store(engine, NEWS)

    text = client.get(PAGE).text
    assert "<b>&#34;@here" not in text
    assert "&lt;b&gt;" in text
    assert "\u202e" not in text, "what turns the direction of the rest of the line"


def test_nothing_found_asks_who_knows(client: TestClient, engine: Engine) -> None:
    store(engine)

    text = see(client, PAGE)
    assert NOTHING_FOUND in text
    assert "Evidence, not a cause" in text
    assert "Shares are of" not in text, "there is none"


def test_where_edits_did_not_rise_nobody_claims_to_have_looked(client: TestClient, engine: Engine) -> None:
    nothing = {Source.DAYS: StoredAnswer({}, None, NOW)}
    store_evidence(engine, HI, SHARED, answers=nothing, found=(), now=NOW, names=0)

    text = see(client, PAGE)
    assert NOTHING_ROSE in text
    assert NOTHING_FOUND not in text
    assert get(client, MONTH)["evidence"]["settled"] is True


def test_what_was_found_anew_takes_the_place_of_what_was(client: TestClient, engine: Engine) -> None:
    store(engine, WPWP)
    assert "wpwp" in see(client, PAGE)
    store(engine, replace(WPWP, subject="1lib1ref", asked_at=NOW + timedelta(days=1)))

    text = see(client, PAGE)
    assert "#1lib1ref" in text
    assert "wpwp" not in text


def test_an_editor_has_it_asked_about_and_a_reader_may_not(
    client: TestClient, plain_reader: TestClient, engine: Engine
) -> None:
    assert plain_reader.post(f"{MONTH}/evidence", json={}).status_code == 401
    assert "Ask what was behind it" not in see(plain_reader, PAGE)

    assert "Ask what was behind it" in see(client, PAGE)
    assert client.post(f"{MONTH}/evidence", json={}).status_code == 403, "without a token"
    answer = client.post(f"{MONTH}/evidence", json={}, headers=write_headers(client))
    assert answer.status_code == 202, answer.text
    no_peak = client.post(f"/api/v1/projects/{HI}/peaks/2025-04/evidence", json={}, headers=write_headers(client))
    assert no_peak.status_code == 404
    assert list_requests(engine) == [(HI, SHARED)]
    asked = {(one.project, one.days.first) for one in list_wanted(engine, NOW.date())}
    assert asked == {(HI, SHARED)}, "who stayed of its new accounts is looked at too, however long ago it was"


def test_what_was_found_in_a_month_that_is_no_peak_any_more_is_not_told(client: TestClient, engine: Engine) -> None:
    store(engine, WPWP)
    assert get(client, "/api/v1/findings", project=HI)["items"]
    with writing(engine) as connection:
        peaks = metadata.tables["community_alerts"]
        connection.execute(sa.delete(peaks).where(peaks.c.timestamp == SHARED))
        mark_changed(connection, [HI], NOW)

    assert get(client, "/api/v1/findings", project=HI)["items"] == []
    assert "wpwp" not in client.get(PAGE).text
    assert "wpwp" not in client.get(MONTH).text


def test_what_was_merely_on_explains_nothing(client: TestClient, engine: Engine) -> None:
    programme = replace(NEWS, kind=FindingKind.PROGRAMME, subject="Zqx course")
    store(engine, programme)

    text = see(client, PAGE)
    assert text.index(NOTHING_FOUND) < text.index("“Zqx course” was on at the same time.")
    store(engine, programme, WPWP)
    assert NOTHING_FOUND not in see(client, PAGE)
