"""What the explorer's benchmark reads and draws."""

from benchmarks.explorer_mix import KINDS, Mix, Places
from benchmarks.explorer_server import share_within

METRICS = """
# TYPE wiki_activity_explorer_request_seconds histogram
wiki_activity_explorer_request_seconds_bucket{le="0.01",route="/p/{project}"} 5.0
wiki_activity_explorer_request_seconds_bucket{le="0.015",route="/p/{project}"} 7.0
wiki_activity_explorer_request_seconds_bucket{le="+Inf",route="/p/{project}"} 8.0
wiki_activity_explorer_request_seconds_bucket{le="0.015",route="/api/v1/peaks"} 2.0
wiki_activity_explorer_request_seconds_bucket{le="+Inf",route="/api/v1/peaks"} 2.0
wiki_activity_explorer_request_seconds_bucket{le="0.015",route="/healthz"} 90.0
wiki_activity_explorer_request_seconds_bucket{le="+Inf",route="/healthz"} 90.0
"""


def test_the_share_within_a_time_counts_pages_and_api_but_not_what_machines_ask_for() -> None:
    assert share_within(METRICS, 0.015) == (0.9, 10)


def test_the_same_seed_draws_the_same_addresses_of_every_kind() -> None:
    places = Places(["hi.wikipedia.org", "bn.wikipedia.org"], ["bn", "hi"], [("hi.wikipedia.org", "2025-03")])
    drawn = [Mix(places, 1).draw() for _ in range(2)]
    mix = Mix(places, 2)
    kinds = {mix.draw()[0] for _ in range(500)}

    assert drawn[0] == drawn[1]
    assert kinds == set(KINDS)
