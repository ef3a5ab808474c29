"""Failures of many wikis, as they are told."""

from wiki_activity.cli.refresh.failures import describe_failures

ADDRESS = "https://wikimedia.org/api/rest_v1/metrics/edits/aggregate"


def test_wikis_with_the_same_cause_are_one_line() -> None:
    errors = {
        f"w{at}.org": f"edits: {ADDRESS}/w{at}.org/x: 503 Service Unavailable: no answer for w{at}" for at in range(812)
    }
    errors["hi.org"] = f"total: {ADDRESS}/hi.org: no answer (ConnectTimeout: timed out)"

    assert list(describe_failures(errors)) == [
        "edits: HTTP 503 Service Unavailable: 812 wikis, e.g. w0.org, w1.org, w2.org",
        "hi.org: total: no answer (ConnectTimeout: timed out)",
    ]


def test_refused_answers_are_one_cause_whatever_their_figures() -> None:
    errors = {f"w{at}.org": f"edits: refused: all its counts are 0, and {at:,} edits are known" for at in range(5)}

    assert list(describe_failures(errors)) == [
        "edits: refused beside what is stored: 5 wikis, e.g. w0.org, w1.org, w2.org"
    ]


def test_an_error_that_names_its_wiki_is_the_same_as_that_of_another() -> None:
    errors = {f"w{at}.org": f"edits: the answer is of another project than w{at}.org" for at in range(5)}

    assert list(describe_failures(errors)) == [
        "edits: the answer is of another project than …: 5 wikis, e.g. w0.org, w1.org, w2.org"
    ]


def test_however_many_causes_there_are_the_lines_are_few_and_short() -> None:
    lines = list(describe_failures({f"w{at}.org": f"reason {'x' * 600} {at}"[-at - 400 :] for at in range(30)}))

    assert len(lines) <= 9
    assert max(map(len, lines)) < 400
