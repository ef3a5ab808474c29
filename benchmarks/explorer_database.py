"""A database as years of refreshes leave it: 870 simulated wikis over 312 months, their peaks, and some annotations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, product
from typing import Any

import numpy as np
from sqlalchemy import Engine, select

from wiki_activity.domain.counts import COUNT_SERIES, Metric
from wiki_activity.domain.months import EARLIEST_MONTH, list_months, newest_ended_month, shift_month
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.simulator.activity import make_activity
from wiki_activity.simulator.wiki_catalogue import Catalogue, make_catalogue
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.fetches import FetchStatus
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.notes import save_month_note
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.refresh_leases import finish_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome
from wiki_activity.storage.schema import edit_counts, editor_counts, fetches, people_counts
from wiki_activity.storage.upsert import upsert
from wiki_activity.storage.wiki_table import save_wikis

WIKIS, MONTHS = 870, 312
_PERCENT = 30
_ANNOTATIONS = 200
_ROWS_AT_ONCE = 20_000
_HOLDER = "benchmark"
_PEOPLE = {
    "user_editors": 60,
    "editors_5_24": 12,
    "editors_25_99": 5,
    "editors_100": 3,
    "new_users": 20,
    "new_pages": 40,
}
"""Percent of all editors."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a reader may ask for.

    Parameters
    ----------
    projects
        Biggest first.
    languages
        Codes.
    peaks
        Of all edits by the detector that speaks, all of months that an address may name.
    """

    projects: Sequence[str]
    languages: Sequence[str]
    peaks: Sequence[Peak]


def fill(engine: Engine, now: datetime) -> Stored:
    """Make the tables of an empty database and fill them; the rows are stored in bulk, the peaks as production does."""
    wikis = fill_counts(engine, now)
    _store_people(engine)
    refresh_peaks(engine, _PERCENT, now)
    found = read_peaks(engine, metric=Metric.EDITS, detector=Detector.SEASONAL, first=EARLIEST_MONTH)
    _annotate(engine, found, now)
    return Stored([wiki.project for wiki in wikis], sorted({wiki.language for wiki in wikis}), found)


def fill_counts(engine: Engine, now: datetime) -> list[Wiki]:
    """Make the tables of an empty database, and store wikis, counts and fetches as a first load does."""
    migrate(engine)
    catalogue = make_catalogue(WIKIS)
    wikis = _make_wikis(catalogue)
    save_wikis(engine, wikis, now)
    projects = [wiki.project for wiki in wikis]
    last = newest_ended_month(now)
    months = list_months(shift_month(last, 1 - MONTHS), last)
    refresh = start_refresh(
        engine,
        run_id="benchmark",
        holder=_HOLDER,
        first=months[0],
        last=last,
        projects=projects,
        series=COUNT_SERIES,
        now=now,
    )
    _store_counts(engine, catalogue, months)
    answered = (
        {"refresh": refresh.id, "metric": series, "project": project, "status": FetchStatus.OK, "months": MONTHS,
         "error": None, "fetched_at": now}
        for project, series in product(projects, COUNT_SERIES)
    )  # fmt: skip
    _store(engine, fetches, answered)
    finish_refresh(engine, refresh.id, _HOLDER, now, Outcome.DONE)
    return wikis


def _make_wikis(catalogue: Catalogue) -> list[Wiki]:
    languages = {language.matrix_code: language for language in catalogue.languages}
    wikis = []
    for one in catalogue.open_wikis:
        language = languages[one.language]
        special = one.family == "special"
        name = one.sitename if special else f"{language.name} {one.sitename}"
        autonym, direction = (one.sitename, "ltr") if special else (language.autonym, language.direction)
        code = "mul" if special else language.code
        wikis.append(
            Wiki(one.host, one.dbname, one.family, code, name, autonym, "rtl" if direction == "rtl" else "ltr", False)
        )
    return wikis


def _store_counts(engine: Engine, catalogue: Catalogue, months: Sequence[date]) -> None:
    activity = make_activity(catalogue.open_wikis, 1)
    # The newest months that there are, by which nearly all wikis have begun: their pages are the longest.
    edits = {name: counts[-MONTHS:].T.tolist() for name, counts in activity.edits.items()}
    total = np.sum(list(activity.edits.values()), axis=0)[-MONTHS:].T.tolist()
    editors = np.sum(list(activity.editors.values()), axis=0)[-MONTHS:].T.tolist()
    places = [(at, wiki.host) for at, wiki in enumerate(catalogue.open_wikis)]
    _store(
        engine,
        edit_counts,
        (
            {"project": project, "timestamp": month, "edit_count": total[at][index],
             "user_edits": edits["user"][at][index], "anonymous_edits": edits["anonymous"][at][index]}
            for at, project in places
            for index, month in enumerate(months)
        ),
    )  # fmt: skip
    _store(
        engine,
        editor_counts,
        (
            {"project": project, "timestamp": month, "editor_count": editors[at][index]}
            for at, project in places
            for index, month in enumerate(months)
        ),
    )


def _store_people(engine: Engine) -> None:
    """Store the series of people of all wikis and months, as shares of all editors."""
    with reading(engine) as connection:
        stored = connection.execute(select(editor_counts)).all()
    _store(
        engine,
        people_counts,
        (
            {"project": row.project, "timestamp": row.timestamp}
            | {series: row.editor_count * share // 100 for series, share in _PEOPLE.items()}
            for row in stored
        ),
    )


def _store(engine: Engine, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        with writing(engine) as connection:
            upsert(connection, table, chunk)


def _annotate(engine: Engine, peaks: Sequence[Peak], now: datetime) -> None:
    text = check_text("A contest in many languages", "Written articles about women.", "https://meta.wikimedia.org/wiki/X",
                      "contest")  # fmt: skip
    for peak in peaks[:: max(1, len(peaks) // _ANNOTATIONS)]:
        save_month_note(engine, peak.metric, peak.project, peak.month, text, version=0, author=Author("Asha"), now=now)
