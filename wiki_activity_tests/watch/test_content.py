"""The watcher learns from each wiki of the simulated Wikimedia which namespaces hold content, and keeps it."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki
from wiki_activity.settings import Settings, read_settings
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.storage.namespace_table import read_content_namespaces
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity.watch.content import KEPT, ContentSource
from wiki_activity.wikimedia.events import EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity_tests.watch.edits import edit, write_message

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
COMMONS, SOURCE, ENGLISH = "commons.wikimedia.org", "en.wikisource.org", "en.wikipedia.org"


def make_wiki(project: str) -> Wiki:
    return Wiki(project, project.replace(".", ""), "wikipedia", "en", project, project, "ltr", closed=False)


def make_settings(base: str) -> Settings:
    return read_settings(
        {
            "WIKI_ACTIVITY_SITEMATRIX_URL": f"{base}/w/api.php",
            "WIKI_ACTIVITY_CONTACT": "tests@example.org",
            "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "100000",
        }
    )


def test_each_wiki_is_asked_once_a_month(engine: Engine) -> None:
    save_wikis(engine, [make_wiki(name) for name in (COMMONS, SOURCE, ENGLISH, "no.such.example")], NOW)
    told: list[Mapping[str, tuple[int, ...]]] = []
    now = NOW
    with running_simulator(SimulatorSettings()) as base:
        source = ContentSource(make_settings(base), engine, lambda: now, told.append, most_per_minute=60_000)
        source.learn()
        wanted = {COMMONS: (0, 6), SOURCE: (0, 102, 104, 106), ENGLISH: (0,)}
        assert told[-1] == wanted
        assert {name: its.numbers for name, its in read_content_namespaces(engine).items()} == wanted
        asked = len(told)
        source.learn()
        assert len(told) == asked + 1
        now = NOW + KEPT + timedelta(hours=1)
        source.learn()
        assert {its.fetched_at for its in read_content_namespaces(engine).values()} == {now}


def test_the_end_waits_for_no_turn(engine: Engine) -> None:
    save_wikis(engine, [make_wiki(name) for name in (COMMONS, SOURCE, ENGLISH)], NOW)
    asked = threading.Event()

    def tell(known: Mapping[str, tuple[int, ...]]) -> None:
        if known:
            asked.set()

    with running_simulator(SimulatorSettings()) as base:
        source = ContentSource(make_settings(base), engine, lambda: NOW, tell, most_per_minute=0.1)
        with source:
            assert asked.wait(30)
        assert not source.is_running


def test_a_wiki_that_does_not_answer_keeps_what_is_known_of_the_others(engine: Engine) -> None:
    save_wikis(engine, [make_wiki(ENGLISH)], NOW)
    told: list[Mapping[str, tuple[int, ...]]] = []
    with running_simulator(SimulatorSettings(wikis=1)) as base:
        settings = make_settings(base.replace("/wikis", "/nowhere"))
    source = ContentSource(settings, engine, lambda: NOW, told.append)
    source.learn()
    assert told == [{}]
    assert read_content_namespaces(engine) == {}


def test_only_what_a_wiki_calls_content_is_counted_and_by_days_alone() -> None:
    decoder = EditDecoder(BrokenMessages())
    messages = [
        write_message(edit(number, 1_781_524_800, project), namespace=namespace)
        for number, (project, namespace) in enumerate([(COMMONS, 6), (ENGLISH, 6), (COMMONS, 0), (COMMONS, 1)])
    ]
    assert [(one.project, one.is_article) for one in decoder.decode(messages)] == [(COMMONS, True)]
    decoder.know_content({COMMONS: (0, 6), ENGLISH: (0,)})
    assert [(one.project, one.is_article) for one in decoder.decode(messages)] == [(COMMONS, False), (COMMONS, True)]


def test_each_wiki_is_asked_itself_and_of_a_stand_in_that_alone() -> None:
    assert read_settings({}).siteinfo_url == "https://{project}/w/api.php"
    assert make_settings("http://127.0.0.1:5000").siteinfo_url == "http://127.0.0.1:5000/wikis/{project}/w/api.php"
