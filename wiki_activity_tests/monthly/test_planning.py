from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.planning import WIKIS_MAX_AGE, choose_projects, ensure_wikis, refresh_wikis
from wiki_activity.monthly.refresh_errors import UnknownWikiError
from wiki_activity.storage.database import writing
from wiki_activity.storage.wiki_table import load_wikis, wikis_refreshed_at
from wiki_activity.wikimedia.answer_errors import PassingError, WikimediaError
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy
from wiki_activity_tests.storage.storing import store_counts

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
MAY = date(2024, 5, 1)


@pytest.fixture
def session() -> Iterator[PoliteSession]:
    retries = RetryPolicy(attempts=3, first_wait_seconds=0.001, longest_wait_seconds=0.002, jitter_seconds=0.001)
    with PoliteSession(
        contact="tests@example.org", per_minute=60_000, max_connections=1, retries=retries
    ) as polite_session:
        yield polite_session


def wiki(project: str, *, closed: bool = False) -> Wiki:
    language, family, _ = project.split(".")
    return Wiki(project, f"{language}{family}", family, language, project, project, "ltr", closed)


WIKIS = [
    wiki(project)
    for project in (
        "bn.wikipedia.org",
        "en.wikipedia.org",
        "hi.wikipedia.org",
        "hi.wiktionary.org",
        "hif.wikipedia.org",
    )
]


def matrix(*projects: str) -> dict[str, Any]:
    sites = [{"url": f"https://{project}", "dbname": project.replace(".", ""), "code": "wiki"} for project in projects]
    return {"sitematrix": {"count": len(sites), "0": {"code": "hi", "name": "हिन्दी", "site": sites}}}


def serve(server: HTTPServer, document: object) -> str:
    server.expect_oneshot_request("/w/api.php").respond_with_json(document)
    return server.url_for("/w/api.php")


def test_the_site_matrix_is_loaded_where_there_is_none(
    engine: Engine, session: PoliteSession, httpserver: HTTPServer
) -> None:
    url = serve(httpserver, matrix("hi.wikipedia.org"))
    assert [known.project for known in ensure_wikis(engine, session, url, NOW)] == ["hi.wikipedia.org"]
    assert wikis_refreshed_at(engine) == NOW


def test_a_list_of_wikis_is_good_for_seven_days(engine: Engine, session: PoliteSession, httpserver: HTTPServer) -> None:
    url = serve(httpserver, matrix("hi.wikipedia.org"))
    known = ensure_wikis(engine, session, url, NOW)
    assert ensure_wikis(engine, session, url, NOW + WIKIS_MAX_AGE) == known
    assert len(httpserver.log) == 1
    serve(httpserver, matrix("bn.wikipedia.org", "hi.wikipedia.org"))
    later = ensure_wikis(engine, session, url, NOW + WIKIS_MAX_AGE + timedelta(seconds=1))
    assert [each.project for each in later] == ["bn.wikipedia.org", "hi.wikipedia.org"]


def test_an_odd_entry_is_left_out_and_logged_once(
    engine: Engine, session: PoliteSession, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    document = matrix("hi.wikipedia.org", "bn.wikipedia.org", "<script>.wikipedia.org")
    document["sitematrix"]["0"]["site"][1]["dbname"] = None
    refresh_wikis(engine, session, serve(httpserver, document), NOW)
    assert [known.project for known in load_wikis(engine)] == ["hi.wikipedia.org"]
    [warning] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert "2 left out: https://bn.wikipedia.org (no usable dbname: None), " in warning


LATER = NOW + timedelta(days=9)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"error": {"code": "ratelimited", "info": "You've exceeded your rate limit."}},
         "ratelimited: You've exceeded your rate limit."),
        ({"error": {"code": "unknown_action", "info": "Unrecognized value."}}, "unknown_action: Unrecognized value."),
        ({"sitematrix": None}, "sitematrix should be an object"),
        (matrix("hi.wikipedia.org"), "implausible: 1 open wikis, where 3 are stored"),
    ],
)  # fmt: skip
def test_where_the_list_cannot_be_renewed_the_stored_one_is_taken_and_that_is_told(
    engine: Engine, session: PoliteSession, httpserver: HTTPServer, document: object, said: str
) -> None:
    refresh_wikis(engine, session, serve(httpserver, matrix("hi.wikipedia.org", "bn.wikipedia.org", "en.x.org")), NOW)
    httpserver.expect_request("/w/api.php").respond_with_json(document)
    told: list[str] = []
    known = ensure_wikis(engine, session, httpserver.url_for("/w/api.php"), LATER, told.append)
    assert [wiki.project for wiki in known] == ["bn.wikipedia.org", "en.x.org", "hi.wikipedia.org"]
    [warning] = told
    assert warning.startswith("the list of wikis is of 2024-06-09 and could not be renewed: ")
    assert said in warning
    assert wikis_refreshed_at(engine) == NOW
    with pytest.raises(WikimediaError, match=said):
        refresh_wikis(engine, session, httpserver.url_for("/w/api.php"), LATER)


