"""Article edits out of messages: what is kept, what is dropped, what is counted as broken."""

import gzip
import json
import logging
from typing import Any

import pytest

from wiki_activity.simulator.bursts import BurstPlan
from wiki_activity.simulator.events import EventSource, make_canaries
from wiki_activity.simulator.wikis import make_catalogue
from wiki_activity.wikimedia.events import BrokenMessages, Edit, EditDecoder
from wiki_activity.wikimedia.sse import SseParser
from wiki_activity_tests.shared_data import SHARED_DATA

EVENT: dict[str, Any] = {
    "$schema": "/mediawiki/recentchange/1.0.0",
    "meta": {"id": "a-1", "dt": "2026-06-15T12:00:01.250Z", "domain": "hi.wikipedia.org"},
    "type": "edit",
    "namespace": 0,
    "title": "नमस्ते",
    "timestamp": 1_781_524_800,
    "user": "Somebody",
    "bot": False,
    "server_name": "hi.wikipedia.org",
}
EDIT = Edit("hi.wikipedia.org", 1_781_524_800, False, "a-1", "नमस्ते", "Somebody", "2026-06-15T12:00:01.250Z")


def decode(*messages: object) -> tuple[list[Edit], BrokenMessages]:
    broken = BrokenMessages()
    lines = [message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages]
    return EditDecoder(broken).decode(lines), broken


def test_an_article_edit_is_kept_with_the_fields_that_are_needed() -> None:
    edits, broken = decode(EVENT)
    assert edits == [EDIT]
    assert not broken.kinds


def test_bots_and_new_pages_are_kept() -> None:
    edits, _ = decode(EVENT | {"bot": True}, EVENT | {"type": "new"})
    assert [edit.is_bot for edit in edits] == [True, False]


@pytest.mark.parametrize("change", [{"type": "log"}, {"type": "categorize"}, {"namespace": 1}, {"namespace": -1}])
def test_what_is_no_article_edit_is_dropped(change: dict[str, Any]) -> None:
    edits, broken = decode(EVENT | change)
    assert not edits
    assert not broken.kinds


def test_user_title_bot_and_time_of_receipt_may_be_missing() -> None:
    bare = {key: value for key, value in EVENT.items() if key not in {"user", "title", "bot"}}
    edits, broken = decode(bare | {"meta": {"id": "a-1"}}, bare | {"user": None, "title": None, "bot": None})
    assert [(edit.user, edit.title, edit.is_bot) for edit in edits] == [(None, None, False)] * 2
    assert not broken.kinds


def test_canaries_are_dropped_even_where_they_hold_nothing_else() -> None:
    parser = SseParser()
    frames = b"".join(event.frame for event in make_canaries(1_781_524_800))
    odd = {"meta": {"domain": "canary"}, "namespace": "0", "timestamp": "soon"}
    edits, broken = decode(*[message.data for message in parser.feed(frames)], odd)
    assert not edits
    assert not broken.kinds


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (b"{", "no JSON object"),
        (b"[]", "no JSON object"),
        (b'"\xff"', "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"meta":{"id":"1"},"title":"\xff"}', "no UTF-8"),
        ({"type": "edit"}, "Object missing required field `meta`"),
        (EVENT | {"meta": None}, "Expected `object`, got `null` - at `$.meta`"),
        (EVENT | {"namespace": "0"}, "Expected `int | null`, got `str` - at `$.namespace`"),
        (EVENT | {"timestamp": 1.5}, "Expected `int | null`, got `float` - at `$.timestamp`"),
        (EVENT | {"timestamp": None}, "an edit without timestamp"),
        (EVENT | {"namespace": None}, "an edit without namespace"),
        (EVENT | {"server_name": ""}, "an edit without server_name"),
        (EVENT | {"meta": {"domain": "hi.wikipedia.org"}}, "an edit without meta.id"),
    ],
)
def test_broken_messages_are_counted_by_kind_and_the_rest_goes_on(message: object, kind: str) -> None:
    edits, broken = decode(message, EVENT, message)
    assert edits == [EDIT]
    assert broken.kinds == {kind: 2}


def test_broken_messages_are_counted_by_wiki_where_it_can_be_read() -> None:
    _, broken = decode(EVENT | {"namespace": "0"}, b"{", EVENT | {"namespace": "0", "server_name": 7})
    assert broken.by_project == {"hi.wikipedia.org": 1, "": 2}


def test_each_kind_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        decode(b"{", b"{{", b"nonsense", {"type": "edit"})
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def test_the_simulated_stream_decodes_as_its_json_says() -> None:
    catalogue = make_catalogue(50)
    source = EventSource(catalogue.open_wikis, 3, BurstPlan(catalogue.open_wikis, 3, 6))
    events = [event for second in range(1_781_524_800, 1_781_524_830) for event in source.list_events(second)]
    messages = [message.data for message in SseParser().feed(b"".join(event.frame for event in events))]
    assert len(messages) == len(events)
    raw = [json.loads(message) for message in messages]
    wanted = [
        (one["server_name"], one["timestamp"], one["bot"], one["meta"]["id"], one["title"], one.get("user"))
        for one in raw
        if one.get("type") in {"edit", "new"} and one["namespace"] == 0 and one["meta"]["domain"] != "canary"
    ]
    edits, broken = decode(*messages)
    assert [(e.project, e.at, e.is_bot, e.event_id, e.title, e.user) for e in edits] == wanted
    assert wanted
    assert not broken.kinds


def test_recorded_events_decode() -> None:
    path = SHARED_DATA / "recentchange_sample.ndjson.gz"
    if not path.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")
    with gzip.open(path) as lines:
        recorded = lines.read().splitlines()
    edits, broken = decode(*recorded)
    events = [json.loads(line) for line in recorded]
    assert len(edits) == sum(one["type"] in {"edit", "new"} and one["namespace"] == 0 for one in events)
    assert not broken.kinds
