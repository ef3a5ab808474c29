"""A wiki's own API as its documentation shows it, and what else may come instead."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.domain.imports import Import
from wiki_activity.domain.revision_labels import Account
from wiki_activity.wikimedia.action_api import ActionClient
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, RefusedError
from wiki_activity.wikimedia.http import PoliteSession

FIRST, UNTIL = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 31, 23, 59, 59, tzinfo=UTC)
WIKI = "hi.wikipedia.org"


@pytest.fixture
def client(server: HTTPServer, session: PoliteSession) -> ActionClient:
    return ActionClient(session, server.url_for("/wikis/{project}/w/api.php").replace("%7B", "{").replace("%7D", "}"))


def answer(server: HTTPServer, document: Any) -> None:
    server.expect_request(f"/wikis/{WIKI}/w/api.php").respond_with_json(document)


def page(*revisions: dict[str, Any], ns: int = 0) -> dict[str, Any]:
    return {"pageid": 1, "ns": ns, "title": "Delhi", "revisions": list(revisions)}


def row(timestamp: str, **more: Any) -> dict[str, Any]:
    return {"revid": 9, "parentid": 8, "timestamp": timestamp, "tags": [], **more}


def test_revisions_come_in_the_order_of_time_and_tell_where_they_go_on(
    server: HTTPServer, client: ActionClient
) -> None:
    later = row("2024-03-02T00:00:00Z", user="B", comment="x #WPWP y", tags=["mobile edit"])
    first = row("2024-03-01T10:00:00Z", user="A", comment="")
    document = {
        "continue": {"arvcontinue": "20240302|123", "continue": "-||"},
        "query": {"allrevisions": [page(later), page(first, ns=4)]},
    }
    answer(server, document)

    found = client.get_revisions(WIKI, FIRST, UNTIL)

    assert [(one.user, one.namespace) for one in found.revisions] == [("A", 4), ("B", 0)]
    assert found.revisions[1].hashtags == {"wpwp"}
    assert found.revisions[1].tags == ("mobile edit",)
    assert found.goes_on == "20240302|123"
    (request, _), *_ = server.log
    assert request.args["arvstart"] == "2024-03-01T00:00:00Z"
    assert request.args["arvdir"] == "newer"
    assert request.args["formatversion"] == "2"


def test_what_was_removed_is_nobodys(server: HTTPServer, client: ActionClient) -> None:
    answer(
        server, {"query": {"allrevisions": [page(row("2024-03-01T10:00:00Z", userhidden=True, commenthidden=True))]}}
    )

    (found,) = client.get_revisions(WIKI, FIRST, UNTIL).revisions

    assert found.user is None
    assert found.hashtags == frozenset()


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"query": {}},
        {"query": {"allrevisions": [{"ns": "0", "revisions": []}]}},
        {"query": {"allrevisions": [page({"timestamp": "yesterday", "tags": []})]}},
        {"query": {"allrevisions": [page({"timestamp": "2024-03-01T10:00:00Z"})]}},
        {"query": {"allrevisions": [page(row("0001-01-01T00:00:00+23:00"))]}},
        {"query": {"allrevisions": []}, "continue": {"arvcontinue": 7}},
        {"query": {"allrevisions": []}, "continue": {"continue": "-||"}},
        {"query": {"allrevisions": [{"ns": 0, "revisions": ["x"]}]}},
    ],
)
def test_what_is_no_list_of_revisions_is_refused(server: HTTPServer, client: ActionClient, document: Any) -> None:
    answer(server, document)

    with pytest.raises(MalformedAnswerError):
        client.get_revisions(WIKI, FIRST, UNTIL)


def test_the_apis_own_no_is_a_no(server: HTTPServer, client: ActionClient) -> None:
    answer(server, {"error": {"code": "readapidenied", "info": "You need read permission"}})

    with pytest.raises(RefusedError, match="readapidenied"):
        client.get_revisions(WIKI, FIRST, UNTIL)


def test_accounts_tell_whether_they_are_bots_and_how_old(server: HTTPServer, client: ActionClient) -> None:
    users = [
        {"userid": 1, "name": "Bot", "groups": ["bot", "*"], "registration": "2010-01-01T00:00:00Z"},
        {"userid": 2, "name": "Old", "groups": ["*", "user"], "registration": None},
        {"name": "Gone", "missing": True},
    ]
    answer(server, {"query": {"users": users}})

    assert client.get_accounts(WIKI, ["Bot", "Old", "Gone"]) == {
        "Bot": Account(is_bot=True, registered_at=datetime(2010, 1, 1, tzinfo=UTC)),
        "Old": Account(is_bot=False, registered_at=None),
    }


def test_a_page_that_is_gone_does_not_exist(server: HTTPServer, client: ActionClient) -> None:
    pages = [
        {"pageid": 7, "ns": 4, "title": "विकिपीडिया:Women in Red"},
        {"ns": 0, "title": "Gone", "missing": True},
        {"title": "A<b", "invalid": True},
    ]
    normalized = [{"fromencoded": False, "from": "Project:Women in Red", "to": "विकिपीडिया:Women in Red"}]
    answer(server, {"query": {"normalized": normalized, "pages": pages}})

    asked = ["Project:Women in Red", "Gone", "A<b"]
    assert client.find_existing(WIKI, asked) == {"Project:Women in Red"}


@pytest.mark.parametrize("pages", [[], [{"ns": 0, "title": "Goa", "pageid": 2}]])
def test_a_page_of_which_nothing_is_said_is_not_gone(server: HTTPServer, client: ActionClient, pages: Any) -> None:
    answer(server, {"query": {"pages": pages}})

    with pytest.raises(MalformedAnswerError, match="not in the answer"):
        client.find_existing(WIKI, ["Goa", "Delhi"])


def test_titles_that_are_one_page_or_another_wikis_are_told_of(server: HTTPServer, client: ActionClient) -> None:
    normalized = [{"from": "new Delhi", "to": "New Delhi"}, {"from": "New_Delhi", "to": "New Delhi"}]
    query = {"normalized": normalized, "interwiki": [{"title": "fr:Delhi", "iw": "fr"}]}
    answer(server, {"query": {**query, "pages": [{"pageid": 7, "ns": 0, "title": "New Delhi"}]}})

    assert client.find_existing(WIKI, ["new Delhi", "New_Delhi", "fr:Delhi"]) == {"new Delhi", "New_Delhi"}


@pytest.mark.parametrize("users", [[], [{"userid": 1, "name": "Bot"}], [{"groups": ["bot"]}]])
def test_accounts_of_which_nothing_is_said_are_not_taken_for_peoples(
    server: HTTPServer, client: ActionClient, users: Any
) -> None:
    answer(server, {"query": {"users": users}})

    with pytest.raises(MalformedAnswerError, match="account"):
        client.get_accounts(WIKI, ["Bot"])


@pytest.mark.parametrize("field", ["user", "comment"])
def test_a_revision_without_a_field_that_is_not_hidden_is_refused(
    server: HTTPServer, client: ActionClient, field: str
) -> None:
    whole = row("2024-03-01T10:00:00Z", user="A", comment="x")
    del whole[field]
    answer(server, {"query": {"allrevisions": [page(whole)]}})

    with pytest.raises(MalformedAnswerError, match=f"no {field}"):
        client.get_revisions(WIKI, FIRST, UNTIL)


def test_tags_have_names_for_people(server: HTTPServer, client: ActionClient) -> None:
    tags = [{"name": "OAuth CID: 7", "displayname": "Fountain [1.0]"}, {"name": "hidden", "displayname": False}]
    answer(server, {"query": {"tags": tags}})

    assert client.get_tag_names(WIKI) == {"OAuth CID: 7": "Fountain [1.0]"}


def test_pages_of_people_are_found_by_their_namespace_whatever_they_are_called(
    server: HTTPServer, client: ActionClient
) -> None:
    pages = [
        {"ns": 2, "title": "सदस्य:Somebody"},
        {"ns": 3, "title": "सदस्य वार्ता:Somebody"},
        {"ns": 0, "title": "Delhi"},
    ]
    answer(server, {"query": {"pages": pages}})

    assert client.find_existing(WIKI, [one["title"] for one in pages]) == {"Delhi"}


@pytest.mark.parametrize(
    "query",
    [
        {"pages": [{"ns": 0, "title": ["Delhi"]}], "normalized": 7},
        {"pages": [{"title": "Delhi"}]},
        {"pages": ["Delhi"]},
    ],
)
def test_what_says_not_which_pages_exist_is_refused(server: HTTPServer, client: ActionClient, query: Any) -> None:
    answer(server, {"query": query})

    with pytest.raises(MalformedAnswerError):
        client.find_existing(WIKI, ["Delhi"])


def log_row(number: int, timestamp: str, action: str = "create", **more: Any) -> dict[str, Any]:
    made = {"logid": 7, "type": "newusers", "action": action, "params": {"userid": number}, "userid": 5}
    return {**made, "timestamp": timestamp, **more}


def edit_row(number: int, timestamp: str, **more: Any) -> dict[str, Any]:
    return {"userid": number, "user": "Some Body", "ns": 0, "title": "Delhi", "timestamp": timestamp, **more}


UNTIL_APRIL = datetime(2024, 4, 1, tzinfo=UTC)


def test_accounts_are_told_by_their_numbers_and_not_by_who_made_them(server: HTTPServer, client: ActionClient) -> None:
    hidden = [
        log_row(13, "2024-03-02T00:00:00Z", "create2", userhidden=True),
        {
            "logid": 8,
            "type": "newusers",
            "action": "create2",
            "actionhidden": True,
            "timestamp": "2024-03-02T00:00:00Z",
        },
        log_row(14, "2024-03-02T00:00:00Z", "create2", temp=True),
    ]
    rows = [log_row(11, "2024-03-01T00:00:00Z", "create2"), *hidden, log_row(12, "2024-03-31T23:59:59Z", "create2")]
    answer(server, {"batchcomplete": True, "query": {"logevents": rows}})

    found = client.get_made_accounts(WIKI, "create2", FIRST, UNTIL_APRIL)

    assert [number for number, _ in found.rows] == [11, 12]
    assert found.goes_on is None
    (request, _), *_ = server.log
    assert request.args["leaction"] == "newusers/create2"
    assert (request.args["lestart"], request.args["leend"]) == ("2024-03-01T00:00:00Z", "2024-03-31T23:59:59Z")
    assert not {"user", "title", "comment"} & set(request.args["leprop"].split("|")), "no name is asked for"


@pytest.mark.parametrize("numbers", [(12, 11), (11, 11)])
def test_a_log_out_of_order_or_that_tells_of_an_account_twice_is_malformed(
    server: HTTPServer, client: ActionClient, numbers: tuple[int, int]
) -> None:
    rows = [log_row(one, f"2024-03-{one:02}T00:00:00Z") for one in numbers]
    answer(server, {"batchcomplete": True, "query": {"logevents": rows}})

    with pytest.raises(MalformedAnswerError, match="twice"):
        client.get_made_accounts(WIKI, "create", FIRST, UNTIL_APRIL)


def test_edits_are_of_the_accounts_and_namespaces_that_were_asked_for(server: HTTPServer, client: ActionClient) -> None:
    rows = [edit_row(11, "2024-03-01T00:00:00Z"), edit_row(11, "2024-03-05T00:00:00Z", ns=2)]
    answer(server, {"continue": {"uccontinue": "actor|1|2|3", "continue": "-||"}, "query": {"usercontribs": rows}})

    found = client.get_edits_of(WIKI, [11, 12], (104, 0), FIRST, UNTIL_APRIL)

    assert found.rows == ((11, FIRST),)
    assert found.goes_on == "actor|1|2|3"
    (request, _), *_ = server.log
    assert request.args["ucuserids"] == "11|12"
    assert request.args["ucnamespace"] == "0|104"
    assert request.args["ucend"] == "2024-03-31T23:59:59Z"


@pytest.mark.parametrize(
    "row",
    [
        log_row(0, "2024-03-01T00:00:00Z"),
        log_row(11, "2024-04-01T00:00:00Z"),
        log_row(11, "2024-02-29T23:59:59Z"),
        log_row(11, "2024-03-01T00:00:00Z", "autocreate"),
        log_row(11, "2024-03-01T00:00:00Z", params=[]),
        log_row(11, "someday"),
    ],
)
def test_a_row_of_another_log_or_time_is_malformed(
    server: HTTPServer, client: ActionClient, row: dict[str, Any]
) -> None:
    answer(server, {"batchcomplete": True, "query": {"logevents": [row]}})
    with pytest.raises(MalformedAnswerError):
        client.get_made_accounts(WIKI, "create", FIRST, UNTIL_APRIL)


@pytest.mark.parametrize(
    "row",
    [
        edit_row(13, "2024-03-01T00:00:00Z"),
        edit_row(11, "2024-04-01T00:00:00Z"),
        edit_row(11, "2024-03-01T00:00:00Z", userid="11"),
        edit_row(11, "2024-03-01T00:00:00Z", ns=None),
    ],
)
def test_an_edit_of_somebody_else_or_another_time_is_malformed(
    server: HTTPServer, client: ActionClient, row: dict[str, Any]
) -> None:
    answer(server, {"batchcomplete": True, "query": {"usercontribs": [row]}})
    with pytest.raises(MalformedAnswerError):
        client.get_edits_of(WIKI, [11, 12], (0,), FIRST, UNTIL_APRIL)


@pytest.mark.parametrize("more", [{}, {"continue": {"continue": "-||"}}, {"continue": {"uccontinue": 7}}])
def test_what_neither_ends_nor_says_where_it_goes_on_is_malformed(
    server: HTTPServer, client: ActionClient, more: dict[str, Any]
) -> None:
    answer(server, {"query": {"usercontribs": [edit_row(11, "2024-03-01T00:00:00Z")]}, **more})
    with pytest.raises(MalformedAnswerError):
        client.get_edits_of(WIKI, [11], (0,), FIRST, UNTIL_APRIL)


def test_a_page_was_created_with_its_first_revision(server: HTTPServer, client: ActionClient) -> None:
    page = {"pageid": 7, "ns": 0, "title": "Delhi", "revisions": [{"timestamp": "2004-03-01T12:00:00Z"}]}
    answer(server, {"query": {"pages": [page]}})

    assert client.find_creation(WIKI, "Delhi") == datetime(2004, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("page", [{"ns": 0, "title": "Delhi", "missing": True}, {"title": "A<b", "invalid": True}])
def test_a_page_that_is_gone_was_never_created(server: HTTPServer, client: ActionClient, page: Any) -> None:
    answer(server, {"query": {"pages": [page]}})

    assert client.find_creation(WIKI, "Delhi") is None


@pytest.mark.parametrize("pages", [[], [{"ns": 0, "title": "Delhi"}], [{"ns": 0, "title": "Delhi", "revisions": [{}]}]])
def test_what_says_not_when_a_page_was_created_is_refused(server: HTTPServer, client: ActionClient, pages: Any) -> None:
    answer(server, {"query": {"pages": pages}})

    with pytest.raises(MalformedAnswerError):
        client.find_creation(WIKI, "Delhi")


def test_new_pages_of_talk_tell_their_templates(server: HTTPServer, client: ActionClient) -> None:
    summary = 'Created page with "{{A contest|year=2024}}"'
    rows = [
        page({**row("2024-03-01T10:00:00Z", user="A", comment=summary), "parentid": parent}, ns=ns)
        for parent, ns in ((0, 1), (8, 1), (0, 0))
    ]
    answer(server, {"query": {"allrevisions": rows}})

    found = client.get_revisions(WIKI, FIRST, UNTIL).revisions

    assert sorted(sorted(one.templates) for one in found) == [[], [], ["A contest"]]


def test_imports_are_those_of_the_log_whose_importer_is_shown(server: HTTPServer, client: ActionClient) -> None:
    shown = {"ns": 0, "title": "Delhi", "user": "A", "timestamp": "2024-03-01T10:00:00Z", "logid": 1}
    answer(server, {"query": {"logevents": [shown, {"logid": 2, "userhidden": True, "ns": 0}, {**shown, "ns": None}]}})

    assert client.list_imports(WIKI, FIRST, UNTIL) == [Import(datetime(2024, 3, 1, 10, tzinfo=UTC), "A", 0)]
    (request, _), *_ = server.log
    assert (request.args["letype"], request.args["lestart"]) == ("import", "2024-03-01T00:00:00Z")


@pytest.mark.parametrize(("goes_on", "names"), [(False, {"A", "B"}), (True, {"A"})])
def test_who_may_have_done_more_is_left_out_of_contributions(
    server: HTTPServer, client: ActionClient, goes_on: bool, names: set[str]
) -> None:
    rows = [row("2024-03-01T10:00:00Z", user=user, comment="", ns=0, title="Delhi") for user in ("A", "A", "B")]
    more = {"continue": {"uccontinue": "x", "continue": "-||"}} if goes_on else {}
    answer(server, {"query": {"usercontribs": rows}, **more})

    assert set(client.get_contributions(WIKI, ["A", "B"], FIRST, UNTIL)) == names
