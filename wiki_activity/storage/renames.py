"""Taking in a site matrix: wikis that have moved take all that is stored of them along, in one transaction."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, UniqueConstraint, delete, exists, func, insert, or_, select, update

from wiki_activity.domain.notes import ScopeKind
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.renames import choose_addresses, plan_moves
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.data_version import JUDGED, NOTES, PEAKS, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.day_schema import daily_counts, daily_history
from wiki_activity.storage.schema import (
    metadata,
    mutes,
    note_revisions,
    notices,
    refreshes,
    told_months,
    wiki_names,
    wikis,
)
from wiki_activity.storage.storage_errors import WikisRenamedError
from wiki_activity.storage.wiki_table import store_wikis

logger = logging.getLogger(__name__)

GONE_SHARE: Final = 0.05
_FEW: Final = 2
"""A matrix that lacks more than this share of the wikis, and more than these few, is not believed."""
_OLD_NAMES: Final = frozenset({wiki_names.name})
"""Tables whose `project` is an address of the past."""
_NAMES_WIKIS: Final = note_revisions.c.scope_kind.in_([ScopeKind.WIKI, ScopeKind.LIST])


@dataclass(frozen=True, slots=True)
class MatrixChanges:
    """What a site matrix changed.

    Parameters
    ----------
    renamed
        Wikis that have moved: old project, new project.
    gone, back
        Projects that it lacks for the first time, and that it has again.
    left_out
        Entries whose dbname another entry has too.
    doubtful
        Projects that it lacks, too many at once to be believed; they stay as they were.
    """

    renamed: Mapping[str, str]
    gone: tuple[str, ...]
    back: tuple[str, ...]
    left_out: tuple[Wiki, ...]
    doubtful: tuple[str, ...]


def save_matrix(engine: Engine, matrix: Sequence[Wiki], now: datetime, unread: Collection[str] = ()) -> MatrixChanges:
    """Store the wikis of a site matrix, move what is stored of those that have moved, and mark those that are gone.

    All of it is one transaction: whatever stops it, everything is as it was.

    Parameters
    ----------
    matrix
        As read; an empty one changes nothing.
    now
        When it was read, UTC.
    unread
        Database names or projects of entries that could not be read: those wikis are there, and stay as they were.
    """
    changes = write(engine, lambda connection: _save(connection, matrix, now, frozenset(unread)))
    for old, new in changes.renamed.items():
        logger.warning("%s is now %s: all that is stored of it was moved there", old, new)
    for one in changes.left_out:
        logger.warning("the site matrix has %s at two addresses: %s is left out", one.dbname, one.project)
    if changes.gone:
        logger.warning("gone from the site matrix, asked no more: %s", ", ".join(changes.gone))
    if changes.doubtful:
        logger.warning(
            "the site matrix lacks %d wikis at once, too many to believe; they are asked for as before: %.500s",
            len(changes.doubtful), ", ".join(changes.doubtful),
        )  # fmt: skip
    return changes


def names_version(connection: Connection) -> int:
    """Return a number that grows with each move of a wiki; 0 before the first."""
    return connection.execute(select(func.max(wiki_names.c.id))).scalar() or 0


def check_names(connection: Connection, version: int) -> None:
    """Make sure that no wiki has moved since somebody looked.

    Raises
    ------
    WikisRenamedError
        If one has: roll back.
    """
    if names_version(connection) != version:
        msg = "a wiki has moved to another address meanwhile"
        raise WikisRenamedError(msg)


def read_names(engine: Engine) -> tuple[int, dict[str, str], dict[str, str]]:
    """Read all names for somebody who holds them: their version, of each dbname its project, and former names."""
    with reading(engine) as connection:
        version = names_version(connection)
        current = {row.dbname: row.project for row in connection.execute(select(wikis.c.dbname, wikis.c.project))}
        return version, current, read_former_names(connection)


def gather_stragglers(engine: Engine, now: datetime) -> None:
    """Move what somebody who did not know yet has stored by an address that is no wiki's any more; `now` is UTC."""
    write(engine, lambda connection: _gather(connection, now))


