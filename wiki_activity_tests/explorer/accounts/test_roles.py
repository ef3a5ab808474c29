"""What an account may do: found at its login, and asked again before a change."""

from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest

from wiki_activity.explorer.accounts.global_accounts import MOST_AT_ONCE
from wiki_activity_tests.explorer.accounts.conftest import Clock, Start, heading, log_out, session_of


@pytest.mark.parametrize(
    ("profile", "reviewers", "role"),
    [
        ({}, "", "editor"),
        ({"editcount": 1000}, "", "editor"),
        ({"sub": "4711"}, "4711", "reviewer"),
        ({}, "Someone,Asha", "reviewer"),
        ({"editcount": 3}, "4711", "reviewer"),
        ({"username": "asha"}, "Asha", "editor"),
        ({"sub": 99, "username": "4711"}, "4711", "editor"),
        ({"editcount": 12, "everywhere": 50_000}, "", "editor"),
    ],
)
def test_the_role_is_found_at_login(start: Start, profile: dict[str, object], reviewers: str, role: str) -> None:
    world = start(REVIEWERS=reviewers)
    if "everywhere" in profile:
        world.oauth.account["editcount"] = profile["everywhere"]
    world.oauth.profile |= profile
    with world.browser() as browser:
        browser.get("/login")
        assert session_of(browser)["role"] == role


EN_WIKI = {"wiki": "enwiki", "editcount": 5000}
BLOCK = {"blocked": {"expiry": "infinity", "reason": "no"}}


@pytest.mark.parametrize(
    ("profile", "account", "blocks", "why"),
    [
        ({"editcount": 999}, {}, [], "needs\n  1,000 edits on all wikis together; this one has 999."),
        ({"editcount": 50_000}, {"editcount": 12}, [], "this one has 12."),
        ({"blocked": True}, {}, [], "This account is blocked on Meta-Wiki,"),
        ({"blocked": True, "username": "Boss"}, {}, [], "This account is blocked on Meta-Wiki,"),
        ({}, {"locked": True}, [], "This account is locked on all wikis,"),
        ({"username": "Boss"}, {"locked": ""}, [], "This account is locked on all wikis,"),
        ({}, {}, [{"id": 5, "target": "Asha", "expiry": "infinity"}], "This account is blocked on all wikis,"),
        ({}, {"merged": [EN_WIKI | BLOCK]}, [], "This account is blocked on enwiki,"),
        ({}, {"home": "dewiki", "merged": [EN_WIKI | BLOCK]}, [], "This account is blocked on enwiki,"),
        (
            {},
            {"merged": [EN_WIKI, {"wiki": "metawiki", "editcount": 3} | BLOCK]},
            [],
            "This account is blocked on metawiki,",
        ),
    ],
)
def test_who_may_not_write_is_told_why_and_may_read(
    start: Start, profile: dict[str, object], account: dict[str, object], *, blocks: list[dict[str, object]], why: str
) -> None:
    world = start(REVIEWERS="Boss")
    with world.browser() as elsewhere, world.browser() as browser:
        elsewhere.get("/login")
        world.oauth.profile |= profile
        world.oauth.account, world.oauth.global_blocks = account, blocks
        page = browser.get("/login", params={"next": "/about"})
        may_propose = "this one has" in why
        told = (200, "You can propose notes") if may_propose else (403, "You can read, but not write")
        assert (page.status_code, heading(page)) == told
        assert why in page.text
        assert 'href="/about"' in page.text
        session = session_of(browser)
        assert session["role"] == "viewer"
        # Elsewhere they go on, but may not write there either.
        assert session_of(elsewhere)["role"] == "viewer"
        assert log_out(elsewhere).status_code == 204
        assert log_out(browser).status_code == 204


def test_a_block_far_from_home_is_no_bar(start: Start) -> None:
    world = start()
    world.oauth.account = {"merged": [EN_WIKI, {"wiki": "xxwiki", "editcount": 2} | BLOCK]}
    with world.browser() as browser:
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"


def test_a_flag_that_is_false_is_not_set(start: Start) -> None:
    world = start()
    local = EN_WIKI | {"blocked": False}
    world.oauth.account = {"locked": False, "hidden": False, "missing": False, "merged": [local]}
    with world.browser() as browser:
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"


