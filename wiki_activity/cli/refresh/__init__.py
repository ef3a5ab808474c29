"""`refresh`: monthly counts and peaks without Dagster."""
