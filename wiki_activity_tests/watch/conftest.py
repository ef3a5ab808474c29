"""Databases as the tests of the storage have them: each test that takes `engine` runs on both backends."""

from wiki_activity_tests.storage.conftest import empty, engine, url

__all__ = ["empty", "engine", "url"]
