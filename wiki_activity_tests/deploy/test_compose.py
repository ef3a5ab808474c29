"""compose.yaml and the Dockerfile name what there is: variables, ports, commands, files."""

import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from wiki_activity import __version__
from wiki_activity.cli.main import cli
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import PREFIX, read_settings
from wiki_activity_tests.deploy.compose_file import (
    EXAMPLE,
    ROOT,
    LackingError,
    is_own,
    order_services,
    read_compose,
    read_env_file,
    read_image_environment,
)
from wiki_activity_tests.deploy.variables import list_variables

SETTINGS = read_env_file(EXAMPLE.read_text("utf-8")) | {
    "DATABASE_PASSWORD": "0a1b2c3d",
    "WIKI_ACTIVITY_SECRET_KEY": "f" * 64,
    "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "client",
    "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "hidden",
}
SERVICES: dict[str, Any] = read_compose(SETTINGS)["services"]
OURS = sorted(name for name, service in SERVICES.items() if is_own(service))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def environment_of(name: str) -> dict[str, str]:
    """All variables of a role, as its process has them."""
    return read_image_environment() | SETTINGS | SERVICES[name]["environment"]


def test_the_roles_are_those_that_are_needed() -> None:
    assert OURS == ["code", "daemon", "explorer", "migrate", "watch", "webserver"]


@pytest.mark.parametrize("name", OURS)
def test_the_program_reads_every_variable_and_takes_its_value(name: str) -> None:
    environment = environment_of(name)

    named = {key for key in environment if key.startswith(PREFIX)}
    assert named <= list_variables()
    read_settings(environment)
    if name == "explorer":
        own = read_explorer_settings(environment)
        assert (own.host, own.port) == ("0.0.0.0", 5000)
    others = {key for key in SERVICES[name]["environment"] if not key.startswith(PREFIX)}
    if others:
        instance = (ROOT / "deploy" / "compose" / "dagster.yaml").read_text("utf-8")
        assert others == {"DAGSTER_HOME", *re.findall(r"env: (\w+)", instance)}


def test_the_example_names_every_variable_that_compose_yaml_insists_on() -> None:
    insisted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text("utf-8")))
    assert insisted <= read_env_file(EXAMPLE.read_text("utf-8")).keys()
    with pytest.raises(LackingError, match="DATABASE_PASSWORD"):
        read_compose({**SETTINGS, "DATABASE_PASSWORD": ""})


def test_no_secret_is_written_down() -> None:
    told = {key: value for key, value in read_env_file(EXAMPLE.read_text("utf-8")).items() if value}
    assert not [key for key in told if re.search("PASSWORD|SECRET|KEY|WEBHOOK|TOKEN", key)]
    assert not re.search(r"^(ARG|ENV) .*(PASSWORD|SECRET|TOKEN)", DOCKERFILE, re.MULTILINE)
    assert (ROOT / ".dockerignore").read_text("utf-8").split("\n")[1] == "*"


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_there_and_takes_its_arguments(name: str) -> None:
    service = SERVICES[name]
    commands = [service["command"]]
    if test := service.get("healthcheck", {}).get("test"):
        assert test[0] == "CMD"
        commands.append(test[1:])
    for command in commands:
        assert shutil.which(command[0], path=str(Path(sys.executable).parent)), command
        if command[0] == "wiki-activity":
            # --help ends it before it does anything, and not before click has looked at what stands in front.
            asked = CliRunner().invoke(cli, [*command[1:], "--help"])
            assert asked.exit_code == 0, asked.output


def test_each_part_is_reached_where_it_listens() -> None:
    code = SERVICES["code"]["command"]
    workspace = yaml.safe_load((ROOT / "deploy" / "compose" / "workspace.yaml").read_text("utf-8"))
    (place,) = (one["grpc_server"] for one in workspace["load_from"])
    assert {place["host"], str(place["port"])} <= {"code", code[code.index("--port") + 1]}
    assert place["location_name"] == code[code.index("--location-name") + 1]

    page = SERVICES["webserver"]["command"]
    port = page[page.index("--port") + 1]
    assert SERVICES["webserver"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert SERVICES["webserver"]["environment"]["WIKI_ACTIVITY_DAGSTER_URL"] == f"http://localhost:{port}"

    explorer = SERVICES["explorer"]["environment"]["WIKI_ACTIVITY_EXPLORER_BIND"]
    example = (ROOT / "deploy" / "nginx" / "wiki-activity.conf").read_text("utf-8")
    assert "127.0.0.1:5000;" in example
    assert f"explorer:{explorer.partition(':')[2]}/" in SERVICES["proxy"]["command"][2]


def test_nothing_but_the_proxy_is_open_to_others() -> None:
    opened = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert opened == {"proxy": ["443:443"], "webserver": ["127.0.0.1:3000:3000"]}
    assert {name for name, service in SERVICES.items() if "front" in service["networks"]} == {"proxy", "explorer"}


@pytest.mark.parametrize("name", OURS)
def test_our_roles_have_no_more_rights_than_they_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not any("docker.sock" in volume for volume in service.get("volumes", ()))


def test_every_file_that_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (ROOT / source).is_file(), volume
    assert order_services(SERVICES).index("migrate") < order_services(SERVICES).index("explorer")


def test_the_image_is_built_of_files_that_reach_the_builder() -> None:
    let_through = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for line in copied for name in line.split()} == let_through
    # Where the tests are run against a wheel, the tree has no package.
    assert all((ROOT / name).exists() for name in let_through - {"wiki_activity"})


def test_the_image_has_the_version_and_the_extras_that_there_are() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"wiki-activity:{__version__}"}
    (extras,) = re.findall(r"'wiki-activity\[([\w,]+)\]'", DOCKERFILE)
    assert set(extras.split(",")) <= project["optional-dependencies"].keys()


def test_dagsters_instance_is_that_of_the_tree_but_for_where_things_are_kept() -> None:
    ours = yaml.safe_load((ROOT / "deploy" / "compose" / "dagster.yaml").read_text("utf-8"))
    trees = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))
    places = {"storage", "compute_logs", "local_artifact_storage"}
    assert {key: ours[key] for key in ours.keys() - places} == {key: trees[key] for key in trees.keys() - places}
