"""The Action API keeps MediaWiki's rules: continuation, limits, orders, errors with status 200, lag, hidden parts."""

from typing import Any

import pytest
import requests

from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity_tests.simulator.conftest import Start
from wiki_activity_tests.simulator.evidence.asking import (
    MARCH,
    QUERY,
    WIKIS,
    ask,
    ask_all,
    ask_wiki,
    list_revisions,
)

HOST = WIKIS[CauseKind.CAMPAIGN_HASHTAG]
API = f"/wikis/{HOST}/w/api.php"
MORNING = {"arvstart": "2026-03-16T06:00:00Z", "arvend": "2026-03-16T09:00:00Z"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"action": "edit"}, "badvalue"),
        ({"list": "nonsense"}, "badvalue"),
        ({"list": "allrevisions", "arvdir": "newer", "arvstart": "yesterday"}, "badtimestamp"),
        ({"list": "allrevisions", "arvdir": "newer", "arvstart": "20260316", "arvend": "20260301"}, "badparams"),
        ({"list": "allrevisions", "arvdir": "sideways"}, "badvalue"),
        ({"list": "allrevisions", "arvlimit": "many"}, "badinteger"),
        ({"list": "allrevisions", "arvcontinue": "nonsense"}, "badcontinue"),
        ({"list": "usercontribs"}, "missingparam"),
        ({"list": "usercontribs", "ucuser": "|".join(f"User {n}" for n in range(51))}, "toomanyvalues"),
        ({"list": "users", "ususers": "|".join(f"User {n}" for n in range(51))}, "toomanyvalues"),
    ],
)
def test_what_mediawiki_refuses_is_an_error_with_status_200(url: str, asked: dict[str, str], code: str) -> None:
    answer = ask(url, API, **(QUERY | asked))
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == answer.headers["MediaWiki-API-Error"] == code
    plain = ask(url, API, **(QUERY | asked), errorformat="plaintext").json()
    assert plain["errors"][0]["code"] == code
    assert "error" not in plain


def test_a_wiki_that_there_is_not_has_no_api(url: str) -> None:
    assert ask(url, "/wikis/xx.wikipedia.org/w/api.php", **QUERY, list="tags").status_code == 404


@pytest.mark.parametrize("direction", ["newer", "older"])
def test_parts_of_any_size_give_the_same_revisions(url: str, direction: str) -> None:
    times = MORNING if direction == "newer" else dict(zip(MORNING, reversed(MORNING.values()), strict=True))
    asked = {**times, "arvdir": direction, "arvprop": "ids|timestamp"}
    runs = []
    for limit in (7, 500):
        pages = ask_all(url, HOST, "allrevisions", **asked, arvlimit=limit)
        runs.append([row["revid"] for page in pages for row in page["revisions"]])
        assert len(set(runs[-1])) == len(runs[-1]) > 100
    assert sorted(runs[0]) == sorted(runs[1])


def test_a_namespace_is_looked_at_after_the_limit(url: str) -> None:
    document = ask_wiki(
        url, HOST, list="allrevisions", **MORNING, arvdir="newer", arvlimit=100, arvnamespace="0", arvprop="ids"
    )
    rows = [row for page in document["query"]["allrevisions"] for row in page["revisions"]]
    assert 0 < len(rows) < 100
    assert "arvcontinue" in document["continue"]
    assert {page["ns"] for page in document["query"]["allrevisions"]} == {0}


def test_no_more_than_500_rows_come_at_once(url: str) -> None:
    times = {"arvstart": "2026-03-16T00:00:00Z", "arvdir": "newer", "arvlimit": 5000}
    pages = ask_wiki(url, HOST, list="allrevisions", **times)["query"]["allrevisions"]
    assert sum(len(page["revisions"]) for page in pages) == 500


def test_hidden_parts_are_marked_and_left_out(url: str) -> None:
    rows = list_revisions(url, HOST, "2026-03-15T00:00:00Z", "2026-03-17T23:59:59Z")
    assert any(row.get("userhidden") for row in rows)
    assert any(row.get("commenthidden") for row in rows)
    assert all(("user" in row) != bool(row.get("userhidden")) for row in rows)
    assert all(("comment" in row) != bool(row.get("commenthidden")) for row in rows)


def test_summaries_and_titles_may_hold_anything(url: str) -> None:
    rows = list_revisions(url, HOST, "2026-03-12T00:00:00Z", "2026-03-18T23:59:59Z")
    text = "\n".join(f"{row['title']} {row.get('comment', '')}" for row in rows)
    for part in ("<script>", "\u202e", "\x07", "<!channel>", "@here", "#" + "a" * 200):
        assert part in text


def test_who_is_logged_out_is_marked(url: str) -> None:
    late = list_revisions(url, HOST, "2026-03-16T06:00:00Z", "2026-03-16T09:00:00Z")
    temporary = [row for row in late if row.get("temp")]
    assert temporary
    assert all(row["user"].startswith("~2026-") and row["userid"] > 0 for row in temporary)
    assert not any(row.get("anon") for row in late)
    old = [row for row in list_revisions(url, HOST, "2024-03-16T06:00:00Z", "2024-03-16T12:00:00Z") if row.get("anon")]
    assert old
    assert all(row["userid"] == 0 for row in old)
    project = HOST.removesuffix(".org")
    answer = ask(url, f"/metrics/editors/top-by-edits/{project}/anonymous/content/2024/03/all-days")
    assert {row["user_text"] for row in answer.json()["items"][0]["results"][0]["top"]} == {None}


