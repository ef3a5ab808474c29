"""Faults come in the wanted shares, in an order that the seed fixes, and look on the wire like the real ones."""

from collections import Counter
from itertools import pairwise

import pytest
import requests

from wiki_activity.simulator.faults import FaultPlan, Faults
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity_tests.simulator.conftest import Start

COUNTS = "/metrics/edits/aggregate/en.wikipedia/user/content/monthly/20010101/20270101"


def simulate(start: Start, faults: Faults) -> str:
    return start(SimulatorSettings(wikis=5, limits=Limits(requests_per_minute=10_000), faults=faults))


def test_shares_are_kept_and_no_request_meets_two_faults() -> None:
    plan = FaultPlan(Faults(unavailable_share=0.1, broken_share=0.05, dropped_share=0.02, hung_share=0.01), seed=1)
    outcomes = Counter(plan.decide() for _ in range(20_000))
    shares = {outcome: count / 20_000 for outcome, count in outcomes.items()}
    assert shares == pytest.approx(
        {None: 0.82, "unavailable": 0.1, "broken": 0.05, "dropped": 0.02, "hung": 0.01}, abs=0.007
    )


def test_the_order_follows_the_seed_and_begins_anew_with_each_change() -> None:
    faults = Faults(unavailable_share=0.5)
    plan = FaultPlan(faults, seed=1)
    first = [plan.decide() for _ in range(50)]
    plan.change(faults)
    assert [plan.decide() for _ in range(50)] == first
    other = FaultPlan(faults, seed=2)
    assert [other.decide() for _ in range(50)] != first


def test_503_and_broken_json_come_in_their_shares(start: Start, session: requests.Session) -> None:
    url = simulate(start, Faults(unavailable_share=0.2, broken_share=0.2))
    kinds: Counter[str] = Counter()
    for _ in range(200):
        answer = session.get(url + COUNTS)
        if answer.status_code == 503:
            kinds["unavailable"] += 1
            continue
        assert answer.status_code == 200
        try:
            answer.json()
            kinds["whole"] += 1
        except requests.JSONDecodeError:
            kinds["broken"] += 1
    assert kinds["unavailable"] == pytest.approx(40, abs=18)
    assert kinds["broken"] == pytest.approx(40, abs=18)
    assert kinds.total() == 200


def test_a_dropped_answer_ends_in_the_middle(start: Start, session: requests.Session) -> None:
    url = simulate(start, Faults(dropped_share=1.0))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(url + COUNTS)


def test_a_hung_answer_outlasts_the_clients_patience(start: Start, session: requests.Session) -> None:
    url = simulate(start, Faults(hung_share=1.0))
    with pytest.raises(requests.exceptions.ReadTimeout):
        session.get(url + COUNTS, timeout=0.1)


def test_a_hung_answer_is_cut_off_in_the_end(start: Start, session: requests.Session) -> None:
    url = simulate(start, Faults(hung_share=1.0, hang_seconds=0.0))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(url + COUNTS)


def test_the_site_matrix_fails_too_but_not_the_simulators_own_pages(start: Start, session: requests.Session) -> None:
    url = simulate(start, Faults(unavailable_share=1.0))
    assert session.get(f"{url}/w/api.php?action=sitematrix&format=json").status_code == 503
    assert session.get(f"{url}/simulator").status_code == 200


def test_latency_is_added_to_each_answer(start: Start, session: requests.Session) -> None:
    url = simulate(start, Faults(latency_ms=30.0))
    session.get(url + COUNTS)
    [request] = session.get(f"{url}/simulator/requests.json").json()["requests"]
    assert request["duration_ms"] >= 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"broken_share": 1.2},
        {"hung_share": -0.1},
        {"unavailable_share": 0.6, "broken_share": 0.6},
        {"latency_ms": -1.0},
        {"slack": "sulk"},
    ],
)
def test_faults_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"but are|must"):
        Faults(**wrong)  # type: ignore[arg-type]


def test_the_names_of_the_outcomes_are_distinct() -> None:
    shares = [Faults(**{f"{name}_share": 1.0}) for name in ("unavailable", "broken", "dropped", "hung")]
    outcomes = [FaultPlan(faults, seed=1).decide() for faults in shares]
    assert all(one != other for one, other in pairwise(outcomes))
