"""What those see who are not logged in: nothing that a reviewer has hidden, and no way to write."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import Settings
from wiki_activity.storage.annotations import hide_annotation
from wiki_activity_tests.explorer.api.asking import BODY, MONTH, NOTE, SERIES, get
from wiki_activity_tests.explorer.stored import NOW, SHARED, annotate

KEY = (Metric.EDITS, "hi.wikipedia.org", SHARED)


@pytest.fixture
def reader(settings: Settings, engine: Engine) -> Iterator[TestClient]:
    own = read_explorer_settings(
        {
            "WIKI_ACTIVITY_AUTH": "mediawiki",
            "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "an id",
            "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "a secret",
            "WIKI_ACTIVITY_SECRET_KEY": "k" * 32,
        }
    )
    with TestClient(create_app(settings, own, engine, lambda: NOW), base_url="http://localhost:5000") as client:
        yield client


def test_hidden_text_is_in_none_of_their_answers(reader: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "An unkind sentence")
    assert "unkind" in reader.get(SERIES).text
    hide_annotation(engine, *KEY, reason="not fit to be read", version=1, author="Ravi", now=NOW)
    for address in (SERIES, f"{SERIES}.csv", MONTH, f"{NOTE}/history", "/api/v1/peaks", "/api/v1/annotations"):
        assert "unkind" not in reader.get(address).text, address
    annotation = get(reader, MONTH)["annotation"]
    assert (annotation["hidden"], annotation["label"], annotation["kind"]) == (True, None, None)
    assert [peak["annotation"] for peak in get(reader, SERIES)["peaks"] if peak["month"] == "2025-03"] == [None]


def test_they_and_reviewers_get_different_tags(reader: TestClient, client: TestClient) -> None:
    assert reader.get(SERIES).headers["etag"] != client.get(SERIES).headers["etag"]


def test_they_cannot_write(reader: TestClient) -> None:
    answer = reader.put(NOTE, json=BODY)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert reader.get(MONTH).json()["annotation"] is None
