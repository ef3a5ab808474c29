import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from wiki_activity.storage.database import reading
from wiki_activity.storage.reviewers import find_reviewer_ids, keep_reviewer_id
from wiki_activity.storage.schema import login_attempts, sessions
from wiki_activity.storage.sessions import (
    LONGEST_LOGIN,
    StoredLogin,
    StoredSession,
    change_role,
    end_session,
    end_sessions_of,
    find_session,
    prune_sessions,
    remember_login,
    start_session,
    take_login,
)
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.rows import run_together

DAY = timedelta(hours=12)
MINUTE = timedelta(minutes=1)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def start(engine: Engine, token: str, person: str = "17") -> None:
    start_session(
        engine, token_hash=digest(token), person_id=person, person_name="आशा", role="editor", now=NOW, lifetime=DAY
    )


def test_a_session_is_found_until_it_ends(engine: Engine) -> None:
    start(engine, "one")
    found = find_session(engine, digest("one"), NOW + DAY - MINUTE)
    assert found == StoredSession("17", "आशा", "editor", NOW, NOW + DAY, NOW)
    assert find_session(engine, digest("one"), NOW + DAY) is None
    assert find_session(engine, digest("two"), NOW) is None


def test_a_role_that_is_found_again_holds_for_all_sessions_of_a_person(engine: Engine) -> None:
    start(engine, "one")
    start(engine, "two")
    start(engine, "other", person="18")
    change_role(engine, "17", person_name="Asha", role="viewer", now=NOW + MINUTE)
    for token in ("one", "two"):
        found = find_session(engine, digest(token), NOW + MINUTE)
        assert found == StoredSession("17", "Asha", "viewer", NOW, NOW + DAY, NOW + MINUTE)
    other = find_session(engine, digest("other"), NOW + MINUTE)
    assert other is not None
    assert other.role == "editor"


def test_a_reviewers_name_is_kept_once(engine: Engine) -> None:
    assert find_reviewer_ids(engine, {"Rewa", "Boss"}) == {}
    assert keep_reviewer_id(engine, "Rewa", "5", NOW) == "5"
    assert keep_reviewer_id(engine, "Rewa", "6", NOW) == "5"
    assert find_reviewer_ids(engine, {"Rewa", "Boss"}) == {"Rewa": "5"}


def test_only_the_hash_finds_a_session(engine: Engine) -> None:
    start(engine, "one")
    assert find_session(engine, "one", NOW) is None
    assert find_session(engine, digest("one").upper(), NOW) is None


def test_a_session_that_was_ended_is_found_no_more(engine: Engine) -> None:
    start(engine, "one")
    start(engine, "two")
    assert end_session(engine, digest("one"))
    assert not end_session(engine, digest("one"))
    assert find_session(engine, digest("one"), NOW) is None
    assert find_session(engine, digest("two"), NOW) is not None


def test_all_sessions_of_one_person_end_together(engine: Engine) -> None:
    for token, person in (("one", "17"), ("two", "17"), ("three", "18")):
        start(engine, token, person)
    assert end_sessions_of(engine, "17") == 2
    assert [find_session(engine, digest(token), NOW) is None for token in ("one", "two", "three")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("token", ["", "one", "f" * 63, "F" * 64, "f" * 64 + "\n"])
def test_what_is_no_hash_is_not_stored(engine: Engine, token: str) -> None:
    with pytest.raises(ValueError, match="never a token itself"):
        start_session(
            engine, token_hash=token, person_id="17", person_name="Asha", role="editor", now=NOW, lifetime=DAY
        )
    with pytest.raises(ValueError, match="never a token itself"):
        remember_login(engine, token, "verifier", "/", NOW)
    with reading(engine) as connection:
        assert [
            connection.execute(select(func.count()).select_from(one)).scalar() for one in (sessions, login_attempts)
        ] == [0, 0]


def test_a_login_is_taken_once(engine: Engine) -> None:
    remember_login(engine, digest("state"), "verifier", "/p/hi.wikipedia.org?vs=bn", NOW)
    taken = take_login(engine, digest("state"), NOW + MINUTE, 10 * MINUTE)
    assert taken == StoredLogin("verifier", "/p/hi.wikipedia.org?vs=bn", NOW)
    assert take_login(engine, digest("state"), NOW + MINUTE, 10 * MINUTE) is None


def test_of_several_who_take_a_login_at_once_one_gets_it(engine: Engine) -> None:
    remember_login(engine, digest("state"), "verifier", "/", NOW)
    taken: list[StoredLogin | None] = []
    works = [lambda: taken.append(take_login(engine, digest("state"), NOW, MINUTE))] * 8
    assert run_together(works) == []
    assert sorted(taken, key=bool) == [None] * 7 + [StoredLogin("verifier", "/", NOW)]


def test_a_login_that_took_too_long_is_refused_and_gone(engine: Engine) -> None:
    remember_login(engine, digest("state"), "verifier", "/", NOW)
    assert take_login(engine, digest("state"), NOW + 11 * MINUTE, 10 * MINUTE) is None
    assert take_login(engine, digest("state"), NOW, 10 * MINUTE) is None


def test_pruning_deletes_what_is_over_and_nothing_else(engine: Engine) -> None:
    start(engine, "one")
    remember_login(engine, digest("state"), "verifier", "/", NOW)
    assert prune_sessions(engine, NOW + LONGEST_LOGIN) == 0
    assert prune_sessions(engine, NOW + LONGEST_LOGIN + MINUTE) == 1
    assert take_login(engine, digest("state"), NOW, DAY) is None
    assert find_session(engine, digest("one"), NOW) is not None
    assert prune_sessions(engine, NOW + DAY) == 1
    assert find_session(engine, digest("one"), NOW) is None
