"""A database as the monthly runs leave it: wikis of many kinds, their counts, and the peaks that production finds."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Metric, MonthlyCounts, Series
from wiki_activity.domain.months import list_months
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Note
from wiki_activity.domain.peaks import Kind
from wiki_activity.domain.wikis import Direction, Wiki
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.refresh_leases import finish_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.storage.storing import record_fetches, store_counts, write_month_note

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
FIRST = date(2018, 1, 1)
LAST = date(2026, 9, 1)
"""The newest month that is stored; it has ended by `NOW`."""
SHARED = date(2025, 3, 1)
"""A month in which many wikis peak."""
MISSING = date(2024, 7, 1)
"""The month that ta.wikipedia.org lacks."""
RUN_ID = "5f0c1c8e-3a51-4a8e-9d3c-0a6c1f1f7a10"
"""The run that stored the counts."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A planted peak: what it is made of, and how many times the usual month it has."""

    month: date
    kind: Kind
    times: float = 3.0


@dataclass(frozen=True, slots=True)
class StoredWiki:
    """A wiki and what its counts are like.

    Parameters
    ----------
    level
        Usual edits a month.
    begins, ends
        First and last month with edits; months before the first are stored as zeros.
    missing
        Months that are not stored.
    split
        Whether the parts of the edits are stored beside their total.
    """

    wiki: Wiki
    level: float
    rises: tuple[Rise, ...] = ()
    begins: date = FIRST
    ends: date = LAST
    missing: frozenset[date] = frozenset()
    split: bool = True


def name_wiki(  # noqa: PLR0917 - in the order of the site matrix
    project: str,
    language: str,
    name: str,
    autonym: str,
    direction: Direction = "ltr",
    closed: bool = False,
) -> Wiki:
    """A wiki whose family and database follow from its address, as they mostly do."""
    family = project.split(".")[1] if language != "mul" else "special"
    dbname = f"{project.split('.', maxsplit=1)[0]}{'wiki' if family in {'wikipedia', 'special'} else family}"
    return Wiki(project, dbname, family, language, name, autonym, direction, closed)


_BOTS, _MORE, _SAME, _LOGGED_OUT = Kind.BOT_RUN, Kind.MORE_PEOPLE, Kind.SAME_PEOPLE, Kind.LOGGED_OUT_WAVE
WIKIS: Sequence[StoredWiki] = (
    StoredWiki(
        name_wiki("www.wikidata.org", "mul", "Wikidata", "Wikidata"), 9_000_000, (Rise(date(2023, 5, 1), _BOTS, 2.5),)
    ),
    StoredWiki(name_wiki("en.wikipedia.org", "en", "English Wikipedia", "English"), 3_000_000),
    StoredWiki(
        name_wiki("commons.wikimedia.org", "mul", "Wikimedia Commons", "Wikimedia Commons"),
        2_500_000,
        (Rise(LAST, _BOTS, 2.2),),
    ),
    StoredWiki(name_wiki("fr.wikipedia.org", "fr", "French Wikipedia", "français"), 600_000),
    StoredWiki(
        name_wiki("ar.wikipedia.org", "ar", "Arabic Wikipedia", "العربية", "rtl"),
        300_000,
        (Rise(date(2022, 6, 1), _SAME, 2.5), Rise(SHARED, _MORE, 2.5)),
    ),
    StoredWiki(
        name_wiki("he.wikipedia.org", "he", "Hebrew Wikipedia", "עברית", "rtl"),
        200_000,
        (Rise(date(2023, 10, 1), _LOGGED_OUT, 2.5),),
    ),
    StoredWiki(
        name_wiki("hi.wikipedia.org", "hi", "Hindi Wikipedia", "हिन्दी"),
        40_000,
        (
            Rise(date(2021, 4, 1), _BOTS, 4),
            Rise(date(2022, 9, 1), _SAME, 3),
            Rise(date(2024, 6, 1), _MORE, 2.5),
            Rise(SHARED, _MORE, 3),
            Rise(LAST, _MORE, 2.4),
        ),
    ),
    StoredWiki(
        name_wiki("bn.wikipedia.org", "bn", "Bangla Wikipedia", "বাংলা"),
        30_000,
        (Rise(date(2023, 2, 1), _LOGGED_OUT, 3), Rise(SHARED, _MORE, 3), Rise(LAST, _SAME, 3)),
    ),
    StoredWiki(
        name_wiki("ta.wikipedia.org", "ta", "Tamil Wikipedia", "தமிழ்"),
        15_000,
        (Rise(SHARED, _MORE, 3),),
        missing=frozenset({MISSING}),
    ),
    StoredWiki(name_wiki("hi.wiktionary.org", "hi", "Hindi Wiktionary", "हिन्दी"), 2_000, (Rise(SHARED, _BOTS, 6),)),
    StoredWiki(name_wiki("bn.wikisource.org", "bn", "Bangla Wikisource", "বাংলা"), 900, (Rise(SHARED, _MORE, 6),)),
    StoredWiki(
        name_wiki("fr.wikivoyage.org", "fr", "French Wikivoyage", "français"),
        1_500,
        (Rise(date(2024, 11, 1), _SAME, 5),),
        split=False,
    ),
    StoredWiki(name_wiki("mos.wikipedia.org", "mos", "Mossi Wikipedia", "moore"), 700, begins=date(2026, 6, 1)),
    StoredWiki(
        name_wiki("aa.wikipedia.org", "aa", "Afar Wikipedia", "Qafár af", closed=True), 120, ends=date(2020, 3, 1)
    ),
)
"""Biggest first."""


