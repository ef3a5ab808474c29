import csv
import gzip
import io
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.explorer.api.dump import FIELDS
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.stored import LAST, MISSING, NOW, SHARED, WIKIS, annotate, restate
from wiki_activity_tests.storage.storing import hide_month_note

DUMP = "/api/v1/dump.csv.gz"


def read_dump(client: TestClient) -> list[dict[str, str]]:
    answer = client.get(DUMP)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/gzip")
    assert "content-encoding" not in answer.headers
    text = gzip.decompress(answer.content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_the_file_has_every_month_of_every_wiki_as_the_api_tells_it(client: TestClient) -> None:
    rows = read_dump(client)
    assert list(rows[0]) == [one.name for one in FIELDS]
    keys = [(row["project"], row["month"]) for row in rows]
    assert keys == sorted(set(keys))
    assert {project for project, _ in keys} == {one.wiki.project for one in WIKIS}
    for project in ("hi.wikipedia.org", "ta.wikipedia.org", "fr.wikivoyage.org", "aa.wikipedia.org"):
        own = {row["month"]: row for row in rows if row["project"] == project}
        for metric in Metric:
            series = client.get(f"/api/v1/projects/{project}/series", params={"metric": metric.value}).json()
            counts = zip(series["months"], series["counts"], strict=True)
            told = {month: "" if count is None else str(count) for month, count in counts}
            assert {month: own[month][metric.value] for month in told} == told
            peaks = {one["month"] for one in series["peaks"] if not one["hollow"]}
            assert {month for month, row in own.items() if metric.value in row["peaks"].split()} == peaks


def test_the_parts_add_up_and_missing_is_not_zero(client: TestClient) -> None:
    rows = {(row["project"], row["month"]): row for row in read_dump(client)}
    row = rows["hi.wikipedia.org", f"{SHARED:%Y-%m}"]
    parts = [int(row[name]) for name in ("user_edits", "anonymous_edits", "bot_edits")]
    assert sum(parts) == int(row["edits"])
    assert sum(parts[:2]) == int(row["people_edits"])
    assert (row["language"], row["family"]) == ("hi", "wikipedia")
    missing = rows["ta.wikipedia.org", f"{MISSING:%Y-%m}"]
    assert {missing[name] for name in ("edits", "people_edits", "bot_edits", "editors")} == {""}
    unsplit = rows["fr.wikivoyage.org", f"{LAST:%Y-%m}"]
    assert (unsplit["edits"] != "", unsplit["people_edits"], unsplit["bot_edits"]) == (True, "", "")


def test_notes_are_in_it_and_hidden_ones_are_not(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, '=cmd|"x"')
    annotate(engine, "hi.wikipedia.org", LAST, "It names a person")
    hide_month_note(
        engine, Metric.EDITS, "hi.wikipedia.org", LAST, reason="It does.", version=1, author="Rewa", now=NOW
    )
    notes = {row["note"] for row in read_dump(client)}
    assert notes == {"", '\'=cmd|"x"'}


def test_its_tag_outlives_a_restart_and_changes_with_counts_and_notes(
    client: TestClient, settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    def read_tag(reader: TestClient) -> str:
        return str(reader.get(DUMP).headers["etag"])

    tags = [read_tag(client)]
    assert client.get(DUMP, headers={"If-None-Match": tags[0]}).status_code == 304
    with TestClient(create_app(settings, own_settings, engine, lambda: NOW), base_url="http://localhost") as another:
        assert read_tag(another) == tags[0]
    restate(engine, "hi.wikipedia.org", {LAST: 7})
    tags.append(read_tag(client))
    annotate(engine, "hi.wikipedia.org", SHARED)
    tags.append(read_tag(client))
    assert len(set(tags)) == 3


def test_its_dictionary_names_every_column(client: TestClient) -> None:
    package: dict[str, Any] = client.get("/api/v1/dump.json").json()
    (resource,) = package["resources"]
    fields = resource["schema"]["fields"]
    assert [one["name"] for one in fields] == list(read_dump(client)[0])
    assert all(one["description"].endswith(".") or "empty" in one["description"] for one in fields)
    assert resource["schema"]["primaryKey"] == ["project", "month"]
    assert package["licenses"][0]["name"] == "CC0-1.0"
    guide = client.get("/api").text
    assert all(f"<code>{one['name']}</code>" in guide for one in fields)


def test_who_has_its_dictionary_is_not_sent_it_again(client: TestClient) -> None:
    address = "/api/v1/dump.json"
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(address, headers={"If-None-Match": '"another"'}).status_code == 200


def test_only_the_head_is_made_where_only_the_head_is_asked_for(client: TestClient) -> None:
    answer = client.head(DUMP)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == client.get(DUMP).headers["etag"]


def test_before_the_first_load_it_has_a_header_alone(empty_client: TestClient, explorer_app: FastAPI) -> None:
    assert gzip.decompress(empty_client.get(DUMP).content).decode().startswith("project,language,family,month,")
    assert len(gzip.decompress(empty_client.get(DUMP).content).splitlines()) == 1
