from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from wiki_activity import explorer
from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import wikis
from wiki_activity_tests.explorer.stored import LAST, annotate

PACKAGE = Path(str(explorer.__file__)).parent
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }}<b>",
    "<!--<script>",
)
PAGES = (
    "/",
    "/peaks",
    "/peaks?month=all",
    "/lang/hi",
    f"/p/hi.wikipedia.org/peaks/{LAST:%Y-%m}",
    "/find?q=wiki",
    "/about",
)
BANNED = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "| safe", "|safe", "Markup(", " style=")


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_write_is_text_on_every_page(client: TestClient, engine: Engine, attack: str) -> None:
    annotate(engine, "hi.wikipedia.org", LAST, f"x {attack}", f"note {attack}", author=f"author {attack}")

    for page in PAGES:
        assert attack not in client.get(page).text, page


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_of_wikis_are_text_on_every_page(client: TestClient, engine: Engine, attack: str) -> None:
    with writing(engine) as connection:
        connection.execute(
            update(wikis).where(wikis.c.project == "hi.wikipedia.org").values(name=f"x {attack}", autonym=attack)
        )

    for page in PAGES:
        assert attack not in client.get(page).text, page


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_an_address_says_is_text(client: TestClient, attack: str) -> None:
    for name in ("month", "metric", "family", "language", "times", "cursor", "sort"):
        assert attack not in client.get("/peaks", params={name: attack}).text, name
    assert attack not in client.get("/find", params={"q": attack}).text
    assert attack not in client.get(f"/p/hi.wikipedia.org/peaks/{LAST:%Y-%m}", params={"metric": attack}).text
    assert attack not in client.get(f"/lang/{attack.replace('/', '')}").text


def test_nothing_is_put_into_pages_unescaped() -> None:
    files = [*(PACKAGE / "templates").rglob("*.html"), *(PACKAGE / "static").rglob("*.js")]
    own = [file for file in files if "vendor" not in file.parts]
    found = [f"{file.name}: {word}" for file in own for word in BANNED if word in file.read_text(encoding="utf-8")]

    assert len(own) > 10
    assert found == []


def test_pages_hold_no_script_and_no_style(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", date(2024, 6, 1))
    for page in (*PAGES, "/p/hi.wikipedia.org/peaks/2024-06"):
        html = client.get(page).text
        assert "<style" not in html, page
        assert all("src=" in part.split(">")[0] for part in html.split("<script")[1:]), page
        assert " onclick" not in html, page