def make_counts(stored: StoredWiki, first: date = FIRST, last: date = LAST) -> Mapping[Series, MonthlyCounts]:
    """The same counts each time: a yearly wave, a little noise, and the planted rises."""
    months = list_months(first, min(last, stored.ends))
    rng = np.random.default_rng(zlib.crc32(stored.wiki.project.encode()))
    wave = 1 + 0.06 * np.sin(2 * np.pi * np.array([month.month for month in months]) / 12)
    parts = {
        part: stored.level * share * wave * np.exp(rng.normal(0, noise, len(months)))
        for part, share, noise in (("user", 0.66, 0.02), ("anonymous", 0.12, 0.02), ("bots", 0.22, 0.02))
    }
    editors = (3 + stored.level / 25) * wave * np.exp(rng.normal(0, 0.02, len(months)))
    for rise in stored.rises:
        if first <= rise.month <= months[-1]:
            _raise(parts, editors, months.index(rise.month), stored.level, rise)
    begun = np.array([month >= stored.begins for month in months])
    whole = {part: np.where(begun, np.round(counts), 0) for part, counts in parts.items()}
    series = {
        Series.EDITS: whole["user"] + whole["anonymous"] + whole["bots"],
        Series.USER_EDITS: whole["user"],
        Series.ANONYMOUS_EDITS: whole["anonymous"],
        Series.EDITORS: np.where(begun, np.round(editors), 0),
    }
    if not stored.split:
        del series[Series.USER_EDITS], series[Series.ANONYMOUS_EDITS]
    return {
        name: {month: int(count) for month, count in zip(months, counts, strict=True) if month not in stored.missing}
        for name, counts in series.items()
    }


def fill_database(
    engine: Engine,
    wikis: Sequence[StoredWiki] = WIKIS,
    *,
    first: date = FIRST,
    last: date = LAST,
    now: datetime = NOW,
    judge: bool = True,
) -> None:
    """Store wikis and counts as a refresh does, and the peaks that all detectors find in them.

    The tables must be there, and empty.
    """
    save_wikis(engine, [stored.wiki for stored in wikis], now)
    refresh = start_refresh(
        engine,
        run_id=RUN_ID,
        holder="a test",
        first=first,
        last=last,
        projects=[stored.wiki.project for stored in wikis],
        series=list(COUNT_SERIES),
        now=now,
    )
    with writing(engine) as connection:
        for stored in wikis:
            _store(connection, refresh.id, stored, first, last, now=now)
    finish_refresh(engine, refresh.id, "a test", now, Outcome.DONE)
    if judge:
        refresh_peaks(engine, 30, now)


