"""Article edits out of messages: what is kept, what is dropped, what is counted as broken."""

import gzip
import json
import logging
from typing import Any

import pytest

from wiki_activity.simulator.bursts import BurstPlan
from wiki_activity.simulator.simulated_events import EventSource, make_canaries
from wiki_activity.simulator.wiki_catalogue import make_catalogue
from wiki_activity.wikimedia.events import Edit, EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages
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
    assert [(edit.is_bot, edit.is_new) for edit in edits] == [(True, False), (False, True)]


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
        ({"type": "edit"}, "meta is missing"),
        (EVENT | {"meta": None}, "meta is null"),
        (EVENT | {"namespace": "0"}, "namespace is text"),
        (EVENT | {"timestamp": 1.5}, "timestamp is a number with decimals"),
        (EVENT | {"timestamp": None}, "timestamp is missing"),
        (EVENT | {"namespace": None}, "namespace is missing"),
        (EVENT | {"server_name": ""}, "server_name is missing"),
        (EVENT | {"meta": {"domain": "hi.wikipedia.org"}}, "meta.id is missing"),
        (EVENT | {"timestamp": "2026-06-15T12:00:00Z"}, "timestamp is text"),
        (EVENT | {"timestamp": True}, "timestamp is true or false"),
        (EVENT | {"bot": "false"}, "bot is text"),
        (EVENT | {"type": None}, "type is missing"),
        (EVENT | {"type": "page_edit" + "x" * 5000}, "type is unknown: 'page_editxxxxxxxxxxx'"),
        (EVENT | {"server_name": "x" * 10_000}, "server_name is no host name"),
        (EVENT | {"server_name": "en.wikipedia.org\0"}, "server_name is no host name"),
        (EVENT | {"server_name": "<b>.org"}, "server_name is no host name"),
        (EVENT | {"meta": {"id": "x" * 10_000}}, "meta.id has over 200 characters"),
        (json.dumps(EVENT).encode().replace(b"1781524800", b"NaN"), "no JSON object"),
        (json.dumps(EVENT).encode().replace(b"Somebody", b"\\ud800"), "no JSON object"),
        (b'{"meta":' + b'{"a":' * 100_000, "no JSON object"),
    ],
)
def test_broken_messages_are_counted_by_kind_and_the_rest_goes_on(message: object, kind: str) -> None:
    edits, broken = decode(message, EVENT, message)
    assert edits == [EDIT]
    assert broken.kinds == {kind: 2}


def test_broken_messages_are_counted_by_wiki_where_it_can_be_read() -> None:
    _, broken = decode(EVENT | {"namespace": "0"}, b"{", EVENT | {"namespace": "0", "server_name": 7})
    assert broken.by_project == {"hi.wikipedia.org": 1, "": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timestamp": "2026-06-15T12:00:00Z"}, "timestamp is text"),
        ({"namespace": "0"}, "namespace is text"),
        ({"bot": "no"}, "bot is text"),
        ({"server_name": None}, "server_name is missing"),
        ({"type": None, "kind": "edit"}, "type is missing"),
        ({"type": "revision"}, "type is unknown: 'revision'"),
    ],
)
def test_that_no_edit_can_be_read_is_told_with_the_reason_though_canaries_are_fine(
    change: dict[str, Any], reason: str
) -> None:
    broken = BrokenMessages()
    canary = json.dumps(EVENT | {"meta": EVENT["meta"] | {"domain": "canary"}}).encode()
    EditDecoder(broken).decode([b"{", canary, *[json.dumps(EVENT | change).encode()] * 30, canary])
    assert broken.problem == f"edits come, and none can be read: {reason}"
    broken.note_read(1)
    assert broken.problem is None


def test_events_without_any_article_edit_among_thousands_are_a_problem() -> None:
    broken = BrokenMessages()
    decoder = EditDecoder(broken)
    talk, article = (json.dumps(EVENT | {"namespace": namespace}).encode() for namespace in (1, 0))
    for _ in range(40):
        decoder.decode([talk] * 60)
    assert broken.problem == "events come, and none of the last 2,400 is an article edit"
    decoder.decode([article])
    assert broken.problem is None


