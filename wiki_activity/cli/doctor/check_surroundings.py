"""What `doctor` checks besides servers and addresses: contact, webhooks, Dagster's home, ports, versions."""

import platform
from collections import UserDict
from collections.abc import Collection, Mapping
from contextlib import suppress
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from wiki_activity import __version__
from wiki_activity.cli.doctor.findings import Finding, Level, name_variable
from wiki_activity.cli.setup import open_existing
from wiki_activity.cli.status.live_status import describe_queue
from wiki_activity.cli.up.folder_lock import find_holder
from wiki_activity.cli.up.ports import is_free
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import PREFIX, Settings, read_settings
from wiki_activity.storage.notices import Queue, read_queue
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.storage.wiki_names import list_name_warnings

_HOME = "DAGSTER_HOME"
_PORTS = ((3000, "Dagster"), (5000, "the explorer"))


class _Asked(UserDict[str, str]):
    """An environment in which nothing is set, and that remembers what it was asked for."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        self.data[name] = ""
        return ""


def check_variables(environment: Mapping[str, str]) -> list[Finding]:
    """Look for variables that look like ours and that nobody reads: one that is misspelt sets nothing."""
    asked = _Asked({name_variable("LOG_FORMAT"): ""})
    read_settings(asked)
    read_explorer_settings(asked)
    known = asked.data
    findings = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(name_variable("TEST_")) and name not in known:
            alike = get_close_matches(name, known, 1)
            todo = f"is it {alike[0]}?" if alike else "the README has the names"
            findings.append(Finding(name, Level.WARN, "set, and nobody reads a variable of this name", todo))
    return findings


def check_contact(settings: Settings) -> Finding:
    """Check that we say who asks."""
    variable = name_variable("CONTACT")
    pace = f"{settings.pace_per_minute:.0f} requests a minute, {settings.max_connections} at once"
    todo = "set it to your e-mail address or to a page about you: without one Wikimedia allows 10 requests a minute"
    if not settings.contact:
        return Finding(variable, Level.WARN, f"not set: {pace}", todo)
    if "@" not in settings.contact and "://" not in settings.contact:
        message = f"{settings.contact!r} is neither an e-mail address nor a URL"
        return Finding(variable, Level.WARN, message, todo)
    return Finding(variable, Level.OK, f"{settings.contact}: {pace}")


def check_names(settings: Settings) -> list[Finding]:
    """Check that the names in the settings are those of stored wikis, where the database can be asked."""
    warnings: list[str] = []
    with suppress(StorageError), open_existing(settings) as engine:
        if engine is not None:
            warnings = list_name_warnings(engine, settings)
    todo = "correct it: no edit and no month of such a wiki is ever told"
    return [Finding("wikis", Level.WARN, warning, todo) for warning in warnings]


def check_webhooks(settings: Settings) -> list[Finding]:
    """Tell which webhooks are set, and what waits for them; nothing is sent, and their addresses are secrets."""
    slack, ops = name_variable("SLACK_WEBHOOK_URL"), name_variable("OPS_WEBHOOK_URL")
    readers = [kind for kind in NoticeKind if settings.ops_webhook_url is None or not kind.for_ops]
    if settings.slack_webhook_url is None:
        todo = "make an incoming webhook at Slack and set it"
        first = Finding(slack, Level.WARN, "not set: messages are kept and shown, and not sent", todo)
    else:
        first = _check_queue(settings, slack, readers)
    if settings.ops_webhook_url is not None:
        return [first, _check_queue(settings, ops, [kind for kind in NoticeKind if kind.for_ops])]
    return [first, Finding(ops, Level.OK, f"not set: what operators should know goes to {slack}")]


def _check_queue(settings: Settings, variable: str, kinds: Collection[NoticeKind]) -> Finding:
    try:
        with open_existing(settings) as engine:
            queue = Queue() if engine is None else read_queue(engine, kinds)
    except StorageError:
        # The check of the database says what is the matter with it.
        return Finding(variable, Level.OK, "set; whether messages wait is not known")
    if queue.error is None:
        return Finding(variable, Level.OK, f"set; {describe_queue(queue)}" if queue.notices else "set")
    todo = "look at the webhook in Slack, and set its new address; `wiki-activity notify --test` tries it"
    return Finding(variable, Level.FAIL, f"set; {describe_queue(queue)}", todo)


def check_dagster_home(environment: Mapping[str, str], state_dir: Path | None) -> Finding:
    """Check where a bare `dagster dev` would keep its runs; `up` and `demo` bring their own."""
    value = environment.get(_HOME, "")
    if not value:
        own = "" if state_dir is None else f", {state_dir / 'dagster'}"
        todo = "to keep the runs of a bare `dagster dev`, set it to an absolute folder that holds dagster.yaml"
        return Finding(_HOME, Level.WARN, f"not set: `up` and `demo` use their own{own}", todo)
    home = Path(value)
    if not home.is_absolute():
        return Finding(
            _HOME, Level.FAIL, f"{value!r} is not absolute, which Dagster refuses", f"set it to {Path.cwd() / home}"
        )
    if not home.is_dir():
        return Finding(_HOME, Level.FAIL, f"{home} is no folder", "make it, or unset the variable")
    if not (home / "dagster.yaml").is_file():
        return Finding(_HOME, Level.WARN, f"{home} holds no dagster.yaml", "copy this project's dagster.yaml there")
    return Finding(_HOME, Level.OK, f"{home}: holds dagster.yaml")


def check_daemons(environment: Mapping[str, str], state_dir: Path) -> Finding:
    """Look for two daemons on one storage: each would launch every queued run."""
    holder, homes = find_holder(state_dir), {str(state_dir / "dagster"), environment.get(_HOME, "")} - {""}
    found = _list_daemons(homes)
    up = "no `up` works" if holder is None else f"`up`, process {holder}, works"
    if len(found) > 1:
        named = ", ".join(map(str, found))
        todo = "end all but one: one `up`, or one `dagster dev`, for one folder"
        return Finding("Dagster's daemon", Level.FAIL, f"{len(found)} work on one storage: processes {named}", todo)
    return Finding("Dagster's daemon", Level.OK, f"{up} in {state_dir}; {len(found)} of Dagster's daemons on it")


def _list_daemons(homes: Collection[str]) -> list[int]:
    """List the daemons whose DAGSTER_HOME is one of these; none where there is no /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            variables = (folder / "environ").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        is_daemon = "run" in words and any(
            word == "dagster._daemon" or word.endswith("/dagster-daemon") for word in words
        )
        if is_daemon and any(f"{_HOME}={home}" in variables for home in homes):
            found.append(int(folder.name))
    return sorted(found)


def check_ports() -> list[Finding]:
    """Tell which of the ports of the pages are free."""
    return [
        Finding(f"port {port}", Level.OK, f"free, for {whose}")
        if is_free(port)
        else Finding(f"port {port}", Level.WARN, f"taken; {whose} takes the next free one", "look what listens there")
        for port, whose in _PORTS
    ]


def check_versions() -> Finding:
    """Name the versions; Dagster's web server must be of Dagster's own."""
    dagster, page = _find_version("dagster"), _find_version("dagster-webserver")
    message = f"wiki_activity {__version__}, Python {platform.python_version()}, dagster {dagster}"
    if dagster != page:
        return Finding("versions", Level.FAIL, f"{message}, dagster-webserver {page}", "run `make setup`")
    return Finding("versions", Level.OK, message)


def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