def test_accounts_are_missing_invalid_or_described(url: str) -> None:
    asked = {"list": "users", "ususers": "Nobody at all|198.18.3.4|~2026-00302-00001|Zephra Harbour 1"}
    users: list[dict[str, Any]] = ask_wiki(url, HOST, **asked, usprop="groups|editcount|registration")["query"]["users"]
    assert users[0] == {"name": "Nobody at all", "missing": True}
    assert users[1] == {"name": "198.18.3.4", "invalid": True}
    assert "temp" in users[2]["groups"]
    assert users[3]["userid"] == 1
    assert users[3]["registration"].startswith("2005-")


def test_siteinfo_names_namespaces_in_the_wikis_language_and_tells_statistics(url: str) -> None:
    query = ask_wiki(url, "de.wikipedia.org", meta="siteinfo", siprop="general|namespaces|statistics")["query"]
    assert query["general"]["wikiid"] == "dewiki"
    assert query["namespaces"]["3"]["name"] == "Benutzer Diskussion"
    assert query["namespaces"]["3"]["canonical"] == "User talk"
    assert query["statistics"]["edits"] > query["statistics"]["articles"]
    content = ask_wiki(url, "en.wikisource.org", meta="siteinfo", siprop="namespaces")["query"]["namespaces"]
    assert {number for number, one in content.items() if one["content"]} == {"0", "102", "104", "106"}


def test_titles_are_told_as_the_wiki_itself_writes_them(url: str) -> None:
    titles = "User_talk:Somebody|benutzer Diskussion:Somebody|Lake: the film|Project:Zqx shame page 3 about somebody"
    query = ask_wiki(url, "de.wikipedia.org", titles=titles, prop="info")["query"]
    assert [(page["ns"], page["title"]) for page in query["pages"]] == [
        (3, "Benutzer Diskussion:Somebody"),
        (3, "Benutzer Diskussion:Somebody"),
        (0, "Lake: the film"),
        (4, "Wikipedia:Zqx shame page 3 about somebody"),
    ]
    assert [bool(page.get("missing")) for page in query["pages"]] == [False, False, False, True]
    assert query["normalized"][0] == {
        "fromencoded": False,
        "from": "User_talk:Somebody",
        "to": query["pages"][0]["title"],
    }


def test_tags_have_names_for_readers(url: str) -> None:
    tags = ask_wiki(url, HOST, list="tags", tgprop="displayname|hitcount", tglimit=500)["query"]["tags"]
    names = {tag["name"]: tag["displayname"] for tag in tags}
    assert "QuickStatements" in names["OAuth CID: 1805"]
    assert "mw-reverted" in names


def test_nothing_of_the_future_is_told(url: str) -> None:
    # The clock of the tests stands at noon of 2026-06-15.
    rows = list_revisions(url, HOST, "2026-06-15T11:00:00Z", "2026-07-01T00:00:00Z")
    assert rows
    assert max(row["timestamp"] for row in rows) <= "2026-06-15T12:00:00Z"


def test_who_asks_with_maxlag_is_told_to_wait_while_databases_are_behind(start: Start) -> None:
    url = start(SimulatorSettings(wikis=20, newest_month=MARCH, faults=Faults(lag_seconds=9.0)))
    asked = {**QUERY, "list": "tags", "maxlag": 5}
    answer = ask(url, "/wikis/de.wikipedia.org/w/api.php", **asked)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "maxlag"
    assert answer.json()["error"]["lag"] == 9.0
    assert answer.headers["Retry-After"] == "5"
    assert "query" in ask(url, "/wikis/de.wikipedia.org/w/api.php", **(asked | {"maxlag": 30})).json()


def test_wikis_share_the_limit_of_requests_with_the_metrics(start: Start) -> None:
    url = start(SimulatorSettings(wikis=20, newest_month=MARCH, limits=Limits(requests_per_minute=2)))
    path = "/metrics/edits/aggregate/de.wikipedia/user/content/monthly/20260101/20260201"
    assert ask(url, "/wikis/de.wikipedia.org/w/api.php", **QUERY, list="tags").status_code == 200
    assert ask(url, path).status_code == 200
    refused = ask(url, "/wikis/fr.wikipedia.org/w/api.php", **QUERY, list="tags")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_a_page_that_is_deleted_by_hand_is_gone_everywhere(url: str) -> None:
    rows = list_revisions(url, HOST, MORNING["arvstart"], MORNING["arvend"])
    title = next(row["title"] for row in rows if row["ns"] == 0)
    assert "missing" not in ask_wiki(url, HOST, titles=title, prop="info")["query"]["pages"][0]
    change = {"faults": {"deleted_pages": [f"{HOST}|{title}"]}}
    requests.post(f"{url}/simulator/settings", json=change, timeout=10).raise_for_status()
    assert ask_wiki(url, HOST, titles=title, prop="info")["query"]["pages"][0]["missing"] is True
    assert title not in {row["title"] for row in list_revisions(url, HOST, MORNING["arvstart"], MORNING["arvend"])}
