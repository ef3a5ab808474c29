"""Logs as JSON lines, for what collects them: every line is one, whoever writes it."""

import json
import logging
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wiki_activity.cli.logs import JsonLines
from wiki_activity.cli.up.ports import choose_port
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.cli.test_explore import ask


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "WIKI_ACTIVITY_STATE_DIR": str(tmp_path),
        "WIKI_ACTIVITY_LOG_FORMAT": "json",
        "WIKI_ACTIVITY_SITEMATRIX_URL": "http://127.0.0.1:9/w/api.php",
        "WIKI_ACTIVITY_METRICS_URL": "http://127.0.0.1:9/metrics",
        "WIKI_ACTIVITY_STREAM_URL": "http://127.0.0.1:9/stream",
    }


def read(text: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_service_logs_json_lines_on_standard_output_and_nothing_else(environment: dict[str, str]) -> None:
    port = choose_port(0)
    with start(environment | {"PYTHONUNBUFFERED": "1"}, "-v", "explore", "--port", str(port)) as process:
        # Of the live store, which is not there, it says so.
        ask(f"http://localhost:{port}/live")
        process.send_signal(signal.SIGTERM)
        ended = wait(process, 10)

    lines = read(ended.out)
    assert ended.err == ""
    assert {"time", "level", "logger", "message"} == set(lines[0])
    assert any(line["message"] == f"Explorer: http://localhost:{port}" for line in lines)


@pytest.mark.redis
def test_a_watcher_without_a_redis_says_so_as_a_line_of_the_log(environment: dict[str, str]) -> None:
    ended = run(environment, "watch")

    assert ended.code == 1
    assert [line["level"] for line in read(ended.out)][-1] == "error"
    assert "WIKI_ACTIVITY_REDIS_URL is not set" in read(ended.out)[-1]["message"]


def test_what_answers_keeps_its_standard_output_for_the_answer(environment: dict[str, str]) -> None:
    ended = run(environment, "refresh", "--from", "2024-01", "--to", "2024-01", "--wiki", "hi.wikipedia.org")

    assert ended.out == ""
    assert read(ended.err)[-1]["level"] == "error"


def test_a_traceback_and_what_readers_wrote_are_in_one_line() -> None:
    try:
        raise ValueError("two\nlines")  # noqa: TRY301
    except ValueError:
        record = logging.LogRecord("a.b", logging.ERROR, "", 1, "hi %s", ("there\n\x1b[31m",), sys.exc_info())

    [line] = JsonLines().format(record).splitlines()

    assert json.loads(line)["message"] == "hi there\n\x1b[31m"
    assert json.loads(line)["error"].endswith("ValueError: two\nlines")


def test_names_in_which_a_character_ends_a_line_or_is_none_are_in_one_line() -> None:
    record = logging.LogRecord("a.b", logging.ERROR, "", 1, "%s", ("a\u2028b\x85c\udc80",), None)

    line = JsonLines().format(record)

    assert line.isascii()
    assert json.loads(line)["message"] == "a\u2028b\x85c\udc80"


def test_one_that_is_interrupted_says_so_in_its_log_and_nowhere_else(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        hung = {"WIKI_ACTIVITY_SITEMATRIX_URL": f"http://127.0.0.1:{server.getsockname()[1]}/w/api.php"}
        with start(environment | hung, "watch") as process, server.accept()[0]:
            process.send_signal(signal.SIGTERM)
            ended = wait(process, 10)

    assert (ended.code, ended.err) == (130, "")
    assert read(ended.out)[-1]["message"] == "interrupted"


def test_wrong_use_is_told_by_a_line_of_the_log(environment: dict[str, str]) -> None:
    ended = run(environment, "refresh", "--due", "--resume")

    assert ended.code == 2
    assert "leave out all else" in read(ended.err)[-1]["message"]


def test_what_nobody_has_caught_is_a_line_of_the_log(environment: dict[str, str]) -> None:
    program = (
        "import os, threading, warnings; from wiki_activity.cli.logs import set_up_logs; "
        "set_up_logs(os.environ, 'watch', verbose=False); warnings.warn('odd'); "
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join(); [][0]"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    lines = read(ended.stdout)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "odd" in lines[0]["message"]
    assert [line["error"].splitlines()[-1].split(":")[0] for line in lines[1:]] == ["ZeroDivisionError", "IndexError"]


def test_an_unknown_format_is_wrong_use(environment: dict[str, str]) -> None:
    ended = run(environment | {"WIKI_ACTIVITY_LOG_FORMAT": "xml"}, "status")

    assert ended.code == 2
    assert "must be one of text, json" in ended.err


def test_one_that_is_told_to_stop_while_it_begins_says_so_in_json(environment: dict[str, str], tmp_path: Path) -> None:
    # Python imports this by itself; the command's module is what takes long.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'wiki_activity.cli.explorer.explore':\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    named = {"WIKI_ACTIVITY_LOG_FORMAT": "json", "PYTHONPATH": str(tmp_path)}
    with start(environment | named, "explore") as process:
        ended = wait(process)
    lines = [json.loads(line) for line in (ended.out + ended.err).splitlines()]
    assert (ended.code, [line["message"] for line in lines]) == (130, ["interrupted"])
