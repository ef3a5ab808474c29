"""What is said of busy spells: that one began, that it ended, and several of them in one message."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from wiki_activity.domain.episodes import LEAST_PEOPLE, Episode, EpisodeFacts, PageEdits
from wiki_activity.domain.finding_sentences import show_name
from wiki_activity.domain.findings import LEAST_SHARE
from wiki_activity.domain.live import EndReason
from wiki_activity.slack.lines import Line, bold, escape, join, link, moment, page_address, sentences, time_span, words
from wiki_activity.slack.message import Message, compose
from wiki_activity.slack.slack_wording import about, count_of, duration, gap, needs_day, ordinal, pace, percent, times

_PAGES: Final = 3
_LONGEST_ADDRESS: Final = 600
_MOST_LINES: Final = 20
_BUSY_PERSON: Final = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happens.

    Parameters
    ----------
    project
        The wiki.
    name
        Its name for readers, or its project where that is not known.
    explorer_url
        Where our own pages are, without a trailing slash.
    """

    project: str
    name: str
    explorer_url: str

    @property
    def live_address(self) -> str:
        """Where its live page is."""
        return f"{self.explorer_url}/live/{quote(self.project)}"

    def address(self, episode: Episode) -> str:
        """Return where a busy spell has its page; the wiki's live page where it was not stored."""
        return self.live_address if episode.id is None else f"{self.live_address}/episodes/{episode.id}"

    def footer(self, episode: Episode) -> tuple[Line, ...]:
        """Link what a reader wants next, and say how to be left alone."""
        mute = f"wiki-activity mute {self.project} 24h"
        recent = f"{page_address(self.project, 'Special:RecentChanges')}?namespace=0&hidebots=0&days=1&limit=500"
        return (
            *([] if episode.id is None else [link(self.address(episode), "this busy spell")]),
            link(recent, "recent changes"),
            link(self.live_address, "live page"),
            "no more of this wiki: " + Line(f"`{escape(mute)}`", mute),
        )


def begin_message(place: Place, episode: Episode, now: datetime) -> Message:
    """Say that a wiki is busy, how much so, who is behind it and what is hot.

    Parameters
    ----------
    episode
        Open; its facts are those of its first minutes.
    now
        When it is said, UTC.
    """
    since = "since " + moment(episode.started_at, with_day=needs_day(episode.started_at, now))
    if episode.is_of_page:
        return _page_begin_message(place, episode, since)
    if episode.times is None:
        how_much = words(f"one edit every {gap(episode.rate)}")
    else:
        how_much = words(f"{times(episode.times)} its usual pace")
    title = bold(f"{place.name} is busy: " + how_much + " " + since + ".")
    said = sentences(title, _describe_pace(episode), describe_people(episode.facts), describe_hashtag(episode.facts))
    gist = f"{place.name}: " + how_much + " " + since
    return compose([said, describe_pages(place.project, episode.facts)], place.footer(episode), gist)


def end_message(place: Place, episode: Episode, now: datetime, episodes_this_week: int = 1) -> Message:
    """Say that a busy spell is over, how long it took and how much came together.

    Parameters
    ----------
    episode
        Closed.
    now
        When it is said, UTC.
    episodes_this_week
        How many the wiki had within seven days, this one included.
    """
    ended_at = episode.ended_at or episode.updated_at
    span = time_span(episode.started_at, ended_at, with_day=needs_day(episode.started_at, now))
    length = duration(episode.seconds)
    if episode.is_of_page:
        return _page_end_message(place, episode, span, now)
    again = " again" if episode.reopened else ""
    in_all = " in all" if episode.reopened else ""
    why_unsure: Line | str = ""
    if episode.why is EndReason.NEW_USUAL_LEVEL:
        title = f"{place.name} has been busy for {length}: from now on we take this as its usual pace"
    elif episode.why is EndReason.FEED_SILENT:
        title = f"We see no more edits of {place.name}, {length} into a busy spell"
        why_unsure = "Whether it is over is not known."
    elif episode.why is None:
        title = f"The busy spell of {place.name} is over; we did not see its end"
        why_unsure = "It was last seen at " + moment(ended_at, with_day=needs_day(ended_at, now)) + "."
    else:
        title = f"{place.name} is back to its usual pace{again} after {length}{in_all}"
    said = sentences(
        bold(title) + " (" + span + ").",
        _describe_size(episode),
        why_unsure,
        f"{ordinal(episodes_this_week)} busy spell this week." if episodes_this_week > 1 else "",
    )
    return compose([said], place.footer(episode), _describe_span(place, episode, now) + ", over")


def _page_begin_message(place: Place, episode: Episode, since: Line) -> Message:
    title = bold(_name_page(episode) + f" is hot on {place.name}: " + _count_page(episode) + " " + since + ".")
    usual = f", against {about_a_minute(episode.usual)} in recent days" if episode.usual else ""
    said = sentences(title, f"{pace(episode.rate)} without bots{usual}.", _explain_namelessness(episode))
    gist = f"{place.name}: " + _name_page(episode) + " is hot, " + _count_page(episode) + " " + since
    return compose([said], place.footer(episode), gist)


