"""The annotations of Wikistats: pages of JSON on Meta-Wiki."""

import json
from datetime import date
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.data_annotations import AnnotationsClient
from wiki_activity.wikimedia.http import PoliteSession


@pytest.fixture
def client(server: HTTPServer, session: PoliteSession) -> AnnotationsClient:
    return AnnotationsClient(session, server.url_for("/w/api.php"))


def answer(server: HTTPServer, content: object, **page: Any) -> None:
    revision = {"slots": {"main": {"content": content}}}
    query = {"pages": [{"title": "Config:Dashiki:Annotations/Wikistats/edits", "revisions": [revision]} | page]}
    server.expect_request("/w/api.php").respond_with_json({"query": query})


def test_annotations_are_plain_text_by_their_day(server: HTTPServer, client: AnnotationsClient) -> None:
    rows = [
        {"date": "2025-11-04", "title": "Temporary accounts", "note": "x", "relevantBreakdowns": ["editor_type"]},
        {"date": "2024-05-17", "title": " Outage\u202e ", "note": "Hours are <b>missing</b> &amp; \nnot &lt;restored"},
        {"date": "soon", "title": "No date", "note": ""}, {"title": "Without a date at all"},
        {"date": "2024-02-30", "title": "No such day"}, {"date": "2024-02-03", "title": "<i></i>"}, "text", None,
    ]  # fmt: skip
    answer(server, json.dumps({"annotations": rows}))
    assert client.get_annotations(AnnotatedMetric.EDITS) == [
        DataAnnotation(AnnotatedMetric.EDITS, date(2024, 5, 17), "Outage", "Hours are missing & not <restored"),
        DataAnnotation(AnnotatedMetric.EDITS, date(2025, 11, 4), "Temporary accounts", "x", partial=True),
    ]
    assert server.log[0][0].args["titles"] == "Config:Dashiki:Annotations/Wikistats/edits"


def test_a_figure_without_a_page_has_no_annotations(server: HTTPServer, client: AnnotationsClient) -> None:
    answer(server, "", missing=True)
    assert client.get_annotations(AnnotatedMetric.EDITS) == []


@pytest.mark.parametrize("content", ["no json", "[]", "{}", '{"annotations": {}}', None, 7])
def test_a_page_that_is_no_list_of_annotations_is_not_an_empty_one(
    server: HTTPServer, client: AnnotationsClient, content: object
) -> None:
    answer(server, content)
    with pytest.raises(MalformedAnswerError):
        client.get_annotations(AnnotatedMetric.EDITS)


@pytest.mark.parametrize("document", [{}, {"query": {}}, {"query": {"pages": []}}, {"query": {"pages": [{}]}}])
def test_an_answer_without_the_page_is_not_an_empty_one(
    server: HTTPServer, client: AnnotationsClient, document: dict[str, Any]
) -> None:
    server.expect_request("/w/api.php").respond_with_json(document)
    with pytest.raises(MalformedAnswerError):
        client.get_annotations(AnnotatedMetric.EDITS)
