"""What the live pages say in words, the same on every page, in the stream and in the API."""

from datetime import UTC, datetime

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.finding_sentences import show_name
from wiki_activity.domain.live import EndReason
from wiki_activity.domain.months import name_month
from wiki_activity.domain.sentences import format_count
from wiki_activity.domain.stream_health import StreamHealth
from wiki_activity.explorer.live.gauges import Gauge
from wiki_activity.slack.slack_wording import count_of, duration, times

_ENDS = {
    EndReason.USUAL_AGAIN: "back to its usual pace",
    EndReason.FEED_SILENT: "no more edits were seen; whether it was over is not known",
    EndReason.NEW_USUAL_LEVEL: "went on for so long that it is taken as the usual pace",
}

_TELLINGS = {
    Telling.SILENT: "No message was sent: too few edits or people had a part in it.",
    Telling.HELD: "No message was sent yet: it was found while catching up, and may be over already.",
    Telling.MUTED: "No message was sent: the channel’s messages about this wiki were muted.",
    Telling.TOLD: "A message was sent when it began.",
    Telling.RECOVERY: "It was over when it was found: one line told of it when edits were seen again.",
    Telling.DIGEST: "It was over long before it was found: the next monthly digest tells of it in one line.",
    Telling.DIGESTED: "It was over long before it was found: a monthly digest told of it in one line.",
}


def describe_stream_health(health: StreamHealth, *, received: bool) -> str:
    """Say whether edits are seen, and what is the matter if not.

    Parameters
    ----------
    received
        Whether there are earlier numbers to show.
    """
    rest = " Numbers are those last received." if received else ""
    if health.sees:
        return f"Edits are seen. {health.waits}{rest}" if health.waits else "Edits are seen."
    since = "" if health.since is None else f", since {format_second(health.since)}"
    return f"We cannot see edits now{since}. {health.reason}{rest}"


def describe_gauge(gauge: Gauge) -> str:
    """Say how fast a wiki is edited, and how that compares."""
    if gauge.rate is None:
        return f"How fast {_subject(gauge)} edited is not known. {_explain_usual(gauge)}".rstrip()
    if gauge.project is None:
        pace = f"{format_count(gauge.rate)} edits in the last full minute, on all wikis together"
    elif not gauge.judged:
        pace = f"{_edits(gauge.rate)} in the last full minute"
    else:
        without_bots = " without bots" if gauge.counted == "people_edits" else ""
        pace = f"{_edits(gauge.rate)} a minute{without_bots}"
    if gauge.times is not None and gauge.usual is not None:
        return f"{pace}: {times(gauge.times)} the usual {format_count(gauge.usual)}."
    return f"{pace}. {_explain_usual(gauge)}"


def describe_end(episode: Episode) -> str:
    """Say how an episode ended; nothing while it is open."""
    if episode.closed_at is None:
        return ""
    if episode.is_of_page and episode.why is EndReason.USUAL_AGAIN:
        return "no longer edited by many"
    return "we did not see its end" if episode.why is None else _ENDS[episode.why]


def describe_episode(name: str, episode: Episode) -> str:
    """Say that a wiki is busy or a page of it hot, or that this is over."""
    if episode.is_of_page:
        return _describe_page_episode(name, episode)
    if episode.closed_at is not None:
        return f"{name}: busy spell over after {duration(episode.seconds)}; {describe_end(episode)}."
    how_much = "" if episode.times is None else f": up to {times(episode.times)} its usual pace"
    return f"{name} is busy{how_much}, since {episode.started_at.astimezone(UTC):%H:%M} UTC."


def _describe_page_episode(name: str, episode: Episode) -> str:
    size = f"{count_of(episode.edits, 'edit', 'edits')}{_by_people(episode)}"
    if episode.closed_at is not None:
        end = "it was hot for so long that this is taken as usual" if episode.why is EndReason.NEW_USUAL_LEVEL else ""
        end = end or ("it is no longer hot" if episode.why is not None else "we did not see its end")
        return f"{name}: {_name_page(episode)} was hot for {duration(episode.seconds)}, {size}; {end}."
    return f"{name}: {_name_page(episode)} is hot, {size} since {episode.started_at.astimezone(UTC):%H:%M} UTC."


def _name_page(episode: Episode) -> str:
    return show_name(episode.shown_page or "one page, not named")


def _by_people(episode: Episode) -> str:
    return "" if episode.facts is None else f" by {count_of(episode.facts.people, 'person', 'people')}"


def describe_times(episode: Episode) -> str:
    """Say how busy a spell was and since when, for a line that names its wiki."""
    how_much = "" if episode.times is None else f"up to {times(episode.times)} the usual rate, "
    if episode.is_of_page:
        how_much = f"{_name_page(episode)}, {count_of(episode.edits, 'edit', 'edits')}{_by_people(episode)}, "
    began = _write_moment(episode.started_at, "%H:%M")
    if episode.closed_at is None:
        return f"{how_much}since {began}"
    return f"{how_much}from {began} on, for {duration(episode.seconds)}"


def describe_telling(episode: Episode) -> str:
    """Say whether a message was made of an episode, and if not, why."""
    return _TELLINGS[episode.telling]


def describe_strip_episodes(health: StreamHealth, *, any_known: bool, readable: bool) -> str:
    """Say what a list of the last day's busy spells does not tell: an empty one is calm only where edits are seen."""
    if not readable:
        return "Busy spells cannot be read now." + (" These are the last that were read." if any_known else "")
    if not health.sees:
        return "" if any_known else "None is known: nobody looks for them now."
    return "" if any_known else "None was found in the last 24 hours."


def format_second(moment: datetime) -> str:
    """Write a moment to the second, `22 Nov 2026, 05:35:10 UTC`."""
    return _write_moment(moment, "%H:%M:%S")


def _write_moment(moment: datetime, clock: str) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {name_month(utc.date())[:3]} {utc.year}, {utc:{clock}} UTC"


def _subject(gauge: Gauge) -> str:
    return "all wikis together are" if gauge.project is None else "this wiki is"


def _edits(count: float) -> str:
    return "1 edit" if count == 1 else f"{format_count(count)} edits"


def _explain_usual(gauge: Gauge) -> str:
    if gauge.project is None:
        return "No usual pace is known for all of them together."
    if not gauge.judged:
        return "This wiki is counted, not judged: no usual pace is known, and no busy spells are looked for."
    if gauge.counted == "people_edits":
        return "What is usual is not known yet: that takes ten minutes of edits."
    if gauge.speaks_at is None:
        return "No busy spell can begin: the fixed limit is 0 seconds between edits."
    return f"A busy spell begins above {format_count(gauge.speaks_at)} a minute, a fixed limit."
