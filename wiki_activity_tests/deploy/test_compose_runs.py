"""What compose.yaml names runs: each command as it stands there, and the main job through all of them."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from wiki_activity_tests.deploy.compose_file import EXAMPLE, ROOT, order_services, read_compose, read_env_file
from wiki_activity_tests.deploy.stage import can_be_staged
from wiki_activity_tests.explorer.accounts.proxy import certify
from wiki_activity_tests.servers import give_up


@pytest.mark.slow
def test_the_main_job_runs_in_what_compose_yaml_names_and_each_role_ends_when_it_is_told_to() -> None:
    if not can_be_staged():
        pytest.skip("namespaces can be made by root alone")
    for program in ("nginx", "curl", "setpriv", "ip"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            give_up(f"no {program}")
    settings = read_env_file(EXAMPLE.read_text("utf-8")) | {
        "DATABASE_PASSWORD": "0a1b2c3d",
        "WIKI_ACTIVITY_SECRET_KEY": "f" * 64,
        "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "client",
        "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "hidden",
        "WIKI_ACTIVITY_METRICS_URL": "http://127.0.0.1:8800/api/rest_v1/metrics",
        "WIKI_ACTIVITY_SITEMATRIX_URL": "http://127.0.0.1:8800/w/api.php",
        "WIKI_ACTIVITY_STREAM_URL": "http://127.0.0.1:8800/v2/stream/recentchange",
        "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "100000",
        "WIKI_ACTIVITY_FIRST_MONTH": "2025-01",
    }
    # Sockets' paths are short; everybody may look into it.
    with tempfile.TemporaryDirectory(prefix="wa-stage-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
        live = folder / "letsencrypt" / "live" / settings["SERVER_NAME"]
        live.mkdir(parents=True)
        certify(live, settings["SERVER_NAME"]).rename(live / "fullchain.pem")
        (live / "key.pem").rename(live / "privkey.pem")
        # Whatever ends this process ends all in there.
        alone = ["setpriv", "--pdeathsig=KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
        done = subprocess.run(
            [*alone, sys.executable, "-m", "wiki_activity_tests.deploy.stage", str(folder)],
            check=False, cwd=ROOT, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    sys.stdout.write(done.stdout)
    services = read_compose(settings)["services"]
    for role in order_services(services):
        if role not in {"mariadb", "migrate"}:
            assert f"{role} ended within" in done.stdout
    assert "months are as the stand-in has them" in done.stdout
