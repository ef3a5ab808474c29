import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine, text
from werkzeug import Request, Response

from wiki_activity.cli.doctor import check_explorer, check_surroundings
from wiki_activity.cli.doctor.doctor import examine
from wiki_activity.cli.doctor.findings import Finding, Level
from wiki_activity.cli.up.ports import is_free
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.inspection import has_tables
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.migrations.steps import VERSION_TABLE
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.deploy.compose_file import ROOT
from wiki_activity_tests.own_servers import own_redis
from wiki_activity_tests.servers import redis_url

SECRET = "s3cret"
FREE = {"port 3000", "port 5000"}


@pytest.fixture
def simulated(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """An environment whose addresses answer."""
    limits = Limits(in_flight=10, requests_per_minute=10_000)
    with running_simulator(SimulatorSettings(wikis=5, limits=limits)) as base:
        yield environment | {
            "WIKI_ACTIVITY_METRICS_URL": f"{base}/api/rest_v1/metrics",
            "WIKI_ACTIVITY_SITEMATRIX_URL": f"{base}/w/api.php",
            "WIKI_ACTIVITY_STREAM_URL": f"{base}/v2/stream/recentchange",
        }


def find(environment: dict[str, str], check: str) -> Finding:
    """The finding of this check, none of whose words is a secret; the checks after it are not made."""
    found = next(finding for finding in examine(environment) if finding.check == check)
    assert SECRET not in str(found)
    return found


def test_where_nothing_fails_doctor_ends_with_0_and_says_so_line_by_line(
    simulated: dict[str, str], engine: Engine, url: str
) -> None:
    hook = f"https://hooks.slack.com/services/{SECRET}"
    ended = run(
        simulated | {"WIKI_ACTIVITY_DATABASE_URL": url, "WIKI_ACTIVITY_SLACK_WEBHOOK_URL": hook},
        "doctor",
    )
    lines = ended.out.splitlines()
    assert ended.code == 0
    for start in (
        "ok    versions: wiki_activity ",
        "ok    WIKI_ACTIVITY_CONTACT: tests@example.org: ",
        "ok    database: ",
        "ok    redis: ",
        "ok    WIKI_ACTIVITY_SLACK_WEBHOOK_URL: set",
        "warn  DAGSTER_HOME: not set",
        "ok    WIKI_ACTIVITY_METRICS_URL: ",
        "ok    WIKI_ACTIVITY_SITEMATRIX_URL: ",
        "ok    WIKI_ACTIVITY_STREAM_URL: ",
    ):
        assert [line for line in lines if line.startswith(start)], (start, ended.out)
    assert SECRET not in ended.out + ended.err


def test_what_fails_ends_with_1_and_says_what_to_do(environment: dict[str, str]) -> None:
    ended = run(environment, "doctor", "--json")
    assert ended.code == 1
    assert ended.json["ok"] is False
    failed = {finding["check"]: finding["todo"] for finding in ended.json["findings"] if finding["level"] == "fail"}
    assert set(failed) == {f"WIKI_ACTIVITY_{name}" for name in ("METRICS_URL", "SITEMATRIX_URL", "STREAM_URL")}
    for variable, todo in failed.items():
        assert todo == f"check the network and its proxy, or correct {variable}"


def test_every_wrong_setting_is_named_with_its_value_and_no_secret(environment: dict[str, str]) -> None:
    wrong = {
        "WIKI_ACTIVITY_METRICS_URL": f"ftp://me:{SECRET}@wikimedia.org",
        "WIKI_ACTIVITY_MAX_CONNECTIONS": "many",
        "WIKI_ACTIVITY_FIRST_MONTH": "May",
        "WIKI_ACTIVITY_SLACK_WEBHOOK_URL": f"http://hooks.slack.com/{SECRET}",
    }
    ended = run(environment | wrong, "doctor")
    assert ended.code == 1
    lines = [line for line in ended.out.splitlines() if line.startswith("fail  settings: ")]
    assert len(lines) == len(wrong)
    for variable, value in wrong.items():
        [line] = [line for line in lines if variable in line]
        assert SECRET in value or value in line
    assert SECRET not in ended.out + ended.err
    assert "not checked while a setting is wrong" in ended.out


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ({"AUTH": "everybody"}, "AUTH"),
        ({"EXPLORER_BIND": "here"}, "EXPLORER_BIND"),
        ({"AUTH": "mediawiki", "OAUTH_CLIENT_ID": "a", "OAUTH_CLIENT_SECRET": "b", "SECRET_KEY": SECRET}, "SECRET_KEY"),
    ],
)
def test_a_wrong_setting_of_the_explorer_fails(
    environment: dict[str, str], wrong: dict[str, str], variable: str
) -> None:
    found = find(environment | {f"WIKI_ACTIVITY_{name}": value for name, value in wrong.items()}, "explorer")
    assert found.level is Level.FAIL
    assert f"WIKI_ACTIVITY_{variable} " in found.message
    assert found.todo == "correct it, or unset it"