@pytest.mark.parametrize(
    ("profile", "account", "words"),
    [
        ({"sub": 4711, "blocked": True}, {}, "Wikimedia knows no such account on all wikis, or has hidden it."),
        ({"sub": 4711}, {}, "Wikimedia knows no such account on all wikis, or has hidden it."),
        ({"sub": 4711, "username": "Asha"}, {"missing": True}, "or has hidden it."),
        ({"sub": 4711, "username": "Asha"}, {"hidden": True}, "or has hidden it."),
        ({"sub": "0", "username": "Asha"}, {}, "no number that holds on all wikis"),
        ({"sub": 0, "username": "Asha"}, {}, "no number that holds on all wikis"),
        ({"sub": "", "username": "Asha"}, {}, "no number that holds on all wikis"),
        ({"sub": "-5", "username": "Asha"}, {}, "no number that holds on all wikis"),
    ],
)
def test_an_account_that_is_nobodys_is_refused_with_a_whole_sentence(
    start: Start, profile: dict[str, object], account: dict[str, object], words: str
) -> None:
    world = start()
    with world.browser() as before, world.browser() as browser:
        before.get("/login")
        world.oauth.profile, world.oauth.account = profile, account
        page = browser.get("/login")
        assert (page.status_code, heading(page)) == (403, "You were not logged in")
        assert words in page.text
        assert session_of(browser)["user"] is None


def write(browser: httpx.Client) -> httpx.Response:
    address = "/api/v1/projects/hi.wikipedia.org/peaks/2024-06/annotation"
    return browser.put(address, json={}, headers={"X-CSRF-Token": session_of(browser)["csrf_token"] or ""})


