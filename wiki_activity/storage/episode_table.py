"""Episodes of the live stream: written tick by tick in the caller's transaction, and read back after a restart."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from wiki_activity.domain.episodes import Episode, EpisodeFacts, PageEdits, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import rate_episodes as table


def save_episode(connection: Connection, episode: Episode) -> Episode:
    """Write an episode, new or known, within a writing transaction; saving the same again changes nothing.

    Returns
    -------
    Episode
        The same with its number.
    """
    key = (
        (table.c.project == episode.project)
        & (table.c.detector == episode.detector)
        & (table.c.opened_at == episode.opened_at)
    )
    row = _row(episode)
    if connection.execute(update(table).where(key).values(row)).rowcount:
        return replace(episode, id=episode.id or connection.execute(select(table.c.id).where(key)).scalar_one())
    added = connection.execute(
        insert(table).values(project=episode.project, detector=episode.detector, opened_at=episode.opened_at, **row)
    )
    return replace(episode, id=added.lastrowid)


def read_episode(engine: Engine, number: int) -> Episode | None:
    """Read the episode of a number, whichever detector found it; None where there is none."""
    with reading(engine) as connection:
        return next(iter(_read(connection, select(table).where(table.c.id == number))), None)


def read_episodes(
    engine: Engine,
    *,
    project: str | None = None,
    detectors: Collection[LiveDetectorName] | None = None,
    since: datetime | None = None,
    before: tuple[datetime, str, int] | None = None,
    limit: int | None = None,
) -> list[Episode]:
    """Read episodes, newest first; those opened at the same time, by project backwards.

    Parameters
    ----------
    detectors
        Only what these have found.
    since
        Only those that were open at this time or opened later, UTC.
    before
        Only those that come later in this order than the one opened then, UTC, on that project, with that number.
    limit
        At most so many.
    """
    query = select(table).order_by(table.c.opened_at.desc(), table.c.project.desc(), table.c.id.desc()).limit(limit)
    if project is not None:
        query = query.where(table.c.project == project)
    if detectors is not None:
        query = query.where(table.c.detector.in_(detectors))
    if since is not None:
        query = query.where(func.coalesce(table.c.closed_at, since) >= since)
    if before is not None:
        opened_at, last, number = before
        same = table.c.opened_at == opened_at
        query = query.where(
            (table.c.opened_at < opened_at)
            | (same & (table.c.project < last))
            | (same & (table.c.project == last) & (table.c.id < number))
        )
    with reading(engine) as connection:
        return _read(connection, query)


def read_newest_episodes(engine: Engine, detector: LiveDetectorName) -> dict[str, Episode]:
    """Read the last episode of each wiki, open or closed, by project."""
    newest = (
        select(table.c.project, func.max(table.c.opened_at).label("opened_at"))
        .where(table.c.detector == detector)
        .group_by(table.c.project)
        .subquery()
    )
    query = select(table).join(
        newest, (table.c.project == newest.c.project) & (table.c.opened_at == newest.c.opened_at)
    )
    with reading(engine) as connection:
        return {episode.project: episode for episode in _read(connection, query.where(table.c.detector == detector))}


def read_recent_pages(engine: Engine, since: datetime) -> list[Episode]:
    """Read the hot pages that are open, or were opened since then, UTC; oldest first."""
    recent = table.c.closed_at.is_(None) | (table.c.opened_at >= since)
    query = select(table).where(table.c.detector == LiveDetectorName.HOT_PAGE, recent).order_by(table.c.opened_at)
    with reading(engine) as connection:
        return _read(connection, query)


def read_page_titles(engine: Engine) -> set[tuple[str, str]]:
    """Read all titles that are kept, of hot pages and of busy spells' most edited ones, each with its project."""
    named = table.c.page.is_not(None) | table.c.facts.is_not(None)
    query = select(table.c.project, table.c.page, table.c.facts).where(named)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    of_facts = {(row.project, page.title) for row in rows if (facts := _read_facts(row.facts)) for page in facts.pages}
    return of_facts | {(row.project, row.page) for row in rows if row.page is not None}


