"""What Toolforge is told of the program, held against the program."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from wiki_activity.cli.main import COMMANDS, cli

ROOT = Path(__file__).parent.parent
PROCESSES = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines())
JOBS = yaml.safe_load((ROOT / "deploy" / "toolforge" / "jobs.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("process", PROCESSES.values())
def test_every_process_is_a_command_with_options_that_it_has(process: str) -> None:
    python, _, module, name, *options = shlex.split(process)

    assert (python, module) == ("python", "wiki_activity")
    assert name in COMMANDS
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(options) <= known


@pytest.mark.parametrize("job", JOBS, ids=lambda job: str(job["name"]))
def test_jobs_name_processes_and_have_names_and_kinds_that_the_service_takes(job: dict[str, str]) -> None:
    assert job["command"] in PROCESSES
    assert re.fullmatch(r"[a-z0-9.-]{1,52}", job["name"])
    assert ("schedule" in job) != ("continuous" in job)
    if check := job.get("health-check-script"):
        *_, command, role = shlex.split(check)
        assert command in COMMANDS
        assert role == job["name"]


def test_the_image_has_all_of_the_program_and_what_sets_it_up() -> None:
    excluded = tomllib.loads((ROOT / "project.toml").read_text(encoding="utf-8"))["io"]["buildpacks"]["exclude"]

    assert not any(one.rstrip("/") == "wiki_activity" for one in excluded)
    assert not {"requirements.txt", "package.json", "package-lock.json", "Procfile"} & set(excluded)
    assert all((ROOT / one).exists() for one in excluded if one != "ci-output/")


def test_what_is_needed_to_run_is_locked_as_it_is_for_developers() -> None:
    locks = [(ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements-dev.txt")]
    run, develop = (set(re.findall(r"^([a-z0-9._-]+==\S+)", lock, re.MULTILINE)) for lock in locks)

    assert run < develop
    assert not any(one.startswith(("pytest", "mypy", "playwright", "ruff")) for one in run)


def test_the_guide_names_variables_that_there_are() -> None:
    guide = (ROOT / "docs" / "toolforge.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"WIKI_ACTIVITY_([A-Z_]+)", guide))

    assert len(named) > 10
    assert not [name for name in named if f"`{name}`" not in readme]


def test_the_tool_is_described_in_json() -> None:
    told = json.loads((ROOT / "deploy" / "toolforge" / "toolinfo.json").read_text(encoding="utf-8"))

    assert {"name", "title", "description", "url"} <= told.keys()