def _save(connection: Connection, matrix: Sequence[Wiki], now: datetime, unread: frozenset[str]) -> MatrixChanges:
    # Locked: of two who read a matrix at once the second sees what the first has done.
    rows = connection.execute(select(wikis.c.project, wikis.c.dbname, wikis.c.gone_at).with_for_update()).all()
    known = {row.project: row.dbname for row in rows}
    choice = choose_addresses(matrix, known)
    if not choice.wikis:
        return MatrixChanges({}, (), (), (), ())
    moves = plan_moves(choice.wikis, known)
    _move(connection, moves, now)
    for old in moves:
        connection.execute(insert(wiki_names).values(project=old, dbname=known[old], since=now))
    named = {wiki.project for wiki in choice.wikis}
    there = named | {moves.get(name, name) for name, dbname in known.items() if unread & {name, dbname}}
    were_gone = {moves.get(row.project, row.project) for row in rows if row.gone_at is not None}
    lacking = sorted({moves.get(project, project) for project in known} - there - were_gone)
    believed = len(lacking) <= max(_FEW, GONE_SHARE * (len(known) - len(were_gone)))
    if believed and lacking:
        connection.execute(update(wikis).where(wikis.c.project.in_(lacking)).values(gone_at=now))
    store_wikis(connection, choice.wikis, now)
    _gather(connection, now)
    return MatrixChanges(
        renamed=moves,
        gone=tuple(lacking) if believed else (),
        back=tuple(sorted(named & were_gone)),
        left_out=choice.left_out,
        doubtful=() if believed else tuple(lacking),
    )


def _gather(connection: Connection, now: datetime) -> None:
    former = read_former_names(connection)
    found: set[str] = set()
    for table in _list_tables() if former else ():
        query = select(table.c.project).where(table.c.project.in_(former)).distinct()
        found.update(connection.execute(query).scalars())
    if former:
        found.update(project for key in _list_note_keys(connection) for project in key.split() if project in former)
    _move(connection, {old: former[old] for old in found}, now)


def read_former_names(connection: Connection) -> dict[str, str]:
    """Read which wiki has moved from each address that is no wiki's any more: old project, project of now."""
    current = {row.dbname: row.project for row in connection.execute(select(wikis.c.dbname, wikis.c.project))}
    rows = connection.execute(select(wiki_names.c.project, wiki_names.c.dbname).order_by(wiki_names.c.id))
    taken = set(current.values())
    return {row.project: current[row.dbname] for row in rows if row.project not in taken and row.dbname in current}


def _move(connection: Connection, moves: Mapping[str, str], now: datetime) -> None:
    """Move all that is stored from old names to new ones, all at once."""
    # By way of names that nobody has: in a swap each new name is somebody's old one.
    between = {old: f"~{place}" for place, old in enumerate(sorted(moves))}
    for old, name in between.items():
        for table in _list_tables():
            connection.execute(update(table).where(table.c.project == old).values(project=name))
    for old, name in between.items():
        for table in _list_tables():
            _merge(connection, table, name, moves[old])
    if moves:
        _rename_in_lists(connection, moves)
        _rename_in_notices(connection, moves)
        _rename_in_notes(connection, moves)
        # Whoever judges just now has read the old names: it begins anew.
        mark_changed(connection, {*moves, *moves.values(), PEAKS, NOTES, JUDGED}, now)


def _list_tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if "project" in table.c and table.name not in _OLD_NAMES]


def _merge(connection: Connection, table: Table, name: str, new: str) -> None:
    """Give the rows of one name to another; where both have a row of the same key, that of the old name stays."""
    if table is mutes:
        _keep_longer_mute(connection, name, new)
    if table is daily_counts:
        _add_up_days(connection, name, new)
    if table is daily_history and connection.execute(select(table.c.day).where(table.c.project == name)).first():
        # Days of one answer alone: where it has no row there were no edits.
        connection.execute(delete(table).where(table.c.project == new))
    for key in _list_keys(table):
        old = table.alias()
        same = (old.c[column] == table.c[column] for column in key)
        doubled = select(*table.primary_key).where(
            table.c.project == new, exists().where(old.c.project == name, *same).correlate(table)
        )
        for row in connection.execute(doubled).all():
            its_key = zip(table.primary_key, row, strict=True)
            connection.execute(delete(table).where(*(column == value for column, value in its_key)))
    connection.execute(update(table).where(table.c.project == name).values(project=new))


