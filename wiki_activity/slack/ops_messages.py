"""What is said to those who keep this program running: nothing is seen, edits are seen again, a run failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from wiki_activity.domain.episodes import Episode
from wiki_activity.slack.lines import Line, bold, join, link, moment, sentences, time_span, words
from wiki_activity.slack.live_messages import Place, describe_episode_in_words
from wiki_activity.slack.message import Message, compose
from wiki_activity.slack.slack_wording import needs_day

_MOST_EPISODES: Final = 10
_LONGEST_REASON: Final = 300


def blind_message(since: datetime, reason: str, now: datetime, explorer_url: str) -> Message:
    """Say that no edits are seen, which is not calm.

    Parameters
    ----------
    since
        When the last edit was seen, UTC.
    reason
        What is the matter and what is done about it, a sentence; may be empty.
    """
    at = moment(since, with_day=needs_day(since, now))
    title = bold("We have not seen any edits since " + at + ". Silence here does not mean calm.")
    return compose([sentences(title, _shorten(reason))], [link(f"{explorer_url}/live", "live pages")])


def recovered_message(
    since: datetime, until: datetime, meanwhile: Sequence[tuple[Place, Episode]], now: datetime, explorer_url: str
) -> Message:
    """Say that edits are seen again, and what had come and gone meanwhile.

    Parameters
    ----------
    since, until
        What was caught up, UTC.
    meanwhile
        Spells that began and ended before anybody could be told.
    """
    span = time_span(since, until, with_day=needs_day(since, now))
    episodes = [describe_episode_in_words(place, episode, now) for place, episode in meanwhile[:_MOST_EPISODES]]
    if len(meanwhile) > _MOST_EPISODES:
        episodes.append(words(f"and {len(meanwhile) - _MOST_EPISODES} more"))
    told = "Meanwhile: " + join("; ", episodes) + "." if episodes else words("No busy spell meanwhile.")
    title = bold("Seeing edits again; " + span + " caught up.")
    return compose([sentences(title, told)], [link(f"{explorer_url}/live", "live pages")])


def store_message(name: str, since: datetime, problem: str | None, now: datetime, explorer_url: str) -> Message:
    """Say that a store is away while edits are seen, so that counts wait; or that it is back.

    Parameters
    ----------
    name
        As people call it.
    since
        Since when it was away, UTC.
    problem
        What it says; None where it is back.
    """
    at = moment(since, with_day=needs_day(since, now))
    if problem is None:
        title = bold(f"Back again: {name}, away since " + at + ".")
        lines = sentences(title, "What was counted meanwhile is being stored.")
    else:
        title = bold(f"Counts wait: {name} is away since " + at + ".")
        lines = sentences(title, _shorten(f"{problem}. Edits are seen, and nothing is lost so far."))
    return compose([lines], [link(f"{explorer_url}/live", "live pages")])


def failed_run_message(job: str, run_id: str, error: str, address: str | None) -> Message:
    """Say that a run failed, and where to look.

    Parameters
    ----------
    job
        Its name.
    error
        Its first line is told.
    address
        Of the run's page; None where there is none.
    """
    title = bold(f"A run of {job} failed.")
    where: Line = link(address, "the run") if address else words(f"run {run_id}")
    return compose([sentences(title, _shorten(error))], [where])


def first_load_message(error: str) -> Message:
    """Say that the first load cannot begin.

    Parameters
    ----------
    error
        Its first line is told.
    """
    title = bold("Wikimedia cannot be read, so that the first load cannot begin.")
    return compose([sentences(title, _shorten(error), "It is tried again every few minutes.")])


def failing_watcher_message(run_id: str, error: str, address: str | None) -> Message:
    """Say that the watcher of the live stream fails at each start, and why.

    Parameters
    ----------
    error
        Its first line is told.
    address
        Of the newest run's page; None where there is none.
    """
    title = bold("The watcher of the live stream fails at each start.")
    where: Line = link(address, "the run") if address else words(f"run {run_id}")
    return compose([sentences(title, _shorten(error), "It is tried again every few minutes.")], [where])


def starting_watcher_message() -> Message:
    """Say that the watcher of the live stream is well again."""
    return compose([bold("The watcher of the live stream starts again, and watches.")])


def _shorten(text: str) -> str:
    first = text.strip().partition("\n")[0].strip()
    return first if len(first) <= _LONGEST_REASON else f"{first[: _LONGEST_REASON - 1]}…"
