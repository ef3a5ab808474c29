"""The live part of the demo: a burst in the simulated stream, and what Slack is told of it."""

import html
import time
from collections.abc import Callable, Iterator
from typing import Any

import click
import requests

from wiki_activity.cli.setup import now
from wiki_activity.cli.status.live_status import read_live_status
from wiki_activity.settings import Settings

_WIKI = "en.wikipedia.org"
_BURST = {"project": _WIKI, "factor": 4.0, "minutes": 8.0, "people": 40}
_LEARN_SECONDS = 300.0
_TELL_SECONDS = 120.0
_CALM_BEFORE_SECONDS = 1500
_CALM_AFTER_SECONDS = 900
"""Of the stream's time. A spell soon after another is the same one, and its begin is not told again."""


def show_live(settings: Settings, simulator: str) -> Iterator[str]:
    """Let a burst come, show the messages of its begin and end, and yield what was not as it should be."""
    if not _wait(_LEARN_SECONDS, lambda: _knows_the_usual(settings) and _is_calm(simulator)):
        yield f"{_WIKI} was not calm, at a usual pace that the watcher knows, within {_LEARN_SECONDS:g} s"
        return
    seen = {message["text"] for message in _read_messages(simulator)}
    click.echo(
        f"Letting {_WIKI} be edited {_BURST['factor']:g} times as fast for {_BURST['minutes']:g} simulated minutes"
    )
    requests.post(f"{simulator}/simulator/settings", json={"burst": _BURST}, timeout=30).raise_for_status()
    for what, words in (("begin", " is busy"), ("end", " is back to its usual pace")):
        found: list[str] = []

        def has_come(words: str = words, found: list[str] = found) -> bool:
            new = [message["text"] for message in _read_messages(simulator) if message["text"] not in seen]
            found.extend(text for text in new if words in text)
            return bool(found)

        if _wait(_TELL_SECONDS, has_come):
            click.echo(f"Slack was told: {html.unescape(found[0])}")
        else:
            yield f"Slack was not told of the {what} of a burst within {_TELL_SECONDS:g} s"


def _knows_the_usual(settings: Settings) -> bool:
    status = read_live_status(settings, now())
    rate = None if status.live is None else status.live.rates.get(_WIKI)
    lag = None if status.heartbeat is None else status.heartbeat.lag_seconds
    return rate is not None and rate.usual is not None and not rate.busy and lag is not None and lag < 30


def _is_calm(simulator: str) -> bool:
    """Tell whether the simulator has planted no burst of its own around now."""
    response = requests.get(f"{simulator}/simulator/truth.json", timeout=30)
    response.raise_for_status()
    truth = response.json()
    begin, end = truth["stream_time"] - _CALM_BEFORE_SECONDS, truth["stream_time"] + _CALM_AFTER_SECONDS
    return not any(one["project"] == _WIKI and one["start"] < end and one["end"] > begin for one in truth["bursts"])


def _read_messages(simulator: str) -> list[dict[str, Any]]:
    response = requests.get(f"{simulator}/slack.json", timeout=30)
    response.raise_for_status()
    messages: list[dict[str, Any]] = response.json()
    return messages


def _wait(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(1)
    return False
