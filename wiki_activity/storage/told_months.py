"""What readers were last told of a month, kept so that it can be held against what is known later."""

import json
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import Connection, select

from wiki_activity.domain.corrections import ToldMonth, ToldPeak
from wiki_activity.storage.schema import told_months as table
from wiki_activity.storage.upsert import upsert


def save_told(connection: Connection, told: ToldMonth, corrections: int, now: datetime) -> None:
    """Keep what was told; `corrections` is how often the month was corrected, this time included; `now` is UTC."""
    facts = {
        "watchlist": None if told.watchlist is None else sorted(told.watchlist),
        "listed": sorted(told.listed),
        "peaks": [asdict(told.peaks[project]) for project in sorted(told.peaks)],
    }
    row = {"month": told.month, "facts": json.dumps(facts), "corrections": corrections, "told_at": now}
    upsert(connection, table, [row])


def read_told(connection: Connection, month: date) -> tuple[ToldMonth, int] | None:
    """Read what was last told of a month, and how often it was corrected; None where nobody was told of it."""
    row = connection.execute(select(table).where(table.c.month == month)).first()
    if row is None:
        return None
    facts = json.loads(row.facts)
    peaks = [ToldPeak(**one) for one in facts["peaks"]]
    watchlist = None if facts["watchlist"] is None else frozenset(facts["watchlist"])
    told = ToldMonth(month, watchlist, {one.project: one for one in peaks}, frozenset(facts["listed"]))
    return told, row.corrections