def test_whoever_is_blocked_after_the_login_writes_for_ten_minutes_more_at_most(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.account = {"locked": True}
        asked = len(world.oauth.looked_up)
        clock.advance(timedelta(minutes=9, seconds=59))
        assert write(browser).status_code == 422
        assert len(world.oauth.looked_up) == asked
        clock.advance(timedelta(seconds=1))
        refused = write(browser)
        assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
        assert session_of(browser)["role"] == "viewer"
        # Nor is anybody asked for each try.
        assert write(browser).status_code == 403
        assert len(world.oauth.looked_up) == asked + 1
        # A mistake can be taken back.
        world.oauth.account = {}
        clock.advance(timedelta(minutes=10))
        assert write(browser).status_code == 422


def test_a_renamed_account_writes_under_its_new_name(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.account = {"name": "Asha (renamed)"}
        clock.advance(timedelta(minutes=10))
        assert write(browser).status_code == 422
        assert session_of(browser)["user"] == "Asha (renamed)"


def test_an_account_that_is_hidden_after_the_login_is_logged_out(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.account = {"missing": True}
        clock.advance(timedelta(minutes=10))
        assert write(browser).status_code == 403
        assert session_of(browser)["user"] is None


@pytest.mark.parametrize("fault", ["500", "429", "broken", "list", "redirect", "error", "endless"])
def test_while_meta_is_away_a_role_serves_for_an_hour(start: Start, clock: Clock, fault: str) -> None:
    world = start()
    with world.browser() as browser:
        browser.get("/login")
        world.oauth.faults = {"api": fault}
        clock.advance(timedelta(hours=1))
        assert write(browser).status_code == 422
        clock.advance(timedelta(seconds=1))
        away = write(browser)
        assert (away.status_code, away.headers["retry-after"]) == (503, "60")
        assert away.json()["title"] == "Your role is not known now"
        # Reading and leaving need no role.
        assert browser.get("/about").status_code == 200
        assert log_out(browser).status_code == 204


def test_those_who_wait_for_meta_leave_the_pages_their_threads(start: Start, clock: Clock) -> None:
    world = start()
    with world.browser() as known, world.browser() as browser:
        known.get("/login")
        clock.advance(timedelta(hours=2))
        with ExitStack() as waiting:
            for _ in range(MOST_AT_ONCE):
                waiting.enter_context(world.app.state.accounts.roles.accounts.turn())
            assert browser.get("/login").status_code == 502
            assert write(known).status_code == 503
        assert browser.get("/login").status_code == 200
        assert write(known).status_code == 422


@pytest.mark.parametrize("account", [{"id": 4712}, {"name": ""}])
def test_an_answer_of_another_account_is_not_believed(start: Start, account: dict[str, object]) -> None:
    world = start()
    world.oauth.account = account
    with world.browser() as browser:
        page = browser.get("/login")
        assert (page.status_code, heading(page)) == (502, "Logging in does not work now")


def test_a_reviewers_name_is_the_account_that_bore_it_first(start: Start) -> None:
    world = start(REVIEWERS="Boss")
    world.oauth.names = {"Boss": {"id": 815, "name": "Boss"}}
    with world.browser() as browser, world.browser() as other:
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"
        # Renamed, and somebody else takes the name.
        world.oauth.names = {"Boss": {"id": 4711, "name": "Boss"}}
        world.oauth.profile |= {"username": "Boss"}
        browser.get("/login")
        assert session_of(browser)["role"] == "editor"
        world.oauth.profile |= {"sub": 815, "username": "Boss, retired"}
        other.get("/login")
        assert session_of(other)["role"] == "reviewer"


NOTE = {
    "scope": {"kind": "wiki", "key": "hi.wikipedia.org"}, "first": "2025-03-01", "last": "2025-03-31",
    "label": "Women in Red",
}  # fmt: skip


def propose(browser: httpx.Client) -> httpx.Response:
    headers = {"X-CSRF-Token": session_of(browser)["csrf_token"] or ""}
    return browser.post("/api/v1/notes", json=NOTE, headers=headers)


def test_whoever_has_few_edits_proposes_and_a_reviewer_publishes(start: Start) -> None:
    world = start(REVIEWERS="4711")
    with world.browser() as newcomer, world.browser() as reader:
        world.oauth.profile |= {"sub": 99, "username": "New", "editcount": 3}
        newcomer.get("/login")
        assert session_of(newcomer)["role"] == "viewer"
        answer = propose(newcomer)
        assert (answer.status_code, answer.json()["proposed"]) == (202, True)
        address = answer.headers["Location"]
        assert reader.get(address).status_code == 404
        assert reader.get("/api/v1/notes").json()["items"] == []
        assert "Women in Red" not in reader.get("/api/v1/annotations.atom").text
        change = NOTE | {"version": 1}
        token = {"X-CSRF-Token": session_of(newcomer)["csrf_token"] or ""}
        assert newcomer.put(address, json=change, headers=token).status_code == 403
        with world.browser() as boss:
            world.oauth.profile |= {"sub": 4711, "username": "Asha", "editcount": 5000}
            boss.get("/login")
            page = boss.get("/notes?proposed=yes").text
            assert "1 proposed note waits for a reviewer" in page
            token = {"X-CSRF-Token": session_of(boss)["csrf_token"] or ""}
            body = {"version": 1, "reason": "It is so."}
            assert boss.post(f"{address}/unhide", json=body, headers=token).status_code == 200
        assert reader.get(address).json()["label"] == "Women in Red"


def test_whoever_is_blocked_proposes_nothing(start: Start) -> None:
    world = start()
    world.oauth.account = {"locked": True}
    with world.browser() as browser:
        browser.get("/login")
        refused = propose(browser)
        assert refused.status_code == 403
        assert "locked" in refused.json()["detail"]


def test_whoever_is_logged_in_reports_a_note_and_reviewers_alone_see_it(start: Start) -> None:
    world = start(REVIEWERS="4711")
    with world.browser() as boss, world.browser() as newcomer, world.browser() as nobody:
        boss.get("/login")
        note = propose(boss).json()
        address = f"/api/v1/notes/{note['id']}"
        world.oauth.profile |= {"sub": 99, "username": "New", "editcount": 3}
        newcomer.get("/login")
        token = {"X-CSRF-Token": session_of(newcomer)["csrf_token"] or ""}
        assert newcomer.post(f"{address}/report", json={"reason": "x"}, headers=token).status_code == 422
        for reason in ("It names a person", "It names somebody"):
            assert newcomer.post(f"{address}/report", json={"reason": reason}, headers=token).status_code == 202
        assert newcomer.post(f"{address}/settle", json={}, headers=token).status_code == 403
        assert nobody.post(f"{address}/report", json={"reason": "It is spam"}).status_code == 401
        for reader in (newcomer, nobody):
            assert "It names somebody" not in reader.get(note["page"]).text
            assert "It names somebody" not in reader.get("/notes?reported=yes").text
        assert "1 note was reported by readers" in boss.get("/notes").text
        page = boss.get(note["page"]).text
        assert "It names somebody" in page
        assert "It names a person" not in page, "each reader says one thing of a note"
        token = {"X-CSRF-Token": session_of(boss)["csrf_token"] or ""}
        assert boss.post(f"{address}/settle", json={}, headers=token).status_code == 204
        assert "It names somebody" not in boss.get(note["page"]).text
