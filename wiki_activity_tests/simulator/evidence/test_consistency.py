"""All services tell of the same edits: months, days, revisions, top pages and top editors add up."""

from collections import Counter

import pytest

from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity_tests.simulator.evidence.asking import (
    WIKIS,
    ask,
    ask_all,
    ask_wiki,
    count_days,
    find_truth,
    list_revisions,
    list_top,
)

ASSAMESE = WIKIS[CauseKind.CAMPAIGN_HASHTAG]
PAGE_TYPES = ("content", "non-content", "all-page-types")


@pytest.mark.parametrize("page_type", PAGE_TYPES)
@pytest.mark.parametrize("editor_type", ["user", "anonymous", "group-bot", "name-bot", "all-editor-types"])
def test_the_days_of_a_month_add_up_to_it(url: str, editor_type: str, page_type: str) -> None:
    days = count_days(url, ASSAMESE, editor_type, page_type)
    path = f"/metrics/edits/aggregate/as.wikipedia/{editor_type}/{page_type}/monthly/20260301/20260401"
    [month] = ask(url, path).json()["items"][0]["results"]
    assert len(days) == 31
    assert sum(days.values()) == month["edits"]


def test_revisions_of_a_day_are_its_edits_but_for_those_of_deleted_pages(url: str) -> None:
    counted = count_days(url, ASSAMESE, "all-editor-types", "all-page-types")["2026-03-16"]
    rows = list_revisions(url, ASSAMESE, "2026-03-16T00:00:00Z", "2026-03-16T23:59:59Z")
    assert 0.97 * counted < len(rows) <= counted
    assert len({row["revid"] for row in rows}) == len(rows)
    by_number = sorted(rows, key=lambda row: int(row["revid"]))
    assert [row["timestamp"] for row in by_number] == sorted(row["timestamp"] for row in rows)


def test_the_top_pages_and_editors_of_a_day_are_those_of_its_revisions(url: str) -> None:
    rows = list_revisions(url, ASSAMESE, "2026-03-16T00:00:00Z", "2026-03-16T23:59:59Z")
    # Of revisions whose user was hidden the metrics know who made them.
    editors = Counter(row["user"] for row in rows if row.get("userid", 0) > 0 and not row.get("temp"))
    top = list_top(url, "editors", ASSAMESE, "user", "all-page-types", day="16")
    names = ask_users(url, {row["user_text"] for row in top})
    hidden = sum("userhidden" in row for row in rows)
    assert hidden > 0
    for row in top[:20]:
        assert 0 <= row["edits"] - editors[row["user_text"]] <= hidden
        assert row["user_text"] in names
    pages = Counter(row["title"].replace(" ", "_") for row in rows if row["ns"] == 0)
    for row in list_top(url, "edited-pages", ASSAMESE, "all-editor-types", "content", day="16")[:20]:
        assert row["edits"] == pages[row["page_title"]]


def ask_users(url: str, names: set[str]) -> set[str]:
    told = []
    for first in range(0, len(names), 50):
        some = "|".join(sorted(names)[first : first + 50])
        told += ask_wiki(url, ASSAMESE, list="users", ususers=some, usprop="registration")["query"]["users"]
    assert all("missing" not in one for one in told)
    return {one["name"] for one in told}


def test_contributions_are_the_revisions_of_these_accounts(url: str) -> None:
    names = [row["user_text"] for row in list_top(url, "editors", ASSAMESE, "user", "all-page-types", day="16")[:10]]
    times = {"ucstart": "2026-03-16T00:00:00Z", "ucend": "2026-03-16T23:59:59Z", "ucdir": "newer"}
    asked = {"ucuser": "|".join(names), "ucprop": "ids|title|timestamp|comment|tags", "uclimit": 500}
    told = ask_all(url, ASSAMESE, "usercontribs", **times, **asked)
    rows = list_revisions(url, ASSAMESE, "2026-03-16T00:00:00Z", "2026-03-16T23:59:59Z")
    expected = {row["revid"]: row["tags"] for row in rows if row.get("user") in names}
    assert {row["revid"]: row["tags"] for row in told} == expected
    assert len(expected) > 50


MADE = ("create", "create2", "byemail")


