"""One person at work on a small wiki is no news, however busily."""

import random
from collections.abc import Iterator

import pytest

from wiki_activity.domain.episodes import Telling
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.watch.replaying import Replay
from wiki_activity.wikimedia.events import Edit

WIKI = "tiny.wikipedia.org"
BUSY = "en.wikipedia.org"
START = 1_700_000_000
DAY = 86_400


def edits_of_runs(edits_a_day: int, days: int, seed: int) -> Iterator[tuple[int, str, str]]:
    """Yield time, project and user: runs of eight edits by one person each, and a busy wiki that moves the clock."""
    draw = random.Random(seed)
    moments = []
    for day in range(days):
        for run in range(max(1, edits_a_day // 8)):
            at = START + day * DAY + draw.randrange(DAY - 400)
            person = f"person {run % 5}"
            moments += [(at + draw.randrange(1, 60) + 20 * step, WIKI, person) for step in range(8)]
    moments += [(START + second, BUSY, f"editor {second % 97}") for second in range(0, days * DAY, 7)]
    yield from sorted(moments)


@pytest.mark.parametrize("edits_a_day", [20, 100, 500])
def test_one_persons_runs_on_a_small_wiki_are_told_to_nobody(edits_a_day: int) -> None:
    replay = Replay(judged={WIKI}, make_detector=lambda: make_detector(LiveDetectorName.BURST))

    replay.add(
        Edit(project, at, False, str(number), title=f"page {number % 50}", user=user)
        for number, (at, project, user) in enumerate(edits_of_runs(edits_a_day, days=4, seed=edits_a_day))
    )

    found = replay.finish()
    assert found.edits > 4 * edits_a_day
    assert [episode for episode in found.episodes if episode.telling is not Telling.SILENT] == []
