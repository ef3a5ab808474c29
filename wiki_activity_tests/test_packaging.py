"""What is shipped: the wheel runs by itself, and the two dagster.yaml agree."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from wiki_activity.cli.up.dagster_home import prepare_dagster_home
from wiki_activity.explorer.assets import UPLOT, find_assets
from wiki_activity_tests.servers import give_up

ROOT = Path(__file__).parents[1]
EXPLORER = ROOT / "wiki_activity" / "explorer"


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        check=True,
        capture_output=True,
        text=True,
        cwd=environment.pop("cwd", ROOT),
        env={**os.environ, **environment},
        timeout=300,
    )
    return done.stdout


def test_the_wheel_carries_all_that_the_command_needs(tmp_path: Path) -> None:
    run(["-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")])
    (wheel,) = (tmp_path / "dist").iterdir()
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    settings = {"PYTHONPATH": str(unpacked), "WIKI_ACTIVITY_STATE_DIR": str(tmp_path / "state"), "cwd": str(tmp_path)}

    origin = run(["-c", "import wiki_activity; print(wiki_activity.__file__)"], **settings)
    migrated = run(["-m", "wiki_activity", "migrate"], **settings)
    status = run(["-m", "wiki_activity", "status", "--json"], **settings)
    matrix = run(
        ["-c", "from wiki_activity.simulator.wiki_catalogue import make_catalogue; make_catalogue(870)"], **settings
    )
    prepare = "from wiki_activity.cli.up.dagster_home import prepare_dagster_home; prepare_dagster_home(Path.cwd())"
    run(["-c", f"from pathlib import Path; {prepare}"], **settings)

    assert Path(origin.strip()).is_relative_to(unpacked)
    assert "from nothing" in migrated
    assert '"newest_month": null' in status
    assert not matrix
    assert (tmp_path / "dagster" / "dagster.yaml").exists()


def explorer_files() -> set[str]:
    """What the explorer's pages are made of, uPlot included, which no commit carries."""
    if problem := find_assets().problem:
        give_up(f"{problem} 'make setup' fetches it")
    files = [EXPLORER / "assets.json", *(EXPLORER / "templates").rglob("*"), *(EXPLORER / "static").rglob("*")]
    return {path.relative_to(ROOT).as_posix() for path in files if path.is_file()}


def test_the_wheel_carries_the_explorers_templates_and_files_and_uplot(tmp_path: Path) -> None:
    wanted = explorer_files()
    run(["-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")])
    (wheel,) = (tmp_path / "dist").iterdir()
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(unpacked)
    find = "from wiki_activity.explorer.assets import STATIC, find_assets; print(STATIC, find_assets().problem)"
    found = run(["-c", find], PYTHONPATH=str(unpacked), cwd=str(tmp_path))

    assert f"wiki_activity/explorer/static/{UPLOT}/uPlot.iife.min.js" in wanted
    assert wanted <= names
    assert not [name for name in names if "node_modules" in name or "axe" in name]
    assert found.split() == [str(unpacked / "wiki_activity" / "explorer" / "static"), "None"]


def test_the_sdist_carries_what_a_wheel_is_built_from(tmp_path: Path) -> None:
    wanted = explorer_files() | {"package.json", "package-lock.json", ".npmrc", "requirements-node.txt", "Makefile"}
    run(["-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path / "dist")])
    (sdist,) = (tmp_path / "dist").iterdir()
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert wanted <= names
    assert not [name for name in names if "node_modules" in name]


def test_the_committed_dagster_yaml_and_that_of_up_differ_in_their_folders_alone(tmp_path: Path) -> None:
    committed = (ROOT / "dagster.yaml").read_text(encoding="utf-8")
    written = (prepare_dagster_home(tmp_path) / "dagster.yaml").read_text(encoding="utf-8")

    assert yaml.safe_load(written.replace(str(tmp_path), ".wiki_activity")) == yaml.safe_load(committed)


def test_a_folder_with_quotes_and_spaces_makes_a_valid_dagster_yaml(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" folder: #1'

    written = yaml.safe_load((prepare_dagster_home(folder) / "dagster.yaml").read_text(encoding="utf-8"))

    assert written["storage"]["sqlite"]["base_dir"] == str(folder / "dagster")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_the_lock_names_no_address_and_has_a_hash_for_everything(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in lock
    requirements = re.split(r"\n(?=[a-z0-9])", lock)[1:]
    assert requirements
    assert all("--hash=sha256:" in one for one in requirements)


def test_every_variable_that_is_read_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sources = [ROOT / "wiki_activity" / "settings.py", EXPLORER / "configuration.py"]
    read = {name for one in sources for name in re.findall(r'read\.\w+\("([A-Z_]+)"', one.read_text(encoding="utf-8"))}

    assert read
    assert not [name for name in read if f"`{name}`" not in readme]