def forget_page(connection: Connection, project: str, title: str) -> list[Episode]:
    """Remove a title, within a writing transaction; return the episodes that had it, as they are without."""
    naming = _list_naming(connection, project, title)
    for one in naming:
        facts = one.facts and replace(one.facts, pages=tuple(page for page in one.facts.pages if page.title != title))
        its_own = one.page == title
        row = _row(replace(one, facts=facts, page=None if its_own else one.page))
        changed = {name: row[name] for name in ("facts", "page", "page_shown")}
        connection.execute(update(table).where(table.c.id == one.id).values(changed))
    return _read(connection, select(table).where(table.c.id.in_([one.id for one in naming])).order_by(table.c.id))


def _list_naming(connection: Connection, project: str, title: str) -> list[Episode]:
    in_facts = table.c.facts.contains(json.dumps(title, ensure_ascii=False), autoescape=True)
    query = select(table).where(table.c.project == project, (table.c.page == title) | in_facts)
    # Databases compare letters more loosely than titles are.
    return [
        one
        for one in _read(connection, query)
        if one.page == title or (one.facts and any(page.title == title for page in one.facts.pages))
    ]


def read_by_telling(
    connection: Connection,
    telling: Telling,
    *,
    closed_from: datetime | None = None,
    closed_to: datetime | None = None,
) -> list[Episode]:
    """Read the episodes whose begin awaits the same thing, oldest first.

    Parameters
    ----------
    closed_from, closed_to
        Only those closed between these times, both included, UTC.
    """
    query = select(table).where(table.c.telling == telling).order_by(table.c.opened_at, table.c.project)
    if closed_from is not None:
        query = query.where(table.c.closed_at >= closed_from)
    if closed_to is not None:
        query = query.where(table.c.closed_at <= closed_to)
    return _read(connection, query)


def count_episodes(
    connection: Connection,
    project: str,
    detector: LiveDetectorName,
    *,
    after: datetime,
    until: datetime,
    without: Collection[Telling] = (Telling.SILENT,),
) -> int:
    """Count a wiki's episodes opened later than `after`, up to `until`; those that were no news are left out."""
    query = select(func.count()).where(
        table.c.project == project,
        table.c.detector == detector,
        table.c.opened_at > after,
        table.c.opened_at <= until,
        table.c.telling.not_in(without),
    )
    return connection.execute(query).scalar_one()


def _read(connection: Connection, query: Select[Any]) -> list[Episode]:
    return [_make(row) for row in connection.execute(query).mappings()]


def _row(episode: Episode) -> dict[str, Any]:
    facts = episode.facts
    return {
        "started_at": episode.started_at,
        "updated_at": episode.updated_at,
        "closed_at": episode.closed_at,
        "ended_at": episode.ended_at,
        "rate": episode.rate,
        "usual": episode.usual,
        "times": episode.times,
        "edits": episode.edits,
        "excess": episode.excess,
        "why": episode.why,
        "telling": episode.telling,
        "reopened": episode.reopened,
        "people": None if facts is None else facts.people,
        "bots_share": None if facts is None else facts.bots_share,
        # Of one page it is not known.
        "busiest_share": None if facts is None or episode.is_of_page else facts.busiest_share,
        "facts": None if facts is None else json.dumps(asdict(facts), ensure_ascii=False),
        "page": episode.page,
        "page_shown": episode.page_shown if episode.page is not None else None,
    }


def _make(row: Any) -> Episode:
    return Episode(
        project=row["project"],
        detector=LiveDetectorName(row["detector"]),
        opened_at=row["opened_at"],
        started_at=row["started_at"],
        updated_at=row["updated_at"] or row["closed_at"] or row["opened_at"],
        rate=row["rate"],
        usual=row["usual"],
        edits=row["edits"],
        telling=Telling(row["telling"] or Telling.SILENT),
        facts=_read_facts(row["facts"]),
        closed_at=row["closed_at"],
        ended_at=row["ended_at"],
        why=None if row["why"] is None else EndReason(row["why"]),
        reopened=row["reopened"] or 0,
        id=row["id"],
        page=row["page"],
        page_shown=bool(row["page_shown"]),
    )


def _read_facts(text: str | None) -> EpisodeFacts | None:
    if text is None:
        return None
    facts = json.loads(text)
    pages = tuple(PageEdits(**page) for page in facts.pop("pages"))
    return EpisodeFacts(**facts, pages=pages)