def test_what_may_heal_is_asked_again_before_the_stored_list_is_taken(
    engine: Engine, session: PoliteSession, httpserver: HTTPServer
) -> None:
    for code in ("ratelimited", "internal_api_error_DBQueryError"):
        httpserver.expect_ordered_request("/w/api.php").respond_with_json({"error": {"code": code, "info": "wait"}})
    httpserver.expect_ordered_request("/w/api.php").respond_with_json(matrix("hi.wikipedia.org"))
    known = ensure_wikis(engine, session, httpserver.url_for("/w/api.php"), NOW)
    assert [wiki.project for wiki in known] == ["hi.wikipedia.org"]


def test_without_any_list_its_error_is_everybodys(
    engine: Engine, session: PoliteSession, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/w/api.php").respond_with_json({"error": {"code": "readonly", "info": "Back soon."}})
    with pytest.raises(PassingError, match=r"readonly: Back soon\."):
        ensure_wikis(engine, session, httpserver.url_for("/w/api.php"), NOW)


def test_all_open_wikis_are_chosen_the_watched_ones_first_then_the_biggest(engine: Engine) -> None:
    with writing(engine) as connection:
        for project, size in (("hi.wikipedia.org", 5), ("en.wikipedia.org", 900), ("bn.wikipedia.org", 70)):
            store_counts(connection, project, {Series.EDITS: {MAY: size}}, MAY, MAY, NOW)
    wikis = [*WIKIS, wiki("aa.wikipedia.org", closed=True)]
    assert choose_projects(engine, wikis, ["family:wiktionary", "lang:bn"]) == [
        "bn.wikipedia.org",
        "hi.wiktionary.org",
        "en.wikipedia.org",
        "hi.wikipedia.org",
        "hif.wikipedia.org",
    ]


def test_only_the_wanted_wikis_are_chosen_each_once_even_a_closed_one(engine: Engine) -> None:
    wikis = [*WIKIS, wiki("aa.wikipedia.org", closed=True)]
    wanted = ["hi.wikipedia.org", "aa.wikipedia.org", "hi.wikipedia.org"]
    assert sorted(choose_projects(engine, wikis, [], wanted)) == ["aa.wikipedia.org", "hi.wikipedia.org"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("hi.wikipedia.com", r"unknown wiki: 'hi.wikipedia.com'; did you mean hi.wikipedia.org or "),
        ("enwiki", r"unknown wiki: 'enwiki'; write its address, for example hi.wikipedia.org"),
    ],
)
def test_an_unknown_wiki_is_refused_with_those_that_look_like_it(engine: Engine, wanted: str, message: str) -> None:
    with pytest.raises(UnknownWikiError, match=message):
        choose_projects(engine, WIKIS, [], ["bn.wikipedia.org", wanted])


def test_wanted_wikis_and_the_watchlist_may_be_written_in_any_way_that_is_clear(engine: Engine) -> None:
    told: list[str] = []
    assert choose_projects(engine, WIKIS, [], ["https://hi.wikipedia.org/wiki/"], told.append) == ["hi.wikipedia.org"]
    assert choose_projects(engine, WIKIS, ["hif.m.wikipedia.org"], (), told.append)[0] == "hif.wikipedia.org"
    assert told == []


def test_an_unknown_name_on_the_watchlist_is_told(engine: Engine) -> None:
    told: list[str] = []
    assert len(choose_projects(engine, WIKIS, ["hii.wikipedia.org"], (), told.append)) == len(WIKIS)
    [warning] = told
    assert warning.startswith("WIKI_ACTIVITY_WATCHLIST: unknown wiki: 'hii.wikipedia.org'; did you mean hi")
