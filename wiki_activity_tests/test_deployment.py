"""What is in deploy/dagster: each instance is the one of `up`, but for where it is stored and who works."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from dagster._core.instance.config import dagster_instance_config

ROOT = Path(__file__).parents[1]
FOLDERS = ("mysql", "postgres", "celery")
PLACES = {"storage", "compute_logs", "local_artifact_storage", "run_launcher"}


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", FOLDERS)
def test_an_instance_differs_from_the_one_of_up_in_its_places_alone(name: str) -> None:
    def settings(path: Path) -> dict[str, Any]:
        return {key: value for key, value in read(path).items() if key not in PLACES}

    assert settings(ROOT / "deploy" / "dagster" / name / "dagster.yaml") == settings(ROOT / "dagster.yaml")


@pytest.mark.parametrize("name", FOLDERS)
def test_dagster_takes_an_instance_and_resumes_no_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_STORAGE_URL", "nowhere")

    config, _ = dagster_instance_config(str(ROOT / "deploy" / "dagster" / name))

    assert config["run_monitoring"].get("max_resume_run_attempts", 0) == 0


@pytest.mark.parametrize("name", FOLDERS)
def test_addresses_come_from_the_environment(name: str) -> None:
    whole = read(ROOT / "deploy" / "dagster" / name / "dagster.yaml")
    kind = "postgres" if name == "postgres" else "mysql"

    assert whole["storage"] == {kind: {f"{kind}_url": {"env": "DAGSTER_STORAGE_URL"}}}
    assert "config" not in whole.get("run_launcher", {})


@pytest.mark.parametrize("name", FOLDERS)
def test_the_address_that_an_instance_shows_has_a_driver(name: str) -> None:
    text = (ROOT / "deploy" / "dagster" / name / "dagster.yaml").read_text(encoding="utf-8")
    shown = re.search(r"DAGSTER_STORAGE_URL is ([^\s,]+?)[.,]?(\s|$)", text)
    assert shown is not None
    sa.create_engine(shown[1])
