"""The metrics service answers as Wikimedia's does, to the letter of dates and errors."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.simulator.conftest import AGENT, Clock

EDITS = "/metrics/edits/aggregate"
EDITORS = "/metrics/editors/aggregate"
SETTINGS = SimulatorSettings(
    wikis=40,
    limits=Limits(requests_per_minute=10_000),
    faults=Faults(
        missing_projects=("fr.wikipedia.org",),
        empty_projects=("it.wikipedia.org",),
        failing_projects=("ja.wikipedia.org",),
        late_projects=("ru.wikipedia.org",),
    ),
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_simulator(SETTINGS, Clock()) as url:
        yield url


def ask(url: str, path: str) -> requests.Response:
    return requests.get(url + path, headers={"User-Agent": AGENT}, timeout=10)


def ask_months(url: str, start: str, end: str, project: str = "en.wikipedia") -> list[str]:
    answer = ask(url, f"{EDITS}/{project}/all-editor-types/content/monthly/{start}/{end}")
    assert answer.status_code == 200, answer.text
    return [result["timestamp"][:7] for result in answer.json()["items"][0]["results"]]


def check_problem(answer: requests.Response, status: int) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(problem) == {"detail", "method", "status", "title", "type", "uri"}
    return problem


def test_edits_are_answered_in_wikimedias_form(url: str) -> None:
    answer = ask(url, f"{EDITS}/en.wikipedia.org/all-editor-types/content/monthly/20240101/20240201")
    [item] = answer.json()["items"]
    [result] = item.pop("results")
    assert answer.headers["Content-Type"] == "application/json"
    assert item == {
        "project": "en.wikipedia", "editor-type": "all-editor-types", "page-type": "content", "granularity": "monthly",
    }  # fmt: skip
    assert result["timestamp"] == "2024-01-01T00:00:00.000Z"
    assert list(result) == ["timestamp", "edits"]
    assert result["edits"] > 1_000_000


def test_editors_are_answered_with_their_activity_level(url: str) -> None:
    path = f"{EDITORS}/en.wikipedia.org/user/content/1..4-edits/monthly/20240101/20240201"
    [item] = ask(url, path).json()["items"]
    assert item["activity-level"] == "1..4-edits"
    assert list(item["results"][0]) == ["timestamp", "editors"]


def ask_days(url: str, editor_type: str, start: str, end: str, project: str = "en.wikipedia") -> dict[str, int]:
    answer = ask(url, f"{EDITS}/{project}/{editor_type}/content/daily/{start}/{end}")
    assert answer.status_code == 200, answer.text
    [item] = answer.json()["items"]
    assert item["granularity"] == "daily"
    return {result["timestamp"]: result["edits"] for result in item["results"]}


@pytest.mark.parametrize("editor_type", ["all-editor-types", "user", "anonymous"])
def test_the_days_of_a_month_add_up_to_it(url: str, editor_type: str) -> None:
    days = ask_days(url, editor_type, "20240201", "20240301")
    path = f"{EDITS}/en.wikipedia/{editor_type}/content/monthly/20240201/20240301"
    assert len(days) == 29
    assert sum(days.values()) == ask(url, path).json()["items"][0]["results"][0]["edits"]


def test_the_kinds_of_a_day_add_up_to_all_its_edits(url: str) -> None:
    everybody, *kinds = (
        ask_days(url, one, "20240210", "20240213")
        for one in ("all-editor-types", "user", "anonymous", "group-bot", "name-bot")
    )
    assert list(everybody) == [f"2024-02-{day}T00:00:00.000Z" for day in (10, 11, 12)]
    assert all(everybody[day] == sum(kind[day] for kind in kinds) for day in everybody)


def test_days_of_months_that_are_not_published_are_absent_or_not_found(url: str) -> None:
    assert max(ask_days(url, "user", "20260530", "20260605")) == "2026-05-31T00:00:00.000Z"
    check_problem(ask(url, f"{EDITS}/en.wikipedia/user/content/daily/20260601/20260605"), 404)
    problem = check_problem(ask(url, f"{EDITS}/en.wikipedia/user/content/daily/20240501/20240501"), 400)
    assert "no full day" in problem["detail"]


def test_the_address_of_the_real_service_works_too(url: str) -> None:
    tail = "/edits/aggregate/de.wikipedia/user/content/monthly/20240101/20240301"
    assert ask(url, f"/api/rest_v1/metrics{tail}").json() == ask(url, f"/metrics{tail}").json()


def test_one_request_gives_every_month_from_2001_to_the_newest_published(url: str) -> None:
    months = ask_months(url, "20010101", "20270101")
    assert (months[0], months[-1], len(months)) == ("2001-01", "2026-05", 305)


def test_months_before_a_wiki_existed_are_zeros(url: str) -> None:
    path = f"{EDITS}/www.wikifunctions.org/all-editor-types/content/monthly/20010101/20270101"
    assert ask(url, path).status_code == 404  # not among the 40 biggest
    path = f"{EDITS}/fi.wiktionary/all-editor-types/content/monthly/20010101/20270101"
    path = path if ask(url, path).ok else f"{EDITS}/tr.wikipedia/all-editor-types/content/monthly/20010101/20270101"
    results = ask(url, path).json()["items"][0]["results"]
    assert results[0]["edits"] == 0 < results[-1]["edits"]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("20240101", "20240201", ["2024-01"]),
        ("20240101", "20240228", ["2024-01"]),  # the end is exclusive, and rounded down
        ("20231202", "20240301", ["2024-01", "2024-02"]),  # the start is rounded up
        ("20260501", "20260901", ["2026-05"]),  # months not yet published are absent
        ("20001001", "20010301", ["2001-01", "2001-02"]),
    ],
)
def test_a_range_is_rounded_inwards_to_whole_months(url: str, start: str, end: str, months: list[str]) -> None:
    assert ask_months(url, start, end) == months


@pytest.mark.parametrize(
    ("start", "end"),
    [("20240101", "20240131"), ("20240102", "20240201"), ("20240201", "20240101"), ("20240101", "20240101")],
)
def test_a_range_without_a_full_month_is_refused(url: str, start: str, end: str) -> None:
    problem = check_problem(ask(url, f"{EDITS}/en.wikipedia/user/content/monthly/{start}/{end}"), 400)
    assert "no full month" in problem["detail"]


@pytest.mark.parametrize("day", ["2024-01-01", "20240230", "2024W011", "202401", "2024010100"])
def test_a_date_in_another_form_is_refused(url: str, day: str) -> None:
    problem = check_problem(ask(url, f"{EDITS}/en.wikipedia/user/content/monthly/{day}/20270101"), 400)
    assert day in problem["detail"]
    assert problem["uri"].startswith("/metrics/edits/aggregate/en.wikipedia/")


@pytest.mark.parametrize(
    "path",
    [
        f"{EDITS}/en.wikipedia/humans/content/monthly/20240101/20270101",
        f"{EDITS}/en.wikipedia/user/articles/monthly/20240101/20270101",
        f"{EDITS}/en.wikipedia/user/content/hourly/20240101/20270101",
        f"{EDITORS}/en.wikipedia/user/content/2..4-edits/monthly/20240101/20270101",
    ],
)
def test_an_unknown_value_of_a_parameter_is_refused(url: str, path: str) -> None:
    assert "must be one of" in check_problem(ask(url, path), 400)["detail"]


@pytest.mark.parametrize("project", ["en.wikipedia", "en.wikipedia.org", "www.en.wikipedia.org", "EN.wikipedia"])
def test_a_project_may_be_written_in_several_ways(url: str, project: str) -> None:
    path = f"{EDITS}/{project}/user/content/monthly/20240101/20240201"
    assert ask(url, path).json()["items"][0]["project"] == "en.wikipedia"


def test_wikidata_is_found_by_its_host(url: str) -> None:
    assert ask_months(url, "20240101", "20240201", "www.wikidata.org") == ["2024-01"]


@pytest.mark.parametrize(
    "project", ["xx.wikipedia.org", "fr.wikipedia.org", "office.wikimedia.org", "all-cats-projects"]
)
def test_a_project_without_data_answers_404(url: str, project: str) -> None:
    problem = check_problem(ask(url, f"{EDITS}/{project}/user/content/monthly/20240101/20270101"), 404)
    assert "date(s) you used are valid" in problem["detail"]


def test_a_range_of_which_nothing_is_published_answers_404(url: str) -> None:
    check_problem(ask(url, f"{EDITS}/en.wikipedia/user/content/monthly/20260601/20270101"), 404)


def test_projects_can_be_told_to_fail_to_be_empty_or_to_be_late(url: str) -> None:
    assert ask_months(url, "20010101", "20270101", "it.wikipedia.org") == []
    assert ask_months(url, "20010101", "20270101", "ru.wikipedia.org")[-1] == "2026-04"
    check_problem(ask(url, f"{EDITS}/ja.wikipedia.org/user/content/monthly/20010101/20270101"), 503)


def test_families_and_all_projects_are_summed_for_edits(url: str) -> None:
    def total(project: str) -> int:
        path = f"{EDITS}/{project}/all-editor-types/content/monthly/20240101/20240201"
        edits: int = ask(url, path).json()["items"][0]["results"][0]["edits"]
        return edits

    assert total("all-projects") > total("all-wikipedia-projects") > total("en.wikipedia") > 0


@pytest.mark.parametrize("project", ["all-projects", "all-wikipedia-projects"])
def test_families_and_all_projects_are_refused_for_editors(url: str, project: str) -> None:
    path = f"{EDITORS}/{project}/user/content/all-activity-levels/monthly/20240101/20270101"
    check_problem(ask(url, path), 400)


def read_counts(url: str, path: str, key: str) -> list[int]:
    answer = ask(url, f"/metrics/{path}/monthly/20200101/20260101")
    assert answer.status_code == 200, answer.text
    return [result[key] for result in answer.json()["items"][0]["results"]]


def test_levels_of_registered_editors_add_up_and_pages_are_fewer_than_edits(url: str) -> None:
    of_user = "editors/aggregate/en.wikipedia/user/content"
    everybody = read_counts(url, f"{of_user}/all-activity-levels", "editors")
    levels = [
        read_counts(url, f"{of_user}/{level}", "editors")
        for level in ("1..4-edits", "5..24-edits", "25..99-edits", "100..-edits")
    ]
    pages = read_counts(url, "edited-pages/new/en.wikipedia/all-editor-types/content", "new_pages")
    edits = read_counts(url, "edits/aggregate/en.wikipedia/all-editor-types/content", "edits")
    users = read_counts(url, "registered-users/new/en.wikipedia", "new_registered_users")

    assert [sum(one) for one in zip(*levels, strict=True)] == everybody
    assert len(users) == len(pages) == 72
    assert all(0 < new < all_of_them for new, all_of_them in zip(pages, edits, strict=True))
    assert min(users) > 0


def test_new_accounts_are_answered_in_wikimedias_form(url: str) -> None:
    answer = ask(url, "/metrics/registered-users/new/www.en.wikipedia.org/monthly/20240101/20240201").json()
    [item] = answer["items"]
    [result] = item.pop("results")
    assert item == {"project": "en.wikipedia", "granularity": "monthly"}
    assert set(result) == {"timestamp", "new_registered_users"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("registered-users/new/fr.wikipedia.org", 404),
        ("registered-users/new/all-projects", 400),
        ("edited-pages/new/fr.wikipedia.org/user/content", 404),
        ("edited-pages/new/all-wikipedia-projects/user/content", 400),
        ("edited-pages/new/en.wikipedia/humans/content", 400),
    ],
)
def test_new_accounts_and_pages_have_the_problems_of_the_others(url: str, path: str, status: int) -> None:
    check_problem(ask(url, f"/metrics/{path}/monthly/20240101/20270101"), status)


def test_another_metric_is_not_found(url: str) -> None:
    check_problem(ask(url, "/metrics/pageviews/aggregate/en.wikipedia/all/all/monthly/20240101/20270101"), 404)
