"""The explorer over a filled database; `backend` may be parametrised to MariaDB where the SQL matters."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jinja2 import Environment
from sqlalchemy import Engine

from wiki_activity.explorer import app as explorer_module
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.assets import Assets
from wiki_activity.explorer.configuration import Auth, ExplorerSettings, read_explorer_settings
from wiki_activity.explorer.rendering import create_environment
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.stored import NOW, fill_database
from wiki_activity_tests.migrated import copy_migrated_file, migrated_mysql_database


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Compile the templates once, and not for each of a thousand applications: it takes 0.3 s."""
    made: dict[tuple[str, str | None, Auth, float | None], Environment] = {}

    def create_once(assets: Assets, auth: Auth, simulated_speed: float | None) -> Environment:
        key = (assets.release, assets.version, auth, simulated_speed)
        if key not in made:
            made[key] = create_environment(assets, auth, simulated_speed)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorer_module, "create_environment", create_once)
        yield


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled SQLite database, to be copied."""
    file = tmp_path_factory.mktemp("explorer") / "filled.sqlite"
    engine = create_database_engine(f"sqlite:///{file}")
    migrate(engine, now=NOW)
    fill_database(engine)
    engine.dispose()
    return file


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """`sqlite`, or `mysql` where a test says `parametrize("backend", …, indirect=True)`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database_url(backend: str, filled_file: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a filled database that belongs to the test."""
    if backend == "sqlite":
        file = tmp_path / "activity.sqlite"
        shutil.copy(filled_file, file)
        yield f"sqlite:///{file}"
        return
    with migrated_mysql_database() as address:
        engine = create_database_engine(address)
        fill_database(engine)
        engine.dispose()
        yield address


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine of the filled database."""
    engine = create_database_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a machine on which nothing is set."""
    return read_settings({"WIKI_ACTIVITY_STATE_DIR": str(tmp_path), "WIKI_ACTIVITY_WATCHLIST": "hi.wikipedia.org"})


@pytest.fixture
def own_settings() -> ExplorerSettings:
    """The explorer's settings, `AUTH=local`."""
    return read_explorer_settings({})


@pytest.fixture
def explorer_app(settings: Settings, own_settings: ExplorerSettings, engine: Engine) -> FastAPI:
    """The application over the filled database, in October 2026."""
    return create_app(settings, own_settings, engine, lambda: NOW)


@pytest.fixture
def client(explorer_app: FastAPI) -> Iterator[TestClient]:
    """A reader of the filled explorer."""
    with TestClient(explorer_app, base_url="http://localhost") as client:
        yield open_link(client, explorer_app)


@pytest.fixture
def plain_reader(settings: Settings, engine: Engine) -> Iterator[TestClient]:
    """A reader who is not logged in, where people log in with Wikimedia's accounts."""
    own = read_explorer_settings(
        {
            "WIKI_ACTIVITY_AUTH": "mediawiki",
            "WIKI_ACTIVITY_OAUTH_CLIENT_ID": "an id",
            "WIKI_ACTIVITY_OAUTH_CLIENT_SECRET": "a secret",
            "WIKI_ACTIVITY_SECRET_KEY": "k" * 32,
        }
    )
    with TestClient(create_app(settings, own, engine, lambda: NOW), base_url="http://localhost:5000") as client:
        yield client


@pytest.fixture
def empty_engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine of a database with all tables and nothing in them."""
    engine = create_database_engine(copy_migrated_file(tmp_path / "empty.sqlite"))
    yield engine
    engine.dispose()


@pytest.fixture
def empty_client(settings: Settings, own_settings: ExplorerSettings, empty_engine: Engine) -> Iterator[TestClient]:
    """A reader who comes before the first load."""
    with TestClient(
        create_app(settings, own_settings, empty_engine, lambda: NOW), base_url="http://localhost"
    ) as client:
        yield client
