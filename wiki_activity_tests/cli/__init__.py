"""Tests of the commands, most of them as a person runs them: a process, environment variables, an exit code."""
