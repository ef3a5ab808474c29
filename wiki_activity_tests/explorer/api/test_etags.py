"""ETags: kept while nothing changed, gone when anything did."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.explorer.api.asking import MONTH, NOTE, SERIES
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, WIKIS, annotate, restate
from wiki_activity_tests.storage.storing import hide_month_note

ADDRESSES = [
    SERIES,
    f"{SERIES}.csv",
    MONTH,
    "/api/v1/peaks",
    "/api/v1/peaks.csv",
    "/api/v1/months",
    "/api/v1/annotations",
    "/api/v1/annotations.atom",
    f"{NOTE}/history",
    "/api/v1/projects",
    "/api/v1/projects/hi.wikipedia.org",
]
OF_TEXTS = [SERIES, f"{SERIES}.csv", MONTH, "/api/v1/peaks", "/api/v1/peaks.csv", "/api/v1/annotations",
            "/api/v1/annotations.atom", f"{NOTE}/history"]  # fmt: skip
OF_COUNTS = [SERIES, f"{SERIES}.csv", MONTH]
OF_PEAKS = [*OF_COUNTS, "/api/v1/peaks", "/api/v1/peaks.csv", "/api/v1/months"]


@pytest.fixture(autouse=True)
def note(engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED)


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_while_nothing_changes_nothing_is_sent_again(client: TestClient) -> None:
    for address in ADDRESSES:
        first = client.get(address)
        assert first.status_code == 200
        assert "no-cache" in first.headers["cache-control"]
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        listed = client.get(address, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        assert listed.status_code == 304
        in_lines = client.get(address, headers=[("If-None-Match", '"other"'), ("If-None-Match", first.headers["etag"])])
        assert in_lines.status_code == 304
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def _change_text(engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "Another label", version=1)


def _hide_text(engine: Engine) -> None:
    key = (Metric.EDITS, "hi.wikipedia.org", SHARED)
    hide_month_note(engine, *key, reason="names a person", version=1, author="Ravi", now=NOW)


def _restate_a_calm_month(engine: Engine) -> None:
    restate(engine, "hi.wikipedia.org", {LAST.replace(year=2025): 40_321})


def _lose_a_peak(engine: Engine) -> None:
    restate(engine, "hi.wikipedia.org", {SHARED: 40_321})


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
@pytest.mark.parametrize(
    ("change", "addresses"),
    [(_change_text, OF_TEXTS), (_hide_text, OF_TEXTS), (_restate_a_calm_month, OF_COUNTS), (_lose_a_peak, OF_PEAKS)],
)
def test_what_changed_is_sent_again(
    client: TestClient, engine: Engine, change: Callable[[Engine], None], addresses: list[str]
) -> None:
    before = {address: client.get(address) for address in addresses}
    change(engine)
    for address, old in before.items():
        new = client.get(address, headers={"If-None-Match": old.headers["etag"]})
        assert new.status_code == 200, address
        assert new.content != old.content, address


def test_each_query_has_a_tag_of_its_own(client: TestClient) -> None:
    queries = [{}, {"metric": "editors"}, {"from": "2025-01"}, {"detector": "rolling_mean"}]
    assert len({client.get(SERIES, params=query).headers["etag"] for query in queries}) == len(queries)


@pytest.mark.parametrize(
    ("address", "setting", "value"),
    [
        (SERIES, "peak_detector", Detector.ROLLING_MEAN),
        (f"{SERIES}?detector=rolling_mean", "peak_percent", 55.0),
        (MONTH, "explorer_url", "http://localhost:5999"),
        (MONTH, "dagster_url", "http://127.0.0.1:3999"),
    ],
)
def test_what_a_changed_setting_makes_is_sent_again(
    client: TestClient,
    settings: Settings,
    own_settings: ExplorerSettings,
    engine: Engine,
    *,
    address: str,
    setting: str,
    value: object,
) -> None:
    before = client.get(address)
    changed = settings if setting == "dagster_url" else replace(settings, **{setting: value})  # type: ignore[arg-type]
    own = replace(own_settings, dagster_url=str(value)) if setting == "dagster_url" else own_settings

    answers = []
    for app in (create_app(changed, own, engine, lambda: NOW), create_app(settings, own_settings, engine, lambda: NOW)):
        with TestClient(app, base_url="http://localhost") as later:
            answers.append(later.get(address, headers={"If-None-Match": before.headers["etag"]}).status_code)

    assert answers == [200, 304]


def test_a_wikis_size_and_name_are_sent_again_when_they_are_known_anew(client: TestClient, engine: Engine) -> None:
    feed = "/api/v1/annotations.atom"
    hindi = next(stored.wiki for stored in WIKIS if stored.wiki.project == "hi.wikipedia.org")
    client.get(MONTH)
    restate(engine, hindi.project, {LAST: 77_777})
    assert client.get(MONTH).json()["wiki"]["size"] == 77_777
    assert "Hindi Wikipedia" in client.get(feed).text
    save_wikis(engine, [replace(hindi, name="Hindi, renamed")], NOW)
    assert "Hindi, renamed" in client.get(feed).text
