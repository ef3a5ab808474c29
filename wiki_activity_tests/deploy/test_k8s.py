"""What is for Kubernetes: valid by its own schemas, and of variables, ports, commands and addresses that there are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema
from dagster_k8s.launcher import K8sRunLauncher
from fastapi import FastAPI

from wiki_activity import __version__
from wiki_activity.cli.main import cli
from wiki_activity.explorer.api import health
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import PREFIX, read_settings
from wiki_activity_tests.deploy.compose_file import ROOT, read_image_environment
from wiki_activity_tests.deploy.variables import list_variables

FOLDER = ROOT / "deploy" / "k8s"
KUBERNETES = "1.33"
SECRETS = {
    "WIKI_ACTIVITY_DATABASE_URL": "mysql+pymysql://user:password@mariadb/wiki_activity",
    "WIKI_ACTIVITY_REDIS_URL": "redis://valkey:6379/0",
    "WIKI_ACTIVITY_SECRET_KEY": "f" * 64,
    "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "client",
    "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "hidden",
    "WIKI_ACTIVITY_SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/x",
}
VALUES: dict[str, Any] = yaml.safe_load((FOLDER / "dagster-values.yaml").read_text("utf-8"))


def read_manifests() -> Iterator[dict[str, Any]]:
    """Read all manifests, those of a file one by one."""
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != "dagster-values.yaml":
            yield from yaml.safe_load_all(path.read_text("utf-8"))


MANIFESTS = list(read_manifests())
SETTINGS: dict[str, str] = next(one["data"] for one in MANIFESTS if one["kind"] == "ConfigMap")
DEPLOYMENTS = {one["metadata"]["name"]: one["spec"]["template"] for one in MANIFESTS if one["kind"] == "Deployment"}


def container_of(name: str) -> dict[str, Any]:
    (container,) = DEPLOYMENTS[name]["spec"]["containers"]
    return dict(container)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_takes_it(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_a_manifest_with_a_word_that_kubernetes_does_not_know_is_found() -> None:
    (policy,) = [one for one in MANIFESTS if one["metadata"]["name"] == "wiki-activity"]
    with pytest.raises(kubernetes_validate.ValidationError, match="policyType"):
        kubernetes_validate.validate({**policy, "spec": {**policy["spec"], "policyType": []}}, KUBERNETES, strict=True)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_program_reads_every_variable_and_takes_its_value(name: str) -> None:
    container = container_of(name)
    assert [next(iter(one.values()))["name"] for one in container["envFrom"]] == [
        "wiki-activity-settings",
        "wiki-activity-secrets",
    ]
    environment = read_image_environment() | SETTINGS | SECRETS
    environment |= {one["name"]: one["value"] for one in container.get("env", ())}
    assert {key for key in environment if key.startswith(PREFIX)} <= list_variables()
    read_settings(environment)
    read_explorer_settings(environment if name == "explorer" else {})


def test_secrets_are_named_where_they_are_made_and_stand_nowhere() -> None:
    text = (ROOT / "deploy" / "README.md").read_text("utf-8")
    assert not [name for name in SECRETS if name not in text]
    assert not SETTINGS.keys() & SECRETS.keys()


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_commands_and_probes_are_those_of_the_program(name: str) -> None:
    container = container_of(name)
    routes = FastAPI()
    routes.include_router(health.router)
    ports = {one["name"]: one["containerPort"] for one in container.get("ports", ())}
    commands = [container["command"]]
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container.get(kind, {})
        if "exec" in probe:
            commands.append(probe["exec"]["command"])
        elif "httpGet" in probe:
            assert probe["httpGet"]["path"] in {getattr(one, "path", "") for one in health.router.routes}
            assert probe["httpGet"]["port"] in ports
    for command in commands:
        assert command[0] == "wiki-activity"
        asked = CliRunner().invoke(cli, [*command[1:], "--help"])
        assert asked.exit_code == 0, asked.output


def test_the_explorer_is_reached_where_it_listens() -> None:
    environment = {one["name"]: one["value"] for one in container_of("explorer")["env"]}
    port = read_explorer_settings({**SECRETS, **environment}).port
    assert container_of("explorer")["ports"] == [{"name": "http", "containerPort": port}]
    assert DEPLOYMENTS["explorer"]["metadata"]["annotations"]["prometheus.io/port"] == str(port)
    opened = [one for one in MANIFESTS if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "explorer"]
    assert opened[0]["spec"]["ingress"][0]["ports"] == [{"port": port, "protocol": "TCP"}]
    (rule,) = next(one for one in MANIFESTS if one["kind"] == "Ingress")["spec"]["rules"]
    assert SETTINGS["WIKI_ACTIVITY_EXPLORER_URL"] == f"https://{rule['host']}"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_have_no_more_rights_than_they_need_and_say_what_they_take(name: str) -> None:
    pod, container = DEPLOYMENTS[name]["spec"], container_of(name)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {one["mountPath"] for one in container["volumeMounts"]} == {"/tmp", "/var/lib/wiki-activity"}
    assert container["resources"]["limits"]["memory"]
    assert container["image"] == f"wiki-activity:{__version__}"


def test_every_pod_is_in_the_policies_and_the_service_finds_the_explorer() -> None:
    for one in MANIFESTS:
        wanted: Mapping[str, str] | None = None
        if one["kind"] == "NetworkPolicy":
            wanted = one["spec"]["podSelector"]["matchLabels"]
        elif one["kind"] == "Service":
            wanted = one["spec"]["selector"]
        if wanted is None:
            continue
        found = {
            name for name, template in DEPLOYMENTS.items() if wanted.items() <= template["metadata"]["labels"].items()
        }
        assert found == ({"explorer"} if one["metadata"]["name"] == "explorer" else {"explorer", "watcher"})


def test_dagster_takes_what_its_chart_makes_of_the_values() -> None:
    daemon, launcher = VALUES["dagsterDaemon"], VALUES["runLauncher"]["config"]["k8sRunLauncher"]
    run = dict(launcher["runK8sConfig"])
    own = {key: value for key, value in launcher.items() if key != "runK8sConfig"}
    # What is Kubernetes's own keeps its words.
    config = {**snake(own), "run_k8s_config": {_snake(key): snake(value, deep=False) for key, value in run.items()}}
    assert validate_config(dict_schema(K8sRunLauncher), config | REQUIRED_OF_LAUNCHER).success
    instance = {
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": daemon["runCoordinator"]["type"],
            "config": snake(daemon["runCoordinator"]["config"]["queuedRunCoordinator"]),
        },
        "run_monitoring": snake(daemon["runMonitoring"]),
        "run_retries": snake(daemon["runRetries"]),
        "sensors": snake(daemon["sensors"]),
        "schedules": snake(daemon["schedules"]),
        "retention": {key: snake(VALUES["retention"][key]) for key in ("sensor", "schedule")},
        "python_logs": snake(VALUES["pythonLogs"]),
        "telemetry": VALUES["telemetry"],
        **VALUES["additionalInstanceConfig"],
    }
    answer = validate_config(dagster_instance_config_schema(), instance)
    assert answer.success, answer.errors
    coordinator = instance["run_coordinator"]["config"]
    assert dg._core.run_coordinator.queued_run_coordinator.QueuedRunCoordinator(**coordinator)


def test_the_values_limit_runs_as_the_trees_instance_does() -> None:
    trees = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))
    queue = snake(VALUES["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"])
    assert queue["tag_concurrency_limits"] == trees["concurrency"]["runs"]["tag_concurrency_limits"]
    assert queue["max_concurrent_runs"] == trees["concurrency"]["runs"]["max_concurrent_runs"]
    assert VALUES["additionalInstanceConfig"]["concurrency"]["pools"] == trees["concurrency"]["pools"]
    assert {key: snake(VALUES["retention"][key]) for key in trees["retention"]} == trees["retention"]


def test_the_values_name_our_image_module_and_settings() -> None:
    (code,) = VALUES["dagster-user-deployments"]["deployments"]
    images = [code["image"], VALUES["dagsterWebserver"]["image"], VALUES["dagsterDaemon"]["image"]]
    assert {f"{one['repository']}:{one['tag']}" for one in images} == {f"wiki-activity:{__version__}"}
    assert code["dagsterApiGrpcArgs"] == ["--module-name", "wiki_activity.definitions"]
    assert code["env"].keys() <= list_variables()
    assert not code["name"].startswith("wiki")
    page = VALUES["dagsterWebserver"]
    assert page["service"]["port"] == page["readinessProbe"]["httpGet"]["port"] > 1023
    assert SETTINGS["WIKI_ACTIVITY_DAGSTER_URL"] == f"http://localhost:{page['service']['port']}"
    for one in (code, VALUES["dagsterWebserver"], VALUES["dagsterDaemon"]):
        assert one["envConfigMaps"] == [{"name": "wiki-activity-settings"}]
        assert one["envSecrets"] == [{"name": "wiki-activity-secrets"}]


REQUIRED_OF_LAUNCHER = {
    "service_account_name": "dagster",
    "instance_config_map": "dagster-instance",
    "dagster_home": "/x",
}
"""What the chart adds by itself."""


def dict_schema(launcher: type[K8sRunLauncher]) -> Any:
    return dg.Field(launcher.config_type()).config_type


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def snake(value: Any, *, deep: bool = True) -> Any:
    """Write the chart's words as Dagster's."""
    if isinstance(value, dict):
        return {_snake(key): snake(one) if deep else one for key, one in value.items()}
    return [snake(one) for one in value] if isinstance(value, list) else value
