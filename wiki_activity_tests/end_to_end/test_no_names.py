"""Nobody is named: after the newest month was explained, all that is stored, served, sent and logged is searched."""

import html
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

import pytest
import requests
import sqlalchemy as sa
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.findings import FindingKind
from wiki_activity.domain.months import format_month
from wiki_activity.evidence.choosing import list_due
from wiki_activity.evidence.explaining import Explainer
from wiki_activity.evidence.forgetting import forget_deleted, list_todays
from wiki_activity.evidence.services import make_services
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import Settings, read_settings
from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.slack.client import SlackWebhook
from wiki_activity.storage.database import create_database_engine
from wiki_activity.watch.delivery import deliver_due
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.simulator.conftest import AGENT

NEWEST = date(2026, 5, 1)
PLANTED = {
    "as.wikipedia.org": CauseKind.CAMPAIGN_HASHTAG,
    "pa.wikipedia.org": CauseKind.CAMPAIGN,
    "kn.wikipedia.org": CauseKind.IMPORT,
    "ne.wikipedia.org": CauseKind.REVERTS,
    "is.wikipedia.org": CauseKind.FEW_PEOPLE,
    "br.wikipedia.org": CauseKind.NEWS,
}
ODD = "sw.wikipedia.org"
"""Its services answer oddly."""
LOOKED_AT = ["as.wikipedia.org", "pa.wikipedia.org", "ne.wikipedia.org", ODD]
"""Whose pages are read; lists are of all."""
DEBUG = "%(name)s %(message)s"


class Names:
    """All that nobody may be told; each ends in a number, by which it is looked up."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_number: dict[str, set[str]] = defaultdict(set)
        for name in names:
            self._by_number[re.findall(r"[0-9A-Fa-f]+$", name)[0].lower()].add(name)

    def find(self, text: str) -> set[str]:
        """Find those in a text, however it writes what is special in its language."""
        forms = {text, html.unescape(text), unquote(text).replace("_", " ")}
        forms |= {re.sub(r"\\u([0-9a-fA-F]{4})", lambda one: chr(int(one[1], 16)), text).replace('\\"', '"')}
        return {name for form in forms for name in self._find(form)}

    def _find(self, text: str) -> Iterator[str]:
        for match in re.finditer(r"[0-9A-Fa-f]+(?![0-9A-Za-z])", text):
            # What comes before belongs to the number for the eye, and to the name.
            for at in range(match.start(), match.end()):
                for name in self._by_number.get(text[at : match.end()].lower(), ()):
                    if text.endswith(name, 0, match.end()):
                        yield name


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    causes = tuple(
        PlantedCause(wiki, NEWEST, kind, 0.6, 3.0) for wiki, kind in {**PLANTED, ODD: CauseKind.TOOLS}.items()
    )
    limits = Limits(requests_per_minute=1_000_000)
    with running_simulator(SimulatorSettings(wikis=170, newest_month=NEWEST, limits=limits, causes=causes)) as base:
        yield base


@pytest.fixture(scope="module")
def settings(simulator: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    environment = {
        "WIKI_ACTIVITY_STATE_DIR": str(tmp_path_factory.mktemp("installation")),
        "WIKI_ACTIVITY_METRICS_URL": f"{simulator}/api/rest_v1/metrics",
        "WIKI_ACTIVITY_SITEMATRIX_URL": f"{simulator}/w/api.php",
        "WIKI_ACTIVITY_CONTACT": "tests@example.org",
        "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "900000",
        "WIKI_ACTIVITY_SLACK_WEBHOOK_URL": f"{simulator}/slack/T/B/x",
        "WIKI_ACTIVITY_WATCHLIST": ",".join(PLANTED),
    }
    # What is loaded first is no news.
    for options in (("--to", "2026-04"), ("--to", format_month(NEWEST)), ("--people",)):
        ended = run(environment, "refresh", *options)
        assert ended.code == 0, ended.err
    return read_settings(environment)


def set_faults(simulator: str, **faults: list[str]) -> None:
    requests.post(f"{simulator}/simulator/settings", json={"faults": faults}, timeout=10).raise_for_status()


def explain_all(settings: Settings, engine: Engine, simulator: str) -> list[str]:
    """Explain all that is due, and one wiki again while services answer oddly; the wikis."""
    with PoliteSession(contact="tests@example.org", per_minute=900_000, max_connections=3) as session:
        services = make_services(settings, session)
        explainer = Explainer(engine, services, settings.peak_detector, 30, lambda: datetime.now(UTC))
        due = [key for key in list_due(engine, settings.peak_detector, datetime.now(UTC)) if key[0] != ODD]
        outcome = explainer.explain_all(due)
        odd = ["allrevisions=without:tags", "top_editors=without:edits", "top_pages=html", "dashboard=list"]
        set_faults(simulator, service_faults=odd)
        assert explainer.explain(ODD, NEWEST).gaps
        set_faults(simulator, service_faults=[])
    assert not outcome.left
    assert not any(one.gaps for one in outcome.explained)
    assert any(one.findings for one in outcome.explained)
    return [one.question.project for one in outcome.explained]


def read_tables(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield all that is stored, table by table."""
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
            yield f"table {name}", "\n".join(str(tuple(row)) for row in rows)


