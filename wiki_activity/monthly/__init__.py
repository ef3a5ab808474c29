"""Use cases of the monthly counts: refresh, judge, report; no Dagster."""
