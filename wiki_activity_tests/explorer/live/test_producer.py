"""A viewer who is too slow is let go, and holds nobody up."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wiki_activity.explorer.live.event_source import Event
from wiki_activity.explorer.live.minutes import Minutes
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.producer import Producer, TooManyViewersError, Viewer
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.live.hand import START


async def drain(viewer: Viewer) -> list[Event]:
    return [event async for event in viewer.events()]


def test_a_viewer_without_room_is_told_to_connect_again() -> None:
    viewer = Viewer(None, [Event("snapshot", "{}")], room=3)

    assert viewer.give([Event("point", "{}", 1), Event("point", "{}", 2)])
    assert not viewer.give([Event("point", "{}", 3), Event("point", "{}", 4)])
    assert not viewer.give([Event("point", "{}", 5)])

    assert [event.name for event in asyncio.run(drain(viewer))] == ["snapshot", "reconnect"]


def test_a_viewer_that_is_ended_gets_what_waits() -> None:
    viewer = Viewer(None, [])
    viewer.give([Event("point", "{}", 1)])
    viewer.end()

    assert [event.id for event in asyncio.run(drain(viewer))] == [1]


def pictures() -> Iterator[Picture]:
    """A minute more each time."""
    picture = Picture(datetime.now(UTC))
    together: dict[int, tuple[int, int]] = {}
    while True:
        minute = START + 60 * len(together)
        together = {**together, minute: (5, 0)}
        picture = replace(picture, minutes=Minutes(minute + 60, {"en.wikipedia.org": together}, together))
        yield picture


def test_a_viewer_who_takes_nothing_does_not_keep_others_from_getting_all(settings: Settings) -> None:
    async def watch() -> tuple[list[int | None], int, list[Event]]:
        made = pictures()
        producer = Producer(lambda: next(made), settings)
        slow, quick = await producer.join(None, None), await producer.join(None, None)
        slow.room = 2
        ids: list[int | None] = []
        async for event in quick.events():
            if event.name == "point":
                ids.append(event.id)
            if len(ids) == 4:
                break
        left = producer.viewers
        await producer.close()
        return ids, left, await drain(slow)

    ids, left, rest = asyncio.run(watch())

    assert ids == [START + 60 * place for place in range(1, 5)]
    assert left == 1
    assert rest[-1].name == "reconnect"


def test_there_is_room_for_so_many_and_again_when_one_leaves(settings: Settings) -> None:
    async def crowd() -> None:
        made = pictures()
        producer = Producer(lambda: next(made), settings, most_viewers=2)
        first = await producer.join(None, None)
        await producer.join("hi.wikipedia.org", None)
        with pytest.raises(TooManyViewersError):
            await producer.join(None, None)
        producer.leave(first)
        await producer.join(None, None)
        await producer.close()

    asyncio.run(crowd())
