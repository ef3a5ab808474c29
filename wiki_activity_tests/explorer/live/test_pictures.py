"""The last hours as a picture, which says of when it is."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.pictures.sheet import COLOURS
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_table import save_episode
from wiki_activity_tests.explorer.live.episodes import make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, Hand
from wiki_activity_tests.explorer.pictures.reading import SIGNATURE, SVG, read_svg, read_texts


def test_a_wikis_last_hours_are_drawn_with_its_usual_pace(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(50)
    hand.pass_unseen(3)
    hand.finish_minutes(10, en=(300, 10))
    root = read_svg(reader, f"/live/{ENGLISH}/chart.svg")
    texts = read_texts(root)
    assert texts[0] == "English Wikipedia live"
    assert texts[1].startswith("Edits without bots a minute, the last three hours to 15 Jun 2026, 13:03 UTC. ")
    assert {"Edits without bots a minute", "usual pace and range of now", "busy spell", "12:30"} <= set(texts)
    assert "Data: Wikimedia EventStreams, CC0 1.0. This picture: CC0 1.0." in texts
    assert texts[-1] == f"http://localhost:5000/live/{ENGLISH}"
    drawn = [one.get("d", "") for one in root.iter(f"{SVG}path") if one.get("stroke") == COLOURS["edits"]]
    # What was not seen is a gap.
    assert max(drawn, key=len).count("M") == 2
    assert reader.get(f"/live/{ENGLISH}/chart.png").content.startswith(SIGNATURE)


def test_a_busy_spell_is_shaded(reader: TestClient, hand: Hand, engine: Engine) -> None:
    hand.finish_minutes(20)
    with writing(engine) as connection:
        save_episode(connection, make_live_episode(ENGLISH))
    root = read_svg(reader, f"/live/{ENGLISH}/chart.svg")
    # The other one is in the legend.
    assert len([one for one in root.iter(f"{SVG}path") if one.get("fill-opacity") == ".22"]) == 2


def test_a_picture_of_what_is_not_of_now_says_so(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(5)
    hand.save(ago=3600)
    texts = read_texts(read_svg(reader, f"/live/{ENGLISH}/chart.svg"))
    assert [one for one in texts if one.startswith("Last received: ")] == [
        "Last received: 50 edits a minute without bots: 1.7× the usual 30."
    ]