def test_a_share_that_cannot_be_read_is_told_with_counts_by_reason() -> None:
    broken = BrokenMessages()
    for place in range(400):
        if place % 2:
            broken.note_read(1)
        else:
            broken.add("timestamp is text" if place % 10 else "bot is text", "…")
    assert broken.problem is None
    assert broken.warning == "200 of the last 400 edits cannot be read: timestamp is text (160), bot is text (40)"
    broken.note_read(1000)
    broken.note_read(1000)
    assert broken.warning is None


def test_one_wiki_of_which_nothing_can_be_read_is_named_however_small_its_share() -> None:
    broken = BrokenMessages()
    for _ in range(25):
        broken.add("timestamp is text", "…", "hi.wikipedia.org")
        broken.note_read(100)
    assert broken.warning == "hi.wikipedia.org: none of its last 25 edits can be read: timestamp is text"
    broken.note_wiki_read("hi.wikipedia.org")
    assert broken.warning is None


def test_names_without_number_do_not_fill_the_memory() -> None:
    broken = BrokenMessages()
    for number in range(20_000):
        broken.add("of some kind", "…", f"w{number}.example.org")
    assert len(broken.by_project) <= 5001
    assert broken.by_project.total() == 20_000


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


def test_hashtags_of_a_summary_are_kept_and_bots_have_none() -> None:
    summary = {"comment": "#WPWP and ＃1Lib1Ref, not C#, #12 or #redirect"}
    [edit, bot, plain] = decode(EVENT | summary, EVENT | summary | {"bot": True}, EVENT | {"comment": "#"})[0]
    assert edit.hashtags == {"wpwp", "1lib1ref"}
    assert (bot.hashtags, plain.hashtags) == (frozenset(), frozenset())


def test_deleted_pages_are_told_once_with_the_project_of_now() -> None:
    decoder = EditDecoder(BrokenMessages(), {"hiwiki": "hi.wikipedia.example"})
    log = EVENT | {"type": "log", "log_type": "delete", "log_action": "delete", "wiki": "hiwiki"}
    others = [{"log_action": "restore"}, {"log_type": "move"}, {"meta": {"domain": "canary"}}, {"title": None}]
    decoder.decode([json.dumps(one).encode() for one in (log, *(log | other for other in others), EVENT)])
    assert decoder.take_deleted() == [("hi.wikipedia.example", "नमस्ते")]
    assert decoder.take_deleted() == []


@pytest.mark.parametrize("noredir", ["1", 1, True])
def test_a_title_that_a_move_leaves_without_a_redirect_is_gone(noredir: object) -> None:
    decoder = EditDecoder(BrokenMessages())
    log = EVENT | {"type": "log", "log_type": "move", "log_action": "move", "title": "An attack"}
    decoder.decode([json.dumps(log | {"log_params": {"target": "Comet", "noredir": noredir}}).encode()])
    assert [title for _, title in decoder.take_deleted()] == ["An attack"]


@pytest.mark.parametrize(
    "params", [{"target": "B", "noredir": "0"}, {"target": "B"}, [], "text", 7, None, {"noredir": {}}]
)
def test_other_moves_and_odd_parameters_leave_the_title(params: object) -> None:
    broken = BrokenMessages()
    decoder = EditDecoder(broken)
    decoder.decode([json.dumps(EVENT | {"type": "log", "log_type": "move", "log_params": params}).encode()])
    assert decoder.take_deleted() == []
    assert not broken.kinds


def test_only_deleted_articles_are_told() -> None:
    decoder = EditDecoder(BrokenMessages())
    log = EVENT | {"type": "log", "log_type": "delete", "log_action": "delete", "namespace": 6}
    decoder.decode([json.dumps(log).encode()])
    assert decoder.take_deleted() == []