def read_explorer(settings: Settings, engine: Engine, wikis: list[str]) -> Iterator[tuple[str, str]]:
    """Yield all that anybody may read: each address that needs no more than a wiki, month, language or family."""
    app = create_app(settings, read_explorer_settings({}), engine, lambda: datetime.now(UTC))
    month = format_month(NEWEST)
    with TestClient(app, base_url="http://localhost") as client:
        for route in iter_route_contexts(app.routes):
            path, methods = route.path or "", route.methods or ()
            if "GET" not in methods or "image" in path or path.endswith((".png", ".gz", "/stream")):
                continue
            for wiki in wikis if "{project}" in path else wikis[:1]:
                known = {"project": wiki, "month": month, "code": wiki.partition(".")[0], "family": "wikipedia"}
                if set(re.findall(r"\{(\w+)", path)) <= set(known):
                    address = path.format(**known)
                    answer = client.get(address)
                    yield f"{address} {answer.status_code}", answer.text


def test_no_account_and_no_page_that_is_gone_is_named_anywhere(
    simulator: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = create_database_engine(settings.database_url)
    wikis = [*explain_all(settings, engine, simulator), ODD]
    assert set(PLANTED) <= set(wikis)
    assert len(caplog.records) > len(wikis)
    said = "\n".join(logging.Formatter(DEBUG).format(record) for record in caplog.records)
    caplog.set_level(logging.WARNING)
    secrets: set[str] = set()
    for wiki in wikis:
        answer = requests.get(f"{simulator}/simulator/secrets.json", {"project": wiki, "month": "2026-05"}, timeout=60)
        secrets |= {*answer.json()["users"], *answer.json()["deleted_titles"]}
    names = Names(one for one in secrets if re.search(r"[0-9A-Fa-f]$", one))
    assert len(secrets) > 5_000

    texts = [*read_tables(engine), *read_explorer(settings, engine, LOOKED_AT), ("logs", said)]
    webhook = SlackWebhook(f"{simulator}/slack/T/B/x")
    deliver_due(engine, webhook, None, lambda: datetime.now(UTC), explorer_url=settings.explorer_url)
    messages = requests.get(f"{simulator}/slack.json", timeout=10).json()
    texts.append(("Slack", json.dumps(messages, ensure_ascii=False)))
    engine.dispose()

    assert messages
    named = {where: sorted(found)[:3] for where, text in texts if (found := names.find(text))}
    assert named == {}
    served = {where for where, _ in texts if where.endswith(" 200")}
    assert {f"/p/{wiki}/peaks/2026-05 200" for wiki in LOOKED_AT} <= served
    assert len(served) > 60
    assert any("What we found" in text for where, text in texts if where.startswith("/p/"))
    # The search finds what there is to be found: a wiki's own answers are full of names.
    asked = {"action": "query", "format": "json", "formatversion": "2", "list": "allrevisions", "arvdir": "newer"}
    asked |= {"arvstart": "2026-05-12T00:00:00Z", "arvlimit": "500", "arvprop": "user|timestamp"}
    address = f"{simulator}/wikis/as.wikipedia.org/w/api.php"
    answer = requests.get(address, asked, headers={"User-Agent": AGENT}, timeout=60)
    assert len(names.find(answer.text)) > 20


def test_a_page_that_a_wiki_deletes_is_forgotten_on_the_wikis_day(simulator: str, settings: Settings) -> None:
    wiki, day = "pa.wikipedia.org", datetime.now(UTC)
    engine = create_database_engine(settings.database_url)
    with PoliteSession(contact="tests@example.org", per_minute=900_000, max_connections=3) as session:
        services = make_services(settings, session)
        explainer = Explainer(engine, services, settings.peak_detector, 30, lambda: datetime.now(UTC))
        told = {one.kind: one.subject for one in explainer.explain(wiki, NEWEST).findings}
        gone, kept = told[FindingKind.EVENT_PAGE], told[FindingKind.TEMPLATE]
        # A wiki knows its pages by their own names, and was asked by the canonical one.
        own = f"{find_name_of_project(simulator, wiki)}:{gone.partition(':')[2]}"
        set_faults(simulator, deleted_pages=[f"{wiki}|{own}"])
        day = next(one for at in range(28) if wiki in list_todays(engine, one := day + timedelta(days=at)))
        assert forget_deleted(engine, services.wiki, day).titles[wiki] == 1

    stored = "\n".join(text for _, text in read_tables(engine))
    engine.dispose()
    assert gone not in stored
    assert kept in stored


def find_name_of_project(simulator: str, wiki: str) -> str:
    """Find what a wiki calls its own pages."""
    asked = {"action": "query", "meta": "siteinfo", "siprop": "namespaces", "format": "json", "formatversion": "2"}
    address = f"{simulator}/wikis/{wiki}/w/api.php"
    answer = requests.get(address, asked, headers={"User-Agent": AGENT}, timeout=60).json()
    return str(answer["query"]["namespaces"]["4"]["name"])
