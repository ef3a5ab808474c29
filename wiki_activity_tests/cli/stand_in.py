"""A stand-in for Wikimedia that answers what a test tells it to, and counts of all else."""

import json
import re
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from wiki_activity.domain.counts import Series
from wiki_activity_tests.cli.simulated import SERIES

MONTHS = ("2024-03", "2024-04", "2024-05")
_PATH = re.compile(r"/metrics/(?P<metric>edits|editors)/aggregate/(?P<project>[^/]+)/(?P<kind>[^/]+)/")


class StandIn:
    """Answers the site matrix and three months of every series, or those in `months`.

    Parameters
    ----------
    server
        Serves it.
    wikis
        How many: `w00.wikipedia.org` and so on.
    """

    def __init__(self, server: HTTPServer, wikis: int = 20) -> None:
        self.projects = [f"w{number:02}.wikipedia.org" for number in range(wikis)]
        self.matrix: dict[str, Any] = make_matrix(self.projects)
        self.months = MONTHS
        self.answers: dict[tuple[str, Series], Any] = {}
        """Counts of the months, none at all, or the status of a refusal, where they are not 1, 2 and 3."""
        self.environment = {
            "WIKI_ACTIVITY_METRICS_URL": server.url_for("/metrics"),
            "WIKI_ACTIVITY_SITEMATRIX_URL": server.url_for("/w/api.php"),
        }
        server.expect_request("/w/api.php").respond_with_handler(lambda _: _to_json(self.matrix))
        server.expect_request(re.compile("/metrics/.*")).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        match = _PATH.match(request.path)
        assert match is not None, request.path
        series = SERIES[f"{match['metric']}/{match['kind']}"]
        counts = self.answers.get((match["project"], series), range(1, len(self.months) + 1))
        if isinstance(counts, int):
            return Response("no", status=counts)
        results = [
            {"timestamp": f"{month}-01T00:00:00.000Z", match["metric"]: count}
            for month, count in zip(self.months if counts else (), counts, strict=True)
        ]
        return _to_json({"items": [{"project": match["project"], "results": results}]})


def make_matrix(projects: list[str]) -> dict[str, Any]:
    """Write a site matrix of one language."""
    sites = [{"url": f"https://{project}", "dbname": f"db{at}", "code": "wiki"} for at, project in enumerate(projects)]
    return {"sitematrix": {"count": len(sites), "0": {"code": "hi", "name": "हिन्दी", "site": sites}, "specials": []}}


def _to_json(document: object) -> Response:
    return Response(json.dumps(document), content_type="application/json")
