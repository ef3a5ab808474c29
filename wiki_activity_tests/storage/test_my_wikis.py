from sqlalchemy import Engine

from wiki_activity.storage.my_wikis import keep_my_wikis, read_my_wikis
from wiki_activity_tests.storage.conftest import NOW


def test_what_is_kept_later_takes_the_place_of_what_was_kept_before(engine: Engine) -> None:
    assert read_my_wikis(engine, "4711") is None
    keep_my_wikis(engine, "4711", ["hi.wikipedia.org", "lang:bn"], NOW)
    keep_my_wikis(engine, "4712", [], NOW)
    assert read_my_wikis(engine, "4711") == ("hi.wikipedia.org", "lang:bn")
    keep_my_wikis(engine, "4711", ["family:wikisource"], NOW)
    assert read_my_wikis(engine, "4711") == ("family:wikisource",)
    assert read_my_wikis(engine, "4712") == ()
