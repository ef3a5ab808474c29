"""Single services fail as they are told to, while all others work."""

import pytest
import requests

from wiki_activity.simulator.faults import BEHAVIOURS, Faults
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity_tests.simulator.conftest import AGENT, Start
from wiki_activity_tests.simulator.evidence.asking import MARCH, QUERY

DE = "/wikis/de.wikipedia.org/w/api.php"
TOP = "de.wikipedia/user/content/2026/02/all-days"
PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "days": ("/metrics/edits/aggregate/de.wikipedia/user/content/daily/20260201/20260301", {}),
    "top_pages": (f"/metrics/edited-pages/top-by-edits/{TOP}", {}),
    "top_editors": (f"/metrics/editors/top-by-edits/{TOP}", {}),
    "views": ("/metrics/pageviews/top/de.wikipedia/all-access/2026/02/all-days", {}),
    "new_users": ("/metrics/registered-users/new/de.wikipedia/monthly/20260201/20260301", {}),
    "allrevisions": (DE, {"list": "allrevisions", "arvprop": "tags|comment"}),
    "usercontribs": (DE, {"list": "usercontribs", "ucuser": "Zephra Harbour 1"}),
    "users": (DE, {"list": "users", "ususers": "Zephra Harbour 1"}),
    "logevents": (DE, {"list": "logevents", "leaction": "newusers/create"}),
    "tags": (DE, {"list": "tags"}),
    "siteinfo": (DE, {"meta": "siteinfo", "siprop": "statistics"}),
    "titles": (DE, {"titles": "Lake of Island 9"}),
    "events": ("/wikis/meta.wikimedia.org/w/rest.php/campaignevents/v0/event_registration/17", {}),
    "dashboard": ("/outreachdashboard/courses_by_wiki/de.wikipedia.org.json", {}),
    "throttle": ("/noc/conf/throttle.php.txt", {}),
}
ANSWERS = {
    "away": 503,
    "hung": 503,
    "slow": 200,
    "limited": 429,
    "redirect": 302,
    "html": 200,
    "empty": 200,
    "list": 200,
    "forbidden": 403,
}


def get(url: str, service: str) -> requests.Response:
    path, asked = PLACES[service]
    asked = QUERY | asked if path == DE else asked
    return requests.get(url + path, asked, headers={"User-Agent": AGENT}, timeout=20, allow_redirects=False)


def test_each_service_can_be_away_alone(start: Start) -> None:
    url = start(SimulatorSettings(wikis=10, newest_month=MARCH, limits=Limits(requests_per_minute=100_000)))
    for away in PLACES:
        change = {"faults": {"service_faults": [f"{away}=away"]}}
        requests.post(f"{url}/simulator/settings", json=change, timeout=10).raise_for_status()
        failing = {service for service in PLACES if get(url, service).status_code == 503}
        assert failing == {away}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_service_does_what_it_is_told(start: Start, behaviour: str) -> None:
    faults = Faults(service_faults=(f"dashboard={behaviour}",), hang_seconds=0.2)
    answer = get(start(SimulatorSettings(wikis=10, newest_month=MARCH, faults=faults)), "dashboard")
    assert answer.status_code == ANSWERS[behaviour]
    assert ("Retry-After" in answer.headers) == (behaviour == "limited")
    assert ("Location" in answer.headers) == (behaviour == "redirect")


def test_a_field_can_be_missing(start: Start) -> None:
    faults = Faults(service_faults=("allrevisions=without:tags", "top_editors=without:user_text"))
    url = start(SimulatorSettings(wikis=10, newest_month=MARCH, faults=faults))
    pages = get(url, "allrevisions").json()["query"]["allrevisions"]
    assert pages
    assert all("tags" not in row and "comment" in row for page in pages for row in page["revisions"])
    rows = get(url, "top_editors").json()["items"][0]["results"][0]["top"]
    assert set(rows[0]) == {"edits", "rank"}


def test_a_behaviour_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="without:FIELD"):
        Faults(service_faults=("dashboard=sleepy",))
