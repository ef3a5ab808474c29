"""What another process makes ahead is what readers would have been shown, and it never outlives its explorer."""

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.ahead import making_ahead
from wiki_activity.explorer.ahead_worker import make_what_changed
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.pages.wiki_page import make_ahead
from wiki_activity.explorer.records import HeldWiki
from wiki_activity.explorer.rendering import KeptPage
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.stored import LAST, WIKIS, annotate, restate
from wiki_activity_tests.explorer.wiki_page.reading import read_page

HI = "hi.wikipedia.org"
PATIENCE_SECONDS = 30


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return replace(settings, database_url=database_url)


@pytest.fixture
def app(settings: Settings, own_settings: ExplorerSettings, engine: Engine) -> FastAPI:
    # The other process has the real time.
    return create_app(settings, own_settings, engine, lambda: datetime.now(UTC))


def wait_for(look: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def find_kept(app: FastAPI) -> KeptPage | None:
    """The page that another process has made of the wiki as it is now."""
    key, _, _ = make_ahead(app, HI)
    kept: KeptPage | None = app.state.pages.lasting.find(key)
    return kept


@pytest.fixture
def running(app: FastAPI, settings: Settings, own_settings: ExplorerSettings) -> Iterator[FastAPI]:
    with making_ahead(app, settings, own_settings):
        yield app


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_pages_are_there_before_anybody_asks_and_again_when_they_have_changed(running: FastAPI, engine: Engine) -> None:
    wait_for(lambda: find_kept(running))
    restate(engine, HI, {LAST: 77_777})
    assert find_kept(running) is None
    wait_for(lambda: find_kept(running))
    kept = find_kept(running)
    assert kept is not None
    assert "77,777" in kept.main.html.decode()
    # The very page that is kept, in a reader's own frame.
    page = read_page(TestClient(running, base_url="http://localhost"), f"/p/{HI}")
    assert kept.main.html.decode() in page.source


def test_a_page_made_ahead_is_the_page_that_would_be_made(running: FastAPI) -> None:
    wait_for(lambda: find_kept(running))
    _, page, _ = make_ahead(running, HI)
    assert find_kept(running) == page


def test_only_what_changed_is_made_again(app: FastAPI, engine: Engine) -> None:
    known: dict[str, tuple[object, ...]] = {}
    first = [one.project for one in make_what_changed(app, known)]
    assert sorted(first) == sorted(stored.wiki.project for stored in WIKIS)
    assert list(make_what_changed(app, known)) == []
    annotate(engine, HI, LAST, "A label")
    assert [one.project for one in make_what_changed(app, known)] == [HI]


def test_a_wiki_comes_out_as_it_was_packed(app: FastAPI, engine: Engine) -> None:
    held = app.state.explorer.records.read(HI)
    held.judge(Metric.EDITORS, Detector.SEASONAL)
    again = HeldWiki.unpack(held.pack(), engine, held.version, 30)
    assert [again.peaks(metric) for metric in Metric] == [held.peaks(metric) for metric in Metric]
    assert again.record.annotations == held.record.annotations
    assert again.months(Metric.EDITS) == held.months(Metric.EDITS)
    thresholds = [one.judge(Metric.EDITORS, Detector.SEASONAL).threshold for one in (held, again)]
    np.testing.assert_array_equal(*thresholds)


def test_what_was_packed_elsewhere_is_used_only_for_its_version(app: FastAPI, engine: Engine) -> None:
    records = app.state.explorer.records
    held = records.read(HI)
    other = create_app(app.state.explorer.settings, app.state.explorer.own, engine, lambda: datetime.now(UTC))
    taken = other.state.explorer.records
    taken.offer(HI, held.version, held.pack())
    restate(engine, HI, {LAST: 77_777})
    assert taken.read_at(HI, held.version).month_counts(LAST) == held.month_counts(LAST)
    assert taken.read(HI).month_counts(LAST).edits == 77_777


def test_the_process_ends_with_its_explorer(settings: Settings, own_settings: ExplorerSettings) -> None:
    command = [sys.executable, "-m", "wiki_activity.explorer.ahead_worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        # As if the explorer had been killed: its ends of the pipes close, and nothing else happens.
        process.communicate(pickle.dumps((settings, own_settings)), timeout=PATIENCE_SECONDS)
        assert process.returncode == 0


@pytest.mark.parametrize("program", ["/no/such/program", "/bin/false"])
def test_the_explorer_goes_on_without_the_process_and_says_so(
    app: FastAPI,
    settings: Settings,
    own_settings: ExplorerSettings,
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    program: str,
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with making_ahead(app, settings, own_settings):
        wait_for(lambda: "and not ahead" in caplog.text)
        assert read_page(TestClient(app, base_url="http://localhost"), f"/p/{HI}").source


def test_an_explorer_that_ends_its_process_warns_nobody(
    app: FastAPI, settings: Settings, own_settings: ExplorerSettings, caplog: pytest.LogCaptureFixture
) -> None:
    with making_ahead(app, settings, own_settings):
        pass
    assert caplog.text == ""
