from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from wiki_activity.domain.episodes import Episode, EpisodeFacts, PageEdits, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.episode_table import (
    count_episodes,
    read_by_telling,
    read_episodes,
    read_newest_episodes,
    save_episode,
)
from wiki_activity.storage.schema import rate_episodes

AT = datetime(2026, 10, 3, 14, 2, 50, tzinfo=UTC)
ENGLISH, HINDI = "en.wikipedia.org", "hi.wikipedia.org"
FACTS = EpisodeFacts(
    since=1_790_000_000,
    until=1_790_000_300,
    edits=612,
    bot_edits=37,
    people=118,
    busiest_share=0.036,
    pages=(PageEdits("हिन्दी <दिवस> & 'x' 🎉", 41, 19), PageEdits("Two", 12, 7)),
)
OPEN = Episode(
    project=ENGLISH,
    detector=LiveDetectorName.BURST,
    opened_at=AT,
    started_at=AT - timedelta(seconds=40),
    updated_at=AT,
    rate=2.88,
    usual=1.2,
    edits=120,
    telling=Telling.TOLD,
    facts=FACTS,
)
CLOSED = replace(
    OPEN,
    updated_at=AT + timedelta(minutes=32),
    closed_at=AT + timedelta(minutes=32),
    ended_at=AT + timedelta(minutes=29),
    why=EndReason.USUAL_AGAIN,
    edits=4803,
    reopened=2,
)


def save(engine: Engine, *episodes: Episode) -> None:
    with writing(engine) as connection:
        for episode in episodes:
            save_episode(connection, episode)


@pytest.mark.parametrize("episode", [OPEN, CLOSED, replace(OPEN, usual=None, facts=None, telling=Telling.SILENT)])
def test_an_episode_comes_back_as_it_was(engine: Engine, episode: Episode) -> None:
    save(engine, episode)
    assert read_episodes(engine) == [episode]


def test_saving_again_replaces_it(engine: Engine) -> None:
    save(engine, OPEN, OPEN)
    save(engine, CLOSED)
    assert read_episodes(engine) == [CLOSED]


def test_figures_for_pages_are_columns(engine: Engine) -> None:
    save(engine, CLOSED)
    columns = rate_episodes.c
    with reading(engine) as connection:
        row = connection.execute(
            select(
                columns.times, columns.excess, columns.people, columns.bots_share, columns.busiest_share, columns.why
            )
        ).one()
    assert row == (
        pytest.approx(2.4), pytest.approx(4803 - 1.2 * 1780), 118, pytest.approx(37 / 612), 0.036, "usual_again",
    )  # fmt: skip


def test_the_newest_of_each_wiki_is_found(engine: Engine) -> None:
    later = replace(OPEN, opened_at=AT + timedelta(hours=1))
    other = replace(OPEN, detector=LiveDetectorName.MEAN_GAP, opened_at=AT + timedelta(hours=2))
    hindi = replace(CLOSED, project=HINDI)
    save(engine, OPEN, later, other, hindi)
    assert read_newest_episodes(engine, LiveDetectorName.BURST) == {ENGLISH: later, HINDI: hindi}
    assert read_newest_episodes(engine, LiveDetectorName.MEAN_GAP) == {ENGLISH: other}


def test_episodes_are_found_by_what_is_asked(engine: Engine) -> None:
    later = replace(OPEN, opened_at=AT + timedelta(hours=1))
    save(engine, CLOSED, later, replace(OPEN, project=HINDI))
    assert [one.project for one in read_episodes(engine)] == [ENGLISH, HINDI, ENGLISH]
    assert read_episodes(engine, project=ENGLISH) == [later, CLOSED]
    assert read_episodes(engine, project=ENGLISH, limit=1) == [later]
    assert read_episodes(engine, project=ENGLISH, since=AT + timedelta(minutes=40)) == [later]
    assert read_episodes(engine, project=ENGLISH, since=AT + timedelta(minutes=30)) == [later, CLOSED]
    assert read_episodes(engine, detectors=[LiveDetectorName.MEAN_GAP]) == []


def test_what_awaits_the_same_telling_is_found_by_when_it_was_closed(engine: Engine) -> None:
    held = [
        replace(
            CLOSED, opened_at=AT + timedelta(hours=at), closed_at=AT + timedelta(hours=at), telling=Telling.RECOVERY
        )
        for at in range(3)
    ]
    save(engine, OPEN, *held[1:], replace(held[0], detector=LiveDetectorName.MEAN_GAP))
    with reading(engine) as connection:
        assert len(read_by_telling(connection, Telling.RECOVERY)) == 3
        assert read_by_telling(connection, Telling.RECOVERY, closed_from=AT + timedelta(hours=2)) == [held[2]]
        assert len(read_by_telling(connection, Telling.RECOVERY, closed_to=AT)) == 1


def test_spells_of_a_week_are_counted_those_that_were_no_news_left_out(engine: Engine) -> None:
    week = timedelta(days=7)
    save(
        engine,
        OPEN,
        replace(OPEN, opened_at=AT - week),
        replace(OPEN, opened_at=AT - week + timedelta(seconds=1)),
        replace(OPEN, opened_at=AT - timedelta(days=1), telling=Telling.SILENT),
        replace(OPEN, opened_at=AT - timedelta(days=2), project=HINDI),
    )
    with reading(engine) as connection:
        assert count_episodes(connection, ENGLISH, LiveDetectorName.BURST, after=AT - week, until=AT) == 2
