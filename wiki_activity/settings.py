"""Settings: what the environment says, read and checked once, by `definitions` and `cli`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlsplit

from wiki_activity.addresses import AddressError, check_database_address, check_redis_address
from wiki_activity.domain.episodes import LEAST_PEOPLE as MESSAGE_PEOPLE
from wiki_activity.domain.hot_pages import LEAST_PEOPLE
from wiki_activity.domain.live import WIKI_DETECTORS, LiveDetectorName
from wiki_activity.domain.months import EARLIEST_MONTH, MonthError, parse_month
from wiki_activity.domain.names import find_host_name, is_group
from wiki_activity.domain.peaks import Detector

PREFIX = "WIKI_ACTIVITY_"
_META_WIKI = "https://meta.wikimedia.org/w/api.php"
_WITHOUT_CONTACT = 9
_WITHOUT_TOKEN = 200
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


class SettingError(ValueError):
    """A variable of the environment that cannot be used; the message names it and its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with Wikimedia's real addresses as defaults.

    Parameters
    ----------
    state_dir
        Absolute folder for all that is kept on disk.
    database_url
        SQLAlchemy URL; may hold a password, so never print it.
    database_connections
        So many one process may have at once, where it is a server.
    redis_url
        None means the embedded Valkey.
    celery_url
        Redis that carries Dagster's runs to Celery workers; None where there are none.
    redis_prefix
        Of all keys; on a server that others share it is a secret.
    metrics_url
        Base of the metrics API, ends in `/metrics`.
    site_matrix_url
        Address of `api.php`.
    accounts_url
        Address of the `api.php` that knows accounts on all wikis.
    stream_url
        The recentchange stream itself.
    contact
        E-mail or URL put into the User-Agent; empty means that Wikimedia allows 10 requests a minute.
    requests_per_minute
        The limit that Wikimedia grants us.
    max_connections
        Requests in flight at once.
    token
        Owner-only OAuth 2 access token of an account at Wikimedia; a secret: never printed; None where unset.
    first_month
        First month that schedules and `refresh` ask for.
    peak_detector
        The detector that speaks.
    peak_percent
        Percent over its mean at which `rolling_mean` finds a peak.
    live_detector
        The live detector that speaks.
    mean_gap_seconds
        `mean_gap` alerts below this mean time between edits.
    window_seconds
        Length of the live window.
    live_wikis
        Projects whose live rate is judged; `*` for all.
    hot_page_people
        So many people make a page of theirs hot; None where nobody looks for such pages.
    heartbeat_url
        Pinged each minute while edits flow; may hold a secret; None where unset.
    watchlist
        Projects, `lang:xx` and `family:xx`, fetched first.
    slack_webhook_url, ops_webhook_url
        Secrets: never printed; None where unset.
    explorer_url
        Where the explorer's pages are, without a trailing slash.
    dagster_url
        Where Dagster's pages are, without a trailing slash.
    autostart
        Whether sensors and schedules start switched on.
    """

    state_dir: Path
    database_url: str
    database_connections: int
    redis_url: str | None
    celery_url: str | None
    redis_prefix: str
    metrics_url: str
    site_matrix_url: str
    accounts_url: str
    stream_url: str
    contact: str
    requests_per_minute: float
    max_connections: int
    token: str | None = field(repr=False)
    first_month: date
    peak_detector: Detector
    peak_percent: float
    live_detector: LiveDetectorName
    mean_gap_seconds: float
    window_seconds: int
    live_wikis: tuple[str, ...]
    hot_page_people: int | None
    heartbeat_url: str | None
    watchlist: tuple[str, ...]
    slack_webhook_url: str | None
    ops_webhook_url: str | None
    explorer_url: str
    dagster_url: str
    autostart: bool

    @property
    def siteinfo_url(self) -> str:
        """Address of each wiki's `api.php`, with `{project}` where its own goes.

        Where the site matrix is another one's than Wikimedia's, that one has `/wikis/{project}/w/api.php` for them: a
        stand-in names wikis that are not its own, and those are not to be asked for it.
        """
        if self.site_matrix_url == _META_WIKI:
            return "https://{project}/w/api.php"
        parts = urlsplit(self.site_matrix_url)
        return f"{parts.scheme}://{parts.netloc}/wikis/{{project}}/w/api.php"

    @property
    def dashboard_url(self) -> str:
        """Address of the Programs & Events Dashboard; a stand-in for the site matrix has its own."""
        if self.site_matrix_url == _META_WIKI:
            return "https://outreachdashboard.wmflabs.org"
        parts = urlsplit(self.site_matrix_url)
        return f"{parts.scheme}://{parts.netloc}/outreachdashboard"

    @property
    def registrations_url(self) -> str:
        """Address of Event registration; any wiki answers for the events of all, and Meta-Wiki is asked."""
        api = self.siteinfo_url.format(project=urlsplit(_META_WIKI).netloc)
        return f"{api.removesuffix('/api.php')}/rest.php/campaignevents/v0/event_registration"

    @property
    def pace_per_minute(self) -> float:
        """Requests a minute to really send: a little under the limit, and 9 without a contact."""
        allowed = 0.95 * self.requests_per_minute
        return allowed if self.contact else min(allowed, _WITHOUT_CONTACT)

    @property
    def pace_without_token(self) -> float:
        """Requests a minute to really send once the token is refused: what Wikimedia allows to those without one."""
        return min(self.pace_per_minute, 0.95 * _WITHOUT_TOKEN)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from `WIKI_ACTIVITY_…` variables; an empty one counts as unset.

    Raises
    ------
    SettingError
        Naming the variable and its value (of an address with a password, only what is safe).
    """
    read = SettingReader(environment)
    state_dir = Path(read.text("STATE_DIR", ".wiki_activity")).expanduser().absolute()
    return Settings(
        state_dir=state_dir,
        database_url=read.store(
            "DATABASE_URL", check_database_address, f"sqlite:///{state_dir / 'wiki_activity.sqlite'}"
        ),
        database_connections=int(read.number("DATABASE_CONNECTIONS", 25, at_least=2, whole=True)),
        redis_url=read.store("REDIS_URL", check_redis_address) or None,
        celery_url=read.store("CELERY_URL", check_redis_address) or None,
        redis_prefix=read.key_prefix("REDIS_PREFIX", "wiki_activity:"),
        metrics_url=read.url("METRICS_URL", "https://wikimedia.org/api/rest_v1/metrics"),
        site_matrix_url=read.url("SITEMATRIX_URL", _META_WIKI),
        accounts_url=read.accounts_url(),
        stream_url=read.url("STREAM_URL", "https://stream.wikimedia.org/v2/stream/recentchange"),
        contact=read.contact("CONTACT"),
        requests_per_minute=read.number("REQUESTS_PER_MINUTE", 200, at_least=1),
        max_connections=int(read.number("MAX_CONNECTIONS", 3, at_least=1, whole=True)),
        token=read.token("TOKEN"),
        first_month=read.month("FIRST_MONTH", EARLIEST_MONTH),
        peak_detector=read.detector("PEAK_DETECTOR", Detector.SEASONAL),
        peak_percent=read.number("PEAK_PERCENT", 30, at_least=0),
        live_detector=read.live_detector("LIVE_DETECTOR", LiveDetectorName.BURST),
        mean_gap_seconds=read.number("MEAN_GAP_SECONDS", 0.03, at_least=0),
        window_seconds=int(read.number("WINDOW_SECONDS", 120, at_least=20, whole=True)),
        live_wikis=read.names("LIVE_WIKIS", "en.wikipedia.org", other=r"\*"),
        hot_page_people=read.hot_page_people("HOT_PAGE_PEOPLE"),
        heartbeat_url=read.webhook("HEARTBEAT_URL"),
        watchlist=read.names("WATCHLIST", other=r"(lang|family):[a-z0-9-]+"),
        slack_webhook_url=read.webhook("SLACK_WEBHOOK_URL"),
        ops_webhook_url=read.webhook("OPS_WEBHOOK_URL"),
        explorer_url=read.url("EXPLORER_URL", "http://localhost:5000"),
        dagster_url=read.url("DAGSTER_URL", "http://127.0.0.1:3000"),
        autostart=read.switch("AUTOSTART"),
    )


