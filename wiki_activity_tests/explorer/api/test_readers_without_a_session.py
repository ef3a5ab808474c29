"""What those see who are not logged in: nothing that a reviewer has hidden, and no way to write."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity_tests.explorer.api.asking import BODY, MONTH, NOTE, SERIES, get
from wiki_activity_tests.explorer.stored import NOW, SHARED, annotate
from wiki_activity_tests.storage.storing import hide_month_note

KEY = (Metric.EDITS, "hi.wikipedia.org", SHARED)


def test_hidden_text_is_in_none_of_their_answers(plain_reader: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "An unkind sentence")
    assert "unkind" in plain_reader.get(SERIES).text
    hide_month_note(engine, *KEY, reason="not fit to be read", version=1, author="Ravi", now=NOW)
    for address in (SERIES, f"{SERIES}.csv", MONTH, f"{NOTE}/history", "/api/v1/peaks", "/api/v1/annotations"):
        assert "unkind" not in plain_reader.get(address).text, address
    annotation = get(plain_reader, MONTH)["annotation"]
    assert (annotation["hidden"], annotation["label"], annotation["kind"]) == (True, None, None)
    assert [peak["annotation"] for peak in get(plain_reader, SERIES)["peaks"] if peak["month"] == "2025-03"] == [None]


def test_they_and_reviewers_get_different_tags_of_what_is_hidden(
    plain_reader: TestClient, client: TestClient, engine: Engine
) -> None:
    assert plain_reader.get(SERIES).headers["etag"] == client.get(SERIES).headers["etag"]
    annotate(engine, "hi.wikipedia.org", SHARED, "An unkind sentence")
    hide_month_note(engine, *KEY, reason="not fit to be read", version=1, author="Ravi", now=NOW)
    assert plain_reader.get(SERIES).headers["etag"] != client.get(SERIES).headers["etag"]


def test_they_cannot_write(plain_reader: TestClient) -> None:
    answer = plain_reader.put(NOTE, json=BODY)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert plain_reader.get(MONTH).json()["annotation"] is None
