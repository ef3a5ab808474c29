"""The keeper: what signals become rows and notices, and what happens when they come again."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.wikis import Wiki as SiteMatrixWiki
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.episode_table import read_episodes
from wiki_activity.storage.mutes import mute, unmute
from wiki_activity.storage.notices import NO_WEBHOOK, claim_next, mark_sent, read_notices
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity.watch.episode_keeper import EpisodeKeeper
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.watch.scripted import ENGLISH, USUAL, Clock, Wiki, moment

Make = Callable[..., Wiki]


@pytest.fixture
def make(engine: Engine) -> Make:
    """Make a wiki whose keeper writes to the database; a second call is a restart."""

    def make(detector: LiveDetectorName = LiveDetectorName.BURST, *, sendable: bool = True, **changes: Any) -> Wiki:
        clock = changes.pop("clock", None) or Clock()
        wrong = changes.pop("wrong_seconds", 0.0)
        keeper = EpisodeKeeper(
            engine, detector, explorer_url="http://x", sendable=sendable, clock=clock, wrong_seconds=lambda: wrong
        )
        return Wiki(keeper, clock, **changes)

    return make


def restart(make: Make, wiki: Wiki, **changes: Any) -> None:
    wiki.keeper = make(clock=wiki.clock, **changes).keeper


def read(engine: Engine) -> list[Episode]:
    return read_episodes(engine)[::-1]


def told(engine: Engine) -> list[str]:
    """List the messages' phases, oldest first."""
    return [notice.phase for notice in read_notices(engine)[::-1]]


def texts(engine: Engine) -> list[str]:
    return [json.loads(notice.body)["text"] for notice in read_notices(engine)[::-1]]


def send_all(engine: Engine, wiki: Wiki) -> None:
    while claimed := claim_next(engine, list(NoticeKind), wiki.clock()):
        mark_sent(engine, [notice.id for notice in claimed], wiki.clock())


def test_calm_ticks_write_nothing(engine: Engine, make: Make) -> None:
    make().calm(100)
    assert (read(engine), told(engine)) == ([], [])


