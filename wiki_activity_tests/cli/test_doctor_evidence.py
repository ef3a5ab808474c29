"""`doctor --evidence`: each service is asked once, says what came, and is kept without anybody's name."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import requests

from wiki_activity.cli.doctor.recordings import clean, clean_php, save
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.cli.commands import run

WIKI = "as.wikipedia.org"
SERVICES = {
    "days", "top-editors", "top-bots", "top-pages", "most-viewed", "namespaces", "revisions", "accounts",
    "contributions", "imports", "tags", "pages", "courses", "event", "annotations", "throttle",
}  # fmt: skip


@pytest.fixture
def simulated(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    with running_simulator(SimulatorSettings(wikis=170, limits=Limits(requests_per_minute=100_000))) as base:
        yield environment | {
            "WIKI_ACTIVITY_METRICS_URL": f"{base}/api/rest_v1/metrics",
            "WIKI_ACTIVITY_SITEMATRIX_URL": f"{base}/w/api.php",
            "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "90000",
            "WIKI_ACTIVITY_CONTACT": "tests@example.org",
            "BASE": base,
        }


def test_each_service_is_asked_once_and_kept_without_names(simulated: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    ended = run(simulated, "doctor", "--evidence", "--wiki", WIKI, "--save", str(folder), "--json")
    told = {one["check"].removeprefix("evidence: "): one for one in ended.json["findings"]}

    assert set(told) == SERVICES
    assert {name for name, one in told.items() if one["level"] != "ok"} <= {"event"}, told
    texts = {path.stem: path.read_text("utf-8") for path in folder.iterdir()}
    assert set(texts) >= SERVICES - {"event"}
    kept = json.loads(texts["revisions"])["answer"]["query"]["allrevisions"]
    assert {"ns", "title", "revisions"} <= set(kept[0])
    assert {one["user"] for page in kept for one in page["revisions"] if "user" in one} <= {
        "Account", "~2026-1", "192.0.2.1",
    }  # fmt: skip
    month = str(date.fromisoformat(kept[0]["revisions"][0]["timestamp"][:10]))[:7]
    secrets = requests.get(
        f"{simulated['BASE']}/simulator/secrets.json?project={WIKI}&month={month}", timeout=60
    ).json()
    assert len(secrets["users"]) > 100
    everything = "\n".join(texts.values())
    assert [name for name in secrets["users"] if f'"{name}' in everything] == []
    assert "zqx" not in everything.lower(), "organisers of programmes, and where people meet"


def test_a_service_of_another_shape_is_named_and_the_others_are_asked(simulated: dict[str, str]) -> None:
    faults = {"faults": {"service_faults": ["tags=without:tags", "top_pages=forbidden", "days=away"]}}
    requests.post(f"{simulated['BASE']}/simulator/settings", json=faults, timeout=10).raise_for_status()
    ended = run(simulated, "doctor", "--evidence", "--wiki", WIKI, "--json")
    told = {one["check"].removeprefix("evidence: "): one for one in ended.json["findings"]}

    assert ended.code == 1
    assert told["tags"]["message"].startswith("of another shape")
    assert told["top-pages"]["message"].startswith("refused")
    assert told["days"]["level"] == "warn"
    assert told["revisions"]["level"] == "ok"


def test_a_folder_goes_with_evidence(environment: dict[str, str], tmp_path: Path) -> None:
    assert run(environment, "doctor", "--save", str(tmp_path)).code == 2


def test_what_is_not_known_to_be_a_services_word_is_replaced() -> None:
    answer = {
        "query": {
            "users": [{"userid": 7, "name": "Somebody", "groups": ["bot"], "registration": "2024-01-01T00:00:00Z"}],
            "tags": [{"name": "OAuth CID: 7", "displayname": "Somebody's tool"}],
            "usercontribs": [{"user": "~2026-12345-67", "title": "User:Somebody", "comment": "by Somebody #WPWP"}],
        },
        "items": [{"top": [{"page_title": "User_talk:Somebody", "edits": 3}, {"page_title": "Delhi", "edits": 2}]}],
        "new field": {"other": ["Somebody", 3, None, True]},
    }

    assert clean(answer) == {
        "query": {
            "users": [{"userid": 0, "name": "text", "groups": ["bot"], "registration": "2024-01-01T00:00:00Z"}],
            "tags": [{"name": "OAuth CID: 7", "displayname": "text"}],
            "usercontribs": [{"user": "~2026-1", "title": "text", "comment": "#wpwp"}],
        },
        "items": [{"top": [{"page_title": "text", "edits": 3}, {"page_title": "Delhi", "edits": 2}]}],
        "new field": {"other": ["text", 3, None, True]},
    }


def test_what_was_asked_for_names_no_programme(tmp_path: Path) -> None:
    path = save(tmp_path, "course", "https://example.org/courses/Somebody/Course_(2026)/course.json?x=Somebody", {})

    assert json.loads(path.read_text("utf-8")) == {"asked": "/courses/…/course.json", "answer": {}}


def test_lifted_limits_are_kept_without_addresses() -> None:
    php = (
        "<?php\n/* ask Somebody */\n$x = [\n\t[ // T400000\n\t'from' => '2026-03-01T08:00 +1:00',\n"
        "\t'range' => [ '198.51.100.0/24' ], // Somebody's school\n\t'dbname' => [ 'hiwiki' ], 'value' => 40 ],\n];\n"
    )

    assert clean_php(php) == (
        "<?php\n\n$x = [\n\t[ // T400000\n\t'from' => '2026-03-01T08:00 +1:00',\n"
        "\t'range' => [ 'text' ], \n\t'dbname' => [ 'hiwiki' ], 'value' => 40 ],\n];\n"
    )