def test_accounts_of_the_log_are_those_that_the_metrics_count(url: str) -> None:
    [month] = ask(url, "/metrics/registered-users/new/as.wikipedia/monthly/20260301/20260401").json()["items"][0][
        "results"
    ]
    asked = {"lestart": "2026-03-01T00:00:00Z", "leend": "2026-03-31T23:59:59Z", "ledir": "newer", "lelimit": 500}
    logs = [ask_all(url, ASSAMESE, "logevents", leaction=f"newusers/{one}", **asked) for one in MADE]
    assert sum(map(len, logs)) == month["new_registered_users"]
    assert all(logs), "some were made by others"
    made = logs[0]
    names = [row["user"] for row in made if "user" in row][:50]
    users = ask_wiki(url, ASSAMESE, list="users", ususers="|".join(names), usprop="registration")["query"]["users"]
    registered = {row["user"]: row["timestamp"] for row in made if "user" in row}
    assert {one["name"]: one["registration"] for one in users} == {name: registered[name] for name in names}


def test_nobody_edits_before_being_registered(url: str) -> None:
    first_day, last_day = (find_truth(url, CauseKind.MANY_ACCOUNTS)[f"{which}_day"] for which in ("first", "last"))
    rows = list_revisions(url, WIKIS[CauseKind.MANY_ACCOUNTS], f"{first_day}T00:00:00Z", f"{last_day}T02:00:00Z")
    new = {row["user"]: row["timestamp"] for row in rows if row.get("userid", 0) >= 303_000_000 and "temp" not in row}
    names = sorted(new)[:50]
    host = WIKIS[CauseKind.MANY_ACCOUNTS]
    users = ask_wiki(url, host, list="users", ususers="|".join(names), usprop="registration")["query"]["users"]
    assert len(users) == 50
    for one in users:
        first = min(row["timestamp"] for row in rows if row.get("user") == one["name"])
        assert one["registration"] <= first


def test_all_names_and_deleted_titles_of_a_month_are_known(url: str) -> None:
    secrets = ask(url, "/simulator/secrets.json", project=ASSAMESE, month="2026-03").json()
    rows = list_revisions(url, ASSAMESE, "2026-03-16T00:00:00Z", "2026-03-16T23:59:59Z")
    seen = {row["user"] for row in rows if "user" in row and not 900_000 <= row["userid"] < 1_000_000}
    assert len(seen) > 100
    assert seen <= set(secrets["users"])
    assert secrets["deleted_titles"]
    assert not {row["title"] for row in rows} & set(secrets["deleted_titles"])


def test_a_planted_hashtag_is_on_the_planted_share_of_the_extra_edits(url: str) -> None:
    truth = find_truth(url, CauseKind.CAMPAIGN_HASHTAG)
    rows = list_revisions(url, ASSAMESE, "2026-03-01T00:00:00Z", "2026-03-31T23:59:59Z")
    accounts = [row for row in rows if row["ns"] == 0 and row.get("userid", 0) > 0 and "temp" not in row]
    tag = truth["cause"]["name"].lower()
    carrying = sum(tag in row.get("comment", "").lower() for row in accounts)
    assert truth["shares"]["people_edits"] == pytest.approx(0.5, abs=0.001)
    # Some summaries are hidden, some pages deleted, and some people use the hashtag at any time.
    assert carrying == pytest.approx(truth["carrying_edits"]["user"], rel=0.03)


def test_top_lists_of_the_biggest_wikis_run_out_of_time(url: str) -> None:
    for what in ("edited-pages", "editors"):
        answer = ask(url, f"/metrics/{what}/top-by-edits/wikidata/user/content/2026/03/all-days")
        assert answer.status_code == 503
        assert answer.json()["title"] == "Service Unavailable"


def test_a_month_that_is_not_published_has_no_top_lists(url: str) -> None:
    assert ask(url, "/metrics/editors/top-by-edits/as.wikipedia/user/content/2026/06/all-days").status_code == 404
    assert ask(url, "/metrics/pageviews/top/as.wikipedia/all-access/2026/06/all-days").status_code == 404
    assert ask(url, "/metrics/editors/top-by-edits/as.wikipedia/user/content/2026/13/all-days").status_code == 400
