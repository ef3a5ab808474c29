"""Each planted cause can be seen in its days, on so many edits as the truth says, and hardly at any other time."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity_tests.simulator.evidence.asking import (
    WIKIS,
    ask,
    ask_all,
    count_days,
    find_truth,
    list_revisions,
    list_top,
)

Rows = list[dict[str, Any]]


def list_day(url: str, kind: CauseKind, day: str) -> Rows:
    return list_revisions(url, WIKIS[kind], f"{day}T00:00:00Z", f"{day}T23:59:59Z")


def is_person(row: dict[str, Any]) -> bool:
    return row.get("userid", 0) > 0 and not row.get("temp") and not 900_000 <= row["userid"] < 1_000_000


def count_carrying(url: str, kind: CauseKind, rows: Rows) -> int:
    """Count the content edits that carry a cause as somebody would see it who knows what to look for."""
    name = find_truth(url, kind)["cause"]["name"]
    content = [row for row in rows if row["ns"] == 0]
    if kind is CauseKind.FEW_PEOPLE:
        editors = Counter(row["user"] for row in content if is_person(row) and "user" in row)
        return sum(count for _, count in editors.most_common(4))
    carries: dict[CauseKind, Callable[[dict[str, Any]], bool]] = {
        CauseKind.CAMPAIGN_HASHTAG: lambda row: name.lower() in row.get("comment", "").lower(),
        CauseKind.BOT_TASK: lambda row: row.get("comment") == name,
        CauseKind.FLAGGED_BOT_TASK: lambda row: row.get("comment") == name,
        CauseKind.IMPORT: lambda row: f"revisions imported from [[:{name}:" in row.get("comment", ""),
        CauseKind.NEWS: lambda row: row["title"].startswith(name),
        # Accounts of this month have ids of its own.
        CauseKind.MANY_ACCOUNTS: lambda row: is_person(row) and row["userid"] >= 303_000_000,
    }
    return sum(carries.get(kind, lambda row: name in row["tags"])(row) for row in content)


SEEN_BY_EDIT = sorted(set(CauseKind) - {CauseKind.CAMPAIGN, CauseKind.PROGRAMME, CauseKind.NOTHING})


@pytest.mark.parametrize("kind", SEEN_BY_EDIT)
def test_a_cause_is_seen_in_its_days(url: str, kind: CauseKind) -> None:
    truth = find_truth(url, kind)
    first, last = date.fromisoformat(truth["first_day"]), date.fromisoformat(truth["last_day"])
    usual = sum(truth["carrying_edits"].values()) / ((last - first).days + 1)
    # The last day, since of accounts that are made in the cause's days more are there then.
    rows = list_day(url, kind, str(last))
    background = 0.1 * len(rows) if kind in {CauseKind.FEW_PEOPLE, CauseKind.REVERTS} else 0.03 * len(rows)
    assert 0.6 * usual < count_carrying(url, kind, rows) < 1.45 * usual + background
    other = next((day for day in (date(2026, 3, 1), date(2026, 3, 30)) if day < first or day > last), None)
    if other is not None and kind is not CauseKind.MANY_ACCOUNTS:
        quiet = list_day(url, kind, str(other))
        assert count_carrying(url, kind, quiet) < 0.18 * len([row for row in quiet if row["ns"] == 0])


def test_a_campaign_without_a_hashtag_shows_by_its_page_and_by_templates_on_new_talk_pages(url: str) -> None:
    truth = find_truth(url, CauseKind.CAMPAIGN)
    name = truth["cause"]["name"]
    pages = [
        row["page_title"] for row in list_top(url, "edited-pages", WIKIS[CauseKind.CAMPAIGN], "user", "non-content")
    ]
    assert f"Project:WikiProject_{name.replace(' ', '_')}_2026" in pages[:10]
    assert sum(page.startswith("Project:") for page in pages) < 10
    rows = list_day(url, CauseKind.CAMPAIGN, truth["last_day"])
    new_talk = [row for row in rows if row["ns"] == 1 and row["parentid"] == 0]
    bearing = [row for row in new_talk if f"{{{{{name} 2026}}}}" in row.get("comment", "")]
    assert len(bearing) > 0.7 * len(new_talk) > 20
    assert not any("#" in row.get("comment", "") for row in bearing)


def test_the_page_in_the_news_is_most_edited_and_much_viewed(url: str) -> None:
    host = WIKIS[CauseKind.NEWS]
    title = find_truth(url, CauseKind.NEWS)["cause"]["name"].replace(" ", "_")
    assert list_top(url, "edited-pages", host, "user", "content")[0]["page_title"] == title
    path = f"/metrics/pageviews/top/{host.removesuffix('.org')}/all-access/2026/03/all-days"
    articles = ask(url, path).json()["items"][0]["articles"]
    assert title in [row["article"] for row in articles[:10]]
    assert [row["rank"] for row in articles] == list(range(1, len(articles) + 1))


def test_a_few_busy_people_lead_the_list_of_editors(url: str) -> None:
    host = WIKIS[CauseKind.FEW_PEOPLE]
    truth = find_truth(url, CauseKind.FEW_PEOPLE)
    top = list_top(url, "editors", host, "user", "content")
    assert sum(row["edits"] for row in top[:4]) > 0.95 * truth["carrying_edits"]["user"]
    assert top[4]["edits"] < 0.5 * top[3]["edits"]


def test_a_wave_of_new_accounts_is_in_the_log(url: str) -> None:
    host = WIKIS[CauseKind.MANY_ACCOUNTS]
    path = f"/metrics/registered-users/new/{host.removesuffix('.org')}/monthly/20260101/20260501"
    months = [row["new_registered_users"] for row in ask(url, path).json()["items"][0]["results"]]
    assert months[2] > 3 * max(months[0], months[1], months[3])


def test_imports_are_in_the_log_too(url: str) -> None:
    truth = find_truth(url, CauseKind.IMPORT)
    host, day = WIKIS[CauseKind.IMPORT], truth["first_day"]
    times = {"lestart": f"{day}T00:00:00Z", "leend": f"{day}T23:59:59Z", "ledir": "newer", "lelimit": 500}
    logged = ask_all(url, host, "logevents", letype="import", **times)
    rows = list_day(url, CauseKind.IMPORT, day)
    assert len(logged) == pytest.approx(count_carrying(url, CauseKind.IMPORT, rows), rel=0.02)


def test_pages_of_attacks_are_gone_from_lists_and_revisions(url: str) -> None:
    truth = find_truth(url, CauseKind.REVERTS)
    host, day = WIKIS[CauseKind.REVERTS], truth["last_day"]
    rows = list_day(url, CauseKind.REVERTS, day)
    titles = {row["title"] for row in rows if "Zqx" in row["title"]}
    assert titles
    assert all(int(title.split()[3]) % 2 == 0 for title in titles)
    counted = count_days(url, host, "all-editor-types", "all-page-types")[day]
    assert len(rows) < 0.97 * counted
    listed = {row["page_title"] for row in list_top(url, "edited-pages", host, "anonymous", "content")}
    assert not any("Zqx" in title and int(title.split("_")[3]) % 2 for title in listed)


def test_where_nothing_is_planted_the_month_is_higher_and_nothing_stands_out(url: str) -> None:
    truth = find_truth(url, CauseKind.NOTHING)
    assert truth["extra_edits"]["user"] > 1000
    rows = list_day(url, CauseKind.NOTHING, "2026-03-16")
    people = [row for row in rows if row["ns"] == 0 and is_person(row)]
    tags = Counter(tag for row in people for tag in row["tags"])
    assert tags["mw-reverted"] < 0.12 * len(people)
    assert Counter(row.get("user") for row in people).most_common(1)[0][1] < 0.2 * len(people)
