"""Parts of tests can be imported: a trial that runs nightly alone begins by a module that nobody else looks at."""

import importlib
import pkgutil

import wiki_activity_tests


def test_every_part_of_a_test_finds_what_it_imports() -> None:
    modules = pkgutil.walk_packages(wiki_activity_tests.__path__, f"{wiki_activity_tests.__name__}.")
    # Modules of tests are imported when they are collected.
    names = [one.name for one in modules if not one.name.rpartition(".")[2].startswith("test_")]
    assert "wiki_activity_tests.end_to_end.trial" in names
    for name in names:
        importlib.import_module(name)