@pytest.mark.parametrize(
    ("contact", "level"),
    [("", Level.WARN), ("me", Level.WARN), ("me@example.org", Level.OK), ("https://a.org/me", Level.OK)],
)
def test_without_a_contact_it_is_said_what_that_costs(simulated: dict[str, str], contact: str, level: Level) -> None:
    found = find(simulated | {"WIKI_ACTIVITY_CONTACT": contact}, "WIKI_ACTIVITY_CONTACT")
    assert found.level is level
    assert "10 requests a minute" in found.todo or level is Level.OK


def test_a_database_file_that_is_not_there_is_not_made(environment: dict[str, str], tmp_path: Path) -> None:
    assert find(environment, "database").level is Level.WARN
    assert find(environment, "state folder").message == f"{tmp_path / 'state'}: made at first use"
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_is_a_warning(environment: dict[str, str], empty: Engine, url: str) -> None:
    assert not has_tables(empty)
    found = find(environment | {"WIKI_ACTIVITY_DATABASE_URL": url}, "database")
    assert (found.level, "it has no tables yet" in found.message) == (Level.WARN, True)
    assert "wiki-activity migrate" in found.todo


def test_old_tables_fail(environment: dict[str, str], engine: Engine, url: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '0003'"))
    found = find(environment | {"WIKI_ACTIVITY_DATABASE_URL": url}, "database")
    assert (found.level, "at 0003" in found.message) == (Level.FAIL, True)
    assert "wiki-activity migrate" in found.todo


def test_columns_that_are_too_narrow_fail(environment: dict[str, str], mysql_engine: Engine) -> None:
    with writing(mysql_engine) as connection:
        connection.execute(text("alter table edit_counts modify edit_count int"))
    url = mysql_engine.url.render_as_string(hide_password=False)
    found = find(environment | {"WIKI_ACTIVITY_DATABASE_URL": url}, "database")
    assert (found.level, found.message.partition(": ")[2]) == (Level.FAIL, "not 64 bits wide: edit_counts.edit_count")


def test_tables_of_a_newer_program_fail_and_are_not_to_be_migrated(
    environment: dict[str, str], engine: Engine, url: str
) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    found = find(environment | {"WIKI_ACTIVITY_DATABASE_URL": url}, "database")
    assert (found.level, found.todo) == (Level.FAIL, "install the newer wiki_activity")
    assert "newer than this program" in found.message


def test_garbage_in_a_file_is_found(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "activity.sqlite"
    engine = create_database_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    with file.open("r+b") as whole:
        whole.seek(3 * 4096)
        whole.write(b"garbage!" * 2048)
    found = find(environment | {"WIKI_ACTIVITY_DATABASE_URL": f"sqlite:///{file}"}, "database")
    assert found.level is Level.FAIL
    assert "copy" in found.todo


def test_a_database_out_of_reach_fails_without_its_password(environment: dict[str, str]) -> None:
    url = f"mysql+pymysql://root:{SECRET}@127.0.0.1:9/wiki"
    found = find(environment | {"WIKI_ACTIVITY_DATABASE_URL": url}, "database")
    assert (found.level, "wiki on 127.0.0.1:9" in found.message) == (Level.FAIL, True)
    assert "WIKI_ACTIVITY_DATABASE_URL" in found.todo


@pytest.mark.redis
def test_a_redis_that_answers_is_told_with_its_version(environment: dict[str, str]) -> None:
    found = find(environment | {"WIKI_ACTIVITY_REDIS_URL": redis_url()}, "redis")
    assert (found.level, "speaks Redis" in found.message) == (Level.OK, True)


def test_a_redis_that_does_not_answer_fails_without_its_password(environment: dict[str, str]) -> None:
    found = find(environment | {"WIKI_ACTIVITY_REDIS_URL": f"redis://me:{SECRET}@127.0.0.1:9/0"}, "redis")
    assert (found.level, "127.0.0.1:9" in found.message) == (Level.FAIL, True)
    assert "WIKI_ACTIVITY_REDIS_URL" in found.todo


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", f"oracle://me:{SECRET}@db/wiki"),
        ("DATABASE_URL", f"root:{SECRET}@db"),
        ("DATABASE_URL", f"mysql://root:x@{SECRET}@db/wiki"),
        ("REDIS_URL", f"http://me:{SECRET}@redis"),
        ("REDIS_URL", f"redis://:pa/{SECRET}@redis/0"),
        ("REDIS_URL", f"redis://:{SECRET}@127.0.0.1:9?a=1"),
    ],
)
def test_an_address_of_a_store_that_cannot_be_used_is_a_wrong_setting(
    environment: dict[str, str], name: str, url: str
) -> None:
    found = find(environment | {f"WIKI_ACTIVITY_{name}": url}, "settings")
    assert found.level is Level.FAIL
    assert found.message.startswith(f"WIKI_ACTIVITY_{name}: ")