def know_people(engine: Engine, project: str, share: float, now: datetime = NOW) -> dict[Series, MonthlyCounts]:
    """Store a wiki's series of people as a refresh does, and judge anew; registered editors are a share of all."""
    [stored] = (one for one in WIKIS if one.wiki.project == project)
    counts = make_counts(stored, FIRST, LAST)
    shares = {Series.USER_EDITORS: share, Series.EDITORS_5_24: share / 4, Series.EDITORS_25_99: share / 8,
              Series.EDITORS_100: share / 16}  # fmt: skip
    people = {
        series: {month: round(part * count) for month, count in counts[Series.EDITORS].items()}
        for series, part in shares.items()
    }
    people[Series.NEW_USERS] = {month: count // 9 for month, count in counts[Series.EDITORS].items()}
    people[Series.NEW_PAGES] = {month: count // 20 for month, count in counts[Series.EDITS].items()}
    refresh = start_refresh(
        engine, run_id="people", holder="people", first=FIRST, last=LAST, projects=[project],
        series=list(PEOPLE_SERIES), now=now,
    )  # fmt: skip
    with writing(engine) as connection:
        store_counts(connection, project, people, FIRST, LAST, seen_at=now)
        record_fetches(connection, refresh.id, project, dict.fromkeys(people, FetchResult(FetchStatus.OK)), now)
    finish_refresh(engine, refresh.id, "people", now, Outcome.DONE)
    refresh_peaks(engine, 30, now)
    return people


def make_many(count: int) -> list[StoredWiki]:
    """`WIKIS` and so many more, for measuring: sizes from 10 to 100,000 edits a month, some with peaks."""
    more = []
    for number in range(count - len(WIKIS)):
        language = f"x{number:03d}"
        wiki = name_wiki(f"{language}.wikipedia.org", language, f"Wikipedia no. {number}", f"Language {number}")
        rng = np.random.default_rng(number)
        rises = tuple(
            Rise(month, kind, float(rng.uniform(2, 6)))
            for month, kind in zip(rng.choice(np.array(list_months(FIRST, LAST)), 3, replace=False), Kind, strict=False)
        )
        more.append(StoredWiki(wiki, float(10 ** rng.uniform(1, 5)), rises))
    return [*WIKIS, *more]


def annotate(  # noqa: PLR0917 - which month, then what of it
    engine: Engine,
    project: str,
    month: date,
    label: str = "Feminism and Folklore",
    note: str = "A contest in many languages.",
    link: str | None = "https://meta.wikimedia.org/wiki/Feminism_and_Folklore",
    *,
    kind: str = "contest",
    metric: Metric = Metric.EDITS,
    version: int = 0,
    author: str = "Asha",
    now: datetime = NOW,
) -> Note:
    """Save an annotation as a reader's save does."""
    text = check_text(label, note, link, kind)
    return write_month_note(engine, metric, project, month, text, version=version, author=author, now=now)


def restate(engine: Engine, project: str, counts: Mapping[date, int], now: datetime = NOW) -> None:
    """Store other totals of some months, as a later refresh does, and judge anew."""
    months = sorted(counts)
    run_id = f"run of {project} at {now:%H:%M:%S}"
    refresh = start_refresh(
        engine,
        run_id=run_id,
        holder=run_id,
        first=months[0],
        last=months[-1],
        projects=[project],
        series=[Series.EDITS],
        now=now,
    )
    with writing(engine) as connection:
        store_counts(connection, project, {Series.EDITS: counts}, months[0], months[-1], seen_at=now)
        ok = {Series.EDITS: FetchResult(FetchStatus.OK, len(months))}
        record_fetches(connection, refresh.id, project, ok, now)
    finish_refresh(engine, refresh.id, run_id, now, Outcome.DONE)
    refresh_peaks(engine, 30, now)


def _raise(
    parts: Mapping[str, NDArray[np.float64]], editors: NDArray[np.float64], at: int, level: float, rise: Rise
) -> None:
    part = {_BOTS: "bots", _LOGGED_OUT: "anonymous"}.get(rise.kind, "user")
    parts[part][at] += (rise.times - 1) * level
    if rise.kind is _MORE:
        editors[at] *= rise.times


def _store(
    connection: Connection, refresh_id: int, stored: StoredWiki, first: date, last: date, *, now: datetime
) -> None:
    counts = make_counts(stored, first, last)
    store_counts(connection, stored.wiki.project, counts, first, last, seen_at=now)
    results = {series: FetchResult(FetchStatus.OK, len(counts.get(series, ()))) for series in _asked(counts)}
    record_fetches(connection, refresh_id, stored.wiki.project, results, now)


def _asked(counts: Mapping[Series, MonthlyCounts]) -> Iterable[Series]:
    return (series for series in COUNT_SERIES if series in counts)
