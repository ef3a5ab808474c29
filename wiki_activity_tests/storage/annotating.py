"""Annotations for the tests of this folder."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from wiki_activity.domain.annotations import Annotation, AnnotationKind, AnnotationText
from wiki_activity.domain.counts import Metric
from wiki_activity.storage.annotations import hide_annotation, revert_annotation, save_annotation, unhide_annotation
from wiki_activity_tests.storage.conftest import NOW

MAY = date(2024, 5, 1)
HINDI = (Metric.EDITS, "hi.wikipedia.org", MAY)
CONTEST = AnnotationText("Contest", "Ran all month", "https://meta.wikimedia.org/wiki/C", AnnotationKind.CONTEST)
BOT = AnnotationText("A bot run", "", None, AnnotationKind.BOT)


def save(
    engine: Engine,
    version: int,
    text: AnnotationText = CONTEST,
    *,
    key: tuple[Metric, str, date] = HINDI,
    author: str = "Asha",
    now: datetime = NOW,
    **more: Any,
) -> Annotation:
    """Save a text at a version."""
    return save_annotation(engine, *key, text, version=version, author=author, now=now, **more)


def revert(engine: Engine, revision: int, version: int, now: datetime = NOW, **more: Any) -> Annotation:
    """Go back to a revision."""
    return revert_annotation(
        engine, *HINDI, revision=revision, version=version, author="Ravi", reason="it was right", now=now, **more
    )


def hide(engine: Engine, version: int, now: datetime = NOW) -> Annotation:
    """Hide."""
    return hide_annotation(engine, *HINDI, reason="tells a name", version=version, author="Reva", now=now)


def unhide(engine: Engine, version: int, now: datetime = NOW) -> Annotation:
    """Show again."""
    return unhide_annotation(engine, *HINDI, reason=None, version=version, author="Reva", now=now)
