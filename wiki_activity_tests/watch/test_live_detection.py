"""Each wiki has a detector of its own, which goes on after a restart if it has missed nothing."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from wiki_activity.domain.burst import Burst
from wiki_activity.domain.live import Signal, Tick
from wiki_activity.domain.mean_gap import MeanGap
from wiki_activity.redis_store.live_state import DetectorState
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.ticking import WikiTick
from wiki_activity_tests.watch.edits import START, WIKIS


def make_ticks(count: int, edits: int = 12, first: int = 0, project: str = WIKIS[0]) -> list[WikiTick]:
    return [
        WikiTick(project, Tick(at, edits, edits, 12 * edits, at - 120, at - 1), is_first=n == first == 0)
        for n in range(first, first + count)
        for at in [START + 10 * n]
    ]


def refresh_peaks(judges: LiveDetectors, ticks: list[WikiTick]) -> list[Signal]:
    return [judges.detect(tick) for tick in ticks]


def test_wikis_do_not_meet() -> None:
    together, alone = LiveDetectors(Burst), LiveDetectors(Burst)
    busy, calm = make_ticks(300, 40), make_ticks(300, 3, project=WIKIS[1])
    for one, other in zip(busy, calm, strict=True):
        together.detect(one)
        together.detect(other)
    refresh_peaks(alone, calm)
    assert together.usual[WIKIS[1]] == alone.usual[WIKIS[1]]
    assert together.usual[WIKIS[0]] != together.usual[WIKIS[1]]


def test_a_restored_detector_says_what_it_would_have_said() -> None:
    before, ticks = LiveDetectors(Burst), make_ticks(400)
    busy = make_ticks(30, 60, first=400)
    refresh_peaks(before, ticks)
    saved = before.list_unsaved()
    after = LiveDetectors(Burst)
    assert after.restore(saved, ticks[-1].tick.at) == {WIKIS[0]}
    assert after.usual == before.usual
    assert refresh_peaks(after, busy) == refresh_peaks(before, busy)
    assert after.started_at[WIKIS[0]] is not None


def test_only_what_has_ticked_is_saved_again() -> None:
    judges = LiveDetectors(Burst)
    refresh_peaks(judges, make_ticks(3) + make_ticks(3, project=WIKIS[1]))
    judges.forget_saved()
    refresh_peaks(judges, make_ticks(1, first=3))
    assert list(judges.list_unsaved()) == [WIKIS[0]]


def test_a_detector_that_missed_a_tick_or_is_another_begins_anew() -> None:
    judges, ticks = LiveDetectors(Burst), make_ticks(400)
    refresh_peaks(judges, ticks)
    saved = judges.list_unsaved()
    assert LiveDetectors(Burst).restore(saved, ticks[-1].tick.at + 10) == set()
    assert LiveDetectors(MeanGap).restore(saved, ticks[-1].tick.at) == set()


def test_a_state_that_is_none_is_named_and_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    nonsense: Mapping[str, Any] = {WIKIS[0]: DetectorState("burst", START, {"what": "nonsense"})}
    with caplog.at_level(logging.WARNING):
        assert LiveDetectors(Burst).restore(nonsense, START) == set()
    assert WIKIS[0] in caplog.text


def test_a_first_tick_makes_a_new_detector() -> None:
    judges = LiveDetectors(Burst)
    refresh_peaks(judges, make_ticks(400))
    assert judges.usual[WIKIS[0]] is not None
    signal = judges.detect(WikiTick(WIKIS[0], Tick(START + 10**6, 12, 12, 0, 0, 0), is_first=True))
    assert signal == Burst().tick(Tick(START + 10**6, 12, 12, 0, 0, 0))


@pytest.mark.parametrize("pages", [b'{"weight": 1}', b"[]", b'"all"'])
def test_what_is_saved_of_pages_and_cannot_be_read_begins_anew(pages: bytes, caplog: pytest.LogCaptureFixture) -> None:
    judges = LiveDetectors(Burst, 5)
    saved = DetectorState("burst", 100, dict(Burst().save()), pages=msgspec.Raw(pages))
    assert judges.restore({"en.wikipedia.org": saved}, 100) == {"en.wikipedia.org"}
    assert "what is usual for its pages is learned anew" in caplog.text
