"""Tests of `wiki_activity.storage`: real SQL, the same tests on SQLite and on MariaDB or MySQL."""
