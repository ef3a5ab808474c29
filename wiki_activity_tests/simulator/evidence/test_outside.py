"""Event registration, the dashboard, annotations and lifted limits, with what is odd about them."""

import re
from datetime import date
from typing import Any

import pytest

from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.evidence.outside import write_human
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity_tests.simulator.conftest import Start
from wiki_activity_tests.simulator.evidence.asking import WIKIS, ask, ask_wiki, find_truth

REGISTRATION = "/wikis/meta.wikimedia.org/w/rest.php/campaignevents/v0/event_registration"
COURSES = "/outreachdashboard/courses_by_wiki"
MISSES = 20


def walk_events(url: str) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Walk over the ids until many in a row are missing; returns the events, and why the others are missing."""
    events, missing, number = [], {}, 0
    while not all(number - back in missing for back in range(MISSES)):
        number += 1
        answer = ask(url, f"{REGISTRATION}/{number}")
        if answer.status_code == 200:
            events.append(answer.json())
            assert events[-1]["id"] == number
        else:
            assert answer.status_code == answer.json()["httpCode"] == 404
            missing[number] = answer.json()["errorKey"]
    return events, missing


def test_the_events_behind_causes_are_registered_among_idle_deleted_and_odd_ones(url: str) -> None:
    events, missing = walk_events(url)
    named = {event["name"]: event for event in events}
    truth = find_truth(url, CauseKind.CAMPAIGN_HASHTAG)
    event = named[f"{truth['cause']['name'].lstrip('#')} 2026"]
    assert event["wikis"] == ["aswiki"]
    assert f"{truth['first_day']}" == re.sub(r"(\d{4})(\d\d)(\d\d)0{6}", r"\1-\2-\3", event["start_time"])
    # Idle ones are on the same days.
    assert any(one["start_time"] == event["start_time"] and one["name"] != event["name"] for one in events)
    assert {"campaignevents-rest-event-not-found", "campaignevents-rest-get-registration-deleted"} == set(
        missing.values()
    )
    gaps = "".join("-" if number in missing else "x" for number in range(1, events[-1]["id"]))
    assert re.search(r"-{15}", gaps)
    assert not re.search(rf"-{{{MISSES}}}", gaps)
    assert any(one["end_time"] == "99991231235959" for one in events)
    assert any(one["end_time"] and one["start_time"] > one["end_time"] for one in events)
    assert any(one["wikis"] == ["*"] for one in events)
    assert any(one["is_test_event"] for one in events)
    assert any(one["start_time"] is None for one in events)


def test_a_programme_is_on_the_dashboard_with_numbers_for_people(url: str) -> None:
    host = WIKIS[CauseKind.PROGRAMME]
    truth = find_truth(url, CauseKind.PROGRAMME)
    document = ask(url, f"/outreachdashboard/courses_by_wiki/{host}.json", year=2026).json()
    [listed] = [one for one in document["courses"] if one["title"] == f"{truth['cause']['name']} 2026"]
    assert "start" not in listed
    course = ask(url, f"/outreachdashboard/courses/{listed['slug']}/course.json").json()["course"]
    assert course["start"][:10] == truth["first_day"]
    assert course["end"][:10] == truth["last_day"]
    assert course["home_wiki"] == {"language": host.split(".")[0], "project": "wikipedia"}
    assert re.fullmatch(r"\d+(\.\d+)?K", course["edit_count"])
    assert float(course["edit_count"].removesuffix("K")) * 1000 > truth["carrying_edits"]["user"]


def test_the_dashboard_knows_no_other_courses(url: str) -> None:
    host = WIKIS[CauseKind.PROGRAMME]
    assert ask(url, "/outreachdashboard/courses/No/such_(one)/course.json").status_code == 404
    assert ask(url, f"/outreachdashboard/courses_by_wiki/{host}.json", year=2015).json()["courses"] == []


def test_some_courses_have_no_dates(start: Start) -> None:
    hosts = ("de", "fr", "es", "ru", "ja", "it", "zh", "pl", "nl", "pt")
    causes = [
        PlantedCause(f"{host}.wikipedia.org", date(2026, 3, 1), CauseKind.NOTHING, factor=2.0, coincident=2)
        for host in hosts
    ]
    url = start(SimulatorSettings(wikis=30, newest_month=date(2026, 5, 1), causes=tuple(causes)))
    courses = [
        one
        for host in hosts
        for year in (2025, 2026)
        for one in ask(url, f"/outreachdashboard/courses_by_wiki/{host}.wikipedia.org.json", year=year).json()[
            "courses"
        ]
    ]
    told = [ask(url, f"/outreachdashboard/courses/{one['slug']}/course.json").json()["course"] for one in courses]
    starts = [course["start"] for course in told]
    assert None in starts
    assert any(starts)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (812, "812"), (1000, "1K"), (1249, "1.25K"), (40_012, "40K"), (123_456, "123K"), (1_250_000, "1.25M")],
)
def test_numbers_are_written_for_people(number: int, text: str) -> None:
    assert write_human(number) == text


def test_annotations_of_the_data_are_json_in_a_page_of_meta(url: str) -> None:
    titles = "|".join(f"Config:Dashiki:Annotations/Wikistats/{name}" for name in ("edits", "nonsense"))
    asked = {"prop": "revisions", "rvprop": "content", "rvslots": "main"}
    pages = ask_wiki(url, "meta.wikimedia.org", titles=titles, **asked)["query"]["pages"]
    assert pages[1]["missing"] is True
    assert '"annotations"' in pages[0]["revisions"][0]["slots"]["main"]["content"]


def test_lifted_limits_are_those_of_now_and_soon(start: Start) -> None:
    causes = tuple(
        PlantedCause(host, month, CauseKind.PROGRAMME, factor=2.0)
        for host, month in (("de.wikipedia.org", date(2026, 6, 1)), ("fr.wikipedia.org", date(2025, 6, 1)))
    )
    url = start(SimulatorSettings(wikis=30, newest_month=date(2026, 5, 1), causes=causes))
    text = ask(url, "/noc/conf/throttle.php.txt").text
    assert "'dbname' => [ 'dewiki' ]" in text
    assert "frwiki" not in text
    assert re.search(r"// T\d{6}\n\s*'from' => '2026-06-\d\dT08:00 \+1:00'", text)
