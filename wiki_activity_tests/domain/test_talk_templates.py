"""Templates on new pages of talk: what a summary quotes, who put them there, and what each page stands for."""

from datetime import UTC, datetime

import pytest

from wiki_activity.domain.revision_labels import Account, Revision
from wiki_activity.domain.talk_templates import (
    count_edits_per_tag,
    find_taggers,
    find_templates,
    label_taggers,
)

AT = datetime(2024, 11, 5, tzinfo=UTC)
CONTEST = "template Wikipedia Asian Month 2024"
CONTENT = (0, 104)


def tag(user: str | None, namespace: int = 1, name: str = "Wikipedia Asian Month 2024") -> Revision:
    return Revision(AT, user, namespace, (), frozenset(), templates=frozenset({name}))


def edit(user: str, namespace: int = 0) -> Revision:
    return Revision(AT, user, namespace, (), frozenset())


@pytest.mark.parametrize(
    ("summary", "names"),
    [
        ('Created page with "{{Wikipedia Asian Month 2024}}"', {"Wikipedia Asian Month 2024"}),
        ("नया पृष्ठ: {{talk_header}} {{ विकिपीडिया एशियाई माह|user=A}}", {"Talk header", "विकिपीडिया एशियाई माह"}),
        ('Pagina creata con "{{Cut off here', set()),
        ("{{subst:Welcome}} {{#if:x}} {{{1}}} {{User:Somebody/Box}} {{}}", set()),
        ("{{A b}}" * 40, {"A b"}),
        ("", set()),
    ],
)
def test_templates_are_read_from_what_mediawiki_quotes_in_any_language(summary: str, names: set[str]) -> None:
    assert find_templates(summary) == names


def test_a_template_is_of_three_people_and_ten_pages_of_talk_about_content() -> None:
    three = [tag(f"Somebody {number % 3}", 1 if number % 2 else 105) for number in range(10)]
    assert find_taggers([three[:5], three[5:]], CONTENT, {}) == {CONTEST: {"Somebody 0", "Somebody 1", "Somebody 2"}}
    assert find_taggers([three[1:]], CONTENT, {}) == {}
    assert find_taggers([[tag(f"Somebody {number % 2}") for number in range(10)]], CONTENT, {}) == {}
    assert find_taggers([[tag(f"Somebody {number % 3}", 3) for number in range(10)]], CONTENT, {}) == {}


def test_bots_and_people_without_an_account_put_templates_anywhere() -> None:
    users = ["A bot", "10.0.0.1", "~2026-12345-67", None, "One", "Two"]
    assert find_taggers([[tag(user) for user in users * 4]], CONTENT, {"A bot": Account(True, None)}) == {}


def test_the_edits_of_those_who_put_it_are_labelled() -> None:
    one, other = label_taggers([edit("One"), edit("Two")], {CONTEST: {"One"}})

    assert (one.labels, other.labels) == ({CONTEST}, frozenset())


def test_each_page_stands_for_as_many_edits_as_people_make_for_one_on_average() -> None:
    # Who put the template on more pages is met more often: no weights are left to be set.
    many = [tag("Many")] * 4 + [edit("Many")] * 8 + [edit("Many", 4)] * 50
    few = [tag("Few")] + [edit("Few")] * 6
    none = [edit("None")] * 90

    assert count_edits_per_tag({"Many": many, "Few": few, "None": none}, CONTEST, CONTENT) == pytest.approx((2 + 6) / 2)
    assert count_edits_per_tag({"None": none}, CONTEST, CONTENT) is None
