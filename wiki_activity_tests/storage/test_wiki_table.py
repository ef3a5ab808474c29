from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.wiki_table import load_wikis, save_wikis, wikis_refreshed_at
from wiki_activity_tests.storage.conftest import NOW

HINDI = Wiki("hi.wikipedia.org", "hiwiki", "wikipedia", "hi", "Hindi Wikipedia", "हिन्दी", "ltr", closed=False)
URDU = Wiki("ur.wikipedia.org", "urwiki", "wikipedia", "ur", "Urdu Wikipedia", "اردو", "rtl", closed=False)


def test_a_new_database_has_no_wikis(engine: Engine) -> None:
    assert load_wikis(engine) == []
    assert wikis_refreshed_at(engine) is None


def test_wikis_come_back_as_they_were(engine: Engine) -> None:
    save_wikis(engine, [URDU, HINDI], NOW)
    assert load_wikis(engine) == [HINDI, URDU]
    assert wikis_refreshed_at(engine) == NOW


def test_a_wiki_that_changed_is_replaced_and_one_that_is_gone_stays(engine: Engine) -> None:
    save_wikis(engine, [URDU, HINDI], NOW)
    closed = replace(HINDI, closed=True)
    save_wikis(engine, [closed], NOW + timedelta(days=7))
    assert load_wikis(engine) == [closed, URDU]
    assert wikis_refreshed_at(engine) == NOW + timedelta(days=7)


def test_an_empty_matrix_changes_nothing(engine: Engine) -> None:
    save_wikis(engine, [HINDI], NOW)
    save_wikis(engine, [], NOW + timedelta(days=7))
    assert load_wikis(engine) == [HINDI]
