"""Findings: their order, their sentences, and what may not be in them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import describe_finding
from wiki_activity.domain.findings import Finding, FindingKind, Parameter, Source, rank
from wiki_activity.domain.hashtags import find_hashtags
from wiki_activity.domain.page_titles import PageKind, find_page_kind

AT = datetime(2026, 4, 8, 12, 0, tzinfo=UTC)
BLAME = ("vandal", "because", "spam", "motive", "fault", "suspicious")


def finding(
    kind: FindingKind, share: float | None, subject: str = "", margin: float | None = 0.06, **parameters: Parameter
) -> Finding:
    return Finding(kind, subject, Metric.EDITS, share, margin, parameters, None, Source.REVISIONS, AT)


def test_what_was_done_comes_before_who_did_it_and_coincidence_last() -> None:
    few = finding(FindingKind.FEW_PEOPLE, 0.9)
    hashtag = finding(FindingKind.HASHTAG, 0.4, "wpwp")
    small = finding(FindingKind.TOOL, 0.12, "AWB")
    reverted = finding(FindingKind.REVERTED, None)
    programme = finding(FindingKind.PROGRAMME, None, "Women in Red")

    assert rank([programme, reverted, small, few, hashtag]) == [hashtag, few, reverted, small, programme]


def test_a_share_is_said_with_its_margin_and_of_whom_it_is() -> None:
    said = finding(FindingKind.HASHTAG, 0.41, "wpwp", 0.06)

    assert describe_finding(said) == "About 41 % (± 6) of the extra edits carried #wpwp."
    of_people = replace(said, metric=Metric.PEOPLE_EDITS)
    assert describe_finding(of_people) == "About 41 % (± 6) of the extra edits without bots carried #wpwp."


def test_the_least_that_a_share_may_be_is_said_as_that() -> None:
    assert describe_finding(finding(FindingKind.TRANSLATION, 0.21, "", None)).startswith("At least 21 % of")


def test_a_programme_whose_edits_were_counted_says_what_was_done() -> None:
    counted, few = finding(FindingKind.PROGRAMME, 0.4, "A course"), finding(FindingKind.FEW_PEOPLE, 0.9)

    assert rank([few, counted]) == [counted, few]
    assert describe_finding(counted) == "About 40 % (± 6) of the extra edits were made in the programme “A course”."
    assert describe_finding(replace(counted, share=None)) == "“A course” was on at the same time."


@pytest.mark.parametrize("project", ["www.wikidata.org", "commons.wikimedia.org", "hi.wikipedia.org"])
def test_where_tools_make_most_edits_they_come_first(project: str) -> None:
    tool, few = finding(FindingKind.TOOL, 0.15, "OAuth CID: 7"), finding(FindingKind.FEW_PEOPLE, 0.9)
    unknown = finding(FindingKind.TOOL, None, "AWB")

    expected = [few, tool, unknown] if project == "hi.wikipedia.org" else [tool, few, unknown]
    assert rank([few, unknown, tool], project) == expected


def test_a_small_group_gets_no_share() -> None:
    assert describe_finding(finding(FindingKind.FEW_PEOPLE, None)) == "A small group made most of the extra edits."


@pytest.mark.parametrize("kind", FindingKind)
@pytest.mark.parametrize("share", [None, 0.004, 1.0])
def test_every_kind_has_a_sentence_that_blames_nobody(kind: FindingKind, share: float | None) -> None:
    sentence = describe_finding(finding(kind, share, "X" * 300, edits=312, part=0.18, usual=0.06, name=None))

    assert sentence.endswith(".")
    assert "{" not in sentence
    assert len(sentence) < 200
    assert not any(word in sentence.lower() for word in BLAME)


@pytest.mark.parametrize(
    ("summary", "tags"),
    [
        ("added a picture #WPWP", {"wpwp"}),
        ("#wpwp #WPWP ＃Ärzte", {"wpwp", "ärzte"}),
        ("[[Page#Section]] see page#2, a#b", set()),
        ("#1 #2024 #a #REDIRECT #switch #quickstatements #temporary_batch_1700000000000", set()),
        ("#चित्र, #படம்", {"चित्र", "படம்"}),
        (f"#{'x' * 200}", set()),
        ("/* #heading */ #1lib1ref-es", {"1lib1ref", "heading"}),
        ("", set()),
    ],
)
def test_hashtags_are_read_by_the_rules_of_the_hashtags_tool(summary: str, tags: set[str]) -> None:
    assert find_hashtags(summary) == tags


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Delhi", PageKind.CONTENT),
        ("Star Trek: Picard", PageKind.CONTENT),
        ("Wikipedia:Village pump", PageKind.PROJECT),
        ("Project:Village pump", PageKind.PROJECT),
        ("Event:WikiGap 2026", PageKind.EVENT),
        ("User talk:Somebody", PageKind.OTHER),
        ("Talk:Delhi", PageKind.OTHER),
        ("Wikipedia talk:Village pump", PageKind.OTHER),
        ("Page:Book.djvu/3", PageKind.CONTENT),
    ],
)
def test_a_titles_namespace_tells_what_page_it_is(title: str, kind: PageKind) -> None:
    assert find_page_kind(title) is kind
