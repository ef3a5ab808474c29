"""Dagster's GraphQL, as much of it as the demo needs: launch a backfill, follow it, switch automation on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from wiki_activity.bounded_http import AnswerLimits, BoundedSession
from wiki_activity.cli.up.dagster_home import CODE_LOCATION as LOCATION

_LIMITS = AnswerLimits(seconds=30, bytes=16 << 20)
REPOSITORY = "__repository__"

_LAUNCH = """
mutation Launch($backfill: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfill) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
    ... on PartitionKeysNotFoundError { message }
  }
}"""
_FOLLOW = """
query Follow($backfill: String!, $runs: RunsFilter!) {
  partitionBackfillOrError(backfillId: $backfill) {
    __typename
    ... on PartitionBackfill {
      status
      assetBackfillData {
        assetBackfillStatuses {
          ... on AssetPartitionsStatusCounts { assetKey { path } numPartitionsMaterialized numPartitionsFailed }
        }
      }
    }
    ... on PythonError { message }
  }
  runsOrError(filter: $runs) { ... on Runs { results { runId status } } }
}"""
_START_SENSOR = """
mutation Start($sensor: SensorSelector!) {
  startSensor(sensorSelector: $sensor) { __typename ... on PythonError { message } }
}"""
_ADD_MONTH = """
mutation Add($place: RepositorySelector!, $key: String!) {
  addDynamicPartition(repositorySelector: $place, partitionsDefName: "months", partitionKey: $key) {
    __typename ... on PythonError { message }
  }
}"""
_READY = """
query Ready { repositoriesOrError { __typename ... on RepositoryConnection { nodes { name } } } }"""


class DagsterError(Exception):
    """Dagster did not do what was asked."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """How a backfill stands.

    Parameters
    ----------
    status
        Dagster's own word, `REQUESTED`, `COMPLETED_SUCCESS`, ….
    runs
        Id and status of each of its runs.
    materialized, failed
        Partitions by asset.
    """

    status: str
    runs: dict[str, str]
    materialized: dict[str, int]
    failed: dict[str, int]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status.startswith("COMPLETED") or self.status in {"CANCELED", "FAILED"}


class DagsterApi:
    """Talks to a Dagster web server.

    Parameters
    ----------
    base_url
        `http://127.0.0.1:3000`.
    """

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/graphql"

    def is_ready(self) -> bool:
        """Tell whether the server answers and has loaded the definitions."""
        try:
            found = self._ask(_READY, {})["repositoriesOrError"]
        except (DagsterError, requests.RequestException):
            return False
        return bool(found.get("nodes"))

    def launch_backfill(self, assets: Sequence[str], partition_keys: Sequence[str], title: str) -> str:
        """Launch a backfill of assets over partitions, and return its id."""
        wanted = {
            "assetSelection": [{"path": [name]} for name in assets],
            "partitionNames": list(partition_keys),
            "title": title,
        }
        answer = self._ask(_LAUNCH, {"backfill": wanted})["launchPartitionBackfill"]
        if answer["__typename"] != "LaunchBackfillSuccess":
            msg = f"the backfill was not launched: {answer.get('message', answer['__typename'])}"
            raise DagsterError(msg)
        return str(answer["backfillId"])

    def add_month(self, partition_key: str) -> None:
        """Register a month as a partition; one that is there already stays."""
        place = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}
        answer = self._ask(_ADD_MONTH, {"place": place, "key": partition_key})["addDynamicPartition"]
        if answer["__typename"] not in {"AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"}:
            msg = f"month {partition_key} was not registered: {answer.get('message', answer['__typename'])}"
            raise DagsterError(msg)

    def read_backfill(self, backfill_id: str) -> Backfill:
        """Read how a backfill stands."""
        runs = {"tags": [{"key": "dagster/backfill", "value": backfill_id}]}
        answer = self._ask(_FOLLOW, {"backfill": backfill_id, "runs": runs})
        found = answer["partitionBackfillOrError"]
        if found["__typename"] != "PartitionBackfill":
            msg = f"backfill {backfill_id} cannot be read: {found.get('message', found['__typename'])}"
            raise DagsterError(msg)
        counts = [one for one in (found["assetBackfillData"] or {}).get("assetBackfillStatuses", []) if one]
        return Backfill(
            status=found["status"],
            runs={run["runId"]: run["status"] for run in answer["runsOrError"].get("results", [])},
            materialized={"/".join(one["assetKey"]["path"]): one["numPartitionsMaterialized"] for one in counts},
            failed={"/".join(one["assetKey"]["path"]): one["numPartitionsFailed"] for one in counts},
        )

    def start_sensor(self, name: str) -> None:
        """Switch a sensor on."""
        sensor = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION, "sensorName": name}
        answer = self._ask(_START_SENSOR, {"sensor": sensor})["startSensor"]
        if answer["__typename"] != "Sensor":
            msg = f"sensor {name} was not switched on: {answer.get('message', answer['__typename'])}"
            raise DagsterError(msg)

    def _ask(self, query: str, variables: dict[str, Any]) -> Any:
        # Whoever listens at this port: its answer has an end.
        with BoundedSession(_LIMITS) as session:
            answer = session.post(self._url, json={"query": query, "variables": variables}).json()
        if answer.get("errors"):
            raise DagsterError(answer["errors"][0].get("message", "unknown error"))
        return answer["data"]
