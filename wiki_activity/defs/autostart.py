"""Whether sensors and schedules start switched on: under `up`, not in a bare `dagster dev`."""

import dagster as dg


def sensor_status(*, autostart: bool) -> dg.DefaultSensorStatus:
    """Return how a sensor starts."""
    return dg.DefaultSensorStatus.RUNNING if autostart else dg.DefaultSensorStatus.STOPPED


def schedule_status(*, autostart: bool) -> dg.DefaultScheduleStatus:
    """Return how a schedule starts."""
    return dg.DefaultScheduleStatus.RUNNING if autostart else dg.DefaultScheduleStatus.STOPPED
