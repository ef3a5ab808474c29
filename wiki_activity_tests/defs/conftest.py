from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.defs.fakes import fake_settings
from wiki_activity_tests.migrated import copy_migrated_file


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return fake_settings(tmp_path)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    copy_migrated_file(settings.state_dir / "wiki_activity.sqlite")
    engine = create_database_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral
