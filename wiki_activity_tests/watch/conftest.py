"""Databases as the tests of the storage have them: each test that takes `engine` runs on both backends."""

from hypothesis import settings

from wiki_activity_tests.storage.conftest import empty, engine, url

__all__ = ["empty", "engine", "url"]

# How long an example takes tells nothing on a machine that others use, too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