@pytest.mark.parametrize("name", ["METRICS_URL", "SITEMATRIX_URL", "STREAM_URL"])
def test_passwords_in_addresses_are_not_told(environment: dict[str, str], name: str) -> None:
    variable = f"WIKI_ACTIVITY_{name}"
    assert find(environment | {variable: f"http://me:{SECRET}@127.0.0.1:9/x"}, variable).level is Level.FAIL


def test_addresses_that_answer_something_else_fail(environment: dict[str, str], httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("<html>", content_type="text/html")
    httpserver.expect_request("/matrix").respond_with_json({"error": "no such action"})
    page, matrix = httpserver.url_for("/page"), httpserver.url_for("/matrix")
    wrong = {"WIKI_ACTIVITY_SITEMATRIX_URL": matrix, "WIKI_ACTIVITY_STREAM_URL": page}
    assert "sitematrix should be an object" in find(environment | wrong, "WIKI_ACTIVITY_SITEMATRIX_URL").message
    assert "which is no event stream" in find(environment | wrong, "WIKI_ACTIVITY_STREAM_URL").message


def test_services_that_are_busy_or_know_nothing_are_warnings(
    environment: dict[str, str], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/matrix").respond_with_data("slow down", status=429, headers={"Retry-After": "1"})
    httpserver.expect_request("/stream").respond_with_data("slow down", status=429)
    busy = {
        "WIKI_ACTIVITY_METRICS_URL": httpserver.url_for("/metrics"),
        "WIKI_ACTIVITY_SITEMATRIX_URL": httpserver.url_for("/matrix"),
        "WIKI_ACTIVITY_STREAM_URL": httpserver.url_for("/stream"),
    }
    levels = {finding.check: finding.level for finding in examine(environment | busy)}
    assert [levels[variable] for variable in busy if variable != "WIKI_ACTIVITY_METRICS_URL"] == [Level.WARN] * 2


def test_dagster_home_must_be_an_absolute_folder_with_its_file(environment: dict[str, str], tmp_path: Path) -> None:
    def look(home: str) -> tuple[Level, str]:
        found = find(environment | {"DAGSTER_HOME": home}, "DAGSTER_HOME")
        return found.level, found.message

    home = tmp_path / "home"
    assert look("home") == (Level.FAIL, "'home' is not absolute, which Dagster refuses")
    assert look(str(home)) == (Level.FAIL, f"{home} is no folder")
    home.mkdir()
    assert look(str(home)) == (Level.WARN, f"{home} holds no dagster.yaml")
    (home / "dagster.yaml").touch()
    assert look(str(home)) == (Level.OK, f"{home}: holds dagster.yaml")


def test_a_port_that_is_taken_is_a_warning(environment: dict[str, str]) -> None:
    with ExitStack() as stack:
        if is_free(5000):
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 5000)))
            assert listening.getsockname()[1] == 5000
        found = find(environment, "port 5000")
    assert (found.level, found.message) == (Level.WARN, "taken; the explorer takes the next free one")


