"""The sensor of evidence: when it asks for a run, and when it does not ask again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.evidence import make_evidence_sensor
from wiki_activity.domain.findings import Source
from wiki_activity.domain.peaks import Detector
from wiki_activity.evidence.choosing import list_due
from wiki_activity.settings import Settings
from wiki_activity.storage.evidence_table import StoredAnswer, request_evidence, store_evidence
from wiki_activity_tests.explorer.stored import NOW, SHARED, fill_database

HI = "hi.wikipedia.org"


@pytest.fixture
def tick(settings: Settings, engine: Engine, instance: dg.DagsterInstance) -> Callable[[datetime], str | None]:
    fill_database(engine)

    def tick(now: datetime) -> str | None:
        context = dg.build_sensor_context(
            instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: now}
        )
        found = make_evidence_sensor(autostart=False)(context)
        return found.run_key if isinstance(found, dg.RunRequest) else None

    return tick


def test_a_run_that_fails_is_tried_again_after_a_quarter_of_an_hour_and_a_wish_at_once(
    tick: Callable[[datetime], str | None], engine: Engine
) -> None:
    first = tick(NOW)
    assert first is not None
    assert tick(NOW + timedelta(minutes=1)) == first
    # Three months of which nobody answered are left alone until tomorrow, and the others are not for that due at once.
    away = {Source.DAYS: StoredAnswer(None, "no answer", NOW)}
    for project, month in list_due(engine, Detector.SEASONAL, NOW)[:1]:
        store_evidence(engine, project, month, answers=away, found=(), now=NOW, names=0)
    assert tick(NOW + timedelta(minutes=2)) == first
    assert tick(NOW + timedelta(minutes=15)) not in {first, None}

    request_evidence(engine, HI, SHARED, NOW)
    wished = tick(NOW + timedelta(minutes=3))
    assert wished not in {first, None}
    store_evidence(engine, HI, SHARED, answers={}, found=(), now=NOW, names=0)
    request_evidence(engine, HI, SHARED.replace(month=4), NOW)
    assert tick(NOW + timedelta(minutes=4)) not in {first, wished, None}, "another wish, as many as before"


def test_nobody_is_asked_when_nothing_is_due(tick: Callable[[datetime], str | None], engine: Engine) -> None:
    known = {Source.DAYS: StoredAnswer({}, None, NOW)}
    for project, month in list_due(engine, Detector.SEASONAL, NOW):
        store_evidence(engine, project, month, answers=known, found=(), now=NOW, names=0)

    assert tick(NOW) is None
