"""A busy spell of the tests' wiki."""

from datetime import UTC, datetime, timedelta
from typing import Any

from wiki_activity.domain.episodes import Episode, EpisodeFacts, PageEdits, Telling
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity_tests.explorer.live.hand import START

BEGAN = datetime.fromtimestamp(START, UTC)


def make_live_episode(project: str, **changes: Any) -> Episode:
    """Make a spell that began at 12:00, is open, and was last seen two minutes later."""
    members: dict[str, Any] = {
        "project": project,
        "detector": LiveDetectorName.BURST,
        "opened_at": BEGAN + timedelta(seconds=40),
        "started_at": BEGAN,
        "updated_at": BEGAN + timedelta(minutes=2),
        "rate": 4.0,
        "usual": 1.0,
        "edits": 300,
        "telling": Telling.TOLD,
        "facts": EpisodeFacts(
            START, START + 120, 330, 30, 41, 0.1, (PageEdits("Example", 30, 12), PageEdits("Once", 1, 1))
        ),
    }
    return Episode(**members | changes)
