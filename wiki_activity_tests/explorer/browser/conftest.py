"""A browser, explorers over databases of many kinds, and pages whose every trouble fails the test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.explorer.browser.looks import DESK, Look, picture
from wiki_activity_tests.explorer.browser.serving import Site, printed_link, serving
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.counted_days import count_some_days
from wiki_activity_tests.explorer.stored import SHARED, annotate
from wiki_activity_tests.servers import give_up

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MS = 10_000


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's browser. It ends with this folder's tests: until then asyncio is taken in this thread."""
    if not CHROMIUM.exists():
        give_up(f"no browser at {CHROMIUM}: 'apt-get install chromium' brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(filled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An explorer over a filled database, with one annotation and days of the stream, for tests that only read."""
    folder = tmp_path_factory.mktemp("site")
    file = folder / "activity.sqlite"
    shutil.copy(filled_file, file)
    engine = create_database_engine(f"sqlite:///{file}")
    annotate(engine, "hi.wikipedia.org", SHARED)
    count_some_days(engine)
    engine.dispose()
    with serving(file, folder) as site:
        yield site


@pytest.fixture
def own_site(filled_file: Path, tmp_path: Path) -> Iterator[Site]:
    """An explorer over a database that belongs to the test, nothing annotated."""
    file = tmp_path / "activity.sqlite"
    shutil.copy(filled_file, file)
    with serving(file, tmp_path) as site:
        yield site


@pytest.fixture
def witness() -> Iterator[Witness]:
    """Whoever sees what goes wrong; fails the test at its end."""
    witness = Witness()
    yield witness
    witness.check()


@pytest.fixture
def opened(chromium: Browser, witness: Witness) -> Iterator[Callable[..., Page]]:
    """Open an address in a context of its own: `opened(url, look=DESK, script=True, stranger=False, prepare=…)`."""
    with ExitStack() as stack:

        def open_page(
            url: str,
            look: Look = DESK,
            *,
            script: bool = True,
            stranger: bool = False,
            prepare: Callable[[Page], None] = lambda _: None,
        ) -> Page:
            context = chromium.new_context(
                viewport={"width": look.width, "height": look.height},
                color_scheme=look.scheme,
                device_scale_factor=2 if look.phone else 1,
                has_touch=look.phone,
                is_mobile=look.phone,
                java_script_enabled=script,
                locale="en-GB",
            )
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            witness.follow(context, urlsplit(url).netloc)
            if not stranger:
                # As whoever started the explorer does, once for each browser.
                context.request.get(printed_link(url), max_redirects=0)
            page = context.new_page()
            prepare(page)
            page.goto(url)
            return page

        yield open_page


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., None]:
    """Keep a picture of a page: `keep(page, "board")`."""
    return lambda page, name, **options: picture(page, name, tmp_path, **options)
