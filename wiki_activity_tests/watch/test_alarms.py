"""Notices of outages and failed runs: once each, in order, with what came and went meanwhile."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity.storage.mutes import mute
from wiki_activity.storage.notices import NO_WEBHOOK, Notice, read_notices
from wiki_activity.watch.alarms import note_blindness, note_failed_run, note_recovery
from wiki_activity_tests.storage.rows import run_together

SINCE = datetime(2026, 10, 3, 14, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPELL = Episode(
    project="en.wikipedia.org",
    detector=LiveDetectorName.BURST,
    opened_at=SINCE + 4 * MINUTE,
    started_at=SINCE + 4 * MINUTE,
    updated_at=SINCE + 18 * MINUTE,
    rate=3.0,
    usual=1.2,
    edits=2117,
    telling=Telling.RECOVERY,
    closed_at=SINCE + 18 * MINUTE,
    ended_at=SINCE + 18 * MINUTE,
    why=EndReason.USUAL_AGAIN,
)


def blind(engine: Engine, after: timedelta = 5 * MINUTE, since: datetime = SINCE, *, sendable: bool = True) -> bool:
    return note_blindness(
        engine, since=since, reason="It answers 502; retrying.", now=since + after, sendable=sendable, explorer_url="http://x"
    )  # fmt: skip


def recover(engine: Engine, after: timedelta = 26 * MINUTE, since: datetime = SINCE) -> bool:
    until = since + after
    return note_recovery(engine, since=since, until=until, now=until, sendable=True, explorer_url="http://x")


def read(engine: Engine) -> list[Notice]:
    return read_notices(engine)[::-1]


def texts(engine: Engine) -> list[str]:
    return [json.loads(notice.body)["text"] for notice in read(engine)]


def save(engine: Engine, *episodes: Episode) -> None:
    with writing(engine) as connection:
        for episode in episodes:
            save_episode(connection, episode)


def test_under_five_minutes_nobody_is_told(engine: Engine) -> None:
    assert not blind(engine, 5 * MINUTE - timedelta(seconds=1))
    assert not recover(engine, 4 * MINUTE)
    assert read(engine) == []


def test_an_outage_is_told_once_and_so_is_its_end(engine: Engine) -> None:
    assert [blind(engine), blind(engine), blind(engine, since=SINCE + MINUTE)] == [True, False, False]
    assert [recover(engine), recover(engine, 4 * MINUTE)] == [True, False]
    assert [(one.subject, one.phase) for one in read(engine)] == [
        ("watcher:2026-10-03T14:40:00Z", "blind"),
        ("watcher:2026-10-03T14:40:00Z", "recovered"),
    ]
    assert texts(engine) == [
        "We have not seen any edits since 14:40 UTC. Silence here does not mean calm. It answers 502; retrying.",
        "Seeing edits again; 14:40–15:06 UTC caught up. No busy spell meanwhile.",
    ]


def test_watcher_and_keeper_may_notice_at_once(engine: Engine) -> None:
    assert run_together([lambda at=at: blind(engine, since=SINCE + at * MINUTE) for at in range(6)]) == []
    assert [one.phase for one in read(engine)] == ["blind"]


def test_the_next_outage_is_another_one(engine: Engine) -> None:
    blind(engine)
    recover(engine)
    assert blind(engine, since=SINCE + timedelta(hours=3))
    assert [one.phase for one in read(engine)] == ["blind", "recovered", "blind"]


def test_an_outage_in_which_nobody_could_speak_is_told_when_it_is_over(engine: Engine) -> None:
    assert recover(engine)
    assert [one.phase for one in read(engine)] == ["recovered"]


def test_recovery_tells_what_came_and_went(engine: Engine) -> None:
    hindi = replace(SPELL, project="hi.wikipedia.org")
    earlier = replace(SPELL, opened_at=SINCE - 90 * MINUTE, closed_at=SINCE - 60 * MINUTE)
    save(engine, SPELL, earlier, hindi, replace(SPELL, project="bn.wikipedia.org", telling=Telling.TOLD))
    mute(engine, "hi.wikipedia.org", SINCE + timedelta(days=1), SINCE)
    blind(engine)
    recover(engine)
    assert texts(engine)[1].endswith("caught up. Meanwhile: en.wikipedia.org 2.1×, 14:44–14:58 UTC.")


@pytest.mark.parametrize("gap", [2 * MINUTE, 26 * MINUTE])
def test_a_spell_that_came_and_went_in_a_short_gap_is_told_too(engine: Engine, gap: timedelta) -> None:
    save(engine, replace(SPELL, closed_at=SINCE + MINUTE))
    assert recover(engine, gap)
    assert "Meanwhile: en.wikipedia.org 2.1×" in texts(engine)[0]


def test_without_a_webhook_alarms_are_kept_and_marked(engine: Engine) -> None:
    blind(engine, sendable=False)
    assert [one.error for one in read(engine)] == [NO_WEBHOOK]


def test_a_failed_run_is_told_once(engine: Engine) -> None:
    def note() -> bool:
        error = "12 wikis failed\nmore"
        return note_failed_run(
            engine, job="monthly_refresh", run_id="abc", error=error, address=None, now=SINCE, sendable=True
        )

    assert [note(), note()] == [True, False]
    assert texts(engine) == ["A run of monthly_refresh failed. 12 wikis failed"]
