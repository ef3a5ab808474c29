"""Why a run failed, and where that can be looked at."""

import dagster as dg

from wiki_activity.settings import Settings

_UNKNOWN = "no reason was given"


def tell_cause(instance: dg.DagsterInstance, run_id: str) -> str:
    """Say why a run failed: the error beneath all those that Dagster wraps it in, or what was reported of the run."""
    for kind in (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE):
        for record in instance.get_records_for_run(run_id, of_type=kind).records:
            event = record.event_log_entry.dagster_event
            if event is not None:
                return _find_cause(event)
    return _UNKNOWN


def address_of(settings: Settings, run_id: str) -> str:
    """Return the address of a run's page."""
    return f"{settings.dagster_url}/runs/{run_id}"


def _find_cause(event: dg.DagsterEvent) -> str:
    error = getattr(event.event_specific_data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return event.message or _UNKNOWN
    first = str(error.message).strip().partition("\n")[0]
    # "sqlalchemy.exc.OperationalError: …" is a name for those who read the code.
    kind, _, words = first.partition(": ")
    return words if words and kind.replace(".", "").replace("_", "").isalnum() and " " not in kind else first