def _page_end_message(place: Place, episode: Episode, span: Line, now: datetime) -> Message:
    length = duration(episode.seconds)
    unsure = ""
    if episode.why is EndReason.NEW_USUAL_LEVEL:
        title = f" on {place.name} has been hot for {length}: from now on we take this as usual for it"
    elif episode.why is None:
        title = f" on {place.name} is no longer hot; we did not see when that ended"
        unsure = "It was last seen hot at the second of these times."
    else:
        title = f" on {place.name} is no longer hot after {length}"
    said = sentences(
        bold(_name_page(episode) + title) + " (" + span + ").",
        _count_page(episode) + f"; at most {pace(episode.rate)} without bots.",
        unsure,
    )
    return compose([said], place.footer(episode), _describe_span(place, episode, now) + ", over")


def _name_page(episode: Episode) -> Line:
    title = episode.shown_page
    if title is None:
        return words("A page")
    address = page_address(episode.project, title)
    return words(title) if len(address) > _LONGEST_ADDRESS else link(address, title)


def _count_page(episode: Episode) -> Line:
    edits = count_of(episode.edits, "edit", "edits")
    people = "" if episode.facts is None else f" by {count_of(episode.facts.people, 'person', 'people')}"
    return words(edits + people)


def _explain_namelessness(episode: Episode) -> str:
    return "" if episode.shown_page else "It has no name here, since it is new, or could not be looked up."


def describe_episode_in_words(place: Place, episode: Episode, now: datetime) -> Line:
    """Say the gist of a spell that is over, `English Wikipedia 2.1×, 14:44–14:58`, with a link to its page."""
    return _describe_span(place, episode, now, linked=True)


def several_message(lines_by_topic: Mapping[str, Line], explorer_url: str) -> Message:
    """Say in one message what would have been too many within an hour.

    Parameters
    ----------
    lines_by_topic
        The gist of the last message about each spell.
    """
    lines = list(lines_by_topic.values())
    rows = ["• " + line for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        rows.append("• " + link(f"{explorer_url}/live", f"and {len(lines) - _MOST_LINES} more"))
    title = bold(f"{count_of(len(lines), 'busy spell', 'busy spells')} in one message")
    return compose(
        [title + ", since you get no more than six an hour:", join("\n", rows)],
        [link(f"{explorer_url}/live", "live pages")],
    )


def describe_people(facts: EpisodeFacts | None) -> Line:
    """Say how many people there were, and whether bots or one person stand behind it: `118 people; 6 % by bots; …`."""
    if facts is None or not facts.edits:
        return Line()
    bots = f"{percent(facts.bots_share)} by bots" if facts.bot_edits else "none by bots"
    share = facts.busiest_share
    if not facts.people:
        busiest = ""
    elif share >= _BUSY_PERSON:
        busiest = f"; one person made {percent(share)}"
    else:
        busiest = f"; no one above {math.ceil(100 * share - 1e-9)} %"
    return words(f"{count_of(facts.people, 'person', 'people')}; {bots}{busiest}.")


def describe_hashtag(facts: EpisodeFacts | None) -> Line:
    """Say which hashtag many of people's edits carried: `41 % carried #WPWP.`; nothing where none did."""
    if facts is None or facts.hashtag is None or facts.hashtag_share < LEAST_SHARE:
        return Line()
    return words(
        f"{percent(facts.hashtag_share)} of the edits without bots carried #{show_name(facts.hashtag.hashtag)}."
    )


def describe_pages(project: str, facts: EpisodeFacts | None) -> Line:
    """Name the most edited pages of those that several people edited: one person's pages would point at that person."""
    hot = [page for page in (facts.pages if facts else ()) if page.people >= LEAST_PEOPLE][:_PAGES]
    if not hot:
        return Line()
    return "Most edited: " + join(", ", [_describe_page(project, page) for page in hot]) + "."


def _describe_page(project: str, page: PageEdits) -> Line:
    address = page_address(project, page.title)
    title = words(page.title) if len(address) > _LONGEST_ADDRESS else link(address, page.title)
    return title + f" ({count_of(page.edits, 'edit', 'edits')}, {count_of(page.people, 'person', 'people')})"


def _describe_pace(episode: Episode) -> str:
    without_bots = " without bots" if episode.detector.judges_people else ""
    now = f"{pace(episode.rate)}{without_bots} (one every {gap(episode.rate)})"
    if not episode.usual:
        return f"{now}."
    return f"{now}, against {about_a_minute(episode.usual)} over the half hour before."


def about_a_minute(rate: float) -> str:
    """Write a rate as a number a minute."""
    return pace(rate).split()[0]


def _describe_size(episode: Episode) -> str:
    average, most, excess = episode.average_times, episode.times, episode.excess
    if average is None or most is None or excess is None:
        return f"{count_of(episode.edits, 'edit', 'edits')}; at most {pace(episode.rate)}."
    beyond = f"; about {about(excess)} edits more than usual" if excess >= 1 else ""
    return f"{times(average)} on average, {times(max(most, average))} at most{beyond}."


def _describe_span(place: Place, episode: Episode, now: datetime, *, linked: bool = False) -> Line:
    name = link(place.address(episode), place.name) if linked else words(place.name)
    if episode.is_of_page:
        name += ": " + _name_page(episode)
    ratio = episode.average_times or episode.times
    size = times(ratio) if ratio else pace(episode.rate)
    ended_at = episode.ended_at or episode.updated_at
    return name + f" {size}, " + time_span(episode.started_at, ended_at, with_day=needs_day(episode.started_at, now))
