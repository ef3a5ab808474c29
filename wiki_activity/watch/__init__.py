"""Watching the live stream: window, episodes and notices, without Dagster."""
