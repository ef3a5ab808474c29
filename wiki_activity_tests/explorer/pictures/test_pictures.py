import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from wiki_activity import explorer
from wiki_activity.domain.counts import Metric
from wiki_activity.explorer.pictures.sheet import COLOURS
from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import note_revisions, wikis
from wiki_activity_tests.explorer.pages.test_escaping import ATTACKS
from wiki_activity_tests.explorer.pictures.reading import SVG, count_colours, read_size, read_svg, read_texts
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, annotate, restate
from wiki_activity_tests.storage.storing import hide_month_note

HINDI = "/p/hi.wikipedia.org"
PLACES = (HINDI, f"{HINDI}/peaks/2025-03", "/lang/hi", "/g/wikipedia", "/g/all", "/live", "/live/en.wikipedia.org")
SOURCE = "Wikimedia Analytics API, CC0"


@pytest.mark.parametrize("place", PLACES)
def test_each_page_with_a_chart_has_it_as_svg_and_png(client: TestClient, place: str) -> None:
    root = read_svg(client, f"{place}/chart.svg")
    assert (root.get("width"), root.get("height")) == ("1200", "630")
    answer = client.get(f"{place}/chart.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert read_size(answer.content) == (1200, 630)
    assert count_colours(answer.content) > 50


@pytest.mark.parametrize("place", PLACES)
def test_a_page_links_to_its_pictures(client: TestClient, place: str) -> None:
    page = client.get(place).text
    for ending in ("svg", "png"):
        assert f'href="{place}/chart.{ending}"' in page


def test_a_wikis_picture_says_whose_it_is_what_it_shows_and_where_it_is_from(client: TestClient) -> None:
    texts = read_texts(read_svg(client, f"{HINDI}/chart.svg?from=2024-01&metric=editors"))
    assert texts[:2] == ["Hindi Wikipedia", "हिन्दी"]
    assert "Editors each month, Jan 2024 to Sep 2026. hi.wikipedia.org" in texts
    assert {"Editors", "expected to alert line", "peak"} <= set(texts)
    assert any(SOURCE in text and "This picture and its notes: CC0" in text for text in texts)
    assert texts[-1] == "http://localhost:5000/p/hi.wikipedia.org?from=2024-01&metric=editors"


def test_the_picture_has_the_marks_and_the_labels_of_notes(client: TestClient, engine: Engine) -> None:
    before = read_svg(client, f"{HINDI}/chart.svg")
    annotate(engine, "hi.wikipedia.org", SHARED, "Feminism and Folklore")
    annotate(engine, "hi.wikipedia.org", date(2022, 1, 1), "A calm month")
    after = read_svg(client, f"{HINDI}/chart.svg")
    assert set(read_texts(after)) - set(read_texts(before)) >= {
        "Feminism and Folklore", "A calm month", "with a note",
    }  # fmt: skip
    circles = [len(list(one.iter(f"{SVG}circle"))) for one in (before, after)]
    # A ring in the legend, and one round each month with a note; the calm month has a dot as well.
    assert circles[1] - circles[0] == 4
    assert "Feminism and Folklore" in read_texts(read_svg(client, f"{HINDI}/peaks/2025-03/chart.svg"))


def test_compared_wikis_are_drawn_and_named(client: TestClient) -> None:
    root = read_svg(client, f"{HINDI}/chart.svg?vs=bn.wikipedia.org&vs=ta.wikipedia.org&scale=log")
    texts = read_texts(root)
    assert {"Edits, Hindi Wikipedia", "Bangla Wikipedia", "Tamil Wikipedia"} <= set(texts)
    assert any("logarithmic scale" in text for text in texts)
    lines = {one.get("stroke") for one in root.iter(f"{SVG}path") if len(one.get("d", "")) > 500}
    assert {COLOURS["edits"], COLOURS["vs1"], COLOURS["vs2"]} <= lines
    assert "of them by bots" not in texts


def test_the_picture_of_my_wikis_is_of_those_that_its_address_names(client: TestClient) -> None:
    address = "/mine/chart.{}?wiki=hi.wikipedia.org&wiki=ta.wikipedia.org"
    texts = read_texts(read_svg(client, address.format("svg")))
    assert texts[0] == "My wikis"
    assert {"Hindi Wikipedia", "Tamil Wikipedia"} <= set(texts)
    assert "Bangla Wikipedia" not in texts
    assert texts[-1] == "http://localhost:5000/mine?wiki=hi.wikipedia.org&wiki=ta.wikipedia.org"
    assert client.get(address.format("png")).headers["content-type"] == "image/png"
    assert client.get("/mine/chart.png").status_code == 404
    page = unescape(client.get("/mine?wiki=hi.wikipedia.org&wiki=ta.wikipedia.org").text)
    assert f'href="{address.format("svg")}"' in page


def test_a_missing_month_is_a_gap(client: TestClient) -> None:
    root = read_svg(client, "/p/ta.wikipedia.org/chart.svg?from=2024-01")
    line = next(one.get("d", "") for one in root.iter(f"{SVG}path") if one.get("stroke-width") == "2.25")
    assert line.count("M") == 2


def test_a_picture_of_nothing_says_so(client: TestClient, empty_client: TestClient) -> None:
    texts = read_texts(read_svg(client, "/p/aa.wikipedia.org/chart.svg?from=2025-01"))
    assert "No edits of these months are known." in texts
    texts = read_texts(read_svg(client, "/p/mos.wikipedia.org/peaks/2004-02/chart.svg"))
    assert "The count of February 2004 is not stored: missing is not zero." in texts
    assert empty_client.get(f"{HINDI}/chart.png").status_code == 404


@pytest.mark.parametrize("ending", ["svg", "png"])
@pytest.mark.parametrize(
    ("address", "status", "location"),
    [
        ("/p/xx.wikipedia.org/chart.{}", 404, None),
        ("/p/hi.wikipedia.org/peaks/2025-13/chart.{}", 404, None),
        ("/p/hi.wikipedia.org/peaks/2031-01/chart.{}", 404, None),
        ("/lang/xx/chart.{}", 404, None),
        ("/live/xx.wikipedia.org/chart.{}", 404, None),
        ("/p/hi.wikipedia.org/chart.{}?from=2026-01&to=2020-01&scale=x&metric=y&vs=zz", 200, None),
        ("/p/hiwiki/chart.{}?metric=editors", 301, "/p/hi.wikipedia.org/chart.{}?metric=editors"),
        ("/p/hi.wikipedia.org/chart.{}?x=1&scale=log", 302, "/p/hi.wikipedia.org/chart.{}?scale=log"),
    ],
)
def test_what_cannot_be_drawn_is_answered_as_the_page_answers_it(
    client: TestClient, ending: str, address: str, status: int, location: str | None
) -> None:
    answer = client.get(address.format(ending), follow_redirects=False)
    assert answer.status_code == status
    assert answer.headers.get("location") == (location and location.format(ending))


@pytest.mark.parametrize("attack", [*ATTACKS, "]]>&amp;&#0;", "\x00\x0b\ufffe control"])
def test_names_and_notes_are_text_in_pictures_and_previews(client: TestClient, engine: Engine, attack: str) -> None:
    annotate(engine, "hi.wikipedia.org", LAST, "a label")
    with writing(engine) as connection:
        connection.execute(
            update(wikis).where(wikis.c.project == "hi.wikipedia.org").values(name=f"x {attack}", autonym=attack)
        )
        # As the earlier program kept it.
        connection.execute(update(note_revisions).values(label=f"{attack} y"))
    # Each is read as XML, whose elements and attributes are as they are without it.
    for place in (HINDI, f"{HINDI}/peaks/{LAST:%Y-%m}", "/lang/hi"):
        texts = read_texts(read_svg(client, f"{place}/chart.svg"))
        assert any(text.startswith("x ") for text in texts)
        assert client.get(f"{place}/chart.png").status_code == 200
        if "<" in attack:
            assert attack not in client.get(place).text


def test_what_a_reviewer_has_hidden_is_in_nobodys_picture(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "Not for everybody")
    key = (engine, Metric.EDITS, "hi.wikipedia.org", SHARED)
    hide_month_note(*key, reason="It names a person.", version=1, author="Rewa", now=NOW)
    assert "Not for everybody" in client.get(HINDI).text, "its reviewer sees it"
    for place in (HINDI, f"{HINDI}/peaks/{SHARED:%Y-%m}"):
        assert "Not for everybody" not in client.get(f"{place}/chart.svg").text


def test_a_picture_is_kept_until_what_it_shows_changes(
    explorer_app: FastAPI, client: TestClient, engine: Engine
) -> None:
    painted: list[bytes] = []
    painter = explorer_app.state.explorer.painter
    paint_now = painter.paint_now
    object.__setattr__(painter, "paint_now", lambda svg: (painted.append(svg), paint_now(svg))[1])
    first = client.get(f"{HINDI}/chart.png")
    again = client.get(f"{HINDI}/chart.png?notes=none")
    assert first.content == again.content
    assert len(painted) == 1
    tag = first.headers["etag"]
    assert client.get(f"{HINDI}/chart.png", headers={"If-None-Match": tag}).status_code == 304
    restate(engine, "hi.wikipedia.org", {LAST: 7})
    changed = client.get(f"{HINDI}/chart.png", headers={"If-None-Match": tag})
    assert (changed.status_code, len(painted)) == (200, 2)
    assert changed.headers["etag"] != tag


def test_the_file_is_named_after_what_it_shows(client: TestClient) -> None:
    answer = client.get(f"{HINDI}/chart.svg?metric=people_edits")
    assert answer.headers["content-disposition"] == 'inline; filename="hi.wikipedia.org-people_edits.svg"'


def test_the_colours_are_those_of_the_pages_by_day() -> None:
    sheet = (Path(str(explorer.__file__)).parent / "static/base.css").read_text(encoding="utf-8")
    by_day = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]+)", sheet[: sheet.index("prefers-color-scheme: dark")]))
    assert {name: by_day[name.replace("_", "-")] for name in COLOURS} == dict(COLOURS)