def test_a_state_folder_that_cannot_be_written_fails(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "deeper"):
        found = find(environment | {"WIKI_ACTIVITY_STATE_DIR": str(place)}, "state folder")
        assert found.level is Level.FAIL
        assert "WIKI_ACTIVITY_STATE_DIR" in found.todo


def test_json_has_every_finding(environment: dict[str, str]) -> None:
    document = json.loads(run(environment, "doctor", "--json").out)
    assert {finding["check"] for finding in document["findings"]} >= FREE | {"versions", "database", "redis"}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc")
def test_a_second_daemon_on_one_storage_fails(environment: dict[str, str], tmp_path: Path) -> None:
    state = Path(environment["WIKI_ACTIVITY_STATE_DIR"])
    own = {**os.environ, "DAGSTER_HOME": str(state / "dagster")}
    program = "import sys; print('begun', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, "dagster._daemon", "run"]
    with ExitStack() as stack:
        for number in range(2):
            begun = subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            daemon = stack.enter_context(begun)
            stack.callback(daemon.kill)
            # Popen returns a moment before /proc knows the new program's words and environment.
            assert daemon.stdout is not None
            assert daemon.stdout.readline() == b"begun\n"
            found = find(environment, "Dagster's daemon")
            assert found.level is (Level.FAIL if number else Level.OK)
    assert f"{daemon.pid}" in found.message


def test_doctor_names_the_scripts_that_pictures_have_no_letters_for(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_explorer, "find_unpaintable", lambda: ["Bengali", "Tamil"])
    found = find(environment, "fonts")
    assert found.level is Level.WARN
    assert "the letters of Bengali and Tamil" in found.message
    assert "fonts-noto-core" in found.todo
    monkeypatch.setattr(check_explorer, "find_unpaintable", list)
    assert find(environment, "fonts").level is Level.OK


def test_a_token_is_told_by_what_became_of_it_and_never_shown(
    simulated: dict[str, str], httpserver: HTTPServer
) -> None:
    def refuse(request: Request) -> Response:
        has_token = "Authorization" in request.headers
        return Response("{}", 401 if has_token else 404, content_type="application/json")

    check = "WIKI_ACTIVITY_TOKEN"
    assert find(simulated, check).message == "not set: 57000 requests a minute"
    granted = simulated | {check: SECRET, "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "2000"}
    found = find(granted, check)
    assert (found.level, found.message) == (Level.OK, "set, and not refused: 1900 requests a minute")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(refuse)
    found = find(granted | {"WIKI_ACTIVITY_METRICS_URL": httpserver.url_for("/metrics")}, check)
    assert found.level is Level.FAIL
    assert "190 requests a minute" in found.message

    nowhere = {
        f"WIKI_ACTIVITY_{name}_URL": "https://example.invalid/x" for name in ("METRICS", "SITEMATRIX", "ACCOUNTS")
    }
    assert find(granted | nowhere, check).level is Level.WARN


@pytest.mark.redis
@pytest.mark.parametrize("is_there", [True, False])
def test_doctor_asks_by_the_budget_where_redis_answers_and_without_it_else(
    simulated: dict[str, str], is_there: bool
) -> None:
    with own_redis() as server, redis.Redis.from_url(server.url) as client:
        if not is_there:
            server.stop()
        found = find(simulated | {"WIKI_ACTIVITY_REDIS_URL": server.url}, "WIKI_ACTIVITY_SITEMATRIX_URL")
        assert found.level is Level.OK
        if is_there:
            assert client.keys() == [b"wiki_activity:budget"]


def test_a_variable_that_nobody_reads_is_told_with_the_one_that_may_be_meant(environment: dict[str, str]) -> None:
    finding = find(environment | {"WIKI_ACTIVITY_REDIS_PREFX": SECRET}, "WIKI_ACTIVITY_REDIS_PREFX")
    assert (finding.level, finding.todo) == (Level.WARN, "is it WIKI_ACTIVITY_REDIS_PREFIX?")


def test_every_variable_that_the_readme_names_is_read() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("| `WIKI_ACTIVITY_…` |")[2].partition("\n\n")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {f"WIKI_ACTIVITY_{name}" for cell in first_cells for name in re.findall(r"[A-Z_]+", cell)}
    assert len(named) > 30
    assert not check_surroundings.check_variables(dict.fromkeys(named, ""))