def test_a_spell_is_kept_from_its_start_to_its_end_and_told_twice(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(600)
    wiki.busy(300)
    wiki.end(ago=20)
    [episode] = read(engine)
    assert (episode.started_at, episode.opened_at) == (moment(570), moment(610))
    assert (episode.ended_at, episode.closed_at) == (moment(890), moment(910))
    assert (episode.why, episode.telling, episode.rate, episode.usual) == (
        EndReason.USUAL_AGAIN, Telling.TOLD, 3.6, USUAL,
    )  # fmt: skip
    assert episode.edits == sum(n for at, n in wiki.edits.items() if 570 < at <= 890)
    assert episode.facts is not None
    assert (episode.facts.people, episode.facts.until) == (4, int(moment(890).timestamp()))
    assert told(engine) == ["begin", "end"]
    begin, end = texts(engine)
    assert begin.startswith("en.wikipedia.org is busy: 3× its usual pace since 14:09 UTC. 216 article edits a minute")
    assert end.startswith(
        "en.wikipedia.org is back to its usual pace after 5 min (14:09–14:14 UTC). 2.8× on average, 3× at"
    )


def test_the_wiki_is_called_by_its_name(engine: Engine, make: Make) -> None:
    english = SiteMatrixWiki(ENGLISH, "enwiki", "wikipedia", "en", "English Wikipedia", "English", "ltr", closed=False)
    wiki = make()
    save_wikis(engine, [english], wiki.clock())
    wiki.calm(300)
    wiki.busy(60)
    assert texts(engine)[0].startswith("English Wikipedia is busy: ")


def test_a_rule_on_all_edits_counts_bots_too(engine: Engine, make: Make) -> None:
    wiki = make(LiveDetectorName.MEAN_GAP, bot_edits=7)
    wiki.calm(300)
    wiki.busy(60)
    wiki.end(ago=0)
    [episode] = read(engine)
    assert episode.edits == sum(n + 7 for at, n in wiki.edits.items() if 270 < at <= 370)


@pytest.mark.parametrize("every", [1, 3])
def test_ticks_that_come_again_after_a_crash_change_nothing(engine: Engine, make: Make, every: int) -> None:
    """After each so many ticks the watcher dies before it has saved that it saw them."""
    wiki, plain = make(), make()
    plain.project = "plain.wikipedia.org"
    for one in (wiki, plain):
        one.calm(300)
        for at in range(40):
            if at == 30:
                one.end()
            elif at < 30:
                one.busy(10)
            else:
                one.calm(10)
            if one is wiki and at % every == 0:
                restart(make, wiki)
                started = wiki.started or 270
                wiki.started = started
                wiki.give(36, busy=at < 30, begins=at == 0, ends=EndReason.USUAL_AGAIN if at == 30 else None, ended=600)
                wiki.started = started if at < 30 else None
    again, once = (read_episodes(engine, project=one.project)[0] for one in (wiki, plain))
    assert again.edits == once.edits
    assert (again.rate, again.ended_at, again.reopened) == (once.rate, once.ended_at, 0)
    assert sorted(told(engine)) == ["begin", "begin", "end", "end"]


def test_after_a_restart_the_open_episode_goes_on(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(300)
    wiki.busy(60, 60)
    restart(make, wiki)
    assert [one.project for one in wiki.keeper.read_open()] == [ENGLISH]
    wiki.busy(60, 30)
    wiki.end(ago=0)
    [episode] = read(engine)
    assert (episode.rate, episode.started_at, episode.ended_at) == (6.0, moment(270), moment(430))
    assert episode.edits == sum(n for at, n in wiki.edits.items() if 270 < at <= 430)
    assert told(engine) == ["begin", "end"]


def test_one_person_is_no_news_however_many_edits(engine: Engine, make: Make) -> None:
    wiki = make(people=1)
    wiki.calm(300)
    wiki.busy(300, 80)
    wiki.end()
    assert [one.telling for one in read(engine)] == [Telling.SILENT]
    assert told(engine) == []


def test_what_becomes_news_later_is_told_then(engine: Engine, make: Make) -> None:
    wiki = make(people=2)
    wiki.calm(300)
    wiki.busy(120)
    assert told(engine) == []
    wiki.people = 3
    wiki.busy(10)
    assert told(engine) == ["begin"]
    assert "busy: 3× its usual pace since 14:04 UTC" in texts(engine)[0]


def test_a_muted_wiki_is_kept_and_not_told(engine: Engine, make: Make) -> None:
    wiki = make()
    mute(engine, ENGLISH, moment(86_400), moment(0))
    wiki.calm(300)
    wiki.busy(60)
    assert ([one.telling for one in read(engine)], told(engine)) == ([Telling.MUTED], [])
    unmute(engine, ENGLISH)
    wiki.busy(10)
    assert told(engine) == ["begin"]
    mute(engine, ENGLISH, moment(86_400), moment(0))
    wiki.end()
    assert told(engine) == ["begin"]


def test_what_was_over_when_it_was_found_gets_no_message_of_its_own(engine: Engine, make: Make) -> None:
    wiki = make(lag=1200)
    wiki.calm(300)
    wiki.busy(120)
    wiki.end()
    assert ([one.telling for one in read(engine)], told(engine)) == ([Telling.RECOVERY], [])


def test_what_is_still_open_when_the_present_is_reached_is_told_then(engine: Engine, make: Make) -> None:
    wiki = make(lag=1200)
    wiki.calm(300)
    wiki.busy(120)
    assert told(engine) == []
    wiki.lag = -5000
    wiki.busy(1130)
    assert told(engine) == []
    wiki.busy(10)
    assert told(engine) == ["begin"]
    wiki.end()
    assert told(engine) == ["begin", "end"]


def test_a_begin_found_over_an_hour_late_waits_for_the_digest(engine: Engine, make: Make) -> None:
    wiki = make(lag=4000)
    wiki.calm(300)
    wiki.busy(3700)
    assert told(engine) == []
    wiki.lag, wiki.clock.at = 5, wiki.at
    wiki.busy(10)
    wiki.end()
    assert ([one.telling for one in read(engine)], told(engine)) == ([Telling.DIGEST], [])


def test_a_spell_that_opens_again_soon_is_the_same_and_begins_once(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(300)
    wiki.busy(120)
    wiki.end()
    send_all(engine, wiki)
    wiki.calm(600)
    wiki.busy(120, 48)
    wiki.end(ago=0)
    [episode] = read(engine)
    assert (episode.started_at, episode.ended_at, episode.reopened) == (moment(270), moment(1160), 1)
    assert (episode.closed_at, episode.rate) == (moment(1160), 4.8)
    assert episode.edits == sum(n for at, n in wiki.edits.items() if 270 < at <= 1160)
    assert told(engine) == ["begin", "end", "end-2"]
    assert "back to its usual pace again after 15 min in all" in texts(engine)[2]


def test_an_end_that_nobody_was_told_of_is_withdrawn_when_it_goes_on(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(300)
    wiki.busy(120)
    wiki.end()
    wiki.calm(300)
    wiki.busy(120)
    assert told(engine) == ["begin"]
    wiki.end()
    assert told(engine) == ["begin", "end"]
    assert read(engine)[0].reopened == 0


def test_a_spell_that_opens_much_later_is_another(engine: Engine, make: Make) -> None:
    wiki = make()
    for _ in range(2):
        wiki.calm(1200)
        wiki.busy(120)
        wiki.end()
    assert told(engine) == ["begin", "end"] * 2
    assert texts(engine)[3].endswith("Second busy spell this week.")


def test_what_exceeds_a_new_usual_level_is_another_spell(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(300)
    wiki.busy(120)
    wiki.end(EndReason.NEW_USUAL_LEVEL, ago=0)
    wiki.calm(60)
    wiki.busy(60)
    assert len(read(engine)) == 2


def test_without_a_webhook_messages_are_kept_and_marked_and_their_ends_too(engine: Engine, make: Make) -> None:
    wiki = make(sendable=False)
    wiki.calm(300)
    wiki.busy(60)
    restart(make, wiki, sendable=True)
    wiki.end()
    assert told(engine) == ["begin", "end"]
    assert {(one.error, one.next_attempt_at) for one in read_notices(engine)} == {(NO_WEBHOOK, None)}


def test_an_episode_whose_end_nobody_saw_is_closed_at_its_last_tick(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(300)
    wiki.busy(60)
    assert wiki.keeper.close_lost(moment(370)) == []
    [lost] = wiki.keeper.close_lost(moment(360) + timedelta(hours=2))
    assert (lost.ended_at, lost.closed_at, lost.why) == (moment(360), moment(360), None)
    assert read(engine) == [lost]
    assert "we did not see its end" in texts(engine)[1]
    assert wiki.keeper.close_lost(moment(90_000)) == []


def test_a_begin_long_after_an_episode_was_lost_opens_another(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(300)
    wiki.busy(60)
    restart(make, wiki)
    wiki.at, wiki.started = 9000, None
    wiki.busy(60)
    lost, found = read(engine)
    assert (lost.ended_at, lost.why) == (moment(360), None)
    assert (found.opened_at, found.closed_at) == (moment(9010), None)
    assert told(engine) == ["begin", "end", "begin"]


def test_another_detectors_episodes_are_left_alone(engine: Engine, make: Make) -> None:
    wiki, other = make(), make(LiveDetectorName.MEAN_GAP)
    for one in (wiki, other):
        one.calm(300)
        one.busy(60)
    assert [one.detector for one in read(engine)] == [LiveDetectorName.BURST, LiveDetectorName.MEAN_GAP]
    assert told(engine) == ["begin", "begin"]


def test_with_the_database_away_nothing_changes_and_the_tick_can_come_again(tmp_path: Any) -> None:
    engine = create_database_engine(copy_migrated_file(tmp_path / "one.db"))
    clock = Clock()
    keeper = EpisodeKeeper(engine, LiveDetectorName.BURST, explorer_url="http://x", sendable=True, clock=clock)
    wiki = Wiki(keeper, clock)
    wiki.calm(300)
    wiki.busy(30)
    hidden = tmp_path / "hidden.db"
    engine.dispose()
    for name in ("one.db", "one.db-wal", "one.db-shm"):
        if (tmp_path / name).exists():
            (tmp_path / name).rename(f"{hidden}{name}")
    (tmp_path / "one.db").mkdir()
    with pytest.raises((DatabaseUnreachableError, OperationalError)):
        wiki.busy(10)
    assert [one.updated_at for one in keeper.read_open()] == [moment(330)]
    (tmp_path / "one.db").rmdir()
    engine.dispose()
    for name in ("one.db", "one.db-wal", "one.db-shm"):
        moved = tmp_path / f"hidden.db{name}"
        if moved.exists():
            moved.rename(tmp_path / name)
    wiki.give(36, busy=True, begins=False, ends=None, ended=0)
    assert [one.updated_at for one in read(engine)] == [moment(340)]
    engine.dispose()


def test_messages_lead_to_the_page_of_their_spell(engine: Engine, make: Make) -> None:
    wiki = make()
    wiki.calm(600)
    wiki.busy(300)
    restart(make, wiki)
    wiki.end(ago=20)
    [episode] = read(engine)
    assert episode.id is not None
    bodies = [notice.body for notice in read_notices(engine)]
    assert len(bodies) == 2
    assert all(f"http://x/live/{ENGLISH}/episodes/{episode.id}|this busy spell" in body for body in bodies)


@pytest.mark.parametrize(("wrong", "phases"), [(0.0, []), (600.0, ["begin", "end"])])
def test_a_clock_that_is_known_to_be_ahead_makes_no_old_news(
    engine: Engine, make: Make, wrong: float, phases: list[str]
) -> None:
    wiki = make(lag=605.0, wrong_seconds=wrong)
    wiki.calm(600)
    wiki.busy(300)
    wiki.end(ago=20)
    assert told(engine) == phases
