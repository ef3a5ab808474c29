"""A simulator with one cause of each kind, and what asks it."""

from datetime import date
from typing import Any

import requests

from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity_tests.simulator.conftest import AGENT

_SESSION = requests.Session()
MARCH = date(2026, 3, 1)
HOSTS = ("as", "pa", "si", "kn", "or", "ne", "gu", "is", "br", "sw", "cy", "sq", "af", "bs")
WIKIS = {kind: f"{host}.wikipedia.org" for kind, host in zip(CauseKind, HOSTS, strict=True)}
"""Which wiki has a cause of which kind in March 2026."""
CAUSES = tuple(PlantedCause(WIKIS[kind], MARCH, kind, 0.5, 3.0) for kind in CauseKind)
SETTINGS = SimulatorSettings(
    wikis=170, newest_month=date(2026, 5, 1), limits=Limits(requests_per_minute=100_000), causes=CAUSES
)
QUERY = {"action": "query", "format": "json", "formatversion": "2"}


def ask(url: str, path: str, **asked: str | int) -> requests.Response:
    """Ask for a path."""
    return _SESSION.get(url + path, params=asked, headers={"User-Agent": AGENT}, timeout=30)


def ask_wiki(url: str, host: str, **asked: str | int) -> dict[str, Any]:
    """Ask a wiki's Action API one question."""
    answer = ask(url, f"/wikis/{host}/w/api.php", **QUERY, **asked)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def ask_all(url: str, host: str, name: str, **asked: str | int) -> list[dict[str, Any]]:
    """Ask for all parts of a list."""
    rows: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    for _ in range(1000):
        document = ask_wiki(url, host, list=name, **(asked | more))
        rows += document["query"][name]
        more = document.get("continue", {})
        if not more:
            assert document["batchcomplete"] is True
            return rows
    raise AssertionError(name)


def list_revisions(url: str, host: str, start: str, end: str, **asked: str | int) -> list[dict[str, Any]]:
    """List all revisions between two times, each with its page's title and namespace."""
    every = {"arvdir": "newer", "arvlimit": 500, "arvprop": "ids|timestamp|user|userid|comment|tags|flags|size"}
    pages = ask_all(url, host, "allrevisions", arvstart=start, arvend=end, **(every | asked))
    return [{"ns": page["ns"], "title": page["title"], **row} for page in pages for row in page["revisions"]]


def list_top(url: str, what: str, host: str, editor_type: str, page_type: str, *, day: str = "all-days") -> list[Any]:
    """List the top pages or editors of March 2026."""
    project = host.removesuffix(".org")
    answer = ask(url, f"/metrics/{what}/top-by-edits/{project}/{editor_type}/{page_type}/2026/03/{day}")
    assert answer.status_code == 200, answer.text
    rows: list[Any] = answer.json()["items"][0]["results"][0]["top"]
    return rows


def count_days(url: str, host: str, editor_type: str, page_type: str, end: str = "20260401") -> dict[str, int]:
    """Count the edits of the days of March 2026."""
    path = f"/metrics/edits/aggregate/{host.removesuffix('.org')}/{editor_type}/{page_type}/daily/20260301/{end}"
    answer = ask(url, path)
    assert answer.status_code == 200, answer.text
    return {row["timestamp"][:10]: row["edits"] for row in answer.json()["items"][0]["results"]}


def find_truth(url: str, kind: CauseKind) -> dict[str, Any]:
    """Find what was planted of a kind."""
    [truth] = ask(url, "/simulator/causes.json", project=WIKIS[kind], month="2026-03").json()
    found: dict[str, Any] = truth
    return found
