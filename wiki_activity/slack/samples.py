"""Messages that show how messages look, marked as tests: of things that never happened."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.digest import Digest
from wiki_activity.domain.episodes import Episode, EpisodeFacts, PageEdits, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.domain.months import newest_ended_month
from wiki_activity.domain.peaks import Detector, Kind, Peak
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.slack.digest_messages import digest_message
from wiki_activity.slack.lines import escape
from wiki_activity.slack.live_messages import Place, begin_message, end_message
from wiki_activity.slack.message import Message

_MARK: Final = "Test: "
_EXPLANATION: Final = "This is a test of wiki-activity. Nothing of this has happened."
_ENGLISH: Final = "en.wikipedia.org"
_HINDI: Final = "hi.wikipedia.org"


def make_samples(now: datetime, explorer_url: str) -> list[Message]:
    """Make a begin, an end and a digest, each marked as a test."""
    place = Place(_ENGLISH, "English Wikipedia", explorer_url)
    opened_at = now - timedelta(minutes=30)
    busy = _make_episode(opened_at)
    ended_at = opened_at + timedelta(minutes=29)
    over = replace(busy, rate=3.72, edits=4803, ended_at=ended_at, closed_at=ended_at, why=EndReason.USUAL_AGAIN)
    digest = _make_digest(now)
    counts = {_HINDI: MonthCounts(edits=348_211, people_edits=338_860, anonymous_edits=61_200, editors=1204)}
    return [
        mark_as_test(begin_message(place, busy, opened_at)),
        mark_as_test(end_message(place, over, now, 2)),
        mark_as_test(
            digest_message(
                digest,
                names={_HINDI: "Hindi Wikipedia"},
                counts=counts,
                late_episodes=(),
                explorer_url=explorer_url,
                now=now,
            )
        ),
    ]


def mark_as_test(message: Message) -> Message:
    """Say before and after a message that it is a test."""
    first, *rest = message.paragraphs
    footer = f"{escape(_EXPLANATION)} {message.footer}".strip()
    return replace(
        message, text=f"{_MARK}{message.text}\n{_EXPLANATION}", paragraphs=(f"{_MARK}{first}", *rest), footer=footer
    )


def _make_episode(opened_at: datetime) -> Episode:
    facts = EpisodeFacts(
        since=int(opened_at.timestamp()) - 300,
        until=int(opened_at.timestamp()),
        edits=612,
        bot_edits=37,
        people=118,
        busiest_share=0.036,
        pages=(PageEdits("Example", 41, 19), PageEdits("Sandbox & <test>", 12, 7)),
    )
    return Episode(
        project=_ENGLISH,
        detector=LiveDetectorName.BURST,
        opened_at=opened_at,
        started_at=opened_at,
        updated_at=opened_at,
        rate=2.88,
        usual=1.2,
        edits=0,
        telling=Telling.TOLD,
        facts=facts,
    )


def _make_digest(now: datetime) -> Digest:
    month = newest_ended_month(now)
    peak = Peak(
        metric=Metric.PEOPLE_EDITS,
        project=_HINDI,
        month=month,
        detector=Detector.SEASONAL,
        value=338_860,
        expected=147_000,
        threshold=210_000,
        score=6.1,
        kind=Kind.MORE_PEOPLE,
        outcome=None,
        shared=False,
        starts_episode=True,
    )
    return Digest(
        month=month,
        watched=True,
        wikis=12,
        stood_out=(peak,),
        still_up=1,
        bot_runs=1,
        unread=(),
        elsewhere=37,
        shared=False,
    )