def hide_credentials(text: str) -> str:
    """Blank user and password in every address of a text."""
    # Up to the last @: whoever did not escape a password may have a slash or an @ in it.
    return re.sub(r"(\w://)\S*@", r"\1***@", text)


def expand(environment: Mapping[str, str], name: str, address: str) -> str:
    """Put the values of other variables, escaped, where an address has `${NAME}`.

    Raises
    ------
    SettingError
        Naming `name` and the other variable, if that is not set.
    """

    def find(match: re.Match[str]) -> str:
        value = environment.get(match[1], "")
        if not value:
            msg = f"{name} names {match[1]}, which is not set"
            raise SettingError(msg)
        return quote(value, safe="")

    return re.sub(r"\$\{(\w+)\}", find, address)


@dataclass(frozen=True, slots=True)
class SettingReader:
    """Reads one variable after the other; every method raises `SettingError`, naming variable and value."""

    environment: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        """Return the text, stripped."""
        return self.environment.get(PREFIX + name, "").strip() or default

    def url(self, name: str, default: str) -> str:
        """Return an http(s) address without a trailing slash."""
        value = self.text(name, default)
        try:
            parts = urlsplit(value)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 80) > 0
        except ValueError:
            valid = False
        if not valid:
            msg = f"{PREFIX}{name} is no http(s) address: {hide_credentials(value)!r}"
            raise SettingError(msg)
        return value.rstrip("/")

    def accounts_url(self) -> str:
        """Return the address of the `api.php` that knows accounts on all wikis."""
        return self.url("ACCOUNTS_URL", self.url("SITEMATRIX_URL", _META_WIKI))

    def store(self, name: str, check: Callable[[str], None], default: str = "") -> str:
        """Return the address of a store; it may hold a password, so the message tells nothing of it.

        In what is set, `${NAME}` stands for another variable of the environment, escaped as an address wants it.
        """
        value = expand(self.environment, PREFIX + name, self.text(name, "")) or default
        if value:
            try:
                check(value)
            except AddressError as error:
                msg = f"{PREFIX}{name}: {error}"
                raise SettingError(msg) from error
        return value

    def key_prefix(self, name: str, default: str) -> str:
        """Return what the names of keys begin with; it may be secret."""
        value = self.text(name, default)
        if not re.fullmatch(r"[A-Za-z0-9._:-]{1,200}", value):
            msg = f"{PREFIX}{name} may have 200 letters, digits and . _ : -"
            raise SettingError(msg)
        return value if value.endswith(":") else f"{value}:"

    def webhook(self, name: str) -> str | None:
        """Return an https address (http on loopback) that may hold a secret."""
        value = self.text(name, "")
        if not value:
            return None
        try:
            parts = urlsplit(value)
            host = parts.hostname
        except ValueError:
            host = None
        if host is None or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)):
            # The address is a secret: its host is all that may be shown.
            msg = f"{PREFIX}{name} must be an https address (http only on loopback); its host is {host!r}"
            raise SettingError(msg)
        return value

    def number(self, name: str, default: float, *, at_least: float, whole: bool = False) -> float:
        """Return a finite number."""
        value = self.text(name, str(default))
        try:
            number = float(int(value)) if whole else float(value)
        except ValueError:
            number = float("nan")
        if not at_least <= number < float("inf"):
            kind = "a whole number" if whole else "a number"
            msg = f"{PREFIX}{name} must be {kind} of at least {at_least:g}, not {value!r}"
            raise SettingError(msg)
        return number

    def month(self, name: str, default: date) -> date:
        """Return a month."""
        value = self.text(name, "")
        try:
            return parse_month(value) if value else default
        except MonthError as error:
            msg = f"{PREFIX}{name}: {error}"
            raise SettingError(msg) from error

    def detector(self, name: str, default: Detector) -> Detector:
        """Return a detector of monthly counts."""
        return Detector(self.one_of(name, default, list(Detector)))

    def live_detector(self, name: str, default: LiveDetectorName) -> LiveDetectorName:
        """Return a live detector."""
        return LiveDetectorName(self.one_of(name, default, list(WIKI_DETECTORS)))

    def hot_page_people(self, name: str) -> int | None:
        """Return how many people make a page hot; None for 0, which switches that off."""
        people = int(self.number(name, LEAST_PEOPLE, at_least=0, whole=True))
        if 0 < people < MESSAGE_PEOPLE:
            msg = f"{PREFIX}{name} must be 0 or at least {MESSAGE_PEOPLE}, not {people}: fewer would be told of by name"
            raise SettingError(msg)
        return people or None

    def one_of(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Return one of a few words."""
        value = self.text(name, default)
        if value not in allowed:
            msg = f"{PREFIX}{name} must be one of {', '.join(allowed)}, not {value!r}"
            raise SettingError(msg)
        return value

    def names(self, name: str, default: str = "", *, other: str) -> tuple[str, ...]:
        """Return a comma list of projects and what else is allowed, each in its plain form and once.

        A name that is no host's is kept as it is: it may be a database's, and whoever knows the wikis tells of others.
        """
        names: dict[str, None] = {}
        for written in filter(None, (part.strip().lower() for part in self.text(name, default).split(","))):
            if is_group(written) and not re.fullmatch(other, written):
                msg = f"{PREFIX}{name} takes no {written!r:.120}: name the wikis"
                raise SettingError(msg)
            names[find_host_name(written) or hide_credentials(written)] = None
        return tuple(names)

    def contact(self, name: str) -> str:
        """Return what may stand in a User-Agent."""
        value = self.text(name, "")
        if any(character in value for character in "()\r\n") or not value.isascii():
            msg = f"{PREFIX}{name} must be a plain e-mail address or URL, not {value!r}"
            raise SettingError(msg)
        return value

    def token(self, name: str) -> str | None:
        """Return what may stand in a header as a bearer's token; it is a secret, so the message tells nothing of it."""
        value = self.text(name, "")
        if value and not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value):
            msg = f"{PREFIX}{name} is no access token: it has characters that none has"
            raise SettingError(msg)
        return value or None

    def switch(self, name: str) -> bool:
        """Return whether it is on."""
        value = self.text(name, "0").lower()
        if value not in {"0", "1", "true", "false", "yes", "no", "on", "off"}:
            msg = f"{PREFIX}{name} must be 1 or 0, not {value!r}"
            raise SettingError(msg)
        return value in {"1", "true", "yes", "on"}
