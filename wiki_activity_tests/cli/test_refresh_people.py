"""`wiki-activity refresh --people`: registered editors, new accounts and new pages, wherever they are lacking."""

from pathlib import Path

from wiki_activity.domain.counts import Series
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.refreshes import last_refresh
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.cli.simulated import UNLIMITED, simulating
from wiki_activity_tests.cli.stored import opened


def test_people_are_asked_for_after_the_counts_and_once(environment: dict[str, str], tmp_path: Path) -> None:
    url = environment["WIKI_ACTIVITY_DATABASE_URL"] = f"sqlite:///{tmp_path}/activity.db"
    with simulating(limits=UNLIMITED) as simulated:
        environment = environment | simulated.environment
        too_early = run(environment, "refresh", "--people")
        assert run(environment, "refresh", "--from", "2023-01").code == 0
        wikis = len(simulated.wikis())
        one = run(environment, "refresh", "--people", "--wiki", "hi.wikipedia.org", "--json")
        others = run(environment, "refresh", "--people", "--json")
        nobody = run(environment, "refresh", "--people")

    assert too_early.code == 2
    assert "come" in too_early.err
    assert (one.json["wikis"], one.json["requests"]) == (1, 6)
    assert others.json["wikis"] == wikis - 1
    assert others.json["requests"] == 6 * (wikis - 1)
    assert nobody.code == 0
    assert "Every wiki has answered" in nobody.out
    with opened(url) as engine:
        editors, active = read_series(engine, Series.USER_EDITORS), read_series(engine, Series.EDITORS_5_24)
        newest = last_refresh(engine)
    assert (active <= editors).all(axis=None)
    assert newest is not None
    assert newest.first == editors.index[0].date()


def test_what_cannot_be_meant_is_refused(environment: dict[str, str]) -> None:
    for more in (("--resume",), ("--to", "2024-01")):
        ended = run(environment, "refresh", "--people", *more)
        assert ended.code == 2
        assert "leave out --resume and --to" in ended.err
