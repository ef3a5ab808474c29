"""Messages as their readers see them."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.digest import Digest
from wiki_activity.domain.episodes import Episode, EpisodeFacts, HashtagEdits, PageEdits, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.domain.peaks import Detector, Kind, Peak
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.simulator.slack import read_payload
from wiki_activity.slack.digest_messages import digest_message
from wiki_activity.slack.live_messages import Place, begin_message, end_message, several_message
from wiki_activity.slack.message import Message
from wiki_activity.slack.ops_messages import blind_message, failed_run_message, recovered_message
from wiki_activity.slack.samples import make_samples

AT = datetime(2026, 10, 3, 14, 2, tzinfo=UTC)
URL = "http://localhost:5000"
ENGLISH = Place("en.wikipedia.org", "English Wikipedia", URL)
FACTS = EpisodeFacts(
    since=0,
    until=300,
    edits=612,
    bot_edits=37,
    people=118,
    busiest_share=0.036,
    pages=(PageEdits("Rhythm & <blues>", 41, 19), PageEdits("AC/DC", 12, 1), PageEdits("Once", 1, 1)),
)
BUSY = Episode(
    project="en.wikipedia.org",
    detector=LiveDetectorName.BURST,
    opened_at=AT + timedelta(seconds=40),
    started_at=AT,
    updated_at=AT + timedelta(seconds=40),
    rate=2.88,
    usual=1.2,
    edits=120,
    telling=Telling.TOLD,
    facts=FACTS,
)
NOW = BUSY.opened_at
OVER = replace(
    BUSY,
    rate=3.72,
    edits=4803,
    ended_at=AT + timedelta(minutes=29),
    closed_at=AT + timedelta(minutes=32),
    why=EndReason.USUAL_AGAIN,
)
LATER = AT + timedelta(minutes=32)
PEAK = Peak(
    metric=Metric.PEOPLE_EDITS,
    project="hi.wikipedia.org",
    month=date(2026, 10, 1),
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
DIGEST = Digest(
    month=date(2026, 10, 1),
    watched=True,
    wikis=12,
    stood_out=(PEAK, replace(PEAK, project="bn.wikipedia.org", expected=0, value=42, kind=None)),
    still_up=0,
    bot_runs=0,
    unread=(),
    elsewhere=0,
    shared=False,
)
NAMES = {"hi.wikipedia.org": "Hindi Wikipedia", "bn.wikipedia.org": "Bangla Wikipedia"}


def tell(digest: Digest, late_episodes: tuple[Episode, ...] = ()) -> str:
    counts = {"hi.wikipedia.org": MonthCounts(edits=348_211, people_edits=338_860, anonymous_edits=9, editors=1204)}
    return digest_message(
        digest, names=NAMES, counts=counts, late_episodes=late_episodes, explorer_url=URL, now=LATER
    ).text  # fmt: skip


def test_a_digest_says_how_many_wikis_are_not_told_since_their_counts_are_faulty() -> None:
    said = tell(replace(DIGEST, stood_out=(), faults=("Outage <!here>", "Loss"), withheld=2))
    assert "12 wikis: 0 stood out, 10 as usual, 2 not told." in said
    assert "Counts of this month are faulty, as Wikistats says, and 2 wikis are not told for that: Outage" in said
    assert said.rstrip().endswith("Loss.")
    faulty = replace(DIGEST, faults=("Outage <!here>",))
    message = digest_message(faulty, names=NAMES, counts={}, late_episodes=(), explorer_url=URL, now=LATER)
    assert "<!here>" not in json.dumps(message.to_payload())


def blocks(message: Message) -> list[str]:
    payload = read_payload(json.dumps(message.to_payload()).encode())
    return [block["text"]["text"] if "text" in block else block["elements"][0]["text"] for block in payload["blocks"]]


def test_a_begin_says_how_busy_who_and_what_is_hot() -> None:
    assert begin_message(ENGLISH, BUSY, NOW).text == (
        "English Wikipedia is busy: 2.4× its usual pace since 14:02 UTC. 173 article edits a minute without bots (one "
        "every 0.35 s), against 72 over the half hour before. 118 people; 6 % by bots; no one above 4 %.\n"
        "Most edited: Rhythm & <blues> (41 edits, 19 people)."
    )


def test_a_begin_says_which_hashtag_many_edits_carried() -> None:
    tagged = replace(FACTS, hashtag=HashtagEdits("wpwp", FACTS.people_edits // 2, 40))
    assert (
        "no one above 4 %. 50 % of the edits without bots carried #wpwp.\n"
        in begin_message(ENGLISH, replace(BUSY, facts=tagged), NOW).text
    )
    for odd in (replace(tagged, hashtag=HashtagEdits("wpwp", 5, 3)), FACTS):
        assert "carried" not in begin_message(ENGLISH, replace(BUSY, facts=odd), NOW).text


def test_a_begin_names_no_page_that_fewer_than_three_people_edited() -> None:
    alone = replace(FACTS, pages=(PageEdits("Somebody", 41, 1), PageEdits("Two", 12, 2)))
    assert "Most edited" not in begin_message(ENGLISH, replace(BUSY, facts=alone), NOW).text
    three = replace(alone, pages=(*alone.pages, PageEdits("Three", 4, 3)))
    said = begin_message(ENGLISH, replace(BUSY, facts=three), NOW).text
    assert said.endswith("\nMost edited: Three (4 edits, 3 people).")


def test_messages_lead_to_the_page_of_a_spell_that_is_stored() -> None:
    stored, over = replace(BUSY, id=17), replace(OVER, id=17)
    address = "http://localhost:5000/live/en.wikipedia.org/episodes/17"
    for message in (begin_message(ENGLISH, stored, NOW), end_message(ENGLISH, over, LATER)):
        assert blocks(message)[-1].startswith(f"<{address}|this busy spell> · ")
    assert f"<{address}|English Wikipedia>" in blocks(recovered_message(AT, LATER, [(ENGLISH, over)], LATER, URL))[0]


def test_its_blocks_say_the_same_with_links_and_nothing_unfurls() -> None:
    message = begin_message(ENGLISH, BUSY, NOW)
    said, pages, footer = blocks(message)
    assert said.startswith(
        "*English Wikipedia is busy: 2.4× its usual pace since <!date^1791036120^{time}|14:02 UTC>.* "
    )
    assert "<https://en.wikipedia.org/wiki/Rhythm_%26_%3Cblues%3E|Rhythm &amp; &lt;blues&gt;> (41 edits" in pages
    assert footer == (
        "<https://en.wikipedia.org/wiki/Special:RecentChanges?namespace=0&amp;hidebots=0&amp;days=1&amp;limit=500|"
        "recent changes> · <http://localhost:5000/live/en.wikipedia.org|live page> · "
        "no more of this wiki: `wiki-activity mute en.wikipedia.org 24h`"
    )
    payload = message.to_payload()
    assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)
    assert "Rhythm &amp; &lt;blues&gt; (41" in payload["text"]
    assert all(block["text"]["verbatim"] for block in payload["blocks"][:2])


def test_a_rule_without_a_usual_pace_tells_the_time_between_edits() -> None:
    fixed = replace(BUSY, detector=LiveDetectorName.MEAN_GAP, usual=None, rate=35.7)
    said = begin_message(ENGLISH, fixed, NOW).text
    assert said.startswith(
        "English Wikipedia is busy: one edit every 0.028 s since 14:02 UTC. 2,142 article edits a minute (one every"
    )
    assert "half hour" not in said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(FACTS, bot_edits=0, busiest_share=0.4), "118 people; none by bots; one person made 40 %."),
        (replace(FACTS, bot_edits=1, busiest_share=0.1), "118 people; under 1 % by bots; no one above 10 %."),
        (replace(FACTS, bot_edits=612, people=0, busiest_share=0), "0 people; 100 % by bots."),
    ],
)
def test_who_is_behind_it(facts: EpisodeFacts, said: str) -> None:
    assert said in begin_message(ENGLISH, replace(BUSY, facts=facts), NOW).text


def test_an_end_says_how_long_and_how_much() -> None:
    assert end_message(ENGLISH, OVER, LATER, 2).text == (
        "English Wikipedia is back to its usual pace after 29 min (14:02–14:31 UTC). 2.3× on average, 3.1× at most; "
        "about 2,700 edits more than usual. Second busy spell this week."
    )
    assert blocks(end_message(ENGLISH, OVER, LATER))[0].startswith(
        "*English Wikipedia is back to its usual pace after 29 min* "
        "(<!date^1791036120^{time}|14:02 UTC>–<!date^1791037860^{time}|14:31 UTC>). "
    )


SIZE = " 2.3× on average, 3.1× at most; about 2,700 edits more than usual."


@pytest.mark.parametrize(
    ("changes", "title", "rest"),
    [
        ({"reopened": 1}, "English Wikipedia is back to its usual pace again after 29 min in all", SIZE),
        (
            {"why": EndReason.NEW_USUAL_LEVEL},
            "English Wikipedia has been busy for 29 min: from now on we take this as its usual pace",
            SIZE,
        ),
        (
            {"why": EndReason.FEED_SILENT},
            "We see no more edits of English Wikipedia, 29 min into a busy spell",
            f"{SIZE} Whether it is over is not known.",
        ),
        (
            {"why": None},
            "The busy spell of English Wikipedia is over; we did not see its end",
            f"{SIZE} It was last seen at 14:31 UTC.",
        ),
        (
            {"usual": None, "detector": LiveDetectorName.MEAN_GAP},
            "English Wikipedia is back to its usual pace after 29 min",
            " 4,803 edits; at most 223 article edits a minute.",
        ),
    ],
)
def test_other_ends(changes: dict, title: str, rest: str) -> None:
    assert end_message(ENGLISH, replace(OVER, **changes), LATER).text == f"{title} (14:02–14:31 UTC).{rest}"


def test_what_is_told_late_tells_its_day() -> None:
    assert "(3 Oct 14:02–14:31 UTC)" in end_message(ENGLISH, OVER, AT + timedelta(days=2)).text


def test_many_messages_become_one_with_a_line_each() -> None:
    lines = {"en": begin_message(ENGLISH, BUSY, NOW).line, "hi": end_message(ENGLISH, OVER, LATER).line}
    assert several_message(lines, URL).text == (
        "2 busy spells in one message, since you get no more than six an hour:\n"
        "• English Wikipedia: 2.4× its usual pace since 14:02 UTC\n"
        "• English Wikipedia 2.3×, 14:02–14:31 UTC, over"
    )
    many = several_message({str(at): lines["en"] for at in range(300)}, URL)
    assert many.text.endswith("\n• and 280 more")
    assert len(blocks(many)) >= 3


def test_blindness_is_not_calm() -> None:
    message = blind_message(AT, "Wikimedia's stream answers 502; retrying.", LATER, URL)
    assert message.text == (
        "We have not seen any edits since 14:02 UTC. Silence here does not mean calm. "
        "Wikimedia's stream answers 502; retrying."
    )
    assert blocks(message)[0].startswith("*We have not seen any edits since <!date^")


def test_recovery_tells_what_had_come_and_gone() -> None:
    message = recovered_message(AT, LATER, [(ENGLISH, OVER)], LATER, URL)
    assert message.text == (
        "Seeing edits again; 14:02–14:34 UTC caught up. Meanwhile: English Wikipedia 2.3×, 14:02–14:31 UTC."
    )
    assert "<http://localhost:5000/live/en.wikipedia.org|English Wikipedia>" in blocks(message)[0]
    assert recovered_message(AT, LATER, [], LATER, URL).text.endswith("caught up. No busy spell meanwhile.")


def test_a_failed_run_tells_its_first_line_and_where_to_look() -> None:
    message = failed_run_message(
        "monthly_refresh", "abc", "12 wikis <failed>\nTraceback", "http://localhost:3000/runs/abc"
    )
    assert message.text == "A run of monthly_refresh failed. 12 wikis <failed>"
    assert blocks(message)[1] == "<http://localhost:3000/runs/abc|the run>"


def test_a_digest_names_each_peak_and_what_it_was_made_of() -> None:
    assert tell(DIGEST) == (
        "October 2026, your 12 wikis: 2 stood out, 10 as usual.\n"
        "• Hindi Wikipedia: 2.3× expected, 338,860 edits without bots against 147,000. "
        "More people than usual: 1,204 editors.\n"
        "• Bangla Wikipedia: 42 edits without bots, where none were expected. What it was made of cannot be told."
    )


def test_a_digest_tells_what_else_there_is_to_know() -> None:
    rich = replace(
        DIGEST,
        still_up=1,
        bot_runs=3,
        unread=("hi.wikipedia.org", "xx.wikipedia.org"),
        elsewhere=37,
        shared=True,
    )
    told = tell(rich, (OVER,))
    assert told.startswith("October 2026, your 12 wikis: 2 stood out, 1 still does, 7 as usual, 2 could not be read.\n")
    assert told.endswith(
        "\nMore wikis stood out in this month than chance explains. Elsewhere 37 wikis stood out. "
        "Not listed: 3 wikis with mostly bot edits. Could not be read: Hindi Wikipedia, xx.wikipedia.org.\n"
        "Busy spells that we saw too late to tell: en.wikipedia.org 2.3×, 14:02–14:31 UTC."
    )


def test_a_digest_without_a_watchlist_names_the_ten_furthest_above_usual() -> None:
    peaks = tuple(replace(PEAK, project=f"w{at}.wikipedia.org") for at in range(41))
    told = tell(replace(DIGEST, watched=False, wikis=866, stood_out=peaks))
    assert told.startswith("October 2026, 866 wikis: 41 stood out, 825 as usual. The 10 that stood out most:\n• w0.")
    assert told.count("•") == 11
    assert told.endswith("• and 31 more")


def test_a_calm_month_is_said_to_be_one() -> None:
    assert tell(replace(DIGEST, stood_out=())) == "October 2026, your 12 wikis: all as usual."


def test_a_digest_links_each_peak_and_fits_into_slack() -> None:
    peaks = tuple(replace(PEAK, project=f"{'w' * 200}{at}.wikipedia.org") for at in range(60))
    message = digest_message(
        replace(DIGEST, stood_out=peaks), names={}, counts={}, late_episodes=(), explorer_url=URL, now=LATER
    )
    told = blocks(message)
    assert max(map(len, told)) <= 3000
    assert told[1].startswith(f"• <{URL}/p/{'w' * 200}0.wikipedia.org/peaks/2026-10?metric=people_edits|")
    assert told[-1] == f"<{URL}/peaks?month=2026-10|all peaks of October 2026>"


def test_a_message_comes_back_from_the_outbox_as_it_was() -> None:
    message = begin_message(ENGLISH, BUSY, NOW)
    assert Message.from_json(message.to_json()) == message


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"text": "a", "paragraphs": 5, "footer": "", "line": {}}'])
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="no message"):
        Message.from_json(body)


def test_long_titles_do_not_break_a_message() -> None:
    pages = tuple(PageEdits("ह" * 85 + str(at), 9, 2) for at in range(3))
    message = begin_message(ENGLISH, replace(BUSY, facts=replace(FACTS, pages=pages)), NOW)
    assert all(part.count("<") == part.count(">") for part in blocks(message))


def test_samples_are_a_begin_an_end_and_a_digest_marked_as_tests() -> None:
    samples = make_samples(NOW, URL)
    assert len(samples) == 3
    for message, words in zip(samples, ("is busy", "is back", "stood out"), strict=True):
        assert message.text.startswith("Test: ")
        assert message.text.endswith("This is a test of wiki-activity. Nothing of this has happened.")
        assert words in message.text
        assert blocks(message)[0].startswith("Test: *")
        assert "This is a test" in blocks(message)[-1]
