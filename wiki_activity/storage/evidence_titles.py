"""The titles of pages that are kept with evidence, and forgetting those of pages that are gone."""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, select, update

from wiki_activity.domain.findings import FindingKind, Source
from wiki_activity.domain.revision_blocks import Blocks
from wiki_activity.domain.revision_labels import TEMPLATE
from wiki_activity.storage.data_version import mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.evidence_schema import evidence, findings
from wiki_activity.storage.renames import check_names

_NAMESPACE: Final = "Template:"
_WITH_TITLES: Final = (Source.PAGES.value, Source.REVISIONS.value)


def list_wikis_with_evidence(engine: Engine) -> list[str]:
    """List the wikis of which anything is kept.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    with reading(engine) as connection:
        return list(connection.execute(select(evidence.c.project).distinct().order_by(evidence.c.project)).scalars())


def read_titles(engine: Engine, project: str) -> set[str]:
    """Read the titles that are kept of a wiki, with blanks and the canonical name of their namespace.

    Raises as :func:`list_wikis_with_evidence` does.
    """
    with reading(engine) as connection:
        rows = _read_rows(connection, project)
    return {title for row in rows for title in _list_titles(row.source, json.loads(row.answer)["told"])}


def forget_titles(engine: Engine, project: str, titles: Collection[str], now: datetime, *, names: int) -> None:
    """Take some titles of a wiki out of all that was answered and found.

    Parameters
    ----------
    now
        UTC.
    names
        The version of wikis' names by which the wiki was asked for them.

    Raises
    ------
    WikisRenamedError
        If a wiki has moved meanwhile; nothing is changed then.
    """
    templates = [title.removeprefix(_NAMESPACE) for title in titles if title.startswith(_NAMESPACE)]
    of_pages = (findings.c.kind.in_((FindingKind.NEWS, FindingKind.EVENT_PAGE))) & findings.c.subject.in_(titles)
    of_templates = (findings.c.kind == FindingKind.TEMPLATE) & findings.c.subject.in_(templates)

    def work(connection: Connection) -> None:
        check_names(connection, names)
        for row in _read_rows(connection, project):
            saved = json.loads(row.answer)
            if _list_titles(row.source, saved["told"]) & set(titles):
                _write_answer(connection, (project, row.month, row.source), saved, titles)
        connection.execute(delete(findings).where(findings.c.project == project, of_pages | of_templates))
        mark_changed(connection, [project], now)

    write(engine, work)


def _read_rows(connection: Connection, project: str) -> Collection[Any]:
    query = select(evidence.c.month, evidence.c.source, evidence.c.answer).where(evidence.c.project == project)
    return connection.execute(query.where(evidence.c.source.in_(_WITH_TITLES), evidence.c.answer.is_not(None))).all()


def _write_answer(
    connection: Connection, key: tuple[str, date, str], saved: dict[str, Any], titles: Collection[str]
) -> None:
    told, (project, month, source) = saved["told"], key
    if source == Source.PAGES:
        told["pages"] = [page for page in told["pages"] if page[0] not in titles]
    else:
        labels = {f"{TEMPLATE}{title.removeprefix(_NAMESPACE)}" for title in titles}
        for part in ("peak", "usual"):
            told[part] = Blocks.restore(told[part]).without(labels).save()
    where = (evidence.c.project == project) & (evidence.c.month == month) & (evidence.c.source == source)
    connection.execute(update(evidence).where(where).values(answer=json.dumps(saved, ensure_ascii=False)))


def _list_titles(source: str, told: Mapping[str, Any]) -> set[str]:
    if source == Source.PAGES:
        return {page[0] for page in told.get("pages", ())}
    labels = told.get("peak", {}).get("accounts", {})
    return {f"{_NAMESPACE}{label.removeprefix(TEMPLATE)}" for label in labels if label.startswith(TEMPLATE)}
