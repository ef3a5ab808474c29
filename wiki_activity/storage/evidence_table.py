"""What was answered of peaks, what was found in them, and whose month somebody asked for."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, insert, select

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Evidence, Finding, FindingKind, Source, rank
from wiki_activity.storage.data_version import PEAKS, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.evidence_schema import evidence, evidence_requests, findings
from wiki_activity.storage.renames import check_names
from wiki_activity.storage.upsert import upsert

_WEB: Final = re.compile(r"https?://[^/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a source answered of a month, counted; `answer` is None where it could not be read, and `error` says why.

    `of` is the series that the question was of: when counts change, it may be of another one.
    """

    answer: Mapping[str, Any] | None
    error: str | None
    asked_at: datetime
    of: str = ""


def read_answers(engine: Engine, project: str, month: date) -> dict[Source, StoredAnswer]:
    """Read what was answered of one wiki's month.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    query = select(evidence).where(evidence.c.project == project, evidence.c.month == month)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {Source(row.source): _read_answer(row) for row in rows if row.source in set(Source)}


def store_evidence(
    engine: Engine,
    project: str,
    month: date,
    *,
    answers: Mapping[Source, StoredAnswer],
    found: Sequence[Finding],
    now: datetime,
    names: int,
) -> None:
    """Put what was answered of one wiki's month, and what was found, in the place of what is stored of it.

    Parameters
    ----------
    now
        UTC.
    names
        The version of wikis' names by which it was asked.

    Raises
    ------
    WikisRenamedError
        If a wiki has moved meanwhile; nothing is stored then.
    """

    def work(connection: Connection) -> None:
        check_names(connection, names)
        rows = [
            {
                "project": project,
                "month": month,
                "source": source.value,
                "answer": None
                if one.answer is None
                else json.dumps({"of": one.of, "told": one.answer}, ensure_ascii=False),
                "error": one.error,
                "asked_at": one.asked_at,
            }
            for source, one in answers.items()
        ]
        connection.execute(delete(evidence).where(evidence.c.project == project, evidence.c.month == month))
        if rows:
            connection.execute(insert(evidence), rows)
        connection.execute(delete(findings).where(findings.c.project == project, findings.c.month == month))
        if found:
            connection.execute(insert(findings), [_make_row(project, month, one) for one in found])
        asked = evidence_requests
        connection.execute(delete(asked).where(asked.c.project == project, asked.c.month == month))
        # Lists of peaks say what was found behind them.
        mark_changed(connection, [project, PEAKS], now)

    write(engine, work)


def read_evidence(connection: Connection, projects: Collection[str]) -> dict[str, dict[date, Evidence]]:
    """Read what is known of the months of some wikis, by project and month."""
    found: dict[tuple[str, date], list[Finding]] = defaultdict(list)
    for row in connection.execute(select(findings).where(findings.c.project.in_(projects))):
        # Another version of the program may know other kinds.
        if row.kind in set(FindingKind) and row.source in set(Source) and row.metric in set(Metric):
            found[row.project, row.month].append(_make_finding(row))
    query = select(evidence.c.project, evidence.c.month, evidence.c.source, evidence.c.error, evidence.c.asked_at)
    sources: dict[tuple[str, date], list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query.where(evidence.c.project.in_(projects))):
        sources[row.project, row.month].append(row)
    known: dict[str, dict[date, Evidence]] = defaultdict(dict)
    for (project, month), rows in sources.items():
        gaps = {Source(row.source): row.error for row in rows if row.error is not None and row.source in set(Source)}
        told = tuple(rank(found.get((project, month), ()), project))
        # Of a month that was asked about there is a row for each source, whatever came of it.
        settled = len(rows) == 1 and not gaps
        known[project][month] = Evidence(told, gaps, max(row.asked_at for row in rows), settled)
    return dict(known)


def list_asked(engine: Engine) -> dict[tuple[str, date], datetime | None]:
    """List the months of which anybody was asked; with each, where a source could not be read, when that was, UTC."""
    query = select(evidence.c.project, evidence.c.month, evidence.c.error, evidence.c.asked_at)
    asked: dict[tuple[str, date], datetime | None] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            key, before = (row.project, row.month), asked.get((row.project, row.month))
            unread = None if row.error is None else row.asked_at
            asked[key] = max(filter(None, (before, unread)), default=None)
    return asked


def request_evidence(engine: Engine, project: str, month: date, now: datetime) -> None:
    """Note that somebody wants to know of a month; asked for twice, it is noted once."""
    row = {"project": project, "month": month, "requested_at": now}
    write(engine, lambda connection: upsert(connection, evidence_requests, [row]))


def list_requests(engine: Engine) -> list[tuple[str, date]]:
    """List the months that somebody wants to know of, those first that wait longest."""
    table = evidence_requests
    query = select(table.c.project, table.c.month).order_by(table.c.requested_at, table.c.project, table.c.month)
    with reading(engine) as connection:
        return [(row.project, row.month) for row in connection.execute(query)]


def _read_answer(row: Row[Any]) -> StoredAnswer:
    saved = {} if row.answer is None else json.loads(row.answer)
    return StoredAnswer(saved.get("told"), row.error, row.asked_at, saved.get("of", ""))


def _make_row(project: str, month: date, finding: Finding) -> dict[str, Any]:
    return {
        "project": project,
        "month": month,
        "metric": finding.metric.value,
        "kind": finding.kind.value,
        "subject": finding.subject,
        "share": finding.share,
        "margin": finding.margin,
        "parameters": json.dumps(dict(finding.parameters), ensure_ascii=False),
        "url": finding.url,
        "source": finding.source.value,
        "asked_at": finding.asked_at,
    }


def _make_finding(row: Row[Any]) -> Finding:
    return Finding(
        kind=FindingKind(row.kind),
        subject=row.subject,
        metric=Metric(row.metric),
        share=row.share,
        margin=row.margin,
        parameters=json.loads(row.parameters),
        # Pages link to it: what is no address of the web is none.
        url=row.url if _WEB.match(row.url or "") else None,
        source=Source(row.source),
        asked_at=row.asked_at,
    )
