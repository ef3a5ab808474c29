"""Alert rules: by promtool, with its own tests of rules, and of figures that there are."""

import re
import shutil
import subprocess

import pytest
import yaml

from wiki_activity_tests.deploy.compose_file import ROOT, read_compose
from wiki_activity_tests.deploy.test_compose import SETTINGS
from wiki_activity_tests.servers import give_up

FOLDER = ROOT / "deploy" / "prometheus"


@pytest.mark.parametrize(
    "question",
    [("check", "config", "prometheus.yaml"), ("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")],
)
def test_promtool_is_content_with(question: tuple[str, ...]) -> None:
    if shutil.which("promtool") is None:
        give_up("no promtool: apt-get install prometheus")
    done = subprocess.run(["promtool", *question], check=False, cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_is_tried_both_ways() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    tests = yaml.safe_load((FOLDER / "alerts_test.yaml").read_text("utf-8"))["tests"]
    tried = [one for test in tests for one in test["alert_rule_test"]]
    names = {rule["alert"] for rule in rules}
    assert {one["alertname"] for one in tried if one.get("exp_alerts")} == names
    assert {one["alertname"] for one in tried if not one.get("exp_alerts")} == names


def test_rules_ask_for_figures_that_are_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "data.md").read_text("utf-8").partition("## Figures")[2]))
    asked = set(re.findall(r"\bwiki_activity_(\w+)", (FOLDER / "alerts.yaml").read_text("utf-8")))
    assert asked
    assert asked <= explained


def test_prometheus_asks_the_explorer_where_compose_yaml_has_it() -> None:
    (job,) = yaml.safe_load((FOLDER / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    explorer = read_compose(SETTINGS)["services"]["explorer"]
    port = explorer["environment"]["WIKI_ACTIVITY_EXPLORER_BIND"].partition(":")[2]
    assert job["static_configs"] == [{"targets": [f"{explorer['networks']['front']['ipv4_address']}:{port}"]}]
    assert f'job="{job["job_name"]}"' in (FOLDER / "alerts.yaml").read_text("utf-8")
