"""Which hot pages may be named: each is looked up once, and none is named that could not be."""

import threading
import time
from datetime import UTC, datetime, timedelta

from wiki_activity.settings import Settings
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.watch.page_titles import PageTitleSource
from wiki_activity_tests.watch.test_content import ENGLISH, make_settings

NOW = datetime.now(UTC)


def wait_for(source: PageTitleSource, title: str) -> bool:
    deadline = time.monotonic() + 60
    while (known := source.may_show(ENGLISH, title)) is None:
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    return known


def make_source(settings: Settings) -> PageTitleSource:
    return PageTitleSource(settings, lambda: NOW)


def test_a_page_that_is_old_enough_may_be_named_and_a_new_or_deleted_one_may_not() -> None:
    with running_simulator(SimulatorSettings(wikis=3)) as base, make_source(make_settings(base)) as source:
        assert source.may_show(ENGLISH, "Comet of Station 7") is None
        assert wait_for(source, "Comet of Station 7") is True
        assert wait_for(source, "Comet of Harbour (new)") is False
        source.forget(ENGLISH, "Comet of Station 7")
        assert source.may_show(ENGLISH, "Comet of Station 7") is False


def test_what_cannot_be_looked_up_may_not_be_named() -> None:
    with running_simulator(SimulatorSettings(wikis=1)) as base:
        settings = make_settings(base.replace("/wikis", "/nowhere"))
    source = make_source(settings)
    assert source.look_up((ENGLISH, "Comet")) is False


def test_of_too_many_at_once_none_waits_for_ever() -> None:
    source = make_source(make_settings("http://127.0.0.1:1"))
    answers = [source.may_show(ENGLISH, f"Page {number}") for number in range(60)]
    assert answers.count(None) == 50
    assert answers.count(False) == 10


def test_what_was_known_half_an_hour_ago_is_asked_again() -> None:
    now = NOW
    with running_simulator(SimulatorSettings(wikis=3)) as base:
        source = PageTitleSource(make_settings(base), lambda: now)
        with source:
            assert wait_for(source, "Comet of Station 7") is True
            now += timedelta(minutes=31)
            assert source.may_show(ENGLISH, "Comet of Station 7") is None


def test_a_page_that_is_deleted_while_it_is_asked_about_may_not_be_named() -> None:
    with running_simulator(SimulatorSettings(wikis=3)) as base:
        source = make_source(make_settings(base))
        assert source.may_show(ENGLISH, "Comet of Station 7") is None
        source.forget(ENGLISH, "Comet of Station 7")
        with source:
            assert wait_for(source, "Comet of Station 7") is False
