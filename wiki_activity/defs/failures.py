"""Why a run failed, and where that can be looked at."""

import re

import dagster as dg

from wiki_activity.settings import Settings, hide_credentials

_UNKNOWN = "no reason was given"
_LONGEST_BEGIN, _LONGEST_END = 120, 240
_STATEMENT = re.compile(r"\n\s*(\[SQL: |\[parameters: |\(Background on this error )")
"""Where SQLAlchemy goes on with the statement and its values, which say nothing of the cause and may be secret."""
_SECRETS = (
    (re.compile(r"(?i)\b(\w*(?:password|passwd|token|secret|api_?key)\w*['\"]?\s*[=:]\s*)\S+"), r"\1***"),
    (re.compile(r"(hooks\.slack\.com/)\S+"), r"\1***"),
)


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
    text = str(error.message).strip()
    # "sqlalchemy.exc.OperationalError: …" is a name for those who read the code.
    kind, _, words = text.partition(": ")
    return shorten_cause(words if words and kind.replace(".", "").replace("_", "").isalnum() else text)


def shorten_cause(text: str) -> str:
    """Put an error's text into one line without secrets; of a long one its begin and its end, where causes stand."""
    line = " ".join(_STATEMENT.split(text, maxsplit=1)[0].split())
    line = hide_credentials(line)
    for pattern, shown in _SECRETS:
        line = pattern.sub(shown, line)
    if len(line) <= _LONGEST_BEGIN + _LONGEST_END:
        return line or _UNKNOWN
    return f"{line[:_LONGEST_BEGIN]} … {line[-_LONGEST_END:]}"
