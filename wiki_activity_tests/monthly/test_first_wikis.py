from datetime import UTC, date, datetime

from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.first_wikis import list_first_wikis
from wiki_activity.storage.database import writing
from wiki_activity.storage.my_wikis import keep_my_wikis
from wiki_activity.storage.wiki_table import store_wikis
from wiki_activity_tests.storage.storing import store_counts

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
MAY = date(2024, 5, 1)


def store(engine: Engine, *projects: str, closed: bool = False) -> None:
    wikis = []
    for project in projects:
        language, family, _ = project.split(".")
        wikis.append(Wiki(project, f"{language}{family}", family, language, project, project, "ltr", closed))
    with writing(engine) as connection:
        store_wikis(connection, wikis, NOW)


def test_the_watchlist_comes_before_what_people_starred_and_groups_are_their_wikis(engine: Engine) -> None:
    store(engine, "bn.wikipedia.org", "hi.wikipedia.org", "hi.wiktionary.org", "en.wikipedia.org", "la.wikibooks.org")
    store(engine, "hi.wikibooks.org", closed=True)
    with writing(engine) as connection:
        store_counts(connection, "hi.wiktionary.org", {Series.EDITS: {MAY: 900}}, MAY, MAY, NOW)
    keep_my_wikis(engine, "1", ["lang:hi", "la.wikibooks.org"], NOW)
    keep_my_wikis(engine, "2", ["bn.wikipedia.org", "la.wikibooks.org", "*", "gone.example.org"], NOW)
    assert list_first_wikis(engine, ["bnwiki", "bn.wikipedia.org"]) == [
        "bn.wikipedia.org",
        "hi.wiktionary.org",
        "hi.wikipedia.org",
        "la.wikibooks.org",
    ]


def test_without_a_watchlist_and_stars_no_wiki_is_first(engine: Engine) -> None:
    store(engine, "bn.wikipedia.org")
    assert list_first_wikis(engine, []) == []
