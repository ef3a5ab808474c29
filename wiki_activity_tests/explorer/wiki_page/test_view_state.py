"""What a page's address says, and what is said where it cannot be taken as written."""

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import QueryParams

from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages.view_state import ReadState, read_view_state
from wiki_activity_tests.explorer.stored import WIKIS
from wiki_activity_tests.explorer.wiki_page.reading import read_page

HINDI = "hi.wikipedia.org"
CATALOGUE = Catalogue({stored.wiki.project: stored.wiki for stored in WIKIS}, {}, names=1, key=1)


def read(query: str, spoken: Detector = Detector.SEASONAL) -> ReadState:
    return read_view_state(QueryParams(query), HINDI, CATALOGUE, spoken)


def test_an_address_without_a_query_has_no_notices_and_stays_as_it_is() -> None:
    assert read("").notices == ()
    assert read("").state.address() == "/p/hi.wikipedia.org"


@pytest.mark.parametrize(
    "query",
    [
        "vs=bn.wikipedia.org&vs=ta.wikipedia.org&from=2022-01&to=2026-09&scale=log",
        "from=2022-01",
        "to=2022-01",
        "metric=people_edits&detector=rolling_mean",
        "metric=editors&notes=none",
    ],
)
def test_a_state_is_written_as_it_was_read(query: str) -> None:
    assert read(query).notices == ()
    assert read(query).state.address() == f"/p/hi.wikipedia.org?{query}"


@pytest.mark.parametrize(
    "query", ["scale=linear", "metric=edits", "detector=seasonal", "from=&to=", "vs=", "x=1&vs_=2"]
)
def test_defaults_empty_values_and_unknown_keys_are_left_out(query: str) -> None:
    assert read(query).notices == ()
    assert read(query).state.address() == "/p/hi.wikipedia.org"


def test_the_detector_that_speaks_is_the_one_left_out() -> None:
    assert read("", Detector.ROLLING_MEAN).state.detector is Detector.ROLLING_MEAN
    assert read("detector=seasonal", Detector.ROLLING_MEAN).state.address() == "/p/hi.wikipedia.org?detector=seasonal"


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("scale=cubic", "There is no scale “cubic”; it can be linear or log. Shown is linear."),
        ("metric=views", "There is no metric “views”"),
        ("detector=%3Cb%3E", "There is no detector “<b>”"),
        ("from=2022-13", "“2022-13” is no month"),
        ("to=1999-01", "“1999-01” is no month"),
        ("from=2024-05&to=2023-01", "The range from 2024-05 to 2023-01 is reversed; all months are shown."),
        ("vs=nonesuch", "There is no wiki “nonesuch” to compare with."),
        ("from=%E2%80%AE2022", "“U+202E2022” is no month"),
        ("scale=" + "x" * 5000, "“" + "x" * 40 + "…”"),
    ],
)
def test_a_value_that_cannot_be_used_gives_way_to_its_default_with_a_notice(query: str, notice: str) -> None:
    assert read(query).state.address() == "/p/hi.wikipedia.org"
    assert len(read(query).notices) == 1
    assert notice in read(query).notices[0]


def test_at_most_three_others_are_compared_each_once_and_never_the_wiki_itself() -> None:
    names = [HINDI, "bn.wikipedia.org", "bn.wikipedia.org", "ta.wikipedia.org", "ar.wikipedia.org", "fr.wikipedia.org"]
    found = read("&".join(f"vs={name}" for name in names))
    assert found.state.compared == ("bn.wikipedia.org", "ta.wikipedia.org", "ar.wikipedia.org")
    assert found.notices == ("At most 3 wikis can be compared at once; the first 3 are shown.",)


def test_a_name_that_was_written_into_the_form_is_taken_for_the_wiki_it_finds() -> None:
    found = read("vs=bangla+wikip")
    assert found.state.compared == ("bn.wikipedia.org",)
    assert found.notices == ("“bangla wikip” was taken for Bangla Wikipedia (bn.wikipedia.org).",)


@pytest.mark.parametrize(
    "query",
    [
        "from=%00",
        "from=2022-01-01T00:00&to=%F0%9F%98%80",
        "from=99999-01",
        "metric=%27%3B--&scale[]=1",
        "vs=%00&vs=../../etc&vs=%E2%80%AE",
        "from=2001-01&to=2100-12",
        "from=2099-01",
        "&&&=&=1",
    ],
)
def test_no_query_is_a_server_error(client: TestClient, query: str) -> None:
    page = read_page(client, f"/p/{HINDI}?{query}")
    assert page.status == 200
    assert "हिन्दी" in page.words


def test_a_notice_shows_markup_as_text(client: TestClient) -> None:
    page = read_page(client, f"/p/{HINDI}?scale=%3Cimg+src%3Dx%3E")
    assert "“<img src=x>”" in page.part("notices")
    assert "<img" not in page.source
