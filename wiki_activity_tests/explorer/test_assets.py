"""uPlot is the very file that was chosen, pages say so when it is not, and addresses change with the content."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from wiki_activity.explorer.assets import STATIC, UPLOT, find_assets, read_manifest
from wiki_activity_tests.servers import give_up

ROOT = Path(__file__).parents[2]
SCRIPT = "vendor/uplot/uPlot.iife.min.js"


@pytest.fixture
def vendored() -> Path:
    folder = STATIC / UPLOT
    if not folder.exists():
        give_up("uPlot is not here: 'make setup' fetches it")
    return folder


@pytest.fixture
def static(tmp_path: Path, vendored: Path) -> Path:
    """A folder like the real one, to spoil."""
    folder = tmp_path / "static"
    shutil.copytree(vendored, folder / UPLOT)
    (folder / "js").mkdir()
    (folder / "js" / "page.js").write_text("export const a = 1;\n", encoding="utf-8")
    return folder


def locked() -> dict[str, dict[str, str]]:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    return {name: entry for name, entry in lock["packages"].items() if name}


def test_uplot_is_here_and_is_the_locked_version(vendored: Path) -> None:
    assets = find_assets()

    assert (assets.uplot, assets.problem) == (True, None)
    assert assets.version == locked()["node_modules/uplot"]["version"]
    assert {path.name for path in vendored.iterdir()} == set(read_manifest().uplot.files)


def test_the_recorded_hashes_are_those_of_the_files_in_the_locked_archive() -> None:
    archive = cached_archive(locked()["node_modules/uplot"]["integrity"])

    with tarfile.open(archive) as package:
        for name, expected in read_manifest().uplot.files.items():
            member = package.extractfile("package/LICENSE" if name == "LICENSE" else f"package/dist/{name}")
            assert member is not None
            assert "sha384-" + base64.b64encode(hashlib.sha384(member.read()).digest()).decode() == expected


def cached_archive(integrity: str) -> Path:
    """npm's own copy of what it downloaded, found by the lock's hash and held against it."""
    npm = shutil.which("npm") or shutil.which("npm", path=ROOT / ".venv" / "node" / "bin")
    if npm is None:
        give_up("no npm, so no archive to hold against the lock")
    digest = base64.b64decode(integrity.removeprefix("sha512-")).hex()
    asked = subprocess.run([npm, "config", "get", "cache"], check=True, capture_output=True, text=True, timeout=60)
    cache = Path(asked.stdout.strip()) / "_cacache" / "content-v2" / "sha512"
    archive = cache / digest[:2] / digest[2:4] / digest[4:]
    if not archive.exists():
        give_up("npm's cache has no archive of uPlot; 'make clean setup' brings it")
    assert hashlib.sha512(archive.read_bytes()).hexdigest() == digest
    return archive


def test_npms_lock_names_no_address_and_has_a_hash_for_everything() -> None:
    settings = (ROOT / ".npmrc").read_text(encoding="utf-8")

    assert "://" not in (ROOT / "package-lock.json").read_text(encoding="utf-8") + settings
    assert "registry=" not in settings
    assert set(locked()) == {"node_modules/uplot", "node_modules/axe-core"}
    assert all(entry["integrity"].startswith("sha512-") and "resolved" not in entry for entry in locked().values())


def test_nothing_in_uplot_is_stopped_by_the_content_security_policy(vendored: Path) -> None:
    script = (vendored / "uPlot.iife.min.js").read_text(encoding="utf-8")
    style = (vendored / "uPlot.min.css").read_text(encoding="utf-8")

    sinks = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|\bFunction\(|cssText|setAttribute"
    )
    assert not re.search(sinks, script)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|new Worker|sourceMappingURL", script)
    assert not re.search(r"@import|url\(", style)


@pytest.mark.parametrize("name", ["uPlot.iife.min.js", "uPlot.min.css", "LICENSE"])
def test_a_changed_file_of_uplot_is_a_problem_that_names_it(static: Path, name: str) -> None:
    with (static / UPLOT / name).open("a", encoding="utf-8") as file:
        file.write(" ")

    assets = find_assets(static)

    assert not assets.uplot
    assert assets.version is None
    assert assets.problem is not None
    assert f"{name} is not the one that was chosen" in assets.problem


def test_a_file_that_cannot_be_read_is_a_problem_that_says_so(static: Path) -> None:
    (static / SCRIPT).unlink()
    (static / SCRIPT).mkdir()

    problem = find_assets(static).problem

    assert problem is not None
    assert "uPlot.iife.min.js cannot be read (Is a directory)" in problem


def test_without_uplot_the_rest_is_there_and_the_problem_is_said_and_logged(
    static: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(static / "vendor")

    assets = find_assets(static)

    assert not assets.uplot
    assert assets.problem is not None
    assert assets.problem.startswith("Charts are missing")
    assert "make clean setup" in caplog.text
    assert assets.fingerprint("js/page.js")
    with pytest.raises(LookupError, match=re.escape(SCRIPT)):
        assets.integrity(SCRIPT)


def test_a_fingerprint_changes_with_its_file_and_the_release_with_any(static: Path) -> None:
    before = find_assets(static)
    (static / "js" / "page.js").write_text("export const a = 2;\n", encoding="utf-8")
    after = find_assets(static)

    assert re.fullmatch("[0-9a-f]{12}", before.fingerprint("js/page.js"))
    assert before.fingerprint("js/page.js") != after.fingerprint("js/page.js")
    assert before.fingerprint(SCRIPT) == after.fingerprint(SCRIPT)
    assert re.fullmatch("[0-9a-f]{12}", before.release)
    assert before.release != after.release
    assert find_assets(static).release == after.release


def test_the_integrity_is_what_a_browser_computes(static: Path) -> None:
    digest = hashlib.sha384((static / SCRIPT).read_bytes()).digest()

    assert find_assets(static).integrity(SCRIPT) == f"sha384-{base64.b64encode(digest).decode()}"
