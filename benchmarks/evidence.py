"""What is found behind peaks whose causes are known: first, at all, wrongly; how near the shares are; requests."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import requests

from benchmarks.table import Row
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Finding, FindingKind
from wiki_activity.domain.months import format_month, shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.evidence.explaining import Explained, Explainer
from wiki_activity.evidence.questions import NotToExplainError
from wiki_activity.evidence.services import make_services
from wiki_activity.settings import Settings, read_settings
from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.simulator.wiki_catalogue import make_catalogue
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.namespace_table import store_content_namespaces
from wiki_activity.wikimedia.http import PoliteSession

_WIKIS: Final = 120
_OF_EACH: Final = 6
_NEWEST: Final = date(2026, 5, 1)
_FACTORS: Final = (1.8, 2.2, 3.0)
_BIGGEST: Final = 12
"""Of the catalogue are left out: a month of theirs takes the simulator long to make."""
_NEAR: Final = 0.15
_MATCHES: Final[Mapping[CauseKind, set[FindingKind]]] = {
    CauseKind.CAMPAIGN_HASHTAG: {FindingKind.HASHTAG},
    CauseKind.CAMPAIGN: {FindingKind.TEMPLATE, FindingKind.EVENT_PAGE, FindingKind.PROGRAMME},
    CauseKind.IMPORT: {FindingKind.IMPORT},
    CauseKind.PROGRAMME: {FindingKind.PROGRAMME},
    CauseKind.BOT_TASK: {FindingKind.BOT_TASK, FindingKind.FEW_PEOPLE},
    CauseKind.FLAGGED_BOT_TASK: {FindingKind.BOT_TASK},
    CauseKind.TRANSLATION: {FindingKind.TRANSLATION},
    CauseKind.NEWS: {FindingKind.NEWS},
    CauseKind.REVERTS: {FindingKind.REVERTED},
    CauseKind.FEW_PEOPLE: {FindingKind.FEW_PEOPLE},
    CauseKind.TOOLS: {FindingKind.TOOL},
    CauseKind.NEWCOMER_TASKS: {FindingKind.NEWCOMER_TASKS},
    CauseKind.MANY_ACCOUNTS: {FindingKind.NEW_ACCOUNTS},
    CauseKind.NOTHING: set(),
}
"""Which findings name a cause."""
_TYPES: Final[Mapping[Metric, Sequence[str]]] = {
    Metric.EDITS: ("user", "anonymous", "group-bot", "name-bot"),
    Metric.PEOPLE_EDITS: ("user", "anonymous"),
}
_COMPOSITION: Final = {FindingKind.FEW_PEOPLE, FindingKind.NEW_ACCOUNTS}
"""These say who it was, and are as true of other causes."""


@dataclass(frozen=True, slots=True)
class _Trial:
    kind: CauseKind
    truth: Mapping[str, Any]
    explained: Explained
    seconds: float

    @property
    def right(self) -> list[Finding]:
        return [one for one in self.explained.findings if one.kind in _MATCHES.get(self.kind, set())]

    @property
    def is_first(self) -> bool:
        found = self.explained.findings
        return bool(found) and found[0] in self.right

    @property
    def wrong(self) -> bool:
        return any(
            (one.share or 0) >= 0.5 and one not in self.right and one.kind not in _COMPOSITION
            for one in self.explained.findings
        )

    @property
    def error(self) -> float | None:
        """Return how far a share is from the truth; None where none was told.

        The rise is the detector's: what was planted has its own, of edits that nobody expected to be there.
        """
        told = [one for one in self.right if one.margin is not None and one.kind is not FindingKind.NEW_ACCOUNTS]
        return abs((told[0].share or 0) - self.true_share) if told else None

    @property
    def at_least(self) -> list[bool]:
        """Return of each share that is told as the least whether it is."""
        return [(one.share or 0) <= self.true_share for one in self.right if one.share and one.margin is None]

    @property
    def true_share(self) -> float:
        """Return what was planted, of the rise that is asked about."""
        question = self.explained.question
        carrying = sum(self.truth["carrying_edits"][name] for name in _TYPES[question.metric])
        return float(min(1.0, carrying / (question.value - question.expected)))


def run() -> list[Row]:
    """Plant causes of every kind, load their wikis, and explain each peak."""
    causes = tuple(_plant())
    simulated = SimulatorSettings(
        wikis=_WIKIS, newest_month=_NEWEST, limits=Limits(requests_per_minute=1_000_000), causes=causes
    )
    with running_simulator(simulated) as base, tempfile.TemporaryDirectory() as folder:
        environment = {
            "WIKI_ACTIVITY_STATE_DIR": folder,
            "WIKI_ACTIVITY_METRICS_URL": f"{base}/api/rest_v1/metrics",
            "WIKI_ACTIVITY_SITEMATRIX_URL": f"{base}/w/api.php",
            "WIKI_ACTIVITY_CONTACT": "benchmarks@example.org",
            "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "900000",
        }
        for options in (("--to", format_month(_NEWEST)), ("--people",)):
            command = [sys.executable, "-m", "wiki_activity", "refresh", *options]
            subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
        return list(_tell(list(_explain_all(read_settings(environment), base, causes))))


def _plant() -> Iterator[PlantedCause]:
    """Plant each kind in some wikis of all sizes, in months apart from each other, with some of the rise or most."""
    names = [wiki.host for wiki in make_catalogue(_WIKIS).open_wikis][_BIGGEST:]
    for place, kind in enumerate(kind for kind in CauseKind for _ in range(_OF_EACH)):
        number = place % _OF_EACH
        yield PlantedCause(
            project=names[place * len(names) // (len(CauseKind) * _OF_EACH)],
            month=shift_month(_NEWEST, -4 * (place % 5) - 1),
            kind=kind,
            share=0 if kind is CauseKind.NOTHING else (0.45, 0.6, 0.8)[number % 3],
            factor=_FACTORS[number % len(_FACTORS)],
            coincident=place % 3,
        )


def _explain_all(settings: Settings, base: str, causes: Sequence[PlantedCause]) -> Iterator[_Trial]:
    engine = create_database_engine(settings.database_url)
    with PoliteSession(contact=settings.contact, per_minute=settings.pace_per_minute, max_connections=3) as session:
        services = make_services(settings, session)
        explainer = Explainer(engine, services, Detector.SEASONAL, settings.peak_percent, lambda: datetime.now(UTC))
        for project in dict.fromkeys(cause.project for cause in causes):
            # As in an installation, whose watcher asks every wiki for them once a month.
            store_content_namespaces(engine, project, services.get_content(project), datetime.now(UTC))
        for cause in causes:
            began = time.monotonic()
            try:
                explained = explainer.explain(cause.project, cause.month)
            except NotToExplainError:
                continue
            address = f"{base}/simulator/causes.json"
            where = {"project": cause.project, "month": format_month(cause.month)}
            (truth,) = requests.get(address, where, timeout=60).json()
            yield _Trial(cause.kind, truth, explained, time.monotonic() - began)
    engine.dispose()


def _tell(trials: Sequence[_Trial]) -> Iterator[Row]:
    by_kind: dict[CauseKind, list[_Trial]] = defaultdict(list)
    for trial in trials:
        by_kind[trial.kind].append(trial)
    for kind, some in by_kind.items():
        found, first = sum(bool(one.right) for one in some), sum(one.is_first for one in some)
        wrong = sum(one.wrong for one in some)
        what = f"first {first}, at all {found}, of {len(some)}" if _MATCHES.get(kind) else f"of {len(some)}"
        yield Row(f"evidence of {kind}: found", what, f"wrong with half the rise or more: {wrong}")
    named = [one for one in trials if one.kind is not CauseKind.NOTHING]
    right_first = sum(one.is_first for one in named) / len(named)
    wrongly = sum(one.wrong for one in trials) / len(trials)
    errors = [one.error for one in named if one.error is not None]
    near = sum(error <= _NEAR for error in errors) / len(errors)
    least = [one for trial in named for one in trial.at_least]
    asked = [one.explained.requests for one in trials]
    yield Row("the right cause first", f"{right_first:.0%} of {len(named)}", "", "≥ 80 %", right_first >= 0.8)
    yield Row("a wrong cause with half the rise or more", f"{wrongly:.1%}", "", "≤ 2 %", wrongly <= 0.02)
    yield Row(f"shares within {_NEAR}", f"{near:.0%} of {len(errors)}", "", "≥ 90 %", near >= 0.9)
    yield Row("shares told as the least that they may be", f"{sum(least)} of {len(least)} are", "")
    yield Row(
        "requests a peak: median, most",
        f"{statistics.median(asked):g}, {max(asked)}", "", "≤ 9, ≤ 14",
        statistics.median(asked) <= 9 and max(asked) <= 14,
    )  # fmt: skip