def _add_up_days(connection: Connection, name: str, new: str) -> None:
    """Give days that both names have the edits of both: each edit was counted under one of them."""
    other = daily_counts.alias()
    columns = ("user_edits", "bot_edits", "logged_out_edits")
    both = (
        select(daily_counts.c.day, *(daily_counts.c[column] + other.c[column] for column in columns))
        .join(other, (other.c.day == daily_counts.c.day) & (other.c.project == new))
        .where(daily_counts.c.project == name)
    )
    for day, *sums in connection.execute(both).all():
        its = (daily_counts.c.day == day) & (daily_counts.c.project == name)
        connection.execute(update(daily_counts).where(its).values(dict(zip(columns, sums, strict=True))))


def _list_keys(table: Table) -> list[list[str]]:
    """List what besides the project tells rows of one table apart, for each of its unique keys."""
    unique = [constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    keys = [[column.key for column in columns] for columns in (table.primary_key.columns, *unique)]
    return [[column for column in key if column != "project"] for key in keys if "project" in key]


def _keep_longer_mute(connection: Connection, name: str, new: str) -> None:
    both = select(mutes.c.project, mutes.c.until).where(mutes.c.project.in_([name, new]))
    until = {row.project: row.until for row in connection.execute(both)}
    if len(until) > 1:
        shorter = min(until, key=lambda project: until[project])
        connection.execute(delete(mutes).where(mutes.c.project == shorter))


def _rename_in_lists(connection: Connection, moves: Mapping[str, str]) -> None:
    """Let whoever goes on with a refresh, or corrects what was told of a month, know the new names."""
    for one in connection.execute(select(told_months.c.month, told_months.c.facts)).all():
        facts = json.dumps(_rename_in_json(json.loads(one.facts), moves))
        if facts != one.facts:
            connection.execute(update(told_months).where(told_months.c.month == one.month).values(facts=facts))
    named = or_(*(refreshes.c.wikis.contains(json.dumps(old), autoescape=True) for old in moves))
    for row in connection.execute(select(refreshes.c.id, refreshes.c.wikis).where(named)).all():
        projects = dict.fromkeys(moves.get(project, project) for project in json.loads(row.wikis))
        query = update(refreshes).where(refreshes.c.id == row.id)
        connection.execute(query.values(wikis=json.dumps(list(projects))))


def _rename_in_json(value: Any, moves: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _rename_in_json(one, moves) for name, one in value.items()}
    if isinstance(value, list):
        return [_rename_in_json(one, moves) for one in value]
    return moves.get(value, value) if isinstance(value, str) else value


def _rename_in_notices(connection: Connection, moves: Mapping[str, str]) -> None:
    """Let messages of an episode follow it: their subjects begin with its wiki."""
    changed: list[tuple[int, str, str]] = []
    for old, new in moves.items():
        query = select(notices.c.id, notices.c.subject, notices.c.phase).where(
            notices.c.kind == NoticeKind.EPISODE, notices.c.subject.startswith(f"{old} ", autoescape=True)
        )
        changed += [
            (row.id, row.phase, f"{new}{row.subject.removeprefix(old)}")
            for row in connection.execute(query.with_for_update())
        ]
    for number, _, _ in changed:
        connection.execute(update(notices).where(notices.c.id == number).values(subject=f"~{number}"))
    for number, phase, subject in changed:
        same = (notices.c.kind == NoticeKind.EPISODE, notices.c.subject == subject, notices.c.phase == phase)
        # What was made under the name of now may have been sent: it is not sent twice.
        if connection.execute(select(notices.c.id).where(*same)).first() is not None:
            connection.execute(delete(notices).where(notices.c.id == number))
        else:
            connection.execute(update(notices).where(notices.c.id == number).values(subject=subject))


def _rename_in_notes(connection: Connection, moves: Mapping[str, str]) -> None:
    """Let notes follow their wikis, alone or in a list; where two wikis become one, the notes of both stay."""
    keys = {key: " ".join(sorted({moves.get(one, one) for one in key.split()})) for key in _list_note_keys(connection)}
    key = note_revisions.c.scope_key
    for old, new in keys.items():
        if old != new:
            # Marked until all are changed, so that a swap of two names does not meet itself.
            connection.execute(update(note_revisions).where(_NAMES_WIKIS, key == old).values(scope_key=f"~{new}"))
    marked = key.startswith("~", autoescape=True)
    connection.execute(update(note_revisions).where(_NAMES_WIKIS, marked).values(scope_key=func.substr(key, 2)))


def _list_note_keys(connection: Connection) -> Sequence[str]:
    query = select(note_revisions.c.scope_key).where(_NAMES_WIKIS).distinct()
    return connection.execute(query).scalars().all()
